/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-flow.h"
#include "leyden-run-view.h"

G_BEGIN_DECLS

/**
 * LeydenTryResult: what became of one rollout: its answer (streamed while it comes), its values, reward, time, steps; thumbs and "add as
 * data-set row".
 *
 * Signals: "finished" (const char *answer); "node-statuses" (LeydenValue *statuses); "state" (LeydenValue *state): of the rollout, when it is told; "show-node" (const char *id); "rollout"
 * (const char *rollout): it is this one.
 */
#define LEYDEN_TYPE_TRY_RESULT (leyden_try_result_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTryResult, leyden_try_result, LEYDEN, TRY_RESULT, GtkWidget)

GtkWidget *leyden_try_result_new          (void);
/* Back to the empty state. */
void       leyden_try_result_clear        (LeydenTryResult *self);
/* A rollout with @input is about to be made. */
void       leyden_try_result_start        (LeydenTryResult *self, LeydenValue *input);
/* Follows the one rollout of @view. @flow gives the titles. */
void       leyden_try_result_follow       (LeydenTryResult *self, LeydenSession *session, LeydenRunView *view, LeydenFlow *flow);
/* Shows a rollout that exists. */
void       leyden_try_result_show_rollout (LeydenTryResult *self, LeydenSession *session, const char *rollout, LeydenFlow *flow);
/* Which that is; NULL until it is known. */
const char *leyden_try_result_get_rollout (LeydenTryResult *self);
/* A chat: its messages, and (nullable) the one that was just sent. */
void       leyden_try_result_set_history  (LeydenTryResult *self, LeydenValue *history, const char *sent);

G_END_DECLS
