/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls over Anthropic's wire, of a server that answers well or badly. */
#include "models-fixture.h"

#include "leyden-anthropic-wire.h"

#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define PATH "/v1/messages"
#define ANSWER "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]," \
               "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}"
#define ERROR(type) "{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"what happened\"}}"
#define EVENT(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"
#define BEGIN EVENT ("message_start", ",\"message\":{\"model\":\"claude-x\",\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}")
#define TEXT BEGIN EVENT ("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}") EVENT ("ping", "") \
             EVENT ("content_block_delta", ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"caf\xc3\xa9 \"}") \
             EVENT ("content_block_delta", ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\xe2\x82\xac 5\"}") \
             EVENT ("content_block_stop", ",\"index\":0")
#define END EVENT ("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}") EVENT ("message_stop", "")

/* "claude": the misbehaving server with Anthropic's wire and a key. */
static void
set_up (Fixture       *f,
        gconstpointer  data)
{
  g_autofree char *uri = NULL;
  g_autofree char *origin = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenEndpoint) endpoint = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  const char *origins[2] = { NULL, NULL };

  models_set_up (f, data);
  uri = misbehaving_server_dup_uri (f->server, "/v1");
  origins[0] = origin = misbehaving_server_dup_uri (f->server, "");
  text = g_strdup_printf ("{\"name\": \"claude\", \"base_uri\": \"%s\", \"wire\": \"anthropic\", \"secret\": \"theirs\", \"default_model\": \"claude-x\"}", uri);
  value = leyden_json_parse (text, -1, NULL, NULL);
  endpoint = leyden_endpoint_from_value (value, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_models_set_endpoint (f->models, endpoint, &error));
  leyden_secrets_set_session (f->secrets, "theirs", "top-secret-value", origins);
}

#define ADD_CLAUDE(path, function) g_test_add (path, Fixture, NULL, set_up, function, models_tear_down)

static void
test_answer (Fixture       *f,
             gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  probe_init (&probe, "claude", FALSE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "hi");
  g_assert_cmpstr (text_at (probe.answer, "/finish_reason"), ==, "stop");
  g_assert_cmpstr (text_at (probe.answer, "/model"), ==, "claude-x");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (probe.answer, "usage"), "prompt_tokens", 0), ==, 3);
  request = misbehaving_server_dup_request (f->server, 0);
  g_assert_nonnull (strstr (request, "x-api-key: top-secret-value"));
  g_assert_nonnull (strstr (request, "anthropic-version: 2023-06-01"));
  g_assert_null (strstr (request, "Authorization"));
  g_assert_nonnull (strstr (request, "\"max_tokens\":9"));
  g_assert_null (strstr (request, "\"seed\""));
  g_assert_null (strstr (request, "max_completion_tokens"));
}

static void
test_stream (Fixture       *f,
             gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD TEXT END, -1, 0, 0, MISBEHAVE_CLOSE);
  probe_init (&probe, "claude", TRUE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "café € 5");
  g_assert_cmpstr (probe.deltas->str, ==, "café € 5");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (probe.answer, "usage"), "prompt_tokens", 0), ==, 10);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (probe.answer, "usage"), "completion_tokens", 0), ==, 7);
  g_assert_null (leyden_value_get_member (probe.answer, "flags"));
}

/* L10: cut into pieces of every size. */
static void
test_pieces (Fixture       *f,
             gconstpointer  data)
{
  static const char stream[] = SSE_HEAD TEXT END;

  for (guint piece = 1; piece < 40; piece += 6)
    misbehaving_server_add_raw (f->server, PATH, stream, -1, piece, 0, MISBEHAVE_CLOSE);
  for (guint piece = 1; piece < 40; piece += 6)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, "claude", TRUE);
      probe_run (f, &probe);
      g_assert_no_error (probe.error);
      g_assert_cmpstr (text_at (probe.answer, "/message/content"), ==, "café € 5");
    }
}

/* L13 */
static void
test_incomplete (Fixture       *f,
                 gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD TEXT, -1, 0, 0, MISBEHAVE_CLOSE);
  probe_init (&probe, "claude", TRUE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_INCOMPLETE);
  g_assert_nonnull (strstr (probe.error->message, "café"));
}

static void
test_stream_error (Fixture       *f,
                   gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_raw (f->server, PATH, SSE_HEAD TEXT EVENT ("error", ",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}"), -1, 0, 0,
                              MISBEHAVE_CLOSE);
  probe_init (&probe, "claude", TRUE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_RATE_LIMIT);
  g_assert_nonnull (strstr (probe.error->message, "slow down"));
}

static void
test_errors (Fixture       *f,
             gconstpointer  data)
{
  static const struct { guint status; const char *body; LeydenModelError code; guint n_requests; } cases[] = {
    { 400, ERROR ("invalid_request_error"), LEYDEN_MODEL_ERROR_REQUEST, 1 }, { 401, ERROR ("authentication_error"), LEYDEN_MODEL_ERROR_AUTH, 1 },
    { 403, ERROR ("permission_error"), LEYDEN_MODEL_ERROR_AUTH, 1 },         { 404, ERROR ("not_found_error"), LEYDEN_MODEL_ERROR_REQUEST, 1 },
    { 413, ERROR ("request_too_large"), LEYDEN_MODEL_ERROR_REQUEST, 1 },     { 200, ERROR ("overloaded_error"), LEYDEN_MODEL_ERROR_UNAVAILABLE, 1 },
    { 200, "{}", LEYDEN_MODEL_ERROR_PROTOCOL, 1 },                           { 200, "{\"content\":\"hi\"}", LEYDEN_MODEL_ERROR_PROTOCOL, 1 },
    { 200, "<html>", LEYDEN_MODEL_ERROR_PROTOCOL, 1 },                       { 200, "{\"content\":[{\"type\":\"tool_use\"}]}", LEYDEN_MODEL_ERROR_PROTOCOL, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    misbehaving_server_add_answer (f->server, PATH, cases[i].status, JSON, cases[i].body);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(Probe) probe = { 0 };

      g_test_message ("%u %s", cases[i].status, cases[i].body);
      probe_init (&probe, "claude", FALSE);
      probe_run (f, &probe);
      g_assert_error (probe.error, LEYDEN_MODEL_ERROR, (int) cases[i].code);
      g_assert_null (strstr (probe.error->message, "top-secret"));
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, G_N_ELEMENTS (cases));
}

/* 429 and 529 are tried again. */
static void
test_overloaded (Fixture       *f,
                 gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  misbehaving_server_add_answer (f->server, PATH, 529, JSON, ERROR ("overloaded_error"));
  misbehaving_server_add_answer (f->server, PATH, 429, JSON, ERROR ("rate_limit_error"));
  misbehaving_server_add_answer (f->server, PATH, 200, JSON, ANSWER);
  leyden_models_set_pause_percent (f->models, 1);
  probe_init (&probe, "claude", FALSE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpuint (misbehaving_server_get_n_requests (f->server), ==, 3);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
test_list (Fixture       *f,
           gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) models = NULL;
  g_autofree char *request = NULL;
  g_autoptr(GAsyncResult) result = NULL;

  misbehaving_server_add_answer (f->server, "/v1/models", 200, JSON, "{\"data\":[{\"type\":\"model\",\"id\":\"claude-x\",\"display_name\":\"X\"}],\"has_more\":false}");
  leyden_models_list_models_async (f->models, "claude", NULL, listed_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  models = leyden_models_list_models_finish (f->models, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text_at (models, "/0/id"), ==, "claude-x");
  request = misbehaving_server_dup_request (f->server, 0);
  g_assert_nonnull (strstr (request, "x-api-key: top-secret-value"));
  g_assert_nonnull (strstr (request, "anthropic-version"));
}

/* ---- Bodies ---- */

static void
test_bodies (void)
{
  static const struct { const char *body; const char *sent; } cases[] = {
    { "{\"model\": \"m\", \"messages\": [{\"role\": \"system\", \"content\": \"S\"}, {\"role\": \"user\", \"content\": \"hi\"}], \"seed\": 7, \"logprobs\": true, \"n\": 2,"
      " \"temperature\": 1.7, \"top_p\": 0.9, \"stop\": \"END\"}",
      "{\"max_tokens\":4096,\"messages\":[{\"content\":[{\"text\":\"hi\",\"type\":\"text\"}],\"role\":\"user\"}],\"model\":\"m\",\"stop_sequences\":[\"END\"],\"system\":\"S\","
      "\"temperature\":1,\"top_p\":0.9}" },
    /* Neighbours are joined, results go first into a user message, an assistant never begins. */
    { "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\"}, {\"role\": \"user\", \"content\": \"b\"}, {\"role\": \"user\", \"content\": \"\"},"
      " {\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"id\": \"c1\", \"function\": {\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}},"
      " {\"id\": \"c2\", \"function\": {\"name\": \"g\", \"arguments\": \"nonsense\"}}]}, {\"role\": \"tool\", \"tool_call_id\": \"c1\", \"content\": \"one\"},"
      " {\"role\": \"tool\", \"tool_call_id\": \"c2\", \"content\": \"Error: two\"}, {\"role\": \"user\", \"content\": \"go on\"}], \"max_tokens\": 5}",
      "{\"max_tokens\":5,\"messages\":[{\"content\":\"(empty)\",\"role\":\"user\"},{\"content\":[{\"text\":\"a\",\"type\":\"text\"}],\"role\":\"assistant\"},"
      "{\"content\":[{\"text\":\"b\",\"type\":\"text\"}],\"role\":\"user\"},{\"content\":[{\"id\":\"c1\",\"input\":{\"x\":1},\"name\":\"f\",\"type\":\"tool_use\"},"
      "{\"id\":\"c2\",\"input\":{\"invalid_arguments\":\"nonsense\"},\"name\":\"g\",\"type\":\"tool_use\"}],\"role\":\"assistant\"},"
      "{\"content\":[{\"content\":\"one\",\"tool_use_id\":\"c1\",\"type\":\"tool_result\"},{\"content\":\"Error: two\",\"is_error\":true,\"tool_use_id\":\"c2\","
      "\"type\":\"tool_result\"},{\"text\":\"go on\",\"type\":\"text\"}],\"role\":\"user\"}],\"model\":\"default\"}" },
    { "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"see\"}, {\"type\": \"image_url\", \"image_url\": {\"url\":"
      " \"data:image/png;base64,AAAA\"}}, {\"type\": \"image_url\", \"image_url\": {\"url\": \"https://x.example/a.png\"}}]}]}",
      "{\"max_tokens\":4096,\"messages\":[{\"content\":[{\"text\":\"see\",\"type\":\"text\"},{\"source\":{\"data\":\"AAAA\",\"media_type\":\"image/png\",\"type\":\"base64\"},"
      "\"type\":\"image\"},{\"source\":{\"type\":\"url\",\"url\":\"https://x.example/a.png\"},\"type\":\"image\"}],\"role\":\"user\"}],\"model\":\"default\"}" },
    { "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}], \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"description\": \"d\","
      " \"parameters\": {\"type\": \"object\"}}}], \"parallel_tool_calls\": false}",
      "{\"max_tokens\":4096,\"messages\":[{\"content\":[{\"text\":\"q\",\"type\":\"text\"}],\"role\":\"user\"}],\"model\":\"default\",\"tool_choice\":"
      "{\"disable_parallel_tool_use\":true,\"type\":\"auto\"},\"tools\":[{\"description\":\"d\",\"input_schema\":{\"type\":\"object\"},\"name\":\"f\"}]}" },
    { "{\"messages\": []}", "{\"max_tokens\":4096,\"messages\":[{\"content\":\"(empty)\",\"role\":\"user\"}],\"model\":\"default\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) body = leyden_json_parse (cases[i].body, -1, NULL, NULL);
      LeydenModelCall call = { .body = body };
      g_autoptr(LeydenValue) sent = NULL;
      g_autofree char *text = NULL;

      g_assert_nonnull (body);
      sent = leyden_anthropic_make_body (&call, "default");
      text = leyden_json_write (sent, LEYDEN_JSON_CANONICAL);
      g_assert_cmpstr (text, ==, cases[i].sent);
    }
}

static void
test_wishes_for_json (void)
{
  g_autoptr(LeydenValue) body = leyden_json_parse ("{\"messages\": [{\"role\": \"system\", \"content\": \"Be kind.\"}], \"response_format\": {\"type\": \"json_schema\","
                                                   " \"json_schema\": {\"schema\": {\"type\": \"array\"}}}}", -1, NULL, NULL);
  LeydenModelCall call = { .body = body };
  g_autoptr(LeydenValue) sent = leyden_anthropic_make_body (&call, "m");
  const char *system = leyden_value_get_member_string (sent, "system", "");

  g_assert_true (g_str_has_prefix (system, "Be kind."));
  g_assert_nonnull (strstr (system, "{\"type\":\"array\"}"));
  g_assert_null (leyden_value_get_member (sent, "response_format"));
}

static void
test_answers (void)
{
  static const struct { const char *body; const char *answer; } cases[] = {
    { "{\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}],\"stop_reason\":\"max_tokens\","
      "\"usage\":{\"input_tokens\":1,\"cache_read_input_tokens\":10,\"output_tokens\":2}}",
      "{\"finish_reason\":\"length\",\"message\":{\"content\":\"ab\",\"role\":\"assistant\"},\"model\":null,\"simulated\":false,\"usage\":{\"completion_tokens\":2,"
      "\"prompt_tokens\":11}}" },
    { "{\"content\":[{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"calc\",\"input\":{\"a\":1}}],\"stop_reason\":\"tool_use\",\"model\":\"m\"}",
      "{\"finish_reason\":\"tool_calls\",\"message\":{\"content\":null,\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"arguments\":\"{\\\"a\\\":1}\",\"name\":\"calc\"},"
      "\"id\":\"t1\",\"type\":\"function\"}]},\"model\":\"m\",\"simulated\":false}" },
    { "{\"content\":[],\"stop_reason\":\"refusal\",\"usage\":{\"input_tokens\":-1,\"output_tokens\":\"x\"}}",
      "{\"finish_reason\":\"content_filter\",\"flags\":[\"usage_invalid\"],\"message\":{\"content\":null,\"role\":\"assistant\"},\"model\":null,\"simulated\":false}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GBytes) bytes = g_bytes_new_static (cases[i].body, strlen (cases[i].body));
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = leyden_anthropic_parse_answer (bytes, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = leyden_json_write (answer, LEYDEN_JSON_CANONICAL);
      g_assert_cmpstr (text, ==, cases[i].answer);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_CLAUDE ("/anthropic/answer", test_answer);
  ADD_CLAUDE ("/anthropic/stream", test_stream);
  ADD_CLAUDE ("/hostile/L10", test_pieces);
  ADD_CLAUDE ("/hostile/L13", test_incomplete);
  ADD_CLAUDE ("/anthropic/stream-error", test_stream_error);
  ADD_CLAUDE ("/anthropic/errors", test_errors);
  ADD_CLAUDE ("/anthropic/overloaded", test_overloaded);
  ADD_CLAUDE ("/anthropic/list", test_list);
  g_test_add_func ("/anthropic/bodies", test_bodies);
  g_test_add_func ("/anthropic/json", test_wishes_for_json);
  g_test_add_func ("/anthropic/answers", test_answers);
  return g_test_run ();
}
