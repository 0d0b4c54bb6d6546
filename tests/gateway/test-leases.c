/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leases of workers over real sockets: what is held, lost, queued again or failed, and that nothing of a late attempt counts. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

typedef struct
{
  Sandbox     sandbox;
  char       *database;
  const char *expired;
  Server     *server;
} Fixture;

static void
start_server (Fixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, "--expired-leases", fixture->expired,
                                   "--lease-attempts", "2", NULL);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "leases.db");
  fixture->expired = data != NULL ? data : "requeue";
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
    g_test_message ("%s %s %s: %u %s", method, path, body != NULL ? body : "", status,
                    answer != NULL ? leyden_json_write (answer, LEYDEN_JSON_COMPACT) : "");
  g_assert_cmpint (status, ==, expected);
  return answer;
}

static void
expect (Fixture    *fixture,
        const char *method,
        const char *path,
        const char *body,
        guint       expected)
{
  g_autoptr(LeydenValue) answer = ask (fixture, method, path, body, expected);
}

static void
create (Fixture *fixture,
        guint    n)
{
  g_autoptr(GString) body = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (body, "%s{\"rollout_id\":\"r%u\",\"input\":{\"question\":\"q%u\"}}", i > 0 ? "," : "", i, i);
  g_string_append_c (body, ']');
  expect (fixture, "POST", "/api/rollouts", body->str, 201);
}

/* The only lease of an answer. */
static LeydenValue *
only_lease (LeydenValue *answer)
{
  LeydenValue *leases = leyden_value_get_member (answer, "leases");

  g_assert_cmpint (leyden_value_get_size (leases), ==, 1);
  return leyden_value_get_item (leases, 0);
}

static const char *
text_of (LeydenValue *object,
         const char  *key)
{
  return leyden_value_get_member_string (object, key, "");
}

static LeydenValue *
status_of (Fixture    *fixture,
           const char *rollout)
{
  g_autofree char *path = g_strconcat ("/api/rollouts/", rollout, NULL);
  g_autoptr(LeydenValue) answer = ask (fixture, "GET", path, NULL, 200);

  return leyden_value_ref (leyden_value_get_member (leyden_value_get_member (answer, "rollout"), "status"));
}

static gboolean
is_state (Fixture    *fixture,
          const char *rollout,
          const char *state)
{
  g_autoptr(LeydenValue) status = status_of (fixture, rollout);

  return strcmp (text_of (status, "state"), state) == 0;
}

static gboolean
is_queued (gpointer data)
{
  return is_state (data, "r0", "queuing");
}

static gboolean
is_failed (gpointer data)
{
  return is_state (data, "r0", "failed");
}

static char *
end_path (const char *lease)
{
  return g_strdup_printf ("/leyden/v1/leases/%s/end", lease);
}

/* ---- The tests ---- */

static void
test_life (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(LeydenValue) told = NULL;
  g_autoptr(LeydenValue) held = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) events = NULL;
  g_autoptr(LeydenValue) none = NULL;
  g_autofree char *body = NULL;
  g_autofree char *path = NULL;
  LeydenValue *lease;

  create (fixture, 3);
  first = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"limit\":1}", 200);
  lease = only_lease (first);
  g_assert_cmpstr (text_of (lease, "attempt"), ==, "0");
  g_assert_cmpstr (text_of (leyden_value_get_member (lease, "rollout"), "rollout_id"), ==, "r0");
  g_assert_true (g_str_has_prefix (text_of (lease, "key"), "lr1."));
  g_assert_true (is_state (fixture, "r0", "running"));

  /* The answer was lost: the worker does not name it, and is told again, instead of getting another. */
  told = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"limit\":1}", 200);
  g_assert_cmpstr (text_of (only_lease (told), "lease"), ==, text_of (lease, "lease"));
  /* What it names is renewed, and another worker gets the next. */
  body = g_strdup_printf ("{\"worker\":\"w1\",\"limit\":0,\"holds\":[\"%s\",\"nonsense\"]}", text_of (lease, "lease"));
  held = ask (fixture, "POST", "/leyden/v1/leases", body, 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (held, "leases")), ==, 0);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (held, "lost")), ==, 1);
  again = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w2\",\"limit\":1}", 200);
  g_assert_cmpstr (text_of (leyden_value_get_member (only_lease (again), "rollout"), "rollout_id"), ==, "r1");

  path = end_path (text_of (lease, "lease"));
  ended = ask (fixture, "POST", path, "{\"state\":\"succeeded\",\"events\":[{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}]}", 200);
  g_assert_cmpstr (text_of (leyden_value_get_member (ended, "status"), "state"), ==, "succeeded");
  /* Twice is once. */
  expect (fixture, "POST", path, "{\"state\":\"succeeded\",\"events\":[{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}]}", 200);
  events = ask (fixture, "GET", "/api/rollouts/r0/events", NULL, 200);
  g_assert_cmpint (leyden_value_get_size (events), ==, 1);
  none = ask (fixture, "GET", "/leyden/v1/leases", NULL, 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (none, "leases")), ==, 1);
}

/* The key of a lease speaks for its attempt and for nothing else. */
static void
test_key (Fixture       *fixture,
          gconstpointer  data)
{
  static const struct { const char *method, *path; guint status; } cases[] = {
    { "POST", "/api/rollouts/r0/attempt/0/events", 200 }, { "GET", "/api/rollouts/r0", 200 },
    { "POST", "/api/rollouts/r0/attempt/1/events", 403 }, { "POST", "/api/rollouts/r1/attempt/0/events", 403 },
    { "POST", "/leyden/v1/leases", 403 },
  };
  g_autoptr(LeydenValue) answer = NULL;

  create (fixture, 2);
  answer = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"limit\":1}", 200);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *body = cases[i].method[0] == 'P' ? "{\"event_type\":\"x\"}" : "";
      g_autofree char *request = g_strdup_printf ("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
                                                  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                                                  cases[i].method, cases[i].path, text_of (only_lease (answer), "key"), strlen (body), body);
      g_autofree char *reply = server_raw (fixture->server, request, -1);
      guint status = raw_status (reply);

      if (cases[i].status == 403)
        g_assert_true (status == 403 || status == 401);
      else
        g_assert_cmpint (status, ==, cases[i].status);
    }
}

/* Nothing is heard of the worker: the next one takes it over as attempt 1, and the first comes back late. */
static void
test_stale (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autoptr(LeydenValue) held = NULL;
  g_autoptr(LeydenValue) before = NULL;
  g_autoptr(LeydenValue) events = NULL;
  g_autoptr(LeydenValue) detail = NULL;
  g_autofree char *late = NULL;
  g_autofree char *path = NULL;
  g_autofree char *body = NULL;
  g_autofree char *attempts = NULL;

  create (fixture, 1);
  first = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"ttl_s\":1}", 200);
  expect (fixture, "POST", "/api/rollouts/r0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.25}}", 200);
  wait_until (is_queued, fixture);
  second = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w2\",\"ttl_s\":60}", 200);
  g_assert_cmpstr (text_of (only_lease (second), "attempt"), ==, "1");

  /* Late: its status is refused in both languages, its events are kept apart. */
  late = end_path (text_of (only_lease (first), "lease"));
  expect (fixture, "POST", late, "{\"state\":\"failed\",\"error_message\":\"late\"}", 409);
  expect (fixture, "PATCH", "/api/rollouts/r0", "{\"status\":{\"state\":\"failed\",\"last_attempt_id\":\"0\"}}", 409);
  expect (fixture, "POST", "/api/rollouts/r0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":1}}", 200);
  body = g_strdup_printf ("{\"worker\":\"w1\",\"limit\":0,\"holds\":[\"%s\"]}", text_of (only_lease (first), "lease"));
  held = ask (fixture, "POST", "/leyden/v1/leases", body, 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (held, "lost")), ==, 1);
  before = ask (fixture, "GET", "/api/rollouts/r0/events", NULL, 200);
  g_assert_cmpint (leyden_value_get_size (before), ==, 0);

  path = end_path (text_of (only_lease (second), "lease"));
  expect (fixture, "POST", path, "{\"state\":\"succeeded\",\"events\":[{\"event_type\":\"reward\",\"data\":{\"value\":0.75}}]}", 200);
  expect (fixture, "POST", "/api/rollouts/r0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0}}", 200);
  events = ask (fixture, "GET", "/api/rollouts/r0/events?format=triplet", NULL, 200);
  g_assert_cmpint (leyden_value_get_size (events), ==, 1);
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_get_member (leyden_value_get_item (events, 0), "data"), "value", -1), ==, 0.75);
  detail = ask (fixture, "GET", "/api/rollouts/r0", NULL, 200);
  attempts = leyden_json_write (leyden_value_get_member (detail, "attempts"), LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (attempts, ==, "[\"0\",\"1\"]");
  {
    g_autoptr(LeydenValue) row = ask (fixture, "GET", "/leyden/v1/rollouts/r0", NULL, 200);
    g_autofree char *text = leyden_json_write (row, LEYDEN_JSON_COMPACT);

    g_assert_nonnull (strstr (text, "0.75"));
  }
}

/* A rollout that ends every worker does not go round for ever. */
static void
test_gives_up (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autoptr(LeydenValue) status = NULL;
  g_autoptr(LeydenValue) page = NULL;

  create (fixture, 1);
  first = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"ttl_s\":1}", 200);
  wait_until (is_queued, fixture);
  second = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w2\",\"ttl_s\":1}", 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (second, "leases")), ==, 1);
  wait_until (is_failed, fixture);
  status = status_of (fixture, "r0");
  g_assert_nonnull (strstr (text_of (status, "error_message"), "2 workers"));
  page = ask (fixture, "GET", "/api/rollouts/terminal", NULL, 200);
  g_assert_cmpint (leyden_value_get_member_int (page, "total_terminal", 0), ==, 1);
}

static void
test_fails (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) status = NULL;

  create (fixture, 1);
  expect (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"ttl_s\":1}", 200);
  wait_until (is_failed, fixture);
  status = status_of (fixture, "r0");
  g_assert_cmpstr (text_of (status, "error_message"), ==, "The worker w1 did not come back");
}

static void
test_given_back (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autofree char *path = NULL;

  create (fixture, 1);
  first = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\"}", 200);
  path = end_path (text_of (only_lease (first), "lease"));
  expect (fixture, "POST", path, "{\"state\":\"queuing\"}", 200);
  g_assert_true (is_state (fixture, "r0", "queuing"));
  second = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w2\"}", 200);
  g_assert_cmpstr (text_of (only_lease (second), "attempt"), ==, "1");
}

/* The trainer removes one, a controller fails another: both are lost to the worker. */
static void
test_taken_away (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) lost = NULL;
  g_autofree char *path = NULL;
  g_autofree char *body = NULL;
  LeydenValue *leases;

  create (fixture, 2);
  first = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"limit\":2}", 200);
  leases = leyden_value_get_member (first, "leases");
  g_assert_cmpint (leyden_value_get_size (leases), ==, 2);
  expect (fixture, "DELETE", "/api/rollouts/r0", NULL, 204);
  expect (fixture, "PATCH", "/api/rollouts/r1", "{\"status\":{\"state\":\"failed\"}}", 200);
  body = g_strdup_printf ("{\"worker\":\"w1\",\"limit\":0,\"holds\":[\"%s\",\"%s\"]}", text_of (leyden_value_get_item (leases, 0), "lease"),
                          text_of (leyden_value_get_item (leases, 1), "lease"));
  lost = ask (fixture, "POST", "/leyden/v1/leases", body, 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (lost, "lost")), ==, 2);
  path = end_path (text_of (leyden_value_get_item (leases, 1), "lease"));
  expect (fixture, "POST", path, "{\"state\":\"succeeded\"}", 409);
}

/* The backend is killed and stays away for longer than a lease: its workers get their time anew, and what was held still is. */
static void
test_restart (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) held = NULL;
  g_autofree char *body = NULL;
  g_autofree char *path = NULL;

  create (fixture, 1);
  first = ask (fixture, "POST", "/leyden/v1/leases", "{\"worker\":\"w1\",\"ttl_s\":2}", 200);
  g_assert_cmpint (server_end (fixture->server, SIGKILL), ==, 128 + SIGKILL);
  g_usleep (2100 * 1000);
  start_server (fixture);
  body = g_strdup_printf ("{\"worker\":\"w1\",\"limit\":1,\"ttl_s\":60,\"holds\":[\"%s\"]}", text_of (only_lease (first), "lease"));
  held = ask (fixture, "POST", "/leyden/v1/leases", body, 200);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (held, "lost")), ==, 0);
  path = end_path (text_of (only_lease (first), "lease"));
  expect (fixture, "POST", path, "{\"state\":\"succeeded\"}", 200);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const bodies[] = {
    "{}", "{\"worker\":7}", "{\"worker\":\"\"}", "{\"worker\":\"a b\"}", "{\"worker\":\"w\",\"ttl_s\":0}", "{\"worker\":\"w\",\"ttl_s\":1e9}",
    "{\"worker\":\"w\",\"limit\":-1}", "{\"worker\":\"w\",\"limit\":\"many\"}", "{\"worker\":\"w\",\"holds\":{}}",
    "{\"worker\":\"w\",\"holds\":[1]}", "[]",
  };
  static const char * const ends[] = {
    "{}", "{\"state\":\"running\"}", "{\"state\":\"failed\",\"error_message\":[]}", "{\"state\":\"failed\",\"events\":{}}",
    "{\"state\":\"failed\",\"events\":[{\"event_type\":\"x\"}]}", "{\"state\":\"failed\",\"events\":[{\"event_type\":1,\"data\":{}}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    expect (fixture, "POST", "/leyden/v1/leases", bodies[i], 422);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    expect (fixture, "POST", "/leyden/v1/leases/x/end", ends[i], 422);
  expect (fixture, "POST", "/leyden/v1/leases/x/end", "{\"state\":\"failed\"}", 404);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func) g_test_add ("/leases/" name, Fixture, data, set_up, func, tear_down)
  ADD ("life", NULL, test_life);
  ADD ("key", NULL, test_key);
  ADD ("stale-attempt", "requeue", test_stale);
  ADD ("gives-up", "requeue", test_gives_up);
  ADD ("fails", "fail", test_fails);
  ADD ("given-back", "fail", test_given_back);
  ADD ("taken-away", NULL, test_taken_away);
  ADD ("backend-killed", "fail", test_restart);
  ADD ("refused", NULL, test_refused);
#undef ADD
  return g_test_run ();
}
