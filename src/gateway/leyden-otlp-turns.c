/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request may have tens of thousands of traces, and other requests wait meanwhile: what is done with traces is done in turns. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp-receiver-private.h"

/* A trace without a root to which nothing comes for so long has ended. Exporters send every few seconds. */
#define QUIET_US (60 * G_USEC_PER_SEC)
/* What is known of a trace that has ended is kept for late spans; after that its log is read again. */
#define KEEP_US (300 * G_USEC_PER_SEC)
#define MAX_KEPT 2000
/* Traces without an end beyond these end as they stand, those that were quiet for longest first. */
#define MAX_OPEN 10000
#define CLOCK_S 5

void
leyden_otlp_set_open (LeydenOtlpRollout *trace,
                      gboolean           open)
{
  LeydenOtlpReceiver *self = trace->receiver;
  guint n;

  if (trace->open == open || trace->program == NULL)
    return;
  trace->open = open;
  g_queue_unlink (open ? &self->rest : &self->open, &trace->link);
  g_queue_push_tail_link (open ? &self->open : &self->rest, &trace->link);
  n = open ? ++trace->program->n_open : trace->program->n_open--;
  /* Only the first and the last of them change how the run stands. */
  if (n == 1)
    leyden_otlp_keep_run (trace->program);
}

static void
give_up (LeydenOtlpRollout *trace)
{
  g_autoptr(GPtrArray) records = leyden_otlp_trace_give_up (trace->log);

  trace->started = FALSE;
  trace->ended = TRUE;
  trace->of_job = FALSE;
  leyden_otlp_set_open (trace, FALSE);
  leyden_otlp_write_records (trace, records);
}

static void
begin_jobs (LeydenOtlpReceiver *self)
{
  for (guint i = 0; i < LEYDEN_OTLP_TURN && self->n_flying < LEYDEN_OTLP_TURN && !g_queue_is_empty (&self->arrived); i++)
    {
      LeydenOtlpJob *job = g_queue_pop_head (&self->arrived);
      g_autoptr(LeydenOtlpRollout) trace = leyden_otlp_rollout_ref (leyden_otlp_find_rollout (self, ((LeydenOtlpSpan *)job->spans->pdata[0])->trace_id));

      self->n_flying++;
      g_queue_push_tail (&trace->jobs, job);
      leyden_otlp_touch (trace);
      leyden_otlp_advance (trace);
    }
}

static gboolean
is_idle (const LeydenOtlpRollout *trace)
{
  return !trace->busy && trace->jobs.length == 0;
}

/* Those that were quiet for too long, and those that are too many. */
static void
end_traces (LeydenOtlpReceiver *self)
{
  gint64 quiet_since_us = g_get_monotonic_time () - QUIET_US;
  GList *next;
  guint n = 0;

  for (GList *l = self->open.head; l != NULL && n < LEYDEN_OTLP_TURN; l = next, n++)
    {
      LeydenOtlpRollout *trace = l->data;

      next = l->next;
      if (trace->touched_us > quiet_since_us && self->open.length <= MAX_OPEN)
        return;
      if (is_idle (trace))
        give_up (trace);
    }
}

/* Of the rest the same: the log has them. */
static void
forget_traces (LeydenOtlpReceiver *self)
{
  gint64 keep_since_us = g_get_monotonic_time () - KEEP_US;
  GList *next;
  guint n = 0, n_forgotten = 0;

  for (GList *l = self->rest.head; l != NULL && n < LEYDEN_OTLP_TURN; l = next, n++)
    {
      LeydenOtlpRollout *trace = l->data;

      next = l->next;
      if (trace->touched_us > keep_since_us && self->rest.length <= MAX_KEPT)
        return;
      if (!is_idle (trace))
        continue;
      g_queue_unlink (&self->rest, l);
      g_hash_table_remove (self->traces, trace->rollout);
      n_forgotten++;
    }
  /* Those that are busy make the next turn themselves. */
  if (n_forgotten > 0 && n == LEYDEN_OTLP_TURN)
    leyden_otlp_plan_turn (self);
}

static gboolean
turn_cb (gpointer data)
{
  LeydenOtlpReceiver *self = data;

  g_clear_pointer (&self->turn, g_source_unref);
  begin_jobs (self);
  end_traces (self);
  forget_traces (self);
  /* Where all that is under way is, its ends go on with the rest. */
  if (!g_queue_is_empty (&self->arrived) && self->n_flying < LEYDEN_OTLP_TURN)
    leyden_otlp_plan_turn (self);
  return G_SOURCE_REMOVE;
}

void
leyden_otlp_plan_turn (LeydenOtlpReceiver *self)
{
  if (self->turn != NULL)
    return;
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->turn, turn_cb, self, NULL);
  g_source_attach (self->turn, g_main_context_get_thread_default ());
}

static gboolean
clock_cb (gpointer data)
{
  LeydenOtlpReceiver *self = data;

  leyden_otlp_plan_turn (self);
  if (g_hash_table_size (self->traces) > 0)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->clock, g_source_unref);
  return G_SOURCE_REMOVE;
}

void
leyden_otlp_touch (LeydenOtlpRollout *trace)
{
  LeydenOtlpReceiver *self = trace->receiver;
  GQueue *queue = trace->open ? &self->open : &self->rest;

  trace->touched_us = g_get_monotonic_time ();
  g_queue_unlink (queue, &trace->link);
  g_queue_push_tail_link (queue, &trace->link);
  if (self->clock != NULL)
    return;
  self->clock = g_timeout_source_new_seconds (CLOCK_S);
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
}
