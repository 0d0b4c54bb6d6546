/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "debug-helpers.h"

#include <string.h>

#include "leyden-json.h"

#define ANY(name) "{\"name\": \"" name "\", \"type\": \"any\"}"

const char debug_flow[] =
  "{\"nodes\": {"
  "\"in\": {\"type\": \"input\", \"fields\": [" ANY ("list") ", {\"name\": \"q\", \"type\": \"text\"}, {\"name\": \"n\", \"type\": \"number\"}]},"
  "\"all\": {\"type\": \"map\", \"concurrency\": 2, \"flow\": {\"nodes\": {"
  "  \"i\": {\"type\": \"input\", \"fields\": [" ANY ("item") "]}, \"a\": {\"type\": \"probe\", \"does\": \"async\"}, \"b\": {\"type\": \"probe\"},"
  "  \"o\": {\"type\": \"output\", \"fields\": [" ANY ("result") "]}},"
  "  \"edges\": [\"i.item > a.a\", \"a.x > b.a\", \"b.x > o.result\"]}},"
  "\"again\": {\"type\": \"loop\", \"condition\": \"n < 3\", \"max_iterations\": 5, \"flow\": {\"nodes\": {"
  "  \"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"n\", \"type\": \"number\"}]},"
  "  \"add\": {\"type\": \"transform\", \"inputs\": [{\"name\": \"n\", \"type\": \"number\"}], \"expression\": \"n + 1\"},"
  "  \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"n\", \"type\": \"number\"}]}},"
  "  \"edges\": [\"i.n > add.n\", \"add.result > o.n\"]}},"
  "\"sub\": {\"type\": \"subflow\", \"flow\": {\"nodes\": {"
  "  \"i\": {\"type\": \"input\", \"fields\": [" ANY ("v") "]}, \"p\": {\"type\": \"probe\"},"
  "  \"o\": {\"type\": \"output\", \"fields\": [" ANY ("w") "]}}, \"edges\": [\"i.v > p.a\", \"p.x > o.w\"]}},"
  "\"calc\": {\"type\": \"calculator\"},"
  "\"g\": {\"type\": \"agent\"},"
  "\"x\": {\"type\": \"extract\", \"method\": \"regex\", \"pattern\": \"ANSWER: (.*)\", \"@type\": \"number\"},"
  "\"f\": {\"type\": \"if\", \"condition\": \"value > 40\"},"
  "\"t\": {\"type\": \"transform\", \"expression\": \"value * 2\"},"
  "\"u\": {\"type\": \"transform\", \"expression\": \"value * 3\"},"
  "\"m\": {\"type\": \"merge\"},"
  "\"ev\": {\"type\": \"evaluator\", \"method\": \"numeric\"},"
  "\"r\": {\"type\": \"reward\"},"
  "\"out\": {\"type\": \"output\", \"fields\": [" ANY ("list") ", " ANY ("n") ", " ANY ("sub") ", " ANY ("twice") "]}},"
  "\"edges\": [\"in.list > all.item\", \"in.n > again.n\", \"all.result > sub.v\", \"in.q > g.prompt\", \"calc.tools > g.tools\","
  " \"g.text > x.text\", \"x.value > f.value\", \"f.then > t.value\", \"f.else > u.value\", \"t.result > m.values\", \"u.result > m.values\","
  " \"x.value > ev.actual\", \"in.n > ev.expected\", \"ev.score > r.score\", \"all.result > out.list\", \"again.n > out.n\","
  " \"sub.w > out.sub\", \"m.value > out.twice\"]}";
const char debug_input[] = "{\"list\": [1, 2, 3], \"q\": \"6*7\", \"n\": 1}";

LeydenValue *
debug_answer (const LeydenModelCall  *call,
              GError                **error)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  LeydenValue *last = leyden_value_get_item (messages, leyden_value_get_size (messages) - 1);

  if (g_str_equal (leyden_value_get_member_string (last, "role", ""), "user"))
    return test_answer_tools ("calculator", "{\"expression\": \"6*7\"}", "calculator", "{\"expression\": \"1+1\"}", NULL);
  return test_answer_text ("ANSWER: 42");
}

LeydenDebug *
debug_new (LeydenPlan *plan,
           const char *breakpoints)
{
  LeydenDebug *debug = leyden_debug_new ();
  g_autoptr(LeydenValue) list = breakpoints != NULL ? test_json (breakpoints) : NULL;
  g_autoptr(GError) error = NULL;

  leyden_debug_set_breakpoints (debug, plan, NULL, list, &error);
  g_assert_no_error (error);
  return debug;
}

Watch *
debug_start (LeydenEngine *engine,
             LeydenPlan   *plan,
             LeydenDebug  *debug,
             const char   *rollout,
             const char   *input,
             gboolean      paused)
{
  g_autoptr(LeydenValue) value = test_json (input);
  LeydenRolloutSpec spec = { .plan = plan, .input = value, .seed = 42, .rollout = rollout, .item = "item-1", .debug = debug, .paused = paused };

  return watch_new (leyden_engine_start_rollout (engine, &spec));
}

static gboolean
quiet_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

void
debug_settle (void)
{
  gboolean quiet = FALSE;

  /* Below everything that is ready; probes take a millisecond or two. */
  g_timeout_add_full (G_PRIORITY_LOW, 15, quiet_cb, &quiet, NULL);
  while (!quiet)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
debug_wait (Watch *watch)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (!watch->finished && !g_str_equal (leyden_rollout_get_state (watch->rollout), "paused"))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (200);
    }
  if (watch->finished)
    return FALSE;
  debug_settle ();
  g_assert_false (watch->finished);
  return TRUE;
}

void
debug_wait_paused (Watch *watch)
{
  gboolean paused = debug_wait (watch);

  g_assert_true (paused);
}

void
debug_do (Watch              *watch,
          LeydenDebugCommand  command,
          const char         *node)
{
  g_autoptr(GError) error = NULL;

  leyden_rollout_debug_command (watch->rollout, command, node, "tester", NULL, NULL, &error);
  g_assert_no_error (error);
}

gboolean
debug_do_wait (Watch              *watch,
               LeydenDebugCommand  command,
               const char         *node)
{
  debug_do (watch, command, node);
  return debug_wait (watch);
}

char *
debug_tell (Watch      *watch,
            const char *member)
{
  g_autoptr(LeydenValue) told = leyden_rollout_debug_describe (watch->rollout);

  return leyden_json_write (leyden_value_get_member (told, member), LEYDEN_JSON_CANONICAL);
}

void
debug_assert_at (Watch      *watch,
                 const char *node,
                 const char *reason)
{
  g_autoptr(LeydenValue) told = leyden_rollout_debug_describe (watch->rollout);

  g_assert_true (leyden_value_get_member_boolean (told, "paused", FALSE));
  g_assert_cmpstr (leyden_value_get_member_string (told, "node", NULL), ==, node);
  if (reason != NULL)
    g_assert_cmpstr (leyden_value_get_member_string (told, "reason", NULL), ==, reason);
}
