/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

/* One call through its tries:
 *
 *   try_again -> (breaker) -> wait_for_slot -> send -> headers -> redirect -> send …
 *                                                              -> read … -> try_ended -> pause -> try_again …
 *                                                                                     -> finish
 */
#include "leyden-http-client-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define READ_BLOCK ((gsize) 64 * 1024)
#define MAX_REDIRECTS 5

struct _LeydenHttpCall
{
  LeydenHttpClient *client;
  LeydenHttpRequest *request;
  GTask *task;                          /* owned until the end */
  GCancellable *cancellable;            /* our own, cancelled by the user's and by the clock */
  gulong cancelled_id;
  GThread *thread;                      /* of the client's context */
  GUri *uri;
  LeydenHttpOrigin *origin;
  SoupMessage *message;
  SoupSession *session;                 /* of a guarded message only */
  GSocketConnectable *address;          /* the same */
  GInputStream *stream;
  GSource *clock;
  GSource *pause;
  GByteArray *body;
  LeydenSseCallback event_cb;
  gpointer event_data;
  LeydenSseParser *parser;
  guint attempt;                        /* from 1 */
  guint n_redirects;
  gboolean bodyless;
  gboolean foreign;                     /* a redirect led to another origin */
  gboolean has_slot;
  gboolean answered;                    /* a head came in this try */
  gboolean timed_out;
};

static void try_again     (LeydenHttpCall *self);
static void send_message  (LeydenHttpCall *self);
static void read_more     (LeydenHttpCall *self);

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* The connection of a guarded message serves nothing else. */
static void
drop_session (LeydenHttpCall *self)
{
  if (self->session != NULL)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_object (&self->address);
}

static void
call_free (LeydenHttpCall *self)
{
  clear_source (&self->clock);
  clear_source (&self->pause);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_clear_object (&self->message);
  g_clear_object (&self->stream);
  drop_session (self);
  g_clear_pointer (&self->body, g_byte_array_unref);
  g_clear_pointer (&self->parser, leyden_sse_parser_free);
  g_object_unref (self->cancellable);
  g_object_unref (self->request);
  g_object_unref (self->client);
  g_free (self);
}

/* The one place where the task returns. */
static void
finish (LeydenHttpCall *self,
        GError         *error)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);
  GBytes *bytes = NULL;

  if (self->cancelled_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (task), self->cancelled_id);
  if (error == NULL && self->body != NULL)
    bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->body));
  else if (error == NULL && self->event_cb == NULL)
    bytes = g_bytes_new_static ("", 0);
  call_free (self);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
}

static gboolean
wake_here_cb (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

/* The user may cancel in any thread, libsoup be called in one: while it reads, a cancel from elsewhere takes the state of the message
 * away under its hands. Valid until finish() has disconnected it, which waits for it. */
static void
wake_cb (GCancellable   *cancellable,
         LeydenHttpCall *self)
{
  g_autoptr(GSource) source = NULL;

  if (g_thread_self () == self->thread)
    {
      g_cancellable_cancel (self->cancellable);
      return;
    }
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, wake_here_cb, g_object_ref (self->cancellable), g_object_unref);
  g_source_attach (source, leyden_http_client_get_context (self->client));
}

static gboolean
clock_cb (gpointer data)
{
  LeydenHttpCall *self = data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
start_clock (LeydenHttpCall *self)
{
  clear_source (&self->clock);
  if (self->request->timeout_ms == 0)
    return;
  self->clock = g_timeout_source_new (self->request->timeout_ms);
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_attach (self->clock, leyden_http_client_get_context (self->client));
}

/* A slot goes to the call that waits longest. */
static void
give_slot_back (LeydenHttpCall *self)
{
  LeydenHttpOrigin *origin = self->origin;
  LeydenHttpCall *next;

  if (!self->has_slot)
    return;
  self->has_slot = FALSE;
  origin->n_active--;
  if (origin->n_active >= leyden_http_client_get_max_active (self->client))
    return;
  next = g_queue_pop_head (&origin->waiting);
  if (next == NULL)
    return;
  next->has_slot = TRUE;
  origin->n_active++;
  clear_source (&next->pause);
  send_message (next);
}

static GError *
cancelled_error (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The request was cancelled"));
}

/* (transfer full): what happened, in our words. */
static GError *
translate (LeydenHttpCall *self,
           const GError   *error)
{
  g_autofree char *proxy = NULL;
  GSocketConnectable *address;

  if (self->timed_out)
    {
      g_autoptr(GError) timeout = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "time");
      return leyden_http_error_translate (timeout, self->origin->name, NULL, NULL);
    }
  if (g_cancellable_is_cancelled (self->cancellable))
    return cancelled_error ();
  address = self->address != NULL ? self->address : self->origin->address;
  if (address != NULL && leyden_http_address_get_refusal (address) != NULL)
    return g_error_copy (leyden_http_address_get_refusal (address));
  proxy = leyden_http_proxy_dup_used (leyden_http_client_get_proxy (self->client), g_uri_get_host (self->uri));
  return leyden_http_error_translate (error, self->origin->name, proxy, self->message);
}

static void
set_failure (LeydenHttpOrigin *origin,
             char             *text)
{
  g_free (origin->failure);
  origin->failure = text;
}

static void
report_to_breaker (LeydenHttpCall *self,
                   const GError   *error)
{
  LeydenHttpBreaker *breaker = &self->origin->breaker;
  gint64 now_us = g_get_monotonic_time ();
  guint status = self->request->status;

  if (error == NULL)
    {
      leyden_http_breaker_report (breaker, now_us, status < 500);
      if (status >= 500)
        set_failure (self->origin, g_strdup_printf (_("status %u"), status));
    }
  else if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT)
           || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TLS)
           || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TIMEOUT)
           || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN))
    {
      leyden_http_breaker_report (breaker, now_us, FALSE);
      set_failure (self->origin, g_strdup (error->message));
    }
  else
    leyden_http_breaker_withdraw (breaker);
}

static gboolean
is_idempotent (LeydenHttpRequest *request)
{
  return request->idempotent || (!g_str_equal (request->method, "POST") && !g_str_equal (request->method, "PATCH"));
}

static gboolean
may_retry (LeydenHttpCall *self,
           const GError   *error)
{
  if (self->attempt >= self->request->max_tries)
    return FALSE;
  if (error == NULL)
    return leyden_http_retry_wants_status (self->request->status);
  if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT))
    return TRUE;
  if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BREAKER))
    return self->attempt > 1;
  /* Events that were delivered are not delivered again. */
  return g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN) && is_idempotent (self->request)
         && self->parser == NULL;
}

static gboolean
pause_over_cb (gpointer data)
{
  LeydenHttpCall *self = data;

  clear_source (&self->pause);
  if (g_cancellable_is_cancelled (self->cancellable))
    finish (self, cancelled_error ());
  else
    try_again (self);
  return G_SOURCE_REMOVE;
}

/* The cancellable ends a pause at once; it cannot end a plain time-out source, so it is a child of it. */
static void
start_pause (LeydenHttpCall *self,
             guint           delay_ms)
{
  g_autoptr(GSource) cancelled = g_cancellable_source_new (self->cancellable);

  self->pause = g_timeout_source_new (delay_ms);
  g_source_set_dummy_callback (cancelled);
  g_source_add_child_source (self->pause, cancelled);
  g_source_set_callback (self->pause, pause_over_cb, self, NULL);
  g_source_attach (self->pause, leyden_http_client_get_context (self->client));
}

static void
forget_try (LeydenHttpCall *self)
{
  clear_source (&self->clock);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  drop_session (self);
  g_clear_pointer (&self->body, g_byte_array_unref);
  g_clear_pointer (&self->parser, leyden_sse_parser_free);
  g_clear_pointer (&self->uri, g_uri_unref);
}

/* @error (nullable, transfer full): ours. @wait_ms: at least this long when it goes on. */
static void
decide (LeydenHttpCall *self,
        GError         *error,
        guint           wait_ms)
{
  LeydenHttpRequest *request = self->request;
  const char *after = error == NULL ? leyden_http_request_get_response_header (request, "Retry-After") : NULL;
  gint64 open_us;
  guint delay_ms;

  if (!may_retry (self, error))
    {
      finish (self, error);
      return;
    }
  delay_ms = leyden_http_retry_delay_ms (self->attempt, g_random_double (), after, g_get_real_time () / G_USEC_PER_SEC);
  /* No try before the breaker lets it pass, nor all at the same moment. */
  open_us = self->origin->breaker.open_until_us - g_get_monotonic_time ();
  if (open_us > 0)
    wait_ms = MAX (wait_ms, (guint) (open_us / 1000) + 1);
  if (wait_ms > 0)
    delay_ms = MAX (delay_ms, MIN (wait_ms + (guint) (g_random_double () * 100), LEYDEN_HTTP_RETRY_CAP_MS));
  forget_try (self);
  if (request->retry_cb != NULL)
    request->retry_cb (request, self->attempt, delay_ms, error == NULL ? request->status : 0,
                       error != NULL ? error->message : "", request->retry_data);
  g_clear_error (&error);
  self->attempt++;
  start_pause (self, delay_ms);
}

static void
try_ended (LeydenHttpCall *self,
           const GError   *reason)
{
  GError *error = reason != NULL ? translate (self, reason) : NULL;

  clear_source (&self->clock);
  report_to_breaker (self, error);
  /* An unread stream keeps its connection busy until it is dropped. */
  g_clear_object (&self->stream);
  give_slot_back (self);
  decide (self, error, 0);
}

/* To another origin only what was asked for, without a body, and not from a secure one to one that is not. */
static gboolean
may_leave (LeydenHttpCall *self,
           GUri           *target)
{
  const char *scheme = g_uri_get_scheme (target);
  const char *method = self->request->method;
  gboolean harmless = self->bodyless || g_str_equal (method, "GET") || g_str_equal (method, "HEAD");

  return self->request->cross_origin && harmless && g_uri_get_userinfo (target) == NULL
         && (g_str_equal (scheme, "https") || (g_str_equal (scheme, "http") && g_str_equal (g_uri_get_scheme (self->uri), "http")));
}

/* TRUE when the answer was a redirect: the call went on or ended. */
static gboolean
follow_redirect (LeydenHttpCall *self)
{
  guint status = self->request->status;
  const char *location = leyden_http_request_get_response_header (self->request, "Location");
  g_autoptr(GUri) target = NULL;
  g_autoptr(GError) error = NULL;

  if (!self->request->follow || location == NULL || (status != 301 && status != 302 && status != 303 && status != 307 && status != 308))
    return FALSE;
  if (status == 303 || (status < 303 && g_str_equal (self->request->method, "POST")))
    self->bodyless = TRUE;
  target = g_uri_parse_relative (self->uri, location, SOUP_HTTP_URI_FLAGS, NULL);
  if (target == NULL || g_uri_get_host (target) == NULL || *g_uri_get_host (target) == '\0'
      || (!leyden_http_same_origin (target, self->uri) && !may_leave (self, target)))
    error = g_error_new (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_REDIRECT,
                         _("%s sends to another server; that is not followed, since the key is for %s only"),
                         self->origin->name, self->origin->name);
  else if (++self->n_redirects > MAX_REDIRECTS)
    error = g_error_new (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_REDIRECT, _("%s redirects in a circle"), self->origin->name);
  if (error != NULL)
    {
      try_ended (self, error);
      return TRUE;
    }
  /* Once away, secrets stay behind, also when a later hop leads back. */
  self->foreign = self->foreign || !leyden_http_same_origin (target, self->uri);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  drop_session (self);
  g_uri_unref (self->uri);
  self->uri = g_steal_pointer (&target);
  send_message (self);
  return TRUE;
}

static gboolean
take_event (const char *event,
            const char *data,
            gsize       length,
            const char *id,
            gpointer    user_data)
{
  LeydenHttpCall *self = user_data;

  if (g_cancellable_is_cancelled (self->cancellable))
    return FALSE;
  return self->event_cb (event, data, length, id, self->event_data);
}

/* FALSE: the try ended. */
static gboolean
take_bytes (LeydenHttpCall *self,
            GBytes         *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  g_autoptr(GError) error = NULL;

  if (self->parser != NULL)
    {
      start_clock (self);
      if (leyden_sse_parser_push (self->parser, (const char *) data, length, &error))
        return TRUE;
      if (error == NULL && g_cancellable_is_cancelled (self->cancellable))
        error = cancelled_error ();
      try_ended (self, error);
      return FALSE;
    }
  if (length > self->request->max_body - self->body->len)
    {
      error = g_error_new (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE,
                           _("The answer of %s is larger than %zu bytes"), self->origin->name,
                           self->request->max_body);
      try_ended (self, error);
      return FALSE;
    }
  g_byte_array_append (self->body, data, (guint) length);
  return TRUE;
}

static void
bytes_read_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  LeydenHttpCall *self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (object), result, &error);

  if (bytes == NULL)
    try_ended (self, error);
  else if (g_bytes_get_size (bytes) == 0)
    try_ended (self, NULL);
  else if (take_bytes (self, bytes))
    read_more (self);
}

static void
read_more (LeydenHttpCall *self)
{
  g_input_stream_read_bytes_async (self->stream, READ_BLOCK, G_PRIORITY_DEFAULT, self->cancellable, bytes_read_cb, self);
}

static gboolean
is_event_stream (LeydenHttpCall *self)
{
  return self->event_cb != NULL && self->request->status >= 200 && self->request->status < 300
         && g_strcmp0 (self->request->answer_type, "text/event-stream") == 0;
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  LeydenHttpCall *self = data;
  g_autoptr(GError) error = NULL;

  self->stream = soup_session_send_finish (SOUP_SESSION (object), result, &error);
  if (self->stream == NULL)
    {
      try_ended (self, error);
      return;
    }
  self->answered = TRUE;
  leyden_http_request_set_answer (self->request, self->message);
  if (follow_redirect (self))
    return;
  if (is_event_stream (self))
    self->parser = leyden_sse_parser_new (0, take_event, self);
  else
    self->body = g_byte_array_new ();
  read_more (self);
}

static SoupSession *
session_of (LeydenHttpCall *self)
{
  if (self->session != NULL)
    return self->session;
  return self->origin->session != NULL ? self->origin->session : leyden_http_client_get_session (self->client);
}

static void
send_message (LeydenHttpCall *self)
{
  g_autoptr(GError) error = NULL;

  self->message = leyden_http_request_make (self->request, self->uri, self->bodyless, self->foreign, &error);
  if (self->message == NULL)
    {
      give_slot_back (self);
      leyden_http_breaker_withdraw (&self->origin->breaker);
      finish (self, g_steal_pointer (&error));
      return;
    }
  if (self->clock == NULL)
    start_clock (self);
  if (self->request->guard != NULL)
    {
      self->address = leyden_http_address_new (self->request, self->uri);
      self->session = leyden_http_session_new_guarded (self->address);
    }
  soup_session_send_async (session_of (self), self->message, G_PRIORITY_DEFAULT, self->cancellable, sent_cb, self);
}

static gboolean
waiting_cancelled_cb (GCancellable *cancellable,
                      gpointer      data)
{
  LeydenHttpCall *self = data;

  g_queue_remove (&self->origin->waiting, self);
  leyden_http_breaker_withdraw (&self->origin->breaker);
  finish (self, cancelled_error ());
  return G_SOURCE_REMOVE;
}

static void
wait_for_slot (LeydenHttpCall *self)
{
  if (self->origin->n_active < leyden_http_client_get_max_active (self->client))
    {
      self->has_slot = TRUE;
      self->origin->n_active++;
      send_message (self);
      return;
    }
  g_queue_push_tail (&self->origin->waiting, self);
  self->pause = g_cancellable_source_new (self->cancellable);
  g_source_set_callback (self->pause, G_SOURCE_FUNC (waiting_cancelled_cb), self, NULL);
  g_source_attach (self->pause, leyden_http_client_get_context (self->client));
}

static void
try_again (LeydenHttpCall *self)
{
  g_autoptr(GError) error = NULL;
  guint wait_ms;

  leyden_http_request_reset (self->request);
  self->answered = FALSE;
  self->n_redirects = 0;
  self->bodyless = FALSE;
  self->foreign = FALSE;
  self->uri = leyden_http_parse_uri (self->request->uri, &error);
  if (self->uri == NULL)
    {
      finish (self, g_steal_pointer (&error));
      return;
    }
  self->origin = leyden_http_client_get_origin (self->client, self->uri);
  if (leyden_http_breaker_enter (&self->origin->breaker, g_get_monotonic_time (), &wait_ms))
    {
      wait_for_slot (self);
      return;
    }
  decide (self,
          g_error_new (LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BREAKER,
                       _("%s failed several times in a row, the last time with “%s”; nothing is sent to it for another %.1f s"),
                       self->origin->name, self->origin->failure != NULL ? self->origin->failure : "–", wait_ms / 1000.0),
          wait_ms);
}

void
leyden_http_call_start (LeydenHttpClient  *client,
                        LeydenHttpRequest *request,
                        LeydenSseCallback  event_cb,
                        gpointer           event_data,
                        GTask             *task)
{
  LeydenHttpCall *self = g_new0 (LeydenHttpCall, 1);
  GCancellable *users = g_task_get_cancellable (task);

  self->client = g_object_ref (client);
  self->request = g_object_ref (request);
  self->task = g_object_ref (task);
  self->cancellable = g_cancellable_new ();
  self->thread = g_thread_self ();
  self->event_cb = event_cb;
  self->event_data = event_data;
  self->attempt = 1;
  if (users != NULL)
    self->cancelled_id = g_cancellable_connect (users, G_CALLBACK (wake_cb), self, NULL);
  try_again (self);
}
