/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any flow is checked against the built-in types; every repair can be applied, and every pointer is there. */
#include <stdint.h>
#include "leyden-catalog.h"
#include "leyden-check.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "fuzz", NULL);
  g_autoptr(GPtrArray) problems = NULL;
  g_autoptr(LeydenValue) file = NULL;

  if (flow == NULL)
    return 0;
  problems = leyden_flow_check (flow, types);
  file = leyden_flow_to_value (flow);
  for (guint i = 0; i < problems->len; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);
      g_autoptr(LeydenEdit) back = NULL;

      g_assert_nonnull (leyden_value_lookup_pointer (file, problem->pointer));
      if (problem->repair == NULL || leyden_flow_get_version (flow) > 1)
        continue;
      g_assert_true (leyden_flow_apply (flow, problem->repair, NULL));
      back = leyden_edit_invert (problem->repair);
      g_assert_true (leyden_flow_apply (flow, back, NULL));
    }
  return 0;
}
