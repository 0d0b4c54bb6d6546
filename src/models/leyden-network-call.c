/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-models-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-http-retry.h"
#include "leyden-model-wire.h"
#include "leyden-text.h"
#include "leyden-trace.h"

#define DEFAULT_TIMEOUT_S 120
#define MAX_PARTIAL 200

/* One call over the network.
 *
 *   queued ──► host looked up ──► key looked up ──► trying ──► answered
 *                                                    ▲  │
 *                                     pause ─────────┘  │ 408, 429, 5xx, no connection; a quirk: at once
 *
 * The deadline covers everything after the queue. @stop is ours: the caller's cancellable and the deadline both set it off. */
typedef struct
{
  LeydenModelCallCopy    copy;
  LeydenModelTicket      ticket;
  LeydenModelSlot       *slot;
  LeydenEndpoint        *endpoint;
  GCancellable          *stop;
  gulong                 stop_id;
  GSource               *watch;         /* of @stop, while nothing else would notice */
  GSource               *pause;
  GSource               *deadline;
  gint64                 deadline_us;
  gint64                 started_us;
  gint64                 first_us;      /* when the answer's first text came; without one, the first event; 0: not yet */
  gboolean               has_text;
  gboolean               timed_out;
  char                  *key;
  LeydenValue           *sent;
  LeydenHttpRequest     *request;
  const LeydenModelWire *wire;
  gpointer               assembler;     /* the wire's */
  GError                *stream_error;
  guint                  attempt;
  guint                  n_quirks;
  gboolean               finished;
} Call;

static void try_once (GTask *task);

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
call_free (gpointer data)
{
  Call *self = data;

  leyden_model_ticket_leave (&self->ticket);
  drop_source (&self->watch);
  drop_source (&self->pause);
  drop_source (&self->deadline);
  leyden_model_call_clear (&self->copy);
  g_clear_pointer (&self->slot, leyden_model_slot_unref);
  g_clear_pointer (&self->endpoint, leyden_endpoint_free);
  g_clear_object (&self->stop);
  if (self->key != NULL)
    memset (self->key, 0, strlen (self->key));
  g_free (self->key);
  g_clear_pointer (&self->sent, leyden_value_unref);
  g_clear_object (&self->request);
  if (self->assembler != NULL)
    self->wire->assembler_free (self->assembler);
  g_clear_error (&self->stream_error);
  g_free (self);
}

/* Lets go of everything that holds the task. */
static void
settle (GTask *task)
{
  Call *self = g_task_get_task_data (task);

  self->finished = TRUE;
  if (self->stop_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (task), self->stop_id);
  self->stop_id = 0;
  drop_source (&self->watch);
  drop_source (&self->pause);
  drop_source (&self->deadline);
  leyden_model_ticket_leave (&self->ticket);
}

/* Takes @error: names the endpoint, and hides keys that a server may have repeated. */
static void
fail (GTask  *task,
      GError *error)
{
  g_autoptr(GTask) kept = g_object_ref (task);
  Call *self = g_task_get_task_data (task);
  LeydenSecrets *secrets = leyden_models_get_secrets (g_task_get_source_object (task));
  g_autofree char *redacted = NULL;
  g_autofree char *title = NULL;
  g_autoptr(GError) owned = error;

  if (self->finished)
    return;
  settle (task);
  if (self->timed_out)
    {
      guint seconds = (guint) ((self->deadline_us - self->started_us) / G_USEC_PER_SEC);

      title = leyden_text_escape (self->endpoint->title, -1, 60);
      g_task_return_new_error (kept, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE, _("%s: no whole answer in %u seconds"),
                               title, seconds);
      return;
    }
  if (owned->domain != LEYDEN_MODEL_ERROR)
    {
      g_task_return_error (kept, g_steal_pointer (&owned));
      return;
    }
  title = leyden_text_escape (self->endpoint->title, -1, 60);
  redacted = leyden_secrets_redact (secrets, owned->message, -1);
  g_task_return_new_error (kept, LEYDEN_MODEL_ERROR, owned->code, "%s: %s", title, redacted);
}

/* With "cost" and "currency" where the price is known; where it is not, nothing stands for it, which is not the same as nothing paid. */
static LeydenValue *
add_cost (GTask       *task,
          LeydenValue *answer)
{
  Call *self = g_task_get_task_data (task);
  LeydenValue *usage = leyden_value_get_member (answer, "usage");
  const char *model = leyden_value_get_member_string (answer, "model", NULL);
  const char *asked = leyden_value_get_member_string (self->sent, "model", NULL);
  const char *uri = self->endpoint->base_uri;
  LeydenPrices *prices = leyden_models_get_prices (g_task_get_source_object (task));
  gint64 prompt = leyden_value_get_member_int (usage, "prompt_tokens", 0);
  gint64 completion = leyden_value_get_member_int (usage, "completion_tokens", 0);
  g_autoptr(LeydenValue) amount = NULL;
  g_autoptr(LeydenValue) unit = NULL;
  g_autoptr(LeydenValue) priced = NULL;
  const char *currency = NULL;
  double cost;

  if (usage == NULL || leyden_value_get_member_boolean (answer, "simulated", FALSE) || leyden_value_get_member (answer, "cost") != NULL)
    return leyden_value_ref (answer);
  if (!leyden_prices_find_cost (prices, uri, model, prompt, completion, &cost, &currency)
      && !leyden_prices_find_cost (prices, uri, asked, prompt, completion, &cost, &currency))
    return leyden_value_ref (answer);
  amount = leyden_value_new_double (cost);
  unit = leyden_value_new_string (currency, -1);
  priced = leyden_value_with_member (answer, "cost", amount);
  return leyden_value_with_member (priced, "currency", unit);
}

/* What was measured here; a simulation tells modelled times. */
static LeydenValue *
add_times (Call        *self,
           LeydenValue *answer)
{
  g_autoptr(LeydenValue) latency = leyden_value_new_double ((double) (g_get_monotonic_time () - self->started_us) / 1000.0);
  g_autoptr(LeydenValue) timed = leyden_value_ref (answer);
  g_autoptr(LeydenValue) first = NULL;

  if (leyden_value_get_member (answer, "latency_ms") != NULL)
    return g_steal_pointer (&timed);
  if (self->first_us != 0)
    {
      first = leyden_value_new_double ((double) (self->first_us - self->started_us) / 1000.0);
      leyden_value_unref (timed);
      timed = leyden_value_with_member (answer, "first_token_ms", first);
    }
  return leyden_value_with_member (timed, "latency_ms", latency);
}

static void
succeed (GTask       *task,
         LeydenValue *answer)
{
  g_autoptr(GTask) kept = g_object_ref (task);
  Call *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) name = leyden_value_new_string (self->endpoint->name, -1);
  g_autoptr(LeydenValue) priced = add_cost (task, answer);
  g_autoptr(LeydenValue) named = leyden_value_with_member (priced, "endpoint", name);

  if (self->finished)
    return;
  settle (task);
  g_task_return_pointer (kept, add_times (self, named), (GDestroyNotify) leyden_value_unref);
}

static gboolean
pause_over_cb (gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);
  Call *self = g_task_get_task_data (task);

  drop_source (&self->pause);
  try_once (task);
  return G_SOURCE_REMOVE;
}

/* FALSE when there is no other try, or no time for one. */
static gboolean
try_later (GTask *task,
           guint  status)
{
  Call *self = g_task_get_task_data (task);
  LeydenModels *models = g_task_get_source_object (task);
  const char *after = leyden_http_request_get_response_header (self->request, "Retry-After");
  guint delay_ms = leyden_http_retry_delay_ms (self->attempt, g_random_double (), status != 0 ? after : NULL,
                                               g_get_real_time () / G_USEC_PER_SEC);

  delay_ms = delay_ms * leyden_models_get_pause_percent (models) / 100;
  if (self->attempt >= leyden_models_get_max_tries (models) ||
      g_get_monotonic_time () + (gint64) delay_ms * 1000 >= self->deadline_us)
    return FALSE;
  self->pause = g_timeout_source_new (delay_ms);
  g_source_set_callback (self->pause, pause_over_cb, g_object_ref (task), g_object_unref);
  g_source_attach (self->pause, g_task_get_context (task));
  if (self->copy.call.waiting != NULL)
    self->copy.call.waiting (status == 429 ? "rate-limit" : "retry", delay_ms, self->copy.call.data);
  return TRUE;
}

/* A server that names a parameter it does not take gets the request without it, from now on. */
static gboolean
learn (Call   *self,
       guint   status,
       GBytes *body)
{
  LeydenOpenaiQuirks quirk;

  if ((status != 400 && status != 422) || self->wire->find_quirk == NULL)
    return FALSE;
  quirk = self->wire->find_quirk (self->sent, body);
  if (quirk == 0 || self->n_quirks >= 4)
    return FALSE;
  self->n_quirks++;
  self->slot->quirks |= quirk;
  return TRUE;
}

static void
take_refusal (GTask  *task,
              guint   status,
              GBytes *body)
{
  Call *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (learn (self, status, body))
    {
      try_once (task);
      return;
    }
  self->wire->set_error (&error, status, body);
  if (leyden_http_retry_wants_status (status) && !g_error_matches (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_QUOTA) &&
      try_later (task, status))
    g_error_free (error);
  else
    fail (task, error);
}

static gboolean
is_json_type (const char *type)
{
  return type != NULL && (g_str_has_suffix (type, "/json") || g_str_has_suffix (type, "+json"));
}

static void
take_body (GTask  *task,
           GBytes *body)
{
  Call *self = g_task_get_task_data (task);
  guint status = leyden_http_request_get_status (self->request);
  const char *type = leyden_http_request_get_content_type (self->request);
  g_autoptr(LeydenValue) answer = NULL;
  GError *error = NULL;

  if (status < 200 || status > 299)
    {
      take_refusal (task, status, body);
      return;
    }
  if (!is_json_type (type))
    {
      g_autofree char *quote = leyden_openai_quote (body);
      g_autofree char *shown = leyden_text_escape (type != NULL ? type : "no type", -1, 60);

      fail (task, g_error_new (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL,
                               _("status %u with %s in place of JSON. It begins: %s"), status, shown, quote));
      return;
    }
  answer = self->wire->parse_answer (body, &error);
  if (answer != NULL)
    succeed (task, answer);
  else if (g_error_matches (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL))
    {
      g_prefix_error (&error, "status %u, %s: ", status, type);
      fail (task, error);
    }
  else
    fail (task, error);
}

static void
take_http_error (GTask  *task,
                 GError *http_error)
{
  Call *self = g_task_get_task_data (task);
  guint status = leyden_http_request_get_status (self->request);
  gboolean began = status != 0 || self->timed_out;
  gboolean may_retry = g_error_matches (http_error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT) ||
                       g_error_matches (http_error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN);

  if (may_retry && !began && try_later (task, 0))
    return;
  fail (task, leyden_model_translate_http_error (http_error));
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Call *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);

  if (self->finished)
    return;
  if (body != NULL)
    take_body (task, body);
  else
    take_http_error (task, error);
}

static gboolean
event_cb (const char *event,
          const char *data,
          gsize       length,
          const char *id,
          gpointer    user_data)
{
  Call *self = g_task_get_task_data (user_data);
  const char *delta;

  if (self->finished)
    return FALSE;
  if (strstr (data, "\xEF\xBF\xBD") != NULL)
    self->wire->assembler_mark_invalid_utf8 (self->assembler);
  if (!self->wire->assembler_push (self->assembler, data, length, &delta, &self->stream_error))
    return FALSE;
  if (self->first_us == 0 || (delta != NULL && !self->has_text))
    self->first_us = g_get_monotonic_time ();
  self->has_text = self->has_text || delta != NULL;
  if (delta != NULL && self->copy.call.delta != NULL)
    self->copy.call.delta (delta, self->copy.call.data);
  return !self->wire->assembler_is_done (self->assembler);
}

/* The stream is over, whole or not: an answer that said its end counts, anything else is an error with what there is. */
static void
take_stream (GTask  *task,
             GError *http_error)
{
  Call *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) answer = NULL;
  GError *error = NULL;

  if (self->stream_error != NULL)
    {
      fail (task, g_steal_pointer (&self->stream_error));
      return;
    }
  answer = self->wire->assembler_finish (self->assembler, &error);
  if (answer != NULL)
    {
      succeed (task, answer);
      return;
    }
  if (http_error != NULL && g_error_matches (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_INCOMPLETE))
    g_prefix_error (&error, "%s; ", http_error->message);
  fail (task, error);
}

static gboolean
is_stream_error (const GError *error)
{
  return g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN) ||
         g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TIMEOUT);
}

static void
streamed_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Call *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = NULL;
  gboolean whole = leyden_http_client_stream_finish (LEYDEN_HTTP_CLIENT (object), result, &body, &error);
  guint status = leyden_http_request_get_status (self->request);

  if (self->finished)
    return;
  if (whole && body != NULL)
    take_body (task, body);
  else if (whole || (status >= 200 && status < 300 && is_stream_error (error)))
    take_stream (task, error);
  else
    take_http_error (task, error);
}

/* Milliseconds for the client: our deadline comes first, and says what it is. */
static guint
time_left (Call *self)
{
  return (guint) CLAMP ((self->deadline_us - g_get_monotonic_time ()) / 1000, 1, G_MAXINT32 - 1000) + 1000;
}

/* W3C trace context: the server's spans belong to the rollout's trace, below the span of its node. */
static void
add_trace (LeydenHttpRequest     *request,
           const LeydenModelCall *call)
{
  g_autofree char *text = NULL;
  LeydenTrace trace;

  if (call->rollout == NULL)
    return;
  leyden_trace_of_rollout (call->rollout, call->attempt != NULL ? call->attempt : "0", &trace);
  if (call->node != NULL)
    leyden_trace_enter (&trace, call->node);
  text = leyden_trace_to_string (&trace);
  leyden_http_request_set_header (request, "traceparent", text);
}

static void
add_headers (Call *self)
{
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, self->copy.call.world_seed);

  leyden_http_request_set_header (self->request, "Accept", self->copy.call.stream ? "text/event-stream, application/json"
                                                                                   : "application/json");
  if (leyden_endpoint_is_simulation (self->endpoint))
    leyden_http_request_set_header (self->request, "X-Leyden-Seed", seed);
  add_trace (self->request, &self->copy.call);
  leyden_model_wire_add_headers (self->wire, self->request, self->key);
}

static void
try_once (GTask *task)
{
  Call *self = g_task_get_task_data (task);
  LeydenModels *models = g_task_get_source_object (task);
  g_autofree char *uri = g_strconcat (self->endpoint->base_uri, self->wire->path, NULL);

  self->attempt++;
  g_clear_pointer (&self->sent, leyden_value_unref);
  self->sent = self->wire->make_body (&self->copy.call, leyden_models_find_model (models, self->slot), self->slot->quirks,
                                      leyden_endpoint_is_simulation (self->endpoint));
  g_clear_object (&self->request);
  self->request = leyden_http_request_new ("POST", uri);
  add_headers (self);
  leyden_http_request_set_json (self->request, self->sent);
  leyden_http_request_set_timeout (self->request, time_left (self));
  if (!self->copy.call.stream)
    {
      leyden_http_client_send_async (leyden_models_get_http (models), self->request, self->stop, sent_cb, g_object_ref (task));
      return;
    }
  if (self->assembler != NULL)
    self->wire->assembler_free (self->assembler);
  self->assembler = self->wire->assembler_new ();
  self->first_us = 0;
  self->has_text = FALSE;
  leyden_http_client_stream_async (leyden_models_get_http (models), self->request, event_cb, task, self->stop, streamed_cb,
                                   g_object_ref (task));
}

static void
key_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Call *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  self->key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);
  if (self->finished)
    return;
  if (self->key != NULL)
    try_once (task);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (task, g_steal_pointer (&error));
  else
    fail (task, g_error_new (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_AUTH, _("no key: %s"), error->message));
}

static void
host_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Call *self = g_task_get_task_data (task);
  LeydenModels *models = g_task_get_source_object (task);
  g_autofree char *origin = NULL;
  GError *error = NULL;

  if (!leyden_model_check_host_finish (result, &error))
    {
      fail (task, error);
      return;
    }
  if (self->finished)
    return;
  if (self->endpoint->secret == NULL)
    {
      try_once (task);
      return;
    }
  origin = leyden_secrets_origin_of (self->endpoint->base_uri);
  leyden_secrets_lookup_async (leyden_models_get_secrets (models), self->endpoint->secret, origin, self->stop, key_cb,
                               g_object_ref (task));
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);
  Call *self = g_task_get_task_data (task);

  drop_source (&self->deadline);
  self->timed_out = TRUE;
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

/* It is our turn at the endpoint. */
static void
start_cb (gpointer data)
{
  GTask *task = data;
  Call *self = g_task_get_task_data (task);
  guint timeout_s = self->copy.call.timeout_s > 0 ? self->copy.call.timeout_s : self->endpoint->timeout_s;

  if (timeout_s == 0)
    timeout_s = DEFAULT_TIMEOUT_S;
  self->started_us = g_get_monotonic_time ();
  self->deadline_us = self->started_us + (gint64) timeout_s * G_USEC_PER_SEC;
  self->deadline = g_timeout_source_new (timeout_s * 1000);
  g_source_set_callback (self->deadline, deadline_cb, g_object_ref (task), g_object_unref);
  g_source_attach (self->deadline, g_task_get_context (task));
  leyden_model_check_host_async (self->endpoint->base_uri, self->stop, host_cb, g_object_ref (task));
}

static void
caller_cancelled_cb (GCancellable *cancellable,
                     gpointer      user_data)
{
  g_cancellable_cancel (G_CANCELLABLE (user_data));
}

/* Ends the call at once, in whatever state it is. */
static gboolean
stopped_cb (GCancellable *cancellable,
            gpointer      user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);

  fail (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The call was cancelled")));
  return G_SOURCE_REMOVE;
}

static void
watch_stop (GTask *task)
{
  Call *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (cancellable != NULL)
    self->stop_id = g_cancellable_connect (cancellable, G_CALLBACK (caller_cancelled_cb), g_object_ref (self->stop), g_object_unref);
  self->watch = g_cancellable_source_new (self->stop);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (stopped_cb), g_object_ref (task), g_object_unref);
  g_source_attach (self->watch, g_task_get_context (task));
}

static void
add_described_headers (LeydenValueBuilder    *b,
                       const LeydenModelWire *wire)
{
  leyden_value_builder_key (b, "headers");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "Content-Type", "application/json");
  if (wire->version_header != NULL)
    leyden_value_builder_set_string (b, wire->version_header, wire->version);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "key");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "header", wire->key_header);
  leyden_value_builder_set_string (b, "prefix", wire->key_prefix);
  leyden_value_builder_set_string (b, "variable", wire->key_variable);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_models_describe_call (LeydenModels           *self,
                             const LeydenModelCall  *call,
                             GError                **error)
{
  g_autoptr(LeydenModelSlot) slot = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *uri = NULL;
  const LeydenModelWire *wire;

  g_return_val_if_fail (LEYDEN_IS_MODELS (self) && call != NULL, NULL);

  slot = leyden_models_find_slot (self, call->endpoint, error);
  if (slot == NULL)
    return NULL;
  wire = leyden_model_wire_find (slot->endpoint->simulated ? "openai" : slot->endpoint->wire);
  if (slot->endpoint->base_uri != NULL)
    uri = g_strconcat (slot->endpoint->base_uri, wire->path, NULL);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "wire", wire->name);
  leyden_value_builder_set_string (&b, "uri", uri);
  add_described_headers (&b, wire);
  leyden_value_builder_set_take (&b, "body", wire->make_body (call, leyden_models_find_model (self, slot), slot->quirks, FALSE));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_network_call_start (LeydenModelSlot       *slot,
                           const LeydenModelCall *call,
                           GTask                 *task)
{
  Call *self = g_new0 (Call, 1);

  leyden_model_call_copy (&self->copy, call);
  self->slot = leyden_model_slot_ref (slot);
  self->endpoint = leyden_endpoint_copy (slot->endpoint);
  self->wire = leyden_model_wire_find (self->endpoint->wire);
  self->stop = g_cancellable_new ();
  g_task_set_task_data (task, self, call_free);
  watch_stop (task);
  leyden_model_ticket_enter (&self->ticket, slot, start_cb, task);
}
