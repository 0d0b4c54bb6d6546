/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/* Points that a wire is led through on the canvas, from its source to its target: the edge's key `points`, a list of {x, y}; absent for
 * a wire that has none. They are looks alone: what runs, and its hash, knows nothing of them. */

/* A list with more than these, or one that holds something else than points, is kept in the file, not shown, and found by
 * leyden_flow_check(). */
#define LEYDEN_MAX_EDGE_POINTS 64

/* (transfer none) (array length=n_points): as in the file, within ±1e6; NULL when there are none. */
const graphene_point_t *leyden_edge_get_points  (LeydenEdge *self, guint *n_points);
/* Sets them; none with @n_points 0. What else the points of the edge hold is kept while their number stays. */
void                    leyden_edit_set_points  (LeydenEdit *self, LeydenEdge *edge, const graphene_point_t *points, guint n_points);
/* The value of an edge with its points moved. (transfer full) */
LeydenValue            *leyden_edge_move_points (LeydenEdge *self, float dx, float dy);

G_END_DECLS
