/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp-receiver-private.h"

#include <string.h>

/* ---- Parts ---- */

static void
job_free (LeydenOtlpJob *job)
{
  g_object_unref (job->task);
  g_ptr_array_unref (job->spans);
  g_free (job);
}

LeydenOtlpRollout *
leyden_otlp_rollout_ref (LeydenOtlpRollout *self)
{
  self->refs++;
  return self;
}

void
leyden_otlp_rollout_unref (gpointer data)
{
  LeydenOtlpRollout *self = data;

  if (--self->refs > 0)
    return;
  g_queue_clear_full (&self->jobs, (GDestroyNotify)job_free);
  g_clear_pointer (&self->log, leyden_otlp_trace_free);
  g_free (self->rollout);
  g_free (self->trace_id);
  g_free (self);
}
LeydenOtlpRollout *
leyden_otlp_find_rollout (LeydenOtlpReceiver *self,
                          const char         *trace_id)
{
  g_autofree char *rollout = g_strconcat ("otlp-", trace_id, NULL);
  LeydenOtlpRollout *trace = g_hash_table_lookup (self->traces, rollout);

  if (trace != NULL)
    return trace;
  trace = g_new0 (LeydenOtlpRollout, 1);
  trace->refs = 1;
  trace->receiver = self;
  trace->rollout = g_steal_pointer (&rollout);
  trace->trace_id = g_strdup (trace_id);
  trace->link.data = trace;
  g_queue_init (&trace->jobs);
  g_hash_table_insert (self->traces, trace->rollout, trace);
  g_queue_push_tail_link (&self->rest, &trace->link);
  return trace;
}

/* ---- Ends of jobs ---- */

typedef struct
{
  LeydenOtlpBatch *batch;
  guint            n_left;              /* jobs */
  GError          *error;
} Taking;

static void
taking_free (gpointer data)
{
  Taking *self = data;

  g_clear_pointer (&self->batch, leyden_otlp_batch_free);
  g_clear_error (&self->error);
  g_free (self);
}

static void
job_done (LeydenOtlpJob *job,
          const GError  *error)
{
  Taking *taking = g_task_get_task_data (job->task);

  taking->n_left--;
  if (error != NULL && taking->error == NULL)
    taking->error = g_error_copy (error);
  if (taking->n_left == 0 && taking->error != NULL)
    g_task_return_error (job->task, g_steal_pointer (&taking->error));
  else if (taking->n_left == 0)
    g_task_return_pointer (job->task, g_steal_pointer (&taking->batch), leyden_otlp_batch_free);
  job_free (job);
}

/* The first of a trace. */
static void
first_done (LeydenOtlpRollout *trace,
            const GError      *error)
{
  LeydenOtlpReceiver *self = trace->receiver;

  self->n_flying--;
  job_done (g_queue_pop_head (&trace->jobs), error);
  leyden_otlp_plan_turn (self);
}

/* What was thought of the log may not be so: it is read again. */
static void
forget_log (LeydenOtlpRollout *trace)
{
  leyden_otlp_set_open (trace, FALSE);
  g_clear_pointer (&trace->log, leyden_otlp_trace_free);
}

static void
fail_all (LeydenOtlpRollout *trace,
          const GError      *error)
{
  forget_log (trace);
  while (!g_queue_is_empty (&trace->jobs))
    first_done (trace, error);
}

/* ---- Writing ---- */

static void
announce (LeydenOtlpRollout *trace)
{
  LeydenEventHub *hub = trace->receiver->gateway->hub;

  if (hub == NULL)
    return;
  if (trace->started)
    leyden_event_hub_rollout_started (hub, trace->program->run, trace->rollout);
  leyden_event_hub_rollout_changed (hub, trace->program->run, trace->log->row);
  if (trace->ended)
    leyden_event_hub_rollout_ended (hub, trace->rollout);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenOtlpRollout) trace = data;
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_store_append_finish (LEYDEN_STORE (object), result, &error);

  trace->busy = FALSE;
  if (trace->receiver == NULL)
    return;
  if (ok)
    {
      trace->log->row->last_sequence = trace->log->sequence;
      announce (trace);
      if (trace->of_job)
        first_done (trace, NULL);
      else
        leyden_otlp_plan_turn (trace->receiver);
    }
  else
    fail_all (trace, error);
  leyden_otlp_advance (trace);
}

void
leyden_otlp_write_records (LeydenOtlpRollout *trace,
                           GPtrArray         *records)
{
  trace->busy = TRUE;
  leyden_store_append_async (LEYDEN_STORE (trace->receiver->gateway->store), records, trace->log->row, written_cb, leyden_otlp_rollout_ref (trace));
}

/* The spans of the first job. */
static void
write_job (LeydenOtlpRollout *trace)
{
  LeydenOtlpJob *job = g_queue_peek_head (&trace->jobs);
  Taking *taking = g_task_get_task_data (job->task);
  LeydenOtlpTrace *log = trace->log;
  gboolean had_finished = log->finished;
  g_autoptr(GPtrArray) records = NULL;
  guint n_refused = 0;

  trace->started = log->sequence == 0;
  records = leyden_otlp_trace_add (log, job->spans, leyden_models_get_prices (trace->receiver->gateway->models), &n_refused);
  for (guint i = 0; i < n_refused; i++)
    leyden_otlp_batch_reject (taking->batch, "The trace has as many spans as are kept of one");
  trace->ended = log->finished && !had_finished;
  trace->of_job = records->len > 0;
  /* Written before the records: a process that follows this one must know which runs to look into. */
  leyden_otlp_set_open (trace, !log->finished);
  if (trace->of_job)
    leyden_otlp_write_records (trace, records);
  else
    first_done (trace, NULL);
}

/* ---- Reading ---- */

static void
log_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenOtlpRollout) trace = data;
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_store_scan_rollout_finish (LEYDEN_STORE (object), result, &error);

  trace->busy = FALSE;
  if (trace->receiver == NULL)
    return;
  if (!ok)
    fail_all (trace, error);
  else
    leyden_otlp_set_open (trace, !trace->log->finished);
  leyden_otlp_advance (trace);
}

/* In a thread of the store: the trace is busy, nobody else looks at its log. */
static gboolean
recall_cb (GPtrArray *records,
           gpointer   data)
{
  LeydenOtlpRollout *trace = data;

  for (guint i = 0; i < records->len; i++)
    leyden_otlp_trace_recall (trace->log, records->pdata[i]);
  return TRUE;
}

static LeydenRolloutRow *
make_row (LeydenOtlpRollout *trace)
{
  LeydenRolloutRow *row = leyden_rollout_row_new ();

  row->rollout = g_strdup (trace->rollout);
  row->run = g_strdup (trace->program->run);
  g_free (row->executor);
  row->executor = g_strdup ("otlp");
  row->index = trace->program->n_items++;
  return row;
}

static void
row_found_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenOtlpRollout) trace = data;
  g_autoptr(GError) error = NULL;
  LeydenRolloutRow *row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);

  trace->busy = FALSE;
  if (trace->receiver == NULL)
    {
      leyden_rollout_row_free (row);
      return;
    }
  if (row != NULL)
    {
      trace->log = leyden_otlp_trace_new (trace->trace_id, row);
      trace->busy = TRUE;
      leyden_store_scan_rollout_async (LEYDEN_STORE (object), trace->rollout, 0, recall_cb, trace, NULL, log_read_cb, leyden_otlp_rollout_ref (trace));
      return;
    }
  if (g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    {
      trace->log = leyden_otlp_trace_new (trace->trace_id, make_row (trace));
      /* In the queue of the writer before the rollout that names it. */
      leyden_otlp_keep_run (trace->program);
    }
  else
    fail_all (trace, error);
  leyden_otlp_advance (trace);
}

void
leyden_otlp_advance (LeydenOtlpRollout *trace)
{
  while (!trace->busy && !g_queue_is_empty (&trace->jobs))
    {
      LeydenOtlpJob *job = g_queue_peek_head (&trace->jobs);
      const LeydenOtlpSpan *first = job->spans->pdata[0];

      if (trace->program == NULL)
        trace->program = leyden_otlp_find_program (trace->receiver, leyden_otlp_find_service (first->resource));
      if (!leyden_otlp_know_program (trace))
        return;
      if (trace->log != NULL)
        {
          write_job (trace);
          continue;
        }
      trace->busy = TRUE;
      leyden_store_get_rollout_async (LEYDEN_STORE (trace->receiver->gateway->store), trace->rollout, NULL, row_found_cb, leyden_otlp_rollout_ref (trace));
    }
}

/* ---- From outside ---- */

/* (element-type Job): the spans of each trace, in their order. */
static GPtrArray *
split_batch (GTask           *task,
             LeydenOtlpBatch *batch)
{
  g_autoptr(GHashTable) by_trace = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *jobs = g_ptr_array_new ();

  for (guint i = 0; i < batch->spans->len; i++)
    {
      LeydenOtlpSpan *span = batch->spans->pdata[i];
      LeydenOtlpJob *job = g_hash_table_lookup (by_trace, span->trace_id);

      if (job == NULL)
        {
          job = g_new0 (LeydenOtlpJob, 1);
          job->task = g_object_ref (task);
          job->spans = g_ptr_array_new ();
          g_hash_table_insert (by_trace, span->trace_id, job);
          g_ptr_array_add (jobs, job);
        }
      g_ptr_array_add (job->spans, span);
    }
  return jobs;
}

void
leyden_otlp_receiver_take_async (LeydenOtlpReceiver  *self,
                                 LeydenOtlpBatch     *batch,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, data);
  g_autoptr(GPtrArray) jobs = split_batch (task, batch);
  Taking *taking = g_new0 (Taking, 1);

  g_task_set_source_tag (task, leyden_otlp_receiver_take_async);
  taking->batch = batch;
  taking->n_left = jobs->len;
  g_task_set_task_data (task, taking, taking_free);
  if (jobs->len == 0)
    g_task_return_pointer (task, g_steal_pointer (&taking->batch), leyden_otlp_batch_free);
  for (guint i = 0; i < jobs->len; i++)
    g_queue_push_tail (&self->arrived, jobs->pdata[i]);
  leyden_otlp_plan_turn (self);
}

LeydenOtlpBatch *
leyden_otlp_receiver_take_finish (LeydenOtlpReceiver  *self,
                                  GAsyncResult        *result,
                                  GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* A rollout of the last process that has no end. */
static void
adopt_trace (LeydenOtlpProgram      *program,
             const LeydenRolloutRow *row)
{
  LeydenOtlpReceiver *self = program->receiver;
  LeydenOtlpRollout *trace;

  if (!g_str_has_prefix (row->rollout, "otlp-"))
    return;
  trace = leyden_otlp_find_rollout (self, row->rollout + strlen ("otlp-"));
  if (trace->busy || trace->log != NULL)
    return;
  trace->program = program;
  trace->busy = TRUE;
  leyden_otlp_touch (trace);
  leyden_store_get_rollout_async (LEYDEN_STORE (self->gateway->store), trace->rollout, NULL, row_found_cb, leyden_otlp_rollout_ref (trace));
}

static void unfinished_cb (GObject *object, GAsyncResult *result, gpointer data);

/* Takes the reference; one turn's worth. */
static void
ask_unfinished (LeydenOtlpRollout *asked,
                gint64             after_index)
{
  leyden_store_list_rollouts_async (LEYDEN_STORE (asked->receiver->gateway->store), asked->program->run, "running", after_index, LEYDEN_OTLP_TURN, NULL,
                                    unfinished_cb, asked);
}

static void
unfinished_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(LeydenOtlpRollout) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  const LeydenRolloutRow *last;

  asked->busy = FALSE;
  if (rows == NULL)
    g_warning ("Traces of %s that an earlier process left open stay so until spans of them come: %s", asked->program->run, error->message);
  if (asked->receiver == NULL || rows == NULL)
    return;
  /* The last process ended before it could write that all had ended. */
  if (rows->len == 0 && asked->program->n_open == 0)
    leyden_otlp_keep_run (asked->program);
  for (guint i = 0; i < rows->len; i++)
    adopt_trace (asked->program, rows->pdata[i]);
  if (rows->len < LEYDEN_OTLP_TURN)
    return;
  last = rows->pdata[rows->len - 1];
  asked->busy = TRUE;
  ask_unfinished (g_steal_pointer (&asked), last->index);
}

void
leyden_otlp_receiver_adopt (LeydenOtlpReceiver *self,
                            const LeydenRunRow *run)
{
  LeydenOtlpProgram *program = leyden_otlp_find_program (self, leyden_value_get_member_string (run->definition, "service", ""));
  LeydenOtlpRollout *asked;

  /* One whose definition is not ours. */
  if (strcmp (program->run, run->run) != 0)
    return;
  if (!program->known)
    leyden_otlp_take_run (program, run);
  /* It stands for the question alone, and is told when there is nobody any more to answer. */
  asked = leyden_otlp_find_rollout (self, program->run);
  asked->program = program;
  asked->busy = TRUE;
  leyden_otlp_touch (asked);
  ask_unfinished (leyden_otlp_rollout_ref (asked), -1);
}

LeydenOtlpReceiver *
leyden_otlp_receiver_new (LeydenGateway *gateway)
{
  LeydenOtlpReceiver *self = g_new0 (LeydenOtlpReceiver, 1);

  self->gateway = gateway;
  self->programs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, leyden_otlp_program_free);
  self->traces = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, leyden_otlp_rollout_unref);
  return self;
}

void
leyden_otlp_receiver_free (LeydenOtlpReceiver *self)
{
  g_autoptr(GError) stopped = g_error_new (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
  GHashTableIter iter;
  gpointer trace;
  LeydenOtlpJob *job;

  if (self->turn != NULL)
    g_source_destroy (self->turn);
  g_clear_pointer (&self->turn, g_source_unref);
  while ((job = g_queue_pop_head (&self->arrived)) != NULL)
    job_done (job, stopped);
  if (self->clock != NULL)
    g_source_destroy (self->clock);
  g_clear_pointer (&self->clock, g_source_unref);
  g_hash_table_iter_init (&iter, self->traces);
  while (g_hash_table_iter_next (&iter, NULL, &trace))
    {
      ((LeydenOtlpRollout *)trace)->receiver = NULL;
      while ((job = g_queue_pop_head (&((LeydenOtlpRollout *)trace)->jobs)) != NULL)
        job_done (job, stopped);
    }
  g_hash_table_unref (self->traces);
  g_hash_table_unref (self->programs);
  g_free (self);
}
