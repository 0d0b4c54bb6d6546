/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Section S of the hostile inputs: files that are not, or no longer, a sound database. */
#include "store-helpers.h"

#include "leyden-migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path;
  char *log;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->log = g_strconcat (fixture->path, "-wal", NULL);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->log);
}

static LeydenSqliteStore *
open_ok (const char          *path,
         LeydenStoreOpenFlags flags)
{
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store = store_open (path, flags, &error);

  g_assert_no_error (error);
  return store;
}

static void
fill (LeydenSqliteStore *store,
      guint              first,
      guint              last)
{
  g_autoptr(GError) error = NULL;

  for (guint i = first; i <= last; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("rollout-%u", i);
      g_autoptr(GPtrArray) records = make_records (rollout, 1, 20);
      g_autoptr(LeydenRolloutRow) row = make_row (rollout, "run", i, "succeeded");

      if (i == 1)
        {
          g_autoptr(LeydenRunRow) run = make_run ("run", 1);
          g_assert_true (store_put_run (LEYDEN_STORE (store), run, NULL, &error));
        }
      g_assert_true (store_append (LEYDEN_STORE (store), records, row, &error));
    }
}

/* A database of 100 rollouts, closed. */
static void
make_database (const char *path)
{
  LeydenSqliteStore *store = open_ok (path, LEYDEN_STORE_OPEN_DEFAULT);

  fill (store, 1, 100);
  store_finish (LEYDEN_STORE (store));
}

static char *
read_file (const char *path,
           gsize      *size)
{
  char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, size, NULL));
  return content;
}

static void
write_file (const char *path,
            const void *content,
            gsize       size)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, content, size), ==, (gssize) size);
  close (fd);
}

/* Changes made by hand, with what protects a schema switched off. */
static void
exec (const char *path,
      const char *text)
{
  sqlite3 *db;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, text, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (db);
}

/* Refused with @code, in one line that names the file, and not a byte is changed. */
static void
assert_refused (Fixture         *fixture,
                LeydenStoreError code,
                const char      *says)
{
  gsize size_before, size_after;
  g_autofree char *before = read_file (fixture->path, &size_before);
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, (int) code);
  g_assert_null (strchr (error->message, '\n'));
  if (strstr (error->message, says) == NULL)
    g_error ("“%s” does not say “%s”", error->message, says);
  after = read_file (fixture->path, &size_after);
  g_assert_cmpmem (before, size_before, after, size_after);
}

static void
test_s01 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { const char *content; gsize size; } cases[] = {
    { "", 0 }, { "Dear diary,\n", 12 }, { "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16 }, { "SQLite format 3", 16 }, { "SQLite format 3 is a file format", 32 },
  };
  g_autofree char *long_text = g_strnfill (100000, 'x');
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      write_file (fixture->path, cases[i].content, cases[i].size);
      assert_refused (fixture, LEYDEN_STORE_ERROR_NOT_A_DATABASE, "not a Leyden database");
    }
  write_file (fixture->path, long_text, 100000);
  assert_refused (fixture, LEYDEN_STORE_ERROR_NOT_A_DATABASE, "not a Leyden database");
  memcpy (long_text, "SQLite format 3", 16);
  write_file (fixture->path, long_text, 100000);
  assert_refused (fixture, LEYDEN_STORE_ERROR_NOT_A_DATABASE, "not a Leyden database");
  /* Nothing was made beside it. */
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (fixture->log, G_FILE_TEST_EXISTS));

  g_assert_null (store_open (fixture->folder, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE);
  g_clear_error (&error);
  g_assert_cmpint (mkfifo (lock, 0600), ==, 0);
  g_assert_null (store_open (lock, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE);
}

/* Opens a damaged copy: refused (unchanged), or everything that is given is right. */
static gboolean
try_damaged (Fixture    *fixture,
             const char *content,
             gsize       size)
{
  gsize size_after;
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(LeydenValue) found = NULL;
  LeydenSqliteStore *store;
  gboolean sound = FALSE;

  write_file (fixture->path, content, size);
  store = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  if (store == NULL)
    {
      g_assert_true (g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT)
                     || g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE)
                     || g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NEWER));
      after = read_file (fixture->path, &size_after);
      g_assert_cmpmem (content, size, after, size_after);
      g_clear_error (&error);
      /* What is left can be looked at where SQLite can read it at all. */
      store = store_open (fixture->path, LEYDEN_STORE_OPEN_READ_ONLY, &error);
      if (store == NULL)
        return FALSE;
    }
  records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, NULL);
  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];
      g_autoptr(LeydenRecord) expected = make_record (record->rollout, record->sequence);

      g_assert_true (leyden_value_equal (record->payload, expected->payload));
      g_assert_cmpint (record->time_ns, ==, expected->time_ns);
    }
  found = store_inspect (store, NULL);
  sound = leyden_value_get_member_boolean (found, "sound", FALSE);
  store_finish (LEYDEN_STORE (store));
  return sound;
}

static void
test_s02 (Fixture      *fixture,
          gconstpointer data)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (2);
  g_autofree char *content = NULL;
  gsize size;

  make_database (fixture->path);
  content = read_file (fixture->path, &size);
  g_assert_true (try_damaged (fixture, content, size));
  /* Each page zeroed. */
  for (gsize at = 0; at < size; at += 4096)
    {
      g_autofree char *damaged = g_memdup2 (content, size);

      memset (damaged + at, 0, 4096);
      g_assert_false (try_damaged (fixture, damaged, size));
    }
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *damaged = g_memdup2 (content, size);

      for (guint k = 0; k < 8; k++)
        damaged[g_rand_int_range (random, 0, (gint32) size)] ^= (char) (1 << g_rand_int_range (random, 0, 8));
      try_damaged (fixture, damaged, size);
    }
}

/* A bit in the body of a segment, where only our checksum sees it. */
static void
test_s02_body (Fixture      *fixture,
               gconstpointer data)
{
  g_autofree char *content = NULL;
  g_autoptr(GPtrArray) rest = NULL;
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store;
  char *at;
  gsize size;

  make_database (fixture->path);
  content = read_file (fixture->path, &size);
  at = memmem (content, size, "some text", 9);
  g_assert_nonnull (at);
  at[0] = 'S';
  write_file (fixture->path, content, size);
  store = open_ok (fixture->path, LEYDEN_STORE_OPEN_DEFAULT);
  rest = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rest->len, ==, 99 * 20);
  g_assert_cmpuint (leyden_sqlite_store_get_n_skipped (store), ==, 1);
  store_finish (LEYDEN_STORE (store));
}

static void
test_s03 (Fixture      *fixture,
          gconstpointer data)
{
  g_autofree char *content = NULL;
  gsize size;

  make_database (fixture->path);
  content = read_file (fixture->path, &size);
  g_assert_false (try_damaged (fixture, content, size / 2));
  g_assert_false (try_damaged (fixture, content, size - 1));
  g_assert_false (try_damaged (fixture, content, 4096));
  g_assert_false (try_damaged (fixture, content, 100));
  g_assert_false (try_damaged (fixture, content, 99));
}

/* Copies of the files of a database in use, as after a power cut. @before: the database without the log's content. */
static void
make_cut_off (Fixture    *fixture,
              const char *name,
              char      **database,
              gsize      *database_size,
              char      **log,
              gsize      *log_size)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *log_path = g_strconcat (path, "-wal", NULL);
  LeydenSqliteStore *store;

  make_database (path);
  store = open_ok (path, LEYDEN_STORE_OPEN_DEFAULT);
  fill (store, 101, 110);
  *database = read_file (path, database_size);
  *log = read_file (log_path, log_size);
  store_finish (LEYDEN_STORE (store));
}

/* How many records there are after opening; they are the first so many. */
static guint
count_records (Fixture    *fixture,
               const char *notice)
{
  LeydenSqliteStore *store = open_ok (fixture->path, LEYDEN_STORE_OPEN_DEFAULT);
  g_autoptr(GPtrArray) records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, NULL);
  g_autoptr(LeydenValue) found = store_inspect (store, NULL);
  guint n = records->len;

  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (((LeydenRecord *) records->pdata[i])->position, ==, i + 1);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
  if (notice == NULL)
    g_assert_null (leyden_sqlite_store_get_notice (store));
  else
    g_assert_nonnull (strstr (leyden_sqlite_store_get_notice (store), notice));
  store_finish (LEYDEN_STORE (store));
  return n;
}

static void
test_s04 (Fixture      *fixture,
          gconstpointer data)
{
  g_autofree char *database = NULL;
  g_autofree char *log = NULL;
  g_autofree char *other_database = NULL;
  g_autofree char *other_log = NULL;
  g_autofree char *garbage = g_strnfill (20000, 'g');
  gsize database_size, log_size, other_database_size, other_log_size;

  make_cut_off (fixture, "one.db", &database, &database_size, &log, &log_size);
  make_cut_off (fixture, "two.db", &other_database, &other_database_size, &other_log, &other_log_size);

  write_file (fixture->path, database, database_size);
  write_file (fixture->log, log, log_size);
  g_assert_cmpuint (count_records (fixture, NULL), ==, 110 * 20);

  /* Missing, cut: an older state. */
  write_file (fixture->path, database, database_size);
  g_assert_cmpuint (count_records (fixture, NULL), ==, 100 * 20);
  for (gsize cut = 16; cut < log_size; cut += log_size / 13)
    {
      guint n;

      write_file (fixture->path, database, database_size);
      write_file (fixture->log, log, cut);
      n = count_records (fixture, NULL);
      g_assert_cmpuint (n, >=, 100 * 20);
      g_assert_cmpuint (n % 20, ==, 0);
      g_unlink (fixture->log);
    }
  /* Garbage: said so. */
  write_file (fixture->path, database, database_size);
  write_file (fixture->log, garbage, 20000);
  g_assert_cmpuint (count_records (fixture, "damaged"), ==, 100 * 20);
  write_file (fixture->path, database, database_size);
  memset (log + log_size / 2, 'g', 64);
  write_file (fixture->log, log, log_size);
  g_assert_cmpuint (count_records (fixture, NULL), <, 110 * 20);

  /* Another database's: refused; the file alone opens. */
  write_file (fixture->path, database, database_size);
  write_file (fixture->log, other_log, other_log_size);
  assert_refused (fixture, LEYDEN_STORE_ERROR_CORRUPT, "belongs to another database");
  {
    gsize size;
    g_autofree char *same = read_file (fixture->log, &size);
    g_autofree char *shared = g_strconcat (fixture->path, "-shm", NULL);

    g_assert_cmpmem (same, size, other_log, other_log_size);
    g_unlink (fixture->log);
    g_unlink (shared);
  }
  g_assert_cmpuint (count_records (fixture, NULL), ==, 100 * 20);
}

static guint32
read_be32 (const char *at)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_BE (value);
}

/* Killed while the log is copied into the file: of the first page the file has the new state already, of most others not yet. */
static void
test_s04_checkpoint (Fixture      *fixture,
                     gconstpointer data)
{
  g_autofree char *copy = g_build_filename (fixture->folder, "cut.db", NULL);
  g_autofree char *copy_log = g_strconcat (copy, "-wal", NULL);
  g_autofree char *database = NULL;
  g_autofree char *log = NULL;
  gsize database_size, log_size, page_size;
  LeydenSqliteStore *store;
  gboolean written = FALSE;

  make_database (fixture->path);
  store = open_ok (fixture->path, LEYDEN_STORE_OPEN_DEFAULT);
  fill (store, 101, 300);
  database = read_file (fixture->path, &database_size);
  log = read_file (fixture->log, &log_size);
  store_finish (LEYDEN_STORE (store));

  page_size = read_be32 (log + 8);
  for (gsize at = 32; at + 24 + page_size <= log_size; at += 24 + page_size)
    if (read_be32 (log + at) == 1)
      {
        memcpy (database, log + at + 24, page_size);
        written = TRUE;
      }
  g_assert_true (written);
  /* More pages than the file has: alone it is malformed. */
  g_assert_cmpuint (read_be32 (database + 28), >, database_size / page_size);
  write_file (copy, database, database_size);
  write_file (copy_log, log, log_size);
  store = open_ok (copy, LEYDEN_STORE_OPEN_DEFAULT);
  {
    g_autoptr(GPtrArray) records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, NULL);

    g_assert_cmpuint (records->len, ==, 300 * 20);
  }
  store_finish (LEYDEN_STORE (store));
}

static void
test_s05 (Fixture      *fixture,
          gconstpointer data)
{
  g_autoptr(LeydenMigrations) migrations = leyden_migrations_load (NULL);
  guint latest = leyden_migrations_get_latest (migrations);
  g_autofree char *set = g_strdup_printf ("PRAGMA user_version = %u", latest + 1);
  g_autofree char *newer = g_strdup_printf ("its version is %u, this program knows %u", latest + 1, latest);
  g_autofree char *largest = g_strdup_printf ("its version is 2147483647, this program knows %u", latest);

  make_database (fixture->path);
  exec (fixture->path, set);
  assert_refused (fixture, LEYDEN_STORE_ERROR_NEWER, newer);
  exec (fixture->path, "PRAGMA user_version = 2147483647");
  assert_refused (fixture, LEYDEN_STORE_ERROR_NEWER, largest);
  exec (fixture->path, "PRAGMA user_version = -1");
  assert_refused (fixture, LEYDEN_STORE_ERROR_NEWER, "this program knows");
  exec (fixture->path, "PRAGMA user_version = 0");
  assert_refused (fixture, LEYDEN_STORE_ERROR_CORRUPT, "no version");
  exec (fixture->path, "PRAGMA user_version = 1; PRAGMA application_id = 7");
  assert_refused (fixture, LEYDEN_STORE_ERROR_NOT_A_DATABASE, "0x00000007");
  exec (fixture->path, "PRAGMA application_id = 0");
  assert_refused (fixture, LEYDEN_STORE_ERROR_NOT_A_DATABASE, "0x4c657953");
}

static void
test_s06 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { const char *text; const char *says; } cases[] = {
    { "DROP TABLE documents", "documents” is missing" },
    { "DROP INDEX runs_by_key", "runs_by_key” is missing" },
    { "ALTER TABLE runs DROP COLUMN n_items", "table runs" },
    { "ALTER TABLE runs ADD COLUMN extra TEXT", "table runs" },
    { "CREATE TRIGGER evil AFTER INSERT ON segments BEGIN DELETE FROM segments; END", "trigger evil" },
    { "CREATE TEMP TABLE t (x); CREATE VIEW v AS SELECT load_extension ('x')", "view v" },
    { "ALTER TABLE documents RENAME TO d2; CREATE VIEW documents AS SELECT * FROM d2", "documents" },
    { "CREATE TABLE \"<b>\n\x1b[31m\" (x)", "does not belong to it" },
    { "CREATE VIRTUAL TABLE f USING fts5 (x)", "does not belong to it" },
    { "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE runs (broken' WHERE name = 'runs'", "" },
  };
  g_autofree char *content = NULL;
  gsize size;

  make_database (fixture->path);
  content = read_file (fixture->path, &size);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      write_file (fixture->path, content, size);
      exec (fixture->path, cases[i].text);
      assert_refused (fixture, LEYDEN_STORE_ERROR_CORRUPT, cases[i].says);
      g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_READ_ONLY, &error));
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
    }
}

/* Rows that STRICT tables refuse, brought in with the schema changed for a moment. */
static void
exec_loose (const char *path,
            const char *table,
            const char *text)
{
  g_autofree char *loosen = g_strdup_printf ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace (replace (replace (sql, "
                                             "') STRICT', ') '), 'NOT NULL', '        '), 'INTEGER PRIMARY', 'INTEGER PRIMARY') WHERE name = '%s'", table);
  g_autofree char *save = g_strdup_printf ("CREATE TABLE saved AS SELECT sql FROM sqlite_schema WHERE name = '%s'", table);
  g_autofree char *restore = g_strdup_printf ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = (SELECT sql FROM saved) WHERE name = '%s'", table);

  exec (path, save);
  exec (path, loosen);
  exec (path, text);
  exec (path, restore);
  exec (path, "DROP TABLE saved");
}

static void
test_s07 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { const char *table; const char *text; guint n_runs; guint n_rollouts; guint n_records; guint n_skipped; } cases[] = {
    { "rollouts", "UPDATE rollouts SET item_index = 'seven' WHERE id = 7", 1, 99, 2000, 1 },
    { "rollouts", "UPDATE rollouts SET reward = 'high' WHERE id = 7", 1, 99, 2000, 1 },
    { "rollouts", "UPDATE rollouts SET cost = 9e999 WHERE id = 7", 1, 99, 2000, 1 },
    { "rollouts", "UPDATE rollouts SET state = NULL WHERE id IN (7, 8)", 1, 98, 2000, 2 },
    { "rollouts", "UPDATE rollouts SET error = x'ff' WHERE id = 7", 1, 99, 2000, 1 },
    { "rollouts", "UPDATE rollouts SET error = CAST (x'ff41' AS TEXT) WHERE id = 7", 1, 99, 2000, 1 },
    { "runs", "UPDATE runs SET created_ns = 'never'", 0, 100, 2000, 1 },
    { "runs", "UPDATE runs SET definition = '{'", 0, 100, 2000, 1 },
    { "runs", "UPDATE runs SET definition = NULL", 0, 100, 2000, 1 },
    { "segments", "UPDATE segments SET sequence = 'x' WHERE position = 21", 1, 100, 1980, 1 },
    { "segments", "UPDATE segments SET n_records = 1e18 WHERE position = 21", 1, 100, 1980, 1 },
    { "segments", "UPDATE segments SET n_records = 9223372036854775807 WHERE position = 21", 1, 100, 1980, 1 },
    { "segments", "UPDATE segments SET body = NULL WHERE position = 21", 1, 100, 1980, 1 },
    { "segments", "UPDATE segments SET body = 'text' WHERE position = 21", 1, 100, 1980, 1 },
    { "segments", "UPDATE segments SET body = zeroblob (70000000) WHERE position = 21", 1, 100, 1980, 1 },
  };
  g_autofree char *content = NULL;
  gsize size;

  make_database (fixture->path);
  content = read_file (fixture->path, &size);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenSqliteStore *store;
      g_autoptr(GPtrArray) runs = NULL;
      g_autoptr(GPtrArray) rollouts = NULL;
      g_autoptr(GPtrArray) records = NULL;
      g_autoptr(LeydenValue) found = NULL;
      g_autoptr(GError) error = NULL;

      write_file (fixture->path, content, size);
      exec_loose (fixture->path, cases[i].table, cases[i].text);
      store = open_ok (fixture->path, i % 2 ? LEYDEN_STORE_OPEN_READ_ONLY : LEYDEN_STORE_OPEN_DEFAULT);
      runs = store_list_runs (LEYDEN_STORE (store), NULL, 0, &error);
      g_assert_no_error (error);
      rollouts = store_list_rollouts (LEYDEN_STORE (store), "run", NULL, -1, 0, &error);
      g_assert_no_error (error);
      records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, &error);
      g_assert_no_error (error);
      g_test_message ("%s", cases[i].text);
      g_assert_cmpuint (runs->len, ==, cases[i].n_runs);
      g_assert_cmpuint (rollouts->len, ==, cases[i].n_rollouts);
      g_assert_cmpuint (records->len, ==, cases[i].n_records);
      g_assert_cmpuint (leyden_sqlite_store_get_n_skipped (store), ==, cases[i].n_skipped);
      found = store_inspect (store, &error);
      g_assert_no_error (error);
      g_assert_false (leyden_value_get_member_boolean (found, "sound", TRUE));
      store_finish (LEYDEN_STORE (store));
    }
}

static void
test_s08 (Fixture      *fixture,
          gconstpointer data)
{
  static const struct { const char *text; const char *says; } cases[] = {
    { "DELETE FROM segments WHERE position = (SELECT max (position) FROM segments WHERE rollout = 5)", "cut off" },
    { "DELETE FROM segments WHERE rollout = 5 AND sequence = 1", "gap" },
    { "UPDATE segments SET sequence = 22 WHERE rollout = 5 AND sequence = 21", "gap" },
    { "UPDATE segments SET n_records = 19 WHERE rollout = 5 AND sequence = 1", "left over" },
    { "UPDATE segments SET n_records = 21 WHERE rollout = 5 AND sequence = 1", "broken" },
    { "UPDATE segments SET body = (SELECT CAST (body || x'00' AS BLOB) FROM segments WHERE rollout = 5 AND sequence = 1) WHERE rollout = 5 AND sequence = 1", "checksum" },
  };
  g_autofree char *content = NULL;
  gsize size;

  make_database (fixture->path);
  {
    LeydenSqliteStore *store = open_ok (fixture->path, LEYDEN_STORE_OPEN_DEFAULT);
    g_autoptr(GPtrArray) more = make_records ("rollout-5", 21, 30);

    g_assert_true (store_append (LEYDEN_STORE (store), more, NULL, NULL));
    store_finish (LEYDEN_STORE (store));
  }
  content = read_file (fixture->path, &size);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenSqliteStore *store;
      g_autoptr(LeydenValue) found = NULL;
      g_autoptr(LeydenValue) state = NULL;
      g_autoptr(GError) error = NULL;
      LeydenValue *problems;

      write_file (fixture->path, content, size);
      exec (fixture->path, cases[i].text);
      store = open_ok (fixture->path, LEYDEN_STORE_OPEN_DEFAULT);
      /* A log with a hole is never folded over. */
      g_assert_null (store_read_rollout (LEYDEN_STORE (store), "rollout-5", 0, 0, &error));
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
      if (strstr (error->message, cases[i].says) == NULL)
        g_error ("“%s” does not say “%s”", error->message, cases[i].says);
      g_assert_nonnull (strstr (error->message, "rollout-5"));
      g_clear_error (&error);
      state = store_fold (LEYDEN_STORE (store), "rollout-5", 0, count_reducer (), &error);
      g_assert_null (state);
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
      found = store_inspect (store, NULL);
      problems = leyden_value_get_member (found, "problems");
      g_assert_cmpuint (leyden_value_get_size (problems), >=, 1);
      g_assert_nonnull (strstr (leyden_value_get_string (leyden_value_get_item (problems, 0), NULL), "rollout-5"));
      store_finish (LEYDEN_STORE (store));
    }
}

static void
test_s09 (Fixture      *fixture,
          gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = NULL;
  LeydenSqliteStore *store;

  if (geteuid () == 0)
    {
      g_test_skip ("the super-user may write everywhere");
      return;
    }
  make_database (fixture->path);
  g_assert_cmpint (g_chmod (fixture->path, 0400), ==, 0);
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_cmpint (g_chmod (fixture->folder, 0500), ==, 0);
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY);
  g_clear_error (&error);
  store = open_ok (fixture->path, LEYDEN_STORE_OPEN_READ_ONLY);
  records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, &error);
  g_assert_cmpuint (records->len, ==, 2000);
  store_finish (LEYDEN_STORE (store));
  g_assert_cmpint (g_chmod (fixture->folder, 0700), ==, 0);
}

static void
test_s09_missing (Fixture      *fixture,
                  gconstpointer data)
{
  g_autofree char *below = g_build_filename (fixture->folder, "file", "leyden.db", NULL);
  g_autofree char *file = g_build_filename (fixture->folder, "file", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_READ_ONLY, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  write_file (file, "x", 1);
  g_assert_null (store_open (below, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_nonnull (error);
}

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  *(int *) data = leyden_store_append_finish (LEYDEN_STORE (object), result, NULL);
}

static gboolean
unlock_cb (gpointer data)
{
  sqlite3_exec (data, "COMMIT", NULL, NULL, NULL);
  return G_SOURCE_REMOVE;
}

/* Another program holds the database for a while: the main loop goes on, the append waits and then is done. */
static void
test_s10 (Fixture      *fixture,
          gconstpointer data)
{
  LeydenSqliteStore *store;
  g_autoptr(GPtrArray) records = make_records ("a", 1, 1);
  sqlite3 *db;
  int done = -1;

  make_database (fixture->path);
  store = open_ok (fixture->path, LEYDEN_STORE_OPEN_DEFAULT);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  leyden_store_append_async (LEYDEN_STORE (store), records, NULL, appended_cb, &done);
  g_timeout_add (200, unlock_cb, db);
  while (done < 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (done, ==, TRUE);
  sqlite3_close (db);
  store_finish (LEYDEN_STORE (store));
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; void (*test) (Fixture *, gconstpointer); } cases[] = {
    { "/hostile/S01", test_s01 },
    { "/hostile/S02", test_s02 },
    { "/hostile/S02/body", test_s02_body },
    { "/hostile/S03", test_s03 },
    { "/hostile/S04", test_s04 },
    { "/hostile/S04/checkpoint", test_s04_checkpoint },
    { "/hostile/S05", test_s05 },
    { "/hostile/S06", test_s06 },
    { "/hostile/S07", test_s07 },
    { "/hostile/S08", test_s08 },
    { "/hostile/S09", test_s09 },
    { "/hostile/S09/missing", test_s09_missing },
    { "/hostile/S10", test_s10 },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
