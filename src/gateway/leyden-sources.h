/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"
#include "leyden-source-result.h"

G_BEGIN_DECLS

/* Servers of others that dashboards may ask: Prometheus and MLflow. An operator names them; whoever may read may ask.
 *
 * A document: {"kind": "prometheus"|"mlflow", "uri", "auth": "none"|"bearer"|"basic", "user"? (basic), "secret"? (name, "source-…")} */
typedef struct
{
  guint                   refs;
  char                   *name;
  gboolean                is_mlflow;
  char                   *uri;
  char                   *user;         /* of "basic"; else NULL */
  char                   *secret;       /* nullable */
  LeydenPrometheusClient *prometheus;   /* while it is known what key to send */
  LeydenMlflowClient     *mlflow;
  GHashTable             *histories;    /* "run key" → GArray of LeydenMlflowPoint: of runs that have ended */
} LeydenSource;

#define LEYDEN_SOURCE_MAX_NAME 40

/* Errors: LEYDEN_GATEWAY_ERROR_DEFINITION; LEYDEN_MODEL_ERROR for the address. */
LeydenSource *leyden_source_new          (const char *name, LeydenValue *document, GError **error);
LeydenSource *leyden_source_ref          (LeydenSource *self);
void          leyden_source_unref        (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSource, leyden_source_unref)
gboolean      leyden_source_is_name      (const char *name);
/* What is stored, and with "name" what clients see. (transfer full) */
LeydenValue  *leyden_source_to_document  (const LeydenSource *self, gboolean with_name);
/* Its client is there, with the key that its secret has now. Where that may go is declared by the sources that are stored, not by this. Errors: LEYDEN_SECRETS_ERROR. */
void          leyden_source_open_async   (LeydenSource *self, LeydenSecrets *secrets, GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer data);
gboolean      leyden_source_open_finish  (LeydenSource *self, GAsyncResult *result, GError **error);
/* The server refused the key: the next time it is looked up again. */
void          leyden_source_close        (LeydenSource *self);

/* leyden-source-query.c */
/**
 * leyden_gateway_query_source_async:
 * @query: {"source": name, "promql" | "mlflow", "shape", "from", "to", "interval" or "buckets", "limit"}, see help/sources.md
 *
 * Asks a source, and makes of its answer one as questions about facts have it.
 *
 * Errors: LEYDEN_GATEWAY_ERROR_DEFINITION: not such a question, or no such source; else what the source or the way to it said.
 */
void         leyden_gateway_query_source_async  (LeydenGateway *self, LeydenValue *query, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                 gpointer data);
LeydenValue *leyden_gateway_query_source_finish (LeydenGateway *self, GAsyncResult *result, GError **error);
/* Whether @query is one of a source. */
gboolean     leyden_gateway_is_source_query     (LeydenValue *query);

/* leyden-gateway-sources.c */
void     leyden_gateway_init_sources        (LeydenGateway *self);
void     leyden_gateway_load_sources_async  (LeydenGateway *self, GAsyncReadyCallback callback, gpointer data);
gboolean leyden_gateway_load_sources_finish (LeydenGateway *self, GAsyncResult *result, GError **error);
void     leyden_gateway_list_sources        (LeydenGateway *self, LeydenHttpExchange *exchange);
void     leyden_gateway_put_source          (LeydenGateway *self, LeydenHttpExchange *exchange);
void     leyden_gateway_delete_source       (LeydenGateway *self, LeydenHttpExchange *exchange);
void     leyden_gateway_test_source         (LeydenGateway *self, LeydenHttpExchange *exchange);
void     leyden_gateway_list_source_values  (LeydenGateway *self, LeydenHttpExchange *exchange);

G_END_DECLS
