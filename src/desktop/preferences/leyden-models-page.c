/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-models-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-endpoint-dialog.h"
#include "leyden-session.h"
#include "leyden-spinner.h"
#include "leyden-text.h"

struct _LeydenModelsPage
{
  AdwPreferencesPage  parent_instance;

  LeydenSession      *session;
  GCancellable       *cancellable;
  AdwPreferencesGroup *group;           /* endpoints */
  AdwPreferencesGroup *found;
  AdwPreferencesRow  *find_row;
  GtkWidget          *find_spinner;
  GtkWidget          *message;
  GPtrArray          *rows;             /* borrowed */
  GPtrArray          *found_rows;
};

G_DEFINE_FINAL_TYPE (LeydenModelsPage, leyden_models_page, ADW_TYPE_PREFERENCES_PAGE)

static void
set_message (LeydenModelsPage *self,
             const char       *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenModelsPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    set_message (self, error->message);
  leyden_session_refresh_endpoints (self->session);
}

static void
send (LeydenModelsPage *self,
      const char       *method,
      const char       *path,
      LeydenValue      *body)
{
  set_message (self, NULL);
  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), method, path, body, NULL, saved_cb, g_object_ref (self));
}

static void
put_endpoint (LeydenModelsPage *self,
              LeydenValue      *endpoint)
{
  g_autofree char *name = leyden_backend_escape (leyden_value_get_member_string (endpoint, "name", ""));
  g_autofree char *path = g_strdup_printf ("/leyden/v1/endpoints/%s", name);

  send (self, "PUT", path, endpoint);
}

static void
make_default_cb (GtkCheckButton *button,
                 gpointer        data)
{
  LeydenModelsPage *self = data;
  LeydenValue *endpoint = g_object_get_data (G_OBJECT (button), "endpoint");
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  if (!gtk_check_button_get_active (button))
    return;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "endpoint", leyden_value_get_member_string (endpoint, "name", ""));
  leyden_value_builder_set_string (&builder, "model", leyden_value_get_member_string (endpoint, "default_model", NULL));
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  send (self, "PUT", "/leyden/v1/default-model", body);
}

static void
dialog_saved_cb (LeydenModelsPage *self,
                 const char       *notice)
{
  set_message (self, notice);
  leyden_session_refresh_endpoints (self->session);
}

static void
open_dialog (LeydenModelsPage *self,
             LeydenValue      *endpoint)
{
  GtkWidget *dialog = leyden_endpoint_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), endpoint);

  g_signal_connect_object (dialog, "saved", G_CALLBACK (dialog_saved_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
edit_clicked_cb (GtkButton *button,
                 gpointer   data)
{
  open_dialog (data, g_object_get_data (G_OBJECT (button), "endpoint"));
}

static void
remove_response_cb (AdwMessageDialog *dialog,
                    const char       *response,
                    gpointer          data)
{
  LeydenModelsPage *self = data;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  if (!g_str_equal (response, "remove"))
    return;
  name = leyden_backend_escape (g_object_get_data (G_OBJECT (dialog), "endpoint"));
  path = g_strdup_printf ("/leyden/v1/endpoints/%s", name);
  send (self, "DELETE", path, NULL);
}

static void
remove_clicked_cb (GtkButton *button,
                   gpointer   data)
{
  LeydenModelsPage *self = data;
  LeydenValue *endpoint = g_object_get_data (G_OBJECT (button), "endpoint");
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Remove This Endpoint?"),
                                              _("Flows that name it cannot run until it is added again. Its key stays in the key ring."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "remove", _("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove", ADW_RESPONSE_DESTRUCTIVE);
  g_object_set_data_full (G_OBJECT (dialog), "endpoint", g_strdup (leyden_value_get_member_string (endpoint, "name", "")), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static GtkWidget *
new_icon_button (LeydenModelsPage *self,
                 LeydenValue      *endpoint,
                 const char       *icon,
                 const char       *label,
                 GCallback         callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data_full (G_OBJECT (button), "endpoint", leyden_value_ref (endpoint), (GDestroyNotify) leyden_value_unref);
  g_signal_connect_object (button, "clicked", callback, self, 0);
  return button;
}

static AdwActionRow *
new_endpoint_row (LeydenValue *endpoint)
{
  GtkWidget *row = adw_action_row_new ();
  gboolean simulated = leyden_value_get_member_boolean (endpoint, "simulated", FALSE);
  const char *title = leyden_value_get_member_string (endpoint, "title", leyden_value_get_member_string (endpoint, "name", ""));
  const char *uri = leyden_value_get_member_string (endpoint, "base_uri", "");
  const char *model = leyden_value_get_member_string (endpoint, "default_model", NULL);
  g_autofree char *subtitle = model != NULL ? g_strdup_printf ("%s · %s", uri, model) : g_strdup (uri);
  g_autofree char *shown_title = leyden_text_display (title, -1, 60, FALSE);
  g_autofree char *shown_subtitle = leyden_text_display (subtitle, -1, 120, FALSE);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), simulated ? _("Simulated model") : shown_title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), simulated ? _("Built in: knows the samples, needs no key and no network")
                                                               : shown_subtitle);
  return ADW_ACTION_ROW (row);
}

static GtkWidget *
new_default_button (LeydenModelsPage *self,
                    LeydenValue      *endpoint,
                    GtkWidget        *group)
{
  LeydenValue *chosen = leyden_session_get_default_model (self->session);
  const char *default_name = leyden_value_get_member_string (chosen, "endpoint", "simulated");
  GtkWidget *button = gtk_check_button_new ();

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _("Use it where a flow names no model"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Use it where a flow names no model"), -1);
  if (group != NULL)
    gtk_check_button_set_group (GTK_CHECK_BUTTON (button), GTK_CHECK_BUTTON (group));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (button),
                               g_strcmp0 (leyden_value_get_member_string (endpoint, "name", ""), default_name) == 0);
  g_object_set_data_full (G_OBJECT (button), "endpoint", leyden_value_ref (endpoint), (GDestroyNotify) leyden_value_unref);
  g_signal_connect_object (button, "toggled", G_CALLBACK (make_default_cb), self, 0);
  return button;
}

static void
clear_rows (AdwPreferencesGroup *group,
            GPtrArray           *rows)
{
  for (guint i = 0; i < rows->len; i++)
    adw_preferences_group_remove (group, g_ptr_array_index (rows, i));
  g_ptr_array_set_size (rows, 0);
}

static void
fill_endpoints (LeydenModelsPage *self)
{
  LeydenValue *endpoints = leyden_session_get_endpoints (self->session);
  GtkWidget *first = NULL;

  clear_rows (self->group, self->rows);
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    {
      LeydenValue *endpoint = leyden_value_get_item (endpoints, i);
      AdwActionRow *row = new_endpoint_row (endpoint);
      GtkWidget *button = new_default_button (self, endpoint, first);

      if (first == NULL)
        first = button;
      adw_action_row_add_prefix (row, button);
      adw_action_row_set_activatable_widget (row, button);
      if (!leyden_value_get_member_boolean (endpoint, "simulated", FALSE))
        {
          adw_action_row_add_suffix (row, new_icon_button (self, endpoint, "document-edit-symbolic", _("Edit this endpoint"),
                                                           G_CALLBACK (edit_clicked_cb)));
          adw_action_row_add_suffix (row, new_icon_button (self, endpoint, "user-trash-symbolic", _("Remove this endpoint"),
                                                           G_CALLBACK (remove_clicked_cb)));
        }
      adw_preferences_group_add (self->group, GTK_WIDGET (row));
      g_ptr_array_add (self->rows, row);
    }
}

static void
add_found_cb (GtkButton *button,
              gpointer   data)
{
  LeydenModelsPage *self = data;

  put_endpoint (self, g_object_get_data (G_OBJECT (button), "endpoint"));
  gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
}

static void
append_found (LeydenModelsPage *self,
              LeydenValue      *found)
{
  LeydenValue *models = leyden_value_get_member (found, "models");
  const char *first = leyden_value_get_string (leyden_value_get_item (models, 0), NULL);
  g_autoptr(LeydenValue) model = first != NULL ? leyden_value_new_string (first, -1) : NULL;
  g_autoptr(LeydenValue) endpoint = leyden_value_with_member (leyden_value_get_member (found, "endpoint"), "default_model", model);
  AdwActionRow *row = new_endpoint_row (endpoint);
  GtkWidget *button = gtk_button_new_with_label (_("Add"));
  guint n = leyden_value_get_size (models);
  g_autofree char *count = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u model", "%u models", n), n);
  GtkWidget *label = gtk_label_new (count);

  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (button), "endpoint", leyden_value_ref (endpoint), (GDestroyNotify) leyden_value_unref);
  g_signal_connect_object (button, "clicked", G_CALLBACK (add_found_cb), self, 0);
  adw_action_row_add_suffix (row, label);
  adw_action_row_add_suffix (row, button);
  adw_preferences_group_add (self->found, GTK_WIDGET (row));
  g_ptr_array_add (self->found_rows, row);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenModelsPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *found = leyden_value_get_member (answer, "found");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->find_row), TRUE);
  leyden_spinner_set_active (GTK_SPINNER (self->find_spinner), FALSE);
  if (answer == NULL)
    set_message (self, error->message);
  else if (leyden_value_get_size (found) == 0)
    set_message (self, _("No model server answered on the usual ports. Start one (Ollama, llama.cpp, LM Studio), or add its address."));
  for (guint i = 0; i < leyden_value_get_size (found); i++)
    append_found (self, leyden_value_get_item (found, i));
}

void
leyden_models_page_find (LeydenModelsPage *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  g_return_if_fail (LEYDEN_IS_MODELS_PAGE (self));

  clear_rows (self->found, self->found_rows);
  set_message (self, NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->find_row), FALSE);
  leyden_spinner_set_active (GTK_SPINNER (self->find_spinner), TRUE);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", "/leyden/v1/probe", body, self->cancellable,
                                found_cb, g_object_ref (self));
}

void
leyden_models_page_add (LeydenModelsPage *self)
{
  g_return_if_fail (LEYDEN_IS_MODELS_PAGE (self));
  open_dialog (self, NULL);
}

static void
leyden_models_page_dispose (GObject *object)
{
  LeydenModelsPage *self = LEYDEN_MODELS_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->found_rows, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_models_page_parent_class)->dispose (object);
}

static void
leyden_models_page_class_init (LeydenModelsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_models_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-models-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenModelsPage, group);
  gtk_widget_class_bind_template_child (widget_class, LeydenModelsPage, found);
  gtk_widget_class_bind_template_child (widget_class, LeydenModelsPage, find_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenModelsPage, find_spinner);
  gtk_widget_class_bind_template_child (widget_class, LeydenModelsPage, message);
  gtk_widget_class_bind_template_callback (widget_class, leyden_models_page_find);
  gtk_widget_class_bind_template_callback (widget_class, leyden_models_page_add);
}

static void
leyden_models_page_init (LeydenModelsPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new ();
  self->found_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->session, "endpoints-changed", G_CALLBACK (fill_endpoints), self, G_CONNECT_SWAPPED);
  leyden_session_start (self->session);
  fill_endpoints (self);
}
