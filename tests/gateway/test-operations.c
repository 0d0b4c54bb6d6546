/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the backend tells those who operate it, and how it ends. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cli-helpers.h"
#include "leyden-http-client.h"
#include "leyden-http-server.h"
#include "leyden-json.h"
#include "misbehaving-server.h"

#define PARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define ANSWER "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"yo\"},\"finish_reason\":\"stop\"}]," \
               "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}"
#define CALL "/proxy/rollout/r1/attempt/0/mode/train/openai/v1/chat/completions"
#define JSON_TYPE "Content-Type: application/json\r\n"

/* Of an upstream that answers when it is told to. */
typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean arrived;
  gboolean open;
} Gate;

typedef struct
{
  Sandbox            sandbox;
  char              *database;
  Server            *server;
  MisbehavingServer *upstream;
  LeydenHttpClient  *client;
  Gate               gate;              /* outlives the upstream's threads */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "operations.db");
  fixture->sandbox.said = sandbox_path (&fixture->sandbox, "said");
  fixture->upstream = misbehaving_server_new ();
  fixture->client = leyden_http_client_new ();
  leyden_http_client_set_limits (fixture->client, 100, 0, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->client);
  if (fixture->server != NULL)
    g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  misbehaving_server_free (fixture->upstream);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* ---- Asking ---- */

typedef struct
{
  LeydenHttpRequest *request;
  char              *body;
  gboolean           done;
  gboolean           may_break;         /* no error of the test */
} Reply;

static void
reply_free (Reply *self)
{
  g_object_unref (self->request);
  g_free (self->body);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, reply_free)

static void
replied_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Reply *reply = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);

  if (!reply->may_break)
    g_assert_no_error (error);
  if (body != NULL)
    reply->body = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  reply->done = TRUE;
}

static Reply *
ask_async (Fixture    *fixture,
           const char *method,
           const char *path,
           const char *body,
           const char *parent)
{
  g_autofree char *uri = server_uri (fixture->server, path);
  g_autoptr(GBytes) bytes = body == NULL ? NULL : g_bytes_new (body, strlen (body));
  Reply *reply = g_new0 (Reply, 1);

  reply->request = leyden_http_request_new (method, uri);
  leyden_http_request_set_bearer (reply->request, fixture->server->key);
  if (bytes != NULL)
    leyden_http_request_set_body (reply->request, "application/json", bytes);
  if (parent != NULL)
    leyden_http_request_set_header (reply->request, "traceparent", parent);
  leyden_http_client_send_async (fixture->client, reply->request, NULL, replied_cb, reply);
  return reply;
}

static gboolean
is_done (gpointer data)
{
  return ((Reply *)data)->done;
}

static Reply *
ask (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body)
{
  Reply *reply = ask_async (fixture, method, path, body, NULL);

  wait_until (is_done, reply);
  return reply;
}

static void
expect (Fixture    *fixture,
        const char *method,
        const char *path,
        const char *body,
        guint       status)
{
  g_autoptr(Reply) reply = ask (fixture, method, path, body);

  if (leyden_http_request_get_status (reply->request) != status)
    g_error ("%s %s: %u %s", method, path, leyden_http_request_get_status (reply->request), reply->body);
}

/* A queuing rollout "r1" and a server for its model. */
static void
prepare_agent (Fixture *fixture)
{
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->upstream, "/v1");
  g_autofree char *models = g_strdup_printf ("[{\"model\":\"m\",\"endpoint\":\"%s\",\"version\":1}]", uri);

  expect (fixture, "POST", "/api/models", models, 201);
  expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":{}}]", 201);
}

static void
run_sample (Fixture *fixture)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, 3, "fast", NULL);
  g_autoptr(LeydenValue) run = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, NULL);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, leyden_value_get_member_string (run, "run", ""));
}

/* ---- Figures ---- */

static double
figure (const char *text,
        const char *series)
{
  g_autofree char *start = g_strconcat ("\n", series, " ", NULL);
  const char *found = strstr (text, start);

  if (found == NULL)
    g_error ("There is no %s in\n%s", series, text);
  return g_ascii_strtod (found + strlen (start), NULL);
}

static void
parse_with_python (Fixture    *fixture,
                   const char *text)
{
  g_autofree char *file = sandbox_write (&fixture->sandbox, "figures.txt", text, -1);
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "gateway", "parse-metrics.py", NULL);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  const char *argv[] = { "/usr/bin/python3", script, file, NULL };
  int status = 0;

  if (!g_spawn_sync (NULL, (char **)argv, NULL, 0, NULL, NULL, &out, &err, &status, NULL) || (WIFEXITED (status) && WEXITSTATUS (status) == 77))
    {
      g_test_message ("Not read by Prometheus' own parser, which is not installed (python3-prometheus-client)");
      return;
    }
  if (status != 0)
    g_error ("Prometheus' own parser says:\n%s", err);
  g_assert_nonnull (strstr (out, "leyden_http_requests counter\n"));
  g_assert_nonnull (strstr (out, "leyden_http_request_duration_seconds histogram\n"));
  g_assert_nonnull (strstr (out, "process_resident_memory_bytes gauge\n"));
}

/* Whoever adds a figure says in the help what it is. */
static void
check_help (const char *text)
{
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "help", "serve.md", NULL);
  g_autofree char *help = NULL;
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_true (g_file_get_contents (path, &help, NULL, NULL));
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto(GStrv) words = g_strsplit (lines[i], " ", 4);
      g_autofree char *quoted = g_str_has_prefix (lines[i], "# TYPE leyden_") ? g_strdup_printf ("`%s`", words[2]) : NULL;

      if (quoted != NULL && strstr (help, quoted) == NULL)
        g_error ("help/serve.md does not say what %s is", quoted);
    }
}

/* A body that is larger than its route takes is counted, though libmicrohttpd never answers it. */
static void
test_metrics_cut (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(Reply) figures = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *filler = g_strnfill (1024 * 1024, ' ');
  g_autoptr(GString) body = g_string_new (NULL);

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_string_printf (body, "POST /leyden/v1/probe HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n" JSON_TYPE
                         "Transfer-Encoding: chunked\r\n\r\n", fixture->server->key);
  for (guint i = 0; i < 9; i++)
    g_string_append_printf (body, "100000\r\n%s\r\n", filler);
  answer = server_raw (fixture->server, body->str, (gssize)body->len);
  figures = ask (fixture, "GET", "/metrics", NULL);
  g_assert_cmpfloat (figure (figures->body, "leyden_http_requests_total{method=\"POST\",route=\"/leyden/v1/probe\",code=\"413\"}"), ==, 1);
}

/* What dashboards count too: of an agent two rewards that are numbers, of the sample one for each of three rollouts. */
static void
check_dashboard_figures (const char *text)
{
  g_assert_cmpfloat (figure (text, "leyden_rewards_total"), ==, 5);
  g_assert_cmpfloat (figure (text, "leyden_reward_sum"), >=, -1.5);
  g_assert_cmpfloat (figure (text, "leyden_reward_sum"), <=, 1.5);
  g_assert_cmpfloat (figure (text, "leyden_model_cost_total{simulated=\"true\"}"), >=, 0);
  g_assert_cmpfloat (figure (text, "leyden_node_retries_total"), ==, 0);
  g_assert_cmpfloat (figure (text, "leyden_facts_position") + figure (text, "leyden_facts_behind"), <=, figure (text, "leyden_store_position"));
  g_assert_cmpfloat (figure (text, "leyden_mirrors{state=\"connected\"}"), ==, 0);
  g_assert_cmpfloat (figure (text, "leyden_mirror_load_ratio"), ==, 0);
}

static void
test_metrics (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(Reply) reply = NULL;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", "m", NULL);
  misbehaving_server_add_answer (fixture->upstream, "/v1/chat/completions", 200, JSON_TYPE, ANSWER);
  prepare_agent (fixture);
  expect (fixture, "POST", CALL, "{}", 200);
  expect (fixture, "POST", "/api/rollouts/r1/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"reward\":1}}", 200);
  expect (fixture, "POST", "/api/rollouts/r1/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}", 200);
  expect (fixture, "POST", "/api/rollouts/r1/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":-2}}", 200);
  expect (fixture, "POST", "/api/rollouts/r1/attempt/0/events", "{\"event_type\":\"odd \\\"name\\\"\",\"data\":{}}", 200);
  expect (fixture, "PATCH", "/api/rollouts/r1", "{\"status\":{\"state\":\"running\"}}", 200);
  expect (fixture, "PATCH", "/api/rollouts/r1", "{\"status\":{\"state\":\"succeeded\"}}", 200);
  expect (fixture, "GET", "/no/such/place%22", NULL, 404);
  expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r2\",\"input\":{}},{\"rollout_id\":\"r3\",\"input\":{}}]", 201);
  run_sample (fixture);
  expect (fixture, "GET", "/readyz", NULL, 200);

  reply = ask (fixture, "GET", "/metrics", NULL);
  g_assert_cmpstr (leyden_http_request_get_response_header (reply->request, "Content-Type"), ==, "text/plain; version=0.0.4; charset=utf-8");
  parse_with_python (fixture, reply->body);
  check_help (reply->body);
  g_assert_cmpfloat (figure (reply->body, "leyden_http_requests_total{method=\"POST\",route=\"/api/rollouts\",code=\"201\"}"), ==, 2);
  g_assert_cmpfloat (figure (reply->body, "leyden_http_requests_total{method=\"none\",route=\"none\",code=\"404\"}"), ==, 1);
  g_assert_cmpfloat (figure (reply->body, "leyden_http_request_duration_seconds_count{group=\"api\"}"), ==, 9);
  g_assert_cmpfloat (figure (reply->body, "leyden_proxy_calls_total{outcome=\"ok\"}"), ==, 1);
  g_assert_cmpfloat (figure (reply->body, "leyden_proxy_tokens_total{direction=\"input\"}"), ==, 3);
  g_assert_cmpfloat (figure (reply->body, "leyden_proxy_call_duration_seconds_count"), ==, 1);
  g_assert_cmpfloat (figure (reply->body, "leyden_proxy_calls_in_flight"), ==, 0);
  g_assert_cmpfloat (figure (reply->body, "leyden_agl_events_total{type=\"reward\"}"), ==, 3);
  g_assert_cmpfloat (figure (reply->body, "leyden_agl_events_total{type=\"other\"}"), ==, 1);
  g_assert_cmpfloat (figure (reply->body, "leyden_agl_rollouts{state=\"queuing\"}"), ==, 2);
  g_assert_cmpfloat (figure (reply->body, "leyden_agl_rollouts{state=\"running\"}"), ==, 0);
  g_assert_cmpfloat (figure (reply->body, "leyden_rollouts_started_total"), ==, 4);
  g_assert_cmpfloat (figure (reply->body, "leyden_rollouts_finished_total{state=\"succeeded\"}"), ==, 4);
  g_assert_cmpfloat (figure (reply->body, "leyden_model_calls_total{outcome=\"ok\",simulated=\"true\"}"), >, 0);
  g_assert_cmpfloat (figure (reply->body, "leyden_model_tokens_total{direction=\"output\",simulated=\"true\"}"), >, 0);
  check_dashboard_figures (reply->body);
  g_assert_cmpfloat (figure (reply->body, "leyden_runs_active"), ==, 0);
  g_assert_cmpfloat (figure (reply->body, "leyden_store_records_total"), >, 10);
  g_assert_cmpfloat (figure (reply->body, "leyden_store_records_total"), ==, figure (reply->body, "leyden_store_position"));
  g_assert_cmpfloat (figure (reply->body, "leyden_store_bytes{file=\"database\"}"), >, 0);
  g_assert_cmpfloat (figure (reply->body, "leyden_store_write_seconds"), >, 0);
  g_assert_cmpfloat (figure (reply->body, "leyden_disk_free_bytes"), >, 0);
  g_assert_cmpfloat (figure (reply->body, "leyden_ready"), ==, 1);
  g_assert_cmpfloat (figure (reply->body, "process_cpu_seconds_total"), >, 0);
  g_assert_cmpfloat (figure (reply->body, "process_resident_memory_bytes"), >, 1e6);
  g_assert_cmpfloat (figure (reply->body, "process_open_fds"), >, 5);
  /* A name from outside is no label. */
  g_assert_null (strstr (reply->body, "odd"));
  g_assert_null (strstr (reply->body, "place"));
}

static void
test_metrics_key (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *answer = NULL;
  const char *request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  answer = server_raw (fixture->server, request, -1);
  g_assert_cmpuint (raw_status (answer), ==, 401);
}

static gboolean
is_backed_up (gpointer data)
{
  g_autoptr(LeydenValue) state = server_ask (((Fixture *)data)->server, "GET", "/leyden/v1/backups", NULL, NULL);
  LeydenValue *last = leyden_value_get_member (state, "last");

  /* It is done before its drill is. */
  return strcmp (leyden_value_get_member_string (last, "state", ""), "done") == 0 && leyden_value_get_member_int (last, "finished", 0) > 0;
}

static void
test_metrics_backup (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(Reply) before = NULL;
  g_autoptr(Reply) after = NULL;
  guint status;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  before = ask (fixture, "GET", "/metrics", NULL);
  g_assert_cmpfloat (figure (before->body, "leyden_backup_last_timestamp_seconds"), ==, 0);
  leyden_value_unref (server_ask_text (fixture->server, "POST", "/leyden/v1/backups", "{}", &status));
  g_assert_cmpuint (status, <, 300);
  wait_until (is_backed_up, fixture);
  after = ask (fixture, "GET", "/metrics", NULL);
  g_assert_cmpfloat (figure (after->body, "leyden_backup_last_timestamp_seconds"), >, 1.7e9);
  g_assert_cmpfloat (figure (after->body, "leyden_backup_last_sound"), ==, 1);
}

static gboolean
has_ended (gpointer data)
{
  GSubprocess *process = data;

  return g_subprocess_get_identifier (process) == NULL;
}

static gboolean
scrape_cb (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = g_socket_client_connect_to_host (client, "127.0.0.1", fixture->server->port, NULL, NULL);
  g_autofree char *request = g_strdup_printf ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n",
                                              fixture->server->key);
  char byte;

  /* It may just have ended. */
  if (connection != NULL
      && g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request, strlen (request), NULL, NULL, NULL))
    g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), &byte, 1, NULL, NULL);
  return G_SOURCE_CONTINUE;
}

/* A backend that nobody uses ends, though somebody looks at its figures all the time. */
static void
test_metrics_idle (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr(GSubprocess) process = NULL;
  guint timer;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--idle-exit", "1", NULL);
  process = g_object_ref (fixture->server->process);
  expect (fixture, "GET", "/metrics", NULL, 200);
  timer = g_timeout_add (100, scrape_cb, fixture);
  wait_until (has_ended, process);
  g_source_remove (timer);
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  fixture->server = NULL;
}

/* ---- Readiness ---- */

static LeydenValue *
check_of (LeydenValue *ready,
          const char  *name)
{
  return leyden_value_get_member (leyden_value_get_member (ready, "checks"), name);
}

static void
test_ready (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Reply) reply = NULL;
  g_autoptr(LeydenValue) ready = NULL;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  reply = ask (fixture, "GET", "/readyz", NULL);
  ready = leyden_json_parse (reply->body, -1, NULL, NULL);
  g_assert_cmpuint (leyden_http_request_get_status (reply->request), ==, 200);
  g_assert_cmpstr (leyden_value_get_member_string (ready, "status", ""), ==, "ready");
  g_assert_true (leyden_value_get_member_boolean (check_of (ready, "store"), "ok", FALSE));
  g_assert_cmpfloat (leyden_value_get_member_double (check_of (ready, "store"), "write_ms", 0), >, 0);
  g_assert_true (leyden_value_get_member_boolean (check_of (ready, "disk"), "ok", FALSE));
  /* No key is asked: whether there is room, not how much. */
  g_assert_cmpuint (leyden_value_get_size (check_of (ready, "disk")), ==, 1);
  g_assert_true (leyden_value_get_member_boolean (check_of (ready, "loop"), "ok", FALSE));
}

static void
test_disk_full (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(Reply) reply = NULL;
  g_autoptr(LeydenValue) ready = NULL;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--min-free", "1073741824", NULL);
  reply = ask (fixture, "GET", "/readyz", NULL);
  ready = leyden_json_parse (reply->body, -1, NULL, NULL);
  g_assert_cmpuint (leyden_http_request_get_status (reply->request), ==, 503);
  g_assert_cmpstr (leyden_http_request_get_response_header (reply->request, "Retry-After"), ==, "1");
  g_assert_cmpstr (leyden_value_get_member_string (ready, "status", ""), ==, "not ready");
  g_assert_cmpstr (leyden_value_get_member_string (ready, "detail", ""), ==, "The disk is nearly full");
  g_assert_false (leyden_value_get_member_boolean (check_of (ready, "disk"), "ok", TRUE));
  /* It lives, all the same. */
  expect (fixture, "GET", "/healthz", NULL, 200);
}

static void
set_file_limit (Fixture *fixture,
                rlim_t   bytes)
{
  struct rlimit limit = { bytes, RLIM_INFINITY };

  g_assert_cmpint (prlimit ((pid_t)fixture->server->pid, RLIMIT_FSIZE, &limit, NULL), ==, 0);
}

static gboolean
is_ready (gpointer data)
{
  g_autoptr(Reply) reply = ask (data, "GET", "/readyz", NULL);

  return leyden_http_request_get_status (reply->request) == 200;
}

/* Nothing can be written any more: it is not ready, says why, and lives; when something can, it is ready again by itself. */
static void
test_no_writes (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\ntrap '' XFSZ\nexec %s \"$@\"\n", fixture->sandbox.leydenctl);
  g_autofree char *deaf = sandbox_write (&fixture->sandbox, "deaf", script, -1);
  g_autoptr(Reply) reply = NULL;
  g_autoptr(Reply) refused = NULL;
  g_autoptr(LeydenValue) ready = NULL;

  g_assert_cmpint (chmod (deaf, 0700), ==, 0);
  g_free (fixture->sandbox.leydenctl);
  fixture->sandbox.leydenctl = g_strdup (deaf);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":{}}]", 201);
  set_file_limit (fixture, 1);
  reply = ask (fixture, "GET", "/readyz", NULL);
  ready = leyden_json_parse (reply->body, -1, NULL, NULL);
  g_assert_cmpuint (leyden_http_request_get_status (reply->request), ==, 503);
  g_assert_cmpstr (leyden_value_get_member_string (ready, "detail", ""), ==, "The database takes no writes");
  g_assert_false (leyden_value_get_member_boolean (check_of (ready, "store"), "ok", TRUE));
  /* Whoever has no key learns no paths. */
  g_assert_null (strstr (reply->body, fixture->sandbox.root));
  refused = ask (fixture, "POST", "/api/rollouts/r1/attempt/0/events", "{\"event_type\":\"step\",\"data\":{}}");
  g_assert_cmpuint (leyden_http_request_get_status (refused->request), >=, 500);
  expect (fixture, "GET", "/healthz", NULL, 200);
  expect (fixture, "GET", "/api/rollouts/r1", NULL, 200);

  set_file_limit (fixture, RLIM_INFINITY);
  wait_until (is_ready, fixture);
  expect (fixture, "POST", "/api/rollouts/r1/attempt/0/events", "{\"event_type\":\"step\",\"data\":{}}", 200);
}

/* Many who ask at once cost one write, and all are answered. */
static void
test_ready_many (Fixture       *fixture,
                 gconstpointer  data)
{
  Reply *replies[40];
  g_autoptr(Reply) figures = NULL;
  g_autofree char *database = NULL;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (replies); i++)
    replies[i] = ask_async (fixture, "GET", "/readyz", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (replies); i++)
    {
      wait_until (is_done, replies[i]);
      g_assert_cmpuint (leyden_http_request_get_status (replies[i]->request), ==, 200);
      g_assert_cmpstr (replies[i]->body, !=, "");
      reply_free (replies[i]);
    }
}

/* ---- The end ---- */

/* An upstream that answers when it is told to. */
static void
gate_func (GOutputStream *out,
           GCancellable  *stopped,
           gpointer       data)
{
  Gate *gate = data;
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 200 OK\r\n" JSON_TYPE "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", strlen (ANSWER), ANSWER);

  g_mutex_lock (&gate->lock);
  gate->arrived = TRUE;
  g_cond_broadcast (&gate->cond);
  while (!gate->open && !g_cancellable_is_cancelled (stopped))
    g_cond_wait_until (&gate->cond, &gate->lock, g_get_monotonic_time () + 20 * 1000);
  g_mutex_unlock (&gate->lock);
  g_output_stream_write_all (out, answer, strlen (answer), NULL, stopped, NULL);
}

static gboolean
has_arrived (gpointer data)
{
  Gate *gate = data;
  gboolean arrived;

  g_mutex_lock (&gate->lock);
  arrived = gate->arrived;
  g_mutex_unlock (&gate->lock);
  return arrived;
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->open = TRUE;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->lock);
}

static gboolean
is_stopping (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(Reply) reply = ask (fixture, "GET", "/readyz", NULL);
  g_autoptr(LeydenValue) ready = leyden_json_parse (reply->body, -1, NULL, NULL);

  return strcmp (leyden_value_get_member_string (ready, "status", ""), "stopping") == 0
         && leyden_http_request_get_status (reply->request) == 503;
}

/* A call that is under way at SIGTERM gets its answer, which is on disk; what is new is asked to come again; then it ends with 0. */
static void
test_drain (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(Reply) held = NULL;
  g_autoptr(Reply) refused = NULL;
  g_autoptr(Reply) events = NULL;

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", "m", "--drain", "50", NULL);
  misbehaving_server_add_func (fixture->upstream, "/v1/chat/completions", gate_func, &fixture->gate);
  prepare_agent (fixture);
  held = ask_async (fixture, "POST", CALL, "{}", NULL);
  wait_until (has_arrived, &fixture->gate);
  g_subprocess_send_signal (fixture->server->process, SIGTERM);
  wait_until (is_stopping, fixture);
  refused = ask (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r2\",\"input\":{}}]");
  g_assert_cmpuint (leyden_http_request_get_status (refused->request), ==, 503);
  g_assert_cmpstr (leyden_http_request_get_response_header (refused->request, "Retry-After"), ==, "1");
  expect (fixture, "GET", "/healthz", NULL, 200);
  expect (fixture, "GET", "/metrics", NULL, 200);
  g_assert_false (held->done);
  gate_open (&fixture->gate);
  wait_until (is_done, held);
  g_assert_cmpuint (leyden_http_request_get_status (held->request), ==, 200);
  g_assert_cmpint (server_wait (fixture->server), ==, 0);

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", "m", NULL);
  events = ask (fixture, "GET", "/api/rollouts/r1/events", NULL);
  g_assert_nonnull (strstr (events->body, "\"model_request\""));
}

/* Not longer than it may take; and a second signal ends it at once. */
static void
test_drain_limit (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr(Reply) held = NULL;
  gboolean twice = GPOINTER_TO_INT (data);

  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", "m", "--drain", twice ? "600" : "1", NULL);
  misbehaving_server_add_func (fixture->upstream, "/v1/chat/completions", gate_func, &fixture->gate);
  prepare_agent (fixture);
  held = ask_async (fixture, "POST", CALL, "{}", NULL);
  held->may_break = twice;
  wait_until (has_arrived, &fixture->gate);
  g_subprocess_send_signal (fixture->server->process, SIGTERM);
  if (twice)
    {
      wait_until (is_stopping, fixture);
      g_subprocess_send_signal (fixture->server->process, SIGTERM);
    }
  wait_until (is_done, held);
  g_assert_cmpuint (leyden_http_request_get_status (held->request), ==, twice ? 0 : 503);
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  fixture->server = NULL;
}

/* ---- Lines of the log ---- */

/* Names and kinds by the field reference of the Elastic Common Schema 8.11. */
static const struct { const char *name; LeydenValueKind kind; } ecs_fields[] = {
  { "@timestamp", LEYDEN_VALUE_STRING }, { "client.ip", LEYDEN_VALUE_STRING }, { "ecs.version", LEYDEN_VALUE_STRING },
  { "event.category", LEYDEN_VALUE_LIST }, { "event.dataset", LEYDEN_VALUE_STRING }, { "event.duration", LEYDEN_VALUE_NUMBER },
  { "event.kind", LEYDEN_VALUE_STRING }, { "event.outcome", LEYDEN_VALUE_STRING }, { "event.type", LEYDEN_VALUE_LIST },
  { "http.request.method", LEYDEN_VALUE_STRING }, { "http.response.status_code", LEYDEN_VALUE_NUMBER }, { "log.level", LEYDEN_VALUE_STRING },
  { "log.logger", LEYDEN_VALUE_STRING }, { "message", LEYDEN_VALUE_STRING }, { "process.pid", LEYDEN_VALUE_NUMBER },
  { "service.name", LEYDEN_VALUE_STRING }, { "service.version", LEYDEN_VALUE_STRING }, { "trace.id", LEYDEN_VALUE_STRING },
  { "url.path", LEYDEN_VALUE_STRING }, { "user.name", LEYDEN_VALUE_STRING }, { "user.roles", LEYDEN_VALUE_LIST },
};

static void
check_ecs (LeydenValue *line)
{
  static const char * const required[] = { "@timestamp", "log.level", "message", "ecs.version" };

  for (guint i = 0; i < G_N_ELEMENTS (required); i++)
    g_assert_nonnull (leyden_value_get_member (line, required[i]));
  for (guint i = 0; i < leyden_value_get_size (line); i++)
    {
      gboolean known = FALSE;

      for (guint j = 0; j < G_N_ELEMENTS (ecs_fields); j++)
        known = known || (strcmp (ecs_fields[j].name, leyden_value_get_key (line, i)) == 0
                          && ecs_fields[j].kind == leyden_value_get_kind (leyden_value_get_item (line, i)));
      if (!known)
        g_error ("%s is no field of the schema", leyden_value_get_key (line, i));
    }
}

/* Neither the key, nor what stands in a query, nor a secret that the backend knows, wherever it stands. */
static void
test_log (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *secrets = sandbox_write (&fixture->sandbox, "secrets.json", "{\"some\":\"open-sesame-open\"}", -1);
  g_autofree char *text = NULL;
  g_autofree char *key = NULL;
  g_auto(GStrv) lines = NULL;
  LeydenValue *access = NULL;
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  g_autoptr(Reply) reply = NULL;

  g_assert_cmpint (chmod (secrets, 0600), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--log-format", "json", "--log-requests", "all", "--secrets-file", secrets,
                                   NULL);
  key = g_strdup (fixture->server->key);
  reply = ask_async (fixture, "GET", "/leyden/v1/runs?limit=3&key=hidden", NULL, PARENT);
  wait_until (is_done, reply);
  expect (fixture, "GET", "/leyden/v1/runs/%0a%22x", NULL, 400);
  expect (fixture, "GET", "/leyden/v1/runs/open-sesame-open", NULL, 404);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = NULL;

  g_assert_true (g_file_get_contents (fixture->sandbox.said, &text, NULL, NULL));
  g_assert_null (strstr (text, key));
  g_assert_null (strstr (text, "hidden"));
  g_assert_null (strstr (text, "sesame"));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_autoptr(GError) error = NULL;
      LeydenValue *line = leyden_json_parse (lines[i], -1, NULL, &error);

      if (error != NULL)
        g_error ("“%s” is no JSON: %s", lines[i], error->message);
      g_ptr_array_add (values, line);
      check_ecs (line);
      if (strcmp (leyden_value_get_member_string (line, "url.path", ""), "/leyden/v1/runs") == 0)
        access = line;
    }
  g_assert_nonnull (access);
  g_assert_cmpstr (leyden_value_get_member_string (access, "event.dataset", ""), ==, "leyden.access");
  g_assert_cmpstr (leyden_value_get_member_string (access, "http.request.method", ""), ==, "GET");
  g_assert_cmpint (leyden_value_get_member_int (access, "http.response.status_code", 0), ==, leyden_http_request_get_status (reply->request));
  g_assert_cmpint (leyden_value_get_member_int (access, "event.duration", 0), >, 0);
  g_assert_cmpstr (leyden_value_get_member_string (access, "client.ip", ""), ==, "127.0.0.1");
  g_assert_cmpstr (leyden_value_get_member_string (access, "user.name", ""), ==, "owner");
  g_assert_cmpstr (leyden_value_get_member_string (access, "trace.id", ""), ==, "4bf92f3577b34da6a3ce929d0e0e4736");
}

int
main (int    argc,
      char **argv)
{
#define ADD(name, data, func) g_test_add ("/operations/" name, Fixture, data, set_up, func, tear_down)
  g_test_init (&argc, &argv, NULL);
  ADD ("metrics", NULL, test_metrics);
  ADD ("metrics-key", NULL, test_metrics_key);
  ADD ("metrics-cut", NULL, test_metrics_cut);
  ADD ("metrics-idle", NULL, test_metrics_idle);
  ADD ("metrics-backup", NULL, test_metrics_backup);
  ADD ("ready", NULL, test_ready);
  ADD ("ready-many", NULL, test_ready_many);
  ADD ("disk-full", NULL, test_disk_full);
  ADD ("no-writes", NULL, test_no_writes);
  ADD ("drain", NULL, test_drain);
  ADD ("drain-limit", GINT_TO_POINTER (FALSE), test_drain_limit);
  ADD ("drain-twice", GINT_TO_POINTER (TRUE), test_drain_limit);
  ADD ("log", NULL, test_log);
  return g_test_run ();
}
