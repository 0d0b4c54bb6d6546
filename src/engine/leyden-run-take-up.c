/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <math.h>

#include "leyden-rollout-private.h"
#include "leyden-run-private.h"

/* What the store has of a run already: it goes on from there, or is shown again. */

/* Place of the first item that a stored row can belong to; several items may have one index (samples of it). */
static guint
find_item (LeydenRun              *self,
           GHashTable             *places,
           const LeydenRolloutRow *row)
{
  guint first = GPOINTER_TO_UINT (g_hash_table_lookup (places, &row->index));

  for (guint i = first; first != 0 && i <= self->n_items; i++)
    if (!self->known[i - 1] && self->rows[i - 1]->index == row->index && g_strcmp0 (self->rows[i - 1]->item, row->item) == 0)
      return i - 1;
  return G_MAXUINT;
}

/* It stands in the queue again, also for the process after this one; only its log remembers the failure. */
static void
queue_again (LeydenRolloutRow *row)
{
  leyden_set_string (&row->state, "queued");
  leyden_set_string (&row->error, NULL);
  leyden_set_string (&row->error_node, NULL);
  row->reward = NAN;
  row->latency_ms = NAN;
  row->started_ns = 0;
  row->finished_ns = 0;
  row->tokens_in = 0;
  row->tokens_out = 0;
  row->cost = 0;
}

static void
take_row (LeydenRun              *self,
          GHashTable             *places,
          const LeydenRolloutRow *row)
{
  guint item = find_item (self, places, row);

  if (item == G_MAXUINT)
    return;
  leyden_rollout_row_free (self->rows[item]);
  self->rows[item] = leyden_rollout_row_copy (row);
  self->known[item] = TRUE;
  if (self->retry_failed && g_strcmp0 (row->state, "failed") == 0)
    queue_again (self->rows[item]);
  else if (leyden_rollout_state_is_end (row->state))
    self->n_done++;
}

/* Items may be any part of a data set: where each index stands first. */
static GHashTable *
index_items (LeydenRun *self)
{
  GHashTable *places = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = self->n_items; i > 0; i--)
    g_hash_table_insert (places, g_memdup2 (&self->rows[i - 1]->index, sizeof (gint64)), GUINT_TO_POINTER (i));
  return places;
}

typedef struct
{
  LeydenRun  *run;
  GHashTable *counted;
} Counted;

static void
add_counted (const LeydenPlanNode *node,
             gpointer              data)
{
  const Counted *self = data;
  const LeydenNodeStats *before = g_hash_table_lookup (self->counted, leyden_plan_node_get_path (node));
  LeydenNodeStats *stats = &self->run->nodes[node->number];

  if (before == NULL)
    return;
  stats->succeeded += before->succeeded;
  stats->failed += before->failed;
  stats->skipped += before->skipped;
  stats->sum_ms += before->sum_ms;
  stats->n_ms += before->n_ms;
}

/* What ran before this process took the run up stands in the log. */
static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenRun) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) counted = leyden_run_count_nodes_finish (result, &error);

  if (counted == NULL)
    {
      g_warning ("The figures of the nodes of run %s begin anew: %s", self->id, error->message);
      return;
    }
  leyden_plan_foreach_node (self->plan, add_counted, &(Counted) { self, counted });
  leyden_run_changed (self);
}

static void
count_earlier (LeydenRun *self,
               GPtrArray *rows)
{
  g_autoptr(GHashTable) again = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint64 last = 0;

  for (guint i = 0; i < self->n_items; i++)
    if (self->known[i] && g_str_equal (self->rows[i]->state, "queued"))
      g_hash_table_add (again, g_strdup (self->rows[i]->rollout));
  for (guint i = 0; i < rows->len; i++)
    last = MAX (last, ((const LeydenRolloutRow *) g_ptr_array_index (rows, i))->last_position);
  if (last > 0)
    leyden_run_count_nodes_async (leyden_engine_get_store (self->engine), self->id, last, again, NULL, counted_cb, g_object_ref (self));
}

static void
rows_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenRun) self = data;
  GError *error = NULL;
  g_autoptr(GPtrArray) rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  g_autoptr(GPtrArray) missing = g_ptr_array_new ();
  g_autoptr(GHashTable) places = index_items (self);

  if (rows == NULL)
    {
      leyden_run_store_failed (self, error);
      return;
    }
  for (guint i = 0; i < rows->len; i++)
    take_row (self, places, g_ptr_array_index (rows, i));
  for (guint i = 0; i < self->n_items; i++)
    if (!self->known[i] || (self->retry_failed && g_str_equal (self->rows[i]->state, "queued")))
      g_ptr_array_add (missing, self->rows[i]);
  if (self->n_done == self->n_items && leyden_rollout_state_is_end (self->state))
    {
      /* Finished before: shown again, nothing is written. */
      self->began = TRUE;
      self->n_done_before = self->n_done;
      leyden_run_finish (self);
      return;
    }
  leyden_set_string (&self->state, "running");
  count_earlier (self, rows);
  leyden_run_write_beginning (self, missing->len > 0 ? missing : NULL);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenRun) self = data;
  GError *error = NULL;
  LeydenStore *store = LEYDEN_STORE (object);
  g_autoptr(LeydenRunRow) row = leyden_store_get_run_finish (store, result, &error);

  if (row == NULL && (error == NULL || g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND)))
    {
      g_autoptr(GPtrArray) rows = g_ptr_array_new ();

      g_clear_error (&error);
      for (guint i = 0; i < self->n_items; i++)
        g_ptr_array_add (rows, self->rows[i]);
      leyden_run_write_beginning (self, rows);
      return;
    }
  if (row == NULL)
    {
      leyden_run_store_failed (self, error);
      return;
    }
  self->created_ns = row->created_ns;
  leyden_set_string (&self->state, row->state);
  leyden_set_string (&self->key, row->key);
  leyden_value_unref (self->definition);
  self->definition = leyden_value_ref (row->definition);
  leyden_store_list_rollouts_async (store, self->id, NULL, -1, 0, NULL, rows_cb, g_object_ref (self));
}

void
leyden_run_take_up (LeydenRun *self)
{
  leyden_store_get_run_async (leyden_engine_get_store (self->engine), self->id, NULL, found_cb, g_object_ref (self));
}
