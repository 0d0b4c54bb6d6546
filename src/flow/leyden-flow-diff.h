/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"
#include "leyden-node-types.h"

G_BEGIN_DECLS

/**
 * leyden_flow_diff:
 * @from: a flow
 * @to: another one, usually an earlier or later state of the same
 * @label: of the edit, translated
 *
 * What makes @to of @from, its id aside: whole elements, and top-level properties. O(elements).
 *
 * Returns: (transfer full): an edit for @from; without changes when they are equal
 */
LeydenEdit *leyden_flow_diff      (LeydenFlow *from, LeydenFlow *to, const char *label);

/**
 * leyden_flow_summarize:
 * @from: a flow
 * @to: a later state of it
 * @types: (nullable): for the names of parameters and of nodes without a title
 *
 * The difference in one line for a person, "2 nodes added, Prompt of Classify changed": what was added and removed is counted, what was
 * changed is named when it is one thing. Moved and arranged nodes are said only when nothing else is. What is in containers counts like the rest.
 *
 * Returns: (transfer full): "No changes" when they are equal
 */
char       *leyden_flow_summarize (LeydenFlow *from, LeydenFlow *to, LeydenNodeTypes *types);

G_END_DECLS
