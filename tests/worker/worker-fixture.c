/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "leyden-json.h"

#define VERDICT "{\"id\":\"o\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" \
                "\"{\\\"reason\\\": \\\"it is right\\\", \\\"score\\\": 1}\"},\"finish_reason\":\"stop\"}]," \
                "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}"

void
worker_start_backend (Fixture *fixture)
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

void
worker_kill_backend (Fixture *fixture)
{
  if (fixture->plain)
    g_clear_pointer (&fixture->agl, agl_double_free);
  else
    g_assert_cmpint (server_end (g_steal_pointer (&fixture->server), SIGKILL), ==, 128 + SIGKILL);
}

LeydenValue *
worker_ask (Fixture    *fixture,
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

void
worker_expect (Fixture    *fixture,
               const char *method,
               const char *path,
               const char *body,
               guint       expected)
{
  g_autoptr(LeydenValue) answer = worker_ask (fixture, method, path, body, expected);
}

void
worker_set_up (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *models = NULL;

  sandbox_set_up (&fixture->sandbox);
  fixture->plain = data != NULL;
  fixture->key_file = sandbox_write (&fixture->sandbox, "key", KEY "\n", -1);
  g_assert_cmpint (g_chmod (fixture->key_file, 0600), ==, 0);
  fixture->workers = g_ptr_array_new_with_free_func (g_object_unref);
  worker_start_backend (fixture);
  fixture->url = g_strdup_printf ("http://127.0.0.1:%u", fixture->port);
  fixture->model = agl_double_new ("upstream.py", NULL);
  fixture->other = misbehaving_server_new ();
  misbehaving_server_add_answer (fixture->other, "/v1/chat/completions", 200, "Content-Type: application/json\r\n", VERDICT);
  models = g_strdup_printf ("[{\"model\":\"" MODEL "\",\"endpoint\":\"%s/v1\",\"version\":3}]", fixture->model->url);
  worker_expect (fixture, "POST", "/api/models", models, 201);
}

int
worker_end_process (GSubprocess *process,
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

void
worker_tear_down (Fixture       *fixture,
                  gconstpointer  data)
{
  for (guint i = 0; i < fixture->workers->len; i++)
    g_assert_cmpint (worker_end_process (g_ptr_array_index (fixture->workers, i), SIGTERM), ==, 0);
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

GSubprocess *
worker_start (Fixture *fixture,
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

GSubprocess *
worker_start_commander (Fixture *fixture)
{
  return worker_start (fixture, "--command", "python3 agent.py", "--lease", "2", NULL);
}

void
worker_forget (Fixture     *fixture,
               GSubprocess *process)
{
  g_ptr_array_remove (fixture->workers, process);
}

void
worker_create (Fixture    *fixture,
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

  worker_expect (fixture, "POST", "/api/rollouts", body, 201);
}

LeydenValue *
worker_status_of (Fixture    *fixture,
                  const char *rollout)
{
  g_autofree char *path = g_strconcat ("/api/rollouts/", rollout, NULL);
  g_autoptr(LeydenValue) answer = worker_ask (fixture, "GET", path, NULL, 200);

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
  g_autoptr(LeydenValue) status = worker_status_of (wait->fixture, wait->rollout);

  return strcmp (leyden_value_get_member_string (status, "state", ""), wait->state) == 0;
}

void
worker_wait_state (Fixture    *fixture,
                   const char *rollout,
                   const char *state)
{
  wait_until (is_state, &(Wait) { fixture, rollout, state });
}

void
worker_assert_status (Fixture    *fixture,
                      const char *rollout,
                      const char *key,
                      const char *expected)
{
  g_autoptr(LeydenValue) status = worker_status_of (fixture, rollout);

  g_assert_cmpstr (leyden_value_get_member_string (status, key, NULL), ==, expected);
}

char *
worker_types_of (Fixture    *fixture,
                 const char *rollout,
                 const char *query)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/events%s", rollout, query);
  g_autoptr(LeydenValue) events = worker_ask (fixture, "GET", path, NULL, 200);
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

char *
worker_read_file (Fixture    *fixture,
                  const char *name)
{
  g_autofree char *path = sandbox_path (&fixture->sandbox, name);
  char *text = NULL;

  wait_until (file_is_there, path);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_unlink (path);
  return text;
}

gboolean
worker_is_dead (gpointer data)
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

char *
worker_flow_path (void)
{
  return g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "tests", "gateway", "two-models.leyden", NULL);
}

void
worker_create_questions (Fixture *fixture,
                         guint    n)
{
  g_autoptr(GString) body = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (body, "%s{\"rollout_id\":\"q%u\",\"is_train\":%s,\"input\":{\"question\":\"what is %u\",\"answer\":\"%u\"}}",
                            i > 0 ? "," : "", i, i % 2 == 0 ? "true" : "false", i, i);
  g_string_append_c (body, ']');
  worker_expect (fixture, "POST", "/api/rollouts", body->str, 201);
}
