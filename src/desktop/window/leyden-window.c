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

/* Around the words of a place, in px. */
#define PLACE_ROOM 6

static gboolean
show_bar_cb (gpointer data)
{
  LeydenWindow *self = data;

  self->bar_id = 0;
  adw_view_switcher_bar_set_reveal (self->switcher_bar, adw_squeezer_get_visible_child (self->places) == GTK_WIDGET (self->brief_title));
  return G_SOURCE_REMOVE;
}

/* Of the words that are shown, the widest. */
static int
find_widest_label (GtkWidget *root)
{
  int widest = 0;

  if (!gtk_widget_get_visible (root) || !gtk_widget_get_child_visible (root))
    return 0;
  if (GTK_IS_LABEL (root))
    gtk_widget_measure (root, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &widest, NULL, NULL);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    widest = MAX (widest, find_widest_label (child));
  return widest;
}

/* The switcher would let its words be cut to nothing; it is shown whole or not at all. Nor is it wider than they need: a side of the header bar
 * gets no more than half of what is left. */
static void
measure_whole (GtkWidget      *widget,
               GtkOrientation  orientation,
               int             for_size,
               int            *minimum,
               int            *natural,
               int            *minimum_baseline,
               int            *natural_baseline)
{
  gtk_widget_measure (gtk_widget_get_first_child (widget), orientation, for_size, minimum, natural, minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      AdwViewStack *stack = adw_view_switcher_get_stack (ADW_VIEW_SWITCHER (gtk_widget_get_first_child (widget)));
      g_autoptr(GtkSelectionModel) pages = adw_view_stack_get_pages (stack);
      int n = (int) g_list_model_get_n_items (G_LIST_MODEL (pages));

      *natural = MIN (*natural, n * (find_widest_label (widget) + PLACE_ROOM));
      *minimum = *natural;
    }
}

static void
allocate_whole (GtkWidget *widget,
                int        width,
                int        height,
                int        baseline)
{
  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
}

/* Not at once: this comes in the middle of an allocation, in which the bar would get no height. */
static void
title_visible_cb (LeydenWindow *self)
{
  if (self->bar_id == 0)
    self->bar_id = g_idle_add (show_bar_cb, self);
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
  gtk_widget_class_bind_template_callback (widget_class, title_visible_cb);
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
  gtk_widget_set_layout_manager (GTK_WIDGET (self->switcher_bin), gtk_custom_layout_new (NULL, measure_whole, allocate_whole));
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
