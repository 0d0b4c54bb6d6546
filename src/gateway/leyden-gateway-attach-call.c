/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who answers an attached agent where no trainer does: the simulated model in this process, or an endpoint of the user. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-attach.h"

#include <string.h>

#include "leyden-gateway-agl.h"
#include "leyden-gateway-proxy-private.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-simulation.h"

/* The seed of worlds that nobody gave one. */
#define SEED 42
#define SIMULATED_ADDRESS "simulated"

typedef struct
{
  LeydenProxy        *proxy;
  LeydenHttpExchange *exchange;
  LeydenEndpoint     *endpoint;
  LeydenValue        *body;             /* forced */
  LeydenValue        *server;
  gboolean            streams;
  gint64              began_us;
  LeydenValue        *answer;           /* simulated */
  guint               status;
} AttachedCall;

static void
attached_call_free (AttachedCall *self)
{
  leyden_proxy_unref (self->proxy);
  leyden_http_exchange_unref (self->exchange);
  leyden_endpoint_free (self->endpoint);
  leyden_value_unref (self->body);
  leyden_value_unref (self->server);
  g_clear_pointer (&self->answer, leyden_value_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AttachedCall, attached_call_free)

/* ---- The simulated model ---- */

static void
stream_answer (AttachedCall *self)
{
  LeydenValue *options = leyden_value_get_member (self->body, "stream_options");
  g_autoptr(GPtrArray) chunks = leyden_simulation_stream (self->answer, leyden_value_get_member_boolean (options, "include_usage", FALSE));
  LeydenHttpStream *stream;

  leyden_http_exchange_add_header (self->exchange, "X-Leyden-Extension", "streaming");
  stream = leyden_http_exchange_respond_stream (self->exchange, 200, "text/event-stream");
  for (guint i = 0; i < chunks->len; i++)
    {
      LeydenSimulationChunk *chunk = g_ptr_array_index (chunks, i);
      g_autofree char *text = leyden_json_write (chunk->chunk, LEYDEN_JSON_COMPACT);

      leyden_http_stream_write_event (stream, NULL, NULL, text, -1);
    }
  leyden_http_stream_write_event (stream, NULL, NULL, "[DONE]", -1);
  leyden_http_stream_close (stream);
  leyden_http_stream_unref (stream);
}

static void
recorded_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(AttachedCall) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_autoptr(GBytes) bytes = NULL;

  if (change == NULL)
    {
      leyden_gateway_respond_gerror (self->exchange, error);
      return;
    }
  if (change->outcome != LEYDEN_AGL_DONE)
    {
      leyden_agl_respond_unknown (self->exchange, change->rollout);
      return;
    }
  leyden_http_exchange_add_header (self->exchange, "X-Leyden-Simulated", "1");
  if (self->streams && self->status == 200)
    {
      stream_answer (self);
      return;
    }
  bytes = leyden_proxy_write (self->answer);
  leyden_http_exchange_respond (self->exchange, self->status, "application/json", bytes);
}

/* As OpenAI's wire words it. */
static LeydenValue *
make_error (const char *message)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "error");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "message", message);
  leyden_value_builder_set_string (&b, "type", "invalid_request_error");
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Answered when it is on disk, as every call of an agent. */
static void
simulate (AttachedCall *self)
{
  gboolean chat = strcmp (leyden_http_exchange_get_param (self->exchange, "path"), "chat/completions") == 0;
  LeydenAglChange *change = leyden_agl_change_new (LEYDEN_AGL_EVENT, leyden_http_exchange_get_param (self->exchange, "rollout"));
  g_autoptr(GError) error = NULL;

  self->answer = chat ? leyden_simulation_complete (self->body, SEED, 0, &error) : leyden_simulation_complete_text (self->body, SEED, 0, &error);
  self->status = self->answer != NULL ? 200 : 400;
  if (self->answer == NULL)
    self->answer = make_error (error->message);
  /* Texts stream in one way only. */
  self->streams = self->streams && chat;
  change->attempt = g_strdup (leyden_http_exchange_get_param (self->exchange, "attempt"));
  change->type = leyden_value_new_string ("model_request", -1);
  change->data = leyden_proxy_event (self->server, self->body, self->answer, (double)(g_get_monotonic_time () - self->began_us) / 1000,
                                     self->status, 0, NULL);
  change->actor = g_strdup ("proxy");
  change->now_ns = leyden_time_now_ns ();
  leyden_sqlite_store_agl_change_async (self->proxy->gateway->store, change, recorded_cb, self);
}

/* ---- An endpoint of the user ---- */

static void
start_call (AttachedCall *self,
            const char   *key)
{
  if (self->proxy->gateway == NULL)
    leyden_proxy_respond_busy (self->exchange, "The gateway is about to end");
  else
    leyden_proxy_call_start (self->proxy, self->exchange, self->server, self->body, self->streams, key);
}

static void
key_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(AttachedCall) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);

  if (key != NULL)
    start_call (self, key);
  else
    leyden_agl_respond_detail (self->exchange, 502, "The endpoint %s has no key: %s", self->endpoint->name, error->message);
}

static void
ask_endpoint (AttachedCall *call)
{
  g_autoptr(AttachedCall) self = call;
  g_autofree char *origin = NULL;

  if (strcmp (self->endpoint->wire, "openai") != 0)
    {
      leyden_agl_respond_detail (self->exchange, 502, "The endpoint %s does not speak the protocol of OpenAI, which agents speak", self->endpoint->name);
      return;
    }
  if (self->endpoint->secret == NULL)
    {
      start_call (self, NULL);
      return;
    }
  origin = leyden_secrets_origin_of (self->endpoint->base_uri);
  leyden_secrets_lookup_async (self->proxy->gateway->secrets, self->endpoint->secret, origin, NULL, key_cb, self);
  self = NULL;
}

/* ---- Either ---- */

static LeydenValue *
make_server (const LeydenEndpoint *endpoint,
             LeydenValue          *model)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "model", model);
  leyden_value_builder_set_string (&b, "endpoint", endpoint->simulated ? SIMULATED_ADDRESS : endpoint->base_uri);
  leyden_value_builder_set_int (&b, "version", 0);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
replace_member (LeydenValue *object,
                const char  *key,
                LeydenValue *value)
{
  LeydenValue *changed = leyden_value_with_member (object, key, value);

  leyden_value_unref (object);
  return changed;
}

/* Servers that do not know these fields refuse the whole request. A server that was asked before (leyden-gateway-preflight.c) and does know them
 * gets them. */
static LeydenValue *
force_body (LeydenGateway        *self,
            const LeydenEndpoint *endpoint,
            LeydenValue          *model,
            LeydenValue          *body,
            gboolean              train)
{
  LeydenProxyRules rules = self->proxy->rules;
  LeydenValue *forced;

  rules.model = (char *)leyden_value_get_string (model, NULL);
  if (rules.model == NULL)
    rules.model = (char *)"";
  forced = leyden_proxy_force (&rules, body, train);
  if (leyden_value_is_null (model))
    forced = replace_member (forced, "model", NULL);
  if (!endpoint->simulated && !leyden_gateway_gives_token_ids (self, endpoint->name))
    {
      forced = replace_member (forced, "return_token_ids", NULL);
      forced = replace_member (forced, "logprobs", leyden_value_get_member (body, "logprobs"));
    }
  return forced;
}

static LeydenValue *
choose_model (LeydenGateway          *self,
              const LeydenAttachment *attachment)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) wanted = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", attachment->endpoint);
  leyden_value_builder_set_string (&b, "model", attachment->model);
  leyden_value_builder_end (&b);
  wanted = leyden_value_builder_end_value (&b);
  return leyden_gateway_resolve_model (self, wanted);
}

void
leyden_gateway_attach_call (LeydenGateway          *self,
                            LeydenHttpExchange     *exchange,
                            const LeydenAttachment *attachment,
                            LeydenValue            *body,
                            gboolean                streams)
{
  g_autoptr(LeydenValue) chosen = choose_model (self, attachment);
  const char *name = leyden_value_get_member_string (chosen, "endpoint", "simulated");
  const LeydenEndpoint *endpoint = leyden_models_get_endpoint (self->models, name);
  LeydenValue *model = leyden_value_get_member (chosen, "model");
  gboolean train = strcmp (leyden_http_exchange_get_param (exchange, "mode"), "train") == 0;
  AttachedCall *call;

  if (endpoint == NULL)
    {
      leyden_http_exchange_add_header (exchange, "Retry-After", "5");
      leyden_agl_respond_detail (exchange, 503, "There is no endpoint %s any more", name);
      return;
    }
  if (leyden_value_is_null (model) && !endpoint->simulated)
    {
      leyden_agl_respond_detail (exchange, 502, "The endpoint %s has no default model", name);
      return;
    }
  call = g_new0 (AttachedCall, 1);
  call->proxy = g_rc_box_acquire (self->proxy);
  call->exchange = leyden_http_exchange_ref (exchange);
  call->endpoint = leyden_endpoint_copy (endpoint);
  call->body = force_body (self, endpoint, model, body, train);
  call->server = make_server (endpoint, model);
  call->streams = streams;
  call->began_us = g_get_monotonic_time ();
  if (endpoint->simulated && endpoint->base_uri == NULL)
    simulate (call);
  else
    ask_endpoint (call);
}
