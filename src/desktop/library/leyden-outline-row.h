/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas.h"

G_BEGIN_DECLS

/* One node in the outline: what it is, where its wires go, and a menu that changes them. */
#define LEYDEN_TYPE_OUTLINE_ROW (leyden_outline_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenOutlineRow, leyden_outline_row, LEYDEN, OUTLINE_ROW, GtkWidget)

GtkWidget *leyden_outline_row_new    (LeydenCanvas *canvas);
/* @id NULL: nothing. */
void       leyden_outline_row_set_id (LeydenOutlineRow *self, const char *id);
void       leyden_outline_row_refresh (LeydenOutlineRow *self);
void       leyden_outline_row_popup  (LeydenOutlineRow *self);

G_END_DECLS
