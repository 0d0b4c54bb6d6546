/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <string.h>

#include "leyden-id.h"
#include "leyden-rollout-debug-private.h"

/*
 * Pausing and stepping one rollout. What runs goes on to its end and its tokens reach their targets; nothing is taken from the stack
 * of what has something to do, calls wait at a gate, and a failure that nobody catches waits before it has consequences. So a
 * paused rollout stands still by itself, and going on is doing what was left.
 */

static void
deferred_free (gpointer data)
{
  LeydenDeferred *self = data;

  leyden_scope_unref (self->scope);
  leyden_value_unref (self->error);
  g_free (self->state);
  g_free (self);
}

static void
waiting_free (gpointer data)
{
  LeydenWaitingHit *self = data;

  leyden_value_unref (self->hit);
  g_free (self->path);
  g_free (self->focus);
  g_free (self);
}

LeydenDebugger *
leyden_rollout_get_debugger (LeydenRollout *self)
{
  if (self->debugger == NULL)
    {
      self->debugger = g_new0 (LeydenDebugger, 1);
      self->debugger->passed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      self->debugger->gated = g_ptr_array_new ();
      g_queue_init (&self->debugger->deferred);
      g_queue_init (&self->debugger->waiting);
    }
  return self->debugger;
}

void
leyden_rollout_debug_clear_step (LeydenDebugger *self)
{
  g_clear_pointer (&self->step_scope, leyden_scope_unref);
  g_clear_pointer (&self->step_context, leyden_node_context_unref);
  g_clear_object (&self->step_call);
  self->step_into = self->step_done = FALSE;
  self->runs_to = FALSE;
  leyden_debug_place_clear (&self->to);
  self->to.plan = NULL;
  g_clear_pointer (&self->to_path, g_free);
}

void
leyden_debugger_free (LeydenDebugger *self)
{
  leyden_rollout_debug_clear_step (self);
  g_queue_clear_full (&self->deferred, deferred_free);
  leyden_rollout_debug_forget_waiting (self);
  g_hash_table_unref (self->passed);
  g_ptr_array_unref (self->gated);
  g_clear_pointer (&self->breakpoint, leyden_value_unref);
  g_free (self->reason);
  g_free (self->node);
  g_free (self->focus);
  g_free (self);
}

/* Pausing */

static void
log_paused (LeydenRollout *self,
            const char    *actor)
{
  LeydenDebugger *debugger = self->debugger;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "reason", debugger->reason);
  if (debugger->node != NULL)
    leyden_value_builder_set_string (&b, "node", debugger->node);
  leyden_value_builder_end (&b);
  leyden_rollout_log_as (self, actor, "rollout.paused", debugger->node != NULL ? debugger->node : "", leyden_value_builder_end_value (&b));
}

void
leyden_rollout_debug_pause (LeydenRollout *self,
                            const char    *reason,
                            const char    *node,
                            const char    *actor)
{
  LeydenDebugger *debugger = leyden_rollout_get_debugger (self);
  g_autoptr(GPtrArray) ready = NULL;

  if (debugger->mode == LEYDEN_DEBUG_PAUSED || self->ended)
    return;
  if (node == NULL)
    {
      ready = leyden_rollout_debug_list_ready (self, 1);
      node = ready->len > 0 ? g_ptr_array_index (ready, 0) : NULL;
    }
  leyden_set_string (&debugger->reason, reason);
  leyden_set_string (&debugger->node, node);
  leyden_rollout_debug_clear_step (debugger);
  debugger->mode = LEYDEN_DEBUG_PAUSED;
  debugger->paused_us = g_get_monotonic_time ();
  debugger->paused_ns = leyden_time_now_ns ();
  leyden_rollout_stop_clock (self);
  leyden_rollout_hold_questions (self);
  leyden_set_string (&self->row.state, "paused");
  log_paused (self, actor);
  if (self->ended)              /* a listener to the record cancelled */
    return;
  if (self->debug != NULL)
    leyden_debug_set_paused (self->debug, self->row.rollout, TRUE);
  leyden_engine_schedule (self->engine, self);
}

/* @waits: it was met during a pause, and its turn comes when that is over. */
static LeydenValue *
describe_hit (LeydenBreakpoint *breakpoint,
              const char       *why,
              gboolean          waits)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "breakpoint", breakpoint->id);
  leyden_value_builder_set_string (&b, "when", leyden_break_when_to_string (breakpoint->when));
  leyden_value_builder_set_int (&b, "hits", (gint64) breakpoint->n_hits);
  if (breakpoint->edge != NULL)
    leyden_value_builder_set_string (&b, "edge", breakpoint->edge);
  if (breakpoint->condition != NULL)
    leyden_value_builder_set_string (&b, "condition", breakpoint->condition);
  if (why != NULL)
    leyden_value_builder_set_string (&b, "error", why);
  if (waits)
    leyden_value_builder_set_boolean (&b, "waits", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static const char *
get_reason (LeydenValue *hit)
{
  return strcmp (leyden_value_get_member_string (hit, "when", ""), "failure") == 0 ? "failure" : "breakpoint";
}

static void
pause_at_hit (LeydenRollout *self,
              LeydenValue   *hit,
              const char    *path,
              const char    *focus)
{
  LeydenDebugger *debugger = leyden_rollout_get_debugger (self);

  g_clear_pointer (&debugger->breakpoint, leyden_value_unref);
  debugger->breakpoint = leyden_value_ref (hit);
  leyden_rollout_log (self, "breakpoint.hit", path, leyden_value_ref (hit));
  leyden_rollout_debug_pause (self, get_reason (hit), path, "engine");
  if (focus != NULL)
    leyden_set_string (&debugger->focus, focus);
}

static void
wait_for_turn (LeydenRollout *self,
               LeydenValue   *hit,
               const char    *path,
               const char    *focus)
{
  LeydenWaitingHit *waiting = g_new (LeydenWaitingHit, 1);

  *waiting = (LeydenWaitingHit) { g_strdup (path), g_strdup (focus), leyden_value_ref (hit) };
  g_queue_push_tail (&leyden_rollout_get_debugger (self)->waiting, waiting);
}

void
leyden_rollout_debug_hit (LeydenRollout    *self,
                          LeydenBreakpoint *breakpoint,
                          const char       *path,
                          const char       *focus,
                          const char       *why)
{
  gboolean waits = leyden_rollout_is_paused (self);
  g_autoptr(LeydenValue) hit = describe_hit (breakpoint, why, waits);

  if (!waits)
    {
      pause_at_hit (self, hit, path, focus);
      return;
    }
  wait_for_turn (self, hit, path, focus);
  leyden_rollout_log (self, "breakpoint.hit", path, leyden_value_ref (hit));
}

static LeydenValue *
without_waits (LeydenValue *hit)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (hit); i++)
    if (strcmp (leyden_value_get_key (hit, i), "waits") != 0)
      leyden_value_builder_set (&b, leyden_value_get_key (hit, i), leyden_value_get_item (hit, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

gboolean
leyden_rollout_debug_hit_waiting (LeydenRollout *self)
{
  LeydenWaitingHit *waiting = self->ended ? NULL : g_queue_pop_head (&self->debugger->waiting);
  g_autoptr(LeydenValue) hit = NULL;

  if (waiting == NULL)
    return FALSE;
  hit = without_waits (waiting->hit);
  pause_at_hit (self, hit, waiting->path, waiting->focus);
  waiting_free (waiting);
  return TRUE;
}

void
leyden_rollout_debug_read_waiting (LeydenRollout *self,
                                   LeydenRecord  *record)
{
  LeydenDebugger *debugger = self->debugger;
  LeydenWaitingHit *first = debugger != NULL ? g_queue_peek_head (&debugger->waiting) : NULL;

  if (leyden_value_get_member_boolean (record->payload, "waits", FALSE))
    wait_for_turn (self, record->payload, record->node, NULL);
  else if (first != NULL && strcmp (first->path, record->node) == 0
           && leyden_value_equal (leyden_value_get_member (first->hit, "breakpoint"), leyden_value_get_member (record->payload, "breakpoint")))
    waiting_free (g_queue_pop_head (&debugger->waiting));
}

void
leyden_rollout_debug_forget_waiting (LeydenDebugger *self)
{
  g_queue_clear_full (&self->waiting, waiting_free);
}

/* What may start */

static gboolean
is_in_node (LeydenScope *scope,
            LeydenScope *outer,
            guint        node)
{
  for (; scope->owner != NULL; scope = scope->parent)
    if (scope->owner->context->scope == outer && scope->owner->context->node == node)
      return TRUE;
  return FALSE;
}

gboolean
leyden_rollout_debug_is_stepped (LeydenDebugger *self,
                                 LeydenScope    *scope,
                                 guint           node)
{
  return self->step_scope != NULL
         && ((scope == self->step_scope && node == self->step_node) || is_in_node (scope, self->step_scope, self->step_node));
}

static gboolean
work_is_stepped (LeydenDebugger *self,
                 LeydenWork     *work)
{
  if (work->bodies != NULL)
    return leyden_rollout_debug_is_stepped (self, work->bodies->context->scope, work->bodies->context->node);
  return is_in_node ((LeydenScope *) work, self->step_scope, self->step_node);
}

static gboolean
has_ready (LeydenScope *self)
{
  for (guint i = 0; i < (self->plan->n_nodes + 63) / 64; i++)
    if (self->ready[i] != 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_unread (LeydenRollout *self,
            LeydenBodies  *bodies)
{
  g_autofree char *prefix = g_strconcat (bodies->context->path, "[", NULL);
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, self->unread);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (g_str_has_prefix (path, prefix))
      return TRUE;
  return FALSE;
}

/* After a resume rounds begin as they had begun, though all is paused: only what the log tells of. */
static LeydenWork *
pick_unread (LeydenRollout *self)
{
  if (self->unread == NULL || g_hash_table_size (self->unread) == 0)
    return NULL;
  for (LeydenWork *work = self->work; work != NULL; work = work->below)
    {
      LeydenScope *scope = work->bodies == NULL ? (LeydenScope *) work : NULL;
      LeydenBodies *bodies = scope != NULL ? scope->owner : work->bodies;

      if (bodies != NULL && (scope == NULL || (scope->resumed && scope->n_open == 0 && !has_ready (scope))) && has_unread (self, bodies))
        return work;
    }
  return NULL;
}

/* The call has answered, and its node is between that and what it does next. */
static gboolean
is_in_transit (LeydenDebugger *self)
{
  const LeydenNodeContext *context = self->step_context;

  return context != NULL && !context->detached && context->n_performing == 0 && context->n_held == 0 && context->n_gated == 0
         && !context->asks;
}

/* A step from call to call stays with their node, whatever else could start. */
static gboolean
waits_in_focus (LeydenRollout *self)
{
  LeydenDebugger *debugger = self->debugger;

  for (guint i = 0; debugger->step_call != NULL && i < debugger->gated->len; i++)
    if (leyden_rollout_debug_is_focus (self, g_task_get_task_data (g_ptr_array_index (debugger->gated, i))))
      return TRUE;
  return FALSE;
}

LeydenWork *
leyden_rollout_debug_pick (LeydenRollout *self)
{
  LeydenDebugger *debugger = self->debugger;

  if (debugger->mode == LEYDEN_DEBUG_FREE)
    return self->work;
  if (debugger->mode == LEYDEN_DEBUG_PAUSED)
    return pick_unread (self);
  if (debugger->step_done)
    return is_in_transit (debugger) || waits_in_focus (self) ? NULL : self->work;
  if (debugger->step_call != NULL)
    return NULL;
  if (debugger->step_scope == NULL)
    return self->work;
  for (LeydenWork *work = self->work; work != NULL; work = work->below)
    if (work_is_stepped (debugger, work))
      return work;
  return NULL;
}

/* Where a step has led that left nothing to start. */
static char *
dup_stepped_path (LeydenDebugger *self)
{
  g_autofree char *buffer = NULL;

  if (self->step_call != NULL)
    return g_strdup (((LeydenNodeCall *) g_task_get_task_data (self->step_call))->path);
  return self->step_scope != NULL ? g_strdup (leyden_scope_node_path (self->step_scope, self->step_node, &buffer)) : NULL;
}

gboolean
leyden_rollout_debug_settle (LeydenRollout *self)
{
  LeydenDebugger *debugger = self->debugger;

  if (debugger == NULL || debugger->mode == LEYDEN_DEBUG_FREE)
    return FALSE;
  if (debugger->mode == LEYDEN_DEBUG_PAUSED)
    return TRUE;
  if (debugger->step_done)
    {
      g_autoptr(GPtrArray) ready = leyden_rollout_debug_list_ready (self, 1);
      g_autofree char *stepped = dup_stepped_path (debugger);

      if (is_in_transit (debugger))
        return TRUE;
      /* A call: a node that is ready would have stopped the step itself. */
      if (ready->len > 0)
        g_hash_table_add (debugger->passed, g_strdup (g_ptr_array_index (ready, 0)));
      leyden_rollout_debug_pause (self, "step", ready->len > 0 ? g_ptr_array_index (ready, 0) : stepped, "engine");
      return TRUE;
    }
  if (debugger->step_scope != NULL || debugger->step_call != NULL)
    return TRUE;
  return leyden_rollout_debug_step_call (self, FALSE);
}

/* Nodes */

typedef struct
{
  LeydenScope *scope;
  guint        node;
} Inputs;

static LeydenValue *
gather_inputs (gpointer data)
{
  const Inputs *inputs = data;
  LeydenNodeContext context;
  LeydenValue *values = NULL;

  leyden_node_context_init (&context, inputs->scope, inputs->node);
  if (leyden_rollout_gather_inputs (&context, NULL))
    values = leyden_value_ref (leyden_node_context_get_inputs (&context));
  leyden_node_context_clear (&context);
  return values;
}

static gboolean
hits_before (LeydenScope *scope,
             guint        node,
             const char  *path)
{
  LeydenDebug *debug = scope->rollout->debug;
  g_autofree char *why = NULL;
  LeydenBreakpoint *breakpoint = NULL;

  if (debug != NULL && debug->n_armed > 0)
    breakpoint = leyden_debug_match (debug, LEYDEN_BREAK_BEFORE, scope, node, gather_inputs, &(Inputs) { scope, node }, &why);
  if (breakpoint == NULL)
    return FALSE;
  leyden_rollout_debug_hit (scope->rollout, breakpoint, path, NULL, why);
  return TRUE;
}

/* Whether a step or a run-to comes to its end here; chooses what is stepped. */
static gboolean
stops_before (LeydenDebugger *self,
              LeydenScope    *scope,
              guint           node,
              const char     *path)
{
  if (self->mode == LEYDEN_DEBUG_FREE)
    return self->runs_to
           && ((self->to.plan != NULL && leyden_debug_place_is (&self->to, scope, node)) || strcmp (self->to_path, path) == 0);
  if (self->mode != LEYDEN_DEBUG_STEPPING)
    return FALSE;
  if (self->step_done)
    return TRUE;
  if (self->step_scope != NULL)
    return self->step_into && (scope != self->step_scope || node != self->step_node);
  self->step_scope = leyden_scope_ref (scope);
  self->step_node = node;
  return FALSE;
}

gboolean
leyden_rollout_debug_before (LeydenScope *scope,
                             guint        node)
{
  LeydenRollout *rollout = scope->rollout;
  g_autofree char *buffer = NULL;
  const char *path = leyden_scope_node_path (scope, node, &buffer);
  gboolean passed = rollout->debugger != NULL && g_hash_table_remove (rollout->debugger->passed, path);
  gboolean stops;

  if (!passed && hits_before (scope, node, path))
    stops = TRUE;
  else
    {
      stops = rollout->debugger != NULL && stops_before (rollout->debugger, scope, node, path);
      /* What a step chose is not stopped by where it stood. */
      if (stops && passed && rollout->debugger->mode == LEYDEN_DEBUG_FREE)
        stops = FALSE;
      if (stops)
        leyden_rollout_debug_pause (rollout, "step", path, "engine");
    }
  if (!stops)
    return FALSE;
  g_clear_pointer (&rollout->debugger->focus, g_free);
  g_hash_table_add (rollout->debugger->passed, g_strdup (path));
  leyden_scope_mark_ready (scope, node);
  return TRUE;
}

void
leyden_rollout_debug_after (LeydenScope *scope,
                            guint        node,
                            LeydenValue *outputs)
{
  static const LeydenBreakWhen whens[] = { LEYDEN_BREAK_WIRE, LEYDEN_BREAK_AFTER };
  LeydenRollout *rollout = scope->rollout;
  g_autofree char *buffer = NULL;

  if (rollout->debug == NULL || rollout->debug->n_armed == 0 || rollout->ended)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (whens); i++)
    {
      g_autofree char *why = NULL;
      LeydenBreakpoint *breakpoint = leyden_debug_match (rollout->debug, whens[i], scope, node, leyden_break_row_give, outputs, &why);

      if (breakpoint == NULL)
        continue;
      leyden_rollout_debug_hit (rollout, breakpoint, leyden_scope_node_path (scope, node, &buffer), NULL, why);
      return;
    }
}

void
leyden_rollout_debug_failed (LeydenScope *scope,
                             guint        node,
                             LeydenValue *error)
{
  LeydenRollout *rollout = scope->rollout;
  g_autofree char *buffer = NULL;
  g_autofree char *why = NULL;
  LeydenBreakpoint *breakpoint;

  if (rollout->debug == NULL || rollout->debug->n_armed == 0 || rollout->ended)
    return;
  breakpoint = leyden_debug_match (rollout->debug, LEYDEN_BREAK_FAILURE, scope, node, leyden_break_row_give, error, &why);
  if (breakpoint != NULL)
    leyden_rollout_debug_hit (rollout, breakpoint, leyden_scope_node_path (scope, node, &buffer), NULL, why);
}

static LeydenValue *
describe_reward (gpointer data)
{
  LeydenValue *payload = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "reward", leyden_value_get_member (payload, "value"));
  leyden_value_builder_set (&b, "source", leyden_value_get_member (payload, "source"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_rollout_debug_reward (LeydenScope *scope,
                             guint        node,
                             const char  *path,
                             LeydenValue *payload)
{
  LeydenRollout *rollout = scope->rollout;
  g_autofree char *why = NULL;
  LeydenBreakpoint *breakpoint;

  if (rollout->debug == NULL || rollout->debug->n_armed == 0 || rollout->ended)
    return;
  breakpoint = leyden_debug_match (rollout->debug, LEYDEN_BREAK_REWARD, scope, node, describe_reward, payload, &why);
  if (breakpoint != NULL)
    leyden_rollout_debug_hit (rollout, breakpoint, path, NULL, why);
}

void
leyden_rollout_debug_ended (LeydenScope *scope,
                            guint        node)
{
  LeydenDebugger *debugger = scope->rollout->debugger;

  if (debugger->mode == LEYDEN_DEBUG_STEPPING && scope == debugger->step_scope && node == debugger->step_node)
    debugger->step_done = TRUE;
}

/* Failures */

gboolean
leyden_rollout_debug_defer (LeydenScope *scope,
                            const char  *state,
                            LeydenValue *error)
{
  LeydenDeferred *deferred;

  if (!leyden_rollout_is_paused (scope->rollout))
    return FALSE;
  deferred = g_new (LeydenDeferred, 1);
  *deferred = (LeydenDeferred) { leyden_scope_ref (scope), g_strdup (state), error != NULL ? leyden_value_ref (error) : NULL };
  g_queue_push_tail (&scope->rollout->debugger->deferred, deferred);
  return TRUE;
}

void
leyden_rollout_debug_apply (LeydenRollout *self)
{
  LeydenDeferred *deferred;

  while ((deferred = g_queue_pop_head (&self->debugger->deferred)) != NULL)
    {
      /* One that came first may have ended what is around. */
      if (!self->ended && !deferred->scope->ended)
        leyden_rollout_scope_failed (deferred->scope, deferred->state, deferred->error);
      deferred_free (deferred);
    }
}

void
leyden_rollout_debug_end (LeydenRollout *self)
{
  LeydenDebugger *debugger = self->debugger;

  if (debugger == NULL)
    return;
  if (debugger->mode == LEYDEN_DEBUG_PAUSED)
    self->stopped_us += g_get_monotonic_time () - debugger->paused_us;
  debugger->mode = LEYDEN_DEBUG_FREE;
  leyden_rollout_debug_clear_step (debugger);
  leyden_rollout_debug_forget_waiting (debugger);
  g_queue_clear_full (&debugger->deferred, deferred_free);
  if (self->debug != NULL)
    leyden_debug_set_paused (self->debug, self->row.rollout, FALSE);
}

/* What is ready */

static void
add_gated (GPtrArray     *paths,
           LeydenRollout *self,
           gboolean       focus,
           guint          max)
{
  for (guint i = 0; i < self->debugger->gated->len && paths->len < max; i++)
    {
      LeydenNodeCall *call = g_task_get_task_data (g_ptr_array_index (self->debugger->gated, i));

      if (leyden_rollout_debug_is_focus (self, call) == focus)
        g_ptr_array_add (paths, g_strdup (call->path));
    }
}

static void
add_ready (GPtrArray   *paths,
           LeydenScope *scope,
           guint        max,
           const char  *first)
{
  for (guint i = 0; i < scope->plan->n_nodes && paths->len < max; i++)
    if (leyden_scope_is_ready (scope, i) && leyden_rollout_can_start (scope, i))
      {
        g_autofree char *buffer = NULL;
        const char *path = leyden_scope_node_path (scope, i, &buffer);

        if (g_strcmp0 (path, first) != 0)
          g_ptr_array_add (paths, g_strdup (path));
      }
}

LeydenScope *
leyden_rollout_debug_find_standing (LeydenRollout *self,
                                    guint         *node)
{
  const char *path = self->debugger != NULL ? self->debugger->node : NULL;
  LeydenScope *scope = path != NULL ? leyden_rollout_find_scope (self, path, node) : NULL;
  g_autofree char *buffer = NULL;

  /* Not that of a turn or a tool. */
  return scope != NULL && leyden_scope_is_ready (scope, *node) && strcmp (leyden_scope_node_path (scope, *node, &buffer), path) == 0
         && leyden_rollout_can_start (scope, *node) ? scope : NULL;
}

GPtrArray *
leyden_rollout_debug_list_ready (LeydenRollout *self,
                                 guint          max)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  guint node;
  const char *first = leyden_rollout_debug_find_standing (self, &node) != NULL ? self->debugger->node : NULL;

  if (self->debugger != NULL)
    add_gated (paths, self, TRUE, max);
  if (first != NULL && paths->len < max)
    g_ptr_array_add (paths, g_strdup (first));
  for (LeydenWork *work = self->work; work != NULL && paths->len < max; work = work->below)
    if (work->bodies == NULL)
      add_ready (paths, (LeydenScope *) work, max, first);
  if (self->debugger != NULL)
    add_gated (paths, self, FALSE, max);
  return paths;
}
