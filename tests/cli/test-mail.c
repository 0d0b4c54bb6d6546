/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* The mail samples on the command line: real learning, not labelled "Simulated". */

typedef struct
{
  Sandbox sandbox;
  char   *flow;
  char   *dataset;
  char   *database;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->flow = sample_path ("mail-triage.leyden");
  fixture->dataset = sample_path ("mail.jsonl");
  fixture->database = sandbox_path (&fixture->sandbox, "runs.db");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->flow);
  g_free (fixture->dataset);
  g_free (fixture->database);
}

static LeydenValue *
last_line (Outcome *outcome)
{
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_cmpuint (lines->len, >, 0);
  return leyden_value_ref (g_ptr_array_index (lines, lines->len - 1));
}

/* An optimiser makes it better on mail that it never saw, and twice the same. */
static void
test_train (Fixture       *fixture,
            gconstpointer  optimizer)
{
  g_autofree char *first = NULL;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer",
                                                (const char *) optimizer, "--budget", "600", "--seed", "7", "--json", NULL);
      g_autoptr(LeydenValue) snapshot = last_line (outcome);
      LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");
      g_autofree char *text = leyden_json_write (verdict, LEYDEN_JSON_CANONICAL);

      g_test_message ("%s", text);
      g_assert_cmpstr (leyden_value_get_member_string (snapshot, "state", NULL), ==, "finished");
      g_assert_false (leyden_value_get_member_boolean (snapshot, "simulated", TRUE));
      g_assert_cmpint (leyden_value_get_member_int (verdict, "n", 0), ==, 120);
      g_assert_cmpfloat (leyden_value_get_member_double (verdict, "low", -1), >, 0);
      g_assert_true (leyden_value_get_member_boolean (verdict, "significant", FALSE));
      if (first == NULL)
        first = g_steal_pointer (&text);
      else
        g_assert_cmpstr (text, ==, first);
    }
}

/* The flow that learns from the data set; written by hand of the sample. */
static char *
write_learning (Fixture *fixture)
{
  g_autofree char *text = NULL;
  char *source;

  g_assert_true (g_file_get_contents (fixture->flow, &text, NULL, NULL));
  source = strstr (text, "\"source\": \"examples\"");
  g_assert_nonnull (source);
  memcpy (source, "\"source\": \"dataset\" ", strlen ("\"source\": \"dataset\" "));
  return sandbox_write (&fixture->sandbox, "learning.leyden", text, -1);
}

/* Only test rows are run over, and all train rows are learned from; a single input later learns from the same rows. */
static void
test_split_and_input (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *flow = write_learning (fixture);
  static const char input[] = "{\"subject\": \"Lowest mortgage rates\", \"body\": \"Click here now for your FREE quote! Lowest rates, apply today.\"}";
  g_autoptr(Outcome) before = sandbox_run (&fixture->sandbox, "run", flow, "--input", input, "--database", fixture->database, "--json", NULL);
  g_autoptr(Outcome) run = sandbox_run (&fixture->sandbox, "run", flow, "--dataset", fixture->dataset, "--split", "test", "--database",
                                        fixture->database, "--json", NULL);
  g_autoptr(Outcome) after = sandbox_run (&fixture->sandbox, "run", flow, "--input", input, "--database", fixture->database, "--fresh", "--json", NULL);
  g_autoptr(LeydenValue) line = last_line (run);
  LeydenValue *summary = leyden_value_get_member (line, "summary");

  g_assert_cmpint (before->status, ==, 1);
  g_assert_nonnull (strstr (before->out, "nothing to learn from"));
  g_assert_cmpint (leyden_value_get_member_int (summary, "n_items", 0), ==, 120);
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_get_member (summary, "mean_reward"), "estimate", 0), >, 0.9);
  g_assert_false (leyden_value_get_member_boolean (summary, "simulated", TRUE));
  g_test_message ("%s", after->out);
  g_assert_cmpint (after->status, ==, 0);
  g_assert_nonnull (strstr (after->out, "\"label\":\"spam\""));
}

/* The prompted one beside it says that its answers are simulated. */
static void
test_prompted (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *flow = sample_path ("mail-triage-prompt.leyden");
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "run", flow, "--dataset", fixture->dataset, "--split", "test", "--json", NULL);
  g_autoptr(LeydenValue) line = last_line (outcome);
  LeydenValue *summary = leyden_value_get_member (line, "summary");
  double mean = leyden_value_get_member_double (leyden_value_get_member (summary, "mean_reward"), "estimate", 0);

  g_assert_true (leyden_value_get_member_boolean (summary, "simulated", FALSE));
  g_assert_cmpfloat (mean, >, 0.3);
  g_assert_cmpfloat (mean, <, 0.9);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/mail/train/halving", Fixture, "halving", set_up, test_train, tear_down);
  g_test_add ("/mail/train/examples", Fixture, "examples", set_up, test_train, tear_down);
  g_test_add ("/mail/split-and-input", Fixture, NULL, set_up, test_split_and_input, tear_down);
  g_test_add ("/mail/prompted", Fixture, NULL, set_up, test_prompted, tear_down);
  return g_test_run ();
}
