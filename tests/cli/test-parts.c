/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node on the command line, pins that are told of, and the cache. */
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* The simulated model solves it. */
#define INPUT "{\"question\": \"A dress costs $95. In a sale it is 5% off. How much does it cost in the sale?\", \"expected\": 90.25}"

typedef struct
{
  Sandbox sandbox;
  char   *flow;
  char   *pinned;
  char   *dataset;
  char   *database;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) parts = NULL;
  g_autofree char *pinned = NULL;

  sandbox_set_up (&fixture->sandbox);
  fixture->flow = sample_path ("calculator-agent.leyden");
  fixture->dataset = sample_path ("arithmetic.jsonl");
  fixture->database = sandbox_path (&fixture->sandbox, "parts.db");
  g_assert_true (g_file_get_contents (fixture->flow, &text, NULL, NULL));
  parts = g_strsplit (text, "\"type\": \"agent\"", 2);
  pinned = g_strjoin ("\"pin\": {\"outputs\": {\"text\": \"ANSWER: 99\"}}, \"type\": \"agent\"", parts[0], parts[1], NULL);
  fixture->pinned = sandbox_write (&fixture->sandbox, "pinned.leyden", pinned, -1);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->flow);
  g_free (fixture->pinned);
  g_free (fixture->dataset);
  g_free (fixture->database);
}

static void
assert_ended (Outcome *outcome,
              int      status)
{
  if (outcome->status != status)
    g_error ("status %d: %s%s", outcome->status, outcome->out, outcome->err);
}

static void
test_part (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(Outcome) none = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--node", "solveagt", NULL);
  g_autoptr(Outcome) empty = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--node", "solveagt", "--database", fixture->database, NULL);
  g_autoptr(Outcome) both = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--node", "a", "--from", "b", NULL);
  g_autoptr(Outcome) whole = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", INPUT, "--database", fixture->database, NULL);
  g_autoptr(Outcome) node = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--node", "exanswer", "--database", fixture->database, NULL);
  g_autoptr(Outcome) from = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--from", "exanswer", "--database", fixture->database, NULL);
  g_autoptr(Outcome) typed = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--node", "exanswer", "--input", "{\"text\": \"ANSWER: 5\"}", NULL);

  assert_ended (none, 2);
  assert_ended (both, 2);
  assert_ended (empty, 1);
  g_assert_nonnull (strstr (empty->err, "Try the flow first"));
  assert_ended (whole, 0);
  assert_ended (node, 0);
  g_assert_nonnull (strstr (node->out, "90.25"));
  assert_ended (from, 0);
  g_assert_cmpstr (from->out, ==, whole->out);
  assert_ended (typed, 0);
  g_assert_nonnull (strstr (typed->out, "5"));
}

static void
test_pins (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(Outcome) run = sandbox_run (&fixture->sandbox, "run", fixture->pinned, "--input", INPUT, NULL);
  g_autoptr(Outcome) ignored = sandbox_run (&fixture->sandbox, "run", fixture->pinned, "--input", INPUT, "--ignore-pins", NULL);
  g_autoptr(Outcome) evaluated = sandbox_run (&fixture->sandbox, "evaluate", fixture->pinned, "--dataset", fixture->dataset, NULL);
  g_autoptr(Outcome) trained = sandbox_run (&fixture->sandbox, "train", fixture->pinned, "--dataset", fixture->dataset, "--budget", "5", NULL);

  assert_ended (run, 0);
  g_assert_nonnull (strstr (run->out, "99"));
  g_assert_nonnull (strstr (run->err, "pinned"));
  assert_ended (ignored, 0);
  g_assert_null (strstr (ignored->out, "99"));
  g_assert_nonnull (strstr (ignored->err, "ignored"));
  assert_ended (evaluated, 5);
  assert_ended (trained, 5);
  g_assert_nonnull (strstr (trained->err, "--ignore-pins"));
}

static gint64
get_entries (Fixture    *fixture,
             const char *option)
{
  g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "cache", "--database", fixture->database, "--json", option, NULL);
  g_autoptr(GPtrArray) lines = NULL;

  assert_ended (outcome, 0);
  lines = outcome_lines (outcome);
  return leyden_value_get_member_int (leyden_value_get_member (g_ptr_array_index (lines, 0), "stored"), "entries", -1);
}

static void
test_cache (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Outcome) none = sandbox_run (&fixture->sandbox, "cache", "--database", fixture->database, NULL);
  g_autoptr(Outcome) whole = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", INPUT, "--database", fixture->database, NULL);
  g_autoptr(Outcome) node = NULL;

  assert_ended (none, 3);
  assert_ended (whole, 0);
  g_assert_cmpint (get_entries (fixture, NULL), ==, 0);         /* what is a result is not kept */
  node = sandbox_run (&fixture->sandbox, "run", fixture->flow, "--node", "solveagt", "--database", fixture->database, NULL);
  assert_ended (node, 0);
  g_assert_cmpint (get_entries (fixture, NULL), ==, 1);
  g_assert_cmpint (get_entries (fixture, "--clear"), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cli/parts/part", Fixture, NULL, set_up, test_part, tear_down);
  g_test_add ("/cli/parts/pins", Fixture, NULL, set_up, test_pins, tear_down);
  g_test_add ("/cli/parts/cache", Fixture, NULL, set_up, test_cache, tear_down);
  return g_test_run ();
}
