/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-views.h"

#include <glib/gi18n-lib.h>

#define NAME(column) "(SELECT name FROM main.names WHERE id = " column ")"
#define ROLLOUT(column) "(SELECT rollout FROM main.rollouts WHERE id = " column ")"
#define RUN(column) "(SELECT run FROM main.runs WHERE id = " column ")"
#define EXPERIMENT(column) "(SELECT experiment FROM main.experiments WHERE id = " column ")"
/* Takes a text column, which is never NULL, of a table whose rows may only be counted: else SQLite forgets within which view it is. */
#define TAKES(column) "+" column " >= ''"
#define ALL(column) " WHERE " TAKES (column)
#define LIVE(column) " WHERE " column " NOT IN (SELECT rollout FROM main.rollout_facts WHERE deleted_ns > 0)"

/* Times stand as they are stored, 0 for what has not happened, so that indexes find them. */
static const LeydenViewColumn rollouts[] = {
  { "rollout", "text", ROLLOUT ("f.rollout"), N_("its id") },
  { "run", "text", RUN ("f.run"), N_("the run it belongs to") },
  { "experiment", "text", EXPERIMENT ("f.experiment"), N_("the experiment it belongs to") },
  { "executor", "text", "f.executor", N_("who runs it: leyden, agl, otlp") },
  { "purpose", "text", "f.purpose", N_("run, try, experiment, attached, trainer, otlp") },
  { "flow", "text", NAME ("f.flow"), N_("id of the flow's document") },
  { "flow_title", "text", "f.flow_title", N_("title of the flow") },
  { "version", "text", NAME ("f.version"), N_("hash of the flow") },
  { "dataset", "text", NAME ("f.dataset"), N_("SHA-256 of the data set") },
  { "dataset_name", "text", "f.dataset_name", N_("name of the data set") },
  { "split", "text", "f.split", N_("train, validation, test") },
  { "item", "text", "f.item", N_("row of the data set") },
  { "item_index", "number", "f.item_index", N_("the row's number, from 0") },
  { "model", "text", NAME ("f.model"), N_("model with most calls") },
  { "candidate", "text", NAME ("f.candidate"), N_("candidate of the experiment") },
  { "step", "number", "f.step", N_("training step in which it was made") },
  { "finished_step", "number", "f.finished_step", N_("training step in which it ended") },
  { "train", "flag", "f.is_train", N_("for training") },
  { "state", "text", "f.state", N_("queued, running, waiting, paused, succeeded, failed, cancelled") },
  { "reward", "number", "f.reward", N_("reward; null: none") },
  { "invalid_rewards", "number", "f.invalid", N_("rewards that were no finite number") },
  { "created_ns", "time", "f.created_ns", N_("when it was asked for") },
  { "started_ns", "time", "f.started_ns", N_("when it began; 0: not yet") },
  { "finished_ns", "time", "f.finished_ns", N_("when it ended; 0: not yet") },
  { "queued_ms", "number", "f.queued_ms", N_("how long it waited to begin") },
  { "latency_ms", "number", "f.latency_ms", N_("how long it took") },
  { "model_ms", "number", "f.model_ms", N_("time of its model calls, added up") },
  { "tool_ms", "number", "f.tool_ms", N_("time of its tool calls, added up") },
  { "wait_ms", "number", "f.wait_ms", N_("time it waited for limits, leases, people") },
  { "model_calls", "number", "f.n_model_calls", N_("number of model calls") },
  { "tool_calls", "number", "f.n_tool_calls", N_("number of tool calls") },
  { "retries", "number", "f.n_retries", N_("number of retries") },
  { "cache_hits", "number", "f.n_cache_hits", N_("answers taken from the cache") },
  { "tokens_in", "number", "f.tokens_in", N_("tokens sent to models") },
  { "tokens_out", "number", "f.tokens_out", N_("tokens that models wrote") },
  { "tokens", "number", "f.tokens_in + f.tokens_out", N_("both together") },
  { "cost", "number", "f.cost", N_("cost") },
  { "simulated", "flag", "f.simulated", N_("a simulated model took part") },
  { "error", "text", "f.error", N_("what went wrong, in one line") },
  { "error_kind", "text", NAME ("f.error_kind"), N_("its cause") },
  { "error_node", "text", NAME ("f.error_node"), N_("node where it went wrong") },
  { NULL }
};

static const LeydenViewColumn calls[] = {
  { "rollout", "text", ROLLOUT ("c.rollout"), N_("rollout that made it") },
  { "kind", "text", "CASE c.kind WHEN 0 THEN 'model' ELSE 'tool' END", N_("model or tool") },
  { "node", "text", NAME ("c.node"), N_("path of the node; rounds as [*]") },
  { "model", "text", NAME ("c.model"), N_("model, or name of the tool") },
  { "endpoint", "text", NAME ("c.endpoint"), N_("endpoint that was asked") },
  { "finished_ns", "time", "c.time_ns", N_("when the answer came") },
  { "latency_ms", "number", "c.latency_ms", N_("how long it took") },
  { "first_token_ms", "number", "c.first_token_ms", N_("time to the first token") },
  { "tokens_in", "number", "c.tokens_in", N_("tokens sent to models") },
  { "tokens_out", "number", "c.tokens_out", N_("tokens that models wrote") },
  { "cost", "number", "c.cost", N_("cost") },
  { "cached", "flag", "c.cached", N_("the answer came from the cache") },
  { "simulated", "flag", "c.simulated", N_("by the simulated model") },
  { "error_kind", "text", NAME ("c.error_kind"), N_("its cause; null: it went well") },
  { NULL }
};

static const LeydenViewColumn nodes[] = {
  { "rollout", "text", ROLLOUT ("n.rollout"), N_("rollout in which it ran") },
  { "node", "text", NAME ("n.node"), N_("path of the node; rounds as [*]") },
  { "finished_ns", "time", "n.time_ns", N_("when it ended") },
  { "state", "text", "CASE n.state WHEN 0 THEN 'succeeded' WHEN 1 THEN 'failed' WHEN 2 THEN 'skipped' ELSE 'cancelled' END",
    N_("succeeded, failed, skipped, cancelled") },
  { "ms", "number", "n.ms", N_("how long it took") },
  { "tries", "number", "n.tries", N_("how often it was tried") },
  { "error_kind", "text", NAME ("n.error_kind"), N_("its cause; null: it went well") },
  { NULL }
};

static const LeydenViewColumn waits[] = {
  { "rollout", "text", ROLLOUT ("w.rollout"), N_("rollout that waited") },
  { "node", "text", NAME ("w.node"), N_("path of the node; rounds as [*]") },
  { "reason", "text", NAME ("w.reason"), N_("rate-limit, lease, human, decision, breakpoint…") },
  { "finished_ns", "time", "w.time_ns", N_("when it went on") },
  { "ms", "number", "w.ms", N_("how long it waited") },
  { NULL }
};

static const LeydenViewColumn rewards[] = {
  { "rollout", "text", ROLLOUT ("p.rollout"), N_("rollout that was rewarded") },
  { "name", "text", "CASE s.metric WHEN 'reward' THEN 'reward' ELSE s.labels ->> '$.part' END", N_("“reward”, or that of a part") },
  { "time_ns", "time", "p.time_ns", N_("when") },
  { "value", "number", "p.value", N_("how much") },
  { NULL }
};

static const LeydenViewColumn points[] = {
  { "metric", "text", "s.metric", N_("what was measured") },
  { "labels", "text", "s.labels", N_("labels, as JSON") },
  { "unit", "text", "s.unit", N_("unit") },
  { "time_ns", "time", "p.time_ns", N_("when") },
  { "value", "number", "p.value", N_("how much") },
  { "rollout", "text", ROLLOUT ("p.rollout"), N_("rollout that reported it") },
  { NULL }
};

static const LeydenViewColumn runs[] = {
  { "run", "text", "u.run", N_("its id") },
  { "state", "text", "u.state", N_("running, paused, succeeded, failed, cancelled") },
  { "created_ns", "time", "u.created_ns", N_("when it was asked for") },
  { "finished_ns", "time", "u.finished_ns", N_("when it ended; 0: not yet") },
  { "items", "number", "u.n_items", N_("number of items") },
  { NULL }
};

static const LeydenViewColumn experiments[] = {
  { "experiment", "text", "e.experiment", N_("its id") },
  { "state", "text", "e.state", N_("queued, running, paused, stopped, finished, failed") },
  { "created_ns", "time", "e.created_ns", N_("when it was asked for") },
  { "finished_ns", "time", "e.finished_ns", N_("when it ended; 0: not yet") },
  { NULL }
};

/* Nodes, calls and waits of a rollout in one list. */
#define SPANS "FROM (SELECT rollout, CASE kind WHEN 0 THEN 'model' ELSE 'tool' END AS kind, node, model AS what, time_ns, latency_ms AS ms, " \
              "error_kind FROM main.calls UNION ALL SELECT rollout, 'node', node, NULL, time_ns, ms, error_kind FROM main.node_ends " \
              "UNION ALL SELECT rollout, 'wait', node, reason, time_ns, ms, NULL FROM main.waits) x"
static const LeydenViewColumn spans[] = {
  { "rollout", "text", ROLLOUT ("x.rollout"), N_("rollout in which it was") },
  { "kind", "text", "x.kind", N_("node, model, tool, wait") },
  { "node", "text", NAME ("x.node"), N_("path of the node; rounds as [*]") },
  { "what", "text", NAME ("x.what"), N_("model, tool, or what was waited for") },
  { "started_ns", "time", "x.time_ns - CAST (ifnull (x.ms, 0) * 1000000 AS INTEGER)", N_("when it began") },
  { "finished_ns", "time", "x.time_ns", N_("when it ended") },
  { "ms", "number", "x.ms", N_("how long it took") },
  { "error_kind", "text", NAME ("x.error_kind"), N_("its cause; null: it went well") },
  { NULL }
};

#define POINTS "FROM main.points p JOIN main.series s ON s.id = p.series AND " TAKES ("s.metric") \
               " WHERE (p.rollout IS NULL OR p.rollout NOT IN (SELECT rollout FROM main.rollout_facts WHERE deleted_ns > 0))"
static const LeydenView views[] = {
  { "rollouts", N_("One row a rollout"), "FROM main.rollout_facts f WHERE f.deleted_ns = 0", rollouts },
  { "calls", N_("Calls of models and tools"), "FROM main.calls c" LIVE ("c.rollout"), calls },
  { "nodes", N_("Nodes that ended"), "FROM main.node_ends n" LIVE ("n.rollout"), nodes },
  { "waits", N_("What was waited for"), "FROM main.waits w" LIVE ("w.rollout"), waits },
  { "rewards", N_("Rewards and their parts"), POINTS " AND (s.metric = 'reward' OR s.metric = 'reward.part')", rewards },
  { "points", N_("What was measured, by series"), POINTS, points },
  { "runs", N_("Runs"), "FROM main.runs u" ALL ("u.run"), runs },
  { "experiments", N_("Experiments"), "FROM main.experiments e" ALL ("e.experiment"), experiments },
  { "spans", N_("Nodes, calls and waits with begin and end"), SPANS LIVE ("x.rollout"), spans },
};

/* Tables behind them. NULL: every column; of the others no more than is named. */
static const struct { const char *table, *columns; } tables[] = {
  { "rollout_facts", NULL },
  { "calls", NULL },
  { "node_ends", NULL },
  { "waits", NULL },
  { "series", NULL },
  { "points", NULL },
  { "names", NULL },
  { "rollouts", " id rollout " },
  { "runs", " id run state created_ns finished_ns n_items " },
  { "experiments", " id experiment state created_ns finished_ns " },
};

const LeydenView *
leyden_views_get_all (guint *n)
{
  *n = G_N_ELEMENTS (views);
  return views;
}

static const LeydenView *
find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    if (g_ascii_strcasecmp (views[i].name, name) == 0)
      return &views[i];
  return NULL;
}

gboolean
leyden_views_has (const char *view)
{
  return view != NULL && find (view) != NULL;
}

const char **
leyden_views_list_columns (const char *view)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const LeydenView *found = find (view);

  g_return_val_if_fail (found != NULL, NULL);

  for (guint i = 0; found->columns[i].name != NULL; i++)
    g_ptr_array_add (names, (gpointer)found->columns[i].name);
  g_ptr_array_add (names, NULL);
  return (const char **)g_ptr_array_steal (names, NULL);
}

static void
add_columns (LeydenSqlText    *sql,
             const LeydenView *view)
{
  for (guint i = 0; view->columns[i].name != NULL; i++)
    leyden_sql_text_printf (sql, "%s%s AS \"%s\"", i > 0 ? ", " : "", view->columns[i].sql, view->columns[i].name);
}

void
leyden_views_add_with (LeydenSqlText *sql,
                       const char    *inside)
{
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      /* Else a view that stands twice in a statement would be written out, with all of its rows. */
      leyden_sql_text_printf (sql, "%s%s AS NOT MATERIALIZED (WITH \"%s\" AS NOT MATERIALIZED (SELECT ", i == 0 ? "WITH " : ", ", views[i].name, inside);
      add_columns (sql, &views[i]);
      leyden_sql_text_printf (sql, " %s) SELECT * FROM \"%s\")", views[i].from, inside);
    }
  leyden_sql_text_add (sql, " ");
}

void
leyden_views_add_exists (LeydenSqlText *sql,
                         const char    *id,
                         const char    *condition)
{
  leyden_sql_text_add (sql, "EXISTS (SELECT 1 FROM (SELECT f.rollout AS \"_id\", ");
  add_columns (sql, &views[0]);
  leyden_sql_text_printf (sql, " FROM main.rollout_facts f) AS rollouts WHERE \"_id\" = %s AND (", id);
  leyden_sql_text_add (sql, condition);
  /* It may end with a comment. */
  leyden_sql_text_add (sql, "\n))");
}

gboolean
leyden_views_reads (const char *table,
                    const char *column)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (g_ascii_strcasecmp (tables[i].table, table) == 0)
      {
        g_autofree char *word = g_strconcat (" ", column, " ", NULL);

        return tables[i].columns == NULL || *column == '\0' || strstr (tables[i].columns, word) != NULL;
      }
  return FALSE;
}
