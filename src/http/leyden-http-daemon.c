/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

/* libmicrohttpd in external epoll mode inside a GMainContext on a thread of its own, and the guard of time. */
#include "leyden-http-server-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Memory of a connection: a head of more than about 15 KiB is answered 431 (or 414) by the library. */
#define CONNECTION_POOL ((size_t) 16 * 1024)
/* Wrong keys that wait for their slowed answer; each holds a connection. */
#define MAX_HELD 256
/* Connections over the limit that still get a polite 503 before the library stops accepting. */
#define POLITE_CONNECTIONS 256
#define HANGUPS_PER_TURN 64

/* One run of the library, and the suspensions that wait for its end. */
static void
run_library (LeydenHttpDaemon *self)
{
  GList *link;

  MHD_run (self->mhd);
  while ((link = g_queue_peek_head_link (&self->parking)) != NULL)
    {
      LeydenHttpConnection *connection = link->data;

      leyden_http_connection_unpark (connection);
      leyden_http_connection_suspend (connection);
    }
}

static void
expire (LeydenHttpDeadlines *list,
        gint64               now_us)
{
  LeydenHttpConnection *connection;

  while ((connection = leyden_http_deadlines_pop_expired (list, now_us)) != NULL)
    {
      if (connection->line_seen)
        leyden_http_connection_refuse_raw (connection, 408, "The request did not arrive in time");
      shutdown (connection->fd, SHUT_RDWR);
    }
}

static gboolean
beat (LeydenHttpDaemon *self,
      gint64            now_us)
{
  LeydenHttpConnection *connection;
  gboolean woken = FALSE;

  while ((connection = leyden_http_deadlines_pop_expired (&self->heartbeat, now_us)) != NULL)
    {
      if (leyden_http_stream_beat (connection->exchange->answer.stream))
        {
          leyden_http_connection_wake (connection);
          woken = TRUE;
        }
      else
        leyden_http_deadline_start (&connection->heartbeat, &self->heartbeat, now_us, connection);
    }
  return woken;
}

static void
look_for_hangups (LeydenHttpDaemon *self)
{
  struct epoll_event events[HANGUPS_PER_TURN];
  int n = epoll_wait (self->hangup_fd, events, HANGUPS_PER_TURN, 0);

  for (int i = 0; i < n; i++)
    leyden_http_connection_handle_hangup (events[i].data.ptr, events[i].events);
}

static gint64
earliest (gint64 a,
          gint64 b)
{
  if (a < 0 || b < 0)
    return MAX (a, b);
  return MIN (a, b);
}

static void
arm (LeydenHttpDaemon *self,
     gboolean          at_once,
     gint64            now_us)
{
  MHD_UNSIGNED_LONG_LONG timeout_ms;
  gint64 next_us = -1;

  if (at_once)
    next_us = 0;
  else if (MHD_get_timeout (self->mhd, &timeout_ms) == MHD_YES)
    next_us = timeout_ms == 0 ? 0 : now_us + (gint64) MIN (timeout_ms, (MHD_UNSIGNED_LONG_LONG) G_MAXINT) * 1000;
  next_us = earliest (next_us, leyden_http_deadlines_get_next (&self->header));
  next_us = earliest (next_us, leyden_http_deadlines_get_next (&self->body));
  next_us = earliest (next_us, leyden_http_deadlines_get_next (&self->idle));
  next_us = earliest (next_us, leyden_http_deadlines_get_next (&self->heartbeat));
  if (self->stopping)
    next_us = earliest (next_us, self->stop_at_us);
  /* Too early costs one empty turn; each change costs a wake-up, and deadlines mostly move away. */
  if (self->armed_us > now_us && next_us >= self->armed_us)
    return;
  self->armed_us = next_us;
  g_source_set_ready_time (self->source, next_us);
}

static void
send_all_away (LeydenHttpDaemon *self)
{
  self->stopped = TRUE;
  for (GList *link = self->connections.head; link != NULL; link = link->next)
    {
      LeydenHttpConnection *connection = link->data;

      if (connection->exchange != NULL && connection->exchange->phase == LEYDEN_HTTP_PHASE_ANSWERING
          && connection->exchange->answer.stream != NULL)
        leyden_http_stream_cut (connection->exchange->answer.stream);
      leyden_http_connection_wake (connection);
      shutdown (connection->fd, SHUT_RDWR);
    }
}

/* While stopping: at the end of the grace, or when nobody is left, everything ends. */
static void
go_on_stopping (LeydenHttpDaemon *self,
                gint64            now_us)
{
  if (self->connections.length > 0 && now_us < self->stop_at_us)
    return;
  if (self->connections.length > 0)
    {
      send_all_away (self);
      run_library (self);
      /* Whoever answered a read stream in that run may be suspended again. */
      for (GList *link = self->connections.head; link != NULL; link = link->next)
        leyden_http_connection_wake (link->data);
    }
  g_source_destroy (self->source);
  MHD_stop_daemon (g_steal_pointer (&self->mhd));
  g_main_loop_quit (self->loop);
}

static void
daemon_turn (gpointer data)
{
  LeydenHttpDaemon *self = data;
  gboolean again;
  gint64 now_us;

  if (self->mhd == NULL)
    return;
  look_for_hangups (self);
  run_library (self);
  again = leyden_http_daemon_settle_leaving (self);
  now_us = g_get_monotonic_time ();
  expire (&self->header, now_us);
  expire (&self->body, now_us);
  expire (&self->idle, now_us);
  if (beat (self, now_us))
    run_library (self);
  if (self->stopping)
    go_on_stopping (self, now_us);
  if (self->mhd != NULL)
    arm (self, again, now_us);
}

/* ---- Answers to wrong keys, slowed down ---- */

typedef struct
{
  LeydenHttpDaemon *daemon;
  LeydenHttpExchange *exchange;
  GSource *source;
  GList link;
} Held;

static void
held_free (gpointer data)
{
  Held *held = data;

  g_queue_unlink (&held->daemon->held, &held->link);
  g_source_unref (held->source);
  leyden_http_exchange_release (held->exchange);
  g_free (held);
}

static gboolean
held_cb (gpointer data)
{
  Held *held = data;
  LeydenHttpConnection *connection = held->exchange->connection;

  /* It may have left. */
  if (connection == NULL || held->daemon->mhd == NULL)
    return G_SOURCE_REMOVE;
  leyden_http_connection_prepare_unknown (connection);
  leyden_http_connection_wake (connection);
  daemon_turn (held->daemon);
  return G_SOURCE_REMOVE;
}

static void
drop_held (LeydenHttpDaemon *self)
{
  Held *held;

  while ((held = g_queue_peek_head (&self->held)) != NULL)
    g_source_destroy (held->source);
}

gboolean
leyden_http_daemon_hold (LeydenHttpDaemon   *self,
                         LeydenHttpExchange *exchange)
{
  Held *held;

  if (self->held.length >= MAX_HELD)
    return FALSE;
  held = g_new (Held, 1);
  held->daemon = self;
  held->exchange = exchange;
  leyden_http_exchange_hold (exchange);
  held->link = (GList) { held, NULL, NULL };
  g_queue_push_tail_link (&self->held, &held->link);
  held->source = g_timeout_source_new (exchange->delay_ms);
  g_source_set_callback (held->source, held_cb, held, held_free);
  g_source_attach (held->source, self->context);
  return TRUE;
}

/* ---- Streams of somebody who may no longer have them ---- */

typedef struct
{
  LeydenHttpDaemon *daemon;
  LeydenHttpPrincipalMatch match;
  gpointer data;
  GDestroyNotify destroy;
} Ending;

static void
end_streams_cb (gpointer letter)
{
  Ending *ending = letter;

  for (GList *link = ending->daemon->connections.head; link != NULL; link = link->next)
    {
      LeydenHttpConnection *connection = link->data;
      LeydenHttpExchange *exchange = connection->exchange;

      if (exchange == NULL || exchange->phase != LEYDEN_HTTP_PHASE_ANSWERING || exchange->answer.stream == NULL
          || exchange->principal == NULL || !ending->match (exchange->principal, ending->data))
        continue;
      leyden_http_stream_cut (exchange->answer.stream);
      leyden_http_connection_wake (connection);
      shutdown (connection->fd, SHUT_RDWR);
    }
}

static void
ending_free (gpointer letter)
{
  Ending *ending = letter;

  if (ending->destroy != NULL)
    ending->destroy (ending->data);
  g_free (ending);
}

void
leyden_http_daemon_end_streams (LeydenHttpDaemon         *self,
                                LeydenHttpPrincipalMatch  match,
                                gpointer                  data,
                                GDestroyNotify            destroy)
{
  Ending *ending = g_new (Ending, 1);

  *ending = (Ending) { self, match, data, destroy };
  leyden_http_mailbox_post (self->core->to_server, end_streams_cb, ending_free, ending);
}

static gboolean
turn_cb (gpointer data)
{
  daemon_turn (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
source_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     data)
{
  return callback (data);
}

static GSourceFuncs source_funcs = { NULL, NULL, source_dispatch, NULL, NULL, NULL };

static void
begin_stop_cb (gpointer letter)
{
  LeydenHttpDaemon *self = letter;
  MHD_socket listen_fd;

  if (self->stopping)
    return;
  self->stopping = TRUE;
  self->stop_at_us = g_get_monotonic_time () + (gint64) self->grace_ms * 1000;
  listen_fd = MHD_quiesce_daemon (self->mhd);
  if (listen_fd != MHD_INVALID_SOCKET)
    close (listen_fd);
  for (GList *link = self->connections.head; link != NULL; link = link->next)
    {
      LeydenHttpConnection *connection = link->data;
      LeydenHttpExchange *exchange = connection->exchange;

      if (exchange == NULL)
        shutdown (connection->fd, SHUT_RDWR);
      else if (exchange->phase == LEYDEN_HTTP_PHASE_ANSWERING && exchange->answer.stream != NULL)
        {
          leyden_http_stream_wind_up (exchange->answer.stream);
          leyden_http_connection_wake (connection);
        }
    }
}

static gpointer
thread_main (gpointer data)
{
  LeydenHttpDaemon *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  g_atomic_int_set (&self->done, 1);
  g_main_context_wakeup (self->core->handlers_context);
  return NULL;
}

/* What remains of @options stays END. */
static void
fill_tls_options (LeydenHttpCore        *core,
                  struct MHD_OptionItem *options)
{
  static char versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

  for (guint i = 0; i < 5; i++)
    options[i] = (struct MHD_OptionItem) { MHD_OPTION_END, 0, NULL };
  if (core->certificate_pem == NULL)
    return;
  options[0] = (struct MHD_OptionItem) { MHD_OPTION_HTTPS_MEM_CERT, 0, core->certificate_pem };
  options[1] = (struct MHD_OptionItem) { MHD_OPTION_HTTPS_MEM_KEY, 0, core->key_pem };
  options[2] = (struct MHD_OptionItem) { MHD_OPTION_HTTPS_PRIORITIES, 0, versions };
  if (core->client_ca_pem != NULL)
    options[3] = (struct MHD_OptionItem) { MHD_OPTION_HTTPS_MEM_TRUST, 0, core->client_ca_pem };
}

static gboolean
start_library (LeydenHttpDaemon  *self,
               int                listen_fd,
               GError           **error)
{
  LeydenHttpCore *core = self->core;
  struct MHD_OptionItem tls[5] = { { MHD_OPTION_END, 0, NULL }, };
  guint stall_s = (MAX (MAX (core->header_ms, core->body_ms), core->idle_ms) + 999) / 1000 + 1;

  fill_tls_options (core, tls);
  self->mhd = MHD_start_daemon (MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls[0].option != MHD_OPTION_END ? MHD_USE_TLS : 0), 0, NULL, NULL, leyden_http_intake_cb, self,
                                MHD_OPTION_LISTEN_SOCKET, (MHD_socket) listen_fd,
                                MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_POOL,
                                MHD_OPTION_CONNECTION_LIMIT, (unsigned int) core->max_connections + POLITE_CONNECTIONS,
                                /* For a client that does not read; our own deadlines are shorter elsewhere. */
                                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) stall_s,
                                MHD_OPTION_NOTIFY_CONNECTION, leyden_http_connection_notify_cb, self,
                                MHD_OPTION_NOTIFY_COMPLETED, leyden_http_connection_request_done_cb, self,
                                MHD_OPTION_URI_LOG_CALLBACK, leyden_http_connection_request_line_cb, self,
                                MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
#if MHD_VERSION >= 0x00097701
                                MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#else
                                MHD_OPTION_STRICT_FOR_CLIENT, 1,
#endif
                                MHD_OPTION_ARRAY, tls,
                                MHD_OPTION_END);
  if (self->mhd == NULL && core->certificate_pem != NULL)
    g_set_error_literal (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_FAILED,
                         _("The HTTP server did not start: the certificate, its key or the authorities of clients could not be used; is the key that of the certificate?"));
  else if (self->mhd == NULL)
    g_set_error (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_FAILED,
                 _("The HTTP server did not start: %s"), g_strerror (errno));
  return self->mhd != NULL;
}

static void
daemon_free (LeydenHttpDaemon *self)
{
  /* The context may outlive this in a mailbox. */
  drop_held (self);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  if (self->hangup_fd >= 0)
    close (self->hangup_fd);
  leyden_http_core_unref (self->core);
  g_free (self);
}

static void
make_source (LeydenHttpDaemon *self)
{
  int epoll_fd = MHD_get_daemon_info (self->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "[leyden] http server");
  g_source_set_callback (self->source, turn_cb, self, NULL);
  g_source_add_unix_fd (self->source, epoll_fd, G_IO_IN);
  g_source_add_unix_fd (self->source, self->hangup_fd, G_IO_IN);
  g_source_set_ready_time (self->source, 0);
  g_source_attach (self->source, self->context);
}

LeydenHttpDaemon *
leyden_http_daemon_new (LeydenHttpCore  *core,
                        int              listen_fd,
                        GError         **error)
{
  LeydenHttpDaemon *self = g_new0 (LeydenHttpDaemon, 1);

  self->core = leyden_http_core_ref (core);
  self->hangup_fd = epoll_create1 (EPOLL_CLOEXEC);
  g_queue_init (&self->connections);
  g_queue_init (&self->leaving);
  g_queue_init (&self->parking);
  g_queue_init (&self->held);
  leyden_http_deadlines_init (&self->header, core->header_ms);
  leyden_http_deadlines_init (&self->body, core->body_ms);
  leyden_http_deadlines_init (&self->idle, core->idle_ms);
  leyden_http_deadlines_init (&self->heartbeat, core->heartbeat_ms);
  if (self->hangup_fd < 0 || !start_library (self, listen_fd, error))
    {
      if (self->hangup_fd < 0)
        g_set_error (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_FAILED,
                     _("The HTTP server did not start: %s"), g_strerror (errno));
      daemon_free (self);
      return NULL;
    }
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  make_source (self);
  core->to_server = leyden_http_mailbox_new (self->context, 0, FALSE, daemon_turn, self);
  self->thread = g_thread_new ("leyden-http", thread_main, self);
  return self;
}

/* Turns the handlers' loop while the server thread ends, for answers under way may need it. */
static void
wait_for_thread (LeydenHttpDaemon *self)
{
  GMainContext *context = self->core->handlers_context;

  if (self->grace_ms > 0 && g_main_context_acquire (context))
    {
      while (g_atomic_int_get (&self->done) == 0)
        g_main_context_iteration (context, TRUE);
      g_main_context_release (context);
    }
  g_thread_join (g_steal_pointer (&self->thread));
}

void
leyden_http_daemon_stop (LeydenHttpDaemon *self,
                         guint             grace_ms)
{
  self->grace_ms = grace_ms;
  leyden_http_mailbox_post (self->core->to_server, begin_stop_cb, NULL, self);
  wait_for_thread (self);
  leyden_http_mailbox_close (self->core->to_server);
  daemon_free (self);
}
