/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboards-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-watch.h"
#include "leyden-safe-text.h"
#include "leyden-spinner.h"
#include "leyden-text.h"

static const struct
{
  const char *name;
  const char *title;
} templates[] = {
  { "flow", N_("One Flow") },
  { "versions", N_("Versions Side by Side") },
  { "agents", N_("Programs That Send Spans") },
};

/* --- the list --- */

static GtkWidget *
new_row (LeydenValue *value)
{
  GtkWidget *row = adw_action_row_new ();
  gboolean ready = leyden_value_get_member_boolean (value, "ready", FALSE);
  const char *title = leyden_value_get_member_string (value, "title", "");
  const char *description = leyden_value_get_member_string (value, "description", "");
  g_autofree char *shown = leyden_text_display (ready && *title != '\0' ? g_dgettext (GETTEXT_PACKAGE, title) : title, -1, 80, FALSE);
  g_autofree char *subtitle = *description != '\0' ? leyden_text_display (ready ? g_dgettext (GETTEXT_PACKAGE, description) : description, -1, 200, FALSE) : NULL;

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), shown);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data_full (G_OBJECT (row), "id", g_strdup (leyden_value_get_member_string (value, "id", "")), g_free);
  return row;
}

static void
fill (LeydenDashboardsPage *self)
{
  LeydenValue *list = leyden_value_get_member (self->list, "dashboards");
  GtkWidget *child;
  gboolean any = FALSE;

  while ((child = gtk_widget_get_first_child (self->ready)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->ready), child);
  while ((child = gtk_widget_get_first_child (self->own)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->own), child);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *value = leyden_value_get_item (list, i);
      gboolean ready = leyden_value_get_member_boolean (value, "ready", FALSE);

      gtk_list_box_append (GTK_LIST_BOX (ready ? self->ready : self->own), new_row (value));
      any |= !ready;
    }
  gtk_widget_set_visible (self->own, any);
  gtk_widget_set_visible (self->own_hint, !any);
}

void
leyden_dashboards_page_update_state (LeydenDashboardsPage *self)
{
  LeydenBackendState state = leyden_backend_get_state (leyden_session_get_backend (self->session));
  const GError *error = leyden_backend_get_error (leyden_session_get_backend (self->session));

  gtk_widget_set_sensitive (self->new_button, !leyden_session_is_read_only (self->session));
  gtk_widget_set_sensitive (self->import_button, !leyden_session_is_read_only (self->session));
  if (self->list != NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "rows");
  else if (state == LEYDEN_BACKEND_FAILED)
    {
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->stack), "failed")), _("No Backend"),
                                   error != NULL ? error->message : NULL);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
    }
  else
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "connecting");
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenDashboardsPage) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  if (answer == NULL || self->outer == NULL || (self->list != NULL && leyden_value_equal (self->list, answer)))
    return;
  g_clear_pointer (&self->list, leyden_value_unref);
  self->list = g_steal_pointer (&answer);
  fill (self);
  leyden_dashboards_page_update_state (self);
}

void
leyden_dashboards_page_ask (LeydenDashboardsPage *self)
{
  if (leyden_backend_get_state (leyden_session_get_backend (self->session)) == LEYDEN_BACKEND_CONNECTED && gtk_widget_get_mapped (GTK_WIDGET (self)))
    leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", LEYDEN_DASHBOARDS_PATH, NULL, self->cancellable, listed_cb, g_object_ref (self));
}

/* --- what it says of alerts --- */

/* What is firing is said before somebody looks. */
static void
alerts_changed_cb (LeydenDashboardsPage *self)
{
  LeydenAlertWatch *watch = leyden_alert_watch_get_default ();
  guint n = leyden_alert_watch_get_n_firing (watch), n_rules = leyden_value_get_size (leyden_alert_watch_get_alerts (watch));
  g_autofree char *firing = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u alert fires", "%u alerts fire", n), n);
  g_autofree char *rules = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rule", "%u rules", n_rules), n_rules);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->alerts_row), n > 0 ? firing : n_rules > 0 ? rules : _("Be told when a metric is beyond a threshold"));
}

static void
alerts_activated_cb (LeydenDashboardsPage *self)
{
  leyden_dashboards_page_show_alerts (self, NULL);
}

/* --- its widgets --- */

static void
row_activated_cb (LeydenDashboardsPage *self,
                  GtkListBoxRow        *row)
{
  leyden_dashboards_page_show (self, g_object_get_data (G_OBJECT (row), "id"), NULL, NULL, NULL);
}

static void
retry_cb (LeydenDashboardsPage *self)
{
  leyden_session_start (self->session);
}

static GtkWidget *
create_list_box (GtkWidget  *box,
                 const char *title)
{
  GtkWidget *heading = gtk_label_new (title);
  GtkWidget *list = gtk_list_box_new ();

  gtk_label_set_xalign (GTK_LABEL (heading), 0);
  gtk_widget_add_css_class (heading, "heading");
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (GTK_BOX (box), heading);
  gtk_box_append (GTK_BOX (box), list);
  return list;
}

static void
create_alerts_row (LeydenDashboardsPage *self,
                   GtkWidget            *box)
{
  GtkWidget *list = create_list_box (box, _("Alerts"));

  self->alerts_row = adw_action_row_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->alerts_row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->alerts_row), _("Alert Rules and Webhooks"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->alerts_row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->alerts_row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_append (GTK_LIST_BOX (list), self->alerts_row);
  g_signal_connect_object (list, "row-activated", G_CALLBACK (alerts_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_alert_watch_get_default (), "changed", G_CALLBACK (alerts_changed_cb), self, G_CONNECT_SWAPPED);
  alerts_changed_cb (self);
}

static GtkWidget *
create_rows (LeydenDashboardsPage *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  gtk_widget_add_css_class (box, "dashboardlist");
  self->ready = create_list_box (box, _("Ready Dashboards"));
  self->own = create_list_box (box, _("Your Dashboards"));
  g_signal_connect_object (self->ready, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->own, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  self->own_hint = gtk_label_new (_("None yet. “New” makes one, from nothing or from a template; “Edit” in a ready dashboard makes a copy of it that is yours."));
  gtk_label_set_wrap (GTK_LABEL (self->own_hint), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->own_hint), 0);
  gtk_box_append (GTK_BOX (box), self->own_hint);
  create_alerts_row (self, box);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

static GMenuModel *
make_new_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) plain = g_menu_new ();
  g_autoptr(GMenu) from = g_menu_new ();

  g_menu_append (plain, _("_Empty"), "dashboards.new::");
  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    {
      g_autofree char *action = g_strconcat ("dashboards.new::", templates[i].name, NULL);

      g_menu_append (from, _(templates[i].title), action);
    }
  g_menu_append_section (menu, NULL, G_MENU_MODEL (plain));
  g_menu_append_section (menu, _("Templates"), G_MENU_MODEL (from));
  return G_MENU_MODEL (menu);
}

static GMenuModel *
make_import_menu (void)
{
  GMenu *menu = g_menu_new ();

  g_menu_append (menu, _("From a _File…"), "dashboards.import");
  g_menu_append (menu, _("From the _Clipboard"), "dashboards.paste");
  return G_MENU_MODEL (menu);
}

static GtkWidget *
create_list_bar (LeydenDashboardsPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *space = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  g_autoptr(GMenuModel) new_menu = make_new_menu ();
  g_autoptr(GMenuModel) import_menu = make_import_menu ();

  gtk_widget_set_hexpand (space, TRUE);
  self->new_button = gtk_menu_button_new ();
  self->import_button = gtk_menu_button_new ();
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->new_button), _("New"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->new_button), new_menu);
  gtk_widget_set_tooltip_text (self->new_button, _("Make a dashboard"));
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->import_button), _("Import"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->import_button), import_menu);
  gtk_widget_set_tooltip_text (self->import_button, _("Bring a dashboard here"));
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_box_append (GTK_BOX (bar), space);
  gtk_box_append (GTK_BOX (bar), self->import_button);
  gtk_box_append (GTK_BOX (bar), self->new_button);
  return bar;
}

GtkWidget *
leyden_dashboards_page_create_list (LeydenDashboardsPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *failed = adw_status_page_new ();
  GtkWidget *retry = gtk_button_new_with_label (_("Try Again"));

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (failed), "dialog-error-symbolic");
  gtk_widget_set_halign (retry, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (retry, "pill");
  g_signal_connect_object (retry, "clicked", G_CALLBACK (retry_cb), self, G_CONNECT_SWAPPED);
  adw_status_page_set_child (ADW_STATUS_PAGE (failed), retry);
  self->stack = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), leyden_spinner_new_connecting (), "connecting");
  gtk_stack_add_named (GTK_STACK (self->stack), create_rows (self), "rows");
  gtk_stack_add_named (GTK_STACK (self->stack), failed, "failed");
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_box_append (GTK_BOX (box), create_list_bar (self));
  gtk_box_append (GTK_BOX (box), self->stack);
  return box;
}
