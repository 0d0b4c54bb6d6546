/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The plane that moves and scales as a whole. Its children say themselves where they are (LeydenCanvasItem). */
#define LEYDEN_TYPE_CANVAS_WORLD (leyden_canvas_world_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCanvasWorld, leyden_canvas_world, LEYDEN, CANVAS_WORLD, GtkWidget)

#define LEYDEN_TYPE_CANVAS_ITEM (leyden_canvas_item_get_type ())
G_DECLARE_INTERFACE (LeydenCanvasItem, leyden_canvas_item, LEYDEN, CANVAS_ITEM, GtkWidget)
struct _LeydenCanvasItemInterface
{
  GTypeInterface parent_iface;
  void (*get_bounds) (LeydenCanvasItem *self, graphene_rect_t *bounds);
};

GtkWidget *leyden_canvas_world_new (void);

G_END_DECLS
