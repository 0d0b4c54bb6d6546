/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /v1/traces: OTLP over HTTP (opentelemetry-proto 1.11, specification “OTLP/HTTP”). */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp-receiver.h"

#include <string.h>

#include "leyden-gateway-ops.h"
#include "leyden-http-guard.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define PROTOBUF "application/x-protobuf"
#define JSON "application/json"
/* google.rpc.Code */
#define CODE_INVALID_ARGUMENT 3
#define CODE_UNAVAILABLE 14

typedef struct
{
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
  gboolean            is_protobuf;
  gboolean            is_packed;
} Posted;

static void
posted_free (gpointer data)
{
  Posted *self = data;

  g_object_unref (self->gateway);
  leyden_http_exchange_unref (self->exchange);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Posted, posted_free)

/* ---- Answers, in the encoding of the request ---- */

/* As every route of ours, and with the members of google.rpc.Status besides. */
static LeydenValue *
make_problem (int         code,
              const char *message)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "detail", message);
  leyden_value_builder_set_int (&b, "code", code);
  leyden_value_builder_set_string (&b, "message", message);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
respond_problem (Posted     *self,
                 guint       status,
                 const char *message)
{
  int code = status == 503 ? CODE_UNAVAILABLE : CODE_INVALID_ARGUMENT;
  g_autofree char *line = leyden_text_escape (message, -1, 0);
  g_autoptr(GBytes) packed = NULL;

  leyden_metrics_add (self->gateway->ops->figures, LEYDEN_FIGURE_OTLP_REQUESTS, 1, status == 503 ? "unavailable" : "refused", NULL);
  if (status == 503)
    leyden_http_exchange_add_header (self->exchange, "Retry-After", "5");
  if (!self->is_protobuf)
    {
      leyden_gateway_respond_take (self->exchange, status, make_problem (code, line));
      return;
    }
  packed = leyden_otlp_pack_problem (code, line);
  leyden_http_exchange_respond (self->exchange, status, PROTOBUF, packed);
}

/* {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "…"}}, or {}. */
static LeydenValue *
make_response (gint64      n_rejected,
               const char *reason)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, n_rejected);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (n_rejected > 0)
    {
      leyden_value_builder_key (&b, "partialSuccess");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "rejectedSpans", number);
      leyden_value_builder_set_string (&b, "errorMessage", reason);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
respond (Posted                *self,
         const LeydenOtlpBatch *batch,
         guint                  n_spans)
{
  LeydenMetrics *figures = self->gateway->ops->figures;
  g_autoptr(GBytes) packed = NULL;

  leyden_metrics_add (figures, LEYDEN_FIGURE_OTLP_REQUESTS, 1, "taken", NULL);
  leyden_metrics_add (figures, LEYDEN_FIGURE_OTLP_SPANS, n_spans, "taken", NULL);
  leyden_metrics_add (figures, LEYDEN_FIGURE_OTLP_SPANS, (double)batch->n_rejected, "rejected", NULL);
  if (!self->is_protobuf)
    {
      leyden_gateway_respond_take (self->exchange, 200, make_response (batch->n_rejected, batch->reason));
      return;
    }
  packed = leyden_otlp_pack_response (batch->n_rejected, batch->reason);
  leyden_http_exchange_respond (self->exchange, 200, PROTOBUF, packed);
}

/* ---- Steps ---- */

static void
free_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  leyden_otlp_batch_free (task_data);
}

/* Tens of thousands of spans take a while. */
static void
free_elsewhere (LeydenOtlpBatch *batch)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_task_data (task, batch, NULL);
  g_task_run_in_thread (task, free_thread);
}

static void
taken_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(Posted) posted = data;
  g_autoptr(GError) error = NULL;
  LeydenOtlpBatch *batch = leyden_otlp_receiver_take_finish (NULL, result, &error);

  /* Whatever hinders the store may pass; what is final to a client would be lost. */
  if (batch == NULL)
    {
      respond_problem (posted, 503, error->message);
      return;
    }
  respond (posted, batch, batch->spans->len);
  free_elsewhere (batch);
}

static void
parsed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  LeydenGateway *self = LEYDEN_GATEWAY (object);
  Posted *posted = g_task_get_task_data (G_TASK (result));
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenOtlpBatch) batch = g_task_propagate_pointer (G_TASK (result), &error);
  Posted *next;

  if (batch == NULL)
    {
      respond_problem (posted, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE) ? 413 : 400, error->message);
      return;
    }
  if (self->otlp == NULL)
    {
      respond_problem (posted, 503, "The backend is about to end");
      return;
    }
  next = g_new0 (Posted, 1);
  next->gateway = g_object_ref (self);
  next->exchange = leyden_http_exchange_ref (posted->exchange);
  next->is_protobuf = posted->is_protobuf;
  leyden_otlp_receiver_take_async (self->otlp, g_steal_pointer (&batch), taken_cb, next);
}

static void
parse_thread (GTask        *task,
              gpointer      source,
              gpointer      task_data,
              GCancellable *cancellable)
{
  Posted *posted = task_data;
  g_autoptr(GBytes) body = g_bytes_ref (leyden_http_exchange_get_body (posted->exchange));
  LeydenOtlpBatch *batch = NULL;
  GError *error = NULL;

  if (posted->is_packed)
    {
      GBytes *plain = leyden_otlp_unzip (body, &error);

      if (plain == NULL)
        {
          g_task_return_error (task, error);
          return;
        }
      g_bytes_unref (body);
      body = plain;
    }
  batch = posted->is_protobuf ? leyden_otlp_parse_protobuf (body, &error) : leyden_otlp_parse_json (body, &error);
  if (batch != NULL)
    g_task_return_pointer (task, batch, leyden_otlp_batch_free);
  else
    g_task_return_error (task, error);
}

/* ---- The request ---- */

static gboolean
is_type (const char *content_type,
         const char *wanted)
{
  gsize length = strlen (wanted);

  return content_type != NULL && g_ascii_strncasecmp (content_type, wanted, length) == 0 && strchr (" \t;", content_type[length]) != NULL;
}

/* FALSE after 415. */
static gboolean
read_head (Posted *posted)
{
  const char *type = leyden_http_exchange_get_header (posted->exchange, "Content-Type");
  const char *encoding = leyden_http_exchange_get_header (posted->exchange, "Content-Encoding");

  posted->is_protobuf = is_type (type, PROTOBUF) && leyden_otlp_has_protobuf ();
  if (!posted->is_protobuf && !leyden_http_guard_is_json (type))
    {
      respond_problem (posted, 415, leyden_otlp_has_protobuf () ? "The body must be " JSON " or " PROTOBUF
                                                                : "The body must be " JSON "; this build does not read " PROTOBUF);
      return FALSE;
    }
  posted->is_packed = encoding != NULL && g_ascii_strcasecmp (encoding, "gzip") == 0;
  if (posted->is_packed || encoding == NULL || g_ascii_strcasecmp (encoding, "identity") == 0)
    return TRUE;
  respond_problem (posted, 415, "The only encoding of a body that is taken is gzip");
  return FALSE;
}

void
leyden_gateway_post_traces (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(Posted) posted = g_new0 (Posted, 1);

  posted->gateway = g_object_ref (self);
  posted->exchange = leyden_http_exchange_ref (exchange);
  if (!read_head (posted))
    return;
  task = g_task_new (self, NULL, parsed_cb, NULL);
  g_task_set_source_tag (task, leyden_gateway_post_traces);
  g_task_set_task_data (task, g_steal_pointer (&posted), posted_free);
  g_task_run_in_thread (task, parse_thread);
}
