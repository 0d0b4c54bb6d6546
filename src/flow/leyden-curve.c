/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "leyden-curve.h"

#include <math.h>

#define CULL_PIECES 8
#define HIT_PIECES 24

LeydenCurve
leyden_curve_between (graphene_point_t source,
                      graphene_point_t target)
{
  float dx = target.x - source.x;
  float dy = fabsf (target.y - source.y);
  /* Backward wires swing out wider, so that they do not hide behind their nodes. */
  float reach = dx >= 0 ? CLAMP (dx * 0.5f, MIN (30.f, 12.f + dy * 0.2f), 180.f)
                        : CLAMP (60.f - dx * 0.25f, 60.f, 220.f);

  return (LeydenCurve) { {
    source,
    GRAPHENE_POINT_INIT (source.x + reach, source.y),
    GRAPHENE_POINT_INIT (target.x - reach, target.y),
    target,
  } };
}

static double
distance (graphene_point_t a,
          graphene_point_t b)
{
  return hypot ((double) (b.x - a.x), (double) (b.y - a.y));
}

/* Direction of the line at stop @i of @n, of length 1: from the stop before to the next (Catmull and Rom, 1974); at the ends to the
 * right, as a wire leaves and comes. */
static graphene_point_t
get_tangent (const graphene_point_t *stops,
             guint                   i,
             guint                   n)
{
  double length;

  if (i == 0 || i == n - 1)
    return GRAPHENE_POINT_INIT (1, 0);
  length = distance (stops[i - 1], stops[i + 1]);
  if (length < 1e-3)
    return GRAPHENE_POINT_INIT (1, 0);
  return GRAPHENE_POINT_INIT ((float) ((double) (stops[i + 1].x - stops[i - 1].x) / length),
                              (float) ((double) (stops[i + 1].y - stops[i - 1].y) / length));
}

LeydenCurve *
leyden_curve_through (graphene_point_t        source,
                      const graphene_point_t *points,
                      guint                   n_points,
                      graphene_point_t        target)
{
  guint n = n_points + 2;
  g_autofree graphene_point_t *stops = g_new (graphene_point_t, n);
  LeydenCurve *curves = g_new (LeydenCurve, n_points + 1);

  if (n_points == 0)
    {
      curves[0] = leyden_curve_between (source, target);
      return curves;
    }
  stops[0] = source;
  stops[n - 1] = target;
  for (guint i = 0; i < n_points; i++)
    stops[i + 1] = points[i];
  for (guint i = 0; i + 1 < n; i++)
    {
      graphene_point_t a = get_tangent (stops, i, n), b = get_tangent (stops, i + 1, n);
      float reach = (float) MIN (distance (stops[i], stops[i + 1]) / 3, 160);

      curves[i] = (LeydenCurve) { {
        stops[i],
        GRAPHENE_POINT_INIT (stops[i].x + a.x * reach, stops[i].y + a.y * reach),
        GRAPHENE_POINT_INIT (stops[i + 1].x - b.x * reach, stops[i + 1].y - b.y * reach),
        stops[i + 1],
      } };
    }
  return curves;
}

graphene_point_t
leyden_curve_get_point (const LeydenCurve *self,
                        double             t)
{
  double u = 1 - t;
  double a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;

  return GRAPHENE_POINT_INIT (
    (float) (a * self->p[0].x + b * self->p[1].x + c * self->p[2].x + d * self->p[3].x),
    (float) (a * self->p[0].y + b * self->p[1].y + c * self->p[2].y + d * self->p[3].y));
}

graphene_rect_t
leyden_curve_get_bounds (const LeydenCurve *self)
{
  float x0 = self->p[0].x, x1 = x0, y0 = self->p[0].y, y1 = y0;

  for (guint i = 1; i < 4; i++)
    {
      x0 = MIN (x0, self->p[i].x);
      x1 = MAX (x1, self->p[i].x);
      y0 = MIN (y0, self->p[i].y);
      y1 = MAX (y1, self->p[i].y);
    }
  return GRAPHENE_RECT_INIT (x0, y0, x1 - x0, y1 - y0);
}

/* Liang–Barsky: whether a segment comes into a rectangle. */
static gboolean
segment_touches (graphene_point_t       a,
                 graphene_point_t       b,
                 const graphene_rect_t *rect)
{
  const float delta[4] = { a.x - b.x, b.x - a.x, a.y - b.y, b.y - a.y };
  const float room[4] = { a.x - rect->origin.x, rect->origin.x + rect->size.width - a.x,
                          a.y - rect->origin.y, rect->origin.y + rect->size.height - a.y };
  float enter = 0, leave = 1;

  for (guint i = 0; i < 4; i++)
    {
      float t;

      if (delta[i] == 0)
        {
          if (room[i] < 0)
            return FALSE;
          continue;
        }
      t = room[i] / delta[i];
      if (delta[i] < 0)
        enter = MAX (enter, t);
      else
        leave = MIN (leave, t);
      if (enter > leave)
        return FALSE;
    }
  return TRUE;
}

gboolean
leyden_curve_touches (const LeydenCurve     *self,
                      const graphene_rect_t *rect)
{
  graphene_rect_t bounds = leyden_curve_get_bounds (self);
  graphene_point_t last = self->p[0];

  /* Not graphene_rect_intersection: a flat wire has a box without height. */
  if (bounds.origin.x > rect->origin.x + rect->size.width || bounds.origin.x + bounds.size.width < rect->origin.x
      || bounds.origin.y > rect->origin.y + rect->size.height || bounds.origin.y + bounds.size.height < rect->origin.y)
    return FALSE;
  for (guint i = 1; i <= CULL_PIECES; i++)
    {
      graphene_point_t next = leyden_curve_get_point (self, (double) i / CULL_PIECES);

      if (segment_touches (last, next, rect))
        return TRUE;
      last = next;
    }
  return FALSE;
}

static double
segment_distance (graphene_point_t  a,
                  graphene_point_t  b,
                  graphene_point_t  point,
                  double           *along)
{
  double dx = b.x - a.x, dy = b.y - a.y;
  double length = dx * dx + dy * dy;
  double t = length > 0 ? CLAMP (((point.x - a.x) * dx + (point.y - a.y) * dy) / length, 0, 1) : 0;

  *along = t;
  return hypot (point.x - (a.x + t * dx), point.y - (a.y + t * dy));
}

double
leyden_curve_get_distance (const LeydenCurve *self,
                           graphene_point_t   point,
                           double            *t)
{
  graphene_point_t last = self->p[0];
  double best = INFINITY;

  for (guint i = 1; i <= HIT_PIECES; i++)
    {
      graphene_point_t next = leyden_curve_get_point (self, (double) i / HIT_PIECES);
      double along;
      double distance = segment_distance (last, next, point, &along);

      if (distance < best)
        {
          best = distance;
          if (t != NULL)
            *t = (i - 1 + along) / HIT_PIECES;
        }
      last = next;
    }
  return best;
}

/* On which side of a → b a point is: the sign says it. */
static double
get_side (graphene_point_t a,
          graphene_point_t b,
          graphene_point_t point)
{
  return ((double) b.x - a.x) * ((double) point.y - a.y) - ((double) b.y - a.y) * ((double) point.x - a.x);
}

static gboolean
segments_cross (graphene_point_t a,
                graphene_point_t b,
                graphene_point_t c,
                graphene_point_t d)
{
  double ab_c = get_side (a, b, c), ab_d = get_side (a, b, d);
  double cd_a = get_side (c, d, a), cd_b = get_side (c, d, b);

  /* A point on the other piece counts for one side only, so that a stroke that stops on a wire and goes on crosses it once. */
  return (ab_c < 0) != (ab_d < 0) && (cd_a < 0) != (cd_b < 0);
}

gboolean
leyden_curve_crosses (const LeydenCurve *self,
                      graphene_point_t   a,
                      graphene_point_t   b)
{
  graphene_rect_t bounds = leyden_curve_get_bounds (self);
  graphene_point_t last = self->p[0];

  if (MAX (a.x, b.x) < bounds.origin.x || MIN (a.x, b.x) > bounds.origin.x + bounds.size.width || MAX (a.y, b.y) < bounds.origin.y
      || MIN (a.y, b.y) > bounds.origin.y + bounds.size.height)
    return FALSE;
  for (guint i = 1; i <= HIT_PIECES; i++)
    {
      graphene_point_t next = leyden_curve_get_point (self, (double) i / HIT_PIECES);

      if (segments_cross (last, next, a, b))
        return TRUE;
      last = next;
    }
  return FALSE;
}
