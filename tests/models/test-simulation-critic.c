/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-sections.h"
#include "leyden-simulation.h"
#include "../../src/models/leyden-simulation-critic.h"

static LeydenValue *
complete (const char *model,
          const char *system,
          const char *user,
          guint64     sample,
          double      kappa)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) request = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *answer;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "model", model);
  leyden_value_builder_set_int (&b, "temperature", 0);
  leyden_value_builder_set_int (&b, "seed", (gint64) sample);
  if (kappa >= 0.0)
    {
      leyden_value_builder_key (&b, "x_leyden");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_double (&b, "kappa", kappa);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_key (&b, "messages");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < 2; i++)
    if ((i == 0 ? system : user) != NULL)
      {
        leyden_value_builder_begin_object (&b);
        leyden_value_builder_set_string (&b, "role", i == 0 ? "system" : "user");
        leyden_value_builder_set_string (&b, "content", i == 0 ? system : user);
        leyden_value_builder_end (&b);
      }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  request = leyden_value_builder_end_value (&b);
  answer = leyden_simulation_complete (request, 42, 0, &error);
  g_assert_no_error (error);
  return answer;
}

static const char *
text_at (LeydenValue *value,
         const char  *pointer)
{
  return leyden_value_get_string (leyden_value_lookup_pointer (value, pointer), NULL);
}

static char *
write_request (const char           *task,
               const LeydenSections *sections)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "Task: %s\n\n", task);
  leyden_sections_write (sections, out);
  return g_string_free (out, FALSE);
}

/* An advice brings its own feature and nothing else; a useless sentence costs one and brings nothing. */
static void
test_phrases (void)
{
  LeydenValue *critic = leyden_value_get_member (leyden_simulation_get_phrases (), "critic");
  LeydenValue *useless = leyden_value_get_member (leyden_simulation_get_phrases (), "useless");

  for (guint i = 0; i < leyden_value_get_size (critic); i++)
    {
      const char *family = leyden_value_get_key (critic, i);
      LeydenValue *causes = leyden_value_get_item (critic, i);

      g_assert_cmpuint (leyden_value_get_size (causes), ==, LEYDEN_SIMULATION_N_FEATURES);
      for (guint j = 0; j < leyden_value_get_size (causes); j++)
        {
          LeydenValue *advice = leyden_value_get_member (leyden_value_get_item (causes, j), "advice");

          g_assert_cmpuint (leyden_value_get_size (advice), >=, 3);
          for (guint k = 0; k < leyden_value_get_size (advice); k++)
            {
              g_auto(LeydenSimulationReading) reading = { 0 };
              const char *sentence = leyden_value_get_string (leyden_value_get_item (advice, k), NULL);

              leyden_simulation_read_prompt (family, sentence, strlen (sentence), &reading);
              g_test_message ("%s", sentence);
              g_assert_cmpuint (reading.junk, ==, 0);
              g_assert_cmpuint (reading.features->len, ==, 1);
              g_assert_cmpstr (g_ptr_array_index (reading.features, 0), ==, leyden_value_get_key (causes, j));
            }
        }
      for (guint k = 0; k < leyden_value_get_size (useless); k++)
        {
          g_auto(LeydenSimulationReading) reading = { 0 };
          const char *sentence = leyden_value_get_string (leyden_value_get_item (useless, k), NULL);

          leyden_simulation_read_prompt (family, sentence, strlen (sentence), &reading);
          g_test_message ("%s", sentence);
          g_assert_cmpuint (reading.junk, ==, 1);
          g_assert_cmpuint (reading.features->len, ==, 0);
        }
    }
}

/* Over the sample: the cause that the critic sees in the text of an answer is the one for which the simulation made it wrong. */
static void
test_sees_causes (void)
{
  static const char * const prompts[] = {
    "Solve it.", "Step by step.", "Final line: the number.", "Step by step, with the final line.", "Step by step, final line, convert units.",
    "Step by step, final line, verify the result, convert units.",
  };
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", "arithmetic.jsonl", NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;
  guint n_seen = 0, n_wrong = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (prompts); j++)
      {
        g_autoptr(LeydenValue) row = leyden_json_parse (lines[i], -1, NULL, NULL);
        const char *question = leyden_value_get_member_string (row, "question", NULL);
        g_autoptr(LeydenValue) answer = complete ("leyden-sim-small", prompts[j], question, 0, -1);
        const char *cause = text_at (answer, "/x_leyden/cause");
        g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
        g_autofree char *request = NULL;
        g_autoptr(LeydenValue) critique = NULL;
        LeydenValue *causes;

        if (cause == NULL)
          continue;
        leyden_sections_add (&sections, "instructions", prompts[j]);
        leyden_sections_add (&sections, "case-1-input", question);
        leyden_sections_add (&sections, "case-1-output", text_at (answer, "/choices/0/message/content"));
        leyden_sections_add (&sections, "case-1-reward", "0");
        request = write_request ("critique", &sections);
        critique = complete ("leyden-sim-critic", NULL, request, 0, -1);
        causes = leyden_value_lookup_pointer (critique, "/x_leyden/causes");
        /* Without a tool a slip tells the missing calculator from missing steps to nobody. */
        if (g_str_equal (cause, "calc") && leyden_value_get_size (causes) == 1)
          cause = strstr (prompts[j], "tep") == NULL ? "steps" : NULL;
        n_wrong++;
        n_seen += cause == NULL || leyden_value_get_member (causes, cause) != NULL ||
                  (g_str_equal (cause, "calc") && leyden_value_get_size (causes) == 0);
      }
  g_assert_cmpuint (n_wrong, >, 300);
  /* A slip may happen to give the result of the first step. */
  g_assert_cmpuint (n_seen * 100, >=, n_wrong * 99);
  g_test_message ("%u of %u", n_seen, n_wrong);
}

static char *
make_reflect (const char *instructions,
              guint       number)
{
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
  g_autofree char *question = g_strdup_printf ("A farm has %u chickens and 5 cows. How many legs do these animals have altogether?", number);
  g_autofree char *slip = g_strdup_printf ("Answer: %u", (2 * number + 20) * 1000);

  leyden_sections_add (&sections, "instructions", instructions);
  leyden_sections_add (&sections, "case-1-input", question);
  leyden_sections_add (&sections, "case-1-output", "I make that fourteen, all told.");
  leyden_sections_add (&sections, "case-1-reward", "0");
  leyden_sections_add (&sections, "case-2-input", question);
  leyden_sections_add (&sections, "case-2-output", slip);
  leyden_sections_add (&sections, "case-2-reward", "0");
  leyden_sections_add (&sections, "case-3-input", question);
  leyden_sections_add (&sections, "case-3-output", "I make that fourteen, all told.");
  leyden_sections_add (&sections, "case-3-reward", "0.0");
  leyden_sections_add (&sections, "case-4-input", question);
  leyden_sections_add (&sections, "case-4-output", "Answer: 44");
  leyden_sections_add (&sections, "case-4-reward", "1");
  return write_request ("reflect", &sections);
}

static void
test_reflect (void)
{
  g_autofree char *request = make_reflect ("Solve this: {{ question }}", 12);
  g_autoptr(LeydenValue) answer = complete ("leyden-sim-critic", NULL, request, 0, -1);
  g_autoptr(LeydenValue) again = complete ("leyden-sim-critic", NULL, request, 0, -1);
  const char *text = text_at (answer, "/choices/0/message/content");

  g_assert_true (leyden_value_equal (answer, again));
  g_assert_true (leyden_value_get_boolean (leyden_value_lookup_pointer (answer, "/x_leyden/simulated")));
  g_assert_true (g_str_has_prefix (text, "- In 2 of 3 failures: The value is right, but it stands in words that no program reads.\n"
                                         "- In 1 of 3 failures: The value is a thousand times too large"));
  g_assert_nonnull (strstr (text, "\n\n<new_text>\nSolve this: {{ question }}"));
  g_assert_true (g_str_has_suffix (text, "\n</new_text>"));
}

/* One uniform decides: 0.65 help, 0.25 useless, 0.10 harm; 3 % lose a placeholder. Over 3000 requests, within four standard errors. */
static void
test_moves (void)
{
  guint n_phrase = 0, n_useless = 0, n_removed = 0, n_lost = 0;
  const guint n = 3000;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *request = make_reflect ("Solve it step by step.\n{{ question }}", 1 + i);
      g_autoptr(LeydenValue) answer = complete ("leyden-sim-critic", NULL, request, i % 7, -1);
      const char *move = text_at (answer, "/x_leyden/move");
      const char *text = strstr (text_at (answer, "/choices/0/message/content"), "<new_text>");
      gboolean lost = leyden_value_get_boolean (leyden_value_lookup_pointer (answer, "/x_leyden/lost_placeholder"));

      n_phrase += g_str_equal (move, "phrase");
      n_useless += g_str_equal (move, "useless");
      n_removed += g_str_equal (move, "removed");
      n_lost += lost;
      g_assert_cmpint (strstr (text, "{{ question }}") == NULL, ==, lost);
      g_assert_cmpint (strstr (text, "step by step") == NULL, ==, g_str_equal (move, "removed"));
    }
  g_assert_cmpfloat (fabs (n_phrase - 0.65 * n), <, 4 * sqrt (n * 0.65 * 0.35));
  g_assert_cmpfloat (fabs (n_useless - 0.25 * n), <, 4 * sqrt (n * 0.25 * 0.75));
  g_assert_cmpfloat (fabs (n_removed - 0.10 * n), <, 4 * sqrt (n * 0.10 * 0.90));
  g_assert_cmpfloat (fabs (n_lost - 0.03 * n), <, 4 * sqrt (n * 0.03 * 0.97));
}

/* The two calls of a real optimiser: the edit follows the critique that it is given. */
static void
test_edit_follows_critique (void)
{
  static const struct { const char *critique; const char *feature; } critiques[] = {
    { "- In 2 of 3 failures: A digit slips on the way to the result, and no work is shown.\n- In 1 of 3 failures: The value is a thousand times "
      "too large: quantities were mixed up.", "steps" },
    { "The answers should convert the units first.", "units" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (critiques); i++)
    {
      guint n_followed = 0, n_phrase = 0;

      for (guint sample = 0; sample < 40; sample++)
        {
          g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
          g_autofree char *request = NULL;
          g_autoptr(LeydenValue) answer = NULL;
          g_autofree char *folded = NULL;

          leyden_sections_add (&sections, "instructions", "Solve it.");
          leyden_sections_add (&sections, "critique", critiques[i].critique);
          request = write_request ("edit", &sections);
          answer = complete ("leyden-sim-critic", NULL, request, sample, -1);
          folded = leyden_simulation_fold (text_at (answer, "/choices/0/message/content"), strlen (text_at (answer, "/choices/0/message/content")));
          n_phrase += g_str_equal (text_at (answer, "/x_leyden/move"), "phrase");
          n_followed += leyden_simulation_mentions ("arith", critiques[i].feature, folded);
        }
      g_assert_cmpuint (n_phrase, >, 10);
      g_assert_cmpuint (n_followed, ==, n_phrase);
    }
}

static void
test_repair (void)
{
  static const struct { const char *text; const char *placeholders; const char *repaired; } cases[] = {
    { "Solve it.", "{{ question }}", "Solve it.\n\n{{ question }}" },
    { "Solve {{question.text}}.", "{{ question }}", "Solve {{question.text}}." },
    { "Solve {{ other }}{{ question }}", "{{ question }}\n{{ hint }}", "Solve {{ question }}\n\n{{ hint }}" },
    { "", "{{ a }}\n{{ b }}", "{{ a }}\n\n{{ b }}" },
    { "{{ a }", "{{ a }}", "{{ a }\n\n{{ a }}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
      g_autofree char *request = NULL;
      g_autofree char *expected = g_strdup_printf ("<new_text>\n%s\n</new_text>", cases[i].repaired);
      g_autoptr(LeydenValue) answer = NULL;

      leyden_sections_add (&sections, "instructions", cases[i].text);
      leyden_sections_add (&sections, "placeholders", cases[i].placeholders);
      request = write_request ("repair", &sections);
      answer = complete ("leyden-sim-critic", NULL, request, 0, -1);
      g_assert_cmpstr (text_at (answer, "/choices/0/message/content"), ==, expected);
    }
}

static void
test_not_simulated (void)
{
  static const struct { const char *model; const char *text; } cases[] = {
    { "leyden-sim-critic", "Hello" },
    { "leyden-sim-critic", "Task: reflect\n" },
    { "leyden-sim-critic", "Task: reflect\n<instructions 00000000>\nx\n</instructions 00000000>\n" },
    { "leyden-sim-critic", "Task: edit\n<instructions 00000000>\nx\n</instructions 00000000>\n" },
    { "leyden-sim-critic", "Task: repair\n<instructions 00000000>\nx\n</instructions 00000000>\n" },
    { "leyden-sim-critic", "Task: critique\n<case-1-input 00000000>\nWho are you?\n</case-1-input 00000000>\n<case-1-reward 00000000>\n0\n"
                           "</case-1-reward 00000000>\n<instructions 00000000>\nx\n</instructions 00000000>\n" },
    { "leyden-sim-judge", "Hello" },
    { "leyden-sim-judge", "<answer 00000000>\nx\n</answer 00000000>" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) answer = complete (cases[i].model, NULL, cases[i].text, 0, -1);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (text_at (answer, "/x_leyden/error_kind"), ==, "not_simulated");
      g_assert_true (g_str_has_prefix (text_at (answer, "/choices/0/message/content"), "This is a simulated "));
    }
}

/* Cohen's kappa of judge and truth over as many right as wrong answers is the wished one, within four standard errors. */
static void
test_judge_kappa (void)
{
  static const double kappas[] = { 0.0, 0.35, 0.7, 1.0 };
  const guint n = 1500;

  for (gsize k = 0; k < G_N_ELEMENTS (kappas); k++)
    {
      guint n_agree = 0, n_yes = 0;
      double agreement, chance;

      for (guint i = 0; i < n; i++)
        {
          gboolean truth = i % 2 == 0;
          g_autofree char *expected = g_strdup_printf ("%u", i);
          g_autofree char *given = g_strdup_printf (truth ? "Answer: %u" : "Answer: 9%u", i);
          g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
          g_autofree char *request = NULL;
          g_autoptr(LeydenValue) answer = NULL;
          g_autoptr(LeydenValue) verdict = NULL;
          gboolean yes;

          leyden_sections_add (&sections, "expected", expected);
          leyden_sections_add (&sections, "answer", given);
          request = write_request ("judge", &sections);
          answer = complete ("leyden-sim-judge", NULL, request, 0, kappas[k]);
          verdict = leyden_json_parse (text_at (answer, "/choices/0/message/content"), -1, NULL, NULL);
          yes = leyden_value_get_member_int (verdict, "score", -1) == 1;
          g_assert_nonnull (leyden_value_get_member_string (verdict, "reason", NULL));
          g_assert_cmpstr (text_at (answer, "/x_leyden/truth"), ==, truth ? "right" : "wrong");
          n_agree += yes == truth;
          n_yes += yes;
        }
      agreement = (double) n_agree / n;
      chance = 0.5 * n_yes / n + 0.5 * (n - n_yes) / n;
      g_test_message ("%g: %g", kappas[k], (agreement - chance) / (1 - chance));
      g_assert_cmpfloat (fabs ((agreement - chance) / (1 - chance) - kappas[k]), <=,
                         4 * 2 * sqrt ((1 + kappas[k]) / 2 * (1 - kappas[k]) / 2 / n));
    }
}

/* Without an expected answer it solves the question itself; of two answers it takes the right one. */
static void
test_judge_knows (void)
{
#define QUESTION "A farm has 12 chickens and 5 cows. How many legs do these animals have altogether?"
  static const struct { const char *names[3]; const char *texts[3]; const char *content; } cases[] = {
    { { "question", "answer" }, { QUESTION, "Answer: 44" }, "{\"reason\":\"The answer says what is expected.\",\"score\":1}" },
    { { "question", "answer" }, { QUESTION, "Answer: 45" }, "{\"reason\":\"The answer does not say what is expected.\",\"score\":0}" },
    { { "expected", "answer" }, { "Spam", "spam" }, "{\"reason\":\"The answer says what is expected.\",\"score\":1}" },
    { { "question", "first", "second" }, { QUESTION, "44", "45" }, "{\"reason\":\"The first answer is right.\",\"better\":\"first\"}" },
    { { "question", "first", "second" }, { QUESTION, "45", "44" }, "{\"reason\":\"The second answer is right.\",\"better\":\"second\"}" },
    { { "question", "first", "second" }, { QUESTION, "44.0", "44" }, "{\"reason\":\"Neither is better.\",\"better\":\"tie\"}" },
    { { "question", "first", "second" }, { QUESTION, "none", "0" }, "{\"reason\":\"Neither is better.\",\"better\":\"tie\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
      g_autofree char *request = NULL;
      g_autoptr(LeydenValue) answer = NULL;

      for (guint j = 0; j < 3 && cases[i].names[j] != NULL; j++)
        leyden_sections_add (&sections, cases[i].names[j], cases[i].texts[j]);
      request = write_request ("judge", &sections);
      answer = complete ("leyden-sim-judge", NULL, request, 0, 1.0);
      g_assert_cmpstr (text_at (answer, "/choices/0/message/content"), ==, cases[i].content);
    }
}

static void
test_models (void)
{
  g_autoptr(LeydenValue) list = leyden_simulation_list_models ();
  LeydenValue *data = leyden_value_get_member (list, "data");
  guint n[3] = { 0 };

  for (guint i = 0; i < leyden_value_get_size (data); i++)
    {
      const char *purpose = leyden_value_get_member_string (leyden_value_get_item (data, i), "purpose", "");

      n[0] += g_str_equal (purpose, "answers");
      n[1] += g_str_equal (purpose, "optimizer");
      n[2] += g_str_equal (purpose, "judge");
    }
  g_assert_cmpuint (n[0], ==, 3);
  g_assert_cmpuint (n[1], ==, 1);
  g_assert_cmpuint (n[2], ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulation/critic/phrases", test_phrases);
  g_test_add_func ("/simulation/critic/sees-causes", test_sees_causes);
  g_test_add_func ("/simulation/critic/reflect", test_reflect);
  g_test_add_func ("/simulation/critic/moves", test_moves);
  g_test_add_func ("/simulation/critic/edit-follows-critique", test_edit_follows_critique);
  g_test_add_func ("/simulation/critic/repair", test_repair);
  g_test_add_func ("/simulation/critic/not-simulated", test_not_simulated);
  g_test_add_func ("/simulation/judge/kappa", test_judge_kappa);
  g_test_add_func ("/simulation/judge/knows", test_judge_knows);
  g_test_add_func ("/simulation/models", test_models);
  return g_test_run ();
}
