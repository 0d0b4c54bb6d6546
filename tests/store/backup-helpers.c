/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backup-helpers.h"

#include <sqlite3.h>
#include <unistd.h>

void
fixture_open (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;

  fixture->sqlite = store_open (fixture->path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  g_assert_null (leyden_sqlite_store_get_notice (fixture->sqlite));
  fixture->store = LEYDEN_STORE (fixture->sqlite);
}

void
fixture_close (Fixture *fixture)
{
  store_finish (fixture->store);
  fixture->store = NULL;
  fixture->sqlite = NULL;
}

void
fixture_set_up (Fixture      *fixture,
                gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "leyden.db", NULL);
  fixture->backup = g_build_filename (fixture->folder, "copies", "first", NULL);
  fixture->out = g_build_filename (fixture->folder, "out.db", NULL);
  fixture_open (fixture);
}

void
fixture_tear_down (Fixture      *fixture,
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

void
fixture_append (Fixture    *fixture,
                const char *rollout,
                guint64     first,
                guint64     last)
{
  g_autoptr(GPtrArray) records = make_records (rollout, first, last);
  g_autoptr(GError) error = NULL;

  g_assert_true (store_append (fixture->store, records, NULL, &error));
  g_assert_no_error (error);
}

void
fixture_append_large (Fixture    *fixture,
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

void
take_result_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

LeydenValue *
fixture_back_up_like (Fixture    *fixture,
                      const char *path,
                      const char *like,
                      GError    **error)
{
  LeydenBackupOptions options = { path, NULL, like };
  g_autoptr(GAsyncResult) result = NULL;

  leyden_sqlite_store_back_up_async (fixture->sqlite, &options, take_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_sqlite_store_back_up_finish (fixture->sqlite, result, error);
}

LeydenValue *
fixture_back_up (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *manifest = fixture_back_up_like (fixture, fixture->backup, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (manifest, "check"), "sound", FALSE));
  return manifest;
}

LeydenValue *
fixture_restore (Fixture           *fixture,
                 LeydenRestorePoint point,
                 gint64             value,
                 GError           **error)
{
  LeydenRestoreOptions options = { fixture->backup, fixture->out, point, value, NULL };

  return leyden_backup_restore (&options, NULL, error);
}

void
fixture_remove_out (Fixture *fixture)
{
  leyden_backup_remove (fixture->out);
}

/* All that @path holds, in order. (transfer full) */
GPtrArray *
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

gint64
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

void
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

void
fixture_run_child (const char *path)
{
  g_autoptr(GError) error = NULL;
  Fixture fixture = { .path = (char *) path };

  fixture_open (&fixture);
  fixture_append (&fixture, "a", 11, 20);
  fixture_append (&fixture, "a", 21, 30);
  _exit (9);
}
