/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"
#include "leyden-history-private.h"

G_BEGIN_DECLS

/* The crash journal of one document: <state folder>/journal/<key>, and <key>.autosave, the bytes that it starts from.
 *
 * A line is the FNV-1a-64 of its JSON in 16 hex digits, a space, compact JSON, a line feed. A line that does not check ends the
 * journal: what a crash cut off is not read. The first line is the header
 *   {"leyden_journal": 1, "id", "title", "uri" (null), "file" (sha256 of the file, "" for none), "snapshot" (sha256 of .autosave),
 *    "bottom" (state), "saved" (state that the file has, −1: none), "state" (state of the snapshot)}
 * then, after a compaction, the history: {"past": edit, "state", "join"} …, {"future": edit, "state", "join"} …
 * then what happened: {"edit": edit, "state", "join"}, {"undo": true}, {"redo": true}, {"saved": sha256, "state", "uri"},
 * {"closed": true} (nothing was unsaved then).
 *
 * The key is the document's id when that is [a-z0-9-]{1,64}, else "h-" and half of its SHA-256; when another process holds it,
 * "-2", "-3" … are added. Files are 0600 in folders of 0700. */
typedef struct _LeydenJournal LeydenJournal;

typedef struct
{
  char    *id;
  char    *title;
  char    *uri;                 /* nullable */
  char    *file_sha256;         /* "" for none */
  guint64  bottom;
  guint64  saved;               /* G_MAXUINT64: none */
  guint64  state;
} LeydenJournalHeader;

/* Called in the thread that wrote or, for a failed sync, in the one that syncs. */
typedef void (*LeydenJournalFailedFunc) (GError *error, gpointer data);

char          *leyden_journal_key         (const char *id);
char          *leyden_journal_folder      (const char *state_folder);
/* Made in a thread, at once, so that the first edit finds it there. @base: what the document was when it was opened; @history (nullable):
 * what led to it. @replaced (nullable): path of a journal that is removed once this one is there. */
LeydenJournal *leyden_journal_new         (const char *state_folder, const LeydenJournalHeader *header, GBytes *base,
                                           LeydenHistory *history, const char *replaced);
void           leyden_journal_set_failed_func (LeydenJournal *self, LeydenJournalFailedFunc func, gpointer data);
/* TRUE when the line was written (not yet synced). */
gboolean       leyden_journal_write       (LeydenJournal *self, LeydenValue *record, GError **error);
/* When it has grown, or could not be written for a while. */
gboolean       leyden_journal_wants_compaction (LeydenJournal *self);
void           leyden_journal_set_limits  (LeydenJournal *self, gsize bytes, gint64 retry_us);     /* for tests */
/* Starts again from @snapshot with the steps of @history, in a thread; records go to both until it is done. */
void           leyden_journal_compact     (LeydenJournal *self, const LeydenJournalHeader *header, GBytes *snapshot,
                                           LeydenHistory *history);
gboolean       leyden_journal_is_compacting (LeydenJournal *self);
/* @keep: synced and left for the next time; else removed. Frees. */
void           leyden_journal_close       (LeydenJournal *self, gboolean keep);

LeydenValue   *leyden_journal_edit_record  (const char *kind, LeydenEdit *edit, guint64 state, gboolean join);
LeydenValue   *leyden_journal_saved_record (const char *sha256, guint64 state, const char *uri);
LeydenValue   *leyden_journal_plain_record (const char *kind);            /* "undo", "redo" */
void           leyden_journal_append_line  (GString *out, LeydenValue *record);
LeydenValue   *leyden_journal_header_to_value (const LeydenJournalHeader *header, const char *snapshot_sha256);

/* A journal that was read. */
typedef struct
{
  char                *path;
  int                  fd;              /* open and locked for us; −1: held by another */
  LeydenJournalHeader  header;
  GPtrArray           *records;         /* LeydenValue, without the header */
  gsize                good_length;     /* bytes up to the last good line */
  gboolean             damaged;         /* bad lines are followed by good ones: more than a cut end */
  char                *snapshot_sha256; /* "" for none; NULL: not to be asked for */
  GBytes              *snapshot;        /* as soon as somebody has asked */
} LeydenJournalContents;

/* Read when it is asked for: most journals are only looked at. NULL: missing, or not the one it names. (transfer none) */
GBytes        *leyden_journal_get_snapshot (LeydenJournalContents *contents);
/* NULL with LEYDEN_FLOW_ERROR_FILE when it is none, or is held by another process. */
LeydenJournalContents *leyden_journal_read (const char *folder, const char *key, GError **error);
/* The same without holding it and without its snapshot, to see what is in it. */
LeydenJournalContents *leyden_journal_peek (const char *folder, const char *key, GError **error);
/* Removes the journal as it is; unlike resume and close this leaves the bytes alone, to which another name may lead. */
void           leyden_journal_remove      (LeydenJournalContents *contents);
/* Removes, of the journals in the folder, what nobody comes back for: closed ones but the last, and those without a record, that a
 * crash left, unless what they begin with is saved nowhere. Blocking, for threads. */
void           leyden_journal_prune       (const char *folder);
/* Whether its last record says that it was closed; the others are not read. */
gboolean       leyden_journal_is_closed   (const char *path);
/* For fuzzing: only the lines. */
gboolean       leyden_journal_parse       (LeydenJournalContents *contents, const char *text, gsize length, GError **error);
void           leyden_journal_contents_free (LeydenJournalContents *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenJournalContents, leyden_journal_contents_free)
/* Goes on with it. Takes the file over from @contents. */
LeydenJournal *leyden_journal_resume      (LeydenJournalContents *contents);

/* What replaying gives. */
typedef struct
{
  LeydenFlow    *flow;
  LeydenHistory *history;
  guint64        saved;         /* state that the file has; G_MAXUINT64: none */
  char          *uri;           /* where it was saved last; nullable */
  guint          n_unsaved;     /* steps between the saved state and now */
  gboolean       complete;      /* every record was applied */
} LeydenReplay;

/* @file_flow and @file_sha256 (nullable): the file as it is, from which it can start when there is no snapshot. Without any start
 * only the history is followed and flow is NULL. */
LeydenReplay  *leyden_journal_replay      (LeydenJournalContents *contents, LeydenFlow *file_flow, const char *file_sha256);
void           leyden_replay_free         (LeydenReplay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenReplay, leyden_replay_free)
/* The state that @sha256 was saved as, G_MAXUINT64 when it never was. */
guint64        leyden_journal_find_saved  (LeydenJournalContents *contents, const char *sha256);
/* A crash between the file and the record that it was written: the one of the last states that @sha256 is the content of,
 * G_MAXUINT64 when none is. */
guint64        leyden_journal_find_written (LeydenJournalContents *contents, const char *sha256);
/* Uri of the last save, else of the header. (nullable) */
const char    *leyden_journal_get_home    (LeydenJournalContents *contents);
void           leyden_journal_info_free   (LeydenJournalInfo *self);

G_END_DECLS
