/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "debugger-fixture.h"

#include "leyden-breakpoint-dialog.h"
#include "leyden-debug-panel.h"
#include "leyden-fork-dialog.h"
#include "leyden-held-call.h"
#include "leyden-paged-text.h"
#include "leyden-rollout-view-private.h"
#include "leyden-run-panel.h"
#include "leyden-scrubber.h"
#include "leyden-session.h"
#include "leyden-try-panel.h"
#include "leyden-value-pane.h"
#include "leyden-values-dialog.h"
#include "leyden-variables-view.h"
#include "leyden-watches.h"

/* The debugger as a person uses it, by keyboard, over a backend that says what the test wants. */

static LeydenBreakpoint *
only_breakpoint (Fixture *fixture)
{
  return leyden_breakpoints_find (fixture->store, "exanswer", NULL);
}

/* --- tests --- */

/* Set, given a condition, met, gone on from: no pointer, and each step is said. */
static void
test_breakpoint (Fixture       *fixture,
                 gconstpointer  data)
{
  GtkWidget *dialog;
  GtkWidget *try = leyden_bottom_panel_get_child (leyden_window_get_panel (fixture->window), "try");
  g_autoptr(LeydenValue) question = leyden_value_new_string ("How many?", -1);
  const LeydenMarks *marks;
  int natural;

  if (!can_press (fixture))
    return;
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "exanswer");
  desktop_events_settle ();
  /* Cancelled there is none. */
  desktop_events_key ("ctrl+F9", NULL);
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_BREAKPOINT_DIALOG)) != NULL);
  desktop_events_settle ();
  desktop_events_key ("Escape", NULL);
  test_wait_until (find_dialog (LEYDEN_TYPE_BREAKPOINT_DIALOG) == NULL);
  desktop_events_settle ();
  g_assert_null (only_breakpoint (fixture));
  desktop_events_key ("F9", NULL);
  test_wait_until (only_breakpoint (fixture) != NULL);
  test_wait_until (has_said (fixture, "Breakpoint set: Before “Final answer”"));
  marks = leyden_canvas_find_node_marks (fixture->canvas, "exanswer");
  g_assert_true (marks != NULL && marks->flags == LEYDEN_MARK_BREAKPOINT);

  desktop_events_key ("ctrl+F9", NULL);
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_BREAKPOINT_DIALOG)) != NULL);
  desktop_events_settle ();
  desktop_events_type ("text === 1");
  test_wait_until (test_shows (dialog, "===") || test_find_label (dialog, "This condition can be checked") == NULL);
  g_assert_false (test_shows (dialog, "This condition can be checked"));
  desktop_events_key ("ctrl+a", NULL);
  desktop_events_type ("text LIKE '%9%'");
  test_wait_until (test_shows (dialog, "This condition can be checked"));
  test_picture (dialog, "breakpoint-dialog");
  desktop_events_key ("Return", NULL);
  test_wait_until (find_dialog (LEYDEN_TYPE_BREAKPOINT_DIALOG) == NULL);
  test_wait_until (has_said (fixture, "Breakpoint set: Before “Final answer”, if text LIKE"));
  g_assert_cmpstr (leyden_value_get_member_string (leyden_breakpoint_get_value (only_breakpoint (fixture)), "condition", ""), ==, "text LIKE '%9%'");

  leyden_try_panel_set_value (LEYDEN_TRY_PANEL (try), "question", question);
  desktop_events_key ("alt+F5", NULL);
  test_wait_until (mock_backend_count ("POST " RUNS) == 1);
  g_assert_nonnull (strstr (mock_backend_last ("POST " RUNS), "\"condition\":\"text LIKE '%9%'\""));
  g_assert_null (strstr (mock_backend_last ("POST " RUNS), "\"paused\":true"));
  test_wait_until (mock_backend_count ("GET " RUNS "/u1/events") > 0);
  mock_backend_send (RUNS "/u1/events", "record", "1", "{\"rollout\":\"r1\",\"sequence\":1,\"type\":\"rollout.started\"}");
  test_wait_until (gtk_widget_get_mapped (get_panel (fixture)));
  test_wait_until (has_said (fixture, "Paused at “Final answer”"));
  g_assert_true (test_shows (get_panel (fixture), "if text LIKE '%9%'"));
  marks = leyden_canvas_find_node_marks (fixture->canvas, "exanswer");
  g_assert_true (marks != NULL && marks->flags == (LEYDEN_MARK_BREAKPOINT | LEYDEN_MARK_CONDITION | LEYDEN_MARK_CURRENT));
  marks = leyden_canvas_find_edge_marks (fixture->canvas, "wagtextr");
  g_assert_true (marks != NULL && marks->flags & LEYDEN_MARK_TOKEN);
  g_assert_cmpstr (marks->token, ==, "It is 9 <b>cookies</b>");
  /* However much is said there, the library stays where it is. */
  gtk_widget_measure (GTK_WIDGET (leyden_window_get_panel (fixture->window)), GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  g_assert_cmpint (natural, <=, 700);
  test_picture (GTK_WIDGET (fixture->window), "debugger-paused");

  /* F5 means going on, and not a run over the data set, as long as something stands. */
  mock_backend_answer ("POST " ROUTE "/debug", 200, GOING);
  mock_backend_answer ("GET " ROUTE "/debug", 200, GOING);
  desktop_events_key ("F5", NULL);
  test_wait_until (mock_backend_count ("POST " ROUTE "/debug {\"command\":\"continue\"}") == 1);
  test_wait_until (test_shows (get_panel (fixture), "Running"));
  g_assert_cmpuint (mock_backend_count ("POST " RUNS " "), ==, 1);
}

/* A wire is gone to, tells what is on it, and takes a breakpoint. */
static void
test_wire (Fixture       *fixture,
           gconstpointer  data)
{
  const LeydenMarks *marks;

  if (!can_press (fixture))
    return;
  debug (fixture);
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "exanswer");
  desktop_events_settle ();
  desktop_events_key ("w", NULL);
  test_wait_until (has_said (fixture, "1 of 3: It is 9 <b>cookies</b>"));
  desktop_events_key ("F9", NULL);
  test_wait_until (leyden_breakpoints_find (fixture->store, "solveagt", "wagtextr") != NULL);
  test_wait_until (has_said (fixture, "Breakpoint set: On a wire from “Solver”"));
  marks = leyden_canvas_find_edge_marks (fixture->canvas, "wagtextr");
  g_assert_true (marks != NULL && marks->flags == (LEYDEN_MARK_TOKEN | LEYDEN_MARK_BREAKPOINT));
  /* The rollout hears of it while it stands. */
  test_wait_until (mock_backend_count ("PUT " RUNS "/u1/breakpoints") == 1);
  g_assert_nonnull (strstr (mock_backend_last ("PUT " RUNS "/u1/breakpoints"), "\"when\":\"wire\",\"node\":\"solveagt\",\"edge\":\"wagtextr\""));
  desktop_events_key ("F9", NULL);
  test_wait_until (has_said (fixture, "Breakpoint removed"));
}

static void
press (const char *key,
       const char *command)
{
  g_autofree char *start = g_strdup_printf ("POST " ROUTE "/debug {\"command\":\"%s\"", command);

  g_test_message ("%s", key);
  desktop_events_key (key, NULL);
  test_wait_until (mock_backend_count (start) == 1);
  desktop_events_settle ();
}

/* Into a turn of an agent, out again, and where that is is told. */
static void
test_steps (Fixture       *fixture,
            gconstpointer  data)
{
  if (!can_press (fixture))
    return;
  debug (fixture);
  mock_backend_answer ("POST " ROUTE "/debug", 200, PAUSED ("step", "solveagt#2/calctool"));
  mock_backend_answer ("GET " ROUTE "/debug", 200, PAUSED ("step", "solveagt#2/calctool"));
  press ("F11", "step-into");
  test_wait_until (has_said (fixture, "Paused at “Solver › Turn 2 › Calculator” · after a step"));
  test_wait_until (test_find_label (get_panel (fixture), "Turn 2") != NULL);
  g_assert_nonnull (test_find_label (get_panel (fixture), "Calculator"));
  g_assert_true (leyden_canvas_find_node_marks (fixture->canvas, "calctool")->flags & LEYDEN_MARK_CURRENT);
  test_picture (GTK_WIDGET (fixture->window), "debugger-stack");
  mock_backend_answer ("POST " ROUTE "/debug", 200, PAUSED ("step", "exanswer"));
  mock_backend_answer ("GET " ROUTE "/debug", 200, PAUSED ("step", "exanswer"));
  press ("shift+F11", "step-out");
  test_wait_until (has_said (fixture, "Paused at “Final answer” · after a step"));
  press ("F10", "step");
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "rewarder");
  desktop_events_settle ();
  press ("ctrl+F10", "run-to\",\"node\":\"rewarder");
  press ("ctrl+shift+F5", "stop");
}

#define HELD(arguments, edited)                                                                                                        \
  "\"held\":{\"path\":\"solveagt#2/calctool\",\"kind\":\"tool\",\"ordinal\":0,\"edited\":" edited ",\"name\":\"calculator\",\"arguments\":" arguments "},"

static char *
pause_with (const char *held)
{
  g_auto(GStrv) parts = g_strsplit (PAUSED ("step", "solveagt#2/calctool"), "\"sequence\"", 2);

  return g_strconcat (parts[0], held, "\"sequence\"", parts[1], NULL);
}

/* The call that waits: told, shown, and given other arguments before it goes; and then is told as it is now. */
static void
test_held_call (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *before = pause_with (HELD ("{\"expression\":\"6*7\"}", "false"));
  g_autofree char *after = pause_with (HELD ("{\"expression\":\"100+1\"}", "true"));
  GtkWidget *held;
  LeydenValuesDialog *dialog;

  if (!can_press (fixture))
    return;
  mock_backend_answer ("GET " ROUTE "/debug", 200, before);
  leyden_tab_debug (fixture->window->tab, "r1");
  leyden_window_show_panel (fixture->window, "debug");
  test_wait_until (has_said (fixture, "Paused at “Solver › Turn 2 › Calculator” · after a step"));
  g_assert_true (has_said (fixture, "“calculator” waits to be called with {expression: \"6*7\"}"));
  held = test_find (get_panel (fixture), LEYDEN_TYPE_HELD_CALL, 0);
  g_assert_true (gtk_widget_get_mapped (held));
  g_assert_true (test_shows (held, "6*7"));
  test_picture (GTK_WIDGET (fixture->window), "debugger-held");
  gtk_widget_grab_focus (get_panel (fixture));
  desktop_events_settle ();
  mock_backend_answer ("GET " ROUTE "/debug", 200, after);
  desktop_events_key ("ctrl+shift+F11", NULL);
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_VALUES_DIALOG)) != NULL);
  desktop_events_settle ();
  g_assert_true (GTK_IS_TEXT_VIEW (gtk_window_get_focus (GTK_WINDOW (dialog))));
  desktop_events_key ("ctrl+a", NULL);
  desktop_events_type ("[1]");
  leyden_values_dialog_done (dialog);
  g_assert_cmpstr (leyden_values_dialog_get_problem (dialog), !=, "");
  desktop_events_key ("ctrl+a", NULL);
  desktop_events_type ("{\"expression\": \"100+1\"}");
  leyden_values_dialog_done (dialog);
  test_wait_until (mock_backend_count ("POST " ROUTE "/edits") == 1);
  g_assert_cmpstr (mock_backend_last ("POST " ROUTE "/edits"), ==,
                   "POST " ROUTE "/edits {\"node\":\"solveagt#2/calctool\",\"ordinal\":0,\"arguments\":{\"expression\":\"100+1\"}}");
  test_wait_until (test_shows (held, "with what you changed: {expression: \"100+1\"}"));
  test_wait_until (has_said (fixture, "with what you changed") || has_said (fixture, "The value was changed"));
  /* In the past nothing waits. */
  mock_backend_answer ("GET " ROUTE "/state?until=19", 200, STATE ("running", "19", NODES ("")));
  desktop_events_key ("ctrl+F11", NULL);
  test_wait_until (!leyden_rollout_view_is_live (leyden_tab_get_debug_view (fixture->window->tab)));
  test_wait_until (!gtk_widget_get_visible (held));
  test_wait_until (has_said (fixture, "Record 19 of 20"));
  g_assert_false (g_action_get_enabled (g_action_map_lookup_action (G_ACTION_MAP (fixture->window), "debug-edit-call")));
}

/* What the rollout holds: found, shown whole, watched, and given another value. */
static void
test_values (Fixture       *fixture,
             gconstpointer  data)
{
  GtkWidget *panel, *entry, *watch, *list;
  LeydenValuesDialog *dialog;

  if (!can_press (fixture))
    return;
  debug (fixture);
  panel = get_panel (fixture);
  entry = test_find (panel, GTK_TYPE_SEARCH_ENTRY, 0);
  gtk_widget_grab_focus (entry);
  desktop_events_type ("cookies");
  test_wait_until (has_said (fixture, "1 found"));
  g_assert_true (test_shows (panel, "It is 9 <b>cookies</b>"));
  g_assert_true (test_shows (panel, "text"));
  list = test_find (test_find (panel, LEYDEN_TYPE_VARIABLES_VIEW, 0), GTK_TYPE_LIST_VIEW, 0);
  gtk_widget_child_focus (list, GTK_DIR_TAB_FORWARD);
  desktop_events_settle ();
  desktop_events_key ("space", NULL);
  test_wait_until (leyden_variables_view_get_selected (LEYDEN_VARIABLES_VIEW (test_find (panel, LEYDEN_TYPE_VARIABLES_VIEW, 0))) != NULL);
  test_picture (GTK_WIDGET (fixture->window), "debugger-found");

  watch = test_find (test_find (panel, LEYDEN_TYPE_WATCHES, 0), GTK_TYPE_ENTRY, 0);
  gtk_widget_grab_focus (watch);
  desktop_events_type ("upper(\"Solver\" ->> '$.text')");
  desktop_events_key ("Return", NULL);
  test_wait_until (test_shows (panel, "nine"));
  test_wait_until (has_said (fixture, "nine"));
  g_assert_nonnull (strstr (mock_backend_last ("POST " ROUTE "/evaluate"), "\"node\":\"exanswer\""));
  g_assert_cmpuint (g_list_model_get_n_items (leyden_breakpoints_get_watches (fixture->store)), ==, 1);

  gtk_widget_child_focus (list, GTK_DIR_TAB_FORWARD);
  desktop_events_settle ();
  desktop_events_key ("Return", NULL);
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_VALUES_DIALOG)) != NULL);
  desktop_events_settle ();
  g_assert_true (GTK_IS_TEXT_VIEW (gtk_window_get_focus (GTK_WINDOW (dialog))));
  leyden_values_dialog_type (dialog, "text", "It is 10");
  leyden_values_dialog_done (dialog);
  test_wait_until (mock_backend_count ("POST " ROUTE "/edits") == 1);
  g_assert_cmpstr (mock_backend_last ("POST " ROUTE "/edits"), ==, "POST " ROUTE "/edits {\"node\":\"solveagt\",\"port\":\"text\",\"value\":\"It is 10\"}");
  test_wait_until (has_said (fixture, "The value was changed"));
}

/* Watches are as good as variables: with a type, found, whole however large, images shown; another stop shows its own value. */
static void
test_watches (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *large = g_strnfill (700000, 'x');
  g_autofree char *values = g_strdup_printf ("{\"values\":[{\"value\":7},{\"value\":\"%s\"},{\"value\":\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\"},"
                                             "{\"value\":{\"a\":[1,2]}},{\"error\":\"no such <b>column</b>\"}]}", large);
  GtkWidget *panel, *watches, *list, *pane, *entry;
  LeydenPagedText *text;

  if (!can_press (fixture))
    return;
  mock_backend_answer ("POST " ROUTE "/evaluate", 200, values);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("\"Solver\" ->> '$.w%u'", i);

      leyden_breakpoints_set_watch (fixture->store, i, name);
    }
  debug (fixture);
  panel = get_panel (fixture);
  watches = test_find (panel, LEYDEN_TYPE_WATCHES, 0);
  pane = test_find (test_find (panel, LEYDEN_TYPE_VARIABLES_VIEW, 0), LEYDEN_TYPE_VALUE_PANE, 0);
  list = test_find (watches, GTK_TYPE_LIST_BOX, 0);
  test_wait_until (test_find_label (watches, "number") != NULL);
  g_assert_nonnull (test_find_label (watches, "text"));
  g_assert_nonnull (test_find_label (watches, "image"));
  g_assert_nonnull (test_find_label (watches, "object"));
  g_assert_true (test_shows (watches, "no such <b>column</b>"));
  test_picture (GTK_WIDGET (fixture->window), "debugger-watches");
  /* Whole, by keyboard, a part at a time. */
  gtk_widget_grab_focus (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 1)));
  desktop_events_settle ();
  desktop_events_key ("Return", NULL);
  text = LEYDEN_PAGED_TEXT (test_find (pane, LEYDEN_TYPE_PAGED_TEXT, 0));
  test_wait_until (gtk_widget_get_visible (GTK_WIDGET (text)) && leyden_paged_text_get_n_pages (text) > 1);
  g_assert_true (test_shows (pane, "\"Solver\" ->> '$.w1'"));
  gtk_widget_grab_focus (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 2)));
  desktop_events_settle ();
  desktop_events_key ("Return", NULL);
  test_wait_until (test_find (pane, GTK_TYPE_PICTURE, 0) != NULL);
  test_picture (GTK_WIDGET (fixture->window), "debugger-watch-image");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (text)));
  gtk_widget_grab_focus (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0)));
  desktop_events_settle ();
  desktop_events_key ("Return", NULL);
  test_wait_until (g_strcmp0 (leyden_paged_text_get_text (text, NULL), "7") == 0);
  /* Another value is shown in its place when the rollout has gone on. */
  mock_backend_answer ("POST " ROUTE "/evaluate", 200, "{\"values\":[{\"value\":8},{\"value\":1},{\"value\":1},{\"value\":\"cookies\"},{\"value\":1}]}");
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("running", "21", NODES ("")));
  leyden_rollout_view_refresh (leyden_tab_get_debug_view (fixture->window->tab));
  test_wait_until (g_strcmp0 (leyden_paged_text_get_text (text, NULL), "8") == 0);
  /* One search for both. */
  entry = test_find (panel, GTK_TYPE_SEARCH_ENTRY, 0);
  gtk_widget_grab_focus (entry);
  desktop_events_type ("cookies");
  test_wait_until (has_said (fixture, "1 watch found"));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0))));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 3))));
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  test_wait_until (gtk_widget_get_visible (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0))));
}

/* The panel has the window to itself, by key; what is to be seen of the flow brings that back. At 1280 x 800 and with text twice as large everything in it is
 * reached: what has no room scrolls. */
static void
test_room (Fixture       *fixture,
           gconstpointer  data)
{
  GtkWidget *panel, *canvas = GTK_WIDGET (fixture->canvas);
  GtkSettings *settings = gtk_settings_get_default ();
  int height, minimum;

  if (!can_press (fixture))
    return;
  debug (fixture);
  panel = get_panel (fixture);
  height = gtk_widget_get_height (panel);
  desktop_events_key ("ctrl+shift+j", NULL);
  test_wait_until (!gtk_widget_get_mapped (canvas));
  test_wait_until (has_said (fixture, "Only the panel is shown"));
  test_wait_until (gtk_widget_get_height (panel) > height * 2);
  test_picture (GTK_WIDGET (fixture->window), "debugger-alone");
  desktop_events_key ("ctrl+shift+j", NULL);
  test_wait_until (gtk_widget_get_mapped (canvas));
  test_wait_until (gtk_widget_get_height (panel) == height);
  desktop_events_key ("ctrl+shift+j", NULL);
  test_wait_until (!gtk_widget_get_mapped (canvas));
  g_signal_emit_by_name (panel, "show-node", "prompter");
  test_wait_until (gtk_widget_get_mapped (canvas));
  g_assert_cmpint (g_settings_get_int (fixture->window->settings, "panel-height"), <, 600);

  g_object_set (settings, "gtk-xft-dpi", 2 * 96 * 1024, NULL);
  desktop_events_settle ();
  test_picture (GTK_WIDGET (fixture->window), "debugger-large-text");
  gtk_widget_measure (panel, GTK_ORIENTATION_VERTICAL, 900, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 340);
  leyden_debug_panel_show_page (LEYDEN_DEBUG_PANEL (panel), "timeline");
  desktop_events_settle ();
  test_picture (GTK_WIDGET (fixture->window), "debugger-large-text-timeline");
  g_object_set (settings, "gtk-xft-dpi", 96 * 1024, NULL);
  desktop_events_settle ();
}

/* A past point, and another way from there. */
static void
test_fork (Fixture       *fixture,
           gconstpointer  data)
{
  LeydenRolloutView *view;
  GtkWidget *dialog, *button, *compared;
  LeydenNode *node;

  if (!can_press (fixture))
    return;
  debug (fixture);
  mock_backend_answer ("GET " ROUTE "/state?until=7", 200, STATE ("running", "7", "{\"question\":{\"state\":\"succeeded\",\"started\":1000,\"finished\":2000,\"outputs\":{\"question\":\"How many?\"}},\"prompter\":{\"state\":\"running\",\"started\":3000}}"));
  mock_backend_answer ("POST " ROUTE "/fork", 409, "{\"detail\":\"Not <b>there</b>\"}");
  mock_backend_answer ("GET " ROUTE "/compare?with=r2", 200, "{\"a\":{},\"b\":{},\"divergence\":null,\"nodes\":[]}");
  mock_backend_answer ("GET /leyden/v1/rollouts/r2", 200, ANSWER ("succeeded", "30", NODES ("")));
  mock_backend_answer ("GET /leyden/v1/rollouts/r2/events", 200, "{}");
  mock_backend_answer ("GET /leyden/v1/rollouts/r2/debug", 200, "{\"rollout\":\"r2\",\"paused\":false,\"can\":[],\"why_not\":\"It has ended\"}");
  view = leyden_tab_get_debug_view (fixture->window->tab);
  leyden_rollout_view_set_position (view, 7);
  test_wait_until (has_said (fixture, "Record 7 of 20"));
  test_wait_until (leyden_canvas_find_node_marks (fixture->canvas, "prompter") != NULL);
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  desktop_events_settle ();
  desktop_events_key ("ctrl+shift+F10", NULL);
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_FORK_DIALOG)) != NULL);
  desktop_events_settle ();
  test_picture (dialog, "fork-dialog");
  gtk_widget_grab_focus (test_find (dialog, GTK_TYPE_TEXT_VIEW, 0));
  desktop_events_key ("ctrl+a", NULL);
  desktop_events_type ("Think. {{ question }}");
  button = test_find_button (dialog, "Fork");
  gtk_widget_grab_focus (button);
  desktop_events_key ("Return", NULL);
  /* What was typed is still there when it was refused. */
  test_wait_until (test_shows (dialog, "Not <b>there</b>"));
  mock_backend_answer ("POST " ROUTE "/fork", 201, "{\"run\":\"u2\",\"rollout\":\"r2\"}");
  gtk_widget_grab_focus (button);
  desktop_events_key ("Return", NULL);
  test_wait_until (mock_backend_count ("POST " ROUTE "/fork") == 2);
  test_wait_until (find_dialog (LEYDEN_TYPE_FORK_DIALOG) == NULL);
  g_assert_true (g_str_has_prefix (mock_backend_last ("POST " ROUTE "/fork"),
                                   "POST " ROUTE "/fork {\"until\":7,\"edits\":[{\"node\":\"prompter\",\"parameter\":\"template\",\"value\":\"Think. {{ question }}\"}],\"paused\":false,\"client_id\":\""));
  test_wait_until (has_said (fixture, "Forked"));
  g_assert_cmpstr (leyden_rollout_view_get_rollout (leyden_tab_get_debug_view (fixture->window->tab)), ==, "r2");
  g_assert_true (test_shows (GTK_WIDGET (fixture->window), "take the change into the flow"));
  test_picture (GTK_WIDGET (fixture->window), "debugger-fork");
  /* It stands beside the original at once. */
  test_wait_until ((compared = find_compare ()) != NULL);
  test_wait_until (mock_backend_count ("GET " ROUTE "/compare?with=r2") == 1);
  test_wait_until (test_shows (compared, "They do not differ."));
  gtk_window_close (GTK_WINDOW (compared));
  test_wait_until (find_compare () == NULL);

  /* What was better there becomes an edit that can be taken back. */
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.debug-try-all", NULL));
  node = leyden_flow_get_node (leyden_document_get_flow (fixture->document), "prompter");
  g_assert_cmpstr (leyden_value_get_string (leyden_node_get_parameter (node, "template"), NULL), ==, "Think. {{ question }}");
  g_assert_true (leyden_document_can_undo (fixture->document));
}

/* The window goes while something stands: nothing is decided unasked. */
static void
test_close (Fixture       *fixture,
            gconstpointer  data)
{
  GtkWidget *dialog;

  debug (fixture);
  g_assert_true (leyden_window_ask_runs (fixture->window, NULL));
  test_wait_until ((dialog = find_dialog (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  g_assert_true (test_shows (dialog, "A Rollout Is Paused"));
  test_picture (dialog, "debugger-close");
  g_signal_emit_by_name (test_find_button (dialog, "Cancel"), "clicked");
  test_wait_until (find_dialog (ADW_TYPE_MESSAGE_DIALOG) == NULL);
  g_assert_cmpuint (mock_backend_count ("POST " RUNS "/u1/detach"), ==, 0);
  g_assert_true (leyden_window_ask_paused (fixture->window, fixture->window->tab, FALSE));
  test_wait_until ((dialog = find_dialog (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  g_signal_emit_by_name (test_find_button (dialog, "Leave Paused"), "clicked");
  test_wait_until (mock_backend_count ("POST " RUNS "/u1/detach") == 1);
  g_assert_cmpstr (mock_backend_last ("POST " RUNS "/u1/detach"), ==, "POST " RUNS "/u1/detach {\"leave\":\"paused\"}");
  g_assert_null (leyden_tab_get_debug_view (fixture->window->tab));
}

/* Hostile and large values: only ever text, and in pages. */
static void
test_hostile (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(GString) answer = g_string_new (NULL);
  g_autofree char *large = g_strnfill (3000000, 'x');
  g_autofree char *shown = NULL;
  LeydenPagedText *text;
  GtkWidget *view, *label;
  GListModel *model;

  g_string_printf (answer,
                   "{\"rollout\":{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"running\",\"last_sequence\":20,\"last_position\":20},\"run\":\"u1\","
                   "\"state\":{\"state\":\"running\",\"sequence\":20,\"nodes\":{\"<b>evil\\u202e\":{\"state\":\"succeeded\",\"started\":1,"
                   "\"outputs\":{\"<i>port\":\"\\u001b[31m<span>\",\"large\":\"%s\"}}}}}",
                   large);
  mock_backend_answer ("GET " ROUTE, 200, answer->str);
  leyden_tab_debug (fixture->window->tab, "r1");
  leyden_window_show_panel (fixture->window, "debug");
  view = test_find (get_panel (fixture), LEYDEN_TYPE_VARIABLES_VIEW, 0);
  model = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (test_find (view, GTK_TYPE_LIST_VIEW, 0))));
  test_wait_until (g_list_model_get_n_items (model) == 2);
  {
    g_autoptr(GtkTreeListRow) row = g_list_model_get_item (model, 1);

    gtk_tree_list_row_set_expanded (row, TRUE);
  }
  test_wait_until (g_list_model_get_n_items (model) == 4);
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (model), 3, TRUE);
  text = LEYDEN_PAGED_TEXT (test_find (view, LEYDEN_TYPE_PAGED_TEXT, 0));
  test_wait_until (leyden_paged_text_get_n_pages (text) > 10);
  shown = leyden_paged_text_dup_shown (text);
  /* What has no spaces is broken anywhere, and few of it at once: else a label takes seconds. */
  g_assert_cmpuint (strlen (shown), <=, 2048);
  label = test_find (GTK_WIDGET (text), GTK_TYPE_LABEL, 0);
  g_assert_cmpint (gtk_label_get_wrap_mode (GTK_LABEL (label)), ==, PANGO_WRAP_CHAR);
  g_assert_nonnull (gtk_label_get_attributes (GTK_LABEL (label)));
  g_assert_true (test_shows (view, "<b>evil"));
  /* Signs that isolate a name are not made visible as if they were its own. */
  g_assert_false (test_shows (view, "U+2068"));
  test_picture (GTK_WIDGET (fixture->window), "debugger-hostile");
}

/* The row that moves through time is there whatever page one looks at. */
static void
test_scrubber (Fixture       *fixture,
               gconstpointer  data)
{
  static const char * const pages[] = { "breakpoints", "timeline", "events", "console", "state" };
  LeydenDebugPanel *panel = LEYDEN_DEBUG_PANEL (get_panel (fixture));
  GtkWidget *scrubber = test_find (GTK_WIDGET (panel), LEYDEN_TYPE_SCRUBBER, 0);
  LeydenRolloutView *view;
  const LeydenMarks *marks;

  g_assert_false (gtk_widget_get_mapped (scrubber));
  leyden_window_show_panel (fixture->window, "debug");
  test_wait_until (test_find_button (GTK_WIDGET (panel), "Debug with This Input") != NULL);
  g_assert_true (gtk_widget_get_mapped (test_find_button (GTK_WIDGET (panel), "Debug with This Input")));
  test_picture (GTK_WIDGET (fixture->window), "debugger-empty");
  debug (fixture);
  g_assert_null (test_find_button (GTK_WIDGET (panel), "Debug with This Input"));
  view = leyden_tab_get_debug_view (fixture->window->tab);
  mock_backend_answer ("GET " ROUTE "/state?until=7", 200, STATE ("running", "7", "{\"question\":{\"state\":\"running\",\"started\":1}}"));
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      leyden_debug_panel_show_page (panel, pages[i]);
      test_wait_until (gtk_widget_get_mapped (leyden_debug_panel_get_page (panel, pages[i])));
      g_assert_true (gtk_widget_get_mapped (scrubber));
    }
  leyden_scrubber_set_place (LEYDEN_SCRUBBER (scrubber), 7, 20);
  g_signal_emit_by_name (scrubber, "moved", (guint64) 7);
  test_wait_until (leyden_rollout_view_get_position (view) == 7 && leyden_rollout_view_is_current (view));
  test_wait_until (test_shows (GTK_WIDGET (panel), "Record 7 of 20"));
  test_picture (GTK_WIDGET (fixture->window), "debugger-scrubbed");
  /* The canvas shows what was so then, and not what is so now. */
  marks = leyden_canvas_find_node_marks (fixture->canvas, "question");
  g_assert_true (marks != NULL && (marks->flags & LEYDEN_MARK_CURRENT) != 0);
  marks = leyden_canvas_find_edge_marks (fixture->canvas, "wagtextr");
  g_assert_true (marks == NULL || marks->token == NULL);
}

/* States in the call stack are those of now, and a second stop at the same place is brought into view again. */
static void
test_stops (Fixture       *fixture,
            gconstpointer  data)
{
  GtkWidget *panel = get_panel (fixture);

  debug (fixture);
  g_assert_cmpstr (fixture->window->tab->stopped_at, ==, "exanswer");
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("running", "21", NODES (",\"exanswer\":{\"state\":\"running\",\"started\":9500}")));
  leyden_rollout_view_refresh (leyden_tab_get_debug_view (fixture->window->tab));
  test_wait_until (test_find_label (panel, "Final answer · Running") != NULL);
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("running", "22", NODES (",\"exanswer\":{\"state\":\"succeeded\",\"started\":9500}")));
  leyden_rollout_view_refresh (leyden_tab_get_debug_view (fixture->window->tab));
  test_wait_until (test_find_label (panel, "Final answer · Running") == NULL);
  mock_backend_answer ("GET " ROUTE "/debug", 200, GOING);
  leyden_rollout_view_refresh (leyden_tab_get_debug_view (fixture->window->tab));
  test_wait_until (fixture->window->tab->stopped_at == NULL);
  mock_backend_answer ("GET " ROUTE "/debug", 200, PAUSED ("breakpoint", "exanswer"));
  leyden_rollout_view_refresh (leyden_tab_get_debug_view (fixture->window->tab));
  test_wait_until (g_strcmp0 (fixture->window->tab->stopped_at, "exanswer") == 0);
}

/* A long log that is being read says so, and the way back is open. */
static void
test_long_log (Fixture       *fixture,
               gconstpointer  data)
{
  LeydenRolloutView *view;
  GtkWidget *bar, *cancel;

  debug (fixture);
  view = leyden_tab_get_debug_view (fixture->window->tab);
  bar = test_find (get_panel (fixture), GTK_TYPE_PROGRESS_BAR, 0);
  g_assert_false (gtk_widget_get_mapped (bar));
  leyden_rollout_view_set_progress (view, 0.43);
  test_wait_until (gtk_widget_get_mapped (bar));
  g_assert_cmpfloat (gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (bar)), ==, 0.43);
  g_assert_true (test_shows (get_panel (fixture), "Reading a long log: 43 %"));
  test_picture (GTK_WIDGET (fixture->window), "debugger-reading");
  cancel = gtk_widget_get_next_sibling (bar);
  g_assert_cmpstr (gtk_button_get_label (GTK_BUTTON (cancel)), ==, "Cancel");
  leyden_rollout_view_set_progress (view, -1);
  test_wait_until (!gtk_widget_get_mapped (bar));
  leyden_rollout_view_set_progress (view, 0.5);
  mock_backend_answer ("GET " ROUTE "/debug", 200, GOING);
  leyden_rollout_view_refresh (view);
  test_wait_until (!leyden_rollout_view_is_paused (view));
  leyden_rollout_view_set_progress (view, 0.5);
  test_wait_until (gtk_widget_get_mapped (bar));
  gtk_widget_activate (cancel);
  test_wait_until (leyden_tab_get_debug_view (fixture->window->tab) == NULL);
}

static void
test_reachable (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *nameless = NULL;
  int minimum;

  debug (fixture);
  nameless = desktop_test_find_nameless (get_panel (fixture));
  g_assert_cmpstr (nameless, ==, "");
  gtk_widget_measure (get_panel (fixture), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 340);
}

/* --- with leydenctl serve --- */

/* The whole way over a real rollout: a condition is met, a value watched and edited, and the edit counts in the answer. */
static void
test_real_condition (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(LeydenValue) value = test_value ("{\"when\":\"before\",\"node\":\"exanswer\",\"condition\":\"text LIKE '%nine%'\",\"enabled\":true}");
  g_autoptr(LeydenValue) answer = leyden_value_new_string ("Answer: 77", -1);
  LeydenRolloutView *view;
  GtkWidget *watch;

  if (!can_press (fixture))
    return;
  leyden_breakpoints_set (fixture->store, value);
  start_debugging (fixture);
  g_assert_cmpstr (standing_at (fixture), ==, "exanswer");
  test_wait_until (has_said (fixture, "Paused at “Final answer”"));
  watch = test_find (test_find (get_panel (fixture), LEYDEN_TYPE_WATCHES, 0), GTK_TYPE_ENTRY, 0);
  gtk_widget_grab_focus (watch);
  desktop_events_type ("length(\"Solver\" ->> '$.text') > 3");
  desktop_events_key ("Return", NULL);
  test_wait_until (has_said (fixture, "1") || has_said (fixture, "true"));
  view = leyden_tab_get_debug_view (fixture->window->tab);
  leyden_rollout_view_edit (view, "solveagt", "text", NULL, answer);
  test_wait_until (!leyden_rollout_view_is_busy (view));
  desktop_events_key ("F5", NULL);
  test_wait_until (leyden_rollout_view_is_final (view));
  test_wait_until (leyden_value_lookup_pointer (leyden_rollout_view_get_state (view), "/result/answer") != NULL);
  test_assert_value (leyden_value_lookup_pointer (leyden_rollout_view_get_state (view), "/result/answer"), "77");
  test_wait_until (has_said (fixture, "Succeeded"));
}

/* Without a breakpoint it stands before the first node; from there into a turn of the agent, and out. */
static void
test_real_steps (Fixture       *fixture,
                 gconstpointer  data)
{
  LeydenRolloutView *view;

  if (!can_press (fixture))
    return;
  start_debugging (fixture);
  step_to (fixture, "F10", "prompter");
  step_to (fixture, "F11", "solveagt#");
  test_wait_until (has_said (fixture, "Paused at “Solver › Turn"));
  test_picture (GTK_WIDGET (fixture->window), "debugger-turn");
  desktop_events_key ("shift+F11", NULL);
  test_wait_until (*standing_at (fixture) != '\0' && strchr (standing_at (fixture), '#') == NULL);
  view = leyden_tab_get_debug_view (fixture->window->tab);
  desktop_events_key ("F5", NULL);
  test_wait_until (leyden_rollout_view_is_final (view));
  /* The end is said once, by who has more to say of it. */
  test_wait_until (has_said (fixture, "Succeeded"));
  for (guint i = 0; i < 10; i++)
    {
      test_settle ();
      g_assert_false (has_said (fixture, "Run: "));
    }
}

/* One rollout of a run over the data set stops; the others go on, whatever breakpoints the flow has, and a notice leads to it. */
static void
test_real_run (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenValue) value = test_value ("{\"when\":\"before\",\"node\":\"solver\",\"enabled\":true}");
  LeydenRunPanel *run;
  GtkWidget *dialog;

  if (fixture->window == NULL)
    {
      g_test_skip ("no backend");
      return;
    }
  run = LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (fixture->window), "run"));
  leyden_breakpoints_set (fixture->store, value);
  leyden_window_show_panel (fixture->window, "run");
  test_wait_until (leyden_run_panel_can_start (run));
  g_signal_emit_by_name (test_find_button (GTK_WIDGET (run), "Run until…"), "clicked");
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_BREAKPOINT_DIALOG)) != NULL);
  /* Another moment has other names, and another condition. */
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (dialog, GTK_TYPE_DROP_DOWN, 0)), 1);
  test_wait_until (test_shows (dialog, "message") && test_shows (dialog, "Without a condition"));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (dialog, GTK_TYPE_DROP_DOWN, 0)), 0);
  test_wait_until (test_shows (dialog, "This condition can be checked"));
  g_signal_emit_by_name (test_find_button (dialog, "Set"), "clicked");
  test_wait_until (leyden_run_panel_get_view (run) != NULL);
  /* It was for this run alone. */
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->store)), ==, 1);
  test_wait_until (has_said (fixture, "1 rollout of the run is paused."));
  g_assert_nonnull (test_find_button (GTK_WIDGET (fixture->window->tab->editor), "Debug"));
  test_wait_until (test_shows (GTK_WIDGET (run), " · 1 paused"));
  g_assert_true (leyden_run_view_is_active (leyden_run_panel_get_view (run)));
  desktop_events_settle ();
  test_picture (GTK_WIDGET (fixture->window), "debugger-notice");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.debug-paused", NULL));
  test_wait_until (leyden_tab_get_debug_view (fixture->window->tab) != NULL && leyden_rollout_view_is_paused (leyden_tab_get_debug_view (fixture->window->tab)));
  test_wait_until (test_shows (get_panel (fixture), "When a reward is given, if reward = 0"));
  /* It goes on with all others, and the run comes to its end. */
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.debug-continue-all", NULL));
  test_wait_until (has_said (fixture, "All go on, without breakpoints"));
  test_wait_until (!leyden_run_view_is_active (leyden_run_panel_get_view (run)));
  g_assert_cmpstr (leyden_run_view_get_state (leyden_run_panel_get_view (run)), ==, "succeeded");
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
#define ADD(name, func) g_test_add ("/debugger/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("breakpoint", test_breakpoint);
  ADD ("wire", test_wire);
  ADD ("steps", test_steps);
  ADD ("held-call", test_held_call);
  ADD ("values", test_values);
  ADD ("watches", test_watches);
  ADD ("room", test_room);
  ADD ("fork", test_fork);
  ADD ("close", test_close);
  ADD ("hostile", test_hostile);
  ADD ("long-log", test_long_log);
  ADD ("reachable", test_reachable);
  ADD ("scrubber", test_scrubber);
  ADD ("stops", test_stops);
#undef ADD
  g_test_add ("/debugger/real/condition", Fixture, NULL, set_up_real, test_real_condition, tear_down_real);
  g_test_add ("/debugger/real/run", Fixture, NULL, set_up_real, test_real_run, tear_down_real);
  g_test_add ("/debugger/real/steps", Fixture, NULL, set_up_real, test_real_steps, tear_down_real);
  return g_test_run ();
}
