/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Blurred shadows, which nodes of one size share: with the cairo renderer one takes three times as long as all the rest of a node. */
typedef struct _LeydenShadows LeydenShadows;

LeydenShadows *leyden_shadows_new  (void);
void           leyden_shadows_free (LeydenShadows *self);
/* As gsk_render_node_draw () does, but a blurred shadow lies up to an eighth of a pixel beside its place. @cr: scaled by @scale and moved, no more. */
void           leyden_shadows_draw (LeydenShadows *self, GskRenderNode *node, cairo_t *cr, double scale);

G_END_DECLS
