/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-waterfall.h"

G_BEGIN_DECLS

/* LeydenWaterfallAxis: the line above the rows: titles of columns, and marks of time. */
#define LEYDEN_TYPE_WATERFALL_AXIS (leyden_waterfall_axis_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWaterfallAxis, leyden_waterfall_axis, LEYDEN, WATERFALL_AXIS, GtkWidget)

GtkWidget  *leyden_waterfall_axis_new     (const LeydenWaterfall *waterfall);

/* LeydenWaterfallSwatch: a small bar of a kind, for the legend. */
#define LEYDEN_TYPE_WATERFALL_SWATCH (leyden_waterfall_swatch_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWaterfallSwatch, leyden_waterfall_swatch, LEYDEN, WATERFALL_SWATCH, GtkWidget)

GtkWidget  *leyden_waterfall_swatch_new   (const LeydenWaterfall *waterfall, LeydenSpanKind kind);

G_END_DECLS
