/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas-private.h"

G_BEGIN_DECLS

/* A node on the canvas: draws itself, with a focusable child for each port. Views are pooled: bind gives one a node. Its class actions
 * (node.configure, node.connect, node.remove, node.duplicate) are what assistive technology can do with it. */
#define LEYDEN_TYPE_NODE_VIEW (leyden_node_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeView, leyden_node_view, LEYDEN, NODE_VIEW, GtkWidget)

GtkWidget        *leyden_node_view_new           (LeydenCanvas *canvas);
void              leyden_node_view_bind          (LeydenNodeView *self, LeydenCanvasNode *node);
void              leyden_node_view_unbind        (LeydenNodeView *self);
LeydenCanvasNode *leyden_node_view_get_node      (LeydenNodeView *self);
/* The node, its state or its wires changed. */
void              leyden_node_view_refresh       (LeydenNodeView *self);
/* Whether it was drawn with more or less than the canvas now shows of each node; and draws it anew. */
gboolean          leyden_node_view_needs_detail  (LeydenNodeView *self);
void              leyden_node_view_update_detail (LeydenNodeView *self);
void              leyden_node_view_set_selected  (LeydenNodeView *self, gboolean selected);
/* While a wire is drawn: dims the ports it cannot go to. */
void              leyden_node_view_set_connecting (LeydenNodeView *self, gboolean connecting);
/* Relations of its outputs to inputs that are on the canvas. */
void              leyden_node_view_relate        (LeydenNodeView *self);
GtkWidget        *leyden_node_view_get_port      (LeydenNodeView *self, gboolean output, guint port);
/* Focus to the next port; FALSE after the last one. */
gboolean          leyden_node_view_focus_port    (LeydenNodeView *self, gboolean backward);

/* A port: its dot. */
#define LEYDEN_TYPE_PORT_VIEW (leyden_port_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPortView, leyden_port_view, LEYDEN, PORT_VIEW, GtkWidget)

typedef enum
{
  LEYDEN_PORT_EMPHASIS_NONE,
  LEYDEN_PORT_EMPHASIS_POSSIBLE,
  LEYDEN_PORT_EMPHASIS_CONVERTS,
  LEYDEN_PORT_EMPHASIS_REFUSED,
  LEYDEN_PORT_EMPHASIS_TARGET,
} LeydenPortEmphasis;

GtkWidget        *leyden_port_view_new           (LeydenCanvas *canvas);
void              leyden_port_view_bind          (LeydenPortView *self, LeydenCanvasNode *node, gboolean output, guint port);
void              leyden_port_view_refresh       (LeydenPortView *self);
void              leyden_port_view_set_emphasis  (LeydenPortView *self, LeydenPortEmphasis emphasis);
LeydenCanvasNode *leyden_port_view_get           (LeydenPortView *self, gboolean *output, guint *port);

G_END_DECLS
