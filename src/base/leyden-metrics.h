/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Figures for those who watch: counters, gauges and histograms with labels, written in the Prometheus text format (version 0.0.4). A table
 * says what there is; its index is how a figure is called in the program. Any thread. */
typedef enum
{
  LEYDEN_METRIC_COUNTER,                /* only grows; its name ends with _total */
  LEYDEN_METRIC_GAUGE,
  LEYDEN_METRIC_HISTOGRAM,
} LeydenMetricKind;

#define LEYDEN_METRIC_MAX_LABELS 3
typedef struct
{
  LeydenMetricKind  kind;
  const char       *name;               /* base units: seconds, bytes */
  const char       *help;
  const char       *labels[LEYDEN_METRIC_MAX_LABELS + 1];       /* ended by NULL */
  const double     *buckets;            /* HISTOGRAM: upper bounds, ascending, ended by 0 */
} LeydenMetricRow;

/* 1 ms to 60 s, 14 bounds. */
extern const double leyden_metric_seconds[];

typedef struct _LeydenMetrics LeydenMetrics;
/* @rows must stay. A family without labels is written from the start, with 0. */
LeydenMetrics *leyden_metrics_new     (const LeydenMetricRow *rows, guint n_rows);
void           leyden_metrics_free    (LeydenMetrics *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenMetrics, leyden_metrics_free)
/* A value for each label of the row follows, then NULL. Label values must come from a bounded set; should one grow over 2 000 series,
 * further ones count together under "other". */
void           leyden_metrics_add     (LeydenMetrics *self, guint row, double delta, ...) G_GNUC_NULL_TERMINATED;
void           leyden_metrics_set     (LeydenMetrics *self, guint row, double value, ...) G_GNUC_NULL_TERMINATED;
void           leyden_metrics_observe (LeydenMetrics *self, guint row, double value, ...) G_GNUC_NULL_TERMINATED;
/* Of a counter or gauge; 0 for what is not there yet. */
double         leyden_metrics_get     (LeydenMetrics *self, guint row, ...) G_GNUC_NULL_TERMINATED;
/* One number: of a histogram its sum ("_sum") and its count ("_count"). @values: of the row's labels. Everything is borrowed. */
typedef void (*LeydenMetricsEach) (const LeydenMetricRow *row, const char *suffix, const char * const *values, double value, gpointer data);
/* Must not call into @self. */
void           leyden_metrics_each    (LeydenMetrics *self, LeydenMetricsEach each, gpointer data);
/* Families in the order of the table, series sorted by their labels. (transfer full) */
char          *leyden_metrics_write   (LeydenMetrics *self);
#define LEYDEN_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

G_END_DECLS
