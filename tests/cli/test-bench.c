/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `leydenctl bench gateway`: what it prints. Not how fast anything is. */
#include "cli-helpers.h"

#include <signal.h>
#include <string.h>

/* The figure of a case and metric. */
static LeydenValue *
find (LeydenValue *results,
      const char  *case_name,
      const char  *metric)
{
  for (guint i = 0; i < leyden_value_get_size (results); i++)
    {
      LeydenValue *one = leyden_value_get_item (results, i);

      if (strcmp (leyden_value_get_member_string (one, "case", ""), case_name) == 0
          && strcmp (leyden_value_get_member_string (one, "metric", ""), metric) == 0)
        return one;
    }
  return NULL;
}

static void
check (LeydenValue *results,
       const char  *case_name)
{
  static const char * const metrics[] = { "requests_per_s", "p50_ms", "p99_ms", "cpu_us", "rss_mib" };

  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
    {
      LeydenValue *figure = find (results, case_name, metrics[i]);
      double median = 0;

      g_test_message ("%s %s", case_name, metrics[i]);
      g_assert_nonnull (figure);
      g_assert_cmpint (leyden_value_get_member_int (figure, "n", 0), ==, 3);
      g_assert_true (leyden_value_get_double (leyden_value_get_member (figure, "median"), &median));
      g_assert_cmpfloat (median, >, 0);
    }
}

/* Ours, and another one in turn. */
static void
test_gateway (void)
{
  g_autoptr(Outcome) outcome = NULL;
  g_autoptr(GPtrArray) lines = NULL;
  g_autofree char *database = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *pid = NULL;
  LeydenValue *results;
  Sandbox sandbox;
  Server *other;

  sandbox_set_up (&sandbox);
  database = sandbox_path (&sandbox, "other.db");
  other = sandbox_serve (&sandbox, "--database", database, NULL);
  sandbox.environ = g_environ_setenv (sandbox.environ, "LEYDEN_BENCH_BESIDE_KEY", other->key, TRUE);
  uri = g_strdup_printf ("http://127.0.0.1:%u", other->port);
  pid = g_strdup_printf ("%" G_GINT64_FORMAT, other->pid);
  outcome = sandbox_run (&sandbox, "bench", "gateway", "--json", "--seconds", "1", "--case", "post-event/16", "--case", "proxy/16", "--beside", uri,
                         "--beside-pid", pid, NULL);
  g_assert_cmpint (outcome->status, ==, 0);
  lines = outcome_lines (outcome);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (lines->pdata[0], "bench", NULL), ==, "gateway");
  results = leyden_value_get_member (lines->pdata[0], "results");
  g_assert_cmpuint (leyden_value_get_size (results), ==, 20);
  check (results, "post-event/16");
  check (results, "proxy/16");
  check (results, "beside/post-event/16");
  check (results, "beside/proxy/16");
  g_assert_null (strstr (outcome->err, "refused"));
  g_assert_null (strstr (outcome->err, "no answer"));
  g_assert_cmpint (server_end (other, SIGTERM), ==, 0);
  sandbox_tear_down (&sandbox);
}

static void
test_debugger (void)
{
  static const char * const metrics[] = { "first_paint_ms", "scrub_ms" };
  g_autoptr(Outcome) outcome = NULL;
  g_autoptr(GPtrArray) lines = NULL;
  Sandbox sandbox;

  sandbox_set_up (&sandbox);
  outcome = sandbox_run (&sandbox, "bench", "debugger", "--case", "scrub", "--size", "3000", "--json", NULL);
  g_assert_cmpint (outcome->status, ==, 0);
  lines = outcome_lines (outcome);
  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
    {
      LeydenValue *figure = find (leyden_value_get_member (g_ptr_array_index (lines, 0), "results"), "scrub-3000", metrics[i]);

      g_assert_nonnull (figure);
      g_assert_cmpfloat (leyden_value_get_member_double (figure, "median", -1), >, 0);
    }
  sandbox_tear_down (&sandbox);
}

static void
test_dashboards (void)
{
  static const char * const cases[] = { "points-mean", "points-p95", "points-split", "points-pan", "rollouts-reward", "rollouts-latency", "rollouts-errors" };
  static const char * const pages[] = { "table-start", "table-middle", "table-end", "table-sort", "table-filter", "table-text" };
  static const char * const boards[] = { "dashboard-training", "dashboard-operations", "dashboard-cost", "dashboard-quality", "dashboard-machine" };
  g_autoptr(Outcome) asked = NULL;
  g_autoptr(Outcome) live = NULL;
  g_autoptr(GPtrArray) lines = NULL;
  g_autoptr(GPtrArray) live_lines = NULL;
  LeydenValue *results;
  Sandbox sandbox;

  sandbox_set_up (&sandbox);
  asked = sandbox_run (&sandbox, "bench", "dashboards", "--case", "ask", "--size", "6000", "--json", NULL);
  g_assert_cmpint (asked->status, ==, 0);
  lines = outcome_lines (asked);
  results = leyden_value_get_member (g_ptr_array_index (lines, 0), "results");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpfloat (leyden_value_get_member_double (find (results, cases[i], "first_paint_ms"), "median", -1), >, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    g_assert_cmpfloat (leyden_value_get_member_double (find (results, pages[i], "page_ms"), "median", -1), >, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (boards); i++)
    {
      g_assert_cmpint (leyden_value_get_member_int (find (results, boards[i], "cold_ms"), "n", 0), ==, 1);
      g_assert_cmpfloat (leyden_value_get_member_double (find (results, boards[i], "first_paint_ms"), "median", -1), >, 0);
      g_assert_cmpfloat (leyden_value_get_member_double (find (results, boards[i], "anew_ms"), "median", -1), >, 0);
    }
  /* Every question of them is one. */
  g_assert_null (strstr (asked->err, "dashboard-"));
  live = sandbox_run (&sandbox, "bench", "dashboards", "--case", "append", "--seconds", "1", "--json", NULL);
  g_assert_cmpint (live->status, ==, 0);
  live_lines = outcome_lines (live);
  results = leyden_value_get_member (g_ptr_array_index (live_lines, 0), "results");
  g_assert_cmpfloat (leyden_value_get_member_double (find (results, "append-10000", "behind_ms"), "median", -1), >, 0);
  sandbox_tear_down (&sandbox);
}

/* Without MLflow it says so, at once, and measures nothing. */
static void
test_no_peer (void)
{
  static const struct { const char *python, *told; } cases[] = { { NULL, "--peer" }, { "/bin/false", "/bin/false has no MLflow" }, { "/nowhere/python3", "/nowhere" } };
  Sandbox sandbox;

  sandbox_set_up (&sandbox);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&sandbox, "bench", "dashboards", "--case", "peer", "--json", cases[i].python != NULL ? "--peer" : NULL,
                                                cases[i].python, NULL);
      g_autoptr(GPtrArray) lines = outcome_lines (outcome);

      g_assert_cmpint (outcome->status, ==, 0);
      g_assert_nonnull (strstr (outcome->err, "MLflow is not measured"));
      g_assert_nonnull (strstr (outcome->err, cases[i].told));
      g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (g_ptr_array_index (lines, 0), "results")), ==, 0);
    }
  sandbox_tear_down (&sandbox);
}

static void
test_refusals (void)
{
  g_autoptr(Outcome) nothing = NULL;
  g_autoptr(Outcome) elsewhere = NULL;
  Sandbox sandbox;

  sandbox_set_up (&sandbox);
  nothing = sandbox_run (&sandbox, "bench", "gateway", "--case", "nothing", NULL);
  g_assert_cmpint (nothing->status, ==, 2);
  /* A load is for this machine alone. */
  elsewhere = sandbox_run (&sandbox, "bench", "gateway", "--beside", "http://192.0.2.1:80", NULL);
  g_assert_cmpint (elsewhere->status, !=, 0);
  g_assert_nonnull (strstr (elsewhere->err, "127.0.0.1"));
  sandbox_tear_down (&sandbox);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench/gateway", test_gateway);
  g_test_add_func ("/bench/debugger", test_debugger);
  g_test_add_func ("/bench/dashboards", test_dashboards);
  g_test_add_func ("/bench/dashboards/no-peer", test_no_peer);
  g_test_add_func ("/bench/refusals", test_refusals);
  return g_test_run ();
}
