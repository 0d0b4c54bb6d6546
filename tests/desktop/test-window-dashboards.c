/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-events.h"
#include "desktop-test.h"

#include <string.h>

#include <glib/gstdio.h>

#include "leyden-bottom-panel.h"
#include "leyden-run-panel.h"
#include "leyden-screenshots.h"
#include "leyden-session.h"
#include "leyden-window-private.h"

/* The whole window with a backend of its own: the sample is run once, and each ready dashboard has something to show, without an error. */

static const char * const ready[] = { "ready-training", "ready-operations", "ready-cost", "ready-quality", "ready-machine" };

static LeydenRunPanel *
get_run_panel (LeydenWindow *window)
{
  return LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "run"));
}

static gboolean
can_start (gpointer window)
{
  return leyden_run_panel_can_start (get_run_panel (window));
}

static gboolean
has_ended (gpointer window)
{
  LeydenRunView *view = leyden_run_panel_get_view (get_run_panel (window));

  return view != NULL && !leyden_run_view_is_active (view);
}

/* Once: what ran is there for all tests. */
static void
run_sample (LeydenWindow *window)
{
  static gboolean has_run;

  leyden_window_open_sample (window, "calculator-agent");
  if (has_run)
    return;
  has_run = TRUE;
  leyden_window_show_panel (window, "run");
  desktop_test_wait (can_start, window);
  leyden_run_panel_start (get_run_panel (window));
  desktop_test_wait (has_ended, window);
}

typedef struct
{
  LeydenWindow *window;
  const char   *id;
} Shown;

static LeydenDashboardView *
get_view (LeydenWindow *window)
{
  return leyden_window_get_dashboard (window);
}

static gboolean
is_shown (gpointer data)
{
  Shown *shown = data;
  LeydenDashboardView *view = get_view (shown->window);

  return view != NULL && g_strcmp0 (leyden_value_get_member_string (leyden_dashboard_view_get_document (view), "id", NULL), shown->id) == 0;
}

/* Facts come within half a second of the log, and are shown panel by panel. */
static gboolean
has_answers (gpointer data)
{
  LeydenDashboardView *view = get_view (((Shown *) data)->window);
  LeydenDashboardFeed *feed = leyden_dashboard_view_get_feed (view);
  LeydenBoardGrid *grid = leyden_dashboard_view_get_grid (view);

  for (guint i = 0; i < leyden_board_grid_get_n_panels (grid); i++)
    if (strcmp (leyden_board_panel_get_state (leyden_board_grid_get_panel (grid, i)), "waiting") == 0)
      return FALSE;
  return leyden_dashboard_feed_get_error (feed) == NULL && leyden_dashboard_feed_get_n_asked (feed) > 0 && !leyden_dashboard_feed_is_asking (feed)
         && !leyden_dashboard_feed_is_empty (feed);
}

static void
picture (LeydenWindow *window,
         const char   *name)
{
  const char *folder = g_getenv ("LEYDEN_TEST_PICTURES");
  g_autofree char *path = folder != NULL ? g_strdup_printf ("%s/%s.png", folder, name) : NULL;
  g_autoptr(GError) error = NULL;

  if (path == NULL)
    return;
  for (guint i = 0; i < 10; i++)
    {
      g_clear_error (&error);
      desktop_test_spin (600);
      if (leyden_screenshots_save (GTK_WIDGET (window), path, &error))
        return;
    }
  g_error ("%s: %s", name, error->message);
}

static void
assert_no_failure (LeydenWindow *window,
                   const char   *id)
{
  LeydenBoardGrid *grid = leyden_dashboard_view_get_grid (get_view (window));
  guint n_shown = 0;

  for (guint i = 0; i < leyden_board_grid_get_n_panels (grid); i++)
    {
      LeydenBoardPanel *panel = leyden_board_grid_get_panel (grid, i);
      const char *state = leyden_board_panel_get_state (panel);

      if (strcmp (state, "failed") == 0)
        g_error ("%s, %s: %s", id, leyden_board_panel_get_title (panel), leyden_value_get_member_string (leyden_board_panel_get_result (panel), "error", ""));
      n_shown += strcmp (state, "chart") == 0;
    }
  g_assert_cmpuint (n_shown, >=, 3);
}

static void
test_ready (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);

  run_sample (window);
  for (guint i = 0; i < G_N_ELEMENTS (ready); i++)
    {
      Shown shown = { window, ready[i] };

      leyden_window_show_dashboard (window, ready[i], NULL, NULL, NULL);
      desktop_test_wait (is_shown, &shown);
      desktop_test_wait (has_answers, &shown);
      desktop_test_spin (200);
      picture (window, ready[i]);
      assert_no_failure (window, ready[i]);
    }
  desktop_test_close (window);
}

static gboolean
is_elsewhere (gpointer window)
{
  return g_strcmp0 (adw_view_stack_get_visible_child_name (leyden_window_get_views (window)), "design") == 0;
}

/* The worst item leads into the debugger. */
static void
test_worst (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  Shown shown = { window, "ready-quality" };
  LeydenBoardPanel *panel;

  run_sample (window);
  leyden_window_show_dashboard (window, shown.id, NULL, NULL, NULL);
  desktop_test_wait (is_shown, &shown);
  desktop_test_wait (has_answers, &shown);
  panel = leyden_board_grid_find_panel (leyden_dashboard_view_get_grid (get_view (window)), "worst");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (leyden_board_panel_get_result (panel), "rows")), >, 0);
  g_signal_emit_by_name (leyden_board_panel_get_chart (panel), "row-activated", 0);
  desktop_test_wait (is_elsewhere, window);
  desktop_test_close (window);
}

typedef struct
{
  LeydenWindow *window;
  gboolean      editing;
} Editing;

static gboolean
is_editing (gpointer data)
{
  Editing *editing = data;

  return get_view (editing->window) != NULL && leyden_dashboard_view_get_editing (get_view (editing->window)) == editing->editing
         && leyden_dashboard_view_is_saved (get_view (editing->window));
}

/* A copy of a ready one, changed, undone by the window's own action, and there again after a look elsewhere. */
static void
test_copy (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  Shown shown = { window, "ready-cost" };
  Editing editing = { window, TRUE };
  g_autofree char *id = NULL;
  guint n;

  leyden_window_show_dashboard (window, shown.id, NULL, NULL, NULL);
  desktop_test_wait (is_shown, &shown);
  gtk_widget_activate_action (GTK_WIDGET (get_view (window)), "dashboard.edit", NULL);
  desktop_test_wait (is_editing, &editing);
  g_assert_false (leyden_dashboard_view_is_ready (get_view (window)));
  id = g_strdup (leyden_value_get_member_string (leyden_dashboard_view_get_document (get_view (window)), "id", NULL));
  n = leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (get_view (window)));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "undo"));
  leyden_dashboard_view_act (get_view (window), "cost-day", "remove");
  desktop_test_wait (is_editing, &editing);
  g_assert_cmpuint (leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (get_view (window))), ==, n - 1);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "undo"));
  picture (window, "dashboard-copy");
  g_action_group_activate_action (G_ACTION_GROUP (window), "undo", NULL);
  desktop_test_wait (is_editing, &editing);
  g_assert_cmpuint (leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (get_view (window))), ==, n);
  g_action_group_activate_action (G_ACTION_GROUP (window), "redo", NULL);
  desktop_test_wait (is_editing, &editing);

  leyden_window_show_dashboard (window, "ready-machine", NULL, NULL, NULL);
  shown.id = "ready-machine";
  desktop_test_wait (is_shown, &shown);
  leyden_window_show_dashboard (window, id, NULL, NULL, NULL);
  shown.id = id;
  desktop_test_wait (is_shown, &shown);
  g_assert_cmpuint (leyden_board_grid_get_n_panels (leyden_dashboard_view_get_grid (get_view (window))), ==, n - 1);
  desktop_test_close (window);
}

/* The keys of a dashboard are its own, wherever the focus is, though the program has others for them. */
static void
test_keys (void)
{
  LeydenWindow *window;
  Shown shown = { NULL, "ready-machine" };
  Editing editing = { NULL, TRUE };
  guint n_asked;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  shown.window = editing.window = window = desktop_test_window (1280, 800);
  leyden_window_open_sample (window, "calculator-agent");
  leyden_window_show_dashboard (window, shown.id, NULL, NULL, NULL);
  desktop_test_wait (is_shown, &shown);
  desktop_test_wait (has_answers, &shown);
  desktop_events_focus (GTK_WINDOW (window));
  gtk_window_set_focus (GTK_WINDOW (window), NULL);
  n_asked = leyden_dashboard_feed_get_n_asked (leyden_dashboard_view_get_feed (get_view (window)));
  desktop_events_key ("ctrl+r", NULL);
  desktop_events_wait_until (leyden_dashboard_feed_get_n_asked (leyden_dashboard_view_get_feed (get_view (window))) > n_asked);
  g_assert_false (is_elsewhere (window));
  desktop_events_key ("ctrl+e", NULL);
  desktop_test_wait (is_editing, &editing);
  g_assert_false (is_elsewhere (window));
  /* There they are those of the program. */
  desktop_events_key ("ctrl+1", NULL);
  desktop_events_wait_until (is_elsewhere (window));
  desktop_events_key ("ctrl+e", NULL);
  desktop_events_wait_until (gtk_widget_get_mapped (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "train")));
  desktop_test_close (window);
}

/* --- at the end --- */

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  *(gpointer *) data = object;
  leyden_backend_shutdown_finish (LEYDEN_BACKEND (object), result, NULL);
}

static void
test_end (void)
{
  gpointer done = NULL;

  leyden_session_start (leyden_session_get_default ());
  leyden_backend_shutdown_async (leyden_session_get_backend (leyden_session_get_default ()), FALSE, NULL, ended_cb, &done);
  desktop_test_wait (is_set, &done);
}

int
main (int    argc,
      char **argv)
{
  const char *program = g_getenv ("LEYDENCTL");
  LeydenBackend *backend;
  g_autofree char *folder = g_dir_make_tmp ("leyden-board-XXXXXX", NULL);
  int status;

  desktop_test_init (&argc, &argv);
  if (program == NULL || !g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_print ("1..0 # SKIP leydenctl was not built\n");
      return 0;
    }
  backend = leyden_session_get_backend (leyden_session_get_default ());
  leyden_backend_set_program (backend, program);
  leyden_backend_set_folder (backend, folder);
  g_setenv ("LEYDEN_RENDEZVOUS_FOLDER", folder, TRUE);
  g_test_add_func ("/window-dashboards/ready", test_ready);
  g_test_add_func ("/window-dashboards/worst", test_worst);
  g_test_add_func ("/window-dashboards/copy", test_copy);
  g_test_add_func ("/window-dashboards/keys", test_keys);
  g_test_add_func ("/window-dashboards/end", test_end);
  status = desktop_test_run ();
  g_rmdir (folder);
  return status;
}
