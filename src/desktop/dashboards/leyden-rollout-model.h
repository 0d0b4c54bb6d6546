/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutEntry: a row of the table of rollouts, known or still asked for.
 *
 * Signal "changed" (): it is known now, or says something else.
 */
#define LEYDEN_TYPE_ROLLOUT_ENTRY (leyden_rollout_entry_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutEntry, leyden_rollout_entry, LEYDEN, ROLLOUT_ENTRY, GObject)

/* As POST …/rollouts/query gave it; NULL: not known yet. (transfer none) */
LeydenValue *leyden_rollout_entry_get_row (LeydenRolloutEntry *self);
/* Its id; NULL while that is not known. (transfer none) */
const char  *leyden_rollout_entry_get_rollout (LeydenRolloutEntry *self);

#define LEYDEN_ROLLOUT_MODEL_PAGE 100

/**
 * LeydenRolloutModel: as many rollouts as the backend has, as a list model. Pages are asked for when one of their rows is wanted, one at a time and the
 * latest wish first; places that were only passed are forgotten, and of what was seen only the last pages are kept.
 *
 * Signal "state" (): a request failed, or works again.
 */
#define LEYDEN_TYPE_ROLLOUT_MODEL (leyden_rollout_model_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutModel, leyden_rollout_model, LEYDEN, ROLLOUT_MODEL, GObject)

/* Ask for @limit rows from @offset on, and give the answer to leyden_rollout_model_answer() with the same @request. */
typedef void (*LeydenRolloutAsk) (LeydenRolloutModel *self, guint request, guint offset, guint limit, gpointer data);

LeydenRolloutModel *leyden_rollout_model_new     (LeydenRolloutAsk ask, gpointer data);
/* Nobody is asked any more. */
void                leyden_rollout_model_close   (LeydenRolloutModel *self);
/* Another list of @n rows: all that is known is forgotten, but for @rows (nullable), the first ones. */
void                leyden_rollout_model_reset   (LeydenRolloutModel *self, guint n, LeydenValue *rows);
/* The same list, changed: @changes is a list of [position, removed, added] in rising order, each in the list as it is after those before it. What did not
 * change stays, selected or not, where it is looked at; rows that are looked at are asked for once more. FALSE: @changes do not fit, nothing was done. */
gboolean            leyden_rollout_model_change  (LeydenRolloutModel *self, LeydenValue *changes);
/* @rows: list; NULL: it failed with @error. */
void                leyden_rollout_model_answer  (LeydenRolloutModel *self, guint request, LeydenValue *rows, const GError *error);
/* Why the last request failed; NULL: it did not. (transfer none) */
const char         *leyden_rollout_model_get_error (LeydenRolloutModel *self);
/* Tries again what failed. */
void                leyden_rollout_model_retry   (LeydenRolloutModel *self);
guint               leyden_rollout_model_get_n_kept (LeydenRolloutModel *self);     /* rows in memory, at most */

G_END_DECLS
