/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include "leyden-effects.h"

#include "leyden-flow-mode.h"

LeydenEffects
leyden_effects_of_http (const char *method,
                        gboolean    idempotency)
{
  if (g_strcmp0 (method, "GET") == 0 || g_strcmp0 (method, "HEAD") == 0 || idempotency)
    return LEYDEN_EFFECTS_REPEATABLE;
  return LEYDEN_EFFECTS_ONCE;
}

LeydenEffects
leyden_effects_of_command (const char *effects)
{
  return g_strcmp0 (effects, "repeatable") == 0 ? LEYDEN_EFFECTS_REPEATABLE : LEYDEN_EFFECTS_ONCE;
}

static LeydenEffects
effects_of_node (LeydenNode           *node,
                 const LeydenNodeType *type,
                 LeydenNodeTypes      *types)
{
  const char *kind = leyden_node_get_type_name (node);
  gboolean idempotency;

  if (g_str_equal (kind, "python") || g_str_equal (kind, "command"))
    return leyden_effects_of_command (leyden_value_get_string (leyden_node_types_get_parameter (types, node, "effects"), NULL));
  if (!g_str_equal (kind, "http"))
    return type->effects;
  idempotency = leyden_value_get_boolean (leyden_node_types_get_parameter (types, node, "idempotency"));
  return leyden_effects_of_http (leyden_value_get_string (leyden_node_types_get_parameter (types, node, "method"), NULL), idempotency);
}

static void
add_flow (GStrvBuilder    *titles,
          LeydenFlow      *flow,
          LeydenNodeTypes *types,
          guint            depth)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      const LeydenNodeType *type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
      LeydenFlow *body = leyden_flow_get_body (flow, leyden_node_get_id (node));
      const char *title = leyden_node_get_title (node);

      if (leyden_node_get_mode (node) != LEYDEN_NODE_MODE_ON)
        continue;
      if (type != NULL && effects_of_node (node, type, types) == LEYDEN_EFFECTS_ONCE)
        g_strv_builder_add (titles, title != NULL && *title != '\0' ? title : type->title);
      if (body != NULL && depth < LEYDEN_FLOW_MAX_DEPTH)
        add_flow (titles, body, types, depth + 1);
    }
}

GStrv
leyden_effects_list_once (LeydenFlow      *flow,
                          LeydenNodeTypes *types)
{
  g_autoptr(GStrvBuilder) titles = g_strv_builder_new ();

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);

  add_flow (titles, flow, types, 0);
  return g_strv_builder_end (titles);
}
