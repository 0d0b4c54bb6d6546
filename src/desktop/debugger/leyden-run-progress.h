/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-run-view.h"

G_BEGIN_DECLS

/**
 * LeydenRunProgress: how a run goes: "137 of 240, 41 s left", mean reward with its interval, counts, latency, tokens, and a list of its
 * rollouts, failures first.
 *
 * Signal "rollout-activated" (const char *rollout).
 */
#define LEYDEN_TYPE_RUN_PROGRESS (leyden_run_progress_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRunProgress, leyden_run_progress, LEYDEN, RUN_PROGRESS, GtkWidget)

GtkWidget *leyden_run_progress_new      (void);
/* NULL: empty. */
void       leyden_run_progress_set_view (LeydenRunProgress *self, LeydenRunView *view);
/* Takes some of its rows away, of one that goes: all at once would hold up the main loop. TRUE: there are more. */
gboolean   leyden_run_progress_dismantle (LeydenRunProgress *self);
/* "137 of 240, 41 s left" of a run. (transfer full) */
char      *leyden_run_progress_describe (LeydenValue *run);

G_END_DECLS
