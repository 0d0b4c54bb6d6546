/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-run-part.h"
#include "leyden-trace.h"

/* A key that a client chose, kept apart from the hashes of the command line. */
#define CLIENT_KEY "client:"
#define MAX_CLIENT_ID 200

/* ---- Creating a run: body → flow kept → job → live ---- */

typedef struct
{
  LeydenGateway *self;
  GPtrArray     *exchanges;             /* all who asked with this client_id */
  LeydenValue   *body;
  char          *client_id;             /* nullable */
  char          *key;                   /* nullable */
  LeydenKeptFlow *flow;
  LeydenValue   *part;                  /* of the flow that is to run; nullable */
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
  g_clear_pointer (&creation->flow, leyden_kept_flow_free);
  g_clear_pointer (&creation->part, leyden_value_unref);
  g_free (creation->client_id);
  g_free (creation->key);
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

  job = leyden_gateway_finish_job (creation->self, result, &error);
  if (job == NULL || creation->self->stopping || !leyden_run_job_make_debug (job, creation->definition, &error))
    {
      if (error == NULL)
        error = g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
      creation_fail (creation, error);
      return;
    }
  creation->run = leyden_id_new_uuid7 ();
  leyden_gateway_audit (creation->self, g_ptr_array_index (creation->exchanges, 0), "run.started", creation->run, NULL);
  active = leyden_gateway_add_active (creation->self, creation->run, creation->key, creation->definition, leyden_time_now_ns ());
  active->begun = creation_begun;
  active->begun_data = g_steal_pointer (&creation);
  leyden_active_run_go_live (active, job);
}

/* What of the request is kept as it came. */
static const char * const copied[] = {
  "purpose", "input", "dataset", "concurrency", "pace", "deadline_s", "client_id", "cache", "pins", "breakpoints", "paused", NULL,
};

/* Whose trace asked for the run: its rollouts, which have traces of their own, will say so. */
static void
add_trace (Creation *creation)
{
  const char *parent = leyden_http_exchange_get_header (g_ptr_array_index (creation->exchanges, 0), "traceparent");
  g_autoptr(LeydenValue) before = NULL;
  g_autoptr(LeydenValue) text = NULL;
  LeydenTrace trace;

  if (!leyden_trace_parse (parent, &trace))
    return;
  text = leyden_value_new_string (parent, -1);
  before = g_steal_pointer (&creation->definition);
  creation->definition = leyden_value_with_member (before, "traceparent", text);
}

static void
creation_prepare (Creation *creation)
{
  leyden_run_job_prepare_async (LEYDEN_STORE (creation->self->store), LEYDEN_NODE_TYPES (creation->self->catalog), creation->definition, NULL,
                                creation_prepared_cb, creation);
}

/* The values that a part is given may be many: they lie in a blob, and the definition names it. */
static void
creation_part_kept_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  static const char * const names[] = { "mode", "node", "rollout" };
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = leyden_store_put_blob_finish (LEYDEN_STORE (object), result, &error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *title = leyden_value_get_member (leyden_value_get_member (creation->body, "part"), "title");
  g_autoptr(LeydenValue) part = NULL;
  g_autoptr(LeydenValue) before = NULL;

  if (sha256 == NULL || creation->self->store == NULL)
    {
      if (error == NULL)
        error = g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
      creation_fail (creation, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (leyden_value_get_member (creation->part, names[i]) != NULL)
      leyden_value_builder_set (&b, names[i], leyden_value_get_member (creation->part, names[i]));
  /* For lists of runs, which have no flow at hand. */
  if (!leyden_value_is_null (title))
    leyden_value_builder_set (&b, "title", title);
  leyden_value_builder_set_string (&b, "sha256", sha256);
  leyden_value_builder_end (&b);
  part = leyden_value_builder_end_value (&b);
  before = g_steal_pointer (&creation->definition);
  creation->definition = leyden_value_with_member (before, "part", part);
  creation_prepare (g_steal_pointer (&creation));
}

static void
creation_part_found_cb (GObject      *object,
                        GAsyncResult *result,
                        gpointer      user_data)
{
  g_autoptr(Creation) creation = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;

  creation->part = leyden_run_find_part_finish (result, &error);
  if (creation->part == NULL || creation->self->store == NULL)
    {
      if (error == NULL)
        error = g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "The backend is about to end");
      creation_fail (creation, error);
      return;
    }
  bytes = leyden_json_write_bytes (creation->part, LEYDEN_JSON_COMPACT);
  leyden_store_put_blob_async (LEYDEN_STORE (creation->self->store), bytes, creation_part_kept_cb, creation);
  creation = NULL;
}

/* Somebody still waits for it. */
static gboolean
is_wanted (gpointer data)
{
  Creation *creation = data;

  if (creation->self->stopping)
    return FALSE;
  for (guint i = 0; i < creation->exchanges->len; i++)
    if (!leyden_http_exchange_has_hung_up (g_ptr_array_index (creation->exchanges, i)))
      return TRUE;
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
  if (self->store == NULL || !leyden_gateway_check_permissions (self, creation->flow->permissions, creation->exchanges))
    return;
  creation->definition = leyden_gateway_make_definition (self, creation->body, creation->flow, copied);
  add_trace (creation);
  if (leyden_value_is_null (leyden_value_get_member (creation->body, "part")))
    creation_prepare (g_steal_pointer (&creation));
  else
    {
      leyden_run_find_part_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (self->catalog), leyden_value_get_member (creation->body, "flow"),
                                  leyden_value_get_member (creation->body, "part"),
                                  g_strcmp0 (leyden_value_get_member_string (creation->body, "pins", NULL), "ignore") == 0, is_wanted, creation, NULL, creation_part_found_cb, creation);
      creation = NULL;
    }
}

static void
creation_read_flow (Creation *creation)
{
  leyden_gateway_keep_flow_async (creation->self, leyden_value_get_member (creation->body, "flow"), creation_kept_cb, creation);
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
