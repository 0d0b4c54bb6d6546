/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-mode.h"

#include "leyden-flow-private.h"

static const char * const modes[] = {
  [LEYDEN_NODE_MODE_ON] = NULL,
  [LEYDEN_NODE_MODE_DISABLED] = "disabled",
  [LEYDEN_NODE_MODE_BYPASSED] = "bypassed",
};

const char *
leyden_node_mode_to_string (LeydenNodeMode mode)
{
  g_return_val_if_fail ((guint) mode < G_N_ELEMENTS (modes), NULL);
  return modes[mode];
}

gboolean
leyden_node_mode_from_string (const char     *name,
                              LeydenNodeMode *out)
{
  for (guint i = LEYDEN_NODE_MODE_DISABLED; i < G_N_ELEMENTS (modes); i++)
    if (g_strcmp0 (modes[i], name) == 0)
      {
        *out = (LeydenNodeMode) i;
        return TRUE;
      }
  return FALSE;
}

LeydenNodeMode
leyden_node_get_mode (LeydenNode *self)
{
  g_return_val_if_fail (self != NULL, LEYDEN_NODE_MODE_ON);
  return self->mode;
}

void
leyden_edit_set_mode (LeydenEdit     *self,
                      const char     *id,
                      LeydenNodeMode  mode)
{
  static const char * const path[] = { "mode", NULL };
  g_autoptr(LeydenValue) value = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail ((guint) mode < G_N_ELEMENTS (modes));

  if (modes[mode] != NULL)
    value = leyden_value_new_string (modes[mode], -1);
  leyden_edit_add (self, LEYDEN_ELEMENT_NODE, id, path, value);
}

/* --- passing through --- */

/* The type of what comes in; FALSE when nothing is connected. */
static gboolean
find_incoming (LeydenFlow      *flow,
               LeydenNodeTypes *types,
               const char      *node,
               LeydenPort      *input,
               LeydenPortType  *type)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (flow, node, input->name);
  g_autoptr(GPtrArray) outputs = NULL;
  LeydenEdge *edge;
  LeydenNode *source;
  LeydenPort *port;

  if (edges->len == 0 || input->type == LEYDEN_PORT_TOOLS)
    return FALSE;
  *type = input->type;
  if (input->type != LEYDEN_PORT_ANY || edges->len > 1)
    return TRUE;
  edge = g_ptr_array_index (edges, 0);
  source = leyden_flow_get_node (flow, edge->source);
  if (source == NULL)
    return TRUE;
  outputs = leyden_node_types_dup_outputs (types, source);
  port = leyden_ports_find (outputs, edge->source_port);
  if (port != NULL)
    *type = port->type;
  return TRUE;
}

int
leyden_node_find_bypass (LeydenFlow       *flow,
                         LeydenNodeTypes  *types,
                         const char       *node,
                         const LeydenPort *output)
{
  LeydenNode *element;
  g_autoptr(GPtrArray) inputs = NULL;
  int same = -1;
  int first = -1;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), -1);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), -1);
  g_return_val_if_fail (output != NULL, -1);

  element = leyden_flow_get_node (flow, node);
  if (element == NULL || output->is_error || output->type == LEYDEN_PORT_TOOLS)
    return -1;
  inputs = leyden_node_types_dup_inputs (types, element);
  for (guint i = 0; i < inputs->len; i++)
    {
      LeydenPort *input = g_ptr_array_index (inputs, i);
      LeydenPortType type;

      if (!find_incoming (flow, types, node, input, &type)
          || leyden_port_type_convert (type, output->type, NULL, NULL) > LEYDEN_CONVERSION_SILENT)
        continue;
      if (g_str_equal (input->name, output->name))
        return (int) i;
      if (same < 0 && type == output->type)
        same = (int) i;
      if (first < 0)
        first = (int) i;
    }
  return same >= 0 ? same : first;
}

gboolean
leyden_node_can_bypass (LeydenFlow       *flow,
                        LeydenNodeTypes  *types,
                        const char       *node,
                        char            **output)
{
  LeydenNode *element;
  g_autoptr(GPtrArray) outputs = NULL;
  gboolean any = FALSE;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), FALSE);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), FALSE);

  if (output != NULL)
    *output = NULL;
  element = leyden_flow_get_node (flow, node);
  if (element == NULL)
    return FALSE;
  outputs = leyden_node_types_dup_outputs (types, element);
  for (guint i = 0; i < outputs->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (outputs, i);
      g_autoptr(GPtrArray) edges = leyden_flow_list_edges_out (flow, node, port->name);

      if (port->is_error)
        continue;
      any |= port->type != LEYDEN_PORT_TOOLS;
      if (edges->len == 0 || leyden_node_find_bypass (flow, types, node, port) >= 0)
        continue;
      if (output != NULL)
        *output = g_strdup (port->title);
      return FALSE;
    }
  return any;
}

/* --- what a disabled node takes with it --- */

/* The disabled node behind a dead output, NULL for one that may live. */
static const char *
find_cause (LeydenFlow      *flow,
            LeydenNodeTypes *types,
            GHashTable      *dark,
            LeydenEdge      *edge)
{
  LeydenNode *source = leyden_flow_get_node (flow, edge->source);
  g_autoptr(GPtrArray) outputs = NULL;
  LeydenPort *port;

  if (source == NULL)
    return NULL;
  if (source->mode == LEYDEN_NODE_MODE_DISABLED)
    return source->element.id;
  outputs = leyden_node_types_dup_outputs (types, source);
  port = leyden_ports_find (outputs, edge->source_port);
  if (port != NULL && port->type == LEYDEN_PORT_TOOLS)
    return NULL;
  return g_hash_table_lookup (dark, source->element.id);
}

/* Whether nothing can arrive at an input that has wires. */
static const char *
find_cause_of_input (LeydenFlow      *flow,
                     LeydenNodeTypes *types,
                     GHashTable      *dark,
                     const char      *node,
                     const char      *input)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (flow, node, input);
  const char *cause = NULL;

  for (guint i = 0; i < edges->len; i++)
    {
      const char *one = find_cause (flow, types, dark, g_ptr_array_index (edges, i));

      if (one == NULL)
        return NULL;
      cause = one;
    }
  return cause;
}

static const char *
find_cause_of_bypass (LeydenFlow      *flow,
                      LeydenNodeTypes *types,
                      GHashTable      *dark,
                      LeydenNode      *node,
                      GPtrArray       *inputs)
{
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (types, node);
  const char *cause = NULL;

  for (guint i = 0; i < outputs->len; i++)
    {
      int input = leyden_node_find_bypass (flow, types, node->element.id, g_ptr_array_index (outputs, i));
      const char *one;

      if (input < 0)
        continue;
      one = find_cause_of_input (flow, types, dark, node->element.id, ((LeydenPort *) g_ptr_array_index (inputs, input))->name);
      if (one == NULL)
        return NULL;
      cause = one;
    }
  return cause;
}

/* Of a group of inputs any one is enough. */
static const char *
find_cause_of_groups (LeydenFlow           *flow,
                      LeydenNodeTypes      *types,
                      GHashTable           *dark,
                      const LeydenNodeType *type,
                      const char           *node)
{
  for (guint i = 0; type != NULL && type->input_groups != NULL && i < type->input_groups->len; i++)
    {
      char **names = g_ptr_array_index (type->input_groups, i);
      const char *cause = NULL;
      gboolean alive = FALSE;

      for (guint k = 0; names[k] != NULL && !alive; k++)
        {
          g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (flow, node, names[k]);
          const char *one = edges->len > 0 ? find_cause_of_input (flow, types, dark, node, names[k]) : NULL;

          alive = edges->len > 0 && one == NULL;
          cause = one != NULL ? one : cause;
        }
      if (!alive && cause != NULL)
        return cause;
    }
  return NULL;
}

static const char *
find_cause_of_node (LeydenFlow      *flow,
                    LeydenNodeTypes *types,
                    GHashTable      *dark,
                    LeydenNode      *node)
{
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types, node);
  const char *cause = NULL;

  if (node->mode == LEYDEN_NODE_MODE_BYPASSED)
    return find_cause_of_bypass (flow, types, dark, node, inputs);
  for (guint i = 0; i < inputs->len && cause == NULL; i++)
    {
      LeydenPort *port = g_ptr_array_index (inputs, i);

      if (port->required && port->type != LEYDEN_PORT_TOOLS)
        cause = find_cause_of_input (flow, types, dark, node->element.id, port->name);
    }
  return cause != NULL ? cause
                       : find_cause_of_groups (flow, types, dark, leyden_node_types_lookup (types, node->type), node->element.id);
}

GHashTable *
leyden_flow_list_dark (LeydenFlow      *flow,
                       LeydenNodeTypes *types)
{
  GHashTable *dark = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(LeydenFlowOrder) order = NULL;
  GPtrArray *nodes;
  gboolean any = FALSE;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), dark);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), dark);

  all = leyden_flow_list_nodes (flow);
  for (guint i = 0; i < all->len && !any; i++)
    any = ((LeydenNode *) g_ptr_array_index (all, i))->mode == LEYDEN_NODE_MODE_DISABLED;
  if (!any)
    return dark;
  order = leyden_flow_order_new (flow, types);
  nodes = leyden_flow_order_get_nodes (order);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      const char *cause = NULL;

      if (node->mode != LEYDEN_NODE_MODE_DISABLED)
        cause = find_cause_of_node (flow, types, dark, node);
      if (cause != NULL)
        g_hash_table_insert (dark, g_strdup (node->element.id), g_strdup (cause));
    }
  return dark;
}
