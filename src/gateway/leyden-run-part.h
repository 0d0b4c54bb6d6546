/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-part.h"

G_BEGIN_DECLS

/**
 * leyden_run_find_part_async:
 * @flow: the document as it is now
 * @request: {"node": path, "mode"?: "node"|"from", "rollout"?: id, "inputs"?: {port: value}}
 *
 * Makes a part of a flow (leyden-part.h) with the values of its last rollout that has them: of all runs of a flow with this id, newest first, or
 * of the one that @request names.
 *
 * Errors: those of leyden_part_prepare(), LEYDEN_FLOW_ERROR, LEYDEN_STORE_ERROR.
 */
void         leyden_run_find_part_async  (LeydenStore *store, LeydenNodeTypes *types, LeydenValue *flow, LeydenValue *request,
                                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_run_find_part_finish (GAsyncResult *result, GError **error);

G_END_DECLS
