/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our client against our server, both in one loop, as in the window's and the backend's tests. */
#include "leyden-http-client.h"
#include "leyden-http-server.h"

#include <glib/gstdio.h>
#include <string.h>

#include "leyden-json.h"

#define N_STREAMS 200
#define N_EVENTS 20

typedef struct
{
  LeydenHttpServer *server;
  LeydenHttpClient *client;
  char *folder;
  GPtrArray *streams;           /* (element-type LeydenHttpStream) */
  guint n_closed;
  guint n_finished;
  guint n_events;
  GBytes *body;
  GError *error;
} Fixture;

static LeydenHttpAccess
authorize (LeydenHttpExchange *exchange,
           const char * const *keys,
           gpointer            data)
{
  return g_strv_contains (keys, "key") ? LEYDEN_HTTP_ACCESS_GRANTED : LEYDEN_HTTP_ACCESS_UNKNOWN;
}

static void
echo_handler (LeydenHttpExchange *exchange,
              gpointer            data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) value = leyden_json_parse_bytes (leyden_http_exchange_get_body (exchange), NULL, &error);

  if (value == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
  else
    leyden_http_exchange_respond_json (exchange, 201, value);
}

static void
blob_handler (LeydenHttpExchange *exchange,
              gpointer            data)
{
  gboolean right = g_strcmp0 (leyden_http_exchange_get_spool_sha256 (exchange), leyden_http_exchange_get_param (exchange, "sha256")) == 0;
  g_autofree char *path = leyden_http_exchange_steal_spool (exchange);
  g_autofree char *contents = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  leyden_http_exchange_respond_error (exchange, right ? 200 : 422, "%" G_GSIZE_FORMAT " bytes", length);
}

static void
closed_cb (LeydenHttpStream *stream,
           gpointer          data)
{
  ((Fixture *) data)->n_closed++;
}

static void
events_handler (LeydenHttpExchange *exchange,
                gpointer            data)
{
  Fixture *fixture = data;
  LeydenHttpStream *stream = leyden_http_exchange_respond_stream (exchange, 200, "text/event-stream");

  leyden_http_stream_set_closed_cb (stream, closed_cb, fixture);
  g_ptr_array_add (fixture->streams, stream);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("leyden-http-XXXXXX", NULL);
  fixture->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_http_stream_unref);
  fixture->server = leyden_http_server_new ();
  leyden_http_server_set_authorize (fixture->server, authorize, NULL, NULL);
  leyden_http_server_set_spool_folder (fixture->server, fixture->folder);
  leyden_http_server_add_route (fixture->server, "POST", "/echo", LEYDEN_HTTP_ROUTE_JSON, 1000000, echo_handler, fixture);
  leyden_http_server_add_route (fixture->server, "PUT", "/blobs/{sha256}", LEYDEN_HTTP_ROUTE_SPOOL, 1 << 30, blob_handler, fixture);
  leyden_http_server_add_route (fixture->server, "GET", "/events", 0, 0, events_handler, fixture);
  leyden_http_server_start (fixture->server, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  fixture->client = leyden_http_client_new ();
  leyden_http_client_set_limits (fixture->client, 1000, 5, 10000);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_clear_pointer (&fixture->body, g_bytes_unref);
  g_clear_error (&fixture->error);
  g_ptr_array_unref (fixture->streams);
  while (g_main_context_iteration (NULL, FALSE));
  g_assert_finalize_object (fixture->client);
  if (fixture->server != NULL)
    g_assert_finalize_object (fixture->server);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static LeydenHttpRequest *
request_new (Fixture    *fixture,
             const char *method,
             const char *path)
{
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u%s", leyden_http_server_get_port (fixture->server), path);
  LeydenHttpRequest *request = leyden_http_request_new (method, uri);

  leyden_http_request_set_bearer (request, "key");
  return request;
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Fixture *fixture = data;

  g_clear_pointer (&fixture->body, g_bytes_unref);
  fixture->body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &fixture->error);
  fixture->n_finished++;
}

static void
run (Fixture           *fixture,
     LeydenHttpRequest *request)
{
  guint before = fixture->n_finished;

  leyden_http_client_send_async (fixture->client, request, NULL, sent_cb, fixture);
  while (fixture->n_finished == before)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (fixture->error);
}

static void
test_json (Fixture      *fixture,
           gconstpointer data)
{
  static const struct { const char *text; guint status; } cases[] = {
    { "{\"a\":[1,2.5,null,\"ä\\n\"]}", 201 },
    { "{\"a\":1,\"a\":2}", 422 },
    { "{\"a\":1} x", 422 },
    { "{\"a\":\"\\ud800\"}", 422 },
    { "", 422 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenHttpRequest) request = request_new (fixture, "POST", "/echo");
      g_autoptr(GBytes) body = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
      g_autoptr(LeydenValue) answer = NULL;

      leyden_http_request_set_body (request, "application/json", body);
      run (fixture, request);
      g_assert_cmpuint (leyden_http_request_get_status (request), ==, cases[i].status);
      answer = leyden_json_parse_bytes (fixture->body, NULL, NULL);
      if (cases[i].status == 201)
        g_assert_cmpmem (g_bytes_get_data (fixture->body, NULL), g_bytes_get_size (fixture->body), cases[i].text, strlen (cases[i].text));
      else
        g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
    }
}

static void
test_upload (Fixture      *fixture,
             gconstpointer data)
{
  const gsize length = 20 * 1024 * 1024 + 1;
  g_autofree char *contents = g_strnfill (length, 'u');
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) contents, length);
  g_autofree char *path = g_strconcat ("/blobs/", sha256, NULL);
  g_autoptr(LeydenHttpRequest) request = request_new (fixture, "PUT", path);
  g_autoptr(GFileIOStream) stream = NULL;
  g_autoptr(GFile) file = g_file_new_tmp ("leyden-XXXXXX", &stream, NULL);

  g_assert_true (g_file_replace_contents (file, contents, length, NULL, FALSE, 0, NULL, NULL, NULL));
  leyden_http_request_set_body_file (request, "application/octet-stream", file);
  run (fixture, request);
  g_assert_cmpuint (leyden_http_request_get_status (request), ==, 200);
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (fixture->body, NULL), (gssize) g_bytes_get_size (fixture->body), "20971521 bytes"));
  g_assert_true (g_file_delete (file, NULL, NULL));
}

static gboolean
event_cb (const char *event,
          const char *text,
          gsize       length,
          const char *id,
          gpointer    data)
{
  Fixture *fixture = data;

  g_assert_cmpstr (event, ==, "tick");
  g_assert_cmpstr (text, ==, "line one\nline two");
  fixture->n_events++;
  return TRUE;
}

static void
streamed_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Fixture *fixture = data;
  g_autoptr(GBytes) body = NULL;

  g_clear_error (&fixture->error);
  leyden_http_client_stream_finish (LEYDEN_HTTP_CLIENT (object), result, &body, &fixture->error);
  fixture->n_finished++;
}

static void
open_streams (Fixture      *fixture,
              guint         n,
              GCancellable *cancellable)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenHttpRequest) request = request_new (fixture, "GET", "/events");
      leyden_http_client_stream_async (fixture->client, request, event_cb, fixture, cancellable, streamed_cb, fixture);
    }
  while (fixture->streams->len < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_streams (Fixture      *fixture,
              gconstpointer data)
{
  open_streams (fixture, N_STREAMS, NULL);
  for (guint i = 0; i < N_EVENTS; i++)
    {
      for (guint j = 0; j < N_STREAMS; j++)
        g_assert_true (leyden_http_stream_write_event (fixture->streams->pdata[j], "1", "tick", "line one\nline two", -1));
      g_main_context_iteration (NULL, FALSE);
    }
  for (guint j = 0; j < N_STREAMS; j++)
    leyden_http_stream_close (fixture->streams->pdata[j]);
  while (fixture->n_finished < N_STREAMS)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->n_events, ==, N_STREAMS * N_EVENTS);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  g_assert_false (leyden_http_stream_write_event (fixture->streams->pdata[0], NULL, NULL, "late", -1));
}

/* A client that cancels is noticed although nothing is written. */
static void
test_cancelled (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  open_streams (fixture, 20, cancellable);
  g_cancellable_cancel (cancellable);
  while (fixture->n_finished < 20 || fixture->n_closed < 20)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (leyden_http_stream_write_event (fixture->streams->pdata[0], NULL, NULL, "late", -1));
}

/* The server's stop ends the streams in order, in the same loop. */
static void
test_stop (Fixture      *fixture,
           gconstpointer data)
{
  gint64 start_us = g_get_monotonic_time ();

  open_streams (fixture, 20, NULL);
  leyden_http_stream_write_event (fixture->streams->pdata[0], "1", "tick", "line one\nline two", -1);
  leyden_http_server_stop (fixture->server, 60000);
  /* Nobody had to be sent away at the end of the grace. */
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 50 * G_USEC_PER_SEC);
  g_assert_cmpuint (fixture->n_closed, ==, 20);
  while (fixture->n_finished < 20)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->n_events, ==, 1);
}

static void
drained_cb (LeydenHttpStream *stream,
            gpointer          data)
{
  Fixture *fixture = data;
  g_autofree char *block = g_malloc0 (1024 * 1024);
  g_autoptr(GBytes) bytes = g_bytes_new (block, 1024 * 1024);

  g_assert_cmpuint (leyden_http_stream_get_pending (stream), <, 256 * 1024);
  if (++fixture->n_events < 30)
    g_assert_true (leyden_http_stream_write (stream, bytes));
  else
    leyden_http_stream_close (stream);
}

static void
download_handler (LeydenHttpExchange *exchange,
                  gpointer            data)
{
  Fixture *fixture = data;
  LeydenHttpStream *stream = leyden_http_exchange_respond_stream (exchange, 200, "application/octet-stream");

  g_ptr_array_add (fixture->streams, stream);
  leyden_http_stream_set_drained_cb (stream, drained_cb, fixture);
  drained_cb (stream, fixture);
}

/* A producer that waits for its client never has more than one block waiting. */
static void
test_drained (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(LeydenHttpServer) server = leyden_http_server_new ();
  g_autoptr(LeydenHttpRequest) request = NULL;
  g_autofree char *uri = NULL;

  leyden_http_server_add_route (server, "GET", "/download", LEYDEN_HTTP_ROUTE_OPEN, 0, download_handler, fixture);
  g_assert_true (leyden_http_server_start (server, "127.0.0.1", 0, NULL));
  uri = g_strdup_printf ("http://localhost:%u/download", leyden_http_server_get_port (server));
  request = leyden_http_request_new ("GET", uri);
  run (fixture, request);
  g_assert_cmpuint (g_bytes_get_size (fixture->body), ==, 29 * 1024 * 1024);
  leyden_http_server_stop (server, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/roundtrip/json", test_json);
  ADD ("/roundtrip/upload", test_upload);
  ADD ("/roundtrip/streams", test_streams);
  ADD ("/roundtrip/cancelled", test_cancelled);
  ADD ("/roundtrip/stop", test_stop);
  ADD ("/roundtrip/drained", test_drained);
  return g_test_run ();
}
