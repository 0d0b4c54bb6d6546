/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-call-item.h"
#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenCallView: one call of a rollout to a model or a tool: the conversation, what it cost and took, the tokens with their probabilities, earlier
 * tries, the exact JSON; and what can be done with it: "call.resend", "call.save-row-new", "call.save-row", "call.copy-curl",
 * "call.copy-json".
 */
#define LEYDEN_TYPE_CALL_VIEW (leyden_call_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallView, leyden_call_view, LEYDEN, CALL_VIEW, GtkWidget)

GtkWidget *leyden_call_view_new        (LeydenSession  *session);
/* @item (nullable): followed while it changes. @flow (nullable): titles. @seed: of its rollout, for calls of simulated models. */
void       leyden_call_view_set_item   (LeydenCallView *self,
                                        LeydenCallItem *item,
                                        LeydenFlow     *flow,
                                        gint64          seed);
/* What the model said so far while it answers; NULL: nothing. */
void       leyden_call_view_set_stream (LeydenCallView *self,
                                        const char     *text);
/* Probabilities of the answer's tokens that stand elsewhere: list as the server told them. Until another item, or another answer. */
void       leyden_call_view_set_log_probs (LeydenCallView *self,
                                           LeydenValue    *content);
/* What the last action did, as it is shown; "" before. (transfer none) */
const char *leyden_call_view_get_note  (LeydenCallView *self);

G_END_DECLS
