/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-attach-dialog.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-experiment-parts.h"
#include "leyden-id.h"
#include "leyden-spinner.h"
#include "leyden-text.h"

struct _LeydenAttachDialog
{
  AdwWindow           parent_instance;

  LeydenSession      *session;
  LeydenSubscription *subscription;
  GCancellable       *cancellable;      /* of the lines that are asked for */
  GPtrArray          *endpoints;        /* names, in the order of the row after "automatic" */
  char               *rollout;          /* nullable */
  char               *text;             /* nullable */
  guint               called;           /* idle source */
  gboolean            choosing;         /* the row is being filled */

  GtkWidget          *message;
  GtkWidget          *choices;
  GtkWidget          *lines;
  GtkWidget          *copy_button;
  GtkWidget          *copied;
  AdwComboRow        *model;
  AdwComboRow        *purpose;
  GtkSpinner         *spinner;
  GtkWidget          *waiting;
};

G_DEFINE_FINAL_TYPE (LeydenAttachDialog, leyden_attach_dialog, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_CALLED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
set_message (LeydenAttachDialog *self,
             const char         *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

static void
set_waiting (LeydenAttachDialog *self,
             const char         *text,
             gboolean            active)
{
  gtk_label_set_text (GTK_LABEL (self->waiting), text);
  leyden_spinner_set_active (self->spinner, active);
}

/* --- the first call --- */

/* Not from within the subscription: it goes with the dialog. */
static gboolean
called_cb (gpointer data)
{
  LeydenAttachDialog *self = data;
  g_autofree char *rollout = g_strdup (self->rollout);

  self->called = 0;
  g_object_ref (self);
  g_signal_emit (self, signals[SIGNAL_CALLED], 0, rollout);
  gtk_window_destroy (GTK_WINDOW (self));
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  LeydenAttachDialog *self = user_data;

  if (g_str_equal (event, "record") && self->called == 0)
    self->called = g_idle_add (called_cb, self);
}

static void
unfollow (LeydenAttachDialog *self)
{
  g_clear_handle_id (&self->called, g_source_remove);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
}

static void
follow (LeydenAttachDialog *self)
{
  g_autofree char *rollout = leyden_backend_escape (self->rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/events", rollout);

  self->subscription = leyden_backend_subscribe (leyden_session_get_backend (self->session), path, 0, event_cb, self, NULL);
}

/* --- the lines --- */

static void
detached_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
}

/* Lines that nobody will use: their rollout need not wait. */
static void
discard (LeydenAttachDialog *self)
{
  g_autofree char *rollout = NULL;
  g_autofree char *path = NULL;

  unfollow (self);
  if (self->rollout == NULL)
    return;
  rollout = leyden_backend_escape (self->rollout);
  path = g_strdup_printf ("/leyden/v1/attach/%s", rollout);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "DELETE", path, NULL, NULL, detached_cb, NULL);
  g_clear_pointer (&self->rollout, g_free);
}

static void
show_lines (LeydenAttachDialog *self,
            LeydenValue        *answer)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->lines));
  g_autofree char *shown = NULL;

  g_free (self->text);
  self->text = g_strdup (leyden_value_get_member_string (answer, "lines", ""));
  shown = g_strchomp (g_strdup (self->text));
  gtk_text_buffer_set_text (buffer, shown, -1);
  gtk_widget_set_sensitive (self->copy_button, TRUE);
  set_waiting (self, _("Waiting for the first call…"), TRUE);
}

static void
attached_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenAttachDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->session == NULL)
    return;
  if (answer == NULL)
    {
      set_message (self, error->message);
      set_waiting (self, _("No agent can be attached."), FALSE);
      return;
    }
  self->rollout = g_strdup (leyden_value_get_member_string (answer, "rollout", ""));
  show_lines (self, answer);
  follow (self);
}

static LeydenValue *
make_request (LeydenAttachDialog *self)
{
  guint model = adw_combo_row_get_selected (self->model);
  const char *base = leyden_backend_get_base_uri (leyden_session_get_backend (self->session));
  g_autofree char *client_id = leyden_id_new_uuid7 ();
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "is_train", adw_combo_row_get_selected (self->purpose) == 0);
  leyden_value_builder_set_string (&b, "client_id", client_id);
  if (base != NULL)
    leyden_value_builder_set_string (&b, "base_url", base);
  if (model > 0 && model <= self->endpoints->len)
    {
      leyden_value_builder_key (&b, "model");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "endpoint", self->endpoints->pdata[model - 1]);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
attach (LeydenAttachDialog *self)
{
  g_autoptr(LeydenValue) body = NULL;

  discard (self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  set_message (self, NULL);
  gtk_label_set_text (GTK_LABEL (self->copied), "");
  gtk_widget_set_sensitive (self->copy_button, FALSE);
  set_waiting (self, _("Asking the backend for the lines…"), TRUE);
  leyden_session_start (self->session);
  body = make_request (self);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", "/leyden/v1/attach", body, self->cancellable, attached_cb,
                                g_object_ref (self));
}

static void
choice_changed_cb (LeydenAttachDialog *self)
{
  if (!self->choosing)
    attach (self);
}

static void
copy_clicked_cb (LeydenAttachDialog *self)
{
  if (self->text == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->text);
  gtk_label_set_text (GTK_LABEL (self->copied), _("Copied. Paste them into a terminal."));
}

/* --- the choice of a model --- */

static void
fill_models (LeydenAttachDialog *self)
{
  LeydenValue *endpoints = leyden_session_get_endpoints (self->session);
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  gtk_string_list_append (titles, _("Automatic"));
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    {
      LeydenValue *endpoint = leyden_value_get_item (endpoints, i);
      const char *name = leyden_value_get_member_string (endpoint, "name", NULL);
      g_autofree char *title = leyden_text_display (leyden_value_get_member_string (endpoint, "title", name), -1, 60, FALSE);

      if (name == NULL)
        continue;
      g_ptr_array_add (self->endpoints, g_strdup (name));
      gtk_string_list_append (titles, title);
    }
  self->choosing = TRUE;
  adw_combo_row_set_model (self->model, G_LIST_MODEL (titles));
  self->choosing = FALSE;
}

/* --- life --- */

static void
leyden_attach_dialog_dispose (GObject *object)
{
  LeydenAttachDialog *self = LEYDEN_ATTACH_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  unfollow (self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_attach_dialog_parent_class)->dispose (object);
}

static void
leyden_attach_dialog_finalize (GObject *object)
{
  LeydenAttachDialog *self = LEYDEN_ATTACH_DIALOG (object);

  g_ptr_array_unref (self->endpoints);
  g_free (self->rollout);
  g_free (self->text);
  G_OBJECT_CLASS (leyden_attach_dialog_parent_class)->finalize (object);
}

static void
leyden_attach_dialog_class_init (LeydenAttachDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_attach_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_attach_dialog_finalize;
  signals[SIGNAL_CALLED] =
    g_signal_new ("called", LEYDEN_TYPE_ATTACH_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-attach-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, message);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, choices);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, lines);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, copy_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, copied);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, model);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, purpose);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, LeydenAttachDialog, waiting);
  gtk_widget_class_bind_template_callback (widget_class, choice_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_clicked_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_attach_dialog_init (LeydenAttachDialog *self)
{
  leyden_part_outlive_parent (GTK_WINDOW (self));
  self->session = g_object_ref (leyden_session_get_default ());
  self->endpoints = g_ptr_array_new_with_free_func (g_free);
  self->choosing = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->choosing = FALSE;
  fill_models (self);
}

GtkWidget *
leyden_attach_dialog_new (GtkWindow *parent)
{
  LeydenAttachDialog *self = g_object_new (LEYDEN_TYPE_ATTACH_DIALOG, "transient-for", parent, NULL);

  attach (self);
  return GTK_WIDGET (self);
}

GtkWidget *
leyden_attach_dialog_new_for (GtkWindow  *parent,
                              const char *rollout)
{
  LeydenAttachDialog *self = g_object_new (LEYDEN_TYPE_ATTACH_DIALOG, "transient-for", parent, NULL);
  g_autofree char *escaped = leyden_backend_escape (rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/attach/%s", escaped);

  gtk_widget_set_visible (self->choices, FALSE);
  self->cancellable = g_cancellable_new ();
  set_waiting (self, _("Asking the backend for the lines…"), TRUE);
  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, attached_cb, g_object_ref (self));
  return GTK_WIDGET (self);
}

const char *
leyden_attach_dialog_get_rollout (LeydenAttachDialog *self)
{
  g_return_val_if_fail (LEYDEN_IS_ATTACH_DIALOG (self), NULL);

  return self->rollout;
}

const char *
leyden_attach_dialog_get_lines (LeydenAttachDialog *self)
{
  g_return_val_if_fail (LEYDEN_IS_ATTACH_DIALOG (self), NULL);

  return self->text;
}
