/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas-private.h"
#include "leyden-flow-mode.h"

G_BEGIN_DECLS

/* How a node looks that is disabled or bypassed. */

/* "Disabled"; NULL for a node that is on. */
const char *leyden_node_mode_get_title (LeydenNodeMode mode);
/* The title of a disabled node is struck through. */
void        leyden_node_mode_strike    (LeydenNodeMode mode, PangoLayout *title);
/* The ways through a bypassed node, from its inputs to its outputs, in its own coordinates. */
void        leyden_node_mode_paint     (LeydenCanvas *canvas, LeydenCanvasNode *node, GtkSnapshot *snapshot);
void        leyden_node_mode_set_class (LeydenNodeMode mode, GtkWidget *view);

G_END_DECLS
