/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "config.h"
#include "desktop-helpers.h"

#include "leyden-json.h"
#include "leyden-rollout-page.h"
#include "leyden-runs-place.h"
#include "leyden-session.h"
#include "mock-backend.h"

/* The page of one rollout, and the place that it stands in, with a backend that fails at first. */

/* A flow that could not be read once is read later; a run that has none is asked for it once: its page waits longer than the other's. */
static void
test_flow_again (void)
{
  g_autoptr(LeydenDocument) document = test_sample ();
  g_autoptr(LeydenValue) flow = leyden_flow_to_value (leyden_document_get_flow (document));
  g_autofree char *json = leyden_json_write (flow, LEYDEN_JSON_COMPACT);
  GtkWidget *without, *page, *window, *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  mock_backend_start ();
  mock_backend_answer ("GET /leyden/v1/rollouts/r1", 200, "{\"rollout\":{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"succeeded\",\"last_sequence\":4,\"last_position\":4},"
                       "\"run\":\"u1\",\"state\":{\"state\":\"succeeded\",\"sequence\":4,\"nodes\":{},\"input\":{\"question\":\"why\"}}}");
  mock_backend_answer ("GET /leyden/v1/rollouts/r2", 200, "{\"rollout\":{\"rollout\":\"r2\",\"run\":\"u2\",\"state\":\"succeeded\",\"last_sequence\":4,\"last_position\":4},"
                       "\"run\":\"u2\",\"state\":{\"state\":\"succeeded\",\"sequence\":4,\"nodes\":{}}}");
  mock_backend_answer ("GET /leyden/v1/runs/u1/flow", 422, "{\"detail\":\"busy\"}");
  mock_backend_answer ("GET /leyden/v1/runs/u2/flow", 404, "{\"detail\":\"no flow\"}");
  without = leyden_rollout_page_new (leyden_session_get_default ());
  page = leyden_rollout_page_new (leyden_session_get_default ());
  gtk_box_append (GTK_BOX (box), without);
  gtk_box_append (GTK_BOX (box), page);
  window = test_window (box, 800, 700);
  leyden_rollout_page_set_rollout (LEYDEN_ROLLOUT_PAGE (without), "r2");
  test_wait_until (mock_backend_count ("GET /leyden/v1/runs/u2/flow") == 1);
  test_settle ();
  leyden_rollout_page_set_rollout (LEYDEN_ROLLOUT_PAGE (page), "r1");
  test_wait_until (mock_backend_count ("GET /leyden/v1/runs/u1/flow") == 1);
  mock_backend_answer ("GET /leyden/v1/runs/u1/flow", 200, json);
  test_wait_until (mock_backend_count ("GET /leyden/v1/runs/u1/flow") == 2);
  g_assert_cmpuint (mock_backend_count ("GET /leyden/v1/runs/u2/flow"), ==, 1);
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
  mock_backend_stop ();
}

#define N_RECORDS 40

/* Which of them were of which attempt. */
static const char *
get_attempt (guint sequence)
{
  return sequence < 8 ? "0" : sequence < 9 ? "1" : "<b>third";
}

/* A worker went away twice: what each began with, how long it went and what it brought is told. */
static void
test_attempts (void)
{
  GtkWidget *page, *window;

  mock_backend_start ();
  mock_backend_answer ("GET /leyden/v1/rollouts/r3", 200, "{\"rollout\":{\"rollout\":\"r3\",\"run\":\"u3\",\"state\":\"succeeded\",\"last_sequence\":40,\"last_position\":40},"
                       "\"run\":\"u3\",\"state\":{\"state\":\"succeeded\",\"sequence\":40,\"nodes\":{},\"attempt\":\"<b>third\",\"rewards\":[{\"value\":0.25,\"attempt\":\"0\"},"
                       "{\"value\":0.75,\"attempt\":\"<b>third\"}]}}");
  mock_backend_answer ("GET /leyden/v1/runs/u3/flow", 404, "{\"detail\":\"no flow\"}");
  for (guint i = 1; i <= N_RECORDS; i++)
    {
      g_autofree char *request = g_strdup_printf ("GET /leyden/v1/rollouts/r3/records?after=%u&limit=1", i - 1);
      g_autofree char *answer = g_strdup_printf ("{\"records\":[{\"sequence\":%u,\"attempt\":\"%s\",\"time\":%" G_GINT64_FORMAT "}]}", i, get_attempt (i),
                                                 G_GINT64_CONSTANT (1764136800000000000) + i * G_GINT64_CONSTANT (1000000000));

      mock_backend_answer (request, 200, answer);
    }
  page = leyden_rollout_page_new (leyden_session_get_default ());
  window = test_window (page, 360, 700);
  leyden_rollout_page_set_rollout (LEYDEN_ROLLOUT_PAGE (page), "r3");
  test_wait_until (test_shows (window, "Attempt “<b>third”"));
  g_assert_true (test_shows (window, "6.0 s · records 1 to 7 · reward 0.250"));
  g_assert_true (test_shows (window, "records 8 to 8"));
  g_assert_true (test_shows (window, "31.0 s · records 9 to 40 · reward 0.750"));
  g_assert_nonnull (test_find_label (window, "Attempt 1"));
  g_assert_nonnull (test_find_label (window, "Attempt 2"));
  g_assert_nonnull (test_find_label (window, "Taken over"));
  g_assert_cmpuint (mock_backend_count ("GET /leyden/v1/rollouts/r3/records?after="), <=, 2 + 2 * 6 + 2);
  g_assert_cmpint (gtk_widget_get_width (window), <=, 360);
  test_picture (window, "rollout-attempts");
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
  mock_backend_stop ();
}

/* An answer that is null came out, too; and why the reward is what it is stands below it. */
static void
test_null_answer (void)
{
  GtkWidget *page, *window;

  mock_backend_start ();
  mock_backend_answer ("GET /leyden/v1/rollouts/r4", 200, "{\"rollout\":{\"rollout\":\"r4\",\"run\":\"u4\",\"state\":\"succeeded\",\"last_sequence\":4,\"last_position\":4},"
                       "\"run\":\"u4\",\"state\":{\"state\":\"succeeded\",\"sequence\":4,\"result\":{\"answer\":null},\"attempt\":\"0\",\"nodes\":{"
                       "\"check\":{\"state\":\"succeeded\",\"outputs\":{\"score\":0,\"passed\":false,\"reason\":\"expected <b>12, got nothing\"}},"
                       "\"other\":{\"state\":\"succeeded\",\"outputs\":{\"reason\":\"of something else\"}}},\"rewards\":[{\"value\":0,\"attempt\":\"0\"}]}}");
  mock_backend_answer ("GET /leyden/v1/runs/u4/flow", 404, "{\"detail\":\"no flow\"}");
  page = leyden_rollout_page_new (leyden_session_get_default ());
  window = test_window (page, 360, 700);
  leyden_rollout_page_set_rollout (LEYDEN_ROLLOUT_PAGE (page), "r4");
  test_wait_until (test_shows (window, "expected <b>12, got nothing"));
  g_assert_false (test_shows (window, "of something else"));
  g_assert_null (test_find_label (window, "Nothing came out."));
  test_picture (window, "rollout-null");
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
  mock_backend_stop ();
}

/* Which run an agl-server's rollouts are of. */
static void
test_mirror_again (void)
{
  GtkWidget *place, *window;

  mock_backend_start ();
  mock_backend_answer ("GET /leyden/v1/mirrors/m1", 503, "{\"detail\":\"starting\"}");
  place = leyden_runs_place_new_for_server ("m1", gtk_label_new ("Server"));
  window = test_window (place, 800, 700);
  leyden_runs_place_show_rollouts (LEYDEN_RUNS_PLACE (place), NULL);
  test_wait_until (mock_backend_count ("GET /leyden/v1/mirrors/m1") >= 1);
  test_settle ();
  mock_backend_answer ("GET /leyden/v1/mirrors/m1", 200, "{\"mirror\":\"m1\",\"run\":\"run-of-m1\"}");
  test_wait_until (mock_backend_last ("POST /leyden/v1/rollouts/query") != NULL && strstr (mock_backend_last ("POST /leyden/v1/rollouts/query"), "run-of-m1") != NULL);
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
  mock_backend_stop ();
}

int
main (int    argc,
      char **argv)
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/rollout-page/flow-again", test_flow_again);
  g_test_add_func ("/rollout-page/attempts", test_attempts);
  g_test_add_func ("/rollout-page/null-answer", test_null_answer);
  g_test_add_func ("/rollout-page/mirror-again", test_mirror_again);
  return g_test_run ();
}
