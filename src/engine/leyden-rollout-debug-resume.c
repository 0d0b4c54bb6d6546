/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <string.h>

#include "leyden-rollout-debug-private.h"

/*
 * A rollout that was paused when its process ended is paused again, by the records that tell so. What ran then begins again, as after any
 * end of a process, up to the calls that it had not made yet: those wait at the gate.
 */

typedef struct
{
  LeydenRecord *paused;         /* the last of the two, nullable */
  LeydenRecord *resumed;
  LeydenRecord *hit;            /* since the rollout went on last; nullable */
} Last;

static void
look_at_hit (LeydenRollout *self,
             Last          *last,
             LeydenRecord  *record)
{
  leyden_rollout_debug_read_waiting (self, record);
  if (!leyden_value_get_member_boolean (record->payload, "waits", FALSE))
    last->hit = record;
  if (self->debug != NULL)
    leyden_debug_count_hit (self->debug, leyden_value_get_member_string (record->payload, "breakpoint", ""),
                            leyden_value_get_member_int (record->payload, "hits", 0));
}

/* Where it stood before something that has not started yet: that is met already. */
static void
look_at_place (LeydenRollout *self,
               const Last    *last,
               LeydenRecord  *record)
{
  const char *node = leyden_value_get_member_string (record->payload, "node", NULL);
  LeydenValue *hit = last->hit != NULL ? last->hit->payload : NULL;

  if (node != NULL && (hit != NULL ? strcmp (leyden_value_get_member_string (hit, "when", ""), "before") == 0
                                   : strcmp (leyden_value_get_member_string (record->payload, "reason", ""), "step") == 0))
    g_hash_table_add (leyden_rollout_get_debugger (self)->passed, g_strdup (node));
}

static void
look_at (LeydenRollout *self,
         Last          *last,
         LeydenRecord  *record)
{
  if (g_str_equal (record->type, "rollout.paused"))
    {
      last->paused = record;
      last->resumed = NULL;
      look_at_place (self, last, record);
    }
  else if (g_str_equal (record->type, "rollout.resumed"))
    {
      last->resumed = record;
      last->paused = last->hit = NULL;
      if (self->debugger != NULL && leyden_value_get_member_boolean (record->payload, "detached", FALSE))
        leyden_rollout_debug_forget_waiting (self->debugger);
    }
  else if (g_str_equal (record->type, "breakpoint.hit"))
    look_at_hit (self, last, record);
  else if (self->debugger != NULL && (g_str_equal (record->type, "node.started") || g_str_equal (record->type, "model.request")
                                      || g_str_equal (record->type, "tool.called")))
    g_hash_table_remove (self->debugger->passed, record->node);
}

static void
take_paused (LeydenRollout *self,
             const Last    *last)
{
  LeydenDebugger *debugger = leyden_rollout_get_debugger (self);
  LeydenValue *payload = last->paused->payload;

  debugger->mode = LEYDEN_DEBUG_PAUSED;
  debugger->paused_us = g_get_monotonic_time ();
  debugger->paused_ns = last->paused->time_ns;
  leyden_set_string (&debugger->reason, leyden_value_get_member_string (payload, "reason", "pause"));
  leyden_set_string (&debugger->node, leyden_value_get_member_string (payload, "node", NULL));
  debugger->breakpoint = last->hit != NULL ? leyden_value_ref (last->hit->payload) : NULL;
  leyden_rollout_stop_clock (self);
  leyden_set_string (&self->row.state, "paused");
  if (self->debug != NULL)
    leyden_debug_set_paused (self->debug, self->row.rollout, TRUE);
}

/* A step under way has no end any more: it ends here. What was to be run to is still to be reached. */
static void
take_resumed (LeydenRollout *self,
              LeydenRecord  *resumed)
{
  const char *command = leyden_value_get_member_string (resumed->payload, "command", "");
  const char *node = leyden_value_get_member_string (resumed->payload, "node", NULL);

  if (self->debugger != NULL && leyden_rollout_debug_hit_waiting (self))
    return;
  if (strcmp (command, "run-to") == 0 && node != NULL)
    {
      LeydenDebugger *debugger = leyden_rollout_get_debugger (self);

      debugger->runs_to = TRUE;
      debugger->to_path = g_strdup (node);
      leyden_debug_place_find (&debugger->to, self->plan, self->root->path, node);
    }
  else if (g_str_has_prefix (command, "step"))
    leyden_rollout_debug_pause (self, "step", node, "engine");
}

void
leyden_rollout_debug_read (LeydenRollout *self,
                           GPtrArray     *records,
                           guint          begin)
{
  Last last = { NULL, NULL, NULL };

  for (guint i = begin; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (g_str_equal (record->type, "rollout.finished"))
        return;
      look_at (self, &last, record);
    }
  if (last.paused != NULL)
    take_paused (self, &last);
  else if (last.resumed != NULL)
    take_resumed (self, last.resumed);
}

void
leyden_rollout_debug_read_done (LeydenRollout *self,
                                gboolean       started)
{
  g_autofree char *detached_by = g_steal_pointer (&self->detached_by);

  if (detached_by != NULL)
    leyden_rollout_debug_detach (self, detached_by);
  /* It ended between its first record and the pause after it. */
  else if (!started && !self->ended && (self->start_paused || (self->debug != NULL && leyden_debug_get_start_paused (self->debug))))
    leyden_rollout_debug_pause (self, "start", NULL, "engine");
}

gboolean
leyden_rollout_debug_restart (LeydenScope *scope,
                              guint        node)
{
  LeydenRollout *rollout = scope->rollout;
  g_autofree char *buffer = NULL;

  if (!leyden_rollout_is_debugged (rollout))
    return FALSE;
  if (leyden_rollout_is_paused (rollout) && scope->states[node] == LEYDEN_NODE_RUNNING)
    {
      leyden_rollout_go_node (scope, node);
      return TRUE;
    }
  if (scope->states[node] == LEYDEN_NODE_RUNNING)
    g_hash_table_add (leyden_rollout_get_debugger (rollout)->passed, g_strdup (leyden_scope_node_path (scope, node, &buffer)));
  return FALSE;
}
