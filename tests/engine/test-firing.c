/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"
#include "leyden-json.h"

/* firing.json: small flows with the states that their nodes must have at the end. */

static void
check_order (Watch       *watch,
             LeydenValue *order)
{
  guint n = 0;

  for (guint i = 0; i < watch->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (watch->records, i);

      if (!g_str_equal (record->type, "node.started") || order == NULL)
        continue;
      g_assert_cmpstr (record->node, ==, leyden_value_get_string (leyden_value_get_item (order, n), NULL));
      n++;
    }
  g_assert_cmpuint (n, ==, leyden_value_get_size (order));
}

static void
check_sequence (Watch *watch)
{
  for (guint i = 0; i < watch->records->len; i++)
    g_assert_cmpuint (((LeydenRecord *) g_ptr_array_index (watch->records, i))->sequence, ==, i + 1);
  g_assert_false (watch->finished_before_record);
}

static void
check_case (LeydenValue *test,
            LeydenStore *store)
{
  g_autoptr(LeydenFlow) flow = test_flow (test);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPlan) plan = leyden_plan_new (flow, test_types (), &error);
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  LeydenValue *input = leyden_value_get_member (test, "input");
  g_autofree char *input_text = input != NULL ? leyden_json_write (input, LEYDEN_JSON_COMPACT) : g_strdup ("{}");
  LeydenValue *states = leyden_value_get_member (test, "states");
  LeydenValue *dropped = leyden_value_get_member (test, "dropped");
  LeydenValue *modes = leyden_value_get_member (test, "modes");
  g_autoptr(Watch) watch = NULL;
  g_autoptr(LeydenValue) state = NULL;

  g_assert_no_error (error);
  watch = run_once (engine, plan, input_text);
  state = watch_fold (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, leyden_value_get_member_string (test, "state", NULL));
  g_assert_cmpstr (leyden_value_get_member_string (state, "state", NULL), ==, leyden_value_get_member_string (test, "state", NULL));
  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error_node, ==, leyden_value_get_member_string (test, "error_node", NULL));
  for (guint i = 0; i < leyden_value_get_size (states); i++)
    {
      g_autofree char *actual = node_state (state, leyden_value_get_key (states, i));

      g_test_message ("node %s", leyden_value_get_key (states, i));
      g_assert_cmpstr (actual, ==, leyden_value_get_string (leyden_value_get_item (states, i), NULL));
    }
  for (guint i = 0; i < leyden_value_get_size (modes); i++)
    g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (leyden_value_get_member (state, "nodes"), leyden_value_get_key (modes, i)),
                                                     "mode", NULL), ==, leyden_value_get_string (leyden_value_get_item (modes, i), NULL));
  if (leyden_value_get_member (test, "order") != NULL)
    check_order (watch, leyden_value_get_member (test, "order"));
  if (leyden_value_get_member (test, "result") != NULL)
    g_assert_true (leyden_value_equal (leyden_rollout_get_result (watch->rollout), leyden_value_get_member (test, "result")));
  g_assert_cmpuint (watch_count (watch, "merge.dropped", NULL), ==, leyden_value_get_size (dropped));
  for (guint i = 0; i < leyden_value_get_size (dropped); i++)
    g_assert_cmpstr (leyden_value_get_member_string (watch_find (watch, "merge.dropped", NULL)->payload, "edge", NULL), ==,
                     leyden_value_get_string (leyden_value_get_item (dropped, i), NULL));
  check_sequence (watch);
}

static LeydenValue *
load_cases (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "engine", "firing.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return test_json (text);
}

static void
test_case (gconstpointer data)
{
  check_case ((LeydenValue *) data, NULL);
}

/* The same with a log on disk: no difference. */
static void
test_stored (gconstpointer data)
{
  LeydenStore *store = test_store ();

  for (guint i = 0; i < leyden_value_get_size (data); i++)
    {
      g_test_message ("%s", leyden_value_get_member_string (leyden_value_get_item (data, i), "name", ""));
      check_case (leyden_value_get_item (data, i), store);
    }
  test_store_done (store);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(LeydenValue) cases = NULL;

  g_test_init (&argc, &argv, NULL);
  cases = load_cases ();
  for (guint i = 0; i < leyden_value_get_size (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/firing/", leyden_value_get_member_string (leyden_value_get_item (cases, i), "name", "?"), NULL);

      g_test_add_data_func (path, leyden_value_get_item (cases, i), test_case);
    }
  g_test_add_data_func ("/firing/all-with-a-store", cases, test_stored);
  return g_test_run ();
}
