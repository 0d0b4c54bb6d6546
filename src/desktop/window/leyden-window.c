/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window.h"

#include "leyden-desktop.h"
#include "leyden-inspector.h"

struct _LeydenWindow
{
  AdwApplicationWindow parent_instance;

  LeydenSelection     *selection;

  AdwToastOverlay     *toasts;
  AdwViewStack        *views;
  AdwFlap             *library_flap;
  AdwFlap             *inspector_flap;
  GtkPaned            *paned;
  LeydenBottomPanel   *panel;
  LeydenInspector     *inspector;
};

G_DEFINE_FINAL_TYPE (LeydenWindow, leyden_window, ADW_TYPE_APPLICATION_WINDOW)

static void
leyden_window_dispose (GObject *object)
{
  LeydenWindow *self = LEYDEN_WINDOW (object);

  g_clear_object (&self->selection);
  G_OBJECT_CLASS (leyden_window_parent_class)->dispose (object);
}

static void
leyden_window_class_init (LeydenWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_window_dispose;
  g_type_ensure (LEYDEN_TYPE_BOTTOM_PANEL);
  g_type_ensure (LEYDEN_TYPE_INSPECTOR);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, views);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, library_flap);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, inspector_flap);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, paned);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, panel);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, inspector);
}

static void
leyden_window_init (LeydenWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->selection = leyden_selection_new ();
  g_object_set (self->inspector, "selection", self->selection, NULL);
}

LeydenWindow *
leyden_window_new (LeydenApplication *application)
{
  return g_object_new (LEYDEN_TYPE_WINDOW, "application", application, NULL);
}

LeydenSelection *
leyden_window_get_selection (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  return self->selection;
}

LeydenBottomPanel *
leyden_window_get_panel (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  return self->panel;
}
