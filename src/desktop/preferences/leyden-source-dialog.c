/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-source-dialog.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-experiment-parts.h"
#include "leyden-key-keeping.h"
#include "leyden-secrets.h"
#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenSourceDialog
{
  AdwWindow      parent_instance;

  LeydenSession *session;
  LeydenSecrets *secrets;
  GCancellable  *cancellable;
  LeydenValue   *source;                /* what is changed, nullable */
  char          *notice;
  gboolean       testing;               /* the key is on its way for a test, and nothing is saved */

  GtkEditable   *name;
  AdwComboRow   *kind;
  GtkEditable   *uri;
  AdwComboRow   *auth;
  GtkEditable   *user;
  GtkEditable   *key;
  GtkWidget     *message;
  GtkWidget     *save_button;
  AdwActionRow  *test_row;
  GtkWidget     *test_icon;
  GtkWidget     *test_button;
};

G_DEFINE_FINAL_TYPE (LeydenSourceDialog, leyden_source_dialog, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_SAVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* In the order of the rows. */
static const char * const kinds[] = { "prometheus", "mlflow", NULL };
static const char * const auths[] = { "none", "bearer", "basic", NULL };

static void
set_message (LeydenSourceDialog *self,
             const char         *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

static void
show_test (LeydenSourceDialog *self,
           const char         *text,
           const char         *icon,
           const char         *style)
{
  g_autofree char *shown = leyden_text_display (text, -1, 300, FALSE);

  adw_action_row_set_subtitle (self->test_row, shown);
  gtk_widget_set_visible (self->test_icon, icon != NULL);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->test_icon), icon);
  gtk_widget_set_css_classes (self->test_icon, (const char *[]) { "state", style, NULL });
}

static const char *
get_auth (LeydenSourceDialog *self)
{
  return auths[adw_combo_row_get_selected (self->auth)];
}

static void
auth_changed_cb (LeydenSourceDialog *self)
{
  const char *auth = get_auth (self);

  gtk_widget_set_visible (GTK_WIDGET (self->user), g_strcmp0 (auth, "basic") == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->key), g_strcmp0 (auth, "none") != 0);
}

/* ---- What stands in the dialog ---- */

static char *
make_secret (LeydenSourceDialog *self)
{
  const char *kept = leyden_value_get_member_string (self->source, "secret", NULL);

  return kept != NULL ? g_strdup (kept) : g_strconcat ("source-", gtk_editable_get_text (self->name), NULL);
}

static LeydenValue *
build_source (LeydenSourceDialog *self)
{
  const char *auth = get_auth (self);
  g_autofree char *secret = make_secret (self);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "kind", kinds[adw_combo_row_get_selected (self->kind)]);
  leyden_value_builder_set_string (&b, "uri", gtk_editable_get_text (self->uri));
  leyden_value_builder_set_string (&b, "auth", auth);
  if (g_strcmp0 (auth, "basic") == 0)
    leyden_value_builder_set_string (&b, "user", gtk_editable_get_text (self->user));
  if (g_strcmp0 (auth, "none") != 0)
    leyden_value_builder_set_string (&b, "secret", secret);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
make_path (LeydenSourceDialog *self,
           const char         *end)
{
  g_autofree char *name = leyden_backend_escape (gtk_editable_get_text (self->name));

  return g_strconcat ("/leyden/v1/sources/", name, end, NULL);
}

/* FALSE after the person was told what is missing. */
static gboolean
is_complete (LeydenSourceDialog *self)
{
  const char *name = gtk_editable_get_text (self->name);
  g_autofree char *origin = leyden_secrets_origin_of (gtk_editable_get_text (self->uri));

  set_message (self, NULL);
  if (*name == '\0' || strlen (name) > 40 || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen (name))
    {
      set_message (self, _("A name of at most 40 small letters, digits and hyphens is needed."));
      gtk_widget_grab_focus (GTK_WIDGET (self->name));
      return FALSE;
    }
  if (origin == NULL)
    {
      set_message (self, _("An address such as http://127.0.0.1:9090 is needed."));
      gtk_widget_grab_focus (GTK_WIDGET (self->uri));
      return FALSE;
    }
  return TRUE;
}

/* ---- Saving and testing ---- */

static void
fail (LeydenSourceDialog *self,
      const GError       *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_sensitive (self->save_button, TRUE);
  gtk_widget_set_sensitive (self->test_button, TRUE);
  if (self->testing)
    show_test (self, error->message, "dialog-error-symbolic", "failed");
  else
    set_message (self, error->message);
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenSourceDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    {
      fail (self, error);
      return;
    }
  g_signal_emit (self, signals[SIGNAL_SAVED], 0, self->notice);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
tested_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenSourceDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autofree char *text = NULL;

  if (answer == NULL)
    {
      fail (self, error);
      return;
    }
  gtk_widget_set_sensitive (self->save_button, TRUE);
  gtk_widget_set_sensitive (self->test_button, TRUE);
  if (!leyden_value_get_member_boolean (answer, "ok", FALSE))
    {
      show_test (self, leyden_value_get_member_string (answer, "error", ""), "dialog-error-symbolic", "failed");
      return;
    }
  /* Translators: version of a server, and how long its answer took */
  text = g_strdup_printf (_("Version %s, answered in %.0f ms"), leyden_value_get_member_string (answer, "version", ""),
                          leyden_value_get_member_double (answer, "latency_ms", 0));
  show_test (self, text, "object-select-symbolic", "succeeded");
}

static void
send_source (LeydenSourceDialog *self)
{
  g_autoptr(LeydenValue) source = build_source (self);
  g_autofree char *path = make_path (self, self->testing ? "/test" : "");

  leyden_backend_request_async (leyden_session_get_backend (self->session), self->testing ? "POST" : "PUT", path, source, self->cancellable,
                                self->testing ? tested_cb : saved_cb, g_object_ref (self));
}

static void
key_kept_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenSourceDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *notice = NULL;
  gboolean kept = leyden_key_keep_finish (result, &notice, &error);

  if (notice != NULL)
    {
      g_free (self->notice);
      self->notice = g_steal_pointer (&notice);
    }
  if (kept)
    send_source (self);
  else
    fail (self, error);
}

static gboolean
has_new_key (LeydenSourceDialog *self)
{
  return g_strcmp0 (get_auth (self), "none") != 0 && *gtk_editable_get_text (self->key) != '\0';
}

static void
begin (LeydenSourceDialog *self,
       gboolean            testing)
{
  g_autofree char *secret = make_secret (self);

  self->testing = testing;
  gtk_widget_set_sensitive (self->save_button, FALSE);
  gtk_widget_set_sensitive (self->test_button, FALSE);
  leyden_session_start (self->session);
  if (!has_new_key (self))
    send_source (self);
  else
    leyden_key_keep_async (self->session, testing ? NULL : self->secrets, secret, gtk_editable_get_text (self->uri), gtk_editable_get_text (self->key),
                           self->cancellable, key_kept_cb, g_object_ref (self));
}

static void
save_clicked_cb (LeydenSourceDialog *self)
{
  if (is_complete (self))
    begin (self, FALSE);
}

void
leyden_source_dialog_test (LeydenSourceDialog *self)
{
  g_return_if_fail (LEYDEN_IS_SOURCE_DIALOG (self));

  if (!is_complete (self))
    return;
  show_test (self, _("Asking…"), NULL, NULL);
  begin (self, TRUE);
}

/* ---- Life ---- */

static void
leyden_source_dialog_dispose (GObject *object)
{
  LeydenSourceDialog *self = LEYDEN_SOURCE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_object (&self->secrets);
  g_clear_pointer (&self->source, leyden_value_unref);
  g_clear_pointer (&self->notice, g_free);
  G_OBJECT_CLASS (leyden_source_dialog_parent_class)->dispose (object);
}

static void
leyden_source_dialog_class_init (LeydenSourceDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_source_dialog_dispose;
  signals[SIGNAL_SAVED] =
    g_signal_new ("saved", LEYDEN_TYPE_SOURCE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-source-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, name);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, kind);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, uri);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, auth);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, user);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, key);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, message);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, save_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, test_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, test_icon);
  gtk_widget_class_bind_template_child (widget_class, LeydenSourceDialog, test_button);
  gtk_widget_class_bind_template_callback (widget_class, auth_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_clicked_cb);
  gtk_widget_class_bind_template_callback_full (widget_class, "test_clicked_cb", G_CALLBACK (leyden_source_dialog_test));
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_source_dialog_init (LeydenSourceDialog *self)
{
  leyden_part_outlive_parent (GTK_WINDOW (self));
  self->session = g_object_ref (leyden_session_get_default ());
  self->secrets = leyden_secrets_new ();
  self->cancellable = g_cancellable_new ();
  leyden_secrets_set_use_keyring (self->secrets, TRUE);
  gtk_widget_init_template (GTK_WIDGET (self));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->test_row), FALSE);
}

static void
select_word (AdwComboRow         *row,
             const char * const  *words,
             const char          *word)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (g_strcmp0 (words[i], word) == 0)
      adw_combo_row_set_selected (row, i);
}

GtkWidget *
leyden_source_dialog_new (GtkWindow   *parent,
                          LeydenValue *source)
{
  LeydenSourceDialog *self = g_object_new (LEYDEN_TYPE_SOURCE_DIALOG, "transient-for", parent, NULL);

  if (source != NULL)
    {
      self->source = leyden_value_ref (source);
      gtk_window_set_title (GTK_WINDOW (self), _("Edit Source"));
      gtk_editable_set_text (self->name, leyden_value_get_member_string (source, "name", ""));
      /* Panels name it. */
      gtk_widget_set_sensitive (GTK_WIDGET (self->name), FALSE);
      gtk_editable_set_text (self->uri, leyden_value_get_member_string (source, "uri", ""));
      gtk_editable_set_text (self->user, leyden_value_get_member_string (source, "user", ""));
      select_word (self->kind, kinds, leyden_value_get_member_string (source, "kind", "prometheus"));
      select_word (self->auth, auths, leyden_value_get_member_string (source, "auth", "none"));
    }
  return GTK_WIDGET (self);
}
