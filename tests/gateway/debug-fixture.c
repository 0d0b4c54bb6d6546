/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "debug-fixture.h"

#include <signal.h>
#include <string.h>

void
debug_serve (DebugFixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

void
debug_set_up (DebugFixture  *fixture,
              gconstpointer  data)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "debug.db");
  g_assert_true (g_file_get_contents (path, &fixture->flow, NULL, NULL));
  debug_serve (fixture);
}

void
debug_tear_down (DebugFixture  *fixture,
                 gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->flow);
}

void
debug_kill_and_serve (DebugFixture *fixture)
{
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  debug_serve (fixture);
}

LeydenValue *
debug_post_run (DebugFixture *fixture,
                const char   *members,
                guint         expected)
{
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"purpose\": \"try\", \"pace\": \"fast\", \"cache\": \"off\", %s}", fixture->flow, members);

  return server_expect (fixture->server, expected, "POST", "/leyden/v1/runs", body);
}

void
debug_start_run (DebugFixture  *fixture,
                 const char    *members,
                 char         **run,
                 char         **rollout)
{
  g_autofree char *all = g_strconcat (DEBUG_INPUT, members, NULL);
  g_autoptr(LeydenValue) made = debug_post_run (fixture, all, 201);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", value_text_at (made, "/run"));
  g_autoptr(LeydenValue) list = server_expect (fixture->server, 200, "GET", path, NULL);

  *run = g_strdup (value_text_at (made, "/run"));
  *rollout = g_strdup (value_text_at (list, "/rollouts/0/rollout"));
}

LeydenValue *
debug_get_debug (DebugFixture *fixture,
                 const char   *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/debug", rollout);

  return server_expect (fixture->server, 200, "GET", path, NULL);
}

LeydenValue *
debug_wait_debug (DebugFixture *fixture,
                  const char   *rollout)
{
  for (guint i = 0; i < 3000; i++)
    {
      g_autoptr(LeydenValue) debug = debug_get_debug (fixture, rollout);
      const char *state = value_text_at (debug, "/state");

      if (leyden_value_get_member_boolean (debug, "paused", FALSE) || strcmp (state, "succeeded") == 0 || strcmp (state, "failed") == 0
          || strcmp (state, "cancelled") == 0)
        return g_steal_pointer (&debug);
      g_usleep (10000);
    }
  g_assert_not_reached ();
}

LeydenValue *
debug_command (DebugFixture *fixture,
               const char   *rollout,
               const char   *body,
               guint         expected)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/debug", rollout);

  return server_expect (fixture->server, expected, "POST", path, body);
}

LeydenValue *
debug_go (DebugFixture *fixture,
          const char   *rollout,
          const char   *body)
{
  g_autoptr(LeydenValue) answer = debug_command (fixture, rollout, body, 200);

  g_assert_cmpstr (value_text_at (answer, "/rollout"), ==, rollout);
  return debug_wait_debug (fixture, rollout);
}

void
debug_assert_at (LeydenValue *debug,
                 const char  *node,
                 const char  *reason)
{
  g_assert_cmpstr (value_text_at (debug, "/state"), ==, "paused");
  g_assert_cmpstr (value_text_at (debug, "/node"), ==, node);
  g_assert_cmpstr (value_text_at (debug, "/reason"), ==, reason);
  g_assert_true (leyden_value_is_null (value_at (debug, "/why_not")));
}

LeydenValue *
debug_get_state (DebugFixture *fixture,
                 const char   *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", rollout);

  return server_expect (fixture->server, 200, "GET", path, NULL);
}

LeydenValue *
debug_run_plain (DebugFixture *fixture)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) end = NULL;

  debug_start_run (fixture, "", &run, &rollout);
  end = debug_wait_debug (fixture, rollout);
  g_assert_cmpstr (value_text_at (end, "/state"), ==, "succeeded");
  return debug_get_state (fixture, rollout);
}

void
debug_assert_same_end (LeydenValue *a,
                       LeydenValue *b)
{
  static const char * const members[] = { "/state", "/result", "/reward", "/usage/tokens_in", "/nodes/solveagt/outputs", "/nodes/exanswer/outputs" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_assert_nonnull (value_at (a, members[i]));
      g_assert_true (leyden_value_equal (value_at (a, members[i]), value_at (b, members[i])));
    }
}

void
debug_refuse_all (DebugFixture *fixture,
                  const char   *path,
                  const char   *method,
                  const char   *body,
                  guint         expected)
{
  g_autoptr(LeydenValue) answer = server_expect (fixture->server, expected, method, path, body);

  g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
}
