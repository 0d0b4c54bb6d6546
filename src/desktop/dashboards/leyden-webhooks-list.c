/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-webhooks-list.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-text.h"
#include "leyden-button.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenWebhooksList
{
  GtkWidget      parent_instance;

  LeydenSession *session;
  GCancellable  *cancellable;
  LeydenValue   *events;                /* nullable */
  GtkWidget     *stack;                 /* "empty", "rows", "failed" */
  GtkWidget     *list;
};

G_DEFINE_FINAL_TYPE (LeydenWebhooksList, leyden_webhooks_list, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_WEBHOOK_ACTIVATED,
  SIGNAL_ADD_REQUESTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static GtkWidget *
new_row (LeydenValue *hook)
{
  const char *name = leyden_value_get_member_string (hook, "name", "");
  g_autofree char *counts = leyden_webhook_describe_counts (hook);
  g_autofree char *problem = leyden_webhook_describe_problem (hook);
  g_autofree char *title = leyden_text_display (name, -1, 70, FALSE);
  g_autofree char *text = leyden_text_display (problem != NULL ? problem : counts, -1, 300, FALSE);
  gboolean enabled = leyden_value_get_member_boolean (hook, "enabled", TRUE);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (problem == NULL ? "emblem-ok-symbolic" : enabled ? "dialog-warning-symbolic" : "media-playback-pause-symbolic");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  gtk_widget_add_css_class (icon, problem == NULL ? "success" : enabled ? "warning" : "dim-label");
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  problem == NULL ? _("Works") : enabled ? _("Has a problem") : _("Switched off"), -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "name", g_strdup (name), g_free);
  return row;
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenWebhooksList) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *list = leyden_value_get_member (answer, "webhooks"), *events = leyden_value_get_member (answer, "events");
  GtkWidget *row;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->stack == NULL)
    return;
  if (answer == NULL)
    {
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->stack), "failed")), _("No Webhooks to See"), error->message);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
      return;
    }
  while ((row = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), row);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    gtk_list_box_append (GTK_LIST_BOX (self->list), new_row (leyden_value_get_item (list, i)));
  g_clear_pointer (&self->events, leyden_value_unref);
  self->events = events != NULL ? leyden_value_ref (events) : NULL;
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), leyden_value_get_size (list) > 0 ? "rows" : "empty");
}

void
leyden_webhooks_list_refresh (LeydenWebhooksList *self)
{
  LeydenBackend *backend;

  g_return_if_fail (LEYDEN_IS_WEBHOOKS_LIST (self));

  backend = leyden_session_get_backend (self->session);
  if (leyden_backend_get_state (backend) == LEYDEN_BACKEND_CONNECTED)
    leyden_backend_request_async (backend, "GET", "/leyden/v1/webhooks", NULL, self->cancellable, received_cb, g_object_ref (self));
}

LeydenValue *
leyden_webhooks_list_get_events (LeydenWebhooksList *self)
{
  g_return_val_if_fail (LEYDEN_IS_WEBHOOKS_LIST (self), NULL);

  return self->events;
}

static void
row_activated_cb (LeydenWebhooksList *self,
                  GtkListBoxRow      *row)
{
  g_signal_emit (self, signals[SIGNAL_WEBHOOK_ACTIVATED], 0, g_object_get_data (G_OBJECT (row), "name"));
}

static void
add_cb (LeydenWebhooksList *self)
{
  g_signal_emit (self, signals[SIGNAL_ADD_REQUESTED], 0);
}

static void
leyden_webhooks_list_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_webhooks_list_parent_class)->map (widget);
  leyden_webhooks_list_refresh (LEYDEN_WEBHOOKS_LIST (widget));
}

static void
leyden_webhooks_list_dispose (GObject *object)
{
  LeydenWebhooksList *self = LEYDEN_WEBHOOKS_LIST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->events, leyden_value_unref);
  G_OBJECT_CLASS (leyden_webhooks_list_parent_class)->dispose (object);
}

static void
leyden_webhooks_list_class_init (LeydenWebhooksListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_webhooks_list_dispose;
  GTK_WIDGET_CLASS (klass)->map = leyden_webhooks_list_map;
  signals[SIGNAL_WEBHOOK_ACTIVATED] =
    g_signal_new ("webhook-activated", LEYDEN_TYPE_WEBHOOKS_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ADD_REQUESTED] =
    g_signal_new ("add-requested", LEYDEN_TYPE_WEBHOOKS_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_webhooks_list_init (LeydenWebhooksList *self)
{
  GtkWidget *empty = adw_status_page_new (), *failed = adw_status_page_new (), *button = leyden_button_new_with_mnemonic (_("_Add a Webhook…"));

  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_widget_set_valign (self->list, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Webhooks"), -1);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (empty), "network-transmit-receive-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _("No Webhooks"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty), _("A webhook tells another program when an alert fires, a run has ended or a rollout failed."));
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_add_css_class (button, "suggested-action");
  adw_status_page_set_child (ADW_STATUS_PAGE (empty), button);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (failed), "dialog-error-symbolic");
  self->stack = gtk_stack_new ();
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), self->list, "rows");
  gtk_stack_add_named (GTK_STACK (self->stack), failed, "failed");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (button, "clicked", G_CALLBACK (add_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_webhooks_list_new (void)
{
  return g_object_new (LEYDEN_TYPE_WEBHOOKS_LIST, NULL);
}
