/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

/* A question to a person on the command line, over the API, and over the sudden death of the backend. */

static const char flow[] =
  "{\"leyden\": 1, \"id\": \"ask\", \"title\": \"Ask\", \"nodes\": ["
  "{\"id\": \"check\", \"type\": \"human\", \"position\": {\"x\": 230, \"y\": 0}, \"parameters\": {\"question\": \"Send {{ text }}?\", \"fields\": ["
  "{\"name\": \"ok\", \"type\": \"boolean\", \"required\": true}, {\"name\": \"note\", \"type\": \"text\"}]}},"
  "{\"id\": \"in\", \"type\": \"input\", \"position\": {\"x\": 0, \"y\": 0}, \"parameters\": {\"fields\": [{\"name\": \"text\", \"type\": \"text\"}]}},"
  "{\"id\": \"out\", \"type\": \"output\", \"position\": {\"x\": 460, \"y\": 0}, \"parameters\": {\"fields\": [{\"name\": \"ok\", \"type\": \"any\"}]}}],"
  "\"edges\": [{\"id\": \"e1\", \"source\": \"in\", \"source_port\": \"text\", \"target\": \"check\", \"target_port\": \"text\"},"
  "{\"id\": \"e2\", \"source\": \"check\", \"source_port\": \"ok\", \"target\": \"out\", \"target_port\": \"ok\"}]}";

#define INPUT "{\"text\": \"the letter\"}"

typedef struct
{
  Sandbox sandbox;
  char   *flow;
  char   *database;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->flow = sandbox_write (&fixture->sandbox, "ask.leyden", flow, -1);
  fixture->database = sandbox_path (&fixture->sandbox, "runs.db");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->flow);
  g_free (fixture->database);
}

static Outcome *
run (Fixture    *fixture,
     const char *answer)
{
  if (answer == NULL)
    return sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", INPUT, "--database", fixture->database, "--json", NULL);
  return sandbox_run (&fixture->sandbox, "run", fixture->flow, "--input", INPUT, "--database", fixture->database, "--json", "--answer", answer, NULL);
}

/* Without a terminal it says what waits and how to answer; the same command with the answer goes on. */
static void
test_headless (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(Outcome) waits = run (fixture, NULL);
  g_autoptr(Outcome) wrong = run (fixture, "check={\"ok\": 7}");
  g_autoptr(Outcome) astray = run (fixture, "chekc={\"ok\": true}");
  g_autoptr(Outcome) usage = run (fixture, "check");
  g_autoptr(Outcome) good = run (fixture, "check={\"ok\": true}");
  g_autoptr(Outcome) again = run (fixture, NULL);

  g_assert_cmpint (waits->status, ==, 1);
  g_assert_cmpstr (waits->out, ==, "");
  g_assert_nonnull (strstr (waits->err, "Send the letter?"));
  g_assert_nonnull (strstr (waits->err, "--answer check='{\"ok\": …, \"note\": …}'"));
  g_assert_cmpint (wrong->status, ==, 1);
  g_assert_nonnull (strstr (wrong->err, "does not fit"));
  g_assert_cmpint (astray->status, ==, 1);
  g_assert_nonnull (strstr (astray->err, "--answer chekc"));
  g_assert_null (strstr (good->err, "warning"));
  g_assert_cmpint (usage->status, ==, 2);
  g_assert_cmpint (good->status, ==, 0);
  g_assert_nonnull (strstr (good->out, "\"ok\":true"));
  g_assert_cmpint (again->status, ==, 0);
  g_assert_cmpstr (again->out, ==, good->out);
}

static LeydenValue *
find_waiting (Server     *server,
              const char *rollout)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", rollout);
  g_autoptr(LeydenValue) state = server_ask (server, "GET", path, NULL, NULL);
  LeydenValue *node = leyden_value_get_member (leyden_value_get_member (state, "nodes"), "check");
  LeydenValue *waiting = leyden_value_get_member (node, "waiting");

  return leyden_value_is_null (waiting) ? NULL : leyden_value_ref (waiting);
}

static void
wait_for_question (Server     *server,
                   const char *rollout)
{
  for (guint i = 0; i < 600; i++)
    {
      g_autoptr(LeydenValue) waiting = find_waiting (server, rollout);

      if (waiting != NULL)
        {
          g_assert_cmpstr (leyden_value_get_member_string (waiting, "reason", NULL), ==, "human");
          return;
        }
      g_usleep (20000);
    }
  g_assert_not_reached ();
}

static guint
answer (Server     *server,
        const char *rollout,
        const char *body)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/answers", rollout);
  guint status = 0;
  g_autoptr(LeydenValue) reply = server_ask_text (server, "POST", path, body, &status);

  return status;
}

static char *
start_run (Server *server)
{
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"input\": " INPUT ", \"pace\": \"fast\"}", flow);
  g_autoptr(LeydenValue) created = server_ask_text (server, "POST", "/leyden/v1/runs", body, NULL);

  g_assert_nonnull (created);
  return g_strdup (leyden_value_get_member_string (created, "run", NULL));
}

static char *
find_rollout (Server     *server,
              const char *run_id)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", run_id);

  for (guint i = 0; i < 600; i++)
    {
      g_autoptr(LeydenValue) list = server_ask (server, "GET", path, NULL, NULL);
      LeydenValue *row = leyden_value_get_item (leyden_value_get_member (list, "rollouts"), 0);

      if (row != NULL)
        return g_strdup (leyden_value_get_member_string (row, "rollout", NULL));
      g_usleep (20000);
    }
  g_assert_not_reached ();
}

/* Killed with -9 while it waits, the backend asks again when it is back, and takes one answer that fits. */
static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  static const struct
  {
    const char *body;
    guint       status;
  } wrong[] = {
    { "{}", 422 }, { "{\"node\": \"check\"}", 422 }, { "{\"node\": 7, \"answer\": {}}", 422 }, { "{\"node\": \"check\", \"answer\": {}}", 422 },
    { "{\"node\": \"check\", \"answer\": {\"ok\": 7}}", 422 }, { "{\"node\": \"check\", \"answer\": {\"ok\": true, \"x\": 1}}", 422 },
    { "{\"node\": \"other\", \"answer\": {\"ok\": true}}", 409 }, { "[", 422 },
  };
  Server *server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_autofree char *run_id = start_run (server);
  g_autofree char *rollout = find_rollout (server, run_id);
  g_autoptr(LeydenValue) ended = NULL;

  wait_for_question (server, rollout);
  g_assert_cmpint (server_end (server, SIGKILL), ==, 128 + SIGKILL);
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  wait_for_question (server, rollout);
  /* The state is of before; the resumed run may need a moment to ask again. */
  for (guint i = 0; answer (server, rollout, "{\"node\": \"check\", \"answer\": {}}") == 409; i++)
    {
      g_assert_cmpuint (i, <, 600);
      g_usleep (20000);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      guint status = answer (server, rollout, wrong[i].body);

      g_test_message ("%s: %u", wrong[i].body, status);
      g_assert_true (status == wrong[i].status || (status == 400 && wrong[i].body[0] == '['));
    }
  g_assert_cmpuint (answer (server, "nosuch", "{\"node\": \"check\", \"answer\": {\"ok\": true}}"), ==, 404);
  g_assert_cmpuint (answer (server, rollout, "{\"node\": \"check\", \"answer\": {\"ok\": true}}"), ==, 200);
  ended = server_wait_run (server, run_id);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", NULL), ==, "succeeded");
  g_assert_cmpuint (answer (server, rollout, "{\"node\": \"check\", \"answer\": {\"ok\": false}}"), ==, 409);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/people/headless", Fixture, NULL, set_up, test_headless, tear_down);
  g_test_add ("/people/killed", Fixture, NULL, set_up, test_killed, tear_down);
  return g_test_run ();
}
