/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-chart-link.h"
#include "leyden-chart.h"

G_BEGIN_DECLS

/**
 * LeydenChartArea: the painted part of a chart view. One stop for the keyboard: arrows read point after point (from the start side to the end side),
 * Page Up and Page Down go to other series, Home and End to the ends; plus and minus zoom, Shift and arrows move what is shown, Escape
 * shows all again; Return activates the point. What is read is its accessible description, and is announced.
 *
 * Signals: "point-activated" (guint series, guint index): Return, or a click on it. "menu" (double x, double y): a menu is asked for there.
 */
#define LEYDEN_TYPE_CHART_AREA (leyden_chart_area_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChartArea, leyden_chart_area, LEYDEN, CHART_AREA, GtkWidget)

GtkWidget   *leyden_chart_area_new         (void);
void         leyden_chart_area_set_chart   (LeydenChartArea *self, LeydenChart *chart);
/* NULL: none; what is looked at is its own matter then. */
void         leyden_chart_area_set_link    (LeydenChartArea *self, LeydenChartLink *link);
gboolean     leyden_chart_area_is_zoomed   (LeydenChartArea *self);
void         leyden_chart_area_reset       (LeydenChartArea *self);
/* For tests and measurements: of all time, columns painted and points looked at. */
void         leyden_chart_area_get_work    (LeydenChartArea *self, guint64 *columns, guint64 *points);

G_END_DECLS
