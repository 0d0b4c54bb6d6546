/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "leyden-compare.h"
#include "leyden-json.h"
#include "replay-helpers.h"

typedef struct
{
  const char *type;
  const char *node;
  const char *payload;
} Line;

static const Line base[] = {
  { "rollout.started", "", "{\"input\": \"i\"}" },
  { "node.started", "a", "{\"inputs\": {}}" },
  { "model.request", "a", "{\"ordinal\": 0, \"hash\": \"h\", \"request\": {\"q\": 1}}" },
  { "model.response", "a", "{\"ordinal\": 0, \"answer\": {\"message\": {\"content\": \"x\"}, \"latency_ms\": 5, \"usage\": {\"prompt_tokens\": 3}, \"cost\": 0.5}}" },
  { "node.finished", "a", "{\"outputs\": {\"o\": 1, \"p\": [1]}}" },
  { "node.started", "b", "{\"inputs\": {\"v\": [\"a\", \"o\"]}}" },
  { "node.finished", "b", "{\"outputs\": {\"o\": 2}}" },
  { "rollout.finished", "", "{\"state\": \"succeeded\", \"result\": {}}" },
};

/* @skip: index of a line that is left out, −1: none; @at: of one that is replaced by @other. */
static GPtrArray *
make_log (int         skip,
          int         at,
          const Line *other)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  for (int i = 0; i < (int) G_N_ELEMENTS (base); i++)
    {
      const Line *line = i == at ? other : &base[i];
      g_autoptr(LeydenValue) payload = test_json (line->payload);

      if (i != skip)
        g_ptr_array_add (records, leyden_record_new ("r", "0", records->len + 1, 1000000 * (gint64) i, "engine", line->type, line->node, payload));
    }
  return records;
}

static void
test_divergence (void)
{
  static const struct
  {
    int         skip, at;
    Line        other;
    const char *path;           /* NULL: they are the same */
    const char *what;
    gint64      a, b;
  } cases[] = {
    { -1, -1, { 0 }, NULL, NULL, 0, 0 },
    { -1, 0, { "rollout.started", "", "{\"input\": \"j\"}" }, "", "input", 1, 1 },
    { -1, 1, { "node.started", "a", "{\"inputs\": {\"x\": [\"c\", \"o\"]}}" }, "a", "input", 2, 2 },
    { -1, 2, { "model.request", "a", "{\"ordinal\": 0, \"hash\": \"g\", \"request\": {\"q\": 2}}" }, "a", "call", 3, 3 },
    { -1, 3, { "model.response", "a", "{\"ordinal\": 0, \"answer\": {\"message\": {\"content\": \"y\"}}}" }, "a", "call", 4, 4 },
    /* How long it took and what it cost is no difference. */
    { -1, 3, { "model.response", "a", "{\"ordinal\": 0, \"answer\": {\"message\": {\"content\": \"x\"}, \"latency_ms\": 9, \"cost\": 7}}" }, NULL, NULL, 0, 0 },
    { -1, 4, { "node.finished", "a", "{\"outputs\": {\"o\": 1, \"p\": [2]}}" }, "a", "outputs", 5, 5 },
    { -1, 4, { "node.failed", "a", "{\"error\": {\"message\": \"e\"}}" }, "a", "state", 5, 5 },
    { 6, -1, { 0 }, "b", "missing", 7, 0 },
    { -1, 6, { "node.finished", "c", "{\"outputs\": {}}" }, "b", "missing", 7, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GPtrArray) a = make_log (-1, -1, NULL);
      g_autoptr(GPtrArray) b = make_log (cases[i].skip, cases[i].at, &cases[i].other);
      g_autoptr(LeydenValue) compared = leyden_compare_logs (a, b, 100);
      g_autoptr(LeydenValue) swapped = leyden_compare_logs (b, a, 100);
      LeydenValue *divergence = leyden_value_get_member (compared, "divergence");

      g_test_message ("case %u", i);
      g_assert_cmpint (leyden_value_is_null (divergence), ==, cases[i].path == NULL);
      g_assert_cmpint (leyden_value_is_null (leyden_value_get_member (swapped, "divergence")), ==, cases[i].path == NULL);
      if (cases[i].path == NULL)
        {
          g_assert_cmpint (leyden_value_get_member_int (compared, "n_different", -1), ==, 0);
          continue;
        }
      g_assert_cmpstr (leyden_value_get_member_string (divergence, "path", NULL), ==, cases[i].path);
      g_assert_cmpstr (leyden_value_get_member_string (divergence, "what", NULL), ==, cases[i].what);
      g_assert_cmpint (leyden_value_get_member_int (divergence, "sequence_a", 0), ==, cases[i].a);
      g_assert_cmpint (leyden_value_get_member_int (divergence, "sequence_b", 0), ==, cases[i].b);
    }
}

/* A changed value is the first difference of a fork, though what came of it differs earlier in the other's log. */
static void
test_edits (void)
{
  static const Line edit = { "value.edited", "a", "{\"port\": \"o\", \"value\": 7, \"before\": 1}" };
  static const Line as_it_was = { "value.edited", "a", "{\"port\": \"o\", \"value\": 1, \"before\": 1}" };
  g_autoptr(GPtrArray) a = make_log (-1, -1, NULL);
  g_autoptr(GPtrArray) b = make_log (-1, 5, &edit);
  g_autoptr(GPtrArray) same = make_log (-1, 5, &as_it_was);
  g_autoptr(LeydenValue) compared = leyden_compare_logs (a, b, 100);
  g_autoptr(LeydenValue) swapped = leyden_compare_logs (b, a, 100);
  g_autoptr(LeydenValue) itself = leyden_compare_logs (b, b, 100);
  g_autoptr(LeydenValue) no_change = leyden_compare_logs (a, same, 100);
  g_autofree char *text = leyden_json_write (leyden_value_get_member (compared, "divergence"), LEYDEN_JSON_COMPACT);
  g_autofree char *other = leyden_json_write (leyden_value_get_member (swapped, "divergence"), LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (text, ==, "{\"path\":\"a\",\"what\":\"outputs\",\"sequence_a\":5,\"sequence_b\":6}");
  g_assert_cmpstr (other, ==, "{\"path\":\"a\",\"what\":\"outputs\",\"sequence_a\":6,\"sequence_b\":5}");
  g_assert_true (leyden_value_is_null (leyden_value_get_member (itself, "divergence")));
  /* Only that "b" was not begun there. */
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (no_change, "/divergence/path"), NULL), ==, "b");
}

/* What a fork has from another rollout was paid there. */
static void
test_copied_calls (void)
{
  static const Line copied = { "model.response", "a", "{\"ordinal\": 0, \"from\": {\"rollout\": \"r\", \"sequence\": 4}, \"answer\": "
                               "{\"message\": {\"content\": \"x\"}, \"usage\": {\"prompt_tokens\": 3}, \"cost\": 0.5}}" };
  g_autoptr(GPtrArray) a = make_log (-1, -1, NULL);
  g_autoptr(GPtrArray) b = make_log (-1, 3, &copied);
  g_autoptr(LeydenValue) compared = leyden_compare_logs (a, b, 100);

  g_assert_true (leyden_value_is_null (leyden_value_get_member (compared, "divergence")));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_lookup_pointer (compared, "/nodes/0/a"), "tokens", -1), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_lookup_pointer (compared, "/nodes/0/b"), "tokens", -1), ==, 0);
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_lookup_pointer (compared, "/nodes/0/b"), "cost", -1), ==, 0);
}

static void
test_nodes (void)
{
  static const Line other = { "node.finished", "a", "{\"outputs\": {\"o\": 1, \"q\": 3}}" };
  g_autoptr(GPtrArray) a = make_log (-1, -1, NULL);
  g_autoptr(GPtrArray) b = make_log (-1, 4, &other);
  g_autoptr(LeydenValue) compared = leyden_compare_logs (a, b, 100);
  g_autoptr(LeydenValue) expected = test_json (
    "[{\"path\": \"a\", \"a\": {\"state\": \"succeeded\", \"ms\": 3, \"cost\": 0.5, \"tokens\": 3},"
    " \"b\": {\"state\": \"succeeded\", \"ms\": 3, \"cost\": 0.5, \"tokens\": 3}, \"same\": false,"
    " \"ports\": [{\"port\": \"o\", \"same\": true, \"a\": 1, \"b\": 1}, {\"port\": \"p\", \"same\": false, \"a\": [1]}, {\"port\": \"q\", \"same\": false, \"b\": 3}]},"
    " {\"path\": \"b\", \"a\": {\"state\": \"succeeded\", \"ms\": 1, \"cost\": 0, \"tokens\": 0},"
    " \"b\": {\"state\": \"succeeded\", \"ms\": 1, \"cost\": 0, \"tokens\": 0}, \"same\": true, \"ports\": [{\"port\": \"o\", \"same\": true, \"a\": 2, \"b\": 2}]}]");
  g_autoptr(LeydenValue) one = leyden_compare_logs (a, b, 1);
  g_autofree char *x = leyden_json_write (leyden_value_get_member (compared, "nodes"), LEYDEN_JSON_COMPACT);
  g_autofree char *y = leyden_json_write (expected, LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (x, ==, y);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (one, "nodes")), ==, 1);
  g_assert_true (leyden_value_get_member_boolean (one, "truncated", FALSE));
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (one, "/nodes/0/path"), NULL), ==, "a");
}

/* Two runs of one flow are the same, whatever is in it; logs of nothing are too. */
static void
test_runs (void)
{
  g_autoptr(GPtrArray) first = replay_make_logs ();
  g_autoptr(GPtrArray) second = replay_make_logs ();
  g_autoptr(GPtrArray) nothing = g_ptr_array_new ();
  g_autoptr(LeydenValue) empty = leyden_compare_logs (nothing, nothing, 10);

  for (guint i = 0; i < first->len; i++)
    {
      g_autoptr(LeydenValue) compared = leyden_compare_logs (g_ptr_array_index (first, i), g_ptr_array_index (second, i), 1000);
      g_autoptr(LeydenValue) half = leyden_compare_logs (g_ptr_array_index (first, i), nothing, 1000);

      g_assert_true (leyden_value_is_null (leyden_value_get_member (compared, "divergence")));
      g_assert_cmpint (leyden_value_get_member_int (compared, "n_different", -1), ==, 0);
      g_assert_cmpint (leyden_value_get_member_int (compared, "n_nodes", 0), >, 0);
      g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (half, "divergence"), "what", ""), ==, "missing");
    }
  g_assert_true (leyden_value_is_null (leyden_value_get_member (empty, "divergence")));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compare/divergence", test_divergence);
  g_test_add_func ("/compare/edits", test_edits);
  g_test_add_func ("/compare/copied-calls", test_copied_calls);
  g_test_add_func ("/compare/nodes", test_nodes);
  g_test_add_func ("/compare/runs", test_runs);
  return g_test_run ();
}
