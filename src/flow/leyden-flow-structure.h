/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/* Edits that change how a flow is built without changing what it does: parts put into a container and taken out of it, a node
 * replaced by one of another kind. They are only made here; leyden_document_edit() applies them. Any thread that has the flow. */

/**
 * leyden_flow_collapse:
 * @flow: a whole flow or the body of a container
 * @types: its node types
 * @ids: ids of nodes, frames and notes, NULL-terminated; what lies in a frame of them comes along
 * @group: (out) (optional) (transfer full): id of the new container
 * @error: return location, or %NULL
 *
 * Puts nodes into a new container of the type `subflow` where they were. Each output outside that feeds them becomes a field of the
 * Input inside, each output inside that feeds others a field of the Output, with the type of that output; names are those of the ports,
 * made unique. Ids, settings, marks and places of the nodes stay; so do frames and notes that hold or lie among them alone. Wires keep
 * their ids and whatever else they carry. O(nodes + wires).
 *
 * Errors: %LEYDEN_FLOW_ERROR_EDIT with the reason, for a person: nothing to collapse; an Input, Output or Reward among them; a way out of
 * the selection and back, which would become a cycle; a tool without the node that calls it, or the other way round; too many wires; too deep.
 *
 * Returns: (transfer full) (nullable): the edit
 */
LeydenEdit *leyden_flow_collapse    (LeydenFlow          *flow,
                                     LeydenNodeTypes     *types,
                                     const char * const  *ids,
                                     char               **group,
                                     GError             **error);
/**
 * leyden_flow_can_expand:
 * @error: return location, or %NULL, for the reason why not
 *
 * Whether the node is a container that runs its flow once and that can be taken apart: no retry of its own, no wire at its Error,
 * neither switched off nor pinned.
 */
gboolean    leyden_flow_can_expand  (LeydenFlow          *flow,
                                     LeydenNodeTypes     *types,
                                     const char          *node,
                                     GError             **error);
/**
 * leyden_flow_expand:
 * @node: id of a container
 * @ids: (out) (optional) (transfer full): ids of the nodes, frames and notes that came out
 * @notes: (out) (optional) (transfer full) (element-type utf8): what is not as before, for a person; %NULL when all is
 * @error: return location, or %NULL
 *
 * The inverse of leyden_flow_collapse(): puts what is in the container where it stands, wires what its Input and Output joined, and
 * removes it. Ids stay where they are free. A default of the Input that nothing outside sets becomes a Constant.
 *
 * Errors: %LEYDEN_FLOW_ERROR_EDIT with the reason.
 *
 * Returns: (transfer full) (nullable): the edit
 */
LeydenEdit *leyden_flow_expand      (LeydenFlow          *flow,
                                     LeydenNodeTypes     *types,
                                     const char          *node,
                                     char              ***ids,
                                     GPtrArray          **notes,
                                     GError             **error);

/**
 * leyden_flow_replace_node:
 * @node: id of a node
 * @type: name of the type that it shall have
 * @lost: (out) (optional) (transfer full) (element-type utf8): settings, wires and contents that do not fit, and a pin, for a person; %NULL: nothing is lost
 * @error: return location, or %NULL
 *
 * Makes a node one of another kind where it stands, with its id, title and everything else that does not belong to its kind. Settings stay
 * where the new kind has one of that name, or else of that slot, which takes the value; wires stay at a port of that name, or else go to a
 * free one of the same type, or else to one that takes or gives the value without loss.
 *
 * Errors: %LEYDEN_FLOW_ERROR_EDIT when there is no such node or type.
 *
 * Returns: (transfer full) (nullable): the edit
 */
LeydenEdit *leyden_flow_replace_node (LeydenFlow         *flow,
                                      LeydenNodeTypes    *types,
                                      const char         *node,
                                      const char         *type,
                                      GPtrArray         **lost,
                                      GError            **error);

G_END_DECLS
