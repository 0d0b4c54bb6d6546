/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An older database goes forward after a verified copy, in one step or not at all (hostile S11). */
#include "store-helpers.h"

#include "leyden-sqlite-store-private.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND "ALTER TABLE runs ADD COLUMN note TEXT; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
#define THIRD  "INSERT INTO notes (text) SELECT run FROM runs; CREATE INDEX notes_by_text ON notes (text);"

typedef struct
{
  char             *folder;
  char             *path;
  char             *backup;
  char             *first;
  LeydenMigrations *migrations;
} Fixture;

static LeydenSqliteStore *
open_ok (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);

  g_assert_no_error (error);
  return store;
}

/* The next openings know version 1, and these after it. */
static void
use_migrations (Fixture    *fixture,
                const char *second,
                const char *third)
{
  const char *texts[] = { fixture->first, second, third, NULL };

  g_clear_pointer (&fixture->migrations, leyden_migrations_free);
  fixture->migrations = leyden_migrations_new (texts);
  leyden_sqlite_store_set_migrations (fixture->migrations);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  /* With the columns that every commit writes. */
  g_autoptr(GBytes) bytes = g_resources_lookup_data (LEYDEN_MIGRATIONS_RESOURCES "/001-first-schema.sql", 0, NULL);
  g_autoptr(GBytes) commits = g_resources_lookup_data (LEYDEN_MIGRATIONS_RESOURCES "/007-commits.sql", 0, NULL);
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  g_autoptr(GPtrArray) records = make_records ("a", 1, 50);
  LeydenSqliteStore *store;

  g_assert_true (bytes != NULL && commits != NULL);
  fixture->first = g_strconcat (g_bytes_get_data (bytes, NULL), g_bytes_get_data (commits, NULL), NULL);
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->backup = g_strconcat (fixture->path, ".version-1.backup", NULL);
  use_migrations (fixture, NULL, NULL);
  store = open_ok (fixture);
  g_assert_true (store_put_run (LEYDEN_STORE (store), run, NULL, NULL));
  g_assert_true (store_append (LEYDEN_STORE (store), records, NULL, NULL));
  store_finish (LEYDEN_STORE (store));
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  leyden_sqlite_store_set_migrations (NULL);
  leyden_migrations_set_hook (NULL);
  g_clear_pointer (&fixture->migrations, leyden_migrations_free);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->backup);
  g_free (fixture->first);
}

static gint64
query (const char *path,
       const char *text)
{
  sqlite3 *db;
  sqlite3_stmt *statement;
  gint64 out = -1;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  if (sqlite3_prepare_v2 (db, text, -1, &statement, NULL) == SQLITE_OK && sqlite3_step (statement) == SQLITE_ROW)
    out = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return out;
}

static void
assert_version_1 (const char *path)
{
  g_assert_cmpint (query (path, "PRAGMA user_version"), ==, 1);
  g_assert_cmpint (query (path, "SELECT sum (n_records) FROM segments"), ==, 50);
  g_assert_cmpint (query (path, "SELECT count (*) FROM pragma_table_info ('runs') WHERE name = 'note'"), ==, 0);
}

static void
assert_version_3 (Fixture *fixture)
{
  LeydenSqliteStore *store = open_ok (fixture);
  g_autoptr(GPtrArray) records = store_read_rollout (LEYDEN_STORE (store), "a", 0, 0, NULL);
  g_autoptr(LeydenValue) found = store_inspect (store, NULL);

  g_assert_cmpuint (records->len, ==, 50);
  g_assert_cmpint (leyden_value_get_member_int (found, "version", 0), ==, 3);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
  store_finish (LEYDEN_STORE (store));
  g_assert_cmpint (query (fixture->path, "SELECT count (*) FROM notes"), ==, 1);
}

static void
test_forward (Fixture      *fixture,
              gconstpointer data)
{
  GStatBuf info;

  use_migrations (fixture, SECOND, THIRD);
  assert_version_3 (fixture);
  assert_version_1 (fixture->backup);
  g_assert_cmpint (g_stat (fixture->backup, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  /* Once only. */
  g_assert_cmpint (g_unlink (fixture->backup), ==, 0);
  assert_version_3 (fixture);
  g_assert_false (g_file_test (fixture->backup, G_FILE_TEST_EXISTS));
}

static void
test_back (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  use_migrations (fixture, SECOND, THIRD);
  assert_version_3 (fixture);
  use_migrations (fixture, NULL, NULL);
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NEWER);
  g_assert_nonnull (strstr (error->message, "its version is 3, this program knows 1"));
  g_assert_cmpint (query (fixture->path, "PRAGMA user_version"), ==, 3);
}

/* The second step fails half way: the first stays done, nothing of the second is there. */
static void
test_failing_step (Fixture      *fixture,
                   gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  use_migrations (fixture, SECOND, "DELETE FROM segments; INSERT INTO nowhere VALUES (1);");
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "from version 2 to 3"));
  g_assert_cmpint (query (fixture->path, "PRAGMA user_version"), ==, 2);
  g_assert_cmpint (query (fixture->path, "SELECT sum (n_records) FROM segments"), ==, 50);
  assert_version_1 (fixture->backup);
  use_migrations (fixture, SECOND, THIRD);
  assert_version_3 (fixture);
}

/* Without the copy nothing is begun. */
static void
test_no_backup (Fixture      *fixture,
                gconstpointer data)
{
  g_autofree char *in_the_way = g_strconcat (fixture->backup, ".new", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (g_mkdir (in_the_way, 0700), ==, 0);
  use_migrations (fixture, SECOND, THIRD);
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error));
  g_assert_nonnull (error);
  assert_version_1 (fixture->path);
}

static void
test_read_only (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  use_migrations (fixture, SECOND, THIRD);
  g_assert_null (store_open (fixture->path, LEYDEN_STORE_OPEN_READ_ONLY, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY);
  assert_version_1 (fixture->path);
}

/* --- killed at each stage --- */

static int stages_left;

static void
die_at_stage (const char *stage)
{
  if (stages_left-- == 0)
    _exit (9);
}

static void
test_s11 (Fixture      *fixture,
          gconstpointer data)
{
  g_autofree char *original = NULL;
  gboolean finished = FALSE;
  gsize size;
  int n_deaths = 0;

  g_assert_true (g_file_get_contents (fixture->path, &original, &size, NULL));
  use_migrations (fixture, SECOND, THIRD);
  for (int stage = 0; !finished; stage++)
    {
      const char * const argv[] = { "--migrate", fixture->path, NULL };
      g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
      g_autofree char *number = g_strdup_printf ("%d", stage);
      const char *child[] = { self, argv[0], argv[1], number, NULL };
      g_autoptr(GError) error = NULL;
      int status;

      g_assert_true (g_file_set_contents (fixture->path, original, (gssize) size, NULL));
      g_unlink (fixture->backup);
      g_spawn_sync (NULL, (char **) child, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
      g_assert_no_error (error);
      g_assert_true (WIFEXITED (status) && (WEXITSTATUS (status) == 9 || WEXITSTATUS (status) == 0));
      finished = WEXITSTATUS (status) == 0;
      n_deaths += !finished;
      assert_version_3 (fixture);
      assert_version_1 (fixture->backup);
    }
  /* backup, verify, backed-up, and three stages of each step. */
  g_assert_cmpint (n_deaths, ==, 9);
}

/* A database of the first version that users have goes on with what this program has. */
static void
test_real (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(LeydenMigrations) real = leyden_migrations_load (NULL);
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GPtrArray) experiments = NULL;
  LeydenSqliteStore *store;

  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "ALTER TABLE store DROP COLUMN committed_ns; ALTER TABLE store DROP COLUMN n_commits", NULL, NULL, NULL), ==,
                   SQLITE_OK);
  sqlite3_close (db);
  assert_version_1 (fixture->path);
  leyden_sqlite_store_set_migrations (NULL);
  store = open_ok (fixture);
  records = store_read_rollout (LEYDEN_STORE (store), "a", 0, 0, NULL);
  g_assert_cmpuint (records->len, ==, 50);
  experiments = store_list_experiments (LEYDEN_STORE (store), NULL, 0, NULL);
  g_assert_nonnull (experiments);
  g_assert_cmpuint (experiments->len, ==, 0);
  store_finish (LEYDEN_STORE (store));
  g_assert_cmpint (query (fixture->path, "PRAGMA user_version"), ==, leyden_migrations_get_latest (real));
  assert_version_1 (fixture->backup);
}

G_NORETURN static void
run_child (const char *path,
           int         stage)
{
  /* With the columns that every commit writes. */
  g_autoptr(GBytes) bytes = g_resources_lookup_data (LEYDEN_MIGRATIONS_RESOURCES "/001-first-schema.sql", 0, NULL);
  g_autoptr(GBytes) commits = g_resources_lookup_data (LEYDEN_MIGRATIONS_RESOURCES "/007-commits.sql", 0, NULL);
  g_autofree char *first = g_strconcat (g_bytes_get_data (bytes, NULL), g_bytes_get_data (commits, NULL), NULL);
  const char *texts[] = { first, SECOND, THIRD, NULL };
  g_autoptr(LeydenMigrations) migrations = leyden_migrations_new (texts);
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store;

  leyden_sqlite_store_set_migrations (migrations);
  leyden_migrations_set_hook (die_at_stage);
  stages_left = stage;
  store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  if (store == NULL)
    g_error ("%s", error->message);
  leyden_sqlite_store_close (store);
  _exit (0);
}

/* Killed while it is made, a new database is not there, and is made the next time. */
static void
test_create (Fixture      *fixture,
             gconstpointer data)
{
  for (int stage = 0; stage < 9; stage++)
    {
      g_autofree char *name = g_strdup_printf ("new-%d.db", stage);
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
      g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
      g_autofree char *number = g_strdup_printf ("%d", stage);
      const char *child[] = { self, "--migrate", path, number, NULL };
      g_autoptr(LeydenValue) found = NULL;
      g_autoptr(GError) error = NULL;
      LeydenSqliteStore *store;
      int status;

      g_spawn_sync (NULL, (char **) child, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
      g_assert_no_error (error);
      g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 9);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      leyden_sqlite_store_set_migrations (NULL);
      store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
      g_assert_no_error (error);
      found = store_inspect (store, &error);
      g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
      store_finish (LEYDEN_STORE (store));
    }
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; void (*test) (Fixture *, gconstpointer); } cases[] = {
    { "/migrations/forward", test_forward },
    { "/migrations/back", test_back },
    { "/migrations/failing-step", test_failing_step },
    { "/migrations/no-backup", test_no_backup },
    { "/migrations/read-only", test_read_only },
    { "/migrations/create", test_create },
    { "/migrations/real", test_real },
    { "/hostile/S11", test_s11 },
  };

  if (argc == 4 && g_str_equal (argv[1], "--migrate"))
    run_child (argv[2], atoi (argv[3]));
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
