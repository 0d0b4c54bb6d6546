/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-editor-context.h"

#include <string.h>

/* Beyond this many nodes of a flow nobody looks for a name in a list. */
#define MAX_VISITED 2000
#define MAX_OFFERS 200

static void
offer_free (gpointer data)
{
  LeydenEditorOffer *offer = data;

  g_free (offer->node);
  g_free (offer->title);
  g_free (offer->port);
  g_free (offer);
}

static void
context_clear (gpointer data)
{
  LeydenEditorContext *self = data;

  g_strfreev (self->names);
  g_free (self->inputs_parameter);
  g_free (self->result_type);
  g_free (self->node);
  g_clear_pointer (&self->outputs, leyden_value_unref);
  g_clear_pointer (&self->types, g_array_unref);
  g_clear_pointer (&self->wired, g_hash_table_unref);
  g_clear_pointer (&self->values, leyden_value_unref);
  g_clear_pointer (&self->offers, g_ptr_array_unref);
}

LeydenEditorContext *
leyden_editor_context_ref (LeydenEditorContext *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
leyden_editor_context_set (LeydenEditorContext **place,
                           LeydenEditorContext  *context)
{
  LeydenEditorContext *before = *place;

  *place = context != NULL ? leyden_editor_context_ref (context) : NULL;
  if (before != NULL)
    leyden_editor_context_unref (before);
}

void
leyden_editor_context_unref (LeydenEditorContext *self)
{
  g_atomic_rc_box_release_full (self, context_clear);
}

/* --- names --- */

static void
add_name (GPtrArray      *names,
          GArray         *port_types,
          const char     *name,
          LeydenPortType  type)
{
  if (*name == '\0' || g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
    return;
  g_ptr_array_add (names, g_strdup (name));
  g_array_append_val (port_types, type);
}

static void
add_ports (GPtrArray *names,
           GArray    *port_types,
           GPtrArray *ports)
{
  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);

      if (!port->is_error)
        add_name (names, port_types, port->name, port->type);
    }
}

/* As leyden_flow_check() has it: inputs; of a container, what its body gave as well, and the number of the round. */
static char **
list_names (LeydenNodeTypes      *types,
            LeydenNode           *node,
            const LeydenNodeType *type,
            GArray               *port_types)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types, node);
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (types, node);
  LeydenContainer *container = type != NULL ? type->container : NULL;

  add_ports (names, port_types, inputs);
  if (container != NULL)
    add_ports (names, port_types, outputs);
  if (container != NULL && container->index_parameter != NULL)
    add_name (names, port_types, leyden_node_types_get_text (types, node, container->index_parameter), LEYDEN_PORT_NUMBER);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* --- values --- */

/* The part of a path before the node that @scope names the containers of, "solve[3]/"; NULL when the node is elsewhere. */
static char *
prefix_of_path (const char *path,
                const char *scope)
{
  const char *slash = g_strrstr (path, "]/");
  g_autofree char *prefix = NULL;
  g_autofree char *collapsed = NULL;

  if (slash == NULL)
    return NULL;
  prefix = g_strndup (path, (gsize) (slash - path) + 2);
  collapsed = leyden_node_path_collapse (prefix);
  return g_str_equal (collapsed, scope) ? g_steal_pointer (&prefix) : NULL;
}

/* The round of the containers around @flow that began last; "" for a whole flow, NULL when none ran. */
static char *
find_last_round (LeydenValue *nodes,
                 LeydenFlow  *flow)
{
  g_auto(GStrv) scope = leyden_flow_dup_scope (flow);
  g_autofree char *wanted = leyden_flow_join_path ((const char * const *) scope, "");
  g_autofree char *found = NULL;
  gint64 latest = G_MININT64;

  if (scope[0] == NULL)
    return g_strdup ("");
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      g_autofree char *prefix = prefix_of_path (leyden_value_get_key (nodes, i), wanted);
      gint64 started = leyden_value_get_member_int (leyden_value_get_item (nodes, i), "started", 0);

      if (prefix == NULL || started < latest)
        continue;
      g_free (found);
      found = g_steal_pointer (&prefix);
      latest = started;
    }
  return g_steal_pointer (&found);
}

static LeydenValue *
get_output (LeydenValue *nodes,
            const char  *prefix,
            const char  *node,
            const char  *port)
{
  g_autofree char *path = g_strconcat (prefix, node, NULL);

  return leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (nodes, path), "outputs"), port);
}

static void
add_input (LeydenValueBuilder *builder,
           LeydenValue        *nodes,
           const char         *prefix,
           LeydenFlow         *flow,
           const char         *node,
           LeydenPort         *port)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (flow, node, port->name);
  LeydenValue *value = NULL;

  if (port->multiple && edges->len > 0)
    {
      leyden_value_builder_key (builder, port->name);
      leyden_value_builder_begin_list (builder);
    }
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);

      value = get_output (nodes, prefix, leyden_edge_get_source (edge), leyden_edge_get_source_port (edge));
      if (value != NULL && port->multiple)
        leyden_value_builder_add (builder, value);
    }
  if (port->multiple && edges->len > 0)
    leyden_value_builder_end (builder);
  else if (value != NULL)
    leyden_value_builder_set (builder, port->name, value);
}

/* What the node itself gave last, for conditions of containers. */
static void
add_outputs (LeydenValueBuilder *builder,
             LeydenValue        *nodes,
             const char         *prefix,
             const char         *node)
{
  g_autofree char *path = g_strconcat (prefix, node, NULL);
  LeydenValue *outputs = leyden_value_get_member (leyden_value_get_member (nodes, path), "outputs");

  for (guint i = 0; leyden_value_get_kind (outputs) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (outputs); i++)
    leyden_value_builder_set (builder, leyden_value_get_key (outputs, i), leyden_value_get_item (outputs, i));
}

static LeydenValue *
find_outputs (LeydenFlow  *flow,
              const char  *id,
              LeydenValue *state)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  g_autofree char *prefix = leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT ? find_last_round (nodes, flow) : NULL;
  g_autofree char *path = prefix != NULL ? g_strconcat (prefix, id, NULL) : NULL;
  LeydenValue *outputs = path != NULL ? leyden_value_get_member (leyden_value_get_member (nodes, path), "outputs") : NULL;

  return outputs != NULL ? leyden_value_ref (outputs) : NULL;
}

static LeydenValue *
find_values (LeydenFlow           *flow,
             LeydenNodeTypes      *types,
             LeydenNode           *node,
             const LeydenNodeType *type,
             LeydenValue          *state)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  g_autofree char *prefix = leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT ? find_last_round (nodes, flow) : NULL;
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types, node);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  if (prefix == NULL)
    return NULL;
  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < inputs->len; i++)
    add_input (&builder, nodes, prefix, flow, leyden_node_get_id (node), g_ptr_array_index (inputs, i));
  if (type != NULL && type->container != NULL)
    add_outputs (&builder, nodes, prefix, leyden_node_get_id (node));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* --- what could be connected --- */

/* Ids of the nodes that are reached from @start, itself included, in the order of their distance; NULL: too many. */
static GPtrArray *
list_reached (LeydenFlow *flow,
              const char *start,
              gboolean    forwards)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) reached = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (reached, g_strdup (start));
  g_hash_table_add (seen, g_ptr_array_index (reached, 0));
  for (guint i = 0; i < reached->len; i++)
    {
      g_autoptr(GPtrArray) edges = forwards ? leyden_flow_list_edges_out (flow, g_ptr_array_index (reached, i), NULL)
                                            : leyden_flow_list_edges_in (flow, g_ptr_array_index (reached, i), NULL);

      for (guint j = 0; j < edges->len; j++)
        {
          LeydenEdge *edge = g_ptr_array_index (edges, j);
          const char *other = forwards ? leyden_edge_get_target (edge) : leyden_edge_get_source (edge);

          if (g_hash_table_contains (seen, other))
            continue;
          if (reached->len >= MAX_VISITED)
            return NULL;
          g_ptr_array_add (reached, g_strdup (other));
          g_hash_table_add (seen, g_ptr_array_index (reached, reached->len - 1));
        }
    }
  return g_steal_pointer (&reached);
}

static void
offer_outputs (GPtrArray       *offers,
               LeydenNodeTypes *types,
               LeydenNode      *node)
{
  const LeydenNodeType *type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (types, node);
  const char *title = leyden_node_get_title (node);

  if (*title == '\0' && type != NULL)
    title = type->title;
  for (guint i = 0; i < outputs->len && offers->len < MAX_OFFERS; i++)
    {
      LeydenPort *port = g_ptr_array_index (outputs, i);
      LeydenEditorOffer *offer;

      if (port->is_error || port->type == LEYDEN_PORT_TOOLS)
        continue;
      offer = g_new0 (LeydenEditorOffer, 1);
      offer->node = g_strdup (leyden_node_get_id (node));
      offer->title = g_strdup (title);
      offer->port = g_strdup (port->name);
      offer->type = port->type;
      g_ptr_array_add (offers, offer);
    }
}

static gboolean
holds (GPtrArray  *ids,
       const char *id)
{
  return g_ptr_array_find_with_equal_func (ids, id, g_str_equal, NULL);
}

/* What comes before the node, nearest first; then what has nothing to do with it, as long as the flow is of a usual size. */
static GPtrArray *
list_offers (LeydenFlow      *flow,
             LeydenNodeTypes *types,
             const char      *id)
{
  g_autoptr(GPtrArray) offers = g_ptr_array_new_with_free_func (offer_free);
  g_autoptr(GPtrArray) before = list_reached (flow, id, FALSE);
  g_autoptr(GPtrArray) behind = NULL;
  g_autoptr(GPtrArray) nodes = NULL;

  for (guint i = 1; before != NULL && i < before->len && offers->len < MAX_OFFERS; i++)
    {
      LeydenNode *node = leyden_flow_get_node (flow, g_ptr_array_index (before, i));

      if (node != NULL)
        offer_outputs (offers, types, node);
    }
  if (before == NULL || leyden_flow_get_n_nodes (flow) > MAX_OFFERS)
    return g_steal_pointer (&offers);
  behind = list_reached (flow, id, TRUE);
  nodes = leyden_flow_list_nodes (flow);
  for (guint i = 0; behind != NULL && i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);

      if (!holds (before, leyden_node_get_id (node)) && !holds (behind, leyden_node_get_id (node)))
        offer_outputs (offers, types, node);
    }
  return g_steal_pointer (&offers);
}

/* --- */

LeydenEditorContext *
leyden_editor_context_new (LeydenFlow      *flow,
                           LeydenNodeTypes *types,
                           const char      *id,
                           LeydenValue     *state)
{
  LeydenNode *node = leyden_flow_get_node (flow, id);
  const LeydenNodeType *type;
  LeydenEditorContext *self;
  g_autoptr(GPtrArray) edges = NULL;

  g_return_val_if_fail (node != NULL, NULL);

  type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
  edges = leyden_flow_list_edges_in (flow, id, NULL);
  self = g_atomic_rc_box_new0 (LeydenEditorContext);
  self->types = g_array_new (FALSE, FALSE, sizeof (LeydenPortType));
  self->names = list_names (types, node, type, self->types);
  self->result_type = g_strdup (leyden_node_types_get_text (types, node, "type"));
  self->inputs_parameter = type != NULL ? g_strdup (type->inputs_parameter) : NULL;
  self->wired = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < edges->len; i++)
    g_hash_table_add (self->wired, g_strdup (leyden_edge_get_target_port (g_ptr_array_index (edges, i))));
  self->values = state != NULL ? find_values (flow, types, node, type, state) : NULL;
  self->node = g_strdup (id);
  self->outputs = find_outputs (flow, id, state);
  self->offers = list_offers (flow, types, id);
  return self;
}

gboolean
leyden_editor_context_has_name (LeydenEditorContext *self,
                                const char          *name)
{
  return self != NULL && g_strv_contains ((const char * const *) self->names, name);
}

LeydenPortType
leyden_editor_context_get_type (LeydenEditorContext *self,
                                const char          *name)
{
  for (guint i = 0; self != NULL && self->names[i] != NULL; i++)
    if (g_str_equal (self->names[i], name))
      return g_array_index (self->types, LeydenPortType, i);
  return LEYDEN_PORT_ANY;
}

LeydenValue *
leyden_editor_context_get_value (LeydenEditorContext *self,
                                 const char          *name)
{
  return self != NULL ? leyden_value_get_member (self->values, name) : NULL;
}

/* Levenshtein, over bytes: good enough for a suggestion. At most @limit, else limit + 1. */
static guint
distance (const char *a,
          const char *b,
          guint       limit)
{
  guint n = (guint) strlen (b);
  g_autofree guint *row = g_new (guint, n + 1);

  for (guint j = 0; j <= n; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0];
      guint least = row[0] = i;

      for (guint j = 1; j <= n; j++)
        {
          guint cost = diagonal + (g_ascii_tolower (a[i - 1]) != g_ascii_tolower (b[j - 1]));

          diagonal = row[j];
          row[j] = MIN (cost, MIN (row[j], row[j - 1]) + 1);
          least = MIN (least, row[j]);
        }
      if (least > limit)
        return limit + 1;
    }
  return row[n];
}

const char *
leyden_editor_context_nearest (const char * const *names,
                               const char         *name)
{
  gsize length = strlen (name);
  guint best = (guint) MIN (MAX (length / 3, 1), 4);
  const char *found = NULL;

  if (length == 0 || length > 100)
    return NULL;
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      guint steps = strlen (names[i]) <= 100 ? distance (name, names[i], best) : best + 1;

      /* The first of equally near ones. */
      if (steps > best || (steps == best && found != NULL) || g_str_equal (names[i], name))
        continue;
      best = steps;
      found = names[i];
    }
  return found;
}
