/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"
#include "leyden-flow-pins.h"
#include "leyden-json.h"
#include "leyden-part.h"

/* One node by itself, and from a node on, with what an earlier rollout left. */

static const char flow_text[] =
  "{\"nodes\": {"
  "\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]},"
  "\"p\": {\"type\": \"prompt\", \"template\": \"Solve {{ q }}\"},"
  "\"c\": {\"type\": \"probe\", \"does\": \"call\"},"
  "\"a\": {\"type\": \"probe\", \"does\": \"async\"},"
  "\"b\": {\"type\": \"probe\", \"does\": \"pass\"},"
  "\"side\": {\"type\": \"probe\", \"does\": \"pass\"},"
  "\"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"text\", \"type\": \"any\"}]}},"
  "\"edges\": [\"i.q > p.q\", \"p.text > c.a\", \"p.text > a.a\", \"a.x > b.a\", \"i.q > side.a\", \"b.x > o.text\"]}";

static LeydenFlow *
make_flow (const char *text)
{
  g_autoptr(LeydenValue) compact = test_json (text);

  return test_flow (compact);
}

/* The fold of a whole rollout. */
static LeydenValue *
run_whole (LeydenEngine *engine,
           const char   *text,
           const char   *input)
{
  g_autoptr(LeydenPlan) plan = test_plan (text);
  g_autoptr(Watch) watch = run_once (engine, plan, input);

  return watch_fold (watch);
}

static LeydenValue *
prepare (const char   *text,
         const char   *mode,
         const char   *node,
         LeydenValue  *state,
         const char   *typed,
         GError      **error)
{
  g_autoptr(LeydenFlow) flow = make_flow (text);
  g_autoptr(LeydenValue) values = typed != NULL ? test_json (typed) : NULL;
  LeydenPartRequest request = { mode, node, values, state != NULL ? "earlier" : NULL, state };

  return leyden_part_prepare (flow, test_types (), &request, error);
}

static Watch *
start_part (LeydenEngine    *engine,
            const char      *text,
            LeydenValue     *part,
            const char      *rollout,
            LeydenCacheMode  cache)
{
  g_autoptr(LeydenFlow) flow = make_flow (text);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPlan) plan = leyden_plan_new_part (flow, test_types (), part, &error);
  LeydenRolloutSpec spec = { .plan = plan, .input = leyden_value_get_member (part, "input"), .seed = 42, .rollout = rollout, .item = "0",
                             .part = part, .cache = cache };

  g_assert_no_error (error);
  return watch_new (leyden_engine_start_rollout (engine, &spec));
}

static Watch *
run_part (LeydenEngine *engine,
          const char   *text,
          LeydenValue  *part)
{
  Watch *watch = start_part (engine, text, part, NULL, LEYDEN_CACHE_OFF);

  watch_wait (watch);
  return watch;
}

static const char *
get_text (LeydenValue *value,
          const char  *pointer)
{
  return leyden_value_get_string (leyden_value_lookup_pointer (value, pointer), NULL);
}

static void
test_one_node (void)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) state = run_whole (engine, flow_text, "{\"q\": \"6*7\"}");
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (flow_text, "node", "a", state, NULL, &error);
  g_autoptr(Watch) watch = NULL;
  g_autoptr(LeydenValue) fold = NULL;
  const LeydenRecord *given;

  g_assert_no_error (error);
  probe_counts = (ProbeCounts) { 0 };
  watch = run_part (engine, flow_text, part);
  fold = watch_fold (watch);
  g_assert_cmpuint (probe_counts.n_executed, ==, 1);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (get_text (fold, "/nodes/a/outputs/x"), ==, "Solve 6*7");
  /* What was not run says where it is from, and nothing else of the flow is in the log. */
  given = watch_find (watch, "node.finished", "p");
  g_assert_cmpstr (get_text (given->payload, "/from/rollout"), ==, "earlier");
  g_assert_cmpstr (get_text (fold, "/nodes/p/from/rollout"), ==, "earlier");
  g_assert_null (leyden_value_lookup_pointer (fold, "/nodes/a/from"));
  g_assert_cmpuint (watch_count (watch, "node.started", "p"), ==, 0);
  g_assert_null (leyden_value_lookup_pointer (fold, "/nodes/b"));
  g_assert_null (leyden_value_lookup_pointer (fold, "/nodes/i"));
  g_assert_cmpstr (get_text (fold, "/part/node"), ==, "a");
  g_assert_cmpstr (get_text (fold, "/part/mode"), ==, "node");
}

static void
test_from_here (void)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) state = run_whole (engine, flow_text, "{\"q\": \"6*7\"}");
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (flow_text, "from", "a", state, NULL, &error);
  g_autoptr(Watch) watch = NULL;
  g_autoptr(LeydenValue) fold = NULL;

  g_assert_no_error (error);
  probe_counts = (ProbeCounts) { 0 };
  watch = run_part (engine, flow_text, part);
  fold = watch_fold (watch);
  g_assert_cmpuint (probe_counts.n_executed, ==, 2);      /* a and b, not c and side */
  g_assert_true (leyden_value_equal (leyden_value_get_member (fold, "result"), leyden_value_get_member (state, "result")));
  g_assert_null (leyden_value_lookup_pointer (fold, "/nodes/side"));
}

/* A source is taken as it is now: switched off since, it gives nothing or hands on, and its pin does not count. */
static void
test_source_off (void)
{
  static const struct
  {
    const char *p;
    const char *given;
    const char *x;
  } cases[] = {
    { "", "/given/p/outputs", "Solve 6*7" },
    { ", \"node_pin\": {\"outputs\": {\"text\": \"pinned\"}}", "/given/p/pin", "pinned" },
    { ", \"node_mode\": \"disabled\", \"node_pin\": {\"outputs\": {\"text\": \"pinned\"}}", "/given/p/skipped", NULL },
    { ", \"node_mode\": \"bypassed\", \"node_pin\": {\"outputs\": {\"text\": \"pinned\"}}", "/given/i/outputs", "6*7" },
  };
  static const char before[] = "{\"type\": \"prompt\"";
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) state = run_whole (engine, flow_text, "{\"q\": \"6*7\"}");
  g_auto(GStrv) parts = g_strsplit (flow_text, before, 2);

  g_assert_nonnull (parts[1]);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat (parts[0], before, cases[i].p, parts[1], NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) part = prepare (text, "node", "a", state, NULL, &error);
      g_autoptr(Watch) watch = NULL;
      g_autoptr(LeydenValue) fold = NULL;

      g_assert_no_error (error);
      g_assert_nonnull (leyden_value_lookup_pointer (part, cases[i].given));
      watch = run_part (engine, text, part);
      fold = watch_fold (watch);
      g_assert_cmpstr (get_text (fold, "/nodes/a/outputs/x"), ==, cases[i].x);
    }
}

static void
test_no_values (void)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (flow_text, "node", "a", NULL, NULL, &error);

  g_assert_null (part);
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES);
  g_assert_nonnull (strstr (error->message, "Try the flow first"));
  g_clear_error (&error);
  part = prepare (flow_text, "node", "nowhere", NULL, NULL, &error);
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
  g_clear_error (&error);
  part = prepare (flow_text, "node", "a", NULL, "{\"nothing\": 1}", &error);
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_INPUT);
}

static void
test_typed (void)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (flow_text, "node", "a", NULL, "{\"a\": \"typed\"}", &error);
  g_autoptr(Watch) watch = NULL;
  g_autoptr(LeydenValue) fold = NULL;

  g_assert_no_error (error);
  watch = run_part (engine, flow_text, part);
  fold = watch_fold (watch);
  g_assert_cmpstr (get_text (fold, "/nodes/a/outputs/x"), ==, "typed");
  g_assert_cmpstr (get_text (fold, "/nodes/a/typed/a"), ==, "typed");
  g_assert_null (leyden_value_lookup_pointer (fold, "/nodes/p"));
}

/* What is wrong elsewhere is no hindrance; what is wrong with the node is. */
static void
test_half_built (void)
{
  static const char text[] =
    "{\"nodes\": {\"i\": {\"type\": \"constant\", \"text\": \"x\"}, \"a\": {\"type\": \"probe\", \"does\": \"async\"}, \"lost\": {\"type\": \"needy\"},"
    " \"bad\": {\"type\": \"not-installed\"}}, \"edges\": [\"i.value > a.a\"]}";
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (text, "node", "a", NULL, NULL, &error);
  g_autoptr(LeydenValue) broken = NULL;
  g_autoptr(LeydenFlow) flow = make_flow (text);
  g_autoptr(LeydenPlan) plan = NULL;
  g_autoptr(Watch) watch = NULL;
  g_autoptr(LeydenValue) fold = NULL;

  g_assert_no_error (error);
  watch = run_part (engine, text, part);
  fold = watch_fold (watch);
  g_assert_cmpstr (get_text (fold, "/nodes/a/outputs/x"), ==, "x");      /* the Constant ran */
  broken = prepare (text, "node", "lost", NULL, NULL, &error);
  g_assert_no_error (error);
  plan = leyden_plan_new_part (flow, test_types (), broken, &error);
  g_assert_null (plan);
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
}

static const char branches[] =
  "{\"nodes\": {"
  "\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"n\", \"type\": \"number\"}]},"
  "\"f\": {\"type\": \"if\", \"condition\": \"value > 0\"},"
  "\"t\": {\"type\": \"needy\"},"
  "\"u\": {\"type\": \"needy\"},"
  "\"ill\": {\"type\": \"probe\", \"does\": \"fail\"},"
  "\"h\": {\"type\": \"probe\", \"does\": \"async\"},"
  "\"m\": {\"type\": \"merge\"},"
  "\"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"r\", \"type\": \"any\"}]}},"
  "\"edges\": [\"i.n > f.value\", \"f.then > t.need\", \"f.else > u.need\", \"t.x > m.values\", \"u.x > m.values\", \"m.value > o.r\","
  " \"i.n > ill.a\", \"ill.error > h.a\"]}";

/* Dead ends and caught failures are given as they were. */
static void
test_dead_and_failed (void)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) state = run_whole (engine, branches, "{\"n\": 1}");
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (branches, "from", "m", state, NULL, &error);
  g_autoptr(LeydenValue) after = prepare (branches, "node", "h", state, NULL, NULL);
  g_autoptr(Watch) watch = NULL;
  g_autoptr(Watch) caught = NULL;
  g_autoptr(LeydenValue) fold = NULL;
  g_autoptr(LeydenValue) caught_fold = NULL;
  g_autofree char *skipped = NULL;

  g_assert_no_error (error);
  watch = run_part (engine, branches, part);
  fold = watch_fold (watch);
  g_assert_true (leyden_value_equal (leyden_value_get_member (fold, "result"), leyden_value_get_member (state, "result")));
  skipped = node_state (fold, "u");
  g_assert_cmpstr (skipped, ==, "skipped");
  caught = run_part (engine, branches, after);
  caught_fold = watch_fold (caught);
  g_assert_cmpstr (leyden_rollout_get_state (caught->rollout), ==, "succeeded");
  g_assert_true (leyden_value_equal (leyden_value_lookup_pointer (caught_fold, "/nodes/h/outputs"),
                                     leyden_value_lookup_pointer (state, "/nodes/h/outputs")));
}

static const char container[] =
  "{\"nodes\": {"
  "\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"items\", \"type\": \"list\"}]},"
  "\"each\": {\"type\": \"map\", \"flow\": {\"nodes\": {"
  "  \"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"item\", \"type\": \"any\"}]},"
  "  \"work\": {\"type\": \"probe\", \"does\": \"async\"},"
  "  \"next\": {\"type\": \"probe\", \"does\": \"async\"},"
  "  \"out\": {\"type\": \"output\", \"fields\": [{\"name\": \"y\", \"type\": \"any\"}]}},"
  "  \"edges\": [\"in.item > work.a\", \"work.x > next.a\", \"next.x > out.y\"]}},"
  "\"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"all\", \"type\": \"any\"}]}},"
  "\"edges\": [\"i.items > each.item\", \"each.y > o.all\"]}";

static void
test_in_a_round (void)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) state = run_whole (engine, container, "{\"items\": [\"x\", \"y\", \"z\"]}");
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (container, "from", "each[1]/work", state, NULL, &error);
  g_autoptr(LeydenValue) last = NULL;
  g_autoptr(Watch) watch = NULL;
  g_autoptr(LeydenValue) fold = NULL;

  g_assert_no_error (error);
  probe_counts = (ProbeCounts) { 0 };
  watch = run_part (engine, container, part);
  fold = watch_fold (watch);
  g_assert_cmpuint (probe_counts.n_executed, ==, 2);
  g_assert_cmpstr (get_text (fold, "/nodes/each[1]~1work/outputs/x"), ==, "y");
  g_assert_cmpstr (get_text (fold, "/nodes/each[1]~1next/outputs/x"), ==, "y");
  g_assert_cmpstr (get_text (fold, "/nodes/each[1]~1in/from/rollout"), ==, "earlier");
  g_assert_cmpstr (get_text (fold, "/result/y"), ==, "y");
  /* Without a round: the last one. */
  last = prepare (container, "node", "each/work", state, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (leyden_value_get_member_string (last, "node", ""), "each["));
}

static void
test_tool_refused (void)
{
  static const char text[] =
    "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]}, \"calc\": {\"type\": \"calculator\"},"
    " \"g\": {\"type\": \"agent\"}}, \"edges\": [\"i.q > g.prompt\", \"calc.tools > g.tools\"]}";
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (text, "node", "calc", NULL, NULL, &error);

  g_assert_null (part);
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
}

/* Wherever the log is cut, the part ends as if nothing had happened, and what is given is never run. */
static void
check_cuts (const char *text,
            const char *input,
            const char *node)
{
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(LeydenValue) state = run_whole (engine, text, input);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) part = prepare (text, "from", node, state, NULL, &error);
  g_autoptr(Watch) whole = start_part (engine, text, part, "whole", LEYDEN_CACHE_OFF);
  g_autoptr(LeydenValue) whole_fold = NULL;

  g_assert_no_error (error);
  watch_wait (whole);
  whole_fold = watch_fold (whole);
  g_assert_cmpstr (leyden_rollout_get_state (whole->rollout), ==, "succeeded");
  for (guint n = 1; n <= whole->records->len; n++)
    {
      const char *type = ((LeydenRecord *) g_ptr_array_index (whole->records, n - 1))->type;
      g_autofree char *rollout = g_strdup_printf ("cut-%u", n);
      g_autoptr(Watch) watch = NULL;
      LeydenValue *expected = leyden_value_get_member (whole_fold, "result");

      /* The start and what is given are written at once. */
      if (g_str_equal (type, "rollout.started") || leyden_value_get_member (((LeydenRecord *) g_ptr_array_index (whole->records, n - 1))->payload, "from"))
        continue;
      test_put_prefix (store, whole->records, n, rollout);
      watch = start_part (engine, text, part, rollout, LEYDEN_CACHE_OFF);
      watch_wait (watch);
      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
      if (n < whole->records->len)
        g_assert_true (leyden_value_equal (leyden_rollout_get_result (watch->rollout), expected));
    }
  test_store_done (store);
}

static void
test_cuts (void)
{
  check_cuts (flow_text, "{\"q\": \"6*7\"}", "a");
  check_cuts (container, "{\"items\": [\"x\", \"y\"]}", "each[1]/work");
  check_cuts (container, "{\"items\": [\"x\", \"y\"]}", "each");
}

/* Pins */

static LeydenFlow *
make_pinned (void)
{
  g_autoptr(LeydenFlow) flow = make_flow ("{\"nodes\": {"
    "\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]}, \"a\": {\"type\": \"probe\", \"does\": \"async\"},"
    "\"b\": {\"type\": \"probe\", \"does\": \"async\"}, \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"text\", \"type\": \"any\"}]}},"
    "\"edges\": [\"i.q > a.a\", \"a.x > b.a\", \"b.x > o.text\"]}");
  g_autoptr(LeydenValue) outputs = test_json ("{\"x\": \"pinned\"}");
  g_autoptr(LeydenValue) pin = leyden_pin_new (outputs, NULL, 0, "earlier", 1, FALSE);
  g_autoptr(LeydenEdit) edit = leyden_edit_new_pin (flow, "a", pin);
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_flow_apply (flow, edit, &error));
  g_assert_no_error (error);
  return g_steal_pointer (&flow);
}

static void
test_pin (void)
{
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenFlow) flow = make_pinned ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPlan) plan = leyden_plan_new (flow, test_types (), &error);
  g_autoptr(LeydenEdit) unpin = NULL;
  g_autoptr(Watch) watch = NULL;
  g_autoptr(LeydenValue) fold = NULL;
  g_autofree char *names = leyden_flow_name_pins (flow);

  g_assert_no_error (error);
  probe_counts = (ProbeCounts) { 0 };
  watch = run_once (engine, plan, "{\"q\": \"real\"}");
  fold = watch_fold (watch);
  g_assert_cmpuint (probe_counts.n_executed, ==, 1);
  g_assert_cmpstr (get_text (fold, "/result/text"), ==, "pinned");
  g_assert_true (leyden_value_get_boolean (leyden_value_lookup_pointer (fold, "/nodes/a/from/pin")));
  g_assert_nonnull (names);
  unpin = leyden_edit_new_unpin_all (flow);
  g_assert_true (leyden_flow_apply (flow, unpin, NULL));
  g_clear_pointer (&names, g_free);
  names = leyden_flow_name_pins (flow);
  g_assert_null (names);
}

static void
test_pin_elsewhere (void)
{
  g_autoptr(LeydenFlow) flow = make_pinned ();
  g_autoptr(LeydenValue) pin = leyden_pin_new (NULL, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 9, NULL, 1, FALSE);
  g_autoptr(LeydenEdit) edit = leyden_edit_new_pin (flow, "a", pin);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPlan) plan = NULL;

  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  plan = leyden_plan_new (flow, test_types (), &error);
  g_assert_null (plan);
  g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/part/one-node", test_one_node);
  g_test_add_func ("/part/from-here", test_from_here);
  g_test_add_func ("/part/source-off", test_source_off);
  g_test_add_func ("/part/no-values", test_no_values);
  g_test_add_func ("/part/typed", test_typed);
  g_test_add_func ("/part/half-built", test_half_built);
  g_test_add_func ("/part/dead-and-failed", test_dead_and_failed);
  g_test_add_func ("/part/in-a-round", test_in_a_round);
  g_test_add_func ("/part/tool-refused", test_tool_refused);
  g_test_add_func ("/part/cuts", test_cuts);
  g_test_add_func ("/part/pin", test_pin);
  g_test_add_func ("/part/pin-elsewhere", test_pin_elsewhere);
  return g_test_run ();
}
