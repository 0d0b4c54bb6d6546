/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client against a server that misbehaves; streams have a file of their own. */
#include "leyden-http-client-private.h"
#include "client-fixture.h"

#include <string.h>
#include <unistd.h>

#include "leyden-json.h"

static void
test_ok (Fixture      *fixture,
         gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "POST", "/ok");
  g_autoptr(LeydenValue) value = leyden_json_parse ("{\"a\":[1]}", -1, NULL, NULL);
  g_autofree char *asked = NULL;

  misbehaving_server_add_answer (fixture->server, "/ok", 201, "Content-Type: Application/JSON; charset=utf-8\r\nX-A: b\r\n", "{}");
  leyden_http_request_set_json (request, value);
  leyden_http_request_set_header (request, "X-Leyden-Seed", "7");
  leyden_http_request_set_header (request, "x-leyden-seed", "8");
  client_run (fixture, request, NULL);
  client_assert_body (fixture, "{}");
  g_assert_cmpuint (leyden_http_request_get_status (request), ==, 201);
  g_assert_cmpstr (leyden_http_request_get_content_type (request), ==, "application/json");
  g_assert_cmpstr (leyden_http_request_get_response_header (request, "x-a"), ==, "b");
  asked = misbehaving_server_dup_request (fixture->server, 0);
  g_assert_true (g_str_has_prefix (asked, "POST /ok HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (asked, "Authorization: Bearer " KEY "\r\n"));
  g_assert_nonnull (strstr (asked, "Content-Type: application/json\r\n"));
  g_assert_nonnull (strstr (asked, ": 8\r\n"));
  g_assert_null (strstr (asked, ": 7\r\n"));
  g_assert_true (g_str_has_suffix (asked, "\r\n\r\n{\"a\":[1]}"));
}

static void
test_statuses (Fixture      *fixture,
               gconstpointer data)
{
  static const guint statuses[] = { 204, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 529 };

  leyden_http_client_set_limits (fixture->client, 64, 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autofree char *path = g_strdup_printf ("/%u", statuses[i]);
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", path);

      misbehaving_server_add_answer (fixture->server, path, statuses[i],
                                     "WWW-Authenticate: Basic realm=\"x\"\r\n", statuses[i] == 204 ? "" : "why");
      client_run (fixture, request, NULL);
      client_assert_body (fixture, statuses[i] == 204 ? "" : "why");
      g_assert_cmpuint (leyden_http_request_get_status (request), ==, statuses[i]);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->server), ==, G_N_ELEMENTS (statuses));
}

static void
test_uris (Fixture      *fixture,
           gconstpointer data)
{
  static const char * const uris[] = {
    "file:///etc/passwd", "javascript:alert(1)", "", "http://", "ftp://127.0.0.1/", "http://user:pw@127.0.0.1/",
    "http://user@127.0.0.1/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http:///path", "127.0.0.1:80",
    "http://127.0.0.1:99999/", "http://[::1/",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uris[i]);

      client_run (fixture, request, NULL);
      g_test_message ("%s", uris[i]);
      client_assert_error (fixture, LEYDEN_HTTP_ERROR_URI, "");
      g_assert_null (strstr (fixture->error->message, "pw"));
    }
}

static void
test_k07 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { const char *name; const char *value; } cases[] = {
    { "X-A", "b\r\nX-C: d" }, { "X-A", "b\nc" }, { "X-A\r\nX-C", "d" }, { "", "d" }, { "X A", "d" }, { "X-A:", "d" }, { "X-A", "\033[31m" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/x");

      leyden_http_request_set_header (request, cases[i].name, cases[i].value);
      client_run (fixture, request, NULL);
      g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->server), ==, 0);
}

static void
test_connect (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) refused = leyden_http_request_new ("GET", "http://127.0.0.1:1/");
  g_autoptr(LeydenHttpRequest) unknown = leyden_http_request_new ("GET", "http://no-such-host.invalid/");

  client_run (fixture, refused, NULL);
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_CONNECT, "127.0.0.1 port 1");
  client_run (fixture, unknown, NULL);
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_CONNECT, "no-such-host.invalid port 80");
}

/* libsoup 3.2 takes the end of a connection between two chunks for the end of the body. */
static gboolean
soup_reports_cut_chunks (void)
{
  return soup_check_version (3, 6, 0);
}

static void
test_l18 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { const char *path; const char *bytes; MisbehavingEnd end; gboolean only_new; } cases[] = {
    { "/short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", MISBEHAVE_CLOSE },
    { "/reset", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", MISBEHAVE_RESET },
    { "/chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", MISBEHAVE_CLOSE, TRUE },
    { "/chunk2", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n12345", MISBEHAVE_CLOSE },
    { "/head", "HTTP/1.1 200 OK\r\nContent-Le", MISBEHAVE_CLOSE },
    { "/nothing", "", MISBEHAVE_CLOSE },
    { "/reset-at-once", "", MISBEHAVE_RESET },
    { "/garbage", "\026\003\001\002\000\001 not http at all\r\n\r\n", MISBEHAVE_CLOSE },
  };

  leyden_http_client_set_limits (fixture->client, 64, 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenHttpRequest) post = client_request_new (fixture, "POST", cases[i].path);

      if (cases[i].only_new && !soup_reports_cut_chunks ())
        continue;
      g_test_message ("%s", cases[i].path);
      misbehaving_server_add_raw (fixture->server, cases[i].path, cases[i].bytes, -1, 0, 0, cases[i].end);
      client_get (fixture, cases[i].path);
      client_assert_error (fixture, LEYDEN_HTTP_ERROR_BROKEN, "127.0.0.1 port");
      /* A POST is not sent twice. */
      leyden_http_request_set_retry (post, 3, FALSE);
      client_run (fixture, post, NULL);
      client_assert_error (fixture, LEYDEN_HTTP_ERROR_BROKEN, "127.0.0.1 port");
      g_assert_cmpuint (fixture->n_retries, ==, 0);
    }
  /* Bytes after the announced ones belong to nobody. */
  misbehaving_server_add_raw (fixture->server, "/long", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n12345", -1, 0, 0, MISBEHAVE_KEEP);
  for (guint i = 0; i < 3; i++)
    {
      client_get (fixture, "/long");
      client_assert_body (fixture, "12");
    }
}

static void
test_l18_retried (Fixture      *fixture,
                  gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "POST", "/x");

  misbehaving_server_add_raw (fixture->server, "/x", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", -1, 0, 0, MISBEHAVE_CLOSE);
  misbehaving_server_add_answer (fixture->server, "/x", 200, NULL, "whole");
  leyden_http_request_set_retry (request, 3, TRUE);
  client_run (fixture, request, NULL);
  client_assert_body (fixture, "whole");
  g_assert_cmpuint (fixture->n_retries, ==, 1);
}

static void
test_l15 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { guint status; const char *after; guint least_ms; guint most_ms; } cases[] = {
    { 429, "", 0, 500 },
    { 429, "Retry-After: -1\r\n", 0, 500 },
    { 503, "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 0, 500 },
    { 500, "Retry-After: 0\r\n", 0, 500 },
    { 408, "Retry-After: tomorrow\r\n", 0, 500 },
    { 529, "Retry-After: 1\r\n", 1000, 1000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/%u", (guint) i);
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", path);

      misbehaving_server_add_answer (fixture->server, path, cases[i].status, cases[i].after, "no");
      misbehaving_server_add_answer (fixture->server, path, 200, NULL, "yes");
      leyden_http_request_set_retry (request, 2, FALSE);
      client_run (fixture, request, NULL);
      client_assert_body (fixture, "yes");
      g_assert_cmpuint (fixture->n_retries, ==, 1);
      g_assert_cmpuint (fixture->last_delay_ms, >=, cases[i].least_ms);
      g_assert_cmpuint (fixture->last_delay_ms, <=, cases[i].most_ms);
    }
}

/* 10^9 seconds are 60; and the pause ends at once when it is cancelled. */
static void
test_l15_cancelled (Fixture      *fixture,
                    gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/x");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  misbehaving_server_add_answer (fixture->server, "/x", 429, "Retry-After: 1000000000\r\n", "no");
  leyden_http_request_set_retry (request, 5, FALSE);
  g_timeout_add (100, client_cancel_cb, cancellable);
  client_run (fixture, request, cancellable);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fixture->last_delay_ms, ==, 60000);
}

static void
test_cancel (Fixture      *fixture,
             gconstpointer data)
{
  static const struct { const char *path; const char *bytes; } cases[] = {
    { "/silent", "" }, { "/half", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", cases[i].path);
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GCancellable) before = g_cancellable_new ();

      misbehaving_server_add_raw (fixture->server, cases[i].path, cases[i].bytes, -1, 0, 0, MISBEHAVE_HANG);
      g_timeout_add (50, client_cancel_cb, cancellable);
      client_run (fixture, request, cancellable);
      g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_cancellable_cancel (before);
      client_run (fixture, request, before);
      g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

static gpointer
cancel_thread (gpointer data)
{
  g_usleep (20 * G_TIME_SPAN_MILLISECOND);
  g_cancellable_cancel (data);
  return NULL;
}

typedef struct
{
  guint n_left;
  guint n_cancelled;
} Crowd;

static void
crowd_sent_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  Crowd *crowd = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);

  crowd->n_cancelled += g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  crowd->n_left--;
}

/* Whoever cancels may do so from another thread, while answers are being read; libsoup hears of it in the client's own. */
static void
test_cancel_from_thread (Fixture      *fixture,
                         gconstpointer data)
{
  misbehaving_server_add_raw (fixture->server, "/half", "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n12345", -1, 0, 0,
                              MISBEHAVE_HANG);
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      Crowd crowd = { 30, 0 };
      GThread *thread;

      for (guint i = 0; i < 30; i++)
        {
          g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/half");

          leyden_http_client_send_async (fixture->client, request, cancellable, crowd_sent_cb, &crowd);
        }
      thread = g_thread_new ("cancel", cancel_thread, cancellable);
      while (crowd.n_left > 0)
        g_main_context_iteration (NULL, TRUE);
      g_thread_join (thread);
      g_assert_cmpuint (crowd.n_cancelled, ==, 30);
    }
}

static void
test_timeout (Fixture      *fixture,
              gconstpointer data)
{
  static const struct { const char *path; const char *bytes; guint piece; guint pause_ms; } cases[] = {
    { "/silent", "", 0, 0 },
    { "/half", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", 0, 0 },
    { "/trickle", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890", 1, 50 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", cases[i].path);

      misbehaving_server_add_raw (fixture->server, cases[i].path, cases[i].bytes, -1, cases[i].piece, cases[i].pause_ms, MISBEHAVE_HANG);
      leyden_http_request_set_timeout (request, 200);
      leyden_http_request_set_retry (request, 3, TRUE);
      client_run (fixture, request, NULL);
      client_assert_error (fixture, LEYDEN_HTTP_ERROR_TIMEOUT, "127.0.0.1 port");
      g_assert_cmpuint (fixture->n_retries, ==, 0);
    }
}

static void
test_l16_l17 (Fixture      *fixture,
              gconstpointer data)
{
  static const guint statuses[] = { 301, 302, 303, 307, 308 };
  static const char * const targets[] = {
    "http://127.0.0.1:1/stolen", "http://localhost/stolen", "https://127.0.0.1/x", "file:///etc/passwd", "//evil.example/x",
    "javascript:1", "data:text/plain,x", "/loop",
  };
  g_autoptr(MisbehavingServer) other = misbehaving_server_new ();
  g_autofree char *elsewhere = misbehaving_server_dup_uri (other, "/stolen");

  misbehaving_server_add_answer (other, "/stolen", 200, NULL, "stolen");
  misbehaving_server_add_answer (fixture->server, "/loop", 302, "Location: /loop\r\n", "");
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      for (gsize j = 0; j <= G_N_ELEMENTS (targets); j++)
        {
          const char *target = j < G_N_ELEMENTS (targets) ? targets[j] : elsewhere;
          g_autofree char *path = g_strdup_printf ("/%u/%u", statuses[i], (guint) j);
          g_autofree char *location = g_strdup_printf ("Location: %s\r\n", target);

          misbehaving_server_add_answer (fixture->server, path, statuses[i], location, "");
          client_get (fixture, path);
          client_assert_error (fixture, LEYDEN_HTTP_ERROR_REDIRECT, "127.0.0.1 port");
        }
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (other), ==, 0);
}

static void
test_redirect (Fixture      *fixture,
               gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) keeps = client_request_new (fixture, "POST", "/307");
  g_autoptr(LeydenHttpRequest) changes = client_request_new (fixture, "POST", "/303");
  g_autoptr(GBytes) body = g_bytes_new_static ("body", 4);
  g_autofree char *kept = NULL;
  g_autofree char *changed = NULL;

  misbehaving_server_add_answer (fixture->server, "/307", 307, "Location: ../there?x=1\r\n", "");
  misbehaving_server_add_answer (fixture->server, "/303", 303, "Location: /there\r\n", "");
  misbehaving_server_add_answer (fixture->server, "/there", 200, NULL, "here");
  leyden_http_request_set_body (keeps, "text/plain", body);
  leyden_http_request_set_body (changes, "text/plain", body);
  client_run (fixture, keeps, NULL);
  client_assert_body (fixture, "here");
  kept = misbehaving_server_dup_request (fixture->server, 1);
  g_assert_true (g_str_has_prefix (kept, "POST /there?x=1 "));
  g_assert_true (g_str_has_suffix (kept, "\r\n\r\nbody"));
  client_run (fixture, changes, NULL);
  client_assert_body (fixture, "here");
  changed = misbehaving_server_dup_request (fixture->server, 3);
  g_assert_true (g_str_has_prefix (changed, "GET /there "));
}

/* An answer like others, also one that leads elsewhere. */
static void
test_no_redirect (Fixture      *fixture,
                  gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "POST", "/307");

  misbehaving_server_add_answer (fixture->server, "/307", 307, "Location: http://127.0.0.1:1/\r\n", "there");
  leyden_http_request_set_follow (request, FALSE);
  client_run (fixture, request, NULL);
  client_assert_body (fixture, "there");
  g_assert_cmpuint (leyden_http_request_get_status (request), ==, 307);
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->server), ==, 1);
}

static gboolean
guard_cb (const char    *host,
          guint16        port,
          GInetAddress  *address,
          gpointer       data,
          GError       **error)
{
  gboolean *allowed = data;

  if (!*allowed)
    g_set_error_literal (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS, "not there");
  return *allowed;
}

/* Its guard judges each connection, and a connection serves many requests. */
static void
test_guarded_client (Fixture      *fixture,
                     gconstpointer data)
{
  gboolean allowed = FALSE;

  misbehaving_server_add_answer (fixture->server, "/a", 200, NULL, "a");
  leyden_http_client_set_guard (fixture->client, guard_cb, &allowed, NULL);
  client_get (fixture, "/a");
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_ADDRESS, "not there");
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->server), ==, 0);
  allowed = TRUE;
  client_get (fixture, "/a");
  client_assert_body (fixture, "a");
  allowed = FALSE;
  client_get (fixture, "/a");
  client_assert_body (fixture, "a");
}

/* 64 MiB of zeros in 64 KiB of gzip, again and again. */
static GBytes *
make_bomb (void)
{
  g_autoptr(GConverter) gzip = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr(GOutputStream) out = g_converter_output_stream_new (memory, gzip);
  g_autofree char *zeros = g_malloc0 (1024 * 1024);

  for (guint i = 0; i < 64; i++)
    g_assert_true (g_output_stream_write_all (out, zeros, 1024 * 1024, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (out, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
test_l19 (Fixture      *fixture,
          gconstpointer data)
{
  g_autoptr(GBytes) bomb = make_bomb ();
  g_autoptr(GByteArray) answer = g_byte_array_new ();
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                                           g_bytes_get_size (bomb));
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/bomb");
  g_autoptr(LeydenHttpRequest) fits = client_request_new (fixture, "GET", "/bomb");

  g_assert_cmpuint (g_bytes_get_size (bomb), <, 100 * 1024);
  g_byte_array_append (answer, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (answer, g_bytes_get_data (bomb, NULL), (guint) g_bytes_get_size (bomb));
  misbehaving_server_add_raw (fixture->server, "/bomb", (const char *) answer->data, answer->len, 0, 0, MISBEHAVE_KEEP);
  leyden_http_request_set_max_body (request, 1024 * 1024);
  client_run (fixture, request, NULL);
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_TOO_LARGE, "1048576 bytes");
  client_run (fixture, fits, NULL);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (g_bytes_get_size (fixture->body), ==, 64 * 1024 * 1024);
}

static void
test_max_body (Fixture      *fixture,
               gconstpointer data)
{
  static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";

  misbehaving_server_add_func (fixture->server, "/endless", client_write_for_ever, (gpointer) head);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/endless");

      leyden_http_request_set_max_body (request, 300000);
      client_run (fixture, request, NULL);
      client_assert_error (fixture, LEYDEN_HTTP_ERROR_TOO_LARGE, "300000 bytes");
    }
  misbehaving_server_add_answer (fixture->server, "/five", 200, NULL, "12345");
  for (guint max = 4; max <= 5; max++)
    {
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/five");

      leyden_http_request_set_max_body (request, max);
      client_run (fixture, request, NULL);
      g_assert_true ((fixture->error == NULL) == (max == 5));
    }
}

static void
test_breaker (Fixture      *fixture,
              gconstpointer data)
{
  leyden_http_client_set_limits (fixture->client, 64, 3, 1500);
  misbehaving_server_add_answer (fixture->server, "/x", 500, NULL, "broken");
  misbehaving_server_add_answer (fixture->server, "/x", 500, NULL, "broken");
  misbehaving_server_add_answer (fixture->server, "/x", 500, NULL, "broken");
  misbehaving_server_add_answer (fixture->server, "/x", 200, NULL, "fine");
  for (guint i = 0; i < 3; i++)
    {
      client_get (fixture, "/x");
      client_assert_body (fixture, "broken");
    }
  client_get (fixture, "/x");
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_BREAKER, "“status 500”");
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->server), ==, 3);
  g_usleep (1600 * 1000);
  client_get (fixture, "/x");
  client_assert_body (fixture, "fine");
  client_get (fixture, "/x");
  client_assert_body (fixture, "fine");
}

/* A call that retries waits for the breaker instead of failing by it. */
static void
test_breaker_retry (Fixture      *fixture,
                    gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/x");

  leyden_http_client_set_limits (fixture->client, 64, 2, 600);
  misbehaving_server_add_answer (fixture->server, "/x", 503, NULL, "broken");
  misbehaving_server_add_answer (fixture->server, "/x", 503, NULL, "broken");
  misbehaving_server_add_answer (fixture->server, "/x", 200, NULL, "fine");
  leyden_http_request_set_retry (request, 5, FALSE);
  client_run (fixture, request, NULL);
  client_assert_body (fixture, "fine");
  g_assert_cmpuint (fixture->last_delay_ms, >=, 500);
}

typedef struct
{
  guint n_left;
} Many;

static void
many_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, NULL);

  g_assert_nonnull (body);
  ((Many *) data)->n_left--;
}

static void
test_slots (Fixture      *fixture,
            gconstpointer data)
{
  Many many = { 40 };

  leyden_http_client_set_limits (fixture->client, 4, 5, 10000);
  misbehaving_server_add_raw (fixture->server, "/x", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", -1, 0, 5, MISBEHAVE_KEEP);
  for (guint i = 0; i < 40; i++)
    {
      g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/x");
      leyden_http_client_send_async (fixture->client, request, NULL, many_cb, &many);
    }
  while (many.n_left > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (misbehaving_server_get_max_connections (fixture->server), <=, 4);
}

static void
test_body_file (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "PUT", "/x");
  g_autoptr(LeydenHttpRequest) missing = client_request_new (fixture, "PUT", "/x");
  g_autoptr(GFileIOStream) stream = NULL;
  g_autoptr(GFile) file = g_file_new_tmp ("leyden-XXXXXX", &stream, NULL);
  g_autoptr(GFile) nowhere = g_file_new_for_path ("/nonexistent/x");
  g_autofree char *contents = g_strnfill (200000, 'f');
  g_autofree char *asked = NULL;

  g_assert_true (g_file_replace_contents (file, contents, 200000, NULL, FALSE, 0, NULL, NULL, NULL));
  misbehaving_server_add_answer (fixture->server, "/x", 503, NULL, "");
  misbehaving_server_add_answer (fixture->server, "/x", 200, NULL, "stored");
  leyden_http_request_set_body_file (request, "application/octet-stream", file);
  leyden_http_request_set_retry (request, 2, FALSE);
  client_run (fixture, request, NULL);
  client_assert_body (fixture, "stored");
  asked = misbehaving_server_dup_request (fixture->server, 1);
  g_assert_true (g_str_has_suffix (asked, contents));
  g_assert_nonnull (strstr (asked, "Content-Length: 200000\r\n"));
  leyden_http_request_set_body_file (missing, "application/octet-stream", nowhere);
  client_run (fixture, missing, NULL);
  g_assert_nonnull (fixture->error);
  g_assert_true (g_file_delete (file, NULL, NULL));
}

/* G08: another host goes to the proxy, which is named when it does not answer; loopback never does. */
static void
test_g08 (Fixture      *fixture,
          gconstpointer data)
{
  g_autoptr(GProxyResolver) dead = g_simple_proxy_resolver_new ("http://user:pw@127.0.0.1:1", NULL);
  g_autoptr(LeydenHttpRequest) outside = leyden_http_request_new ("GET", "http://192.0.2.7/");
  static const char * const local[] = { "127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "localhost.", "a.localhost", "::1", "[::1]" };
  static const char * const remote[] = { "192.0.2.7", "localhost.example", "notlocalhost", "10.0.0.1", "" };

  g_assert_finalize_object (fixture->client);
  fixture->client = leyden_http_client_new_with_resolver (dead);
  misbehaving_server_add_answer (fixture->server, "/x", 200, NULL, "direct");
  client_get (fixture, "/x");
  client_assert_body (fixture, "direct");
  client_run (fixture, outside, NULL);
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_CONNECT, "192.0.2.7 port 80 through the proxy 127.0.0.1:1");
  g_assert_null (strstr (fixture->error->message, "pw"));
  for (gsize i = 0; i < G_N_ELEMENTS (local); i++)
    g_assert_true (leyden_http_proxy_is_local (local[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (remote); i++)
    g_assert_false (leyden_http_proxy_is_local (remote[i]));
}

static void
test_l24 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { const char *file; const char *reason; } cases[] = {
    { "self-signed.pem", "not signed by an authority known here" },
    { "expired.pem", "has expired" },
    { "other-host.pem", "for another host" },
  };

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("GIO has no TLS here");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *file = g_test_build_filename (G_TEST_DIST, "http", "certificates", cases[i].file, NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(MisbehavingServer) server = misbehaving_server_new_tls (file, &error);
      g_autofree char *uri = NULL;
      g_autoptr(LeydenHttpRequest) request = NULL;

      g_assert_no_error (error);
      uri = misbehaving_server_dup_uri (server, "/x");
      request = leyden_http_request_new ("GET", uri);
      leyden_http_request_set_bearer (request, KEY);
      client_run (fixture, request, NULL);
      client_assert_error (fixture, LEYDEN_HTTP_ERROR_TLS, cases[i].reason);
      g_assert_cmpuint (misbehaving_server_get_n_requests (server), ==, 0);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, client_set_up, func, client_tear_down)
  ADD ("/client/ok", test_ok);
  ADD ("/client/statuses", test_statuses);
  ADD ("/client/uris", test_uris);
  ADD ("/client/connect", test_connect);
  ADD ("/client/cancel", test_cancel);
  ADD ("/client/cancel-from-thread", test_cancel_from_thread);
  ADD ("/client/timeout", test_timeout);
  ADD ("/client/redirect", test_redirect);
  ADD ("/client/no-redirect", test_no_redirect);
  ADD ("/client/guarded", test_guarded_client);
  ADD ("/client/max-body", test_max_body);
  ADD ("/client/breaker", test_breaker);
  ADD ("/client/breaker/retry", test_breaker_retry);
  ADD ("/client/slots", test_slots);
  ADD ("/client/body-file", test_body_file);
  ADD ("/hostile/K07", test_k07);
  ADD ("/hostile/L15", test_l15);
  ADD ("/hostile/L15/cancelled", test_l15_cancelled);
  ADD ("/hostile/L16-L17", test_l16_l17);
  ADD ("/hostile/L18", test_l18);
  ADD ("/hostile/L18/retried", test_l18_retried);
  ADD ("/hostile/L19", test_l19);
  ADD ("/hostile/L24", test_l24);
  ADD ("/hostile/G08", test_g08);
  return g_test_run ();
}
