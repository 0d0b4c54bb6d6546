/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every metric beside a computation of the same number from the rows themselves, one after the other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "facts-helpers.h"
#include "leyden-answers.h"
#include "leyden-buckets.h"
#include "leyden-column-cache.h"
#include "leyden-json.h"
#include "leyden-query-private.h"
#include "leyden-stats.h"

#define N_ROLLOUTS 600
#define S LEYDEN_NS_PER_S
/* Saturday noon; the clock of Berlin is changed in the night. */
#define BEGIN (G_GINT64_CONSTANT (1774699200) * S)
#define END   (BEGIN + 4 * 86400 * S)
#define NOW   (END - 6 * 3600 * S)

typedef struct
{
  int      flow, model, version, step, finished_step;     /* step: -1 none */
  gboolean has_reward, train, simulated, deleted;
  double   reward, latency, queued, wait, model_ms, tool_ms, cost;
  int      invalid, retries, tokens_in, tokens_out, item;
  int      state;               /* 0 running, 1 succeeded, 2 failed, 3 cancelled */
  gint64   created, started, finished;
} Row;

typedef struct
{
  int      rollout, node, model, kind;
  gint64   time;
  double   latency, first_token, cost;          /* first_token −1: none */
  int      tokens_in, tokens_out;
  gboolean cached, error, simulated;
} Call;

typedef struct
{
  sqlite3 *db;
  Row      rows[N_ROLLOUTS];
  Call     calls[N_ROLLOUTS * 3];
  guint    n_calls;
  LeydenColumnCache *cache;     /* NULL: all comes from the database */
} Fixture;

static const char * const states[] = { "running", "succeeded", "failed", "cancelled" };

/* ---- Facts ---- */

static void
make_row (GRand *rand,
          Row   *row,
          guint  i)
{
  static const double rewards[] = { 0, 0, 1, 1, 0.5, 0.25, -1, 1e-9 };

  row->flow = g_rand_int_range (rand, 0, 3);
  row->version = row->flow * 10 + g_rand_int_range (rand, 0, 2);
  row->model = g_rand_int_range (rand, 0, 2);
  row->step = g_rand_int_range (rand, -1, 6);
  row->finished_step = row->step < 0 ? -1 : row->step + g_rand_int_range (rand, 0, 2);
  row->has_reward = g_rand_int_range (rand, 0, 5) > 0;
  row->reward = rewards[g_rand_int_range (rand, 0, G_N_ELEMENTS (rewards))];
  row->invalid = row->has_reward ? 0 : g_rand_int_range (rand, 0, 3);
  row->train = g_rand_boolean (rand);
  row->simulated = g_rand_int_range (rand, 0, 3) == 0;
  row->deleted = g_rand_int_range (rand, 0, 15) == 0;
  row->state = g_rand_int_range (rand, 0, 4);
  row->created = BEGIN + (gint64)(g_rand_double (rand) * (double)(END - BEGIN));
  row->queued = g_rand_int_range (rand, 0, 100) * 1000;
  row->started = row->created + (gint64)row->queued * 1000000;
  row->latency = g_rand_double_range (rand, 1, 4e6);
  row->finished = row->state == 0 ? 0 : row->started + (gint64)(row->latency * 1e6);
  row->wait = g_rand_int_range (rand, 0, 50);
  row->model_ms = g_rand_double_range (rand, 0, 3e6);
  row->tool_ms = g_rand_double_range (rand, 0, 1e5);
  row->cost = g_rand_int_range (rand, 0, 1000) / 1000.0;
  row->retries = g_rand_int_range (rand, 0, 4);
  row->tokens_in = g_rand_int_range (rand, 0, 5000);
  row->tokens_out = g_rand_int_range (rand, 0, 500);
  row->item = g_rand_int_range (rand, 0, 12);
}

static void
put_row (sqlite3   *db,
         const Row *row,
         gint64     id)
{
  g_autofree char *flow = g_strdup_printf ("flow%d", row->flow), *version = g_strdup_printf ("version%d", row->version);
  g_autofree char *model = g_strdup_printf ("model%d", row->model);
  g_autoptr(GString) set = g_string_new (NULL);

  g_string_append_printf (set, "flow = %" G_GINT64_FORMAT ", version = %" G_GINT64_FORMAT ", model = %" G_GINT64_FORMAT ", flow_title = 'Title %d', ",
                          facts_name (db, flow), facts_name (db, version), facts_name (db, model), row->flow);
  if (row->step >= 0)
    g_string_append_printf (set, "step = %d, finished_step = %d, ", row->step, row->finished_step);
  if (row->has_reward)
    g_string_append_printf (set, "reward = %.17g, ", row->reward);
  g_string_append_printf (set, "invalid = %d, is_train = %d, simulated = %d, deleted_ns = %d, state = '%s', created_ns = %" G_GINT64_FORMAT
                          ", started_ns = %" G_GINT64_FORMAT ", finished_ns = %" G_GINT64_FORMAT ", ",
                          row->invalid, row->train, row->simulated, row->deleted ? 5 : 0, states[row->state], row->created, row->started, row->finished);
  g_string_append_printf (set, "queued_ms = %.17g, latency_ms = %.17g, wait_ms = %.17g, model_ms = %.17g, tool_ms = %.17g, cost = %.17g, n_retries = %d, "
                          "tokens_in = %d, tokens_out = %d, item = 'item%d'",
                          row->queued, row->latency, row->wait, row->model_ms, row->tool_ms, row->cost, row->retries, row->tokens_in, row->tokens_out,
                          row->item);
  facts_rollout (db, id, set->str);
}

static void
put_call (Fixture *fixture,
          GRand   *rand,
          int      rollout)
{
  Call *call = &fixture->calls[fixture->n_calls++];
  g_autofree char *node = NULL;
  g_autofree char *model = NULL;
  g_autofree char *first_token = NULL;
  g_autofree char *error = NULL;

  *call = (Call) { rollout, g_rand_int_range (rand, 0, 3), g_rand_int_range (rand, 0, 2), g_rand_int_range (rand, 0, 3) == 0 };
  call->time = BEGIN + (gint64)(g_rand_double (rand) * (double)(END - BEGIN));
  call->latency = g_rand_double_range (rand, 10, 5000);
  call->first_token = g_rand_boolean (rand) ? call->latency / 3 : -1;
  call->cost = g_rand_int_range (rand, 0, 100) / 1000.0;
  call->tokens_in = g_rand_int_range (rand, 0, 900);
  call->tokens_out = g_rand_int_range (rand, 0, 90);
  call->cached = g_rand_int_range (rand, 0, 4) == 0;
  call->error = g_rand_int_range (rand, 0, 6) == 0;
  call->simulated = fixture->rows[rollout].simulated;
  node = g_strdup_printf ("node%d", call->node);
  model = g_strdup_printf ("called%d", call->model);
  first_token = call->first_token < 0 ? g_strdup ("NULL") : g_strdup_printf ("%.17g", call->first_token);
  error = call->error ? g_strdup_printf ("%" G_GINT64_FORMAT, facts_name (fixture->db, "timeout")) : g_strdup ("NULL");
  facts_exec (fixture->db, "INSERT INTO calls (rollout, time_ns, node, kind, model, error_kind, latency_ms, first_token_ms, tokens_in, tokens_out, cost, "
              "simulated, cached) VALUES (%d, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %d, %" G_GINT64_FORMAT ", %s, %.17g, %s, %d, %d, %.17g, %d, %d)",
              rollout + 1, call->time, facts_name (fixture->db, node), call->kind, facts_name (fixture->db, model), error, call->latency, first_token,
              call->tokens_in, call->tokens_out, call->cost, call->simulated, call->cached);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);

  fixture->db = facts_db_new ();
  fixture->n_calls = 0;
  facts_exec (fixture->db, "BEGIN");
  facts_exec (fixture->db, "INSERT INTO documents (kind, name, value) VALUES ('insights', 'budgets', "
              "'{\"currency\":\"EUR\",\"month\":50,\"flows\":{\"flow1\":10},\"value_per_success\":{\"flow0\":2.5,\"flow2\":0.25,\"gone\":9}}')");
  for (guint i = 0; i < N_ROLLOUTS; i++)
    {
      make_row (rand, &fixture->rows[i], i);
      put_row (fixture->db, &fixture->rows[i], i + 1);
    }
  for (guint i = 0; i < N_ROLLOUTS * 2; i++)
    put_call (fixture, rand, g_rand_int_range (rand, 0, N_ROLLOUTS));
  facts_exec (fixture->db, "COMMIT");
  fixture->cache = data != NULL ? leyden_column_cache_new (64 * 1024 * 1024) : NULL;
  if (fixture->cache != NULL)
    leyden_column_cache_set_eager (fixture->cache, TRUE);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  sqlite3_close (fixture->db);
  g_clear_pointer (&fixture->cache, leyden_column_cache_unref);
}

static LeydenValue *
ask_value (Fixture     *fixture,
           LeydenValue *query)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *answer = leyden_query_run_cached (fixture->db, fixture->cache, query, NOW, &error);

  g_assert_no_error (error);
  return answer;
}

static LeydenValue * G_GNUC_PRINTF (2, 3)
ask (Fixture    *fixture,
     const char *format,
     ...)
{
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) query = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  query = facts_json ("%s", text);
  return ask_value (fixture, query);
}

/* Number i of a list of the series s; NaN: null. */
static double
get_number (LeydenValue *answer,
            guint        s,
            const char  *list,
            guint        i)
{
  LeydenValue *series = leyden_value_get_item (leyden_value_get_member (answer, "series"), s);
  LeydenValue *value = leyden_value_get_item (leyden_value_get_member (series, list), i);
  double number;

  g_assert_nonnull (value);
  return leyden_value_get_double (value, &number) ? number : NAN;
}

static guint
get_length (LeydenValue *answer,
            guint        s)
{
  LeydenValue *series = leyden_value_get_item (leyden_value_get_member (answer, "series"), s);

  return leyden_value_get_size (leyden_value_get_member (series, "y"));
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

/* ---- Numbers by hand ---- */

/* What a row gives to a metric: FALSE: nothing. */
typedef gboolean (*Get) (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor);

static gboolean
ended (const Row *row,
       gint64    *time)
{
  *time = row->finished;
  return row->finished > 0 && !row->deleted;
}

#define OF_ROWS(name, condition, number) \
  static gboolean \
  name (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor) \
  { \
    const Row *row = &fixture->rows[i]; \
    if (i >= N_ROLLOUTS || !ended (row, time) || !(condition)) \
      return FALSE; \
    *value = number; \
    return TRUE; \
  }
#define DECIDED (row->state == 1 || row->state == 2)
OF_ROWS (reward, row->has_reward, row->reward)
OF_ROWS (success, DECIDED, row->state == 1)
OF_ROWS (failed, DECIDED, row->state == 2)
OF_ROWS (carry_over, row->step >= 0 && row->finished_step > row->step, 1)
OF_ROWS (carry_over_share, row->step >= 0, row->finished_step > row->step)
OF_ROWS (tokens, TRUE, row->tokens_in + row->tokens_out)
OF_ROWS (tokens_in, TRUE, row->tokens_in)
OF_ROWS (tokens_out, TRUE, row->tokens_out)
OF_ROWS (cost, TRUE, row->cost)
OF_ROWS (ended_rows, TRUE, 1)
OF_ROWS (errors, row->state == 2, 1)
OF_ROWS (latency, TRUE, row->latency)
OF_ROWS (retries, TRUE, row->retries)
OF_ROWS (worth, row->state == 1 && row->flow != 1, row->flow == 0 ? 2.5 : 0.25)

static gboolean
created (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor)
{
  if (i >= N_ROLLOUTS || fixture->rows[i].deleted)
    return FALSE;
  *time = fixture->rows[i].created;
  *value = 1;
  return TRUE;
}

static gboolean
started (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor)
{
  if (!created (fixture, i, time, value, divisor))
    return FALSE;
  *time = fixture->rows[i].started;
  return TRUE;
}

static gboolean
queue_time (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor)
{
  if (!started (fixture, i, time, value, divisor))
    return FALSE;
  *value = fixture->rows[i].queued;
  return TRUE;
}

static gboolean
cost_per_success (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor)
{
  *divisor = i < N_ROLLOUTS && fixture->rows[i].state == 1;
  return cost (fixture, i, time, value, divisor);
}

static gboolean
roi (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor)
{
  if (!cost (fixture, i, time, value, divisor) || fixture->rows[i].flow == 1)
    return FALSE;
  *divisor = *value;
  *value = (fixture->rows[i].state == 1 ? (fixture->rows[i].flow == 0 ? 2.5 : 0.25) : 0) - *divisor;
  return TRUE;
}

#define OF_CALLS(name, condition, number) \
  static gboolean \
  name (const Fixture *fixture, guint i, gint64 *time, double *value, double *divisor) \
  { \
    const Call *call = &fixture->calls[i]; \
    if (i >= fixture->n_calls || fixture->rows[call->rollout].deleted || !(condition)) \
      return FALSE; \
    *time = call->time; \
    *value = number; \
    return TRUE; \
  }
OF_CALLS (call_cost, TRUE, call->cost)
OF_CALLS (calls, call->kind == 0, 1)
OF_CALLS (tool_calls, call->kind == 1, 1)
OF_CALLS (call_latency, call->kind == 0 && !call->cached, call->latency)
OF_CALLS (tool_latency, call->kind == 1, call->latency)
OF_CALLS (first_token, call->kind == 0 && !call->cached && call->first_token >= 0, call->first_token)
OF_CALLS (call_errors, call->error, 1)
OF_CALLS (call_error_rate, TRUE, call->error)
OF_CALLS (call_tokens_in, TRUE, call->tokens_in)
OF_CALLS (call_tokens_out, TRUE, call->tokens_out)
OF_CALLS (cache_hits, call->kind == 0, call->cached)

static const struct { const char *name; Get get; gboolean of_calls; } metrics[] = {
  { "reward", reward }, { "success", success }, { "failed", failed }, { "carry-over", carry_over }, { "carry-over-share", carry_over_share },
  { "tokens", tokens }, { "tokens-in", tokens_in }, { "tokens-out", tokens_out }, { "cost", cost }, { "cost-per-success", cost_per_success },
  { "value", worth }, { "roi", roi }, { "created", created }, { "started", started }, { "ended", ended_rows }, { "errors", errors },
  { "latency", latency }, { "queue-time", queue_time }, { "retries", retries }, { "call-cost", call_cost, TRUE }, { "calls", calls, TRUE },
  { "tool-calls", tool_calls, TRUE }, { "call-latency", call_latency, TRUE }, { "tool-latency", tool_latency, TRUE },
  { "first-token", first_token, TRUE }, { "call-errors", call_errors, TRUE }, { "call-error-rate", call_error_rate, TRUE },
  { "call-tokens-in", call_tokens_in, TRUE }, { "call-tokens-out", call_tokens_out, TRUE }, { "cache-hits", cache_hits, TRUE },
};

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* Which rows count: NULL, all. */
typedef gboolean (*Wanted) (const Fixture *fixture, gboolean of_calls, guint i, int what);

/* What is simulated counts for no metric of money as long as anything real does. */
static gboolean
is_credits (const Fixture *fixture,
            guint          m,
            guint          i)
{
  const LeydenMeasure *measure = leyden_measure_find (metrics[m].name);

  if (!g_str_equal (measure->unit, "currency") && !g_str_equal (measure->name, "roi"))
    return FALSE;
  return metrics[m].of_calls ? fixture->calls[i].simulated : fixture->rows[i].simulated;
}

/* The number from the rows alone, in the plainest way. */
static double
by_hand (const Fixture       *fixture,
         guint                m,
         LeydenAggregation    aggregation,
         gint64               from,
         gint64               to,
         Wanted               wanted,
         int                  what,
         guint               *n_out)
{
  const LeydenMeasure *measure = leyden_measure_find (metrics[m].name);
  guint limit = metrics[m].of_calls ? fixture->n_calls : N_ROLLOUTS;
  g_autoptr(GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
  double sum = 0, divisors = 0, squares = 0, last = NAN, mean;
  gint64 last_time = 0;
  const double *v;
  guint n;

  for (guint i = 0; i < limit; i++)
    {
      double value = 0, divisor = 0;
      gint64 time = 0;

      if (!metrics[m].get (fixture, i, &time, &value, &divisor) || time < from || time >= to)
        continue;
      if (is_credits (fixture, m, i))
        continue;
      if (wanted != NULL && !wanted (fixture, metrics[m].of_calls, i, what))
        continue;
      g_array_append_val (values, value);
      sum += value;
      divisors += divisor;
      if (time >= last_time)
        last = value;
      last_time = MAX (last_time, time);
    }
  n = values->len;
  if (n_out != NULL)
    *n_out = n;
  mean = sum / n;
  v = (const double *)(gpointer)values->data;
  for (guint i = 0; i < n; i++)
    squares += (v[i] - mean) * (v[i] - mean);
  if (n > 0)
    qsort (values->data, n, sizeof (double), compare_doubles);
  if (aggregation == LEYDEN_AGGREGATION_COUNT)
    return n;
  if (aggregation == LEYDEN_AGGREGATION_SUM)
    return sum;
  if (aggregation == LEYDEN_AGGREGATION_RATE)
    return MIN (to, NOW) > from ? sum / ((double)(MIN (to, NOW) - from) / 1e9) : NAN;
  if (measure->kind == LEYDEN_MEASURE_RATIO)
    return divisors != 0 ? sum / divisors : NAN;
  if (n == 0)
    return NAN;
  switch ((int)aggregation)
    {
    case LEYDEN_AGGREGATION_MEAN: return mean;
    case LEYDEN_AGGREGATION_MIN: return v[0];
    case LEYDEN_AGGREGATION_MAX: return v[n - 1];
    case LEYDEN_AGGREGATION_STD: return n > 1 ? sqrt (squares / (n - 1)) : NAN;
    case LEYDEN_AGGREGATION_LAST: return last;
    case LEYDEN_AGGREGATION_SHARE: return measure->kind == LEYDEN_MEASURE_FLAGS ? mean : sum != 0 ? 1 : NAN;
    default:
      {
        /* Type 7 by its definition. */
        double h = (n - 1) * leyden_aggregation_get_quantile (aggregation), low = v[(guint)floor (h)], high = v[MIN ((guint)floor (h) + 1, n - 1)];

        return low + (h - floor (h)) * (high - low);
      }
    }
}

static void
test_values (Fixture      *fixture,
             gconstpointer data)
{
  for (guint m = 0; m < G_N_ELEMENTS (metrics); m++)
    for (LeydenAggregation a = 0; a < LEYDEN_N_AGGREGATIONS; a++)
      {
        g_autoptr(LeydenValue) answer = NULL;
        gint64 from = BEGIN + 3600 * S, to = END - 3600 * S;

        if (!leyden_measure_takes (leyden_measure_find (metrics[m].name), a))
          continue;
        answer = ask (fixture, "{'metric': '%s', 'aggregation': '%s', 'shape': 'value', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT "}",
                      metrics[m].name, leyden_aggregation_get_name (a), from, to);
        g_test_message ("%s %s", metrics[m].name, leyden_aggregation_get_name (a));
        assert_near (get_number (answer, 0, "y", 0), by_hand (fixture, m, a, from, to, NULL, 0, NULL));
      }
}

/* Days and hours of several zones, with the night in which the clock of Berlin is changed. */
static void
test_time (Fixture      *fixture,
           gconstpointer data)
{
  static const char * const zones[] = { "UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York" };
  static const struct { const char *name; LeydenIntervalKind kind; gint64 seconds; } intervals[] = {
    { "'day'", LEYDEN_INTERVAL_DAY, 0 }, { "'hour'", LEYDEN_INTERVAL_SECONDS, 3600 }, { "21600", LEYDEN_INTERVAL_SECONDS, 21600 },
  };

  for (guint z = 0; z < G_N_ELEMENTS (zones); z++)
    for (guint k = 0; k < G_N_ELEMENTS (intervals); k++)
      for (guint m = 0; m < G_N_ELEMENTS (metrics); m++)
        {
          const LeydenMeasure *measure = leyden_measure_find (metrics[m].name);
          LeydenAggregation a = (m + k) % 2 == 0 || !leyden_measure_takes (measure, LEYDEN_AGGREGATION_RATE) ? measure->aggregation
                                                                                                           : LEYDEN_AGGREGATION_RATE;
          gint64 from = BEGIN + 1800 * S;
          g_autoptr(GTimeZone) zone = leyden_time_zone_new (zones[z], NULL);
          g_autoptr(LeydenBuckets) buckets = leyden_buckets_new (from, END, intervals[k].kind, intervals[k].seconds, 0, zone, NULL);
          g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': '%s', 'aggregation': '%s', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT
                                               ", 'zone': '%s', 'interval': %s}", metrics[m].name, leyden_aggregation_get_name (a), from, END, zones[z],
                                               intervals[k].name);

          g_test_message ("%s %s %s", zones[z], intervals[k].name, metrics[m].name);
          g_assert_cmpuint (get_length (answer, 0), ==, buckets->n);
          for (guint i = 0; i < buckets->n; i++)
            {
              guint n;
              double expected = by_hand (fixture, m, a, MAX (buckets->edges[i], from), MIN (buckets->edges[i + 1], END), NULL, 0, &n);

              g_assert_cmpfloat (get_number (answer, 0, "x", i), ==, (double)buckets->edges[i]);
              assert_near (get_number (answer, 0, "y", i), buckets->edges[i] >= NOW ? NAN : expected);
              g_assert_cmpfloat (get_number (answer, 0, "n", i), ==, n);
            }
        }
}

static gboolean
of_flow (const Fixture *fixture,
         gboolean       of_calls,
         guint          i,
         int            what)
{
  return fixture->rows[of_calls ? fixture->calls[i].rollout : (int)i].flow == what;
}

static gboolean
of_step (const Fixture *fixture,
         gboolean       of_calls,
         guint          i,
         int            what)
{
  return fixture->rows[of_calls ? fixture->calls[i].rollout : (int)i].step == what;
}

static void
test_splits (Fixture      *fixture,
             gconstpointer data)
{
  for (guint m = 0; m < G_N_ELEMENTS (metrics); m++)
    {
      const LeydenMeasure *measure = leyden_measure_find (metrics[m].name);
      g_autoptr(LeydenValue) groups = ask (fixture, "{'metric': '%s', 'shape': 'groups', 'split': ['flow'], 'from': 0, 'to': %" G_GINT64_FORMAT "}",
                                           metrics[m].name, END);
      g_autoptr(LeydenValue) values = ask (fixture, "{'metric': '%s', 'shape': 'value', 'split': ['flow'], 'from': %" G_GINT64_FORMAT ", 'to': %"
                                           G_GINT64_FORMAT "}", metrics[m].name, BEGIN, END);
      LeydenValue *first = leyden_value_get_item (leyden_value_get_member (groups, "series"), 0);
      guint n_flows = measure->kind == LEYDEN_MEASURE_RATIO && g_str_equal (measure->name, "roi") ? 2 : g_str_equal (measure->name, "value") ? 2 : 3;

      g_test_message ("%s", metrics[m].name);
      g_assert_cmpuint (get_length (groups, 0), ==, n_flows);
      g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (values, "series")), ==, n_flows);
      for (guint i = 0; i < n_flows; i++)
        {
          const char *key = leyden_value_get_string (leyden_value_get_item (leyden_value_get_member (first, "keys"), i), NULL);
          const char *title = leyden_value_get_string (leyden_value_get_item (leyden_value_get_member (first, "x"), i), NULL);
          LeydenValue *series = leyden_value_get_item (leyden_value_get_member (values, "series"), i);
          const char *label = leyden_value_lookup_pointer (series, "/labels/flow") != NULL
                              ? leyden_value_get_string (leyden_value_lookup_pointer (series, "/labels/flow"), NULL) : NULL;
          double expected;

          g_assert_true (g_str_has_prefix (title, "Title "));
          g_assert_cmpstr (title + 6, ==, key + 4);
          expected = by_hand (fixture, m, measure->aggregation, 1, END, of_flow, atoi (key + 4), NULL);
          assert_near (get_number (groups, 0, "y", i), expected);
          if (i > 0 && !isnan (expected))
            g_assert_cmpfloat (get_number (groups, 0, "y", i - 1), >=, expected);
          assert_near (get_number (values, i, "y", 0), by_hand (fixture, m, measure->aggregation, BEGIN, END, of_flow, atoi (label + 4), NULL));
        }
    }
}

static void
test_steps (Fixture      *fixture,
            gconstpointer data)
{
  for (guint m = 0; m < G_N_ELEMENTS (metrics); m++)
    {
      const LeydenMeasure *measure = leyden_measure_find (metrics[m].name);
      g_autoptr(LeydenValue) answer = NULL;

      /* That is counted by the step of the end. */
      if (g_str_equal (metrics[m].name, "carry-over"))
        continue;
      answer = ask (fixture, "{'metric': '%s', 'shape': 'step', 'from': 0, 'to': %" G_GINT64_FORMAT ", 'filter': [['train', '=', true]]}",
                    metrics[m].name, END + 86400 * S);
      g_test_message ("%s", metrics[m].name);
      for (guint i = 0; i < get_length (answer, 0); i++)
        {
          int step = (int)get_number (answer, 0, "x", i);
          g_autoptr(LeydenValue) one = ask (fixture, "{'metric': '%s', 'shape': 'value', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT
                                            ", 'filter': [['train', '=', true], ['step', '=', %d]]}", metrics[m].name, BEGIN, END + 86400 * S, step);

          g_assert_cmpint (step, ==, (int)i);
          if (measure->aggregation != LEYDEN_AGGREGATION_SHARE || measure->kind == LEYDEN_MEASURE_FLAGS)
            assert_near (get_number (answer, 0, "y", i), get_number (one, 0, "y", 0));
        }
    }
  for (guint m = 0; m < 3; m++)
    {
      g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': '%s', 'shape': 'step', 'from': 0, 'to': %" G_GINT64_FORMAT "}", metrics[m].name, END);

      g_assert_cmpuint (get_length (answer, 0), ==, 6);
      for (guint i = 0; i < 6; i++)
        assert_near (get_number (answer, 0, "y", i), by_hand (fixture, m, leyden_measure_find (metrics[m].name)->aggregation, 1, END, of_step, (int)i, NULL));
    }
}

static void
test_notes (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': 'reward', 'shape': 'value', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT "}",
                                       BEGIN, END);
  g_autoptr(LeydenValue) none = ask (fixture, "{'metric': 'cost', 'shape': 'value', 'filter': [['simulated', '=', false]], 'from': 0, 'to': %"
                                     G_GINT64_FORMAT "}", END);
  g_autoptr(LeydenValue) all = ask (fixture, "{'metric': 'cost', 'shape': 'value', 'where': 'simulated', 'from': 0, 'to': %" G_GINT64_FORMAT "}", END);
  gint64 invalid = 0, n = 0;

  for (guint i = 0; i < N_ROLLOUTS; i++)
    {
      const Row *row = &fixture->rows[i];

      if (!row->deleted && row->finished >= BEGIN && row->finished < END)
        {
          invalid += row->invalid;
          n += row->has_reward;
        }
    }
  g_assert_cmpint (leyden_value_get_member_int (answer, "invalid", -1), ==, invalid);
  g_assert_cmpint (leyden_value_get_member_int (answer, "n_points", -1), ==, n);
  g_assert_cmpstr (leyden_value_get_member_string (answer, "simulated", NULL), ==, "some");
  g_assert_cmpstr (leyden_value_get_member_string (answer, "unit", NULL), ==, "reward");
  g_assert_true (leyden_value_get_member_boolean (answer, "exact", FALSE));
  g_assert_cmpstr (leyden_value_get_member_string (none, "simulated", NULL), ==, "none");
  g_assert_cmpstr (leyden_value_get_member_string (all, "simulated", NULL), ==, "all");
}

/* Tools cost nothing: they do not make simulated money real. */
static void
test_simulated_money (Fixture      *fixture,
                      gconstpointer data)
{
  g_autoptr(LeydenValue) answer = NULL;

  facts_exec (fixture->db, "UPDATE calls SET simulated = kind = 0, cost = cost * (kind = 0)");
  answer = ask (fixture, "{'metric': 'call-cost', 'shape': 'value', 'from': 0, 'to': %" G_GINT64_FORMAT "}", END);
  g_assert_cmpstr (leyden_value_get_member_string (answer, "simulated", NULL), ==, "all");
  g_assert_cmpstr (leyden_value_get_member_string (answer, "currency", NULL), ==, "EUR");
}

/* A simulated run and a call that was paid for: neither adds to the other, in no shape, nor in the period before; by itself the run is in credits. */
static void
test_real_money (Fixture      *fixture,
                 gconstpointer data)
{
  static const struct { const char *metric, *where; double real, credits; } cases[] = {
    { "cost", "", 0.0045, 0.2265 }, { "cost-per-success", "", 0.0045, 0.2265 }, { "value", "", 2.5, 2.5 },
    { "roi", "", (2.5 - 0.0045) / 0.0045, (2.5 - 0.2265) / 0.2265 },
  };
  static const char * const shapes[] = { "value", "time", "groups", "histogram", "table", "points", "heat", "step" };

  facts_exec (fixture->db, "UPDATE rollout_facts SET deleted_ns = 5, changed = (SELECT revision FROM facts_cursor) WHERE rollout > 3");
  facts_exec (fixture->db, "UPDATE rollout_facts SET deleted_ns = 0, flow = %" G_GINT64_FORMAT ", state = 'succeeded', finished_ns = %" G_GINT64_FORMAT
              " + rollout, simulated = rollout = 1, cost = CASE rollout WHEN 1 THEN 0.2265 WHEN 2 THEN 0.0045 ELSE 0 END, "
              "state = CASE rollout WHEN 3 THEN 'failed' ELSE 'succeeded' END WHERE rollout <= 3", facts_name (fixture->db, "flow0"), BEGIN);
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr(LeydenValue) both = ask (fixture, "{'metric': '%s', 'shape': 'value', 'from': 0, 'to': %" G_GINT64_FORMAT "}", cases[c].metric, END);
      g_autoptr(LeydenValue) run = ask (fixture, "{'metric': '%s', 'shape': 'value', 'where': 'simulated OR cost = 0', 'from': 0, 'to': %" G_GINT64_FORMAT "}",
                                        cases[c].metric, END);
      g_autoptr(LeydenValue) compared = ask (fixture, "{'metric': '%s', 'shape': 'value', 'compare': 'previous', 'from': %" G_GINT64_FORMAT ", 'to': %"
                                             G_GINT64_FORMAT "}", cases[c].metric, BEGIN + 1000, BEGIN + 2000);
      const char *note = leyden_value_get_string (leyden_value_get_item (leyden_value_get_member (both, "warnings"), 0), NULL);

      g_test_message ("%s", cases[c].metric);
      assert_near (get_number (both, 0, "y", 0), cases[c].real);
      assert_near (get_number (run, 0, "y", 0), cases[c].credits);
      g_assert_cmpstr (leyden_value_get_member_string (both, "simulated", NULL), ==, "none");
      g_assert_cmpstr (leyden_value_get_member_string (run, "simulated", NULL), ==, "all");
      g_assert_cmpstr (note, ==, g_str_equal (cases[c].metric, "value") ? "Without what is simulated." : "Without 0.23 credits of simulated calls.");
      g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (run, "warnings")), ==, 0);
      g_assert_cmpstr (leyden_value_get_member_string (compared, "simulated", NULL), ==, "none");
      for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
        {
          g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': '%s', 'shape': '%s', 'split': ['flow'], 'from': 0, 'to': %" G_GINT64_FORMAT "}", cases[c].metric,
                                               shapes[s], END);

          g_assert_cmpint (leyden_value_get_member_int (answer, "n_points", -1), ==, g_str_equal (cases[c].metric, "value") ? 1 : 2);
          g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (answer, "warnings")), ==, 1);
        }
    }
}

/* The period before is told in what this one is told in. */
static void
test_previous_money (Fixture      *fixture,
                     gconstpointer data)
{
  static const struct { int simulated; double cost, now, before; const char *told; } cases[] = {
    { 1, 3, 3, 8, "all" }, { 0, 3, 3, 16, "none" },
  };

  facts_exec (fixture->db, "UPDATE rollout_facts SET deleted_ns = 5, changed = (SELECT revision FROM facts_cursor)");
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr(LeydenValue) answer = NULL;

      facts_exec (fixture->db, "UPDATE facts_cursor SET revision = revision + 1");
      facts_exec (fixture->db, "UPDATE rollout_facts SET deleted_ns = 0, changed = (SELECT revision FROM facts_cursor), finished_ns = %" G_GINT64_FORMAT
                  " + CASE rollout WHEN 1 THEN 1500 ELSE 500 END, simulated = CASE rollout WHEN 1 THEN %d ELSE rollout = 2 END, "
                  "cost = CASE rollout WHEN 1 THEN 3 WHEN 2 THEN 8 ELSE 16 END WHERE rollout <= 3", BEGIN, cases[c].simulated);
      answer = ask (fixture, "{'metric': 'cost', 'shape': 'value', 'compare': 'previous', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT "}",
                    BEGIN + 1000, BEGIN + 2000);
      assert_near (get_number (answer, 0, "y", 0), cases[c].now);
      assert_near (get_number (answer, 1, "y", 0), cases[c].before);
      g_assert_cmpstr (leyden_value_get_member_string (answer, "simulated", NULL), ==, cases[c].told);
    }
}

/* Rules of alerts know no credits. */
static void
test_money_of_rules (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strdup_printf ("{'metric': 'cost', 'shape': 'value', 'from': 0, 'to': %" G_GINT64_FORMAT "}", END);
  g_autoptr(LeydenValue) query = facts_json ("%s", text);
  g_autoptr(LeydenValue) answer = NULL;

  facts_exec (fixture->db, "UPDATE rollout_facts SET simulated = 1, changed = (SELECT revision FROM facts_cursor)");
  answer = leyden_query_run_held (fixture->db, fixture->cache, query, NOW, &error);
  g_assert_no_error (error);
  assert_near (get_number (answer, 0, "y", 0), 0);
  g_assert_cmpstr (leyden_value_get_member_string (answer, "simulated", NULL), ==, "none");
}

/* Nothing gives null where there is no number, and 0 where nothing is counted. */
static void
test_empty (Fixture      *fixture,
            gconstpointer data)
{
  guint n;
  const LeydenMeasure *measures = leyden_measure_get_all (&n);
  static const char * const shapes[] = { "time", "step", "histogram", "groups", "heat", "value", "points", "table" };

  for (guint i = 0; i < n; i++)
    for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        g_autoptr(LeydenValue) query = facts_json ("{'metric': '%s', 'shape': '%s', 'from': 1000, 'to': 2000000000000, 'compare': 'previous', 'band': 'ci'%s}",
                                                   measures[i].name, shapes[s], g_str_equal (shapes[s], "groups") ? ", 'split': ['flow']" : "");
        g_autoptr(GError) error = NULL;
        g_autoptr(LeydenValue) answer = leyden_query_run_cached (fixture->db, fixture->cache, query, NOW, &error);
        double value;

        if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
          continue;
        g_assert_no_error (error);
        /* That is split, into nothing. */
        if (!g_str_equal (shapes[s], "value") || measures[i].kind == LEYDEN_MEASURE_PHASES)
          continue;
        g_test_message ("%s", measures[i].name);
        value = get_number (answer, 0, "y", 0);
        if (measures[i].aggregation == LEYDEN_AGGREGATION_COUNT || measures[i].aggregation == LEYDEN_AGGREGATION_SUM
            || measures[i].kind == LEYDEN_MEASURE_SPANS)
          g_assert_cmpfloat (value, ==, 0);
        else if (measures[i].kind != LEYDEN_MEASURE_BUDGET)
          g_assert_true (isnan (value));
      }
}

/* What changes, comes and goes in the database is so in memory, too. */
static void
test_changes (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (3);
  guint reward_index = 0, latency_index = 1, calls_index = 2;

  for (guint m = 0; m < G_N_ELEMENTS (metrics); m++)
    if (g_str_equal (metrics[m].name, "reward"))
      reward_index = m;
    else if (g_str_equal (metrics[m].name, "call-latency"))
      latency_index = m;
    else if (g_str_equal (metrics[m].name, "cost"))
      calls_index = m;
  for (guint round = 0; round < 40; round++)
    {
      guint i = (guint)g_rand_int_range (rand, 0, N_ROLLOUTS);
      Row *row = &fixture->rows[i];
      const guint checked[] = { reward_index, latency_index, calls_index };

      facts_exec (fixture->db, "UPDATE facts_cursor SET revision = revision + 1");
      if (round % 4 == 3)
        {
          /* Really gone, with what it called. */
          facts_exec (fixture->db, "DELETE FROM rollout_facts WHERE rollout = %u; DELETE FROM calls WHERE rollout = %u; "
                      "UPDATE facts_cursor SET removed = removed + 1", i + 1, i + 1);
          row->deleted = TRUE;
        }
      else if (!row->deleted)
        {
          row->has_reward = TRUE;
          row->invalid = 0;
          row->reward = round;
          row->cost = round / 8.0;
          row->deleted = round % 4 == 2;
          facts_exec (fixture->db, "UPDATE rollout_facts SET reward = %u, cost = %f, invalid = 0, deleted_ns = %d, changed = (SELECT revision FROM facts_cursor) "
                      "WHERE rollout = %u", round, row->cost, row->deleted, i + 1);
          put_call (fixture, rand, (int)i);
        }
      for (guint c = 0; c < G_N_ELEMENTS (checked); c++)
        {
          guint m = checked[c];
          LeydenAggregation a = leyden_measure_find (metrics[m].name)->aggregation;
          g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': '%s', 'shape': 'value', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT "}",
                                               metrics[m].name, BEGIN, END);

          assert_near (get_number (answer, 0, "y", 0), by_hand (fixture, m, a, BEGIN, END, NULL, 0, NULL));
        }
    }
  if (fixture->cache == NULL)
    return;
  g_assert_cmpuint (leyden_column_cache_get_bytes (fixture->cache), >, 0);
  leyden_column_cache_trim (fixture->cache, -1);
  g_assert_cmpuint (leyden_column_cache_get_bytes (fixture->cache), ==, 0);
}

/* Less room than the columns need: answers are the same. */
static void
test_no_room (Fixture      *fixture,
              gconstpointer data)
{
  leyden_column_cache_unref (fixture->cache);
  fixture->cache = leyden_column_cache_new (N_ROLLOUTS * 30);
  leyden_column_cache_set_eager (fixture->cache, TRUE);
  test_values (fixture, data);
}

/* ---- Answers that are kept ---- */

#define LATER (END + 60 * 86400 * S)

/* What is asked again, as it is worked out anew. How many answers were given again. */
static guint
check_again (Fixture    *fixture,
             gint64      from,
             gint64      to,
             const char *zone)
{
  static const char * const questions[] = {
    "'metric': 'reward', 'shape': 'value', 'compare': 'previous'", "'metric': 'reward', 'shape': 'step', 'band': 'quantiles'",
    "'metric': 'reward', 'shape': 'time', 'band': 'ci', 'interval': 'day'", "'metric': 'reward', 'aggregation': 'std', 'shape': 'groups', 'split': ['flow']",
    "'metric': 'reward', 'shape': 'histogram'", "'metric': 'reward', 'shape': 'heat', 'interval': 'day'", "'metric': 'latency', 'shape': 'table', 'split': ['model']",
    "'metric': 'success', 'aggregation': 'share', 'shape': 'time', 'interval': 'week', 'split': ['flow'], 'filter': [['split', '!=', 'test']]",
    "'metric': 'ended', 'shape': 'value', 'compare': 'previous'", "'metric': 'running', 'aggregation': 'max', 'shape': 'time', 'interval': 'day'",
    "'metric': 'running', 'aggregation': 'last', 'shape': 'value'", "'metric': 'running', 'aggregation': 'mean', 'shape': 'value'",
    "'metric': 'ended', 'aggregation': 'rate', 'shape': 'value'", "'metric': 'advantage-spread', 'shape': 'step'", "'metric': 'phase-time', 'shape': 'step', 'split': ['phase']",
    "'metric': 'value', 'aggregation': 'sum', 'shape': 'groups', 'split': ['flow']", "'metric': 'cost', 'aggregation': 'sum', 'shape': 'time', 'interval': 'month'",
    "'metric': 'call-cost', 'aggregation': 'sum', 'shape': 'groups', 'split': ['node']", "'metric': 'drift', 'shape': 'groups'",
    "'sql': 'SELECT count (*) AS n, avg (reward) AS reward FROM rollouts WHERE finished_ns BETWEEN :from AND :to AND reward > 0'",
    "'sql': 'SELECT count (*) AS n, :to AS at FROM rollouts WHERE finished_ns BETWEEN :from AND :to'",
    "'sql': 'SELECT count (*) AS n FROM rollouts WHERE finished_ns BETWEEN :from AND :to - 43200000000000'",
    "'sql': 'SELECT count (*) AS n FROM rollouts WHERE 1 + finished_ns BETWEEN :from AND :to AND reward > 0'",
    "'sql': 'SELECT count (*) AS n FROM calls WHERE finished_ns BETWEEN :from AND :to'",
  };
  LeydenAnswers *answers = leyden_column_cache_get_answers (fixture->cache);
  guint found = leyden_answers_get_found (answers);
  g_autoptr(LeydenColumnCache) fresh = leyden_column_cache_new (64 * 1024 * 1024);

  leyden_column_cache_set_eager (fresh, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      g_autoptr(LeydenValue) question = facts_json ("{%s, 'zone': '%s', 'from': %" G_GINT64_FORMAT ", 'to': %" G_GINT64_FORMAT "}", questions[i], zone, from, to);
      g_autoptr(LeydenValue) kept = leyden_query_run_cached (fixture->db, fixture->cache, question, LATER, NULL);
      g_autoptr(LeydenValue) anew = NULL;
      g_autofree char *text = leyden_json_write (kept, LEYDEN_JSON_COMPACT);

      anew = leyden_query_run_cached (fixture->db, fresh, question, LATER, NULL);
      g_test_message ("%s: %s", questions[i], text);
      g_assert_true (leyden_value_equal (kept, anew));
    }
  return leyden_answers_get_found (answers) - found;
}

/* The last of all. */
static gint64
find_end (Fixture *fixture)
{
  g_autoptr(LeydenValue) query = facts_json ("{'sql': 'SELECT finished_ns FROM rollouts WHERE finished_ns > %" G_GINT64_FORMAT " ORDER BY finished_ns DESC', 'from': 0}", BEGIN);
  g_autoptr(LeydenValue) answer = ask_value (fixture, query);
  gint64 end = 0;

  leyden_value_get_int (leyden_value_lookup_pointer (answer, "/rows/0/0"), &end);
  return end;
}

static void
change (Fixture    *fixture,
        const char *what)
{
  facts_exec (fixture->db, "UPDATE facts_cursor SET revision = revision + 1");
  facts_exec (fixture->db, "UPDATE rollout_facts SET %s, changed = (SELECT revision FROM facts_cursor) WHERE rollout = (SELECT min (rollout) FROM rollout_facts "
              "WHERE reward IS NOT NULL AND finished_ns > %" G_GINT64_FORMAT ")", what, BEGIN);
}

static void
test_kept (Fixture      *fixture,
           gconstpointer data)
{
  static const char * const changes[] = {
    "reward = reward + 0.125", "deleted_ns = 5", "deleted_ns = 0", "finished_ns = finished_ns + 1", "flow = (SELECT id FROM names WHERE name = 'flow1')",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (8);
  gint64 last = find_end (fixture);
  guint n;

  check_again (fixture, 0, last, "Europe/Berlin");
  n = check_again (fixture, 0, last, "Europe/Berlin");
  g_assert_cmpuint (n, >, 10);
  /* One that ended at the end is no longer left out, then nothing comes any more. */
  g_assert_cmpuint (check_again (fixture, 0, last + 1, "Europe/Berlin"), <, n);
  g_assert_cmpuint (check_again (fixture, 0, last + 2, "Europe/Berlin"), >, 10);
  g_assert_cmpuint (check_again (fixture, 0, last + 60 * LEYDEN_NS_PER_S, "Europe/Berlin"), >, 5);
  check_again (fixture, 0, last + 86400 * LEYDEN_NS_PER_S, "Europe/Berlin");
  check_again (fixture, 0, last - 86400 * LEYDEN_NS_PER_S, "Europe/Berlin");
  /* Days of another zone, and less of the past. */
  g_assert_cmpuint (check_again (fixture, 0, last + 2, "America/New_York"), ==, 0);
  check_again (fixture, BEGIN, last + 2, "America/New_York");
  check_again (fixture, 0, last + 2, "UTC");
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_assert_cmpuint (check_again (fixture, 0, last + 2, "UTC"), >, 10);
      change (fixture, changes[i]);
      g_assert_cmpuint (check_again (fixture, 0, last + 2, "UTC"), ==, 0);
    }
  /* A call that came, rollouts that went, what the user sets. */
  put_call (fixture, rand, 1);
  g_assert_cmpuint (check_again (fixture, 0, last + 2, "UTC"), ==, 0);
  facts_exec (fixture->db, "DELETE FROM rollout_facts WHERE rollout = 3");
  facts_exec (fixture->db, "UPDATE facts_cursor SET removed = removed + 1");
  g_assert_cmpuint (check_again (fixture, 0, last + 2, "UTC"), ==, 0);
  facts_exec (fixture->db, "UPDATE documents SET value = '{\"currency\":\"USD\"}' WHERE kind = 'insights'");
  check_again (fixture, 0, last + 2, "UTC");
  leyden_column_cache_trim (fixture->cache, -1);
  g_assert_cmpuint (leyden_column_cache_get_bytes (fixture->cache), ==, 0);
}

/* Few rows that are looked for among many: from the second question on they come out of memory, too. */
static void
test_few_of_many (Fixture      *fixture,
                  gconstpointer data)
{
  leyden_column_cache_set_eager (fixture->cache, FALSE);
  facts_exec (fixture->db, "WITH RECURSIVE t (n) AS (VALUES (%d) UNION ALL SELECT n + 1 FROM t WHERE n < 200000) INSERT INTO rollout_facts (rollout, executor, purpose, "
              "item_index, is_train, state, invalid, created_ns, started_ns, finished_ns, wait_ms, model_ms, tool_ms, n_model_calls, n_tool_calls, n_retries, "
              "n_cache_hits, tokens_in, tokens_out, cost, simulated, deleted_ns, changed, step, finished_step) SELECT n, 'leyden', 'run', 0, 0, 'succeeded', 0, 1, 1, "
              "n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1 + (n = 150000) FROM t", N_ROLLOUTS + 1);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LeydenValue) answer = ask (fixture, "{'metric': 'carry-over', 'shape': 'value', 'from': 0, 'to': 200001}");

      g_assert_cmpfloat (get_number (answer, 0, "y", 0), ==, 1);
      g_assert_cmpuint (leyden_column_cache_get_bytes (fixture->cache), >, 200000);
    }
}

/* Few rows that are all there are come out of memory, too; few of the many do not. */
static void
test_small_table (Fixture      *fixture,
                  gconstpointer data)
{
  g_autoptr(LeydenValue) of_few = NULL;
  g_autoptr(LeydenValue) of_all = NULL;

  leyden_column_cache_set_eager (fixture->cache, FALSE);
  facts_exec (fixture->db, "UPDATE rollout_facts SET deleted_ns = 0, started_ns = 10 + (rollout > 5)");
  of_few = ask (fixture, "{'metric': 'started', 'shape': 'value', 'from': 10, 'to': 11}");
  g_assert_cmpfloat (get_number (of_few, 0, "y", 0), ==, 5);
  g_assert_cmpuint (leyden_column_cache_get_bytes (fixture->cache), ==, 0);
  of_all = ask (fixture, "{'metric': 'started', 'shape': 'value', 'from': 10, 'to': 12}");
  g_assert_cmpfloat (get_number (of_all, 0, "y", 0), ==, N_ROLLOUTS);
  g_assert_cmpuint (leyden_column_cache_get_bytes (fixture->cache), >, 0);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *name; void (*test) (Fixture *, gconstpointer); } tests[] = {
    { "values", test_values }, { "time", test_time }, { "splits", test_splits }, { "steps", test_steps }, { "notes", test_notes },
    { "simulated-money", test_simulated_money },
    { "real-money", test_real_money }, { "previous-money", test_previous_money }, { "money-of-rules", test_money_of_rules }, { "empty", test_empty }, { "changes", test_changes },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *from_database = g_strconcat ("/query/database/", tests[i].name, NULL);
      g_autofree char *from_memory = g_strconcat ("/query/memory/", tests[i].name, NULL);

      g_test_add (from_database, Fixture, NULL, set_up, tests[i].test, tear_down);
      g_test_add (from_memory, Fixture, "memory", set_up, tests[i].test, tear_down);
    }
  g_test_add ("/query/memory/no-room", Fixture, "memory", set_up, test_no_room, tear_down);
  g_test_add ("/query/memory/kept", Fixture, "memory", set_up, test_kept, tear_down);
  g_test_add ("/query/memory/few-of-many", Fixture, "memory", set_up, test_few_of_many, tear_down);
  g_test_add ("/query/memory/small-table", Fixture, "memory", set_up, test_small_table, tear_down);
  return g_test_run ();
}
