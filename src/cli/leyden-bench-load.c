/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The load of `leydenctl bench gateway`. No HTTP library makes it: it has to cost less than the server that it measures, on the same
 * machine, and to open all connections at once and hold them; libsoup and libcurl put a session, a queue and several allocations around each
 * request, and would be what is measured. It writes requests that are ready beforehand and reads status, length and body, no more. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-bench-load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_PER_TURN 256
#define READ_BLOCK (256 * 1024)
/* A head longer than this is none. */
#define MAX_HEAD 16384
/* Answers that are still out when the time is over. */
#define LAST_ANSWERS_US (30 * G_USEC_PER_SEC)
/* A slow connection sends a byte a second; so often the next part of them does. */
#define SLOW_US (20 * 1000)
#define SLOW_PARTS 50
#define SLOW_HEAD "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "

typedef struct
{
  int      fd;
  guint    index;
  guint    status;                      /* of the answer under way; 0: its head is not whole */
  gsize    sent;
  guint64  missing;                     /* bytes of its body */
  gint64   since_us;
  guint64  n;                           /* number of its request */
  gboolean runs;
  gboolean waits;                       /* for an answer */
  gboolean wants_out;                   /* a request is half sent, or the socket not connected */
  GString *request;
  GString *head;                        /* what of it arrived */
  GString *body;
} Link;

typedef struct
{
  const LeydenLoad *load;
  LeydenLoadResult *out;
  int               epoll;
  char             *block;
  GArray           *times_us;           /* guint32 */
  guint64           n_begun;
  guint             n_waiting;
  gint64            begin_us;
  gint64            end_us;
  gint64            slow_at_us;
  guint             slow_part;
} Load;

static void
allow_descriptors (guint n)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= n + 64)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static void
link_break (Load *self,
            Link *link)
{
  if (link->fd < 0)
    return;
  close (link->fd);
  link->fd = -1;
  if (!link->runs)
    self->out->n_lost++;
  if (!link->waits)
    return;
  link->waits = FALSE;
  self->n_waiting--;
  self->out->n_broken++;
  if (self->load->answered != NULL)
    self->load->answered (link->index, link->n, 0, NULL, self->load->data);
}

static void
link_watch (Load    *self,
            Link    *link,
            gboolean wants_out)
{
  struct epoll_event event = { .events = EPOLLIN | (wants_out ? EPOLLOUT : 0), .data.ptr = link };

  if (wants_out != link->wants_out)
    epoll_ctl (self->epoll, EPOLL_CTL_MOD, link->fd, &event);
  link->wants_out = wants_out;
}

static void
link_send (Load *self,
           Link *link)
{
  while (link->sent < link->request->len)
    {
      ssize_t n = send (link->fd, link->request->str + link->sent, link->request->len - link->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == ENOTCONN))
        {
          link_watch (self, link, TRUE);
          return;
        }
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          link_break (self, link);
          return;
        }
      link->sent += (gsize)n;
    }
  link_watch (self, link, FALSE);
}

/* FALSE: nothing more is asked for. */
static gboolean
link_prepare (Load  *self,
              Link  *link,
              gint64 now_us)
{
  const LeydenLoad *load = self->load;

  if ((load->n_requests != 0 && self->n_begun >= load->n_requests) || (self->end_us != 0 && now_us >= self->end_us))
    return FALSE;
  g_string_truncate (link->request, 0);
  link->n = self->n_begun;
  load->make (link->request, link->index, link->n, load->data);
  if (link->request->len == 0)
    return FALSE;
  self->n_begun++;
  link->sent = 0;
  link->since_us = now_us;
  link->waits = TRUE;
  self->n_waiting++;
  return TRUE;
}

static void
link_finish (Load *self,
             Link *link)
{
  gint64 now_us = g_get_monotonic_time ();
  guint32 time_us = (guint32)MIN (now_us - link->since_us, G_MAXUINT32);

  g_array_append_val (self->times_us, time_us);
  self->out->n_answers++;
  if (link->status >= 300)
    {
      self->out->n_refused++;
      if (self->out->refused_status == 0)
        self->out->refused_status = link->status;
    }
  if (self->load->answered != NULL)
    self->load->answered (link->index, link->n, link->status, link->body, self->load->data);
  g_string_truncate (link->body, 0);
  link->status = 0;
  link->waits = FALSE;
  self->n_waiting--;
  if (link_prepare (self, link, now_us))
    link_send (self, link);
}

/* The value of Content-Length; 0 without one. */
static guint64
find_length (const char *head)
{
  for (const char *line = strstr (head, "\r\n"); line != NULL; line = strstr (line + 2, "\r\n"))
    if (g_ascii_strncasecmp (line + 2, "content-length:", 15) == 0)
      return g_ascii_strtoull (line + 17, NULL, 10);
  return 0;
}

/* FALSE: no answer to a request of ours. */
static gboolean
link_take (Load       *self,
           Link       *link,
           const char *bytes,
           gsize       n)
{
  while (n > 0)
    {
      gsize taken = n;

      if (!link->waits)
        return FALSE;
      if (link->status == 0)
        {
          gsize before = link->head->len;
          const char *end;

          g_string_append_len (link->head, bytes, (gssize)n);
          end = strstr (link->head->str, "\r\n\r\n");
          if (end == NULL)
            return link->head->len < MAX_HEAD;
          taken = (gsize)(end + 4 - link->head->str) - before;
          g_string_truncate (link->head, before + taken);
          link->status = link->head->len > 12 ? (guint)g_ascii_strtoull (link->head->str + 9, NULL, 10) : 0;
          if (link->status < 200 || link->status > 599)
            return FALSE;
          link->missing = find_length (link->head->str);
          g_string_truncate (link->head, 0);
        }
      else
        {
          taken = MIN (n, link->missing);
          link->missing -= taken;
          if (self->load->keep_bodies)
            g_string_append_len (link->body, bytes, (gssize)taken);
        }
      bytes += taken;
      n -= taken;
      if (link->status != 0 && link->missing == 0)
        link_finish (self, link);
    }
  return TRUE;
}

static void
link_receive (Load *self,
              Link *link)
{
  ssize_t n;

  while (link->fd >= 0)
    {
      n = recv (link->fd, self->block, READ_BLOCK, MSG_DONTWAIT);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return;
      if (n <= 0 || !link_take (self, link, self->block, (gsize)n))
        link_break (self, link);
      if (n < READ_BLOCK)
        return;
    }
}

/* @now: waits for the connection. */
static gboolean
link_connect (Load    *self,
              Link    *link,
              gboolean now,
              GError **error)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->load->port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct epoll_event event = { .events = EPOLLIN | (now ? 0 : EPOLLOUT), .data.ptr = link };
  const int one = 1;

  link->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (now ? 0 : SOCK_NONBLOCK), 0);
  if (link->fd < 0)
    {
      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (errno), "%s", g_strerror (errno));
      return FALSE;
    }
  setsockopt (link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  link->wants_out = !now;
  if ((connect (link->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
      || epoll_ctl (self->epoll, EPOLL_CTL_ADD, link->fd, &event) != 0)
    link_break (self, link);
  return TRUE;
}

/* Those that are only open come first, before the clock starts. */
static gboolean
open_links (Load     *self,
            Link     *links,
            guint     n_running,
            GError  **error)
{
  for (guint i = n_running; i < self->load->n_connections; i++)
    if (!link_connect (self, &links[i], TRUE, error))
      return FALSE;
  self->begin_us = g_get_monotonic_time ();
  self->end_us = self->load->seconds > 0 ? self->begin_us + (gint64)(self->load->seconds * G_USEC_PER_SEC) : 0;
  for (guint i = 0; i < n_running; i++)
    {
      links[i].runs = TRUE;
      link_prepare (self, &links[i], g_get_monotonic_time ());
      if (!link_connect (self, &links[i], FALSE, error))
        return FALSE;
    }
  return TRUE;
}

static int
compare_times (gconstpointer a,
               gconstpointer b)
{
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

  return (x > y) - (x < y);
}

static double
quantile_ms (GArray *times_us,
             double  q)
{
  if (times_us->len == 0)
    return 0;
  return g_array_index (times_us, guint32, MIN ((guint)(q * times_us->len), times_us->len - 1)) / 1000.0;
}

/* Slow ones stand behind those that run. */
static void
trickle (Load *self,
         Link *links,
         guint n_running)
{
  gint64 now_us = g_get_monotonic_time ();

  if (now_us < self->slow_at_us)
    return;
  self->slow_part = (self->slow_part + 1) % SLOW_PARTS;
  for (guint i = n_running + self->slow_part; i < n_running + self->load->n_slow; i += SLOW_PARTS)
    {
      gsize at = links[i].sent++;
      char byte = at < strlen (SLOW_HEAD) ? SLOW_HEAD[at] : 's';

      if (links[i].fd >= 0)
        (void)!send (links[i].fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  self->slow_at_us = now_us + SLOW_US;
}

static void
turn_until_done (Load *self,
                 Link *links,
                 guint n_running)
{
  struct epoll_event events[EVENTS_PER_TURN];
  gint64 last_us = self->end_us == 0 ? G_MAXINT64 : self->end_us + LAST_ANSWERS_US;

  while (self->n_waiting > 0 && g_get_monotonic_time () < last_us)
    {
      int n = epoll_wait (self->epoll, events, EVENTS_PER_TURN, 20);

      trickle (self, links, n_running);
      for (int i = 0; i < n; i++)
        {
          Link *link = events[i].data.ptr;

          if (link->fd >= 0 && (events[i].events & EPOLLOUT) != 0)
            link_send (self, link);
          if (link->fd >= 0 && (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
            link_receive (self, link);
        }
    }
}

gboolean
leyden_load_run (const LeydenLoad  *load,
                 LeydenLoadResult  *out,
                 GError           **error)
{
  g_autofree Link *links = g_new0 (Link, load->n_connections);
  g_autofree char *block = g_malloc (READ_BLOCK);
  g_autoptr(GArray) times_us = g_array_new (FALSE, FALSE, sizeof (guint32));
  Load self = { .load = load, .out = out, .block = block, .times_us = times_us };
  guint n_running = load->n_running == 0 ? load->n_connections : load->n_running;
  gboolean ok;

  *out = (LeydenLoadResult) { 0, };
  allow_descriptors (load->n_connections);
  self.epoll = epoll_create1 (EPOLL_CLOEXEC);
  for (guint i = 0; i < load->n_connections; i++)
    {
      links[i].fd = -1;
      links[i].index = i;
      links[i].request = g_string_new (NULL);
      links[i].head = g_string_new (NULL);
      links[i].body = g_string_new (NULL);
    }
  ok = open_links (&self, links, n_running, error);
  if (ok)
    turn_until_done (&self, links, n_running);
  out->seconds = (double)(g_get_monotonic_time () - self.begin_us) / G_USEC_PER_SEC;
  for (guint i = 0; i < load->n_connections; i++)
    {
      /* Those that are open to the end were not lost. */
      links[i].runs = TRUE;
      link_break (&self, &links[i]);
      g_string_free (links[i].request, TRUE);
      g_string_free (links[i].head, TRUE);
      g_string_free (links[i].body, TRUE);
    }
  close (self.epoll);
  g_array_sort (times_us, compare_times);
  out->p50_ms = quantile_ms (times_us, 0.5);
  out->p99_ms = quantile_ms (times_us, 0.99);
  return ok;
}

void
leyden_load_write (GString    *out,
                   guint16     port,
                   const char *key,
                   const char *method,
                   const char *path,
                   const char *body,
                   gsize       length)
{
  g_string_append_printf (out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n", method, path, port);
  if (key != NULL && *key != '\0')
    g_string_append_printf (out, "Authorization: Bearer %s\r\n", key);
  if (body != NULL)
    g_string_append_printf (out, "Content-Type: application/json\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n", length);
  g_string_append (out, "\r\n");
  if (body != NULL)
    g_string_append_len (out, body, (gssize)length);
}

guint
leyden_load_ask (guint16        port,
                 const GString *request,
                 GString       *answer)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *block = g_malloc (READ_BLOCK);
  const char *end = NULL;
  GSocket *socket;
  gssize n;

  g_socket_client_set_timeout (client, 60);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  if (connection == NULL
      || !g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request->str, request->len, NULL, NULL, NULL))
    return 0;
  socket = g_socket_connection_get_socket (connection);
  while ((end == NULL || text->len < (gsize)(end + 4 - text->str) + find_length (text->str))
         && (n = g_socket_receive (socket, block, READ_BLOCK, NULL, NULL)) > 0)
    {
      g_string_append_len (text, block, n);
      end = strstr (text->str, "\r\n\r\n");
    }
  if (end == NULL || text->len <= 12)
    return 0;
  if (answer != NULL)
    g_string_append_len (answer, end + 4, (gssize)(text->len - (gsize)(end + 4 - text->str)));
  return (guint)g_ascii_strtoull (text->str + 9, NULL, 10);
}
