/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"

G_BEGIN_DECLS

/* leyden-gateway-insights-query.c */
void         leyden_gateway_query_insights    (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_list_metrics      (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_get_budgets       (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_put_budgets       (LeydenGateway *self, LeydenHttpExchange *exchange);

/**
 * leyden_gateway_query_live_async:
 * @query: {"live": "workers" | "mirrors" | "endpoints" | "queues" | "storage"}
 *
 * What is the case now, as a table. Errors: %G_IO_ERROR_INVALID_ARGUMENT, and those of the store.
 */
void         leyden_gateway_query_live_async  (LeydenGateway *self, LeydenValue *query, GCancellable *cancellable, GAsyncReadyCallback callback,
                                               gpointer data);
LeydenValue *leyden_gateway_query_live_finish (LeydenGateway *self, GAsyncResult *result, GError **error);

/* leyden-gateway-insights-dashboards.c: the document of a ready one; NULL: it is not called so. (transfer full) */
LeydenValue *leyden_gateway_load_ready_dashboard (const char *id);

/* leyden-insight-ask.c */
/* A question of /leyden/v1/insights/query, whoever answers it. Errors: %G_IO_ERROR_INVALID_ARGUMENT, those of facts, of sources, of the store. */
void         leyden_gateway_ask_async         (LeydenGateway *self, LeydenValue *query, GCancellable *cancellable, GAsyncReadyCallback callback,
                                               gpointer data);
LeydenValue *leyden_gateway_ask_finish        (LeydenGateway *self, GAsyncResult *result, GError **error);

G_END_DECLS
