/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "replay-helpers.h"

#include <string.h>

#include "leyden-json.h"

#define FIELD(name) "{\"name\": \"" name "\", \"type\": \"any\"}"
#define IO(node) \
  "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("item") "]}, " node ", \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}"

const ReplayFlow replay_flows[] = {
  /* An agent with a tool, a branch, a merge, an evaluator and a reward; a retry, a failure with an error port, modes. */
  { "everything", "{\"nodes\": {"
    "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("q") ", " FIELD ("want") "]},"
    "\"p\": {\"type\": \"prompt\", \"template\": \"Solve {{ q }}\"},"
    "\"calc\": {\"type\": \"calculator\"},"
    "\"g\": {\"type\": \"agent\"},"
    "\"x\": {\"type\": \"extract\", \"method\": \"regex\", \"pattern\": \"ANSWER: (.*)\", \"@type\": \"number\"},"
    "\"f\": {\"type\": \"if\", \"condition\": \"value > 10\"},"
    "\"t\": {\"type\": \"transform\", \"expression\": \"value * 2\"},"
    "\"u\": {\"type\": \"transform\", \"expression\": \"value * 3\"},"
    "\"m\": {\"type\": \"merge\"},"
    "\"ev\": {\"type\": \"evaluator\", \"method\": \"numeric\"},"
    "\"r\": {\"type\": \"reward\"},"
    "\"bad\": {\"type\": \"probe\", \"does\": \"fail:1\", \"retry\": {\"max\": 1}},"
    "\"ill\": {\"type\": \"probe\", \"does\": \"fail\"},"
    "\"h\": {\"type\": \"needy\"},"
    "\"off\": {\"type\": \"once\", \"does\": \"fail\", \"node_mode\": \"disabled\"},"
    "\"by\": {\"type\": \"once\", \"does\": \"fail\", \"node_mode\": \"bypassed\"},"
    "\"k\": {\"type\": \"constant\", \"value\": 5},"
    "\"kk\": {\"type\": \"transform\", \"expression\": \"value + 1\"},"
    "\"o\": {\"type\": \"output\", \"fields\": [" FIELD ("twice") ", " FIELD ("error") ", " FIELD ("by") ", " FIELD ("kk") "]}},"
    "\"edges\": [\"i.q > p.q\", \"p.text > g.prompt\", \"calc.tools > g.tools\", \"g.text > x.text\", \"x.value > f.value\","
    " \"f.then > t.value\", \"f.else > u.value\", \"t.result > m.values\", \"u.result > m.values\", \"x.value > ev.actual\","
    " \"i.want > ev.expected\", \"ev.score > r.score\", \"m.value > o.twice\", \"i.q > bad.a\", \"bad.x > ill.a\", \"ill.error > h.need\","
    " \"h.x > o.error\", \"i.q > off.a\", \"i.q > by.a\", \"by.x > o.by\", \"k.value > kk.value\", \"kk.result > o.kk\"]}",
    "{\"q\": \"6*7\", \"want\": 42}" },
  { "map", "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("list") "]},"
    " \"m\": {\"type\": \"map\", \"concurrency\": 3, \"on_item_error\": \"null\", \"flow\": {\"nodes\": {"
    IO ("\"c\": {\"type\": \"chat\"}, \"d\": {\"type\": \"probe\", \"does\": \"async\"}, \"n\": {\"type\": \"transform\", \"expression\": \"'say ' || value\"}")
    "}, \"edges\": [\"i.item > n.value\", \"n.result > c.prompt\", \"c.text > d.a\", \"i.item > d.b\", \"d.x > o.result\"]}},"
    " \"z\": {\"type\": \"probe\"}, \"w\": {\"type\": \"chat\", \"system\": \"apart\"},"
    " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") ", " FIELD ("w") "]}},"
    " \"edges\": [\"in.list > m.item\", \"m.result > z.a\", \"z.x > out.result\", \"in.list > w.prompt\", \"w.text > out.w\"]}",
    "{\"list\": [3, 1, 2, 4]}" },
  { "loop", "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("v") "]},"
    " \"l\": {\"type\": \"loop\", \"condition\": \"iteration < 3\", \"max_iterations\": 5, \"flow\": {\"nodes\": {"
    "\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("value") ", " FIELD ("iteration") "]},"
    " \"c\": {\"type\": \"chat\"}, \"s\": {\"type\": \"chat\", \"system\": \"aside\"},"
    " \"j\": {\"type\": \"transform\", \"inputs\": [" FIELD ("a") ", " FIELD ("b") "], \"expression\": \"a || '/' || b\"},"
    " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("value") "]}},"
    " \"edges\": [\"i.value > c.prompt\", \"i.iteration > s.prompt\", \"c.text > j.a\", \"s.text > j.b\", \"j.result > o.value\"]}},"
    " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("value") "]}}, \"edges\": [\"in.v > l.value\", \"l.value > out.value\"]}",
    "{\"v\": \"begin\"}" },
  { "nest", "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [" FIELD ("list") "]},"
    " \"m\": {\"type\": \"map\", \"concurrency\": 2, \"flow\": {\"nodes\": {"
    IO ("\"g\": {\"type\": \"subflow\", \"flow\": {\"nodes\": {" IO ("\"c\": {\"type\": \"chat\"}") "}, \"edges\": [\"i.item > c.prompt\", \"c.text > o.result\"]}}")
    "}, \"edges\": [\"i.item > g.item\", \"g.result > o.result\"]}},"
    " \"out\": {\"type\": \"output\", \"fields\": [" FIELD ("result") "]}}, \"edges\": [\"in.list > m.item\", \"m.result > out.result\"]}",
    "{\"list\": [\"a\", \"b\", \"c\"]}" },
  { "fails", "{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [" FIELD ("q") "]}, \"a\": {\"type\": \"probe\"},"
    " \"slow\": {\"type\": \"probe\", \"does\": \"hang\"}, \"b\": {\"type\": \"probe\", \"does\": \"fail-async\", \"ms\": 5},"
    " \"o\": {\"type\": \"output\", \"fields\": [" FIELD ("x") "]}},"
    " \"edges\": [\"i.q > a.a\", \"a.x > b.a\", \"b.x > o.x\", \"i.q > slow.a\"]}", "{\"q\": 1}" },
};
const guint n_replay_flows = G_N_ELEMENTS (replay_flows);

LeydenValue *
replay_answer (const LeydenModelCall  *call,
               GError                **error)
{
  LeydenValue *messages = leyden_value_get_member (call->body, "messages");
  LeydenValue *last = leyden_value_get_item (messages, leyden_value_get_size (messages) - 1);
  g_autofree char *hash = NULL;
  g_autofree char *text = NULL;

  if (leyden_value_get_member (call->body, "tools") != NULL && g_str_equal (leyden_value_get_member_string (last, "role", ""), "user"))
    return test_answer_tools ("calculator", "{\"expression\": \"6*7\"}", "calculator", "{\"expression\": \"1/0\"}", NULL);
  if (leyden_value_get_member (call->body, "tools") != NULL)
    {
      const char *content = leyden_value_get_member_string (leyden_value_get_item (messages, 0), "content", "");

      text = g_strdup_printf ("ANSWER: %u", strstr (content, "briefly") != NULL ? 7u : 42u);
      return test_answer_text (text);
    }
  hash = leyden_json_hash (messages);
  text = g_strdup_printf ("said %.6s", hash);
  return test_answer_text (text);
}

Watch *
replay_run (LeydenStore      *store,
            const ReplayFlow *flow)
{
  g_autoptr(TestTransport) transport = test_transport_new (replay_answer);
  g_autoptr(LeydenEngine) engine = test_engine (store, transport);
  g_autoptr(LeydenPlan) plan = test_plan (flow->flow);

  return run_once (engine, plan, flow->input);
}

LeydenValue *
replay_fold (GPtrArray *records,
             guint      n)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  gpointer state = reducer->init ();
  LeydenValue *value;

  for (guint i = 0; i < n; i++)
    reducer->apply (state, g_ptr_array_index (records, i));
  value = reducer->serialise (state);
  reducer->free (state);
  return value;
}

/* What only other versions, other programs or a crash leave: attempts, odd words, records of nobody. */
typedef struct
{
  const char *attempt;
  const char *type;
  const char *node;
  const char *payload;
} Line;

static const Line odd[] = {
  { "0", "agl.event", "", "{\"type\": \"span\", \"data\": {}}" },
  { "0", "rollout.started", "", "{\"flow\": \"f\", \"input\": \"i\", \"seed\": 7}" },
  { "0", "node.started", "a", "{\"inputs\": {}}" },
  { "0", "node.waiting", "a#1", "{\"reason\": \"rate-limit\"}" },
  { "0", "model.request", "a#1", "{\"ordinal\": 0}" },
  { "0", "model.response", "a#1", "{\"ordinal\": 0, \"answer\": {\"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 4}, \"cost\": 0.5}}" },
  { "0", "model.response", "a#1", "{\"ordinal\": 7, \"error\": {\"message\": \"late\"}}" },
  { "0", "node.waiting", "a", "{}" },
  { "0", "node.waiting", "a", "{\"reason\": 7}" },
  { "0", "node.started", "m[0]/x", "{\"inputs\": {\"p\": [[\"y\", \"o\"], 3, []]}}" },
  { "0", "node.finished", "m[0]/x", "{\"outputs\": {}}" },
  { "0", "node.finished", "m[0]/x", "{\"outputs\": {}, \"from\": {\"rollout\": \"r\"}}" },
  { "0", "rollout.paused", "", "{}" },
  { "0", "value.edited", "m[0]/x", "{\"port\": \"p\", \"value\": 1}" },
  { "0", "parameter.edited", "never", "{\"parameter\": \"p\", \"value\": 1}" },
  { "0", "breakpoint.hit", "a", "{}" },
  { "0", "reward", "r", "{\"value\": 0.5}" },
  { "0", "rollout.finished", "", "{\"state\": \"failed\", \"error\": {\"message\": \"e\"}, \"error_kind\": \"k\", \"latency_ms\": 2}" },
  { "1", "rollout.started", "", "{\"flow\": \"f\", \"input\": \"i\"}" },
  { "1", "node.started", "m[1]/x", "{\"inputs\": {}}" },
  { "1", "node.cancelled", "m[1]/x", "{}" },
  { "1", "node.skipped", "a", "{\"mode\": \"disabled\"}" },
  { "1", "cache.miss", "b", "{\"cache\": {\"hit\": false}}" },
  { "1", "cache.hit", "c", "{\"cache\": {\"hit\": true}}" },
  { "1", "output.line", "c", "{\"text\": \"t\"}" },
  { "1", "unheard.of", "]/]/[#", "{}" },
  { "1", "node.started", "]/]/[#", "{}" },
  { "1", "rollout.finished", "", "{\"state\": \"succeeded\", \"result\": {\"a\": 1}}" },
  { "2", "rollout.resumed", "", "{}" },
};

static GPtrArray *
make_odd (void)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autoptr(LeydenValue) payload = test_json (odd[i].payload);

      g_ptr_array_add (records, leyden_record_new ("odd", odd[i].attempt, i + 1, 1000000 * (gint64) (i + 1), "engine", odd[i].type, odd[i].node,
                                                   payload));
    }
  return records;
}

GPtrArray *
replay_make_logs (void)
{
  GPtrArray *logs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < n_replay_flows; i++)
    {
      g_autoptr(Watch) watch = replay_run (NULL, &replay_flows[i]);

      g_test_message ("%s: %s, %u records", replay_flows[i].name, leyden_rollout_get_state (watch->rollout), watch->records->len);
      g_ptr_array_add (logs, g_ptr_array_ref (watch->records));
    }
  g_ptr_array_add (logs, make_odd ());
  return logs;
}
