/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /v1/traces, and what the API shows of what came that way. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-helpers.h"
#include "leyden-json.h"
#include "leyden-otlp.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define ROLLOUT "/leyden/v1/rollouts/otlp-" TRACE
#define JSON "Content-Type: application/json\r\n"
#define PROTOBUF "Content-Type: application/x-protobuf\r\n"
#define GZIP "Content-Encoding: gzip\r\n"
#define ONE_SPAN(ids, name, times, more) "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"planner\"}}]}," \
                                         "\"scopeSpans\":[{\"spans\":[{" ids ",\"name\":\"" name "\"," times more "}]}]}]}"
#define TIMES "\"startTimeUnixNano\":\"1767225600006000000\",\"endTimeUnixNano\":\"1767225600007000000\""

typedef struct
{
  Sandbox  sandbox;
  char    *database;
  Server  *server;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "otlp.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->server != NULL)
    g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

static GBytes *
read_corpus (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "gateway", "corpus-otlp", name, NULL);
  char *text;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  return g_bytes_new_take (text, length);
}

static GBytes *
pack (GBytes *plain)
{
  g_autoptr(GZlibCompressor) zip = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr(GOutputStream) stream = g_converter_output_stream_new (memory, G_CONVERTER (zip));

  g_assert_true (g_output_stream_write_all (stream, g_bytes_get_data (plain, NULL), g_bytes_get_size (plain), NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* The whole answer. @key: NULL for none. */
static char *
post_as (Fixture    *fixture,
         const char *key,
         const char *headers,
         GBytes     *body)
{
  g_autofree char *presented = key != NULL ? g_strdup_printf ("X-API-Key: %s\r\n", key) : g_strdup ("");
  g_autofree char *head = g_strdup_printf ("POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                                           presented, headers, g_bytes_get_size (body));
  g_autoptr(GByteArray) request = g_byte_array_new ();

  g_byte_array_append (request, (const guint8 *)head, (guint)strlen (head));
  g_byte_array_append (request, g_bytes_get_data (body, NULL), (guint)g_bytes_get_size (body));
  return server_raw (fixture->server, (const char *)request->data, request->len);
}

static char *
post (Fixture    *fixture,
      const char *headers,
      GBytes     *body)
{
  return post_as (fixture, fixture->server->key, headers, body);
}

/* The body of an answer that was expected. */
static char *
post_text (Fixture    *fixture,
           const char *text,
           guint       expected)
{
  g_autoptr(GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autofree char *answer = post (fixture, JSON, body);

  g_test_message ("%s", answer);
  g_assert_cmpuint (raw_status (answer), ==, expected);
  return g_strdup (strstr (answer, "\r\n\r\n") + 4);
}

static LeydenValue *
find_run (Fixture *fixture)
{
  g_autoptr(LeydenValue) list = server_expect (fixture->server, 200, "GET", "/leyden/v1/runs?purpose=otlp", NULL);
  LeydenValue *runs = leyden_value_get_member (list, "runs");

  g_assert_cmpuint (leyden_value_get_size (runs), ==, 1);
  return leyden_value_ref (leyden_value_get_item (runs, 0));
}

static void
test_json (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(GBytes) body = read_corpus ("spans.json");
  g_autofree char *answer = post (fixture, JSON, body);
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) rollouts = NULL;
  g_autoptr(LeydenValue) state = NULL;
  g_autoptr(LeydenValue) timeline = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autofree char *path = NULL;
  LeydenValue *row, *call;

  g_assert_cmpuint (raw_status (answer), ==, 200);
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\n{}"));
  run = find_run (fixture);
  g_assert_cmpstr (value_text_at (run, "/title"), ==, "planner");
  g_assert_cmpstr (value_text_at (run, "/state"), ==, "succeeded");
  g_assert_cmpint (leyden_value_get_member_int (run, "n_items", 0), ==, 1);
  path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", value_text_at (run, "/run"));
  rollouts = server_expect (fixture->server, 200, "GET", path, NULL);
  row = value_at (rollouts, "/rollouts/0");
  g_assert_cmpstr (value_text_at (row, "/executor"), ==, "otlp");
  g_assert_cmpstr (value_text_at (row, "/item"), ==, "invoke_agent Planner");
  g_assert_cmpstr (value_text_at (row, "/state"), ==, "succeeded");
  g_assert_cmpint (leyden_value_get_member_int (row, "tokens_in", 0), ==, 1000);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (row, "cost", 0), 0.0045, 1e-9);
  g_assert_cmpfloat (leyden_value_get_member_double (row, "latency_ms", 0), ==, 5);
  g_assert_cmpfloat (leyden_value_get_member_double (row, "reward", 0), ==, 0.25);

  state = server_expect (fixture->server, 200, "GET", ROLLOUT "/state", NULL);
  call = value_at (state, "/nodes/chat gpt-4o/calls/0");
  g_assert_cmpstr (value_text_at (call, "/answer/model"), ==, "gpt-4o");
  g_assert_cmpint (leyden_value_get_member_int (value_at (call, "/answer/usage"), "completion_tokens", 0), ==, 200);
  g_assert_cmpstr (value_text_at (state, "/nodes/execute_tool calculator/state"), ==, "failed");
  g_assert_cmpstr (value_text_at (state, "/nodes/execute_tool calculator/error/message"), ==, "broken");
  timeline = server_expect (fixture->server, 200, "GET", ROLLOUT "/timeline", NULL);
  g_assert_cmpuint (leyden_value_get_size (value_at (timeline, "/spans")), ==, 5);
  g_assert_cmpstr (value_text_at (timeline, "/spans/0/path"), ==, "invoke_agent Planner");

  /* Looked at, but not stepped. */
  debug = server_expect (fixture->server, 200, "GET", ROLLOUT "/debug", NULL);
  g_assert_nonnull (strstr (value_text_at (debug, "/why_not"), "OpenTelemetry"));
  g_assert_cmpuint (leyden_value_get_size (value_at (debug, "/can")), ==, 0);
  leyden_value_unref (server_expect (fixture->server, 409, "POST", ROLLOUT "/debug", "{\"command\":\"pause\"}"));
  leyden_value_unref (server_expect (fixture->server, 409, "POST", ROLLOUT "/fork", "{\"until\":2}"));
}

static gboolean
has_facts (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) info = server_expect (fixture->server, 200, "GET", "/leyden/v1/info", NULL);
  LeydenValue *facts = leyden_value_get_member (info, "facts");

  return leyden_value_get_member_int (facts, "position", 0) > 0
         && leyden_value_get_member_int (facts, "position", 0) == leyden_value_get_member_int (facts, "last", -1);
}

/* To dashboards the program is the flow: it has its name, and can be chosen. */
static void
test_flow (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(GBytes) body = read_corpus ("spans.json");
  g_autofree char *answer = post (fixture, JSON, body);
  g_autoptr(LeydenValue) groups = NULL;
  g_autoptr(LeydenValue) chosen = NULL;

  g_assert_cmpuint (raw_status (answer), ==, 200);
  wait_until (has_facts, fixture);
  groups = server_expect (fixture->server, 200, "POST", "/leyden/v1/insights/query",
                          "{\"queries\":[{\"metric\":\"cost\",\"shape\":\"groups\",\"split\":[\"flow\"],\"from\":0}]}");
  g_assert_cmpstr (value_text_at (groups, "/results/0/series/0/x/0"), ==, "planner");
  g_assert_cmpstr (value_text_at (groups, "/results/0/series/0/keys/0"), ==, "otlp:planner");
  chosen = server_expect (fixture->server, 200, "POST", "/leyden/v1/insights/query",
                          "{\"queries\":[{\"metric\":\"cost\",\"shape\":\"value\",\"filter\":[[\"flow\",\"=\",\"otlp:planner\"]],\"from\":0}]}");
  g_assert_cmpint (leyden_value_get_member_int (value_at (chosen, "/results/0"), "n_points", 0), ==, 1);
}

static void
test_protobuf (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(GBytes) body = read_corpus ("spans.pb");
  g_autoptr(GBytes) packed = pack (body);
  g_autoptr(GBytes) broken = g_bytes_new_from_bytes (body, 0, 100);
  g_autofree char *answer = post (fixture, PROTOBUF GZIP, packed);
  g_autofree char *again = NULL;
  g_autofree char *refused = NULL;
  g_autoptr(LeydenValue) row = NULL;

  if (!leyden_otlp_has_protobuf ())
    {
      g_assert_cmpuint (raw_status (answer), ==, 415);
      return;
    }
  g_assert_cmpuint (raw_status (answer), ==, 200);
  g_assert_nonnull (strstr (answer, "application/x-protobuf"));
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\n"));
  row = server_expect (fixture->server, 200, "GET", ROLLOUT, NULL);
  g_assert_cmpint (leyden_value_get_member_int (value_at (row, "/rollout"), "last_sequence", 0), ==, 13);
  /* Twice is once. */
  again = post (fixture, PROTOBUF, body);
  g_assert_cmpuint (raw_status (again), ==, 200);
  leyden_value_unref (row);
  row = server_expect (fixture->server, 200, "GET", ROLLOUT, NULL);
  g_assert_cmpint (leyden_value_get_member_int (value_at (row, "/rollout"), "last_sequence", 0), ==, 13);
  refused = post (fixture, PROTOBUF, broken);
  g_assert_cmpuint (raw_status (refused), ==, 400);
  g_assert_nonnull (strstr (refused, "not protobuf"));
}

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  static const struct { const char *headers; const char *body; guint status; } cases[] = {
    { "Content-Type: text/plain\r\n", "{}", 415 },
    { "", "{}", 415 },
    { JSON "Content-Encoding: deflate\r\n", "{}", 415 },
    { JSON GZIP, "{}", 400 },
    { JSON, "{", 400 },
    { JSON, "[]", 400 },
    { JSON "Content-Encoding: identity\r\n", "{}", 200 },
    { "Content-Type: application/json; charset=utf-8\r\n", "{\"resourceSpans\":[]}", 200 },
  };
  g_autoptr(GBytes) whole = read_corpus ("spans.json");
  g_autofree guint8 *zeros = g_malloc0 (65 * 1024 * 1024);
  g_autoptr(GBytes) large = g_bytes_new_static (zeros, 65 * 1024 * 1024);
  g_autoptr(GBytes) bomb = pack (large);
  g_autoptr(LeydenValue) made = server_expect (fixture->server, 201, "POST", "/leyden/v1/keys", "{\"name\":\"reader\",\"role\":\"viewer\"}");
  g_autofree char *as_viewer = NULL;
  g_autofree char *as_nobody = NULL;
  g_autofree char *bombed = NULL;
  g_autofree char *part = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GBytes) body = g_bytes_new_static (cases[i].body, strlen (cases[i].body));
      g_autofree char *answer = post (fixture, cases[i].headers, body);

      g_test_message ("%s%s: %s", cases[i].headers, cases[i].body, answer);
      g_assert_cmpuint (raw_status (answer), ==, cases[i].status);
    }
  as_viewer = post_as (fixture, value_text_at (made, "/key"), JSON, whole);
  g_assert_cmpuint (raw_status (as_viewer), ==, 403);
  as_nobody = post_as (fixture, NULL, JSON, whole);
  g_assert_cmpuint (raw_status (as_nobody), ==, 401);
  bombed = post (fixture, JSON GZIP, bomb);
  g_assert_cmpuint (raw_status (bombed), ==, 413);
  part = post_text (fixture, ONE_SPAN ("\"traceId\":\"no\",\"spanId\":\"no\"", "x", TIMES, ""), 200);
  g_assert_nonnull (strstr (part, "\"rejectedSpans\":\"1\""));
  g_assert_nonnull (strstr (part, "\"errorMessage\":\"A trace id"));
}

/* What was acknowledged is there after a kill, and a late span joins it. */
static void
test_kill (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *first = post_text (fixture, ONE_SPAN ("\"traceId\":\"" TRACE "\",\"spanId\":\"00000000000000aa\",\"parentSpanId\":\"00000000000000bb\"", "inner", TIMES, ""), 200);
  g_autofree char *again = NULL;
  g_autofree char *last = NULL;
  g_autoptr(LeydenValue) run = find_run (fixture);
  g_autoptr(LeydenValue) row = NULL;
  g_autoptr(LeydenValue) timeline = NULL;

  g_assert_cmpstr (first, ==, "{}");
  g_assert_cmpstr (value_text_at (run, "/state"), ==, "running");
  g_assert_cmpint (server_end (g_steal_pointer (&fixture->server), SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  row = server_expect (fixture->server, 200, "GET", ROLLOUT, NULL);
  g_assert_cmpstr (value_text_at (row, "/rollout/state"), ==, "running");
  again = post_text (fixture, ONE_SPAN ("\"traceId\":\"" TRACE "\",\"spanId\":\"00000000000000aa\",\"parentSpanId\":\"00000000000000bb\"", "inner", TIMES, ""), 200);
  last = post_text (fixture, ONE_SPAN ("\"traceId\":\"" TRACE "\",\"spanId\":\"00000000000000bb\"", "outer",
                                       "\"startTimeUnixNano\":\"1767225600005000000\",\"endTimeUnixNano\":\"1767225600009000000\"", ""), 200);
  leyden_value_unref (row);
  row = server_expect (fixture->server, 200, "GET", ROLLOUT, NULL);
  g_assert_cmpstr (value_text_at (row, "/rollout/state"), ==, "succeeded");
  g_assert_cmpfloat (leyden_value_get_member_double (value_at (row, "/rollout"), "latency_ms", 0), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (value_at (row, "/rollout"), "last_sequence", 0), ==, 6);
  leyden_value_unref (run);
  run = find_run (fixture);
  g_assert_cmpstr (value_text_at (run, "/state"), ==, "succeeded");
  timeline = server_expect (fixture->server, 200, "GET", ROLLOUT "/timeline", NULL);
  g_assert_cmpint (leyden_value_get_member_int (value_at (timeline, "/spans/1"), "parent", -1), ==, 0);
}

typedef struct
{
  Fixture *fixture;
  gint64   n;
} Wanted;

static gboolean
has_items (gpointer data)
{
  Wanted *wanted = data;
  g_autoptr(LeydenValue) list = server_expect (wanted->fixture->server, 200, "GET", "/leyden/v1/runs?purpose=otlp", NULL);

  return leyden_value_get_member_int (value_at (list, "/runs/0"), "n_items", 0) >= wanted->n;
}

/* A backend that exports to another one: its rollouts stand there, simulated ones as such. To itself: each once, and not over and over. */
static void
test_own_export (Fixture       *fixture,
                 gconstpointer  data)
{
  gboolean to_itself = data != NULL;
  g_autofree char *other = sandbox_path (&fixture->sandbox, "other.db");
  g_autofree char *headers = g_strdup_printf ("Authorization: Bearer %s\n", fixture->server->key);
  g_autofree char *header_file = sandbox_write (&fixture->sandbox, "headers", headers, -1);
  g_autofree char *key_file = sandbox_write (&fixture->sandbox, "key", fixture->server->key, -1);
  g_autofree char *endpoint = server_uri (fixture->server, "/");
  g_autofree char *listen = g_strdup_printf ("127.0.0.1:%u", fixture->server->port);
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) body = NULL;
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) received = NULL;
  g_autoptr(LeydenValue) rollouts = NULL;
  Server *sender;
  Wanted wanted = { fixture, 3 };

  g_assert_cmpint (chmod (header_file, 0600), ==, 0);
  g_assert_cmpint (chmod (key_file, 0600), ==, 0);
  if (to_itself)
    {
      g_assert_cmpint (server_end (g_steal_pointer (&fixture->server), SIGTERM), ==, 0);
      fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--listen", listen, "--key-file", key_file,
                                       "--trace-endpoint", endpoint, "--trace-headers-file", header_file, NULL);
      sender = fixture->server;
    }
  else
    sender = sandbox_serve (&fixture->sandbox, "--database", other, "--trace-endpoint", endpoint, "--trace-headers-file", header_file, NULL);
  sha256 = server_upload (sender, dataset);
  body = sample_run (sha256, 3, "fast", NULL);
  made = server_ask (sender, "POST", "/leyden/v1/runs", body, NULL);
  run = server_wait_run (sender, value_text_at (made, "/run"));
  g_assert_cmpstr (value_text_at (run, "/state"), ==, "succeeded");
  wait_until (has_items, &wanted);
  if (!to_itself)
    g_assert_cmpint (server_end (sender, SIGTERM), ==, 0);
  else
    /* Longer than an export gathers. */
    g_usleep (1500000);
  received = find_run (fixture);
  g_assert_cmpstr (value_text_at (received, "/title"), ==, "leyden");
  g_assert_cmpint (leyden_value_get_member_int (received, "n_items", 0), ==, 3);
  path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", value_text_at (received, "/run"));
  rollouts = server_expect (fixture->server, 200, "GET", path, NULL);
  for (guint i = 0; i < 3; i++)
    {
      LeydenValue *row = leyden_value_get_item (value_at (rollouts, "/rollouts"), i);

      g_assert_cmpstr (value_text_at (row, "/state"), ==, "succeeded");
      g_assert_true (leyden_value_get_member_boolean (row, "simulated", FALSE));
      g_assert_cmpint (leyden_value_get_member_int (row, "tokens_in", 0), >, 0);
      g_assert_cmpfloat (leyden_value_get_member_double (row, "cost", 1), ==, 0);
      g_assert_cmpint (leyden_value_get_kind (leyden_value_get_member (row, "reward")), ==, LEYDEN_VALUE_NUMBER);
    }
}

#define N_TRACES 12000
#define MAX_OPEN 10000

static gboolean
is_bounded (gpointer data)
{
  g_autoptr(LeydenValue) run = find_run (data);

  return leyden_value_get_member_int (leyden_value_get_member (run, "summary"), "running", -1) == MAX_OPEN;
}

/* One request of many traces that nobody ends: all are kept, and only so many stay without an end, also after a restart. */
static void
test_many_traces (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char one_more[] = ONE_SPAN ("\"traceId\":\"" TRACE "\",\"spanId\":\"00000000000000aa\",\"parentSpanId\":\"00000000000000bb\"", "n", TIMES, "");
  g_autoptr(GString) text = g_string_new ("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
                                            "\"value\":{\"stringValue\":\"planner\"}}]},\"scopeSpans\":[{\"spans\":[");
  g_autoptr(LeydenValue) run = NULL;

  for (guint i = 1; i <= N_TRACES; i++)
    g_string_append_printf (text, "%s{\"traceId\":\"%032x\",\"spanId\":\"%016x\",\"parentSpanId\":\"00000000000000ff\",\"name\":\"n\"," TIMES "}", i > 1 ? "," : "", i, i);
  g_string_append (text, "]}]}]}");
  leyden_value_unref (server_expect (fixture->server, 200, "POST", "/v1/traces", text->str));
  wait_until (is_bounded, fixture);
  run = find_run (fixture);
  g_assert_cmpint (leyden_value_get_member_int (run, "n_items", 0), ==, N_TRACES);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (run, "summary"), "succeeded", 0), ==, N_TRACES - MAX_OPEN);
  g_assert_cmpstr (leyden_value_get_member_string (run, "state", ""), ==, "running");

  g_assert_cmpint (server_end (g_steal_pointer (&fixture->server), SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  leyden_value_unref (server_expect (fixture->server, 200, "POST", "/v1/traces", one_more));
  wait_until (is_bounded, fixture);
  leyden_value_unref (run);
  run = find_run (fixture);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (run, "summary"), "succeeded", 0), ==, N_TRACES - MAX_OPEN + 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/otlp-route/json", Fixture, NULL, set_up, test_json, tear_down);
  g_test_add ("/otlp-route/flow", Fixture, NULL, set_up, test_flow, tear_down);
  g_test_add ("/otlp-route/protobuf", Fixture, NULL, set_up, test_protobuf, tear_down);
  g_test_add ("/otlp-route/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  g_test_add ("/otlp-route/kill", Fixture, NULL, set_up, test_kill, tear_down);
  g_test_add ("/otlp-route/many-traces", Fixture, NULL, set_up, test_many_traces, tear_down);
  g_test_add ("/otlp-route/own-export", Fixture, NULL, set_up, test_own_export, tear_down);
  g_test_add ("/otlp-route/own-export-to-itself", Fixture, "itself", set_up, test_own_export, tear_down);
  return g_test_run ();
}
