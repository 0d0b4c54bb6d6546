/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/**
 * leyden_run_read_flow_async:
 * @definition: of a run; its "flow" is the digest of a document
 *
 * Reads what a run is made of: the flow, the part of it that is to run, and what its nodes are pinned to, which is put into the flow (with
 * "pins": "ignore" nothing is pinned in it).
 *
 * Errors: LEYDEN_GATEWAY_ERROR_MISSING for a blob that is not here, LEYDEN_FLOW_ERROR, LEYDEN_STORE_ERROR, G_FILE_ERROR.
 */
void        leyden_run_read_flow_async  (LeydenStore *store, LeydenValue *definition, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer data);
/* @part (out, transfer full): NULL when the whole flow runs. (transfer full) */
LeydenFlow *leyden_run_read_flow_finish (GAsyncResult *result, LeydenValue **part, GError **error);

/* Reads the document at @path; blocks. A file that is too large is refused unread. Errors: LEYDEN_FLOW_ERROR, G_FILE_ERROR. (transfer full) */
LeydenFlow *leyden_run_parse_flow       (const char *path, GError **error);

/* Says of a blob that is not found what it was, and what to do. */
void        leyden_run_blob_missing     (GError **error, const char *what, const char *sha256);

G_END_DECLS
