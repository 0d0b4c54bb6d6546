/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <math.h>

#include "leyden-json.h"
#include "leyden-simulation.h"
#include "../../src/models/leyden-formula.h"

#define QUESTION "A farm has 12 chickens and 5 cows. How many legs do these animals have altogether?"
#define GOOD_PROMPT "Solve the problem step by step. Check your answer. Mind the units. " \
                    "End with the last line Answer: <number>.\\n\\n"
#define TOOLS "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"calculator\",\"parameters\":{\"type\":\"object\"," \
              "\"properties\":{\"expression\":{\"type\":\"string\"}}}}}]"

static LeydenValue *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static LeydenValue *
complete (const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) request = parse (text);
  LeydenValue *answer = leyden_simulation_complete (request, 42, 0, &error);

  g_assert_no_error (error);
  return answer;
}

static LeydenValue *
at (LeydenValue *value,
    const char  *pointer)
{
  return leyden_value_lookup_pointer (value, pointer);
}

static const char *
text_at (LeydenValue *value,
         const char  *pointer)
{
  return leyden_value_get_string (at (value, pointer), NULL);
}

static const char *
last_line (const char *text)
{
  const char *line = strrchr (text, '\n');

  return line != NULL ? line + 1 : text;
}

static void
test_answer (void)
{
  g_autoptr(LeydenValue) answer = complete ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"messages\":[{\"role\":\"user\","
                                            "\"content\":\"" GOOD_PROMPT QUESTION "\"}]}");

  g_assert_cmpstr (text_at (answer, "/object"), ==, "chat.completion");
  g_assert_cmpstr (text_at (answer, "/system_fingerprint"), ==, "leyden-sim/1");
  g_assert_cmpstr (last_line (text_at (answer, "/choices/0/message/content")), ==, "Answer: 44");
  g_assert_cmpstr (text_at (answer, "/choices/0/finish_reason"), ==, "stop");
  g_assert_true (leyden_value_get_boolean (at (answer, "/x_leyden/simulated")));
  g_assert_true (leyden_value_get_boolean (at (answer, "/x_leyden/correct")));
  g_assert_cmpstr (text_at (answer, "/x_leyden/family"), ==, "arith");
  g_assert_cmpuint (leyden_value_get_size (at (answer, "/x_leyden/features")), ==, 4);
  g_assert_cmpfloat (leyden_value_get_member_double (at (answer, "/x_leyden"), "latency_ms", 0), >, 0);
}

static void
test_free (void)
{
  g_autoptr(LeydenValue) answer = complete ("{\"messages\":[{\"role\":\"user\",\"content\":\"Who are you?\"}]}");

  g_assert_cmpstr (text_at (answer, "/model"), ==, "leyden-sim-medium");
  g_assert_cmpstr (text_at (answer, "/x_leyden/error_kind"), ==, "not_simulated");
  g_assert_true (g_str_has_prefix (text_at (answer, "/choices/0/message/content"), "This is a simulated model"));
}

/* Turn 1 calls the calculator; what came back is answered in turn 2, and turn 2's prompt begins with turn 1's prompt and answer. */
static void
test_calculator (void)
{
  const char *start = "{\"model\":\"leyden-sim-large\",\"temperature\":0,\"return_token_ids\":true," TOOLS ",\"messages\":["
                      "{\"role\":\"system\",\"content\":\"Use the calculator. Work step by step, check your answer, convert units, "
                      "end with the last line Answer: <number>.\"},{\"role\":\"user\",\"content\":\"" QUESTION "\"}";
  g_autofree char *request1 = g_strconcat (start, "]}", NULL);
  g_autoptr(LeydenValue) turn1 = complete (request1);
  LeydenValue *message = at (turn1, "/choices/0/message");
  g_autofree char *message_text = leyden_json_write (message, LEYDEN_JSON_COMPACT);
  g_autofree char *request2 = NULL;
  g_autoptr(LeydenValue) turn2 = NULL;
  LeydenValue *prompt1 = at (turn1, "/prompt_token_ids"), *answer1 = at (turn1, "/choices/0/token_ids"), *prompt2;
  guint n;

  g_assert_cmpstr (text_at (turn1, "/choices/0/finish_reason"), ==, "tool_calls");
  g_assert_true (leyden_value_is_null (at (message, "/content")));
  g_assert_cmpstr (text_at (message, "/tool_calls/0/function/name"), ==, "calculator");
  g_assert_cmpstr (text_at (message, "/tool_calls/0/function/arguments"), ==, "{\"expression\":\"12 * 2 + 5 * 4\"}");

  request2 = g_strdup_printf ("%s,%s,{\"role\":\"tool\",\"tool_call_id\":\"%s\",\"content\":\"44\"}]}", start, message_text,
                              text_at (message, "/tool_calls/0/id"));
  turn2 = complete (request2);
  g_assert_cmpstr (text_at (turn2, "/choices/0/message/content"), ==, "The calculator gives 44.\nAnswer: 44");
  g_assert_cmpuint (leyden_value_get_size (at (turn2, "/x_leyden/features")), ==, 5);

  prompt2 = at (turn2, "/prompt_token_ids");
  n = leyden_value_get_size (prompt1);
  g_assert_cmpuint (leyden_value_get_size (prompt2), >, n + leyden_value_get_size (answer1));
  for (guint i = 0; i < n + leyden_value_get_size (answer1); i++)
    g_assert_true (leyden_value_equal (leyden_value_get_item (prompt2, i),
                                       i < n ? leyden_value_get_item (prompt1, i) : leyden_value_get_item (answer1, i - n)));
}

/* A changed result is what the answer says; an error of the tool leaves the model to itself; no second call. */
static void
test_calculator_results (void)
{
  static const struct { const char *content; const char *last; guint n_features; } results[] = {
    { "{\\\"result\\\": 1044}", "Answer: 1044", 5 },
    { "error: division by zero", "Answer: 44", 4 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *request = g_strdup_printf (
        "{\"model\":\"leyden-sim-large\",\"temperature\":0," TOOLS ",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"Use the calculator. " GOOD_PROMPT QUESTION "\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\","
        "\"type\":\"function\",\"function\":{\"name\":\"calculator\",\"arguments\":\"{}\"}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"%s\"}]}", results[i].content);
      g_autoptr(LeydenValue) answer = complete (request);

      g_assert_cmpstr (last_line (text_at (answer, "/choices/0/message/content")), ==, results[i].last);
      g_assert_cmpuint (leyden_value_get_size (at (answer, "/x_leyden/features")), ==, results[i].n_features);
    }
}

static void
test_tool_choice (void)
{
  static const struct { const char *choice; const char *prompt; gboolean called; } choices[] = {
    { "\"auto\"", "", FALSE },
    { "\"auto\"", "Use the calculator. ", TRUE },
    { "\"required\"", "", TRUE },
    { "\"none\"", "Use the calculator. ", FALSE },
    { "{\"type\":\"function\",\"function\":{\"name\":\"calculator\"}}", "", TRUE },
    { "{\"type\":\"function\",\"function\":{\"name\":\"other\"}}", "Use the calculator. ", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autofree char *request = g_strdup_printf ("{" TOOLS ",\"tool_choice\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s"
                                                  QUESTION "\"}]}", choices[i].choice, choices[i].prompt);
      g_autoptr(LeydenValue) answer = complete (request);

      g_test_message ("%s %s", choices[i].choice, choices[i].prompt);
      g_assert_cmpint (at (answer, "/choices/0/message/tool_calls") != NULL, ==, choices[i].called);
    }
}

static void
test_json (void)
{
  g_autoptr(LeydenValue) object = complete ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"response_format\":{\"type\":\"json_object\"},"
                                            "\"messages\":[{\"role\":\"user\",\"content\":\"" GOOD_PROMPT QUESTION "\"}]}");
  g_autoptr(LeydenValue) answer = complete (
    "{\"model\":\"leyden-sim-large\",\"temperature\":0,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\","
    "\"schema\":{\"type\":\"object\",\"properties\":{\"explanation\":{\"type\":\"string\"},\"total\":{\"type\":\"integer\"},"
    "\"kind\":{\"enum\":[\"a\",\"b\"]},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"self\":{\"$ref\":\"#\"},\"sure\":{\"type\":\"boolean\"}}}}},"
    "\"messages\":[{\"role\":\"user\",\"content\":\"" GOOD_PROMPT QUESTION "\"}]}");
  g_autoptr(LeydenValue) json = parse (text_at (answer, "/choices/0/message/content"));
  g_autoptr(LeydenValue) plain = parse (text_at (object, "/choices/0/message/content"));

  g_assert_cmpfloat (leyden_value_get_member_double (plain, "answer", 0), ==, 44);
  g_assert_cmpint (leyden_value_get_member_int (json, "total", 0), ==, 44);
  g_assert_nonnull (strstr (leyden_value_get_member_string (json, "explanation", ""), "24 + 20 = 44"));
  g_assert_cmpstr (leyden_value_get_member_string (json, "kind", ""), ==, "a");
  g_assert_cmpint (leyden_value_get_kind (at (json, "/tags")), ==, LEYDEN_VALUE_LIST);
  g_assert_cmpint (leyden_value_get_kind (at (json, "/self")), ==, LEYDEN_VALUE_OBJECT);
}

static void
test_formats (void)
{
  static const struct { const char *prompt; const char *last; } formats[] = {
    { "Write the last line as #### and the number.", "#### 44" },
    { "Put the final line in \\\\boxed{}.", "\\boxed{44}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *request = g_strdup_printf ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":"
                                                  "\"Step by step. Double-check. Same unit. %s\\n" QUESTION "\"}]}", formats[i].prompt);
      g_autoptr(LeydenValue) answer = complete (request);

      g_assert_cmpstr (last_line (text_at (answer, "/choices/0/message/content")), ==, formats[i].last);
    }
}

static void
test_limits (void)
{
  g_autoptr(LeydenValue) stopped = complete ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"stop\":[\"Answer\"],\"messages\":[{\"role\":\"user\","
                                             "\"content\":\"" GOOD_PROMPT QUESTION "\"}]}");
  g_autoptr(LeydenValue) cut = complete ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"max_tokens\":4,\"messages\":[{\"role\":\"user\","
                                         "\"content\":\"" GOOD_PROMPT QUESTION "\"}]}");

  g_assert_cmpstr (text_at (stopped, "/choices/0/message/content"), ==, "12 × 2 = 24\n5 × 4 = 20\n24 + 20 = 44\n");
  g_assert_cmpstr (text_at (stopped, "/choices/0/finish_reason"), ==, "stop");
  /* "12 ×" has five bytes: the character is not cut in two. */
  g_assert_cmpstr (text_at (cut, "/choices/0/message/content"), ==, "12 ");
  g_assert_cmpstr (text_at (cut, "/choices/0/finish_reason"), ==, "length");
  g_assert_cmpint (leyden_value_get_member_int (at (cut, "/usage"), "completion_tokens", 0), ==, 3);
}

static void
test_samples (void)
{
#define SAMPLES "{\"temperature\":1.5,\"n\":24,\"seed\":%d,\"messages\":[{\"role\":\"user\",\"content\":\"" QUESTION "\"}]}"
  g_autofree char *request = g_strdup_printf (SAMPLES, 0);
  g_autofree char *later = g_strdup_printf (SAMPLES, 5);
  g_autoptr(LeydenValue) a = complete (request);
  g_autoptr(LeydenValue) b = complete (request);
  g_autoptr(LeydenValue) c = complete (later);
  guint n_different = 0;

  g_assert_true (leyden_value_equal (a, b));
  g_assert_cmpuint (leyden_value_get_size (at (a, "/choices")), ==, 24);
  for (guint i = 0; i < 19; i++)
    {
      g_autofree char *here = g_strdup_printf ("/choices/%u/message", i + 5);
      g_autofree char *there = g_strdup_printf ("/choices/%u/message", i);

      g_assert_true (leyden_value_equal (at (a, here), at (c, there)));
      n_different += !leyden_value_equal (at (a, "/choices/0/message"), at (a, here));
    }
  g_assert_cmpuint (n_different, >, 0);
}

static void
test_logprobs (void)
{
  g_autoptr(LeydenValue) answer = complete ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"logprobs\":true,\"top_logprobs\":3,"
                                            "\"return_token_ids\":true,\"messages\":[{\"role\":\"user\",\"content\":\"" GOOD_PROMPT QUESTION "\"}]}");
  LeydenValue *content = at (answer, "/choices/0/logprobs/content");
  LeydenValue *ids = at (answer, "/choices/0/token_ids");
  double eta = leyden_value_get_member_double (at (answer, "/x_leyden"), "eta", 0);
  guint n_decisive = 0;

  g_assert_cmpuint (leyden_value_get_size (content), ==, leyden_value_get_size (ids));
  g_assert_cmpint (leyden_value_get_member_int (at (answer, "/usage"), "completion_tokens", 0), ==, leyden_value_get_size (ids));
  g_assert_cmpint (leyden_value_get_member_int (at (answer, "/usage"), "prompt_tokens", 0), ==,
                   leyden_value_get_size (at (answer, "/prompt_token_ids")));
  for (guint i = 0; i < leyden_value_get_size (content); i++)
    {
      LeydenValue *entry = leyden_value_get_item (content, i);
      double logprob = leyden_value_get_member_double (entry, "logprob", 1);

      g_assert_cmpuint (leyden_value_get_size (at (entry, "/top_logprobs")), ==, 3);
      if (fabs (logprob - log (1 / (1 + exp (-eta)))) < 1e-12)
        {
          g_assert_cmpstr (text_at (entry, "/token"), ==, "4");
          n_decisive++;
        }
      else
        g_assert_true (logprob <= -0.01 && logprob >= -0.02);
    }
  g_assert_cmpuint (n_decisive, ==, 1);
}

/* The number that a program reads in an answer, as the sample's flow does. */
static gboolean
read_answer (const char *text,
             double     *value)
{
  const char *place = g_strrstr (text, "Answer: ");

  if (place == NULL)
    return FALSE;
  *value = g_ascii_strtod (place + strlen ("Answer: "), NULL);
  return TRUE;
}

/* Over the whole sample: what is scored is what the rule says, with every prompt and model. */
static void
test_faithful (void)
{
  static const char * const prompts[] = {
    "Solve: ", "Work step by step.\n", "Write the result on the last line.\n", "Step by step; final line: answer. Check units.\n",
    "Step by step. Final line with the answer. Convert units. Verify the result.\n",
  };
  static const char * const ids[] = { "leyden-sim-small", "leyden-sim-large" };
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", "arithmetic.jsonl", NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;
  g_autoptr(GHashTable) causes = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_right[G_N_ELEMENTS (prompts)] = { 0 };

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (prompts) * G_N_ELEMENTS (ids); j++)
      {
        g_autoptr(LeydenValue) row = parse (lines[i]);
        g_autofree char *content = g_strconcat (prompts[j / 2], leyden_value_get_member_string (row, "question", NULL), NULL);
        double expected = g_ascii_strtod (leyden_value_get_member_string (row, "answer", NULL), NULL), value = NAN;
        g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
        g_autoptr(LeydenValue) request = NULL;
        g_autoptr(LeydenValue) answer = NULL;
        gboolean correct, scored;

        leyden_value_builder_begin_object (&b);
        leyden_value_builder_set_string (&b, "model", ids[j % 2]);
        leyden_value_builder_set_int (&b, "temperature", 0);
        leyden_value_builder_key (&b, "messages");
        leyden_value_builder_begin_list (&b);
        leyden_value_builder_begin_object (&b);
        leyden_value_builder_set_string (&b, "role", "user");
        leyden_value_builder_set_string (&b, "content", content);
        leyden_value_builder_end (&b);
        leyden_value_builder_end (&b);
        leyden_value_builder_end (&b);
        request = leyden_value_builder_end_value (&b);
        answer = leyden_simulation_complete (request, 7, 0, NULL);
        g_assert_cmpstr (text_at (answer, "/x_leyden/item"), ==, leyden_value_get_member_string (row, "data_id", NULL));
        correct = leyden_value_get_boolean (at (answer, "/x_leyden/correct"));
        scored = read_answer (text_at (answer, "/choices/0/message/content"), &value) &&
                 fabs (value - expected) <= 0.01 * MAX (fabs (expected), 1e-9);
        if (scored != correct)
          g_error ("%s → %s", content, text_at (answer, "/choices/0/message/content"));
        n_right[j / 2] += correct;
        if (!correct)
          g_hash_table_add (causes, (gpointer) g_intern_string (text_at (answer, "/x_leyden/cause")));
      }
  for (gsize j = 0; j < G_N_ELEMENTS (prompts); j++)
    g_test_message ("%u right: %s", n_right[j], prompts[j]);
  g_assert_cmpuint (n_right[0], <, n_right[1]);
  g_assert_cmpuint (n_right[3], <, n_right[4]);
  g_assert_cmpuint (g_hash_table_size (causes), >=, 5);
}

static void
test_shots (void)
{
  static const struct { const char *messages; gint64 shots; gint64 junk; } cases[] = {
    { "{\"role\":\"user\",\"content\":\"" QUESTION "\"}", 0, 0 },
    { "{\"role\":\"user\",\"content\":\"What is 10% of 50?\\nAnswer: 5\\n\\nWhat is 20% of 50?\\nAnswer: 11\\n\\n" QUESTION "\"}", 1, 0 },
    { "{\"role\":\"user\",\"content\":\"" QUESTION "\\nAnswer: 44\\n" QUESTION "\"}", 0, 0 },
    { "{\"role\":\"user\",\"content\":\"Solve this problem: What is 10% of 50?\"},{\"role\":\"assistant\",\"content\":\"It is 5.\"},"
      "{\"role\":\"user\",\"content\":\"Solve this problem: " QUESTION "\"}", 1, 0 },
    { "{\"role\":\"system\",\"content\":\"Do your best. Q: What is 10% of 50? A: 5\"},{\"role\":\"user\",\"content\":\"" QUESTION "\"}", 1, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *request = g_strdup_printf ("{\"messages\":[%s]}", cases[i].messages);
      g_autoptr(LeydenValue) answer = complete (request);

      g_test_message ("%s", cases[i].messages);
      g_assert_cmpint (leyden_value_get_member_int (at (answer, "/x_leyden"), "shots", -1), ==, cases[i].shots);
      g_assert_cmpint (leyden_value_get_member_int (at (answer, "/x_leyden"), "junk", -1), ==, cases[i].junk);
    }
}

static const struct { const char *request; const char *message; LeydenSimulationError code; } refused[] = {
  { "[]", "object", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{}", "messages", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"messages\":[]}", "messages", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}", "messages[0].role", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"messages\":[{\"role\":\"user\"}]}", "messages[0].content", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"messages\":[{\"role\":\"user\",\"content\":7}]}", "messages[0].content", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"messages\":[{\"role\":\"user\",\"content\":[{}]}]}", "messages[0].content[0].type", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]}", "tool_call_id", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "gpt", LEYDEN_SIMULATION_ERROR_MODEL },
  { "{\"model\":\"leyden-sim-huge\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "leyden-sim-huge", LEYDEN_SIMULATION_ERROR_MODEL },
  { "{\"model\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "model", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"n\":0,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "n must", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"n\":129,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "n must", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"temperature\":\"hot\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "temperature", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"temperature\":2.1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "temperature", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"stop\":[1],\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "stop[0]", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\"],\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "stop", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"top_logprobs\":2,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "top_logprobs", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"logprobs\":true,\"top_logprobs\":21,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "top_logprobs", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"seed\":1.5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "seed", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"x_leyden\":{\"seed\":\"x\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "x_leyden.seed", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"tools\":{},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "tools", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"tools\":[{}],\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "tools[0]", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"max_tokens\":0,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "max_tokens", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"response_format\":{\"type\":\"xml\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "response_format", LEYDEN_SIMULATION_ERROR_REQUEST },
  { "{\"response_format\":{\"type\":\"json_schema\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "schema", LEYDEN_SIMULATION_ERROR_REQUEST },
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) request = parse (refused[i].request);
      g_autoptr(LeydenValue) answer = leyden_simulation_complete (request, 42, 0, &error);

      g_test_message ("%s", refused[i].request);
      g_assert_null (answer);
      g_assert_error (error, LEYDEN_SIMULATION_ERROR, (int) refused[i].code);
      g_assert_nonnull (strstr (error->message, refused[i].message));
    }
}

static void
check_stream (const char *request)
{
  g_autoptr(LeydenValue) answer = complete (request);
  g_autoptr(GPtrArray) chunks = leyden_simulation_stream (answer, TRUE);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GString) arguments = g_string_new (NULL);
  guint n_ids = 0, n_logprobs = 0, n_prompts = 0;
  double wait = 0;

  for (guint i = 0; i < chunks->len; i++)
    {
      LeydenSimulationChunk *chunk = g_ptr_array_index (chunks, i);

      wait += chunk->wait_ms;
      g_assert_cmpstr (text_at (chunk->chunk, "/object"), ==, "chat.completion.chunk");
      g_assert_true (leyden_value_get_boolean (at (chunk->chunk, "/x_leyden/simulated")));
      g_string_append (text, text_at (chunk->chunk, "/choices/0/delta/content") ?: "");
      g_string_append (arguments, text_at (chunk->chunk, "/choices/0/delta/tool_calls/0/function/arguments") ?: "");
      n_ids += leyden_value_get_size (at (chunk->chunk, "/choices/0/token_ids"));
      n_logprobs += leyden_value_get_size (at (chunk->chunk, "/choices/0/logprobs/content"));
      n_prompts += at (chunk->chunk, "/prompt_token_ids") != NULL;
      if (i + 1 == chunks->len)
        {
          g_assert_cmpuint (leyden_value_get_size (at (chunk->chunk, "/choices")), ==, 0);
          g_assert_true (leyden_value_equal (at (chunk->chunk, "/usage"), at (answer, "/usage")));
        }
    }
  g_assert_cmpstr (text->str, ==, text_at (answer, "/choices/0/message/content") ?: "");
  g_assert_cmpstr (arguments->str, ==, text_at (answer, "/choices/0/message/tool_calls/0/function/arguments") ?: "");
  g_assert_cmpuint (n_ids, ==, leyden_value_get_size (at (answer, "/choices/0/token_ids")));
  g_assert_cmpuint (n_logprobs, ==, n_ids);
  g_assert_cmpuint (n_prompts, ==, 1);
  g_assert_cmpfloat_with_epsilon (wait, leyden_value_get_member_double (at (answer, "/x_leyden"), "latency_ms", 0), 1e-6);
}

static void
test_stream (void)
{
  check_stream ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"return_token_ids\":true,\"logprobs\":true,\"messages\":[{\"role\":\"user\","
                "\"content\":\"" GOOD_PROMPT QUESTION "\"}]}");
  check_stream ("{" TOOLS ",\"return_token_ids\":true,\"logprobs\":true,\"messages\":[{\"role\":\"user\","
                "\"content\":\"Use the calculator. " QUESTION "\"}]}");
}

static void
test_text (void)
{
  g_autoptr(LeydenValue) request = parse ("{\"model\":\"leyden-sim-large\",\"temperature\":0,\"prompt\":[\"" GOOD_PROMPT QUESTION "\"]}");
  g_autoptr(LeydenValue) bad = parse ("{\"prompt\":[1,2]}");
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_simulation_complete_text (request, 42, 0, &error);
  g_autoptr(LeydenValue) refusal = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (text_at (answer, "/object"), ==, "text_completion");
  g_assert_cmpstr (last_line (text_at (answer, "/choices/0/text")), ==, "Answer: 44");
  g_assert_true (leyden_value_get_boolean (at (answer, "/x_leyden/simulated")));
  refusal = leyden_simulation_complete_text (bad, 42, 0, &error);
  g_assert_null (refusal);
  g_assert_error (error, LEYDEN_SIMULATION_ERROR, LEYDEN_SIMULATION_ERROR_REQUEST);
}

/* A wrong answer shows its cause: the right value in words, or a slip after what the calculator gave. */
static void
test_causes (void)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < 400; i++)
    {
      g_autofree char *request = g_strdup_printf ("{\"model\":\"leyden-sim-small\",\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":"
                                                  "\"Solve: A farm has %u chickens and 5 cows. How many legs do these animals have altogether?\"}]}", 10 + i);
      g_autoptr(LeydenValue) answer = complete (request);
      const char *cause = text_at (answer, "/x_leyden/cause");
      const char *content = text_at (answer, "/choices/0/message/content");
      double right = (10 + i) * 2 + 20;

      if (cause == NULL)
        continue;
      g_hash_table_add (seen, (gpointer) g_intern_string (cause));
      if (g_str_equal (cause, "format"))
        g_assert_null (strpbrk (content, "0123456789"));
      else if (g_str_equal (cause, "units"))
        g_assert_cmpfloat (g_ascii_strtod (content + strlen ("Answer: "), NULL), ==, right * 1000);
      else if (g_str_equal (cause, "check"))
        g_assert_cmpfloat (g_ascii_strtod (content + strlen ("Answer: "), NULL), ==, right - 20);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 5);
}

/* Every message of the mail sample is recognised in a prompt, and a right answer is its label. */
static void
test_mail_sample (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", "mail.jsonl", NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;
  guint n_right = 0, n = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (; lines[n] != NULL; n++)
    {
      g_autoptr(LeydenValue) row = parse (lines[n]);
      g_autofree char *content = g_strdup_printf ("Ham or spam? Reply with one word.\n\nTitle: %s\n\n%s\n",
                                                  leyden_value_get_member_string (row, "subject", ""),
                                                  leyden_value_get_member_string (row, "body", ""));
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
      g_autoptr(LeydenValue) request = NULL;
      g_autoptr(LeydenValue) answer = NULL;
      gboolean correct;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_int (&b, "temperature", 0);
      leyden_value_builder_key (&b, "messages");
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "role", "user");
      leyden_value_builder_set_string (&b, "content", content);
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
      request = leyden_value_builder_end_value (&b);
      answer = leyden_simulation_complete (request, 42, 0, NULL);

      correct = leyden_value_get_boolean (at (answer, "/x_leyden/correct"));
      g_assert_cmpstr (text_at (answer, "/x_leyden/item"), ==, leyden_value_get_member_string (row, "data_id", NULL));
      g_assert_cmpuint (leyden_value_get_size (at (answer, "/x_leyden/features")), ==, 2);
      g_assert_cmpint (g_str_equal (text_at (answer, "/choices/0/message/content"), leyden_value_get_member_string (row, "label", "")), ==,
                       correct);
      n_right += correct;
    }
  g_assert_cmpuint (n, ==, 400);
  /* 0.3 + 1.1 + 0.4 on the logit scale: 0.86. */
  g_assert_cmpuint (n_right, >, n * 78 / 100);
  g_assert_cmpuint (n_right, <, n * 94 / 100);
}

/* The page for users lists every phrase that it says counts, and every number of the rule. */
static void
test_help (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "help", "simulated-model.md", NULL);
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/simulation/phrases.json", 0, NULL);
  g_autoptr(LeydenValue) phrases = leyden_json_parse_bytes (bytes, NULL, NULL);
  LeydenValue *families[] = { at (phrases, "/features/arith"), at (phrases, "/features/mail") };
  g_autofree char *page = NULL;

  g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
  for (guint i = 0; i < 2 * leyden_value_get_size (families[0]); i++)
    {
      LeydenValue *list = leyden_value_get_item (families[i % 2], i / 2);

      g_assert_cmpuint (leyden_value_get_size (list), >=, 6);
      g_assert_cmpuint (leyden_value_get_size (list), <=, 12);
      for (guint j = 0; j < leyden_value_get_size (list); j++)
        if (strstr (page, leyden_value_get_string (leyden_value_get_item (list, j), NULL)) == NULL)
          g_error ("the help does not name “%s”", leyden_value_get_string (leyden_value_get_item (list, j), NULL));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulation/answer", test_answer);
  g_test_add_func ("/simulation/free", test_free);
  g_test_add_func ("/simulation/calculator", test_calculator);
  g_test_add_func ("/simulation/calculator-results", test_calculator_results);
  g_test_add_func ("/simulation/tool-choice", test_tool_choice);
  g_test_add_func ("/simulation/json", test_json);
  g_test_add_func ("/simulation/formats", test_formats);
  g_test_add_func ("/simulation/limits", test_limits);
  g_test_add_func ("/simulation/samples", test_samples);
  g_test_add_func ("/simulation/logprobs", test_logprobs);
  g_test_add_func ("/simulation/faithful", test_faithful);
  g_test_add_func ("/simulation/shots", test_shots);
  g_test_add_func ("/simulation/refused", test_refused);
  g_test_add_func ("/simulation/stream", test_stream);
  g_test_add_func ("/simulation/text", test_text);
  g_test_add_func ("/simulation/causes", test_causes);
  g_test_add_func ("/simulation/mail-sample", test_mail_sample);
  g_test_add_func ("/simulation/help", test_help);
  return g_test_run ();
}
