/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and roles, rollout keys, limits and the audit log, over real sockets. */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-helpers.h"
#include "leyden-json.h"

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
  fixture->database = sandbox_path (&fixture->sandbox, "protection.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->server != NULL)
    g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

static void
start_again (Fixture *fixture)
{
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

/* Status of a request with @key; the answer's "detail" in @detail (nullable). */
static guint
ask_with (Fixture     *fixture,
          const char  *key,
          const char  *method,
          const char  *path,
          const char  *body,
          char       **detail)
{
  g_autofree char *own = g_steal_pointer (&fixture->server->key);
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  fixture->server->key = g_strdup (key);
  answer = body != NULL ? server_ask_text (fixture->server, method, path, body, &status) : server_ask (fixture->server, method, path, NULL, &status);
  g_free (fixture->server->key);
  fixture->server->key = g_steal_pointer (&own);
  if (detail != NULL)
    *detail = g_strdup (leyden_value_get_member_string (answer, "detail", ""));
  return status;
}

static char *
make_key (Fixture    *fixture,
          const char *name,
          const char *role,
          const char *more)
{
  g_autofree char *body = g_strdup_printf ("{\"name\": \"%s\", \"role\": \"%s\"%s}", name, role, more != NULL ? more : "");
  g_autoptr(LeydenValue) made = NULL;
  guint status;

  made = server_ask_text (fixture->server, "POST", "/leyden/v1/keys", body, &status);
  g_assert_cmpuint (status, ==, 201);
  g_assert_cmpstr (leyden_value_get_member_string (made, "role", ""), ==, role);
  return g_strdup (leyden_value_get_member_string (made, "key", NULL));
}

/* Lines of the audit log with @action; the last in @last (nullable). */
static guint
count_audit (Fixture      *fixture,
             const char   *action,
             LeydenValue **last)
{
  g_autoptr(LeydenValue) answer = server_ask (fixture->server, "GET", "/leyden/v1/audit?limit=10000", NULL, NULL);
  LeydenValue *lines = leyden_value_get_member (answer, "lines");
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (lines); i++)
    {
      LeydenValue *line = leyden_value_get_item (lines, i);

      if (g_strcmp0 (leyden_value_get_member_string (line, "action", NULL), action) != 0)
        continue;
      n++;
      if (last == NULL)
        continue;
      g_clear_pointer (last, leyden_value_unref);
      *last = leyden_value_ref (line);
    }
  return n;
}

/* Waits for a line with @action: a refusal is answered before it is on disk. (transfer full) */
static LeydenValue *
find_audit (Fixture    *fixture,
            const char *action)
{
  LeydenValue *line = NULL;

  while (count_audit (fixture, action, &line) == 0)
    g_usleep (20 * 1000);
  return line;
}

/* ---- Roles ---- */

static void
test_info (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *key = make_key (fixture, "reader.1", "viewer", NULL);
  g_autoptr(LeydenValue) own = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, NULL);
  g_autoptr(LeydenValue) theirs = NULL;

  g_assert_cmpstr (leyden_value_get_member_string (own, "role", ""), ==, "admin");
  g_assert_cmpstr (leyden_value_get_member_string (own, "key_name", ""), ==, "owner");
  g_free (fixture->server->key);
  fixture->server->key = g_steal_pointer (&key);
  theirs = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (theirs, "role", ""), ==, "viewer");
  g_assert_cmpstr (leyden_value_get_member_string (theirs, "key_name", ""), ==, "reader.1");
}

/* Each role may do what those before it may, and no more; what it may not is 403 and names the role that it takes. */
static void
test_roles (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const roles[] = { "viewer", "author", "operator", "admin" };
  static const struct
  {
    guint       least;          /* of roles */
    const char *method;
    const char *path;
    const char *body;
    guint       status;         /* for who may */
  } cases[] = {
    { 0, "GET", "/leyden/v1/runs", NULL, 200 },
    { 0, "GET", "/api/rollouts?state_in=queuing", NULL, 200 },
    { 0, "GET", "/proxy/state", NULL, 200 },
    { 0, "GET", "/leyden/v1/nowhere", NULL, 404 },
    { 0, "POST", "/leyden/v1/validate", "{\"leyden\": 1", 422 },
    { 1, "POST", "/leyden/v1/runs", "{}", 422 },
    { 1, "POST", "/leyden/v1/calls", "{}", 422 },
    { 1, "POST", "/leyden/v1/rollout-keys", "{}", 422 },
    { 1, "POST", "/api/rollouts", "[]", 201 },
    { 1, "POST", "/api/rollouts/none/attempt/0/events", "{\"event_type\": \"x\", \"data\": {}}", 404 },
    { 1, "DELETE", "/leyden/v1/cache?flow=none", NULL, 200 },
    { 2, "DELETE", "/leyden/v1/endpoints/none", NULL, 404 },
    { 2, "PUT", "/leyden/v1/secrets/x", "{}", 204 },
    { 2, "POST", "/proxy/resume", NULL, 200 },
    { 2, "DELETE", "/api/rollouts/none", NULL, 204 },
    { 3, "GET", "/leyden/v1/keys", NULL, 200 },
    { 3, "POST", "/leyden/v1/keys", "{}", 422 },
    { 3, "GET", "/leyden/v1/audit", NULL, 200 },
    { 3, "DELETE", "/leyden/v1/keys/none", NULL, 404 },
  };

  for (guint role = 0; role < G_N_ELEMENTS (roles); role++)
    {
      g_autofree char *key = make_key (fixture, roles[role], roles[role], NULL);

      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          g_autofree char *detail = NULL;
          guint status = ask_with (fixture, key, cases[i].method, cases[i].path, cases[i].body, &detail);

          g_test_message ("%s: %s %s: %u %s", roles[role], cases[i].method, cases[i].path, status, detail);
          if (role >= cases[i].least)
            g_assert_cmpuint (status, ==, cases[i].status);
          else
            g_assert_cmpuint (status, ==, 403);
          if (role < cases[i].least)
            g_assert_nonnull (strstr (detail, roles[cases[i].least]));
        }
    }
}

/* What is kept of one flow is cleared by authors, that of all by operators; both are on record. */
static void
test_cache (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *author = make_key (fixture, "author", "author", NULL);
  g_autofree char *operator = make_key (fixture, "operator", "operator", NULL);
  g_autofree char *detail = NULL;

  g_assert_cmpuint (ask_with (fixture, author, "DELETE", "/leyden/v1/cache", NULL, &detail), ==, 403);
  g_assert_nonnull (strstr (detail, "operator"));
  g_assert_cmpuint (count_audit (fixture, "cache.cleared", NULL), ==, 0);
  g_assert_cmpuint (ask_with (fixture, author, "DELETE", "/leyden/v1/cache?flow=one", NULL, NULL), ==, 200);
  g_assert_cmpuint (ask_with (fixture, operator, "DELETE", "/leyden/v1/cache", NULL, NULL), ==, 200);
  g_assert_cmpuint (count_audit (fixture, "cache.cleared", NULL), ==, 2);
}

/* Every operation says which role it takes, or that it takes no key. */
static void
test_openapi (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const roles[] = { "viewer", "author", "operator", "admin", NULL };
  g_autoptr(LeydenValue) api = server_ask (fixture->server, "GET", "/openapi.json", NULL, NULL);
  LeydenValue *paths = leyden_value_get_member (api, "paths");
  guint n_open = 0;

  for (guint i = 0; i < leyden_value_get_size (paths); i++)
    for (guint j = 0; j < leyden_value_get_size (leyden_value_get_item (paths, i)); j++)
      {
        LeydenValue *operation = leyden_value_get_item (leyden_value_get_item (paths, i), j);
        LeydenValue *security = leyden_value_get_member (operation, "security");

        n_open += security != NULL;
        g_assert_true ((security != NULL) != g_strv_contains (roles, leyden_value_get_member_string (operation, "x-role", "")));
      }
  g_assert_cmpuint (n_open, ==, 3);
}

/* Agent Lightning's words where a key is wrong, whatever the path. */
static void
test_unknown (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const paths[] = { "/api/rollouts", "/proxy/state", "/leyden/v1/info" };
  static const char * const keys[] = { "lk1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "lr1.99999999999.YQ.MA.AAAA", "lr1....", "lk1_", "x" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (keys); j++)
      {
        g_autofree char *detail = NULL;

        g_assert_cmpuint (ask_with (fixture, keys[j], "GET", paths[i], NULL, &detail), ==, 401);
        g_assert_cmpstr (detail, ==, "Invalid or missing API key");
      }
}

/* ---- Named keys ---- */

static gboolean
works (Fixture    *fixture,
       const char *key)
{
  guint status = ask_with (fixture, key, "GET", "/leyden/v1/info", NULL, NULL);

  g_assert_true (status == 200 || status == 401);
  return status == 200;
}

static char *
rotate (Fixture    *fixture,
        const char *name,
        const char *body)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/keys/%s/rotate", name);
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  answer = server_ask_text (fixture->server, "POST", path, body, &status);
  g_assert_cmpuint (status, ==, 200);
  return g_strdup (leyden_value_get_member_string (answer, "key", NULL));
}

static void
test_rotation (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *first = make_key (fixture, "trainer", "operator", NULL);
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  g_autoptr(LeydenValue) line = NULL;
  guint status;

  g_assert_true (works (fixture, first));
  second = rotate (fixture, "trainer", "{\"overlap_s\": 3600}");
  g_assert_true (works (fixture, first) && works (fixture, second));
  /* Both outlive the process, and so does the end of the overlap. */
  start_again (fixture);
  g_assert_true (works (fixture, first) && works (fixture, second));
  third = rotate (fixture, "trainer", "{\"overlap_s\": 0}");
  g_assert_true (!works (fixture, first) && !works (fixture, second) && works (fixture, third));
  server_ask (fixture->server, "DELETE", "/leyden/v1/keys/trainer", NULL, &status);
  g_assert_cmpuint (status, ==, 204);
  g_assert_false (works (fixture, third));
  start_again (fixture);
  g_assert_false (works (fixture, third));
  line = find_audit (fixture, "key.revoked");
  g_assert_cmpstr (leyden_value_get_member_string (line, "object", ""), ==, "trainer");
  g_assert_cmpstr (leyden_value_get_member_string (line, "actor", ""), ==, "owner");
}

static void
test_expiry (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *key = make_key (fixture, "guest", "viewer", ", \"expires_s\": 1");
  g_autoptr(LeydenValue) list = NULL;
  LeydenValue *first;

  while (works (fixture, key))
    g_usleep (100 * 1000);
  list = server_ask (fixture->server, "GET", "/leyden/v1/keys", NULL, NULL);
  first = leyden_value_get_item (leyden_value_get_member (list, "keys"), 0);
  g_assert_cmpstr (leyden_value_get_member_string (first, "state", ""), ==, "expired");
}

/* Neither the database, nor its log, nor an answer tells a key again. */
static void
test_hashed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *key = make_key (fixture, "secretive", "author", NULL);
  g_autoptr(LeydenValue) list = server_ask (fixture->server, "GET", "/leyden/v1/keys", NULL, NULL);
  g_autofree char *text = leyden_json_write (list, LEYDEN_JSON_COMPACT);
  static const char * const suffixes[] = { "", "-wal" };

  g_assert_nonnull (strstr (text, "secretive"));
  g_assert_null (strstr (text, key));
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (fixture->database, suffixes[i], NULL);
      g_autofree char *bytes = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
      g_assert_null (memmem (bytes, length, key, strlen (key)));
      g_assert_null (memmem (bytes, length, key + 4, strlen (key) - 4));
    }
}

static void
test_key_requests (Fixture       *fixture,
                   gconstpointer  data)
{
  static const char * const bad[] = {
    "{}", "[]", "{\"name\": \"a\"}", "{\"name\": \"a\", \"role\": \"root\"}", "{\"name\": \"A\", \"role\": \"viewer\"}",
    "{\"name\": \"../a\", \"role\": \"viewer\"}", "{\"name\": \"owner\", \"role\": \"viewer\"}", "{\"name\": \"\", \"role\": \"viewer\"}",
    "{\"name\": \"a\\nb\", \"role\": \"viewer\"}", "{\"name\": \"a\", \"role\": \"viewer\", \"expires_s\": 0}",
    "{\"name\": \"a\", \"role\": \"viewer\", \"expires_s\": -1}", "{\"name\": \"a\", \"role\": \"viewer\", \"expires_s\": 1e99}",
    "{\"name\": \"a\", \"role\": \"viewer\", \"expires_s\": \"1h\"}", "{\"name\": \"a\", \"role\": \"viewer\", \"more\": 1}",
    "{\"name\": \"a\", \"role\": \"viewer\", \"rate_limit\": 5}", "{\"name\": \"a\", \"role\": \"viewer\", \"rate_limit\": {\"requests\": 0, \"seconds\": 1}}",
  };
  g_autofree char *key = make_key (fixture, "a", "viewer", ", \"expires_s\": null, \"rate_limit\": null");
  guint status;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "POST", "/leyden/v1/keys", bad[i], &status);

      g_test_message ("%s: %s", bad[i], leyden_value_get_member_string (answer, "detail", ""));
      g_assert_cmpuint (status, ==, 422);
    }
  g_assert_cmpuint (ask_with (fixture, fixture->server->key, "POST", "/leyden/v1/keys", "{\"name\": \"a\", \"role\": \"admin\"}", NULL), ==, 409);
  g_assert_cmpuint (ask_with (fixture, fixture->server->key, "POST", "/leyden/v1/keys/b/rotate", "{}", NULL), ==, 404);
  g_assert_cmpuint (ask_with (fixture, fixture->server->key, "POST", "/leyden/v1/keys/a/rotate", "{\"overlap_s\": -1}", NULL), ==, 422);
  g_assert_true (works (fixture, key));
}

/* A stream that was opened with a key ends when the key is revoked; others' go on. */
static void
test_revoked_stream (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *key = make_key (fixture, "watcher", "viewer", NULL);
  const char *keys[] = { key, fixture->server->key };
  g_autoptr(GPtrArray) connections = g_ptr_array_new_with_free_func (g_object_unref);
  char buffer[4096];
  guint status;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GSocketClient) client = g_socket_client_new ();
      g_autofree char *request = g_strdup_printf ("GET /leyden/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", keys[i]);

      g_ptr_array_add (connections, g_socket_client_connect_to_host (client, "127.0.0.1", fixture->server->port, NULL, NULL));
      g_assert_nonnull (connections->pdata[i]);
      g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connections->pdata[i])), request, strlen (request), NULL,
                                                NULL, NULL));
      g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connections->pdata[i])), buffer, sizeof buffer, NULL, NULL), >, 0);
    }
  server_ask (fixture->server, "DELETE", "/leyden/v1/keys/watcher", NULL, &status);
  g_assert_cmpuint (status, ==, 204);
  while (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connections->pdata[0])), buffer, sizeof buffer, NULL, NULL) > 0)
    ;
  g_socket_set_blocking (g_socket_connection_get_socket (connections->pdata[1]), FALSE);
  g_assert_cmpint (g_socket_receive (g_socket_connection_get_socket (connections->pdata[1]), buffer, sizeof buffer, NULL, NULL), !=, 0);
}

/* ---- Rollout keys ---- */

static char *
make_rollout_key (Fixture    *fixture,
                  const char *body)
{
  g_autoptr(LeydenValue) made = NULL;
  guint status;

  made = server_ask_text (fixture->server, "POST", "/leyden/v1/rollout-keys", body, &status);
  g_assert_cmpuint (status, ==, 201);
  return g_strdup (leyden_value_get_member_string (made, "key", NULL));
}

static void
test_rollout_keys (Fixture       *fixture,
                   gconstpointer  data)
{
  static const char create[] = "[{\"rollout_id\": \"one\", \"input\": {\"data_id\": \"a\", \"is_train\": true, \"data\": {}}}, "
                               "{\"rollout_id\": \"two\", \"input\": {\"data_id\": \"b\", \"is_train\": true, \"data\": {}}}]";
  static const char event[] = "{\"event_type\": \"reward\", \"data\": {\"reward\": 1}}";
  static const struct
  {
    const char *method;
    const char *path;
    const char *body;
    gboolean    allowed;
  } cases[] = {
    { "POST", "/api/rollouts/one/attempt/0/events", event, TRUE },
    { "GET", "/api/rollouts/one/events", NULL, TRUE },
    { "GET", "/api/rollouts/one", NULL, TRUE },
    { "POST", "/proxy/rollout/one/attempt/0/mode/train/openai/v1/chat/completions", "{}", TRUE },
    { "POST", "/api/rollouts/one/attempt/1/events", event, FALSE },
    { "POST", "/api/rollouts/two/attempt/0/events", event, FALSE },
    { "GET", "/api/rollouts/two/events", NULL, FALSE },
    { "POST", "/proxy/rollout/two/attempt/0/mode/train/openai/v1/chat/completions", "{}", FALSE },
    { "POST", "/proxy/rollout/one/attempt/1/mode/train/openai/v1/chat/completions", "{}", FALSE },
    { "GET", "/api/rollouts?state_in=queuing", NULL, FALSE },
    { "POST", "/api/rollouts", "[]", FALSE },
    { "DELETE", "/api/rollouts/one", NULL, FALSE },
    { "PATCH", "/api/rollouts/one", "{}", FALSE },
    { "GET", "/leyden/v1/info", NULL, FALSE },
    { "POST", "/leyden/v1/keys", "{}", FALSE },
    { "POST", "/leyden/v1/rollout-keys", "{}", FALSE },
    { "POST", "/proxy/pause", "{}", FALSE },
  };
  g_autoptr(LeydenValue) made = NULL;
  g_autofree char *key = NULL;
  guint status;

  made = server_ask_text (fixture->server, "POST", "/api/rollouts", create, &status);
  g_assert_cmpuint (status, ==, 201);
  key = make_rollout_key (fixture, "{\"rollout\": \"one\"}");
  for (guint round = 0; round < 2; round++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          status = ask_with (fixture, key, cases[i].method, cases[i].path, cases[i].body, NULL);
          g_test_message ("%s %s: %u", cases[i].method, cases[i].path, status);
          if (cases[i].allowed)
            g_assert_true (status != 401 && status != 403 && status != 404);
          else
            g_assert_cmpuint (status, ==, 403);
        }
      /* It is good after a restart, too. */
      start_again (fixture);
    }
}

static void
test_rollout_key_expiry (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autofree char *key = make_rollout_key (fixture, "{\"rollout\": \"r\\u00fc/1 x\", \"attempt\": \"a.b\", \"expires_s\": 1}");
  g_autofree char *other = make_rollout_key (fixture, "{\"rollout\": \"r\"}");
  g_autofree char *spoilt = g_strdup (other);
  g_autofree char *path = sandbox_path (&fixture->sandbox, "protection.db.secret");
  struct stat before;

  while (ask_with (fixture, key, "GET", "/leyden/v1/info", NULL, NULL) == 403)
    g_usleep (100 * 1000);
  g_assert_cmpuint (ask_with (fixture, key, "GET", "/leyden/v1/info", NULL, NULL), ==, 401);
  /* A longer life cannot be written into it. */
  spoilt[4] = spoilt[4] == '9' ? '8' : '9';
  g_assert_cmpuint (ask_with (fixture, spoilt, "GET", "/leyden/v1/info", NULL, NULL), ==, 401);
  g_assert_cmpuint (ask_with (fixture, other, "GET", "/leyden/v1/info", NULL, NULL), ==, 403);
  g_assert_cmpint (g_stat (path, &before), ==, 0);
  g_assert_cmpint (before.st_mode & 0777, ==, 0600);
}

/* ---- Limits ---- */

static void
test_rate_limit (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *slow = make_key (fixture, "slow", "viewer", ", \"rate_limit\": {\"requests\": 3, \"seconds\": 60}");
  g_autofree char *free_key = make_key (fixture, "free", "viewer", NULL);
  g_autofree char *request = NULL;
  g_autofree char *answer = NULL;
  g_autoptr(LeydenValue) line = NULL;

  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (ask_with (fixture, slow, "GET", "/leyden/v1/info", NULL, NULL), ==, 200);
  request = g_strdup_printf ("GET /leyden/v1/info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", slow);
  answer = server_raw (fixture->server, request, -1);
  g_assert_cmpuint (raw_status (answer), ==, 429);
  g_assert_nonnull (strstr (answer, "\r\nRetry-After: "));
  /* Others are not held up. */
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (ask_with (fixture, free_key, "GET", "/leyden/v1/info", NULL, NULL), ==, 200);
  line = find_audit (fixture, "rate.exceeded");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (line, "detail"), "key_name", ""), ==, "slow");
}

static void
test_rate_limit_options (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autofree char *database = sandbox_path (&fixture->sandbox, "limited.db");
  static const char * const bad[] = { "5", "0/1", "1/0", "-1/1", "1/1/1", "x/1", "1/86401", "" };
  Server *limited;
  guint n = 0;

  limited = sandbox_serve (&fixture->sandbox, "--database", database, "--rate-limit", "1000/60", "--rate-limit-address", "5/60", NULL);
  for (guint i = 0; i < 8; i++)
    {
      guint status;
      g_autoptr(LeydenValue) answer = server_ask (limited, "GET", "/leyden/v1/info", NULL, &status);

      g_assert_true (status == 200 || status == 429);
      n += status == 200;
    }
  g_assert_cmpuint (n, ==, 5);
  g_assert_cmpint (server_end (limited, SIGTERM), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(Outcome) outcome = sandbox_run (&fixture->sandbox, "serve", "--database", database, "--rate-limit", bad[i], NULL);

      g_assert_cmpint (outcome->status, ==, 2);
    }
}

/* Wrong keys are told so, ever slower; right ones are not held up, and the log says it in few lines. */
static void
test_guessing (Fixture       *fixture,
               gconstpointer  data)
{
  gint64 start = g_get_monotonic_time (), fast, slow;

  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (ask_with (fixture, "wrong", "GET", "/api/rollouts?state_in=queuing", NULL, NULL), ==, 401);
  fast = g_get_monotonic_time () - start;
  start = g_get_monotonic_time ();
  for (guint i = 0; i < 10; i++)
    {
      g_assert_cmpuint (ask_with (fixture, "wrong", "GET", "/api/rollouts?state_in=queuing", NULL, NULL), ==, 401);
      g_assert_cmpuint (ask_with (fixture, fixture->server->key, "GET", "/api/rollouts?state_in=queuing", NULL, NULL), ==, 200);
    }
  slow = g_get_monotonic_time () - start;
  g_test_message ("20 in %" G_GINT64_FORMAT " us, 10 more in %" G_GINT64_FORMAT " us", fast, slow);
  /* 50, 100, … 500 ms: no machine is faster than that. */
  g_assert_cmpint (slow, >=, 2750 * 1000);
  /* With a body there is nothing to wait for. */
  g_assert_cmpuint (ask_with (fixture, "wrong", "POST", "/api/rollouts", "[]", NULL), ==, 429);
  while (count_audit (fixture, "key.wrong", NULL) < 2)
    g_usleep (20 * 1000);
  g_assert_cmpuint (count_audit (fixture, "key.wrong", NULL), ==, 2);
}

/* A client that leaves while its answer is held, and a server that ends then. */
static void
test_guessing_and_leaving (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autofree char *request = g_strdup ("GET /api/rollouts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\n\r\n");

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr(GSocketClient) client = g_socket_client_new ();
      g_autoptr(GSocketConnection) connection = g_socket_client_connect_to_host (client, "127.0.0.1", fixture->server->port, NULL, NULL);

      g_assert_nonnull (connection);
      g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request, strlen (request), NULL, NULL,
                                                NULL));
    }
  g_assert_cmpuint (ask_with (fixture, fixture->server->key, "GET", "/api/rollouts?state_in=queuing", NULL, NULL), ==, 200);
}

/* An address of this machine that is not loopback; NULL: it has none. */
static char *
find_address (void)
{
  struct ifaddrs *all = NULL;
  char *found = NULL;

  if (getifaddrs (&all) != 0)
    return NULL;
  for (struct ifaddrs *each = all; each != NULL && found == NULL; each = each->ifa_next)
    {
      char text[INET_ADDRSTRLEN];

      if (each->ifa_addr == NULL || each->ifa_addr->sa_family != AF_INET || (each->ifa_flags & IFF_LOOPBACK) != 0)
        continue;
      if (inet_ntop (AF_INET, &((struct sockaddr_in *) (void *) each->ifa_addr)->sin_addr, text, sizeof text) != NULL)
        found = g_strdup (text);
    }
  freeifaddrs (all);
  return found;
}

static guint
ask_at (Server     *server,
        const char *address,
        const char *key)
{
  g_autofree char *request = g_strdup_printf ("GET /api/rollouts?state_in=queuing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
                                              "Connection: close\r\n\r\n", key);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = g_socket_client_connect_to_host (client, address, server->port, NULL, NULL);
  g_autoptr(GString) answer = g_string_new (NULL);
  char buffer[1024];
  gssize n;

  g_assert_nonnull (connection);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request, strlen (request), NULL, NULL, NULL));
  while ((n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, n);
  return raw_status (answer->str);
}

/* A short key of a key file cannot be guessed from elsewhere: after some wrong ones the right one is wrong, too. Who was let in with it before
 * and who is on this machine go on. */
static void
test_guessing_a_chosen_key (Fixture       *fixture,
                            gconstpointer  data)
{
  g_autofree char *address = find_address ();
  g_autofree char *database = sandbox_path (&fixture->sandbox, "chosen.db");
  g_autofree char *key_file = sandbox_write (&fixture->sandbox, "chosen.key", "a-word-of-mine-1\n", -1);

  if (address == NULL)
    {
      g_test_skip ("this machine has no address but loopback");
      return;
    }
  for (guint known = 0; known < 2; known++)
    {
      Server *server = sandbox_serve (&fixture->sandbox, "--database", database, "--listen", "0.0.0.0:0", "--insecure", "--key-file", key_file, NULL);

      if (known == 1)
        g_assert_cmpuint (ask_at (server, address, "a-word-of-mine-1"), ==, 200);
      for (guint i = 0; i < 22; i++)
        g_assert_cmpuint (ask_at (server, address, "a-word-of-mine-2"), ==, 401);
      g_assert_cmpuint (ask_at (server, address, "a-word-of-mine-1"), ==, known == 1 ? 200 : 401);
      g_assert_cmpuint (ask_at (server, "127.0.0.1", "a-word-of-mine-1"), ==, 200);
      g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
    }
}

/* ---- The audit log ---- */

static void
test_audit (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *viewer = make_key (fixture, "viewer", "viewer", NULL);
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) paused = NULL;
  g_autoptr(LeydenValue) failed = NULL;
  g_autoptr(LeydenValue) verdict = NULL;
  g_autofree char *noted = NULL;
  g_autoptr(LeydenValue) wrong = NULL;
  guint status;

  g_assert_cmpuint (ask_with (fixture, viewer, "POST", "/proxy/pause", "{}", NULL), ==, 403);
  g_assert_cmpuint (ask_with (fixture, fixture->server->key, "POST", "/proxy/resume", NULL, NULL), ==, 200);
  made = find_audit (fixture, "key.made");
  g_assert_cmpstr (leyden_value_get_member_string (made, "object", ""), ==, "viewer");
  g_assert_cmpstr (leyden_value_get_member_string (made, "address", ""), ==, "127.0.0.1");
  refused = find_audit (fixture, "role.missing");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (refused, "detail"), "path", ""), ==, "/proxy/pause");
  paused = find_audit (fixture, "POST /proxy/resume");
  g_assert_cmpstr (leyden_value_get_member_string (paused, "actor", ""), ==, "owner");
  g_assert_cmpuint (count_audit (fixture, "POST /proxy/pause", NULL), ==, 0);

  /* What failed is said to have failed. */
  g_assert_cmpuint (ask_with (fixture, fixture->server->key, "DELETE", "/leyden/v1/endpoints/none", NULL, NULL), ==, 404);
  failed = find_audit (fixture, "request.failed");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (failed, "detail"), "status", 0), ==, 404);
  g_assert_cmpstr (leyden_value_get_member_string (failed, "object", ""), ==, "/leyden/v1/endpoints/none");

  verdict = server_ask (fixture->server, "GET", "/leyden/v1/audit/verify", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_true (leyden_value_get_member_boolean (verdict, "sound", FALSE));
  noted = g_strdup_printf ("/leyden/v1/audit/verify?line=2&head=%064d", 0);
  wrong = server_ask (fixture->server, "GET", noted, NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_false (leyden_value_get_member_boolean (wrong, "sound", TRUE));
  g_assert_cmpint (leyden_value_get_member_int (wrong, "line", 0), ==, 2);
}

/* ---- Masking ---- */

static char *
ask_text (Fixture    *fixture,
          const char *method,
          const char *path,
          const char *body,
          guint       expected)
{
  guint status;
  g_autoptr(LeydenValue) answer = body != NULL ? server_ask_text (fixture->server, method, path, body, &status)
                                               : server_ask (fixture->server, method, path, NULL, &status);

  g_test_message ("%s %s: %u", method, path, status);
  g_assert_cmpuint (status, ==, expected);
  return leyden_json_write (answer, LEYDEN_JSON_COMPACT);
}

/* Whether the database or its log holds @text. */
static gboolean
is_on_disk (Fixture    *fixture,
            const char *text)
{
  static const char * const suffixes[] = { "", "-wal" };
  gboolean found = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (fixture->database, suffixes[i], NULL);
      g_autofree char *bytes = NULL;
      gsize length;

      if (g_file_get_contents (path, &bytes, &length, NULL))
        found = found || memmem (bytes, length, text, strlen (text)) != NULL;
    }
  return found;
}

#define SECRET "sk-abcdefghijklmnopqrstuvwx"
#define MAIL "jane.doe@example.org"

/* Keys always, personal data when that is switched on, by whatever door they come; token ids and the texts of single tokens never. */
static void
test_masking (Fixture       *fixture,
              gconstpointer  data)
{
  static const char create[] = "[{\"rollout_id\": \"one\", \"input\": {\"data_id\": \"" MAIL "\", \"text\": \"" SECRET " " MAIL "\"}}]";
  static const char event[] =
    "{\"event_type\": \"model_request\", \"data\": {\"note\": \"" SECRET " " MAIL " P-12345\", \"response\": {\"prompt_token_ids\": [1, 2], "
    "\"choices\": [{\"token_ids\": [4111, 1111], \"logprobs\": {\"content\": [{\"token\": \"P-54321\", \"logprob\": -0.5}]}}]}}}";
  static const char rules[] = "{\"personal\": true, \"rules\": [{\"name\": \"patient\", \"pattern\": \"P-[0-9]{5}\"}]}";
  g_autofree char *set = ask_text (fixture, "PUT", "/leyden/v1/masking", rules, 200);
  g_autofree char *made = ask_text (fixture, "POST", "/api/rollouts", create, 201);
  g_autofree char *posted = ask_text (fixture, "POST", "/api/rollouts/one/attempt/0/events", event, 200);
  g_autofree char *events = ask_text (fixture, "GET", "/api/rollouts/one/events", NULL, 200);
  g_autofree char *tried = NULL;
  g_autofree char *bad = NULL;
  g_autofree char *after = NULL;

  g_assert_nonnull (strstr (events, "[patient masked]"));
  g_assert_nonnull (strstr (events, "[e-mail masked]"));
  g_assert_nonnull (strstr (events, "[4111,1111]"));
  g_assert_nonnull (strstr (events, "\"P-54321\""));
  g_assert_false (is_on_disk (fixture, SECRET));
  g_assert_false (is_on_disk (fixture, MAIL));
  g_assert_false (is_on_disk (fixture, "P-12345"));
  g_assert_true (is_on_disk (fixture, "P-54321"));
  tried = ask_text (fixture, "POST", "/leyden/v1/masking/try", "{\"text\": \"P-12345 x@y.org\", \"rules\": {}}", 200);
  g_assert_nonnull (strstr (tried, "\"P-12345 x@y.org\""));
  bad = ask_text (fixture, "PUT", "/leyden/v1/masking", "{\"rules\": [{\"name\": \"x\", \"pattern\": \"(\"}]}", 422);
  /* The rules are there after a restart. */
  start_again (fixture);
  after = ask_text (fixture, "GET", "/leyden/v1/masking", NULL, 200);
  g_assert_nonnull (strstr (after, "P-[0-9]{5}"));
}

static gboolean
has_ended (Fixture    *fixture,
           const char *run,
           char      **state)
{
  g_autofree char *list_path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", run);
  g_autoptr(LeydenValue) list = server_ask (fixture->server, "GET", list_path, NULL, NULL);
  LeydenValue *first = leyden_value_get_item (leyden_value_get_member (list, "rollouts"), 0);
  g_autofree char *state_path = NULL;

  if (strcmp (leyden_value_get_member_string (first, "state", ""), "succeeded") != 0)
    return FALSE;
  state_path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", leyden_value_get_member_string (first, "rollout", ""));
  *state = ask_text (fixture, "GET", state_path, NULL, 200);
  return TRUE;
}

/* What enters a run is masked when it enters: what its nodes get is what its log says. */
static void
test_masking_runs (Fixture       *fixture,
                   gconstpointer  data)
{
  static const char body[] =
    "{\"flow\": {\"leyden\": 1, \"id\": \"f\", \"nodes\": [{\"id\": \"in\", \"type\": \"input\"}, {\"id\": \"out\", \"type\": \"output\"}], "
    "\"edges\": [{\"id\": \"e\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"out\", \"target_port\": \"result\"}]}, "
    "\"input\": {\"question\": \"from " MAIL "\"}, \"pace\": \"fast\"}";
  g_autofree char *set = ask_text (fixture, "PUT", "/leyden/v1/masking", "{\"personal\": true}", 200);
  g_autoptr(LeydenValue) run = NULL;
  g_autofree char *state = NULL;
  guint status;

  run = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_test_message ("%u %s", status, leyden_value_get_member_string (run, "detail", ""));
  g_assert_cmpuint (status, ==, 201);
  while (!has_ended (fixture, leyden_value_get_member_string (run, "run", ""), &state))
    g_usleep (50 * 1000);
  g_assert_nonnull (strstr (state, "from [e-mail masked]"));
  g_assert_cmpuint (count_audit (fixture, "run.started", NULL), ==, 1);
  g_assert_false (is_on_disk (fixture, MAIL));
}

static void
test_masking_file (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *database = sandbox_path (&fixture->sandbox, "file.db");
  g_autofree char *good = sandbox_write (&fixture->sandbox, "rules.json", "{\"personal\": true}", -1);
  g_autofree char *bad = sandbox_write (&fixture->sandbox, "bad.json", "{\"personal\": 1}", -1);
  g_autoptr(Outcome) refused = sandbox_run (&fixture->sandbox, "serve", "--database", database, "--mask-rules", bad, NULL);
  Server *server;
  g_autoptr(LeydenValue) rules = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  g_assert_cmpint (refused->status, ==, 3);
  server = sandbox_serve (&fixture->sandbox, "--database", database, "--mask-rules", good, NULL);
  rules = server_ask (server, "GET", "/leyden/v1/masking", NULL, NULL);
  g_assert_true (leyden_value_get_member_boolean (rules, "personal", FALSE) && leyden_value_get_member_boolean (rules, "keys", FALSE));
  answer = server_ask_text (server, "PUT", "/leyden/v1/masking", "{}", &status);
  g_assert_cmpuint (status, ==, 409);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/protection/info", Fixture, NULL, set_up, test_info, tear_down);
  g_test_add ("/protection/roles", Fixture, NULL, set_up, test_roles, tear_down);
  g_test_add ("/protection/cache", Fixture, NULL, set_up, test_cache, tear_down);
  g_test_add ("/protection/openapi", Fixture, NULL, set_up, test_openapi, tear_down);
  g_test_add ("/protection/unknown", Fixture, NULL, set_up, test_unknown, tear_down);
  g_test_add ("/protection/rotation", Fixture, NULL, set_up, test_rotation, tear_down);
  g_test_add ("/protection/expiry", Fixture, NULL, set_up, test_expiry, tear_down);
  g_test_add ("/protection/revoked-stream", Fixture, NULL, set_up, test_revoked_stream, tear_down);
  g_test_add ("/protection/hashed", Fixture, NULL, set_up, test_hashed, tear_down);
  g_test_add ("/protection/key-requests", Fixture, NULL, set_up, test_key_requests, tear_down);
  g_test_add ("/protection/rollout-keys", Fixture, NULL, set_up, test_rollout_keys, tear_down);
  g_test_add ("/protection/rollout-key-expiry", Fixture, NULL, set_up, test_rollout_key_expiry, tear_down);
  g_test_add ("/protection/rate-limit", Fixture, NULL, set_up, test_rate_limit, tear_down);
  g_test_add ("/protection/rate-limit-options", Fixture, NULL, set_up, test_rate_limit_options, tear_down);
  g_test_add ("/protection/guessing", Fixture, NULL, set_up, test_guessing, tear_down);
  g_test_add ("/protection/guessing-a-chosen-key", Fixture, NULL, set_up, test_guessing_a_chosen_key, tear_down);
  g_test_add ("/protection/guessing-and-leaving", Fixture, NULL, set_up, test_guessing_and_leaving, tear_down);
  g_test_add ("/protection/masking", Fixture, NULL, set_up, test_masking, tear_down);
  g_test_add ("/protection/masking-runs", Fixture, NULL, set_up, test_masking_runs, tear_down);
  g_test_add ("/protection/masking-file", Fixture, NULL, set_up, test_masking_file, tear_down);
  g_test_add ("/protection/audit", Fixture, NULL, set_up, test_audit, tear_down);
  return g_test_run ();
}
