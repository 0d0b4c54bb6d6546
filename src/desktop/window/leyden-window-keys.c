/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

/* Keys that mean something of its own at a place. GTK asks the keys of the program before any widget; these are asked before them, and leave the
 * key to them where the place has nothing for it. */

static gboolean
search_cb (GtkWidget *widget,
           GVariant  *arguments,
           gpointer   data)
{
  LeydenRunsPlace *place = leyden_window_get_runs_place (LEYDEN_WINDOW (widget));

  return place != NULL && leyden_runs_place_search (place);
}

static gboolean
edit_cb (GtkWidget *widget,
         GVariant  *arguments,
         gpointer   data)
{
  LeydenDashboardView *dashboard = leyden_window_get_dashboard (LEYDEN_WINDOW (widget));

  return dashboard != NULL && gtk_widget_activate_action (GTK_WIDGET (dashboard), "dashboard.edit", NULL);
}

static gboolean
refresh_cb (GtkWidget *widget,
            GVariant  *arguments,
            gpointer   data)
{
  LeydenDashboardView *dashboard = leyden_window_get_dashboard (LEYDEN_WINDOW (widget));

  return dashboard != NULL && gtk_widget_activate_action (GTK_WIDGET (dashboard), "dashboard.refresh", NULL);
}

static void
add_key (GtkShortcutController *controller,
         guint                  keyval,
         GtkShortcutFunc        func)
{
  gtk_shortcut_controller_add_shortcut (controller, gtk_shortcut_new (gtk_keyval_trigger_new (keyval, GDK_CONTROL_MASK),
                                                                      gtk_callback_action_new (func, NULL, NULL)));
}

void
leyden_window_add_keys (LeydenWindow *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  add_key (GTK_SHORTCUT_CONTROLLER (controller), GDK_KEY_f, search_cb);
  add_key (GTK_SHORTCUT_CONTROLLER (controller), GDK_KEY_e, edit_cb);
  add_key (GTK_SHORTCUT_CONTROLLER (controller), GDK_KEY_r, refresh_cb);
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}
