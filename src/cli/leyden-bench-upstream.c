/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model server of `leydenctl bench gateway`. No HTTP library makes it, our own server neither: it has to cost less than the proxy
 * before it, which is measured on the same machine, and to hold each of thousands of calls for a set time without a thread for it. It reads a
 * request's length and answers bytes that are ready beforehand, no more. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-bench-server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_PER_TURN 256
#define READ_BLOCK 65536
#define BACKLOG 4096

/* What a model server with token ids says. */
#define COMPLETION \
  "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1767225600,\"model\":\"m\",\"prompt_token_ids\":" \
  "[101,2023,2003,1037,3160,2008,1037,4005,3198,102],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" \
  "\"The answer is four.\"},\"finish_reason\":\"stop\",\"token_ids\":[1996,3437,2003,2176,1012],\"logprobs\":{\"content\":[" \
  "{\"token\":\"The\",\"logprob\":-0.51},{\"token\":\" answer\",\"logprob\":-0.25},{\"token\":\" is\",\"logprob\":-0.125}," \
  "{\"token\":\" four\",\"logprob\":-1.75},{\"token\":\".\",\"logprob\":-0.0625}]}}]," \
  "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}"

struct _LeydenBenchUpstream
{
  GThread *thread;
  int      listener;
  int      epoll;
  int      end;                         /* eventfd */
  guint16  port;
  gint64   delay_us;
  char    *answer;
  gsize    answer_length;
  GQueue   due;                         /* Due, in order of time */
  GQueue   callers;                     /* Caller */
  guint    n_waiting;
  guint    most;                        /* atomic */
};

typedef struct
{
  int      fd;
  GString *in;
  GList   *link;                        /* among the callers */
} Caller;

typedef struct
{
  Caller *caller;                       /* NULL: it left */
  gint64  at_us;
} Due;

static void
caller_free (LeydenBenchUpstream *self,
             Caller              *caller)
{
  for (GList *l = self->due.head; l != NULL; l = l->next)
    if (((Due *)l->data)->caller == caller)
      ((Due *)l->data)->caller = NULL;
  g_queue_delete_link (&self->callers, caller->link);
  close (caller->fd);
  g_string_free (caller->in, TRUE);
  g_free (caller);
}

/* An answer of one segment always fits into an empty socket buffer. */
static void
answer (LeydenBenchUpstream *self,
        Caller              *caller)
{
  (void)!send (caller->fd, self->answer, self->answer_length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Length of the whole request at the beginning of @in; 0: more is to come. */
static gsize
whole_request (const GString *in)
{
  const char *end = strstr (in->str, "\r\n\r\n");
  gsize length = 0;

  if (end == NULL)
    return 0;
  for (const char *line = strstr (in->str, "\r\n"); line != NULL && line < end; line = strstr (line + 2, "\r\n"))
    if (g_ascii_strncasecmp (line + 2, "content-length:", 15) == 0)
      length = (gsize)g_ascii_strtoull (line + 17, NULL, 10);
  length += (gsize)(end + 4 - in->str);
  return in->len >= length ? length : 0;
}

static void
take_requests (LeydenBenchUpstream *self,
               Caller              *caller)
{
  gsize length;

  while ((length = whole_request (caller->in)) > 0)
    {
      g_string_erase (caller->in, 0, (gssize)length);
      if (self->delay_us == 0)
        {
          answer (self, caller);
          continue;
        }
      g_queue_push_tail (&self->due, g_memdup2 (&(Due) { caller, g_get_monotonic_time () + self->delay_us }, sizeof (Due)));
      self->n_waiting++;
      if (self->n_waiting > (guint)g_atomic_int_get ((int *)&self->most))
        g_atomic_int_set ((int *)&self->most, (int)self->n_waiting);
    }
}

static void
receive (LeydenBenchUpstream *self,
         Caller              *caller)
{
  char block[READ_BLOCK];
  ssize_t n = recv (caller->fd, block, sizeof block, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    {
      caller_free (self, caller);
      return;
    }
  g_string_append_len (caller->in, block, n);
  take_requests (self, caller);
}

static void
accept_all (LeydenBenchUpstream *self)
{
  const int one = 1;
  int fd;

  while ((fd = accept4 (self->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      Caller *caller = g_new0 (Caller, 1);
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = caller };

      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      caller->fd = fd;
      caller->in = g_string_new (NULL);
      g_queue_push_tail (&self->callers, caller);
      caller->link = self->callers.tail;
      epoll_ctl (self->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Answers what is due; gives the wait until the next, in ms. */
static int
answer_due (LeydenBenchUpstream *self)
{
  gint64 now_us = g_get_monotonic_time ();
  Due *due;

  while ((due = g_queue_peek_head (&self->due)) != NULL && due->at_us <= now_us)
    {
      if (due->caller != NULL)
        answer (self, due->caller);
      self->n_waiting--;
      g_free (g_queue_pop_head (&self->due));
    }
  return due == NULL ? -1 : (int)((due->at_us - now_us + 999) / 1000);
}

static gpointer
upstream_thread (gpointer data)
{
  LeydenBenchUpstream *self = data;
  struct epoll_event events[EVENTS_PER_TURN];

  for (;;)
    {
      int n = epoll_wait (self->epoll, events, EVENTS_PER_TURN, answer_due (self));

      for (int i = 0; i < n; i++)
        {
          if (events[i].data.ptr == &self->end)
            return NULL;
          if (events[i].data.ptr == &self->listener)
            accept_all (self);
          else
            receive (self, events[i].data.ptr);
        }
    }
}

LeydenBenchUpstream *
leyden_bench_upstream_start (guint    delay_ms,
                             GError **error)
{
  LeydenBenchUpstream *self = g_new0 (LeydenBenchUpstream, 1);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct epoll_event listen_event = { .events = EPOLLIN, .data.ptr = &self->listener };
  struct epoll_event end_event = { .events = EPOLLIN, .data.ptr = &self->end };
  socklen_t length = sizeof address;

  self->delay_us = (gint64)delay_ms * 1000;
  self->answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n" COMPLETION,
                                  strlen (COMPLETION));
  self->answer_length = strlen (self->answer);
  g_queue_init (&self->due);
  self->end = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->listener < 0 || bind (self->listener, (struct sockaddr *)&address, sizeof address) != 0
      || listen (self->listener, BACKLOG) != 0 || getsockname (self->listener, (struct sockaddr *)&address, &length) != 0
      || epoll_ctl (self->epoll, EPOLL_CTL_ADD, self->listener, &listen_event) != 0
      || epoll_ctl (self->epoll, EPOLL_CTL_ADD, self->end, &end_event) != 0)
    {
      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (errno), "%s", g_strerror (errno));
      leyden_bench_upstream_free (self);
      return NULL;
    }
  self->port = ntohs (address.sin_port);
  self->thread = g_thread_new ("upstream", upstream_thread, self);
  return self;
}

void
leyden_bench_upstream_free (LeydenBenchUpstream *self)
{
  guint64 one = 1;

  if (self->thread != NULL && write (self->end, &one, sizeof one) == sizeof one)
    g_thread_join (self->thread);
  while (!g_queue_is_empty (&self->callers))
    caller_free (self, g_queue_peek_head (&self->callers));
  if (self->listener >= 0)
    close (self->listener);
  close (self->epoll);
  close (self->end);
  g_queue_clear_full (&self->due, g_free);
  g_free (self->answer);
  g_free (self);
}

guint16
leyden_bench_upstream_get_port (LeydenBenchUpstream *self)
{
  return self->port;
}

guint
leyden_bench_upstream_get_most (LeydenBenchUpstream *self)
{
  return (guint)g_atomic_int_get ((int *)&self->most);
}
