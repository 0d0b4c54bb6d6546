/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"
#include "leyden-json.h"

/* A crash may come between any two records: the log is cut after every prefix, resumed, and must end as if nothing had happened. */

static const char agent_flow[] =
  "{\"nodes\": {"
  "\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}, {\"name\": \"want\", \"type\": \"any\"}]},"
  "\"p\": {\"type\": \"prompt\", \"template\": \"Solve {{ q }}\"},"
  "\"calc\": {\"type\": \"calculator\"},"
  "\"g\": {\"type\": \"agent\"},"
  "\"x\": {\"type\": \"extract\", \"method\": \"regex\", \"pattern\": \"ANSWER: (.*)\", \"@type\": \"number\"},"
  "\"f\": {\"type\": \"if\", \"condition\": \"value > 0\"},"
  "\"t\": {\"type\": \"transform\", \"expression\": \"value * 2\"},"
  "\"u\": {\"type\": \"transform\", \"expression\": \"value * 3\"},"
  "\"m\": {\"type\": \"merge\"},"
  "\"ev\": {\"type\": \"evaluator\", \"method\": \"numeric\"},"
  "\"r\": {\"type\": \"reward\"},"
  "\"bad\": {\"type\": \"probe\", \"does\": \"fail:1\", \"retry\": {\"max\": 1}},"
  "\"ill\": {\"type\": \"probe\", \"does\": \"fail\"},"
  "\"h\": {\"type\": \"needy\"},"
  "\"off\": {\"type\": \"once\", \"does\": \"fail\", \"node_mode\": \"disabled\"},"
  "\"offn\": {\"type\": \"needy\"},"
  "\"by\": {\"type\": \"once\", \"does\": \"fail\", \"node_mode\": \"bypassed\"},"
  "\"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"twice\", \"type\": \"any\"}, {\"name\": \"error\", \"type\": \"any\"},"
  " {\"name\": \"by\", \"type\": \"any\"}]}},"
  "\"edges\": [\"i.q > p.q\", \"p.text > g.prompt\", \"calc.tools > g.tools\", \"g.text > x.text\", \"x.value > f.value\","
  " \"f.then > t.value\", \"f.else > u.value\", \"t.result > m.values\", \"u.result > m.values\", \"x.value > ev.actual\","
  " \"i.want > ev.expected\", \"ev.score > r.score\", \"m.value > o.twice\", \"i.q > bad.a\", \"bad.x > ill.a\", \"ill.error > h.need\","
  " \"h.x > o.error\", \"i.q > off.a\", \"off.x > offn.need\", \"i.q > by.a\", \"by.x > o.by\"]}";

static LeydenValue *
answer_agent (const LeydenModelCall  *call,
              GError                **error)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  LeydenValue *last = leyden_value_get_item (messages, leyden_value_get_size (messages) - 1);
  g_autofree char *text = NULL;

  if (g_str_equal (leyden_value_get_member_string (last, "role", ""), "user"))
    return test_answer_tools ("calculator", "{\"expression\": \"6*7\"}", "calculator", "{\"expression\": \"1/0\"}", NULL);
  text = g_strdup_printf ("ANSWER: %s", leyden_value_get_member_string (
                            leyden_value_get_item (messages, leyden_value_get_size (messages) - 2), "content", ""));
  return test_answer_text (text);
}

static Watch *
start (LeydenEngine *engine,
       LeydenPlan   *plan,
       const char   *rollout,
       const char   *input,
       gboolean      rerun,
       gboolean      ask)
{
  g_autoptr(LeydenValue) value = test_json (input);
  LeydenRolloutSpec spec = { .plan = plan, .input = value, .seed = 42, .rollout = rollout, .item = "item-1", .rerun_unsafe = rerun,
                             .ask_unsafe = ask };

  return watch_new (leyden_engine_start_rollout (engine, &spec));
}

/* What must be the same: states of nodes, outputs, reward, tokens; no times, no sequences. */
static LeydenValue *
essence (LeydenValue *fold)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  static const char * const members[] = { "state", "result", "error", "reward", "usage", "simulated", "flow", "item", "latency_ms" };
  static const char * const node_members[] = { "state", "outputs", "error", "inputs", "edge", "mode" };
  LeydenValue *nodes = leyden_value_get_member (fold, "nodes");

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    leyden_value_builder_set (&b, members[i], leyden_value_get_member (fold, members[i]));
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);
      LeydenValue *calls = leyden_value_get_member (node, "calls");

      leyden_value_builder_key (&b, leyden_value_get_key (nodes, i));
      leyden_value_builder_begin_object (&b);
      for (guint j = 0; j < G_N_ELEMENTS (node_members); j++)
        leyden_value_builder_set (&b, node_members[j], leyden_value_get_member (node, node_members[j]));
      for (guint j = 0; j < leyden_value_get_size (calls); j++)
        {
          g_autofree char *key = g_strdup_printf ("answer%u", j);

          leyden_value_builder_set (&b, key, leyden_value_get_member (leyden_value_get_item (calls, j), "answer"));
        }
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

typedef struct
{
  gboolean     done;
  LeydenValue *state;
} Folded;

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Folded *folded = data;
  g_autoptr(GError) error = NULL;

  folded->state = leyden_store_fold_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  folded->done = TRUE;
}

static LeydenValue *
fold_stored (LeydenStore *store,
             const char  *rollout)
{
  Folded folded = { FALSE, NULL };

  leyden_store_fold_async (store, rollout, 0, leyden_rollout_reducer (), NULL, folded_cb, &folded);
  wait_for (&folded.done);
  return folded.state;
}

/* Waits of retries are chance, and part of the modelled time. */
static LeydenValue *
without_latency (LeydenValue *value)
{
  return leyden_value_with_member (value, "latency_ms", NULL);
}

static void
check_prefixes (const char *flow,
                const char *input,
                gboolean    latency,
                guint       expected_calls)
{
  g_autoptr(LeydenPlan) plan = test_plan (flow);
  LeydenStore *store = test_store ();
  g_autoptr(TestTransport) transport = test_transport_new (answer_agent);
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(Watch) whole = start (engine, plan, "whole", input, FALSE, FALSE);
  g_autoptr(LeydenValue) whole_fold = NULL;
  g_autoptr(LeydenValue) expected = NULL;
  g_autofree char *expected_text = NULL;

  watch_wait (whole);
  g_assert_cmpuint (transport->n_calls, ==, expected_calls);
  whole_fold = watch_fold (whole);
  expected = essence (whole_fold);
  if (!latency)
    {
      g_autoptr(LeydenValue) with = g_steal_pointer (&expected);

      expected = without_latency (with);
    }
  expected_text = leyden_json_write (expected, LEYDEN_JSON_CANONICAL);
  for (guint n = 0; n <= whole->records->len; n++)
    {
      g_autofree char *rollout = g_strdup_printf ("cut-%u", n);
      g_autoptr(Watch) watch = NULL;
      g_autoptr(LeydenValue) fold = NULL;
      g_autoptr(LeydenValue) actual = NULL;
      g_autofree char *text = NULL;
      const LeydenRolloutRow *a, *b = leyden_rollout_get_row (whole->rollout);

      g_test_message ("cut after %u records", n);
      if (n > 0)
        test_put_prefix (store, whole->records, n, rollout);
      watch = start (engine, plan, rollout, input, FALSE, FALSE);
      watch_wait (watch);
      a = leyden_rollout_get_row (watch->rollout);
      g_assert_cmpstr (a->state, ==, b->state);
      g_assert_cmpstr (a->error, ==, b->error);
      g_assert_cmpstr (a->error_node, ==, b->error_node);
      g_assert_cmpint (a->tokens_in, ==, b->tokens_in);
      g_assert_cmpint (a->tokens_out, ==, b->tokens_out);
      g_assert_cmpfloat (a->cost, ==, b->cost);
      g_assert_true (a->reward == b->reward || (a->reward != a->reward && b->reward != b->reward));
      g_assert_true (leyden_value_equal (leyden_rollout_get_result (watch->rollout), leyden_rollout_get_result (whole->rollout)));
      fold = fold_stored (store, rollout);
      actual = essence (fold);
      if (!latency)
        {
          g_autoptr(LeydenValue) with = g_steal_pointer (&actual);

          actual = without_latency (with);
        }
      text = leyden_json_write (actual, LEYDEN_JSON_CANONICAL);
      g_assert_cmpstr (text, ==, expected_text);
    }
  test_store_done (store);
}

static void
test_every_prefix (void)
{
  check_prefixes (agent_flow, "{\"q\": \"6*7\", \"want\": 42}", FALSE, 2);
}

static void
test_every_prefix_failed (void)
{
  check_prefixes ("{\"nodes\": {\"h\": {\"type\": \"probe\", \"does\": \"hang\"}, \"b\": {\"type\": \"probe\", \"does\": \"fail-async\"}, \"c\": {\"type\": \"needy\"}},"
                  " \"edges\": [\"b.x > c.need\"]}", "{}", FALSE, 0);
}

static void
test_every_prefix_merge (void)
{
  check_prefixes ("{\"nodes\": {\"s\": {\"type\": \"probe\", \"does\": \"async\", \"ms\": 10}, \"q\": {\"type\": \"probe\"}, \"m\": {\"type\": \"merge\"},"
                  " \"w\": {\"type\": \"probe\"}, \"o\": {\"type\": \"output\"}}, \"edges\": [\"s.x > m.values\", \"q.x > m.values\", \"m.value > w.a\","
                  " \"w.x > o.result\"]}", "{}", FALSE, 0);
}

/* Answers that are in the log are not asked for again. */
static void
test_answers_are_kept (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (agent_flow);
  LeydenStore *store = test_store ();
  g_autoptr(TestTransport) transport = test_transport_new (answer_agent);
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(Watch) whole = start (engine, plan, "whole", "{\"q\": \"6*7\", \"want\": 42}", FALSE, FALSE);
  guint n_responses = 0;

  watch_wait (whole);
  for (guint n = 1; n <= whole->records->len; n++)
    {
      g_autofree char *rollout = g_strdup_printf ("kept-%u", n);
      LeydenRecord *record = g_ptr_array_index (whole->records, n - 1);
      g_autoptr(Watch) watch = NULL;

      n_responses += g_str_equal (record->type, "model.response");
      test_put_prefix (store, whole->records, n, rollout);
      transport->n_calls = 0;
      watch = start (engine, plan, rollout, "{\"q\": \"6*7\", \"want\": 42}", FALSE, FALSE);
      watch_wait (watch);
      g_assert_cmpuint (transport->n_calls, ==, 2 - n_responses);
      g_assert_false (n == whole->records->len && watch->records->len > 0);
    }
  test_store_done (store);
}

static LeydenValue *
answer_second (const LeydenModelCall  *call,
               GError                **error)
{
  static guint n;

  if (n++ > 0)
    return test_answer_text ("hello");
  g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NODE, "Not now");
  return NULL;
}

/* The time of tries that failed before the crash counts, as it does without one. */
static void
test_time_of_earlier_tries (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]},"
                                          " \"c\": {\"type\": \"chat\", \"retry\": {\"max\": 1}}}, \"edges\": [\"i.q > c.prompt\"]}");
  LeydenStore *store = test_store ();
  g_autoptr(TestTransport) transport = test_transport_new (answer_second);
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(Watch) whole = start (engine, plan, "whole", "{\"q\": \"Hi\"}", FALSE, FALSE);
  g_autoptr(Watch) resumed = NULL;
  const LeydenRecord *retried;

  watch_wait (whole);
  retried = watch_find (whole, "node.retried", "c");
  test_put_prefix (store, whole->records, (guint) retried->sequence, "cut");
  resumed = start (engine, plan, "cut", "{\"q\": \"Hi\"}", FALSE, FALSE);
  watch_wait (resumed);
  g_assert_cmpfloat (leyden_rollout_get_row (whole->rollout)->latency_ms, >, 100);
  g_assert_cmpfloat (leyden_rollout_get_row (resumed->rollout)->latency_ms, ==, leyden_rollout_get_row (whole->rollout)->latency_ms);
  test_store_done (store);
}

static void
test_other_flow (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\"}}, \"edges\": []}");
  g_autoptr(LeydenPlan) other = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"dead\"}}, \"edges\": []}");
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(Watch) whole = start (engine, plan, "whole", "{}", FALSE, FALSE);
  g_autoptr(Watch) changed = NULL;
  g_autoptr(Watch) input = NULL;
  g_autoptr(LeydenValue) fold = NULL;

  watch_wait (whole);
  test_put_prefix (store, whole->records, 2, "cut");
  changed = start (engine, other, "cut", "{}", FALSE, FALSE);
  watch_wait (changed);
  g_assert_cmpstr (leyden_rollout_get_state (changed->rollout), ==, "failed");
  input = start (engine, plan, "cut", "{\"q\": 1}", FALSE, FALSE);
  watch_wait (input);
  g_assert_cmpstr (leyden_rollout_get_state (input->rollout), ==, "failed");
  /* Nothing was written: it can still be resumed. */
  fold = fold_stored (store, "cut");
  g_assert_cmpint (leyden_value_get_member_int (fold, "sequence", 0), ==, 2);
  test_store_done (store);
}

/* Effects that must not happen twice */

static const char once_flow[] = "{\"nodes\": {\"a\": {\"type\": \"once\", \"does\": \"%s\"}, \"o\": {\"type\": \"output\"}}, \"edges\": [\"a.x > o.result\"]}";

typedef enum { FAIL, RERUN, ASK_RERUN, ASK_FAIL } Policy;

static void
check_once (const char *does,
            const char *cut_type,
            Policy      policy,
            const char *state,
            guint       n_more)
{
  g_autofree char *text = g_strdup_printf (once_flow, does);
  g_autoptr(LeydenPlan) plan = test_plan (text);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(Watch) whole = start (engine, plan, "whole", "{}", FALSE, FALSE);
  g_autoptr(Watch) watch = NULL;
  guint n = 0, before;

  watch_wait (whole);
  g_assert_cmpstr (leyden_rollout_get_state (whole->rollout), ==, "succeeded");
  while (!g_str_equal (((LeydenRecord *) g_ptr_array_index (whole->records, n))->type, cut_type))
    n++;
  test_put_prefix (store, whole->records, n + 1, "cut");
  before = probe_counts.n_executed;
  watch = start (engine, plan, "cut", "{}", policy == RERUN, policy >= ASK_RERUN);
  if (policy >= ASK_RERUN)
    {
      while (watch_count (watch, "node.waiting", "a") == 0)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (probe_counts.n_executed, ==, before);
      g_assert_false (leyden_rollout_decide (watch->rollout, "b", TRUE, "user"));
      g_assert_true (leyden_rollout_decide (watch->rollout, "a", policy == ASK_RERUN, "user"));
      g_assert_false (leyden_rollout_decide (watch->rollout, "a", TRUE, "user"));
    }
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, state);
  g_assert_cmpuint (probe_counts.n_executed - before, ==, n_more);
  if (policy >= ASK_RERUN)
    g_assert_cmpstr (watch_find (watch, "decision.made", "a")->actor, ==, "user");
  test_store_done (store);
}

static void
test_once (void)
{
  check_once ("pass", "node.started", FAIL, "failed", 0);
  check_once ("pass", "node.started", RERUN, "succeeded", 1);
  check_once ("pass", "node.started", ASK_RERUN, "succeeded", 1);
  check_once ("pass", "node.started", ASK_FAIL, "failed", 0);
  /* Finished, or not even begun: no doubt. */
  check_once ("pass", "node.finished", FAIL, "succeeded", 0);
  check_once ("pass", "rollout.started", FAIL, "succeeded", 1);
}

static void
test_cancel_while_asking (void)
{
  g_autofree char *text = g_strdup_printf (once_flow, "pass");
  g_autoptr(LeydenPlan) plan = test_plan (text);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(Watch) whole = start (engine, plan, "whole", "{}", FALSE, FALSE);
  g_autoptr(Watch) watch = NULL;

  watch_wait (whole);
  test_put_prefix (store, whole->records, 2, "cut");
  watch = start (engine, plan, "cut", "{}", FALSE, TRUE);
  while (watch_count (watch, "node.waiting", "a") == 0)
    g_main_context_iteration (NULL, TRUE);
  leyden_rollout_cancel (watch->rollout, NULL);
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
  g_assert_false (leyden_rollout_decide (watch->rollout, "a", TRUE, "user"));
  test_store_done (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resume/every-prefix", test_every_prefix);
  g_test_add_func ("/resume/every-prefix/failed", test_every_prefix_failed);
  g_test_add_func ("/resume/every-prefix/merge", test_every_prefix_merge);
  g_test_add_func ("/resume/answers-are-kept", test_answers_are_kept);
  g_test_add_func ("/resume/time-of-earlier-tries", test_time_of_earlier_tries);
  g_test_add_func ("/resume/other-flow", test_other_flow);
  g_test_add_func ("/resume/once", test_once);
  g_test_add_func ("/resume/once/cancel-while-asking", test_cancel_while_asking);
  return g_test_run ();
}
