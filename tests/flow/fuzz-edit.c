/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An edit from outside, applied and taken back: refused without a trace, or undone to the byte. */
#include <stdint.h>
#include "leyden-edit.h"
#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static LeydenFlow *
new_flow (void)
{
  static const char text[] =
    "{\"leyden\":1,\"id\":\"f\",\"q\":{\"w\":[1,2]},\"nodes\":[{\"id\":\"a\",\"type\":\"t\",\"position\":{\"x\":1,\"y\":2},"
    "\"parameters\":{\"p\":[1,{\"k\":2},3],\"s\":\"x\"}},{\"id\":\"b\",\"type\":\"t\"},{\"id\":\"b\",\"type\":\"u\"},"
    "{\"id\":\"c\",\"type\":\"map\",\"flow\":{\"nodes\":[{\"id\":\"a\",\"type\":\"loop\",\"flow\":{\"nodes\":[{\"id\":\"a\",\"type\":\"t\"}],"
    "\"edges\":[]}},{\"id\":\"b\",\"type\":\"t\"}],\"edges\":[]}}],"
    "\"edges\":[{\"id\":\"e\",\"source\":\"a\",\"source_port\":\"o\",\"target\":\"b\",\"target_port\":\"i\"}]}";
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);

  return leyden_flow_parse (bytes, "f", NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(LeydenValue) value = leyden_json_parse ((const char *) data, (gssize) size, NULL, NULL);
  g_autoptr(LeydenEdit) edit = value != NULL ? leyden_edit_from_value (value, NULL) : NULL;
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GBytes) before = NULL;
  g_autoptr(GBytes) after = NULL;

  if (edit == NULL)
    return 0;
  flow = new_flow ();
  before = leyden_flow_serialize (flow);
  if (leyden_flow_apply (flow, edit, NULL))
    {
      g_autoptr(LeydenValue) stored = leyden_edit_to_value (edit);
      g_autoptr(LeydenEdit) copy = leyden_edit_from_value (stored, NULL);
      g_autoptr(LeydenEdit) inverse = leyden_edit_invert (edit);

      g_assert_nonnull (copy);
      g_assert_true (leyden_flow_apply (flow, inverse, NULL));
    }
  after = leyden_flow_serialize (flow);
  g_assert_true (g_bytes_equal (before, after));
  return 0;
}
