/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a rollout was like at any position of its log, without folding it again. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-histories.h"

#define MAX_NODES 1000
#define MAX_SPANS 20000

void
leyden_replay_ask_free (LeydenReplayAsk *ask)
{
  g_object_unref (ask->gateway);
  leyden_http_exchange_unref (ask->exchange);
  g_clear_pointer (&ask->row, leyden_rollout_row_free);
  g_free (ask->nodes);
  g_free (ask);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenReplayAsk, leyden_replay_ask_free)

typedef struct
{
  LeydenReplayAsk  *ask;
  void            (*found) (LeydenReplayAsk *ask);
} Finding;

static void
row_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autofree Finding *finding = data;
  g_autoptr(LeydenReplayAsk) ask = finding->ask;
  g_autoptr(GError) error = NULL;

  ask->row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (ask->row == NULL)
    {
      leyden_gateway_respond_gerror (ask->exchange, error);
      return;
    }
  if (ask->until > ask->row->last_sequence)
    {
      leyden_http_exchange_respond_error (ask->exchange, 404, _("The rollout has %" PRIu64 " records"), ask->row->last_sequence);
      return;
    }
  if (ask->until == 0)
    ask->until = ask->row->last_sequence;
  finding->found (g_steal_pointer (&ask));
}

static void
find (LeydenReplayAsk  *ask,
      void            (*found) (LeydenReplayAsk *ask))
{
  Finding *finding = g_new (Finding, 1);

  *finding = (Finding) { ask, found };
  leyden_store_get_rollout_async (LEYDEN_STORE (ask->gateway->store), leyden_http_exchange_get_param (ask->exchange, "rollout"), NULL, row_cb,
                                  finding);
}

void
leyden_gateway_ask_replay (LeydenGateway      *self,
                           LeydenHttpExchange *exchange,
                           guint               limit,
                           guint               max_limit,
                           void              (*found) (LeydenReplayAsk *ask))
{
  const char *nodes = leyden_http_exchange_get_query (exchange, "nodes");
  LeydenReplayAsk *ask;
  gint64 until, wanted;

  if (!leyden_gateway_query_int (exchange, "until", 1, G_MAXINT64, 0, &until)
      || !leyden_gateway_query_int (exchange, "limit", 1, max_limit, limit, &wanted))
    return;
  ask = g_new (LeydenReplayAsk, 1);
  *ask = (LeydenReplayAsk) {
    .gateway = g_object_ref (self), .exchange = leyden_http_exchange_ref (exchange), .until = (guint64) until,
    .nodes = g_strdup (nodes != NULL ? nodes : ""), .limit = (guint) wanted,
  };
  find (ask, found);
}

void
leyden_gateway_find_replay (LeydenGateway      *self,
                            LeydenHttpExchange *exchange,
                            guint64             until,
                            void              (*found) (LeydenReplayAsk *ask))
{
  LeydenReplayAsk *ask = g_new (LeydenReplayAsk, 1);

  *ask = (LeydenReplayAsk) {
    .gateway = g_object_ref (self), .exchange = leyden_http_exchange_ref (exchange), .until = until, .nodes = g_strdup (""),
  };
  find (ask, found);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenReplayAsk) ask = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_histories_ask_finish (result, &error);

  if (answer == NULL)
    leyden_gateway_respond_gerror (ask->exchange, error);
  else
    leyden_http_exchange_respond_json (ask->exchange, 200, answer);
}

static LeydenValue *
summarise (LeydenTimeline *timeline,
           gpointer        data)
{
  LeydenReplayAsk *ask = data;

  return leyden_timeline_summarise (timeline, ask->until, ask->nodes, ask->limit);
}

static void
summary_found (LeydenReplayAsk *ask)
{
  leyden_histories_ask_async (ask->gateway->histories, ask->row, ask->until, summarise, ask, NULL, answered_cb, ask);
}

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenReplayAsk) ask = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_histories_fold_finish (result, &error);

  if (answer == NULL)
    leyden_gateway_respond_gerror (ask->exchange, error);
  else
    leyden_http_exchange_respond_json (ask->exchange, 200, answer);
}

static void
nodes_found (LeydenReplayAsk *ask)
{
  const char * const prefixes[] = { ask->nodes, NULL };

  leyden_histories_fold_async (ask->gateway->histories, ask->row, ask->until, prefixes, LEYDEN_REPLAY_MAX_RECORDS, folded_cb, ask);
}

void
leyden_gateway_get_part_of_state (LeydenGateway      *self,
                                  LeydenHttpExchange *exchange)
{
  static const char * const choices[] = { "true", "false", NULL };
  const char *summary;

  if (leyden_gateway_query_choice (exchange, "summary", choices, &summary))
    leyden_gateway_ask_replay (self, exchange, MAX_NODES, 10 * MAX_NODES, g_strcmp0 (summary, "true") == 0 ? summary_found : nodes_found);
}

/* Not the log is asked for, but how far it has been read for those who wait for an answer about it. */
void
leyden_gateway_get_reading (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_http_exchange_get_param (exchange, "rollout");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint64 n_read;
  gboolean reading = leyden_histories_get_progress (self->histories, rollout, &n_read);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", rollout);
  leyden_value_builder_set_boolean (&b, "reading", reading);
  leyden_value_builder_set_int (&b, "read", (gint64) n_read);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

static LeydenValue *
list_spans (LeydenTimeline *timeline,
            gpointer        data)
{
  LeydenReplayAsk *ask = data;

  return leyden_timeline_list_spans (timeline, ask->until, ask->nodes, ask->limit);
}

static void
timeline_found (LeydenReplayAsk *ask)
{
  leyden_histories_ask_async (ask->gateway->histories, ask->row, ask->until, list_spans, ask, NULL, answered_cb, ask);
}

void
leyden_gateway_get_timeline (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  leyden_gateway_ask_replay (self, exchange, MAX_SPANS, MAX_SPANS, timeline_found);
}
