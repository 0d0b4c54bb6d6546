/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-dataset-choice.h"

G_BEGIN_DECLS

/**
 * LeydenTrainSetup: what a training is made of: data set (the one that Run uses), method, budget with what it costs, what may change, and the
 * smallest difference that the test rows can show.
 *
 * Signals: "changed" (); "show-node" (const char *path); "mark-requested" (): the person wants prompts, examples and models marked.
 */
#define LEYDEN_TYPE_TRAIN_SETUP (leyden_train_setup_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTrainSetup, leyden_train_setup, LEYDEN, TRAIN_SETUP, GtkWidget)

GtkWidget  *leyden_train_setup_new          (LeydenDatasetChoice *choice);
/* NULL: nothing is open. */
void        leyden_train_setup_set_flow     (LeydenTrainSetup    *self,
                                             LeydenFlow          *flow);
/* The last run of the flow, for what a row costs and how good it is; nullable. @simulated: the default model is the simulation. */
void        leyden_train_setup_set_run      (LeydenTrainSetup    *self,
                                             LeydenValue         *run,
                                             gboolean             simulated);
const char *leyden_train_setup_get_method   (LeydenTrainSetup    *self);
void        leyden_train_setup_set_method   (LeydenTrainSetup    *self,
                                             const char          *method);
guint       leyden_train_setup_get_budget   (LeydenTrainSetup    *self);
void        leyden_train_setup_set_budget   (LeydenTrainSetup    *self,
                                             guint                budget);
/* Whether there is a data set with rows of every split, and something that the method can change. */
gboolean    leyden_train_setup_is_ready     (LeydenTrainSetup    *self);
/* Smallest improvement over @mean (NaN: 0.5) that @n paired rows of rewards 0 or 1 show four times in five at the level 0.05; NaN for no rows. */
double      leyden_train_setup_detectable   (gint64               n,
                                             double               mean);

G_END_DECLS
