/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-optimizer.h"

G_BEGIN_DECLS

/**
 * LeydenReflection: what a model is shown to improve one prompt: its text, the prompts around it, and what came of it on some items.
 * The words around that are data/optimizers/prompts.json. Everything in it that comes from a flow, a data set or a model stands in
 * sections (leyden-sections.h); the answer is read between two markers.
 */
typedef struct _LeydenReflection LeydenReflection;

LeydenReflection *leyden_reflection_new       (LeydenTrainer          *trainer,
                                               LeydenCandidate        *candidate,
                                               const LeydenSlot       *slot);
void              leyden_reflection_free      (LeydenReflection       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenReflection, leyden_reflection_free)
/* Adds an item that the candidate was evaluated on, with the trace of its rollout. FALSE: stop now. */
gboolean          leyden_reflection_add_item  (LeydenReflection       *self,
                                               const LeydenTrainItem  *item);

/* What a model made of it. */
typedef struct
{
  char        *critique;        /* nullable */
  LeydenValue *value;           /* the new text, which the slot takes; NULL: none */
  char        *why;             /* when there is none */
} LeydenRevision;

/* Both ask the model, pass the guard (leyden_slot_check()), and ask for one repair when placeholders are wrong. FALSE: stop now; what is in
 * the revisions is to be cleared all the same. @random draws the wordings. */
gboolean          leyden_reflection_reflect   (LeydenReflection       *self,
                                               LeydenRandom           *random,
                                               LeydenRevision         *out);
/* @n of them side by side: all critiques at the same time, then all edits. */
gboolean          leyden_reflection_critique_and_edit (LeydenReflection * const *reflections,
                                               LeydenRandom           *randoms,
                                               LeydenRevision         *revisions,
                                               guint                   n);
void              leyden_revision_clear       (LeydenRevision         *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenRevision, leyden_revision_clear)

/* Reading answers: text of any model. The text between the last <new_text> and the </new_text> after it; NULL when it is not there or cut
 * off. (transfer full) */
char             *leyden_reflection_read_text (const char             *answer);
/* What stands before the markers; NULL when that is nothing. (transfer full) */
char             *leyden_reflection_read_critique (const char         *answer);

/* Slots that reflection can change: prompts that are not locked. (element-type LeydenSlot) (transfer container) */
GPtrArray        *leyden_reflection_list_slots (GPtrArray             *slots);
/* The validation items that candidates are scored on: all, or as many by chance as let a small budget score some candidates.
 * (element-type LeydenTrainItem) (transfer container) */
GPtrArray        *leyden_reflection_choose_scored (LeydenTrainer      *trainer);
/* LEYDEN_EXPERIMENT_ERROR_SLOTS when no prompt is marked, locked or not. */
gboolean          leyden_reflection_check_slots (GPtrArray            *slots,
                                               GError                **error);

G_END_DECLS
