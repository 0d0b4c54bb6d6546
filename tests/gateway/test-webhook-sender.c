/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Webhooks in this process, against a receiver on a real socket and under a clock of the test's own: tries, pauses, order, bounds. */
#include <signal.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-store-change.h"
#include "leyden-store-sql.h"
#include "leyden-outbox.h"
#include "leyden-webhooks.h"
#include "store-helpers.h"
#include "webhook-receiver.h"

#define NS G_GINT64_CONSTANT (1000000000)
#define START (G_GINT64_CONSTANT (1700000000) * NS)

/* ---- A resolver whose names stand for what the test says ---- */

typedef struct { GResolver parent_instance; } LyingResolver;
typedef struct { GResolverClass parent_class; } LyingResolverClass;

static GType lying_resolver_get_type (void);
G_DEFINE_FINAL_TYPE (LyingResolver, lying_resolver, G_TYPE_RESOLVER)

static const char *lie;

static void
lookup_async (GResolver                *resolver,
              const char               *name,
              GResolverNameLookupFlags  flags,
              GCancellable             *cancellable,
              GAsyncReadyCallback       callback,
              gpointer                  data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, data);
  GList *found = flags == G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY ? NULL : g_list_append (NULL, g_inet_address_new_from_string (lie));

  g_task_return_pointer (task, found, (GDestroyNotify) g_resolver_free_addresses);
}

static GList *
lookup_finish (GResolver     *resolver,
               GAsyncResult  *result,
               GError       **error)
{
  GList *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL && (error == NULL || *error == NULL))
    g_set_error_literal (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "none");
  return found;
}

static void
plain_lookup_async (GResolver           *resolver,
                    const char          *name,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             data)
{
  lookup_async (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT, cancellable, callback, data);
}

static void
lying_resolver_class_init (LyingResolverClass *klass)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (klass);

  resolver->lookup_by_name_with_flags_async = lookup_async;
  resolver->lookup_by_name_with_flags_finish = lookup_finish;
  resolver->lookup_by_name_async = plain_lookup_async;
  resolver->lookup_by_name_finish = lookup_finish;
}

static void
lying_resolver_init (LyingResolver *self)
{
}

/* ---- Fixture ---- */

typedef struct
{
  LeydenSqliteStore *store;
  LeydenWebhooks    *webhooks;
  WebhookReceiver   *receiver;
  gint64             now_ns;
  guint              n_gone;
} Fixture;

static const guint8 secret[LEYDEN_WEBHOOKS_SECRET_SIZE] = { 1, 2, 3 };

static gint64
now_cb (gpointer data)
{
  return ((Fixture *) data)->now_ns;
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
spin_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
gone_cb (LeydenWebhooks *webhooks,
         const char     *name,
         gpointer        data)
{
  ((Fixture *) data)->n_gone++;
}

static void
begin (Fixture *fixture)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  fixture->webhooks = leyden_webhooks_new (fixture->store, secret);
  leyden_webhooks_set_clock (fixture->webhooks, now_cb, fixture);
  leyden_webhooks_set_gone (fixture->webhooks, gone_cb, fixture);
  leyden_webhooks_load_async (fixture->webhooks, result_cb, &result);
  spin_for (&result);
  leyden_webhooks_load_finish (fixture->webhooks, result, &error);
  g_assert_no_error (error);
}

static void
end (Fixture *fixture)
{
  leyden_webhooks_stop (fixture->webhooks);
  /* Those who were asked still hold it. */
  g_object_add_weak_pointer (G_OBJECT (fixture->webhooks), (gpointer *) &fixture->webhooks);
  g_object_unref (fixture->webhooks);
  while (fixture->webhooks != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  fixture->store = store_open (NULL, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  fixture->receiver = webhook_receiver_new (0);
  fixture->now_ns = START;
  begin (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  end (fixture);
  webhook_receiver_free (fixture->receiver);
  leyden_sqlite_store_close (fixture->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  store_finish (LEYDEN_STORE (fixture->store));
}

/* A webhook at @path of the receiver; its secret. @more: members, each with a comma before it. */
static char *
put_at (Fixture    *fixture,
        const char *name,
        const char *uri,
        const char *events,
        const char *more,
        gboolean    rotate)
{
  g_autofree char *json = g_strdup_printf ("{\"uri\":\"%s\",\"events\":%s%s}", uri, events, more);
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenWebhook) hook = leyden_webhook_from_value (name, value, FALSE, &error);
  g_autoptr(GAsyncResult) result = NULL;
  char *told = NULL;

  g_assert_no_error (error);
  leyden_webhooks_put_async (fixture->webhooks, hook, rotate, 60, result_cb, &result);
  spin_for (&result);
  leyden_webhooks_put_finish (fixture->webhooks, result, &told, &error);
  g_assert_no_error (error);
  return told;
}

static char *
put (Fixture    *fixture,
     const char *name,
     const char *path,
     const char *events,
     const char *more)
{
  g_autofree char *uri = webhook_receiver_dup_uri (fixture->receiver, path);
  g_autofree char *all = g_strconcat (",\"allow_private\":true", more, NULL);

  return put_at (fixture, name, uri, events, all, FALSE);
}

/* Records of @rollout: its start, @n_rewards, its end. */
static void
run_rollout (Fixture    *fixture,
             const char *rollout,
             guint       n_rewards,
             const char *state)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autofree char *end_json = g_strdup_printf ("{\"state\":\"%s\"}", state);
  g_autoptr(LeydenValue) empty = leyden_json_parse ("{}", -1, NULL, NULL);
  g_autoptr(LeydenValue) finish = leyden_json_parse (end_json, -1, NULL, NULL);
  g_autoptr(GError) error = NULL;
  guint64 sequence = 1;

  g_ptr_array_add (records, leyden_record_new (rollout, "0", sequence++, fixture->now_ns, "engine", "rollout.started", "", empty));
  for (guint i = 0; i < n_rewards; i++)
    {
      g_autofree char *json = g_strdup_printf ("{\"value\":%u}", i);
      g_autoptr(LeydenValue) reward = leyden_json_parse (json, -1, NULL, NULL);

      g_ptr_array_add (records, leyden_record_new (rollout, "0", sequence++, fixture->now_ns, "engine", "reward", "", reward));
    }
  g_ptr_array_add (records, leyden_record_new (rollout, "0", sequence++, fixture->now_ns, "engine", "rollout.finished", "", finish));
  store_append (LEYDEN_STORE (fixture->store), records, NULL, &error);
  g_assert_no_error (error);
}

static gpointer
read_state (sqlite3       *db,
            gpointer       data,
            GCancellable  *cancellable,
            GError       **error)
{
  return leyden_outbox_get_state (db, data, error);
}

static LeydenWebhookState *
get_state (Fixture    *fixture,
           const char *name)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenWebhookState *state;

  leyden_sqlite_store_select_async (fixture->store, read_state, g_strdup (name), g_free, (GDestroyNotify) leyden_webhook_state_free, 5000, NULL,
                                    result_cb, &result);
  spin_for (&result);
  state = leyden_sqlite_store_select_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  return state;
}

static gboolean
ring_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Turns the loop for a moment. */
static void
breathe (void)
{
  gboolean rung = FALSE;

  g_timeout_add (5, ring_cb, &rung);
  while (!rung)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_count (Fixture *fixture,
            guint    n)
{
  while (webhook_receiver_count (fixture->receiver) < n)
    g_main_context_iteration (NULL, TRUE);
}

/* Until as many are delivered, failed, waiting as named; −1: any. */
static void
wait_state (Fixture    *fixture,
            const char *name,
            gint64      waiting,
            gint64      delivered,
            gint64      failed)
{
  gboolean met = FALSE;

  while (!met)
    {
      LeydenWebhookState *state = get_state (fixture, name);

      met = (waiting < 0 || state->n_waiting == waiting) && (delivered < 0 || state->n_delivered == delivered)
            && (failed < 0 || state->n_failed == failed);
      leyden_webhook_state_free (state);
      if (!met)
        breathe ();
    }
}

/* Until so many tries in a row are noted as failed. */
static void
wait_failures (Fixture    *fixture,
               const char *name,
               guint       n)
{
  gboolean met = FALSE;

  while (!met)
    {
      LeydenWebhookState *state = get_state (fixture, name);

      met = state->n_failures == n;
      leyden_webhook_state_free (state);
    }
}

static void
advance (Fixture *fixture,
         gint64   seconds)
{
  fixture->now_ns += seconds * NS;
  leyden_webhooks_pump (fixture->webhooks);
}

/* ---- Tests ---- */

static void
test_delivered (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.failed\"]", "");
  const Received *received;

  g_assert_true (g_str_has_prefix (told, "whsec_"));
  run_rollout (fixture, "fine", 0, "succeeded");
  run_rollout (fixture, "bad", 0, "failed");
  wait_state (fixture, "a", 0, 1, 0);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 1);
  received = webhook_receiver_get (fixture->receiver, 0);
  g_assert_cmpstr (received->method, ==, "POST");
  g_assert_cmpstr (received->type, ==, "application/cloudevents+json; charset=utf-8");
  g_assert_true (received_is_signed (received, told));
  g_assert_cmpint (received->timestamp_s, ==, START / NS);
  g_assert_cmpstr (leyden_value_get_member_string (received->event, "id", ""), ==, received->id);
  g_assert_cmpstr (leyden_value_get_member_string (received->event, "type", ""), ==, "dev.leyden.rollout.finished");
  g_assert_cmpstr (leyden_value_get_member_string (received->event, "subject", ""), ==, "bad");
  g_assert_true (g_str_has_prefix (leyden_value_get_member_string (received->event, "source", ""), "urn:leyden:"));
}

static void
test_tries (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.finished\"]", "");
  const Received *first, *second;

  webhook_receiver_script (fixture->receiver, "/a", 500, NULL);
  webhook_receiver_script (fixture->receiver, "/a", 200, NULL);
  run_rollout (fixture, "r", 0, "succeeded");
  wait_failures (fixture, "a", 1);
  /* Not before its time. */
  advance (fixture, 4);
  for (guint i = 0; i < 20; i++)
    leyden_webhook_state_free (get_state (fixture, "a"));
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 1);
  advance (fixture, 2);
  wait_state (fixture, "a", 0, 1, 0);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 2);
  first = webhook_receiver_get (fixture->receiver, 0);
  second = webhook_receiver_get (fixture->receiver, 1);
  g_assert_cmpstr (first->id, ==, second->id);
  g_assert_cmpint (second->timestamp_s, ==, START / NS + 6);
  g_assert_true (received_is_signed (second, told));
  g_assert_cmpstr (first->signature, !=, second->signature);
}

/* K06: bounded, then listed as failed; and what was missed goes out when the receiver is back. */
static void
test_given_up (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.finished\"]", "");

  webhook_receiver_script (fixture->receiver, "/a", 500, NULL);
  run_rollout (fixture, "lost", 0, "succeeded");
  for (guint i = 1; i <= LEYDEN_WEBHOOK_MAX_TRIES; i++)
    {
      wait_failures (fixture, "a", i);
      advance (fixture, 100000);
    }
  wait_state (fixture, "a", 0, 0, 1);
  advance (fixture, 100000);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, LEYDEN_WEBHOOK_MAX_TRIES);
  /* The next event arrives, and brings the lost one with it. (Tries took longer than a week in all: so far back is not looked.) */
  fixture->now_ns = START + 86400 * NS;
  webhook_receiver_forget (fixture->receiver, "/a");
  run_rollout (fixture, "next", 0, "succeeded");
  wait_state (fixture, "a", 0, 2, 0);
  g_assert_cmpstr (webhook_receiver_get (fixture->receiver, 0)->id, ==,
                   webhook_receiver_get (fixture->receiver, webhook_receiver_count (fixture->receiver) - 1)->id);
}

static void
test_redirect (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.finished\"]", "");
  g_autofree char *other = webhook_receiver_dup_uri (fixture->receiver, "/other");
  g_autofree char *header = g_strconcat ("Location: ", other, NULL);

  webhook_receiver_script (fixture->receiver, "/a", 307, header);
  run_rollout (fixture, "r", 0, "succeeded");
  wait_failures (fixture, "a", 1);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 1);
  g_assert_cmpstr (webhook_receiver_get (fixture->receiver, 0)->path, ==, "/a");
}

static void
test_gone (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.finished\"]", "");

  webhook_receiver_script (fixture->receiver, "/a", 410, NULL);
  run_rollout (fixture, "r1", 0, "succeeded");
  wait_state (fixture, "a", -1, 0, 1);
  g_assert_cmpuint (fixture->n_gone, ==, 1);
  g_assert_false (leyden_webhooks_get (fixture->webhooks, "a")->enabled);
  run_rollout (fixture, "r2", 0, "succeeded");
  wait_state (fixture, "a", 1, 0, 1);
  advance (fixture, 1000);
  end (fixture);
  begin (fixture);
  /* It stays off, over a restart too, until the owner says otherwise. */
  g_assert_nonnull (leyden_webhooks_get (fixture->webhooks, "a")->reason);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 1);
  webhook_receiver_forget (fixture->receiver, "/a");
  g_free (told);
  told = put (fixture, "a", "/a", "[\"rollout.finished\"]", "");
  g_assert_null (told);
  wait_state (fixture, "a", 0, 1, 1);
}

static void
test_throttle (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *slow = put (fixture, "slow", "/slow", "[\"rollout.finished\"]", "");
  g_autofree char *quick = put (fixture, "quick", "/quick", "[\"rollout.finished\"]", "");
  guint n_slow = 0;

  webhook_receiver_script (fixture->receiver, "/slow", 429, "Retry-After: 120");
  webhook_receiver_script (fixture->receiver, "/slow", 200, NULL);
  run_rollout (fixture, "r1", 0, "succeeded");
  wait_failures (fixture, "slow", 1);
  /* All of that receiver's waits; the other's does not. */
  run_rollout (fixture, "r2", 0, "succeeded");
  wait_state (fixture, "quick", 0, 2, 0);
  advance (fixture, 110);
  wait_state (fixture, "slow", 2, 0, 0);
  for (guint i = 0; i < webhook_receiver_count (fixture->receiver); i++)
    n_slow += strcmp (webhook_receiver_get (fixture->receiver, i)->path, "/slow") == 0;
  g_assert_cmpuint (n_slow, ==, 1);
  advance (fixture, 20);
  wait_state (fixture, "slow", 0, 2, 0);
}

/* K05 */
static void
test_addresses (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *port = g_strdup_printf ("%u", webhook_receiver_get_port (fixture->receiver));
  g_autofree char *literal = g_strdup_printf ("https://127.0.0.1:%s/x", port);
  g_autofree char *named = g_strdup_printf ("https://inner.example:%s/x", port);
  g_autofree char *moving = g_strdup_printf ("http://moving.example:%s/moving", port);
  g_autoptr(GResolver) before = g_resolver_get_default ();
  g_autoptr(GResolver) liar = g_object_new (lying_resolver_get_type (), NULL);
  g_autofree char *told = NULL;

  g_resolver_set_default (liar);
  lie = "10.1.2.3";
  g_free (put_at (fixture, "literal", literal, "[\"rollout.finished\"]", "", FALSE));
  g_free (put_at (fixture, "named", named, "[\"rollout.finished\"]", "", FALSE));
  run_rollout (fixture, "r1", 0, "succeeded");
  wait_state (fixture, "literal", 0, 0, 1);
  wait_state (fixture, "named", 0, 0, 1);
  {
    LeydenWebhookState *state = get_state (fixture, "named");

    g_assert_nonnull (strstr (state->last_error, "10.1.2.3"));
    leyden_webhook_state_free (state);
  }
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 0);
  /* Its owner allows private networks; later the name stands for where cloud machines keep their credentials. */
  webhook_receiver_script (fixture->receiver, "/moving", 200, "Connection: close");
  lie = "127.0.0.1";
  told = put_at (fixture, "moving", moving, "[\"rollout.finished\"]", ",\"allow_private\":true", FALSE);
  run_rollout (fixture, "r2", 0, "succeeded");
  wait_state (fixture, "moving", 0, 1, 0);
  lie = "169.254.169.254";
  /* (What was looked up is forgotten after a minute; here at once.) */
  end (fixture);
  begin (fixture);
  run_rollout (fixture, "r3", 0, "succeeded");
  wait_state (fixture, "moving", 0, 1, 1);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 1);
  g_resolver_set_default (before);
}

static void
test_rotation (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *uri = webhook_receiver_dup_uri (fixture->receiver, "/a");
  g_autofree char *old = put (fixture, "a", "/a", "[\"rollout.finished\"]", "");
  g_autofree char *fresh = put_at (fixture, "a", uri, "[\"rollout.finished\"]", ",\"allow_private\":true", TRUE);
  const Received *received;

  g_assert_cmpstr (old, !=, fresh);
  run_rollout (fixture, "r1", 0, "succeeded");
  wait_state (fixture, "a", 0, 1, 0);
  received = webhook_receiver_get (fixture->receiver, 0);
  g_assert_true (received_is_signed (received, old));
  g_assert_true (received_is_signed (received, fresh));
  g_assert_nonnull (strchr (received->signature, ' '));
  advance (fixture, 61);
  run_rollout (fixture, "r2", 0, "succeeded");
  wait_state (fixture, "a", 0, 2, 0);
  received = webhook_receiver_get (fixture->receiver, 1);
  g_assert_false (received_is_signed (received, old));
  g_assert_true (received_is_signed (received, fresh));
}

static void
test_handshake (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *told = NULL;
  gint64 sent_ns;

  webhook_receiver_script (fixture->receiver, "/a", 200, NULL);
  webhook_receiver_script (fixture->receiver, "/a", 200, "WebHook-Allowed-Origin: leyden\nWebHook-Allowed-Rate: 6");
  told = put (fixture, "a", "/a", "[\"rollout.finished\"]", ",\"handshake\":true");
  run_rollout (fixture, "r1", 0, "succeeded");
  /* Nobody allowed anything: nothing is sent. */
  wait_count (fixture, 1);
  for (guint i = 0; i < 20; i++)
    leyden_webhook_state_free (get_state (fixture, "a"));
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 1);
  g_assert_cmpstr (webhook_receiver_get (fixture->receiver, 0)->method, ==, "OPTIONS");
  g_assert_cmpstr (webhook_receiver_get (fixture->receiver, 0)->origin, ==, "leyden");
  run_rollout (fixture, "r2", 0, "succeeded");
  advance (fixture, 61);
  wait_state (fixture, "a", 1, 1, 0);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 3);
  /* Six a minute were allowed. */
  sent_ns = fixture->now_ns;
  advance (fixture, 9);
  wait_state (fixture, "a", 1, 1, 0);
  advance (fixture, 2);
  wait_state (fixture, "a", 0, 2, 0);
  g_assert_cmpint (webhook_receiver_get (fixture->receiver, 3)->timestamp_s, ==, sent_ns / NS + 11);
}

/* What is about one rollout arrives in order although tries fail, and each once. Restarts lie between. */
static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.*\"]", "");
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_delivered = 0;

  for (guint i = 0; i < 200; i++)
    webhook_receiver_script (fixture->receiver, "/a", i % 5 == 1 ? 500 : i % 17 == 3 ? 503 : 200, NULL);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("r%u", i);

      run_rollout (fixture, name, 6, "succeeded");
    }
  for (gboolean done = FALSE; !done;)
    {
      LeydenWebhookState *state = get_state (fixture, "a");

      done = state->n_delivered == 12 * 8;
      leyden_webhook_state_free (state);
      if (!done)
        advance (fixture, 30);
      if (webhook_receiver_count (fixture->receiver) == 50)
        {
          end (fixture);
          begin (fixture);
        }
    }
  for (guint i = 0; i < webhook_receiver_count (fixture->receiver); i++)
    {
      const Received *received = webhook_receiver_get (fixture->receiver, i);
      const char *rollout = leyden_value_get_member_string (received->event, "subject", "");
      const char *type = leyden_value_get_member_string (received->event, "type", "");
      gint64 value = leyden_value_get_member_int (leyden_value_get_member (received->event, "data"), "value", -1);
      gint64 rank = strstr (type, "started") != NULL ? 1 : strstr (type, "finished") != NULL ? 100 : 2 + value;

      /* One that is sent again after a restart is known by its id. */
      if (received->status != 200 || !g_hash_table_add (seen, g_strdup (received->id)))
        continue;
      n_delivered++;
      g_assert_cmpint (rank, >, GPOINTER_TO_INT (g_hash_table_lookup (last, rollout)));
      g_hash_table_insert (last, g_strdup (rollout), GINT_TO_POINTER ((int) rank));
    }
  g_assert_cmpuint (n_delivered, ==, 12 * 8);
}

static gboolean
exec_cb (sqlite3   *db,
         gpointer   data,
         GError   **error)
{
  return leyden_sqlite_exec (db, data, error);
}

static void
exec (Fixture    *fixture,
      const char *text)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_change_async (fixture->store, "outbox", exec_cb, (gpointer) text, NULL, result_cb, &result);
  spin_for (&result);
  leyden_sqlite_store_change_finish (fixture->store, result, &error);
  g_assert_no_error (error);
}

/* What could not be kept for a moment is read from the log again, and nothing that came after it makes it be forgotten. */
static void
test_not_kept (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.*\"]", "");

  run_rollout (fixture, "before", 1, "succeeded");
  wait_state (fixture, "a", 0, 3, 0);
  exec (fixture, "ALTER TABLE deliveries RENAME TO away");
  run_rollout (fixture, "lost1", 1, "succeeded");
  run_rollout (fixture, "lost2", 1, "succeeded");
  for (guint i = 0; i < 20; i++)
    breathe ();
  exec (fixture, "ALTER TABLE away RENAME TO deliveries");
  run_rollout (fixture, "after", 1, "succeeded");
  wait_state (fixture, "a", 0, 12, 0);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, 12);
}

/* K08: more than the outbox holds waits in the log; nothing is lost, the bound holds. */
static void
test_bound (Fixture       *fixture,
            gconstpointer  data)
{
  const guint most = 1600, each = 180;
  g_autofree char *told = put (fixture, "a", "/a", "[\"rollout.reward\"]", ",\"enabled\":false");
  LeydenWebhookState *state;
  gint64 before = -1;

  leyden_webhooks_set_max_waiting (fixture->webhooks, most);
  for (guint i = 0; i < 16; i++)
    {
      g_autofree char *name = g_strdup_printf ("r%u", i);

      run_rollout (fixture, name, each, "succeeded");
    }
  /* It fills up, and then no more. */
  for (guint n = 0; n < 20;)
    {
      state = get_state (fixture, "a");
      g_assert_cmpint (state->n_waiting, <=, most);
      n = state->n_waiting == before && before > 0 ? n + 1 : 0;
      before = state->n_waiting;
      leyden_webhook_state_free (state);
      breathe ();
    }
  g_assert_cmpint (before, >, most / 2);
  g_assert_cmpint (before, <, each * 16);
  g_free (put (fixture, "a", "/a", "[\"rollout.reward\"]", ""));
  wait_state (fixture, "a", 0, each * 16, 0);
  g_assert_cmpuint (webhook_receiver_count (fixture->receiver), ==, each * 16);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/webhook-sender/delivered", Fixture, NULL, set_up, test_delivered, tear_down);
  g_test_add ("/webhook-sender/tries", Fixture, NULL, set_up, test_tries, tear_down);
  g_test_add ("/webhook-sender/given-up", Fixture, NULL, set_up, test_given_up, tear_down);
  g_test_add ("/webhook-sender/redirect", Fixture, NULL, set_up, test_redirect, tear_down);
  g_test_add ("/webhook-sender/gone", Fixture, NULL, set_up, test_gone, tear_down);
  g_test_add ("/webhook-sender/throttle", Fixture, NULL, set_up, test_throttle, tear_down);
  g_test_add ("/webhook-sender/addresses", Fixture, NULL, set_up, test_addresses, tear_down);
  g_test_add ("/webhook-sender/rotation", Fixture, NULL, set_up, test_rotation, tear_down);
  g_test_add ("/webhook-sender/handshake", Fixture, NULL, set_up, test_handshake, tear_down);
  g_test_add ("/webhook-sender/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/webhook-sender/not-kept", Fixture, NULL, set_up, test_not_kept, tear_down);
  g_test_add ("/webhook-sender/bound", Fixture, NULL, set_up, test_bound, tear_down);
  return g_test_run ();
}
