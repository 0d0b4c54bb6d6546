/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"

G_BEGIN_DECLS

/* Paths of nodes ("solve[3]/check", "agent#2/calculator") in words. */

/* The last part of @path as a person knows it: title of the node, with the number of the round (from 1) when it is in a container; "Turn 2"; title of a tool.
 * @flow (nullable): without it, or for a node that it does not have, the id. Safe to show. (transfer full) */
char  *leyden_path_title        (LeydenFlow *flow, const char *path);
/* Length of the part that names the round of a container, "solve[3]/"; 0 without one. */
gsize  leyden_path_scope_length (const char *path);
/* How many turns, tools and rounds deep; 0 for a node of the flow itself. */
guint  leyden_path_depth        (const char *path);

G_END_DECLS
