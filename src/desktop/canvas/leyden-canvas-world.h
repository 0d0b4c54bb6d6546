/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What lies on the canvas at a place of the world. */
#define LEYDEN_TYPE_CANVAS_ITEM (leyden_canvas_item_get_type ())
G_DECLARE_INTERFACE (LeydenCanvasItem, leyden_canvas_item, LEYDEN, CANVAS_ITEM, GtkWidget)
struct _LeydenCanvasItemInterface
{
  GTypeInterface parent_iface;
  void         (*get_bounds) (LeydenCanvasItem *self, graphene_rect_t *bounds);
};

/* A layer of the canvas: allocates its children, all of them LeydenCanvasItem, where they are in the world. Its allocation carries the
 * view: scale and offset. */
#define LEYDEN_TYPE_CANVAS_WORLD (leyden_canvas_world_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCanvasWorld, leyden_canvas_world, LEYDEN, CANVAS_WORLD, GtkWidget)
GtkWidget *leyden_canvas_world_new (void);

/* A child as it was drawn last: @node is its own drawing, without its place. It is the same as long as the child did not ask to be drawn anew. */
typedef struct
{
  GtkWidget       *child;
  GskRenderNode   *node;
  graphene_rect_t  bounds;              /* in the world */
} LeydenWorldItem;

/* All that have a drawing, from back to front; valid until the layer is drawn again. (element-type LeydenWorldItem) */
GArray    *leyden_canvas_world_get_items (LeydenCanvasWorld *self);

G_END_DECLS
