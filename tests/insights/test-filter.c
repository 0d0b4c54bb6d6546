/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rollouts a filter lets through. */
#include <string.h>

#include "facts-helpers.h"
#include "leyden-filter.h"
#include "leyden-views.h"

typedef struct
{
  sqlite3 *db;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  sqlite3 *db = fixture->db = facts_db_new ();
  g_autofree char *first = g_strdup_printf ("flow = %" G_GINT64_FORMAT ", flow_title = 'Calculator', reward = 1.0, item = 'Äpfel 50%%', "
                                            "is_train = 1, step = 3, started_ns = 100",
                                            facts_name (db, "flow-a"));
  g_autofree char *second = g_strdup_printf ("flow = %" G_GINT64_FORMAT ", reward = 0.5, state = 'failed', error = 'No Route to host', "
                                             "error_kind = %" G_GINT64_FORMAT ", started_ns = 200",
                                             facts_name (db, "flow-b"), facts_name (db, "NETWORK"));

  facts_rollout (db, 1, first);
  facts_rollout (db, 2, second);
  facts_rollout (db, 3, "reward = NULL, state = 'running', item = 'x', started_ns = 300");
  facts_exec (db, "INSERT INTO runs (id, run, state, created_ns, finished_ns, n_items, definition) VALUES (7, 'run7', 'running', 0, 0, 0, '{}')");
  facts_exec (db, "UPDATE rollout_facts SET run = 7 WHERE rollout = 2");
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  sqlite3_close (fixture->db);
}

/* Ids that are let through: "1 3". */
static char *
select_ids (sqlite3      *db,
            LeydenFilter *filter)
{
  g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("SELECT r.rollout FROM rollout_facts r WHERE r.deleted_ns = 0");
  g_autoptr(LeydenStatement) statement = NULL;
  g_autoptr(GString) found = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  leyden_filter_prepare (db);
  leyden_filter_add_sql (filter, sql);
  leyden_sql_text_add (sql, " ORDER BY 1");
  statement = leyden_sql_text_prepare (sql, db, &error);
  g_assert_no_error (error);
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_string_append_printf (found, "%s%d", found->len > 0 ? " " : "", sqlite3_column_int (statement, 0));
  return g_string_free (g_steal_pointer (&found), FALSE);
}

static void
test_rules (Fixture      *fixture,
            gconstpointer data)
{
  static const struct { const char *rules, *found; } cases[] = {
    { "[]", "1 2 3" },
    { "[['flow', '=', 'flow-a']]", "1" },
    { "[['flow', '=', 'never said']]", "" },
    { "[['flow', '!=', 'never said']]", "1 2 3" },
    { "[['flow', '!=', 'flow-a']]", "2 3" },
    { "[['flow', '=', null]]", "3" },
    { "[['flow', '!=', null]]", "1 2" },
    { "[['flow', 'null']]", "3" },
    { "[['flow', 'not null']]", "1 2" },
    { "[['flow', 'in', ['flow-a', 'flow-b', 'x']]]", "1 2" },
    { "[['flow', 'in', ['flow-a', null]]]", "1 3" },
    { "[['flow', 'in', []]]", "" },
    { "[['flow', 'not in', ['flow-a']]]", "2 3" },
    { "[['flow', 'not in', ['flow-a', null]]]", "2" },
    { "[['flow', 'not in', []]]", "1 2 3" },
    { "[['flow', 'contains', 'LOW-']]", "1 2" },
    { "[['flow', 'begins', 'flow-b']]", "2" },
    { "[['flow', 'not contains', '-a']]", "2 3" },
    { "[['state', '=', 'failed']]", "2" },
    { "[['state', 'in', ['failed', 'running']]]", "2 3" },
    { "[['reward', '>', 0.5]]", "1" },
    { "[['reward', '>=', 0.5], ['reward', '<', 1]]", "2" },
    { "[['reward', '<=', 1]]", "1 2" },
    { "[['reward', '=', 1]]", "1" },
    { "[['reward', '!=', 1]]", "2 3" },
    { "[['reward', 'between', [0.5, 1]]]", "1 2" },
    { "[['reward', 'between', [null, 0.7]]]", "2" },
    { "[['reward', 'between', [null, null]]]", "1 2" },
    { "[['reward', 'between', [1, 0.5]]]", "" },
    { "[['train', '=', true]]", "1" },
    { "[['train', '=', 0]]", "2 3" },
    { "[['item', 'contains', '50%']]", "1" },
    { "[['item', 'begins', 'Äpfel']]", "1" },
    { "[['item', '=', 'äpfel 50%']]", "" },
    { "[['run', '=', 'run7']]", "2" },
    { "[['run', 'null']]", "1 3" },
    { "[['rollout', '=', 'r2']]", "2" },
    { "[['started', '>=', 200]]", "2 3" },
    { "[['text', 'contains', 'route']]", "2" },
    { "[['text', 'contains', 'calc']]", "1" },
    { "[['text', 'contains', 'netw']]", "2" },
    { "[['text', 'contains', 'r3']]", "3" },
    { "[['error_kind', '=', 'NETWORK'], ['flow', '=', 'flow-a']]", "" },
    { "[['item', '=', 'x OR 1=1 --']]", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) rules = facts_json ("%s", cases[i].rules);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenFilter) filter = leyden_filter_parse (rules, NULL, &error);
      g_autofree char *found = NULL;

      g_test_message ("%s", cases[i].rules);
      g_assert_no_error (error);
      found = select_ids (fixture->db, filter);
      g_assert_cmpstr (found, ==, cases[i].found);
    }
}

static void
test_conditions (Fixture      *fixture,
                 gconstpointer data)
{
  static const struct { const char *where, *found; } cases[] = {
    { "reward > 0.7", "1" },
    { "flow = 'flow-b' OR item = 'x'", "2 3" },
    { "error regexp 'R[o]ute' -- a comment", "2" },
    { "run = 'run7'", "2" },
    { "tokens = 0 AND started_ns BETWEEN 150 AND 400", "2 3" },
    { "rollout IN ('r1', 'r9')", "1" },
    { "finished_ns = 0", "1 2 3" },
    { "", "1 2 3" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenFilter) filter = leyden_filter_parse (NULL, cases[i].where, &error);
      g_autofree char *found = NULL;

      g_test_message ("%s", cases[i].where);
      g_assert_no_error (error);
      found = select_ids (fixture->db, filter);
      g_assert_cmpstr (found, ==, cases[i].found);
    }
}

static void
test_refused (void)
{
  static const char * const rules[] = {
    "{}", "['flow']", "[['flow']]", "[[]]", "[['flow', '=']  , 3]", "[['flow', '=', 1]]", "[['flow', '<', 'a']]", "[['nothing', '=', 1]]",
    "[['flow', 'is', 'a']]", "[['flow', 'in', 'a']]", "[['flow', 'in', [1]]]", "[['reward', '=', '1']]", "[['reward', '<', null]]",
    "[['reward', 'between', [1]]]", "[['reward', 'contains', '1']]", "[['train', '=', 2]]", "[['text', '=', 'a']]", "[['flow', '=', 'a', 1]]",
    "[[1, '=', 'a']]", "[['flow', '=', ['a']]]", "[['flow', '=', {}]]",
  };
  static const char * const conditions[] = {
    "1) OR (1", "reward >", "SELECT 1; DROP TABLE names", "EXISTS (SELECT 1 FROM documents)", "load_extension('x')", "f.deleted_ns > 0",
    "reward > ?", "reward > :from", "nothing = 1", "'", "(SELECT value FROM documents) = 1", "randomblob(100000000) IS NULL",
  };
  g_autoptr(GString) many = g_string_new ("[");

  for (guint i = 0; i < G_N_ELEMENTS (rules) + G_N_ELEMENTS (conditions); i++)
    {
      g_autoptr(LeydenValue) value = i < G_N_ELEMENTS (rules) ? facts_json ("%s", rules[i]) : NULL;
      const char *where = i < G_N_ELEMENTS (rules) ? NULL : conditions[i - G_N_ELEMENTS (rules)];
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenFilter) filter = leyden_filter_parse (value, where, &error);

      g_test_message ("%s", where != NULL ? where : rules[i]);
      g_assert_null (filter);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
  for (guint i = 0; i <= LEYDEN_FILTER_MAX_RULES; i++)
    g_string_append_printf (many, "%s['flow', 'null']", i > 0 ? "," : "");
  {
    g_autoptr(LeydenValue) value = facts_json ("%s]", many->str);
    g_autoptr(GError) error = NULL;

    g_assert_null (leyden_filter_parse (value, NULL, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  }
}

/* Every dimension and every column of a view is there. */
static void
test_columns (Fixture      *fixture,
              gconstpointer data)
{
  const char *from = " FROM rollout_facts r, calls c, node_ends n, waits w";
  guint n;
  const LeydenDimension *dimensions = leyden_dimension_get_all (&n);
  const LeydenView *views;

  for (guint i = 0; i < n; i++)
    if (dimensions[i].column != NULL)
      facts_exec (fixture->db, "SELECT %s%s", dimensions[i].column, from);
  views = leyden_views_get_all (&n);
  for (guint i = 0; i < n; i++)
    for (guint j = 0; views[i].columns[j].name != NULL; j++)
      {
        g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("");
        g_autoptr(LeydenStatement) statement = NULL;
        g_autoptr(GError) error = NULL;

        leyden_views_add_with (sql, "inside");
        leyden_sql_text_printf (sql, "SELECT %s FROM %s", views[i].columns[j].name, views[i].name);
        statement = leyden_sql_text_prepare (sql, fixture->db, &error);
        g_assert_no_error (error);
      }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/filter/rules", Fixture, NULL, set_up, test_rules, tear_down);
  g_test_add ("/filter/conditions", Fixture, NULL, set_up, test_conditions, tear_down);
  g_test_add_func ("/filter/refused", test_refused);
  g_test_add ("/filter/columns", Fixture, NULL, set_up, test_columns, tear_down);
  return g_test_run ();
}
