/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas-geometry.h"
#include "leyden-canvas-world.h"

G_BEGIN_DECLS

/* The pictures of nodes, each made once for a scale from its widget's own drawing. Moving the view then only copies them; while the scale changes they stand
 * in for themselves, stretched, and those that are missing are made as far as the time of a frame goes. */
typedef struct _LeydenRasters LeydenRasters;

LeydenRasters *leyden_rasters_new    (void);
void           leyden_rasters_free   (LeydenRasters *self);
void           leyden_rasters_forget (LeydenRasters *self, GtkWidget *child);
/* @target: an image without scale. @view: in its pixels, with whole offsets. @moving: the scale is changing, what is there may stand in. At most about
 * @budget_us are spent on making pictures. Gives how many are not yet as they stay for want of time; @moving counts none of those that stand in. */
guint          leyden_rasters_draw   (LeydenRasters *self, cairo_surface_t *target, GArray *items, const LeydenCanvasView *view, gboolean moving,
                                      gint64 budget_us, const GdkRGBA *placeholder);

G_END_DECLS
