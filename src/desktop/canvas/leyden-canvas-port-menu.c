/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-view.h"
#include "leyden-text.h"

/* The menu of a port: what the pointer does there, for who has none, and each of its wires to be cut alone. */

#define MAX_WIRES 20

static void
append (GMenu      *menu,
        const char *label,
        const char *action,
        GVariant   *target)
{
  g_autoptr(GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
}

static void
append_wires (GMenu     *menu,
              GPtrArray *edges,
              gboolean   output)
{
  for (guint i = 0; i < MIN (edges->len, MAX_WIRES); i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);
      LeydenCanvasNode *far = output ? edge->target : edge->source;
      g_autofree char *title = far != NULL ? leyden_canvas_node_dup_title (far) : g_strdup (_("a node that is missing"));
      g_autofree char *shown = leyden_text_display (title, -1, 40, FALSE);
      g_autofree char *label = g_strdup_printf (output ? _("Cut the Wire to %s") : _("Cut the Wire from %s"), shown);

      append (menu, label, "canvas.cut-wire", g_variant_new_string (edge->id));
    }
}

static void
append_insertion (LeydenCanvas     *self,
                  GMenu            *menu,
                  LeydenCanvasEdge *edge)
{
  graphene_point_t at = leyden_canvas_edge_get_point (edge, 0.5);

  if (edge->source == NULL || edge->target == NULL || edge->source_port < 0 || edge->target_port < 0)
    return;
  at = leyden_canvas_view_from_world (&self->view, at.x, at.y);
  append (menu, _("Insert a Node into the Wire…"), "canvas.insert-at", g_variant_new ("(dds)", (double) at.x, (double) at.y, edge->id));
}

void
leyden_canvas_popup_port_menu (LeydenCanvas     *self,
                               LeydenCanvasNode *node,
                               gboolean          output,
                               guint             port)
{
  g_autoptr(GPtrArray) edges = leyden_canvas_node_list_edges (node, output, port);
  g_autoptr(GMenu) menu = g_menu_new ();
  g_autoptr(GMenu) begin = g_menu_new ();
  g_autoptr(GMenu) wires = g_menu_new ();
  graphene_point_t at = leyden_canvas_node_get_port_point (node, output, port);
  GdkRectangle place;

  append (begin, _("Connect"), "canvas.connect-port", g_variant_new ("(sbu)", node->id, output, port));
  append (begin, output ? _("Add a Node That Takes It…") : _("Add a Node That Gives It…"), "canvas.insert-for-port",
          g_variant_new ("(sbu)", node->id, output, port));
  if (edges->len == 1)
    append_insertion (self, wires, g_ptr_array_index (edges, 0));
  append_wires (wires, edges, output);
  if (edges->len > 1)
    append (wires, _("Cut All Its Wires"), "canvas.disconnect-port", g_variant_new ("(sbu)", node->id, output, port));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (begin));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (wires));

  at = leyden_canvas_view_from_world (&self->view, at.x, at.y);
  place = (GdkRectangle) { (int) at.x, (int) at.y, 1, 1 };
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  leyden_canvas_point_popover (self, self->popover, &place);
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (leyden_canvas_popover_closed), self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

/* --- actions --- */

/* The port that a parameter names; NULL when it is gone. */
static LeydenCanvasNode *
get_port (LeydenCanvas *self,
          GVariant     *parameter,
          gboolean     *output,
          guint        *port)
{
  LeydenCanvasNode *node;
  const char *id;

  g_variant_get (parameter, "(&sbu)", &id, output, port);
  node = self->model != NULL ? leyden_canvas_model_get_node (self->model, id) : NULL;
  if (node == NULL || *port >= (*output ? node->outputs : node->inputs)->len)
    return NULL;
  return node;
}

static void
connect_port_action (GtkWidget  *widget,
                     const char *name,
                     GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gboolean output;
  guint port;
  LeydenCanvasNode *node = get_port (self, parameter, &output, &port);

  if (node != NULL)
    leyden_canvas_connect_begin (self, node, output, port, NULL, TRUE);
}

/* Beside the node, where there is room for the other one. */
static void
insert_for_port_action (GtkWidget  *widget,
                        const char *name,
                        GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gboolean output;
  guint port;
  LeydenCanvasNode *node = get_port (self, parameter, &output, &port);
  graphene_point_t at;

  if (node == NULL)
    return;
  at = leyden_canvas_node_get_port_point (node, output, port);
  at.x += output ? 72 : -72;
  leyden_canvas_search_for_wire (self, node, output, port, at);
}

static void
disconnect_port_action (GtkWidget  *widget,
                        const char *name,
                        GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gboolean output;
  guint port;
  LeydenCanvasNode *node = get_port (self, parameter, &output, &port);

  if (node != NULL)
    leyden_canvas_disconnect_port (self, node, output, port);
}

static void
cut_wire_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  const char *id = g_variant_get_string (parameter, NULL);

  if (self->model != NULL && leyden_canvas_model_get_edge (self->model, id) != NULL
      && leyden_canvas_remove (self, LEYDEN_ELEMENT_EDGE, id))
    leyden_canvas_say (self, _("Disconnected"));
}

void
leyden_canvas_class_add_port_menu (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.connect-port", "(sbu)", connect_port_action);
  gtk_widget_class_install_action (klass, "canvas.insert-for-port", "(sbu)", insert_for_port_action);
  gtk_widget_class_install_action (klass, "canvas.disconnect-port", "(sbu)", disconnect_port_action);
  gtk_widget_class_install_action (klass, "canvas.cut-wire", "s", cut_wire_action);
}
