/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* Forks of rollouts that somebody looked into; bodies that are hostile or mistaken; processes that are killed while they write. */

typedef struct
{
  Sandbox sandbox;
  char   *database;
  char   *sample;
  Server *server;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "forks.db");
  g_assert_true (g_file_get_contents (path, &fixture->sample, NULL, NULL));
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->sample);
}

#define QUESTION "Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?"
#define INPUT    "{\"question\": \"" QUESTION "\", \"answer\": \"9\", \"data_id\": \"a-0001\"}"

static LeydenValue *
ask_rollout (Fixture    *fixture,
             guint       expected,
             const char *rollout,
             const char *what,
             const char *body)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/%s", rollout, what);

  return server_expect (fixture->server, expected, body != NULL ? "POST" : "GET", path, body);
}

/* Starts a run over one item. (transfer full): id of its rollout. @run: (out, nullable, transfer full). */
static char *
start (Fixture     *fixture,
       const char  *flow,
       const char  *input,
       const char  *more,
       char       **run)
{
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"purpose\": \"try\", \"pace\": \"fast\", \"cache\": \"off\", \"input\": %s%s}", flow, input, more);
  g_autoptr(LeydenValue) made = server_expect (fixture->server, 201, "POST", "/leyden/v1/runs", body);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", value_text_at (made, "/run"));
  g_autoptr(LeydenValue) list = server_expect (fixture->server, 200, "GET", path, NULL);

  if (run != NULL)
    *run = g_strdup (value_text_at (made, "/run"));
  return g_strdup (value_text_at (list, "/rollouts/0/rollout"));
}

static char *
run_to_end (Fixture    *fixture,
            const char *flow,
            const char *input)
{
  g_autofree char *run = NULL;
  char *rollout = start (fixture, flow, input, "", &run);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, run);

  return rollout;
}

static void
wait_paused (Fixture    *fixture,
             const char *rollout)
{
  for (guint i = 0; i < 3000; i++)
    {
      g_autoptr(LeydenValue) debug = ask_rollout (fixture, 200, rollout, "debug", NULL);

      if (leyden_value_get_member_boolean (debug, "paused", FALSE))
        return;
      g_usleep (10000);
    }
  g_assert_not_reached ();
}

/* Runs the sample, which stops before "prompter"; there @edit (nullable) is made; then it goes on to its end. */
static char *
run_with_pause (Fixture    *fixture,
                const char *edit)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = start (fixture, fixture->sample, INPUT, ", \"breakpoints\": [{\"when\": \"before\", \"node\": \"prompter\"}]", &run);
  g_autoptr(LeydenValue) edited = NULL;
  g_autoptr(LeydenValue) told = NULL;
  g_autoptr(LeydenValue) ended = NULL;

  wait_paused (fixture, rollout);
  if (edit != NULL)
    edited = ask_rollout (fixture, 200, rollout, "edits", edit);
  told = ask_rollout (fixture, 200, rollout, "debug", "{\"command\": \"continue\"}");
  ended = server_wait_run (fixture->server, run);
  return g_steal_pointer (&rollout);
}

/* (transfer full): state of the fork at its end; @run: (out, nullable, transfer full) */
static LeydenValue *
fork_to_end (Fixture     *fixture,
             const char  *rollout,
             const char  *body,
             char       **run)
{
  g_autoptr(LeydenValue) made = ask_rollout (fixture, 201, rollout, "fork", body);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, value_text_at (made, "/run"));

  if (run != NULL)
    *run = g_strdup (value_text_at (made, "/run"));
  return ask_rollout (fixture, 200, value_text_at (made, "/rollout"), "state", NULL);
}

/* Hit, inspected, continued, forked: the fork goes on by itself. */
static void
test_after_pause (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *rollout = run_with_pause (fixture, NULL);
  g_autoptr(LeydenValue) state = fork_to_end (fixture, rollout,
    "{\"edits\": [{\"node\": \"solveagt\", \"parameter\": \"system\", \"value\": \"Other words. Use the calculator.\"}]}", NULL);

  g_assert_cmpstr (value_text_at (state, "/state"), ==, "succeeded");
  g_assert_nonnull (value_at (state, "/nodes/prompter/from"));
  g_assert_null (value_at (state, "/nodes/solveagt/from"));
}

/* A parameter that was set live is in the flow of a fork, unless the fork says another. */
static void
test_after_edit (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *rollout = run_with_pause (fixture, "{\"node\": \"prompter\", \"parameter\": \"template\", \"value\": \"LIVE {{ question }}\"}");
  g_autofree char *run = NULL;
  g_autofree char *flow_path = NULL;
  g_autofree char *flow = NULL;
  g_autofree char *whole = g_strdup_printf ("{\"flow\": %s}", fixture->sample);
  g_autoptr(LeydenValue) kept = fork_to_end (fixture, rollout, "{}", &run);
  g_autoptr(LeydenValue) other = fork_to_end (fixture, rollout,
    "{\"edits\": [{\"node\": \"prompter\", \"parameter\": \"template\", \"value\": \"FORK {{ question }}\"}]}", NULL);
  g_autoptr(LeydenValue) given = fork_to_end (fixture, rollout, whole, NULL);
  g_autoptr(LeydenValue) document = NULL;

  g_assert_cmpstr (value_text_at (kept, "/nodes/prompter/outputs/text"), ==, "LIVE " QUESTION);
  g_assert_nonnull (value_at (kept, "/nodes/prompter/from"));
  flow_path = g_strdup_printf ("/leyden/v1/runs/%s/flow", run);
  document = server_expect (fixture->server, 200, "GET", flow_path, NULL);
  flow = leyden_json_write (document, LEYDEN_JSON_COMPACT);
  g_assert_nonnull (strstr (flow, "LIVE {{ question }}"));
  g_assert_cmpstr (value_text_at (other, "/nodes/prompter/outputs/text"), ==, "FORK " QUESTION);
  g_assert_null (value_at (other, "/nodes/prompter/from"));
  g_assert_null (value_at (given, "/nodes/prompter/from"));
  g_assert_false (g_str_has_prefix (value_text_at (given, "/nodes/prompter/outputs/text"), "LIVE"));
}

#define FLOW(nodes, edges) "{\"leyden\": 1, \"id\": \"f\", \"nodes\": [" nodes "], \"edges\": [" edges "]}"
#define IN(name)           "{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"" name "\", \"type\": \"any\"}]}}"
#define OUT                "{\"id\": \"out\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"r\", \"type\": \"any\"}]}}"
#define EDGE(id, source, source_port, target, target_port) \
  "{\"id\": \"" id "\", \"source\": \"" source "\", \"source_port\": \"" source_port "\", \"target\": \"" target "\", \"target_port\": \"" target_port "\"}"
#define TRANSFORM(expression) \
  "{\"id\": \"t\", \"type\": \"transform\", \"parameters\": {\"inputs\": [{\"name\": \"q\", \"type\": \"any\"}], \"expression\": \"" expression "\", \"type\": \"any\"}}"

/* What is typed into a fork is masked as the input of a run is: its nodes get what its log says. */
static void
test_masked (Fixture       *fixture,
             gconstpointer  data)
{
  static const char flow[] = FLOW (IN ("q") ", " TRANSFORM ("instr (q, 'joe')") ", " OUT, EDGE ("a", "in", "q", "t", "q") ", " EDGE ("b", "t", "result", "out", "r"));
  g_autofree char *rollout = run_to_end (fixture, flow, "{\"q\": \"x\"}");
  g_autoptr(LeydenValue) rules = server_expect (fixture->server, 200, "PUT", "/leyden/v1/masking", "{\"personal\": true}");
  g_autoptr(LeydenValue) value = fork_to_end (fixture, rollout, "{\"edits\": [{\"node\": \"in\", \"port\": \"q\", \"value\": \"joe.doe@example.com\"}]}", NULL);
  g_autoptr(LeydenValue) parameter = fork_to_end (fixture, rollout,
    "{\"edits\": [{\"node\": \"t\", \"parameter\": \"expression\", \"value\": \"instr ('joe.doe@example.com', 'joe')\"}]}", NULL);

  g_assert_cmpint (leyden_value_get_member_int (value_at (value, "/nodes/t/outputs"), "result", -1), ==, 0);
  g_assert_cmpstr (value_text_at (value, "/nodes/in/outputs/q"), ==, "[e-mail masked]");
  g_assert_cmpint (leyden_value_get_member_int (value_at (parameter, "/nodes/t/outputs"), "result", -1), ==, 0);
}

/* What a run said of its cache holds for its fork. */
static void
test_cache (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *rollout = run_to_end (fixture, fixture->sample, INPUT);
  g_autoptr(LeydenValue) made = ask_rollout (fixture, 201, rollout, "fork", "{\"until\": 1}");
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, value_text_at (made, "/run"));
  g_autoptr(LeydenValue) records = ask_rollout (fixture, 200, value_text_at (made, "/rollout"), "records?type=cache.", NULL);

  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (records, "records")), ==, 0);
}

/* A value becomes what its port carries, as on a wire. */
static void
test_coerced (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *rollout = run_to_end (fixture, fixture->sample, INPUT);
  g_autoptr(LeydenValue) state = fork_to_end (fixture, rollout, "{\"edits\": [{\"node\": \"solveagt\", \"port\": \"text\", \"value\": {\"a\": [1]}}]}", NULL);

  g_assert_cmpstr (value_text_at (state, "/nodes/solveagt/outputs/text"), ==, "{\"a\":[1]}");
}

/* Who lost the answer and asks again gets the same fork, also of a backend that was killed since. */
static void
test_asked_again (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char again[] = "{\"until\": 3, \"client_id\": \"fork-1\"}";
  g_autofree char *rollout = run_to_end (fixture, fixture->sample, INPUT);
  g_autoptr(LeydenValue) first = ask_rollout (fixture, 201, rollout, "fork", again);
  g_autoptr(LeydenValue) second = ask_rollout (fixture, 200, rollout, "fork", again);
  g_autoptr(LeydenValue) third = NULL;
  g_autoptr(LeydenValue) other = ask_rollout (fixture, 201, rollout, "fork", "{\"until\": 3, \"client_id\": \"fork-2\"}");
  g_autoptr(LeydenValue) long_id = NULL;

  g_assert_nonnull (value_text_at (first, "/rollout"));
  g_assert_cmpstr (value_text_at (second, "/rollout"), ==, value_text_at (first, "/rollout"));
  g_assert_cmpstr (value_text_at (second, "/run"), ==, value_text_at (first, "/run"));
  g_assert_cmpstr (value_text_at (other, "/rollout"), !=, value_text_at (first, "/rollout"));
  server_end (fixture->server, SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  third = ask_rollout (fixture, 200, rollout, "fork", again);
  g_assert_cmpstr (value_text_at (third, "/rollout"), ==, value_text_at (first, "/rollout"));
  long_id = ask_rollout (fixture, 422, rollout, "fork", "{\"client_id\": \"\"}");
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct { guint status; const char *body; } cases[] = {
    { 422, "{\"edits\": [{\"node\": \"solveagt\", \"port\": \"messages\", \"value\": 9}]}" },
    { 422, "{\"untill\": 3}" },
    { 422, "{\"edits\": [{\"node\": \"prompter\", \"parameter\": \"template\", \"value\": \"x\", \"vallue\": 1}]}" },
    { 422, "{\"until\": 100000}" },
  };
  g_autofree char *rollout = run_to_end (fixture, fixture->sample, INPUT);
  g_autoptr(LeydenValue) before = server_expect (fixture->server, 200, "GET", "/leyden/v1/runs", NULL);
  g_autoptr(LeydenValue) after = NULL;
  g_autoptr(LeydenValue) too_large = NULL;
  g_autofree char *large = g_malloc0 (65 * 1024 * 1024);
  g_autofree char *path = sandbox_path (&fixture->sandbox, "large");
  g_autofree char *sha256 = NULL;
  g_autofree char *body = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) refused = ask_rollout (fixture, cases[i].status, rollout, "fork", cases[i].body);

      g_assert_nonnull (leyden_value_get_member (refused, "detail"));
    }
  g_assert_true (g_file_set_contents (path, large, 65 * 1024 * 1024, NULL));
  sha256 = server_upload (fixture->server, path);
  body = g_strdup_printf ("{\"flow\": \"%s\"}", sha256);
  too_large = ask_rollout (fixture, 413, rollout, "fork", body);
  after = server_expect (fixture->server, 200, "GET", "/leyden/v1/runs", NULL);
  g_assert_cmpuint (leyden_value_get_size (value_at (before, "/runs")), ==, leyden_value_get_size (value_at (after, "/runs")));
}

/* A path that is no node's costs nothing. */
static void
test_watches (Fixture       *fixture,
              gconstpointer  data)
{
  static const guint n_rounds[] = { 17, 5000, 1000000 };
  g_autofree char *rollout = run_to_end (fixture, fixture->sample, INPUT);
  g_autofree char *deep = NULL;
  g_autoptr(LeydenValue) fine = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (n_rounds); i++)
    {
      g_autoptr(GString) body = g_string_new ("{\"expressions\": [\"1\"], \"node\": \"");
      g_autoptr(LeydenValue) refused = NULL;

      for (guint j = 0; j < n_rounds[i]; j++)
        g_string_append (body, "]/");
      g_string_append (body, "\"}");
      refused = ask_rollout (fixture, 422, rollout, "evaluate", body->str);
    }
  deep = g_strdup_printf ("{\"expressions\": [\"1\"], \"node\": \"%0*d\"}", 4097, 0);
  {
    g_autoptr(LeydenValue) refused = ask_rollout (fixture, 422, rollout, "evaluate", deep);
  }
  fine = ask_rollout (fixture, 200, rollout, "evaluate", "{\"expressions\": [\"1\"], \"node\": \"a[0]/b[1]/c\"}");
  g_assert_cmpint (leyden_value_get_member_int (value_at (fine, "/values/0"), "value", 0), ==, 1);
}

/* A request of which nobody waits for the answer. */
static GSocketConnection *
post (Fixture    *fixture,
      const char *path,
      const char *body)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  GSocketConnection *connection = g_socket_client_connect_to_host (client, "127.0.0.1", fixture->server->port, NULL, NULL);
  g_autofree char *request = g_strdup_printf ("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                                              "Content-Length: %zu\r\nConnection: close\r\n\r\n%s", path, fixture->server->key, strlen (body), body);

  g_assert_nonnull (connection);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request, strlen (request), NULL, NULL, NULL));
  return connection;
}

static char *
read_answer (GSocketConnection *connection)
{
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr(GString) answer = g_string_new (NULL);
  char buffer[4096];
  gssize n;

  while ((n = g_input_stream_read (in, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, n);
  return g_string_free (g_steal_pointer (&answer), FALSE);
}

/* No rollout says that it runs when nothing of it does. */
static void
check_nothing_hangs (Fixture *fixture)
{
  g_autoptr(LeydenValue) list = server_expect (fixture->server, 200, "GET", "/leyden/v1/runs?limit=500", NULL);
  LeydenValue *runs = value_at (list, "/runs");

  for (guint i = 0; i < leyden_value_get_size (runs); i++)
    {
      const char *run = leyden_value_get_member_string (leyden_value_get_item (runs, i), "run", "");
      g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", run);
      g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, run);
      g_autoptr(LeydenValue) rollouts = server_expect (fixture->server, 200, "GET", path, NULL);
      LeydenValue *row = value_at (rollouts, "/rollouts/0");

      g_assert_cmpint (leyden_value_get_member_int (ended, "finished", 0), >, 0);
      g_test_message ("%s: %s", run, leyden_value_get_member_string (row, "state", ""));
      g_assert_cmpstr (leyden_value_get_member_string (row, "state", ""), !=, "running");
      g_assert_cmpint (leyden_value_get_member_int (row, "finished_ns", 0), >, 0);
    }
}

/* Killed anywhere in a fork with thousands of records: what is there goes on whole, or has ended. */
static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  static const char flow[] =
    FLOW (IN ("q") ", {\"id\": \"m\", \"type\": \"map\", \"flow\": " FLOW ("{\"id\": \"i\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"item\", \"type\": \"any\"}]}}, "
          "{\"id\": \"o\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"result\", \"type\": \"any\"}]}}", EDGE ("c", "i", "item", "o", "result")) "}, " OUT,
          EDGE ("a", "in", "q", "m", "item") ", " EDGE ("b", "m", "result", "out", "r"));
  g_autoptr(GString) input = g_string_new ("{\"q\": [0");
  g_autofree char *rollout = NULL;
  g_autofree char *path = NULL;

  for (guint i = 1; i < 1000; i++)
    g_string_append_printf (input, ", %u", i);
  g_string_append (input, "]}");
  rollout = run_to_end (fixture, flow, input->str);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s/fork", rollout);
  for (guint i = 0; i < 12; i++)
    {
      g_autoptr(GSocketConnection) connection = post (fixture, path, "{}");

      g_usleep (10000 + 12000 * i);
      g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
      fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
    }
  check_nothing_hangs (fixture);
}

/* Many bring the same rollout at once: each gets one of its own. */
static void
test_imports_at_once (Fixture       *fixture,
                      gconstpointer  data)
{
  static const char file[] = "{\"leyden-rollout\": 1, \"records\": [{\"rollout\": \"same\", \"attempt\": \"0\", \"sequence\": 1, \"time\": 1, \"actor\": \"a\", "
                             "\"type\": \"rollout.started\", \"node\": \"\", \"payload\": {}}]}";
  GSocketConnection *connections[8];
  g_autoptr(GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = post (fixture, "/leyden/v1/rollouts/import", file);
  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    {
      g_autoptr(GSocketConnection) connection = connections[i];
      g_autofree char *answer = read_answer (connection);
      const char *body = strstr (answer, "\r\n\r\n");
      g_autoptr(LeydenValue) made = NULL;

      g_assert_cmpuint (raw_status (answer), ==, 201);
      made = leyden_json_parse (body + 4, -1, NULL, NULL);
      g_assert_true (g_hash_table_add (ids, g_strdup (value_text_at (made, "/rollout"))));
    }
  g_assert_true (g_hash_table_contains (ids, "same"));
}

#define RECORD(more) "{\"rollout\": \"r\", \"attempt\": \"0\", \"sequence\": 1, \"time\": 1, \"actor\": \"a\", \"type\": \"t\", \"node\": \"\", \"payload\": {}" more "}"

/* A word that is said twice may mean either; words that nobody knows are passed over, whatever stands behind them. */
static void
test_import_members (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char * const refused[] = {
    "{\"leyden-rollout\": 1, \"leyden-rollout\": 1, \"records\": [" RECORD ("") "]}",
    "{\"leyden-rollout\": 1, \"flow\": null, \"flow\": null, \"records\": [" RECORD ("") "]}",
    "{\"leyden-rollout\": 1, \"records\": [], \"records\": [" RECORD ("") "]}",
    "{\"leyden-rollout\": 1, \"records\": [" RECORD (", \"sequence\": 1") "]}",
  };
  g_autoptr(GString) zeros = g_string_new ("{\"leyden-rollout\": 1, \"unknown\": {\"x\": [0");
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) one = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(LeydenValue) answer = server_expect (fixture->server, 422, "POST", "/leyden/v1/rollouts/import", refused[i]);
    }
  for (guint i = 0; i < 1000000; i++)
    g_string_append (zeros, ",0");
  g_string_append (zeros, "]}, \"records\": [" RECORD (", \"unknown\": [[1]]") "]}");
  made = server_expect (fixture->server, 201, "POST", "/leyden/v1/rollouts/import", zeros->str);
  one = ask_rollout (fixture, 200, value_text_at (made, "/rollout"), "records/1", NULL);
  g_assert_cmpstr (value_text_at (one, "/type"), ==, "t");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/forks/after-pause", Fixture, NULL, set_up, test_after_pause, tear_down);
  g_test_add ("/forks/after-edit", Fixture, NULL, set_up, test_after_edit, tear_down);
  g_test_add ("/forks/masked", Fixture, NULL, set_up, test_masked, tear_down);
  g_test_add ("/forks/cache", Fixture, NULL, set_up, test_cache, tear_down);
  g_test_add ("/forks/coerced", Fixture, NULL, set_up, test_coerced, tear_down);
  g_test_add ("/forks/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/forks/asked-again", Fixture, NULL, set_up, test_asked_again, tear_down);
  g_test_add ("/forks/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/watches/paths", Fixture, NULL, set_up, test_watches, tear_down);
  g_test_add ("/import/at-once", Fixture, NULL, set_up, test_imports_at_once, tear_down);
  g_test_add ("/import/members", Fixture, NULL, set_up, test_import_members, tear_down);
  return g_test_run ();
}
