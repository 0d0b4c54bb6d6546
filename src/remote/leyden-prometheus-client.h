/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 time_ns;
  double value;                 /* may be NaN or infinite */
} LeydenPrometheusPoint;

typedef struct
{
  LeydenValue *labels;          /* object; empty of a scalar */
  GArray      *points;          /* LeydenPrometheusPoint, by time */
} LeydenPrometheusSeries;

typedef struct
{
  char      *type;              /* "matrix", "vector", "scalar", "string" (then without points) */
  GPtrArray *series;            /* LeydenPrometheusSeries */
  char     **warnings;          /* of the server, and what it only notes ("infos"); one line each */
} LeydenPrometheusAnswer;
void                    leyden_prometheus_answer_free  (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenPrometheusAnswer, leyden_prometheus_answer_free)
/* What /api/v1/query and query_range answer. Errors: LEYDEN_REMOTE_ERROR, with the server's own words: AUTH 401, POLICY 403, INVALID 400 and 422 (a
 * query that cannot be executed), UNAVAILABLE 503 and the rest, PROTOCOL what is no such answer. (transfer full) */
LeydenPrometheusAnswer *leyden_prometheus_answer_parse (GBytes *body, guint status, GError **error);

/* The most points that a server gives of one series. */
#define LEYDEN_PROMETHEUS_MAX_POINTS 11000
/* Whole seconds, at least one, of which @n_points, and no more than the server gives, fill the range. */
gint64                  leyden_prometheus_get_step     (gint64 from_ns, gint64 to_ns, gint64 n_points);

/**
 * LeydenPrometheusClient: asks a Prometheus server, or another of its query API (Prometheus 3, “HTTP API”). Belongs to the thread-default context
 * of its making; reads only.
 */
#define LEYDEN_TYPE_PROMETHEUS_CLIENT (leyden_prometheus_client_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPrometheusClient, leyden_prometheus_client, LEYDEN, PROMETHEUS_CLIENT, GObject)

/* @base_uri: without "/api/v1" and without a slash at the end. @authorization: of leyden_remote_make_authorization(), nullable. */
LeydenPrometheusClient *leyden_prometheus_client_new                (const char *base_uri, const char *authorization);
/* The value at a time. */
void                    leyden_prometheus_client_query_async        (LeydenPrometheusClient *self, const char *promql, gint64 time_ns,
                                                                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Values every @step_s from @from_ns to @to_ns. */
void                    leyden_prometheus_client_query_range_async  (LeydenPrometheusClient *self, const char *promql, gint64 from_ns, gint64 to_ns,
                                                                     gint64 step_s, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                                     gpointer data);
/* Both. */
LeydenPrometheusAnswer *leyden_prometheus_client_query_finish       (LeydenPrometheusClient *self, GAsyncResult *result, GError **error);
/* Names of labels, or the values of @label ("__name__": names of metrics). (transfer full): list of texts */
void                    leyden_prometheus_client_list_labels_async  (LeydenPrometheusClient *self, const char *label, GCancellable *cancellable,
                                                                     GAsyncReadyCallback callback, gpointer data);
LeydenValue            *leyden_prometheus_client_list_labels_finish (LeydenPrometheusClient *self, GAsyncResult *result, GError **error);
/* Which version answers; whether there is one at all. (transfer full): text */
void                    leyden_prometheus_client_get_version_async  (LeydenPrometheusClient *self, GCancellable *cancellable,
                                                                     GAsyncReadyCallback callback, gpointer data);
LeydenValue            *leyden_prometheus_client_get_version_finish (LeydenPrometheusClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
