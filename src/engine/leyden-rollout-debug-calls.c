/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <string.h>

#include "leyden-rollout-debug-private.h"

/* The gate before calls: of models and tools, also in the turns of an agent. Answers from the log pass it. */

/* The tool that is called; NONE: a model, or nothing that the flow has. */
static guint
find_tool (LeydenNodeCall *call)
{
  gsize length = strlen (call->context->path);

  if (call->kind != LEYDEN_CALL_TOOL || strncmp (call->path, call->context->path, length) != 0 || call->path[length] != '/')
    return LEYDEN_PLAN_NONE;
  return leyden_plan_find_node (call->context->scope->plan, call->path + length + 1);
}

static LeydenBreakpoint *
match_tool (LeydenRollout    *self,
            LeydenBreakWhen   when,
            LeydenNodeCall   *call,
            LeydenValue      *values,
            char            **why)
{
  guint tool = self->debug != NULL && self->debug->n_armed > 0 ? find_tool (call) : LEYDEN_PLAN_NONE;

  if (tool == LEYDEN_PLAN_NONE)
    return NULL;
  return leyden_debug_match (self->debug, when, call->context->scope, tool, leyden_break_row_give, values, why);
}

gboolean
leyden_rollout_debug_is_focus (LeydenRollout  *self,
                               LeydenNodeCall *call)
{
  LeydenDebugger *debugger = self->debugger;
  g_autofree char *buffer = NULL;

  if (debugger->node != NULL && strcmp (debugger->node, call->path) == 0)
    return TRUE;
  return debugger->focus != NULL
         && strcmp (debugger->focus, leyden_scope_node_path (call->context->scope, call->context->node, &buffer)) == 0;
}

static void
set_focus (LeydenRollout     *self,
           LeydenNodeContext *context)
{
  g_autofree char *buffer = NULL;

  leyden_set_string (&self->debugger->focus, leyden_scope_node_path (context->scope, context->node, &buffer));
}

static void
stand_before (LeydenRollout  *self,
              LeydenNodeCall *call)
{
  set_focus (self, call->context);
  g_hash_table_add (self->debugger->passed, g_strdup (call->path));
}

/* Whether a run-to or a step into comes to its end before the call. */
static gboolean
stops_before (LeydenRollout  *self,
              LeydenNodeCall *call)
{
  LeydenDebugger *debugger = self->debugger;
  guint tool;

  if (debugger->mode == LEYDEN_DEBUG_STEPPING)
    return debugger->step_into;
  if (!debugger->runs_to)
    return FALSE;
  tool = find_tool (call);
  return strcmp (debugger->to_path, call->path) == 0
         || (tool != LEYDEN_PLAN_NONE && debugger->to.plan != NULL && leyden_debug_place_is (&debugger->to, call->context->scope, tool));
}

/* Something may be done: breakpoints, then steps. TRUE: it was paused for this call. */
static gboolean
pauses_before (LeydenRollout  *self,
               LeydenNodeCall *call)
{
  g_autofree char *why = NULL;
  LeydenBreakpoint *breakpoint = match_tool (self, LEYDEN_BREAK_BEFORE, call, call->request, &why);

  if (breakpoint != NULL)
    leyden_rollout_debug_hit (self, breakpoint, call->path, NULL, why);
  else if (self->debugger != NULL && stops_before (self, call))
    leyden_rollout_debug_pause (self, "step", call->path, "engine");
  else
    return FALSE;
  stand_before (self, call);
  return TRUE;
}

gboolean
leyden_rollout_debug_gate (LeydenRollout *self,
                           GTask         *task)
{
  LeydenNodeCall *call = g_task_get_task_data (task);
  LeydenDebugger *debugger = self->debugger;
  gboolean may_start = debugger == NULL || debugger->mode == LEYDEN_DEBUG_FREE
                       || (debugger->mode == LEYDEN_DEBUG_STEPPING && !debugger->step_done
                           && leyden_rollout_debug_is_stepped (debugger, call->context->scope, call->context->node));

  if (call->context->detached || self->ended || (may_start && !pauses_before (self, call)))
    return FALSE;
  call->context->n_gated++;
  g_ptr_array_add (self->debugger->gated, task);
  leyden_engine_schedule (self->engine, self);
  return TRUE;
}

/* Takes the task. */
static void
start_call (LeydenRollout *self,
            GTask         *task)
{
  LeydenNodeCall *call = g_task_get_task_data (task);

  g_hash_table_remove (self->debugger->passed, call->path);
  leyden_node_call_go (task);
}

gboolean
leyden_rollout_debug_step_call (LeydenRollout *self,
                                gboolean       focus)
{
  LeydenDebugger *debugger = self->debugger;

  for (guint i = 0; i < debugger->gated->len; i++)
    {
      GTask *task = g_ptr_array_index (debugger->gated, i);
      LeydenNodeCall *call = g_task_get_task_data (task);

      if (focus && !leyden_rollout_debug_is_focus (self, call))
        continue;
      g_ptr_array_remove_index (debugger->gated, i);
      call->context->n_gated--;
      set_focus (self, call->context);
      debugger->step_call = g_object_ref (task);
      debugger->step_context = leyden_node_context_ref (call->context);
      start_call (self, task);
      return TRUE;
    }
  return FALSE;
}

void
leyden_rollout_debug_release (LeydenRollout *self,
                              gboolean       stepped)
{
  LeydenDebugger *debugger = self->debugger;
  g_autoptr(GPtrArray) gated = g_steal_pointer (&debugger->gated);

  debugger->gated = g_ptr_array_new ();
  for (guint i = 0; i < gated->len; i++)
    {
      GTask *task = g_ptr_array_index (gated, i);
      LeydenNodeCall *call = g_task_get_task_data (task);

      if (stepped && !leyden_rollout_debug_is_stepped (debugger, call->context->scope, call->context->node))
        {
          g_ptr_array_add (debugger->gated, task);
          continue;
        }
      call->context->n_gated--;
      /* The one before it may have ended the rollout, or hit a breakpoint. */
      if (self->ended)
        leyden_node_call_drop (task);
      else if (g_hash_table_contains (debugger->passed, call->path) && debugger->mode != LEYDEN_DEBUG_PAUSED)
        start_call (self, task);
      else if (!leyden_rollout_debug_gate (self, task))
        leyden_node_call_go (task);
    }
}

void
leyden_rollout_debug_answered (LeydenRollout *self,
                               GTask         *task,
                               LeydenValue   *answer)
{
  LeydenNodeCall *call = g_task_get_task_data (task);
  g_autofree char *why = NULL;
  g_autofree char *buffer = NULL;
  LeydenBreakpoint *breakpoint;

  if (self->debugger != NULL && self->debugger->step_call == task)
    self->debugger->step_done = TRUE;
  if (answer == NULL || self->ended)
    return;
  breakpoint = match_tool (self, LEYDEN_BREAK_AFTER, call, answer, &why);
  if (breakpoint != NULL)
    leyden_rollout_debug_hit (self, breakpoint, call->path,
                              leyden_scope_node_path (call->context->scope, call->context->node, &buffer), why);
}

void
leyden_rollout_debug_drop_calls (LeydenRollout *self,
                                 LeydenScope   *scope)
{
  g_autoptr(GPtrArray) dropped = g_ptr_array_new ();

  for (guint i = self->debugger != NULL ? self->debugger->gated->len : 0; i > 0; i--)
    {
      GTask *task = g_ptr_array_index (self->debugger->gated, i - 1);
      LeydenNodeCall *call = g_task_get_task_data (task);

      if (call->context->scope != scope)
        continue;
      g_ptr_array_remove_index (self->debugger->gated, i - 1);
      call->context->n_gated--;
      g_ptr_array_add (dropped, task);
    }
  /* Who is called back may drop others. */
  for (guint i = 0; i < dropped->len; i++)
    leyden_node_call_drop (g_ptr_array_index (dropped, i));
}
