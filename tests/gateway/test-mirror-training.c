/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training on a plain agl-server, followed by polling: what dashboards need of it is in the facts, from that server's API alone. */
#include <signal.h>
#include <sqlite3.h>
#include <string.h>

#include "agl-double.h"
#include "cli-helpers.h"
#include "leyden-json.h"

#define MIRROR "/leyden/v1/mirrors/cluster"

typedef struct
{
  Sandbox    sandbox;
  char      *database;
  Server    *server;
  AglDouble *agl;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *body = NULL;

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "mirror.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  fixture->agl = agl_double_new ("agl-server.py", NULL);
  /* It is polled when the test says so. */
  body = g_strdup_printf ("{\"name\":\"Cluster\",\"url\":\"%s\",\"interval_ms\":600000}", fixture->agl->url);
  leyden_value_unref (server_expect (fixture->server, 201, "PUT", MIRROR, body));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  agl_double_free (fixture->agl);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* ---- The server and its trainer ---- */

static char *
agl (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body)
{
  guint status = 0;
  char *answer = agl_double_ask (fixture->agl, method, path, NULL, body, &status);

  g_assert_cmpuint (status / 100, ==, 2);
  return answer;
}

/* Two samples, each tried twice, in one request; the second has no id of its own. */
static void
create_step (Fixture    *fixture,
             guint       step,
             const char *is_train)
{
  g_autoptr(GString) body = g_string_new ("[");

  for (guint i = 0; i < 4; i++)
    g_string_append_printf (body, "%s{\"rollout_id\":\"s%u-%u%s\",\"is_train\":%s,\"input\":{%s\"question\":\"%u\"}}", i > 0 ? "," : "", step, i,
                            *is_train == 't' ? "" : "v", is_train, i < 2 ? "\"data_id\":\"one\"," : "", i / 2);
  g_string_append_c (body, ']');
  g_free (agl (fixture, "POST", "/api/rollouts", body->str));
  /* The next step is made when these are done: a trainer needs longer than a request takes. */
  g_usleep (400000);
}

static void
set_state (Fixture    *fixture,
           const char *id,
           const char *state)
{
  g_autofree char *path = g_strconcat ("/api/rollouts/", id, NULL);
  g_autofree char *body = g_strdup_printf ("{\"status\":{\"state\":\"%s\",\"last_attempt_id\":\"0\"}}", state);

  g_free (agl (fixture, "PATCH", path, body));
}

static void
post_event (Fixture    *fixture,
            const char *id,
            const char *body)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/attempt/0/events", id);

  g_free (agl (fixture, "POST", path, body));
}

static void
finish (Fixture    *fixture,
        const char *id,
        double      reward)
{
  g_autofree char *call = g_strdup_printf ("{\"event_type\":\"model_request\",\"data\":{\"model\":\"m\",\"latency_ms\":5,\"status\":\"ok\",\"server\":{\"model\":\"m\","
                                           "\"endpoint\":\"http://gpu:8000/v1\",\"version\":0},\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":3}}}");
  g_autofree char *event = g_strdup_printf ("{\"event_type\":\"reward\",\"data\":{\"value\":%g}}", reward);

  set_state (fixture, id, "running");
  post_event (fixture, id, call);
  post_event (fixture, id, event);
  set_state (fixture, id, "succeeded");
}

/* ---- What is known of it ---- */

static gboolean
facts_follow (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) info = server_expect (fixture->server, 200, "GET", "/leyden/v1/info", NULL);
  LeydenValue *facts = leyden_value_get_member (info, "facts");

  return leyden_value_get_member_int (facts, "position", -1) >= leyden_value_get_member_int (facts, "last", 0);
}

static void
poll (Fixture *fixture)
{
  leyden_value_unref (server_expect (fixture->server, 200, "POST", MIRROR "/poll", "{}"));
  wait_until (facts_follow, fixture);
}

static char *
select_text (Fixture    *fixture,
             const char *sql)
{
  g_autoptr(GString) text = g_string_new (NULL);
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_open_v2 (fixture->database, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "", (const char *)sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_steps (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *steps = NULL;
  g_autofree char *carried = NULL;
  g_autofree char *items = NULL;
  g_autofree char *created = NULL;
  g_autofree char *validation = NULL;
  g_autofree char *calls = NULL;

  create_step (fixture, 1, "true");
  poll (fixture);
  finish (fixture, "s1-0", 1);
  finish (fixture, "s1-1", 0);
  finish (fixture, "s1-2", 0.5);
  set_state (fixture, "s1-3", "running");
  poll (fixture);
  /* Validation belongs to the step before it. */
  create_step (fixture, 1, "false");
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *id = g_strdup_printf ("s1-%uv", i);

      finish (fixture, id, 1);
    }
  /* The second step is made while one of the first still runs; most of it ends between two polls. */
  create_step (fixture, 2, "true");
  post_event (fixture, "s1-3", "{\"event_type\":\"reward\",\"data\":{\"value\":0.25}}");
  set_state (fixture, "s1-3", "succeeded");
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("s2-%u", i);

      finish (fixture, id, i);
    }
  poll (fixture);
  finish (fixture, "s2-3", 3);
  poll (fixture);
  /* It goes on counting after a restart. */
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  create_step (fixture, 3, "true");
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *id = g_strdup_printf ("s3-%u", i);

      finish (fixture, id, 1);
    }
  poll (fixture);

  steps = select_text (fixture, "SELECT step || ':' || count(*) || ':' || sum(reward) FROM rollout_facts WHERE is_train = 1 GROUP BY step ORDER BY step");
  g_assert_cmpstr (steps, ==, "1:4:1.75; 2:4:6.0; 3:4:4.0");
  carried = select_text (fixture, "SELECT step || ' to ' || finished_step || ':' || reward FROM rollout_facts WHERE finished_step > step");
  g_assert_cmpstr (carried, ==, "1 to 2:0.25");
  validation = select_text (fixture, "SELECT step || ':' || count(*) FROM rollout_facts WHERE is_train = 0 GROUP BY step");
  g_assert_cmpstr (validation, ==, "1:4");
  /* Tries of one sample are told by its id, else by its input. */
  items = select_text (fixture, "SELECT count(DISTINCT item) || ' of ' || count(*) || ' ' || min(item) FROM rollout_facts");
  g_assert_true (g_str_has_prefix (items, "2 of 16 input "));
  created = select_text (fixture, "SELECT count(*) FROM rollout_facts WHERE created_ns > 0 AND created_ns <= started_ns AND queued_ms >= 0 AND latency_ms >= 0");
  g_assert_cmpstr (created, ==, "16");
  calls = select_text (fixture, "SELECT count(*) || ' ' || sum(tokens_in) || ' ' || sum(tokens_out) FROM calls");
  g_assert_cmpstr (calls, ==, "15 150 45");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/mirror/training/steps", Fixture, NULL, set_up, test_steps, tear_down);
  return g_test_run ();
}
