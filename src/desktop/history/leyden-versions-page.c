/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-versions-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-flow-diff.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-versions.h"

#define MAX_TEXT 400

struct _LeydenVersionsPage
{
  GtkWidget     parent_instance;

  LeydenWindow *window;
  GCancellable *cancellable;            /* of what is asked now; nullable */
  GtkStack     *stack;
  GtkListBox   *list;
  GtkLabel     *note;
};

G_DEFINE_FINAL_TYPE (LeydenVersionsPage, leyden_versions_page, GTK_TYPE_WIDGET)

static LeydenBackend *
get_backend (void)
{
  return leyden_session_get_backend (leyden_session_get_default ());
}

static void
show_note (LeydenVersionsPage *self,
           const char         *text)
{
  leyden_label_set_safe_text (self->note, text, MAX_TEXT);
  gtk_stack_set_visible_child_name (self->stack, "note");
}

/* --- the list --- */

static char *
format_time (gint64 time_ns)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local (time_ns / 1000000000);

  return time != NULL ? g_date_time_format (time, "%x %X") : g_strdup ("");
}

static GtkWidget *
make_row (LeydenValue *version)
{
  g_autofree char *summary = leyden_text_display (leyden_value_get_member_string (version, "summary", ""), -1, MAX_TEXT, FALSE);
  g_autofree char *time = format_time (leyden_value_get_member_int (version, "time", 0));
  g_autofree char *name = g_strdup_printf ("%s, %s", summary, time);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *label = gtk_label_new (summary);
  GtkWidget *when = gtk_label_new (time);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_xalign (GTK_LABEL (when), 0);
  gtk_widget_add_css_class (when, "dim-label");
  gtk_widget_add_css_class (when, "caption");
  gtk_widget_set_margin_top (box, 8);
  gtk_widget_set_margin_bottom (box, 8);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), when);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data_full (G_OBJECT (row), "version", leyden_value_ref (version), (GDestroyNotify) leyden_value_unref);
  return row;
}

static void
fill (LeydenVersionsPage *self,
      LeydenValue        *versions)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  for (guint i = 0; i < leyden_value_get_size (versions); i++)
    gtk_list_box_append (self->list, make_row (leyden_value_get_item (versions, i)));
  if (leyden_value_get_size (versions) == 0)
    show_note (self, _("Each save of this flow becomes a version. There is none yet."));
  else
    gtk_stack_set_visible_child_name (self->stack, "list");
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenVersionsPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (answer == NULL)
    show_note (self, error->message);
  else
    fill (self, leyden_value_get_member (answer, "versions"));
}

static void
cancel (LeydenVersionsPage *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

void
leyden_versions_page_reload (LeydenVersionsPage *self)
{
  LeydenDocument *document = leyden_window_get_document (self->window);
  const char *obstacle = leyden_versions_get_obstacle (get_backend ());
  g_autofree char *path = NULL;

  cancel (self);
  if (document == NULL)
    {
      show_note (self, _("No flow is open"));
      return;
    }
  if (obstacle != NULL)
    {
      show_note (self, obstacle);
      return;
    }
  path = leyden_versions_dup_path (leyden_flow_get_id (leyden_document_get_flow (leyden_document_get_root (document))));
  self->cancellable = g_cancellable_new ();
  leyden_backend_request_async (get_backend (), "GET", path, NULL, self->cancellable, listed_cb, g_object_ref (self));
}

/* --- back to one --- */

typedef struct
{
  LeydenVersionsPage *page;
  LeydenDocument     *document;
  LeydenValue        *version;
  LeydenFlow         *flow;             /* NULL until it is there */
} Restoring;

static void
restoring_free (gpointer data)
{
  Restoring *restoring = data;

  g_object_unref (restoring->page);
  g_object_unref (restoring->document);
  leyden_value_unref (restoring->version);
  g_clear_object (&restoring->flow);
  g_free (restoring);
}

static void
restore (Restoring *restoring)
{
  LeydenFlow *now = leyden_document_get_flow (restoring->document);
  g_autofree char *time = format_time (leyden_value_get_member_int (restoring->version, "time", 0));
  g_autofree char *label = g_strdup_printf (_("Go Back to the Version of %s"), time);
  g_autoptr(GError) error = NULL;

  if (!leyden_document_edit (restoring->document, leyden_flow_diff (now, restoring->flow, label), &error))
    leyden_window_toast (restoring->page->window, error->message);
}

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             Restoring        *restoring)
{
  if (g_str_equal (response, "restore"))
    restore (restoring);
}

/* What is different is said from here to there: that is what would happen. */
static void
ask (Restoring *restoring)
{
  LeydenFlow *now = leyden_document_get_flow (restoring->document);
  g_autofree char *difference = leyden_flow_summarize (now, restoring->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  g_autofree char *time = format_time (leyden_value_get_member_int (restoring->version, "time", 0));
  g_autofree char *heading = g_strdup_printf (_("The Version of %s"), time);
  g_autofree char *body = g_strdup_printf (_("To go back to it from the flow as it is now: %s. This can be undone."), difference);
  GtkWidget *dialog = leyden_message_dialog_new_safe (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (restoring->page))), heading, body);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "restore", _("_Go Back"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "restore", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), "restore",
                                           leyden_document_get_read_only_reason (restoring->document) == NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "restore");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), restoring, (GClosureNotify) (void (*) (void)) restoring_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
fetched_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Restoring *restoring = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);

  if (bytes != NULL)
    restoring->flow = leyden_flow_parse (bytes, "version", &error);
  if (restoring->flow != NULL && gtk_widget_get_root (GTK_WIDGET (restoring->page)) != NULL)
    {
      ask (restoring);
      return;
    }
  if (error != NULL && gtk_widget_get_root (GTK_WIDGET (restoring->page)) != NULL)
    leyden_window_toast (restoring->page->window, error->message);
  restoring_free (restoring);
}

static void
activated_cb (LeydenVersionsPage *self,
              GtkListBoxRow      *row)
{
  LeydenDocument *document = leyden_window_get_document (self->window);
  LeydenValue *version = g_object_get_data (G_OBJECT (row), "version");
  g_autofree char *sha256 = leyden_backend_escape (leyden_value_get_member_string (version, "sha256", ""));
  g_autofree char *path = g_strdup_printf ("/leyden/v1/blobs/%s", sha256);
  Restoring *restoring;

  if (document == NULL)
    return;
  restoring = g_new0 (Restoring, 1);
  restoring->page = g_object_ref (self);
  restoring->document = g_object_ref (leyden_document_get_root (document));
  restoring->version = leyden_value_ref (version);
  leyden_backend_fetch_async (get_backend (), path, NULL, fetched_cb, restoring);
}

/* --- the page --- */

static void
leyden_versions_page_dispose (GObject *object)
{
  LeydenVersionsPage *self = LEYDEN_VERSIONS_PAGE (object);

  cancel (self);
  if (self->stack != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->stack));
  self->stack = NULL;
  G_OBJECT_CLASS (leyden_versions_page_parent_class)->dispose (object);
}

static void
leyden_versions_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_versions_page_parent_class)->map (widget);
  leyden_versions_page_reload (LEYDEN_VERSIONS_PAGE (widget));
}

static void
leyden_versions_page_class_init (LeydenVersionsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_versions_page_dispose;
  GTK_WIDGET_CLASS (klass)->map = leyden_versions_page_map;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_versions_page_init (LeydenVersionsPage *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "navigation-sidebar");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Versions"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (activated_cb), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->list));
  self->note = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_wrap (self->note, TRUE);
  gtk_label_set_justify (self->note, GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  gtk_widget_set_margin_start (GTK_WIDGET (self->note), 24);
  gtk_widget_set_margin_end (GTK_WIDGET (self->note), 24);
  self->stack = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->note), "note");
  gtk_stack_add_named (self->stack, scrolled, "list");
  gtk_widget_set_parent (GTK_WIDGET (self->stack), GTK_WIDGET (self));
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
}

static void
kept_cb (LeydenVersionsPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    leyden_versions_page_reload (self);
}

GtkWidget *
leyden_versions_page_new (LeydenWindow *window)
{
  LeydenVersionsPage *self = g_object_new (LEYDEN_TYPE_VERSIONS_PAGE, NULL);

  self->window = window;
  g_signal_connect_object (window, "notify::document", G_CALLBACK (kept_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_versions_get_default (), "kept", G_CALLBACK (kept_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_backend (), "notify::state", G_CALLBACK (kept_cb), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}
