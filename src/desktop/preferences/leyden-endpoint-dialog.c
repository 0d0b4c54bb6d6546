/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-endpoint-dialog.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-experiment-parts.h"
#include "leyden-key-keeping.h"
#include "leyden-secrets.h"
#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenEndpointDialog
{
  AdwWindow      parent_instance;

  LeydenSession *session;
  LeydenSecrets *secrets;
  GCancellable  *cancellable;
  LeydenValue   *endpoint;              /* what is changed, nullable */
  char          *name;                  /* of what is being saved */
  char          *notice;

  GtkEditable   *title;
  GtkEditable   *uri;
  AdwComboRow   *wire;
  GtkEditable   *model;
  GtkEditable   *key;
  GtkWidget     *message;
  GtkWidget     *save_button;
  AdwActionRow  *check_row;
  GtkWidget     *check_icon;
  GtkWidget     *check_button;
};

G_DEFINE_FINAL_TYPE (LeydenEndpointDialog, leyden_endpoint_dialog, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_SAVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
set_message (LeydenEndpointDialog *self,
             const char           *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

/* "My Server 2" → "my-server-2"; at most 40 of [a-z0-9-], as names of endpoints are. */
static char *
make_name (const char *title)
{
  g_autofree char *ascii = g_str_to_ascii (title, NULL);
  g_autoptr(GString) name = g_string_new (NULL);

  for (const char *p = ascii; *p != '\0' && name->len < 40; p++)
    {
      if (g_ascii_isalnum (*p))
        g_string_append_c (name, g_ascii_tolower (*p));
      else if (name->len > 0 && name->str[name->len - 1] != '-')
        g_string_append_c (name, '-');
    }
  while (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  if (name->len == 0 || g_str_equal (name->str, "simulated") || g_str_equal (name->str, "default"))
    g_string_append (name, name->len == 0 ? "endpoint" : "-1");
  return g_string_free (g_steal_pointer (&name), FALSE);
}

static gboolean
name_is_taken (LeydenEndpointDialog *self,
               const char           *name)
{
  LeydenValue *endpoints = leyden_session_get_endpoints (self->session);

  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (endpoints, i), "name", NULL), name) == 0)
      return TRUE;
  return FALSE;
}

static char *
new_name (LeydenEndpointDialog *self,
          const char           *title)
{
  g_autofree char *name = make_name (title);
  g_autofree char *candidate = g_strdup (name);

  for (guint i = 2; name_is_taken (self, candidate); i++)
    {
      g_free (candidate);
      candidate = g_strdup_printf ("%.36s-%u", name, i);
    }
  return g_steal_pointer (&candidate);
}

static void
finish (LeydenEndpointDialog *self)
{
  g_signal_emit (self, signals[SIGNAL_SAVED], 0, self->notice);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
fail (LeydenEndpointDialog *self,
      const GError         *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  set_message (self, error->message);
  gtk_widget_set_sensitive (self->save_button, TRUE);
}

static void
endpoint_saved_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr(LeydenEndpointDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    fail (self, error);
  else
    finish (self);
}

static gboolean
has_key (LeydenEndpointDialog *self)
{
  return *gtk_editable_get_text (self->key) != '\0' ||
         leyden_value_get_member_string (self->endpoint, "secret", NULL) != NULL;
}

/* In the order of the row. */
static const char * const wires[] = { "openai", "anthropic", NULL };

/* The one server that everybody means; any other address may be typed over it. */
static void
wire_changed_cb (LeydenEndpointDialog *self)
{
  if (g_strcmp0 (wires[adw_combo_row_get_selected (self->wire)], "anthropic") == 0 && *gtk_editable_get_text (self->uri) == '\0')
    gtk_editable_set_text (self->uri, "https://api.anthropic.com/v1");
}

static LeydenValue *
build_endpoint (LeydenEndpointDialog *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const char *model = gtk_editable_get_text (self->model);
  const char *secret = leyden_value_get_member_string (self->endpoint, "secret", self->name);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", self->name);
  leyden_value_builder_set_string (&builder, "title", gtk_editable_get_text (self->title));
  leyden_value_builder_set_string (&builder, "base_uri", gtk_editable_get_text (self->uri));
  leyden_value_builder_set_string (&builder, "wire", wires[adw_combo_row_get_selected (self->wire)]);
  leyden_value_builder_set_string (&builder, "secret", has_key (self) ? secret : NULL);
  leyden_value_builder_set_string (&builder, "default_model", *model != '\0' ? model : NULL);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
save_endpoint (LeydenEndpointDialog *self)
{
  g_autoptr(LeydenValue) endpoint = build_endpoint (self);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/endpoints/%s", self->name);

  leyden_backend_request_async (leyden_session_get_backend (self->session), "PUT", path, endpoint, self->cancellable,
                                endpoint_saved_cb, g_object_ref (self));
}

static void
key_kept_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenEndpointDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *notice = NULL;
  gboolean kept = leyden_key_keep_finish (result, &notice, &error);

  if (notice != NULL)
    {
      g_free (self->notice);
      self->notice = g_steal_pointer (&notice);
    }
  if (kept)
    save_endpoint (self);
  else
    fail (self, error);
}

static void
save_clicked_cb (LeydenEndpointDialog *self)
{
  const char *key = gtk_editable_get_text (self->key);
  const char *uri = gtk_editable_get_text (self->uri);
  g_autofree char *origin = leyden_secrets_origin_of (uri);

  if (*gtk_editable_get_text (self->title) == '\0')
    gtk_editable_set_text (self->title, uri);
  if (origin == NULL)
    {
      set_message (self, _("An address such as http://127.0.0.1:11434/v1 is needed."));
      gtk_widget_grab_focus (GTK_WIDGET (self->uri));
      return;
    }
  set_message (self, NULL);
  gtk_widget_set_sensitive (self->save_button, FALSE);
  g_free (self->name);
  self->name = self->endpoint != NULL ? g_strdup (leyden_value_get_member_string (self->endpoint, "name", ""))
                                      : new_name (self, gtk_editable_get_text (self->title));
  leyden_session_start (self->session);
  if (*key == '\0')
    save_endpoint (self);
  else
    leyden_key_keep_async (self->session, self->secrets, leyden_value_get_member_string (self->endpoint, "secret", self->name), uri, key, self->cancellable,
                           key_kept_cb, g_object_ref (self));
}

/* --- whether it can be trained --- */

static void
show_check (LeydenEndpointDialog *self,
            const char           *text,
            const char           *icon,
            const char           *style)
{
  g_autofree char *shown = leyden_text_display (text, -1, 300, FALSE);

  adw_action_row_set_subtitle (self->check_row, shown);
  gtk_widget_set_visible (self->check_icon, icon != NULL);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->check_icon), icon);
  gtk_widget_set_css_classes (self->check_icon, (const char *[]) { "state", style, NULL });
}

static void
checked_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenEndpointDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *found = leyden_value_get_item (leyden_value_get_member (answer, "results"), 0);
  gboolean good = leyden_value_get_member_boolean (found, "token_ids", FALSE) && leyden_value_get_member_boolean (found, "prompt_token_ids", FALSE);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_sensitive (self->check_button, TRUE);
  if (found == NULL)
    show_check (self, error != NULL ? error->message : _("The backend gave no answer."), "dialog-error-symbolic", "failed");
  else
    show_check (self, leyden_value_get_member_string (found, "detail", ""), good ? "object-select-symbolic" : "dialog-warning-symbolic",
                good ? "succeeded" : "waiting");
}

/* As it stands in the dialog: it need not be saved first. */
static LeydenValue *
make_check (LeydenEndpointDialog *self)
{
  const char *key = gtk_editable_get_text (self->key);
  const char *model = gtk_editable_get_text (self->model);
  const char *uri = gtk_editable_get_text (self->uri);
  /* The key of one that is saved stays where it is. */
  gboolean saved = self->endpoint != NULL && *key == '\0' && g_strcmp0 (uri, leyden_value_get_member_string (self->endpoint, "base_uri", NULL)) == 0;
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  if (saved)
    leyden_value_builder_set_string (&builder, "endpoint", leyden_value_get_member_string (self->endpoint, "name", NULL));
  else
    {
      leyden_value_builder_set_string (&builder, "base_uri", uri);
      leyden_value_builder_set_string (&builder, "wire", wires[adw_combo_row_get_selected (self->wire)]);
    }
  if (*model != '\0')
    leyden_value_builder_set_string (&builder, "model", model);
  if (!saved && *key != '\0')
    leyden_value_builder_set_string (&builder, "key", key);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

void
leyden_endpoint_dialog_check (LeydenEndpointDialog *self)
{
  g_autofree char *origin = NULL;
  g_autoptr(LeydenValue) body = NULL;

  g_return_if_fail (LEYDEN_IS_ENDPOINT_DIALOG (self));

  origin = leyden_secrets_origin_of (gtk_editable_get_text (self->uri));
  if (origin == NULL)
    {
      set_message (self, _("An address such as http://127.0.0.1:11434/v1 is needed."));
      gtk_widget_grab_focus (GTK_WIDGET (self->uri));
      return;
    }
  set_message (self, NULL);
  gtk_widget_set_sensitive (self->check_button, FALSE);
  show_check (self, _("Asking…"), NULL, NULL);
  leyden_session_start (self->session);
  body = make_check (self);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", "/leyden/v1/preflight", body, self->cancellable, checked_cb,
                                g_object_ref (self));
}

static void
leyden_endpoint_dialog_dispose (GObject *object)
{
  LeydenEndpointDialog *self = LEYDEN_ENDPOINT_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_object (&self->secrets);
  g_clear_pointer (&self->endpoint, leyden_value_unref);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->notice, g_free);
  G_OBJECT_CLASS (leyden_endpoint_dialog_parent_class)->dispose (object);
}

static void
leyden_endpoint_dialog_class_init (LeydenEndpointDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_endpoint_dialog_dispose;
  signals[SIGNAL_SAVED] =
    g_signal_new ("saved", LEYDEN_TYPE_ENDPOINT_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-endpoint-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, title);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, uri);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, model);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, key);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, message);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, save_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, wire);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, check_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, check_icon);
  gtk_widget_class_bind_template_child (widget_class, LeydenEndpointDialog, check_button);
  gtk_widget_class_bind_template_callback_full (widget_class, "check_clicked_cb", G_CALLBACK (leyden_endpoint_dialog_check));
  gtk_widget_class_bind_template_callback (widget_class, wire_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_clicked_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_endpoint_dialog_init (LeydenEndpointDialog *self)
{
  leyden_part_outlive_parent (GTK_WINDOW (self));
  self->session = g_object_ref (leyden_session_get_default ());
  self->secrets = leyden_secrets_new ();
  self->cancellable = g_cancellable_new ();
  leyden_secrets_set_use_keyring (self->secrets, TRUE);
  gtk_widget_init_template (GTK_WIDGET (self));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->check_row), FALSE);
}

GtkWidget *
leyden_endpoint_dialog_new (GtkWindow   *parent,
                            LeydenValue *endpoint)
{
  LeydenEndpointDialog *self = g_object_new (LEYDEN_TYPE_ENDPOINT_DIALOG, "transient-for", parent, NULL);

  if (endpoint != NULL)
    {
      self->endpoint = leyden_value_ref (endpoint);
      gtk_window_set_title (GTK_WINDOW (self), _("Edit Endpoint"));
      gtk_editable_set_text (self->title, leyden_value_get_member_string (endpoint, "title", ""));
      gtk_editable_set_text (self->uri, leyden_value_get_member_string (endpoint, "base_uri", ""));
      gtk_editable_set_text (self->model, leyden_value_get_member_string (endpoint, "default_model", ""));
      for (guint i = 0; wires[i] != NULL; i++)
        if (g_strcmp0 (wires[i], leyden_value_get_member_string (endpoint, "wire", "openai")) == 0)
          adw_combo_row_set_selected (self->wire, i);
    }
  return GTK_WIDGET (self);
}
