/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reads as a flow is written, and what was written reads as the same: canonical after one round. */
#include <stdint.h>
#include "leyden-flow.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "fuzz", &error);
  g_autoptr(LeydenFlow) again = NULL;
  g_autoptr(GBytes) first = NULL;
  g_autoptr(GBytes) second = NULL;
  g_autofree char *hash = NULL;

  g_assert_true ((flow == NULL) == (error != NULL));
  if (flow == NULL)
    return 0;
  first = leyden_flow_serialize (flow);
  again = leyden_flow_parse (first, "again", NULL);
  g_assert_nonnull (again);
  second = leyden_flow_serialize (again);
  g_assert_true (g_bytes_equal (first, second));
  hash = leyden_flow_hash (flow);
  g_assert_nonnull (hash);
  return 0;
}
