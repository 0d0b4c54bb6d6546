/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <math.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* A key that a client chose, kept apart from the hashes of the command line. */
#define CLIENT_KEY "client:"
#define MAX_CLIENT_ID 200

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
  g_hash_table_unref (self->rollouts);
  g_clear_object (&self->live);
  leyden_value_unref (self->definition);
  g_free (self->run);
  g_free (self->key);
  g_free (self);
}

static LeydenActiveRun *
add_active (LeydenGateway *self,
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

static void
go_live (LeydenActiveRun *active,
         LeydenRunJob    *job)
{
  LeydenGateway *self = active->gateway;
  g_autoptr(LeydenValue) value = NULL;

  active->live = leyden_run_job_start (job, self->engine, active->run, active->key, self->rerun_unsafe);
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

/* ---- Creating a run: body → flow in a thread → blob → job → live ---- */

typedef struct
{
  LeydenGateway *self;
  GPtrArray     *exchanges;             /* all who asked with this client_id */
  LeydenValue   *body;
  char          *client_id;             /* nullable */
  char          *key;                   /* nullable */
  GBytes        *flow;                  /* canonical document */
  char          *flow_id;
  char          *flow_hash;
  char          *flow_title;
  char          *run;
  LeydenValue   *definition;
} Creation;

static void
creation_free (Creation *creation)
{
  if (creation->client_id != NULL)
    g_hash_table_remove (creation->self->creating, creation->client_id);
  g_object_unref (creation->self);
  g_ptr_array_unref (creation->exchanges);
  leyden_value_unref (creation->body);
  g_clear_pointer (&creation->definition, leyden_value_unref);
  g_clear_pointer (&creation->flow, g_bytes_unref);
  g_free (creation->client_id);
  g_free (creation->key);
  g_free (creation->flow_id);
  g_free (creation->flow_hash);
  g_free (creation->flow_title);
  g_free (creation->run);
  g_free (creation);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Creation, creation_free)

static void
creation_fail (Creation     *creation,
               const GError *error)
{
  for (guint i = 0; i < creation->exchanges->len; i++)
    leyden_gateway_respond_gerror (g_ptr_array_index (creation->exchanges, i), error);
}

/* The first who asked made it; the others see that it is there. */
static void
creation_answer (Creation    *creation,
                 guint        status,
                 LeydenValue *run)
{
  for (guint i = 0; i < creation->exchanges->len; i++)
    leyden_http_exchange_respond_json (g_ptr_array_index (creation->exchanges, i), i == 0 ? status : 200, run);
}

static void
creation_begun (gpointer      data,
                const GError *error)
{
  g_autoptr(Creation) creation = data;
  g_autoptr(LeydenValue) value = NULL;
  LeydenActiveRun *active = g_hash_table_lookup (creation->self->active, creation->run);

  if (error != NULL || active == NULL)
    {
      g_autoptr(GError) gone = g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");

      creation_fail (creation, error == NULL ? gone : error);
      return;
    }
  value = leyden_gateway_active_to_value (active);
  creation_answer (creation, 201, value);
}

static void
creation_prepared_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(LeydenRunJob) job = NULL;
  g_autoptr(GError) error = NULL;
  LeydenActiveRun *active;

  job = leyden_run_job_prepare_finish (result, &error);
  if (job == NULL || creation->self->stopping)
    {
      if (error == NULL)
        error = g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
      creation_fail (creation, error);
      return;
    }
  creation->run = leyden_id_new_uuid7 ();
  active = add_active (creation->self, creation->run, creation->key, creation->definition, leyden_time_now_ns ());
  active->begun = creation_begun;
  active->begun_data = g_steal_pointer (&creation);
  go_live (active, job);
}

/* With the model's name put in, so that the run means the same when a default changes. */
static LeydenValue *
dup_model (Creation *creation)
{
  LeydenModels *models = creation->self->models;
  LeydenValue *model = leyden_value_get_member (creation->body, "model");
  const char *endpoint = leyden_value_get_member_string (model, "endpoint", NULL);
  const char *name = leyden_value_get_member_string (model, "model", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (endpoint == NULL)
    return leyden_gateway_dup_default_model (creation->self);
  if (name == NULL && strcmp (endpoint, leyden_models_get_default_endpoint (models)) == 0)
    name = leyden_models_get_default_model (models);
  else if (name == NULL && leyden_models_get_endpoint (models, endpoint) != NULL)
    name = leyden_models_get_endpoint (models, endpoint)->default_model;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", endpoint);
  leyden_value_builder_set_string (&b, "model", name);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
make_definition (Creation   *creation,
                 const char *flow_sha256)
{
  static const char * const copied[] = { "purpose", "input", "dataset", "concurrency", "pace", "deadline_s", "client_id" };
  LeydenValue *title = leyden_value_get_member (creation->body, "title");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", leyden_value_is_null (title) ? creation->flow_title : leyden_value_get_string (title, NULL));
  leyden_value_builder_set_string (&b, "flow", flow_sha256);
  leyden_value_builder_set_string (&b, "flow_id", creation->flow_id);
  leyden_value_builder_set_string (&b, "flow_hash", creation->flow_hash);
  leyden_value_builder_set_take (&b, "model", dup_model (creation));
  leyden_value_builder_set_int (&b, "seed", leyden_value_get_member_int (creation->body, "seed", 42));
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    if (!leyden_value_is_null (leyden_value_get_member (creation->body, copied[i])))
      leyden_value_builder_set (&b, copied[i], leyden_value_get_member (creation->body, copied[i]));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
creation_stored_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = NULL;
  LeydenGateway *self = creation->self;

  sha256 = leyden_store_put_blob_finish (LEYDEN_STORE (object), result, &error);
  if (sha256 == NULL)
    {
      creation_fail (creation, error);
      return;
    }
  creation->definition = make_definition (creation, sha256);
  leyden_run_job_prepare_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), creation->definition, NULL,
                                creation_prepared_cb, creation);
  creation = NULL;
}

static void
read_flow_thread (GTask        *task,
                  gpointer      source,
                  gpointer      task_data,
                  GCancellable *cancellable)
{
  Creation *creation = task_data;
  g_autoptr(LeydenFlow) flow = NULL;
  GError *error = NULL;

  flow = leyden_flow_from_value (leyden_value_get_member (creation->body, "flow"), &error);
  if (flow == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  creation->flow = leyden_flow_serialize (flow);
  creation->flow_id = g_strdup (leyden_flow_get_id (flow));
  creation->flow_hash = leyden_flow_hash (flow);
  creation->flow_title = g_strdup (leyden_flow_get_title (flow));
  g_task_return_boolean (task, TRUE);
}

static void
flow_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GError) error = NULL;
  LeydenGateway *self = creation->self;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      creation_fail (creation, error);
      return;
    }
  if (self->store == NULL)
    return;
  leyden_store_put_blob_async (LEYDEN_STORE (self->store), creation->flow, creation_stored_cb, creation);
  creation = NULL;
}

static void
creation_read_flow (Creation *creation)
{
  g_autoptr(GTask) task = g_task_new (creation->self, NULL, flow_read_cb, creation);

  g_task_set_source_tag (task, creation_read_flow);
  g_task_set_task_data (task, creation, NULL);
  g_task_run_in_thread (task, read_flow_thread);
}

static LeydenActiveRun *
find_active_by_key (LeydenGateway *self,
                    const char    *key)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_strcmp0 (((LeydenActiveRun *)value)->key, key) == 0)
      return value;
  return NULL;
}

static void
creation_looked_up_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = NULL;

  rows = leyden_store_list_runs_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    {
      creation_fail (creation, error);
      return;
    }
  if (rows->len == 0)
    {
      creation_read_flow (g_steal_pointer (&creation));
      return;
    }
  value = leyden_run_describe (g_ptr_array_index (rows, 0), NULL);
  creation_answer (creation, 200, value);
}

/* A client that lost the answer asks again with the same client_id and gets the same run. */
static void
creation_look_up (Creation *creation)
{
  LeydenGateway *self = creation->self;
  LeydenActiveRun *active = find_active_by_key (self, creation->key);
  g_autoptr(LeydenValue) value = NULL;

  if (active == NULL)
    {
      leyden_store_list_runs_async (LEYDEN_STORE (self->store), creation->key, 1, NULL, creation_looked_up_cb, creation);
      return;
    }
  value = leyden_gateway_active_to_value (active);
  creation_answer (creation, 200, value);
  creation_free (creation);
}

static gboolean
check_creation (LeydenGateway      *self,
                LeydenHttpExchange *exchange,
                LeydenValue        *body)
{
  g_autoptr(GError) error = NULL;
  const char *client_id = leyden_value_get_member_string (body, "client_id", NULL);
  LeydenValue *model = leyden_value_get_member (body, "model");
  const char *endpoint = leyden_value_get_member_string (model, "endpoint", NULL);

  if (!leyden_run_definition_check (body, &error))
    leyden_gateway_respond_gerror (exchange, error);
  else if (leyden_value_get_kind (leyden_value_get_member (body, "flow")) != LEYDEN_VALUE_OBJECT)
    leyden_http_exchange_respond_error (exchange, 422, "\"flow\" must be a flow document");
  else if (client_id != NULL && (*client_id == '\0' || strlen (client_id) > MAX_CLIENT_ID))
    leyden_http_exchange_respond_error (exchange, 422, "\"client_id\" must have 1 to %d bytes", MAX_CLIENT_ID);
  else if (endpoint != NULL && leyden_models_get_endpoint (self->models, endpoint) == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "There is no endpoint \"%s\"; add it first", endpoint);
  else
    return TRUE;
  return FALSE;
}

void
leyden_gateway_create_run (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *client_id;
  Creation *creation;
  GPtrArray *waiting;

  if (body == NULL || !check_creation (self, exchange, body))
    return;
  client_id = leyden_value_get_member_string (body, "client_id", NULL);
  waiting = client_id == NULL ? NULL : g_hash_table_lookup (self->creating, client_id);
  if (waiting != NULL)
    {
      g_ptr_array_add (waiting, leyden_http_exchange_ref (exchange));
      return;
    }

  creation = g_new0 (Creation, 1);
  creation->self = g_object_ref (self);
  creation->body = g_steal_pointer (&body);
  creation->exchanges = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  g_ptr_array_add (creation->exchanges, leyden_http_exchange_ref (exchange));
  if (client_id == NULL)
    {
      creation_read_flow (creation);
      return;
    }
  creation->client_id = g_strdup (client_id);
  creation->key = g_strconcat (CLIENT_KEY, client_id, NULL);
  g_hash_table_insert (self->creating, g_strdup (client_id), g_ptr_array_ref (creation->exchanges));
  creation_look_up (creation);
}

/* ---- Looking at runs ---- */

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenRunRow       *row;
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
  g_free (lookup->purpose);
  g_free (lookup);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

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
  static const char * const purposes[] = { "run", "try", NULL };
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
run_rows_listed_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) summary = NULL;

  rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  summary = leyden_run_summarize_rows (lookup->row->run, lookup->row->state, rows, lookup->row->n_items);
  leyden_gateway_respond_take (lookup->exchange, 200, leyden_run_describe (lookup->row, summary));
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

  job = leyden_run_job_prepare_finish (result, &error);
  active = g_hash_table_lookup (resume->self->active, resume->run);
  if (resume->self->stopping || active == NULL)
    return;
  if (job == NULL)
    {
      interrupt (resume, error);
      return;
    }
  go_live (active, job);
  if (resume->exchange != NULL)
    leyden_gateway_respond_take (resume->exchange, 202, leyden_gateway_active_to_value (active));
}

static void
resume_begin (Resume *resume)
{
  LeydenGateway *self = resume->self;

  add_active (self, resume->run, resume->row->key, resume->row->definition, resume->row->created_ns);
  leyden_run_job_prepare_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), resume->row->definition, NULL,
                                resume_prepared_cb, resume);
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
  if (g_hash_table_contains (self->active, run))
    {
      leyden_http_exchange_respond_error (exchange, 409, "The run is under way already");
      return;
    }
  resume = g_new0 (Resume, 1);
  resume->self = g_object_ref (self);
  resume->exchange = leyden_http_exchange_ref (exchange);
  resume->run = g_strdup (run);
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

      if (strcmp (row->state, "running") != 0)
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
