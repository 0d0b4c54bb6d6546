/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alerts-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-editor.h"
#include "leyden-alert-history.h"
#include "leyden-alert-text.h"
#include "leyden-alert-view.h"
#include "leyden-alert-watch.h"
#include "leyden-button.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"
#include "leyden-webhook-dialog.h"
#include "leyden-webhook-view.h"
#include "leyden-webhooks-list.h"

struct _LeydenAlertsPage
{
  GtkWidget         parent_instance;

  LeydenSession    *session;
  LeydenAlertWatch *watch;
  GtkWidget        *outer;              /* stack: "lists", "view" */
  GtkWidget        *lists;              /* stack: "rules", "history", "webhooks" */
  GtkWidget        *choice;             /* of these, where there is little room */
  GtkWidget        *add_button;
  GtkWidget        *rules;              /* stack: "empty", "rows", "failed" */
  GtkWidget        *list;
  GHashTable       *rows;               /* id → row, borrowed */
  GtkWidget        *webhooks;
  GtkWidget        *place;              /* of the view */
  GtkWidget        *back_label;
  GtkWidget        *view;               /* nullable */
};

G_DEFINE_FINAL_TYPE (LeydenAlertsPage, leyden_alerts_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- Rules ---- */

static GtkWidget *
new_row (void)
{
  GtkWidget *row = adw_action_row_new (), *icon = gtk_image_new (), *severity = gtk_label_new ("");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 3);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), severity);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data (G_OBJECT (row), "icon", icon);
  g_object_set_data (G_OBJECT (row), "severity", severity);
  return row;
}

static void
set_row (LeydenAlertsPage *self,
         GtkWidget        *row,
         LeydenValue      *alert)
{
  const char *name = leyden_value_get_member_string (leyden_value_get_member (alert, "query"), "metric", "SQL");
  LeydenValue *metric = leyden_alert_watch_find_metric (self->watch, name);
  const char *unit = leyden_value_get_member_string (metric, "unit", "");
  const char *state = leyden_value_get_member_string (leyden_value_get_member (alert, "status"), "state", "ok");
  const char *severity = leyden_value_get_member_string (alert, "severity", "warning");
  g_autofree char *rule = leyden_alert_describe_rule (alert, leyden_value_get_member_string (metric, "title", name), unit);
  g_autofree char *status = leyden_alert_describe_status (alert, unit);
  g_autofree char *both = g_strdup_printf ("%s\n%s", status, rule);
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (alert, "title", ""), -1, 100, FALSE);
  g_autofree char *text = leyden_text_display (both, -1, 400, TRUE);
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "icon"), *chip = g_object_get_data (G_OBJECT (row), "severity");

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), leyden_alert_state_icon (state));
  gtk_widget_set_css_classes (icon, (const char *[]) { leyden_alert_state_style (state, severity), NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_alert_state_title (state), -1);
  gtk_label_set_text (GTK_LABEL (chip), leyden_alert_severity_title (severity));
  gtk_widget_set_css_classes (chip, (const char *[]) { "caption", g_str_equal (severity, "critical") ? "error" : "dim-label", NULL });
  g_object_set_data_full (G_OBJECT (row), "id", g_strdup (leyden_value_get_member_string (alert, "id", "")), g_free);
}

/* Rows that stay keep the focus. */
static void
fill_rows (LeydenAlertsPage *self,
           LeydenValue      *alerts)
{
  g_autoptr(GHashTable) gone = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (gone, key);
  for (guint i = 0; i < leyden_value_get_size (alerts); i++)
    {
      LeydenValue *alert = leyden_value_get_item (alerts, i);
      const char *id = leyden_value_get_member_string (alert, "id", "");
      GtkWidget *row = g_hash_table_lookup (self->rows, id);

      if (row == NULL)
        {
          row = new_row ();
          g_hash_table_insert (self->rows, g_strdup (id), row);
          gtk_list_box_insert (GTK_LIST_BOX (self->list), row, (int) i);
        }
      g_hash_table_remove (gone, id);
      set_row (self, row, alert);
    }
  g_hash_table_iter_init (&iter, gone);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      gtk_list_box_remove (GTK_LIST_BOX (self->list), g_hash_table_lookup (self->rows, key));
      g_hash_table_remove (self->rows, key);
    }
}

static void
update (LeydenAlertsPage *self)
{
  LeydenValue *alerts = leyden_alert_watch_get_alerts (self->watch);
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  const GError *error = leyden_backend_get_error (backend);
  const char *problem = leyden_alert_watch_get_problem (self->watch);

  if (problem == NULL && leyden_backend_get_state (backend) == LEYDEN_BACKEND_FAILED)
    problem = error != NULL ? error->message : "";
  fill_rows (self, alerts);
  gtk_widget_set_sensitive (self->add_button, !leyden_session_is_read_only (self->session));
  if (leyden_value_get_size (alerts) > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->rules), "rows");
  else if (problem != NULL)
    {
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->rules), "failed")), _("No Alert Rules to See"), problem);
      gtk_stack_set_visible_child_name (GTK_STACK (self->rules), "failed");
    }
  else
    gtk_stack_set_visible_child_name (GTK_STACK (self->rules), "empty");
}

/* ---- Views ---- */

static void
problem_cb (LeydenAlertsPage *self,
            const char       *text)
{
  g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, text);
}

static void
back (LeydenAlertsPage *self)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "lists");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "alerts.back", FALSE);
  if (self->view != NULL)
    gtk_box_remove (GTK_BOX (self->place), self->view);
  self->view = NULL;
  leyden_webhooks_list_refresh (LEYDEN_WEBHOOKS_LIST (self->webhooks));
}

/* Takes @view, floating. */
static void
show_view (LeydenAlertsPage *self,
           GtkWidget        *view,
           const char       *label)
{
  if (self->view != NULL)
    gtk_box_remove (GTK_BOX (self->place), self->view);
  self->view = view;
  gtk_widget_set_vexpand (view, TRUE);
  gtk_box_append (GTK_BOX (self->place), view);
  g_signal_connect_object (view, "problem", G_CALLBACK (problem_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "removed", G_CALLBACK (back), self, G_CONNECT_SWAPPED);
  adw_button_content_set_label (ADW_BUTTON_CONTENT (self->back_label), label);
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "view");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "alerts.back", TRUE);
}

static GtkWindow *
get_window (LeydenAlertsPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

static void
edit_rule_cb (LeydenAlertsPage *self,
              LeydenAlertView  *view)
{
  LeydenValue *alert = leyden_alert_watch_find (self->watch, leyden_alert_view_get_id (view));

  if (alert != NULL)
    gtk_window_present (GTK_WINDOW (leyden_alert_editor_new (get_window (self), alert)));
}

void
leyden_alerts_page_show_alert (LeydenAlertsPage *self,
                               const char       *id)
{
  GtkWidget *view;

  g_return_if_fail (LEYDEN_IS_ALERTS_PAGE (self));

  if (id == NULL || *id == '\0')
    {
      leyden_alerts_page_show_list (self, "rules");
      return;
    }
  view = leyden_alert_view_new (id);
  g_signal_connect_object (view, "edit-requested", G_CALLBACK (edit_rule_cb), self, G_CONNECT_SWAPPED);
  show_view (self, view, _("Alerts"));
}

static void
hook_saved_cb (LeydenAlertsPage *self)
{
  leyden_webhooks_list_refresh (LEYDEN_WEBHOOKS_LIST (self->webhooks));
  if (LEYDEN_IS_WEBHOOK_VIEW (self->view))
    leyden_webhook_view_refresh (LEYDEN_WEBHOOK_VIEW (self->view));
}

static void
edit_hook_cb (LeydenAlertsPage *self,
              LeydenValue      *hook)
{
  GtkWidget *dialog = leyden_webhook_dialog_new (get_window (self), hook, leyden_webhooks_list_get_events (LEYDEN_WEBHOOKS_LIST (self->webhooks)));

  g_signal_connect_object (dialog, "saved", G_CALLBACK (hook_saved_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
leyden_alerts_page_show_webhook (LeydenAlertsPage *self,
                                 const char       *name)
{
  GtkWidget *view;

  g_return_if_fail (LEYDEN_IS_ALERTS_PAGE (self) && name != NULL);

  view = leyden_webhook_view_new (name);
  g_signal_connect_object (view, "edit-requested", G_CALLBACK (edit_hook_cb), self, G_CONNECT_SWAPPED);
  gtk_stack_set_visible_child_name (GTK_STACK (self->lists), "webhooks");
  show_view (self, view, _("Webhooks"));
}

void
leyden_alerts_page_show_list (LeydenAlertsPage *self,
                              const char       *name)
{
  g_return_if_fail (LEYDEN_IS_ALERTS_PAGE (self) && name != NULL);

  back (self);
  gtk_stack_set_visible_child_name (GTK_STACK (self->lists), name);
}

gboolean
leyden_alerts_page_is_list (LeydenAlertsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERTS_PAGE (self), TRUE);

  return self->view == NULL;
}

GtkWidget *
leyden_alerts_page_get_view (LeydenAlertsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERTS_PAGE (self), NULL);

  return self->view;
}

static void
rule_saved_cb (LeydenAlertsPage *self,
               const char       *id)
{
  leyden_alerts_page_show_alert (self, id);
}

GtkWidget *
leyden_alerts_page_add_rule (LeydenAlertsPage *self)
{
  GtkWidget *editor;

  g_return_val_if_fail (LEYDEN_IS_ALERTS_PAGE (self), NULL);

  editor = leyden_alert_editor_new (get_window (self), NULL);
  g_signal_connect_object (editor, "saved", G_CALLBACK (rule_saved_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (editor));
  return editor;
}

GtkWidget *
leyden_alerts_page_add_webhook (LeydenAlertsPage *self)
{
  GtkWidget *dialog;

  g_return_val_if_fail (LEYDEN_IS_ALERTS_PAGE (self), NULL);

  dialog = leyden_webhook_dialog_new (get_window (self), NULL, leyden_webhooks_list_get_events (LEYDEN_WEBHOOKS_LIST (self->webhooks)));
  g_signal_connect_object (dialog, "saved", G_CALLBACK (hook_saved_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  return dialog;
}

/* ---- Signals of what is inside ---- */

static void
add_cb (LeydenAlertsPage *self)
{
  if (g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (self->lists)), "webhooks") == 0)
    leyden_alerts_page_add_webhook (self);
  else
    leyden_alerts_page_add_rule (self);
}

static const char * const list_names[] = { "rules", "history", "webhooks" };

static void
choice_cb (LeydenAlertsPage *self)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->choice));

  if (selected < G_N_ELEMENTS (list_names))
    gtk_stack_set_visible_child_name (GTK_STACK (self->lists), list_names[selected]);
}

static void
list_cb (LeydenAlertsPage *self)
{
  const char *name = gtk_stack_get_visible_child_name (GTK_STACK (self->lists));
  const char *label = g_strcmp0 (name, "webhooks") == 0 ? _("Add a webhook") : _("Add an alert rule");

  for (guint i = 0; i < G_N_ELEMENTS (list_names); i++)
    if (g_strcmp0 (name, list_names[i]) == 0)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->choice), i);
  gtk_widget_set_visible (self->add_button, g_strcmp0 (name, "history") != 0);
  gtk_widget_set_tooltip_text (self->add_button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->add_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
row_activated_cb (LeydenAlertsPage *self,
                  GtkListBoxRow    *row)
{
  leyden_alerts_page_show_alert (self, g_object_get_data (G_OBJECT (row), "id"));
}

static void
entry_activated_cb (LeydenAlertsPage *self,
                    const char       *id)
{
  if (leyden_alert_watch_find (self->watch, id) != NULL)
    leyden_alerts_page_show_alert (self, id);
}

static void
hook_activated_cb (LeydenAlertsPage *self,
                   const char       *name)
{
  leyden_alerts_page_show_webhook (self, name);
}

static void
back_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  back (LEYDEN_ALERTS_PAGE (widget));
}

/* ---- Life ---- */

static void
leyden_alerts_page_map (GtkWidget *widget)
{
  LeydenAlertsPage *self = LEYDEN_ALERTS_PAGE (widget);

  GTK_WIDGET_CLASS (leyden_alerts_page_parent_class)->map (widget);
  leyden_session_start (self->session);
  leyden_alert_watch_refresh (self->watch);
}

static void
leyden_alerts_page_dispose (GObject *object)
{
  LeydenAlertsPage *self = LEYDEN_ALERTS_PAGE (object);

  if (self->lists != NULL)
    g_signal_handlers_disconnect_by_data (self->lists, self);
  self->lists = NULL;
  g_clear_pointer (&self->outer, gtk_widget_unparent);
  self->view = NULL;
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_object (&self->watch);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_alerts_page_parent_class)->dispose (object);
}

static void
leyden_alerts_page_class_init (LeydenAlertsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_alerts_page_dispose;
  widget_class->map = leyden_alerts_page_map;
  signals[SIGNAL_PROBLEM] = g_signal_new ("problem", LEYDEN_TYPE_ALERTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "alerts.back", NULL, back_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "alerts.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "alerts.back", NULL);
}

/* @child in the middle of what scrolls. */
static GtkWidget *
wrap (GtkWidget *child)
{
  GtkWidget *scroller = gtk_scrolled_window_new (), *clamp = adw_clamp_new ();

  gtk_widget_set_margin_top (child, 12);
  gtk_widget_set_margin_bottom (child, 18);
  gtk_widget_set_margin_start (child, 12);
  gtk_widget_set_margin_end (child, 12);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), child);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

static GtkWidget *
create_rules (LeydenAlertsPage *self)
{
  GtkWidget *empty = adw_status_page_new (), *failed = adw_status_page_new (), *button = leyden_button_new_with_mnemonic (_("_Add an Alert Rule…"));

  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_widget_set_valign (self->list, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Alert rules"), -1);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (empty), "alarm-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _("No Alert Rules"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty),
                                   _("A rule watches a metric, such as the share of failures or the cost of the month, and tells you when it is beyond a threshold."));
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_add_css_class (button, "suggested-action");
  adw_status_page_set_child (ADW_STATUS_PAGE (empty), button);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (failed), "dialog-error-symbolic");
  self->rules = gtk_stack_new ();
  gtk_stack_set_vhomogeneous (GTK_STACK (self->rules), FALSE);
  gtk_stack_add_named (GTK_STACK (self->rules), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->rules), self->list, "rows");
  gtk_stack_add_named (GTK_STACK (self->rules), failed, "failed");
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (button, "clicked", G_CALLBACK (leyden_alerts_page_add_rule), self, G_CONNECT_SWAPPED);
  return wrap (self->rules);
}

/* Buttons side by side where there is room, else a list to choose from. */
static GtkWidget *
create_switcher (LeydenAlertsPage *self)
{
  const char *titles[] = { _("Rules"), _("History"), _("Webhooks"), NULL };
  GtkWidget *squeezer = adw_squeezer_new (), *switcher = gtk_stack_switcher_new ();

  self->choice = gtk_drop_down_new_from_strings (titles);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->choice), GTK_ACCESSIBLE_PROPERTY_LABEL, _("What is shown"), -1);
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), GTK_STACK (self->lists));
  adw_squeezer_set_homogeneous (ADW_SQUEEZER (squeezer), FALSE);
  adw_squeezer_add (ADW_SQUEEZER (squeezer), switcher);
  adw_squeezer_add (ADW_SQUEEZER (squeezer), self->choice);
  g_signal_connect_object (self->choice, "notify::selected", G_CALLBACK (choice_cb), self, G_CONNECT_SWAPPED);
  return squeezer;
}

/* To the dashboards, where the page stands among them. */
static GtkWidget *
create_up (void)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("go-previous-symbolic");

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "dashboards.back");
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("Back to the dashboards"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to the dashboards"), -1);
  return button;
}

static GtkWidget *
create_lists (LeydenAlertsPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *bar = gtk_center_box_new ();
  GtkWidget *history = leyden_alert_history_new (NULL);

  self->lists = gtk_stack_new ();
  self->webhooks = leyden_webhooks_list_new ();
  self->add_button = gtk_button_new_from_icon_name ("list-add-symbolic");
  gtk_stack_set_hhomogeneous (GTK_STACK (self->lists), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->lists), FALSE);
  gtk_stack_add_titled (GTK_STACK (self->lists), create_rules (self), "rules", _("Rules"));
  gtk_stack_add_titled (GTK_STACK (self->lists), wrap (history), "history", _("History"));
  gtk_stack_add_titled (GTK_STACK (self->lists), wrap (self->webhooks), "webhooks", _("Webhooks"));
  gtk_widget_set_vexpand (self->lists, TRUE);
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_center_box_set_start_widget (GTK_CENTER_BOX (bar), create_up ());
  gtk_center_box_set_center_widget (GTK_CENTER_BOX (bar), create_switcher (self));
  gtk_center_box_set_end_widget (GTK_CENTER_BOX (bar), self->add_button);
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), self->lists);
  g_signal_connect_object (self->add_button, "clicked", G_CALLBACK (add_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->lists, "notify::visible-child", G_CALLBACK (list_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (history, "alert-activated", G_CALLBACK (entry_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->webhooks, "webhook-activated", G_CALLBACK (hook_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->webhooks, "add-requested", G_CALLBACK (leyden_alerts_page_add_webhook), self, G_CONNECT_SWAPPED);
  return box;
}

static GtkWidget *
create_place (LeydenAlertsPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *button = gtk_button_new ();

  self->place = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->back_label = adw_button_content_new ();
  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (self->back_label), "go-previous-symbolic");
  gtk_button_set_child (GTK_BUTTON (button), self->back_label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "alerts.back");
  gtk_widget_set_tooltip_text (button, _("Back to the list"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to the list"), -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_box_append (GTK_BOX (bar), button);
  gtk_box_append (GTK_BOX (self->place), bar);
  return self->place;
}

static void
leyden_alerts_page_init (LeydenAlertsPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->watch = g_object_ref (leyden_alert_watch_get_default ());
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->outer = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_add_named (GTK_STACK (self->outer), create_lists (self), "lists");
  gtk_stack_add_named (GTK_STACK (self->outer), create_place (self), "view");
  gtk_widget_set_parent (self->outer, GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "alerts.back", FALSE);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  list_cb (self);
  update (self);
}

GtkWidget *
leyden_alerts_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_ALERTS_PAGE, NULL);
}
