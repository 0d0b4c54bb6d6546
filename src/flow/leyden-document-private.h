/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"
#include "leyden-file-private.h"
#include "leyden-journal-private.h"

G_BEGIN_DECLS

#define LEYDEN_NO_STATE G_MAXUINT64

struct _LeydenDocument
{
  GObject          parent_instance;

  LeydenDocument  *root;                /* of the view of a body: the document, a reference. Then only flow and read_only_reason count */
  LeydenFlow      *flow;
  LeydenHistory   *history;
  LeydenJournal   *journal;             /* NULL once closed, and for what cannot be edited */
  char            *state_folder;        /* nullable: the default */
  GFile           *file;                /* nullable */
  GBytes          *bytes;               /* the file in the state `saved`, as it was read or written; NULL: none */
  GBytes          *bytes_before;        /* the same before the last save; nullable */
  LeydenFileStamp  stamp;
  guint64          saved;               /* state that is in the file; LEYDEN_NO_STATE: none */
  char            *read_only_reason;    /* nullable */
  GMainContext    *context;
  gboolean         recovered;
  char            *recovery_note;       /* nullable */
  gboolean         journal_failed;      /* said once */

  struct                                /* as last notified */
  {
    gboolean  modified;
    gboolean  read_only;
    gboolean  can_undo;
    gboolean  can_redo;
    char     *title;
    char     *undo_label;
    char     *redo_label;
  } shown;
};

/* Takes @flow, @history. Nothing is notified yet. */
LeydenDocument *leyden_document_create       (const char *state_folder, LeydenFlow *flow, LeydenHistory *history);
/* A journal for what was just opened; @replaced (nullable): path of the one that it takes the place of. */
void            leyden_document_start_journal (LeydenDocument *self, const char *replaced);
void            leyden_document_take_journal (LeydenDocument *self, LeydenJournal *journal);
/* Writes into the journal that the file is as it is now, `stamp`, in the state `saved`. */
void            leyden_document_record_saved (LeydenDocument *self);
void            leyden_document_write_record (LeydenDocument *self, LeydenValue *record);
void            leyden_document_compact_if_wanted (LeydenDocument *self);
void            leyden_document_update       (LeydenDocument *self);
void            leyden_document_report_journal (LeydenDocument *self, GError *error);
/* What a save writes: the bytes that were read while nothing differs from them. */
GBytes         *leyden_document_dup_content  (LeydenDocument *self);

G_END_DECLS
