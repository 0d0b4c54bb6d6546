/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <math.h>

#include "leyden-id.h"
#include "leyden-rollout-private.h"
#include "leyden-run-private.h"

#define DEFAULT_CONCURRENCY 8
#define PROGRESS_US (G_USEC_PER_SEC / 10)

enum
{
  SIGNAL_ROLLOUT_STARTED,
  SIGNAL_ROLLOUT_FINISHED,
  SIGNAL_PROGRESS,
  SIGNAL_FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LeydenRun, leyden_run, G_TYPE_OBJECT)

static void advance (LeydenRun *self);

/* Progress */

static void
emit_progress (LeydenRun *self)
{
  self->progress_us = g_get_monotonic_time ();
  if (self->progress_source != NULL)
    {
      g_source_destroy (self->progress_source);
      g_clear_pointer (&self->progress_source, g_source_unref);
    }
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0);
}

static gboolean
progress_cb (gpointer data)
{
  emit_progress (data);
  return G_SOURCE_REMOVE;
}

/* At most ten times a second, but always after the last change. */
void
leyden_run_changed (LeydenRun *self)
{
  gint64 wait = self->progress_us + PROGRESS_US - g_get_monotonic_time ();

  if (self->progress_source != NULL || self->finished)
    return;
  if (wait <= 0)
    {
      emit_progress (self);
      return;
    }
  self->progress_source = g_timeout_source_new ((guint) (wait / 1000) + 1);
  g_source_set_callback (self->progress_source, progress_cb, self, NULL);
  g_source_attach (self->progress_source, leyden_engine_get_context (self->engine));
}

static void
debug_changed_cb (LeydenDebug *debug,
                  gpointer     data)
{
  leyden_run_changed (data);
}

/* The end */

void
leyden_run_finish (LeydenRun *self)
{
  g_autoptr(LeydenRun) keep = g_object_ref (self);

  if (self->finished)
    return;
  leyden_debug_unwatch (self->debug, self);
  self->ended_us = g_get_monotonic_time ();
  emit_progress (self);
  self->finished = TRUE;
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
  g_object_unref (self);                /* the one of the run under way */
}

static LeydenRunRow *
make_row (LeydenRun *self)
{
  LeydenRunRow *row = leyden_run_row_new ();

  leyden_set_string (&row->run, self->id);
  leyden_set_string (&row->key, self->key);
  leyden_set_string (&row->state, self->state);
  row->created_ns = self->created_ns;
  row->finished_ns = leyden_rollout_state_is_end (self->state) ? leyden_time_now_ns () : 0;
  row->definition = leyden_value_ref (self->definition);
  row->n_items = self->n_items;
  return row;
}

static void
end_written_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(LeydenRun) self = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error) && self->error == NULL)
    {
      self->error = g_steal_pointer (&error);
      leyden_set_string (&self->state, "failed");
    }
  leyden_run_finish (self);
}

static void
end (LeydenRun  *self,
     const char *state)
{
  LeydenStore *store = leyden_engine_get_store (self->engine);

  if (self->writing_end)
    return;
  self->writing_end = TRUE;
  leyden_set_string (&self->state, state);
  if (store != NULL && self->error == NULL)
    {
      g_autoptr(LeydenRunRow) row = make_row (self);

      leyden_store_put_run_async (store, row, NULL, end_written_cb, g_object_ref (self));
    }
  else
    leyden_run_finish (self);
}

void
leyden_run_store_failed (LeydenRun *self,
                         GError    *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
  end (self, "failed");
}

/* Rollouts */

static void
node_changed (gpointer data,
              guint    node,
              guint    from,
              guint    to,
              double   ms)
{
  LeydenRun *self = data;
  LeydenNodeStats *stats = &self->nodes[node];
  gboolean was_running = from == LEYDEN_NODE_RUNNING || from == LEYDEN_NODE_WAITING;
  gboolean is_running = to == LEYDEN_NODE_RUNNING || to == LEYDEN_NODE_WAITING;

  stats->running += is_running - was_running;
  stats->succeeded += to == LEYDEN_NODE_SUCCEEDED;
  stats->failed += to == LEYDEN_NODE_FAILED;
  stats->skipped += to == LEYDEN_NODE_SKIPPED;
  if (to == LEYDEN_NODE_SUCCEEDED || to == LEYDEN_NODE_FAILED)
    {
      stats->sum_ms += ms;
      stats->n_ms++;
    }
}

static void
rollout_finished_cb (LeydenRollout *rollout,
                     LeydenRun     *self)
{
  const LeydenRolloutRow *row = leyden_rollout_get_row (rollout);
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (rollout), "leyden-run-item"));

  g_signal_handlers_disconnect_by_data (rollout, self);
  g_clear_pointer (&self->rows[index], leyden_rollout_row_free);
  self->rows[index] = leyden_rollout_row_copy (row);
  g_clear_pointer (&self->inputs[index], leyden_value_unref);
  self->n_done++;
  if (rollout->store_error != NULL && self->error == NULL)
    self->error = g_error_copy (rollout->store_error);
  g_signal_emit (self, signals[SIGNAL_ROLLOUT_FINISHED], 0, rollout);
  g_ptr_array_remove_fast (self->active, rollout);
  leyden_run_changed (self);
  advance (self);
}

static void
start_item (LeydenRun *self,
            guint      index)
{
  LeydenRolloutRow *row = self->rows[index];
  LeydenRolloutSpec spec = {
    .rollout = row->rollout, .run = self->id, .index = row->index, .item = row->item, .split = row->split,
    .plan = self->plan, .input = self->inputs[index], .seed = self->seed, .time_scale = self->time_scale,
    .deadline_s = self->deadline_s, .rerun_unsafe = self->rerun_unsafe, .ask_people = self->ask_people,
    .part = self->part, .cache = self->cache, .debug = self->debug, .again = g_str_equal (row->state, "queued") && row->last_sequence > 0,
  };
  LeydenRolloutObserver observer = { node_changed, self };
  LeydenRollout *rollout = leyden_engine_start_rollout_full (self->engine, &spec, !self->known[index], &observer);

  g_object_set_data (G_OBJECT (rollout), "leyden-run-item", GUINT_TO_POINTER (index));
  leyden_set_string (&row->state, "running");
  g_signal_connect (rollout, "finished", G_CALLBACK (rollout_finished_cb), self);
  g_ptr_array_add (self->active, rollout);
  g_signal_emit (self, signals[SIGNAL_ROLLOUT_STARTED], 0, rollout);
}

static void
advance (LeydenRun *self)
{
  while (!self->cancelled && self->error == NULL && self->active->len < self->concurrency && self->next < self->n_items)
    {
      guint index = self->next++;

      if (!leyden_rollout_state_is_end (self->rows[index]->state))
        start_item (self, index);
    }
  if (self->active->len > 0 || !self->began)
    return;
  if (self->error != NULL)
    end (self, "failed");
  else if (self->cancelled)
    end (self, "cancelled");
  else if (self->next >= self->n_items)
    end (self, "succeeded");
}

/* Start: new, or taken up again */

static void
begin (LeydenRun *self)
{
  self->began = TRUE;
  self->n_done_before = self->n_done;
  self->begun_us = g_get_monotonic_time ();
  leyden_run_changed (self);
  advance (self);
}

static void
begun_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenRun) self = data;
  GError *error = NULL;

  if (leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error))
    begin (self);
  else
    leyden_run_store_failed (self, error);
}

void
leyden_run_write_beginning (LeydenRun *self,
                            GPtrArray *rows)
{
  g_autoptr(LeydenRunRow) row = make_row (self);

  leyden_store_put_run_async (leyden_engine_get_store (self->engine), row, rows, begun_cb, g_object_ref (self));
}

static gboolean
begin_idle_cb (gpointer data)
{
  LeydenRun *self = data;

  if (leyden_engine_get_store (self->engine) != NULL)
    leyden_run_take_up (self);
  else
    begin (self);
  return G_SOURCE_REMOVE;
}

static void
init_items (LeydenRun           *self,
            const LeydenRunItem *items,
            guint                n_items)
{
  self->n_items = n_items;
  self->rows = g_new0 (LeydenRolloutRow *, n_items + 1);
  self->inputs = g_new0 (LeydenValue *, n_items + 1);
  self->known = g_new0 (gboolean, n_items + 1);
  for (guint i = 0; i < n_items; i++)
    {
      LeydenRolloutRow *row = self->rows[i] = leyden_rollout_row_new ();

      row->rollout = leyden_id_new_uuid7 ();
      row->run = g_strdup (self->id);
      leyden_set_string (&row->executor, "leyden");
      row->index = items[i].index;
      row->item = g_strdup (items[i].item);
      row->split = g_strdup (items[i].split);
      leyden_set_string (&row->state, "queued");
      row->reward = NAN;
      row->latency_ms = NAN;
      self->inputs[i] = leyden_value_ref (items[i].input);
    }
}

static LeydenValue *
new_empty_object (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/**
 * leyden_engine_start_run:
 * @self: the engine
 * @spec: what the run is; copied
 * @items: (array length=n_items): what it runs over, in the order in which they start; copied
 * @n_items: may be 0
 *
 * Writes the run and the rows of its rollouts, then starts them, @spec->concurrency at once. A run id that the store knows is
 * continued: finished rollouts stay, the others are resumed. The run keeps itself alive until "finished".
 *
 * Returns: (transfer full): the run
 */
LeydenRun *
leyden_engine_start_run (LeydenEngine        *self,
                         const LeydenRunSpec *spec,
                         const LeydenRunItem *items,
                         guint                n_items)
{
  LeydenRun *run;
  GSource *source;

  g_return_val_if_fail (LEYDEN_IS_ENGINE (self), NULL);
  g_return_val_if_fail (spec != NULL && spec->plan != NULL, NULL);
  g_return_val_if_fail (items != NULL || n_items == 0, NULL);

  run = g_object_new (LEYDEN_TYPE_RUN, NULL);
  run->engine = g_object_ref (self);
  run->plan = leyden_plan_ref (spec->plan);
  leyden_plan_learn_from_items (run->plan, items, n_items);
  run->id = spec->run != NULL ? g_strdup (spec->run) : leyden_id_new_uuid7 ();
  run->key = g_strdup (spec->key);
  run->definition = spec->definition != NULL ? leyden_value_ref (spec->definition) : new_empty_object ();
  run->seed = spec->seed;
  run->concurrency = spec->concurrency != 0 ? spec->concurrency : DEFAULT_CONCURRENCY;
  run->time_scale = spec->time_scale;
  run->deadline_s = spec->deadline_s;
  run->rerun_unsafe = spec->rerun_unsafe;
  run->ask_people = spec->ask_people;
  run->retry_failed = spec->retry_failed;
  run->cache = spec->cache;
  run->part = spec->part != NULL ? leyden_value_ref (spec->part) : NULL;
  run->debug = spec->debug != NULL ? leyden_debug_ref (spec->debug) : leyden_debug_new ();
  leyden_debug_watch (run->debug, debug_changed_cb, run);
  run->created_ns = leyden_time_now_ns ();
  run->nodes = g_new0 (LeydenNodeStats, run->plan->n_numbers + 1);
  init_items (run, items, n_items);

  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, begin_idle_cb, g_object_ref (run), NULL);
  g_source_attach (source, leyden_engine_get_context (self));
  g_source_unref (source);
  return run;
}

/**
 * leyden_run_cancel:
 * @self: the run
 * @reason: (nullable): one line for the logs of the rollouts under way
 *
 * Cancels what is under way and starts nothing more. Items that were not started stay "queued" in the store, so that the run can be
 * taken up again by its id.
 */
void
leyden_run_cancel (LeydenRun  *self,
                   const char *reason)
{
  g_autoptr(GPtrArray) active = NULL;

  g_return_if_fail (LEYDEN_IS_RUN (self));

  if (self->cancelled || self->writing_end || self->finished)
    return;
  self->cancelled = TRUE;
  active = g_ptr_array_copy (self->active, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
  g_ptr_array_set_free_func (active, g_object_unref);
  for (guint i = 0; i < active->len; i++)
    leyden_rollout_cancel (g_ptr_array_index (active, i), reason);
  advance (self);
}

const char *
leyden_run_get_id (LeydenRun *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN (self), NULL);
  return self->id;
}

const char *
leyden_run_get_state (LeydenRun *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN (self), NULL);
  return self->state;
}

gboolean
leyden_run_is_finished (LeydenRun *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN (self), FALSE);
  return self->finished;
}

const GError *
leyden_run_get_error (LeydenRun *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN (self), NULL);
  return self->error;
}

guint
leyden_run_get_n_items (LeydenRun *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN (self), 0);
  return self->n_items;
}

const LeydenRolloutRow *
leyden_run_get_row (LeydenRun *self,
                    guint      index_in_run)
{
  g_return_val_if_fail (LEYDEN_IS_RUN (self), NULL);
  g_return_val_if_fail (index_in_run < self->n_items, NULL);

  for (guint i = 0; i < self->active->len; i++)
    {
      LeydenRollout *rollout = g_ptr_array_index (self->active, i);

      if (g_strcmp0 (leyden_rollout_get_id (rollout), self->rows[index_in_run]->rollout) == 0)
        return leyden_rollout_get_row (rollout);
    }
  return self->rows[index_in_run];
}

/* From the pace of this process; not known before the first end. */
static double
estimate_remaining (LeydenRun *self)
{
  double elapsed = (double) (g_get_monotonic_time () - self->begun_us) / G_USEC_PER_SEC;

  if (self->finished || self->n_done == self->n_items)
    return 0;
  if (!self->began || self->n_done == self->n_done_before)
    return NAN;
  return elapsed / (self->n_done - self->n_done_before) * (self->n_items - self->n_done);
}

/* Nothing of it ran here: its rows tell all that is known. */
static LeydenValue *
summarize_stored (LeydenRun *self)
{
  g_autoptr(GPtrArray) rows = g_ptr_array_sized_new (self->n_items);

  for (guint i = 0; i < self->n_items; i++)
    g_ptr_array_add (rows, self->rows[i]);
  return leyden_run_summarize_rows (self->id, self->state, rows, self->n_items, NULL);
}

LeydenValue *
leyden_run_summarize (LeydenRun *self)
{
  gint64 until;

  g_return_val_if_fail (LEYDEN_IS_RUN (self), NULL);

  if (self->finished && self->begun_us == 0)
    return summarize_stored (self);
  until = self->ended_us != 0 ? self->ended_us : g_get_monotonic_time ();
  return leyden_run_summarize_figures (&(LeydenRunFigures) {
    .run = self->id, .state = self->state, .rows = (const LeydenRolloutRow * const *) self->rows, .n_rows = self->n_items,
    .n_items = self->n_items, .elapsed_s = self->begun_us != 0 ? (double) (until - self->begun_us) / G_USEC_PER_SEC : 0,
    .remaining_s = estimate_remaining (self), .plan = self->plan, .nodes = self->nodes, .n_paused = leyden_debug_get_n_paused (self->debug),
  });
}

static void
leyden_run_finalize (GObject *object)
{
  LeydenRun *self = LEYDEN_RUN (object);

  for (guint i = 0; i < self->n_items; i++)
    {
      g_clear_pointer (&self->rows[i], leyden_rollout_row_free);
      g_clear_pointer (&self->inputs[i], leyden_value_unref);
    }
  g_free (self->rows);
  g_free (self->inputs);
  g_free (self->known);
  g_free (self->nodes);
  g_free (self->id);
  g_free (self->key);
  g_free (self->state);
  g_clear_error (&self->error);
  g_clear_pointer (&self->definition, leyden_value_unref);
  g_clear_pointer (&self->part, leyden_value_unref);
  leyden_debug_unwatch (self->debug, self);
  g_clear_pointer (&self->debug, leyden_debug_unref);
  g_clear_pointer (&self->active, g_ptr_array_unref);
  g_clear_pointer (&self->plan, leyden_plan_unref);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (leyden_run_parent_class)->finalize (object);
}

static void
leyden_run_class_init (LeydenRunClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = leyden_run_finalize;

  signals[SIGNAL_ROLLOUT_STARTED] = g_signal_new ("rollout-started", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                  G_TYPE_NONE, 1, LEYDEN_TYPE_ROLLOUT);
  signals[SIGNAL_ROLLOUT_FINISHED] = g_signal_new ("rollout-finished", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                   G_TYPE_NONE, 1, LEYDEN_TYPE_ROLLOUT);
  signals[SIGNAL_PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_run_init (LeydenRun *self)
{
  self->active = g_ptr_array_new_with_free_func (g_object_unref);
  self->state = g_strdup ("running");
}
