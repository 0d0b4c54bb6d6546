/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenRunView: one run as the window follows it, over connections that come and go. It holds what the backend said last and folds
 * nothing itself.
 *
 * Property: run (LeydenValue), the backend's run object with its newest summary.
 * Signals: "record" (LeydenValue *record) and "delta" (const char *rollout, const char *node, const char *text), only when steps are followed;
 * "debug" (LeydenValue *event): its breakpoints, their hits, or what of it is paused have changed; "ended" ().
 */
#define LEYDEN_TYPE_RUN_VIEW (leyden_run_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRunView, leyden_run_view, LEYDEN, RUN_VIEW, GObject)

/* @run: answer of GET or POST /leyden/v1/runs. @steps: records and deltas are wanted too (a single rollout being tried). */
LeydenRunView *leyden_run_view_new             (LeydenSession *session,
                                                LeydenValue   *run,
                                                gboolean       steps);
const char    *leyden_run_view_get_id          (LeydenRunView *self);
LeydenValue   *leyden_run_view_get_run         (LeydenRunView *self);
LeydenValue   *leyden_run_view_get_summary     (LeydenRunView *self);          /* nullable */
const char    *leyden_run_view_get_state       (LeydenRunView *self);
gboolean       leyden_run_view_is_active       (LeydenRunView *self);
/* (element-type LeydenRolloutItem), by index; those that have started. */
GListModel    *leyden_run_view_get_rollouts    (LeydenRunView *self);
/* Asks the backend to cancel; the answer comes as events. */
void           leyden_run_view_cancel          (LeydenRunView *self);
/* Follows no more; the run goes on. */
void           leyden_run_view_close           (LeydenRunView *self);

G_END_DECLS
