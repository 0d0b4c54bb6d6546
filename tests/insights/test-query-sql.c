/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQL of people: reads the views, and nothing else gets through. */
#include <string.h>

#include "facts-helpers.h"
#include "leyden-json.h"
#include "leyden-query.h"
#include "leyden-sql-copies.h"
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

  facts_exec (db, "INSERT INTO runs (id, run, key, state, created_ns, finished_ns, n_items, definition) VALUES (1, 'run1', 'secret-key', 'running', 5, 0, 3, "
              "'{\"secret\": 1}')");
  facts_exec (db, "INSERT INTO documents (kind, name, value) VALUES ('keys', 'k', '{\"hash\": \"topsecret\"}')");
  for (int i = 1; i <= 5; i++)
    {
      g_autofree char *set = g_strdup_printf ("reward = %d, run = 1, item = 'item%d', started_ns = %d, finished_ns = %d, deleted_ns = %d, flow = %d",
                                              i, i % 2, i * 10, i * 100, i == 5, (int)facts_name (db, "flow"));

      facts_rollout (db, i, set);
      facts_exec (db, "INSERT INTO calls (rollout, time_ns, kind, latency_ms, tokens_in, tokens_out, cost, simulated, cached) VALUES (%d, %d, 0, 5, 1, 2, 0.5, 0, 0)",
                  i, i * 100);
    }
  facts_exec (db, "INSERT INTO series (id, metric, labels, unit, kind) VALUES (1, 'reward', '{}', 'reward', 'log'), (2, 'loss', '{}', '', 'log')");
  facts_exec (db, "INSERT INTO points (series, time_ns, n, value, rollout) VALUES (1, 10, 1, 0.5, 1), (2, 20, 2, 3.5, 1), (2, 30, 3, 2.5, 5)");
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  sqlite3_close (fixture->db);
}

static LeydenValue *
run (Fixture    *fixture,
     const char *text,
     GError    **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) query = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "sql", text);
  leyden_value_builder_set_int (&b, "from", 150);
  leyden_value_builder_set_int (&b, "to", 1000);
  leyden_value_builder_end (&b);
  query = leyden_value_builder_end_value (&b);
  return leyden_query_run (fixture->db, query, 2000, error);
}

static void
test_reads (Fixture      *fixture,
            gconstpointer data)
{
  static const struct { const char *text, *rows; } cases[] = {
    { "SELECT count (*) AS n FROM rollouts", "[[4]]" },
    { "SELECT count(*) FROM runs", "[[1]]" },
    { "SELECT (SELECT count(*) FROM nodes), (SELECT count(*) FROM waits), (SELECT count(*) FROM rewards), (SELECT count(*) FROM points), "
      "(SELECT count(*) FROM experiments), (SELECT count(*) FROM spans), (SELECT count(*) FROM calls)", "[[0,0,1,2,0,4,4]]" },
    { "WITH a AS (SELECT 1 AS x UNION ALL SELECT 2) SELECT count (*) FROM a", "[[2]]" },
    { "WITH a AS (SELECT * FROM rollouts) SELECT count (*) FROM a, runs", "[[4]]" },
    { "WITH rollouts AS (SELECT * FROM calls) SELECT sum (tokens_in) FROM rollouts", "[[4]]" },
    { "SELECT count(*), sum(cost) FROM calls", "[[4,2.0]]" },
    { "SELECT rollout, reward FROM rollouts ORDER BY reward DESC LIMIT 2", "[[\"r4\",4.0],[\"r3\",3.0]]" },
    { "SELECT rollout, reward FROM rollouts ORDER BY reward DESC LIMIT 2 -- the best", "[[\"r4\",4.0],[\"r3\",3.0]]" },
    { "WITH best AS (SELECT max (reward) AS m FROM rollouts) SELECT m FROM best", "[[4.0]]" },
    { "SELECT item, avg (reward) FROM rollouts WHERE finished_ns BETWEEN :from AND :to GROUP BY item ORDER BY 1", "[[\"item0\",3.0],[\"item1\",3.0]]" },
    { "SELECT a.rollout FROM rollouts a JOIN rollouts b ON b.reward = a.reward + 1 ORDER BY a.reward", "[[\"r1\"],[\"r2\"],[\"r3\"]]" },
    { "SELECT run, state, items FROM runs", "[[\"run1\",\"running\",3]]" },
    { "SELECT run, flow, started_ns, deleted FROM (SELECT *, 7 AS deleted FROM rollouts) LIMIT 1", "[[\"run1\",\"flow\",10,7]]" },
    { "SELECT name, value, rollout FROM rewards", "[[\"reward\",0.5,\"r1\"]]" },
    { "SELECT metric, value FROM points ORDER BY time_ns", "[[\"reward\",0.5],[\"loss\",3.5]]" },
    { "SELECT kind, ms, count (*) FROM spans GROUP BY kind", "[[\"model\",5.0,4]]" },
    { "SELECT rollout FROM rollouts WHERE rollout IN (SELECT rollout FROM calls WHERE latency_ms > 4) AND item regexp '1$'", "[[\"r1\"],[\"r3\"]]" },
    { "SELECT value FROM json_each ('[1,2]')", "[[1],[2]]" },
    { "SELECT row_number () OVER (ORDER BY reward DESC) AS place, rollout FROM rollouts LIMIT 1", "[[1,\"r4\"]]" },
    { "SELECT 1 AS a UNION ALL SELECT 2", "[[1],[2]]" },
    { "SELECT 1e400 AS big, NULL AS none, x'ff' AS bytes", "[[null,null,\"\xef\xbf\xbd\"]]" },
    { "SELECT 1 ; ", "[[1]]" },
    { "SELECT run, finished_ns, started_ns, finished_ns + 0 AS n FROM rollouts WHERE rollout = 'r1' UNION ALL SELECT run, finished_ns, 7, finished_ns FROM runs",
      "[[\"run1\",100,10,100],[\"run1\",null,7,0]]" },
    { "VALUES (1, 'a')", "[[1,\"a\"]]" },
    { "SELECT reward FROM rollouts WHERE reward > 100", "[]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = run (fixture, cases[i].text, &error);
      g_autofree char *rows = NULL;

      g_test_message ("%s", cases[i].text);
      g_assert_no_error (error);
      rows = leyden_json_write (leyden_value_get_member (answer, "rows"), LEYDEN_JSON_PYTHON);
      
      {
        g_autoptr(LeydenValue) expected = leyden_json_parse (cases[i].rows, -1, NULL, &error);

        g_assert_no_error (error);
        if (!leyden_value_equal (leyden_value_get_member (answer, "rows"), expected))
          g_assert_cmpstr (rows, ==, cases[i].rows);
      }
    }
}

/* Whatever is no reading of the views. */
static void
test_refused (Fixture      *fixture,
              gconstpointer data)
{
  static const char * const texts[] = {
    "SELECT * FROM documents", "SELECT value FROM main.documents", "SELECT * FROM main.rollout_facts", "SELECT body FROM segments",
    "SELECT definition FROM main.runs", "SELECT key FROM runs", "SELECT definition FROM runs", "SELECT * FROM sqlite_schema", "SELECT * FROM sqlite_master",
    "SELECT * FROM main.sqlite_schema", "SELECT * FROM temp.sqlite_master", "SELECT * FROM pragma_table_info ('documents')",
    "SELECT * FROM pragma_database_list", "SELECT * FROM sqlite_dbpage", "SELECT * FROM dbstat", "SELECT * FROM rollout_facts", "SELECT * FROM names",
    "SELECT * FROM main.names", "SELECT * FROM main.points", "SELECT deleted_ns FROM rollouts", "SELECT rowid FROM main.rollouts",
    /* A view of theirs under the name of one of ours sees no more than ours do. */
    "WITH rollouts AS (SELECT value FROM documents) SELECT * FROM rollouts", "SELECT * FROM (WITH runs AS (SELECT definition FROM main.runs) SELECT * FROM runs)",
    "SELECT * FROM (SELECT value FROM documents) AS rollouts", "SELECT (SELECT value FROM documents) FROM rollouts",
    "WITH rollouts AS (SELECT * FROM main.rollout_facts) SELECT rollout FROM rollouts", "WITH rollouts AS (SELECT deleted_ns FROM main.rollout_facts) SELECT * FROM rollouts",
    "WITH Rollouts AS MATERIALIZED (SELECT deleted_ns FROM rollout_facts) SELECT * FROM rollouts", "WITH calls AS (SELECT id FROM main.runs) SELECT * FROM calls",
    "SELECT * FROM (WITH nodes AS (SELECT name FROM names) SELECT * FROM nodes)", "SELECT (WITH spans AS (SELECT labels FROM main.series) SELECT * FROM spans)",
    "SELECT * FROM rollouts WHERE EXISTS (WITH rollouts AS (SELECT * FROM main.calls) SELECT cost FROM rollouts)",
    "WITH inside AS (SELECT name FROM main.names) SELECT * FROM inside", "WITH a AS (WITH rollouts AS (SELECT id FROM main.rollouts) SELECT * FROM rollouts) SELECT * FROM a",
    "WITH calls AS (SELECT a.cost, f.deleted_ns FROM calls a, main.rollout_facts f) SELECT * FROM calls",
    /* Nor are rows counted that the views leave out. */
    "SELECT count (*) FROM main.rollout_facts", "SELECT count (*) FROM rollout_facts", "SELECT 1 FROM main.calls", "WITH calls AS (SELECT 1 FROM main.calls) SELECT count (*) FROM calls",
    "SELECT count (*) FROM main.runs", "SELECT count (*) FROM names", "SELECT count (*) FROM documents", "SELECT count (*) FROM sqlite_master",
    "SELECT 1) UNION ALL SELECT * FROM (SELECT value FROM documents", "SELECT 1); DROP TABLE names; --", "SELECT 1; SELECT 2",
    "DELETE FROM rollout_facts", "INSERT INTO names (name) VALUES ('x')", "UPDATE runs SET state = 'x'", "CREATE TABLE t (a)",
    "CREATE TEMP TABLE t AS SELECT 1", "DROP TABLE names", "ATTACH 'file.db' AS other", "DETACH main", "PRAGMA user_version = 1", "PRAGMA table_info (runs)",
    "VACUUM INTO 'out.db'", "REINDEX", "ANALYZE", "BEGIN", "COMMIT", "SAVEPOINT a", "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT * FROM rollouts",
    "SELECT load_extension ('x.so')", "SELECT readfile ('/etc/passwd')", "SELECT writefile ('x', 'y')", "SELECT edit ('x')", "SELECT fts3_tokenizer ('x')",
    "SELECT randomblob (1000000000)", "SELECT zeroblob (1000000000)", "SELECT sqlite_version ()", "SELECT sqlite_compileoption_get (1)",
    "SELECT sqlite_offset (reward) FROM rollouts", "SELECT last_insert_rowid ()", "SELECT total_changes ()", "SELECT likelihood (1, 0.5)",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count (*) FROM n",
    "SELECT * FROM rollouts WHERE reward > :other", "SELECT ?", "SELECT ?1", "SELECT @from", "SELECT $from", "", " ", "--", "SELECT", "SELEC 1", "SELECT * FROM",
    "SELECT missing FROM rollouts", "SELECT \"text\"  FROM nowhere", "SELECT 'unfinished", "SELECT /* unfinished", "SELECT ((((1", "SELECT 1))", "\xff\xfe",
    "SELECT * FROM generate_series (1, 10)", "SELECT * FROM fts5vocab", "SELECT * FROM rollouts INDEXED BY x", "SELECT json_extract ('[', '$')",
    "SELECT * FROM json_tree ('{}'), documents", "SELECT printf ('%.*c', 2000000000, 'x')", "SELECT format ('%d', 1)",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = run (fixture, texts[i], &error);

      g_test_message ("%s: %s", texts[i], error != NULL ? error->message : "");
      g_assert_null (answer);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (error->message, "topsecret"));
    }
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(LeydenValue) answer = run (fixture, "SELECT count (*) FROM rollouts WHERE flow = $flow", &error);

    g_assert_null (answer);
    g_assert_nonnull (strstr (error->message, "no variable “$flow”"));
    g_assert_nonnull (strstr (error->message, "Settings"));
  }
  /* Nothing was changed, and the connection is as it was. */
  facts_exec (fixture->db, "INSERT INTO names (name) VALUES ('still here')");
  g_assert_cmpint (sqlite3_limit (fixture->db, SQLITE_LIMIT_LENGTH, -1), >, 100000000);
}

/* A million letters. */
#define TENFOLD(text) "replace (" text ", 'x', 'xxxxxxxxxx')"
#define MILLION TENFOLD (TENFOLD (TENFOLD (TENFOLD (TENFOLD ("'xxxxxxxxxx'")))))

/* Half a million of letters, of others. */
#define HALF(letter) "substr (replace (" MILLION ", 'x', '" letter "'), 1, 520000)"

static int
count_cb (gpointer data)
{
  return *(gint64 *)data > 0 && g_get_monotonic_time () > *(gint64 *)data;
}

/* What nothing could interrupt: it ends by itself. With the functions of SQLite each of these takes minutes. */
static void
test_long_functions (Fixture      *fixture,
                     gconstpointer data)
{
  static const struct { const char *text, *rows; } cases[] = {
    { "SELECT instr (" HALF ("a") ", " HALF ("a") " || 'b')", "[[0]]" },
    { "SELECT instr (" HALF ("a") " || 'b', 'a' || 'b')", "[[520000]]" },
    { "SELECT length (replace (" HALF ("a") " || " HALF ("a") ", " HALF ("a") " || 'b', 'c'))", "[[1040000]]" },
    { "SELECT length (trim (" HALF ("b") ", " HALF ("a") " || 'b'))", NULL },
    { "SELECT length (ltrim (" HALF ("b") ", " HALF ("a") " || 'b'))", NULL },
    { "SELECT length (rtrim (" HALF ("b") ", " HALF ("a") " || 'b'))", NULL },
    { "SELECT " HALF ("a") " LIKE '%' || substr (" HALF ("a") ", 1, 900) || 'b%'", NULL },
    { "SELECT " HALF ("a") " LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b%c'", "[[0]]" },
    { "SELECT " HALF ("a") " GLOB '*' || substr (" HALF ("a") ", 1, 900) || 'b*'", NULL },
    { "SELECT length (hex (" HALF ("a") "))", "[[1040000]]" },
    { "SELECT length (group_concat (" HALF ("a") ", '')) FROM (SELECT 1 UNION ALL SELECT 2)", "[[1040000]]" },
  };
  gint64 deadline = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  sqlite3_progress_handler (fixture->db, 1, count_cb, &deadline);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = run (fixture, cases[i].text, &error);
      g_autofree char *rows = answer != NULL ? leyden_json_write (leyden_value_get_member (answer, "rows"), LEYDEN_JSON_COMPACT) : NULL;

      g_test_message ("%s: %s", cases[i].text, error != NULL ? error->message : rows);
      if (cases[i].rows != NULL)
        g_assert_no_error (error);
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (rows, ==, cases[i].rows);
    }
  sqlite3_progress_handler (fixture->db, 0, NULL, NULL);
}

/* In the words of SQLite: what stands in for its functions answers as they do. */
static void
test_same_functions (Fixture      *fixture,
                     gconstpointer data)
{
  static const char * const texts[] = {
    "instr ('abc', 'c')", "instr ('äöü', 'ü')", "instr (x'c3a4c3b6', x'b6')", "instr ('abc', '')", "instr ('', '')", "instr ('', 'a')", "instr (NULL, 'a')",
    "instr ('a', NULL)", "instr (12345, 34)", "instr (x'6162', 'b')", "replace ('aXbX', 'X', 'yy')", "replace ('aaa', 'aa', 'b')", "replace ('a', '', 'b')",
    "replace (NULL, 'a', 'b')", "replace ('a', NULL, 'b')", "replace ('a', 'b', NULL)", "replace ('a', '', NULL)", "replace (121, 1, 3)", "trim ('  a  ')", "trim ('xaxbx', 'x')", "ltrim ('äöa', 'öä')",
    "rtrim ('aäö', 'öä')", "trim ('a', '')", "trim (NULL)", "trim ('a', NULL)", "ltrim ('  a ')", "rtrim (' a  ')", "trim ('aaa', 'a')", "'ABC' LIKE 'a%'", "'abc' LIKE '_b_'",
    "'a%c' LIKE 'a#%c' ESCAPE '#'", "'abc' LIKE 'aä%c' ESCAPE 'ä'", "NULL LIKE 'a'", "'a' LIKE NULL", "'Ä' LIKE 'ä'", "'äb' LIKE '_b'", "'abc' GLOB 'a*'", "'ABC' GLOB 'a*'", "'b' GLOB '[a-c]'",
    "'b' GLOB '[^a-c]'", "NULL GLOB 'a'", "'abc' NOT LIKE '%b%'", "typeof (replace (1, '', 2))", "length (trim (x'2061'))", "12 LIKE '1%'",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *sql = g_strconcat ("SELECT coalesce ((", texts[i], "), '(null)') || ''", NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = run (fixture, sql, &error);
      sqlite3_stmt *statement = NULL;
      sqlite3 *plain = NULL;

      g_test_message ("%s", texts[i]);
      g_assert_no_error (error);
      g_assert_cmpint (sqlite3_open (":memory:", &plain), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_prepare_v2 (plain, sql, -1, &statement, NULL), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
      g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (answer, "/rows/0/0"), NULL), ==, (const char *)sqlite3_column_text (statement, 0));
      sqlite3_finalize (statement);
      sqlite3_close (plain);
    }
}

/* A column is what all of its rows are. */
static void
test_types (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = run (fixture, "SELECT NULL AS a, NULL AS b, 1 AS c, NULL AS d, NULL AS e_ns UNION ALL SELECT 2.5, 'x', 'y', NULL, 7", &error);
  static const char * const types[] = { "number", "text", "text", "text", "time" };

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (answer, "columns"), i), "type", ""), ==, types[i]);
}

/* Much out of little: it fails, or is no longer than a text may be. */
static void
test_large (Fixture      *fixture,
            gconstpointer data)
{
  static const char * const texts[] = {
    "SELECT " TENFOLD (MILLION), "SELECT replace (hex (" MILLION "), '7', '0123456789')",
    "SELECT group_concat (" MILLION ") FROM rollouts", "SELECT json_group_array (" MILLION ") FROM rollouts",
    "SELECT " MILLION " FROM rollouts a, rollouts b, rollouts c, rollouts d",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = run (fixture, texts[i], &error);
      gsize all = 0;

      g_test_message ("%s: %s", texts[i], error != NULL ? error->message : "");
      g_assert_true ((answer != NULL) == (error == NULL));
      for (guint r = 0; r < leyden_value_get_size (leyden_value_get_member (answer, "rows")); r++)
        {
          gsize length = 0;

          leyden_value_get_string (leyden_value_get_item (leyden_value_get_item (leyden_value_get_member (answer, "rows"), r), 0), &length);
          g_assert_cmpuint (length, <=, 1024 * 1024);
          all += length;
        }
      g_assert_cmpuint (all, <=, 18 * 1024 * 1024);
    }
}

/* A chain of tables of which each names the one before twice: SQLite would copy the first 2^40 times before it looks at a limit. */
static void
test_copies (Fixture      *fixture,
             gconstpointer data)
{
  static const char * const ways[] = { "t%u", "\"T%u\"", "[t%u]", "`t%u`", "'t%u'", "t%u /* . */" };
  static const struct { const char *text; guint n; } counts[] = {
    { "SELECT 1", 0 }, { "WITH a AS (SELECT 1 AS x) SELECT a.x FROM a", 1 }, { "WITH a (x, y) AS NOT MATERIALIZED (SELECT 1, 2) SELECT * FROM A, \"a\" b", 2 },
    { "WITH a AS MATERIALIZED (VALUES (1)) SELECT * FROM a -- a a a", 1 }, { "WITH a AS (SELECT 1) SELECT 'it''s', a -- \n FROM a, [a]", 3 },
    { "AS (", 0 }, { ") AS (", 0 }, { "\"", 0 }, { "/* ", 0 }, { "CAST (1 AS (2))", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_test_message ("%s", counts[i].text);
      g_assert_cmpuint (leyden_sql_count_copies (counts[i].text), ==, counts[i].n);
    }
  for (guint way = 0; way < G_N_ELEMENTS (ways); way++)
    {
      g_autoptr(GString) text = g_string_new ("WITH t0 AS (SELECT 1 AS x)");
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = NULL;

      for (guint i = 1; i < 40; i++)
        {
          g_string_append_printf (text, ", t%u AS (SELECT a.x FROM ", i);
          for (guint k = 0; k < 2; k++)
            {
              g_autoptr(GString) name = g_string_new (ways[way]);
              g_autofree char *number = g_strdup_printf ("%u", i - 1);

              g_string_replace (name, "%u", number, 1);
              g_string_append_printf (text, "%s %s%s", name->str, k == 0 ? "a" : "b", k == 0 ? ", " : ")");
            }
        }
      g_string_append (text, " SELECT x FROM t39");
      answer = run (fixture, text->str, &error);
      g_assert_null (answer);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, "18"));
    }
}

static int
interrupt_cb (gpointer data)
{
  return g_get_monotonic_time () > *(gint64 *)data;
}

static void
test_endless (Fixture      *fixture,
              gconstpointer data)
{
  gint64 deadline = g_get_monotonic_time () + 200000;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = NULL;

  sqlite3_progress_handler (fixture->db, 1000, interrupt_cb, &deadline);
  answer = run (fixture, "SELECT count (*) FROM calls a, calls b, calls c, calls d, calls e, calls f, calls g, calls h, calls i, calls j, calls k, calls l, "
                "calls m, calls n, calls o, calls p", &error);
  g_assert_null (answer);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  sqlite3_progress_handler (fixture->db, 0, NULL, NULL);
}

static void
test_many_rows (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = run (fixture, "SELECT a.rollout, a.reward AS x_ms, a.started_ns FROM rollouts a, rollouts b, rollouts c, rollouts d, rollouts e, "
                                       "rollouts f, rollouts g", &error);

  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (answer, "truncated", FALSE));
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (answer, "rows")), ==, LEYDEN_SQL_MAX_ROWS);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (answer, "/columns/1/unit"), NULL), ==, "ms");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (answer, "/columns/2/type"), NULL), ==, "time");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (answer, "/columns/0/type"), NULL), ==, "text");
}

/* The places of mistakes are those in the text of the person. */
static void
test_places (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = run (fixture, "SELECT missing FROM rollouts", &error);

  g_assert_null (answer);
  g_assert_nonnull (strstr (error->message, "missing"));
  g_assert_nonnull (strstr (error->message, "character 8"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/query-sql/reads", Fixture, NULL, set_up, test_reads, tear_down);
  g_test_add ("/query-sql/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/query-sql/large", Fixture, NULL, set_up, test_large, tear_down);
  g_test_add ("/query-sql/long-functions", Fixture, NULL, set_up, test_long_functions, tear_down);
  g_test_add ("/query-sql/same-functions", Fixture, NULL, set_up, test_same_functions, tear_down);
  g_test_add ("/query-sql/types", Fixture, NULL, set_up, test_types, tear_down);
  g_test_add ("/query-sql/copies", Fixture, NULL, set_up, test_copies, tear_down);
  g_test_add ("/query-sql/endless", Fixture, NULL, set_up, test_endless, tear_down);
  g_test_add ("/query-sql/many-rows", Fixture, NULL, set_up, test_many_rows, tear_down);
  g_test_add ("/query-sql/places", Fixture, NULL, set_up, test_places, tear_down);
  return g_test_run ();
}
