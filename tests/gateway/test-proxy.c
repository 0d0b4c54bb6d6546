/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The proxy of Agent Lightning over real sockets, between agents and upstreams that misbehave. The order of cases follows the wire's
 * reference, section 5. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-http-client.h"
#include "leyden-http-server.h"
#include "leyden-json.h"
#include "misbehaving-server.h"

#define MODEL "test-model"
#define CHAT "openai/v1/chat/completions"
#define ANSWER "{\"id\":\"c1\",\"prompt_token_ids\":[1,2,3],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"yo\"}," \
               "\"finish_reason\":\"stop\",\"token_ids\":[7,8]}],\"usage\":{\"total_tokens\":5},\"big\":12345678901234567890123,\"f\":1E5}"
#define ANSWER_OUT "{\"id\":\"c1\",\"prompt_token_ids\":[1,2,3],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"yo\"}," \
                   "\"finish_reason\":\"stop\",\"token_ids\":[7,8]}],\"usage\":{\"total_tokens\":5},\"big\":12345678901234567890123,\"f\":100000.0}"
#define JSON_TYPE "Content-Type: application/json\r\n"

typedef struct
{
  Sandbox            sandbox;
  char              *database;
  Server            *server;
  MisbehavingServer *upstream;
  LeydenHttpClient  *client;
} Fixture;

static void
start_server (Fixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", MODEL, "--train-temperature", "1",
                                   "--val-temperature", "0.5", "--proxy-timeout", "1", "--proxy-calls", "1200", "--drain", "0", NULL);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "proxy.db");
  start_server (fixture);
  fixture->upstream = misbehaving_server_new ();
  fixture->client = leyden_http_client_new ();
  leyden_http_client_set_limits (fixture->client, 4000, 0, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->client);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  misbehaving_server_free (fixture->upstream);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* ---- Asking ---- */

typedef struct
{
  LeydenHttpRequest *request;
  GBytes            *body;
  GError            *error;
  gboolean           done;
} Reply;

static void
reply_free (gpointer data)
{
  Reply *self = data;

  g_clear_object (&self->request);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, reply_free)

static void
replied_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Reply *reply = data;

  reply->body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &reply->error);
  reply->done = TRUE;
}

static Reply *
ask_async (Fixture    *fixture,
           const char *method,
           const char *path,
           const char *type,
           const char *body)
{
  g_autofree char *uri = server_uri (fixture->server, path);
  g_autoptr(GBytes) bytes = body == NULL ? NULL : g_bytes_new (body, strlen (body));
  Reply *reply = g_new0 (Reply, 1);

  reply->request = leyden_http_request_new (method, uri);
  leyden_http_request_set_bearer (reply->request, fixture->server->key);
  leyden_http_request_set_follow (reply->request, FALSE);
  if (bytes != NULL)
    leyden_http_request_set_body (reply->request, type, bytes);
  leyden_http_client_send_async (fixture->client, reply->request, NULL, replied_cb, reply);
  return reply;
}

static gboolean
is_done (gpointer data)
{
  return ((Reply *)data)->done;
}

static Reply *
ask (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body)
{
  Reply *reply = ask_async (fixture, method, path, "application/json", body);

  wait_until (is_done, reply);
  g_assert_no_error (reply->error);
  return reply;
}

static guint
status_of (Reply *reply)
{
  return leyden_http_request_get_status (reply->request);
}

static char *
text_of (Reply *reply)
{
  gsize length;
  const char *bytes = g_bytes_get_data (reply->body, &length);

  return length == 0 ? g_strdup ("") : g_strndup (bytes, length);
}

static void
assert_reply (Reply      *reply,
              guint       status,
              const char *body)
{
  g_autofree char *text = NULL;

  g_assert_no_error (reply->error);
  text = text_of (reply);
  g_assert_cmpstr (text, ==, body);
  g_assert_cmpint (status_of (reply), ==, status);
}

static char *
proxy_path (const char *rollout,
            const char *mode)
{
  return g_strdup_printf ("/proxy/rollout/%s/attempt/0/mode/%s/" CHAT, rollout, mode);
}

static Reply *
call_async (Fixture    *fixture,
            const char *rollout,
            const char *mode,
            const char *body)
{
  g_autofree char *path = proxy_path (rollout, mode);

  return ask_async (fixture, "POST", path, "application/json", body);
}

static Reply *
call (Fixture    *fixture,
      const char *rollout,
      const char *body)
{
  Reply *reply = call_async (fixture, rollout, "train", body);

  wait_until (is_done, reply);
  return reply;
}

static void
create (Fixture    *fixture,
        const char *rollout)
{
  g_autofree char *body = g_strdup_printf ("[{\"rollout_id\":\"%s\",\"input\":null}]", rollout);
  g_autoptr(Reply) reply = ask (fixture, "POST", "/api/rollouts", body);

  g_assert_cmpint (status_of (reply), ==, 201);
}

static void
add_model (Fixture    *fixture,
           const char *endpoint)
{
  g_autofree char *body = g_strdup_printf ("[{\"model\":\"" MODEL "\",\"endpoint\":\"%s\",\"version\":3}]", endpoint);
  g_autoptr(Reply) reply = ask (fixture, "POST", "/api/models", body);

  g_assert_cmpint (status_of (reply), ==, 201);
}

static void
add_upstream (Fixture    *fixture,
              const char *path)
{
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->upstream, path);

  add_model (fixture, uri);
}

static LeydenValue *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, &(LeydenJsonLimits){ .policy = LEYDEN_JSON_WIRE }, &error);

  g_assert_no_error (error);
  return value;
}

static LeydenValue *
events_of (Fixture    *fixture,
           const char *rollout)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/events?event_type=model_request", rollout);
  g_autoptr(Reply) reply = ask (fixture, "GET", path, NULL);
  g_autofree char *text = text_of (reply);

  g_assert_cmpint (status_of (reply), ==, 200);
  return parse (text);
}

static void
assert_state (Fixture    *fixture,
              const char *expected)
{
  g_autoptr(Reply) reply = ask (fixture, "GET", "/proxy/state", NULL);

  assert_reply (reply, 200, expected);
}

/* ---- The order of checks ---- */

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  /* Each row has everything wrong from its own fault on; the earliest fault answers. */
  static const struct { const char *path, *body; guint status; const char *answer; } cases[] = {
    { "/proxy/rollout/none/attempt/0/mode/test/openai/v1/embeddings", "{", 404, "{\"detail\":\"Unsupported proxy mode: test\"}" },
    { "/proxy/rollout/none/attempt/0/mode/Train/openai/v1/embeddings", "{", 404, "{\"detail\":\"Unsupported proxy mode: Train\"}" },
    { "/proxy/rollout/none/attempt/0/mode/train/openai/v1/embeddings", "{", 404, "{\"detail\":\"Unsupported upstream path: embeddings\"}" },
    { "/proxy/rollout/none/attempt/0/mode/train/openai/v1/chat/completions/", "{", 404,
      "{\"detail\":\"Unsupported upstream path: chat/completions/\"}" },
    { "/proxy/rollout/none/attempt/0/mode/val/openai/v1/chat/completions", "{", 404, "{\"detail\":\"Rollout not found: none\"}" },
    { "/proxy/rollout/n%20%C3%A9/attempt/0/mode/val/openai/v1/completions", "{", 404, "{\"detail\":\"Rollout not found: n é\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "{", 400, "{\"detail\":\"Invalid JSON in request body\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "[]", 400, "{\"detail\":\"Invalid JSON in request body\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "null", 400, "{\"detail\":\"Invalid JSON in request body\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "{\"x\":NaN}", 400, "{\"detail\":\"Invalid JSON in request body\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "{\"x\":1e400}", 400, "{\"detail\":\"Invalid JSON in request body\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "{\"x\":\"\xff\"}", 400, "{\"detail\":\"Invalid JSON in request body\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "{\"x\":\"\\ud800\"}", 400, "{\"detail\":\"Invalid JSON in request body\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", "{\"stream\":\"no\"}", 503,
      "{\"detail\":\"No servers available for model '" MODEL "'\"}" },
    { "/proxy/rollout/one/attempt/0/mode/val/openai/v1/completions", NULL, 503, "{\"detail\":\"No servers available for model '" MODEL "'\"}" },
  };
  static const char * const streams[] = { "\"no\"", "1", "\"true\"", "[0]", "{\"a\":1}", "0.5" };
  g_autofree char *path = proxy_path ("one", "train");

  create (fixture, "one");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Reply) reply = ask (fixture, "POST", cases[i].path, cases[i].body);

      assert_reply (reply, cases[i].status, cases[i].answer);
      if (cases[i].status == 503)
        g_assert_cmpstr (leyden_http_request_get_response_header (reply->request, "Retry-After"), ==, "1");
    }
  /* Only its own model counts. */
  {
    g_autoptr(Reply) other = ask (fixture, "POST", "/api/models", "[{\"model\":\"other\",\"endpoint\":\"http://127.0.0.1:1/v1\"}]");
    g_autoptr(Reply) none = ask (fixture, "POST", path, "{}");
    g_autoptr(Reply) paused = NULL;
    g_autoptr(Reply) resumed = NULL;
    g_autoptr(Reply) refused = NULL;

    assert_reply (none, 503, "{\"detail\":\"No servers available for model '" MODEL "'\"}");
    add_upstream (fixture, "/v1");
    paused = ask (fixture, "POST", "/proxy/pause", "{}");
    refused = ask (fixture, "POST", path, "{\"stream\":1}");
    assert_reply (refused, 429, "{\"error\": \"gateway paused\", \"reason\": null}");
    resumed = ask (fixture, "POST", "/proxy/resume", NULL);
  }
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"stream\":%s}", streams[i]);
      g_autoptr(Reply) reply = ask (fixture, "POST", path, body);

      assert_reply (reply, 400, "{\"detail\":\"Streaming responses are not supported\"}");
    }
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->upstream), ==, 0);
  {
    g_autoptr(LeydenValue) events = events_of (fixture, "one");

    g_assert_cmpint (leyden_value_get_size (events), ==, 0);
  }
}

static void
test_key (Fixture       *fixture,
          gconstpointer  data)
{
  static const struct { const char *header; guint status; } cases[] = {
    { "", 401 }, { "Authorization: Bearer wrong-wrong-wrong\r\n", 401 }, { "Authorization: bearer KEY\r\n", 401 },
    { "Authorization: Bearer KEY\r\n", 404 }, { "x-api-key: KEY\r\n", 404 }, { "x-api-key: wrong\r\nAuthorization: Bearer KEY\r\n", 404 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) parts = g_strsplit (cases[i].header, "KEY", 2);
      g_autofree char *header = g_strjoinv (fixture->server->key, parts);
      g_autofree char *request = g_strdup_printf ("POST /proxy/rollout/x/attempt/0/mode/bad/" CHAT " HTTP/1.1\r\nHost: localhost\r\n"
                                                  "%sContent-Length: 1\r\nConnection: close\r\n\r\n{", header);
      g_autofree char *answer = server_raw (fixture->server, request, -1);

      g_assert_cmpint (raw_status (answer), ==, cases[i].status);
      if (cases[i].status == 401)
        g_assert_nonnull (strstr (answer, "{\"detail\":\"Invalid or missing API key\"}"));
    }
}

/* ---- What goes upstream, what comes back, what is kept ---- */

static void
test_forward (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(Reply) train = NULL;
  g_autoptr(Reply) val = NULL;
  g_autoptr(LeydenValue) events = NULL;
  g_autofree char *sent = NULL;
  g_autofree char *sent_val = NULL;
  g_autofree char *event = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *endpoint = misbehaving_server_dup_uri (fixture->upstream, "/v1//");
  LeydenValue *latency;
  double ms;

  create (fixture, "one");
  add_upstream (fixture, "/v1//");
  misbehaving_server_add_answer (fixture->upstream, "/v1/chat/completions", 200, "Content-Type: application/json; charset=utf-8\r\nX-Up: 1\r\n",
                                 ANSWER);
  train = call_async (fixture, "one", "train", "{\"model\":\"auto\",\"temperature\":0.2,\"stream\":false,\"y\":[1E5, \"\xc3\xa9\"]}");
  wait_until (is_done, train);
  assert_reply (train, 200, ANSWER_OUT);
  g_assert_cmpstr (leyden_http_request_get_response_header (train->request, "Content-Type"), ==, "application/json");
  g_assert_null (leyden_http_request_get_response_header (train->request, "X-Up"));

  sent = misbehaving_server_dup_request (fixture->upstream, 0);
  g_assert_true (g_str_has_prefix (sent, "POST /v1/chat/completions HTTP/1.1\r\n"));
  g_assert_true (g_str_has_suffix (sent, "\r\n\r\n{\"model\":\"" MODEL "\",\"temperature\":1.0,\"stream\":false,\"y\":[100000.0,\"\xc3\xa9\"],"
                                         "\"return_token_ids\":true,\"logprobs\":true}"));
  g_assert_null (strstr (sent, "Authorization"));
  g_assert_null (strstr (sent, fixture->server->key));
  g_assert_nonnull (strstr (sent, "Content-Type: application/json\r\n"));
  g_assert_nonnull (strstr (sent, "Accept: */*\r\n"));

  val = call_async (fixture, "one", "val", "{}");
  wait_until (is_done, val);
  assert_reply (val, 200, ANSWER_OUT);
  sent_val = misbehaving_server_dup_request (fixture->upstream, 1);
  g_assert_true (g_str_has_suffix (sent_val, "\r\n\r\n{\"model\":\"" MODEL "\",\"temperature\":0.5,\"return_token_ids\":true}"));

  events = events_of (fixture, "one");
  g_assert_cmpint (leyden_value_get_size (events), ==, 2);
  latency = leyden_value_lookup_pointer (events, "/0/data/latency_ms");
  g_assert_true (leyden_value_get_double (latency, &ms) && ms >= 0);
  event = leyden_json_write (leyden_value_lookup_pointer (events, "/0/data"), LEYDEN_JSON_PYTHON);
  expected = g_strdup_printf ("{\"model\":\"" MODEL "\",\"model_version\":3,\"request\":{\"model\":\"" MODEL "\",\"temperature\":1.0,\"stream\":false,"
                              "\"y\":[100000.0,\"\xc3\xa9\"],\"return_token_ids\":true,\"logprobs\":true},\"response\":" ANSWER_OUT ",\"server\":{\"model\":\""
                              MODEL "\",\"endpoint\":\"%s\",\"version\":3},\"latency_ms\":%s,\"http_status\":200,\"status\":\"ok\",\"retry_count\":0,"
                              "\"usage\":{\"total_tokens\":5},\"finish_reason\":\"stop\"}", endpoint, leyden_value_get_number_text (latency));
  g_assert_cmpstr (event, ==, expected);
  assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
}

/* Answers that are not tried again. */
static const struct { const char *path; guint status; const char *type, *body; guint expected; const char *answer; guint kept; const char *word; } plain[] = {
  { "/ok", 200, JSON_TYPE, "{\"a\":1}", 200, "{\"a\":1}", 200, "ok" },
  { "/created", 201, JSON_TYPE, "{ \"a\" : [ ] }", 201, "{\"a\":[]}", 201, "ok" },
  { "/bad", 400, JSON_TYPE, "{\"error\":{\"message\":\"no\"}}", 400, "{\"error\":{\"message\":\"no\"}}", 400, "error" },
  { "/unauthorized", 401, JSON_TYPE, "{}", 401, "{}", 401, "error" },
  { "/missing", 404, "Content-Type: text/html\r\n", "<html>", 404, "{}", 404, "error" },
  { "/html", 200, "Content-Type: text/html\r\n", "<html>", 200, "{}", 200, "ok" },
  { "/none", 200, "", "{\"a\":1}", 200, "{}", 200, "ok" },
  { "/problem", 422, "Content-Type: application/problem+json\r\n", "{\"a\":1}", 422, "{}", 422, "error" },
  { "/redirect", 307, "Content-Type: text/plain\r\nLocation: /ok/chat/completions\r\n", "there", 307, "{}", 307, "ok" },
  { "/redirect-json", 301, JSON_TYPE "Location: http://127.0.0.1:1/\r\n", "{\"to\":1}", 301, "{\"to\":1}", 301, "ok" },
  { "/broken", 200, JSON_TYPE, "{\"a\":", 502, "{\"detail\":\"Upstream model server returned an invalid response\"}", 502, "error" },
  { "/list", 200, JSON_TYPE, "[1]", 502, "{\"detail\":\"Upstream model server returned an invalid response\"}", 502, "error" },
  { "/nan", 200, JSON_TYPE, "{\"a\":NaN}", 502, "{\"detail\":\"Upstream model server returned an invalid response\"}", 502, "error" },
  { "/empty", 200, JSON_TYPE, "", 502, "{\"detail\":\"Upstream model server returned an invalid response\"}", 502, "error" },
  { "/utf8", 200, JSON_TYPE, "{\"a\":\"\xff\"}", 502, "{\"detail\":\"Upstream model server returned an invalid response\"}", 502, "error" },
};

/* Of the servers in the registry, sorted, the one of each rollout is known: this finds a rollout for server @index of @n. */
static char *
rollout_for (guint index,
             guint n)
{
  for (guint k = 0;; k++)
    {
      g_autofree char *rollout = g_strdup_printf ("s%u-%u", index, k);
      g_autofree char *hex = g_compute_checksum_for_string (G_CHECKSUM_SHA256, rollout, -1);

      hex[16] = '\0';
      if (g_ascii_strtoull (hex, NULL, 16) % n == index)
        return g_steal_pointer (&rollout);
    }
}

static void
assert_event (Fixture    *fixture,
              const char *rollout,
              guint       http_status,
              const char *word,
              guint       n_retries)
{
  g_autoptr(LeydenValue) events = events_of (fixture, rollout);
  LeydenValue *event = leyden_value_lookup_pointer (events, "/0/data");

  g_assert_cmpint (leyden_value_get_size (events), ==, http_status == 0 ? 0 : 1);
  if (http_status == 0)
    return;
  g_assert_cmpint (leyden_value_get_member_int (event, "http_status", 0), ==, http_status);
  g_assert_cmpstr (leyden_value_get_member_string (event, "status", NULL), ==, word);
  g_assert_cmpint (leyden_value_get_member_int (event, "retry_count", -1), ==, n_retries);
}

static void
test_answers (Fixture       *fixture,
              gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      g_autofree char *path = g_strconcat (plain[i].path, "/chat/completions", NULL);
      g_autofree char *rollout = g_strdup_printf ("plain-%u", i);
      g_autoptr(Reply) cleared = ask (fixture, "DELETE", "/api/models", NULL);
      g_autoptr(Reply) reply = NULL;

      g_test_message ("%s", plain[i].path);
      create (fixture, rollout);
      add_upstream (fixture, plain[i].path);
      misbehaving_server_add_answer (fixture->upstream, path, plain[i].status, plain[i].type, plain[i].body);
      reply = call (fixture, rollout, "{}");
      assert_reply (reply, plain[i].expected, plain[i].answer);
      g_assert_null (leyden_http_request_get_response_header (reply->request, "Location"));
      assert_event (fixture, rollout, plain[i].kept, plain[i].word, 0);
      g_assert_cmpint (misbehaving_server_get_n_requests (fixture->upstream), ==, i + 1);
    }
  {
    g_autoptr(Reply) cleared = ask (fixture, "DELETE", "/api/models", NULL);
    g_autoptr(Reply) reply = NULL;

    create (fixture, "no-content");
    add_upstream (fixture, "/no-content");
    misbehaving_server_add_raw (fixture->upstream, "/no-content/chat/completions", "HTTP/1.1 204 No Content\r\n\r\n", -1, 0, 0, MISBEHAVE_KEEP);
    reply = call (fixture, "no-content", "{}");
    assert_reply (reply, 204, "");
    assert_event (fixture, "no-content", 204, "ok", 0);
  }
}

/* What is tried again: all at once, since a dead server takes its fifteen seconds. Paths in sorted order. */
static const struct { const char *path; guint expected; const char *answer; guint n_tries; guint kept; } again[] = {
  { "/a-408", 408, "{\"s\":408}", 6, 408 },
  { "/b-409", 409, "{\"s\":409}", 6, 409 },
  { "/c-429", 429, "{\"s\":429}", 6, 429 },
  { "/d-500", 500, "{}", 6, 500 },
  { "/e-503", 503, "{\"s\":503}", 6, 503 },
  { "/f-second", 200, "{\"s\":200}", 2, 200 },
  { "/g-hang", 504, "{\"detail\":\"Upstream model server timed out\"}", 6, 0 },
  { "/h-reset", 502, "{\"detail\":\"Upstream model server request failed\"}", 6, 0 },
  { "/i-short", 502, "{\"detail\":\"Upstream model server request failed\"}", 6, 0 },
  { "/j-third", 200, "{\"s\":200}", 3, 200 },
};

static guint
count_requests (Fixture    *fixture,
                const char *path)
{
  g_autofree char *line = g_strdup_printf ("POST %s/", path);
  guint n = 0;

  for (guint i = 0; i < misbehaving_server_get_n_requests (fixture->upstream); i++)
    {
      g_autofree char *request = misbehaving_server_dup_request (fixture->upstream, i);

      n += g_str_has_prefix (request, line);
    }
  return n;
}

static void
add_again (Fixture *fixture)
{
  MisbehavingServer *up = fixture->upstream;

  /* A Retry-After of the upstream is not waited for: the test would see it. */
  misbehaving_server_add_answer (up, "/a-408/chat/completions", 408, JSON_TYPE, "{\"s\":408}");
  misbehaving_server_add_answer (up, "/b-409/chat/completions", 409, JSON_TYPE, "{\"s\":409}");
  misbehaving_server_add_answer (up, "/c-429/chat/completions", 429, JSON_TYPE "Retry-After: 3600\r\n", "{\"s\":429}");
  misbehaving_server_add_answer (up, "/d-500/chat/completions", 500, "Content-Type: text/plain\r\n", "oh");
  misbehaving_server_add_answer (up, "/e-503/chat/completions", 503, JSON_TYPE, "{\"s\":503}");
  misbehaving_server_add_answer (up, "/f-second/chat/completions", 503, JSON_TYPE, "{\"s\":503}");
  misbehaving_server_add_answer (up, "/f-second/chat/completions", 200, JSON_TYPE, "{\"s\":200}");
  misbehaving_server_add_raw (up, "/g-hang/chat/completions", "HTTP/1.1 200 OK\r\n", -1, 0, 0, MISBEHAVE_HANG);
  misbehaving_server_add_raw (up, "/h-reset/chat/completions", "HTTP/1.1 200 OK\r\nContent-Le", -1, 0, 0, MISBEHAVE_RESET);
  misbehaving_server_add_raw (up, "/i-short/chat/completions", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"a\"", -1, 0, 0,
                              MISBEHAVE_CLOSE);
  misbehaving_server_add_raw (up, "/j-third/chat/completions", "", 0, 0, 0, MISBEHAVE_CLOSE);
  misbehaving_server_add_answer (up, "/j-third/chat/completions", 500, JSON_TYPE, "{}");
  misbehaving_server_add_answer (up, "/j-third/chat/completions", 200, JSON_TYPE, "{\"s\":200}");
}

static void
test_retries (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(GPtrArray) replies = g_ptr_array_new_with_free_func (reply_free);
  g_autoptr(GPtrArray) rollouts = g_ptr_array_new_with_free_func (g_free);
  gint64 began_us;

  add_again (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    {
      char *rollout = rollout_for (i, G_N_ELEMENTS (again));

      add_upstream (fixture, again[i].path);
      create (fixture, rollout);
      g_ptr_array_add (rollouts, rollout);
    }
  began_us = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    g_ptr_array_add (replies, call_async (fixture, rollouts->pdata[i], "train", "{}"));
  /* Those that sleep between tries are counted as well: the first has answered twice by then, the others sleep. */
  wait_until (is_done, replies->pdata[5]);
  {
    g_autoptr(Reply) state = ask (fixture, "GET", "/proxy/state", NULL);
    g_autofree char *text = text_of (state);
    g_autoptr(LeydenValue) value = parse (text);

    g_assert_cmpint (leyden_value_get_member_int (value, "inflight", 0), >=, 8);
  }
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    {
      wait_until (is_done, replies->pdata[i]);
      g_test_message ("%s", again[i].path);
      assert_reply (replies->pdata[i], again[i].expected, again[i].answer);
      g_assert_cmpint (count_requests (fixture, again[i].path), ==, again[i].n_tries);
      assert_event (fixture, rollouts->pdata[i], again[i].kept, again[i].kept == 200 ? "ok" : "error", again[i].n_tries - 1);
    }
  /* At least the pauses at their shortest. */
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, (gint64)(0.75 * 15.5 * G_USEC_PER_SEC) - 20000);
  assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
}

/* No try is made where none may or can be made. */
static void
test_bad_endpoints (Fixture       *fixture,
                    gconstpointer  data)
{
  static const char * const endpoints[] = { "", "not a url", "v1" };

  create (fixture, "one");
  for (guint i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      g_autoptr(Reply) cleared = ask (fixture, "DELETE", "/api/models", NULL);
      g_autoptr(Reply) reply = NULL;

      add_model (fixture, endpoints[i]);
      reply = call (fixture, "one", "{}");
      assert_reply (reply, 502, "{\"detail\":\"Upstream model server request failed\"}");
    }
  assert_event (fixture, "one", 0, NULL, 0);
}

/* ---- Pause ---- */

static void
test_pause (Fixture       *fixture,
            gconstpointer  data)
{
  static const struct { const char *body; guint status; const char *answer; } cases[] = {
    { "{}", 200, "{\"paused\":true,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}" },
    { "{\"retry_after_seconds\":\" 7 \",\"reason\":\"a \\\"b\\\"\"}", 200, "{\"paused\":true,\"retry_after_seconds\":7,\"reason\":\"a \\\"b\\\"\",\"inflight\":0}" },
    { "{\"retry_after_seconds\":2.0,\"reason\":null}", 200, "{\"paused\":true,\"retry_after_seconds\":2,\"reason\":null,\"inflight\":0}" },
    { "{\"retry_after_seconds\":true,\"x\":1}", 200, "{\"paused\":true,\"retry_after_seconds\":1,\"reason\":null,\"inflight\":0}" },
    { NULL, 422, "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\",\"input\":null}]}" },
    { "null", 422, "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\",\"input\":null}]}" },
    { "[]", 422, "{\"detail\":[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should be a valid dictionary or object to extract fields from\","
                 "\"input\":[]}]}" },
    { "{\"retry_after_seconds\":null,\"reason\":5}", 422,
      "{\"detail\":[{\"type\":\"int_type\",\"loc\":[\"body\",\"retry_after_seconds\"],\"msg\":\"Input should be a valid integer\",\"input\":null},"
      "{\"type\":\"string_type\",\"loc\":[\"body\",\"reason\"],\"msg\":\"Input should be a valid string\",\"input\":5}]}" },
  };
  /* A47 */
  static const char * const hostile[] = { "-5", "1e9", "\"x\"", "1.5", "99999999999999999999", "-99999999999999999999", "[]", "\"\"" };
  static const char shown[] = "{\"paused\":true,\"retry_after_seconds\":9,\"reason\":\"rollout_done step=7\",\"inflight\":0}";
  g_autofree char *path = proxy_path ("one", "train");
  g_autoptr(Reply) again_paused = NULL;
  g_autoptr(Reply) resumed = NULL;
  g_autoptr(Reply) twice = NULL;
  g_autoptr(Reply) refused = NULL;
  g_autoptr(Reply) passed = NULL;

  create (fixture, "one");
  add_upstream (fixture, "/v1");
  misbehaving_server_add_answer (fixture->upstream, "/v1/chat/completions", 200, JSON_TYPE, "{}");
  assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Reply) reply = ask (fixture, "POST", "/proxy/pause", cases[i].body);

      assert_reply (reply, cases[i].status, cases[i].answer);
    }
  again_paused = ask (fixture, "POST", "/proxy/pause", "{\"retry_after_seconds\":9,\"reason\":\"rollout_done step=7\"}");
  assert_reply (again_paused, 200, shown);
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"retry_after_seconds\":%s}", hostile[i]);
      g_autoptr(Reply) reply = ask (fixture, "POST", "/proxy/pause", body);

      g_assert_cmpint (status_of (reply), ==, 422);
    }
  assert_state (fixture, shown);

  /* It outlives the process, however that ends. */
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  start_server (fixture);
  assert_state (fixture, shown);
  refused = ask (fixture, "POST", path, "{}");
  assert_reply (refused, 429, "{\"error\": \"gateway paused\", \"reason\": \"rollout_done step=7\"}");
  g_assert_cmpstr (leyden_http_request_get_response_header (refused->request, "retry-after"), ==, "9");
  g_assert_cmpstr (leyden_http_request_get_response_header (refused->request, "x-agl-paused"), ==, "true");
  assert_event (fixture, "one", 0, NULL, 0);

  resumed = ask (fixture, "POST", "/proxy/resume", NULL);
  assert_reply (resumed, 200, "{\"paused\":false,\"retry_after_seconds\":9,\"reason\":null,\"inflight\":0}");
  twice = ask (fixture, "POST", "/proxy/resume", "what ever");
  assert_reply (twice, 200, "{\"paused\":false,\"retry_after_seconds\":9,\"reason\":null,\"inflight\":0}");
  passed = ask (fixture, "POST", path, "{}");
  assert_reply (passed, 200, "{}");
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  start_server (fixture);
  assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":9,\"reason\":null,\"inflight\":0}");
  /* The call that was answered is there. */
  assert_event (fixture, "one", 200, "ok", 0);
}

/* ---- An upstream that waits to be told ---- */

typedef struct
{
  LeydenHttpServer *server;
  GPtrArray        *held;               /* LeydenHttpExchange */
  guint             wanted;
} Gate;

static void
hold_cb (LeydenHttpExchange *exchange,
         gpointer            data)
{
  Gate *gate = data;

  g_ptr_array_add (gate->held, leyden_http_exchange_ref (exchange));
}

static void
gate_open (Gate *self)
{
  g_autoptr(GBytes) body = g_bytes_new_static ("{\"choices\":[{\"token_ids\":[1]}]}", 31);

  for (guint i = 0; i < self->held->len; i++)
    leyden_http_exchange_respond (self->held->pdata[i], 200, "application/json", body);
  g_ptr_array_set_size (self->held, 0);
}

static void
gate_start (Gate    *self,
            Fixture *fixture)
{
  g_autofree char *uri = NULL;
  g_autoptr(GError) error = NULL;

  self->server = leyden_http_server_new ();
  self->held = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  leyden_http_server_add_route (self->server, "POST", "/v1/chat/completions", 0, 1 << 20, hold_cb, self);
  g_assert_true (leyden_http_server_start (self->server, "127.0.0.1", 0, &error));
  uri = g_strdup_printf ("http://127.0.0.1:%u/v1", leyden_http_server_get_port (self->server));
  add_model (fixture, uri);
}

static void
gate_stop (Gate *self)
{
  leyden_http_server_stop (self->server, 0);
  g_clear_object (&self->server);
  g_clear_pointer (&self->held, g_ptr_array_unref);
}

static gboolean
has_arrived (gpointer data)
{
  Gate *gate = data;

  return gate->held->len >= gate->wanted;
}

static guint
count_threads (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

/* The upstream sees all of them at once; no thread waits for any; a pause lets them finish; the cap answers 503. */
static void
test_thousand (Fixture       *fixture,
               gconstpointer  data)
{
  Gate gate = { .wanted = 1000 };
  g_autoptr(GPtrArray) replies = g_ptr_array_new_with_free_func (reply_free);
  g_autoptr(LeydenValue) events = NULL;
  g_autoptr(Reply) paused = NULL;

  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", MODEL, "--proxy-calls", "1000", NULL);
  gate_start (&gate, fixture);
  create (fixture, "many");
  for (guint i = 0; i < 1000; i++)
    g_ptr_array_add (replies, call_async (fixture, "many", "train", "{}"));
  wait_until (has_arrived, &gate);
  g_assert_cmpint (count_threads (fixture->server->pid), <, 64);
  assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":1000}");
  {
    g_autoptr(Reply) refused = call (fixture, "many", "{}");

    assert_reply (refused, 503, "{\"detail\":\"Too many model calls are under way\"}");
    g_assert_cmpstr (leyden_http_request_get_response_header (refused->request, "Retry-After"), ==, "1");
  }
  paused = ask (fixture, "POST", "/proxy/pause", "{}");
  assert_reply (paused, 200, "{\"paused\":true,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":1000}");
  gate_open (&gate);
  for (guint i = 0; i < 1000; i++)
    {
      wait_until (is_done, replies->pdata[i]);
      assert_reply (replies->pdata[i], 200, "{\"choices\":[{\"token_ids\":[1]}]}");
    }
  assert_state (fixture, "{\"paused\":true,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
  events = events_of (fixture, "many");
  g_assert_cmpint (leyden_value_get_size (events), ==, 1000);
  gate_stop (&gate);
}

static gboolean
has_event (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) events = events_of (fixture, "gone");

  return leyden_value_get_size (events) == 1;
}

/* A client that goes away cancels nothing; a rollout that goes away does. */
static void
test_leaving (Fixture       *fixture,
              gconstpointer  data)
{
  Gate gate = { .wanted = 2 };
  g_autofree char *path = proxy_path ("gone", "train");
  g_autofree char *head = NULL;
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  g_autoptr(Reply) deleted = NULL;
  g_autoptr(Reply) gone = NULL;

  gate_start (&gate, fixture);
  create (fixture, "gone");
  create (fixture, "deleted");
  deleted = call_async (fixture, "deleted", "val", "{}");
  head = g_strdup_printf ("POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", path, fixture->server->key);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", fixture->server->port, NULL, NULL);
  g_assert_nonnull (connection);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), head, strlen (head), NULL, NULL, NULL));
  wait_until (has_arrived, &gate);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  gone = ask (fixture, "DELETE", "/api/rollouts/deleted", NULL);
  g_assert_cmpint (status_of (gone), ==, 204);
  gate_open (&gate);
  wait_until (is_done, deleted);
  assert_reply (deleted, 404, "{\"detail\":\"Rollout not found: deleted\"}");
  wait_until (has_event, fixture);
  gate_stop (&gate);
}

/* The end of the program is no end of the agent: it is asked to come again. */
static void
test_end (Fixture       *fixture,
          gconstpointer  data)
{
  Gate gate = { .wanted = 1 };
  g_autoptr(Reply) held = NULL;
  g_autoptr(Reply) sleeping = NULL;
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->upstream, "/v1");

  gate_start (&gate, fixture);
  create (fixture, "held");
  held = call_async (fixture, "held", "train", "{}");
  wait_until (has_arrived, &gate);
  {
    g_autoptr(Reply) cleared = ask (fixture, "DELETE", "/api/models", NULL);
  }
  add_model (fixture, uri);
  misbehaving_server_add_answer (fixture->upstream, "/v1/chat/completions", 500, JSON_TYPE, "{}");
  sleeping = call_async (fixture, "held", "train", "{}");
  while (misbehaving_server_get_n_requests (fixture->upstream) < 3)
    g_main_context_iteration (NULL, FALSE);
  g_subprocess_send_signal (fixture->server->process, SIGTERM);
  wait_until (is_done, held);
  wait_until (is_done, sleeping);
  assert_reply (held, 503, "{\"detail\":\"The gateway is about to end\"}");
  assert_reply (sleeping, 503, "{\"detail\":\"The gateway is about to end\"}");
  g_assert_cmpstr (leyden_http_request_get_response_header (held->request, "Retry-After"), ==, "1");
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  start_server (fixture);
  gate_stop (&gate);
}

/* ---- Streams ---- */

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
      g_autoptr(Reply) cleared = ask (fixture, "DELETE", "/api/models", NULL);
      g_autoptr(Reply) reply = NULL;
      g_autoptr(LeydenValue) events = NULL;
      const char *rollout = streams_of[i].path + 1;

      g_test_message ("%s", streams_of[i].path);
      create (fixture, rollout);
      add_upstream (fixture, streams_of[i].path);
      misbehaving_server_add_raw (fixture->upstream, path, streams_of[i].sent, -1, 7, 0, MISBEHAVE_CLOSE);
      reply = call (fixture, rollout, "{\"stream\":true}");
      assert_reply (reply, streams_of[i].status, streams_of[i].got);
      if (g_str_has_prefix (streams_of[i].got, "data:"))
        {
          g_assert_cmpstr (leyden_http_request_get_content_type (reply->request), ==, "text/event-stream");
          g_assert_cmpstr (leyden_http_request_get_response_header (reply->request, "X-Leyden-Extension"), ==, "streaming");
        }
      assert_event (fixture, rollout, streams_of[i].kept, streams_of[i].word, 0);
      events = events_of (fixture, rollout);
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
  g_autoptr(LeydenValue) body = parse ("{\"stream\":true}");

  leyden_http_server_add_route (server, "POST", "/v1/chat/completions", 0, 1 << 20, live_cb, &live);
  g_assert_true (leyden_http_server_start (server, "127.0.0.1", 0, NULL));
  uri = g_strdup_printf ("http://127.0.0.1:%u/v1", leyden_http_server_get_port (server));
  create (fixture, "live");
  add_model (fixture, uri);
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
  assert_event (fixture, "live", 200, "ok", 0);
  leyden_http_stream_unref (live.stream);
  leyden_http_server_stop (server, 0);
  g_object_unref (server);
  g_string_free (live.text, TRUE);
}

/* ---- Options ---- */

static void
test_options (void)
{
  static const char * const bad[][2] = {
    { "--train-temperature", "x" }, { "--train-temperature", "-1" }, { "--val-temperature", "nan" }, { "--val-temperature", "1e9" },
    { "--train-temperature", "" }, { "--val-temperature", "inf" }, { "--train-temperature", "1e400" }, { "--val-temperature", "0x1" }, { "--proxy-timeout", "0" }, { "--proxy-calls", "many" },
  };
  Sandbox sandbox;

  sandbox_set_up (&sandbox);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&sandbox, "serve", bad[i][0], bad[i][1], NULL);

      g_assert_cmpint (outcome->status, ==, 2);
      g_assert_nonnull (strstr (outcome->err, bad[i][0]));
      g_assert_cmpstr (outcome->out, ==, "");
    }
  sandbox_tear_down (&sandbox);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/proxy/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("order", test_order);
  ADD ("key", test_key);
  ADD ("forward", test_forward);
  ADD ("answers", test_answers);
  ADD ("retries", test_retries);
  ADD ("bad-endpoints", test_bad_endpoints);
  ADD ("pause", test_pause);
  ADD ("thousand", test_thousand);
  ADD ("leaving", test_leaving);
  ADD ("end", test_end);
  ADD ("streams", test_streams);
  ADD ("live", test_live);
#undef ADD
  g_test_add_func ("/proxy/options", test_options);
  return g_test_run ();
}
