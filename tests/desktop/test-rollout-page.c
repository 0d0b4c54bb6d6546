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
  g_test_add_func ("/rollout-page/mirror-again", test_mirror_again);
  return g_test_run ();
}
