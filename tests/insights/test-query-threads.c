/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions side by side, with one memory, while facts are written. Every rollout costs 1, whatever else changes of it. */
#include <glib/gstdio.h>
#include <string.h>

#include "facts-helpers.h"
#include "leyden-column-cache.h"

#define N_THREADS   4
#define N_QUESTIONS 300
#define NOW (G_GINT64_CONSTANT (1773100800) * LEYDEN_NS_PER_S)

typedef struct
{
  char              *path;
  LeydenColumnCache *cache;
} Shared;

static const char * const questions[] = {
  "{'metric': 'cost', 'shape': 'table', 'split': ['flow'], 'from': 0}",
  "{'metric': 'cost', 'shape': 'table', 'split': ['item', 'state'], 'from': 0, 'limit': 200}",
  "{'metric': 'cost', 'shape': 'table', 'filter': [['state', '=', 'failed']], 'from': 0}",
  "{'metric': 'cost', 'shape': 'table', 'where': 'reward > 3', 'split': ['version'], 'from': 0}",
};

/* n, then the rest; the sum is the last. */
static void
check (LeydenValue *answer)
{
  LeydenValue *rows = leyden_value_get_member (answer, "rows");
  guint n_columns = leyden_value_get_size (leyden_value_get_member (answer, "columns"));

  for (guint r = 0; r < leyden_value_get_size (rows); r++)
    {
      LeydenValue *row = leyden_value_get_item (rows, r);
      double n, sum;

      g_assert_true (leyden_value_get_double (leyden_value_get_item (row, n_columns - 9), &n));
      g_assert_true (leyden_value_get_double (leyden_value_get_item (row, n_columns - 1), &sum));
      g_assert_cmpfloat (n, ==, sum);
    }
}

static sqlite3 *
open_reader (const char *path)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 10000);
  return db;
}

static gpointer
ask_thread (gpointer data)
{
  Shared *self = data;
  sqlite3 *db = open_reader (self->path);

  for (guint i = 0; i < N_QUESTIONS; i++)
    {
      g_autoptr(LeydenValue) query = facts_json ("%s", questions[i % G_N_ELEMENTS (questions)]);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) answer = NULL;

      facts_exec (db, "BEGIN");
      answer = leyden_query_run_cached (db, self->cache, query, NOW, &error);
      g_assert_no_error (error);
      facts_exec (db, "COMMIT");
      check (answer);
      if (i % 50 == 49)
        leyden_column_cache_trim (self->cache, 0);
    }
  sqlite3_close (db);
  return NULL;
}

static void
write_some (sqlite3 *db,
            GRand   *rand,
            guint   *n)
{
  guint id = g_rand_int_range (rand, 1, (gint32)*n + 1);

  facts_exec (db, "BEGIN");
  facts_exec (db, "UPDATE facts_cursor SET revision = revision + 1");
  if (g_rand_int_range (rand, 0, 20) == 0)
    {
      facts_exec (db, "DELETE FROM rollout_facts WHERE rollout = %u; UPDATE facts_cursor SET removed = removed + 1", id);
    }
  else if (g_rand_boolean (rand))
    {
      g_autofree char *set = g_strdup_printf ("cost = 1, reward = %d, item = 'item%d', flow = %d, version = %d, finished_ns = %" G_GINT64_FORMAT
                                              ", changed = (SELECT revision FROM facts_cursor)", g_rand_int_range (rand, 0, 9), g_rand_int_range (rand, 0, 5),
                                              g_rand_int_range (rand, 1, 4), g_rand_int_range (rand, 1, 9), NOW - 5);

      facts_rollout (db, ++*n, set);
    }
  else
    {
      facts_exec (db, "UPDATE rollout_facts SET state = '%s', reward = %d, flow = %d, changed = (SELECT revision FROM facts_cursor) WHERE rollout = %u",
                  g_rand_boolean (rand) ? "failed" : "succeeded", g_rand_int_range (rand, 0, 9), g_rand_int_range (rand, 1, 4), id);
    }
  facts_exec (db, "COMMIT");
}

static double
count (sqlite3           *db,
       LeydenColumnCache *cache)
{
  g_autoptr(LeydenValue) query = facts_json ("{'metric': 'ended', 'shape': 'value', 'from': 0}");
  g_autoptr(LeydenValue) answer = leyden_query_run_cached (db, cache, query, NOW, NULL);
  double n = -1;

  g_assert_true (leyden_value_get_double (leyden_value_lookup_pointer (answer, "/series/0/y/0"), &n));
  return n;
}

static void
test_threads (void)
{
  g_autofree char *folder = g_dir_make_tmp ("leyden-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "facts.db", NULL);
  g_autoptr(GRand) rand = g_rand_new_with_seed (9);
  Shared shared = { .path = path, .cache = leyden_column_cache_new (1024 * 1024) };
  sqlite3 *memory = facts_db_new (), *db = NULL;
  GThread *threads[N_THREADS];
  guint n = 0;

  facts_exec (memory, "VACUUM INTO '%s'", path);
  sqlite3_close (memory);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  facts_exec (db, "PRAGMA journal_mode = WAL");
  facts_exec (db, "PRAGMA synchronous = OFF");
  for (guint i = 1; i < 10; i++)
    {
      g_autofree char *name = g_strdup_printf ("name%u", i);

      facts_name (db, name);
    }
  for (guint i = 0; i < 50; i++)
    {
      n++;
      facts_rollout (db, n, "cost = 1, flow = 1, version = 1, item = 'a', finished_ns = 1773100700000000000");
    }
  leyden_column_cache_set_eager (shared.cache, TRUE);
  for (guint t = 0; t < N_THREADS; t++)
    threads[t] = g_thread_new ("ask", ask_thread, &shared);
  for (guint i = 0; i < 1500; i++)
    write_some (db, rand, &n);
  for (guint t = 0; t < N_THREADS; t++)
    g_thread_join (threads[t]);
  g_assert_cmpfloat (count (db, shared.cache), ==, count (db, NULL));
  leyden_column_cache_unref (shared.cache);
  sqlite3_close (db);
  {
    g_autofree char *log = g_strconcat (path, "-wal", NULL);
    g_autofree char *index = g_strconcat (path, "-shm", NULL);

    g_unlink (log);
    g_unlink (index);
  }
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/query-threads/side-by-side", test_threads);
  return g_test_run ();
}
