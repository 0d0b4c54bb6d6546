/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A clipboard fragment: refused with a reason, or an edit that can be applied and taken back. */
#include <stdint.h>
#include "leyden-edit.h"
#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(LeydenValue) value = leyden_json_parse ((const char *) data, (gssize) size, NULL, NULL);
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(LeydenEdit) inverse = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) ids = NULL;

  if (value == NULL)
    return 0;
  flow = leyden_flow_new ();
  leyden_flow_set_id_seed (flow, 1);
  edit = leyden_flow_paste_fragment (flow, value, 3, 4, NULL, &ids, &error);
  g_assert_true ((edit == NULL) == (error != NULL));
  if (edit == NULL)
    return 0;
  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  inverse = leyden_edit_invert (edit);
  g_assert_true (leyden_flow_apply (flow, inverse, NULL));
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 0);
  return 0;
}
