/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <graphene.h>

#include "leyden-curve.h"

G_BEGIN_DECLS

/* Plain geometry of the canvas, without GTK. "World" units are those of the document; "view" units are logical pixels of the widget. */

#define LEYDEN_CANVAS_GRID 24.0         /* world units between two dots */
#define LEYDEN_CANVAS_MIN_SCALE 0.02
#define LEYDEN_CANVAS_MAX_SCALE 4.0
#define LEYDEN_CANVAS_LOD_SCALE 0.35    /* below it nodes are rectangles and wires are straight */

/* view = world × scale + (x, y) */
typedef struct
{
  double scale;
  double x;
  double y;
} LeydenCanvasView;

graphene_point_t leyden_canvas_view_to_world   (const LeydenCanvasView *view, double x, double y);
graphene_point_t leyden_canvas_view_from_world (const LeydenCanvasView *view, double x, double y);
/* The part of the world that a widget of that size shows, grown by @margin view units. */
graphene_rect_t  leyden_canvas_view_get_extent (const LeydenCanvasView *view, double width, double height, double margin);
/* Scale and offset from anywhere (a file) made usable: finite and in bounds. TRUE when something had to change. */
gboolean         leyden_canvas_view_clamp      (LeydenCanvasView *view);
/* Multiplies the scale; what is under (x, y) stays there. */
void             leyden_canvas_view_zoom       (LeydenCanvasView *view, double factor, double x, double y);
/* Shows @world whole in the middle with @margin view units around it, at most at @max_scale. */
void             leyden_canvas_view_fit        (LeydenCanvasView *view, const graphene_rect_t *world, double width, double height,
                                                double margin, double max_scale);
/* Moves as little as needed for @world to be inside, with @margin view units to spare. TRUE when it moved. */
gboolean         leyden_canvas_view_reveal     (LeydenCanvasView *view, const graphene_rect_t *world, double width, double height,
                                                double margin);

double           leyden_canvas_snap            (double value);         /* to the grid */

G_END_DECLS
