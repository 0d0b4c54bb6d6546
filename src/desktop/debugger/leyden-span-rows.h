/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-span-tree.h"

G_BEGIN_DECLS

/**
 * LeydenSpanItem: a row of the waterfall as a list holds it. What is the same thing in a newer tree stays the same item.
 *
 * Signal "changed" (): the row is another one now.
 */
#define LEYDEN_TYPE_SPAN_ITEM (leyden_span_item_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSpanItem, leyden_span_item, LEYDEN, SPAN_ITEM, GObject)

/* (transfer none): as of the newest timeline. */
const LeydenSpanRow *leyden_span_item_get_row      (LeydenSpanItem *self);
gboolean                 leyden_span_item_is_folded    (LeydenSpanItem *self);

/**
 * LeydenSpanRows: the rows of a tree that are shown: all but those below a folded one. A GListModel of LeydenSpanItem, which are made when
 * they are asked for.
 */
#define LEYDEN_TYPE_SPAN_ROWS (leyden_span_rows_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSpanRows, leyden_span_rows, LEYDEN, SPAN_ROWS, GObject)

LeydenSpanRows *leyden_span_rows_new          (void);
/* @tree nullable: none. What was folded and is in it still stays folded. */
void                leyden_span_rows_set_tree (LeydenSpanRows *self, LeydenSpanTree *tree);
LeydenSpanTree     *leyden_span_rows_get_tree (LeydenSpanRows *self);          /* nullable */
/* Hides what is below the row of @item, or shows it; nothing happens when there is nothing below. */
void                leyden_span_rows_set_folded   (LeydenSpanRows *self, LeydenSpanItem *item, gboolean folded);
/* Folds or unfolds all that has something below it. */
void                leyden_span_rows_fold_all     (LeydenSpanRows *self, gboolean folded);
/* Position of a row of the tree in the list; when it is hidden that of the one that hides it. G_MAXUINT: nowhere. */
guint               leyden_span_rows_find         (LeydenSpanRows *self, guint row);

G_END_DECLS
