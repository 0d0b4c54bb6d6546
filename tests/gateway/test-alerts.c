/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alert rules of a running backend: from a run to the receiver of a webhook, over kills, by whom they may be changed. And the same object in
 * this process under a clock of the test's own. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-alerts.h"
#include "leyden-json.h"
#include "store-helpers.h"
#include "webhook-receiver.h"

#define NS G_GINT64_CONSTANT (1000000000)
#define START (G_GINT64_CONSTANT (1700000000) * NS)

/* ---- In this process ---- */

typedef struct
{
  char              *folder;
  char              *path;
  LeydenSqliteStore *store;
  LeydenWebhooks    *webhooks;
  LeydenAlerts      *alerts;
  gint64             now_ns;
  GString           *news;              /* "firing resolved …" */
} Inside;

static gint64
now_cb (gpointer data)
{
  return ((Inside *) data)->now_ns;
}

static void
changed_cb (LeydenAlerts *alerts,
            LeydenValue  *row,
            const char   *news,
            gpointer      data)
{
  Inside *inside = data;

  if (news != NULL)
    g_string_append_printf (inside->news, "%s ", news);
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
begin (Inside *inside)
{
  static const guint8 secret[LEYDEN_WEBHOOKS_SECRET_SIZE] = { 1 };
  g_autoptr(GAsyncResult) loaded = NULL;
  g_autoptr(GAsyncResult) ready = NULL;
  g_autoptr(GError) error = NULL;

  inside->store = store_open (inside->path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  inside->webhooks = leyden_webhooks_new (inside->store, secret);
  leyden_webhooks_set_clock (inside->webhooks, now_cb, inside);
  leyden_webhooks_load_async (inside->webhooks, result_cb, &loaded);
  spin (&loaded);
  g_assert_true (leyden_webhooks_load_finish (inside->webhooks, loaded, &error));
  inside->alerts = leyden_alerts_new (inside->store, inside->webhooks);
  leyden_alerts_set_clock (inside->alerts, now_cb, inside);
  leyden_alerts_set_owner (inside->alerts, changed_cb, NULL, inside);
  leyden_alerts_load_async (inside->alerts, result_cb, &ready);
  spin (&ready);
  g_assert_true (leyden_alerts_load_finish (inside->alerts, ready, &error));
}

static void
end (Inside *inside)
{
  leyden_alerts_stop (inside->alerts);
  leyden_webhooks_stop (inside->webhooks);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  leyden_sqlite_store_close (inside->store);
  /* What was written last is answered. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (inside->alerts);
  g_assert_finalize_object (inside->webhooks);
  store_finish (LEYDEN_STORE (inside->store));
}

static void
inside_set_up (Inside        *inside,
               gconstpointer  data)
{
  inside->folder = make_folder ();
  inside->path = g_build_filename (inside->folder, "alerts.db", NULL);
  inside->now_ns = START;
  inside->news = g_string_new (NULL);
  begin (inside);
}

static void
inside_tear_down (Inside        *inside,
                  gconstpointer  data)
{
  end (inside);
  remove_tree (inside->folder);
  g_free (inside->folder);
  g_free (inside->path);
  g_string_free (inside->news, TRUE);
}

static void
put_rule (Inside     *inside,
          const char *id,
          const char *json)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAlertRule) rule = leyden_alert_rule_from_value (id, value, &error);
  g_autoptr(GAsyncResult) result = NULL;

  g_assert_no_error (error);
  leyden_alerts_put_async (inside->alerts, rule, result_cb, &result);
  spin (&result);
  leyden_alerts_change_finish (inside->alerts, result, &error);
  g_assert_no_error (error);
}

static void
evaluate (Inside *inside,
          gint64  seconds)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  inside->now_ns = START + seconds * NS;
  leyden_alerts_evaluate_async (inside->alerts, result_cb, &result);
  spin (&result);
  leyden_alerts_evaluate_finish (inside->alerts, result, &error);
  g_assert_no_error (error);
}

static const char *
get_state (Inside     *inside,
           const char *id)
{
  g_autoptr(LeydenValue) row = leyden_alerts_dup_row (inside->alerts, id);
  g_autofree char *text = leyden_json_write (row, LEYDEN_JSON_COMPACT);

  g_test_message ("%s", text);
  return leyden_alert_state_to_string (leyden_alert_state_from_string (value_text_at (row, "/status/state")));
}

/* Its number is what a document says, so that the test decides it. */
#define RULE(more) "{\"title\":\"Number\",\"above\":10,\"clear\":5" more ",\"query\":{\"sql\":\"SELECT count(run) FROM runs\"}}"

static void
add_runs (Inside *inside,
          guint   from,
          guint   to)
{
  for (guint i = from; i < to; i++)
    {
      g_autofree char *name = g_strdup_printf ("run%u", i);
      g_autoptr(LeydenRunRow) run = make_run (name, START);
      g_autoptr(GError) error = NULL;

      store_put_run (LEYDEN_STORE (inside->store), run, NULL, &error);
      g_assert_no_error (error);
    }
}

/* The process ends without a word after it fired: it fires no second time, and goes on from where it stood. */
static void
test_restart (Inside        *inside,
              gconstpointer  data)
{
  put_rule (inside, "number", RULE (",\"for_s\":30"));
  evaluate (inside, 0);
  g_assert_cmpstr (get_state (inside, "number"), ==, "ok");
  add_runs (inside, 0, 12);
  evaluate (inside, 10);
  g_assert_cmpstr (get_state (inside, "number"), ==, "pending");
  end (inside);
  begin (inside);
  g_assert_cmpstr (get_state (inside, "number"), ==, "pending");
  evaluate (inside, 39);
  g_assert_cmpstr (get_state (inside, "number"), ==, "pending");
  evaluate (inside, 40);
  g_assert_cmpstr (get_state (inside, "number"), ==, "firing");
  g_assert_cmpstr (inside->news->str, ==, "firing ");
  for (guint i = 0; i < 3; i++)
    {
      end (inside);
      begin (inside);
      g_assert_cmpstr (get_state (inside, "number"), ==, "firing");
      evaluate (inside, 50 + i);
    }
  g_assert_cmpstr (inside->news->str, ==, "firing ");
  g_assert_cmpuint (leyden_alerts_count_firing (inside->alerts), ==, 1);
}

static void
acknowledge (Inside     *inside,
             const char *actor,
             gboolean    expected)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_alerts_acknowledge_async (inside->alerts, "number", actor, "known", result_cb, &result);
  spin (&result);
  g_assert_true (leyden_alerts_change_finish (inside->alerts, result, NULL) == expected);
}

static void
test_acknowledged (Inside        *inside,
                   gconstpointer  data)
{
  put_rule (inside, "number", RULE (""));
  acknowledge (inside, "ann", FALSE);
  add_runs (inside, 0, 12);
  evaluate (inside, 10);
  acknowledge (inside, "ann", TRUE);
  acknowledge (inside, "bob", FALSE);
  end (inside);
  begin (inside);
  g_assert_cmpstr (get_state (inside, "number"), ==, "acknowledged");
  evaluate (inside, 20);
  g_assert_cmpstr (get_state (inside, "number"), ==, "acknowledged");
  /* Switched off it is over, and told. */
  put_rule (inside, "number", RULE (",\"enabled\":false"));
  g_assert_cmpstr (get_state (inside, "number"), ==, "resolved");
  g_assert_cmpstr (inside->news->str, ==, "firing acknowledged resolved ");
  put_rule (inside, "number", RULE (""));
  evaluate (inside, 30);
  g_assert_cmpstr (inside->news->str, ==, "firing acknowledged resolved firing ");
}

/* Nothing came because nobody was there to take it: not before the window has passed. */
static void
test_absence (Inside        *inside,
              gconstpointer  data)
{
  put_rule (inside, "number", "{\"title\":\"Silence\",\"kind\":\"absence\",\"over_s\":600,\"query\":{\"metric\":\"ended\"}}");
  evaluate (inside, 10);
  g_assert_cmpstr (get_state (inside, "number"), ==, "ok");
  evaluate (inside, 599);
  g_assert_cmpstr (get_state (inside, "number"), ==, "ok");
  evaluate (inside, 600);
  g_assert_cmpstr (get_state (inside, "number"), ==, "firing");
}

/* A question that fails is a problem of its rule alone. */
static void
test_problem (Inside        *inside,
              gconstpointer  data)
{
  g_autoptr(LeydenValue) row = NULL;

  put_rule (inside, "broken", "{\"title\":\"Broken\",\"above\":1,\"query\":{\"sql\":\"SELECT nothing FROM nowhere\"}}");
  put_rule (inside, "number", RULE (""));
  add_runs (inside, 0, 12);
  evaluate (inside, 10);
  g_assert_cmpstr (get_state (inside, "number"), ==, "firing");
  g_assert_cmpstr (get_state (inside, "broken"), ==, "ok");
  row = leyden_alerts_dup_row (inside->alerts, "broken");
  g_assert_nonnull (value_text_at (row, "/status/problem"));
}

/* ---- Over sockets ---- */

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
  fixture->database = sandbox_path (&fixture->sandbox, "alerts.db");
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

static char *
put_hook (Fixture *fixture)
{
  g_autofree char *uri = webhook_receiver_dup_uri (fixture->receiver, "/hook");
  g_autofree char *body = g_strdup_printf ("{\"uri\":\"%s\",\"allow_private\":true}", uri);
  g_autoptr(LeydenValue) made = server_expect (fixture->server, 201, "PUT", "/leyden/v1/webhooks/hook", body);

  return g_strdup (value_text_at (made, "/secret"));
}

typedef struct
{
  Fixture *fixture;
  guint    n;
} Awaited;

/* The n-th event that came, from 0; one that is sent again after a kill is known by its id. NULL: not yet. */
static const Received *
get_event (Fixture *fixture,
           guint    n)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < webhook_receiver_count (fixture->receiver); i++)
    {
      const Received *received = webhook_receiver_get (fixture->receiver, i);

      if (g_hash_table_add (seen, received->id) && g_hash_table_size (seen) == n + 1)
        return received;
    }
  return NULL;
}

static gboolean
has_come (gpointer data)
{
  Awaited *awaited = data;

  return get_event (awaited->fixture, awaited->n - 1) != NULL;
}

static void
wait_received (Fixture *fixture,
               guint    n)
{
  Awaited awaited = { fixture, n };

  wait_until (has_come, &awaited);
}

static void
run_sample (Fixture *fixture)
{
  g_autofree char *path = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, path);
  g_autoptr(LeydenValue) body = sample_run (sha256, 5, "fast", NULL);
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) run = NULL;
  guint status;

  made = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpuint (status, ==, 201);
  run = server_wait_run (fixture->server, value_text_at (made, "/run"));
}

#define ENDED "{\"title\":\"Many end\",\"above\":3,\"over_s\":3600,\"severity\":\"critical\",\"webhooks\":[\"hook\"],\"query\":{\"metric\":\"ended\"}}"

static void
test_fires (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *secret = put_hook (fixture);
  g_autoptr(LeydenValue) row = server_expect (fixture->server, 201, "PUT", "/leyden/v1/alerts/ended", ENDED);
  g_autoptr(LeydenValue) acknowledged = NULL;
  g_autoptr(LeydenValue) history = NULL;
  g_autoptr(LeydenValue) audit = NULL;
  g_autofree char *lines = NULL;
  const Received *received;

  g_assert_cmpstr (value_text_at (row, "/status/state"), ==, "ok");
  run_sample (fixture);
  wait_received (fixture, 1);
  received = get_event (fixture, 0);
  g_assert_true (received_is_signed (received, secret));
  g_assert_cmpstr (value_text_at (received->event, "/type"), ==, "dev.leyden.alert.firing");
  g_assert_cmpstr (value_text_at (received->event, "/data/severity"), ==, "critical");
  /* Killed and started again it stands where it stood, and nobody is told twice. */
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  for (gboolean evaluated = FALSE; !evaluated;)
    {
      gint64 since;

      g_clear_pointer (&row, leyden_value_unref);
      row = server_expect (fixture->server, 200, "GET", "/leyden/v1/alerts/ended", NULL);
      g_assert_cmpstr (value_text_at (row, "/status/state"), ==, "firing");
      since = leyden_value_get_member_int (leyden_value_get_member (row, "status"), "since", 0);
      evaluated = leyden_value_get_member_int (leyden_value_get_member (row, "status"), "evaluated", 0) > since;
      g_usleep (20000);
    }
  acknowledged = server_expect (fixture->server, 200, "POST", "/leyden/v1/alerts/ended/acknowledge", "{\"note\":\"I look\"}");
  g_assert_cmpstr (value_text_at (acknowledged, "/status/actor"), ==, "owner");
  leyden_value_unref (server_expect (fixture->server, 409, "POST", "/leyden/v1/alerts/ended/acknowledge", "{}"));
  wait_received (fixture, 2);
  g_assert_cmpstr (value_text_at (get_event (fixture, 1)->event, "/type"), ==, "dev.leyden.alert.acknowledged");
  g_assert_null (server_ask (fixture->server, "DELETE", "/leyden/v1/alerts/ended", NULL, NULL));
  wait_received (fixture, 3);
  g_assert_cmpstr (value_text_at (get_event (fixture, 2)->event, "/type"), ==, "dev.leyden.alert.resolved");
  history = server_expect (fixture->server, 200, "GET", "/leyden/v1/alerts/history?alert=ended", NULL);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (history, "history")), ==, 3);
  g_assert_cmpstr (value_text_at (history, "/history/1/note"), ==, "I look");
  audit = server_expect (fixture->server, 200, "GET", "/leyden/v1/audit?limit=1000", NULL);
  lines = leyden_json_write (audit, LEYDEN_JSON_COMPACT);
  g_assert_nonnull (strstr (lines, "\"alert.acknowledged\""));
  g_assert_nonnull (strstr (lines, "\"alert.firing\""));
  g_assert_nonnull (strstr (lines, "PUT /leyden/v1/alerts/{id}"));
}

/* What one rule asks without end keeps none of the others from being looked at, wherever it stands among them. */
static void
test_slow (Inside        *inside,
           gconstpointer  data)
{
  static const char * const ids[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
  g_autoptr(LeydenValue) slow = NULL;

  add_runs (inside, 0, 12);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    put_rule (inside, ids[i], RULE (""));
  put_rule (inside, "slow", "{\"title\":\"Slow\",\"above\":10,\"query\":{\"sql\":\"SELECT count (*) FROM runs a, runs b, runs c, runs d, runs e, runs f, "
                            "runs g, runs h, runs i, runs j, runs k, runs l, runs m, runs n\"}}");
  evaluate (inside, 1);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpstr (get_state (inside, ids[i]), ==, "firing");
  slow = leyden_alerts_dup_row (inside->alerts, "slow");
  g_assert_cmpstr (value_text_at (slow, "/status/state"), !=, "firing");
  g_assert_nonnull (value_text_at (slow, "/status/problem"));
}

static void
test_routes (Fixture       *fixture,
             gconstpointer  data)
{
  static const char * const bad[] = {
    "", "[]", "{}", "{\"title\":\"x\",\"above\":1e999,\"query\":{\"metric\":\"reward\"}}", "{\"title\":\"x\",\"above\":1,\"query\":{\"metric\":\"?\"}}",
    "{\"title\":\"x\",\"above\":1,\"webhooks\":[\"none\"],\"query\":{\"metric\":\"reward\"}}",
    "{\"title\":\"x\",\"above\":1,\"over_s\":99999999999999999999,\"query\":{\"metric\":\"reward\"}}",
    "{\"title\":\"x\",\"above\":1,\"query\":{\"sql\":\"DELETE FROM runs\"}}",
  };
  g_autoptr(LeydenValue) preview = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) key = NULL;
  g_autofree char *own = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) answer = NULL;
      guint status;

      answer = server_ask_text (fixture->server, "PUT", "/leyden/v1/alerts/x", bad[i], &status);
      /* What SQL may do only the database knows: then it is the rule's problem. */
      g_assert_cmpuint (status, ==, i + 1 == G_N_ELEMENTS (bad) && status != 422 ? 201 : 422);
    }
  leyden_value_unref (server_expect (fixture->server, 404, "GET", "/leyden/v1/alerts/none", NULL));
  leyden_value_unref (server_expect (fixture->server, 404, "DELETE", "/leyden/v1/alerts/none", NULL));
  leyden_value_unref (server_expect (fixture->server, 404, "POST", "/leyden/v1/alerts/none/acknowledge", "{}"));
  leyden_value_unref (server_expect (fixture->server, 422, "POST", "/leyden/v1/alerts/preview", "{\"rule\":{}}"));
  leyden_value_unref (server_expect (fixture->server, 422, "POST", "/leyden/v1/alerts/preview", "{\"days\":99,\"rule\":{}}"));
  run_sample (fixture);
  preview = server_expect (fixture->server, 200, "POST", "/leyden/v1/alerts/preview",
                           "{\"days\":1,\"rule\":{\"title\":\"x\",\"above\":3,\"over_s\":3600,\"query\":{\"metric\":\"ended\"}}}");
  g_assert_nonnull (value_at (preview, "/fired"));
  list = server_expect (fixture->server, 200, "GET", "/leyden/v1/alerts", NULL);
  g_assert_cmpint (leyden_value_get_member_int (list, "firing", -1), ==, 0);
  key = server_expect (fixture->server, 201, "POST", "/leyden/v1/keys", "{\"name\":\"author\",\"role\":\"author\"}");
  own = g_steal_pointer (&fixture->server->key);
  fixture->server->key = g_strdup (value_text_at (key, "/key"));
  leyden_value_unref (server_expect (fixture->server, 403, "PUT", "/leyden/v1/alerts/ended", "{}"));
  leyden_value_unref (server_expect (fixture->server, 403, "DELETE", "/leyden/v1/alerts/ended", NULL));
  leyden_value_unref (server_expect (fixture->server, 200, "GET", "/leyden/v1/alerts", NULL));
  leyden_value_unref (server_expect (fixture->server, 200, "GET", "/leyden/v1/alerts/history", NULL));
  g_free (fixture->server->key);
  fixture->server->key = g_steal_pointer (&own);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/alerts/restart", Inside, NULL, inside_set_up, test_restart, inside_tear_down);
  g_test_add ("/alerts/acknowledged", Inside, NULL, inside_set_up, test_acknowledged, inside_tear_down);
  g_test_add ("/alerts/absence", Inside, NULL, inside_set_up, test_absence, inside_tear_down);
  g_test_add ("/alerts/problem", Inside, NULL, inside_set_up, test_problem, inside_tear_down);
  g_test_add ("/alerts/slow", Inside, NULL, inside_set_up, test_slow, inside_tear_down);
  g_test_add ("/alerts/fires", Fixture, NULL, set_up, test_fires, tear_down);
  g_test_add ("/alerts/routes", Fixture, NULL, set_up, test_routes, tear_down);
  return g_test_run ();
}
