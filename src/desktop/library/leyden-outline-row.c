/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-outline-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-catalog.h"
#include "leyden-desktop.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

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

/* --- what an item names --- */

const char *
leyden_outline_get_wire (const char *id)
{
  const char *part = strstr (id, LEYDEN_OUTLINE_SEPARATOR "wire" LEYDEN_OUTLINE_SEPARATOR);

  return part != NULL ? part + strlen (LEYDEN_OUTLINE_SEPARATOR "wire" LEYDEN_OUTLINE_SEPARATOR) : NULL;
}

int
leyden_outline_get_port (const char  *id,
                         char       **node,
                         gboolean    *output)
{
  g_auto(GStrv) parts = g_strsplit (id, LEYDEN_OUTLINE_SEPARATOR, 3);

  if (g_strv_length (parts) < 3 || g_str_equal (parts[1], "wire"))
    return -1;
  *output = g_str_equal (parts[1], "out");
  *node = g_strdup (parts[0]);
  return (int) g_ascii_strtoull (parts[2], NULL, 10);
}

/* The port of a row that is one and is still there; −1: none. */
static int
get_port (LeydenOutlineRow  *self,
          LeydenCanvasNode **node,
          gboolean          *output)
{
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);
  g_autofree char *id = NULL;
  int port = self->id != NULL ? leyden_outline_get_port (self->id, &id, output) : -1;

  *node = port >= 0 && model != NULL ? leyden_canvas_model_get_node (model, id) : NULL;
  if (*node == NULL || (guint) port >= (*output ? (*node)->outputs : (*node)->inputs)->len)
    return -1;
  return port;
}

static LeydenCanvasEdge *
get_edge (LeydenOutlineRow *self)
{
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);
  const char *id = self->id != NULL ? leyden_outline_get_wire (self->id) : NULL;

  return model != NULL && id != NULL ? leyden_canvas_model_get_edge (model, id) : NULL;
}

/* --- the menu --- */

/* What can be done with a node that is selected; the actions are the canvas' own, which the outline passes on. */
static void
append_node (GMenu            *menu,
             LeydenCanvasNode *node)
{
  static const char * const first[] = { "canvas.configure", "canvas.rename", NULL };
  static const char * const wires[] = { "canvas.connect", "canvas.disconnect", NULL };
  static const char * const edit[] = { "canvas.cut", "canvas.copy", "canvas.duplicate", "canvas.disable", "canvas.bypass", "canvas.add-frame",
                                       "canvas.collapse", NULL };
  static const char * const last[] = { "canvas.delete", "canvas.delete-join", NULL };
  const char * const *sections[] = { first, wires, edit, last };

  for (guint i = 0; i < G_N_ELEMENTS (sections); i++)
    {
      g_autoptr(GMenu) section = g_menu_new ();

      if (i == 0 && node->type != NULL && node->type->container != NULL)
        leyden_actions_append (section, "canvas.open-body");
      for (guint j = 0; sections[i][j] != NULL; j++)
        leyden_actions_append (section, sections[i][j]);
      g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
    }
}

static GMenuModel *
make_menu (LeydenOutlineRow *self)
{
  LeydenCanvasNode *node = get_node (self), *far;
  GMenu *menu = g_menu_new ();
  gboolean output;

  if (node != NULL)
    append_node (menu, node);
  else if (get_port (self, &far, &output) >= 0)
    {
      g_menu_append (menu, _("Connect…"), "row.connect");
      g_menu_append (menu, _("Disconnect…"), "row.disconnect");
    }
  else if (get_edge (self) != NULL)
    g_menu_append (menu, _("Delete"), "row.delete");
  return G_MENU_MODEL (menu);
}

/* What the menu does is done with what is selected. */
static void
select_row (LeydenOutlineRow *self)
{
  LeydenSelection *selection = NULL;

  g_object_get (self->canvas, "selection", &selection, NULL);
  if (get_node (self) != NULL && !leyden_selection_contains (selection, LEYDEN_ELEMENT_NODE, self->id))
    leyden_selection_set (selection, LEYDEN_ELEMENT_NODE, self->id);
  g_object_unref (selection);
}

static void
create_popup_cb (GtkMenuButton *button,
                 gpointer       data)
{
  g_autoptr(GMenuModel) menu = make_menu (data);

  select_row (data);
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
select_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  select_row (LEYDEN_OUTLINE_ROW (widget));
}

void
leyden_outline_row_connect (LeydenOutlineRow *self)
{
  LeydenCanvasNode *node;
  gboolean output = FALSE;
  int port;

  g_return_if_fail (LEYDEN_IS_OUTLINE_ROW (self));

  port = get_port (self, &node, &output);
  if (port < 0)
    node = get_node (self);
  if (node != NULL)
    leyden_canvas_choose_target (self->canvas, node->id, output, port);
}

static void
connect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  leyden_outline_row_connect (LEYDEN_OUTLINE_ROW (widget));
}

static void
disconnect_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  LeydenOutlineRow *self = LEYDEN_OUTLINE_ROW (widget);
  LeydenCanvasNode *node;
  gboolean output = FALSE;
  int port = get_port (self, &node, &output);

  if (port < 0)
    node = get_node (self);
  if (node != NULL)
    leyden_canvas_choose_wire (self->canvas, node->id, output, port);
}

static void
delete_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenOutlineRow *self = LEYDEN_OUTLINE_ROW (widget);

  if (get_node (self) != NULL)
    leyden_canvas_remove (self->canvas, LEYDEN_ELEMENT_NODE, self->id);
  else if (get_edge (self) != NULL)
    leyden_canvas_remove (self->canvas, LEYDEN_ELEMENT_EDGE, get_edge (self)->id);
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
  gtk_widget_class_install_action (widget_class, "row.connect", NULL, connect_action);
  gtk_widget_class_install_action (widget_class, "row.select", NULL, select_action);
  gtk_widget_class_install_action (widget_class, "row.disconnect", NULL, disconnect_action);
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

/* The list's own widget around a row has the focus, and no name before GTK 4.12. */
static void
set_spoken (LeydenOutlineRow *self,
            const char       *title,
            const char       *line)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *name = leyden_text_display (title, -1, 200, FALSE);
  g_autofree char *description = leyden_text_display (line, -1, 300, FALSE);

  if (item != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
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
  set_spoken (self, *title != '\0' ? title : kind, line);
  gtk_widget_set_margin_start (self->box, (int) MIN (depth, 8) * INDENT);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->menu), FALSE);
}

/* The part of a node that a row shows: a port or a wire. */
static void
refresh_part (LeydenOutlineRow *self,
              const char       *icon,
              const char       *title,
              const char       *line)
{
  g_autofree char *menu = g_strdup_printf (_("Menu of %s"), title);

  set_icon (self, NULL);
  gtk_image_set_from_icon_name (self->icon, icon);
  leyden_label_set_safe_text (self->title, title, 200);
  leyden_label_set_safe_text (self->wires, line, 300);
  gtk_widget_set_margin_start (self->box, INDENT);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->menu), TRUE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->menu), menu);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL, menu, -1);
  set_spoken (self, title, line);
}

static void
refresh_port (LeydenOutlineRow *self,
              LeydenCanvasNode *node,
              gboolean          output,
              guint             port)
{
  const LeydenPort *item = g_ptr_array_index (output ? node->outputs : node->inputs, port);
  g_autofree char *node_title = leyden_canvas_node_dup_title (node);
  g_autofree char *name = dup_port_title (output ? node->outputs : node->inputs, port);
  g_autofree char *title = g_strdup_printf (output ? _("%s, output of %s") : _("%s, input of %s"), name, node_title);
  g_autofree char *line = leyden_canvas_node_describe_port (node, output, port);

  refresh_part (self, item->required && !output ? "media-record-symbolic" : "radio-symbolic", title, line);
}

void
leyden_outline_row_refresh (LeydenOutlineRow *self)
{
  LeydenCanvasNode *node = get_node (self), *owner;
  LeydenCanvasEdge *edge = node == NULL ? get_edge (self) : NULL;
  gboolean output = FALSE;
  int port = node == NULL ? get_port (self, &owner, &output) : -1;
  g_autofree char *title = NULL;
  g_autofree char *type = NULL;
  g_autofree char *wires = NULL;
  g_autofree char *line = NULL;
  g_autofree char *menu = NULL;

  if (port >= 0)
    {
      refresh_port (self, owner, output, (guint) port);
      return;
    }
  if (edge != NULL)
    {
      g_autofree char *name = leyden_canvas_edge_dup_name (edge);

      refresh_part (self, "go-next-symbolic", name, leyden_port_type_get_title (edge->type));
      return;
    }
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
  menu = g_strdup_printf (_("Menu of %s"), title);
  set_icon (self, node->type);
  leyden_label_set_safe_text (self->title, title, 200);
  leyden_label_set_safe_text (self->wires, line, 300);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), node->n_errors + node->n_warnings > 0);
  gtk_image_set_from_icon_name (self->problem, node->n_errors > 0 ? "dialog-error-symbolic" : "dialog-warning-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->problem), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  node->n_errors > 0 ? _("Has an error") : _("Has a warning"), -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->menu), menu);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL, menu, -1);
  set_spoken (self, title, line);
}

void
leyden_outline_row_popup (LeydenOutlineRow *self)
{
  gtk_menu_button_popup (self->menu);
}
