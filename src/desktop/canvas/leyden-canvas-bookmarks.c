/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

/* What is seen, told and brought back; and the keys of bookmarks, which the window keeps. */

void
leyden_canvas_get_middle (LeydenCanvas *self,
                          double       *x,
                          double       *y)
{
  GtkWidget *widget = GTK_WIDGET (self);
  LeydenCanvasView view;
  graphene_point_t middle;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));

  view = leyden_canvas_get_goal (self);
  middle = leyden_canvas_view_to_world (&view, gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0);
  *x = (double) middle.x;
  *y = (double) middle.y;
}

void
leyden_canvas_show_middle (LeydenCanvas *self,
                           double        x,
                           double        y,
                           double        zoom)
{
  GtkWidget *widget = GTK_WIDGET (self);
  LeydenCanvasView to;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));

  to.scale = zoom * leyden_canvas_get_text_scale (self);
  to.x = gtk_widget_get_width (widget) / 2.0 - x * to.scale;
  to.y = gtk_widget_get_height (widget) / 2.0 - y * to.scale;
  leyden_canvas_view_clamp (&to);
  /* Chosen: it stays when the panes beside it open. */
  self->fit_pending = LEYDEN_CANVAS_FIT_NONE;
  self->fitted_size = GRAPHENE_SIZE_INIT (0, 0);
  leyden_canvas_move_view (self, &to);
}

static void
go_action (GtkWidget  *widget,
           const char *name,
           GVariant   *parameter)
{
  gtk_widget_activate_action_variant (widget, "win.go-bookmark", parameter);
}

static void
set_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  gtk_widget_activate_action_variant (widget, "win.set-bookmark", parameter);
}

/* A shortcut with Shift and a digit is met only on keyboards whose digits need Shift; on the others the key says what it is without. */
gboolean
leyden_canvas_bookmark_key (LeydenCanvas    *self,
                            guint            keycode,
                            guint            group,
                            GdkModifierType  state)
{
  const GdkModifierType both = GDK_CONTROL_MASK | GDK_SHIFT_MASK;
  guint keyval = 0;

  if ((state & (both | GDK_ALT_MASK | GDK_SUPER_MASK)) != both || self->tool != LEYDEN_TOOL_NONE || self->rename != NULL
      || !gdk_display_translate_key (gtk_widget_get_display (GTK_WIDGET (self)), keycode, 0, (int) group, &keyval, NULL, NULL, NULL)
      || keyval < GDK_KEY_1 || keyval > GDK_KEY_9)
    return FALSE;
  gtk_widget_activate_action (GTK_WIDGET (self), "canvas.set-bookmark", "i", (int) (keyval - GDK_KEY_0));
  return TRUE;
}

void
leyden_canvas_class_add_bookmarks (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.go-bookmark", "i", go_action);
  gtk_widget_class_install_action (klass, "canvas.set-bookmark", "i", set_action);
}
