/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"
#include "leyden-edit.h"
#include "leyden-json.h"

/* What nodes gave is kept by all that it depends on, and nothing else changes. */

static const char flow_text[] =
  "{\"nodes\": {"
  "\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]},"
  "\"p\": {\"type\": \"prompt\", \"template\": \"Solve {{ q }}\"},"
  "\"c\": {\"type\": \"chat\"},"
  "\"a\": {\"type\": \"probe\", \"does\": \"async\"},"
  "\"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"text\", \"type\": \"any\"}, {\"name\": \"other\", \"type\": \"any\"}]}},"
  "\"edges\": [\"i.q > p.q\", \"p.text > c.prompt\", \"p.text > a.a\", \"c.text > o.text\", \"a.x > o.other\"]}";

static LeydenValue *
answer (const LeydenModelCall  *call,
        GError                **error)
{
  return test_answer_text ("ANSWER: 42");
}

typedef struct
{
  LeydenStore     *store;
  TestTransport   *transport;
  LeydenEngine    *engine;
  LeydenNodeCache *cache;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->store = test_store ();
  self->transport = test_transport_new (answer);
  self->engine = test_engine (self->store, self->transport);
  self->cache = leyden_node_cache_new (self->store, LEYDEN_NODE_CACHE_MEMORY, LEYDEN_NODE_CACHE_STORED);
  leyden_engine_set_cache (self->engine, self->cache);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_clear_object (&self->engine);
  g_clear_object (&self->cache);
  g_clear_object (&self->transport);
  test_store_done (self->store);
}

static Watch *
run_plan (Fixture         *self,
          LeydenPlan      *plan,
          const char      *input,
          LeydenCacheMode  mode,
          guint64          seed)
{
  g_autoptr(LeydenValue) value = test_json (input);
  LeydenRolloutSpec spec = { .plan = plan, .input = value, .seed = seed, .item = "0", .cache = mode };
  Watch *watch = watch_new (leyden_engine_start_rollout (self->engine, &spec));

  watch_wait (watch);
  return watch;
}

static Watch *
run (Fixture         *self,
     const char      *input,
     LeydenCacheMode  mode)
{
  g_autoptr(LeydenPlan) plan = test_plan (flow_text);

  return run_plan (self, plan, input, mode, 42);
}

/* "part name" of the first reason why @node ran, "hit", or "" when nothing was asked. */
static char *
why (Watch      *watch,
     const char *node)
{
  g_autoptr(LeydenValue) fold = watch_fold (watch);
  LeydenValue *cache = leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (fold, "nodes"), node), "cache");
  LeydenValue *first = leyden_value_get_item (leyden_value_get_member (cache, "why"), 0);

  if (leyden_value_get_member_boolean (cache, "hit", FALSE))
    return g_strdup ("hit");
  if (first == NULL)
    return g_strdup ("");
  return g_strstrip (g_strconcat (leyden_value_get_member_string (first, "part", ""), " ", leyden_value_get_member_string (first, "name", ""), NULL));
}

#define assert_why(watch, node, expected) \
  G_STMT_START { g_autofree char *why_ = why (watch, node); g_assert_cmpstr (why_, ==, expected); } G_STMT_END

/* All that counts as a result, as one text. */
static char *
essence (Watch *watch)
{
  g_autoptr(LeydenValue) fold = watch_fold (watch);
  LeydenValue *nodes = leyden_value_get_member (fold, "nodes");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "result", leyden_value_get_member (fold, "result"));
  leyden_value_builder_set (&b, "state", leyden_value_get_member (fold, "state"));
  leyden_value_builder_set (&b, "reward", leyden_value_get_member (fold, "reward"));
  leyden_value_builder_set (&b, "latency", leyden_value_get_member (fold, "latency_ms"));
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      leyden_value_builder_key (&b, leyden_value_get_key (nodes, i));
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add (&b, leyden_value_get_member (leyden_value_get_item (nodes, i), "state"));
      leyden_value_builder_add (&b, leyden_value_get_member (leyden_value_get_item (nodes, i), "outputs"));
      leyden_value_builder_add (&b, leyden_value_get_member (leyden_value_get_item (nodes, i), "edge"));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_write (value, LEYDEN_JSON_CANONICAL);
}

static void
test_hit (Fixture       *self,
          gconstpointer  data)
{
  g_autoptr(Watch) off = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_OFF);
  g_autoptr(Watch) first = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  g_autoptr(Watch) second = NULL;
  g_autofree char *a = essence (off), *b = essence (first), *c = NULL;

  g_assert_cmpuint (self->transport->n_calls, ==, 2);
  assert_why (off, "c", "");
  assert_why (first, "c", "first");
  assert_why (first, "a", "first");
  assert_why (first, "p", "");          /* quick: not asked */
  probe_counts = (ProbeCounts) { 0 };
  second = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  assert_why (second, "c", "hit");
  assert_why (second, "a", "hit");
  g_assert_cmpuint (self->transport->n_calls, ==, 2);
  g_assert_cmpuint (probe_counts.n_executed, ==, 0);
  c = essence (second);
  g_assert_cmpstr (a, ==, b);
  g_assert_cmpstr (a, ==, c);
  /* Nothing was spent, and it is still no real answer. */
  g_assert_cmpint (leyden_rollout_get_row (second->rollout)->tokens_in, ==, 0);
  g_assert_true (leyden_rollout_get_row (second->rollout)->simulated);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (watch_find (second, "cache.hit", "c")->payload, "/cache/rollout"), NULL), ==,
                   leyden_rollout_get_id (first->rollout));
}

static LeydenPlan *
plan_with (const char *node,
           const char *parameter,
           const char *value)
{
  g_autoptr(LeydenValue) compact = test_json (flow_text);
  g_autoptr(LeydenFlow) flow = test_flow (compact);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("change");
  g_autoptr(LeydenValue) after = test_json (value);
  g_autoptr(GError) error = NULL;
  LeydenPlan *plan;

  leyden_edit_set_parameter (edit, node, parameter, after);
  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  plan = leyden_plan_new (flow, test_types (), &error);
  g_assert_no_error (error);
  return plan;
}

static void
test_why (Fixture       *self,
          gconstpointer  data)
{
  g_autoptr(Watch) first = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  g_autoptr(Watch) other = run (self, "{\"q\": \"6*8\"}", LEYDEN_CACHE_USE);
  g_autoptr(LeydenPlan) warm = plan_with ("c", "temperature", "0.9");
  g_autoptr(LeydenPlan) plain = test_plan (flow_text);
  g_autoptr(LeydenPlan) model = plan_with ("c", "model", "{\"endpoint\": \"simulated\", \"model\": \"other\"}");
  g_autoptr(Watch) warmer = run_plan (self, warm, "{\"q\": \"6*8\"}", LEYDEN_CACHE_USE, 42);
  g_autoptr(Watch) back = run_plan (self, plain, "{\"q\": \"6*8\"}", LEYDEN_CACHE_USE, 42);
  g_autoptr(Watch) seeded = run_plan (self, plain, "{\"q\": \"6*8\"}", LEYDEN_CACHE_USE, 43);
  g_autoptr(Watch) modelled = run_plan (self, model, "{\"q\": \"6*8\"}", LEYDEN_CACHE_USE, 43);
  g_autoptr(Watch) again = run_plan (self, model, "{\"q\": \"6*8\"}", LEYDEN_CACHE_REFRESH, 43);

  assert_why (other, "c", "input prompt");
  assert_why (other, "a", "input a");
  assert_why (warmer, "c", "parameter temperature");
  assert_why (warmer, "a", "hit");
  assert_why (back, "c", "hit");        /* what was kept before is still there */
  assert_why (seeded, "c", "seed");
  assert_why (seeded, "a", "hit");      /* no model, no seed */
  assert_why (modelled, "c", "parameter model");
  assert_why (again, "c", "refresh");
}

typedef struct
{
  gboolean     done;
  LeydenValue *value;
} Answer;

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Answer *got = data;

  got->value = leyden_node_cache_count_finish (LEYDEN_NODE_CACHE (object), result, NULL);
  got->done = TRUE;
}

static void
cleared_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  gboolean *done = data;

  g_assert_true (leyden_node_cache_clear_finish (LEYDEN_NODE_CACHE (object), result, NULL));
  *done = TRUE;
}

static LeydenValue *
count (Fixture *self)
{
  Answer got = { 0 };

  leyden_node_cache_count_async (self->cache, counted_cb, &got);
  wait_for (&got.done);
  return got.value;
}

static void
test_figures_and_clear (Fixture       *self,
                        gconstpointer  data)
{
  g_autoptr(Watch) first = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  g_autoptr(Watch) second = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  g_autoptr(Watch) third = run (self, "{\"q\": \"6*8\"}", LEYDEN_CACHE_USE);
  g_autoptr(LeydenValue) figures = count (self);
  g_autoptr(LeydenValue) after = NULL;
  g_autoptr(Watch) fourth = NULL;
  gboolean done = FALSE;

  g_assert_cmpint (leyden_value_get_member_int (figures, "hits", -1), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (figures, "misses", -1), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (figures, "invalidations", -1), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (figures, "memory"), "entries", -1), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (figures, "stored"), "entries", -1), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (figures, "stored"), "bytes", -1), >, 100);
  leyden_node_cache_clear_async (self->cache, NULL, cleared_cb, &done);
  wait_for (&done);
  after = count (self);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (after, "memory"), "bytes", -1), ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (after, "stored"), "entries", -1), ==, 0);
  fourth = run (self, "{\"q\": \"6*8\"}", LEYDEN_CACHE_USE);
  assert_why (fourth, "c", "cleared");
}

/* A new process finds what is in the store, and why things ran. */
static void
test_from_store (Fixture       *self,
                 gconstpointer  data)
{
  g_autoptr(Watch) first = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  g_autoptr(LeydenNodeCache) empty = leyden_node_cache_new (self->store, LEYDEN_NODE_CACHE_MEMORY, LEYDEN_NODE_CACHE_STORED);
  g_autoptr(LeydenValue) settled = count (self);        /* after the writes */
  g_autoptr(Watch) second = NULL;
  g_autoptr(Watch) third = NULL;
  g_autofree char *a = essence (first), *b = NULL;

  leyden_engine_set_cache (self->engine, empty);
  second = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  assert_why (second, "c", "hit");
  b = essence (second);
  g_assert_cmpstr (a, ==, b);
  third = run (self, "{\"q\": \"6*9\"}", LEYDEN_CACHE_USE);
  assert_why (third, "c", "input prompt");
}

static void
test_memory_limit (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr(LeydenNodeCache) small = leyden_node_cache_new (NULL, 700, 0);
  g_autoptr(Watch) first = NULL;
  g_autoptr(Watch) second = NULL;
  g_autoptr(Watch) third = NULL;
  Answer got = { 0 };

  leyden_engine_set_cache (self->engine, small);
  first = run (self, "{\"q\": \"1\"}", LEYDEN_CACHE_USE);
  second = run (self, "{\"q\": \"2\"}", LEYDEN_CACHE_USE);
  third = run (self, "{\"q\": \"2\"}", LEYDEN_CACHE_USE);
  leyden_node_cache_count_async (small, counted_cb, &got);
  wait_for (&got.done);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (got.value, "memory"), "bytes", -1), <=, 700);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (got.value, "stored")));
  leyden_value_unref (got.value);
}

/* What has effects, asks others, or tells more than its outputs is run each time, and says why. */
static void
test_not_kept (Fixture       *self,
               gconstpointer  data)
{
  static const char text[] =
    "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]},"
    " \"once\": {\"type\": \"once\", \"does\": \"async\"}, \"call\": {\"type\": \"once\", \"does\": \"call\"}, \"policy\": {\"type\": \"chat\", \"policy\": true}},"
    " \"edges\": [\"i.q > once.a\", \"i.q > call.a\", \"i.q > policy.prompt\"]}";
  g_autoptr(LeydenPlan) plan = test_plan (text);
  g_autoptr(Watch) first = run_plan (self, plan, "{\"q\": \"1\"}", LEYDEN_CACHE_USE, 42);
  g_autoptr(Watch) second = run_plan (self, plan, "{\"q\": \"1\"}", LEYDEN_CACHE_USE, 42);

  assert_why (second, "once", "not-kept effects");
  assert_why (second, "call", "not-kept effects");
  assert_why (second, "policy", "not-kept policy");
  g_assert_cmpuint (watch_count (second, "cache.hit", NULL), ==, 0);
}

/* Branches that meet: kept answers come in the same order as made ones. */
static void
test_order (Fixture       *self,
            gconstpointer  data)
{
  static const char text[] =
    "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"q\", \"type\": \"text\"}]},"
    " \"a\": {\"type\": \"chat\"}, \"b\": {\"type\": \"chat\"}, \"b2\": {\"type\": \"chat\"}, \"m\": {\"type\": \"merge\"},"
    " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"text\", \"type\": \"any\"}]}},"
    " \"edges\": [\"i.q > b.prompt\", \"b.text > b2.prompt\", \"b2.text > m.values\", \"i.q > a.prompt\", \"a.text > m.values\", \"m.value > o.text\"]}";
  g_autoptr(LeydenPlan) plan = test_plan (text);
  g_autoptr(Watch) off = run_plan (self, plan, "{\"q\": \"1\"}", LEYDEN_CACHE_OFF, 42);
  g_autoptr(Watch) first = run_plan (self, plan, "{\"q\": \"1\"}", LEYDEN_CACHE_USE, 42);
  g_autoptr(Watch) second = run_plan (self, plan, "{\"q\": \"1\"}", LEYDEN_CACHE_USE, 42);
  g_autofree char *a = essence (off), *b = essence (first), *c = essence (second);

  assert_why (second, "a", "hit");
  g_assert_cmpstr (a, ==, b);
  g_assert_cmpstr (a, ==, c);
}

/* Wherever the log of a run with hits and misses is cut, it ends the same. */
static void
test_cuts (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr(LeydenPlan) plan = test_plan (flow_text);
  g_autoptr(Watch) filled = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);
  g_autoptr(Watch) whole = run (self, "{\"q\": \"6*7\"}", LEYDEN_CACHE_USE);

  for (guint n = 1; n <= filled->records->len; n++)
    {
      g_autofree char *rollout = g_strdup_printf ("cut-%u", n);
      g_autoptr(LeydenValue) input = test_json ("{\"q\": \"6*7\"}");
      LeydenRolloutSpec spec = { .plan = plan, .input = input, .seed = 42, .item = "0", .rollout = rollout, .cache = LEYDEN_CACHE_USE };
      g_autoptr(Watch) watch = NULL;

      test_put_prefix (self->store, n % 2 ? filled->records : whole->records, MIN (n, n % 2 ? filled->records->len : whole->records->len), rollout);
      watch = watch_new (leyden_engine_start_rollout (self->engine, &spec));
      watch_wait (watch);
      g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
      if (leyden_rollout_get_result (watch->rollout) != NULL)
        g_assert_true (leyden_value_equal (leyden_rollout_get_result (watch->rollout), leyden_rollout_get_result (whole->rollout)));
    }
}

static void
test_explain (void)
{
  g_autoptr(LeydenValue) parts = test_json ("{\"kind\": \"chat\", \"version\": \"2\", \"parameters\": {\"p\": \"1\"}, \"inputs\": {\"b\": \"1\"}}");
  g_autoptr(LeydenValue) last = test_json ("{\"key\": \"old\", \"parts\": {\"kind\": \"chat\", \"version\": \"1\", \"parameters\": {\"p\": \"0\"}, \"inputs\": {\"a\": \"1\"}}}");
  g_autoptr(LeydenValue) reasons = leyden_node_cache_explain ("new", parts, last, FALSE);
  g_autofree char *text = leyden_json_write (reasons, LEYDEN_JSON_COMPACT);
  g_autoptr(LeydenValue) gone = NULL;
  g_autofree char *gone_text = NULL;

  g_assert_cmpstr (text, ==, "[{\"part\":\"parameter\",\"name\":\"p\"},{\"part\":\"input\",\"name\":\"b\"},{\"part\":\"input\",\"name\":\"a\"},{\"part\":\"kind\"}]");
  gone = leyden_node_cache_explain ("old", parts, last, FALSE);
  gone_text = leyden_json_write (gone, LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (gone_text, ==, "[{\"part\":\"evicted\"}]");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/node-cache/hit", Fixture, NULL, set_up, test_hit, tear_down);
  g_test_add ("/node-cache/why", Fixture, NULL, set_up, test_why, tear_down);
  g_test_add ("/node-cache/figures-and-clear", Fixture, NULL, set_up, test_figures_and_clear, tear_down);
  g_test_add ("/node-cache/from-store", Fixture, NULL, set_up, test_from_store, tear_down);
  g_test_add ("/node-cache/memory-limit", Fixture, NULL, set_up, test_memory_limit, tear_down);
  g_test_add ("/node-cache/not-kept", Fixture, NULL, set_up, test_not_kept, tear_down);
  g_test_add ("/node-cache/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/node-cache/cuts", Fixture, NULL, set_up, test_cuts, tear_down);
  g_test_add_func ("/node-cache/explain", test_explain);
  return g_test_run ();
}
