/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-chart-plot.h"

G_BEGIN_DECLS

/* LeydenChartStrips: the data of a chart as painted strips, kept from frame to frame. Moving along x paints what comes into sight; new points paint
 * the columns from theirs on; everything is painted anew only when the scales or the looks are others. */
typedef struct _LeydenChartStrips LeydenChartStrips;

LeydenChartStrips *leyden_chart_strips_new        (void);
void               leyden_chart_strips_free       (LeydenChartStrips *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenChartStrips, leyden_chart_strips_free)
/* Points from @x on are others; −∞: all may be. */
void               leyden_chart_strips_invalidate (LeydenChartStrips *self, double x);
/* Appends the area of @plot, painting what is not there yet. @scale: device pixels a pixel. */
void               leyden_chart_strips_snapshot   (LeydenChartStrips *self, LeydenChartPlot *plot, GtkSnapshot *snapshot, int scale);
/* Of all time: columns that were painted, and points that were looked at for it. */
guint64            leyden_chart_strips_get_columns (LeydenChartStrips *self);
guint64            leyden_chart_strips_get_points (LeydenChartStrips *self);

G_END_DECLS
