/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-node-mode.h"
#include "leyden-node-text.h"
#include "leyden-text.h"

#define PORT_SIZE 22
#define BIG_X 14.0              /* a title over the whole node: room beside it for the ports */
#define BIG_Y 6.0
#define BIG_STRIPE 6.0f         /* height of the colour of its category */
#define MAX_PORTS 64            /* widgets a side; the inspector and the outline show the rest */

struct _LeydenNodeView
{
  GtkWidget         parent_instance;

  LeydenCanvas     *canvas;             /* not owned: an ancestor */
  LeydenCanvasNode *node;
  GPtrArray        *ports[2];           /* LeydenPortView by direction, more than are in use; children */
  guint             n_ports[2];
  LeydenNodeDetail  detail;             /* that the layouts are made for */
  PangoLayout      *title;
  PangoLayout      *subtitle;
  GPtrArray        *labels[2];          /* PangoLayout by direction */
  PangoLayout      *badge;              /* of the run, or NULL */
  GdkPaintable     *icon;
  GdkPaintable     *mark;               /* of training; NULL where nothing is marked */
};

static void item_iface_init (LeydenCanvasItemInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeView, leyden_node_view, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_CANVAS_ITEM, item_iface_init))

/* --- text --- */

/* Sizes are in world units: the canvas scales the whole with the person's text size. */
static PangoLayout *
make_layout (LeydenNodeView *self,
             const char     *text,
             double          size,
             PangoWeight     weight,
             double          width)
{
  PangoLayout *layout = leyden_canvas_style_make_layout (GTK_WIDGET (self), text);
  g_autoptr(PangoFontDescription) font = pango_font_description_copy (
    pango_context_get_font_description (pango_layout_get_context (layout)));

  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_font_description_set_weight (font, weight);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  if (width > 0)
    {
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
      pango_layout_set_height (layout, -1);
    }
  return layout;
}

static void
make_big_title (LeydenNodeView *self,
                const char     *title)
{
  const graphene_size_t *size = &self->node->item.bounds.size;

  self->title = make_layout (self, title, leyden_node_detail_get_title_size (LEYDEN_NODE_DETAIL_BIG), PANGO_WEIGHT_BOLD, size->width - 2 * BIG_X);
  pango_layout_set_wrap (self->title, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_height (self->title, (int) (MAX (size->height - 2 * BIG_Y, 1) * PANGO_SCALE));
  leyden_node_mode_strike (leyden_node_get_mode (self->node->node), self->title);
}

static void
make_layouts (LeydenNodeView *self)
{
  LeydenCanvasNode *node = self->node;
  g_autofree char *title = leyden_canvas_node_dup_title (node);
  g_autofree char *subtitle = leyden_node_dup_subtitle (node);
  g_autofree char *badge = leyden_node_dup_badge (node);
  double width = node->item.bounds.size.width;
  gboolean both = node->inputs->len > 0 && node->outputs->len > 0;

  self->detail = self->canvas->detail;
  if (badge != NULL)
    self->badge = make_layout (self, badge, 11, PANGO_WEIGHT_SEMIBOLD, 0);
  if (self->detail == LEYDEN_NODE_DETAIL_BIG)
    {
      make_big_title (self, title);
      return;
    }
  self->title = make_layout (self, title, leyden_node_detail_get_title_size (self->detail), PANGO_WEIGHT_BOLD,
                             width - 46 - (node->n_errors + node->n_warnings > 0 ? 32 : 12) - (node->n_trainable > 0 ? 20 : 0));
  leyden_node_mode_strike (leyden_node_get_mode (node->node), self->title);
  if (subtitle != NULL && self->detail == LEYDEN_NODE_DETAIL_FULL)
    self->subtitle = make_layout (self, subtitle, 11, PANGO_WEIGHT_NORMAL, width - 58);
  for (guint direction = 0; direction < 2; direction++)
    {
      GPtrArray *ports = direction ? node->outputs : node->inputs;

      g_ptr_array_set_size (self->labels[direction], 0);
      for (guint i = 0; i < self->n_ports[direction]; i++)
        {
          LeydenPort *port = g_ptr_array_index (ports, i);
          g_autofree char *text = leyden_text_display (port->title, -1, 60, FALSE);

          g_ptr_array_add (self->labels[direction],
                           make_layout (self, text, 12, PANGO_WEIGHT_NORMAL, both ? width / 2 - 18 : width - 32));
        }
    }
}

/* --- accessibility --- */

static void
update_accessible (LeydenNodeView *self)
{
  LeydenCanvasNode *node = self->node;
  g_autofree char *title = leyden_canvas_node_dup_title (node);
  g_autofree char *type = leyden_canvas_node_dup_kind (node);
  g_autofree char *label = g_strdup_printf (_("%s, node"), title);
  g_autoptr(GString) description = g_string_new (type);
  const char *state = leyden_node_state_get_title (node->state);

  if (leyden_node_mode_get_title (leyden_node_get_mode (node->node)) != NULL)
    g_string_append_printf (description, ", %s", leyden_node_mode_get_title (leyden_node_get_mode (node->node)));
  if (leyden_canvas_node_get_pin_title (node) != NULL)
    g_string_append_printf (description, ", %s", leyden_canvas_node_get_pin_title (node));
  if (node->n_errors > 0)
    {
      g_string_append (description, ", ");
      g_string_append_printf (description, g_dngettext (GETTEXT_PACKAGE, "%u error", "%u errors", node->n_errors), node->n_errors);
    }
  if (node->n_trainable > 0)
    g_string_append_printf (description, ", %s", _("trainable"));
  if (state != NULL)
    g_string_append_printf (description, ", %s", state);
  if (state != NULL && leyden_canvas_node_get_origin_title (node) != NULL)
    g_string_append_printf (description, ", %s", leyden_canvas_node_get_origin_title (node));
  leyden_canvas_describe_marks (self->canvas, node, description);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description->str, -1);
}

void
leyden_node_view_relate (LeydenNodeView *self)
{
  for (guint i = 0; self->node != NULL && i < self->n_ports[1]; i++)
    {
      g_autoptr(GPtrArray) edges = leyden_canvas_node_list_edges (self->node, TRUE, i);
      GtkAccessible *port = g_ptr_array_index (self->ports[1], i);
      GtkWidget *target = NULL;

      for (guint j = 0; target == NULL && j < edges->len; j++)
        {
          LeydenCanvasEdge *edge = g_ptr_array_index (edges, j);

          if (edge->target != NULL && edge->target->view != NULL && edge->target_port >= 0)
            target = leyden_node_view_get_port (edge->target->view, FALSE, (guint) edge->target_port);
        }
      if (target != NULL)
        gtk_accessible_update_relation (port, GTK_ACCESSIBLE_RELATION_FLOW_TO, target, NULL, -1);
      else
        gtk_accessible_reset_relation (port, GTK_ACCESSIBLE_RELATION_FLOW_TO);
    }
}

/* --- painting --- */

/* The left edge of the text comes to @x, whatever direction it has within its layout. */
static void
paint_header (LeydenNodeView *self,
              GtkSnapshot    *snapshot,
              const GdkRGBA  *foreground,
              const GdkRGBA  *dim)
{
  const GdkRGBA *color = leyden_canvas_style_get_category (&self->canvas->style,
                                                           self->node->type != NULL ? self->node->type->category : NULL);
  GdkRGBA tile = leyden_canvas_style_fade (color, 0.18);
  int height, title_y;

  leyden_canvas_paint_rounded (snapshot, &tile, GRAPHENE_RECT_INIT (9, 8, 28, 28), 8);
  if (self->icon != NULL)
    {
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (15, 14));
      gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (self->icon), snapshot, 16, 16, color, 1);
      gtk_snapshot_restore (snapshot);
    }
  pango_layout_get_pixel_size (self->title, NULL, &height);
  title_y = self->subtitle != NULL ? 5 : (44 - height) / 2;
  leyden_canvas_paint_layout (snapshot, self->title, 46, title_y, foreground);
  if (self->subtitle != NULL)
    leyden_canvas_paint_layout (snapshot, self->subtitle, 46, 23, dim);
}

static void
paint_big_title (LeydenNodeView *self,
                 GtkSnapshot    *snapshot,
                 const GdkRGBA  *foreground)
{
  const graphene_size_t *size = &self->node->item.bounds.size;
  const GdkRGBA *color = leyden_canvas_style_get_category (&self->canvas->style, self->node->type != NULL ? self->node->type->category : NULL);
  GskRoundedRect outline;
  int height;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, size->width, size->height), 12);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, color, &GRAPHENE_RECT_INIT (0, 0, size->width, BIG_STRIPE));
  gtk_snapshot_pop (snapshot);
  pango_layout_get_pixel_size (self->title, NULL, &height);
  leyden_canvas_paint_layout (snapshot, self->title, BIG_X, MAX (((double) size->height + BIG_STRIPE - height) / 2, BIG_STRIPE), foreground);
}

static void
paint_labels (LeydenNodeView *self,
              GtkSnapshot    *snapshot,
              const GdkRGBA  *color)
{
  double width = self->node->item.bounds.size.width;

  for (guint direction = 0; direction < 2; direction++)
    for (guint i = 0; i < self->labels[direction]->len; i++)
      {
        PangoLayout *layout = g_ptr_array_index (self->labels[direction], i);
        double y = LEYDEN_NODE_HEADER + LEYDEN_NODE_PORT_ROW * (i + 0.5);
        int text_width, text_height;

        pango_layout_get_pixel_size (layout, &text_width, &text_height);
        leyden_canvas_paint_layout (snapshot, layout, direction ? width - 14 - text_width : 14, y - text_height / 2.0, color);
      }
}

static void
paint_problem (LeydenNodeView *self,
               GtkSnapshot    *snapshot)
{
  const LeydenCanvasStyle *style = &self->canvas->style;
  const GdkRGBA *color = self->node->n_errors > 0 ? &style->error : &style->warning;
  float x = self->node->item.bounds.size.width - 26;

  leyden_canvas_paint_rounded (snapshot, color, GRAPHENE_RECT_INIT (x, 14, 16, 16), 8);
  leyden_canvas_paint_rounded (snapshot, &style->card, GRAPHENE_RECT_INIT (x + 7, 17, 2, 6), 1);
  leyden_canvas_paint_rounded (snapshot, &style->card, GRAPHENE_RECT_INIT (x + 7, 25, 2, 2), 1);
}

static void
paint_mark (LeydenNodeView *self,
            GtkSnapshot    *snapshot)
{
  float x = self->node->item.bounds.size.width - (self->node->n_errors + self->node->n_warnings > 0 ? 48 : 26);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, 14));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (self->mark), snapshot, 16, 16, &self->canvas->style.accent, 1);
  gtk_snapshot_restore (snapshot);
}

static void
paint_badge (LeydenNodeView *self,
             GtkSnapshot    *snapshot)
{
  const LeydenCanvasStyle *style = &self->canvas->style;
  const GdkRGBA *color;
  GdkRGBA text, fill;
  int width, height;
  graphene_rect_t pill;

  switch (self->node->state)
    {
    case LEYDEN_NODE_STATE_FAILED:
      color = &style->error;
      break;
    case LEYDEN_NODE_STATE_SUCCEEDED:
      color = &style->success;
      break;
    case LEYDEN_NODE_STATE_RUNNING:
      color = &style->accent;
      break;
    case LEYDEN_NODE_STATE_NONE:
    case LEYDEN_NODE_STATE_WAITING:
    case LEYDEN_NODE_STATE_SKIPPED:
    default:
      color = &style->foreground;
      break;
    }
  pango_layout_get_pixel_size (self->badge, &width, &height);
  pill = GRAPHENE_RECT_INIT (self->node->item.bounds.size.width - 12 - (float) width - 14, -15, (float) width + 14, 20);
  leyden_canvas_paint_rounded (snapshot, &style->card, pill, 10);
  leyden_canvas_style_get_badge (style, color, &text, &fill);
  leyden_canvas_paint_rounded (snapshot, &fill, pill, 10);
  leyden_canvas_paint_layout (snapshot, self->badge, pill.origin.x + 7, pill.origin.y + (20 - height) / 2.0, &text);
}

static gboolean
has_focus (GtkWidget *widget)
{
  GtkStateFlags wanted = GTK_STATE_FLAG_FOCUSED | GTK_STATE_FLAG_FOCUS_VISIBLE;

  return (gtk_widget_get_state_flags (widget) & wanted) == wanted;
}

/* The ring of the focus is no outline of the style: that is painted last, through the badge. */
static void
leyden_node_view_state_flags_changed (GtkWidget     *widget,
                                      GtkStateFlags  before)
{
  GTK_WIDGET_CLASS (leyden_node_view_parent_class)->state_flags_changed (widget, before);
  gtk_widget_queue_draw (widget);
}

static void
leyden_node_view_snapshot (GtkWidget   *widget,
                           GtkSnapshot *snapshot)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (widget);
  const LeydenCanvasStyle *style = &self->canvas->style;
  GdkRGBA dim = leyden_canvas_style_fade (&style->foreground, style->dim);
  GdkRGBA line = leyden_canvas_style_fade (&style->foreground, 0.1);

  if (self->node == NULL)
    return;
  if (self->title == NULL)
    make_layouts (self);
  if (self->detail == LEYDEN_NODE_DETAIL_BIG)
    paint_big_title (self, snapshot, &style->foreground);
  else
    paint_header (self, snapshot, &style->foreground, &dim);
  if (self->detail != LEYDEN_NODE_DETAIL_BIG && self->n_ports[0] + self->n_ports[1] > 0)
    gtk_snapshot_append_color (snapshot, &line,
                               &GRAPHENE_RECT_INIT (0, LEYDEN_NODE_HEADER - 1, self->node->item.bounds.size.width, 1));
  leyden_node_mode_paint (self->canvas, self->node, snapshot);
  paint_labels (self, snapshot, &dim);
  if (self->node->n_errors + self->node->n_warnings > 0)
    paint_problem (self, snapshot);
  if (self->mark != NULL && self->detail != LEYDEN_NODE_DETAIL_BIG)
    paint_mark (self, snapshot);
  for (guint direction = 0; direction < 2; direction++)
    for (guint i = 0; i < self->n_ports[direction]; i++)
      gtk_widget_snapshot_child (widget, g_ptr_array_index (self->ports[direction], i), snapshot);
  if (has_focus (widget))
    leyden_canvas_paint_ring (snapshot, &style->accent, self->node->item.bounds.size, 4, 12);
  if (self->badge != NULL)
    paint_badge (self, snapshot);
  leyden_canvas_node_paint_pin (self->canvas, self->node, widget, snapshot);
  leyden_canvas_node_paint_marks (self->canvas, self->node, snapshot);
}

/* --- layout --- */

static void
get_bounds (LeydenCanvasItem *item,
            graphene_rect_t  *bounds)
{
  *bounds = LEYDEN_NODE_VIEW (item)->node->item.bounds;
}

static void
item_iface_init (LeydenCanvasItemInterface *iface)
{
  iface->get_bounds = get_bounds;
}

static void
leyden_node_view_measure (GtkWidget      *widget,
                          GtkOrientation  orientation,
                          int             for_size,
                          int            *minimum,
                          int            *natural,
                          int            *minimum_baseline,
                          int            *natural_baseline)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (widget);

  *minimum = 0;
  *natural = self->node == NULL ? 0
             : (int) (orientation == GTK_ORIENTATION_HORIZONTAL ? self->node->item.bounds.size.width
                                                                : self->node->item.bounds.size.height);
}

static void
leyden_node_view_size_allocate (GtkWidget *widget,
                                int        width,
                                int        height,
                                int        baseline)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (widget);

  for (guint direction = 0; self->node != NULL && direction < 2; direction++)
    for (guint i = 0; i < self->n_ports[direction]; i++)
      {
        GtkWidget *port = g_ptr_array_index (self->ports[direction], i);
        graphene_point_t at = leyden_canvas_node_get_port_point (self->node, direction == 1, i);

        gtk_widget_measure (port, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
        gtk_widget_allocate (port, PORT_SIZE, PORT_SIZE, -1, gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT (
          at.x - self->node->item.bounds.origin.x - PORT_SIZE / 2.f, at.y - self->node->item.bounds.origin.y - PORT_SIZE / 2.f)));
      }
}

static void
forget_layouts (LeydenNodeView *self)
{
  g_clear_object (&self->title);
  g_clear_object (&self->subtitle);
  g_clear_object (&self->badge);
  g_ptr_array_set_size (self->labels[0], 0);
  g_ptr_array_set_size (self->labels[1], 0);
}

static void
leyden_node_view_css_changed (GtkWidget         *widget,
                              GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_node_view_parent_class)->css_changed (widget, change);
  forget_layouts (LEYDEN_NODE_VIEW (widget));
}

/* --- actions --- */

static void
configure_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (widget);

  if (self->node == NULL)
    return;
  leyden_selection_set (self->canvas->selection, LEYDEN_ELEMENT_NODE, self->node->id);
  leyden_canvas_activate_node (self->canvas, self->node);
}

static void
connect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (widget);

  if (self->node == NULL)
    return;
  if (self->node->outputs->len > 0)
    leyden_canvas_connect_begin (self->canvas, self->node, TRUE, 0, NULL, TRUE);
  else if (self->node->inputs->len > 0)
    leyden_canvas_connect_begin (self->canvas, self->node, FALSE, 0, NULL, TRUE);
}

static void
select_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (widget);

  if (self->node != NULL)
    leyden_selection_toggle (self->canvas->selection, LEYDEN_ELEMENT_NODE, self->node->id);
}

static void
remove_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (widget);

  if (self->node == NULL)
    return;
  leyden_selection_add (self->canvas->selection, LEYDEN_ELEMENT_NODE, self->node->id);
  leyden_canvas_remove_selection (self->canvas);
}

static void
focus_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  gtk_widget_grab_focus (widget);
}

/* --- class --- */

static void
leyden_node_view_dispose (GObject *object)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (object);
  GtkWidget *child;

  for (guint direction = 0; direction < 2; direction++)
    {
      g_ptr_array_set_size (self->ports[direction], 0);
      self->n_ports[direction] = 0;
    }
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  forget_layouts (self);
  g_clear_object (&self->icon);
  g_clear_object (&self->mark);
  G_OBJECT_CLASS (leyden_node_view_parent_class)->dispose (object);
}

static void
leyden_node_view_finalize (GObject *object)
{
  LeydenNodeView *self = LEYDEN_NODE_VIEW (object);

  for (guint direction = 0; direction < 2; direction++)
    {
      g_ptr_array_unref (self->ports[direction]);
      g_ptr_array_unref (self->labels[direction]);
    }
  G_OBJECT_CLASS (leyden_node_view_parent_class)->finalize (object);
}

static void
leyden_node_view_class_init (LeydenNodeViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_node_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_node_view_finalize;
  widget_class->measure = leyden_node_view_measure;
  widget_class->size_allocate = leyden_node_view_size_allocate;
  widget_class->snapshot = leyden_node_view_snapshot;
  widget_class->css_changed = leyden_node_view_css_changed;
  widget_class->state_flags_changed = leyden_node_view_state_flags_changed;
  gtk_widget_class_set_css_name (widget_class, "flownode");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);

  gtk_widget_class_install_action (widget_class, "node.focus", NULL, focus_action);
  gtk_widget_class_install_action (widget_class, "node.configure", NULL, configure_action);
  gtk_widget_class_install_action (widget_class, "node.connect", NULL, connect_action);
  gtk_widget_class_install_action (widget_class, "node.select", NULL, select_action);
  gtk_widget_class_install_action (widget_class, "node.remove", NULL, remove_action);
  leyden_actions_bind (widget_class, "node");
}

static void
leyden_node_view_init (LeydenNodeView *self)
{
  for (guint direction = 0; direction < 2; direction++)
    {
      self->ports[direction] = g_ptr_array_new ();
      self->labels[direction] = g_ptr_array_new_with_free_func (g_object_unref);
    }
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}

GtkWidget *
leyden_node_view_new (LeydenCanvas *canvas)
{
  LeydenNodeView *self = g_object_new (LEYDEN_TYPE_NODE_VIEW, NULL);

  self->canvas = canvas;
  return GTK_WIDGET (self);
}

/* --- binding --- */

static void
bind_ports (LeydenNodeView *self,
            guint           direction)
{
  GPtrArray *ports = self->ports[direction];
  guint n = MIN ((direction ? self->node->outputs : self->node->inputs)->len, MAX_PORTS);

  while (ports->len < n)
    {
      GtkWidget *port = leyden_port_view_new (self->canvas);

      gtk_widget_set_parent (port, GTK_WIDGET (self));
      g_ptr_array_add (ports, port);
    }
  for (guint i = 0; i < ports->len; i++)
    {
      leyden_port_view_bind (g_ptr_array_index (ports, i), i < n ? self->node : NULL, direction == 1, i);
      gtk_widget_set_visible (g_ptr_array_index (ports, i), i < n);
    }
  self->n_ports[direction] = n;
}

static GdkPaintable *
look_up_icon (LeydenNodeView *self,
              const char     *name)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));

  return GDK_PAINTABLE (gtk_icon_theme_lookup_icon (theme, name, NULL, 16, 2, GTK_TEXT_DIR_NONE, 0));
}

static void
load_icon (LeydenNodeView *self)
{
  g_clear_object (&self->icon);
  g_clear_object (&self->mark);
  self->icon = look_up_icon (self, self->node->type != NULL ? self->node->type->icon : "dialog-question-symbolic");
  if (self->node->n_trainable > 0)
    self->mark = look_up_icon (self, "leyden-train-symbolic");
}

static void
set_class (GtkWidget  *widget,
           const char *name,
           gboolean    on)
{
  if (on)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

void
leyden_node_view_refresh (LeydenNodeView *self)
{
  g_return_if_fail (self->node != NULL);

  bind_ports (self, 0);
  bind_ports (self, 1);
  load_icon (self);
  forget_layouts (self);
  update_accessible (self);
  set_class (GTK_WIDGET (self), "running", self->node->state == LEYDEN_NODE_STATE_RUNNING);
  set_class (GTK_WIDGET (self), "failed", self->node->state == LEYDEN_NODE_STATE_FAILED);
  leyden_canvas_mark_view (self->canvas, self->node, GTK_WIDGET (self));
  leyden_node_mode_set_class (leyden_node_get_mode (self->node->node), GTK_WIDGET (self));
  set_class (GTK_WIDGET (self), "pinned", leyden_canvas_node_get_pin_title (self->node) != NULL);
  set_class (GTK_WIDGET (self), "unknown", self->node->type == NULL);
  leyden_node_view_set_connecting (self, self->canvas->tool == LEYDEN_TOOL_CONNECT);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

gboolean
leyden_node_view_needs_detail (LeydenNodeView *self)
{
  return self->title != NULL && self->detail != self->canvas->detail;
}

void
leyden_node_view_update_detail (LeydenNodeView *self)
{
  forget_layouts (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_node_view_bind (LeydenNodeView   *self,
                       LeydenCanvasNode *node)
{
  g_return_if_fail (self->node == NULL && node->view == NULL);

  self->node = node;
  node->view = self;
  leyden_node_view_refresh (self);
}

void
leyden_node_view_unbind (LeydenNodeView *self)
{
  for (guint direction = 0; direction < 2; direction++)
    for (guint i = 0; i < self->ports[direction]->len; i++)
      {
        gtk_accessible_reset_relation (g_ptr_array_index (self->ports[direction], i), GTK_ACCESSIBLE_RELATION_FLOW_TO);
        leyden_port_view_bind (g_ptr_array_index (self->ports[direction], i), NULL, FALSE, 0);
      }
  self->n_ports[0] = self->n_ports[1] = 0;
  if (self->node != NULL)
    self->node->view = NULL;
  self->node = NULL;
  forget_layouts (self);
}

LeydenCanvasNode *
leyden_node_view_get_node (LeydenNodeView *self)
{
  return self->node;
}

void
leyden_node_view_set_selected (LeydenNodeView *self,
                               gboolean        selected)
{
  set_class (GTK_WIDGET (self), "selected", selected);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_SELECTED, selected, -1);
}

void
leyden_node_view_set_connecting (LeydenNodeView *self,
                                 gboolean        connecting)
{
  gboolean any = FALSE;

  for (guint direction = 0; self->node != NULL && direction < 2; direction++)
    for (guint i = 0; i < self->n_ports[direction]; i++)
      {
        LeydenPortEmphasis emphasis = LEYDEN_PORT_EMPHASIS_NONE;
        const LeydenConnection *connection = &self->canvas->connection;

        if (connecting && !(connection->node == self->node && connection->from_output == (direction == 1) && connection->port == i))
          {
            LeydenConnect verdict = leyden_canvas_connect_judge (self->canvas, self->node, direction == 1, i, NULL);

            emphasis = verdict == LEYDEN_CONNECT_NO ? LEYDEN_PORT_EMPHASIS_REFUSED
                       : verdict == LEYDEN_CONNECT_CONVERTS ? LEYDEN_PORT_EMPHASIS_CONVERTS : LEYDEN_PORT_EMPHASIS_POSSIBLE;
            any = any || verdict != LEYDEN_CONNECT_NO;
          }
        if (connecting && connection->target == self->node && connection->target_port == i
            && connection->from_output == (direction == 0) && connection->verdict != LEYDEN_CONNECT_NO)
          emphasis = LEYDEN_PORT_EMPHASIS_TARGET;
        leyden_port_view_set_emphasis (g_ptr_array_index (self->ports[direction], i), emphasis);
      }
  if (self->node != NULL)
    self->node->dimmed = connecting && !any && self->canvas->connection.node != self->node;
}

GtkWidget *
leyden_node_view_get_port (LeydenNodeView *self,
                           gboolean        output,
                           guint           port)
{
  guint direction = output ? 1 : 0;

  return port < self->n_ports[direction] ? g_ptr_array_index (self->ports[direction], port) : NULL;
}

gboolean
leyden_node_view_focus_port (LeydenNodeView *self,
                             gboolean        backward)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  int total = (int) (self->n_ports[0] + self->n_ports[1]);
  int at = -1;

  for (int i = 0; i < total; i++)
    if (focus == leyden_node_view_get_port (self, i >= (int) self->n_ports[0],
                                            (guint) (i >= (int) self->n_ports[0] ? i - (int) self->n_ports[0] : i)))
      at = i;
  at += backward ? -1 : 1;
  if (at == -1 && focus != GTK_WIDGET (self))
    return gtk_widget_grab_focus (GTK_WIDGET (self));
  if (at < 0 || at >= total)
    return FALSE;
  return gtk_widget_grab_focus (leyden_node_view_get_port (self, at >= (int) self->n_ports[0],
                                                           (guint) (at >= (int) self->n_ports[0] ? at - (int) self->n_ports[0] : at)));
}
