/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-fork-private.h"

#include <string.h>

/* What depends on a change. */

#define MAX_TOOL_DEPTH 16

/* Which nodes are others */

static gboolean
is_same_value (LeydenValue *a,
               LeydenValue *b)
{
  return a == NULL || b == NULL ? a == b : leyden_value_equal (a, b);
}

static gboolean
has_same_codes (char **a,
                char **b)
{
  return a == NULL || b == NULL ? a == b : g_strv_equal ((const char * const *) a, (const char * const *) b);
}

/* What it ran with: somebody may have set another in the rollout. */
static LeydenValue *
get_parameter (LeydenFork           *self,
               const LeydenPlanNode *node,
               guint                 index)
{
  const LeydenParameter *parameter = g_ptr_array_index (node->type->parameters, index);
  g_autofree char *key = NULL;
  LeydenValue *set;

  if (g_hash_table_size (self->settings) == 0)
    return node->parameters[index];
  key = g_strconcat (leyden_plan_node_get_path (node), "/", parameter->name, NULL);
  set = g_hash_table_lookup (self->settings, key);
  return set != NULL ? set : node->parameters[index];
}

static gboolean
has_same_settings (LeydenFork           *self,
                   const LeydenPlanNode *a,
                   const LeydenPlanNode *b)
{
  if (!g_str_equal (leyden_node_get_type_name (a->node), leyden_node_get_type_name (b->node))
      || a->type->parameters->len != b->type->parameters->len || a->mode != b->mode
      || a->retry_max != b->retry_max || !has_same_codes (a->retry_on, b->retry_on) || !is_same_value (a->pinned, b->pinned)
      || (a->body == NULL) != (b->body == NULL))
    return FALSE;
  for (guint i = 0; i < a->type->parameters->len; i++)
    if (!is_same_value (get_parameter (self, a, i), b->parameters[i]))
      return FALSE;
  return TRUE;
}

/* Where an input's values come from, in their order. */
static gboolean
has_same_wires (LeydenPlan           *before,
                const LeydenPlanPort *a,
                LeydenPlan           *after,
                const LeydenPlanPort *b,
                gboolean              by_id)
{
  if (a->n_wires != b->n_wires || !g_str_equal (a->port->name, b->port->name))
    return FALSE;
  for (guint i = 0; i < a->n_wires; i++)
    {
      const LeydenPlanWire *x = &before->wires[before->wires_in[a->first + i]], *y = &after->wires[after->wires_in[b->first + i]];

      if (!g_str_equal (before->nodes[x->source].id, after->nodes[y->source].id)
          || !g_str_equal (before->outputs[x->output].port->name, after->outputs[y->output].port->name) || (by_id && !g_str_equal (x->id, y->id)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
has_same_inputs (LeydenPlan           *before,
                 const LeydenPlanNode *a,
                 LeydenPlan           *after,
                 const LeydenPlanNode *b)
{
  if (a->n_inputs != b->n_inputs)
    return FALSE;
  for (guint i = 0; i < a->n_inputs; i++)
    if (!has_same_wires (before, &before->inputs[a->first_input + i], after, &after->inputs[b->first_input + i], b->is_merge))
      return FALSE;
  return TRUE;
}

static gboolean
is_same_node (LeydenFork           *self,
              LeydenPlan           *before,
              const LeydenPlanNode *a,
              LeydenPlan           *after,
              const LeydenPlanNode *b,
              guint                 depth)
{
  guint n_tools = b->tools != NULL ? b->tools->len : 0;

  if (depth > MAX_TOOL_DEPTH || !g_str_equal (a->id, b->id) || !has_same_settings (self, a, b) || !has_same_inputs (before, a, after, b)
      || (a->tools != NULL ? a->tools->len : 0) != n_tools)
    return FALSE;
  for (guint i = 0; i < n_tools; i++)
    if (!is_same_node (self, before, &before->nodes[g_array_index (a->tools, LeydenPlanTool, i).node], after,
                       &after->nodes[g_array_index (b->tools, LeydenPlanTool, i).node], depth + 1))
      return FALSE;
  return TRUE;
}

/* By node of @after: whether it is new or another than in @before (nullable). */
static const guint8 *
find_changed (LeydenFork *self,
              LeydenPlan *before,
              LeydenPlan *after)
{
  guint8 *changed = g_hash_table_lookup (self->changed, after);
  gboolean learns_other = g_strcmp0 (leyden_plan_get_training_hash (self->spec->before), leyden_plan_get_training_hash (self->spec->after)) != 0;

  if (changed != NULL)
    return changed;
  changed = g_new0 (guint8, after->n_nodes + 1);
  for (guint i = 0; i < after->n_nodes; i++)
    {
      guint old = before != NULL ? leyden_plan_find_node (before, after->nodes[i].id) : LEYDEN_PLAN_NONE;

      changed[i] = old == LEYDEN_PLAN_NONE || !is_same_node (self, before, &before->nodes[old], after, &after->nodes[i], 0)
                   || (learns_other && after->nodes[i].type->learns);
    }
  g_hash_table_insert (self->changed, after, changed);
  return changed;
}

/* What is given on */

LeydenForkNode *
leyden_fork_find_node (LeydenFork *self,
                       const char *path,
                       const char *id)
{
  g_autofree char *whole = g_strconcat (path, id, NULL);

  return g_hash_table_lookup (self->nodes, whole);
}

gboolean
leyden_fork_has_come (LeydenFork *self,
                      LeydenPlan *plan,
                      const char *path,
                      guint       wire)
{
  const LeydenPlanWire *w = &plan->wires[wire];
  const LeydenPlanNode *source = &plan->nodes[w->source];
  LeydenForkNode *known = leyden_fork_find_node (self, path, source->id);

  if (known == NULL || known->ended == 0)
    return FALSE;
  return w->output == source->error_output ? known->outputs == NULL && !known->skipped
                                           : leyden_value_get_member (known->outputs, plan->outputs[w->output].port->name) != NULL;
}

guint
leyden_fork_find_taken (LeydenFork *self,
                        LeydenPlan *plan,
                        const char *path,
                        guint       merge)
{
  LeydenForkNode *known = leyden_fork_find_node (self, path, plan->nodes[merge].id);
  guint64 earliest = G_MAXUINT64;
  guint found = LEYDEN_PLAN_NONE;

  for (guint i = 0; i < plan->n_wires; i++)
    {
      const LeydenPlanWire *wire = &plan->wires[i];
      LeydenForkNode *source;

      if (wire->target != merge)
        continue;
      if (known != NULL && known->edge != NULL && g_str_equal (known->edge, wire->id))
        return i;
      source = leyden_fork_has_come (self, plan, path, i) ? leyden_fork_find_node (self, path, plan->nodes[wire->source].id) : NULL;
      if (source == NULL || source->ended >= earliest)
        continue;
      earliest = source->ended;
      found = i;
    }
  return found;
}

static gboolean
is_edited (LeydenFork *self,
           const char *scope,
           const char *id,
           const char *port)
{
  g_autofree char *key = g_strconcat (scope, id, "\n", port, NULL);

  return g_hash_table_contains (self->edits, key);
}

static gboolean
is_wire_changed (LeydenFork      *self,
                 LeydenForkScope *scope,
                 const char      *path,
                 guint            wire)
{
  const LeydenPlanWire *w = &scope->plan->wires[wire];

  return scope->drops[w->source] || scope->reopens[w->source]
         || is_edited (self, path, scope->plan->nodes[w->source].id, scope->plan->outputs[w->output].port->name);
}

static gboolean
is_given_other (LeydenFork      *self,
                LeydenForkScope *scope,
                const char      *path,
                guint            node)
{
  const LeydenPlanNode *plan_node = &scope->plan->nodes[node];
  guint taken = plan_node->is_merge ? leyden_fork_find_taken (self, scope->plan, path, node) : LEYDEN_PLAN_NONE;

  for (guint i = 0; i < plan_node->n_inputs; i++)
    {
      const LeydenPlanPort *input = &scope->plan->inputs[plan_node->first_input + i];

      for (guint j = 0; j < input->n_wires; j++)
        {
          guint wire = scope->plan->wires_in[input->first + j];

          if ((taken == LEYDEN_PLAN_NONE || taken == wire) && is_wire_changed (self, scope, path, wire))
            return TRUE;
        }
    }
  return FALSE;
}

/* An effect that must not be made twice is under way: what is copied may not leave it in doubt. */
static gboolean
is_in_doubt (const LeydenPlanNode *plan_node,
             LeydenForkNode       *known)
{
  return known != NULL && known->ended == 0 && plan_node->type->effects == LEYDEN_EFFECTS_ONCE && plan_node->body == NULL;
}

static LeydenForkScope *decide_scope (LeydenFork *self, LeydenPlan *before, LeydenPlan *after, const char *path);

/* TRUE when something in its rounds is dropped. */
static gboolean
decide_rounds (LeydenFork           *self,
               LeydenPlan           *before,
               const LeydenPlanNode *container,
               const char           *path)
{
  g_autofree char *name = g_strconcat (path, container->id, NULL);
  GArray *rounds = g_hash_table_lookup (self->rounds, name);
  guint old = before != NULL ? leyden_plan_find_node (before, container->id) : LEYDEN_PLAN_NONE;
  gboolean is_loop = g_str_equal (leyden_node_get_type_name (container->node), "loop");
  gboolean any = FALSE;

  for (guint i = 0; rounds != NULL && i < rounds->len; i++)
    {
      g_autofree char *round = g_strdup_printf ("%s[%u]/", name, g_array_index (rounds, guint, i));
      LeydenForkScope *scope = decide_scope (self, old != LEYDEN_PLAN_NONE ? before->nodes[old].body : NULL, container->body, round);

      for (guint j = 0; j < scope->plan->n_nodes; j++)
        any |= scope->drops[j] || scope->reopens[j];
      any |= scope->changes_outputs;
      if (is_loop && scope->changes_outputs)
        break;
    }
  return any;
}

static void
decide_node (LeydenFork      *self,
             LeydenForkScope *scope,
             LeydenPlan      *before,
             const char      *path,
             guint            node,
             gboolean         changed)
{
  const LeydenPlanNode *plan_node = &scope->plan->nodes[node];
  LeydenForkNode *known = leyden_fork_find_node (self, path, plan_node->id);

  scope->drops[node] = changed || is_given_other (self, scope, path, node) || is_in_doubt (plan_node, known)
                       || (known != NULL && known->remembers && known->first > self->forgotten);
  if (!scope->drops[node] && plan_node->body != NULL)
    scope->reopens[node] = decide_rounds (self, before, plan_node, path);
  /* Which round belonged to which try is not told. */
  if (scope->reopens[node] && known != NULL && known->retried)
    scope->drops[node] = TRUE;
  if (scope->drops[node] && known != NULL && known->remembers)
    self->forgotten = MIN (self->forgotten, known->first);
  if (plan_node->is_output && scope->drops[node])
    scope->changes_outputs = TRUE;
}

static LeydenForkScope *
decide_scope (LeydenFork *self,
              LeydenPlan *before,
              LeydenPlan *after,
              const char *path)
{
  const guint8 *changed = find_changed (self, before, after);
  LeydenForkScope *scope = g_new0 (LeydenForkScope, 1);

  scope->plan = after;
  scope->drops = g_new0 (guint8, after->n_nodes + 1);
  scope->reopens = g_new0 (guint8, after->n_nodes + 1);
  g_hash_table_replace (self->scopes, g_strdup (path), scope);
  /* Sources stand before what they are wired to. */
  for (guint i = 0; i < after->n_nodes; i++)
    decide_node (self, scope, before, path, i, changed[i]);
  return scope;
}

void
leyden_fork_decide (LeydenFork *self)
{
  guint64 forgotten;

  /* What is forgotten may have been remembered by what stood before in the flow. */
  do
    {
      forgotten = self->forgotten;
      g_hash_table_remove_all (self->scopes);
      decide_scope (self, self->spec->before, self->spec->after, "");
    }
  while (self->forgotten < forgotten);
}
