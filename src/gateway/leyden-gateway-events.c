/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <string.h>

#include "leyden-json.h"
#include "leyden-webhooks.h"

/*
 * Each stream is in one of two phases:
 *
 *   CATCHING  records come from the store, page by page, behind `position`; what is committed meanwhile is only noted (`newest`)
 *      │  ▲   a short page and nothing newer noted: everything was sent
 *      ▼  │   too much waits for a slow client
 *   LIVE      records come from the store's "committed" signal
 *
 * Positions only grow and each record is sent when its position is above the last one sent: no gap, no repetition. The end of a run is
 * one more catching phase, after which summary and "end" go out.
 */
#define PAGE 500
/* A client that lets this much wait is sent back to the store; the server cuts it off at 8 MiB. */
#define SLOW_BYTES (2 * 1024 * 1024)
/* Where the server calls back when less waits. */
#define DRAINED_BYTES (256 * 1024)
#define SUMMARY_MS 250
#define RUN_MS 1000
#define DELTA_MS 100
#define ROLLOUTS_MS 500

typedef struct
{
  gatomicrefcount   refs;
  LeydenEventHub   *hub;                /* NULL once closed */
  LeydenHttpStream *stream;
  LeydenStreamScope scope;
  char             *id;                 /* run, rollout or experiment */
  char             *name;               /* X-Leyden-Client */
  gboolean          deltas;
  gboolean          without_records;    /* wants to know how it goes, not every step */
  gboolean          catching;
  gboolean          reading;
  gboolean          again;              /* the page under way began before the end was known */
  gboolean          ending;             /* nothing more will come */
  guint64           position;
  guint64           newest;
  guint64           sequence;           /* LEYDEN_SCOPE_ROLLOUT: where the store is read on */
  LeydenValue      *summary;            /* the last one, with `ending` */
} Client;

/* At most one message in so many milliseconds for a run. */
typedef struct
{
  LeydenEventHub *hub;
  char           *run;
  gint64          last_us;
  GSource        *source;
} Throttle;

typedef struct
{
  char    *run;
  char    *rollout;
  char    *node;
  GString *text;
} Delta;

struct _LeydenEventHub
{
  LeydenGateway *gateway;               /* borrowed: owns the hub */
  gulong         committed;
  GPtrArray     *clients;
  GHashTable    *run_of;                /* rollout → run, of active runs */
  GHashTable    *summaries;             /* run → Throttle */
  GHashTable    *runs;                  /* run → Throttle */
  GHashTable    *deltas;                /* rollout US node → Delta */
  GSource       *delta_source;
  GSource           *rollouts_source;   /* while a change is still to be told */
  gint64             rollouts_us;       /* when one was told */
};

static void client_read (Client *client);

static Client *
client_ref (Client *client)
{
  g_atomic_ref_count_inc (&client->refs);
  return client;
}

static void
client_unref (Client *client)
{
  if (!g_atomic_ref_count_dec (&client->refs))
    return;
  leyden_http_stream_unref (client->stream);
  g_clear_pointer (&client->summary, leyden_value_unref);
  g_free (client->id);
  g_free (client->name);
  g_free (client);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_unref)

static void
throttle_free (gpointer data)
{
  Throttle *throttle = data;

  if (throttle->source != NULL)
    g_source_destroy (throttle->source);
  g_clear_pointer (&throttle->source, g_source_unref);
  g_free (throttle->run);
  g_free (throttle);
}

static void
delta_free (gpointer data)
{
  Delta *delta = data;

  g_free (delta->run);
  g_free (delta->rollout);
  g_free (delta->node);
  g_string_free (delta->text, TRUE);
  g_free (delta);
}

static void
client_send_value (Client      *client,
                   const char  *event,
                   LeydenValue *value)
{
  g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

  leyden_http_stream_write_event (client->stream, NULL, event, text, -1);
}

static void
client_send_record (Client       *client,
                    LeydenRecord *record,
                    const char   *text)
{
  char id[24];

  g_snprintf (id, sizeof id, "%" G_GUINT64_FORMAT, record->position);
  client->position = record->position;
  client->sequence = record->sequence;
  leyden_http_stream_write_event (client->stream, id, "record", text, -1);
}

/* The hub lets go of it: the client left, or we closed the stream. */
static void
client_detach (Client *client)
{
  LeydenEventHub *hub = g_steal_pointer (&client->hub);

  if (hub == NULL)
    return;
  /* First out of the list: whether the clock of --idle-exit starts is asked of it. */
  g_ptr_array_remove_fast (hub->clients, client);
  leyden_gateway_client_left (hub->gateway, client->name);
  /* The one that the stream's callback held. */
  client_unref (client);
}

/* What waits still goes out. The stream calls nobody back after this. */
static void
client_close (Client *client)
{
  leyden_http_stream_close (client->stream);
  client_detach (client);
}

static const char *
client_get_news (Client *client)
{
  return client->scope == LEYDEN_SCOPE_EXPERIMENT ? "snapshot" : "summary";
}

static void
client_finish (Client *client)
{
  g_autoptr(LeydenValue) nothing = leyden_json_parse ("{}", -1, NULL, NULL);

  if (client->summary != NULL)
    client_send_value (client, client_get_news (client), client->summary);
  client_send_value (client, "end", nothing);
  client_close (client);
}

/* ---- Catching up ---- */

static void
page_read (Client    *client,
           GPtrArray *records)
{
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);
      g_autoptr(LeydenValue) value = NULL;
      g_autofree char *text = NULL;

      /* Behind Last-Event-ID, where a rollout is read from its start. */
      client->sequence = record->sequence;
      if (record->position <= client->position)
        continue;
      value = leyden_record_to_value (record);
      text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      client_send_record (client, record, text);
    }

  if (records->len == PAGE || client->newest > client->position || client->again)
    {
      client->again = FALSE;
      client_read (client);
      return;
    }
  client->catching = FALSE;
  if (client->ending)
    client_finish (client);
}

static void
page_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(Client) client = user_data;
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GError) error = NULL;

  if (client->scope == LEYDEN_SCOPE_ROLLOUT)
    records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);
  else
    records = leyden_store_read_run_finish (LEYDEN_STORE (object), result, &error);
  client->reading = FALSE;
  if (client->hub == NULL)
    return;
  if (records == NULL)
    {
      /* The client comes again with its Last-Event-ID. */
      g_warning ("Events cannot be read: %s", error->message);
      client_close (client);
      return;
    }
  page_read (client, records);
}

static void
client_read (Client *client)
{
  LeydenStore *store;

  client->catching = TRUE;
  if (client->hub == NULL || client->reading || leyden_http_stream_get_pending (client->stream) > DRAINED_BYTES)
    return;
  store = LEYDEN_STORE (client->hub->gateway->store);
  client->reading = TRUE;
  if (client->scope == LEYDEN_SCOPE_ROLLOUT)
    leyden_store_read_rollout_async (store, client->id, client->sequence, PAGE, NULL, page_read_cb, client_ref (client));
  else
    leyden_store_read_run_async (store, client->id, client->position, PAGE, NULL, page_read_cb, client_ref (client));
}

static void
client_catch_up (Client *client)
{
  if (!client->without_records)
    client_read (client);
  else if (client->ending)
    client_finish (client);
}

static void
client_end (Client      *client,
            LeydenValue *summary)
{
  client->ending = TRUE;
  client->again = client->reading;
  g_clear_pointer (&client->summary, leyden_value_unref);
  client->summary = summary == NULL ? NULL : leyden_value_ref (summary);
  client_catch_up (client);
}

static void
client_drained_cb (LeydenHttpStream *stream,
                   gpointer          data)
{
  Client *client = data;

  if (client->hub != NULL && client->catching)
    client_read (client);
}

static void
client_closed_cb (LeydenHttpStream *stream,
                  gpointer          data)
{
  client_detach (data);
}

void
leyden_event_hub_open (LeydenEventHub        *self,
                       LeydenHttpExchange    *exchange,
                       const LeydenStreamAsk *ask,
                       LeydenValue           *summary)
{
  const char *name = leyden_http_exchange_get_header (exchange, "X-Leyden-Client");
  Client *client = g_new0 (Client, 1);

  g_atomic_ref_count_init (&client->refs);
  client->hub = self;
  client->scope = ask->scope;
  client->id = g_strdup (ask->id);
  client->name = g_strdup (name == NULL ? "" : name);
  client->position = ask->after;
  client->deltas = ask->deltas;
  client->without_records = !ask->records;
  leyden_http_exchange_add_header (exchange, "Cache-Control", "no-store");
  client->stream = leyden_http_exchange_respond_stream (exchange, 200, "text/event-stream");
  g_ptr_array_add (self->clients, client_ref (client));
  leyden_gateway_client_joined (self->gateway, client->name);
  leyden_http_stream_set_drained_cb (client->stream, client_drained_cb, client);
  /* Takes the first reference. */
  leyden_http_stream_set_closed_cb (client->stream, client_closed_cb, client);
  if (ask->ended)
    {
      client_end (client, summary);
      return;
    }
  if (summary != NULL)
    client_send_value (client, client_get_news (client), summary);
  client_catch_up (client);
}

/* ---- What happens ---- */

static gboolean
client_wants (Client       *client,
              LeydenRecord *record)
{
  if (client->without_records)
    return FALSE;
  if (client->scope == LEYDEN_SCOPE_ROLLOUT)
    return strcmp (client->id, record->rollout) == 0;
  return client->scope == LEYDEN_SCOPE_RUN && g_strcmp0 (g_hash_table_lookup (client->hub->run_of, record->rollout), client->id) == 0;
}

static void
deliver (LeydenEventHub *self,
         LeydenRecord   *record)
{
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = g_ptr_array_index (self->clients, i);

      if (!client_wants (client, record))
        continue;
      client->newest = MAX (client->newest, record->position);
      if (client->catching || record->position <= client->position)
        continue;
      if (leyden_http_stream_get_pending (client->stream) > SLOW_BYTES)
        {
          client->catching = TRUE;
          continue;
        }
      if (text == NULL)
        {
          g_autoptr(LeydenValue) value = leyden_record_to_value (record);

          text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
        }
      client_send_record (client, record, text);
    }
}

static void
flush_deltas (LeydenEventHub *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->delta_source != NULL)
    g_source_destroy (self->delta_source);
  g_clear_pointer (&self->delta_source, g_source_unref);
  g_hash_table_iter_init (&iter, self->deltas);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Delta *delta = value;
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
      g_autoptr(LeydenValue) data = NULL;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "rollout", delta->rollout);
      leyden_value_builder_set_string (&b, "node", delta->node);
      leyden_value_builder_set_take (&b, "text", leyden_value_new_string (delta->text->str, (gssize)delta->text->len));
      leyden_value_builder_end (&b);
      data = leyden_value_builder_end_value (&b);
      for (guint i = 0; i < self->clients->len; i++)
        {
          Client *client = g_ptr_array_index (self->clients, i);
          const char *id = client->scope == LEYDEN_SCOPE_RUN ? delta->run : client->scope == LEYDEN_SCOPE_ROLLOUT ? delta->rollout : NULL;

          /* Provisional: a slow client goes without. */
          if (client->deltas && g_strcmp0 (client->id, id) == 0
              && leyden_http_stream_get_pending (client->stream) < DRAINED_BYTES)
            client_send_value (client, "delta", data);
        }
    }
  g_hash_table_remove_all (self->deltas);
}

static void
committed_cb (LeydenStore    *store,
              GPtrArray      *records,
              LeydenEventHub *self)
{
  if (self->clients->len == 0)
    return;
  /* Text goes out before the record that makes it final. */
  flush_deltas (self);
  for (guint i = 0; i < records->len; i++)
    deliver (self, g_ptr_array_index (records, i));
}

static gboolean
delta_timeout_cb (gpointer data)
{
  flush_deltas (data);
  return G_SOURCE_REMOVE;
}

void
leyden_event_hub_delta (LeydenEventHub *self,
                        const char     *run,
                        const char     *rollout,
                        const char     *node,
                        const char     *text)
{
  g_autofree char *key = g_strconcat (rollout, "\x1f", node, NULL);
  Delta *delta = g_hash_table_lookup (self->deltas, key);

  if (self->clients->len == 0)
    return;
  if (delta == NULL)
    {
      delta = g_new0 (Delta, 1);
      delta->run = g_strdup (run);
      delta->rollout = g_strdup (rollout);
      delta->node = g_strdup (node);
      delta->text = g_string_new (NULL);
      g_hash_table_insert (self->deltas, g_steal_pointer (&key), delta);
    }
  g_string_append (delta->text, text);
  if (self->delta_source != NULL)
    return;
  self->delta_source = g_timeout_source_new (DELTA_MS);
  g_source_set_callback (self->delta_source, delta_timeout_cb, self, NULL);
  g_source_attach (self->delta_source, g_main_context_get_thread_default ());
}

void
leyden_event_hub_rollout_started (LeydenEventHub *self,
                                  const char     *run,
                                  const char     *rollout)
{
  g_hash_table_insert (self->run_of, g_strdup (rollout), g_strdup (run));
}

void
leyden_event_hub_rollout_changed (LeydenEventHub         *self,
                                  const char             *run,
                                  const LeydenRolloutRow *row)
{
  g_autoptr(LeydenValue) value = NULL;

  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = g_ptr_array_index (self->clients, i);
      const char *id = client->scope == LEYDEN_SCOPE_RUN ? run : client->scope == LEYDEN_SCOPE_ROLLOUT ? row->rollout : NULL;

      if (id == NULL || strcmp (client->id, id) != 0)
        continue;
      if (value == NULL)
        value = leyden_rollout_row_to_value (row);
      client_send_value (client, "rollout", value);
    }
}

/* Whoever listens to it; callbacks may take clients away, so a copy with references. */
static GPtrArray *
find_clients (LeydenEventHub *self,
              LeydenStreamScope scope,
              const char     *id)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify)client_unref);

  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = g_ptr_array_index (self->clients, i);

      if (client->scope == scope && (id == NULL || strcmp (client->id, id) == 0))
        g_ptr_array_add (found, client_ref (client));
    }
  return found;
}

void
leyden_event_hub_debug_changed (LeydenEventHub *self,
                                const char     *run,
                                LeydenValue    *value)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUN, run);

  for (guint i = 0; i < clients->len; i++)
    client_send_value (g_ptr_array_index (clients, i), "debug", value);
}

void
leyden_event_hub_rollout_ended (LeydenEventHub *self,
                                const char     *rollout)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_ROLLOUT, rollout);

  for (guint i = 0; i < clients->len; i++)
    client_end (g_ptr_array_index (clients, i), NULL);
}

void
leyden_event_hub_run_ended (LeydenEventHub *self,
                            const char     *run,
                            LeydenValue    *summary)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUN, run);
  GHashTableIter iter;
  gpointer value;

  flush_deltas (self);
  g_hash_table_remove (self->summaries, run);
  g_hash_table_remove (self->runs, run);
  g_hash_table_iter_init (&iter, self->run_of);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (strcmp (value, run) == 0)
      g_hash_table_iter_remove (&iter);
  for (guint i = 0; i < clients->len; i++)
    client_end (g_ptr_array_index (clients, i), summary);
}

void
leyden_event_hub_run_changed (LeydenEventHub *self,
                              LeydenValue    *run)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUNS, NULL);

  leyden_webhooks_poke (self->gateway->webhooks);
  for (guint i = 0; i < clients->len; i++)
    client_send_value (g_ptr_array_index (clients, i), "run", run);
}

/* ---- Experiments: whole snapshots; one that a slow client misses is made good by the next ---- */

gboolean
leyden_event_hub_has_watchers (LeydenEventHub *self,
                               const char     *experiment)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_EXPERIMENT, experiment);

  return clients->len > 0;
}

void
leyden_event_hub_experiment_changed (LeydenEventHub *self,
                                     const char     *experiment,
                                     LeydenValue    *snapshot,
                                     gboolean        ended)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_EXPERIMENT, experiment);

  for (guint i = 0; i < clients->len; i++)
    {
      Client *client = g_ptr_array_index (clients, i);

      if (ended)
        client_end (client, snapshot);
      else if (leyden_http_stream_get_pending (client->stream) < SLOW_BYTES)
        client_send_value (client, "snapshot", snapshot);
    }
}

void
leyden_event_hub_experiment_row (LeydenEventHub *self,
                                 LeydenValue    *row)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUNS, NULL);

  leyden_webhooks_poke (self->gateway->webhooks);
  for (guint i = 0; i < clients->len; i++)
    client_send_value (g_ptr_array_index (clients, i), "experiment", row);
}

void
leyden_event_hub_alert_changed (LeydenEventHub *self,
                                LeydenValue    *alert)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUNS, NULL);

  for (guint i = 0; i < clients->len; i++)
    client_send_value (g_ptr_array_index (clients, i), "alert", alert);
}

void
leyden_event_hub_mirror_changed (LeydenEventHub *self,
                                 LeydenValue    *mirror)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUNS, NULL);

  for (guint i = 0; i < clients->len; i++)
    client_send_value (g_ptr_array_index (clients, i), "mirror", mirror);
}

static gboolean
rollouts_cb (gpointer data)
{
  LeydenEventHub *self = data;
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUNS, NULL);
  g_autoptr(LeydenValue) nothing = leyden_json_parse ("{}", -1, NULL, NULL);

  g_clear_pointer (&self->rollouts_source, g_source_unref);
  self->rollouts_us = g_get_monotonic_time ();
  for (guint i = 0; i < clients->len; i++)
    client_send_value (g_ptr_array_index (clients, i), "rollouts", nothing);
  return G_SOURCE_REMOVE;
}

void
leyden_event_hub_rollouts_changed (LeydenEventHub *self)
{
  gint64 wait_us = MAX (self->rollouts_us + ROLLOUTS_MS * 1000 - g_get_monotonic_time (), 0);

  if (self->rollouts_source != NULL || self->clients->len == 0)
    return;
  self->rollouts_source = g_timeout_source_new ((guint) (wait_us / 1000));
  g_source_set_callback (self->rollouts_source, rollouts_cb, self, NULL);
  g_source_attach (self->rollouts_source, g_main_context_get_thread_default ());
}

/* ---- Progress, throttled ---- */

static void
send_summary (LeydenEventHub  *self,
              LeydenActiveRun *active)
{
  g_autoptr(GPtrArray) clients = find_clients (self, LEYDEN_SCOPE_RUN, active->run);
  g_autoptr(LeydenValue) summary = NULL;

  if (clients->len == 0)
    return;
  summary = leyden_gateway_summarize_active (active);
  for (guint i = 0; i < clients->len && summary != NULL; i++)
    client_send_value (g_ptr_array_index (clients, i), "summary", summary);
}

static void
send_run (LeydenEventHub  *self,
          LeydenActiveRun *active)
{
  g_autoptr(LeydenValue) value = NULL;

  for (guint i = 0; i < self->clients->len; i++)
    if (((Client *)g_ptr_array_index (self->clients, i))->scope == LEYDEN_SCOPE_RUNS)
      {
        value = leyden_gateway_active_to_value (active);
        leyden_event_hub_run_changed (self, value);
        return;
      }
}

static gboolean
summary_due_cb (gpointer data)
{
  Throttle *throttle = data;
  LeydenActiveRun *active = g_hash_table_lookup (throttle->hub->gateway->active, throttle->run);

  g_clear_pointer (&throttle->source, g_source_unref);
  throttle->last_us = g_get_monotonic_time ();
  if (active != NULL)
    send_summary (throttle->hub, active);
  return G_SOURCE_REMOVE;
}

static gboolean
run_due_cb (gpointer data)
{
  Throttle *throttle = data;
  LeydenActiveRun *active = g_hash_table_lookup (throttle->hub->gateway->active, throttle->run);

  g_clear_pointer (&throttle->source, g_source_unref);
  throttle->last_us = g_get_monotonic_time ();
  if (active != NULL)
    send_run (throttle->hub, active);
  return G_SOURCE_REMOVE;
}

static void
throttle_poke (LeydenEventHub *self,
               GHashTable     *table,
               const char     *run,
               guint           every_ms,
               GSourceFunc     due)
{
  Throttle *throttle = g_hash_table_lookup (table, run);
  gint64 wait_ms;

  if (throttle == NULL)
    {
      throttle = g_new0 (Throttle, 1);
      throttle->hub = self;
      throttle->run = g_strdup (run);
      g_hash_table_insert (table, throttle->run, throttle);
    }
  if (throttle->source != NULL)
    return;
  wait_ms = throttle->last_us == 0 ? 0 : every_ms - (g_get_monotonic_time () - throttle->last_us) / 1000;
  throttle->source = g_timeout_source_new ((guint)CLAMP (wait_ms, 0, every_ms));
  g_source_set_callback (throttle->source, due, throttle, NULL);
  g_source_attach (throttle->source, g_main_context_get_thread_default ());
}

void
leyden_event_hub_run_progress (LeydenEventHub  *self,
                               LeydenActiveRun *active)
{
  if (self->clients->len == 0)
    return;
  throttle_poke (self, self->summaries, active->run, SUMMARY_MS, summary_due_cb);
  throttle_poke (self, self->runs, active->run, RUN_MS, run_due_cb);
}

/* ---- The hub ---- */

LeydenEventHub *
leyden_event_hub_new (LeydenGateway *gateway)
{
  LeydenEventHub *self = g_new0 (LeydenEventHub, 1);

  self->gateway = gateway;
  self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify)client_unref);
  self->run_of = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->summaries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, throttle_free);
  self->runs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, throttle_free);
  self->deltas = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, delta_free);
  self->committed = g_signal_connect (gateway->store, "committed", G_CALLBACK (committed_cb), self);
  return self;
}

void
leyden_event_hub_close (LeydenEventHub *self)
{
  g_clear_signal_handler (&self->committed, self->gateway->store);
  while (self->clients->len > 0)
    client_close (g_ptr_array_index (self->clients, 0));
}

void
leyden_event_hub_free (LeydenEventHub *self)
{
  leyden_event_hub_close (self);
  if (self->delta_source != NULL)
    g_source_destroy (self->delta_source);
  g_clear_pointer (&self->delta_source, g_source_unref);
  if (self->rollouts_source != NULL)
    g_source_destroy (self->rollouts_source);
  g_clear_pointer (&self->rollouts_source, g_source_unref);
  g_ptr_array_unref (self->clients);
  g_hash_table_unref (self->run_of);
  g_hash_table_unref (self->summaries);
  g_hash_table_unref (self->runs);
  g_hash_table_unref (self->deltas);
  g_free (self);
}

guint
leyden_event_hub_get_n_clients (LeydenEventHub *self)
{
  return self->clients->len;
}
