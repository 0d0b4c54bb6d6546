/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-outline-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-desktop.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

#define MAX_TARGETS 40          /* in one submenu */
#define MAX_NAMED 6
/* Of what is in a container, in pixels. */
#define INDENT 24

struct _LeydenOutlineRow
{
  GtkWidget      parent_instance;

  LeydenCanvas  *canvas;                /* not owned: in the same window */
  char          *id;
  GtkWidget     *box;
  GtkImage      *icon;
  GtkLabel      *title;
  GtkLabel      *wires;
  GtkImage      *problem;
  GtkMenuButton *menu;
};

G_DEFINE_FINAL_TYPE (LeydenOutlineRow, leyden_outline_row, GTK_TYPE_WIDGET)

static LeydenCanvasNode *
get_node (LeydenOutlineRow *self)
{
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);

  return model != NULL && self->id != NULL ? leyden_canvas_model_get_node (model, self->id) : NULL;
}

static char *
dup_port_title (GPtrArray *ports,
                guint      port)
{
  return leyden_text_display (((LeydenPort *) g_ptr_array_index (ports, port))->title, -1, 60, FALSE);
}

/* Of a row inside a container: the node, and how deep it is; NULL for a row of the flow that is shown. (transfer none) */
static LeydenNode *
get_inner (LeydenOutlineRow *self,
           guint            *depth)
{
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);
  g_auto(GStrv) scope = NULL;
  LeydenNode *node;

  if (model == NULL || self->id == NULL || get_node (self) != NULL)
    return NULL;
  node = leyden_flow_find_path (leyden_canvas_model_get_flow (model), self->id, &scope);
  *depth = scope != NULL ? g_strv_length (scope) : 0;
  return node;
}

/* "Agent, Text" */
static char *
dup_place (LeydenCanvasNode *node,
           gboolean          output,
           int               port)
{
  g_autofree char *title = leyden_canvas_node_dup_title (node);
  g_autofree char *name = port >= 0 ? dup_port_title (output ? node->outputs : node->inputs, (guint) port) : g_strdup ("?");

  return g_strdup_printf (_("%s, %s"), title, name);
}

/* "from Ask; to Final answer": the other ends, each node once. */
static char *
describe_wires (LeydenCanvasNode *node)
{
  GString *text = g_string_new (NULL);
  guint n = 0;

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < node->edges->len && n < MAX_NAMED; i++)
      {
        LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);
        LeydenCanvasNode *far = pass == 0 ? edge->source : edge->target;
        g_autofree char *title = NULL;

        if (far == NULL || far == node)
          continue;
        title = leyden_canvas_node_dup_title (far);
        if (text->len > 0)
          g_string_append (text, "; ");
        g_string_append_printf (text, pass == 0 ? _("from %s") : _("to %s"), title);
        n++;
      }
  if (n == 0)
    g_string_append (text, _("not connected"));
  return g_string_free (text, FALSE);
}

/* --- the menu: every wire to take away, every wire that could be drawn --- */

static void
append_present (GMenu            *section,
                LeydenCanvasNode *node)
{
  for (guint i = 0; i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);
      gboolean outgoing = edge->source == node;
      LeydenCanvasNode *far = outgoing ? edge->target : edge->source;
      g_autofree char *place = far != NULL ? dup_place (far, !outgoing, outgoing ? edge->target_port : edge->source_port)
                                           : g_strdup (_("a missing node"));
      g_autofree char *label = outgoing ? g_strdup_printf (_("Disconnect from %s"), place)
                                        : g_strdup_printf (_("Disconnect %s"), place);
      g_autoptr(GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target (item, "row.disconnect", "s", edge->id);
      g_menu_append_item (section, item);
    }
}

static GMenu *
make_targets (LeydenOutlineRow *self,
              LeydenCanvasNode *node,
              guint             output)
{
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);
  GPtrArray *nodes = leyden_canvas_model_get_nodes (model);
  GMenu *menu = g_menu_new ();
  int n = 0;

  for (guint i = 0; i < nodes->len && n < MAX_TARGETS; i++)
    {
      LeydenCanvasNode *target = g_ptr_array_index (nodes, i);

      for (guint input = 0; input < target->inputs->len && n < MAX_TARGETS; input++)
        {
          g_autofree char *place = NULL;
          g_autoptr(GMenuItem) item = NULL;

          if (leyden_canvas_model_can_connect (model, node, output, target, input, NULL, NULL, NULL) == LEYDEN_CONNECT_NO)
            continue;
          place = dup_place (target, FALSE, (int) input);
          item = g_menu_item_new (place, NULL);
          g_menu_item_set_action_and_target (item, "row.connect", "(sss)",
                                             ((LeydenPort *) g_ptr_array_index (node->outputs, output))->name, target->id,
                                             ((LeydenPort *) g_ptr_array_index (target->inputs, input))->name);
          g_menu_append_item (menu, item);
          n++;
        }
    }
  return menu;
}

static GMenuModel *
make_menu (LeydenOutlineRow *self)
{
  LeydenCanvasNode *node = get_node (self);
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) first = g_menu_new ();
  g_autoptr(GMenu) connect = g_menu_new ();
  g_autoptr(GMenu) present = g_menu_new ();
  g_autoptr(GMenu) last = g_menu_new ();

  if (node != NULL && node->type != NULL && node->type->container != NULL)
    g_menu_append (first, _("Open"), "row.open");
  g_menu_append (first, _("Configure"), "row.configure");
  for (guint i = 0; node != NULL && i < node->outputs->len; i++)
    {
      g_autofree char *port = dup_port_title (node->outputs, i);
      g_autofree char *label = g_strdup_printf (_("Connect %s to"), port);
      g_autoptr(GMenu) targets = make_targets (self, node, i);

      if (g_menu_model_get_n_items (G_MENU_MODEL (targets)) > 0)
        g_menu_append_submenu (connect, label, G_MENU_MODEL (targets));
    }
  if (node != NULL)
    append_present (present, node);
  g_menu_append (last, _("Delete"), "row.delete");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (first));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (connect));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (present));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return G_MENU_MODEL (menu);
}

static void
create_popup_cb (GtkMenuButton *button,
                 gpointer       data)
{
  g_autoptr(GMenuModel) menu = make_menu (data);

  gtk_menu_button_set_menu_model (button, menu);
}

/* --- actions --- */

static void
configure_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenOutlineRow *self = LEYDEN_OUTLINE_ROW (widget);

  if (get_node (self) != NULL)
    g_signal_emit_by_name (self->canvas, "configure", self->id);
}

static void
open_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  gtk_widget_activate_action (widget, "win.open-body", "s", LEYDEN_OUTLINE_ROW (widget)->id);
}

static void
connect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenOutlineRow *self = LEYDEN_OUTLINE_ROW (widget);
  const char *port, *target, *target_port;

  g_variant_get (parameter, "(&s&s&s)", &port, &target, &target_port);
  if (get_node (self) != NULL)
    leyden_canvas_connect (self->canvas, self->id, port, target, target_port);
}

static void
disconnect_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  leyden_canvas_remove (LEYDEN_OUTLINE_ROW (widget)->canvas, LEYDEN_ELEMENT_EDGE, g_variant_get_string (parameter, NULL));
}

static void
delete_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenOutlineRow *self = LEYDEN_OUTLINE_ROW (widget);

  if (get_node (self) != NULL)
    leyden_canvas_remove (self->canvas, LEYDEN_ELEMENT_NODE, self->id);
}

/* --- class --- */

static void
leyden_outline_row_dispose (GObject *object)
{
  LeydenOutlineRow *self = LEYDEN_OUTLINE_ROW (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (leyden_outline_row_parent_class)->dispose (object);
}

static void
leyden_outline_row_class_init (LeydenOutlineRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_outline_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-outline-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenOutlineRow, box);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutlineRow, icon);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutlineRow, title);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutlineRow, wires);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutlineRow, problem);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutlineRow, menu);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "row.configure", NULL, configure_action);
  gtk_widget_class_install_action (widget_class, "row.open", NULL, open_action);
  gtk_widget_class_install_action (widget_class, "row.connect", "(sss)", connect_action);
  gtk_widget_class_install_action (widget_class, "row.disconnect", "s", disconnect_action);
  gtk_widget_class_install_action (widget_class, "row.delete", NULL, delete_action);
}

static void
leyden_outline_row_init (LeydenOutlineRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_menu_button_set_create_popup_func (self->menu, create_popup_cb, self, NULL);
}

GtkWidget *
leyden_outline_row_new (LeydenCanvas *canvas)
{
  LeydenOutlineRow *self = g_object_new (LEYDEN_TYPE_OUTLINE_ROW, NULL);

  self->canvas = canvas;
  return GTK_WIDGET (self);
}

void
leyden_outline_row_set_id (LeydenOutlineRow *self,
                           const char       *id)
{
  g_return_if_fail (LEYDEN_IS_OUTLINE_ROW (self));

  g_free (self->id);
  self->id = g_strdup (id);
  leyden_outline_row_refresh (self);
}

static void
set_icon (LeydenOutlineRow     *self,
          const LeydenNodeType *type)
{
  static const char * const categories[] = { "flow", "models", "tools", "data", "evaluation" };

  for (guint i = 0; i < G_N_ELEMENTS (categories); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->icon), categories[i]);
  if (type != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->icon), type->category);
  gtk_image_set_from_icon_name (self->icon, type != NULL ? type->icon : "dialog-question-symbolic");
}

/* Only where it is: it is edited in the container, which a click opens. */
static void
refresh_inner (LeydenOutlineRow *self,
               LeydenNode       *node,
               guint             depth)
{
  const LeydenNodeType *type = leyden_node_types_lookup (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()),
                                                         leyden_node_get_type_name (node));
  const char *kind = type != NULL ? type->title : leyden_node_get_type_name (node);
  const char *title = leyden_node_get_title (node);
  g_autofree char *line = g_strdup_printf (_("%s · inside"), kind);

  set_icon (self, type);
  leyden_label_set_safe_text (self->title, *title != '\0' ? title : kind, 200);
  leyden_label_set_safe_text (self->wires, line, 300);
  gtk_widget_set_margin_start (self->box, (int) MIN (depth, 8) * INDENT);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->menu), FALSE);
}

void
leyden_outline_row_refresh (LeydenOutlineRow *self)
{
  LeydenCanvasNode *node = get_node (self);
  g_autofree char *title = NULL;
  g_autofree char *type = NULL;
  g_autofree char *wires = NULL;
  g_autofree char *line = NULL;
  g_autofree char *menu = NULL;

  if (node == NULL)
    {
      guint depth = 0;
      LeydenNode *inner = get_inner (self, &depth);

      if (inner != NULL)
        refresh_inner (self, inner, depth);
      return;
    }
  gtk_widget_set_margin_start (self->box, 0);
  gtk_widget_set_visible (GTK_WIDGET (self->menu), TRUE);
  title = leyden_canvas_node_dup_title (node);
  type = leyden_canvas_node_dup_kind (node);
  wires = describe_wires (node);
  line = node->n_trainable > 0 ? g_strdup_printf (_("%s · trainable · %s"), type, wires) : g_strdup_printf (_("%s · %s"), type, wires);
  menu = g_strdup_printf (_("Connections of %s"), title);
  set_icon (self, node->type);
  leyden_label_set_safe_text (self->title, title, 200);
  leyden_label_set_safe_text (self->wires, line, 300);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), node->n_errors + node->n_warnings > 0);
  gtk_image_set_from_icon_name (self->problem, node->n_errors > 0 ? "dialog-error-symbolic" : "dialog-warning-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->problem), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  node->n_errors > 0 ? _("Has an error") : _("Has a warning"), -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->menu), menu);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL, menu, -1);
}

void
leyden_outline_row_popup (LeydenOutlineRow *self)
{
  gtk_menu_button_popup (self->menu);
}
