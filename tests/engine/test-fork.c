/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "leyden-fork.h"
#include "leyden-json.h"
#include "replay-helpers.h"

/* A fork from any position gives what a fresh run of the changed flow gives, and runs nothing again that does not depend on the change. */

#define FIELD(name) "{\"name\": \"" name "\", \"type\": \"any\"}"
/* A map of four items over a chat; a transform puts together what is asked. */
#define MAP(ask, aside)                                                                                                          \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("list") "]},"                                              \
  " \"m\": {\"type\": \"map\", \"concurrency\": 2, \"flow\": {\"nodes\": {"                                                    \
  "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("item") ", " FIELD ("position") "]},"                                    \
  " \"n\": {\"type\": \"transform\", \"inputs\": [" FIELD ("v") ", " FIELD ("p") "], \"expression\": \"" ask "\"},"            \
  " \"c\": {\"type\": \"chat\"}, \"s\": {\"type\": \"chat\", \"system\": \"" aside "\"},"                                       \
  " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("result") ", " FIELD ("aside") "]}},"                                  \
  " \"edges\": [\"i.item > n.v\", \"i.position > n.p\", \"n.result > c.prompt\", \"c.text > o.result\", \"i.item > s.prompt\","  \
  " \"s.text > o.aside\"]}}, \"w\": {\"type\": \"chat\", \"system\": \"apart\"},"                                               \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") ", " FIELD ("aside") ", " FIELD ("w") "]}},"               \
  " \"edges\": [\"in.list > m.item\", \"m.result > out.result\", \"m.aside > out.aside\", \"in.list > w.prompt\", \"w.text > out.w\"]}"
#define SAY "'say ' || v"
/* Four iterations; what one says the next is asked. */
#define LOOP(join)                                                                                                               \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("v") "]},"                                                 \
  " \"l\": {\"type\": \"loop\", \"condition\": \"iteration < 3\", \"max_iterations\": 5, \"flow\": {\"nodes\": {"                 \
  "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("value") ", " FIELD ("iteration") "]},"                                  \
  " \"c\": {\"type\": \"chat\"},"                                                                                             \
  " \"j\": {\"type\": \"transform\", \"inputs\": [" FIELD ("a") ", " FIELD ("b") "], \"expression\": \"" join "\"},"          \
  " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("value") "]}},"                                                         \
  " \"edges\": [\"i.value > c.prompt\", \"c.text > j.a\", \"i.iteration > j.b\", \"j.result > o.value\"]}},"                      \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("value") "]}}, \"edges\": [\"in.v > l.value\", \"l.value > out.value\"]}"
/* Chat, then by what it says one of two chats, then a merge; and one beside. */
#define BRANCH(first, condition)                                                                                                 \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("q") "]}, \"c\": {\"type\": \"chat\", \"system\": \"" first "\"}," \
  " \"f\": {\"type\": \"if\", \"condition\": \"" condition "\"}, \"a\": {\"type\": \"chat\", \"system\": \"A\"},"                \
  " \"b\": {\"type\": \"chat\", \"system\": \"B\"}, \"m\": {\"type\": \"merge\"}, \"w\": {\"type\": \"chat\", \"system\": \"W\"}," \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("r") ", " FIELD ("w") "]}},"                                          \
  " \"edges\": [\"in.q > c.prompt\", \"c.text > f.value\", \"f.then > a.prompt\", \"f.else > b.prompt\", \"a.text > m.values\","  \
  " \"b.text > m.values\", \"m.value > out.r\", \"in.q > w.prompt\", \"w.text > out.w\"]}"
/* Two racers of which one is slower; the merge takes the faster. */
#define RACE(fast)                                                                                                               \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("q") "]}, \"c\": {\"type\": \"chat\", \"system\": \"" fast "\"}," \
  " \"d\": {\"type\": \"chat\"}, \"e\": {\"type\": \"chat\"}, \"m\": {\"type\": \"merge\"},"                                     \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("r") ", " FIELD ("e") "]}},"                                          \
  " \"edges\": [\"in.q > c.prompt\", \"in.q > d.prompt\", \"d.text > e.prompt\", \"c.text > m.values\", \"e.text > m.values\","   \
  " \"m.value > out.r\", \"e.text > out.e\"]}"
/* What is remembered by name: first what came in, then what was said. */
#define MEMORY(first)                                                                                                            \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("q") "]}, \"c\": {\"type\": \"chat\", \"system\": \"" first "\"}," \
  " \"v\": {\"type\": \"memory\", \"name\": \"k\"}, \"w\": {\"type\": \"memory\", \"name\": \"k\"},"                              \
  " \"r\": {\"type\": \"memory\", \"action\": \"read\", \"name\": \"k\"}, \"d\": {\"type\": \"chat\"},"                            \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("r") ", " FIELD ("d") "]}},"                                          \
  " \"edges\": [\"in.q > v.value\", \"in.q > c.prompt\", \"c.text > w.value\", \"v.value > w.after\", \"w.value > r.after\","      \
  " \"r.value > out.r\", \"in.q > d.prompt\", \"d.text > out.d\"]}"
/* A failure that is caught, or not. */
#define FAILS(does, more, edges)                                                                                                 \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("q") "]}, \"c\": {\"type\": \"chat\"},"                       \
  " \"p\": {\"type\": \"probe\", \"does\": \"" does "\"}," more                                                                   \
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("x") ", " FIELD ("e") "]}},"                                          \
  " \"edges\": [\"in.q > c.prompt\", \"c.text > p.a\", \"p.x > out.x\"" edges "]}"
#define CATCHER " \"h\": {\"type\": \"transform\", \"expression\": \"'caught'\"},"
#define CAUGHT ", \"p.error > h.value\", \"h.result > out.e\""

typedef struct
{
  const char *name;
  const char *before;
  const char *after;
  const char *input;
  const char *edits;            /* NULL: none; then @after is what a fresh run of the same is made of */
  const char *from;             /* the node must have ended for the edit; NULL: any position */
  gint        n_calls;          /* of a fork from the end; −1: not asked */
} Case;

static const char agent[] =
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("q") "]}, \"calc\": {\"type\": \"calculator\"},"
  " \"c\": {\"type\": \"chat\"}, \"g\": {\"type\": \"agent\", \"system\": \"Solve it\"}, \"x\": {\"type\": \"chat\", \"system\": \"x\"},"
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("a") ", " FIELD ("c") "]}},"
  " \"edges\": [\"in.q > c.prompt\", \"in.q > g.prompt\", \"calc.tools > g.tools\", \"g.text > x.prompt\", \"x.text > out.a\", \"c.text > out.c\"]}";
static const char agent_briefly[] =
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("q") "]}, \"calc\": {\"type\": \"calculator\"},"
  " \"c\": {\"type\": \"chat\"}, \"g\": {\"type\": \"agent\", \"system\": \"Solve it briefly\"}, \"x\": {\"type\": \"chat\", \"system\": \"x\"},"
  " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("a") ", " FIELD ("c") "]}},"
  " \"edges\": [\"in.q > c.prompt\", \"in.q > g.prompt\", \"calc.tools > g.tools\", \"g.text > x.prompt\", \"x.text > out.a\", \"c.text > out.c\"]}";

#define LIST "{\"list\": [\"p\", \"q\", \"r\", \"s\"]}"

static const Case cases[] = {
  { "nothing", MAP (SAY, "t"), MAP (SAY, "t"), LIST, NULL, NULL, 0 },
  { "agent-prompt", agent, agent_briefly, "{\"q\": \"6*7\"}", NULL, NULL, 3 },
  { "map-body", MAP (SAY, "t"), MAP ("'tell ' || v", "t"), LIST, NULL, NULL, 4 },
  { "map-aside", MAP (SAY, "t"), MAP (SAY, "u"), LIST, NULL, NULL, 4 },
  { "map-round", MAP (SAY, "t"), MAP ("CASE p WHEN 1 THEN 'edited' ELSE 'say ' || v END", "t"), LIST,
    "[{\"node\": \"m[1]/n\", \"port\": \"result\", \"value\": \"edited\"}]", "m[1]/n", 1 },
  { "loop-body", LOOP ("a || b"), LOOP ("a || '-' || b"), "{\"v\": \"begin\"}", NULL, NULL, 3 },
  { "loop-round", LOOP ("a || b"), LOOP ("CASE b WHEN 1 THEN 'edited' ELSE a || b END"), "{\"v\": \"begin\"}",
    "[{\"node\": \"l[1]/j\", \"port\": \"result\", \"value\": \"edited\"}]", "l[1]/j", 2 },
  { "branch", BRANCH ("s", "value LIKE 'said %'"), BRANCH ("s", "value LIKE 'never'"), "{\"q\": 1}", NULL, NULL, 1 },
  { "branch-above", BRANCH ("s", "value LIKE 'said %'"), BRANCH ("t", "value LIKE 'said %'"), "{\"q\": 1}", NULL, NULL, 2 },
  { "race", RACE ("s"), RACE ("t"), "{\"q\": 1}", NULL, NULL, 1 },
  { "memory", MEMORY ("s"), MEMORY ("t"), "{\"q\": 1}", NULL, NULL, 1 },
  { "error-caught", FAILS ("fail", "", ""), FAILS ("fail", CATCHER, CAUGHT), "{\"q\": 1}", NULL, NULL, 0 },
  { "error-mended", FAILS ("fail", "", ""), FAILS ("pass", "", ""), "{\"q\": 1}", NULL, NULL, 0 },
  { "error-made", FAILS ("pass", CATCHER, CAUGHT), FAILS ("fail", CATCHER, CAUGHT), "{\"q\": 1}", NULL, NULL, 0 },
};

typedef struct
{
  LeydenStore   *store;
  TestTransport *transport;
  LeydenEngine  *engine;
} Bench;

static void
bench_init (Bench *self)
{
  self->store = test_store ();
  self->transport = test_transport_new (replay_answer);
  self->engine = test_engine (self->store, self->transport);
}

static void
bench_clear (Bench *self)
{
  g_clear_object (&self->engine);
  g_clear_object (&self->transport);
  test_store_done (self->store);
}

/* What must be the same: no times, no sequences, nothing that was spent. */
static char *
essence (LeydenValue *fold)
{
  static const char * const members[] = { "state", "result", "error", "reward" };
  static const char * const node_members[] = { "state", "outputs", "error", "inputs", "edge", "mode" };
  LeydenValue *nodes = leyden_value_get_member (fold, "nodes");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    leyden_value_builder_set (&b, members[i], leyden_value_get_member (fold, members[i]));
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i), *calls = leyden_value_get_member (node, "calls");

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
  value = leyden_value_builder_end_value (&b);
  return leyden_json_write (value, LEYDEN_JSON_CANONICAL);
}

static GPtrArray *
make_fork (const Case  *c,
           GPtrArray   *records,
           guint64      until,
           const char  *rollout,
           GError     **error)
{
  g_autoptr(LeydenPlan) before = test_plan (c->before);
  g_autoptr(LeydenPlan) after = test_plan (c->edits == NULL ? c->after : c->before);
  g_autoptr(LeydenValue) edits = c->edits != NULL ? test_json (c->edits) : NULL;
  LeydenForkSpec spec = {
    .rollout = rollout, .before = before, .after = after, .records = records, .until = until, .edits = edits, .actor = "tester",
    .now_ns = 5000000000000000000,
  };

  return leyden_fork_make_log (&spec, error);
}

/* The log of @rollout as the store has it. */
static LeydenValue *
fold_stored (Bench      *bench,
             const char *rollout)
{
  g_autoptr(GPtrArray) records = test_read_log (bench->store, rollout);

  return replay_fold (records, records->len);
}

static Watch *
go_on (Bench      *bench,
       const Case *c,
       GPtrArray  *log,
       const char *rollout)
{
  g_autoptr(LeydenPlan) plan = test_plan (c->edits == NULL ? c->after : c->before);
  g_autoptr(LeydenValue) input = test_json (c->input);
  LeydenRolloutSpec spec = { .rollout = rollout, .plan = plan, .input = input, .seed = 7 };
  Watch *watch;

  test_put_prefix (bench->store, log, log->len, rollout);
  watch = watch_new (leyden_engine_start_rollout (bench->engine, &spec));
  watch_wait (watch);
  return watch;
}

static guint
count_spent (LeydenValue *state)
{
  return (guint) leyden_value_get_member_int (leyden_value_get_member (state, "usage"), "tokens_in", 0) / 10;
}

static gboolean
has_ended (GPtrArray  *records,
           guint64     until,
           const char *node)
{
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (record->sequence <= until && strcmp (record->type, "node.finished") == 0 && strcmp (record->node, node) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  Bench bench;
  g_autoptr(LeydenPlan) before = test_plan (c->before);
  g_autoptr(LeydenPlan) after = test_plan (c->after);
  g_autoptr(Watch) first = NULL;
  g_autoptr(Watch) fresh = NULL;
  g_autoptr(LeydenValue) fresh_state = NULL;
  g_autofree char *expected = NULL;
  guint n_fresh;

  bench_init (&bench);
  first = run_once (bench.engine, before, c->input);
  n_fresh = bench.transport->n_calls;
  fresh = run_once (bench.engine, after, c->input);
  n_fresh = bench.transport->n_calls - n_fresh;
  fresh_state = watch_fold (fresh);
  expected = essence (fresh_state);
  for (guint64 until = 1; until <= first->records->len; until++)
    {
      g_autofree char *rollout = g_strdup_printf ("%s-%" G_GUINT64_FORMAT, c->name, until);
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) log = make_fork (c, first->records, until, rollout, &error);
      g_autoptr(Watch) watch = NULL;
      g_autoptr(LeydenValue) state = NULL;
      g_autofree char *got = NULL;
      guint n_before = bench.transport->n_calls, n_calls;

      if (c->from != NULL && !has_ended (first->records, until, c->from))
        {
          g_assert_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES);
          continue;
        }
      g_assert_no_error (error);
      watch = go_on (&bench, c, log, rollout);
      n_calls = bench.transport->n_calls - n_before;
      state = fold_stored (&bench, rollout);
      got = essence (state);
      /* An edit is not what the node itself gave, but what counts from there. */
      if (g_strcmp0 (got, expected) != 0)
        g_test_message ("%s from %" G_GUINT64_FORMAT, c->name, until);
      g_assert_cmpstr (got, ==, expected);
      g_assert_cmpuint (n_calls, <=, n_fresh);
      g_assert_cmpuint (count_spent (state), ==, n_calls);
      g_assert_cmpint (leyden_rollout_get_row (watch->rollout)->tokens_in, ==, 10 * (gint64) n_calls);
      if (until == first->records->len && c->n_calls >= 0)
        g_assert_cmpint (n_calls, ==, c->n_calls);
    }
  g_clear_pointer (&first, watch_free);
  g_clear_pointer (&fresh, watch_free);
  bench_clear (&bench);
}

/* What the log of a fork looks like. */
static void
test_log (void)
{
  const Case *c = &cases[1];
  Bench bench;
  g_autoptr(LeydenPlan) before = test_plan (c->before);
  g_autoptr(Watch) first = NULL;
  g_autoptr(GPtrArray) log = NULL;
  g_autoptr(LeydenValue) state = NULL;
  LeydenRecord *started, *last;
  guint n_from = 0;

  bench_init (&bench);
  first = run_once (bench.engine, before, c->input);
  log = make_fork (c, first->records, first->records->len, "fork", NULL);
  started = g_ptr_array_index (log, 0);
  last = g_ptr_array_index (log, log->len - 1);
  g_assert_cmpstr (started->type, ==, "rollout.started");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (started->payload, "/fork/rollout"), NULL), ==,
                   leyden_rollout_get_id (first->rollout));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (started->payload, "fork"), "until", 0), ==, first->records->len);
  g_assert_cmpint (last->time_ns, <=, 5000000000000000000);
  for (guint i = 0; i < log->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (log, i);
      LeydenValue *from = leyden_value_get_member (record->payload, "from");

      g_assert_cmpuint (record->sequence, ==, i + 1);
      g_assert_cmpstr (record->rollout, ==, "fork");
      g_assert_false (g_str_has_prefix (record->node, "g"));
      if (from == NULL)
        continue;
      n_from++;
      {
        LeydenRecord *origin = g_ptr_array_index (first->records, leyden_value_get_member_int (from, "sequence", 0) - 1);

        g_assert_cmpstr (origin->type, ==, record->type);
        g_assert_cmpstr (origin->node, ==, record->node);
      }
    }
  g_assert_cmpuint (n_from, ==, 3);     /* the input, and the chat with its answer */
  state = replay_fold (log, log->len);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (state, "usage"), "tokens_in", -1), ==, 0);
  g_assert_true (leyden_value_get_member_boolean (state, "simulated", FALSE));
  g_assert_nonnull (leyden_value_lookup_pointer (state, "/nodes/c/calls/0/from"));
  g_assert_nonnull (leyden_value_get_member (state, "fork"));
  g_clear_pointer (&first, watch_free);
  bench_clear (&bench);
}

/* A fork can be forked. */
static void
test_again (void)
{
  const Case *c = &cases[1];
  Case back = *c;
  Bench bench;
  g_autoptr(LeydenPlan) before = test_plan (c->before);
  g_autoptr(Watch) first = NULL;
  g_autoptr(Watch) second = NULL;
  g_autoptr(Watch) third = NULL;
  g_autoptr(GPtrArray) log = NULL;
  g_autoptr(GPtrArray) whole = NULL;
  g_autoptr(GPtrArray) again = NULL;
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_autoptr(LeydenValue) state = NULL;
  g_autoptr(LeydenValue) first_state = NULL;

  bench_init (&bench);
  first = run_once (bench.engine, before, c->input);
  log = make_fork (c, first->records, first->records->len, "second", NULL);
  second = go_on (&bench, c, log, "second");
  whole = test_read_log (bench.store, "second");
  back.before = c->after;
  back.after = c->before;
  again = make_fork (&back, whole, whole->len, "third", NULL);
  third = go_on (&bench, &back, again, "third");
  state = fold_stored (&bench, "third");
  first_state = watch_fold (first);
  a = essence (state);
  b = essence (first_state);
  g_assert_cmpstr (a, ==, b);
  /* It says where a value was made, not only where it was taken from. */
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (state, "/nodes/c/from/rollout"), NULL), ==,
                   leyden_rollout_get_id (first->rollout));
  g_clear_pointer (&first, watch_free);
  g_clear_pointer (&second, watch_free);
  g_clear_pointer (&third, watch_free);
  bench_clear (&bench);
}

/* A log with what a debugger writes put behind record @at. */
static GPtrArray *
put_in (GPtrArray  *records,
        guint       at,
        const char *type,
        const char *node,
        const char *payload)
{
  GPtrArray *log = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(LeydenValue) value = test_json (payload);

  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      g_ptr_array_add (log, leyden_record_new (record->rollout, "0", log->len + 1, record->time_ns, record->actor, record->type, record->node, record->payload));
      if (i == at)
        g_ptr_array_add (log, leyden_record_new (record->rollout, "0", log->len + 1, record->time_ns, "tester", type, node, value));
    }
  return log;
}

static guint
find_record (GPtrArray  *records,
             const char *type,
             const char *node)
{
  for (guint i = 0; i < records->len; i++)
    if (strcmp (((LeydenRecord *) g_ptr_array_index (records, i))->type, type) == 0
        && strcmp (((LeydenRecord *) g_ptr_array_index (records, i))->node, node) == 0)
      return i;
  g_assert_not_reached ();
}

static gboolean
has_record (GPtrArray  *records,
            const char *type,
            const char *node)
{
  for (guint i = 0; i < records->len; i++)
    if (strcmp (((LeydenRecord *) g_ptr_array_index (records, i))->type, type) == 0
        && (node == NULL || strcmp (((LeydenRecord *) g_ptr_array_index (records, i))->node, node) == 0))
      return TRUE;
  return FALSE;
}

/* Pauses of the other rollout are none of the fork's; what was set there counts as what its nodes ran with. */
static void
test_debugged (void)
{
  Case c = cases[1];
  Case edits = cases[1];
  Bench bench;
  g_autoptr(LeydenPlan) before = test_plan (c.before);
  g_autoptr(Watch) first = NULL;
  g_autoptr(GPtrArray) paused = NULL;
  g_autoptr(GPtrArray) set = NULL;
  g_autoptr(GPtrArray) changed = NULL;
  g_autoptr(GPtrArray) same = NULL;
  g_autoptr(GPtrArray) other = NULL;
  g_autoptr(GPtrArray) stood = NULL;
  g_autoptr(GPtrArray) edited = NULL;
  g_autoptr(LeydenValue) settings = NULL;
  g_autofree char *text = NULL;
  LeydenRecord *last;

  bench_init (&bench);
  first = run_once (bench.engine, before, c.input);
  paused = put_in (first->records, find_record (first->records, "node.finished", "in"), "rollout.paused", "c", "{\"reason\": \"breakpoint\", \"node\": \"c\"}");
  changed = make_fork (&c, paused, paused->len, "fork", NULL);
  g_assert_true (has_record (changed, "node.finished", "c"));
  g_assert_false (has_record (changed, "rollout.paused", NULL));
  /* The agent ran with what the changed flow says: nothing is another. */
  set = put_in (first->records, find_record (first->records, "node.finished", "in"), "parameter.edited", "g",
                "{\"parameter\": \"system\", \"value\": \"Solve it briefly\"}");
  same = make_fork (&c, set, set->len, "fork", NULL);
  g_assert_true (has_record (same, "node.finished", "g"));
  g_assert_false (has_record (same, "parameter.edited", NULL));
  settings = leyden_fork_list_settings (before, set, set->len);
  text = leyden_json_write (settings, LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (text, ==, "[{\"node\":\"g\",\"parameter\":\"system\",\"value\":\"Solve it briefly\"}]");
  /* And with the flow as it was, the agent is another. */
  c.after = c.before;
  other = make_fork (&c, set, set->len, "fork", NULL);
  g_assert_false (has_record (other, "node.finished", "g"));
  /* What stood there before an edit is what somebody had put there. */
  stood = put_in (first->records, find_record (first->records, "node.finished", "in"), "value.edited", "in",
                  "{\"port\": \"q\", \"value\": \"live\", \"before\": \"6*7\"}");
  edits.edits = "[{\"node\": \"in\", \"port\": \"q\", \"value\": \"fork\"}]";
  edited = make_fork (&edits, stood, stood->len, "fork", NULL);
  last = g_ptr_array_index (edited, edited->len - 1);
  g_assert_cmpstr (last->type, ==, "value.edited");
  g_assert_cmpstr (leyden_value_get_member_string (last->payload, "before", ""), ==, "live");
  g_clear_pointer (&first, watch_free);
  bench_clear (&bench);
}

static void
test_refusals (void)
{
  static const struct { const char *edits; int code; } refused[] = {
    { "[{\"node\": \"nowhere\", \"port\": \"x\", \"value\": 1}]", LEYDEN_ENGINE_ERROR_INPUT },
    { "[{\"node\": \"m[9]/n\", \"port\": \"result\", \"value\": 1}]", LEYDEN_ENGINE_ERROR_NO_VALUES },
    { "[{\"node\": \"m\", \"port\": \"result\", \"value\": 1}]", LEYDEN_ENGINE_ERROR_INPUT },
    { "[{\"node\": \"m[1]/n\", \"port\": \"nothing\", \"value\": 1}]", LEYDEN_ENGINE_ERROR_INPUT },
    { "[{\"node\": \"m[1]/n\", \"port\": \"result\", \"value\": 1}, {\"node\": \"m[1]/c\", \"port\": \"text\", \"value\": 1}]",
      LEYDEN_ENGINE_ERROR_NO_VALUES },
    { "[{\"node\": \"m[1]/n\", \"port\": \"result\", \"value\": 1}, {\"node\": \"m\", \"port\": \"result\", \"value\": [1]}]",
      LEYDEN_ENGINE_ERROR_NO_VALUES },
  };
  Case c = cases[0];
  Bench bench;
  g_autoptr(LeydenPlan) plan = test_plan (c.before);
  g_autoptr(Watch) first = NULL;
  g_autoptr(GError) nothing = NULL;
  g_autoptr(GPtrArray) empty = g_ptr_array_new ();

  bench_init (&bench);
  first = run_once (bench.engine, plan, c.input);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(GError) error = NULL;

      c.edits = refused[i].edits;
      g_assert_null (make_fork (&c, first->records, first->records->len, "fork", &error));
      g_assert_error (error, LEYDEN_ENGINE_ERROR, refused[i].code);
    }
  c.edits = NULL;
  g_assert_null (make_fork (&c, empty, 0, "fork", &nothing));
  g_assert_error (nothing, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NO_VALUES);
  g_clear_pointer (&first, watch_free);
  bench_clear (&bench);
}

/* All flows with every kind of node: a fork without a change calls nothing and ends the same, from any position. */
static void
test_all_flows (void)
{
  for (guint i = 0; i < n_replay_flows; i++)
    {
      Case c = { replay_flows[i].name, replay_flows[i].flow, replay_flows[i].flow, replay_flows[i].input, NULL, NULL, 0 };

      if (g_str_equal (c.name, "fails"))
        continue;
      test_case (&c);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/fork/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/fork/log", test_log);
  g_test_add_func ("/fork/again", test_again);
  g_test_add_func ("/fork/debugged", test_debugged);
  g_test_add_func ("/fork/refusals", test_refusals);
  g_test_add_func ("/fork/all-flows", test_all_flows);
  return g_test_run ();
}
