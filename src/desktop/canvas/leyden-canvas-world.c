/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-world.h"

struct _LeydenCanvasWorld
{
  GtkWidget parent_instance;
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
  widget_class->measure = leyden_canvas_world_measure;
  widget_class->size_allocate = leyden_canvas_world_size_allocate;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
leyden_canvas_world_init (LeydenCanvasWorld *self)
{
}

GtkWidget *
leyden_canvas_world_new (void)
{
  return g_object_new (LEYDEN_TYPE_CANVAS_WORLD, NULL);
}
