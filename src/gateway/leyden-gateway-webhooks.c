/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /leyden/v1/webhooks and /leyden/v1/deliveries: who is told of what, and what became of it. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-access.h"
#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-outbox.h"
#include "leyden-store-sql.h"
#include "leyden-webhooks.h"

#define READ_MS 5000
#define MAX_OVERLAP_S (30 * 86400)
#define PAGE 100
#define MAX_PAGE 1000

/* What a request is about, until its answer. */
typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  char               *name;
  gint64              id;
  gint64              before;
  gint64              now_ns;
  guint               limit;
  int                 state;
  gint64              n;
  LeydenValue        *events;           /* body of a test */
  gboolean            is_new;
} Ask;

static Ask *
ask_new (LeydenGateway      *self,
         LeydenHttpExchange *exchange)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->self = g_object_ref (self);
  ask->exchange = leyden_http_exchange_ref (exchange);
  ask->name = g_strdup (leyden_http_exchange_get_param (exchange, "name"));
  ask->now_ns = leyden_webhooks_get_now (self->webhooks);
  return ask;
}

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  g_object_unref (ask->self);
  leyden_http_exchange_unref (ask->exchange);
  g_clear_pointer (&ask->events, leyden_value_unref);
  g_free (ask->name);
  g_free (ask);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ask, ask_free)

/* NULL after it was refused. */
static const LeydenWebhook *
find (LeydenGateway      *self,
      LeydenHttpExchange *exchange)
{
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  const LeydenWebhook *hook = leyden_webhooks_get (self->webhooks, name);

  if (hook == NULL)
    leyden_http_exchange_respond_error (exchange, 404, "There is no webhook \"%s\"", name);
  return hook;
}

/* ---- Reading ---- */

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (answer == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_http_exchange_respond_json (exchange, 200, answer);
  leyden_http_exchange_unref (exchange);
}

/* Takes @data. */
static void
read_answer (LeydenGateway      *self,
             LeydenHttpExchange *exchange,
             LeydenStoreSelect   func,
             gpointer            data,
             GDestroyNotify      destroy)
{
  leyden_sqlite_store_select_async (self->store, func, data, destroy, (GDestroyNotify) leyden_value_unref, READ_MS, NULL, read_cb,
                                    leyden_http_exchange_ref (exchange));
}

static void
add_hook (LeydenValueBuilder       *b,
          const LeydenWebhook      *hook,
          const LeydenWebhookState *state)
{
  g_autoptr(LeydenValue) value = leyden_webhook_to_value (hook, FALSE);

  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    leyden_value_builder_set (b, leyden_value_get_key (value, i), leyden_value_get_item (value, i));
  leyden_value_builder_set_int (b, "waiting", state->n_waiting);
  leyden_value_builder_set_int (b, "delivered", state->n_delivered);
  leyden_value_builder_set_int (b, "failed", state->n_failed);
  leyden_value_builder_set_int (b, "dropped", state->n_dropped);
  leyden_value_builder_set_int (b, "failures", state->n_failures);
  leyden_value_builder_set_int (b, "paused_until", state->paused_ns);
  leyden_value_builder_set_int (b, "next", state->next_ns);
  leyden_value_builder_set_int (b, "last_delivered", state->last_ok_ns);
  leyden_value_builder_set_string (b, "last_error", state->last_error);
  leyden_value_builder_end (b);
}

typedef struct
{
  GPtrArray *hooks;             /* copies */
  gboolean   alone;
} Listing;

static void
listing_free (gpointer data)
{
  g_ptr_array_unref (((Listing *) data)->hooks);
  g_free (data);
}

static gpointer
make_list (sqlite3       *db,
           gpointer       data,
           GCancellable  *cancellable,
           GError       **error)
{
  Listing *listing = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!listing->alone)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_key (&b, "webhooks");
      leyden_value_builder_begin_list (&b);
    }
  for (guint i = 0; i < listing->hooks->len; i++)
    {
      const LeydenWebhook *hook = g_ptr_array_index (listing->hooks, i);
      LeydenWebhookState *state = leyden_outbox_get_state (db, hook->name, error);

      if (state == NULL)
        return NULL;
      add_hook (&b, hook, state);
      leyden_webhook_state_free (state);
    }
  if (!listing->alone)
    {
      const char * const *events = leyden_webhook_list_events ();

      leyden_value_builder_end (&b);
      leyden_value_builder_key (&b, "events");
      leyden_value_builder_begin_list (&b);
      for (guint i = 0; events[i] != NULL; i++)
        leyden_value_builder_add_string (&b, events[i]);
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
    }
  return leyden_value_builder_end_value (&b);
}

void
leyden_gateway_list_webhooks (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  g_autoptr(GPtrArray) names = leyden_webhooks_list (self->webhooks);
  Listing *listing = g_new0 (Listing, 1);

  listing->hooks = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_webhook_free);
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (listing->hooks, leyden_webhook_copy (leyden_webhooks_get (self->webhooks, g_ptr_array_index (names, i))));
  read_answer (self, exchange, make_list, listing, listing_free);
}

void
leyden_gateway_get_webhook (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  const LeydenWebhook *hook = find (self, exchange);
  Listing *listing;

  if (hook == NULL)
    return;
  listing = g_new0 (Listing, 1);
  listing->alone = TRUE;
  listing->hooks = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_webhook_free);
  g_ptr_array_add (listing->hooks, leyden_webhook_copy (hook));
  read_answer (self, exchange, make_list, listing, listing_free);
}

static gpointer
make_deliveries (sqlite3       *db,
                 gpointer       data,
                 GCancellable  *cancellable,
                 GError       **error)
{
  Ask *ask = data;
  g_autoptr(LeydenValue) list = leyden_outbox_list (db, ask->name, ask->state, ask->before, ask->limit, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n;

  if (list == NULL)
    return NULL;
  n = leyden_value_get_size (list);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "deliveries", list);
  leyden_value_builder_set_int (&b, "before", n < ask->limit ? 0 : leyden_value_get_member_int (leyden_value_get_item (list, n - 1), "id", 0));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_gateway_list_deliveries (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  static const char * const states[] = { "waiting", "delivered", "failed", NULL };
  const char *state;
  gint64 before, limit;
  Ask *ask;

  /* Of one that was removed, too: what became of its deliveries stays. */
  if (!leyden_gateway_query_choice (exchange, "state", states, &state) || !leyden_gateway_query_int (exchange, "before", 1, G_MAXINT64, 0, &before)
      || !leyden_gateway_query_int (exchange, "limit", 1, MAX_PAGE, PAGE, &limit))
    return;
  ask = ask_new (self, exchange);
  ask->before = before;
  ask->limit = (guint) limit;
  ask->state = -1;
  for (int i = 0; state != NULL && states[i] != NULL; i++)
    if (strcmp (states[i], state) == 0)
      ask->state = i;
  read_answer (self, exchange, make_deliveries, ask, ask_free);
}

static gpointer
make_delivery (sqlite3       *db,
               gpointer       data,
               GCancellable  *cancellable,
               GError       **error)
{
  return leyden_outbox_get (db, ((Ask *) data)->id, error);
}

/* FALSE after it was refused. */
static gboolean
read_id (LeydenHttpExchange *exchange,
         gint64             *id)
{
  const char *text = leyden_http_exchange_get_param (exchange, "id");

  if (g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, id, NULL))
    return TRUE;
  leyden_http_exchange_respond_error (exchange, 404, "There is no delivery \"%s\"", text);
  return FALSE;
}

void
leyden_gateway_get_delivery (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  gint64 id;
  Ask *ask;

  if (!read_id (exchange, &id))
    return;
  ask = ask_new (self, exchange);
  ask->id = id;
  read_answer (self, exchange, make_delivery, ask, ask_free);
}

/* ---- Changing ---- */

static void
put_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(Ask) ask = user_data;
  LeydenWebhooks *webhooks = LEYDEN_WEBHOOKS (object);
  g_autoptr(GError) error = NULL;
  g_autofree char *secret = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenValue) told = NULL;
  const LeydenWebhook *hook;

  if (!leyden_webhooks_put_finish (webhooks, result, &secret, &error))
    {
      leyden_gateway_respond_gerror (ask->exchange, error);
      return;
    }
  hook = leyden_webhooks_get (webhooks, ask->name);
  if (hook == NULL)
    {
      leyden_http_exchange_respond_error (ask->exchange, 409, "The webhook was removed meanwhile");
      return;
    }
  value = leyden_webhook_to_value (hook, FALSE);
  if (secret == NULL)
    {
      leyden_http_exchange_respond_json (ask->exchange, 200, value);
      return;
    }
  /* The one time that it is told. */
  told = leyden_value_new_string (secret, -1);
  leyden_http_exchange_add_header (ask->exchange, "Cache-Control", "no-store");
  leyden_gateway_respond_take (ask->exchange, ask->is_new ? 201 : 200, leyden_value_with_member (value, "secret", told));
  memset (secret, 0, strlen (secret));
}

void
leyden_gateway_put_webhook (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  g_autoptr(LeydenWebhook) hook = NULL;
  g_autoptr(GError) error = NULL;
  Ask *ask;

  if (body == NULL)
    return;
  hook = leyden_webhook_from_value (name, body, FALSE, &error);
  if (hook == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  ask = ask_new (self, exchange);
  ask->is_new = leyden_webhooks_get (self->webhooks, name) == NULL;
  leyden_webhooks_put_async (self->webhooks, hook, FALSE, 0, put_cb, ask);
}

void
leyden_gateway_rotate_webhook (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  const LeydenWebhook *hook = body == NULL ? NULL : find (self, exchange);
  gint64 overlap_s = leyden_value_get_member_int (body, "overlap_s", LEYDEN_WEBHOOKS_OVERLAP_S);

  if (hook == NULL)
    return;
  if (overlap_s < 0 || overlap_s > MAX_OVERLAP_S)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"overlap_s\" must be 0 to %d", MAX_OVERLAP_S);
      return;
    }
  leyden_webhooks_put_async (self->webhooks, hook, TRUE, (guint) overlap_s, put_cb, ask_new (self, exchange));
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;

  if (leyden_webhooks_remove_finish (LEYDEN_WEBHOOKS (object), result, &error))
    leyden_http_exchange_respond (exchange, 204, NULL, NULL);
  else
    leyden_gateway_respond_gerror (exchange, error);
  leyden_http_exchange_unref (exchange);
}

void
leyden_gateway_delete_webhook (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  const LeydenWebhook *hook = find (self, exchange);

  if (hook != NULL)
    leyden_webhooks_remove_async (self->webhooks, hook->name, removed_cb, leyden_http_exchange_ref (exchange));
}

/* ---- Sending something ---- */

static gboolean
add_test (sqlite3   *db,
          gpointer   data,
          GError   **error)
{
  Ask *ask = data;
  g_autofree char *id = leyden_webhook_make_id ("test", ask->name, ask->now_ns);
  g_autofree char *body = leyden_webhook_make_body (id, leyden_webhooks_get_source (ask->self->webhooks), "test", ask->name, ask->now_ns, ask->events);

  if (!leyden_outbox_add (db, ask->name, id, "test", "test", body, ask->now_ns, TRUE, NULL, error))
    return FALSE;
  ask->id = sqlite3_last_insert_rowid (db);
  return TRUE;
}

static void
tested_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Ask *ask = leyden_sqlite_store_change_get_data (result);
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (ask->exchange, error);
      return;
    }
  leyden_webhooks_added (ask->self->webhooks, ask->name);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "delivery", ask->id);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (ask->exchange, 202, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_test_webhook (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  const LeydenWebhook *hook = body == NULL ? NULL : find (self, exchange);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Ask *ask;

  if (hook == NULL)
    return;
  if (!hook->enabled)
    {
      leyden_http_exchange_respond_error (exchange, 409, "The webhook is switched off");
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "message", "This is a test");
  leyden_value_builder_end (&b);
  ask = ask_new (self, exchange);
  ask->events = leyden_value_builder_end_value (&b);
  leyden_sqlite_store_change_async (self->store, "outbox", add_test, ask, ask_free, tested_cb, NULL);
}

static gboolean
find_name (sqlite3_stmt *statement,
           gpointer      data,
           GError      **error)
{
  *(char **) data = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  return TRUE;
}

static gboolean
send_again (sqlite3   *db,
            gpointer   data,
            GError   **error)
{
  Ask *ask = data;

  if (ask->id != 0)
    {
      g_clear_pointer (&ask->name, g_free);
      if (!leyden_sqlite_run (db, "SELECT webhook FROM deliveries WHERE id = ?1", find_name, &ask->name, error, "i", ask->id))
        return FALSE;
    }
  ask->n = 0;
  return ask->name == NULL || leyden_outbox_replay (db, ask->name, ask->id, 0, ask->now_ns, FALSE, &ask->n, error);
}

static void
again_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Ask *ask = leyden_sqlite_store_change_get_data (result);
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (ask->exchange, error);
      return;
    }
  if (ask->id != 0 && ask->n == 0)
    {
      leyden_http_exchange_respond_error (ask->exchange, 404, "There is no delivery %" G_GINT64_FORMAT, ask->id);
      return;
    }
  leyden_webhooks_added (ask->self->webhooks, ask->name);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "again", ask->n);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (ask->exchange, 202, leyden_value_builder_end_value (&b));
}

static void
start_again (LeydenGateway      *self,
             LeydenHttpExchange *exchange,
             gint64              id)
{
  Ask *ask = ask_new (self, exchange);

  ask->id = id;
  leyden_sqlite_store_change_async (self->store, "outbox", send_again, ask, ask_free, again_cb, NULL);
}

void
leyden_gateway_replay_delivery (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  gint64 id;

  if (body != NULL && read_id (exchange, &id))
    start_again (self, exchange, id);
}

void
leyden_gateway_replay_webhook (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);

  if (body != NULL && find (self, exchange) != NULL)
    start_again (self, exchange, 0);
}

/* ---- The backend's own ---- */

static void
gone_cb (LeydenWebhooks *webhooks,
         const char     *name,
         gpointer        data)
{
  leyden_gateway_audit (data, NULL, "webhook.gone", name, NULL);
}

void
leyden_gateway_make_webhooks (LeydenGateway *self)
{
  guint8 secret[LEYDEN_WEBHOOKS_SECRET_SIZE];

  leyden_access_derive (self->access, "leyden webhooks 1", secret);
  self->webhooks = leyden_webhooks_new (self->store, secret);
  explicit_bzero (secret, sizeof secret);
  leyden_webhooks_set_gone (self->webhooks, gone_cb, self);
}
