/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-connections-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-connection-dialog.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenConnectionsPage
{
  AdwPreferencesPage   parent_instance;

  LeydenSession       *session;
  AdwPreferencesGroup *group;
  GtkWidget           *message;
  GPtrArray           *rows;            /* borrowed */
  GPtrArray           *checks;          /* one a row, borrowed */
  gboolean             filling;
};

G_DEFINE_FINAL_TYPE (LeydenConnectionsPage, leyden_connections_page, ADW_TYPE_PREFERENCES_PAGE)

static void
set_message (LeydenConnectionsPage *self,
             const char            *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

static gboolean
is_current (LeydenConnectionsPage *self,
            LeydenConnection      *connection)
{
  LeydenConnection *current = leyden_session_get_connection (self->session);

  return current != NULL && g_strcmp0 (leyden_connection_get_id (current), leyden_connection_get_id (connection)) == 0;
}

static void
followed_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenConnectionsPage) self = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_session_follow_finish (LEYDEN_SESSION (object), result, &error) && self->rows != NULL)
    set_message (self, error->message);
}

static void
saved_cb (LeydenConnectionsPage *self,
          LeydenConnection      *connection,
          const char            *notice)
{
  set_message (self, notice);
  if (is_current (self, connection))
    leyden_session_reconnect (self->session, connection);
  else if (leyden_connection_is_mirrored (connection))
    leyden_session_follow_async (self->session, connection, followed_cb, g_object_ref (self));
}

static void
open_dialog (LeydenConnectionsPage *self,
             LeydenConnection      *connection)
{
  GtkWidget *dialog = leyden_connection_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), connection);

  g_signal_connect_object (dialog, "saved", G_CALLBACK (saved_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
add_clicked_cb (LeydenConnectionsPage *self)
{
  open_dialog (self, NULL);
}

static void
edit_clicked_cb (GtkButton *button,
                 gpointer   data)
{
  open_dialog (data, g_object_get_data (G_OBJECT (button), "connection"));
}

/* ---- Removing ---- */

static void
remove_response_cb (AdwMessageDialog      *dialog,
                    const char            *response,
                    LeydenConnectionsPage *self)
{
  LeydenConnection *connection = g_object_get_data (G_OBJECT (dialog), "connection");

  if (!g_str_equal (response, "remove"))
    return;
  if (is_current (self, connection))
    leyden_session_switch (self->session, NULL);
  if (leyden_connection_is_mirrored (connection))
    leyden_session_unfollow (self->session, connection);
  leyden_connections_remove (leyden_connections_get_default (), leyden_connection_get_id (connection));
}

static void
remove_clicked_cb (GtkButton *button,
                   gpointer   data)
{
  LeydenConnectionsPage *self = data;
  LeydenConnection *connection = g_object_get_data (G_OBJECT (button), "connection");
  g_autofree char *name = leyden_text_display (leyden_connection_get_name (connection), -1, 60, FALSE);
  g_autofree char *heading = g_strdup_printf (_("Remove “%s”?"), name);
  const char *body = leyden_connection_is_mirrored (connection)
                       ? _("Its key is forgotten, and the server is followed no more. What was kept of it stays in Runs.")
                       : _("Its key is forgotten. Nothing is changed there: its runs go on.");
  GtkWidget *dialog = leyden_message_dialog_new_safe (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), heading, body);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("Cancel"), "remove", _("Remove"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "connection", g_object_ref (connection), g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- The list ---- */

static GtkWidget *
new_button (LeydenConnectionsPage *self,
            LeydenConnection      *connection,
            const char            *icon,
            const char            *label,
            GCallback              clicked)
{
  g_autofree char *name = leyden_text_display (leyden_connection_get_name (connection), -1, 60, FALSE);
  g_autofree char *spoken = g_strdup_printf ("%s: %s", label, name);
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  g_object_set_data_full (G_OBJECT (button), "connection", g_object_ref (connection), g_object_unref);
  g_signal_connect_object (button, "clicked", clicked, self, 0);
  return button;
}

static void
chosen_cb (GtkCheckButton *button,
           gpointer        data)
{
  LeydenConnectionsPage *self = data;

  if (!self->filling && gtk_check_button_get_active (button))
    leyden_session_switch (self->session, g_object_get_data (G_OBJECT (button), "connection"));
}

static void
update_choice (LeydenConnectionsPage *self)
{
  LeydenConnection *current = leyden_session_get_connection (self->session);

  self->filling = TRUE;
  for (guint i = 0; i < self->checks->len; i++)
    {
      LeydenConnection *each = g_object_get_data (self->checks->pdata[i], "connection");

      if (each == NULL ? current == NULL : is_current (self, each))
        gtk_check_button_set_active (self->checks->pdata[i], TRUE);
    }
  self->filling = FALSE;
}

/* @connection NULL: this computer. */
static void
add_choice (LeydenConnectionsPage *self,
            GtkWidget             *row,
            LeydenConnection      *connection)
{
  GtkWidget *check = gtk_check_button_new ();

  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  if (self->checks->len > 0)
    gtk_check_button_set_group (GTK_CHECK_BUTTON (check), GTK_CHECK_BUTTON (self->checks->pdata[0]));
  g_ptr_array_add (self->checks, check);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), -1);
  if (connection != NULL)
    g_object_set_data_full (G_OBJECT (check), "connection", g_object_ref (connection), g_object_unref);
  g_signal_connect_object (check, "toggled", G_CALLBACK (chosen_cb), self, 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
}

static GtkWidget *
new_local_row (LeydenConnectionsPage *self)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("This Computer"));
  add_choice (self, row, NULL);
  return row;
}

static GtkWidget *
new_row (LeydenConnectionsPage *self,
         LeydenConnection      *connection)
{
  GtkWidget *row = adw_action_row_new ();
  const char *kind = leyden_connection_is_mirrored (connection) ? _("Agent Lightning server") : _("Leyden backend");
  g_autofree char *title = leyden_text_display (leyden_connection_get_name (connection), -1, 100, FALSE);
  g_autofree char *uri = leyden_text_display (leyden_connection_get_uri (connection), -1, 200, FALSE);
  g_autofree char *subtitle = g_strdup_printf ("%s · %s", kind, uri);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  add_choice (self, row, connection);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_button (self, connection, "document-edit-symbolic", _("Edit"), G_CALLBACK (edit_clicked_cb)));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_button (self, connection, "user-trash-symbolic", _("Remove"), G_CALLBACK (remove_clicked_cb)));
  return row;
}

static void
add_row (LeydenConnectionsPage *self,
         GtkWidget             *row)
{
  adw_preferences_group_add (self->group, row);
  g_ptr_array_add (self->rows, row);
}

static void
fill (LeydenConnectionsPage *self)
{
  GListModel *connections = G_LIST_MODEL (leyden_connections_get_default ());
  guint n = g_list_model_get_n_items (connections);

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->group, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->checks, 0);
  add_row (self, new_local_row (self));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenConnection) each = g_list_model_get_item (connections, i);

      add_row (self, new_row (self, each));
    }
  update_choice (self);
}

static void
leyden_connections_page_dispose (GObject *object)
{
  LeydenConnectionsPage *self = LEYDEN_CONNECTIONS_PAGE (object);

  g_clear_object (&self->session);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->checks, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_connections_page_parent_class)->dispose (object);
}

static void
leyden_connections_page_class_init (LeydenConnectionsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_connections_page_dispose;
}

static GtkWidget *
create_add_button (LeydenConnectionsPage *self)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *content = adw_button_content_new ();

  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), "list-add-symbolic");
  adw_button_content_set_label (ADW_BUTTON_CONTENT (content), _("Add…"));
  gtk_button_set_child (GTK_BUTTON (button), content);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("Add a connection"));
  g_signal_connect_object (button, "clicked", G_CALLBACK (add_clicked_cb), self, G_CONNECT_SWAPPED);
  return button;
}

static void
leyden_connections_page_init (LeydenConnectionsPage *self)
{
  GtkWidget *messages = adw_preferences_group_new ();

  self->session = g_object_ref (leyden_session_get_default ());
  self->rows = g_ptr_array_new ();
  self->checks = g_ptr_array_new ();
  self->message = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->message), 0);
  gtk_widget_set_visible (self->message, FALSE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (messages), self->message);
  self->group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_title (self->group, _("Connections"));
  adw_preferences_group_set_description (self->group,
                                         _("Where flows run and results are kept: here, on another computer, or an Agent Lightning server to look at. Keys are kept in the key ring."));
  adw_preferences_group_set_header_suffix (self->group, create_add_button (self));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), ADW_PREFERENCES_GROUP (messages));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), self->group);
  g_signal_connect_object (self->session, "notify::connection", G_CALLBACK (update_choice), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_connections_get_default (), "items-changed", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  fill (self);
}
