/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Webhooks of a running backend, over real sockets: what is told of runs, who may see what, and that a killed backend forgets nothing. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"
#include "webhook-receiver.h"

typedef struct
{
  Sandbox          sandbox;
  char            *database;
  Server          *server;
  WebhookReceiver *receiver;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "hooks.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  fixture->receiver = webhook_receiver_new (0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  webhook_receiver_free (fixture->receiver);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

static void
kill_and_start (Fixture *fixture)
{
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

/* Its secret. */
static char *
put_hook (Fixture    *fixture,
          const char *name,
          const char *events)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/webhooks/%s", name);
  g_autofree char *at = g_strdup_printf ("/%s", name);
  g_autofree char *uri = webhook_receiver_dup_uri (fixture->receiver, at);
  g_autofree char *body = g_strdup_printf ("{\"uri\":\"%s\",\"allow_private\":true,\"title\":\"Test <b>hook</b>\",\"events\":%s}", uri, events);
  g_autoptr(LeydenValue) made = server_expect (fixture->server, 201, "PUT", path, body);

  g_assert_true (g_str_has_prefix (value_text_at (made, "/secret"), "whsec_"));
  return g_strdup (value_text_at (made, "/secret"));
}

typedef struct
{
  WebhookReceiver *receiver;
  guint            n;
} Awaited;

static gboolean
has_come (gpointer data)
{
  Awaited *awaited = data;

  return webhook_receiver_count (awaited->receiver) >= awaited->n;
}

static void
wait_received (Fixture *fixture,
               guint    n)
{
  Awaited awaited = { fixture->receiver, n };

  wait_until (has_come, &awaited);
}

static LeydenValue *
run_sample (Fixture *fixture,
            int      limit)
{
  g_autofree char *path = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, path);
  g_autoptr(LeydenValue) body = sample_run (sha256, limit, "fast", NULL);
  g_autoptr(LeydenValue) made = NULL;
  guint status;

  made = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpuint (status, ==, 201);
  return server_wait_run (fixture->server, leyden_value_get_member_string (made, "run", ""));
}

static void
test_run_events (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *secret = put_hook (fixture, "mine", "[\"run.*\", \"rollout.finished\"]");
  g_autoptr(LeydenValue) run = run_sample (fixture, 5);
  guint n_started = 0, n_finished = 0, n_rollouts = 0;

  wait_received (fixture, 7);
  for (guint i = 0; i < 7; i++)
    {
      const Received *received = webhook_receiver_get (fixture->receiver, i);
      const char *type = value_text_at (received->event, "/type");

      g_assert_true (received_is_signed (received, secret));
      g_assert_nonnull (value_text_at (received->event, "/data/link"));
      n_started += strcmp (type, "dev.leyden.run.started") == 0;
      n_rollouts += strcmp (type, "dev.leyden.rollout.finished") == 0;
      if (strcmp (type, "dev.leyden.run.finished") != 0)
        continue;
      n_finished++;
      g_assert_cmpstr (value_text_at (received->event, "/data/run"), ==, leyden_value_get_member_string (run, "run", ""));
      g_assert_cmpstr (value_text_at (received->event, "/data/state"), ==, "succeeded");
      g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (received->event, "data"), "succeeded", 0), ==, 5);
    }
  g_assert_cmpuint (n_started, ==, 1);
  g_assert_cmpuint (n_finished, ==, 1);
  g_assert_cmpuint (n_rollouts, ==, 5);
}

/* The try was made, the answer was no, and the backend is killed before the next one: the same event comes again. So does what happened
 * while nobody could be told. */
static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *secret = put_hook (fixture, "mine", "[\"run.finished\"]");
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) list = NULL;
  const Received *first, *second;

  webhook_receiver_script (fixture->receiver, "/mine", 500, NULL);
  run = run_sample (fixture, 2);
  wait_received (fixture, 1);
  kill_and_start (fixture);
  webhook_receiver_forget (fixture->receiver, "/mine");
  wait_received (fixture, 2);
  first = webhook_receiver_get (fixture->receiver, 0);
  second = webhook_receiver_get (fixture->receiver, 1);
  g_assert_cmpstr (first->id, ==, second->id);
  g_assert_true (received_is_signed (second, secret));
  for (gboolean done = FALSE; !done;)
    {
      g_clear_pointer (&list, leyden_value_unref);
      list = server_expect (fixture->server, 200, "GET", "/leyden/v1/webhooks/mine/deliveries", NULL);
      done = g_strcmp0 (value_text_at (list, "/deliveries/0/state"), "delivered") == 0;
    }
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (list, "deliveries")), ==, 1);
}

static void
test_deliveries (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *secret = put_hook (fixture, "mine", "[]");
  g_autoptr(LeydenValue) tested = server_expect (fixture->server, 202, "POST", "/leyden/v1/webhooks/mine/test", "{}");
  gint64 id = leyden_value_get_member_int (tested, "delivery", 0);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/deliveries/%" G_GINT64_FORMAT, id);
  g_autofree char *replay = g_strdup_printf ("%s/replay", path);
  g_autoptr(LeydenValue) delivery = NULL;
  g_autoptr(LeydenValue) hook = NULL;

  wait_received (fixture, 1);
  g_assert_cmpstr (value_text_at (webhook_receiver_get (fixture->receiver, 0)->event, "/type"), ==, "dev.leyden.test");
  for (gboolean done = FALSE; !done;)
    {
      g_clear_pointer (&delivery, leyden_value_unref);
      delivery = server_expect (fixture->server, 200, "GET", path, NULL);
      done = g_strcmp0 (value_text_at (delivery, "/state"), "delivered") == 0;
    }
  g_assert_cmpint (leyden_value_get_member_int (value_at (delivery, "/attempts/0"), "status", 0), ==, 200);
  g_assert_cmpstr (value_text_at (delivery, "/body"), ==, webhook_receiver_get (fixture->receiver, 0)->body);
  leyden_value_unref (server_expect (fixture->server, 202, "POST", replay, "{}"));
  wait_received (fixture, 2);
  g_assert_cmpstr (webhook_receiver_get (fixture->receiver, 1)->id, ==, webhook_receiver_get (fixture->receiver, 0)->id);
  hook = server_expect (fixture->server, 200, "GET", "/leyden/v1/webhooks/mine", NULL);
  g_assert_cmpstr (value_text_at (hook, "/title"), ==, "Test <b>hook</b>");
  leyden_value_unref (server_expect (fixture->server, 404, "GET", "/leyden/v1/deliveries/999999", NULL));
  leyden_value_unref (server_expect (fixture->server, 404, "GET", "/leyden/v1/deliveries/x", NULL));
  leyden_value_unref (server_expect (fixture->server, 404, "POST", "/leyden/v1/deliveries/999999/replay", "{}"));
  leyden_value_unref (server_expect (fixture->server, 404, "POST", "/leyden/v1/webhooks/other/test", "{}"));
  leyden_value_unref (server_expect (fixture->server, 422, "GET", "/leyden/v1/webhooks/mine/deliveries?state=lost", NULL));
  leyden_value_unref (server_expect (fixture->server, 422, "POST", "/leyden/v1/webhooks/mine/rotate", "{\"overlap_s\":-1}"));
}

/* Told once: no answer and no file has it again; only those who may see addresses. */
static void
test_secrets (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *secret = put_hook (fixture, "mine", "[\"run.finished\"]");
  g_autoptr(LeydenValue) list = server_expect (fixture->server, 200, "GET", "/leyden/v1/webhooks", NULL);
  g_autofree char *text = leyden_json_write (list, LEYDEN_JSON_COMPACT);
  g_autofree char *uri = webhook_receiver_dup_uri (fixture->receiver, "/mine");
  g_autofree char *body = g_strdup_printf ("{\"uri\":\"%s\",\"allow_private\":true,\"events\":[]}", uri);
  g_autoptr(LeydenValue) again = server_expect (fixture->server, 200, "PUT", "/leyden/v1/webhooks/mine", body);
  g_autoptr(LeydenValue) rotated = server_expect (fixture->server, 200, "POST", "/leyden/v1/webhooks/mine/rotate", "{\"overlap_s\": 3600}");
  g_autoptr(LeydenValue) key = server_expect (fixture->server, 201, "POST", "/leyden/v1/keys", "{\"name\":\"looks\",\"role\":\"author\"}");
  g_autoptr(LeydenValue) audit = NULL;
  g_autofree char *lines = NULL;
  g_autofree char *own = NULL;
  static const char * const files[] = { "", "-wal" };

  g_assert_null (strstr (text, "whsec_"));
  g_assert_null (value_at (again, "/secret"));
  g_assert_cmpstr (value_text_at (rotated, "/secret"), !=, secret);
  audit = server_expect (fixture->server, 200, "GET", "/leyden/v1/audit?limit=1000", NULL);
  lines = leyden_json_write (audit, LEYDEN_JSON_COMPACT);
  g_assert_nonnull (strstr (lines, "PUT /leyden/v1/webhooks/{name}"));
  g_assert_nonnull (strstr (lines, "POST /leyden/v1/webhooks/{name}/rotate"));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_strconcat (fixture->database, files[i], NULL);
      g_autofree char *bytes = NULL;
      gsize length = 0;

      if (g_file_get_contents (path, &bytes, &length, NULL))
        g_assert_null (g_strstr_len (bytes, (gssize) length, secret + strlen ("whsec_")));
    }
  own = g_steal_pointer (&fixture->server->key);
  fixture->server->key = g_strdup (value_text_at (key, "/key"));
  leyden_value_unref (server_expect (fixture->server, 403, "GET", "/leyden/v1/webhooks", NULL));
  leyden_value_unref (server_expect (fixture->server, 403, "PUT", "/leyden/v1/webhooks/other", body));
  leyden_value_unref (server_expect (fixture->server, 403, "POST", "/leyden/v1/webhooks/mine/test", "{}"));
  g_free (fixture->server->key);
  fixture->server->key = g_steal_pointer (&own);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const bodies[] = {
    "", "[]", "{}", "{\"uri\":\"http://example.com/\"}", "{\"uri\":\"https://a\\r\\nb/\"}", "{\"uri\":\"https://example.com/\",\"events\":[\"x\"]}",
    "{\"uri\":\"https://example.com/\",\"uri\":\"https://example.org/\"}", "{\"uri\":NaN}",
  };
  g_autoptr(LeydenValue) list = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    leyden_value_unref (server_expect (fixture->server, 422, "PUT", "/leyden/v1/webhooks/a", bodies[i]));
  leyden_value_unref (server_expect (fixture->server, 422, "PUT", "/leyden/v1/webhooks/A%20b", "{\"uri\":\"https://example.com/\"}"));
  leyden_value_unref (server_expect (fixture->server, 404, "DELETE", "/leyden/v1/webhooks/a", NULL));
  list = server_expect (fixture->server, 200, "GET", "/leyden/v1/webhooks", NULL);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (list, "webhooks")), ==, 0);
  /* One that leads into this machine without leave: kept, tried, refused. */
  leyden_value_unref (server_expect (fixture->server, 201, "PUT", "/leyden/v1/webhooks/inner", "{\"uri\":\"https://localhost:1/\"}"));
  leyden_value_unref (server_expect (fixture->server, 202, "POST", "/leyden/v1/webhooks/inner/test", "{}"));
  for (gboolean done = FALSE; !done;)
    {
      g_autoptr(LeydenValue) hook = server_expect (fixture->server, 200, "GET", "/leyden/v1/webhooks/inner", NULL);

      done = leyden_value_get_member_int (hook, "failed", 0) == 1;
      if (done)
        g_assert_nonnull (strstr (value_text_at (hook, "/last_error"), "private network"));
    }
  g_clear_pointer (&list, leyden_value_unref);
  g_assert_null (server_ask (fixture->server, "DELETE", "/leyden/v1/webhooks/inner", NULL, NULL));
  list = server_expect (fixture->server, 200, "GET", "/leyden/v1/webhooks", NULL);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (list, "webhooks")), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/webhooks/run-events", Fixture, NULL, set_up, test_run_events, tear_down);
  g_test_add ("/webhooks/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/webhooks/deliveries", Fixture, NULL, set_up, test_deliveries, tear_down);
  g_test_add ("/webhooks/secrets", Fixture, NULL, set_up, test_secrets, tear_down);
  g_test_add ("/webhooks/refused", Fixture, NULL, set_up, test_refused, tear_down);
  return g_test_run ();
}
