/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <graphene.h>

G_BEGIN_DECLS

/* A uniform grid over the world: what lies in a rectangle, in time of what is there. An item is embedded in what it stands for. */
typedef struct _LeydenCanvasIndex LeydenCanvasIndex;
typedef struct
{
  graphene_rect_t bounds;
  /* The rest belongs to the index. */
  int             cell[4];
  guint           stamp;
} LeydenIndexItem;

LeydenCanvasIndex *leyden_canvas_index_new    (void);
void               leyden_canvas_index_free   (LeydenCanvasIndex *self);
void               leyden_canvas_index_insert (LeydenCanvasIndex *self, LeydenIndexItem *item, const graphene_rect_t *bounds);
void               leyden_canvas_index_move   (LeydenCanvasIndex *self, LeydenIndexItem *item, const graphene_rect_t *bounds);
void               leyden_canvas_index_remove (LeydenCanvasIndex *self, LeydenIndexItem *item);
/* Adds every item that touches @rect to @items, each once, in no order. */
void               leyden_canvas_index_query  (LeydenCanvasIndex *self, const graphene_rect_t *rect, GPtrArray *items);

G_END_DECLS
