/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "debug-helpers.h"
#include "leyden-json.h"

/* What happens while a rollout is paused or stepped by somebody else, and to what is held when it ends. */

typedef struct
{
  LeydenStore   *store;
  TestTransport *transport;
  LeydenEngine  *engine;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->store = test_store ();
  self->transport = test_transport_new (debug_answer);
  self->engine = test_engine (self->store, self->transport);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_assert_finalize_object (self->engine);
  g_assert_finalize_object (self->transport);
  test_store_done (self->store);
}

static gint64
count_hits (LeydenDebug *debug,
            guint        index)
{
  g_autoptr(LeydenValue) told = leyden_debug_get_breakpoints (debug);

  return leyden_value_get_member_int (leyden_value_get_item (told, index), "hits_so_far", -1);
}

/* Records are told when they are on disk. */
static const LeydenRecord *
wait_record (Watch      *watch,
          const char *type,
          const char *node)
{
  for (guint i = 0; i < 1000 && watch_find (watch, type, node) == NULL; i++)
    debug_settle ();
  g_assert_nonnull (watch_find (watch, type, node));
  return watch_find (watch, type, node);
}

/* Its log as far as it has come, under another name. */
static Watch *
cut (Fixture     *fixture,
     Watch       *watch,
     LeydenPlan  *plan,
     LeydenDebug *debug,
     const char  *rollout,
     const char  *input)
{
  test_put_prefix (fixture->store, watch->records, watch->records->len, rollout);
  return debug_start (fixture->engine, plan, debug, rollout, input, FALSE);
}

/* A failure during a pause is not lost: it pauses before its consequence, also after the process ended. */
static const char failing[] = "{\"nodes\": {\"a\": {\"type\": \"probe\"}, \"f\": {\"type\": \"probe\", \"does\": \"fail-async\"},"
                              " \"c\": {\"type\": \"probe\"}, \"d\": {\"type\": \"needy\"}}, \"edges\": [\"a.x > c.a\", \"f.x > d.need\"]}";

static void
assert_failure_waits (Watch *watch)
{
  debug_wait_paused (watch);
  debug_assert_at (watch, "c", "breakpoint");
  debug_assert_tells (watch, "breakpoint", "{\"breakpoint\":\"here\",\"hits\":1,\"when\":\"before\"}");
  debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  debug_assert_at (watch, "f", "failure");
  debug_assert_tells (watch, "breakpoint", "{\"breakpoint\":\"any\",\"hits\":1,\"when\":\"failure\"}");
  g_assert_null (watch_find (watch, "node.started", "c"));
  g_assert_false (debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL));
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
}

static void
test_failure (Fixture       *fixture,
              gconstpointer  data)
{
  static const char list[] = "[{\"id\": \"here\", \"when\": \"before\", \"node\": \"c\"}, {\"id\": \"any\", \"when\": \"failure\"}]";
  g_autoptr(LeydenPlan) plan = test_plan (failing);
  g_autoptr(LeydenDebug) debug = debug_new (plan, list);
  g_autoptr(LeydenDebug) again = debug_new (plan, list);
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{}", FALSE);
  g_autoptr(Watch) resumed = NULL;
  g_autoptr(LeydenValue) state = NULL;

  debug_wait_paused (watch);
  wait_record (watch, "breakpoint.hit", "f");
  g_assert_nonnull (watch_find (watch, "node.failed", "f"));
  g_assert_cmpint (count_hits (debug, 1), ==, 1);
  state = watch_fold (watch);
  g_assert_cmpstr (leyden_value_get_member_string (state, "breakpoint", NULL), ==, "c");
  resumed = cut (fixture, watch, plan, again, "again", "{}");
  assert_failure_waits (watch);
  assert_failure_waits (resumed);
  g_assert_cmpint (count_hits (debug, 1), ==, 1);
  g_assert_cmpint (count_hits (again, 0), ==, 1);
  g_assert_cmpint (count_hits (again, 1), ==, 1);
}

/* The same for what ends well: nodes, wires, and each in its turn, whatever the command. */
static void
test_after (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\"}, \"b\": {\"type\": \"probe\", \"does\": \"async\"},"
                                          " \"bb\": {\"type\": \"probe\", \"does\": \"async\"}, \"c\": {\"type\": \"probe\"}, \"d\": {\"type\": \"probe\"}},"
                                          " \"edges\": [\"a.x > c.a\", \"b.x > d.a\"]}");
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"before\", \"node\": \"c\"}, {\"when\": \"wire\", \"edge\": \"e0001\"},"
                                                  " {\"when\": \"after\", \"node\": \"bb\"}]");
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{}", FALSE);
  gboolean b = FALSE, bb = FALSE;

  debug_wait_paused (watch);
  debug_assert_at (watch, "c", "breakpoint");
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *node = NULL;

      g_assert_true (debug_do_wait (watch, i == 0 ? LEYDEN_DEBUG_STEP : LEYDEN_DEBUG_CONTINUE, NULL));
      g_assert_null (watch_find (watch, "node.started", "c"));
      node = debug_tell (watch, "node");
      b |= g_str_equal (node, "\"b\"");
      bb |= g_str_equal (node, "\"bb\"");
    }
  g_assert_true (b && bb);
  g_assert_false (debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL));
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (count_hits (debug, i), ==, 1);
}

/* Who leaves forgets steps and places to run to as well as pauses; and so does what the log leads to. */
static const char slow[] = "{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"async\"}, \"b\": {\"type\": \"probe\", \"does\": \"async\"},"
                           " \"c\": {\"type\": \"probe\"}}, \"edges\": [\"a.x > b.a\", \"b.x > c.a\"]}";

static void
test_detach (Fixture       *fixture,
             gconstpointer  data)
{
  static const LeydenDebugCommand commands[] = { LEYDEN_DEBUG_PAUSE, LEYDEN_DEBUG_STEP, LEYDEN_DEBUG_STEP_INTO, LEYDEN_DEBUG_RUN_TO };
  g_autoptr(LeydenPlan) plan = test_plan (slow);
  g_autoptr(LeydenDebug) debug = debug_new (plan, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strdup_printf ("again-%u", i);
      g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{}", TRUE);
      g_autoptr(Watch) resumed = NULL;

      debug_wait_paused (watch);
      debug_do (watch, commands[i], commands[i] == LEYDEN_DEBUG_RUN_TO ? "c" : NULL);
      leyden_rollout_debug_detach (watch->rollout, "tester");
      g_assert_cmpuint (leyden_debug_get_n_paused (debug), ==, 0);
      g_assert_cmpstr (wait_record (watch, "rollout.resumed", NULL)->actor, ==, "tester");
      resumed = cut (fixture, watch, plan, debug, name, "{}");
      g_assert_false (debug_wait (watch));
      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
      g_assert_false (debug_wait (resumed));
      g_assert_cmpuint (watch_count (watch, "rollout.paused", NULL), ==, 1);
      /* Nothing is left to leave. */
      leyden_rollout_debug_detach (watch->rollout, "tester");
    }
}

/* While its log is still read, it does so afterwards. */
static void
test_detach_loading (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan (slow);
  g_autoptr(LeydenDebug) debug = debug_new (plan, NULL);
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{}", TRUE);
  g_autoptr(Watch) resumed = NULL;

  debug_wait_paused (watch);
  wait_record (watch, "rollout.paused", NULL);
  resumed = cut (fixture, watch, plan, debug, "again", "{}");
  leyden_rollout_debug_detach (resumed->rollout, "tester");
  g_assert_false (debug_wait (resumed));
  g_assert_cmpstr (leyden_rollout_get_state (resumed->rollout), ==, "succeeded");
  leyden_rollout_debug_detach (watch->rollout, "tester");
  watch_wait (watch);
}

/* A call that is held when the rollout ends did not fail. */
static void
test_stop_held (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan (debug_flow);
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"failure\", \"once\": true}, {\"when\": \"before\", \"node\": \"calc\"}]");
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, debug_input, FALSE);

  debug_wait_paused (watch);
  debug_assert_at (watch, "g#1/calc", "breakpoint");
  debug_do (watch, LEYDEN_DEBUG_STOP, NULL);
  watch_wait (watch);
  debug_settle ();
  g_assert_nonnull (watch_find (watch, "node.cancelled", "g"));
  g_assert_null (watch_find (watch, "node.failed", NULL));
  g_assert_cmpint (count_hits (debug, 0), ==, 0);
  g_assert_cmpuint (watch_count (watch, "breakpoint.hit", NULL), ==, 1);
}

/* A listener that cancels leaves no rollout among the paused. */
static void
cancel_cb (LeydenRollout *rollout,
           LeydenRecord  *record,
           gpointer       data)
{
  if (g_str_equal (record->type, data))
    leyden_rollout_cancel (rollout, NULL);
}

static void
test_cancelled_by_listener (Fixture       *fixture,
                            gconstpointer  data)
{
  static const char * const types[] = { "rollout.paused", "rollout.resumed", "breakpoint.hit" };
  g_autoptr(LeydenPlan) plan = test_plan (failing);
  /* Without a store a record is told when it is made. */
  LeydenEngine *engine = test_engine (NULL, fixture->transport);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"before\", \"node\": \"c\"}, {\"when\": \"failure\"}]");
      g_autoptr(Watch) watch = debug_start (engine, plan, debug, NULL, "{}", FALSE);

      g_signal_connect (watch->rollout, "record", G_CALLBACK (cancel_cb), (gpointer) types[i]);
      if (debug_wait (watch))
        debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL);
      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
      g_assert_cmpuint (leyden_debug_get_n_paused (debug), ==, 0);
      debug_settle ();
    }
  g_assert_finalize_object (engine);
}

/* Counts that were not kept in time stand in the logs. */
static void
test_once_in_log (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char list[] = "[{\"id\": \"once\", \"when\": \"before\", \"node\": \"c\", \"once\": true}]";
  g_autoptr(LeydenPlan) plan = test_plan (slow);
  g_autoptr(LeydenDebug) debug = debug_new (plan, list);
  g_autoptr(LeydenDebug) again = debug_new (plan, list);
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, "{}", FALSE);
  g_autoptr(Watch) resumed = NULL;
  g_autoptr(Watch) second = NULL;
  g_autoptr(LeydenValue) told = NULL;

  debug_wait_paused (watch);
  wait_record (watch, "rollout.paused", NULL);
  resumed = cut (fixture, watch, plan, again, "again", "{}");
  debug_wait_paused (resumed);
  told = leyden_debug_get_breakpoints (again);
  g_assert_false (leyden_value_get_member_boolean (leyden_value_get_item (told, 0), "enabled", TRUE));
  g_assert_cmpint (count_hits (again, 0), ==, 1);
  second = debug_start (fixture->engine, plan, again, NULL, "{}", FALSE);
  g_assert_false (debug_wait (second));
  g_assert_false (debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL));
  g_assert_false (debug_do_wait (resumed, LEYDEN_DEBUG_CONTINUE, NULL));
}

static void
test_run_to_refused (Fixture       *fixture,
                     gconstpointer  data)
{
  static const struct
  {
    const char *node;
    int         code;
  } cases[] = {
    { "in[99999999999999999999]/x", G_IO_ERROR_INVALID_ARGUMENT },
    { "x/nothing", G_IO_ERROR_INVALID_ARGUMENT },
    { "g/nothing", G_IO_ERROR_INVALID_ARGUMENT },
    { "g#0", G_IO_ERROR_INVALID_ARGUMENT },
    { "g#x", G_IO_ERROR_INVALID_ARGUMENT },
    { "g#2/nothing", G_IO_ERROR_INVALID_ARGUMENT },
    { "all#2", G_IO_ERROR_INVALID_ARGUMENT },
    { "all[0]/nothing", G_IO_ERROR_INVALID_ARGUMENT },
    { "in", G_IO_ERROR_BUSY },
  };
  g_autoptr(LeydenPlan) plan = test_plan (debug_flow);
  g_autoptr(LeydenDebug) debug = debug_new (plan, NULL);
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, debug_input, TRUE);

  debug_wait_paused (watch);
  debug_do_wait (watch, LEYDEN_DEBUG_STEP, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].node);
      g_assert_false (leyden_rollout_debug_command (watch->rollout, LEYDEN_DEBUG_RUN_TO, cases[i].node, "tester", NULL, NULL, &error));
      g_assert_error (error, G_IO_ERROR, cases[i].code);
    }
  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#2");
  debug_assert_at (watch, "g#2", "step");
  debug_do (watch, LEYDEN_DEBUG_STOP, NULL);
  watch_wait (watch);
}

/* What has begun under a name that only its holder starts, and what would move the ports that values wait at. */
static void
test_edits_refused (Fixture       *fixture,
                    gconstpointer  data)
{
  static const struct
  {
    const char *node;
    const char *parameter;
    const char *value;
  } cases[] = {
    { "calc", "description", "\"Counts\"" },
    { "t", "inputs", "[{\"name\": \"other\", \"type\": \"any\"}]" },
    { "out", "fields", "[{\"name\": \"list\", \"type\": \"any\"}]" },
  };
  g_autoptr(LeydenPlan) plan = test_plan (debug_flow);
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"when\": \"before\", \"node\": \"calc\"}]");
  g_autoptr(Watch) watch = debug_start (fixture->engine, plan, debug, NULL, debug_input, TRUE);
  g_autoptr(LeydenValue) early = test_json ("\"Calculates\"");

  debug_wait_paused (watch);
  g_assert_cmpuint (leyden_rollout_edit_parameter (watch->rollout, "calc", "description", early, "tester", NULL, NULL, NULL), >, 0);
  debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  debug_assert_at (watch, "g#1/calc", "breakpoint");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) value = test_json (cases[i].value);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s %s", cases[i].node, cases[i].parameter);
      g_assert_cmpuint (leyden_rollout_edit_parameter (watch->rollout, cases[i].node, cases[i].parameter, value, "tester", NULL, NULL, &error), ==, 0);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
    }
  debug_do (watch, LEYDEN_DEBUG_STOP, NULL);
  watch_wait (watch);
}

/* Conditions: names that differ in case only, and one that would take for ever. */
static void
test_conditions (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"Q\", \"type\": \"number\"},"
                                          " {\"name\": \"q\", \"type\": \"number\"}, {\"name\": \"n\", \"type\": \"any\"}]},"
                                          " \"a\": {\"type\": \"probe\"}}, \"edges\": [\"in.n > a.a\"]}");
  g_autoptr(LeydenDebug) debug = debug_new (plan, "[{\"id\": \"n\", \"when\": \"after\", \"node\": \"in\", \"condition\": \"Q = 2\"},"
                                                  " {\"id\": \"slow\", \"when\": \"before\", \"node\": \"a\", \"condition\":"
                                                  " \"(SELECT count(*) FROM json_each(a) x, json_each(a) y, json_each(a) z) < 0\"}]");
  g_autoptr(GString) input = g_string_new ("{\"Q\": 1, \"q\": 2, \"n\": [0");
  g_autoptr(Watch) watch = NULL;
  const LeydenRecord *hit;

  for (guint i = 1; i < 2000; i++)
    g_string_append_printf (input, ",%u", i);
  g_string_append (input, "]}");
  watch = debug_start (fixture->engine, plan, debug, NULL, input->str, FALSE);
  debug_wait_paused (watch);
  debug_assert_at (watch, "in", "breakpoint");
  debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL);
  debug_assert_at (watch, "a", "breakpoint");
  hit = wait_record (watch, "breakpoint.hit", "a");
  g_assert_nonnull (leyden_value_get_member_string (hit->payload, "error", NULL));
  g_assert_false (debug_do_wait (watch, LEYDEN_DEBUG_CONTINUE, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/debug-pauses/failure", test_failure);
  ADD ("/debug-pauses/after", test_after);
  ADD ("/debug-pauses/detach", test_detach);
  ADD ("/debug-pauses/detach/loading", test_detach_loading);
  ADD ("/debug-pauses/stop-held", test_stop_held);
  ADD ("/debug-pauses/cancelled-by-listener", test_cancelled_by_listener);
  ADD ("/debug-pauses/once-in-log", test_once_in_log);
  ADD ("/debug-pauses/run-to-refused", test_run_to_refused);
  ADD ("/debug-pauses/edits-refused", test_edits_refused);
  ADD ("/debug-pauses/conditions", test_conditions);
  return g_test_run ();
}
