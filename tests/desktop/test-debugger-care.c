/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "debugger-fixture.h"

#include <glib/gstdio.h>

#include "leyden-fork-dialog.h"
#include "leyden-json.h"
#include "leyden-run-panel.h"
#include "leyden-values-dialog.h"

/* What the debugger does is done to what one looked at, said when it has happened, and nothing that stands is left behind unasked. */

#define OTHER "/leyden/v1/rollouts/r2"
#define OTHER_ANSWER                                                                                                                          \
  "{\"rollout\":{\"rollout\":\"r2\",\"run\":\"u2\",\"state\":\"running\",\"last_sequence\":5,\"last_position\":5},\"run\":\"u2\",\"state\":"     \
  "{\"rollout\":\"r2\",\"state\":\"running\",\"sequence\":5,\"nodes\":{}}}"

static void
answer_other (void)
{
  mock_backend_answer ("GET " OTHER, 200, OTHER_ANSWER);
  mock_backend_answer ("GET " OTHER "/events", 200, "{}");
  mock_backend_answer ("GET " OTHER "/debug", 200, "{\"rollout\":\"r2\",\"run\":\"u2\",\"state\":\"running\",\"paused\":false,\"can\":[\"pause\",\"stop\"]}");
  mock_backend_answer ("POST " OTHER "/edits", 200, "{\"sequence\":6}");
}

static LeydenValuesDialog *
edit_text (Fixture *fixture)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string ("It is 9", -1);
  LeydenValuesDialog *dialog;

  g_signal_emit_by_name (get_panel (fixture), "edit-value", "solveagt", "text", FALSE, value);
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_VALUES_DIALOG)) != NULL);
  leyden_values_dialog_type (dialog, "text", "It is 10");
  return dialog;
}

/* A value that was typed for one rollout does not go to another that came to be looked at meanwhile. */
static void
test_edit_of_another (Fixture       *fixture,
                      gconstpointer  data)
{
  LeydenValuesDialog *dialog;

  answer_other ();
  debug (fixture);
  dialog = edit_text (fixture);
  leyden_tab_debug (fixture->window->tab, "r2");
  leyden_values_dialog_done (dialog);
  test_wait_until (has_said (fixture, "Another rollout is looked at by now"));
  test_settle ();
  g_assert_cmpuint (mock_backend_count ("POST " OTHER "/edits"), ==, 0);
  g_assert_cmpuint (mock_backend_count ("POST " ROUTE "/edits"), ==, 0);
}

/* What was refused is not said to have happened. */
static void
test_refused_edit (Fixture       *fixture,
                   gconstpointer  data)
{
  LeydenRolloutView *view;
  g_autoptr(LeydenValue) value = leyden_value_new_string ("It is 11", -1);

  debug (fixture);
  mock_backend_answer ("POST " ROUTE "/edits", 409, "{\"detail\":\"The target has started\"}");
  leyden_values_dialog_done (edit_text (fixture));
  test_wait_until (mock_backend_count ("POST " ROUTE "/edits") == 1);
  view = leyden_tab_get_debug_view (fixture->window->tab);
  test_wait_until (!leyden_rollout_view_is_busy (view));
  test_wait_until (has_said (fixture, "has started"));
  test_settle ();
  g_assert_false (has_said (fixture, "The value was changed"));

  mock_backend_answer ("POST " ROUTE "/edits", 200, "{\"sequence\":21}");
  g_assert_true (leyden_rollout_view_edit (view, "solveagt", "text", NULL, value));
  g_assert_false (leyden_rollout_view_edit (view, "solveagt", "text", NULL, value));
  g_assert_false (has_said (fixture, "The value was changed"));
  test_wait_until (has_said (fixture, "The value was changed"));
}

/* --- forks --- */

static char *
fork_with (GtkWidget *dialog)
{
  g_autoptr(GtkWidget) held = g_object_ref (dialog);

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (test_find (dialog, GTK_TYPE_TEXT_VIEW, 0))), "7", -1);
  g_signal_emit_by_name (test_find_button (dialog, "Fork"), "clicked");
  test_wait_until (mock_backend_count ("POST " ROUTE "/fork") > 0);
  return g_strdup (mock_backend_last ("POST " ROUTE "/fork"));
}

/* The fork begins where the dialog was opened, however far the rollout has come since. */
static void
test_fork_position (Fixture       *fixture,
                    gconstpointer  data)
{
  LeydenRolloutView *view;
  GtkWidget *dialog;
  g_autofree char *sent = NULL;

  debug (fixture);
  view = leyden_tab_get_debug_view (fixture->window->tab);
  test_wait_until (mock_backend_count ("GET " ROUTE "/events") > 0);
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.debug-fork", NULL));
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_FORK_DIALOG)) != NULL);
  mock_backend_send (ROUTE "/events", "record", "21", "{\"rollout\":\"r1\",\"sequence\":21,\"type\":\"node.started\"}");
  test_wait_until (leyden_rollout_view_get_last (view) == 21);
  sent = fork_with (dialog);
  g_assert_true (g_str_has_prefix (sent, "POST " ROUTE "/fork {\"until\":20,"));
}

#define LOOP                                                                                                                                  \
  "{\"leyden\":1,\"id\":\"loops\",\"nodes\":[{\"id\":\"first\",\"type\":\"prompt\",\"parameters\":{\"template\":\"a\"}},"                    \
  "{\"id\":\"solve\",\"type\":\"loop\",\"flow\":{\"nodes\":[{\"id\":\"check\",\"type\":\"prompt\",\"parameters\":{\"template\":\"b\"}},"    \
  "{\"id\":\"later\",\"type\":\"prompt\",\"parameters\":{\"template\":\"c\"}}],\"edges\":[]}},"                                             \
  "{\"id\":\"calc\",\"type\":\"prompt\",\"parameters\":{\"template\":\"d\"}}],\"edges\":[]}"

static void
note_cb (LeydenForkDialog  *dialog,
         LeydenValue       *edit,
         gboolean           paused,
         char             **node)
{
  g_free (*node);
  *node = g_strdup (leyden_value_get_member_string (edit, "node", NULL));
}

static void
assert_chosen (Fixture           *fixture,
               LeydenRolloutView *view,
               const char        *path,
               const char        *expected)
{
  GtkWidget *dialog = leyden_fork_dialog_new (GTK_WINDOW (fixture->window), view, path);
  g_autofree char *node = NULL;

  gtk_window_present (GTK_WINDOW (dialog));
  g_signal_connect (dialog, "done", G_CALLBACK (note_cb), &node);
  g_signal_emit_by_name (test_find_button (dialog, "Fork"), "clicked");
  g_assert_cmpstr (node, ==, expected);
}

/* A node in a loop, or what a turn called, is that node, and not the first of the flow. */
static void
test_fork_node (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (LOOP, strlen (LOOP));
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "loop", &error);
  LeydenRolloutView *view;

  g_assert_no_error (error);
  mock_backend_answer ("GET " ROUTE, 200,
                       ANSWER ("running", "20", "{\"first\":{\"state\":\"succeeded\",\"started\":1},\"solve\":{\"state\":\"running\",\"started\":2},"
                               "\"solve[0]/check\":{\"state\":\"succeeded\",\"started\":3},\"solve[2]/check\":{\"state\":\"succeeded\",\"started\":9},"
                               "\"solve[1]/check\":{\"state\":\"succeeded\",\"started\":5},\"solve[1]/check#2/calc\":{\"state\":\"succeeded\",\"started\":11}}"));
  leyden_tab_debug (fixture->window->tab, "r1");
  view = leyden_tab_get_debug_view (fixture->window->tab);
  test_wait_until (leyden_rollout_view_get_state (view) != NULL);
  leyden_rollout_view_set_flow (view, flow);
  assert_chosen (fixture, view, "first", "first");
  assert_chosen (fixture, view, "solve[0]/check", "solve[0]/check");
  /* As the canvas names it: the latest round. */
  assert_chosen (fixture, view, "solve/check", "solve[2]/check");
  /* Of a turn the agent, in its round. */
  assert_chosen (fixture, view, "solve[1]/check#2", "solve[1]/check");
  /* In no round yet. */
  assert_chosen (fixture, view, "solve/later", "solve/later");
  assert_chosen (fixture, view, "first#1", "first");
  assert_chosen (fixture, view, NULL, "calc");
}

/* --- what ran --- */

/* A prompt that was edited since is shown as the rollout had it. */
static void
test_flow_as_it_ran (Fixture       *fixture,
                     gconstpointer  data)
{
  GtkWidget *dialog;
  GtkTextBuffer *buffer;
  GtkTextIter start, end;
  LeydenFlow *flow = leyden_document_get_flow (fixture->document);
  g_autofree char *prompt = g_strdup (leyden_value_get_string (leyden_node_get_parameter (leyden_flow_get_node (flow, "prompter"), "template"), NULL));
  g_autoptr(LeydenValue) ran = leyden_flow_to_value (flow);
  g_autofree char *json = leyden_json_write (ran, LEYDEN_JSON_COMPACT);
  g_autoptr(LeydenValue) other = leyden_value_new_string ("As it is now", -1);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("Prompt");
  g_autofree char *text = NULL;

  mock_backend_answer ("GET " RUNS "/u1/flow", 200, json);
  leyden_edit_set_parameter (edit, "prompter", "template", other);
  g_assert_true (leyden_document_edit (fixture->document, g_steal_pointer (&edit), NULL));
  debug (fixture);
  test_wait_until (test_shows (GTK_WIDGET (fixture->window), "The flow has changed since this rollout ran"));
  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.debug-fork", NULL));
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_FORK_DIALOG)) != NULL);
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (test_find (dialog, GTK_TYPE_TEXT_VIEW, 0)));
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  g_assert_cmpstr (text, ==, prompt);
  gtk_window_close (GTK_WINDOW (dialog));
  leyden_tab_leave_debug (fixture->window->tab);
  test_wait_until (!test_shows (GTK_WIDGET (fixture->window), "The flow has changed since this rollout ran"));
}

/* A command while one looks at the past: what it does is to be seen. */
static void
test_command_from_the_past (Fixture       *fixture,
                            gconstpointer  data)
{
  LeydenRolloutView *view;

  debug (fixture);
  view = leyden_tab_get_debug_view (fixture->window->tab);
  mock_backend_answer ("GET " ROUTE "/state?until=7", 200, STATE ("running", "7", "{}"));
  leyden_rollout_view_set_position (view, 7);
  test_wait_until (has_said (fixture, "Record 7 of 20"));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.debug-step", NULL));
  g_assert_true (leyden_rollout_view_is_live (view));
  test_wait_until (has_said (fixture, "Back at the newest record"));
  test_wait_until (mock_backend_count ("POST " ROUTE "/debug {\"command\":\"step\"") == 1);
}

/* Why one cannot step is said of what has ended, too. */
static void
test_why_not (Fixture       *fixture,
              gconstpointer  data)
{
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("succeeded", "30", NODES ("")));
  mock_backend_answer ("GET " ROUTE "/debug", 200, "{\"rollout\":\"r1\",\"paused\":false,\"can\":[],\"why_not\":\"Another server ran it\"}");
  leyden_tab_debug (fixture->window->tab, "r1");
  leyden_window_show_panel (fixture->window, "debug");
  test_wait_until (test_shows (get_panel (fixture), "Succeeded"));
  test_wait_until (test_shows (get_panel (fixture), "Another server ran it"));
}

/* What is looked at becomes a file, as the backend makes it. */
static void
test_export (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *folder = g_dir_make_tmp ("leyden-export-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "r1.leyden-rollout", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autofree char *text = NULL;
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (fixture->window), "export-rollout");

  g_assert_false (g_action_get_enabled (action));
  mock_backend_answer ("GET " ROUTE "/export", 200, "{\"leyden-rollout\":1}");
  debug (fixture);
  g_assert_true (g_action_get_enabled (action));
  leyden_window_export_rollout (fixture->window, "r1", file);
  test_wait_until (has_said (fixture, "The rollout was exported"));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\"leyden-rollout\":1}");
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* --- what stands --- */

#define STANDS "{\"run\":\"u1\",\"breakpoints\":[],\"n_paused\":1,\"paused\":[\"r1\"]}"
#define GONE_ON "{\"run\":\"u1\",\"breakpoints\":[],\"n_paused\":0,\"paused\":[]}"

static void
respond (const char *label)
{
  GtkWidget *dialog;

  test_wait_until ((dialog = find_dialog (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  g_assert_true (test_shows (dialog, "A Rollout Is Paused"));
  g_signal_emit_by_name (test_find_button (dialog, label), "clicked");
  test_wait_until (find_dialog (ADW_TYPE_MESSAGE_DIALOG) == NULL);
}

/* Another rollout is looked at: what becomes of the one that stands is asked. */
static void
test_left (Fixture       *fixture,
           gconstpointer  data)
{
  answer_other ();
  debug (fixture);
  leyden_tab_debug (fixture->window->tab, "r2");
  respond ("Continue");
  test_wait_until (mock_backend_count ("POST " RUNS "/u1/detach") == 1);
  g_assert_cmpstr (mock_backend_last ("POST " RUNS "/u1/detach"), ==, "POST " RUNS "/u1/detach {\"leave\":\"continue\"}");
  g_assert_cmpstr (leyden_rollout_view_get_rollout (leyden_tab_get_debug_view (fixture->window->tab)), ==, "r2");
  /* That is settled. */
  g_assert_false (leyden_window_ask_paused (fixture->window, NULL, TRUE));
}

/* Who has not decided is asked when the window closes, if it still stands. */
static void
test_left_and_closed (Fixture       *fixture,
                      gconstpointer  data)
{
  answer_other ();
  mock_backend_answer ("GET " RUNS "/u1/debug", 200, STANDS);
  debug (fixture);
  leyden_tab_debug (fixture->window->tab, "r2");
  respond ("Decide Later");
  g_assert_cmpuint (mock_backend_count ("POST " RUNS "/u1/detach"), ==, 0);
  g_assert_true (leyden_window_ask_paused (fixture->window, NULL, TRUE));
  /* Asking twice is one question. */
  g_assert_true (leyden_window_ask_paused (fixture->window, NULL, TRUE));
  test_wait_until (mock_backend_count ("GET " RUNS "/u1/debug") == 1);
  respond ("Cancel");
  g_assert_cmpuint (mock_backend_count ("POST " RUNS "/u1/detach"), ==, 0);
}

static void
closed_cb (gpointer  data,
           GObject  *window)
{
  *(gboolean *) data = TRUE;
}

/* What has gone on by itself is not asked about, and the window closes. */
static void
test_left_and_gone_on (Fixture       *fixture,
                       gconstpointer  data)
{
  gboolean closed = FALSE;

  answer_other ();
  mock_backend_answer ("GET " RUNS "/u1/debug", 200, GONE_ON);
  debug (fixture);
  leyden_tab_debug (fixture->window->tab, "r2");
  respond ("Decide Later");
  leyden_document_close (fixture->document, TRUE);
  g_object_weak_ref (G_OBJECT (fixture->window), closed_cb, &closed);
  g_assert_true (leyden_window_ask_paused (fixture->window, NULL, TRUE));
  test_wait_until (closed);
  fixture->window = NULL;
  g_assert_null (find_dialog (ADW_TYPE_MESSAGE_DIALOG));
}

/* A run over a data set that has paused something is asked about, too, though nothing of it is looked at. */
static void
test_run_stands (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) run = test_value ("{\"run\":\"u9\",\"title\":\"t\",\"purpose\":\"run\",\"state\":\"running\",\"n_items\":3,"
                                           "\"summary\":{\"n_items\":3,\"n_paused\":2}}");
  LeydenRunPanel *panel = LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (fixture->window), "run"));

  mock_backend_answer ("GET " RUNS "/u9", 200,
                       "{\"run\":\"u9\",\"title\":\"t\",\"purpose\":\"run\",\"state\":\"running\",\"n_items\":3,\"summary\":{\"n_items\":3,\"n_paused\":2}}");
  mock_backend_answer ("GET " RUNS "/u9/rollouts", 200, "{\"rollouts\":[],\"next_after\":null}");
  mock_backend_answer ("GET " RUNS "/u9/events", 200, "{}");
  mock_backend_answer ("GET " RUNS "/u9/debug", 200, "{\"run\":\"u9\",\"breakpoints\":[],\"n_paused\":2,\"paused\":[\"r1\",\"r3\"]}");
  mock_backend_answer ("POST " RUNS "/u9/detach", 200, "{}");
  leyden_run_panel_show_run (panel, run);
  g_assert_true (leyden_run_view_is_active (leyden_run_panel_get_view (panel)));
  test_wait_until (has_said (fixture, "2 rollouts of the run are paused."));
  test_wait_until (test_shows (GTK_WIDGET (fixture->window->tab->editor), "2 rollouts of the run are paused."));
  g_assert_true (leyden_window_ask_paused (fixture->window, NULL, TRUE));
  respond ("Cancel");
  /* A message of another part does not take it away. */
  leyden_tab_set_notice (fixture->window->tab, LEYDEN_NOTICE_BACKEND, "The backend is back", NULL, NULL);
  g_assert_true (test_shows (GTK_WIDGET (fixture->window->tab->editor), "The backend is back"));
  g_signal_emit_by_name (test_find_icon_button (GTK_WIDGET (fixture->window->tab->banner), "window-close-symbolic"), "clicked");
  test_wait_until (test_shows (GTK_WIDGET (fixture->window->tab->editor), "2 rollouts of the run are paused."));
}

/* --- breakpoints that somebody else sets, too --- */

#define LIST RUNS "/u1/breakpoints"
#define ELSEWHERE "{\"id\":\"elsewhere\",\"when\":\"before\",\"node\":\"prompter\",\"hits\":1,\"once\":false,\"enabled\":true,\"hits_so_far\":2,\"bound\":true}"
#define OTHERS "{\"id\":\"others\",\"when\":\"after\",\"node\":\"solveagt\",\"hits\":3,\"once\":false,\"enabled\":true,\"hits_so_far\":0,\"bound\":true}"
#define TOLD(revision, list) "{\"run\":\"u1\",\"revision\":" revision ",\"breakpoints\":[" list "]}"

static guint
count_breakpoints (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->store));
}

static void
wait_read (guint n)
{
  test_wait_until (mock_backend_count ("GET " LIST) == n);
  test_settle ();
}

static void
assert_sent (const char *part)
{
  g_assert_nonnull (strstr (mock_backend_last ("PUT " LIST), part));
}

/* A window that knows of none has those of the run that it comes to look at. */
static void
test_taken_over (Fixture       *fixture,
                 gconstpointer  data)
{
  LeydenBreakpoint *breakpoint;

  mock_backend_answer ("GET " LIST, 200, TOLD ("4", ELSEWHERE "," OTHERS));
  debug (fixture);
  test_wait_until (count_breakpoints (fixture) == 2);
  breakpoint = leyden_breakpoints_find (fixture->store, "prompter", NULL);
  g_assert_cmpstr (leyden_breakpoint_get_id (breakpoint), ==, "elsewhere");
  g_assert_cmpuint (leyden_breakpoint_get_hits (breakpoint), ==, 2);
  g_assert_null (leyden_value_get_member (leyden_breakpoint_get_value (breakpoint), "hits_so_far"));
  breakpoint = leyden_breakpoints_find (fixture->store, "solveagt", NULL);
  g_assert_cmpint (leyden_value_get_member_int (leyden_breakpoint_get_value (breakpoint), "hits", 0), ==, 3);
  test_settle ();
  /* The run has them. */
  g_assert_cmpuint (mock_backend_count ("PUT " LIST), ==, 0);
  leyden_breakpoints_set_watch (fixture->store, 0, "text");
  test_settle ();
  g_assert_cmpuint (mock_backend_count ("PUT " LIST), ==, 0);
}

/* What is set says on what it builds; the next on what came of it. */
static void
test_revision (Fixture       *fixture,
               gconstpointer  data)
{
  mock_backend_answer ("GET " LIST, 200, TOLD ("4", ELSEWHERE));
  mock_backend_answer ("PUT " LIST, 200, TOLD ("5", ELSEWHERE "," OTHERS));
  leyden_breakpoints_toggle (fixture->store, "exanswer", NULL);
  debug (fixture);
  wait_read (1);
  /* Its own stays. */
  g_assert_cmpuint (count_breakpoints (fixture), ==, 2);
  g_assert_cmpuint (mock_backend_count ("PUT " LIST), ==, 0);
  leyden_breakpoints_toggle (fixture->store, "solveagt", NULL);
  /* While that is under way. */
  leyden_breakpoints_toggle (fixture->store, "exanswer", NULL);
  test_wait_until (mock_backend_count ("PUT " LIST) == 2);
  assert_sent ("\"revision\":5}");
  assert_sent ("\"elsewhere\"");
  g_assert_null (strstr (mock_backend_last ("PUT " LIST), "exanswer"));
  g_assert_cmpuint (mock_backend_count ("GET " LIST), ==, 1);
}

/* Two that change them at the same time: both changes are there in the end, and none that was removed comes back. */
static void
test_conflict (Fixture       *fixture,
               gconstpointer  data)
{
  mock_backend_answer ("GET " LIST, 200, TOLD ("4", ELSEWHERE));
  debug (fixture);
  test_wait_until (count_breakpoints (fixture) == 1);
  mock_backend_answer ("GET " LIST, 200, TOLD ("6", ELSEWHERE "," OTHERS));
  mock_backend_answer ("PUT " LIST, 409, "{\"detail\":\"Somebody else has changed the breakpoints\"}");
  leyden_breakpoints_toggle (fixture->store, "prompter", NULL);
  test_wait_until (mock_backend_count ("PUT " LIST) >= 1);
  assert_sent ("{\"breakpoints\":[],\"revision\":4}");
  mock_backend_answer ("PUT " LIST, 200, TOLD ("7", OTHERS));
  test_wait_until (has_said (fixture, "Breakpoints were changed elsewhere"));
  test_wait_until (mock_backend_count ("PUT " LIST) == 2);
  assert_sent ("\"revision\":6}");
  assert_sent ("\"others\"");
  g_assert_null (strstr (mock_backend_last ("PUT " LIST), "elsewhere"));
  g_assert_cmpuint (count_breakpoints (fixture), ==, 1);
  g_assert_nonnull (leyden_breakpoints_find (fixture->store, "solveagt", NULL));
}

/* Another refusal is said as it is, and not tried again. */
static void
test_refused_list (Fixture       *fixture,
                   gconstpointer  data)
{
  mock_backend_answer ("GET " LIST, 200, TOLD ("4", ELSEWHERE));
  mock_backend_answer ("PUT " LIST, 409, "{\"detail\":\"The run is not under way\"}");
  debug (fixture);
  test_wait_until (count_breakpoints (fixture) == 1);
  leyden_breakpoints_toggle (fixture->store, "exanswer", NULL);
  test_wait_until (has_said (fixture, "is not under way"));
  test_settle ();
  g_assert_cmpuint (mock_backend_count ("PUT " LIST), ==, 1);
  g_assert_cmpuint (mock_backend_count ("GET " LIST), ==, 2);
  g_assert_cmpuint (count_breakpoints (fixture), ==, 2);
}

/* What the run panel shows hears of others by itself. */
static void
test_changed_elsewhere (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr(LeydenValue) run = test_value ("{\"run\":\"u1\",\"title\":\"t\",\"purpose\":\"run\",\"state\":\"running\",\"n_items\":3}");
  LeydenRunPanel *panel = LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (fixture->window), "run"));

  mock_backend_answer ("GET " RUNS "/u1/debug", 200, GONE_ON);
  mock_backend_answer ("GET " LIST, 200, TOLD ("4", ELSEWHERE));
  leyden_run_panel_show_run (panel, run);
  test_wait_until (count_breakpoints (fixture) == 1);
  test_wait_until (mock_backend_count ("GET " RUNS "/u1/events") > 0);
  /* Nothing new. */
  mock_backend_send (RUNS "/u1/events", "debug", NULL, "{\"run\":\"u1\",\"revision\":4,\"n_paused\":0}");
  mock_backend_answer ("GET " LIST, 200, TOLD ("5", OTHERS));
  mock_backend_send (RUNS "/u1/events", "debug", NULL, "{\"run\":\"u1\",\"revision\":5,\"n_paused\":0}");
  test_wait_until (has_said (fixture, "Breakpoints were changed elsewhere"));
  g_assert_cmpuint (mock_backend_count ("GET " LIST), ==, 2);
  g_assert_null (leyden_breakpoints_find (fixture->store, "prompter", NULL));
  g_assert_nonnull (leyden_breakpoints_find (fixture->store, "solveagt", NULL));
  /* Who left the run took them off it, and not out of the flow. */
  mock_backend_answer ("GET " LIST, 200, "{\"run\":\"u1\",\"breakpoints\":[],\"revision\":6,\"detached\":true}");
  mock_backend_send (RUNS "/u1/events", "debug", NULL, "{\"run\":\"u1\",\"revision\":6,\"n_paused\":0}");
  wait_read (3);
  g_assert_cmpuint (count_breakpoints (fixture), ==, 1);
  /* Who takes away the last one means it. */
  mock_backend_answer ("GET " LIST, 200, TOLD ("7", OTHERS));
  mock_backend_send (RUNS "/u1/events", "debug", NULL, "{\"run\":\"u1\",\"revision\":7,\"n_paused\":0}");
  wait_read (4);
  mock_backend_answer ("GET " LIST, 200, TOLD ("8", ""));
  mock_backend_send (RUNS "/u1/events", "debug", NULL, "{\"run\":\"u1\",\"revision\":8,\"n_paused\":0}");
  wait_read (5);
  test_wait_until (count_breakpoints (fixture) == 0);
  g_assert_cmpuint (mock_backend_count ("PUT " LIST), ==, 0);
}

/* --- what a move costs --- */

static GtkWidget *
find_label (GtkWidget  *root,
            const char *part)
{
  GtkWidget *label;

  for (guint i = 0; (label = test_find (root, GTK_TYPE_LABEL, i)) != NULL; i++)
    if (strstr (gtk_label_get_text (GTK_LABEL (label)), part) != NULL)
      return label;
  return NULL;
}

static void
count_cb (GtkWidget  *widget,
          GParamSpec *pspec,
          guint      *n)
{
  ++*n;
}

static void
count_tooltips (GtkWidget *widget,
                guint     *n)
{
  g_signal_connect (widget, "notify::tooltip-text", G_CALLBACK (count_cb), n);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    count_tooltips (child, n);
}

/* Each tooltip that is set asks the display where the pointer is, and the window stands until it has answered: a move through time sets none. */
static void
test_moves_set_no_tooltips (Fixture       *fixture,
                            gconstpointer  data)
{
  LeydenRolloutView *view;
  GtkWidget *status;
  guint n = 0;

  debug (fixture);
  view = leyden_tab_get_debug_view (fixture->window->tab);
  mock_backend_answer ("GET " ROUTE "/state?until=7", 200, STATE ("running", "7", "{\"question\":{\"state\":\"running\",\"started\":1}}"));
  mock_backend_answer ("GET " ROUTE "/state?until=9", 200, STATE ("running", "9", NODES ("")));
  count_tooltips (get_panel (fixture), &n);
  for (guint64 at = 7; at <= 9; at += 2)
    {
      leyden_rollout_view_set_position (view, at);
      test_wait_until (leyden_rollout_view_is_current (view));
      test_wait_until (test_shows (get_panel (fixture), at == 7 ? "Record 7 of 20" : "Record 9 of 20"));
    }
  leyden_rollout_view_set_position (view, 0);
  test_wait_until (test_shows (get_panel (fixture), "Paused at “Final answer”"));
  g_assert_cmpuint (n, ==, 0);
  /* It has one nevertheless. */
  status = find_label (get_panel (fixture), "Paused at “Final answer”");
  g_assert_true (status != NULL && gtk_widget_get_has_tooltip (status));
}

/* --- what is seen --- */

/* The colour of the canvas at a place of the node, in the node's own units. */
static guint32
get_color (LeydenCanvas     *canvas,
           LeydenCanvasNode *node,
           float             x,
           float             y)
{
  GtkWidget *widget = GTK_WIDGET (canvas);
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr(GdkTexture) texture = NULL;
  GskRenderNode *drawn;
  graphene_point_t at;
  guint32 pixel;

  g_assert_true (gtk_widget_compute_point (GTK_WIDGET (node->view), widget, &GRAPHENE_POINT_INIT (x, y), &at));
  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  drawn = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), drawn, &GRAPHENE_RECT_INIT (floorf (at.x), floorf (at.y), 1, 1));
  gsk_render_node_unref (drawn);
  gdk_texture_download (texture, (guchar *) &pixel, 4);
  return pixel;
}

/* The ring of the focus goes around the node, and behind what says how long it took. */
static void
test_ring_and_badge (Fixture       *fixture,
                     gconstpointer  data)
{
  LeydenCanvasNode *node;
  guint32 badge, above;
  float right;

  debug (fixture);
  node = leyden_canvas_model_get_node (leyden_canvas_get_model (fixture->canvas), "solveagt");
  g_assert_true (node->view != NULL && node->state == LEYDEN_NODE_STATE_SUCCEEDED);
  right = node->item.bounds.size.width - 12 - 4;
  gtk_window_set_focus (GTK_WINDOW (fixture->window), NULL);
  test_settle ();
  badge = get_color (fixture->canvas, node, right, -5);
  above = get_color (fixture->canvas, node, 60, -5);
  g_assert_cmphex (badge, !=, above);
  gtk_widget_grab_focus (GTK_WIDGET (node->view));
  gtk_window_set_focus_visible (GTK_WINDOW (fixture->window), TRUE);
  test_wait_until ((gtk_widget_get_state_flags (GTK_WIDGET (node->view)) & GTK_STATE_FLAG_FOCUS_VISIBLE) != 0);
  test_settle ();
  test_picture (GTK_WIDGET (fixture->window), "debugger-focus");
  g_assert_cmphex (get_color (fixture->canvas, node, 60, -5), !=, above);
  g_assert_cmphex (get_color (fixture->canvas, node, right, -5), ==, badge);
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
#define ADD(name, func) g_test_add ("/debugger/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("edit-of-another", test_edit_of_another);
  ADD ("refused-edit", test_refused_edit);
  ADD ("fork-position", test_fork_position);
  ADD ("fork-node", test_fork_node);
  ADD ("flow-as-it-ran", test_flow_as_it_ran);
  ADD ("command-from-the-past", test_command_from_the_past);
  ADD ("why-not", test_why_not);
  ADD ("export", test_export);
  ADD ("left", test_left);
  ADD ("left-and-closed", test_left_and_closed);
  ADD ("left-and-gone-on", test_left_and_gone_on);
  ADD ("run-stands", test_run_stands);
  ADD ("breakpoints-taken-over", test_taken_over);
  ADD ("breakpoints-revision", test_revision);
  ADD ("breakpoints-conflict", test_conflict);
  ADD ("breakpoints-refused", test_refused_list);
  ADD ("breakpoints-changed-elsewhere", test_changed_elsewhere);
  ADD ("moves-set-no-tooltips", test_moves_set_no_tooltips);
  ADD ("ring-and-badge", test_ring_and_badge);
  return g_test_run ();
}
