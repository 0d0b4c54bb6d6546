/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-experiment.h"
#include "leyden-run-job.h"

G_BEGIN_DECLS

/* An experiment's definition is that of a run over a data set (leyden-run-job.h, without "split"), with
 * {…, "optimizer": name, "budget": task calls or {"task_calls", "optimizer_calls", "tokens", "cost", "wall_s"}, "optimizer_model":
 *  {"endpoint", "model"} or the model's name, "failure_reward", "fresh": boolean}. */

/* Refuses what is wrong by itself; the message names the field. LEYDEN_GATEWAY_ERROR_DEFINITION, LEYDEN_EXPERIMENT_ERROR_OPTIMIZER. */
gboolean          leyden_experiment_definition_check (LeydenValue *definition, GError **error);
/* Equal for experiments that find the same. */
char             *leyden_experiment_definition_hash  (LeydenValue *definition);
/* Of a prepared job with such a definition; not yet started. @experiment NULL: a new id. @key nullable. (transfer full) */
LeydenExperiment *leyden_run_job_make_experiment     (LeydenRunJob *self, LeydenEngine *engine, LeydenModelTransport *transport,
                                                      const char *experiment, const char *key, GError **error);

G_END_DECLS
