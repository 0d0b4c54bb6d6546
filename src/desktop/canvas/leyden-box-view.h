/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas-private.h"
#include "leyden-markdown.h"

G_BEGIN_DECLS

/* A frame or a note on the canvas. */
#define LEYDEN_TYPE_BOX_VIEW (leyden_box_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBoxView, leyden_box_view, LEYDEN, BOX_VIEW, GtkWidget)

GtkWidget       *leyden_box_view_new          (LeydenCanvas *canvas, LeydenCanvasBox *box);
LeydenCanvasBox *leyden_box_view_get_box      (LeydenBoxView *self);
void             leyden_box_view_refresh      (LeydenBoxView *self);
/* Of a note, as it is shown; NULL for a frame and before it is drawn. */
const LeydenMarkdown *leyden_box_view_get_markdown (LeydenBoxView *self);
/* The address at a point of a note; NULL when there is none. */
const char      *leyden_box_view_find_link    (LeydenBoxView *self, double x, double y);
void             leyden_box_view_set_selected (LeydenBoxView *self, gboolean selected);

G_END_DECLS
