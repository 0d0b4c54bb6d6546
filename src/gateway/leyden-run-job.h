/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"
#include "leyden-model.h"

G_BEGIN_DECLS

/**
 * LeydenGatewayError:
 * @LEYDEN_GATEWAY_ERROR_DEFINITION: a run's definition does not fit (a field, the flow, the data set's columns)
 * @LEYDEN_GATEWAY_ERROR_MISSING: a blob that the definition names is not there
 * @LEYDEN_GATEWAY_ERROR_FILE: key file, rendezvous file, folder
 * @LEYDEN_GATEWAY_ERROR_ADDRESS: the address to listen on is wrong or taken, or TLS cannot be had
 * @LEYDEN_GATEWAY_ERROR_POLICY: an address that others reach, without TLS
 */
typedef enum
{
  LEYDEN_GATEWAY_ERROR_DEFINITION,
  LEYDEN_GATEWAY_ERROR_MISSING,
  LEYDEN_GATEWAY_ERROR_FILE,
  LEYDEN_GATEWAY_ERROR_ADDRESS,
  LEYDEN_GATEWAY_ERROR_POLICY,
} LeydenGatewayError;
#define LEYDEN_GATEWAY_ERROR (leyden_gateway_error_quark ())
GQuark leyden_gateway_error_quark (void);

/**
 * LeydenRunJob: a run's definition made ready: its flow checked, the run's model put where nodes name none, the rows of its data set
 * mapped to inputs. The definition is what the run's row keeps, enough to start it again after a crash:
 *
 * {"title", "purpose": "run"|"try", "flow": SHA-256 of the document, "flow_id", "flow_hash", "input": object or "dataset": {"sha256", "name",
 *  "format", "encoding", "mapping", "columns" (over mapping or guess), "split", "limit", "row" (only this one)}, "model": {"endpoint", "model"}, "seed", "concurrency", "pace": "real"|"brisk"|"fast",
 *  "deadline_s", "client_id", "part": {"node", "mode", "rollout", "sha256": of the blob that holds what leyden_part_prepare() gave} in place of
 *  "input" and "dataset", "cache": "use"|"refresh"|"off", "pins": "use"|"ignore", "fork": {"rollout", "until"} when it went on from there,
 *  "breakpoints": see LeydenDebug, "paused": each rollout pauses before its first node}
 *
 * Both blobs must be in the store.
 */
typedef struct _LeydenRunJob LeydenRunJob;

/* Errors: LEYDEN_GATEWAY_ERROR, LEYDEN_FLOW_ERROR, LEYDEN_ENGINE_ERROR_FLOW, LEYDEN_DATASET_ERROR, LEYDEN_STORE_ERROR. */
void          leyden_run_job_prepare_async  (LeydenStore *store, LeydenNodeTypes *types, LeydenValue *definition,
                                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenRunJob *leyden_run_job_prepare_finish (GAsyncResult *result, GError **error);
void          leyden_run_job_free           (LeydenRunJob *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRunJob, leyden_run_job_free)
/* @run NULL: a new id; an existing one is continued, @retry_failed: with what failed of it. @key nullable. (transfer full) */
LeydenRun    *leyden_run_job_start          (LeydenRunJob *self, LeydenEngine *engine, const char *run, const char *key,
                                             gboolean rerun_unsafe, gboolean retry_failed);
guint         leyden_run_job_get_n_items    (LeydenRunJob *self);
LeydenPlan   *leyden_run_job_get_plan       (LeydenRunJob *self);
/* Where a part of a flow lies ("solve[3]/"); NULL: the whole flow runs. */
const char   *leyden_run_job_get_scope      (LeydenRunJob *self);
/* Breakpoints of the run that is started; NULL: one without. */
LeydenDebug  *leyden_run_job_get_debug      (LeydenRunJob *self);
void          leyden_run_job_set_debug      (LeydenRunJob *self, LeydenDebug *debug);
LeydenNodeTypes *leyden_run_job_get_types   (LeydenRunJob *self);
LeydenValue  *leyden_run_job_get_definition (LeydenRunJob *self);
/* One that says more of the same. */
void          leyden_run_job_set_definition (LeydenRunJob *self, LeydenValue *definition);
/* Replaces what @redact gives in the inputs of all items: before they enter a rollout. */
void          leyden_run_job_redact          (LeydenRunJob *self, char *(*redact) (const char *text, gssize length, gpointer data), gpointer data);
/* get_n_items of them; what they point to belongs to the job. (transfer container): g_free. */
LeydenRunItem *leyden_run_job_list_items    (LeydenRunJob *self);
/* Refuses what is wrong by itself, before any blob is asked for; the message names the field. */
gboolean      leyden_run_definition_check   (LeydenValue *definition, GError **error);
/* The same with one row of its data set; without a data set as it is. (transfer full) */
LeydenValue  *leyden_run_definition_of_row  (LeydenValue *definition, gint64 row);
/* Key of a run on the command line: equal for the same flow, input or data set and split, model, model name and seed. */
char         *leyden_run_definition_hash    (LeydenValue *definition);

/* A run as help/leyden-api.md has it; @summary NULL: what the row alone knows (counts and mean). (transfer full) */
LeydenValue  *leyden_run_describe           (const LeydenRunRow *row, LeydenValue *summary);

/* How long the simulation waits by the definition's "pace": 1 as a real model would, a tenth of that, or 0 not at all. */
double         leyden_run_definition_get_time_scale (LeydenValue *definition);
/* What is kept of nodes counts by default where somebody tries something, never where something is measured. */
LeydenCacheMode leyden_run_definition_get_cache     (LeydenValue *definition);

G_END_DECLS
