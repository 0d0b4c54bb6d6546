/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow-pins.h"

G_BEGIN_DECLS

/* Digests of the blobs that pinned nodes of a flow have their outputs in, each once. (element-type utf8) (transfer full) */
GPtrArray *leyden_run_list_pin_blobs (LeydenFlow *flow);
/* Puts what the blobs say in their place. @paths: digest → file. Blocks; for a thread. Errors: LEYDEN_JSON_ERROR, LEYDEN_FLOW_ERROR_FORMAT, G_FILE_ERROR. */
gboolean   leyden_run_put_pins       (LeydenFlow *flow, GHashTable *paths, GError **error);

G_END_DECLS
