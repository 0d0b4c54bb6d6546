/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `leydenctl worker`: real processes over real sockets. Cases with data "plain" work for the double of agl-server, the others for our backend.
 * Programs and classes, and what is refused; flows and deaths have files of their own. */
#include "worker-fixture.h"

#include <string.h>

static void
test_command (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *types = NULL;
  g_autofree char *chat = NULL;

  worker_create (fixture, "good", "reward", NULL, 60);
  worker_create (fixture, "bad", "fail", NULL, 60);
  worker_create (fixture, "talks", "chat", "any:Class", 60);
  worker_start_commander (fixture);
  worker_wait_state (fixture, "good", "succeeded");
  worker_wait_state (fixture, "bad", "failed");
  worker_wait_state (fixture, "talks", "succeeded");
  worker_assert_status (fixture, "good", "last_attempt_id", "0");
  worker_assert_status (fixture, "bad", "error_message", "the agent exited with code 3");
  types = worker_types_of (fixture, "good", "");
  g_assert_cmpstr (types, ==, "reward");
  /* Its call went by the proxy, with the rollout's own key. */
  chat = worker_types_of (fixture, "talks", "?format=triplet");
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

  worker_create (fixture, "r 1", "env", NULL, 60);
  worker_start_commander (fixture);
  text = worker_read_file (fixture, "env");
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
  worker_wait_state (fixture, "r%201", "succeeded");
}

static void
test_timeout (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *pids = NULL;

  worker_create (fixture, "long", "sleep", NULL, 2);
  worker_start_commander (fixture);
  pids = worker_read_file (fixture, "pids");
  worker_wait_state (fixture, "long", "failed");
  worker_assert_status (fixture, "long", "error_message", "the agent timed out after 2 s");
  /* What it had started went with it, a session of its own included. */
  wait_until (worker_is_dead, pids);
}

static void
test_classes (Fixture       *fixture,
              gconstpointer  data)
{
  worker_create (fixture, "sync", "reward", "agent:Agent", 60);
  worker_create (fixture, "async", "reward", "agent.Waiting", 60);
  worker_create (fixture, "raises", "raise", "agent:Agent", 60);
  worker_create (fixture, "other", "reward", "os:system", 60);
  worker_create (fixture, "none", "reward", NULL, 60);
  worker_start (fixture, "--agent-class", "agent:Agent", "--agent-class", "agent.Waiting", NULL);
  worker_wait_state (fixture, "sync", "succeeded");
  worker_wait_state (fixture, "async", "succeeded");
  worker_wait_state (fixture, "raises", "failed");
  worker_wait_state (fixture, "other", "failed");
  worker_wait_state (fixture, "none", "failed");
  worker_assert_status (fixture, "raises", "error_message", "agent:Agent exited with code 1");
  worker_assert_status (fixture, "other", "error_message", "the agent class os:system is not on the list of this worker");
  worker_assert_status (fixture, "none", "error_message", "the rollout names no agent class, and this worker has nothing else to run");
}

/* Names that env_map may set are the worker's to say. */
static void
test_env_list (Fixture       *fixture,
               gconstpointer  data)
{
  worker_create (fixture, "r", "reward", NULL, 60);
  worker_start (fixture, "--command", "python3 agent.py", "--env", "ACTION", "--env", "LI*", NULL);
  worker_wait_state (fixture, "r", "failed");
  worker_assert_status (fixture, "r", "error_message", "env_map: the variable SECOND may not be set here");
}

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *flow = worker_flow_path ();
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
#define ADD(name, func) g_test_add ("/worker/" name, Fixture, NULL, worker_set_up, func, worker_tear_down)
#define ADD_PLAIN(name, func) g_test_add ("/worker/agl-server/" name, Fixture, "plain", worker_set_up, func, worker_tear_down)
#define ADD_BOTH(name, func) ADD (name, func); ADD_PLAIN (name, func)
  ADD_BOTH ("command", test_command);
  ADD_BOTH ("environment", test_environment);
  ADD_BOTH ("timeout", test_timeout);
  ADD_BOTH ("classes", test_classes);
  ADD_BOTH ("env-list", test_env_list);
  ADD ("refusals", test_refusals);
#undef ADD_BOTH
#undef ADD_PLAIN
#undef ADD
  return g_test_run ();
}
