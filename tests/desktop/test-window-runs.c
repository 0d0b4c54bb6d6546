/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-events.h"
#include "desktop-test.h"

#include <glib/gstdio.h>

#include "leyden-bottom-panel.h"
#include "leyden-calls-page.h"
#include "leyden-compare-view.h"
#include "leyden-debug-panel.h"
#include "leyden-editor.h"
#include "leyden-file-kind.h"
#include "leyden-json.h"
#include "leyden-history-window.h"
#include "leyden-run-panel.h"
#include "leyden-runs-page.h"
#include "leyden-session.h"
#include "leyden-versions-page.h"
#include "leyden-settings.h"
#include "leyden-window-private.h"

/* The whole window with a backend of its own: what becomes of a run when the window closes, and where another flow's run is shown. */

#define SAMPLE "calculator-agent"

static LeydenBackend *
get_backend (void)
{
  return leyden_session_get_backend (leyden_session_get_default ());
}

/* --- asking the backend --- */

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(LeydenValue **) data = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_assert_no_error (error);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static LeydenValue *
get_run (const char *id)
{
  g_autofree char *path = g_strconcat ("/leyden/v1/runs/", id, NULL);
  LeydenValue *answer = NULL;

  leyden_session_start (leyden_session_get_default ());
  leyden_backend_request_async (get_backend (), "GET", path, NULL, NULL, answered_cb, &answer);
  desktop_test_wait (is_set, &answer);
  return answer;
}

typedef struct
{
  const char *run;
  const char *state;
} Expected;

static gboolean
has_state (gpointer data)
{
  Expected *expected = data;
  g_autoptr(LeydenValue) run = get_run (expected->run);

  return g_strcmp0 (leyden_value_get_member_string (run, "state", ""), expected->state) == 0;
}

/* --- the window --- */

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
is_active (gpointer window)
{
  LeydenRunView *view = leyden_run_panel_get_view (get_run_panel (window));

  return view != NULL && leyden_run_view_is_active (view);
}

/* A window with a run under way; its id. */
static char *
open_running (LeydenWindow **window)
{
  *window = desktop_test_window (1280, 800);
  leyden_window_open_sample (*window, SAMPLE);
  leyden_window_show_panel (*window, "run");
  desktop_test_wait (can_start, *window);
  leyden_run_panel_start (get_run_panel (*window));
  desktop_test_wait (is_active, *window);
  return g_strdup (leyden_run_view_get_id (leyden_run_panel_get_view (get_run_panel (*window))));
}

static gboolean
is_idle (gpointer window)
{
  return !is_active (window);
}

/* --- calls and comparisons --- */

static LeydenCallsPage *
get_calls (LeydenWindow *window)
{
  LeydenDebugPanel *panel = LEYDEN_DEBUG_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "debug"));

  return LEYDEN_CALLS_PAGE (leyden_debug_panel_get_page (panel, "calls"));
}

static gboolean
shows_call (gpointer window)
{
  LeydenCallItem *item = leyden_call_list_get_selected (leyden_calls_page_get_list (get_calls (window)));

  return item != NULL && leyden_value_get_member (leyden_call_item_get_call (item), "answer") != NULL;
}

/* The first rollout of a run that ended; NULL: none yet. */
static gboolean
find_ended (gpointer data)
{
  const char **ids = data;
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts?state=succeeded", ids[0]);
  LeydenValue *answer = NULL;

  leyden_backend_request_async (get_backend (), "GET", path, NULL, NULL, answered_cb, &answer);
  desktop_test_wait (is_set, &answer);
  if (leyden_value_get_size (leyden_value_get_member (answer, "rollouts")) > 0)
    ids[1] = g_strdup (leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (answer, "rollouts"), 0), "rollout", ""));
  leyden_value_unref (answer);
  return ids[1] != NULL;
}

static GtkWidget *
find_view (GtkWidget *root)
{
  GtkWidget *found = NULL;

  if (LEYDEN_IS_COMPARE_VIEW (root))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find_view (child);
  return found;
}

/* One that has its answer. */
static gboolean
find_comparison (gpointer data)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWidget) window = g_list_model_get_item (windows, i);
      GtkWidget *view = find_view (window);

      if (view != NULL && leyden_compare_view_get_path (LEYDEN_COMPARE_VIEW (view)) != NULL)
        *(LeydenCompareView **) data = LEYDEN_COMPARE_VIEW (view);
    }
  return *(LeydenCompareView **) data != NULL;
}

static LeydenRolloutView *
get_debugged (LeydenWindow *window)
{
  return leyden_debug_panel_get_view (LEYDEN_DEBUG_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "debug")));
}

static gboolean
is_debugged (gpointer window)
{
  return get_debugged (window) != NULL && leyden_rollout_view_get_row (get_debugged (window)) != NULL;
}

static gboolean
has_debug (gpointer window)
{
  LeydenBottomPanel *panel = leyden_window_get_panel (window);

  return panel != NULL && leyden_bottom_panel_get_child (panel, "debug") != NULL && is_debugged (window)
         && leyden_rollout_view_get_debug (get_debugged (window)) != NULL;
}

static gboolean
is_fork (gpointer window)
{
  return is_debugged (window) && leyden_value_get_member (leyden_rollout_view_get_state (get_debugged (window)), "fork") != NULL;
}

/* A fork needs no choice: it is compared with what it came from. */
static void
check_fork (LeydenWindow *window,
            const char   *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/fork", rollout);
  g_autoptr(LeydenValue) body = leyden_json_parse ("{}", -1, NULL, NULL);
  LeydenValue *fork = NULL;
  LeydenCompareView *comparison = NULL;
  const char *id;

  leyden_backend_request_async (get_backend (), "POST", path, body, NULL, answered_cb, &fork);
  desktop_test_wait (is_set, &fork);
  id = leyden_value_get_string (leyden_value_get_member (fork, "rollout"), NULL);
  g_assert_nonnull (id);
  leyden_tab_debug (window->tab, id);
  desktop_test_wait (is_fork, window);
  g_action_group_activate_action (G_ACTION_GROUP (window), "compare", NULL);
  desktop_test_wait (find_comparison, &comparison);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (comparison))));
  leyden_value_unref (fork);
}

static void
exported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(GBytes **) data = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);
  g_assert_no_error (error);
}

/* A file that was exported here comes back as a rollout of its own; nothing is written over. */
static void
check_import (LeydenWindow *window,
              const char   *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/export", rollout);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GFileIOStream) stream = NULL;
  g_autoptr(GFile) file = g_file_new_tmp ("rollout-XXXXXX.json", &stream, NULL);

  leyden_backend_fetch_async (get_backend (), path, NULL, exported_cb, &bytes);
  desktop_test_wait (is_set, &bytes);
  g_assert_true (g_file_replace_contents (file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL, NULL));
  g_assert_cmpint (leyden_file_kind_find ("rollout.json", g_bytes_get_data (bytes, NULL), MIN (g_bytes_get_size (bytes), LEYDEN_FILE_HEAD), NULL), ==,
                   LEYDEN_FILE_ROLLOUT);
  leyden_tab_end_debug (window->tab);
  leyden_window_import_rollout (window, file);
  desktop_test_wait (is_debugged, window);
  g_assert_cmpstr (leyden_rollout_view_get_rollout (get_debugged (window)), !=, rollout);
  g_assert_true (g_file_delete (file, NULL, NULL));
}

/* From anywhere to a call of a rollout: the debugger comes up with it, and the conversation. */
static void
test_show_call (void)
{
  LeydenWindow *window = NULL;
  g_autofree char *run = open_running (&window);
  const char *ids[2] = { run, NULL };
  g_autofree char *rollout = NULL;
  LeydenCompareView *comparison = NULL;

  desktop_test_wait (find_ended, ids);
  rollout = (char *) ids[1];
  g_action_group_activate_action (G_ACTION_GROUP (window), "show-call", g_variant_new ("(ss)", rollout, "nowhere"));
  desktop_test_wait (shows_call, window);
  g_assert_cmpstr (leyden_bottom_panel_get_page (leyden_window_get_panel (window)), ==, "debug");
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (get_calls (window))));
  /* Compared with itself, by the real backend. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "compare-rollouts", g_variant_new ("(ss)", rollout, rollout));
  desktop_test_wait (find_comparison, &comparison);
  g_assert_cmpuint (leyden_compare_view_get_n_differences (comparison), ==, 0);
  g_assert_nonnull (leyden_compare_view_get_path (comparison));
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (comparison))));
  check_fork (window, rollout);
  check_import (window, rollout);
  leyden_run_panel_stop (get_run_panel (window));
  desktop_test_wait (is_idle, window);
  desktop_test_close (window);
}

static LeydenValue *
ask (const char *method,
     const char *path,
     const char *text)
{
  g_autoptr(LeydenValue) body = text != NULL ? leyden_json_parse (text, -1, NULL, NULL) : NULL;
  LeydenValue *answer = NULL;

  leyden_backend_request_async (get_backend (), method, path, body, NULL, answered_cb, &answer);
  desktop_test_wait (is_set, &answer);
  return answer;
}

/* A rollout of a program outside has no flow, and is looked at all the same; the backend says why it cannot be stepped. */
static void
test_no_flow (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(LeydenValue) attached = NULL;
  g_autoptr(LeydenValue) rollout = NULL;
  g_autofree char *path = NULL;
  const char *id;

  leyden_session_start (leyden_session_get_default ());
  attached = ask ("POST", "/leyden/v1/attach", "{\"group\": \"test\", \"input\": {\"data_id\": \"x\"}, \"client_id\": \"no-flow\"}");
  id = leyden_value_get_member_string (attached, "rollout", NULL);
  g_assert_nonnull (id);
  path = g_strconcat ("/leyden/v1/rollouts/", id, NULL);
  rollout = ask ("GET", path, NULL);
  leyden_window_debug_rollout (window, leyden_value_get_member_string (rollout, "run", ""), id);
  desktop_test_wait (has_debug, window);
  g_assert_cmpstr (leyden_rollout_view_get_rollout (get_debugged (window)), ==, id);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (leyden_rollout_view_get_debug (get_debugged (window)), "can")), ==, 0);
  g_assert_nonnull (leyden_value_get_member_string (leyden_rollout_view_get_debug (get_debugged (window)), "why_not", NULL));
  desktop_test_close (window);
}

static gboolean
find_question (gpointer data)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_mapped (GTK_WIDGET (window))
          && adw_message_dialog_has_response (ADW_MESSAGE_DIALOG (window), "keep"))
        {
          *(AdwMessageDialog **) data = ADW_MESSAGE_DIALOG (window);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
has_no_question (gpointer data)
{
  AdwMessageDialog *dialog;

  return !find_question (&dialog);
}

/* Closes the window; a flow that the choice of the data set changed is not saved. */
static AdwMessageDialog *
close_and_be_asked (LeydenWindow *window)
{
  AdwMessageDialog *dialog = NULL;

  leyden_document_close (leyden_window_get_document (window), TRUE);
  gtk_window_close (GTK_WINDOW (window));
  desktop_test_wait (find_question, &dialog);
  return dialog;
}

static gboolean
is_null (gpointer pointer)
{
  return *(gpointer *) pointer == NULL;
}

static void
answer_and_wait (LeydenWindow     *window,
                 AdwMessageDialog *dialog,
                 const char       *response)
{
  gpointer watched = window;

  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  adw_message_dialog_response (dialog, response);
  gtk_window_destroy (GTK_WINDOW (dialog));
  desktop_test_wait (is_null, &watched);
}

/* "Cancel" keeps the window; "Keep Running" lets the run outlive it. */
static void
test_keep (void)
{
  LeydenWindow *window;
  g_autofree char *id = open_running (&window);
  AdwMessageDialog *dialog = close_and_be_asked (window);
  g_autoptr(LeydenValue) run = NULL;

  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window)));
  /* As Escape does; its answer is "cancel". */
  gtk_window_close (GTK_WINDOW (dialog));
  desktop_test_wait (has_no_question, NULL);
  desktop_test_spin (50);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window)));
  g_assert_true (is_active (window));

  answer_and_wait (window, close_and_be_asked (window), "keep");
  desktop_test_spin (300);
  run = get_run (id);
  g_assert_cmpstr (leyden_value_get_member_string (run, "state", ""), ==, "running");
}

/* "Stop" ends it. */
static void
test_stop (void)
{
  LeydenWindow *window;
  g_autofree char *id = open_running (&window);
  Expected expected = { id, "cancelled" };

  answer_and_wait (window, close_and_be_asked (window), "stop");
  desktop_test_wait (has_state, &expected);
}

/* The setting answers instead of the person. */
static void
test_setting (void)
{
  LeydenWindow *window;
  g_autofree char *id = open_running (&window);
  gpointer watched = window;
  AdwMessageDialog *dialog;
  Expected expected = { id, "cancelled" };

  g_settings_set_string (leyden_settings_get_default (), "keep-running", "stop");
  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  leyden_document_close (leyden_window_get_document (window), TRUE);
  gtk_window_close (GTK_WINDOW (window));
  g_assert_false (find_question (&dialog));
  desktop_test_wait (is_null, &watched);
  desktop_test_wait (has_state, &expected);
  g_settings_reset (leyden_settings_get_default (), "keep-running");
}

/* --- the list of runs --- */

typedef struct
{
  GtkWidget  *root;
  const char *run;
  GtkWidget  *row;
} Search;

static GtkWidget *
find_row (GtkWidget  *widget,
          const char *run)
{
  LeydenValue *value = ADW_IS_ACTION_ROW (widget) ? g_object_get_data (G_OBJECT (widget), "run") : NULL;

  if (value != NULL && g_strcmp0 (leyden_value_get_member_string (value, "run", ""), run) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_row (child, run);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
search_cb (gpointer data)
{
  Search *search = data;

  search->row = find_row (search->root, search->run);
  return search->row != NULL;
}

static gboolean
shows_run (gpointer data)
{
  Search *search = data;
  LeydenWindow *window = LEYDEN_WINDOW (search->root);
  LeydenRunView *view = leyden_window_get_document (window) != NULL ? leyden_run_panel_get_view (get_run_panel (window)) : NULL;

  return view != NULL && g_strcmp0 (leyden_run_view_get_id (view), search->run) == 0;
}

static gboolean
has_two_tabs (gpointer window)
{
  return leyden_window_get_n_tabs (window) == 2;
}

static void
activate_run (LeydenWindow *window,
              const char   *run)
{
  Search search = { GTK_WIDGET (window), run, NULL };

  adw_view_stack_set_visible_child_name (leyden_window_get_views (window), "runs");
  desktop_test_wait (search_cb, &search);
  g_signal_emit_by_name (gtk_widget_get_parent (search.row), "row-activated", search.row);
}

static void
discard (LeydenWindow *window)
{
  gpointer watched = window;

  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  leyden_document_close (leyden_window_get_document (window), TRUE);
  leyden_window_close_now (window);
  desktop_test_wait (is_null, &watched);
}

/* A run of another flow opens that flow as it ran, in a tab beside the one that is open; in a window with nothing in it, there. */
static gboolean
has_three_tabs (gpointer window)
{
  return leyden_window_get_n_tabs (window) == 3;
}

static void
test_other_flow (void)
{
  LeydenWindow *window, *empty;
  g_autofree char *id = open_running (&window);
  g_autofree char *flow_id = g_strdup (leyden_flow_get_id (leyden_document_get_flow (leyden_window_get_document (window))));
  g_autofree char *other_id = NULL;
  guint n_nodes = leyden_flow_get_n_nodes (leyden_document_get_flow (leyden_window_get_document (window)));
  Search search;

  g_settings_set_string (leyden_settings_get_default (), "keep-running", "stop");
  discard (window);
  window = desktop_test_window (1280, 800);
  leyden_window_open_sample (window, SAMPLE);
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  other_id = g_strdup (leyden_flow_get_id (leyden_document_get_flow (leyden_window_get_document (window))));
  g_assert_cmpstr (other_id, !=, flow_id);
  activate_run (window, id);
  desktop_test_wait (has_two_tabs, window);
  search = (Search) { GTK_WIDGET (window), id, NULL };
  desktop_test_wait (shows_run, &search);
  /* A copy of what ran: the original may be open and edited elsewhere. */
  g_assert_cmpstr (leyden_flow_get_id (leyden_document_get_flow (leyden_window_get_document (window))), !=, flow_id);
  g_assert_cmpuint (leyden_flow_get_n_nodes (leyden_document_get_flow (leyden_window_get_document (window))), ==, n_nodes);
  g_assert_cmpstr (leyden_bottom_panel_get_page (leyden_window_get_panel (window)), ==, "run");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.step-tab", "i", -1);
  g_assert_cmpstr (leyden_flow_get_id (leyden_document_get_flow (leyden_window_get_document (window))), ==, other_id);
  /* The same once more is shown in the tab that it has. */
  activate_run (window, id);
  desktop_test_wait (shows_run, &search);
  g_assert_cmpuint (leyden_window_get_n_tabs (window), ==, 2);
  g_assert_cmpuint (leyden_flow_get_n_nodes (leyden_document_get_flow (leyden_window_get_document (window))), ==, n_nodes);
  /* Changed, it is what ran no longer. */
  g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
  activate_run (window, id);
  desktop_test_wait (has_three_tabs, window);

  empty = desktop_test_window (1280, 800);
  activate_run (empty, id);
  search = (Search) { GTK_WIDGET (empty), id, NULL };
  desktop_test_wait (shows_run, &search);
  discard (empty);
  discard (window);
  g_settings_reset (leyden_settings_get_default (), "keep-running");
}

/* --- */

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
  leyden_backend_shutdown_async (get_backend (), FALSE, NULL, ended_cb, &done);
  desktop_test_wait (is_set, &done);
}

/* What goes on after a restart is told, runs and trainings. */
static void
test_told (void)
{
  static const struct { const char *info, *told; } cases[] = {
    { "{\"resumed_runs\": [], \"resumed_experiments\": []}", "Nothing was lost" },
    { "{\"resumed_runs\": [], \"resumed_experiments\": [\"e\"]}", "again. 1 training goes on" },
    { "{\"resumed_runs\": [\"a\", \"b\"], \"resumed_experiments\": [\"e\", \"f\"]}", "2 runs go on where they were. 2 trainings go on" },
  };
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkWidget *editor;
  GObject *label;

  leyden_window_open_sample (window, SAMPLE);
  desktop_test_spin (300);
  editor = gtk_widget_get_ancestor (GTK_WIDGET (leyden_window_get_canvas (window)), LEYDEN_TYPE_EDITOR);
  label = gtk_widget_get_template_child (editor, LEYDEN_TYPE_EDITOR, "banner_label");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) info = leyden_json_parse (cases[i].info, -1, NULL, NULL);

      g_signal_emit_by_name (get_backend (), "restarted", info);
      g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (label)), cases[i].told));
    }
  leyden_window_close_now (window);
}

/* --- versions --- */

static gboolean
is_saved (gpointer window)
{
  LeydenDocument *document = leyden_window_get_document (window);

  return document != NULL && leyden_document_get_file (document) != NULL && !leyden_document_is_modified (document);
}

typedef struct
{
  GtkWidget *page;
  int        n_rows;
} Versions;

static GtkWidget *
find_type (GtkWidget *root,
           GType      type)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_type (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
has_rows (gpointer data)
{
  Versions *versions = data;
  GtkListBox *list = GTK_LIST_BOX (find_type (versions->page, GTK_TYPE_LIST_BOX));

  return gtk_list_box_get_row_at_index (list, versions->n_rows - 1) != NULL;
}

static gboolean
has_question (gpointer data)
{
  AdwMessageDialog **dialog = data;
  GListModel *toplevels = gtk_window_get_toplevels ();

  *dialog = NULL;
  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr(GtkWidget) widget = g_list_model_get_item (toplevels, i);

      if (ADW_IS_MESSAGE_DIALOG (widget) && gtk_widget_get_mapped (widget))
        *dialog = ADW_MESSAGE_DIALOG (widget);
    }
  return *dialog != NULL;
}

/* What is saved before there is a backend becomes a version when it comes, in the order of the saves; saving starts none. */
static void
test_versions_early (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *folder = g_dir_make_tmp ("leyden-versions-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "early.leyden", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  Versions versions = { NULL, 2 };
  AdwMessageDialog *dialog = NULL;
  GtkWidget *history, *list;

  g_file_set_contents (path, "{\"leyden\":1,\"id\":\"versions-0\",\"nodes\":[],\"edges\":[]}", -1, NULL);
  leyden_application_open_file (desktop_test_application (), file);
  desktop_test_wait (is_saved, window);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
      gtk_widget_activate_action (GTK_WIDGET (window), "win.save", NULL);
      desktop_test_wait (is_saved, window);
    }
  desktop_test_spin (200);
  g_assert_cmpint (leyden_backend_get_state (get_backend ()), !=, LEYDEN_BACKEND_CONNECTED);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.history", NULL);
  history = leyden_history_window_get (window);
  adw_view_stack_set_visible_child_name (ADW_VIEW_STACK (find_type (history, ADW_TYPE_VIEW_STACK)), "versions");
  versions.page = find_type (history, LEYDEN_TYPE_VERSIONS_PAGE);
  leyden_session_start (leyden_session_get_default ());
  desktop_test_wait (has_rows, &versions);
  list = find_type (versions.page, GTK_TYPE_LIST_BOX);
  g_signal_emit_by_name (list, "row-activated", gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 1));
  desktop_test_wait (has_question, &dialog);
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), "1 node removed"));
  adw_message_dialog_response (dialog, "cancel");
  desktop_test_close (window);
}

/* Each save is a version with a line that says what changed; going back to one is an edit. */
static void
test_versions (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *folder = g_dir_make_tmp ("leyden-versions-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "flow.leyden", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  Versions versions = { NULL, 0 };
  AdwMessageDialog *dialog = NULL;
  GtkWidget *history, *list;
  LeydenFlow *flow;

  g_file_set_contents (path, "{\"leyden\":1,\"id\":\"versions-1\",\"nodes\":[],\"edges\":[]}", -1, NULL);
  leyden_application_open_file (desktop_test_application (), file);
  desktop_test_wait (is_saved, window);
  flow = leyden_document_get_flow (leyden_window_get_document (window));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.history", NULL);
  history = leyden_history_window_get (window);
  adw_view_stack_set_visible_child_name (ADW_VIEW_STACK (find_type (history, ADW_TYPE_VIEW_STACK)), "versions");
  versions.page = find_type (history, LEYDEN_TYPE_VERSIONS_PAGE);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (leyden_canvas_insert (leyden_window_get_canvas (window), "merge", NULL));
      gtk_widget_activate_action (GTK_WIDGET (window), "win.save", NULL);
      desktop_test_wait (is_saved, window);
      versions.n_rows = (int) i + 1;
      desktop_test_wait (has_rows, &versions);
    }
  list = find_type (versions.page, GTK_TYPE_LIST_BOX);
  g_signal_emit_by_name (list, "row-activated", gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 1));
  desktop_test_wait (has_question, &dialog);
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), "1 node removed"));
  adw_message_dialog_response (dialog, "restore");
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 1);
  g_assert_true (leyden_document_is_modified (leyden_window_get_document (window)));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.undo", NULL);
  g_assert_cmpuint (leyden_flow_get_n_nodes (flow), ==, 2);
  desktop_test_close (window);
}

/* --- the table of rollouts --- */

static LeydenRolloutsPage *
get_table_page (LeydenWindow *window)
{
  return leyden_runs_place_get_rollouts (window->runs_place);
}

static guint
count_rows (LeydenWindow *window)
{
  return g_list_model_get_n_items (G_LIST_MODEL (leyden_rollouts_page_get_model (get_table_page (window))));
}

/* The first row that has ended; G_MAXUINT: there is none yet. */
static guint
find_ended_row (LeydenWindow *window)
{
  for (guint i = 0; i < count_rows (window); i++)
    {
      g_autoptr(LeydenRolloutEntry) entry = g_list_model_get_item (G_LIST_MODEL (leyden_rollouts_page_get_model (get_table_page (window))), i);
      const char *state = leyden_value_get_member_string (leyden_rollout_entry_get_row (entry), "state", "");

      if (g_str_equal (state, "succeeded") || g_str_equal (state, "failed") || g_str_equal (state, "cancelled"))
        return i;
    }
  return G_MAXUINT;
}

static gboolean
has_row (gpointer window)
{
  return find_ended_row (window) != G_MAXUINT;
}

typedef struct
{
  LeydenWindow *window;
  guint         n;
  gint64        deletion;
} Table;

static gboolean
has_n (gpointer data)
{
  Table *table = data;

  return count_rows (table->window) == table->n;
}

static void
deleted_cb (Table  *table,
            gint64  deletion)
{
  table->deletion = deletion;
}

static gboolean
is_announced (gpointer data)
{
  return strstr (gtk_label_get_text (((LeydenWindow *) data)->announcer), "1 rollout was deleted") != NULL;
}

/* What is deleted there is said, also to who does not see the message, and comes back by what its button does. */
static void
test_rollouts (void)
{
  Table table = { desktop_test_window (1280, 800), 0, 0 };
  LeydenRolloutsPage *page;

  leyden_window_open_sample (table.window, SAMPLE);
  g_action_group_activate_action (G_ACTION_GROUP (table.window), "show-rollouts", NULL);
  g_assert_cmpstr (adw_view_stack_get_visible_child_name (leyden_window_get_views (table.window)), ==, "runs");
  desktop_test_wait (has_row, table.window);
  page = get_table_page (table.window);
  g_signal_connect_swapped (page, "deleted", G_CALLBACK (deleted_cb), &table);
  table.n = count_rows (table.window) - 1;
  leyden_rollout_table_select (leyden_rollouts_page_get_table (page), find_ended_row (table.window), 1);
  gtk_widget_activate_action (GTK_WIDGET (page), "rollouts.delete", NULL);
  desktop_test_wait (has_n, &table);
  g_assert_cmpint (table.deletion, >, 0);
  desktop_test_wait (is_announced, table.window);
  table.n++;
  g_action_group_activate_action (G_ACTION_GROUP (table.window), "restore-rollouts", g_variant_new_int64 (table.deletion));
  desktop_test_wait (has_n, &table);
  g_signal_handlers_disconnect_by_data (page, &table);
  desktop_test_close (table.window);
}

static gboolean
is_place (LeydenWindow *window,
          const char   *name)
{
  return g_strcmp0 (adw_view_stack_get_visible_child_name (leyden_window_get_views (window)), name) == 0;
}

static gboolean
has_focus_in (LeydenWindow *window,
              gpointer      part)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));

  return focus != NULL && gtk_widget_is_ancestor (focus, part);
}

/* The key for the search searches what is shown: the table of rollouts, and in the flow only where that is. */
static void
test_search_key (void)
{
  LeydenWindow *window;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  window = desktop_test_window (1280, 800);
  leyden_window_open_sample (window, SAMPLE);
  g_action_group_activate_action (G_ACTION_GROUP (window), "show-rollouts", NULL);
  desktop_events_focus (GTK_WINDOW (window));
  gtk_window_set_focus (GTK_WINDOW (window), NULL);
  desktop_events_key ("ctrl+f", NULL);
  desktop_events_wait_until (has_focus_in (window, leyden_rollouts_page_get_filter (get_table_page (window))));
  g_assert_true (is_place (window, "runs"));
  desktop_events_key ("ctrl+1", NULL);
  desktop_events_wait_until (is_place (window, "design"));
  desktop_events_key ("ctrl+f", NULL);
  desktop_events_wait_until (has_focus_in (window, window->tab->editor->find_bar));
  desktop_test_close (window);
}

/* --- doing something with rollouts, by keys and pointer --- */

/* What has ended stands first: runs of the tests before may be under way. */
static void
open_table (Table *table)
{
  *table = (Table) { desktop_test_window (1280, 800), 0, 0 };
  leyden_window_open_sample (table->window, SAMPLE);
  g_action_group_activate_action (G_ACTION_GROUP (table->window), "show-rollouts", NULL);
  leyden_rollout_table_set_sort (leyden_rollouts_page_get_table (get_table_page (table->window)), "reward", TRUE);
  desktop_test_wait (has_row, table->window);
  desktop_events_focus (GTK_WINDOW (table->window));
  leyden_rollout_table_focus (leyden_rollouts_page_get_table (get_table_page (table->window)));
}

/* Each change of the list forgets rows that are out of sight, and those that have ended may be: the one that is found is selected in the same turn. */
static guint
select_ended (LeydenWindow *window)
{
  guint row;

  desktop_test_wait (has_row, window);
  row = find_ended_row (window);
  leyden_rollout_table_select (leyden_rollouts_page_get_table (get_table_page (window)), row, 1);
  return row;
}

/* Those that can be taken back. */
static guint
count_deletions (LeydenWindow *window)
{
  return window->deletions != NULL ? window->deletions->len : 0;
}

static void
delete_one (Table *table)
{
  guint n = count_deletions (table->window);
  LeydenRolloutsPage *page = get_table_page (table->window);
  g_autoptr(LeydenRolloutEntry) entry = g_list_model_get_item (G_LIST_MODEL (leyden_rollouts_page_get_model (page)), select_ended (table->window));

  table->n = count_rows (table->window) - 1;
  /* By its name: the list goes on meanwhile. */
  gtk_widget_activate_action (GTK_WIDGET (page), "rollouts.delete-one", "s", leyden_rollout_entry_get_rollout (entry));
  desktop_events_wait_until (count_deletions (table->window) == n + 1);
  /* Until then the list may still have it, for the next one to be found. */
  desktop_test_wait (has_n, table);
}

static gboolean
can_undo (LeydenWindow *window)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (window), "undo");
}

static void
undo (Table *table)
{
  guint n = count_deletions (table->window);

  /* Not by its key: on a busy machine one in fifteen did not reach the window after rows had gone. */
  g_action_group_activate_action (G_ACTION_GROUP (table->window), "undo", NULL);
  g_assert_cmpuint (count_deletions (table->window), ==, n - 1);
}

/* Where rollouts are shown, Undo means those that were deleted, and never the flow that is out of sight. */
static void
test_undo_deletion (void)
{
  Table table;
  LeydenDocument *document;
  LeydenEdit *edit;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  open_table (&table);
  document = leyden_window_get_document (table.window);
  edit = leyden_edit_new ("Title");
  leyden_edit_set_title (edit, "prompter", "Another");
  g_assert_true (leyden_document_edit (document, edit, NULL));
  g_assert_false (can_undo (table.window));
  desktop_events_key ("ctrl+z", NULL);
  delete_one (&table);
  delete_one (&table);
  g_assert_true (can_undo (table.window));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (table.window), "redo"));
  g_assert_cmpstr (gtk_widget_get_tooltip_text (GTK_WIDGET (table.window->undo_button)), ==, "Undo: 1 rollout was deleted");
  undo (&table);
  undo (&table);
  desktop_events_wait_until (!can_undo (table.window));
  desktop_events_key ("ctrl+z", "ctrl+shift+z", NULL);
  g_assert_cmpuint (leyden_document_get_position (document), ==, 1);
  g_action_group_activate_action (G_ACTION_GROUP (table.window), "place", g_variant_new_string ("design"));
  desktop_events_wait_until (is_place (table.window, "design") && can_undo (table.window));
  g_action_group_activate_action (G_ACTION_GROUP (table.window), "undo", NULL);
  desktop_events_wait_until (leyden_document_get_position (document) == 0);
  desktop_test_close (table.window);
}

static gboolean
is_above (GtkWidget *upper,
          GtkWidget *lower)
{
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (upper));
  graphene_rect_t a, b;

  g_assert_true (gtk_widget_compute_bounds (upper, root, &a) && gtk_widget_compute_bounds (lower, root, &b));
  return a.origin.y + a.size.height <= b.origin.y;
}

/* What is said covers nothing that can be done with the rows, and leads to the rollout that was started. */
static void
test_again (void)
{
  Table table;
  LeydenRolloutsPage *page;
  g_autoptr(LeydenRolloutEntry) entry = NULL;
  GtkWidget *show = NULL;
  g_autofree char *rollout = NULL;

  if (!desktop_events_available ())
    {
      g_test_skip ("needs an X display and xdotool");
      return;
    }
  open_table (&table);
  page = get_table_page (table.window);
  entry = g_list_model_get_item (G_LIST_MODEL (leyden_rollouts_page_get_model (page)), select_ended (table.window));
  rollout = g_strdup (leyden_rollout_entry_get_rollout (entry));
  gtk_widget_activate_action (GTK_WIDGET (page), "rollouts.retry", NULL);
  desktop_events_wait_until ((show = desktop_events_find (GTK_WIDGET (table.window), GTK_TYPE_BUTTON, "_Show")) != NULL);
  desktop_events_wait_until (is_above (show, desktop_events_find (GTK_WIDGET (table.window), GTK_TYPE_BUTTON, "Run Again")));
  desktop_events_click (show, gtk_widget_get_width (show) / 2, gtk_widget_get_height (show) / 2, 1, 1, NULL);
  desktop_events_wait_until (!leyden_rollouts_page_is_list (page));
  g_assert_cmpstr (leyden_rollout_page_get_rollout (leyden_rollouts_page_get_page (page)), !=, rollout);
  desktop_test_close (table.window);
}

int
main (int    argc,
      char **argv)
{
  const char *program = g_getenv ("LEYDENCTL");
  g_autofree char *folder = g_dir_make_tmp ("leyden-run-XXXXXX", NULL);
  int status;

  desktop_test_init (&argc, &argv);
  if (program == NULL || !g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_print ("1..0 # SKIP leydenctl was not built\n");
      return 0;
    }
  leyden_backend_set_program (get_backend (), program);
  leyden_backend_set_folder (get_backend (), folder);
  g_setenv ("LEYDEN_RENDEZVOUS_FOLDER", folder, TRUE);
  g_test_add_func ("/window-runs/versions-early", test_versions_early);
  g_test_add_func ("/window-runs/keep", test_keep);
  g_test_add_func ("/window-runs/show-call", test_show_call);
  g_test_add_func ("/window-runs/no-flow", test_no_flow);
  g_test_add_func ("/window-runs/stop", test_stop);
  g_test_add_func ("/window-runs/setting", test_setting);
  g_test_add_func ("/window-runs/other-flow", test_other_flow);
  g_test_add_func ("/window-runs/versions", test_versions);
  g_test_add_func ("/window-runs/told", test_told);
  g_test_add_func ("/window-runs/rollouts", test_rollouts);
  g_test_add_func ("/window-runs/undo-deletion", test_undo_deletion);
  g_test_add_func ("/window-runs/again", test_again);
  g_test_add_func ("/window-runs/search-key", test_search_key);
  g_test_add_func ("/window-runs/end", test_end);
  status = desktop_test_run ();
  g_rmdir (folder);
  return status;
}
