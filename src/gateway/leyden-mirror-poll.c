/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-mirror.h"

#include <string.h>

#include "leyden-backend.h"
#include "leyden-http-client.h"
#include "leyden-id.h"

/* Unfinished rollouts that are followed at once: their list comes with every poll, inputs and all. */
#define LIST_LIMIT 2000
#define PAGE 1000
#define BACKOFF_MAX_MS 60000
/* A wrong key or certificate mends itself only by hand. */
#define REFUSED_MS 60000
#define BREAKER_FAILURES 5

static void poll_begin  (LeydenMirror *self);
static void open_stored (LeydenMirror *self);

/* ---- The pause ---- */

static gboolean
due_cb (gpointer data)
{
  LeydenMirror *self = data;

  g_clear_pointer (&self->due, g_source_unref);
  poll_begin (self);
  return G_SOURCE_REMOVE;
}

static void
unref_mirror (gpointer data)
{
  leyden_mirror_unref (data);
}

static void
schedule (LeydenMirror *self,
          guint         ms)
{
  if (self->due != NULL)
    g_source_destroy (self->due);
  g_clear_pointer (&self->due, g_source_unref);
  if (self->closed)
    return;
  self->next_ns = leyden_time_now_ns () + (gint64)ms * 1000000;
  self->due = g_timeout_source_new (ms);
  g_source_set_callback (self->due, due_cb, leyden_mirror_ref (self), unref_mirror);
  g_source_attach (self->due, g_main_context_get_thread_default ());
}

/* Between nine and eleven tenths, so that many that follow one server do not come at one moment. */
static guint
regular_pause (LeydenMirror *self)
{
  return self->interval_ms * 9 / 10 + (guint)(g_random_double () * self->interval_ms / 5);
}

/* Half of it is jitter, as for connections of windows; twice as long after each failure. */
static guint
failure_pause (LeydenMirror *self)
{
  guint64 whole = MIN ((guint64)self->interval_ms << MIN (self->n_failures, 10), BACKOFF_MAX_MS);

  if (self->state == LEYDEN_MIRROR_REFUSED || self->state == LEYDEN_MIRROR_UNTRUSTED)
    whole = REFUSED_MS;
  return (guint)(whole / 2 + (guint64)(g_random_double () * (double)whole / 2));
}

static void
answer_waiting (LeydenMirror *self)
{
  g_autoptr(GPtrArray) waiting = g_steal_pointer (&self->waiting);
  g_autoptr(LeydenValue) value = NULL;

  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  if (waiting->len == 0)
    return;
  value = leyden_mirror_to_value (self);
  for (guint i = 0; i < waiting->len; i++)
    leyden_http_exchange_respond_json (waiting->pdata[i], 200, value);
}

/* ---- Ends of a poll ---- */

static void
forget_poll (LeydenMirror *self)
{
  self->polling = FALSE;
  g_clear_pointer (&self->list, leyden_agl_list_free);
  g_ptr_array_set_size (self->ended_order, 0);
  g_hash_table_remove_all (self->ended_now);
  self->poll_ms = (double)(g_get_monotonic_time () - self->poll_began_us) / 1000;
}

static void
poll_over (LeydenMirror *self,
           guint         pause_ms)
{
  forget_poll (self);
  if (self->closed)
    return;
  pause_ms = leyden_mirror_count_poll (self, pause_ms);
  schedule (self, self->again ? 0 : pause_ms);
  /* Who asked while it was under way waits for the next one. */
  if (!self->again)
    answer_waiting (self);
  self->again = FALSE;
  leyden_mirror_announce (self);
}

static LeydenMirrorState
state_of (LeydenMirror *self,
          const GError *error)
{
  if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_AUTH) || g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_POLICY)
      || error->domain == LEYDEN_SECRETS_ERROR)
    return LEYDEN_MIRROR_REFUSED;
  if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TLS))
    return LEYDEN_MIRROR_UNTRUSTED;
  return self->n_failures >= BREAKER_FAILURES ? LEYDEN_MIRROR_OPEN : LEYDEN_MIRROR_WAITING;
}

void
leyden_mirror_failed (LeydenMirror *self,
                      const GError *error)
{
  if (self->closed)
    return;
  /* The connection is made anew. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      poll_over (self, 0);
      return;
    }
  self->n_failures++;
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->state = state_of (self, error);
  /* Another key may be there by then. */
  if (self->state == LEYDEN_MIRROR_REFUSED)
    g_clear_object (&self->client);
  g_info ("Mirror %s: %s", self->id, error->message);
  poll_over (self, failure_pause (self));
}

static void
note_gap (LeydenMirror *self)
{
  gint64 now_ns = leyden_time_now_ns ();
  gint64 gap_ms = (now_ns - self->last_poll_ns) / 1000000;

  if (self->last_poll_ns != 0 && gap_ms > self->missed.longest_gap_ms)
    self->missed.longest_gap_ms = gap_ms;
  self->last_poll_ns = now_ns;
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    leyden_mirror_failed (self, error);
  else if (!self->closed)
    poll_over (self, regular_pause (self));
}

static void
run_saved_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) document = NULL;

  if (!leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_mirror_failed (self, error);
      return;
    }
  if (self->closed)
    return;
  self->changed = FALSE;
  document = leyden_mirror_to_document (self);
  leyden_store_put_document_async (LEYDEN_STORE (object), "mirror", self->id, document, saved_cb, leyden_mirror_ref (self));
}

/* The cursor moves only when all that stands before it is on disk: after a crash the same rollouts are read again, and found. */
void
leyden_mirror_jobs_done (LeydenMirror *self)
{
  g_autoptr(LeydenRunRow) row = NULL;
  gboolean gap = self->last_poll_ns == 0;

  if (self->closed)
    return;
  self->n_failures = 0;
  g_clear_error (&self->error);
  self->state = LEYDEN_MIRROR_CONNECTED;
  self->latency_ms = leyden_agl_client_get_latency_ms (self->client);
  note_gap (self);
  if (!self->changed && !gap)
    {
      poll_over (self, regular_pause (self));
      return;
    }
  row = leyden_mirror_make_run (self, FALSE);
  leyden_store_put_run_async (LEYDEN_STORE (self->gateway->store), row, NULL, run_saved_cb, leyden_mirror_ref (self));
}

/* ---- Steps of a poll ---- */

static void
proxy_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  LeydenAglProxyState *proxy = leyden_agl_client_proxy_state_finish (LEYDEN_AGL_CLIENT (object), result, &error);

  if (proxy == NULL)
    {
      leyden_mirror_failed (self, error);
      return;
    }
  g_clear_pointer (&self->proxy, leyden_agl_proxy_state_free);
  self->proxy = proxy;
  if (!self->closed)
    leyden_mirror_begin_jobs (self);
}

/* Everything that was known is gone from there; what of it had not ended is found out by its jobs. */
static void
server_restarted (LeydenMirror *self)
{
  self->missed.restarts++;
  self->after = 0;
  self->n_gone = 0;
  self->n_gone_known = 0;
  self->changed = TRUE;
}

static void page_cb (GObject *object, GAsyncResult *result, gpointer data);

static void
ask_page (LeydenMirror *self)
{
  leyden_agl_client_terminal_async (self->client, self->after, self->page_limit > 0 ? self->page_limit : PAGE, self->cancellable, page_cb, leyden_mirror_ref (self));
}

static void
note_page (LeydenMirror  *self,
           LeydenAglPage *page)
{
  gint64 n_gone = page->next_after - self->after - (gint64)page->ids->len;

  for (guint i = 0; i < page->ids->len; i++)
    if (!g_hash_table_contains (self->ended_now, page->ids->pdata[i]))
      {
        char *id = g_strdup (page->ids->pdata[i]);

        g_hash_table_add (self->ended_now, id);
        g_ptr_array_add (self->ended_order, id);
      }
  if (page->next_after == self->after)
    return;
  if (n_gone > 0 && self->joined)
    self->n_gone += n_gone;
  else if (n_gone > 0)
    self->missed.before += n_gone;
  self->after = page->next_after;
  self->changed = TRUE;
}

/* TRUE: the page names more rollouts than this poll may read, and a shorter one is asked for. The rest waits in the server's log: what is deleted
 * meanwhile costs nothing, and is counted. */
static gboolean
narrow_page (LeydenMirror  *self,
             LeydenAglPage *page)
{
  guint n_left = self->n_ends - MIN (self->n_ends, self->ended_order->len);

  if (page->ids->len <= MAX (n_left, 1) || self->page_limit > 0)
    return FALSE;
  self->page_limit = MAX (n_left, 1);
  ask_page (self);
  return TRUE;
}

static void
page_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglPage) page = leyden_agl_client_terminal_finish (LEYDEN_AGL_CLIENT (object), result, &error);
  gboolean advanced;

  if (page == NULL)
    {
      leyden_mirror_failed (self, error);
      return;
    }
  if (self->closed)
    return;
  if (page->total < self->after)
    {
      server_restarted (self);
      ask_page (self);
      return;
    }
  advanced = page->next_after > self->after;
  if (narrow_page (self, page))
    return;
  note_page (self, page);
  if (self->page_limit == 0 && advanced && page->next_after < page->total)
    {
      ask_page (self);
      return;
    }
  if (page->next_after >= page->total && !self->joined)
    {
      self->changed = TRUE;
      self->joined = TRUE;
    }
  leyden_agl_client_proxy_state_async (self->client, self->cancellable, proxy_cb, leyden_mirror_ref (self));
}

static void
list_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  LeydenAglList *list = leyden_agl_client_list_finish (LEYDEN_AGL_CLIENT (object), result, &error);

  if (list == NULL)
    {
      leyden_mirror_failed (self, error);
      return;
    }
  if (self->closed)
    {
      leyden_agl_list_free (list);
      return;
    }
  self->list = list;
  self->missed.beyond_limit = list->rollouts->len + list->n_skipped >= LIST_LIMIT;
  if ((gint64)list->n_skipped > self->missed.unreadable)
    {
      self->missed.unreadable = list->n_skipped;
      self->changed = TRUE;
    }
  ask_page (self);
}

static void
ask_list (LeydenMirror *self)
{
  leyden_agl_client_list_async (self->client, LIST_LIMIT, self->cancellable, list_cb, leyden_mirror_ref (self));
}

static void
key_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);

  if (key == NULL)
    {
      leyden_mirror_failed (self, error);
      return;
    }
  if (self->closed)
    return;
  self->client = leyden_agl_client_new (self->url, key, self->fingerprint);
  ask_list (self);
}

static void
poll_begin (LeydenMirror *self)
{
  g_autofree char *origin = NULL;
  const char *origins[2] = { NULL, NULL };

  if (self->closed)
    return;
  if (self->polling)
    {
      self->again = TRUE;
      return;
    }
  self->polling = TRUE;
  self->page_limit = 0;
  self->n_ends = leyden_mirror_get_n_ends (self);
  self->poll_began_us = g_get_monotonic_time ();
  self->next_ns = 0;
  if (!self->started)
    {
      open_stored (self);
      return;
    }
  if (self->client != NULL)
    {
      ask_list (self);
      return;
    }
  if (self->secret == NULL)
    {
      self->client = leyden_agl_client_new (self->url, NULL, self->fingerprint);
      ask_list (self);
      return;
    }
  origin = leyden_secrets_origin_of (self->url);
  origins[0] = origin;
  leyden_secrets_declare_origins (self->gateway->secrets, self->secret, origins);
  leyden_secrets_lookup_async (self->gateway->secrets, self->secret, origin, self->cancellable, key_cb, leyden_mirror_ref (self));
}

/* ---- From outside ---- */

void
leyden_mirror_poll_now (LeydenMirror       *self,
                        LeydenHttpExchange *exchange)
{
  if (exchange != NULL)
    g_ptr_array_add (self->waiting, leyden_http_exchange_ref (exchange));
  /* One that is under way may have passed by what the caller means. */
  if (self->polling)
    self->again = TRUE;
  else
    schedule (self, 0);
}

void
leyden_mirror_reconnect (LeydenMirror *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_object (&self->client);
  self->state = LEYDEN_MIRROR_CONNECTING;
  self->n_failures = 0;
  g_clear_error (&self->error);
  leyden_mirror_poll_now (self, NULL);
}

LeydenAglClient *
leyden_mirror_get_client (LeydenMirror  *self,
                          GError       **error)
{
  if (self->client != NULL)
    return self->client;
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else
    g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_UNAVAILABLE, "The mirror is not connected yet");
  return NULL;
}

/* ---- Beginning: what is stored of it ---- */

/* (element-type LeydenRolloutRow) each becomes a rollout that is followed; how many events of it there are is counted when it is read. */
static void
take_known (LeydenMirror *self,
            GPtrArray    *rows)
{
  for (guint i = 0; i < rows->len; i++)
    leyden_mirror_take_row (self, rows->pdata[i]);
}

static void
queued_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);

  if (self->closed)
    return;
  if (rows == NULL)
    {
      leyden_mirror_failed (self, error);
      return;
    }
  take_known (self, rows);
  self->started = TRUE;
  self->polling = FALSE;
  poll_begin (self);
}

static void
unfinished_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);

  if (self->closed)
    return;
  if (rows == NULL)
    {
      leyden_mirror_failed (self, error);
      return;
    }
  take_known (self, rows);
  leyden_store_list_rollouts_async (LEYDEN_STORE (object), self->run, "queued", -1, 0, self->cancellable, queued_cb, leyden_mirror_ref (self));
}

static void
known_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);

  if (self->closed)
    return;
  if (rows == NULL)
    {
      leyden_mirror_failed (self, error);
      return;
    }
  /* Written after the position was saved last. */
  for (guint i = 0; i < rows->len; i++)
    self->n_items = MAX (self->n_items, ((LeydenRolloutRow *)rows->pdata[i])->index + 1);
  leyden_store_list_rollouts_async (LEYDEN_STORE (object), self->run, "running", -1, 0, self->cancellable, unfinished_cb, leyden_mirror_ref (self));
}

static void
run_made_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenMirror) self = data;
  g_autoptr(GError) error = NULL;

  if (self->closed)
    return;
  if (!leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_mirror_failed (self, error);
      return;
    }
  leyden_store_list_rollouts_async (LEYDEN_STORE (object), self->run, NULL, self->n_items - 1, 0, self->cancellable, known_cb,
                                    leyden_mirror_ref (self));
}

static void
open_stored (LeydenMirror *self)
{
  g_autoptr(LeydenRunRow) row = leyden_mirror_make_run (self, FALSE);

  leyden_store_put_run_async (LEYDEN_STORE (self->gateway->store), row, NULL, run_made_cb, leyden_mirror_ref (self));
}

void
leyden_mirror_start (LeydenMirror *self)
{
  poll_begin (self);
}
