/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"

G_BEGIN_DECLS

/* Paths of a rollout for people: "solve[3]/agent#2/calculator" is the calculator, called in the second turn of the agent, in the fourth round of
 * Solve. */

/* (transfer full): safe text, "Solve (4) › Agent › Turn 2 › Calculator"; @flow (nullable) gives the titles. */
char  *leyden_debug_path_dup_title  (LeydenFlow *flow, const char *path);
/* Its last part alone, "Calculator". (transfer full) */
char  *leyden_debug_path_dup_name   (LeydenFlow *flow, const char *path);
/* What it is in, from itself outwards: "solve[3]/agent#2/calculator", "solve[3]/agent#2", "solve[3]/agent", "solve[3]". (transfer full) */
GStrv  leyden_debug_path_list_outer (const char *path);
/* The node of the flow that it is about: of a turn the agent, of a call of a tool the tool; NULL when the flow has none. */
LeydenNode *leyden_debug_path_find_node (LeydenFlow *flow, const char *path);
/* The path of that node in the flow, "solve/calculator": what canvas and breakpoints name. (transfer full) */
char  *leyden_debug_path_dup_place  (const char *path);

G_END_DECLS
