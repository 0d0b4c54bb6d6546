/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-end-title.h"

#include "leyden-catalog.h"
#include "leyden-text.h"

#define MAX_NODE 60             /* characters */
#define MAX_PORT 40

char *
leyden_end_dup_node_title (LeydenFlow *flow,
                           const char *id)
{
  LeydenNode *node = leyden_flow_get_node (flow, id);
  const LeydenNodeType *type;
  const char *title;

  if (node == NULL)
    return NULL;
  title = leyden_node_get_title (node);
  type = leyden_node_types_lookup (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), leyden_node_get_type_name (node));
  return leyden_text_display (*title == '\0' && type != NULL ? type->title : title, -1, MAX_NODE, FALSE);
}

char *
leyden_end_dup_port_title (LeydenFlow *flow,
                           const char *id,
                           gboolean    output,
                           const char *name)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenNode *node = leyden_flow_get_node (flow, id);
  g_autoptr(GPtrArray) ports = node == NULL ? NULL : output ? leyden_node_types_dup_outputs (types, node) : leyden_node_types_dup_inputs (types, node);

  for (guint i = 0; ports != NULL && i < ports->len; i++)
    {
      const LeydenPort *port = g_ptr_array_index (ports, i);

      if (g_str_equal (port->name, name))
        return leyden_text_display (port->title, -1, MAX_PORT, FALSE);
    }
  return leyden_text_display (name, -1, MAX_PORT, FALSE);
}
