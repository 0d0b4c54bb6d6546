/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* One node, from a node on, pins and what is kept of nodes: over sockets. */

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
  fixture->database = sandbox_path (&fixture->sandbox, "parts.db");
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


static char *
read_sample (void)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static LeydenValue *
ask (Fixture    *fixture,
     const char *flow,
     const char *members,
     guint      *status)
{
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"purpose\": \"try\", \"pace\": \"fast\", %s}", flow, members);

  return server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, status);
}

/* Runs and gives the state of its one rollout. */
static LeydenValue *
run (Fixture    *fixture,
     const char *flow,
     const char *members)
{
  guint status;
  g_autoptr(LeydenValue) made = ask (fixture, flow, members, &status);
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) rollout = NULL;
  g_autofree char *path = NULL;
  g_autofree char *rollout_path = NULL;
  const char *id;

  if (status != 201)
    g_error ("%u: %s", status, leyden_value_get_member_string (made, "detail", "?"));
  id = leyden_value_get_member_string (made, "run", NULL);
  ended = server_wait_run (fixture->server, id);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
  path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", id);
  list = server_ask (fixture->server, "GET", path, NULL, &status);
  rollout_path = g_strdup_printf ("/leyden/v1/rollouts/%s/state",
                                  leyden_value_get_string (leyden_value_lookup_pointer (list, "/rollouts/0/rollout"), NULL));
  rollout = server_ask (fixture->server, "GET", rollout_path, NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  return g_steal_pointer (&rollout);
}

/* A problem that the simulated model knows. */
#define INPUT "\"input\": {\"question\": \"Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?\", \"expected\": \"9\", \"data_id\": \"a-0001\"}"

static gint64
count (Fixture    *fixture,
       const char *member)
{
  guint status;
  g_autoptr(LeydenValue) figures = server_ask (fixture->server, "GET", "/leyden/v1/cache", NULL, &status);

  g_assert_cmpuint (status, ==, 200);
  return leyden_value_get_member_int (figures, member, -1);
}

static void
test_node (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *flow = read_sample ();
  g_autoptr(LeydenValue) nothing = NULL;
  g_autoptr(LeydenValue) whole = NULL;
  g_autoptr(LeydenValue) one = NULL;
  g_autoptr(LeydenValue) from = NULL;
  g_autoptr(LeydenValue) typed = NULL;
  g_autoptr(LeydenValue) wrong = NULL;
  guint status;

  nothing = ask (fixture, flow, "\"part\": {\"node\": \"solveagt\"}", &status);
  g_assert_cmpuint (status, ==, 409);
  g_assert_nonnull (strstr (leyden_value_get_member_string (nothing, "detail", ""), "Try the flow first"));
  wrong = ask (fixture, flow, "\"part\": {\"node\": \"nowhere\"}", &status);
  g_assert_cmpuint (status, ==, 422);
  g_clear_pointer (&wrong, leyden_value_unref);
  wrong = ask (fixture, flow, "\"part\": {\"node\": 3}", &status);
  g_assert_cmpuint (status, ==, 422);
  g_clear_pointer (&wrong, leyden_value_unref);
  wrong = ask (fixture, flow, "\"part\": {\"node\": \"solveagt\", \"mode\": \"backwards\"}", &status);
  g_assert_cmpuint (status, ==, 422);

  whole = run (fixture, flow, INPUT);
  one = run (fixture, flow, "\"part\": {\"node\": \"solveagt\"}, \"cache\": \"off\"");
  g_assert_true (leyden_value_equal (value_at (one, "/nodes/solveagt/outputs"), value_at (whole, "/nodes/solveagt/outputs")));
  g_assert_cmpstr (value_text_at (one, "/nodes/prompter/from/rollout"), ==,
                   leyden_value_get_member_string (whole, "rollout", ""));
  g_assert_null (value_at (one, "/nodes/exanswer"));
  g_assert_cmpint (leyden_value_get_member_int (value_at (one, "/usage"), "tokens_in", 0), >, 0);
  from = run (fixture, flow, "\"part\": {\"node\": \"exanswer\", \"mode\": \"from\"}");
  g_assert_true (leyden_value_equal (leyden_value_get_member (from, "result"), leyden_value_get_member (whole, "result")));
  g_assert_true (leyden_value_equal (leyden_value_get_member (from, "reward"), leyden_value_get_member (whole, "reward")));
  typed = run (fixture, flow, "\"part\": {\"node\": \"prompter\", \"inputs\": {\"question\": \"typed\"}}");
  g_assert_nonnull (strstr (value_text_at (typed, "/nodes/prompter/outputs/text"), "typed"));
}

static void
test_cache (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *flow = read_sample ();
  g_autoptr(LeydenValue) first = run (fixture, flow, INPUT);
  g_autoptr(LeydenValue) second = run (fixture, flow, INPUT);
  g_autoptr(LeydenValue) off = run (fixture, flow, INPUT ", \"cache\": \"off\"");
  g_autoptr(LeydenValue) refreshed = run (fixture, flow, INPUT ", \"cache\": \"refresh\"");
  g_autoptr(LeydenValue) restarted = NULL;
  g_autoptr(LeydenValue) cleared = NULL;
  g_autoptr(LeydenValue) after = NULL;
  guint status;

  g_assert_cmpstr (value_text_at (first, "/nodes/solveagt/cache/why/0/part"), ==, "first");
  g_assert_true (leyden_value_get_boolean (value_at (second, "/nodes/solveagt/cache/hit")));
  g_assert_true (leyden_value_equal (leyden_value_get_member (first, "result"), leyden_value_get_member (second, "result")));
  g_assert_true (leyden_value_equal (leyden_value_get_member (first, "reward"), leyden_value_get_member (second, "reward")));
  g_assert_cmpint (leyden_value_get_member_int (value_at (second, "/usage"), "tokens_in", -1), ==, 0);
  g_assert_null (value_at (off, "/nodes/solveagt/cache"));
  g_assert_cmpstr (value_text_at (refreshed, "/nodes/solveagt/cache/why/0/part"), ==, "refresh");
  g_assert_cmpint (count (fixture, "hits"), ==, 1);
  g_assert_cmpint (count (fixture, "misses"), ==, 2);

  /* It outlives the process. */
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  restarted = run (fixture, flow, INPUT);
  g_assert_true (leyden_value_get_boolean (value_at (restarted, "/nodes/solveagt/cache/hit")));
  cleared = server_ask (fixture->server, "DELETE", "/leyden/v1/cache", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_member_int (value_at (cleared, "/stored"), "entries", -1), ==, 0);
  after = run (fixture, flow, INPUT);
  g_assert_cmpstr (value_text_at (after, "/nodes/solveagt/cache/why/0/part"), ==, "cleared");
}

/* The document with the agent pinned to what @pin says. */
static char *
pin_agent (const char *flow,
           const char *pin)
{
  g_autofree char *with = g_strdup_printf ("\"pin\": %s, \"type\": \"agent\"", pin);
  g_auto(GStrv) parts = g_strsplit (flow, "\"type\": \"agent\"", 2);

  g_assert_nonnull (parts[1]);
  return g_strjoin (with, parts[0], parts[1], NULL);
}

static void
test_pins (Fixture       *fixture,
           gconstpointer  data)
{
  static const char outputs[] = "{\"text\":\"ANSWER: 99\"}";
  g_autofree char *flow = read_sample ();
  g_autofree char *pinned = pin_agent (flow, "{\"outputs\": {\"text\": \"ANSWER: 99\"}}");
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, outputs, -1);
  g_autofree char *by_digest = g_strdup_printf ("{\"sha256\": \"%s\", \"size\": 21}", sha256);
  g_autofree char *large = pin_agent (flow, by_digest);
  g_autofree char *blob = g_strconcat ("/leyden/v1/blobs/", sha256, NULL);
  g_autoptr(LeydenValue) state = run (fixture, pinned, INPUT);
  g_autoptr(LeydenValue) ignored = run (fixture, pinned, INPUT ", \"pins\": \"ignore\"");
  g_autoptr(LeydenValue) missing = NULL;
  g_autoptr(LeydenValue) put = NULL;
  g_autoptr(LeydenValue) whole = NULL;
  guint status;

  g_assert_cmpstr (value_text_at (state, "/nodes/solveagt/outputs/text"), ==, "ANSWER: 99");
  g_assert_true (leyden_value_get_boolean (value_at (state, "/nodes/solveagt/from/pin")));
  g_assert_cmpint (leyden_value_get_member_int (value_at (state, "/usage"), "tokens_in", -1), ==, 0);
  g_assert_null (value_at (ignored, "/nodes/solveagt/from"));

  missing = ask (fixture, large, INPUT, &status);
  g_assert_cmpuint (status, ==, 409);
  put = server_ask_text (fixture->server, "PUT", blob, outputs, &status);
  g_assert_cmpuint (status, ==, 201);
  whole = run (fixture, large, INPUT);
  g_assert_cmpstr (value_text_at (whole, "/nodes/solveagt/outputs/text"), ==, "ANSWER: 99");
}

/* A part takes pins as a whole run does: from blobs too, and not at all when they are to be ignored. */
static void
test_pinned_source (Fixture       *fixture,
                    gconstpointer  data)
{
  static const char outputs[] = "{\"text\":\"ANSWER: 99\"}";
  static const char part[] = "\"part\": {\"node\": \"exanswer\"}";
  g_autofree char *flow = read_sample ();
  g_autofree char *inside = pin_agent (flow, "{\"outputs\": {\"text\": \"ANSWER: 99\"}}");
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, outputs, -1);
  g_autofree char *by_digest = g_strdup_printf ("{\"sha256\": \"%s\", \"size\": 21}", sha256);
  g_autofree char *large = pin_agent (flow, by_digest);
  g_autofree char *blob = g_strconcat ("/leyden/v1/blobs/", sha256, NULL);
  g_autofree char *ignoring = g_strconcat (part, ", \"pins\": \"ignore\"", NULL);
  g_autoptr(LeydenValue) missing = NULL;
  g_autoptr(LeydenValue) put = NULL;
  g_autoptr(LeydenValue) ignored = NULL;
  g_autoptr(LeydenValue) state = NULL;
  guint status;

  missing = ask (fixture, large, part, &status);
  g_assert_cmpuint (status, ==, 409);
  ignored = ask (fixture, inside, ignoring, &status);
  g_assert_cmpuint (status, ==, 409);
  put = server_ask_text (fixture->server, "PUT", blob, outputs, &status);
  g_assert_cmpuint (status, ==, 201);
  state = run (fixture, large, part);
  g_assert_true (leyden_value_get_boolean (value_at (state, "/nodes/solveagt/from/pin")));
  g_assert_cmpint (leyden_value_get_member_int (value_at (state, "/nodes/exanswer/outputs"), "value", 0), ==, 99);
}

/* Training on pinned values would say nothing of the flow: refused by name, unless they are ignored. */
static void
test_training (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *flow = read_sample ();
  g_autofree char *pinned = pin_agent (flow, "{\"outputs\": {\"text\": \"ANSWER: 99\"}}");
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"dataset\": {\"sha256\": \"%s\", \"name\": \"arithmetic.jsonl\"}, \"budget\": 10}", pinned, sha256);
  g_autofree char *ignoring = g_strdup_printf ("{\"flow\": %s, \"dataset\": {\"sha256\": \"%s\", \"name\": \"arithmetic.jsonl\"}, \"budget\": 10,"
                                               " \"pins\": \"ignore\", \"pace\": \"fast\"}", pinned, sha256);
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) made = NULL;
  guint status;

  refused = server_ask_text (fixture->server, "POST", "/leyden/v1/experiments", body, &status);
  g_assert_cmpuint (status, ==, 409);
  g_assert_nonnull (strstr (leyden_value_get_member_string (refused, "detail", ""), "Solver"));
  made = server_ask_text (fixture->server, "POST", "/leyden/v1/experiments", ignoring, &status);
  g_assert_cmpuint (status, ==, 201);
}

/* A crash in the middle of a part: it goes on with what it was given. */
static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *flow = read_sample ();
  g_autoptr(LeydenValue) whole = run (fixture, flow, INPUT);
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"pace\": \"real\", \"cache\": \"off\", \"part\": {\"node\": \"solveagt\", \"mode\": \"from\"}}", flow);
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) state = NULL;
  g_autofree char *path = NULL;
  g_autofree char *rollout_path = NULL;
  const char *id;
  guint status;

  made = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpuint (status, ==, 201);
  id = leyden_value_get_member_string (made, "run", NULL);
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  ended = server_wait_run (fixture->server, id);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
  g_assert_cmpstr (value_text_at (ended, "/part/node"), ==, "solveagt");
  path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", id);
  list = server_ask (fixture->server, "GET", path, NULL, &status);
  rollout_path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", value_text_at (list, "/rollouts/0/rollout"));
  state = server_ask (fixture->server, "GET", rollout_path, NULL, &status);
  g_assert_true (leyden_value_equal (leyden_value_get_member (state, "result"), leyden_value_get_member (whole, "result")));
  g_assert_true (leyden_value_equal (leyden_value_get_member (state, "reward"), leyden_value_get_member (whole, "reward")));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gateway/parts/node", Fixture, NULL, set_up, test_node, tear_down);
  g_test_add ("/gateway/parts/cache", Fixture, NULL, set_up, test_cache, tear_down);
  g_test_add ("/gateway/parts/pins", Fixture, NULL, set_up, test_pins, tear_down);
  g_test_add ("/gateway/parts/pinned-source", Fixture, NULL, set_up, test_pinned_source, tear_down);
  g_test_add ("/gateway/parts/training", Fixture, NULL, set_up, test_training, tear_down);
  g_test_add ("/gateway/parts/killed", Fixture, NULL, set_up, test_killed, tear_down);
  return g_test_run ();
}
