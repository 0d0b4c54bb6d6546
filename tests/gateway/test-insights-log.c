/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of panels beside the same numbers out of the event log, as the API gives it: a run of the engine and rollouts of a trainer, with rewards
 * that are none. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"
#include "leyden-stats.h"

#define N_ITEMS 12
#define N_AGL   9

typedef struct
{
  Sandbox    sandbox;
  Server    *server;
  char      *run;
  GPtrArray *records;           /* LeydenValue: every record there is */
} Fixture;

static void
run_sample (Fixture *fixture)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, N_ITEMS, "fast", NULL);
  guint status;
  g_autoptr(LeydenValue) answer = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_autoptr(LeydenValue) ended = NULL;

  g_assert_cmpuint (status / 100, ==, 2);
  fixture->run = g_strdup (leyden_value_get_member_string (answer, "run", NULL));
  ended = server_wait_run (fixture->server, fixture->run);
  g_assert_nonnull (ended);
}

/* Rewards as agents post them: numbers, ties, and what is no number. */
static void
run_trainer (Fixture *fixture)
{
  static const char * const rewards[N_AGL] = { "1", "0.5", "NaN", "Infinity", "1", "0.5", "-Infinity", "0", "0.25" };
  g_autoptr(GString) body = g_string_new ("[");

  for (guint i = 0; i < N_AGL; i++)
    g_string_append_printf (body, "%s{\"rollout_id\":\"agl-%u\",\"input\":{\"data_id\":\"item-%u\"},\"is_train\":true}", i > 0 ? "," : "", i, i / 3);
  g_string_append_c (body, ']');
  leyden_value_unref (server_expect (fixture->server, 201, "POST", "/api/rollouts", body->str));
  for (guint i = 0; i < N_AGL; i++)
    {
      g_autofree char *path = g_strdup_printf ("/api/rollouts/agl-%u", i);
      g_autofree char *events = g_strconcat (path, "/attempt/0/events", NULL);
      g_autofree char *event = g_strdup_printf ("{\"event_type\":\"reward\",\"data\":{\"value\":%s}}", rewards[i]);

      leyden_value_unref (server_expect (fixture->server, 200, "PATCH", path, "{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"0\"}}"));
      leyden_value_unref (server_expect (fixture->server, 200, "POST", events, event));
      leyden_value_unref (server_expect (fixture->server, 200, "PATCH", path, i % 4 == 3 ? "{\"status\":{\"state\":\"failed\",\"error_message\":\"no\"}}"
                                                                                           : "{\"status\":{\"state\":\"succeeded\"}}"));
    }
}

static void
read_log (Fixture    *fixture,
          const char *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/records?limit=1000", rollout);
  g_autoptr(LeydenValue) answer = server_expect (fixture->server, 200, "GET", path, NULL);
  LeydenValue *records = leyden_value_get_member (answer, "records");

  for (guint i = 0; i < leyden_value_get_size (records); i++)
    g_ptr_array_add (fixture->records, leyden_value_ref (leyden_value_get_item (records, i)));
}

static void
wait_for_facts (Fixture *fixture)
{
  for (guint i = 0; i < 600; i++)
    {
      g_autoptr(LeydenValue) info = server_expect (fixture->server, 200, "GET", "/leyden/v1/info", NULL);
      LeydenValue *facts = leyden_value_get_member (info, "facts");

      if (leyden_value_get_member_int (facts, "last", 0) > 0
          && leyden_value_get_member_int (facts, "position", 0) == leyden_value_get_member_int (facts, "last", -1))
        return;
      g_usleep (50000);
    }
  g_error ("facts do not come");
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *database = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) rollouts = NULL;
  LeydenValue *list;

  sandbox_set_up (&fixture->sandbox);
  database = sandbox_path (&fixture->sandbox, "insights.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, NULL);
  fixture->records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  run_sample (fixture);
  run_trainer (fixture);
  wait_for_facts (fixture);
  path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", fixture->run);
  rollouts = server_expect (fixture->server, 200, "GET", path, NULL);
  list = leyden_value_get_member (rollouts, "rollouts");
  g_assert_cmpuint (leyden_value_get_size (list), ==, N_ITEMS);
  for (guint i = 0; i < N_ITEMS; i++)
    read_log (fixture, leyden_value_get_member_string (leyden_value_get_item (list, i), "rollout", NULL));
  for (guint i = 0; i < N_AGL; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("agl-%u", i);

      read_log (fixture, rollout);
    }
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  g_ptr_array_unref (fixture->records);
  g_free (fixture->run);
  sandbox_tear_down (&fixture->sandbox);
}

/* The one value of a metric; NaN: null. */
static double G_GNUC_PRINTF (2, 3)
ask (Fixture    *fixture,
     const char *format,
     ...)
{
  g_autofree char *query = NULL;
  g_autofree char *body = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  double value;
  va_list args;

  va_start (args, format);
  query = g_strdup_vprintf (format, args);
  va_end (args);
  body = g_strdup_printf ("{\"queries\":[{\"shape\":\"value\",\"from\":0,%s}]}", query);
  g_strdelimit (body, "'", '"');
  answer = server_expect (fixture->server, 200, "POST", "/leyden/v1/insights/query", body);
  g_assert_cmpstr (value_text_at (answer, "/results/0/error"), ==, NULL);
  return leyden_value_get_double (value_at (answer, "/results/0/series/0/y/0"), &value) ? value : NAN;
}

static gboolean
is (LeydenValue *record,
    const char  *type)
{
  return g_str_equal (leyden_value_get_member_string (record, "type", ""), type);
}

/* What all records of a type say at a pointer, added up; and how many do. */
static double
add_up (Fixture    *fixture,
        const char *type,
        const char *pointer,
        guint      *n)
{
  double sum = 0, value;

  *n = 0;
  for (guint i = 0; i < fixture->records->len; i++)
    {
      LeydenValue *record = fixture->records->pdata[i];

      if (is (record, type) && (pointer == NULL || leyden_value_get_double (leyden_value_lookup_pointer (record, pointer), &value)))
        {
          sum += pointer != NULL ? value : 0;
          (*n)++;
        }
    }
  return sum;
}

static guint
count_states (Fixture    *fixture,
              const char *state)
{
  guint n = 0;

  for (guint i = 0; i < fixture->records->len; i++)
    n += is (fixture->records->pdata[i], "rollout.finished")
         && g_strcmp0 (leyden_value_get_string (leyden_value_lookup_pointer (fixture->records->pdata[i], "/payload/state"), NULL), state) == 0;
  return n;
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

#define EPSILON 1e-9

static void
test_log (Fixture       *fixture,
          gconstpointer  data)
{
  guint n_succeeded = count_states (fixture, "succeeded"), n_failed = count_states (fixture, "failed"), n, n_agl = 0, n_invalid = 0;
  g_autoptr(GArray) latencies = g_array_new (FALSE, FALSE, sizeof (double));
  double sum, value, rewards = 0;

  g_assert_cmpuint (n_succeeded + n_failed, ==, N_ITEMS + N_AGL);
  g_assert_cmpuint (n_failed, >=, 2);
  g_assert_cmpfloat (ask (fixture, "'metric':'ended'"), ==, n_succeeded + n_failed);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'success'"), (double)n_succeeded / (n_succeeded + n_failed), EPSILON);
  g_assert_cmpfloat (ask (fixture, "'metric':'errors'"), ==, n_failed);

  sum = add_up (fixture, "model.response", "/payload/answer/usage/prompt_tokens", &n);
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpfloat (ask (fixture, "'metric':'tokens-in'"), ==, sum);
  g_assert_cmpfloat (ask (fixture, "'metric':'call-tokens-in'"), ==, sum);
  sum = add_up (fixture, "model.response", "/payload/answer/usage/completion_tokens", &n);
  g_assert_cmpfloat (ask (fixture, "'metric':'tokens-out'"), ==, sum);
  sum = add_up (fixture, "model.response", "/payload/answer/cost", &n);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'cost'"), sum, EPSILON);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'call-cost'"), sum, EPSILON);
  add_up (fixture, "model.response", NULL, &n);
  g_assert_cmpfloat (ask (fixture, "'metric':'calls'"), ==, n);
  add_up (fixture, "tool.returned", NULL, &n);
  g_assert_cmpfloat (ask (fixture, "'metric':'tool-calls'"), ==, n);
  add_up (fixture, "node.retried", NULL, &n);
  g_assert_cmpfloat (ask (fixture, "'metric':'retries'"), ==, n);

  for (guint i = 0; i < fixture->records->len; i++)
    if (is (fixture->records->pdata[i], "model.response")
        && leyden_value_get_double (leyden_value_lookup_pointer (fixture->records->pdata[i], "/payload/answer/latency_ms"), &value))
      g_array_append_val (latencies, value);
  qsort (latencies->data, latencies->len, sizeof (double), compare_doubles);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'call-latency','aggregation':'p90'"),
                                  leyden_stats_quantile ((const double *)(gpointer)latencies->data, latencies->len, 0.9), 1e-6);

  /* Rewards of the trainer's rollouts: six are numbers, three are not and are counted. */
  for (guint i = 0; i < fixture->records->len; i++)
    {
      LeydenValue *record = fixture->records->pdata[i];

      if (!is (record, "agl.event") || g_strcmp0 (leyden_value_get_string (leyden_value_lookup_pointer (record, "/payload/event_type"), NULL), "reward") != 0)
        continue;
      if (leyden_value_get_double (leyden_value_lookup_pointer (record, "/payload/data/value"), &value))
        {
          rewards += value;
          n_agl++;
        }
      else
        n_invalid++;
    }
  g_assert_cmpuint (n_agl, ==, 6);
  g_assert_cmpuint (n_invalid, ==, 3);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'reward','filter':[['executor','=','agl']]"), rewards / n_agl, EPSILON);
  g_assert_cmpfloat (ask (fixture, "'metric':'reward','aggregation':'count','filter':[['executor','=','agl']]"), ==, n_agl);
  sum = add_up (fixture, "reward", "/payload/value", &n);
  g_assert_cmpuint (n, ==, N_ITEMS);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'reward','filter':[['executor','=','leyden']]"), sum / n, EPSILON);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'point:reward','aggregation':'sum','split':[]"), sum + rewards, EPSILON);
  /* Three groups of three; of each only the numbers. */
  g_assert_cmpfloat (ask (fixture, "'metric':'advantage-spread','aggregation':'count','filter':[['executor','=','agl']]"), ==, 3);
  g_assert_cmpfloat_with_epsilon (ask (fixture, "'metric':'advantage-spread','aggregation':'max','filter':[['executor','=','agl']]"), 0.25, EPSILON);
}

/* The same through SQL, and that what is invalid is told. */
static void
test_sql (Fixture       *fixture,
          gconstpointer  data)
{
  g_autoptr(LeydenValue) answer = server_expect (fixture->server, 200, "POST", "/leyden/v1/insights/query",
    "{\"queries\":[{\"sql\":\"SELECT executor, count (*), sum (invalid_rewards) FROM rollouts GROUP BY executor ORDER BY 1\"},"
    "{\"metric\":\"reward\",\"shape\":\"value\",\"from\":0}]}");
  g_autofree char *rows = leyden_json_write (value_at (answer, "/results/0/rows"), LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (rows, ==, "[[\"agl\",9,3],[\"leyden\",12,0]]");
  g_assert_cmpint (leyden_value_get_member_int (value_at (answer, "/results/1"), "invalid", -1), ==, 3);
  g_assert_cmpstr (value_text_at (answer, "/results/1/simulated"), ==, "some");
}

/* Nodes are called as on the canvas; their keys stay what conditions name. */
static void
test_nodes (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) answer = server_expect (fixture->server, 200, "POST", "/leyden/v1/insights/query",
    "{\"queries\":[{\"metric\":\"call-cost\",\"shape\":\"groups\",\"split\":[\"node\"],\"filter\":[[\"node\",\"=\",\"solveagt\"]],\"from\":0},"
    "{\"metric\":\"node-time\",\"shape\":\"table\",\"split\":[\"node\"],\"filter\":[[\"node\",\"=\",\"rewarder\"]],\"from\":0}]}");

  g_assert_cmpstr (value_text_at (answer, "/results/0/series/0/x/0"), ==, "Solver");
  g_assert_cmpstr (value_text_at (answer, "/results/0/series/0/keys/0"), ==, "solveagt");
  g_assert_cmpstr (value_text_at (answer, "/results/1/rows/0/0"), ==, "Reward");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/insights-log/log", Fixture, NULL, set_up, test_log, tear_down);
  g_test_add ("/insights-log/sql", Fixture, NULL, set_up, test_sql, tear_down);
  g_test_add ("/insights-log/nodes", Fixture, NULL, set_up, test_nodes, tear_down);
  return g_test_run ();
}
