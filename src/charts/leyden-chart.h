/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenChart: what a chart shows: kind, axes and series, without a size or a colour. Built from the answer to a query, or filled by hand. One
 * thread at a time may use it; any thread may build it.
 *
 * Numbers are doubles. A time on the x axis is in ns since the epoch: of today's times a double holds every 256th nanosecond, which no axis
 * shows. A y that is no finite number is a gap and counted; a point whose x is none is left out and counted. Series of lines and areas are
 * kept in the order of x, however they come.
 *
 * Signal: "changed" (double x): points from x on are others than before (−∞: everything may be).
 */
#define LEYDEN_TYPE_CHART (leyden_chart_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChart, leyden_chart, LEYDEN, CHART, GObject)

typedef enum
{
  LEYDEN_CHART_KIND_LINE,
  LEYDEN_CHART_KIND_AREA,            /* stacked */
  LEYDEN_CHART_KIND_BAR,
  LEYDEN_CHART_KIND_HISTOGRAM,
  LEYDEN_CHART_KIND_SCATTER,
  LEYDEN_CHART_KIND_HEAT,            /* a row a series, a column an x */
  LEYDEN_CHART_KIND_SPARKLINE,       /* a line without axes */
  LEYDEN_CHART_KIND_WATERFALL,       /* a row a series, a bar from x to x_end */
  LEYDEN_CHART_KIND_TABLE,
  LEYDEN_CHART_KIND_VALUE,           /* the last number of each series, large */
} LeydenChartKind;
#define LEYDEN_N_CHART_KINDS 10

typedef enum
{
  LEYDEN_CHART_X_NUMBER,
  LEYDEN_CHART_X_TIME,
  LEYDEN_CHART_X_CATEGORY,
} LeydenChartX;

/* "line" …; FALSE: no kind is called so. */
gboolean        leyden_chart_kind_from_name  (const char *name, LeydenChartKind *kind);
/* "Line chart", translated. */
const char     *leyden_chart_kind_get_title  (LeydenChartKind kind);

LeydenChart    *leyden_chart_new             (LeydenChartKind kind);
/* What is shown now, for another thread. (transfer full) */
LeydenChart    *leyden_chart_copy            (LeydenChart *self);

/**
 * leyden_chart_set_result:
 * @result: (nullable): answer to a query: {"shape", "unit", "series": [{"name", "x", "y", "x_end"?, "low"?, "high"?, "n"?}], …} or a table
 *   {"columns", "rows"}; NULL empties the chart. A series may have "keys": a text for each point. Another kind than a table takes from a table
 *   the column "x" (else the first) along, every other column of numbers as a series, "series" as the name of series, "rollout" or "key" as keys
 * @options: (nullable): object; what is unknown or of a wrong kind counts as absent:
 *   "title", "unit" (instead of the answer's), "zone" (IANA; else UTC), "from" "to" (ns; the stretch that is shown, else that of the points),
 *   "min" "max" (of the y axis), "log_x" "log_y" (booleans), "smoothing" (0 to 0.999: share of the smoothed value before in each next one),
 *   "points" (boolean: mark each), "stacked" (boolean: bars on one another)
 *
 * Shows that instead of what was shown. When it goes on from what is shown (same kind, axes and series; the same points with others after them),
 * "changed" says from which x on something is new, so that the rest need not be drawn again.
 */
void            leyden_chart_set_result      (LeydenChart *self, LeydenChartKind kind, LeydenValue *result, LeydenValue *options);
/* By hand. @name may be any text from outside. The index of the new series. */
guint           leyden_chart_add_series      (LeydenChart *self, const char *name);
/* Points after those that are there; in the order of x nothing before them is drawn again. @low, @high (nullable): the band. */
void            leyden_chart_append          (LeydenChart *self, guint series, const double *x, const double *y, const double *low,
                                              const double *high, guint n);
void            leyden_chart_set_axes        (LeydenChart *self, LeydenChartX x, const char *unit);
void            leyden_chart_set_title       (LeydenChart *self, const char *title);
/* @zone IANA name; NULL and unknown: UTC. */
void            leyden_chart_set_zone        (LeydenChart *self, const char *zone);
void            leyden_chart_set_log         (LeydenChart *self, gboolean log_x, gboolean log_y);
/* 0 to 0.999; 0: none. What was measured stays visible behind it. */
void            leyden_chart_set_smoothing   (LeydenChart *self, double smoothing);
/* The stretch of x that is shown when nothing is zoomed; NaN: that of the points. */
void            leyden_chart_set_domain      (LeydenChart *self, double from, double to);
void            leyden_chart_set_limits      (LeydenChart *self, double min, double max);

LeydenChartKind leyden_chart_get_kind        (LeydenChart *self);
LeydenChartX    leyden_chart_get_x           (LeydenChart *self);
GTimeZone      *leyden_chart_get_zone        (LeydenChart *self);
/* Safe to show; "" when there is none. */
const char     *leyden_chart_get_title       (LeydenChart *self);
const char     *leyden_chart_get_unit        (LeydenChart *self);
double          leyden_chart_get_smoothing   (LeydenChart *self);
void            leyden_chart_get_log         (LeydenChart *self, gboolean *log_x, gboolean *log_y);
guint           leyden_chart_get_n_series    (LeydenChart *self);
/* Names along x; 0 where x is none. */
guint           leyden_chart_get_n_categories (LeydenChart *self);
/* Safe to show, shortened. */
const char     *leyden_chart_get_series_title (LeydenChart *self, guint series);
guint           leyden_chart_get_n_points    (LeydenChart *self, guint series);
/* FALSE: there is no such point. @y NaN: a gap. @low, @high (nullable): NaN without a band. */
gboolean        leyden_chart_get_point       (LeydenChart *self, guint series, guint index, double *x, double *y, double *low, double *high);
/* What a point stands for elsewhere: the id of a rollout, of a group; NULL: nothing. (transfer none) */
const char     *leyden_chart_get_key         (LeydenChart *self, guint series, guint index);
/* Hidden series keep their colour and take no part in scales and readings. */
gboolean        leyden_chart_get_hidden      (LeydenChart *self, guint series);
void            leyden_chart_set_hidden      (LeydenChart *self, guint series, gboolean hidden);
/* Nothing that could be drawn. */
gboolean        leyden_chart_is_empty        (LeydenChart *self);
/* The stretch of x that is shown when nothing is zoomed; FALSE: there is none. */
gboolean        leyden_chart_get_shown       (LeydenChart *self, double *low, double *high);
/* Of a table: (transfer none) (nullable): as in the answer. */
LeydenValue    *leyden_chart_get_columns     (LeydenChart *self);
LeydenValue    *leyden_chart_get_rows        (LeydenChart *self);

/* --- words --- */

/* What the chart shows, in a few sentences: kind, axes, for each of the first series where it begins, ends, and its extremes. (transfer full) */
char           *leyden_chart_describe        (LeydenChart *self);
/* What has to be said beside it: what is smoothed, left out, simulated, not exact. "" as a rule. (transfer full) */
char           *leyden_chart_describe_notes  (LeydenChart *self);
/* "Reward, 27 Nov 14:05 CET: 0.81, between 0.74 and 0.88". (transfer full) (nullable): there is no such point */
char           *leyden_chart_describe_point  (LeydenChart *self, guint series, guint index);

/* --- data --- */

/* RFC 4180 with a line of names; a cell that a spreadsheet would take for a formula begins with an apostrophe. Times in RFC 3339 with the
 * offset of the zone. (transfer full) */
char           *leyden_chart_to_csv          (LeydenChart *self);

G_END_DECLS
