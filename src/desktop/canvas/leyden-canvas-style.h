/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-canvas-model.h"

G_BEGIN_DECLS

/* How much of its own colour a wire, and a node that is far away, has on the canvas. */
#define LEYDEN_WIRE_STRENGTH 0.85f
#define LEYDEN_FAR_STRENGTH 0.75f

/* Colours that are painted by hand, from the named colours of ui/style*.css. Loaded anew when the theme changes. */
typedef struct
{
  GdkRGBA foreground;
  GdkRGBA accent;
  GdkRGBA ground;                       /* of the canvas */
  GdkRGBA card;
  GdkRGBA grid;
  GdkRGBA success;
  GdkRGBA warning;
  GdkRGBA error;
  GdkRGBA port[LEYDEN_N_PORT_TYPES];
  GdkRGBA category[6];
  double  dim;                          /* opacity of secondary text */
} LeydenCanvasStyle;

void           leyden_canvas_style_load         (LeydenCanvasStyle *self, GtkWidget *widget);
/* Colour of a category of node types; NULL or unknown: a neutral one. */
const GdkRGBA *leyden_canvas_style_get_category (const LeydenCanvasStyle *self, const char *category);
/* Colours of a badge whose state has a colour, on a node. */
void           leyden_canvas_style_get_badge    (const LeydenCanvasStyle *self, const GdkRGBA *state, GdkRGBA *text, GdkRGBA *fill);
GdkRGBA        leyden_canvas_style_fade         (const GdkRGBA *color, double alpha);
/* A layout whose glyphs keep their places at any scale: no rounding to whole pixels of the unscaled text. */
PangoLayout   *leyden_canvas_style_make_layout  (GtkWidget *widget, const char *text);
/* The dot of a port around (0, 0): type says colour and shape, @connected fills it. @radius in the units of the snapshot. */
void           leyden_canvas_style_paint_port   (const LeydenCanvasStyle *self, GtkSnapshot *snapshot, LeydenPortType type,
                                                 gboolean connected, float radius);
/* A layout whose text begins at @x. */
void           leyden_canvas_paint_layout       (GtkSnapshot *snapshot, PangoLayout *layout, double x, double y, const GdkRGBA *color);
void           leyden_canvas_paint_rounded      (GtkSnapshot *snapshot, const GdkRGBA *color, graphene_rect_t rect, float corner);
/* The ring of the focus at @distance around what has @size, from (0, 0), and corners of @corner. */
void           leyden_canvas_paint_ring         (GtkSnapshot *snapshot, const GdkRGBA *color, graphene_size_t size, float distance, float corner);

G_END_DECLS
