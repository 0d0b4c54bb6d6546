/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The proxy of Agent Lightning over real sockets, between agents and upstreams that misbehave. The order of cases follows the wire's
 * reference, section 5. Calls that are held and streams have files of their own. */
#include "proxy-fixture.h"

#include <signal.h>
#include <string.h>

#include "leyden-json.h"

#define ANSWER "{\"id\":\"c1\",\"prompt_token_ids\":[1,2,3],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"yo\"}," \
               "\"finish_reason\":\"stop\",\"token_ids\":[7,8]}],\"usage\":{\"total_tokens\":5},\"big\":12345678901234567890123,\"f\":1E5}"
#define ANSWER_OUT "{\"id\":\"c1\",\"prompt_token_ids\":[1,2,3],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"yo\"}," \
                   "\"finish_reason\":\"stop\",\"token_ids\":[7,8]}],\"usage\":{\"total_tokens\":5},\"big\":12345678901234567890123,\"f\":100000.0}"

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

  proxy_create (fixture, "one");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Reply) reply = proxy_ask (fixture, "POST", cases[i].path, cases[i].body);

      proxy_assert_reply (reply, cases[i].status, cases[i].answer);
      if (cases[i].status == 503)
        g_assert_cmpstr (leyden_http_request_get_response_header (reply->request, "Retry-After"), ==, "1");
    }
  /* Only its own model counts. */
  {
    g_autoptr(Reply) other = proxy_ask (fixture, "POST", "/api/models", "[{\"model\":\"other\",\"endpoint\":\"http://127.0.0.1:1/v1\"}]");
    g_autoptr(Reply) none = proxy_ask (fixture, "POST", path, "{}");
    g_autoptr(Reply) paused = NULL;
    g_autoptr(Reply) resumed = NULL;
    g_autoptr(Reply) refused = NULL;

    proxy_assert_reply (none, 503, "{\"detail\":\"No servers available for model '" MODEL "'\"}");
    proxy_add_upstream (fixture, "/v1");
    paused = proxy_ask (fixture, "POST", "/proxy/pause", "{}");
    refused = proxy_ask (fixture, "POST", path, "{\"stream\":1}");
    proxy_assert_reply (refused, 429, "{\"error\": \"gateway paused\", \"reason\": null}");
    resumed = proxy_ask (fixture, "POST", "/proxy/resume", NULL);
  }
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"stream\":%s}", streams[i]);
      g_autoptr(Reply) reply = proxy_ask (fixture, "POST", path, body);

      proxy_assert_reply (reply, 400, "{\"detail\":\"Streaming responses are not supported\"}");
    }
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->upstream), ==, 0);
  {
    g_autoptr(LeydenValue) events = proxy_events_of (fixture, "one");

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

  proxy_create (fixture, "one");
  proxy_add_upstream (fixture, "/v1//");
  misbehaving_server_add_answer (fixture->upstream, "/v1/chat/completions", 200, "Content-Type: application/json; charset=utf-8\r\nX-Up: 1\r\n",
                                 ANSWER);
  train = proxy_call_async (fixture, "one", "train", "{\"model\":\"auto\",\"temperature\":0.2,\"stream\":false,\"y\":[1E5, \"\xc3\xa9\"]}");
  wait_until (proxy_is_done, train);
  proxy_assert_reply (train, 200, ANSWER_OUT);
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

  val = proxy_call_async (fixture, "one", "val", "{}");
  wait_until (proxy_is_done, val);
  proxy_assert_reply (val, 200, ANSWER_OUT);
  sent_val = misbehaving_server_dup_request (fixture->upstream, 1);
  g_assert_true (g_str_has_suffix (sent_val, "\r\n\r\n{\"model\":\"" MODEL "\",\"temperature\":0.5,\"return_token_ids\":true}"));

  events = proxy_events_of (fixture, "one");
  g_assert_cmpint (leyden_value_get_size (events), ==, 2);
  latency = leyden_value_lookup_pointer (events, "/0/data/latency_ms");
  g_assert_true (leyden_value_get_double (latency, &ms) && ms >= 0);
  event = leyden_json_write (leyden_value_lookup_pointer (events, "/0/data"), LEYDEN_JSON_PYTHON);
  expected = g_strdup_printf ("{\"model\":\"" MODEL "\",\"model_version\":3,\"request\":{\"model\":\"" MODEL "\",\"temperature\":1.0,\"stream\":false,"
                              "\"y\":[100000.0,\"\xc3\xa9\"],\"return_token_ids\":true,\"logprobs\":true},\"response\":" ANSWER_OUT ",\"server\":{\"model\":\""
                              MODEL "\",\"endpoint\":\"%s\",\"version\":3},\"latency_ms\":%s,\"http_status\":200,\"status\":\"ok\",\"retry_count\":0,"
                              "\"usage\":{\"total_tokens\":5},\"finish_reason\":\"stop\"}", endpoint, leyden_value_get_number_text (latency));
  g_assert_cmpstr (event, ==, expected);
  proxy_assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
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
test_answers (Fixture       *fixture,
              gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      g_autofree char *path = g_strconcat (plain[i].path, "/chat/completions", NULL);
      g_autofree char *rollout = g_strdup_printf ("plain-%u", i);
      g_autoptr(Reply) cleared = proxy_ask (fixture, "DELETE", "/api/models", NULL);
      g_autoptr(Reply) reply = NULL;

      g_test_message ("%s", plain[i].path);
      proxy_create (fixture, rollout);
      proxy_add_upstream (fixture, plain[i].path);
      misbehaving_server_add_answer (fixture->upstream, path, plain[i].status, plain[i].type, plain[i].body);
      reply = proxy_call (fixture, rollout, "{}");
      proxy_assert_reply (reply, plain[i].expected, plain[i].answer);
      g_assert_null (leyden_http_request_get_response_header (reply->request, "Location"));
      proxy_assert_event (fixture, rollout, plain[i].kept, plain[i].word, 0);
      g_assert_cmpint (misbehaving_server_get_n_requests (fixture->upstream), ==, i + 1);
    }
  {
    g_autoptr(Reply) cleared = proxy_ask (fixture, "DELETE", "/api/models", NULL);
    g_autoptr(Reply) reply = NULL;

    proxy_create (fixture, "no-content");
    proxy_add_upstream (fixture, "/no-content");
    misbehaving_server_add_raw (fixture->upstream, "/no-content/chat/completions", "HTTP/1.1 204 No Content\r\n\r\n", -1, 0, 0, MISBEHAVE_KEEP);
    reply = proxy_call (fixture, "no-content", "{}");
    proxy_assert_reply (reply, 204, "");
    proxy_assert_event (fixture, "no-content", 204, "ok", 0);
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
  g_autoptr(GPtrArray) replies = g_ptr_array_new_with_free_func (proxy_reply_free);
  g_autoptr(GPtrArray) rollouts = g_ptr_array_new_with_free_func (g_free);
  gint64 began_us;

  add_again (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    {
      char *rollout = rollout_for (i, G_N_ELEMENTS (again));

      proxy_add_upstream (fixture, again[i].path);
      proxy_create (fixture, rollout);
      g_ptr_array_add (rollouts, rollout);
    }
  began_us = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    g_ptr_array_add (replies, proxy_call_async (fixture, rollouts->pdata[i], "train", "{}"));
  /* Those that sleep between tries are counted as well: the first has answered twice by then, the others sleep. */
  wait_until (proxy_is_done, replies->pdata[5]);
  {
    g_autoptr(Reply) state = proxy_ask (fixture, "GET", "/proxy/state", NULL);
    g_autofree char *text = proxy_text_of (state);
    g_autoptr(LeydenValue) value = proxy_parse (text);

    g_assert_cmpint (leyden_value_get_member_int (value, "inflight", 0), >=, 8);
  }
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    {
      wait_until (proxy_is_done, replies->pdata[i]);
      g_test_message ("%s", again[i].path);
      proxy_assert_reply (replies->pdata[i], again[i].expected, again[i].answer);
      g_assert_cmpint (count_requests (fixture, again[i].path), ==, again[i].n_tries);
      proxy_assert_event (fixture, rollouts->pdata[i], again[i].kept, again[i].kept == 200 ? "ok" : "error", again[i].n_tries - 1);
    }
  /* At least the pauses at their shortest. */
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, (gint64)(0.75 * 15.5 * G_USEC_PER_SEC) - 20000);
  proxy_assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
}

/* No try is made where none may or can be made. */
static void
test_bad_endpoints (Fixture       *fixture,
                    gconstpointer  data)
{
  static const char * const endpoints[] = { "", "not a url", "v1" };

  proxy_create (fixture, "one");
  for (guint i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      g_autoptr(Reply) cleared = proxy_ask (fixture, "DELETE", "/api/models", NULL);
      g_autoptr(Reply) reply = NULL;

      proxy_add_model (fixture, endpoints[i]);
      reply = proxy_call (fixture, "one", "{}");
      proxy_assert_reply (reply, 502, "{\"detail\":\"Upstream model server request failed\"}");
    }
  proxy_assert_event (fixture, "one", 0, NULL, 0);
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

  proxy_create (fixture, "one");
  proxy_add_upstream (fixture, "/v1");
  misbehaving_server_add_answer (fixture->upstream, "/v1/chat/completions", 200, JSON_TYPE, "{}");
  proxy_assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":5,\"reason\":null,\"inflight\":0}");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Reply) reply = proxy_ask (fixture, "POST", "/proxy/pause", cases[i].body);

      proxy_assert_reply (reply, cases[i].status, cases[i].answer);
    }
  again_paused = proxy_ask (fixture, "POST", "/proxy/pause", "{\"retry_after_seconds\":9,\"reason\":\"rollout_done step=7\"}");
  proxy_assert_reply (again_paused, 200, shown);
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"retry_after_seconds\":%s}", hostile[i]);
      g_autoptr(Reply) reply = proxy_ask (fixture, "POST", "/proxy/pause", body);

      g_assert_cmpint (proxy_status_of (reply), ==, 422);
    }
  proxy_assert_state (fixture, shown);

  /* It outlives the process, however that ends. */
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  proxy_start_server (fixture);
  proxy_assert_state (fixture, shown);
  refused = proxy_ask (fixture, "POST", path, "{}");
  proxy_assert_reply (refused, 429, "{\"error\": \"gateway paused\", \"reason\": \"rollout_done step=7\"}");
  g_assert_cmpstr (leyden_http_request_get_response_header (refused->request, "retry-after"), ==, "9");
  g_assert_cmpstr (leyden_http_request_get_response_header (refused->request, "x-agl-paused"), ==, "true");
  proxy_assert_event (fixture, "one", 0, NULL, 0);

  resumed = proxy_ask (fixture, "POST", "/proxy/resume", NULL);
  proxy_assert_reply (resumed, 200, "{\"paused\":false,\"retry_after_seconds\":9,\"reason\":null,\"inflight\":0}");
  twice = proxy_ask (fixture, "POST", "/proxy/resume", "what ever");
  proxy_assert_reply (twice, 200, "{\"paused\":false,\"retry_after_seconds\":9,\"reason\":null,\"inflight\":0}");
  passed = proxy_ask (fixture, "POST", path, "{}");
  proxy_assert_reply (passed, 200, "{}");
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  proxy_start_server (fixture);
  proxy_assert_state (fixture, "{\"paused\":false,\"retry_after_seconds\":9,\"reason\":null,\"inflight\":0}");
  /* The call that was answered is there. */
  proxy_assert_event (fixture, "one", 200, "ok", 0);
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
#define ADD(name, func) g_test_add ("/proxy/" name, Fixture, NULL, proxy_set_up, func, proxy_tear_down)
  ADD ("order", test_order);
  ADD ("key", test_key);
  ADD ("forward", test_forward);
  ADD ("answers", test_answers);
  ADD ("retries", test_retries);
  ADD ("bad-endpoints", test_bad_endpoints);
  ADD ("pause", test_pause);
#undef ADD
  g_test_add_func ("/proxy/options", test_options);
  return g_test_run ();
}
