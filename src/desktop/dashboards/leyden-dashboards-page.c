/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboards-page.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-alert-watch.h"
#include "leyden-alerts-page.h"
#include "leyden-announce.h"
#include "leyden-dashboard-edit.h"
#include "leyden-json.h"
#include "leyden-safe-text.h"
#include "leyden-spinner.h"
#include "leyden-text.h"

#define PATH "/leyden/v1/dashboards"
#define TEMPLATES "/io/github/leyden/Leyden/dashboards/templates/"

/* One that is on its way to be shown, and how. */
typedef struct
{
  LeydenDashboardsPage *page;
  char                 *variable;       /* nullable */
  char                 *value;
  char                 *title;
  gboolean              edit;
  char                 *panel;          /* what is then done with it; nullable */
  char                 *what;
  gboolean              told;           /* that it is a copy */
} Showing;

struct _LeydenDashboardsPage
{
  GtkWidget             parent_instance;

  LeydenSession        *session;
  GCancellable         *cancellable;
  GCancellable         *opening;        /* of the one that is being opened; nullable */
  LeydenValue          *list;           /* as it came last; nullable */
  GtkWidget            *outer;          /* stack: "list", "view", "alerts" */
  GtkWidget            *stack;          /* "rows", "connecting", "failed" */
  GtkWidget            *ready;          /* list boxes */
  GtkWidget            *own;
  GtkWidget            *own_hint;
  GtkWidget            *alerts_row;
  GtkWidget            *alerts;         /* NULL until somebody looks */
  GtkWidget            *new_button;
  GtkWidget            *import_button;
  GtkWidget            *view;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (LeydenDashboardsPage, leyden_dashboards_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_RUN_REQUESTED,
  SIGNAL_UNDO_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const struct
{
  const char *name;
  const char *title;
} templates[] = {
  { "flow", N_("One Flow") },
  { "versions", N_("Versions Side by Side") },
  { "agents", N_("Programs That Send Spans") },
};

static void
showing_free (Showing *showing)
{
  g_object_unref (showing->page);
  g_free (showing->variable);
  g_free (showing->value);
  g_free (showing->title);
  g_free (showing->panel);
  g_free (showing->what);
  g_free (showing);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Showing, showing_free)

static LeydenBackend *
get_backend (LeydenDashboardsPage *self)
{
  return leyden_session_get_backend (self->session);
}

static void
toast (LeydenDashboardsPage *self,
       const char           *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);

  if (overlay != NULL)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), leyden_toast_new_safe (text));
  leyden_announce (GTK_WIDGET (self), text);
}

/* --- the list --- */

static GtkWidget *
new_row (LeydenValue *value)
{
  GtkWidget *row = adw_action_row_new ();
  gboolean ready = leyden_value_get_member_boolean (value, "ready", FALSE);
  const char *title = leyden_value_get_member_string (value, "title", "");
  const char *description = leyden_value_get_member_string (value, "description", "");
  g_autofree char *shown = leyden_text_display (ready && *title != '\0' ? g_dgettext (GETTEXT_PACKAGE, title) : title, -1, 80, FALSE);
  g_autofree char *subtitle = *description != '\0' ? leyden_text_display (ready ? g_dgettext (GETTEXT_PACKAGE, description) : description, -1, 200, FALSE) : NULL;

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), shown);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data_full (G_OBJECT (row), "id", g_strdup (leyden_value_get_member_string (value, "id", "")), g_free);
  return row;
}

static void
fill (LeydenDashboardsPage *self)
{
  LeydenValue *list = leyden_value_get_member (self->list, "dashboards");
  GtkWidget *child;
  gboolean any = FALSE;

  while ((child = gtk_widget_get_first_child (self->ready)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->ready), child);
  while ((child = gtk_widget_get_first_child (self->own)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->own), child);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *value = leyden_value_get_item (list, i);
      gboolean ready = leyden_value_get_member_boolean (value, "ready", FALSE);

      gtk_list_box_append (GTK_LIST_BOX (ready ? self->ready : self->own), new_row (value));
      any |= !ready;
    }
  gtk_widget_set_visible (self->own, any);
  gtk_widget_set_visible (self->own_hint, !any);
}

static void
show_state (LeydenDashboardsPage *self)
{
  LeydenBackendState state = leyden_backend_get_state (get_backend (self));
  const GError *error = leyden_backend_get_error (get_backend (self));

  gtk_widget_set_sensitive (self->new_button, !leyden_session_is_read_only (self->session));
  gtk_widget_set_sensitive (self->import_button, !leyden_session_is_read_only (self->session));
  if (self->list != NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "rows");
  else if (state == LEYDEN_BACKEND_FAILED)
    {
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->stack), "failed")), _("No Backend"),
                                   error != NULL ? error->message : NULL);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
    }
  else
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "connecting");
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenDashboardsPage) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  if (answer == NULL || self->outer == NULL || (self->list != NULL && leyden_value_equal (self->list, answer)))
    return;
  g_clear_pointer (&self->list, leyden_value_unref);
  self->list = g_steal_pointer (&answer);
  fill (self);
  show_state (self);
}

static void
ask (LeydenDashboardsPage *self)
{
  if (leyden_backend_get_state (get_backend (self)) == LEYDEN_BACKEND_CONNECTED && gtk_widget_get_mapped (GTK_WIDGET (self)))
    leyden_backend_request_async (get_backend (self), "GET", PATH, NULL, self->cancellable, listed_cb, g_object_ref (self));
}

static void
state_cb (LeydenDashboardsPage *self)
{
  show_state (self);
  ask (self);
}

/* --- showing one --- */

static void
tell_undo (LeydenDashboardsPage *self)
{
  g_signal_emit (self, signals[SIGNAL_UNDO_CHANGED], 0);
}

/* Who came by keys goes on there. */
static void
take_focus (LeydenDashboardsPage *self,
            GtkWidget            *side)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && (focus == NULL || gtk_widget_is_ancestor (focus, GTK_WIDGET (self)) || !gtk_widget_get_mapped (focus)))
    gtk_widget_grab_focus (side);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Showing) showing = data;
  LeydenDashboardsPage *self = showing->page;
  LeydenDashboardView *view = LEYDEN_DASHBOARD_VIEW (self->view);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(GError) wrong = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->outer == NULL)
    return;
  g_clear_object (&self->opening);
  /* A backend that is newer than this window may have one that it cannot show. */
  if (answer == NULL || !leyden_dashboard_check (leyden_value_get_member (answer, "dashboard"), &wrong))
    {
      toast (self, error != NULL ? error->message : wrong->message);
      leyden_dashboards_page_show_list (self);
      return;
    }
  leyden_dashboard_view_show (view, answer);
  if (showing->variable != NULL && showing->value != NULL)
    leyden_dashboard_view_choose (view, showing->variable, showing->value, showing->title);
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "view");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", TRUE);
  take_focus (self, self->view);
  if (showing->edit)
    leyden_dashboard_view_set_editing (view, TRUE);
  if (showing->what != NULL)
    leyden_dashboard_view_act (view, showing->panel, showing->what);
  if (showing->told)
    toast (self, _("This is a copy: change it as you like"));
  tell_undo (self);
}

static void
open (LeydenDashboardsPage *self,
      const char           *id,
      Showing              *showing)
{
  g_autofree char *escaped = leyden_backend_escape (id);
  g_autofree char *path = g_strconcat (PATH "/", escaped, NULL);

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  self->opening = g_cancellable_new ();
  showing->page = g_object_ref (self);
  leyden_session_start (self->session);
  leyden_backend_request_async (get_backend (self), "GET", path, NULL, self->opening, opened_cb, showing);
}

void
leyden_dashboards_page_show (LeydenDashboardsPage *self,
                             const char           *id,
                             const char           *variable,
                             const char           *value,
                             const char           *title)
{
  Showing *showing;

  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));
  g_return_if_fail (id != NULL);

  showing = g_new0 (Showing, 1);
  showing->variable = g_strdup (variable);
  showing->value = g_strdup (value);
  showing->title = g_strdup (title);
  open (self, id, showing);
}

void
leyden_dashboards_page_show_list (LeydenDashboardsPage *self)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  leyden_dashboard_view_clear (LEYDEN_DASHBOARD_VIEW (self->view));
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "list");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", FALSE);
  take_focus (self, self->ready);
  ask (self);
  tell_undo (self);
}

LeydenDashboardView *
leyden_dashboards_page_get_view (LeydenDashboardsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self), NULL);

  return g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (self->outer)), "view") == 0 ? LEYDEN_DASHBOARD_VIEW (self->view) : NULL;
}

/* --- alerts --- */

static void
alerts_problem_cb (LeydenDashboardsPage *self,
                   const char           *text)
{
  toast (self, text);
}

/* What is firing is said before somebody looks. */
static void
alerts_changed_cb (LeydenDashboardsPage *self)
{
  LeydenAlertWatch *watch = leyden_alert_watch_get_default ();
  guint n = leyden_alert_watch_get_n_firing (watch), n_rules = leyden_value_get_size (leyden_alert_watch_get_alerts (watch));
  g_autofree char *firing = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u alert fires", "%u alerts fire", n), n);
  g_autofree char *rules = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rule", "%u rules", n_rules), n_rules);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->alerts_row), n > 0 ? firing : n_rules > 0 ? rules : _("Be told when a metric is beyond a threshold"));
}

void
leyden_dashboards_page_show_alerts (LeydenDashboardsPage *self,
                                    const char           *id)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  leyden_dashboards_page_show_list (self);
  if (self->alerts == NULL)
    {
      self->alerts = leyden_alerts_page_new ();
      gtk_stack_add_named (GTK_STACK (self->outer), self->alerts, "alerts");
      g_signal_connect_object (self->alerts, "problem", G_CALLBACK (alerts_problem_cb), self, G_CONNECT_SWAPPED);
    }
  leyden_alerts_page_show_alert (LEYDEN_ALERTS_PAGE (self->alerts), id);
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "alerts");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", TRUE);
}

static void
alerts_activated_cb (LeydenDashboardsPage *self)
{
  leyden_dashboards_page_show_alerts (self, NULL);
}

/* --- making one --- */

typedef struct
{
  Showing *showing;
  char    *id;
} Adding;

static void
adding_free (Adding *adding)
{
  g_clear_pointer (&adding->showing, showing_free);
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
      toast (self, error->message);
      return;
    }
  /* open() takes a page of its own. */
  g_clear_object (&adding->showing->page);
  open (self, adding->id, g_steal_pointer (&adding->showing));
  ask (self);
}

/* Takes @showing. */
static void
add (LeydenDashboardsPage *self,
     LeydenValue          *document,
     Showing              *showing)
{
  const char *id = leyden_value_get_member_string (document, "id", "");
  g_autofree char *path = g_strconcat (PATH "/", id, NULL);
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
  leyden_backend_request_async (get_backend (self), "PUT", path, body, self->cancellable, added_cb, adding);
}

void
leyden_dashboards_page_add (LeydenDashboardsPage *self,
                            LeydenValue          *document,
                            gboolean              edit)
{
  Showing *showing;

  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  showing = g_new0 (Showing, 1);
  showing->edit = edit;
  add (self, document, showing);
}

static void
copy_requested_cb (LeydenDashboardsPage *self,
                   LeydenValue          *document,
                   const char           *panel,
                   const char           *what)
{
  g_autofree char *title = g_strdup_printf (_("%s (copy)"), leyden_value_get_member_string (document, "title", ""));
  g_autoptr(LeydenValue) copy = leyden_dashboard_copy (document, title);
  Showing *showing = g_new0 (Showing, 1);

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

void
leyden_dashboards_page_import (LeydenDashboardsPage *self,
                               GBytes               *bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) document = NULL;
  g_autoptr(LeydenValue) copy = NULL;

  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  if (g_bytes_get_size (bytes) > LEYDEN_DASHBOARD_MAX_BYTES)
    {
      toast (self, _("This is too large for a dashboard"));
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
  copy = leyden_dashboard_copy (document, leyden_value_get_member_string (document, "title", ""));
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
    toast (self, error->message);
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
    toast (self, error->message);
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
      toast (self, _("There is no text in the clipboard"));
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
  GtkWidget *overlay = self->outer != NULL ? gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY) : NULL;
  AdwToast *said;

  if (answer == NULL || overlay == NULL)
    {
      if (overlay != NULL)
        toast (self, error->message);
      removing_free (removing);
      return;
    }
  leyden_announce (GTK_WIDGET (self), _("The dashboard was removed"));
  said = leyden_toast_new_safe (_("The dashboard was removed"));
  adw_toast_set_button_label (said, _("_Undo"));
  g_signal_connect_data (said, "button-clicked", G_CALLBACK (restore_cb), removing, removing_closure_free, 0);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), said);
  leyden_dashboards_page_show_list (self);
}

static void
remove_requested_cb (LeydenDashboardsPage *self)
{
  LeydenValue *document = leyden_dashboard_view_get_document (LEYDEN_DASHBOARD_VIEW (self->view));
  g_autofree char *path = g_strconcat (PATH "/", leyden_value_get_member_string (document, "id", ""), NULL);
  Removing *removing = g_new0 (Removing, 1);

  removing->page = g_object_ref (self);
  removing->document = leyden_value_ref (document);
  leyden_backend_request_async (get_backend (self), "DELETE", path, NULL, self->cancellable, removed_cb, removing);
}

/* --- class --- */

static void
row_activated_cb (LeydenDashboardsPage *self,
                  GtkListBoxRow        *row)
{
  leyden_dashboards_page_show (self, g_object_get_data (G_OBJECT (row), "id"), NULL, NULL, NULL);
}

static void
run_requested_cb (LeydenDashboardsPage *self)
{
  g_signal_emit (self, signals[SIGNAL_RUN_REQUESTED], 0);
}

static void
retry_cb (LeydenDashboardsPage *self)
{
  leyden_session_start (self->session);
}

/* From a panel that is alone to its dashboard, from editing to looking, and then to the list. */
static void
back_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenDashboardsPage *self = LEYDEN_DASHBOARDS_PAGE (widget);
  LeydenDashboardView *view = LEYDEN_DASHBOARD_VIEW (self->view);

  if (g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (self->outer)), "alerts") == 0)
    {
      leyden_dashboards_page_show_list (self);
      return;
    }
  if (leyden_dashboard_view_go_back (view))
    return;
  if (leyden_dashboard_view_get_editing (view))
    leyden_dashboard_view_set_editing (view, FALSE);
  else
    leyden_dashboards_page_show_list (self);
}

static void
leyden_dashboards_page_map (GtkWidget *widget)
{
  LeydenDashboardsPage *self = LEYDEN_DASHBOARDS_PAGE (widget);

  GTK_WIDGET_CLASS (leyden_dashboards_page_parent_class)->map (widget);
  leyden_session_start (self->session);
  ask (self);
}

static void
leyden_dashboards_page_dispose (GObject *object)
{
  LeydenDashboardsPage *self = LEYDEN_DASHBOARDS_PAGE (object);

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_object (&self->chooser);
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  self->view = NULL;
  g_clear_pointer (&self->outer, gtk_widget_unparent);
  g_clear_pointer (&self->list, leyden_value_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_dashboards_page_parent_class)->dispose (object);
}

static void
leyden_dashboards_page_class_init (LeydenDashboardsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_dashboards_page_dispose;
  widget_class->map = leyden_dashboards_page_map;
  signals[SIGNAL_RUN_REQUESTED] =
    g_signal_new ("run-requested", LEYDEN_TYPE_DASHBOARDS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_UNDO_CHANGED] =
    g_signal_new ("undo-changed", LEYDEN_TYPE_DASHBOARDS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "dashboards.back", NULL, back_action);
  gtk_widget_class_install_action (widget_class, "dashboards.new", "s", new_action);
  gtk_widget_class_install_action (widget_class, "dashboards.import", NULL, import_action);
  gtk_widget_class_install_action (widget_class, "dashboards.paste", NULL, paste_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "dashboards.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "dashboards.back", NULL);
}

static GtkWidget *
create_list_box (GtkWidget  *box,
                 const char *title)
{
  GtkWidget *heading = gtk_label_new (title);
  GtkWidget *list = gtk_list_box_new ();

  gtk_label_set_xalign (GTK_LABEL (heading), 0);
  gtk_widget_add_css_class (heading, "heading");
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (GTK_BOX (box), heading);
  gtk_box_append (GTK_BOX (box), list);
  return list;
}

static void
create_alerts_row (LeydenDashboardsPage *self,
                   GtkWidget            *box)
{
  GtkWidget *list = create_list_box (box, _("Alerts"));

  self->alerts_row = adw_action_row_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->alerts_row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->alerts_row), _("Alert Rules and Webhooks"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->alerts_row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->alerts_row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_append (GTK_LIST_BOX (list), self->alerts_row);
  g_signal_connect_object (list, "row-activated", G_CALLBACK (alerts_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_alert_watch_get_default (), "changed", G_CALLBACK (alerts_changed_cb), self, G_CONNECT_SWAPPED);
  alerts_changed_cb (self);
}

static GtkWidget *
create_rows (LeydenDashboardsPage *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  gtk_widget_add_css_class (box, "dashboardlist");
  self->ready = create_list_box (box, _("Ready Dashboards"));
  self->own = create_list_box (box, _("Your Dashboards"));
  g_signal_connect_object (self->ready, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->own, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  self->own_hint = gtk_label_new (_("None yet. “New” makes one, from nothing or from a template; “Edit” in a ready dashboard makes a copy of it that is yours."));
  gtk_label_set_wrap (GTK_LABEL (self->own_hint), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->own_hint), 0);
  gtk_box_append (GTK_BOX (box), self->own_hint);
  create_alerts_row (self, box);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

static GMenuModel *
make_new_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) plain = g_menu_new ();
  g_autoptr(GMenu) from = g_menu_new ();

  g_menu_append (plain, _("_Empty"), "dashboards.new::");
  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    {
      g_autofree char *action = g_strconcat ("dashboards.new::", templates[i].name, NULL);

      g_menu_append (from, _(templates[i].title), action);
    }
  g_menu_append_section (menu, NULL, G_MENU_MODEL (plain));
  g_menu_append_section (menu, _("Templates"), G_MENU_MODEL (from));
  return G_MENU_MODEL (menu);
}

static GMenuModel *
make_import_menu (void)
{
  GMenu *menu = g_menu_new ();

  g_menu_append (menu, _("From a _File…"), "dashboards.import");
  g_menu_append (menu, _("From the _Clipboard"), "dashboards.paste");
  return G_MENU_MODEL (menu);
}

static GtkWidget *
create_list_bar (LeydenDashboardsPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *space = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  g_autoptr(GMenuModel) new_menu = make_new_menu ();
  g_autoptr(GMenuModel) import_menu = make_import_menu ();

  gtk_widget_set_hexpand (space, TRUE);
  self->new_button = gtk_menu_button_new ();
  self->import_button = gtk_menu_button_new ();
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->new_button), _("New"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->new_button), new_menu);
  gtk_widget_set_tooltip_text (self->new_button, _("Make a dashboard"));
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->import_button), _("Import"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->import_button), import_menu);
  gtk_widget_set_tooltip_text (self->import_button, _("Bring a dashboard here"));
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_box_append (GTK_BOX (bar), space);
  gtk_box_append (GTK_BOX (bar), self->import_button);
  gtk_box_append (GTK_BOX (bar), self->new_button);
  return bar;
}

static GtkWidget *
create_list_side (LeydenDashboardsPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *failed = adw_status_page_new ();
  GtkWidget *retry = gtk_button_new_with_label (_("Try Again"));

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (failed), "dialog-error-symbolic");
  gtk_widget_set_halign (retry, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (retry, "pill");
  g_signal_connect_object (retry, "clicked", G_CALLBACK (retry_cb), self, G_CONNECT_SWAPPED);
  adw_status_page_set_child (ADW_STATUS_PAGE (failed), retry);
  self->stack = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), leyden_spinner_new_connecting (), "connecting");
  gtk_stack_add_named (GTK_STACK (self->stack), create_rows (self), "rows");
  gtk_stack_add_named (GTK_STACK (self->stack), failed, "failed");
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_box_append (GTK_BOX (box), create_list_bar (self));
  gtk_box_append (GTK_BOX (box), self->stack);
  return box;
}

static GtkWidget *
create_view_side (LeydenDashboardsPage *self)
{
  self->view = leyden_dashboard_view_new (self->session);
  g_signal_connect_object (self->view, "copy-requested", G_CALLBACK (copy_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "remove-requested", G_CALLBACK (remove_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "run-requested", G_CALLBACK (run_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "listed-changed", G_CALLBACK (ask), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::can-undo", G_CALLBACK (tell_undo), self, G_CONNECT_SWAPPED);
  return self->view;
}

static void
leyden_dashboards_page_init (LeydenDashboardsPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->outer = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_add_named (GTK_STACK (self->outer), create_list_side (self), "list");
  gtk_stack_add_named (GTK_STACK (self->outer), create_view_side (self), "view");
  gtk_widget_set_parent (self->outer, GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", FALSE);
  g_signal_connect_object (get_backend (self), "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::read-only", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  show_state (self);
}

GtkWidget *
leyden_dashboards_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_DASHBOARDS_PAGE, NULL);
}
