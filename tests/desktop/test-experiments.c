/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <math.h>

#include "desktop-helpers.h"
#include "leyden-candidate-view.h"
#include "leyden-catalog.h"
#include "leyden-experiment-parts.h"
#include "leyden-experiments-page.h"
#include "leyden-flow-slots.h"
#include "leyden-json.h"
#include "leyden-lineage-view.h"
#include "leyden-outcome-grid.h"
#include "leyden-reward-curve.h"
#include "leyden-run-panel.h"
#include "leyden-train-panel.h"
#include "leyden-train-setup.h"
#include "mock-backend.h"

/* Training and experiments in the window, over a backend that says what a test needs (mock-backend.h). */

static LeydenNodeTypes *
types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static LeydenValue *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "desktop", name, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return test_value (text);
}

static LeydenValue *
with (LeydenValue *snapshot,
      const char  *key,
      const char  *json)
{
  g_autoptr(LeydenValue) value = test_value (json);

  return leyden_value_with_member (snapshot, key, value);
}

/* --- the page --- */

typedef struct
{
  GtkWidget   *window;
  GtkWidget   *page;
  char        *used;
  char        *rollout;
  guint        n_train;
} Page;

static void
used_cb (Page        *page,
         LeydenValue *snapshot,
         const char  *candidate)
{
  g_assert_nonnull (snapshot);
  g_free (page->used);
  page->used = g_strdup (candidate);
}

static void
rollout_cb (Page        *page,
            LeydenValue *snapshot,
            const char  *rollout)
{
  g_free (page->rollout);
  page->rollout = g_strdup (rollout);
}

static void
train_cb (Page *page)
{
  page->n_train++;
}

static void
page_open (Page *page,
           int   width,
           int   height)
{
  page->page = leyden_experiments_page_new ();
  g_signal_connect_swapped (page->page, "use-version", G_CALLBACK (used_cb), page);
  g_signal_connect_swapped (page->page, "rollout-activated", G_CALLBACK (rollout_cb), page);
  g_signal_connect_swapped (page->page, "train-requested", G_CALLBACK (train_cb), page);
  page->window = test_window (page->page, width, height);
}

static void
page_close (Page *page)
{
  gtk_window_destroy (GTK_WINDOW (page->window));
  test_settle ();
  g_clear_pointer (&page->used, g_free);
  g_clear_pointer (&page->rollout, g_free);
}

static void
click (GtkWidget *button)
{
  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
}

static void
test_empty (void)
{
  Page page = { 0 };

  mock_backend_set_snapshot (NULL, FALSE);
  page_open (&page, 1000, 700);
  test_wait_until (test_shows (page.page, "No Experiments Yet"));
  test_picture (page.window, "experiments-empty");
  test_assert_reachable (page.page);
  click (test_find_button (page.page, "Train a Flow"));
  g_assert_cmpuint (page.n_train, ==, 1);
  page_close (&page);
}

/* The list leads to the page, and the page back. */
static void
test_list (void)
{
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  Page page = { 0 };
  GtkWidget *row;

  mock_backend_set_snapshot (snapshot, TRUE);
  page_open (&page, 1000, 700);
  test_wait_until (test_shows (page.page, "Calculator agent"));
  g_assert_true (test_shows (page.page, "paired, n = 62"));
  g_assert_true (test_shows (page.page, "Simulated"));
  test_picture (page.window, "experiments-list");
  test_assert_reachable (page.page);
  row = test_find (page.page, ADW_TYPE_ACTION_ROW, 0);
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
  test_wait_until (test_shows (page.page, "Best so far"));
  test_settle ();
  gtk_widget_activate_action (page.page, "experiments.back", NULL);
  test_settle ();
  g_assert_false (test_shows (page.page, "Best so far"));
  g_assert_true (test_shows (page.page, "Calculator agent"));
  page_close (&page);
}

static void
scroll_to (Page       *page,
           const char *text)
{
  GtkWidget *label = test_find_label (page->page, text);
  GtkWidget *scroller = gtk_widget_get_ancestor (label, GTK_TYPE_SCROLLED_WINDOW);
  GtkWidget *view = gtk_widget_get_first_child (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (scroller)));
  graphene_point_t at;

  g_assert_true (gtk_widget_compute_point (label, view, &GRAPHENE_POINT_INIT (0, 0), &at));
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)), at.y - 12);
  test_settle ();
}

static void
show (Page        *page,
      LeydenValue *snapshot,
      int          width,
      int          height)
{
  g_autoptr(LeydenValue) grid = load ("grid.json");

  mock_backend_set_grid (grid);
  mock_backend_set_snapshot (snapshot, TRUE);
  page_open (page, width, height);
  leyden_experiments_page_show (LEYDEN_EXPERIMENTS_PAGE (page->page), leyden_value_get_member_string (snapshot, "experiment", ""));
  test_wait_until (test_shows (page->page, "Best so far"));
  test_settle ();
}

/* Verdict, label, cost, curve with its words and its table, tree, critique, difference, grid. */
static void
test_page (void)
{
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  Page page = { 0 };

  show (&page, snapshot, 1180, 900);
  g_assert_true (test_shows (page.page, "+0.43 [0.31, 0.56], paired, n = 62 test items"));
  g_assert_true (test_shows (page.page, "0.47 before and 0.90 after"));
  g_assert_true (test_shows (page.page, "Simulated"));
  g_assert_true (test_shows (page.page, "built-in simulation"));
  g_assert_true (test_shows (page.page, "600 and 74 remembered"));
  g_assert_true (test_shows (page.page, "Reflective search (GEPA) · arithmetic.jsonl"));
  g_assert_true (test_shows (page.page, "from: Candidate 5"));
  test_picture (page.window, "experiment-top");
  scroll_to (&page, "Candidates");
  test_picture (page.window, "experiment-candidates");
  test_wait_until (test_shows (page.page, "won,"));
  scroll_to (&page, "Row by row");
  test_picture (page.window, "experiment-rows");
  test_assert_reachable (page.page);
  page_close (&page);
}

static void
test_narrow (void)
{
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  Page page = { 0 };

  show (&page, snapshot, 360, 740);
  test_picture (page.window, "experiment-narrow-top");
  g_assert_cmpint (gtk_widget_get_width (page.window), <=, 360);
  scroll_to (&page, "Candidates");
  test_picture (page.window, "experiment-narrow-candidates");
  scroll_to (&page, "Row by row");
  test_picture (page.window, "experiment-narrow-rows");
  page_close (&page);
}

static void
test_use (void)
{
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  Page page = { 0 };

  show (&page, snapshot, 1180, 900);
  click (test_find_button (page.page, "Use This Version"));
  g_assert_cmpstr (page.used, ==, leyden_value_get_member_string (snapshot, "best", NULL));
  click (test_find_button (page.page, "Open the Rollout"));
  g_assert_nonnull (page.rollout);
  page_close (&page);
}

/* Another candidate is chosen in the tree; it stays chosen when the experiment goes on; its rows are compared. */
static void
test_choose (void)
{
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  g_autoptr(LeydenValue) later = with (snapshot, "spent", "{\"task_calls\": 580}");
  Page page = { 0 };
  GtkWidget *lineage, *list;
  GtkSingleSelection *selection;

  show (&page, snapshot, 1180, 900);
  lineage = test_find (page.page, LEYDEN_TYPE_LINEAGE_VIEW, 0);
  list = test_find (lineage, GTK_TYPE_LIST_VIEW, 0);
  selection = GTK_SINGLE_SELECTION (gtk_list_view_get_model (GTK_LIST_VIEW (list)));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (selection)), ==, 8);
  g_assert_cmpstr (leyden_lineage_view_get_selected (LEYDEN_LINEAGE_VIEW (lineage)), ==, leyden_value_get_member_string (snapshot, "best", NULL));
  gtk_single_selection_set_selected (selection, 1);
  test_settle ();
  g_assert_true (test_shows (page.page, "the units were mixed"));
  test_picture (page.window, "experiment-chosen");
  mock_backend_set_snapshot (later, FALSE);
  test_settle ();
  g_assert_true (test_shows (page.page, "580"));
  g_assert_true (test_shows (page.page, "the units were mixed"));
  click (test_find_button (page.page, "Compare Row by Row"));
  test_wait_until (mock_backend_get_grid_query () != NULL && strstr (mock_backend_get_grid_query (), leyden_lineage_view_get_selected (LEYDEN_LINEAGE_VIEW (lineage))) != NULL);
  g_assert_nonnull (strstr (mock_backend_get_grid_query (), "split=validation"));
  click (test_find_button (page.page, "Use This Candidate"));
  g_assert_cmpstr (page.used, ==, leyden_lineage_view_get_selected (LEYDEN_LINEAGE_VIEW (lineage)));
  page_close (&page);
}

/* Pause, resume, stop, and what the page says meanwhile. */
static void
test_running (void)
{
  g_autoptr(LeydenValue) finished = load ("experiment.json");
  g_autoptr(LeydenValue) no_verdict = with (finished, "verdict", "null");
  g_autoptr(LeydenValue) spent = with (no_verdict, "spent", "{\"task_calls\": 213, \"optimizer_calls\": 9, \"tokens\": 101000, \"cost\": 0.01, \"wall_ms\": 21000}");
  g_autoptr(LeydenValue) left = with (spent, "seconds_left", "40.2");
  g_autoptr(LeydenValue) running = with (left, "state", "\"running\"");
  Page page = { 0 };

  show (&page, running, 1180, 900);
  g_assert_true (test_shows (page.page, "Training: 213 of 600 calls, 41 s left"));
  g_assert_true (test_shows (page.page, "No verdict yet"));
  g_assert_true (test_shows (page.page, "never sees"));
  test_picture (page.window, "experiment-running");
  click (test_find_icon_button (page.page, "media-playback-pause-symbolic"));
  test_wait_until (test_shows (page.page, "Paused: 213"));
  g_assert_cmpstr (mock_backend_get_told (), ==, "pause");
  click (test_find_icon_button (page.page, "media-playback-start-symbolic"));
  test_wait_until (test_shows (page.page, "Training: 213"));
  click (test_find_icon_button (page.page, "media-playback-stop-symbolic"));
  test_wait_until (test_shows (page.page, "Stopped after 213"));
  g_assert_cmpstr (mock_backend_get_told (), ==, "stop");
  mock_backend_set_snapshot (finished, FALSE);
  test_wait_until (test_shows (page.page, "+0.43 ["));
  page_close (&page);
}

static void
test_honest (void)
{
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  g_autoptr(LeydenValue) none = with (snapshot, "verdict", "{\"difference\": 0.03, \"low\": -0.06, \"high\": 0.12, \"n\": 62, \"p\": 0.58, \"significant\": false,"
                                                         " \"baseline_mean\": 0.47, \"best_mean\": 0.5}");
  Page page = { 0 };

  show (&page, none, 1180, 900);
  g_assert_true (test_shows (page.page, "No difference shown"));
  test_picture (page.window, "experiment-no-difference");
  page_close (&page);
}

/* An experiment that is gone. */
static void
test_gone (void)
{
  Page page = { 0 };

  mock_backend_set_snapshot (NULL, FALSE);
  page_open (&page, 1000, 700);
  leyden_experiments_page_show (LEYDEN_EXPERIMENTS_PAGE (page.page), "0199");
  test_wait_until (test_shows (page.page, "There is no such experiment"));
  page_close (&page);
}

/* The arrow keys go along the curve, and the description names the point. */
static void
test_curve (void)
{
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  GtkWidget *curve = leyden_reward_curve_new ();
  GtkWidget *window = test_window (curve, 500, 300);

  gtk_test_accessible_assert_role (curve, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (curve, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "No candidate has been scored yet");
  leyden_reward_curve_set_snapshot (LEYDEN_REWARD_CURVE (curve), snapshot);
  gtk_test_accessible_assert_property (curve, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "From 0.47 to 0.92. After 412 calls 0.92, between 0.79 and 0.98");
  gtk_widget_activate_action (curve, "curve.move", "i", 1);
  gtk_widget_activate_action (curve, "curve.move", "i", 1);
  test_settle ();
  /* From right to left the first key to the right begins at the far end. */
  if (gtk_widget_get_direction (curve) == GTK_TEXT_DIR_LTR)
    gtk_test_accessible_assert_property (curve, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "After 132 calls 0.62, between 0.45 and 0.76");
  test_picture (window, "curve-point");
  leyden_reward_curve_set_snapshot (LEYDEN_REWARD_CURVE (curve), NULL);
  test_settle ();
  test_picture (window, "curve-empty");
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

/* Each word of a snapshot missing or of another kind, texts without end, markup: the page stands. */
static void
test_hostile (void)
{
  static const char * const values[] = { "null", "-7", "\"<b>x</b>\"", "[]", "{}", "[{}, 7, [[]]]", "1e300" };
  g_autoptr(LeydenValue) snapshot = load ("experiment.json");
  g_autoptr(LeydenValue) grid = test_value ("{\"items\": [7, {}, {\"item\": 7, \"outcome\": \"x\", \"a\": 1, \"b\": {\"reward\": \"x\", \"rollout\": 7}}]}");
  g_autofree char *huge = g_strnfill (300000, 'w');
  g_autofree char *huge_json = g_strdup_printf ("[{\"step\": 1, \"candidate\": \"%s\", \"verdict\": \"accepted\", \"critique\": \"<b>%s\\u202e\"}]",
                                                leyden_value_get_member_string (snapshot, "best", ""), huge);
  g_autoptr(LeydenValue) long_texts = with (snapshot, "proposals", huge_json);
  g_autoptr(LeydenValue) markup = with (long_texts, "title", "\"<span size='1000000'>&amp;</span>\"");
  Page page = { 0 };

  show (&page, markup, 1000, 700);
  g_assert_true (test_shows (page.page, "<span size='1000000'>&amp;</span>"));
  g_assert_true (test_shows (page.page, "<b>www"));
  mock_backend_set_grid (grid);
  for (guint i = 0; i < leyden_value_get_size (snapshot); i++)
    for (guint j = 0; j <= G_N_ELEMENTS (values); j++)
      {
        g_autoptr(LeydenValue) value = j < G_N_ELEMENTS (values) ? test_value (values[j]) : NULL;
        const char *key = leyden_value_get_key (snapshot, i);
        g_autoptr(LeydenValue) bad = leyden_value_with_member (snapshot, key, value);

        mock_backend_set_snapshot (bad, TRUE);
        for (guint k = 0; k < 4; k++)
          test_iterate ();
      }
  test_settle ();
  mock_backend_set_snapshot (snapshot, TRUE);
  test_wait_until (test_shows (page.page, "Calculator agent"));
  page_close (&page);
}

/* --- the panel --- */

typedef struct
{
  GtkWidget      *window;
  GtkWidget      *run;
  GtkWidget      *panel;
  LeydenDocument *document;
  char           *node;
  char           *shown;
  char           *used;
  guint           n_ended;
} Panel;

static void
show_node_cb (Panel      *panel,
              const char *id)
{
  g_free (panel->node);
  panel->node = g_strdup (id);
}

static void
show_experiment_cb (Panel      *panel,
                    const char *id)
{
  g_free (panel->shown);
  panel->shown = g_strdup (id);
}

static void
panel_used_cb (Panel       *panel,
               LeydenValue *snapshot,
               const char  *candidate)
{
  g_free (panel->used);
  panel->used = g_strdup (candidate);
}

static void
ended_cb (Panel *panel)
{
  panel->n_ended++;
}

static void
panel_open (Panel          *panel,
            LeydenDocument *document,
            int             width,
            int             height)
{
  panel->document = document;
  panel->run = g_object_ref_sink (leyden_run_panel_new ());
  g_object_set (panel->run, "document", document, NULL);
  panel->panel = leyden_train_panel_new (LEYDEN_RUN_PANEL (panel->run));
  g_signal_connect_swapped (panel->panel, "show-node", G_CALLBACK (show_node_cb), panel);
  g_signal_connect_swapped (panel->panel, "show-experiment", G_CALLBACK (show_experiment_cb), panel);
  g_signal_connect_swapped (panel->panel, "use-version", G_CALLBACK (panel_used_cb), panel);
  g_signal_connect_swapped (panel->panel, "ended", G_CALLBACK (ended_cb), panel);
  g_object_set (panel->panel, "document", document, NULL);
  panel->window = test_window (panel->panel, width, height);
}

static void
panel_close (Panel *panel)
{
  gtk_window_destroy (GTK_WINDOW (panel->window));
  test_settle ();
  g_object_unref (panel->run);
  leyden_document_close (panel->document, TRUE);
  g_assert_finalize_object (panel->document);
  g_clear_pointer (&panel->node, g_free);
  g_clear_pointer (&panel->shown, g_free);
  g_clear_pointer (&panel->used, g_free);
}

static gboolean
can_start (Panel *panel)
{
  return leyden_train_panel_can_start (LEYDEN_TRAIN_PANEL (panel->panel));
}

static LeydenTrainSetup *
setup_of (Panel *panel)
{
  return LEYDEN_TRAIN_SETUP (test_find (panel->panel, LEYDEN_TYPE_TRAIN_SETUP, 0));
}

/* What is told before the start, and what the start asks for. */
static void
test_train (void)
{
  g_autoptr(LeydenValue) finished = load ("experiment.json");
  g_autoptr(LeydenValue) no_verdict = with (finished, "verdict", "null");
  g_autoptr(LeydenValue) running = with (no_verdict, "state", "\"running\"");
  Panel panel = { 0 };
  LeydenValue *posted;

  mock_backend_set_snapshot (NULL, FALSE);
  panel_open (&panel, test_sample (), 1000, 520);
  test_wait_until (can_start (&panel));
  test_settle ();
  g_assert_true (test_shows (panel.panel, "Reflective search (GEPA)"));
  g_assert_true (test_shows (panel.panel, "rewrites one prompt at a time"));
  g_assert_true (test_shows (panel.panel, "600 rollouts of one row, and 150 calls"));
  g_assert_true (test_shows (panel.panel, "costs nothing"));
  g_assert_true (test_shows (panel.panel, "178 to learn from, 60 to choose by, 62 to judge by"));
  g_assert_true (test_shows (panel.panel, "With 62 test rows an improvement from about 0.25"));
  test_picture (panel.window, "train-setup");
  test_assert_reachable (panel.panel);
  leyden_train_setup_set_method (setup_of (&panel), "examples");
  leyden_train_setup_set_budget (setup_of (&panel), 200);
  g_assert_true (test_shows (panel.panel, "At most 200 rollouts"));
  click (gtk_widget_get_ancestor (test_find_label (panel.panel, "Solver: Examples"), GTK_TYPE_BUTTON));
  g_assert_cmpstr (panel.node, ==, "solveagt");

  mock_backend_set_snapshot (running, TRUE);
  leyden_train_panel_start (LEYDEN_TRAIN_PANEL (panel.panel));
  g_assert_false (can_start (&panel));
  test_wait_until (test_shows (panel.panel, "on the validation rows so far"));
  g_assert_false (test_shows (panel.panel, "Use This Version"));
  posted = mock_backend_get_posted ();
  g_assert_cmpstr (leyden_value_get_member_string (posted, "optimizer", NULL), ==, "examples");
  g_assert_cmpint (leyden_value_get_member_int (posted, "budget", 0), ==, 200);
  g_assert_cmpstr (leyden_value_get_member_string (posted, "pace", NULL), ==, "brisk");
  g_assert_nonnull (leyden_value_get_member (leyden_value_get_member (posted, "flow"), "nodes"));
  g_assert_cmpuint (strlen (leyden_value_get_member_string (leyden_value_get_member (posted, "dataset"), "sha256", "")), ==, 64);
  g_assert_nonnull (leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (posted, "dataset"), "mapping"), "question"));
  test_settle ();
  test_picture (panel.window, "train-running");
  g_assert_cmpuint (panel.n_ended, ==, 0);
  mock_backend_set_snapshot (finished, TRUE);
  test_wait_until (panel.n_ended == 1);
  test_settle ();
  g_assert_true (test_shows (panel.panel, "+0.43 [0.31, 0.56]"));
  test_picture (panel.window, "train-done");
  test_assert_reachable (panel.panel);
  click (test_find_button (panel.panel, "Show the Experiment"));
  g_assert_cmpstr (panel.shown, ==, leyden_value_get_member_string (finished, "experiment", NULL));
  click (test_find_button (panel.panel, "Use This Version"));
  g_assert_cmpstr (panel.used, ==, leyden_value_get_member_string (finished, "best", NULL));
  g_assert_true (can_start (&panel));
  panel_close (&panel);
}

static void
test_train_narrow (void)
{
  Panel panel = { 0 };

  mock_backend_set_snapshot (NULL, FALSE);
  panel_open (&panel, test_sample (), 360, 900);
  test_wait_until (can_start (&panel));
  test_settle ();
  g_assert_cmpint (gtk_widget_get_width (panel.window), <=, 360);
  test_picture (panel.window, "train-narrow");
  panel_close (&panel);
}

static void
test_train_low (void)
{
  Panel panel = { 0 };

  mock_backend_set_snapshot (NULL, FALSE);
  panel_open (&panel, test_sample (), 1030, 250);
  test_wait_until (can_start (&panel));
  test_settle ();
  test_assert_form_scrolls (panel.panel);
  test_picture (panel.window, "train-low");
  panel_close (&panel);
}

static void
test_refused (void)
{
  Panel panel = { 0 };

  mock_backend_set_snapshot (NULL, FALSE);
  panel_open (&panel, test_sample (), 1000, 520);
  test_wait_until (can_start (&panel));
  mock_backend_refuse (422, "<i>nothing</i> to train");
  leyden_train_panel_start (LEYDEN_TRAIN_PANEL (panel.panel));
  test_wait_until (test_shows (panel.panel, "<i>nothing</i> to train"));
  g_assert_true (can_start (&panel));
  panel_close (&panel);
}

/* A training that goes on is taken up by a panel that comes later. */
static void
test_taken_up (void)
{
  g_autoptr(LeydenValue) finished = load ("experiment.json");
  LeydenDocument *document = test_sample ();
  g_autofree char *id = g_strdup_printf ("\"%s\"", leyden_flow_get_id (leyden_document_get_flow (document)));
  g_autoptr(LeydenValue) ours = with (finished, "flow_id", id);
  g_autoptr(LeydenValue) running = with (ours, "state", "\"running\"");
  Panel panel = { 0 };

  mock_backend_set_snapshot (running, TRUE);
  panel_open (&panel, document, 1000, 520);
  test_wait_until (leyden_train_panel_get_view (LEYDEN_TRAIN_PANEL (panel.panel)) != NULL);
  test_wait_until (test_shows (panel.panel, "Training: 600 of 600"));
  g_assert_false (can_start (&panel));
  panel_close (&panel);
}

#define PLAIN "{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"n\", \"type\": \"chat\", \"title\": \"Ask\"}, {\"id\": \"i\", \"type\": \"input\"}], \"edges\": []}"

/* Nothing is marked: the hint, and its button, which can be undone. */
static void
test_nothing_marked (void)
{
  Panel panel = { 0 };
  LeydenNode *node;

  mock_backend_set_snapshot (NULL, FALSE);
  panel_open (&panel, test_document (PLAIN), 1000, 520);
  g_assert_true (test_shows (panel.panel, "Nothing is marked as trainable"));
  g_assert_false (can_start (&panel));
  test_picture (panel.window, "train-nothing");
  click (test_find_button (panel.panel, "Mark Them"));
  node = leyden_flow_get_node (leyden_document_get_flow (panel.document), "n");
  g_assert_true (leyden_node_is_trainable (node, "system"));
  g_assert_true (leyden_node_is_trainable (node, "temperature"));
  g_assert_false (leyden_node_is_trainable (node, "max_tokens"));
  g_assert_false (test_shows (panel.panel, "Nothing is marked as trainable"));
  g_assert_true (leyden_document_undo (panel.document, NULL));
  g_assert_true (test_shows (panel.panel, "Nothing is marked as trainable"));
  panel_close (&panel);
}

/* What stands in a container is listed, shown where it is, and marked as well. */
#define NESTED "{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"each\", \"type\": \"map\", \"flow\": {\"nodes\": [" \
  "{\"id\": \"ask\", \"type\": \"chat\", \"title\": \"Inner\", \"trainable\": [\"temperature\", \"later\"]}], \"edges\": []}}], \"edges\": []}"

static void
test_bodies (void)
{
  LeydenFlow *flow;
  LeydenNode *node;
  g_autoptr(GError) error = NULL;
  Panel panel = { 0 };

  mock_backend_set_snapshot (NULL, FALSE);
  panel_open (&panel, test_document (NESTED), 1000, 520);
  flow = leyden_document_get_flow (panel.document);
  g_assert_false (test_shows (panel.panel, "Nothing is marked as trainable"));
  g_assert_true (test_shows (panel.panel, "Inner: Temperature"));
  click (test_find_button (panel.panel, "Inner: Temperature"));
  g_assert_cmpstr (panel.node, ==, "each/ask");
  g_assert_true (leyden_document_edit (panel.document, leyden_flow_mark_slots (flow, types ()), &error));
  g_assert_no_error (error);
  node = leyden_flow_find_path (flow, "each/ask", NULL);
  g_assert_true (leyden_node_is_trainable (node, "system"));
  g_assert_true (leyden_node_is_trainable (node, "later"));
  g_assert_true (test_shows (panel.panel, "Inner: Examples"));
  g_assert_true (leyden_document_undo (panel.document, &error));
  g_assert_false (leyden_node_is_trainable (leyden_flow_find_path (flow, "each/ask", NULL), "system"));
  panel_close (&panel);
}

/* --- the flow --- */

static void
test_adopt (void)
{
  LeydenDocument *document = test_sample ();
  LeydenFlow *flow = leyden_document_get_flow (document);
  g_autoptr(LeydenValue) slots = test_value ("{\"solveagt/system\": \"Think twice.\", \"solveagt/temperature\": 0, \"gone/system\": \"x\", \"odd\": 1, \"solveagt/\": 2}");
  g_autoptr(GError) error = NULL;
  LeydenNode *node;
  LeydenEdit *edit;
  g_auto(GStrv) missing = NULL;

  edit = leyden_slots_to_edit (flow, types (), slots, "Use", &missing);
  g_assert_cmpuint (g_strv_length (missing), ==, 3);
  g_assert_cmpuint (leyden_edit_get_n_changes (edit), ==, 1);
  g_assert_true (leyden_document_edit (document, edit, &error));
  node = leyden_flow_get_node (flow, "solveagt");
  g_assert_cmpstr (leyden_value_get_string (leyden_node_get_parameter (node, "system"), NULL), ==, "Think twice.");
  g_assert_true (leyden_document_undo (document, &error));
  node = leyden_flow_get_node (flow, "solveagt");
  g_assert_cmpstr (leyden_value_get_string (leyden_node_get_parameter (node, "system"), NULL), !=, "Think twice.");
  leyden_document_close (document, TRUE);
  g_object_unref (document);
}

static void
test_slots (void)
{
  g_autofree char *plain = g_strdup ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"n\", \"type\": \"chat\", \"title\": \"Ask\", \"trainable\": [\"temperature\","
                                     " {\"name\": \"system\", \"locked\": true}, \"later\"]}], \"edges\": []}");
  LeydenDocument *document = test_document (plain);
  LeydenFlow *flow = leyden_document_get_flow (document);
  g_autoptr(GPtrArray) slots = leyden_flow_list_slots (flow, types ());
  g_autoptr(LeydenValue) marks = NULL;

  g_assert_cmpuint (slots->len, ==, 2);
  g_assert_cmpstr (((LeydenFlowSlot *) g_ptr_array_index (slots, 0))->slot, ==, "n/system");
  g_assert_true (((LeydenFlowSlot *) g_ptr_array_index (slots, 0))->locked);
  g_assert_cmpstr (((LeydenFlowSlot *) g_ptr_array_index (slots, 1))->title, ==, "Ask: Temperature");
  g_assert_false (((LeydenFlowSlot *) g_ptr_array_index (slots, 1))->locked);
  /* A mark that this catalogue does not know stays. */
  marks = leyden_flow_make_marks (leyden_flow_get_node (flow, "n"), types (), "temperature", NULL);
  test_assert_value (marks, "[{\"name\": \"system\", \"locked\": true}, \"later\"]");
  leyden_document_close (document, TRUE);
  g_object_unref (document);
}

/* What a screen reader gets of a changed prompt. */
static void
test_diff_words (void)
{
  GtkWidget *label = g_object_ref_sink (leyden_part_diff ("Be <b>brief</b>.", "Be exact."));

  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (label)), "<b>brief</b>"));
  gtk_test_accessible_assert_property (label, GTK_ACCESSIBLE_PROPERTY_LABEL, "Be  (removed: <b>brief</b>)  (added: exact) .");
  g_object_unref (label);
}

/* Nothing here is a prompt, so the method is one that does not rewrite prompts. */
static void
test_method_fits (void)
{
  Panel panel = { 0 };

  panel_open (&panel, test_document ("{\"leyden\": 1, \"id\": \"x\", \"edges\": [], \"nodes\": [{\"id\": \"cccccccc\", \"type\": \"classifier\","
                                     " \"trainable\": [\"method\"]}]}"), 1000, 520);
  g_assert_cmpstr (leyden_train_setup_get_method (setup_of (&panel)), ==, "halving");
  panel_close (&panel);
}

int
main (int    argc,
      char **argv)
{
  int status;

  if (!test_desktop_init (&argc, &argv))
    return 0;
  mock_backend_start ();
  g_test_add_func ("/train/method-fits", test_method_fits);
  g_test_add_func ("/experiments/empty", test_empty);
  g_test_add_func ("/experiments/list", test_list);
  g_test_add_func ("/experiments/page", test_page);
  g_test_add_func ("/experiments/narrow", test_narrow);
  g_test_add_func ("/experiments/use", test_use);
  g_test_add_func ("/experiments/choose", test_choose);
  g_test_add_func ("/experiments/running", test_running);
  g_test_add_func ("/experiments/honest", test_honest);
  g_test_add_func ("/experiments/gone", test_gone);
  g_test_add_func ("/experiments/curve", test_curve);
  g_test_add_func ("/experiments/hostile", test_hostile);
  g_test_add_func ("/train/panel", test_train);
  g_test_add_func ("/train/narrow", test_train_narrow);
  g_test_add_func ("/train/low", test_train_low);
  g_test_add_func ("/train/refused", test_refused);
  g_test_add_func ("/train/taken-up", test_taken_up);
  g_test_add_func ("/train/nothing-marked", test_nothing_marked);
  g_test_add_func ("/train/bodies", test_bodies);
  g_test_add_func ("/train/adopt", test_adopt);
  g_test_add_func ("/train/slots", test_slots);
  g_test_add_func ("/train/diff-words", test_diff_words);
  status = g_test_run ();
  mock_backend_stop ();
  return status;
}
