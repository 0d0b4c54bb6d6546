/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups, archives and databases that are damaged, gone, too new or in the way. */
#include "backup-helpers.h"

#include "leyden-archive.h"
#include "leyden-sqlite-store-private.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(char * const *) a, *(char * const *) b);
}

static char *
archive_file (Fixture *fixture,
              guint    index)
{
  g_autofree char *archive = g_strconcat (fixture->path, "-archive", NULL);
  g_autofree char *id = NULL;
  g_autoptr(GDir) dir = g_dir_open (archive, 0, NULL);
  g_autofree char *folder = NULL;
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  id = g_strdup (g_dir_read_name (dir));
  folder = g_build_filename (archive, id, NULL);
  g_clear_pointer (&dir, g_dir_close);
  dir = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "frames-"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_assert_cmpuint (names->len, >, index);
  return g_build_filename (folder, names->pdata[index], NULL);
}

/* A file of frames for each opening: 11–20, 21–30, 31–40. */
static void
fill_archive (Fixture *fixture)
{
  g_autoptr(LeydenValue) manifest = NULL;

  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  fixture_close (fixture);
  for (guint i = 1; i <= 3; i++)
    {
      fixture_open (fixture);
      fixture_append (fixture, "a", 10 * i + 1, 10 * i + 10);
      fixture_close (fixture);
    }
}

static void
test_gap (Fixture      *fixture,
          gconstpointer data)
{
  g_autofree char *middle = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(GError) error = NULL;

  fill_archive (fixture);
  middle = archive_file (fixture, 2);
  g_assert_cmpint (g_unlink (middle), ==, 0);
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "gap"));
  g_assert_nonnull (strstr (error->message, "position 20"));
  g_clear_error (&error);
  /* What is before it can be had. */
  report = fixture_restore (fixture, LEYDEN_RESTORE_POSITION, 20, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (report, "records", 0), ==, 20);
}

/* An archive that is not where it was, and one whose end is missing: neither passes for one in which nothing happened. */
static void
test_archive_gone (Fixture      *fixture,
                   gconstpointer data)
{
  static const LeydenRestorePoint points[] = { LEYDEN_RESTORE_LATEST, LEYDEN_RESTORE_TIME };
  g_autofree char *archive = g_strconcat (fixture->path, "-archive", NULL);
  g_autofree char *away = g_strconcat (fixture->path, "-away", NULL);
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) as_it_is = NULL;
  g_autoptr(GError) error = NULL;

  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  fixture_append (fixture, "a", 11, 20);
  fixture_close (fixture);
  g_assert_cmpint (g_rename (archive, away), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      g_assert_null (fixture_restore (fixture, points[i], G_MAXINT64, &error));
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
      g_assert_nonnull (strstr (error->message, "is not there"));
      g_clear_error (&error);
      g_assert_false (g_file_test (fixture->out, G_FILE_TEST_EXISTS));
    }
  as_it_is = fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (as_it_is, "records", 0), ==, 10);
}

/* The last file of the archive is lost, and the log beside the database begins after it. */
static void
test_gap_before_log (Fixture      *fixture,
                     gconstpointer data)
{
  static const LeydenRestorePoint points[] = { LEYDEN_RESTORE_LATEST, LEYDEN_RESTORE_TIME };
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  const char *argv[] = { self, "--append", fixture->path, NULL };
  g_autoptr(LeydenValue) manifest = NULL;
  g_autofree char *last = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  fixture_close (fixture);
  fixture_open (fixture);
  fixture_append (fixture, "b", 1, 10);
  fixture_close (fixture);
  last = archive_file (fixture, 1);
  g_assert_cmpint (g_unlink (last), ==, 0);
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      g_assert_null (fixture_restore (fixture, points[i], G_MAXINT64, &error));
      g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
      g_assert_nonnull (strstr (error->message, "gap"));
      g_clear_error (&error);
    }
}

static void
flip (const char *path,
      gsize       at)
{
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  bytes[at == 0 ? size / 2 : at] ^= 0x10;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

static void
test_damaged_frames (Fixture      *fixture,
                     gconstpointer data)
{
  g_autofree char *middle = NULL;
  g_autoptr(GError) error = NULL;

  fill_archive (fixture);
  middle = archive_file (fixture, 2);
  flip (middle, 0);
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "position 20"));
  g_assert_false (g_file_test (fixture->out, G_FILE_TEST_EXISTS));
}

static void
test_damaged_backup (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(GError) error = NULL;

  fixture_append (fixture, "a", 1, 200);
  manifest = fixture_back_up (fixture);
  flip (fixture->backup, 0);
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "changed after it was made"));
  g_assert_false (g_file_test (fixture->out, G_FILE_TEST_EXISTS));
}

static void
test_refusals (Fixture      *fixture,
               gconstpointer data)
{
  g_autofree char *manifest_path = g_strconcat (fixture->backup, ".json", NULL);
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) plain = NULL;
  g_autoptr(LeydenValue) older = NULL;
  g_autoptr(GError) error = NULL;
  sqlite3 *db;

  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE);
  g_clear_error (&error);
  fixture_append (fixture, "a", 1, 5);
  manifest = fixture_back_up (fixture);

  g_assert_true (g_file_set_contents (manifest_path, "{\"leyden_backup\": 2}", -1, NULL));
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NEWER);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (manifest_path, "[]", -1, NULL));
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
  g_clear_error (&error);

  /* Without its manifest it is still a copy, but of no known time. */
  g_assert_cmpint (g_unlink (manifest_path), ==, 0);
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  plain = fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (plain, "records", 0), ==, 5);
  fixture_remove_out (fixture);

  /* So is the copy that is made before a migration: of an older version, which goes forward when it is opened. */
  g_assert_cmpint (sqlite3_open (fixture->backup, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "DROP TABLE names; DROP TABLE facts_cursor; DROP TABLE deleted_rollouts; DROP TABLE rollout_facts; DROP TABLE calls; "
                                 "DROP TABLE node_ends; DROP TABLE waits; DROP TABLE series; DROP TABLE points; DROP TABLE rollups; DROP TABLE rollups_stale; "
                                 "DROP TABLE agl_registrations; DROP INDEX agl_rollouts_by_log; "
                                 "DROP TABLE webhook_states; DROP TABLE deliveries; DROP TABLE delivery_attempts; DROP TABLE alert_states; DROP TABLE alert_history; "
                                 "DROP INDEX runs_by_end", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "DROP TABLE node_cache; DROP TABLE node_cache_last; ALTER TABLE store DROP COLUMN committed_ns; "
                                 "ALTER TABLE store DROP COLUMN n_commits; PRAGMA user_version = 6", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  older = fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (leyden_value_get_member_string (older, "notice", ""), "older version"));
  {
    LeydenSqliteStore *store = store_open (fixture->out, LEYDEN_STORE_OPEN_DEFAULT, &error);

    g_assert_no_error (error);
    store_finish (LEYDEN_STORE (store));
  }
  fixture_remove_out (fixture);

  g_assert_cmpint (sqlite3_open (fixture->backup, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "PRAGMA user_version = 1000", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NEWER);
}

/* An archive that cannot be written: the store works, says so, and the archive catches up when it can. */
static void
test_archive_fails (Fixture      *fixture,
                    gconstpointer data)
{
  g_autofree char *archive = g_strconcat (fixture->path, "-archive", NULL);
  g_autofree char *away = g_strconcat (fixture->path, "-away", NULL);
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) failed = NULL;
  g_autoptr(LeydenValue) after = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(GError) error = NULL;

  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  g_assert_cmpint (g_rename (archive, away), ==, 0);
  fixture_append (fixture, "a", 11, 20);
  g_assert_false (leyden_writer_archive_now (fixture->sqlite->writer, &error));
  g_clear_error (&error);
  failed = leyden_sqlite_store_describe_archive (fixture->sqlite);
  g_assert_nonnull (leyden_value_get_member_string (failed, "problem", NULL));
  fixture_append (fixture, "a", 21, 30);
  g_assert_cmpint (g_rename (away, archive), ==, 0);
  g_assert_true (leyden_writer_archive_now (fixture->sqlite->writer, &error));
  after = leyden_sqlite_store_describe_archive (fixture->sqlite);
  g_assert_null (leyden_value_get_member_string (after, "problem", NULL));
  g_assert_cmpint (leyden_value_get_member_int (after, "position", 0), ==, 30);
  fixture_close (fixture);
  report = fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (report, "position", 0), ==, 30);
}

/* Many checkpoints: the log begins anew several times, and nothing between is missing. */
static void
test_checkpoints (Fixture      *fixture,
                  gconstpointer data)
{
  g_autofree char *text = g_strnfill (60000, 'z');
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(LeydenValue) archive = NULL;
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(GPtrArray) found = NULL;
  g_autoptr(GError) error = NULL;

  fixture_append (fixture, "a", 1, 1);
  manifest = fixture_back_up (fixture);
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

      for (guint k = 0; k < 10; k++)
        {
          g_autoptr(LeydenValue) payload = make_payload (2 + i * 10 + k, text);
          g_ptr_array_add (records, make_record_with ("a", 2 + i * 10 + k, payload));
        }
      g_assert_true (store_append (fixture->store, records, NULL, NULL));
    }
  all = store_read_run (fixture->store, NULL, 0, 0, NULL);
  archive = leyden_sqlite_store_describe_archive (fixture->sqlite);
  g_assert_cmpint (leyden_value_get_member_int (archive, "files", 0), >, 1);
  report = fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  found = read_all (fixture->out);
  assert_first (all, found, 601);
}

/* An older copy laid in the database's place goes another way: what was archived of the other future is not mixed in. */
static void
test_older_in_place (Fixture      *fixture,
                     gconstpointer data)
{
  g_autofree char *copy = g_strconcat (fixture->path, ".copy", NULL);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(LeydenValue) archive = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;

  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  fixture_close (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &size, NULL));
  fixture_open (fixture);
  fixture_append (fixture, "a", 11, 15);
  fixture_append (fixture, "a", 16, 20);
  fixture_close (fixture);
  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) size, NULL));
  fixture_open (fixture);
  fixture_append (fixture, "b", 1, 1);
  archive = leyden_sqlite_store_describe_archive (fixture->sqlite);
  g_assert_cmpint (leyden_value_get_member_int (archive, "position", 0), <=, 11);
  fixture_close (fixture);
  report = fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (report, "position", 0), ==, 20);
}

/* --- a damaged database --- */

/* Overwrites @n bytes of page @page. */
static void
spoil (const char *path,
       guint       page)
{
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_cmpuint (size, >=, page * 4096);
  memset (bytes + (page - 1) * 4096, 0xa5, 4096);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

static void
test_salvage (Fixture      *fixture,
              gconstpointer data)
{
  g_autofree char *intact = NULL;
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  gsize size;
  guint n_pages, n_opened = 0, n_saved = 0, n_most = 0;

  g_assert_true (store_put_run (fixture->store, run, NULL, NULL));
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("rollout-%u", i);

      fixture_append (fixture, rollout, 1, 30);
      fixture_append (fixture, rollout, 31, 40);
    }
  fixture_append_large (fixture, "rollout-0", 41, 'x');
  fixture_close (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &intact, &size, NULL));
  n_pages = (guint) (size / 4096);
  /* Whichever page is lost: the rest is saved, and what comes out is sound. */
  for (guint page = 2; page <= n_pages; page++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) report = NULL;
      LeydenSqliteStore *store;

      g_assert_true (g_file_set_contents (fixture->path, intact, (gssize) size, NULL));
      spoil (fixture->path, page);
      store = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);
      if (store != NULL)
        {
          n_opened++;
          store_finish (LEYDEN_STORE (store));
        }
      else
        g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
      g_clear_error (&error);
      report = leyden_backup_salvage (fixture->path, fixture->out, NULL, &error);
      if (report == NULL)
        {
          /* Of the schema there are a few pages. */
          g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
          g_assert_false (g_file_test (fixture->out, G_FILE_TEST_EXISTS));
          continue;
        }
      n_saved++;
      g_assert_true (leyden_value_get_member_boolean (report, "sound", FALSE));
      n_most += leyden_value_get_member_int (report, "rollouts", 0) >= 20 && leyden_value_get_member_int (report, "records", 0) >= 900;
      store = store_open (fixture->out, LEYDEN_STORE_OPEN_DEFAULT, &error);
      g_assert_no_error (error);
      store_finish (LEYDEN_STORE (store));
      fixture_remove_out (fixture);
    }
  g_assert_cmpuint (n_opened, ==, 0);
  g_assert_cmpuint (n_saved + 8, >=, n_pages - 1);
  /* Only the pages that lead to all others take much with them: the roots of a few tables. */
  g_assert_cmpuint (n_most + 14, >=, n_pages - 1);
  g_test_message ("%u pages, of %u something was saved, of %u nearly all", n_pages - 1, n_saved, n_most);

  /* Nothing wrong: nothing is missing. */
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(LeydenValue) report = NULL;

    g_assert_true (g_file_set_contents (fixture->path, intact, (gssize) size, NULL));
    report = leyden_backup_salvage (fixture->path, fixture->out, NULL, &error);
    g_assert_no_error (error);
    g_assert_false (leyden_value_get_member_boolean (report, "damaged", TRUE));
    g_assert_cmpint (leyden_value_get_member_int (report, "records", 0), ==, 1201);
    g_assert_cmpint (leyden_value_get_member_int (report, "runs", 0), ==, 1);
  }
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; void (*test) (Fixture *, gconstpointer); gpointer data; } cases[] = {
    { "/restore/gap", test_gap },
    { "/restore/gap-before-log", test_gap_before_log },
    { "/restore/archive-gone", test_archive_gone },
    { "/restore/damaged-frames", test_damaged_frames },
    { "/restore/damaged-backup", test_damaged_backup },
    { "/restore/refusals", test_refusals },
    { "/restore/checkpoints", test_checkpoints },
    { "/restore/older-in-place", test_older_in_place },
    { "/archive/fails-and-recovers", test_archive_fails },
    { "/salvage", test_salvage },
  };

  if (argc == 3 && g_str_equal (argv[1], "--append"))
    fixture_run_child (argv[2]);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, cases[i].data, fixture_set_up, cases[i].test, fixture_tear_down);
  return g_test_run ();
}
