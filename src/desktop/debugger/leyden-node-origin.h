/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-types.h"
#include "leyden-flow.h"

G_BEGIN_DECLS

/* Where the outputs of a node in a rollout are from, and why it ran; no widget. @state: the node's in the fold of the rollout, nullable. */

/* "kept" (of an earlier run with the same), "earlier" (taken over: only a part ran), "pinned"; NULL: it ran, or nothing is known. */
const char *leyden_node_origin_get_name  (LeydenValue *state);
/* Sentences that say it. @node gives the titles. (transfer full) */
char       *leyden_node_origin_explain   (LeydenValue *state, LeydenNodeTypes *types, LeydenNode *node);
/* The state of the node at @path ("solve/check") in the fold of a rollout: its last round. (transfer none) (nullable) */
LeydenValue *leyden_node_origin_find     (LeydenValue *rollout, const char *path);
/* "3 reused, 2 ran"; NULL when nothing was reused or taken over. (transfer full) */
char       *leyden_node_origin_summarize (LeydenValue *rollout);

G_END_DECLS
