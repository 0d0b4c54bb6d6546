/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

/* One connection: its clocks, its suspensions, and how it ends. Server thread only. */
#include "leyden-http-server-private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Wrong keys a second that are told so; more get 429. A right key is never held up, a missing one always told. */
#define REFUSALS_PER_SECOND 200
/* Runs of the library in which a half-closed connection may still find a pipelined request in what was read before. */
#define EMPTY_TURNS 2

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

void
leyden_http_connection_unpark (LeydenHttpConnection *self)
{
  if (!self->parking)
    return;
  self->parking = FALSE;
  g_queue_unlink (&self->daemon->parking, &self->parking_link);
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

gboolean
leyden_http_daemon_settle_leaving (LeydenHttpDaemon *self)
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
  LeydenHttpCore *core = self->daemon->core;
  g_autoptr(GBytes) body = leyden_http_error_body (detail);
  g_autofree char *text = NULL;
  gsize length;
  const char *json = g_bytes_get_data (body, &length);

  if (self->exchange != NULL && core->observer != NULL)
    core->observer (self->exchange, status, g_get_monotonic_time () - self->exchange->started_us, core->observer_data);
  text = g_strdup_printf ("HTTP/1.1 %u %s\r\nContent-Type: application/json\r\nContent-Length: %" G_GSIZE_FORMAT
                          "\r\n%sConnection: close\r\n\r\n%.*s",
                          status, reason_phrase (status), length, status == 503 ? "Retry-After: 1\r\n" : "", (int) length, json);
  /* A courtesy to a client that still reads; the connection ends in any case. Under TLS only the library could say it. */
  if (core->certificate_pem == NULL)
    (void) send (self->fd, text, strlen (text), MSG_DONTWAIT | MSG_NOSIGNAL);
  self->line_seen = FALSE;
}

static void
connection_finish (LeydenHttpConnection *self)
{
  LeydenHttpExchange *exchange = g_steal_pointer (&self->exchange);
  LeydenHttpStream *stream;

  leyden_http_deadline_stop (&self->heartbeat);
  leyden_http_connection_unpark (self);
  if (exchange == NULL)
    return;
  exchange->connection = NULL;
  g_atomic_int_set (&exchange->hung_up, TRUE);
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
name_peer (LeydenHttpConnection *self)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (self->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *address = info != NULL ? info->client_addr : NULL;
  const struct in6_addr *ipv6;

  if (address != NULL && address->sa_family == AF_INET)
    inet_ntop (AF_INET, &((const struct sockaddr_in *) (const void *) address)->sin_addr, self->peer, sizeof self->peer);
  if (address == NULL || address->sa_family != AF_INET6)
    return;
  ipv6 = &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED (ipv6))
    inet_ntop (AF_INET, &ipv6->s6_addr[12], self->peer, sizeof self->peer);
  else
    inet_ntop (AF_INET6, ipv6, self->peer, sizeof self->peer);
}

void
leyden_http_connection_notify_cb (void                              *data,
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
  name_peer (self);
  if (daemon->core->client_ca_pem != NULL)
    leyden_http_tls_demand_certificate (mhd);
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
void *
leyden_http_connection_request_line_cb (void                  *data,
                                        const char            *target,
                                        struct MHD_Connection *mhd)
{
  LeydenHttpDaemon *daemon = data;
  LeydenHttpConnection *self = get_connection (mhd);

  connection_finish (self);
  self->exchange = leyden_http_exchange_new (daemon->core, target);
  self->exchange->connection = self;
  g_atomic_int_set (&self->exchange->hung_up, self->peer_closed);
  memcpy (self->exchange->peer, self->peer, sizeof self->peer);
  self->line_seen = TRUE;
  if (self->is_idle)
    leyden_http_deadline_start (&self->deadline, &daemon->header, g_get_monotonic_time (), self);
  self->is_idle = FALSE;
  return self->exchange;
}

void
leyden_http_connection_request_done_cb (void                           *data,
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

/* A half-closed client may still read: a heartbeat finds out, for the reset that answers it comes back here. */
void
leyden_http_connection_handle_hangup (LeydenHttpConnection *connection,
                                      guint32               events)
{
  LeydenHttpExchange *exchange = connection->exchange;

  connection->peer_closed = TRUE;
  if (exchange != NULL)
    g_atomic_int_set (&exchange->hung_up, TRUE);
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

