/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-part.h"

G_BEGIN_DECLS

/**
 * leyden_run_find_part_async:
 * @flow: the document as it is now
 * @request: {"node": path, "mode"?: "node"|"from", "rollout"?: id, "inputs"?: {port: value}}
 * @ignore_pins: as if nothing were pinned
 *
 * Makes a part of a flow (leyden-part.h) with the values of its last rollout that has them: of all runs of a flow with this id, newest first, or
 * of the one that @request names.
 *
 * The search is bounded: it ends after some twenty long rollouts, or some more short ones, and when @cancellable is cancelled. @wanted (nullable) is asked
 * before every rollout but the first, with @wanted_data, which must live until the callback; FALSE ends it as cancelling does.
 *
 * Errors: those of leyden_part_prepare(), LEYDEN_FLOW_ERROR, LEYDEN_STORE_ERROR, G_IO_ERROR_CANCELLED.
 */
void         leyden_run_find_part_async  (LeydenStore *store, LeydenNodeTypes *types, LeydenValue *flow, LeydenValue *request,
                                          gboolean ignore_pins, gboolean (*wanted) (gpointer data), gpointer wanted_data,
                                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_run_find_part_finish (GAsyncResult *result, GError **error);

G_END_DECLS
