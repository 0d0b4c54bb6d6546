/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutAttempts: the attempts of a rollout, when there was more than one: when each began, how long it went, which records are its own, its reward,
 * and how it ended. Not visible when there was one only.
 *
 * The log says of each record to which attempt it belongs. Where one ends and the next begins is found by halves: some twenty small questions for the
 * longest log.
 */
#define LEYDEN_TYPE_ROLLOUT_ATTEMPTS (leyden_rollout_attempts_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutAttempts, leyden_rollout_attempts, LEYDEN, ROLLOUT_ATTEMPTS, GtkWidget)

GtkWidget *leyden_rollout_attempts_new      (void);
/* The rollout; NULL: none. */
void       leyden_rollout_attempts_set_view (LeydenRolloutAttempts *self, LeydenRolloutView *view);

G_END_DECLS
