/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/**
 * LeydenDocument: a flow with its file, its history and its crash journal.
 *
 * Every edit goes edit → journal write() → flow → views. The journal lies in $XDG_STATE_HOME/leyden/journal/<id> with the hash of
 * its base; it is made and synced within two seconds on a thread, folded into an autosave snapshot when it grows, and kept for some time
 * by a clean close. Opening a document whose journal fits brings unsaved state and undo history back.
 *
 * Properties: flow (LeydenFlow), file (GFile, nullable), title (string), modified (boolean), read-only (boolean), can-undo, can-redo (boolean),
 * undo-label, redo-label (string, nullable), recovered (boolean: unsaved edits came back from the journal).
 * Signal "journal-failed" (GError): edits go on, but are not safe; shown once.
 */
#define LEYDEN_TYPE_DOCUMENT (leyden_document_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDocument, leyden_document, LEYDEN, DOCUMENT, GObject)

/* A new, empty document with a journal. @state_folder NULL: $XDG_STATE_HOME/leyden. */
LeydenDocument *leyden_document_new            (const char *state_folder);
/* A new document from a template or sample: a copy with a new id when @new_id. */
LeydenDocument *leyden_document_new_from_bytes (const char *state_folder, GBytes *bytes, const char *name, gboolean new_id,
                                                GError **error);
void            leyden_document_load_async     (const char *state_folder, GFile *file, GCancellable *cancellable,
                                                GAsyncReadyCallback callback, gpointer data);
LeydenDocument *leyden_document_load_finish    (GAsyncResult *result, GError **error);
/* Documents that have a journal with unsaved edits and no open file (new ones, or whose file is named there): what to offer or reopen
 * after a crash. (element-type LeydenJournalInfo) */
typedef struct
{
  char   *id;
  char   *title;
  char   *uri;                  /* nullable */
  gint64  time_ns;
  guint   n_edits;
} LeydenJournalInfo;
void            leyden_journal_list_async      (const char *state_folder, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                gpointer data);
GPtrArray      *leyden_journal_list_finish     (GAsyncResult *result, GError **error);
void            leyden_document_recover_async  (const char *state_folder, const char *id, GCancellable *cancellable,
                                                GAsyncReadyCallback callback, gpointer data);
LeydenDocument *leyden_document_recover_finish (GAsyncResult *result, GError **error);

LeydenFlow     *leyden_document_get_flow       (LeydenDocument *self);
GFile          *leyden_document_get_file       (LeydenDocument *self);
char           *leyden_document_dup_title      (LeydenDocument *self);       /* flow's title, else file name, else "Untitled" */
gboolean        leyden_document_is_modified    (LeydenDocument *self);
/* Reason why it cannot be edited (newer format, faults that need a repair first), or NULL. */
const char     *leyden_document_get_read_only_reason (LeydenDocument *self);
/* What of the last session's unsaved changes was lost and where its journal is kept, for the user; NULL when nothing was. */
const char     *leyden_document_get_recovery_note (LeydenDocument *self);
/* A view of the body of a container in the document: its flow is the body, its edits are edits of the document with the scope set, all
 * else (history, file, title …) is the document's. Its flow becomes an orphan when the container goes; then it is of no use any more.
 * NULL when there is no such body. (transfer full) */
LeydenDocument *leyden_document_open_body      (LeydenDocument *self, const char * const *scope);
/* The document itself: @self, unless it is the view of a body. (transfer none) */
LeydenDocument *leyden_document_get_root       (LeydenDocument *self);
/* Journal, apply, history. @edit (transfer full). */
gboolean        leyden_document_edit           (LeydenDocument *self, LeydenEdit *edit, GError **error);
gboolean        leyden_document_can_undo       (LeydenDocument *self);
gboolean        leyden_document_can_redo       (LeydenDocument *self);
gboolean        leyden_document_undo           (LeydenDocument *self, GError **error);
gboolean        leyden_document_redo           (LeydenDocument *self, GError **error);
/* The history: steps in the order in which they were made, of which so many (the position) are done and the others taken back. At most
 * 20 000 steps and 500 000 changes; the oldest go first. Times in ns. */
guint           leyden_document_get_n_steps    (LeydenDocument *self);
guint           leyden_document_get_position   (LeydenDocument *self);
const char     *leyden_document_get_step_label (LeydenDocument *self, guint index);
gint64          leyden_document_get_step_time  (LeydenDocument *self, guint index);
/* Whether the file is as it was after so many steps. */
gboolean        leyden_document_is_step_saved  (LeydenDocument *self, guint position);
/* Undoes or redoes up to there: all or nothing, and "changed" is emitted once. */
gboolean        leyden_document_go_to          (LeydenDocument *self, guint position, GError **error);
/* @file NULL: where it came from. CHANGED when the file on disk is not the one that was read and not @overwrite. Atomic; links, mode and owner
 * are kept. The undo history goes on after a save. */
void            leyden_document_save_async     (LeydenDocument *self, GFile *file, gboolean overwrite, GCancellable *cancellable,
                                                GAsyncReadyCallback callback, gpointer data);
gboolean        leyden_document_save_finish    (LeydenDocument *self, GAsyncResult *result, GError **error);
/* What the last save wrote, and what the file was before it (NULL: there was none). (out) (transfer full) */
void            leyden_document_dup_saved      (LeydenDocument *self, GBytes **before, GBytes **after);
/* Closes the journal: kept, unless @discard, when there are unsaved edits, and with a file when there is something to undo or redo: the
 * 50 that were closed last, 64 MiB of them at most, bring the history back with their file. */
void            leyden_document_close          (LeydenDocument *self, gboolean discard);

G_END_DECLS
