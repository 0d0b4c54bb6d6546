/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model calls whose answer is a stream: what the client gets, what is kept, and when. */
#include "proxy-fixture.h"

#include "leyden-http-server.h"
#include "leyden-json.h"

#define CHUNK1 "{\"id\":\"s\",\"object\":\"chat.completion.chunk\",\"prompt_token_ids\":[1],\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"He\"}," \
               "\"token_ids\":[7]}]}"
#define CHUNK2 "{\"id\":\"s\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"y\"},\"token_ids\":[8],\"finish_reason\":\"stop\"}]}"
#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

/* @sent: all that the upstream writes; @got: all that the client gets; @response: what is kept. */
static const struct { const char *path, *sent; guint status; const char *got, *response; guint kept; const char *word; } streams_of[] = {
  { "/s-whole", SSE_HEAD "data: " CHUNK1 "\n\ndata: " CHUNK2 "\r\n\r\n: note\n\ndata: [DONE]\n\n", 200,
    "data: " CHUNK1 "\n\ndata: " CHUNK2 "\n\ndata: [DONE]\n\n",
    "{\"id\":\"s\",\"object\":\"chat.completion\",\"prompt_token_ids\":[1],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hey\"},"
    "\"token_ids\":[7,8],\"finish_reason\":\"stop\"}]}", 200, "ok" },
  { "/s-cut", SSE_HEAD "data: " CHUNK1 "\n\n", 200,
    "data: " CHUNK1 "\n\ndata: {\"error\":{\"message\":\"Upstream model server returned an invalid response\"}}\n\n",
    "{\"id\":\"s\",\"object\":\"chat.completion\",\"prompt_token_ids\":[1],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"He\"},"
    "\"token_ids\":[7]}]}", 502, "error" },
  { "/s-refused", "HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"e\":1}", 400, "{\"e\":1}", "{\"e\":1}", 400, "error" },
  { "/s-json", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"e\":1}", 200, "{\"e\":1}", "{\"e\":1}", 200, "ok" },
  { "/s-nothing", SSE_HEAD, 502, "{\"detail\":\"Upstream model server returned an invalid response\"}",
    "{\"error\":\"Upstream model server returned an invalid response\"}", 502, "error" },
};

static void
test_streams (Fixture       *fixture,
              gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (streams_of); i++)
    {
      g_autofree char *path = g_strconcat (streams_of[i].path, "/chat/completions", NULL);
      g_autofree char *kept = NULL;
      g_autoptr(Reply) cleared = proxy_ask (fixture, "DELETE", "/api/models", NULL);
      g_autoptr(Reply) reply = NULL;
      g_autoptr(LeydenValue) events = NULL;
      const char *rollout = streams_of[i].path + 1;

      g_test_message ("%s", streams_of[i].path);
      proxy_create (fixture, rollout);
      proxy_add_upstream (fixture, streams_of[i].path);
      misbehaving_server_add_raw (fixture->upstream, path, streams_of[i].sent, -1, 7, 0, MISBEHAVE_CLOSE);
      reply = proxy_call (fixture, rollout, "{\"stream\":true}");
      proxy_assert_reply (reply, streams_of[i].status, streams_of[i].got);
      if (g_str_has_prefix (streams_of[i].got, "data:"))
        {
          g_assert_cmpstr (leyden_http_request_get_content_type (reply->request), ==, "text/event-stream");
          g_assert_cmpstr (leyden_http_request_get_response_header (reply->request, "X-Leyden-Extension"), ==, "streaming");
        }
      proxy_assert_event (fixture, rollout, streams_of[i].kept, streams_of[i].word, 0);
      events = proxy_events_of (fixture, rollout);
      kept = leyden_json_write (leyden_value_lookup_pointer (events, "/0/data/response"), LEYDEN_JSON_PYTHON);
      g_assert_cmpstr (kept, ==, streams_of[i].response);
    }
}

typedef struct
{
  GString *text;
  LeydenHttpStream *stream;
  gboolean done;
} Live;

static void
live_cb (LeydenHttpExchange *exchange,
         gpointer            data)
{
  Live *live = data;

  live->stream = leyden_http_exchange_respond_stream (exchange, 200, "text/event-stream");
  leyden_http_stream_write_event (live->stream, NULL, NULL, CHUNK1, -1);
}

static gboolean
live_event_cb (const char *event,
               const char *data,
               gsize       length,
               const char *id,
               gpointer    user_data)
{
  Live *live = user_data;

  g_string_append_len (live->text, data, (gssize)length);
  return TRUE;
}

static void
live_done_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  Live *live = data;

  g_assert_true (leyden_http_client_stream_finish (LEYDEN_HTTP_CLIENT (object), result, NULL, NULL));
  live->done = TRUE;
}

static gboolean
live_has_text (gpointer data)
{
  return ((Live *)data)->text->len > 0;
}

static gboolean
live_is_done (gpointer data)
{
  return ((Live *)data)->done;
}

/* The first chunk is there before the upstream has the second. */
static void
test_live (Fixture       *fixture,
           gconstpointer  data)
{
  Live live = { .text = g_string_new (NULL) };
  LeydenHttpServer *server = leyden_http_server_new ();
  g_autofree char *uri = NULL;
  g_autofree char *path = proxy_path ("live", "train");
  g_autofree char *call_uri = server_uri (fixture->server, path);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("POST", call_uri);
  g_autoptr(LeydenValue) body = proxy_parse ("{\"stream\":true}");

  leyden_http_server_add_route (server, "POST", "/v1/chat/completions", 0, 1 << 20, live_cb, &live);
  g_assert_true (leyden_http_server_start (server, "127.0.0.1", 0, NULL));
  uri = g_strdup_printf ("http://127.0.0.1:%u/v1", leyden_http_server_get_port (server));
  proxy_create (fixture, "live");
  proxy_add_model (fixture, uri);
  leyden_http_request_set_bearer (request, fixture->server->key);
  leyden_http_request_set_json (request, body);
  leyden_http_client_stream_async (fixture->client, request, live_event_cb, &live, NULL, live_done_cb, &live);
  wait_until (live_has_text, &live);
  g_assert_cmpstr (live.text->str, ==, CHUNK1);
  leyden_http_stream_write_event (live.stream, NULL, NULL, CHUNK2, -1);
  leyden_http_stream_write_event (live.stream, NULL, NULL, "[DONE]", -1);
  leyden_http_stream_close (live.stream);
  wait_until (live_is_done, &live);
  g_assert_cmpstr (live.text->str, ==, CHUNK1 CHUNK2 "[DONE]");
  proxy_assert_event (fixture, "live", 200, "ok", 0);
  leyden_http_stream_unref (live.stream);
  leyden_http_server_stop (server, 0);
  g_object_unref (server);
  g_string_free (live.text, TRUE);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/proxy/" name, Fixture, NULL, proxy_set_up, func, proxy_tear_down)
  ADD ("streams", test_streams);
  ADD ("live", test_live);
#undef ADD
  return g_test_run ();
}
