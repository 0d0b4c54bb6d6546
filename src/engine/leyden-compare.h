/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-record.h"

G_BEGIN_DECLS

/**
 * leyden_compare_logs:
 * @a: (element-type LeydenRecord): the log of a rollout from its begin
 * @b: (element-type LeydenRecord): of another, as a rule of the same item
 * @limit: at most so many nodes
 *
 * {"divergence": {"path", "what", "sequence_a", "sequence_b"} or null, "nodes": [{"path", "a": {"state", "ms", "cost", "tokens"} or null, "b": …,
 *  "same", "ports": [{"port", "same", "a", "b"}]}], "n_nodes", "n_different", "truncated"}
 *
 * The divergence is the first place, in the order of @a's log, at which @b was not the same: "input" (the rollout's, or where a node's inputs came from),
 * "call" (what was asked, or answered), "state", "outputs", or "missing" (@b, or @a, does not have it at all); a sequence is null where there is
 * none. A value that somebody changed in one of them is "outputs" of its node, and comes before all that it led to. Times do not count.
 * Nodes stand in the order of their begin in @a, those that only @b has behind them; where more than @limit were seen, those that differ stay.
 * Values of ports are cut short when they are long. What calls cost that a fork has from another rollout ("from") was spent
 * there and does not count.
 *
 * Of a rollout that began again the last attempt counts. Any logs can be compared: there are no errors. Time and memory O(records), any thread.
 *
 * Returns: (transfer full): an object
 */
LeydenValue *leyden_compare_logs (GPtrArray *a, GPtrArray *b, guint limit);

G_END_DECLS
