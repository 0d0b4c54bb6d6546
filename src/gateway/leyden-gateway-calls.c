/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /leyden/v1/calls: one model call outside of any rollout, as somebody changed it who looks at a recorded one. It goes the way of the
 * nodes' calls: the endpoint's limits, its key, its prices. Nothing of it is stored but who made it. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>

/* How often it is looked whether somebody still waits for the answer. */
#define LOOK_MS 250
#define MAX_TIMEOUT_S 3600
#define DEFAULT_SEED 42

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  GCancellable       *cancellable;
  GSource            *look;
} SingleCall;

static void
single_call_free (SingleCall *call)
{
  g_source_destroy (call->look);
  g_source_unref (call->look);
  g_object_unref (call->cancellable);
  leyden_http_exchange_unref (call->exchange);
  g_object_unref (call->self);
  g_free (call);
}

static gboolean
look_cb (gpointer data)
{
  SingleCall *call = data;

  if (leyden_http_exchange_has_hung_up (call->exchange))
    g_cancellable_cancel (call->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  SingleCall *call = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (object), result, &error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (answer == NULL)
    leyden_gateway_respond_gerror (call->exchange, error);
  else
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set (&b, "answer", answer);
      leyden_value_builder_end (&b);
      leyden_gateway_respond_take (call->exchange, 200, leyden_value_builder_end_value (&b));
    }
  single_call_free (call);
}

static void
send_call (LeydenGateway      *self,
           LeydenHttpExchange *exchange,
           const char         *endpoint,
           LeydenValue        *body)
{
  SingleCall *call = g_new0 (SingleCall, 1);
  LeydenModelCall model_call = {
    .endpoint = endpoint,
    .body = leyden_value_get_member (body, "request"),
    .world_seed = (guint64)leyden_value_get_member_int (body, "seed", DEFAULT_SEED),
    .sample = (guint64)leyden_value_get_member_int (body, "sample", 0),
    /* For the time to the first token. */
    .stream = TRUE,
    .timeout_s = (guint)leyden_value_get_member_int (body, "timeout_s", 0),
  };

  call->self = g_object_ref (self);
  call->exchange = leyden_http_exchange_ref (exchange);
  call->cancellable = g_cancellable_new ();
  call->look = g_timeout_source_new (LOOK_MS);
  g_source_set_callback (call->look, look_cb, call, NULL);
  g_source_attach (call->look, g_main_context_get_thread_default ());
  leyden_model_transport_send_async (LEYDEN_MODEL_TRANSPORT (self->models), &model_call, call->cancellable, answered_cb, call);
  leyden_http_exchange_drop_body (exchange);
}

/* FALSE after it was refused. */
static gboolean
check_numbers (LeydenHttpExchange *exchange,
               LeydenValue        *body)
{
  static const struct { const char *name; gint64 maximum; } numbers[] = { { "seed", G_MAXINT64 }, { "sample", G_MAXINT64 }, { "timeout_s", MAX_TIMEOUT_S } };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      LeydenValue *value = leyden_value_get_member (body, numbers[i].name);
      gint64 number = 0;

      if (value == NULL || (leyden_value_get_int (value, &number) && number >= 0 && number <= numbers[i].maximum))
        continue;
      leyden_http_exchange_respond_error (exchange, 422, "\"%s\" must be an integer from 0 to %" G_GINT64_FORMAT, numbers[i].name, numbers[i].maximum);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_request (LeydenHttpExchange *exchange,
               LeydenValue        *request)
{
  LeydenValue *messages = leyden_value_get_member (request, "messages");
  LeydenValue *model = leyden_value_get_member (request, "model");

  if (leyden_value_get_kind (request) != LEYDEN_VALUE_OBJECT)
    leyden_http_exchange_respond_error (exchange, 422, "%s", _("The request must be an object: the body of a chat completion"));
  else if (leyden_value_get_kind (messages) != LEYDEN_VALUE_LIST || leyden_value_get_size (messages) == 0)
    leyden_http_exchange_respond_error (exchange, 422, "%s", _("The request has no messages"));
  else if (model != NULL && !leyden_value_is_null (model) && leyden_value_get_kind (model) != LEYDEN_VALUE_STRING)
    leyden_http_exchange_respond_error (exchange, 422, "%s", _("The model of the request must be text"));
  else
    return TRUE;
  return FALSE;
}

/* What was asked of whom; no text of it. */
static void
audit (LeydenGateway      *self,
       LeydenHttpExchange *exchange,
       const char         *endpoint,
       LeydenValue        *request)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) detail = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "model", leyden_value_get_member (request, "model"));
  leyden_value_builder_set_int (&b, "messages", leyden_value_get_size (leyden_value_get_member (request, "messages")));
  leyden_value_builder_end (&b);
  detail = leyden_value_builder_end_value (&b);
  leyden_gateway_audit (self, exchange, "call.sent", endpoint, detail);
}

void
leyden_gateway_send_call (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *named = leyden_value_get_member (body, "endpoint");
  LeydenValue *request = leyden_value_get_member (body, "request");
  const char *endpoint = leyden_value_get_string (named, NULL);

  if (body == NULL)
    return;
  if (endpoint == NULL && !leyden_value_is_null (named))
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"endpoint\" must be a name, or null");
      return;
    }
  if (endpoint == NULL)
    endpoint = leyden_models_get_default_endpoint (self->models);
  if (leyden_models_get_endpoint (self->models, endpoint) == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 404, _("There is no endpoint “%s”"), endpoint);
      return;
    }
  if (!check_request (exchange, request) || !check_numbers (exchange, body))
    return;
  audit (self, exchange, endpoint, request);
  send_call (self, exchange, endpoint, body);
}
