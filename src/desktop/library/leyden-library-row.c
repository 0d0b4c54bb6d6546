/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-library-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-canvas.h"
#include "leyden-desktop.h"
#include "leyden-safe-text.h"

struct _LeydenLibraryRow
{
  GtkListBoxRow         parent_instance;

  const LeydenNodeType *type;           /* lives as long as the catalogue */
  GtkImage             *icon;
  GtkLabel             *title;
  GtkLabel             *description;
  GtkWidget            *add_button;
};

G_DEFINE_FINAL_TYPE (LeydenLibraryRow, leyden_library_row, GTK_TYPE_LIST_BOX_ROW)

static GdkContentProvider *
prepare_cb (GtkDragSource    *source,
            double            x,
            double            y,
            LeydenLibraryRow *self)
{
  LeydenDraggedType dragged = { self->type->type };

  return gdk_content_provider_new_typed (LEYDEN_TYPE_DRAGGED_TYPE, &dragged);
}

static void
drag_begin_cb (GtkDragSource    *source,
               GdkDrag          *drag,
               LeydenLibraryRow *self)
{
  GtkWidget *chip = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  gtk_widget_add_css_class (chip, "dragchip");
  gtk_box_append (GTK_BOX (chip), gtk_image_new_from_icon_name (self->type->icon));
  gtk_box_append (GTK_BOX (chip), gtk_label_new (self->type->title));
  gtk_drag_icon_set_child (GTK_DRAG_ICON (gtk_drag_icon_get_for_drag (drag)), chip);
}

static void
add_clicked_cb (LeydenLibraryRow *self)
{
  g_signal_emit_by_name (gtk_widget_get_parent (GTK_WIDGET (self)), "row-activated", self);
}

static void
leyden_library_row_dispose (GObject *object)
{
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (object), NULL);
  G_OBJECT_CLASS (leyden_library_row_parent_class)->dispose (object);
}

static void
leyden_library_row_class_init (LeydenLibraryRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_library_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-library-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenLibraryRow, icon);
  gtk_widget_class_bind_template_child (widget_class, LeydenLibraryRow, title);
  gtk_widget_class_bind_template_child (widget_class, LeydenLibraryRow, description);
  gtk_widget_class_bind_template_child (widget_class, LeydenLibraryRow, add_button);
  gtk_widget_class_bind_template_callback (widget_class, prepare_cb);
  gtk_widget_class_bind_template_callback (widget_class, drag_begin_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_clicked_cb);
}

static void
leyden_library_row_init (LeydenLibraryRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
leyden_library_row_new (const LeydenNodeType *type)
{
  LeydenLibraryRow *self = g_object_new (LEYDEN_TYPE_LIBRARY_ROW, NULL);
  g_autofree char *add = g_strdup_printf (_("Add %s"), type->title);

  self->type = type;
  gtk_image_set_from_icon_name (self->icon, type->icon);
  gtk_widget_add_css_class (GTK_WIDGET (self->icon), type->category);
  leyden_label_set_safe_text (self->title, type->title, 60);
  leyden_label_set_safe_text (self->description, type->description, 200);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), type->description);
  gtk_widget_set_tooltip_text (self->add_button, add);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->add_button), GTK_ACCESSIBLE_PROPERTY_LABEL, add, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, type->title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, type->description, -1);
  return GTK_WIDGET (self);
}

const LeydenNodeType *
leyden_library_row_get_node_type (LeydenLibraryRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_LIBRARY_ROW (self), NULL);
  return self->type;
}
