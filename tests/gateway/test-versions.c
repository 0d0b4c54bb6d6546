/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions of flows: kept by the backend under the id of the flow, in order, so many, and their blobs with them. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

#define PATH "/leyden/v1/flows/flow-1/versions"

typedef struct
{
  Sandbox  sandbox;
  char    *database;
  Server  *server;
} Fixture;

static void
start_server (Fixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "versions.db");
  start_server (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* (transfer full): its digest. */
static char *
upload (Fixture    *fixture,
        const char *name,
        const char *text)
{
  g_autofree char *path = sandbox_path (&fixture->sandbox, name);
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return server_upload (fixture->server, path);
}

static LeydenValue *
add (Fixture    *fixture,
     const char *path,
     const char *sha256,
     const char *summary,
     guint       expected)
{
  g_autofree char *body = g_strdup_printf ("{\"sha256\":\"%s\",\"title\":\"Flow\",\"summary\":\"%s\"}", sha256, summary);
  guint status;
  LeydenValue *answer = server_ask_text (fixture->server, "POST", path, body, &status);

  g_assert_cmpuint (status, ==, expected);
  return answer;
}

static LeydenValue *
list (Fixture    *fixture,
      const char *path)
{
  guint status;
  LeydenValue *answer = server_ask (fixture->server, "GET", path, NULL, &status);

  g_assert_cmpuint (status, ==, 200);
  return answer;
}

static const char *
get (LeydenValue *answer,
     guint        index,
     const char  *key)
{
  return leyden_value_get_member_string (leyden_value_get_item (leyden_value_get_member (answer, "versions"), index), key, "");
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *one = upload (fixture, "one", "{\"leyden\":1,\"id\":\"flow-1\"}");
  g_autofree char *two = upload (fixture, "two", "{\"leyden\":1,\"id\":\"flow-1\",\"title\":\"T\"}");
  g_autoptr(LeydenValue) first = add (fixture, PATH, one, "First", 201);
  g_autoptr(LeydenValue) again = add (fixture, PATH, one, "Said again", 200);
  g_autoptr(LeydenValue) second = add (fixture, PATH, two, "2 nodes added", 201);
  g_autoptr(LeydenValue) all = NULL;
  g_autoptr(LeydenValue) kept = NULL;
  g_autoptr(LeydenValue) other = NULL;

  /* Saved twice without a change, or an answer that was lost: one version. */
  g_assert_cmpstr (leyden_value_get_member_string (again, "version", ""), ==, leyden_value_get_member_string (first, "version", NULL));
  all = list (fixture, PATH);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (all, "versions")), ==, 2);
  g_assert_cmpstr (get (all, 0, "summary"), ==, "2 nodes added");
  g_assert_cmpstr (get (all, 0, "sha256"), ==, two);
  g_assert_cmpstr (get (all, 1, "summary"), ==, "First");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_item (leyden_value_get_member (all, "versions"), 0), "time", 0), >, 0);
  /* Each flow has its own. */
  other = list (fixture, "/leyden/v1/flows/flow-2/versions");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (other, "versions")), ==, 0);

  g_assert_cmpint (server_end (fixture->server, SIGKILL), !=, 0);
  start_server (fixture);
  kept = list (fixture, PATH);
  g_assert_true (leyden_value_equal (kept, all));
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *long_id = g_strnfill (300, 'x');
  g_autofree char *long_path = g_strdup_printf ("/leyden/v1/flows/%s/versions", long_id);
  g_autofree char *unknown = g_strnfill (64, '0');
  g_autoptr(LeydenValue) no_blob = add (fixture, PATH, unknown, "", 422);
  g_autoptr(LeydenValue) no_digest = add (fixture, PATH, "x", "", 422);
  g_autoptr(LeydenValue) too_long = add (fixture, long_path, unknown, "", 422);
  g_autoptr(LeydenValue) all = list (fixture, PATH);

  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (all, "versions")), ==, 0);
}

/* The oldest go. */
static void
test_bounded (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *one = upload (fixture, "one", "{\"leyden\":1,\"id\":\"flow-1\"}");
  g_autofree char *two = upload (fixture, "two", "{\"leyden\":1,\"id\":\"flow-1\",\"title\":\"T\"}");
  g_autoptr(LeydenValue) all = NULL;

  for (guint i = 0; i < 210; i++)
    {
      g_autofree char *summary = g_strdup_printf ("Number %u", i);
      g_autoptr(LeydenValue) answer = add (fixture, PATH, i % 2 == 0 ? one : two, summary, 201);
    }
  all = list (fixture, PATH);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (all, "versions")), <=, 201);
  g_assert_cmpstr (get (all, 0, "summary"), ==, "Number 209");
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/versions/order", test_order);
  ADD ("/versions/refused", test_refused);
  ADD ("/versions/bounded", test_bounded);
  return g_test_run ();
}
