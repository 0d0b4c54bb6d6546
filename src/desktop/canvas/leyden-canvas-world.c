/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-world.h"

struct _LeydenCanvasWorld
{
  GtkWidget  parent_instance;
  GArray    *items;                     /* LeydenWorldItem */
};

G_DEFINE_FINAL_TYPE (LeydenCanvasWorld, leyden_canvas_world, GTK_TYPE_WIDGET)
G_DEFINE_INTERFACE (LeydenCanvasItem, leyden_canvas_item, GTK_TYPE_WIDGET)

static void
leyden_canvas_item_default_init (LeydenCanvasItemInterface *iface)
{
}

static void
leyden_canvas_world_measure (GtkWidget      *widget,
                             GtkOrientation  orientation,
                             int             for_size,
                             int            *minimum,
                             int            *natural,
                             int            *minimum_baseline,
                             int            *natural_baseline)
{
  *minimum = *natural = 0;
}

static void
leyden_canvas_world_size_allocate (GtkWidget *widget,
                                   int        width,
                                   int        height,
                                   int        baseline)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      graphene_rect_t bounds;

      if (!gtk_widget_should_layout (child) || !gtk_widget_get_child_visible (child))
        continue;
      LEYDEN_CANVAS_ITEM_GET_IFACE (child)->get_bounds (LEYDEN_CANVAS_ITEM (child), &bounds);
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
      gtk_widget_allocate (child, (int) bounds.size.width, (int) bounds.size.height, -1,
                           gsk_transform_translate (NULL, &bounds.origin));
    }
}

/* The place of a child comes as a transform around its drawing. */
static GskRenderNode *
without_place (GskRenderNode *node)
{
  return gsk_render_node_get_node_type (node) == GSK_TRANSFORM_NODE ? gsk_transform_node_get_child (node) : node;
}

static void
leyden_canvas_world_snapshot (GtkWidget   *widget,
                              GtkSnapshot *snapshot)
{
  LeydenCanvasWorld *self = LEYDEN_CANVAS_WORLD (widget);

  g_array_set_size (self->items, 0);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkSnapshot *own;
      GskRenderNode *node;
      LeydenWorldItem item = { .child = child };

      if (!gtk_widget_get_mapped (child))
        continue;
      own = gtk_snapshot_new ();
      gtk_widget_snapshot_child (widget, child, own);
      node = gtk_snapshot_free_to_node (own);
      if (node == NULL)
        continue;
      gtk_snapshot_append_node (snapshot, node);
      item.node = gsk_render_node_ref (without_place (node));
      LEYDEN_CANVAS_ITEM_GET_IFACE (child)->get_bounds (LEYDEN_CANVAS_ITEM (child), &item.bounds);
      g_array_append_val (self->items, item);
      gsk_render_node_unref (node);
    }
}

static void
item_clear (gpointer data)
{
  LeydenWorldItem *item = data;

  gsk_render_node_unref (item->node);
}

static void
leyden_canvas_world_finalize (GObject *object)
{
  g_array_unref (LEYDEN_CANVAS_WORLD (object)->items);
  G_OBJECT_CLASS (leyden_canvas_world_parent_class)->finalize (object);
}

static void
leyden_canvas_world_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (leyden_canvas_world_parent_class)->dispose (object);
}

static void
leyden_canvas_world_class_init (LeydenCanvasWorldClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_canvas_world_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_canvas_world_finalize;
  widget_class->snapshot = leyden_canvas_world_snapshot;
  widget_class->measure = leyden_canvas_world_measure;
  widget_class->size_allocate = leyden_canvas_world_size_allocate;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
leyden_canvas_world_init (LeydenCanvasWorld *self)
{
  self->items = g_array_new (FALSE, FALSE, sizeof (LeydenWorldItem));
  g_array_set_clear_func (self->items, item_clear);
}

GArray *
leyden_canvas_world_get_items (LeydenCanvasWorld *self)
{
  g_return_val_if_fail (LEYDEN_IS_CANVAS_WORLD (self), NULL);
  return self->items;
}

GtkWidget *
leyden_canvas_world_new (void)
{
  return g_object_new (LEYDEN_TYPE_CANVAS_WORLD, NULL);
}
