/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

/* A wire whose types do not fit, while there are several ways to convert: which one is meant is asked where it was let go. */

void
leyden_canvas_ask_conversion (LeydenCanvas     *self,
                              GPtrArray        *ways,
                              LeydenCanvasNode *source,
                              guint             source_port,
                              LeydenCanvasNode *target,
                              guint             target_port,
                              LeydenCanvasEdge *taken)
{
  g_autoptr(GMenu) menu = g_menu_new ();
  g_autoptr(GMenu) section = g_menu_new ();
  graphene_point_t at = leyden_canvas_node_get_port_point (target, FALSE, target_port);
  GdkRectangle place;

  for (guint i = 0; i < ways->len; i++)
    {
      g_autoptr(GMenuItem) item = g_menu_item_new (leyden_conversion_get_label (g_ptr_array_index (ways, i)), NULL);

      g_menu_item_set_action_and_target (item, "canvas.connect-by", "(sususu)", source->id, source_port, target->id, target_port,
                                         taken != NULL ? taken->id : "", i);
      g_menu_append_item (section, item);
    }
  g_menu_append_section (menu, _("Convert to"), G_MENU_MODEL (section));
  at = leyden_canvas_view_from_world (&self->view, at.x, at.y);
  place = (GdkRectangle) { (int) at.x, (int) at.y, 1, 1 };
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  leyden_canvas_point_popover (self, self->popover, &place);
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (leyden_canvas_popover_closed), self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
connect_by_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  const char *source_id, *target_id, *taken_id;
  guint source_port, target_port, way;
  LeydenCanvasNode *source, *target;

  g_variant_get (parameter, "(&su&su&su)", &source_id, &source_port, &target_id, &target_port, &taken_id, &way);
  source = self->model != NULL ? leyden_canvas_model_get_node (self->model, source_id) : NULL;
  target = self->model != NULL ? leyden_canvas_model_get_node (self->model, target_id) : NULL;
  if (source == NULL || target == NULL || source_port >= source->outputs->len || target_port >= target->inputs->len)
    return;
  leyden_canvas_connect_by (self, source, source_port, target, target_port,
                            *taken_id != '\0' ? leyden_canvas_model_get_edge (self->model, taken_id) : NULL, way);
}

void
leyden_canvas_class_add_convert (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.connect-by", "(sususu)", connect_by_action);
}
