/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "debug-helpers.h"
#include "leyden-fork.h"
#include "leyden-json.h"

/* Calls that wait to be let go: what they ask for is shown, and can be changed. */

static const char agent_flow[] =
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]}, \"calc\": {\"type\": \"calculator\"},"
  "\"g\": {\"type\": \"agent\"}, \"out\": {\"type\": \"output\", \"fields\": [{\"name\": \"text\", \"type\": \"any\"}]}},"
  "\"edges\": [\"in.q > g.prompt\", \"calc.tools > g.tools\", \"g.text > out.text\"]}";

/* Two tools, then what the last of them gave; and the question, when it was another. */
static LeydenValue *
answer (const LeydenModelCall  *call,
        GError                **error)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  guint n = leyden_value_get_size (messages);
  LeydenValue *last = leyden_value_get_item (messages, n - 1);
  g_autofree char *text = NULL;

  if (g_str_equal (leyden_value_get_member_string (last, "role", ""), "user"))
    return g_str_equal (leyden_value_get_member_string (last, "content", ""), "changed")
           ? test_answer_text ("was changed") : test_answer_tools ("calculator", "{\"expression\": \"6*7\"}", "calculator", "{\"expression\": \"1+1\"}", NULL);
  text = g_strdup_printf ("%s and %s", leyden_value_get_member_string (leyden_value_get_item (messages, n - 2), "content", ""),
                          leyden_value_get_member_string (last, "content", ""));
  return test_answer_text (text);
}

typedef struct
{
  LeydenPlan    *plan;
  TestTransport *transport;
  LeydenStore   *store;
  LeydenEngine  *engine;
  LeydenDebug   *debug;
  Watch         *watch;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->plan = test_plan (agent_flow);
  self->transport = test_transport_new (answer);
  self->store = test_store ();
  self->engine = test_engine (self->store, self->transport);
  self->debug = debug_new (self->plan, data);
  self->watch = debug_start (self->engine, self->plan, self->debug, "held", "{\"q\": \"what is it?\"}", data == NULL);
  debug_wait_paused (self->watch);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  watch_wait (self->watch);
  watch_free (self->watch);
  leyden_debug_unref (self->debug);
  leyden_plan_unref (self->plan);
  g_assert_finalize_object (self->engine);
  g_assert_finalize_object (self->transport);
  test_store_done (self->store);
}

static guint64
edit (Watch       *watch,
      const char  *path,
      gint64       ordinal,
      const char  *what,
      const char  *value,
      GError     **error)
{
  g_autoptr(LeydenValue) parsed = test_json (value);

  return leyden_rollout_edit_call (watch->rollout, path, ordinal, what, parsed, "tester", NULL, NULL, error);
}

static void
assert_text (Watch      *watch,
             const char *expected)
{
  g_assert_cmpstr (leyden_value_get_member_string (leyden_rollout_get_result (watch->rollout), "text", NULL), ==, expected);
}

static void
go_on (Watch *watch)
{
  while (debug_wait (watch))
    debug_do (watch, LEYDEN_DEBUG_CONTINUE, NULL);
}

/* Shown before it is let go, changed, and what goes out, and what comes back, is what was put there. */
static void
test_arguments (Fixture       *fixture,
                gconstpointer  data)
{
  Watch *watch = fixture->watch;
  const LeydenRecord *record;

  debug_assert_tells (watch, "held", "null");
  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#1/calc");
  debug_assert_tells (watch, "held", "{\"arguments\":{\"expression\":\"6*7\"},\"edited\":false,\"kind\":\"tool\",\"name\":\"calculator\",\"ordinal\":0,\"path\":\"g#1/calc\"}");
  g_assert_cmpuint (edit (watch, "g#1/calc", -1, "arguments", "{\"expression\": \"100+1\"}", NULL), >, 0);
  debug_assert_tells (watch, "held", "{\"arguments\":{\"expression\":\"100+1\"},\"edited\":true,\"kind\":\"tool\",\"name\":\"calculator\",\"ordinal\":0,\"path\":\"g#1/calc\"}");
  debug_do_wait (watch, LEYDEN_DEBUG_STEP, NULL);
  debug_assert_tells (watch, "held", "{\"arguments\":{\"expression\":\"1+1\"},\"edited\":false,\"kind\":\"tool\",\"name\":\"calculator\",\"ordinal\":1,\"path\":\"g#1/calc\"}");
  go_on (watch);
  assert_text (watch, "101 and 2");
  record = watch_find (watch, "value.edited", "g#1/calc");
  g_assert_cmpstr (record->actor, ==, "tester");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (record->payload, "before"), "expression", NULL), ==, "6*7");
  record = watch_find (watch, "tool.called", "g#1/calc");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (record->payload, "/request/arguments/expression"), NULL), ==, "100+1");
  debug_assert_tells (watch, "held", "null");
}

/* Changed back it is what it was, for a resume too. */
static void
test_undone (Fixture       *fixture,
             gconstpointer  data)
{
  Watch *watch = fixture->watch;
  const LeydenRecord *record;

  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#1/calc");
  edit (watch, "g#1/calc", 0, "arguments", "{\"expression\": \"100+1\"}", NULL);
  edit (watch, "g#1/calc", 0, "arguments", "{\"expression\": \"6*7\"}", NULL);
  go_on (watch);
  assert_text (watch, "42 and 2");
  record = watch_find (watch, "tool.called", "g#1/calc");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (record->payload, "/request/arguments/expression"), NULL), ==, "6*7");
  g_assert_cmpuint (watch_count (watch, "value.edited", NULL), ==, 2);
}

/* At a breakpoint of the tool it is the same. */
static void
test_breakpoint (Fixture       *fixture,
                 gconstpointer  data)
{
  debug_assert_at (fixture->watch, "g#1/calc", "breakpoint");
  g_assert_cmpuint (edit (fixture->watch, "g#1/calc", 0, "arguments", "{\"expression\": \"3\"}", NULL), >, 0);
  go_on (fixture->watch);
  assert_text (fixture->watch, "3 and 2");
}

static void
test_request (Fixture       *fixture,
              gconstpointer  data)
{
  Watch *watch = fixture->watch;
  g_autofree char *held = NULL;
  const LeydenRecord *record;

  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#1");
  held = debug_tell (watch, "held");
  g_assert_nonnull (strstr (held, "\"kind\":\"model\""));
  g_assert_nonnull (strstr (held, "what is it?"));
  g_assert_cmpuint (edit (watch, "g#1", -1, "request", "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"changed\"}]}", NULL), >, 0);
  go_on (watch);
  assert_text (watch, "was changed");
  record = watch_find (watch, "model.request", "g#1");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (record->payload, "/request/body/messages/0/content"), NULL), ==, "changed");
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct
  {
    const char *path;
    gint64      ordinal;
    const char *what;
    const char *value;
    int         code;
  } cases[] = {
    { "g#1/calc", -1, "arguments", "[]", G_IO_ERROR_INVALID_ARGUMENT },
    { "g#1/calc", -1, "arguments", "\"6*7\"", G_IO_ERROR_INVALID_ARGUMENT },
    { "g#1/calc", -1, "request", "{\"messages\": [1]}", G_IO_ERROR_BUSY },
    { "g#1/calc", 2, "arguments", "{}", G_IO_ERROR_BUSY },
    { "g#2/calc", -1, "arguments", "{}", G_IO_ERROR_BUSY },
    { "g", -1, "arguments", "{}", G_IO_ERROR_BUSY },
  };
  Watch *watch = fixture->watch;
  g_autoptr(GError) error = NULL;

  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#1");
  g_assert_cmpuint (edit (watch, "g#1", -1, "request", "{\"messages\": []}", &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#1/calc");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) refusal = NULL;

      g_test_message ("%s %s", cases[i].path, cases[i].value);
      g_assert_cmpuint (edit (watch, cases[i].path, cases[i].ordinal, cases[i].what, cases[i].value, &refusal), ==, 0);
      g_assert_error (refusal, G_IO_ERROR, cases[i].code);
    }
  go_on (watch);
  assert_text (watch, "42 and 2");
  g_assert_null (watch_find (watch, "value.edited", NULL));
  g_assert_cmpuint (edit (watch, "g#1/calc", -1, "arguments", "{}", NULL), ==, 0);
}

static const char *
get_expression (Watch *watch)
{
  const LeydenRecord *record = watch_find (watch, "tool.called", "g#1/calc");

  return record != NULL ? leyden_value_get_string (leyden_value_lookup_pointer (record->payload, "/request/arguments/expression"), NULL) : NULL;
}

/* The process may end at any record: what was changed holds, and nothing that had answered is asked again. */
static void
test_every_prefix (Fixture       *fixture,
                   gconstpointer  data)
{
  Watch *watch = fixture->watch;
  guint64 sequence;

  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#1/calc");
  edit (watch, "g#1/calc", 0, "arguments", "{\"expression\": \"99\"}", NULL);
  sequence = edit (watch, "g#1/calc", 0, "arguments", "{\"expression\": \"100+1\"}", NULL);
  go_on (watch);
  assert_text (watch, "101 and 2");
  for (guint n = (guint) sequence; n <= watch->records->len; n++)
    {
      g_autofree char *id = g_strdup_printf ("cut-%u", n);
      g_autoptr(Watch) again = NULL;
      guint n_calls;

      g_test_message ("after %u", n);
      test_put_prefix (fixture->store, watch->records, n, id);
      n_calls = fixture->transport->n_calls;
      again = debug_start (fixture->engine, fixture->plan, fixture->debug, id, "{\"q\": \"what is it?\"}", FALSE);
      if (n == sequence)
        {
          debug_wait_paused (again);
          debug_assert_tells (again, "held", "{\"arguments\":{\"expression\":\"100+1\"},\"edited\":true,\"kind\":\"tool\",\"name\":\"calculator\",\"ordinal\":0,\"path\":\"g#1/calc\"}");
        }
      go_on (again);
      assert_text (again, "101 and 2");
      g_assert_cmpuint (fixture->transport->n_calls, <=, n_calls + 1);
      if (get_expression (again) != NULL && n == sequence)
        g_assert_cmpstr (get_expression (again), ==, "100+1");
    }
}

/* A fork from there asks the same; nothing that the model said before is asked again. */
static void
test_fork (Fixture       *fixture,
           gconstpointer  data)
{
  Watch *watch = fixture->watch;
  LeydenForkSpec spec = { .before = fixture->plan, .after = fixture->plan, .rollout = "fork", .actor = "tester",
                          .now_ns = 5000000000000000000 };
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(Watch) fork = NULL;
  guint n_calls;

  debug_do_wait (watch, LEYDEN_DEBUG_RUN_TO, "g#1/calc");
  spec.until = edit (watch, "g#1/calc", 0, "arguments", "{\"expression\": \"100+1\"}", NULL);
  go_on (watch);
  spec.records = watch->records;
  records = leyden_fork_make_log (&spec, &error);
  g_assert_no_error (error);
  test_put_prefix (fixture->store, records, records->len, "fork");
  n_calls = fixture->transport->n_calls;
  fork = debug_start (fixture->engine, fixture->plan, NULL, "fork", "{\"q\": \"what is it?\"}", FALSE);
  go_on (fork);
  assert_text (fork, "101 and 2");
  g_assert_cmpuint (fixture->transport->n_calls, ==, n_calls + 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, breakpoints, func) g_test_add (path, Fixture, breakpoints, set_up, func, tear_down)
  ADD ("/debug-held/arguments", NULL, test_arguments);
  ADD ("/debug-held/undone", NULL, test_undone);
  ADD ("/debug-held/breakpoint", "[{\"when\": \"before\", \"node\": \"calc\"}]", test_breakpoint);
  ADD ("/debug-held/request", NULL, test_request);
  ADD ("/debug-held/refused", NULL, test_refused);
  ADD ("/debug-held/every-prefix", NULL, test_every_prefix);
  ADD ("/debug-held/fork", NULL, test_fork);
  return g_test_run ();
}
