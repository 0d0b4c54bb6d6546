/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <math.h>

#include "desktop-helpers.h"
#include "leyden-dataset-append.h"
#include "leyden-dataset-choice.h"
#include "leyden-rollout-item.h"
#include "leyden-run-panel.h"
#include "leyden-runs-page.h"
#include "leyden-run-setup.h"
#include "leyden-session.h"

/* Over `leydenctl serve`, with the sample flow and its data set. */

typedef struct
{
  GtkWidget      *window;
  GtkWidget      *panel;
  LeydenDocument *document;
  LeydenValue    *statuses;
  char           *rollout;
  guint           n_changes;
} Panel;

static void
statuses_cb (Panel       *panel,
             LeydenValue *statuses)
{
  g_clear_pointer (&panel->statuses, leyden_value_unref);
  panel->statuses = statuses != NULL ? leyden_value_ref (statuses) : NULL;
}

static void
show_rollout_cb (Panel      *panel,
                 const char *rollout)
{
  g_free (panel->rollout);
  panel->rollout = g_strdup (rollout);
}

static void
view_changed_cb (Panel *panel)
{
  panel->n_changes++;
}

static void
panel_open (Panel          *panel,
            LeydenDocument *document,
            int             width)
{
  panel->document = document;
  panel->panel = leyden_run_panel_new ();
  g_signal_connect_swapped (panel->panel, "node-statuses", G_CALLBACK (statuses_cb), panel);
  g_signal_connect_swapped (panel->panel, "show-rollout", G_CALLBACK (show_rollout_cb), panel);
  g_signal_connect_swapped (panel->panel, "view-changed", G_CALLBACK (view_changed_cb), panel);
  g_object_set (panel->panel, "document", document, NULL);
  panel->window = test_window (panel->panel, width, width < 500 ? 1000 : 520);
}

/* The document stays for a next panel. */
static void
panel_close_window (Panel *panel)
{
  gtk_window_destroy (GTK_WINDOW (panel->window));
  test_settle ();
  g_clear_pointer (&panel->statuses, leyden_value_unref);
  g_clear_pointer (&panel->rollout, g_free);
}

static void
panel_close (Panel *panel)
{
  panel_close_window (panel);
  leyden_document_close (panel->document, TRUE);
  g_assert_finalize_object (panel->document);
}

static gboolean
can_start (Panel *panel)
{
  return leyden_run_panel_can_start (LEYDEN_RUN_PANEL (panel->panel));
}

static LeydenRunView *
view_of (Panel *panel)
{
  return leyden_run_panel_get_view (LEYDEN_RUN_PANEL (panel->panel));
}

static gint64
n_done (Panel *panel)
{
  LeydenRunView *view = view_of (panel);

  return view != NULL ? leyden_value_get_member_int (leyden_run_view_get_summary (view), "done", 0) : 0;
}

static gboolean
is_over (Panel *panel)
{
  return view_of (panel) != NULL && !leyden_run_view_is_active (view_of (panel));
}

/* All, train, validation, test. */
static void
choose_split (Panel *panel,
              guint  split)
{
  GtkWidget *setup = test_find (panel->panel, LEYDEN_TYPE_RUN_SETUP, 0);

  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (setup, GTK_TYPE_DROP_DOWN, 0)), split);
}

static GtkWidget *
rollout_filter (Panel *panel)
{
  GtkWidget *widget = test_find_label (panel->panel, "Rollouts");

  while (!GTK_IS_DROP_DOWN (widget))
    widget = gtk_widget_get_next_sibling (widget);
  return widget;
}

/* Drop-downs hold lists too. */
static GtkWidget *
rollout_list (Panel *panel)
{
  GtkWidget *list;

  for (guint i = 0; (list = test_find (panel->panel, GTK_TYPE_LIST_VIEW, i)) != NULL; i++)
    if (gtk_widget_has_css_class (list, "rollouts"))
      return list;
  return NULL;
}

static void
run_split (Panel *panel,
           guint  split)
{
  test_wait_until (can_start (panel));
  choose_split (panel, split);
  leyden_run_panel_start (LEYDEN_RUN_PANEL (panel->panel));
  g_assert_false (can_start (panel));
  test_wait_until (view_of (panel) != NULL);
}

static GFile *
write_file (const char *name,
            const char *text)
{
  g_autofree char *path = g_build_filename (test_desktop_folder (), name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return g_file_new_for_path (path);
}

static void
test_empty (void)
{
  Panel panel = { 0 };

  panel_open (&panel, test_document ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"edges\": []}"), 1000);
  g_assert_false (can_start (&panel));
  g_assert_true (test_shows (panel.panel, "No data set"));
  test_assert_reachable (panel.panel);
  test_picture (panel.window, "run-empty");
  g_object_set (panel.panel, "document", NULL, NULL);
  leyden_run_panel_start (LEYDEN_RUN_PANEL (panel.panel));
  leyden_run_panel_stop (LEYDEN_RUN_PANEL (panel.panel));
  panel_close (&panel);
}

/* The whole sample: progress, badges, the mean with its interval, what went wrong, and what a row opens. */
static void
test_run (void)
{
  Panel panel = { 0 };
  LeydenValue *summary, *mean;
  GListModel *rollouts;
  GtkWidget *list;
  guint n_seen = 0;
  gint64 last = -1;

  panel_open (&panel, test_sample (), 1000);
  test_wait_until (can_start (&panel));
  g_assert_true (test_shows (panel.panel, "arithmetic.jsonl"));
  g_assert_true (test_shows (panel.panel, "cookies"));
  test_picture (panel.window, "run-preview");
  test_assert_reachable (panel.panel);
  run_split (&panel, 3);
  test_wait_until (n_done (&panel) >= 10);
  g_assert_true (test_shows (panel.panel, " of "));
  g_assert_nonnull (test_find_button (panel.panel, "Stop"));
  g_assert_nonnull (leyden_value_get_member (panel.statuses, "solveagt"));
  for (int i = 0; i < 40; i++)
    test_settle ();
  test_picture (panel.window, "run-running");
  test_wait_until (is_over (&panel));
  test_settle ();
  g_assert_cmpstr (leyden_run_view_get_state (view_of (&panel)), ==, "succeeded");
  summary = leyden_run_view_get_summary (view_of (&panel));
  mean = leyden_value_get_member (summary, "mean_reward");
  {
    g_autofree char *text = test_text (leyden_run_view_get_run (view_of (&panel)));

    g_test_message ("%s", text);
  }
  g_assert_cmpint (n_done (&panel), ==, leyden_value_get_member_int (leyden_run_view_get_run (view_of (&panel)), "n_items", 0));
  g_assert_cmpfloat (leyden_value_get_member_double (mean, "low", NAN), <=, leyden_value_get_member_double (mean, "estimate", NAN));
  g_assert_cmpfloat (leyden_value_get_member_double (mean, "estimate", NAN), <=, leyden_value_get_member_double (mean, "high", NAN));
  g_assert_true (test_shows (panel.panel, "Simulated"));
  g_assert_true (test_shows (panel.panel, "95 %"));
  g_assert_nonnull (test_find_button (panel.panel, "Run"));

  /* Every row is there once, in order. */
  rollouts = leyden_run_view_get_rollouts (view_of (&panel));
  test_wait_until (g_list_model_get_n_items (rollouts) == (guint) n_done (&panel));
  for (guint i = 0; i < g_list_model_get_n_items (rollouts); i++)
    {
      g_autoptr(LeydenRolloutItem) item = g_list_model_get_item (rollouts, i);

      g_assert_cmpint (leyden_rollout_item_get_index (item), >, last);
      last = leyden_rollout_item_get_index (item);
      if (leyden_value_get_member_double (leyden_rollout_item_get_row (item), "reward", 1) < 1)
        n_seen++;
    }
  list = rollout_list (&panel);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)))), ==, n_seen);
  g_assert_cmpuint (n_seen, >, 0);
  test_picture (panel.window, "run-done");
  test_assert_reachable (panel.panel);
  g_signal_emit_by_name (list, "activate", 0);
  g_assert_nonnull (panel.rollout);
  /* Nothing is chosen that could be compared. */
  g_assert_false (gtk_widget_is_sensitive (test_find_button (panel.panel, "Compare With…")));
  gtk_selection_model_select_item (gtk_list_view_get_model (GTK_LIST_VIEW (list)), 0, TRUE);
  g_assert_true (gtk_widget_is_sensitive (test_find_button (panel.panel, "Compare With…")));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (rollout_filter (&panel)), 2);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)))), ==, (guint) n_done (&panel));
  test_picture (panel.window, "run-all");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (rollout_filter (&panel)), 1);
  g_assert_true (test_shows (panel.panel, "Nothing"));
  panel_close (&panel);
}

/* Asked for before the data set is read: the run starts by itself. A wish can be taken back, and goes with the document. */
static void
test_when_ready (void)
{
  Panel panel = { 0 };
  LeydenRunPanel *self;
  g_autoptr(GFile) file = write_file ("two.jsonl", "{\"question\": \"What is 2 + 2?\", \"answer\": 4}\n"
                                                   "{\"question\": \"What is 3 + 4?\", \"answer\": 7}\n");

  panel_open (&panel, test_sample (), 1000);
  self = LEYDEN_RUN_PANEL (panel.panel);
  leyden_run_panel_set_file (self, file);
  g_assert_false (can_start (&panel));
  leyden_run_panel_start_when_ready (self);
  g_assert_null (test_find_button (panel.panel, "Run"));
  leyden_run_panel_stop (self);
  g_assert_nonnull (test_find_button (panel.panel, "Run"));
  test_wait_until (can_start (&panel));
  test_settle ();
  g_assert_null (view_of (&panel));

  leyden_run_panel_set_file (self, file);
  leyden_run_panel_start_when_ready (self);
  test_wait_until (is_over (&panel));
  g_assert_cmpint (n_done (&panel), ==, 2);
  g_assert_nonnull (test_find_button (panel.panel, "Run"));
  panel_close (&panel);

  panel_open (&panel, test_document ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [], \"edges\": []}"), 1000);
  self = LEYDEN_RUN_PANEL (panel.panel);
  leyden_run_panel_start_when_ready (self);
  g_assert_nonnull (test_find_button (panel.panel, "Run"));
  leyden_run_panel_set_file (self, file);
  test_wait_until (can_start (&panel));
  test_settle ();
  g_assert_null (view_of (&panel));
  panel_close (&panel);
}

static void
test_cancel (void)
{
  Panel panel = { 0 };

  panel_open (&panel, test_sample (), 1000);
  run_split (&panel, 0);
  test_wait_until (n_done (&panel) >= 1);
  leyden_run_panel_stop (LEYDEN_RUN_PANEL (panel.panel));
  test_wait_until (is_over (&panel));
  g_assert_cmpstr (leyden_run_view_get_state (view_of (&panel)), ==, "cancelled");
  g_assert_cmpint (n_done (&panel), <=, 240);
  test_wait_until (can_start (&panel));
  test_picture (panel.window, "run-cancelled");
  panel_close (&panel);
}

/* A panel that comes later finds the run that goes on; its end reaches it. */
static void
test_taken_up (void)
{
  Panel first = { 0 }, second = { 0 };
  g_autofree char *run = NULL;

  panel_open (&first, test_sample (), 1000);
  run_split (&first, 3);
  test_wait_until (n_done (&first) >= 1);
  run = g_strdup (leyden_run_view_get_id (view_of (&first)));
  panel_close_window (&first);
  panel_open (&second, first.document, 360);
  test_wait_until (view_of (&second) != NULL);
  g_assert_cmpstr (leyden_run_view_get_id (view_of (&second)), ==, run);
  g_assert_false (can_start (&second));
  test_picture (second.window, "run-narrow");
  test_wait_until (is_over (&second));
  g_assert_cmpstr (leyden_run_view_get_state (view_of (&second)), ==, "succeeded");
  g_assert_cmpuint (g_list_model_get_n_items (leyden_run_view_get_rollouts (view_of (&second))), ==, (guint) n_done (&second));
  panel_close (&second);
}

static void
test_killed (void)
{
  Panel panel = { 0 };
  GPid pid = test_backend_pid ();

  panel_open (&panel, test_sample (), 1000);
  run_split (&panel, 3);
  test_wait_until (n_done (&panel) >= 5);
  test_backend_kill ();
  test_wait_until (is_over (&panel));
  g_assert_cmpint (test_backend_pid (), !=, pid);
  g_assert_cmpstr (leyden_run_view_get_state (view_of (&panel)), ==, "succeeded");
  test_wait_until (g_list_model_get_n_items (leyden_run_view_get_rollouts (view_of (&panel))) == (guint) n_done (&panel));
  panel_close (&panel);
}

/* --- data sets --- */

static void
test_csv (void)
{
  Panel panel = { 0 };
  g_autoptr(GFile) file = write_file ("mine.csv", "nr;question;right\n1;\"What is 2 + 2?\";4\n2;\"What is 3 + 4?\";7\n");
  GtkWidget *setup, *column;
  LeydenValue *datasets;

  panel_open (&panel, test_sample (), 1000);
  test_wait_until (can_start (&panel));
  leyden_run_panel_set_file (LEYDEN_RUN_PANEL (panel.panel), file);
  test_wait_until (test_shows (panel.panel, "mine.csv") && can_start (&panel));
  setup = test_find (panel.panel, LEYDEN_TYPE_RUN_SETUP, 0);
  test_picture (panel.window, "run-csv");
  /* The field "answer" has no column of its name: it is chosen by hand, and the flow remembers it. */
  column = test_find (setup, GTK_TYPE_DROP_DOWN, 2);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (column), 3);
  datasets = leyden_flow_get_property_value (leyden_document_get_flow (panel.document), "datasets");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (datasets, "/0/mapping/answer"), NULL), ==, "right");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (datasets, "/0/name"), NULL), ==, "mine.csv");
  /* Rows do not go into a CSV file. */
  g_assert_null (leyden_dataset_append_get_file (leyden_document_get_flow (panel.document)));
  run_split (&panel, 0);
  test_wait_until (is_over (&panel));
  g_assert_cmpint (n_done (&panel), ==, 2);
  panel_close (&panel);
}

static void
test_file_changes (void)
{
  Panel panel = { 0 };
  g_autoptr(GFile) file = write_file ("mine.jsonl", "{\"question\": \"What is 2 + 2?\", \"answer\": 4}\n");
  g_autoptr(GFile) again = NULL;

  panel_open (&panel, test_sample (), 1000);
  test_wait_until (can_start (&panel));
  leyden_run_panel_set_file (LEYDEN_RUN_PANEL (panel.panel), file);
  test_wait_until (test_shows (panel.panel, "mine.jsonl") && can_start (&panel));
  g_assert_true (g_file_equal (leyden_dataset_append_get_file (leyden_document_get_flow (panel.document)), file));
  g_assert_true (test_shows (panel.panel, "All rows (1)"));
  again = write_file ("mine.jsonl", "{\"question\": \"What is 2 + 2?\", \"answer\": 4}\n{\"question\": \"What is 2 + 3?\", \"answer\": 5}\n");
  test_wait_until (test_shows (panel.panel, "All rows (2)") && can_start (&panel));
  panel_close (&panel);
}

static void
test_bad_files (void)
{
  Panel panel = { 0 };
  g_autoptr(GFile) folder = g_file_new_for_path (test_desktop_folder ());
  g_autoptr(GFile) missing = g_file_get_child (folder, "missing.jsonl");
  g_autoptr(GFile) binary = write_file ("binary.jsonl", "\x01\x02 this is no JSON\n");

  panel_open (&panel, test_sample (), 1000);
  test_wait_until (can_start (&panel));
  leyden_run_panel_set_file (LEYDEN_RUN_PANEL (panel.panel), missing);
  test_wait_until (test_shows (panel.panel, "No such file"));
  g_assert_false (can_start (&panel));
  test_picture (panel.window, "run-missing-file");
  leyden_run_panel_set_file (LEYDEN_RUN_PANEL (panel.panel), folder);
  test_wait_until (!test_shows (panel.panel, "No such file") && test_find (panel.panel, GTK_TYPE_SPINNER, 0) != NULL &&
                   !gtk_spinner_get_spinning (GTK_SPINNER (test_find (panel.panel, GTK_TYPE_SPINNER, 0))));
  g_assert_false (can_start (&panel));
  leyden_run_panel_set_file (LEYDEN_RUN_PANEL (panel.panel), binary);
  test_wait_until (!gtk_spinner_get_spinning (GTK_SPINNER (test_find (panel.panel, GTK_TYPE_SPINNER, 0))));
  test_picture (panel.window, "run-bad-file");
  panel_close (&panel);
}

static void
test_missing_dataset (void)
{
  Panel panel = { 0 };

  panel_open (&panel,
              test_document ("{\"leyden\": 1, \"id\": \"x\", \"datasets\": [{\"name\": \"<b>gone.jsonl\", \"sha256\":"
                             " \"0000000000000000000000000000000000000000000000000000000000000000\"}], \"nodes\": [], \"edges\": []}"),
              1000);
  test_wait_until (test_shows (panel.panel, "not on this computer"));
  g_assert_false (can_start (&panel));
  test_picture (panel.window, "run-gone");
  panel_close (&panel);
}

/* --- runs --- */

static void
activated_cb (LeydenRunsPage *page,
              LeydenValue    *run,
              char          **id)
{
  *id = g_strdup (leyden_value_get_member_string (run, "run", NULL));
}

static void
test_runs_page (void)
{
  GtkWidget *page = leyden_runs_page_new ();
  GtkWidget *window = test_window (page, 1000, 700);
  g_autofree char *id = NULL;
  GtkWidget *row;

  test_wait_until (test_find (page, ADW_TYPE_ACTION_ROW, 0) != NULL);
  test_settle ();
  row = test_find (page, ADW_TYPE_ACTION_ROW, 0);
  test_picture (window, "runs");
  test_assert_reachable (page);
  g_signal_connect (page, "run-activated", G_CALLBACK (activated_cb), &id);
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
  g_assert_nonnull (id);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A part is told from a whole try. */
static void
test_runs_page_part (void)
{
  LeydenDocument *document = test_sample ();
  g_autoptr(GBytes) bytes = leyden_flow_serialize (leyden_document_get_flow (document));
  g_autofree char *text = g_strdup_printf ("{\"flow\": %.*s, \"title\": \"Calculator agent\", \"purpose\": \"try\", \"pace\": \"fast\", \"part\": {\"node\": \"prompter\","
                                           " \"mode\": \"node\", \"title\": \"Ask\", \"inputs\": {\"question\": \"1 + 1\"}}}",
                                           (int) g_bytes_get_size (bytes), (const char *) g_bytes_get_data (bytes, NULL));
  g_autoptr(LeydenValue) body = test_value (text);
  g_autoptr(LeydenValue) run = test_backend_post ("/leyden/v1/runs", body);
  GtkWidget *page, *window;

  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (run, "part"), "title", ""), ==, "Ask");
  page = leyden_runs_page_new ();
  window = test_window (page, 1000, 700);
  test_wait_until (test_find_label (page, "Calculator agent (part: Ask)") != NULL);
  gtk_window_destroy (GTK_WINDOW (window));
  leyden_document_close (document, TRUE);
  g_object_unref (document);
}

/* --- the stream without records --- */

typedef struct
{
  guint n_records, n_rollouts, n_summaries;
  gboolean ended;
} Stream;

static void
stream_cb (LeydenSubscription *subscription,
           const char         *event,
           LeydenValue        *data,
           const char         *id,
           gpointer            user_data)
{
  static const char * const members[] = { "rollout", "run", "index", "item", "split", "state", "reward", "latency_ms", "tokens_in",
                                          "tokens_out", "cost", "simulated", "error", "error_node", "last_sequence" };
  Stream *stream = user_data;

  if (g_str_equal (event, "record"))
    stream->n_records++;
  else if (g_str_equal (event, "summary"))
    stream->n_summaries++;
  else if (g_str_equal (event, "rollout"))
    {
      stream->n_rollouts++;
      for (guint i = 0; i < G_N_ELEMENTS (members); i++)
        if (leyden_value_get_member (data, members[i]) == NULL)
          g_error ("a rollout's row lacks “%s”", members[i]);
    }
  else if (g_str_equal (event, "end"))
    stream->ended = TRUE;
}

static void
test_stream_without_records (void)
{
  Panel panel = { 0 };
  Stream stream = { 0 }, late = { 0 };
  g_autofree char *path = NULL;
  g_autoptr(LeydenSubscription) subscription = NULL, second = NULL;

  panel_open (&panel, test_sample (), 1000);
  run_split (&panel, 3);
  path = g_strdup_printf ("/leyden/v1/runs/%s/events?records=0", leyden_run_view_get_id (view_of (&panel)));
  subscription = leyden_backend_subscribe (leyden_session_get_backend (leyden_session_get_default ()), path, 0, stream_cb, &stream, NULL);
  test_wait_until (leyden_subscription_is_ended (subscription));
  g_assert_cmpuint (stream.n_records, ==, 0);
  g_assert_cmpuint (stream.n_rollouts, >, 0);
  g_assert_cmpuint (stream.n_summaries, >, 1);
  /* Of a run that has ended: how it ended, and nothing else. */
  second = leyden_backend_subscribe (leyden_session_get_backend (leyden_session_get_default ()), path, 0, stream_cb, &late, NULL);
  test_wait_until (leyden_subscription_is_ended (second));
  g_assert_cmpuint (late.n_records, ==, 0);
  g_assert_cmpuint (late.n_summaries, ==, 1);
  panel_close (&panel);
}

int
main (int    argc,
      char **argv)
{
  int status;

  if (!test_desktop_init (&argc, &argv))
    return 0;
  if (!test_backend_start ())
    {
      g_print ("1..0 # SKIP there is no leydenctl\n");
      return 0;
    }
  g_test_add_func ("/run-panel/empty", test_empty);
  g_test_add_func ("/run-panel/run", test_run);
  g_test_add_func ("/run-panel/when-ready", test_when_ready);
  g_test_add_func ("/run-panel/cancel", test_cancel);
  g_test_add_func ("/run-panel/taken-up", test_taken_up);
  g_test_add_func ("/run-panel/killed", test_killed);
  g_test_add_func ("/run-panel/csv", test_csv);
  g_test_add_func ("/run-panel/file-changes", test_file_changes);
  g_test_add_func ("/run-panel/bad-files", test_bad_files);
  g_test_add_func ("/run-panel/missing-dataset", test_missing_dataset);
  g_test_add_func ("/run-panel/stream-without-records", test_stream_without_records);
  g_test_add_func ("/runs-page/list", test_runs_page);
  g_test_add_func ("/runs-page/part", test_runs_page_part);
  status = g_test_run ();
  test_backend_stop ();
  return status;
}
