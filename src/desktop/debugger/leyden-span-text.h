/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"
#include "leyden-span-tree.h"

G_BEGIN_DECLS

/* A tree in words. @flow is nullable everywhere: without it nodes are named by their ids. What is returned is (transfer full) and safe to show. */

/* "Model call", "Waits for the rate limit"; translated. */
const char *leyden_span_kind_title           (LeydenSpanKind kind);
/* As in the first column: the node, turn or tool; a call of a model by that. */
char       *leyden_span_row_title        (const LeydenSpanRow *row, LeydenFlow *flow);
/* All of the row, for who does not see it: "Model call of Solve, 1.2 s, waited 400 ms, 1.1 s by itself, on the critical path, 320 tokens". @now_ns: until when what goes on
 * is counted. @simulated: costs are no money. */
char       *leyden_span_row_describe     (const LeydenSpanRow *row, LeydenFlow *flow, gint64 now_ns, gboolean simulated);
/* "Solve started"; NULL: nothing of interest happens at that record. */
char       *leyden_span_tree_describe_stop    (LeydenSpanTree *tree, guint64 sequence, LeydenFlow *flow);
/* "record 120 of 340, Solve started, 1.2 s". @tree nullable. */
char       *leyden_span_tree_describe_position (LeydenSpanTree *tree, guint64 sequence, guint64 last, LeydenFlow *flow);
double      leyden_span_row_ms           (const LeydenSpanRow *row, gint64 now_ns);

G_END_DECLS
