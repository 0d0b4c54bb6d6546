/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

/* One call through its tries. The client's going away changes nothing: what the model said is part of the rollout.
 *
 *   try_once -> (answer, error) -> pause -> try_once …
 *                               -> record -> (synced) -> answer the client
 *                               -> answer the client                       502 and 504, of which nothing is recorded
 *
 * A call of our own engine has no client: what would be recorded and answered goes to whoever asked, and becomes part of its log.
 *
 * A stream goes to the client event by event; its last one, "[DONE]", waits for the sync as an answer does.
 */
#include "leyden-gateway-proxy-private.h"

#include <string.h>

#include "leyden-gateway-agl.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-trace.h"

struct _LeydenProxyCall
{
  LeydenProxy         *proxy;
  LeydenHttpExchange  *exchange;        /* NULL: of our own engine */
  LeydenProxyDone      done;            /* then */
  gpointer             done_data;
  char                *rollout;
  char                *uri;
  char                *key;             /* of the server, nullable */
  LeydenValue         *server;
  LeydenValue         *body;
  GBytes              *bytes;           /* @body as it is sent */
  LeydenHttpRequest   *request;         /* of this try */
  GSource             *pause;
  GCancellable        *cancellable;     /* of the request; NULL: it ends with the proxy */
  GSource             *watch;           /* whether whoever asked has given up; nullable */
  gint64               began_us;
  guint                n_tries;
  gboolean             streams;
  LeydenProxyCapture  *capture;         /* once the first event came */
  LeydenHttpStream    *stream;
  gboolean             saw_done;

  /* What the client gets after the sync. */
  guint                status;
  GBytes              *answer;
};

static void
call_free (LeydenProxyCall *self)
{
  g_hash_table_remove (self->proxy->calls, self);
  self->proxy->n_inflight--;
  if (self->proxy->gateway != NULL)
    leyden_gateway_touch (self->proxy->gateway);
  g_clear_pointer (&self->stream, leyden_http_stream_unref);
  g_clear_pointer (&self->exchange, leyden_http_exchange_unref);
  if (self->pause != NULL)
    g_source_destroy (self->pause);
  g_clear_pointer (&self->pause, g_source_unref);
  if (self->watch != NULL)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->capture, leyden_proxy_capture_free);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_clear_object (&self->request);
  g_bytes_unref (self->bytes);
  leyden_value_unref (self->body);
  leyden_value_unref (self->server);
  g_free (self->rollout);
  g_free (self->uri);
  g_free (self->key);
  leyden_proxy_unref (self->proxy);
  g_free (self);
}

/* ---- The end ---- */

/* A stream that was begun cannot change its status any more: it says in an event what went wrong, and has no "[DONE]". */
static void
end_stream (LeydenProxyCall *self,
            const char      *problem)
{
  if (problem != NULL)
    {
      g_autoptr(GString) text = g_string_new ("{\"error\":{\"message\":");

      leyden_json_write_string (text, problem, -1);
      g_string_append (text, "}}");
      leyden_http_stream_write_event (self->stream, NULL, NULL, text->str, (gssize)text->len);
    }
  else if (self->saw_done)
    leyden_http_stream_write_event (self->stream, NULL, NULL, "[DONE]", -1);
  leyden_http_stream_close (self->stream);
}

static void
finish_with_detail (LeydenProxyCall *self,
                    guint            status,
                    const char      *detail)
{
  if (self->done != NULL)
    self->done (status, NULL, NULL, detail, self->done_data);
  else if (self->stream != NULL)
    end_stream (self, detail);
  else if (status == 503)
    leyden_proxy_respond_busy (self->exchange, detail);
  else
    leyden_agl_respond_detail (self->exchange, status, "%s", detail);
  call_free (self);
}

static void
recorded_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  LeydenProxyCall *self = user_data;
  g_autoptr(LeydenAglChange) change = NULL;
  g_autoptr(GError) error = NULL;

  change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  if (change == NULL && self->stream != NULL)
    end_stream (self, error->message);
  else if (change == NULL)
    leyden_gateway_respond_gerror (self->exchange, error);
  else if (change->outcome != LEYDEN_AGL_DONE)
    {
      g_autofree char *detail = g_strdup_printf ("Rollout not found: %s", self->rollout);

      finish_with_detail (self, 404, detail);
      return;
    }
  else if (self->stream != NULL)
    end_stream (self, self->status >= 400 ? LEYDEN_PROXY_INVALID : NULL);
  else
    leyden_http_exchange_respond (self->exchange, self->status, self->answer != NULL ? "application/json" : NULL, self->answer);
  call_free (self);
}

/* Stores the event; the client is answered after the sync. */
static void
record (LeydenProxyCall *self,
        LeydenValue     *response,
        guint            status,
        const char      *problem)
{
  double latency_ms = (double)(g_get_monotonic_time () - self->began_us) / 1000;
  g_autoptr(LeydenValue) event = leyden_proxy_event (self->server, self->body, response, latency_ms, status, self->n_tries - 1, problem);
  LeydenAglChange *change;

  if (self->done != NULL)
    {
      self->done (status, response, event, problem, self->done_data);
      call_free (self);
      return;
    }
  change = leyden_agl_change_new (LEYDEN_AGL_EVENT, self->rollout);
  self->status = status;
  change->attempt = g_strdup (leyden_http_exchange_get_param (self->exchange, "attempt"));
  change->type = leyden_value_new_string ("model_request", -1);
  change->data = g_steal_pointer (&event);
  change->actor = g_strdup ("proxy");
  change->now_ns = leyden_time_now_ns ();
  leyden_sqlite_store_agl_change_async (self->proxy->gateway->store, change, recorded_cb, self);
}

static LeydenValue *
make_object (const char *key,
             const char *text)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (key != NULL)
    leyden_value_builder_set_string (&b, key, text);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* An answer that is none: the client hears 502, and the event says what the client heard. */
static void
record_invalid (LeydenProxyCall *self)
{
  g_autoptr(LeydenValue) response = make_object ("error", LEYDEN_PROXY_INVALID);
  g_autoptr(LeydenValue) detail = make_object ("detail", LEYDEN_PROXY_INVALID);

  self->answer = leyden_json_write_bytes (detail, LEYDEN_JSON_COMPACT);
  record (self, response, 502, LEYDEN_PROXY_INVALID);
}

/* ---- Tries ---- */

static void try_once (LeydenProxyCall *self);

static gboolean
pause_over_cb (gpointer data)
{
  LeydenProxyCall *self = data;

  g_clear_pointer (&self->pause, g_source_unref);
  try_once (self);
  return G_SOURCE_REMOVE;
}

static void
pause_then_try (LeydenProxyCall *self)
{
  self->pause = g_timeout_source_new (leyden_proxy_pause_ms (self->n_tries, g_random_double ()));
  g_source_set_callback (self->pause, pause_over_cb, self, NULL);
  g_source_attach (self->pause, g_main_context_get_thread_default ());
}

/* What another try may not meet again. An address that cannot be one, or is not allowed, stays that. */
static gboolean
is_passing (const GError *error)
{
  return g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT)
         || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TLS)
         || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TIMEOUT)
         || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN);
}

static void
take_error (LeydenProxyCall *self,
            const GError    *error)
{
  if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE))
    record_invalid (self);
  else if (is_passing (error) && self->n_tries < LEYDEN_PROXY_TRIES)
    pause_then_try (self);
  else if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TIMEOUT))
    finish_with_detail (self, 504, "Upstream model server timed out");
  else
    {
      g_debug ("A call of rollout %s failed: %s", self->rollout, error->message);
      finish_with_detail (self, 502, "Upstream model server request failed");
    }
}

/* NULL: not an answer. An answer of another type than JSON counts as {}. (transfer full) */
static LeydenValue *
read_response (LeydenProxyCall *self,
               GBytes          *bytes)
{
  const char *type = leyden_http_request_get_response_header (self->request, "Content-Type");

  if (type == NULL || g_ascii_strncasecmp (type, "application/json", strlen ("application/json")) != 0)
    return make_object (NULL, NULL);
  return g_bytes_get_size (bytes) == 0 ? NULL : leyden_proxy_parse (bytes);
}

static void
take_answer (LeydenProxyCall *self,
             GBytes          *bytes)
{
  guint status = leyden_http_request_get_status (self->request);
  g_autoptr(LeydenValue) response = NULL;

  if (leyden_proxy_retries_status (status) && self->n_tries < LEYDEN_PROXY_TRIES)
    {
      pause_then_try (self);
      return;
    }
  response = read_response (self, bytes);
  if (response == NULL || status < 200 || status > 599)
    {
      record_invalid (self);
      return;
    }
  /* These have no body (RFC 9110, section 15). */
  if (status != 204 && status != 304)
    self->answer = leyden_proxy_write (response);
  record (self, response, status, NULL);
}

/* TRUE when the program ends: an agent then tries again, at the next one. */
static gboolean
ends (LeydenProxyCall *self)
{
  if (self->proxy->gateway != NULL)
    return FALSE;
  finish_with_detail (self, 503, "The gateway is about to end");
  return TRUE;
}

static void
sent_cb (GBytes       *bytes,
         const GError *error,
         gpointer      user_data)
{
  LeydenProxyCall *self = user_data;

  if (ends (self))
    return;
  if (bytes == NULL)
    take_error (self, error);
  else
    take_answer (self, bytes);
}

/* ---- Streams ---- */

/* In a thread of the proxy's lanes; until the stream ends nobody else looks at what it changes. Goes on when the client left. */
static gboolean
event_cb (const char *event,
          const char *data,
          gsize       length,
          const char *id,
          gpointer    user_data)
{
  LeydenProxyCall *self = user_data;

  if (self->capture == NULL)
    {
      self->capture = leyden_proxy_capture_new ();
      leyden_http_exchange_add_header (self->exchange, "X-Leyden-Extension", "streaming");
      self->stream = leyden_http_exchange_respond_stream (self->exchange, leyden_http_request_get_status (self->request),
                                                          "text/event-stream");
    }
  if (length == 6 && memcmp (data, "[DONE]", 6) == 0)
    {
      self->saw_done = TRUE;
      return FALSE;
    }
  leyden_proxy_capture_push (self->capture, data, length);
  leyden_http_stream_write_event (self->stream, NULL, strcmp (event, "message") == 0 ? NULL : event, data, (gssize)length);
  return TRUE;
}

static void
record_stream (LeydenProxyCall *self,
               const char      *problem)
{
  g_autoptr(LeydenValue) response = leyden_proxy_capture_to_value (self->capture);

  if (problem == NULL && !leyden_proxy_capture_is_whole (self->capture))
    problem = "The stream ended before the answer was whole";
  record (self, response, problem == NULL ? leyden_http_request_get_status (self->request) : 502, problem);
}

static void
streamed_cb (GBytes       *bytes,
             const GError *error,
             gpointer      user_data)
{
  LeydenProxyCall *self = user_data;

  if (ends (self))
    return;
  /* What was passed on is not asked for again. */
  if (self->capture != NULL)
    record_stream (self, error == NULL ? NULL : error->message);
  else if (error != NULL)
    take_error (self, error);
  else if (bytes != NULL)
    take_answer (self, bytes);
  else
    record_invalid (self);
}

/* W3C trace context: an agent's own trace goes on; where it has none, the call belongs to the trace of its rollout. */
static void
add_trace (LeydenProxyCall *self)
{
  LeydenHttpExchange *exchange = self->exchange;
  const char *parent = exchange == NULL ? NULL : leyden_http_exchange_get_header (exchange, "traceparent");
  const char *state = exchange == NULL ? NULL : leyden_http_exchange_get_header (exchange, "tracestate");
  const char *attempt = exchange == NULL ? NULL : leyden_http_exchange_get_param (exchange, "attempt");
  g_autofree char *text = NULL;
  LeydenTrace trace;

  if (!leyden_trace_parse (parent, &trace))
    leyden_trace_of_rollout (self->rollout, attempt != NULL ? attempt : "0", &trace);
  else if (leyden_trace_is_state (state))
    leyden_http_request_set_header (self->request, "tracestate", state);
  leyden_trace_branch (&trace);
  text = leyden_trace_to_string (&trace);
  leyden_http_request_set_header (self->request, "traceparent", text);
}

static void
try_once (LeydenProxyCall *self)
{
  LeydenProxy *proxy = self->proxy;

  g_clear_object (&self->request);
  self->n_tries++;
  self->request = leyden_http_request_new ("POST", self->uri);
  add_trace (self);
  leyden_http_request_set_header (self->request, "Accept", "*/*");
  leyden_http_request_set_body (self->request, "application/json", self->bytes);
  leyden_http_request_set_timeout (self->request, proxy->timeout_ms);
  leyden_http_request_set_follow (self->request, FALSE);
  if (self->key != NULL)
    leyden_http_request_set_bearer (self->request, self->key);
  leyden_proxy_lanes_send (proxy->lanes, self->uri, self->request, self->cancellable, self->streams ? event_cb : NULL,
                           self->streams ? streamed_cb : sent_cb, self);
}

/* Does not begin yet. */
static LeydenProxyCall *
call_new (LeydenProxy *proxy,
          const char  *rollout,
          const char  *path,
          LeydenValue *server,
          LeydenValue *body)
{
  LeydenProxyCall *self = g_new0 (LeydenProxyCall, 1);

  self->proxy = g_rc_box_acquire (proxy);
  self->rollout = g_strdup (rollout);
  self->uri = leyden_proxy_uri (leyden_value_get_member_string (server, "endpoint", ""), path);
  self->server = leyden_value_ref (server);
  self->body = leyden_value_ref (body);
  self->bytes = leyden_proxy_write (body);
  self->began_us = g_get_monotonic_time ();
  proxy->n_inflight++;
  g_hash_table_add (proxy->calls, self);
  return self;
}

void
leyden_proxy_call_start (LeydenProxy        *proxy,
                         LeydenHttpExchange *exchange,
                         LeydenValue        *server,
                         LeydenValue        *body,
                         gboolean            streams,
                         const char         *key)
{
  LeydenProxyCall *self = call_new (proxy, leyden_http_exchange_get_param (exchange, "rollout"),
                                    leyden_http_exchange_get_param (exchange, "path"), server, body);

  self->exchange = leyden_http_exchange_ref (exchange);
  self->streams = streams;
  self->key = g_strdup (key);
  try_once (self);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  LeydenProxyCall *self = data;

  if (self->pause != NULL)
    finish_with_detail (self, 502, "The call was cancelled");
  else
    g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (LeydenProxyCall *self,
                   GCancellable    *cancellable)
{
  self->cancellable = g_cancellable_new ();
  self->watch = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (cancelled_cb), self, NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}

void
leyden_proxy_call_start_inside (LeydenProxy     *proxy,
                                const char      *rollout,
                                LeydenValue     *server,
                                LeydenValue     *body,
                                GCancellable    *cancellable,
                                LeydenProxyDone  done,
                                gpointer         data)
{
  LeydenProxyCall *self = call_new (proxy, rollout, "chat/completions", server, body);

  watch_cancellable (self, cancellable);
  self->done = done;
  self->done_data = data;
  try_once (self);
}

void
leyden_proxy_call_stop (LeydenProxyCall *self)
{
  /* The others are called back: their request is cancelled, or their event is on its way to the disk. */
  if (self->pause != NULL)
    finish_with_detail (self, 503, "The gateway is about to end");
  else if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}
