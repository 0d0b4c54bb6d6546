/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"
#include "leyden-experiment-view.h"
#include "leyden-run-panel.h"

G_BEGIN_DECLS

/**
 * LeydenTrainPanel: training the open flow: what it is made of, how it goes, what came out. A training of this flow that goes on already is
 * taken up.
 *
 * Property: document (LeydenDocument, nullable).
 * Signals: "show-node" (const char *path); "show-experiment" (const char *experiment); "use-version" (LeydenValue *snapshot, const char *candidate);
 * "ended" (LeydenValue *snapshot): the training that the panel follows is over.
 */
#define LEYDEN_TYPE_TRAIN_PANEL (leyden_train_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTrainPanel, leyden_train_panel, LEYDEN, TRAIN_PANEL, GtkWidget)

/* The data set is that of @run. */
GtkWidget            *leyden_train_panel_new       (LeydenRunPanel   *run);
void                  leyden_train_panel_start     (LeydenTrainPanel *self);
gboolean              leyden_train_panel_can_start (LeydenTrainPanel *self);
/* The training that is shown, nullable. (transfer none) */
LeydenExperimentView *leyden_train_panel_get_view  (LeydenTrainPanel *self);
void                  leyden_train_panel_show      (LeydenTrainPanel *self,
                                                    const char       *experiment);

G_END_DECLS
