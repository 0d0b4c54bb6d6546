/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "debug-fixture.h"
#include "leyden-json.h"

/* The debugger of the backend, over sockets: commands to rollouts, edits, and processes that are killed. */

#define BREAK ", \"breakpoints\": [{\"id\": \"one\", \"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"length(text) > 0\"}]"

/* The whole way: hit, inspect, step, edit, go on. */
static void
test_session (DebugFixture  *fixture,
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

  debug_start_run (fixture, BREAK, &run, &rollout);
  debug = debug_wait_debug (fixture, rollout);
  debug_assert_at (debug, "exanswer", "breakpoint");
  g_assert_cmpstr (value_text_at (debug, "/breakpoint/breakpoint"), ==, "one");
  g_assert_cmpstr (value_text_at (debug, "/ready/0"), ==, "exanswer");
  g_assert_cmpstr (value_text_at (debug, "/run"), ==, run);

  run_debug = g_strdup_printf ("/leyden/v1/runs/%s/debug", run);
  value = server_expect (fixture->server, 200, "GET", run_debug, NULL);
  g_assert_cmpint (leyden_value_get_member_int (value, "n_paused", -1), ==, 1);
  g_assert_cmpstr (value_text_at (value, "/paused/0"), ==, rollout);
  g_assert_cmpint (leyden_value_get_member_int (value_at (value, "/breakpoints/0"), "hits_so_far", -1), ==, 1);
  g_clear_pointer (&value, leyden_value_unref);
  run_path = g_strdup_printf ("/leyden/v1/runs/%s", run);
  value = server_expect (fixture->server, 200, "GET", run_path, NULL);
  g_assert_cmpstr (value_text_at (value, "/state"), ==, "running");
  g_assert_cmpint (leyden_value_get_member_int (value_at (value, "/summary"), "n_paused", -1), ==, 1);
  g_clear_pointer (&value, leyden_value_unref);
  value = debug_get_state (fixture, rollout);
  g_assert_cmpstr (value_text_at (value, "/state"), ==, "paused");
  g_assert_cmpstr (value_text_at (value, "/paused/node"), ==, "exanswer");
  g_clear_pointer (&value, leyden_value_unref);
  /* Agent Lightning has no such state. */
  agl = g_strdup_printf ("/api/rollouts/%s", rollout);
  value = server_expect (fixture->server, 200, "GET", agl, NULL);
  g_assert_cmpstr (value_text_at (value, "/rollout/status/state"), ==, "running");
  g_clear_pointer (&value, leyden_value_unref);

  edits = g_strdup_printf ("/leyden/v1/rollouts/%s/edits", rollout);
  value = server_expect (fixture->server, 200, "POST", edits, "{\"node\": \"solveagt\", \"port\": \"text\", \"value\": \"ANSWER: 8\"}");
  g_assert_cmpint (leyden_value_get_member_int (value, "sequence", 0), >, leyden_value_get_member_int (debug, "sequence", 0));
  g_clear_pointer (&value, leyden_value_unref);
  value = server_expect (fixture->server, 200, "POST", edits, "{\"node\": \"evalnumb\", \"parameter\": \"tolerance\", \"value\": 2}");
  g_clear_pointer (&value, leyden_value_unref);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"step\"}");
  g_assert_cmpstr (value_text_at (debug, "/reason"), ==, "step");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  g_assert_cmpstr (value_text_at (debug, "/state"), ==, "succeeded");
  g_assert_cmpuint (leyden_value_get_size (value_at (debug, "/can")), ==, 0);
  g_assert_nonnull (value_text_at (debug, "/why_not"));
  value = debug_get_state (fixture, rollout);
  g_assert_cmpstr (value_text_at (value, "/nodes/solveagt/outputs/text"), ==, "ANSWER: 8");
  g_assert_cmpint (leyden_value_get_member_int (value_at (value, "/nodes/evalnumb/parameters"), "tolerance", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (value, "reward", 0), ==, 1);
}

static void
test_agent (DebugFixture  *fixture,
            gconstpointer  data)
{
  static const char * const stops[] = { "solveagt#1", "solveagt#1/calctool", "solveagt#2" };
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) plain = debug_run_plain (fixture);
  g_autoptr(LeydenValue) end = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
  debug = debug_wait_debug (fixture, rollout);
  debug_assert_at (debug, "question", "start");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"run-to\", \"node\": \"solveagt\"}");
  debug_assert_at (debug, "solveagt", "step");
  for (guint i = 0; i < G_N_ELEMENTS (stops); i++)
    {
      g_clear_pointer (&debug, leyden_value_unref);
      debug = debug_go (fixture, rollout, i == 0 ? "{\"command\": \"step-into\"}" : "{\"command\": \"step\"}");
      debug_assert_at (debug, stops[i], "step");
    }
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"step-out\"}");
  debug_assert_at (debug, "exanswer", "step");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  end = debug_get_state (fixture, rollout);
  debug_assert_same_end (end, plain);
}

static void
test_refused (DebugFixture  *fixture,
              gconstpointer  data)
{
  static const char * const runs[] = {
    DEBUG_INPUT ", \"breakpoints\": {}",
    DEBUG_INPUT ", \"breakpoints\": [7]",
    DEBUG_INPUT ", \"breakpoints\": [{\"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"nothing = 1\"}]",
    DEBUG_INPUT ", \"breakpoints\": [{\"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"text && 1\"}]",
    DEBUG_INPUT ", \"paused\": \"yes\"",
  };
  static const char * const commands[] = { "{}", "[]", "{\"command\": 1}", "{\"command\": \"jump\"}", "{\"command\": \"run-to\"}",
                                           "{\"command\": \"run-to\", \"node\": \"nowhere\"}", "{\"command\": \"run-to\", \"node\": 7}",
                                           "{\"command\": \"step\", \"node\": []}", "{\"command\": \"step\"", "not json" };
  static const char * const edits[] = { "{}", "{\"node\": \"question\"}", "{\"node\": \"question\", \"port\": \"question\"}",
                                        "{\"node\": \"question\", \"port\": \"question\", \"parameter\": \"mode\", \"value\": 1}",
                                        "{\"node\": \"nowhere\", \"port\": \"x\", \"value\": 1}", "{\"node\": \"\", \"port\": \"x\", \"value\": 1}",
                                        "{\"node\": \"evalnumb\", \"parameter\": \"tolerance\", \"value\": \"much\"}",
                                        "{\"node\": \"evalnumb\", \"parameter\": \"nothing\", \"value\": 1}",
                                        "{\"node\": \"solveagt\", \"parameter\": \"model\", \"value\": {\"endpoint\": \"nowhere<b>\", \"model\": \"m\"}}" };
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
      g_autoptr(LeydenValue) answer = debug_post_run (fixture, runs[i], 422);

      g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
    }
  debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
  debug = debug_wait_debug (fixture, rollout);
  debug_path = g_strdup_printf ("/leyden/v1/rollouts/%s/debug", rollout);
  edits_path = g_strdup_printf ("/leyden/v1/rollouts/%s/edits", rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    debug_refuse_all (fixture, debug_path, "POST", commands[i], 422);
  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    debug_refuse_all (fixture, edits_path, "POST", edits[i], 422);
  for (guint i = 0; i < G_N_ELEMENTS (detaches); i++)
    debug_refuse_all (fixture, detach_path, "POST", detaches[i], 422);
  debug_refuse_all (fixture, debug_path, "POST", "{\"command\": \"step-out\"}", 409);
  debug_refuse_all (fixture, edits_path, "POST", "{\"node\": \"question\", \"port\": \"question\", \"value\": \"x\"}", 409);
  debug_refuse_all (fixture, put_path, "PUT", "{\"breakpoints\": 1}", 422);
  debug_refuse_all (fixture, put_path, "PUT", "{\"breakpoints\": [], \"breakpoint\": []}", 422);
  debug_refuse_all (fixture, put_path, "PUT", "{\"breakpoints\": [{\"when\": \"after\"}]}", 422);
  for (guint i = 0; i < 1001; i++)
    g_string_append_printf (list, "%s{\"when\": \"reward\"}", i > 0 ? "," : "");
  g_string_append (list, "]}");
  debug_refuse_all (fixture, put_path, "PUT", list->str, 422);
  /* Names that would be something elsewhere are names that nothing has. */
  g_clear_pointer (&debug, leyden_value_unref);
  debug = server_expect (fixture->server, 200, "PUT", put_path, "{\"breakpoints\": [{\"id\": \"<b>'; DROP TABLE rollouts; --\", \"when\": \"before\", \"node\": \"../../etc/passwd\\u202e\\u001b[2J\"}]}");
  g_assert_cmpstr (value_text_at (debug, "/breakpoints/0/id"), ==, "<b>'; DROP TABLE rollouts; --");
  g_assert_false (leyden_value_get_member_boolean (value_at (debug, "/breakpoints/0"), "bound", TRUE));
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"stop\"}");
  g_assert_cmpstr (value_text_at (debug, "/state"), ==, "cancelled");
  debug_refuse_all (fixture, debug_path, "POST", "{\"command\": \"continue\"}", 409);
  debug_refuse_all (fixture, edits_path, "POST", "{\"node\": \"question\", \"port\": \"question\", \"value\": \"x\"}", 409);
  debug_refuse_all (fixture, "/leyden/v1/rollouts/nobody/debug", "GET", NULL, 404);
  debug_refuse_all (fixture, "/leyden/v1/rollouts/nobody/debug", "POST", "{\"command\": \"pause\"}", 404);
  debug_refuse_all (fixture, "/leyden/v1/runs/nobody/breakpoints", "GET", NULL, 404);
  debug_refuse_all (fixture, "/leyden/v1/runs/nobody/detach", "POST", "{\"leave\": \"continue\"}", 404);
}

/* What somebody types is masked when it enters, as inputs are. */
static void
test_masked_edit (DebugFixture  *fixture,
                  gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autofree char *edits = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  value = server_expect (fixture->server, 200, "PUT", "/leyden/v1/masking", "{\"personal\": true}");
  g_clear_pointer (&value, leyden_value_unref);
  debug_start_run (fixture, ", \"breakpoints\": [{\"when\": \"after\", \"node\": \"solveagt\"}]", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  edits = g_strdup_printf ("/leyden/v1/rollouts/%s/edits", rollout);
  debug = debug_wait_debug (fixture, rollout);
  debug_assert_at (debug, "solveagt", "breakpoint");
  value = server_expect (fixture->server, 200, "POST", edits, "{\"node\": \"solveagt\", \"port\": \"text\", \"value\": \"joe.doe@example.com ANSWER: 8\"}");
  g_clear_pointer (&value, leyden_value_unref);
  value = server_expect (fixture->server, 200, "PUT", put_path, "{\"breakpoints\": [{\"when\": \"before\", \"node\": \"exanswer\", \"condition\":"
                                         " \"instr(text, 'example.com') > 0 OR instr(text, 'ANSWER: 8') = 0\"}]}");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  g_assert_cmpstr (value_text_at (debug, "/state"), ==, "succeeded");
}

/* After a start of the backend it is taken up before anybody can do anything. */
static LeydenValue *
wait_taken_up (DebugFixture *fixture,
               const char   *rollout)
{
  LeydenValue *debug = debug_wait_debug (fixture, rollout);

  while (leyden_value_get_size (value_at (debug, "/can")) == 0)
    {
      g_usleep (10000);
      leyden_value_unref (debug);
      debug = debug_get_debug (fixture, rollout);
    }
  return debug;
}

/* Killed at every place of a session: it stands there again, breakpoints and all, and ends as without pauses. */
static void
test_kill (DebugFixture  *fixture,
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
  g_autoptr(LeydenValue) plain = debug_run_plain (fixture);
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autoptr(LeydenValue) end = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  debug = debug_wait_debug (fixture, rollout);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = server_expect (fixture->server, 200, "PUT", put_path, "{\"breakpoints\": [{\"id\": \"tool\", \"when\": \"before\", \"node\": \"calctool\"},"
                                         " {\"id\": \"r\", \"when\": \"reward\"}]}");
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_test_message ("%s", steps[i].node);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = steps[i].command != NULL ? debug_go (fixture, rollout, steps[i].command) : debug_wait_debug (fixture, rollout);
      debug_assert_at (debug, steps[i].node, steps[i].reason);
      debug_kill_and_serve (fixture);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = wait_taken_up (fixture, rollout);
      debug_assert_at (debug, steps[i].node, steps[i].reason);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = server_expect (fixture->server, 200, "GET", put_path, NULL);
      g_assert_cmpstr (value_text_at (debug, "/breakpoints/0/id"), ==, "tool");
    }
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  g_assert_cmpstr (value_text_at (debug, "/state"), ==, "succeeded");
  end = debug_get_state (fixture, rollout);
  debug_assert_same_end (end, plain);
}

/* What a tool is about to be called with is told, and changed; killed then, it is called with that all the same. */
static void
test_held_call (DebugFixture  *fixture,
                gconstpointer  data)
{
  static const char * const unfit[] = { "{\"node\": \"solveagt#1/calctool\", \"arguments\": [1]}", "{\"node\": \"solveagt#1/calctool\", \"arguments\": {}, \"port\": \"text\", \"value\": 1}",
                                        "{\"node\": \"solveagt#1/calctool\", \"arguments\": {}, \"request\": {}}" };
  static const char * const late[] = { "{\"node\": \"solveagt#2/calctool\", \"arguments\": {}}", "{\"node\": \"question\", \"arguments\": {}}" };
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *edits = NULL;
  g_autofree char *given = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) state = NULL;

  debug_start_run (fixture, ", \"breakpoints\": [{\"when\": \"before\", \"node\": \"calctool\", \"once\": true}]", &run, &rollout);
  debug = debug_wait_debug (fixture, rollout);
  debug_assert_at (debug, "solveagt#1/calctool", "breakpoint");
  g_assert_cmpstr (value_text_at (debug, "/held/name"), ==, "calculator");
  g_assert_cmpstr (value_text_at (debug, "/held/path"), ==, "solveagt#1/calctool");
  given = g_strdup (value_text_at (debug, "/held/arguments/expression"));
  g_assert_nonnull (given);
  edits = g_strdup_printf ("/leyden/v1/rollouts/%s/edits", rollout);
  for (guint i = 0; i < G_N_ELEMENTS (unfit); i++)
    debug_refuse_all (fixture, edits, "POST", unfit[i], 422);
  for (guint i = 0; i < G_N_ELEMENTS (late); i++)
    debug_refuse_all (fixture, edits, "POST", late[i], 409);
  answer = server_expect (fixture->server, 200, "POST", edits, "{\"node\": \"solveagt#1/calctool\", \"arguments\": {\"expression\": \"1000 + 1\"}}");
  debug_kill_and_serve (fixture);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = wait_taken_up (fixture, rollout);
  g_assert_cmpstr (value_text_at (debug, "/held/arguments/expression"), ==, "1000 + 1");
  g_assert_true (leyden_value_get_member_boolean (value_at (debug, "/held"), "edited", FALSE));
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"step\"}");
  debug_assert_at (debug, "solveagt#2", "step");
  g_assert_cmpstr (value_text_at (debug, "/held/kind"), ==, "model");
  g_assert_cmpuint (leyden_value_get_size (value_at (debug, "/held/request/messages")), >=, 3);
  state = debug_get_state (fixture, rollout);
  g_assert_cmpstr (value_text_at (state, "/nodes/solveagt#1~1calctool/calls/0/request/arguments/expression"), ==, "1000 + 1");
  g_assert_cmpstr (given, !=, "1000 + 1");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  g_assert_true (value_at (debug, "/held") == NULL || leyden_value_is_null (value_at (debug, "/held")));
}

/* A paused run is one that is under way: the backend waits with it. */
static void
test_idle_exit (DebugFixture  *fixture,
                gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--idle-exit", "1", NULL);
  debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
  debug = debug_wait_debug (fixture, rollout);
  g_usleep (2500 * 1000);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"stop\"}");
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  debug_serve (fixture);
}

/* Its news: the records, and that the rollout's row has changed. */
static void
test_stream (DebugFixture  *fixture,
             gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *request = NULL;
  g_autofree char *news = NULL;
  g_autoptr(LeydenValue) debug = NULL;

  debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
  debug = debug_wait_debug (fixture, rollout);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"step\"}");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"stop\"}");
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
  DEBUG_ADD ("/debug/session", test_session);
  DEBUG_ADD ("/debug/agent", test_agent);
  DEBUG_ADD ("/debug/refused", test_refused);
  DEBUG_ADD ("/debug/masked-edit", test_masked_edit);
  DEBUG_ADD ("/debug/kill", test_kill);
  DEBUG_ADD ("/debug/held-call", test_held_call);
  DEBUG_ADD ("/debug/idle-exit", test_idle_exit);
  DEBUG_ADD ("/debug/stream", test_stream);
  return g_test_run ();
}
