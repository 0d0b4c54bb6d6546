/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-json.h"
#include "leyden-openai-wire.h"

static LeydenValue *
parse_answer (const char  *text,
              GError     **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return leyden_openai_parse_answer (bytes, error);
}

static const char *
text_at (LeydenValue *value,
         const char  *pointer)
{
  return leyden_value_get_string (leyden_value_lookup_pointer (value, pointer), NULL);
}

static gboolean
has_flag (LeydenValue *answer,
          const char  *flag)
{
  LeydenValue *flags = leyden_value_get_member (answer, "flags");

  for (guint i = 0; i < leyden_value_get_size (flags); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (flags, i), NULL), flag) == 0)
      return TRUE;
  return FALSE;
}

#define ANSWER(message, rest) "{\"choices\":[{\"message\":{" message "},\"finish_reason\":\"stop\"}]" rest "}"

static void
test_answer (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = parse_answer (
    "{\"id\":\"x\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\",\"tool_calls\":[{\"id\":\"c\","
    "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}]},\"finish_reason\":\"tool_calls\"}],"
    "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text_at (answer, "/message/content"), ==, "hi");
  g_assert_cmpstr (text_at (answer, "/message/tool_calls/0/function/name"), ==, "f");
  g_assert_cmpstr (text_at (answer, "/message/tool_calls/0/function/arguments"), ==, "{\"a\":1}");
  g_assert_cmpstr (text_at (answer, "/finish_reason"), ==, "tool_calls");
  g_assert_cmpstr (text_at (answer, "/model"), ==, "m-1");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (answer, "usage"), "completion_tokens", 0), ==, 4);
  g_assert_null (leyden_value_get_member (answer, "cost"));
  g_assert_null (leyden_value_get_member (answer, "flags"));
  g_assert_false (leyden_value_get_member_boolean (answer, "simulated", TRUE));
}

static const struct { const char *text; const char *part; } broken[] = {
  { "", "nothing" },
  { "<html>\x1b[31mOops</html>", "<html>" },
  { "\xef\xbb\xbf{}", "no JSON" },
  { "null", "not an object" },
  { "[]", "not an object" },
  { "{", "no JSON" },
  { "{}", "no choices" },
  { "{\"choices\":null}", "no choices" },
  { "{\"choices\":{}}", "no choices" },
  { "{\"choices\":[]}", "no choices" },
  { "{\"choices\":[null]}", "no choices" },
  { "{\"choices\":[{}]}", "no message" },
  { "{\"choices\":[{\"message\":\"x\"}]}", "no message" },
  { ANSWER ("\"content\":7", ""), "content is number" },
  { ANSWER ("\"content\":{}", ""), "content is object" },
  { ANSWER ("\"tool_calls\":7", ""), "tool_calls is number" },
  { ANSWER ("\"tool_calls\":[7]", ""), "no name" },
  { ANSWER ("\"tool_calls\":[{\"function\":{}}]", ""), "no name" },
};

/* L01 and L02: a named error that quotes, escaped, how the answer begins. */
static void
test_broken (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = parse_answer (broken[i].text, &error);

      g_test_message ("%s → %s", broken[i].text, error != NULL ? error->message : "answer");
      g_assert_null (answer);
      g_assert_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, broken[i].part));
      g_assert_null (strchr (error->message, '\x1b'));
    }
}

static void
test_quote_is_short (void)
{
  g_autofree char *text = g_strnfill (1 << 20, 'x');
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = parse_answer (text, &error);

  g_assert_null (answer);
  g_assert_cmpuint (g_utf8_strlen (error->message, -1), <, 500);
}

/* Absent and null members have defaults. */
static void
test_defaults (void)
{
  g_autoptr(LeydenValue) empty = parse_answer ("{\"choices\":[{\"message\":{}}]}", NULL);
  g_autoptr(LeydenValue) parts = parse_answer (ANSWER ("\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"x\"},7,{\"text\":\"b\"}]", ""), NULL);
  g_autoptr(LeydenValue) refusal = parse_answer (ANSWER ("\"content\":null,\"refusal\":\"no\"", ",\"usage\":null,\"model\":9"), NULL);
  g_autoptr(LeydenValue) object = parse_answer (ANSWER ("\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}]", ""), NULL);

  g_assert_true (leyden_value_is_null (leyden_value_lookup_pointer (empty, "/message/content")));
  g_assert_cmpstr (text_at (empty, "/finish_reason"), ==, "stop");
  g_assert_cmpstr (text_at (parts, "/message/content"), ==, "ab");
  g_assert_cmpstr (text_at (refusal, "/message/refusal"), ==, "no");
  g_assert_null (leyden_value_get_member (refusal, "usage"));
  g_assert_cmpstr (text_at (object, "/message/tool_calls/0/function/arguments"), ==, "{\"a\":1}");
  g_assert_cmpstr (text_at (object, "/message/tool_calls/0/id"), ==, "call_0");
}

static void
test_l03 (void)
{
  g_autoptr(GString) text = g_string_new ("{\"choices\":[");
  g_autoptr(LeydenValue) answer = NULL;

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (text, "%s{\"message\":{\"content\":\"%u\"}}", i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  answer = parse_answer (text->str, NULL);
  g_assert_cmpstr (text_at (answer, "/message/content"), ==, "0");
}

static void
test_l04 (void)
{
  static const char * const usages[] = {
    "{\"prompt_tokens\":-1,\"completion_tokens\":2}", "{\"prompt_tokens\":1e30,\"completion_tokens\":2}",
    "{\"prompt_tokens\":\"3\",\"completion_tokens\":2}", "{\"prompt_tokens\":3}", "[]", "\"many\"", "{\"prompt_tokens\":1.5,\"completion_tokens\":2}",
    "{\"prompt_tokens\":1,\"completion_tokens\":99999999999999999999}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      g_autofree char *text = g_strdup_printf (ANSWER ("\"content\":\"x\"", ",\"usage\":%s"), usages[i]);
      g_autoptr(LeydenValue) answer = parse_answer (text, NULL);

      g_test_message ("%s", usages[i]);
      g_assert_cmpstr (text_at (answer, "/message/content"), ==, "x");
      g_assert_null (leyden_value_get_member (answer, "usage"));
      g_assert_true (has_flag (answer, "usage_invalid"));
    }
}

static void
test_l05 (void)
{
  g_autofree char *big = g_strnfill (10 << 20, 'x');
  g_autofree char *text = g_strdup_printf (ANSWER ("\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}},"
                                                   "{\"function\":{\"name\":\"g\",\"arguments\":\"%s\"}}]", ""), big);
  g_autoptr(LeydenValue) answer = parse_answer (text, NULL);
  gsize length;

  g_assert_cmpstr (text_at (answer, "/message/tool_calls/0/function/arguments"), ==, "{\"a\":");
  leyden_value_get_string (leyden_value_lookup_pointer (answer, "/message/tool_calls/1/function/arguments"), &length);
  g_assert_cmpuint (length, ==, 10 << 20);
}

static void
test_l08 (void)
{
  g_autoptr(LeydenValue) answer = parse_answer (ANSWER ("\"content\":\"<b>bold \\u001b[31m \\u202e \\u0000 end\"", ""), NULL);
  gsize length;
  const char *content = leyden_value_get_string (leyden_value_lookup_pointer (answer, "/message/content"), &length);

  g_assert_true (g_str_has_prefix (content, "<b>bold \x1b[31m"));
  g_assert_cmpmem (content + length - 4, 4, " end", 4);
}

static void
test_invalid_utf8 (void)
{
  g_autoptr(LeydenValue) answer = parse_answer (ANSWER ("\"content\":\"a\xff" "b\"", ""), NULL);

  g_assert_cmpstr (text_at (answer, "/message/content"), ==, "a\xef\xbf\xbd" "b");
  g_assert_true (has_flag (answer, "invalid_utf8"));
}

static const struct { guint status; const char *body; LeydenModelError code; const char *part; } errors[] = {
  { 401, "{\"error\":{\"message\":\"bad key\",\"code\":\"invalid_api_key\"}}", LEYDEN_MODEL_ERROR_AUTH, "status 401: bad key" },
  { 403, "{\"detail\":\"forbidden\"}", LEYDEN_MODEL_ERROR_AUTH, "forbidden" },
  { 400, "{\"error\":\"no such model\"}", LEYDEN_MODEL_ERROR_REQUEST, "no such model" },
  { 404, "{\"message\":\"nothing here\"}", LEYDEN_MODEL_ERROR_REQUEST, "nothing here" },
  { 422, "{\"detail\":[{\"msg\":\"field required\"}]}", LEYDEN_MODEL_ERROR_REQUEST, "field required" },
  { 429, "{\"error\":{\"message\":\"slow down\"}}", LEYDEN_MODEL_ERROR_RATE_LIMIT, "slow down" },
  { 429, "{\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}}", LEYDEN_MODEL_ERROR_QUOTA, "pay" },
  { 500, "<h1>\x1b]0;x\x07</h1>", LEYDEN_MODEL_ERROR_UNAVAILABLE, "<h1>" },
  { 503, "", LEYDEN_MODEL_ERROR_UNAVAILABLE, "status 503: (nothing)" },
  { 302, "", LEYDEN_MODEL_ERROR_PROTOCOL, "status 302" },
  { 401, "{\"error\":{\"message\":\"Incorrect key: sk-abcdefghijklmnopqrstuvwxyz0123\"}}", LEYDEN_MODEL_ERROR_AUTH, "Incorrect key" },
};

static void
test_errors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) body = g_bytes_new_static (errors[i].body, strlen (errors[i].body));

      leyden_openai_set_error (&error, errors[i].status, body);
      g_test_message ("%s", error->message);
      g_assert_error (error, LEYDEN_MODEL_ERROR, (int) errors[i].code);
      g_assert_nonnull (strstr (error->message, errors[i].part));
      g_assert_null (strstr (error->message, "sk-abcdefghijkl"));
      g_assert_null (strchr (error->message, '\x1b'));
    }
}

static void
test_error_in_200 (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = parse_answer ("{\"error\":{\"message\":\"context too long\",\"code\":400}}", &error);

  g_assert_null (answer);
  g_assert_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_REQUEST);
  g_assert_nonnull (strstr (error->message, "context too long"));
}

static void
test_body (void)
{
  g_autoptr(LeydenValue) request = leyden_json_parse ("{\"messages\":[],\"max_tokens\":5,\"stream\":false,\"x_leyden\":{\"seed\":1},\"temperature\":0}", -1, NULL, NULL);
  LeydenModelCall call = { .body = request, .world_seed = 7, .sample = 3, .stream = TRUE };
  g_autoptr(LeydenValue) plain = leyden_openai_make_body (&call, "m", 0, FALSE);
  g_autoptr(LeydenValue) old = leyden_openai_make_body (&call, "m", LEYDEN_OPENAI_OLD_MAX_TOKENS | LEYDEN_OPENAI_NO_STREAM_USAGE | LEYDEN_OPENAI_NO_SEED, TRUE);
  g_autofree char *plain_text = leyden_json_write (plain, LEYDEN_JSON_COMPACT);
  g_autofree char *old_text = leyden_json_write (old, LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (plain_text, ==, "{\"model\":\"m\",\"messages\":[],\"max_completion_tokens\":5,\"temperature\":0,\"seed\":3,\"stream\":true,"
                                   "\"stream_options\":{\"include_usage\":true}}");
  g_assert_cmpstr (old_text, ==, "{\"model\":\"m\",\"messages\":[],\"max_tokens\":5,\"temperature\":0,\"stream\":true,\"x_leyden\":{\"seed\":7}}");
}

#define CHUNK(delta, rest) "{\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" delta "}" rest "}]}"

static LeydenValue *
assemble (const char * const *events,
          GString            *deltas,
          GError            **error)
{
  g_autoptr(LeydenOpenaiAssembler) assembler = leyden_openai_assembler_new ();

  for (gsize i = 0; events[i] != NULL; i++)
    {
      const char *delta;

      if (!leyden_openai_assembler_push (assembler, events[i], strlen (events[i]), &delta, error))
        return NULL;
      if (deltas != NULL && delta != NULL)
        g_string_append (deltas, delta);
    }
  return leyden_openai_assembler_finish (assembler, error);
}

static void
test_stream (void)
{
  static const char * const events[] = {
    CHUNK ("\"role\":\"assistant\",\"content\":\"\"", ""), CHUNK ("\"content\":\"Hel\"", ""), CHUNK ("\"content\":\"lo\"", ",\"finish_reason\":null"),
    CHUNK ("", ",\"finish_reason\":\"stop\""), "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", "[DONE]", NULL,
  };
  g_autoptr(GString) deltas = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = assemble (events, deltas, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (deltas->str, ==, "Hello");
  g_assert_cmpstr (text_at (answer, "/message/content"), ==, "Hello");
  g_assert_cmpstr (text_at (answer, "/model"), ==, "m");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (answer, "usage"), "completion_tokens", 0), ==, 2);
  g_assert_null (leyden_value_get_member (answer, "flags"));
}

/* How probable each token was is kept as the server told it, whole or in pieces. */
static void
test_log_probs (void)
{
  static const char * const events[] = {
    CHUNK ("\"content\":\"Hel\"", ",\"logprobs\":{\"content\":[{\"token\":\"Hel\",\"logprob\":-0.5}]}"),
    CHUNK ("\"content\":\"lo\"", ",\"logprobs\":{\"content\":[{\"token\":\"l\",\"logprob\":-1},{\"token\":\"o\",\"logprob\":-2}]}"),
    CHUNK ("\"content\":\"!\"", ",\"logprobs\":null"), CHUNK ("", ",\"finish_reason\":\"stop\",\"logprobs\":{\"content\":7}"), "[DONE]", NULL,
  };
  g_autoptr(LeydenValue) streamed = assemble (events, NULL, NULL);
  g_autoptr(LeydenValue) whole = parse_answer ("{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"logprobs\":{\"content\":[{\"token\":\"Hi\",\"logprob\":-0.1,"
                                               "\"top_logprobs\":[]}]}}]}", NULL);
  g_autoptr(LeydenValue) none = parse_answer ("{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"logprobs\":{\"content\":[]}}]}", NULL);
  g_autofree char *streamed_text = leyden_json_write (leyden_value_get_member (streamed, "logprobs"), LEYDEN_JSON_COMPACT);
  g_autofree char *whole_text = leyden_json_write (leyden_value_get_member (whole, "logprobs"), LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (streamed_text, ==, "{\"content\":[{\"token\":\"Hel\",\"logprob\":-0.5},{\"token\":\"l\",\"logprob\":-1},{\"token\":\"o\",\"logprob\":-2}]}");
  g_assert_cmpstr (whole_text, ==, "{\"content\":[{\"token\":\"Hi\",\"logprob\":-0.1,\"top_logprobs\":[]}]}");
  g_assert_null (leyden_value_get_member (none, "logprobs"));
}

static void
test_stream_calls (void)
{
  static const char * const events[] = {
    CHUNK ("\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]", ""),
    CHUNK ("\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{\\\"y\"}}]", ""),
    CHUNK ("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\"\"}}]", ""),
    CHUNK ("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}},{\"index\":1,\"function\":{\"arguments\":\"\\\":2}\"}}]", ""),
    CHUNK ("", ",\"finish_reason\":\"tool_calls\""), "[DONE]", NULL,
  };
  g_autoptr(LeydenValue) answer = assemble (events, NULL, NULL);

  g_assert_true (leyden_value_is_null (leyden_value_lookup_pointer (answer, "/message/content")));
  g_assert_cmpstr (text_at (answer, "/message/tool_calls/0/function/arguments"), ==, "{\"x\":1}");
  g_assert_cmpstr (text_at (answer, "/message/tool_calls/1/function/arguments"), ==, "{\"y\":2}");
  g_assert_cmpstr (text_at (answer, "/message/tool_calls/1/id"), ==, "b");
}

static void
test_l13 (void)
{
  static const char * const cut[] = { CHUNK ("\"content\":\"Part\\u001b\"", ""), NULL };
  static const char * const no_done[] = { CHUNK ("\"content\":\"All\"", ",\"finish_reason\":\"stop\""), NULL };
  static const char * const nothing[] = { "[DONE]", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) empty_error = NULL;
  g_autoptr(LeydenValue) partial = assemble (cut, NULL, &error);
  g_autoptr(LeydenValue) marked = assemble (no_done, NULL, NULL);
  g_autoptr(LeydenValue) empty = assemble (nothing, NULL, &empty_error);

  g_assert_null (partial);
  g_assert_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_INCOMPLETE);
  g_assert_nonnull (strstr (error->message, "Part"));
  g_assert_null (strchr (error->message, '\x1b'));
  g_assert_true (has_flag (marked, "no_done"));
  g_assert_null (empty);
  g_assert_error (empty_error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
}

static const struct { const char *event; LeydenModelError code; } bad_events[] = {
  { "nonsense", LEYDEN_MODEL_ERROR_PROTOCOL }, { "[]", LEYDEN_MODEL_ERROR_PROTOCOL }, { "{\"a\":", LEYDEN_MODEL_ERROR_PROTOCOL },
  { "{\"error\":{\"message\":\"overloaded\",\"code\":503}}", LEYDEN_MODEL_ERROR_UNAVAILABLE },
  { CHUNK ("\"tool_calls\":[{\"index\":-1}]", ""), LEYDEN_MODEL_ERROR_PROTOCOL },
  { CHUNK ("\"tool_calls\":[{\"index\":1000000000}]", ""), LEYDEN_MODEL_ERROR_PROTOCOL },
};

static void
test_stream_errors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_events); i++)
    {
      const char * const events[] = { CHUNK ("\"content\":\"x\"", ""), bad_events[i].event, NULL };
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = assemble (events, NULL, &error);

      g_test_message ("%s", bad_events[i].event);
      g_assert_null (answer);
      g_assert_error (error, LEYDEN_MODEL_ERROR, (int) bad_events[i].code);
    }
}

/* Members of other types than the wire says change nothing. */
static void
test_stream_odd_types (void)
{
  static const char * const events[] = {
    "{}", "{\"choices\":7}", "{\"choices\":[7]}", "{\"choices\":[{\"delta\":7}]}", CHUNK ("\"content\":7", ""), CHUNK ("\"tool_calls\":{}", ""),
    "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other\"}}]}", CHUNK ("\"content\":\"ok\"", ",\"finish_reason\":\"stop\""), "[DONE]", NULL,
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = assemble (events, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text_at (answer, "/message/content"), ==, "ok");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/openai-wire/answer", test_answer);
  g_test_add_func ("/openai-wire/quote-is-short", test_quote_is_short);
  g_test_add_func ("/openai-wire/errors", test_errors);
  g_test_add_func ("/openai-wire/error-in-200", test_error_in_200);
  g_test_add_func ("/openai-wire/body", test_body);
  g_test_add_func ("/openai-wire/stream", test_stream);
  g_test_add_func ("/openai-wire/stream-calls", test_stream_calls);
  g_test_add_func ("/openai-wire/log-probs", test_log_probs);
  g_test_add_func ("/openai-wire/stream-errors", test_stream_errors);
  g_test_add_func ("/openai-wire/stream-odd-types", test_stream_odd_types);
  g_test_add_func ("/hostile/L01-bytes", test_broken);
  g_test_add_func ("/hostile/L02", test_defaults);
  g_test_add_func ("/hostile/L03", test_l03);
  g_test_add_func ("/hostile/L04", test_l04);
  g_test_add_func ("/hostile/L05", test_l05);
  g_test_add_func ("/hostile/L08", test_l08);
  g_test_add_func ("/hostile/L13-assembler", test_l13);
  g_test_add_func ("/hostile/L14-bytes", test_invalid_utf8);
  return g_test_run ();
}
