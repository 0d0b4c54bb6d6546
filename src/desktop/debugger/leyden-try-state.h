/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* What the state of one rollout says, as GET /leyden/v1/rollouts/ID answers it; no widget. @state NULL: nothing was told yet. */

/* "running" where it does not say. */
const char  *leyden_try_state_get_name       (LeydenValue *state);
/* Nothing follows. */
gboolean     leyden_try_state_is_final       (LeydenValue *state);
/* One node ran by itself: the flow had no result to give. */
gboolean     leyden_try_state_is_one_node    (LeydenValue *state);
/* The simulated model did not know the question. */
gboolean     leyden_try_state_is_unknown     (LeydenValue *state);
/* (nullable): the message of what went wrong. */
const char  *leyden_try_state_get_error      (LeydenValue *state);
/* (nullable): what a model answered last: where the result holds nothing, and nothing was streamed to this window. */
const char  *leyden_try_state_get_last_words (LeydenValue *state);
/* Whether an output of @result is anything but null. */
gboolean     leyden_try_state_has_value      (LeydenValue *result);
/* (transfer full): one line: the state's title, time, tokens, reward. */
char        *leyden_try_state_format         (LeydenValue *state);
/* (transfer full): node path → {"state", "count", "mean_ms"} for the badges, all rounds of a container together; turns and tools do not
 * count. */
LeydenValue *leyden_try_state_make_statuses  (LeydenValue *state);
/* (transfer full): the input as the input nodes of @flow gave it out: a rollout of a data run was not typed here. */
LeydenValue *leyden_try_state_make_input     (LeydenValue *state, LeydenFlow *flow);

G_END_DECLS
