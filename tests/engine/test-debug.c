/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "debug-helpers.h"
#include "leyden-json.h"
#include "leyden-part.h"

/* Breakpoints: where they pause, when they do, and what the log says of it. */

typedef struct
{
  LeydenPlan    *plan;
  TestTransport *transport;
  LeydenEngine  *engine;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr(GString) flow = g_string_new (debug_flow);

  /* One after the other, so that the order is known. */
  g_string_replace (flow, "\"concurrency\": 2", "\"concurrency\": 1", 0);
  self->plan = test_plan (flow->str);
  self->transport = test_transport_new (debug_answer);
  self->engine = test_engine (NULL, self->transport);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  leyden_plan_unref (self->plan);
  g_assert_finalize_object (self->engine);
  g_assert_finalize_object (self->transport);
}

static void
assert_succeeded (Watch *watch)
{
  g_autofree char *result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (result, ==, "{\"list\":[1,2,3],\"n\":3,\"sub\":[1,2,3],\"twice\":84}");
  g_assert_cmpfloat (leyden_rollout_get_row (watch->rollout)->reward, ==, 0);
}

/* Where each kind pauses: breakpoint, and the nodes at which it does, in order. */
static const struct
{
  const char *breakpoint;
  const char *at[8];
} places[] = {
  { "{\"when\": \"before\", \"node\": \"x\"}", { "x" } },
  { "{\"when\": \"after\", \"node\": \"x\"}", { "x" } },
  { "{\"when\": \"after\", \"node\": \"out\"}", { "out" } },
  { "{\"when\": \"before\", \"node\": \"u\"}", { NULL } },
  { "{\"when\": \"before\", \"node\": \"all/b\"}", { "all[0]/b", "all[1]/b", "all[2]/b" } },
  { "{\"when\": \"before\", \"node\": \"all[*]/b\"}", { "all[0]/b", "all[1]/b", "all[2]/b" } },
  { "{\"when\": \"before\", \"node\": \"all[1]/b\"}", { "all[1]/b" } },
  { "{\"when\": \"before\", \"node\": \"all[7]/b\"}", { NULL } },
  { "{\"when\": \"after\", \"node\": \"again/add\"}", { "again[0]/add", "again[1]/add" } },
  { "{\"when\": \"before\", \"node\": \"again/add\", \"condition\": \"round = 1\"}", { "again[1]/add" } },
  { "{\"when\": \"before\", \"node\": \"again/add\", \"condition\": \"n = 1 AND item = 'item-1' AND attempt = 0 AND try = 1\"}", { "again[0]/add" } },
  { "{\"when\": \"before\", \"node\": \"again/add\", \"condition\": \"n > 5\"}", { NULL } },
  { "{\"when\": \"before\", \"node\": \"again/add\", \"hits\": 2}", { "again[1]/add" } },
  { "{\"when\": \"before\", \"node\": \"all/b\", \"condition\": \"a >= 2\", \"hits\": 2}", { "all[2]/b" } },
  { "{\"when\": \"before\", \"node\": \"all/b\", \"once\": true}", { "all[0]/b" } },
  { "{\"when\": \"before\", \"node\": \"all/b\", \"enabled\": false}", { NULL } },
  { "{\"when\": \"before\", \"node\": \"nowhere\"}", { NULL } },
  /* x.value to f.value is the seventh wire. */
  { "{\"when\": \"wire\", \"edge\": \"e0006\"}", { "x" } },
  { "{\"when\": \"wire\", \"edge\": \"e0006\", \"node\": \"f\", \"condition\": \"value = 42\"}", { "x" } },
  { "{\"when\": \"wire\", \"edge\": \"e0006\", \"condition\": \"value < 42\"}", { NULL } },
  /* f.else to u.value is dead. */
  { "{\"when\": \"wire\", \"edge\": \"e0008\"}", { NULL } },
  { "{\"when\": \"reward\"}", { "r" } },
  { "{\"when\": \"reward\", \"condition\": \"reward = 0\"}", { "r" } },
  { "{\"when\": \"reward\", \"condition\": \"reward > 0\"}", { NULL } },
  { "{\"when\": \"failure\"}", { NULL } },
  { "{\"when\": \"before\", \"node\": \"calc\"}", { "g#1/calc", "g#1/calc" } },
  { "{\"when\": \"before\", \"node\": \"calc\", \"condition\": \"json_extract(arguments, '$.expression') = '1+1'\"}", { "g#1/calc" } },
  { "{\"when\": \"after\", \"node\": \"calc\", \"condition\": \"content LIKE '%42%' AND error IS NULL\"}", { "g#1/calc" } },
};

static void
test_places (Fixture       *fixture,
             gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *list = g_strconcat ("[", places[i].breakpoint, "]", NULL);
      g_autoptr(LeydenDebug) debug = debug_new (fixture->plan, list);
      g_autoptr(Watch) watch = debug_start (fixture->engine, fixture->plan, debug, NULL, debug_input, FALSE);

      g_test_message ("%s", list);
      for (guint j = 0; places[i].at[j] != NULL; j++)
        {
          debug_wait_paused (watch);
          debug_assert_at (watch, places[i].at[j], "breakpoint");
          g_assert_cmpuint (leyden_debug_get_n_paused (debug), ==, 1);
          debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
        }
      watch_wait (watch);
      assert_succeeded (watch);
      g_assert_cmpuint (leyden_debug_get_n_paused (debug), ==, 0);
    }
}

/* Nothing starts, what runs comes to its end, and the end waits too. */
static void
test_others_finish (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\"}, \"b\": {\"type\": \"probe\", \"does\": \"async\"},"
                                          " \"c\": {\"type\": \"probe\"}, \"d\": {\"type\": \"probe\"}}, \"edges\": [\"a.x > c.a\", \"b.x > d.a\"]}");
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"id\": \"one\", \"when\": \"before\", \"node\": \"c\"}]");
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{}", FALSE);
  g_autoptr(LeydenValue) state = NULL;
  const LeydenRecord *record;

  debug_wait_paused (watch);
  debug_assert_at (watch, "c", "breakpoint");
  g_assert_nonnull (watch_find (watch, "node.finished", "b"));
  g_assert_null (watch_find (watch, "node.started", "d"));
  debug_assert_tells (watch, "ready", "[\"c\",\"d\"]");
  debug_assert_tells (watch, "under_way", "[]");
  debug_assert_tells (watch, "can", "[\"continue\",\"step\",\"step-into\",\"run-to\",\"stop\"]");
  debug_assert_tells (watch, "breakpoint", "{\"breakpoint\":\"one\",\"hits\":1,\"when\":\"before\"}");
  record = watch_find (watch, "rollout.paused", NULL);
  g_assert_cmpstr (leyden_value_get_member_string (record->payload, "reason", NULL), ==, "breakpoint");
  g_assert_cmpstr (leyden_value_get_member_string (record->payload, "node", NULL), ==, "c");
  state = watch_fold (watch);
  g_assert_cmpstr (leyden_value_get_member_string (state, "state", NULL), ==, "paused");
  g_assert_cmpstr (leyden_value_get_member_string (state, "breakpoint", NULL), ==, "c");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (state, "paused"), "reason", NULL), ==, "breakpoint");
  debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (watch);
  record = watch_find (watch, "rollout.resumed", NULL);
  g_assert_cmpstr (record->actor, ==, "tester");
  g_assert_cmpstr (leyden_value_get_member_string (record->payload, "command", NULL), ==, "continue");
}

/* A failure is seen before it has consequences, and has them afterwards. */
static void
test_failure (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"fail-async\"}, \"b\": {\"type\": \"probe\", \"does\": \"hang\"},"
                                          " \"c\": {\"type\": \"needy\"}}, \"edges\": [\"a.x > c.need\"]}");
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"failure\", \"condition\": \"code <> '' AND message LIKE '%fails%'\"}]");
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{}", FALSE);
  g_autoptr(LeydenValue) described = NULL;
  LeydenValue *told;
  const LeydenRecord *record;

  debug_wait_paused (watch);
  debug_assert_at (watch, "a", "failure");
  described = leyden_rollout_debug_describe (watch->rollout);
  told = leyden_value_get_member (described, "error");
  g_assert_nonnull (watch_find (watch, "node.failed", "a"));
  g_assert_null (watch_find (watch, "node.cancelled", "b"));
  g_assert_true (leyden_value_equal (leyden_value_get_member (watch_find (watch, "node.failed", "a")->payload, "error"), told));
  debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error_node, ==, "a");
  record = watch_find (watch, "node.cancelled", "b");
  g_assert_nonnull (record);
  g_assert_cmpuint (record->sequence, >, watch_find (watch, "rollout.resumed", NULL)->sequence);
}

/* The same in a round, where the container decides; and where the error is wired. */
static void
test_failure_caught (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan (
    "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"list\", \"type\": \"any\"}]}, \"m\": {\"type\": \"map\", \"on_item_error\": \"null\","
    " \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"item\", \"type\": \"any\"}]}, \"t\": {\"type\": \"transform\","
    " \"expression\": \"json_extract(value, '$.x')\"}, \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"result\", \"type\": \"any\"}]}},"
    " \"edges\": [\"i.item > t.value\", \"t.result > o.result\"]}}, \"w\": {\"type\": \"probe\", \"does\": \"fail\"}, \"h\": {\"type\": \"needy\"},"
    " \"out\": {\"type\": \"output\", \"fields\": [{\"name\": \"result\", \"type\": \"any\"}]}},"
    " \"edges\": [\"in.list > m.item\", \"m.result > out.result\", \"w.error > h.need\"]}");
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"failure\"}]");
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{\"list\": [\"bad\", \"{\\\"x\\\": 2}\"]}", FALSE);
  g_autofree char *result = NULL;
  gboolean inside = FALSE, wired = FALSE;

  while (debug_wait (watch))
    {
      g_autofree char *node = debug_tell (watch, "node");

      inside |= g_str_equal (node, "\"m[0]/t\"");
      wired |= g_str_equal (node, "\"w\"");
      debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
    }
  g_assert_true (inside && wired);
  g_assert_cmpuint (watch_count (watch, "rollout.paused", NULL), ==, 2);
  result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
  g_assert_cmpstr (result, ==, "{\"result\":[null,2]}");
}

/* What cannot be evaluated is told, not swallowed. */
static void
test_broken_condition (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(LeydenDebug) debug = debug_new (fixture->plan, "[{\"when\": \"before\", \"node\": \"again/add\", \"condition\": \"json_extract('{', '$')\"}]");
  g_autoptr(Watch) watch = debug_start (fixture->engine, fixture->plan, debug, NULL, debug_input, FALSE);
  const LeydenRecord *hit;

  debug_wait_paused (watch);
  debug_assert_at (watch, "again[0]/add", "breakpoint");
  hit = watch_find (watch, "breakpoint.hit", NULL);
  g_assert_nonnull (leyden_value_get_member_string (hit->payload, "error", NULL));
  debug_do (watch, LEYDEN_DEBUG_STOP, NULL);
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct
  {
    const char *list;
    const char *says;
  } cases[] = {
    { "{}", "\"breakpoints\"" },
    { "[1]", "\"breakpoints[0]\"" },
    { "[{\"when\": \"before\", \"node\": \"x\"}, {\"when\": \"sometimes\"}]", "\"breakpoints[1].when\"" },
    { "[{\"when\": \"before\"}]", "\"breakpoints[0].node\"" },
    { "[{\"when\": \"wire\"}]", "\"breakpoints[0].edge\"" },
    { "[{\"when\": \"before\", \"node\": 3}]", "\"breakpoints[0].node\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"hits\": -1}]", "\"breakpoints[0].hits\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"hits\": 1.5}]", "\"breakpoints[0].hits\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"once\": 1}]", "\"breakpoints[0].once\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"id\": \"i\"}, {\"when\": \"reward\", \"id\": \"i\"}]", "\"breakpoints[1].id\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"condition\": \"text && 1\"}]", "\"breakpoints[0].condition\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"condition\": \"nothing = 1\"}]", "\"breakpoints[0].condition\"" },
    { "[{\"when\": \"reward\", \"condition\": \"value = 1\"}]", "\"breakpoints[0].condition\"" },
    { "[{\"when\": \"before\", \"node\": \"nowhere\", \"condition\": \"a = \"}]", "\"breakpoints[0].condition\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"conditon\": \"1\"}]", "\"breakpoints[0].conditon\"" },
    { "[{\"when\": \"before\", \"node\": \"x\", \"hits_so_far\": \"1\"}]", "\"breakpoints[0].hits_so_far\"" },
  };
  g_autoptr(LeydenDebug) debug = debug_new (fixture->plan, "[{\"id\": \"kept\", \"when\": \"reward\"}]");
  g_autoptr(LeydenValue) kept = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) list = test_json (cases[i].list);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].list);
      g_assert_false (leyden_debug_set_breakpoints (debug, fixture->plan, NULL, list, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_str_has_prefix (error->message, cases[i].says));
    }
  kept = leyden_debug_get_breakpoints (debug);
  g_assert_cmpuint (leyden_value_get_size (kept), ==, 1);
}

/* "once" is of the whole run, and so are hits: what is told of them can be set again. */
static void
test_over_rollouts (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenDebug) debug = debug_new (fixture->plan, "[{\"id\": \"o\", \"when\": \"reward\", \"once\": true},"
                                                           " {\"id\": \"h\", \"when\": \"before\", \"node\": \"in\", \"hits\": 3}]");
  g_autoptr(LeydenValue) told = NULL;
  guint n_paused[3] = { 0, 0, 0 };

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(Watch) watch = debug_start (fixture->engine, fixture->plan, debug, NULL, debug_input, FALSE);

      for (; debug_wait (watch); n_paused[i]++)
        debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
      assert_succeeded (watch);
      if (i == 1)
        {
          g_autoptr(LeydenValue) again = leyden_debug_get_breakpoints (debug);

          g_assert_true (leyden_debug_set_breakpoints (debug, fixture->plan, NULL, again, NULL));
        }
    }
  g_assert_cmpuint (n_paused[0], ==, 1);
  g_assert_cmpuint (n_paused[1], ==, 0);
  g_assert_cmpuint (n_paused[2], ==, 1);
  told = leyden_debug_get_breakpoints (debug);
  g_assert_false (leyden_value_get_member_boolean (leyden_value_get_item (told, 0), "enabled", TRUE));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_item (told, 1), "hits_so_far", 0), ==, 3);
}

/* Without breakpoints and commands the log has not one record more. */
static void
test_empty_is_free (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenDebug) debug = debug_new (fixture->plan, NULL);
  g_autoptr(Watch) with = debug_start (fixture->engine, fixture->plan, debug, NULL, debug_input, FALSE);
  g_autoptr(Watch) without = debug_start (fixture->engine, fixture->plan, NULL, NULL, debug_input, FALSE);

  watch_wait (with);
  watch_wait (without);
  assert_succeeded (with);
  g_assert_cmpuint (with->records->len, ==, without->records->len);
  g_assert_null (watch_find (with, "rollout.paused", NULL));
}

/* Its own deadline stands still while it is paused. */
static void
test_deadline (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"async\"}, \"b\": {\"type\": \"probe\", \"does\": \"async\"}},"
                                          " \"edges\": [\"a.x > b.a\"]}");
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"before\", \"node\": \"b\"}]");
  g_autoptr(LeydenValue) input = test_json ("{}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .debug = debug, .deadline_s = 1 };
  g_autoptr(Watch) watch = watch_new (leyden_engine_start_rollout (fixture->engine, &spec));
  gint64 begin = g_get_monotonic_time ();

  debug_wait_paused (watch);
  while (g_get_monotonic_time () < begin + G_USEC_PER_SEC * 12 / 10)
    debug_settle ();
  debug_assert_at (watch, "b", "breakpoint");
  debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpfloat (leyden_rollout_get_row (watch->rollout)->latency_ms, <, 1000);
}

/* A part of a flow may lie in a round: paths are those of the whole flow. */
static void
test_part (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(Watch) whole = run_once (fixture->engine, fixture->plan, debug_input);
  g_autoptr(LeydenValue) state = watch_fold (whole);
  g_autoptr(LeydenValue) compact = test_json (debug_flow);
  g_autoptr(LeydenFlow) flow = test_flow (compact);
  g_autoptr(LeydenFlow) again = test_flow (compact);
  LeydenPartRequest request = { "from", "all[1]/a", NULL, "earlier", state };
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = leyden_part_prepare (flow, test_types (), &request, &error);
  g_autoptr(LeydenPlan) plan = leyden_plan_new_part (again, test_types (), part, &error);
  g_autoptr(LeydenValue) list = test_json ("[{\"when\": \"before\", \"node\": \"all/b\", \"condition\": \"a = 2\"}]");
  g_autoptr(LeydenValue) value = test_json ("7");
  g_autoptr(LeydenDebug) debug = leyden_debug_new ();
  LeydenRolloutSpec spec = { .plan = plan, .input = leyden_value_get_member (part, "input"), .part = part, .debug = debug };
  g_autoptr(Watch) watch = NULL;
  g_autofree char *result = NULL;

  g_assert_no_error (error);
  g_assert_true (leyden_debug_set_breakpoints (debug, plan, leyden_value_get_member_string (part, "scope", NULL), list, &error));
  watch = watch_new (leyden_engine_start_rollout (fixture->engine, &spec));
  debug_wait_paused (watch);
  debug_assert_at (watch, "all[1]/b", "breakpoint");
  g_assert_cmpuint (leyden_rollout_edit_value (watch->rollout, "all[1]/a", "x", value, "tester", NULL, NULL, &error), >, 0);
  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "all[1]/o");
  debug_assert_at (watch, "all[1]/o", "step");
  debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (watch);
  result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
  g_assert_cmpstr (result, ==, "{\"result\":7}");
}

/* What people are asked stays asked while it is paused, and both clocks stand. */
static void
test_question (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"h\": {\"type\": \"human\", \"question\": \"May it?\"}, \"x\": {\"type\": \"probe\"},"
                                          " \"b\": {\"type\": \"probe\", \"does\": \"async\"}}, \"edges\": [\"b.x > x.a\"]}");
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"before\", \"node\": \"x\"}]");
  g_autoptr(LeydenValue) input = test_json ("{}");
  g_autoptr(LeydenValue) answer = test_json ("{\"answer\": \"yes\"}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .debug = debug, .ask_people = TRUE };
  g_autoptr(Watch) watch = watch_new (leyden_engine_start_rollout (fixture->engine, &spec));
  g_autoptr(GError) error = NULL;

  debug_wait_paused (watch);
  debug_assert_at (watch, "x", "breakpoint");
  debug_assert_tells (watch, "under_way", "[\"h\"]");
  g_assert_true (leyden_rollout_answer (watch->rollout, "h", answer, "tester", NULL, NULL, &error));
  g_assert_no_error (error);
  debug_settle ();
  g_assert_nonnull (watch_find (watch, "node.finished", "h"));
  debug_assert_at (watch, "x", "breakpoint");
  debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/debug/places", test_places);
  ADD ("/debug/others-finish", test_others_finish);
  ADD ("/debug/failure", test_failure);
  ADD ("/debug/failure/caught", test_failure_caught);
  ADD ("/debug/broken-condition", test_broken_condition);
  ADD ("/debug/refused", test_refused);
  ADD ("/debug/over-rollouts", test_over_rollouts);
  ADD ("/debug/empty-is-free", test_empty_is_free);
  ADD ("/debug/deadline", test_deadline);
  ADD ("/debug/part", test_part);
  ADD ("/debug/question", test_question);
  return g_test_run ();
}
