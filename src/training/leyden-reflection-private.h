/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Wording what a rollout did, for a model that reads it. All (transfer full); each text is cut at some thousand bytes. @state: of
 * data/schema/state.json, NULL where it is gone. */

/* One field: its text; several: "name: text" a line each. */
char *leyden_trace_word_input  (LeydenValue *input);
/* What the models said on the way and the tools that they called. NULL: nothing but the output. */
char *leyden_trace_word_work   (LeydenValue *state);
/* What the model of @node said at the end, else those of all nodes, else the flow's @result. */
char *leyden_trace_word_output (LeydenValue *state, const char *node, LeydenValue *result);
/* Names of the tools that models could call, a line each; NULL: none. */
char *leyden_trace_word_tools  (LeydenValue *state);
/* NULL gives NULL. */
char *leyden_trace_cut         (const char  *text);

G_END_DECLS
