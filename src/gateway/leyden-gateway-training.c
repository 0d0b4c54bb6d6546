/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* Experiments under way, from the request (or the take-up at the start) to their end.
 *
 *   prepared ─go_live─► live ─first "changed"─► begun: its row is on disk, orders are followed
 *
 * An order that comes before is kept until then: the experiment reads what the store knows of it first. */

/* A snapshot above this goes out as {"changed": true} while the experiment runs, and is asked for. */
#define LARGE_SNAPSHOT (256 * 1024)
/* Ended experiments that were looked into item by item, kept for the next look. */
#define MOST_ENDED 4

/* ---- As JSON ---- */

static LeydenValue *
find_candidate (LeydenValue *snapshot,
                const char  *member)
{
  const char *id = leyden_value_get_member_string (snapshot, member, NULL);
  LeydenValue *candidates = leyden_value_get_member (snapshot, "candidates");

  for (guint i = 0; id != NULL && i < leyden_value_get_size (candidates); i++)
    {
      LeydenValue *candidate = leyden_value_get_item (candidates, i);

      if (g_strcmp0 (leyden_value_get_member_string (candidate, "candidate", NULL), id) == 0)
        return candidate;
    }
  return NULL;
}

/* Of one that has shown nothing yet, what its definition says. */
static LeydenValue *
make_blank_snapshot (const LeydenExperimentRow *row)
{
  static const char * const copied[] = { "title", "optimizer", "flow", "flow_id", "dataset", "seed" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "experiment", row->experiment);
  leyden_value_builder_set_string (&b, "state", row->state);
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    leyden_value_builder_set (&b, copied[i], leyden_value_get_member (row->definition, copied[i]));
  leyden_value_builder_set_int (&b, "created_ns", row->created_ns);
  leyden_value_builder_set_int (&b, "finished_ns", row->finished_ns);
  leyden_value_builder_set (&b, "verdict", NULL);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_gateway_stored_snapshot (const LeydenExperimentRow *row)
{
  g_autoptr(LeydenValue) state = NULL;

  if (row->snapshot == NULL)
    return make_blank_snapshot (row);
  /* The row's state is the newer one. */
  state = leyden_value_new_string (row->state, -1);
  return leyden_value_with_member (row->snapshot, "state", state);
}

LeydenValue *
leyden_gateway_experiment_to_row (LeydenActiveExperiment    *active,
                                  const LeydenExperimentRow *row)
{
  static const char * const copied[] = {
    "experiment", "state", "stop_reason", "title", "optimizer", "flow", "flow_id", "dataset", "simulated", "created_ns", "finished_ns",
    "budget", "spent", "seconds_left",
  };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) snapshot = NULL;
  LeydenValue *verdict;

  snapshot = active != NULL && active->live != NULL ? leyden_experiment_snapshot (active->live) : leyden_gateway_stored_snapshot (row);
  verdict = leyden_value_get_member (snapshot, "verdict");
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    leyden_value_builder_set (&b, copied[i], leyden_value_get_member (snapshot, copied[i]));
  leyden_value_builder_set (&b, "baseline_mean", leyden_value_get_member (find_candidate (snapshot, "baseline"), "mean"));
  leyden_value_builder_set (&b, "mean", leyden_value_get_member (find_candidate (snapshot, "best"), "mean"));
  leyden_value_builder_set (&b, "sentence", leyden_value_get_member (verdict, "sentence"));
  leyden_value_builder_set (&b, "verdict", verdict);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_gateway_trim_snapshot (LeydenValue *snapshot)
{
  static const char * const copied[] = { "experiment", "state", "spent", "seconds_left" };
  g_autofree char *text = leyden_json_write (snapshot, LEYDEN_JSON_COMPACT);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (strlen (text) <= LARGE_SNAPSHOT)
    return leyden_value_ref (snapshot);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "changed", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    leyden_value_builder_set (&b, copied[i], leyden_value_get_member (snapshot, copied[i]));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- One that is active ---- */

void
leyden_active_experiment_free (LeydenActiveExperiment *self)
{
  g_autoptr(GError) error = g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");

  if (self->live != NULL)
    g_signal_handlers_disconnect_by_data (self->live, self);
  g_clear_object (&self->live);
  for (guint i = 0; i < self->waiting->len; i++)
    leyden_gateway_respond_gerror (g_ptr_array_index (self->waiting, i), error);
  g_ptr_array_unref (self->waiting);
  leyden_value_unref (self->definition);
  g_free (self->experiment);
  g_free (self->key);
  g_free (self);
}

LeydenActiveExperiment *
leyden_gateway_add_experiment (LeydenGateway *self,
                               const char    *experiment,
                               const char    *key,
                               LeydenValue   *definition)
{
  LeydenActiveExperiment *active = g_new0 (LeydenActiveExperiment, 1);

  active->gateway = self;
  active->experiment = g_strdup (experiment);
  active->key = g_strdup (key);
  active->definition = leyden_value_ref (definition);
  active->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  g_hash_table_insert (self->experiments, active->experiment, active);
  g_hash_table_remove (self->ended_experiments, experiment);
  leyden_gateway_touch (self);
  return active;
}

static void
answer_waiting (LeydenActiveExperiment *active)
{
  const GError *error = leyden_experiment_get_error (active->live);
  g_autoptr(GPtrArray) waiting = g_steal_pointer (&active->waiting);
  g_autoptr(LeydenValue) row = NULL;

  active->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  if (waiting->len == 0)
    return;
  row = leyden_gateway_experiment_to_row (active, NULL);
  for (guint i = 0; i < waiting->len; i++)
    if (error != NULL)
      leyden_gateway_respond_gerror (g_ptr_array_index (waiting, i), error);
    else
      leyden_http_exchange_respond_json (g_ptr_array_index (waiting, i), active->created && i == 0 ? 201 : 200, row);
}

static void
follow (LeydenExperiment      *live,
        LeydenExperimentOrder  order)
{
  switch (order)
    {
    case LEYDEN_ORDER_PAUSE:
      leyden_experiment_pause (live);
      break;
    case LEYDEN_ORDER_RESUME:
      leyden_experiment_resume (live);
      break;
    case LEYDEN_ORDER_STOP:
    case LEYDEN_ORDER_STOP_NOW:
      leyden_experiment_stop (live, order == LEYDEN_ORDER_STOP);
      break;
    case LEYDEN_ORDER_NONE:
    default:
      break;
    }
}

void
leyden_active_experiment_order (LeydenActiveExperiment *self,
                                LeydenExperimentOrder   order)
{
  if (self->live != NULL && self->begun)
    follow (self->live, order);
  else
    self->order = order;
}

static void
begin (LeydenActiveExperiment *active)
{
  LeydenExperimentOrder order = active->order;

  if (active->begun)
    return;
  active->begun = TRUE;
  active->order = LEYDEN_ORDER_NONE;
  answer_waiting (active);
  follow (active->live, order);
}

/* The list hears of states, not of every step. A paused one lets the backend end. */
static void
tell_state (LeydenActiveExperiment *active)
{
  const char *state = leyden_experiment_get_state (active->live);
  g_autoptr(LeydenValue) row = NULL;

  if (g_strcmp0 (state, active->told) == 0)
    return;
  active->told = g_intern_string (state);
  row = leyden_gateway_experiment_to_row (active, NULL);
  leyden_event_hub_experiment_row (active->gateway->hub, row);
  leyden_gateway_touch (active->gateway);
}

static void
changed_cb (LeydenExperiment       *live,
            LeydenActiveExperiment *active)
{
  LeydenEventHub *hub = active->gateway->hub;

  tell_state (active);
  if (leyden_event_hub_has_watchers (hub, active->experiment))
    {
      g_autoptr(LeydenValue) snapshot = leyden_experiment_snapshot (live);
      g_autoptr(LeydenValue) news = leyden_gateway_trim_snapshot (snapshot);

      leyden_event_hub_experiment_changed (hub, active->experiment, news, FALSE);
    }
  /* Last: an order may end it. */
  begin (active);
}

static void
finished_cb (LeydenExperiment       *live,
             LeydenActiveExperiment *active)
{
  LeydenGateway *self = active->gateway;
  const GError *error = leyden_experiment_get_error (live);
  g_autoptr(LeydenValue) snapshot = leyden_experiment_snapshot (live);
  g_autoptr(LeydenValue) news = leyden_gateway_trim_snapshot (snapshot);

  if (error != NULL)
    g_warning ("Experiment %s: %s", active->experiment, error->message);
  if (!active->begun)
    answer_waiting (active);
  tell_state (active);
  leyden_event_hub_experiment_changed (self->hub, active->experiment, news, TRUE);
  if (error == NULL)
    {
      if (g_hash_table_size (self->ended_experiments) >= MOST_ENDED)
        g_hash_table_remove_all (self->ended_experiments);
      g_hash_table_insert (self->ended_experiments, g_strdup (active->experiment), g_object_ref (live));
    }
  g_hash_table_remove (self->experiments, active->experiment);
  leyden_gateway_touch (self);
}

gboolean
leyden_active_experiment_go_live (LeydenActiveExperiment  *active,
                                  LeydenRunJob            *job,
                                  GError                 **error)
{
  LeydenGateway *self = active->gateway;

  active->live = leyden_run_job_make_experiment (job, self->engine, self->models, active->experiment, active->key, self->rerun_unsafe, error);
  if (active->live == NULL)
    return FALSE;
  g_signal_connect (active->live, "changed", G_CALLBACK (changed_cb), active);
  g_signal_connect (active->live, "finished", G_CALLBACK (finished_cb), active);
  leyden_experiment_start (active->live);
  return TRUE;
}

guint
leyden_gateway_count_experiments (LeydenGateway *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->experiments);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenActiveExperiment *active = value;

      n += active->live == NULL || strcmp (leyden_experiment_get_state (active->live), "paused") != 0;
    }
  return n;
}

void
leyden_gateway_suspend_experiments (LeydenGateway *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->experiments);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenActiveExperiment *active = value;

      if (active->live == NULL)
        continue;
      g_signal_handlers_disconnect_by_data (active->live, active);
      leyden_experiment_suspend (active->live);
    }
  g_hash_table_remove_all (self->experiments);
  g_hash_table_remove_all (self->ended_experiments);
}

/* ---- Taking up what the store has ---- */

typedef struct
{
  LeydenGateway       *self;
  LeydenExperimentRow *row;
  LeydenHttpExchange  *exchange;        /* NULL when the start takes it up */
} TakeUp;

static void
take_up_free (TakeUp *take)
{
  g_object_unref (take->self);
  leyden_experiment_row_free (take->row);
  g_clear_pointer (&take->exchange, leyden_http_exchange_unref);
  g_free (take);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TakeUp, take_up_free)

static void
marked_failed_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_experiment_finish (LEYDEN_STORE (object), result, &error))
    g_warning ("An experiment could not be marked as failed: %s", error->message);
}

/* It cannot go on; its row says so and why, and nothing of it is lost. */
static void
mark_failed (TakeUp       *take,
             const GError *error)
{
  LeydenExperimentBatch *batch = leyden_experiment_batch_new (take->row->experiment);
  g_autoptr(LeydenValue) message = leyden_value_new_string (error->message, -1);
  g_autoptr(LeydenValue) snapshot = NULL;

  g_warning ("Experiment %s cannot go on: %s", take->row->experiment, error->message);
  batch->row = leyden_experiment_row_copy (take->row);
  g_free (batch->row->state);
  batch->row->state = g_strdup ("failed");
  snapshot = leyden_gateway_stored_snapshot (batch->row);
  g_clear_pointer (&batch->row->snapshot, leyden_value_unref);
  batch->row->snapshot = leyden_value_with_member (snapshot, "error", message);
  leyden_store_put_experiment_async (LEYDEN_STORE (take->self->store), batch, marked_failed_cb, NULL);
}

static void
cannot_go_on (TakeUp       *take,
              const GError *error)
{
  LeydenGateway *self = take->self;

  g_hash_table_remove (self->experiments, take->row->experiment);
  leyden_gateway_touch (self);
  if (take->exchange != NULL)
    leyden_gateway_respond_gerror (take->exchange, error);
  else if (self->store != NULL)
    mark_failed (take, error);
}

static void
prepared_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(TakeUp) take = user_data;
  g_autoptr(LeydenRunJob) job = NULL;
  g_autoptr(GError) error = NULL;
  LeydenActiveExperiment *active;

  job = leyden_gateway_finish_job (take->self, result, &error);
  active = g_hash_table_lookup (take->self->experiments, take->row->experiment);
  if (take->self->stopping || active == NULL)
    return;
  if (job == NULL || !leyden_active_experiment_go_live (active, job, &error))
    cannot_go_on (take, error);
  else if (take->exchange != NULL)
    leyden_gateway_respond_take (take->exchange, 202, leyden_gateway_experiment_to_row (active, NULL));
}

void
leyden_gateway_take_up_experiment (LeydenGateway       *self,
                                   LeydenExperimentRow *row,
                                   LeydenHttpExchange  *exchange)
{
  TakeUp *take = g_new0 (TakeUp, 1);

  take->self = g_object_ref (self);
  take->row = leyden_experiment_row_copy (row);
  take->exchange = exchange != NULL ? leyden_http_exchange_ref (exchange) : NULL;
  leyden_gateway_add_experiment (self, row->experiment, row->key, row->definition);
  leyden_run_job_prepare_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), row->definition, NULL, prepared_cb, take);
}

static gboolean
is_unfinished (const char *state)
{
  return strcmp (state, "queued") == 0 || strcmp (state, "running") == 0 || strcmp (state, "paused") == 0;
}

static void
unfinished_listed_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  LeydenGateway *self = g_task_get_source_object (task);
  GError *error = NULL;

  rows = leyden_store_list_experiments_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < rows->len; i++)
    {
      LeydenExperimentRow *row = g_ptr_array_index (rows, i);

      if (!is_unfinished (row->state))
        continue;
      g_ptr_array_add (self->resumed_experiments, g_strdup (row->experiment));
      leyden_gateway_take_up_experiment (self, row, NULL);
    }
  g_task_return_boolean (task, TRUE);
}

void
leyden_gateway_recover_experiments_async (LeydenGateway       *self,
                                          GAsyncReadyCallback  callback,
                                          gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, leyden_gateway_recover_experiments_async);
  leyden_store_list_experiments_async (LEYDEN_STORE (self->store), NULL, 0, NULL, unfinished_listed_cb, task);
}

gboolean
leyden_gateway_recover_experiments_finish (LeydenGateway  *self,
                                           GAsyncResult   *result,
                                           GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
