/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-backend.h"
#include "leyden-document.h"

G_BEGIN_DECLS

/**
 * LeydenVersions: every save of a flow as a version in the local backend, with a line that says what changed.
 *
 * Signal "kept" (const char *flow_id): a version was added.
 */
#define LEYDEN_TYPE_VERSIONS (leyden_versions_get_type ())
G_DECLARE_FINAL_TYPE (LeydenVersions, leyden_versions, LEYDEN, VERSIONS, GObject)

LeydenVersions *leyden_versions_get_default (void);
/* Why there are no versions now, for a person; NULL when there are. */
const char     *leyden_versions_get_obstacle (LeydenBackend *backend);
/* The state that @document was just saved in. While the local backend is not connected it waits for it in this process, 32 saves at most; nothing is
 * kept while the window speaks with another one. */
void            leyden_versions_keep        (LeydenVersions *self, LeydenBackend *backend, LeydenDocument *document);
/* GET and POST path of a flow's versions. (transfer full) */
char           *leyden_versions_dup_path    (const char *flow_id);

G_END_DECLS
