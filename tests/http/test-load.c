/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow clients, rude clients, many clients. Counts decide, not clocks. */
#include "http-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD "Host: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n"

static void
short_deadlines (LeydenHttpServer *server)
{
  leyden_http_server_set_deadlines (server, 400, 500, 600);
}

typedef struct
{
  const char *name;
  const char *begin;
  const char *trickle;          /* sent byte by byte, again and again */
  guint status;                 /* of what is said at the end; 0: nothing */
} Slow;

static const Slow slow_clients[] = {
  { "silent", "", NULL, 0 },
  { "header", "GET /healthz HTTP/1.1\r\n" HEAD "X-Slow: ", "s", 408 },
  { "request line", "GET /hea", "l", 0 },
  { "body", "POST /leyden/v1/things HTTP/1.1\r\n" HEAD "Content-Type: application/json\r\nContent-Length: 8000\r\n\r\n", " ", 408 },
  { "chunks", "POST /leyden/v1/things HTTP/1.1\r\n" HEAD "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 408 },
  /* A10: a chunk so large that its end never comes is a body that does not arrive. */
  { "huge chunk", "POST /leyden/v1/things HTTP/1.1\r\n" HEAD "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "FFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n", NULL, 408 },
  { "idle", "GET /healthz HTTP/1.1\r\n" HEAD "\r\n", NULL, 200 },
};

/* Sends a byte every 20 ms until the server ends it, or for 20 s. */
static char *
be_slow (int         fd,
         const Slow *slow)
{
  g_autoptr(GString) heard = g_string_new (NULL);
  gsize length = slow->trickle != NULL ? strlen (slow->trickle) : 0;

  http_send (fd, slow->begin, -1);
  for (guint i = 0; i < 1000; i++)
    {
      struct pollfd poll_fd = { fd, POLLIN, 0 };
      char buffer[1024];
      ssize_t n;

      if (poll (&poll_fd, 1, 20) > 0)
        {
          n = recv (fd, buffer, sizeof buffer, 0);
          if (n <= 0)
            return g_string_free (g_steal_pointer (&heard), FALSE);
          g_string_append_len (heard, buffer, n);
        }
      if (length > 0)
        http_try_send (fd, slow->trickle + i % length, 1);
    }
  return NULL;
}

static void
test_a16 (void)
{
  HttpFixture fixture;

  http_fixture_start (&fixture, short_deadlines);
  for (gsize i = 0; i < G_N_ELEMENTS (slow_clients); i++)
    {
      int fd = http_connect (&fixture);
      g_autofree char *heard = be_slow (fd, &slow_clients[i]);

      close (fd);
      g_test_message ("%s: %.40s", slow_clients[i].name, heard);
      g_assert_nonnull (heard);
      g_assert_cmpuint (http_status (heard), ==, slow_clients[i].status);
    }
  g_assert_cmpint (fixture.n_handled, ==, 1);
  http_fixture_stop (&fixture);
}

/* A handler that takes longer than every deadline is not interrupted, and a stream neither. */
static void
test_patience (void)
{
  HttpFixture fixture;
  g_autofree char *events = NULL;
  gboolean timed_out;
  int fd;

  http_fixture_start (&fixture, short_deadlines);
  fd = http_connect (&fixture);
  http_send (fd, "GET /events HTTP/1.1\r\n" HEAD "\r\n", -1);
  events = http_read_all (fd, G_MAXSIZE, 1500, &timed_out);
  g_assert_true (timed_out);
  g_assert_cmpuint (http_status (events), ==, 200);
  close (fd);
  http_fixture_stop (&fixture);
}

/* A client that asks for much and reads nothing is let go, and the writer told. */
static void
test_never_reads (void)
{
  HttpFixture fixture;
  int fd;

  http_fixture_start (&fixture, short_deadlines);
  fd = http_connect (&fixture);
  http_send (fd, "GET /chunks?q=100000 HTTP/1.1\r\n" HEAD "\r\n", -1);
  for (guint i = 0; i < 3000 && g_atomic_int_get (&fixture.n_handled) == 0; i++)
    g_usleep (10 * 1000);
  for (guint i = 0; i < 3000 && leyden_http_server_get_n_connections (fixture.server) > 0; i++)
    g_usleep (10 * 1000);
  g_assert_cmpuint (leyden_http_server_get_n_connections (fixture.server), ==, 0);
  close (fd);
  http_fixture_stop (&fixture);
}

/* Others are served while slow ones wait. */
static void
test_a16_others (void)
{
  HttpFixture fixture;
  int fds[200];

  http_fixture_start (&fixture, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = http_connect (&fixture);
      http_send (fds[i], slow_clients[i % 5].begin, -1);
    }
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *answer = http_get (&fixture, "/healthz");
      g_assert_cmpuint (http_status (answer), ==, 200);
    }
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  http_fixture_stop (&fixture);
}

static void
hang_up (HttpFixture *fixture,
         guint        kind)
{
  static const char post[] = "POST /leyden/v1/things HTTP/1.1\r\n" HEAD "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  static const char later[] = "GET /later/x HTTP/1.1\r\n" HEAD "\r\n";
  static const char stream[] = "GET /chunks?q=50 HTTP/1.1\r\n" HEAD "\r\n";
  static const char events[] = "GET /events HTTP/1.1\r\n" HEAD "\r\n";
  const struct linger reset = { 1, 0 };
  int fd = http_connect (fixture);

  switch (kind)
    {
    case 0:
      http_try_send (fd, post, strlen (post));
      break;
    case 1:
      http_try_send (fd, post, strlen (post) - 1);
      break;
    case 2:
      http_try_send (fd, post, 30);
      break;
    case 3:
      for (guint i = 0; i < 5; i++)
        http_try_send (fd, later, strlen (later));
      break;
    case 4:
      http_try_send (fd, later, strlen (later));
      shutdown (fd, SHUT_WR);
      break;
    case 5:
      http_try_send (fd, stream, strlen (stream));
      break;
    case 6:
      http_try_send (fd, events, strlen (events));
      break;
    default:
      break;
    }
  if (kind % 2 == 0)
    setsockopt (fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close (fd);
}

static gpointer
hang_up_often (gpointer data)
{
  for (guint i = 0; i < 160; i++)
    hang_up (data, i % 8);
  return NULL;
}

static void
wait_for_quiet (HttpFixture *fixture)
{
  for (guint i = 0; i < 3000 && leyden_http_server_get_n_connections (fixture->server) > 0; i++)
    g_usleep (10 * 1000);
  g_assert_cmpuint (leyden_http_server_get_n_connections (fixture->server), ==, 0);
}

static void
test_hang_ups (void)
{
  HttpFixture fixture;
  GThread *threads[8];
  guint descriptors;
  g_autofree char *answer = NULL;

  http_fixture_start (&fixture, NULL);
  answer = http_get (&fixture, "/healthz");
  wait_for_quiet (&fixture);
  descriptors = http_count_descriptors ();
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("rude", hang_up_often, &fixture);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  wait_for_quiet (&fixture);
  g_assert_cmpuint (http_count_descriptors (), <=, descriptors + 2);
  g_free (answer);
  answer = http_get (&fixture, "/healthz");
  g_assert_cmpuint (http_status (answer), ==, 200);
  http_fixture_stop (&fixture);
}

typedef struct
{
  int fd;
  guint n_left;
  GString *heard;
} Looper;

static void
looper_ask (Looper *looper)
{
  static const char request[] = "GET /leyden/v1/things/special HTTP/1.1\r\n" HEAD "\r\n";

  http_send (looper->fd, request, strlen (request));
}

/* TRUE when its last answer came. */
static gboolean
looper_hear (Looper *looper)
{
  char buffer[4096];
  ssize_t n = recv (looper->fd, buffer, sizeof buffer, 0);

  g_assert_cmpint (n, >, 0);
  g_string_append_len (looper->heard, buffer, n);
  if (!g_str_has_suffix (looper->heard->str, "\r\n\r\nok"))
    return FALSE;
  g_assert_cmpuint (http_status (looper->heard->str), ==, 200);
  g_string_truncate (looper->heard, 0);
  if (--looper->n_left == 0)
    return TRUE;
  looper_ask (looper);
  return FALSE;
}

/* Each of @n connections asks again as soon as it was answered: the numbers at which libmicrohttpd's own threads stall. */
static void
test_closed_loop (gconstpointer data)
{
  const guint n = GPOINTER_TO_UINT (data);
  const guint n_requests = 20;
  g_autofree Looper *loopers = g_new0 (Looper, n);
  guint n_running = n;
  HttpFixture fixture;
  int epoll = epoll_create1 (EPOLL_CLOEXEC);

  http_fixture_start (&fixture, NULL);
  for (guint i = 0; i < n; i++)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &loopers[i] };

      loopers[i] = (Looper) { http_connect (&fixture), n_requests, g_string_new (NULL) };
      g_assert_cmpint (epoll_ctl (epoll, EPOLL_CTL_ADD, loopers[i].fd, &event), ==, 0);
    }
  for (guint i = 0; i < n; i++)
    looper_ask (&loopers[i]);
  while (n_running > 0)
    {
      struct epoll_event events[64];
      int n_events = epoll_wait (epoll, events, 64, 20000);

      if (n_events < 0 && errno == EINTR)
        continue;
      g_assert_cmpint (n_events, >, 0);
      for (int i = 0; i < n_events; i++)
        n_running -= looper_hear (events[i].data.ptr);
    }
  g_assert_cmpint (g_atomic_int_get (&fixture.n_handled), ==, (int) (n * n_requests));
  for (guint i = 0; i < n; i++)
    {
      close (loopers[i].fd);
      g_string_free (loopers[i].heard, TRUE);
    }
  close (epoll);
  http_fixture_stop (&fixture);
}

/* As many connections as the descriptors allow, up to 4000: each gets an answer while all are open. */
static void
test_many (void)
{
  static const char request[] = "GET /leyden/v1/things/special HTTP/1.1\r\n" HEAD "\r\n";
  HttpFixture fixture;
  struct rlimit limit;
  g_autofree int *fds = NULL;
  guint n;

  http_fixture_start (&fixture, NULL);          /* raises the limit */
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  n = (guint) MIN (4000, (limit.rlim_cur - 100) / 2);
  fds = g_new (int, n);
  for (guint i = 0; i < n; i++)
    {
      fds[i] = http_connect (&fixture);
      http_send (fds[i], request, strlen (request));
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *answer = http_read_answer (fds[i]);
      g_assert_cmpuint (http_status (answer), ==, 200);
    }
  g_assert_cmpuint (leyden_http_server_get_n_connections (fixture.server), ==, n);
  for (guint i = 0; i < n; i++)
    close (fds[i]);
  wait_for_quiet (&fixture);
  http_fixture_stop (&fixture);
}

#define N_HELD 5
#define HELD_SIZE (60 * 1024 * 1024)

static LeydenHttpExchange *held[N_HELD];
static guint n_held;

static void
drop_cb (LeydenHttpExchange *exchange,
         gpointer            data)
{
  g_assert_cmpuint (g_bytes_get_size (leyden_http_exchange_get_body (exchange)), ==, HELD_SIZE);
  leyden_http_exchange_drop_body (exchange);
  g_assert_cmpuint (g_bytes_get_size (leyden_http_exchange_get_body (exchange)), ==, 0);
  held[n_held++] = leyden_http_exchange_ref (exchange);
  for (guint i = 0; n_held == N_HELD && i < N_HELD; i++)
    {
      leyden_http_exchange_respond (held[i], 204, NULL, NULL);
      leyden_http_exchange_unref (held[i]);
    }
}

static void
add_drop_route (LeydenHttpServer *server)
{
  leyden_http_server_add_route (server, "POST", "/drop", LEYDEN_HTTP_ROUTE_FORMS_OK, 2 * HELD_SIZE, drop_cb, NULL);
}

/* Together more than bodies may take in memory; but who has read one may say so. */
static void
test_dropped_bodies (void)
{
  g_autofree char *head = g_strdup_printf ("POST /drop HTTP/1.1\r\n" HEAD "Content-Length: %d\r\n\r\n", HELD_SIZE);
  g_autofree char *block = g_malloc0 (1024 * 1024);
  HttpFixture fixture;
  int fds[N_HELD];

  n_held = 0;
  http_fixture_start (&fixture, add_drop_route);
  for (guint i = 0; i < N_HELD; i++)
    {
      fds[i] = http_connect (&fixture);
      http_send (fds[i], head, -1);
      for (guint j = 0; j < HELD_SIZE / (1024 * 1024); j++)
        http_send (fds[i], block, 1024 * 1024);
    }
  for (guint i = 0; i < N_HELD; i++)
    {
      g_autofree char *answer = http_read_answer (fds[i]);

      g_assert_cmpuint (http_status (answer), ==, 204);
      close (fds[i]);
    }
  http_fixture_stop (&fixture);
}

static void
few_connections (LeydenHttpServer *server)
{
  leyden_http_server_set_max_connections (server, 10);
}

static void
test_cap (void)
{
  HttpFixture fixture;
  int fds[10];
  g_autofree char *answer = NULL;

  http_fixture_start (&fixture, few_connections);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autofree char *heard = NULL;

      fds[i] = http_connect (&fixture);
      http_send (fds[i], "GET /healthz HTTP/1.1\r\n" HEAD "\r\n", -1);
      heard = http_read_answer (fds[i]);
      g_assert_cmpuint (http_status (heard), ==, 200);
    }
  answer = http_get (&fixture, "/healthz");
  g_assert_cmpuint (http_status (answer), ==, 503);
  g_assert_nonnull (strstr (answer, "\r\nRetry-After: 1\r\n"));
  close (fds[0]);
  for (guint i = 0; i < 500 && leyden_http_server_get_n_connections (fixture.server) > 9; i++)
    g_usleep (10 * 1000);
  g_free (answer);
  answer = http_get (&fixture, "/healthz");
  g_assert_cmpuint (http_status (answer), ==, 200);
  for (guint i = 1; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  http_fixture_stop (&fixture);
}

/* Six bodies of 60 MB that stay unfinished: those over the common budget are refused, and the memory comes back. */
static void
test_budget (void)
{
  g_autofree char *block = g_strnfill (1024 * 1024, ' ');
  HttpFixture fixture;
  int fds[6];
  guint n_refused = 0;
  g_autofree char *answer = NULL;

  http_fixture_start (&fixture, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      gboolean open = TRUE;

      fds[i] = http_connect (&fixture);
      http_send (fds[i], "POST /big HTTP/1.1\r\n" HEAD "Content-Type: application/json\r\nContent-Length: 62914561\r\n\r\n", -1);
      for (guint j = 0; j < 60 && open; j++)
        open = http_try_send (fds[i], block, 1024 * 1024);
      if (!open)
        {
          g_autofree char *heard = http_read_all (fds[i], G_MAXSIZE, 2000, NULL);
          g_assert_true (http_status (heard) == 503 || http_status (heard) == 0);
          n_refused++;
        }
    }
  g_assert_cmpuint (n_refused, >=, 1);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  wait_for_quiet (&fixture);
  answer = http_raw (&fixture, "POST /big HTTP/1.1\r\n@@Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
  g_assert_cmpuint (http_status (answer), ==, 200);
  http_fixture_stop (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hostile/A16", test_a16);
  g_test_add_func ("/hostile/A16/others", test_a16_others);
  g_test_add_func ("/load/patience", test_patience);
  g_test_add_func ("/load/never-reads", test_never_reads);
  g_test_add_func ("/load/hang-ups", test_hang_ups);
  g_test_add_data_func ("/load/closed-loop/128", GUINT_TO_POINTER (128), test_closed_loop);
  g_test_add_data_func ("/load/closed-loop/256", GUINT_TO_POINTER (256), test_closed_loop);
  g_test_add_data_func ("/load/closed-loop/512", GUINT_TO_POINTER (512), test_closed_loop);
  g_test_add_func ("/load/many", test_many);
  g_test_add_func ("/load/cap", test_cap);
  g_test_add_func ("/load/dropped-bodies", test_dropped_bodies);
  g_test_add_func ("/load/budget", test_budget);
  return g_test_run ();
}
