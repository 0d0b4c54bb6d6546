/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups, the archive of commits, and restoring to every single record. */
#include "backup-helpers.h"

#include "leyden-blobs.h"
#include "leyden-sqlite-store-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- backups --- */

static ino_t
blob_inode (const char *database,
            ino_t      *links)
{
  g_autofree char *folder = g_strconcat (database, "-blobs", NULL);
  g_autoptr(GPtrArray) digests = leyden_blobs_list (folder);
  g_autofree char *path = NULL;
  GStatBuf info;

  g_assert_cmpuint (digests->len, ==, 1);
  path = leyden_blobs_path (folder, digests->pdata[0]);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  *links = info.st_nlink;
  return info.st_ino;
}

/* In its place, as a disk does it. */
static void
spoil_blob (const char *database)
{
  g_autofree char *folder = g_strconcat (database, "-blobs", NULL);
  g_autoptr(GPtrArray) digests = leyden_blobs_list (folder);
  g_autofree char *path = leyden_blobs_path (folder, digests->pdata[0]);
  int fd;

  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);
  g_assert_cmpint (pwrite (fd, "?", 1, 1000), ==, 1);
  g_assert_cmpint (close (fd), ==, 0);
}

static void
test_made (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *second = g_build_filename (fixture->folder, "copies", "second", NULL);
  g_autofree char *third = g_build_filename (fixture->folder, "copies", "third", NULL);
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) read = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(LeydenValue) whole = NULL;
  g_autoptr(GPtrArray) found = NULL;
  g_autoptr(GError) error = NULL;
  ino_t live, first, links;
  GStatBuf info;

  g_assert_true (store_put_run (fixture->store, run, NULL, NULL));
  fixture_append (fixture, "a", 1, 20);
  fixture_append_large (fixture, "a", 21, 'x');
  manifest = fixture_back_up (fixture);
  g_assert_cmpint (leyden_value_get_member_int (manifest, "position", 0), ==, 21);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (manifest, "counts"), "records", 0), ==, 21);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (manifest, "counts"), "runs", 0), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (manifest, "blobs", 0), ==, 1);
  read = leyden_backup_read_manifest (fixture->backup, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_equal (read, manifest));
  g_assert_cmpint (g_stat (fixture->backup, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);

  /* It is a database as any other, with its own blobs. */
  found = read_all (fixture->backup);
  g_assert_cmpuint (found->len, ==, 21);
  live = blob_inode (fixture->path, &links);
  first = blob_inode (fixture->backup, &links);
  g_assert_cmpuint (live, !=, first);
  g_assert_cmpuint (links, ==, 1);

  /* Nothing is written over; what an earlier backup has is shared. */
  g_assert_null (fixture_back_up_like (fixture, fixture->backup, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
  g_clear_error (&error);
  again = fixture_back_up_like (fixture, second, fixture->backup, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (blob_inode (second, &links), ==, first);
  g_assert_cmpuint (links, ==, 2);

  /* What is damaged in an earlier one is not: the database has it. */
  spoil_blob (second);
  whole = fixture_back_up_like (fixture, third, second, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (whole, "check"), "sound", FALSE));
  g_assert_cmpuint (blob_inode (third, &links), !=, first);
}

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_assert_true (leyden_store_append_finish (LEYDEN_STORE (object), result, NULL));
  *(guint *) data -= 1;
}

/* Appends to @n rollouts at once, one record each, without waiting. */
static void
push_group (Fixture *fixture,
            guint    n,
            guint64  sequence,
            guint   *n_waiting)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("group-%u", i);
      g_autoptr(GPtrArray) records = make_records (rollout, sequence, sequence);

      *n_waiting += 1;
      leyden_store_append_async (fixture->store, records, NULL, appended_cb, n_waiting);
    }
}

static void
wait_group (guint *n_waiting)
{
  while (*n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_while_writing (Fixture      *fixture,
                    gconstpointer data)
{
  LeydenBackupOptions options = { fixture->backup, NULL, NULL };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(GPtrArray) found = NULL;
  g_autoptr(GError) error = NULL;
  guint n_waiting = 0;
  guint64 sequence = 1;

  fixture_append (fixture, "a", 1, 500);
  leyden_sqlite_store_back_up_async (fixture->sqlite, &options, take_result_cb, &result);
  while (result == NULL)
    {
      push_group (fixture, 20, sequence++, &n_waiting);
      wait_group (&n_waiting);
      g_main_context_iteration (NULL, FALSE);
    }
  manifest = leyden_sqlite_store_back_up_finish (fixture->sqlite, result, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (manifest, "check"), "sound", FALSE));
  found = read_all (fixture->backup);
  g_assert_cmpuint (found->len, ==, leyden_value_get_member_int (manifest, "position", 0));
  /* Together with the archive it is everything. */
  report = fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (report, "position", 0), ==, 500 + 20 * ((gint64) sequence - 1));
}

/* --- restoring --- */

static void
test_as_it_is (Fixture      *fixture,
               gconstpointer data)
{
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(GPtrArray) found = NULL;
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *restored;
  g_autoptr(GPtrArray) more = make_records ("a", 22, 30);

  fixture_append (fixture, "a", 1, 20);
  fixture_append_large (fixture, "a", 21, 'x');
  manifest = fixture_back_up (fixture);
  fixture_append (fixture, "a", 22, 40);
  report = fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (report, "sound", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (report, "blobs", 0), ==, 1);
  found = read_all (fixture->out);
  g_assert_cmpuint (found->len, ==, 21);
  /* It goes on by itself. */
  restored = store_open (fixture->out, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  g_assert_true (store_append (LEYDEN_STORE (restored), more, NULL, &error));
  g_assert_no_error (error);
  store_finish (LEYDEN_STORE (restored));
  /* Nothing is written over. */
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
}

static void
fill (Fixture *fixture)
{
  guint n_waiting = 0;

  fixture_append (fixture, "a", 11, 17);
  push_group (fixture, 9, 1, &n_waiting);
  wait_group (&n_waiting);
  fixture_append_large (fixture, "b", 1, 'y');
  push_group (fixture, 9, 2, &n_waiting);
  push_group (fixture, 9, 3, &n_waiting);
  wait_group (&n_waiting);
  fixture_append (fixture, "a", 18, 18);
}

static gboolean
make_facts (sqlite3 *db,
            gpointer data,
            GError **error)
{
  return leyden_sqlite_run (db, "UPDATE facts_cursor SET projection = 1", NULL, NULL, error, "");
}

static void
facts_made_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  *(gboolean *) data = leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, NULL);
}

/* Every position there is: just these records, and rows that fit them. Facts that reach further are made anew. */
static void
test_every_position (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenRolloutRow) row = make_row ("a", NULL, 0, "succeeded");
  g_autoptr(GPtrArray) last = make_records ("a", 19, 25);
  g_autoptr(GError) error = NULL;
  gboolean made = FALSE;

  leyden_sqlite_store_change_async (LEYDEN_SQLITE_STORE (fixture->store), "facts", make_facts, NULL, NULL, facts_made_cb, &made);
  while (!made)
    g_main_context_iteration (NULL, TRUE);
  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  fill (fixture);
  row->reward = 1;
  g_assert_true (store_append (fixture->store, last, row, NULL));
  all = store_read_run (fixture->store, NULL, 0, 0, NULL);
  if (GPOINTER_TO_INT (data))
    fixture_close (fixture);
  for (guint position = 10; position <= all->len; position++)
    {
      g_autoptr(LeydenValue) report = fixture_restore (fixture, LEYDEN_RESTORE_POSITION, position, &error);
      g_autoptr(GPtrArray) found = NULL;

      g_assert_no_error (error);
      g_assert_true (leyden_value_get_member_boolean (report, "sound", FALSE));
      g_assert_cmpint (leyden_value_get_member_int (report, "position", 0), ==, position);
      found = read_all (fixture->out);
      assert_first (all, found, position);
      g_assert_cmpint (query (fixture->out, "SELECT sum (last_sequence) FROM rollouts"), ==, position);
      g_assert_cmpint (query (fixture->out, "SELECT projection FROM facts_cursor"), ==, leyden_value_get_member_int (report, "records_cut", -1) == 0);
      /* The row is as it was before the last commit until all of it is there. */
      g_assert_cmpint (query (fixture->out, "SELECT count (*) FROM rollouts WHERE state = 'succeeded'"), ==, position == all->len);
      fixture_remove_out (fixture);
    }
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_POSITION, 9, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_POSITION, all->len + 1, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (fixture->out, G_FILE_TEST_EXISTS));
}

static void
test_time (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(GError) error = NULL;
  gint64 times_ns[5];
  guint counts[5];

  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  for (guint i = 0; i < 5; i++)
    {
      fixture_append (fixture, "a", 11 + 3 * i, 13 + 3 * i);
      g_usleep (2000);
      times_ns[i] = g_get_real_time () * 1000;
      counts[i] = 13 + 3 * i;
      g_usleep (2000);
    }
  all = store_read_run (fixture->store, NULL, 0, 0, NULL);
  fixture_close (fixture);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr(LeydenValue) report = fixture_restore (fixture, LEYDEN_RESTORE_TIME, times_ns[i], &error);
      g_autoptr(GPtrArray) found = NULL;

      g_assert_no_error (error);
      found = read_all (fixture->out);
      assert_first (all, found, counts[i]);
      g_assert_cmpint (leyden_value_get_member_int (report, "time", 0), <=, times_ns[i]);
      fixture_remove_out (fixture);
    }
  g_assert_null (fixture_restore (fixture, LEYDEN_RESTORE_TIME, 1, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
}

/* A commit that is not archived yet is read from the log, though its process is gone. */
static void
test_killed (Fixture      *fixture,
             gconstpointer data)
{
  const char *argv[] = { NULL, "--append", fixture->path, NULL };
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) report = NULL;
  g_autoptr(LeydenValue) later = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  fixture_append (fixture, "a", 1, 10);
  manifest = fixture_back_up (fixture);
  fixture_close (fixture);
  argv[0] = self;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 9);
  report = fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (report, "position", 0), ==, 30);
  fixture_remove_out (fixture);
  /* The next opening archives it. */
  fixture_open (fixture);
  fixture_close (fixture);
  later = fixture_restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (later, "position", 0), ==, 30);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; void (*test) (Fixture *, gconstpointer); gpointer data; } cases[] = {
    { "/backup/made", test_made },
    { "/backup/while-writing", test_while_writing },
    { "/restore/as-it-is", test_as_it_is },
    { "/restore/every-position", test_every_position, GINT_TO_POINTER (TRUE) },
    { "/restore/every-position-live", test_every_position, GINT_TO_POINTER (FALSE) },
    { "/restore/time", test_time },
    { "/restore/killed", test_killed },
  };

  if (argc == 3 && g_str_equal (argv[1], "--append"))
    fixture_run_child (argv[2]);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, cases[i].data, fixture_set_up, cases[i].test, fixture_tear_down);
  return g_test_run ();
}
