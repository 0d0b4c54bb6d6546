/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-experiment-data.h"

G_BEGIN_DECLS

/**
 * LeydenCandidateView: one candidate of an experiment: its score, the critique that caused it, and what it changed.
 *
 * Signals: "use-candidate" (const char *candidate); "compare-candidate" (const char *candidate): with the flow as it was, row by row.
 */
#define LEYDEN_TYPE_CANDIDATE_VIEW (leyden_candidate_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCandidateView, leyden_candidate_view, LEYDEN, CANDIDATE_VIEW, GtkWidget)

GtkWidget *leyden_candidate_view_new (void);
/* @candidate NULL or unknown: empty. */
void       leyden_candidate_view_set (LeydenCandidateView *self,
                                      LeydenValue         *snapshot,
                                      const char          *candidate);

G_END_DECLS
