/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pango/pangocairo.h>

#include "leyden-chart-plot.h"
#include "leyden-chart-private.h"

G_BEGIN_DECLS

struct _LeydenChartPlot
{
  LeydenChart       *chart;
  LeydenChartStyle   style;
  char              *font;
  double             width, height;
  double             line;              /* height of a line of text */
  double             left, right, top, bottom;
  LeydenChartScale   x, y;
  double             y_low, y_high;     /* across so far; 0 and 0: not known */
  GArray            *x_ticks;           /* LeydenChartTick, nullable */
  GArray            *y_ticks;           /* nullable: rows, or nothing */
  GArray            *rows;              /* guint, nullable: categories of bars, else series, from the top */
  gboolean           blank;             /* nothing of it is in the window */
  gboolean           across;            /* numbers run along x: bars with names */
  PangoContext      *pango;
};

/* How numbers become pixels. */
typedef struct
{
  const LeydenChartPlot *plot;
  double x0, x1;                /* px of the ends of the x scale */
  double y0, y1;                /* px of the ends of the y scale */
  double from, to;              /* px that are painted */
  double world;                 /* px of world 0: what repeats along x is counted from there */
  guint  n_seen;                /* points that were looked at */
} LeydenChartPen;

double       leyden_chart_pen_x        (const LeydenChartPen *pen, double value);
double       leyden_chart_pen_y        (const LeydenChartPen *pen, double value);
/* Range of points that a stretch of px needs, with the neighbours that lines come from. */
void         leyden_chart_pen_range    (const LeydenChartPen *pen, const LeydenChartSeries *series, guint *from, guint *to);
/* The first index after @index that is not in the same px column. */
guint        leyden_chart_pen_next     (const LeydenChartPen *pen, const double *x, guint index, guint to);

/* (transfer full) */
PangoLayout *leyden_chart_plot_make_text (const LeydenChartPlot *self, const char *text, double room, gboolean bold, double size);
void         leyden_chart_plot_measure (const LeydenChartPlot *self, const char *text, double *width);
void         leyden_chart_plot_show    (const LeydenChartPlot *self, cairo_t *cr, const char *text, double x, double y, double align, double room,
                                        double alpha);
/* Top and height of a row. */
void         leyden_chart_plot_get_row (const LeydenChartPlot *self, guint row, double *top, double *height);
const char  *leyden_chart_plot_get_row_title (const LeydenChartPlot *self, guint row);
/* Lowest and highest value of a heat map. */
gboolean     leyden_chart_get_value_extent (LeydenChart *chart, double *low, double *high);
/* Half the width of a bar in units of x. */
double       leyden_chart_get_half_bar (LeydenChart *chart);

void         leyden_chart_paint_lines  (LeydenChartPen *pen, cairo_t *cr);
void         leyden_chart_paint_areas  (LeydenChartPen *pen, cairo_t *cr);
void         leyden_chart_paint_points (LeydenChartPen *pen, cairo_t *cr);
void         leyden_chart_paint_bars   (LeydenChartPen *pen, cairo_t *cr);
void         leyden_chart_paint_rows   (LeydenChartPen *pen, cairo_t *cr);
void         leyden_chart_paint_heat   (LeydenChartPen *pen, cairo_t *cr);
void         leyden_chart_paint_spans  (LeydenChartPen *pen, cairo_t *cr);
/* FALSE: the series has no number. */
gboolean     leyden_chart_get_last     (LeydenChart *chart, guint series, double *value);
void         leyden_chart_paint_value  (LeydenChartPlot *self, cairo_t *cr);
void         leyden_chart_paint_table  (LeydenChartPlot *self, cairo_t *cr);
/* Height that the legend takes; 0 without one. */
double       leyden_chart_legend_height (const LeydenChartPlot *self);

G_END_DECLS
