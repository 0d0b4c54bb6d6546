/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-webhook-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-alert-rows.h"
#include "leyden-alert-text.h"
#include "leyden-button.h"
#include "leyden-experiment-parts.h"
#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenWebhookDialog
{
  AdwWindow      parent_instance;

  LeydenSession *session;
  GCancellable  *cancellable;
  LeydenValue   *hook;                  /* nullable */
  char          *name;                  /* of what was saved */
  char          *secret;                /* shown; nullable */
  gboolean       saving;                /* it is on its way: closing only hides the window */
  GPtrArray     *toggles;               /* check buttons, each with "event" */
  GtkWidget     *message;
  GtkWidget     *cancel_button;
  GtkWidget     *save_button;
  GtkWidget     *box;
  GtkWidget     *name_row;
  GtkWidget     *uri;
  GtkWidget     *enabled;
  GtkWidget     *allow_private;
  GtkWidget     *handshake;
  GtkWidget     *replay;
  GtkWidget     *copied;
};

G_DEFINE_FINAL_TYPE (LeydenWebhookDialog, leyden_webhook_dialog, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_SAVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- The secret ---- */

static void
copy_cb (LeydenWebhookDialog *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->secret);
  gtk_label_set_text (GTK_LABEL (self->copied), _("Copied"));
}

static void
show_secret (LeydenWebhookDialog *self,
             const char          *secret)
{
  GtkWidget *label = leyden_part_label (secret, "monospace"), *button = leyden_button_new_with_mnemonic (_("_Copy"));
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_box_remove (GTK_BOX (self->box), child);
  self->secret = g_strdup (secret);
  self->copied = leyden_part_label ("", "dim-label");
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Secret of the webhook"), -1);
  gtk_box_append (GTK_BOX (self->box), leyden_part_label (_("This is the secret of the webhook. Give it to the receiver: with it, it checks that requests come from here. It is shown this one time."), NULL));
  gtk_box_append (GTK_BOX (self->box), label);
  gtk_box_append (GTK_BOX (bar), button);
  gtk_box_append (GTK_BOX (bar), self->copied);
  gtk_box_append (GTK_BOX (self->box), bar);
  /* It is saved: there is nothing to call back. */
  gtk_widget_set_visible (self->cancel_button, FALSE);
  leyden_button_set_mnemonic (GTK_BUTTON (self->save_button), _("_Done"));
  leyden_form_set_missing (self->message, self->save_button, FALSE, NULL);
  g_signal_connect_object (button, "clicked", G_CALLBACK (copy_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_grab_focus (button);
}

/* ---- Saving ---- */

static LeydenValue *
make_hook (LeydenWebhookDialog *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "uri", gtk_editable_get_text (GTK_EDITABLE (self->uri)));
  leyden_value_builder_key (&b, "events");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->toggles->len; i++)
    if (gtk_check_button_get_active (self->toggles->pdata[i]))
      leyden_value_builder_add_string (&b, g_object_get_data (self->toggles->pdata[i], "event"));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_boolean (&b, "enabled", gtk_switch_get_active (GTK_SWITCH (self->enabled)));
  leyden_value_builder_set_boolean (&b, "allow_private", gtk_switch_get_active (GTK_SWITCH (self->allow_private)));
  leyden_value_builder_set_boolean (&b, "handshake", gtk_switch_get_active (GTK_SWITCH (self->handshake)));
  leyden_value_builder_set_boolean (&b, "replay", gtk_switch_get_active (GTK_SWITCH (self->replay)));
  if (leyden_value_get_member (self->hook, "title") != NULL)
    leyden_value_builder_set (&b, "title", leyden_value_get_member (self->hook, "title"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenWebhookDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *secret = leyden_value_get_member_string (answer, "secret", NULL);

  /* Gone with its parent. */
  if (self->session == NULL || !gtk_widget_get_realized (GTK_WIDGET (self)))
    return;
  self->saving = FALSE;
  if (answer == NULL)
    {
      leyden_form_set_problem (self->message, error->message);
      gtk_widget_set_sensitive (self->save_button, TRUE);
      gtk_window_present (GTK_WINDOW (self));
      return;
    }
  g_signal_emit (self, signals[SIGNAL_SAVED], 0, self->name);
  if (secret != NULL)
    {
      show_secret (self, secret);
      gtk_window_present (GTK_WINDOW (self));
    }
  else
    gtk_window_destroy (GTK_WINDOW (self));
}

/* What the backend would say of the address, in the words of the form; NULL: nothing, or nothing that the form knows of. */
static const char *
find_problem (LeydenWebhookDialog *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->uri));
  gboolean allow_private = gtk_switch_get_active (GTK_SWITCH (self->allow_private));
  g_autoptr(GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return _("The address is not whole: it is one like https://example.com/hook.");
  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return _("The address must not hold a name, a password or a “#”.");
  if (!g_str_equal (g_uri_get_scheme (uri), "https") && !(allow_private && g_str_equal (g_uri_get_scheme (uri), "http")))
    return _("The address must begin with https://. Where “May reach private networks” is switched on, http:// does, too.");
  return NULL;
}

static void
save_cb (LeydenWebhookDialog *self)
{
  g_autoptr(LeydenValue) hook = NULL;
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  if (self->secret != NULL)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  leyden_form_set_problem (self->message, find_problem (self));
  if (gtk_widget_get_visible (self->message))
    {
      gtk_widget_grab_focus (self->uri);
      return;
    }
  hook = make_hook (self);
  g_free (self->name);
  self->name = g_strdup (self->hook != NULL ? leyden_value_get_member_string (self->hook, "name", "") : gtk_editable_get_text (GTK_EDITABLE (self->name_row)));
  escaped = leyden_backend_escape (self->name);
  path = g_strdup_printf ("/leyden/v1/webhooks/%s", escaped);
  gtk_widget_set_sensitive (self->save_button, FALSE);
  self->saving = TRUE;
  leyden_backend_request_async (leyden_session_get_backend (self->session), "PUT", path, hook, self->cancellable, saved_cb, g_object_ref (self));
}

static void
changed_cb (LeydenWebhookDialog *self)
{
  gboolean named = self->hook != NULL || *gtk_editable_get_text (GTK_EDITABLE (self->name_row)) != '\0';

  leyden_form_set_missing (self->message, self->save_button, !named || *gtk_editable_get_text (GTK_EDITABLE (self->uri)) == '\0',
                           _("A webhook needs a name and an address."));
}

/* ---- Building ---- */

static gboolean
has_event (LeydenValue *hook,
           const char  *event)
{
  LeydenValue *list = leyden_value_get_member (hook, "events");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (list, i), NULL), event) == 0)
      return TRUE;
  return FALSE;
}

static GtkWidget *
create_events (LeydenWebhookDialog *self,
               LeydenValue         *events)
{
  GtkWidget *row = adw_expander_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("Events"));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), _("Alert rules that name this webhook need none"));
  for (guint i = 0; i < leyden_value_get_size (events); i++)
    {
      const char *event = leyden_value_get_string (leyden_value_get_item (events, i), NULL);
      g_autofree char *described = leyden_webhook_describe_event (event);
      g_autofree char *title = leyden_text_display (described, -1, 80, FALSE);
      GtkWidget *each = adw_action_row_new (), *toggle = gtk_check_button_new ();

      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (each), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (each), title);
      gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
      gtk_check_button_set_active (GTK_CHECK_BUTTON (toggle), has_event (self->hook, event));
      gtk_accessible_update_property (GTK_ACCESSIBLE (toggle), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
      g_object_set_data_full (G_OBJECT (toggle), "event", g_strdup (event), g_free);
      g_ptr_array_add (self->toggles, toggle);
      adw_action_row_add_prefix (ADW_ACTION_ROW (each), toggle);
      adw_action_row_set_activatable_widget (ADW_ACTION_ROW (each), toggle);
      adw_expander_row_add_row (ADW_EXPANDER_ROW (row), each);
    }
  return row;
}

static void
fill (LeydenWebhookDialog *self,
      LeydenValue         *events)
{
  LeydenValue *hook = self->hook;
  GtkWidget *group = adw_preferences_group_new ();

  self->name_row = leyden_form_entry (_("Name (small letters, digits, “-”)"), leyden_value_get_member_string (hook, "name", ""));
  gtk_widget_set_visible (self->name_row, hook == NULL);
  self->uri = leyden_form_entry (_("Address"), leyden_value_get_member_string (hook, "uri", "https://"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->name_row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->uri);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), create_events (self, events));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                             leyden_form_switch (_("May reach private networks"), _("This computer and the networks around it, also by http"),
                                                 leyden_value_get_member_boolean (hook, "allow_private", FALSE), &self->allow_private));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                             leyden_form_switch (_("Ask the receiver first"), _("Sends nothing until it allows events (CloudEvents handshake)"),
                                                 leyden_value_get_member_boolean (hook, "handshake", FALSE), &self->handshake));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                             leyden_form_switch (_("Send again what was missed"), _("By itself, when the receiver answers again"),
                                                 leyden_value_get_member_boolean (hook, "replay", TRUE), &self->replay));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                             leyden_form_switch (_("Switched on"), NULL, leyden_value_get_member_boolean (hook, "enabled", TRUE), &self->enabled));
  gtk_box_append (GTK_BOX (self->box), group);
  g_signal_connect_object (self->name_row, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->uri, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}

/* What was sent cannot be called back, and its answer holds a secret that is told this one time: the window comes back with it. */
static gboolean
leyden_webhook_dialog_close_request (GtkWindow *window)
{
  if (!LEYDEN_WEBHOOK_DIALOG (window)->saving)
    return GTK_WINDOW_CLASS (leyden_webhook_dialog_parent_class)->close_request (window);
  gtk_widget_set_visible (GTK_WIDGET (window), FALSE);
  return TRUE;
}

static void
leyden_webhook_dialog_dispose (GObject *object)
{
  LeydenWebhookDialog *self = LEYDEN_WEBHOOK_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  if (self->secret != NULL)
    explicit_bzero (self->secret, strlen (self->secret));
  g_clear_pointer (&self->secret, g_free);
  g_clear_pointer (&self->hook, leyden_value_unref);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->toggles, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_webhook_dialog_parent_class)->dispose (object);
}

static void
leyden_webhook_dialog_class_init (LeydenWebhookDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_webhook_dialog_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = leyden_webhook_dialog_close_request;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
  signals[SIGNAL_SAVED] = g_signal_new ("saved", LEYDEN_TYPE_WEBHOOK_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
leyden_webhook_dialog_init (LeydenWebhookDialog *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->toggles = g_ptr_array_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  leyden_form_build (ADW_WINDOW (self), self->box, _("_Save"), &self->cancel_button, &self->save_button, &self->message);
  gtk_window_set_default_size (GTK_WINDOW (self), 540, 560);
  g_signal_connect_object (self->save_button, "clicked", G_CALLBACK (save_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_webhook_dialog_new (GtkWindow   *parent,
                           LeydenValue *hook,
                           LeydenValue *events)
{
  LeydenWebhookDialog *self = g_object_new (LEYDEN_TYPE_WEBHOOK_DIALOG, "transient-for", parent, NULL);

  gtk_window_set_title (GTK_WINDOW (self), hook != NULL ? _("Webhook") : _("New Webhook"));
  self->hook = hook != NULL ? leyden_value_ref (hook) : NULL;
  fill (self, events);
  gtk_widget_grab_focus (hook == NULL ? self->name_row : self->uri);
  return GTK_WIDGET (self);
}

GtkWidget *
leyden_webhook_dialog_new_secret (GtkWindow  *parent,
                                  const char *secret)
{
  LeydenWebhookDialog *self;

  g_return_val_if_fail (secret != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_WEBHOOK_DIALOG, "transient-for", parent, NULL);
  gtk_window_set_title (GTK_WINDOW (self), _("New Secret"));
  gtk_window_set_default_size (GTK_WINDOW (self), 540, 300);
  show_secret (self, secret);
  return GTK_WIDGET (self);
}
