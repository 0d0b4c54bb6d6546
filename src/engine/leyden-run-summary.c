/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <math.h>
#include <string.h>

#include "leyden-run-private.h"
#include "leyden-stats.h"

#define CONFIDENCE 0.95

gboolean
leyden_rollout_state_is_end (const char *state)
{
  return g_strcmp0 (state, "succeeded") == 0 || g_strcmp0 (state, "failed") == 0 || g_strcmp0 (state, "cancelled") == 0;
}

typedef struct
{
  gint64   succeeded, failed, cancelled, running, done;
  gint64   tokens;
  double   cost;
  guint    paused;
  guint    unpriced;            /* rollouts with tokens of which no cost is known */
  gboolean simulated;
  GArray  *rewards;             /* double */
  GArray  *latencies;           /* double */
} Totals;

static void
add_row (Totals                 *self,
         const LeydenRolloutRow *row)
{
  gboolean end = leyden_rollout_state_is_end (row->state);

  self->succeeded += g_strcmp0 (row->state, "succeeded") == 0;
  self->failed += g_strcmp0 (row->state, "failed") == 0;
  self->cancelled += g_strcmp0 (row->state, "cancelled") == 0;
  self->done += end;
  self->running += !end && g_strcmp0 (row->state, "queued") != 0;
  self->paused += g_strcmp0 (row->state, "paused") == 0;
  self->tokens += row->tokens_in + row->tokens_out;
  self->cost += row->cost;
  self->unpriced += !row->simulated && row->cost <= 0 && row->tokens_in + row->tokens_out > 0;
  self->simulated |= row->simulated;
  if (end && isfinite (row->reward))
    g_array_append_val (self->rewards, row->reward);
  if (end && isfinite (row->latency_ms) && row->latency_ms >= 0)
    g_array_append_val (self->latencies, row->latency_ms);
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* {"estimate", "low", "high", "n"}; low and high null below two values; null without any. */
static void
write_mean_reward (LeydenValueBuilder *b,
                   GArray             *rewards)
{
  const double *x = (const double *) (gpointer) rewards->data;
  LeydenInterval interval = { NAN, NAN, NAN };

  leyden_value_builder_key (b, "mean_reward");
  if (rewards->len == 0)
    {
      leyden_value_builder_add (b, NULL);
      return;
    }
  if (!leyden_stats_t_interval (x, rewards->len, CONFIDENCE, &interval))
    interval = (LeydenInterval) { leyden_stats_mean (x, rewards->len), NAN, NAN };
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_double (b, "estimate", interval.estimate);
  leyden_value_builder_set_double (b, "low", interval.low);
  leyden_value_builder_set_double (b, "high", interval.high);
  leyden_value_builder_set_int (b, "n", rewards->len);
  leyden_value_builder_end (b);
}

static void
write_latency (LeydenValueBuilder *b,
               GArray             *latencies)
{
  const double *x = (const double *) (gpointer) latencies->data;

  g_array_sort (latencies, compare_doubles);
  leyden_value_builder_key (b, "latency_ms");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_double (b, "p50", latencies->len ? leyden_stats_quantile (x, latencies->len, 0.5) : NAN);
  leyden_value_builder_set_double (b, "p95", latencies->len ? leyden_stats_quantile (x, latencies->len, 0.95) : NAN);
  leyden_value_builder_end (b);
}

static void
write_node (LeydenValueBuilder    *b,
            const char            *id,
            const LeydenNodeStats *node)
{
  leyden_value_builder_key (b, id);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "running", node->running);
  leyden_value_builder_set_int (b, "succeeded", node->succeeded);
  leyden_value_builder_set_int (b, "failed", node->failed);
  leyden_value_builder_set_int (b, "skipped", node->skipped);
  leyden_value_builder_set_double (b, "mean_ms", node->n_ms > 0 ? node->sum_ms / (double) node->n_ms : NAN);
  leyden_value_builder_end (b);
}

typedef struct
{
  LeydenValueBuilder    *b;
  const LeydenNodeStats *stats;         /* by number */
} NodeWriter;

static void
write_plan_node (const LeydenPlanNode *node,
                 gpointer              data)
{
  NodeWriter *self = data;

  if (!node->is_tool)
    write_node (self->b, leyden_plan_node_get_path (node), &self->stats[node->number]);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (a, b);
}

static void
write_nodes (LeydenValueBuilder     *b,
             const LeydenRunFigures *figures)
{
  g_autoptr(GList) names = figures->counted != NULL ? g_hash_table_get_keys (figures->counted) : NULL;
  NodeWriter writer = { b, figures->nodes };

  leyden_value_builder_key (b, "nodes");
  leyden_value_builder_begin_object (b);
  if (figures->plan != NULL)
    leyden_plan_foreach_node (figures->plan, write_plan_node, &writer);
  names = g_list_sort (names, compare_names);
  for (GList *l = names; l != NULL; l = l->next)
    write_node (b, l->data, g_hash_table_lookup (figures->counted, l->data));
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_run_summarize_figures (const LeydenRunFigures *figures)
{
  g_autoptr(GArray) rewards = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GArray) latencies = g_array_new (FALSE, FALSE, sizeof (double));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Totals totals = { .rewards = rewards, .latencies = latencies };

  for (guint i = 0; i < figures->n_rows; i++)
    add_row (&totals, figures->rows[i]);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", figures->run);
  leyden_value_builder_set_string (&b, "state", figures->state);
  leyden_value_builder_set_int (&b, "n_items", figures->n_items);
  leyden_value_builder_set_int (&b, "done", totals.done);
  leyden_value_builder_set_int (&b, "succeeded", totals.succeeded);
  leyden_value_builder_set_int (&b, "failed", totals.failed);
  leyden_value_builder_set_int (&b, "cancelled", totals.cancelled);
  leyden_value_builder_set_int (&b, "running", totals.running);
  if (MAX (figures->n_paused, totals.paused) > 0)
    leyden_value_builder_set_int (&b, "n_paused", MAX (figures->n_paused, totals.paused));
  write_mean_reward (&b, rewards);
  write_latency (&b, latencies);
  leyden_value_builder_set_int (&b, "tokens", totals.tokens);
  leyden_value_builder_set_double (&b, "cost", totals.cost);
  if (totals.unpriced > 0)
    leyden_value_builder_set_int (&b, "unpriced", totals.unpriced);
  leyden_value_builder_set_boolean (&b, "simulated", totals.simulated);
  leyden_value_builder_set_double (&b, "elapsed_s", figures->elapsed_s);
  leyden_value_builder_set_double (&b, "remaining_s", figures->remaining_s);
  write_nodes (&b, figures);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/**
 * leyden_run_summarize_rows:
 * @run: id of the run
 * @state: its state
 * @rows: (element-type LeydenRolloutRow): rows of its rollouts
 * @n_items: rows that the run has in all
 * @nodes: (nullable): figures of the nodes, from leyden_run_count_nodes_finish()
 *
 * The summary of a run that is not under way here. Time elapsed is from the first start to the last end among @rows; time
 * remaining is not known.
 *
 * Returns: (transfer full): the document of leyden_run_summarize(), with "nodes" empty without @nodes
 */
LeydenValue *
leyden_run_summarize_rows (const char *run,
                           const char *state,
                           GPtrArray  *rows,
                           gint64      n_items,
                           GHashTable *nodes)
{
  gint64 first = 0, last = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenRolloutRow *row = g_ptr_array_index (rows, i);

      if (row->started_ns != 0 && (first == 0 || row->started_ns < first))
        first = row->started_ns;
      last = MAX (last, row->finished_ns);
    }
  return leyden_run_summarize_figures (&(LeydenRunFigures) {
    .run = run, .state = state, .rows = (const LeydenRolloutRow * const *) rows->pdata, .n_rows = rows->len, .n_items = n_items,
    .elapsed_s = last > first && first != 0 ? (double) (last - first) / 1e9 : 0, .remaining_s = NAN, .counted = nodes,
  });
}
