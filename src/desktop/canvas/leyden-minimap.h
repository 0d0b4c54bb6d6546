/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas.h"

G_BEGIN_DECLS

/**
 * LeydenMinimap: the whole flow of a canvas, small, and what of it the canvas shows. A click or a drag there moves the canvas, and so do the arrow keys.
 *
 * Property: canvas (LeydenCanvas, nullable).
 */
#define LEYDEN_TYPE_MINIMAP (leyden_minimap_get_type ())
G_DECLARE_FINAL_TYPE (LeydenMinimap, leyden_minimap, LEYDEN, MINIMAP, GtkWidget)

/* Where a point of the world is on the map; for tests. */
graphene_point_t leyden_minimap_from_world (LeydenMinimap *self, double x, double y);
/* What the canvas shows has changed; @content: what is where has, too. */
void             leyden_minimap_changed    (LeydenMinimap *self, gboolean content);

G_END_DECLS
