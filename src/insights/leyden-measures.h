/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-filter.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_AGGREGATION_COUNT,             /* how many values */
  LEYDEN_AGGREGATION_SUM,
  LEYDEN_AGGREGATION_MEAN,
  LEYDEN_AGGREGATION_MIN,
  LEYDEN_AGGREGATION_MAX,
  LEYDEN_AGGREGATION_STD,               /* of the sample; none of fewer than two values */
  LEYDEN_AGGREGATION_P50,               /* quantiles: type 7 */
  LEYDEN_AGGREGATION_P90,
  LEYDEN_AGGREGATION_P95,
  LEYDEN_AGGREGATION_P99,
  LEYDEN_AGGREGATION_RATE,              /* sum a second */
  LEYDEN_AGGREGATION_SHARE,             /* of flags those that are set; of other values, the series' part of the sum of all series */
  LEYDEN_AGGREGATION_LAST,
  LEYDEN_N_AGGREGATIONS
} LeydenAggregation;

typedef enum
{
  LEYDEN_MEASURE_VALUES,                /* a number a row */
  LEYDEN_MEASURE_FLAGS,                 /* 0 or 1 a row */
  LEYDEN_MEASURE_EVENTS,                /* rows are counted; the value is 1 */
  LEYDEN_MEASURE_RATIO,                 /* sum of the values by the sum of the divisors */
  LEYDEN_MEASURE_SPANS,                 /* how many last at once: from the time to the value, ns; 0: still */
  LEYDEN_MEASURE_SPREAD,                /* standard deviation of the rewards of a group; or whether there is none */
  LEYDEN_MEASURE_PHASES,                /* five numbers a row, one a phase */
  LEYDEN_MEASURE_BUDGET,                /* of the cost of a month */
  LEYDEN_MEASURE_DRIFT,                 /* between a version and the one before */
  LEYDEN_MEASURE_POINTS,                /* a series of points */
} LeydenMeasureKind;

/* A metric: what can be asked for. help/metrics.md tells what each number means. */
typedef struct
{
  const char        *name;
  const char        *title;             /* to be translated, as is the description */
  const char        *description;
  const char        *unit;              /* "", "ms", "tokens", "currency", "ratio", "reward" */
  LeydenMeasureKind  kind;
  LeydenFactTable        facts;             /* whose rows */
  const char        *time;              /* SQL, ns: when it counts; 0: not yet */
  const char        *value;             /* SQL; NULL is passed over */
  const char        *divisor;           /* SQL, of a RATIO */
  const char        *condition;         /* SQL; nullable */
  LeydenAggregation  aggregation;       /* when none is named */
} LeydenMeasure;

const LeydenMeasure *leyden_measure_find            (const char         *name);
const LeydenMeasure *leyden_measure_get_all         (guint              *n);
gboolean             leyden_measure_takes           (const LeydenMeasure *self,
                                                     LeydenAggregation   aggregation);
const char          *leyden_aggregation_get_name    (LeydenAggregation   aggregation);
/* FALSE: there is none of that name. */
gboolean             leyden_aggregation_parse       (const char         *name,
                                                     LeydenAggregation  *out);
/* 0.5 for P50…; 0: it is no quantile. */
double               leyden_aggregation_get_quantile (LeydenAggregation  aggregation);
/* {"metrics", "dimensions", "views"}: what there is, with the words of this program's language. (transfer full) */
LeydenValue         *leyden_measures_to_value       (void);

/* Step of a rollout that a number belongs to. */
#define LEYDEN_MEASURE_CARRY_OVER "carry-over"

G_END_DECLS
