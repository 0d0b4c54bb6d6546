/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that are more than a sum over rows: how many at once, spread within groups, phases, months, versions, points and their roll-ups. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "facts-helpers.h"
#include "leyden-buckets.h"
#include "leyden-json.h"
#include "leyden-query-private.h"
#include "leyden-rollups.h"
#include "leyden-stats-tests.h"
#include "leyden-stats.h"

#define S LEYDEN_NS_PER_S
/* 2026-03-10T00:00:00Z */
#define DAY0 (G_GINT64_CONSTANT (1773100800) * S)
#define DAY  (86400 * S)

typedef struct
{
  sqlite3 *db;
  gint64   now;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->db = facts_db_new ();
  fixture->now = DAY0 + 10 * DAY;
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  sqlite3_close (fixture->db);
}

static LeydenValue * G_GNUC_PRINTF (2, 3)
ask (Fixture    *fixture,
     const char *format,
     ...)
{
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) query = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *answer;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  query = facts_json ("%s", text);
  answer = leyden_query_run (fixture->db, query, fixture->now, &error);
  g_assert_no_error (error);
  return answer;
}

static LeydenValue *
get (LeydenValue *answer,
     guint        s,
     const char  *list,
     guint        i)
{
  return leyden_value_get_item (leyden_value_get_member (leyden_value_get_item (leyden_value_get_member (answer, "series"), s), list), i);
}

static double
number (LeydenValue *answer,
        guint        s,
        const char  *list,
        guint        i)
{
  double out;

  return leyden_value_get_double (get (answer, s, list, i), &out) ? out : NAN;
}

static guint
length (LeydenValue *answer,
        guint        s)
{
  return leyden_value_get_size (leyden_value_get_member (leyden_value_get_item (leyden_value_get_member (answer, "series"), s), "y"));
}

static void
assert_near (double found,
             double expected)
{
  if (isnan (expected) || isnan (found))
    g_assert_true (isnan (expected) && isnan (found));
  else if (fabs (found - expected) > 1e-9 * MAX (1, fabs (expected)))
    g_assert_cmpfloat (found, ==, expected);
}

static void G_GNUC_PRINTF (3, 4)
add (Fixture    *fixture,
     int         id,
     const char *format,
     ...)
{
  g_autofree char *set = NULL;
  va_list args;

  va_start (args, format);
  set = g_strdup_vprintf (format, args);
  va_end (args);
  facts_rollout (fixture->db, id, set);
}

/* ---- At once ---- */

static void
test_running (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);
  gint64 created[60], started[60], finished[60];
  static const char * const metrics[] = { "running", "queued" };
  static const char * const aggregations[] = { "mean", "min", "max", "last" };

  fixture->now = DAY0 + 20000 * S;
  for (int i = 0; i < 60; i++)
    {
      created[i] = DAY0 + g_rand_int_range (rand, 0, 18000) * S;
      started[i] = g_rand_int_range (rand, 0, 8) == 0 ? 0 : created[i] + g_rand_int_range (rand, 0, 900) * S;
      finished[i] = g_rand_int_range (rand, 0, 6) == 0 ? 0 : MAX (started[i], created[i]) + g_rand_int_range (rand, 0, 4000) * S;
      add (fixture, i + 1, "created_ns = %" G_GINT64_FORMAT ", started_ns = %" G_GINT64_FORMAT ", finished_ns = %" G_GINT64_FORMAT, created[i], started[i],
           finished[i]);
    }
  for (guint m = 0; m < 2; m++)
    for (guint a = 0; a < 4; a++)
      {
        g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': '%s', 'aggregation': '%s', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT
                                             ", 'interval': 900}", metrics[m], aggregations[a], DAY0 + 3600 * S, DAY0 + 21600 * S);

        g_assert_cmpuint (length (answer, 0), ==, 20);
        for (guint x = 0; x < 20; x++)
          {
            gint64 begin = DAY0 + 3600 * S + x * 900 * S, end = MIN (begin + 900 * S, fixture->now);
            double sum = 0, least = INFINITY, most = -INFINITY, last = NAN;

            /* Second by second: everything here happens at whole seconds. */
            for (gint64 t = begin; t < end; t += S)
              {
                double n = 0;

                for (int i = 0; i < 60; i++)
                  {
                    gint64 from = m == 0 ? started[i] : created[i];
                    gint64 to = m == 0 ? finished[i] : started[i] > 0 ? started[i] : finished[i];

                    n += from > 0 && from <= t && (to == 0 || to > t);
                  }
                sum += n;
                least = MIN (least, n);
                most = MAX (most, n);
                last = n;
              }
            if (begin >= fixture->now)
              sum = least = most = last = NAN;
            else
              sum /= (double)((end - begin) / S);
            assert_near (number (answer, 0, "y", x), a == 0 ? sum : a == 1 ? least : a == 2 ? most : last);
          }
      }
}

/* ---- Spread ---- */

static void
test_spread (Fixture      *fixture,
             gconstpointer data)
{
  /* Of two steps; groups of 3, 2, 2 and 1; the rewards of one are equal. */
  static const struct { int step; const char *item; double reward; } rows[] = {
    { 1, "a", 0 }, { 1, "a", 1 }, { 1, "a", 0.5 }, { 1, "b", 1 }, { 1, "b", 1 }, { 2, "a", 0 }, { 2, "a", 1 }, { 2, "b", 1 },
  };
  g_autoptr(LeydenValue) spread = NULL;
  g_autoptr(LeydenValue) silent = NULL;
  g_autoptr(LeydenValue) all = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    add (fixture, (int)i + 1, "step = %d, item = '%s', reward = %f, finished_ns = %" G_GINT64_FORMAT, rows[i].step, rows[i].item, rows[i].reward, DAY0 + i * S);
  add (fixture, 50, "step = 2, item = 'a', finished_ns = %" G_GINT64_FORMAT, DAY0);
  spread = ask (fixture, "{'metric': 'advantage-spread', 'shape': 'step', 'from': 0}");
  silent = ask (fixture, "{'metric': 'no-signal', 'shape': 'step', 'from': 0, 'band': 'ci'}");
  all = ask (fixture, "{'metric': 'advantage-spread', 'aggregation': 'count', 'shape': 'value', 'from': 0}");
  g_assert_cmpuint (length (spread, 0), ==, 2);
  assert_near (number (spread, 0, "y", 0), (sqrt (0.5 / 3) + 0) / 2);
  assert_near (number (spread, 0, "y", 1), 0.5);
  assert_near (number (silent, 0, "y", 0), 0.5);
  assert_near (number (silent, 0, "y", 1), 0);
  g_assert_cmpfloat (number (silent, 0, "low", 0), <, 0.5);
  assert_near (number (all, 0, "y", 0), 3);
}

/* ---- Phases ---- */

static void
test_phases (Fixture      *fixture,
             gconstpointer data)
{
  static const struct { const char *name; double sum; } phases[] = {
    { "queue", 5 + 7 }, { "model", 100 + 50 }, { "tool", 20 }, { "wait", 3 }, { "other", 77 + 0 },
  };
  g_autoptr(LeydenValue) sums = NULL;
  g_autoptr(LeydenValue) means = NULL;

  add (fixture, 1, "queued_ms = 5, model_ms = 100, tool_ms = 20, wait_ms = 3, latency_ms = 200, step = 4, finished_ns = %" G_GINT64_FORMAT, DAY0);
  /* Calls side by side took longer than the rollout: nothing is left, and nothing less than nothing. */
  add (fixture, 2, "queued_ms = 7, model_ms = 50, latency_ms = 30, step = 4, finished_ns = %" G_GINT64_FORMAT, DAY0 + S);
  sums = ask (fixture, "{'metric': 'phase-time', 'shape': 'step', 'from': 0}");
  means = ask (fixture, "{'metric': 'phase-time', 'aggregation': 'mean', 'shape': 'groups', 'split': ['phase'], 'from': 0, 'order': 'name'}");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (sums, "series")), ==, 5);
  for (guint s = 0; s < 5; s++)
    {
      LeydenValue *series = leyden_value_get_item (leyden_value_get_member (sums, "series"), s);
      const char *phase = leyden_value_get_string (leyden_value_lookup_pointer (series, "/labels/phase"), NULL);
      guint p = 0;

      while (!g_str_equal (phases[p].name, phase))
        p++;
      assert_near (number (sums, s, "y", 0), phases[p].sum);
      for (guint i = 0; i < 5; i++)
        if (g_strcmp0 (leyden_value_get_string (get (means, 0, "x", i), NULL), phase) == 0)
          assert_near (number (means, 0, "y", i), phases[p].sum / 2);
    }
}

/* ---- Months ---- */

static void
test_budget (Fixture      *fixture,
             gconstpointer data)
{
  gint64 flow_a = facts_name (fixture->db, "a"), flow_b = facts_name (fixture->db, "b");
  /* One a day from the first of March on, at noon: day d costs d / 10; the 5th is simulated; the last of February belongs to its month. */
  gint64 march = DAY0 - 9 * DAY;
  double spent = 0, days[7], mean, rest, all;
  g_autoptr(LeydenValue) used = NULL;
  g_autoptr(LeydenValue) line = NULL;
  g_autoptr(LeydenValue) forecast = NULL;
  g_autoptr(LeydenValue) future = NULL;
  g_autoptr(LeydenValue) of_a = NULL;
  g_autoptr(LeydenValue) split = NULL;
  LeydenInterval interval;

  facts_exec (fixture->db, "INSERT INTO documents (kind, name, value) VALUES ('insights', 'budgets', '{\"currency\":\"EUR\",\"month\":40,\"flows\":{\"a\":10}}')");
  fixture->now = DAY0 + 9 * DAY + 18 * 3600 * S;        /* the 19th, 18:00 */
  for (int d = 0; d <= 19; d++)
    {
      add (fixture, d + 1, "cost = %f, flow = %d, simulated = %d, finished_ns = %" G_GINT64_FORMAT, d / 10.0 + (d == 0 ? 100 : 0),
           (int)(d % 2 == 0 ? flow_a : flow_b), d == 5, march + (d - 1) * DAY + 12 * 3600 * S);
      if (d > 0 && d != 5)
        spent += d / 10.0;
    }
  used = ask (fixture, "{'metric': 'budget-used', 'shape': 'value'}");
  assert_near (number (used, 0, "y", 0), spent / 40);
  line = ask (fixture, "{'metric': 'budget-spent', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT ", 'interval': 'day'}", march - 2 * DAY, march + 31 * DAY);
  g_assert_cmpuint (length (line, 0), ==, 33);
  assert_near (number (line, 0, "y", 1), 100);
  assert_near (number (line, 0, "y", 2), 0.1);
  all = 0;
  for (int d = 1; d <= 31; d++)
    {
      if (d <= 19 && d != 5)
        all += d / 10.0;
      assert_near (number (line, 0, "y", (guint)d + 1), d <= 19 ? all : NAN);
    }
  /* Seven whole days before today: 12 to 18. What is left of the month: 12 days and 6 hours. */
  for (int i = 0; i < 7; i++)
    days[i] = (12 + i) / 10.0;
  mean = leyden_stats_mean (days, 7);
  rest = 12.25;
  forecast = ask (fixture, "{'metric': 'forecast', 'shape': 'value'}");
  assert_near (number (forecast, 0, "y", 0), spent + rest * mean);
  g_assert_true (leyden_stats_t_interval (days, 7, 0.95, &interval));
  assert_near (number (forecast, 0, "low", 0), spent + rest * MAX (interval.low, 0));
  assert_near (number (forecast, 0, "high", 0), spent + rest * interval.high);
  future = ask (fixture, "{'metric': 'forecast', 'from': %" G_GINT64_FORMAT ", 'interval': 'day'}", march);
  g_assert_cmpuint (length (future, 0), ==, 31);
  assert_near (number (future, 0, "y", 3), 0.1 + 0.2 + 0.3 + 0.4);
  assert_near (number (future, 0, "y", 30), spent + rest * mean);
  of_a = ask (fixture, "{'metric': 'budget-used', 'shape': 'value', 'filter': [['flow', '=', 'a']]}");
  assert_near (number (of_a, 0, "y", 0), (2 + 4 + 6 + 8 + 10 + 12 + 14 + 16 + 18) / 10.0 / 10);
  split = ask (fixture, "{'metric': 'budget', 'shape': 'value', 'split': ['flow']}");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (split, "series")), ==, 2);
  for (guint s = 0; s < 2; s++)
    {
      LeydenValue *series = leyden_value_get_item (leyden_value_get_member (split, "series"), s);
      gboolean is_a = g_str_equal (leyden_value_get_string (leyden_value_lookup_pointer (series, "/labels/flow"), NULL), "a");

      assert_near (number (split, s, "y", 0), is_a ? 10 : NAN);
    }
}

/* A day that has 23 hours, and its neighbour's costs. */
static void
test_days_of_a_zone (Fixture      *fixture,
                     gconstpointer data)
{
  /* 2026-03-29 in Berlin is from 28th 23:00Z to 29th 22:00Z. */
  gint64 begin = G_GINT64_CONSTANT (1774738800) * S;
  g_autoptr(LeydenValue) answer = NULL;

  fixture->now = begin + 10 * DAY;
  add (fixture, 1, "cost = 1, finished_ns = %" G_GINT64_FORMAT, begin - 1);
  add (fixture, 2, "cost = 2, finished_ns = %" G_GINT64_FORMAT, begin);
  add (fixture, 3, "cost = 4, finished_ns = %" G_GINT64_FORMAT, begin + 23 * 3600 * S - 1);
  add (fixture, 4, "cost = 8, finished_ns = %" G_GINT64_FORMAT, begin + 23 * 3600 * S);
  answer = ask (fixture, "{'metric': 'cost', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT ", 'interval': 'day', 'zone': 'Europe/Berlin', "
                "'compare': 'previous'}", begin - DAY, begin + 2 * DAY - 3600 * S);
  g_assert_cmpuint (length (answer, 0), ==, 3);
  assert_near (number (answer, 0, "y", 0), 1);
  assert_near (number (answer, 0, "y", 1), 6);
  assert_near (number (answer, 0, "y", 2), 8);
  g_assert_cmpfloat (number (answer, 0, "x_end", 1) - number (answer, 0, "x", 1), ==, 23.0 * 3600 * S);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (answer, "series")), ==, 2);
  assert_near (number (answer, 1, "y", 0), 0);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (answer, "/series/1/labels/period"), NULL), ==, "previous");
}

static void
test_compare (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(LeydenValue) day = NULL;
  g_autoptr(LeydenValue) month = NULL;
  g_autoptr(LeydenValue) empty = NULL;

  for (int i = 0; i < 4; i++)
    add (fixture, i + 1, "reward = %d, finished_ns = %" G_GINT64_FORMAT, i, DAY0 + i * DAY / 2);
  day = ask (fixture, "{'metric': 'reward', 'shape': 'value', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT ", 'compare': 'previous'}", DAY0 + DAY,
             DAY0 + 2 * DAY);
  assert_near (number (day, 0, "y", 0), 2.5);
  assert_near (number (day, 1, "y", 0), 0.5);
  /* March so far beside as much of February. */
  add (fixture, 10, "reward = 10, finished_ns = %" G_GINT64_FORMAT, DAY0 - 28 * DAY);
  add (fixture, 11, "reward = 20, finished_ns = %" G_GINT64_FORMAT, DAY0 - 18 * DAY);
  month = ask (fixture, "{'metric': 'reward', 'shape': 'value', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT ", 'compare': 'previous'}", DAY0 - 9 * DAY,
               DAY0 + DAY);
  assert_near (number (month, 0, "y", 0), 0.5);
  assert_near (number (month, 1, "y", 0), 10);
  empty = ask (fixture, "{'metric': 'reward', 'shape': 'value', 'from': 1000, 'to': 2000, 'compare': 'previous'}");
  assert_near (number (empty, 0, "y", 0), NAN);
  assert_near (number (empty, 1, "y", 0), NAN);
}

/* ---- Versions ---- */

static void
test_drift (Fixture      *fixture,
            gconstpointer data)
{
  static const double before[] = { 0, 0, 1, 0.5, 0.25, 1 }, after[] = { 1, 1, 0.75, 1, 0.5 };
  gint64 flow = facts_name (fixture->db, "flow"), old = facts_name (fixture->db, "zz-old"), newer = facts_name (fixture->db, "aa-new");
  g_autoptr(LeydenValue) table = NULL;
  g_autoptr(LeydenValue) value = NULL;
  LeydenValue *row;
  LeydenTest welch = leyden_stats_welch (after, 5, before, 6);
  double half, difference = leyden_stats_mean (after, 5) - leyden_stats_mean (before, 6), found;

  for (int i = 0; i < 6; i++)
    add (fixture, i + 1, "flow = %d, version = %d, reward = %f, finished_ns = %" G_GINT64_FORMAT, (int)flow, (int)old, before[i], DAY0 + i * S);
  for (int i = 0; i < 5; i++)
    add (fixture, i + 10, "flow = %d, version = %d, reward = %f, finished_ns = %" G_GINT64_FORMAT, (int)flow, (int)newer, after[i], DAY0 + (100 + i) * S);
  table = ask (fixture, "{'metric': 'drift', 'shape': 'table', 'from': 0}");
  value = ask (fixture, "{'metric': 'drift', 'shape': 'value', 'from': 0}");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (table, "rows")), ==, 1);
  row = leyden_value_get_item (leyden_value_get_member (table, "rows"), 0);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (row, 1), NULL), ==, "aa-new");
  g_assert_true (leyden_value_get_double (leyden_value_get_item (row, 8), &found));
  assert_near (found, difference);
  half = leyden_stats_t_quantile (0.975, welch.df) * fabs (difference / welch.statistic);
  g_assert_true (leyden_value_get_double (leyden_value_get_item (row, 9), &found));
  assert_near (found, difference - half);
  g_assert_true (leyden_value_get_double (leyden_value_get_item (row, 11), &found));
  assert_near (found, leyden_stats_mann_whitney (after, 5, before, 6).p);
  assert_near (number (value, 0, "y", 0), difference);
}

/* ---- Shapes ---- */

static void
test_histogram (Fixture      *fixture,
                gconstpointer data)
{
  static const double rewards[] = { 0, 0, 0.25, 0.5, 0.5, 0.5, 1, 1 };
  g_autoptr(LeydenValue) bins = NULL;
  g_autoptr(LeydenValue) whole = NULL;
  g_autoptr(LeydenValue) one = NULL;
  g_autoptr(LeydenValue) heat = NULL;
  double sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rewards); i++)
    add (fixture, (int)i + 1, "reward = %f, tokens_in = %u, cost = 3, finished_ns = %" G_GINT64_FORMAT, rewards[i], i, DAY0 + i * 3600 * S);
  bins = ask (fixture, "{'metric': 'reward', 'shape': 'histogram', 'bins': 4, 'from': 0}");
  g_assert_cmpuint (length (bins, 0), ==, 4);
  assert_near (number (bins, 0, "y", 0), 2);
  assert_near (number (bins, 0, "y", 1), 1);
  assert_near (number (bins, 0, "y", 2), 3);
  assert_near (number (bins, 0, "y", 3), 2);
  assert_near (number (bins, 0, "x_end", 3), 1);
  /* Whole numbers: a bin each. */
  whole = ask (fixture, "{'metric': 'tokens-in', 'shape': 'histogram', 'bins': 40, 'from': 0}");
  g_assert_cmpuint (length (whole, 0), ==, 8);
  assert_near (number (whole, 0, "y", 7), 1);
  one = ask (fixture, "{'metric': 'cost', 'shape': 'histogram', 'from': 0}");
  g_assert_cmpuint (length (one, 0), ==, 1);
  assert_near (number (one, 0, "y", 0), 8);
  heat = ask (fixture, "{'metric': 'reward', 'shape': 'heat', 'bins': 4, 'interval': 7200, 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT "}", DAY0,
              DAY0 + 8 * 3600 * S);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (heat, "series")), ==, 4);
  assert_near (number (heat, 0, "y", 0), 2);
  assert_near (number (heat, 2, "y", 2), 2);
  for (guint s = 0; s < 4; s++)
    for (guint x = 0; x < 4; x++)
      sum += number (heat, s, "y", x);
  assert_near (sum, 8);
}

static void
test_groups (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(LeydenValue) worst = NULL;
  g_autoptr(LeydenValue) most = NULL;
  g_autoptr(LeydenValue) named = NULL;
  g_autoptr(LeydenValue) table = NULL;
  g_autoptr(LeydenValue) both = NULL;
  g_autoptr(LeydenValue) share = NULL;
  double sum = 0;

  for (int i = 0; i < 30; i++)
    add (fixture, i + 1, "reward = %f, item = %s, split = '%s', cost = %d, finished_ns = %" G_GINT64_FORMAT, (i % 10) / 10.0,
         i == 29 ? "NULL" : i % 10 == 0 ? "'zero'" : i % 10 < 4 ? "'few'" : i % 10 < 8 ? "'many'" : "'top'", i % 2 == 0 ? "train" : "test", i, DAY0 + i * S);
  worst = ask (fixture, "{'metric': 'reward', 'shape': 'groups', 'split': ['item'], 'order': 'value', 'limit': 2, 'from': 0, 'band': 'ci'}");
  g_assert_cmpuint (length (worst, 0), ==, 2);
  g_assert_cmpstr (leyden_value_get_string (get (worst, 0, "x", 0), NULL), ==, "zero");
  assert_near (number (worst, 0, "y", 0), 0);
  assert_near (number (worst, 0, "y", 1), 0.2);
  g_assert_true (leyden_value_get_member_boolean (worst, "truncated", FALSE));
  most = ask (fixture, "{'metric': 'cost', 'shape': 'groups', 'split': ['item'], 'limit': 1, 'from': 0}");
  g_assert_cmpuint (length (most, 0), ==, 2);
  assert_near (number (most, 0, "y", 0) + number (most, 0, "y", 1), 29 * 30 / 2);
  named = ask (fixture, "{'metric': 'cost', 'shape': 'groups', 'split': ['item'], 'order': 'name', 'from': 0}");
  g_assert_cmpuint (length (named, 0), ==, 5);
  g_assert_true (leyden_value_is_null (get (named, 0, "keys", 4)) || leyden_value_is_null (get (named, 0, "keys", 0)));
  table = ask (fixture, "{'metric': 'reward', 'shape': 'table', 'split': ['item'], 'order': 'value', 'from': 0}");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (table, "rows")), ==, 5);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (table, "/rows/0/0"), NULL), ==, "zero");
  both = ask (fixture, "{'metric': 'reward', 'aggregation': 'count', 'shape': 'heat', 'split': ['item', 'split'], 'from': 0}");
  for (guint s = 0; s < 2; s++)
    for (guint x = 0; x < 5; x++)
      sum += number (both, s, "y", x);
  assert_near (sum, 30);
  share = ask (fixture, "{'metric': 'cost', 'aggregation': 'share', 'shape': 'value', 'split': ['split'], 'from': 0}");
  assert_near (number (share, 0, "y", 0) + number (share, 1, "y", 0), 1);
  g_assert_cmpstr (leyden_value_get_member_string (share, "unit", NULL), ==, "ratio");
}

/* More series than are wanted: the rest stands in one. */
static void
test_other (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(LeydenValue) answer = NULL;
  double sum = 0;

  for (int i = 0; i < 20; i++)
    add (fixture, i + 1, "cost = %d, item = 'item%d', finished_ns = %" G_GINT64_FORMAT, i, i, DAY0 + i * S);
  answer = ask (fixture, "{'metric': 'cost', 'split': ['item'], 'limit': 3, 'interval': 'day', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT "}", DAY0,
                DAY0 + DAY);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (answer, "series")), ==, 4);
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_item (leyden_value_get_member (answer, "series"), 3), "other", FALSE));
  for (guint s = 0; s < 4; s++)
    sum += number (answer, s, "y", 0);
  assert_near (sum, 190);
  assert_near (number (answer, 0, "y", 0), 19);
}

static void
test_bands (Fixture      *fixture,
            gconstpointer data)
{
  double values[11];
  g_autoptr(LeydenValue) mean = NULL;
  g_autoptr(LeydenValue) quantiles = NULL;
  g_autoptr(LeydenValue) share = NULL;
  LeydenInterval interval;

  for (int i = 0; i < 11; i++)
    {
      values[i] = (i * 7 % 11) / 10.0;
      add (fixture, i + 1, "reward = %.17g, state = '%s', finished_ns = %" G_GINT64_FORMAT, values[i], i < 3 ? "failed" : "succeeded", DAY0 + i * S);
    }
  mean = ask (fixture, "{'metric': 'reward', 'shape': 'value', 'band': 'ci', 'from': 0}");
  g_assert_true (leyden_stats_t_interval (values, 11, 0.95, &interval));
  assert_near (number (mean, 0, "low", 0), interval.low);
  assert_near (number (mean, 0, "high", 0), interval.high);
  quantiles = ask (fixture, "{'metric': 'reward', 'shape': 'value', 'band': 'quantiles', 'from': 0}");
  assert_near (number (quantiles, 0, "low", 0), 0.1);
  assert_near (number (quantiles, 0, "high", 0), 0.9);
  share = ask (fixture, "{'metric': 'success', 'shape': 'value', 'band': 'ci', 'from': 0}");
  leyden_stats_wilson (8, 11, 0.95, &interval);
  assert_near (number (share, 0, "low", 0), interval.low);
  assert_near (number (share, 0, "high", 0), interval.high);
}

/* ---- Points ---- */

static void
put_points (Fixture *fixture,
            gint64   series,
            guint    n,
            gint64   step_ns,
            GArray  *out)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRollups) rollups = NULL;
  g_autoptr(GRand) rand = g_rand_new_with_seed ((guint32)series);
  sqlite3_stmt *statement = NULL;

  facts_exec (fixture->db, "BEGIN");
  rollups = leyden_rollups_new (fixture->db, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sqlite3_prepare_v2 (fixture->db, "INSERT INTO points (series, time_ns, n, value) VALUES (?, ?, 1, ?)", -1, &statement, NULL), ==, SQLITE_OK);
  for (guint i = 0; i < n; i++)
    {
      double value = g_rand_double_range (rand, 1, 100) + (i == n / 3 ? 5000 : 0);

      sqlite3_bind_int64 (statement, 1, series);
      sqlite3_bind_int64 (statement, 2, DAY0 + i * step_ns);
      sqlite3_bind_double (statement, 3, value);
      g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_DONE);
      sqlite3_reset (statement);
      g_assert_true (leyden_rollups_add (rollups, series, 0, DAY0 + i * step_ns, value, &error));
      g_array_append_val (out, value);
    }
  sqlite3_finalize (statement);
  g_assert_true (leyden_rollups_write (rollups, &error));
  facts_exec (fixture->db, "COMMIT");
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static void
check_points (Fixture *fixture,
              GArray  *values,
              gint64   step_ns,
              gint64   from,
              gint64   to,
              gboolean exact)
{
  static const char * const aggregations[] = { "count", "sum", "mean", "min", "max", "std", "last", "p50", "p99", "rate" };
  g_autoptr(GArray) inside = g_array_new (FALSE, FALSE, sizeof (double));
  const double *v;
  guint n;

  for (guint i = 0; i < values->len; i++)
    if (DAY0 + i * step_ns >= from && DAY0 + i * step_ns < to)
      g_array_append_val (inside, g_array_index (values, double, i));
  v = (const double *)(gpointer)inside->data;
  n = inside->len;
  for (guint a = 0; a < G_N_ELEMENTS (aggregations); a++)
    {
      g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': 'point:loss', 'aggregation': '%s', 'shape': 'value', 'from': %" G_GINT64_FORMAT ", 'to': %"
                                           G_GINT64_FORMAT ", 'filter': [['label:run', '=', 'a']]}", aggregations[a], from, to);
      double found = number (answer, 0, "y", 0), last = v[n - 1];
      g_autofree double *sorted = g_memdup2 (v, n * sizeof (double));

      qsort (sorted, n, sizeof (double), compare_doubles);
      g_test_message ("%s %d", aggregations[a], exact);
      switch (a)
        {
        case 0: assert_near (found, n); break;
        case 1: assert_near (found, leyden_stats_sum (v, n)); break;
        case 2: assert_near (found, leyden_stats_mean (v, n)); break;
        case 3: assert_near (found, sorted[0]); break;
        case 4: assert_near (found, sorted[n - 1]); break;
        case 5: g_assert_cmpfloat_with_epsilon (found, leyden_stats_sd (v, n), 1e-6); break;
        case 6: assert_near (found, last); break;
        case 9: assert_near (found, leyden_stats_sum (v, n) / ((double)(to - from) / 1e9)); break;
        default:
          {
            double expected = leyden_stats_quantile (sorted, n, a == 7 ? 0.5 : 0.99);

            g_assert_cmpfloat_with_epsilon (found, expected, exact ? 1e-9 : 0.0101 * expected);
            g_assert_cmpint (leyden_value_get_member_boolean (answer, "exact", !exact), ==, exact);
            break;
          }
        }
    }
}

static void
test_points (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GArray) other = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(LeydenValue) each = NULL;
  g_autoptr(LeydenValue) together = NULL;
  g_autoptr(LeydenValue) all = NULL;
  g_autoptr(LeydenValue) histogram = NULL;
  g_autoptr(LeydenValue) days = NULL;
  double most = 0, sum = 0;

  facts_exec (fixture->db, "INSERT INTO series (id, metric, labels, unit, kind) VALUES (1, 'loss', '{\"run\":\"a\"}', 'nats', 'log'), "
              "(2, 'loss', '{\"run\":\"b\"}', 'nats', 'log')");
  put_points (fixture, 1, 300000, S / 2, values);
  put_points (fixture, 2, 1000, S, other);
  fixture->now = DAY0 + 300000 * S / 2;
  /* Few, and many with ends that no roll-up fits. */
  check_points (fixture, values, S / 2, DAY0 + 12345 * S + 6, DAY0 + 20000 * S, TRUE);
  check_points (fixture, values, S / 2, DAY0 + 12345 * S + 6, DAY0 + 149999 * S + 300, FALSE);
  each = ask (fixture, "{'metric': 'point:loss', 'shape': 'value', 'aggregation': 'count', 'from': 0}");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (each, "series")), ==, 2);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (each, "/series/0/labels/run"), NULL), ==, "a");
  together = ask (fixture, "{'metric': 'point:loss', 'shape': 'value', 'aggregation': 'count', 'from': 0, 'split': []}");
  assert_near (number (together, 0, "y", 0), 301000);
  /* All of it as points: the one peak is not lost. */
  all = ask (fixture, "{'metric': 'point:loss', 'shape': 'points', 'from': 0, 'filter': [['run', '=', 'a']]}");
  g_assert_cmpuint (length (all, 0), <=, 2100);
  for (guint i = 0; i < length (all, 0); i++)
    most = MAX (most, number (all, 0, "y", i));
  g_assert_cmpfloat (most, >, 5000);
  histogram = ask (fixture, "{'metric': 'point:loss', 'shape': 'histogram', 'bins': 10, 'from': 0, 'filter': [['run', '=', 'a']]}");
  for (guint i = 0; i < length (histogram, 0); i++)
    sum += number (histogram, 0, "y", i);
  assert_near (sum, 300000);
  assert_near (number (histogram, 0, "y", 9), 1);
  /* Days of a zone of quarter hours. */
  days = ask (fixture, "{'metric': 'point:loss', 'aggregation': 'sum', 'interval': 'day', 'zone': 'Asia/Kathmandu', 'from': %" G_GINT64_FORMAT ", 'to': %"
              G_GINT64_FORMAT ", 'filter': [['run', '=', 'a']]}", DAY0, DAY0 + 150000 * S);
  g_assert_cmpuint (length (days, 0), ==, 2);
  assert_near (number (days, 0, "y", 0), leyden_stats_sum ((const double *)(gpointer)values->data, 2 * (18 * 3600 + 900)));
  assert_near (number (days, 0, "y", 1), leyden_stats_sum ((const double *)(gpointer)values->data + 2 * (18 * 3600 + 900), 300000 - 2 * (18 * 3600 + 900)));
}

/* Samples of the backend's own metrics are thrown away after two days; their roll-ups, from a minute on, stay. */
static void
test_samples (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRollups) rollups = NULL;
  g_autoptr(LeydenValue) days = NULL;
  g_autoptr(LeydenValue) recent = NULL;
  g_autoptr(LeydenValue) groups = NULL;
  double sums[5] = { 0 };

  facts_exec (fixture->db, "INSERT INTO series (id, metric, labels, unit, kind) VALUES (1, 'load', '{}', '', 'sample')");
  fixture->now = DAY0 + 5 * DAY;
  facts_exec (fixture->db, "BEGIN");
  rollups = leyden_rollups_new (fixture->db, &error);
  for (gint64 t = 0; t < 5 * 86400; t += 600)
    {
      sums[t / 86400] += (double)(t % 7);
      g_assert_true (leyden_rollups_add (rollups, 1, LEYDEN_ROLLUP_SAMPLE_LEVEL, DAY0 + t * S, (double)(t % 7), &error));
      if (t >= 3 * 86400)
        facts_exec (fixture->db, "INSERT INTO points (series, time_ns, n, value) VALUES (1, %" G_GINT64_FORMAT ", 0, %d)", DAY0 + t * S, (int)(t % 7));
    }
  g_assert_true (leyden_rollups_write (rollups, &error));
  facts_exec (fixture->db, "COMMIT");
  days = ask (fixture, "{'metric': 'point:load', 'aggregation': 'sum', 'interval': 'day', 'from': %" G_GINT64_FORMAT "}", DAY0);
  g_assert_cmpuint (length (days, 0), ==, 5);
  for (guint d = 0; d < 5; d++)
    assert_near (number (days, 0, "y", d), sums[d]);
  recent = ask (fixture, "{'metric': 'point:load', 'aggregation': 'sum', 'shape': 'value', 'from': %" G_GINT64_FORMAT "}", DAY0 + 4 * DAY);
  assert_near (number (recent, 0, "y", 0), sums[4]);
  groups = ask (fixture, "{'metric': 'point:load', 'aggregation': 'count', 'shape': 'groups', 'from': %" G_GINT64_FORMAT "}", DAY0);
  assert_near (number (groups, 0, "y", 0), 5 * 144);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *name; void (*test) (Fixture *, gconstpointer); } tests[] = {
    { "running", test_running }, { "spread", test_spread }, { "phases", test_phases }, { "budget", test_budget }, { "days-of-a-zone", test_days_of_a_zone },
    { "compare", test_compare }, { "drift", test_drift }, { "histogram", test_histogram }, { "groups", test_groups }, { "other", test_other },
    { "bands", test_bands }, { "points", test_points }, { "samples", test_samples },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/query-special/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
    }
  return g_test_run ();
}
