/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Webhooks without a network: what they may be, what is signed, when it is tried, and the outbox under a virtual clock. */
#include <string.h>

#include "leyden-events.h"
#include "leyden-json.h"
#include "leyden-outbox.h"
#include "store-helpers.h"

#define NS G_GINT64_CONSTANT (1000000000)
#define START (G_GINT64_CONSTANT (1700000000) * NS)

/* Of the reference, section 4.13. */
static void
test_signature (void)
{
  gsize length;
  g_autofree guchar *key = g_base64_decode ("bGV5ZGVuLXN0YW5kYXJkLXdlYmhvb2tzLWtleS0wMDE=", &length);
  g_autofree char *signature = leyden_webhook_sign (key, length, "msg_0001", 1700000000, "{\"type\":\"run.finished\",\"data\":{\"id\":\"r1\"}}");
  g_autofree char *shown = leyden_webhook_show_key (key, length);
  g_autofree char *spaced = leyden_webhook_sign (key, length, "msg_0001", 1700000000, "{\"type\":\"run.finished\",\"data\":{\"id\": \"r1\"}}");

  g_assert_cmpstr (signature, ==, "v1,mOT+lWEi8T8UyqePDrZhb2YY4dS/KJ2VpxbuUi7hmRE=");
  g_assert_cmpstr (shown, ==, "whsec_bGV5ZGVuLXN0YW5kYXJkLXdlYmhvb2tzLWtleS0wMDE=");
  g_assert_cmpstr (spaced, !=, signature);
}

static void
test_body (void)
{
  g_autoptr(LeydenValue) data = leyden_json_parse ("{\"run\":\"r1\"}", -1, NULL, NULL);
  g_autofree char *body = leyden_webhook_make_body ("evt_1", "urn:leyden:x", "run.finished", "r1", START + 123456789, data);
  g_autofree char *long_text = g_strnfill (LEYDEN_WEBHOOK_MAX_BODY, 'x');
  g_autofree char *long_json = g_strdup_printf ("{\"title\":\"%s\"}", long_text);
  g_autoptr(LeydenValue) long_data = leyden_json_parse (long_json, -1, NULL, NULL);
  g_autofree char *cut = leyden_webhook_make_body ("evt_1", "urn:leyden:x", "run.finished", "r1", START, long_data);

  g_assert_cmpstr (body, ==, "{\"specversion\":\"1.0\",\"id\":\"evt_1\",\"source\":\"urn:leyden:x\",\"type\":\"dev.leyden.run.finished\","
                             "\"time\":\"2023-11-14T22:13:20.123Z\",\"subject\":\"r1\",\"datacontenttype\":\"application/json\",\"data\":{\"run\":\"r1\"}}");
  g_assert_cmpuint (strlen (cut), <, LEYDEN_WEBHOOK_MAX_BODY);
  g_assert_nonnull (strstr (cut, "\"data\":{\"truncated\":true}"));
}

static void
test_schedule (void)
{
  static const guint seconds[] = { 0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      g_assert_cmpint (leyden_webhook_get_delay_ms (i, 0.5), ==, seconds[i] * 1000);
      g_assert_cmpint (leyden_webhook_get_delay_ms (i, 0), >=, seconds[i] * 899);
      g_assert_cmpint (leyden_webhook_get_delay_ms (i, 1), <=, seconds[i] * 1101);
    }
  g_assert_cmpint (leyden_webhook_get_delay_ms (LEYDEN_WEBHOOK_MAX_TRIES, 0.5), ==, -1);
  g_assert_cmpint (leyden_webhook_judge (200), ==, LEYDEN_WEBHOOK_DONE);
  g_assert_cmpint (leyden_webhook_judge (204), ==, LEYDEN_WEBHOOK_DONE);
  g_assert_cmpint (leyden_webhook_judge (301), ==, LEYDEN_WEBHOOK_AGAIN);
  g_assert_cmpint (leyden_webhook_judge (400), ==, LEYDEN_WEBHOOK_AGAIN);
  g_assert_cmpint (leyden_webhook_judge (410), ==, LEYDEN_WEBHOOK_GONE);
  g_assert_cmpint (leyden_webhook_judge (429), ==, LEYDEN_WEBHOOK_SLOWER);
  g_assert_cmpint (leyden_webhook_judge (0), ==, LEYDEN_WEBHOOK_AGAIN);
}

static void
test_hostile (void)
{
  static const struct { const char *name; const char *json; const char *why; } cases[] = {
    { "a", "{}", "uri" },
    { "a", "[]", "object" },
    { "A", "{\"uri\":\"https://example.com/\"}", "name" },
    { "a/b", "{\"uri\":\"https://example.com/\"}", "name" },
    { "", "{\"uri\":\"https://example.com/\"}", "name" },
    { "a", "{\"uri\":\"http://example.com/\"}", "private" },
    { "a", "{\"uri\":\"ftp://example.com/\"}", "https" },
    { "a", "{\"uri\":\"file:///etc/passwd\",\"allow_private\":true}", "https" },
    { "a", "{\"uri\":\"javascript:alert(1)\"}", "https" },
    { "a", "{\"uri\":\"https://user:pass@example.com/\"}", "password" },
    { "a", "{\"uri\":\"https://example.com/#x\"}", "fragment" },
    { "a", "{\"uri\":\"https://example.com/\\r\\nX-Evil: 1\"}", "https" },
    { "a", "{\"uri\":\"https://example.com/a b\"}", "https" },
    { "a", "{\"uri\":\"https:///x\"}", "https" },
    { "a", "{\"uri\":7}", "https" },
    { "a", "{\"uri\":\"https://example.com/\",\"title\":\"a\\nb\"}", "title" },
    { "a", "{\"uri\":\"https://example.com/\",\"title\":{}}", "title" },
    { "a", "{\"uri\":\"https://example.com/\",\"events\":\"run.finished\"}", "events" },
    { "a", "{\"uri\":\"https://example.com/\",\"events\":[\"run.exploded\"]}", "run.cancelled" },
    { "a", "{\"uri\":\"https://example.com/\",\"events\":[null]}", "events" },
    { "a", "{\"uri\":\"https://example.com/\",\"enabled\":\"yes\"}", "enabled" },
    { "a", "{\"uri\":\"https://example.com/\",\"allow_private\":1}", "allow_private" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (cases[i].json, -1, NULL, NULL);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s %s", cases[i].name, cases[i].json);
      g_assert_nonnull (value);
      g_assert_null (leyden_webhook_from_value (cases[i].name, value, FALSE, &error));
      g_assert_error (error, LEYDEN_WEBHOOK_ERROR, LEYDEN_WEBHOOK_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, cases[i].why));
    }
}

static LeydenWebhook *
make_hook (const char *name,
           const char *events)
{
  g_autofree char *json = g_strdup_printf ("{\"uri\":\"https://example.com/\",\"events\":%s,\"nonce\":\"secret-nonce\"}", events);
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  GError *error = NULL;
  LeydenWebhook *hook = leyden_webhook_from_value (name, value, TRUE, &error);

  g_assert_no_error (error);
  return hook;
}

static void
test_wants (void)
{
  static const struct { const char *events; const char *event; const char *state; gboolean wanted; } cases[] = {
    { "[]", "run.finished", "failed", FALSE },
    { "[\"run.finished\"]", "run.finished", "failed", TRUE },
    { "[\"run.failed\"]", "run.finished", "failed", TRUE },
    { "[\"run.failed\"]", "run.finished", "succeeded", FALSE },
    { "[\"run.failed\"]", "rollout.finished", "failed", FALSE },
    { "[\"rollout.*\"]", "rollout.reward", NULL, TRUE },
    { "[\"rollout.*\"]", "run.started", NULL, FALSE },
    { "[\"*\"]", "alert.firing", NULL, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenWebhook) hook = make_hook ("a", cases[i].events);

      g_assert_true (leyden_webhook_wants (hook, cases[i].event, cases[i].state) == cases[i].wanted);
    }
}

/* What is told to people never holds what keys are made of. */
static void
test_never_told (void)
{
  g_autoptr(LeydenWebhook) hook = make_hook ("a", "[]");
  g_autoptr(LeydenValue) told = leyden_webhook_to_value (hook, FALSE);
  g_autoptr(LeydenValue) stored = leyden_webhook_to_value (hook, TRUE);
  g_autofree char *text = leyden_json_write (told, LEYDEN_JSON_COMPACT);
  g_autoptr(LeydenWebhook) again = leyden_webhook_from_value ("a", stored, TRUE, NULL);

  g_assert_null (strstr (text, "nonce"));
  g_assert_cmpstr (again->nonce, ==, "secret-nonce");
}

/* ---- The outbox ---- */

typedef struct
{
  LeydenSqliteStore *store;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  fixture->store = store_open (NULL, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  store_finish (LEYDEN_STORE (fixture->store));
}

static void
changed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
change (Fixture            *fixture,
        LeydenSqliteChange  func,
        gpointer            data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_change_async (fixture->store, "test", func, data, NULL, changed_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (leyden_sqlite_store_change_get_data (result) == data);
  leyden_sqlite_store_change_finish (fixture->store, result, &error);
  g_assert_no_error (error);
}

/* A script, run in one change; it returns to the test what it needs to see. */
static LeydenDeliveryResult *
make_result (gint64              id,
             LeydenDeliveryState state,
             gint64              time_ns,
             gint64              due_ns)
{
  LeydenDeliveryResult *result = g_new0 (LeydenDeliveryResult, 1);

  result->id = id;
  result->webhook = g_strdup ("a");
  result->time_ns = time_ns;
  result->state = state;
  result->status = state == LEYDEN_DELIVERY_DELIVERED ? 200 : 500;
  result->error = state == LEYDEN_DELIVERY_DELIVERED ? NULL : g_strdup ("500");
  result->due_ns = due_ns;
  return result;
}

static void
finish (sqlite3             *db,
        gint64               id,
        LeydenDeliveryState  state,
        gint64               time_ns,
        gint64               due_ns,
        gboolean            *was_down)
{
  LeydenDeliveryResult *result = make_result (id, state, time_ns, due_ns);

  g_assert_true (leyden_outbox_finish (db, result, was_down, NULL));
  leyden_delivery_result_free (result);
}

static void
add (sqlite3    *db,
     const char *event,
     const char *subject,
     gint64      now_ns)
{
  g_assert_true (leyden_outbox_add (db, "a", event, "rollout.finished", subject, "{}", now_ns, TRUE, NULL, NULL));
}

/* "id id …" of what is due. */
static char *
take (sqlite3 *db,
      gint64   now_ns)
{
  g_autoptr(GPtrArray) due = leyden_outbox_take (db, "a", now_ns, 100, NULL);
  GString *text = g_string_new (NULL);

  g_assert_nonnull (due);
  for (guint i = 0; i < due->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", ((LeydenDelivery *) g_ptr_array_index (due, i))->event);
  return g_string_free (text, FALSE);
}

static void
assert_due (sqlite3    *db,
            gint64      now_ns,
            const char *expected)
{
  g_autofree char *due = take (db, now_ns);

  g_assert_cmpstr (due, ==, expected);
}

static gboolean
order_script (sqlite3   *db,
              gpointer   data,
              GError   **error)
{
  gint64 next_ns;

  g_assert_true (leyden_outbox_begin (db, "a", START, error));
  add (db, "x1", "x", START);
  add (db, "x2", "x", START);
  add (db, "y1", "y", START);
  add (db, "x1", "x", START);   /* twice: once */
  assert_due (db, START - 1, "");
  assert_due (db, START, "x1 y1");
  /* x1 fails: x2 waits behind it, y goes on */
  finish (db, 1, LEYDEN_DELIVERY_WAITING, START, START + 5 * NS, NULL);
  finish (db, 3, LEYDEN_DELIVERY_DELIVERED, START, 0, NULL);
  assert_due (db, START + 4 * NS, "");
  g_assert_true (leyden_outbox_get_next (db, "a", &next_ns, error));
  g_assert_cmpint (next_ns, ==, START + 5 * NS);
  assert_due (db, START + 5 * NS, "x1");
  finish (db, 1, LEYDEN_DELIVERY_DELIVERED, START + 5 * NS, 0, NULL);
  assert_due (db, START + 5 * NS, "x2");
  /* What is written about one that ended changes nothing. */
  finish (db, 1, LEYDEN_DELIVERY_WAITING, START + 9 * NS, START + 9 * NS, NULL);
  assert_due (db, START + 9 * NS, "x2");
  return TRUE;
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  change (fixture, order_script, NULL);
}

static gboolean
replay_script (sqlite3   *db,
               gpointer   data,
               GError   **error)
{
  LeydenWebhookState *state;
  gboolean was_down;
  gint64 n;

  g_assert_true (leyden_outbox_begin (db, "a", START, error));
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("e%u", i);

      add (db, name, name, START);
    }
  for (guint i = 0; i < LEYDEN_WEBHOOK_MAX_TRIES; i++)
    finish (db, 1, i == LEYDEN_WEBHOOK_MAX_TRIES - 1 ? LEYDEN_DELIVERY_FAILED : LEYDEN_DELIVERY_WAITING, START + i, START + i + 1, NULL);
  state = leyden_outbox_get_state (db, "a", error);
  g_assert_cmpint (state->n_failed, ==, 1);
  g_assert_cmpint (state->n_waiting, ==, 2);
  g_assert_cmpuint (state->n_failures, ==, LEYDEN_WEBHOOK_MAX_TRIES);
  g_assert_cmpstr (state->last_error, ==, "500");
  leyden_webhook_state_free (state);
  /* The receiver is back: what was given up goes out again, by itself once, and always when somebody asks. */
  finish (db, 2, LEYDEN_DELIVERY_DELIVERED, START + 100, 0, &was_down);
  g_assert_true (was_down);
  g_assert_true (leyden_outbox_replay (db, "a", 0, START, START + 100, TRUE, &n, error));
  g_assert_cmpint (n, ==, 1);
  assert_due (db, START + 100, "e2 e0");
  finish (db, 1, LEYDEN_DELIVERY_FAILED, START + 101, 0, NULL);
  g_assert_true (leyden_outbox_replay (db, "a", 0, START, START + 102, TRUE, &n, error));
  g_assert_cmpint (n, ==, 0);
  g_assert_true (leyden_outbox_replay (db, "a", 0, START, START + 102, FALSE, &n, error));
  g_assert_cmpint (n, ==, 1);
  g_assert_true (leyden_outbox_replay (db, "a", 2, 0, START + 102, FALSE, &n, error));
  assert_due (db, START + 102, "e2 e0 e1");
  /* Attempts are numbered on. */
  {
    g_autoptr(LeydenValue) value = leyden_outbox_get (db, 1, error);

    g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (value, "attempts")), ==, LEYDEN_WEBHOOK_MAX_TRIES + 1);
    g_assert_cmpint (leyden_value_get_member_int (value, "tries", 0), ==, LEYDEN_WEBHOOK_MAX_TRIES + 1);
  }
  return TRUE;
}

static void
test_replay (Fixture       *fixture,
             gconstpointer  data)
{
  change (fixture, replay_script, NULL);
}

static gboolean
bound_script (sqlite3   *db,
              gpointer   data,
              GError   **error)
{
  LeydenWebhookState *state;
  gboolean added = TRUE;
  gint64 week = 7 * 86400 * NS;

  g_assert_true (leyden_outbox_begin (db, "a", START, error));
  for (guint i = 0; i < LEYDEN_OUTBOX_MAX_WAITING; i++)
    {
      char name[16];

      g_snprintf (name, sizeof name, "e%u", i);
      add (db, name, name, START);
    }
  g_assert_true (leyden_outbox_add (db, "a", "more", "alert.firing", "x", "{}", START, FALSE, &added, error));
  g_assert_false (added);
  state = leyden_outbox_get_state (db, "a", error);
  g_assert_cmpint (state->n_waiting, ==, LEYDEN_OUTBOX_MAX_WAITING);
  g_assert_cmpint (state->n_dropped, ==, 1);
  leyden_webhook_state_free (state);
  /* Old ones go: delivered after a week, failed after a month. */
  finish (db, 1, LEYDEN_DELIVERY_DELIVERED, START, 0, NULL);
  finish (db, 2, LEYDEN_DELIVERY_FAILED, START, 0, NULL);
  g_assert_true (leyden_outbox_prune (db, START + week + NS, error));
  g_assert_null (leyden_outbox_get (db, 1, NULL));
  {
    g_autoptr(LeydenValue) kept = leyden_outbox_get (db, 2, error);

    g_assert_nonnull (kept);
  }
  g_assert_true (leyden_outbox_prune (db, START + 5 * week, error));
  g_assert_null (leyden_outbox_get (db, 2, NULL));
  /* The webhook is removed: nothing waits. */
  g_assert_true (leyden_outbox_end (db, "a", START, error));
  assert_due (db, START + 5 * week, "");
  return TRUE;
}

static void
test_bound (Fixture       *fixture,
            gconstpointer  data)
{
  change (fixture, bound_script, NULL);
}

/* ---- Events from rows ---- */

static gboolean
ends_script (sqlite3   *db,
             gpointer   data,
             GError   **error)
{
  LeydenWebhook *hook = data;
  gint64 n;

  g_assert_true (leyden_outbox_begin (db, "a", START, error));
  g_assert_true (leyden_events_add_ends (db, hook, "urn:leyden:x", START + 50 * NS, &n, error));
  g_assert_cmpint (n, ==, 2);
  /* Again, as after a crash. */
  g_assert_true (leyden_events_add_ends (db, hook, "urn:leyden:x", START + 60 * NS, &n, error));
  g_assert_cmpint (n, ==, 0);
  return TRUE;
}

static gboolean
list_script (sqlite3   *db,
             gpointer   data,
             GError   **error)
{
  *(LeydenValue **) data = leyden_outbox_get (db, 2, error);
  return *(LeydenValue **) data != NULL;
}

static void
test_ends (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenWebhook) hook = make_hook ("a", "[\"run.*\"]");
  g_autoptr(LeydenRunRow) old = make_run ("old", START - 100 * NS);
  g_autoptr(LeydenRunRow) run = make_run ("fresh", START + 1 * NS);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) delivery = NULL;
  g_autoptr(LeydenValue) body = NULL;

  hook->created_ns = START;
  old->finished_ns = START - 50 * NS;
  old->state = (g_free (old->state), g_strdup ("succeeded"));
  run->finished_ns = START + 20 * NS;
  run->state = (g_free (run->state), g_strdup ("failed"));
  g_ptr_array_add (rows, make_row ("r1", "fresh", 0, "succeeded"));
  g_ptr_array_add (rows, make_row ("r2", "fresh", 1, "failed"));
  store_put_run (LEYDEN_STORE (fixture->store), old, NULL, &error);
  g_assert_no_error (error);
  store_put_run (LEYDEN_STORE (fixture->store), run, rows, &error);
  g_assert_no_error (error);
  change (fixture, ends_script, hook);
  change (fixture, list_script, &delivery);
  body = leyden_json_parse (leyden_value_get_member_string (delivery, "body", ""), -1, NULL, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (body, "type", ""), ==, "dev.leyden.run.finished");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (body, "data"), "state", ""), ==, "failed");
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (body, "data"), "succeeded", -1), ==, 1);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (body, "data"), "failed", -1), ==, 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook/signature", test_signature);
  g_test_add_func ("/webhook/body", test_body);
  g_test_add_func ("/webhook/schedule", test_schedule);
  g_test_add_func ("/webhook/hostile", test_hostile);
  g_test_add_func ("/webhook/wants", test_wants);
  g_test_add_func ("/webhook/never-told", test_never_told);
  g_test_add ("/outbox/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/outbox/replay", Fixture, NULL, set_up, test_replay, tear_down);
  g_test_add ("/outbox/bound", Fixture, NULL, set_up, test_bound, tear_down);
  g_test_add ("/outbox/ends", Fixture, NULL, set_up, test_ends, tear_down);
  return g_test_run ();
}
