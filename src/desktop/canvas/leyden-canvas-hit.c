/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-model.h"
#include "leyden-canvas-reach.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define PORT_RADIUS 11.0        /* world units around a dot */
#define POINT_RADIUS 7.0
#define CORNER 16.0f

static graphene_rect_t
around (graphene_point_t point,
        double           radius)
{
  return GRAPHENE_RECT_INIT ((float) (point.x - radius), (float) (point.y - radius), (float) (2 * radius), (float) (2 * radius));
}

static gboolean
hit_port (LeydenCanvasNode *node,
          gboolean          output,
          graphene_point_t  point,
          double            radius,
          LeydenCanvasHit  *hit)
{
  guint n_ports = output ? node->outputs->len : node->inputs->len;
  double best = radius;

  for (guint i = 0; i < n_ports; i++)
    {
      graphene_point_t at = leyden_canvas_node_get_port_point (node, output, i);
      double distance = hypot (at.x - point.x, at.y - point.y);

      if (distance > best)
        continue;
      best = distance;
      hit->kind = output ? LEYDEN_CANVAS_HIT_OUTPUT : LEYDEN_CANVAS_HIT_INPUT;
      hit->node = node;
      hit->port = (int) i;
    }
  return best < radius || hit->kind != LEYDEN_CANVAS_HIT_NOTHING;
}

static gboolean
hit_nodes (LeydenCanvasModel *self,
           graphene_point_t   point,
           double             tolerance,
           LeydenCanvasHit   *hit)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  double radius = MAX (PORT_RADIUS, tolerance);
  graphene_rect_t area = around (point, radius);
  LeydenCanvasNode *top = NULL;

  leyden_canvas_model_query (self, &area, nodes);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      if (hit_port (node, FALSE, point, radius, hit) || hit_port (node, TRUE, point, radius, hit))
        return TRUE;
      if (graphene_rect_contains_point (&node->item.bounds, &point) && (top == NULL || node->z > top->z))
        top = node;
    }
  if (top == NULL)
    return FALSE;
  hit->kind = LEYDEN_CANVAS_HIT_NODE;
  hit->node = top;
  return TRUE;
}

static gboolean
hit_edges (LeydenCanvasModel *self,
           graphene_point_t   point,
           double             tolerance,
           LeydenCanvasHit   *hit)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self);
  double best = tolerance;

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);
      graphene_rect_t bounds = leyden_canvas_edge_get_bounds (edge);
      double distance, t;

      graphene_rect_inset (&bounds, (float) -tolerance, (float) -tolerance);
      if (!graphene_rect_contains_point (&bounds, &point))
        continue;
      distance = leyden_canvas_edge_get_distance (edge, point, &t);
      if (distance > best)
        continue;
      best = distance;
      hit->kind = LEYDEN_CANVAS_HIT_EDGE;
      hit->edge = edge;
      hit->t = t;
    }
  return hit->kind == LEYDEN_CANVAS_HIT_EDGE;
}

/* Points win over the wire that they are on. */
static gboolean
hit_points (LeydenCanvasModel *self,
            graphene_point_t   point,
            double             tolerance,
            LeydenCanvasHit   *hit)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self);
  double best = MAX (POINT_RADIUS, tolerance);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      for (guint k = 0; k < edge->n_points; k++)
        {
          double distance = hypot (edge->points[k].x - point.x, edge->points[k].y - point.y);

          if (distance > best)
            continue;
          best = distance;
          *hit = (LeydenCanvasHit) { .kind = LEYDEN_CANVAS_HIT_POINT, .edge = edge, .port = (int) k, .t = (k + 1.0) / (edge->n_points + 1) };
        }
    }
  return hit->kind == LEYDEN_CANVAS_HIT_POINT;
}

static gboolean
hit_boxes (LeydenCanvasModel *self,
           graphene_point_t   point,
           LeydenCanvasHit   *hit)
{
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self);

  for (guint i = boxes->len; i > 0; i--)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i - 1);
      graphene_rect_t corner = GRAPHENE_RECT_INIT (box->bounds.origin.x + box->bounds.size.width - CORNER,
                                                   box->bounds.origin.y + box->bounds.size.height - CORNER, CORNER, CORNER);

      if (!graphene_rect_contains_point (&box->bounds, &point))
        continue;
      hit->box = box;
      hit->kind = graphene_rect_contains_point (&corner, &point) ? LEYDEN_CANVAS_HIT_BOX_CORNER : LEYDEN_CANVAS_HIT_BOX;
      return TRUE;
    }
  return FALSE;
}

void
leyden_canvas_model_hit (LeydenCanvasModel *self,
                         graphene_point_t   point,
                         double             tolerance,
                         LeydenCanvasHit   *hit)
{
  *hit = (LeydenCanvasHit) { .kind = LEYDEN_CANVAS_HIT_NOTHING, .port = -1 };
  if (hit_nodes (self, point, tolerance, hit) || hit_points (self, point, tolerance, hit)
      || hit_edges (self, point, tolerance, hit))
    return;
  hit_boxes (self, point, hit);
}

/* Distance of a candidate in a direction: far off the axis costs more than far along it. INFINITY when it is not that way. */
static double
get_cost (LeydenCanvasNode      *from,
          LeydenCanvasNode      *to,
          LeydenCanvasDirection  direction)
{
  graphene_point_t a, b;
  double along, across;

  graphene_rect_get_center (&from->item.bounds, &a);
  graphene_rect_get_center (&to->item.bounds, &b);
  switch (direction)
    {
    case LEYDEN_CANVAS_LEFT:
      along = a.x - b.x;
      break;
    case LEYDEN_CANVAS_RIGHT:
      along = b.x - a.x;
      break;
    case LEYDEN_CANVAS_UP:
      along = a.y - b.y;
      break;
    case LEYDEN_CANVAS_DOWN:
    default:
      along = b.y - a.y;
      break;
    }
  across = direction == LEYDEN_CANVAS_LEFT || direction == LEYDEN_CANVAS_RIGHT ? fabs (a.y - b.y) : fabs (a.x - b.x);
  if (along < 1 || across > along * 3)
    return INFINITY;
  return along + 2 * across;
}

LeydenCanvasNode *
leyden_canvas_model_find_neighbor (LeydenCanvasModel     *self,
                                   LeydenCanvasNode      *node,
                                   LeydenCanvasDirection  direction)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self);
  LeydenCanvasNode *best = NULL;
  double best_cost = INFINITY;

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *candidate = g_ptr_array_index (nodes, i);
      double cost = candidate != node ? get_cost (node, candidate, direction) : INFINITY;

      if (cost < best_cost)
        {
          best = candidate;
          best_cost = cost;
        }
    }
  return best;
}

static LeydenConnect
refuse (char       **reason,
        const char  *text)
{
  if (reason != NULL)
    *reason = g_strdup (text);
  return LEYDEN_CONNECT_NO;
}

static LeydenCanvasEdge *
find_present (LeydenCanvasNode *target,
              guint             target_port,
              LeydenCanvasNode *source,
              guint             source_port,
              LeydenCanvasEdge *ignore,
              gboolean         *same)
{
  g_autoptr(GPtrArray) edges = leyden_canvas_node_list_edges (target, FALSE, target_port);
  LeydenCanvasEdge *present = NULL;

  *same = FALSE;
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (edge == ignore)
        continue;
      present = edge;
      *same = *same || (edge->source == source && edge->source_port == (int) source_port);
    }
  return present;
}

LeydenConnect
leyden_canvas_model_can_connect (LeydenCanvasModel  *self,
                                 LeydenCanvasNode   *source,
                                 guint               source_port,
                                 LeydenCanvasNode   *target,
                                 guint               target_port,
                                 LeydenCanvasEdge   *ignore,
                                 char              **reason,
                                 const char        **converter)
{
  const LeydenPort *from, *to;
  LeydenCanvasEdge *present;
  LeydenConversion conversion;
  gboolean same;

  g_return_val_if_fail (source != NULL && source_port < source->outputs->len, LEYDEN_CONNECT_NO);
  g_return_val_if_fail (target != NULL && target_port < target->inputs->len, LEYDEN_CONNECT_NO);

  from = g_ptr_array_index (source->outputs, source_port);
  to = g_ptr_array_index (target->inputs, target_port);
  if (source == target)
    return refuse (reason, _("A node cannot feed itself"));
  present = find_present (target, target_port, source, source_port, ignore, &same);
  if (same)
    return refuse (reason, _("These are connected already"));
  if (leyden_canvas_reach_closes_loop (leyden_canvas_model_get_reach (self), source, target, ignore))
    return refuse (reason, _("This would close a loop"));

  conversion = leyden_port_type_convert (from->type, to->type, reason, converter);
  if (conversion == LEYDEN_CONVERSION_REFUSED)
    return LEYDEN_CONNECT_NO;
  if (conversion == LEYDEN_CONVERSION_OFFERED)
    return LEYDEN_CONNECT_CONVERTS;
  if (present == NULL || to->multiple)
    return LEYDEN_CONNECT_YES;
  if (reason != NULL)
    *reason = g_strdup (_("Replaces the wire that is there"));
  return LEYDEN_CONNECT_REPLACES;
}
