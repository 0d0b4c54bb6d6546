/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-experiment-view.h"

G_BEGIN_DECLS

/**
 * LeydenExperimentPage: one experiment: verdict, cost, curve, candidates with what changed and why, and rows compared.
 *
 * Signals: "use-version" (LeydenValue *snapshot, const char *candidate); "rollout-activated" (LeydenValue *snapshot, const char *rollout).
 */
#define LEYDEN_TYPE_EXPERIMENT_PAGE (leyden_experiment_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExperimentPage, leyden_experiment_page, LEYDEN, EXPERIMENT_PAGE, GtkWidget)

GtkWidget            *leyden_experiment_page_new      (void);
/* Follows it. NULL: empty. */
void                  leyden_experiment_page_set_view (LeydenExperimentPage *self,
                                                       LeydenExperimentView *view);
LeydenExperimentView *leyden_experiment_page_get_view (LeydenExperimentPage *self);

G_END_DECLS
