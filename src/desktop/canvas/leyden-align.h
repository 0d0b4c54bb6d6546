/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <graphene.h>

G_BEGIN_DECLS

/* Lining boxes up and spreading them, without GTK. */
typedef enum
{
  LEYDEN_ALIGN_LEFT,
  LEYDEN_ALIGN_CENTER,          /* middles below one another */
  LEYDEN_ALIGN_RIGHT,
  LEYDEN_ALIGN_TOP,
  LEYDEN_ALIGN_MIDDLE,          /* middles beside one another */
  LEYDEN_ALIGN_BOTTOM,
} LeydenAlign;

gboolean leyden_align_from_string (const char *name, LeydenAlign *out);        /* "left" */
/* Moves @boxes to one side, or to the middle, of the box around all. */
void     leyden_align_boxes       (graphene_rect_t *boxes, guint n_boxes, LeydenAlign align);
/* The same distance between each and the next, in the order in which they lie (equal: as given). The first stays, and the last where there
 * is room for at least @min_gap between all; else the others are moved on. Fewer than three stay as they are. */
void     leyden_align_distribute  (graphene_rect_t *boxes, guint n_boxes, gboolean vertical, float min_gap);

G_END_DECLS
