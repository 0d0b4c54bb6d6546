/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-rollout-debug-private.h"

/* What people ask of a rollout that they debug, and what they are shown. */

#define MAX_PATHS 1000

static const char * const command_names[] = { "pause", "continue", "step", "step-into", "step-out", "run-to", "stop" };

gboolean
leyden_debug_command_from_string (const char         *name,
                                  LeydenDebugCommand *command)
{
  for (guint i = 0; i < G_N_ELEMENTS (command_names); i++)
    if (g_strcmp0 (name, command_names[i]) == 0)
      {
        *command = (LeydenDebugCommand) i;
        return TRUE;
      }
  return FALSE;
}

/* What is around the place where it stands: the node whose call waits, else the container of what is ready, or of what ended last. */
static gboolean
find_around (LeydenRollout  *self,
             LeydenScope   **scope,
             guint          *node)
{
  LeydenDebugger *debugger = self->debugger;
  g_autoptr(GPtrArray) ready = leyden_rollout_debug_list_ready (self, 1);
  const char *path = ready->len > 0 ? g_ptr_array_index (ready, 0) : debugger->node;
  LeydenScope *inner;
  guint inner_node;

  for (guint i = 0; i < debugger->gated->len; i++)
    {
      LeydenNodeCall *call = g_task_get_task_data (g_ptr_array_index (debugger->gated, i));

      if (path == NULL || strcmp (path, call->path) != 0)
        continue;
      *scope = call->context->scope;
      *node = call->context->node;
      return TRUE;
    }
  inner = path != NULL ? leyden_rollout_find_scope (self, path, &inner_node) : NULL;
  if (inner == NULL || inner->owner == NULL)
    return FALSE;
  *scope = inner->owner->context->scope;
  *node = inner->owner->context->node;
  return TRUE;
}

static void
log_resumed (LeydenRollout      *self,
             LeydenDebugCommand  command,
             const char         *node,
             gboolean            detached,
             const char         *actor)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "command", command_names[command]);
  if (node != NULL)
    leyden_value_builder_set_string (&b, "node", node);
  if (detached)
    leyden_value_builder_set_boolean (&b, "detached", TRUE);
  leyden_value_builder_end (&b);
  leyden_rollout_log_as (self, actor, "rollout.resumed", "", leyden_value_builder_end_value (&b));
}

static void
end_pause (LeydenRollout *self)
{
  LeydenDebugger *debugger = self->debugger;

  self->stopped_us += g_get_monotonic_time () - debugger->paused_us;
  leyden_rollout_start_clock (self);
  leyden_set_string (&self->row.state, "running");
  g_clear_pointer (&debugger->reason, g_free);
  g_clear_pointer (&debugger->breakpoint, leyden_value_unref);
  if (self->debug != NULL)
    leyden_debug_set_paused (self->debug, self->row.rollout, FALSE);
}

/* The pause is over; FALSE when it is paused again at once, for what was met meanwhile, or has ended. */
static gboolean
resume (LeydenRollout      *self,
        LeydenDebugCommand  command,
        const char         *node,
        const char         *actor)
{
  gboolean free = command == LEYDEN_DEBUG_CONTINUE || command == LEYDEN_DEBUG_RUN_TO;

  end_pause (self);
  self->debugger->mode = free ? LEYDEN_DEBUG_FREE : LEYDEN_DEBUG_STEPPING;
  log_resumed (self, command, node, FALSE, actor);
  if (!self->ended)
    leyden_rollout_release_questions (self);
  /* A listener to the record may have cancelled. */
  return !self->ended && !leyden_rollout_debug_hit_waiting (self);
}

static void
go_on (LeydenRollout *self)
{
  g_clear_pointer (&self->debugger->node, g_free);
  g_clear_pointer (&self->debugger->focus, g_free);
  leyden_rollout_debug_apply (self);
  if (!self->ended)
    leyden_rollout_debug_release (self, FALSE);
}

/* What a failure leads to is a step by itself. Else that starts at which it stands; when it stands nowhere, what is first is found when
 * there is something. */
static void
step (LeydenRollout *self,
      gboolean       into)
{
  LeydenDebugger *debugger = self->debugger;
  g_autoptr(LeydenScope) scope = NULL;
  guint node = 0;

  debugger->step_into = into;
  if (!g_queue_is_empty (&debugger->deferred))
    {
      debugger->step_done = TRUE;
      g_clear_pointer (&debugger->node, g_free);
      leyden_rollout_debug_apply (self);
      return;
    }
  if (!leyden_rollout_debug_step_call (self, TRUE))
    scope = leyden_rollout_debug_find_standing (self, &node);
  g_clear_pointer (&debugger->node, g_free);
  if (scope == NULL)
    return;
  leyden_scope_ref (scope);
  leyden_scope_take_ready (scope, node);
  leyden_rollout_start_node (scope, node);
}

static void
step_out (LeydenRollout *self,
          LeydenScope   *scope,
          guint          node)
{
  LeydenDebugger *debugger = self->debugger;

  debugger->step_scope = leyden_scope_ref (scope);
  debugger->step_node = node;
  g_clear_pointer (&debugger->node, g_free);
  leyden_rollout_debug_apply (self);
  if (!self->ended)
    leyden_rollout_debug_release (self, TRUE);
}

static gboolean
refuse (GError     **error,
        const char  *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, why);
  return FALSE;
}

/* Whether something that @node does may lie at @rest: a turn ("#2"), a call in a turn ("#2/calculator") or a tool ("/calculator"). */
static gboolean
has_calls_at (LeydenPlan *plan,
              guint       node,
              const char *rest)
{
  char *end;

  if (plan->nodes[node].body != NULL)
    return FALSE;
  if (*rest == '#')
    {
      if (!g_ascii_isdigit (rest[1]) || g_ascii_strtoull (rest + 1, &end, 10) == 0)
        return FALSE;
      rest = end;
    }
  return *rest == '\0' || (*rest == '/' && leyden_plan_find_node (plan, rest + 1) != LEYDEN_PLAN_NONE);
}

/* The same for a path: what stands behind the id of the node that it resolves to. */
static gboolean
is_place_of_calls (LeydenPlan *whole,
                   const char *inside)
{
  LeydenPlan *plan = NULL;
  gsize length = 0;
  guint node = leyden_plan_resolve_path (whole, inside, FALSE, &length, &plan);
  const char *id = node != LEYDEN_PLAN_NONE ? plan->nodes[node].id : NULL;

  return id != NULL && g_str_has_prefix (inside + length, id) && has_calls_at (plan, node, inside + length + strlen (id));
}

/* Whether the flow has a place of that name: a node, a turn, a tool in a turn; and it can still come. */
static gboolean
check_place (LeydenRollout     *self,
             const char        *path,
             LeydenDebugPlace  *place,
             GError           **error)
{
  const char *root = self->root->path;
  const char *inside = g_str_has_prefix (path, root) ? path + strlen (root) : path;

  if (!leyden_debug_place_find (place, self->plan, root, path))
    {
      if (is_place_of_calls (self->plan, inside))
        return TRUE;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("The flow has no such place to run to"));
      return FALSE;
    }
  if (place->plan != self->root->plan || self->root->states[place->node] < LEYDEN_NODE_SUCCEEDED)
    return TRUE;
  leyden_debug_place_clear (place);
  return refuse (error, _("The rollout is past that node: it does not start again"));
}

static gboolean
run_to (LeydenRollout  *self,
        const char     *node,
        const char     *actor,
        GError        **error)
{
  LeydenDebugPlace place = { 0 };

  if (node == NULL || *node == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"node\" must name where to run to");
      return FALSE;
    }
  if (!check_place (self, node, &place, error))
    return FALSE;
  if (!resume (self, LEYDEN_DEBUG_RUN_TO, node, actor))
    {
      leyden_debug_place_clear (&place);
      return TRUE;
    }
  self->debugger->runs_to = TRUE;
  self->debugger->to = place;
  self->debugger->to_path = g_strdup (node);
  go_on (self);
  return TRUE;
}

static gboolean
do_paused (LeydenRollout       *self,
           LeydenDebugCommand   command,
           const char          *node,
           const char          *actor,
           GError             **error)
{
  LeydenScope *around = NULL;
  guint around_node = 0;

  switch (command)
    {
    case LEYDEN_DEBUG_CONTINUE:
      if (resume (self, command, NULL, actor))
        go_on (self);
      return TRUE;
    case LEYDEN_DEBUG_STEP:
    case LEYDEN_DEBUG_STEP_INTO:
      if (resume (self, command, self->debugger->node, actor))
        step (self, command == LEYDEN_DEBUG_STEP_INTO);
      return TRUE;
    case LEYDEN_DEBUG_STEP_OUT:
      if (!find_around (self, &around, &around_node))
        return refuse (error, _("Nothing is around the place where the rollout stands"));
      {
        g_autoptr(LeydenScope) keep = leyden_scope_ref (around);

        if (resume (self, command, self->debugger->node, actor))
          step_out (self, around, around_node);
      }
      return TRUE;
    case LEYDEN_DEBUG_RUN_TO:
      return run_to (self, node, actor, error);
    case LEYDEN_DEBUG_PAUSE:
    case LEYDEN_DEBUG_STOP:
    default:
      return TRUE;
    }
}

static gboolean
do_command (LeydenRollout       *self,
            LeydenDebugCommand   command,
            const char          *node,
            const char          *actor,
            GError             **error)
{
  gboolean paused = leyden_rollout_is_paused (self);
  g_autofree char *reason = NULL;

  if (self->ended)
    return refuse (error, _("The rollout has ended"));
  if (!self->started || self->loading)
    return refuse (error, _("The rollout is just being taken up; try again"));
  if (command == LEYDEN_DEBUG_STOP)
    {
      reason = g_strdup_printf (_("Stopped by %s"), actor);
      leyden_rollout_cancel (self, reason);
      return TRUE;
    }
  if (command == LEYDEN_DEBUG_PAUSE)
    {
      leyden_rollout_debug_pause (self, "pause", NULL, actor);
      return TRUE;
    }
  if (!paused)
    return refuse (error, _("The rollout is not paused"));
  return do_paused (self, command, node, actor, error);
}

typedef struct
{
  LeydenRolloutAnswered func;
  gpointer              data;
} Answered;

static void
synced_cb (LeydenRollout *self,
           gpointer       data)
{
  g_autofree Answered *answered = data;

  answered->func (self, self->store_error, answered->data);
}

void
leyden_rollout_when_durable (LeydenRollout         *self,
                             LeydenRolloutAnswered  func,
                             gpointer               data)
{
  Answered *answered;

  g_return_if_fail (LEYDEN_IS_ROLLOUT (self));

  answered = g_new (Answered, 1);
  *answered = (Answered) { func, data };
  leyden_rollout_when_synced (self, synced_cb, answered);
}

/**
 * leyden_rollout_debug_command:
 * @self: the rollout
 * @command: what to do
 * @node: (nullable): where to run to; a path of nodes, turns or tools as breakpoints have it
 * @actor: who asks, for the log
 * @func: (nullable): called once, when the record of it is on disk, or with the error of the store
 * @data: for @func
 * @error: return location, or %NULL
 *
 * A step starts the call or node at which the rollout stands, else what is ready first (lowest rank and id), and ends when that has ended
 * and something else would start. Pausing twice is no error.
 *
 * Errors: %G_IO_ERROR_BUSY when it cannot be done now, with the reason; %G_IO_ERROR_INVALID_ARGUMENT for a @node that the flow does
 * not have. @func is not called after an error.
 *
 * Returns: %TRUE when it was taken
 */
gboolean
leyden_rollout_debug_command (LeydenRollout          *self,
                              LeydenDebugCommand      command,
                              const char             *node,
                              const char             *actor,
                              LeydenRolloutAnswered   func,
                              gpointer                data,
                              GError                **error)
{
  g_autoptr(LeydenRollout) keep = NULL;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), FALSE);

  keep = g_object_ref (self);
  if (!do_command (self, command, node, actor, error))
    return FALSE;
  leyden_engine_schedule (self->engine, self);
  if (func != NULL)
    leyden_rollout_when_durable (self, func, data);
  return TRUE;
}

/**
 * leyden_rollout_debug_detach:
 * @self: the rollout
 * @actor: who leaves, for the log
 *
 * Nobody debugs it any more: when it is paused it goes on, and it forgets the step or the place to run to that is under way, and what was
 * met during a pause. Nothing happens when it has ended, or was never debugged. While its log is read it does so after that.
 */
void
leyden_rollout_debug_detach (LeydenRollout *self,
                             const char    *actor)
{
  g_autoptr(LeydenRollout) keep = NULL;
  LeydenDebugger *debugger;

  g_return_if_fail (LEYDEN_IS_ROLLOUT (self));

  keep = g_object_ref (self);
  debugger = self->debugger;
  self->start_paused = FALSE;
  if (!self->ended && (!self->started || self->loading))
    leyden_set_string (&self->detached_by, actor);
  else if (!self->ended && debugger != NULL && (debugger->mode != LEYDEN_DEBUG_FREE || debugger->runs_to))
    {
      leyden_rollout_debug_forget_waiting (debugger);
      leyden_rollout_debug_clear_step (debugger);
      if (debugger->mode == LEYDEN_DEBUG_PAUSED)
        end_pause (self);
      debugger->mode = LEYDEN_DEBUG_FREE;
      log_resumed (self, LEYDEN_DEBUG_CONTINUE, NULL, TRUE, actor);
      if (!self->ended)
        leyden_rollout_release_questions (self);
      if (!self->ended)         /* a listener to the record may have cancelled */
        go_on (self);
      leyden_engine_schedule (self->engine, self);
    }
}

/* Showing */

static void
add_scope (LeydenValueBuilder *b,
           LeydenScope        *scope,
           guint              *left)
{
  for (guint i = 0; i < scope->plan->n_nodes && *left > 0; i++)
    if (scope->states[i] == LEYDEN_NODE_RUNNING || scope->states[i] == LEYDEN_NODE_WAITING)
      {
        g_autofree char *buffer = NULL;

        leyden_value_builder_add_string (b, leyden_scope_node_path (scope, i, &buffer));
        --*left;
      }
}

static void
write_under_way (LeydenValueBuilder *b,
                 LeydenRollout      *self)
{
  guint left = MAX_PATHS;

  leyden_value_builder_key (b, "under_way");
  leyden_value_builder_begin_list (b);
  if (self->root != NULL && !self->ended)
    {
      add_scope (b, self->root, &left);
      for (LeydenNodeContext *context = self->running; context != NULL; context = context->next)
        for (LeydenScope *round = context->bodies != NULL ? context->bodies->rounds : NULL; round != NULL; round = round->next)
          add_scope (b, round, &left);
    }
  leyden_value_builder_end (b);
}

static void
write_can (LeydenValueBuilder *b,
           LeydenRollout      *self,
           gboolean            paused)
{
  LeydenScope *scope;
  guint node;

  leyden_value_builder_key (b, "can");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < G_N_ELEMENTS (command_names) && !self->ended && self->started && !self->loading; i++)
    if (i == LEYDEN_DEBUG_STOP || (i == LEYDEN_DEBUG_PAUSE) == !paused)
      {
        if (i != LEYDEN_DEBUG_STEP_OUT || find_around (self, &scope, &node))
          leyden_value_builder_add_string (b, command_names[i]);
      }
  leyden_value_builder_end (b);
}

static void
write_ready (LeydenValueBuilder *b,
             GPtrArray          *ready)
{
  leyden_value_builder_key (b, "ready");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < ready->len; i++)
    leyden_value_builder_add_string (b, g_ptr_array_index (ready, i));
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_rollout_debug_describe (LeydenRollout *self)
{
  LeydenDebugger *debugger;
  const LeydenDeferred *deferred;
  g_autoptr(GPtrArray) ready = NULL;
  g_autoptr(LeydenValue) held = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean paused;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), NULL);

  debugger = self->debugger;
  paused = leyden_rollout_is_paused (self);
  held = leyden_rollout_describe_held (self);
  deferred = debugger != NULL ? g_queue_peek_head (&debugger->deferred) : NULL;
  ready = leyden_rollout_debug_list_ready (self, MAX_PATHS);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "paused", paused);
  leyden_value_builder_set_string (&b, "reason", paused ? debugger->reason : NULL);
  leyden_value_builder_set (&b, "breakpoint", paused ? debugger->breakpoint : NULL);
  leyden_value_builder_set_string (&b, "node", paused ? debugger->node : NULL);
  leyden_value_builder_set (&b, "held", held);
  leyden_value_builder_set_int (&b, "sequence", (gint64) self->sequence);
  write_ready (&b, ready);
  write_under_way (&b, self);
  leyden_value_builder_set (&b, "error", deferred != NULL ? deferred->error : NULL);
  write_can (&b, self, paused);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
