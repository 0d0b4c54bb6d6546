/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-filter.h"

#include <glib/gi18n-lib.h>

#define R LEYDEN_FACTS_ROLLOUTS
#define C LEYDEN_FACTS_CALLS
#define N LEYDEN_FACTS_NODES
#define W LEYDEN_FACTS_WAITS
#define TEXT LEYDEN_DIMENSION_TEXT
#define NUMBER LEYDEN_DIMENSION_NUMBER
#define TIME LEYDEN_DIMENSION_TIME
#define FLAG LEYDEN_DIMENSION_FLAG
#define NAMES "names", "name"
#define PLAIN NULL, NULL

static const LeydenDimension dimensions[] = {
  { "flow", N_("Flow"), TEXT, R, "r.flow", NAMES, TRUE },
  { "flow_title", N_("Title of the flow"), TEXT, R, "r.flow_title", PLAIN, TRUE },
  { "version", N_("Version of the flow"), TEXT, R, "r.version", NAMES, TRUE },
  { "model", N_("Model"), TEXT, R, "r.model", NAMES, TRUE },
  { "dataset", N_("Data set (hash)"), TEXT, R, "r.dataset", NAMES, TRUE },
  { "dataset_name", N_("Data set"), TEXT, R, "r.dataset_name", PLAIN, TRUE },
  { "split", N_("Split"), TEXT, R, "r.split", PLAIN, TRUE },
  { "item", N_("Data row"), TEXT, R, "r.item", PLAIN, TRUE },
  { "item_index", N_("Number of the data row"), NUMBER, R, "r.item_index", PLAIN, TRUE },
  { "run", N_("Run"), TEXT, R, "r.run", "runs", "run", TRUE },
  { "experiment", N_("Experiment"), TEXT, R, "r.experiment", "experiments", "experiment", TRUE },
  { "candidate", N_("Candidate"), TEXT, R, "r.candidate", NAMES, TRUE },
  { "step", N_("Training step"), NUMBER, R, "r.step", PLAIN, TRUE },
  { "finished_step", N_("Training step of the end"), NUMBER, R, "r.finished_step", PLAIN, TRUE },
  { "train", N_("For training"), FLAG, R, "r.is_train", PLAIN, TRUE },
  { "rollout", N_("Rollout"), TEXT, R, "r.rollout", "rollouts", "rollout", TRUE },
  { "executor", N_("Executor"), TEXT, R, "r.executor", PLAIN, TRUE },
  { "purpose", N_("Purpose"), TEXT, R, "r.purpose", PLAIN, TRUE },
  { "state", N_("State"), TEXT, R, "r.state", PLAIN, TRUE },
  { "error_kind", N_("Cause of the error"), TEXT, R, "r.error_kind", NAMES, TRUE },
  { "error_node", N_("Node of the error"), TEXT, R, "r.error_node", NAMES, TRUE },
  { "error", N_("Error"), TEXT, R, "r.error", PLAIN, TRUE },
  { "simulated", N_("Simulated"), FLAG, R, "r.simulated", PLAIN, TRUE },
  { "reward", N_("Reward"), NUMBER, R, "r.reward", PLAIN, TRUE },
  { "cost", N_("Cost"), NUMBER, R, "r.cost", PLAIN, FALSE },
  { "latency_ms", N_("Duration"), NUMBER, R, "r.latency_ms", PLAIN, FALSE },
  { "queued_ms", N_("Time in the queue"), NUMBER, R, "r.queued_ms", PLAIN, FALSE },
  { "wait_ms", N_("Time of waiting"), NUMBER, R, "r.wait_ms", PLAIN, FALSE },
  { "tokens", N_("Tokens"), NUMBER, R, "(r.tokens_in + r.tokens_out)", PLAIN, FALSE },
  { "tokens_in", N_("Tokens sent"), NUMBER, R, "r.tokens_in", PLAIN, FALSE },
  { "tokens_out", N_("Tokens written"), NUMBER, R, "r.tokens_out", PLAIN, FALSE },
  { "model_calls", N_("Model calls"), NUMBER, R, "r.n_model_calls", PLAIN, TRUE },
  { "tool_calls", N_("Tool calls"), NUMBER, R, "r.n_tool_calls", PLAIN, TRUE },
  { "retries", N_("Retries"), NUMBER, R, "r.n_retries", PLAIN, TRUE },
  { "cache_hits", N_("Cache hits"), NUMBER, R, "r.n_cache_hits", PLAIN, TRUE },
  { "created", N_("Created"), TIME, R, "r.created_ns", PLAIN, FALSE },
  { "started", N_("Started"), TIME, R, "r.started_ns", PLAIN, FALSE },
  { "finished", N_("Finished"), TIME, R, "r.finished_ns", PLAIN, FALSE },
  { "text", N_("Any text"), TEXT, R, NULL, PLAIN, FALSE },
  { "node", N_("Node"), TEXT, C, "c.node", NAMES, TRUE },
  { "model", N_("Model"), TEXT, C, "c.model", NAMES, TRUE },
  { "endpoint", N_("Endpoint"), TEXT, C, "c.endpoint", NAMES, TRUE },
  { "error_kind", N_("Cause of the error"), TEXT, C, "c.error_kind", NAMES, TRUE },
  { "cached", N_("From the cache"), FLAG, C, "c.cached", PLAIN, TRUE },
  { "node", N_("Node"), TEXT, N, "n.node", NAMES, TRUE },
  { "node_state", N_("State of the node"), TEXT, N,
    "CASE n.state WHEN 0 THEN 'succeeded' WHEN 1 THEN 'failed' WHEN 2 THEN 'skipped' ELSE 'cancelled' END", PLAIN, TRUE },
  { "error_kind", N_("Cause of the error"), TEXT, N, "n.error_kind", NAMES, TRUE },
  { "node", N_("Node"), TEXT, W, "w.node", NAMES, TRUE },
  { "reason", N_("What is waited for"), TEXT, W, "w.reason", NAMES, TRUE },
};

const LeydenDimension *
leyden_dimension_find (const char  *name,
                       LeydenFactTable facts)
{
  const LeydenDimension *of_rollouts = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (dimensions); i++)
    if (g_str_equal (dimensions[i].name, name))
      {
        if (dimensions[i].facts == facts)
          return &dimensions[i];
        if (dimensions[i].facts == LEYDEN_FACTS_ROLLOUTS)
          of_rollouts = &dimensions[i];
      }
  return of_rollouts;
}

const LeydenDimension *
leyden_dimension_get_all (guint *n)
{
  *n = G_N_ELEMENTS (dimensions);
  return dimensions;
}

const char *
leyden_dimension_type_name (LeydenDimensionType type)
{
  static const char * const names[] = { "text", "number", "time", "flag" };

  return names[type];
}
