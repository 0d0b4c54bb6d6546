/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-run-panel.h"
#include "leyden-window-private.h"

/* The place Dashboards, while the sample runs. */

typedef struct
{
  LeydenWindow *window;                 /* weak */
  const char   *id;
  const char   *panel;                  /* nullable */
  const char   *what;
  guint         tries;
  gboolean      asked;
} Showing;

static void
showing_free (gpointer data)
{
  Showing *showing = data;

  g_clear_weak_pointer (&showing->window);
  g_free (showing);
}

/* While the run goes on and has brought something; what is then done with a panel needs the dashboard first. */
static gboolean
show_cb (gpointer data)
{
  Showing *showing = data;
  LeydenRunPanel *panel;
  LeydenDashboardView *view;

  if (showing->window == NULL || showing->window->dismantling || showing->tries++ > 200)
    return G_SOURCE_REMOVE;
  panel = LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (showing->window), "run"));
  if (!showing->asked && (leyden_run_panel_get_view (panel) == NULL || showing->tries < 40))
    return G_SOURCE_CONTINUE;
  if (!showing->asked)
    leyden_window_show_dashboard (showing->window, showing->id, NULL, NULL, NULL);
  showing->asked = TRUE;
  view = leyden_window_get_dashboard (showing->window);
  if (view == NULL || leyden_dashboard_view_get_document (view) == NULL)
    return G_SOURCE_CONTINUE;
  if (showing->what != NULL)
    leyden_dashboard_view_act (view, showing->panel, showing->what);
  return G_SOURCE_REMOVE;
}

static void
show (LeydenWindow *window,
      const char   *id,
      const char   *panel,
      const char   *what)
{
  Showing *showing = g_new0 (Showing, 1);

  g_set_weak_pointer (&showing->window, window);
  showing->id = id;
  showing->panel = panel;
  showing->what = what;
  leyden_window_open_sample (window, "calculator-agent");
  leyden_window_show_panel (window, "run");
  leyden_run_panel_start_when_ready (LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "run")));
  g_timeout_add_full (G_PRIORITY_DEFAULT, 100, show_cb, showing, showing_free);
}

void
leyden_scene_dashboards (LeydenWindow *window)
{
  leyden_window_show_dashboard (window, "", NULL, NULL, NULL);
}

void
leyden_scene_dashboard (LeydenWindow *window)
{
  show (window, "ready-quality", NULL, NULL);
}

/* “Edit” of a ready one: its copy, while it is edited. */
void
leyden_scene_dashboard_edit (LeydenWindow *window)
{
  show (window, "ready-operations", "running", "wider");
}

void
leyden_scene_panel_editor (LeydenWindow *window)
{
  show (window, "ready-cost", "cost-day", "edit");
}
