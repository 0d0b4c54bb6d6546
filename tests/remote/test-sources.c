/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients of Prometheus and MLflow against a server that answers from a script. */
#include <math.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-backend.h"
#include "leyden-http-client.h"
#include "leyden-mlflow-client.h"
#include "leyden-prometheus-client.h"
#include "leyden-remote-ask.h"
#include "misbehaving-server.h"

#define JSON "Content-Type: application/json\r\n"
#define NS G_GINT64_CONSTANT (1000000000)

/* ---- Prometheus, parsed ---- */

static LeydenPrometheusAnswer *
parse (const char  *text,
       guint        status,
       GError     **error)
{
  g_autoptr(GBytes) body = g_bytes_new_static (text, strlen (text));

  return leyden_prometheus_answer_parse (body, status, error);
}

static void
test_prometheus_values (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPrometheusAnswer) answer =
    parse ("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
           "{\"metric\":{\"__name__\":\"up\",\"job\":\"a\"},\"values\":[[1435781430.781,\"1\"],[1435781445,\"NaN\"],[1435781460,\"+Inf\"],[1435781475,\"-Inf\"],[1435781490,\"-1.5e3\"]]},"
           "{\"metric\":{}}]},\"warnings\":[\"a\\nb\",7],\"infos\":[\"note\"],\"more\":1}", 200, &error);
  const LeydenPrometheusSeries *series;

  g_assert_no_error (error);
  g_assert_cmpstr (answer->type, ==, "matrix");
  g_assert_cmpuint (answer->series->len, ==, 2);
  series = answer->series->pdata[0];
  g_assert_cmpuint (series->points->len, ==, 5);
  g_assert_cmpint (g_array_index (series->points, LeydenPrometheusPoint, 0).time_ns, ==, G_GINT64_CONSTANT (1435781430781000000));
  g_assert_cmpfloat (g_array_index (series->points, LeydenPrometheusPoint, 0).value, ==, 1);
  g_assert_true (isnan (g_array_index (series->points, LeydenPrometheusPoint, 1).value));
  g_assert_true (isinf (g_array_index (series->points, LeydenPrometheusPoint, 2).value) > 0);
  g_assert_true (isinf (g_array_index (series->points, LeydenPrometheusPoint, 3).value) < 0);
  g_assert_cmpfloat (g_array_index (series->points, LeydenPrometheusPoint, 4).value, ==, -1500);
  g_assert_cmpstr (leyden_value_get_member_string (series->labels, "job", NULL), ==, "a");
  g_assert_cmpuint (g_strv_length (answer->warnings), ==, 2);
  g_assert_null (strchr (answer->warnings[0], '\n'));
}

static void
test_prometheus_kinds (void)
{
  static const struct { const char *text; int n_series; } cases[] = {
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"a\":\"b\"},\"value\":[1,\"2\"]}]}}", 1 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}", 0 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}}", 1 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1,\"x\"]}}", 0 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"histograms\":[[1,{}]]}]}}", 1 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":{}}}", -1 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[7]}}", -1 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1]]}]}}", -1 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1,\"2x\"]]}]}}", -1 },
    { "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1e300,\"2\"]]}]}}", -1 },
    { "{\"status\":\"success\"}", -1 },
    { "<html>", -1 },
    { "", -1 },
    { "[]", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenPrometheusAnswer) answer = parse (cases[i].text, 200, &error);

      g_test_message ("%s", cases[i].text);
      if (cases[i].n_series < 0)
        g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL);
      else
        g_assert_cmpint (answer->series->len, ==, cases[i].n_series);
    }
}

static void
test_prometheus_errors (void)
{
  static const struct { guint status; const char *text; int code; const char *message; } cases[] = {
    { 400, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error: unexpected end\"}", LEYDEN_REMOTE_ERROR_INVALID, "parse error: unexpected end" },
    { 422, "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-to-many\"}", LEYDEN_REMOTE_ERROR_INVALID, "many-to-many" },
    { 503, "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out\"}", LEYDEN_REMOTE_ERROR_UNAVAILABLE, "query timed out" },
    { 200, "{\"status\":\"error\",\"errorType\":\"x\",\"error\":\"odd\"}", LEYDEN_REMOTE_ERROR_INVALID, "odd" },
    { 401, "Unauthorized", LEYDEN_REMOTE_ERROR_AUTH, NULL },
    { 502, "<html>bad gateway</html>", LEYDEN_REMOTE_ERROR_UNAVAILABLE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (parse (cases[i].text, cases[i].status, &error));
      g_assert_error (error, LEYDEN_REMOTE_ERROR, cases[i].code);
      if (cases[i].message != NULL)
        g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* Never more points than the server gives. */
static void
test_prometheus_step (void)
{
  static const struct { gint64 range_s; gint64 n; gint64 step; } cases[] = {
    { 0, 300, 1 }, { 10, 300, 1 }, { 299, 300, 1 }, { 300, 300, 2 }, { 3600, 300, 13 }, { 86400, 300, 289 }, { 365 * 86400, 300, 105121 },
    { 11000, 1000000, 2 }, { 10998, 1000000, 1 }, { 365 * 86400, 1000000, 2868 }, { 3600, 0, 3601 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 step = leyden_prometheus_get_step (0, cases[i].range_s * NS, cases[i].n);

      g_assert_cmpint (step, ==, cases[i].step);
      g_assert_cmpint (cases[i].range_s / step + 1, <=, LEYDEN_PROMETHEUS_MAX_POINTS);
    }
}

/* ---- Over a connection ---- */

typedef struct
{
  MisbehavingServer      *server;
  LeydenPrometheusClient *prometheus;
  LeydenMlflowClient     *mlflow;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autofree char *bearer = leyden_remote_make_authorization (NULL, "secret-token-0123456789");
  g_autofree char *basic = leyden_remote_make_authorization ("reader", "pa:ss");
  g_autofree char *uri = NULL;

  self->server = misbehaving_server_new ();
  uri = misbehaving_server_dup_uri (self->server, "");
  self->prometheus = leyden_prometheus_client_new (uri, bearer);
  self->mlflow = leyden_mlflow_client_new (uri, basic);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_assert_finalize_object (self->prometheus);
  g_assert_finalize_object (self->mlflow);
  misbehaving_server_free (self->server);
}

#define EMPTY "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}"

static void
test_prometheus_query (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPrometheusAnswer) answer = NULL;
  g_autofree char *request = NULL;

  /* Busy at first: what only reads is asked again. */
  misbehaving_server_add_answer (self->server, "/api/v1/query_range", 503, "Retry-After: 0\r\n", "");
  misbehaving_server_add_answer (self->server, "/api/v1/query_range", 200, JSON, EMPTY);
  leyden_prometheus_client_query_range_async (self->prometheus, "rate(a{b=\"c&d\"}[5m])", 1500 * NS + 250 * 1000000, 3000 * NS, 15, NULL, spin_result_cb, &result);
  spin (&result);
  answer = leyden_prometheus_client_query_finish (self->prometheus, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (answer->series->len, ==, 0);
  request = misbehaving_server_dup_request (self->server, 1);
  g_assert_true (g_str_has_prefix (request, "POST /api/v1/query_range HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "Authorization: Bearer secret-token-0123456789\r\n"));
  g_assert_nonnull (strstr (request, "Content-Type: application/x-www-form-urlencoded\r\n"));
  g_assert_nonnull (strstr (request, "query=rate%28a%7Bb%3D%22c%26d%22%7D%5B5m%5D%29&start=1500.250&end=3000.000&step=15&timeout=10s"));
}

static void
test_prometheus_labels (Fixture       *self,
                        gconstpointer  data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) versioned = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) version = NULL;

  misbehaving_server_add_answer (self->server, "/api/v1/label/__name__/values", 200, JSON, "{\"status\":\"success\",\"data\":[\"up\",\"go_info\"]}");
  misbehaving_server_add_answer (self->server, "/api/v1/status/buildinfo", 200, JSON, "{\"status\":\"success\",\"data\":{\"version\":\"3.1.0\"}}");
  leyden_prometheus_client_list_labels_async (self->prometheus, "__name__", NULL, spin_result_cb, &result);
  spin (&result);
  list = leyden_prometheus_client_list_labels_finish (self->prometheus, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (list, 1), NULL), ==, "go_info");
  leyden_prometheus_client_get_version_async (self->prometheus, NULL, spin_result_cb, &versioned);
  spin (&versioned);
  version = leyden_prometheus_client_get_version_finish (self->prometheus, versioned, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (leyden_value_get_string (version, NULL), ==, "3.1.0");
}

/* A redirect would take the key along: it is an error, as is an answer without end. */
static void
test_prometheus_redirect (Fixture       *self,
                          gconstpointer  data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *other = misbehaving_server_dup_uri (self->server, "/elsewhere");
  g_autofree char *location = g_strdup_printf ("Location: %s\r\n", other);

  misbehaving_server_add_answer (self->server, "/api/v1/query", 307, location, "");
  leyden_prometheus_client_query_async (self->prometheus, "up", 0, NULL, spin_result_cb, &result);
  spin (&result);
  g_assert_null (leyden_prometheus_client_query_finish (self->prometheus, result, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (misbehaving_server_get_n_requests (self->server), ==, 1);
}

/* The addresses where cloud machines keep their credentials are never asked. */
static void
test_forbidden_address (void)
{
  g_autoptr(LeydenPrometheusClient) client = leyden_prometheus_client_new ("http://169.254.169.254", NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_prometheus_client_query_async (client, "up", 0, NULL, spin_result_cb, &result);
  spin (&result);
  g_assert_null (leyden_prometheus_client_query_finish (client, result, &error));
  g_assert_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS);
}

/* ---- MLflow ---- */

static void
test_mlflow_pages (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) runs = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  const LeydenMlflowRun *run;

  misbehaving_server_add_answer (self->server, "/api/2.0/mlflow/runs/search", 200, JSON,
                                 "{\"runs\":[{\"info\":{\"run_id\":\"r1\",\"run_name\":\"brave\",\"status\":\"FINISHED\",\"start_time\":1700000000000,\"end_time\":\"1700000001000\"},"
                                 "\"data\":{\"metrics\":[{\"key\":\"loss\",\"value\":0.5,\"step\":3},{\"key\":\"bad\",\"value\":\"NaN\"}],\"params\":[{\"key\":\"lr\",\"value\":\"0.1\"}]}}],"
                                 "\"next_page_token\":\"more\"}");
  misbehaving_server_add_answer (self->server, "/api/2.0/mlflow/runs/search", 200, JSON, "{\"runs\":[{\"info\":{\"run_id\":\"r2\",\"start_time\":-5}},{\"info\":{}},7]}");
  leyden_mlflow_client_search_runs_async (self->mlflow, "12", "metrics.loss < 1", 10, NULL, spin_result_cb, &result);
  spin (&result);
  runs = leyden_mlflow_client_search_runs_finish (self->mlflow, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (runs->len, ==, 2);
  run = runs->pdata[0];
  g_assert_cmpstr (run->name, ==, "brave");
  g_assert_cmpint (run->started_ns, ==, G_GINT64_CONSTANT (1700000000000000000));
  g_assert_cmpint (run->ended_ns, ==, G_GINT64_CONSTANT (1700000001000000000));
  g_assert_cmpfloat (leyden_value_get_member_double (run->metrics, "loss", 0), ==, 0.5);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (run->metrics, "bad")));
  g_assert_cmpstr (leyden_value_get_member_string (run->params, "lr", NULL), ==, "0.1");
  run = runs->pdata[1];
  g_assert_cmpstr (run->name, ==, "r2");
  g_assert_cmpint (run->started_ns, ==, 0);
  first = misbehaving_server_dup_request (self->server, 0);
  second = misbehaving_server_dup_request (self->server, 1);
  g_assert_nonnull (strstr (first, "Authorization: Basic cmVhZGVyOnBhOnNz\r\n"));
  g_assert_nonnull (strstr (first, "{\"experiment_ids\":[\"12\"],\"filter\":\"metrics.loss < 1\",\"max_results\":10,\"order_by\":[\"attributes.start_time DESC\"]}"));
  g_assert_nonnull (strstr (second, "\"page_token\":\"more\""));
}

static void
test_mlflow_history (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) refused = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) points = NULL;
  g_autofree char *request = NULL;

  misbehaving_server_add_answer (self->server, "/api/2.0/mlflow/metrics/get-history", 200, JSON,
                                 "{\"metrics\":[{\"key\":\"a/b\",\"value\":1.5,\"timestamp\":\"1700000000001\",\"step\":\"1\"},{\"value\":\"Infinity\",\"timestamp\":5,\"step\":2},"
                                 "{\"value\":\"NaN\",\"step\":3}],\"next_page_token\":\"t\"}");
  misbehaving_server_add_answer (self->server, "/api/2.0/mlflow/metrics/get-history", 200, JSON, "{\"metrics\":[{\"value\":4,\"step\":4},{\"value\":5,\"step\":5}]}");
  misbehaving_server_add_answer (self->server, "/api/2.0/mlflow/metrics/get-history", 404, JSON, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"Run 'r' not found\"}");
  leyden_mlflow_client_get_history_async (self->mlflow, "r", "a/b", 4, NULL, spin_result_cb, &result);
  spin (&result);
  points = leyden_mlflow_client_get_history_finish (self->mlflow, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (points->len, ==, 4);
  g_assert_cmpint (g_array_index (points, LeydenMlflowPoint, 0).time_ns, ==, G_GINT64_CONSTANT (1700000000001000000));
  g_assert_cmpint (g_array_index (points, LeydenMlflowPoint, 0).step, ==, 1);
  g_assert_true (isinf (g_array_index (points, LeydenMlflowPoint, 1).value));
  g_assert_true (isnan (g_array_index (points, LeydenMlflowPoint, 2).value));
  g_assert_cmpfloat (g_array_index (points, LeydenMlflowPoint, 3).value, ==, 4);
  request = misbehaving_server_dup_request (self->server, 1);
  g_assert_true (g_str_has_prefix (request, "GET /api/2.0/mlflow/metrics/get-history?run_id=r&metric_key=a%2Fb&max_results=4&page_token=t HTTP/1.1\r\n"));
  leyden_mlflow_client_get_history_async (self->mlflow, "r", "a/b", 4, NULL, spin_result_cb, &refused);
  spin (&refused);
  g_assert_null (leyden_mlflow_client_get_history_finish (self->mlflow, refused, &error));
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "Run 'r' not found");
}

/* Pages that never end do. */
static void
test_mlflow_endless (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) experiments = NULL;

  misbehaving_server_add_answer (self->server, "/api/2.0/mlflow/experiments/search", 200, JSON, "{\"experiments\":[],\"next_page_token\":\"again\"}");
  leyden_mlflow_client_list_experiments_async (self->mlflow, 10, NULL, spin_result_cb, &result);
  spin (&result);
  experiments = leyden_mlflow_client_list_experiments_finish (self->mlflow, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (experiments->len, ==, 0);
  g_assert_cmpuint (misbehaving_server_get_n_requests (self->server), ==, 100);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sources/prometheus/values", test_prometheus_values);
  g_test_add_func ("/sources/prometheus/kinds", test_prometheus_kinds);
  g_test_add_func ("/sources/prometheus/errors", test_prometheus_errors);
  g_test_add_func ("/sources/prometheus/step", test_prometheus_step);
  g_test_add ("/sources/prometheus/query", Fixture, NULL, set_up, test_prometheus_query, tear_down);
  g_test_add ("/sources/prometheus/labels", Fixture, NULL, set_up, test_prometheus_labels, tear_down);
  g_test_add ("/sources/prometheus/redirect", Fixture, NULL, set_up, test_prometheus_redirect, tear_down);
  g_test_add_func ("/sources/forbidden-address", test_forbidden_address);
  g_test_add ("/sources/mlflow/pages", Fixture, NULL, set_up, test_mlflow_pages, tear_down);
  g_test_add ("/sources/mlflow/history", Fixture, NULL, set_up, test_mlflow_history, tear_down);
  g_test_add ("/sources/mlflow/endless", Fixture, NULL, set_up, test_mlflow_endless, tear_down);
  return g_test_run ();
}
