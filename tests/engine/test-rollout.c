/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <math.h>
#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"

static const char hanging[] = "{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"hang\"}, \"b\": {\"type\": \"probe\"}}, \"edges\": [\"a.x > b.a\"]}";

static Watch *
start (LeydenEngine      *engine,
       LeydenPlan        *plan,
       LeydenRolloutSpec  spec)
{
  spec.plan = plan;
  return watch_new (leyden_engine_start_rollout (engine, &spec));
}

static gboolean
cancel_cb (gpointer data)
{
  leyden_rollout_cancel (data, "Enough\nof it");
  return G_SOURCE_REMOVE;
}

static void
test_cancel (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (hanging);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { 0, });
  g_autofree char *state = NULL;
  g_autoptr(LeydenValue) fold = NULL;
  guint cancelled = probe_counts.n_cancelled;

  g_timeout_add (5, cancel_cb, watch->rollout);
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error, ==, "Enough\\nof it");
  fold = watch_fold (watch);
  state = node_state (fold, "a");
  g_assert_cmpstr (state, ==, "cancelled");
  g_assert_null (watch_find (watch, "node.started", "b"));
  /* The node was told, and nothing of it comes late. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (probe_counts.n_cancelled, ==, cancelled + 1);
  g_assert_cmpuint (probe_counts.n_open, ==, 0);
  g_assert_cmpstr (((LeydenRecord *) g_ptr_array_index (watch->records, watch->records->len - 1))->type, ==, "rollout.finished");
  test_store_done (store);
}

static void
test_cancel_before_start (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (hanging);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { 0, });

  leyden_rollout_cancel (watch->rollout, NULL);
  leyden_rollout_cancel (watch->rollout, "again");
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
  g_assert_cmpuint (watch_count (watch, "node.started", NULL), ==, 0);
}

/* A late answer of a node that does not listen to its cancellable changes nothing. */
static void
test_cancel_deaf_node (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"async\", \"ms\": 60}}, \"edges\": []}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { 0, });
  guint n_records;

  g_timeout_add (5, cancel_cb, watch->rollout);
  watch_wait (watch);
  g_assert_cmpuint (probe_counts.n_open, ==, 1);
  n_records = watch->records->len;
  while (probe_counts.n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (watch->records->len, ==, n_records);
}

static void
cancel_at_start_cb (LeydenRollout *rollout,
                    LeydenRecord  *record,
                    const char    *type)
{
  if (g_str_equal (record->type, type))
    leyden_rollout_cancel (rollout, NULL);
}

/* From within a signal, wherever it comes. */
static void
test_cancel_from_record (void)
{
  static const char * const types[] = { "rollout.started", "node.started", "node.finished", "node.cancelled", "rollout.finished" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\"}, \"b\": {\"type\": \"probe\", \"does\": \"async\"}}, \"edges\": [\"a.x > b.a\"]}");
      g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
      g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { 0, });

      g_signal_connect (watch->rollout, "record", G_CALLBACK (cancel_at_start_cb), (gpointer) types[i]);
      watch_wait (watch);
      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, i < 3 ? "cancelled" : "succeeded");
      g_assert_cmpuint (watch_count (watch, "rollout.finished", NULL), ==, 1);
    }
  while (probe_counts.n_open > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_deadline (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (hanging);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { .deadline_s = 1 });
  LeydenValue *error;

  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  error = leyden_value_get_member (watch_find (watch, "rollout.finished", "")->payload, "error");
  g_assert_cmpstr (leyden_value_get_member_string (error, "code", NULL), ==, "deadline");
  g_assert_nonnull (watch_find (watch, "node.cancelled", "a"));
}

static void
test_max_steps (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\"}, \"b\": {\"type\": \"probe\"}, \"c\": {\"type\": \"probe\"}},"
                                          " \"edges\": [\"a.x > b.a\", \"b.x > c.a\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) at_limit = start (engine, plan, (LeydenRolloutSpec) { .max_steps = 3 });
  g_autoptr(Watch) over = start (engine, plan, (LeydenRolloutSpec) { .max_steps = 2 });

  watch_wait (at_limit);
  watch_wait (over);
  g_assert_cmpstr (leyden_rollout_get_state (at_limit->rollout), ==, "succeeded");
  g_assert_cmpstr (leyden_rollout_get_state (over->rollout), ==, "failed");
  g_assert_cmpuint (watch_count (over, "node.started", NULL), ==, 2);
}

/* Nothing but a retry is under way, and its waits are longer than the deadline. */
static void
test_deadline_between_tries (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"fail\", \"retry\": {\"max\": 20}}}, \"edges\": []}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { .deadline_s = 1 });
  LeydenValue *error;

  watch_wait (watch);
  error = leyden_value_get_member (watch_find (watch, "rollout.finished", "")->payload, "error");
  g_assert_cmpstr (leyden_value_get_member_string (error, "code", NULL), ==, "deadline");
}

/* A flow may have more nodes than the limit of steps: each of them may start once. */
static void
test_more_nodes_than_steps (void)
{
  g_autoptr(GString) text = g_string_new ("{\"leyden\": 1, \"id\": \"many\", \"nodes\": [");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(LeydenPlan) plan = NULL;
  g_autoptr(Watch) watch = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 10001; i++)
    g_string_append_printf (text, "%s{\"id\": \"n%u\", \"type\": \"probe\"}", i > 0 ? ", " : "", i);
  g_string_append (text, "], \"edges\": []}");
  bytes = g_bytes_new (text->str, text->len);
  flow = leyden_flow_parse (bytes, "many", &error);
  g_assert_no_error (error);
  plan = leyden_plan_new (flow, test_types (), &error);
  g_assert_no_error (error);
  watch = start (engine, plan, (LeydenRolloutSpec) { 0, });
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
}

static LeydenValue *
answer_hello (const LeydenModelCall  *call,
              GError                **error)
{
  return test_answer_text ("hello");
}

/* "slow" takes 300 ms of modelled time, all others 100. */
static LeydenValue *
answer_by_model (const LeydenModelCall  *call,
                 GError                **error)
{
  const char *model = leyden_value_get_member_string (call->body, "model", "");
  g_autoptr(LeydenValue) answer = test_answer_text (model);
  g_autoptr(LeydenValue) latency = leyden_value_new_double (g_str_equal (model, "slow") ? 300 : 100);

  return leyden_value_with_member (answer, "latency_ms", latency);
}

#define CHAT(model) "{\"type\": \"chat\", \"model\": {\"endpoint\": \"simulated\", \"model\": \"" model "\"}}"

/* At no pace at all, things still happen in the order of their modelled times: a merge takes what came first. */
static void
test_modelled_order (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]},"
                                          " \"a\": " CHAT ("slow") ", \"b\": " CHAT ("quick") ", \"c\": " CHAT ("other") ", \"m\": {\"type\": \"merge\"},"
                                          " \"o\": {\"type\": \"output\"}}, \"edges\": [\"i.q > a.prompt\", \"i.q > b.prompt\", \"b.text > c.prompt\","
                                          " \"a.text > m.values\", \"c.text > m.values\", \"m.value > o.result\"]}");
  g_autoptr(TestTransport) transport = test_transport_new (answer_by_model);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"q\": \"Hi\"}");

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_rollout_get_result (watch->rollout), "result", NULL), ==, "other");
}

/* Nor does a failure cut off what was done before it. */
static void
test_modelled_order_failure (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]},"
                                          " \"a\": " CHAT ("slow") ", \"b\": " CHAT ("quick") ", \"c\": " CHAT ("other") ", \"d\": " CHAT ("slow") ","
                                          " \"x\": {\"type\": \"extract\", \"pattern\": \"zzz\"}}, \"edges\": [\"i.q > a.prompt\", \"i.q > b.prompt\","
                                          " \"b.text > c.prompt\", \"c.text > d.prompt\", \"a.text > x.text\"]}");
  g_autoptr(TestTransport) transport = test_transport_new (answer_by_model);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"q\": \"Hi\"}");

  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error_node, ==, "x");
  /* c ended at 200 ms, a at 300, and d was cancelled. */
  g_assert_cmpint (leyden_rollout_get_row (watch->rollout)->tokens_in, ==, 30);
  g_assert_nonnull (watch_find (watch, "node.finished", "c"));
  g_assert_nonnull (watch_find (watch, "node.cancelled", "d"));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static const char two_chats[] =
  "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]}, \"c\": {\"type\": \"chat\"}, \"d\": {\"type\": \"chat\"},"
  " \"o\": {\"type\": \"output\"}}, \"edges\": [\"i.q > c.prompt\", \"c.text > d.prompt\", \"d.text > o.result\"]}";

static void
test_usage (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (two_chats);
  g_autoptr(TestTransport) transport = test_transport_new (answer_hello);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"q\": \"hi\"}");
  const LeydenRolloutRow *row = leyden_rollout_get_row (watch->rollout);
  g_autoptr(LeydenValue) fold = watch_fold (watch);
  LeydenValue *usage = leyden_value_get_member (fold, "usage");

  g_assert_cmpstr (row->state, ==, "succeeded");
  g_assert_cmpint (row->tokens_in, ==, 20);
  g_assert_cmpint (row->tokens_out, ==, 10);
  g_assert_cmpfloat (row->cost, ==, 1.0);
  g_assert_true (row->simulated);
  /* The longest path: two calls of 100 ms after one another. */
  g_assert_cmpfloat (row->latency_ms, ==, 200);
  g_assert_true (isnan (row->reward));
  g_assert_cmpint (leyden_value_get_member_int (usage, "tokens_in", 0), ==, 20);
  g_assert_true (leyden_value_get_member_boolean (fold, "simulated", FALSE));
  g_assert_cmpstr (watch->deltas->str, ==, "c:hello;d:hello;");
}

static void
test_max_cost (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (two_chats);
  g_autoptr(TestTransport) transport = test_transport_new (answer_hello);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(LeydenValue) input = test_json ("{\"q\": \"hi\"}");
  g_autoptr(Watch) under = start (engine, plan, (LeydenRolloutSpec) { .input = input, .max_cost = 1.0 });
  g_autoptr(Watch) over = start (engine, plan, (LeydenRolloutSpec) { .input = input, .max_cost = 0.4 });

  watch_wait (under);
  watch_wait (over);
  g_assert_cmpstr (leyden_rollout_get_state (under->rollout), ==, "succeeded");
  g_assert_cmpstr (leyden_rollout_get_state (over->rollout), ==, "failed");
  g_assert_cmpuint (watch_count (over, "model.request", NULL), ==, 1);
}

static LeydenValue *
answer_nonsense_usage (const LeydenModelCall  *call,
                       GError                **error)
{
  return test_json ("{\"message\": {\"role\": \"assistant\", \"content\": \"x\"}, \"usage\": {\"prompt_tokens\": -5, \"completion_tokens\": 1e30},"
                    " \"latency_ms\": -1, \"cost\": -3, \"flags\": [\"usage_invalid\"]}");
}

static void
test_hostile_usage (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (two_chats);
  g_autoptr(TestTransport) transport = test_transport_new (answer_nonsense_usage);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"q\": \"hi\"}");
  const LeydenRolloutRow *row = leyden_rollout_get_row (watch->rollout);
  g_autoptr(LeydenValue) fold = watch_fold (watch);

  g_assert_cmpstr (row->state, ==, "succeeded");
  g_assert_cmpint (row->tokens_in + row->tokens_out, ==, 0);
  g_assert_cmpfloat (row->cost, ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (fold, "usage"), "tokens_out", -1), ==, 0);
}

static LeydenValue *
answer_unknown (const LeydenModelCall  *call,
                GError                **error)
{
  g_autoptr(LeydenValue) answer = test_answer_text ("I only know the samples.");
  g_autoptr(LeydenValue) kind = leyden_value_new_string ("not_simulated", -1);

  return leyden_value_with_member (answer, "error_kind", kind);
}

static void
test_not_simulated (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (two_chats);
  g_autoptr(TestTransport) transport = test_transport_new (answer_unknown);
  g_autoptr(LeydenEngine) engine = test_engine (NULL, transport);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"q\": \"hi\"}");
  g_autoptr(LeydenValue) fold = watch_fold (watch);

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error, ==, "not_simulated");
  g_assert_cmpstr (leyden_value_get_member_string (fold, "error_kind", NULL), ==, "not_simulated");
}

/* Retries */

static void
test_retry (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"fail:2\", \"retry\": {\"max\": 2}}, \"b\": {\"type\": \"needy\"}},"
                                          " \"edges\": [\"a.x > b.need\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, "{}");
  g_autoptr(LeydenValue) fold = watch_fold (watch);
  LeydenValue *node = leyden_value_get_member (leyden_value_get_member (fold, "nodes"), "a");

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpuint (watch_count (watch, "node.retried", "a"), ==, 2);
  g_assert_cmpuint (watch_count (watch, "node.failed", NULL), ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (node, "attempts", 0), ==, 3);
  g_assert_null (leyden_value_get_member (node, "error"));
  g_assert_cmpstr (leyden_value_get_member_string (
                     leyden_value_get_member (watch_find (watch, "node.retried", "a")->payload, "error"), "message", NULL),
                   ==, "Probe\\nfails");
}

static void
test_retry_gives_up (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"fail\", \"retry\": {\"max\": 1, \"on\": [\"timeout\"]}}}, \"edges\": []}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, "{}");

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_cmpuint (watch_count (watch, "node.retried", "a"), ==, 1);
  g_assert_cmpuint (watch_count (watch, "node.failed", "a"), ==, 1);
}

static void
test_retry_on (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"fail\", \"retry\": {\"max\": 5, \"on\": [\"rate-limit\"]}}}, \"edges\": []}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, "{}");

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_cmpuint (watch_count (watch, "node.retried", "a"), ==, 0);
}

static void
test_cancel_in_backoff (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"fail\", \"retry\": {\"max\": 50}}}, \"edges\": []}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { 0, });

  while (watch_count (watch, "node.retried", "a") == 0)
    g_main_context_iteration (NULL, TRUE);
  leyden_rollout_cancel (watch->rollout, NULL);
  watch_wait (watch);
  g_assert_nonnull (watch_find (watch, "node.cancelled", "a"));
}

/* Slots, limits on errors, failures of the plan */

static void
test_slots (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"p\": {\"type\": \"prompt\", \"template\": \"old {{ q }}\"}, \"o\": {\"type\": \"output\"},"
                                          " \"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]}},"
                                          " \"edges\": [\"i.q > p.q\", \"p.text > o.result\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) input = test_json ("{\"q\": \"Q\"}");
  g_autoptr(LeydenValue) slots = test_json ("{\"p/template\": \"new {{ q }}\"}");
  g_autoptr(LeydenValue) other = test_json ("{\"p2/template\": \"no\"}");
  g_autoptr(Watch) plain = start (engine, plan, (LeydenRolloutSpec) { .input = input });
  g_autoptr(Watch) changed = start (engine, plan, (LeydenRolloutSpec) { .input = input, .slots = slots });
  g_autoptr(Watch) unchanged = start (engine, plan, (LeydenRolloutSpec) { .input = input, .slots = other });

  watch_wait (plain);
  watch_wait (changed);
  watch_wait (unchanged);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_rollout_get_result (plain->rollout), "result", NULL), ==, "old Q");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_rollout_get_result (changed->rollout), "result", NULL), ==, "new Q");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_rollout_get_result (unchanged->rollout), "result", NULL), ==, "old Q");
}

static void
test_broken_flow (void)
{
  g_autoptr(LeydenValue) compact = test_json ("{\"nodes\": {\"a\": {\"type\": \"evil.exec\"}, \"b\": {\"type\": \"needy\"}}, \"edges\": []}");
  g_autoptr(LeydenFlow) flow = test_flow (compact);
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_plan_new (flow, test_types (), &error));
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
  g_assert_nonnull (strstr (error->message, "evil.exec"));
}

static void
test_cycle (void)
{
  g_autoptr(LeydenValue) compact = test_json ("{\"nodes\": {\"a\": {\"type\": \"probe\"}, \"b\": {\"type\": \"probe\"}}, \"edges\": [\"a.x > b.a\", \"b.x > a.a\"]}");
  g_autoptr(LeydenFlow) flow = test_flow (compact);
  g_autoptr(GError) error = NULL;

  g_assert_null (leyden_plan_new (flow, test_types (), &error));
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
}

static void
test_no_executor (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\"}}, \"edges\": []}");
  g_autoptr(LeydenEngine) engine = leyden_engine_new (test_types (), NULL);
  g_autoptr(Watch) watch = run_once (engine, plan, "{}");

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_cmpstr (leyden_rollout_get_row (watch->rollout)->error_node, ==, "a");
}

/* A long chain of skipped nodes goes without recursion, and the loop is given back in between. */
static void
test_long_chain (void)
{
  g_autoptr(GString) text = g_string_new ("{\"nodes\": {\"n00000\": {\"type\": \"probe\", \"does\": \"dead\"}");
  g_autoptr(LeydenPlan) plan = NULL;
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = NULL;

  for (guint i = 1; i < 9000; i++)
    g_string_append_printf (text, ", \"n%05u\": {\"type\": \"needy\"}", i);
  g_string_append (text, "}, \"edges\": [");
  for (guint i = 1; i < 9000; i++)
    g_string_append_printf (text, "%s\"n%05u.x > n%05u.need\"", i > 1 ? ", " : "", i - 1, i);
  g_string_append (text, "]}");
  plan = test_plan (text->str);
  watch = run_once (engine, plan, "{}");
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpuint (watch_count (watch, "node.skipped", NULL), ==, 8999);
}

static void
test_positions (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (two_chats);
  g_autoptr(TestTransport) transport = test_transport_new (answer_hello);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(Watch) watch = run_once (engine, plan, "{\"q\": \"hi\"}");
  guint64 before = 0;

  for (guint i = 0; i < watch->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (watch->records, i);

      g_assert_cmpuint (record->sequence, ==, i + 1);
      g_assert_cmpuint (record->position, >, before);
      before = record->position;
    }
  g_assert_cmpuint (leyden_rollout_get_row (watch->rollout)->last_sequence, ==, watch->records->len);
  test_store_done (store);
}

static LeydenValue *
answer_with_nul (const LeydenModelCall  *call,
                 GError                **error)
{
  g_autoptr(LeydenValue) answer = test_answer_text ("x");
  g_autoptr(LeydenValue) text = leyden_value_new_string ("a\0b\xef\xbf\xbf", 6);
  g_autoptr(LeydenValue) number = leyden_value_new_number ("123456789012345678901234567890", -1);
  g_autoptr(LeydenValue) message = leyden_value_with_member (leyden_value_get_member (answer, "message"), "content", text);
  g_autoptr(LeydenValue) more = leyden_value_with_member (answer, "message", message);

  return leyden_value_with_member (more, "x_number", number);
}

typedef struct
{
  gboolean   done;
  GPtrArray *records;
} ReadBack;

static void
read_back_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  ReadBack *back = data;
  g_autoptr(GError) error = NULL;

  back->records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  back->done = TRUE;
}

/* L08: what a model says comes back from the log as it was, U+0000 and endless numbers included. */
static void
test_odd_text_in_log (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (two_chats);
  g_autoptr(TestTransport) transport = test_transport_new (answer_with_nul);
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(LeydenValue) input = test_json ("{\"q\": \"hi\"}");
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { .input = input, .seed = G_MAXUINT64 });
  ReadBack back = { FALSE, NULL };

  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  leyden_store_read_rollout_async (store, leyden_rollout_get_id (watch->rollout), 0, 0, NULL, read_back_cb, &back);
  wait_for (&back.done);
  g_assert_cmpuint (back.records->len, ==, watch->records->len);
  for (guint i = 0; i < back.records->len; i++)
    {
      LeydenRecord *a = g_ptr_array_index (watch->records, i);
      LeydenRecord *b = g_ptr_array_index (back.records, i);
      g_autofree char *text_a = leyden_json_write (a->payload, LEYDEN_JSON_COMPACT);
      g_autofree char *text_b = leyden_json_write (b->payload, LEYDEN_JSON_COMPACT);

      g_assert_cmpstr (text_a, ==, text_b);
    }
  g_ptr_array_unref (back.records);
  test_store_done (store);
}

static gboolean
drop_store_cb (gpointer data)
{
  leyden_sqlite_store_close (data);
  return G_SOURCE_REMOVE;
}

static void
test_store_fails (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"a\": {\"type\": \"probe\", \"does\": \"async\", \"ms\": 50}, \"b\": {\"type\": \"probe\"}}, \"edges\": [\"a.x > b.a\"]}");
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(Watch) watch = start (engine, plan, (LeydenRolloutSpec) { 0, });

  g_timeout_add (20, drop_store_cb, store);
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "failed");
  g_assert_true (g_str_has_prefix (leyden_rollout_get_row (watch->rollout)->error, "The log could not be written"));
  g_object_unref (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rollout/cancel", test_cancel);
  g_test_add_func ("/rollout/cancel/before-start", test_cancel_before_start);
  g_test_add_func ("/rollout/cancel/deaf-node", test_cancel_deaf_node);
  g_test_add_func ("/rollout/cancel/in-backoff", test_cancel_in_backoff);
  g_test_add_func ("/rollout/cancel/from-record", test_cancel_from_record);
  g_test_add_func ("/rollout/deadline", test_deadline);
  g_test_add_func ("/rollout/deadline-between-tries", test_deadline_between_tries);
  g_test_add_func ("/rollout/max-steps", test_max_steps);
  g_test_add_func ("/rollout/more-nodes-than-steps", test_more_nodes_than_steps);
  g_test_add_func ("/rollout/max-cost", test_max_cost);
  g_test_add_func ("/rollout/modelled-order", test_modelled_order);
  g_test_add_func ("/rollout/modelled-order/failure", test_modelled_order_failure);
  g_test_add_func ("/rollout/usage", test_usage);
  g_test_add_func ("/hostile/L04-engine", test_hostile_usage);
  g_test_add_func ("/rollout/not-simulated", test_not_simulated);
  g_test_add_func ("/rollout/retry", test_retry);
  g_test_add_func ("/rollout/retry/gives-up", test_retry_gives_up);
  g_test_add_func ("/rollout/retry/on", test_retry_on);
  g_test_add_func ("/rollout/slots", test_slots);
  g_test_add_func ("/hostile/W19-engine", test_broken_flow);
  g_test_add_func ("/hostile/W16-engine", test_cycle);
  g_test_add_func ("/rollout/no-executor", test_no_executor);
  g_test_add_func ("/rollout/long-chain", test_long_chain);
  g_test_add_func ("/rollout/positions", test_positions);
  g_test_add_func ("/hostile/L08-log", test_odd_text_in_log);
  g_test_add_func ("/rollout/store-fails", test_store_fails);
  return g_test_run ();
}
