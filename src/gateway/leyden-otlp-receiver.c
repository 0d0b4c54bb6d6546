/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp-receiver.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-otlp-trace.h"
#include "leyden-text.h"

/* A trace without a root to which nothing comes for so long has ended. Exporters send every few seconds. */
#define QUIET_US (60 * G_USEC_PER_SEC)
/* What is known of a trace that has ended is kept for late spans; after that its log is read again. */
#define KEEP_US (300 * G_USEC_PER_SEC)
#define MAX_KEPT 2000
/* Traces without an end beyond these end as they stand, those that were quiet for longest first. */
#define MAX_OPEN 10000
/* Of jobs that are under way, and so of what one turn of the main loop does: some 10 ms. */
#define MAX_FLYING 500
#define CLOCK_S 5
/* Programs beyond these share one run. */
#define MAX_PROGRAMS 1000
#define OTHERS "others"
#define MAX_TITLE 120

/* Of a program. */
typedef struct
{
  LeydenOtlpReceiver *receiver;
  char               *run;
  char               *service;
  gint64              created_ns;
  gint64              n_items;
  guint               n_open;           /* traces without an end */
  gboolean            known;            /* it was looked for in the store */
  GPtrArray          *waiting;          /* Trace: until it is known */
} Program;

/* Spans of one request for one trace. */
typedef struct
{
  GTask     *task;
  GPtrArray *spans;                     /* borrowed from the batch */
} Job;

/* A trace as a rollout. */
typedef struct
{
  guint               refs;
  LeydenOtlpReceiver *receiver;         /* NULL: it is no more */
  char               *rollout;
  char               *trace_id;
  Program            *program;          /* NULL: not known yet */
  LeydenOtlpTrace    *log;              /* NULL: to be read */
  GQueue              jobs;
  gint64              touched_us;
  GList               link;             /* in by_touch, while it is open */
  gboolean            busy;
  gboolean            open;             /* counted in n_open */
  gboolean            started;          /* with this append */
  gboolean            ended;
  gboolean            of_job;           /* the append is that of the first job */
} Trace;

struct _LeydenOtlpReceiver
{
  LeydenGateway *gateway;               /* borrowed */
  GHashTable    *programs;              /* run → Program */
  GHashTable    *traces;                /* rollout → Trace */
  GQueue         arrived;               /* Job: not begun */
  guint          n_flying;              /* jobs that are */
  GQueue         by_touch;              /* open Traces, those that were quiet for longest first */
  GSource       *turn;                  /* to begin more of them, or to end traces */
  GSource       *clock;
};

static void advance (Trace *trace);
static void plan_turn (LeydenOtlpReceiver *self);

/* ---- Parts ---- */

static void
job_free (Job *job)
{
  g_object_unref (job->task);
  g_ptr_array_unref (job->spans);
  g_free (job);
}

static Trace *
trace_ref (Trace *self)
{
  self->refs++;
  return self;
}

static void
trace_unref (gpointer data)
{
  Trace *self = data;

  if (--self->refs > 0)
    return;
  g_queue_clear_full (&self->jobs, (GDestroyNotify)job_free);
  g_clear_pointer (&self->log, leyden_otlp_trace_free);
  g_free (self->rollout);
  g_free (self->trace_id);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Trace, trace_unref)

static void
program_free (gpointer data)
{
  Program *self = data;

  g_ptr_array_unref (self->waiting);
  g_free (self->run);
  g_free (self->service);
  g_free (self);
}

/* The same program, the same run, also after a restart. */
static char *
make_run_id (const char *service)
{
  g_autofree char *text = g_strconcat ("otlp ", service, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strndup (digest, 32);
}

static Program *
find_program (LeydenOtlpReceiver *self,
              const char         *service)
{
  g_autofree char *run = make_run_id (service);
  Program *program = g_hash_table_lookup (self->programs, run);

  if (program != NULL)
    return program;
  if (g_hash_table_size (self->programs) >= MAX_PROGRAMS && strcmp (service, OTHERS) != 0)
    return find_program (self, OTHERS);
  program = g_new0 (Program, 1);
  program->receiver = self;
  program->run = g_steal_pointer (&run);
  program->service = g_strdup (service);
  program->created_ns = leyden_time_now_ns ();
  program->waiting = g_ptr_array_new_with_free_func (trace_unref);
  g_hash_table_insert (self->programs, program->run, program);
  return program;
}

static Trace *
find_trace (LeydenOtlpReceiver *self,
            const char         *trace_id)
{
  g_autofree char *rollout = g_strconcat ("otlp-", trace_id, NULL);
  Trace *trace = g_hash_table_lookup (self->traces, rollout);

  if (trace != NULL)
    return trace;
  trace = g_new0 (Trace, 1);
  trace->refs = 1;
  trace->receiver = self;
  trace->rollout = g_steal_pointer (&rollout);
  trace->trace_id = g_strdup (trace_id);
  trace->link.data = trace;
  g_queue_init (&trace->jobs);
  g_hash_table_insert (self->traces, trace->rollout, trace);
  return trace;
}

/* ---- Runs ---- */

gboolean
leyden_otlp_is_run (LeydenValue *definition)
{
  return strcmp (leyden_value_get_member_string (definition, "purpose", ""), "otlp") == 0;
}

static LeydenRunRow *
make_run (const Program *program)
{
  g_autofree char *title = leyden_text_escape (program->service, -1, MAX_TITLE);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenRunRow *row = leyden_run_row_new ();

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", title);
  leyden_value_builder_set_string (&b, "purpose", "otlp");
  leyden_value_builder_set_string (&b, "service", program->service);
  leyden_value_builder_end (&b);
  leyden_value_unref (row->definition);
  row->definition = leyden_value_builder_end_value (&b);
  row->run = g_strdup (program->run);
  row->created_ns = program->created_ns;
  row->n_items = program->n_items;
  g_free (row->state);
  row->state = g_strdup (program->n_open > 0 ? "running" : "succeeded");
  row->finished_ns = program->n_open > 0 ? 0 : leyden_time_now_ns ();
  return row;
}

static void
run_kept_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;

  /* The rollout that needs it is refused for the same reason, and its request answered so. */
  if (!leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error))
    g_info ("The run of a program cannot be written: %s", error->message);
}

static void
keep_run (Program *program)
{
  LeydenGateway *gateway = program->receiver->gateway;
  g_autoptr(LeydenRunRow) row = make_run (program);

  leyden_store_put_run_async (LEYDEN_STORE (gateway->store), row, NULL, run_kept_cb, NULL);
  if (gateway->hub != NULL && leyden_event_hub_get_n_clients (gateway->hub) > 0)
    {
      g_autoptr(LeydenValue) run = leyden_run_describe (row, NULL);

      leyden_event_hub_run_changed (gateway->hub, run);
    }
}

static void
set_open (Trace    *trace,
          gboolean  open)
{
  guint n;

  if (trace->open == open || trace->program == NULL)
    return;
  trace->open = open;
  if (open)
    g_queue_push_tail_link (&trace->receiver->by_touch, &trace->link);
  else
    g_queue_unlink (&trace->receiver->by_touch, &trace->link);
  n = open ? ++trace->program->n_open : trace->program->n_open--;
  /* Only the first and the last of them change how the run stands. */
  if (n == 1)
    keep_run (trace->program);
}

static void
take_run (Program            *program,
          const LeydenRunRow *row)
{
  program->created_ns = row->created_ns;
  program->n_items = row->n_items;
  program->known = TRUE;
}

static void
run_found_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(Trace) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRunRow) row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  g_autoptr(GPtrArray) waiting = NULL;

  if (asked->receiver == NULL)
    return;
  if (row != NULL)
    take_run (asked->program, row);
  asked->program->known = TRUE;
  waiting = g_steal_pointer (&asked->program->waiting);
  asked->program->waiting = g_ptr_array_new_with_free_func (trace_unref);
  for (guint i = 0; i < waiting->len; i++)
    {
      Trace *trace = waiting->pdata[i];

      trace->busy = FALSE;
      advance (trace);
    }
}

/* FALSE: it is looked for, and the trace goes on when it is known. */
static gboolean
know_program (Trace *trace)
{
  Program *program = trace->program;

  if (program->known)
    return TRUE;
  trace->busy = TRUE;
  g_ptr_array_add (program->waiting, trace_ref (trace));
  if (program->waiting->len == 1)
    leyden_store_get_run_async (LEYDEN_STORE (trace->receiver->gateway->store), program->run, NULL, run_found_cb, trace_ref (trace));
  return FALSE;
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
job_done (Job          *job,
          const GError *error)
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
first_done (Trace        *trace,
            const GError *error)
{
  LeydenOtlpReceiver *self = trace->receiver;

  self->n_flying--;
  job_done (g_queue_pop_head (&trace->jobs), error);
  if (!g_queue_is_empty (&self->arrived) || self->by_touch.length > MAX_OPEN)
    plan_turn (self);
}

/* What was thought of the log may not be so: it is read again. */
static void
forget_log (Trace *trace)
{
  set_open (trace, FALSE);
  g_clear_pointer (&trace->log, leyden_otlp_trace_free);
}

static void
fail_all (Trace        *trace,
          const GError *error)
{
  forget_log (trace);
  while (!g_queue_is_empty (&trace->jobs))
    first_done (trace, error);
}

/* ---- Writing ---- */

static void
announce (Trace *trace)
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
  g_autoptr(Trace) trace = data;
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
        plan_turn (trace->receiver);
    }
  else
    fail_all (trace, error);
  advance (trace);
}

static void
write_records (Trace     *trace,
               GPtrArray *records)
{
  trace->busy = TRUE;
  leyden_store_append_async (LEYDEN_STORE (trace->receiver->gateway->store), records, trace->log->row, written_cb, trace_ref (trace));
}

/* The spans of the first job. */
static void
write_job (Trace *trace)
{
  Job *job = g_queue_peek_head (&trace->jobs);
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
  set_open (trace, !log->finished);
  if (trace->of_job)
    write_records (trace, records);
  else
    first_done (trace, NULL);
}

/* ---- Reading ---- */

static void
log_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Trace) trace = data;
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_store_scan_rollout_finish (LEYDEN_STORE (object), result, &error);

  trace->busy = FALSE;
  if (trace->receiver == NULL)
    return;
  if (!ok)
    fail_all (trace, error);
  else
    set_open (trace, !trace->log->finished);
  advance (trace);
}

/* In a thread of the store: the trace is busy, nobody else looks at its log. */
static gboolean
recall_cb (GPtrArray *records,
           gpointer   data)
{
  Trace *trace = data;

  for (guint i = 0; i < records->len; i++)
    leyden_otlp_trace_recall (trace->log, records->pdata[i]);
  return TRUE;
}

static LeydenRolloutRow *
make_row (Trace *trace)
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
  g_autoptr(Trace) trace = data;
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
      leyden_store_scan_rollout_async (LEYDEN_STORE (object), trace->rollout, 0, recall_cb, trace, NULL, log_read_cb, trace_ref (trace));
      return;
    }
  if (g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    {
      trace->log = leyden_otlp_trace_new (trace->trace_id, make_row (trace));
      /* In the queue of the writer before the rollout that names it. */
      keep_run (trace->program);
    }
  else
    fail_all (trace, error);
  advance (trace);
}

/* One step; the callbacks make the next. */
static void
advance (Trace *trace)
{
  while (!trace->busy && !g_queue_is_empty (&trace->jobs))
    {
      Job *job = g_queue_peek_head (&trace->jobs);
      const LeydenOtlpSpan *first = job->spans->pdata[0];

      if (trace->program == NULL)
        trace->program = find_program (trace->receiver, leyden_otlp_find_service (first->resource));
      if (!know_program (trace))
        return;
      if (trace->log != NULL)
        {
          write_job (trace);
          continue;
        }
      trace->busy = TRUE;
      leyden_store_get_rollout_async (LEYDEN_STORE (trace->receiver->gateway->store), trace->rollout, NULL, row_found_cb, trace_ref (trace));
    }
}

/* ---- The clock: traces that nobody ends, and those that are forgotten ---- */

static gboolean
clock_cb (gpointer data)
{
  LeydenOtlpReceiver *self = data;
  gint64 now_us = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->traces);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Trace *trace = value;
      gint64 quiet_us = now_us - trace->touched_us;

      if (trace->busy || !g_queue_is_empty (&trace->jobs))
        continue;
      if (!trace->open && (quiet_us > KEEP_US || g_hash_table_size (self->traces) > MAX_KEPT))
        g_hash_table_iter_remove (&iter);
    }
  plan_turn (self);
  if (g_hash_table_size (self->traces) > 0)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->clock, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* ---- Turns: a request may have tens of thousands of traces, and other requests wait meanwhile ---- */

static void
touch (Trace *trace)
{
  LeydenOtlpReceiver *self = trace->receiver;

  trace->touched_us = g_get_monotonic_time ();
  if (trace->open)
    {
      g_queue_unlink (&self->by_touch, &trace->link);
      g_queue_push_tail_link (&self->by_touch, &trace->link);
    }
  if (self->clock != NULL)
    return;
  self->clock = g_timeout_source_new_seconds (CLOCK_S);
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
}

static void
begin_jobs (LeydenOtlpReceiver *self)
{
  for (guint i = 0; i < MAX_FLYING && self->n_flying < MAX_FLYING && !g_queue_is_empty (&self->arrived); i++)
    {
      Job *job = g_queue_pop_head (&self->arrived);
      g_autoptr(Trace) trace = trace_ref (find_trace (self, ((LeydenOtlpSpan *)job->spans->pdata[0])->trace_id));

      self->n_flying++;
      g_queue_push_tail (&trace->jobs, job);
      touch (trace);
      advance (trace);
    }
}

static void
give_up (Trace *trace)
{
  g_autoptr(GPtrArray) records = leyden_otlp_trace_give_up (trace->log);

  trace->started = FALSE;
  trace->ended = TRUE;
  trace->of_job = FALSE;
  set_open (trace, FALSE);
  write_records (trace, records);
}

/* Those that were quiet for too long, and those that are too many. */
static void
end_traces (LeydenOtlpReceiver *self)
{
  gint64 quiet_since_us = g_get_monotonic_time () - QUIET_US;
  GList *next;
  guint n = 0;

  for (GList *l = self->by_touch.head; l != NULL && n < MAX_FLYING; l = next, n++)
    {
      Trace *trace = l->data;

      next = l->next;
      if (trace->touched_us > quiet_since_us && self->by_touch.length <= MAX_OPEN)
        return;
      if (!trace->busy && g_queue_is_empty (&trace->jobs))
        give_up (trace);
    }
}

static gboolean
turn_cb (gpointer data)
{
  LeydenOtlpReceiver *self = data;

  g_clear_pointer (&self->turn, g_source_unref);
  begin_jobs (self);
  end_traces (self);
  /* Where all that is under way is, its ends go on with the rest. */
  if (!g_queue_is_empty (&self->arrived) && self->n_flying < MAX_FLYING)
    plan_turn (self);
  return G_SOURCE_REMOVE;
}

static void
plan_turn (LeydenOtlpReceiver *self)
{
  if (self->turn != NULL)
    return;
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->turn, turn_cb, self, NULL);
  g_source_attach (self->turn, g_main_context_get_thread_default ());
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
      Job *job = g_hash_table_lookup (by_trace, span->trace_id);

      if (job == NULL)
        {
          job = g_new0 (Job, 1);
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
  plan_turn (self);
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
adopt_trace (Program                *program,
             const LeydenRolloutRow *row)
{
  LeydenOtlpReceiver *self = program->receiver;
  Trace *trace;

  if (!g_str_has_prefix (row->rollout, "otlp-"))
    return;
  trace = find_trace (self, row->rollout + strlen ("otlp-"));
  if (trace->busy || trace->log != NULL)
    return;
  trace->program = program;
  trace->busy = TRUE;
  touch (trace);
  leyden_store_get_rollout_async (LEYDEN_STORE (self->gateway->store), trace->rollout, NULL, row_found_cb, trace_ref (trace));
}

static void unfinished_cb (GObject *object, GAsyncResult *result, gpointer data);

/* Takes the reference; one turn's worth. */
static void
ask_unfinished (Trace  *asked,
                gint64  after_index)
{
  leyden_store_list_rollouts_async (LEYDEN_STORE (asked->receiver->gateway->store), asked->program->run, "running", after_index, MAX_FLYING, NULL,
                                    unfinished_cb, asked);
}

static void
unfinished_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(Trace) asked = data;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, NULL);
  const LeydenRolloutRow *last;

  asked->busy = FALSE;
  if (asked->receiver == NULL || rows == NULL)
    return;
  /* The last process ended before it could write that all had ended. */
  if (rows->len == 0 && asked->program->n_open == 0)
    keep_run (asked->program);
  for (guint i = 0; i < rows->len; i++)
    adopt_trace (asked->program, rows->pdata[i]);
  if (rows->len < MAX_FLYING)
    return;
  last = rows->pdata[rows->len - 1];
  asked->busy = TRUE;
  ask_unfinished (g_steal_pointer (&asked), last->index);
}

void
leyden_otlp_receiver_adopt (LeydenOtlpReceiver *self,
                            const LeydenRunRow *run)
{
  Program *program = find_program (self, leyden_value_get_member_string (run->definition, "service", ""));
  Trace *asked;

  /* One whose definition is not ours. */
  if (strcmp (program->run, run->run) != 0)
    return;
  if (!program->known)
    take_run (program, run);
  /* It stands for the question alone, and is told when there is nobody any more to answer. */
  asked = find_trace (self, program->run);
  asked->program = program;
  asked->busy = TRUE;
  touch (asked);
  ask_unfinished (trace_ref (asked), -1);
}

LeydenOtlpReceiver *
leyden_otlp_receiver_new (LeydenGateway *gateway)
{
  LeydenOtlpReceiver *self = g_new0 (LeydenOtlpReceiver, 1);

  self->gateway = gateway;
  self->programs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, program_free);
  self->traces = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, trace_unref);
  return self;
}

void
leyden_otlp_receiver_free (LeydenOtlpReceiver *self)
{
  g_autoptr(GError) stopped = g_error_new (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
  GHashTableIter iter;
  gpointer trace;
  Job *job;

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
      ((Trace *)trace)->receiver = NULL;
      while ((job = g_queue_pop_head (&((Trace *)trace)->jobs)) != NULL)
        job_done (job, stopped);
    }
  g_hash_table_unref (self->traces);
  g_hash_table_unref (self->programs);
  g_free (self);
}
