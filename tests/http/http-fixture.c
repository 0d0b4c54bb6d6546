/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "leyden-value.h"

#define FIRST_BYTE_MS 10000

static LeydenHttpAccess
authorize (LeydenHttpExchange *exchange,
           const char * const *keys,
           gpointer            data)
{
  return g_strv_contains (keys, HTTP_FIXTURE_KEY) ? LEYDEN_HTTP_ACCESS_GRANTED : LEYDEN_HTTP_ACCESS_UNKNOWN;
}

static void
count (gpointer            data,
       LeydenHttpExchange *exchange)
{
  HttpFixture *self = data;

  g_atomic_int_inc (&self->n_handled);
  g_atomic_int_add (&self->n_read, (int) g_bytes_get_size (leyden_http_exchange_get_body (exchange)));
}

/* Says what arrived. */
static void
echo_handler (LeydenHttpExchange *exchange,
              gpointer            data)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *body = NULL;
  GBytes *bytes = leyden_http_exchange_get_body (exchange);

  count (data, exchange);
  body = g_utf8_make_valid (g_bytes_get_data (bytes, NULL), (gssize) MIN (g_bytes_get_size (bytes), 1000));
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "method", leyden_http_exchange_get_method (exchange));
  leyden_value_builder_set_string (&b, "path", leyden_http_exchange_get_path (exchange));
  leyden_value_builder_set_string (&b, "id", leyden_http_exchange_get_param (exchange, "id"));
  leyden_value_builder_set_string (&b, "rest", leyden_http_exchange_get_param (exchange, "path"));
  leyden_value_builder_set_string (&b, "q", leyden_http_exchange_get_query (exchange, "q"));
  leyden_value_builder_set_int (&b, "n_q", leyden_http_exchange_get_n_query (exchange, "q"));
  leyden_value_builder_set_string (&b, "q2", leyden_http_exchange_get_query_nth (exchange, "q", 1));
  leyden_value_builder_set_string (&b, "header", leyden_http_exchange_get_header (exchange, "X-Test"));
  leyden_value_builder_set_int (&b, "length", (gint64) g_bytes_get_size (bytes));
  leyden_value_builder_set_string (&b, "body", body);
  leyden_value_builder_set_string (&b, "sha256", leyden_http_exchange_get_spool_sha256 (exchange));
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_http_exchange_add_header (exchange, "X-Answer", "one\r\nX-Injected: two");
  leyden_http_exchange_respond_json (exchange, 200, value);
}

static void
ok_handler (LeydenHttpExchange *exchange,
            gpointer            data)
{
  g_autoptr(GBytes) body = g_bytes_new_static ("ok", 2);

  count (data, exchange);
  leyden_http_exchange_respond (exchange, 200, "text/plain", body);
}

static void
forget_handler (LeydenHttpExchange *exchange,
                gpointer            data)
{
  count (data, exchange);
}

static gpointer
answer_later (gpointer data)
{
  g_autoptr(LeydenHttpExchange) exchange = data;

  g_usleep (20 * 1000);
  leyden_http_exchange_respond_error (exchange, 409, "late\nanswer of %s", leyden_http_exchange_get_path (exchange));
  return NULL;
}

static void
later_handler (LeydenHttpExchange *exchange,
               gpointer            data)
{
  count (data, exchange);
  g_thread_unref (g_thread_new ("late", answer_later, leyden_http_exchange_ref (exchange)));
}

static void
empty_handler (LeydenHttpExchange *exchange,
               gpointer            data)
{
  count (data, exchange);
  leyden_http_exchange_respond (exchange, 204, NULL, NULL);
}

static void
file_handler (LeydenHttpExchange *exchange,
              gpointer            data)
{
  HttpFixture *self = data;
  g_autofree char *path = g_build_filename (self->folder, leyden_http_exchange_get_param (exchange, "path"), NULL);

  count (data, exchange);
  leyden_http_exchange_respond_file (exchange, 200, "application/octet-stream", path);
}

static void
closed_cb (LeydenHttpStream *stream,
           gpointer          data)
{
  HttpFixture *self = data;

  g_atomic_int_inc (&self->n_closed);
  leyden_http_stream_unref (stream);
}

/* One event, then silence until the client leaves. */
static void
events_handler (LeydenHttpExchange *exchange,
                gpointer            data)
{
  LeydenHttpStream *stream = leyden_http_exchange_respond_stream (exchange, 200, "text/event-stream");

  count (data, exchange);
  leyden_http_stream_set_closed_cb (stream, closed_cb, data);
  leyden_http_stream_write_event (stream, "7", "hello", "one\ntwo\r\nthree", -1);
}

typedef struct
{
  LeydenHttpStream *stream;
  guint n_left;
} Writing;

static gpointer
write_chunks (gpointer data)
{
  Writing *writing = data;
  g_autofree char *block = g_malloc (64 * 1024);
  g_autoptr(GBytes) bytes = NULL;

  memset (block, 'x', 64 * 1024);
  bytes = g_bytes_new (block, 64 * 1024);
  while (writing->n_left > 0 && leyden_http_stream_write (writing->stream, bytes))
    {
      writing->n_left--;
      while (leyden_http_stream_get_pending (writing->stream) > 1024 * 1024)
        g_usleep (500);
    }
  leyden_http_stream_close (writing->stream);
  leyden_http_stream_unref (writing->stream);
  g_free (writing);
  return NULL;
}

/* ?q=N blocks of 64 KiB from another thread, that waits for the client. */
static void
chunks_handler (LeydenHttpExchange *exchange,
                gpointer            data)
{
  Writing *writing = g_new0 (Writing, 1);

  count (data, exchange);
  writing->n_left = (guint) g_ascii_strtoull (leyden_http_exchange_get_query (exchange, "q"), NULL, 10);
  writing->stream = leyden_http_exchange_respond_stream (exchange, 200, "application/octet-stream");
  g_thread_unref (g_thread_new ("chunks", write_chunks, writing));
}

/* Writes without asking whether anybody reads: 64 MiB at most, and answers how much was taken by closing. */
static void
flood_handler (LeydenHttpExchange *exchange,
               gpointer            data)
{
  g_autoptr(LeydenHttpStream) stream = leyden_http_exchange_respond_stream (exchange, 200, "application/octet-stream");
  g_autofree char *block = g_malloc0 (1024 * 1024);
  g_autoptr(GBytes) bytes = g_bytes_new (block, 1024 * 1024);
  HttpFixture *self = data;

  count (data, exchange);
  for (guint i = 0; i < 64; i++)
    {
      if (!leyden_http_stream_write (stream, bytes))
        {
          g_atomic_int_inc (&self->n_closed);
          return;
        }
    }
}

static void
add_routes (HttpFixture *self)
{
  LeydenHttpServer *server = self->server;
  const guint64 small = 8 * 1024;

  leyden_http_server_add_route (server, "GET", "/healthz", LEYDEN_HTTP_ROUTE_OPEN, 0, ok_handler, self);
  leyden_http_server_add_route (server, "GET", "/leyden/v1/things/{id}", 0, 0, echo_handler, self);
  leyden_http_server_add_route (server, "DELETE", "/leyden/v1/things/{id}", 0, 0, empty_handler, self);
  leyden_http_server_add_route (server, "PATCH", "/leyden/v1/things/{id}", LEYDEN_HTTP_ROUTE_JSON, small, echo_handler, self);
  leyden_http_server_add_route (server, "POST", "/leyden/v1/things", LEYDEN_HTTP_ROUTE_JSON, small, echo_handler, self);
  leyden_http_server_add_route (server, "POST", "/leyden/v1/things/{id}/events", LEYDEN_HTTP_ROUTE_JSON, small, echo_handler, self);
  leyden_http_server_add_route (server, "GET", "/leyden/v1/things/special", 0, 0, ok_handler, self);
  leyden_http_server_add_route (server, "POST", "/api/things", LEYDEN_HTTP_ROUTE_JSON, small, echo_handler, self);
  leyden_http_server_add_route (server, "POST", "/form", LEYDEN_HTTP_ROUTE_FORMS_OK, small, echo_handler, self);
  leyden_http_server_add_route (server, "POST", "/plain", LEYDEN_HTTP_ROUTE_DEFAULT, small, echo_handler, self);
  leyden_http_server_add_route (server, "POST", "/big", LEYDEN_HTTP_ROUTE_JSON, 64 * 1024 * 1024, echo_handler, self);
  leyden_http_server_add_route (server, "PUT", "/blobs/{id}", LEYDEN_HTTP_ROUTE_SPOOL, G_GUINT64_CONSTANT (1) << 32,
                                echo_handler, self);
  leyden_http_server_add_route (server, "PUT", "/small-blobs/{id}", LEYDEN_HTTP_ROUTE_SPOOL, 1000, echo_handler, self);
  leyden_http_server_add_route (server, "GET", "/files/{path...}", 0, 0, file_handler, self);
  leyden_http_server_add_route (server, "GET", "/rest/{path...}", 0, 0, echo_handler, self);
  leyden_http_server_add_route (server, "GET", "/forget", 0, 0, forget_handler, self);
  leyden_http_server_add_route (server, "GET", "/later/{id}", 0, 0, later_handler, self);
  leyden_http_server_add_route (server, "GET", "/events", 0, 0, events_handler, self);
  leyden_http_server_add_route (server, "GET", "/chunks", 0, 0, chunks_handler, self);
  leyden_http_server_add_route (server, "GET", "/flood", 0, 0, flood_handler, self);
}

typedef struct
{
  HttpFixture *fixture;
  void (*configure) (LeydenHttpServer *server);
  guint grace_ms;
  gboolean done;
} Call;

static gboolean
start_in_thread (gpointer data)
{
  Call *call = data;
  HttpFixture *self = call->fixture;
  g_autoptr(GError) error = NULL;

  self->server = leyden_http_server_new ();
  leyden_http_server_set_authorize (self->server, authorize, NULL, NULL);
  leyden_http_server_set_spool_folder (self->server, self->folder);
  add_routes (self);
  if (call->configure != NULL)
    call->configure (self->server);
  leyden_http_server_start (self->server, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  self->port = leyden_http_server_get_port (self->server);
  g_atomic_int_set (&call->done, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
stop_in_thread (gpointer data)
{
  Call *call = data;

  leyden_http_server_stop (call->fixture->server, call->grace_ms);
  g_assert_finalize_object (call->fixture->server);
  g_main_loop_quit (call->fixture->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
thread_main (gpointer data)
{
  HttpFixture *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

void
http_fixture_start (HttpFixture *self,
                    void       (*configure) (LeydenHttpServer *server))
{
  g_autoptr(GError) error = NULL;
  Call call = { self, configure, 0, FALSE };

  memset (self, 0, sizeof *self);
  self->folder = g_dir_make_tmp ("leyden-http-XXXXXX", &error);
  g_assert_no_error (error);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("handlers", thread_main, self);
  g_main_context_invoke (self->context, start_in_thread, &call);
  while (!g_atomic_int_get (&call.done))
    g_usleep (500);
}

static void
remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      g_unlink (child);
    }
  g_rmdir (path);
}

void
http_fixture_stop_slowly (HttpFixture *self,
                          guint        grace_ms)
{
  Call call = { self, NULL, grace_ms, FALSE };

  g_main_context_invoke (self->context, stop_in_thread, &call);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  remove_folder (self->folder);
  g_free (self->folder);
}

void
http_fixture_stop (HttpFixture *self)
{
  http_fixture_stop_slowly (self, 0);
}

int
http_connect (HttpFixture *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = GUINT16_TO_BE (self->port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = GUINT32_TO_BE (INADDR_LOOPBACK);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

gboolean
http_try_send (int         fd,
               const char *bytes,
               gsize       length)
{
  while (length > 0)
    {
      ssize_t n = send (fd, bytes, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      bytes += n;
      length -= (gsize) n;
    }
  return TRUE;
}

void
http_send (int         fd,
           const char *bytes,
           gssize      length)
{
  g_assert_true (http_try_send (fd, bytes, length < 0 ? strlen (bytes) : (gsize) length));
}

static gboolean
wait_readable (int   fd,
               guint timeout_ms)
{
  struct pollfd poll_fd = { fd, POLLIN, 0 };
  int n;

  do
    n = poll (&poll_fd, 1, (int) timeout_ms);
  while (n < 0 && errno == EINTR);
  return n > 0;
}

char *
http_read_all (int       fd,
               gsize     n_max,
               guint     timeout_ms,
               gboolean *timed_out)
{
  GString *text = g_string_new (NULL);
  char buffer[16384];

  if (timed_out != NULL)
    *timed_out = FALSE;
  while (text->len < n_max)
    {
      ssize_t n;

      /* The first byte may take its time on a busy machine; silence after it is what was asked about. */
      if (!wait_readable (fd, text->len == 0 ? MAX (timeout_ms, FIRST_BYTE_MS) : timeout_ms))
        {
          if (timed_out != NULL)
            *timed_out = TRUE;
          break;
        }
      n = recv (fd, buffer, MIN (sizeof buffer, n_max - text->len), 0);
      if (n <= 0)
        break;
      g_string_append_len (text, buffer, n);
    }
  return g_string_free (text, FALSE);
}

static gsize
announced_length (const char *head)
{
  g_autofree char *lower = g_ascii_strdown (head, -1);
  const char *field = strstr (lower, "\r\ncontent-length:");

  return field != NULL ? (gsize) g_ascii_strtoull (field + 17, NULL, 10) : 0;
}

char *
http_read_answer (int fd)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gsize wanted = G_MAXSIZE;

  while (text->len < wanted)
    {
      char byte[4096];
      gsize max = wanted == G_MAXSIZE ? 1 : MIN (sizeof byte, wanted - text->len);
      ssize_t n;

      if (!wait_readable (fd, 10000) || (n = recv (fd, byte, max, 0)) <= 0)
        return NULL;
      g_string_append_len (text, byte, n);
      if (wanted == G_MAXSIZE && g_str_has_suffix (text->str, "\r\n\r\n"))
        {
          guint status = http_status (text->str);
          wanted = text->len + (status == 204 || status == 100 ? 0 : announced_length (text->str));
        }
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

guint
http_status (const char *answer)
{
  if (answer == NULL || !g_str_has_prefix (answer, "HTTP/1.1 "))
    return 0;
  return (guint) g_ascii_strtoull (answer + 9, NULL, 10);
}

char *
http_raw_bytes (HttpFixture *self,
                const char  *request,
                gsize        length)
{
  int fd = http_connect (self);
  char *answer;

  http_try_send (fd, request, length);
  answer = http_read_all (fd, G_MAXSIZE, 700, NULL);
  close (fd);
  return answer;
}

char *
http_raw (HttpFixture *self,
          const char  *request)
{
  g_auto(GStrv) parts = g_strsplit (request, "@@", -1);
  g_autofree char *common = g_strdup_printf ("Host: 127.0.0.1:%u\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n", self->port);
  g_autofree char *text = g_strjoinv (common, parts);

  return http_raw_bytes (self, text, strlen (text));
}

char *
http_get (HttpFixture *self,
          const char  *path)
{
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\n@@Connection: close\r\n\r\n", path);

  return http_raw (self, request);
}

guint
http_count (const char *text,
            const char *part)
{
  guint n = 0;

  for (const char *p = text; (p = strstr (p, part)) != NULL; p += strlen (part))
    n++;
  return n;
}

guint
http_count_descriptors (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

guint64
http_resident_kib (void)
{
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, "VmRSS:");
  return line != NULL ? g_ascii_strtoull (line + 6, NULL, 10) : 0;
}
