/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

/* libmicrohttpd in external epoll mode inside a GMainContext on a thread of its own, and the guard of time. */
#include "leyden-http-server-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Memory of a connection: a head of more than about 15 KiB is answered 431 (or 414) by the library. */
#define CONNECTION_POOL ((size_t) 16 * 1024)
/* Connections over the limit that still get a polite 503 before the library stops accepting. */
#define POLITE_CONNECTIONS 256
/* Wrong keys a second that are told so; more get 429. A right key is never held up. */
#define REFUSALS_PER_SECOND 50
#define HANGUPS_PER_TURN 64
/* Runs of the library in which a half-closed connection may still find a pipelined request in what was read before. */
#define EMPTY_TURNS 2

struct _LeydenHttpDaemon
{
  LeydenHttpCore *core;
  struct MHD_Daemon *mhd;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GSource *source;
  gpointer hangup_tag;
  int hangup_fd;                        /* epoll: clients that leave */
  GQueue connections;                   /* (element-type LeydenHttpConnection), by their links */
  GQueue leaving;                       /* half-closed with bytes left to read, by their leaving links */
  GQueue parking;                       /* those to be suspended after the run, by their parking links */
  gint64 armed_us;                      /* ready time of the source */
  LeydenHttpDeadlines header;
  LeydenHttpDeadlines body;
  LeydenHttpDeadlines idle;
  LeydenHttpDeadlines heartbeat;
  guint n_refusals;
  gint64 refusals_since_us;
  gboolean stopping;
  gboolean stopped;                     /* all are told to leave at once */
  guint grace_ms;
  gint64 stop_at_us;
  int done;                             /* atomic */
};

static void daemon_turn (gpointer data);

LeydenHttpCore *
leyden_http_connection_get_core (LeydenHttpConnection *self)
{
  return self->daemon->core;
}

gboolean
leyden_http_connection_is_stopping (LeydenHttpConnection *self)
{
  return self->daemon->stopping;
}

gboolean
leyden_http_connection_is_stopped (LeydenHttpConnection *self)
{
  return self->daemon->stopped;
}

gboolean
leyden_http_connection_spend_refusal (LeydenHttpConnection *self)
{
  LeydenHttpDaemon *daemon = self->daemon;
  gint64 now_us = g_get_monotonic_time ();

  if (now_us - daemon->refusals_since_us > G_USEC_PER_SEC)
    {
      daemon->refusals_since_us = now_us;
      daemon->n_refusals = 0;
    }
  return daemon->n_refusals++ < REFUSALS_PER_SECOND;
}

void
leyden_http_connection_start_body (LeydenHttpConnection *self)
{
  leyden_http_deadline_start (&self->deadline, &self->daemon->body, g_get_monotonic_time (), self);
}

void
leyden_http_connection_stop_clock (LeydenHttpConnection *self)
{
  leyden_http_deadline_stop (&self->deadline);
}

void
leyden_http_connection_suspend (LeydenHttpConnection *self)
{
  LeydenHttpStream *stream = self->exchange->phase == LEYDEN_HTTP_PHASE_ANSWERING ? self->exchange->answer.stream : NULL;

  self->suspended = TRUE;
  MHD_suspend_connection (self->mhd);
  if (stream != NULL && leyden_http_stream_has_events (stream))
    leyden_http_deadline_start (&self->heartbeat, &self->daemon->heartbeat, g_get_monotonic_time (), self);
}

void
leyden_http_connection_park (LeydenHttpConnection *self)
{
  if (self->parking)
    return;
  self->parking = TRUE;
  g_queue_push_tail_link (&self->daemon->parking, &self->parking_link);
}

static void
leave_parking (LeydenHttpConnection *self)
{
  if (!self->parking)
    return;
  self->parking = FALSE;
  g_queue_unlink (&self->daemon->parking, &self->parking_link);
}

/* One run of the library, and the suspensions that wait for its end. */
static void
run_library (LeydenHttpDaemon *self)
{
  GList *link;

  MHD_run (self->mhd);
  while ((link = g_queue_peek_head_link (&self->parking)) != NULL)
    {
      LeydenHttpConnection *connection = link->data;

      leave_parking (connection);
      leyden_http_connection_suspend (connection);
    }
}

void
leyden_http_connection_wake (LeydenHttpConnection *self)
{
  leyden_http_deadline_stop (&self->heartbeat);
  if (!self->suspended)
    return;
  self->suspended = FALSE;
  MHD_resume_connection (self->mhd);
}

/* A second epoll, since the library's does not tell of all that leave: a suspended socket is outside of it, and an end that
 * arrives together with the last bytes is lost to its edge-triggered one. */
static void
watch (LeydenHttpConnection *self)
{
  struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET, .data.ptr = self };

  epoll_ctl (self->daemon->hangup_fd, EPOLL_CTL_ADD, self->fd, &event);
}

void
leyden_http_connection_begin_stream (LeydenHttpConnection *self)
{
  /* It may have left before there was a stream to notice it by. */
  if (self->peer_closed)
    leyden_http_stream_beat (self->exchange->answer.stream);
}

static void
stop_leaving (LeydenHttpConnection *self)
{
  if (!self->leaving)
    return;
  self->leaving = FALSE;
  g_queue_unlink (&self->daemon->leaving, &self->leaving_link);
}

/* The peer sends no more. It is looked at after the library's runs, which may find requests in what came before. */
static void
start_leaving (LeydenHttpConnection *self)
{
  stop_leaving (self);
  self->n_empty_turns = 0;
  self->leaving = TRUE;
  g_queue_push_tail_link (&self->daemon->leaving, &self->leaving_link);
}

static gboolean
is_waiting_for_bytes (LeydenHttpConnection *self)
{
  return self->exchange == NULL || self->exchange->phase == LEYDEN_HTTP_PHASE_HEAD
         || self->exchange->phase == LEYDEN_HTTP_PHASE_BODY;
}

/* When a request is still expected, and nothing that came is left to be read, nothing will come. TRUE: look again soon. */
static gboolean
settle_leaving (LeydenHttpConnection *self)
{
  char byte;

  if (!is_waiting_for_bytes (self))
    {
      /* The end of that request starts this anew. */
      stop_leaving (self);
      return FALSE;
    }
  if (recv (self->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
    {
      self->n_empty_turns = 0;
      return FALSE;
    }
  if (self->n_empty_turns++ < EMPTY_TURNS)
    return TRUE;
  stop_leaving (self);
  shutdown (self->fd, SHUT_RDWR);
  return FALSE;
}

static gboolean
settle_all_leaving (LeydenHttpDaemon *self)
{
  gboolean again = FALSE;
  GList *next;

  for (GList *link = self->leaving.head; link != NULL; link = next)
    {
      next = link->next;
      again |= settle_leaving (link->data);
    }
  return again;
}

static const char *
reason_phrase (guint status)
{
  const char *phrase = MHD_get_reason_phrase_for (status);

  return phrase != NULL ? phrase : "Error";
}

void
leyden_http_connection_refuse_raw (LeydenHttpConnection *self,
                                   guint                 status,
                                   const char           *detail)
{
  g_autoptr(GBytes) body = leyden_http_error_body (detail);
  g_autofree char *text = NULL;
  gsize length;
  const char *json = g_bytes_get_data (body, &length);

  text = g_strdup_printf ("HTTP/1.1 %u %s\r\nContent-Type: application/json\r\nContent-Length: %" G_GSIZE_FORMAT
                          "\r\nConnection: close\r\n\r\n%.*s",
                          status, reason_phrase (status), length, (int) length, json);
  /* A courtesy to a client that still reads; the connection ends in any case. */
  (void) send (self->fd, text, strlen (text), MSG_DONTWAIT | MSG_NOSIGNAL);
  self->line_seen = FALSE;
}

static void
connection_finish (LeydenHttpConnection *self)
{
  LeydenHttpExchange *exchange = g_steal_pointer (&self->exchange);
  LeydenHttpStream *stream;

  leyden_http_deadline_stop (&self->heartbeat);
  leave_parking (self);
  if (exchange == NULL)
    return;
  exchange->connection = NULL;
  stream = leyden_http_exchange_is_answered (exchange) ? exchange->answer.stream : NULL;
  if (stream != NULL)
    {
      leyden_http_stream_attach (stream, NULL);
      leyden_http_stream_cut (stream);
    }
  leyden_http_exchange_release (exchange);
}

static void
connection_free (LeydenHttpConnection *self)
{
  connection_finish (self);
  leyden_http_deadline_stop (&self->deadline);
  stop_leaving (self);
  epoll_ctl (self->daemon->hangup_fd, EPOLL_CTL_DEL, self->fd, NULL);
  g_queue_unlink (&self->daemon->connections, &self->link);
  g_atomic_int_add (&self->daemon->core->n_connections, -1);
  g_free (self);
}

static LeydenHttpConnection *
get_connection (struct MHD_Connection *mhd)
{
  return MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void
connection_cb (void                              *data,
               struct MHD_Connection             *mhd,
               void                             **socket_context,
               enum MHD_ConnectionNotificationCode code)
{
  LeydenHttpDaemon *daemon = data;
  LeydenHttpConnection *self;

  if (code == MHD_CONNECTION_NOTIFY_CLOSED)
    {
      connection_free (*socket_context);
      return;
    }
  self = g_new0 (LeydenHttpConnection, 1);
  self->daemon = daemon;
  self->mhd = mhd;
  self->fd = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  self->link.data = self;
  self->parking_link.data = self;
  self->leaving_link.data = self;
  watch (self);
  g_queue_push_tail_link (&daemon->connections, &self->link);
  g_atomic_int_inc (&daemon->core->n_connections);
  leyden_http_deadline_start (&self->deadline, &daemon->header, g_get_monotonic_time (), self);
  *socket_context = self;
}

/* The request line is complete: what it returns is the request's pointer in all that follows. */
static void *
request_line_cb (void                  *data,
                 const char            *target,
                 struct MHD_Connection *mhd)
{
  LeydenHttpDaemon *daemon = data;
  LeydenHttpConnection *self = get_connection (mhd);

  connection_finish (self);
  self->exchange = leyden_http_exchange_new (daemon->core, target);
  self->exchange->connection = self;
  self->line_seen = TRUE;
  if (self->is_idle)
    leyden_http_deadline_start (&self->deadline, &daemon->header, g_get_monotonic_time (), self);
  self->is_idle = FALSE;
  return self->exchange;
}

static void
request_done_cb (void                           *data,
                 struct MHD_Connection          *mhd,
                 void                          **request,
                 enum MHD_RequestTerminationCode code)
{
  LeydenHttpDaemon *daemon = data;
  LeydenHttpConnection *self = get_connection (mhd);

  *request = NULL;
  connection_finish (self);
  self->line_seen = FALSE;
  self->is_idle = TRUE;
  leyden_http_deadline_start (&self->deadline, &daemon->idle, g_get_monotonic_time (), self);
  /* An answer that began before the stop did not announce the end of its connection. */
  if (daemon->stopping)
    shutdown (self->fd, SHUT_RDWR);
  else if (self->peer_closed)
    start_leaving (self);
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

/* A half-closed client may still read: a heartbeat finds out, for the reset that answers it comes back here. */
static void
handle_hangup (LeydenHttpConnection *connection,
               guint32               events)
{
  LeydenHttpExchange *exchange = connection->exchange;

  connection->peer_closed = TRUE;
  if (is_waiting_for_bytes (connection))
    {
      start_leaving (connection);
      return;
    }
  if (exchange->phase != LEYDEN_HTTP_PHASE_ANSWERING || exchange->answer.stream == NULL)
    return;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0)
    {
      leyden_http_stream_cut (exchange->answer.stream);
      leyden_http_connection_wake (connection);
    }
  else if (leyden_http_stream_beat (exchange->answer.stream))
    leyden_http_connection_wake (connection);
}

static void
look_for_hangups (LeydenHttpDaemon *self)
{
  struct epoll_event events[HANGUPS_PER_TURN];
  int n = epoll_wait (self->hangup_fd, events, HANGUPS_PER_TURN, 0);

  for (int i = 0; i < n; i++)
    handle_hangup (events[i].data.ptr, events[i].events);
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
  again = settle_all_leaving (self);
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

static gboolean
start_library (LeydenHttpDaemon  *self,
               int                listen_fd,
               GError           **error)
{
  LeydenHttpCore *core = self->core;
  guint stall_s = (MAX (MAX (core->header_ms, core->body_ms), core->idle_ms) + 999) / 1000 + 1;

  self->mhd = MHD_start_daemon (MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, leyden_http_intake_cb, self,
                                MHD_OPTION_LISTEN_SOCKET, (MHD_socket) listen_fd,
                                MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_POOL,
                                MHD_OPTION_CONNECTION_LIMIT, (unsigned int) core->max_connections + POLITE_CONNECTIONS,
                                /* For a client that does not read; our own deadlines are shorter elsewhere. */
                                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) stall_s,
                                MHD_OPTION_NOTIFY_CONNECTION, connection_cb, self,
                                MHD_OPTION_NOTIFY_COMPLETED, request_done_cb, self,
                                MHD_OPTION_URI_LOG_CALLBACK, request_line_cb, self,
                                MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
#if MHD_VERSION >= 0x00097701
                                MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#else
                                MHD_OPTION_STRICT_FOR_CLIENT, 1,
#endif
                                MHD_OPTION_END);
  if (self->mhd == NULL)
    g_set_error (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_FAILED,
                 "The HTTP server did not start: %s", g_strerror (errno));
  return self->mhd != NULL;
}

static void
daemon_free (LeydenHttpDaemon *self)
{
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
  leyden_http_deadlines_init (&self->header, core->header_ms);
  leyden_http_deadlines_init (&self->body, core->body_ms);
  leyden_http_deadlines_init (&self->idle, core->idle_ms);
  leyden_http_deadlines_init (&self->heartbeat, core->heartbeat_ms);
  if (self->hangup_fd < 0 || !start_library (self, listen_fd, error))
    {
      if (self->hangup_fd < 0)
        g_set_error (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_FAILED,
                     "The HTTP server did not start: %s", g_strerror (errno));
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
