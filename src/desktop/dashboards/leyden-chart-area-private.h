/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart-area.h"
#include "leyden-chart-plot.h"
#include "leyden-chart-strips.h"
#include "leyden-chart-track.h"

G_BEGIN_DECLS

struct _LeydenChartArea
{
  GtkWidget          parent_instance;

  LeydenChart       *chart;
  LeydenChartLink   *link;
  LeydenChartStyle   style;
  char              *font;
  gboolean           styled;
  LeydenChartWindow  zoom;              /* NaN: all */
  LeydenChartWindow  kept;              /* what is shown of all, with room for what comes; NaN: none yet */
  LeydenChartScale   across;            /* of the plot before; 0 and 0: of none */
  LeydenChartPlot   *plot;              /* NULL: to be made */
  GskRenderNode     *frame;             /* what stands around the data, for these scales */
  LeydenChartScale   frame_x, frame_y;
  LeydenChartStrips *strips;
  gboolean           reading;           /* a point is read: by keys, or under the pointer */
  gboolean           by_keys;
  guint              series;
  guint              index;
  double             hover;             /* x that others look at, NaN: none */
  double             pointer;           /* x of it, NaN: it was not here */
  gboolean           dragging;
  gboolean           panning;
  double             drag_from, drag_to;
  LeydenChartWindow  drag_zoom;         /* when a pan or pinch began */
};

/* NULL: there is no room or no chart. */
LeydenChartPlot *leyden_chart_area_get_plot (LeydenChartArea *self);
void             leyden_chart_area_read     (LeydenChartArea *self, guint series, guint index, gboolean by_keys);
void             leyden_chart_area_unread   (LeydenChartArea *self);
void             leyden_chart_area_set_zoom (LeydenChartArea *self, double low, double high);
/* @factor above 1: closer, around the place @x of the widget. */
void             leyden_chart_area_zoom_at  (LeydenChartArea *self, double factor, double x);
/* By a share of what is shown, towards later x. */
void             leyden_chart_area_pan      (LeydenChartArea *self, double share);
/* What is shown now. */
LeydenChartWindow leyden_chart_area_get_window (LeydenChartArea *self);
/* leyden-chart-area-input.c */
void             leyden_chart_area_install_keys (GtkWidgetClass *klass);
void             leyden_chart_area_add_controllers (LeydenChartArea *self);

G_END_DECLS
