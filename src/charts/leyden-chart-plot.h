/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart-scale.h"
#include "leyden-chart-style.h"
#include "leyden-chart.h"

G_BEGIN_DECLS

/* The stretch of x that is shown; NaN: all of it. And the scale across so far: it stays while what is shown fits into it and fills half of it, so that
 * what moves along need not be drawn again; 0 and 0: none. */
typedef struct
{
  double low, high;
  double y_low, y_high;
} LeydenChartWindow;
#define LEYDEN_CHART_ALL { (0.0 / 0.0), (0.0 / 0.0), 0, 0 }

typedef struct
{
  double x, y, width, height;
} LeydenChartBox;

/**
 * LeydenChartPlot: a chart over a rectangle: where its area, marks and points are, as the chart is now. Painting is in two parts, so that a
 * widget may keep either: the frame (ground, grid, marks, words), and the data. Valid until the chart changes.
 */
typedef struct _LeydenChartPlot LeydenChartPlot;

/* @window (nullable): all. Holds a reference to @chart. */
LeydenChartPlot *leyden_chart_plot_new         (LeydenChart *chart, const LeydenChartStyle *style, const LeydenChartWindow *window, double width,
                                                double height);
void             leyden_chart_plot_free        (LeydenChartPlot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenChartPlot, leyden_chart_plot_free)

/* Where data is painted; nothing of it lies outside. Empty when there is no room. */
LeydenChartBox  leyden_chart_plot_get_area    (const LeydenChartPlot *self);
const LeydenChartStyle *leyden_chart_plot_get_style (const LeydenChartPlot *self);
/* Scales along and across. Series of bars with names, heat maps and waterfalls have rows across instead. */
LeydenChartScale leyden_chart_plot_get_x_scale (const LeydenChartPlot *self);
LeydenChartScale leyden_chart_plot_get_y_scale (const LeydenChartPlot *self);
/* Its x axis can be looked at in part: it has numbers or times. */
gboolean         leyden_chart_plot_can_zoom    (const LeydenChartPlot *self);
/* The x at a place of the widget, in the unit of the axis; and back. */
double           leyden_chart_plot_get_value   (const LeydenChartPlot *self, double x);
double           leyden_chart_plot_get_place   (const LeydenChartPlot *self, double value);
/* Where a point is; FALSE: nowhere (a gap, hidden, out of the window). */
gboolean         leyden_chart_plot_locate      (const LeydenChartPlot *self, guint series, guint index, double *x, double *y);
/* The point nearest to a place: by x first where it is a function of x, else by distance. FALSE: there is none. */
gboolean         leyden_chart_plot_find        (const LeydenChartPlot *self, double x, double y, guint *series, guint *index);
/* The same among the points of one series. */
gboolean         leyden_chart_plot_find_in     (const LeydenChartPlot *self, guint series, double x, double y, guint *index);
/* The next point of a series that can be read: @step −1 or 1 from @index, or from outside (LEYDEN_CHART_NONE) the first or last of the window. */
gboolean         leyden_chart_plot_step        (const LeydenChartPlot *self, guint series, guint *index, int step);

void             leyden_chart_plot_paint_frame (LeydenChartPlot *self, cairo_t *cr);
void             leyden_chart_plot_paint_data  (LeydenChartPlot *self, cairo_t *cr);

/**
 * leyden_chart_plot_paint_strip:
 * @origin: x that lies at the left edge (right, when mirrored) of strip 0
 * @first: px from the origin to where @cr begins
 * @from: @to: px columns of @cr to be painted
 *
 * A strip of the data for a widget that keeps strips: as high as the area, in the scale of this plot. The same points give the same pixels,
 * whatever window is shown, as long as the scales across and the number of px per x stay.
 *
 * Returns: how many points were looked at
 */
guint            leyden_chart_plot_paint_strip (LeydenChartPlot *self, cairo_t *cr, double origin, double first, double from, double to);

/* The sign of a series in a legend, in a rectangle. */
void             leyden_chart_draw_swatch      (cairo_t *cr, const LeydenChartStyle *style, LeydenChartKind kind, guint series, double x, double y,
                                                double width, double height);

/* All of it at (0, 0): what files and reports have. */
void             leyden_chart_paint            (LeydenChart *chart, cairo_t *cr, double width, double height, const LeydenChartStyle *style);

G_END_DECLS
