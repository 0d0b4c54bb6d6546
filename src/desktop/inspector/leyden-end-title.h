/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"

G_BEGIN_DECLS

/* What people call the ends of a wire; fit to show. */

/* The title of a node, or of its kind; NULL when there is no such node. (transfer full) */
char *leyden_end_dup_node_title (LeydenFlow *flow, const char *id);
/* The title of a port; its name when node or port are not known. (transfer full) */
char *leyden_end_dup_port_title (LeydenFlow *flow, const char *id, gboolean output, const char *name);

G_END_DECLS
