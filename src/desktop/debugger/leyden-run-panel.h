/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-dataset-choice.h"
#include "leyden-document.h"
#include "leyden-run-view.h"

G_BEGIN_DECLS

/**
 * LeydenRunPanel: the open flow over a data set: choosing and mapping it, running, progress, results. A run of this flow that goes on already
 * (started before the window, or by another one) is taken up.
 *
 * Property: document (LeydenDocument, nullable).
 * Signals: "node-statuses" (LeydenValue *statuses): object node id → {"state", "count", "mean_ms"} for the canvas, NULL clears;
 * "show-rollout" (const char *rollout); "view-changed" (): another run is shown, or its state changed.
 */
#define LEYDEN_TYPE_RUN_PANEL (leyden_run_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRunPanel, leyden_run_panel, LEYDEN, RUN_PANEL, GtkWidget)

GtkWidget     *leyden_run_panel_new      (void);
/* Runs over the chosen data set; does nothing while one runs or none is ready. */
void           leyden_run_panel_start    (LeydenRunPanel *self);
/* As start(), but waits for a data set that is still being read; stop() takes the wish back. */
void           leyden_run_panel_start_when_ready (LeydenRunPanel *self);
void           leyden_run_panel_stop     (LeydenRunPanel *self);
gboolean       leyden_run_panel_can_start (LeydenRunPanel *self);
/* Takes some of what is in it away, before it goes itself. TRUE: there is more. */
gboolean       leyden_run_panel_dismantle (LeydenRunPanel *self);
/* The run that is shown, nullable. (transfer none) */
LeydenRunView *leyden_run_panel_get_view (LeydenRunPanel *self);
/* The data set that is chosen; Train uses the same. (transfer none) */
LeydenDatasetChoice *leyden_run_panel_get_choice (LeydenRunPanel *self);
/* Shows a run: the backend's object. */
void           leyden_run_panel_show_run (LeydenRunPanel *self, LeydenValue *run);
/* A data set dropped elsewhere on the window. */
void           leyden_run_panel_set_file (LeydenRunPanel *self, GFile *file);
/* Whether the flow is better than it was: runs it over the chosen rows, and before that what it was (@before, a copy is kept) unless a run of that over
 * the same rows is there, and tells how the two compare. FALSE: a run is under way. */
gboolean       leyden_run_panel_prove    (LeydenRunPanel *self, LeydenFlow *before);

G_END_DECLS
