/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LeydenPareto: who is best at what. For each item i the set F_i of the candidates with the best score on it; a candidate is taken out
 * when every F_i that holds it also holds another one that is kept, those of the lowest mean first. The rest are drawn in proportion to
 * the number of sets that they stand in.
 */
typedef struct _LeydenPareto LeydenPareto;

LeydenPareto *leyden_pareto_new       (guint n_candidates, guint n_items);
void          leyden_pareto_free      (LeydenPareto *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenPareto, leyden_pareto_free)
void          leyden_pareto_set       (LeydenPareto *self, guint candidate, guint item, double score);
/* To be called once all scores are set. */
void          leyden_pareto_reduce    (LeydenPareto *self);
/* Number of sets that it stands in; 0 when it was taken out. */
guint         leyden_pareto_get_count (LeydenPareto *self, guint candidate);
/* @u: 0 ≤ u < 1. */
guint         leyden_pareto_draw      (LeydenPareto *self, double u);
/* Those that are kept, in order: (element-type guint) (transfer full). */
GArray       *leyden_pareto_dup_kept  (LeydenPareto *self);

G_END_DECLS
