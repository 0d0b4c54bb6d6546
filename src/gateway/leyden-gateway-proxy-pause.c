/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-proxy-private.h"

#include "leyden-gateway-agl.h"
#include "leyden-json.h"

/* Where it is kept: a pause outlives the process. */
#define PROXY_KIND "proxy"
#define PAUSE_NAME "pause"
#define RETRY_AFTER_S 5
/* A day: agents that were told longer would hardly come back. */
#define MAX_RETRY_AFTER_S 86400

/* ---- The state as JSON ---- */

static void
add_pause (LeydenValueBuilder *b,
           gboolean            paused,
           gint64              retry_after_s,
           LeydenValue        *reason)
{
  leyden_value_builder_set_boolean (b, "paused", paused);
  leyden_value_builder_set_int (b, "retry_after_seconds", retry_after_s);
  leyden_value_builder_set (b, "reason", reason);
}

static void
respond_state (LeydenProxy        *self,
               LeydenHttpExchange *exchange)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  add_pause (&b, self->paused, self->retry_after_s, self->reason);
  leyden_value_builder_set_int (&b, "inflight", self->n_inflight);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

/* The blanks are the wire's. */
void
leyden_proxy_respond_paused (LeydenProxy        *self,
                             LeydenHttpExchange *exchange)
{
  g_autofree char *seconds = g_strdup_printf ("%" G_GINT64_FORMAT, self->retry_after_s);
  g_autoptr(GString) text = g_string_new ("{\"error\": \"gateway paused\", \"reason\": ");
  g_autoptr(GBytes) body = NULL;

  leyden_json_write_to (text, self->reason, LEYDEN_JSON_COMPACT);
  g_string_append_c (text, '}');
  body = g_string_free_to_bytes (g_steal_pointer (&text));
  leyden_http_exchange_add_header (exchange, "Retry-After", seconds);
  leyden_http_exchange_add_header (exchange, "X-AGL-Paused", "true");
  leyden_http_exchange_respond (exchange, 429, "application/json", body);
}

/* ---- Reading it at the start ---- */

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenProxy *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) documents = NULL;
  LeydenValue *pause, *reason;
  GError *error = NULL;

  documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  if (documents == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  pause = leyden_value_get_member (documents, PAUSE_NAME);
  reason = leyden_value_get_member (pause, "reason");
  self->paused = leyden_value_get_member_boolean (pause, "paused", FALSE);
  self->retry_after_s = CLAMP (leyden_value_get_member_int (pause, "retry_after_seconds", RETRY_AFTER_S), 0, MAX_RETRY_AFTER_S);
  g_clear_pointer (&self->reason, leyden_value_unref);
  if (leyden_value_get_kind (reason) == LEYDEN_VALUE_STRING)
    self->reason = leyden_value_ref (reason);
  if (self->paused)
    g_message ("Model calls of agents are paused, as when the last process ended; POST /proxy/resume lets them pass");
  g_task_return_boolean (task, TRUE);
}

void
leyden_proxy_load_async (LeydenProxy         *self,
                         GAsyncReadyCallback  callback,
                         gpointer             data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);

  g_task_set_source_tag (task, leyden_proxy_load_async);
  g_task_set_task_data (task, g_rc_box_acquire (self), (GDestroyNotify)leyden_proxy_unref);
  leyden_store_list_documents_async (LEYDEN_STORE (self->gateway->store), PROXY_KIND, NULL, loaded_cb, task);
}

gboolean
leyden_proxy_load_finish (LeydenProxy   *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- Changing it: first on disk, then in memory, then the answer ---- */

typedef struct
{
  LeydenProxy        *proxy;
  LeydenHttpExchange *exchange;
  gboolean            paused;
  gint64              retry_after_s;
  LeydenValue        *reason;
} Change;

static void
change_free (Change *self)
{
  leyden_proxy_unref (self->proxy);
  leyden_http_exchange_unref (self->exchange);
  g_clear_pointer (&self->reason, leyden_value_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  LeydenProxy *self = change->proxy;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (change->exchange, error);
      return;
    }
  self->paused = change->paused;
  self->retry_after_s = change->retry_after_s;
  g_clear_pointer (&self->reason, leyden_value_unref);
  self->reason = g_steal_pointer (&change->reason);
  respond_state (self, change->exchange);
}

/* Takes @change. The writer keeps the order of requests, so memory ends as the disk does. */
static void
keep (Change *change)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  add_pause (&b, change->paused, change->retry_after_s, change->reason);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_store_put_document_async (LEYDEN_STORE (change->proxy->gateway->store), PROXY_KIND, PAUSE_NAME, value, kept_cb, change);
}

static Change *
change_new (LeydenProxy        *proxy,
            LeydenHttpExchange *exchange,
            gboolean            paused)
{
  Change *change = g_new0 (Change, 1);

  change->proxy = g_rc_box_acquire (proxy);
  change->exchange = leyden_http_exchange_ref (exchange);
  change->paused = paused;
  change->retry_after_s = proxy->retry_after_s;
  return change;
}

/* ---- The body of a pause: {"retry_after_seconds"?: int, "reason"?: text or null} ---- */

/* Negative ones are refused, and what no agent would wait for. */
static void
read_seconds (Change          *change,
              LeydenAglErrors *errors,
              LeydenValue     *value)
{
  g_autoptr(LeydenValue) number = NULL;
  gboolean low;

  if (value == NULL)
    return;
  leyden_agl_errors_push_key (errors, "retry_after_seconds", -1);
  number = leyden_agl_check_int (errors, value);
  low = number != NULL && *leyden_value_get_number_text (number) == '-';
  if (number != NULL && !leyden_value_get_int (number, &change->retry_after_s))
    change->retry_after_s = low ? G_MININT64 : G_MAXINT64;
  if (change->retry_after_s < 0)
    leyden_agl_errors_add (errors, "greater_than_equal", "Input should be greater than or equal to 0", value, "{\"ge\":0}");
  else if (change->retry_after_s > MAX_RETRY_AFTER_S)
    leyden_agl_errors_add (errors, "less_than_equal", "Input should be less than or equal to " G_STRINGIFY (MAX_RETRY_AFTER_S), value,
                           "{\"le\":" G_STRINGIFY (MAX_RETRY_AFTER_S) "}");
  leyden_agl_errors_pop (errors);
}

static void
read_reason (Change          *change,
             LeydenAglErrors *errors,
             LeydenValue     *value)
{
  if (leyden_value_is_null (value))
    return;
  leyden_agl_errors_push_key (errors, "reason", -1);
  change->reason = leyden_agl_check_string (errors, value);
  leyden_agl_errors_pop (errors);
}

/* Fills @change; FALSE after a refusal. */
static gboolean
read_pause (Change *change)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  g_autoptr(LeydenValue) body = NULL;

  if (!leyden_agl_read_body (change->exchange, &body))
    return FALSE;
  leyden_agl_errors_init (&errors, "body");
  change->retry_after_s = RETRY_AFTER_S;
  if (body == NULL)
    leyden_agl_errors_add (&errors, "missing", "Field required", NULL, NULL);
  else if (leyden_agl_check_model (&errors, body))
    {
      read_seconds (change, &errors, leyden_value_get_member (body, "retry_after_seconds"));
      read_reason (change, &errors, leyden_value_get_member (body, "reason"));
    }
  return !leyden_agl_errors_respond (&errors, change->exchange);
}

/* ---- Routes ---- */

void
leyden_gateway_proxy_pause (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(Change) change = change_new (self->proxy, exchange, TRUE);

  if (read_pause (change))
    keep (g_steal_pointer (&change));
}

void
leyden_gateway_proxy_resume (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  Change *change = change_new (self->proxy, exchange, FALSE);

  keep (change);
}

void
leyden_gateway_proxy_state (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  respond_state (self->proxy, exchange);
}
