/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include "leyden-part.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-check.h"
#include "leyden-json.h"
#include "leyden-plan-private.h"

/* Makes the flow of a part: what does not belong to it goes, and no wire leads into what is given. */

typedef struct
{
  LeydenFlow      *flow;        /* the body, or the whole */
  LeydenNodeTypes *types;
  LeydenValue     *part;
  LeydenNode      *node;
  GHashTable      *run;         /* ids, with the tools of what runs */
  GHashTable      *dropped;
} Cut;

static void
cut_clear (Cut *self)
{
  g_clear_pointer (&self->run, g_hash_table_unref);
  g_clear_pointer (&self->dropped, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cut, cut_clear)

static GHashTable *
read_ids (LeydenValue *list)
{
  GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    g_hash_table_add (ids, g_strdup (leyden_value_get_string (leyden_value_get_item (list, i), NULL)));
  return ids;
}

static LeydenPort *
find_input (Cut        *self,
            GPtrArray **inputs,
            const char *node,
            const char *port)
{
  *inputs = leyden_node_types_dup_inputs (self->types, leyden_flow_get_node (self->flow, node));
  return leyden_ports_find (*inputs, port);
}

/* Tools of what runs, and their tools. */
static void
add_tools (Cut *self)
{
  g_autoptr(GList) ids = g_hash_table_get_keys (self->run);
  g_autoptr(GPtrArray) waiting = g_ptr_array_new_with_free_func (g_free);

  for (GList *l = ids; l != NULL; l = l->next)
    g_ptr_array_add (waiting, g_strdup (l->data));
  for (guint i = 0; i < waiting->len; i++)
    {
      const char *id = g_ptr_array_index (waiting, i);
      g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (self->flow, id, NULL);

      for (guint j = 0; j < edges->len; j++)
        {
          LeydenEdge *edge = g_ptr_array_index (edges, j);
          g_autoptr(GPtrArray) inputs = NULL;
          LeydenPort *port = find_input (self, &inputs, id, leyden_edge_get_target_port (edge));

          if (port != NULL && port->type == LEYDEN_PORT_TOOLS && leyden_flow_get_node (self->flow, leyden_edge_get_source (edge)) != NULL
              && g_hash_table_add (self->run, g_strdup (leyden_edge_get_source (edge))))
            g_ptr_array_add (waiting, g_strdup (leyden_edge_get_source (edge)));
        }
    }
}

static gboolean
is_given (Cut        *self,
          const char *id)
{
  return leyden_value_get_member (leyden_value_get_member (self->part, "given"), id) != NULL;
}

static gboolean
is_typed (Cut        *self,
          const char *id,
          const char *port)
{
  return strcmp (id, leyden_node_get_id (self->node)) == 0
         && leyden_value_get_member (leyden_value_get_member (self->part, "typed"), port) != NULL;
}

static gboolean
keeps_edge (Cut        *self,
            LeydenEdge *edge)
{
  const char *source = leyden_edge_get_source (edge), *target = leyden_edge_get_target (edge);

  return g_hash_table_contains (self->run, target) && (g_hash_table_contains (self->run, source) || is_given (self, source))
         && !is_typed (self, target, leyden_edge_get_target_port (edge)) && !g_hash_table_contains (self->dropped, leyden_edge_get_id (edge));
}

static gboolean
cut (Cut     *self,
     GError **error)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (self->flow);
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (self->flow);
  g_auto(GStrv) scope = leyden_flow_dup_scope (self->flow);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("part");

  for (guint i = 0; i < edges->len; i++)
    if (!keeps_edge (self, g_ptr_array_index (edges, i)))
      leyden_edit_add_in (edit, (const char * const *) scope, LEYDEN_ELEMENT_EDGE, leyden_edge_get_id (g_ptr_array_index (edges, i)), NULL, NULL);
  for (guint i = 0; i < nodes->len; i++)
    {
      const char *id = leyden_node_get_id (g_ptr_array_index (nodes, i));

      if (!g_hash_table_contains (self->run, id) && !is_given (self, id))
        leyden_edit_add_in (edit, (const char * const *) scope, LEYDEN_ELEMENT_NODE, id, NULL, NULL);
    }
  return leyden_edit_get_n_changes (edit) == 0 || leyden_flow_apply (self->flow, edit, error);
}

/* Whether a problem is one of what runs. */
static gboolean
concerns (Cut                 *self,
          const LeydenProblem *problem,
          const char * const  *scope)
{
  guint depth = g_strv_length ((char **) scope);

  if (problem->severity != LEYDEN_PROBLEM_ERROR || g_strv_length (problem->scope) < depth)
    return FALSE;
  for (guint i = 0; i < depth; i++)
    if (strcmp (problem->scope[i], scope[i]) != 0)
      return FALSE;
  if (problem->scope[depth] != NULL)
    return g_hash_table_contains (self->run, problem->scope[depth]);
  if (problem->kind == LEYDEN_ELEMENT_NODE && problem->port != NULL && strcmp (problem->code, "input-missing") == 0
      && is_typed (self, problem->id, problem->port))
    return FALSE;
  return problem->kind != LEYDEN_ELEMENT_NODE || g_hash_table_contains (self->run, problem->id);
}

static gboolean
check (Cut                *self,
       LeydenFlow         *whole,
       const char * const *scope,
       GError            **error)
{
  g_autoptr(GPtrArray) problems = leyden_flow_check (whole, self->types);

  for (guint i = 0; i < problems->len; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);

      if (!concerns (self, problem, scope))
        continue;
      g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW, problem->message);
      return FALSE;
    }
  return TRUE;
}

static LeydenValue *
dup_fields (LeydenFlow      *flow,
            LeydenNodeTypes *types)
{
  LeydenNode *input = leyden_flow_find_node (flow, "input");
  LeydenValue *fields = input != NULL ? leyden_node_types_get_parameter (types, input, "fields") : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_kind (fields) == LEYDEN_VALUE_LIST)
    return leyden_value_ref (fields);
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenPlan *
leyden_plan_new_part (LeydenFlow       *flow,
                      LeydenNodeTypes  *types,
                      LeydenValue      *part,
                      GError          **error)
{
  const char *path = leyden_value_get_member_string (part, "node", "");
  g_autofree char *collapsed = leyden_node_path_collapse (path);
  g_autofree char *hash = NULL;
  g_autofree char *container = NULL;
  g_auto(GStrv) scope = NULL;
  g_auto(Cut) self = { .types = types, .part = part };
  g_autoptr(LeydenValue) fields = NULL;
  LeydenPlan *plan;
  guint n_numbers = 0;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);

  self.node = leyden_flow_find_path (flow, collapsed, &scope);
  if (self.node == NULL)
    {
      g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW, _("The flow does not fit the part of it that is to run"));
      return NULL;
    }
  leyden_node_ref (self.node);
  hash = leyden_flow_hash (flow);
  fields = dup_fields (flow, types);
  self.flow = leyden_flow_find_body (flow, (const char * const *) scope);
  self.run = read_ids (leyden_value_get_member (part, "run"));
  self.dropped = read_ids (leyden_value_get_member (part, "dropped"));
  add_tools (&self);
  if (!cut (&self, error) || !check (&self, flow, (const char * const *) scope, error))
    {
      leyden_node_unref (self.node);
      return NULL;
    }
  leyden_node_unref (self.node);
  container = g_strjoinv ("/", scope);
  plan = leyden_plan_build (self.flow, types, scope[0] != NULL ? container : NULL, g_strv_length (scope), &n_numbers, error);
  if (plan == NULL)
    return NULL;
  plan->n_numbers = n_numbers;
  plan->hash = g_steal_pointer (&hash);
  plan->flow_id = g_strdup (leyden_flow_get_id (flow));
  plan->input_fields = g_steal_pointer (&fields);
  return plan;
}
