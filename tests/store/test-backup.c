/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups, the archive of commits, and restoring to every single record. */
#include "store-helpers.h"

#include "leyden-archive.h"
#include "leyden-blobs.h"
#include "leyden-sqlite-store-private.h"
#include "leyden-store-backup.h"

#include <glib/gstdio.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char              *folder;
  char              *path;
  char              *backup;
  char              *out;
  LeydenSqliteStore *sqlite;
  LeydenStore       *store;
} Fixture;

static void
fixture_open (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;

  fixture->sqlite = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  g_assert_null (leyden_sqlite_store_get_notice (fixture->sqlite));
  fixture->store = LEYDEN_STORE (fixture->sqlite);
}

static void
fixture_close (Fixture *fixture)
{
  store_finish (fixture->store);
  fixture->store = NULL;
  fixture->sqlite = NULL;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->backup = g_build_filename (fixture->folder, "copies", "first", NULL);
  fixture->out = g_build_filename (fixture->folder, "out.db", NULL);
  fixture_open (fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  if (fixture->store != NULL)
    fixture_close (fixture);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->backup);
  g_free (fixture->out);
}

static void
append (Fixture    *fixture,
        const char *rollout,
        guint64     first,
        guint64     last)
{
  g_autoptr(GPtrArray) records = make_records (rollout, first, last);
  g_autoptr(GError) error = NULL;

  g_assert_true (store_append (fixture->store, records, NULL, &error));
  g_assert_no_error (error);
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static LeydenValue *
back_up_like (Fixture    *fixture,
              const char *path,
              const char *like,
              GError    **error)
{
  LeydenBackupOptions options = { path, NULL, like };
  g_autoptr(GAsyncResult) result = NULL;

  leyden_sqlite_store_back_up_async (fixture->sqlite, &options, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_sqlite_store_back_up_finish (fixture->sqlite, result, error);
}

static LeydenValue *
back_up (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *manifest = back_up_like (fixture, fixture->backup, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (manifest, "check"), "sound", FALSE));
  return manifest;
}

static LeydenValue *
restore (Fixture           *fixture,
         LeydenRestorePoint point,
         gint64             value,
         GError           **error)
{
  LeydenRestoreOptions options = { fixture->backup, fixture->out, point, value, NULL };

  return leyden_backup_restore (&options, NULL, error);
}

static void
remove_out (Fixture *fixture)
{
  leyden_backup_remove (fixture->out);
}

/* All that @path holds, in order. (transfer full) */
static GPtrArray *
read_all (const char *path)
{
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store = store_open (path, LEYDEN_STORE_OPEN_READ_ONLY, &error);
  g_autoptr(LeydenValue) found = NULL;
  GPtrArray *records;

  g_assert_no_error (error);
  records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, &error);
  g_assert_no_error (error);
  found = store_inspect (store, &error);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
  store_finish (LEYDEN_STORE (store));
  return records;
}

static gint64
query (const char *path,
       const char *text)
{
  sqlite3 *db;
  sqlite3_stmt *statement;
  gint64 out;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, text, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  out = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return out;
}

static void
assert_first (GPtrArray *all,
              GPtrArray *found,
              guint      n)
{
  g_assert_cmpuint (found->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      LeydenRecord *a = all->pdata[i];
      LeydenRecord *b = found->pdata[i];

      g_assert_cmpuint (a->position, ==, b->position);
      g_assert_cmpuint (a->sequence, ==, b->sequence);
      g_assert_cmpstr (a->rollout, ==, b->rollout);
      g_assert_true (leyden_value_equal (a->payload, b->payload));
    }
}

/* --- backups --- */

static void
append_large (Fixture    *fixture,
              const char *rollout,
              guint64     sequence,
              char        letter)
{
  g_autofree char *text = g_strnfill (100000, letter);
  g_autoptr(LeydenValue) payload = make_payload ((gint64) sequence, text);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  g_ptr_array_add (records, make_record_with (rollout, sequence, payload));
  g_assert_true (store_append (fixture->store, records, NULL, NULL));
}

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

static void
test_made (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *second = g_build_filename (fixture->folder, "copies", "second", NULL);
  g_autoptr(LeydenRunRow) run = make_run ("run", 1);
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenValue) read = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(GPtrArray) found = NULL;
  g_autoptr(GError) error = NULL;
  ino_t live, first, links;
  GStatBuf info;

  g_assert_true (store_put_run (fixture->store, run, NULL, NULL));
  append (fixture, "a", 1, 20);
  append_large (fixture, "a", 21, 'x');
  manifest = back_up (fixture);
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
  g_assert_null (back_up_like (fixture, fixture->backup, NULL, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
  g_clear_error (&error);
  again = back_up_like (fixture, second, fixture->backup, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (blob_inode (second, &links), ==, first);
  g_assert_cmpuint (links, ==, 2);
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

  append (fixture, "a", 1, 500);
  leyden_sqlite_store_back_up_async (fixture->sqlite, &options, result_cb, &result);
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
  report = restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
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

  append (fixture, "a", 1, 20);
  append_large (fixture, "a", 21, 'x');
  manifest = back_up (fixture);
  append (fixture, "a", 22, 40);
  report = restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error);
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
  g_assert_null (restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT);
}

static void
fill (Fixture *fixture)
{
  guint n_waiting = 0;

  append (fixture, "a", 11, 17);
  push_group (fixture, 9, 1, &n_waiting);
  wait_group (&n_waiting);
  append_large (fixture, "b", 1, 'y');
  push_group (fixture, 9, 2, &n_waiting);
  push_group (fixture, 9, 3, &n_waiting);
  wait_group (&n_waiting);
  append (fixture, "a", 18, 18);
}

/* Every position there is: just these records, and rows that fit them. */
static void
test_every_position (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  g_autoptr(LeydenRolloutRow) row = make_row ("a", NULL, 0, "succeeded");
  g_autoptr(GPtrArray) last = make_records ("a", 19, 25);
  g_autoptr(GError) error = NULL;

  append (fixture, "a", 1, 10);
  manifest = back_up (fixture);
  fill (fixture);
  row->reward = 1;
  g_assert_true (store_append (fixture->store, last, row, NULL));
  all = store_read_run (fixture->store, NULL, 0, 0, NULL);
  if (GPOINTER_TO_INT (data))
    fixture_close (fixture);
  for (guint position = 10; position <= all->len; position++)
    {
      g_autoptr(LeydenValue) report = restore (fixture, LEYDEN_RESTORE_POSITION, position, &error);
      g_autoptr(GPtrArray) found = NULL;

      g_assert_no_error (error);
      g_assert_true (leyden_value_get_member_boolean (report, "sound", FALSE));
      g_assert_cmpint (leyden_value_get_member_int (report, "position", 0), ==, position);
      found = read_all (fixture->out);
      assert_first (all, found, position);
      g_assert_cmpint (query (fixture->out, "SELECT sum (last_sequence) FROM rollouts"), ==, position);
      /* The row is as it was before the last commit until all of it is there. */
      g_assert_cmpint (query (fixture->out, "SELECT count (*) FROM rollouts WHERE state = 'succeeded'"), ==, position == all->len);
      remove_out (fixture);
    }
  g_assert_null (restore (fixture, LEYDEN_RESTORE_POSITION, 9, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (restore (fixture, LEYDEN_RESTORE_POSITION, all->len + 1, &error));
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

  append (fixture, "a", 1, 10);
  manifest = back_up (fixture);
  for (guint i = 0; i < 5; i++)
    {
      append (fixture, "a", 11 + 3 * i, 13 + 3 * i);
      g_usleep (2000);
      times_ns[i] = g_get_real_time () * 1000;
      counts[i] = 13 + 3 * i;
      g_usleep (2000);
    }
  all = store_read_run (fixture->store, NULL, 0, 0, NULL);
  fixture_close (fixture);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr(LeydenValue) report = restore (fixture, LEYDEN_RESTORE_TIME, times_ns[i], &error);
      g_autoptr(GPtrArray) found = NULL;

      g_assert_no_error (error);
      found = read_all (fixture->out);
      assert_first (all, found, counts[i]);
      g_assert_cmpint (leyden_value_get_member_int (report, "time", 0), <=, times_ns[i]);
      remove_out (fixture);
    }
  g_assert_null (restore (fixture, LEYDEN_RESTORE_TIME, 1, &error));
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

  append (fixture, "a", 1, 10);
  manifest = back_up (fixture);
  fixture_close (fixture);
  argv[0] = self;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 9);
  report = restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (report, "position", 0), ==, 30);
  remove_out (fixture);
  /* The next opening archives it. */
  fixture_open (fixture);
  fixture_close (fixture);
  later = restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (later, "position", 0), ==, 30);
}

G_NORETURN static void
run_child (const char *path)
{
  g_autoptr(GError) error = NULL;
  Fixture fixture = { .path = (char *) path };

  fixture_open (&fixture);
  append (&fixture, "a", 11, 20);
  append (&fixture, "a", 21, 30);
  _exit (9);
}

/* --- what goes wrong --- */

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

  append (fixture, "a", 1, 10);
  manifest = back_up (fixture);
  fixture_close (fixture);
  for (guint i = 1; i <= 3; i++)
    {
      fixture_open (fixture);
      append (fixture, "a", 10 * i + 1, 10 * i + 10);
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
  g_assert_null (restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "gap"));
  g_assert_nonnull (strstr (error->message, "position 20"));
  g_clear_error (&error);
  /* What is before it can be had. */
  report = restore (fixture, LEYDEN_RESTORE_POSITION, 20, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (report, "records", 0), ==, 20);
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
  g_assert_null (restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error));
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

  append (fixture, "a", 1, 200);
  manifest = back_up (fixture);
  flip (fixture->backup, 0);
  g_assert_null (restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
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

  g_assert_null (restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_A_DATABASE);
  g_clear_error (&error);
  append (fixture, "a", 1, 5);
  manifest = back_up (fixture);

  g_assert_true (g_file_set_contents (manifest_path, "{\"leyden_backup\": 2}", -1, NULL));
  g_assert_null (restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NEWER);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (manifest_path, "[]", -1, NULL));
  g_assert_null (restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
  g_clear_error (&error);

  /* Without its manifest it is still a copy, but of no known time. */
  g_assert_cmpint (g_unlink (manifest_path), ==, 0);
  g_assert_null (restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error));
  g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  plain = restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (leyden_value_get_member_int (plain, "records", 0), ==, 5);
  remove_out (fixture);

  /* So is the copy that is made before a migration: of an older version, which goes forward when it is opened. */
  g_assert_cmpint (sqlite3_open (fixture->backup, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "ALTER TABLE store DROP COLUMN committed_ns; ALTER TABLE store DROP COLUMN n_commits; PRAGMA user_version = 6",
                                 NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  older = restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (leyden_value_get_member_string (older, "notice", ""), "older version"));
  {
    LeydenSqliteStore *store = store_open (fixture->out, LEYDEN_STORE_OPEN_DEFAULT, &error);

    g_assert_no_error (error);
    store_finish (LEYDEN_STORE (store));
  }
  remove_out (fixture);

  g_assert_cmpint (sqlite3_open (fixture->backup, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "PRAGMA user_version = 1000", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_assert_null (restore (fixture, LEYDEN_RESTORE_AS_IT_IS, 0, &error));
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

  append (fixture, "a", 1, 10);
  manifest = back_up (fixture);
  g_assert_cmpint (g_rename (archive, away), ==, 0);
  append (fixture, "a", 11, 20);
  g_assert_false (leyden_writer_archive_now (fixture->sqlite->writer, &error));
  g_clear_error (&error);
  failed = leyden_sqlite_store_describe_archive (fixture->sqlite);
  g_assert_nonnull (leyden_value_get_member_string (failed, "problem", NULL));
  append (fixture, "a", 21, 30);
  g_assert_cmpint (g_rename (away, archive), ==, 0);
  g_assert_true (leyden_writer_archive_now (fixture->sqlite->writer, &error));
  after = leyden_sqlite_store_describe_archive (fixture->sqlite);
  g_assert_null (leyden_value_get_member_string (after, "problem", NULL));
  g_assert_cmpint (leyden_value_get_member_int (after, "position", 0), ==, 30);
  fixture_close (fixture);
  report = restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
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

  append (fixture, "a", 1, 1);
  manifest = back_up (fixture);
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
  report = restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
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

  append (fixture, "a", 1, 10);
  manifest = back_up (fixture);
  fixture_close (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &size, NULL));
  fixture_open (fixture);
  append (fixture, "a", 11, 15);
  append (fixture, "a", 16, 20);
  fixture_close (fixture);
  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) size, NULL));
  fixture_open (fixture);
  append (fixture, "b", 1, 1);
  archive = leyden_sqlite_store_describe_archive (fixture->sqlite);
  g_assert_cmpint (leyden_value_get_member_int (archive, "position", 0), <=, 11);
  fixture_close (fixture);
  report = restore (fixture, LEYDEN_RESTORE_LATEST, 0, &error);
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

      append (fixture, rollout, 1, 30);
      append (fixture, rollout, 31, 40);
    }
  append_large (fixture, "rollout-0", 41, 'x');
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
      remove_out (fixture);
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
    { "/backup/made", test_made },
    { "/backup/while-writing", test_while_writing },
    { "/restore/as-it-is", test_as_it_is },
    { "/restore/every-position", test_every_position, GINT_TO_POINTER (TRUE) },
    { "/restore/every-position-live", test_every_position, GINT_TO_POINTER (FALSE) },
    { "/restore/time", test_time },
    { "/restore/killed", test_killed },
    { "/restore/gap", test_gap },
    { "/restore/damaged-frames", test_damaged_frames },
    { "/restore/damaged-backup", test_damaged_backup },
    { "/restore/refusals", test_refusals },
    { "/restore/checkpoints", test_checkpoints },
    { "/restore/older-in-place", test_older_in_place },
    { "/archive/fails-and-recovers", test_archive_fails },
    { "/salvage", test_salvage },
  };

  if (argc == 3 && g_str_equal (argv[1], "--append"))
    run_child (argv[2]);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, cases[i].data, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
