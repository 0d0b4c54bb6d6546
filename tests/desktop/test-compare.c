/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <string.h>

#include "desktop-events.h"
#include "desktop-helpers.h"
#include "leyden-announce.h"
#include "leyden-compare-view.h"
#include "leyden-paged-text.h"
#include "leyden-port-diff.h"
#include "leyden-rollout-peers.h"
#include "leyden-runs-page.h"
#include "mock-backend.h"

/* Two rollouts beside each other, from answers of the backend as a test wants them. */

#define HOSTILE "<b>bold</b> \\u001b[31m \\u202eevil"
#define COMPARISON \
  "{\"a\": {\"rollout\": \"r1\", \"item\": \"ratio-17 " HOSTILE "\", \"state\": \"succeeded\"}, \"b\": {\"rollout\": \"r2\", \"item\": \"ratio-17\", \"state\": \"failed\", \"simulated\": true}, " \
  "\"divergence\": {\"path\": \"agent#1\", \"what\": \"call\", \"sequence_a\": 7, \"sequence_b\": 8}, " \
  "\"reward\": {\"a\": 0.0, \"b\": 1.0}, \"cost\": {\"a\": 0.5, \"b\": 0.25}, \"latency_ms\": {\"a\": 840, \"b\": 1200}, " \
  "\"nodes\": [{\"path\": \"in\", \"same\": true, \"a\": {\"state\": \"succeeded\", \"ms\": 1}, \"b\": {\"state\": \"succeeded\", \"ms\": 1}, \"ports\": [{\"port\": \"question\", \"same\": true}]}, " \
  "{\"path\": \"agent\", \"same\": false, \"a\": {\"state\": \"succeeded\", \"ms\": 800, \"cost\": 0.5, \"tokens\": 12}, \"b\": {\"state\": \"succeeded\", \"ms\": 1100, \"cost\": 0.25, \"tokens\": 10}, " \
  "\"ports\": [{\"port\": \"text\", \"same\": false, \"a\": \"It is four, I think\", \"b\": \"It is five, " HOSTILE "\"}, " \
  "{\"port\": \"data\", \"same\": false, \"a\": {\"x\": [1, {\"y\": \"old\"}], \"z\": 1}, \"b\": {\"x\": [1, {\"y\": \"new\"}], \"z\": 1}}]}, " \
  "{\"path\": \"agent#1\", \"same\": false, \"a\": {\"state\": \"succeeded\"}, \"b\": {\"state\": \"succeeded\"}, \"ports\": []}, " \
  "{\"path\": \"check\", \"same\": true, \"a\": {\"state\": \"succeeded\"}, \"b\": {\"state\": \"succeeded\"}, \"ports\": []}, " \
  "{\"path\": \"extra\", \"same\": false, \"a\": null, \"b\": {\"state\": \"failed\"}, \"ports\": [{\"port\": \"text\", \"same\": false, \"a\": null, \"b\": \"only here\"}]}]}"

typedef struct
{
  GtkWidget         *window;
  LeydenCompareView *view;
  GtkWidget         *said;              /* label that speaks */
} Fixture;

static void
view_open (Fixture *fixture,
           int      width)
{
  g_autoptr(LeydenValue) comparison = test_value (COMPARISON);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  fixture->view = LEYDEN_COMPARE_VIEW (leyden_compare_view_new ());
  fixture->said = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (fixture->said), PANGO_ELLIPSIZE_END);
  gtk_widget_set_vexpand (GTK_WIDGET (fixture->view), TRUE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->view));
  gtk_box_append (GTK_BOX (box), fixture->said);
  fixture->window = test_window (box, width, 760);
  leyden_announce_by (GTK_WINDOW (fixture->window), GTK_LABEL (fixture->said));
  leyden_compare_view_set (fixture->view, comparison, NULL);
  test_settle ();
}

static void
view_close (Fixture *fixture)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  test_settle ();
}

/* What is seen at once: who, how much, and where they part, which is chosen. */
static void
test_first (void)
{
  Fixture fixture;

  view_open (&fixture, 960);
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "0.000 ⟶ 1.000 (+1.000)"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "$0.500000 ⟶ 0.250000"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "Failed, simulated"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "840 ms ⟶ 1.2 s"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "They begin to differ at Turn 1: it called a model or tool otherwise"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "ratio-17 <b>bold</b>"));
  g_assert_false (test_shows (GTK_WIDGET (fixture.view), "\x1b"));
  g_assert_false (test_shows (GTK_WIDGET (fixture.view), "\xe2\x80\xae"));
  g_assert_cmpuint (leyden_compare_view_get_n_differences (fixture.view), ==, 3);
  g_assert_cmpstr (leyden_compare_view_get_path (fixture.view), ==, "agent#1");
  test_assert_reachable (GTK_WIDGET (fixture.view));
  view_close (&fixture);
}

/* Texts word by word, structures by place. */
static void
test_values (void)
{
  Fixture fixture;

  view_open (&fixture, 960);
  g_assert_true (leyden_compare_view_step (fixture.view, -1));
  g_assert_cmpstr (leyden_compare_view_get_path (fixture.view), ==, "agent");
  test_settle ();
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "$.x[1].y"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "oldnew"));
  g_assert_false (test_shows (GTK_WIDGET (fixture.view), "$.z"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "four"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "<b>bold</b>"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "First: Succeeded · 800 ms · 12 tokens · $0.500000"));
  test_picture (fixture.window, "compare");
  g_assert_true (leyden_compare_view_step (fixture.view, 1));
  g_assert_true (leyden_compare_view_step (fixture.view, 1));
  g_assert_cmpstr (leyden_compare_view_get_path (fixture.view), ==, "extra");
  test_settle ();
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "only here"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.view), "it was not there"));
  g_assert_false (leyden_compare_view_step (fixture.view, 1));
  view_close (&fixture);
}

static void
test_narrow (void)
{
  Fixture fixture;

  view_open (&fixture, 360);
  g_assert_cmpint (gtk_widget_get_width (fixture.window), <=, 360);
  test_picture (fixture.window, "compare-narrow");
  view_close (&fixture);
}

static gboolean
says (Fixture    *fixture,
      const char *part)
{
  return strstr (gtk_label_get_text (GTK_LABEL (fixture->said)), part) != NULL;
}

/* By real keys, and each step is said. */
static void
test_keys (void)
{
  Fixture fixture;

  if (!desktop_events_available ())
    {
      g_test_skip ("No real events here");
      return;
    }
  view_open (&fixture, 960);
  desktop_events_focus (GTK_WINDOW (fixture.window));
  leyden_compare_view_focus_list (fixture.view);
  desktop_events_key ("F8", NULL);
  desktop_events_wait_until (g_str_equal (leyden_compare_view_get_path (fixture.view), "extra"));
  test_wait_until (says (&fixture, "Difference 3 of 3: extra. Only in the second"));
  desktop_events_key ("F8", NULL);
  test_wait_until (says (&fixture, "There is no further difference"));
  desktop_events_key ("shift+F8", "shift+F8", NULL);
  desktop_events_wait_until (g_str_equal (leyden_compare_view_get_path (fixture.view), "agent"));
  test_wait_until (says (&fixture, "Difference 1 of 3: agent. Differs: text, data"));
  desktop_events_key ("ctrl+F8", NULL);
  desktop_events_wait_until (g_str_equal (leyden_compare_view_get_path (fixture.view), "agent#1"));
  view_close (&fixture);
}

/* Values of 100 MB are shown in parts. */
static void
test_large (void)
{
  gsize size = 100 * 1024 * 1024;
  char *text = g_malloc (size + 1);
  g_autoptr(LeydenValue) a = NULL, b = test_value ("\"short\"");
  GtkWidget *diff, *window;
  g_autofree char *shown = NULL;

  memset (text, 'x', size);
  text[size] = '\0';
  a = leyden_value_new_string (text, (gssize) size);
  g_free (text);
  diff = leyden_port_diff_new (a, b);
  window = test_window (diff, 500, 500);
  shown = leyden_paged_text_dup_shown (LEYDEN_PAGED_TEXT (test_find (diff, LEYDEN_TYPE_PAGED_TEXT, 0)));
  g_assert_cmpuint (strlen (shown), <, 64 * 1024);
  g_assert_true (test_shows (diff, "short"));
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

/* Answers that no backend gives break nothing. */
static void
test_odd (void)
{
  static const char * const answers[] = { "{}", "[]", "{\"nodes\": {\"a\": 1}}", "{\"nodes\": [1, null, {\"path\": 7, \"a\": [], \"ports\": [3]}], \"divergence\": 4, \"reward\": [1]}" };
  GtkWidget *view = leyden_compare_view_new (), *window = test_window (view, 600, 400);

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr(LeydenValue) answer = test_value (answers[i]);

      leyden_compare_view_set (LEYDEN_COMPARE_VIEW (view), answer, NULL);
      test_settle ();
    }
  g_assert_true (test_shows (view, "They begin to differ") || test_shows (view, "They do not differ") || test_shows (view, "same way"));
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

/* Asked of the backend; what it refuses is said. */
static void
test_backend (void)
{
  GtkWidget *window, *again;

  mock_backend_start ();
  mock_backend_answer ("GET /leyden/v1/rollouts/r1/compare", 200, COMPARISON);
  mock_backend_answer ("GET /leyden/v1/rollouts/r3/compare", 404, "{\"detail\": \"There is no rollout <b>r3</b>\"}");
  window = leyden_compare_window_new (NULL, leyden_session_get_default (), "r1", "r2", NULL);
  gtk_window_present (GTK_WINDOW (window));
  test_wait_until (test_shows (window, "They begin to differ at Turn 1"));
  gtk_window_destroy (GTK_WINDOW (window));
  again = leyden_compare_window_new (NULL, leyden_session_get_default (), "r3", "r2", NULL);
  gtk_window_present (GTK_WINDOW (again));
  test_wait_until (test_shows (again, "There is no rollout <b>r3</b>"));
  gtk_window_destroy (GTK_WINDOW (again));
  test_settle ();
  mock_backend_stop ();
}

/* --- which two --- */

#define RUN(id, flow, purpose) "{\"run\": \"" id "\", \"flow_id\": \"" flow "\", \"purpose\": \"" purpose "\", \"title\": \"" id "\", \"state\": \"succeeded\", \"created\": 1}"
#define ROW(id, item) "{\"rollout\": \"" id "\", \"item\": \"" item "\", \"state\": \"succeeded\"}"

static void
peers_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(LeydenValue **) data = leyden_rollout_peers_finish (result, &error);
  if (error != NULL)
    *(LeydenValue **) data = leyden_value_new_string (error->message, -1);
}

static void
answer_runs (void)
{
  mock_backend_answer ("GET /leyden/v1/rollouts/r1", 200, "{\"rollout\": " ROW ("r1", "x") ", \"run\": \"u1\", \"state\": {}}");
  mock_backend_answer ("GET /leyden/v1/runs/u1", 200, RUN ("u1", "f", "run"));
  mock_backend_answer ("GET /leyden/v1/runs", 200, "{\"runs\": [" RUN ("u2", "f", "run") ", " RUN ("u3", "other", "run") ", " RUN ("u1", "f", "run") "]}");
  mock_backend_answer ("GET /leyden/v1/runs/u1/rollouts", 200, "{\"rollouts\": [" ROW ("r1", "x") ", " ROW ("r2", "y") "]}");
  mock_backend_answer ("GET /leyden/v1/runs/u2/rollouts", 200, "{\"rollouts\": [" ROW ("r4", "y") ", " ROW ("r3", "x") ", " ROW ("r5", "z") "]}");
}

/* Rollouts of the same item in runs of the same flow, and what two runs have in common. */
static void
test_peers (void)
{
  g_autoptr(LeydenValue) peers = NULL;
  g_autoptr(LeydenValue) pairs = NULL;
  g_autoptr(LeydenValue) none = NULL;

  mock_backend_start ();
  answer_runs ();
  leyden_rollout_peers_async (leyden_session_get_default (), "r1", NULL, peers_cb, &peers);
  test_wait_until (peers != NULL);
  g_assert_cmpuint (leyden_value_get_size (peers), ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (leyden_value_get_item (peers, 0), "rollout"), "rollout", NULL), ==, "r3");
  leyden_rollout_pairs_async (leyden_session_get_default (), "u1", "u2", NULL, peers_cb, &pairs);
  test_wait_until (pairs != NULL);
  g_assert_cmpuint (leyden_value_get_size (pairs), ==, 2);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (pairs, "/1/a/rollout"), NULL), ==, "r2");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (pairs, "/1/b/rollout"), NULL), ==, "r4");
  leyden_rollout_peers_async (leyden_session_get_default (), "nowhere", NULL, peers_cb, &none);
  test_wait_until (none != NULL);
  g_assert_cmpint (leyden_value_get_kind (none), ==, LEYDEN_VALUE_STRING);
  mock_backend_stop ();
}

static char *compared;

static void
compare_runs_cb (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       data)
{
  compared = g_variant_print (parameter, FALSE);
}

/* Two runs of the list are ticked; the older one comes first. */
static void
test_runs_page (void)
{
  g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr(GSimpleAction) action = g_simple_action_new ("compare-runs", G_VARIANT_TYPE ("(ss)"));
  GtkWidget *page, *window;

  mock_backend_start ();
  answer_runs ();
  g_signal_connect (action, "activate", G_CALLBACK (compare_runs_cb), NULL);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
  page = leyden_runs_page_new ();
  window = test_window (page, 700, 500);
  gtk_widget_insert_action_group (window, "win", G_ACTION_GROUP (group));
  test_wait_until (test_shows (page, "u3"));
  g_assert_null (test_find_button (page, "Compare"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (test_find_button (page, "Compare Two Runs")), TRUE);
  g_assert_true (test_shows (page, "Choose two runs."));
  g_assert_false (gtk_widget_is_sensitive (test_find_button (page, "Compare")));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (page, GTK_TYPE_CHECK_BUTTON, 0)), TRUE);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (page, GTK_TYPE_CHECK_BUTTON, 2)), TRUE);
  g_assert_true (test_shows (page, "Two runs are chosen."));
  test_assert_reachable (page);
  test_picture (window, "runs-compare");
  g_signal_emit_by_name (test_find_button (page, "Compare"), "clicked");
  g_assert_cmpstr (compared, ==, "('u1', 'u2')");
  g_clear_pointer (&compared, g_free);
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
  mock_backend_stop ();
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/compare/first", test_first);
  g_test_add_func ("/compare/values", test_values);
  g_test_add_func ("/compare/narrow", test_narrow);
  g_test_add_func ("/compare/keys", test_keys);
  g_test_add_func ("/compare/large", test_large);
  g_test_add_func ("/compare/odd", test_odd);
  g_test_add_func ("/compare/backend", test_backend);
  g_test_add_func ("/compare/peers", test_peers);
  g_test_add_func ("/compare/runs-page", test_runs_page);
  return g_test_run ();
}
