/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "leyden-experiment-data.h"
#include "leyden-json.h"
#include "leyden-train-setup.h"
#include "leyden-word-diff.h"

/* What the window reads of a snapshot, and its word difference; no display. */

static LeydenValue *
parse (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static LeydenValue *
load (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "desktop", "experiment.json", NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return parse (text);
}

/* --- words --- */

/* "same -removed- +added+". */
static char *
show (const char *before,
      const char *after)
{
  g_autoptr(GArray) parts = leyden_word_diff (before, after);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++)
    {
      const LeydenWords *part = &g_array_index (parts, LeydenWords, i);
      const char *sign = part->kind == LEYDEN_WORDS_SAME ? "" : part->kind == LEYDEN_WORDS_REMOVED ? "-" : "+";

      if (i > 0)
        g_assert_cmpint (part->kind, !=, g_array_index (parts, LeydenWords, i - 1).kind);
      g_string_append (text, sign);
      g_string_append_len (text, (part->kind == LEYDEN_WORDS_ADDED ? after : before) + part->start, (gssize) part->length);
      g_string_append (text, sign);
    }
  return g_string_free (text, FALSE);
}

static void
test_words (void)
{
  static const struct
  {
    const char *before;
    const char *after;
    const char *shown;
  } cases[] = {
    { "", "", "" },
    { "a b", "a b", "a b" },
    { "", "new words", "+new words+" },
    { "old words", "", "-old words-" },
    { "the cat sat", "the dog sat", "the -cat-+dog+ sat" },
    { "one two three four", "one 2 3 four", "one -two three-+2 3+ four" },
    { "end", "end.", "end+.+" },
    { "{{ question }}", "{{ question }}\n\nThink.", "{{ question }}+\n\nThink.+" },
    { "größe", "grösse", "-größe-+grösse+" },
    { "a a a", "a a", "a a- a-" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = show (cases[i].before, cases[i].after);

      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

/* Both texts can be put together again from the pieces, whatever they are. */
static void
assert_complete (const char *before,
                 const char *after)
{
  g_autoptr(GArray) parts = leyden_word_diff (before, after);
  g_autoptr(GString) old = g_string_new (NULL), new = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++)
    {
      const LeydenWords *part = &g_array_index (parts, LeydenWords, i);

      if (part->kind != LEYDEN_WORDS_ADDED)
        g_string_append_len (old, before + part->start, (gssize) part->length);
      if (part->kind == LEYDEN_WORDS_SAME)
        g_string_append_len (new, before + part->start, (gssize) part->length);
      if (part->kind == LEYDEN_WORDS_ADDED)
        g_string_append_len (new, after + part->start, (gssize) part->length);
    }
  g_assert_cmpstr (old->str, ==, before);
  g_assert_cmpstr (new->str, ==, after);
}

static void
test_words_complete (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  g_autoptr(GString) huge = g_string_new (NULL), other = g_string_new (NULL);

  for (guint round = 0; round < 500; round++)
    {
      char text[2][40];

      for (guint i = 0; i < 2; i++)
        {
          guint n = (guint) g_rand_int_range (rand, 0, 39);

          for (guint j = 0; j < n; j++)
            text[i][j] = "ab .\n"[g_rand_int_range (rand, 0, 5)];
          text[i][n] = '\0';
        }
      assert_complete (text[0], text[1]);
    }
  /* More words than the table may have: told as replaced, in bounded time. */
  for (guint i = 0; i < 20000; i++)
    {
      g_string_append_printf (huge, "w%u ", i);
      g_string_append_printf (other, "v%u ", i);
    }
  assert_complete (huge->str, other->str);
}

/* --- the tree --- */

static char *
show_tree (LeydenValue *snapshot)
{
  g_autoptr(GArray) nodes = leyden_experiment_list_candidates (snapshot);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < nodes->len; i++)
    {
      const LeydenCandidateNode *node = &g_array_index (nodes, LeydenCandidateNode, i);

      g_assert_cmpint (node->parent, <, (int) i);
      if (node->parent >= 0)
        g_assert_cmpuint (node->depth, ==, g_array_index (nodes, LeydenCandidateNode, node->parent).depth + 1);
      g_string_append_printf (text, "%s%s:%u%s", i > 0 ? " " : "", node->id, node->depth, node->last ? "." : "");
    }
  return g_string_free (text, FALSE);
}

#define C(id, parent) "{\"candidate\": \"" id "\", \"parents\": [" parent "]}"

static void
test_tree (void)
{
  static const struct
  {
    const char *candidates;
    const char *shown;
  } cases[] = {
    { "[]", "" },
    { "7", "" },
    { "[" C ("a", "") "," C ("b", "\"a\"") "," C ("c", "\"a\"") "," C ("d", "\"b\"") "]", "a:0. b:1 d:2. c:1." },
    { "[" C ("b", "\"a\"") "," C ("a", "") "]", "a:0. b:1." },
    /* Its own ancestor, an unknown parent, twice the same, no id. */
    { "[" C ("a", "\"b\"") "," C ("b", "\"a\"") "]", "a:0. b:1." },
    { "[" C ("a", "\"a\"") "]", "a:0." },
    { "[" C ("a", "\"z\"") "," C ("a", "") ",{},7,null,\"x\",{\"candidate\": 5}]", "a:0." },
    { "[{\"candidate\": \"a\", \"parents\": \"b\"}, {\"candidate\": \"b\", \"parents\": [7]}]", "a:0. b:0." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *json = g_strdup_printf ("{\"candidates\": %s}", cases[i].candidates);
      g_autoptr(LeydenValue) snapshot = parse (json);
      g_autofree char *shown = show_tree (snapshot);

      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

/* A chain as long as the list may be, and a longer one. */
static void
test_tree_deep (void)
{
  g_autoptr(GString) json = g_string_new ("{\"candidates\": [");
  g_autoptr(LeydenValue) snapshot = NULL;
  g_autoptr(GArray) nodes = NULL;

  for (guint i = 0; i < 12000; i++)
    g_string_append_printf (json, "%s{\"candidate\": \"%u\", \"parents\": [\"%u\"]}", i > 0 ? "," : "", i, i == 0 ? 999999 : i - 1);
  g_string_append (json, "]}");
  snapshot = parse (json->str);
  nodes = leyden_experiment_list_candidates (snapshot);
  g_assert_cmpuint (nodes->len, ==, 10000);
  g_assert_cmpuint (g_array_index (nodes, LeydenCandidateNode, 9999).depth, ==, 9999);
}

/* --- a whole snapshot --- */

static void
test_snapshot (void)
{
  g_autoptr(LeydenValue) snapshot = load ();
  g_autoptr(GArray) points = leyden_experiment_list_points (snapshot);
  g_autoptr(GArray) nodes = leyden_experiment_list_candidates (snapshot);
  const char *best = leyden_value_get_member_string (snapshot, "best", NULL);
  g_auto(GStrv) changes = leyden_experiment_list_changes (snapshot, best, NULL);
  g_autofree char *verdict = leyden_experiment_describe_verdict (snapshot);
  g_autofree char *explanation = leyden_experiment_explain_verdict (snapshot);
  g_autofree char *progress = leyden_experiment_describe_progress (snapshot);
  LeydenValue *proposal = leyden_experiment_find_proposal (snapshot, g_array_index (nodes, LeydenCandidateNode, 1).id);

  g_assert_cmpuint (points->len, ==, 5);
  g_assert_cmpint (g_array_index (points, LeydenCurvePoint, 4).calls, ==, 412);
  g_assert_cmpuint (nodes->len, ==, 8);
  g_assert_true (g_array_index (nodes, LeydenCandidateNode, 0).is_baseline);
  g_assert_cmpuint (g_strv_length (changes), ==, 2);
  g_assert_cmpstr (verdict, ==, "+0.43 [0.31, 0.56], paired, n = 62 test items");
  g_assert_nonnull (strstr (explanation, "0.47 before and 0.90 after, on 62 rows"));
  g_assert_nonnull (strstr (explanation, "p < 0.001"));
  g_assert_cmpstr (progress, ==, "Finished after 600 calls, in 1 min 1 s");
  g_assert_false (leyden_experiment_is_active (snapshot));
  g_assert_true (leyden_experiment_has_better (snapshot));
  g_assert_nonnull (strstr (leyden_value_get_member_string (proposal, "critique", ""), "units"));
  g_assert_null (leyden_experiment_find_proposal (snapshot, "nobody"));
}

/* Without a difference it says so, whatever the sentence of the backend. */
static void
test_no_difference (void)
{
  g_autoptr(LeydenValue) snapshot = parse ("{\"verdict\": {\"difference\": 0.02, \"low\": -0.05, \"high\": 0.09, \"n\": 60, \"p\": 0.6, \"significant\": false,"
                                           " \"baseline_mean\": 0.5, \"best_mean\": 0.52, \"sentence\": \"<b>hooray</b>\"}}");
  g_autofree char *verdict = leyden_experiment_describe_verdict (snapshot);
  g_autofree char *explanation = leyden_experiment_explain_verdict (snapshot);

  g_assert_cmpstr (verdict, ==, "No difference shown");
  g_assert_nonnull (strstr (explanation, "Anything from -0.05 to +0.09"));
  g_assert_nonnull (strstr (explanation, "p = 0.600"));
}

static void
test_progress (void)
{
  static const struct
  {
    const char *json;
    const char *shown;
  } cases[] = {
    { "{\"state\": \"running\", \"budget\": {\"task_calls\": 600}, \"spent\": {\"task_calls\": 213}, \"seconds_left\": 40.2}", "Training: 213 of 600 calls, 41 s left" },
    { "{\"state\": \"running\", \"budget\": {\"task_calls\": 600}, \"spent\": {\"task_calls\": 213}, \"seconds_left\": null}", "Training: 213 of 600 calls" },
    { "{\"state\": \"paused\", \"budget\": {\"task_calls\": 600}, \"spent\": {\"task_calls\": 213}, \"seconds_left\": 5}", "Paused: 213 of 600 calls" },
    { "{\"state\": \"stopped\", \"spent\": {\"task_calls\": 10}}", "Stopped after 10 calls" },
    { "{}", "(unnamed) after 0 calls" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) snapshot = parse (cases[i].json);
      g_autofree char *shown = leyden_experiment_describe_progress (snapshot);

      g_assert_cmpstr (shown, ==, cases[i].shown);
      g_assert_cmpfloat (leyden_experiment_get_fraction (snapshot), <=, 1);
    }
}

/* Every word of the contract that is missing or of another kind, one at a time. */
static void
test_hostile (void)
{
  static const char * const values[] = { "null", "7", "-1e308", "\"x\"", "[]", "{}", "[[[]]]", "[{}]", "true", "[1e308, \"\\u202e\"]" };
  g_autoptr(LeydenValue) snapshot = load ();

  for (guint i = 0; i < leyden_value_get_size (snapshot); i++)
    for (guint j = 0; j <= G_N_ELEMENTS (values); j++)
      {
        g_autoptr(LeydenValue) value = j < G_N_ELEMENTS (values) ? parse (values[j]) : NULL;
        g_autoptr(LeydenValue) bad = leyden_value_with_member (snapshot, leyden_value_get_key (snapshot, i), value);
        g_autoptr(GArray) points = leyden_experiment_list_points (bad);
        g_autoptr(GArray) nodes = leyden_experiment_list_candidates (bad);
        g_autofree char *verdict = leyden_experiment_describe_verdict (bad);
        g_autofree char *explanation = leyden_experiment_explain_verdict (bad);
        g_autofree char *progress = leyden_experiment_describe_progress (bad);
        g_auto(GStrv) changes = leyden_experiment_list_changes (bad, leyden_value_get_member_string (bad, "best", NULL), NULL);

        g_assert_nonnull (progress);
        g_assert_cmpfloat (leyden_experiment_get_fraction (bad), >=, 0);
        for (guint k = 0; k < nodes->len; k++)
          {
            g_autofree char *score = leyden_experiment_describe_score (g_array_index (nodes, LeydenCandidateNode, k).value);

            g_assert_nonnull (score);
          }
      }
}

static void
test_points (void)
{
  g_autoptr(LeydenValue) snapshot = parse ("{\"curve\": [{\"task_calls\": 30, \"best\": 0.5, \"low\": 0.6, \"high\": 0.7}, {\"task_calls\": 10, \"best\": 0.4,"
                                           " \"low\": 0.3, \"high\": 0.5}, {\"task_calls\": -1, \"best\": 1}, {\"best\": 1}, {\"task_calls\": 5}, 7,"
                                           " {\"task_calls\": 40, \"best\": 1e300}]}");
  g_autoptr(GArray) points = leyden_experiment_list_points (snapshot);

  g_assert_cmpuint (points->len, ==, 2);
  g_assert_cmpint (g_array_index (points, LeydenCurvePoint, 0).calls, ==, 10);
  /* An interval that leaves out its own mean says nothing. */
  g_assert_true (isnan (g_array_index (points, LeydenCurvePoint, 1).low));
}

static void
test_methods (void)
{
  g_assert_cmpstr (leyden_method_title ("reflect"), ==, "Reflective search (GEPA)");
  g_assert_cmpstr (leyden_method_title ("apo"), ==, "Textual gradients (APO)");
  g_assert_cmpstr (leyden_method_title ("examples"), ==, "Few-shot examples");
  g_assert_cmpstr (leyden_method_title ("halving"), ==, "Best of N (halving)");
  g_assert_cmpstr (leyden_method_title ("later"), ==, "later");
  for (const char * const *name = leyden_method_list (); *name != NULL; name++)
    g_assert_cmpuint (strlen (leyden_method_explanation (*name)), >, 20);
  g_assert_true (leyden_method_changes ("reflect", "prompt"));
  g_assert_false (leyden_method_changes ("reflect", "model"));
  g_assert_true (leyden_method_changes ("halving", "temperature"));
  g_assert_true (leyden_method_changes ("examples", "examples"));
  g_assert_false (leyden_method_changes ("later", "prompt"));
}

/* n of the paired mean at that difference is the number of rows again (reference 2.7). */
static void
test_detectable (void)
{
  g_assert_true (isnan (leyden_train_setup_detectable (0, 0.5)));
  g_assert_cmpfloat_with_epsilon (leyden_train_setup_detectable (62, NAN), 2.8015852 * sqrt (0.5 / 62), 1e-6);
  g_assert_cmpfloat (leyden_train_setup_detectable (62, 0.9), <, leyden_train_setup_detectable (62, 0.5));
  g_assert_cmpfloat (leyden_train_setup_detectable (620, 0.5), <, leyden_train_setup_detectable (62, 0.5));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/experiment-data/words", test_words);
  g_test_add_func ("/experiment-data/words-complete", test_words_complete);
  g_test_add_func ("/experiment-data/tree", test_tree);
  g_test_add_func ("/experiment-data/tree-deep", test_tree_deep);
  g_test_add_func ("/experiment-data/snapshot", test_snapshot);
  g_test_add_func ("/experiment-data/no-difference", test_no_difference);
  g_test_add_func ("/experiment-data/progress", test_progress);
  g_test_add_func ("/experiment-data/points", test_points);
  g_test_add_func ("/experiment-data/hostile", test_hostile);
  g_test_add_func ("/experiment-data/methods", test_methods);
  g_test_add_func ("/experiment-data/detectable", test_detectable);
  return g_test_run ();
}
