/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measuring a flow and comparing it with others on the command line. */
#include <math.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
  char   *sample;                       /* it names no model: the run's is taken */
  char   *flow;                         /* the same with the small model */
  char   *better;                       /* with the large model */
  char   *dataset;
  char   *few;                          /* some of its rows */
} Fixture;

/* The sample with the agent's model set. */
static LeydenValue *
with_model (LeydenValue *flow,
            const char  *model)
{
  g_autofree char *text = g_strdup_printf ("{\"endpoint\": \"simulated\", \"model\": \"%s\"}", model);
  g_autoptr(LeydenValue) value = leyden_json_parse (text, -1, NULL, NULL);
  LeydenValue *nodes = leyden_value_get_member (flow, "nodes");

  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);
      g_autoptr(LeydenValue) parameters = NULL;
      g_autoptr(LeydenValue) changed = NULL;
      g_autoptr(LeydenValue) list = NULL;

      if (strcmp (leyden_value_get_member_string (node, "type", ""), "agent") != 0)
        continue;
      parameters = leyden_value_with_member (leyden_value_get_member (node, "parameters"), "model", value);
      changed = leyden_value_with_member (node, "parameters", parameters);
      list = leyden_value_with_item (nodes, i, changed);
      return leyden_value_with_member (flow, "nodes", list);
    }
  g_assert_not_reached ();
}

static char *
write_flow (Fixture    *fixture,
            const char *model)
{
  g_autofree char *name = g_strconcat (model, ".leyden", NULL);
  g_autofree char *text = NULL;
  g_autofree char *changed_text = NULL;
  g_autoptr(LeydenValue) flow = NULL;
  g_autoptr(LeydenValue) changed = NULL;

  g_assert_true (g_file_get_contents (fixture->sample, &text, NULL, NULL));
  flow = leyden_json_parse (text, -1, NULL, NULL);
  changed = with_model (flow, model);
  changed_text = leyden_json_write (changed, LEYDEN_JSON_PRETTY);
  return sandbox_write (&fixture->sandbox, name, changed_text, -1);
}

static char *
write_few (Fixture *fixture)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;
  g_autofree char *some = NULL;

  g_assert_true (g_file_get_contents (fixture->dataset, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", 9);
  g_clear_pointer (&lines[8], g_free);
  some = g_strjoinv ("\n", lines);
  return sandbox_write (&fixture->sandbox, "few.jsonl", some, -1);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->sample = sample_path ("calculator-agent.leyden");
  fixture->dataset = sample_path ("arithmetic.jsonl");
  fixture->flow = write_flow (fixture, "leyden-sim-small");
  fixture->better = write_flow (fixture, "leyden-sim-large");
  fixture->few = write_few (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->sample);
  g_free (fixture->flow);
  g_free (fixture->better);
  g_free (fixture->dataset);
  g_free (fixture->few);
}

/* The last line. (transfer full) */
static LeydenValue *
last_line (Outcome *outcome)
{
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);

  g_assert_cmpuint (lines->len, >, 0);
  return leyden_value_ref (g_ptr_array_index (lines, lines->len - 1));
}

static LeydenValue *
first_of (LeydenValue *whole,
          const char  *member)
{
  return leyden_value_get_item (leyden_value_get_member (whole, member), 0);
}

static void
test_alone (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->dataset, "--seed", "7", "--json",
                                            NULL);
  g_autoptr(Outcome) again = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->dataset, "--seed", "7", "--json",
                                          "--concurrency", "3", NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);
  g_autoptr(LeydenValue) whole = last_line (outcome);
  g_autoptr(LeydenValue) other = last_line (again);
  LeydenValue *flow = first_of (whole, "flows");
  double sum = 0;

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_cmpuint (lines->len, ==, 61);
  for (guint i = 0; i < 60; i++)
    {
      g_assert_cmpstr (leyden_value_get_member_string (g_ptr_array_index (lines, i), "split", ""), ==, "test");
      sum += leyden_value_get_member_double (first_of (g_ptr_array_index (lines, i), "flows"), "reward", NAN);
    }
  g_assert_cmpint (leyden_value_get_member_int (flow, "n", 0), ==, 60);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (flow, "mean", NAN), sum / 60, 1e-12);
  g_assert_cmpfloat (leyden_value_get_member_double (flow, "low", NAN), <, sum / 60);
  g_assert_cmpfloat (leyden_value_get_member_double (flow, "high", NAN), >, sum / 60);
  g_assert_cmpstr (leyden_value_get_member_string (flow, "method", ""), ==, "wilson");
  g_assert_true (leyden_value_get_member_boolean (whole, "simulated", FALSE));
  g_assert_cmpstr (leyden_value_get_key (whole, leyden_value_get_size (whole) - 1), ==, "verdict");
  g_assert_true (leyden_value_is_null (leyden_value_get_member (whole, "verdict")));
  g_assert_cmpfloat (leyden_value_get_member_double (first_of (other, "flows"), "mean", NAN), ==, sum / 60);
}

static void
test_table (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const words[] = { "Mean reward", "leyden-sim-large.leyden", "Against leyden-sim-small.leyden: +", "paired, n = 60 test items", "won", "Simulated" };
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", fixture->better, "--dataset", fixture->dataset, "--against",
                                            fixture->flow, "--seed", "7", NULL);

  g_assert_cmpint (outcome->status, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (outcome->out, words[i]) == NULL)
      g_error ("%s is missing in:\n%s", words[i], outcome->out);
  g_assert_nonnull (strstr (outcome->err, "60 test items show an improvement of"));
}

/* A flow with itself: no difference, and none that could be by chance. */
static void
test_same (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->dataset, "--against",
                                            fixture->flow, "--fail-if-worse", "--json", NULL);
  g_autoptr(LeydenValue) whole = last_line (outcome);
  LeydenValue *verdict = leyden_value_get_member (whole, "verdict");

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_cmpstr (leyden_value_get_member_string (verdict, "sentence", ""), ==, "no difference shown");
  g_assert_cmpfloat (leyden_value_get_member_double (verdict, "difference", NAN), ==, 0);
  g_assert_cmpfloat (leyden_value_get_member_double (verdict, "p", NAN), ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (verdict, "method", ""), ==, "same");
  g_assert_true (leyden_value_is_null (leyden_value_get_member (leyden_value_get_member (verdict, "watched"), "decided_after")));
}

static int
status_of (Fixture    *fixture,
           const char *flow,
           const char *against,
           const char *margin)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", flow, "--dataset", fixture->dataset, "--against", against,
                                            "--seed", "7", "--fail-if-worse", margin == NULL ? NULL : "--margin", margin, NULL);

  return outcome->status;
}

static void
test_fail_if_worse (Fixture       *fixture,
                    gconstpointer  data)
{
  g_assert_cmpint (status_of (fixture, fixture->better, fixture->flow, NULL), ==, 0);
  g_assert_cmpint (status_of (fixture, fixture->flow, fixture->better, NULL), ==, 1);
  /* Better is not shown to be worse by anything; the other way round a margin wide enough forgives it. */
  g_assert_cmpint (status_of (fixture, fixture->better, fixture->flow, "0.01"), ==, 0);
  g_assert_cmpint (status_of (fixture, fixture->flow, fixture->better, "0.9"), ==, 0);
  g_assert_cmpint (status_of (fixture, fixture->flow, fixture->better, "0.05"), ==, 1);
}

static void
test_family (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(Outcome) alone = sandbox_run (&fixture->sandbox, "evaluate", fixture->better, "--dataset", fixture->dataset, "--against", fixture->flow,
                                          "--seed", "7", "--json", NULL);
  g_autoptr(Outcome) many = sandbox_run (&fixture->sandbox, "evaluate", fixture->better, "--dataset", fixture->dataset, "--against", fixture->flow,
                                         "--against", fixture->better, "--seed", "7", "--json", NULL);
  g_autoptr(LeydenValue) one = last_line (alone);
  g_autoptr(LeydenValue) both = last_line (many);
  LeydenValue *before = leyden_value_get_member (one, "verdict");
  LeydenValue *after = leyden_value_get_member (both, "verdict");

  /* What was decided while watching, the verdict says too. */
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_get_member (before, "watched"), "low", NAN), >, 0);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (before, "watched"), "decided_after", 0), >, 6);
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_get_member (before, "watched"), "p", NAN), <, 0.05);
  g_assert_cmpint (many->status, ==, 0);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (both, "verdicts")), ==, 2);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (both, "flows")), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (after, "family", 0), ==, 2);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (after, "p", NAN), 2 * leyden_value_get_member_double (before, "p", NAN), 1e-12);
  g_assert_cmpfloat (leyden_value_get_member_double (after, "low", NAN), <=, leyden_value_get_member_double (before, "low", NAN));
  g_assert_nonnull (strstr (leyden_value_get_member_string (after, "sentence", ""), "Holm over 2 candidates"));
}

/* What is in the database is not run again. */
static void
test_database (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *database = sandbox_path (&fixture->sandbox, "runs.db");
  g_autoptr(Outcome) first = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->few, "--split", "all", "--database",
                                          database, "--json", NULL);
  g_autoptr(Outcome) second = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->few, "--split", "all", "--database",
                                           database, "--json", NULL);
  g_autoptr(Outcome) fresh = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->few, "--split", "all", "--database",
                                          database, "--json", "--fresh", NULL);

  g_assert_cmpint (first->status, ==, 0);
  g_assert_cmpstr (first->out, ==, second->out);
  g_assert_cmpstr (first->out, !=, fresh->out);
}

/* A flow that fails on every row says why. */
static void
test_failures (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", fixture->sample, "--dataset", fixture->few, "--split", "all", "--model",
                                            "http://127.0.0.1:9/v1", "--model-name", "m", NULL);

  g_assert_nonnull (strstr (outcome->out, "Failures of"));
  g_assert_nonnull (strstr (outcome->out, "127.0.0.1"));
}

/* Without a model there is no verdict, and that is no licence to go on. */
static void
test_no_answers (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", fixture->sample, "--dataset", fixture->few, "--split", "all", "--against",
                                            fixture->better, "--model", "http://127.0.0.1:9/v1", "--model-name", "m", "--fail-if-worse",
                                            "--json", NULL);

  /* The one flow asks the server that is not there, the other names the simulation. */
  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_nonnull (strstr (outcome->err, "not enough answers"));
}

static void
test_withheld (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *text = NULL;
  g_autofree char *other = NULL;
  g_autoptr(Outcome) outcome = NULL;
  g_autoptr(LeydenValue) whole = NULL;
  LeydenValue *verdict;

  g_assert_true (g_file_get_contents (fixture->sample, &text, NULL, NULL));
  other = sandbox_write (&fixture->sandbox, "other.leyden", text, -1);
  outcome = sandbox_run (&fixture->sandbox, "evaluate", fixture->sample, "--dataset", fixture->few, "--split", "all", "--against", other, "--model",
                         "http://127.0.0.1:9/v1", "--model-name", "m", "--fail-if-worse", "--json", NULL);
  whole = last_line (outcome);
  verdict = leyden_value_get_member (whole, "verdict");
  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_true (leyden_value_get_member_boolean (verdict, "withheld", FALSE));
  g_assert_cmpstr (leyden_value_get_member_string (verdict, "sentence", ""), ==, "not enough answers");
  g_assert_cmpint (leyden_value_get_member_int (first_of (whole, "flows"), "errors", 0), ==, 8);
}

static void
test_no_reward (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *flow = sandbox_write (&fixture->sandbox, "plain.leyden",
    "{\"leyden\": 1, \"id\": \"plain\", \"nodes\": [{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"question\", "
    "\"type\": \"text\"}]}}, {\"id\": \"out\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"answer\", \"type\": \"text\"}]}}], "
    "\"edges\": [{\"id\": \"e\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"out\", \"target_port\": \"answer\"}]}", -1);
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", flow, "--dataset", fixture->few, "--split", "all", NULL);

  g_assert_cmpint (outcome->status, ==, 1);
  g_assert_nonnull (strstr (outcome->err, "gives no reward"));
}

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  const char * const cases[][9] = {
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, NULL },
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, "--dataset", fixture->few, "--split", "tests", NULL },
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, "--dataset", fixture->few, "--fail-if-worse", NULL },
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, "--dataset", fixture->few, "--margin", "0.1", NULL },
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, "--dataset", fixture->few, "--pace", "slow", NULL },
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, fixture->flow, "--dataset", fixture->few, NULL },
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, "--dataset", fixture->few, "--against", "", NULL },
    { fixture->sandbox.leydenctl, "evaluate", fixture->flow, "--dataset", fixture->few, "--seed", "-1", NULL },
  };
  static const char * const margins[] = { "0", "-1", "nan", "inf", "x", "", "0.1x" };
  g_autoptr(Outcome) nowhere = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", "/nonexistent.jsonl", NULL);
  g_autoptr(Outcome) no_other = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->few, "--against",
                                             "/nonexistent.leyden", NULL);
  g_autofree char *train = sandbox_write (&fixture->sandbox, "train.jsonl",
                                          "{\"data_id\": \"1\", \"question\": \"x\", \"answer\": \"1\", \"split\": \"train\"}\n", -1);
  g_autoptr(Outcome) no_rows = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", train, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run_argv (&fixture->sandbox, cases[i]);

      g_assert_cmpint (outcome->status, ==, 2);
      g_assert_cmpstr (outcome->out, ==, "");
    }
  for (guint i = 0; i < G_N_ELEMENTS (margins); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "evaluate", fixture->flow, "--dataset", fixture->few, "--against", fixture->flow,
                                                "--fail-if-worse", "--margin", margins[i], NULL);

      g_assert_cmpint (outcome->status, ==, 2);
    }
  g_assert_cmpint (nowhere->status, ==, 3);
  g_assert_cmpint (no_other->status, ==, 3);
  g_assert_cmpint (no_rows->status, ==, 1);
  g_assert_nonnull (strstr (no_rows->err, "no rows of the split"));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/cli/evaluate/alone", test_alone);
  ADD ("/cli/evaluate/table", test_table);
  ADD ("/cli/evaluate/same", test_same);
  ADD ("/cli/evaluate/failures", test_failures);
  ADD ("/cli/evaluate/fail-if-worse", test_fail_if_worse);
  ADD ("/cli/evaluate/family", test_family);
  ADD ("/cli/evaluate/database", test_database);
  ADD ("/cli/evaluate/no-answers", test_no_answers);
  ADD ("/cli/evaluate/withheld", test_withheld);
  ADD ("/cli/evaluate/no-reward", test_no_reward);
  ADD ("/cli/evaluate/refusals", test_refusals);
  return g_test_run ();
}
