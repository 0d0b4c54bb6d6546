/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-flow-pins.h"

/* One node by itself, and pins: what is asked for here the window does, by its action win.node (what, id). */

const char *
leyden_canvas_node_get_pin_title (LeydenCanvasNode *node)
{
  return leyden_node_get_pin (node->node) != NULL ? _("Output pinned") : NULL;
}

const char *
leyden_canvas_node_get_origin_title (LeydenCanvasNode *node)
{
  switch (node->origin)
    {
    case LEYDEN_NODE_ORIGIN_KEPT:
      return _("reused");
    case LEYDEN_NODE_ORIGIN_EARLIER:
      return _("earlier");
    case LEYDEN_NODE_ORIGIN_PINNED:
      return _("pinned");
    case LEYDEN_NODE_ORIGIN_RAN:
    default:
      return NULL;
    }
}

void
leyden_canvas_node_paint_pin (LeydenCanvas     *self,
                              LeydenCanvasNode *node,
                              GtkWidget        *view,
                              GtkSnapshot      *snapshot)
{
  g_autoptr(GtkIconPaintable) icon = NULL;
  const LeydenCanvasStyle *style = &self->style;
  graphene_rect_t place = GRAPHENE_RECT_INIT (-9, -9, 24, 24);
  GskRoundedRect outline;

  if (leyden_node_get_pin (node->node) == NULL)
    return;
  icon = gtk_icon_theme_lookup_icon (gtk_icon_theme_get_for_display (gtk_widget_get_display (view)), "view-pin-symbolic", NULL, 14, 1,
                                     gtk_widget_get_direction (view), 0);
  gsk_rounded_rect_init_from_rect (&outline, &place, 12);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &style->accent, &place);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (place.origin.x + 5, place.origin.y + 5));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, 14, 14, &style->card, 1);
  gtk_snapshot_restore (snapshot);
}

static void
ask (GtkWidget  *widget,
     const char *what)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = self->model != NULL && self->tool == LEYDEN_TOOL_NONE ? leyden_canvas_get_current_node (self) : NULL;

  if (node == NULL)
    {
      leyden_canvas_say (self, _("Select one node first"));
      gtk_widget_error_bell (widget);
    }
  else
    gtk_widget_activate_action (widget, "win.node", "(ss)", what, node->id);
}

static void
run_node_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  ask (widget, "run");
}

static void
run_from_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  ask (widget, "from");
}

static void
pin_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  ask (widget, "pin");
}

static void
edit_pin_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  ask (widget, "edit-pin");
}

static void
why_ran_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  ask (widget, "why");
}

void
leyden_canvas_append_run (LeydenCanvas *self,
                          GMenu        *menu)
{
  LeydenCanvasNode *node = leyden_canvas_get_current_node (self);
  LeydenElementKind kind;

  if (node == NULL || !leyden_selection_get_single (self->selection, &kind, NULL) || kind != LEYDEN_ELEMENT_NODE)
    return;
  g_menu_append (menu, _("Run This Node"), "canvas.run-node");
  g_menu_append (menu, _("Run from Here"), "canvas.run-from");
  g_menu_append (menu, leyden_node_get_pin (node->node) != NULL ? _("Unpin Output") : _("Pin Output"), "canvas.pin");
  g_menu_append (menu, _("Type the Pinned Output…"), "canvas.edit-pin");
  g_menu_append (menu, _("Why Did It Run Again?"), "canvas.why-ran");
}

void
leyden_canvas_class_add_run (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.run-node", NULL, run_node_action);
  gtk_widget_class_install_action (klass, "canvas.run-from", NULL, run_from_action);
  gtk_widget_class_install_action (klass, "canvas.pin", NULL, pin_action);
  gtk_widget_class_install_action (klass, "canvas.edit-pin", NULL, edit_pin_action);
  gtk_widget_class_install_action (klass, "canvas.why-ran", NULL, why_ran_action);
}
