/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* Looking back at what ran, over sockets. */

typedef struct
{
  Sandbox sandbox;
  char   *database;
  Server *server;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "replay.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

#define QUESTION "Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?"

/* Runs the sample on one question. (transfer full): id of the rollout. */
static char *
run (Fixture    *fixture,
     const char *question)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  g_autofree char *flow = NULL;
  g_autofree char *body = NULL;
  g_autofree char *rollouts = NULL;
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) list = NULL;
  guint status;

  g_assert_true (g_file_get_contents (path, &flow, NULL, NULL));
  body = g_strdup_printf ("{\"flow\": %s, \"purpose\": \"try\", \"pace\": \"fast\", \"cache\": \"off\", "
                          "\"input\": {\"question\": \"%s\", \"expected\": \"9\", \"data_id\": \"a-0001\"}}", flow, question);
  made = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpuint (status, ==, 201);
  ended = server_wait_run (fixture->server, leyden_value_get_member_string (made, "run", ""));
  rollouts = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", leyden_value_get_member_string (made, "run", ""));
  list = server_ask (fixture->server, "GET", rollouts, NULL, &status);
  return g_strdup (leyden_value_get_string (leyden_value_lookup_pointer (list, "/rollouts/0/rollout"), NULL));
}

static LeydenValue *get (Fixture *fixture, guint expected, const char *format, ...) G_GNUC_PRINTF (3, 4);

static LeydenValue *
get (Fixture    *fixture,
     guint       expected,
     const char *format,
     ...)
{
  g_autofree char *path = NULL;
  LeydenValue *value;
  va_list args;
  guint status;

  va_start (args, format);
  path = g_strdup_vprintf (format, args);
  va_end (args);
  value = server_ask (fixture->server, "GET", path, NULL, &status);
  if (status != expected)
    g_error ("%s: %u %s", path, status, leyden_value_get_member_string (value, "detail", ""));
  return value;
}

/* At every position: what the summary and the values of nodes say is what the fold says. */
static void
test_positions (Fixture       *fixture,
                gconstpointer  data)
{
  static const char * const shared[] = { "state", "reward", "usage", "simulated", "started", "finished", "error", "sequence" };
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autoptr(LeydenValue) newest = get (fixture, 200, "/leyden/v1/rollouts/%s/state?summary=true", rollout);
  g_autoptr(LeydenValue) row = get (fixture, 200, "/leyden/v1/rollouts/%s?state=false", rollout);
  gint64 last = leyden_value_get_member_int (newest, "last", 0);

  g_assert_cmpint (last, >, 10);
  g_assert_null (leyden_value_get_member (row, "state"));
  g_assert_nonnull (leyden_value_get_member_string (row, "run", NULL));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (row, "rollout"), "last_sequence", 0), ==, last);
  g_assert_cmpint (leyden_value_get_member_int (newest, "sequence", 0), ==, last);
  /* Backwards: nobody has the right to count on the order. */
  for (gint64 n = last; n > 0; n--)
    {
      g_autoptr(LeydenValue) whole = get (fixture, 200, "/leyden/v1/rollouts/%s/state?until=%" G_GINT64_FORMAT, rollout, n);
      g_autoptr(LeydenValue) summary = get (fixture, 200, "/leyden/v1/rollouts/%s/state?until=%" G_GINT64_FORMAT "&summary=true", rollout, n);
      g_autoptr(LeydenValue) some = get (fixture, 200, "/leyden/v1/rollouts/%s/state?until=%" G_GINT64_FORMAT "&nodes=solve", rollout, n);
      LeydenValue *nodes = leyden_value_get_member (whole, "nodes"), *few = leyden_value_get_member (some, "nodes");
      guint n_few = 0;

      for (guint i = 0; i < G_N_ELEMENTS (shared); i++)
        g_assert_true (leyden_value_equal (leyden_value_get_member (whole, shared[i]), leyden_value_get_member (summary, shared[i])));
      g_assert_cmpuint (leyden_value_get_size (nodes), ==, leyden_value_get_size (leyden_value_get_member (summary, "nodes")));
      for (guint i = 0; i < leyden_value_get_size (nodes); i++)
        if (g_str_has_prefix (leyden_value_get_key (nodes, i), "solve"))
          {
            n_few++;
            g_assert_true (leyden_value_equal (leyden_value_get_item (nodes, i), leyden_value_get_member (few, leyden_value_get_key (nodes, i))));
          }
      g_assert_cmpuint (leyden_value_get_size (few), ==, n_few);
    }
}

static void
test_records (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *question = g_strnfill (40000, 'x');
  g_autofree char *large = NULL;
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autoptr(LeydenValue) all = get (fixture, 200, "/leyden/v1/rollouts/%s/records", rollout);
  g_autoptr(LeydenValue) page = get (fixture, 200, "/leyden/v1/rollouts/%s/records?after=2&limit=3", rollout);
  g_autoptr(LeydenValue) calls = get (fixture, 200, "/leyden/v1/rollouts/%s/records?type=model.&node=solveagt%%232", rollout);
  g_autoptr(LeydenValue) found = get (fixture, 200, "/leyden/v1/rollouts/%s/records?text=PAVEL%%20BAKES", rollout);
  g_autoptr(LeydenValue) nothing = get (fixture, 200, "/leyden/v1/rollouts/%s/records?text=nobody%%20says%%20this", rollout);
  g_autoptr(LeydenValue) behind = get (fixture, 200, "/leyden/v1/rollouts/%s/records?after=100000", rollout);
  guint n = leyden_value_get_size (leyden_value_get_member (all, "records"));
  guint n_large = 0;

  g_assert_true (leyden_value_is_null (leyden_value_get_member (all, "next_after")));
  g_assert_cmpint (leyden_value_get_member_int (all, "last", 0), ==, n);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (page, "records")), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (page, "next_after", 0), ==, 5);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (calls, "records")), ==, 2);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (found, "records")), >, 0);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (found, "records")), <, n);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (nothing, "records")), ==, 0);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (behind, "records")), ==, 0);
  /* Large payloads come short in lists, and whole by themselves. */
  large = run (fixture, question);
  {
    g_autoptr(LeydenValue) list = get (fixture, 200, "/leyden/v1/rollouts/%s/records", large);
    LeydenValue *records = leyden_value_get_member (list, "records");

    for (guint i = 0; i < leyden_value_get_size (records); i++)
      {
        LeydenValue *record = leyden_value_get_item (records, i);
        g_autoptr(LeydenValue) one = get (fixture, 200, "/leyden/v1/rollouts/%s/records/%" G_GINT64_FORMAT, large,
                                          leyden_value_get_member_int (record, "sequence", 0));
        g_autofree char *json = leyden_json_write (record, LEYDEN_JSON_COMPACT);
        g_autofree char *whole = leyden_json_write (leyden_value_get_member (one, "payload"), LEYDEN_JSON_COMPACT);

        g_assert_cmpuint (strlen (json), <, 16384);
        if (leyden_value_get_member_boolean (record, "truncated", FALSE))
          {
            n_large++;
            g_assert_cmpuint (strlen (whole), ==, leyden_value_get_member_int (record, "bytes", 0));
          }
        else
          g_assert_true (leyden_value_equal (record, one));
      }
  }
  g_assert_cmpuint (n_large, >, 0);
}

static void
test_timeline (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autoptr(LeydenValue) whole = get (fixture, 200, "/leyden/v1/rollouts/%s/timeline", rollout);
  g_autoptr(LeydenValue) early = get (fixture, 200, "/leyden/v1/rollouts/%s/timeline?until=2", rollout);
  LeydenValue *spans = leyden_value_get_member (whole, "spans");
  gboolean critical = FALSE;

  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (early, "spans")), ==, 1);
  g_assert_cmpuint (leyden_value_get_size (spans), >, 8);
  for (guint i = 0; i < leyden_value_get_size (spans); i++)
    critical |= g_str_equal (leyden_value_get_member_string (leyden_value_get_item (spans, i), "path", ""), "solveagt")
                && leyden_value_get_member_boolean (leyden_value_get_item (spans, i), "critical", FALSE);
  g_assert_true (critical);
}

/* Forks */

static LeydenValue *
post_fork (Fixture    *fixture,
           const char *rollout,
           const char *body,
           guint       expected)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/fork", rollout);
  LeydenValue *made;
  guint status;

  made = server_ask_text (fixture->server, "POST", path, body, &status);
  if (status != expected)
    g_error ("%s: %u %s", body, status, leyden_value_get_member_string (made, "detail", ""));
  return made;
}

/* Forks and waits. (transfer full): the state of the fork at its end. */
static LeydenValue *
fork_rollout (Fixture    *fixture,
              const char *rollout,
              const char *body)
{
  g_autoptr(LeydenValue) made = post_fork (fixture, rollout, body, 201);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, leyden_value_get_member_string (made, "run", ""));

  g_assert_cmpstr (leyden_value_get_member_string (ended, "purpose", ""), ==, "try");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (ended, "/fork/rollout"), NULL), ==, rollout);
  return get (fixture, 200, "/leyden/v1/rollouts/%s/state", leyden_value_get_member_string (made, "rollout", ""));
}

static gint64
get_tokens (LeydenValue *state)
{
  return leyden_value_get_member_int (leyden_value_get_member (state, "usage"), "tokens_in", -1);
}

static void
test_fork (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autoptr(LeydenValue) first = get (fixture, 200, "/leyden/v1/rollouts/%s/state", rollout);
  g_autoptr(LeydenValue) same = fork_rollout (fixture, rollout, "{}");
  g_autoptr(LeydenValue) changed = fork_rollout (fixture, rollout,
    "{\"edits\": [{\"node\": \"prompter\", \"parameter\": \"template\", \"value\": \"Say briefly: {{ question }}\"}]}");
  g_autoptr(LeydenValue) edited = fork_rollout (fixture, rollout,
    "{\"edits\": [{\"node\": \"solveagt\", \"port\": \"text\", \"value\": \"ANSWER: 9\"}]}");
  g_autoptr(LeydenValue) early = fork_rollout (fixture, rollout, "{\"until\": 1}");

  g_assert_true (leyden_value_equal (leyden_value_get_member (first, "result"), leyden_value_get_member (same, "result")));
  g_assert_cmpint (get_tokens (first), >, 0);
  g_assert_cmpint (get_tokens (same), ==, 0);
  g_assert_cmpstr (value_text_at (same, "/nodes/solveagt/from/rollout"), ==, rollout);
  g_assert_cmpstr (value_text_at (same, "/fork/rollout"), ==, rollout);
  g_assert_cmpstr (value_text_at (changed, "/nodes/prompter/outputs/text"), ==, "Say briefly: " QUESTION);
  g_assert_null (value_at (changed, "/nodes/solveagt/from"));
  g_assert_nonnull (value_at (changed, "/nodes/question/from"));
  g_assert_cmpint (get_tokens (changed), >, 0);
  g_assert_cmpstr (value_text_at (edited, "/result/answer"), ==, NULL);
  g_assert_cmpint (leyden_value_get_member_int (value_at (edited, "/nodes/exanswer/outputs"), "value", 0), ==, 9);
  g_assert_cmpint (get_tokens (edited), ==, 0);
  g_assert_cmpint (get_tokens (early), ==, get_tokens (first));
  g_assert_true (leyden_value_equal (leyden_value_get_member (first, "result"), leyden_value_get_member (early, "result")));
}

static char *
read_metric (Fixture    *fixture,
             const char *name)
{
  g_autofree char *request = g_strdup_printf ("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n",
                                              fixture->server->key);
  g_autofree char *answer = server_raw (fixture->server, request, -1);
  g_autofree char *pattern = g_strdup_printf ("\n%s", name);
  const char *at_name = strstr (answer, pattern);

  g_assert_nonnull (at_name);
  return g_strndup (at_name + 1, strcspn (at_name + 1, "\n"));
}

/* What was spent elsewhere is not counted by the backend either. */
static void
test_metrics (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autofree char *before = read_metric (fixture, "leyden_model_tokens_total");
  g_autoptr(LeydenValue) state = fork_rollout (fixture, rollout, "{}");
  g_autofree char *after = read_metric (fixture, "leyden_model_tokens_total");

  g_assert_cmpint (get_tokens (state), ==, 0);
  g_assert_cmpstr (before, ==, after);
}

/* A fork that waits to be told to go on. */
static void
test_fork_paused (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autoptr(LeydenValue) made = post_fork (fixture, rollout, "{\"until\": 5, \"paused\": true}", 201);
  const char *id = leyden_value_get_member_string (made, "rollout", "");
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/debug", id);
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) told = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) first = get (fixture, 200, "/leyden/v1/rollouts/%s/state", rollout);
  g_autoptr(LeydenValue) state = NULL;
  guint status;

  for (guint i = 0; i < 100; i++)
    {
      g_clear_pointer (&debug, leyden_value_unref);
      debug = get (fixture, 200, "%s", path);
      if (leyden_value_get_member_boolean (debug, "paused", FALSE))
        break;
      g_usleep (20000);
    }
  g_assert_true (leyden_value_get_member_boolean (debug, "paused", FALSE));
  g_assert_cmpstr (value_text_at (debug, "/ready/0"), ==, "solveagt");
  told = server_ask_text (fixture->server, "POST", path, "{\"command\": \"continue\"}", &status);
  g_assert_cmpuint (status, ==, 200);
  ended = server_wait_run (fixture->server, leyden_value_get_member_string (made, "run", ""));
  state = get (fixture, 200, "/leyden/v1/rollouts/%s/state", id);
  g_assert_true (leyden_value_equal (leyden_value_get_member (first, "result"), leyden_value_get_member (state, "result")));
}

/* A row of a data set stays that row. */
static void
test_fork_of_row (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *flow_path = sample_path ("calculator-agent.leyden");
  g_autofree char *data_path = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, data_path);
  g_autofree char *flow = NULL;
  g_autofree char *body = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) list = NULL;
  guint status;

  g_assert_true (g_file_get_contents (flow_path, &flow, NULL, NULL));
  body = g_strdup_printf ("{\"flow\": %s, \"pace\": \"fast\", \"dataset\": {\"sha256\": \"%s\", \"name\": \"a.jsonl\", \"limit\": 3}}", flow, sha256);
  made = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpuint (status, ==, 201);
  ended = server_wait_run (fixture->server, leyden_value_get_member_string (made, "run", ""));
  list = get (fixture, 200, "/leyden/v1/runs/%s/rollouts", leyden_value_get_member_string (made, "run", ""));
  for (guint i = 0; i < 3; i++)
    {
      LeydenValue *row = leyden_value_get_item (leyden_value_get_member (list, "rollouts"), i);
      g_autoptr(LeydenValue) fork = post_fork (fixture, leyden_value_get_member_string (row, "rollout", ""), "{\"until\": 5}", 201);
      g_autoptr(LeydenValue) fork_ended = server_wait_run (fixture->server, leyden_value_get_member_string (fork, "run", ""));
      g_autoptr(LeydenValue) whole = get (fixture, 200, "/leyden/v1/rollouts/%s", leyden_value_get_member_string (fork, "rollout", ""));
      LeydenValue *new_row = leyden_value_get_member (whole, "rollout");
      static const char * const same[] = { "item", "index", "split", "reward", "state" };

      for (guint j = 0; j < G_N_ELEMENTS (same); j++)
        g_assert_true (leyden_value_equal (leyden_value_get_member (row, same[j]), leyden_value_get_member (new_row, same[j])));
    }
}

static void
test_fork_refused (Fixture       *fixture,
                   gconstpointer  data)
{
  static const struct { guint status; const char *body; } cases[] = {
    { 422, "{\"until\": 0}" }, { 422, "{\"until\": \"x\"}" }, { 422, "{\"until\": 100000}" }, { 422, "{\"edits\": {}}" },
    { 422, "{\"edits\": [1]}" }, { 422, "{\"edits\": [{\"node\": \"prompter\"}]}" },
    { 422, "{\"edits\": [{\"node\": \"prompter\", \"port\": \"text\", \"parameter\": \"template\", \"value\": 1}]}" },
    { 422, "{\"edits\": [{\"node\": \"nowhere\", \"port\": \"text\", \"value\": 1}]}" },
    { 422, "{\"edits\": [{\"node\": \"prompter\", \"port\": \"nothing\", \"value\": 1}]}" },
    { 422, "{\"edits\": [{\"node\": \"nowhere\", \"parameter\": \"template\", \"value\": 1}]}" },
    { 422, "{\"edits\": [{\"node\": \"prompter\", \"parameter\": \"nothing\", \"value\": 1}]}" },
    { 409, "{\"until\": 3, \"edits\": [{\"node\": \"solveagt\", \"port\": \"text\", \"value\": \"x\"}]}" },
    { 409, "{\"edits\": [{\"node\": \"prompter\", \"port\": \"text\", \"value\": \"x\"}, {\"node\": \"exanswer\", \"port\": \"value\", \"value\": 1}]}" },
    { 422, "{\"flow\": \"x\"}" }, { 422, "{\"flow\": {}}" }, { 422, "{\"paused\": 1}" },
    { 422, "{\"flow\": \"0000000000000000000000000000000000000000000000000000000000000000\"}" },
  };
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autoptr(LeydenValue) runs_before = get (fixture, 200, "/leyden/v1/runs");
  g_autoptr(LeydenValue) runs_after = NULL;
  g_autoptr(LeydenValue) nobody = post_fork (fixture, "nobody", "{}", 404);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) refused = post_fork (fixture, rollout, cases[i].body, cases[i].status);

      g_assert_nonnull (leyden_value_get_member (refused, "detail"));
    }
  runs_after = get (fixture, 200, "/leyden/v1/runs");
  g_assert_cmpuint (leyden_value_get_size (value_at (runs_before, "/runs")), ==, leyden_value_get_size (value_at (runs_after, "/runs")));
}

static void
test_compare (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *first = run (fixture, QUESTION);
  g_autofree char *second = run (fixture, QUESTION);
  g_autofree char *other = run (fixture, "How many?");
  g_autoptr(LeydenValue) same = get (fixture, 200, "/leyden/v1/rollouts/%s/compare?with=%s", first, second);
  g_autoptr(LeydenValue) fork = post_fork (fixture, first,
    "{\"edits\": [{\"node\": \"solveagt\", \"port\": \"text\", \"value\": \"ANSWER: 9\"}]}", 201);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, leyden_value_get_member_string (fork, "run", ""));
  g_autoptr(LeydenValue) forked = get (fixture, 200, "/leyden/v1/rollouts/%s/compare?with=%s", first, leyden_value_get_member_string (fork, "rollout", ""));
  g_autoptr(LeydenValue) input = get (fixture, 200, "/leyden/v1/rollouts/%s/compare?with=%s", first, other);
  g_autoptr(LeydenValue) nobody = get (fixture, 404, "/leyden/v1/rollouts/%s/compare?with=nobody", first);
  g_autoptr(LeydenValue) missing = get (fixture, 422, "/leyden/v1/rollouts/%s/compare", first);

  g_assert_true (leyden_value_is_null (leyden_value_get_member (same, "divergence")));
  g_assert_cmpstr (value_text_at (same, "/b/rollout"), ==, second);
  /* It names the edit, and what it led to stands behind it. */
  g_assert_cmpstr (value_text_at (forked, "/divergence/path"), ==, "solveagt");
  g_assert_cmpstr (value_text_at (forked, "/divergence/what"), ==, "outputs");
  g_assert_cmpstr (value_text_at (input, "/divergence/what"), ==, "input");
}

static void
test_evaluate (Fixture       *fixture,
               gconstpointer  data)
{
  static const struct { const char *expression; const char *value; } cases[] = {
    { "1 + 1", "2" }, { "prompter ->> '$.text' LIKE 'Solve%'", "1" }, { "solveagt ->> '$.usage.calls'", "2" }, { "length (input ->> '$.question') = length ('" QUESTION "')", "1" },
    { "reward", "null" }, { "result", "{\"answer\":null}" }, { "exanswer", "{\"value\":null}" }, { "\"Solve\"", NULL }, { "nobody", NULL }, { "1 +", NULL },
    { "evalnumb IS NULL", "1" }, { "load_extension ('x')", NULL }, { "\"Agent\" IS NULL", NULL },
  };
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/evaluate", rollout);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autoptr(LeydenValue) early = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) wrong = NULL;
  LeydenValue *values;
  guint status;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "expressions");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    leyden_value_builder_add_string (&b, cases[i].expression);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  answer = server_ask (fixture->server, "POST", path, body, &status);
  g_assert_cmpuint (status, ==, 200);
  values = leyden_value_get_member (answer, "values");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenValue *value = leyden_value_get_member (leyden_value_get_item (values, i), "value");
      g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

      g_test_message ("%s", cases[i].expression);
      if (cases[i].value == NULL)
        g_assert_nonnull (leyden_value_get_member (leyden_value_get_item (values, i), "error"));
      else
        g_assert_cmpstr (text, ==, cases[i].value);
    }
  early = server_ask_text (fixture->server, "POST", path, "{\"expressions\": [\"prompter\", \"question IS NOT NULL\"], \"until\": 3}", &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_true (leyden_value_is_null (value_at (early, "/values/0/value")));
  g_assert_cmpint (leyden_value_get_member_int (value_at (early, "/values/1"), "value", 0), ==, 1);
  wrong = server_ask_text (fixture->server, "POST", path, "{\"expressions\": [1]}", &status);
  g_assert_cmpuint (status, ==, 422);
}

/* Files */

static char *
fetch (Fixture    *fixture,
       const char *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/export", rollout);
  guint status;
  g_autoptr(LeydenValue) file = server_ask (fixture->server, "GET", path, NULL, &status);

  g_assert_cmpuint (status, ==, 200);
  return leyden_json_write (file, LEYDEN_JSON_COMPACT);
}

/* The state at every position, without the id. */
static void
assert_same_states (Fixture    *fixture,
                    const char *a,
                    const char *b)
{
  g_autoptr(LeydenValue) newest = get (fixture, 200, "/leyden/v1/rollouts/%s/state?summary=true", a);
  gint64 last = leyden_value_get_member_int (newest, "last", 0);

  g_assert_cmpint (last, >, 10);
  for (gint64 n = 1; n <= last; n++)
    {
      g_autoptr(LeydenValue) x = get (fixture, 200, "/leyden/v1/rollouts/%s/state?until=%" G_GINT64_FORMAT, a, n);
      g_autoptr(LeydenValue) y = get (fixture, 200, "/leyden/v1/rollouts/%s/state?until=%" G_GINT64_FORMAT, b, n);
      g_autoptr(LeydenValue) name = leyden_value_new_string (a, -1);
      g_autoptr(LeydenValue) z = leyden_value_with_member (y, "rollout", name);
      g_autofree char *p = leyden_json_write (x, LEYDEN_JSON_COMPACT);
      g_autofree char *q = leyden_json_write (z, LEYDEN_JSON_COMPACT);

      g_assert_cmpstr (p, ==, q);
    }
}

static void
test_file (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autofree char *text = fetch (fixture, rollout);
  g_autofree char *again = NULL;
  g_autoptr(LeydenValue) imported = NULL;
  g_autoptr(LeydenValue) run_there = NULL;
  g_autoptr(LeydenValue) row = NULL;
  g_autoptr(LeydenValue) new_row = NULL;
  g_autoptr(LeydenValue) forked = NULL;
  const char *copy;
  guint status;
  static const char * const same[] = { "state", "item", "reward", "tokens_in", "tokens_out", "cost", "simulated", "latency_ms" };

  g_assert_true (g_str_has_prefix (text, "{\"leyden-rollout\":1,"));
  imported = server_ask_text (fixture->server, "POST", "/leyden/v1/rollouts/import", text, &status);
  g_assert_cmpuint (status, ==, 201);
  copy = leyden_value_get_member_string (imported, "rollout", "");
  /* Its own id is taken. */
  g_assert_cmpstr (copy, !=, rollout);
  run_there = get (fixture, 200, "/leyden/v1/runs/%s", leyden_value_get_member_string (imported, "run", ""));
  g_assert_cmpstr (leyden_value_get_member_string (run_there, "state", ""), ==, "succeeded");
  g_assert_cmpstr (value_text_at (run_there, "/imported/rollout"), ==, rollout);
  assert_same_states (fixture, rollout, copy);
  row = get (fixture, 200, "/leyden/v1/rollouts/%s", rollout);
  new_row = get (fixture, 200, "/leyden/v1/rollouts/%s", copy);
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    g_assert_true (leyden_value_equal (leyden_value_get_member (value_at (row, "/rollout"), same[i]), leyden_value_get_member (value_at (new_row, "/rollout"), same[i])));
  /* What came as a file can be forked, and goes out as it came. */
  forked = fork_rollout (fixture, copy, "{\"until\": 5}");
  g_assert_true (leyden_value_equal (leyden_value_get_member (forked, "result"), value_at (row, "/state/result")));
  again = fetch (fixture, copy);
  {
    g_autoptr(LeydenValue) x = leyden_json_parse (text, -1, NULL, NULL);
    g_autoptr(LeydenValue) y = leyden_json_parse (again, -1, NULL, NULL);

    g_assert_true (leyden_value_equal (leyden_value_get_member (x, "flow"), leyden_value_get_member (y, "flow")));
    g_assert_true (leyden_value_equal (leyden_value_get_member (x, "input"), leyden_value_get_member (y, "input")));
    g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (x, "records")), ==, leyden_value_get_size (leyden_value_get_member (y, "records")));
  }
}

/* What it wrote. */
static char *
finish (Outcome *outcome,
        int      expected)
{
  g_autoptr(Outcome) owned = outcome;

  if (owned->status != expected)
    g_error ("status %d: %s", owned->status, owned->err);
  return g_strdup (g_strchomp (owned->out));
}

/* Elsewhere it keeps its id; by the command line, beside a backend and without one. */
static void
test_file_elsewhere (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autofree char *live = sandbox_path (&fixture->sandbox, "live.json");
  g_autofree char *dead = sandbox_path (&fixture->sandbox, "dead.json");
  g_autofree char *other = sandbox_path (&fixture->sandbox, "other.db");
  g_autofree char *backup = sandbox_path (&fixture->sandbox, "backup");
  g_autofree char *restored = sandbox_path (&fixture->sandbox, "restored.db");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *here = NULL;
  g_autofree char *there = NULL;

#define CLI(expected, ...) finish (sandbox_run (&fixture->sandbox, __VA_ARGS__, NULL), expected)
  g_free (CLI (0, "export", "--database", fixture->database, rollout, live));
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  g_free (CLI (0, "export", "--database", fixture->database, rollout, dead));
  {
    g_autofree char *text = NULL;
    g_autoptr(LeydenValue) file = NULL;

    g_assert_true (g_file_get_contents (dead, &text, NULL, NULL));
    file = leyden_json_parse (text, -1, NULL, NULL);
    g_assert_cmpstr (value_text_at (file, "/input/question"), ==, QUESTION);
    g_assert_nonnull (value_at (file, "/flow/nodes"));
  }
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", other, NULL);
  first = CLI (0, "import", "--database", other, live);
  g_assert_cmpstr (first, ==, rollout);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  second = CLI (0, "import", "--database", other, dead);
  g_assert_cmpstr (second, !=, rollout);
  here = CLI (0, "replay", "--json", "--database", fixture->database, rollout);
  there = CLI (0, "replay", "--json", "--database", other, rollout);
  g_assert_cmpstr (here, ==, there);
  /* What fails leaves what is there. */
  g_free (CLI (1, "export", "--database", other, "nobody", dead));
  g_assert_true (g_file_test (dead, G_FILE_TEST_EXISTS));
  g_free (CLI (3, "export", "--database", other, rollout, "/nowhere/x.json"));
  g_free (CLI (3, "import", "--database", other, "/nowhere"));
  /* And once more out of a backup. */
  g_free (CLI (0, "backup", "--database", fixture->database, backup));
  g_free (CLI (0, "restore", backup, restored));
  g_clear_pointer (&there, g_free);
  there = CLI (0, "replay", "--json", "--database", restored, rollout);
  g_assert_cmpstr (here, ==, there);
#undef CLI
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", other, NULL);
}

#define N_BIG 40000

static char *
write_big (Fixture *fixture)
{
  g_autoptr(GString) text = g_string_new ("{\"leyden-rollout\": 1, \"records\": [");

  /* What cannot be packed well: so it is a while until all of it is written. */
  for (guint i = 1; i <= N_BIG; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      g_autofree char *filler = g_compute_checksum_for_string (G_CHECKSUM_SHA512, number, -1);

      g_string_append_printf (text, "%s{\"rollout\": \"big\", \"attempt\": \"0\", \"sequence\": %u, \"time\": %u, \"actor\": \"engine\", \"type\": \"output.line\", "
                              "\"node\": \"a\", \"payload\": {\"text\": \"%s\"}}", i > 1 ? ", " : "", i, i, filler);
    }
  g_string_append (text, "]}");
  return sandbox_write (&fixture->sandbox, "big.json", text->str, (gssize) text->len);
}

static gint64
size_of (const char *path)
{
  GStatBuf info;

  return g_stat (path, &info) == 0 ? info.st_size : 0;
}

static gint64
size_of_log (const char *database)
{
  g_autofree char *log = g_strconcat (database, "-wal", NULL);

  return size_of (log);
}

/* Begins to import and is killed when so many bytes are in the log of the database. FALSE: it was done before. */
static gboolean
kill_import (Fixture    *fixture,
             const char *database,
             const char *file,
             gint64      n_bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) import = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                                                    fixture->sandbox.leydenctl, "import", "--database", database, file, NULL);

  g_assert_no_error (error);
  while (g_subprocess_get_identifier (import) != NULL && size_of_log (database) < n_bytes)
    {
      g_usleep (500);
      g_main_context_iteration (NULL, FALSE);
    }
  g_subprocess_force_exit (import);
  g_assert_true (g_subprocess_wait (import, NULL, &error));
  return !g_subprocess_get_if_exited (import);
}

/* Killed while it writes: at the next start nothing of it is there, and it can be brought in under its own id. */
static void
test_file_killed (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *file = write_big (fixture);
  guint n_killed = 0;

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("killed-%u.db", i);
      g_autofree char *database = sandbox_path (&fixture->sandbox, name);
      g_autofree char *bytes = NULL;
      g_autofree char *id = NULL;
      g_autoptr(LeydenValue) runs = NULL;
      g_autoptr(LeydenValue) row = NULL;

      g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
      fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, NULL);
      g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
      n_killed += kill_import (fixture, database, file, size_of_log (database) + 200000 + i * 1000000);
      fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, NULL);
      runs = get (fixture, 200, "/leyden/v1/runs");
      g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (runs, "runs")), ==, 0);
      row = get (fixture, 404, "/leyden/v1/rollouts/big");
      g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
      id = finish (sandbox_run (&fixture->sandbox, "import", "--database", database, file, NULL), 0);
      g_assert_cmpstr (id, ==, "big");
      fixture->server = sandbox_serve (&fixture->sandbox, "--database", database, NULL);
      g_clear_pointer (&row, leyden_value_unref);
      row = get (fixture, 200, "/leyden/v1/rollouts/big/state?summary=true");
      g_assert_cmpint (leyden_value_get_member_int (row, "last", 0), ==, N_BIG);
    }
  g_assert_cmpuint (n_killed, ==, 4);
}

/* The state at each position, in a world without a network. */
static void
test_no_network (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autofree char *unshare = g_find_program_in_path ("unshare");
  const char *leydenctl = fixture->sandbox.leydenctl;
  const char *probe[] = { unshare, "-rn", "true", NULL };
  int status = -1;

  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  if (unshare == NULL || !g_spawn_sync (NULL, (char **) probe, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL) || status != 0)
    g_test_skip ("This machine has no network namespaces for its users");
  else
    for (guint n = 1; n <= 20; n++)
      {
        g_autofree char *until = g_strdup_printf ("%u", n);
        g_autofree char *with = finish (sandbox_run (&fixture->sandbox, "replay", "--json", "--until", until, "--database", fixture->database, rollout, NULL), 0);
        const char *argv[] = { unshare, "-rn", leydenctl, "replay", "--json", "--until", until, "--database", fixture->database, rollout, NULL };
        g_autofree char *without = NULL;

        g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &without, NULL, &status, NULL));
        g_assert_cmpint (status, ==, 0);
        g_assert_cmpstr (g_strchomp (without), ==, with);
      }
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

#define RECORD(sequence) "{\"rollout\": \"r\", \"attempt\": \"0\", \"sequence\": " sequence ", \"time\": 1, \"actor\": \"a\", \"type\": \"t\", \"node\": \"\", \"payload\": {}}"

static void
test_hostile_files (Fixture       *fixture,
                    gconstpointer  data)
{
  static const char * const refused[] = {
    "", "{", "[]", "1", "{}", "null", "{\"leyden-rollout\": 1}", "{\"leyden-rollout\": 1, \"records\": []}", "{\"leyden-rollout\": 2, \"records\": [" RECORD ("1") "]}",
    "{\"leyden-rollout\": \"1\", \"records\": [" RECORD ("1") "]}", "{\"records\": [" RECORD ("1") "], \"leyden-rollout\": 1}",
    "{\"leyden-rollout\": 1, \"records\": [" RECORD ("2") "]}", "{\"leyden-rollout\": 1, \"records\": [" RECORD ("1") ", " RECORD ("1") "]}",
    "{\"leyden-rollout\": 1, \"records\": [" RECORD ("1") "], \"records\": [" RECORD ("1") "]}", "{\"leyden-rollout\": 1, \"records\": {}}",
    "{\"leyden-rollout\": 1, \"records\": [1]}", "{\"leyden-rollout\": 1, \"records\": [" RECORD ("1") "]} x", "{\"leyden-rollout\": 1, \"flow\": 7, \"records\": [" RECORD ("1") "]}",
    "{\"leyden-rollout\": 1, \"flow\": {\"leyden\": 1, \"nodes\": 3}, \"records\": [" RECORD ("1") "]}", "{\"leyden\": 1}",
    "{\"leyden-rollout\": 1, \"records\": [{\"rollout\": \"\", \"attempt\": \"0\", \"sequence\": 1, \"time\": 1, \"actor\": \"a\", \"type\": \"t\", \"node\": \"\", \"payload\": {}}]}",
    "{\"leyden-rollout\": 1, \"records\": [{\"rollout\": \"r\", \"attempt\": \"0\", \"sequence\": 1, \"time\": 1, \"actor\": \"a\", \"type\": \"T \\u0000\", \"node\": \"\", \"payload\": {}}]}",
  };
  static const char * const odd[] = {
    "{\"leyden-rollout\": 1, \"records\": [" RECORD ("1") "]}",
    "{\"leyden-rollout\": 1, \"rollout\": {\"state\": \"running\", \"index\": -5, \"item\": 7, \"executor\": \"agl\"}, \"run\": {\"title\": 3, \"model\": [], \"seed\": \"x\"}, \"input\": null, \"records\": [" RECORD ("1") "]}",
    "{\"leyden-rollout\": 1, \"unknown\": [[[]]], \"records\": [{\"rollout\": \"../../etc/passwd\", \"attempt\": \"<b>\", \"sequence\": 1, \"time\": 0, \"actor\": \"\", \"type\": \"node.started\", \"node\": \"]/[#\", \"payload\": {\"inputs\": 3}}]}",
  };
  g_autofree char *deep = g_strnfill (100000, '[');
  guint status;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "POST", "/leyden/v1/rollouts/import", refused[i], &status);

      g_test_message ("%s", refused[i]);
      g_assert_cmpuint (status, ==, 422);
      g_assert_nonnull (leyden_value_get_member (answer, "detail"));
    }
  {
    g_autofree char *body = g_strdup_printf ("{\"leyden-rollout\": 1, \"flow\": %s", deep);
    g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "POST", "/leyden/v1/rollouts/import", body, &status);

    g_assert_cmpuint (status, ==, 422);
  }
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "POST", "/leyden/v1/rollouts/import", odd[i], &status);
      g_autofree char *id = NULL;

      g_assert_cmpuint (status, ==, 201);
      id = g_uri_escape_string (leyden_value_get_member_string (answer, "rollout", ""), NULL, FALSE);
      {
        g_autoptr(LeydenValue) row = get (fixture, 200, "/leyden/v1/rollouts/%s", id);
        g_autoptr(LeydenValue) summary = get (fixture, 200, "/leyden/v1/rollouts/%s/state?summary=true", id);
        g_autoptr(LeydenValue) timeline = get (fixture, 200, "/leyden/v1/rollouts/%s/timeline", id);
        g_autoptr(LeydenValue) refused_fork = post_fork (fixture, id, "{}", 409);

        g_assert_cmpstr (value_text_at (row, "/rollout/executor"), ==, "leyden");
        g_assert_cmpstr (value_text_at (row, "/rollout/state"), ==, "cancelled");
      }
    }
}

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  static const struct { guint status; const char *path; } cases[] = {
    { 404, "rollouts/nobody/timeline" }, { 404, "rollouts/nobody/records" }, { 404, "rollouts/nobody/state?summary=true" },
    { 404, "rollouts/nobody/records/1" }, { 404, "rollouts/%s/state?summary=true&until=100000" }, { 404, "rollouts/%s/timeline?until=100000" },
    { 422, "rollouts/%s/state?summary=perhaps" }, { 422, "rollouts/%s/state?summary=true&until=0" }, { 422, "rollouts/%s/records?limit=0" },
    { 422, "rollouts/%s/records?after=-1" }, { 404, "rollouts/%s/records/0" }, { 404, "rollouts/%s/records/100000" },
    { 404, "rollouts/%s/records/x" }, { 422, "rollouts/%s/timeline?limit=1000000" },
  };
  g_autofree char *rollout = run (fixture, QUESTION);
  g_autofree char *long_text = g_strnfill (2000, 'x');
  g_autoptr(LeydenValue) refused = get (fixture, 422, "/leyden/v1/rollouts/%s/records?text=%s", rollout, long_text);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) parts = g_strsplit (cases[i].path, "%s", -1);
      g_autofree char *path = g_strjoinv (rollout, parts);
      g_autoptr(LeydenValue) value = get (fixture, cases[i].status, "/leyden/v1/%s", path);

      g_assert_nonnull (leyden_value_get_member (value, "detail"));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/replay/positions", Fixture, NULL, set_up, test_positions, tear_down);
  g_test_add ("/replay/records", Fixture, NULL, set_up, test_records, tear_down);
  g_test_add ("/replay/timeline", Fixture, NULL, set_up, test_timeline, tear_down);
  g_test_add ("/replay/fork", Fixture, NULL, set_up, test_fork, tear_down);
  g_test_add ("/replay/metrics", Fixture, NULL, set_up, test_metrics, tear_down);
  g_test_add ("/replay/fork-paused", Fixture, NULL, set_up, test_fork_paused, tear_down);
  g_test_add ("/replay/fork-of-row", Fixture, NULL, set_up, test_fork_of_row, tear_down);
  g_test_add ("/replay/fork-refused", Fixture, NULL, set_up, test_fork_refused, tear_down);
  g_test_add ("/replay/compare", Fixture, NULL, set_up, test_compare, tear_down);
  g_test_add ("/replay/evaluate", Fixture, NULL, set_up, test_evaluate, tear_down);
  g_test_add ("/replay/file", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/replay/file-elsewhere", Fixture, NULL, set_up, test_file_elsewhere, tear_down);
  g_test_add ("/replay/file-killed", Fixture, NULL, set_up, test_file_killed, tear_down);
  g_test_add ("/replay/no-network", Fixture, NULL, set_up, test_no_network, tear_down);
  g_test_add ("/replay/hostile-files", Fixture, NULL, set_up, test_hostile_files, tear_down);
  g_test_add ("/replay/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  return g_test_run ();
}
