/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-button.h"
#include "leyden-announce.h"
#include "leyden-connection-button.h"
#include "leyden-desktop.h"
#include "leyden-safe-text.h"
#include "leyden-settings.h"


G_DEFINE_FINAL_TYPE (LeydenWindow, leyden_window, ADW_TYPE_APPLICATION_WINDOW)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  PROP_SELECTION,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  CLOSING,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
drop_cb (GtkDropTarget *target,
         const GValue  *value,
         double         x,
         double         y,
         LeydenWindow  *self)
{
  return leyden_window_drop_files (self, g_value_get_boxed (value), x, y);
}

/* --- document --- */

void
leyden_window_document_changed (LeydenWindow *self)
{
  if (self->tab->document != NULL)
    leyden_canvas_take_focus (self->tab->canvas);
  leyden_window_update_actions (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTION]);
}

void
leyden_window_set_document (LeydenWindow   *self,
                            LeydenDocument *document)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  if (self->tab->document == document)
    return;
  if (self->dismantling && document != NULL)
    {
      /* It was loaded for a window that is closed meanwhile. */
      leyden_document_close (document, FALSE);
      return;
    }
  if (document != NULL)
    leyden_window_build (self);
  leyden_tab_set_document (self->tab, document);
  gtk_stack_set_visible_child_name (self->design, document != NULL ? "editor" : "start");
  leyden_window_update_tab (self, self->tab);
  if (document == NULL && !self->dismantling)
    leyden_start_page_reload (self->start_page);
  leyden_window_document_changed (self);
}

/* --- closing --- */

static gboolean
leyden_window_close_request (GtkWindow *window)
{
  LeydenWindow *self = LEYDEN_WINDOW (window);
  gboolean held = FALSE;

  if (!leyden_window_ask_close (self))
    return TRUE;
  g_signal_emit (self, signals[CLOSING], 0, &held);
  if (held)
    return TRUE;
  leyden_window_dismantle (self);
  return TRUE;
}

void
leyden_window_close_now (LeydenWindow *self)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  leyden_window_dismantle (self);
}

/* --- class --- */

static void
leyden_window_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  LeydenWindow *self = LEYDEN_WINDOW (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, self->tab->document);
      break;
    case PROP_SELECTION:
      g_value_set_object (value, self->tab->selection);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_window_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  switch (prop_id)
    {
    case PROP_DOCUMENT:
      leyden_window_set_document (LEYDEN_WINDOW (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_window_parent_class)->map (widget);
  leyden_window_build_later (LEYDEN_WINDOW (widget));
}

static void
leyden_window_size_allocate (GtkWidget *widget,
                             int        width,
                             int        height,
                             int        baseline)
{
  GTK_WIDGET_CLASS (leyden_window_parent_class)->size_allocate (widget, width, height, baseline);
  leyden_window_fit_places (LEYDEN_WINDOW (widget));
}

static void
leyden_window_dispose (GObject *object)
{
  LeydenWindow *self = LEYDEN_WINDOW (object);

  leyden_window_set_document (self, NULL);
  leyden_window_drop_pending (self);
  g_clear_handle_id (&self->bar_id, g_source_remove);
  g_clear_handle_id (&self->build_id, g_source_remove);
  g_clear_object (&self->chooser);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (leyden_window_parent_class)->dispose (object);
}

/* Until then whatever comes late finds a tab, if an empty one. */
static void
leyden_window_finalize (GObject *object)
{
  g_clear_pointer (&LEYDEN_WINDOW (object)->deletions, g_array_unref);
  g_object_unref (LEYDEN_WINDOW (object)->tab);
  G_OBJECT_CLASS (leyden_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, views);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, places);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, brief_title);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, switcher_bin);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, switcher_bar);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, announcer);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, title_label);
  gtk_widget_class_bind_template_callback (widget_class, leyden_window_fit_places);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, design);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, start_page);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, bookmarks_menu);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, undo_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, redo_button);
  gtk_widget_class_bind_template_callback (widget_class, leyden_window_update_actions);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, library_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, inspector_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, run_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, train_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, runs_bin);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, experiments_bin);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, dashboards_bin);
}

static void
leyden_window_class_init (LeydenWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = leyden_window_get_property;
  object_class->set_property = leyden_window_set_property;
  object_class->dispose = leyden_window_dispose;
  object_class->finalize = leyden_window_finalize;
  GTK_WIDGET_CLASS (klass)->map = leyden_window_map;
  GTK_WIDGET_CLASS (klass)->size_allocate = leyden_window_size_allocate;
  GTK_WINDOW_CLASS (klass)->close_request = leyden_window_close_request;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SELECTION] =
    g_param_spec_object ("selection", NULL, NULL, LEYDEN_TYPE_SELECTION, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CLOSING] = g_signal_new ("closing", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 0);
  g_type_ensure (LEYDEN_TYPE_ALERT_BUTTON);
  g_type_ensure (LEYDEN_TYPE_CONNECTION_BUTTON);
  g_type_ensure (LEYDEN_TYPE_START_PAGE);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
bind_settings (LeydenWindow *self)
{
  self->settings = g_object_ref (leyden_settings_get_default ());
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  g_settings_bind (self->settings, "window-width", self, "default-width", G_SETTINGS_BIND_SET);
  g_settings_bind (self->settings, "window-height", self, "default-height", G_SETTINGS_BIND_SET);
  g_settings_bind (self->settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_SET);
}

static void
leyden_window_init (LeydenWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_autoptr(GtkWindowGroup) group = gtk_window_group_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  leyden_window_add_places (self);
  leyden_announce_by (GTK_WINDOW (self), self->announcer);
  /* A question of one window leaves the others alone. */
  gtk_window_group_add_window (group, GTK_WINDOW (self));
  self->tab = g_object_ref_sink (leyden_tab_new (self));
  leyden_window_connect_backend (self);
  bind_settings (self);
  leyden_window_add_actions (self);
  leyden_window_update_actions (self);
  g_signal_connect (drop, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}

/* --- public --- */

LeydenWindow *
leyden_window_new (LeydenApplication *application)
{
  LeydenWindow *self = g_object_new (LEYDEN_TYPE_WINDOW, "application", application, NULL);

  leyden_window_add_keys (self);
  return self;
}

LeydenDocument *
leyden_window_get_document (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  return self->tab->document;
}

LeydenSelection *
leyden_window_get_selection (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  return self->tab->selection;
}

LeydenCanvas *
leyden_window_get_canvas (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  leyden_window_build (self);
  return self->tab->canvas;
}

LeydenInspector *
leyden_window_get_inspector (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  leyden_window_build (self);
  return self->tab->inspector;
}

LeydenBottomPanel *
leyden_window_get_panel (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  leyden_window_build (self);
  return self->tab->panel;
}

AdwViewStack *
leyden_window_get_views (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  return self->views;
}

void
leyden_window_show_panel (LeydenWindow *self,
                          const char   *page)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  if (self->dismantling)
    return;
  leyden_window_build (self);
  adw_view_stack_set_visible_child_name (self->views, "design");
  leyden_bottom_panel_set_page (self->tab->panel, page);
  g_settings_set_boolean (self->settings, "panel-visible", TRUE);
}

void
leyden_window_toast (LeydenWindow *self,
                     const char   *text)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  adw_toast_overlay_add_toast (self->toasts, leyden_toast_new_safe (text));
  leyden_announce (GTK_WIDGET (self), text);
}

void
leyden_window_show_error (LeydenWindow *self,
                          const char   *heading,
                          const GError *error)
{
  GtkWidget *dialog;

  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  dialog = leyden_message_dialog_new_safe (GTK_WINDOW (self), heading, error != NULL ? error->message : NULL);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

gboolean
leyden_window_is_pristine (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), FALSE);

  return !self->dismantling && self->n_loading == 0 && (self->pending == NULL || self->pending->len == 0)
         && leyden_tab_is_pristine (self->tab);
}
