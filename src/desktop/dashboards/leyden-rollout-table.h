/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-rollout-model.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutTable: rows of a LeydenRolloutModel as a table whose headers sort, or, where there is no room for one, as a list of cards.
 *
 * Signals: "activated" (LeydenRolloutEntry *entry): the person opens it; "sort-changed" (): by a header; "selection-changed" ().
 */
#define LEYDEN_TYPE_ROLLOUT_TABLE (leyden_rollout_table_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutTable, leyden_rollout_table, LEYDEN, ROLLOUT_TABLE, GtkWidget)

GtkWidget  *leyden_rollout_table_new           (LeydenRolloutModel *model);
/* Id of the column that the rows are sorted by, and whether the largest stand first. (transfer none) */
const char *leyden_rollout_table_get_sort      (LeydenRolloutTable *self, gboolean *descending);
/* As a click on a header does. */
void        leyden_rollout_table_set_sort      (LeydenRolloutTable *self, const char *column, gboolean descending);
/* The columns as the settings have them, anew. */
void        leyden_rollout_table_load_columns  (LeydenRolloutTable *self);
/* Positions of the rows that are selected. (transfer full) */
GtkBitset  *leyden_rollout_table_get_selection (LeydenRolloutTable *self);
/* Selects @n rows from @from on, and no others. */
void        leyden_rollout_table_select        (LeydenRolloutTable *self, guint from, guint n);
void        leyden_rollout_table_unselect      (LeydenRolloutTable *self);
/* Whether it is a list of cards at the moment. */
gboolean    leyden_rollout_table_is_narrow     (LeydenRolloutTable *self);
/* The keys go to the rows. */
void        leyden_rollout_table_focus         (LeydenRolloutTable *self);
/* Whether the first row is what is looked at: who is there wants to see what comes. */
gboolean    leyden_rollout_table_is_at_top     (LeydenRolloutTable *self);
/* Of the table of columns. (transfer none) */
GtkAdjustment *leyden_rollout_table_get_adjustment (LeydenRolloutTable *self);
/* Shows the first row. */
void        leyden_rollout_table_scroll_to_top (LeydenRolloutTable *self);

G_END_DECLS
