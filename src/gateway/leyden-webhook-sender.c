/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sending what waits in the outbox for one webhook. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-webhooks-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-http-policy.h"
#include "leyden-http-retry.h"
#include "leyden-text.h"

/* At once to one receiver; while it does not answer well, one at a time. */
#define MAX_FLYING 16
#define TIMEOUT_MS 20000
/* Of an answer, which nobody reads. */
#define MAX_ANSWER (64 * 1024)
/* While there is no answer at all, nothing else is tried for so long, doubling up to the second. */
#define PAUSE_NS (5 * NS_PER_S)
#define PAUSE_MAX_NS (300 * NS_PER_S)
#define REPLAY_NS (7 * 86400 * NS_PER_S)

typedef struct
{
  LeydenTarget      *target;
  LeydenDelivery    *delivery;
  LeydenHttpRequest *request;
  gint64             time_ns;
  gint64             began_us;
} Flight;

static void
flight_free (Flight *self)
{
  leyden_target_unref (self->target);
  leyden_delivery_free (self->delivery);
  g_clear_object (&self->request);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Flight, flight_free)

/* ---- The next time ---- */

void
leyden_target_disarm (LeydenTarget *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static gboolean
due_cb (gpointer data)
{
  LeydenTarget *self = data;

  g_clear_pointer (&self->timer, g_source_unref);
  leyden_target_pump (self);
  return G_SOURCE_REMOVE;
}

static void
arm (LeydenTarget *self,
     gint64        at_ns)
{
  gint64 wait_ms = (at_ns - leyden_webhooks_get_now (self->owner)) / 1000000;

  leyden_target_disarm (self);
  /* A clock that is set differently meanwhile is noticed within the hour. */
  self->timer = g_timeout_source_new ((guint) CLAMP (wait_ms + 1, 1, 3600 * 1000));
  g_source_set_callback (self->timer, due_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

/* ---- Writing what came of it: what ends while something is written goes with the next ---- */

typedef struct
{
  GPtrArray *results;
  gint64     now_ns;
  GPtrArray *back;              /* names of webhooks that answer again */
} Writing;

static void
writing_free (gpointer data)
{
  Writing *self = data;

  g_ptr_array_unref (self->results);
  g_ptr_array_unref (self->back);
  g_free (self);
}

static gboolean
write_results (sqlite3   *db,
               gpointer   data,
               GError   **error)
{
  Writing *self = data;

  g_ptr_array_set_size (self->back, 0);
  for (guint i = 0; i < self->results->len; i++)
    {
      const LeydenDeliveryResult *result = g_ptr_array_index (self->results, i);
      gboolean was_down;

      if (!leyden_outbox_finish (db, result, &was_down, error))
        return FALSE;
      if (was_down && !g_ptr_array_find (self->back, result->webhook, NULL))
        g_ptr_array_add (self->back, result->webhook);
    }
  return TRUE;
}

static void write_waiting (LeydenWebhooks *self);

typedef struct
{
  char   *name;
  gint64  now_ns;
  gint64  n;
} Replay;

static void
replay_free (gpointer data)
{
  g_free (((Replay *) data)->name);
  g_free (data);
}

static gboolean
replay_missed (sqlite3   *db,
               gpointer   data,
               GError   **error)
{
  Replay *self = data;

  return leyden_outbox_replay (db, self->name, 0, self->now_ns - REPLAY_NS, self->now_ns, TRUE, &self->n, error);
}

static void
replayed_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(LeydenWebhooks) self = user_data;
  g_autoptr(GError) error = NULL;
  Replay *replay = leyden_sqlite_store_change_get_data (result);

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    g_message ("What a webhook missed cannot be sent again: %s", error->message);
  else if (replay->n > 0)
    leyden_webhooks_added (self, replay->name);
}

static void
came_back (LeydenWebhooks *self,
           const char     *name)
{
  const LeydenWebhook *hook = leyden_webhooks_get (self, name);
  Replay *replay;

  if (hook == NULL || !hook->replay || self->stopped)
    return;
  replay = g_new0 (Replay, 1);
  replay->name = g_strdup (name);
  replay->now_ns = leyden_webhooks_get_now (self);
  leyden_sqlite_store_change_async (self->store, "outbox", replay_missed, replay, replay_free, replayed_cb, g_object_ref (self));
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(LeydenWebhooks) self = user_data;
  g_autoptr(GError) error = NULL;
  Writing *writing = leyden_sqlite_store_change_get_data (result);

  self->writing = FALSE;
  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    g_message ("What became of deliveries cannot be written: %s", error->message);
  for (guint i = 0; i < writing->results->len; i++)
    {
      const LeydenDeliveryResult *each = g_ptr_array_index (writing->results, i);
      LeydenTarget *target = g_hash_table_lookup (self->targets, each->webhook);

      if (target == NULL)
        continue;
      g_hash_table_remove (target->flying, &each->id);
      if (error == NULL && each->state != LEYDEN_DELIVERY_WAITING)
        target->n_waiting = MAX (target->n_waiting - 1, 0);
      if (target->catching && target->n_waiting <= self->max_waiting / 2)
        leyden_target_catch_up (target);
      leyden_target_pump (target);
    }
  for (guint i = 0; error == NULL && i < writing->back->len; i++)
    came_back (self, g_ptr_array_index (writing->back, i));
  write_waiting (self);
}

static void
write_waiting (LeydenWebhooks *self)
{
  Writing *writing;

  if (self->writing || self->results->len == 0)
    return;
  writing = g_new0 (Writing, 1);
  writing->results = g_steal_pointer (&self->results);
  writing->back = g_ptr_array_new ();
  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_delivery_result_free);
  self->writing = TRUE;
  leyden_sqlite_store_change_async (self->store, "outbox", write_results, writing, writing_free, written_cb, g_object_ref (self));
}

/* ---- One delivery ---- */

static void
switch_off (LeydenTarget *self)
{
  LeydenWebhooks *owner = self->owner;

  self->hook->enabled = FALSE;
  g_free (self->hook->reason);
  self->hook->reason = g_strdup (_("The receiver said that it is gone (410)"));
  leyden_webhooks_store (owner, self->hook);
  if (owner->gone != NULL)
    owner->gone (owner, self->hook->name, owner->gone_data);
}

/* What is waited because the receiver asks for it; 0: it does not. */
static gint64
find_asked_ns (LeydenHttpRequest *request,
               gint64             now_ns)
{
  const char *after = leyden_http_request_get_response_header (request, "Retry-After");
  guint delay_s = 0;

  if (after == NULL || !leyden_http_retry_parse_after_s (after, now_ns / NS_PER_S, LEYDEN_WEBHOOK_MAX_AFTER_S, &delay_s))
    return 0;
  return delay_s * NS_PER_S;
}

static void
plan_next (LeydenTarget         *self,
           LeydenDeliveryResult *result,
           LeydenWebhookVerdict  verdict,
           guint                 n_tries,
           gint64                asked_ns,
           gint64                now_ns)
{
  gint64 delay_ms = leyden_webhook_get_delay_ms (n_tries, g_random_double ());
  gint64 pause_ns = PAUSE_NS << MIN (self->n_failures > 0 ? self->n_failures - 1 : 0, 6);

  if (delay_ms < 0)
    {
      result->state = LEYDEN_DELIVERY_FAILED;
      return;
    }
  result->due_ns = now_ns + MAX (delay_ms * 1000000, asked_ns);
  if (verdict == LEYDEN_WEBHOOK_SLOWER)
    result->paused_ns = now_ns + MAX (asked_ns, MIN (delay_ms * 1000000, PAUSE_MAX_NS));
  else if (result->status == 0)
    result->paused_ns = now_ns + MIN (pause_ns, PAUSE_MAX_NS);
  self->paused_ns = MAX (self->paused_ns, result->paused_ns);
}

/* @error: nullable. */
static void
flight_ended (Flight       *flight,
              const GError *error)
{
  LeydenTarget *self = flight->target;
  LeydenDeliveryResult *result = g_new0 (LeydenDeliveryResult, 1);
  guint status = error == NULL ? leyden_http_request_get_status (flight->request) : 0;
  LeydenWebhookVerdict verdict = leyden_webhook_judge (status);
  gint64 now_ns = leyden_webhooks_get_now (self->owner);

  result->id = flight->delivery->id;
  result->webhook = g_strdup (self->hook->name);
  result->time_ns = flight->time_ns;
  result->ms = (g_get_monotonic_time () - flight->began_us) / 1000;
  result->status = status;
  result->error = error != NULL ? leyden_text_escape (error->message, -1, 300)
                  : verdict != LEYDEN_WEBHOOK_DONE ? g_strdup_printf (_("The receiver answered with status %u"), status) : NULL;
  if (verdict == LEYDEN_WEBHOOK_DONE)
    {
      result->state = LEYDEN_DELIVERY_DELIVERED;
      self->n_failures = 0;
      self->paused_ns = 0;
    }
  else
    {
      self->n_failures++;
      /* An address that is refused today is refused tomorrow; the owner decides. */
      if (verdict == LEYDEN_WEBHOOK_GONE || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS))
        result->state = LEYDEN_DELIVERY_FAILED;
      else
        plan_next (self, result, verdict, flight->delivery->n_tries + 1, find_asked_ns (flight->request, now_ns), now_ns);
    }
  g_ptr_array_add (self->owner->results, result);
  if (verdict == LEYDEN_WEBHOOK_GONE && self->hook->enabled)
    switch_off (self);
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(Flight) flight = user_data;
  LeydenTarget *self = flight->target;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);

  g_hash_table_remove (self->subjects, flight->delivery->subject);
  if (self->owner == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_hash_table_remove (self->flying, &flight->delivery->id);
      return;
    }
  /* An answer that is too long is an answer. */
  if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE) && leyden_http_request_get_status (flight->request) != 0)
    g_clear_error (&error);
  flight_ended (flight, error);
  write_waiting (self->owner);
}

void
leyden_webhooks_derive (LeydenWebhooks *self,
                        const char     *name,
                        const char     *nonce,
                        guint8         *key)
{
  g_autoptr(GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, self->secret, sizeof self->secret);
  g_autofree char *text = g_strdup_printf ("leyden webhook key 1\n%s\n%s", name, nonce);
  gsize n = LEYDEN_WEBHOOK_KEY_SIZE;

  g_hmac_update (hmac, (const guchar *) text, -1);
  g_hmac_get_digest (hmac, key, &n);
}

static char *
sign (LeydenTarget *self,
      const char   *nonce,
      const char   *id,
      gint64        time_s,
      const char   *body)
{
  guint8 key[LEYDEN_WEBHOOK_KEY_SIZE];
  char *signature;

  leyden_webhooks_derive (self->owner, self->hook->name, nonce, key);
  signature = leyden_webhook_sign (key, sizeof key, id, time_s, body);
  explicit_bzero (key, sizeof key);
  return signature;
}

static void
set_signature (Flight *flight)
{
  LeydenTarget *self = flight->target;
  const LeydenDelivery *delivery = flight->delivery;
  gint64 time_s = flight->time_ns / NS_PER_S;
  g_autofree char *stamp = g_strdup_printf ("%" G_GINT64_FORMAT, time_s);
  g_autofree char *signature = sign (self, self->hook->nonce, delivery->event, time_s, delivery->body);

  if (self->hook->old_nonce != NULL && flight->time_ns < self->hook->old_until_ns)
    {
      g_autofree char *current = g_steal_pointer (&signature);
      g_autofree char *old = sign (self, self->hook->old_nonce, delivery->event, time_s, delivery->body);

      signature = g_strconcat (current, " ", old, NULL);
    }
  leyden_http_request_set_header (flight->request, "webhook-id", delivery->event);
  leyden_http_request_set_header (flight->request, "webhook-timestamp", stamp);
  leyden_http_request_set_header (flight->request, "webhook-signature", signature);
}

static LeydenHttpRequest *
new_request (LeydenTarget *self,
             const char   *method)
{
  LeydenHttpRequest *request = leyden_http_request_new (method, self->hook->uri);

  leyden_http_request_set_timeout (request, TIMEOUT_MS);
  leyden_http_request_set_follow (request, FALSE);
  leyden_http_request_set_max_body (request, MAX_ANSWER);
  leyden_http_request_set_reuse (request, TRUE);
  return request;
}

static LeydenHttpClient *
get_client (LeydenTarget *self)
{
  leyden_webhooks_renew_clients (self->owner);
  return self->hook->allow_private ? self->owner->private_http : self->owner->http;
}

/* Takes @delivery. */
static void
send (LeydenTarget   *self,
      LeydenDelivery *delivery)
{
  g_autoptr(GBytes) body = g_bytes_new (delivery->body, strlen (delivery->body));
  Flight *flight = g_new0 (Flight, 1);

  flight->target = leyden_target_ref (self);
  flight->delivery = delivery;
  flight->time_ns = leyden_webhooks_get_now (self->owner);
  flight->began_us = g_get_monotonic_time ();
  flight->request = new_request (self, "POST");
  leyden_http_request_set_body (flight->request, "application/cloudevents+json; charset=utf-8", body);
  set_signature (flight);
  g_hash_table_add (self->flying, g_memdup2 (&delivery->id, sizeof delivery->id));
  g_hash_table_add (self->subjects, g_strdup (delivery->subject));
  self->last_sent_ns = flight->time_ns;
  leyden_http_client_send_async (get_client (self), flight->request, self->owner->cancellable, sent_cb, flight);
}

/* ---- The handshake ---- */

static void
shaken_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Flight) flight = user_data;
  LeydenTarget *self = flight->target;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  const char *allowed = leyden_http_request_get_response_header (flight->request, "WebHook-Allowed-Origin");
  const char *rate = leyden_http_request_get_response_header (flight->request, "WebHook-Allowed-Rate");
  guint status = leyden_http_request_get_status (flight->request);
  guint64 n = 0;

  self->shaking = FALSE;
  if (self->owner == NULL)
    return;
  if (error == NULL && status >= 200 && status < 300 && allowed != NULL && (strcmp (allowed, "*") == 0 || strcmp (allowed, "leyden") == 0))
    {
      self->shaken = TRUE;
      self->interval_ns = rate != NULL && g_ascii_string_to_unsigned (rate, 10, 1, G_MAXUINT32, &n, NULL) ? 60 * NS_PER_S / (gint64) n : 0;
    }
  else
    {
      /* Nobody said that events may be sent there. */
      self->paused_ns = leyden_webhooks_get_now (self->owner) + 60 * NS_PER_S;
      g_message ("Webhook “%s”: the receiver did not allow events (%s)", self->hook->name,
                 error != NULL ? error->message : allowed == NULL ? "no WebHook-Allowed-Origin" : allowed);
    }
  leyden_target_pump (self);
}

static void
shake (LeydenTarget *self)
{
  Flight *flight;

  if (self->shaking)
    return;
  self->shaking = TRUE;
  flight = g_new0 (Flight, 1);
  flight->target = leyden_target_ref (self);
  flight->delivery = g_new0 (LeydenDelivery, 1);
  flight->request = new_request (self, "OPTIONS");
  leyden_http_request_set_header (flight->request, "WebHook-Request-Origin", "leyden");
  leyden_http_client_send_async (get_client (self), flight->request, self->owner->cancellable, shaken_cb, flight);
}

/* ---- What is due ---- */

typedef struct
{
  LeydenTarget *target;
  char         *name;
  gint64        now_ns;
  guint         limit;
  GPtrArray    *due;
  gint64        next_ns;
} Take;

static void
take_free (gpointer data)
{
  Take *self = data;

  leyden_target_unref (self->target);
  g_clear_pointer (&self->due, g_ptr_array_unref);
  g_free (self->name);
  g_free (self);
}

static gboolean
take (sqlite3   *db,
      gpointer   data,
      GError   **error)
{
  Take *self = data;

  g_clear_pointer (&self->due, g_ptr_array_unref);
  self->due = leyden_outbox_take (db, self->name, self->now_ns, self->limit, error);
  return self->due != NULL && leyden_outbox_get_next (db, self->name, &self->next_ns, error);
}

/* How many more may be sent now. */
static guint
get_free (LeydenTarget *self)
{
  guint most = self->n_failures > 0 || self->interval_ns > 0 ? 1 : MAX_FLYING;
  guint n = g_hash_table_size (self->flying);

  return n < most ? most - n : 0;
}

static void
taken_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Take *taken = leyden_sqlite_store_change_get_data (result);
  LeydenTarget *self = taken->target;
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  guint n_sent = 0;

  self->taking = FALSE;
  if (self->owner == NULL)
    return;
  if (!ok)
    {
      g_message ("What is to be delivered cannot be read: %s", error->message);
      arm (self, leyden_webhooks_get_now (self->owner) + 10 * NS_PER_S);
      return;
    }
  self->next_ns = taken->next_ns;
  for (guint i = 0; i < taken->due->len && get_free (self) > 0 && self->hook->enabled; i++)
    {
      LeydenDelivery *delivery = g_ptr_array_index (taken->due, i);

      if (g_hash_table_contains (self->flying, &delivery->id) || g_hash_table_contains (self->subjects, delivery->subject))
        continue;
      taken->due->pdata[i] = NULL;
      send (self, delivery);
      n_sent++;
    }
  if (self->take_again || n_sent > 0)
    leyden_target_pump (self);
  else if (g_hash_table_size (self->flying) == 0 && self->next_ns > 0)
    arm (self, MAX (self->next_ns, self->paused_ns));
}

void
leyden_target_pump (LeydenTarget *self)
{
  gint64 now_ns, from_ns;
  Take *taking;

  if (self->owner == NULL || self->owner->stopped || !self->hook->enabled)
    return;
  self->take_again = self->taking;
  if (self->taking || get_free (self) == 0 || self->n_waiting <= (gint64) g_hash_table_size (self->flying))
    return;
  now_ns = leyden_webhooks_get_now (self->owner);
  from_ns = MAX (self->paused_ns, self->interval_ns > 0 ? self->last_sent_ns + self->interval_ns : 0);
  if (from_ns > now_ns)
    {
      arm (self, from_ns);
      return;
    }
  if (self->hook->handshake && !self->shaken)
    {
      shake (self);
      return;
    }
  leyden_target_disarm (self);
  taking = g_new0 (Take, 1);
  taking->target = leyden_target_ref (self);
  taking->name = g_strdup (self->hook->name);
  taking->now_ns = now_ns;
  taking->limit = get_free (self) + g_hash_table_size (self->flying);
  self->taking = TRUE;
  leyden_sqlite_store_change_async (self->owner->store, "outbox", take, taking, take_free, taken_cb, NULL);
}
