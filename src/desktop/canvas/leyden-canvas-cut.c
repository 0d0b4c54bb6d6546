/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/*
 * A stroke through the flow takes away every wire that it crosses. It is drawn while Alt is held, or with the secondary button and
 * Ctrl: on some desktops Alt and a drag move the window.
 */

#define STEP 3.0                /* view units between two points of the stroke */
#define THRESHOLD 4.0           /* less is a click, which opens the menu */

static void
reset (LeydenCanvas *self)
{
  g_array_set_size (self->stroke, 0);
  g_ptr_array_set_size (self->crossed, 0);
  leyden_canvas_show_hint (self, NULL, 0, 0);
  leyden_canvas_wires_changed (self);
}

void
leyden_canvas_cut_begin (LeydenCanvas *self)
{
  graphene_point_t at = leyden_canvas_view_to_world (&self->view, self->press.x, self->press.y);

  reset (self);
  self->tool = LEYDEN_TOOL_CUT;
  g_array_append_val (self->stroke, at);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "crosshair");
}

static void
add_crossed (LeydenCanvas     *self,
             graphene_point_t  a,
             graphene_point_t  b)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (leyden_canvas_edge_crosses (edge, a, b) && !g_ptr_array_find (self->crossed, edge, NULL))
        g_ptr_array_add (self->crossed, edge);
    }
}

void
leyden_canvas_cut_move (LeydenCanvas     *self,
                        graphene_point_t  to)
{
  graphene_point_t last = g_array_index (self->stroke, graphene_point_t, self->stroke->len - 1);
  guint n = self->crossed->len;
  g_autofree char *text = NULL;

  if (hypot (to.x - last.x, to.y - last.y) * self->view.scale < STEP)
    return;
  g_array_append_val (self->stroke, to);
  add_crossed (self, last, to);
  n = self->crossed->len;
  text = n > 0 ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Cuts %u wire", "Cuts %u wires", n), n)
               : g_strdup (_("Cuts the wires that are crossed"));
  leyden_canvas_show_hint (self, text, self->pointer.x, self->pointer.y);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_canvas_cut_cancel (LeydenCanvas *self)
{
  reset (self);
  gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
}

void
leyden_canvas_cut_finish (LeydenCanvas *self)
{
  guint n = self->crossed->len;
  g_autofree char *label = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Cut %u Wire", "Cut %u Wires", n), n);
  g_autoptr(LeydenEdit) edit = leyden_edit_new (label);

  for (guint i = 0; i < n; i++)
    leyden_edit_remove_edge (edit, ((LeydenCanvasEdge *) g_ptr_array_index (self->crossed, i))->id);
  leyden_canvas_cut_cancel (self);
  if (n > 0 && leyden_canvas_apply (self, g_steal_pointer (&edit)))
    leyden_canvas_say (self, label);
}

/* --- the secondary button --- */

static void
stroke_begin_cb (GtkGestureDrag *gesture,
                 double          x,
                 double          y,
                 LeydenCanvas   *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  if (!(state & GDK_CONTROL_MASK) || self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  leyden_canvas_glide_finish (self);
  leyden_canvas_stop_motion (self);
  self->press = self->pointer = GRAPHENE_POINT_INIT ((float) x, (float) y);
  self->tool = LEYDEN_TOOL_PRESSED;
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
stroke_update_cb (GtkGestureDrag *gesture,
                  double          offset_x,
                  double          offset_y,
                  LeydenCanvas   *self)
{
  if (self->tool == LEYDEN_TOOL_PRESSED && hypot (offset_x, offset_y) >= THRESHOLD)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      leyden_canvas_cut_begin (self);
    }
  self->pointer = GRAPHENE_POINT_INIT ((float) (self->press.x + offset_x), (float) (self->press.y + offset_y));
  if (self->tool == LEYDEN_TOOL_CUT)
    leyden_canvas_cut_move (self, leyden_canvas_view_to_world (&self->view, self->pointer.x, self->pointer.y));
}

static void
stroke_end_cb (GtkGestureDrag *gesture,
               double          offset_x,
               double          offset_y,
               LeydenCanvas   *self)
{
  LeydenTool tool = self->tool;

  if (tool != LEYDEN_TOOL_CUT && tool != LEYDEN_TOOL_PRESSED)
    return;
  self->tool = LEYDEN_TOOL_NONE;
  if (tool == LEYDEN_TOOL_CUT)
    leyden_canvas_cut_finish (self);
  else
    leyden_canvas_menu_at (self, self->press.x, self->press.y);
}

static void
stroke_cancel_cb (GtkGesture       *gesture,
                  GdkEventSequence *sequence,
                  LeydenCanvas     *self)
{
  leyden_canvas_pointer_cancel (self);
}

void
leyden_canvas_add_cut (LeydenCanvas *self)
{
  GtkGesture *gesture = gtk_gesture_drag_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect (gesture, "drag-begin", G_CALLBACK (stroke_begin_cb), self);
  g_signal_connect (gesture, "drag-update", G_CALLBACK (stroke_update_cb), self);
  g_signal_connect (gesture, "drag-end", G_CALLBACK (stroke_end_cb), self);
  g_signal_connect (gesture, "cancel", G_CALLBACK (stroke_cancel_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (gesture));
}
