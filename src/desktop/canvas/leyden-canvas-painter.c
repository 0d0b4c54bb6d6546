/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-painter.h"

#include <math.h>

#define PIECE 7.0               /* pixels of a curve that are drawn straight */
#define MIN_PIECES 4
#define MAX_PIECES 48

typedef struct
{
  guint32 color;
  guint   alpha;                /* 0 to 256 */
} Paint;

static Paint
make_paint (const GdkRGBA *color)
{
  guint red = (guint) (CLAMP (color->red, 0, 1) * 255 + 0.5), green = (guint) (CLAMP (color->green, 0, 1) * 255 + 0.5),
        blue = (guint) (CLAMP (color->blue, 0, 1) * 255 + 0.5);

  return (Paint) { 0xff000000u | red << 16 | green << 8 | blue, (guint) (CLAMP (color->alpha, 0, 1) * 256 + 0.5) };
}

/* Two channels at a time: what wraps around is masked away. */
static inline void
blend (guint32 *pixel,
       guint32  color,
       guint    alpha)
{
  guint32 old = *pixel, odd = old & 0xff00ff, even = old & 0x00ff00;

  odd += (((color & 0xff00ff) - odd) * alpha) >> 8;
  even += (((color & 0x00ff00) - even) * alpha) >> 8;
  *pixel = 0xff000000u | (odd & 0xff00ff) | (even & 0x00ff00);
}

/* --- the picture --- */

void
leyden_painter_clear (LeydenPainter *self)
{
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  self->pixels = NULL;
  self->width = self->height = 0;
}

void
leyden_painter_begin (LeydenPainter *self,
                      int            width,
                      int            height,
                      const GdkRGBA *color)
{
  Paint paint = make_paint (color);

  if (self->surface == NULL || self->width != width || self->height != height)
    {
      leyden_painter_clear (self);
      self->surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
      self->width = width;
      self->height = height;
    }
  cairo_surface_flush (self->surface);
  self->pixels = (guint32 *) (gpointer) cairo_image_surface_get_data (self->surface);
  self->stride = cairo_image_surface_get_stride (self->surface) / 4;
  if (self->pixels == NULL)
    {
      self->width = self->height = 0;
      return;
    }
  for (int x = 0; x < width; x++)
    self->pixels[x] = paint.color;
  for (int y = 1; y < height; y++)
    memcpy (self->pixels + (gsize) y * (gsize) self->stride, self->pixels, (gsize) width * 4);
}

void
leyden_painter_touch (LeydenPainter *self)
{
  cairo_surface_mark_dirty (self->surface);
}

/* --- boxes --- */

void
leyden_painter_dots (LeydenPainter *self,
                     double         x,
                     double         y,
                     double         step,
                     int            size,
                     const GdkRGBA *color)
{
  Paint paint = make_paint (color);
  double x0 = x - ceil (x / step) * step, y0 = y - ceil (y / step) * step;

  for (double row = y0; row < self->height; row += step)
    for (int j = MAX ((int) floor (row), 0); j < MIN ((int) floor (row) + size, self->height); j++)
      {
        guint32 *line = self->pixels + (gsize) j * (gsize) self->stride;

        for (double column = x0; column < self->width; column += step)
          for (int i = MAX ((int) floor (column), 0); i < MIN ((int) floor (column) + size, self->width); i++)
            blend (line + i, paint.color, paint.alpha);
      }
}

/* How much of the pixel at @at lies between @start and @end. */
static inline double
cover (int    at,
       double start,
       double end)
{
  double covered = MIN (end, at + 1) - MAX (start, at);

  return covered > 0 ? covered : 0;
}

void
leyden_painter_rect (LeydenPainter *self,
                     double         x,
                     double         y,
                     double         width,
                     double         height,
                     const GdkRGBA *color)
{
  Paint paint = make_paint (color);
  double x0 = MAX (x, 0), y0 = MAX (y, 0), x1 = MIN (x + width, self->width), y1 = MIN (y + height, self->height);
  int left, right, bottom;

  if (!(x0 < x1 && y0 < y1))
    return;
  left = (int) x0;
  right = (int) ceil (x1);
  bottom = (int) ceil (y1);
  for (int j = (int) y0; j < bottom; j++)
    {
      guint32 *line = self->pixels + (gsize) j * (gsize) self->stride;
      double part = cover (j, y0, y1) * paint.alpha;
      guint full = (guint) part;

      blend (line + left, paint.color, (guint) (part * cover (left, x0, x1)));
      for (int i = left + 1; i < right - 1; i++)
        blend (line + i, paint.color, full);
      if (right - 1 > left)
        blend (line + right - 1, paint.color, (guint) (part * cover (right - 1, x0, x1)));
    }
}

/* --- lines --- */

/* A row or column from a place that may be far outside. */
static inline int
to_index (double at,
          int    end)
{
  return at <= 0 ? 0 : at >= end ? end : (int) at;
}

/*
 * A line is painted in columns where it is rather flat and in rows where it is steep: [from, to) in columns belongs to one piece alone, so that pieces that
 * follow one another leave neither gap nor seam.
 */
static void
paint_flat (LeydenPainter *self,
            double         x0,
            double         y0,
            double         x1,
            double         slope,
            double         half,
            Paint          paint)
{
  int from = to_index (ceil (x0 - 0.5), self->width), to = to_index (ceil (x1 - 0.5), self->width);

  for (int x = from; x < to; x++)
    {
      double middle = y0 + slope * (x + 0.5 - x0), top = middle - half, bottom = middle + half;
      int first = to_index (floor (top), self->height), end = to_index (ceil (bottom), self->height);

      for (int y = first; y < end; y++)
        blend (self->pixels + (gsize) y * (gsize) self->stride + x, paint.color, (guint) (cover (y, top, bottom) * paint.alpha));
    }
}

static void
paint_steep (LeydenPainter *self,
             double         x0,
             double         y0,
             double         y1,
             double         slope,
             double         half,
             Paint          paint)
{
  int from = to_index (ceil (y0 - 0.5), self->height), to = to_index (ceil (y1 - 0.5), self->height);

  for (int y = from; y < to; y++)
    {
      double middle = x0 + slope * (y + 0.5 - y0), left = middle - half, right = middle + half;
      int first = to_index (floor (left), self->width), end = to_index (ceil (right), self->width);
      guint32 *line = self->pixels + (gsize) y * (gsize) self->stride;

      for (int x = first; x < end; x++)
        blend (line + x, paint.color, (guint) (cover (x, left, right) * paint.alpha));
    }
}

static gboolean
is_flat (graphene_point_t from,
         graphene_point_t to)
{
  return fabsf (to.x - from.x) >= fabsf (to.y - from.y);
}

static void
paint_line (LeydenPainter    *self,
            graphene_point_t  from,
            graphene_point_t  to,
            double            width,
            Paint             paint)
{
  double dx = to.x - from.x, dy = to.y - from.y, slope, half;

  if (!isfinite (dx) || !isfinite (dy) || MAX (from.x, to.x) < -width || MIN (from.x, to.x) > self->width + width
      || MAX (from.y, to.y) < -width || MIN (from.y, to.y) > self->height + width)
    return;
  if (is_flat (from, to))
    {
      if (dx == 0)
        return;
      slope = dy / dx;
      half = width / 2 * sqrt (1 + slope * slope);
      paint_flat (self, MIN (from.x, to.x), dx > 0 ? from.y : to.y, MAX (from.x, to.x), slope, half, paint);
    }
  else
    {
      slope = dx / dy;
      half = width / 2 * sqrt (1 + slope * slope);
      paint_steep (self, dy > 0 ? from.x : to.x, MIN (from.y, to.y), MAX (from.y, to.y), slope, half, paint);
    }
}

void
leyden_painter_line (LeydenPainter    *self,
                     graphene_point_t  from,
                     graphene_point_t  to,
                     double            width,
                     const GdkRGBA    *color)
{
  paint_line (self, from, to, width, make_paint (color));
}

/* Where columns turn into rows a corner would be missing. */
static void
paint_joint (LeydenPainter    *self,
             graphene_point_t  at,
             double            width,
             Paint             paint)
{
  double radius = width / 2;
  int first = to_index (floor (at.y - radius), self->height), last = to_index (ceil (at.y + radius), self->height);
  int left = to_index (floor (at.x - radius), self->width), right = to_index (ceil (at.x + radius), self->width);

  for (int y = first; y < last; y++)
    for (int x = left; x < right; x++)
      {
        double inside = radius + 0.5 - hypot (x + 0.5 - at.x, y + 0.5 - at.y);

        if (inside > 0)
          blend (self->pixels + (gsize) y * (gsize) self->stride + x, paint.color, (guint) (MIN (inside, 1) * paint.alpha));
      }
}

static graphene_point_t
between (graphene_point_t from,
         graphene_point_t to,
         double           t)
{
  return GRAPHENE_POINT_INIT ((float) (from.x + (to.x - from.x) * t), (float) (from.y + (to.y - from.y) * t));
}

/* @walked: how far along the curve @from is. */
static void
paint_dashes (LeydenPainter    *self,
              graphene_point_t  from,
              graphene_point_t  to,
              double            walked,
              double            width,
              LeydenDash        dash,
              Paint             paint)
{
  double length = hypot (to.x - from.x, to.y - from.y), period = dash.on + dash.off;
  double at = 0;

  while (at < length)
    {
      double phase = fmod (walked + at, period);
      gboolean on = phase < dash.on;
      double end = MIN (length, at + MAX ((on ? dash.on : period) - phase, 0.01));

      if (on)
        paint_line (self, between (from, to, at / length), between (from, to, end / length), width, paint);
      at = end;
    }
}

static guint
count_pieces (const LeydenCurve *curve)
{
  double length = 0, straight = hypot (curve->p[3].x - curve->p[0].x, curve->p[3].y - curve->p[0].y);

  for (guint i = 0; i < 3; i++)
    length += hypot (curve->p[i + 1].x - curve->p[i].x, curve->p[i + 1].y - curve->p[i].y);
  return length - straight < 0.25 ? 1 : (guint) CLAMP (length / PIECE, MIN_PIECES, MAX_PIECES);
}

void
leyden_painter_curve (LeydenPainter     *self,
                      const LeydenCurve *curve,
                      double             width,
                      LeydenDash         dash,
                      const GdkRGBA     *color)
{
  Paint paint = make_paint (color);
  guint n = count_pieces (curve);
  graphene_point_t last = curve->p[0];
  double walked = 0;
  gboolean flat = TRUE;

  for (guint i = 1; i <= n; i++)
    {
      graphene_point_t next = i == n ? curve->p[3] : leyden_curve_get_point (curve, (double) i / n);
      gboolean now_flat = is_flat (last, next);

      if (dash.on > 0)
        {
          paint_dashes (self, last, next, walked, width, dash, paint);
          walked += hypot (next.x - last.x, next.y - last.y);
        }
      else
        {
          paint_line (self, last, next, width, paint);
          if (i > 1 && now_flat != flat && width > 1)
            paint_joint (self, last, width, paint);
        }
      flat = now_flat;
      last = next;
    }
}
