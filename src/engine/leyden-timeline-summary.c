/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-timeline-private.h"

#include <math.h>
#include <string.h>

static void
set_error (LeydenTimeline     *self,
           LeydenValueBuilder *b,
           guint32             error)
{
  if (error > 0)
    leyden_value_builder_set (b, "error", g_ptr_array_index (self->errors, error - 1));
}

static void
write_node (LeydenTimeline     *self,
            LeydenValueBuilder *b,
            const LeydenMark   *mark)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "state", leyden_mark_state_to_string (mark->state));
  if (mark->flags & LEYDEN_MARK_PART)
    leyden_value_builder_set_boolean (b, "part", TRUE);
  set_error (self, b, mark->error);
  if (mark->waiting > 0)
    leyden_value_builder_set_string (b, "waiting", g_ptr_array_index (self->words, mark->waiting - 1));
  if (mark->flags & (LEYDEN_MARK_DISABLED | LEYDEN_MARK_BYPASSED))
    leyden_value_builder_set_string (b, "mode", mark->flags & LEYDEN_MARK_DISABLED ? "disabled" : "bypassed");
  if (mark->flags & (LEYDEN_MARK_FROM_PIN | LEYDEN_MARK_FROM_ROLLOUT))
    leyden_value_builder_set_string (b, "from", mark->flags & LEYDEN_MARK_FROM_PIN ? "pin" : "rollout");
  if (mark->flags & LEYDEN_MARK_CACHED)
    leyden_value_builder_set_boolean (b, "cached", TRUE);
  leyden_state_set_int (b, "attempts", mark->attempts);
  leyden_state_set_int (b, "n_calls", mark->n_calls);
  leyden_state_set_int (b, "started", mark->started_ns);
  leyden_state_set_int (b, "finished", mark->finished_ns);
  leyden_value_builder_end (b);
}

static void
write_nodes (LeydenTimeline     *self,
             LeydenValueBuilder *b,
             guint64             until,
             const char         *prefix,
             guint               limit)
{
  GArray *scope = leyden_timeline_list_scope (self, prefix);
  gboolean truncated = FALSE;
  guint n = 0;

  leyden_value_builder_key (b, "nodes");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; scope != NULL && i < scope->len && !truncated; i++)
    {
      LeydenNodeMarks *node = g_ptr_array_index (self->nodes, g_array_index (scope, guint32, i));
      const LeydenMark *mark = g_str_has_prefix (node->path, prefix) ? leyden_timeline_find_mark (self, node, until) : NULL;

      if (mark == NULL)
        continue;
      truncated = n++ >= limit;
      if (truncated)
        break;
      leyden_value_builder_key (b, node->path);
      write_node (self, b, mark);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_set_boolean (b, "truncated", truncated);
}

/* How many rounds of a node are in which state after all changes up to @until. */
static void
count_rounds (LeydenTimeline *self,
              LeydenRounds   *rounds,
              guint64         until,
              guint32        *counts)
{
  guint low = 0, high = rounds->changes->len;
  guint at;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (rounds->changes, guint64, middle) >> 8 <= until)
        low = middle + 1;
      else
        high = middle;
    }
  at = low / LEYDEN_ROUNDS_STRIDE;
  if (at > 0)
    memcpy (counts, rounds->sums->data + (at - 1) * sizeof rounds->counts, sizeof rounds->counts);
  else
    memset (counts, 0, sizeof rounds->counts);
  self->n_passed += low - at * LEYDEN_ROUNDS_STRIDE;
  for (guint i = at * LEYDEN_ROUNDS_STRIDE; i < low; i++)
    {
      guint64 change = g_array_index (rounds->changes, guint64, i);
      guint before = change >> 4 & 15, after = change & 15;

      if (after >= LEYDEN_N_MARKS)
        memset (counts, 0, sizeof rounds->counts);
      else
        counts[after]++;
      if (before < LEYDEN_N_MARKS)
        counts[before]--;
    }
}

static void
write_rounds (LeydenTimeline     *self,
              LeydenValueBuilder *b,
              guint64             until)
{
  leyden_value_builder_key (b, "rounds");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < self->rounds->len; i++)
    {
      LeydenRounds *rounds = g_ptr_array_index (self->rounds, i);
      guint32 counts[LEYDEN_N_MARKS];
      guint n = 0;

      count_rounds (self, rounds, until, counts);
      for (guint j = 0; j < LEYDEN_N_MARKS; j++)
        n += counts[j];
      if (n == 0)
        continue;
      leyden_value_builder_key (b, rounds->path);
      leyden_value_builder_begin_object (b);
      for (guint j = 0; j < LEYDEN_N_MARKS; j++)
        leyden_state_set_int (b, leyden_mark_state_to_string (j), counts[j]);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static void
write_rollout (LeydenTimeline          *self,
               LeydenValueBuilder      *b,
               const LeydenRolloutMark *mark)
{
  leyden_state_set_text (b, "attempt", mark->attempt);
  leyden_value_builder_set_string (b, "state", mark->state);
  leyden_state_set_int (b, "started", mark->started_ns);
  leyden_state_set_int (b, "finished", mark->finished_ns);
  if (isfinite (mark->latency_ms))
    leyden_value_builder_set_double (b, "latency_ms", mark->latency_ms);
  set_error (self, b, mark->error);
  leyden_state_set_text (b, "error_kind", mark->error_kind);
  leyden_state_set_text (b, "breakpoint", mark->breakpoint);
  if (mark->paused != NULL)
    {
      leyden_value_builder_key (b, "paused");
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "reason", mark->paused);
      leyden_state_set_text (b, "node", mark->paused_at);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_set_double (b, "reward", mark->reward);
  leyden_value_builder_key (b, "usage");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "tokens_in", mark->tokens_in);
  leyden_value_builder_set_int (b, "tokens_out", mark->tokens_out);
  leyden_value_builder_set_double (b, "cost", mark->cost);
  leyden_state_set_int (b, "unpriced_calls", mark->n_unpriced);
  leyden_value_builder_end (b);
  leyden_value_builder_set_boolean (b, "simulated", mark->simulated);
}

LeydenValue *
leyden_timeline_summarise (LeydenTimeline *self,
                           guint64         until,
                           const char     *prefix,
                           guint           limit)
{
  static const LeydenRolloutMark nothing = { .state = "queued", .reward = NAN, .latency_ms = NAN };
  const LeydenRolloutMark *mark = leyden_timeline_find_rollout (self, until);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", self->rollout);
  leyden_value_builder_set_int (&b, "sequence", (gint64) MIN (until, self->last));
  leyden_value_builder_set_int (&b, "last", (gint64) self->last);
  write_rollout (self, &b, mark != NULL ? mark : &nothing);
  write_nodes (self, &b, until, prefix, limit);
  write_rounds (self, &b, until);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
