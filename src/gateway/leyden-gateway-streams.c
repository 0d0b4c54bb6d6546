/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include "leyden-otlp-receiver.h"

#include <string.h>

/* The routes of event streams: who is asked for, and from where on. The hub (leyden-gateway-events.c) does the rest. */

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenRunRow       *run;
  GPtrArray          *rollouts;         /* rows of an ended run */
  char               *id;
  guint64             after;
  gboolean            deltas;
  gboolean            records;
} Opening;

static void
opening_free (Opening *opening)
{
  g_object_unref (opening->self);
  leyden_http_exchange_unref (opening->exchange);
  g_clear_pointer (&opening->run, leyden_run_row_free);
  g_clear_pointer (&opening->rollouts, g_ptr_array_unref);
  g_free (opening->id);
  g_free (opening);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

/* Last-Event-ID, deltas=1 and records=0; NULL after a refusal. */
static Opening *
opening_new (LeydenGateway      *self,
             LeydenHttpExchange *exchange,
             const char         *param)
{
  const char *last = leyden_http_exchange_get_header (exchange, "Last-Event-ID");
  g_autoptr(Opening) opening = g_new0 (Opening, 1);
  gint64 deltas, records;

  opening->self = g_object_ref (self);
  opening->exchange = leyden_http_exchange_ref (exchange);
  opening->id = g_strdup (leyden_http_exchange_get_param (exchange, param));
  if (last != NULL && *last != '\0' && !g_ascii_string_to_unsigned (last, 10, 0, G_MAXINT64, &opening->after, NULL))
    {
      leyden_http_exchange_respond_error (exchange, 422, "Last-Event-ID must be a position: a number that came as id of an event");
      return NULL;
    }
  if (!leyden_gateway_query_int (exchange, "deltas", 0, 1, 0, &deltas)
      || !leyden_gateway_query_int (exchange, "records", 0, 1, 1, &records))
    return NULL;
  opening->deltas = deltas != 0;
  opening->records = records != 0;
  return g_steal_pointer (&opening);
}

static void
open_run (Opening     *opening,
          LeydenValue *summary,
          gboolean     ended)
{
  LeydenStreamAsk ask = { LEYDEN_SCOPE_RUN, opening->id, opening->after, opening->deltas, opening->records, ended };

  leyden_event_hub_open (opening->self->hub, opening->exchange, &ask, summary);
}

static void
open_live_run (Opening         *opening,
               LeydenActiveRun *active)
{
  g_autoptr(LeydenValue) summary = leyden_gateway_summarize_active (active);

  open_run (opening, summary, FALSE);
}

static void
ended_counted_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(Opening) opening = user_data;
  g_autoptr(GHashTable) nodes = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) summary = NULL;

  nodes = leyden_run_count_nodes_finish (result, &error);
  if (nodes == NULL || opening->self->hub == NULL)
    {
      if (error != NULL)
        leyden_gateway_respond_gerror (opening->exchange, error);
      return;
    }
  summary = leyden_run_summarize_rows (opening->run->run, opening->run->state, opening->rollouts, opening->run->n_items, nodes);
  /* What is mirrored comes in until the mirror is removed, and programs may send spans at any time. */
  open_run (opening, summary,
            !leyden_otlp_is_run (opening->run->definition)
              && (strcmp (opening->run->state, "running") != 0
                  || strcmp (leyden_value_get_member_string (opening->run->definition, "purpose", ""), "mirror") != 0));
}

static void
ended_rows_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(Opening) opening = user_data;
  g_autoptr(GError) error = NULL;

  opening->rollouts = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  if (opening->rollouts == NULL || opening->self->hub == NULL)
    {
      if (error != NULL)
        leyden_gateway_respond_gerror (opening->exchange, error);
      return;
    }
  leyden_run_count_nodes_async (LEYDEN_STORE (object), opening->run->run, leyden_gateway_count_until (opening->rollouts), NULL, NULL,
                                ended_counted_cb, opening);
  opening = NULL;
}

static void
ended_run_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(Opening) opening = user_data;
  g_autoptr(GError) error = NULL;
  LeydenActiveRun *active;

  opening->run = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  if (opening->run == NULL)
    {
      leyden_gateway_respond_gerror (opening->exchange, error);
      return;
    }
  active = g_hash_table_lookup (opening->self->active, opening->id);
  if (active != NULL)
    open_live_run (opening, active);
  else
    {
      leyden_store_list_rollouts_async (LEYDEN_STORE (object), opening->id, NULL, -1, 0, NULL, ended_rows_cb, opening);
      opening = NULL;
    }
}

void
leyden_gateway_run_events (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(Opening) opening = opening_new (self, exchange, "run");
  LeydenActiveRun *active;

  if (opening == NULL)
    return;
  active = g_hash_table_lookup (self->active, opening->id);
  if (active != NULL)
    open_live_run (opening, active);
  else
    {
      const char *id = opening->id;

      leyden_store_get_run_async (LEYDEN_STORE (self->store), id, NULL, ended_run_cb, g_steal_pointer (&opening));
    }
}

void
leyden_gateway_all_events (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  LeydenStreamAsk ask = { 0 };
  gint64 presence;

  if (!leyden_gateway_query_int (exchange, "presence", 0, 1, 0, &presence))
    return;
  ask.scope = presence != 0 ? LEYDEN_SCOPE_PRESENCE : LEYDEN_SCOPE_RUNS;
  leyden_event_hub_open (self->hub, exchange, &ask, NULL);
}

static void
rollout_row_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(Opening) opening = user_data;
  g_autoptr(LeydenRolloutRow) row = NULL;
  g_autoptr(GError) error = NULL;
  LeydenGateway *self = opening->self;
  LeydenStreamAsk ask = { .scope = LEYDEN_SCOPE_ROLLOUT, .records = TRUE };

  row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (row == NULL || self->hub == NULL)
    {
      if (error != NULL)
        leyden_gateway_respond_gerror (opening->exchange, error);
      return;
    }
  ask.id = opening->id;
  ask.after = opening->after;
  ask.deltas = opening->deltas;
  /* A rollout that waits in an active run has its events before it; nobody knows when an agent has said its last word. */
  ask.ended = strcmp (row->executor, "agl") != 0
              && ((strcmp (row->executor, "mirror") != 0 && strcmp (row->executor, "otlp") != 0) || row->finished_ns != 0)
              && leyden_gateway_find_rollout (self, opening->id, NULL) == NULL
              && (row->run == NULL || !g_hash_table_contains (self->active, row->run) || row->finished_ns != 0);
  leyden_event_hub_open (self->hub, opening->exchange, &ask, NULL);
}

static LeydenValue *
make_record_page (GPtrArray *records,
                  guint64    after)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "records");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < records->len; i++)
    leyden_value_builder_take (&b, leyden_record_to_value (g_ptr_array_index (records, i)));
  leyden_value_builder_end (&b);
  if (records->len > 0)
    after = ((LeydenRecord *)g_ptr_array_index (records, records->len - 1))->sequence;
  leyden_value_builder_set_int (&b, "next_after", (gint64)after);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
records_read_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(Opening) opening = user_data;
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GError) error = NULL;

  records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (records == NULL)
    leyden_gateway_respond_gerror (opening->exchange, error);
  else
    leyden_gateway_respond_take (opening->exchange, 200, make_record_page (records, opening->after));
}

typedef struct
{
  Opening *opening;
  guint    limit;
} PageAsk;

static void
page_row_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  PageAsk *ask = user_data;
  g_autoptr(Opening) opening = ask->opening;
  g_autoptr(LeydenRolloutRow) row = NULL;
  g_autoptr(GError) error = NULL;
  guint limit = ask->limit;

  g_free (ask);
  row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (row == NULL)
    {
      leyden_gateway_respond_gerror (opening->exchange, error);
      return;
    }
  leyden_store_read_rollout_async (LEYDEN_STORE (object), row->rollout, opening->after, limit, NULL, records_read_cb, opening);
  opening = NULL;
}

void
leyden_gateway_rollout_events (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  const char *accept = leyden_http_exchange_get_header (exchange, "Accept");
  g_autoptr(Opening) opening = opening_new (self, exchange, "rollout");
  gint64 after, limit;
  PageAsk *ask;

  if (opening == NULL)
    return;
  if (accept != NULL && strstr (accept, "text/event-stream") != NULL)
    {
      const char *id = opening->id;

      leyden_store_get_rollout_async (LEYDEN_STORE (self->store), id, NULL, rollout_row_cb, g_steal_pointer (&opening));
      return;
    }
  if (!leyden_gateway_query_int (exchange, "after", 0, G_MAXINT64, 0, &after)
      || !leyden_gateway_query_int (exchange, "limit", 1, 10000, 1000, &limit))
    return;
  opening->after = (guint64)after;
  ask = g_new0 (PageAsk, 1);
  ask->limit = (guint)limit;
  ask->opening = g_steal_pointer (&opening);
  leyden_store_get_rollout_async (LEYDEN_STORE (self->store), ask->opening->id, NULL, page_row_cb, ask);
}
