/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leydenctl train: what it writes, prints, keeps and refuses. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

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
  fixture->flow = sample_path ("calculator-agent.leyden");
  fixture->dataset = sample_path ("arithmetic.jsonl");
  fixture->database = sandbox_path (&fixture->sandbox, "training.db");
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
only_line (Outcome *outcome)
{
  g_autoptr(GPtrArray) lines = outcome_lines (outcome);

  if (outcome->status != 0)
    g_test_message ("%s", outcome->err);
  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_cmpuint (lines->len, ==, 1);
  return leyden_value_ref (g_ptr_array_index (lines, 0));
}

/* The written flow is canonical, valid, differs in the marked parameters alone, and runs as the verdict says. */
static void
test_output (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *path = sandbox_path (&fixture->sandbox, "better.leyden");
  g_autofree char *before_text = NULL, *after_text = NULL;
  g_autoptr(LeydenValue) snapshot = NULL, before = NULL, after = NULL, summary = NULL;
  g_autoptr(Outcome) trained = NULL, validated = NULL, ran = NULL;
  g_autoptr(GPtrArray) lines = NULL;
  LeydenValue *nodes, *mean;
  guint n_changed = 0;

  trained = sandbox_run (&fixture->sandbox, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", "halving", "--seed", "7",
                         "--output", path, "--json", NULL);
  snapshot = only_line (trained);
  validated = sandbox_run (&fixture->sandbox, "validate", path, NULL);
  g_assert_cmpint (validated->status, ==, 0);
  g_assert_true (g_file_get_contents (fixture->flow, &before_text, NULL, NULL));
  g_assert_true (g_file_get_contents (path, &after_text, NULL, NULL));
  before = leyden_json_parse (before_text, -1, NULL, NULL);
  after = leyden_json_parse (after_text, -1, NULL, NULL);
  nodes = leyden_value_get_member (before, "nodes");
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *left = leyden_value_get_item (nodes, i);
      LeydenValue *right = leyden_value_get_item (leyden_value_get_member (after, "nodes"), i);

      if (leyden_value_equal (left, right))
        continue;
      g_assert_cmpstr (leyden_value_get_member_string (left, "id", ""), ==, "solveagt");
      g_assert_true (leyden_value_equal (leyden_value_get_member (left, "trainable"), leyden_value_get_member (right, "trainable")));
      n_changed++;
    }
  g_assert_cmpuint (n_changed, ==, 1);
  ran = sandbox_run (&fixture->sandbox, "run", path, "--dataset", fixture->dataset, "--split", "test", "--seed", "7", "--json", NULL);
  g_assert_cmpint (ran->status, ==, 0);
  lines = outcome_lines (ran);
  summary = leyden_value_ref (leyden_value_get_member (g_ptr_array_index (lines, lines->len - 1), "summary"));
  mean = leyden_value_get_member (leyden_value_get_member (summary, "mean_reward"), "estimate");
  g_assert_true (leyden_value_equal (mean, leyden_value_get_member (leyden_value_get_member (snapshot, "verdict"), "best_mean")));
}

/* The classifier learns from real mail, offline: better on messages that it never saw, and nothing of it is simulated. */
static void
test_real (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *flow = sample_path ("mail-triage.leyden");
  g_autofree char *mail = sample_path ("mail.jsonl");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "train", flow, "--dataset", mail, "--optimizer", i == 0 ? "halving" : "examples",
                                                "--seed", "7", "--json", NULL);
      g_autoptr(LeydenValue) snapshot = only_line (outcome);
      LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");

      g_test_message ("%s", leyden_value_get_member_string (verdict, "sentence", ""));
      g_assert_cmpfloat (leyden_value_get_member_double (verdict, "low", -1), >, 0);
      g_assert_false (leyden_value_get_member_boolean (snapshot, "simulated", TRUE));
      g_assert_true (leyden_value_get_member_boolean (snapshot, "reproducible", FALSE));
    }
}

/* A finished one is printed again, and nothing is run; --fresh makes another; another budget is another. */
static void
test_again (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const budgets[] = { "200", "200", "201" };
  g_autoptr(LeydenValue) first = NULL;

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", "halving",
                                                "--database", fixture->database, "--json", "--budget", budgets[i % 3], i == 3 ? "--fresh" : NULL, NULL);
      g_autoptr(LeydenValue) snapshot = only_line (outcome);

      if (i == 0)
        first = g_steal_pointer (&snapshot);
      else if (i == 1)
        g_assert_true (leyden_value_equal (first, snapshot));
      else
        g_assert_cmpstr (leyden_value_get_member_string (first, "experiment", ""), !=, leyden_value_get_member_string (snapshot, "experiment", ""));
      /* A larger budget finds the smaller one's answers. */
      if (i == 2)
        g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (snapshot, "spent"), "reused", 0), >, 0);
      if (i == 3)
        g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (snapshot, "spent"), "reused", -1), ==, 0);
    }
}

static void
test_report (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", "halving",
                                            "--seed", "7", NULL);
  static const char * const says[] = { "Verdict", "paired, n = 60 test items", "Mean reward", "Simulated", "What it changes:", "Solver: Model" };

  g_assert_cmpint (outcome->status, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (says); i++)
    g_assert_nonnull (strstr (outcome->out, says[i]));
}

/* One call is too few for a test: no word that nothing better was found. */
static void
test_tiny_budget (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", "halving",
                                            "--budget", "1", NULL);

  g_assert_cmpint (outcome->status, ==, 0);
  g_assert_nonnull (strstr (outcome->out, "nothing was tested"));
  g_assert_nonnull (strstr (outcome->out, "A larger --budget helps"));
  g_assert_null (strstr (outcome->out, "Nothing was found"));
}

/* Ctrl+C: status 130, and the same command goes on. */
static void
test_interrupted (Fixture       *fixture,
                  gconstpointer  data)
{
  const char *argv[] = { fixture->sandbox.leydenctl, "train", fixture->flow, "--dataset", fixture->dataset, "--optimizer", "halving", "--pace",
                         "real", "--json", "--database", fixture->database, NULL };
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *err = NULL;

  g_subprocess_launcher_set_environ (launcher, fixture->sandbox.environ);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  /* At a real pace the training takes minutes: it is under way when the database is there. */
  while (!g_file_test (fixture->database, G_FILE_TEST_EXISTS))
    g_usleep (10000);
  g_usleep (300000);
  g_subprocess_send_signal (process, SIGINT);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &err, &error));
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 128 + SIGINT);
  g_assert_nonnull (strstr (err, "goes on where it was"));
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *small = sandbox_write (&fixture->sandbox, "small.jsonl", "{\"question\": \"What is 1 + 1?\", \"answer\": 2, \"split\": \"train\"}\n", -1);
  g_autofree char *folder = sandbox_path (&fixture->sandbox, "");
  const struct { const char *option; const char *value; const char *dataset; int status; const char *says; } cases[] = {
    { "--optimizer", "nobody", fixture->dataset, 2, "reflect, apo, examples, halving" },
    { "--budget", "0", fixture->dataset, 2, "--budget" },
    { "--budget", "many", fixture->dataset, 2, "--budget" },
    { "--max-cost", "-1", fixture->dataset, 2, "--max-cost" },
    { "--max-cost", "1e999", fixture->dataset, 2, "--max-cost" },
    { "--max-cost", "1x", fixture->dataset, 2, "--max-cost" },
    { "--pace", "slow", fixture->dataset, 2, "--pace" },
    { "--on-unsafe-resume", "ask", fixture->dataset, 2, "--on-unsafe-resume" },
    { "--seed", "1", NULL, 2, "--dataset" },
    { "--seed", "1", small, 1, "validation" },
    { "--seed", "1", "/nowhere/rows.jsonl", 3, "/nowhere/rows.jsonl" },
    { "--output", folder, fixture->dataset, 3, "--output" },
    { "--output", "/nowhere/better.leyden", fixture->dataset, 3, "--output" },
    /* The discard port: nobody listens. */
    { "--model", "http://127.0.0.1:9/v1", fixture->dataset, 4, "does not answer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *argv[] = { fixture->sandbox.leydenctl, "train", fixture->flow, "--model-name", "x", cases[i].option, cases[i].value, "--optimizer", "halving", cases[i].dataset != NULL ? "--dataset" : NULL,
                             cases[i].dataset, NULL };
      g_autoptr(Outcome) outcome = NULL;

      if (strcmp (cases[i].option, "--optimizer") == 0)
        {
          argv[7] = "--seed";
          argv[8] = "1";
        }
      outcome = sandbox_run_argv (&fixture->sandbox, argv);
      g_test_message ("%s %s: %s", cases[i].option, cases[i].value, outcome->err);
      g_assert_cmpint (outcome->status, ==, cases[i].status);
      g_assert_nonnull (strstr (outcome->err, cases[i].says));
    }
}

/* What cannot be undone is named before anything is done: here nothing is, for want of rows. */
static void
test_warns (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *rows = sandbox_write (&fixture->sandbox, "small.jsonl", "{\"question\": \"What is 1 + 1?\", \"answer\": 2, \"split\": \"train\"}\n", -1);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *text = g_strdup_printf (
        "{\"leyden\": 1, \"id\": \"f\", \"title\": \"F\", \"nodes\": [{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": "
        "[{\"name\": \"question\", \"type\": \"text\"}]}}, {\"id\": \"post\", \"type\": \"http\", \"title\": \"Order a pizza\", \"parameters\": "
        "{\"url\": \"http://example.org/\", \"method\": \"%s\"}}, {\"id\": \"chat\", \"type\": \"chat\", \"trainable\": [\"temperature\"]}, "
        "{\"id\": \"judge\", \"type\": \"evaluator\", \"parameters\": {\"method\": \"exact\"}}, {\"id\": \"score\", \"type\": \"reward\"}], "
        "\"edges\": [{\"id\": \"b\", \"source\": \"chat\", \"source_port\": \"text\", \"target\": \"judge\", \"target_port\": \"actual\"}, "
        "{\"id\": \"c\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"judge\", \"target_port\": \"expected\"}, "
        "{\"id\": \"d\", \"source\": \"judge\", \"source_port\": \"score\", \"target\": \"score\", \"target_port\": \"score\"}, "
        "{\"id\": \"a\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"chat\", \"target_port\": \"prompt\"}]}",
        i == 0 ? "POST" : "GET");
      g_autofree char *flow = sandbox_write (&fixture->sandbox, "flow.leyden", text, -1);
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "train", flow, "--dataset", rows, "--optimizer", "halving", NULL);

      g_test_message ("%s", outcome->err);
      g_assert_cmpint (outcome->status, ==, 1);
      g_assert_nonnull (strstr (outcome->err, "validation"));
      g_assert_cmpint (strstr (outcome->err, "Order a pizza") != NULL, ==, i == 0);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cli/train/output", Fixture, NULL, set_up, test_output, tear_down);
  g_test_add ("/cli/train/real", Fixture, NULL, set_up, test_real, tear_down);
  g_test_add ("/cli/train/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/cli/train/report", Fixture, NULL, set_up, test_report, tear_down);
  g_test_add ("/cli/train/tiny-budget", Fixture, NULL, set_up, test_tiny_budget, tear_down);
  g_test_add ("/cli/train/interrupted", Fixture, NULL, set_up, test_interrupted, tear_down);
  g_test_add ("/cli/train/warns", Fixture, NULL, set_up, test_warns, tear_down);
  g_test_add ("/cli/train/refused", Fixture, NULL, set_up, test_refused, tear_down);
  return g_test_run ();
}
