/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments over HTTP, against `leydenctl serve`. */
#include <math.h>
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-http-client.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox sandbox;
  char   *database;
  Server *server;
  char   *sha256;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "runs.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  fixture->sha256 = server_upload (fixture->server, dataset);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->server != NULL)
    g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->sha256);
}

static void
restart (Fixture *fixture,
         int      signal_number,
         int      status)
{
  g_assert_cmpint (server_end (fixture->server, signal_number), ==, status);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

typedef struct
{
  const char *optimizer;
  int         budget;
  const char *pace;
  const char *client_id;                /* nullable */
  gboolean    fresh;
} Request;

static LeydenValue *
make_request (Fixture       *fixture,
              const Request *request)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) flow = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  flow = leyden_json_parse (text, -1, NULL, NULL);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "flow", flow);
  leyden_value_builder_key (&b, "dataset");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "sha256", fixture->sha256);
  leyden_value_builder_set_string (&b, "name", "arithmetic.jsonl");
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "optimizer", request->optimizer);
  leyden_value_builder_set_int (&b, "budget", request->budget);
  leyden_value_builder_set_int (&b, "seed", 7);
  leyden_value_builder_set_int (&b, "concurrency", 500);
  leyden_value_builder_set_string (&b, "pace", request->pace);
  if (request->client_id != NULL)
    leyden_value_builder_set_string (&b, "client_id", request->client_id);
  if (request->fresh)
    leyden_value_builder_set_boolean (&b, "fresh", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
begin (Fixture       *fixture,
       const Request *request)
{
  g_autoptr(LeydenValue) body = make_request (fixture, request);
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  answer = server_ask (fixture->server, "POST", "/leyden/v1/experiments", body, &status);
  g_assert_cmpint (status, ==, 201);
  g_assert_cmpuint (strlen (leyden_value_get_member_string (answer, "experiment", "")), ==, 32);
  return g_strdup (leyden_value_get_member_string (answer, "experiment", NULL));
}

static LeydenValue *
ask (Fixture    *fixture,
     const char *method,
     const char *experiment,
     const char *rest,
     const char *body,
     guint       expected)
{
  g_autofree char *path = g_strconcat ("/leyden/v1/experiments/", experiment, rest, NULL);
  LeydenValue *answer;
  guint status;

  answer = body != NULL ? server_ask_text (fixture->server, method, path, body, &status)
                        : server_ask (fixture->server, method, path, NULL, &status);
  if (status != expected)
    g_error ("%s %s gave %u, not %u", method, path, status, expected);
  return answer;
}

static void
order (Fixture    *fixture,
       const char *experiment,
       const char *what,
       const char *body,
       guint       expected)
{
  g_autofree char *rest = g_strconcat ("/", what, NULL);
  g_autoptr(LeydenValue) answer = ask (fixture, "POST", experiment, rest, body, expected);

  g_assert_nonnull (answer);
}

typedef struct
{
  Fixture    *fixture;
  const char *experiment;
  const char *state;                    /* NULL: any end */
  gint64      task_calls;
} Wait;

static gboolean
is_there (gpointer data)
{
  Wait *wait = data;
  /* Asked often enough, and leaving the processor to those who work. */
  g_autoptr(LeydenValue) snapshot = (g_usleep (20000), ask (wait->fixture, "GET", wait->experiment, "", NULL, 200));
  const char *state = leyden_value_get_member_string (snapshot, "state", "");

  if (wait->state != NULL)
    return strcmp (state, wait->state) == 0;
  if (wait->task_calls > 0)
    return leyden_value_get_member_int (leyden_value_get_member (snapshot, "spent"), "task_calls", 0) >= wait->task_calls;
  return strcmp (state, "finished") == 0 || strcmp (state, "failed") == 0 || strcmp (state, "stopped") == 0;
}

static LeydenValue *
wait_end (Fixture    *fixture,
          const char *experiment)
{
  Wait wait = { fixture, experiment, NULL, 0 };

  wait_until (is_there, &wait);
  return ask (fixture, "GET", experiment, "", NULL, 200);
}

static void
assert_whole (LeydenValue *snapshot)
{
  static const char * const members[] = {
    "experiment", "state", "optimizer", "title", "flow", "dataset", "seed", "created_ns", "finished_ns", "simulated", "reproducible", "budget",
    "spent", "splits", "planned", "slots", "baseline", "best", "curve", "candidates", "proposals", "verdict",
  };
  LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_assert_nonnull (leyden_value_get_member (snapshot, members[i]));
  g_assert_cmpstr (leyden_value_get_member_string (snapshot, "state", ""), ==, "finished");
  g_assert_true (leyden_value_get_member_boolean (snapshot, "simulated", FALSE));
  g_assert_nonnull (leyden_value_get_member_string (verdict, "sentence", NULL));
  /* A small budget tests on fewer. */
  g_assert_cmpint (leyden_value_get_member_int (verdict, "n", 0), >, 10);
  g_assert_cmpint (leyden_value_get_member_int (verdict, "n", 0), <=,
                   leyden_value_get_member_int (leyden_value_get_member (snapshot, "splits"), "test", -1));
}

static LeydenValue *
find_row (Fixture    *fixture,
          const char *experiment)
{
  g_autoptr(LeydenValue) list = server_ask (fixture->server, "GET", "/leyden/v1/experiments?limit=100", NULL, NULL);
  LeydenValue *rows = leyden_value_get_member (list, "experiments");

  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (rows, i), "experiment", NULL), experiment) == 0)
      return leyden_value_ref (leyden_value_get_item (rows, i));
  return NULL;
}

static void
assert_grid (Fixture     *fixture,
             LeydenValue *snapshot)
{
  const char *experiment = leyden_value_get_member_string (snapshot, "experiment", "");
  const char *baseline = leyden_value_get_member_string (snapshot, "baseline", "");
  const char *best = leyden_value_get_member_string (snapshot, "best", "");
  LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");
  g_autofree char *query = g_strdup_printf ("/grid?a=%s&b=%s&split=test", baseline, best);
  g_autoptr(LeydenValue) grid = ask (fixture, "GET", experiment, query, NULL, 200);
  LeydenValue *items = leyden_value_get_member (grid, "items");
  gint64 won = 0;
  gint64 lost = 0;

  for (guint i = 0; i < leyden_value_get_size (items); i++)
    {
      LeydenValue *item = leyden_value_get_item (items, i);
      const char *outcome = leyden_value_get_member_string (item, "outcome", "");
      LeydenValue *side = leyden_value_get_member (item, "b");

      g_assert_cmpstr (leyden_value_get_member_string (item, "split", ""), ==, "test");
      g_assert_true (isfinite (leyden_value_get_member_double (side, "reward", NAN)));
      g_assert_nonnull (leyden_value_get_member_string (side, "rollout", NULL));
      won += strcmp (outcome, "won") == 0;
      lost += strcmp (outcome, "lost") == 0;
    }
  g_assert_cmpuint (leyden_value_get_size (items), ==, leyden_value_get_member_int (verdict, "n", 0));
  g_assert_cmpint (won, ==, leyden_value_get_member_int (verdict, "won", -1));
  g_assert_cmpint (lost, ==, leyden_value_get_member_int (verdict, "lost", -1));
}

static void
test_whole (Fixture       *fixture,
            gconstpointer  data)
{
  Request request = { "halving", 400, "fast", NULL, FALSE };
  g_autofree char *id = begin (fixture, &request);
  g_autoptr(LeydenValue) snapshot = wait_end (fixture, id);
  g_autoptr(LeydenValue) row = find_row (fixture, id);
  g_autoptr(LeydenValue) info = NULL;
  g_autoptr(LeydenValue) later = NULL;
  g_autoptr(LeydenValue) unknown = NULL;
  g_autofree char *nobody = NULL;

  assert_whole (snapshot);
  g_assert_cmpstr (leyden_value_get_member_string (row, "state", ""), ==, "finished");
  g_assert_cmpstr (leyden_value_get_member_string (row, "optimizer", ""), ==, "halving");
  g_assert_cmpstr (leyden_value_get_member_string (row, "sentence", ""), ==,
                   leyden_value_get_member_string (leyden_value_get_member (snapshot, "verdict"), "sentence", NULL));
  g_assert_cmpfloat (leyden_value_get_member_double (row, "mean", NAN), >=, leyden_value_get_member_double (row, "baseline_mean", NAN));
  assert_grid (fixture, snapshot);
  nobody = g_strdup_printf ("/grid?a=%s&b=0123456789abcdef", leyden_value_get_member_string (snapshot, "baseline", ""));
  unknown = ask (fixture, "GET", id, nobody, NULL, 404);

  /* The same after a restart, where it is only read. */
  restart (fixture, SIGTERM, 0);
  info = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, NULL);
  g_assert_cmpint (leyden_value_get_member_int (info, "active_experiments", -1), ==, 0);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (info, "resumed_experiments")), ==, 0);
  later = ask (fixture, "GET", id, "", NULL, 200);
  g_assert_true (leyden_value_equal (leyden_value_get_member (later, "verdict"), leyden_value_get_member (snapshot, "verdict")));
  g_assert_true (leyden_value_equal (leyden_value_get_member (later, "candidates"), leyden_value_get_member (snapshot, "candidates")));
  assert_grid (fixture, later);
  assert_grid (fixture, later);
}

/* A lost answer, twenty times at once, and once more after a restart: one experiment. */
static void
test_idempotent (Fixture       *fixture,
                 gconstpointer  data)
{
  Request request = { "halving", 200, "fast", "press-1", FALSE };
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autoptr(LeydenValue) body = make_request (fixture, &request);
  g_autoptr(LeydenValue) again = NULL;
  g_autofree char *uri = server_uri (fixture->server, "/leyden/v1/experiments");
  GAsyncResult *results[20] = { NULL };
  LeydenHttpRequest *requests[20];
  g_autofree char *first = NULL;
  guint n_created = 0;
  guint status;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      requests[i] = leyden_http_request_new ("POST", uri);
      leyden_http_request_set_bearer (requests[i], fixture->server->key);
      leyden_http_request_set_json (requests[i], body);
      leyden_http_client_send_async (client, requests[i], NULL, spin_result_cb, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(GBytes) answer = NULL;
      g_autoptr(LeydenValue) row = NULL;
      g_autoptr(GError) error = NULL;
      const char *id;

      spin (&results[i]);
      answer = leyden_http_client_send_finish (client, results[i], &error);
      g_assert_no_error (error);
      n_created += leyden_http_request_get_status (requests[i]) == 201;
      row = leyden_json_parse_bytes (answer, NULL, NULL);
      id = leyden_value_get_member_string (row, "experiment", NULL);
      if (first == NULL)
        first = g_strdup (id);
      g_assert_cmpstr (id, ==, first);
      g_object_unref (results[i]);
      g_object_unref (requests[i]);
    }
  g_assert_cmpuint (n_created, ==, 1);
  restart (fixture, SIGTERM, 0);
  again = server_ask (fixture->server, "POST", "/leyden/v1/experiments", body, &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_cmpstr (leyden_value_get_member_string (again, "experiment", ""), ==, first);
}

static void
assert_same_end (LeydenValue *a,
                 LeydenValue *b)
{
  static const char * const members[] = { "verdict", "best", "baseline", "curve", "proposals", "candidates" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (!leyden_value_equal (leyden_value_get_member (a, members[i]), leyden_value_get_member (b, members[i])))
      {
        g_autofree char *left = leyden_json_write (leyden_value_get_member (a, members[i]), LEYDEN_JSON_COMPACT);
        g_autofree char *right = leyden_json_write (leyden_value_get_member (b, members[i]), LEYDEN_JSON_COMPACT);

        g_error ("%s differs:\n%s\n%s", members[i], left, right);
      }
}

/* Killed in the middle, twice: it goes on by itself and ends as an undisturbed one does. */
static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  Request request = { "halving", 160, "real", NULL, TRUE };
  g_autofree char *id = begin (fixture, &request);
  g_autofree char *undisturbed = NULL;
  g_autoptr(LeydenValue) info = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) other = NULL;
  LeydenValue *resumed;
  Wait wait = { fixture, id, NULL, 20 };

  wait_until (is_there, &wait);
  restart (fixture, SIGKILL, 128 + SIGKILL);
  info = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, NULL);
  resumed = leyden_value_get_member (info, "resumed_experiments");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (resumed, 0), NULL), ==, id);
  wait.task_calls = 50;
  wait_until (is_there, &wait);
  restart (fixture, SIGKILL, 128 + SIGKILL);
  ended = wait_end (fixture, id);
  assert_whole (ended);
  request.pace = "fast";
  undisturbed = begin (fixture, &request);
  other = wait_end (fixture, undisturbed);
  assert_same_end (ended, other);
  assert_grid (fixture, ended);
}

/* ---- Events ---- */

typedef struct
{
  guint        n_snapshots;
  gboolean     ended;
  LeydenValue *last;
} Listener;

static gboolean
event_cb (const char *event,
          const char *data,
          gsize       length,
          const char *id,
          gpointer    user_data)
{
  Listener *listener = user_data;
  g_autoptr(LeydenValue) value = leyden_json_parse (data, (gssize)length, NULL, NULL);

  g_assert_nonnull (value);
  listener->ended |= strcmp (event, "end") == 0;
  if (strcmp (event, "snapshot") != 0)
    return TRUE;
  listener->n_snapshots++;
  g_clear_pointer (&listener->last, leyden_value_unref);
  listener->last = g_steal_pointer (&value);
  return TRUE;
}

static void
listen_to (Fixture    *fixture,
           const char *experiment,
           const char *last_event,
           Listener   *listener)
{
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autofree char *path = g_strdup_printf ("/leyden/v1/experiments/%s/events", experiment);
  g_autofree char *uri = server_uri (fixture->server, path);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uri);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) body = NULL;

  leyden_http_request_set_bearer (request, fixture->server->key);
  leyden_http_request_set_header (request, "Accept", "text/event-stream");
  if (last_event != NULL)
    leyden_http_request_set_header (request, "Last-Event-ID", last_event);
  leyden_http_client_stream_async (client, request, event_cb, listener, NULL, spin_result_cb, &result);
  spin (&result);
  leyden_http_client_stream_finish (client, result, &body, NULL);
}

static void
test_events (Fixture       *fixture,
             gconstpointer  data)
{
  Request request = { "halving", 100, "real", NULL, FALSE };
  g_autofree char *id = begin (fixture, &request);
  Listener live = { 0 };
  Listener late = { 0 };

  listen_to (fixture, id, NULL, &live);
  g_assert_true (live.ended);
  g_assert_cmpuint (live.n_snapshots, >=, 3);
  g_assert_cmpstr (leyden_value_get_member_string (live.last, "state", ""), ==, "finished");
  /* Whatever the position says, the present snapshot is all there is to know. */
  listen_to (fixture, id, "nonsense", &late);
  g_assert_true (late.ended);
  g_assert_cmpuint (late.n_snapshots, ==, 1);
  g_assert_true (leyden_value_equal (leyden_value_get_member (live.last, "verdict"), leyden_value_get_member (late.last, "verdict")));
  g_clear_pointer (&live.last, leyden_value_unref);
  g_clear_pointer (&late.last, leyden_value_unref);
}

static gboolean
row_cb (const char *event,
        const char *data,
        gsize       length,
        const char *id,
        gpointer    user_data)
{
  GString *states = user_data;
  g_autoptr(LeydenValue) value = leyden_json_parse (data, (gssize)length, NULL, NULL);
  const char *state = leyden_value_get_member_string (value, "state", "");

  if (strcmp (event, "experiment") != 0)
    return TRUE;
  g_string_append_printf (states, "%s ", state);
  return strcmp (state, "finished") != 0;
}

/* The list hears of each state once. */
static void
test_list_events (Fixture       *fixture,
                  gconstpointer  data)
{
  Request request = { "halving", 100, "fast", NULL, FALSE };
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autofree char *uri = server_uri (fixture->server, "/leyden/v1/events");
  g_autoptr(LeydenHttpRequest) stream = leyden_http_request_new ("GET", uri);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) body = NULL;
  g_autoptr(GString) states = g_string_new (NULL);
  g_autofree char *id = NULL;

  leyden_http_request_set_bearer (stream, fixture->server->key);
  leyden_http_request_set_header (stream, "Accept", "text/event-stream");
  leyden_http_client_stream_async (client, stream, row_cb, states, NULL, spin_result_cb, &result);
  id = begin (fixture, &request);
  spin (&result);
  leyden_http_client_stream_finish (client, result, &body, NULL);
  /* The stream may open behind the beginning, but not behind the end. */
  g_assert_true (g_str_equal (states->str, "running finished ") || g_str_equal (states->str, "finished "));
}

/* ---- Orders ---- */

static gboolean
nothing_is_active (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) info = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, NULL);

  return leyden_value_get_member_int (info, "active_experiments", -1) == 0;
}

static void
test_orders (Fixture       *fixture,
             gconstpointer  data)
{
  Request request = { "halving", 600, "real", NULL, FALSE };
  g_autofree char *id = begin (fixture, &request);
  g_autoptr(LeydenValue) ended = NULL;
  Wait wait = { fixture, id, NULL, 5 };

  wait_until (is_there, &wait);
  order (fixture, id, "resume", "{}", 409);
  order (fixture, id, "pause", "{}", 202);
  wait.state = "paused";
  wait_until (is_there, &wait);
  order (fixture, id, "pause", "{}", 409);

  /* A pause outlives the backend, and does not keep it. */
  restart (fixture, SIGTERM, 0);
  wait_until (is_there, &wait);
  wait_until (nothing_is_active, fixture);
  order (fixture, id, "resume", "{}", 202);
  wait.state = "running";
  wait_until (is_there, &wait);
  order (fixture, id, "stop", "{\"with_test\": 1}", 422);
  order (fixture, id, "stop", "{\"with_test\": false}", 202);
  ended = wait_end (fixture, id);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "stopped");
  order (fixture, id, "stop", "{}", 409);
  order (fixture, id, "pause", "", 409);
  order (fixture, id, "resume", "{}", 409);
}

/* Stopped early, the best so far is still tested. */
static void
test_stop_tests (Fixture       *fixture,
                 gconstpointer  data)
{
  Request request = { "halving", 600, "real", NULL, FALSE };
  g_autofree char *id = begin (fixture, &request);
  g_autoptr(LeydenValue) ended = NULL;
  Wait wait = { fixture, id, NULL, 30 };

  wait_until (is_there, &wait);
  order (fixture, id, "stop", "", 202);
  ended = wait_end (fixture, id);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "stopped");
  g_assert_false (leyden_value_is_null (leyden_value_get_member (ended, "verdict")));
}

/* ---- Refusals ---- */

static void
test_unknown (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct { const char *method, *rest; } asks[] = {
    { "GET", "" }, { "GET", "/events" }, { "GET", "/grid?a=0123456789abcdef&b=0123456789abcdef" },
    { "POST", "/pause" }, { "POST", "/resume" }, { "POST", "/stop" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_autoptr(LeydenValue) answer = ask (fixture, asks[i].method, "0123456789abcdef0123456789abcdef", asks[i].rest, NULL, 404);

      g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
    }
}

/* Replaces one member of a good request. */
static void
assert_refused (Fixture    *fixture,
                const char *member,
                const char *json,
                guint       expected)
{
  Request request = { "halving", 100, "fast", NULL, FALSE };
  g_autoptr(LeydenValue) good = make_request (fixture, &request);
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  g_autoptr(LeydenValue) body = leyden_value_with_member (good, member, value);
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  answer = server_ask (fixture->server, "POST", "/leyden/v1/experiments", body, &status);
  if (status != expected)
    g_error ("%s: %s gave %u: %s", member, json, status, leyden_value_get_member_string (answer, "detail", ""));
  g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
}

static void
test_hostile_bodies (Fixture       *fixture,
                     gconstpointer  data)
{
  static const struct { const char *member, *json; guint status; } cases[] = {
    { "flow", "7", 422 }, { "flow", "{}", 422 }, { "flow", "{\"leyden\": 99, \"id\": \"x\"}", 422 }, { "flow", "null", 422 },
    { "dataset", "null", 422 }, { "dataset", "[]", 422 }, { "dataset", "{\"sha256\": \"../../etc/passwd\"}", 422 },
    { "dataset", "{\"sha256\": \"0000000000000000000000000000000000000000000000000000000000000000\"}", 409 },
    { "input", "{}", 422 },
    { "optimizer", "\"gradient descent\"", 422 }, { "optimizer", "{}", 422 }, { "optimizer", "\"\"", 422 },
    { "budget", "0", 422 }, { "budget", "-5", 422 }, { "budget", "1e30", 422 }, { "budget", "\"many\"", 422 },
    { "budget", "{\"task_calls\": 0}", 422 }, { "budget", "{\"cost\": -1}", 422 }, { "budget", "{\"tokens\": \"x\"}", 422 },
    /* What would be read as no limit at all is no limit that anybody set. */
    { "budget", "{\"tokens\": 0}", 422 }, { "budget", "{\"tokens\": 0.5}", 422 }, { "budget", "{\"tokens\": 1e30}", 422 },
    { "budget", "{\"cost\": 0}", 422 }, { "budget", "{\"wall_s\": 0}", 422 },
    { "seed", "-1", 422 }, { "seed", "1.5", 422 }, { "concurrency", "0", 422 }, { "concurrency", "1000000", 422 },
    { "pace", "\"warp\"", 422 }, { "deadline_s", "0", 422 }, { "failure_reward", "2", 422 },
    { "title", "{}", 422 }, { "client_id", "\"\"", 422 }, { "client_id", "[]", 422 },
    { "model", "{\"endpoint\": \"nowhere\"}", 422 }, { "model", "\"simulated\"", 422 },
    { "optimizer_model", "{\"endpoint\": \"nowhere\"}", 422 },
  };
  static const char * const texts[] = { "", "[]", "{", "{\"flow\": {}, \"flow\": {}}", "nil", "\xff", "{\"budget\": 1e999}" };
  g_autoptr(LeydenValue) list = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (fixture, cases[i].member, cases[i].json, cases[i].status);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(LeydenValue) answer = NULL;
      guint status;

      answer = server_ask_text (fixture->server, "POST", "/leyden/v1/experiments", texts[i], &status);
      g_assert_true (status == 422 || status == 400 || status == 415);
    }
  list = server_ask (fixture->server, "GET", "/leyden/v1/experiments", NULL, NULL);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (list, "experiments")), ==, 0);
}

static void
test_hostile_queries (Fixture       *fixture,
                      gconstpointer  data)
{
  static const char * const grids[] = {
    "/grid", "/grid?a=0123456789abcdef", "/grid?a=0123456789abcdef&b=../..", "/grid?a=0123456789ABCDEF&b=0123456789abcdef",
    "/grid?a=0123456789abcdef&b=0123456789abcdef&split=all", "/grid?a=0123456789abcdef&a=0123456789abcdef&b=0123456789abcdef",
  };
  static const char * const lists[] = { "?limit=0", "?limit=x", "?limit=1001", "?limit=1&limit=2" };
  guint status;

  for (guint i = 0; i < G_N_ELEMENTS (grids); i++)
    {
      g_autoptr(LeydenValue) answer = ask (fixture, "GET", "0123456789abcdef0123456789abcdef", grids[i], NULL, 422);
    }
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autofree char *path = g_strconcat ("/leyden/v1/experiments", lists[i], NULL);
      g_autoptr(LeydenValue) answer = server_ask (fixture->server, "GET", path, NULL, &status);

      g_assert_cmpint (status, ==, 422);
    }
}

/* A flow in which nothing may change is refused before anything is kept of it. */
static void
test_nothing_to_train (Fixture       *fixture,
                       gconstpointer  data)
{
  assert_refused (fixture, "flow",
                  "{\"leyden\": 1, \"id\": \"f\", \"nodes\": [{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": "
                  "[{\"name\": \"question\", \"type\": \"text\"}]}}, {\"id\": \"out\", \"type\": \"output\"}], \"edges\": "
                  "[{\"id\": \"e\", \"from\": [\"in\", \"question\"], \"to\": [\"out\", \"value\"]}]}", 422);
}

/* A backend that ends by itself stays while it trains. */
static void
test_idle_exit (Fixture       *fixture,
                gconstpointer  data)
{
  Request request = { "halving", 80, "real", NULL, FALSE };
  g_autofree char *id = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  gint64 begun;
  guint status;

  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--idle-exit", "1", NULL);
  begun = g_get_monotonic_time ();
  id = begin (fixture, &request);
  refused = server_ask_text (fixture->server, "POST", "/leyden/v1/shutdown", "{\"if_idle\": true}", &status);
  g_assert_cmpint (status, ==, 409);
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  g_test_message ("the backend stayed %.1f s", (double)(g_get_monotonic_time () - begun) / G_USEC_PER_SEC);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  ended = ask (fixture, "GET", id, "", NULL, 200);
  assert_whole (ended);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/gateway/experiments/whole", test_whole);
  ADD ("/gateway/experiments/idempotent", test_idempotent);
  ADD ("/gateway/experiments/killed", test_killed);
  ADD ("/gateway/experiments/events", test_events);
  ADD ("/gateway/experiments/list-events", test_list_events);
  ADD ("/gateway/experiments/orders", test_orders);
  ADD ("/gateway/experiments/stop-tests", test_stop_tests);
  ADD ("/gateway/experiments/unknown", test_unknown);
  ADD ("/gateway/experiments/hostile-bodies", test_hostile_bodies);
  ADD ("/gateway/experiments/hostile-queries", test_hostile_queries);
  ADD ("/gateway/experiments/nothing-to-train", test_nothing_to_train);
  ADD ("/gateway/experiments/idle-exit", test_idle_exit);
  return g_test_run ();
}
