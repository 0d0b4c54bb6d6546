/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * LeydenChartLink: what several charts look at together: the x under the pointer, and the stretch of x that is shown. Charts of the same kind of x
 * (times with times) take part.
 *
 * Signals: "hover" and "zoom": one of them changed.
 */
#define LEYDEN_TYPE_CHART_LINK (leyden_chart_link_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChartLink, leyden_chart_link, LEYDEN, CHART_LINK, GObject)

LeydenChartLink *leyden_chart_link_new       (void);
/* NaN: nothing is looked at. */
void             leyden_chart_link_set_hover (LeydenChartLink *self, double x);
double           leyden_chart_link_get_hover (LeydenChartLink *self);
/* NaN: all is shown. */
void             leyden_chart_link_set_zoom  (LeydenChartLink *self, double low, double high);
void             leyden_chart_link_get_zoom  (LeydenChartLink *self, double *low, double *high);

G_END_DECLS
