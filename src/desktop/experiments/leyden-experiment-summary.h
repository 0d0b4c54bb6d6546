/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-experiment-view.h"

G_BEGIN_DECLS

/**
 * LeydenExperimentSummary: how an experiment goes and what came out: progress with pause, resume and stop, and the verdict, big.
 *
 * Signals: "use-version" (); "show-experiment" (), only where it was asked for.
 */
#define LEYDEN_TYPE_EXPERIMENT_SUMMARY (leyden_experiment_summary_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExperimentSummary, leyden_experiment_summary, LEYDEN, EXPERIMENT_SUMMARY, GtkWidget)

/* @with_link: a button leads to the experiment's page. */
GtkWidget *leyden_experiment_summary_new      (gboolean                 with_link);
/* NULL: empty. */
void       leyden_experiment_summary_set_view (LeydenExperimentSummary *self,
                                               LeydenExperimentView    *view);

/* Whether it will be simulated, until the first answers say so themselves. */
void       leyden_experiment_summary_set_simulated (LeydenExperimentSummary *self,
                                                    gboolean                 simulated);

G_END_DECLS
