/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"
#include "leyden-otlp.h"

G_BEGIN_DECLS

/**
 * LeydenOtlpReceiver: makes rollouts of the spans that programs send, one of each trace, in a run of each program (service.name).
 *
 *   spans of a request ──► by trace ──► what is known of it (its log is read where it is not) ──► records ──► on disk ──► answered
 *                                          │ a minute without spans and without a root, or too many without one: it ends as it stands
 *
 * Spans of one trace may come in many requests and in any order, also after its end; one that is there already changes nothing.
 */
LeydenOtlpReceiver *leyden_otlp_receiver_new          (LeydenGateway *gateway);
/* No more callbacks come. */
void                leyden_otlp_receiver_free         (LeydenOtlpReceiver *self);
/* Takes @batch; answers when all of it is on disk. Its counts of what was rejected include what found no room then. Errors: of the store. */
void                leyden_otlp_receiver_take_async   (LeydenOtlpReceiver *self, LeydenOtlpBatch *batch, GAsyncReadyCallback callback, gpointer data);
/* (transfer full) */
LeydenOtlpBatch    *leyden_otlp_receiver_take_finish  (LeydenOtlpReceiver *self, GAsyncResult *result, GError **error);
/* A run of traces that an earlier process left: traces without an end are watched again. */
void                leyden_otlp_receiver_adopt        (LeydenOtlpReceiver *self, const LeydenRunRow *run);
/* Whether a definition is that of such a run. */
gboolean            leyden_otlp_is_run                (LeydenValue *definition);

/* leyden-gateway-otlp.c */
void                leyden_gateway_post_traces        (LeydenGateway *self, LeydenHttpExchange *exchange);

G_END_DECLS
