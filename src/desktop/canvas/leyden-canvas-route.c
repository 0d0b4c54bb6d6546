/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-model.h"

#include "leyden-edge-points.h"

/* The way of a wire from its source, through its points, to its target. */

#define STUB 56.0f              /* length of a wire whose other end is missing */

void
leyden_canvas_edge_route (LeydenCanvasEdge *edge)
{
  graphene_point_t source = { 0, 0 }, target = { 0, 0 };

  if (edge->source != NULL)
    source = leyden_canvas_node_get_port_point (edge->source, TRUE, (guint) MAX (edge->source_port, 0));
  if (edge->target != NULL)
    target = leyden_canvas_node_get_port_point (edge->target, FALSE, (guint) MAX (edge->target_port, 0));
  if (edge->source == NULL)
    source = GRAPHENE_POINT_INIT (target.x - STUB, target.y);
  if (edge->target == NULL)
    target = GRAPHENE_POINT_INIT (source.x + STUB, source.y);
  edge->curve = leyden_curve_between (source, target);
  g_clear_pointer (&edge->led, g_free);
  if (edge->n_points > 0)
    edge->led = leyden_curve_through (source, edge->points, edge->n_points, target);
}

void
leyden_canvas_edge_place_points (LeydenCanvasEdge       *edge,
                                 const graphene_point_t *points,
                                 guint                   n_points)
{
  graphene_point_t *copy;

  if (points == NULL)
    points = leyden_edge_get_points (edge->edge, &n_points);
  copy = g_memdup2 (points, n_points * sizeof *points);
  g_free (edge->points);
  edge->points = copy;
  edge->n_points = n_points;
  leyden_canvas_edge_route (edge);
}

const LeydenCurve *
leyden_canvas_edge_get_curves (const LeydenCanvasEdge *edge,
                               guint                  *n_curves)
{
  *n_curves = edge->led != NULL ? edge->n_points + 1 : 1;
  return edge->led != NULL ? edge->led : &edge->curve;
}

gboolean
leyden_canvas_edge_touches (const LeydenCanvasEdge *edge,
                            const graphene_rect_t  *rect)
{
  guint n;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);

  for (guint i = 0; i < n; i++)
    if (leyden_curve_touches (&curves[i], rect))
      return TRUE;
  return FALSE;
}

gboolean
leyden_canvas_edge_crosses (const LeydenCanvasEdge *edge,
                            graphene_point_t        a,
                            graphene_point_t        b)
{
  guint n;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);

  for (guint i = 0; i < n; i++)
    if (leyden_curve_crosses (&curves[i], a, b))
      return TRUE;
  return FALSE;
}

graphene_rect_t
leyden_canvas_edge_get_bounds (const LeydenCanvasEdge *edge)
{
  guint n;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);
  graphene_rect_t bounds = leyden_curve_get_bounds (&curves[0]);

  for (guint i = 1; i < n; i++)
    {
      graphene_rect_t one = leyden_curve_get_bounds (&curves[i]);

      graphene_rect_union (&bounds, &one, &bounds);
    }
  return bounds;
}

double
leyden_canvas_edge_get_distance (const LeydenCanvasEdge *edge,
                                 graphene_point_t        point,
                                 double                 *t)
{
  guint n;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < n; i++)
    {
      double at, distance = leyden_curve_get_distance (&curves[i], point, &at);

      if (distance >= best)
        continue;
      best = distance;
      *t = (i + at) / n;
    }
  return best;
}

graphene_point_t
leyden_canvas_edge_get_point (const LeydenCanvasEdge *edge,
                              double                  t)
{
  guint n, i;
  const LeydenCurve *curves = leyden_canvas_edge_get_curves (edge, &n);

  i = MIN ((guint) (CLAMP (t, 0, 1) * n), n - 1);
  return leyden_curve_get_point (&curves[i], CLAMP (t, 0, 1) * n - i);
}
