/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <math.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-otlp-receiver.h"
#include "leyden-text.h"

/* Rollouts of an ended run whose log is read for the figures of its nodes. */
#define MAX_COUNTED 2000

/* ---- Runs as JSON ---- */

LeydenValue *
leyden_gateway_summarize_active (LeydenActiveRun *active)
{
  return active->live == NULL ? NULL : leyden_run_summarize (active->live);
}

LeydenValue *
leyden_gateway_active_to_value (LeydenActiveRun *active)
{
  g_autoptr(LeydenValue) summary = leyden_gateway_summarize_active (active);
  LeydenRunRow row = { 0 };

  row.run = active->run;
  /* It has ended when its end is on disk, not before. */
  row.state = (char *)(active->live != NULL && leyden_run_is_finished (active->live) ? leyden_run_get_state (active->live) : "running");
  row.created_ns = active->created_ns;
  row.finished_ns = active->live != NULL && leyden_run_is_finished (active->live) ? leyden_time_now_ns () : 0;
  row.definition = active->definition;
  row.n_items = active->live == NULL ? 0 : leyden_run_get_n_items (active->live);
  row.mean_reward = NAN;
  return leyden_run_describe (&row, summary);
}

/* ---- Active runs ---- */

void
leyden_active_run_free (LeydenActiveRun *self)
{
  GHashTableIter iter;
  gpointer rollout;

  g_hash_table_iter_init (&iter, self->rollouts);
  while (g_hash_table_iter_next (&iter, NULL, &rollout))
    g_signal_handlers_disconnect_by_data (rollout, self);
  if (self->live != NULL)
    g_signal_handlers_disconnect_by_data (self->live, self);
  if (self->begun != NULL)
    self->begun (self->begun_data, NULL);
  leyden_active_run_clear_debug (self);
  g_hash_table_unref (self->rollouts);
  g_clear_object (&self->live);
  leyden_value_unref (self->definition);
  g_free (self->run);
  g_free (self->key);
  g_free (self);
}

LeydenActiveRun *
leyden_gateway_add_active (LeydenGateway *self,
                           const char    *run,
                           const char    *key,
                           LeydenValue   *definition,
                           gint64         created_ns)
{
  LeydenActiveRun *active = g_new0 (LeydenActiveRun, 1);

  active->gateway = self;
  active->run = g_strdup (run);
  active->key = g_strdup (key);
  active->definition = leyden_value_ref (definition);
  active->created_ns = created_ns;
  active->rollouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_hash_table_insert (self->active, active->run, active);
  leyden_gateway_touch (self);
  return active;
}

LeydenActiveRun *
leyden_gateway_find_rollout (LeydenGateway  *self,
                             const char     *rollout,
                             LeydenRollout **live)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenActiveRun *active = value;
      LeydenRollout *found = g_hash_table_lookup (active->rollouts, rollout);

      if (found == NULL)
        continue;
      if (live != NULL)
        *live = found;
      return active;
    }
  return NULL;
}

static void
rollout_delta_cb (LeydenRollout   *rollout,
                  const char      *node,
                  const char      *text,
                  LeydenActiveRun *active)
{
  leyden_event_hub_delta (active->gateway->hub, active->run, leyden_rollout_get_id (rollout), node, text);
}

static void
rollout_started_cb (LeydenRun       *run,
                    LeydenRollout   *rollout,
                    LeydenActiveRun *active)
{
  const char *id = leyden_rollout_get_id (rollout);

  g_hash_table_insert (active->rollouts, g_strdup (id), g_object_ref (rollout));
  g_signal_connect (rollout, "delta", G_CALLBACK (rollout_delta_cb), active);
  leyden_event_hub_rollout_started (active->gateway->hub, active->run, id);
  leyden_event_hub_rollout_changed (active->gateway->hub, active->run, leyden_rollout_get_row (rollout));
}

static void
rollout_finished_cb (LeydenRun       *run,
                     LeydenRollout   *rollout,
                     LeydenActiveRun *active)
{
  const char *id = leyden_rollout_get_id (rollout);

  g_signal_handlers_disconnect_by_data (rollout, active);
  leyden_event_hub_rollout_changed (active->gateway->hub, active->run, leyden_rollout_get_row (rollout));
  leyden_event_hub_rollout_ended (active->gateway->hub, id);
  g_hash_table_remove (active->rollouts, id);
}

/* The first news of a run: until then its rows may not be on disk. */
static void
tell_begun (LeydenActiveRun *active,
            const GError    *error)
{
  void (*begun) (gpointer data, const GError *begun_error) = g_steal_pointer (&active->begun);

  if (begun != NULL)
    begun (g_steal_pointer (&active->begun_data), error);
}

static void
run_progress_cb (LeydenRun       *run,
                 LeydenActiveRun *active)
{
  tell_begun (active, leyden_run_get_error (run));
  leyden_event_hub_run_progress (active->gateway->hub, active);
}

static void
run_finished_cb (LeydenRun       *run,
                 LeydenActiveRun *active)
{
  LeydenGateway *self = active->gateway;
  g_autoptr(LeydenValue) value = leyden_gateway_active_to_value (active);
  g_autoptr(LeydenValue) summary = leyden_run_summarize (run);
  const GError *error = leyden_run_get_error (run);

  tell_begun (active, error);
  if (error != NULL)
    g_warning ("Run %s: %s", active->run, error->message);
  leyden_event_hub_run_ended (self->hub, active->run, summary);
  leyden_event_hub_run_changed (self->hub, value);
  g_hash_table_remove (self->active, active->run);
  leyden_gateway_touch (self);
}

void
leyden_active_run_go_live (LeydenActiveRun *active,
                           LeydenRunJob    *job)
{
  LeydenGateway *self = active->gateway;
  g_autoptr(LeydenValue) value = NULL;

  leyden_active_run_init_debug (active, job);
  active->live = leyden_run_job_start (job, self->engine, active->run, active->key, self->rerun_unsafe, active->retry_failed);
  g_signal_connect (active->live, "rollout-started", G_CALLBACK (rollout_started_cb), active);
  g_signal_connect (active->live, "rollout-finished", G_CALLBACK (rollout_finished_cb), active);
  g_signal_connect (active->live, "progress", G_CALLBACK (run_progress_cb), active);
  g_signal_connect (active->live, "finished", G_CALLBACK (run_finished_cb), active);
  if (active->cancelled)
    leyden_run_cancel (active->live, "cancelled by the user");
  value = leyden_gateway_active_to_value (active);
  leyden_event_hub_run_changed (self->hub, value);
}

void
leyden_gateway_abandon_runs (LeydenGateway *self)
{
  g_hash_table_remove_all (self->active);
}

/* ---- Looking at runs ---- */

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenRunRow       *row;
  GPtrArray          *rollouts;         /* rows of the run */
  char               *purpose;
  guint               limit;
  gboolean            resume;
} Lookup;

static Lookup *
lookup_new (LeydenGateway      *self,
            LeydenHttpExchange *exchange)
{
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->self = g_object_ref (self);
  lookup->exchange = leyden_http_exchange_ref (exchange);
  return lookup;
}

static void
lookup_free (Lookup *lookup)
{
  g_object_unref (lookup->self);
  leyden_http_exchange_unref (lookup->exchange);
  g_clear_pointer (&lookup->row, leyden_run_row_free);
  g_clear_pointer (&lookup->rollouts, g_ptr_array_unref);
  g_free (lookup->purpose);
  g_free (lookup);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

/* Up to where the log of an ended run is read for the figures of its nodes. A long one is not: its answer would wait for seconds. */
guint64
leyden_gateway_count_until (GPtrArray *rollouts)
{
  return rollouts->len <= MAX_COUNTED ? G_MAXUINT64 : 0;
}

static LeydenValue *
make_run_list (Lookup    *lookup,
               GPtrArray *rows)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = 0;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "runs");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < rows->len && n < lookup->limit; i++)
    {
      const LeydenRunRow *row = g_ptr_array_index (rows, i);
      LeydenActiveRun *active = g_hash_table_lookup (lookup->self->active, row->run);

      if (lookup->purpose != NULL
          && strcmp (lookup->purpose, leyden_value_get_member_string (row->definition, "purpose", "run")) != 0)
        continue;
      n++;
      leyden_value_builder_take (&b, active != NULL && active->live != NULL ? leyden_gateway_active_to_value (active)
                                                                            : leyden_run_describe (row, NULL));
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
runs_listed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;

  rows = leyden_store_list_runs_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    leyden_gateway_respond_gerror (lookup->exchange, error);
  else
    leyden_gateway_respond_take (lookup->exchange, 200, make_run_list (lookup, rows));
}

void
leyden_gateway_list_runs (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  static const char * const purposes[] = { "run", "try", "mirror", "otlp", NULL };
  const char *purpose;
  gint64 limit;
  Lookup *lookup;

  if (!leyden_gateway_query_int (exchange, "limit", 1, 1000, 100, &limit)
      || !leyden_gateway_query_choice (exchange, "purpose", purposes, &purpose))
    return;
  lookup = lookup_new (self, exchange);
  lookup->limit = (guint)limit;
  lookup->purpose = g_strdup (purpose);
  leyden_store_list_runs_async (LEYDEN_STORE (self->store), NULL, purpose == NULL ? lookup->limit : 0, NULL, runs_listed_cb, lookup);
}

static void
run_counted_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GHashTable) nodes = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) summary = NULL;

  nodes = leyden_run_count_nodes_finish (result, &error);
  if (nodes == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  summary = leyden_run_summarize_rows (lookup->row->run, lookup->row->state, lookup->rollouts, lookup->row->n_items, nodes);
  leyden_gateway_respond_take (lookup->exchange, 200, leyden_run_describe (lookup->row, summary));
}

static void
run_rows_listed_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;

  lookup->rollouts = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  if (lookup->rollouts == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  leyden_run_count_nodes_async (LEYDEN_STORE (object), lookup->row->run, leyden_gateway_count_until (lookup->rollouts), NULL, NULL, run_counted_cb,
                                lookup);
  lookup = NULL;
}

static void
run_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;

  lookup->row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  if (lookup->row == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  leyden_store_list_rollouts_async (LEYDEN_STORE (object), lookup->row->run, NULL, -1, 0, NULL, run_rows_listed_cb, lookup);
  lookup = NULL;
}

void
leyden_gateway_get_run (LeydenGateway      *self,
                        LeydenHttpExchange *exchange)
{
  const char *run = leyden_http_exchange_get_param (exchange, "run");
  LeydenActiveRun *active = g_hash_table_lookup (self->active, run);

  if (active != NULL && active->live != NULL)
    leyden_gateway_respond_take (exchange, 200, leyden_gateway_active_to_value (active));
  else
    leyden_store_get_run_async (LEYDEN_STORE (self->store), run, NULL, run_read_cb, lookup_new (self, exchange));
}

static void
flow_blob_opened_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;

  path = leyden_store_open_blob_finish (LEYDEN_STORE (object), result, &error);
  if (path == NULL)
    leyden_gateway_respond_gerror (lookup->exchange, error);
  else
    leyden_http_exchange_respond_file (lookup->exchange, 200, "application/json", path);
}

static void
flow_run_read_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;
  const char *sha256;

  lookup->row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  if (lookup->row == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  sha256 = leyden_value_get_member_string (lookup->row->definition, "flow", "");
  leyden_store_open_blob_async (LEYDEN_STORE (object), sha256, NULL, flow_blob_opened_cb, g_steal_pointer (&lookup));
}

void
leyden_gateway_get_run_flow (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  leyden_store_get_run_async (LEYDEN_STORE (self->store), leyden_http_exchange_get_param (exchange, "run"), NULL, flow_run_read_cb,
                              lookup_new (self, exchange));
}

/* ---- Cancel and resume ---- */

static void
cancel_read_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;

  lookup->row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  if (lookup->row == NULL)
    leyden_gateway_respond_gerror (lookup->exchange, error);
  else
    leyden_http_exchange_respond_error (lookup->exchange, 409, "The run is not under way (%s)", lookup->row->state);
}

void
leyden_gateway_cancel_run (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *run = leyden_http_exchange_get_param (exchange, "run");
  LeydenActiveRun *active = g_hash_table_lookup (self->active, run);
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);

  if (body == NULL)
    return;
  if (active == NULL)
    {
      leyden_store_get_run_async (LEYDEN_STORE (self->store), run, NULL, cancel_read_cb, lookup_new (self, exchange));
      return;
    }
  active->cancelled = TRUE;
  /* Answered first: cancelling may end the run before this returns. */
  leyden_gateway_respond_take (exchange, 202, leyden_gateway_active_to_value (active));
  if (active->live != NULL)
    leyden_run_cancel (active->live, "cancelled by the user");
}

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;         /* NULL when the start resumes it */
  char               *run;
  LeydenRunRow       *row;
  gboolean            failed;           /* with what failed */
} Resume;

static void
resume_free (Resume *resume)
{
  g_object_unref (resume->self);
  g_clear_pointer (&resume->exchange, leyden_http_exchange_unref);
  g_clear_pointer (&resume->row, leyden_run_row_free);
  g_free (resume->run);
  g_free (resume);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Resume, resume_free)

/* It cannot go on; its row says so, and nothing is lost. */
static void
interrupt (Resume       *resume,
           const GError *error)
{
  LeydenGateway *self = resume->self;

  g_hash_table_remove (self->active, resume->run);
  leyden_gateway_touch (self);
  if (resume->exchange != NULL)
    {
      leyden_gateway_respond_gerror (resume->exchange, error);
      return;
    }
  g_warning ("Run %s cannot go on: %s", resume->run, error->message);
  if (self->store == NULL)
    return;
  g_free (resume->row->state);
  resume->row->state = g_strdup ("interrupted");
  leyden_store_put_run_async (LEYDEN_STORE (self->store), resume->row, NULL, NULL, NULL);
}

static void
resume_prepared_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Resume) resume = user_data;
  g_autoptr(LeydenRunJob) job = NULL;
  g_autoptr(GError) error = NULL;
  LeydenActiveRun *active;

  job = leyden_gateway_finish_job (resume->self, result, &error);
  active = g_hash_table_lookup (resume->self->active, resume->run);
  if (resume->self->stopping || active == NULL)
    return;
  if (job == NULL
      || !leyden_run_job_make_debug (job, active->kept_breakpoints != NULL ? active->kept_breakpoints : active->definition, &error))
    {
      interrupt (resume, error);
      return;
    }
  active->retry_failed = resume->failed;
  leyden_active_run_go_live (active, job);
  if (resume->exchange != NULL)
    leyden_gateway_respond_take (resume->exchange, 202, leyden_gateway_active_to_value (active));
}

static void
resume_prepare (gpointer data)
{
  Resume *resume = data;
  LeydenGateway *self = resume->self;

  if (self->store == NULL || self->stopping)
    {
      resume_free (resume);
      return;
    }
  leyden_run_job_prepare_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), resume->row->definition, NULL,
                                resume_prepared_cb, resume);
}

static void
resume_begin (Resume *resume)
{
  leyden_gateway_add_active (resume->self, resume->run, resume->row->key, resume->row->definition, resume->row->created_ns);
  leyden_gateway_load_breakpoints (resume->self, resume->run, resume_prepare, resume);
}

static void
resume_read_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(Resume) resume = user_data;
  g_autoptr(GError) error = NULL;

  resume->row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  if (resume->row == NULL)
    leyden_gateway_respond_gerror (resume->exchange, error);
  else if (g_hash_table_contains (resume->self->active, resume->run))
    leyden_http_exchange_respond_error (resume->exchange, 409, "The run is under way already");
  else if (resume->row->n_succeeded == resume->row->n_items)
    leyden_http_exchange_respond_error (resume->exchange, 409, "Every item of the run has succeeded; there is nothing left to do");
  else if (!resume->failed && resume->row->n_done == resume->row->n_items)
    leyden_http_exchange_respond_error (resume->exchange, 409,
                                        "Every item of the run has reached an end; {\"failed\": true} runs those again that failed");
  else
    resume_begin (g_steal_pointer (&resume));
}

void
leyden_gateway_resume_run (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *run = leyden_http_exchange_get_param (exchange, "run");
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  Resume *resume;

  if (body == NULL)
    return;
  if (leyden_value_get_member (body, "failed") != NULL
      && leyden_value_get_kind (leyden_value_get_member (body, "failed")) != LEYDEN_VALUE_BOOLEAN)
    {
      leyden_http_exchange_respond_error (exchange, 422, "“failed” must be true or false");
      return;
    }
  if (g_hash_table_contains (self->active, run))
    {
      leyden_http_exchange_respond_error (exchange, 409, "The run is under way already");
      return;
    }
  resume = g_new0 (Resume, 1);
  resume->self = g_object_ref (self);
  resume->exchange = leyden_http_exchange_ref (exchange);
  resume->run = g_strdup (run);
  resume->failed = leyden_value_get_member_boolean (body, "failed", FALSE);
  leyden_store_get_run_async (LEYDEN_STORE (self->store), run, NULL, resume_read_cb, resume);
}

/* ---- What the last process left ---- */

static void
unfinished_listed_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  LeydenGateway *self = g_task_get_source_object (task);
  GError *error = NULL;

  rows = leyden_store_list_runs_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_set_free_func (rows, NULL);
  for (guint i = 0; i < rows->len; i++)
    {
      LeydenRunRow *row = g_ptr_array_index (rows, i);
      Resume *resume;

      if (strcmp (row->state, "running") == 0 && leyden_otlp_is_run (row->definition))
        leyden_otlp_receiver_adopt (self->otlp, row);
      /* What a mirror follows runs elsewhere, and so do programs that send their spans. */
      if (strcmp (row->state, "running") != 0
          || strcmp (leyden_value_get_member_string (row->definition, "purpose", ""), "mirror") == 0
          || leyden_otlp_is_run (row->definition))
        {
          leyden_run_row_free (row);
          continue;
        }
      resume = g_new0 (Resume, 1);
      resume->self = g_object_ref (self);
      resume->run = g_strdup (row->run);
      resume->row = row;
      g_ptr_array_add (self->resumed, g_strdup (row->run));
      resume_begin (resume);
    }
  g_task_return_boolean (task, TRUE);
}

void
leyden_gateway_recover_async (LeydenGateway       *self,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, leyden_gateway_recover_async);
  leyden_store_list_runs_async (LEYDEN_STORE (self->store), NULL, 0, NULL, unfinished_listed_cb, task);
}

gboolean
leyden_gateway_recover_finish (LeydenGateway  *self,
                               GAsyncResult   *result,
                               GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
