/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an experiment does for its trainer: rollouts, questions to the optimiser's model, traces. */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-experiment-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-id.h"
#include "leyden-json.h"

/* A rollout's id is this much of its call's key: the same call is the same rollout, also after a crash. */
#define ROLLOUT_DIGITS 32
/* The transport retries by itself; this is for outages longer than that. */
#define MAX_TRIES 3
#define TRY_AGAIN_MS 2000

/* A rollout under way and its log. */
typedef struct
{
  LeydenExperiment       *experiment;
  const LeydenTrainerJob *job;
  LeydenRollout          *rollout;
  GPtrArray              *records;      /* LeydenRecord */
  gint64                  started_ns;
} Work;

static void
work_free (Work *self)
{
  g_clear_object (&self->rollout);
  g_clear_object (&self->experiment);
  g_ptr_array_unref (self->records);
  g_free (self);
}

/* ---- What a rollout said ---- */

static void
append_reason (GString    *text,
               const char *title,
               const char *reason)
{
  if (reason == NULL || *reason == '\0')
    return;
  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append_printf (text, "%s: %s", title, reason);
}

/* Why the nodes that judge scored so, in the order of their ids. */
static char *
collect_reasons (LeydenExperiment *self,
                 LeydenValue      *state)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (leyden_plan_get_flow (self->plan));
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      const LeydenNodeType *type = leyden_node_types_lookup (self->types, leyden_node_get_type_name (node));
      LeydenValue *folded = leyden_value_get_member (leyden_value_get_member (state, "nodes"), leyden_node_get_id (node));
      const char *title = leyden_node_get_title (node);

      if (type != NULL && g_strcmp0 (type->category, "evaluation") == 0)
        append_reason (text, *title != '\0' ? title : type->title,
                       leyden_value_get_member_string (leyden_value_get_member (folded, "outputs"), "reason", NULL));
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static const char *
find_error_kind (const LeydenRolloutRow *row,
                 LeydenValue            *state)
{
  if (g_strcmp0 (row->state, "cancelled") == 0)
    return "cancelled";
  if (g_strcmp0 (row->state, "succeeded") != 0)
    return leyden_value_get_member_string (leyden_value_get_member (state, "error"), "code", "failed");
  if (row->error != NULL)
    return row->error;
  return isfinite (row->reward) ? NULL : "no-reward";
}

static LeydenEvaluationRow *
read_evaluation (Work        *work,
                 LeydenValue *state)
{
  LeydenExperiment *self = work->experiment;
  const LeydenRolloutRow *row = leyden_rollout_get_row (work->rollout);
  LeydenEvaluationRow *out = leyden_evaluation_row_new ();
  LeydenValue *answer = leyden_rollout_get_result (work->rollout);

  if (answer == NULL)
    answer = leyden_value_get_member (state, "result");
  out->candidate = g_strdup (work->job->candidate->candidate->id);
  out->item = g_strdup (g_ptr_array_index (self->trainer->item_keys, work->job->item->index));
  out->env = g_strdup (self->env);
  out->rollout = g_strdup (row->rollout);
  out->ok = g_strcmp0 (row->state, "succeeded") == 0 && isfinite (row->reward);
  out->reward = row->reward;
  out->error_kind = g_strdup (find_error_kind (row, state));
  out->feedback = row->error != NULL && !out->ok ? g_strdup (row->error) : collect_reasons (self, state);
  out->answer = answer != NULL ? leyden_value_ref (answer) : NULL;
  out->tokens_in = row->tokens_in;
  out->tokens_out = row->tokens_out;
  out->cost = row->cost;
  out->latency_ms = row->latency_ms;
  out->simulated = row->simulated;
  out->finished_ns = row->finished_ns;
  return out;
}

static LeydenCallRow *
make_call (LeydenExperiment       *self,
           const LeydenTrainerJob *job,
           gint64                  started_ns)
{
  LeydenCallRow *call = g_new0 (LeydenCallRow, 1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "candidate", job->candidate->candidate->id);
  leyden_value_builder_set_string (&b, "item", g_ptr_array_index (self->trainer->item_keys, job->item->index));
  leyden_value_builder_set_int (&b, "sample", 0);
  if (job->reuse)
    leyden_value_builder_set_boolean (&b, "reused", TRUE);
  leyden_value_builder_end (&b);
  call->key = g_strdup (job->call_key);
  call->kind = g_strdup ("evaluate");
  call->step = job->step;
  call->ordinal = job->ordinal;
  call->response = leyden_value_builder_end_value (&b);
  call->request_hash = leyden_json_hash (call->response);
  call->started_ns = started_ns;
  call->finished_ns = leyden_time_now_ns ();
  return call;
}

/* ---- Writing what came of it ---- */

typedef struct
{
  LeydenExperiment    *experiment;
  LeydenEvaluationRow *row;             /* NULL: only the call */
} Written;

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Written *written = data;
  g_autoptr(LeydenExperiment) self = written->experiment;
  g_autoptr(LeydenEvaluationRow) row = written->row;
  GError *error = NULL;
  gboolean ok = leyden_store_put_experiment_finish (LEYDEN_STORE (object), result, &error);

  g_free (written);
  self->n_writing--;
  if (self->suspended || self->finished)
    {
      g_clear_error (&error);
      return;
    }
  if (!ok)
    {
      leyden_experiment_fail (self, error);
      return;
    }
  if (row != NULL)
    leyden_trainer_learn (self->trainer, row->candidate, row->item, leyden_trainer_read_row (self->trainer, row));
  leyden_experiment_changed (self);
  leyden_experiment_go_on (self);
}

static void
write_job (LeydenExperiment       *self,
           const LeydenTrainerJob *job,
           gint64                  started_ns,
           LeydenEvaluationRow    *row)
{
  LeydenExperimentBatch *batch = leyden_experiment_new_batch (self);
  Written *written = g_new0 (Written, 1);

  written->experiment = g_object_ref (self);
  if (row != NULL)
    {
      written->row = row;
      g_ptr_array_add (batch->evaluations, leyden_evaluation_row_copy (row));
    }
  g_ptr_array_add (batch->calls, make_call (self, job, started_ns));
  self->n_writing++;
  leyden_experiment_write (self, batch, written_cb, written);
}

/* ---- Rollouts ---- */

static void
keep_evaluation (Work        *work,
                 LeydenValue *state)
{
  LeydenExperiment *self = work->experiment;

  g_ptr_array_remove_fast (self->active, work->rollout);
  if (self->trainer->stopping && g_strcmp0 (leyden_rollout_get_state (work->rollout), "cancelled") == 0)
    leyden_experiment_go_on (self);
  else
    write_job (self, work->job, work->started_ns, read_evaluation (work, state));
}

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Work *work = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) state = leyden_store_fold_finish (LEYDEN_STORE (object), result, &error);

  /* Without its log the row still says what it scored. */
  if (!work->experiment->suspended && !work->experiment->finished)
    keep_evaluation (work, state);
  work_free (work);
}

static LeydenValue *
fold_records (GPtrArray *records)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  gpointer state = reducer->init ();
  LeydenValue *value;

  for (guint i = 0; i < records->len; i++)
    reducer->apply (state, g_ptr_array_index (records, i));
  value = reducer->serialise (state);
  reducer->free (state);
  return value;
}

static void
record_cb (LeydenRollout *rollout,
           LeydenRecord  *record,
           Work          *work)
{
  g_ptr_array_add (work->records, leyden_record_ref (record));
}

static void
rollout_finished_cb (LeydenRollout *rollout,
                     Work          *work)
{
  LeydenExperiment *self = work->experiment;
  const LeydenRecord *first = work->records->len > 0 ? g_ptr_array_index (work->records, 0) : NULL;

  g_signal_handlers_disconnect_by_data (rollout, work);
  if (first == NULL || first->sequence != 1)
    {
      /* It was begun by an earlier process: the log has all of it. */
      leyden_store_fold_async (self->store, leyden_rollout_get_id (rollout), 0, leyden_rollout_reducer (), NULL, folded_cb, work);
      return;
    }
  {
    g_autoptr(LeydenValue) state = fold_records (work->records);

    keep_evaluation (work, state);
  }
  work_free (work);
}

static LeydenValue *
describe_training (LeydenExperiment      *self,
                   const LeydenCandidate *candidate)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "experiment", self->id);
  leyden_value_builder_set_string (&b, "candidate", candidate->id);
  leyden_value_builder_set_int (&b, "step", candidate->step);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
start_rollout (LeydenExperiment       *self,
               const LeydenTrainerJob *job)
{
  g_autofree char *id = g_strndup (job->call_key, ROLLOUT_DIGITS);
  g_autoptr(LeydenValue) training = describe_training (self, job->candidate->candidate);
  LeydenRolloutSpec spec = {
    .rollout = id, .index = job->item->row, .item = job->item->item, .split = job->item->split, .plan = self->plan,
    .input = job->item->input, .slots = job->candidate->candidate->slots, .training = training, .seed = self->trainer->seed,
    .time_scale = self->time_scale, .deadline_s = self->deadline_s, .rerun_unsafe = self->rerun_unsafe,
  };
  Work *work = g_new0 (Work, 1);

  work->experiment = g_object_ref (self);
  work->job = job;
  work->records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  work->started_ns = leyden_time_now_ns ();
  work->rollout = leyden_engine_start_rollout (self->engine, &spec);
  g_object_set_data (G_OBJECT (work->rollout), "leyden-experiment-work", work);
  g_signal_connect (work->rollout, "record", G_CALLBACK (record_cb), work);
  g_signal_connect (work->rollout, "finished", G_CALLBACK (rollout_finished_cb), work);
  g_ptr_array_add (self->active, g_object_ref (work->rollout));
}

static void
check_time (LeydenExperiment *self)
{
  guint wall_s = self->trainer->budget.wall_s;

  if (wall_s > 0 && leyden_experiment_get_wall_ms (self) >= (guint64) wall_s * 1000)
    leyden_trainer_stop (self->trainer, "time", FALSE);
}

static void
start_jobs (LeydenExperiment *self)
{
  LeydenTrainer *trainer = self->trainer;
  GPtrArray *jobs = trainer->request.jobs;

  if (!self->busy)
    return;
  check_time (self);
  while (!self->paused && !trainer->stopping && self->next_job < jobs->len && self->active->len + self->n_writing < self->concurrency)
    {
      const LeydenTrainerJob *job = g_ptr_array_index (jobs, self->next_job++);

      if (job->reuse)
        write_job (self, job, leyden_time_now_ns (), NULL);
      else
        start_rollout (self, job);
    }
  if (self->active->len > 0 || self->n_writing > 0 || (self->next_job < jobs->len && !trainer->stopping))
    return;
  self->busy = FALSE;
  leyden_experiment_advance (self);
}

guint64
leyden_experiment_count_open (LeydenExperiment *self)
{
  const LeydenTrainerRequest *request = &self->trainer->request;

  if (request->kind != LEYDEN_TRAINER_EVALUATE || leyden_coroutine_has_ended (self->trainer->coroutine))
    return 0;
  return self->busy ? request->jobs->len - self->next_job + self->active->len + self->n_writing : request->jobs->len;
}

/* What is under way no longer tells us anything; @cancel: and is told to end. */
void
leyden_experiment_let_go (LeydenExperiment *self,
                          gboolean          cancel)
{
  g_autoptr(GPtrArray) active = g_steal_pointer (&self->active);

  self->active = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < active->len; i++)
    {
      LeydenRollout *rollout = g_ptr_array_index (active, i);
      Work *work = g_object_get_data (G_OBJECT (rollout), "leyden-experiment-work");

      g_object_set_data (G_OBJECT (rollout), "leyden-experiment-work", NULL);
      if (g_signal_handlers_disconnect_by_data (rollout, work) > 0)
        work_free (work);
      if (cancel)
        leyden_rollout_cancel (rollout, _("The training was stopped"));
    }
}

/* ---- The optimiser's model ---- */

/* A question under way. */
typedef struct
{
  LeydenExperiment *experiment;
  LeydenTrainerAsk *ask;                /* of the request, which waits for it */
  guint             n_tries;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_object_unref (self->experiment);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static LeydenValue *
make_body (LeydenExperiment       *self,
           const LeydenTrainerAsk *ask)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "model", self->model);
  leyden_value_builder_set (&b, "messages", ask->messages);
  leyden_value_builder_set_double (&b, "temperature", ask->temperature);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
read_answer (LeydenValue *answer)
{
  LeydenValue *message = leyden_value_get_member (answer, "message");
  LeydenValue *usage = leyden_value_get_member (answer, "usage");
  const char *text = leyden_value_get_member_string (message, "content", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "text", text);
  if (text == NULL)
    leyden_value_builder_set_string (&b, "why", leyden_value_get_member_string (message, "refusal", _("The answer has no text")));
  leyden_value_builder_set_int (&b, "tokens_in", leyden_value_get_member_int (usage, "prompt_tokens", 0));
  leyden_value_builder_set_int (&b, "tokens_out", leyden_value_get_member_int (usage, "completion_tokens", 0));
  leyden_value_builder_set_double (&b, "cost", leyden_value_get_member_double (answer, "cost", 0));
  leyden_value_builder_set_boolean (&b, "simulated", leyden_value_get_member_boolean (answer, "simulated", FALSE));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
answer_written_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr(LeydenExperiment) self = data;
  GError *error = NULL;
  gboolean ok = leyden_store_put_experiment_finish (LEYDEN_STORE (object), result, &error);

  self->n_writing--;
  if (self->suspended || self->finished)
    g_clear_error (&error);
  else if (ok)
    leyden_experiment_go_on (self);
  else
    leyden_experiment_fail (self, error);
}

static void
write_answer (LeydenExperiment       *self,
              const LeydenTrainerAsk *ask)
{
  LeydenExperimentBatch *batch = leyden_experiment_new_batch (self);
  LeydenCallRow *call = g_new0 (LeydenCallRow, 1);

  call->key = g_strdup (ask->call_key);
  call->kind = g_strdup (ask->kind);
  call->step = ask->step;
  call->ordinal = ask->ordinal;
  call->request_hash = leyden_trainer_hash_ask (ask->kind, ask->messages, ask->temperature);
  call->response = leyden_value_ref (ask->answer);
  call->finished_ns = leyden_time_now_ns ();
  call->started_ns = call->finished_ns;
  g_ptr_array_add (batch->calls, call);
  self->n_writing++;
  leyden_experiment_write (self, batch, answer_written_cb, g_object_ref (self));
}

/* Whether the request of the question is still the one that is wanted: nobody has ended it. */
static gboolean
is_wanted (LeydenExperiment *self)
{
  return !self->suspended && !self->finished && self->finished_ns == 0;
}

/* @question: (transfer full) */
static void ask (Question *question);

static gboolean
ask_again_cb (gpointer data)
{
  g_autoptr(Question) question = data;
  LeydenExperiment *self = question->experiment;

  if (!is_wanted (self))
    return G_SOURCE_REMOVE;
  if (!self->trainer->stopping)
    {
      ask (g_steal_pointer (&question));
      return G_SOURCE_REMOVE;
    }
  self->n_asking--;
  leyden_experiment_go_on (self);
  return G_SOURCE_REMOVE;
}

static void
ask_later (Question *question)
{
  g_autoptr(GSource) source = g_timeout_source_new (TRY_AGAIN_MS);

  g_source_set_callback (source, ask_again_cb, question, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Question) question = data;
  LeydenExperiment *self = question->experiment;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (object), result, &error);

  if (!is_wanted (self))
    return;
  if (answer == NULL && !self->trainer->stopping && ++question->n_tries < MAX_TRIES
      && g_error_matches (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE))
    {
      ask_later (g_steal_pointer (&question));
      return;
    }
  self->n_asking--;
  if (self->trainer->stopping)
    leyden_experiment_go_on (self);
  else if (answer != NULL)
    {
      question->ask->answer = read_answer (answer);
      write_answer (self, question->ask);
    }
  else
    leyden_experiment_fail (self, g_error_new (LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_MODEL,
                                               _("The optimiser's model gave no answer: %s"), error->message));
}

static void
ask (Question *question)
{
  LeydenExperiment *self = question->experiment;
  g_autoptr(LeydenValue) body = make_body (self, question->ask);
  LeydenModelCall call = {
    .endpoint = self->endpoint, .body = body, .world_seed = self->trainer->seed, .sample = question->ask->sample,
    .time_scale = self->time_scale,
  };

  leyden_model_transport_send_async (self->transport, &call, self->cancellable, answered_cb, question);
}

/* A pause holds back what has not begun, as it does with rollouts. */
static void
start_asks (LeydenExperiment *self)
{
  LeydenTrainer *trainer = self->trainer;
  GPtrArray *asks = trainer->request.asks;

  if (!self->busy)
    return;
  check_time (self);
  while (!self->paused && !trainer->stopping && self->next_ask < asks->len && self->n_asking + self->n_writing < self->concurrency)
    {
      Question *question = g_new0 (Question, 1);

      question->experiment = g_object_ref (self);
      question->ask = g_ptr_array_index (asks, self->next_ask++);
      self->n_asking++;
      ask (question);
    }
  if (self->n_asking > 0 || self->n_writing > 0 || (self->next_ask < asks->len && !trainer->stopping))
    return;
  self->busy = FALSE;
  leyden_experiment_advance (self);
}

void
leyden_experiment_go_on (LeydenExperiment *self)
{
  switch (self->trainer->request.kind)
    {
    case LEYDEN_TRAINER_EVALUATE:
      start_jobs (self);
      break;
    case LEYDEN_TRAINER_ASK:
      start_asks (self);
      break;
    case LEYDEN_TRAINER_TRACE:
    case LEYDEN_TRAINER_NOTHING:
    default:
      break;
    }
}

/* ---- Traces ---- */

static void
trace_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenExperiment) self = data;
  g_autoptr(LeydenValue) state = leyden_store_fold_finish (LEYDEN_STORE (object), result, NULL);

  if (self->suspended || self->finished)
    return;
  /* A log that retention took is no reason to stop: the optimiser goes by what the evaluation itself says. */
  self->trainer->request.state = g_steal_pointer (&state);
  self->busy = FALSE;
  leyden_experiment_advance (self);
}

void
leyden_experiment_perform (LeydenExperiment *self)
{
  if (self->paused)
    {
      self->held = TRUE;
      return;
    }
  self->held = FALSE;
  check_time (self);
  if (self->trainer->stopping && self->trainer->request.kind != LEYDEN_TRAINER_EVALUATE)
    {
      leyden_experiment_advance (self);
      return;
    }
  if (!self->has_worked)
    {
      self->has_worked = TRUE;
      self->worked_us = g_get_monotonic_time ();
      self->calls_before = self->trainer->task_calls - leyden_experiment_count_open (self);
    }
  self->busy = TRUE;
  switch (self->trainer->request.kind)
    {
    case LEYDEN_TRAINER_EVALUATE:
      self->next_job = 0;
      start_jobs (self);
      break;
    case LEYDEN_TRAINER_ASK:
      self->next_ask = 0;
      start_asks (self);
      break;
    case LEYDEN_TRAINER_TRACE:
      leyden_store_fold_async (self->store, self->trainer->request.rollout, 0, leyden_rollout_reducer (), NULL, trace_cb, g_object_ref (self));
      break;
    case LEYDEN_TRAINER_NOTHING:
    default:
      g_assert_not_reached ();
    }
}
