/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

typedef struct
{
  char *id;
  char *name;
} LeydenMlflowExperiment;
void leyden_mlflow_experiment_free (gpointer self);

typedef struct
{
  char        *id;
  char        *name;
  char        *status;          /* RUNNING, SCHEDULED, FINISHED, FAILED, KILLED */
  gint64       started_ns;      /* 0: not told */
  gint64       ended_ns;
  LeydenValue *metrics;         /* object: key → last value; null where that is no finite number */
  LeydenValue *params;          /* object: key → text */
} LeydenMlflowRun;
void leyden_mlflow_run_free (gpointer self);

typedef struct
{
  gint64 step;
  gint64 time_ns;
  double value;                 /* may be NaN or infinite */
} LeydenMlflowPoint;

/* Pages of answers, and where the next begins; @token "": this was the last. */
GPtrArray *leyden_mlflow_experiments_parse (GBytes *body, guint status, char **token, GError **error);   /* LeydenMlflowExperiment */
GPtrArray *leyden_mlflow_runs_parse        (GBytes *body, guint status, char **token, GError **error);   /* LeydenMlflowRun */
GArray    *leyden_mlflow_history_parse     (GBytes *body, guint status, char **token, GError **error);   /* LeydenMlflowPoint */

/**
 * LeydenMlflowClient: asks an MLflow tracking server (REST API 2.0, MLflow 2 and 3). Belongs to the thread-default context of its making; reads
 * only.
 *
 * Errors of all: LEYDEN_REMOTE_ERROR with the server's own words (NOT_FOUND for RESOURCE_DOES_NOT_EXIST), LEYDEN_HTTP_ERROR.
 */
#define LEYDEN_TYPE_MLFLOW_CLIENT (leyden_mlflow_client_get_type ())
G_DECLARE_FINAL_TYPE (LeydenMlflowClient, leyden_mlflow_client, LEYDEN, MLFLOW_CLIENT, GObject)

/* @base_uri: without "/api/2.0" and without a slash at the end. @authorization: of leyden_remote_make_authorization(), nullable. */
LeydenMlflowClient *leyden_mlflow_client_new                (const char *base_uri, const char *authorization);
/* Those that are not deleted, the last changed first, at most @limit. (element-type LeydenMlflowExperiment) */
void       leyden_mlflow_client_list_experiments_async  (LeydenMlflowClient *self, guint limit, GCancellable *cancellable,
                                                         GAsyncReadyCallback callback, gpointer data);
GPtrArray *leyden_mlflow_client_list_experiments_finish (LeydenMlflowClient *self, GAsyncResult *result, GError **error);
/* Runs of an experiment, the last begun first, at most @limit. @filter: MLflow's, "metrics.loss < 1", nullable. (element-type LeydenMlflowRun) */
void       leyden_mlflow_client_search_runs_async       (LeydenMlflowClient *self, const char *experiment_id, const char *filter, guint limit,
                                                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray *leyden_mlflow_client_search_runs_finish      (LeydenMlflowClient *self, GAsyncResult *result, GError **error);
/* All values of a metric in the order of the server, at most @limit. (element-type LeydenMlflowPoint) */
void       leyden_mlflow_client_get_history_async       (LeydenMlflowClient *self, const char *run_id, const char *key, guint limit,
                                                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GArray    *leyden_mlflow_client_get_history_finish      (LeydenMlflowClient *self, GAsyncResult *result, GError **error);
/* Which version answers. (transfer full) */
void       leyden_mlflow_client_get_version_async       (LeydenMlflowClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                         gpointer data);
char      *leyden_mlflow_client_get_version_finish      (LeydenMlflowClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
