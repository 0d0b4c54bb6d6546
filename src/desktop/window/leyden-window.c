/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

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
show_bar_cb (gpointer data)
{
  LeydenWindow *self = data;

  self->bar_id = 0;
  adw_view_switcher_bar_set_reveal (self->switcher_bar, adw_view_switcher_title_get_title_visible (self->switcher_title));
  return G_SOURCE_REMOVE;
}

/* Not at once: this comes in the middle of an allocation, in which the bar would get no height. */
static void
title_visible_cb (LeydenWindow *self)
{
  if (self->bar_id == 0)
    self->bar_id = g_idle_add (show_bar_cb, self);
}

static void
flow_changed_cb (LeydenWindow *self)
{
  leyden_window_check_body (self);
  leyden_selection_prune (self->selection, leyden_document_get_flow (self->shown));
  leyden_window_update_empty_hint (self);
}

static void
journal_failed_cb (LeydenWindow *self,
                   GError       *error)
{
  g_autofree char *text = g_strdup_printf (_("Changes cannot be kept safe until they are saved: %s"), error->message);

  leyden_window_show_banner (self, text);
}

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

static void
give (GtkWidget  *widget,
      const char *property,
      gpointer    object)
{
  if (widget != NULL && g_object_class_find_property (G_OBJECT_GET_CLASS (widget), property) != NULL)
    g_object_set (widget, property, object, NULL);
}

void
leyden_window_give_panels (LeydenWindow *self)
{
  static const char * const pages[] = { "try", "run", "train", "problems" };

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    give (leyden_bottom_panel_get_child (self->panel, pages[i]), "document", self->document);
  give (GTK_WIDGET (self->editor->find_bar), "document", self->document);
}

static void
give_all (LeydenWindow *self)
{
  g_clear_pointer (&self->statuses, leyden_value_unref);
  g_clear_pointer (&self->scope, g_strfreev);
  g_clear_object (&self->shown);
  if (self->inspector != NULL)
    leyden_inspector_set_state (self->inspector, NULL);
  if (self->document == NULL)
    {
      give (GTK_WIDGET (self->canvas), "document", NULL);
      give (GTK_WIDGET (self->inspector), "document", NULL);
    }
  leyden_window_give_panels (self);
  if (self->document != NULL)
    leyden_window_show_scope (self, NULL);
  else
    leyden_outline_reload (self->outline);
}

static void
show_first_banner (LeydenWindow *self)
{
  const char *reason = leyden_document_get_read_only_reason (self->document);
  const char *note = leyden_document_get_recovery_note (self->document);
  gboolean recovered = FALSE;

  g_object_get (self->document, "recovered", &recovered, NULL);
  if (reason != NULL)
    leyden_window_show_banner (self, reason);
  else if (note != NULL)
    leyden_window_show_banner (self, note);
  else if (recovered)
    leyden_window_show_banner (self, _("Unsaved changes of the last session are back, and they can still be undone."));
  else
    leyden_window_show_banner (self, NULL);
}

void
leyden_window_set_document (LeydenWindow   *self,
                            LeydenDocument *document)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  if (self->document == document)
    return;
  if (self->dismantling && document != NULL)
    {
      /* It was loaded for a window that is closed meanwhile. */
      leyden_document_close (document, FALSE);
      return;
    }
  if (document != NULL)
    leyden_window_build (self);
  if (self->document != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->document, self);
      g_signal_handlers_disconnect_by_data (leyden_document_get_flow (self->document), self);
      leyden_selection_clear (self->selection);
      leyden_document_close (self->document, FALSE);
    }
  g_set_object (&self->document, document);
  give_all (self);
  gtk_stack_set_visible_child_name (self->design, document != NULL ? "editor" : "start");
  if (document != NULL)
    {
      g_signal_connect_swapped (document, "notify", G_CALLBACK (leyden_window_update_actions), self);
      g_signal_connect_swapped (document, "journal-failed", G_CALLBACK (journal_failed_cb), self);
      g_signal_connect_swapped (leyden_document_get_flow (document), "changed", G_CALLBACK (flow_changed_cb), self);
      show_first_banner (self);
      leyden_canvas_take_focus (self->canvas);
    }
  else if (!self->dismantling)
    leyden_start_page_reload (self->start_page);
  leyden_window_update_actions (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

/* --- closing --- */

static gboolean
leyden_window_close_request (GtkWindow *window)
{
  LeydenWindow *self = LEYDEN_WINDOW (window);
  gboolean held = FALSE;

  if (!self->closing && !leyden_window_ask_close (self))
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
      g_value_set_object (value, self->document);
      break;
    case PROP_SELECTION:
      g_value_set_object (value, self->selection);
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
leyden_window_dispose (GObject *object)
{
  LeydenWindow *self = LEYDEN_WINDOW (object);

  if (self->document != NULL)
    leyden_window_set_document (self, NULL);
  leyden_window_drop_pending (self);
  g_clear_handle_id (&self->bar_id, g_source_remove);
  g_clear_handle_id (&self->build_id, g_source_remove);
  g_clear_object (&self->chooser);
  g_clear_object (&self->selection);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (leyden_window_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, views);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, switcher_title);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, switcher_bar);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, title_label);
  gtk_widget_class_bind_template_callback (widget_class, title_visible_cb);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, design);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, start_page);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, undo_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, redo_button);
  gtk_widget_class_bind_template_callback (widget_class, leyden_window_update_actions);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, library_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, inspector_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, run_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, train_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, runs_bin);
  gtk_widget_class_bind_template_child (widget_class, LeydenWindow, experiments_bin);
}

static void
leyden_window_class_init (LeydenWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = leyden_window_get_property;
  object_class->set_property = leyden_window_set_property;
  object_class->dispose = leyden_window_dispose;
  GTK_WIDGET_CLASS (klass)->map = leyden_window_map;
  GTK_WINDOW_CLASS (klass)->close_request = leyden_window_close_request;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SELECTION] =
    g_param_spec_object ("selection", NULL, NULL, LEYDEN_TYPE_SELECTION, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CLOSING] = g_signal_new ("closing", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 0);
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
  /* A question of one window leaves the others alone. */
  gtk_window_group_add_window (group, GTK_WINDOW (self));
  self->selection = leyden_selection_new ();
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
  return g_object_new (LEYDEN_TYPE_WINDOW, "application", application, NULL);
}

LeydenDocument *
leyden_window_get_document (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  return self->document;
}

LeydenSelection *
leyden_window_get_selection (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  return self->selection;
}

LeydenCanvas *
leyden_window_get_canvas (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  leyden_window_build (self);
  return self->canvas;
}

LeydenInspector *
leyden_window_get_inspector (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  leyden_window_build (self);
  return self->inspector;
}

LeydenBottomPanel *
leyden_window_get_panel (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  leyden_window_build (self);
  return self->panel;
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
  leyden_bottom_panel_set_page (self->panel, page);
  g_settings_set_boolean (self->settings, "panel-visible", TRUE);
}

void
leyden_window_toast (LeydenWindow *self,
                     const char   *text)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  adw_toast_overlay_add_toast (self->toasts, leyden_toast_new_safe (text));
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

void
leyden_window_show_banner (LeydenWindow *self,
                           const char   *text)
{
  if (self->banner == NULL)
    return;
  if (text != NULL)
    leyden_label_set_safe_text (self->banner_label, text, 400);
  gtk_revealer_set_reveal_child (self->banner, text != NULL);
}

gboolean
leyden_window_is_pristine (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), FALSE);

  if (self->busy || self->dismantling)
    return FALSE;
  return self->document == NULL
         || (leyden_document_get_file (self->document) == NULL && !leyden_document_is_modified (self->document)
             && !leyden_document_can_undo (self->document)
             && leyden_flow_get_n_nodes (leyden_document_get_flow (self->document)) == 0);
}
