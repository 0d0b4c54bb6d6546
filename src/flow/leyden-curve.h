/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <graphene.h>

G_BEGIN_DECLS

/* The shape of a wire, for all that draw one. */

/* A cubic Bézier curve. */
typedef struct
{
  graphene_point_t p[4];
} LeydenCurve;

/* The shape of a wire from an output (leaves to the right) to an input (comes from the left). */
LeydenCurve      leyden_curve_between          (graphene_point_t source, graphene_point_t target);
/* The shape of one that is led through points: @n_points + 1 curves, smooth where they meet. (transfer full) */
LeydenCurve     *leyden_curve_through          (graphene_point_t source, const graphene_point_t *points, guint n_points,
                                                graphene_point_t target);
graphene_point_t leyden_curve_get_point        (const LeydenCurve *self, double t);
/* The box around the control points, which holds the curve. */
graphene_rect_t  leyden_curve_get_bounds       (const LeydenCurve *self);
/* Whether the curve, taken as 8 straight pieces, comes into @rect. */
gboolean         leyden_curve_touches          (const LeydenCurve *self, const graphene_rect_t *rect);
/* Distance of a point, from 24 straight pieces. @t (out, nullable): where on the curve. */
double           leyden_curve_get_distance     (const LeydenCurve *self, graphene_point_t point, double *t);
/* Whether the straight piece from @a to @b crosses the curve, taken as 24 straight pieces. */
gboolean         leyden_curve_crosses          (const LeydenCurve *self, graphene_point_t a, graphene_point_t b);

G_END_DECLS
