/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-history.h"
#include "leyden-alert-preview.h"
#include "leyden-alert-text.h"
#include "leyden-alert-watch.h"
#include "leyden-button.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

struct _LeydenAlertView
{
  GtkWidget         parent_instance;

  LeydenSession    *session;
  LeydenAlertWatch *watch;
  GCancellable     *cancellable;
  char             *id;
  LeydenValue      *shown;              /* the rule that the preview is of; nullable */
  GtkWidget        *scroller;
  GtkWidget        *box;
  GtkWidget        *icon;
  GtkWidget        *title;
  GtkWidget        *status;
  GtkWidget        *description;
  GtkWidget        *note_box;
  GtkWidget        *note;
  GtkWidget        *edit_button;
  GtkWidget        *remove_button;
  GtkWidget        *preview;
  GtkWidget        *history;
};

G_DEFINE_FINAL_TYPE (LeydenAlertView, leyden_alert_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_EDIT_REQUESTED,
  SIGNAL_REMOVED,
  SIGNAL_PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- What it shows ---- */

/* A state alone is no other rule. */
static void
show_preview (LeydenAlertView *self,
              LeydenValue     *alert)
{
  g_autoptr(LeydenValue) rule = leyden_value_with_member (alert, "status", NULL);
  g_autoptr(LeydenValue) plain = leyden_value_with_member (rule, "news", NULL);

  if (self->shown != NULL && leyden_value_equal (self->shown, plain))
    return;
  g_clear_pointer (&self->shown, leyden_value_unref);
  self->shown = leyden_value_ref (plain);
  leyden_alert_preview_set_rule (LEYDEN_ALERT_PREVIEW (self->preview), plain);
}

static void
update (LeydenAlertView *self)
{
  LeydenValue *alert = leyden_alert_watch_find (self->watch, self->id);
  const char *name = leyden_value_get_member_string (leyden_value_get_member (alert, "query"), "metric", "SQL");
  LeydenValue *metric = leyden_alert_watch_find_metric (self->watch, name);
  const char *unit = leyden_value_get_member_string (metric, "unit", "");
  const char *state = leyden_value_get_member_string (leyden_value_get_member (alert, "status"), "state", "ok");
  const char *severity = leyden_value_get_member_string (alert, "severity", "warning");
  gboolean may_change = !leyden_session_is_read_only (self->session);
  g_autofree char *status = NULL;
  g_autofree char *rule = NULL;

  if (alert == NULL)
    return;
  status = leyden_alert_describe_status (alert, unit);
  rule = leyden_alert_describe_rule (alert, leyden_value_get_member_string (metric, "title", name), unit);
  leyden_part_set_text (self->title, leyden_value_get_member_string (alert, "title", ""), 200);
  leyden_part_set_text (self->status, status, 400);
  leyden_part_set_text (self->description, rule, 400);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), leyden_alert_state_icon (state));
  gtk_widget_set_css_classes (self->icon, (const char *[]) { leyden_alert_state_style (state, severity), NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_alert_state_title (state), -1);
  gtk_widget_set_visible (self->note_box, g_str_equal (state, "firing") && may_change);
  gtk_widget_set_sensitive (self->edit_button, may_change);
  gtk_widget_set_sensitive (self->remove_button, may_change);
  show_preview (self, alert);
}

/* ---- What it does ---- */

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenAlertView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->scroller == NULL)
    return;
  if (answer == NULL)
    g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, error->message);
  leyden_alert_watch_refresh (self->watch);
}

static void
acknowledge_cb (LeydenAlertView *self)
{
  g_autofree char *escaped = leyden_backend_escape (self->id);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/alerts/%s/acknowledge", escaped);
  const char *note = gtk_editable_get_text (GTK_EDITABLE (self->note));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  if (*note != '\0')
    leyden_value_builder_set_string (&b, "note", note);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body, self->cancellable, answered_cb, g_object_ref (self));
  gtk_editable_set_text (GTK_EDITABLE (self->note), "");
}

static void
edit_cb (LeydenAlertView *self)
{
  g_signal_emit (self, signals[SIGNAL_EDIT_REQUESTED], 0);
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenAlertView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->scroller == NULL)
    return;
  leyden_alert_watch_refresh (self->watch);
  if (answer == NULL)
    g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, error->message);
  else
    g_signal_emit (self, signals[SIGNAL_REMOVED], 0);
}

static void
remove_response_cb (LeydenAlertView *self,
                    const char      *response)
{
  g_autofree char *escaped = leyden_backend_escape (self->id);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/alerts/%s", escaped);

  if (g_str_equal (response, "remove"))
    leyden_backend_request_async (leyden_session_get_backend (self->session), "DELETE", path, NULL, self->cancellable, removed_cb,
                                  g_object_ref (self));
}

static void
remove_cb (LeydenAlertView *self)
{
  GtkWidget *dialog = leyden_message_dialog_new_safe (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Remove This Rule?"),
                                                      _("Nothing is watched by it any more. Its history stays."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("Cancel"), "remove", _("Remove"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_response_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- Life ---- */

static void
leyden_alert_view_dispose (GObject *object)
{
  LeydenAlertView *self = LEYDEN_ALERT_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->watch);
  g_clear_object (&self->session);
  g_clear_pointer (&self->shown, leyden_value_unref);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (leyden_alert_view_parent_class)->dispose (object);
}

static void
leyden_alert_view_class_init (LeydenAlertViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_alert_view_dispose;
  signals[SIGNAL_EDIT_REQUESTED] = g_signal_new ("edit-requested", LEYDEN_TYPE_ALERT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_REMOVED] = g_signal_new ("removed", LEYDEN_TYPE_ALERT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_PROBLEM] =
    g_signal_new ("problem", LEYDEN_TYPE_ALERT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_head (LeydenAlertView *self)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  self->icon = gtk_image_new ();
  gtk_image_set_icon_size (GTK_IMAGE (self->icon), GTK_ICON_SIZE_LARGE);
  gtk_widget_set_valign (self->icon, GTK_ALIGN_START);
  self->title = leyden_part_label ("", "title-2");
  self->status = leyden_part_label ("", "body");
  self->description = leyden_part_label ("", "dim-label");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), self->title);
  gtk_box_append (GTK_BOX (texts), self->status);
  gtk_box_append (GTK_BOX (texts), self->description);
  gtk_box_append (GTK_BOX (head), self->icon);
  gtk_box_append (GTK_BOX (head), texts);
  return head;
}

static GtkWidget *
create_buttons (LeydenAlertView *self)
{
  self->edit_button = leyden_button_new_with_mnemonic (_("_Edit…"));
  self->remove_button = leyden_button_new_with_mnemonic (_("_Remove…"));
  gtk_widget_add_css_class (self->remove_button, "destructive-action");
  g_signal_connect_object (self->edit_button, "clicked", G_CALLBACK (edit_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->remove_button, "clicked", G_CALLBACK (remove_cb), self, G_CONNECT_SWAPPED);
  return leyden_part_buttons (self->edit_button, self->remove_button, NULL);
}

static GtkWidget *
create_note (LeydenAlertView *self)
{
  GtkWidget *button = leyden_button_new_with_mnemonic (_("_Acknowledge"));

  self->note_box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->note = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->note), _("Note for others"));
  gtk_entry_set_max_length (GTK_ENTRY (self->note), 120);
  gtk_widget_set_hexpand (self->note, TRUE);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->note), 8);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->note), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Note for others"), -1);
  gtk_widget_add_css_class (button, "suggested-action");
  g_signal_connect_object (button, "clicked", G_CALLBACK (acknowledge_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->note, "activate", G_CALLBACK (acknowledge_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->note_box), self->note);
  gtk_box_append (GTK_BOX (self->note_box), button);
  gtk_widget_set_visible (self->note_box, FALSE);
  return self->note_box;
}

static void
leyden_alert_view_init (LeydenAlertView *self)
{
  GtkWidget *clamp = adw_clamp_new ();

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  self->session = g_object_ref (leyden_session_get_default ());
  self->watch = g_object_ref (leyden_alert_watch_get_default ());
  self->cancellable = g_cancellable_new ();
  self->preview = leyden_alert_preview_new ();
  gtk_widget_set_margin_top (self->box, 12);
  gtk_widget_set_margin_bottom (self->box, 18);
  gtk_widget_set_margin_start (self->box, 12);
  gtk_widget_set_margin_end (self->box, 12);
  gtk_box_append (GTK_BOX (self->box), create_head (self));
  gtk_box_append (GTK_BOX (self->box), create_note (self));
  gtk_box_append (GTK_BOX (self->box), create_buttons (self));
  gtk_box_append (GTK_BOX (self->box), self->preview);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), self->box);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), clamp);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_alert_view_new (const char *id)
{
  LeydenAlertView *self;

  g_return_val_if_fail (id != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_ALERT_VIEW, NULL);
  self->id = g_strdup (id);
  self->history = leyden_alert_history_new (id);
  gtk_box_append (GTK_BOX (self->box), leyden_part_label (_("History"), "heading"));
  gtk_box_append (GTK_BOX (self->box), self->history);
  update (self);
  return GTK_WIDGET (self);
}

const char *
leyden_alert_view_get_id (LeydenAlertView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_VIEW (self), NULL);

  return self->id;
}
