/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the server does for clients that behave. */
#include "http-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_up (HttpFixture  *fixture,
        gconstpointer data)
{
  http_fixture_start (fixture, (void (*) (LeydenHttpServer *)) data);
}

static void
tear_down (HttpFixture  *fixture,
           gconstpointer data)
{
  http_fixture_stop (fixture);
}

static void
assert_has (const char *answer,
            const char *part)
{
  if (strstr (answer, part) == NULL)
    g_error ("“%s” is not in: %s", part, answer);
}

static void
test_get (HttpFixture  *fixture,
          gconstpointer data)
{
  g_autofree char *answer = http_get (fixture, "/leyden/v1/things/a%2Fb%25?q=1+2&q=%C3%A4&other");

  g_assert_cmpuint (http_status (answer), ==, 200);
  assert_has (answer, "\"id\":\"a/b%\"");
  assert_has (answer, "\"path\":\"/leyden/v1/things/a%2Fb%25\"");
  assert_has (answer, "\"q\":\"1 2\",\"n_q\":2,\"q2\":\"ä\"");
  assert_has (answer, "Content-Type: application/json\r\n");
  assert_has (answer, "X-Content-Type-Options: nosniff\r\n");
  assert_has (answer, "X-Answer: one  X-Injected: two\r\n");
  g_assert_null (strstr (answer, "Access-Control"));
}

static void
test_post (HttpFixture  *fixture,
           gconstpointer data)
{
  g_autofree char *answer = NULL;
  g_autofree char *chunked = NULL;

  answer = http_raw (fixture, "POST /leyden/v1/things HTTP/1.1\r\n@@Content-Type: application/json; charset=UTF-8\r\n"
                              "X-test: yes\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"a\":1}");
  g_assert_cmpuint (http_status (answer), ==, 200);
  assert_has (answer, "\"body\":\"{\\\"a\\\":1}\"");
  assert_has (answer, "\"header\":\"yes\"");
  chunked = http_raw (fixture, "POST /leyden/v1/things HTTP/1.1\r\n@@Content-Type: application/vnd.x+json\r\n"
                               "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n");
  g_assert_cmpuint (http_status (chunked), ==, 200);
  assert_has (chunked, "\"length\":7");
}

static void
test_routes (HttpFixture  *fixture,
             gconstpointer data)
{
  static const struct { const char *path; guint status; const char *part; } cases[] = {
    { "/leyden/v1/things/special", 200, "\r\n\r\nok" },
    { "/leyden/v1/things/other", 200, "\"id\":\"other\"" },
    { "/leyden/v1/things", 405, "Allow: POST\r\n" },
    { "/leyden/v1/things/", 404, "{\"detail\":\"Not Found\"}" },
    { "/leyden/v1/things/x/events", 405, "Allow: POST\r\n" },
    { "/leyden/v1/things/x%2Fevents", 200, "\"id\":\"x/events\"" },
    { "/rest/a/b%20c", 200, "\"rest\":\"a/b c\"" },
    { "/rest/a%2Fb", 404, "Not Found" },
    { "/rest/a/../b", 404, "Not Found" },
    { "/rest/a/%2e%2e/b", 404, "Not Found" },
    { "/rest/", 404, "Not Found" },
    { "/rest/a/b/", 200, "\"rest\":\"a/b/\"" },
    { "/rest/a//b", 404, "Not Found" },
    { "/", 404, "Not Found" },
    { "/healthz?q=1", 200, "\r\n\r\nok" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = http_get (fixture, cases[i].path);

      g_test_message ("%s", cases[i].path);
      g_assert_cmpuint (http_status (answer), ==, cases[i].status);
      assert_has (answer, cases[i].part);
    }
}

static void
test_head (HttpFixture  *fixture,
           gconstpointer data)
{
  g_autofree char *answer = http_raw (fixture, "HEAD /healthz HTTP/1.1\r\n@@Connection: close\r\n\r\n");
  g_autofree char *stream = http_raw (fixture, "HEAD /events HTTP/1.1\r\n@@Connection: close\r\n\r\n");

  g_assert_cmpuint (http_status (answer), ==, 200);
  assert_has (answer, "Content-Length: 2\r\n");
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\n"));
  g_assert_cmpuint (http_status (stream), ==, 200);
  g_assert_true (g_str_has_suffix (stream, "\r\n\r\n"));
}

static void
test_answers (HttpFixture  *fixture,
              gconstpointer data)
{
  g_autofree char *forgotten = http_get (fixture, "/forget");
  g_autofree char *late = http_get (fixture, "/later/x");
  g_autofree char *empty = NULL;

  g_assert_cmpuint (http_status (forgotten), ==, 500);
  g_assert_cmpuint (http_status (late), ==, 409);
  assert_has (late, "{\"detail\":\"late");
  g_assert_cmpuint (http_count (late, "\n"), ==, http_count (late, "\r\n"));
  empty = http_raw (fixture, "DELETE /leyden/v1/things/x HTTP/1.1\r\n@@Connection: close\r\n\r\n");
  g_assert_cmpuint (http_status (empty), ==, 204);
  g_assert_true (g_str_has_suffix (empty, "\r\n\r\n"));
}

static void
test_keep_alive (HttpFixture  *fixture,
                 gconstpointer data)
{
  int fd = http_connect (fixture);
  g_autofree char *request = g_strdup_printf ("GET /later/x HTTP/1.1\r\nHost: localhost:%u\r\n"
                                              "X-API-Key: " HTTP_FIXTURE_KEY "\r\n\r\n", fixture->port);

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *answer = NULL;

      http_send (fd, request, -1);
      answer = http_read_answer (fd);
      g_assert_cmpuint (http_status (answer), ==, 409);
    }
  g_assert_cmpuint (leyden_http_server_get_n_connections (fixture->server), ==, 1);
  close (fd);
}

static void
test_file (HttpFixture  *fixture,
           gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a", NULL);
  g_autofree char *nothing = g_build_filename (fixture->folder, "nothing", NULL);
  g_autofree char *contents = g_strnfill (200000, 'f');
  g_autofree char *answer = NULL;
  g_autofree char *missing = NULL;
  g_autofree char *empty = NULL;

  g_assert_true (g_file_set_contents (path, contents, 200000, NULL));
  g_assert_true (g_file_set_contents (nothing, "", 0, NULL));
  answer = http_get (fixture, "/files/a");
  g_assert_cmpuint (http_status (answer), ==, 200);
  assert_has (answer, "Content-Length: 200000\r\n");
  g_assert_true (g_str_has_suffix (answer, contents));
  empty = http_get (fixture, "/files/nothing");
  g_assert_cmpuint (http_status (empty), ==, 200);
  assert_has (empty, "Content-Length: 0\r\n");
  missing = http_get (fixture, "/files/b");
  g_assert_cmpuint (http_status (missing), ==, 404);
}

static guint
count_files (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
wait_for_no_files (const char *folder)
{
  for (guint i = 0; i < 200 && count_files (folder) > 0; i++)
    g_usleep (10 * 1000);
  g_assert_cmpuint (count_files (folder), ==, 0);
}

static void
test_spool (HttpFixture  *fixture,
            gconstpointer data)
{
  const gsize length = 3 * 1024 * 1024;
  g_autofree char *contents = g_strnfill (length, 's');
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) contents, length);
  g_autofree char *head = g_strdup_printf ("PUT /blobs/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY
                                           "\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n", length);
  g_autofree char *answer = NULL;
  g_autofree char *large = NULL;
  int fd = http_connect (fixture);

  http_send (fd, head, -1);
  http_send (fd, contents, (gssize) length);
  answer = http_read_answer (fd);
  close (fd);
  g_assert_cmpuint (http_status (answer), ==, 200);
  assert_has (answer, sha256);
  wait_for_no_files (fixture->folder);

  /* Hang up half-way: the file goes too. */
  fd = http_connect (fixture);
  http_send (fd, head, -1);
  http_send (fd, contents, 100000);
  for (guint i = 0; i < 200 && count_files (fixture->folder) == 0; i++)
    g_usleep (10 * 1000);
  g_assert_cmpuint (count_files (fixture->folder), ==, 1);
  close (fd);
  wait_for_no_files (fixture->folder);
  g_assert_cmpint (g_atomic_int_get (&fixture->n_handled), ==, 1);

  /* One byte more than the route takes, in chunks. */
  fd = http_connect (fixture);
  http_send (fd, "PUT /small-blobs/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY
                 "\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", -1);
  http_send (fd, contents, 1001);
  large = http_read_all (fd, G_MAXSIZE, 2000, NULL);
  close (fd);
  g_assert_cmpuint (http_status (large), ==, 413);
  wait_for_no_files (fixture->folder);
}

static void
short_heartbeat (LeydenHttpServer *server)
{
  leyden_http_server_set_heartbeat (server, 50);
}

static void
wait_for (int *value,
          int  wanted)
{
  for (guint i = 0; i < 500 && g_atomic_int_get (value) < wanted; i++)
    g_usleep (10 * 1000);
  g_assert_cmpint (g_atomic_int_get (value), ==, wanted);
}

static void
test_events (HttpFixture  *fixture,
             gconstpointer data)
{
  int fd = http_connect (fixture);
  g_autofree char *text = NULL;

  http_send (fd, "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n\r\n", -1);
  text = http_read_all (fd, 380, 5000, NULL);
  assert_has (text, "Transfer-Encoding: chunked\r\n");
  assert_has (text, "id: 7\nevent: hello\ndata: one\ndata: two\ndata: three\n\n");
  assert_has (text, ": keep-alive\n\n");
  close (fd);
  wait_for (&fixture->n_closed, 1);
}

/* Long before the first heartbeat. */
static void
test_events_left (HttpFixture  *fixture,
                  gconstpointer data)
{
  int fd = http_connect (fixture);
  gint64 start_us = g_get_monotonic_time ();
  g_autofree char *text = NULL;

  http_send (fd, "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n\r\n", -1);
  text = http_read_all (fd, 200, 1000, NULL);
  close (fd);
  wait_for (&fixture->n_closed, 1);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 14 * G_USEC_PER_SEC);
}

static void
test_chunks (HttpFixture  *fixture,
             gconstpointer data)
{
  g_autofree char *text = http_get (fixture, "/chunks?q=200");

  g_assert_cmpuint (http_status (text), ==, 200);
  g_assert_cmpuint (strlen (text), >, 200 * 64 * 1024);
  g_assert_true (g_str_has_suffix (text, "\r\n0\r\n\r\n"));
}

static void
test_flood (HttpFixture  *fixture,
            gconstpointer data)
{
  int fd = http_connect (fixture);

  http_send (fd, "GET /flood HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n\r\n", -1);
  wait_for (&fixture->n_closed, 1);
  close (fd);
}

/* The stop ends streams, and lets the answer of a slow handler out. */
static void
test_stop (void)
{
  HttpFixture fixture;
  g_autofree char *stream = NULL;
  g_autofree char *late = NULL;
  int stream_fd, late_fd, idle_fd;

  http_fixture_start (&fixture, NULL);
  stream_fd = http_connect (&fixture);
  late_fd = http_connect (&fixture);
  idle_fd = http_connect (&fixture);
  http_send (stream_fd, "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n\r\n", -1);
  http_send (late_fd, "GET /later/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n\r\n", -1);
  wait_for (&fixture.n_handled, 2);
  http_fixture_stop_slowly (&fixture, 5000);
  g_assert_cmpint (fixture.n_closed, ==, 1);
  stream = http_read_all (stream_fd, G_MAXSIZE, 1000, NULL);
  g_assert_true (g_str_has_suffix (stream, "\r\n0\r\n\r\n"));
  late = http_read_all (late_fd, G_MAXSIZE, 1000, NULL);
  g_assert_cmpuint (http_status (late), ==, 409);
  close (stream_fd);
  close (late_fd);
  close (idle_fd);
}

static void
test_stop_at_once (void)
{
  HttpFixture fixture;
  int fds[20];

  http_fixture_start (&fixture, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = http_connect (&fixture);
      http_send (fds[i], i % 2 == 0 ? "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n\r\n"
                                    : "GET /later/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\n\r\n", -1);
    }
  wait_for (&fixture.n_handled, G_N_ELEMENTS (fds));
  http_fixture_stop (&fixture);
  g_assert_cmpint (fixture.n_closed, ==, G_N_ELEMENTS (fds) / 2);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  g_usleep (50 * 1000);         /* late answers of an ended server */
}

static void
test_start_errors (void)
{
  static const struct { const char *address; LeydenHttpServerError code; } cases[] = {
    { "example.org", LEYDEN_HTTP_SERVER_ERROR_ADDRESS },
    { "127.0.0.1:80", LEYDEN_HTTP_SERVER_ERROR_ADDRESS },
    { "", LEYDEN_HTTP_SERVER_ERROR_ADDRESS },
    { "192.0.2.1", LEYDEN_HTTP_SERVER_ERROR_ADDRESS },
  };
  HttpFixture fixture;
  g_autoptr(LeydenHttpServer) second = leyden_http_server_new ();
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenHttpServer) server = leyden_http_server_new ();
      g_autoptr(GError) local_error = NULL;

      g_assert_false (leyden_http_server_start (server, cases[i].address, 0, &local_error));
      g_assert_error (local_error, LEYDEN_HTTP_SERVER_ERROR, (int) cases[i].code);
    }
  http_fixture_start (&fixture, NULL);
  g_assert_false (leyden_http_server_start (second, "127.0.0.1", fixture.port, &error));
  g_assert_error (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_IN_USE);
  http_fixture_stop (&fixture);
}

static void
use_tls (LeydenHttpServer *server)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "http", "certificates", "self-signed.pem", NULL);
  g_autofree char *pem = NULL;

  g_assert_true (g_file_get_contents (file, &pem, NULL, NULL));
  leyden_http_server_set_tls (server, pem, pem);
}

static gboolean
accept_cb (GTlsConnection      *connection,
           GTlsCertificate     *certificate,
           GTlsCertificateFlags flags,
           gpointer             data)
{
  return TRUE;
}

static char *
exchange_tls (HttpFixture *fixture,
              const char  *request)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) socket = NULL;
  g_autoptr(GIOStream) tls = NULL;
  g_autoptr(GError) error = NULL;
  GString *answer = g_string_new (NULL);
  char buffer[1024];
  gssize n;

  socket = g_socket_client_connect_to_host (client, "127.0.0.1", fixture->port, NULL, &error);
  g_assert_no_error (error);
  tls = g_tls_client_connection_new (G_IO_STREAM (socket), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_cb), NULL);
  g_output_stream_write_all (g_io_stream_get_output_stream (tls), request, strlen (request), NULL, NULL, &error);
  g_assert_no_error (error);
  while ((n = g_input_stream_read (g_io_stream_get_input_stream (tls), buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, n);
  return g_string_free (answer, FALSE);
}

static void
test_tls (HttpFixture  *fixture,
          gconstpointer data)
{
  g_autofree char *answer = NULL;
  g_autofree char *stream = NULL;
  g_autofree char *plain = NULL;

  answer = exchange_tls (fixture, "GET /later/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\nConnection: close\r\n\r\n");
  g_assert_cmpuint (http_status (answer), ==, 409);
  stream = exchange_tls (fixture, "GET /chunks?q=30 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " HTTP_FIXTURE_KEY "\r\nConnection: close\r\n\r\n");
  g_assert_cmpuint (strlen (stream), >, 30 * 64 * 1024);
  plain = http_get (fixture, "/healthz");
  g_assert_cmpuint (http_status (plain), ==, 0);
}

static void
test_tls_unusable (void)
{
  g_autoptr(LeydenHttpServer) server = leyden_http_server_new ();
  g_autoptr(GError) error = NULL;

  leyden_http_server_set_tls (server, "not a certificate", "nor a key");
  g_assert_false (leyden_http_server_start (server, "127.0.0.1", 0, &error));
  g_assert_error (error, LEYDEN_HTTP_SERVER_ERROR, LEYDEN_HTTP_SERVER_ERROR_FAILED);
}

static void
test_ipv6 (void)
{
  g_autoptr(LeydenHttpServer) server = leyden_http_server_new ();
  g_autoptr(GError) error = NULL;

  if (!leyden_http_server_start (server, "::1", 0, &error))
    {
      g_test_skip (error->message);
      return;
    }
  g_assert_cmpuint (leyden_http_server_get_port (server), >, 0);
  leyden_http_server_stop (server, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/server/get", HttpFixture, NULL, set_up, test_get, tear_down);
  g_test_add ("/server/post", HttpFixture, NULL, set_up, test_post, tear_down);
  g_test_add ("/server/routes", HttpFixture, NULL, set_up, test_routes, tear_down);
  g_test_add ("/server/head", HttpFixture, NULL, set_up, test_head, tear_down);
  g_test_add ("/server/answers", HttpFixture, NULL, set_up, test_answers, tear_down);
  g_test_add ("/server/keep-alive", HttpFixture, NULL, set_up, test_keep_alive, tear_down);
  g_test_add ("/server/file", HttpFixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/server/spool", HttpFixture, NULL, set_up, test_spool, tear_down);
  g_test_add ("/server/events", HttpFixture, short_heartbeat, set_up, test_events, tear_down);
  g_test_add ("/server/events/left", HttpFixture, NULL, set_up, test_events_left, tear_down);
  g_test_add ("/server/chunks", HttpFixture, NULL, set_up, test_chunks, tear_down);
  g_test_add ("/server/flood", HttpFixture, NULL, set_up, test_flood, tear_down);
  g_test_add_func ("/server/stop", test_stop);
  g_test_add_func ("/server/stop/at-once", test_stop_at_once);
  g_test_add_func ("/server/start/errors", test_start_errors);
  g_test_add_func ("/server/start/ipv6", test_ipv6);
  if (g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    g_test_add ("/server/tls", HttpFixture, use_tls, set_up, test_tls, tear_down);
  g_test_add_func ("/server/tls/unusable", test_tls_unusable);
  return g_test_run ();
}
