/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-span-rows.h"
#include "leyden-waterfall.h"

G_BEGIN_DECLS

/* LeydenWaterfallRow: one row of the waterfall: title, bars, numbers. All of it is drawn: a list has hundreds of rows, and they change at each step of a
 * zoom. The words for who does not see it are on the list's widget around it, which has the focus. */
#define LEYDEN_TYPE_WATERFALL_ROW (leyden_waterfall_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWaterfallRow, leyden_waterfall_row, LEYDEN, WATERFALL_ROW, GtkWidget)

/* @waterfall and @rows live longer than the row. */
GtkWidget  *leyden_waterfall_row_new      (const LeydenWaterfall *waterfall, LeydenSpanRows *rows);
/* NULL: none. */
void        leyden_waterfall_row_set_item (LeydenWaterfallRow *self, LeydenSpanItem *item);
LeydenSpanItem *leyden_waterfall_row_get_item (LeydenWaterfallRow *self);
/* Texts and name anew: titles, or the font, are others. */
void        leyden_waterfall_row_refresh  (LeydenWaterfallRow *self);

G_END_DECLS
