/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutPage: one rollout in full: what went in and came out, attempts, what its reward is made of, the conversation of each call, and the log. It is
 * followed while it is shown.
 *
 * What can be done with it are actions of what is around: "rollouts.delete-one", "rollouts.retry-one", "rollouts.collect-one" with its id, and the window's
 * "win.debug-rollout" and "win.compare-with".
 */
#define LEYDEN_TYPE_ROLLOUT_PAGE (leyden_rollout_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutPage, leyden_rollout_page, LEYDEN, ROLLOUT_PAGE, GtkWidget)

GtkWidget   *leyden_rollout_page_new         (LeydenSession *session);
/* NULL: none, and nothing is followed. */
void         leyden_rollout_page_set_rollout (LeydenRolloutPage *self, const char *rollout);
const char  *leyden_rollout_page_get_rollout (LeydenRolloutPage *self);
/* The part that is shown: "overview", "calls", "events". */
void         leyden_rollout_page_show_part   (LeydenRolloutPage *self, const char *part);

G_END_DECLS
