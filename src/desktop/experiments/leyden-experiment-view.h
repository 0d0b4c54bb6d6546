/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenExperimentView: one experiment as the window follows it, over connections that come and go. It holds what the backend said last.
 *
 * Property: snapshot (LeydenValue, NULL until it is known).
 * Signals: "ended" (): it was active and is not any more; "failed" (const char *message): it could not be read, paused, resumed or stopped.
 */
#define LEYDEN_TYPE_EXPERIMENT_VIEW (leyden_experiment_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExperimentView, leyden_experiment_view, LEYDEN, EXPERIMENT_VIEW, GObject)

LeydenExperimentView *leyden_experiment_view_new          (LeydenSession        *session,
                                                           const char           *experiment);
const char           *leyden_experiment_view_get_id       (LeydenExperimentView *self);
LeydenValue          *leyden_experiment_view_get_snapshot (LeydenExperimentView *self);
gboolean              leyden_experiment_view_is_active    (LeydenExperimentView *self);
/* Ask the backend; the answer comes as a new snapshot. */
void                  leyden_experiment_view_pause        (LeydenExperimentView *self);
void                  leyden_experiment_view_resume       (LeydenExperimentView *self);
void                  leyden_experiment_view_stop         (LeydenExperimentView *self);
/* Follows no more; the experiment goes on. */
void                  leyden_experiment_view_close        (LeydenExperimentView *self);

G_END_DECLS
