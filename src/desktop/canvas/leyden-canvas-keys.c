/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-view.h"

/* What the keyboard does; every action is a class action, so that menus and tests use the same names. Keys are in the table of actions. */

/* --- while a wire is being drawn --- */

gboolean
leyden_canvas_key_pressed (LeydenCanvas    *self,
                           guint            keyval,
                           GdkModifierType  state)
{
  if (keyval == GDK_KEY_Escape && self->tool != LEYDEN_TOOL_NONE)
    {
      leyden_canvas_pointer_cancel (self);
      return TRUE;
    }
  if (self->tool != LEYDEN_TOOL_CONNECT || !self->connection.by_keyboard)
    return FALSE;
  switch (keyval)
    {
    case GDK_KEY_Down:
    case GDK_KEY_Right:
    case GDK_KEY_Tab:
      leyden_canvas_connect_step (self, 1);
      return TRUE;
    case GDK_KEY_Up:
    case GDK_KEY_Left:
    case GDK_KEY_ISO_Left_Tab:
      leyden_canvas_connect_step (self, -1);
      return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      leyden_canvas_connect_finish (self);
      return TRUE;
    default:
      if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
        return FALSE;
      return leyden_canvas_connect_type (self, keyval);
    }
}

/* --- actions --- */

static void
focus_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);
  LeydenCanvasNode *neighbor;

  if (self->model == NULL)
    return;
  if (node == NULL)
    {
      leyden_canvas_take_focus (self);
      return;
    }
  neighbor = leyden_canvas_model_find_neighbor (self->model, node, (LeydenCanvasDirection) g_variant_get_int32 (parameter));
  if (neighbor == NULL)
    {
      gtk_widget_error_bell (widget);
      return;
    }
  leyden_canvas_focus_node (self, neighbor);
  leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, neighbor->id);
}

static void
move_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);
  int dx, dy;

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  g_variant_get (parameter, "(ii)", &dx, &dy);
  if (leyden_canvas_nudge_point (self, dx, dy))
    return;
  if (leyden_selection_get_size (self->selection) == 0 && node != NULL)
    leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, node->id);
  leyden_canvas_collect_moves (self);
  for (guint i = 0; i < self->moves->len; i++)
    {
      LeydenCanvasMove *move = &g_array_index (self->moves, LeydenCanvasMove, i);
      graphene_rect_t to = move->from;

      to.origin.x += (float) (dx * LEYDEN_CANVAS_GRID);
      to.origin.y += (float) (dy * LEYDEN_CANVAS_GRID);
      if (move->node != NULL)
        leyden_canvas_model_place_node (self->model, move->node, to.origin.x, to.origin.y);
      else
        leyden_canvas_model_place_box (self->model, move->box, &to);
    }
  leyden_canvas_shift_points (self, NULL, (float) (dx * LEYDEN_CANVAS_GRID), (float) (dy * LEYDEN_CANVAS_GRID));
  leyden_canvas_commit_moves (self, TRUE);
  node = leyden_canvas_get_focus_node (self, NULL, NULL);
  if (node != NULL && leyden_canvas_view_reveal (&self->view, &node->item.bounds, gtk_widget_get_width (widget),
                                                 gtk_widget_get_height (widget), 32))
    leyden_canvas_view_changed (self);
}

static void
delete_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);

  if (leyden_canvas_remove_active_point (self))
    return;
  if (leyden_selection_get_size (self->selection) == 0 && node != NULL)
    leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, node->id);
  leyden_canvas_remove_selection (self);
}

static void
select_all_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  leyden_canvas_select_all (LEYDEN_CANVAS (widget));
}

static void
unselect_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenSelection *selection = LEYDEN_CANVAS (widget)->selection;

  if (leyden_canvas_leave_point (LEYDEN_CANVAS (widget)))
    return;
  /* Out of what is shown, once there is nothing else to come out of. */
  if (leyden_selection_get_size (selection) == 0)
    gtk_widget_activate_action (widget, "win.leave-body", NULL);
  else
    leyden_selection_clear (selection);
}

static void
open_body_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenElementKind kind;
  const char *id;

  if (leyden_selection_get_single (LEYDEN_CANVAS (widget)->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE)
    gtk_widget_activate_action (widget, "win.open-body", "s", id);
}

static void
zoom_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  double factor = g_variant_get_double (parameter);

  leyden_canvas_zoom_to (self, factor > 0 ? leyden_canvas_get_zoom (self) * factor : 1);
}

static void
fit_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  leyden_canvas_fit (LEYDEN_CANVAS (widget));
}

static void
note_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  leyden_canvas_add_note (LEYDEN_CANVAS (widget));
}

static void
frame_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  leyden_canvas_add_frame (LEYDEN_CANVAS (widget));
}

/* Frames and notes have no place among the nodes for the arrows: this goes round them. */
static void
next_box_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  GPtrArray *boxes = self->model != NULL ? leyden_canvas_model_get_boxes (self->model) : NULL;
  guint next = 0;

  if (boxes == NULL || boxes->len == 0)
    {
      gtk_widget_error_bell (widget);
      return;
    }
  for (guint i = 0; i < boxes->len; i++)
    if (((LeydenCanvasBox *) g_ptr_array_index (boxes, i))->view == focus)
      next = (i + 1) % boxes->len;
  leyden_canvas_show_element (self, ((LeydenCanvasBox *) g_ptr_array_index (boxes, next))->kind,
                              ((LeydenCanvasBox *) g_ptr_array_index (boxes, next))->id);
}

static void
add_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  g_signal_emit_by_name (widget, "add-requested");
}

static void
configure_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenElementKind kind;
  const char *id;

  if (leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE)
    g_signal_emit_by_name (self, "configure", id);
}

static void
activate_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_current_node (self);

  if (node != NULL)
    leyden_canvas_activate_node (self, node);
}

static void
menu_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gboolean output = FALSE;
  int port = -1;
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, &output, &port);
  graphene_point_t at = GRAPHENE_POINT_INIT (gtk_widget_get_width (widget) / 2.f, gtk_widget_get_height (widget) / 2.f);
  LeydenElementKind kind;

  if (self->model == NULL)
    return;
  if (node != NULL && port >= 0)
    {
      leyden_canvas_popup_port_menu (self, node, output, (guint) port);
      return;
    }
  if (node != NULL && leyden_selection_get_single (self->selection, &kind, NULL) && kind == LEYDEN_ELEMENT_EDGE)
    {
      /* A wire that was gone to from this node. */
      at = leyden_canvas_view_from_world (&self->view, node->item.bounds.origin.x + 40, node->item.bounds.origin.y + 40);
    }
  else if (node != NULL)
    {
      at = leyden_canvas_view_from_world (&self->view, node->item.bounds.origin.x + 40, node->item.bounds.origin.y + 40);
      if (!leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id))
        leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, node->id);
    }
  leyden_canvas_popup_menu (self, at.x, at.y);
}

void
leyden_canvas_class_add_keys (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.focus", "i", focus_action);
  gtk_widget_class_install_action (klass, "canvas.move", "(ii)", move_action);
  gtk_widget_class_install_action (klass, "canvas.delete", NULL, delete_action);
  gtk_widget_class_install_action (klass, "canvas.select-all", NULL, select_all_action);
  gtk_widget_class_install_action (klass, "canvas.unselect", NULL, unselect_action);
  gtk_widget_class_install_action (klass, "canvas.zoom", "d", zoom_action);
  gtk_widget_class_install_action (klass, "canvas.fit", NULL, fit_action);
  gtk_widget_class_install_action (klass, "canvas.add-note", NULL, note_action);
  gtk_widget_class_install_action (klass, "canvas.add-frame", NULL, frame_action);
  gtk_widget_class_install_action (klass, "canvas.next-box", NULL, next_box_action);
  gtk_widget_class_install_action (klass, "canvas.add-node", NULL, add_action);
  gtk_widget_class_install_action (klass, "canvas.configure", NULL, configure_action);
  gtk_widget_class_install_action (klass, "canvas.menu", NULL, menu_action);
  gtk_widget_class_install_action (klass, "canvas.open-body", NULL, open_body_action);
  gtk_widget_class_install_action (klass, "canvas.activate", NULL, activate_action);
}
