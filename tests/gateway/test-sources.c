/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prometheus and MLflow servers as sources of dashboards: what of their answers is drawn, and the routes. */
#include <math.h>
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"
#include "leyden-source-result.h"
#include "misbehaving-server.h"

#define JSON "Content-Type: application/json\r\n"

/* ---- Answers as results ---- */

static LeydenPrometheusAnswer *
parse (const char *text)
{
  g_autoptr(GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenPrometheusAnswer *answer = leyden_prometheus_answer_parse (body, 200, &error);

  g_assert_no_error (error);
  return answer;
}

static void
assert_json (LeydenValue *value,
             const char  *expected)
{
  g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (text, ==, expected);
}

#define MATRIX "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" \
               "{\"metric\":{\"__name__\":\"up\",\"job\":\"a\"},\"values\":[[10,\"1\"],[20,\"NaN\"],[50,\"3\"]]}," \
               "{\"metric\":{},\"values\":[[10,\"7\"]]},{\"metric\":{\"x\":\"y\"},\"values\":[]}]},\"warnings\":[\"w\"]}"

static void
test_prometheus_lines (void)
{
  g_autoptr(LeydenPrometheusAnswer) answer = parse (MATRIX);
  g_autoptr(LeydenValue) result = leyden_source_result_of_prometheus (answer, LEYDEN_SOURCE_TIME, "sum(up)", 10, 2);

  /* The hole between 20 s and 50 s is one; what is not finite is null and counted; the third series is beyond the limit. */
  assert_json (result, "{\"shape\":\"time\",\"unit\":\"\",\"interval_s\":10,\"series\":["
                       "{\"name\":\"up job=a\",\"labels\":{\"__name__\":\"up\",\"job\":\"a\"},\"x\":[10000000000,20000000000,30000000000,50000000000],\"y\":[1,null,null,3]},"
                       "{\"name\":\"sum(up)\",\"labels\":{},\"x\":[10000000000],\"y\":[7]}],"
                       "\"exact\":true,\"n_points\":4,\"invalid\":1,\"truncated\":true,\"warnings\":[\"w\"],\"simulated\":\"none\"}");
}

static void
test_prometheus_other_shapes (void)
{
  g_autoptr(LeydenPrometheusAnswer) answer = parse (MATRIX);
  g_autoptr(LeydenValue) groups = leyden_source_result_of_prometheus (answer, LEYDEN_SOURCE_GROUPS, "q", 0, 20);
  g_autoptr(LeydenValue) table = leyden_source_result_of_prometheus (answer, LEYDEN_SOURCE_TABLE, "q", 0, 20);

  assert_json (value_at (groups, "/series/0/x"), "[\"up job=a\",\"q\",\"x=y\"]");
  assert_json (value_at (groups, "/series/0/y"), "[3,7,null]");
  g_assert_cmpint (leyden_value_get_member_int (groups, "invalid", 0), ==, 1);
  assert_json (value_at (table, "/rows"), "[[\"up\",\"a\",null,3],[null,null,null,7],[null,null,\"y\",null]]");
  g_assert_cmpstr (value_text_at (table, "/columns/3/type"), ==, "number");
}

static GPtrArray *
make_runs (void)
{
  static const char text[] = "{\"runs\":["
    "{\"info\":{\"run_id\":\"aaaaaaaaaa\",\"run_name\":\"one\",\"status\":\"FINISHED\",\"start_time\":1000},\"data\":{\"metrics\":[{\"key\":\"loss\",\"value\":0.5}],\"params\":[{\"key\":\"lr\",\"value\":\"0.1\"}]}},"
    "{\"info\":{\"run_id\":\"bbbbbbbbbb\",\"run_name\":\"one\",\"status\":\"RUNNING\",\"start_time\":2000},\"data\":{\"metrics\":[{\"key\":\"loss\",\"value\":\"NaN\"},{\"key\":\"acc\",\"value\":1}]}},"
    "{\"info\":{\"run_id\":\"cccccccccc\",\"run_name\":\"two\",\"status\":\"FAILED\"}}]}";
  g_autoptr(GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autofree char *token = NULL;

  return leyden_mlflow_runs_parse (body, 200, &token, NULL);
}

static void
test_mlflow_results (void)
{
  g_autoptr(GPtrArray) runs = make_runs ();
  static const LeydenMlflowPoint points[] = { { 2, 3000, 0.5 }, { 1, 2000, NAN }, { 1, 1000, 4 } };
  g_autoptr(GArray) history = g_array_new (FALSE, FALSE, sizeof (LeydenMlflowPoint));
  GArray *histories[] = { history, NULL, NULL };
  g_autoptr(LeydenValue) by_step = NULL;
  g_autoptr(LeydenValue) by_time = NULL;
  g_autoptr(LeydenValue) groups = leyden_source_result_of_runs (runs, "loss", LEYDEN_SOURCE_GROUPS);
  g_autoptr(LeydenValue) value = leyden_source_result_of_runs (runs, "acc", LEYDEN_SOURCE_VALUE);
  g_autoptr(LeydenValue) nothing = leyden_source_result_of_runs (runs, "none", LEYDEN_SOURCE_VALUE);
  g_autoptr(LeydenValue) table = leyden_source_result_of_runs (runs, NULL, LEYDEN_SOURCE_TABLE);

  g_array_append_vals (history, points, G_N_ELEMENTS (points));
  by_step = leyden_source_result_of_history (runs, histories, "loss", LEYDEN_SOURCE_STEP, 0, 0);
  by_time = leyden_source_result_of_history (runs, histories, "loss", LEYDEN_SOURCE_TIME, 2000, 3000);
  /* In order, what came again too; two runs of one name are told apart. */
  assert_json (value_at (by_step, "/series"), "[{\"name\":\"one (aaaaaa)\",\"labels\":{\"run\":\"aaaaaaaaaa\"},\"x\":[1,1,2],\"y\":[4,null,0.5]}]");
  assert_json (value_at (by_time, "/series/0/x"), "[2000]");
  g_assert_cmpint (leyden_value_get_member_int (by_step, "invalid", 0), ==, 1);
  assert_json (value_at (groups, "/series/0/x"), "[\"one (aaaaaa)\",\"one (bbbbbb)\"]");
  assert_json (value_at (groups, "/series/0/y"), "[0.5,null]");
  assert_json (value_at (value, "/series/0/y"), "[1]");
  assert_json (value_at (nothing, "/series/0/y"), "[]");
  assert_json (value_at (table, "/rows"), "[[\"one\",\"FINISHED\",1000000000,null,0.5,\"0.1\"],[\"one\",\"RUNNING\",2000000000,1,null,null],[\"two\",\"FAILED\",null,null,null,null]]");
}

/* ---- Routes ---- */

typedef struct
{
  Sandbox            sandbox;
  char              *database;
  Server            *server;
  MisbehavingServer *other;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "sources.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  fixture->other = misbehaving_server_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  misbehaving_server_free (fixture->other);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

static void
put_source (Fixture    *fixture,
            const char *name,
            const char *kind,
            const char *more)
{
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "/");
  g_autofree char *body = g_strdup_printf ("{\"kind\":\"%s\",\"uri\":\"%s\"%s}", kind, uri, more);
  g_autofree char *path = g_strconcat ("/leyden/v1/sources/", name, NULL);

  leyden_value_unref (server_expect (fixture->server, 200, "PUT", path, body));
}

static void
test_settings (Fixture       *fixture,
               gconstpointer  data)
{
  static const struct { const char *name; const char *body; guint status; } cases[] = {
    { "x", "{\"kind\":\"graphite\",\"uri\":\"http://h\"}", 422 },
    { "x", "{\"kind\":\"prometheus\"}", 422 },
    { "x", "{\"kind\":\"prometheus\",\"uri\":\"file:///etc/passwd\"}", 422 },
    { "x", "{\"kind\":\"prometheus\",\"uri\":\"http://169.254.169.254\"}", 422 },
    { "x", "{\"kind\":\"prometheus\",\"uri\":\"http://user:pw@h\"}", 422 },
    { "x", "{\"kind\":\"prometheus\",\"uri\":\"http://h/?a=b\"}", 422 },
    { "x", "{\"kind\":\"prometheus\",\"uri\":\"http://h\",\"auth\":\"bearer\"}", 422 },
    { "x", "{\"kind\":\"prometheus\",\"uri\":\"http://h\",\"auth\":\"bearer\",\"secret\":\"openai\"}", 422 },
    { "x", "{\"kind\":\"prometheus\",\"uri\":\"http://h\",\"auth\":\"basic\",\"secret\":\"source-x\",\"user\":\"a:b\"}", 422 },
    { "X_y", "{\"kind\":\"prometheus\",\"uri\":\"http://h\"}", 422 },
    { "x", "{\"kind\":\"mlflow\",\"uri\":\"https://h.example/mlflow/\",\"auth\":\"basic\",\"secret\":\"source-x\",\"user\":\"reader\"}", 200 },
    { "y", "{\"kind\":\"prometheus\",\"uri\":\"http://10.0.0.7:9090\"}", 200 },
  };
  g_autoptr(LeydenValue) list = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/leyden/v1/sources/", cases[i].name, NULL);

      leyden_value_unref (server_expect (fixture->server, cases[i].status, "PUT", path, cases[i].body));
    }
  /* They are there after a restart. */
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  list = server_expect (fixture->server, 200, "GET", "/leyden/v1/sources", NULL);
  assert_json (list, "{\"sources\":[{\"name\":\"x\",\"kind\":\"mlflow\",\"uri\":\"https://h.example/mlflow\",\"auth\":\"basic\",\"user\":\"reader\",\"secret\":\"source-x\"},"
                     "{\"name\":\"y\",\"kind\":\"prometheus\",\"uri\":\"http://10.0.0.7:9090\",\"auth\":\"none\"}]}");
  g_clear_pointer (&list, leyden_value_unref);
  g_assert_null (server_expect (fixture->server, 204, "DELETE", "/leyden/v1/sources/x", NULL));
  leyden_value_unref (server_expect (fixture->server, 404, "DELETE", "/leyden/v1/sources/x", NULL));
  list = server_expect (fixture->server, 200, "GET", "/leyden/v1/sources", NULL);
  g_assert_cmpuint (leyden_value_get_size (value_at (list, "/sources")), ==, 1);
}

static void
test_test (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "");
  g_autofree char *secret = g_strdup_printf ("{\"value\":\"token-of-the-source-0123456789\",\"origins\":[\"%s\"]}", uri);
  g_autoptr(LeydenValue) missing = NULL;
  g_autoptr(LeydenValue) good = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) values = NULL;
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (fixture->other, "/api/v1/status/buildinfo", 200, JSON, "{\"status\":\"success\",\"data\":{\"version\":\"3.1.0\"}}");
  misbehaving_server_add_answer (fixture->other, "/api/v1/status/buildinfo", 401, NULL, "no");
  misbehaving_server_add_answer (fixture->other, "/api/v1/label/__name__/values", 200, JSON, "{\"status\":\"success\",\"data\":[\"up\",7]}");
  put_source (fixture, "prom", "prometheus", ",\"auth\":\"bearer\",\"secret\":\"source-prom\"");
  missing = server_expect (fixture->server, 200, "POST", "/leyden/v1/sources/prom/test", "{}");
  g_assert_false (leyden_value_get_member_boolean (missing, "ok", TRUE));
  g_assert_nonnull (value_text_at (missing, "/error"));
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->other), ==, 0);
  g_assert_null (server_expect (fixture->server, 204, "PUT", "/leyden/v1/secrets/source-prom", secret));
  good = server_expect (fixture->server, 200, "POST", "/leyden/v1/sources/prom/test", "{}");
  g_assert_cmpstr (value_text_at (good, "/version"), ==, "3.1.0");
  request = misbehaving_server_dup_request (fixture->other, 0);
  g_assert_nonnull (strstr (request, "Authorization: Bearer token-of-the-source-0123456789\r\n"));
  refused = server_expect (fixture->server, 200, "POST", "/leyden/v1/sources/prom/test", "{}");
  g_assert_false (leyden_value_get_member_boolean (refused, "ok", TRUE));
  values = server_expect (fixture->server, 200, "GET", "/leyden/v1/sources/prom/values?what=metrics", NULL);
  assert_json (values, "{\"values\":[\"up\"],\"truncated\":false}");
  leyden_value_unref (server_expect (fixture->server, 422, "GET", "/leyden/v1/sources/prom/values?what=experiments", NULL));
  leyden_value_unref (server_expect (fixture->server, 422, "GET", "/leyden/v1/sources/prom/values", NULL));
  leyden_value_unref (server_expect (fixture->server, 404, "GET", "/leyden/v1/sources/none/values?what=metrics", NULL));
}

/* Settings that are not stored are tested without what is stored for others: else whoever may test has the secret sent to a server of his own. */
static void
test_secret_stays (Fixture       *fixture,
                   gconstpointer  data)
{
  MisbehavingServer *thief = misbehaving_server_new ();
  g_autofree char *uri = misbehaving_server_dup_uri (thief, "");
  g_autofree char *theirs = g_strdup_printf ("{\"kind\":\"prometheus\",\"uri\":\"%s\",\"auth\":\"bearer\",\"secret\":\"source-prom\"}", uri);
  g_autofree char *home = misbehaving_server_dup_uri (fixture->other, "/elsewhere");
  g_autofree char *same = g_strdup_printf ("{\"kind\":\"prometheus\",\"uri\":\"%s\",\"auth\":\"bearer\",\"secret\":\"source-prom\"}", home);
  static const char * const names[] = { "prom", "other" };
  g_autoptr(LeydenValue) good = NULL;
  g_autoptr(LeydenValue) moved = NULL;
  g_autoptr(LeydenValue) gone = NULL;
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (thief, "/api/v1/status/buildinfo", 200, JSON, "{\"status\":\"success\",\"data\":{\"version\":\"6\"}}");
  misbehaving_server_add_answer (fixture->other, "/elsewhere/api/v1/status/buildinfo", 200, JSON, "{\"status\":\"success\",\"data\":{\"version\":\"3.1.0\"}}");
  put_source (fixture, "prom", "prometheus", ",\"auth\":\"bearer\",\"secret\":\"source-prom\"");
  /* What the environment holds goes where the stored source is, also after a restart. */
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->sandbox.environ = g_environ_setenv (fixture->sandbox.environ, "LEYDEN_KEY_SOURCE_PROM", "token-of-the-source-0123456789", TRUE);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strdup_printf ("/leyden/v1/sources/%s/test", names[i]);
      g_autoptr(LeydenValue) refused = server_expect (fixture->server, 200, "POST", path, theirs);

      g_assert_false (leyden_value_get_member_boolean (refused, "ok", TRUE));
      g_assert_nonnull (strstr (value_text_at (refused, "/error"), "may not be sent"));
    }
  g_assert_cmpuint (misbehaving_server_get_n_requests (thief), ==, 0);
  good = server_expect (fixture->server, 200, "POST", "/leyden/v1/sources/prom/test", same);
  g_assert_true (leyden_value_get_member_boolean (good, "ok", FALSE));
  request = misbehaving_server_dup_request (fixture->other, 0);
  g_assert_nonnull (strstr (request, "Authorization: Bearer token-of-the-source-0123456789\r\n"));
  /* Stored, it may go there and no longer to where it was; removed, nowhere. */
  leyden_value_unref (server_expect (fixture->server, 200, "PUT", "/leyden/v1/sources/prom", theirs));
  moved = server_expect (fixture->server, 200, "POST", "/leyden/v1/sources/prom/test", same);
  g_assert_false (leyden_value_get_member_boolean (moved, "ok", TRUE));
  g_assert_null (server_expect (fixture->server, 204, "DELETE", "/leyden/v1/sources/prom", NULL));
  gone = server_expect (fixture->server, 200, "POST", "/leyden/v1/sources/prom/test", theirs);
  g_assert_false (leyden_value_get_member_boolean (gone, "ok", TRUE));
  g_assert_cmpuint (misbehaving_server_get_n_requests (thief), ==, 0);
  misbehaving_server_free (thief);
}

static void
test_mlflow_values (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenValue) experiments = NULL;
  g_autoptr(LeydenValue) metrics = NULL;
  g_autoptr(LeydenValue) failed = NULL;

  misbehaving_server_add_answer (fixture->other, "/api/2.0/mlflow/experiments/search", 200, JSON, "{\"experiments\":[{\"experiment_id\":\"7\",\"name\":\"train\"}]}");
  misbehaving_server_add_answer (fixture->other, "/api/2.0/mlflow/experiments/search", 200, JSON, "{\"experiments\":[{\"experiment_id\":\"7\",\"name\":\"train\"}]}");
  misbehaving_server_add_answer (fixture->other, "/api/2.0/mlflow/experiments/search", 500, NULL, "");
  misbehaving_server_add_answer (fixture->other, "/api/2.0/mlflow/runs/search", 200, JSON,
                                 "{\"runs\":[{\"info\":{\"run_id\":\"a\"},\"data\":{\"metrics\":[{\"key\":\"loss\",\"value\":1},{\"key\":\"acc\",\"value\":2}]}}]}");
  put_source (fixture, "ml", "mlflow", "");
  experiments = server_expect (fixture->server, 200, "GET", "/leyden/v1/sources/ml/values?what=experiments", NULL);
  assert_json (value_at (experiments, "/values"), "[\"train\"]");
  metrics = server_expect (fixture->server, 200, "GET", "/leyden/v1/sources/ml/values?what=metrics&experiment=train", NULL);
  assert_json (value_at (metrics, "/values"), "[\"loss\",\"acc\"]");
  failed = server_expect (fixture->server, 502, "GET", "/leyden/v1/sources/ml/values?what=experiments", NULL);
  g_assert_nonnull (value_text_at (failed, "/detail"));
}

/* ---- Questions ---- */

static LeydenValue *
query (Fixture    *fixture,
       const char *question)
{
  g_autofree char *body = g_strdup_printf ("{\"queries\":[%s]}", question);
  g_autoptr(LeydenValue) answer = server_expect (fixture->server, 200, "POST", "/leyden/v1/insights/query", body);

  return leyden_value_ref (value_at (answer, "/results/0"));
}

static void
test_query_prometheus (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(LeydenValue) line = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) unknown = NULL;
  g_autoptr(LeydenValue) stepped = NULL;
  g_autofree char *range = NULL;

  put_source (fixture, "prom", "prometheus", "");
  misbehaving_server_add_answer (fixture->other, "/api/v1/query_range", 200, JSON, MATRIX);
  misbehaving_server_add_answer (fixture->other, "/api/v1/query_range", 422, JSON, "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-to-many matching\"}");
  misbehaving_server_add_answer (fixture->other, "/api/v1/query", 200, JSON, "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[5,\"8\"]}}");
  line = query (fixture, "{\"source\":\"prom\",\"promql\":\"up\",\"from\":1000000000000,\"to\":4600000000000}");
  assert_json (value_at (line, "/series/0/y"), "[1,null,null,3]");
  range = misbehaving_server_dup_request (fixture->other, 0);
  /* An hour in 300 points, on multiples of the step. */
  g_assert_nonnull (strstr (range, "query=up&start=988.000&end=4600.000&step=13&"));
  value = query (fixture, "{\"source\":\"prom\",\"promql\":\"8\",\"shape\":\"value\"}");
  assert_json (value_at (value, "/series/0/y"), "[8]");
  refused = query (fixture, "{\"source\":\"prom\",\"promql\":\"a*b\"}");
  g_assert_cmpstr (value_text_at (refused, "/error"), ==, "many-to-many matching");
  unknown = query (fixture, "{\"source\":\"other\",\"promql\":\"up\"}");
  g_assert_nonnull (value_text_at (unknown, "/error"));
  stepped = query (fixture, "{\"source\":\"prom\",\"promql\":\"up\",\"shape\":\"step\"}");
  g_assert_nonnull (value_text_at (stepped, "/error"));
}

static void
test_query_mlflow (Fixture       *fixture,
                   gconstpointer  data)
{
  static const char question[] = "{\"source\":\"ml\",\"mlflow\":{\"experiment\":\"train\",\"metric\":\"loss\"}}";
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(LeydenValue) missing = NULL;
  guint n_asked;

  put_source (fixture, "ml", "mlflow", "");
  misbehaving_server_add_answer (fixture->other, "/api/2.0/mlflow/experiments/search", 200, JSON, "{\"experiments\":[{\"experiment_id\":\"7\",\"name\":\"train\"}]}");
  misbehaving_server_add_answer (fixture->other, "/api/2.0/mlflow/runs/search", 200, JSON,
                                 "{\"runs\":[{\"info\":{\"run_id\":\"a\",\"run_name\":\"first\",\"status\":\"FINISHED\"},\"data\":{\"metrics\":[{\"key\":\"loss\",\"value\":1}]}},"
                                 "{\"info\":{\"run_id\":\"b\",\"status\":\"RUNNING\"},\"data\":{\"metrics\":[]}}]}");
  misbehaving_server_add_answer (fixture->other, "/api/2.0/mlflow/metrics/get-history", 200, JSON,
                                 "{\"metrics\":[{\"value\":3,\"timestamp\":1000,\"step\":0},{\"value\":1,\"timestamp\":2000,\"step\":1}]}");
  first = query (fixture, question);
  assert_json (value_at (first, "/series"), "[{\"name\":\"first\",\"labels\":{\"run\":\"a\"},\"x\":[0,1],\"y\":[3,1]}]");
  g_assert_cmpstr (value_text_at (first, "/shape"), ==, "step");
  n_asked = misbehaving_server_get_n_requests (fixture->other);
  g_assert_cmpuint (n_asked, ==, 3);
  /* The history of a run that has ended is asked for once. */
  again = query (fixture, question);
  assert_json (value_at (again, "/series/0/y"), "[3,1]");
  g_assert_cmpuint (misbehaving_server_get_n_requests (fixture->other), ==, n_asked + 2);
  missing = query (fixture, "{\"source\":\"ml\",\"mlflow\":{\"experiment\":\"none\",\"metric\":\"loss\"}}");
  g_assert_nonnull (strstr (value_text_at (missing, "/error"), "none"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sources/result/prometheus-lines", test_prometheus_lines);
  g_test_add_func ("/sources/result/prometheus-other-shapes", test_prometheus_other_shapes);
  g_test_add_func ("/sources/result/mlflow", test_mlflow_results);
  g_test_add ("/sources/settings", Fixture, NULL, set_up, test_settings, tear_down);
  g_test_add ("/sources/test", Fixture, NULL, set_up, test_test, tear_down);
  g_test_add ("/sources/secret-stays", Fixture, NULL, set_up, test_secret_stays, tear_down);
  g_test_add ("/sources/mlflow-values", Fixture, NULL, set_up, test_mlflow_values, tear_down);
  g_test_add ("/sources/query/prometheus", Fixture, NULL, set_up, test_query_prometheus, tear_down);
  g_test_add ("/sources/query/mlflow", Fixture, NULL, set_up, test_query_mlflow, tear_down);
  return g_test_run ();
}
