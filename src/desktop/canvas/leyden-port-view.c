/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-text.h"

#define SIZE 22

struct _LeydenPortView
{
  GtkWidget           parent_instance;

  LeydenCanvas       *canvas;           /* not owned: an ancestor */
  LeydenCanvasNode   *node;
  gboolean            output;
  guint               port;
  gboolean            connected;
  LeydenPortEmphasis  emphasis;
  char               *description;      /* what the tooltip says */
};

G_DEFINE_FINAL_TYPE (LeydenPortView, leyden_port_view, GTK_TYPE_WIDGET)

static LeydenPort *
get_port (LeydenPortView *self)
{
  GPtrArray *ports = self->output ? self->node->outputs : self->node->inputs;

  return self->port < ports->len ? g_ptr_array_index (ports, self->port) : NULL;
}

static void
connect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenPortView *self = LEYDEN_PORT_VIEW (widget);

  if (self->node != NULL)
    leyden_canvas_connect_begin (self->canvas, self->node, self->output, self->port, NULL, TRUE);
}

static void
disconnect_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  LeydenPortView *self = LEYDEN_PORT_VIEW (widget);

  if (self->node == NULL || !leyden_canvas_disconnect_port (self->canvas, self->node, self->output, self->port))
    gtk_widget_error_bell (widget);
}

static void
leyden_port_view_measure (GtkWidget      *widget,
                          GtkOrientation  orientation,
                          int             for_size,
                          int            *minimum,
                          int            *natural,
                          int            *minimum_baseline,
                          int            *natural_baseline)
{
  *minimum = *natural = SIZE;
}

static void
leyden_port_view_snapshot (GtkWidget   *widget,
                           GtkSnapshot *snapshot)
{
  LeydenPortView *self = LEYDEN_PORT_VIEW (widget);
  LeydenPort *port = self->node != NULL ? get_port (self) : NULL;
  float radius = 5.5f;

  if (port == NULL)
    return;
  if (self->emphasis == LEYDEN_PORT_EMPHASIS_TARGET)
    radius = 9;
  else if (self->emphasis == LEYDEN_PORT_EMPHASIS_POSSIBLE)
    radius = 7.5f;
  else if (self->emphasis == LEYDEN_PORT_EMPHASIS_CONVERTS)
    radius = 6.5f;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (SIZE / 2.f, SIZE / 2.f));
  if (self->emphasis == LEYDEN_PORT_EMPHASIS_REFUSED)
    gtk_snapshot_push_opacity (snapshot, 0.3);
  leyden_canvas_style_paint_port (&self->canvas->style, snapshot, port->type,
                                  self->connected || self->emphasis == LEYDEN_PORT_EMPHASIS_TARGET, radius);
  if (self->emphasis == LEYDEN_PORT_EMPHASIS_REFUSED)
    gtk_snapshot_pop (snapshot);
  gtk_snapshot_restore (snapshot);
}

/* Not gtk_widget_set_tooltip_text(): that asks the display where the pointer is, for every port that comes into view. */
static gboolean
leyden_port_view_query_tooltip (GtkWidget  *widget,
                                int         x,
                                int         y,
                                gboolean    keyboard,
                                GtkTooltip *tooltip)
{
  LeydenPortView *self = LEYDEN_PORT_VIEW (widget);

  if (self->node == NULL || self->description == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, self->description);
  return TRUE;
}

static void
leyden_port_view_finalize (GObject *object)
{
  g_free (LEYDEN_PORT_VIEW (object)->description);
  G_OBJECT_CLASS (leyden_port_view_parent_class)->finalize (object);
}

static void
leyden_port_view_class_init (LeydenPortViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = leyden_port_view_finalize;
  widget_class->query_tooltip = leyden_port_view_query_tooltip;
  widget_class->measure = leyden_port_view_measure;
  widget_class->snapshot = leyden_port_view_snapshot;
  gtk_widget_class_set_css_name (widget_class, "flowport");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_BUTTON);
  gtk_widget_class_install_action (widget_class, "port.connect", NULL, connect_action);
  gtk_widget_class_install_action (widget_class, "port.disconnect", NULL, disconnect_action);
  leyden_actions_bind (widget_class, "port");
}

static void
leyden_port_view_init (LeydenPortView *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
leyden_port_view_new (LeydenCanvas *canvas)
{
  LeydenPortView *self = g_object_new (LEYDEN_TYPE_PORT_VIEW, NULL);

  self->canvas = canvas;
  return GTK_WIDGET (self);
}

void
leyden_port_view_bind (LeydenPortView   *self,
                       LeydenCanvasNode *node,
                       gboolean          output,
                       guint             port)
{
  self->node = node;
  self->output = output;
  self->port = port;
  self->emphasis = LEYDEN_PORT_EMPHASIS_NONE;
  if (node != NULL)
    leyden_port_view_refresh (self);
}

void
leyden_port_view_refresh (LeydenPortView *self)
{
  LeydenPort *port = get_port (self);
  g_autofree char *node = NULL;
  g_autofree char *title = NULL;
  g_autofree char *label = NULL;
  g_autofree char *description = NULL;
  g_autoptr(GPtrArray) edges = NULL;

  if (port == NULL)
    return;
  node = leyden_canvas_node_dup_title (self->node);
  title = leyden_text_display (port->title, -1, 60, FALSE);
  label = self->output ? g_strdup_printf (_("%s, output of %s"), title, node) : g_strdup_printf (_("%s, input of %s"), title, node);
  description = leyden_canvas_node_describe_port (self->node, self->output, self->port);
  edges = leyden_canvas_node_list_edges (self->node, self->output, self->port);
  self->connected = edges->len > 0;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  g_free (self->description);
  self->description = g_steal_pointer (&description);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_port_view_set_emphasis (LeydenPortView     *self,
                               LeydenPortEmphasis  emphasis)
{
  if (self->emphasis == emphasis)
    return;
  self->emphasis = emphasis;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

LeydenCanvasNode *
leyden_port_view_get (LeydenPortView *self,
                      gboolean       *output,
                      guint          *port)
{
  *output = self->output;
  *port = self->port;
  return self->node;
}
