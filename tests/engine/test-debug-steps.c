/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "debug-helpers.h"
#include "leyden-json.h"

/* Steps through nodes, containers and agents, and edits while it is paused. */

typedef struct
{
  LeydenPlan    *plan;
  TestTransport *transport;
  LeydenEngine  *engine;
  LeydenDebug   *debug;
  Watch         *watch;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->plan = test_plan (data != NULL ? data : debug_flow);
  self->transport = test_transport_new (debug_answer);
  self->engine = test_engine (NULL, self->transport);
  self->debug = debug_new (self->plan, NULL);
  self->watch = debug_start (self->engine, self->plan, self->debug, NULL, debug_input, TRUE);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  if (!self->watch->finished)
    leyden_rollout_cancel (self->watch->rollout, NULL);
  watch_wait (self->watch);
  watch_free (self->watch);
  leyden_debug_unref (self->debug);
  leyden_plan_unref (self->plan);
  g_assert_finalize_object (self->engine);
  g_assert_finalize_object (self->transport);
}

static void
assert_result (Watch      *watch,
               const char *expected)
{
  g_autofree char *result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (result, ==, expected);
}

#define RESULT "{\"list\":[1,2,3],\"n\":3,\"sub\":[1,2,3],\"twice\":84}"

/* A start that is paused, and step by step to the end: one start of a node of the whole flow each, in order. */
static void
test_step_over (Fixture       *fixture,
                gconstpointer  data)
{
  guint n = 0;

  debug_wait_paused (fixture->watch);
  debug_assert_at (fixture->watch, "in", "start");
  g_assert_null (watch_find (fixture->watch, "node.started", NULL));
  while (debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL))
    {
      n++;
      debug_assert_tells (fixture->watch, "under_way", "[]");
      debug_assert_tells (fixture->watch, "reason", "\"step\"");
      g_assert_cmpuint (watch_count (fixture->watch, "node.finished", "in"), ==, 1);
    }
  /* in all again sub g x f t m ev r out; u is skipped. The last step ends the rollout. */
  g_assert_cmpuint (n, ==, 12);
  assert_result (fixture->watch, RESULT);
}

static void
test_step_into_map (Fixture       *fixture,
                    gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "all");
  debug_assert_at (fixture->watch, "all", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP_INTO, NULL);
  debug_assert_at (fixture->watch, "all[0]/i", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_at (fixture->watch, "all[0]/a", "step");
  /* Inside, a step is one node of the round. */
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  g_assert_nonnull (watch_find (fixture->watch, "node.finished", "all[0]/a"));
  g_assert_null (watch_find (fixture->watch, "node.started", "all[0]/b"));
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP_OUT, NULL);
  g_assert_nonnull (watch_find (fixture->watch, "node.finished", "all"));
  g_assert_null (watch_find (fixture->watch, "node.started", "sub"));
  g_assert_null (watch_find (fixture->watch, "node.started", "g"));
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, RESULT);
}

static void
test_step_into_loop (Fixture       *fixture,
                     gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "again/add");
  debug_assert_at (fixture->watch, "again[0]/add", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_at (fixture->watch, "again[0]/o", "step");
  /* The end of a round leads into the next one. */
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_at (fixture->watch, "again[1]/i", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "again[1]/o");
  debug_assert_at (fixture->watch, "again[1]/o", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  g_assert_nonnull (watch_find (fixture->watch, "node.finished", "again"));
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, RESULT);
}

static void
test_step_out_subflow (Fixture       *fixture,
                       gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "sub");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP_INTO, NULL);
  debug_assert_at (fixture->watch, "sub[0]/i", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP_OUT, NULL);
  g_assert_nonnull (watch_find (fixture->watch, "node.finished", "sub"));
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, RESULT);
}

/* Into the agent: before its call, through its tools, out of it. */
static void
test_agent (Fixture       *fixture,
            gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "g");
  debug_assert_at (fixture->watch, "g", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP_INTO, NULL);
  debug_assert_at (fixture->watch, "g#1", "step");
  g_assert_null (watch_find (fixture->watch, "model.request", NULL));
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  g_assert_cmpuint (watch_count (fixture->watch, "model.response", "g#1"), ==, 1);
  debug_assert_at (fixture->watch, "g#1/calc", "step");
  g_assert_null (watch_find (fixture->watch, "tool.called", NULL));
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  g_assert_cmpuint (watch_count (fixture->watch, "tool.returned", "g#1/calc"), ==, 1);
  debug_assert_at (fixture->watch, "g#1/calc", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_at (fixture->watch, "g#2", "step");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP_OUT, NULL);
  g_assert_nonnull (watch_find (fixture->watch, "node.finished", "g"));
  g_assert_null (watch_find (fixture->watch, "node.started", "x"));
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, RESULT);
}

static void
test_run_to_call (Fixture       *fixture,
                  gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "g#2");
  debug_assert_at (fixture->watch, "g#2", "step");
  g_assert_cmpuint (watch_count (fixture->watch, "tool.returned", "g#1/calc"), ==, 2);
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, RESULT);
}

/* A step over a container stops at a breakpoint inside of it. */
static void
test_breakpoint_inside (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr(LeydenValue) list = test_json ("[{\"when\": \"before\", \"node\": \"all[1]/b\"}]");

  debug_wait_paused (fixture->watch);
  g_assert_true (leyden_debug_set_breakpoints (fixture->debug, fixture->plan, NULL, list, NULL));
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "all");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_at (fixture->watch, "all[1]/b", "breakpoint");
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, RESULT);
}

static void
refused (Watch              *watch,
         LeydenDebugCommand  command,
         const char         *node,
         int                 code)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (leyden_rollout_debug_command (watch->rollout, command, node, "tester", NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, code);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  /* It has not been taken up yet. */
  refused (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL, G_IO_ERROR_BUSY);
  debug_wait_paused (fixture->watch);
  refused (fixture->watch, LEYDEN_DEBUG_STEP_OUT, NULL, G_IO_ERROR_BUSY);
  refused (fixture->watch, LEYDEN_DEBUG_RUN_TO, NULL, G_IO_ERROR_INVALID_ARGUMENT);
  refused (fixture->watch, LEYDEN_DEBUG_RUN_TO, "nowhere", G_IO_ERROR_INVALID_ARGUMENT);
  debug_assert_at (fixture->watch, "in", "start");
  debug_do (fixture->watch, LEYDEN_DEBUG_PAUSE, NULL);
  g_assert_cmpuint (watch_count (fixture->watch, "rollout.paused", NULL), ==, 1);
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  refused (fixture->watch, LEYDEN_DEBUG_STEP, NULL, G_IO_ERROR_BUSY);
  watch_wait (fixture->watch);
  refused (fixture->watch, LEYDEN_DEBUG_PAUSE, NULL, G_IO_ERROR_BUSY);
  debug_assert_tells (fixture->watch, "can", "[]");
}

static void
test_stop (Fixture       *fixture,
           gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "g#1/calc");
  debug_do (fixture->watch, LEYDEN_DEBUG_STOP, NULL);
  watch_wait (fixture->watch);
  g_assert_cmpstr (leyden_rollout_get_state (fixture->watch->rollout), ==, "cancelled");
  g_assert_nonnull (watch_find (fixture->watch, "node.cancelled", "g"));
  g_assert_cmpuint (leyden_debug_get_n_paused (fixture->debug), ==, 0);
  debug_settle ();
}

/* Two at once: what is stepped ends, and the next node of the other does not start. */
static const char two[] = "{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"async\"}, \"b\": {\"type\": \"probe\", \"does\": \"async\"},"
                          " \"c\": {\"type\": \"probe\"}, \"d\": {\"type\": \"probe\"}}, \"edges\": [\"a.x > c.a\", \"b.x > d.a\"]}";

static void
test_parallel (Fixture       *fixture,
               gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_assert_tells (fixture->watch, "ready", "[\"a\",\"b\"]");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_at (fixture->watch, "b", "step");
  debug_assert_tells (fixture->watch, "ready", "[\"b\",\"c\"]");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_tells (fixture->watch, "ready", "[\"c\",\"d\"]");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  /* All has ended, and it stands before its own end. */
  debug_assert_at (fixture->watch, "d", "step");
  debug_assert_tells (fixture->watch, "ready", "[]");
  g_assert_null (watch_find (fixture->watch, "rollout.finished", NULL));
  g_assert_false (debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL));
}

/* Edits */

static guint64
edit (Watch       *watch,
      const char  *node,
      const char  *port,
      const char  *parameter,
      const char  *value,
      GError     **error)
{
  g_autoptr(LeydenValue) parsed = test_json (value);

  return port != NULL ? leyden_rollout_edit_value (watch->rollout, node, port, parsed, "tester", NULL, NULL, error)
                      : leyden_rollout_edit_parameter (watch->rollout, node, parameter, parsed, "tester", NULL, NULL, error);
}

static void
test_edit (Fixture       *fixture,
           gconstpointer  data)
{
  const LeydenRecord *record;
  g_autoptr(LeydenValue) state = NULL;

  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "f");
  g_assert_cmpuint (edit (fixture->watch, "x", "value", NULL, "7", NULL), ==, 0);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  assert_result (fixture->watch, RESULT);
  /* Once more, before anything else has read it. */
  watch_free (fixture->watch);
  fixture->watch = debug_start (fixture->engine, fixture->plan, fixture->debug, NULL, debug_input, TRUE);
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "x");
  g_assert_cmpuint (edit (fixture->watch, "g", "text", NULL, "\"ANSWER: 7\"", NULL), >, 0);
  g_assert_cmpuint (edit (fixture->watch, "u", NULL, "expression", "\"value * 1000\"", NULL), >, 0);
  /* It has run in none of the rounds: it holds for all. */
  g_assert_cmpuint (edit (fixture->watch, "ev", NULL, "tolerance", "10", NULL), >, 0);
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, "{\"list\":[1,2,3],\"n\":3,\"sub\":[1,2,3],\"twice\":7000}");
  g_assert_cmpfloat (leyden_rollout_get_row (fixture->watch->rollout)->reward, ==, 1);
  record = watch_find (fixture->watch, "value.edited", "g");
  g_assert_cmpstr (record->actor, ==, "tester");
  g_assert_cmpstr (leyden_value_get_member_string (record->payload, "before", NULL), ==, "ANSWER: 42");
  record = watch_find (fixture->watch, "parameter.edited", "u");
  g_assert_cmpstr (leyden_value_get_member_string (record->payload, "before", NULL), ==, "value * 3");
  state = watch_fold (fixture->watch);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (state, "/nodes/g/outputs/text"), NULL), ==, "ANSWER: 7");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (state, "/nodes/u/parameters/expression"), NULL), ==, "value * 1000");
}

static void
test_edit_in_rounds (Fixture       *fixture,
                     gconstpointer  data)
{
  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "again[0]/o");
  g_assert_cmpuint (edit (fixture->watch, "again[0]/add", "result", NULL, "2.5", NULL), >, 0);
  g_assert_cmpuint (edit (fixture->watch, "again/add", NULL, "expression", "\"n + 4\"", NULL), >, 0);
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, "{\"list\":[1,2,3],\"n\":6.5,\"sub\":[1,2,3],\"twice\":84}");
}

static void
test_edit_refused (Fixture       *fixture,
                   gconstpointer  data)
{
  static const struct
  {
    const char *node;
    const char *port;
    const char *parameter;
    const char *value;
    int         code;
  } cases[] = {
    { "nowhere", "value", NULL, "1", G_IO_ERROR_INVALID_ARGUMENT },
    { "nowhere", NULL, "expression", "1", G_IO_ERROR_INVALID_ARGUMENT },
    { "g#1", "text", NULL, "\"1\"", G_IO_ERROR_INVALID_ARGUMENT },
    { "again/add", "result", NULL, "1", G_IO_ERROR_BUSY },
    { "again[3]/add", "result", NULL, "1", G_IO_ERROR_BUSY },
    { "x", "nothing", NULL, "1", G_IO_ERROR_INVALID_ARGUMENT },
    { "in", "n", NULL, "\"seven\"", G_IO_ERROR_INVALID_ARGUMENT },
    { "t", NULL, "nothing", "1", G_IO_ERROR_INVALID_ARGUMENT },
    { "t", NULL, "expression", "7", G_IO_ERROR_INVALID_ARGUMENT },
    { "t", NULL, "expression", "\"value &&\"", G_IO_ERROR_INVALID_ARGUMENT },
    { "t", "result", NULL, "1", G_IO_ERROR_BUSY },              /* has not ended */
    { "in", "q", NULL, "\"1\"", G_IO_ERROR_BUSY },              /* was read */
    { "x", NULL, "pattern", "\"(.)\"", G_IO_ERROR_BUSY },       /* has run */
    { "again/add", NULL, "expression", "\"n\"", G_IO_ERROR_BUSY },
    { "again[0]/add", "result", NULL, "1", G_IO_ERROR_BUSY },
  };

  debug_wait_paused (fixture->watch);
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_RUN_TO, "x");
  debug_do_wait (fixture->watch, LEYDEN_DEBUG_STEP, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("%s %s", cases[i].node, cases[i].value);
      g_assert_cmpuint (edit (fixture->watch, cases[i].node, cases[i].port, cases[i].parameter, cases[i].value, &error), ==, 0);
      g_assert_error (error, G_IO_ERROR, cases[i].code);
    }
  debug_do (fixture->watch, LEYDEN_DEBUG_CONTINUE, NULL);
  g_assert_cmpuint (edit (fixture->watch, "u", NULL, "expression", "\"1\"", NULL), ==, 0);
  watch_wait (fixture->watch);
  assert_result (fixture->watch, RESULT);
  g_assert_null (watch_find (fixture->watch, "value.edited", NULL));
  g_assert_null (watch_find (fixture->watch, "parameter.edited", NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, flow, func) g_test_add (path, Fixture, flow, set_up, func, tear_down)
  ADD ("/debug-steps/over", NULL, test_step_over);
  ADD ("/debug-steps/into-map", NULL, test_step_into_map);
  ADD ("/debug-steps/into-loop", NULL, test_step_into_loop);
  ADD ("/debug-steps/out-of-subflow", NULL, test_step_out_subflow);
  ADD ("/debug-steps/agent", NULL, test_agent);
  ADD ("/debug-steps/run-to-call", NULL, test_run_to_call);
  ADD ("/debug-steps/breakpoint-inside", NULL, test_breakpoint_inside);
  ADD ("/debug-steps/refused", NULL, test_refused);
  ADD ("/debug-steps/stop", NULL, test_stop);
  ADD ("/debug-steps/parallel", two, test_parallel);
  ADD ("/debug-steps/edit", NULL, test_edit);
  ADD ("/debug-steps/edit/rounds", NULL, test_edit_in_rounds);
  ADD ("/debug-steps/edit/refused", NULL, test_edit_refused);
  return g_test_run ();
}
