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
  char   *sha256;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "runs.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  fixture->sha256 = server_upload (fixture->server, dataset);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->sha256);
}

static void
restart (Fixture *fixture,
         int      signal_number,
         int      status)
{
  g_assert_cmpint (server_end (fixture->server, signal_number), ==, status);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

/* Begins a run of the sample; its id. */
static char *
begin_run (Fixture    *fixture,
           int         limit,
           const char *pace,
           const char *client_id)
{
  g_autoptr(LeydenValue) body = sample_run (fixture->sha256, limit, pace, client_id);
  g_autoptr(LeydenValue) run = NULL;
  guint status;

  run = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_true (status == 201 || status == 200);
  return g_strdup (leyden_value_get_member_string (run, "run", NULL));
}

static LeydenValue *
list_rollouts (Fixture    *fixture,
               const char *run)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts?limit=10000", run);
  g_autoptr(LeydenValue) answer = server_ask (fixture->server, "GET", path, NULL, NULL);

  return leyden_value_ref (leyden_value_get_member (answer, "rollouts"));
}

static void
assert_equal_rollouts (LeydenValue *a,
                       LeydenValue *b)
{
  static const char * const keys[] = { "item", "split", "state", "reward", "tokens_in", "tokens_out" };

  g_assert_cmpint (leyden_value_get_size (a), ==, leyden_value_get_size (b));
  g_assert_cmpint (leyden_value_get_size (a), >, 0);
  for (guint i = 0; i < leyden_value_get_size (a); i++)
    for (guint k = 0; k < G_N_ELEMENTS (keys); k++)
      g_assert_true (leyden_value_equal (leyden_value_get_member (leyden_value_get_item (a, i), keys[k]),
                                         leyden_value_get_member (leyden_value_get_item (b, i), keys[k])));
}

static void
test_whole (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 0, "fast", NULL);
  g_autofree char *again = begin_run (fixture, 0, "fast", NULL);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, run);
  g_autoptr(LeydenValue) again_ended = server_wait_run (fixture->server, again);
  g_autoptr(LeydenValue) rollouts = list_rollouts (fixture, run);
  g_autoptr(LeydenValue) others = list_rollouts (fixture, again);
  LeydenValue *summary = leyden_value_get_member (ended, "summary");

  g_assert_cmpstr (run, !=, again);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
  g_assert_cmpstr (leyden_value_get_member_string (again_ended, "state", ""), ==, "succeeded");
  g_assert_true (leyden_value_get_member_boolean (ended, "simulated", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (summary, "done", 0), ==, leyden_value_get_size (rollouts));
  assert_equal_rollouts (rollouts, others);
}

/* Two runs over the same rows, item by item: equal ones show no difference. */
static void
test_compare (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 40, "fast", NULL);
  g_autofree char *again = begin_run (fixture, 30, "fast", NULL);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, run);
  g_autoptr(LeydenValue) again_ended = server_wait_run (fixture->server, again);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/compare?with=%s", again, run);
  g_autofree char *bare = g_strdup_printf ("/leyden/v1/runs/%s/compare", again);
  g_autofree char *unknown = g_strdup_printf ("/leyden/v1/runs/%s/compare?with=none", again);
  g_autoptr(LeydenValue) verdict = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) apart = NULL;
  guint status;

  verdict = server_ask (fixture->server, "GET", path, NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpint (leyden_value_get_member_int (verdict, "n", 0), ==, 30);
  g_assert_cmpfloat (leyden_value_get_member_double (verdict, "difference", 1), ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (verdict, "tied", 0), ==, 30);
  g_assert_false (leyden_value_get_member_boolean (verdict, "significant", TRUE));
  refused = server_ask (fixture->server, "GET", bare, NULL, &status);
  g_assert_cmpuint (status, ==, 422);
  apart = server_ask (fixture->server, "GET", unknown, NULL, &status);
  g_assert_cmpuint (status, ==, 409);
}

/* A lost answer, fifty times at once: one run. */
static void
test_idempotent (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autoptr(LeydenValue) body = sample_run (fixture->sha256, 5, "fast", "press-1");
  g_autofree char *uri = server_uri (fixture->server, "/leyden/v1/runs");
  GAsyncResult *results[50] = { NULL };
  g_autofree char *first = NULL;
  g_autofree char *later = NULL;
  guint created = 0;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("POST", uri);

      leyden_http_request_set_bearer (request, fixture->server->key);
      leyden_http_request_set_json (request, body);
      leyden_http_client_send_async (client, request, NULL, spin_result_cb, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(GBytes) answer = NULL;
      g_autoptr(LeydenValue) run = NULL;
      g_autoptr(GError) error = NULL;
      const char *id;

      spin (&results[i]);
      answer = leyden_http_client_send_finish (client, results[i], &error);
      g_assert_no_error (error);
      run = leyden_json_parse_bytes (answer, NULL, NULL);
      id = leyden_value_get_member_string (run, "run", NULL);
      g_assert_nonnull (id);
      if (first == NULL)
        first = g_strdup (id);
      g_assert_cmpstr (id, ==, first);
      created += leyden_value_get_member_int (run, "created", 0) > 0;
      g_object_unref (results[i]);
    }
  g_assert_cmpint (created, ==, G_N_ELEMENTS (results));
  restart (fixture, SIGTERM, 0);
  later = begin_run (fixture, 5, "fast", "press-1");
  g_assert_cmpstr (later, ==, first);
}

typedef struct
{
  Fixture    *fixture;
  const char *run;
  gint64      at_least;
} Progress;

static gboolean
has_progress (gpointer data)
{
  Progress *progress = data;
  g_autofree char *path = g_strconcat ("/leyden/v1/runs/", progress->run, NULL);
  g_autoptr(LeydenValue) run = server_ask (progress->fixture->server, "GET", path, NULL, NULL);

  return leyden_value_get_member_int (leyden_value_get_member (run, "summary"), "done", 0) >= progress->at_least;
}

/* Every node of the sample that no condition skips has run once an item, in whichever process. */
static void
assert_badges (LeydenValue *run,
               gint64       n_items)
{
  LeydenValue *nodes = leyden_value_get_member (leyden_value_get_member (run, "summary"), "nodes");

  g_assert_cmpuint (leyden_value_get_size (nodes), >, 3);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);

      g_assert_cmpint (leyden_value_get_member_int (node, "succeeded", 0) + leyden_value_get_member_int (node, "failed", 0)
                         + leyden_value_get_member_int (node, "skipped", 0), ==, n_items);
    }
}

/* Killed in the middle of a run: the next start goes on by itself and ends equal to an undisturbed run. */
static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 60, "real", NULL);
  g_autofree char *undisturbed = NULL;
  g_autoptr(LeydenValue) info = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) other = NULL;
  g_autoptr(LeydenValue) rollouts = NULL;
  g_autoptr(LeydenValue) others = NULL;
  Progress progress = { fixture, run, 10 };

  wait_until (has_progress, &progress);
  restart (fixture, SIGKILL, 128 + SIGKILL);
  info = server_ask (fixture->server, "GET", "/leyden/v1/info", NULL, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (info, "last_start", ""), ==, "recovered");
  g_assert_cmpstr (leyden_value_get_string (leyden_value_get_item (leyden_value_get_member (info, "resumed_runs"), 0), NULL), ==, run);
  ended = server_wait_run (fixture->server, run);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "succeeded");
  undisturbed = begin_run (fixture, 60, "fast", NULL);
  other = server_wait_run (fixture->server, undisturbed);
  rollouts = list_rollouts (fixture, run);
  others = list_rollouts (fixture, undisturbed);
  assert_equal_rollouts (rollouts, others);
  assert_badges (ended, 60);
  assert_badges (other, 60);
}

/* ---- Event streams ---- */

typedef struct
{
  GArray  *positions;                   /* guint64 */
  guint    stop_after;                  /* records; 0: never */
  gboolean ended;
  guint    n_summaries;
  guint    n_rollouts;
  guint    n_deltas;
} Listener;

static gboolean
event_cb (const char *event,
          const char *data,
          gsize       length,
          const char *id,
          gpointer    user_data)
{
  Listener *listener = user_data;
  g_autoptr(LeydenValue) value = leyden_json_parse (data, (gssize)length, NULL, NULL);

  g_assert_nonnull (value);
  listener->n_summaries += strcmp (event, "summary") == 0;
  listener->n_rollouts += strcmp (event, "rollout") == 0;
  listener->n_deltas += strcmp (event, "delta") == 0;
  listener->ended |= strcmp (event, "end") == 0;
  if (strcmp (event, "record") == 0)
    {
      guint64 position = g_ascii_strtoull (id, NULL, 10);

      g_assert_cmpuint (position, ==, (guint64)leyden_value_get_member_int (value, "position", 0));
      g_array_append_val (listener->positions, position);
      if (listener->stop_after > 0 && --listener->stop_after == 0)
        return FALSE;
    }
  return TRUE;
}

static void
listen_to (Fixture    *fixture,
           const char *path,
           Listener   *listener)
{
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autofree char *uri = server_uri (fixture->server, path);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uri);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) body = NULL;

  leyden_http_request_set_bearer (request, fixture->server->key);
  leyden_http_request_set_header (request, "Accept", "text/event-stream");
  if (listener->positions->len > 0)
    {
      g_autofree char *last = g_strdup_printf ("%" G_GUINT64_FORMAT, g_array_index (listener->positions, guint64,
                                                                                  listener->positions->len - 1));

      leyden_http_request_set_header (request, "Last-Event-ID", last);
    }
  leyden_http_client_stream_async (client, request, event_cb, listener, NULL, spin_result_cb, &result);
  spin (&result);
  leyden_http_client_stream_finish (client, result, &body, NULL);
  g_assert_null (body);
}

/* Cut again and again, also by a killed backend, a stream has every record once and in order. */
static void
test_stream_resumes (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 40, "real", NULL);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/events?deltas=1", run);
  g_autoptr(GArray) cut = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GArray) whole = g_array_new (FALSE, FALSE, sizeof (guint64));
  Listener listener = { .positions = cut };
  Listener undisturbed = { .positions = whole };

  for (guint i = 0; i < 60 && !listener.ended; i++)
    {
      listener.stop_after = 7 + i % 5;
      listen_to (fixture, path, &listener);
      if (i == 8)
        restart (fixture, SIGKILL, 128 + SIGKILL);
    }
  listener.stop_after = 0;
  if (!listener.ended)
    listen_to (fixture, path, &listener);
  g_assert_true (listener.ended);
  listen_to (fixture, path, &undisturbed);
  g_assert_true (undisturbed.ended);
  g_assert_cmpint (undisturbed.n_summaries, ==, 1);
  g_assert_cmpint (cut->len, ==, whole->len);
  g_assert_cmpmem (cut->data, cut->len * sizeof (guint64), whole->data, whole->len * sizeof (guint64));
  for (guint i = 1; i < whole->len; i++)
    g_assert_cmpuint (g_array_index (whole, guint64, i), >, g_array_index (whole, guint64, i - 1));
  g_assert_cmpint (listener.n_deltas, >, 0);
  g_assert_cmpint (listener.n_rollouts, >, 0);
}

static void
test_stream_of_rollout (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 2, "fast", NULL);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, run);
  g_autoptr(LeydenValue) rollouts = list_rollouts (fixture, run);
  const char *id = leyden_value_get_member_string (leyden_value_get_item (rollouts, 1), "rollout", "");
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/events", id);
  g_autofree char *page_path = g_strdup_printf ("/leyden/v1/rollouts/%s/events?limit=4", id);
  g_autoptr(GArray) cut = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GArray) whole = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(LeydenValue) page = server_ask (fixture->server, "GET", page_path, NULL, NULL);
  Listener listener = { .positions = cut, .stop_after = 3 };
  Listener undisturbed = { .positions = whole };

  listen_to (fixture, path, &listener);
  listener.stop_after = 0;
  listen_to (fixture, path, &listener);
  listen_to (fixture, path, &undisturbed);
  g_assert_true (listener.ended && undisturbed.ended);
  g_assert_cmpint (whole->len, >, 4);
  g_assert_cmpmem (cut->data, cut->len * sizeof (guint64), whole->data, whole->len * sizeof (guint64));
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (page, "records")), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (page, "next_after", 0), ==, 4);
}

static void
count_blobs (const char *folder,
             guint      *n)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        count_blobs (path, n);
      else
        (*n)++;
    }
}

/* A large value leaves its record for a blob, and comes back whole wherever it is asked for: pages of records, the stream, the fold, after a
 * restart, and by the command. */
static void
test_large_value (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *text = g_strnfill (300000, 'x');
  g_autofree char *body = g_strdup_printf (
    "{\"flow\": {\"leyden\": 1, \"id\": \"f\", \"nodes\": [{\"id\": \"in\", \"type\": \"input\"}, {\"id\": \"out\", \"type\": \"output\"}], "
    "\"edges\": [{\"id\": \"e\", \"source\": \"in\", \"source_port\": \"question\", \"target\": \"out\", \"target_port\": \"result\"}]}, "
    "\"input\": {\"question\": \"%s\"}, \"pace\": \"fast\"}", text);
  g_autofree char *folder = g_strconcat (fixture->database, "-blobs", NULL);
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) rollouts = NULL;
  const char *id;
  g_autofree char *page_path = NULL;
  g_autofree char *state_path = NULL;
  guint before = 0, after = 0;

  count_blobs (folder, &before);
  run = server_ask_text (fixture->server, "POST", "/leyden/v1/runs", body, NULL);
  ended = server_wait_run (fixture->server, leyden_value_get_member_string (run, "run", ""));
  rollouts = list_rollouts (fixture, leyden_value_get_member_string (run, "run", ""));
  id = leyden_value_get_member_string (leyden_value_get_item (rollouts, 0), "rollout", "");
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", NULL), ==, "succeeded");
  count_blobs (folder, &after);
  g_assert_cmpuint (after, >, before + 1);
  page_path = g_strdup_printf ("/leyden/v1/rollouts/%s/events", id);
  state_path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", id);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LeydenValue) page = server_ask (fixture->server, "GET", page_path, NULL, NULL);
      g_autoptr(LeydenValue) state = server_ask (fixture->server, "GET", state_path, NULL, NULL);
      g_autofree char *page_text = leyden_json_write (page, LEYDEN_JSON_COMPACT);
      g_autofree char *state_text = leyden_json_write (state, LEYDEN_JSON_COMPACT);

      g_assert_nonnull (strstr (page_text, text));
      g_assert_nonnull (strstr (state_text, text));
      restart (fixture, SIGTERM, 0);
    }
  {
    g_autoptr(Outcome) replayed = sandbox_run (&fixture->sandbox, "replay", "--database", fixture->database, id, "--json", NULL);

    g_assert_cmpint (replayed->status, ==, 0);
    g_assert_nonnull (strstr (replayed->out, text));
  }
}

/* How a run goes, without its records: live, and after its end. A value that is neither 0 nor 1 is refused. */
static void
test_stream_without_records (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 20, "real", NULL);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/events?records=0", run);
  g_autofree char *wrong_path = g_strdup_printf ("/leyden/v1/runs/%s/events?records=2", run);
  g_autoptr(GArray) live_positions = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GArray) late_positions = g_array_new (FALSE, FALSE, sizeof (guint64));
  Listener live = { .positions = live_positions };
  Listener late = { .positions = late_positions };
  g_autoptr(LeydenValue) answer = NULL;
  guint status = 0;

  listen_to (fixture, path, &live);
  g_assert_true (live.ended);
  g_assert_cmpint (live.positions->len, ==, 0);
  g_assert_cmpint (live.n_rollouts, >=, 20);
  g_assert_cmpint (live.n_summaries, >, 1);
  listen_to (fixture, path, &late);
  g_assert_true (late.ended);
  g_assert_cmpint (late.positions->len, ==, 0);
  g_assert_cmpint (late.n_summaries, ==, 1);
  answer = server_ask (fixture->server, "GET", wrong_path, NULL, &status);
  g_assert_cmpint (status, ==, 422);
}

/* ---- Cancel, resume, feedback ---- */

static void
test_cancel (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 0, "real", NULL);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/cancel", run);
  g_autofree char *resume_path = g_strdup_printf ("/leyden/v1/runs/%s/resume", run);
  g_autoptr(LeydenValue) cancelled = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(LeydenValue) resumed = NULL;
  guint status;

  cancelled = server_ask_text (fixture->server, "POST", path, "{}", &status);
  g_assert_cmpint (status, ==, 202);
  ended = server_wait_run (fixture->server, run);
  g_assert_cmpstr (leyden_value_get_member_string (ended, "state", ""), ==, "cancelled");
  again = server_ask_text (fixture->server, "POST", path, "{}", &status);
  g_assert_cmpint (status, ==, 409);
  resumed = server_ask_text (fixture->server, "POST", resume_path, "{}", &status);
  g_assert_cmpint (status, ==, 202);
  g_clear_pointer (&again, leyden_value_unref);
  again = server_ask_text (fixture->server, "POST", path, "{}", &status);
  g_assert_cmpint (status, ==, 202);
}

static void
assert_all_failed (Fixture    *fixture,
                   const char *run,
                   const char *attempt)
{
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, run);
  g_autoptr(LeydenValue) rollouts = list_rollouts (fixture, run);

  g_assert_cmpint (leyden_value_get_size (rollouts), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      LeydenValue *row = leyden_value_get_item (rollouts, i);
      g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", leyden_value_get_member_string (row, "rollout", ""));
      g_autoptr(LeydenValue) answer = server_ask (fixture->server, "GET", path, NULL, NULL);
      LeydenValue *state = leyden_value_get_member (answer, "state");

      if (leyden_value_get_kind (state) != LEYDEN_VALUE_OBJECT)
        state = answer;
      g_assert_cmpstr (leyden_value_get_member_string (row, "state", ""), ==, "failed");
      g_assert_cmpstr (leyden_value_get_member_string (state, "attempt", ""), ==, attempt);
    }
}

/* A model that nobody answers for: what failed is run again when that is asked for, and only then. */
static void
test_resume_failed (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(LeydenValue) plain = sample_run (fixture->sha256, 2, "fast", NULL);
  g_autoptr(LeydenValue) model = leyden_json_parse ("{\"endpoint\": \"nobody\", \"model\": \"m\"}", -1, NULL, NULL);
  g_autoptr(LeydenValue) body = leyden_value_with_member (plain, "model", model);
  g_autoptr(LeydenValue) endpoint = NULL;
  g_autoptr(LeydenValue) created = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autofree char *path = NULL;
  const char *run;
  guint status;

  endpoint = server_ask_text (fixture->server, "PUT", "/leyden/v1/endpoints/nobody",
                              "{\"base_uri\": \"http://127.0.0.1:9/v1\", \"wire\": \"openai\", \"default_model\": \"m\"}", &status);
  g_assert_cmpint (status / 100, ==, 2);
  created = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpint (status / 100, ==, 2);
  run = leyden_value_get_member_string (created, "run", "");
  path = g_strdup_printf ("/leyden/v1/runs/%s/resume", run);
  assert_all_failed (fixture, run, "0");

  answer = server_ask_text (fixture->server, "POST", path, "{}", &status);
  g_assert_cmpint (status, ==, 409);
  g_clear_pointer (&answer, leyden_value_unref);
  answer = server_ask_text (fixture->server, "POST", path, "{\"failed\": \"yes\"}", &status);
  g_assert_cmpint (status, ==, 422);
  g_clear_pointer (&answer, leyden_value_unref);
  answer = server_ask_text (fixture->server, "POST", path, "{\"failed\": true}", &status);
  g_assert_cmpint (status, ==, 202);
  assert_all_failed (fixture, run, "1");
}

static void
test_feedback (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *run = begin_run (fixture, 1, "fast", NULL);
  g_autoptr(LeydenValue) ended = server_wait_run (fixture->server, run);
  g_autoptr(LeydenValue) rollouts = list_rollouts (fixture, run);
  const char *id = leyden_value_get_member_string (leyden_value_get_item (rollouts, 0), "rollout", "");
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/feedback", id);
  g_autofree char *state_path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", id);
  g_autoptr(LeydenValue) stored = NULL;
  g_autoptr(LeydenValue) refused = NULL;
  g_autoptr(LeydenValue) state = NULL;
  guint status;

  stored = server_ask_text (fixture->server, "POST", path, "{\"thumb\": \"down\", \"comment\": \"no\"}", &status);
  g_assert_cmpint (status, ==, 201);
  refused = server_ask_text (fixture->server, "POST", path, "{\"thumb\": \"sideways\"}", &status);
  g_assert_cmpint (status, ==, 422);
  state = server_ask (fixture->server, "GET", state_path, NULL, NULL);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (state, "rewards")), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (state, "state", ""), ==, "succeeded");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gateway/runs/whole", Fixture, NULL, set_up, test_whole, tear_down);
  g_test_add ("/gateway/runs/compare", Fixture, NULL, set_up, test_compare, tear_down);
  g_test_add ("/hostile/A46/runs", Fixture, NULL, set_up, test_idempotent, tear_down);
  g_test_add ("/gateway/runs/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/gateway/runs/resume-failed", Fixture, NULL, set_up, test_resume_failed, tear_down);
  g_test_add ("/gateway/runs/stream-resumes", Fixture, NULL, set_up, test_stream_resumes, tear_down);
  g_test_add ("/gateway/runs/stream-of-rollout", Fixture, NULL, set_up, test_stream_of_rollout, tear_down);
  g_test_add ("/gateway/runs/stream-without-records", Fixture, NULL, set_up, test_stream_without_records, tear_down);
  g_test_add ("/gateway/runs/large-value", Fixture, NULL, set_up, test_large_value, tear_down);
  g_test_add ("/gateway/runs/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add ("/gateway/runs/feedback", Fixture, NULL, set_up, test_feedback, tear_down);
  return g_test_run ();
}
