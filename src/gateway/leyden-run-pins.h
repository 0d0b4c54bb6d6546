/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow-pins.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/* Puts the outputs of pinned nodes that lie in blobs into the flow, which nobody else uses meanwhile. @missing_ok: a blob that is not here is left
 * out, else it is an error. Errors: LEYDEN_STORE_ERROR, LEYDEN_JSON_ERROR, LEYDEN_FLOW_ERROR_FORMAT, G_FILE_ERROR. */
void       leyden_run_load_pins_async  (LeydenStore *store, LeydenFlow *flow, gboolean missing_ok, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer data);
gboolean   leyden_run_load_pins_finish (GAsyncResult *result, GError **error);
/* A step of a task in a thread, with the task's data; @callback gets the task, and a result for g_task_propagate_boolean(). */
void       leyden_run_step_in_thread   (GTask *task, GTaskThreadFunc func, GAsyncReadyCallback callback);

G_END_DECLS
