/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client as it reads streams of a server that misbehaves. */
#include "client-fixture.h"

static gboolean
event_cb (const char *event,
          const char *text,
          gsize       length,
          const char *id,
          gpointer    data)
{
  Fixture *fixture = data;

  g_string_append_printf (fixture->events, "%s(%s)=%s;", event, id, text);
  return ++fixture->n_events != fixture->stop_after;
}

static void
streamed_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Fixture *fixture = data;
  gboolean read;

  read = leyden_http_client_stream_finish (LEYDEN_HTTP_CLIENT (object), result, &fixture->body, &fixture->error);
  g_assert_cmpint (read, ==, fixture->error == NULL);
  fixture->done = TRUE;
}

static void
stream (Fixture           *fixture,
        LeydenHttpRequest *request,
        GCancellable      *cancellable)
{
  client_forget (fixture);
  fixture->done = FALSE;
  leyden_http_client_stream_async (fixture->client, request, event_cb, fixture, cancellable, streamed_cb, fixture);
  while (!fixture->done)
    g_main_context_iteration (NULL, TRUE);
}

#define EVENTS_4 "data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n"
#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"

static void
test_stream (Fixture      *fixture,
             gconstpointer data)
{
  static const char whole[] = SSE_HEAD "\r\n\357\273\277id: 1\r\ndata: \303\244\r\n\r\n:c\ndata: \377\n\nevent: done\ndata: [DONE]\n\ndata: cut";
  static const guint pieces[] = { 0, 1, 7 };
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/sse");
  g_autoptr(LeydenHttpRequest) refused = client_request_new (fixture, "GET", "/refused");
  g_autoptr(LeydenHttpRequest) json = client_request_new (fixture, "GET", "/json");

  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    misbehaving_server_add_raw (fixture->server, "/sse", whole, -1, pieces[i], 0, MISBEHAVE_CLOSE);
  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      stream (fixture, request, NULL);
      g_assert_no_error (fixture->error);
      g_assert_null (fixture->body);
      g_assert_cmpstr (fixture->events->str, ==, "message(1)=ä;message(1)=\357\277\275;done(1)=[DONE];");
    }
  misbehaving_server_add_answer (fixture->server, "/refused", 401, "Content-Type: text/event-stream\r\n", "why");
  stream (fixture, refused, NULL);
  client_assert_body (fixture, "why");
  g_assert_cmpuint (leyden_http_request_get_status (refused), ==, 401);
  misbehaving_server_add_answer (fixture->server, "/json", 200, "Content-Type: application/json\r\n", "{}");
  stream (fixture, json, NULL);
  client_assert_body (fixture, "{}");
  g_assert_cmpuint (fixture->events->len, ==, 0);
}

static void
test_stream_ends (Fixture      *fixture,
                  gconstpointer data)
{
  g_autoptr(LeydenHttpRequest) cut = client_request_new (fixture, "GET", "/cut");
  g_autoptr(LeydenHttpRequest) silent = client_request_new (fixture, "GET", "/silent");
  g_autoptr(LeydenHttpRequest) slow = client_request_new (fixture, "GET", "/slow");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  misbehaving_server_add_raw (fixture->server, "/cut", SSE_HEAD "Transfer-Encoding: chunked\r\n\r\n99\r\ndata: a\n\n\r\n", -1, 0, 0, MISBEHAVE_CLOSE);
  leyden_http_request_set_retry (cut, 3, TRUE);
  stream (fixture, cut, NULL);
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_BROKEN, "");
  g_assert_cmpstr (fixture->events->str, ==, "message()=a;");

  misbehaving_server_add_raw (fixture->server, "/silent", SSE_HEAD "\r\ndata: a\n\n", -1, 0, 0, MISBEHAVE_HANG);
  leyden_http_request_set_timeout (silent, 1000);
  stream (fixture, silent, NULL);
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_TIMEOUT, "");
  g_assert_cmpstr (fixture->events->str, ==, "message()=a;");

  /* Longer in all than the time-out, but never silent for so long. */
  misbehaving_server_add_raw (fixture->server, "/slow",
                              SSE_HEAD "\r\n" EVENTS_4 EVENTS_4 EVENTS_4, -1, 9, 150, MISBEHAVE_CLOSE);
  leyden_http_request_set_timeout (slow, 2000);
  stream (fixture, slow, NULL);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->n_events, ==, 12);

  leyden_http_request_set_timeout (silent, 5000);
  g_timeout_add (100, client_cancel_cb, cancellable);
  stream (fixture, silent, cancellable);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  fixture->stop_after = 1;
  stream (fixture, silent, NULL);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->n_events, ==, 1);
  fixture->stop_after = 0;
}

static void
test_l12 (Fixture      *fixture,
          gconstpointer data)
{
  static const char head[] = SSE_HEAD "\r\ndata: ";
  g_autoptr(LeydenHttpRequest) request = client_request_new (fixture, "GET", "/endless");

  misbehaving_server_add_func (fixture->server, "/endless", client_write_for_ever, (gpointer) head);
  stream (fixture, request, NULL);
  client_assert_error (fixture, LEYDEN_HTTP_ERROR_TOO_LARGE, "16777216 bytes");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, client_set_up, func, client_tear_down)
  ADD ("/client/stream", test_stream);
  ADD ("/client/stream/ends", test_stream_ends);
  ADD ("/hostile/L12", test_l12);
  return g_test_run ();
}
