/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"
#include "leyden-rollout-view.h"
#include "leyden-round-picker.h"
#include "mock-backend.h"

#define ROUTE "/leyden/v1/rollouts/r1"
#define ROW(state, last) "{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"" state "\",\"last_sequence\":" last ",\"last_position\":" last "}"
#define ANSWER(state, last) "{\"rollout\":" ROW (state, last) ",\"run\":\"u1\",\"state\":{\"state\":\"" state "\",\"sequence\":" last ",\"nodes\":{}}}"
#define DEBUG_PAUSED "{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"running\",\"paused\":true,\"reason\":\"breakpoint\",\"node\":\"agent\",\"can\":[\"continue\",\"step\"]}"
#define DEBUG_RUNNING "{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"running\",\"paused\":false,\"can\":[\"pause\",\"stop\"]}"

typedef struct
{
  LeydenRolloutView *view;
  guint              n_records;
  char              *text;
  char              *failed;
} Fixture;

static void
record_cb (Fixture     *fixture,
           LeydenValue *record)
{
  fixture->n_records++;
}

static void
delta_cb (Fixture    *fixture,
          const char *node,
          const char *text)
{
  g_free (fixture->text);
  fixture->text = g_strdup_printf ("%s: %s", node, text);
}

static void
failed_cb (Fixture *fixture,
           GError  *error)
{
  g_free (fixture->failed);
  fixture->failed = g_strdup (error->message);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  mock_backend_start ();
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("running", "4"));
  mock_backend_answer ("GET " ROUTE "/debug", 200, DEBUG_RUNNING);
  mock_backend_answer ("GET " ROUTE "/events", 200, "{}");
  fixture->view = leyden_rollout_view_new (leyden_session_get_default (), "r1");
  g_signal_connect_swapped (fixture->view, "record", G_CALLBACK (record_cb), fixture);
  g_signal_connect_swapped (fixture->view, "delta", G_CALLBACK (delta_cb), fixture);
  g_signal_connect_swapped (fixture->view, "failed", G_CALLBACK (failed_cb), fixture);
  test_wait_until (leyden_rollout_view_get_state (fixture->view) != NULL && leyden_rollout_view_get_debug (fixture->view) != NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  gpointer watched = fixture->view;

  leyden_rollout_view_close (fixture->view);
  /* A request that is given up may still hold it for a moment. */
  g_object_add_weak_pointer (watched, &watched);
  g_object_unref (fixture->view);
  test_wait_until (watched == NULL);
  g_free (fixture->text);
  g_free (fixture->failed);
  mock_backend_stop ();
}

static void
test_known (Fixture       *fixture,
            gconstpointer  data)
{
  g_assert_cmpstr (leyden_rollout_view_get_run (fixture->view), ==, "u1");
  g_assert_cmpuint (leyden_rollout_view_get_last (fixture->view), ==, 4);
  g_assert_cmpuint (leyden_rollout_view_get_until (fixture->view), ==, 4);
  g_assert_true (leyden_rollout_view_is_live (fixture->view));
  g_assert_true (leyden_rollout_view_is_current (fixture->view));
  g_assert_false (leyden_rollout_view_is_paused (fixture->view));
  g_assert_false (leyden_rollout_view_is_final (fixture->view));
}

/* Records move the newest position, and the state and what the debugger says follow. */
static void
test_follow (Fixture       *fixture,
             gconstpointer  data)
{
  test_wait_until (mock_backend_count ("GET " ROUTE "/events") == 1);
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("paused", "6"));
  mock_backend_answer ("GET " ROUTE "/debug", 200, DEBUG_PAUSED);
  mock_backend_send (ROUTE "/events", "record", "5", "{\"rollout\":\"r1\",\"sequence\":5,\"type\":\"breakpoint.hit\"}");
  mock_backend_send (ROUTE "/events", "record", "6", "{\"rollout\":\"r1\",\"sequence\":6,\"type\":\"rollout.paused\"}");
  mock_backend_send (ROUTE "/events", "delta", NULL, "{\"rollout\":\"r1\",\"node\":\"agent\",\"text\":\"Hi\"}");
  test_wait_until (leyden_rollout_view_is_paused (fixture->view) && leyden_rollout_view_get_last (fixture->view) == 6);
  test_wait_until (g_strcmp0 (fixture->text, "agent: Hi") == 0);
  g_assert_cmpuint (fixture->n_records, ==, 2);
  test_wait_until (leyden_value_get_member_int (leyden_rollout_view_get_state (fixture->view), "sequence", 0) == 6);
  /* The records that the first answer had in it are not sent again. */
  g_assert_cmpuint (mock_backend_count ("GET " ROUTE "/events?deltas=1"), ==, 1);
}

static void
let_go_cb (LeydenRolloutView  *view,
           LeydenValue        *record,
           LeydenRolloutView **held)
{
  leyden_rollout_view_close (view);
  g_clear_object (held);
}

/* Who is told of a record may look at something else from then on: nothing more is asked for. */
static void
test_let_go (Fixture       *fixture,
             gconstpointer  data)
{
  LeydenRolloutView *view = leyden_rollout_view_new (leyden_session_get_default (), "r1");
  gpointer watched = view;
  guint n;

  g_object_add_weak_pointer (watched, &watched);
  g_signal_connect (view, "record", G_CALLBACK (let_go_cb), &view);
  test_wait_until (leyden_rollout_view_get_state (view) != NULL && leyden_rollout_view_get_debug (view) != NULL);
  leyden_rollout_view_close (fixture->view);
  test_wait_until (mock_backend_count ("GET " ROUTE "/events") == 2);
  n = mock_backend_count ("GET " ROUTE "/debug");
  mock_backend_send (ROUTE "/events", "record", "5", "{\"rollout\":\"r1\",\"sequence\":5,\"type\":\"node.started\"}");
  test_wait_until (view == NULL);
  test_wait_until (watched == NULL);
  /* Longer than it waits before it asks. */
  for (guint i = 0; i < 20; i++)
    test_iterate ();
  test_settle ();
  g_assert_cmpuint (mock_backend_count ("GET " ROUTE "/debug"), ==, n);
}

/* While one drags, only the newest wish counts, and what comes live does not move the position. */
static void
test_scrub (Fixture       *fixture,
            gconstpointer  data)
{
  mock_backend_answer ("GET " ROUTE "/state?until=1", 200, "{\"state\":\"running\",\"sequence\":1,\"nodes\":{}}");
  mock_backend_answer ("GET " ROUTE "/state?until=2", 200, "{\"state\":\"running\",\"sequence\":2,\"nodes\":{}}");
  mock_backend_answer ("GET " ROUTE "/state?until=3", 200, "{\"state\":\"running\",\"sequence\":3,\"nodes\":{}}");
  leyden_rollout_view_set_position (fixture->view, 1);
  leyden_rollout_view_set_position (fixture->view, 2);
  leyden_rollout_view_set_position (fixture->view, 3);
  g_assert_false (leyden_rollout_view_is_current (fixture->view));
  test_wait_until (leyden_rollout_view_is_current (fixture->view));
  g_assert_cmpint (leyden_value_get_member_int (leyden_rollout_view_get_state (fixture->view), "sequence", 0), ==, 3);
  g_assert_cmpuint (mock_backend_count ("GET " ROUTE "/state?until=2"), ==, 0);
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("running", "9"));
  mock_backend_send (ROUTE "/events", "record", "9", "{\"rollout\":\"r1\",\"sequence\":9,\"type\":\"node.started\"}");
  test_wait_until (leyden_rollout_view_get_last (fixture->view) == 9);
  test_settle ();
  g_assert_cmpuint (leyden_rollout_view_get_position (fixture->view), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (leyden_rollout_view_get_state (fixture->view), "sequence", 0), ==, 3);
  leyden_rollout_view_set_position (fixture->view, 10);
  g_assert_true (leyden_rollout_view_is_live (fixture->view));
  test_wait_until (leyden_rollout_view_is_current (fixture->view));
  g_assert_cmpint (leyden_value_get_member_int (leyden_rollout_view_get_state (fixture->view), "sequence", 0), ==, 9);
}

/* A long rollout: first what is small, the values when the position rests. */
static void
test_large (Fixture       *fixture,
            gconstpointer  data)
{
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("running", "5000"));
  mock_backend_answer ("GET " ROUTE "/state?until=7&summary=true", 200, "{\"state\":\"running\",\"sequence\":7,\"nodes\":{}}");
  mock_backend_answer ("GET " ROUTE "/state?until=7", 200, "{\"state\":\"running\",\"sequence\":7,\"nodes\":{\"a\":{\"state\":\"running\"}}}");
  leyden_rollout_view_refresh (fixture->view);
  test_wait_until (leyden_rollout_view_get_last (fixture->view) == 5000);
  leyden_rollout_view_set_position (fixture->view, 7);
  test_wait_until (leyden_rollout_view_is_current (fixture->view));
  g_assert_true (leyden_rollout_view_is_summary (fixture->view));
  test_wait_until (!leyden_rollout_view_is_summary (fixture->view));
  g_assert_nonnull (leyden_value_lookup_pointer (leyden_rollout_view_get_state (fixture->view), "/nodes/a"));
}

#define NODE(state, more) "{\"state\":\"" state "\",\"started\":10,\"finished\":20" more "}"
#define SUMMARY(sequence)                                                                                                                     \
  "{\"rollout\":\"r1\",\"state\":\"running\",\"sequence\":" sequence ",\"last\":1000000,\"nodes\":{\"each\":" NODE ("running", "") "},"            \
  "\"truncated\":false,\"rounds\":{\"each/one\":{\"succeeded\":142855,\"running\":2}}}"

static LeydenValue *
look_at (LeydenRolloutView *view,
         const char        *pointer)
{
  return leyden_value_lookup_pointer (leyden_rollout_view_get_state (view), pointer);
}

/* A million records: never asked for whole, neither live nor at a position; the values are those of the flow and of the round of the record. */
static void
test_huge (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenRolloutView) view = NULL;

  /* Who asks for the whole fails. */
  leyden_rollout_view_close (fixture->view);
  mock_backend_answer ("GET " ROUTE, 500, "{\"detail\":\"too much\"}");
  mock_backend_answer ("GET " ROUTE "/state", 500, "{\"detail\":\"too much\"}");
  mock_backend_answer ("GET " ROUTE "?state=false", 200, "{\"rollout\":" ROW ("running", "1000000") ",\"run\":\"u1\"}");
  mock_backend_answer ("GET " ROUTE "/state?summary=true", 200, SUMMARY ("1000000"));
  mock_backend_answer ("GET " ROUTE "/state?nodes=", 200, "{\"nodes\":{\"each\":" NODE ("running", ",\"outputs\":{\"sum\":1}") "}}");
  mock_backend_answer ("GET " ROUTE "/records?after=999999&limit=1", 200, "{\"records\":[{\"sequence\":1000000,\"type\":\"rollout.started\"}]}");
  mock_backend_answer ("GET " ROUTE "/state?until=700&summary=true", 200, SUMMARY ("700"));
  mock_backend_answer ("GET " ROUTE "/records?after=699&limit=1", 200, "{\"records\":[{\"sequence\":700,\"node\":\"each[99]/one\"}]}");
  mock_backend_answer ("GET " ROUTE "/state?until=700&nodes=", 200, "{\"nodes\":{\"each\":" NODE ("running", ",\"outputs\":{\"sum\":7}") "}}");
  mock_backend_answer ("GET " ROUTE "/state?until=700&nodes=each%5B99%5D%2F", 200, "{\"nodes\":{\"each[99]/one\":" NODE ("succeeded", ",\"outputs\":{\"x\":99}") "}}");
  view = leyden_rollout_view_new (leyden_session_get_default (), "r1");
  g_signal_connect_swapped (view, "failed", G_CALLBACK (failed_cb), fixture);
  test_wait_until (leyden_rollout_view_get_state (view) != NULL);
  g_assert_cmpuint (leyden_rollout_view_get_last (view), ==, 1000000);
  g_assert_cmpint (leyden_value_get_member_int (look_at (view, "/rounds/each~1one"), "succeeded", 0), ==, 142855);
  test_wait_until (!leyden_rollout_view_is_summary (view));
  g_assert_nonnull (look_at (view, "/nodes/each/outputs/sum"));
  test_wait_until (mock_backend_count ("GET " ROUTE "/events") == 2);
  g_assert_nonnull (look_at (view, "/rounds"));

  leyden_rollout_view_set_position (view, 700);
  test_wait_until (leyden_rollout_view_is_current (view) && !leyden_rollout_view_is_summary (view));
  g_assert_cmpint (leyden_value_get_member_int (look_at (view, "/nodes/each/outputs"), "sum", 0), ==, 7);
  g_assert_cmpint (leyden_value_get_member_int (look_at (view, "/nodes/each[99]~1one/outputs"), "x", 0), ==, 99);
  g_assert_nonnull (look_at (view, "/rounds/each~1one"));
  g_assert_cmpstr (leyden_rollout_view_get_round (view), ==, "each[99]/");

  /* Another round of the same position, until another is gone to; the last wish wins. */
  mock_backend_answer ("GET " ROUTE "/state?until=700&nodes=each%5B3%5D%2F", 200, "{\"nodes\":{\"each[3]/one\":" NODE ("succeeded", ",\"outputs\":{\"x\":3}") "}}");
  mock_backend_answer ("GET " ROUTE "/state?until=699&summary=true", 200, SUMMARY ("699"));
  mock_backend_answer ("GET " ROUTE "/records?after=698&limit=1", 200, "{\"records\":[{\"sequence\":699,\"node\":\"each[99]/one\"}]}");
  mock_backend_answer ("GET " ROUTE "/state?until=699&nodes=", 200, "{\"nodes\":{\"each\":" NODE ("running", ",\"outputs\":{\"sum\":7}") "}}");
  mock_backend_answer ("GET " ROUTE "/state?until=699&nodes=each%5B99%5D%2F", 200, "{\"nodes\":{\"each[99]/one\":" NODE ("running", ",\"outputs\":{\"x\":98}") "}}");
  leyden_rollout_view_pick_round (view, "each[5]/");
  leyden_rollout_view_pick_round (view, "each[3]/");
  test_wait_until (look_at (view, "/nodes/each[3]~1one/outputs") != NULL);
  g_assert_cmpstr (leyden_rollout_view_get_round (view), ==, "each[3]/");
  g_assert_null (look_at (view, "/nodes/each[99]~1one"));
  g_assert_cmpint (leyden_value_get_member_int (look_at (view, "/nodes/each/outputs"), "sum", 0), ==, 7);
  g_assert_cmpuint (mock_backend_count ("GET " ROUTE "/state?until=700&nodes=each%5B5"), ==, 0);
  leyden_rollout_view_pick_round (view, "each[5]/");
  leyden_rollout_view_pick_round (view, "each[3]/");
  leyden_rollout_view_set_position (view, 699);
  test_wait_until (look_at (view, "/nodes/each[99]~1one/outputs") != NULL);
  g_assert_cmpstr (leyden_rollout_view_get_round (view), ==, "each[99]/");
  g_assert_cmpuint (mock_backend_count ("GET " ROUTE "/state?until=700&nodes=each%5B5"), ==, 0);
  g_assert_null (fixture->failed);
  leyden_rollout_view_close (view);
}

#define NESTED                                                                                                                                \
  "{\"rollout\":\"r1\",\"state\":\"running\",\"sequence\":1000000,\"last\":1000000,\"nodes\":{},\"truncated\":true,"                            \
  "\"rounds\":{\"out/a\":{\"succeeded\":40},\"out/in\":{\"succeeded\":39,\"running\":1},\"out/in/x\":{\"succeeded\":900},\"out/agent#1/t\":{\"succeeded\":9}}}"

static gboolean
is_at (LeydenRolloutView *view,
       const char        *round)
{
  return g_strcmp0 (leyden_rollout_view_get_round (view), round) == 0 && !leyden_rollout_view_is_summary (view);
}

/* The record of the position belongs to no round; one is typed, then one inside it, then none. */
static void
test_picker (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(LeydenRolloutView) view = NULL;
  GtkWidget *window = gtk_window_new (), *picker = leyden_round_picker_new ();
  GtkSpinButton *number = GTK_SPIN_BUTTON (test_find (picker, GTK_TYPE_SPIN_BUTTON, 0));
  GtkDropDown *container = GTK_DROP_DOWN (test_find (picker, GTK_TYPE_DROP_DOWN, 0));
  double most;

  leyden_rollout_view_close (fixture->view);
  mock_backend_answer ("GET " ROUTE "?state=false", 200, "{\"rollout\":" ROW ("running", "1000000") ",\"run\":\"u1\"}");
  mock_backend_answer ("GET " ROUTE "/state", 200, "{\"nodes\":{}}");
  mock_backend_answer ("GET " ROUTE "/state?summary=true", 200, NESTED);
  mock_backend_answer ("GET " ROUTE "/records?after=999999&limit=1", 200, "{\"records\":[{\"sequence\":1000000,\"type\":\"rollout.finished\"}]}");
  gtk_window_set_child (GTK_WINDOW (window), picker);
  gtk_window_present (GTK_WINDOW (window));
  g_assert_false (gtk_widget_get_visible (picker));
  view = leyden_rollout_view_new (leyden_session_get_default (), "r1");
  leyden_round_picker_set_view (LEYDEN_ROUND_PICKER (picker), view);
  g_signal_connect_swapped (view, "notify::state", G_CALLBACK (leyden_round_picker_update), picker);
  test_wait_until (is_at (view, ""));
  g_assert_true (gtk_widget_get_visible (picker));
  g_assert_cmpuint (g_list_model_get_n_items (gtk_drop_down_get_model (container)), ==, 2);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (number), ==, 0);
  gtk_spin_button_get_range (number, NULL, &most);
  g_assert_cmpfloat (most, ==, 40);

  /* What is typed stays when a state comes; it counts from 1. */
  gtk_editable_set_text (GTK_EDITABLE (number), "7");
  leyden_round_picker_update (LEYDEN_ROUND_PICKER (picker));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (number)), ==, "7");
  gtk_spin_button_update (number);
  test_wait_until (is_at (view, "out[6]/"));
  test_wait_until (mock_backend_count ("GET " ROUTE "/state?nodes=out%5B6%5D%2F") == 1);
  /* Inside it, from the first. */
  gtk_drop_down_set_selected (container, 1);
  test_wait_until (is_at (view, "out[6]/in[0]/"));
  gtk_spin_button_get_range (number, NULL, &most);
  g_assert_cmpfloat (most, ==, 900);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (number), ==, 1);
  test_wait_until (mock_backend_count ("GET " ROUTE "/state?nodes=out%5B6%5D%2Fin%5B0%5D%2F") == 1);
  gtk_spin_button_set_value (number, 3);
  test_wait_until (is_at (view, "out[6]/in[2]/"));
  test_picture (window, "round-picker");
  gtk_drop_down_set_selected (container, 0);
  test_wait_until (is_at (view, "out[6]/"));
  g_assert_cmpint (gtk_spin_button_get_value_as_int (number), ==, 7);
  gtk_spin_button_set_value (number, 0);
  test_wait_until (is_at (view, ""));
  g_assert_null (fixture->failed);
  gtk_window_destroy (GTK_WINDOW (window));
  leyden_rollout_view_close (view);
}

/* Few records that are too much to be read at once: from then on in parts. */
static void
test_too_large (Fixture       *fixture,
                gconstpointer  data)
{
  mock_backend_answer ("GET " ROUTE, 200, "{\"this\": is not to be read");
  mock_backend_answer ("GET " ROUTE "?state=false", 200, "{\"rollout\":" ROW ("running", "5") ",\"run\":\"u1\"}");
  mock_backend_answer ("GET " ROUTE "/state?summary=true", 200, "{\"state\":\"running\",\"sequence\":5,\"last\":5,\"nodes\":{\"a\":{\"state\":\"running\"}}}");
  mock_backend_answer ("GET " ROUTE "/records", 200, "{\"records\":[]}");
  mock_backend_answer ("GET " ROUTE "/state?nodes=", 200, "{\"nodes\":{\"a\":{\"state\":\"running\",\"outputs\":{\"x\":1}}}}");
  leyden_rollout_view_refresh (fixture->view);
  test_wait_until (look_at (fixture->view, "/nodes/a/outputs/x") != NULL);
  g_assert_null (fixture->failed);
  g_assert_cmpuint (leyden_rollout_view_get_last (fixture->view), ==, 5);
}

static void
test_commands (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenValue) value = leyden_value_new_int (7);

  mock_backend_answer ("POST " ROUTE "/debug", 200, DEBUG_PAUSED);
  mock_backend_answer ("GET " ROUTE "/debug", 200, DEBUG_PAUSED);
  leyden_rollout_view_command (fixture->view, "run-to", "solve[*]/check");
  g_assert_true (leyden_rollout_view_is_busy (fixture->view));
  /* The next waits for the first. */
  leyden_rollout_view_command (fixture->view, "continue", NULL);
  test_wait_until (leyden_rollout_view_is_paused (fixture->view));
  g_assert_false (leyden_rollout_view_is_busy (fixture->view));
  g_assert_cmpuint (mock_backend_count ("POST " ROUTE "/debug"), ==, 1);
  g_assert_cmpstr (mock_backend_last ("POST " ROUTE "/debug"), ==, "POST " ROUTE "/debug {\"command\":\"run-to\",\"node\":\"solve[*]/check\"}");
  mock_backend_answer ("POST " ROUTE "/edits", 409, "{\"detail\": \"\\\"agent\\\" has started: fork instead\"}");
  leyden_rollout_view_edit (fixture->view, "agent", "answer", NULL, value);
  test_wait_until (fixture->failed != NULL);
  g_assert_nonnull (strstr (fixture->failed, "fork instead"));
  g_assert_false (leyden_rollout_view_is_busy (fixture->view));
  g_assert_cmpstr (mock_backend_last ("POST " ROUTE "/edits"), ==, "POST " ROUTE "/edits {\"node\":\"agent\",\"port\":\"answer\",\"value\":7}");
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add ("/rollout-view/known", Fixture, NULL, set_up, test_known, tear_down);
  g_test_add ("/rollout-view/follow", Fixture, NULL, set_up, test_follow, tear_down);
  g_test_add ("/rollout-view/scrub", Fixture, NULL, set_up, test_scrub, tear_down);
  g_test_add ("/rollout-view/large", Fixture, NULL, set_up, test_large, tear_down);
  g_test_add ("/rollout-view/let-go", Fixture, NULL, set_up, test_let_go, tear_down);
  g_test_add ("/rollout-view/huge", Fixture, NULL, set_up, test_huge, tear_down);
  g_test_add ("/rollout-view/picker", Fixture, NULL, set_up, test_picker, tear_down);
  g_test_add ("/rollout-view/too-large", Fixture, NULL, set_up, test_too_large, tear_down);
  g_test_add ("/rollout-view/commands", Fixture, NULL, set_up, test_commands, tear_down);
  return g_test_run ();
}
