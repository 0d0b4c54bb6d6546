/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "desktop-events.h"
#include "desktop-helpers.h"
#include "desktop-test.h"
#include "mock-backend.h"

#include "leyden-bottom-panel.h"
#include "leyden-breakpoints.h"
#include "leyden-compare-view.h"
#include "leyden-session.h"
#include "leyden-try-panel.h"
#include "leyden-window-private.h"

/* A window with the calculator agent, over a mock backend with a rollout "r1" of run "u1" that stands before "exanswer". */

#define RUNS "/leyden/v1/runs"
#define ROUTE "/leyden/v1/rollouts/r1"
#define RUN "{\"run\":\"u1\",\"title\":\"t\",\"purpose\":\"try\",\"state\":\"running\",\"n_items\":1,\"rollouts\":[\"r1\"]}"
#define NODES(more)                                                                                                                           \
  "{\"question\":{\"state\":\"succeeded\",\"started\":1000,\"finished\":2000,\"outputs\":{\"question\":\"How many?\",\"answer\":9}},"               \
  "\"prompter\":{\"state\":\"succeeded\",\"started\":3000,\"finished\":4000,\"outputs\":{\"text\":\"Solve: How many?\"}},"                          \
  "\"solveagt\":{\"state\":\"succeeded\",\"started\":5000,\"finished\":9000,\"outputs\":{\"text\":\"It is 9 <b>cookies</b>\"}}" more "}"
#define STATE(name, sequence, nodes) "{\"rollout\":\"r1\",\"state\":\"" name "\",\"sequence\":" sequence ",\"nodes\":" nodes "}"
#define ANSWER(name, sequence, nodes)                                                                                                         \
  "{\"rollout\":{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"" name "\",\"last_sequence\":" sequence ",\"last_position\":" sequence "},\"run\":\"u1\",\"state\":" \
  STATE (name, sequence, nodes) "}"
#define PAUSED(reason, node)                                                                                                                  \
  "{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"running\",\"paused\":true,\"reason\":\"" reason "\",\"node\":\"" node "\",\"sequence\":20,"     \
  "\"breakpoint\":{\"id\":\"b\",\"when\":\"before\",\"node\":\"exanswer\",\"condition\":\"text LIKE '%9%'\"},\"ready\":[\"" node "\"],\"under_way\":[]," \
  "\"can\":[\"continue\",\"step\",\"step-into\",\"step-out\",\"run-to\",\"stop\"]}"
#define GOING "{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"running\",\"paused\":false,\"can\":[\"pause\",\"stop\"]}"

typedef struct
{
  LeydenWindow      *window;
  LeydenCanvas      *canvas;
  LeydenDocument    *document;
  LeydenBreakpoints *store;
} Fixture;

G_GNUC_UNUSED static gboolean
is_drawn (gpointer data)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (leyden_canvas_get_model (data), "exanswer");

  return node != NULL && node->view != NULL;
}

G_GNUC_UNUSED static void
answer_all (const char *debug)
{
  mock_backend_answer ("POST " RUNS, 201, RUN);
  mock_backend_answer ("GET " RUNS "/u1", 200, RUN);
  mock_backend_answer ("GET " RUNS "/u1/rollouts", 200, "{\"rollouts\":[],\"next_after\":null}");
  mock_backend_answer ("GET " RUNS "/u1/events", 200, "{}");
  mock_backend_answer ("PUT " RUNS "/u1/breakpoints", 200, "{\"breakpoints\":[]}");
  mock_backend_answer ("POST " RUNS "/u1/detach", 200, "{}");
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("running", "20", NODES ("")));
  mock_backend_answer ("GET " ROUTE "/events", 200, "{}");
  mock_backend_answer ("GET " ROUTE "/debug", 200, debug);
  mock_backend_answer ("POST " ROUTE "/debug", 200, debug);
  mock_backend_answer ("POST " ROUTE "/edits", 200, "{\"sequence\":21}");
  mock_backend_answer ("POST " ROUTE "/evaluate", 200, "{\"values\":[{\"value\":\"nine\"}]}");
}

G_GNUC_UNUSED static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  mock_backend_start ();
  answer_all (PAUSED ("breakpoint", "exanswer"));
  fixture->window = desktop_test_window (1280, 900);
  leyden_window_open_sample (fixture->window, "calculator-agent");
  fixture->canvas = leyden_window_get_canvas (fixture->window);
  fixture->document = leyden_window_get_document (fixture->window);
  fixture->store = g_object_ref (leyden_breakpoints_get_for (fixture->document));
  desktop_test_wait (is_drawn, fixture->canvas);
  test_wait_until (leyden_breakpoints_is_loaded (fixture->store));
  desktop_events_focus (GTK_WINDOW (fixture->window));
}

G_GNUC_UNUSED static void
close_window (Fixture *fixture)
{
  while (g_list_model_get_n_items (G_LIST_MODEL (fixture->store)) > 0)
    {
      g_autoptr(LeydenBreakpoint) breakpoint = g_list_model_get_item (G_LIST_MODEL (fixture->store), 0);

      leyden_breakpoints_remove (fixture->store, breakpoint);
    }
  while (g_list_model_get_n_items (leyden_breakpoints_get_watches (fixture->store)) > 0)
    leyden_breakpoints_set_watch (fixture->store, 0, NULL);
  g_object_unref (fixture->store);
  if (fixture->window != NULL)
    {
      leyden_document_close (fixture->document, TRUE);
      desktop_test_close (fixture->window);
    }
  test_settle ();
}

G_GNUC_UNUSED static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  close_window (fixture);
  mock_backend_stop ();
}

/* --- what is there --- */

G_GNUC_UNUSED static GtkWidget *
get_panel (Fixture *fixture)
{
  return leyden_bottom_panel_get_child (leyden_window_get_panel (fixture->window), "debug");
}

G_GNUC_UNUSED static gboolean
has_said (Fixture    *fixture,
          const char *part)
{
  return strstr (gtk_label_get_text (fixture->window->announcer), part) != NULL;
}

G_GNUC_UNUSED static gpointer
find_dialog (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWidget) window = g_list_model_get_item (windows, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (window, type) && gtk_widget_get_mapped (window))
        return window;
    }
  return NULL;
}

/* Whether there is a window, and keys can be pressed in it; the test is skipped where not. */
G_GNUC_UNUSED static gboolean
can_press (Fixture *fixture)
{
  if (fixture->window != NULL && desktop_events_available ())
    return TRUE;
  g_test_skip ("no backend, no xdotool or no display");
  return FALSE;
}

/* A rollout that stands before the last node but two. */
G_GNUC_UNUSED static void
debug (Fixture *fixture)
{
  leyden_tab_debug (fixture->window->tab, "r1");
  leyden_window_show_panel (fixture->window, "debug");
  test_wait_until (test_shows (get_panel (fixture), "Paused at “Final answer”"));
  desktop_events_settle ();
}

/* A comparison, which is a window without a class of its own. */
G_GNUC_UNUSED static GtkWidget *
find_compare (void)
{
  g_autoptr(GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l != NULL; l = l->next)
    if (gtk_widget_get_mapped (l->data) && test_find (l->data, LEYDEN_TYPE_COMPARE_VIEW, 0) != NULL)
      return l->data;
  return NULL;
}

/* --- with leydenctl serve --- */

#define QUESTION "Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?"

G_GNUC_UNUSED static const char *
standing_at (Fixture *fixture)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (fixture->window->tab);

  if (view == NULL || !leyden_rollout_view_is_paused (view) || leyden_rollout_view_is_busy (view))
    return "";
  return leyden_value_get_member_string (leyden_rollout_view_get_debug (view), "node", "");
}

/* Steps until it stands where @path begins so. */
G_GNUC_UNUSED static void
step_to (Fixture    *fixture,
         const char *key,
         const char *start)
{
  for (guint i = 0; i < 20 && !g_str_has_prefix (standing_at (fixture), start); i++)
    {
      g_autofree char *before = g_strdup (standing_at (fixture));

      g_test_message ("%s at %s", key, before);
      desktop_events_key (key, NULL);
      test_wait_until (*standing_at (fixture) != '\0' && !g_str_equal (standing_at (fixture), before));
      desktop_events_settle ();
    }
  g_assert_true (g_str_has_prefix (standing_at (fixture), start));
}

G_GNUC_UNUSED static void
start_debugging (Fixture *fixture)
{
  GtkWidget *try = leyden_bottom_panel_get_child (leyden_window_get_panel (fixture->window), "try");
  g_autoptr(LeydenValue) question = leyden_value_new_string (QUESTION, -1);

  leyden_try_panel_set_value (LEYDEN_TRY_PANEL (try), "question", question);
  desktop_events_settle ();
  desktop_events_key ("alt+F5", NULL);
  test_wait_until (*standing_at (fixture) != '\0');
  desktop_events_settle ();
}

G_GNUC_UNUSED static void
set_up_real (Fixture       *fixture,
             gconstpointer  data)
{
  if (!test_backend_start ())
    return;
  fixture->window = desktop_test_window (1280, 900);
  leyden_window_open_sample (fixture->window, "calculator-agent");
  fixture->canvas = leyden_window_get_canvas (fixture->window);
  fixture->document = leyden_window_get_document (fixture->window);
  fixture->store = g_object_ref (leyden_breakpoints_get_for (fixture->document));
  desktop_test_wait (is_drawn, fixture->canvas);
  test_wait_until (leyden_breakpoints_is_loaded (fixture->store));
  desktop_events_focus (GTK_WINDOW (fixture->window));
}

G_GNUC_UNUSED static void
tear_down_real (Fixture       *fixture,
                gconstpointer  data)
{
  /* The last window takes its backend with it. */
  if (fixture->window != NULL)
    close_window (fixture);
}
