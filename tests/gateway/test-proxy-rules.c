/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-gateway-proxy-private.h"
#include "leyden-json.h"

static LeydenValue *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
assert_json (LeydenValue *value,
             const char  *expected)
{
  g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_PYTHON);

  g_assert_cmpstr (text, ==, expected);
}

/* Check values of the wire's reference, with three servers. */
static void
test_choice (void)
{
  static const struct { const char *rollout; guint64 first; const char *endpoint; } cases[] = {
    { "r-0", G_GUINT64_CONSTANT (0xe5ac5b23e624272a), "b" }, { "r-1", G_GUINT64_CONSTANT (0xa5fa777a3dc67268), "c" },
    { "r-2", G_GUINT64_CONSTANT (0x211fc184341de0bd), "b" }, { "r-3", G_GUINT64_CONSTANT (0xbcd2e296b5bce29a), "c" },
    { "r-4", G_GUINT64_CONSTANT (0x1623f23b0e2e5cc8), "c" }, { "r-5", G_GUINT64_CONSTANT (0x1c61c3352016ed00), "b" },
  };
  g_autoptr(LeydenValue) models = parse ("[{\"model\":\"m\",\"endpoint\":\"c\"},{\"model\":\"other\",\"endpoint\":\"0\"},"
                                         "{\"model\":\"m\",\"endpoint\":\"a\"},{\"model\":\"m\",\"endpoint\":\"b\"}]");
  g_autoptr(LeydenValue) servers = leyden_proxy_sort_servers (models, "m");

  g_assert_cmpint (leyden_value_get_size (servers), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenValue *server = leyden_proxy_choose (servers, cases[i].rollout);

      g_assert_cmphex (leyden_proxy_hash (cases[i].rollout), ==, cases[i].first);
      g_assert_cmpstr (leyden_value_get_member_string (server, "endpoint", ""), ==, cases[i].endpoint);
    }
}

/* Code points, not UTF-16 units: U+FFFD stands before U+10000. */
static void
test_sort (void)
{
  g_autoptr(LeydenValue) models = parse ("[{\"model\":\"m\",\"endpoint\":\"\\ud800\\udc00\"},{\"model\":\"m\",\"endpoint\":\"\\ufffd\"},"
                                         "{\"model\":\"m\",\"endpoint\":\"B\"},{\"model\":\"m\",\"endpoint\":\"a\"}]");
  g_autoptr(LeydenValue) servers = leyden_proxy_sort_servers (models, "m");
  static const char * const order[] = { "B", "a", "\xef\xbf\xbd", "\xf0\x90\x80\x80" };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (servers, i), "endpoint", ""), ==, order[i]);
}

static void
test_force (void)
{
  static const struct { const char *body; gboolean train; gboolean log_probs; const char *forced; } cases[] = {
    { "{}", TRUE, TRUE, "{\"model\":\"m\",\"temperature\":1.0,\"return_token_ids\":true,\"logprobs\":true}" },
    { "{}", TRUE, FALSE, "{\"model\":\"m\",\"temperature\":1.0,\"return_token_ids\":true}" },
    { "{}", FALSE, TRUE, "{\"model\":\"m\",\"temperature\":0.25,\"return_token_ids\":true}" },
    /* Keeps its place. */
    { "{\"temperature\":0,\"x\":[1E5],\"model\":\"auto\",\"logprobs\":false}", TRUE, TRUE,
      "{\"temperature\":1.0,\"x\":[100000.0],\"model\":\"m\",\"logprobs\":true,\"return_token_ids\":true}" },
    { "{\"logprobs\":5,\"return_token_ids\":false}", FALSE, TRUE,
      "{\"logprobs\":5,\"return_token_ids\":true,\"model\":\"m\",\"temperature\":0.25}" },
    { "{\"n\":123456789012345678901234567890,\"model\":{\"a\":1}}", FALSE, TRUE,
      "{\"n\":123456789012345678901234567890,\"model\":\"m\",\"temperature\":0.25,\"return_token_ids\":true}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenProxyRules rules = { (char *)"m", 1, 0.25, cases[i].log_probs };
      g_autoptr(GBytes) bytes = g_bytes_new_static (cases[i].body, strlen (cases[i].body));
      g_autoptr(LeydenValue) body = leyden_proxy_parse (bytes);
      g_autoptr(LeydenValue) forced = leyden_proxy_force (&rules, body, cases[i].train);

      assert_json (forced, cases[i].forced);
    }
}

static void
test_truthy (void)
{
  static const char * const falsy[] = { "null", "false", "0", "0.0", "-0", "0e5", "\"\"", "[]", "{}" };
  static const char * const truthy[] = { "true", "1", "-1", "0.5", "\"no\"", "\"false\"", "\"\\u0000\"", "[0]", "{\"a\":null}", "1e300" };

  g_assert_false (leyden_proxy_is_truthy (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (falsy); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (falsy[i], -1, &(LeydenJsonLimits){ .policy = LEYDEN_JSON_WIRE }, NULL);

      g_assert_false (leyden_proxy_is_truthy (value));
    }
  for (guint i = 0; i < G_N_ELEMENTS (truthy); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (truthy[i], -1, &(LeydenJsonLimits){ .policy = LEYDEN_JSON_WIRE }, NULL);

      g_assert_true (leyden_proxy_is_truthy (value));
    }
}

static void
test_body (void)
{
  static const char * const good[] = { "", "{}", " {\"a\":1} ", "\xEF\xBB\xBF{}", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}", "{\"a\":99999999999999999999}" };
  static const char * const bad[] = { " ", "[]", "null", "1", "\"x\"", "{", "{}{}", "{\"a\":NaN}", "{\"a\":-Infinity}", "{\"a\":1e400}",
                                      "{\"a\":\"\xff\"}", "{\"a\":[-1e999]}", "{a:1}" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(GBytes) bytes = g_bytes_new_static (good[i], strlen (good[i]));
      g_autoptr(LeydenValue) value = leyden_proxy_parse (bytes);

      g_assert_nonnull (value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GBytes) bytes = g_bytes_new_static (bad[i], strlen (bad[i]));

      g_assert_null (leyden_proxy_parse (bytes));
    }
}

static void
test_retries (void)
{
  static const guint again[] = { 408, 409, 429, 500, 502, 503, 504, 529, 599 };
  static const guint not_again[] = { 200, 201, 204, 301, 307, 400, 401, 404, 422, 499 };
  static const guint bounds[][2] = { { 375, 625 }, { 750, 1250 }, { 1500, 2500 }, { 3000, 5000 }, { 6000, 10000 } };

  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    g_assert_true (leyden_proxy_retries_status (again[i]));
  for (guint i = 0; i < G_N_ELEMENTS (not_again); i++)
    g_assert_false (leyden_proxy_retries_status (not_again[i]));
  for (guint k = 1; k <= 5; k++)
    {
      g_assert_cmpint (leyden_proxy_pause_ms (k, 0), ==, bounds[k - 1][0]);
      g_assert_cmpint (leyden_proxy_pause_ms (k, 0.999999), <=, bounds[k - 1][1]);
      g_assert_cmpint (leyden_proxy_pause_ms (k, 0.999999), >=, bounds[k - 1][1] - 1);
    }
}

static void
test_uri (void)
{
  static const struct { const char *endpoint, *uri; } cases[] = {
    { "http://h:1/v1", "http://h:1/v1/completions" }, { "http://h:1/v1///", "http://h:1/v1/completions" },
    { "", "/completions" }, { "///", "/completions" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *uri = leyden_proxy_uri (cases[i].endpoint, "completions");

      g_assert_cmpstr (uri, ==, cases[i].uri);
    }
}

static void
test_event (void)
{
  g_autoptr(LeydenValue) server = parse ("{\"model\":\"m\",\"endpoint\":\"http://h/v1/\",\"version\":3}");
  g_autoptr(LeydenValue) request = parse ("{\"model\":\"m\"}");
  static const struct { const char *response; guint status; const char *problem, *end; } cases[] = {
    { "{\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"total_tokens\":5}}", 200, NULL,
      "\"http_status\":200,\"status\":\"ok\",\"retry_count\":2,\"usage\":{\"total_tokens\":5},\"finish_reason\":\"stop\"}" },
    { "{\"choices\":[{\"finish_reason\":\"\"}],\"usage\":5}", 399, NULL,
      "\"http_status\":399,\"status\":\"ok\",\"retry_count\":2,\"usage\":null,\"finish_reason\":null}" },
    { "{\"choices\":{\"0\":1}}", 400, NULL, "\"http_status\":400,\"status\":\"error\",\"retry_count\":2,\"usage\":null,\"finish_reason\":null}" },
    { "{\"choices\":[]}", 502, "why", "\"http_status\":502,\"status\":\"error\",\"retry_count\":2,\"usage\":null,\"finish_reason\":null,\"problem\":\"why\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) response = parse (cases[i].response);
      g_autoptr(LeydenValue) event = leyden_proxy_event (server, request, response, 27.73, cases[i].status, 2, cases[i].problem);
      g_autofree char *expected = g_strconcat ("{\"model\":\"m\",\"model_version\":3,\"request\":{\"model\":\"m\"},\"response\":", cases[i].response,
                                               ",\"server\":{\"model\":\"m\",\"endpoint\":\"http://h/v1/\",\"version\":3},\"latency_ms\":27.73,",
                                               cases[i].end, NULL);

      assert_json (event, expected);
    }
}

/* Each: chunks up to NULL, then what they are pieces of. */
static const struct
{
  const char *chunks[8];
  const char *whole;
  gboolean    is_whole;
} captures[] = {
  { { "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"prompt_token_ids\":[1,2],\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
      "\"finish_reason\":null,\"token_ids\":null}]}",
      "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"},\"token_ids\":[7],"
      "\"logprobs\":{\"content\":[{\"token\":\"Hel\",\"logprob\":-0.5}]},\"finish_reason\":null}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"token_ids\":[8,9],\"logprobs\":{\"content\":[{\"token\":\"lo\",\"logprob\":-0.25}]},"
      "\"finish_reason\":\"stop\"}]}",
      "{\"choices\":[],\"usage\":{\"total_tokens\":5}}" },
    "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m\",\"prompt_token_ids\":[1,2],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
    "\"content\":\"Hello\"},\"finish_reason\":\"stop\",\"token_ids\":[7,8,9],\"logprobs\":{\"content\":[{\"token\":\"Hel\",\"logprob\":-0.5},"
    "{\"token\":\"lo\",\"logprob\":-0.25}]}}],\"usage\":{\"total_tokens\":5}}", TRUE },
  { { "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"\"}}]}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\"\"}}]}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}},{\"index\":1,\"id\":\"b\"}]},\"finish_reason\":\"tool_calls\"}]}" },
    "{\"choices\":[{\"index\":0,\"message\":{\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"x\\\":1}\"}},{\"id\":\"b\"}]},"
    "\"finish_reason\":\"tool_calls\"}]}", TRUE },
  { { "{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"a\",\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[-1.0]}}]}",
      "{\"object\":\"text_completion\",\"choices\":[{\"index\":1,\"text\":\"z\",\"finish_reason\":\"length\"},{\"index\":0,\"text\":\"b\","
      "\"logprobs\":{\"tokens\":[\"b\"],\"token_logprobs\":[-2.0]},\"finish_reason\":\"stop\"}]}" },
    "{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"ab\",\"logprobs\":{\"tokens\":[\"a\",\"b\"],\"token_logprobs\":[-1.0,-2.0]},"
    "\"finish_reason\":\"stop\"},{\"index\":1,\"text\":\"z\",\"finish_reason\":\"length\"}]}", TRUE },
  { { "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}" }, "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"}}]}", FALSE },
  { { "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}", "nonsense" },
    "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}", FALSE },
  { { "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}", "{\"error\":{\"message\":\"out of memory\"}}" },
    "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"error\":{\"message\":\"out of memory\"}}", FALSE },
  { { "{\"choices\":[{\"index\":-1,\"delta\":{}},{\"index\":99999999}]}" }, "{\"choices\":[]}", FALSE },
  { { "[]", "null", "3" }, "{}", FALSE },
  { { "{\"choices\":{\"a\":1}}", "{\"choices\":[{\"index\":0}]}" }, "{\"choices\":{\"a\":1}}", FALSE },
};

static void
test_capture (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (captures); i++)
    {
      g_autoptr(LeydenProxyCapture) capture = leyden_proxy_capture_new ();
      g_autoptr(LeydenValue) whole = NULL;

      for (guint j = 0; captures[i].chunks[j] != NULL; j++)
        leyden_proxy_capture_push (capture, captures[i].chunks[j], strlen (captures[i].chunks[j]));
      whole = leyden_proxy_capture_to_value (capture);
      assert_json (whole, captures[i].whole);
      g_assert_cmpint (leyden_proxy_capture_is_whole (capture), ==, captures[i].is_whole);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proxy-rules/choice", test_choice);
  g_test_add_func ("/proxy-rules/sort", test_sort);
  g_test_add_func ("/proxy-rules/force", test_force);
  g_test_add_func ("/proxy-rules/truthy", test_truthy);
  g_test_add_func ("/proxy-rules/body", test_body);
  g_test_add_func ("/proxy-rules/retries", test_retries);
  g_test_add_func ("/proxy-rules/uri", test_uri);
  g_test_add_func ("/proxy-rules/event", test_event);
  g_test_add_func ("/proxy-rules/capture", test_capture);
  return g_test_run ();
}
