/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document-helpers.h"

#include <glib/gstdio.h>


const char document_small[] = "{\n  \"leyden\": 1,\n  \"id\": \"doc-1\",\n  \"title\": \"Small\",\n  \"nodes\": [\n    {\n      \"id\": \"a\",\n      \"type\": \"t\"\n    },\n    {\n      \"id\": \"b\",\n      \"type\": \"t\"\n    }\n  ],\n  \"edges\": []\n}\n";

void
fixture_open (Fixture    *fixture,
              const char *folder)
{
  fixture->folder = g_strdup (folder);
  fixture->state = g_build_filename (folder, "state", NULL);
  fixture->path = g_build_filename (folder, "doc.leyden", NULL);
  fixture->file = g_file_new_for_path (fixture->path);
}

void
put (const char *path,
     const char *text,
     gssize      length)
{
  g_autoptr(GError) error = NULL;

  /* Over a longer file this GLib leaves the rest standing. */
  g_unlink (path);
  g_file_set_contents_full (path, text, length, G_FILE_SET_CONTENTS_NONE, 0644, &error);
  g_assert_no_error (error);
}

void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *folder = g_dir_make_tmp ("leyden-document-XXXXXX", NULL);

  fixture_open (fixture, folder);
  put (fixture->path, document_small, -1);
}

void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

void
fixture_close (Fixture *fixture)
{
  g_free (fixture->folder);
  g_free (fixture->state);
  g_free (fixture->path);
  g_object_unref (fixture->file);
}

void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  remove_tree (fixture->folder);
  fixture_close (fixture);
}

void
result_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

LeydenDocument *
load (Fixture  *fixture,
      GFile    *file,
      GError  **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_document_load_async (fixture->state, file, NULL, result_cb, &result);
  return leyden_document_load_finish (wait_for (&result), error);
}

LeydenDocument *
load_good (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  LeydenDocument *document = load (fixture, fixture->file, &error);

  g_assert_no_error (error);
  g_assert_nonnull (document);
  return document;
}

gboolean
save (LeydenDocument  *document,
      GFile           *file,
      gboolean         overwrite,
      GError         **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_document_save_async (document, file, overwrite, NULL, result_cb, &result);
  return leyden_document_save_finish (document, wait_for (&result), error);
}

void
save_good (LeydenDocument *document,
           GFile          *file)
{
  g_autoptr(GError) error = NULL;

  save (document, file, FALSE, &error);
  g_assert_no_error (error);
}

GPtrArray *
list_journals (Fixture *fixture)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_journal_list_async (fixture->state, NULL, result_cb, &result);
  return leyden_journal_list_finish (wait_for (&result), NULL);
}

LeydenDocument *
recover (Fixture     *fixture,
         const char  *id,
         GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_document_recover_async (fixture->state, id, NULL, result_cb, &result);
  return leyden_document_recover_finish (wait_for (&result), error);
}

char *
content (LeydenDocument *document)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (leyden_document_get_flow (document));

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

char *
read_file (const char *path)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GFile) file = g_file_new_for_path (path);

  bytes = g_file_load_bytes (file, NULL, NULL, NULL);
  return bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : NULL;
}

void
edit_title (LeydenDocument *document,
            const char     *id,
            const char     *title,
            const char     *merge)
{
  LeydenEdit *edit = leyden_edit_new ("Rename");
  g_autoptr(GError) error = NULL;

  leyden_edit_set_title (edit, id, title);
  leyden_edit_set_merge_key (edit, merge);
  leyden_document_edit (document, edit, &error);
  g_assert_no_error (error);
}

const char *
get_title (LeydenDocument *document,
           const char     *id)
{
  return leyden_node_get_title (leyden_flow_get_node (leyden_document_get_flow (document), id));
}

gboolean
journal_exists (Fixture    *fixture,
                const char *key)
{
  g_autofree char *path = g_build_filename (fixture->state, "journal", key, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
undo (LeydenDocument *document)
{
  g_autoptr(GError) error = NULL;

  leyden_document_undo (document, &error);
  g_assert_no_error (error);
}

void
redo (LeydenDocument *document)
{
  g_autoptr(GError) error = NULL;

  leyden_document_redo (document, &error);
  g_assert_no_error (error);
}

void
assert_undo_label (LeydenDocument *document,
                   const char     *label)
{
  g_autofree char *shown = NULL;

  g_object_get (document, "undo-label", &shown, NULL);
  g_assert_cmpstr (shown, ==, label);
}

void
failed_cb (LeydenDocument *document,
           GError         *error,
           guint          *count)
{
  g_assert_nonnull (error);
  (*count)++;
}
