/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboard-view-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-budget-dialog.h"
#include "leyden-button.h"
#include "leyden-dashboard-about.h"
#include "leyden-dashboard-settings.h"
#include "leyden-experiment-parts.h"
#include "leyden-json.h"
#include "leyden-report-dialog.h"
#include "leyden-spinner.h"
#include "leyden-text.h"
#include "leyden-wrap-box.h"

/* The bars of a dashboard, and the commands of its menu. */

static GtkWindow *
get_window (LeydenDashboardView *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

/* --- commands --- */

static void
edit_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);

  if (self->history == NULL)
    return;
  if (self->ready)
    g_signal_emit_by_name (self, "copy-requested", leyden_dashboard_history_get (self->history), NULL, NULL);
  else
    leyden_dashboard_view_set_editing (self, !self->editing);
}

static void
add_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  leyden_dashboard_view_act (LEYDEN_DASHBOARD_VIEW (widget), "", "add");
}

static void
undo_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  leyden_dashboard_view_undo (LEYDEN_DASHBOARD_VIEW (widget));
}

static void
redo_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  leyden_dashboard_view_redo (LEYDEN_DASHBOARD_VIEW (widget));
}

static void
refresh_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  leyden_dashboard_feed_refresh (LEYDEN_DASHBOARD_VIEW (widget)->feed);
}

static void
duplicate_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);

  if (self->history != NULL)
    g_signal_emit_by_name (self, "copy-requested", leyden_dashboard_history_get (self->history), NULL, NULL);
}

static void
remove_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  g_signal_emit_by_name (widget, "remove-requested");
}

static void
about_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);

  if (self->history != NULL)
    gtk_window_present (GTK_WINDOW (leyden_dashboard_about_new (get_window (self), leyden_dashboard_history_get (self->history))));
}

static void
budgets_changed_cb (LeydenDashboardView *self)
{
  leyden_dashboard_feed_refresh (self->feed);
}

static void
budget_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);
  GtkWidget *dialog = leyden_budget_dialog_new (get_window (self), self->session);

  g_signal_connect_object (dialog, "kept", G_CALLBACK (budgets_changed_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
settings_cb (LeydenDashboardView *self,
             LeydenValue         *document)
{
  leyden_dashboard_view_change (self, _("Change Settings"), document);
  self->refresh_s = (int) leyden_value_get_member_int (document, "refresh_s", LEYDEN_DASHBOARD_LIVE);
  leyden_dashboard_feed_set_refresh (self->feed, self->refresh_s);
}

/* What is shown now counts as the time of the dashboard when that is chosen. */
static void
settings_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);
  GtkWidget *dialog;

  if (self->history == NULL)
    return;
  if (self->ready)
    {
      g_signal_emit_by_name (self, "copy-requested", leyden_dashboard_history_get (self->history), NULL, NULL);
      return;
    }
  dialog = leyden_dashboard_settings_new (get_window (self), self->session, leyden_dashboard_history_get (self->history), self->time, self->zone,
                                          self->refresh_s);
  g_signal_connect_object (dialog, "done", G_CALLBACK (settings_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- as a file --- */

static char *
make_file_name (LeydenValue *document)
{
  g_autofree char *name = g_strdup (leyden_value_get_member_string (document, "title", ""));

  g_strdelimit (name, "/\\:*?\"<>|\n\r\t", '-');
  return g_strdup_printf ("%s.leyden-dashboard", *name != '\0' ? name : "dashboard");
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenDashboardView) self = data;
  g_autoptr(GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    leyden_dashboard_view_toast (self, _("The dashboard is in the file"));
  else
    leyden_dashboard_view_toast (self, error->message);
}

static void
chosen_cb (GtkNativeDialog     *dialog,
           int                  response,
           LeydenDashboardView *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file != NULL && self->history != NULL)
    {
      g_autofree char *text = leyden_json_write (leyden_dashboard_history_get (self->history), LEYDEN_JSON_PRETTY);
      gsize length = strlen (text);
      g_autoptr(GBytes) bytes = g_bytes_new_take (g_steal_pointer (&text), length);

      g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL, written_cb, g_object_ref (self));
    }
  g_clear_object (&self->chooser);
}

static void
export_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);
  g_autofree char *file_name = NULL;

  if (self->history == NULL)
    return;
  file_name = make_file_name (leyden_dashboard_history_get (self->history));
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_("Export the Dashboard"), get_window (self), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), file_name);
  g_signal_connect (self->chooser, "response", G_CALLBACK (chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* As text: into a mail, into a chat, and from there by “Paste” in the list of another Leyden. */
static void
share_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);
  g_autofree char *text = NULL;

  if (self->history == NULL)
    return;
  text = leyden_json_write (leyden_dashboard_history_get (self->history), LEYDEN_JSON_PRETTY);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  leyden_dashboard_view_toast (self, _("The dashboard is in the clipboard, as text"));
}

/* With what is shown: the time and the choices. */
static void
report_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (widget);
  g_autoptr(LeydenValue) values = NULL;

  if (self->history == NULL)
    return;
  /* The backend makes it of what it has. */
  leyden_dashboard_view_flush (self);
  values = leyden_variables_bar_get_values (LEYDEN_VARIABLES_BAR (self->variables));
  leyden_report_dialog_present (get_window (self), self->id, NULL,
                                leyden_value_get_member_string (leyden_dashboard_history_get (self->history), "title", ""), self->time, self->zone, values);
}

void
leyden_dashboard_view_add_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "dashboard.edit", NULL, edit_action);
  gtk_widget_class_install_action (widget_class, "dashboard.add", NULL, add_action);
  gtk_widget_class_install_action (widget_class, "dashboard.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "dashboard.redo", NULL, redo_action);
  gtk_widget_class_install_action (widget_class, "dashboard.refresh", NULL, refresh_action);
  gtk_widget_class_install_action (widget_class, "dashboard.duplicate", NULL, duplicate_action);
  gtk_widget_class_install_action (widget_class, "dashboard.remove", NULL, remove_action);
  gtk_widget_class_install_action (widget_class, "dashboard.about", NULL, about_action);
  gtk_widget_class_install_action (widget_class, "dashboard.budget", NULL, budget_action);
  gtk_widget_class_install_action (widget_class, "dashboard.settings", NULL, settings_action);
  gtk_widget_class_install_action (widget_class, "dashboard.export", NULL, export_action);
  gtk_widget_class_install_action (widget_class, "dashboard.share", NULL, share_action);
  gtk_widget_class_install_action (widget_class, "dashboard.report", NULL, report_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_r, GDK_CONTROL_MASK, "dashboard.refresh", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_e, GDK_CONTROL_MASK, "dashboard.edit", NULL);
}

/* --- widgets --- */

static GtkWidget *
new_icon_button (const char *icon,
                 const char *label,
                 const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static GMenuModel *
make_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) know = g_menu_new ();
  g_autoptr(GMenu) change = g_menu_new ();
  g_autoptr(GMenu) give = g_menu_new ();
  g_autoptr(GMenu) end = g_menu_new ();

  g_menu_append (know, _("_What the Numbers Mean"), "dashboard.about");
  g_menu_append (know, _("_Budget and Value…"), "dashboard.budget");
  g_menu_append (change, _("_Settings…"), "dashboard.settings");
  g_menu_append (change, _("_Duplicate"), "dashboard.duplicate");
  g_menu_append (give, _("Re_port…"), "dashboard.report");
  g_menu_append (give, _("E_xport to a File…"), "dashboard.export");
  g_menu_append (give, _("_Copy as Text"), "dashboard.share");
  g_menu_append (end, _("_Remove"), "dashboard.remove");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (know));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (change));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (give));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (end));
  return G_MENU_MODEL (menu);
}

static GtkWidget *
create_title_bar (LeydenDashboardView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autoptr(GMenuModel) menu = make_menu ();

  gtk_box_append (GTK_BOX (bar), new_icon_button ("go-previous-symbolic", _("Back to the list"), "dashboards.back"));
  self->title = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_widget_set_hexpand (self->title, TRUE);
  gtk_widget_add_css_class (self->title, "title-4");
  self->simulated = leyden_part_chip (_("Simulated"), NULL);
  gtk_widget_set_valign (self->simulated, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (self->simulated, FALSE);
  self->saved = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->saved, "dim-label");
  self->undo_button = new_icon_button ("edit-undo-symbolic", _("Undo"), "dashboard.undo");
  self->redo_button = new_icon_button ("edit-redo-symbolic", _("Redo"), "dashboard.redo");
  self->add_button = new_icon_button ("list-add-symbolic", _("Add a panel"), "dashboard.add");
  self->edit_button = leyden_button_new_with_mnemonic (_("_Edit"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->edit_button), "dashboard.edit");
  self->menu_button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->menu_button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->menu_button), menu);
  gtk_widget_set_tooltip_text (self->menu_button, _("Menu of the dashboard"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Menu of the dashboard"), -1);
  gtk_widget_add_css_class (self->menu_button, "flat");
  gtk_box_append (GTK_BOX (bar), self->title);
  gtk_box_append (GTK_BOX (bar), self->simulated);
  gtk_box_append (GTK_BOX (bar), self->add_button);
  gtk_box_append (GTK_BOX (bar), self->edit_button);
  gtk_box_append (GTK_BOX (bar), self->menu_button);
  gtk_widget_add_css_class (bar, "dashboardtitle");
  return bar;
}

static GtkWidget *
create_choice_bar (LeydenDashboardView *self)
{
  GtkWidget *wrap = leyden_wrap_box_new ();
  GtkWidget *time = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *changes = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (wrap), FALSE);
  self->variables = leyden_variables_bar_new (self->session);
  self->time_button = leyden_time_range_button_new ();
  self->refresh_button = new_icon_button ("view-refresh-symbolic", _("Ask again now"), "dashboard.refresh");
  gtk_box_append (GTK_BOX (time), self->time_button);
  gtk_box_append (GTK_BOX (time), self->refresh_button);
  gtk_widget_set_parent (self->variables, wrap);
  gtk_widget_set_parent (time, wrap);
  /* Not beside the title: in 360 pixels nothing would be left of it. */
  gtk_box_append (GTK_BOX (changes), self->undo_button);
  gtk_box_append (GTK_BOX (changes), self->redo_button);
  gtk_box_append (GTK_BOX (changes), self->saved);
  gtk_widget_set_parent (changes, wrap);
  gtk_widget_add_css_class (wrap, "dashboardchoices");
  return wrap;
}

static GtkWidget *
create_banner (LeydenDashboardView *self)
{
  self->banner = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  self->banner_text = gtk_label_new (NULL);
  self->banner_run = leyden_button_new_with_mnemonic (_("_Run a Flow"));
  self->banner_all = leyden_button_new_with_mnemonic (_("Show _All Times"));
  gtk_label_set_wrap (GTK_LABEL (self->banner_text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->banner_text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->banner_text), 0);
  gtk_widget_add_css_class (self->banner_run, "suggested-action");
  gtk_widget_add_css_class (self->banner, "card");
  gtk_widget_add_css_class (self->banner, "notice");
  gtk_widget_add_css_class (self->banner, "dashboardbanner");
  gtk_box_append (GTK_BOX (self->banner), self->banner_text);
  gtk_box_append (GTK_BOX (self->banner), leyden_part_buttons (self->banner_run, self->banner_all, NULL));
  gtk_widget_set_visible (self->banner, FALSE);
  return self->banner;
}

static GtkWidget *
create_board (LeydenDashboardView *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->grid = leyden_board_grid_new ();
  gtk_widget_set_valign (self->grid, GTK_ALIGN_START);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->grid);
  return scroller;
}

static GtkWidget *
create_none (void)
{
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *button = leyden_button_new_with_mnemonic (_("_Add a Panel"));

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "leyden-dashboards-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _("No Panels Yet"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page), _("A panel shows one metric, or the answer to a query, as a chart, a number or a table."));
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_add_css_class (button, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "dashboard.add");
  adw_status_page_set_child (ADW_STATUS_PAGE (page), button);
  return page;
}

void
leyden_dashboard_view_build (LeydenDashboardView *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->stack = gtk_stack_new ();
  self->full_bin = adw_bin_new ();
  gtk_widget_add_css_class (self->full_bin, "fullpanel");
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), create_board (self), "board");
  gtk_stack_add_named (GTK_STACK (self->stack), self->full_bin, "full");
  gtk_stack_add_named (GTK_STACK (self->stack), create_none (), "none");
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_box_append (GTK_BOX (self->box), create_title_bar (self));
  gtk_box_append (GTK_BOX (self->box), create_choice_bar (self));
  gtk_box_append (GTK_BOX (self->box), create_banner (self));
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}
