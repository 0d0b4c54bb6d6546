/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas.h"

G_BEGIN_DECLS

/**
 * LeydenOutline: the same flow as a list: what the canvas is for small windows and for who does not see it. It shows the same selection
 * and makes the same edits, through the canvas.
 *
 * Signal: "configure" (char *id).
 */
#define LEYDEN_TYPE_OUTLINE (leyden_outline_get_type ())
G_DECLARE_FINAL_TYPE (LeydenOutline, leyden_outline, LEYDEN, OUTLINE, GtkWidget)

GtkWidget *leyden_outline_new        (void);
void       leyden_outline_set_canvas (LeydenOutline *self, LeydenCanvas *canvas, LeydenSelection *selection);
/* Reads the canvas' flow anew (another document). */
void       leyden_outline_reload     (LeydenOutline *self);
gboolean   leyden_outline_take_focus (LeydenOutline *self);

G_END_DECLS
