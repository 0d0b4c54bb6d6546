/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An agl-server that is mirrored: the double of Agent Lightning's, polled when the test says so. */
#include <signal.h>
#include <sqlite3.h>
#include <string.h>

#include "agl-double.h"
#include "cli-helpers.h"
#include "leyden-json.h"

#define KEY "key-of-the-double"
#define MIRROR "/leyden/v1/mirrors/cluster"
/* Never by itself during a test. */
#define SLOW "600000"

typedef struct
{
  Sandbox    sandbox;
  char      *database;
  Server    *server;
  AglDouble *agl;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "mirror.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  fixture->agl = agl_double_new ("agl-server.py", "--key", KEY, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  agl_double_free (fixture->agl);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* ---- Asking the double and the backend ---- */

static void
agl (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body,
     guint       status)
{
  guint got;
  g_autofree char *answer = agl_double_ask (fixture->agl, method, path, KEY, body, &got);

  if (got != status)
    g_test_message ("%s %s: %u %s", method, path, got, answer);
  g_assert_cmpuint (got, ==, status);
}

static void
agl_state (Fixture    *fixture,
           const char *id,
           const char *state)
{
  g_autofree char *path = g_strconcat ("/api/rollouts/", id, NULL);
  g_autofree char *body = g_strdup_printf ("{\"status\":{\"state\":\"%s\",\"last_attempt_id\":\"0\"}}", state);

  agl (fixture, "PATCH", path, body, 200);
}

static void
agl_event (Fixture    *fixture,
           const char *id,
           const char *attempt,
           const char *body)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s/attempt/%s/events", id, attempt);

  agl (fixture, "POST", path, body, 200);
}

static LeydenValue *
ask (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body,
     guint       status)
{
  guint got;
  LeydenValue *answer = body == NULL ? server_ask (fixture->server, method, path, NULL, &got)
                                     : server_ask_text (fixture->server, method, path, body, &got);

  if (got != status)
    {
      g_autofree char *text = answer == NULL ? NULL : leyden_json_write (answer, LEYDEN_JSON_COMPACT);

      g_test_message ("%s %s: %u %s", method, path, got, text);
    }
  g_assert_cmpuint (got, ==, status);
  return answer;
}

static void
send (Fixture    *fixture,
      const char *method,
      const char *path,
      const char *body,
      guint       status)
{
  g_autoptr(LeydenValue) answer = ask (fixture, method, path, body, status);
}

static void
give_key (Fixture    *fixture,
          const char *key)
{
  g_autofree char *body = g_strdup_printf ("{\"value\":\"%s\",\"origins\":[\"%s\"]}", key, fixture->agl->url);

  send (fixture, "PUT", "/leyden/v1/secrets/connection-cluster", body, 204);
}

static void
make_mirror_with_key (Fixture    *fixture,
                      const char *key)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"Cluster\",\"url\":\"%s\",\"secret\":\"connection-cluster\",\"interval_ms\":" SLOW "}",
                                           fixture->agl->url);

  give_key (fixture, key);
  send (fixture, "PUT", MIRROR, body, 201);
}

static void
make_mirror (Fixture *fixture)
{
  make_mirror_with_key (fixture, KEY);
}

/* The mirror after another poll. */
static LeydenValue *
poll (Fixture *fixture)
{
  return ask (fixture, "POST", MIRROR "/poll", "{}", 200);
}

static void
assert_state (LeydenValue *mirror,
              const char  *state)
{
  if (g_strcmp0 (leyden_value_get_member_string (mirror, "state", NULL), state) != 0)
    g_test_message ("%s", leyden_value_get_member_string (mirror, "error", "no error"));
  g_assert_cmpstr (leyden_value_get_member_string (mirror, "state", NULL), ==, state);
}

static gint64
missed (LeydenValue *mirror,
        const char  *what)
{
  return leyden_value_get_member_int (leyden_value_get_member (mirror, "missed"), what, -1);
}

static gint64
counted (LeydenValue *mirror,
         const char  *what)
{
  return leyden_value_get_member_int (leyden_value_get_member (mirror, "rollouts"), what, -1);
}

static LeydenValue *
list_rollouts (Fixture *fixture)
{
  g_autoptr(LeydenValue) mirror = ask (fixture, "GET", MIRROR, NULL, 200);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts?limit=1000", leyden_value_get_member_string (mirror, "run", ""));
  g_autoptr(LeydenValue) answer = ask (fixture, "GET", path, NULL, 200);

  return leyden_value_ref (leyden_value_get_member (answer, "rollouts"));
}

/* The row of the newest rollout of that id. (transfer full) */
static LeydenValue *
find_row (Fixture    *fixture,
          const char *id)
{
  g_autoptr(LeydenValue) rows = list_rollouts (fixture);
  LeydenValue *found = NULL;

  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (rows, i), "item", NULL), id) == 0)
      found = leyden_value_get_item (rows, i);
  g_assert_nonnull (found);
  return leyden_value_ref (found);
}

static void
assert_row (Fixture    *fixture,
            const char *id,
            const char *state)
{
  g_autoptr(LeydenValue) row = find_row (fixture, id);

  g_assert_cmpstr (leyden_value_get_member_string (row, "state", NULL), ==, state);
}

/* "rollout.started agl.event(reward) …" */
static char *
describe_log (Fixture    *fixture,
              const char *id)
{
  g_autoptr(LeydenValue) row = find_row (fixture, id);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/events", leyden_value_get_member_string (row, "rollout", ""));
  g_autoptr(LeydenValue) answer = ask (fixture, "GET", path, NULL, 200);
  LeydenValue *records = leyden_value_get_member (answer, "records");
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (records); i++)
    {
      LeydenValue *record = leyden_value_get_item (records, i);
      const char *type = leyden_value_get_member_string (record, "type", "");

      g_assert_cmpint (leyden_value_get_member_int (record, "sequence", 0), ==, i + 1);
      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", type);
      if (g_str_equal (type, "agl.event"))
        g_string_append_printf (text, "(%s)", leyden_value_get_member_string (leyden_value_get_member (record, "payload"), "event_type", ""));
    }
  return g_string_free (text, FALSE);
}

static void
assert_log (Fixture    *fixture,
            const char *id,
            const char *expected)
{
  g_autofree char *log = describe_log (fixture, id);

  g_assert_cmpstr (log, ==, expected);
}

#define CALL "{\"event_type\":\"model_request\",\"data\":{\"server\":{\"model\":\"m\",\"endpoint\":\"http://gpu:8000/v1\",\"version\":3}," \
  "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2},\"http_status\":200,\"status\":\"ok\"}}"
#define REWARD "{\"event_type\":\"reward\",\"data\":{\"value\":0.75}}"

/* ---- Following ---- */

/* From queuing to its end, with everything that happens to it. */
static void
test_follow (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autoptr(LeydenValue) row = NULL;
  LeydenValue *model;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r 1/ü\",\"input\":{\"question\":\"2+2?\"}},{\"rollout_id\":\"r2\",\"input\":null}]", 201);
  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":{\"question\":\"2+2?\"}}]", 201);
  make_mirror (fixture);
  first = poll (fixture);
  assert_state (first, "connected");
  g_assert_cmpint (counted (first, "queued"), ==, 3);
  g_assert_cmpint (counted (first, "all"), ==, 3);
  g_assert_cmpstr (leyden_value_get_member_string (first, "error", NULL), ==, NULL);
  assert_row (fixture, "r1", "queued");

  agl_state (fixture, "r1", "running");
  agl_event (fixture, "r1", "0", CALL);
  leyden_value_unref (poll (fixture));
  assert_row (fixture, "r 1/ü", "queued");
  assert_row (fixture, "r1", "running");
  assert_log (fixture, "r1", "rollout.started agl.event(model_request)");

  agl_event (fixture, "r1", "0", CALL);
  agl_event (fixture, "r1", "0", REWARD);
  agl_state (fixture, "r1", "succeeded");
  second = poll (fixture);
  assert_log (fixture, "r1", "rollout.started agl.event(model_request) agl.event(model_request) agl.event(reward) rollout.finished");
  row = find_row (fixture, "r1");
  g_assert_cmpstr (leyden_value_get_member_string (row, "state", NULL), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (row, "executor", NULL), ==, "mirror");
  g_assert_cmpfloat (leyden_value_get_member_double (row, "reward", -1), ==, 0.75);
  g_assert_cmpint (leyden_value_get_member_int (row, "tokens_in", 0), ==, 10);
  g_assert_cmpint (counted (second, "ended"), ==, 1);

  model = leyden_value_get_item (leyden_value_get_member (second, "models"), 0);
  g_assert_cmpstr (leyden_value_get_member_string (model, "endpoint", NULL), ==, "http://gpu:8000/v1");
  g_assert_cmpint (leyden_value_get_member_int (model, "calls", 0), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (model, "version", 0), ==, 3);
  g_assert_cmpint (missed (second, "rollouts"), ==, 0);
}

#define TOKENS(id, prompt, answer) "{\"event_type\":\"model_request\",\"data\":{\"http_status\":200,\"status\":\"ok\",\"response\":{\"id\":\"" id "\"," \
  "\"prompt_token_ids\":" prompt ",\"choices\":[{\"message\":{\"content\":\"4\"},\"token_ids\":" answer "}]}}}"

/* What the other server's trainer will see of it is shown here as of a rollout of our own; its group is not known. */
static void
test_training (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenValue) row = NULL;
  g_autoptr(LeydenValue) view = NULL;
  g_autofree char *path = NULL;
  LeydenValue *calls;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1},{\"rollout_id\":\"r2\",\"input\":1}]", 201);
  make_mirror (fixture);
  agl_state (fixture, "r1", "running");
  agl_event (fixture, "r1", "0", TOKENS ("a", "[1,2]", "[3]"));
  agl_event (fixture, "r1", "0", CALL);
  agl_event (fixture, "r1", "0", TOKENS ("b", "[1,2,3,4]", "[5,6]"));
  agl_event (fixture, "r1", "0", REWARD);
  agl_state (fixture, "r1", "succeeded");
  leyden_value_unref (poll (fixture));
  row = find_row (fixture, "r1");
  path = g_strdup_printf ("/leyden/v1/rollouts/%s/training", leyden_value_get_member_string (row, "rollout", ""));
  view = ask (fixture, "GET", path, NULL, 200);
  calls = leyden_value_get_member (view, "calls");
  g_assert_cmpuint (leyden_value_get_size (calls), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (view, "n_trained", -1), ==, 2);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (view, "sequences")), ==, 1);
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_get_member (view, "reward"), "value", -1), ==, 0.75);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (leyden_value_get_member (view, "group"), "advantage")));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (view, "group"), "size", -1), ==, 1);
}

/* What a trainer's hooks post behind the end is seen, in either of the polls that follow; what it deletes then stays here. */
static void
test_behind_the_end (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(LeydenValue) mirror = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1}]", 201);
  agl_state (fixture, "r1", "running");
  make_mirror (fixture);
  agl_state (fixture, "r1", "succeeded");
  leyden_value_unref (poll (fixture));
  agl_event (fixture, "r1", "0", REWARD);
  leyden_value_unref (poll (fixture));
  agl (fixture, "DELETE", "/api/rollouts/r1", NULL, 204);
  mirror = poll (fixture);
  assert_log (fixture, "r1", "rollout.started rollout.finished agl.event(reward)");
  assert_row (fixture, "r1", "succeeded");
  g_assert_cmpint (missed (mirror, "rollouts"), ==, 0);
  g_assert_cmpint (missed (mirror, "unfinished"), ==, 0);
}

/* What polling cannot see is said. */
static void
test_missed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(LeydenValue) before = NULL;
  g_autoptr(LeydenValue) between = NULL;
  g_autoptr(LeydenValue) gone = NULL;
  g_autoptr(LeydenValue) attempts = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"old\",\"input\":1}]", 201);
  agl_state (fixture, "old", "failed");
  agl (fixture, "DELETE", "/api/rollouts/old", NULL, 204);
  make_mirror (fixture);
  before = poll (fixture);
  g_assert_cmpint (missed (before, "before"), ==, 1);
  g_assert_cmpint (missed (before, "rollouts"), ==, 0);

  /* Two that began, ended and were deleted between two polls. */
  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"quick\",\"input\":1},{\"rollout_id\":\"quicker\",\"input\":1}]", 201);
  agl_state (fixture, "quick", "failed");
  agl_state (fixture, "quicker", "failed");
  agl (fixture, "DELETE", "/api/rollouts/quick", NULL, 204);
  agl (fixture, "DELETE", "/api/rollouts/quicker", NULL, 204);
  between = poll (fixture);
  g_assert_cmpint (missed (between, "rollouts"), ==, 2);
  g_assert_cmpint (missed (between, "before"), ==, 1);

  /* One that was seen to run, and is gone. */
  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"seen\",\"input\":1}]", 201);
  agl_state (fixture, "seen", "running");
  leyden_value_unref (poll (fixture));
  agl_state (fixture, "seen", "succeeded");
  agl (fixture, "DELETE", "/api/rollouts/seen", NULL, 204);
  gone = poll (fixture);
  assert_row (fixture, "seen", "cancelled");
  assert_log (fixture, "seen", "rollout.started rollout.finished");
  g_assert_cmpint (missed (gone, "unfinished"), ==, 1);
  g_assert_cmpint (missed (gone, "rollouts"), ==, 2);
  g_assert_cmpfloat (leyden_value_get_member_double (leyden_value_get_member (gone, "missed"), "share", 0), ==, 1);

  /* The server shows the latest attempt only. */
  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"twice\",\"input\":1}]", 201);
  agl_event (fixture, "twice", "0", REWARD);
  agl_event (fixture, "twice", "1", REWARD);
  agl (fixture, "PATCH", "/api/rollouts/twice", "{\"status\":{\"state\":\"running\",\"last_attempt_id\":\"1\"}}", 200);
  agl (fixture, "PATCH", "/api/rollouts/twice", "{\"status\":{\"state\":\"failed\",\"error_message\":\"it <b>broke\"}}", 200);
  attempts = poll (fixture);
  g_assert_cmpint (missed (attempts, "attempts"), ==, 1);
  assert_log (fixture, "twice", "rollout.started agl.event(reward) rollout.finished");
}

static gboolean
has_state (LeydenValue *rows,
           guint        i,
           const char  *state)
{
  return strcmp (leyden_value_get_member_string (leyden_value_get_item (rows, i), "state", ""), state) == 0;
}

/* An id that is deleted and made again is another rollout. */
static void
test_made_again (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) rows = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1}]", 201);
  agl_state (fixture, "r1", "running");
  make_mirror (fixture);
  leyden_value_unref (poll (fixture));
  agl (fixture, "DELETE", "/api/rollouts/r1", NULL, 204);
  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":2}]", 201);
  agl_state (fixture, "r1", "running");
  leyden_value_unref (poll (fixture));
  /* A poll asks no more of a slow server than its share; what it leaves comes with the next. */
  for (guint i = 0; i < 50 && (rows == NULL || leyden_value_get_size (rows) < 2 || !has_state (rows, 0, "cancelled")); i++)
    {
      leyden_value_unref (poll (fixture));
      g_clear_pointer (&rows, leyden_value_unref);
      rows = list_rollouts (fixture);
    }
  g_assert_cmpuint (leyden_value_get_size (rows), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (rows, 0), "state", NULL), ==, "cancelled");
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (rows, 1), "state", NULL), ==, "running");
}

/* Killed at any moment, it goes on where it was: nothing is there twice, nothing is left out. */
static void
test_backend_killed (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(LeydenValue) rows = NULL;
  g_autoptr(LeydenValue) mirror = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1},{\"rollout_id\":\"r2\",\"input\":1},{\"rollout_id\":\"r3\",\"input\":1}]", 201);
  agl_state (fixture, "r1", "running");
  agl_event (fixture, "r1", "0", CALL);
  agl_state (fixture, "r2", "running");
  agl_state (fixture, "r2", "succeeded");
  make_mirror (fixture);
  leyden_value_unref (poll (fixture));
  server_end (fixture->server, SIGKILL);

  agl_event (fixture, "r1", "0", REWARD);
  agl_state (fixture, "r1", "succeeded");
  agl (fixture, "DELETE", "/api/rollouts/r3", NULL, 204);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  give_key (fixture, KEY);
  mirror = poll (fixture);
  assert_state (mirror, "connected");
  assert_log (fixture, "r1", "rollout.started agl.event(model_request) agl.event(reward) rollout.finished");
  assert_log (fixture, "r2", "rollout.started rollout.finished");
  assert_row (fixture, "r3", "cancelled");
  rows = list_rollouts (fixture);
  g_assert_cmpuint (leyden_value_get_size (rows), ==, 3);
  g_assert_cmpint (counted (mirror, "all"), ==, 3);
}

/* The original forgets everything when it ends. */
static void
test_server_restarted (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(LeydenValue) mirror = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1},{\"rollout_id\":\"r2\",\"input\":1}]", 201);
  agl_state (fixture, "r1", "failed");
  agl_state (fixture, "r2", "running");
  make_mirror (fixture);
  leyden_value_unref (poll (fixture));
  agl (fixture, "POST", "/double/restart", "", 204);
  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"new\",\"input\":1}]", 201);
  mirror = poll (fixture);
  g_assert_cmpint (missed (mirror, "restarts"), ==, 1);
  g_assert_cmpint (missed (mirror, "unfinished"), ==, 1);
  assert_row (fixture, "r1", "failed");
  assert_row (fixture, "r2", "cancelled");
  assert_row (fixture, "new", "queued");
}

/* ---- The way to it ---- */

static void
fault (Fixture    *fixture,
       const char *faults)
{
  agl (fixture, "POST", "/double/faults", faults, 200);
}

/* Cut, refused, slow: told, counted, and over when it is over. After several in a row the breaker opens; who asks is let through. */
static void
test_link (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenValue) cut = NULL;
  g_autoptr(LeydenValue) open = NULL;
  g_autoptr(LeydenValue) slow = NULL;
  g_autoptr(LeydenValue) restored = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1}]", 201);
  agl_state (fixture, "r1", "running");
  make_mirror (fixture);
  leyden_value_unref (poll (fixture));

  fault (fixture, "[{\"cut\":true,\"times\":100}]");
  cut = poll (fixture);
  assert_state (cut, "waiting");
  g_assert_nonnull (leyden_value_get_member_string (cut, "error", NULL));
  g_assert_cmpint (leyden_value_get_member_int (cut, "next_poll", 0), >, 0);
  assert_row (fixture, "r1", "running");
  fault (fixture, "[{\"status\":503,\"times\":100}]");
  for (int i = 0; i < 4; i++)
    {
      g_clear_pointer (&open, leyden_value_unref);
      open = poll (fixture);
    }
  assert_state (open, "open");
  g_assert_cmpint (leyden_value_get_member_int (open, "failures", 0), ==, 5);

  /* In the middle of a poll. */
  fault (fixture, "[{\"path\":\"events\",\"cut\":true,\"times\":100}]");
  g_clear_pointer (&open, leyden_value_unref);
  open = poll (fixture);
  assert_state (open, "open");

  fault (fixture, "[{\"delay_ms\":300,\"times\":100}]");
  slow = poll (fixture);
  assert_state (slow, "connected");
  g_assert_cmpfloat (leyden_value_get_member_double (slow, "latency_ms", 0), >=, 300);
  fault (fixture, "[]");
  agl_event (fixture, "r1", "0", REWARD);
  restored = poll (fixture);
  assert_state (restored, "connected");
  g_assert_cmpint (leyden_value_get_member_int (restored, "failures", -1), ==, 0);
  assert_log (fixture, "r1", "rollout.started agl.event(reward)");
}

static void
test_key (Fixture       *fixture,
          gconstpointer  data)
{
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) good = NULL;

  make_mirror_with_key (fixture, "another-key");
  refused = poll (fixture);
  assert_state (refused, "refused");
  give_key (fixture, KEY);
  good = poll (fixture);
  assert_state (good, "connected");
}

static void
test_key_missing (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *body = g_strdup_printf ("{\"url\":\"%s\",\"secret\":\"connection-other\",\"interval_ms\":" SLOW "}", fixture->agl->url);
  g_autofree char *keyless = g_strdup_printf ("{\"url\":\"%s\",\"interval_ms\":" SLOW "}", fixture->agl->url);
  g_autofree char *key = g_strdup_printf ("{\"value\":\"" KEY "\",\"origins\":[\"%s\"]}", fixture->agl->url);
  g_autoptr(LeydenValue) missing = NULL;
  g_autoptr(LeydenValue) wrong = NULL;
  g_autoptr(LeydenValue) good = NULL;

  send (fixture, "PUT", MIRROR, body, 201);
  missing = poll (fixture);
  assert_state (missing, "refused");
  send (fixture, "PUT", MIRROR, keyless, 200);
  wrong = poll (fixture);
  assert_state (wrong, "refused");
  g_assert_nonnull (strstr (leyden_value_get_member_string (wrong, "error", ""), "API key"));
  send (fixture, "PUT", "/leyden/v1/secrets/connection-other", key, 204);
  send (fixture, "PUT", MIRROR, body, 200);
  good = poll (fixture);
  assert_state (good, "connected");
}

/* ---- Through it ---- */

static void
test_proxy (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) paused = NULL;
  g_autoptr(LeydenValue) seen = NULL;
  g_autoptr(LeydenValue) resumed = NULL;
  g_autofree char *state = NULL;
  LeydenValue *proxy;

  make_mirror (fixture);
  leyden_value_unref (poll (fixture));
  paused = ask (fixture, "POST", MIRROR "/pause", "{\"reason\":\"lunch\",\"retry_after_seconds\":7}", 200);
  proxy = leyden_value_get_member (paused, "proxy");
  g_assert_true (leyden_value_get_member_boolean (proxy, "paused", FALSE));
  state = agl_double_ask (fixture->agl, "GET", "/proxy/state", KEY, NULL, NULL);
  g_assert_cmpstr (state, ==, "{\"paused\":true,\"retry_after_seconds\":7,\"reason\":\"lunch\",\"inflight\":0}");
  seen = poll (fixture);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (seen, "proxy"), "reason", NULL), ==, "lunch");
  resumed = ask (fixture, "POST", MIRROR "/resume", "{}", 200);
  g_assert_false (leyden_value_get_member_boolean (leyden_value_get_member (resumed, "proxy"), "paused", TRUE));

  send (fixture, "POST", MIRROR "/models", "{\"models\":[{\"model\":\"m\",\"endpoint\":\"http://gpu:1/v1\",\"version\":2}]}", 200);
  send (fixture, "DELETE", MIRROR "/models", NULL, 200);
  fault (fixture, "[{\"path\":\"/proxy/resume\",\"status\":500}]");
  send (fixture, "POST", MIRROR "/resume", "{}", 503);
}

/* Another server's rollouts are no work for controllers of this one. */
static void
test_not_ours (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr(LeydenValue) row = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autofree char *path = NULL;
  g_autofree char *events = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1}]", 201);
  agl_state (fixture, "r1", "running");
  make_mirror (fixture);
  leyden_value_unref (poll (fixture));
  list = ask (fixture, "GET", "/api/rollouts?state_in=queuing&state_in=running", NULL, 200);
  g_assert_cmpuint (leyden_value_get_size (list), ==, 0);
  row = find_row (fixture, "r1");
  path = g_strdup_printf ("/api/rollouts/%s", leyden_value_get_member_string (row, "rollout", ""));
  events = g_strdup_printf ("%s/attempt/0/events", path);
  send (fixture, "GET", path, NULL, 404);
  send (fixture, "POST", events, "{\"event_type\":\"x\"}", 404);
}

static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr(LeydenValue) mirror = NULL;
  g_autoptr(LeydenValue) run = NULL;
  g_autofree char *path = NULL;

  agl (fixture, "POST", "/api/rollouts", "[{\"rollout_id\":\"r1\",\"input\":1}]", 201);
  make_mirror (fixture);
  mirror = poll (fixture);
  path = g_strdup_printf ("/leyden/v1/runs/%s", leyden_value_get_member_string (mirror, "run", ""));
  send (fixture, "DELETE", MIRROR, NULL, 204);
  send (fixture, "GET", MIRROR, NULL, 404);
  run = ask (fixture, "GET", path, NULL, 200);
  g_assert_cmpstr (leyden_value_get_member_string (run, "state", NULL), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (run, "purpose", NULL), ==, "mirror");
  g_assert_cmpint (leyden_value_get_member_int (run, "n_items", 0), ==, 1);
  send (fixture, "DELETE", MIRROR, NULL, 404);
  /* It may be followed again, from the start. */
  make_mirror (fixture);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct { const char *path, *body; guint status; } cases[] = {
    { "/leyden/v1/mirrors/Upper", "{\"url\":\"http://127.0.0.1:1\"}", 422 },
    { MIRROR, "{}", 422 },
    { MIRROR, "{\"url\":\"file:///etc/passwd\"}", 422 },
    { MIRROR, "{\"url\":\"javascript:alert(1)\"}", 422 },
    { MIRROR, "{\"url\":\"http://user:password@127.0.0.1:1\"}", 422 },
    { MIRROR, "{\"url\":\"http://127.0.0.1:1\",\"secret\":\"openai\"}", 422 },
    { MIRROR, "{\"url\":\"http://127.0.0.1:1\",\"fingerprint\":\"12:34\"}", 422 },
    { MIRROR, "{\"url\":\"http://127.0.0.1:1\",\"interval_ms\":1}", 422 },
    { MIRROR, "{\"url\":\"http://127.0.0.1:1\",\"name\":7}", 422 },
    { MIRROR, "[]", 422 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    send (fixture, "PUT", cases[i].path, cases[i].body, cases[i].status);
  make_mirror (fixture);
  send (fixture, "PUT", MIRROR, "{\"url\":\"http://127.0.0.1:1\"}", 409);
  send (fixture, "POST", MIRROR "/pause", "{\"retry_after_seconds\":-5}", 422);
  send (fixture, "POST", MIRROR "/pause", "{\"reason\":[]}", 422);
  send (fixture, "POST", MIRROR "/models", "{\"models\":[{}]}", 422);
  send (fixture, "POST", "/leyden/v1/mirrors/none/pause", "{}", 404);
  send (fixture, "POST", "/leyden/v1/mirrors/none/poll", "{}", 404);
}

static void
change_database (Fixture    *fixture,
                 const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (fixture->database, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 10000);
  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
  sqlite3_close (db);
}

static void
rename_mirror (Fixture    *fixture,
               const char *name,
               guint       interval_ms,
               guint       status)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\",\"url\":\"%s\",\"secret\":\"connection-cluster\",\"interval_ms\":%u}", name,
                                           fixture->agl->url, interval_ms);

  send (fixture, "PUT", MIRROR, body, status);
}

static void
assert_settings (Fixture    *fixture,
                 const char *name,
                 gint64      interval_ms)
{
  g_autoptr(LeydenValue) mirror = ask (fixture, "GET", MIRROR, NULL, 200);

  g_assert_cmpstr (leyden_value_get_member_string (mirror, "name", ""), ==, name);
  g_assert_cmpint (leyden_value_get_member_int (mirror, "interval_ms", 0), ==, interval_ms);
}

/* Settings that could not be stored are not in use either. */
static void
test_not_stored (Fixture       *fixture,
                 gconstpointer  data)
{
  make_mirror (fixture);
  /* There can be one document of that name, and there is one. */
  change_database (fixture, "INSERT INTO documents VALUES ('broken', 'x', '\"Other\"'); "
                            "CREATE UNIQUE INDEX broken ON documents (instr (value, 'Other') > 0) WHERE instr (value, 'Other') > 0");
  rename_mirror (fixture, "Other", 500000, 503);
  assert_settings (fixture, "Cluster", 600000);
  rename_mirror (fixture, "Third", 400000, 200);
  rename_mirror (fixture, "Other again", 300000, 503);
  assert_settings (fixture, "Third", 400000);
  change_database (fixture, "DROP INDEX broken");
  rename_mirror (fixture, "Other", 500000, 200);
  assert_settings (fixture, "Other", 500000);
}

/* Something else answers there. */
static void
test_not_agl (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *body = g_strdup_printf ("{\"url\":\"%s/nothing\",\"interval_ms\":" SLOW "}", fixture->agl->url);
  g_autoptr(LeydenValue) mirror = NULL;

  send (fixture, "PUT", MIRROR, body, 201);
  mirror = poll (fixture);
  assert_state (mirror, "waiting");
  g_assert_nonnull (leyden_value_get_member_string (mirror, "error", NULL));
  send (fixture, "POST", MIRROR "/pause", "{}", 502);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/mirror/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("follow", test_follow);
  ADD ("training", test_training);
  ADD ("behind-the-end", test_behind_the_end);
  ADD ("missed", test_missed);
  ADD ("made-again", test_made_again);
  ADD ("backend-killed", test_backend_killed);
  ADD ("server-restarted", test_server_restarted);
  ADD ("link", test_link);
  ADD ("key", test_key);
  ADD ("key-missing", test_key_missing);
  ADD ("proxy", test_proxy);
  ADD ("not-ours", test_not_ours);
  ADD ("removed", test_removed);
  ADD ("refused", test_refused);
  ADD ("not-stored", test_not_stored);
  ADD ("not-agl", test_not_agl);
#undef ADD
  return g_test_run ();
}
