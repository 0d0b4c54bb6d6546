/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* The debugger of the backend, over sockets: breakpoints of a run, commands to its rollouts, edits, and processes that are killed. */

typedef struct
{
  Sandbox sandbox;
  char   *database;
  char   *flow;
  Server *server;
} Fixture;

static void
serve (Fixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "debug.db");
  g_assert_true (g_file_get_contents (path, &fixture->flow, NULL, NULL));
  serve (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->flow);
}

static void
kill_and_serve (Fixture *fixture)
{
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  serve (fixture);
}

/* A problem that the simulated model knows. */
#define INPUT "\"input\": {\"question\": \"Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?\", \"answer\": \"9\", \"data_id\": \"a-0001\"}"

static LeydenValue *
at (LeydenValue *value,
    const char  *pointer)
{
  return leyden_value_lookup_pointer (value, pointer);
}

static const char *
text_at (LeydenValue *value,
         const char  *pointer)
{
  return leyden_value_get_string (at (value, pointer), NULL);
}

static LeydenValue *
ask (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body,
     guint       expected)
{
  guint status = 0;
  LeydenValue *answer = body != NULL ? server_ask_text (fixture->server, method, path, body, &status)
                                     : server_ask (fixture->server, method, path, NULL, &status);

  if (status != expected)
    g_error ("%s %s %s: %u %s", method, path, body, status, leyden_value_get_member_string (answer, "detail", "?"));
  return answer;
}

static LeydenValue *
post_run (Fixture    *fixture,
          const char *members,
          guint       expected)
{
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"purpose\": \"try\", \"pace\": \"fast\", \"cache\": \"off\", %s}", fixture->flow, members);

  return ask (fixture, "POST", "/leyden/v1/runs", body, expected);
}

/* Starts a run; its id and that of its only rollout. */
static void
start (Fixture     *fixture,
       const char  *members,
       char       **run,
       char       **rollout)
{
  g_autofree char *all = g_strconcat (INPUT, members, NULL);
  g_autoptr(LeydenValue) made = post_run (fixture, all, 201);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", text_at (made, "/run"));
  g_autoptr(LeydenValue) list = ask (fixture, "GET", path, NULL, 200);

  *run = g_strdup (text_at (made, "/run"));
  *rollout = g_strdup (text_at (list, "/rollouts/0/rollout"));
}

static LeydenValue *
get_debug (Fixture    *fixture,
           const char *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/debug", rollout);

  return ask (fixture, "GET", path, NULL, 200);
}

/* Asks until it is paused or has ended. */
static LeydenValue *
wait_debug (Fixture    *fixture,
            const char *rollout)
{
  for (guint i = 0; i < 3000; i++)
    {
      g_autoptr(LeydenValue) debug = get_debug (fixture, rollout);
      const char *state = text_at (debug, "/state");

      if (leyden_value_get_member_boolean (debug, "paused", FALSE) || strcmp (state, "succeeded") == 0 || strcmp (state, "failed") == 0
          || strcmp (state, "cancelled") == 0)
        return g_steal_pointer (&debug);
      g_usleep (10000);
    }
  g_assert_not_reached ();
}

static LeydenValue *
command (Fixture    *fixture,
         const char *rollout,
         const char *body,
         guint       expected)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/debug", rollout);

  return ask (fixture, "POST", path, body, expected);
}

/* Commands and waits; where it stands then. */
static LeydenValue *
go (Fixture    *fixture,
    const char *rollout,
    const char *body)
{
  g_autoptr(LeydenValue) answer = command (fixture, rollout, body, 200);

  g_assert_cmpstr (text_at (answer, "/rollout"), ==, rollout);
  return wait_debug (fixture, rollout);
}

static void
assert_at (LeydenValue *debug,
           const char  *node,
           const char  *reason)
{
  g_assert_cmpstr (text_at (debug, "/state"), ==, "paused");
  g_assert_cmpstr (text_at (debug, "/node"), ==, node);
  g_assert_cmpstr (text_at (debug, "/reason"), ==, reason);
  g_assert_true (leyden_value_is_null (at (debug, "/why_not")));
}

static LeydenValue *
get_state (Fixture    *fixture,
           const char *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", rollout);

  return ask (fixture, "GET", path, NULL, 200);
}

/* What a rollout without any pause ends with. */
static LeydenValue *
run_plain (Fixture *fixture)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) end = NULL;

  start (fixture, "", &run, &rollout);
  end = wait_debug (fixture, rollout);
  g_assert_cmpstr (text_at (end, "/state"), ==, "succeeded");
  return get_state (fixture, rollout);
}

static void
assert_same_end (LeydenValue *a,
                 LeydenValue *b)
{
  static const char * const members[] = { "/state", "/result", "/reward", "/usage/tokens_in", "/nodes/solveagt/outputs", "/nodes/exanswer/outputs" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_assert_nonnull (at (a, members[i]));
      g_assert_true (leyden_value_equal (at (a, members[i]), at (b, members[i])));
    }
}

#define BREAK ", \"breakpoints\": [{\"id\": \"one\", \"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"length(text) > 0\"}]"

/* The whole way: hit, inspect, step, edit, go on. */
static void
test_session (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *edits = NULL;
  g_autofree char *run_path = NULL;
  g_autofree char *run_debug = NULL;
  g_autofree char *agl = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) value = NULL;

  start (fixture, BREAK, &run, &rollout);
  debug = wait_debug (fixture, rollout);
  assert_at (debug, "exanswer", "breakpoint");
  g_assert_cmpstr (text_at (debug, "/breakpoint/breakpoint"), ==, "one");
  g_assert_cmpstr (text_at (debug, "/ready/0"), ==, "exanswer");
  g_assert_cmpstr (text_at (debug, "/run"), ==, run);

  run_debug = g_strdup_printf ("/leyden/v1/runs/%s/debug", run);
  value = ask (fixture, "GET", run_debug, NULL, 200);
  g_assert_cmpint (leyden_value_get_member_int (value, "n_paused", -1), ==, 1);
  g_assert_cmpstr (text_at (value, "/paused/0"), ==, rollout);
  g_assert_cmpint (leyden_value_get_member_int (at (value, "/breakpoints/0"), "hits_so_far", -1), ==, 1);
  g_clear_pointer (&value, leyden_value_unref);
  run_path = g_strdup_printf ("/leyden/v1/runs/%s", run);
  value = ask (fixture, "GET", run_path, NULL, 200);
  g_assert_cmpstr (text_at (value, "/state"), ==, "running");
  g_assert_cmpint (leyden_value_get_member_int (at (value, "/summary"), "n_paused", -1), ==, 1);
  g_clear_pointer (&value, leyden_value_unref);
  value = get_state (fixture, rollout);
  g_assert_cmpstr (text_at (value, "/state"), ==, "paused");
  g_assert_cmpstr (text_at (value, "/paused/node"), ==, "exanswer");
  g_clear_pointer (&value, leyden_value_unref);
  /* Agent Lightning has no such state. */
  agl = g_strdup_printf ("/api/rollouts/%s", rollout);
  value = ask (fixture, "GET", agl, NULL, 200);
  g_assert_cmpstr (text_at (value, "/rollout/status/state"), ==, "running");
  g_clear_pointer (&value, leyden_value_unref);

  edits = g_strdup_printf ("/leyden/v1/rollouts/%s/edits", rollout);
  value = ask (fixture, "POST", edits, "{\"node\": \"solveagt\", \"port\": \"text\", \"value\": \"ANSWER: 8\"}", 200);
  g_assert_cmpint (leyden_value_get_member_int (value, "sequence", 0), >, leyden_value_get_member_int (debug, "sequence", 0));
  g_clear_pointer (&value, leyden_value_unref);
  value = ask (fixture, "POST", edits, "{\"node\": \"evalnumb\", \"parameter\": \"tolerance\", \"value\": 2}", 200);
  g_clear_pointer (&value, leyden_value_unref);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"step\"}");
  g_assert_cmpstr (text_at (debug, "/reason"), ==, "step");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"continue\"}");
  g_assert_cmpstr (text_at (debug, "/state"), ==, "succeeded");
  g_assert_cmpuint (leyden_value_get_size (at (debug, "/can")), ==, 0);
  g_assert_nonnull (text_at (debug, "/why_not"));
  value = get_state (fixture, rollout);
  g_assert_cmpstr (text_at (value, "/nodes/solveagt/outputs/text"), ==, "ANSWER: 8");
  g_assert_cmpint (leyden_value_get_member_int (at (value, "/nodes/evalnumb/parameters"), "tolerance", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (value, "reward", 0), ==, 1);
}

static void
test_agent (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const stops[] = { "solveagt#1", "solveagt#1/calctool", "solveagt#2" };
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) plain = run_plain (fixture);
  g_autoptr(LeydenValue) end = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  start (fixture, ", \"paused\": true", &run, &rollout);
  debug = wait_debug (fixture, rollout);
  assert_at (debug, "question", "start");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"run-to\", \"node\": \"solveagt\"}");
  assert_at (debug, "solveagt", "step");
  for (guint i = 0; i < G_N_ELEMENTS (stops); i++)
    {
      g_clear_pointer (&debug, leyden_value_unref);
      debug = go (fixture, rollout, i == 0 ? "{\"command\": \"step-into\"}" : "{\"command\": \"step\"}");
      assert_at (debug, stops[i], "step");
    }
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"step-out\"}");
  assert_at (debug, "exanswer", "step");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"continue\"}");
  end = get_state (fixture, rollout);
  assert_same_end (end, plain);
}

static void
refuse_all (Fixture    *fixture,
            const char *path,
            const char *method,
            const char *body,
            guint       expected)
{
  g_autoptr(LeydenValue) answer = ask (fixture, method, path, body, expected);

  g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const runs[] = {
    INPUT ", \"breakpoints\": {}",
    INPUT ", \"breakpoints\": [7]",
    INPUT ", \"breakpoints\": [{\"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"nothing = 1\"}]",
    INPUT ", \"breakpoints\": [{\"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"text && 1\"}]",
    INPUT ", \"paused\": \"yes\"",
  };
  static const char * const commands[] = { "{}", "[]", "{\"command\": 1}", "{\"command\": \"jump\"}", "{\"command\": \"run-to\"}",
                                           "{\"command\": \"run-to\", \"node\": \"nowhere\"}", "{\"command\": \"run-to\", \"node\": 7}",
                                           "{\"command\": \"step\", \"node\": []}", "{\"command\": \"step\"", "not json" };
  static const char * const edits[] = { "{}", "{\"node\": \"question\"}", "{\"node\": \"question\", \"port\": \"question\"}",
                                        "{\"node\": \"question\", \"port\": \"question\", \"parameter\": \"mode\", \"value\": 1}",
                                        "{\"node\": \"nowhere\", \"port\": \"x\", \"value\": 1}", "{\"node\": \"\", \"port\": \"x\", \"value\": 1}",
                                        "{\"node\": \"evalnumb\", \"parameter\": \"tolerance\", \"value\": \"much\"}",
                                        "{\"node\": \"evalnumb\", \"parameter\": \"nothing\", \"value\": 1}" };
  static const char * const detaches[] = { "{}", "{\"leave\": \"running\"}", "{\"leave\": true}" };
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *debug_path = NULL;
  g_autofree char *edits_path = NULL;
  g_autofree char *put_path = NULL;
  g_autofree char *detach_path = NULL;
  g_autofree char *many = NULL;
  g_autoptr(GString) list = g_string_new ("{\"breakpoints\": [");
  g_autoptr(LeydenValue) debug = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autoptr(LeydenValue) answer = post_run (fixture, runs[i], 422);

      g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
    }
  start (fixture, ", \"paused\": true", &run, &rollout);
  debug = wait_debug (fixture, rollout);
  debug_path = g_strdup_printf ("/leyden/v1/rollouts/%s/debug", rollout);
  edits_path = g_strdup_printf ("/leyden/v1/rollouts/%s/edits", rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    refuse_all (fixture, debug_path, "POST", commands[i], 422);
  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    refuse_all (fixture, edits_path, "POST", edits[i], 422);
  for (guint i = 0; i < G_N_ELEMENTS (detaches); i++)
    refuse_all (fixture, detach_path, "POST", detaches[i], 422);
  refuse_all (fixture, debug_path, "POST", "{\"command\": \"step-out\"}", 409);
  refuse_all (fixture, edits_path, "POST", "{\"node\": \"question\", \"port\": \"question\", \"value\": \"x\"}", 409);
  refuse_all (fixture, put_path, "PUT", "{\"breakpoints\": 1}", 422);
  refuse_all (fixture, put_path, "PUT", "{\"breakpoints\": [], \"breakpoint\": []}", 422);
  refuse_all (fixture, put_path, "PUT", "{\"breakpoints\": [{\"when\": \"after\"}]}", 422);
  for (guint i = 0; i < 1001; i++)
    g_string_append_printf (list, "%s{\"when\": \"reward\"}", i > 0 ? "," : "");
  g_string_append (list, "]}");
  refuse_all (fixture, put_path, "PUT", list->str, 422);
  /* Names that would be something elsewhere are names that nothing has. */
  g_clear_pointer (&debug, leyden_value_unref);
  debug = ask (fixture, "PUT", put_path,
               "{\"breakpoints\": [{\"id\": \"<b>'; DROP TABLE rollouts; --\", \"when\": \"before\", \"node\": \"../../etc/passwd\\u202e\\u001b[2J\"}]}", 200);
  g_assert_cmpstr (text_at (debug, "/breakpoints/0/id"), ==, "<b>'; DROP TABLE rollouts; --");
  g_assert_false (leyden_value_get_member_boolean (at (debug, "/breakpoints/0"), "bound", TRUE));
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"stop\"}");
  g_assert_cmpstr (text_at (debug, "/state"), ==, "cancelled");
  refuse_all (fixture, debug_path, "POST", "{\"command\": \"continue\"}", 409);
  refuse_all (fixture, edits_path, "POST", "{\"node\": \"question\", \"port\": \"question\", \"value\": \"x\"}", 409);
  refuse_all (fixture, "/leyden/v1/rollouts/nobody/debug", "GET", NULL, 404);
  refuse_all (fixture, "/leyden/v1/rollouts/nobody/debug", "POST", "{\"command\": \"pause\"}", 404);
  refuse_all (fixture, "/leyden/v1/runs/nobody/breakpoints", "GET", NULL, 404);
  refuse_all (fixture, "/leyden/v1/runs/nobody/detach", "POST", "{\"leave\": \"continue\"}", 404);
}

/* Two who look see the same, and what one does the other sees. */
static void
test_two_clients (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;

  start (fixture, ", \"paused\": true", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  first = wait_debug (fixture, rollout);
  second = get_debug (fixture, rollout);
  g_assert_true (leyden_value_equal (first, second));
  g_clear_pointer (&first, leyden_value_unref);
  g_clear_pointer (&second, leyden_value_unref);
  first = ask (fixture, "PUT", put_path, "{\"breakpoints\": [{\"when\": \"after\", \"node\": \"prompter\"}]}", 200);
  second = ask (fixture, "GET", put_path, NULL, 200);
  g_assert_true (leyden_value_equal (first, second));
  g_assert_nonnull (text_at (first, "/breakpoints/0/id"));
  g_clear_pointer (&first, leyden_value_unref);
  g_clear_pointer (&second, leyden_value_unref);
  first = go (fixture, rollout, "{\"command\": \"continue\"}");
  assert_at (first, "prompter", "breakpoint");
  second = get_debug (fixture, rollout);
  g_assert_true (leyden_value_equal (first, second));
  /* The second to say so is told that it is not paused any more. */
  g_clear_pointer (&first, leyden_value_unref);
  first = go (fixture, rollout, "{\"command\": \"continue\"}");
  g_clear_pointer (&second, leyden_value_unref);
  second = command (fixture, rollout, "{\"command\": \"continue\"}", 409);
}

/* Who changes a list that another has changed is told, and may look again. */
static void
test_revision (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autofree char *detach_path = NULL;
  g_autofree char *with = NULL;
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autoptr(LeydenValue) now = NULL;
  gint64 revision;

  start (fixture, ", \"paused\": true", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
  first = wait_debug (fixture, rollout);
  g_clear_pointer (&first, leyden_value_unref);
  first = ask (fixture, "GET", put_path, NULL, 200);
  revision = leyden_value_get_member_int (first, "revision", 0);
  g_assert_cmpint (revision, >, 0);
  with = g_strdup_printf ("{\"revision\": %" G_GINT64_FORMAT ", \"breakpoints\": [{\"id\": \"mine\", \"when\": \"reward\"}]}", revision);
  second = ask (fixture, "PUT", put_path, with, 200);
  g_assert_cmpint (leyden_value_get_member_int (second, "revision", 0), ==, revision + 1);
  refuse_all (fixture, put_path, "PUT", with, 409);
  refuse_all (fixture, put_path, "PUT", "{\"revision\": 0, \"breakpoints\": []}", 422);
  refuse_all (fixture, put_path, "PUT", "{\"revision\": \"1\", \"breakpoints\": []}", 422);
  now = ask (fixture, "GET", put_path, NULL, 200);
  g_assert_true (leyden_value_equal (now, second));
  /* Without one it takes the place of what there is; and it counts on over a kill. */
  g_clear_pointer (&second, leyden_value_unref);
  second = ask (fixture, "PUT", put_path, "{\"breakpoints\": [{\"id\": \"theirs\", \"when\": \"reward\"}]}", 200);
  kill_and_serve (fixture);
  g_clear_pointer (&now, leyden_value_unref);
  now = wait_debug (fixture, rollout);
  g_clear_pointer (&now, leyden_value_unref);
  now = ask (fixture, "GET", put_path, NULL, 200);
  g_assert_true (leyden_value_equal (now, second));
  g_clear_pointer (&now, leyden_value_unref);
  now = ask (fixture, "POST", detach_path, "{\"leave\": \"continue\"}", 200);
  g_assert_cmpint (leyden_value_get_member_int (now, "revision", 0), ==, revision + 3);
}

static gpointer
listen (gpointer data)
{
  Fixture *fixture = ((gpointer *) data)[0];

  return server_raw (fixture->server, ((gpointer *) data)[1], -1);
}

/* What stands can be looked at when the run has ended, and everybody is told when it changes. */
static void
test_told (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autofree char *debug_path = NULL;
  g_autofree char *request = NULL;
  g_autofree char *news = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) list = NULL;
  gpointer asked[2];
  GThread *thread;

  start (fixture, BREAK, &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  debug_path = g_strdup_printf ("/leyden/v1/runs/%s/debug", run);
  debug = wait_debug (fixture, rollout);
  request = g_strdup_printf ("GET /leyden/v1/runs/%s/events?records=0 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n"
                             "Accept: text/event-stream\r\nConnection: close\r\n\r\n", run, fixture->server->port, fixture->server->key);
  asked[0] = fixture;
  asked[1] = request;
  thread = g_thread_new ("listen", listen, asked);
  /* One of them comes after it listens. */
  for (guint i = 0; i < 20; i++)
    {
      g_clear_pointer (&list, leyden_value_unref);
      list = ask (fixture, "PUT", put_path, "{\"breakpoints\": [{\"id\": \"last\", \"when\": \"after\", \"node\": \"exanswer\"}]}", 200);
      g_usleep (50000);
    }
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"continue\"}");
  assert_at (debug, "exanswer", "breakpoint");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"stop\"}");
  news = g_thread_join (thread);
  g_assert_nonnull (strstr (news, "event: debug\n"));
  g_assert_nonnull (strstr (news, "\"revision\":"));
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&list, leyden_value_unref);
      list = ask (fixture, "GET", i == 0 ? put_path : debug_path, NULL, 200);
      g_assert_cmpuint (leyden_value_get_size (at (list, "/breakpoints")), ==, 1);
      g_assert_cmpstr (text_at (list, "/breakpoints/0/id"), ==, "last");
      g_assert_cmpint (leyden_value_get_member_int (at (list, "/breakpoints/0"), "hits_so_far", -1), ==, 1);
    }
}

/* Killed in the moment of the hit: it is the first one still, and no second rollout stops. */
static void
test_once_kill (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) list = NULL;

  start (fixture, ", \"breakpoints\": [{\"id\": \"one\", \"when\": \"before\", \"node\": \"exanswer\", \"once\": true}]", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  debug = wait_debug (fixture, rollout);
  assert_at (debug, "exanswer", "breakpoint");
  kill_and_serve (fixture);
  g_clear_pointer (&debug, leyden_value_unref);
  for (guint i = 0; i < 3000 && (debug == NULL || leyden_value_get_size (at (debug, "/can")) == 0); i++)
    {
      g_clear_pointer (&debug, leyden_value_unref);
      debug = get_debug (fixture, rollout);
      g_usleep (10000);
    }
  list = ask (fixture, "GET", put_path, NULL, 200);
  g_assert_false (leyden_value_get_member_boolean (at (list, "/breakpoints/0"), "enabled", TRUE));
  g_assert_cmpint (leyden_value_get_member_int (at (list, "/breakpoints/0"), "hits_so_far", -1), ==, 1);
}

/* What somebody types is masked when it enters, as inputs are. */
static void
test_masked_edit (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autofree char *edits = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  value = ask (fixture, "PUT", "/leyden/v1/masking", "{\"personal\": true}", 200);
  g_clear_pointer (&value, leyden_value_unref);
  start (fixture, ", \"breakpoints\": [{\"when\": \"after\", \"node\": \"solveagt\"}]", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  edits = g_strdup_printf ("/leyden/v1/rollouts/%s/edits", rollout);
  debug = wait_debug (fixture, rollout);
  assert_at (debug, "solveagt", "breakpoint");
  value = ask (fixture, "POST", edits, "{\"node\": \"solveagt\", \"port\": \"text\", \"value\": \"joe.doe@example.com ANSWER: 8\"}", 200);
  g_clear_pointer (&value, leyden_value_unref);
  value = ask (fixture, "PUT", put_path, "{\"breakpoints\": [{\"when\": \"before\", \"node\": \"exanswer\", \"condition\":"
                                         " \"instr(text, 'example.com') > 0 OR instr(text, 'ANSWER: 8') = 0\"}]}", 200);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"continue\"}");
  g_assert_cmpstr (text_at (debug, "/state"), ==, "succeeded");
}

static void
test_detach (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *detach_path = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) value = NULL;

  start (fixture, BREAK, &run, &rollout);
  detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
  debug = wait_debug (fixture, rollout);
  value = ask (fixture, "POST", detach_path, "{\"leave\": \"paused\"}", 200);
  g_assert_cmpuint (leyden_value_get_size (at (value, "/breakpoints")), ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (value, "n_paused", -1), ==, 1);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = get_debug (fixture, rollout);
  assert_at (debug, "exanswer", "breakpoint");
  g_clear_pointer (&value, leyden_value_unref);
  value = ask (fixture, "POST", detach_path, "{\"leave\": \"continue\"}", 200);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = wait_debug (fixture, rollout);
  g_assert_cmpstr (text_at (debug, "/state"), ==, "succeeded");
}

/* In the middle of something that would pause later. */
static void
test_detach_under_way (Fixture       *fixture,
                       gconstpointer  data)
{
  static const char * const commands[] = { "{\"command\": \"run-to\", \"node\": \"rewarder\"}", "{\"command\": \"step\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *run = NULL;
      g_autofree char *rollout = NULL;
      g_autofree char *detach_path = NULL;
      g_autoptr(LeydenValue) debug = NULL;
      g_autoptr(LeydenValue) value = NULL;

      start (fixture, ", \"paused\": true", &run, &rollout);
      detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
      debug = wait_debug (fixture, rollout);
      value = command (fixture, rollout, commands[i], 200);
      g_clear_pointer (&value, leyden_value_unref);
      value = ask (fixture, "POST", detach_path, "{\"leave\": \"continue\"}", 200);
      g_assert_cmpint (leyden_value_get_member_int (value, "n_paused", -1), ==, 0);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = wait_debug (fixture, rollout);
      g_assert_cmpstr (text_at (debug, "/state"), ==, "succeeded");
    }
}

/* Over a data set: the first one whose answer is wrong, and no other. A paused rollout takes its place among those at once. */
static void
test_first_of_run (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autofree char *members = g_strdup_printf ("\"dataset\": {\"sha256\": \"%s\", \"name\": \"a\", \"limit\": 12}, \"concurrency\": 2,"
                                              " \"breakpoints\": [{\"when\": \"reward\", \"condition\": \"reward = 0\", \"once\": true}]", sha256);
  g_autoptr(LeydenValue) made = post_run (fixture, members, 201);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s", text_at (made, "/run"));
  g_autofree char *debug_path = g_strconcat (path, "/debug", NULL);
  g_autofree char *detach_path = g_strconcat (path, "/detach", NULL);
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) row = NULL;
  gint64 done = 0;

  for (guint i = 0; i < 3000 && done < 11; i++)
    {
      g_autoptr(LeydenValue) run = ask (fixture, "GET", path, NULL, 200);

      done = leyden_value_get_member_int (at (run, "/summary"), "done", 0);
      g_usleep (10000);
    }
  g_assert_cmpint (done, ==, 11);
  debug = ask (fixture, "GET", debug_path, NULL, 200);
  g_assert_cmpint (leyden_value_get_member_int (debug, "n_paused", -1), ==, 1);
  g_assert_false (leyden_value_get_member_boolean (at (debug, "/breakpoints/0"), "enabled", TRUE));
  rollout = g_strdup (text_at (debug, "/paused/0"));
  row = get_debug (fixture, rollout);
  assert_at (row, "rewarder", "breakpoint");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = ask (fixture, "POST", detach_path, "{\"leave\": \"continue\"}", 200);
  ended = server_wait_run (fixture->server, text_at (made, "/run"));
  g_assert_cmpstr (text_at (ended, "/state"), ==, "succeeded");
}

/* Killed at every place of a session: it stands there again, breakpoints and all, and ends as without pauses. */
static void
test_kill (Fixture       *fixture,
           gconstpointer  data)
{
  static const struct
  {
    const char *command;        /* before the kill */
    const char *node;
    const char *reason;
  } steps[] = {
    { NULL, "question", "start" },
    { "{\"command\": \"continue\"}", "solveagt#1/calctool", "breakpoint" },
    { "{\"command\": \"step\"}", "solveagt#2", "step" },
    { "{\"command\": \"step-out\"}", "exanswer", "step" },
    { "{\"command\": \"continue\"}", "rewarder", "breakpoint" },
  };
  g_autoptr(LeydenValue) plain = run_plain (fixture);
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autoptr(LeydenValue) end = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  start (fixture, ", \"paused\": true", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  debug = wait_debug (fixture, rollout);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = ask (fixture, "PUT", put_path, "{\"breakpoints\": [{\"id\": \"tool\", \"when\": \"before\", \"node\": \"calctool\"},"
                                         " {\"id\": \"r\", \"when\": \"reward\"}]}", 200);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_test_message ("%s", steps[i].node);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = steps[i].command != NULL ? go (fixture, rollout, steps[i].command) : wait_debug (fixture, rollout);
      assert_at (debug, steps[i].node, steps[i].reason);
      kill_and_serve (fixture);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = wait_debug (fixture, rollout);
      /* It is taken up before anybody can do anything. */
      while (leyden_value_get_size (at (debug, "/can")) == 0)
        {
          g_usleep (10000);
          g_clear_pointer (&debug, leyden_value_unref);
          debug = get_debug (fixture, rollout);
        }
      assert_at (debug, steps[i].node, steps[i].reason);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = ask (fixture, "GET", put_path, NULL, 200);
      g_assert_cmpstr (text_at (debug, "/breakpoints/0/id"), ==, "tool");
    }
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"continue\"}");
  g_assert_cmpstr (text_at (debug, "/state"), ==, "succeeded");
  end = get_state (fixture, rollout);
  assert_same_end (end, plain);
}

/* A paused run is one that is under way: the backend waits with it. */
static void
test_idle_exit (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--idle-exit", "1", NULL);
  start (fixture, ", \"paused\": true", &run, &rollout);
  debug = wait_debug (fixture, rollout);
  g_usleep (2500 * 1000);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"stop\"}");
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  serve (fixture);
}

/* Its news: the records, and that the rollout's row has changed. */
static void
test_stream (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *request = NULL;
  g_autofree char *news = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  start (fixture, ", \"paused\": true", &run, &rollout);
  debug = wait_debug (fixture, rollout);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"step\"}");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = go (fixture, rollout, "{\"command\": \"stop\"}");
  request = g_strdup_printf ("GET /leyden/v1/runs/%s/events HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n"
                             "Accept: text/event-stream\r\nLast-Event-ID: 0\r\nConnection: close\r\n\r\n", run, fixture->server->port, fixture->server->key);
  news = server_raw (fixture->server, request, -1);
  g_assert_nonnull (strstr (news, "rollout.paused"));
  g_assert_nonnull (strstr (news, "rollout.resumed"));
  g_assert_nonnull (strstr (news, "\"actor\":\"owner\""));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/debug/session", test_session);
  ADD ("/debug/agent", test_agent);
  ADD ("/debug/refused", test_refused);
  ADD ("/debug/two-clients", test_two_clients);
  ADD ("/debug/revision", test_revision);
  ADD ("/debug/told", test_told);
  ADD ("/debug/once-kill", test_once_kill);
  ADD ("/debug/masked-edit", test_masked_edit);
  ADD ("/debug/detach", test_detach);
  ADD ("/debug/detach/under-way", test_detach_under_way);
  ADD ("/debug/first-of-run", test_first_of_run);
  ADD ("/debug/kill", test_kill);
  ADD ("/debug/idle-exit", test_idle_exit);
  ADD ("/debug/stream", test_stream);
  return g_test_run ();
}
