/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"

G_BEGIN_DECLS

/* Paths for a list of steps, in which what is inside a container stands among the rest; see leyden-debug-path.h. */

/* Its last part, with the number of the round (from 1) of the container that it is in. Safe to show. (transfer full) */
char  *leyden_path_title        (LeydenFlow *flow, const char *path);
/* Length of the part that names the round of a container, "solve[3]/"; 0 without one. */
gsize  leyden_path_scope_length (const char *path);
/* How many turns, tools and rounds deep; 0 for a node of the flow itself. */
guint  leyden_path_depth        (const char *path);

G_END_DECLS
