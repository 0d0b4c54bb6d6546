/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-measures.h"

#include <glib/gi18n-lib.h>

#include "leyden-views.h"

#define R LEYDEN_FACTS_ROLLOUTS
#define C LEYDEN_FACTS_CALLS
#define N LEYDEN_FACTS_NODES
#define W LEYDEN_FACTS_WAITS
#define VALUES LEYDEN_MEASURE_VALUES
#define FLAGS LEYDEN_MEASURE_FLAGS
#define EVENTS LEYDEN_MEASURE_EVENTS
#define RATIO LEYDEN_MEASURE_RATIO
#define SPANS LEYDEN_MEASURE_SPANS
#define SPREAD LEYDEN_MEASURE_SPREAD
#define BUDGET LEYDEN_MEASURE_BUDGET
#define COUNT LEYDEN_AGGREGATION_COUNT
#define SUM LEYDEN_AGGREGATION_SUM
#define MEAN LEYDEN_AGGREGATION_MEAN
#define P50 LEYDEN_AGGREGATION_P50
#define SHARE LEYDEN_AGGREGATION_SHARE
#define LAST LEYDEN_AGGREGATION_LAST

#define END "r.finished_ns"
#define DECIDED "r.state IN ('succeeded', 'failed')"
#define MODEL "c.kind = 0"
#define TOOL "c.kind = 1"

static const LeydenMeasure measures[] = {
  /* Training and quality */
  { "reward", N_("Reward"), N_("Reward of rollouts that have ended. NaN and infinite rewards are left out and counted."),
    "reward", VALUES, R, END, "r.reward", NULL, NULL, MEAN },
  { "success", N_("Success rate"), N_("Share of the rollouts that succeeded among those that succeeded or failed."),
    "ratio", FLAGS, R, END, "r.state = 'succeeded'", NULL, DECIDED, SHARE },
  { "failed", N_("Failure rate"), N_("Share of the rollouts that failed among those that succeeded or failed."),
    "ratio", FLAGS, R, END, "r.state = 'failed'", NULL, DECIDED, SHARE },
  { "advantage-spread", N_("Spread of advantages"),
    N_("Standard deviation of the rewards of rollouts of one item in one step; of groups of two and more. 0: nothing can be learnt from it."),
    "reward", SPREAD, R, END, "r.reward", NULL, "r.reward IS NOT NULL AND r.item IS NOT NULL", MEAN },
  { "no-signal", N_("Groups without signal"), N_("Share of the groups of one item in one step whose rewards are all equal."),
    "ratio", SPREAD, R, END, "r.reward", NULL, "r.reward IS NOT NULL AND r.item IS NOT NULL", SHARE },
  { LEYDEN_MEASURE_CARRY_OVER, N_("Carried over"), N_("Rollouts that ended in a later training step than the one they were made in."),
    "", EVENTS, R, END, "1", NULL, "r.finished_step > r.step", COUNT },
  { "carry-over-share", N_("Share carried over"), N_("Their share among the rollouts of which both steps are known."),
    "ratio", FLAGS, R, END, "r.finished_step > r.step", NULL, "r.finished_step IS NOT NULL AND r.step IS NOT NULL", SHARE },
  { "phase-time", N_("Time per phase"), N_("Time in the queue, in model calls, in tools, waiting, and the rest. Calls side by side count each."),
    "ms", LEYDEN_MEASURE_PHASES, R, END, NULL, NULL, NULL, SUM },
  { "drift", N_("Drift between versions"), N_("Reward of a version of a flow less that of the version before."),
    "reward", LEYDEN_MEASURE_DRIFT, R, END, "r.reward", NULL, "r.reward IS NOT NULL", MEAN },

  /* Tokens and money */
  { "tokens", N_("Tokens"), N_("Tokens that rollouts sent and got, counted at their end."),
    "tokens", VALUES, R, END, "r.tokens_in + r.tokens_out", NULL, NULL, SUM },
  { "tokens-in", N_("Tokens sent"), N_("Tokens that rollouts sent to models, counted at their end."),
    "tokens", VALUES, R, END, "r.tokens_in", NULL, NULL, SUM },
  { "tokens-out", N_("Tokens written"), N_("Tokens that models wrote for rollouts, counted at their end."),
    "tokens", VALUES, R, END, "r.tokens_out", NULL, NULL, SUM },
  { "cost", N_("Cost"), N_("Cost of rollouts, counted at their end. What is simulated is in credits and never added to it."),
    "currency", VALUES, R, END, "r.cost", NULL, NULL, SUM },
  { "call-cost", N_("Cost of calls"), N_("Cost of calls of models and tools, counted when the answer comes."),
    "currency", VALUES, C, "c.time_ns", "c.cost", NULL, NULL, SUM },
  { "cost-per-success", N_("Cost of a success"), N_("Cost of all rollouts that ended by the number of those that succeeded."),
    "currency", RATIO, R, END, "r.cost", "r.state = 'succeeded'", NULL, MEAN },
  { "value", N_("Value"), N_("What successes are worth: for each that of its flow, as set by you."),
    "currency", VALUES, R, END, NULL, NULL, "r.state = 'succeeded'", SUM },
  { "roi", N_("Return on investment"), N_("Value less cost, by cost, of the flows whose value is set."),
    "ratio", RATIO, R, END, NULL, "r.cost", NULL, LAST },
  { "budget", N_("Budget"), N_("What may be spent in the month."), "currency", BUDGET, R, END, "r.cost", NULL, NULL, LAST },
  { "budget-spent", N_("Spent in the month"), N_("Cost since the month began, without what is simulated."),
    "currency", BUDGET, R, END, "r.cost", NULL, "r.simulated = 0", LAST },
  { "budget-used", N_("Budget used"), N_("Cost since the month began, without what is simulated, by the budget of the month."),
    "ratio", BUDGET, R, END, "r.cost", NULL, "r.simulated = 0", LAST },
  { "forecast", N_("Forecast for the month"), N_("What will have been spent when the month ends, if the rest is like the last days."),
    "currency", BUDGET, R, END, "r.cost", NULL, "r.simulated = 0", LAST },

  /* Operations */
  { "created", N_("Created"), N_("Rollouts that were asked for."), "", EVENTS, R, "r.created_ns", "1", NULL, NULL, COUNT },
  { "started", N_("Started"), N_("Rollouts that began."), "", EVENTS, R, "r.started_ns", "1", NULL, NULL, COUNT },
  { "ended", N_("Ended"), N_("Rollouts that ended, whatever the outcome."), "", EVENTS, R, END, "1", NULL, NULL, COUNT },
  { "errors", N_("Errors"), N_("Rollouts that failed."), "", EVENTS, R, END, "1", NULL, "r.state = 'failed'", COUNT },
  { "running", N_("Running"), N_("Rollouts between their start and their end."),
    "", SPANS, R, "r.started_ns", "r.finished_ns", NULL, NULL, LAST },
  { "queued", N_("Queued"), N_("Rollouts between their creation and their start."), "", SPANS, R, "r.created_ns",
    "CASE WHEN r.started_ns > 0 THEN r.started_ns ELSE r.finished_ns END", NULL, NULL, LAST },
  { "latency", N_("Duration of rollouts"), N_("How long rollouts took; modelled where simulated."),
    "ms", VALUES, R, END, "r.latency_ms", NULL, NULL, P50 },
  { "queue-time", N_("Time in the queue"), N_("From the creation of a rollout to its start."),
    "ms", VALUES, R, "r.started_ns", "r.queued_ms", NULL, NULL, P50 },
  { "retries", N_("Retries"), N_("Retries of nodes, counted at the end of the rollout."), "", VALUES, R, END, "r.n_retries", NULL, NULL, SUM },
  { "calls", N_("Model calls"), N_("Answers of models, the ones from the cache and errors too."),
    "", EVENTS, C, "c.time_ns", "1", NULL, MODEL, COUNT },
  { "tool-calls", N_("Tool calls"), N_("Answers of tools, errors too."), "", EVENTS, C, "c.time_ns", "1", NULL, TOOL, COUNT },
  { "call-latency", N_("Duration of model calls"), N_("How long models took to answer, without answers from the cache; modelled where simulated."),
    "ms", VALUES, C, "c.time_ns", "c.latency_ms", NULL, MODEL " AND c.cached = 0", P50 },
  { "tool-latency", N_("Duration of tool calls"), N_("How long tools took."), "ms", VALUES, C, "c.time_ns", "c.latency_ms", NULL, TOOL, P50 },
  { "first-token", N_("Time to the first token"), N_("How long models took to begin to answer, where they streamed."),
    "ms", VALUES, C, "c.time_ns", "c.first_token_ms", NULL, MODEL " AND c.cached = 0", P50 },
  { "call-errors", N_("Failed calls"), N_("Calls of models and tools that failed."),
    "", EVENTS, C, "c.time_ns", "1", NULL, "c.error_kind IS NOT NULL", COUNT },
  { "call-error-rate", N_("Failure rate of calls"), N_("Share of the calls that failed."),
    "ratio", FLAGS, C, "c.time_ns", "c.error_kind IS NOT NULL", NULL, NULL, SHARE },
  { "call-tokens-in", N_("Tokens sent in calls"), N_("Tokens sent to models, counted when the answer comes."),
    "tokens", VALUES, C, "c.time_ns", "c.tokens_in", NULL, NULL, SUM },
  { "call-tokens-out", N_("Tokens written in calls"), N_("Tokens that models wrote, counted when the answer comes."),
    "tokens", VALUES, C, "c.time_ns", "c.tokens_out", NULL, NULL, SUM },
  { "cache-hits", N_("Cache hits"), N_("Share of the model calls that the cache answered."),
    "ratio", FLAGS, C, "c.time_ns", "c.cached", NULL, MODEL, SHARE },
  { "waits", N_("Waiting"), N_("Time that nodes waited: for limits of rate, leases, people, after breakpoints."),
    "ms", VALUES, W, "w.time_ns", "w.ms", NULL, NULL, SUM },
  { "node-time", N_("Duration of nodes"), N_("How long nodes took, retries included."), "ms", VALUES, N, "n.time_ns", "n.ms", NULL, NULL, P50 },
  { "node-failures", N_("Failure rate of nodes"), N_("Share of the nodes that failed among those that succeeded or failed."),
    "ratio", FLAGS, N, "n.time_ns", "n.state = 1", NULL, "n.state IN (0, 1)", SHARE },
};

static const char * const aggregations[LEYDEN_N_AGGREGATIONS] = {
  "count", "sum", "mean", "min", "max", "std", "p50", "p90", "p95", "p99", "rate", "share", "last",
};

const LeydenMeasure *
leyden_measure_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (measures); i++)
    if (g_str_equal (measures[i].name, name))
      return &measures[i];
  return NULL;
}

const LeydenMeasure *
leyden_measure_get_all (guint *n)
{
  *n = G_N_ELEMENTS (measures);
  return measures;
}

gboolean
leyden_measure_takes (const LeydenMeasure *self,
                      LeydenAggregation    aggregation)
{
  switch (self->kind)
    {
    case LEYDEN_MEASURE_FLAGS:
      return aggregation == COUNT || aggregation == SUM || aggregation == MEAN || aggregation == SHARE
             || aggregation == LEYDEN_AGGREGATION_RATE || aggregation == LAST;
    case LEYDEN_MEASURE_EVENTS:
      return aggregation == COUNT || aggregation == SUM || aggregation == SHARE || aggregation == LEYDEN_AGGREGATION_RATE;
    case LEYDEN_MEASURE_RATIO:
      return aggregation == MEAN || aggregation == LAST;
    case LEYDEN_MEASURE_SPANS:
      return aggregation == MEAN || aggregation == LAST || aggregation == LEYDEN_AGGREGATION_MIN || aggregation == LEYDEN_AGGREGATION_MAX;
    case LEYDEN_MEASURE_PHASES:
      return aggregation == SUM || aggregation == MEAN || aggregation == SHARE || leyden_aggregation_get_quantile (aggregation) > 0;
    case LEYDEN_MEASURE_BUDGET:
      return aggregation == LAST;
    case LEYDEN_MEASURE_DRIFT:
      return aggregation == MEAN;
    case LEYDEN_MEASURE_VALUES:
    case LEYDEN_MEASURE_SPREAD:
    case LEYDEN_MEASURE_POINTS:
    default:
      return TRUE;
    }
}

const char *
leyden_aggregation_get_name (LeydenAggregation aggregation)
{
  return aggregations[aggregation];
}

gboolean
leyden_aggregation_parse (const char        *name,
                          LeydenAggregation *out)
{
  for (guint i = 0; i < LEYDEN_N_AGGREGATIONS; i++)
    if (g_str_equal (aggregations[i], name))
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

double
leyden_aggregation_get_quantile (LeydenAggregation aggregation)
{
  switch ((int)aggregation)
    {
    case LEYDEN_AGGREGATION_P50: return 0.5;
    case LEYDEN_AGGREGATION_P90: return 0.9;
    case LEYDEN_AGGREGATION_P95: return 0.95;
    case LEYDEN_AGGREGATION_P99: return 0.99;
    default: return 0;
    }
}

static void
add_metric (LeydenValueBuilder  *b,
            const LeydenMeasure *measure)
{
  guint n;
  const LeydenDimension *dimensions = leyden_dimension_get_all (&n);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", measure->name);
  leyden_value_builder_set_string (b, "title", _(measure->title));
  leyden_value_builder_set_string (b, "description", _(measure->description));
  leyden_value_builder_set_string (b, "unit", measure->unit);
  leyden_value_builder_set_string (b, "aggregation", aggregations[measure->aggregation]);
  leyden_value_builder_key (b, "aggregations");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < LEYDEN_N_AGGREGATIONS; i++)
    if (leyden_measure_takes (measure, i))
      leyden_value_builder_add_string (b, aggregations[i]);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "dimensions");
  leyden_value_builder_begin_list (b);
  if (measure->kind == LEYDEN_MEASURE_PHASES)
    leyden_value_builder_add_string (b, "phase");
  for (guint i = 0; i < n; i++)
    if (dimensions[i].split && leyden_dimension_find (dimensions[i].name, measure->facts) == &dimensions[i])
      leyden_value_builder_add_string (b, dimensions[i].name);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

/* A name that stands for columns of several tables is one dimension to people. */
static gboolean
is_first (const LeydenDimension *dimensions,
          guint                  i)
{
  for (guint j = 0; j < i; j++)
    if (g_str_equal (dimensions[j].name, dimensions[i].name))
      return FALSE;
  return TRUE;
}

static void
add_dimensions (LeydenValueBuilder *b)
{
  guint n;
  const LeydenDimension *dimensions = leyden_dimension_get_all (&n);

  leyden_value_builder_key (b, "dimensions");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    {
      if (!is_first (dimensions, i))
        continue;
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", dimensions[i].name);
      leyden_value_builder_set_string (b, "title", _(dimensions[i].title));
      leyden_value_builder_set_string (b, "type", leyden_dimension_type_name (dimensions[i].type));
      leyden_value_builder_set_boolean (b, "split", dimensions[i].split);
      /* Whether the table of rollouts can be filtered by it. */
      leyden_value_builder_set_boolean (b, "rollouts", leyden_dimension_find (dimensions[i].name, R) != NULL);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static void
add_view (LeydenValueBuilder *b,
          const LeydenView   *view)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", view->name);
  leyden_value_builder_set_string (b, "description", _(view->description));
  leyden_value_builder_key (b, "columns");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; view->columns[i].name != NULL; i++)
    {
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", view->columns[i].name);
      leyden_value_builder_set_string (b, "type", view->columns[i].type);
      leyden_value_builder_set_string (b, "description", _(view->columns[i].description));
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_measures_to_value (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const LeydenView *views;
  guint n_views;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "metrics");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < G_N_ELEMENTS (measures); i++)
    add_metric (&b, &measures[i]);
  leyden_value_builder_end (&b);
  add_dimensions (&b);
  leyden_value_builder_key (&b, "views");
  leyden_value_builder_begin_list (&b);
  views = leyden_views_get_all (&n_views);
  for (guint i = 0; i < n_views; i++)
    add_view (&b, &views[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
