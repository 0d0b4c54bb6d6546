/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"

G_BEGIN_DECLS

/* Reports that were made, in a folder beside the database (DATABASE-reports), and schedules that make more (help: “Reports”). What there is stands in documents
 * of the kinds "report" and "report-schedule". Belongs to the gateway and its thread. */
typedef struct _LeydenReports LeydenReports;

LeydenReports *leyden_reports_new       (LeydenGateway *gateway);
/* Reads what there is; what was due meanwhile is made, each schedule once. */
void           leyden_reports_start     (LeydenReports *self);
/* Cancels what is under way; nothing is begun afterwards. */
void           leyden_reports_stop      (LeydenReports *self);
void           leyden_reports_free      (LeydenReports *self);
/* What there is has not been read yet: @handler is called when it is. FALSE: it has. */
gboolean       leyden_reports_defer     (LeydenReports *self, LeydenHttpExchange *exchange, LeydenRouteHandler handler);
/* A schedule waits: the backend does not end by itself. */
gboolean       leyden_reports_is_busy   (LeydenReports *self);

/* Rows, the newest first; schedules by their title, with "next" and what came of the last time. (transfer full) */
LeydenValue   *leyden_reports_list      (LeydenReports *self);
LeydenValue   *leyden_reports_list_schedules (LeydenReports *self);
/* A row; NULL: there is none of that id. (transfer none) */
LeydenValue   *leyden_reports_find      (LeydenReports *self, const char *id);
char          *leyden_reports_get_path  (LeydenReports *self, LeydenValue *row);

/**
 * leyden_reports_make_async:
 * @request: {"dashboard" or "experiment", "format", …}, checked
 * @schedule: (nullable): id of the schedule that asks
 *
 * Errors: those of leyden_report_maker_run_async(), %G_IO_ERROR of writing.
 */
void           leyden_reports_make_async  (LeydenReports *self, LeydenValue *request, const char *schedule, GAsyncReadyCallback callback, gpointer data);
/* The row. (transfer full) */
LeydenValue   *leyden_reports_make_finish (LeydenReports *self, GAsyncResult *result, GError **error);
/* FALSE: there is none. */
gboolean       leyden_reports_remove      (LeydenReports *self, const char *id);

/* LEYDEN_GATEWAY_ERROR_DEFINITION: what is wrong with a request or a schedule. */
gboolean       leyden_reports_check       (LeydenValue *request, GError **error);
gboolean       leyden_reports_check_schedule (LeydenValue *schedule, GError **error);
/* @schedule NULL: removes it. The row in *@row (nullable, transfer full). FALSE: there is none to remove, or there are too many. */
gboolean       leyden_reports_put_schedule (LeydenReports *self, const char *id, LeydenValue *schedule, LeydenValue **row);

/* leyden-gateway-insights-reports.c */
void           leyden_gateway_list_reports    (LeydenGateway *self, LeydenHttpExchange *exchange);
void           leyden_gateway_make_report     (LeydenGateway *self, LeydenHttpExchange *exchange);
void           leyden_gateway_get_report      (LeydenGateway *self, LeydenHttpExchange *exchange);
void           leyden_gateway_delete_report   (LeydenGateway *self, LeydenHttpExchange *exchange);
void           leyden_gateway_list_schedules  (LeydenGateway *self, LeydenHttpExchange *exchange);
void           leyden_gateway_put_schedule    (LeydenGateway *self, LeydenHttpExchange *exchange);
void           leyden_gateway_delete_schedule (LeydenGateway *self, LeydenHttpExchange *exchange);

G_END_DECLS
