/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions over the wire: what can be asked, many at once, what is wrong in its place, what may be spent. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

#define QUERY   "/leyden/v1/insights/query"
#define METRICS "/leyden/v1/insights/metrics"
#define BUDGETS "/leyden/v1/insights/budgets"

typedef struct
{
  Sandbox  sandbox;
  Server  *server;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *database = NULL;

  sandbox_set_up (&fixture->sandbox);
  database = sandbox_path (&fixture->sandbox, "insights.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
}

/* Every metric that is listed can be asked for, in each of its aggregations. */
static void
test_metrics (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenValue) all = server_expect (fixture->server, 200, "GET", METRICS, NULL);
  LeydenValue *metrics = leyden_value_get_member (all, "metrics");

  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "help", "metrics.md", NULL);
  g_autofree char *page = NULL;

  g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
  g_assert_cmpuint (leyden_value_get_size (metrics), >=, 40);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (all, "dimensions")), >=, 40);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (all, "views")), ==, 9);
  for (guint i = 0; i < leyden_value_get_size (metrics); i++)
    {
      LeydenValue *metric = leyden_value_get_item (metrics, i);
      LeydenValue *aggregations = leyden_value_get_member (metric, "aggregations");
      const char *name = leyden_value_get_member_string (metric, "name", "");
      g_autoptr(GString) body = g_string_new ("{\"queries\":[");
      g_autoptr(LeydenValue) answer = NULL;
      g_autofree char *quoted = g_strdup_printf ("`%s`", name);
      LeydenValue *results;

      /* The help tells what it is. */
      if (!g_str_has_prefix (name, "point:") && strstr (page, quoted) == NULL)
        g_error ("%s is not in %s", name, path);
      for (guint a = 0; a < leyden_value_get_size (aggregations); a++)
        g_string_append_printf (body, "%s{\"metric\":\"%s\",\"aggregation\":\"%s\",\"shape\":\"%s\"}", a > 0 ? "," : "", name,
                                leyden_value_get_string (leyden_value_get_item (aggregations, a), NULL),
                                g_str_equal (name, "drift") ? "table" : "time");
      g_string_append (body, "]}");
      answer = server_expect (fixture->server, 200, "POST", QUERY, body->str);
      results = leyden_value_get_member (answer, "results");
      g_assert_cmpuint (leyden_value_get_size (results), ==, leyden_value_get_size (aggregations));
      for (guint a = 0; a < leyden_value_get_size (results); a++)
        g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (results, a), "error", NULL), ==, NULL);
    }
}

/* A question that is wrong has its error in its place, and spoils no other. */
static void
test_batch (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) answer = server_expect (fixture->server, 200, "POST", QUERY,
                                                 "{\"queries\":[{\"metric\":\"ended\",\"shape\":\"value\"},{\"metric\":\"nothing\"},"
                                                 "{\"sql\":\"SELECT count (*) AS n FROM rollouts\"},{\"sql\":\"SELECT * FROM documents\"},{},7,"
                                                 "{\"live\":\"everything\"},{\"metric\":\"reward\",\"shape\":\"value\"}]}");

  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (answer, "results")), ==, 8);
  g_assert_nonnull (value_at (answer, "/results/0/series/0/y/0"));
  g_assert_cmpstr (value_text_at (answer, "/results/1/kind"), ==, "invalid");
  g_assert_cmpstr (value_text_at (answer, "/results/2/columns/0/name"), ==, "n");
  g_assert_cmpstr (value_text_at (answer, "/results/3/kind"), ==, "invalid");
  g_assert_cmpstr (value_text_at (answer, "/results/4/kind"), ==, "invalid");
  g_assert_cmpstr (value_text_at (answer, "/results/5/kind"), ==, "invalid");
  g_assert_cmpstr (value_text_at (answer, "/results/6/kind"), ==, "invalid");
  g_assert_true (leyden_value_is_null (value_at (answer, "/results/7/series/0/y/0")));
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const bodies[] = { "{}", "{\"queries\":{}}", "{\"queries\":7}", "[]" };
  g_autoptr(GString) many = g_string_new ("{\"queries\":[{}");
  g_autoptr(LeydenValue) empty = server_expect (fixture->server, 200, "POST", QUERY, "{\"queries\":[]}");
  g_autoptr(LeydenValue) answer = NULL;

  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (empty, "results")), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr(LeydenValue) refused = server_expect (fixture->server, 422, "POST", QUERY, bodies[i]);

      g_assert_nonnull (refused);
    }
  for (guint i = 0; i < 100; i++)
    g_string_append (many, ",{}");
  g_string_append (many, "]}");
  answer = server_expect (fixture->server, 422, "POST", QUERY, many->str);
  g_assert_nonnull (answer);
}

static void
test_budgets (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const wrong[] = {
    "{\"currency\":\"euro\"}", "{\"month\":-1}", "{\"month\":\"10\"}", "{\"flows\":[1]}", "{\"flows\":{\"a\":\"1\"}}", "{\"value_per_success\":{\"a\":-2}}", "[]",
  };
  g_autoptr(LeydenValue) none = server_expect (fixture->server, 200, "GET", BUDGETS, NULL);
  g_autoptr(LeydenValue) set = NULL;
  g_autoptr(LeydenValue) got = NULL;
  g_autoptr(LeydenValue) answer = NULL;

  g_assert_cmpstr (value_text_at (none, "/currency"), ==, "USD");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(LeydenValue) refused = server_expect (fixture->server, 422, "PUT", BUDGETS, wrong[i]);

      g_assert_nonnull (refused);
    }
  set = server_expect (fixture->server, 200, "PUT", BUDGETS, "{\"currency\":\"EUR\",\"month\":20,\"flows\":{\"f\":5},\"value_per_success\":{\"f\":0.5}}");
  got = server_expect (fixture->server, 200, "GET", BUDGETS, NULL);
  g_assert_true (leyden_value_equal (set, got));
  answer = server_expect (fixture->server, 200, "POST", QUERY,
                          "{\"queries\":[{\"metric\":\"budget\",\"shape\":\"value\"},{\"metric\":\"budget-used\",\"shape\":\"value\"}]}");
  g_assert_cmpstr (value_text_at (answer, "/results/0/currency"), ==, "EUR");
  g_assert_cmpfloat (leyden_value_get_member_double (value_at (answer, "/results/0/series/0"), "budget", 0), ==, 20);
  g_assert_false (leyden_value_is_null (value_at (answer, "/results/1/series/0/y/0")));
}

static void
test_live (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenValue) answer = server_expect (fixture->server, 200, "POST", QUERY,
                                                 "{\"queries\":[{\"live\":\"workers\"},{\"live\":\"mirrors\"},{\"live\":\"endpoints\"},{\"live\":\"queues\"},"
                                                 "{\"live\":\"storage\"}]}");

  for (guint i = 0; i < 5; i++)
    {
      LeydenValue *table = leyden_value_get_item (leyden_value_get_member (answer, "results"), i);
      LeydenValue *rows = leyden_value_get_member (table, "rows");

      g_assert_cmpstr (leyden_value_get_member_string (table, "shape", NULL), ==, "table");
      for (guint r = 0; r < leyden_value_get_size (rows); r++)
        g_assert_cmpuint (leyden_value_get_size (leyden_value_get_item (rows, r)), ==,
                          leyden_value_get_size (leyden_value_get_member (table, "columns")));
    }
  g_assert_cmpstr (value_text_at (answer, "/results/2/rows/0/0"), ==, "simulated");
  g_assert_cmpuint (leyden_value_get_size (value_at (answer, "/results/3/rows")), ==, 9);
  g_assert_cmpuint (leyden_value_get_size (value_at (answer, "/results/4/rows")), ==, 1);
}

/* A query of a dashboard with its variables left open. */
static LeydenValue *
open_query (LeydenValue *query)
{
  const char *sql = leyden_value_get_member_string (query, "sql", NULL);
  g_autoptr(GRegex) variable = g_regex_new ("\\$[a-z]+", 0, 0, NULL);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) filled = NULL;

  if (sql == NULL)
    return leyden_value_with_member (query, "filter", NULL);
  text = g_regex_replace_literal (variable, sql, -1, 0, "NULL", 0, NULL);
  filled = leyden_value_new_string (text, -1);
  return leyden_value_with_member (query, "sql", filled);
}

/* What the ready dashboards ask can be asked. */
static void
test_ready (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) list = server_expect (fixture->server, 200, "GET", "/leyden/v1/dashboards", NULL);
  LeydenValue *dashboards = leyden_value_get_member (list, "dashboards");

  g_assert_cmpuint (leyden_value_get_size (dashboards), >=, 5);
  for (guint d = 0; d < leyden_value_get_size (dashboards); d++)
    {
      g_autofree char *path = g_strconcat ("/leyden/v1/dashboards/", value_text_at (leyden_value_get_item (dashboards, d), "/id"), NULL);
      g_autoptr(LeydenValue) dashboard = server_expect (fixture->server, 200, "GET", path, NULL);
      LeydenValue *panels = value_at (dashboard, "/dashboard/panels");

      for (guint p = 0; p < leyden_value_get_size (panels); p++)
        {
          LeydenValue *panel = leyden_value_get_item (panels, p);
          LeydenValue *queries = leyden_value_get_member (panel, "queries");

          for (guint q = 0; q < leyden_value_get_size (queries); q++)
            {
              g_autoptr(LeydenValue) query = open_query (leyden_value_get_item (queries, q));
              g_autofree char *text = leyden_json_write (query, LEYDEN_JSON_COMPACT);
              g_autofree char *body = g_strdup_printf ("{\"queries\":[%s]}", text);
              g_autoptr(LeydenValue) answer = server_expect (fixture->server, 200, "POST", QUERY, body);

              g_test_message ("%s %s", path, text);
              g_assert_cmpstr (value_text_at (answer, "/results/0/error"), ==, NULL);
            }
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/insights/metrics", Fixture, NULL, set_up, test_metrics, tear_down);
  g_test_add ("/insights/batch", Fixture, NULL, set_up, test_batch, tear_down);
  g_test_add ("/insights/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/insights/budgets", Fixture, NULL, set_up, test_budgets, tear_down);
  g_test_add ("/insights/ready", Fixture, NULL, set_up, test_ready, tear_down);
  g_test_add ("/insights/live", Fixture, NULL, set_up, test_live, tear_down);
  return g_test_run ();
}
