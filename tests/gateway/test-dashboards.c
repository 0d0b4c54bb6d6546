/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dashboards in the backend: ready ones that stay, own ones with revisions, refusals that say where and what. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

#define PATH "/leyden/v1/dashboards"
#define DOCUMENT "{\"leyden-dashboard\":1,\"id\":\"mine\",\"title\":\"%s\",\"panels\":[{\"id\":\"a\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":6,\"h\":4,\"queries\":[{\"metric\":\"reward\"}]}]}"

typedef struct
{
  Sandbox  sandbox;
  char    *database;
  Server  *server;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "dashboards.db");
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

static LeydenValue *
ask (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body,
     guint       expected)
{
  guint status;
  LeydenValue *answer = body != NULL ? server_ask_text (fixture->server, method, path, body, &status)
                                     : server_ask (fixture->server, method, path, NULL, &status);

  if (status != expected)
    {
      g_autofree char *text = leyden_json_write (answer, LEYDEN_JSON_COMPACT);

      g_error ("%s %s %.200s: %u, not %u: %s", method, path, body != NULL ? body : "", status, expected, text);
    }
  return answer;
}

/* @revision −1: none. */
static LeydenValue *
put (Fixture    *fixture,
     const char *title,
     int         revision,
     guint       expected)
{
  g_autofree char *document = g_strdup_printf (DOCUMENT, title);
  g_autofree char *seen = revision >= 0 ? g_strdup_printf ("\"revision\":%d,", revision) : g_strdup ("");
  g_autofree char *body = g_strdup_printf ("{%s\"dashboard\":%s}", seen, document);

  return ask (fixture, "PUT", PATH "/mine", body, expected);
}

static void
assert_refused (LeydenValue *answer,
                const char  *text)
{
  const char *detail = leyden_value_get_member_string (answer, "detail", "");

  if (strstr (detail, text) == NULL)
    g_error ("\"%s\" does not say \"%s\"", detail, text);
}

static void
test_ready (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const ids[] = { "ready-training", "ready-operations", "ready-cost", "ready-quality", "ready-machine" };
  g_autoptr(LeydenValue) all = ask (fixture, "GET", PATH, NULL, 200);
  LeydenValue *list = leyden_value_get_member (all, "dashboards");

  g_assert_cmpuint (leyden_value_get_size (list), ==, G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *path = g_strconcat (PATH "/", ids[i], NULL);
      g_autoptr(LeydenValue) one = ask (fixture, "GET", path, NULL, 200);
      g_autofree char *document = leyden_json_write (leyden_value_get_member (one, "dashboard"), LEYDEN_JSON_COMPACT);
      g_autofree char *body = g_strdup_printf ("{\"dashboard\":%s}", document);
      g_autoptr(LeydenValue) changed = ask (fixture, "PUT", path, body, 403);
      g_autoptr(LeydenValue) removed = ask (fixture, "DELETE", path, NULL, 403);

      g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (list, i), "id", NULL), ==, ids[i]);
      g_assert_true (leyden_value_get_member_boolean (one, "ready", FALSE));
      assert_refused (changed, "duplicate");
    }
}

/* A ready one under another name is taken as it is: the copy of "Duplicate". */
static void
test_duplicate (Fixture       *fixture,
                gconstpointer  data)
{
  static const char * const names[] = { "training", "operations", "cost", "quality", "machine" };
  g_autoptr(LeydenValue) id = leyden_value_new_string ("copy", -1);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat (PATH "/ready-", names[i], NULL);
      g_autoptr(LeydenValue) one = ask (fixture, "GET", path, NULL, 200);
      g_autoptr(LeydenValue) copy = leyden_value_with_member (leyden_value_get_member (one, "dashboard"), "id", id);
      g_autofree char *document = leyden_json_write (copy, LEYDEN_JSON_COMPACT);
      g_autofree char *body = g_strdup_printf ("{\"dashboard\":%s}", document);
      g_autoptr(LeydenValue) made = ask (fixture, "PUT", PATH "/copy", body, i == 0 ? 201 : 200);

      g_assert_cmpint (leyden_value_get_member_int (made, "revision", 0), ==, i + 1);
    }
}

static void
test_revisions (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(LeydenValue) made = put (fixture, "One", 0, 201);
  g_autoptr(LeydenValue) again = put (fixture, "Again", 0, 409);
  g_autoptr(LeydenValue) second = put (fixture, "Two", 1, 200);
  g_autoptr(LeydenValue) late = put (fixture, "Late", 1, 409);
  g_autoptr(LeydenValue) forced = put (fixture, "Three", -1, 200);
  g_autoptr(LeydenValue) not_removed = ask (fixture, "DELETE", PATH "/mine?revision=2", NULL, 409);
  g_autoptr(LeydenValue) kept = NULL;
  g_autoptr(LeydenValue) gone = NULL;
  g_autoptr(LeydenValue) missing = NULL;

  assert_refused (again, "its revision is 1, not 0");
  assert_refused (late, "its revision is 2, not 1");
  g_assert_cmpint (leyden_value_get_member_int (forced, "revision", 0), ==, 3);

  g_assert_cmpint (server_end (fixture->server, SIGKILL), !=, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  kept = ask (fixture, "GET", PATH "/mine", NULL, 200);
  g_assert_cmpint (leyden_value_get_member_int (kept, "revision", 0), ==, 3);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (kept, "dashboard"), "title", NULL), ==, "Three");

  gone = ask (fixture, "DELETE", PATH "/mine?revision=3", NULL, 204);
  missing = ask (fixture, "GET", PATH "/mine", NULL, 404);
  g_clear_pointer (&missing, leyden_value_unref);
  missing = ask (fixture, "DELETE", PATH "/mine", NULL, 404);
  g_clear_pointer (&missing, leyden_value_unref);
  missing = put (fixture, "Four", 3, 409);
  assert_refused (missing, "removed meanwhile");
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct
  {
    const char *path;
    const char *body;
    guint       status;
    const char *text;
  } cases[] = {
    { PATH "/mine", "[]", 422, "expected an object" },
    { PATH "/mine", "{}", 422, "dashboard: must be an object" },
    { PATH "/mine", "{\"dashboard\":{},\"dashboard\":{}}", 422, "twice" },
    { PATH "/mine", "{\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"mine\",\"panels\":[{}]}}", 422, "panels[0].id" },
    { PATH "/mine", "{\"dashboard\":{\"leyden-dashboard\":9,\"id\":\"mine\",\"panels\":[]}}", 422, "newer Leyden" },
    { PATH "/mine", "{\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"other\",\"panels\":[]}}", 422, "as in the path" },
    { PATH "/mine", "{\"revision\":-1,\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"mine\",\"panels\":[]}}", 422, "revision" },
    { PATH "/mi%20ne", "{\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"mi ne\",\"panels\":[]}}", 422, "1 to 64 letters" },
    { PATH "/ready-nothing", "{\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"ready-nothing\",\"panels\":[]}}", 403, "duplicate" },
  };
  g_autoptr(GString) huge = g_string_new ("{\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"mine\",\"panels\":[],\"more\":\"");
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) unknown = ask (fixture, "GET", PATH "/ready-nothing", NULL, 404);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) refused = ask (fixture, "PUT", cases[i].path, cases[i].body, cases[i].status);

      assert_refused (refused, cases[i].text);
    }
  for (guint i = 0; i < 300 * 1024; i++)
    g_string_append_c (huge, 'x');
  g_string_append (huge, "\"}}");
  answer = ask (fixture, "PUT", PATH "/mine", huge->str, 413);
  assert_refused (answer, "256 KiB");
}

/* What this version does not know of stays. */
static void
test_unknown_kept (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr(LeydenValue) made = ask (fixture, "PUT", PATH "/mine",
                                     "{\"dashboard\":{\"leyden-dashboard\":1,\"id\":\"mine\",\"panels\":[],\"later\":{\"a\":[1,2]}}}", 201);
  g_autoptr(LeydenValue) read = ask (fixture, "GET", PATH "/mine", NULL, 200);
  g_autofree char *later = leyden_json_write (leyden_value_lookup_pointer (read, "/dashboard/later"), LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (later, ==, "{\"a\":[1,2]}");
}

/* A viewer looks, an author changes. */
static void
test_roles (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) api = ask (fixture, "GET", "/openapi.json", NULL, 200);
  LeydenValue *paths = leyden_value_get_member (api, "paths");
  LeydenValue *one = leyden_value_get_member (paths, PATH "/{id}");

  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (one, "get"), "x-role", NULL), ==, "viewer");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (one, "put"), "x-role", NULL), ==, "author");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (one, "delete"), "x-role", NULL), ==, "author");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/dashboards/ready", test_ready);
  ADD ("/dashboards/duplicate", test_duplicate);
  ADD ("/dashboards/revisions", test_revisions);
  ADD ("/dashboards/refused", test_refused);
  ADD ("/dashboards/unknown-kept", test_unknown_kept);
  ADD ("/dashboards/roles", test_roles);
  return g_test_run ();
}
