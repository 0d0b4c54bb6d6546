/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A descriptor from outside, and a node of the type that it makes. */
#include <stdint.h>
#include "leyden-catalog.h"
#include "leyden-check.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const char text[] = "{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"x\",\"parameters\":{\"p\":5,\"q\":\"{{ z }}\"}}]}";
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GBytes) file = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr(LeydenCatalog) catalog = leyden_catalog_new ();
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GPtrArray) problems = NULL;
  g_autoptr(GPtrArray) hits = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;

  if (!leyden_catalog_add (catalog, bytes, "fuzz", &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  flow = leyden_flow_parse (file, "f", NULL);
  problems = leyden_flow_check (flow, LEYDEN_NODE_TYPES (catalog));
  leyden_node_types_measure (LEYDEN_NODE_TYPES (catalog), leyden_flow_get_node (flow, "a"));
  hits = leyden_catalog_search (catalog, "x y");
  value = leyden_catalog_to_value (catalog);
  g_assert_nonnull (value);
  return 0;
}
