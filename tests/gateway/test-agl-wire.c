/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manners of Agent Lightning's routes: keys, paths, methods, bodies; the description of what is served; rollouts of flows. */
#include "agl-helpers.h"

#include <signal.h>
#include <string.h>

#include "leyden-json.h"

#define R "/api/rollouts"
#define LIST R "?state_in=queuing"
#define UNAUTHORIZED "{\"detail\":\"Invalid or missing API key\"}"

/* "KEY" in @headers becomes the key. */
static void
test_keys (Agl           *fixture,
           gconstpointer  data)
{
  static const struct { const char *headers; guint status; } cases[] = {
    { "", 401 }, { "Authorization: Bearer KEY\r\n", 200 }, { "Authorization: bearer KEY\r\n", 401 }, { "Authorization: KEY\r\n", 401 },
    { "Authorization: Bearer KEYx\r\n", 401 }, { "Authorization: Bearer  KEY\r\n", 401 }, { "x-api-key: KEY\r\n", 200 }, { "X-API-Key: wrong\r\n", 401 },
    { "Authorization: Bearer KEY\r\nx-api-key: wrong\r\n", 200 }, { "Authorization: Bearer wrong\r\nx-api-key: KEY\r\n", 200 },
    { "Authorization: Bearer KEY\r\nAuthorization: Bearer wrong\r\n", 200 }, { "Authorization: Bearer wrong\r\nAuthorization: Bearer KEY\r\n", 401 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) parts = g_strsplit (cases[i].headers, "KEY", -1);
      g_autofree char *headers = g_strjoinv (fixture->server->key, parts);
      g_autofree char *answer = NULL;
      guint status;

      answer = agl_send (fixture, "GET", LIST, headers, NULL, 0, &status);
      if (status != cases[i].status)
        g_test_message ("%s", cases[i].headers);
      g_assert_cmpuint (status, ==, cases[i].status);
      if (status == 401)
        g_assert_cmpstr (answer, ==, UNAUTHORIZED);
    }
}

/* Without a key: what is asked before it, and what is open. */
static void
test_before_key (Agl           *fixture,
                 gconstpointer  data)
{
  static const struct { const char *method, *path; guint status; const char *body; } cases[] = {
    { "GET", "/healthz", 200, "{\"status\":\"ok\"}" }, { "GET", "/openapi.json", 200, NULL },
    { "GET", "/api/nothing", 404, "{\"detail\":\"Not Found\"}" }, { "PUT", R, 405, "{\"detail\":\"Method Not Allowed\"}" },
    { "OPTIONS", R "/x", 405, NULL }, { "HEAD", R "/x", 405, NULL }, { "POST", R "/x", 405, NULL }, { "GET", R, 401, UNAUTHORIZED },
    { "DELETE", R "/x", 401, UNAUTHORIZED }, { "POST", R, 401, UNAUTHORIZED }, { "GET", R "/terminal", 401, UNAUTHORIZED },
    { "GET", R "/x/events", 401, UNAUTHORIZED }, { "DELETE", "/api/models", 401, UNAUTHORIZED }, { "GET", "/docs", 401, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint status;
      g_autofree char *answer = agl_send (fixture, cases[i].method, cases[i].path, NULL, NULL, 0, &status);

      if (status != cases[i].status)
        g_test_message ("%s %s", cases[i].method, cases[i].path);
      g_assert_cmpuint (status, ==, cases[i].status);
      if (cases[i].body != NULL)
        g_assert_cmpstr (answer, ==, cases[i].body);
    }
}

static void
test_methods (Agl           *fixture,
              gconstpointer  data)
{
  static const struct { const char *path, *allow; } cases[] = {
    { R, "Allow: POST, GET\r\n" }, { R "/terminal", "Allow: GET, PATCH, DELETE\r\n" }, { R "/x", "Allow: GET, PATCH, DELETE\r\n" },
    { R "/x/events", "Allow: GET\r\n" }, { R "/x/attempt/0/events", "Allow: POST\r\n" }, { "/api/models", "Allow: POST, DELETE\r\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = agl_raw (fixture, "PUT", cases[i].path, NULL, NULL);

      g_assert_cmpuint (raw_status (answer), ==, 405);
      if (strstr (answer, cases[i].allow) == NULL)
        g_error ("%s: %s", cases[i].path, answer);
    }
}

static void
test_slash (Agl           *fixture,
            gconstpointer  data)
{
  static const struct { const char *method, *path, *location; } cases[] = {
    { "GET", R "/?state_in=queuing&x=%20", R "?state_in=queuing&x=%20" }, { "POST", R "/", R }, { "PUT", R "/a%20b/", R "/a%20b" },
    { "GET", R "/x/events/", R "/x/events" }, { "DELETE", "/api/models/", "/api/models" }, { "GET", R "//", R },
  };
  static const char * const unknown[] = { "/api/nothing/", R "/x/y/", "/api/", "/api" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = agl_raw (fixture, cases[i].method, cases[i].path, NULL, NULL);
      g_autofree char *location = g_strdup_printf ("Location: http://127.0.0.1:%u%s\r\n", fixture->server->port, cases[i].location);

      g_assert_cmpuint (raw_status (answer), ==, 307);
      if (strstr (answer, location) == NULL)
        g_error ("%s: %s", cases[i].path, answer);
      g_assert_true (g_str_has_suffix (answer, "\r\n\r\n"));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    agl_expect (fixture, "GET", unknown[i], NULL, 404, "{\"detail\":\"Not Found\"}");
}

/* ---- Bodies ---- */

static void
test_types (Agl           *fixture,
            gconstpointer  data)
{
  static const struct { const char *type; guint status; } cases[] = {
    { "", 201 }, { "Content-Type: APPLICATION/JSON; charset=latin-1\r\n", 201 }, { "Content-Type: application/vnd.x+json\r\n", 201 },
    { "Content-Type: text/plain\r\n", 422 }, { "Content-Type: text/json\r\n", 422 }, { "Content-Type: application/x-www-form-urlencoded\r\n", 422 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *headers = g_strdup_printf ("Authorization: Bearer %s\r\n%s", fixture->server->key, cases[i].type);
      guint status;
      g_autofree char *answer = agl_send (fixture, "POST", R, headers, "[]", -1, &status);

      g_assert_cmpuint (status, ==, cases[i].status);
      if (status == 422)
        g_assert_cmpstr (answer, ==, "{\"detail\":[{\"type\":\"list_type\",\"loc\":[\"body\"],\"msg\":\"Input should be a valid list\",\"input\":\"[]\"}]}");
    }
}

/* One bad text must not spoil a list: it never gets in. */
static void
test_poison (Agl           *fixture,
             gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":\"\\ud800\"}]", 422, "…{\"type\":\"value_error\",\"loc\":[\"body\"]," },
    { "POST", R, "[{\"input\":{\"\\udc00\":1}}]", 422, "…value_error" },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"a\"}]", 201, NULL },
    { "POST", R "/a/attempt/0/events", "{\"event_type\":\"x\",\"data\":{\"a\":\"\\udfff\"}}", 422, "…value_error" },
    { "PATCH", R "/a", "{\"status\":{\"error_message\":\"\\ud83d\"}}", 422, "…value_error" },
    { "POST", R "/a/attempt/0/events", "{\"event_type\":\"'; DROP TABLE segments;--\",\"data\":{\"a\":1}}", 200, NULL },
    { "GET", R "/x'%20OR%20'1'='1", NULL, 404, "{\"detail\":\"Rollout not found: x' OR '1'='1\"}" },
    { "GET", LIST, NULL, 200, "[" AGL_NEW ("a", "1") "]" },
    { "GET", R "/a/events", NULL, 200, "…DROP TABLE" },
  };
  g_autofree char *headers = g_strdup_printf ("Authorization: Bearer %s\r\n", fixture->server->key);
  static const struct { guint depth; guint status; } depths[] = { { 200, 201 }, { 300, 422 }, { 100000, 422 } };
  g_autofree char *answer = NULL;
  guint status;

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  for (gsize i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autofree char *open = g_strnfill (depths[i].depth, '[');
      g_autofree char *close = g_strnfill (depths[i].depth, ']');
      g_autofree char *body = g_strdup_printf ("[{\"input\":%s%s}]", open, close);

      agl_expect (fixture, "POST", R, body, depths[i].status, depths[i].status == 422 ? "…value_error" : NULL);
    }
  answer = agl_send (fixture, "POST", R, headers, "[\"\xff\"]", -1, &status);
  g_assert_cmpuint (status, ==, 400);
  g_assert_cmpstr (answer, ==, "{\"detail\":\"There was an error parsing the body\"}");
  g_free (answer);
  answer = agl_send (fixture, "POST", R, headers, "\xEF\xBB\xBF[]", -1, &status);
  g_assert_cmpuint (status, ==, 201);
  agl_expect (fixture, "GET", LIST "&limit=1", NULL, 200, "[" AGL_NEW ("a", "1") "]");
}

/* One batch of a trainer is one request of tens of megabytes. */
static void
test_batch (Agl           *fixture,
            gconstpointer  data)
{
  g_autofree char *template = g_strnfill (10000, 'y');
  g_autoptr(GString) body = g_string_new ("[");
  g_autofree char *answer = NULL;
  guint status;

  for (guint i = 0; i < 4096; i++)
    g_string_append_printf (body, "%s{\"rollout_id\":\"r-%u\",\"input\":{\"data_id\":%u},\"config\":{\"k8s\":{\"job_template\":\"%s\"}}}", i > 0 ? "," : "", i, i, template);
  g_string_append_c (body, ']');
  g_assert_cmpuint (body->len, >, 40 * 1000 * 1000);
  answer = agl_ask (fixture, "POST", R, body->str, &status);
  g_assert_cmpuint (status, ==, 201);
  g_assert_cmpuint (strlen (answer), >, 40 * 1000 * 1000);
  agl_expect (fixture, "GET", R "/r-4095", NULL, 200, "…\"data_id\":4095}");
  g_free (answer);
  answer = agl_ask (fixture, "GET", LIST "&limit=500", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_nonnull (strstr (answer, "\"r-499\""));
  g_assert_null (strstr (answer, "\"r-500\""));
}

static void
test_limit (Agl           *fixture,
            gconstpointer  data)
{
  g_autofree char *request = g_strdup_printf ("POST " R " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: %u\r\n\r\n",
                                              fixture->server->key, 64 * 1024 * 1024 + 1);
  g_autofree char *answer = server_raw (fixture->server, request, -1);

  g_assert_cmpuint (raw_status (answer), ==, 413);
}

static void
test_expect (Agl           *fixture,
             gconstpointer  data)
{
  g_autofree char *answer = agl_raw (fixture, "POST", R, "Expect: 100-continue\r\n", "[]");

  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 100"));
  g_assert_nonnull (strstr (answer, "HTTP/1.1 201"));
}

/* ---- The description ---- */

static void
assert_schema (LeydenValue *described,
               const char  *of)
{
  LeydenValue *contents = leyden_value_get_member (described, "content");

  if (leyden_value_get_size (contents) == 0)
    g_error ("%s has no body", of);
  for (guint i = 0; i < leyden_value_get_size (contents); i++)
    if (leyden_value_get_size (leyden_value_get_member (leyden_value_get_item (contents, i), "schema")) == 0)
      g_error ("%s has a body without a schema", of);
}

/* What is sent, what is answered, and what a refusal looks like. */
static void
assert_bodies (LeydenValue *operation,
               const char  *method,
               const char  *path)
{
  g_autofree char *of = g_strdup_printf ("%s %s", method, path);
  LeydenValue *responses = leyden_value_get_member (operation, "responses");
  guint n_good = 0;

  if (g_str_equal (method, "put") || g_str_equal (method, "post"))
    assert_schema (leyden_value_get_member (operation, "requestBody"), of);
  for (guint i = 0; i < leyden_value_get_size (responses); i++)
    {
      const char *code = leyden_value_get_key (responses, i);

      n_good += *code == '2';
      if (!g_str_equal (code, "204"))
        assert_schema (leyden_value_get_item (responses, i), of);
    }
  if (n_good == 0 || leyden_value_get_member (responses, "default") == NULL)
    g_error ("%s does not say what is answered", of);
}

/* Of what dashboards, alerts and their like are served by every body is described; that it is true: test-openapi.c. */
static void
assert_described (LeydenValue *paths)
{
  static const char * const families[] = { "alerts", "dashboards", "deliveries", "insights", "reports", "schedules", "sources", "webhooks" };
  guint n[G_N_ELEMENTS (families)] = { 0 };

  for (guint i = 0; i < leyden_value_get_size (paths); i++)
    for (gsize f = 0; f < G_N_ELEMENTS (families); f++)
      {
        g_autofree char *prefix = g_strconcat ("/leyden/v1/", families[f], NULL);
        const char *path = leyden_value_get_key (paths, i);
        LeydenValue *methods = leyden_value_get_item (paths, i);

        for (guint j = 0; g_str_has_prefix (path, prefix) && j < leyden_value_get_size (methods); j++, n[f]++)
          assert_bodies (leyden_value_get_item (methods, j), leyden_value_get_key (methods, j), path);
      }
  for (gsize f = 0; f < G_N_ELEMENTS (families); f++)
    g_assert_cmpuint (n[f], >, 1);
}

/* What is described is served, method by method, and of Agent Lightning's routes nothing is missing. */
static void
test_openapi (Agl           *fixture,
              gconstpointer  data)
{
  static const char * const operations[] = {
    "get /healthz", "get /openapi.json", "post /api/rollouts", "get /api/rollouts", "get /api/rollouts/terminal", "get /api/rollouts/{rollout_id}",
    "patch /api/rollouts/{rollout_id}", "delete /api/rollouts/{rollout_id}", "post /api/rollouts/{rollout_id}/attempt/{attempt_id}/events",
    "get /api/rollouts/{rollout_id}/events", "post /api/models", "delete /api/models",
  };
  static const char * const schemas[] = {
    "Event", "EventCreate", "HTTPValidationError", "Model", "PauseRequest", "PauseStateResponse", "Rollout", "RolloutConfig", "RolloutCreate",
    "RolloutDetail", "RolloutK8sConfig", "RolloutLifecycleStatus", "RolloutLocalConfig", "RolloutMetadata", "RolloutPatch", "RolloutState",
    "RolloutStatusPatch", "TerminalRolloutItem", "TerminalRolloutsPage", "ValidationError",
  };
  g_autofree char *text = agl_ask (fixture, "GET", "/openapi.json", NULL, NULL);
  g_autoptr(LeydenValue) api = leyden_json_parse (text, -1, NULL, NULL);
  LeydenValue *paths = leyden_value_get_member (api, "paths");

  g_assert_cmpstr (leyden_value_get_member_string (api, "openapi", ""), ==, "3.1.0");
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_auto(GStrv) parts = g_strsplit (operations[i], " ", 2);
      LeydenValue *operation = leyden_value_get_member (leyden_value_get_member (paths, parts[1]), parts[0]);

      g_assert_nonnull (leyden_value_get_member (operation, "responses"));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (schemas); i++)
    g_assert_nonnull (leyden_value_get_member (leyden_value_lookup_pointer (api, "/components/schemas"), schemas[i]));
  assert_described (paths);
  for (guint i = 0; i < leyden_value_get_size (paths); i++)
    {
      LeydenValue *path = leyden_value_get_item (paths, i);
      g_auto(GStrv) parts = g_strsplit_set (leyden_value_get_key (paths, i), "{}", -1);
      g_autofree char *target = g_strjoinv ("", parts);
      g_autofree char *answer = agl_raw (fixture, "PATCH", target, NULL, NULL);

      /* Another method than those described is refused with their list; "terminal" is an id to the others. */
      if (leyden_value_get_member (path, "patch") == NULL && strcmp (target, R "/terminal") != 0)
        g_assert_cmpuint (raw_status (answer), ==, 405);
      for (guint j = 0; j < leyden_value_get_size (path) && raw_status (answer) == 405; j++)
        {
          g_autofree char *method = g_ascii_strup (leyden_value_get_key (path, j), -1);

          g_assert_nonnull (strstr (answer, method));
        }
    }
}

/* ---- Rollouts of flows ---- */

/* A run's rollouts are in no list, are found by id, and are never changed from here; deletion only hides them. */
static void
test_ours (Agl           *fixture,
           gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, 1, "fast", NULL);
  g_autoptr(LeydenValue) run = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, NULL);
  g_autofree char *name = g_strdup (leyden_value_get_member_string (run, "run", ""));
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, name);
  g_autofree char *list = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", name);
  g_autoptr(LeydenValue) rows = server_ask (fixture->server, "GET", list, NULL, NULL);
  LeydenValue *row = leyden_value_get_item (leyden_value_get_member (rows, "rollouts"), 0);
  const char *id = leyden_value_get_member_string (row, "rollout", "");
  g_autofree char *path = g_strdup_printf (R "/%s", id);
  g_autofree char *events = g_strdup_printf (R "/%s/events", id);
  g_autofree char *post = g_strdup_printf (R "/%s/attempt/0/events", id);
  g_autofree char *create = g_strdup_printf ("[{\"input\":1,\"rollout_id\":\"%s\"}]", id);
  g_autofree char *inner = g_strdup_printf ("/leyden/v1/rollouts/%s", id);
  g_autoptr(LeydenValue) kept = NULL;
  guint status;

  g_assert_cmpstr (id, !=, "");
  agl_expect (fixture, "GET", R "?state_in=queuing&state_in=running&state_in=succeeded&state_in=failed", NULL, 200, "[]");
  agl_expect (fixture, "GET", R "/terminal", NULL, 200, "{\"items\":[],\"next_after\":0,\"total_terminal\":0}");
  agl_expect (fixture, "GET", path, NULL, 200, "…\"state\":\"succeeded\"");
  agl_expect (fixture, "GET", path, NULL, 200, "…\"input\":{\"");
  agl_expect (fixture, "GET", events, NULL, 200, "…\"event_type\":\"reward\"");
  agl_expect (fixture, "PATCH", path, "{\"status\":{\"state\":\"failed\"}}", 409, "…cannot transition succeeded -> failed");
  agl_expect (fixture, "PATCH", path, "{\"status\":{\"error_message\":\"x\"}}", 409, NULL);
  agl_expect (fixture, "PATCH", path, "{}", 200, NULL);
  agl_expect (fixture, "POST", R, create, 201, "…\"executor\":\"leyden\"");
  agl_expect (fixture, "POST", post, "{\"event_type\":\"note\",\"data\":{\"n\":1}}", 200, NULL);
  agl_expect (fixture, "GET", events, NULL, 200, "…\"event_type\":\"note\"");
  agl_expect (fixture, "GET", R "?state_in=queuing&state_in=running&state_in=succeeded&state_in=failed", NULL, 200, "[]");
  agl_expect (fixture, "DELETE", path, NULL, 204, NULL);
  agl_expect (fixture, "GET", path, NULL, 404, NULL);
  agl_expect (fixture, "GET", events, NULL, 404, NULL);
  kept = server_ask (fixture->server, "GET", inner, NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  agl_expect (fixture, "POST", R, create, 201, "…\"state\":\"queuing\"");
  agl_expect (fixture, "GET", path, NULL, 200, "…\"input\":1,");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/agl/wire/" name, Agl, NULL, agl_set_up, test, agl_tear_down)
  ADD ("keys", test_keys);
  ADD ("before-key", test_before_key);
  ADD ("methods", test_methods);
  ADD ("slash", test_slash);
  ADD ("types", test_types);
  ADD ("poison", test_poison);
  ADD ("batch", test_batch);
  ADD ("limit", test_limit);
  ADD ("expect", test_expect);
  ADD ("openapi", test_openapi);
  ADD ("ours", test_ours);
  return g_test_run ();
}
