/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenOutcomeGrid: two candidates of an experiment row by row: won, lost, changed or the same, both answers side by side.
 *
 * Signal "rollout-activated" (const char *rollout).
 */
#define LEYDEN_TYPE_OUTCOME_GRID (leyden_outcome_grid_get_type ())
G_DECLARE_FINAL_TYPE (LeydenOutcomeGrid, leyden_outcome_grid, LEYDEN, OUTCOME_GRID, GtkWidget)

GtkWidget *leyden_outcome_grid_new          (LeydenSession     *session);
/* The candidates to choose from; what was chosen stays. Loads when it is visible. NULL: empty. */
void       leyden_outcome_grid_set_snapshot (LeydenOutcomeGrid *self,
                                             LeydenValue       *snapshot);
/* Compares that candidate with the flow as it was. */
void       leyden_outcome_grid_compare      (LeydenOutcomeGrid *self,
                                             const char        *candidate);
/* Shows an answer of GET …/grid. */
void       leyden_outcome_grid_set_answer   (LeydenOutcomeGrid *self,
                                             LeydenValue       *answer);

G_END_DECLS
