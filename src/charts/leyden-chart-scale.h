/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where a number stands between two others: plain or by its logarithm. Every finite double may be an end. */
typedef struct
{
  double   low;
  double   high;                /* above low */
  gboolean log;                 /* both ends are positive */
} LeydenChartScale;

/* Ends that hold [@low, @high] and are never equal, nor on the wrong side of 0 where @log. NaN in an end: nothing is known of it. */
LeydenChartScale leyden_chart_scale_make     (double low, double high, gboolean log);
/* 0 at low, 1 at high, outside beyond. NaN: @value has no place (a gap; 0 and less on a logarithmic scale). */
double           leyden_chart_scale_place    (const LeydenChartScale *self, double value);
double           leyden_chart_scale_value    (const LeydenChartScale *self, double place);

typedef struct
{
  double  value;
  char   *text;
} LeydenChartTick;

/* Marks of an axis: round numbers of the unit, at most about @most of them. (transfer full) (element-type LeydenChartTick) */
GArray          *leyden_chart_scale_list_ticks (const LeydenChartScale *self, const char *unit, guint most);
/* The same for times in ns since the epoch: what clocks and calendars of @zone have. Days begin when they begin there, 23 and 25 h long ones
 * too; an hour that comes twice has two marks. */
GArray          *leyden_chart_scale_list_time_ticks (const LeydenChartScale *self, GTimeZone *zone, guint most);
/* Moves the ends outwards to round numbers. */
void             leyden_chart_scale_round    (LeydenChartScale *self, const char *unit, guint most);

G_END_DECLS
