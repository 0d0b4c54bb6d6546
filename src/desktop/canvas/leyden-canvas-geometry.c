/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-geometry.h"

#include <math.h>

#define MAX_OFFSET 1e8

graphene_point_t
leyden_canvas_view_to_world (const LeydenCanvasView *view,
                             double                  x,
                             double                  y)
{
  return GRAPHENE_POINT_INIT ((float) ((x - view->x) / view->scale), (float) ((y - view->y) / view->scale));
}

graphene_point_t
leyden_canvas_view_from_world (const LeydenCanvasView *view,
                               double                  x,
                               double                  y)
{
  return GRAPHENE_POINT_INIT ((float) (x * view->scale + view->x), (float) (y * view->scale + view->y));
}

graphene_rect_t
leyden_canvas_view_get_extent (const LeydenCanvasView *view,
                               double                  width,
                               double                  height,
                               double                  margin)
{
  graphene_point_t start = leyden_canvas_view_to_world (view, -margin, -margin);

  return GRAPHENE_RECT_INIT (start.x, start.y, (float) ((width + 2 * margin) / view->scale),
                             (float) ((height + 2 * margin) / view->scale));
}

gboolean
leyden_canvas_view_clamp (LeydenCanvasView *view)
{
  LeydenCanvasView old = *view;

  if (!isfinite (view->scale) || view->scale <= 0)
    view->scale = 1;
  view->scale = CLAMP (view->scale, LEYDEN_CANVAS_MIN_SCALE, LEYDEN_CANVAS_MAX_SCALE);
  view->x = isfinite (view->x) ? CLAMP (view->x, -MAX_OFFSET, MAX_OFFSET) : 0;
  view->y = isfinite (view->y) ? CLAMP (view->y, -MAX_OFFSET, MAX_OFFSET) : 0;
  return old.scale != view->scale || old.x != view->x || old.y != view->y;
}

void
leyden_canvas_view_zoom (LeydenCanvasView *view,
                         double            factor,
                         double            x,
                         double            y)
{
  double scale;

  g_return_if_fail (isfinite (factor) && factor > 0);

  scale = CLAMP (view->scale * factor, LEYDEN_CANVAS_MIN_SCALE, LEYDEN_CANVAS_MAX_SCALE);
  view->x = x - (x - view->x) * scale / view->scale;
  view->y = y - (y - view->y) * scale / view->scale;
  view->scale = scale;
  leyden_canvas_view_clamp (view);
}

void
leyden_canvas_view_fit (LeydenCanvasView      *view,
                        const graphene_rect_t *world,
                        double                 width,
                        double                 height,
                        double                 margin,
                        double                 max_scale)
{
  double room_x = MAX (width - 2 * margin, 1);
  double room_y = MAX (height - 2 * margin, 1);
  double scale = MIN (room_x / MAX (world->size.width, 1), room_y / MAX (world->size.height, 1));

  view->scale = CLAMP (scale, LEYDEN_CANVAS_MIN_SCALE, MIN (max_scale, LEYDEN_CANVAS_MAX_SCALE));
  view->x = width / 2 - (world->origin.x + world->size.width / 2) * view->scale;
  view->y = height / 2 - (world->origin.y + world->size.height / 2) * view->scale;
  leyden_canvas_view_clamp (view);
}

/* How far [start, end] must move to lie in [low, high]; its start wins when it is too long. */
static double
reveal_axis (double start,
             double end,
             double low,
             double high)
{
  if (start < low || end - start > high - low)
    return low - start;
  return end > high ? high - end : 0;
}

gboolean
leyden_canvas_view_reveal (LeydenCanvasView      *view,
                           const graphene_rect_t *world,
                           double                 width,
                           double                 height,
                           double                 margin)
{
  graphene_point_t start = leyden_canvas_view_from_world (view, world->origin.x, world->origin.y);
  double end_x = start.x + world->size.width * view->scale;
  double end_y = start.y + world->size.height * view->scale;
  double space = MIN (margin, MIN (width, height) / 8);
  double dx = reveal_axis (start.x, end_x, space, width - space);
  double dy = reveal_axis (start.y, end_y, space, height - space);

  view->x += dx;
  view->y += dy;
  return dx != 0 || dy != 0;
}

double
leyden_canvas_snap (double value)
{
  return round (value / LEYDEN_CANVAS_GRID) * LEYDEN_CANVAS_GRID;
}
