/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flow with two models and a judge, of which one node is trained by the cluster: its calls go by the proxy's rules and are what a trainer
 * sees; the others keep their endpoint and parameters and stay unseen. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"
#include "misbehaving-server.h"

#define MODEL "trained-model"
#define TRAINED "{\"id\":\"c1\",\"model\":\"" MODEL "\",\"prompt_token_ids\":[1,2,3],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\"," \
                "\"content\":\"forty-two\"},\"finish_reason\":\"stop\",\"token_ids\":[7,8],\"logprobs\":{\"content\":[{\"token\":\"a\"," \
                "\"logprob\":-0.5},{\"token\":\"b\",\"logprob\":-0.25}]}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}"
#define OTHER(text) "{\"id\":\"o\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" text "\"}," \
                    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}"
#define VERDICT OTHER ("{\\\"reason\\\": \\\"it is right\\\", \\\"score\\\": 1}")
#define ROWS "{\"question\":\"six times seven\",\"answer\":\"42\",\"split\":\"train\"}\n"

typedef struct
{
  Sandbox            sandbox;
  char              *database;
  Server            *server;
  MisbehavingServer *trained;
  MisbehavingServer *other;
} Fixture;

static void
start_server (Fixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--proxy-model", MODEL, "--train-temperature", "1",
                                   "--val-temperature", "0.5", NULL);
}

static void
expect (Fixture    *fixture,
        const char *method,
        const char *path,
        const char *body,
        guint       expected)
{
  guint status;
  g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, method, path, body, &status);

  g_assert_cmpint (status, ==, expected);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *uri = NULL;
  g_autofree char *endpoint = NULL;

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "policy.db");
  start_server (fixture);
  fixture->trained = misbehaving_server_new ();
  fixture->other = misbehaving_server_new ();
  uri = misbehaving_server_dup_uri (fixture->other, "/v1");
  endpoint = g_strdup_printf ("{\"title\":\"Other\",\"base_uri\":\"%s\",\"wire\":\"openai\"}", uri);
  expect (fixture, "PUT", "/leyden/v1/endpoints/other", endpoint, 200);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  misbehaving_server_free (fixture->trained);
  misbehaving_server_free (fixture->other);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* The trainer says which model it trains. */
static void
add_trained (Fixture *fixture)
{
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->trained, "/v1");
  g_autofree char *body = g_strdup_printf ("[{\"model\":\"" MODEL "\",\"endpoint\":\"%s\",\"version\":3}]", uri);

  expect (fixture, "POST", "/api/models", body, 201);
}

/* Answers of the model that gives a hint and of the judge, in their order. */
static void
script_other (Fixture *fixture)
{
  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", OTHER ("try six"));
  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", VERDICT);
}

static char *
begin_run_limited (Fixture *fixture,
                   guint    limit_s)
{
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "tests", "gateway", "two-models.leyden", NULL);
  g_autofree char *rows = sandbox_write (&fixture->sandbox, "rows.jsonl", ROWS, -1);
  g_autofree char *sha256 = server_upload (fixture->server, rows);
  g_autofree char *text = NULL;
  g_auto(GStrv) parts = NULL;
  g_autofree char *flow = NULL;
  g_autofree char *body = NULL;
  g_autoptr(LeydenValue) run = NULL;
  guint status;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  parts = g_strsplit (text, "\"policy\": true", 2);
  g_assert_cmpint (g_strv_length (parts), ==, 2);
  flow = g_strdup_printf ("%s\"policy\": true, \"timeout_s\": %u%s", parts[0], limit_s, parts[1]);
  body = g_strdup_printf ("{\"flow\":%s,\"dataset\":{\"sha256\":\"%s\",\"name\":\"rows.jsonl\",\"format\":\"jsonl\"}}", flow, sha256);
  run = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpint (status, ==, 201);
  return g_strdup (leyden_value_get_member_string (run, "run", NULL));
}

static char *
begin_run (Fixture *fixture)
{
  return begin_run_limited (fixture, 120);
}

/* Of its only rollout. */
static LeydenValue *
get_rollout (Fixture    *fixture,
             const char *run)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", run);
  g_autoptr(LeydenValue) answer = server_ask (fixture->server, "GET", path, NULL, NULL);
  LeydenValue *rollouts = leyden_value_get_member (answer, "rollouts");

  g_assert_cmpint (leyden_value_get_size (rollouts), ==, 1);
  return leyden_value_ref (leyden_value_get_item (rollouts, 0));
}

static LeydenValue *
get_events (Fixture    *fixture,
            const char *run,
            const char *query)
{
  g_autoptr(LeydenValue) rollout = get_rollout (fixture, run);
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/events%s", leyden_value_get_member_string (rollout, "rollout", ""), query);
  guint status;
  LeydenValue *events = server_ask (fixture->server, "GET", path, NULL, &status);

  g_assert_cmpint (status, ==, 200);
  return events;
}

static char *
write_data (LeydenValue *events,
            guint        i)
{
  return leyden_json_write (leyden_value_get_member (leyden_value_get_item (events, i), "data"), LEYDEN_JSON_COMPACT);
}

static LeydenValue *
parse_body (const char *request)
{
  const char *body = strstr (request, "\r\n\r\n");
  LeydenValue *value = body != NULL ? leyden_json_parse (body + 4, -1, NULL, NULL) : NULL;

  g_assert_nonnull (value);
  return value;
}

static void
assert_text (LeydenValue *object,
             const char  *key,
             const char  *expected)
{
  g_autofree char *text = leyden_json_write (leyden_value_get_member (object, key), LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (text, ==, expected);
}

/* ---- The tests ---- */

static void
test_only_policy (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char * const models[] = { "\"other-model\"", "\"judge-model\"" };
  static const char * const temperatures[] = { "0.25", "0" };
  g_autofree char *run = NULL;
  g_autofree char *asked = NULL;
  g_autofree char *triplet = NULL;
  g_autofree char *reward = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) triplets = NULL;
  g_autoptr(LeydenValue) events = NULL;
  g_autoptr(LeydenValue) listed = NULL;
  g_autoptr(LeydenValue) body = NULL;
  LeydenValue *call;

  add_trained (fixture);
  script_other (fixture);
  misbehaving_server_add_answer (fixture->trained, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", TRAINED);
  run = begin_run (fixture);
  ended = server_wait_run (fixture->server, run);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");

  /* The trained model was asked once, by the rules; no key of ours went with it. */
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->trained), ==, 1);
  asked = misbehaving_server_dup_request (fixture->trained, 0);
  g_assert_null (strstr (asked, "uthorization"));
  body = parse_body (asked);
  assert_text (body, "model", "\"" MODEL "\"");
  assert_text (body, "temperature", "1.0");
  assert_text (body, "return_token_ids", "true");
  assert_text (body, "logprobs", "true");
  g_assert_null (leyden_value_get_member (body, "seed"));
  g_assert_nonnull (strstr (asked, "Hint: try six"));

  /* The others kept endpoint, model and temperature. */
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->other), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *other = misbehaving_server_dup_request (fixture->other, i);
      g_autoptr(LeydenValue) other_body = parse_body (other);

      assert_text (other_body, "model", models[i]);
      assert_text (other_body, "temperature", temperatures[i]);
      g_assert_null (leyden_value_get_member (other_body, "return_token_ids"));
    }

  /* What the trainer sees: this call and the judge's reward. */
  triplets = get_events (fixture, run, "?format=triplet");
  g_assert_cmpint (leyden_value_get_size (triplets), ==, 2);
  triplet = write_data (triplets, 0);
  g_assert_cmpstr (triplet, ==, "{\"prompt_token_ids\":[1,2,3],\"response_token_ids\":[7,8],\"response_log_probs\":[-0.5,-0.25],"
                                "\"server\":{\"model\":\"" MODEL "\",\"version\":3},\"http_status\":200,\"status\":\"ok\"}");
  assert_text (leyden_value_get_item (triplets, 1), "event_type", "\"reward\"");
  reward = write_data (triplets, 1);
  g_assert_nonnull (strstr (reward, "\"value\":1"));
  events = get_events (fixture, run, "?event_type=model_request");
  g_assert_cmpint (leyden_value_get_size (events), ==, 1);
  call = leyden_value_get_member (leyden_value_get_item (events, 0), "data");
  g_assert_true (leyden_value_equal (leyden_value_get_member (call, "request"), body));
  assert_text (call, "finish_reason", "\"stop\"");
  assert_text (call, "retry_count", "0");

  /* The original's controller asks for lists, and finds nothing that it could fail. */
  listed = server_ask (fixture->server, "GET", "/api/rollouts?state_in=queuing&state_in=running&state_in=succeeded&state_in=failed", NULL, NULL);
  g_assert_cmpint (leyden_value_get_size (listed), ==, 0);
}

/* What stands in the state that windows show is the answer, not what a trainer needs besides. */
static void
test_state_is_small (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) rollout = NULL;
  g_autoptr(LeydenValue) state = NULL;

  add_trained (fixture);
  script_other (fixture);
  misbehaving_server_add_answer (fixture->trained, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", TRAINED);
  run = begin_run (fixture);
  ended = server_wait_run (fixture->server, run);
  rollout = get_rollout (fixture, run);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", leyden_value_get_member_string (rollout, "rollout", ""));
  state = server_ask (fixture->server, "GET", path, NULL, NULL);
  text = leyden_json_write (state, LEYDEN_JSON_COMPACT);
  g_assert_nonnull (strstr (text, "forty-two"));
  g_assert_null (strstr (text, "token_ids\":["));
}

/* Nobody trains: the flow runs all the same, each node with its own model. */
static void
test_nobody_trains (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *asked = NULL;
  g_autofree char *triplet = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) triplets = NULL;
  g_autoptr(LeydenValue) events = NULL;
  g_autoptr(LeydenValue) body = NULL;
  LeydenValue *call;

  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", OTHER ("try six"));
  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", OTHER ("forty-three"));
  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", VERDICT);
  run = begin_run (fixture);
  ended = server_wait_run (fixture->server, run);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
  asked = misbehaving_server_dup_request (fixture->other, 1);
  body = parse_body (asked);
  assert_text (body, "model", "\"own-model\"");
  assert_text (body, "temperature", "0.75");
  g_assert_null (leyden_value_get_member (body, "return_token_ids"));

  triplets = get_events (fixture, run, "?format=triplet&event_type=model_request");
  g_assert_cmpint (leyden_value_get_size (triplets), ==, 1);
  triplet = write_data (triplets, 0);
  g_assert_nonnull (strstr (triplet, "\"prompt_token_ids\":[],\"response_token_ids\":[]"));
  events = get_events (fixture, run, "?event_type=model_request");
  call = leyden_value_get_member (leyden_value_get_item (events, 0), "data");
  assert_text (leyden_value_get_member (call, "server"), "endpoint", "\"other\"");
  g_assert_nonnull (strstr (asked, "Solve it."));
}

/* A refusal of the model is an event, and fails the node. */
static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *triplet = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) rollout = NULL;
  g_autoptr(LeydenValue) triplets = NULL;

  add_trained (fixture);
  script_other (fixture);
  misbehaving_server_add_answer (fixture->trained, "/v1/chat/completions", 400, "Content-Type: application/json\r\n",
                                 "{\"error\":{\"message\":\"context length exceeded\"}}");
  run = begin_run (fixture);
  ended = server_wait_run (fixture->server, run);
  rollout = get_rollout (fixture, run);
  g_assert_cmpstr (leyden_value_get_member_string (rollout, "state", ""), ==, "failed");
  g_assert_nonnull (strstr (leyden_value_get_member_string (rollout, "error", ""), "context length"));
  triplets = get_events (fixture, run, "?format=triplet");
  g_assert_cmpint (leyden_value_get_size (triplets), ==, 1);
  triplet = write_data (triplets, 0);
  g_assert_nonnull (strstr (triplet, "\"http_status\":400,\"status\":\"error\",\"error\":{\"message\":\"context length exceeded\"}"));
}

static gboolean
has_call (gpointer data)
{
  Fixture *fixture = data;

  return misbehaving_server_get_n_requests (fixture->other) >= 1;
}

/* The first answer of the script is taken. */
static gboolean
is_asked (gpointer data)
{
  Fixture *fixture = data;

  return misbehaving_server_get_n_requests (fixture->trained) >= 1;
}

/* A pause holds policy nodes as it holds agents, and ends nothing. */
static void
test_paused (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) before = NULL;

  add_trained (fixture);
  script_other (fixture);
  misbehaving_server_add_answer (fixture->trained, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", TRAINED);
  expect (fixture, "POST", "/proxy/pause", "{\"reason\":\"step\"}", 200);
  run = begin_run (fixture);
  wait_until (has_call, fixture);
  g_usleep (500000);
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->trained), ==, 0);
  before = get_rollout (fixture, run);
  g_assert_cmpstr (leyden_value_get_member_string (before, "state", ""), ==, "running");
  expect (fixture, "POST", "/proxy/resume", "{}", 200);
  ended = server_wait_run (fixture->server, run);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->trained), ==, 1);
}

static gboolean
is_idle (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) state = server_ask (fixture->server, "GET", "/proxy/state", NULL, NULL);

  return leyden_value_get_member_int (state, "inflight", -1) == 0;
}

/* A call that nobody waits for any more gives its place in the proxy back at once, whether it was cancelled or took too long. */
static void
test_given_up (Fixture       *fixture,
               gconstpointer  data)
{
  gboolean cancels = GPOINTER_TO_INT (data);
  g_autofree char *run = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) rollout = NULL;

  add_trained (fixture);
  script_other (fixture);
  misbehaving_server_add_raw (fixture->trained, "/v1/chat/completions", "HTTP/1.1 200 OK\r\n", -1, 0, 0, MISBEHAVE_HANG);
  run = begin_run_limited (fixture, cancels ? 3600 : 1);
  wait_until (is_asked, fixture);
  path = g_strdup_printf ("/leyden/v1/runs/%s/cancel", run);
  if (cancels)
    expect (fixture, "POST", path, "{}", 202);
  ended = server_wait_run (fixture->server, run);
  rollout = get_rollout (fixture, run);
  g_assert_cmpstr (leyden_value_get_member_string (rollout, "state", ""), ==, cancels ? "cancelled" : "failed");
  wait_until (is_idle, fixture);
}

/* The process ends in the middle of a policy node's call: the next one asks again, and the trainer sees one call. */
static void
test_ends_in_call (Fixture       *fixture,
                   gconstpointer  data)
{
  int signal_number = GPOINTER_TO_INT (data);
  g_autofree char *run = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) triplets = NULL;
  int status;

  add_trained (fixture);
  script_other (fixture);
  misbehaving_server_add_raw (fixture->trained, "/v1/chat/completions", "HTTP/1.1 200 OK\r\n", -1, 0, 0, MISBEHAVE_HANG);
  misbehaving_server_add_answer (fixture->trained, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", TRAINED);
  run = begin_run (fixture);
  wait_until (is_asked, fixture);
  status = server_end (fixture->server, signal_number);
  g_assert_cmpint (status, ==, signal_number == SIGKILL ? 128 + SIGKILL : 0);
  start_server (fixture);
  ended = server_wait_run (fixture->server, run);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
  triplets = get_events (fixture, run, "?format=triplet&event_type=model_request");
  g_assert_cmpint (leyden_value_get_size (triplets), ==, 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func) g_test_add ("/policy/" name, Fixture, data, set_up, func, tear_down)
  ADD ("trainer-sees-only-the-policy-node", NULL, test_only_policy);
  ADD ("state-is-small", NULL, test_state_is_small);
  ADD ("nobody-trains", NULL, test_nobody_trains);
  ADD ("refused", NULL, test_refused);
  ADD ("paused", NULL, test_paused);
  ADD ("cancelled-in-a-call", GINT_TO_POINTER (TRUE), test_given_up);
  ADD ("too-late", GINT_TO_POINTER (FALSE), test_given_up);
  ADD ("killed-in-a-call", GINT_TO_POINTER (SIGKILL), test_ends_in_call);
  ADD ("ends-in-a-call", GINT_TO_POINTER (SIGTERM), test_ends_in_call);
#undef ADD
  return g_test_run ();
}
