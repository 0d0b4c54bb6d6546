/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-webhook-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-rows.h"
#include "leyden-alert-text.h"
#include "leyden-button.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-webhook-dialog.h"

#define PAGE 50
/* While it is looked at: nobody tells the window what was sent. */
#define POLL_S 2

struct _LeydenWebhookView
{
  GtkWidget      parent_instance;

  LeydenSession *session;
  GCancellable  *cancellable;
  char          *name;
  LeydenValue   *hook;                  /* as of the last answer; nullable */
  gint64         before;                /* where older ones begin */
  gint64         asked;                 /* where the older ones begin that are on their way */
  guint          poll;
  GtkWidget     *scroller;
  GtkWidget     *title;
  GtkWidget     *uri;
  GtkWidget     *counts;
  GtkWidget     *problem;
  GtkWidget     *test_button;
  GtkWidget     *replay_button;
  GtkWidget     *list;
  GtkWidget     *empty;
  GtkWidget     *more;
};

G_DEFINE_FINAL_TYPE (LeydenWebhookView, leyden_webhook_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_EDIT_REQUESTED,
  SIGNAL_REMOVED,
  SIGNAL_PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static char *
make_path (LeydenWebhookView *self,
           const char        *rest)
{
  g_autofree char *escaped = leyden_backend_escape (self->name);

  return g_strconcat ("/leyden/v1/webhooks/", escaped, rest, NULL);
}

static void
request (LeydenWebhookView   *self,
         const char          *method,
         const char          *path,
         GAsyncReadyCallback  callback)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  if (g_str_equal (method, "POST"))
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      body = leyden_value_builder_end_value (&b);
    }
  leyden_backend_request_async (leyden_session_get_backend (self->session), method, path, body, self->cancellable, callback, g_object_ref (self));
}

/* The answer of a request of @self; FALSE: nothing more is to be done. (transfer full) */
static gboolean
finish (LeydenWebhookView  *self,
        GObject            *object,
        GAsyncResult       *result,
        LeydenValue       **answer)
{
  g_autoptr(GError) error = NULL;

  *answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->scroller == NULL)
    return FALSE;
  if (*answer == NULL)
    g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, error->message);
  return *answer != NULL;
}

/* ---- Deliveries ---- */

static void
again_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenWebhookView) self = data;
  g_autoptr(LeydenValue) answer = NULL;

  if (finish (self, object, result, &answer))
    leyden_webhook_view_refresh (self);
}

static void
replay_one_cb (LeydenWebhookView *self,
               GtkWidget         *button)
{
  gint64 id = GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (button), "id"));
  g_autofree char *path = g_strdup_printf ("/leyden/v1/deliveries/%" G_GINT64_FORMAT "/replay", id);

  request (self, "POST", path, again_cb);
}

static char *
describe_attempt (LeydenValue *attempt)
{
  g_autofree char *time = leyden_alert_format_time (leyden_value_get_member_int (attempt, "time", 0));
  int status = (int) leyden_value_get_member_int (attempt, "status", 0), ms = (int) leyden_value_get_member_int (attempt, "ms", 0);
  const char *error = leyden_value_get_member_string (attempt, "error", NULL);

  if (error != NULL)
    return g_strdup_printf ("%s · %s", time, error);
  return g_strdup_printf (_("%s · status %d after %d ms"), time, status, ms);
}

typedef struct
{
  LeydenWebhookView *self;
  GtkWidget         *row;
} Detail;

static void
detail_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autofree Detail *detail = data;
  g_autoptr(LeydenWebhookView) self = detail->self;
  g_autoptr(GtkWidget) row = detail->row;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *attempts = leyden_value_get_member (answer, "attempts");
  GtkWidget *box;
  GtkWidget *body;

  if (answer == NULL || self->scroller == NULL || g_object_get_data (G_OBJECT (row), "filled") != NULL)
    return;
  g_object_set_data (G_OBJECT (row), "filled", GINT_TO_POINTER (1));
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_margin_top (box, 9);
  gtk_widget_set_margin_bottom (box, 9);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  for (guint i = 0; i < leyden_value_get_size (attempts); i++)
    {
      g_autofree char *text = describe_attempt (leyden_value_get_item (attempts, i));
      GtkWidget *label = leyden_part_label ("", "body");

      leyden_part_set_text (label, text, 400);
      gtk_box_append (GTK_BOX (box), label);
    }
  body = leyden_part_label ("", "monospace");
  leyden_part_set_text (body, leyden_value_get_member_string (answer, "body", ""), 4000);
  gtk_label_set_selectable (GTK_LABEL (body), TRUE);
  gtk_widget_add_css_class (body, "dim-label");
  gtk_box_append (GTK_BOX (box), body);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), box);
}

static void
expanded_cb (LeydenWebhookView *self,
             GParamSpec        *pspec,
             GtkWidget         *row)
{
  gint64 id = GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (row), "id"));
  g_autofree char *path = g_strdup_printf ("/leyden/v1/deliveries/%" G_GINT64_FORMAT, id);
  Detail *detail;

  if (!adw_expander_row_get_expanded (ADW_EXPANDER_ROW (row)) || g_object_get_data (G_OBJECT (row), "filled") != NULL)
    return;
  detail = g_new (Detail, 1);
  *detail = (Detail) { g_object_ref (self), g_object_ref (row) };
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, detail_cb, detail);
}

static GtkWidget *
new_delivery (LeydenValue *delivery,
              gpointer     data)
{
  LeydenWebhookView *self = data;
  gint64 id = leyden_value_get_member_int (delivery, "id", 0);
  const char *state = leyden_value_get_member_string (delivery, "state", "");
  g_autofree char *event = leyden_webhook_describe_event (leyden_value_get_member_string (delivery, "type", ""));
  g_autofree char *described = leyden_webhook_describe_delivery (delivery);
  g_autofree char *title = leyden_text_display (event, -1, 80, FALSE);
  g_autofree char *text = leyden_text_display (described, -1, 200, FALSE);
  GtkWidget *row = adw_expander_row_new (), *button = gtk_button_new_from_icon_name ("view-refresh-symbolic");
  gboolean failed = g_str_equal (state, "failed"), waiting = g_str_equal (state, "waiting");
  GtkWidget *icon = gtk_image_new_from_icon_name (failed ? "dialog-error-symbolic" : waiting ? "content-loading-symbolic" : "emblem-ok-symbolic");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), text);
  gtk_widget_add_css_class (icon, failed ? "error" : waiting ? "warning" : "success");
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, failed ? _("Failed") : waiting ? _("Waiting") : _("Delivered"), -1);
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (row), icon);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("Send again"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Send again"), -1);
  gtk_widget_set_sensitive (button, !waiting);
  g_object_set_data (G_OBJECT (button), "id", GSIZE_TO_POINTER ((gsize) id));
  g_object_set_data (G_OBJECT (row), "id", GSIZE_TO_POINTER ((gsize) id));
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row), button);
  g_signal_connect_object (button, "clicked", G_CALLBACK (replay_one_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "notify::expanded", G_CALLBACK (expanded_cb), self, G_CONNECT_SWAPPED);
  return row;
}

/* @problem: why there are none; nullable. */
static void
update_deliveries (LeydenWebhookView *self,
                   const char        *problem)
{
  gboolean any = gtk_widget_get_first_child (self->list) != NULL;

  leyden_part_set_text (self->empty, problem != NULL ? problem : _("Nothing was sent yet."), 400);
  gtk_widget_set_visible (self->list, any);
  gtk_widget_set_visible (self->empty, !any);
  gtk_widget_set_visible (self->more, self->before > 0);
}

static void
older_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenWebhookView) self = data;
  g_autoptr(LeydenValue) answer = NULL;

  if (!finish (self, object, result, &answer) || self->asked != self->before)
    return;
  leyden_form_append_entries (self->list, leyden_value_get_member (answer, "deliveries"), new_delivery, self);
  self->before = leyden_value_get_member_int (answer, "before", 0);
  update_deliveries (self, NULL);
}

static void
more_cb (LeydenWebhookView *self)
{
  g_autofree char *rest = g_strdup_printf ("/deliveries?limit=%d&before=%" G_GINT64_FORMAT, PAGE, self->before);
  g_autofree char *path = make_path (self, rest);

  self->asked = self->before;
  request (self, "GET", path, older_cb);
}

static void
deliveries_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(LeydenWebhookView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  gint64 before = leyden_value_get_member_int (answer, "before", 0);

  if (self->scroller == NULL)
    return;
  if (answer != NULL && !leyden_form_renew_entries (self->list, leyden_value_get_member (answer, "deliveries"), before, new_delivery, self))
    self->before = before;
  update_deliveries (self, error != NULL ? error->message : NULL);
}

/* ---- The webhook ---- */

static gboolean
poll_cb (gpointer data)
{
  LeydenWebhookView *self = data;

  self->poll = 0;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    leyden_webhook_view_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
hook_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenWebhookView) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  g_autofree char *counts = NULL;
  g_autofree char *problem = NULL;
  gboolean enabled;

  if (self->scroller == NULL)
    return;
  if (self->poll == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->poll = g_timeout_add_seconds (POLL_S, poll_cb, self);
  if (answer == NULL)
    return;
  enabled = leyden_value_get_member_boolean (answer, "enabled", TRUE);
  counts = leyden_webhook_describe_counts (answer);
  problem = leyden_webhook_describe_problem (answer);
  leyden_part_set_text (self->title, self->name, 70);
  leyden_part_set_text (self->uri, leyden_value_get_member_string (answer, "uri", ""), 300);
  leyden_part_set_text (self->counts, counts, 200);
  leyden_part_set_text (self->problem, problem, 400);
  gtk_widget_set_sensitive (self->test_button, enabled);
  gtk_widget_set_sensitive (self->replay_button, leyden_value_get_member_int (answer, "failed", 0) > 0);
  g_clear_pointer (&self->hook, leyden_value_unref);
  self->hook = g_steal_pointer (&answer);
}

void
leyden_webhook_view_refresh (LeydenWebhookView *self)
{
  g_autofree char *path = NULL;
  g_autofree char *rest = g_strdup_printf ("/deliveries?limit=%d", PAGE);
  g_autofree char *deliveries = NULL;

  g_return_if_fail (LEYDEN_IS_WEBHOOK_VIEW (self));

  path = make_path (self, "");
  deliveries = make_path (self, rest);
  request (self, "GET", path, hook_cb);
  request (self, "GET", deliveries, deliveries_cb);
}

static void
edit_cb (LeydenWebhookView *self)
{
  if (self->hook != NULL)
    g_signal_emit (self, signals[SIGNAL_EDIT_REQUESTED], 0, self->hook);
}

static void
test_cb (LeydenWebhookView *self)
{
  g_autofree char *path = make_path (self, "/test");

  request (self, "POST", path, again_cb);
}

static void
replay_cb (LeydenWebhookView *self)
{
  g_autofree char *path = make_path (self, "/replay");

  request (self, "POST", path, again_cb);
}

typedef struct
{
  LeydenWebhookView *self;
  GWeakRef           window;
} Rotation;

static void
rotation_free (Rotation *rotation)
{
  g_object_unref (rotation->self);
  g_weak_ref_clear (&rotation->window);
  g_free (rotation);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rotation, rotation_free)

static void
rotated_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Rotation) rotation = data;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GtkWindow) window = g_weak_ref_get (&rotation->window);

  answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  if (answer == NULL)
    g_signal_emit (rotation->self, signals[SIGNAL_PROBLEM], 0, error->message);
  else if (window != NULL)
    gtk_window_present (GTK_WINDOW (leyden_webhook_dialog_new_secret (window, leyden_value_get_member_string (answer, "secret", ""))));
}

/* It is told this one time: also who has left the page until the answer is here sees it, so nothing cancels this. */
static void
rotate (LeydenWebhookView *self)
{
  g_autofree char *path = make_path (self, "/rotate");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  Rotation *rotation = g_new0 (Rotation, 1);

  rotation->self = g_object_ref (self);
  g_weak_ref_init (&rotation->window, gtk_widget_get_root (GTK_WIDGET (self)));
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body, NULL, rotated_cb, rotation);
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenWebhookView) self = data;
  g_autoptr(LeydenValue) answer = NULL;

  if (finish (self, object, result, &answer))
    g_signal_emit (self, signals[SIGNAL_REMOVED], 0);
}

static void
response_cb (LeydenWebhookView *self,
             const char        *response)
{
  g_autofree char *path = make_path (self, "");

  if (g_str_equal (response, "rotate"))
    rotate (self);
  else if (g_str_equal (response, "remove"))
    request (self, "DELETE", path, removed_cb);
}

static void
ask (LeydenWebhookView *self,
     const char        *heading,
     const char        *body,
     const char        *response,
     const char        *label,
     gboolean           destructive)
{
  GtkWidget *dialog = leyden_message_dialog_new_safe (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), heading, body);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("Cancel"), response, label, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), response, destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
rotate_cb (LeydenWebhookView *self)
{
  ask (self, _("Make a New Secret?"), _("Requests are signed with the old one, too, for a day. Until then the receiver must have the new one."), "rotate",
       _("Make"), FALSE);
}

static void
remove_cb (LeydenWebhookView *self)
{
  ask (self, _("Remove This Webhook?"), _("What waits to be sent is given up."), "remove", _("Remove"), TRUE);
}

/* ---- Life ---- */

static void
leyden_webhook_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_webhook_view_parent_class)->map (widget);
  leyden_webhook_view_refresh (LEYDEN_WEBHOOK_VIEW (widget));
}

static void
leyden_webhook_view_dispose (GObject *object)
{
  LeydenWebhookView *self = LEYDEN_WEBHOOK_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->poll, g_source_remove);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->hook, leyden_value_unref);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (leyden_webhook_view_parent_class)->dispose (object);
}

static void
leyden_webhook_view_class_init (LeydenWebhookViewClass *klass)
{
  GType type = LEYDEN_TYPE_WEBHOOK_VIEW;

  G_OBJECT_CLASS (klass)->dispose = leyden_webhook_view_dispose;
  GTK_WIDGET_CLASS (klass)->map = leyden_webhook_view_map;
  signals[SIGNAL_EDIT_REQUESTED] = g_signal_new ("edit-requested", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_REMOVED] = g_signal_new ("removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_PROBLEM] = g_signal_new ("problem", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_button (LeydenWebhookView *self,
            const char        *label,
            GCallback          callback)
{
  GtkWidget *button = leyden_button_new_with_mnemonic (label);

  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_buttons (LeydenWebhookView *self)
{
  GtkWidget *delete_button = new_button (self, _("_Remove…"), G_CALLBACK (remove_cb));

  self->test_button = new_button (self, _("Send a _Test"), G_CALLBACK (test_cb));
  self->replay_button = new_button (self, _("Send Missed A_gain"), G_CALLBACK (replay_cb));
  gtk_widget_add_css_class (self->test_button, "suggested-action");
  gtk_widget_add_css_class (delete_button, "destructive-action");
  return leyden_part_buttons (self->test_button, self->replay_button, new_button (self, _("_Edit…"), G_CALLBACK (edit_cb)),
                              new_button (self, _("_New Secret…"), G_CALLBACK (rotate_cb)), delete_button, NULL);
}

static void
leyden_webhook_view_init (LeydenWebhookView *self)
{
  GtkWidget *clamp = adw_clamp_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->title = leyden_part_label ("", "title-2");
  self->uri = leyden_part_label ("", "dim-label");
  self->counts = leyden_part_label ("", "body");
  self->problem = leyden_part_label ("", "error");
  self->empty = leyden_part_label (_("Loading…"), "dim-label");
  self->list = gtk_list_box_new ();
  self->more = gtk_button_new_with_label (_("Show Older Ones"));
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_widget_set_visible (self->list, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Deliveries"), -1);
  gtk_widget_set_halign (self->more, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->more, "pill");
  gtk_widget_set_visible (self->more, FALSE);
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_box_append (GTK_BOX (box), self->title);
  gtk_box_append (GTK_BOX (box), self->uri);
  gtk_box_append (GTK_BOX (box), self->counts);
  gtk_box_append (GTK_BOX (box), self->problem);
  gtk_box_append (GTK_BOX (box), create_buttons (self));
  gtk_box_append (GTK_BOX (box), leyden_part_label (_("Deliveries"), "heading"));
  gtk_box_append (GTK_BOX (box), self->empty);
  gtk_box_append (GTK_BOX (box), self->list);
  gtk_box_append (GTK_BOX (box), self->more);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), clamp);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect_object (self->more, "clicked", G_CALLBACK (more_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_webhook_view_new (const char *name)
{
  LeydenWebhookView *self;

  g_return_val_if_fail (name != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_WEBHOOK_VIEW, NULL);
  self->name = g_strdup (name);
  return GTK_WIDGET (self);
}
