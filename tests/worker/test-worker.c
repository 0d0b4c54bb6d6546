/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `leydenctl worker`: real processes over real sockets. Cases with data "plain" work for the double of agl-server, the others for our backend. */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "agl-double.h"
#include "cli-helpers.h"
#include "leyden-json.h"
#include "misbehaving-server.h"

#define MODEL "test-model"
#define KEY "key-of-the-backend-0123456789"
#define VERDICT "{\"id\":\"o\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" \
                "\"{\\\"reason\\\": \\\"it is right\\\", \\\"score\\\": 1}\"},\"finish_reason\":\"stop\"}]," \
                "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}"

typedef struct
{
  Sandbox            sandbox;
  gboolean           plain;
  Server            *server;            /* NULL when plain */
  AglDouble         *agl;               /* NULL when not */
  guint16            port;
  char              *key_file;
  char              *url;
  AglDouble         *model;             /* that is trained */
  MisbehavingServer *other;
  GPtrArray         *workers;           /* GSubprocess */
  char              *out;               /* where the next worker's standard output goes; NULL: nowhere */
} Fixture;

static void
start_backend (Fixture *fixture)
{
  g_autofree char *database = sandbox_path (&fixture->sandbox, "worker.db");
  g_autofree char *listen = g_strdup_printf ("127.0.0.1:%u", fixture->port);

  if (fixture->plain)
    {
      fixture->agl = agl_double_new_on_port ("agl-server.py", fixture->port, "--key", KEY, "--model", MODEL, NULL);
      fixture->port = fixture->agl->port;
    }
  else
    {
      fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, "--listen", listen, "--key-file", fixture->key_file,
                                       "--proxy-model", MODEL, "--expired-leases", "requeue", NULL);
      fixture->port = fixture->server->port;
    }
}

static void
kill_backend (Fixture *fixture)
{
  if (fixture->plain)
    g_clear_pointer (&fixture->agl, agl_double_free);
  else
    g_assert_cmpint (server_end (g_steal_pointer (&fixture->server), SIGKILL), ==, 128 + SIGKILL);
}

static LeydenValue *
ask (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body,
     guint       expected)
{
  LeydenValue *answer;
  guint status;

  if (fixture->plain)
    {
      g_autofree char *text = agl_double_ask (fixture->agl, method, path, KEY, body, &status);

      answer = leyden_json_parse (text, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);
    }
  else if (body != NULL)
    answer = server_ask_text (fixture->server, method, path, body, &status);
  else
    answer = server_ask (fixture->server, method, path, NULL, &status);
  if (status != expected)
    g_test_message ("%s %s: %u", method, path, status);
  g_assert_cmpint (status, ==, expected);
  return answer;
}

static void
expect (Fixture    *fixture,
        const char *method,
        const char *path,
        const char *body,
        guint       expected)
{
  g_autoptr(LeydenValue) answer = ask (fixture, method, path, body, expected);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *models = NULL;

  sandbox_set_up (&fixture->sandbox);
  fixture->plain = data != NULL;
  fixture->key_file = sandbox_write (&fixture->sandbox, "key", KEY "\n", -1);
  g_assert_cmpint (g_chmod (fixture->key_file, 0600), ==, 0);
  fixture->workers = g_ptr_array_new_with_free_func (g_object_unref);
  start_backend (fixture);
  fixture->url = g_strdup_printf ("http://127.0.0.1:%u", fixture->port);
  fixture->model = agl_double_new ("upstream.py", NULL);
  fixture->other = misbehaving_server_new ();
  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", VERDICT);
  models = g_strdup_printf ("[{\"model\":\"" MODEL "\",\"endpoint\":\"%s/v1\",\"version\":3}]", fixture->model->url);
  expect (fixture, "POST", "/api/models", models, 201);
}

static int
end_process (GSubprocess *process,
             int          signal_number)
{
  g_autoptr(GAsyncResult) result = NULL;

  if (signal_number != 0)
    g_subprocess_send_signal (process, signal_number);
  g_subprocess_wait_async (process, NULL, spin_result_cb, &result);
  spin (&result);
  g_subprocess_wait_finish (process, result, NULL);
  return g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : 128 + g_subprocess_get_term_sig (process);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  for (guint i = 0; i < fixture->workers->len; i++)
    g_assert_cmpint (end_process (g_ptr_array_index (fixture->workers, i), SIGTERM), ==, 0);
  g_ptr_array_unref (fixture->workers);
  if (fixture->server != NULL)
    g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  g_clear_pointer (&fixture->agl, agl_double_free);
  agl_double_free (fixture->model);
  misbehaving_server_free (fixture->other);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->key_file);
  g_free (fixture->url);
  g_free (fixture->out);
}

/* Its arguments behind --gateway and --key-file, up to NULL. */
static GSubprocess *
start_worker (Fixture *fixture,
              ...)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (fixture->out == NULL ? G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                                                                             : G_SUBPROCESS_FLAGS_NONE);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *folder = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "tests", "worker", NULL);
  g_autoptr(GError) error = NULL;
  GSubprocess *process;
  char *argument;
  va_list args;

  g_ptr_array_add (argv, fixture->sandbox.leydenctl);
  g_ptr_array_add (argv, (char *)"worker");
  g_ptr_array_add (argv, (char *)"--gateway");
  g_ptr_array_add (argv, fixture->url);
  g_ptr_array_add (argv, (char *)"--key-file");
  g_ptr_array_add (argv, fixture->key_file);
  g_ptr_array_add (argv, (char *)"--poll");
  g_ptr_array_add (argv, (char *)"100");
  va_start (args, fixture);
  while ((argument = va_arg (args, char *)) != NULL)
    g_ptr_array_add (argv, argument);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_set_environ (launcher, fixture->sandbox.environ);
  g_subprocess_launcher_setenv (launcher, "LEYDEN_KEY_OTHER_THING", "a-secret-of-ours", TRUE);
  g_subprocess_launcher_setenv (launcher, "PYTHONDONTWRITEBYTECODE", "1", TRUE);
  g_subprocess_launcher_setenv (launcher, "FOLDER", fixture->sandbox.root, TRUE);
  g_subprocess_launcher_set_cwd (launcher, folder);
  if (fixture->out != NULL)
    g_subprocess_launcher_set_stdout_file_path (launcher, fixture->out);
  process = g_subprocess_launcher_spawnv (launcher, (const char * const *)argv->pdata, &error);
  g_assert_no_error (error);
  g_ptr_array_add (fixture->workers, process);
  return process;
}

static GSubprocess *
start_commander (Fixture *fixture)
{
  return start_worker (fixture, "--command", "python3 agent.py", "--lease", "2", NULL);
}

/* It is not in the way of tear_down() any more. */
static void
forget_worker (Fixture     *fixture,
               GSubprocess *process)
{
  g_ptr_array_remove (fixture->workers, process);
}

/* A rollout of the agent: @action is what it does. */
static void
create (Fixture    *fixture,
        const char *rollout,
        const char *action,
        const char *agent_class,
        int         timeout_s)
{
  g_autofree char *quoted = agent_class != NULL ? g_strdup_printf ("\"%s\"", agent_class) : g_strdup ("null");
  g_autofree char *body = g_strdup_printf ("[{\"rollout_id\":\"%s\",\"input\":{\"action\":\"%s\",\"list\":[{\"a\":\"ü\"},2]},\"config\":{"
                                           "\"timeout_seconds\":%d,\"local\":{\"agent_class\":%s,\"env_map\":{\"ACTION\":\"input.action\","
                                           "\"LIST\":\"input.list\",\"SECOND\":\"input.list.1\",\"LITERAL\":\"as it is\"}}}}]",
                                           rollout, action, timeout_s, quoted);

  expect (fixture, "POST", "/api/rollouts", body, 201);
}

static LeydenValue *
status_of (Fixture    *fixture,
           const char *rollout)
{
  g_autofree char *path = g_strconcat ("/api/rollouts/", rollout, NULL);
  g_autoptr(LeydenValue) answer = ask (fixture, "GET", path, NULL, 200);

  return leyden_value_ref (leyden_value_get_member (leyden_value_get_member (answer, "rollout"), "status"));
}

typedef struct
{
  Fixture    *fixture;
  const char *rollout;
  const char *state;
} Wait;

static gboolean
is_state (gpointer data)
{
  Wait *wait = data;
  g_autoptr(LeydenValue) status = status_of (wait->fixture, wait->rollout);

  return strcmp (leyden_value_get_member_string (status, "state", ""), wait->state) == 0;
}

static void
wait_state (Fixture    *fixture,
            const char *rollout,
            const char *state)
{
  wait_until (is_state, &(Wait) { fixture, rollout, state });
}

static void
assert_status (Fixture    *fixture,
               const char *rollout,
               const char *key,
               const char *expected)
{
  g_autoptr(LeydenValue) status = status_of (fixture, rollout);

  g_assert_cmpstr (leyden_value_get_member_string (status, key, NULL), ==, expected);
}

/* The types of its events, with commas between. */
static char *
types_of (Fixture    *fixture,
          const char *rollout,
          const char *query)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/events%s", rollout, query);
  g_autoptr(LeydenValue) events = ask (fixture, "GET", path, NULL, 200);
  GString *types = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (events); i++)
    g_string_append_printf (types, "%s%s", i > 0 ? "," : "",
                            leyden_value_get_member_string (leyden_value_get_item (events, i), "event_type", "?"));
  return g_string_free (types, FALSE);
}

static gboolean
file_is_there (gpointer data)
{
  return g_file_test (data, G_FILE_TEST_EXISTS);
}

/* Waits for it, too. */
static char *
read_file (Fixture    *fixture,
           const char *name)
{
  g_autofree char *path = sandbox_path (&fixture->sandbox, name);
  char *text = NULL;

  wait_until (file_is_there, path);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_unlink (path);
  return text;
}

/* Of a zombie that nobody waits for there is nothing left that runs. */
static gboolean
is_dead (gpointer data)
{
  g_auto(GStrv) pids = g_strsplit (data, " ", -1);

  for (guint i = 0; pids[i] != NULL; i++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pids[i]);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) && strstr (text, ") Z ") == NULL)
        return FALSE;
    }
  return TRUE;
}

/* ---- Programs ---- */

static void
test_command (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *types = NULL;
  g_autofree char *chat = NULL;

  create (fixture, "good", "reward", NULL, 60);
  create (fixture, "bad", "fail", NULL, 60);
  create (fixture, "talks", "chat", "any:Class", 60);
  start_commander (fixture);
  wait_state (fixture, "good", "succeeded");
  wait_state (fixture, "bad", "failed");
  wait_state (fixture, "talks", "succeeded");
  assert_status (fixture, "good", "last_attempt_id", "0");
  assert_status (fixture, "bad", "error_message", "the agent exited with code 3");
  types = types_of (fixture, "good", "");
  g_assert_cmpstr (types, ==, "reward");
  /* Its call went by the proxy, with the rollout's own key. */
  chat = types_of (fixture, "talks", "?format=triplet");
  g_assert_cmpstr (chat, ==, "model_request,agent_output,reward");
}

static void
test_environment (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *text = NULL;
  g_autofree char *model = g_strdup_printf ("AGL_OPENAI_BASE_URL=%s/proxy/rollout/r%%201/attempt/0/mode/train/openai/v1", fixture->url);
  g_autofree char *events = g_strdup_printf ("AGL_EVENT_URL=%s/api/rollouts/r%%201/attempt/0/events", fixture->url);
  g_auto(GStrv) lines = NULL;
  const char * const *all;

  create (fixture, "r 1", "env", NULL, 60);
  start_commander (fixture);
  text = read_file (fixture, "env");
  lines = g_strsplit (text, "\n", -1);
  all = (const char * const *)lines;
  g_assert_true (g_strv_contains (all, model));
  g_assert_true (g_strv_contains (all, events));
  g_assert_true (g_strv_contains (all, "LIST=[{\"a\": \"ü\"}, 2]"));
  g_assert_true (g_strv_contains (all, "SECOND=2"));
  g_assert_true (g_strv_contains (all, "LITERAL=as it is"));
  g_assert_nonnull (strstr (text, "\nOPENAI_BASE_URL=http://127.0.0.1:"));
  g_assert_null (strstr (text, "LEYDEN_KEY_"));
  if (fixture->plain)
    g_assert_true (g_strv_contains (all, "AGL_KEY=" KEY));
  else
    {
      /* The backend's key stays with the worker: the agent has one of its own. */
      g_assert_null (strstr (text, KEY));
      g_assert_nonnull (strstr (text, "AGL_KEY=lr1."));
      g_assert_nonnull (strstr (text, "OPENAI_API_KEY=lr1."));
    }
  wait_state (fixture, "r%201", "succeeded");
}

static void
test_timeout (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *pids = NULL;

  create (fixture, "long", "sleep", NULL, 2);
  start_commander (fixture);
  pids = read_file (fixture, "pids");
  wait_state (fixture, "long", "failed");
  assert_status (fixture, "long", "error_message", "the agent timed out after 2 s");
  /* What it had started went with it, a session of its own included. */
  wait_until (is_dead, pids);
}

static void
test_classes (Fixture       *fixture,
              gconstpointer  data)
{
  create (fixture, "sync", "reward", "agent:Agent", 60);
  create (fixture, "async", "reward", "agent.Waiting", 60);
  create (fixture, "raises", "raise", "agent:Agent", 60);
  create (fixture, "other", "reward", "os:system", 60);
  create (fixture, "none", "reward", NULL, 60);
  start_worker (fixture, "--agent-class", "agent:Agent", "--agent-class", "agent.Waiting", NULL);
  wait_state (fixture, "sync", "succeeded");
  wait_state (fixture, "async", "succeeded");
  wait_state (fixture, "raises", "failed");
  wait_state (fixture, "other", "failed");
  wait_state (fixture, "none", "failed");
  assert_status (fixture, "raises", "error_message", "agent:Agent exited with code 1");
  assert_status (fixture, "other", "error_message", "the agent class os:system is not on the list of this worker");
  assert_status (fixture, "none", "error_message", "the rollout names no agent class, and this worker has nothing else to run");
}

/* Names that env_map may set are the worker's to say. */
static void
test_env_list (Fixture       *fixture,
               gconstpointer  data)
{
  create (fixture, "r", "reward", NULL, 60);
  start_worker (fixture, "--command", "python3 agent.py", "--env", "ACTION", "--env", "LI*", NULL);
  wait_state (fixture, "r", "failed");
  assert_status (fixture, "r", "error_message", "env_map: the variable SECOND may not be set here");
}

/* ---- Flows ---- */

static char *
flow_path (void)
{
  return g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "tests", "gateway", "two-models.leyden", NULL);
}

static void
start_flow_worker (Fixture *fixture)
{
  g_autofree char *flow = flow_path ();
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *endpoint = g_strconcat ("other=", uri, NULL);

  start_worker (fixture, "--flow", flow, "--endpoint", endpoint, "--concurrency", "4", "--lease", "2", NULL);
}

/* The backend's own endpoints serve the nodes that name them; one with a key does not come along. */
static void
test_backend_endpoints (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autofree char *flow = flow_path ();
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *endpoint = g_strdup_printf ("{\"title\":\"Other\",\"base_uri\":\"%s\",\"wire\":\"openai\"}", uri);
  g_autofree char *keyed = g_strdup_printf ("{\"title\":\"Thing\",\"base_uri\":\"%s\",\"wire\":\"openai\",\"secret\":\"other-thing\"}", uri);

  expect (fixture, "PUT", "/leyden/v1/endpoints/other", endpoint, 200);
  expect (fixture, "PUT", "/leyden/v1/endpoints/thing", keyed, 200);
  expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"question\":\"one\",\"answer\":\"1\"}}]", 201);
  start_worker (fixture, "--flow", flow, "--backend-endpoints", NULL);
  wait_state (fixture, "q0", "succeeded");
  for (guint i = 0; i < misbehaving_server_get_n_requests (fixture->other); i++)
    {
      g_autofree char *request = misbehaving_server_dup_request (fixture->other, i);

      g_assert_null (strstr (request, "a-secret-of-ours"));
    }
}

static void
create_questions (Fixture *fixture,
                  guint    n)
{
  g_autoptr(GString) body = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (body, "%s{\"rollout_id\":\"q%u\",\"is_train\":%s,\"input\":{\"question\":\"what is %u\",\"answer\":\"%u\"}}",
                            i > 0 ? "," : "", i, i % 2 == 0 ? "true" : "false", i, i);
  g_string_append_c (body, ']');
  expect (fixture, "POST", "/api/rollouts", body->str, 201);
}

/* Two models and a judge: the trainer sees only the policy node. */
static void
test_flow (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *log = NULL;
  g_autoptr(LeydenValue) calls = NULL;
  guint status;

  create_questions (fixture, 4);
  start_flow_worker (fixture);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("q%u", i);
      g_autofree char *types = NULL;

      wait_state (fixture, rollout, "succeeded");
      types = types_of (fixture, rollout, "?format=triplet");
      g_assert_cmpstr (types, ==, "model_request,agent_output,reward");
    }
  g_assert_cmpint (misbehaving_server_get_n_requests (fixture->other), ==, 8);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *request = misbehaving_server_dup_request (fixture->other, i);

      g_assert_null (strstr (request, "return_token_ids"));
      g_assert_null (strstr (request, MODEL));
      g_assert_null (strstr (request, KEY));
    }
  log = agl_double_ask (fixture->model, "GET", "/log", NULL, NULL, &status);
  calls = leyden_json_parse (log, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);
  g_assert_cmpint (leyden_value_get_size (calls), ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      LeydenValue *body = leyden_value_get_member (leyden_value_get_item (calls, i), "body");

      g_assert_cmpstr (leyden_value_get_member_string (body, "model", ""), ==, MODEL);
      g_assert_true (leyden_value_get_member_boolean (body, "return_token_ids", FALSE));
    }
}

static gboolean
model_was_asked (gpointer data)
{
  Fixture *fixture = data;
  guint status;
  g_autofree char *log = agl_double_ask (fixture->model, "GET", "/log", NULL, NULL, &status);

  return strcmp (log, "[]") != 0;
}

/* The backend is killed while the trained model thinks: the call is made again when it is back, and the trainer sees one. */
static void
test_flow_backend_killed (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autofree char *types = NULL;

  /* "slow" is the last message's order to the double; the hint stands before it. */
  expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"question\":\"slow 700\",\"answer\":\"1\"}}]", 201);
  start_flow_worker (fixture);
  wait_until (model_was_asked, fixture);
  kill_backend (fixture);
  start_backend (fixture);
  wait_state (fixture, "q0", "succeeded");
  types = types_of (fixture, "q0", "?format=triplet");
  g_assert_cmpstr (types, ==, "model_request,agent_output,reward");
  assert_status (fixture, "q0", "last_attempt_id", "0");
}

/* A pause holds the flow and fails nothing. */
static void
test_flow_paused (Fixture       *fixture,
                  gconstpointer  data)
{
  expect (fixture, "POST", "/proxy/pause", "{\"retry_after_seconds\":1}", 200);
  create_questions (fixture, 1);
  start_flow_worker (fixture);
  wait_state (fixture, "q0", "running");
  g_usleep (1500000);
  assert_status (fixture, "q0", "state", "running");
  expect (fixture, "POST", "/proxy/resume", "{}", 200);
  wait_state (fixture, "q0", "succeeded");
}

static void
test_flow_fails (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) status = NULL;

  expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"nothing\":1,\"neither\":2}},{\"rollout_id\":\"q1\",\"input\":7}]", 201);
  start_flow_worker (fixture);
  wait_state (fixture, "q0", "failed");
  wait_state (fixture, "q1", "failed");
  status = status_of (fixture, "q0");
  g_assert_nonnull (strstr (leyden_value_get_member_string (status, "error_message", ""), "uestion"));
}

/* ---- Death and life ---- */

/* kill -9 of the worker: its agent dies with it, the next worker takes the rollout over as attempt 1. */
static void
test_worker_killed (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *pid = NULL;
  g_autofree char *go = sandbox_path (&fixture->sandbox, "go");
  g_autofree char *types = NULL;
  g_autoptr(GSubprocess) first = NULL;

  create (fixture, "r", "wait", NULL, 600);
  first = g_object_ref (start_commander (fixture));
  pid = read_file (fixture, "started");
  g_assert_cmpint (end_process (first, SIGKILL), ==, 128 + SIGKILL);
  forget_worker (fixture, first);
  wait_until (is_dead, pid);
  g_assert_true (g_file_set_contents (go, "", -1, NULL));
  start_commander (fixture);
  wait_state (fixture, "r", "succeeded");
  assert_status (fixture, "r", "last_attempt_id", "1");
  types = types_of (fixture, "r", "");
  g_assert_cmpstr (types, ==, "reward");
}

/* All that the agent had started dies with the worker, what has a session of its own included. */
static void
test_killed_tree (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *pids = NULL;
  g_autoptr(GSubprocess) worker = NULL;

  create (fixture, "r", "sleep", NULL, 600);
  worker = g_object_ref (start_commander (fixture));
  pids = read_file (fixture, "pids");
  g_assert_cmpint (end_process (worker, SIGKILL), ==, 128 + SIGKILL);
  forget_worker (fixture, worker);
  wait_until (is_dead, pids);
}

/* What an agent leaves behind when it ends by itself. */
static void
test_left_behind (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *pids = NULL;

  create (fixture, "r", "leave", NULL, 600);
  start_commander (fixture);
  pids = read_file (fixture, "pids");
  wait_state (fixture, "r", "succeeded");
  wait_until (is_dead, pids);
}

static void
test_no_program (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) status = NULL;

  create (fixture, "r", "reward", NULL, 600);
  start_worker (fixture, "--command", "/does/not/exist", NULL);
  wait_state (fixture, "r", "failed");
  status = status_of (fixture, "r");
  g_assert_nonnull (strstr (leyden_value_get_member_string (status, "error_message", ""), "could not be started"));
}

/* The original fails what runs without being its own. */
static void
test_disowns (Fixture       *fixture,
              gconstpointer  data)
{
  create (fixture, "r", "reward", NULL, 600);
  expect (fixture, "PATCH", "/api/rollouts/r", "{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"0\"}}", 200);
  start_commander (fixture);
  wait_state (fixture, "r", "failed");
  assert_status (fixture, "r", "error_message", "local subprocess is not running");
}

static void
test_shared (Fixture       *fixture,
             gconstpointer  data)
{
  create (fixture, "theirs", "reward", NULL, 600);
  expect (fixture, "PATCH", "/api/rollouts/theirs", "{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"0\"}}", 200);
  create (fixture, "ours", "reward", NULL, 600);
  start_worker (fixture, "--command", "python3 agent.py", "--shared", NULL);
  wait_state (fixture, "ours", "succeeded");
  assert_status (fixture, "theirs", "state", "running");
}

/* kill -9 of the backend while an agent works: worker and agent go on, and nothing is lost. */
static void
test_backend_killed (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *pid = NULL;
  g_autofree char *go = sandbox_path (&fixture->sandbox, "go");
  g_autofree char *types = NULL;

  create (fixture, "r", "wait", NULL, 600);
  start_commander (fixture);
  pid = read_file (fixture, "started");
  kill_backend (fixture);
  /* It ends while nobody listens. */
  g_assert_true (g_file_set_contents (go, "", -1, NULL));
  g_usleep (2500000);
  start_backend (fixture);
  wait_state (fixture, "r", "succeeded");
  assert_status (fixture, "r", "last_attempt_id", "0");
  types = types_of (fixture, "r", "");
  g_assert_cmpstr (types, ==, "reward");
}

/* A worker that is told to end gives back what it has, and is quick about it. */
static void
test_ends (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *pids = NULL;
  g_autoptr(GSubprocess) worker = NULL;

  create (fixture, "r", "sleep", NULL, 600);
  worker = g_object_ref (start_commander (fixture));
  pids = read_file (fixture, "pids");
  g_assert_cmpint (end_process (worker, SIGTERM), ==, 0);
  forget_worker (fixture, worker);
  g_assert_true (is_dead (pids));
  if (fixture->plain)
    assert_status (fixture, "r", "error_message", "local controller shutdown");
  else
    assert_status (fixture, "r", "state", "queuing");
}

/* With time to drain, what runs ends by itself. */
static void
test_drains (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *pid = NULL;
  g_autofree char *go = sandbox_path (&fixture->sandbox, "go");
  g_autoptr(GSubprocess) worker = NULL;

  create (fixture, "r", "wait", NULL, 600);
  worker = g_object_ref (start_worker (fixture, "--command", "python3 agent.py", "--drain", "60", "--lease", "2", NULL));
  pid = read_file (fixture, "started");
  g_subprocess_send_signal (worker, SIGTERM);
  create (fixture, "later", "reward", NULL, 600);
  /* Longer than its lease: it goes on saying that it lives. */
  g_usleep (2500000);
  g_assert_true (g_file_set_contents (go, "", -1, NULL));
  g_assert_cmpint (end_process (worker, 0), ==, 0);
  forget_worker (fixture, worker);
  assert_status (fixture, "r", "state", "succeeded");
  assert_status (fixture, "r", "last_attempt_id", "0");
  assert_status (fixture, "later", "state", "queuing");
}

/* The trainer removes what runs: it ends. */
static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *pids = NULL;

  create (fixture, "r", "sleep", NULL, 600);
  start_commander (fixture);
  pids = read_file (fixture, "pids");
  expect (fixture, "DELETE", "/api/rollouts/r", NULL, 204);
  wait_until (is_dead, pids);
}

/* Faults of the server on the way of every word: each is said again until it is heard. */
static void
test_faults (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *answer = NULL;
  guint status;

  answer = agl_double_ask (fixture->agl, "POST", "/double/faults", NULL,
                           "[{\"path\":\"/api/rollouts.*\",\"method\":\"GET\",\"times\":2,\"status\":503},"
                           "{\"path\":\"/api/rollouts/.*\",\"method\":\"PATCH\",\"times\":3,\"cut\":true},"
                           "{\"path\":\"/api/rollouts/.*/events\",\"method\":\"POST\",\"times\":2,\"status\":502}]", &status);
  g_assert_cmpint (status, <, 300);
  expect (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"q0\",\"input\":{\"question\":\"one\",\"answer\":\"1\"}}]", 201);
  start_flow_worker (fixture);
  g_usleep (300000);
  wait_until (model_was_asked, fixture);
  wait_state (fixture, "q0", "succeeded");
}

/* Two workers at one backend: each rollout is run once. */
static void
test_two_workers (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *log = NULL;
  g_autoptr(LeydenValue) calls = NULL;
  guint status;

  create_questions (fixture, 12);
  start_flow_worker (fixture);
  start_flow_worker (fixture);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *rollout = g_strdup_printf ("q%u", i);

      wait_state (fixture, rollout, "succeeded");
      assert_status (fixture, rollout, "last_attempt_id", "0");
    }
  log = agl_double_ask (fixture->model, "GET", "/log", NULL, NULL, &status);
  calls = leyden_json_parse (log, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);
  g_assert_cmpint (leyden_value_get_size (calls), ==, 12);
}

static char *
make_certificate (Fixture *fixture)
{
  g_autofree char *cert = sandbox_path (&fixture->sandbox, "cert.pem");
  g_autofree char *key = sandbox_path (&fixture->sandbox, "cert.key");
  const char *argv[] = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert, NULL };
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autoptr(GByteArray) der = NULL;
  g_autoptr(GSubprocess) process = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return NULL;
  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  if (process == NULL || !g_subprocess_wait_check (process, NULL, NULL))
    return NULL;
  g_chmod (key, 0600);
  certificate = g_tls_certificate_new_from_file (cert, NULL);
  g_assert_nonnull (certificate);
  g_object_get (certificate, "certificate", &der, NULL);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
}

static gboolean
out_says_succeeded (gpointer data)
{
  Fixture *fixture = data;
  g_autofree char *text = NULL;

  return g_file_get_contents (fixture->out, &text, NULL, NULL) && strstr (text, "\"state\":\"succeeded\"") != NULL;
}

/* Over TLS, by the fingerprint of a certificate that nobody vouches for. */
static void
test_tls (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *fingerprint = make_certificate (fixture);
  g_autofree char *database = sandbox_path (&fixture->sandbox, "worker.db");
  g_autofree char *cert = sandbox_path (&fixture->sandbox, "cert.pem");
  g_autofree char *key = sandbox_path (&fixture->sandbox, "cert.key");
  g_autofree char *listen = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  g_autofree char *flow = flow_path ();
  g_autofree char *uri = misbehaving_server_dup_uri (fixture->other, "/v1");
  g_autofree char *endpoint = g_strconcat ("other=", uri, NULL);

  if (fingerprint == NULL)
    {
      g_test_skip ("openssl or GIO's TLS (glib-networking) is missing");
      return;
    }
  create_questions (fixture, 1);
  kill_backend (fixture);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, "--listen", listen, "--key-file", fixture->key_file, "--proxy-model",
                                   MODEL, "--tls-cert", cert, "--tls-key", key, NULL);
  g_free (fixture->url);
  fixture->url = g_strdup_printf ("https://127.0.0.1:%u", fixture->port);
  fixture->out = sandbox_path (&fixture->sandbox, "out");
  start_worker (fixture, "--flow", flow, "--endpoint", endpoint, "--json", "--fingerprint", fingerprint, NULL);
  wait_until (out_says_succeeded, fixture);
}

/* ---- Words ---- */

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *flow = flow_path ();
  g_autofree char *wrong = sandbox_write (&fixture->sandbox, "wrong", "another-key-0123456789\n", -1);
  g_autofree char *empty = sandbox_write (&fixture->sandbox, "empty", "\n", -1);
  const struct { int status; const char *argv[12]; } cases[] = {
    { 2, { "worker" } },
    { 2, { "worker", "--gateway", fixture->url } },
    { 2, { "worker", "--gateway", "nonsense", "--command", "true" } },
    { 2, { "worker", "--gateway", "ftp://localhost", "--command", "true" } },
    { 2, { "worker", "--gateway", "http://a:b@localhost", "--command", "true" } },
    { 2, { "worker", "--gateway", fixture->url, "--command", "true", "--flow", flow } },
    { 2, { "worker", "--gateway", fixture->url, "--command", "'" } },
    { 2, { "worker", "--gateway", fixture->url, "--agent-class", "os;system" } },
    { 2, { "worker", "--gateway", fixture->url, "--command", "true", "--name", "a b" } },
    { 2, { "worker", "--gateway", fixture->url, "--command", "true", "--fingerprint", "AB:CD" } },
    { 2, { "worker", "--gateway", fixture->url, "--flow", flow, "--endpoint", "x" } },
    { 3, { "worker", "--gateway", fixture->url, "--flow", "/does/not/exist.leyden" } },
    { 3, { "worker", "--gateway", fixture->url, "--command", "true", "--key-file", empty } },
    { 3, { "worker", "--gateway", fixture->url, "--command", "true", "--key-file", "/does/not/exist" } },
    { 5, { "worker", "--gateway", "http://192.0.2.1:8700", "--command", "true", "--key-file", wrong } },
    { 5, { "worker", "--gateway", fixture->url, "--agent-url", "http://192.0.2.1:8700", "--command", "true", "--key-file", wrong } },
    { 4, { "worker", "--gateway", fixture->url, "--agent-url", "http://192.0.2.1:8700", "--command", "true", "--key-file", wrong, "--insecure" } },
    { 4, { "worker", "--gateway", fixture->url, "--agent-url", "http://192.0.2.1:8700", "--command", "true" } },
    { 4, { "worker", "--gateway", fixture->url, "--agent-url", "https://192.0.2.1:8700", "--command", "true", "--key-file", wrong } },
    { 4, { "worker", "--gateway", fixture->url, "--command", "true", "--key-file", wrong } },
    { 4, { "worker", "--gateway", fixture->url, "--command", "true" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GPtrArray) argv = g_ptr_array_new ();
      g_autoptr(Outcome) outcome = NULL;

      g_ptr_array_add (argv, fixture->sandbox.leydenctl);
      for (guint j = 0; cases[i].argv[j] != NULL; j++)
        g_ptr_array_add (argv, (char *)cases[i].argv[j]);
      g_ptr_array_add (argv, NULL);
      outcome = sandbox_run_argv (&fixture->sandbox, (const char * const *)argv->pdata);
      if (outcome->status != cases[i].status)
        g_test_message ("case %u: %s", i, outcome->err);
      g_assert_cmpint (outcome->status, ==, cases[i].status);
      g_assert_cmpstr (outcome->err, !=, "");
      g_assert_null (strstr (outcome->err, "another-key"));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/worker/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_PLAIN(name, func) g_test_add ("/worker/agl-server/" name, Fixture, "plain", set_up, func, tear_down)
#define ADD_BOTH(name, func) ADD (name, func); ADD_PLAIN (name, func)
  ADD_BOTH ("command", test_command);
  ADD_BOTH ("environment", test_environment);
  ADD_BOTH ("timeout", test_timeout);
  ADD_BOTH ("classes", test_classes);
  ADD_BOTH ("env-list", test_env_list);
  ADD_BOTH ("flow", test_flow);
  ADD_BOTH ("flow-paused", test_flow_paused);
  ADD_BOTH ("flow-fails", test_flow_fails);
  ADD ("flow-backend-endpoints", test_backend_endpoints);
  ADD ("flow-backend-killed", test_flow_backend_killed);
  ADD ("worker-killed", test_worker_killed);
  ADD ("worker-killed-tree", test_killed_tree);
  ADD ("left-behind", test_left_behind);
  ADD ("no-program", test_no_program);
  ADD ("backend-killed", test_backend_killed);
  ADD_BOTH ("ends", test_ends);
  ADD_BOTH ("drains", test_drains);
  ADD_BOTH ("removed", test_removed);
  ADD ("two-workers", test_two_workers);
  ADD_PLAIN ("disowns", test_disowns);
  ADD_PLAIN ("shared", test_shared);
  ADD_PLAIN ("faults", test_faults);
  ADD ("tls", test_tls);
  ADD ("refusals", test_refusals);
#undef ADD_BOTH
#undef ADD_PLAIN
#undef ADD
  return g_test_run ();
}
