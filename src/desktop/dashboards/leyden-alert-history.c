/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-history.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-rows.h"
#include "leyden-alert-text.h"
#include "leyden-alert-watch.h"
#include "leyden-experiment-parts.h"
#include "leyden-text.h"

#define PAGE 50

struct _LeydenAlertHistory
{
  GtkWidget         parent_instance;

  LeydenSession    *session;
  LeydenAlertWatch *watch;
  GCancellable     *cancellable;
  char             *alert;              /* nullable */
  GtkWidget        *box;
  GtkWidget        *list;
  GtkWidget        *empty;
  GtkWidget        *more;
  gint64            before;             /* where older ones begin; 0: there are none */
  gboolean          asking;
  gboolean          stale;              /* something happened since it was asked */
};

G_DEFINE_FINAL_TYPE (LeydenAlertHistory, leyden_alert_history, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ALERT_ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static GtkWidget *
new_row (LeydenValue *entry,
         gpointer     data)
{
  LeydenAlertHistory *self = data;
  const char *state = leyden_value_get_member_string (entry, "state", "ok");
  LeydenAlertWatch *watch = leyden_alert_watch_get_default ();
  LeydenValue *rule = leyden_alert_watch_find (watch, leyden_value_get_member_string (entry, "alert", ""));
  LeydenValue *metric = leyden_alert_watch_find_metric (watch, leyden_value_get_member_string (leyden_value_get_member (rule, "query"), "metric", ""));
  g_autofree char *described = leyden_alert_describe_entry (entry, rule, leyden_value_get_member_string (metric, "unit", ""));
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (entry, "title", ""), -1, 100, FALSE);
  g_autofree char *text = leyden_text_display (described, -1, 300, FALSE);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (leyden_alert_state_icon (state));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), self->alert == NULL ? title : text);
  if (self->alert == NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  gtk_widget_add_css_class (icon, leyden_alert_state_style (state, leyden_value_get_member_string (entry, "severity", NULL)));
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_alert_state_title (state), -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), self->alert == NULL);
  return row;
}

static void ask (LeydenAlertHistory *self, gint64 before);

/* @problem: why there is none; nullable. */
static void
update (LeydenAlertHistory *self,
        const char         *problem)
{
  gboolean any = gtk_widget_get_first_child (self->list) != NULL;

  leyden_part_set_text (self->empty, problem != NULL ? problem : _("Nothing has happened yet."), 400);
  gtk_widget_set_visible (self->list, any);
  gtk_widget_set_visible (self->empty, !any);
  gtk_widget_set_visible (self->more, self->before > 0);
}

typedef struct
{
  LeydenAlertHistory *self;
  gint64              before;           /* 0: the newest */
} Asked;

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autofree Asked *asked = data;
  g_autoptr(LeydenAlertHistory) self = asked->self;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *list = leyden_value_get_member (answer, "history");
  gint64 before = leyden_value_get_member_int (answer, "before", 0);

  self->asking = FALSE;
  if (self->box == NULL)
    return;
  if (answer != NULL && asked->before > 0)
    leyden_form_append_entries (self->list, list, new_row, self);
  if (answer != NULL && (asked->before > 0 || !leyden_form_renew_entries (self->list, list, before, new_row, self)))
    self->before = before;
  update (self, error != NULL ? error->message : NULL);
  if (self->stale)
    ask (self, 0);
}

static void
ask (LeydenAlertHistory *self,
     gint64              before)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  g_autofree char *escaped = self->alert != NULL ? leyden_backend_escape (self->alert) : NULL;
  g_autoptr(GString) path = g_string_new (NULL);
  Asked *asked;

  self->stale = self->asking && (self->stale || before == 0);
  if (self->asking || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  g_string_append_printf (path, "/leyden/v1/alerts/history?limit=%d", PAGE);
  if (escaped != NULL)
    g_string_append_printf (path, "&alert=%s", escaped);
  if (before > 0)
    g_string_append_printf (path, "&before=%" G_GINT64_FORMAT, before);
  self->asking = TRUE;
  asked = g_new (Asked, 1);
  *asked = (Asked) { g_object_ref (self), before };
  leyden_backend_request_async (backend, "GET", path->str, NULL, self->cancellable, received_cb, asked);
}

void
leyden_alert_history_refresh (LeydenAlertHistory *self)
{
  g_return_if_fail (LEYDEN_IS_ALERT_HISTORY (self));

  ask (self, 0);
}

static void
changed_cb (LeydenAlertHistory *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    ask (self, 0);
}

static void
more_cb (LeydenAlertHistory *self)
{
  ask (self, self->before);
}

static void
row_activated_cb (LeydenAlertHistory *self,
                  GtkListBoxRow      *row)
{
  LeydenValue *entry = g_object_get_data (G_OBJECT (row), "entry");

  if (self->alert == NULL)
    g_signal_emit (self, signals[SIGNAL_ALERT_ACTIVATED], 0, leyden_value_get_member_string (entry, "alert", ""));
}

static void
leyden_alert_history_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_alert_history_parent_class)->map (widget);
  ask (LEYDEN_ALERT_HISTORY (widget), 0);
}

static void
leyden_alert_history_dispose (GObject *object)
{
  LeydenAlertHistory *self = LEYDEN_ALERT_HISTORY (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->watch);
  g_clear_object (&self->session);
  g_clear_pointer (&self->alert, g_free);
  G_OBJECT_CLASS (leyden_alert_history_parent_class)->dispose (object);
}

static void
leyden_alert_history_class_init (LeydenAlertHistoryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_alert_history_dispose;
  widget_class->map = leyden_alert_history_map;
  signals[SIGNAL_ALERT_ACTIVATED] =
    g_signal_new ("alert-activated", LEYDEN_TYPE_ALERT_HISTORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_alert_history_init (LeydenAlertHistory *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->watch = g_object_ref (leyden_alert_watch_get_default ());
  self->cancellable = g_cancellable_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->list = gtk_list_box_new ();
  self->empty = leyden_part_label (_("Loading…"), "dim-label");
  self->more = gtk_button_new_with_label (_("Show Older Ones"));
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_widget_set_visible (self->list, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("History of alerts"), -1);
  gtk_widget_set_halign (self->more, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->more, "pill");
  gtk_widget_set_visible (self->more, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->empty);
  gtk_box_append (GTK_BOX (self->box), self->list);
  gtk_box_append (GTK_BOX (self->box), self->more);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->more, "clicked", G_CALLBACK (more_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_alert_history_new (const char *alert)
{
  LeydenAlertHistory *self = g_object_new (LEYDEN_TYPE_ALERT_HISTORY, NULL);

  self->alert = g_strdup (alert);
  return GTK_WIDGET (self);
}
