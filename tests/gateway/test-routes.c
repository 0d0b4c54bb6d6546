/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-http-client.h"
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
  fixture->database = sandbox_path (&fixture->sandbox, "routes.db");
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
test_health (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *key = g_strdup (fixture->server->key);
  g_autoptr(LeydenValue) health = NULL;
  g_autoptr(LeydenValue) ready = NULL;
  g_autoptr(LeydenValue) info = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, NULL);
  guint status;

  /* Without a key, since a supervisor has none. */
  fixture->server->key[0] = fixture->server->key[0] == 'x' ? 'y' : 'x';
  health = server_ask (fixture->server, "GET", "/healthz", NULL, &status);
  g_assert_cmpint (status, ==, 200);
  ready = server_ask (fixture->server, "GET", "/readyz", NULL, &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_cmpstr (leyden_value_get_member_string (ready, "status", ""), ==, "ready");
  g_assert_cmpint (leyden_value_get_member_int (info, "api", 0), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (info, "pid", 0), ==, fixture->server->pid);
  g_assert_cmpstr (leyden_value_get_member_string (info, "database", ""), ==, fixture->database);
  g_assert_cmpstr (leyden_value_get_member_string (info, "last_start", ""), ==, "clean");
}

static void
test_components (Fixture       *fixture,
                 gconstpointer  data)
{
  guint status;
  g_autoptr(LeydenValue) components = server_ask (fixture->server, "GET", "/leyden/v1/components", NULL, &status);
  g_autofree char *text = leyden_json_write (components, LEYDEN_JSON_COMPACT);

  g_assert_cmpint (status, ==, 200);
  g_assert_nonnull (strstr (text, "\"evaluator\""));
}

static void
test_validate (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) good = NULL;
  g_autoptr(LeydenValue) bad = NULL;
  g_autoptr(LeydenValue) broken = NULL;
  guint status;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  good = server_ask_text (fixture->server, "POST", "/leyden/v1/validate", text, &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_true (leyden_value_get_member_boolean (good, "valid", FALSE));
  bad = server_ask_text (fixture->server, "POST", "/leyden/v1/validate",
                         "{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"a\", \"type\": \"evil.exec\"}]}", &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_false (leyden_value_get_member_boolean (bad, "valid", TRUE));
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (bad, "problems")), >, 0);
  broken = server_ask_text (fixture->server, "POST", "/leyden/v1/validate", "{\"leyden\": 1", &status);
  g_assert_cmpint (status, ==, 422);
}

static void
test_blobs (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *path = sandbox_write (&fixture->sandbox, "data.csv", "question,answer,split\n\"1, 2\",3,train\nx,4,test\n", -1);
  g_autofree char *sha256 = server_upload (fixture->server, path);
  g_autofree char *again = server_upload (fixture->server, path);
  g_autofree char *dataset = g_strdup_printf ("/leyden/v1/datasets/%s?name=data.csv&limit=1", sha256);
  g_autofree char *mapping = g_strdup_printf ("/leyden/v1/datasets/%s/mapping", sha256);
  g_autofree char *wrong = g_strdup_printf ("/leyden/v1/blobs/%064d", 0);
  g_autoptr(LeydenValue) preview = NULL;
  g_autoptr(LeydenValue) guess = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) missing = NULL;
  guint status;

  g_assert_cmpstr (sha256, ==, again);
  preview = server_ask (fixture->server, "GET", dataset, NULL, &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_member_int (preview, "n_rows", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (preview, "rows")), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (preview, "splits"), "test", 0), ==, 1);
  guess = server_ask_text (fixture->server, "POST", mapping, "{\"name\": \"data.csv\", \"fields\": [{\"name\": \"question\", \"type\": \"text\"}]}",
                           &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (guess, "mapping"), "question", ""), ==, "question");
  missing = server_ask (fixture->server, "GET", wrong, NULL, &status);
  g_assert_cmpint (status, ==, 404);
  refused = server_ask_text (fixture->server, "PUT", wrong, "not that", &status);
  g_assert_cmpint (status, ==, 422);
  g_clear_pointer (&missing, leyden_value_unref);
  missing = server_ask (fixture->server, "GET", wrong, NULL, &status);
  g_assert_cmpint (status, ==, 404);
}

/* What is sent to a server, told without sending it: in the server's own form, the key by name only. */
static void
test_request (Fixture       *fixture,
              gconstpointer  data)
{
  static const char *body = "{\"body\": {\"model\": \"claude-x\", \"max_tokens\": 9, \"messages\": [{\"role\": \"system\", \"content\": \"Be brief.\"}, "
                            "{\"role\": \"user\", \"content\": \"Hi\"}]}, \"sample\": 7}";
  static const char * const names[] = { "claude", "mine", "simulated" };
  static const char * const expected[] = {
    "{\"body\":{\"max_tokens\":9,\"messages\":[{\"content\":[{\"text\":\"Hi\",\"type\":\"text\"}],\"role\":\"user\"}],\"model\":\"claude-x\",\"system\":\"Be brief.\"},"
    "\"headers\":{\"Content-Type\":\"application/json\",\"anthropic-version\":\"2023-06-01\"},"
    "\"key\":{\"header\":\"x-api-key\",\"prefix\":\"\",\"variable\":\"ANTHROPIC_API_KEY\"},\"uri\":\"http://127.0.0.1:9/v1/messages\",\"wire\":\"anthropic\"}",
    "{\"body\":{\"max_completion_tokens\":9,\"messages\":[{\"content\":\"Be brief.\",\"role\":\"system\"},{\"content\":\"Hi\",\"role\":\"user\"}],\"model\":\"claude-x\",\"seed\":7},"
    "\"headers\":{\"Content-Type\":\"application/json\"},"
    "\"key\":{\"header\":\"Authorization\",\"prefix\":\"Bearer \",\"variable\":\"OPENAI_API_KEY\"},\"uri\":\"http://127.0.0.1:9/v1/chat/completions\",\"wire\":\"openai\"}",
    "{\"body\":{\"max_completion_tokens\":9,\"messages\":[{\"content\":\"Be brief.\",\"role\":\"system\"},{\"content\":\"Hi\",\"role\":\"user\"}],\"model\":\"claude-x\",\"seed\":7},"
    "\"headers\":{\"Content-Type\":\"application/json\"},"
    "\"key\":{\"header\":\"Authorization\",\"prefix\":\"Bearer \",\"variable\":\"OPENAI_API_KEY\"},\"uri\":null,\"wire\":\"openai\"}",
  };
  guint status;

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strconcat ("/leyden/v1/endpoints/", names[i], NULL);
      g_autofree char *endpoint = g_strdup_printf ("{\"base_uri\": \"http://127.0.0.1:9/v1\", \"wire\": \"%s\", \"secret\": \"mine\"}", i == 0 ? "anthropic" : "openai");
      g_autoptr(LeydenValue) put = server_ask_text (fixture->server, "PUT", path, endpoint, &status);

      g_assert_cmpint (status, ==, 200);
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strdup_printf ("/leyden/v1/endpoints/%s/request", names[i]);
      g_autoptr(LeydenValue) request = server_ask_text (fixture->server, "POST", path, body, &status);
      g_autofree char *text = leyden_json_write (request, LEYDEN_JSON_CANONICAL);
      g_autoptr(LeydenValue) wrong = NULL;

      g_assert_cmpint (status, ==, 200);
      g_assert_cmpstr (text, ==, expected[i]);
      wrong = server_ask_text (fixture->server, "POST", path, "{\"body\": []}", &status);
      g_assert_cmpint (status, ==, 422);
    }
  {
    g_autoptr(LeydenValue) none = server_ask_text (fixture->server, "POST", "/leyden/v1/endpoints/none/request", body, &status);

    g_assert_cmpint (status, ==, 404);
  }
}

/* Endpoints outlive the process; keys do not and are never read back. */
static void
test_endpoints (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(LeydenValue) put = NULL;
  g_autoptr(LeydenValue) chosen = NULL;
  g_autoptr(LeydenValue) secret = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) removed = NULL;
  g_autoptr(LeydenValue) built_in = NULL;
  g_autofree char *text = NULL;
  guint status;

  put = server_ask_text (fixture->server, "PUT", "/leyden/v1/endpoints/mine",
                         "{\"base_uri\": \"http://127.0.0.1:9/v1\", \"wire\": \"openai\", \"secret\": \"mine\", \"default_model\": \"m\"}", &status);
  g_assert_cmpint (status, ==, 200);
  chosen = server_ask_text (fixture->server, "PUT", "/leyden/v1/default-model", "{\"endpoint\": \"mine\", \"model\": \"m\"}", &status);
  g_assert_cmpint (status, ==, 200);
  secret = server_ask_text (fixture->server, "PUT", "/leyden/v1/secrets/mine",
                            "{\"value\": \"sk-hidden0123456789\", \"origins\": [\"http://127.0.0.1:9\"]}", &status);
  g_assert_cmpint (status, ==, 204);
  g_clear_pointer (&secret, leyden_value_unref);
  secret = server_ask (fixture->server, "GET", "/leyden/v1/secrets/mine", NULL, &status);
  g_assert_cmpint (status, ==, 405);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  list = server_ask (fixture->server, "GET", "/leyden/v1/endpoints", NULL, &status);
  text = leyden_json_write (list, LEYDEN_JSON_COMPACT);
  g_assert_nonnull (strstr (text, "\"mine\""));
  g_assert_null (strstr (text, "hidden"));
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (list, "default"), "endpoint", ""), ==, "mine");
  removed = server_ask (fixture->server, "DELETE", "/leyden/v1/endpoints/mine", NULL, &status);
  g_assert_cmpint (status, ==, 204);
  built_in = server_ask (fixture->server, "DELETE", "/leyden/v1/endpoints/simulated", NULL, &status);
  g_assert_cmpint (status, ==, 403);
}

static void
test_simulated (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(LeydenValue) models = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) unknown = NULL;
  g_autoptr(LeydenValue) broken = NULL;
  guint status;

  models = server_ask (fixture->server, "GET", "/simulated/v1/models", NULL, &status);
  g_assert_cmpint (status, ==, 200);
  answer = server_ask_text (fixture->server, "POST", "/simulated/v1/chat/completions",
                            "{\"model\": \"leyden-sim-large\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}", &status);
  g_assert_cmpint (status, ==, 200);
  g_assert_true (leyden_value_get_member_boolean (leyden_value_get_member (answer, "x_leyden"), "simulated", FALSE));
  unknown = server_ask_text (fixture->server, "POST", "/simulated/v1/chat/completions",
                             "{\"model\": \"gpt\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}", &status);
  g_assert_cmpint (status, ==, 404);
  broken = server_ask_text (fixture->server, "POST", "/simulated/v1/chat/completions", "{", &status);
  g_assert_cmpint (status, ==, 400);
  g_assert_nonnull (leyden_value_get_member (broken, "error"));
}

static void
test_shutdown (Fixture       *fixture,
               gconstpointer  data)
{
  guint status;
  g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "POST", "/leyden/v1/shutdown", "{\"if_idle\": true}", &status);

  g_assert_cmpint (status, ==, 202);
  g_assert_cmpint (server_wait (fixture->server), ==, 0);
  fixture->server = NULL;
}

static void
test_shutdown_busy (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autoptr(LeydenValue) body = sample_run (sha256, 0, "real", NULL);
  g_autoptr(LeydenValue) run = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, NULL);
  guint status;
  g_autoptr(LeydenValue) answer = server_ask_text (fixture->server, "POST", "/leyden/v1/shutdown", "{\"if_idle\": true}", &status);

  g_assert_nonnull (run);
  g_assert_cmpint (status, ==, 409);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gateway/routes/health", Fixture, NULL, set_up, test_health, tear_down);
  g_test_add ("/gateway/routes/components", Fixture, NULL, set_up, test_components, tear_down);
  g_test_add ("/gateway/routes/validate", Fixture, NULL, set_up, test_validate, tear_down);
  g_test_add ("/gateway/routes/blobs", Fixture, NULL, set_up, test_blobs, tear_down);
  g_test_add ("/gateway/routes/request", Fixture, NULL, set_up, test_request, tear_down);
  g_test_add ("/gateway/routes/endpoints", Fixture, NULL, set_up, test_endpoints, tear_down);
  g_test_add ("/gateway/routes/simulated", Fixture, NULL, set_up, test_simulated, tear_down);
  g_test_add ("/gateway/routes/shutdown", Fixture, NULL, set_up, test_shutdown, tear_down);
  g_test_add ("/gateway/routes/shutdown-busy", Fixture, NULL, set_up, test_shutdown_busy, tear_down);
  return g_test_run ();
}
