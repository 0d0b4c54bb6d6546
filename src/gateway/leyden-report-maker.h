/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"
#include "leyden-report.h"

G_BEGIN_DECLS

/* What a report asks for: {"dashboard": id or "experiment": id, "title"?, "zone"?, "time"?: as in a dashboard, "variables"?: {name: value}}. */

/* FALSE with LEYDEN_GATEWAY_ERROR_DEFINITION, which names the member. */
gboolean      leyden_report_maker_check  (LeydenValue *request, GError **error);
/**
 * leyden_report_maker_run_async:
 * @request: a checked one
 * @now_ns: what “now” is, for ranges of time
 *
 * Asks all questions of a dashboard, or reads an experiment. A question that fails is told in the place of its panel.
 *
 * Errors: LEYDEN_STORE_ERROR_NOT_FOUND: there is no such dashboard or experiment; those of the store.
 */
void          leyden_report_maker_run_async  (LeydenGateway *gateway, LeydenValue *request, gint64 now_ns, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer data);
/* (transfer full) */
LeydenReport *leyden_report_maker_run_finish (LeydenGateway *gateway, GAsyncResult *result, GError **error);

/* leyden-report-experiment.c: what an experiment found, from its snapshot. (transfer full) */
LeydenReport *leyden_report_from_experiment  (LeydenValue *snapshot, const char *title, const char *zone, gint64 now_ns);

G_END_DECLS
