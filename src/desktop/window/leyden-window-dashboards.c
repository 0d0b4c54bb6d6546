/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-session.h"

/* The place Dashboards: what leads there, and what it asks of the window. */

LeydenDashboardView *
leyden_window_get_dashboard (LeydenWindow *self)
{
  if (self->dashboards_page == NULL || g_strcmp0 (adw_view_stack_get_visible_child_name (self->views), "dashboards") != 0)
    return NULL;
  return leyden_dashboards_page_get_view (self->dashboards_page);
}

/* There may be no flow yet: then the sample, which needs no key and no network. */
static void
run_requested_cb (LeydenWindow *self)
{
  if (self->tab->document == NULL)
    leyden_window_open_sample (self, "calculator-agent");
  leyden_window_show_panel (self, "run");
}

void
leyden_window_connect_dashboards (LeydenWindow *self)
{
  g_signal_connect_object (self->dashboards_page, "run-requested", G_CALLBACK (run_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->dashboards_page, "undo-changed", G_CALLBACK (leyden_window_update_actions), self, G_CONNECT_SWAPPED);
}

void
leyden_window_show_dashboard (LeydenWindow *self,
                              const char   *id,
                              const char   *variable,
                              const char   *value,
                              const char   *title)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  g_return_if_fail (id != NULL);

  if (self->dismantling)
    return;
  leyden_window_build (self);
  adw_view_stack_set_visible_child_name (self->views, "dashboards");
  if (*id == '\0')
    leyden_dashboards_page_show_list (self->dashboards_page);
  else
    leyden_dashboards_page_show (self->dashboards_page, id, variable, value, title);
}

void
leyden_window_show_alerts (LeydenWindow *self,
                           const char   *id)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  if (self->dismantling)
    return;
  leyden_window_build (self);
  adw_view_stack_set_visible_child_name (self->views, "dashboards");
  leyden_dashboards_page_show_alerts (self->dashboards_page, id);
}

/* The id of a rule; "": the list. */
static void
show_alerts_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       data)
{
  leyden_window_show_alerts (data, g_variant_get_string (parameter, NULL));
}

/* (id, variable, value, title): "ready-training", "experiment", its id and its title; a variable "" is none. */
static void
show_dashboard_action (GSimpleAction *action,
                       GVariant      *parameter,
                       gpointer       data)
{
  const char *id, *variable, *value, *title;

  g_variant_get (parameter, "(&s&s&s&s)", &id, &variable, &value, &title);
  leyden_window_show_dashboard (data, id, *variable != '\0' ? variable : NULL, value, *title != '\0' ? title : NULL);
}

void
leyden_window_add_dashboards (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "show-dashboard", .activate = show_dashboard_action, .parameter_type = "(ssss)" },
    { .name = "show-alerts", .activate = show_alerts_action, .parameter_type = "s" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
