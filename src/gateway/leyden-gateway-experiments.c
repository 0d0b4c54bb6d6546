/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#include "leyden-id.h"

/* A key that a client chose, kept apart from the hashes of the command line. */
#define CLIENT_KEY "client:"
#define MAX_CLIENT_ID 200
#define MAX_TITLE 1000

/* ---- Creating: body → flow kept → rows → models → live → its row on disk → 201 ---- */

typedef struct
{
  LeydenGateway  *self;
  GPtrArray      *exchanges;            /* all who asked with this client_id */
  LeydenValue    *body;
  char           *client_id;            /* nullable */
  char           *key;                  /* nullable */
  LeydenKeptFlow *flow;
  LeydenValue    *definition;
  LeydenRunJob   *job;
} Creation;

static void
creation_free (Creation *creation)
{
  if (creation->client_id != NULL)
    g_hash_table_remove (creation->self->creating_experiments, creation->client_id);
  g_object_unref (creation->self);
  g_ptr_array_unref (creation->exchanges);
  leyden_value_unref (creation->body);
  g_clear_pointer (&creation->flow, leyden_kept_flow_free);
  g_clear_pointer (&creation->definition, leyden_value_unref);
  g_clear_pointer (&creation->job, leyden_run_job_free);
  g_free (creation->client_id);
  g_free (creation->key);
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

static void
creation_answer (Creation    *creation,
                 LeydenValue *row)
{
  for (guint i = 0; i < creation->exchanges->len; i++)
    leyden_http_exchange_respond_json (g_ptr_array_index (creation->exchanges, i), 200, row);
}

static gboolean
creation_may_go_on (Creation *creation)
{
  g_autoptr(GError) error = NULL;

  if (!creation->self->stopping)
    return TRUE;
  error = g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
  creation_fail (creation, error);
  return FALSE;
}

static void
creation_models_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *id = NULL;
  LeydenActiveExperiment *active;

  leyden_run_job_ask_models_finish (creation->job, result);
  if (!creation_may_go_on (creation))
    return;
  id = leyden_id_new_uuid7 ();
  leyden_gateway_audit (creation->self, g_ptr_array_index (creation->exchanges, 0), "experiment.started", id, NULL);
  active = leyden_gateway_add_experiment (creation->self, id, creation->key, leyden_run_job_get_definition (creation->job));
  if (!leyden_active_experiment_go_live (active, creation->job, &error))
    {
      g_hash_table_remove (creation->self->experiments, id);
      leyden_gateway_touch (creation->self);
      creation_fail (creation, error);
      return;
    }
  /* Answered when its row is on disk. */
  active->created = TRUE;
  for (guint i = 0; i < creation->exchanges->len; i++)
    g_ptr_array_add (active->waiting, leyden_http_exchange_ref (g_ptr_array_index (creation->exchanges, i)));
}

static void
creation_prepared_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GError) error = NULL;

  creation->job = leyden_gateway_finish_job (creation->self, result, &error);
  if (creation->job == NULL)
    {
      creation_fail (creation, error);
      return;
    }
  if (!creation_may_go_on (creation))
    return;
  leyden_run_job_ask_models_async (creation->job, creation->self->models, creation_models_cb, creation);
  creation = NULL;
}

/* What of the request is kept as it came. */
static const char * const copied[] = {
  "dataset", "optimizer", "budget", "optimizer_model", "failure_reward", "fresh", "concurrency", "pace", "deadline_s", "client_id", "pins", NULL,
};

/* What is measured on pinned values says nothing of the flow. */
static gboolean
check_pins (Creation *creation)
{
  const char *pins = creation->flow->pins;
  g_autoptr(GError) error = NULL;

  if (pins == NULL || g_strcmp0 (leyden_value_get_member_string (creation->body, "pins", NULL), "ignore") == 0)
    return TRUE;
  error = g_error_new (LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_MISSING,
                       _("%s: pinned nodes do not run, so nothing true can be learned. Unpin them, or train with \"pins\": \"ignore\""), pins);
  creation_fail (creation, error);
  return FALSE;
}

static void
creation_kept_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GError) error = NULL;
  LeydenGateway *self = creation->self;

  creation->flow = leyden_gateway_keep_flow_finish (result, &error);
  if (creation->flow == NULL)
    {
      creation_fail (creation, error);
      return;
    }
  if (self->store == NULL || !check_pins (creation)
      || !leyden_gateway_check_permissions (self, creation->flow->permissions, creation->exchanges))
    return;
  creation->definition = leyden_gateway_make_definition (self, creation->body, creation->flow, copied);
  leyden_run_job_prepare_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), creation->definition, NULL,
                                creation_prepared_cb, creation);
  creation = NULL;
}

static void
creation_keep_flow (Creation *creation)
{
  leyden_gateway_keep_flow_async (creation->self, leyden_value_get_member (creation->body, "flow"), creation_kept_cb, creation);
}

static void
creation_looked_up_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) row = NULL;

  rows = leyden_store_list_experiments_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    {
      creation_fail (creation, error);
      return;
    }
  if (rows->len == 0)
    {
      creation_keep_flow (g_steal_pointer (&creation));
      return;
    }
  row = leyden_gateway_experiment_to_row (NULL, g_ptr_array_index (rows, 0));
  creation_answer (creation, row);
}

static LeydenActiveExperiment *
find_active_by_key (LeydenGateway *self,
                    const char    *key)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->experiments);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_strcmp0 (((LeydenActiveExperiment *)value)->key, key) == 0)
      return value;
  return NULL;
}

/* A client that lost the answer asks again with the same client_id and gets the same experiment. */
static void
creation_look_up (Creation *creation)
{
  LeydenActiveExperiment *active = find_active_by_key (creation->self, creation->key);
  g_autoptr(LeydenValue) row = NULL;

  if (active != NULL && active->live != NULL && active->begun)
    {
      row = leyden_gateway_experiment_to_row (active, NULL);
      creation_answer (creation, row);
      creation_free (creation);
    }
  else if (active != NULL)
    {
      for (guint i = 0; i < creation->exchanges->len; i++)
        g_ptr_array_add (active->waiting, leyden_http_exchange_ref (g_ptr_array_index (creation->exchanges, i)));
      creation_free (creation);
    }
  else
    leyden_store_list_experiments_async (LEYDEN_STORE (creation->self->store), creation->key, 1, NULL, creation_looked_up_cb, creation);
}

static gboolean
is_known_endpoint (LeydenGateway      *self,
                   LeydenHttpExchange *exchange,
                   LeydenValue        *body,
                   const char         *member)
{
  const char *endpoint = leyden_value_get_member_string (leyden_value_get_member (body, member), "endpoint", NULL);

  if (endpoint == NULL || leyden_models_get_endpoint (self->models, endpoint) != NULL)
    return TRUE;
  leyden_http_exchange_respond_error (exchange, 422, "There is no endpoint \"%s\"; add it first", endpoint);
  return FALSE;
}

static gboolean
check_creation (LeydenGateway      *self,
                LeydenHttpExchange *exchange,
                LeydenValue        *body)
{
  g_autoptr(GError) error = NULL;
  const char *client_id = leyden_value_get_member_string (body, "client_id", NULL);
  LeydenValue *title = leyden_value_get_member (body, "title");
  LeydenValue *optimizer = leyden_value_get_member (body, "optimizer");

  if (!leyden_experiment_definition_check (body, &error))
    leyden_gateway_respond_gerror (exchange, error);
  else if (leyden_value_get_kind (leyden_value_get_member (body, "flow")) != LEYDEN_VALUE_OBJECT)
    leyden_http_exchange_respond_error (exchange, 422, "\"flow\" must be a flow document");
  else if (!leyden_value_is_null (optimizer) && leyden_value_get_kind (optimizer) != LEYDEN_VALUE_STRING)
    leyden_http_exchange_respond_error (exchange, 422, "\"optimizer\" must be a name");
  else if (strlen (leyden_value_get_member_string (body, "title", "")) > MAX_TITLE
           || (!leyden_value_is_null (title) && leyden_value_get_kind (title) != LEYDEN_VALUE_STRING))
    leyden_http_exchange_respond_error (exchange, 422, "\"title\" must be text of at most %d bytes", MAX_TITLE);
  else if (client_id != NULL && (*client_id == '\0' || strlen (client_id) > MAX_CLIENT_ID))
    leyden_http_exchange_respond_error (exchange, 422, "\"client_id\" must have 1 to %d bytes", MAX_CLIENT_ID);
  else
    return is_known_endpoint (self, exchange, body, "model") && is_known_endpoint (self, exchange, body, "optimizer_model");
  return FALSE;
}

void
leyden_gateway_create_experiment (LeydenGateway      *self,
                                  LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *client_id;
  GPtrArray *waiting;
  Creation *creation;

  if (body == NULL || !check_creation (self, exchange, body))
    return;
  client_id = leyden_value_get_member_string (body, "client_id", NULL);
  waiting = client_id == NULL ? NULL : g_hash_table_lookup (self->creating_experiments, client_id);
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
      creation_keep_flow (creation);
      return;
    }
  creation->client_id = g_strdup (client_id);
  creation->key = g_strconcat (CLIENT_KEY, client_id, NULL);
  g_hash_table_insert (self->creating_experiments, g_strdup (client_id), g_ptr_array_ref (creation->exchanges));
  creation_look_up (creation);
}

/* ---- Looking ---- */

typedef struct
{
  LeydenGateway       *self;
  LeydenHttpExchange  *exchange;
  LeydenExperimentRow *row;
  char                *experiment;
  void               (*found) (gpointer lookup);        /* takes it */
  char                *a;
  char                *b;
  const char          *split;           /* static, nullable */
  LeydenExperiment    *ended;
  guint                limit;
} Lookup;

static Lookup *
lookup_new (LeydenGateway      *self,
            LeydenHttpExchange *exchange)
{
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->self = g_object_ref (self);
  lookup->exchange = leyden_http_exchange_ref (exchange);
  lookup->experiment = g_strdup (leyden_http_exchange_get_param (exchange, "experiment"));
  return lookup;
}

static void
lookup_free (Lookup *lookup)
{
  g_object_unref (lookup->self);
  leyden_http_exchange_unref (lookup->exchange);
  g_clear_pointer (&lookup->row, leyden_experiment_row_free);
  g_clear_object (&lookup->ended);
  g_free (lookup->experiment);
  g_free (lookup->a);
  g_free (lookup->b);
  g_free (lookup);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

static LeydenActiveExperiment *
find_live (LeydenGateway *self,
           const char    *experiment)
{
  LeydenActiveExperiment *active = g_hash_table_lookup (self->experiments, experiment);

  return active != NULL && active->live != NULL ? active : NULL;
}

static void
row_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;

  lookup->row = leyden_store_get_experiment_finish (LEYDEN_STORE (object), result, &error);
  if (lookup->row == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  lookup->found (g_steal_pointer (&lookup));
}

/* Reads the row; 404 when there is none. */
static void
look_up (Lookup *lookup,
         void  (*found) (gpointer lookup))
{
  lookup->found = found;
  leyden_store_get_experiment_async (LEYDEN_STORE (lookup->self->store), lookup->experiment, NULL, row_read_cb, lookup);
}

static LeydenValue *
make_list (Lookup    *lookup,
           GPtrArray *rows)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "experiments");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenExperimentRow *row = g_ptr_array_index (rows, i);
      LeydenActiveExperiment *live = find_live (lookup->self, row->experiment);

      /* One that has not begun knows less than its row. */
      leyden_value_builder_take (&b, leyden_gateway_experiment_to_row (live != NULL && live->begun ? live : NULL, row));
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;

  rows = leyden_store_list_experiments_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    leyden_gateway_respond_gerror (lookup->exchange, error);
  else
    leyden_gateway_respond_take (lookup->exchange, 200, make_list (lookup, rows));
}

void
leyden_gateway_list_experiments (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  gint64 limit;

  if (leyden_gateway_query_int (exchange, "limit", 1, 1000, 100, &limit))
    leyden_store_list_experiments_async (LEYDEN_STORE (self->store), NULL, (guint)limit, NULL, listed_cb, lookup_new (self, exchange));
}

static void
snapshot_found (gpointer data)
{
  g_autoptr(Lookup) lookup = data;

  leyden_gateway_respond_take (lookup->exchange, 200, leyden_gateway_stored_snapshot (lookup->row));
}

void
leyden_gateway_get_experiment (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  LeydenActiveExperiment *live = find_live (self, leyden_http_exchange_get_param (exchange, "experiment"));

  if (live != NULL && live->begun)
    leyden_gateway_respond_take (exchange, 200, leyden_experiment_snapshot (live->live));
  else
    look_up (lookup_new (self, exchange), snapshot_found);
}

/* ---- Item by item. One that has ended is opened for it: that reads what it found and does nothing. ---- */

static void
answer_grid (Lookup           *lookup,
             LeydenExperiment *experiment)
{
  LeydenValue *grid = leyden_experiment_grid (experiment, lookup->a, lookup->b, lookup->split);

  if (grid != NULL)
    leyden_gateway_respond_take (lookup->exchange, 200, grid);
  else
    leyden_http_exchange_respond_error (lookup->exchange, 404, "The experiment has no such candidate");
}

static void
ended_opened_cb (LeydenExperiment *experiment,
                 gpointer          data)
{
  g_autoptr(Lookup) lookup = data;
  const GError *error = leyden_experiment_get_error (experiment);

  g_signal_handlers_disconnect_by_data (experiment, lookup);
  if (error != NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  /* A few are kept; the last ones that were looked at are the likeliest to be looked at again. */
  if (g_hash_table_size (lookup->self->ended_experiments) >= 4)
    g_hash_table_remove_all (lookup->self->ended_experiments);
  g_hash_table_insert (lookup->self->ended_experiments, g_strdup (lookup->experiment), g_object_ref (experiment));
  answer_grid (lookup, experiment);
}

static void
ended_prepared_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(LeydenRunJob) job = NULL;
  g_autoptr(GError) error = NULL;
  LeydenGateway *self = lookup->self;
  LeydenExperiment *experiment;

  job = leyden_gateway_finish_job (self, result, &error);
  if (self->stopping || self->engine == NULL)
    return;
  if (job != NULL)
    lookup->ended = leyden_run_job_make_experiment (job, self->engine, self->models, lookup->experiment, lookup->row->key, FALSE, &error);
  if (lookup->ended == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  experiment = lookup->ended;
  g_signal_connect (experiment, "finished", G_CALLBACK (ended_opened_cb), g_steal_pointer (&lookup));
  leyden_experiment_start (experiment);
}

static void
grid_found (gpointer data)
{
  g_autoptr(Lookup) lookup = data;
  LeydenGateway *self = lookup->self;
  LeydenValue *definition = lookup->row->definition;

  if (strcmp (lookup->row->state, "finished") != 0 && strcmp (lookup->row->state, "stopped") != 0)
    {
      leyden_http_exchange_respond_error (lookup->exchange, 409, "The experiment is not under way (%s); resume it to compare its items",
                                          lookup->row->state);
      return;
    }
  leyden_run_job_prepare_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), definition, NULL, ended_prepared_cb,
                                g_steal_pointer (&lookup));
}

static gboolean
query_candidate (LeydenHttpExchange *exchange,
                 const char         *name,
                 char              **out)
{
  const char *text = leyden_http_exchange_get_query (exchange, name);

  if (leyden_http_exchange_get_n_query (exchange, name) == 1 && text != NULL && strlen (text) == 16
      && strspn (text, "0123456789abcdef") == 16)
    {
      *out = g_strdup (text);
      return TRUE;
    }
  leyden_http_exchange_respond_error (exchange, 422, "Query \"%s\" must be one candidate: 16 hex digits in lower case", name);
  return FALSE;
}

void
leyden_gateway_get_experiment_grid (LeydenGateway      *self,
                                    LeydenHttpExchange *exchange)
{
  static const char * const splits[] = { "train", "validation", "test", NULL };
  g_autoptr(Lookup) lookup = lookup_new (self, exchange);
  LeydenActiveExperiment *live = find_live (self, lookup->experiment);
  LeydenExperiment *ended = g_hash_table_lookup (self->ended_experiments, lookup->experiment);
  const char *split;

  if (!query_candidate (exchange, "a", &lookup->a) || !query_candidate (exchange, "b", &lookup->b)
      || !leyden_gateway_query_choice (exchange, "split", splits, &split))
    return;
  for (guint i = 0; split != NULL && splits[i] != NULL; i++)
    if (strcmp (splits[i], split) == 0)
      lookup->split = splits[i];
  if (live != NULL && live->begun)
    answer_grid (lookup, live->live);
  else if (ended != NULL)
    answer_grid (lookup, ended);
  else
    look_up (g_steal_pointer (&lookup), grid_found);
}

/* ---- Events ---- */

static void
open_stream (Lookup      *lookup,
             LeydenValue *snapshot,
             gboolean     ended)
{
  LeydenStreamAsk ask = { .scope = LEYDEN_SCOPE_EXPERIMENT, .id = lookup->experiment, .ended = ended };
  g_autoptr(LeydenValue) news = leyden_gateway_trim_snapshot (snapshot);

  if (lookup->self->hub != NULL)
    leyden_event_hub_open (lookup->self->hub, lookup->exchange, &ask, news);
}

static void
events_found (gpointer data)
{
  g_autoptr(Lookup) lookup = data;
  LeydenActiveExperiment *live = find_live (lookup->self, lookup->experiment);
  gboolean active = g_hash_table_contains (lookup->self->experiments, lookup->experiment);
  g_autoptr(LeydenValue) snapshot = NULL;

  snapshot = live != NULL && live->begun ? leyden_experiment_snapshot (live->live) : leyden_gateway_stored_snapshot (lookup->row);
  open_stream (lookup, snapshot, !active);
}

/* Each event is a whole snapshot, so there is nothing to catch up: whatever Last-Event-ID says, the present one comes first. */
void
leyden_gateway_experiment_events (LeydenGateway      *self,
                                  LeydenHttpExchange *exchange)
{
  look_up (lookup_new (self, exchange), events_found);
}

/* ---- Orders ---- */

static void
not_under_way (gpointer data)
{
  g_autoptr(Lookup) lookup = data;

  leyden_http_exchange_respond_error (lookup->exchange, 409, "The experiment is not under way (%s)", lookup->row->state);
}

static const char *
get_state (LeydenActiveExperiment *active)
{
  return active->live != NULL && active->begun ? leyden_experiment_get_state (active->live) : "running";
}

static void
give_order (LeydenGateway          *self,
            LeydenHttpExchange     *exchange,
            LeydenActiveExperiment *active,
            LeydenExperimentOrder   order)
{
  g_autoptr(LeydenExperiment) live = active->live != NULL ? g_object_ref (active->live) : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *id = g_strdup (active->experiment);

  /* It may end by this. */
  leyden_active_experiment_order (active, order);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "experiment", id);
  leyden_value_builder_set_string (&b, "state", live != NULL ? leyden_experiment_get_state (live) : "running");
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 202, leyden_value_builder_end_value (&b));
  leyden_gateway_touch (self);
}

void
leyden_gateway_pause_experiment (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  LeydenActiveExperiment *active = g_hash_table_lookup (self->experiments, leyden_http_exchange_get_param (exchange, "experiment"));
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);

  if (body == NULL)
    return;
  if (active == NULL)
    look_up (lookup_new (self, exchange), not_under_way);
  else if (strcmp (get_state (active), "running") != 0)
    leyden_http_exchange_respond_error (exchange, 409, "The experiment is %s", get_state (active));
  else
    give_order (self, exchange, active, LEYDEN_ORDER_PAUSE);
}

static void
resume_found (gpointer data)
{
  g_autoptr(Lookup) lookup = data;

  if (g_hash_table_contains (lookup->self->experiments, lookup->experiment))
    leyden_http_exchange_respond_error (lookup->exchange, 409, "The experiment is under way already");
  else if (strcmp (lookup->row->state, "finished") == 0 || strcmp (lookup->row->state, "stopped") == 0)
    leyden_http_exchange_respond_error (lookup->exchange, 409, "The experiment has ended (%s)", lookup->row->state);
  else
    leyden_gateway_take_up_experiment (lookup->self, lookup->row, lookup->exchange);
}

void
leyden_gateway_resume_experiment (LeydenGateway      *self,
                                  LeydenHttpExchange *exchange)
{
  LeydenActiveExperiment *active = g_hash_table_lookup (self->experiments, leyden_http_exchange_get_param (exchange, "experiment"));
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);

  if (body == NULL)
    return;
  if (active == NULL)
    look_up (lookup_new (self, exchange), resume_found);
  else if (active->begun && strcmp (get_state (active), "paused") != 0)
    leyden_http_exchange_respond_error (exchange, 409, "The experiment is under way already");
  else
    give_order (self, exchange, active, LEYDEN_ORDER_RESUME);
}

void
leyden_gateway_stop_experiment (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  LeydenActiveExperiment *active = g_hash_table_lookup (self->experiments, leyden_http_exchange_get_param (exchange, "experiment"));
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  LeydenValue *with_test = leyden_value_get_member (body, "with_test");

  if (body == NULL)
    return;
  if (!leyden_value_is_null (with_test) && leyden_value_get_kind (with_test) != LEYDEN_VALUE_BOOLEAN)
    leyden_http_exchange_respond_error (exchange, 422, "\"with_test\" must be true or false");
  else if (active == NULL)
    look_up (lookup_new (self, exchange), not_under_way);
  else if (strcmp (get_state (active), "running") != 0 && strcmp (get_state (active), "paused") != 0)
    leyden_http_exchange_respond_error (exchange, 409, "The experiment has ended (%s)", get_state (active));
  else
    give_order (self, exchange, active,
                leyden_value_get_member_boolean (body, "with_test", TRUE) ? LEYDEN_ORDER_STOP : LEYDEN_ORDER_STOP_NOW);
}
