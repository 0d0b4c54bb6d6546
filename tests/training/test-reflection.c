/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-reflection.h"
#include "../../src/training/leyden-reflection-private.h"

/* What models write around a text, and what is read of it; NULL: nothing that may be used. */
static const struct
{
  const char *answer;
  const char *text;
  const char *critique;
} answers[] = {
  { "", NULL, NULL },
  { "No markers at all.", NULL, "No markers at all." },
  { "- A point.\n\n<new_text>\nSolve {{ question }}.\n</new_text>", "Solve {{ question }}.", "- A point." },
  { "<new_text>x</new_text>", "x", NULL },
  { "<new_text></new_text>", "", NULL },
  { "<new_text>\n\n\n</new_text>\n", "", NULL },
  { "Cut off: <new_text>\nSolve it step by", NULL, "Cut off:" },
  { "</new_text> the wrong way round <new_text>", NULL, "</new_text> the wrong way round" },
  { "I put it between <new_text> and </new_text>.\n<new_text>\nreal\n</new_text>", "real", "I put it between" },
  { "<new_text>a</new_text> or rather <new_text>b</new_text> and done", "b", NULL },
  { "<new_text>\n```\nSolve it.\n```\n</new_text>", "Solve it.", NULL },
  { "<new_text>\n```text\nSolve it.\nAll of it.\n```\n</new_text>", "Solve it.\nAll of it.", NULL },
  { "<new_text>```\n```</new_text>", "", NULL },
  { "<new_text>```</new_text>", "```", NULL },
  { "<new_text>Use\n```\ncode\n```\nhere</new_text>", "Use\n```\ncode\n```\nhere", NULL },
  { "<new_text>```\na\n```\nand\n```\nb\n```</new_text>", "```\na\n```\nand\n```\nb\n```", NULL },
  { "<new_text>bell\a, escape\033[31m, return\r\n, tab\t.</new_text>", "bell, escape[31m, return\n, tab\t.", NULL },
  { "<NEW_TEXT>x</NEW_TEXT>", NULL, "<NEW_TEXT>x</NEW_TEXT>" },
  { "broken \xff<new_text>x</new_text>", NULL, NULL },
  { "  \n\t ", NULL, NULL },
};

static void
test_answers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *text = leyden_reflection_read_text (answers[i].answer);
      g_autofree char *critique = leyden_reflection_read_critique (answers[i].answer);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (text, ==, answers[i].text);
      g_assert_cmpstr (critique, ==, answers[i].critique);
    }
}

/* A critique of any length stays short and whole characters. */
static void
test_long_critique (void)
{
  for (guint i = 0; i < 4; i++)
    {
      GString *answer = g_string_new (NULL);
      g_autofree char *text = NULL;
      g_autofree char *critique = NULL;

      for (guint j = 0; j < i; j++)
        g_string_append_c (answer, 'x');
      while (answer->len < 20000)
        g_string_append (answer, "€");
      text = g_string_free (answer, FALSE);
      critique = leyden_reflection_read_critique (text);
      g_assert_cmpuint (strlen (critique), <=, 8000);
      g_assert_cmpuint (strlen (critique), >, 7990);
      g_assert_true (g_utf8_validate (critique, -1, NULL));
    }
}

#define STATE "{\"state\":\"succeeded\",\"nodes\":{\"a\":{\"state\":\"succeeded\",\"outputs\":{\"text\":\"Solve it\"}}," \
              "\"b\":{\"state\":\"succeeded\",\"outputs\":{\"text\":\"Answer: 45\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"}," \
              "{\"role\":\"user\",\"content\":\"U\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"function\":{\"name\":\"calculator\"," \
              "\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"content\":\"44\"},{\"role\":\"assistant\",\"content\":\"Answer: 45\"}]}}," \
              "\"b#1\":{\"state\":\"succeeded\",\"part\":true,\"calls\":[{\"kind\":\"model\",\"request\":{\"tools\":[{\"function\":" \
              "{\"name\":\"calculator\"}},{\"function\":{}}]}}]}%s}%s}"
#define SECOND ",\"c\":{\"state\":\"succeeded\",\"outputs\":{\"text\":\"Fine\",\"messages\":[{\"role\":\"assistant\",\"content\":\"Fine\"}]}}"

static LeydenValue *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_trace (void)
{
  g_autofree char *one = g_strdup_printf (STATE, "", "");
  g_autofree char *two = g_strdup_printf (STATE, SECOND, ",\"error\":{\"message\":\"too many turns\"}");
  g_autoptr(LeydenValue) first = parse (one);
  g_autoptr(LeydenValue) second = parse (two);
  g_autoptr(LeydenValue) result = parse ("{\"answer\":45}");
  g_autofree char *work = leyden_trace_word_work (first);
  g_autofree char *failed = leyden_trace_word_work (second);
  g_autofree char *output = leyden_trace_word_output (first, "a", result);
  g_autofree char *of_c = leyden_trace_word_output (second, "c", result);
  g_autofree char *of_all = leyden_trace_word_output (second, "a", result);
  g_autofree char *of_none = leyden_trace_word_output (NULL, "a", result);
  g_autofree char *tools = leyden_trace_word_tools (first);

  g_assert_cmpstr (work, ==, "calls calculator {}\ngets: 44\n");
  g_assert_cmpstr (failed, ==, "calls calculator {}\ngets: 44\nfails: too many turns\n");
  g_assert_cmpstr (output, ==, "Answer: 45");
  g_assert_cmpstr (of_c, ==, "Fine");
  g_assert_cmpstr (of_all, ==, "b: Answer: 45\nc: Fine");
  g_assert_cmpstr (of_none, ==, "{\"answer\":45}");
  g_assert_cmpstr (tools, ==, "calculator");
  g_assert_null (leyden_trace_word_work (NULL));
  g_assert_null (leyden_trace_word_tools (NULL));
}

/* Inside a container a node has a path for each round. */
static void
test_rounds (void)
{
  g_autoptr(LeydenValue) state = parse ("{\"nodes\":{\"solve[0]/a\":{\"outputs\":{\"text\":\"one\",\"messages\":[]}},"
                                        "\"solve[1]/a\":{\"outputs\":{\"text\":\"two\",\"messages\":[]}},"
                                        "\"z\":{\"outputs\":{\"text\":\"end\",\"messages\":[]}}}}");
  g_autofree char *inside = leyden_trace_word_output (state, "solve/a", NULL);
  g_autofree char *outside = leyden_trace_word_output (state, "z", NULL);

  g_assert_cmpstr (inside, ==, "solve[0]/a: one\nsolve[1]/a: two");
  g_assert_cmpstr (outside, ==, "end");
}

static void
test_inputs (void)
{
  static const struct { const char *input; const char *text; } inputs[] = {
    { "{\"question\":\"How many?\"}", "How many?" },
    { "{\"a\":\"one\\ntwo\",\"b\":[1,2]}", "a: one\ntwo\nb: [1,2]" },
    { "{}", "" },
    { "{\"n\":12.50}", "12.50" },
    { "\"text\"", "text" },
    { "null", "null" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (inputs); i++)
    {
      g_autoptr(LeydenValue) value = parse (inputs[i].input);
      g_autofree char *text = leyden_trace_word_input (value);

      g_assert_cmpstr (text, ==, inputs[i].text);
    }
}

static void
test_cut (void)
{
  g_autoptr(GString) text = g_string_new ("x");
  g_autofree char *cut = NULL;

  while (text->len < 7000)
    g_string_append (text, "€");
  cut = leyden_trace_cut (text->str);
  g_assert_cmpuint (strlen (cut), <=, 6000 + strlen (" […]"));
  g_assert_true (g_str_has_suffix (cut, "€ […]"));
  g_assert_true (g_utf8_validate (cut, -1, NULL));
  g_assert_null (leyden_trace_cut (NULL));
}

/* The requests are complete: every kind has a wording with both halves. */
static void
test_wordings (void)
{
  static const char * const kinds[] = { "critique", "edit", "reflect", "repair" };
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/optimizers/prompts.json", 0, NULL);
  g_autoptr(LeydenValue) wordings = leyden_json_parse_bytes (bytes, NULL, NULL);

  g_assert_nonnull (leyden_value_get_member_string (wordings, "system", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      LeydenValue *list = leyden_value_get_member (wordings, kinds[i]);

      g_assert_cmpuint (leyden_value_get_size (list), >=, 1);
      for (guint j = 0; j < leyden_value_get_size (list); j++)
        {
          const char *tail = leyden_value_get_member_string (leyden_value_get_item (list, j), "tail", "");

          g_assert_nonnull (leyden_value_get_member_string (leyden_value_get_item (list, j), "head", NULL));
          g_assert_cmpint (strstr (tail, "<new_text>") != NULL && strstr (tail, "</new_text>") != NULL, ==, !g_str_equal (kinds[i], "critique"));
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reflection/answers", test_answers);
  g_test_add_func ("/reflection/long-critique", test_long_critique);
  g_test_add_func ("/reflection/trace", test_trace);
  g_test_add_func ("/reflection/rounds", test_rounds);
  g_test_add_func ("/reflection/inputs", test_inputs);
  g_test_add_func ("/reflection/cut", test_cut);
  g_test_add_func ("/reflection/wordings", test_wordings);
  return g_test_run ();
}
