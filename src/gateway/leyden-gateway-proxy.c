/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-proxy-private.h"

#include <string.h>

#include "leyden-gateway-agl.h"
#include "leyden-gateway-attach.h"

/* A model thinks long. */
#define TIMEOUT_MS 300000
/* Calls at once. Beyond, agents are asked to come again. */
#define MAX_CALLS 16384
/* An end waits this long for events that are on their way to the disk. */
#define STOP_US (2 * G_USEC_PER_SEC)

/* ---- The proxy ---- */

LeydenProxy *
leyden_proxy_new (LeydenGateway              *gateway,
                  const LeydenGatewayOptions *options)
{
  LeydenProxy *self = g_rc_box_new0 (LeydenProxy);

  self->gateway = gateway;
  self->rules.model = g_strdup (options->proxy_model == NULL ? LEYDEN_PROXY_MODEL : options->proxy_model);
  self->rules.train_temperature = options->train_temperature == NULL ? 1 : *options->train_temperature;
  self->rules.val_temperature = options->val_temperature == NULL ? 0.7 : *options->val_temperature;
  self->rules.log_probs = TRUE;
  self->timeout_ms = options->proxy_timeout_ms == 0 ? TIMEOUT_MS : options->proxy_timeout_ms;
  self->max_calls = options->proxy_max_calls == 0 ? MAX_CALLS : options->proxy_max_calls;
  self->retry_after_s = 5;
  self->waiting = g_array_new (FALSE, FALSE, sizeof (LeydenProxyWaiting));
  self->calls = g_hash_table_new (NULL, NULL);
  self->lanes = leyden_proxy_lanes_new ();
  return self;
}

static void
proxy_clear (gpointer data)
{
  LeydenProxy *self = data;

  g_assert (g_hash_table_size (self->calls) == 0 && self->waiting->len == 0);
  g_clear_pointer (&self->servers, leyden_value_unref);
  g_clear_pointer (&self->reason, leyden_value_unref);
  g_array_unref (self->waiting);
  g_hash_table_unref (self->calls);
  leyden_proxy_lanes_free (self->lanes);
  g_free (self->rules.model);
}

void
leyden_proxy_unref (LeydenProxy *self)
{
  g_rc_box_release_full (self, proxy_clear);
}

guint
leyden_proxy_get_n_inflight (LeydenProxy *self)
{
  return self->n_inflight;
}

gboolean
leyden_proxy_is_paused (LeydenProxy *self)
{
  return self->paused;
}

/* Every call is answered, with what there is or with 503; events that are on their way arrive. */
void
leyden_proxy_stop (LeydenProxy *self)
{
  g_autoptr(GList) calls = g_hash_table_get_keys (self->calls);
  gint64 until = g_get_monotonic_time () + STOP_US;

  self->gateway = NULL;
  for (GList *l = calls; l != NULL; l = l->next)
    leyden_proxy_call_stop (l->data);
  leyden_proxy_lanes_cancel (self->lanes);
  while (g_hash_table_size (self->calls) > 0 && g_get_monotonic_time () < until)
    if (!g_main_context_iteration (g_main_context_get_thread_default (), FALSE))
      g_usleep (1000);
}

void
leyden_proxy_respond_busy (LeydenHttpExchange *exchange,
                           const char         *detail)
{
  leyden_http_exchange_add_header (exchange, "Retry-After", "1");
  leyden_http_exchange_respond_error (exchange, 503, "%s", detail);
}

/* ---- A request: its checks in order ---- */

typedef struct
{
  LeydenProxy        *proxy;
  LeydenHttpExchange *exchange;
  LeydenValue        *body;
} Ask;

static void
ask_free (gpointer data)
{
  Ask *self = data;

  g_clear_pointer (&self->body, leyden_value_unref);
  leyden_http_exchange_unref (self->exchange);
  leyden_proxy_unref (self->proxy);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ask, ask_free)

/* From here on nothing waits: what is checked holds when the call starts. */
static void
check_and_start (Ask *ask)
{
  LeydenProxy *self = ask->proxy;
  LeydenValue *stream = leyden_value_get_member (ask->body, "stream");
  gboolean streams = leyden_value_get_kind (stream) == LEYDEN_VALUE_BOOLEAN && leyden_value_get_boolean (stream);
  const char *rollout = leyden_http_exchange_get_param (ask->exchange, "rollout");
  const char *mode = leyden_http_exchange_get_param (ask->exchange, "mode");
  const LeydenAttachment *attachment = self->gateway != NULL ? leyden_gateway_find_attachment (self->gateway, rollout) : NULL;
  gboolean served = leyden_value_get_size (self->servers) > 0;
  /* Somebody who started an agent by hand may have no trainer. */
  gboolean own = attachment != NULL && (attachment->endpoint != NULL || !served);
  g_autoptr(LeydenValue) forced = NULL;

  if (self->gateway == NULL || self->gateway->stopping)
    leyden_proxy_respond_busy (ask->exchange, "The gateway is about to end");
  else if (!served && !own)
    {
      leyden_http_exchange_add_header (ask->exchange, "Retry-After", "1");
      leyden_agl_respond_detail (ask->exchange, 503, "No servers available for model '%s'", self->rules.model);
    }
  else if (self->paused)
    leyden_proxy_respond_paused (self, ask->exchange);
  /* `true` asks for the extension; what else counts as true is refused as ever. */
  else if (!streams && leyden_proxy_is_truthy (stream))
    leyden_agl_respond_detail (ask->exchange, 400, "Streaming responses are not supported");
  else if (self->n_inflight >= self->max_calls)
    leyden_proxy_respond_busy (ask->exchange, "Too many model calls are under way");
  else
    {
      leyden_gateway_attach_called (self->gateway, rollout);
      if (own)
        {
          leyden_gateway_attach_call (self->gateway, ask->exchange, attachment, ask->body, streams);
          return;
        }
      forced = leyden_proxy_force (&self->rules, ask->body, strcmp (mode, "train") == 0);
      leyden_proxy_call_start (self, ask->exchange, leyden_proxy_choose (self->servers, rollout), forced, streams, NULL);
    }
}

static void read_servers (LeydenProxy *self);

/* (transfer full) */
static LeydenValue *
models_to_value (GPtrArray *models)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < models->len; i++)
    {
      LeydenAglModel *model = g_ptr_array_index (models, i);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "model", model->model);
      leyden_value_builder_set_string (&b, "endpoint", model->endpoint);
      leyden_value_builder_set_take (&b, "version", leyden_value_new_number (model->version, -1));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

typedef struct
{
  LeydenProxy *proxy;
  guint        generation;
} Reading;

static void
models_read_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autofree Reading *reading = user_data;
  LeydenProxy *self = reading->proxy;
  g_autoptr(GPtrArray) models = NULL;
  g_autoptr(GArray) waiting = NULL;
  g_autoptr(GError) error = NULL;

  models = leyden_sqlite_store_agl_models_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  self->reading = FALSE;
  if (models != NULL && reading->generation != self->generation && self->gateway != NULL)
    {
      read_servers (self);
      leyden_proxy_unref (self);
      return;
    }
  if (models != NULL)
    {
      g_autoptr(LeydenValue) all = models_to_value (models);

      g_clear_pointer (&self->servers, leyden_value_unref);
      self->servers = leyden_proxy_sort_servers (all, self->rules.model);
    }
  waiting = g_steal_pointer (&self->waiting);
  self->waiting = g_array_new (FALSE, FALSE, sizeof (LeydenProxyWaiting));
  for (guint i = 0; i < waiting->len; i++)
    {
      const LeydenProxyWaiting *each = &g_array_index (waiting, LeydenProxyWaiting, i);

      each->func (self, error, each->data);
    }
  leyden_proxy_unref (self);
}

static void
read_servers (LeydenProxy *self)
{
  Reading *reading;

  if (self->reading)
    return;
  self->reading = TRUE;
  reading = g_new (Reading, 1);
  *reading = (Reading) { g_rc_box_acquire (self), self->generation };
  leyden_sqlite_store_agl_models_async (self->gateway->store, models_read_cb, reading);
}

void
leyden_proxy_when_known (LeydenProxy      *self,
                         LeydenProxyKnown  func,
                         gpointer          data)
{
  LeydenProxyWaiting waiting = { func, data };

  if (self->servers != NULL || self->gateway == NULL)
    {
      func (self, NULL, data);
      return;
    }
  g_array_append_val (self->waiting, waiting);
  read_servers (self);
}

void
leyden_gateway_proxy_models_changed (LeydenGateway *self)
{
  self->proxy->generation++;
  g_clear_pointer (&self->proxy->servers, leyden_value_unref);
}

static void
known_cb (LeydenProxy  *self,
          const GError *error,
          gpointer      user_data)
{
  g_autoptr(Ask) ask = user_data;

  if (error == NULL)
    check_and_start (ask);
  else
    leyden_gateway_respond_gerror (ask->exchange, error);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(Ask) ask = user_data;
  LeydenProxy *self = ask->proxy;
  g_autoptr(GBytes) found = NULL;
  g_autoptr(GError) error = NULL;

  found = leyden_sqlite_store_agl_answer_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  if (g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    {
      leyden_agl_respond_unknown (ask->exchange, leyden_http_exchange_get_param (ask->exchange, "rollout"));
      return;
    }
  if (found == NULL)
    {
      leyden_gateway_respond_gerror (ask->exchange, error);
      return;
    }
  ask->body = leyden_proxy_parse (leyden_http_exchange_get_body (ask->exchange));
  leyden_http_exchange_drop_body (ask->exchange);
  if (ask->body == NULL)
    leyden_agl_respond_detail (ask->exchange, 400, "Invalid JSON in request body");
  else
    leyden_proxy_when_known (self, known_cb, g_steal_pointer (&ask));
}

void
leyden_gateway_proxy_call (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *mode = leyden_http_exchange_get_param (exchange, "mode");
  const char *path = leyden_http_exchange_get_param (exchange, "path");
  Ask *ask;

  if (strcmp (mode, "train") != 0 && strcmp (mode, "val") != 0)
    {
      leyden_agl_respond_detail (exchange, 404, "Unsupported proxy mode: %s", mode);
      return;
    }
  if (strcmp (path, "chat/completions") != 0 && strcmp (path, "completions") != 0)
    {
      leyden_agl_respond_detail (exchange, 404, "Unsupported upstream path: %s", path);
      return;
    }
  ask = g_new0 (Ask, 1);
  ask->proxy = g_rc_box_acquire (self->proxy);
  ask->exchange = leyden_http_exchange_ref (exchange);
  leyden_sqlite_store_agl_find_async (self->store, leyden_http_exchange_get_param (exchange, "rollout"), found_cb, ask);
}
