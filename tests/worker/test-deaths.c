/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `leydenctl worker` when something dies: the worker, the backend, an agent, or what an agent has started. */
#include "worker-fixture.h"

#include <signal.h>
#include <string.h>

/* kill -9 of the worker: its agent dies with it, the next worker takes the rollout over as attempt 1. */
static void
test_worker_killed (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *pid = NULL;
  g_autofree char *go = sandbox_path (&fixture->sandbox, "go");
  g_autofree char *types = NULL;
  g_autoptr(GSubprocess) first = NULL;

  worker_create (fixture, "r", "wait", NULL, 600);
  first = g_object_ref (worker_start_commander (fixture));
  pid = worker_read_file (fixture, "started");
  g_assert_cmpint (worker_end_process (first, SIGKILL), ==, 128 + SIGKILL);
  worker_forget (fixture, first);
  wait_until (worker_is_dead, pid);
  g_assert_true (g_file_set_contents (go, "", -1, NULL));
  worker_start_commander (fixture);
  worker_wait_state (fixture, "r", "succeeded");
  worker_assert_status (fixture, "r", "last_attempt_id", "1");
  types = worker_types_of (fixture, "r", "");
  g_assert_cmpstr (types, ==, "reward");
}

/* All that the agent had started dies with the worker, what has a session of its own included. */
static void
test_killed_tree (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *pids = NULL;
  g_autoptr(GSubprocess) worker = NULL;

  worker_create (fixture, "r", "sleep", NULL, 600);
  worker = g_object_ref (worker_start_commander (fixture));
  pids = worker_read_file (fixture, "pids");
  g_assert_cmpint (worker_end_process (worker, SIGKILL), ==, 128 + SIGKILL);
  worker_forget (fixture, worker);
  wait_until (worker_is_dead, pids);
}

/* What an agent leaves behind when it ends by itself. */
static void
test_left_behind (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *pids = NULL;

  worker_create (fixture, "r", "leave", NULL, 600);
  worker_start_commander (fixture);
  pids = worker_read_file (fixture, "pids");
  worker_wait_state (fixture, "r", "succeeded");
  wait_until (worker_is_dead, pids);
}

static void
test_no_program (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) status = NULL;

  worker_create (fixture, "r", "reward", NULL, 600);
  worker_start (fixture, "--command", "/does/not/exist", NULL);
  worker_wait_state (fixture, "r", "failed");
  status = worker_status_of (fixture, "r");
  g_assert_nonnull (strstr (leyden_value_get_member_string (status, "error_message", ""), "could not be started"));
}

/* The original fails what runs without being its own. */
static void
test_disowns (Fixture       *fixture,
              gconstpointer  data)
{
  worker_create (fixture, "r", "reward", NULL, 600);
  worker_expect (fixture, "PATCH", "/api/rollouts/r", "{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"0\"}}", 200);
  worker_start_commander (fixture);
  worker_wait_state (fixture, "r", "failed");
  worker_assert_status (fixture, "r", "error_message", "local subprocess is not running");
}

static void
test_shared (Fixture       *fixture,
             gconstpointer  data)
{
  worker_create (fixture, "theirs", "reward", NULL, 600);
  worker_expect (fixture, "PATCH", "/api/rollouts/theirs", "{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"0\"}}", 200);
  worker_create (fixture, "ours", "reward", NULL, 600);
  worker_start (fixture, "--command", "python3 agent.py", "--shared", NULL);
  worker_wait_state (fixture, "ours", "succeeded");
  worker_assert_status (fixture, "theirs", "state", "running");
}

/* kill -9 of the backend while an agent works: worker and agent go on, and nothing is lost. */
static void
test_backend_killed (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *pid = NULL;
  g_autofree char *go = sandbox_path (&fixture->sandbox, "go");
  g_autofree char *types = NULL;

  worker_create (fixture, "r", "wait", NULL, 600);
  worker_start_commander (fixture);
  pid = worker_read_file (fixture, "started");
  worker_kill_backend (fixture);
  /* It ends while nobody listens. */
  g_assert_true (g_file_set_contents (go, "", -1, NULL));
  g_usleep (2500000);
  worker_start_backend (fixture);
  worker_wait_state (fixture, "r", "succeeded");
  worker_assert_status (fixture, "r", "last_attempt_id", "0");
  types = worker_types_of (fixture, "r", "");
  g_assert_cmpstr (types, ==, "reward");
}

/* A worker that is told to end gives back what it has, and is quick about it. */
static void
test_ends (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *pids = NULL;
  g_autoptr(GSubprocess) worker = NULL;

  worker_create (fixture, "r", "sleep", NULL, 600);
  worker = g_object_ref (worker_start_commander (fixture));
  pids = worker_read_file (fixture, "pids");
  g_assert_cmpint (worker_end_process (worker, SIGTERM), ==, 0);
  worker_forget (fixture, worker);
  g_assert_true (worker_is_dead (pids));
  if (fixture->plain)
    worker_assert_status (fixture, "r", "error_message", "local controller shutdown");
  else
    worker_assert_status (fixture, "r", "state", "queuing");
}

/* With time to drain, what runs ends by itself. */
static void
test_drains (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *pid = NULL;
  g_autofree char *go = sandbox_path (&fixture->sandbox, "go");
  g_autoptr(GSubprocess) worker = NULL;

  worker_create (fixture, "r", "wait", NULL, 600);
  worker = g_object_ref (worker_start (fixture, "--command", "python3 agent.py", "--drain", "60", "--lease", "2", NULL));
  pid = worker_read_file (fixture, "started");
  g_subprocess_send_signal (worker, SIGTERM);
  worker_create (fixture, "later", "reward", NULL, 600);
  /* Longer than its lease: it goes on saying that it lives. */
  g_usleep (2500000);
  g_assert_true (g_file_set_contents (go, "", -1, NULL));
  g_assert_cmpint (worker_end_process (worker, 0), ==, 0);
  worker_forget (fixture, worker);
  worker_assert_status (fixture, "r", "state", "succeeded");
  worker_assert_status (fixture, "r", "last_attempt_id", "0");
  worker_assert_status (fixture, "later", "state", "queuing");
}

/* The trainer removes what runs: it ends. */
static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *pids = NULL;

  worker_create (fixture, "r", "sleep", NULL, 600);
  worker_start_commander (fixture);
  pids = worker_read_file (fixture, "pids");
  worker_expect (fixture, "DELETE", "/api/rollouts/r", NULL, 204);
  wait_until (worker_is_dead, pids);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/worker/" name, Fixture, NULL, worker_set_up, func, worker_tear_down)
#define ADD_PLAIN(name, func) g_test_add ("/worker/agl-server/" name, Fixture, "plain", worker_set_up, func, worker_tear_down)
#define ADD_BOTH(name, func) ADD (name, func); ADD_PLAIN (name, func)
  ADD ("worker-killed", test_worker_killed);
  ADD ("worker-killed-tree", test_killed_tree);
  ADD ("left-behind", test_left_behind);
  ADD ("no-program", test_no_program);
  ADD ("backend-killed", test_backend_killed);
  ADD_BOTH ("ends", test_ends);
  ADD_BOTH ("drains", test_drains);
  ADD_BOTH ("removed", test_removed);
  ADD_PLAIN ("disowns", test_disowns);
  ADD_PLAIN ("shared", test_shared);
#undef ADD_BOTH
#undef ADD_PLAIN
#undef ADD
  return g_test_run ();
}
