/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-editor.h"

#include "leyden-desktop.h"

G_DEFINE_FINAL_TYPE (LeydenEditor, leyden_editor, GTK_TYPE_WIDGET)

static guint banner_closed_signal;

static void
banner_close_cb (LeydenEditor *self)
{
  g_signal_emit (self, banner_closed_signal, 0);
}

static void
leyden_editor_dispose (GObject *object)
{
  g_clear_pointer (&LEYDEN_EDITOR (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_editor_parent_class)->dispose (object);
}

static void
leyden_editor_class_init (LeydenEditorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_editor_dispose;
  g_type_ensure (LEYDEN_TYPE_BOTTOM_PANEL);
  g_type_ensure (LEYDEN_TYPE_BREADCRUMB);
  g_type_ensure (LEYDEN_TYPE_CANVAS);
  g_type_ensure (LEYDEN_TYPE_FIND_BAR);
  g_type_ensure (LEYDEN_TYPE_LIBRARY);
  g_type_ensure (LEYDEN_TYPE_MINIMAP);
  g_type_ensure (LEYDEN_TYPE_OUTLINE);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-editor.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, box);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, banner);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, banner_label);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, banner_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, library_flap);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, library);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, inspector_flap);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, inspector_bin);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, paned);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, canvas_stack);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, breadcrumb);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, find_bar);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, canvas);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, outline);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, panel);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, empty_hint);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, minimap);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, zoom_box);
  gtk_widget_class_bind_template_child (widget_class, LeydenEditor, zoom_label);
  gtk_widget_class_bind_template_callback (widget_class, banner_close_cb);
  banner_closed_signal = g_signal_new ("banner-closed", LEYDEN_TYPE_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_editor_init (LeydenEditor *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
leyden_editor_new (void)
{
  return g_object_new (LEYDEN_TYPE_EDITOR, NULL);
}
