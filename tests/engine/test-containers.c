/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"
#include "leyden-json.h"

#define FIELD(name) "{\"name\": \"" name "\", \"type\": \"any\"}"
/* in.list > m.item, m.result > out.result */
#define AROUND(node)                                                                                                       \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("list") ", " FIELD ("k") "]}, \"m\": " node ","         \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") ", " FIELD ("error") "]}},"                             \
  " \"edges\": [\"in.list > m.item\", \"m.result > out.result\"]}"
/* item → "t" → result */
#define BODY(node, input, output)                                                                                          \
  "\"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("item") "]}, \"t\": " node ","                 \
  " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}},"                                                    \
  " \"edges\": [\"i.item > t." input "\", \"t." output " > o.result\"]}"

static void
assert_result (Watch      *watch,
               const char *expected)
{
  g_autoptr(LeydenValue) value = test_json (expected);
  g_autofree char *a = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);
  g_autofree char *b = leyden_json_write (value, LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (a, ==, b);
}

/* Map */

static void
test_map_order (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", \"concurrency\": 3, \"flow\": {\"nodes\": {"
    "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("item") ", " FIELD ("position") "]},"
    " \"t\": {\"type\": \"probe\", \"does\": \"async\"}, \"p\": {\"type\": \"transform\", \"inputs\": [" FIELD ("v") ", " FIELD ("i") "],"
    " \"expression\": \"v + 100 * i\"}, \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}},"
    " \"edges\": [\"i.item > t.a\", \"i.item > t.b\", \"t.x > p.v\", \"i.position > p.i\", \"p.result > o.result\"]}}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = NULL;

  probe_counts = (ProbeCounts) { 0 };
  /* The first takes longest: the places do not follow the ends. */
  watch = run_once (engine, plan, "{\"list\": [30, 5, 1, 2, 20, 3, 4]}");
  assert_result (watch, "{\"result\": [30, 105, 201, 302, 420, 503, 604]}");
  g_assert_cmpuint (probe_counts.n_executed, ==, 7);
  g_assert_cmpuint (probe_counts.max_open, ==, 3);
}

static void
test_map_empty (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", " BODY ("{\"type\": \"probe\"}", "a", "x") "}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) empty = run_once (engine, plan, "{\"list\": []}");
  g_autoptr(Watch) text = run_once (engine, plan, "{\"list\": \"no list\"}");

  assert_result (empty, "{\"result\": []}");
  g_assert_cmpstr (leyden_rollout_get_state (text->rollout), ==, "failed");
  g_assert_cmpstr (leyden_rollout_get_row (text->rollout)->error_node, ==, "m");
}

/* Values from outside enter through ports; each round has them. */
static void
test_map_outer_values (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("list") ", " FIELD ("k") "]},"
    " \"m\": {\"type\": \"map\", \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("item") ", " FIELD ("k") ","
    " {\"name\": \"d\", \"type\": \"number\", \"default\": 1000}]},"
    " \"t\": {\"type\": \"transform\", \"inputs\": [" FIELD ("v") ", " FIELD ("k") ", " FIELD ("d") "], \"expression\": \"v * k + d\"},"
    " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}},"
    " \"edges\": [\"i.item > t.v\", \"i.k > t.k\", \"i.d > t.d\", \"t.result > o.result\"]}},"
    " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}},"
    " \"edges\": [\"in.list > m.item\", \"in.k > m.k\", \"m.result > out.result\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"list\": [1, 2], \"k\": 7}");

  assert_result (watch, "{\"result\": [1007, 1014]}");
}

#define PARSE "{\"type\": \"transform\", \"expression\": \"json_extract(value, '$.x')\"}"
static const char mixed[] = "{\"list\": [\"{\\\"x\\\": 1}\", \"bad\", \"{\\\"x\\\": 3}\"]}";

static void
test_map_on_error (void)
{
  static const struct
  {
    const char *word;
    const char *result;
  } cases[] = { { "null", "{\"result\": [1, null, 3]}" }, { "skip", "{\"result\": [1, 3]}" }, { "fail", NULL } };
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *flow = g_strdup_printf (AROUND ("{\"type\": \"map\", \"on_item_error\": \"%s\", " BODY (PARSE, "value", "result") "}"),
                                               cases[i].word);
      g_autoptr(LeydenPlan) plan = test_plan (flow);
      g_autoptr(Watch) watch = run_once (engine, plan, mixed);
      const LeydenRolloutRow *row = leyden_rollout_get_row (watch->rollout);
      g_autoptr(LeydenValue) state = watch_fold (watch);
      g_autofree char *failed = node_state (state, "m[1]/t");

      g_assert_cmpstr (failed, ==, "failed");
      if (cases[i].result != NULL)
        {
          assert_result (watch, cases[i].result);
          continue;
        }
      g_assert_cmpstr (row->state, ==, "failed");
      g_assert_cmpstr (row->error_node, ==, "m[1]/t");
      g_assert_true (g_str_has_prefix (row->error, "Item 2 of 3: "));
    }
}

/* Of several that fail the first in the list counts, whichever fails first; those behind it are cancelled. */
static void
test_map_first_failure (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", \"concurrency\": 4, \"flow\": {\"nodes\": {"
    "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("item") "]}, \"t\": {\"type\": \"needy\", \"does\": \"fail-async\"},"
    " \"h\": {\"type\": \"needy\", \"does\": \"hang\"}, \"c\": {\"type\": \"if\", \"condition\": \"value < 100\"},"
    " \"n\": {\"type\": \"merge\"}, \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}},"
    " \"edges\": [\"i.item > c.value\", \"c.then > t.b\", \"c.then > t.need\", \"c.else > h.need\", \"t.x > n.values\", \"h.x > n.values\","
    " \"n.value > o.result\"]}}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = NULL;
  const LeydenRolloutRow *row;

  probe_counts = (ProbeCounts) { 0 };
  watch = run_once (engine, plan, "{\"list\": [40, 1, 500, 20, 3, 3]}");
  row = leyden_rollout_get_row (watch->rollout);
  g_assert_cmpstr (row->state, ==, "failed");
  g_assert_cmpstr (row->error_node, ==, "m[0]/t");
  while (probe_counts.n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  /* The one that hangs was told to stop, by the second item already, and nothing was started behind it. */
  g_assert_cmpuint (probe_counts.n_cancelled, ==, 1);
  g_assert_nonnull (watch_find (watch, "node.cancelled", "m[2]/h"));
  g_assert_null (watch_find (watch, "node.started", "m[4]/i"));
}

static void
test_error_port (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("list") "]},"
    " \"m\": {\"type\": \"map\", " BODY (PARSE, "value", "result") "},"
    " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") ", " FIELD ("error") "]}},"
    " \"edges\": [\"in.list > m.item\", \"m.result > out.result\", \"m.error > out.error\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, mixed);
  LeydenValue *error = leyden_value_get_member (leyden_rollout_get_result (watch->rollout), "error");

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (error, "node", NULL), ==, "m[1]/t");
  g_assert_cmpstr (leyden_value_get_member_string (error, "code", NULL), ==, "evaluation");
}

/* Loop */

#define LOOP(more)                                                                                                         \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("v") ", " FIELD ("k") "]},"                             \
  " \"m\": {\"type\": \"loop\", " more ", \"flow\": {\"nodes\": {"                                                          \
  "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("value") ", " FIELD ("k") ", " FIELD ("iteration") "]},"                  \
  " \"t\": {\"type\": \"transform\", \"inputs\": [" FIELD ("value") ", " FIELD ("k") ", " FIELD ("i") "],"                  \
  " \"expression\": \"value * k + i\"}, \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("value") ", " FIELD ("last") "]}}," \
  " \"edges\": [\"i.value > t.value\", \"i.k > t.k\", \"i.iteration > t.i\", \"t.result > o.value\", \"i.iteration > o.last\"]}},"  \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("value") ", " FIELD ("last") "]}},"                               \
  " \"edges\": [\"in.v > m.value\", \"in.k > m.k\", \"m.value > out.value\", \"m.last > out.last\"]}"

static void
test_loop (void)
{
  static const struct
  {
    const char *flow;
    const char *input;
    const char *result;         /* NULL: fails */
    const char *node;
  } cases[] = {
    /* 3, then 3·2+0, 6·2+1, 13·2+2, 28·2+3 */
    { LOOP ("\"condition\": \"value < 50\", \"max_iterations\": 20"), "{\"v\": 3, \"k\": 2}", "{\"value\": 59, \"last\": 3}", NULL },
    /* The body runs before the condition is asked. */
    { LOOP ("\"condition\": \"value < 50\", \"max_iterations\": 20"), "{\"v\": 300, \"k\": 2}", "{\"value\": 600, \"last\": 0}", NULL },
    { LOOP ("\"condition\": \"iteration < 2 AND k = 2 AND last = iteration\", \"max_iterations\": 20"), "{\"v\": 3, \"k\": 2}",
      "{\"value\": 28, \"last\": 2}", NULL },
    { LOOP ("\"condition\": \"1\", \"max_iterations\": 2"), "{\"v\": 3, \"k\": 2}", "{\"value\": 13, \"last\": 1}", NULL },
    { LOOP ("\"condition\": \"1\", \"max_iterations\": 2, \"on_limit\": \"fail\""), "{\"v\": 3, \"k\": 2}", NULL, "m" },
    { LOOP ("\"condition\": \"json_extract('x', '$')\", \"max_iterations\": 2"), "{\"v\": 3, \"k\": 2}", NULL, "m" },
    /* null does not hold, as in SQL. */
    { LOOP ("\"condition\": \"NULL\", \"max_iterations\": 9"), "{\"v\": 3, \"k\": 2}", "{\"value\": 6, \"last\": 0}", NULL },
  };
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenPlan) plan = test_plan (cases[i].flow);
      g_autoptr(Watch) watch = run_once (engine, plan, cases[i].input);

      g_test_message ("case %u", i);
      if (cases[i].result != NULL)
        assert_result (watch, cases[i].result);
      else
        g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error_node, ==, cases[i].node);
    }
}

/* A condition that takes its time is asked in a thread; it fails by its limit. */
static void
test_loop_slow_condition (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"l\", \"type\": \"list\"}]},"
    " \"m\": {\"type\": \"loop\", \"condition\": \"(SELECT count(*) FROM json_each(l) a, json_each(l) b, json_each(l) c) > 0\","
    " \"max_iterations\": 3, \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("l") "]},"
    " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("l") "]}}, \"edges\": [\"i.l > o.l\"]}},"
    " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}}, \"edges\": [\"in.l > m.l\", \"m.l > out.result\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(GString) input = g_string_new ("{\"l\": [1");
  g_autoptr(Watch) watch = NULL;

  for (guint i = 1; i < 2000; i++)
    g_string_append (input, ",1");
  g_string_append (input, "]}");
  watch = run_once (engine, plan, input->str);
  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error_node, ==, "m");
  g_assert_cmpstr (leyden_value_get_member_string (
                     leyden_value_get_member (watch_find (watch, "node.failed", "m")->payload, "error"), "code", NULL), ==, "limit");
}

/* Group */

static void
test_subflow (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("v") "]},"
    " \"m\": {\"type\": \"subflow\", " BODY ("{\"type\": \"transform\", \"expression\": \"value + 1\"}", "value", "result") "},"
    " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}}, \"edges\": [\"in.v > m.item\", \"m.result > out.result\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"v\": 41}");

  assert_result (watch, "{\"result\": 42}");
  g_assert_nonnull (watch_find (watch, "node.finished", "m[0]/t"));
}

/* Limits and ends */

static void
test_cancel (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", \"concurrency\": 2, " BODY (
    "{\"type\": \"subflow\", " BODY ("{\"type\": \"probe\", \"does\": \"hang\"}", "a", "x") "}", "item", "result") "}"));
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(LeydenValue) input = test_json ("{\"list\": [1, 2, 3]}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .seed = 1 };
  g_autoptr(Watch) watch = watch_new (leyden_engine_start_rollout (engine, &spec));
  g_autoptr(LeydenValue) state = NULL;
  static const char * const cancelled[] = { "m", "m[0]/t", "m[1]/t", "m[0]/t[0]/t", "m[1]/t[0]/t" };

  probe_counts = (ProbeCounts) { 0 };
  while (probe_counts.n_open < 2)
    g_main_context_iteration (NULL, TRUE);
  leyden_rollout_cancel (watch->rollout, "enough");
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
  while (probe_counts.n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (probe_counts.n_cancelled, ==, 2);
  state = watch_fold (watch);
  for (guint i = 0; i < G_N_ELEMENTS (cancelled); i++)
    {
      g_autofree char *word = node_state (state, cancelled[i]);

      g_assert_cmpstr (word, ==, "cancelled");
    }
  /* Inside first: no node is left that runs in a container that does not. */
  g_assert_cmpuint (watch_find (watch, "node.cancelled", "m[0]/t[0]/t")->sequence, <, watch_find (watch, "node.cancelled", "m[0]/t")->sequence);
  g_assert_cmpuint (watch_find (watch, "node.cancelled", "m[0]/t")->sequence, <, watch_find (watch, "node.cancelled", "m")->sequence);
  test_store_done (store);
}

static void
test_steps_and_deadline (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", " BODY ("{\"type\": \"probe\"}", "a", "x") "}"));
  g_autoptr(LeydenPlan) hanging = test_plan (AROUND ("{\"type\": \"map\", " BODY ("{\"type\": \"probe\", \"does\": \"hang\"}", "a", "x") "}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) input = test_json ("{\"list\": [1, 2, 3]}");
  LeydenRolloutSpec steps = { .plan = plan, .input = input, .max_steps = 7 };
  LeydenRolloutSpec late = { .plan = hanging, .input = input, .deadline_s = 1 };
  g_autoptr(Watch) a = watch_new (leyden_engine_start_rollout (engine, &steps));
  g_autoptr(Watch) b = watch_new (leyden_engine_start_rollout (engine, &late));

  probe_counts = (ProbeCounts) { 0 };
  watch_wait (a);
  /* in, m, then three nodes a round. */
  g_assert_cmpstr (leyden_rollout_get_row (a->rollout)->error_node, ==, "m[1]/o");
  watch_wait (b);
  g_assert_cmpstr (leyden_rollout_get_state (b->rollout), ==, "failed");
  g_assert_nonnull (watch_find (b, "node.cancelled", "m[2]/t"));
  while (probe_counts.n_open > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* A retry runs the whole body again, with other samples; what failed inside is not asked for in the log. */
static void
test_retry (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", \"retry\": {\"max\": 2}, " BODY (
    "{\"type\": \"probe\", \"does\": \"fail:1\"}", "a", "x") "}"));
  g_autoptr(LeydenPlan) other = test_plan (AROUND ("{\"type\": \"map\", \"retry\": {\"max\": 2, \"on\": [\"rate-limit\"]}, " BODY (
    "{\"type\": \"probe\", \"does\": \"fail:1\"}", "a", "x") "}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"list\": [5]}");
  g_autoptr(Watch) refused = run_once (engine, other, "{\"list\": [5]}");

  assert_result (watch, "{\"result\": [5]}");
  g_assert_cmpuint (watch_count (watch, "node.retried", "m"), ==, 1);
  g_assert_cmpuint (watch_count (watch, "node.started", "m[0]/t"), ==, 2);
  g_assert_cmpstr (leyden_rollout_get_state (refused->rollout), ==, "failed");
  g_assert_cmpuint (watch_count (refused, "node.retried", "m"), ==, 0);
}

/* Model calls inside */

static LeydenValue *
answer_tool (const LeydenModelCall  *call,
             GError                **error)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  LeydenValue *last = leyden_value_get_item (messages, leyden_value_get_size (messages) - 1);

  if (g_str_equal (leyden_value_get_member_string (last, "role", ""), "user"))
    return test_answer_tools ("calculator", "{\"expression\": \"6*7\"}", NULL);
  return test_answer_text ("done");
}

static void
test_agent_inside (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", \"concurrency\": 2, \"flow\": {\"nodes\": {"
    "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("item") "]}, \"calc\": {\"type\": \"calculator\"}, \"g\": {\"type\": \"agent\"},"
    " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}},"
    " \"edges\": [\"i.item > g.prompt\", \"calc.tools > g.tools\", \"g.text > o.result\"]}}"));
  g_autoptr(TestTransport) transport = test_transport_new (answer_tool);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"list\": [\"a\", \"b\", \"c\"]}");

  assert_result (watch, "{\"result\": [\"done\", \"done\", \"done\"]}");
  g_assert_nonnull (watch_find (watch, "model.response", "m[1]/g#1"));
  g_assert_nonnull (watch_find (watch, "tool.returned", "m[2]/g#1/calc"));
  g_assert_cmpuint (transport->n_calls, ==, 6);
  /* Two at once, each with two calls of 100 ms: the third begins when the first has ended. */
  g_assert_cmpfloat (leyden_rollout_get_row (watch->rollout)->latency_ms, ==, 400);
  g_assert_cmpint (leyden_rollout_get_row (watch->rollout)->tokens_in, ==, 60);
}

/* A slot of a node inside counts for every round. */
static void
test_slots (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", " BODY (
    "{\"type\": \"transform\", \"expression\": \"value + 1\"}", "value", "result") "}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) input = test_json ("{\"list\": [1, 2]}");
  g_autoptr(LeydenValue) slots = test_json ("{\"m/t/expression\": \"value * 10\"}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .slots = slots };
  g_autoptr(Watch) with = watch_new (leyden_engine_start_rollout (engine, &spec));
  g_autoptr(Watch) without = NULL;

  watch_wait (with);
  assert_result (with, "{\"result\": [10, 20]}");
  without = run_once (engine, plan, "{\"list\": [1, 2]}");
  assert_result (without, "{\"result\": [2, 3]}");
}

/* Badges: all rounds of a node together. */
static void
test_run_figures (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", \"on_item_error\": \"skip\", " BODY (PARSE, "value", "result") "}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) input = test_json (mixed);
  LeydenRunItem items[] = { { .item = "a", .input = input }, { .item = "b", .index = 1, .input = input } };
  LeydenRunSpec spec = { .plan = plan };
  g_autoptr(LeydenRun) run = leyden_engine_start_run (engine, &spec, items, 2);
  g_autoptr(LeydenValue) summary = NULL;
  LeydenValue *node;

  while (!leyden_run_is_finished (run))
    g_main_context_iteration (NULL, TRUE);
  summary = leyden_run_summarize (run);
  node = leyden_value_get_member (leyden_value_get_member (summary, "nodes"), "m/t");
  g_assert_cmpint (leyden_value_get_member_int (node, "succeeded", -1), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (node, "failed", -1), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (node, "running", -1), ==, 0);
  node = leyden_value_get_member (leyden_value_get_member (summary, "nodes"), "m");
  g_assert_cmpint (leyden_value_get_member_int (node, "succeeded", -1), ==, 2);
}

/* Rounds that answer at once are open one at a time, whatever may be. */
static void
test_many_items (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (AROUND ("{\"type\": \"map\", \"concurrency\": 1000, " BODY (
    "{\"type\": \"transform\", \"expression\": \"value\"}", "value", "result") "}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(GString) input = g_string_new ("{\"list\": [0");
  g_autoptr(Watch) watch = NULL;
  LeydenValue *result;
  guint n_open = 0, max_open = 0;

  for (guint i = 1; i < 5000; i++)
    g_string_append_printf (input, ",%u", i);
  g_string_append (input, "]}");
  watch = run_once (engine, plan, input->str);
  result = leyden_value_get_member (leyden_rollout_get_result (watch->rollout), "result");
  g_assert_cmpuint (leyden_value_get_size (result), ==, 5000);
  for (guint i = 0; i < watch->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (watch->records, i);

      if (!g_str_has_suffix (record->node, "]/i") && !g_str_has_suffix (record->node, "]/o"))
        continue;
      n_open += g_str_equal (record->type, "node.started") && g_str_has_suffix (record->node, "i");
      max_open = MAX (max_open, n_open);
      n_open -= g_str_equal (record->type, "node.finished") && g_str_has_suffix (record->node, "o");
    }
  g_assert_cmpuint (max_open, ==, 1);
}

/* Nothing of a body without a flow, or with a faulty one, can be run. */
static void
test_refused (void)
{
  static const char * const flows[] = {
    "{\"nodes\": {\"m\": {\"type\": \"map\"}}, \"edges\": []}",
    "{\"nodes\": {\"m\": {\"type\": \"subflow\", \"flow\": {\"nodes\": {\"a\": {\"type\": \"probe\"}, \"b\": {\"type\": \"probe\"}},"
    " \"edges\": [\"a.x > b.a\", \"b.x > a.a\"]}}}, \"edges\": []}",
    "{\"nodes\": {\"m\": {\"type\": \"subflow\", \"flow\": {\"nodes\": {\"a\": {\"type\": \"reward\"}}, \"edges\": []}}}, \"edges\": []}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (flows); i++)
    {
      g_autoptr(LeydenValue) compact = test_json (flows[i]);
      g_autoptr(LeydenFlow) flow = test_flow (compact);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenPlan) plan = leyden_plan_new (flow, test_types (), &error);

      g_assert_null (plan);
      g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/containers/map/order", test_map_order);
  g_test_add_func ("/containers/map/empty", test_map_empty);
  g_test_add_func ("/containers/map/outer-values", test_map_outer_values);
  g_test_add_func ("/containers/map/on-error", test_map_on_error);
  g_test_add_func ("/containers/map/first-failure", test_map_first_failure);
  g_test_add_func ("/containers/map/error-port", test_error_port);
  g_test_add_func ("/containers/map/many-items", test_many_items);
  g_test_add_func ("/containers/loop/cases", test_loop);
  g_test_add_func ("/containers/loop/slow-condition", test_loop_slow_condition);
  g_test_add_func ("/containers/subflow", test_subflow);
  g_test_add_func ("/containers/cancel", test_cancel);
  g_test_add_func ("/containers/steps-and-deadline", test_steps_and_deadline);
  g_test_add_func ("/containers/retry", test_retry);
  g_test_add_func ("/containers/agent-inside", test_agent_inside);
  g_test_add_func ("/containers/slots", test_slots);
  g_test_add_func ("/containers/run-figures", test_run_figures);
  g_test_add_func ("/containers/refused", test_refused);
  return g_test_run ();
}
