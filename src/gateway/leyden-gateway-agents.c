/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollouts of agents in our own API: the list, and each as the trainer sees it. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-trainer-view.h"

#include "leyden-json.h"

#define MAX_TOKENS 10000

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) answer = leyden_sqlite_store_agl_answer_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (answer == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else if (g_bytes_get_size (answer) == 0)
    leyden_http_exchange_respond_error (exchange, 404, "The rollout has no such call");
  else
    leyden_http_exchange_respond (exchange, 200, "application/json", answer);
  leyden_http_exchange_unref (exchange);
}

void
leyden_gateway_list_agents (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  gint64 before, limit;

  if (leyden_gateway_query_int (exchange, "before", 1, G_MAXINT64, 0, &before)
      && leyden_gateway_query_int (exchange, "limit", 1, 1000, 100, &limit))
    leyden_sqlite_store_agl_recent_async (self->store, before, limit, answered_cb, leyden_http_exchange_ref (exchange));
}

static GBytes *
format_view (const LeydenAglLog *log,
             gpointer            data)
{
  g_autoptr(LeydenValue) view = leyden_trainer_view_make (log);

  return leyden_json_write_bytes (view, LEYDEN_JSON_COMPACT);
}

void
leyden_gateway_get_training (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  leyden_sqlite_store_agl_log_async (self->store, leyden_http_exchange_get_param (exchange, "rollout"), format_view, NULL, NULL, answered_cb,
                                     leyden_http_exchange_ref (exchange));
}

typedef struct
{
  guint call;
  guint offset;
  guint limit;
} Wanted;

static GBytes *
format_call (const LeydenAglLog *log,
             gpointer            data)
{
  const Wanted *wanted = data;
  g_autoptr(LeydenValue) call = leyden_trainer_view_make_call (log, wanted->call, wanted->offset, wanted->limit);

  return call != NULL ? leyden_json_write_bytes (call, LEYDEN_JSON_COMPACT) : g_bytes_new_static ("", 0);
}

void
leyden_gateway_get_training_call (LeydenGateway      *self,
                                  LeydenHttpExchange *exchange)
{
  gint64 offset, limit;
  guint64 call;
  Wanted *wanted;

  if (!leyden_gateway_query_int (exchange, "offset", 0, G_MAXINT32, 0, &offset)
      || !leyden_gateway_query_int (exchange, "limit", 1, MAX_TOKENS, 2000, &limit))
    return;
  if (!g_ascii_string_to_unsigned (leyden_http_exchange_get_param (exchange, "call"), 10, 0, G_MAXINT32, &call, NULL))
    {
      leyden_http_exchange_respond_error (exchange, 404, "The rollout has no such call");
      return;
    }
  wanted = g_new (Wanted, 1);
  *wanted = (Wanted) { (guint)call, (guint)offset, (guint)limit };
  leyden_sqlite_store_agl_log_async (self->store, leyden_http_exchange_get_param (exchange, "rollout"), format_call, wanted, g_free,
                                     answered_cb, leyden_http_exchange_ref (exchange));
}
