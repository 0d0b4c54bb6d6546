/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/*
 * The state of a long rollout as it is put together: a summary of it all, and the values of those nodes that one looks at, which are the nodes of the
 * flow and of the rounds around one place.
 */

/* Prefixes of paths that state?nodes= takes for the round of @path and those around it: "" and "solve[3]/" of "solve[3]/check". @path nullable: ""
 * alone. (transfer full) */
GStrv        leyden_rollout_list_scopes (const char *path);
/* @summary with the nodes of @parts (LeydenValue, objects path → node with values). @same_only: a node that has gone on since is left as the summary
 * has it. (transfer full) */
LeydenValue *leyden_rollout_fill_in     (LeydenValue *summary,
                                         GPtrArray   *parts,
                                         gboolean     same_only);

G_END_DECLS
