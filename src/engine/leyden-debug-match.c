/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <string.h>

#include "leyden-debug-private.h"

/* Where breakpoints lie in a plan, and which of them is met. */

/* Conditions run between two nodes, in the engine's turn, where everything else waits for them: all of one place have this long together. One
 * that takes longer could not be evaluated, and pauses. */
#define CONDITIONS_MS 5

/* Places */

void
leyden_debug_place_clear (LeydenDebugPlace *self)
{
  g_clear_pointer (&self->rounds, g_array_unref);
}

/* What stands behind the id of a container: "/", "[*]/" or "[3]/". NULL when it is none of them. */
static const char *
skip_round (const char *text,
            int        *round)
{
  char *end;

  *round = -1;
  if (*text == '/')
    return text + 1;
  if (g_str_has_prefix (text, "[*]/"))
    return text + 4;
  if (*text != '[' || !g_ascii_isdigit (text[1]))
    return NULL;
  *round = (int) MIN (g_ascii_strtoull (text + 1, &end, 10), G_MAXINT32);
  return g_str_has_prefix (end, "]/") ? end + 2 : NULL;
}

/* @rounds gets those of the containers inside @plan. */
static gboolean
find_in (LeydenDebugPlace *self,
         LeydenPlan       *plan,
         const char       *path,
         GArray           *rounds)
{
  guint node = leyden_plan_find_node (plan, path);

  if (node != LEYDEN_PLAN_NONE)
    {
      *self = (LeydenDebugPlace) { plan->nodes[node].number, plan, node, NULL };
      return TRUE;
    }
  for (guint i = 0; i < plan->n_nodes; i++)
    {
      const LeydenPlanNode *container = &plan->nodes[i];
      const char *rest;
      int round;

      if (container->body == NULL || !g_str_has_prefix (path, container->id))
        continue;
      rest = skip_round (path + strlen (container->id), &round);
      if (rest == NULL)
        continue;
      g_array_append_val (rounds, round);
      if (find_in (self, container->body, rest, rounds))
        return TRUE;
      g_array_set_size (rounds, rounds->len - 1);
    }
  return FALSE;
}

/* @path as seen from inside of @scope, which has as many containers around it as it has slashes. */
static const char *
skip_scope (const char *path,
            const char *scope)
{
  for (const char *at = strchr (scope, '/'); at != NULL && path != NULL; at = strchr (at + 1, '/'))
    {
      path = strchr (path, '/');
      path = path != NULL ? path + 1 : NULL;
    }
  return path;
}

gboolean
leyden_debug_place_find (LeydenDebugPlace *self,
                         LeydenPlan       *plan,
                         const char       *scope,
                         const char       *path)
{
  g_autoptr(GArray) rounds = g_array_new (FALSE, FALSE, sizeof (int));
  const char *inside = scope != NULL && *scope != '\0' ? skip_scope (path, scope) : NULL;
  gboolean named = FALSE;

  if (!find_in (self, plan, path, rounds) && (inside == NULL || !find_in (self, plan, inside, rounds)))
    return FALSE;
  for (guint i = 0; i < rounds->len; i++)
    named |= g_array_index (rounds, int, i) >= 0;
  if (named)
    self->rounds = g_steal_pointer (&rounds);
  return TRUE;
}

gboolean
leyden_debug_place_is (const LeydenDebugPlace *self,
                       LeydenScope            *scope,
                       guint                   node)
{
  if (self->number == LEYDEN_PLAN_NONE)
    return TRUE;
  if (self->number != scope->plan->nodes[node].number)
    return FALSE;
  for (guint i = self->rounds != NULL ? self->rounds->len : 0; i > 0 && scope->owner != NULL; i--)
    {
      int round = g_array_index (self->rounds, int, i - 1);

      if (round >= 0 && (guint) round != scope->index)
        return FALSE;
      scope = scope->parent;
    }
  return TRUE;
}

/* Binding */

static gboolean
find_wire (LeydenDebugPlace *self,
           LeydenPlan       *plan,
           const char       *edge)
{
  for (guint i = 0; i < plan->n_wires; i++)
    if (g_str_equal (plan->wires[i].id, edge))
      {
        self->plan = plan;
        self->node = plan->wires[i].source;
        self->number = plan->nodes[self->node].number;
        return TRUE;
      }
  return FALSE;
}

static gboolean
find_wire_anywhere (LeydenDebugPlace *self,
                    LeydenPlan       *plan,
                    const char       *edge)
{
  if (find_wire (self, plan, edge))
    return TRUE;
  for (guint i = 0; i < plan->n_nodes; i++)
    if (plan->nodes[i].body != NULL && find_wire_anywhere (self, plan->nodes[i].body, edge))
      return TRUE;
  return FALSE;
}

static gboolean
find_place (LeydenBreakpoint *self,
            LeydenPlan       *plan,
            const char       *scope)
{
  if (self->node != NULL && !leyden_debug_place_find (&self->place, plan, scope, self->node))
    return FALSE;
  if (self->when != LEYDEN_BREAK_WIRE)
    {
      if (self->node == NULL)
        self->place.number = LEYDEN_PLAN_NONE;
      return TRUE;
    }
  /* The node may be either end of it: both stand in one plan. */
  return self->node != NULL ? find_wire (&self->place, self->place.plan, self->edge) : find_wire_anywhere (&self->place, plan, self->edge);
}

/* Case does not count in an expression: where names differ in that only, the last counts, as in watches. */
static void
add_name (GPtrArray  *names,
          const char *name,
          gboolean    replaces)
{
  for (guint i = 0; i < names->len; i++)
    if (g_ascii_strcasecmp (g_ptr_array_index (names, i), name) == 0)
      {
        if (replaces)
          g_ptr_array_index (names, i) = (gpointer) name;
        return;
      }
  g_ptr_array_add (names, (gpointer) name);
}

static void
add_ports (GPtrArray *names,
           GPtrArray *ports)
{
  for (guint i = 0; i < ports->len; i++)
    add_name (names, ((LeydenPort *) g_ptr_array_index (ports, i))->name, TRUE);
}

static void
add_names (GPtrArray          *names,
           const char * const *more)
{
  for (guint i = 0; more[i] != NULL; i++)
    add_name (names, more[i], FALSE);
}

static const char * const always[] = { "round", "item", "attempt", "try", NULL };

/* What its condition may read. (transfer container) */
static GPtrArray *
list_names (LeydenBreakpoint *self)
{
  static const char * const of_call[] = { "name", "arguments", NULL };
  static const char * const of_answer[] = { "content", "error", NULL };
  static const char * const of_failure[] = { "code", "message", NULL };
  static const char * const of_reward[] = { "reward", "source", NULL };
  static const char * const of_wire[] = { "value", NULL };
  const LeydenPlanNode *node = self->place.number != LEYDEN_PLAN_NONE ? &self->place.plan->nodes[self->place.node] : NULL;
  GPtrArray *names = g_ptr_array_new ();

  if (self->when == LEYDEN_BREAK_FAILURE)
    add_names (names, of_failure);
  else if (self->when == LEYDEN_BREAK_REWARD)
    add_names (names, of_reward);
  else if (node->is_tool)
    add_names (names, self->when == LEYDEN_BREAK_BEFORE ? of_call : of_answer);
  else
    add_ports (names, self->when == LEYDEN_BREAK_BEFORE ? node->input_ports : node->output_ports);
  if (self->when == LEYDEN_BREAK_WIRE)
    add_names (names, of_wire);
  add_names (names, always);
  g_ptr_array_add (names, NULL);
  return names;
}

/* What a place that is not there would give is not known; what no place could mean is. */
static gboolean
check_syntax (const char  *condition,
              GError     **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autoptr(LeydenExpression) expression = leyden_expression_new (condition, always, LEYDEN_EXPRESSION_BOOLEAN, &local_error);

  if (expression != NULL || g_error_matches (local_error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
leyden_breakpoint_bind (LeydenBreakpoint  *self,
                        LeydenPlan        *plan,
                        const char        *scope,
                        GError           **error)
{
  g_autoptr(GPtrArray) names = NULL;

  self->bound = find_place (self, plan, scope);
  if (self->condition == NULL)
    return TRUE;
  if (!self->bound)
    return check_syntax (self->condition, error);
  names = list_names (self);
  self->expression = leyden_expression_new (self->condition, (const char * const *) names->pdata, LEYDEN_EXPRESSION_BOOLEAN, error);
  return self->expression != NULL;
}

/* Matching */

static void
add_always (LeydenValueBuilder *b,
            LeydenScope        *scope,
            guint               node)
{
  LeydenRollout *rollout = scope->rollout;
  gint64 attempt = g_ascii_strtoll (rollout->attempt, NULL, 10);

  if (scope->owner != NULL)
    leyden_value_builder_set_int (b, "round", scope->index);
  leyden_value_builder_set_string (b, "item", rollout->row.item);
  leyden_value_builder_set_int (b, "attempt", attempt);
  leyden_value_builder_set_int (b, "try", scope->tries[node] + 1);
}

static LeydenValue *
make_row (LeydenScope *scope,
          guint        node,
          LeydenValue *values)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  add_always (&b, scope, node);
  /* A port of such a name comes first. */
  for (guint i = 0; leyden_value_get_kind (values) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (values); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (values, i), leyden_value_get_item (values, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The output of the wire as "value"; NULL when nothing went over it. */
static LeydenValue *
add_wire_value (LeydenBreakpoint *self,
                LeydenScope      *scope,
                LeydenValue      *row)
{
  for (guint i = 0; i < scope->plan->n_wires; i++)
    if (g_str_equal (scope->plan->wires[i].id, self->edge) && scope->values[scope->plan->wires[i].output] != NULL)
      return leyden_value_with_member (row, "value", scope->values[scope->plan->wires[i].output]);
  return NULL;
}

/* @end_us: monotonic; until then conditions may run. */
static gboolean
holds (LeydenBreakpoint *self,
       LeydenValue      *row,
       gint64            end_us,
       char            **why)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = NULL;

  if (self->expression == NULL)
    return TRUE;
  value = leyden_expression_evaluate (self->expression, row, (guint) CLAMP ((end_us - g_get_monotonic_time ()) / 1000, 1, CONDITIONS_MS), &error);
  if (value != NULL)
    return leyden_value_get_boolean (value);
  /* Nobody would learn of it otherwise. */
  *why = g_strdup (error->message);
  return TRUE;
}

static gboolean
is_met (LeydenBreakpoint *self,
        LeydenScope      *scope,
        LeydenValue      *row,
        gint64            end_us,
        char            **why)
{
  g_autoptr(LeydenValue) with_value = self->when == LEYDEN_BREAK_WIRE ? add_wire_value (self, scope, row) : leyden_value_ref (row);

  return with_value != NULL && holds (self, with_value, end_us, why);
}

LeydenValue *
leyden_break_row_give (gpointer data)
{
  return leyden_value_ref (data);
}

LeydenBreakpoint *
leyden_debug_match (LeydenDebug      *self,
                    LeydenBreakWhen   when,
                    LeydenScope      *scope,
                    guint             node,
                    LeydenBreakRow    make_values,
                    gpointer          data,
                    char            **why)
{
  g_autoptr(LeydenValue) row = NULL;
  GPtrArray *here = g_hash_table_lookup (self->by_node, GUINT_TO_POINTER (scope->plan->nodes[node].number));
  gint64 end_us = 0;

  if (here == NULL)
    here = self->anywhere;
  for (guint i = 0; i < here->len; i++)
    {
      LeydenBreakpoint *breakpoint = g_ptr_array_index (here, i);

      if (!breakpoint->enabled || breakpoint->when != when || !leyden_debug_place_is (&breakpoint->place, scope, node))
        continue;
      if (row == NULL)
        {
          g_autoptr(LeydenValue) values = make_values (data);

          row = make_row (scope, node, values);
          end_us = g_get_monotonic_time () + CONDITIONS_MS * 1000;
        }
      if (!is_met (breakpoint, scope, row, end_us, why))
        continue;
      breakpoint->n_hits++;
      if (breakpoint->n_hits >= breakpoint->hits && breakpoint->once)
        {
          breakpoint->enabled = FALSE;
          leyden_debug_count_armed (self);
        }
      leyden_debug_changed (self);
      if (breakpoint->n_hits >= breakpoint->hits)
        return breakpoint;
      g_clear_pointer (why, g_free);
    }
  return NULL;
}
