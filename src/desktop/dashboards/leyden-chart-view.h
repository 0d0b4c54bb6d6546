/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-chart-area.h"
#include "leyden-chart-link.h"
#include "leyden-chart.h"

G_BEGIN_DECLS

/**
 * LeydenChartView: a chart with its legend, its notes (what is smoothed, simulated, left out) and its menu. The title is said, not shown: it stands
 * where the view is put.
 *
 * Actions: "chart.export" ("png", "svg", "pdf" or "csv"): asks for a file; "chart.copy": picture and data to the clipboard; "chart.copy-data": the data
 * alone; "chart.reset": shows all; "chart.logarithmic", "chart.smooth" (properties of the view).
 *
 * Signals: "point-activated" (guint series, guint index); "row-activated" (guint row) of a table; "message" (char *text): what was done, to be
 * shown; "problem" (char *text): what failed.
 */
#define LEYDEN_TYPE_CHART_VIEW (leyden_chart_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChartView, leyden_chart_view, LEYDEN, CHART_VIEW, GtkWidget)

GtkWidget       *leyden_chart_view_new       (void);
/* NULL: nothing. A chart that was shown is forgotten; it may also be changed while it is shown. */
void             leyden_chart_view_set_chart (LeydenChartView *self, LeydenChart *chart);
LeydenChart     *leyden_chart_view_get_chart (LeydenChartView *self);
/* Hover and zoom shared with others. NULL: not. */
void             leyden_chart_view_set_link  (LeydenChartView *self, LeydenChartLink *link);
LeydenChartArea *leyden_chart_view_get_area  (LeydenChartView *self);
/* Takes some of what is in it away, of one that goes. TRUE: there is more. */
gboolean         leyden_chart_view_dismantle (LeydenChartView *self);
/* Writes it to a file; the end of the name says in which format. */
void             leyden_chart_view_export    (LeydenChartView *self, GFile *file);

G_END_DECLS
