/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments: the dispatchers of the interface and the rows. */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-store.h"

#include <math.h>

void
leyden_store_put_experiment_async (LeydenStore           *self,
                                   LeydenExperimentBatch *batch,
                                   GAsyncReadyCallback    callback,
                                   gpointer               data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (batch != NULL);

  LEYDEN_STORE_GET_IFACE (self)->put_experiment_async (self, batch, callback, data);
}

gboolean
leyden_store_put_experiment_finish (LeydenStore  *self,
                                    GAsyncResult *result,
                                    GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), FALSE);

  return LEYDEN_STORE_GET_IFACE (self)->put_experiment_finish (self, result, error);
}

void
leyden_store_list_experiments_async (LeydenStore        *self,
                                     const char         *key,
                                     guint               limit,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));

  LEYDEN_STORE_GET_IFACE (self)->list_experiments_async (self, key, limit, cancellable, callback, data);
}

GPtrArray *
leyden_store_list_experiments_finish (LeydenStore  *self,
                                      GAsyncResult *result,
                                      GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->list_experiments_finish (self, result, error);
}

void
leyden_store_get_experiment_async (LeydenStore        *self,
                                   const char         *experiment,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (experiment != NULL);

  LEYDEN_STORE_GET_IFACE (self)->get_experiment_async (self, experiment, cancellable, callback, data);
}

LeydenExperimentRow *
leyden_store_get_experiment_finish (LeydenStore  *self,
                                    GAsyncResult *result,
                                    GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->get_experiment_finish (self, result, error);
}

void
leyden_store_read_experiment_async (LeydenStore        *self,
                                    const char         *experiment,
                                    GCancellable       *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (experiment != NULL);

  LEYDEN_STORE_GET_IFACE (self)->read_experiment_async (self, experiment, cancellable, callback, data);
}

LeydenExperimentBatch *
leyden_store_read_experiment_finish (LeydenStore  *self,
                                     GAsyncResult *result,
                                     GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->read_experiment_finish (self, result, error);
}

void
leyden_store_list_evaluations_async (LeydenStore        *self,
                                     const char         *env,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (env != NULL);

  LEYDEN_STORE_GET_IFACE (self)->list_evaluations_async (self, env, cancellable, callback, data);
}

GPtrArray *
leyden_store_list_evaluations_finish (LeydenStore  *self,
                                      GAsyncResult *result,
                                      GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->list_evaluations_finish (self, result, error);
}

/* Rows */

static LeydenValue *
ref_value (LeydenValue *value)
{
  return value != NULL ? leyden_value_ref (value) : NULL;
}

LeydenExperimentRow *
leyden_experiment_row_new (void)
{
  LeydenExperimentRow *self = g_new0 (LeydenExperimentRow, 1);

  self->state = g_strdup ("queued");
  return self;
}

LeydenExperimentRow *
leyden_experiment_row_copy (const LeydenExperimentRow *self)
{
  LeydenExperimentRow *copy;

  if (self == NULL)
    return NULL;
  copy = g_memdup2 (self, sizeof *self);
  copy->experiment = g_strdup (self->experiment);
  copy->key = g_strdup (self->key);
  copy->state = g_strdup (self->state);
  copy->definition = ref_value (self->definition);
  copy->snapshot = ref_value (self->snapshot);
  return copy;
}

void
leyden_experiment_row_free (LeydenExperimentRow *self)
{
  if (self == NULL)
    return;
  g_free (self->experiment);
  g_free (self->key);
  g_free (self->state);
  g_clear_pointer (&self->definition, leyden_value_unref);
  g_clear_pointer (&self->snapshot, leyden_value_unref);
  g_free (self);
}

void
leyden_candidate_row_free (LeydenCandidateRow *self)
{
  if (self == NULL)
    return;
  g_free (self->candidate);
  g_free (self->origin);
  g_clear_pointer (&self->parents, leyden_value_unref);
  g_clear_pointer (&self->slots, leyden_value_unref);
  g_free (self);
}

LeydenEvaluationRow *
leyden_evaluation_row_new (void)
{
  LeydenEvaluationRow *self = g_new0 (LeydenEvaluationRow, 1);

  self->reward = NAN;
  self->latency_ms = NAN;
  return self;
}

LeydenEvaluationRow *
leyden_evaluation_row_copy (const LeydenEvaluationRow *self)
{
  LeydenEvaluationRow *copy;

  if (self == NULL)
    return NULL;
  copy = g_memdup2 (self, sizeof *self);
  copy->candidate = g_strdup (self->candidate);
  copy->item = g_strdup (self->item);
  copy->env = g_strdup (self->env);
  copy->rollout = g_strdup (self->rollout);
  copy->error_kind = g_strdup (self->error_kind);
  copy->feedback = g_strdup (self->feedback);
  copy->answer = ref_value (self->answer);
  return copy;
}

void
leyden_evaluation_row_free (LeydenEvaluationRow *self)
{
  if (self == NULL)
    return;
  g_free (self->candidate);
  g_free (self->item);
  g_free (self->env);
  g_free (self->rollout);
  g_free (self->error_kind);
  g_free (self->feedback);
  g_clear_pointer (&self->answer, leyden_value_unref);
  g_free (self);
}

void
leyden_proposal_row_free (LeydenProposalRow *self)
{
  if (self == NULL)
    return;
  g_free (self->parent);
  g_free (self->candidate);
  g_free (self->slot);
  g_free (self->critique);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_free (self->verdict);
  g_free (self->why);
  g_free (self);
}

void
leyden_call_row_free (LeydenCallRow *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->kind);
  g_free (self->request_hash);
  g_clear_pointer (&self->response, leyden_value_unref);
  g_free (self);
}

LeydenExperimentBatch *
leyden_experiment_batch_new (const char *experiment)
{
  LeydenExperimentBatch *self = g_new0 (LeydenExperimentBatch, 1);

  self->experiment = g_strdup (experiment);
  self->candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_candidate_row_free);
  self->evaluations = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_evaluation_row_free);
  self->proposals = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_proposal_row_free);
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_call_row_free);
  return self;
}

void
leyden_experiment_batch_free (LeydenExperimentBatch *self)
{
  if (self == NULL)
    return;
  g_free (self->experiment);
  leyden_experiment_row_free (self->row);
  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_clear_pointer (&self->evaluations, g_ptr_array_unref);
  g_clear_pointer (&self->proposals, g_ptr_array_unref);
  g_clear_pointer (&self->calls, g_ptr_array_unref);
  g_free (self);
}
