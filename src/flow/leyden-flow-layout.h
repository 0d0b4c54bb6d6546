/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"
#include "leyden-node-types.h"

G_BEGIN_DECLS

/**
 * leyden_flow_layout_async:
 * @flow: a whole flow or a body; only its own level is arranged
 * @ids: (nullable): nodes, NULL-terminated; NULL: all
 *
 * Arranges nodes from left to right along their wires, in a thread. What a frame holds is arranged inside it and stays in it; a note stays
 * beside the node that is nearest to it. The middle of all stays where it is, and orders that are good already stay.
 */
void        leyden_flow_layout_async  (LeydenFlow          *flow,
                                       LeydenNodeTypes     *types,
                                       const char * const  *ids,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data);
/* An edit "Arrange" of the flow as it was when it was asked, without changes when nothing has to move. (transfer full) */
LeydenEdit *leyden_flow_layout_finish (GAsyncResult *result, GError **error);

/**
 * leyden_flow_make_room:
 * @pinned: (nullable): id of a node that must not move, such as one that was just put there
 *
 * The least that has to move: nodes that lie upon one another are moved apart, and what a wire runs backward to goes right with what
 * follows it. All else stays, frames and notes too. In the order of the number of nodes and wires, a few milliseconds for a thousand.
 *
 * Returns: (transfer full): an edit "Make Room", without changes when nothing has to move
 */
LeydenEdit *leyden_flow_make_room     (LeydenFlow *flow, LeydenNodeTypes *types, const char *pinned);

/* The same at once, of a flow and all bodies in it, for programs without a window. Returns how many nodes moved. */
guint       leyden_flow_arrange       (LeydenFlow *flow, LeydenNodeTypes *types);

G_END_DECLS
