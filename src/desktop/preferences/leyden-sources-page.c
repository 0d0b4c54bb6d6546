/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-sources-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-session.h"
#include "leyden-source-dialog.h"
#include "leyden-text.h"

struct _LeydenSourcesPage
{
  AdwPreferencesPage   parent_instance;

  LeydenSession       *session;
  GCancellable        *cancellable;
  GPtrArray           *rows;            /* borrowed */

  AdwPreferencesGroup *group;
  GtkWidget           *add_button;
  GtkWidget           *none;
  GtkWidget           *message;
};

G_DEFINE_FINAL_TYPE (LeydenSourcesPage, leyden_sources_page, ADW_TYPE_PREFERENCES_PAGE)

static void
set_message (LeydenSourcesPage *self,
             const char        *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

/* ---- The dialog, and removal ---- */

static void
dialog_saved_cb (LeydenSourcesPage *self,
                 const char        *notice)
{
  set_message (self, notice);
  leyden_sources_page_refresh (self);
}

static void
open_dialog (LeydenSourcesPage *self,
             LeydenValue       *source)
{
  GtkWidget *dialog = leyden_source_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), source);

  g_signal_connect_object (dialog, "saved", G_CALLBACK (dialog_saved_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
leyden_sources_page_add (LeydenSourcesPage *self)
{
  g_return_if_fail (LEYDEN_IS_SOURCES_PAGE (self));
  open_dialog (self, NULL);
}

static void
edit_clicked_cb (GtkButton *button,
                 gpointer   data)
{
  open_dialog (data, g_object_get_data (G_OBJECT (button), "source"));
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenSourcesPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    set_message (self, error->message);
  if (self->cancellable != NULL)
    leyden_sources_page_refresh (self);
}

static void
remove_response_cb (AdwMessageDialog *dialog,
                    const char       *response,
                    gpointer          data)
{
  LeydenSourcesPage *self = data;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  if (!g_str_equal (response, "remove"))
    return;
  name = leyden_backend_escape (g_object_get_data (G_OBJECT (dialog), "source"));
  path = g_strconcat ("/leyden/v1/sources/", name, NULL);
  set_message (self, NULL);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "DELETE", path, NULL, self->cancellable, removed_cb, g_object_ref (self));
}

static void
remove_clicked_cb (GtkButton *button,
                   gpointer   data)
{
  LeydenSourcesPage *self = data;
  LeydenValue *source = g_object_get_data (G_OBJECT (button), "source");
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Remove This Source?"),
                                              _("Panels that show its figures stay empty until it is added again. Its key stays in the key ring."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "remove", _("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove", ADW_RESPONSE_DESTRUCTIVE);
  g_object_set_data_full (G_OBJECT (dialog), "source", g_strdup (leyden_value_get_member_string (source, "name", "")), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- The list ---- */

static GtkWidget *
new_icon_button (LeydenSourcesPage *self,
                 LeydenValue       *source,
                 const char        *icon,
                 const char        *label,
                 GCallback          callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data_full (G_OBJECT (button), "source", leyden_value_ref (source), (GDestroyNotify) leyden_value_unref);
  g_signal_connect_object (button, "clicked", callback, self, 0);
  return button;
}

static void
append_row (LeydenSourcesPage *self,
            LeydenValue       *source)
{
  GtkWidget *row = adw_action_row_new ();
  const char *kind = leyden_value_get_member_string (source, "kind", "");
  g_autofree char *subtitle = g_strdup_printf ("%s · %s", g_str_equal (kind, "mlflow") ? "MLflow" : "Prometheus",
                                               leyden_value_get_member_string (source, "uri", ""));
  g_autofree char *shown_title = leyden_text_display (leyden_value_get_member_string (source, "name", ""), -1, 60, FALSE);
  g_autofree char *shown_subtitle = leyden_text_display (subtitle, -1, 120, FALSE);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), shown_title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), shown_subtitle);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_icon_button (self, source, "document-edit-symbolic", _("Edit this source"), G_CALLBACK (edit_clicked_cb)));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             new_icon_button (self, source, "user-trash-symbolic", _("Remove this source"), G_CALLBACK (remove_clicked_cb)));
  adw_preferences_group_add (self->group, row);
  g_ptr_array_add (self->rows, row);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenSourcesPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *sources = leyden_value_get_member (answer, "sources");

  if (self->cancellable == NULL)
    return;
  if (answer == NULL)
    {
      set_message (self, error->message);
      return;
    }
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->group, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < leyden_value_get_size (sources); i++)
    append_row (self, leyden_value_get_item (sources, i));
  gtk_widget_set_visible (self->none, self->rows->len == 0);
}

void
leyden_sources_page_refresh (LeydenSourcesPage *self)
{
  g_return_if_fail (LEYDEN_IS_SOURCES_PAGE (self));

  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", "/leyden/v1/sources", NULL, self->cancellable, listed_cb,
                                g_object_ref (self));
}

/* ---- Life ---- */

static void
leyden_sources_page_dispose (GObject *object)
{
  LeydenSourcesPage *self = LEYDEN_SOURCES_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_sources_page_parent_class)->dispose (object);
}

static void
leyden_sources_page_class_init (LeydenSourcesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_sources_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-sources-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenSourcesPage, group);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourcesPage, add_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourcesPage, none);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourcesPage, message);
  gtk_widget_class_bind_template_callback (widget_class, leyden_sources_page_add);
}

static void
leyden_sources_page_init (LeydenSourcesPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Another backend has others. */
  g_signal_connect_object (self->session, "endpoints-changed", G_CALLBACK (leyden_sources_page_refresh), self, G_CONNECT_SWAPPED);
  leyden_sources_page_refresh (self);
}
