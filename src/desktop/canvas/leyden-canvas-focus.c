/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include "leyden-node-view.h"

/* Where the keyboard is on the canvas. */

LeydenCanvasNode *
leyden_canvas_get_focus_node (LeydenCanvas *self,
                              gboolean     *output,
                              int          *port)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (port != NULL)
    *port = -1;
  if (focus == NULL || !gtk_widget_is_ancestor (focus, self->world))
    return NULL;
  if (LEYDEN_IS_NODE_VIEW (focus))
    return leyden_node_view_get_node (LEYDEN_NODE_VIEW (focus));
  if (LEYDEN_IS_PORT_VIEW (focus))
    {
      gboolean is_output;
      guint index;
      LeydenCanvasNode *node = leyden_port_view_get (LEYDEN_PORT_VIEW (focus), &is_output, &index);

      if (output != NULL)
        *output = is_output;
      if (port != NULL)
        *port = (int) index;
      return node;
    }
  return NULL;
}

LeydenCanvasNode *
leyden_canvas_get_current_node (LeydenCanvas *self)
{
  LeydenCanvasNode *node;
  LeydenElementKind kind;
  const char *id;

  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), NULL);

  node = leyden_canvas_get_focus_node (self, NULL, NULL);
  if (node == NULL && self->model != NULL && leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE)
    node = leyden_canvas_model_get_node (self->model, id);
  return node;
}

gboolean
leyden_canvas_focus_node (LeydenCanvas     *self,
                          LeydenCanvasNode *node)
{
  leyden_canvas_bind_now (self, node);
  g_free (self->current);
  self->current = g_strdup (node->id);
  leyden_canvas_reveal (self, &node->item.bounds);
  return gtk_widget_grab_focus (node->view);
}

gboolean
leyden_canvas_take_focus (LeydenCanvas *self)
{
  LeydenCanvasNode *node = self->current != NULL && self->model != NULL
                             ? leyden_canvas_model_get_node (self->model, self->current) : NULL;

  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), FALSE);
  if (node == NULL && self->model != NULL && leyden_canvas_model_get_nodes (self->model)->len > 0)
    {
      GPtrArray *nodes = leyden_canvas_model_get_nodes (self->model);

      node = g_ptr_array_index (nodes, 0);
      for (guint i = 1; i < nodes->len; i++)
        {
          LeydenCanvasNode *other = g_ptr_array_index (nodes, i);

          if (other->item.bounds.origin.x < node->item.bounds.origin.x)
            node = other;
        }
    }
  return node != NULL ? leyden_canvas_focus_node (self, node) : gtk_widget_grab_focus (GTK_WIDGET (self));
}

/* One tab stop: Tab comes to the last node, goes over its ports, and leaves. */
gboolean
leyden_canvas_move_focus (GtkWidget        *widget,
                          GtkDirectionType  direction)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));

  /* Inside a menu or another popover the keys stay there. */
  if (self->popover != NULL && focus != NULL && gtk_widget_is_ancestor (focus, self->popover))
    {
      gtk_widget_child_focus (self->popover, direction);
      return TRUE;
    }
  if (direction != GTK_DIR_TAB_FORWARD && direction != GTK_DIR_TAB_BACKWARD)
    return FALSE;
  if (node != NULL)
    return leyden_node_view_focus_port (node->view, direction == GTK_DIR_TAB_BACKWARD);
  if (focus != NULL && (focus == widget || gtk_widget_is_ancestor (focus, widget)))
    return FALSE;
  return leyden_canvas_take_focus (self);
}
