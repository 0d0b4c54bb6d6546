/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /leyden/v1/preflight: whether a trainer can learn from what an endpoint answers. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-proxy-private.h"

#include <string.h>

#include "leyden-store-agl.h"

/* Servers of the model that is trained; more are not asked one by one. */
#define MAX_SERVERS 32

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  char               *name;             /* of one of our endpoints; else NULL */
  GPtrArray          *results;          /* LeydenValue, in order of the servers */
  guint               n_open;
} Asking;

static void
asking_free (Asking *self)
{
  g_object_unref (self->self);
  leyden_http_exchange_unref (self->exchange);
  g_ptr_array_unref (self->results);
  g_free (self->name);
  g_free (self);
}

static Asking *
asking_new (LeydenGateway      *self,
            LeydenHttpExchange *exchange)
{
  Asking *asking = g_new0 (Asking, 1);

  asking->self = g_object_ref (self);
  asking->exchange = leyden_http_exchange_ref (exchange);
  asking->results = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  return asking;
}

gboolean
leyden_gateway_gives_token_ids (LeydenGateway *self,
                                const char    *endpoint)
{
  return self->token_ids != NULL && g_hash_table_contains (self->token_ids, endpoint);
}

void
leyden_gateway_forget_preflight (LeydenGateway *self,
                                 const char    *endpoint)
{
  if (self->token_ids != NULL)
    g_hash_table_remove (self->token_ids, endpoint);
}

static void
note_token_ids (LeydenGateway *self,
                const char    *endpoint,
                LeydenValue   *result)
{
  if (self->token_ids == NULL)
    self->token_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (leyden_value_get_member_boolean (result, "token_ids", FALSE))
    g_hash_table_add (self->token_ids, g_strdup (endpoint));
  else
    g_hash_table_remove (self->token_ids, endpoint);
}

static void
respond (Asking *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "results");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->results->len; i++)
    leyden_value_builder_add (&b, self->results->pdata[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (self->exchange, 200, leyden_value_builder_end_value (&b));
  asking_free (self);
}

typedef struct
{
  Asking *asking;
  guint   at;
} Place;

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autofree Place *place = data;
  Asking *self = place->asking;
  g_autoptr(GError) error = NULL;
  LeydenValue *found = leyden_models_preflight_finish (LEYDEN_MODELS (object), result, &error);

  /* It gives a verdict whatever happens. */
  g_assert (found != NULL);
  leyden_value_unref (self->results->pdata[place->at]);
  self->results->pdata[place->at] = found;
  if (self->name != NULL)
    note_token_ids (self->self, self->name, found);
  if (--self->n_open == 0)
    respond (self);
}

static void
ask (Asking               *self,
     const LeydenEndpoint *endpoint,
     const char           *model,
     const char           *key)
{
  Place *place = g_new (Place, 1);

  *place = (Place) { self, self->results->len };
  g_ptr_array_add (self->results, leyden_value_new_null ());
  self->n_open++;
  leyden_models_preflight_async (self->self->models, endpoint, model, key, NULL, asked_cb, place);
}

/* ---- The servers of the trainer ---- */

static void
models_read_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  Asking *self = data;
  const char *model = self->self->proxy->rules.model;
  g_autoptr(GPtrArray) models = NULL;
  g_autoptr(GError) error = NULL;

  models = leyden_sqlite_store_agl_models_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  if (models == NULL)
    {
      leyden_gateway_respond_gerror (self->exchange, error);
      asking_free (self);
      return;
    }
  /* Held open: each may answer at once. */
  self->n_open++;
  for (guint i = 0; i < models->len && self->results->len < MAX_SERVERS; i++)
    {
      const LeydenAglModel *each = models->pdata[i];
      LeydenEndpoint endpoint = { .name = (char *)"trainer", .title = (char *)"", .base_uri = each->endpoint, .wire = (char *)"openai" };

      if (strcmp (each->model, model) == 0)
        ask (self, &endpoint, model, NULL);
    }
  if (--self->n_open == 0)
    respond (self);
}

/* ---- The route ---- */

/* An address that is not saved yet. NULL after it was refused. */
static LeydenEndpoint *
read_endpoint (LeydenHttpExchange *exchange,
               LeydenValue        *body)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;
  LeydenEndpoint *endpoint;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", "preflight");
  leyden_value_builder_set (&b, "base_uri", leyden_value_get_member (body, "base_uri"));
  leyden_value_builder_set_string (&b, "wire", leyden_value_get_member_string (body, "wire", "openai"));
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  endpoint = leyden_endpoint_from_value (value, &error);
  if (endpoint == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
  return endpoint;
}

void
leyden_gateway_preflight (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *name = leyden_value_get_member_string (body, "endpoint", NULL);
  const char *model = leyden_value_get_member_string (body, "model", NULL);
  const char *key = leyden_value_get_member_string (body, "key", NULL);
  const LeydenEndpoint *known = name != NULL ? leyden_models_get_endpoint (self->models, name) : NULL;
  g_autoptr(LeydenEndpoint) unsaved = NULL;
  Asking *asking;

  if (body == NULL)
    return;
  if (name != NULL && known == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 404, "There is no endpoint \"%s\"", name);
      return;
    }
  if (leyden_value_get_member_boolean (body, "trainer", FALSE))
    {
      leyden_sqlite_store_agl_models_async (self->store, models_read_cb, asking_new (self, exchange));
      return;
    }
  if (known == NULL)
    unsaved = read_endpoint (exchange, body);
  if (known == NULL && unsaved == NULL)
    return;
  asking = asking_new (self, exchange);
  asking->name = g_strdup (name);
  ask (asking, known != NULL ? known : unsaved, model, key);
}
