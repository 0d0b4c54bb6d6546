/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include "leyden-part.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-flow-mode.h"
#include "leyden-flow-pins.h"
#include "leyden-text.h"

typedef struct
{
  LeydenNodeTypes *types;
  LeydenFlow      *flow;        /* the body that the node stands in, or the whole */
  LeydenNode      *node;
  LeydenValue     *nodes;       /* of the earlier state, by path; NULL without one */
  LeydenValue     *typed;
  char            *prefix;      /* "solve[3]/" */
  GHashTable      *run;         /* ids, borrowed from the flow */
  GHashTable      *given;       /* id → LeydenValue */
  GQueue          *waiting;     /* of @run, whose sources are still to be found */
  GPtrArray       *dropped;     /* ids of wires */
} Part;

static void
part_clear (Part *self)
{
  g_free (self->prefix);
  g_clear_pointer (&self->run, g_hash_table_unref);
  g_clear_pointer (&self->given, g_hash_table_unref);
  g_clear_pointer (&self->waiting, g_queue_free);
  g_clear_pointer (&self->dropped, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Part, part_clear)

static char *
dup_name (Part       *self,
          const char *id)
{
  LeydenNode *node = leyden_flow_get_node (self->flow, id);
  const LeydenNodeType *type = node != NULL ? leyden_node_types_lookup (self->types, leyden_node_get_type_name (node)) : NULL;
  const char *title = node != NULL ? leyden_node_get_title (node) : "";

  if (*title == '\0')
    title = type != NULL ? type->title : id;
  return leyden_text_escape (title, -1, 60);
}

/* What the earlier rollout says of a node of this scope. */
static LeydenValue *
find_state (Part       *self,
            const char *id)
{
  g_autofree char *path = g_strconcat (self->prefix, id, NULL);

  return leyden_value_get_member (self->nodes, path);
}

/* Which wires count */

static gboolean
is_tools_port (Part       *self,
               LeydenNode *node,
               const char *name)
{
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (self->types, node);
  LeydenPort *port = leyden_ports_find (inputs, name);

  return port != NULL && port->type == LEYDEN_PORT_TOOLS;
}

static gboolean
carries_token (Part       *self,
               LeydenEdge *edge)
{
  LeydenNode *target = leyden_flow_get_node (self->flow, leyden_edge_get_target (edge));

  return target != NULL && leyden_flow_get_node (self->flow, leyden_edge_get_source (edge)) != NULL
         && !is_tools_port (self, target, leyden_edge_get_target_port (edge));
}

static gboolean
is_typed (Part       *self,
          LeydenEdge *edge)
{
  return strcmp (leyden_edge_get_target (edge), leyden_node_get_id (self->node)) == 0
         && leyden_value_get_member (self->typed, leyden_edge_get_target_port (edge)) != NULL;
}

/* What runs */

static void
add_dependants (Part       *self,
                const char *id)
{
  g_autoptr(GQueue) queue = g_queue_new ();

  g_queue_push_tail (queue, (gpointer) id);
  while (!g_queue_is_empty (queue))
    {
      g_autoptr(GPtrArray) edges = leyden_flow_list_edges_out (self->flow, g_queue_pop_head (queue), NULL);

      for (guint i = 0; i < edges->len; i++)
        {
          LeydenEdge *edge = g_ptr_array_index (edges, i);
          LeydenNode *target = leyden_flow_get_node (self->flow, leyden_edge_get_target (edge));

          if (carries_token (self, edge) && g_hash_table_add (self->run, (gpointer) leyden_node_get_id (target)))
            g_queue_push_tail (queue, (gpointer) leyden_node_get_id (target));
        }
    }
}

/* Without anything before it and without effects, a Constant needs no earlier run. */
static gboolean
is_constant (Part       *self,
             const char *id)
{
  LeydenNode *node = leyden_flow_get_node (self->flow, id);

  return strcmp (leyden_node_get_type_name (node), "constant") == 0;
}

/* What it is given */

static void
give (Part        *self,
      const char  *id,
      const char  *key,
      LeydenValue *value,
      gboolean     pin)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, key, value);
  if (pin)
    leyden_value_builder_set_boolean (&b, "pin", TRUE);
  leyden_value_builder_end (&b);
  g_hash_table_insert (self->given, (gpointer) id, leyden_value_builder_end_value (&b));
}

static gboolean
give_from_state (Part        *self,
                 const char  *id,
                 GError     **error)
{
  LeydenValue *state = find_state (self, id);
  const char *word = leyden_value_get_member_string (state, "state", "pending");
  g_autoptr(LeydenValue) yes = leyden_value_new_boolean (TRUE);
  g_autofree char *source = NULL;
  g_autofree char *name = NULL;

  if (g_str_equal (word, "succeeded") && leyden_value_get_member (state, "outputs") != NULL)
    give (self, id, "outputs", leyden_value_get_member (state, "outputs"), FALSE);
  else if (g_str_equal (word, "skipped"))
    give (self, id, "skipped", yes, FALSE);
  else if (g_str_equal (word, "failed") && leyden_value_get_member (state, "error") != NULL)
    give (self, id, "error", leyden_value_get_member (state, "error"), FALSE);
  else
    {
      source = dup_name (self, id);
      name = dup_name (self, leyden_node_get_id (self->node));
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES,
                   _("“%s” cannot run by itself yet: there is no value of “%s” from an earlier run. Try the flow first, or type the inputs"),
                   name, source);
      return FALSE;
    }
  return TRUE;
}

/* Its sources are looked at later. */
static void
run_too (Part       *self,
         const char *id)
{
  g_hash_table_add (self->run, (gpointer) id);
  g_queue_push_tail (self->waiting, (gpointer) id);
}

static gboolean
give_source (Part        *self,
             LeydenNode  *source,
             GError     **error)
{
  const char *id = leyden_node_get_id (source);
  LeydenNodeMode mode = leyden_node_get_mode (source);
  LeydenValue *pin = leyden_node_get_pin (source);
  g_autoptr(LeydenValue) yes = NULL;

  if (g_hash_table_contains (self->run, id) || g_hash_table_contains (self->given, id))
    return TRUE;
  /* As it is now, whatever it was when it ran. What is bypassed hands on what it is given. */
  if (mode == LEYDEN_NODE_MODE_DISABLED)
    {
      yes = leyden_value_new_boolean (TRUE);
      give (self, id, "skipped", yes, FALSE);
      return TRUE;
    }
  if (mode == LEYDEN_NODE_MODE_BYPASSED)
    {
      run_too (self, id);
      return TRUE;
    }
  if (pin == NULL && is_constant (self, id))
    {
      run_too (self, id);
      return TRUE;
    }
  if (pin != NULL && leyden_pin_get_outputs (pin) != NULL)
    {
      give (self, id, "outputs", leyden_pin_get_outputs (pin), TRUE);
      return TRUE;
    }
  return give_from_state (self, id, error);
}

static gboolean
give_sources_of (Part        *self,
                 const char  *id,
                 GError     **error)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (self->flow, id, NULL);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);

      if (carries_token (self, edge) && !is_typed (self, edge)
          && !give_source (self, leyden_flow_get_node (self->flow, leyden_edge_get_source (edge)), error))
        return FALSE;
    }
  return TRUE;
}

/* A merge that took something which is run again must not be handed what came second then: given tokens are there from the start. */
static void
drop_tokens_of_merge (Part       *self,
                      const char *id)
{
  const char *taken = leyden_value_get_member_string (find_state (self, id), "edge", NULL);
  LeydenEdge *edge = taken != NULL ? leyden_flow_get_edge (self->flow, taken) : NULL;
  g_autoptr(GPtrArray) edges = NULL;

  if (edge == NULL || strcmp (leyden_edge_get_target (edge), id) != 0 || !g_hash_table_contains (self->run, leyden_edge_get_source (edge)))
    return;
  edges = leyden_flow_list_edges_in (self->flow, id, NULL);
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *other = g_ptr_array_index (edges, i);

      if (g_hash_table_contains (self->given, leyden_edge_get_source (other)))
        g_ptr_array_add (self->dropped, (gpointer) leyden_edge_get_id (other));
    }
}

static gboolean
give_all (Part    *self,
          GError **error)
{
  g_autoptr(GList) ids = g_list_sort (g_hash_table_get_keys (self->run), (GCompareFunc) strcmp);

  for (GList *l = ids; l != NULL; l = l->next)
    if (!give_sources_of (self, l->data, error))
      return FALSE;
  while (!g_queue_is_empty (self->waiting))
    if (!give_sources_of (self, g_queue_pop_head (self->waiting), error))
      return FALSE;
  for (GList *l = ids; l != NULL; l = l->next)
    if (strcmp (leyden_node_get_type_name (leyden_flow_get_node (self->flow, l->data)), "merge") == 0)
      drop_tokens_of_merge (self, l->data);
  return TRUE;
}

/* Where */

/* The scope of "solve[3]/check": all before the id. @path is of a node with that @id. */
static char *
dup_prefix (const char *path,
            const char *id)
{
  return g_strndup (path, strlen (path) - strlen (id));
}

/* Without a round the last one is meant that the log tells of, else the first. */
static char *
find_prefix (LeydenValue        *nodes,
             const char * const *scope,
             const char         *id)
{
  g_autofree char *wanted = leyden_flow_join_path (scope, id);
  g_autofree char *found = NULL;
  gint64 latest = G_MININT64;
  GString *first;

  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      const char *path = leyden_value_get_key (nodes, i);
      gint64 started = leyden_value_get_member_int (leyden_value_get_item (nodes, i), "started", 0);
      g_autofree char *collapsed = g_str_has_suffix (path, id) ? leyden_node_path_collapse (path) : NULL;

      if (g_strcmp0 (collapsed, wanted) != 0 || started < latest)
        continue;
      latest = started;
      g_free (found);
      found = dup_prefix (path, id);
    }
  if (found != NULL)
    return g_steal_pointer (&found);
  first = g_string_new (NULL);
  for (guint i = 0; scope[i] != NULL; i++)
    g_string_append_printf (first, "%s[0]/", scope[i]);
  return g_string_free (first, FALSE);
}

static gboolean
locate (Part                     *self,
        LeydenFlow               *flow,
        const LeydenPartRequest  *request,
        GError                  **error)
{
  g_autofree char *collapsed = leyden_node_path_collapse (request->node);
  g_autofree char *shown = NULL;
  g_auto(GStrv) scope = NULL;
  const char *id;

  self->node = leyden_flow_find_path (flow, collapsed, &scope);
  if (self->node == NULL)
    {
      shown = leyden_text_escape (request->node, -1, 80);
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW, _("The flow has no node “%s”"), shown);
      return FALSE;
    }
  id = leyden_node_get_id (self->node);
  self->flow = leyden_flow_find_body (flow, (const char * const *) scope);
  if (scope[0] == NULL)
    self->prefix = g_strdup ("");
  else if (!g_str_equal (collapsed, request->node) && g_str_has_suffix (request->node, id))
    self->prefix = dup_prefix (request->node, id);
  else
    self->prefix = find_prefix (self->nodes, (const char * const *) scope, id);
  return TRUE;
}

static gboolean
check_kind (Part    *self,
            GError **error)
{
  const LeydenNodeType *type = leyden_node_types_lookup (self->types, leyden_node_get_type_name (self->node));
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (self->types, self->node);
  g_autofree char *name = dup_name (self, leyden_node_get_id (self->node));
  gboolean called = type != NULL && type->is_tool;

  for (guint i = 0; i < outputs->len && !called; i++)
    {
      LeydenPort *port = g_ptr_array_index (outputs, i);

      called = port->type == LEYDEN_PORT_TOOLS && leyden_flow_is_only_called (self->flow, leyden_node_get_id (self->node), port->name);
    }
  if (!called && leyden_node_get_mode (self->node) != LEYDEN_NODE_MODE_DISABLED)
    return TRUE;
  if (!called)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW, _("“%s” is disabled. Enable it, and it can run"), name);
      return FALSE;
    }
  g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
               _("“%s” is a tool: it runs when a model calls it. Run the node that uses it"), name);
  return FALSE;
}

static gboolean
check_typed (Part    *self,
             GError **error)
{
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (self->types, self->node);

  for (guint i = 0; i < leyden_value_get_size (self->typed); i++)
    {
      const char *name = leyden_value_get_key (self->typed, i);
      LeydenPort *port = leyden_ports_find (inputs, name);
      g_autofree char *shown = NULL;
      g_autofree char *node = NULL;

      if (port != NULL && port->type != LEYDEN_PORT_TOOLS)
        continue;
      shown = leyden_text_escape (name, -1, 60);
      node = dup_name (self, leyden_node_get_id (self->node));
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT, _("“%s” has no input “%s” that a value can be typed for"), node, shown);
      return FALSE;
    }
  return TRUE;
}

/* The result */

/* What the `input` node of the scope gave: the row as the nodes saw it. */
static LeydenValue *
get_input (Part *self)
{
  LeydenNode *input = leyden_flow_find_node (self->flow, "input");
  LeydenValue *outputs = NULL;

  if (input != NULL)
    outputs = leyden_value_get_member (find_state (self, leyden_node_get_id (input)), "outputs");
  return leyden_value_get_kind (outputs) == LEYDEN_VALUE_OBJECT ? outputs : NULL;
}

static void
write_ids (LeydenValueBuilder *b,
           const char         *key,
           GList              *ids)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (GList *l = ids; l != NULL; l = l->next)
    leyden_value_builder_add_string (b, l->data);
  leyden_value_builder_end (b);
}

static void
write_given (LeydenValueBuilder *b,
             Part               *self)
{
  g_autoptr(GList) ids = g_list_sort (g_hash_table_get_keys (self->given), (GCompareFunc) strcmp);

  leyden_value_builder_key (b, "given");
  leyden_value_builder_begin_object (b);
  for (GList *l = ids; l != NULL; l = l->next)
    leyden_value_builder_set (b, l->data, g_hash_table_lookup (self->given, l->data));
  leyden_value_builder_end (b);
}

static LeydenValue *
part_to_value (Part                    *self,
               const LeydenPartRequest *request)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GList) ids = g_list_sort (g_hash_table_get_keys (self->run), (GCompareFunc) strcmp);
  g_autofree char *path = g_strconcat (self->prefix, leyden_node_get_id (self->node), NULL);
  LeydenValue *input = get_input (self);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "mode", request->mode);
  leyden_value_builder_set_string (&b, "node", path);
  leyden_value_builder_set_string (&b, "scope", self->prefix);
  if (request->rollout != NULL)
    leyden_value_builder_set_string (&b, "rollout", request->rollout);
  leyden_value_builder_key (&b, "input");
  if (input != NULL)
    leyden_value_builder_add (&b, input);
  else
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
    }
  if (leyden_value_get_size (self->typed) > 0)
    leyden_value_builder_set (&b, "typed", self->typed);
  write_ids (&b, "run", ids);
  write_given (&b, self);
  leyden_value_builder_key (&b, "dropped");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->dropped->len; i++)
    leyden_value_builder_add_string (&b, g_ptr_array_index (self->dropped, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_part_prepare (LeydenFlow               *flow,
                     LeydenNodeTypes          *types,
                     const LeydenPartRequest  *request,
                     GError                  **error)
{
  g_auto(Part) self = { .types = types };

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (g_str_equal (request->mode, "node") || g_str_equal (request->mode, "from"), NULL);

  self.nodes = leyden_value_get_member (request->state, "nodes");
  self.typed = leyden_value_get_kind (request->typed) == LEYDEN_VALUE_OBJECT ? request->typed : NULL;
  self.run = g_hash_table_new (g_str_hash, g_str_equal);
  self.given = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) leyden_value_unref);
  self.dropped = g_ptr_array_new ();
  self.waiting = g_queue_new ();
  if (!locate (&self, flow, request, error) || !check_kind (&self, error) || !check_typed (&self, error))
    return NULL;
  g_hash_table_add (self.run, (gpointer) leyden_node_get_id (self.node));
  if (g_str_equal (request->mode, "from"))
    add_dependants (&self, leyden_node_get_id (self.node));
  if (!give_all (&self, error))
    return NULL;
  return part_to_value (&self, request);
}
