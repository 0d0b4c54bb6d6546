/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart-track.h"
#include "leyden-chart.h"

G_BEGIN_DECLS

/* Names are shown up to this many characters. */
#define LEYDEN_CHART_NAME_CHARS 60

typedef struct
{
  char             *name;       /* as it came */
  char             *title;      /* safe to show */
  GArray           *x;          /* double */
  GArray           *x_end;      /* double, nullable: as many as x */
  LeydenChartTrack *y;
  LeydenChartTrack *low;        /* nullable, with high: as many as x */
  LeydenChartTrack *high;
  LeydenChartTrack *smooth;     /* nullable: as many as x */
  GArray           *n;          /* double, nullable: of how many each is */
  GPtrArray        *keys;       /* char *, nullable: as many as x */
  double            carried;    /* state of the smoothing: sum and weight so far */
  double            weight;
  guint             n_invalid;  /* y that was no finite number though it said to be one, x that was none */
  guint             n_settled;  /* points that are in order and smoothed */
  gboolean          hidden;
} LeydenChartSeries;

struct _LeydenChart
{
  GObject          parent_instance;

  LeydenChartKind  kind;
  LeydenChartX     x;
  gboolean         whole;       /* one number a series for all the time: its x, the end, says nothing */
  char            *title;
  char            *unit;
  GTimeZone       *zone;
  gboolean         log_x, log_y;
  gboolean         points;
  gboolean         stacked;
  double           smoothing;
  double           from, to;    /* NaN: of the points */
  double           min, max;    /* NaN: of the points */
  double           interval;    /* in units of x: width of a bar; 0: as close as the points are */
  GPtrArray       *series;      /* LeydenChartSeries */
  GPtrArray       *categories;  /* names of x, safe to show; x is the index */
  GPtrArray       *category_names; /* as they came */
  GHashTable      *category_index; /* name → index + 1 */
  LeydenValue     *columns;     /* of a table */
  LeydenValue     *rows;
  char            *simulated;
  guint64          n_invalid;   /* as the answer says */
  gboolean         exact;
  gboolean         truncated;
  GPtrArray       *warnings;    /* safe to show */

  GPtrArray       *stack;       /* nullable: LeydenChartTrack of the upper edge of each series over stack_x; made when it is asked for */
  GArray          *stack_x;
};

LeydenChartSeries *leyden_chart_series_new     (const char *name);
void               leyden_chart_series_free    (gpointer self);
const double      *leyden_chart_series_get_x   (const LeydenChartSeries *self);
/* What is drawn strong: the smoothed numbers where there are some. */
LeydenChartTrack  *leyden_chart_series_get_main (const LeydenChartSeries *self);
/* The first index whose x is at least @x. */
guint              leyden_chart_series_find    (const LeydenChartSeries *self, double x);

LeydenChartSeries *leyden_chart_get            (LeydenChart *self, guint series);
/* Appends one point as it comes (unsorted and unsmoothed); what is not finite is counted. */
void               leyden_chart_series_add     (LeydenChartSeries *self, double x, double y);
/* Puts points in the order of x (equal ones stay in theirs) and smooths anew. */
void               leyden_chart_series_settle  (LeydenChart *chart, LeydenChartSeries *self);
/* Index of a category, a new one if need be. */
guint              leyden_chart_take_category  (LeydenChart *self, const char *name);
void               leyden_chart_emit_changed   (LeydenChart *self, double x);
void               leyden_chart_forget_stack   (LeydenChart *self);
/* Ends of x of all that is shown; FALSE: there are no points. */
gboolean           leyden_chart_get_extent     (LeydenChart *self, double *low, double *high);
/* An x in words. (transfer full) */
char              *leyden_chart_format_x       (LeydenChart *self, double x);
void               leyden_chart_clear          (LeydenChart *self);
LeydenChartSeries *leyden_chart_series_copy    (const LeydenChartSeries *self);
/* leyden-chart-columns.c: series from the columns of a table. */
void               leyden_chart_read_columns   (LeydenChart *self);
/* leyden-chart-stack.c: upper edges of the series of an area, made if need be. */
void               leyden_chart_ensure_stack   (LeydenChart *self);

G_END_DECLS
