/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-run-private.h"

/* What the badges of nodes show, counted from the log: for what ran in another process, or ended long ago. */

#define BATCH 1000

typedef struct
{
  char       *run;
  guint64     after;
  guint64     until;
  GHashTable *without;          /* ids of rollouts, nullable */
  GHashTable *open;             /* "rollout node" → Open: started and not ended yet */
  GHashTable *nodes;            /* node path → LeydenNodeStats */
  GHashTable *attempts;         /* rollout → GArray of Outcome: of those that have not succeeded, for the case that they begin anew */
} Count;

typedef struct
{
  LeydenNodeStats *stats;
  guint            succeeded : 1;
  guint            failed : 1;
  guint            skipped : 1;
  double           ms;
} Outcome;

typedef struct
{
  gint64 time_ns;
  double latency_ms;            /* of its model calls, as modelled or measured */
} Open;

static void
count_free (gpointer data)
{
  Count *count = data;

  g_free (count->run);
  g_clear_pointer (&count->without, g_hash_table_unref);
  g_hash_table_unref (count->open);
  g_hash_table_unref (count->nodes);
  g_hash_table_unref (count->attempts);
  g_free (count);
}

static LeydenNodeStats *
get_stats (Count      *count,
           const char *node)
{
  /* All rounds of a container together. */
  g_autofree char *path = leyden_node_path_collapse (node);
  LeydenNodeStats *stats = g_hash_table_lookup (count->nodes, path);

  if (stats == NULL)
    {
      stats = g_new0 (LeydenNodeStats, 1);
      g_hash_table_insert (count->nodes, g_steal_pointer (&path), stats);
    }
  return stats;
}

static void
add (Count      *count,
     const char *rollout,
     Outcome     outcome)
{
  GArray *outcomes = g_hash_table_lookup (count->attempts, rollout);

  outcome.stats->succeeded += outcome.succeeded;
  outcome.stats->failed += outcome.failed;
  outcome.stats->skipped += outcome.skipped;
  outcome.stats->n_ms += !outcome.skipped;
  outcome.stats->sum_ms += outcome.ms;
  if (outcomes == NULL)
    {
      outcomes = g_array_new (FALSE, FALSE, sizeof (Outcome));
      g_hash_table_insert (count->attempts, g_strdup (rollout), outcomes);
    }
  g_array_append_val (outcomes, outcome);
}

/* What an attempt did that is followed by another one does not count. */
static void
take_back (Count      *count,
           const char *rollout)
{
  GArray *outcomes = g_hash_table_lookup (count->attempts, rollout);

  for (guint i = 0; outcomes != NULL && i < outcomes->len; i++)
    {
      const Outcome *outcome = &g_array_index (outcomes, Outcome, i);

      outcome->stats->succeeded -= outcome->succeeded;
      outcome->stats->failed -= outcome->failed;
      outcome->stats->skipped -= outcome->skipped;
      outcome->stats->n_ms -= !outcome->skipped;
      outcome->stats->sum_ms -= outcome->ms;
    }
  g_hash_table_remove (count->attempts, rollout);
}

static void
started (Count        *count,
         LeydenRecord *record,
         char         *place)
{
  Open *open = g_new0 (Open, 1);

  open->time_ns = record->time_ns;
  g_hash_table_replace (count->open, place, open);
}

/* As while it runs: what the calls took as modelled, or more where more was measured. */
static void
ended (Count        *count,
       LeydenRecord *record,
       const char   *place,
       gboolean      succeeded)
{
  const Open *open = g_hash_table_lookup (count->open, place);
  double ms = open != NULL ? MAX (open->latency_ms, (double) (record->time_ns - open->time_ns) / 1e6) : 0;

  add (count, record->rollout, (Outcome) { get_stats (count, record->node), succeeded, !succeeded, FALSE, ms });
  g_hash_table_remove (count->open, place);
}

static void
answered (Count        *count,
          LeydenRecord *record,
          const char   *place)
{
  Open *open = g_hash_table_lookup (count->open, place);

  if (open != NULL)
    open->latency_ms += MAX (0, leyden_value_get_member_double (leyden_value_get_member (record->payload, "answer"), "latency_ms", 0));
}

static void
count_record (Count        *count,
              LeydenRecord *record)
{
  g_autofree char *place = NULL;

  if (count->without != NULL && g_hash_table_contains (count->without, record->rollout))
    return;
  if (g_str_equal (record->type, "rollout.started"))
    take_back (count, record->rollout);
  else if (g_str_equal (record->type, "rollout.finished") && g_strcmp0 (leyden_value_get_member_string (record->payload, "state", NULL), "failed") != 0)
    g_hash_table_remove (count->attempts, record->rollout);
  if (record->node == NULL || *record->node == '\0')
    return;
  place = g_strconcat (record->rollout, " ", record->node, NULL);
  if (g_str_equal (record->type, "node.started"))
    started (count, record, g_steal_pointer (&place));
  else if (g_str_equal (record->type, "node.finished"))
    ended (count, record, place, TRUE);
  else if (g_str_equal (record->type, "node.failed"))
    ended (count, record, place, FALSE);
  else if (g_str_equal (record->type, "node.skipped"))
    add (count, record->rollout, (Outcome) { get_stats (count, record->node), FALSE, FALSE, TRUE, 0 });
  else if (g_str_equal (record->type, "node.retried") || g_str_equal (record->type, "node.cancelled"))
    g_hash_table_remove (count->open, place);
  else if (g_str_equal (record->type, "model.response"))
    answered (count, record, place);
}

static void read_more (GTask *task, LeydenStore *store);

static void
records_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GTask) task = data;
  Count *count = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_run_finish (LEYDEN_STORE (object), result, &error);

  if (records == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      count->after = record->position;
      if (record->position <= count->until)
        count_record (count, record);
    }
  if (records->len == 0 || count->after >= count->until)
    g_task_return_pointer (task, g_hash_table_ref (count->nodes), (GDestroyNotify) g_hash_table_unref);
  else
    read_more (g_steal_pointer (&task), LEYDEN_STORE (object));
}

static void
read_more (GTask       *task,
           LeydenStore *store)
{
  Count *count = g_task_get_task_data (task);

  leyden_store_read_run_async (store, count->run, count->after, BATCH, g_task_get_cancellable (task), records_cb, task);
}

void
leyden_run_count_nodes_async (LeydenStore         *store,
                              const char          *run,
                              guint64              until,
                              GHashTable          *without,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  GTask *task = g_task_new (store, cancellable, callback, data);
  Count *count = g_new0 (Count, 1);

  count->run = g_strdup (run);
  count->until = until;
  count->without = without != NULL ? g_hash_table_ref (without) : NULL;
  count->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  count->nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  count->attempts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  g_task_set_source_tag (task, leyden_run_count_nodes_async);
  g_task_set_task_data (task, count, count_free);
  if (until > 0)
    {
      read_more (task, store);
      return;
    }
  g_task_return_pointer (task, g_hash_table_ref (count->nodes), (GDestroyNotify) g_hash_table_unref);
  g_object_unref (task);
}

GHashTable *
leyden_run_count_nodes_finish (GAsyncResult  *result,
                               GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
