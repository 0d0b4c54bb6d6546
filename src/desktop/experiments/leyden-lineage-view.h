/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-experiment-data.h"

G_BEGIN_DECLS

/**
 * LeydenLineageView: the candidates of an experiment as a family tree, each with its score; one is selected.
 *
 * Signal "candidate-selected" (const char *candidate).
 */
#define LEYDEN_TYPE_LINEAGE_VIEW (leyden_lineage_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenLineageView, leyden_lineage_view, LEYDEN, LINEAGE_VIEW, GtkWidget)

GtkWidget  *leyden_lineage_view_new          (void);
/* The selection stays on its candidate; without one the best is selected. */
void        leyden_lineage_view_set_snapshot (LeydenLineageView *self,
                                              LeydenValue       *snapshot);
/* (transfer none) (nullable) */
const char *leyden_lineage_view_get_selected (LeydenLineageView *self);

G_END_DECLS
