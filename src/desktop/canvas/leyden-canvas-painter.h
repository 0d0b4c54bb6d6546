/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gdk/gdk.h>

#include "leyden-canvas-geometry.h"

G_BEGIN_DECLS

/* Paints the picture of a canvas by hand: dots, boxes and wires by the ten thousand, which no general drawing library does in the time of a frame. All
 * coordinates are pixels; the picture is opaque. For the rest there is its cairo surface. */
typedef struct
{
  cairo_surface_t *surface;             /* CAIRO_FORMAT_RGB24 */
  guint32         *pixels;
  int              stride;              /* in pixels */
  int              width;
  int              height;
} LeydenPainter;

typedef struct
{
  double on;                            /* 0: no dashes */
  double off;
} LeydenDash;

/* Makes the picture @width × @height and fills it. */
void leyden_painter_begin  (LeydenPainter *self, int width, int height, const GdkRGBA *color);
void leyden_painter_clear  (LeydenPainter *self);               /* frees the picture */
/* After painting by hand, before cairo paints; cairo's own is there at once. */
void leyden_painter_touch  (LeydenPainter *self);

/* Squares of @size on a grid through (@x, @y). */
void leyden_painter_dots   (LeydenPainter *self, double x, double y, double step, int size, const GdkRGBA *color);
void leyden_painter_rect   (LeydenPainter *self, double x, double y, double width, double height, const GdkRGBA *color);
void leyden_painter_line   (LeydenPainter *self, graphene_point_t from, graphene_point_t to, double width, const GdkRGBA *color);
void leyden_painter_curve  (LeydenPainter *self, const LeydenCurve *curve, double width, LeydenDash dash, const GdkRGBA *color);

G_END_DECLS
