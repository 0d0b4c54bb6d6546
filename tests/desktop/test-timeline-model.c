/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What timeline, events and console show, without a display: spans as a tree, its rows, time, records in pages, lines of output. */
#include "config.h"

#include <math.h>

#include "leyden-console-log.h"
#include "leyden-json.h"
#include "leyden-record-list.h"
#include "leyden-record-text.h"
#include "leyden-span-rows.h"
#include "leyden-span-text.h"
#include "leyden-time-scale.h"
#include "timeline-sample.h"

static LeydenSpanTree *
make_tree (const char *json)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return leyden_span_tree_new (answer);
}

static const LeydenSpanRow *
get_row (LeydenSpanTree *tree,
         guint           row)
{
  return leyden_span_tree_get_row (tree, row);
}

/* --- spans --- */

static void
test_tree (void)
{
  static const struct { const char *path; LeydenSpanKind kind; guint depth, n_below, n_waits; } rows[] = {
    { "question", LEYDEN_SPAN_NODE, 0, 0, 0 }, { "solveagt", LEYDEN_SPAN_NODE, 0, 5, 1 }, { "solveagt#1", LEYDEN_SPAN_TURN, 1, 2, 0 },
    { "solveagt#1", LEYDEN_SPAN_MODEL, 2, 0, 1 }, { "solveagt#1/calculat", LEYDEN_SPAN_TOOL, 2, 0, 0 }, { "solveagt#2", LEYDEN_SPAN_TURN, 1, 1, 0 },
    { "solveagt#2", LEYDEN_SPAN_MODEL, 2, 0, 1 }, { "askhuman", LEYDEN_SPAN_NODE, 0, 0, 1 }, { "exanswer", LEYDEN_SPAN_NODE, 0, 0, 0 },
  };
  g_autoptr(LeydenSpanTree) tree = make_tree (TIMELINE_SAMPLE);

  g_assert_cmpuint (leyden_span_tree_get_n_rows (tree), ==, G_N_ELEMENTS (rows));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_cmpstr (get_row (tree, i)->path, ==, rows[i].path);
      g_assert_cmpint (get_row (tree, i)->kind, ==, rows[i].kind);
      g_assert_cmpuint (get_row (tree, i)->depth, ==, rows[i].depth);
      g_assert_cmpuint (get_row (tree, i)->n_below, ==, rows[i].n_below);
      g_assert_cmpuint (get_row (tree, i)->n_waits, ==, rows[i].n_waits);
      g_assert_cmpuint (leyden_span_tree_find (tree, get_row (tree, i)), ==, i);
    }
  g_assert_cmpuint (get_row (tree, 4)->parent, ==, 2);
  g_assert_cmpint (get_row (tree, 3)->waits[0].kind, ==, LEYDEN_SPAN_RATE_LIMIT);
  g_assert_cmpfloat_with_epsilon (leyden_span_row_wait_ms (get_row (tree, 3), 0), 500, 1e-9);
  g_assert_true (get_row (tree, 8)->end_ns == 0 && isnan (get_row (tree, 8)->self_ms));
  g_assert_cmpuint (leyden_span_tree_get_last (tree), ==, 40);
}

/* Whatever a backend says, it is a tree, and each row stands once below what it is part of. */
static void
check_tree (LeydenSpanTree *tree)
{
  for (guint i = 0; i < leyden_span_tree_get_n_rows (tree); i++)
    {
      const LeydenSpanRow *row = get_row (tree, i);

      g_assert_cmpuint (i + row->n_below, <, leyden_span_tree_get_n_rows (tree));
      g_assert_true (row->parent == LEYDEN_NO_ROW ? row->depth == 0 : row->parent < i && i <= row->parent + get_row (tree, row->parent)->n_below);
      g_assert_cmpuint (row->last, >=, row->first);
      g_assert_true (row->end_ns == 0 || row->end_ns >= row->start_ns);
      g_assert_true (isfinite (row->cost) && row->cost >= 0 && row->tokens >= 0);
    }
}

static void
test_hostile (void)
{
  static const char * const answers[] = {
    "null", "{}", "[1]", "{\"spans\":{}}", "{\"spans\":[1,null,\"x\",[],{}]}",
    "{\"spans\":[{\"parent\":0},{\"parent\":2},{\"parent\":1},{\"parent\":99},{\"parent\":-4},{\"parent\":1e300}]}",
    "{\"first\":-5,\"last\":9223372036854775807,\"started\":-1,\"finished\":9223372036854775807,\"spans\":[{\"path\":\"a\",\"kind\":\"node\",\"start\":9223372036854775807,"
    "\"end\":-9223372036854775808,\"first\":9223372036854775807,\"last\":-1,\"cost\":1e308,\"tokens\":1e30,\"self_ms\":-5}]}",
    "{\"spans\":[{\"path\":\"w\",\"kind\":\"wait\",\"wait\":\"moon\",\"start\":5,\"end\":2,\"first\":3,\"last\":1},{\"path\":\"x\",\"kind\":\"wait\",\"parent\":0},{\"path\":\"y\",\"kind\":\"node\",\"parent\":1}]}",
    "{\"spans\":[{\"path\":\"\\u202e\\u0007<b>\\n\",\"kind\":\"\\u001b[31m\",\"state\":\"<i>\",\"start\":1,\"end\":2,\"first\":1,\"last\":2}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr(LeydenSpanTree) tree = make_tree (answers[i]);
      g_autofree char *words = leyden_span_tree_describe_position (tree, 1, leyden_span_tree_get_last (tree), NULL);

      check_tree (tree);
      g_assert_true (g_utf8_validate (words, -1, NULL));
      g_assert_cmpuint (leyden_span_tree_step (tree, 0, 1, FALSE), <=, MAX (leyden_span_tree_get_last (tree), 1));
      leyden_span_tree_step (tree, G_MAXUINT64, -1, TRUE);
      g_assert_cmpint (leyden_span_tree_get_time (tree, G_MAXUINT64 / 2), >=, 0);
      for (guint row = 0; row < leyden_span_tree_get_n_rows (tree); row++)
        {
          g_autofree char *text = leyden_span_row_describe (get_row (tree, row), NULL, 10, FALSE);

          g_assert_null (strpbrk (text, "\n\a\033"));
          g_assert_null (strstr (text, "\u202e"));
        }
    }
}

/* Groups of a hundred, or each inside the one before. */
static char *
make_many (guint    n,
           gboolean chain)
{
  GString *json = g_string_new ("{\"first\":1,\"last\":400000,\"started\":1,\"spans\":[");

  for (guint i = 0; i < n; i++)
    {
      gint64 parent = chain ? (gint64) i - 1 : i % 100 == 0 ? -1 : (gint64) (i - i % 100);

      g_string_append_printf (json, "%s{\"path\":\"n%u\",\"kind\":\"node\",\"start\":%u,\"end\":%u,\"first\":%u,\"last\":%u,\"parent\":%" G_GINT64_FORMAT "}", i > 0 ? "," : "", i,
                              i * 10 + 1, i * 10 + 8, i * 2 + 1, i * 2 + 2, parent);
    }
  g_string_append (json, "]}");
  return g_string_free (json, FALSE);
}

static void
test_many (void)
{
  g_autofree char *json = make_many (100000, FALSE), *chain = make_many (20000, TRUE);
  g_autoptr(LeydenSpanTree) tree = make_tree (json), deep = make_tree (chain);

  g_assert_cmpuint (leyden_span_tree_get_n_rows (tree), ==, 100000);
  check_tree (tree);
  check_tree (deep);
  g_assert_cmpuint (get_row (deep, leyden_span_tree_get_n_rows (deep) - 1)->depth, ==, 19999);
}

/* --- moving --- */

static void
test_steps (void)
{
  g_autoptr(LeydenSpanTree) tree = make_tree (TIMELINE_SAMPLE);
  static const guint64 nodes[] = { 2, 3, 4, 10, 30, 31, 36, 40 };
  static const guint64 all[] = { 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 22, 28, 29, 30, 31, 34, 36, 40 };
  guint64 at = 1;

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    g_assert_cmpuint ((at = leyden_span_tree_step (tree, at, 1, TRUE)), ==, nodes[i]);
  for (guint i = G_N_ELEMENTS (nodes) - 1; i > 0; i--)
    g_assert_cmpuint ((at = leyden_span_tree_step (tree, at, -1, TRUE)), ==, nodes[i - 1]);
  g_assert_cmpuint ((at = leyden_span_tree_step (tree, at, -1, TRUE)), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_assert_cmpuint ((at = leyden_span_tree_step (tree, at, 1, FALSE)), ==, all[i]);
}

static void
test_words (void)
{
  static const struct { guint64 sequence; const char *words; } cases[] = {
    { 1, "Record 1 of 40, < 1 ms" },
    { 4, "Record 4 of 40, solveagt started, 10 ms" },
    { 8, "Record 8 of 40, Model call: solveagt › Turn 1 waits, 400 ms" },
    { 9, "Record 9 of 40, Model call: solveagt › Turn 1 goes on, 900 ms" },
    { 30, "Record 30 of 40, solveagt ended, 3.2 s" },
    { 37, "Record 37 of 40, 3.9 s" },
    { 40, "Record 40 of 40, 4.0 s" },
  };
  g_autoptr(LeydenSpanTree) tree = make_tree (TIMELINE_SAMPLE);
  g_autofree char *model = leyden_span_row_describe (get_row (tree, 3), NULL, 0, FALSE);
  g_autofree char *running = leyden_span_row_describe (get_row (tree, 8), NULL, 5000000000, FALSE);
  g_autofree char *simulated = leyden_span_row_describe (get_row (tree, 1), NULL, 0, TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = leyden_span_tree_describe_position (tree, cases[i].sequence, 40, NULL);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
  g_assert_cmpstr (model, ==, "Model call: solveagt › Turn 1, Succeeded, 1.2 s, waited 500 ms, 700 ms by itself, on the critical path, $0.0020, 700 tokens");
  g_assert_cmpstr (running, ==, "Node: exanswer, Running, 800 ms, goes on, on the critical path");
  g_assert_nonnull (strstr (simulated, "0.0042 simulated credits"));
}

/* Paused for 46 s while a call was under way, then for 2 s before a node, which had queued, and now. */
static void
test_pauses (void)
{
  g_autoptr(LeydenSpanTree) tree = make_tree (TIMELINE_PAUSED);
  const LeydenSpanWait *pauses;
  g_autofree char *node = leyden_span_row_describe (get_row (tree, 0), NULL, 0, FALSE);
  g_autofree char *call = leyden_span_row_describe (get_row (tree, 1), NULL, 0, FALSE);
  g_autofree char *all = leyden_span_row_describe (get_row (tree, 2), NULL, 54700000000, FALSE);
  g_autofree char *queued = leyden_span_row_describe (get_row (tree, 3), NULL, 52200000000, FALSE);
  g_autofree char *title = leyden_span_row_title (get_row (tree, 2), NULL);
  g_autofree char *begins = leyden_span_tree_describe_position (tree, 4, 11, NULL);
  g_autofree char *ends = leyden_span_tree_describe_position (tree, 5, 11, NULL);
  guint n;

  /* What was held and then ran has one row, and so have all pauses. */
  g_assert_cmpuint (leyden_span_tree_get_n_rows (tree), ==, 4);
  g_assert_cmpstr (get_row (tree, 3)->path, ==, "write");
  g_assert_cmpint (get_row (tree, 3)->kind, ==, LEYDEN_SPAN_NODE);
  g_assert_cmpuint (get_row (tree, 3)->n_waits, ==, 1);
  g_assert_cmpint (get_row (tree, 3)->waits[0].kind, ==, LEYDEN_SPAN_QUEUE);

  pauses = leyden_span_tree_get_pauses (tree, &n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpint (pauses[0].start_ns, ==, 2000000000);
  g_assert_cmpint (pauses[0].end_ns, ==, 48000000000);
  g_assert_cmpint (pauses[1].start_ns, ==, 50000000000);
  g_assert_cmpint (pauses[1].end_ns, ==, 52000000000);
  g_assert_cmpint (pauses[2].end_ns, ==, 0);
  g_assert_cmpint (get_row (tree, 2)->kind, ==, LEYDEN_SPAN_PAUSE);
  g_assert_true (get_row (tree, 2)->parent == LEYDEN_NO_ROW && get_row (tree, 2)->n_below == 0);
  g_assert_cmpuint (get_row (tree, 2)->n_waits, ==, 3);
  g_assert_cmpint (get_row (tree, 2)->waits[1].start_ns, ==, 50000000000);
  g_assert_cmpint (get_row (tree, 2)->end_ns, ==, 0);
  g_assert_cmpuint (leyden_span_tree_find (tree, get_row (tree, 2)), ==, 2);
  g_assert_cmpstr (node, ==, "Node: ask, Succeeded, 1.9 s, paused 46.0 s, 100 ms by itself, on the critical path");
  g_assert_cmpstr (call, ==, "Model call: ask, Succeeded, 1.8 s, paused 46.0 s, 1.8 s by itself, on the critical path");
  g_assert_cmpstr (all, ==, "Paused 3 times, 50.5 s, goes on");
  g_assert_cmpstr (queued, ==, "Node: write, Running, 200 ms, goes on, waited 1.1 s, 200 ms by itself, on the critical path");
  g_assert_cmpstr (title, ==, "Paused 3 times");
  g_assert_cmpstr (begins, ==, "Record 4 of 11, Rollout paused, 1.0 s");
  g_assert_cmpstr (ends, ==, "Record 5 of 11, Rollout goes on, 47.0 s");
}

/* --- rows --- */

typedef struct
{
  guint n;
  guint position, removed, added;
} Change;

static void
changed_cb (GListModel *model,
            guint       position,
            guint       removed,
            guint       added,
            Change     *change)
{
  *change = (Change) { change->n + 1, position, removed, added };
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static const char *
path_at (GListModel *model,
         guint       position)
{
  g_autoptr(LeydenSpanItem) item = g_list_model_get_item (model, position);

  return leyden_span_item_get_row (item)->path;
}

static void
test_fold (void)
{
  g_autoptr(LeydenSpanTree) tree = make_tree (TIMELINE_SAMPLE);
  g_autoptr(LeydenSpanRows) rows = leyden_span_rows_new ();
  g_autoptr(LeydenSpanItem) item = NULL, again = NULL;
  Change change = { 0 };

  leyden_span_rows_set_tree (rows, tree);
  g_signal_connect (rows, "items-changed", G_CALLBACK (changed_cb), &change);
  item = g_list_model_get_item (G_LIST_MODEL (rows), 1);
  again = g_list_model_get_item (G_LIST_MODEL (rows), 1);
  g_assert_true (item == again);
  leyden_span_rows_set_folded (rows, item, TRUE);
  g_assert_true (leyden_span_item_is_folded (item));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, 4);
  g_assert_true (change.n == 1 && change.position == 2 && change.removed == 5 && change.added == 0);
  g_assert_cmpstr (path_at (G_LIST_MODEL (rows), 2), ==, "askhuman");
  /* What is hidden is found where it is hidden. */
  g_assert_cmpuint (leyden_span_rows_find (rows, 4), ==, 1);
  g_assert_cmpuint (leyden_span_rows_find (rows, 7), ==, 2);
  leyden_span_rows_set_folded (rows, item, FALSE);
  g_assert_true (change.n == 2 && change.position == 2 && change.removed == 0 && change.added == 5);
  leyden_span_rows_fold_all (rows, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, 4);
  leyden_span_rows_fold_all (rows, FALSE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, 9);
}

/* The same rollout a second later: what stayed is the same item, and what was folded stays folded. */
static void
test_refresh (void)
{
#define A "{\"path\":\"a\",\"kind\":\"node\",\"state\":\"running\",\"start\":1,\"first\":1,\"last\":1}"
#define B "{\"path\":\"a#1\",\"kind\":\"turn\",\"start\":2,\"end\":3,\"first\":2,\"last\":3,\"parent\":0}"
#define C "{\"path\":\"c\",\"kind\":\"node\",\"start\":4,\"first\":4,\"last\":4}"
  g_autoptr(LeydenSpanTree) before = make_tree ("{\"spans\":[" A "," B "," C "]}");
  g_autoptr(LeydenSpanTree) after = make_tree ("{\"spans\":[{\"path\":\"a\",\"kind\":\"node\",\"state\":\"succeeded\",\"start\":1,\"end\":9,\"first\":1,\"last\":9}," B "," C
                                               ",{\"path\":\"a#2\",\"kind\":\"turn\",\"start\":5,\"end\":6,\"first\":5,\"last\":6,\"parent\":0}"
                                               ",{\"path\":\"d\",\"kind\":\"node\",\"start\":7,\"first\":7,\"last\":8}]}");
  g_autoptr(LeydenSpanRows) rows = leyden_span_rows_new ();
  g_autoptr(LeydenSpanItem) item = NULL, last = NULL, gone = NULL;
  Change change = { 0 };
  guint n = 0;

  leyden_span_rows_set_tree (rows, before);
  item = g_list_model_get_item (G_LIST_MODEL (rows), 0);
  leyden_span_rows_set_folded (rows, item, TRUE);
  last = g_list_model_get_item (G_LIST_MODEL (rows), 1);
  g_signal_connect (rows, "items-changed", G_CALLBACK (changed_cb), &change);
  g_signal_connect_swapped (item, "changed", G_CALLBACK (count_cb), &n);
  leyden_span_rows_set_tree (rows, after);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (leyden_span_item_get_row (item)->state, ==, "succeeded");
  g_assert_cmpstr (leyden_span_item_get_row (last)->path, ==, "c");
  g_assert_true (leyden_span_item_is_folded (item));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, 3);
  g_assert_true (change.n == 1 && change.position == 2 && change.removed == 0 && change.added == 1);

  /* An item outlives the list. */
  gone = g_list_model_get_item (G_LIST_MODEL (rows), 2);
  leyden_span_rows_set_tree (rows, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, 0);
  g_assert_cmpstr (leyden_span_item_get_row (gone)->path, ==, "d");
  g_clear_object (&rows);
  g_assert_false (leyden_span_item_is_folded (gone));
#undef A
#undef B
#undef C
}

/* --- time --- */

static void
test_scale (void)
{
  LeydenTimeScale scale = { 0 };

  leyden_time_scale_set_range (&scale, 1000, 1000000000 + 1000);
  g_assert_true (scale.whole);
  g_assert_cmpfloat_with_epsilon (leyden_time_scale_place (&scale, 500000000 + 1000), 0.5, 1e-9);
  leyden_time_scale_zoom (&scale, 2, 0.25);
  g_assert_cmpfloat_with_epsilon (scale.from, 125000000, 1);
  g_assert_cmpfloat_with_epsilon (scale.to, 625000000, 1);
  /* What is under the pointer stays there. */
  g_assert_cmpfloat_with_epsilon (leyden_time_scale_place (&scale, 250000000 + 1000), 0.25, 1e-6);
  leyden_time_scale_pan (&scale, 5);
  g_assert_cmpfloat_with_epsilon (scale.to, 1000000000, 1);
  /* Who looks at the end goes on looking at it; others stay. */
  leyden_time_scale_set_range (&scale, 1000, 2000000000 + 1000);
  g_assert_cmpfloat_with_epsilon (scale.to, 2000000000, 1);
  leyden_time_scale_pan (&scale, -1);
  leyden_time_scale_set_range (&scale, 1000, 3000000000);
  g_assert_cmpfloat_with_epsilon (scale.from, 1000000000, 2);
  leyden_time_scale_reveal (&scale, 1000);
  g_assert_cmpfloat_with_epsilon (scale.from, 0, 1);
  for (guint i = 0; i < 200; i++)
    leyden_time_scale_zoom (&scale, 10, 0.5);
  g_assert_cmpfloat (scale.to - scale.from, >=, 999);
  for (guint i = 0; i < 200; i++)
    leyden_time_scale_zoom (&scale, 0.1, 0.5);
  g_assert_true (scale.whole);
  /* Another rollout. */
  leyden_time_scale_zoom (&scale, 4, 0.5);
  leyden_time_scale_set_range (&scale, G_GINT64_CONSTANT (90000000000), G_GINT64_CONSTANT (91000000000));
  g_assert_true (scale.whole);
  leyden_time_scale_set_range (&scale, 0, 0);
  g_assert_cmpfloat (scale.to, >, scale.from);
}

static void
test_marks (void)
{
  static const struct { double seconds; guint most; double step; } cases[] = { { 4, 5, 1 }, { 1, 4, 0.5 }, { 0.01, 10, 0.001 }, { 600, 5, 120 }, { 86400 * 30, 5, 86400 * 6 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenTimeScale scale = { 0 };

      leyden_time_scale_set_range (&scale, 0, (gint64) (cases[i].seconds * 1e9));
      g_assert_cmpfloat_with_epsilon (leyden_time_scale_get_step (&scale, cases[i].most) / 1e9, cases[i].step, cases[i].step * 1e-9);
    }
}

/* --- records --- */

typedef struct
{
  LeydenRecordList *list;
  guint64           last;
  guint64           every;              /* records that pass the filter: each of these */
  guint             request;            /* that is open; 0: none */
  guint64           after;
  guint             limit;
  guint             n_requests;
} Pager;

static void
ask_cb (LeydenRecordList *list,
        guint             request,
        guint64           after,
        guint             limit,
        gpointer          data)
{
  Pager *pager = data;

  g_assert_cmpuint (pager->request, ==, 0);
  pager->request = request;
  pager->after = after;
  pager->limit = limit;
  pager->n_requests++;
}

static void
answer (Pager *pager)
{
  g_autoptr(GString) json = g_string_new ("{\"records\":[");
  g_autoptr(LeydenValue) value = NULL;
  guint64 at = pager->after + 1;
  guint n = 0, request = pager->request;

  for (; at <= pager->last && n < pager->limit && at < pager->after + 100000; at++)
    if (at % pager->every == 0)
      g_string_append_printf (json, "%s{\"sequence\":%" G_GUINT64_FORMAT ",\"type\":\"node.started\",\"node\":\"n\",\"time\":1}", n++ > 0 ? "," : "", at);
  g_string_append_printf (json, at <= pager->last ? "],\"next_after\":%" G_GUINT64_FORMAT "}" : "],\"next_after\":null}", at - 1);
  value = leyden_json_parse (json->str, -1, NULL, NULL);
  g_assert_nonnull (value);
  pager->request = 0;
  leyden_record_list_answer (pager->list, request, value, NULL);
}

static void
serve (Pager *pager)
{
  while (g_main_context_iteration (NULL, FALSE) || pager->request != 0)
    if (pager->request != 0)
      answer (pager);
}

static void
test_records_million (void)
{
  Pager pager = { .last = 1000000, .every = 1 };
  g_autoptr(LeydenRecordList) list = leyden_record_list_new (ask_cb, &pager);
  GListModel *model = G_LIST_MODEL (list);
  guint n = 0;

  pager.list = list;
  leyden_record_list_reset (list, 1000000, FALSE);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1000000);
  serve (&pager);
  g_assert_cmpuint (pager.n_requests, ==, 0);
  for (guint position = 0; position < 1000000; position += 997)
    {
      g_autoptr(LeydenRecordItem) item = g_list_model_get_item (model, position);
      gulong handler = g_signal_connect_swapped (item, "changed", G_CALLBACK (count_cb), &n);

      g_assert_cmpuint (leyden_record_item_get_sequence (item), ==, position + 1);
      serve (&pager);
      g_assert_cmpint (leyden_value_get_member_int (leyden_record_item_get_record (item), "sequence", 0), ==, position + 1);
      g_signal_handler_disconnect (item, handler);
    }
  g_assert_cmpuint (n, >, 900);
  g_assert_cmpuint (pager.n_requests, <=, 1004);
  g_assert_cmpuint (leyden_record_list_get_n_kept (list), <=, 10000);
  g_assert_cmpuint (leyden_record_list_find (list, 500), ==, 499);

  /* Places that were passed in between are not asked for. */
  pager.n_requests = 0;
  for (guint position = 100; position < 900000; position += 1000)
    g_object_unref (g_list_model_get_item (model, position));
  serve (&pager);
  g_assert_cmpuint (pager.n_requests, <=, 5);
}

static void
test_records_live (void)
{
  Pager pager = { .last = 10, .every = 1 };
  g_autoptr(LeydenRecordList) list = leyden_record_list_new (ask_cb, &pager);
  g_autoptr(LeydenRecordItem) item = NULL, next = NULL;
  g_autoptr(LeydenValue) record = leyden_json_parse ("{\"sequence\": 12, \"type\": \"reward\"}", -1, NULL, NULL);
  Change change = { 0 };

  pager.list = list;
  leyden_record_list_reset (list, 10, FALSE);
  g_signal_connect (list, "items-changed", G_CALLBACK (changed_cb), &change);
  item = g_list_model_get_item (G_LIST_MODEL (list), 9);
  serve (&pager);
  g_assert_nonnull (leyden_record_item_get_record (item));
  pager.last = 12;
  leyden_record_list_set_last (list, 12);
  g_assert_true (change.n == 1 && change.position == 10 && change.removed == 0 && change.added == 2);
  /* One that came by itself needs no request; the one before it does, from where the page was known. */
  leyden_record_list_add (list, record);
  pager.n_requests = 0;
  next = g_list_model_get_item (G_LIST_MODEL (list), 11);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_record_item_get_record (next), "type", ""), ==, "reward");
  g_clear_object (&next);
  next = g_list_model_get_item (G_LIST_MODEL (list), 10);
  serve (&pager);
  g_assert_cmpuint (pager.n_requests, ==, 1);
  g_assert_cmpuint (pager.after, ==, 10);
  g_assert_nonnull (leyden_record_item_get_record (next));
}

static void
test_records_filtered (void)
{
  Pager pager = { .last = 1000000, .every = 1000 };
  g_autoptr(LeydenRecordList) list = leyden_record_list_new (ask_cb, &pager);
  GListModel *model = G_LIST_MODEL (list);
  g_autoptr(LeydenRecordItem) item = NULL;

  pager.list = list;
  leyden_record_list_reset (list, 1000000, TRUE);
  serve (&pager);
  /* A page of matches, and no more until somebody looks at its end. */
  g_assert_cmpuint (g_list_model_get_n_items (model), >=, LEYDEN_RECORD_PAGE);
  g_assert_cmpuint (g_list_model_get_n_items (model), <, 500);
  g_assert_false (leyden_record_list_is_complete (list));
  while (!leyden_record_list_is_complete (list))
    {
      g_object_unref (g_list_model_get_item (model, g_list_model_get_n_items (model) - 1));
      serve (&pager);
    }
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1000);
  item = g_list_model_get_item (model, 3);
  g_assert_cmpuint (leyden_record_item_get_sequence (item), ==, 4000);
  g_assert_cmpuint (leyden_record_list_find (list, 4500), ==, 3);
  /* What comes later is found when all before was. */
  pager.last = 1002000;
  leyden_record_list_set_last (list, 1002000);
  serve (&pager);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1002);
  /* An answer of another filter comes to nothing. */
  leyden_record_list_reset (list, 50, FALSE);
  leyden_record_list_answer (list, 1, leyden_record_item_get_record (item), NULL);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 50);
  g_assert_cmpuint (leyden_record_item_get_sequence (item), ==, 4000);
}

static void
test_records_trouble (void)
{
  Pager pager = { .last = 100, .every = 1 };
  g_autoptr(LeydenRecordList) list = leyden_record_list_new (ask_cb, &pager);
  g_autoptr(LeydenRecordItem) item = NULL, hole = NULL;
  g_autoptr(GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "The cable is out");
  g_autoptr(LeydenValue) odd = leyden_json_parse ("{\"records\":[1,{},{\"sequence\":-4},{\"sequence\":60,\"type\":\"x\"},{\"sequence\":1e30}],\"next_after\":60}", -1, NULL, NULL);
  guint request;

  pager.list = list;
  leyden_record_list_reset (list, 100, FALSE);
  item = g_list_model_get_item (G_LIST_MODEL (list), 59);
  hole = g_list_model_get_item (G_LIST_MODEL (list), 30);
  while (pager.request == 0)
    g_main_context_iteration (NULL, TRUE);
  request = pager.request;
  pager.request = 0;
  leyden_record_list_answer (list, request, NULL, error);
  g_assert_cmpstr (leyden_record_list_get_error (list), ==, "The cable is out");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  /* Nobody is asked again and again. */
  g_assert_cmpuint (pager.request, ==, 0);
  leyden_record_list_retry (list);
  while (pager.request == 0)
    g_main_context_iteration (NULL, TRUE);
  request = pager.request;
  pager.request = 0;
  leyden_record_list_answer (list, request, odd, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_record_item_get_record (item), "type", ""), ==, "x");
  g_assert_true (leyden_value_is_null (leyden_record_item_get_record (hole)));
  /* Answers that say nothing new end it, whatever is in them. */
  for (guint i = 0; i < 10; i++)
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      if (pager.request == 0)
        break;
      request = pager.request;
      pager.request = 0;
      leyden_record_list_answer (list, request, odd, NULL);
    }
  g_assert_cmpuint (pager.request, ==, 0);
  leyden_record_list_close (list);
}

static void
test_summaries (void)
{
  static const struct { const char *record; const char *type; const char *says; } cases[] = {
    { "{\"type\":\"node.failed\",\"payload\":{\"error\":{\"message\":\"no such tool\"}}}", "Node failed", "no such tool" },
    { "{\"type\":\"model.response\",\"payload\":{\"answer\":{\"message\":{\"content\":\"It is\\n42\"}}}}", "Model answered", "It is 42" },
    { "{\"type\":\"model.response\",\"payload\":{\"answer\":{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"calc\"}}]}}}}", "Model answered", "{\"name\":\"calc\"}" },
    { "{\"type\":\"node.finished\",\"payload\":{\"outputs\":{\"text\":\"hello\"}}}", "Node finished", "hello" },
    { "{\"type\":\"output.line\",\"payload\":{\"stream\":\"stdout\",\"text\":\"\\u001b[31mred\\u202e\"}}", "Line of output", "\u2068␛[31mred⟨U+202E⟩\u2069" },
    { "{\"type\":\"output.line\",\"payload\":{\"text\":\"  \"}}", "Line of output", "" },
    { "{\"type\":\"<b>odd</b>\",\"payload\":{}}", "<b>odd</b>", "" },
    { "{\"type\":\"reward\",\"payload\":{\"value\":0.5}}", "Reward", "0.5" },
    { "{}", "(unnamed)", "" },
    { "[]", "(unnamed)", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) record = leyden_json_parse (cases[i].record, -1, NULL, NULL);
      g_autofree char *type = leyden_record_type_title (leyden_value_get_member_string (record, "type", ""));
      g_autofree char *says = leyden_record_summarize (record, 200);

      g_assert_cmpstr (type, ==, cases[i].type);
      g_assert_cmpstr (says, ==, cases[i].says);
    }
}

/* --- output --- */

static void
test_console_lines (void)
{
  g_autoptr(LeydenConsoleLog) log = leyden_console_log_new (100);
  const LeydenConsoleLine *line;

  /* Two answers that stream at once do not mix. */
  leyden_console_log_add (log, "a", LEYDEN_CONSOLE_MODEL, "It ", -1);
  leyden_console_log_add (log, "b", LEYDEN_CONSOLE_MODEL, "No", -1);
  leyden_console_log_add (log, "a", LEYDEN_CONSOLE_MODEL, "is\nso", -1);
  g_assert_cmpuint (leyden_console_log_get_n_lines (log), ==, 3);
  g_assert_cmpstr (leyden_console_log_get_line (log, 0)->text->str, ==, "It is");
  g_assert_cmpstr (leyden_console_log_get_line (log, 1)->text->str, ==, "No");
  g_assert_cmpstr (leyden_console_log_get_line (log, 2)->text->str, ==, "so");
  g_assert_false (leyden_console_log_get_line (log, 0)->open);
  line = leyden_console_log_take_changed (log);
  g_assert_cmpstr (line->text->str, ==, "It is");
  leyden_console_log_take_changed (log);
  leyden_console_log_take_changed (log);
  g_assert_null (leyden_console_log_take_changed (log));
  leyden_console_log_end_line (log, "b");
  leyden_console_log_add (log, "b", LEYDEN_CONSOLE_MODEL, "Yes", -1);
  leyden_console_log_add (log, "b", LEYDEN_CONSOLE_ERROR, "oops", -1);
  g_assert_cmpuint (leyden_console_log_get_n_lines (log), ==, 5);
  g_assert_cmpstr (leyden_console_log_take_changed (log)->text->str, ==, "Yes");
  leyden_console_log_clear (log);
  g_assert_null (leyden_console_log_take_changed (log));
  g_assert_cmpuint (leyden_console_log_get_first_id (log), ==, G_MAXUINT64);
}

static void
test_console_bounds (void)
{
  g_autoptr(LeydenConsoleLog) log = leyden_console_log_new (1000);
  g_autoptr(GString) text = g_string_new (NULL);
  gsize total = 0;
  const LeydenConsoleLine *line;

  for (guint i = 0; i < 100000; i++)
    leyden_console_log_add (log, i % 2 == 0 ? "a" : "b", LEYDEN_CONSOLE_OUTPUT, "line\n", -1);
  g_assert_cmpuint (leyden_console_log_get_n_lines (log), ==, 1000);
  g_assert_cmpuint (leyden_console_log_get_n_dropped (log), ==, 99000);
  line = leyden_console_log_take_changed (log);
  g_assert_cmpuint (line->id, ==, leyden_console_log_get_first_id (log));

  /* A megabyte without an end of line: lines of bounded length, no character is cut in two. */
  leyden_console_log_clear (log);
  while (text->len < 1000000)
    g_string_append (text, "ä€𝄞x");
  leyden_console_log_add (log, "a", LEYDEN_CONSOLE_MODEL, text->str, (gssize) text->len);
  for (guint i = 0; i < leyden_console_log_get_n_lines (log); i++)
    {
      const GString *one = leyden_console_log_get_line (log, i)->text;

      g_assert_cmpuint (one->len, <=, 2000);
      g_assert_true (g_utf8_validate (one->str, (gssize) one->len, NULL));
      total += one->len;
    }
  g_assert_cmpuint (total, ==, text->len);

  /* Bytes that are no text at all do not make it wait for ever. */
  leyden_console_log_clear (log);
  g_string_truncate (text, 0);
  for (guint i = 0; i < 5000; i++)
    g_string_append_c (text, '\x80');
  leyden_console_log_add (log, "a", LEYDEN_CONSOLE_MODEL, text->str, (gssize) text->len);
  g_assert_cmpuint (leyden_console_log_get_n_lines (log), <, 10);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spans/tree", test_tree);
  g_test_add_func ("/spans/hostile", test_hostile);
  g_test_add_func ("/spans/many", test_many);
  g_test_add_func ("/spans/steps", test_steps);
  g_test_add_func ("/spans/words", test_words);
  g_test_add_func ("/spans/pauses", test_pauses);
  g_test_add_func ("/spans/fold", test_fold);
  g_test_add_func ("/spans/refresh", test_refresh);
  g_test_add_func ("/time/scale", test_scale);
  g_test_add_func ("/time/marks", test_marks);
  g_test_add_func ("/records/million", test_records_million);
  g_test_add_func ("/records/live", test_records_live);
  g_test_add_func ("/records/filtered", test_records_filtered);
  g_test_add_func ("/records/trouble", test_records_trouble);
  g_test_add_func ("/records/summaries", test_summaries);
  g_test_add_func ("/console/lines", test_console_lines);
  g_test_add_func ("/console/bounds", test_console_bounds);
  return g_test_run ();
}
