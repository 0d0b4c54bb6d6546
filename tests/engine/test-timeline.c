/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "leyden-flow.h"
#include "leyden-json.h"
#include "leyden-timeline-private.h"
#include "replay-helpers.h"

/* Any position of a log out of memory: the same as the fold there. */

/* Whether a node is one of @prefix: what comes behind it goes through no round. */
static gboolean
is_of_scope (const char *path,
             const char *prefix)
{
  const char *rest = path + strlen (prefix);

  if (!g_str_has_prefix (path, prefix))
    return FALSE;
  if (g_str_has_suffix (prefix, "]"))
    return *rest == '/' && strstr (rest + 1, "]/") == NULL;
  return strstr (rest, "]/") == NULL;
}

static void
copy (LeydenValueBuilder *b,
      LeydenValue        *object,
      const char         *key)
{
  LeydenValue *value = leyden_value_get_member (object, key);

  if (value != NULL)
    leyden_value_builder_set (b, key, value);
}

/* What leyden_timeline_summarise() promises, from the whole state. */
static LeydenValue *
summarise_node (LeydenValue *node)
{
  LeydenValue *waiting = leyden_value_get_member (node, "waiting"), *from = leyden_value_get_member (node, "from");
  guint n_calls = leyden_value_get_size (leyden_value_get_member (node, "calls"));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  copy (&b, node, "state");
  copy (&b, node, "part");
  copy (&b, node, "error");
  if (waiting != NULL)
    leyden_value_builder_set_string (&b, "waiting", leyden_value_get_member_string (waiting, "reason", "retry"));
  copy (&b, node, "mode");
  if (from != NULL)
    leyden_value_builder_set_string (&b, "from", leyden_value_get_member_boolean (from, "pin", FALSE) ? "pin" : "rollout");
  if (leyden_value_get_member_boolean (leyden_value_get_member (node, "cache"), "hit", FALSE))
    leyden_value_builder_set_boolean (&b, "cached", TRUE);
  copy (&b, node, "attempts");
  if (n_calls > 0)
    leyden_value_builder_set_int (&b, "n_calls", n_calls);
  copy (&b, node, "started");
  copy (&b, node, "finished");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
count_rounds (LeydenValue *nodes)
{
  g_autoptr(LeydenValue) empty = test_json ("{}");
  LeydenValue *rounds = leyden_value_ref (empty);

  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      const char *path = leyden_value_get_key (nodes, i);
      const char *state = leyden_value_get_member_string (leyden_value_get_item (nodes, i), "state", "");
      g_autofree char *collapsed = leyden_node_path_collapse (path);
      LeydenValue *known;
      g_autoptr(LeydenValue) n = NULL;
      g_autoptr(LeydenValue) more = NULL;
      LeydenValue *all;

      if (strstr (path, "]/") == NULL)
        continue;
      known = leyden_value_get_member (rounds, collapsed);
      n = leyden_value_new_int (leyden_value_get_member_int (known, state, 0) + 1);
      more = leyden_value_with_member (known != NULL ? known : empty, state, n);
      all = leyden_value_with_member (rounds, collapsed, more);
      leyden_value_unref (rounds);
      rounds = all;
    }
  return rounds;
}

static LeydenValue *
summarise (LeydenValue *state,
           guint64      last,
           const char  *prefix)
{
  static const char * const members[] = { "rollout", "sequence", "attempt", "state", "started", "finished", "latency_ms", "error", "error_kind",
                                          "breakpoint", "paused", "reward", "usage", "simulated" };
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  g_autoptr(LeydenValue) rounds = count_rounds (nodes);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    copy (&b, state, members[i]);
  leyden_value_builder_set_int (&b, "last", (gint64) last);
  leyden_value_builder_key (&b, "nodes");
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    if (is_of_scope (leyden_value_get_key (nodes, i), prefix))
      leyden_value_builder_set_take (&b, leyden_value_get_key (nodes, i), summarise_node (leyden_value_get_item (nodes, i)));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_boolean (&b, "truncated", FALSE);
  leyden_value_builder_set (&b, "rounds", rounds);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
assert_same (LeydenValue *a,
             LeydenValue *b)
{
  g_autofree char *x = leyden_json_write (a, LEYDEN_JSON_CANONICAL);
  g_autofree char *y = leyden_json_write (b, LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (x, ==, y);
}

static const char * const prefixes[] = { "", "m", "m[0]", "m[0]/", "m[1]/c", "l[2]/", "g#", "m[0]/g[0]/", "m[", "nowhere/", "]/", NULL };

static LeydenTimeline *
make_timeline (GPtrArray *records)
{
  LeydenTimeline *timeline = leyden_timeline_new (((LeydenRecord *) g_ptr_array_index (records, 0))->rollout);

  for (guint i = 0; i < records->len; i++)
    leyden_timeline_add (timeline, g_ptr_array_index (records, i));
  return timeline;
}

static void
test_summaries (void)
{
  g_autoptr(GPtrArray) logs = replay_make_logs ();

  for (guint i = 0; i < logs->len; i++)
    {
      GPtrArray *records = g_ptr_array_index (logs, i);
      g_autoptr(LeydenTimeline) timeline = make_timeline (records);

      for (guint n = 1; n <= records->len; n++)
        for (guint p = 0; prefixes[p] != NULL; p++)
          {
            g_autoptr(LeydenValue) state = replay_fold (records, n);
            g_autoptr(LeydenValue) expected = summarise (state, records->len, prefixes[p]);
            g_autoptr(LeydenValue) got = leyden_timeline_summarise (timeline, n, prefixes[p], 1000);

            assert_same (got, expected);
          }
    }
}

/* As the log grows, what was asked before stays as it was. */
static void
test_growing (void)
{
  g_autoptr(GPtrArray) logs = replay_make_logs ();

  for (guint i = 0; i < logs->len; i++)
    {
      GPtrArray *records = g_ptr_array_index (logs, i);
      g_autoptr(LeydenTimeline) timeline = leyden_timeline_new (((LeydenRecord *) records->pdata[0])->rollout);

      for (guint n = 1; n <= records->len; n++)
        {
          guint at = n / 2 + 1;
          g_autoptr(LeydenValue) state = replay_fold (records, at);
          g_autoptr(LeydenValue) expected = summarise (state, n, "");
          g_autoptr(LeydenValue) got = NULL;

          leyden_timeline_add (timeline, g_ptr_array_index (records, n - 1));
          got = leyden_timeline_summarise (timeline, at, "", 1000);
          assert_same (got, expected);
          g_assert_cmpuint (leyden_timeline_get_last (timeline), ==, n);
        }
    }
}

/* The values of some nodes come from their records alone. */
static void
test_values (void)
{
  g_autoptr(GPtrArray) logs = replay_make_logs ();

  for (guint i = 0; i < logs->len; i++)
    {
      GPtrArray *records = g_ptr_array_index (logs, i);
      g_autoptr(LeydenTimeline) timeline = make_timeline (records);

      for (guint n = 1; n <= records->len; n++)
        for (guint p = 0; prefixes[p] != NULL; p++)
          {
            g_autoptr(LeydenValue) state = replay_fold (records, n);
            gboolean truncated;
            g_autoptr(GArray) wanted = leyden_timeline_list_records (timeline, n, prefixes[p], 1000, &truncated);
            g_autoptr(GPtrArray) some = g_ptr_array_new ();
            g_autoptr(LeydenValue) part = NULL;
            LeydenValue *nodes = leyden_value_get_member (state, "nodes"), *few;
            guint n_expected = 0;

            g_assert_false (truncated);
            for (guint j = 0; j < wanted->len; j++)
              g_ptr_array_add (some, g_ptr_array_index (records, g_array_index (wanted, guint64, j) - 1));
            part = replay_fold (some, some->len);
            few = leyden_value_get_member (part, "nodes");
            for (guint j = 0; j < leyden_value_get_size (nodes); j++)
              if (is_of_scope (leyden_value_get_key (nodes, j), prefixes[p]))
                {
                  n_expected++;
                  assert_same (leyden_value_get_member (few, leyden_value_get_key (nodes, j)), leyden_value_get_item (nodes, j));
                }
            g_assert_cmpuint (leyden_value_get_size (few), ==, n_expected);
          }
    }
}

static void
test_limits (void)
{
  g_autoptr(GPtrArray) logs = replay_make_logs ();
  GPtrArray *records = g_ptr_array_index (logs, 1);
  g_autoptr(LeydenTimeline) timeline = make_timeline (records);
  g_autoptr(LeydenTimeline) empty = leyden_timeline_new ("r");
  g_autoptr(LeydenValue) summary = leyden_timeline_summarise (timeline, records->len, "", 2);
  g_autoptr(LeydenValue) spans = leyden_timeline_list_spans (timeline, records->len, "", 3);
  g_autoptr(LeydenValue) nothing = leyden_timeline_summarise (empty, 0, "", 10);
  g_autoptr(LeydenValue) no_spans = leyden_timeline_list_spans (empty, 0, "", 10);
  LeydenValue *list = leyden_value_get_member (spans, "spans");
  gboolean truncated;
  g_autoptr(GArray) few = leyden_timeline_list_records (timeline, records->len, "", 5, &truncated);

  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (summary, "nodes")), ==, 2);
  g_assert_true (leyden_value_get_member_boolean (summary, "truncated", FALSE));
  g_assert_cmpuint (leyden_value_get_size (list), ==, 3);
  g_assert_true (leyden_value_get_member_boolean (spans, "truncated", FALSE));
  for (guint i = 0; i < 3; i++)
    g_assert_true (leyden_value_is_null (leyden_value_get_member (leyden_value_get_item (list, i), "parent")));
  g_assert_cmpstr (leyden_value_get_member_string (nothing, "state", ""), ==, "queued");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (no_spans, "spans")), ==, 0);
  g_assert_true (truncated);
  g_assert_cmpuint (few->len, <=, 5);
}

/* A map of two nodes, one after the other; in the middle all begins anew. */
#define PER_ROUND 4
static LeydenTimeline *
make_long (guint n_rounds)
{
  static const char * const types[PER_ROUND] = { "node.started", "node.finished", "node.started", "node.failed" };
  LeydenTimeline *timeline = leyden_timeline_new ("long");
  g_autoptr(LeydenValue) nothing = leyden_json_parse ("{}", -1, NULL, NULL);
  guint64 last = 0;

  for (guint i = 0; i < n_rounds * PER_ROUND; i++)
    {
      g_autofree char *node = g_strdup_printf ("m[%u]/%s", i / PER_ROUND, i % PER_ROUND < 2 ? "a" : "b");
      g_autoptr(LeydenRecord) record = NULL;

      if (i == 0 || i == n_rounds * PER_ROUND / 2)
        {
          g_autoptr(LeydenRecord) begin = leyden_record_new ("long", "0", ++last, i + 1, "engine", "rollout.started", "", nothing);

          leyden_timeline_add (timeline, begin);
        }
      record = leyden_record_new ("long", "0", ++last, i + 1, "engine", types[i % PER_ROUND], node, nothing);
      leyden_timeline_add (timeline, record);
    }
  return timeline;
}

/* However long the log, and wherever one goes in it: what is gone through does not grow, for there is a sum every so many changes. */
static void
test_moves (void)
{
  static const guint n_rounds[] = { 500, 20000 };

  for (guint i = 0; i < G_N_ELEMENTS (n_rounds); i++)
    {
      g_autoptr(LeydenTimeline) timeline = make_long (n_rounds[i]);
      guint64 last = leyden_timeline_get_last (timeline), most = 0;

      g_assert_cmpuint (timeline->rounds->len, ==, 2);
      for (guint64 at = 1; at <= last; at += 7)
        {
          guint64 before = timeline->n_passed;
          g_autoptr(LeydenValue) summary = leyden_timeline_summarise (timeline, at, "", 1000);
          g_autofree char *round = g_strdup_printf ("m[%" G_GUINT64_FORMAT "]/", at / PER_ROUND);
          gboolean truncated;
          g_autoptr(GArray) wanted = leyden_timeline_list_records (timeline, at, round, 1000, &truncated);

          g_assert_cmpint (leyden_value_get_member_int (summary, "sequence", 0), ==, (gint64) at);
          most = MAX (most, timeline->n_passed - before);
          g_assert_cmpuint (wanted->len, <=, PER_ROUND);
        }
      g_assert_cmpuint (most, >, 0);
      g_assert_cmpuint (most, <=, 2 * (LEYDEN_ROUNDS_STRIDE - 1));
    }
}

/* Spans */

typedef struct
{
  gint64      ms;
  const char *type;
  const char *node;
  const char *payload;
} Line;

/* a ──► c ──► m (map of two rounds) ──► e, and b ──► c. b takes longest; c waits for a permit; a call of it is tried twice; e queues. */
static const Line waterfall[] = {
  { 0, "rollout.started", "", "{}" },
  { 0, "node.started", "a", "{\"inputs\": {}}" },
  { 0, "node.started", "b", "{\"inputs\": {}}" },
  { 10, "node.finished", "a", "{\"outputs\": {}}" },
  { 30, "node.finished", "b", "{\"outputs\": {}}" },
  { 30, "node.started", "c", "{\"inputs\": {\"x\": [\"a\", \"o\"], \"y\": [\"b\", \"o\"]}}" },
  { 32, "node.waiting", "c", "{\"reason\": \"rate-limit\"}" },
  { 42, "model.request", "c", "{\"ordinal\": 0}" },
  { 50, "model.response", "c", "{\"ordinal\": 0, \"error\": {\"message\": \"e\"}}" },
  { 51, "node.retried", "c", "{\"try\": 2}" },
  { 61, "node.started", "c", "{\"inputs\": {\"x\": [\"a\", \"o\"], \"y\": [\"b\", \"o\"]}, \"try\": 2}" },
  { 61, "model.request", "c", "{\"ordinal\": 0, \"try\": 2}" },
  { 70, "model.response", "c", "{\"ordinal\": 0, \"try\": 2, \"answer\": {\"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 4}, \"cost\": 0.5}}" },
  { 71, "node.finished", "c", "{\"outputs\": {}}" },
  { 71, "node.started", "m", "{\"inputs\": {\"item\": [\"c\", \"o\"]}}" },
  { 71, "node.started", "m[0]/p", "{\"inputs\": {}}" },
  { 72, "node.started", "m[1]/p", "{\"inputs\": {}}" },
  { 80, "node.finished", "m[1]/p", "{\"outputs\": {}}" },
  { 80, "node.started", "m[1]/q", "{\"inputs\": {\"v\": [\"p\", \"o\"]}}" },
  { 90, "node.finished", "m[1]/q", "{\"outputs\": {}}" },
  { 95, "node.finished", "m[0]/p", "{\"outputs\": {}}" },
  { 96, "node.finished", "m", "{\"outputs\": {}}" },
  { 105, "node.started", "e", "{\"inputs\": {\"v\": [\"m\", \"o\"]}}" },
  { 105, "model.request", "e#1", "{\"ordinal\": 0}" },
  { 115, "model.response", "e#1", "{\"ordinal\": 0, \"answer\": {}}" },
  { 115, "tool.called", "e#1/t", "{\"ordinal\": 0}" },
  { 116, "tool.returned", "e#1/t", "{\"ordinal\": 0, \"answer\": {}}" },
  { 116, "model.request", "e#2", "{\"ordinal\": 0}" },
  { 120, "model.response", "e#2", "{\"ordinal\": 0, \"answer\": {}}" },
  { 121, "node.finished", "e", "{\"outputs\": {}}" },
  { 121, "rollout.finished", "", "{\"state\": \"succeeded\"}" },
};

static GPtrArray *
make_records (const Line *lines,
              guint       n)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenValue) payload = test_json (lines[i].payload);

      g_ptr_array_add (records, leyden_record_new ("r", "0", i + 1, lines[i].ms * 1000000 + 1, "engine", lines[i].type, lines[i].node, payload));
    }
  return records;
}

/* "path kind[ for] start-end of parent, self, paused, *": one line a span. */
static char *
draw (LeydenValue *timeline)
{
  LeydenValue *spans = leyden_value_get_member (timeline, "spans");
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (spans); i++)
    {
      LeydenValue *span = leyden_value_get_item (spans, i);
      LeydenValue *parent = leyden_value_get_member (span, "parent");
      gint64 end = leyden_value_get_member_int (span, "end", -1), of;
      g_autofree char *until = end < 0 ? g_strdup ("") : g_strdup_printf ("%" G_GINT64_FORMAT, (end - 1) / 1000000);

      g_string_append_printf (text, "%s %s", leyden_value_get_member_string (span, "path", ""), leyden_value_get_member_string (span, "kind", ""));
      if (leyden_value_get_member (span, "wait") != NULL)
        g_string_append_printf (text, " %s", leyden_value_get_member_string (span, "wait", ""));
      g_string_append_printf (text, " %" G_GINT64_FORMAT "-%s", (leyden_value_get_member_int (span, "start", 0) - 1) / 1000000, until);
      if (leyden_value_get_int (parent, &of))
        g_string_append_printf (text, " in %s", leyden_value_get_member_string (leyden_value_get_item (spans, (guint) of), "path", ""));
      g_string_append_printf (text, " self %g", leyden_value_get_member_double (span, "self_ms", -1));
      if (leyden_value_get_member (span, "paused_ms") != NULL)
        g_string_append_printf (text, " paused %g", leyden_value_get_member_double (span, "paused_ms", -1));
      g_string_append_printf (text, "%s\n", leyden_value_get_member_boolean (span, "critical", FALSE) ? " *" : "");
    }
  return g_string_free (text, FALSE);
}

static void
test_waterfall (void)
{
  g_autoptr(GPtrArray) records = make_records (waterfall, G_N_ELEMENTS (waterfall));
  g_autoptr(LeydenTimeline) timeline = make_timeline (records);
  g_autoptr(LeydenValue) whole = leyden_timeline_list_spans (timeline, records->len, "", 100);
  g_autoptr(LeydenValue) half = leyden_timeline_list_spans (timeline, 8, "", 100);
  g_autoptr(LeydenValue) round = leyden_timeline_list_spans (timeline, records->len, "m[1]", 100);
  g_autofree char *drawn = draw (whole);
  g_autofree char *drawn_half = draw (half);
  g_autofree char *drawn_round = draw (round);

  g_assert_cmpstr (drawn, ==,
                   "a node 0-10 self 10\n"
                   "b node 0-30 self 30 *\n"
                   "c node 30-71 self 4 *\n"
                   "c wait rate-limit 32-42 in c self 10 *\n"
                   "c model 42-50 in c self 8 *\n"
                   "c wait retry 51-61 in c self 10 *\n"
                   "c model 61-70 in c self 9 *\n"
                   "m node 71-96 self 1 *\n"
                   "m[0]/p node 71-95 in m self 24 *\n"
                   "m[1]/p node 72-80 in m self 8\n"
                   "m[1]/q node 80-90 in m self 10\n"
                   "e wait queue 96-105 self 9 *\n"
                   "e node 105-121 self 1 *\n"
                   "e#1 turn 105-116 in e self 0 *\n"
                   "e#1 model 105-115 in e#1 self 10 *\n"
                   "e#1/t tool 115-116 in e#1 self 1 *\n"
                   "e#2 turn 116-120 in e self 0 *\n"
                   "e#2 model 116-120 in e#2 self 4 *\n");
  g_assert_cmpstr (drawn_half, ==,
                   "a node 0-10 self 10\n"
                   "b node 0-30 self 30 *\n"
                   "c node 30- self 2 *\n"
                   "c wait rate-limit 32-42 in c self 10 *\n"
                   "c model 42- in c self 0 *\n");
  g_assert_cmpstr (drawn_round, ==, "m[1]/p node 72-80 self 8 *\nm[1]/q node 80-90 self 10 *\n");
  g_assert_cmpint (leyden_value_get_member_int (whole, "started", 0), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (whole, "finished", 0), ==, 121000001);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (half, "finished")));
  {
    LeydenValue *c = leyden_value_lookup_pointer (whole, "/spans/2");

    g_assert_cmpint (leyden_value_get_member_int (c, "tokens", 0), ==, 7);
    g_assert_cmpfloat (leyden_value_get_member_double (c, "cost", 0), ==, 0.5);
    g_assert_cmpint (leyden_value_get_member_int (c, "first", 0), ==, 6);
    g_assert_cmpint (leyden_value_get_member_int (c, "last", 0), ==, 14);
  }
}

/* a ──► b ──► m (map of two rounds) ──► e. Paused in a call of a, before b, in a round, between rounds, and while e queues. */
static const Line pauses[] = {
  { 0, "rollout.started", "", "{}" },
  { 0, "node.started", "a", "{\"inputs\": {}}" },
  { 5, "model.request", "a", "{\"ordinal\": 0}" },
  { 10, "rollout.paused", "a", "{\"reason\": \"pause\", \"node\": \"a\"}" },
  { 50, "rollout.resumed", "", "{\"command\": \"continue\"}" },
  { 60, "model.response", "a", "{\"ordinal\": 0, \"answer\": {}}" },
  { 60, "node.finished", "a", "{\"outputs\": {}}" },
  { 60, "breakpoint.hit", "b", "{\"when\": \"before\"}" },
  { 60, "rollout.paused", "b", "{\"reason\": \"breakpoint\", \"node\": \"b\"}" },
  { 100, "rollout.resumed", "", "{\"command\": \"continue\"}" },
  { 100, "node.started", "b", "{\"inputs\": {\"v\": [\"a\", \"o\"]}}" },
  { 110, "node.finished", "b", "{\"outputs\": {}}" },
  { 110, "node.started", "m", "{\"inputs\": {\"v\": [\"b\", \"o\"]}}" },
  { 110, "node.started", "m[0]/p", "{\"inputs\": {}}" },
  { 115, "rollout.paused", "", "{\"reason\": \"pause\"}" },
  { 135, "rollout.resumed", "", "{\"command\": \"continue\"}" },
  { 140, "node.finished", "m[0]/p", "{\"outputs\": {}}" },
  { 142, "rollout.paused", "m[1]/q", "{\"reason\": \"step\", \"node\": \"m[1]/q\"}" },
  { 152, "rollout.resumed", "", "{\"command\": \"step\"}" },
  { 155, "node.started", "m[1]/q", "{\"inputs\": {}}" },
  { 160, "node.finished", "m[1]/q", "{\"outputs\": {}}" },
  { 161, "node.finished", "m", "{\"outputs\": {}}" },
  { 163, "rollout.paused", "", "{\"reason\": \"pause\"}" },
  { 166, "rollout.resumed", "", "{\"command\": \"continue\"}" },
  { 170, "node.started", "e", "{\"inputs\": {\"v\": [\"m\", \"o\"]}}" },
  { 171, "node.finished", "e", "{\"outputs\": {}}" },
  { 171, "rollout.finished", "", "{\"state\": \"succeeded\"}" },
};

/* The time of a person is nobody else's, and no part of the critical path. */
static void
test_pauses (void)
{
  g_autoptr(GPtrArray) records = make_records (pauses, G_N_ELEMENTS (pauses));
  g_autoptr(LeydenTimeline) timeline = make_timeline (records);
  g_autoptr(LeydenValue) whole = leyden_timeline_list_spans (timeline, records->len, "", 100);
  g_autoptr(LeydenValue) paused = leyden_timeline_list_spans (timeline, 4, "", 100);
  g_autoptr(LeydenValue) held = leyden_timeline_list_spans (timeline, 9, "", 100);
  g_autoptr(LeydenValue) round = leyden_timeline_list_spans (timeline, records->len, "m[", 100);
  g_autofree char *drawn = draw (whole), *drawn_paused = draw (paused), *drawn_held = draw (held), *drawn_round = draw (round);
  LeydenValue *b = leyden_value_lookup_pointer (whole, "/spans/4"), *pause = leyden_value_lookup_pointer (whole, "/spans/2");

  g_assert_cmpstr (drawn, ==,
                   "a node 0-60 self 5 paused 40 *\n"
                   "a model 5-60 in a self 15 paused 40 *\n"
                   " wait pause 10-50 self 40\n"
                   " wait pause 60-100 self 40\n"
                   "b node 100-110 self 10 *\n"
                   "m node 110-161 self 6 paused 30 *\n"
                   "m[0]/p node 110-140 in m self 10 paused 20 *\n"
                   " wait pause 115-135 self 20\n"
                   " wait pause 142-152 self 10\n"
                   "m[1]/q node 155-160 in m self 5 *\n"
                   "e wait queue 161-170 self 6 paused 3 *\n"
                   " wait pause 163-166 self 3\n"
                   "e node 170-171 self 1 *\n");
  g_assert_cmpstr (drawn_paused, ==, "a node 0- self 5 *\na model 5- in a self 5 *\n wait pause 10- self 0\n");
  g_assert_cmpstr (drawn_held, ==,
                   "a node 0-60 self 5 paused 40 *\n"
                   "a model 5-60 in a self 15 paused 40 *\n"
                   " wait pause 10-50 self 40\n"
                   " wait pause 60- self 0\n");
  g_assert_cmpstr (drawn_round, ==, "m[0]/p node 110-140 self 10 paused 20 *\nm[1]/q node 155-160 self 5 *\n");
  /* It began where it started, not where it was held. */
  g_assert_cmpint (leyden_value_get_member_int (b, "first", 0), ==, 11);
  g_assert_cmpint (leyden_value_get_member_int (pause, "first", 0), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (pause, "last", 0), ==, 5);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (pause, "parent")));
}

/* What was under way goes on in a pause; one pause in another is none; the end of the rollout ends it; what was before another attempt does not count. */
static const Line odd_pauses[] = {
  { 0, "rollout.started", "", "{}" },
  { 0, "node.started", "x", "{\"inputs\": {}}" },
  { 0, "node.started", "y", "{\"inputs\": {}}" },
  { 10, "rollout.paused", "", "{\"reason\": \"pause\"}" },
  { 15, "rollout.paused", "", "{\"reason\": \"pause\"}" },
  { 20, "node.finished", "x", "{\"outputs\": {}}" },
  { 30, "node.cancelled", "y", "{}" },
  { 30, "rollout.finished", "", "{\"state\": \"cancelled\"}" },
  { 90, "rollout.started", "", "{}" },
  { 90, "rollout.resumed", "", "{\"command\": \"continue\"}" },
  { 90, "node.started", "y", "{\"inputs\": {}}" },
  /* A clock that went back. */
  { 95, "rollout.paused", "", "{\"reason\": \"pause\"}" },
  { 93, "rollout.resumed", "", "{\"command\": \"continue\"}" },
  { 94, "rollout.paused", "", "{\"reason\": \"pause\"}" },
  { 97, "rollout.resumed", "", "{\"command\": \"continue\"}" },
  { 99, "node.finished", "y", "{\"outputs\": {}}" },
};

static void
test_odd_pauses (void)
{
  g_autoptr(GPtrArray) records = make_records (odd_pauses, G_N_ELEMENTS (odd_pauses));
  g_autoptr(LeydenTimeline) timeline = make_timeline (records);
  g_autoptr(LeydenValue) during = leyden_timeline_list_spans (timeline, 6, "", 100);
  g_autoptr(LeydenValue) ended = leyden_timeline_list_spans (timeline, 8, "", 100);
  g_autoptr(LeydenValue) again = leyden_timeline_list_spans (timeline, records->len, "y", 100);
  g_autofree char *drawn_during = draw (during), *drawn_ended = draw (ended), *drawn_again = draw (again);

  g_assert_cmpstr (drawn_during, ==, "x node 0-20 self 10 paused 10\ny node 0- self 10 paused 10 *\n wait pause 10- self 10\n");
  g_assert_cmpstr (drawn_ended, ==, "x node 0-20 self 10 paused 10\ny node 0-30 self 10 paused 20 *\n wait pause 10-30 self 20\n");
  g_assert_cmpstr (drawn_again, ==, "y node 90-99 self 7 paused 2 *\n");
}

/* Of real logs: every span lies behind its parent in the list or before it, children do not begin before their parent, nothing is measured
 * twice, and something is critical. */
static void
test_spans_of_logs (void)
{
  g_autoptr(GPtrArray) logs = replay_make_logs ();

  for (guint i = 0; i < logs->len; i++)
    {
      GPtrArray *records = g_ptr_array_index (logs, i);
      g_autoptr(LeydenTimeline) timeline = make_timeline (records);

      for (guint n = 1; n <= records->len; n++)
        {
          g_autoptr(LeydenValue) value = leyden_timeline_list_spans (timeline, n, "", 1000);
          LeydenValue *spans = leyden_value_get_member (value, "spans");
          guint n_critical = 0, n_pauses = 0;

          for (guint j = 0; j < leyden_value_get_size (spans); j++)
            {
              LeydenValue *span = leyden_value_get_item (spans, j);
              gint64 parent, end;

              n_critical += leyden_value_get_member_boolean (span, "critical", FALSE);
              n_pauses += strcmp (leyden_value_get_member_string (span, "wait", ""), "pause") == 0;
              g_assert_cmpfloat (leyden_value_get_member_double (span, "self_ms", -1), >=, 0);
              g_assert_cmpint (leyden_value_get_member_int (span, "last", 0), <=, n);
              if (leyden_value_get_int (leyden_value_get_member (span, "parent"), &parent))
                g_assert_cmpint (parent, <, leyden_value_get_size (spans));
              if (leyden_value_get_int (leyden_value_get_member (span, "end"), &end))
                g_assert_cmpint (end, >=, leyden_value_get_member_int (span, "start", 0));
            }
          g_assert_true (n_critical > 0 || leyden_value_get_size (spans) == n_pauses);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timeline/summaries", test_summaries);
  g_test_add_func ("/timeline/growing", test_growing);
  g_test_add_func ("/timeline/values", test_values);
  g_test_add_func ("/timeline/limits", test_limits);
  g_test_add_func ("/timeline/moves", test_moves);
  g_test_add_func ("/timeline/waterfall", test_waterfall);
  g_test_add_func ("/timeline/pauses", test_pauses);
  g_test_add_func ("/timeline/odd-pauses", test_odd_pauses);
  g_test_add_func ("/timeline/spans-of-logs", test_spans_of_logs);
  return g_test_run ();
}
