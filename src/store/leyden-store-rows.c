/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-store.h"

#include <math.h>

LeydenRolloutRow *
leyden_rollout_row_new (void)
{
  LeydenRolloutRow *self = g_new0 (LeydenRolloutRow, 1);

  self->executor = g_strdup ("leyden");
  self->state = g_strdup ("queued");
  self->reward = NAN;
  self->latency_ms = NAN;
  return self;
}

LeydenRolloutRow *
leyden_rollout_row_copy (const LeydenRolloutRow *self)
{
  LeydenRolloutRow *copy;

  if (self == NULL)
    return NULL;
  copy = g_memdup2 (self, sizeof *self);
  copy->rollout = g_strdup (self->rollout);
  copy->run = g_strdup (self->run);
  copy->executor = g_strdup (self->executor);
  copy->item = g_strdup (self->item);
  copy->split = g_strdup (self->split);
  copy->state = g_strdup (self->state);
  copy->error = g_strdup (self->error);
  copy->error_node = g_strdup (self->error_node);
  return copy;
}

void
leyden_rollout_row_free (LeydenRolloutRow *self)
{
  if (self == NULL)
    return;
  g_free (self->rollout);
  g_free (self->run);
  g_free (self->executor);
  g_free (self->item);
  g_free (self->split);
  g_free (self->state);
  g_free (self->error);
  g_free (self->error_node);
  g_free (self);
}

LeydenValue *
leyden_rollout_row_to_value (const LeydenRolloutRow *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", self->rollout);
  leyden_value_builder_set_string (&b, "run", self->run);
  leyden_value_builder_set_string (&b, "executor", self->executor);
  leyden_value_builder_set_int (&b, "index", self->index);
  leyden_value_builder_set_string (&b, "item", self->item);
  leyden_value_builder_set_string (&b, "split", self->split);
  leyden_value_builder_set_string (&b, "state", self->state);
  leyden_value_builder_set_double (&b, "reward", self->reward);
  leyden_value_builder_set_int (&b, "started_ns", self->started_ns);
  leyden_value_builder_set_int (&b, "finished_ns", self->finished_ns);
  leyden_value_builder_set_double (&b, "latency_ms", self->latency_ms);
  leyden_value_builder_set_int (&b, "tokens_in", self->tokens_in);
  leyden_value_builder_set_int (&b, "tokens_out", self->tokens_out);
  leyden_value_builder_set_double (&b, "cost", self->cost);
  leyden_value_builder_set_boolean (&b, "simulated", self->simulated);
  leyden_value_builder_set_string (&b, "error", self->error);
  leyden_value_builder_set_string (&b, "error_node", self->error_node);
  leyden_value_builder_set_int (&b, "last_sequence", (gint64) self->last_sequence);
  leyden_value_builder_set_int (&b, "last_position", (gint64) self->last_position);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenRunRow *
leyden_run_row_new (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenRunRow *self = g_new0 (LeydenRunRow, 1);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  self->definition = leyden_value_builder_end_value (&b);
  self->state = g_strdup ("running");
  self->mean_reward = NAN;
  return self;
}

LeydenRunRow *
leyden_run_row_copy (const LeydenRunRow *self)
{
  LeydenRunRow *copy;

  if (self == NULL)
    return NULL;
  copy = g_memdup2 (self, sizeof *self);
  copy->run = g_strdup (self->run);
  copy->key = g_strdup (self->key);
  copy->state = g_strdup (self->state);
  copy->definition = self->definition ? leyden_value_ref (self->definition) : NULL;
  return copy;
}

void
leyden_run_row_free (LeydenRunRow *self)
{
  if (self == NULL)
    return;
  g_free (self->run);
  g_free (self->key);
  g_free (self->state);
  g_clear_pointer (&self->definition, leyden_value_unref);
  g_free (self);
}

LeydenValue *
leyden_run_row_to_value (const LeydenRunRow *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", self->run);
  leyden_value_builder_set_string (&b, "key", self->key);
  leyden_value_builder_set_string (&b, "state", self->state);
  leyden_value_builder_set_int (&b, "created_ns", self->created_ns);
  leyden_value_builder_set_int (&b, "finished_ns", self->finished_ns);
  leyden_value_builder_set (&b, "definition", self->definition);
  leyden_value_builder_set_int (&b, "n_items", self->n_items);
  leyden_value_builder_set_int (&b, "n_done", self->n_done);
  leyden_value_builder_set_int (&b, "n_succeeded", self->n_succeeded);
  leyden_value_builder_set_int (&b, "n_failed", self->n_failed);
  leyden_value_builder_set_int (&b, "n_cancelled", self->n_cancelled);
  leyden_value_builder_set_int (&b, "n_running", self->n_running);
  leyden_value_builder_set_double (&b, "mean_reward", self->mean_reward);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
