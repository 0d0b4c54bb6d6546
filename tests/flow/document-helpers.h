/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"

G_BEGIN_DECLS

/* What the tests of documents and of their journal share. Strings and objects are (transfer full). */

typedef struct
{
  char  *folder;
  char  *state;
  char  *path;
  GFile *file;
} Fixture;

extern const char document_small[];

void fixture_open (Fixture *fixture, const char *folder);
void put (const char *path, const char *text, gssize length);
void set_up (Fixture *fixture, gconstpointer data);
void remove_tree (const char *path);
void fixture_close (Fixture *fixture);
void tear_down (Fixture *fixture, gconstpointer data);
/* Runs the main loop until result_cb() has stored a result. (transfer none) */
void result_cb (GObject *source, GAsyncResult *result, gpointer data);
GAsyncResult *wait_for (GAsyncResult **result);
LeydenDocument *load (Fixture *fixture, GFile *file, GError **error);
LeydenDocument *load_good (Fixture *fixture);
gboolean save (LeydenDocument *document, GFile *file, gboolean overwrite, GError **error);
void save_good (LeydenDocument *document, GFile *file);
GPtrArray *list_journals (Fixture *fixture);
LeydenDocument *recover (Fixture *fixture, const char *id, GError **error);
char *content (LeydenDocument *document);
char *read_file (const char *path);
void edit_title (LeydenDocument *document, const char *id, const char *title, const char *merge);
const char *get_title (LeydenDocument *document, const char *id);
gboolean journal_exists (Fixture *fixture, const char *key);
void undo (LeydenDocument *document);
void redo (LeydenDocument *document);
void assert_undo_label (LeydenDocument *document, const char *label);
void failed_cb (LeydenDocument *document, GError *error, guint *count);

G_END_DECLS
