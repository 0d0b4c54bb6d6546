/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQLite implementation against the conformance test: in a file, and temporary. */
#include "store-helpers.h"

static char *folder;

static LeydenStore *
open_file (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  LeydenSqliteStore *store;

  folder = make_folder ();
  path = g_build_filename (folder, "new folder", "leyden %41.db", NULL);
  store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  return LEYDEN_STORE (store);
}

static void
assert_sound (LeydenStore *store)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) found = store_inspect (LEYDEN_SQLITE_STORE (store), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (found, "problems")), ==, 0);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
  g_assert_cmpuint (leyden_sqlite_store_get_n_skipped (LEYDEN_SQLITE_STORE (store)), ==, 0);
}

static void
close_file (LeydenStore *store)
{
  assert_sound (store);
  store_finish (store);
  remove_tree (folder);
  g_clear_pointer (&folder, g_free);
}

static LeydenStore *
open_temporary (void)
{
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store = store_open (NULL, LEYDEN_STORE_OPEN_DEFAULT, &error);

  g_assert_no_error (error);
  return LEYDEN_STORE (store);
}

static void
close_temporary (LeydenStore *store)
{
  g_autofree char *path = g_strdup (leyden_sqlite_store_get_path (LEYDEN_SQLITE_STORE (store)));
  g_autofree char *parent = g_path_get_dirname (path);

  assert_sound (store);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  leyden_sqlite_store_close (LEYDEN_SQLITE_STORE (store));
  g_assert_false (g_file_test (parent, G_FILE_TEST_EXISTS));
  store_finish (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_conformance_add ("store/file", open_file, close_file);
  store_conformance_add ("store/temporary", open_temporary, close_temporary);
  return g_test_run ();
}
