/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "debug-helpers.h"
#include "leyden-json.h"

/* A process may end at any record of a rollout that is paused and stepped: it goes on where it stood, and ends as if nothing had been. */

static LeydenValue *
list_outputs (Watch *watch)
{
  g_autoptr(LeydenValue) state = watch_fold (watch);
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);

      leyden_value_builder_key (&b, leyden_value_get_key (nodes, i));
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add (&b, leyden_value_get_member (node, "state"));
      leyden_value_builder_add (&b, leyden_value_get_member (node, "outputs"));
      leyden_value_builder_add (&b, leyden_value_get_member (node, "error"));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_set (&b, "result", leyden_value_get_member (state, "result"));
  leyden_value_builder_set (&b, "reward", leyden_value_get_member (state, "reward"));
  leyden_value_builder_set (&b, "usage", leyden_value_get_member (state, "usage"));
  leyden_value_builder_set (&b, "state", leyden_value_get_member (state, "state"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
tell_end (Watch *watch)
{
  g_autoptr(LeydenValue) value = list_outputs (watch);

  return leyden_json_write (value, LEYDEN_JSON_CANONICAL);
}

/* The records of the first @n and those that came after the resume. */
static void
prepend (Watch     *watch,
         GPtrArray *records,
         guint      n)
{
  for (guint i = 0; i < n; i++)
    g_ptr_array_insert (watch->records, (gint) i, leyden_record_ref (g_ptr_array_index (records, i)));
}

static const char *
last_of_pause (GPtrArray *records,
               guint      n,
               const char **node)
{
  for (guint i = n; i > 0; i--)
    {
      LeydenRecord *record = g_ptr_array_index (records, i - 1);

      if (g_str_equal (record->type, "rollout.finished"))
        return "";
      if (g_str_equal (record->type, "rollout.paused"))
        *node = leyden_value_get_member_string (record->payload, "node", NULL);
      if (g_str_equal (record->type, "rollout.paused") || g_str_equal (record->type, "rollout.resumed"))
        return record->type;
    }
  return "";
}

static void
check_prefixes (const char *flow,
                const char *input,
                const char *breakpoints,
                guint       step)
{
  g_autoptr(LeydenPlan) plan = test_plan (flow);
  LeydenStore *store = test_store ();
  g_autoptr(TestTransport) transport = test_transport_new (debug_answer);
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(LeydenDebug) debug = debug_new (plan, breakpoints);
  g_autoptr(Watch) plain = debug_start (engine, plan, NULL, "plain", input, FALSE);
  g_autoptr(Watch) whole = debug_start (engine, plan, debug, "whole", input, TRUE);
  g_autofree char *expected = NULL;
  g_autofree char *stepped = NULL;
  guint n_pauses = 0, n_still = 0;

  watch_wait (plain);
  expected = tell_end (plain);
  for (; debug_wait (whole); n_pauses++)
    if (n_pauses % 5 != 3
        || !leyden_rollout_debug_command (whole->rollout, LEYDEN_DEBUG_STEP_OUT, NULL, "tester", NULL, NULL, NULL))
      debug_do (whole, n_pauses % 5 == 0 ? LEYDEN_DEBUG_STEP_INTO : n_pauses % 5 == 4 ? LEYDEN_DEBUG_CONTINUE : LEYDEN_DEBUG_STEP, NULL);
  g_assert_cmpuint (n_pauses, >, 3);
  stepped = tell_end (whole);
  g_assert_cmpstr (stepped, ==, expected);
  for (guint n = 1; n <= whole->records->len; n += step)
    {
      g_autofree char *rollout = g_strdup_printf ("cut-%u", n);
      g_autofree char *end = NULL;
      g_autoptr(Watch) watch = NULL;
      const char *node = NULL;
      const char *last = last_of_pause (whole->records, n, &node);
      LeydenRecord *record = g_ptr_array_index (whole->records, n - 1);

      g_test_message ("cut after %u records: %s %s", n, record->type, record->node);
      test_put_prefix (store, whole->records, n, rollout);
      watch = debug_start (engine, plan, debug, rollout, input, TRUE);
      if (g_str_equal (last, "rollout.paused"))
        {
          guint n_before;

          debug_wait_paused (watch);
          debug_assert_at (watch, node, NULL);
          g_assert_null (watch_find (watch, "rollout.resumed", NULL));
          n_before = watch->records->len;
          debug_settle ();
          g_assert_cmpuint (watch->records->len, ==, n_before);
          n_still++;
        }
      while (debug_wait (watch))
        debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
      prepend (watch, whole->records, n);
      end = tell_end (watch);
      g_assert_cmpstr (end, ==, expected);
    }
  g_assert_cmpuint (n_still, >, 3);
  test_store_done (store);
}

static void
test_every_prefix (void)
{
  check_prefixes (debug_flow, debug_input, "[{\"when\": \"after\", \"node\": \"all/a\"}, {\"when\": \"before\", \"node\": \"calc\"}, {\"when\": \"reward\"}]", 1);
}

static void
test_every_prefix_failed (void)
{
  check_prefixes ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"list\", \"type\": \"any\"}]}, \"m\": {\"type\": \"map\","
                  " \"on_item_error\": \"fail\", \"concurrency\": 2, \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\":"
                  " [{\"name\": \"item\", \"type\": \"any\"}]}, \"p\": {\"type\": \"probe\"}, \"t\": {\"type\": \"transform\", \"expression\":"
                  " \"json_extract(value, '$.x')\"}, \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"result\", \"type\": \"any\"}]}},"
                  " \"edges\": [\"i.item > p.a\", \"p.x > t.value\", \"t.result > o.result\"]}}, \"out\": {\"type\": \"output\", \"fields\":"
                  " [{\"name\": \"result\", \"type\": \"any\"}]}}, \"edges\": [\"in.list > m.item\", \"m.result > out.result\"]}",
                  "{\"list\": [\"{\\\"x\\\": 2}\", \"bad\"]}", "[{\"when\": \"failure\"}, {\"when\": \"before\", \"node\": \"m/t\"}]", 1);
}

/* Where somebody wanted to go is not forgotten on the way. */
static void
test_run_to (void)
{
  static const char * const places[] = { "x", "all[2]/b", "g#2", "g#1/calc" };
  g_autoptr(LeydenPlan) plan = test_plan (debug_flow);
  LeydenStore *store = test_store ();
  g_autoptr(TestTransport) transport = test_transport_new (debug_answer);
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr(Watch) whole = debug_start (engine, plan, NULL, places[i], debug_input, TRUE);
      g_autofree char *rollout = g_strdup_printf ("cut-%u", i);
      g_autoptr(Watch) watch = NULL;
      guint n;

      debug_wait_paused (whole);
      debug_do_wait (whole, LEYDEN_DEBUG_RUN_TO, places[i]);
      debug_assert_at (whole, places[i], "step");
      n = (guint) watch_find (whole, "rollout.resumed", NULL)->sequence;
      test_put_prefix (store, whole->records, n + 1, rollout);
      watch = debug_start (engine, plan, NULL, rollout, debug_input, FALSE);
      debug_wait_paused (watch);
      debug_assert_at (watch, places[i], "step");
      debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
      debug_do (whole, LEYDEN_DEBUG_CONTINUE, NULL);
      watch_wait (watch);
      watch_wait (whole);
      g_assert_true (leyden_value_equal (leyden_rollout_get_result (watch->rollout), leyden_rollout_get_result (whole->rollout)));
    }
  test_store_done (store);
}

/* Edits are honoured by a resume. */
static void
test_edits (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (debug_flow);
  LeydenStore *store = test_store ();
  g_autoptr(TestTransport) transport = test_transport_new (debug_answer);
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(LeydenDebug) debug = debug_new (plan, NULL);
  g_autoptr(Watch) whole = debug_start (engine, plan, debug, "whole", debug_input, TRUE);
  g_autoptr(LeydenValue) text = test_json ("\"ANSWER: 7\"");
  g_autoptr(LeydenValue) expression = test_json ("\"value * 1000\"");
  g_autoptr(LeydenValue) n = test_json ("8");
  g_autofree char *expected = NULL;
  guint64 sequence;

  debug_wait_paused (whole);
  debug_do_wait (whole, LEYDEN_DEBUG_RUN_TO, "again[0]/o");
  g_assert_cmpuint (leyden_rollout_edit_value (whole->rollout, "again[0]/add", "result", n, "tester", NULL, NULL, NULL), >, 0);
  debug_do_wait (whole, LEYDEN_DEBUG_RUN_TO, "x");
  g_assert_cmpuint (leyden_rollout_edit_value (whole->rollout, "g", "text", text, "tester", NULL, NULL, NULL), >, 0);
  sequence = leyden_rollout_edit_parameter (whole->rollout, "u", "expression", expression, "tester", NULL, NULL, NULL);
  g_assert_cmpuint (sequence, >, 0);
  debug_do (whole, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (whole);
  expected = leyden_json_write (leyden_rollout_get_result (whole->rollout), LEYDEN_JSON_CANONICAL);
  g_assert_cmpstr (expected, ==, "{\"list\":[1,2,3],\"n\":8,\"sub\":[1,2,3],\"twice\":7000}");
  for (guint i = (guint) sequence; i <= whole->records->len; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("edited-%u", i);
      g_autofree char *result = NULL;
      g_autoptr(Watch) watch = NULL;

      test_put_prefix (store, whole->records, i, rollout);
      watch = debug_start (engine, plan, debug, rollout, debug_input, FALSE);
      while (debug_wait (watch))
        debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
      result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
      g_assert_cmpstr (result, ==, expected);
    }
  test_store_done (store);
}

/* Any pauses and steps at any time give what comes without them. */
static void
check_random (const char *flow,
              const char *input,
              const char *breakpoints)
{
  g_autoptr(LeydenPlan) plan = test_plan (flow);
  g_autoptr(TestTransport) transport = test_transport_new (debug_answer);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) plain = debug_start (engine, plan, NULL, NULL, input, FALSE);
  g_autofree char *expected = NULL;
  guint n_pauses = 0;

  watch_wait (plain);
  expected = tell_end (plain);
  for (guint seed = 0; seed < 30; seed++)
    {
      g_autoptr(GRand) random = g_rand_new_with_seed (seed);
      g_autoptr(LeydenDebug) debug = debug_new (plan, seed % 3 == 0 ? breakpoints : NULL);
      g_autoptr(Watch) watch = debug_start (engine, plan, debug, NULL, input, seed % 2 == 0);
      g_autofree char *end = NULL;

      g_test_message ("seed %u", seed);
      while (!watch->finished)
        {
          for (guint i = (guint) g_rand_int_range (random, 1, 8); i > 0 && !watch->finished; i--)
            if (!g_main_context_iteration (NULL, FALSE))
              g_usleep (100);
          if (watch->finished)
            break;
          if (!g_str_equal (leyden_rollout_get_state (watch->rollout), "paused"))
            {
              if (g_rand_int_range (random, 0, 4) == 0)
                leyden_rollout_debug_command (watch->rollout, LEYDEN_DEBUG_PAUSE, NULL, "tester", NULL, NULL, NULL);
              continue;
            }
          n_pauses++;
          leyden_rollout_debug_command (watch->rollout, (LeydenDebugCommand) g_rand_int_range (random, LEYDEN_DEBUG_CONTINUE, LEYDEN_DEBUG_STOP),
                                        "x", "tester", NULL, NULL, NULL);
        }
      end = tell_end (watch);
      g_assert_cmpstr (end, ==, expected);
    }
  g_assert_cmpuint (n_pauses, >, 100);
}

static void
test_random (void)
{
  check_random (debug_flow, debug_input, "[{\"when\": \"before\", \"node\": \"all/b\"}, {\"when\": \"after\", \"node\": \"calc\"}]");
}

/* Rounds that fail, of a map that goes on; a node that is tried again; an error that is wired. */
static void
test_random_failures (void)
{
  check_random ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"list\", \"type\": \"any\"}]}, \"m\": {\"type\": \"map\","
                " \"on_item_error\": \"null\", \"concurrency\": 2, \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\":"
                " [{\"name\": \"item\", \"type\": \"any\"}]}, \"p\": {\"type\": \"probe\", \"does\": \"async\"}, \"t\": {\"type\": \"transform\", \"expression\":"
                " \"json_extract(value, '$.x')\"}, \"x\": {\"type\": \"probe\"}, \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"result\", \"type\": \"any\"}]}},"
                " \"edges\": [\"i.item > p.a\", \"p.x > t.value\", \"t.result > x.a\", \"x.x > o.result\"]}},"
                " \"w\": {\"type\": \"probe\", \"does\": \"fail-async\"}, \"h\": {\"type\": \"needy\"},"
                " \"again\": {\"type\": \"probe\", \"does\": \"fail:1\", \"retry\": {\"max\": 1}},"
                " \"out\": {\"type\": \"output\", \"fields\": [{\"name\": \"result\", \"type\": \"any\"}, {\"name\": \"error\", \"type\": \"any\"}]}},"
                " \"edges\": [\"in.list > m.item\", \"m.result > out.result\", \"w.error > h.need\", \"h.x > out.error\"]}",
                "{\"list\": [\"{\\\"x\\\": 2}\", \"bad\", \"{\\\"x\\\": 3}\", \"bad\"]}", "[{\"when\": \"failure\"}]");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/debug-resume/every-prefix", test_every_prefix);
  g_test_add_func ("/debug-resume/every-prefix/failed", test_every_prefix_failed);
  g_test_add_func ("/debug-resume/run-to", test_run_to);
  g_test_add_func ("/debug-resume/edits", test_edits);
  g_test_add_func ("/debug-resume/random", test_random);
  g_test_add_func ("/debug-resume/random/failures", test_random_failures);
  return g_test_run ();
}
