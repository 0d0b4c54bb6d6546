/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas.h"

G_BEGIN_DECLS

/* A node, port or wire in the outline: what it is, where its wires go, and a menu that changes them. The actions of a row are those of its
 * menu, for a screen reader. */
#define LEYDEN_TYPE_OUTLINE_ROW (leyden_outline_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenOutlineRow, leyden_outline_row, LEYDEN, OUTLINE_ROW, GtkWidget)

GtkWidget *leyden_outline_row_new    (LeydenCanvas *canvas);
/* @id NULL: nothing. */
void       leyden_outline_row_set_id (LeydenOutlineRow *self, const char *id);
void       leyden_outline_row_refresh (LeydenOutlineRow *self);
void       leyden_outline_row_popup  (LeydenOutlineRow *self);
/* Shows the list of ports to connect to, or the wires that are there. */
void       leyden_outline_row_connect (LeydenOutlineRow *self);

/* What an item of the list names: the wire, NULL when it is none; the port (−1: none) with its node (full) and side. */
#define LEYDEN_OUTLINE_SEPARATOR "\x1f"
const char *leyden_outline_get_wire  (const char *id);
int        leyden_outline_get_port   (const char *id, char **node, gboolean *output);

G_END_DECLS
