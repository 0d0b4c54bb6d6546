/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboards-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-dashboard-edit.h"
#include "leyden-json.h"
#include "leyden-safe-text.h"

#define TEMPLATES "/io/github/leyden/Leyden/dashboards/templates/"

/* --- making one --- */

typedef struct
{
  LeydenDashboardShowing *showing;
  char                   *id;
} Adding;

static void
adding_free (Adding *adding)
{
  g_clear_pointer (&adding->showing, leyden_dashboard_showing_free);
  g_free (adding->id);
  g_free (adding);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Adding, adding_free)

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(Adding) adding = data;
  g_autoptr(LeydenDashboardsPage) self = g_object_ref (adding->showing->page);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->outer == NULL)
    return;
  if (answer == NULL)
    {
      leyden_dashboards_page_say (self, error->message);
      return;
    }
  /* open() takes a page of its own. */
  g_clear_object (&adding->showing->page);
  leyden_dashboards_page_open (self, adding->id, g_steal_pointer (&adding->showing));
  leyden_dashboards_page_ask (self);
}

/* Takes @showing. */
static void
add (LeydenDashboardsPage   *self,
     LeydenValue            *document,
     LeydenDashboardShowing *showing)
{
  const char *id = leyden_value_get_member_string (document, "id", "");
  g_autofree char *path = g_strconcat (LEYDEN_DASHBOARDS_PATH "/", id, NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  Adding *adding = g_new0 (Adding, 1);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "revision", 0);
  leyden_value_builder_set (&b, "dashboard", document);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  adding->showing = showing;
  adding->showing->page = g_object_ref (self);
  adding->id = g_strdup (id);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "PUT", path, body, self->cancellable, added_cb, adding);
}

void
leyden_dashboards_page_add (LeydenDashboardsPage *self,
                            LeydenValue          *document,
                            gboolean              edit)
{
  LeydenDashboardShowing *showing;

  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  showing = g_new0 (LeydenDashboardShowing, 1);
  showing->edit = edit;
  add (self, document, showing);
}

void
leyden_dashboards_page_copy (LeydenDashboardsPage *self,
                             LeydenValue          *document,
                             const char           *panel,
                             const char           *what)
{
  g_autofree char *title = g_strdup_printf (_("%s (copy)"), leyden_value_get_member_string (document, "title", ""));
  g_autoptr(LeydenValue) copy = leyden_dashboard_copy (document, title);
  LeydenDashboardShowing *showing = g_new0 (LeydenDashboardShowing, 1);

  showing->edit = TRUE;
  showing->told = TRUE;
  showing->panel = g_strdup (panel);
  showing->what = g_strdup (what);
  add (self, copy, showing);
}

static void
new_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  const char *template = g_variant_get_string (parameter, NULL);
  g_autofree char *path = g_strconcat (TEMPLATES, template, ".json", NULL);
  g_autoptr(GBytes) bytes = *template != '\0' ? g_resources_lookup_data (path, 0, NULL) : NULL;
  g_autoptr(LeydenValue) plain = bytes != NULL ? leyden_json_parse_bytes (bytes, NULL, NULL) : NULL;
  g_autoptr(LeydenValue) translated = plain != NULL ? leyden_dashboard_translate (plain) : NULL;
  g_autoptr(LeydenValue) document = translated != NULL ? leyden_dashboard_copy (translated, leyden_value_get_member_string (translated, "title", ""))
                                                       : leyden_dashboard_new (_("New Dashboard"));

  leyden_dashboards_page_add (LEYDEN_DASHBOARDS_PAGE (widget), document, TRUE);
}

/* --- from elsewhere --- */

static gboolean
has_title (LeydenDashboardsPage *self,
           const char           *title)
{
  LeydenValue *list = leyden_value_get_member (self->list, "dashboards");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (g_str_equal (leyden_value_get_member_string (leyden_value_get_item (list, i), "title", ""), title))
      return TRUE;
  return FALSE;
}

/* One that no other has: "Training (2)". */
static char *
make_title (LeydenDashboardsPage *self,
            const char           *title)
{
  char *made = g_strdup (title);

  for (guint i = 2; has_title (self, made) && i < G_MAXINT16; i++)
    {
      g_free (made);
      made = g_strdup_printf ("%s (%u)", title, i);
    }
  return made;
}

void
leyden_dashboards_page_import (LeydenDashboardsPage *self,
                               GBytes               *bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) document = NULL;
  g_autoptr(LeydenValue) copy = NULL;
  g_autofree char *title = NULL;

  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  if (g_bytes_get_size (bytes) > LEYDEN_DASHBOARD_MAX_BYTES)
    {
      leyden_dashboards_page_say (self, _("This is too large for a dashboard"));
      return;
    }
  document = leyden_json_parse_bytes (bytes, NULL, &error);
  if (document == NULL || !leyden_dashboard_check (document, &error))
    {
      GtkWidget *dialog = leyden_message_dialog_new_safe (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("This Is No Dashboard"), error->message);

      adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _("_Close"));
      gtk_window_present (GTK_WINDOW (dialog));
      return;
    }
  /* Another one than those that are here, whatever its id. */
  title = make_title (self, leyden_value_get_member_string (document, "title", ""));
  copy = leyden_dashboard_copy (document, title);
  leyden_dashboards_page_add (self, copy, FALSE);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenDashboardsPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (object), result, &error);

  if (self->outer == NULL)
    return;
  if (bytes != NULL)
    leyden_dashboards_page_import (self, bytes);
  else
    leyden_dashboards_page_say (self, error->message);
}

/* No more is read than a dashboard may have, and a byte to see that it has more. */
static void
file_opened_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(LeydenDashboardsPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileInputStream) stream = g_file_read_finish (G_FILE (object), result, &error);

  if (self->outer == NULL)
    return;
  if (stream != NULL)
    g_input_stream_read_bytes_async (G_INPUT_STREAM (stream), LEYDEN_DASHBOARD_MAX_BYTES + 1, G_PRIORITY_DEFAULT, NULL, read_cb, g_object_ref (self));
  else
    leyden_dashboards_page_say (self, error->message);
}

static void
chosen_cb (GtkNativeDialog      *dialog,
           int                   response,
           LeydenDashboardsPage *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file != NULL)
    g_file_read_async (file, G_PRIORITY_DEFAULT, NULL, file_opened_cb, g_object_ref (self));
  g_clear_object (&self->chooser);
}

static void
import_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenDashboardsPage *self = LEYDEN_DASHBOARDS_PAGE (widget);
  g_autoptr(GtkFileFilter) dashboards = gtk_file_filter_new ();
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_("Import a Dashboard"), GTK_WINDOW (gtk_widget_get_root (widget)), GTK_FILE_CHOOSER_ACTION_OPEN, _("_Import"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_filter_set_name (dashboards, _("Dashboards"));
  gtk_file_filter_add_suffix (dashboards, "leyden-dashboard");
  gtk_file_filter_add_suffix (dashboards, "json");
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), dashboards);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), all);
  g_signal_connect (self->chooser, "response", G_CALLBACK (chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
pasted_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenDashboardsPage) self = data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (object), result, NULL);
  g_autoptr(GBytes) bytes = NULL;

  if (self->outer == NULL)
    return;
  if (text == NULL)
    {
      leyden_dashboards_page_say (self, _("There is no text in the clipboard"));
      return;
    }
  bytes = g_bytes_new (text, strlen (text));
  leyden_dashboards_page_import (self, bytes);
}

static void
paste_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (widget), NULL, pasted_cb, g_object_ref (widget));
}

/* --- removing one --- */

typedef struct
{
  LeydenDashboardsPage *page;
  LeydenValue          *document;
} Removing;

static void
removing_free (gpointer data)
{
  Removing *removing = data;

  g_object_unref (removing->page);
  leyden_value_unref (removing->document);
  g_free (removing);
}

static void
restore_cb (AdwToast *toast_widget,
            Removing *removing)
{
  leyden_dashboards_page_add (removing->page, removing->document, FALSE);
}

static void
removing_closure_free (gpointer  data,
                       GClosure *closure)
{
  removing_free (data);
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Removing *removing = data;
  LeydenDashboardsPage *self = removing->page;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  AdwToast *said;

  if (answer == NULL || self->outer == NULL)
    {
      if (self->outer != NULL)
        leyden_dashboards_page_say (self, error->message);
      removing_free (removing);
      return;
    }
  said = leyden_toast_new_safe (_("The dashboard was removed"));
  adw_toast_set_button_label (said, _("_Undo"));
  g_signal_connect_data (said, "button-clicked", G_CALLBACK (restore_cb), removing, removing_closure_free, 0);
  leyden_toast_tell (GTK_WIDGET (self), said, _("The dashboard was removed"));
  leyden_dashboards_page_show_list (self);
}

void
leyden_dashboards_page_remove (LeydenDashboardsPage *self)
{
  LeydenValue *document = leyden_dashboard_view_get_document (LEYDEN_DASHBOARD_VIEW (self->view));
  g_autofree char *path = g_strconcat (LEYDEN_DASHBOARDS_PATH "/", leyden_value_get_member_string (document, "id", ""), NULL);
  Removing *removing = g_new0 (Removing, 1);

  removing->page = g_object_ref (self);
  removing->document = leyden_value_ref (document);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "DELETE", path, NULL, self->cancellable, removed_cb, removing);
}

void
leyden_dashboards_page_install_make (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "dashboards.new", "s", new_action);
  gtk_widget_class_install_action (widget_class, "dashboards.import", NULL, import_action);
  gtk_widget_class_install_action (widget_class, "dashboards.paste", NULL, paste_action);
}
