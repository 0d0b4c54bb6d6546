/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-mlflow-client.h"
#include "leyden-prometheus-client.h"

G_BEGIN_DECLS

/* Answers of other servers as answers to questions about facts (help/metrics.md): the same panels draw them. Numbers that are none or not finite
 * are null and counted as invalid. */

/* Series that are shown where the question does not say how many, and at most. */
#define LEYDEN_SOURCE_SERIES      20
#define LEYDEN_SOURCE_MAX_SERIES  100
/* Values of a metric of one run. */
#define LEYDEN_SOURCE_MAX_POINTS  20000

typedef enum
{
  LEYDEN_SOURCE_TIME,           /* over time */
  LEYDEN_SOURCE_STEP,           /* over steps; MLflow only */
  LEYDEN_SOURCE_VALUE,          /* the last value of each */
  LEYDEN_SOURCE_GROUPS,         /* the same as bars */
  LEYDEN_SOURCE_TABLE,
} LeydenSourceShape;
/* FALSE: it is none. */
gboolean     leyden_source_shape_from_string    (const char *text, LeydenSourceShape *shape);

/* @promql: names what has no labels. @step_s: distance of points over time, 0: of an instant. (transfer full) */
LeydenValue *leyden_source_result_of_prometheus (const LeydenPrometheusAnswer *answer, LeydenSourceShape shape, const char *promql, gint64 step_s,
                                                 guint limit);
/* @runs: (element-type LeydenMlflowRun). @histories: as many GArray of LeydenMlflowPoint, or NULL where there is none. @from_ns, @to_ns: of points
 * over time; 0: all. (transfer full) */
LeydenValue *leyden_source_result_of_history    (GPtrArray *runs, GArray * const *histories, const char *key, LeydenSourceShape shape, gint64 from_ns,
                                                 gint64 to_ns);
/* The last values of @key, or a table of runs with all that they tell. */
LeydenValue *leyden_source_result_of_runs       (GPtrArray *runs, const char *key, LeydenSourceShape shape);
/* A table of experiments. */
LeydenValue *leyden_source_result_of_experiments (GPtrArray *experiments);

G_END_DECLS
