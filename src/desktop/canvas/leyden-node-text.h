/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas-model.h"

G_BEGIN_DECLS

/**
 * LeydenNodeDetail: what is drawn of a node that has a widget, by the scale of the view.
 *
 * @LEYDEN_NODE_DETAIL_FULL: all of it
 * @LEYDEN_NODE_DETAIL_TITLE: a larger title, which takes the place of the kind
 * @LEYDEN_NODE_DETAIL_BIG: the title over the whole node, and its ports without their names
 */
typedef enum
{
  LEYDEN_NODE_DETAIL_FULL,
  LEYDEN_NODE_DETAIL_TITLE,
  LEYDEN_NODE_DETAIL_BIG,
} LeydenNodeDetail;

/* @scale: pixels of the view for a unit of the world, at least LEYDEN_CANVAS_LOD_SCALE; below that nodes are rectangles. */
LeydenNodeDetail leyden_node_detail_at             (double scale);
/* Of the title's letters, in units of the world. */
double           leyden_node_detail_get_title_size (LeydenNodeDetail detail);

/* "failed"; translated, NULL when there is nothing to say. */
const char      *leyden_node_state_get_title       (LeydenNodeState state);
/* "✓ 137 · 1.2 s"; NULL when there is nothing to say. (transfer full) */
char            *leyden_node_dup_badge             (LeydenCanvasNode *node);
/* What stands below the title: how it differs from others of its kind, else its kind; NULL when the title says that. (transfer full) */
char            *leyden_node_dup_subtitle          (LeydenCanvasNode *node);

G_END_DECLS
