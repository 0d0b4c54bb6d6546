/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"

/* The fold of a log. */

typedef struct
{
  const char *type;
  const char *node;
  const char *payload;
} Line;

static const Line all_types[] = {
  { "rollout.started", "", "{\"flow\": \"f\", \"input\": \"i\", \"seed\": 7, \"executor\": \"leyden\", \"item\": \"x\"}" },
  { "node.started", "a", "{\"inputs\": {}}" },
  { "model.request", "a#1", "{\"ordinal\": 0, \"hash\": \"h\", \"request\": {\"body\": 1}}" },
  { "node.waiting", "a#1", "{\"reason\": \"rate-limit\", \"until_ms\": 5}" },
  { "model.response", "a#1", "{\"ordinal\": 0, \"hash\": \"h\", \"answer\": {\"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 4}, \"cost\": 0.5, \"simulated\": true}}" },
  { "tool.called", "a#1/t", "{\"ordinal\": 0, \"hash\": \"h\", \"request\": {\"name\": \"t\"}}" },
  { "cache.hit", "a#1", "{\"ordinal\": 0}" },
  { "tool.returned", "a#1/t", "{\"ordinal\": 0, \"hash\": \"h\", \"answer\": {\"content\": \"1\"}}" },
  { "tool.unavailable", "a", "{\"message\": \"m\"}" },
  { "node.retried", "a", "{\"try\": 2, \"wait_ms\": 1, \"error\": {\"message\": \"m\", \"code\": \"timeout\", \"node\": \"a\"}}" },
  { "node.started", "a", "{\"inputs\": {}, \"try\": 2}" },
  { "node.finished", "a", "{\"outputs\": {\"x\": [1, {\"y\": null}]}}" },
  { "node.started", "b", "{\"inputs\": {\"a\": [\"a\", \"x\"]}}" },
  { "node.failed", "b", "{\"error\": {\"message\": \"bad\", \"code\": \"node\", \"node\": \"b\"}}" },
  { "node.skipped", "c", "{}" },
  { "node.started", "m", "{\"inputs\": {\"values\": [[\"a\", \"x\"]]}, \"edge\": \"e1\"}" },
  { "merge.dropped", "m", "{\"edge\": \"e2\"}" },
  { "breakpoint.hit", "d", "{}" },
  { "rollout.paused", "", "{}" },
  { "value.edited", "a", "{\"port\": \"x\", \"value\": 9}" },
  { "parameter.edited", "d", "{\"parameter\": \"p\", \"value\": 9}" },
  { "decision.made", "d", "{\"decision\": \"rerun\"}" },
  { "rollout.resumed", "", "{}" },
  { "output.line", "d", "{\"text\": \"hello\", \"stream\": \"stdout\"}" },
  { "agl.event", "", "{\"type\": \"span\", \"data\": {\"k\": 18446744073709551615}}" },
  { "reward", "r", "{\"value\": 0.25, \"source\": \"r\", \"parts\": {\"score\": 0.25}}" },
  { "reward", "r", "{\"value\": \"NaN\"}" },
  { "node.started", "z", "{\"inputs\": {}}" },
  { "node.cancelled", "z", "{\"state\": \"failed\"}" },
  { "rollout.finished", "", "{\"state\": \"failed\", \"error\": {\"message\": \"bad\", \"code\": \"node\", \"node\": \"b\"}, \"latency_ms\": 12.5}" },
};

static LeydenRecord *
make_record (guint       index,
             const Line *line)
{
  LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenValue) payload = leyden_json_parse (line->payload, -1, &wire, NULL);

  g_assert_nonnull (payload);
  return leyden_record_new ("rollout", "0", index + 1, 1000 + index, "engine", line->type, line->node, payload);
}

static char *
serialise (gpointer state)
{
  g_autoptr(LeydenValue) value = leyden_rollout_reducer ()->serialise (state);

  return leyden_json_write (value, LEYDEN_JSON_CANONICAL);
}

static LeydenValue *
fold_lines (const Line *lines,
            guint       n)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  gpointer state = reducer->init ();
  LeydenValue *value;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenRecord) record = make_record (i, &lines[i]);

      reducer->apply (state, record);
    }
  value = reducer->serialise (state);
  reducer->free (state);
  return value;
}

static void
test_document (void)
{
  g_autoptr(LeydenValue) state = fold_lines (all_types, G_N_ELEMENTS (all_types));
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  LeydenValue *call = leyden_value_lookup_pointer (state, "/nodes/a#1/calls/0");

  g_assert_cmpstr (leyden_value_get_member_string (state, "state", NULL), ==, "failed");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (state, "error"), "message", NULL), ==, "bad");
  g_assert_cmpint (leyden_value_get_member_int (state, "sequence", 0), ==, G_N_ELEMENTS (all_types));
  g_assert_cmpfloat (leyden_value_get_member_double (state, "reward", 0), ==, 0.25);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (state, "rewards")), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_lookup_pointer (state, "/nodes/a/outputs"), "x", 0), ==, 9);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (nodes, "a"), "attempts", 0), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (nodes, "a#1"), "state", NULL), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (nodes, "a#1/t"), "state", NULL), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (call, "kind", NULL), ==, "model");
  g_assert_true (leyden_value_get_member_boolean (call, "cached", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (state, "usage"), "tokens_in", 0), ==, 3);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (state, "console"), 0), "text", NULL), ==, "hello");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (state, "foreign")), ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (nodes, "m"), "edge", NULL), ==, "e1");
  g_assert_null (leyden_value_get_member (state, "breakpoint"));
}

/* A checkpoint taken anywhere changes nothing. */
static void
test_restore_anywhere (void)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  g_autoptr(LeydenValue) expected = fold_lines (all_types, G_N_ELEMENTS (all_types));
  g_autofree char *expected_text = leyden_json_write (expected, LEYDEN_JSON_CANONICAL);

  for (guint cut = 0; cut <= G_N_ELEMENTS (all_types); cut++)
    {
      g_autoptr(LeydenValue) checkpoint = fold_lines (all_types, cut);
      g_autofree char *text = leyden_json_write (checkpoint, LEYDEN_JSON_COMPACT);
      g_autoptr(LeydenValue) read = NULL;
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;
      g_autofree char *end = NULL;
      LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };
      gpointer state;

      read = leyden_json_parse (text, -1, &wire, NULL);
      state = reducer->restore (read);
      before = leyden_json_write (checkpoint, LEYDEN_JSON_CANONICAL);
      after = serialise (state);
      g_assert_cmpstr (before, ==, after);
      for (guint i = cut; i < G_N_ELEMENTS (all_types); i++)
        {
          g_autoptr(LeydenRecord) record = make_record (i, &all_types[i]);

          reducer->apply (state, record);
        }
      end = serialise (state);
      g_assert_cmpstr (end, ==, expected_text);
      reducer->free (state);
    }
}

static void
test_unknown_records (void)
{
  static const Line more[] = {
    { "rollout.started", "", "{\"flow\": \"f\"}" }, { "node.exploded", "q", "{}" }, { "future", "q", "{\"a\": 1}" }, { "rollout.moved", "", "{}" },
    { "model.dreamt", "", "{}" },
  };
  g_autoptr(LeydenValue) one = fold_lines (more, 1);
  g_autoptr(LeydenValue) all = fold_lines (more, G_N_ELEMENTS (more));
  g_autoptr(LeydenValue) a = leyden_value_with_member (one, "sequence", NULL);
  g_autoptr(LeydenValue) b = leyden_value_with_member (all, "sequence", NULL);

  g_assert_true (leyden_value_equal (a, b));
}

/* Records from elsewhere may hold anything. */
static void
test_odd_payloads (void)
{
  static const char * const odd[] = { "{}", "{\"inputs\": 5, \"outputs\": \"x\", \"error\": [], \"answer\": 1, \"request\": null, \"ordinal\": -1, \"try\": \"z\","
                                      " \"usage\": 1, \"state\": 4, \"value\": {}, \"port\": 1, \"edge\": 3, \"seed\": \"s\", \"flow\": 0, \"latency_ms\": \"x\"}" };
  const LeydenReducer *reducer = leyden_rollout_reducer ();

  for (guint j = 0; j < G_N_ELEMENTS (odd); j++)
    {
      gpointer state = reducer->init ();
      g_autoptr(LeydenValue) value = NULL;
      gpointer again;

      for (guint i = 0; i < G_N_ELEMENTS (all_types); i++)
        {
          Line line = { all_types[i].type, all_types[i].node, odd[j] };
          g_autoptr(LeydenRecord) record = make_record (i, &line);

          reducer->apply (state, record);
        }
      value = reducer->serialise (state);
      reducer->free (state);
      again = reducer->restore (value);
      reducer->free (again);
    }
}

/* Every member that the fold writes is in the schema. */
static void
check_members (LeydenValue *value,
               LeydenValue *schema,
               const char  *where)
{
  LeydenValue *properties = leyden_value_get_member (schema, "properties");

  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      g_test_message ("%s/%s", where, leyden_value_get_key (value, i));
      g_assert_nonnull (leyden_value_get_member (properties, leyden_value_get_key (value, i)));
    }
}

static void
test_schema (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/schema/state.json", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(LeydenValue) schema = NULL;
  g_autoptr(LeydenValue) state = fold_lines (all_types, G_N_ELEMENTS (all_types));
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (bytes);
  schema = leyden_json_parse_bytes (bytes, NULL, &error);
  g_assert_no_error (error);
  check_members (state, schema, "");
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *calls = leyden_value_get_member (leyden_value_get_item (nodes, i), "calls");

      check_members (leyden_value_get_item (nodes, i), leyden_value_lookup_pointer (schema, "/$defs/node"), "nodes");
      for (guint j = 0; j < leyden_value_get_size (calls); j++)
        check_members (leyden_value_get_item (calls, j), leyden_value_lookup_pointer (schema, "/$defs/call"), "calls");
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/document", test_document);
  g_test_add_func ("/state/restore-anywhere", test_restore_anywhere);
  g_test_add_func ("/state/unknown-records", test_unknown_records);
  g_test_add_func ("/state/odd-payloads", test_odd_payloads);
  g_test_add_func ("/state/schema", test_schema);
  return g_test_run ();
}
