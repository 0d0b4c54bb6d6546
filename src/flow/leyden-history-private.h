/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/* How far one can go back: steps, and changes in all of them (a step that arranges a large flow has thousands), about 200 bytes of
 * memory and of journal each. The last step always stays. */
#define LEYDEN_HISTORY_LENGTH 20000
#define LEYDEN_HISTORY_CHANGES 500000

/* One undo step: edits that followed closely with the same merge key count as one. */
typedef struct
{
  GPtrArray *edits;             /* LeydenEdit, applied */
  guint64    state;             /* number of the state behind it, never used twice */
  gsize      n_changes;         /* in all its edits */
} LeydenStep;

/* The steps that led here and those that were taken back. States have numbers, so that "is this what was saved?" is a comparison. */
typedef struct
{
  GPtrArray *past;
  GPtrArray *future;            /* the next one to redo is last */
  guint64    bottom;            /* state before the first step */
  guint64    last_state;        /* highest number given */
  gsize      n_changes;         /* in all steps, both ways */
} LeydenHistory;

LeydenHistory *leyden_history_new       (void);
void           leyden_history_free      (LeydenHistory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHistory, leyden_history_free)
guint64        leyden_history_get_state (LeydenHistory *self);
/* Whether @edit joins the last step; never across @saved, which must stay reachable. */
gboolean       leyden_history_joins     (LeydenHistory *self, LeydenEdit *edit, guint64 saved);
void           leyden_history_push      (LeydenHistory *self, LeydenEdit *edit, gboolean join, guint64 state);
/* A step for the end of the future, as it was stored. */
void           leyden_history_push_future (LeydenHistory *self, LeydenEdit *edit, gboolean join, guint64 state);
LeydenStep    *leyden_history_peek_undo (LeydenHistory *self);          /* (nullable) */
LeydenStep    *leyden_history_peek_redo (LeydenHistory *self);          /* (nullable) */
void           leyden_history_undo      (LeydenHistory *self);
void           leyden_history_redo      (LeydenHistory *self);
/* One edit that takes the whole step back. (transfer full) */
LeydenEdit    *leyden_step_invert       (LeydenStep *self);
/* One edit that does the whole step again, so that it fails as one and shows as one. (transfer full) */
LeydenEdit    *leyden_step_repeat       (LeydenStep *self);
const char    *leyden_step_get_label    (LeydenStep *self);

G_END_DECLS
