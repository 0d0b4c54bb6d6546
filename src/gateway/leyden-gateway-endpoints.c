/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include "leyden-json.h"

#define ENDPOINT_KIND "endpoint"
#define SETTING_KIND "setting"
#define DEFAULT_MODEL "default-model"
#define MAX_SECRET (64 * 1024)
#define MAX_ORIGINS 16

LeydenValue *
leyden_gateway_dup_default_model (LeydenGateway *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", leyden_models_get_default_endpoint (self->models));
  leyden_value_builder_set_string (&b, "model", leyden_models_get_default_model (self->models));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- What is stored ---- */

static void
load_endpoint (LeydenGateway *self,
               const char    *name,
               LeydenValue   *value)
{
  g_autoptr(LeydenEndpoint) endpoint = NULL;
  g_autoptr(GError) error = NULL;

  endpoint = leyden_endpoint_from_value (value, &error);
  if (endpoint == NULL || !leyden_models_set_endpoint (self->models, endpoint, &error))
    g_warning ("Endpoint \"%s\" is left out: %s", name, error->message);
}

static void
default_loaded_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(LeydenValue) settings = NULL;
  LeydenGateway *self = g_task_get_source_object (task);
  GError *error = NULL;
  LeydenValue *model;
  const char *endpoint;

  settings = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  if (settings == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  model = leyden_value_get_member (settings, DEFAULT_MODEL);
  endpoint = leyden_value_get_member_string (model, "endpoint", NULL);
  if (endpoint != NULL && leyden_models_get_endpoint (self->models, endpoint) != NULL)
    leyden_models_set_default (self->models, endpoint, leyden_value_get_member_string (model, "model", NULL));
  g_task_return_boolean (task, TRUE);
}

static void
endpoints_loaded_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(LeydenValue) endpoints = NULL;
  LeydenGateway *self = g_task_get_source_object (task);
  GError *error = NULL;

  endpoints = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  if (endpoints == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    load_endpoint (self, leyden_value_get_key (endpoints, i), leyden_value_get_item (endpoints, i));
  leyden_store_list_documents_async (LEYDEN_STORE (object), SETTING_KIND, NULL, default_loaded_cb, g_steal_pointer (&task));
}

void
leyden_gateway_load_endpoints_async (LeydenGateway       *self,
                                     GAsyncReadyCallback  callback,
                                     gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, leyden_gateway_load_endpoints_async);
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), ENDPOINT_KIND, NULL, endpoints_loaded_cb, task);
}

gboolean
leyden_gateway_load_endpoints_finish (LeydenGateway  *self,
                                      GAsyncResult   *result,
                                      GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- Routes ---- */

void
leyden_gateway_list_endpoints (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_autoptr(GPtrArray) names = leyden_models_list_endpoints (self->models);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "endpoints");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < names->len; i++)
    leyden_value_builder_take (&b, leyden_endpoint_to_value (leyden_models_get_endpoint (self->models, g_ptr_array_index (names, i))));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_take (&b, "default", leyden_gateway_dup_default_model (self));
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

/* A change that waits for its document to be on disk. */
typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenEndpoint     *endpoint;         /* PUT */
  char               *removed;          /* DELETE */
  LeydenValue        *model;            /* default-model */
} Change;

static void
change_free (Change *change)
{
  g_object_unref (change->self);
  leyden_http_exchange_unref (change->exchange);
  g_clear_pointer (&change->endpoint, leyden_endpoint_free);
  g_clear_pointer (&change->model, leyden_value_unref);
  g_free (change->removed);
  g_free (change);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static Change *
change_new (LeydenGateway      *self,
            LeydenHttpExchange *exchange)
{
  Change *change = g_new0 (Change, 1);

  change->self = g_object_ref (self);
  change->exchange = leyden_http_exchange_ref (exchange);
  return change;
}

static void
endpoint_stored_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error)
      || !leyden_models_set_endpoint (change->self->models, change->endpoint, &error))
    leyden_gateway_respond_gerror (change->exchange, error);
  else
    {
      leyden_gateway_forget_preflight (change->self, change->endpoint->name);
      leyden_gateway_respond_take (change->exchange, 200, leyden_endpoint_to_value (change->endpoint));
    }
}

void
leyden_gateway_put_endpoint (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  g_autoptr(LeydenValue) named = NULL;
  g_autoptr(LeydenValue) stored = NULL;
  g_autoptr(LeydenValue) name_value = NULL;
  g_autoptr(LeydenEndpoint) endpoint = NULL;
  g_autoptr(GError) error = NULL;
  Change *change;

  if (body == NULL)
    return;
  if (g_strcmp0 (leyden_value_get_member_string (body, "name", name), name) != 0)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"name\" in the body is not the name in the path");
      return;
    }
  if (strcmp (name, "simulated") == 0)
    {
      leyden_http_exchange_respond_error (exchange, 403, "The built-in endpoint \"simulated\" cannot be changed");
      return;
    }
  name_value = leyden_value_new_string (name, -1);
  named = leyden_value_with_member (body, "name", name_value);
  endpoint = leyden_endpoint_from_value (named, &error);
  if (endpoint == NULL)
    {
      /* An address that policy refuses (A34), not a field that is wrong. */
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  change = change_new (self, exchange);
  change->endpoint = g_steal_pointer (&endpoint);
  stored = leyden_endpoint_to_value (change->endpoint);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), ENDPOINT_KIND, name, stored, endpoint_stored_cb, change);
}

static void
endpoint_removed_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;
  LeydenModels *models = change->self->models;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (change->exchange, error);
      return;
    }
  leyden_models_remove_endpoint (models, change->removed);
  leyden_gateway_forget_preflight (change->self, change->removed);
  if (g_strcmp0 (leyden_models_get_default_endpoint (models), change->removed) == 0)
    leyden_models_set_default (models, "simulated", NULL);
  leyden_http_exchange_respond (change->exchange, 204, NULL, NULL);
}

void
leyden_gateway_delete_endpoint (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  const LeydenEndpoint *endpoint = leyden_models_get_endpoint (self->models, name);
  Change *change;

  if (endpoint == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 404, "There is no endpoint \"%s\"", name);
      return;
    }
  if (endpoint->simulated && endpoint->base_uri == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 403, "The built-in endpoint \"simulated\" cannot be removed");
      return;
    }
  change = change_new (self, exchange);
  change->removed = g_strdup (name);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), ENDPOINT_KIND, name, NULL, endpoint_removed_cb, change);
}

static void
default_stored_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (change->exchange, error);
      return;
    }
  leyden_models_set_default (change->self->models, leyden_value_get_member_string (change->model, "endpoint", "simulated"),
                             leyden_value_get_member_string (change->model, "model", NULL));
  leyden_gateway_respond_take (change->exchange, 200, leyden_gateway_dup_default_model (change->self));
}

void
leyden_gateway_put_default (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *endpoint = leyden_value_get_member_string (body, "endpoint", NULL);
  LeydenValue *model = leyden_value_get_member (body, "model");
  Change *change;

  if (body == NULL)
    return;
  if (endpoint == NULL || (!leyden_value_is_null (model) && leyden_value_get_kind (model) != LEYDEN_VALUE_STRING))
    {
      leyden_http_exchange_respond_error (exchange, 422, "Expected {\"endpoint\": name, \"model\": name or null}");
      return;
    }
  if (leyden_models_get_endpoint (self->models, endpoint) == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "There is no endpoint \"%s\"; add it first", endpoint);
      return;
    }
  change = change_new (self, exchange);
  change->model = g_steal_pointer (&body);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), SETTING_KIND, DEFAULT_MODEL, change->model, default_stored_cb, change);
}

/* ---- Models and probing ---- */

static void
respond_named (LeydenHttpExchange *exchange,
               const char         *key,
               LeydenValue        *list)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, key, list);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

static void
models_listed_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) models = leyden_models_list_models_finish (LEYDEN_MODELS (object), result, &error);

  if (models == NULL)
    leyden_http_exchange_respond_error (exchange, 502, "%s", error->message);
  else
    respond_named (exchange, "models", models);
  leyden_http_exchange_unref (exchange);
}

void
leyden_gateway_list_models (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  const char *name = leyden_http_exchange_get_param (exchange, "name");

  if (leyden_models_get_endpoint (self->models, name) == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 404, "There is no endpoint \"%s\"", name);
      return;
    }
  leyden_models_list_models_async (self->models, name, NULL, models_listed_cb, leyden_http_exchange_ref (exchange));
}

/* What a call to the endpoint is on its way: for who wants to make it with another program. Nothing is sent. */
void
leyden_gateway_describe_call (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenModelCall call = { .endpoint = leyden_http_exchange_get_param (exchange, "name") };
  LeydenValue *described;

  if (body == NULL)
    return;
  call.body = leyden_value_get_member (body, "body");
  call.sample = (guint64) leyden_value_get_member_int (body, "sample", 0);
  if (leyden_value_get_kind (call.body) != LEYDEN_VALUE_OBJECT)
    {
      leyden_http_exchange_respond_error (exchange, 422, "Expected {\"body\": chat-completions request, \"sample\": integer}");
      return;
    }
  described = leyden_models_describe_call (self->models, &call, NULL);
  if (described != NULL)
    leyden_gateway_respond_take (exchange, 200, described);
  else
    leyden_http_exchange_respond_error (exchange, 404, "There is no endpoint \"%s\"", call.endpoint);
}

static void
probed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) found = leyden_models_probe_finish (LEYDEN_MODELS (object), result, &error);

  if (found == NULL)
    leyden_http_exchange_respond_error (exchange, 502, "%s", error->message);
  else
    respond_named (exchange, "found", found);
  leyden_http_exchange_unref (exchange);
}

void
leyden_gateway_probe (LeydenGateway      *self,
                      LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);

  if (body != NULL)
    leyden_models_probe_async (self->models, NULL, probed_cb, leyden_http_exchange_ref (exchange));
}

/* ---- Secrets: in memory, never readable ---- */

static gboolean
is_secret_name (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > 64)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (name[i]) && name[i] != '-' && name[i] != '_' && name[i] != '.')
      return FALSE;
  return TRUE;
}

/* NULL-terminated; NULL after a refusal. Each is stored as its origin, so "https://host/v1" works too. */
static char **
read_origins (LeydenHttpExchange *exchange,
              LeydenValue        *list)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  guint n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? leyden_value_get_size (list) : 0;

  for (guint i = 0; i < n && n <= MAX_ORIGINS; i++)
    {
      const char *text = leyden_value_get_string (leyden_value_get_item (list, i), NULL);
      g_autofree char *origin = text == NULL ? NULL : leyden_secrets_origin_of (text);

      if (origin == NULL)
        n = 0;
      else
        g_strv_builder_add (builder, origin);
    }
  if (n >= 1 && n <= MAX_ORIGINS)
    return g_strv_builder_end (builder);
  leyden_http_exchange_respond_error (exchange, 422, "\"origins\" must be a list of 1 to %d origins like \"https://api.example.com\"",
                                      MAX_ORIGINS);
  return NULL;
}

void
leyden_gateway_put_secret (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  g_auto(GStrv) origins = NULL;
  LeydenValue *value;
  const char *text;
  gsize length = 0;

  if (body == NULL)
    return;
  value = leyden_value_get_member (body, "value");
  text = leyden_value_get_string (value, &length);
  if (!is_secret_name (name))
    {
      leyden_http_exchange_respond_error (exchange, 422, "The name of a secret has 1 to 64 letters, digits, '-', '_' or '.'");
      return;
    }
  if (leyden_value_is_null (value))
    {
      leyden_secrets_set_session (self->secrets, name, NULL, NULL);
      leyden_http_exchange_respond (exchange, 204, NULL, NULL);
      return;
    }
  if (text == NULL || length == 0 || length > MAX_SECRET || strlen (text) != length || strpbrk (text, "\r\n") != NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"value\" must be one line of text, or null to forget it");
      return;
    }
  origins = read_origins (exchange, leyden_value_get_member (body, "origins"));
  if (origins == NULL)
    return;
  leyden_secrets_set_session (self->secrets, name, text, (const char * const *)origins);
  leyden_http_exchange_respond (exchange, 204, NULL, NULL);
}
