/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <math.h>

#include "leyden-json.h"
#include "leyden-simulation.h"
#include "../../src/models/leyden-formula.h"
#include "../../src/models/leyden-simulation-private.h"
#include "../../src/models/leyden-word-problem.h"

static GStrv
read_sample_lines (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", "arithmetic.jsonl", NULL);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_strchomp (text);
  return g_strsplit (text, "\n", -1);
}

static void
test_every_row (void)
{
  g_auto(GStrv) lines = read_sample_lines ();
  guint n = g_strv_length (lines), n_train = 0, n_validation = 0;

  g_assert_cmpuint (n, >=, 240);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenValue) row = leyden_json_parse (lines[i], -1, NULL, NULL);
      const char *question = leyden_value_get_member_string (row, "question", NULL);
      const char *split = leyden_value_get_member_string (row, "split", NULL);
      g_autofree char *item = leyden_simulation_item_id (question, strlen (question));
      g_autofree char *text = NULL;
      double value;

      if (!leyden_simulation_solve (question, &value))
        g_error ("not solved: %s", question);
      text = leyden_formula_format (value);
      g_assert_cmpstr (text, ==, leyden_value_get_member_string (row, "answer", NULL));
      g_assert_cmpstr (item, ==, leyden_value_get_member_string (row, "data_id", NULL));
      n_train += g_str_equal (split, "train");
      n_validation += g_str_equal (split, "validation");
    }
  g_assert_cmpuint (n_train * 10, ==, n * 6);
  g_assert_cmpuint (n_validation * 10, ==, n * 2);
}

static const struct { const char *text; double value; } edited[] = {
  { "Zoë buys twelve pencils at $1.10 each and 7 ripe mangoes at $0.99 each. How much does Zoë pay in total?", 20.13 },
  { "Lena buys 1,200 pencils at $0.5 each and 3 apples at $2 each. How much does Lena pay altogether?", 606 },
  { "What is 15 % of 80?", NAN },
  { "What is 15% of 80?", 12 },
  { "what is 12.5% of 1,000?", 125 },
  { "A train leaves at 23:30 and arrives at 6:10. How many minutes does the journey take?", 400 },
  { "A train leaves at 9:15 am and arrives at 1:45 pm. How many minutes does the journey take?", 270 },
  { "A rope is 90 metres long. Tom cuts off 1/3 of it, and then two-thirds of what remains. How many metres of rope are left?", 20 },
  { "Ben is 9 years old. His father is 4 times as old. How old will the father be in 5 years?", 41 },
  { "At noon the temperature is -3 degrees. It falls by 2 degrees every hour. What is the temperature after 4 hours?", -11 },
  { "  What is (2 + 3) * 4?\n", 20 },
  { "Calculate 7 / 2 - 10.", -6.5 },
  { "A jug holds 2 liters of juice. How many glasses of 250 milliliters can be filled from it?", 8 },
  { "What is 15% of 80", 12 },
  { "What is 15% of 80 apples", NAN },
  { "What is 5 / 0?", NAN },
  { "How many moons does Mars have?", NAN },
  { "Tom loves 12 pencils at $3 each.", NAN },
  { "", NAN },
};

static void
test_edited (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (edited); i++)
    {
      double value = NAN;
      gboolean solved = leyden_simulation_solve (edited[i].text, &value);

      g_test_message ("%s → %g", edited[i].text, value);
      g_assert_cmpint (solved, ==, !isnan (edited[i].value));
      if (solved)
        g_assert_cmpfloat_with_epsilon (value, edited[i].value, 1e-9);
    }
}

static const struct { const char *text; double value; } numbers[] = {
  { "12", 12 }, { "1,250.5", 1250.5 }, { "-4", -4 }, { "−4", -4 }, { "3/4", 0.75 }, { "two thirds", 2.0 / 3 },
  { "half", 0.5 }, { "three quarters", 0.75 }, { "a quarter", 0.25 }, { "twenty-five", 25 }, { "a hundred", 100 },
  { "two and a half", 2.5 }, { "1 1/2", 1.5 }, { "three times", 3 }, { "twice", 2 }, { "a dozen", 12 }, { "$2.50", 2.5 },
  { "1/0", NAN }, { "", NAN }, { "many", NAN }, { "1.2.3", NAN }, { ",", NAN },
};

static void
test_numbers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      double value = NAN;
      gboolean parsed = leyden_word_number_parse (numbers[i].text, &value);

      g_test_message ("%s → %g", numbers[i].text, value);
      g_assert_cmpint (parsed, ==, !isnan (numbers[i].value));
      if (parsed)
        g_assert_cmpfloat_with_epsilon (value, numbers[i].value, 1e-12);
    }
}

static void
test_spell (void)
{
  static const struct { double value; const char *text; } words[] = {
    { 0, "zero" }, { 42, "forty-two" }, { 42.5, "forty-two point five" }, { 1005, "one thousand five" },
    { 120, "one hundred and twenty" }, { -3, "minus three" }, { 0.25, "zero point two five" },
    { 2000000, "two million" }, { 1e20, "a number beyond words" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *text = leyden_word_number_spell (words[i].value);
      g_assert_cmpstr (text, ==, words[i].text);
    }
}

static void
test_found_in_a_prompt (void)
{
  const char *prompt = "Solve this problem step by step.\n\nProblem: A farm has 12 chickens and\n5 cows. How many legs do these "
                       "animals have altogether?\nAnswer: 44\n\nProblem: What is 10% of 50?\nEnd with a line Answer: <number>.";
  g_autoptr(GPtrArray) found = leyden_word_problem_find (prompt, strlen (prompt));
  LeydenWordProblem *first, *second;
  g_autofree char *text = NULL;

  g_assert_cmpuint (found->len, ==, 2);
  first = g_ptr_array_index (found, 0);
  second = g_ptr_array_index (found, 1);
  g_assert_cmpfloat (first->value, ==, 44);
  g_assert_cmpstr (first->expression, ==, "12 * 2 + 5 * 4");
  g_assert_cmpuint (first->steps->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (first->steps, 2), ==, "24 + 20 = 44");
  text = g_strndup (prompt + second->start, second->end - second->start);
  g_assert_cmpstr (text, ==, "What is 10% of 50?");
}

static void
test_formula (void)
{
  static const char * const bad[] = { "", "1 +", "(1", "1)", "1 2", "* 3", "1 + foo", "ab", "()", "-" };
  LeydenFormulaNumber none[26] = { 0 };
  g_autoptr(LeydenFormula) good = leyden_formula_new ("-2 * (3 + 4) / 7 - -1");
  double value;

  g_assert_true (leyden_formula_evaluate (good, none, &value, NULL));
  g_assert_cmpfloat (value, ==, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenFormula) formula = leyden_formula_new (bad[i]);

      g_test_message ("“%s”", bad[i]);
      g_assert_null (formula);
    }
}

static void
test_format (void)
{
  static const struct { double value; const char *text; } texts[] = {
    { 0.1 + 0.2, "0.3" }, { 1e6, "1000000" }, { -2.5, "-2.5" }, { 0, "0" }, { -0.0, "0" }, { 123456789, "123456789" },
    { 100.0 / 3, "33.33333333" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = leyden_formula_format (texts[i].value);
      g_assert_cmpstr (text, ==, texts[i].text);
    }
}

/* A text that invites backtracking is answered at once. */
static void
test_backtracking (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GPtrArray) found = NULL;

  while (text->len < 60000)
    g_string_append (text, "A A A buys 2 a-a-a at $1 each and 1 1 1 (1+1+1+1 twenty-one aaaa ");
  found = leyden_word_problem_find (text->str, text->len);
  g_assert_cmpuint (found->len, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/word-problem/every-row-of-the-sample", test_every_row);
  g_test_add_func ("/word-problem/edited", test_edited);
  g_test_add_func ("/word-problem/numbers", test_numbers);
  g_test_add_func ("/word-problem/spell", test_spell);
  g_test_add_func ("/word-problem/found-in-a-prompt", test_found_in_a_prompt);
  g_test_add_func ("/word-problem/formula", test_formula);
  g_test_add_func ("/word-problem/format", test_format);
  g_test_add_func ("/word-problem/backtracking", test_backtracking);
  return g_test_run ();
}
