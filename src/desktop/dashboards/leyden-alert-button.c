/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-button.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-alert-text.h"
#include "leyden-text.h"

struct _LeydenAlertButton
{
  GtkWidget         parent_instance;

  LeydenAlertWatch *watch;
  GtkWidget        *button;
  GtkWidget        *number;
};

G_DEFINE_FINAL_TYPE (LeydenAlertButton, leyden_alert_button, GTK_TYPE_WIDGET)

static void
clicked_cb (LeydenAlertButton *self)
{
  LeydenValue *alerts = leyden_alert_watch_get_alerts (self->watch);
  const char *id = "";

  for (guint i = 0; leyden_alert_watch_get_n_firing (self->watch) == 1 && i < leyden_value_get_size (alerts); i++)
    {
      LeydenValue *alert = leyden_value_get_item (alerts, i);

      if (g_str_equal (leyden_value_get_member_string (leyden_value_get_member (alert, "status"), "state", ""), "firing"))
        id = leyden_value_get_member_string (alert, "id", "");
    }
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-alerts", "s", id);
}

static void
update (LeydenAlertButton *self)
{
  guint n = leyden_alert_watch_get_n_firing (self->watch);
  g_autofree char *number = g_strdup_printf ("%u", n);
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u alert fires", "%u alerts fire", n), n);

  gtk_widget_set_visible (GTK_WIDGET (self), n > 0);
  gtk_label_set_text (GTK_LABEL (self->number), number);
  gtk_widget_set_tooltip_text (self->button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
leyden_alert_button_dispose (GObject *object)
{
  LeydenAlertButton *self = LEYDEN_ALERT_BUTTON (object);

  g_clear_pointer (&self->button, gtk_widget_unparent);
  g_clear_object (&self->watch);
  G_OBJECT_CLASS (leyden_alert_button_parent_class)->dispose (object);
}

static void
leyden_alert_button_class_init (LeydenAlertButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_alert_button_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_alert_button_init (LeydenAlertButton *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 3);

  self->watch = g_object_ref (leyden_alert_watch_get_default ());
  self->button = gtk_button_new ();
  self->number = gtk_label_new ("");
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  gtk_box_append (GTK_BOX (box), self->number);
  gtk_button_set_child (GTK_BUTTON (self->button), box);
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_add_css_class (self->button, "warning");
  gtk_widget_add_css_class (self->button, "alertsign");
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (clicked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watch, "notify::n-firing", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

GtkWidget *
leyden_alert_button_new (void)
{
  return g_object_new (LEYDEN_TYPE_ALERT_BUTTON, NULL);
}

/* ---- Notifications ---- */

static GNotificationPriority
get_priority (LeydenValue *alert,
              gboolean     firing)
{
  const char *severity = leyden_value_get_member_string (alert, "severity", "warning");

  if (!firing || g_str_equal (severity, "info"))
    return G_NOTIFICATION_PRIORITY_NORMAL;
  return g_str_equal (severity, "critical") ? G_NOTIFICATION_PRIORITY_URGENT : G_NOTIFICATION_PRIORITY_HIGH;
}

/* Some servers of notifications read markup in the body; the title is always plain. */
void
leyden_alert_notify (GApplication *application,
                     LeydenValue  *alert)
{
  const char *id = leyden_value_get_member_string (alert, "id", "");
  gboolean firing = g_strcmp0 (leyden_value_get_member_string (alert, "news", NULL), "firing") == 0;
  LeydenValue *metric = leyden_alert_watch_find_metric (leyden_alert_watch_get_default (),
                                                        leyden_value_get_member_string (leyden_value_get_member (alert, "query"), "metric", NULL));
  g_autofree char *title = NULL;
  g_autofree char *described = NULL;
  g_autofree char *body = NULL;
  g_autofree char *name = g_strconcat ("alert-", id, NULL);
  g_autoptr(GNotification) notification = NULL;

  g_return_if_fail (G_IS_APPLICATION (application) && alert != NULL);

  if (!leyden_value_get_member_boolean (alert, "desktop", TRUE))
    return;
  title = leyden_text_display (leyden_value_get_member_string (alert, "title", ""), -1, 80, FALSE);
  described = leyden_alert_describe_status (alert, leyden_value_get_member_string (metric, "unit", ""));
  body = strpbrk (described, "<&") != NULL ? leyden_text_to_markup (described, -1, 300) : leyden_text_display (described, -1, 300, FALSE);
  notification = g_notification_new (title);
  g_notification_set_body (notification, body);
  g_notification_set_priority (notification, get_priority (alert, firing));
  g_notification_set_default_action_and_target (notification, "app.show-alert", "s", id);
  if (firing)
    g_notification_add_button_with_target (notification, _("Show"), "app.show-alert", "s", id);
  g_application_send_notification (application, name, notification);
}
