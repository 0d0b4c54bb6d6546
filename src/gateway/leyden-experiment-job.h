/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-experiment.h"
#include "leyden-models.h"
#include "leyden-run-job.h"

G_BEGIN_DECLS

/* An experiment's definition is that of a run over a data set (leyden-run-job.h, without "split"), with
 * {…, "optimizer": name, "budget": task calls or {"task_calls", "optimizer_calls", "tokens", "cost", "wall_s"}, "optimizer_model":
 *  {"endpoint", "model"} or the model's name, "failure_reward", "fresh": boolean, "models": object endpoint → list of names}. */

/* Refuses what is wrong by itself; the message names the field. LEYDEN_GATEWAY_ERROR_DEFINITION, LEYDEN_EXPERIMENT_ERROR_OPTIMIZER. */
gboolean          leyden_experiment_definition_check (LeydenValue *definition, GError **error);
/* Equal for experiments that find the same. */
char             *leyden_experiment_definition_hash  (LeydenValue *definition);
/* Of the servers and programs that a flow reaches, with @model where nodes name none (nullable): addresses and wires of endpoints, never their keys, and what
 * the approvals of its commands hash. Reads the programs. (transfer full) (nullable): NULL when it reaches none but the simulation. */
char             *leyden_experiment_hash_outside     (LeydenFlow *flow, LeydenNodeTypes *types, LeydenModels *models, LeydenValue *model);
/* Of a prepared job with such a definition; not yet started. @experiment NULL: a new id. @key nullable. @rerun_unsafe: effects that an interruption
 * left in doubt happen again. (transfer full) */
LeydenExperiment *leyden_run_job_make_experiment     (LeydenRunJob *self, LeydenEngine *engine, LeydenModels *models,
                                                      const char *experiment, const char *key, gboolean rerun_unsafe, GError **error);

/* An endpoint with more models than this is no choice. */
#define LEYDEN_EXPERIMENT_MAX_MODELS 8
/* Before a new experiment is made: asks the endpoints of leyden_slots_list_endpoints() for their models and puts these into the job's
 * definition as "models", where they hold for each resume whatever the endpoint has then. One that does not answer, or has more than
 * LEYDEN_EXPERIMENT_MAX_MODELS, gives an empty list: there the model that stands in the flow is the only choice. @self must stay. Never fails. */
void              leyden_run_job_ask_models_async    (LeydenRunJob *self, LeydenModels *models, GAsyncReadyCallback callback, gpointer data);
void              leyden_run_job_ask_models_finish   (LeydenRunJob *self, GAsyncResult *result);

G_END_DECLS
