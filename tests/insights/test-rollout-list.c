/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of rollouts in every order, what changes from one to the next, and as files. */
#include <math.h>
#include <string.h>

#include "facts-helpers.h"
#include "leyden-rollout-list.h"

typedef struct
{
  sqlite3 *db;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  sqlite3 *db = fixture->db = facts_db_new ();
  static const struct { const char *columns, *flow, *title, *model; } rows[] = {
    { "reward = 0.5, latency_ms = 30, tokens_in = 5, created_ns = 10, started_ns = 20, finished_ns = 90, item = 'b', n_model_calls = 2", "f1", "Zebra", "m-b" },
    { "reward = NULL, latency_ms = NULL, tokens_in = 9, created_ns = 20, item = NULL, state = 'running', n_model_calls = 7", "f2", "Apple", "m-a" },
    { "reward = 1, latency_ms = 10, tokens_in = 7, created_ns = 20, started_ns = 10, finished_ns = 50, item = 'a', state = 'failed', error = 'Boom'", "f2", "Apple", "m-b" },
    { "reward = 0.5, latency_ms = 20, tokens_in = 1, created_ns = 30, started_ns = 30, finished_ns = 70, item = 'c', split = 'test', n_model_calls = 2", "f1", "Zebra", "m-c" },
    { "reward = 9, created_ns = 40, item = 'gone', deleted_ns = 5", "f1", "Zebra", "m-c" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *columns = g_strdup_printf ("%s, flow = %" G_GINT64_FORMAT ", flow_title = '%s', model = %" G_GINT64_FORMAT, rows[i].columns,
                                                  facts_name (db, rows[i].flow), rows[i].title, facts_name (db, rows[i].model));

      facts_rollout (db, i + 1, columns);
    }
  facts_rollout (db, 6, "created_ns = 5, item = 'agent', executor = 'agl'");
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  sqlite3_close (fixture->db);
}

/* "1 3 2", or the message of what is wrong. */
static char *
list (sqlite3    *db,
      const char *question)
{
  g_autoptr(LeydenValue) value = facts_json ("%s", question);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRolloutQuestion) parsed = leyden_rollout_question_parse (value, &error);
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr(GString) found = g_string_new (NULL);

  if (parsed == NULL)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      return g_strdup (error->message);
    }
  g_assert_true (leyden_rollout_question_collect (parsed, db, ids, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (found, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "", g_array_index (ids, gint64, i));
  return g_string_free (g_steal_pointer (&found), FALSE);
}

static void
test_orders (Fixture      *fixture,
             gconstpointer data)
{
  /* Rows without a value stand last, whichever way; rows that are alike follow in the order of their making. */
  static const struct { const char *question, *expected; } cases[] = {
    { "{}", "4 3 2 1 6" },
    { "{'sort': [['created', 'asc']]}", "6 1 2 3 4" },
    { "{'sort': [['started', 'asc']]}", "3 1 4 2 6" },
    { "{'sort': [['started', 'desc']]}", "4 1 3 6 2" },
    { "{'sort': [['finished', 'asc']]}", "3 4 1 2 6" },
    { "{'sort': [['reward', 'asc']]}", "1 4 3 2 6" },
    { "{'sort': [['reward', 'desc']]}", "3 4 1 6 2" },
    { "{'sort': [['latency_ms', 'asc']]}", "3 4 1 2 6" },
    { "{'sort': [['tokens', 'desc']]}", "2 3 1 4 6" },
    { "{'sort': [['model', 'asc']]}", "2 1 3 4 6" },
    { "{'sort': [['model', 'desc']]}", "4 3 1 2 6" },
    { "{'sort': [['flow', 'asc']]}", "2 3 1 4 6" },
    { "{'sort': [['item', 'asc']]}", "3 6 1 4 2" },
    { "{'sort': [['item', 'desc']]}", "4 1 6 3 2" },
    { "{'sort': [['state', 'asc']]}", "3 2 1 4 6" },
    { "{'sort': [['model_calls', 'desc']]}", "2 4 1 6 3" },
    { "{'sort': [['rollout', 'asc']]}", "1 2 3 4 6" },
    { "{'sort': [['flow', 'desc'], ['tokens', 'asc']]}", "3 2 4 1 6" },
    { "{'sort': [['reward', 'asc'], ['latency_ms', 'desc']]}", "1 4 3 6 2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = list (fixture->db, cases[i].question);

      g_test_message ("%s", cases[i].question);
      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

static void
test_filters (Fixture      *fixture,
              gconstpointer data)
{
  static const struct { const char *question, *expected; } cases[] = {
    { "{'filter': [['state', '=', 'succeeded']]}", "4 1 6" },
    { "{'filter': [['reward', '<', 0.9]], 'sort': [['latency_ms', 'asc']]}", "4 1" },
    { "{'filter': [['reward', '<', 0.9]], 'sort': [['model', 'desc']]}", "4 1" },
    { "{'filter': [['flow_title', 'contains', 'app']], 'sort': [['item', 'asc']]}", "3 2" },
    { "{'text': 'BOOM'}", "3" },
    { "{'text': 'gone'}", "" },
    { "{'where': 'reward < 0.9 AND tokens > 2'}", "1" },
    { "{'where': 'reward < 0.9', 'filter': [['split', '=', 'test']], 'text': 'c'}", "4" },
    { "{'sort': [['nothing', 'asc']]}", "Rollouts cannot be sorted by this: “nothing”" },
    { "{'sort': [['reward', 'up']]}", "An order is “asc” or “desc”: “up”" },
    { "{'sort': 'reward'}", "An order is a list of [column, “asc” or “desc”]" },
  };
  g_autofree char *node = NULL, *sql = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = list (fixture->db, cases[i].question);

      g_test_message ("%s", cases[i].question);
      g_assert_cmpstr (found, ==, cases[i].expected);
    }
  node = list (fixture->db, "{'filter': [['node', '=', 'solve']]}");
  g_test_message ("%s", node);
  g_assert_nonnull (strstr (node, "node"));
  sql = list (fixture->db, "{'where': 'reward < (SELECT count (*) FROM names)'}");
  g_test_message ("%s", sql);
  g_assert_true (g_str_has_prefix (sql, "condition:"));
}

/* ---- Many rows: each way of reading agrees with the plain one ---- */

static void
check_sorted (sqlite3    *db,
              const char *question,
              const char *sql)
{
  g_autofree char *found = list (db, question);
  sqlite3_stmt *statement = NULL;
  g_autoptr(GString) expected = g_string_new (NULL);

  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_string_append_printf (expected, "%s%d", expected->len > 0 ? " " : "", sqlite3_column_int (statement, 0));
  sqlite3_finalize (statement);
  g_assert_cmpstr (found, ==, expected->str);
}

static void
test_many (void)
{
  sqlite3 *db = facts_db_new ();

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("model-%c", "dbeca"[i]);

      facts_name (db, name);
    }
  facts_exec (db, "BEGIN");
  facts_exec (db, "INSERT INTO rollout_facts (rollout, executor, purpose, item_index, is_train, state, invalid, created_ns, started_ns, finished_ns, "
                  "wait_ms, model_ms, tool_ms, n_model_calls, n_tool_calls, n_retries, n_cache_hits, tokens_in, tokens_out, cost, simulated, deleted_ns, "
                  "changed, reward, model) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
                  "SELECT i, 'leyden', 'run', 0, 0, CASE i %% 3 WHEN 0 THEN 'failed' ELSE 'succeeded' END, 0, (i * 7919) %% 60013, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                  "i %% 100, 0, 0, 0, i %% 50 = 0, 0, CASE i %% 7 WHEN 0 THEN NULL ELSE (i * 31 %% 1000) / 1000.0 END, nullif (i %% 6, 0) FROM n");
  facts_exec (db, "COMMIT");
  check_sorted (db, "{'filter': [['state', '=', 'succeeded']], 'sort': [['reward', 'desc']]}",
                "SELECT rollout FROM rollout_facts WHERE deleted_ns = 0 AND state = 'succeeded' ORDER BY reward DESC NULLS LAST, rollout DESC");
  check_sorted (db, "{'filter': [['state', '=', 'succeeded']], 'sort': [['model', 'asc']]}",
                "SELECT rollout FROM rollout_facts f LEFT JOIN names n ON n.id = f.model WHERE deleted_ns = 0 AND state = 'succeeded' "
                "ORDER BY name ASC NULLS LAST, rollout ASC");
  check_sorted (db, "{'filter': [['tokens', '<', 3]], 'sort': [['reward', 'asc']]}",
                "SELECT rollout FROM rollout_facts WHERE deleted_ns = 0 AND tokens_in < 3 ORDER BY reward ASC NULLS LAST, rollout ASC");
  check_sorted (db, "{'sort': [['created', 'asc']]}", "SELECT rollout FROM rollout_facts WHERE deleted_ns = 0 ORDER BY created_ns, rollout");
  sqlite3_close (db);
}

/* ---- Changes ---- */

/* What the changes make of the list before. */
static void
apply (GArray      *items,
       GArray      *after,
       LeydenValue *changes)
{
  for (guint i = 0; i < leyden_value_get_size (changes); i++)
    {
      LeydenValue *change = leyden_value_get_item (changes, i);
      gint64 position, removed, added;

      g_assert_true (leyden_value_get_int (leyden_value_get_item (change, 0), &position));
      g_assert_true (leyden_value_get_int (leyden_value_get_item (change, 1), &removed));
      g_assert_true (leyden_value_get_int (leyden_value_get_item (change, 2), &added));
      g_assert_cmpint (position + removed, <=, items->len);
      g_assert_cmpint (position + added, <=, after->len);
      if (removed > 0)
        g_array_remove_range (items, (guint) position, (guint) removed);
      if (added > 0)
        g_array_insert_vals (items, (guint) position, &g_array_index (after, gint64, position), (guint) added);
    }
}

static LeydenValue *
diff (GArray *before,
      GArray *after)
{
  return leyden_rollout_list_diff ((gint64 *) (gpointer) before->data, before->len, (gint64 *) (gpointer) after->data, after->len);
}

static void
test_diff_random (void)
{
  for (guint round = 0; round < 400; round++)
    {
      guint n = (guint) g_test_rand_int_range (0, 400), edits = (guint) g_test_rand_int_range (0, round % 4 == 0 ? 300 : 12);
      g_autoptr(GArray) before = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_autoptr(GArray) after = NULL;
      g_autoptr(LeydenValue) changes = NULL;
      gint64 next = 1000 + n;

      for (gint64 i = 0; i < n; i++)
        g_array_append_val (before, i);
      after = g_array_copy (before);
      for (guint i = 0; i < edits; i++)
        {
          guint at = after->len > 0 ? (guint) g_test_rand_int_range (0, (int) after->len) : 0;
          gint64 id = next++;

          if (i % 3 == 0 || after->len == 0)
            g_array_insert_val (after, at, id);
          else
            {
              id = g_array_index (after, gint64, at);
              g_array_remove_index (after, at);
              if (i % 3 == 1)
                g_array_insert_val (after, after->len > 0 ? (guint) g_test_rand_int_range (0, (int) after->len) : 0, id);
            }
        }
      changes = diff (before, after);
      g_assert_cmpuint (leyden_value_get_size (changes), <=, LEYDEN_ROLLOUT_MAX_CHANGES);
      apply (before, after, changes);
      g_assert_cmpmem (before->data, before->len * sizeof (gint64), after->data, after->len * sizeof (gint64));
    }
}

static void
test_diff_few (void)
{
  static const gint64 list_a[] = { 1, 2, 3, 4, 5, 6 }, list_b[] = { 9, 1, 3, 4, 2, 5, 6 }, far[] = { 1, G_MAXINT64, 3 }, near[] = { G_MAXINT64, 1, 4 };
  g_autoptr(LeydenValue) changes = leyden_rollout_list_diff (list_a, 6, list_b, 7), same = leyden_rollout_list_diff (list_a, 6, list_a, 6);
  g_autoptr(LeydenValue) all = leyden_rollout_list_diff (NULL, 0, list_a, 6), none = leyden_rollout_list_diff (list_a, 6, NULL, 0);
  g_autoptr(LeydenValue) spread = leyden_rollout_list_diff (far, 3, near, 3);
  g_autoptr(LeydenValue) expected = facts_json ("[[0, 0, 1], [2, 1, 0], [4, 0, 1]]"), whole = facts_json ("[[0, 0, 6]]");
  g_autoptr(LeydenValue) empty = facts_json ("[]"), away = facts_json ("[[0, 6, 0]]"), coarse = facts_json ("[[0, 3, 3]]");

  /* One is new, one changed places, and the rest is left alone. */
  g_assert_true (leyden_value_equal (changes, expected));
  g_assert_true (leyden_value_equal (same, empty));
  g_assert_true (leyden_value_equal (all, whole));
  g_assert_true (leyden_value_equal (none, away));
  g_assert_true (leyden_value_equal (spread, coarse));
}

/* ---- Rows and files ---- */

static void
test_rows (Fixture      *fixture,
           gconstpointer data)
{
  static const gint64 ids[] = { 3, 5, 99, 1 };
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) rows = NULL;
  LeydenValue *row;

  rows = leyden_rollout_rows_read (fixture->db, ids, G_N_ELEMENTS (ids), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (leyden_value_get_size (rows), ==, 4);
  row = leyden_value_get_item (rows, 0);
  g_assert_cmpstr (leyden_value_get_member_string (row, "rollout", ""), ==, "r3");
  g_assert_cmpstr (leyden_value_get_member_string (row, "flow", ""), ==, "f2");
  g_assert_cmpstr (leyden_value_get_member_string (row, "flow_title", ""), ==, "Apple");
  g_assert_cmpstr (leyden_value_get_member_string (row, "model", ""), ==, "m-b");
  g_assert_cmpstr (leyden_value_get_member_string (row, "error", ""), ==, "Boom");
  g_assert_cmpfloat (leyden_value_get_member_double (row, "reward", 0), ==, 1);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (row, "split")));
  /* Deleted, and never there. */
  g_assert_true (leyden_value_is_null (leyden_value_get_item (rows, 1)));
  g_assert_true (leyden_value_is_null (leyden_value_get_item (rows, 2)));
}

static void
test_files (Fixture      *fixture,
            gconstpointer data)
{
  static const gint64 ids[] = { 1, 5, 4 };
  g_autoptr(LeydenValue) rows = NULL;
  g_autoptr(GString) csv = g_string_new (NULL), lines = g_string_new (NULL);
  g_auto(GStrv) csv_lines = NULL, json_lines = NULL;

  facts_exec (fixture->db, "UPDATE rollout_facts SET item = '=HYPERLINK(\"http://x\",\"y\")', error = 'a, \"b\"' || char (10) || 'c', reward = -0.25 WHERE rollout = 1");
  rows = leyden_rollout_rows_read (fixture->db, ids, G_N_ELEMENTS (ids), NULL);
  leyden_rollout_rows_add_csv_head (csv);
  leyden_rollout_rows_add_csv (csv, rows);
  leyden_rollout_rows_add_jsonl (lines, rows);
  csv_lines = g_strsplit (csv->str, "\r\n", -1);
  json_lines = g_strsplit (lines->str, "\n", -1);
  g_assert_cmpuint (g_strv_length (csv_lines), ==, 4);
  g_assert_true (g_str_has_prefix (csv_lines[0], "rollout,run,executor,"));
  g_assert_true (g_str_has_prefix (csv_lines[1], "r1,,leyden,"));
  g_assert_nonnull (strstr (csv_lines[1], "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""));
  g_assert_nonnull (strstr (csv_lines[1], "\"a, \"\"b\"\"\nc\""));
  /* A number is one, whatever its sign. */
  g_assert_nonnull (strstr (csv_lines[1], ",-0.25,"));
  g_assert_cmpuint (g_strv_length (json_lines), ==, 3);
  g_assert_nonnull (strstr (json_lines[0], "\"item\":\"=HYPERLINK("));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/rollout-list/orders", Fixture, NULL, set_up, test_orders, tear_down);
  g_test_add ("/rollout-list/filters", Fixture, NULL, set_up, test_filters, tear_down);
  g_test_add_func ("/rollout-list/many", test_many);
  g_test_add_func ("/rollout-list/diff/random", test_diff_random);
  g_test_add_func ("/rollout-list/diff/few", test_diff_few);
  g_test_add ("/rollout-list/rows", Fixture, NULL, set_up, test_rows, tear_down);
  g_test_add ("/rollout-list/files", Fixture, NULL, set_up, test_files, tear_down);
  return g_test_run ();
}
