/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of rollouts over real sockets: pages in any order, what changes, files, deletion and the way back, once more. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"

#define N 24
#define QUERY "/leyden/v1/rollouts/query"

typedef struct
{
  Sandbox sandbox;
  char   *database;
  char   *sha256;
  Server *server;
  char   *run;
} Fixture;

static LeydenValue *
ask (Fixture    *fixture,
     const char *question)
{
  return server_expect (fixture->server, 200, "POST", QUERY, question);
}

static gint64
int_at (LeydenValue *value,
        const char  *pointer)
{
  gint64 number = -1;

  g_assert_true (leyden_value_get_int (value_at (value, pointer), &number));
  return number;
}

/* Facts come a little later than the log. */
static gboolean
has_all (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr(LeydenValue) info = server_expect (fixture->server, 200, "GET", "/leyden/v1/info", NULL);

  return int_at (info, "/facts/position") > 0 && int_at (info, "/facts/position") == int_at (info, "/facts/last");
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autoptr(LeydenValue) body = NULL, made = NULL, ended = NULL;
  guint status;

  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "table.db");
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  fixture->sha256 = server_upload (fixture->server, dataset);
  body = sample_run (fixture->sha256, N, "fast", "table");
  made = server_ask (fixture->server, "POST", "/leyden/v1/runs", body, &status);
  g_assert_cmpuint (status, ==, 201);
  fixture->run = g_strdup (value_text_at (made, "/run"));
  ended = server_wait_run (fixture->server, fixture->run);
  wait_until (has_all, fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
  g_free (fixture->sha256);
  g_free (fixture->run);
}

static void
test_pages (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(LeydenValue) all = ask (fixture, "{\"sort\": [[\"tokens\", \"desc\"]]}");
  g_autoptr(GString) next = g_string_new ("");
  gint64 before = G_MAXINT64;
  guint n = 0;

  g_assert_cmpint (int_at (all, "/n"), ==, N);
  g_assert_cmpstr (value_text_at (all, "/rows/0/run"), ==, fixture->run);
  g_assert_cmpstr (value_text_at (all, "/rows/0/flow_title"), ==, "Calculator agent");
  g_assert_cmpstr (value_text_at (all, "/rows/0/executor"), ==, "leyden");
  g_assert_nonnull (value_text_at (all, "/rows/0/model"));
  g_assert_nonnull (value_text_at (all, "/rows/0/version"));
  /* Page after page gives the same rows, each once. */
  for (;;)
    {
      g_autofree char *question = g_strdup_printf ("{\"sort\": [[\"tokens\", \"desc\"]], \"limit\": 7%s%s%s}", next->len > 0 ? ", \"after\": \"" : "", next->str,
                                                   next->len > 0 ? "\"" : "");
      g_autoptr(LeydenValue) page = ask (fixture, question);
      LeydenValue *rows = value_at (page, "/rows");

      for (guint i = 0; i < leyden_value_get_size (rows); i++, n++)
        {
          LeydenValue *row = leyden_value_get_item (rows, i);
          gint64 tokens = leyden_value_get_member_int (row, "tokens_in", 0) + leyden_value_get_member_int (row, "tokens_out", 0);

          g_assert_true (leyden_value_equal (row, leyden_value_get_item (value_at (all, "/rows"), n)));
          g_assert_cmpint (tokens, <=, before);
          before = tokens;
        }
      if (value_text_at (page, "/after") == NULL)
        break;
      g_string_assign (next, value_text_at (page, "/after"));
    }
  g_assert_cmpuint (n, ==, N);
}

/* A snapshot that is gone: a cursor goes on behind the row that was seen last. */
static void
test_lost_snapshot (Fixture      *fixture,
                    gconstpointer data)
{
  g_autoptr(LeydenValue) all = ask (fixture, "{\"sort\": [[\"item\", \"asc\"]]}");
  g_autofree char *question = g_strdup_printf ("{\"sort\": [[\"item\", \"asc\"]], \"limit\": 2, \"after\": \"00000000000000000000000000000000.3.%s\"}",
                                               value_text_at (all, "/rows/9/rollout"));
  g_autoptr(LeydenValue) page = ask (fixture, question);

  g_assert_cmpint (int_at (page, "/offset"), ==, 10);
  g_assert_cmpstr (value_text_at (page, "/rows/0/rollout"), ==, value_text_at (all, "/rows/10/rollout"));
}

static void
test_refused (Fixture      *fixture,
              gconstpointer data)
{
  static const struct { const char *body, *detail; } cases[] = {
    { "{\"where\": \"reward <\"}", "condition" }, { "{\"where\": \"rollout IN (SELECT secret FROM documents)\"}", "condition" },
    { "{\"sort\": [[\"rollout; DROP TABLE runs\", \"asc\"]]}", "sorted" }, { "{\"filter\": [[\"reward\", \"~\", 1]]}", "operator" },
    { "{\"filter\": 7}", "filter" }, { "{\"limit\": 1001}", "limit" }, { "{\"offset\": -1}", "offset" }, { "{\"limit\": \"many\"}", "limit" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) answer = server_expect (fixture->server, 422, "POST", QUERY, cases[i].body);

      g_test_message ("%s: %s", cases[i].body, value_text_at (answer, "/detail"));
      g_assert_nonnull (strstr (value_text_at (answer, "/detail"), cases[i].detail));
    }
}

/* ---- Deleting ---- */

static gint64
count (Fixture *fixture)
{
  g_autoptr(LeydenValue) answer = ask (fixture, "{\"count\": true, \"limit\": 0}");

  return int_at (answer, "/n");
}

static void
test_delete (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(LeydenValue) all = ask (fixture, "{\"count\": true}");
  const char *rollout = value_text_at (all, "/rows/3/rollout");
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s", rollout);
  g_autofree char *restore = g_strconcat (path, "/restore", NULL);
  g_autofree char *again = g_strdup_printf ("{\"count\": true, \"limit\": 1, \"snapshot\": \"%s\"}", value_text_at (all, "/snapshot"));
  g_autoptr(LeydenValue) deleted = NULL, changed = NULL, twice = NULL, restored = NULL, unknown = NULL, not_deleted = NULL, log = NULL;
  g_autoptr(LeydenValue) expected = leyden_json_parse ("[[3, 1, 0]]", -1, NULL, NULL);

  deleted = server_expect (fixture->server, 200, "DELETE", path, NULL);
  g_assert_cmpint (int_at (deleted, "/n"), ==, 1);
  changed = ask (fixture, again);
  g_assert_cmpint (int_at (changed, "/n"), ==, N - 1);
  g_assert_true (leyden_value_equal (value_at (changed, "/changes"), expected));
  twice = server_expect (fixture->server, 409, "DELETE", path, NULL);
  unknown = server_expect (fixture->server, 404, "DELETE", "/leyden/v1/rollouts/nobody", NULL);
  /* Its log is there, and it comes back. */
  log = server_expect (fixture->server, 200, "GET", path, NULL);
  restored = server_expect (fixture->server, 200, "POST", restore, "{}");
  g_assert_cmpint (count (fixture), ==, N);
  not_deleted = server_expect (fixture->server, 409, "POST", restore, "{}");
}

static void
test_delete_ranges (Fixture      *fixture,
                    gconstpointer data)
{
  g_autoptr(LeydenValue) all = ask (fixture, "{\"sort\": [[\"item\", \"asc\"]], \"count\": true}");
  g_autofree char *body = g_strdup_printf ("{\"snapshot\": \"%s\", \"ranges\": [[0, 3], [10, 2]]}", value_text_at (all, "/snapshot"));
  g_autofree char *wrong = g_strdup_printf ("{\"snapshot\": \"%s\", \"ranges\": [[%d, 3]]}", value_text_at (all, "/snapshot"), N - 1);
  g_autoptr(LeydenValue) refused = server_expect (fixture->server, 422, "POST", "/leyden/v1/rollouts/delete", wrong);
  g_autoptr(LeydenValue) gone = server_expect (fixture->server, 409, "POST", "/leyden/v1/rollouts/delete", "{\"snapshot\": \"x\", \"ranges\": [[0, 1]]}");
  g_autoptr(LeydenValue) nothing = server_expect (fixture->server, 422, "POST", "/leyden/v1/rollouts/delete", "{}");
  g_autoptr(LeydenValue) deleted = server_expect (fixture->server, 200, "POST", "/leyden/v1/rollouts/delete", body);
  g_autofree char *restore = g_strdup_printf ("{\"deletion\": %" G_GINT64_FORMAT "}", int_at (deleted, "/deletion"));
  g_autoptr(LeydenValue) left = NULL, restored = NULL, none = NULL;

  g_assert_cmpint (int_at (deleted, "/n"), ==, 5);
  left = ask (fixture, "{\"sort\": [[\"item\", \"asc\"]], \"count\": true}");
  g_assert_cmpint (int_at (left, "/n"), ==, N - 5);
  g_assert_cmpstr (value_text_at (left, "/rows/0/rollout"), ==, value_text_at (all, "/rows/3/rollout"));
  /* It stays so when the backend is killed. */
  server_end (fixture->server, SIGKILL);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  g_assert_cmpint (count (fixture), ==, N - 5);
  restored = server_expect (fixture->server, 200, "POST", "/leyden/v1/rollouts/restore", restore);
  g_assert_cmpint (int_at (restored, "/n"), ==, 5);
  g_assert_cmpint (count (fixture), ==, N);
  none = server_expect (fixture->server, 404, "POST", "/leyden/v1/rollouts/restore", restore);
}

/* ---- Files ---- */

/* The body of an answer that came in chunks. */
static char *
get_file (Fixture    *fixture,
          const char *query)
{
  g_autofree char *request = g_strdup_printf ("GET /leyden/v1/rollouts/export?%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n",
                                              query, fixture->server->port, fixture->server->key);
  g_autofree char *answer = server_raw (fixture->server, request, -1);
  char *at = strstr (answer, "\r\n\r\n");
  g_autoptr(GString) body = g_string_new (NULL);

  g_assert_cmpuint (raw_status (answer), ==, 200);
  g_assert_nonnull (at);
  for (at += 4; ; )
    {
      guint64 n = g_ascii_strtoull (at, &at, 16);

      if (n == 0)
        break;
      at = strstr (at, "\r\n") + 2;
      g_string_append_len (body, at, (gssize) n);
      at += n + 2;
    }
  return g_string_free (g_steal_pointer (&body), FALSE);
}

static void
test_export (Fixture      *fixture,
             gconstpointer data)
{
  g_autofree char *csv = get_file (fixture, "format=csv"), *part = get_file (fixture, "format=csv&offset=4&limit=3");
  g_autofree char *lines = get_file (fixture, "format=jsonl&query=%7B%22sort%22%3A%5B%5B%22item%22%2C%22asc%22%5D%5D%7D");
  g_auto(GStrv) csv_rows = g_strsplit (csv, "\r\n", -1), part_rows = g_strsplit (part, "\r\n", -1), json_rows = g_strsplit (lines, "\n", -1);
  g_autoptr(LeydenValue) first = NULL, second = NULL, refused = NULL;

  g_assert_cmpuint (g_strv_length (csv_rows), ==, N + 2);
  g_assert_true (g_str_has_prefix (csv_rows[0], "rollout,run,"));
  /* A part has no head, and goes on where the one before ended. */
  g_assert_cmpuint (g_strv_length (part_rows), ==, 4);
  g_assert_cmpstr (part_rows[0], ==, csv_rows[5]);
  g_assert_cmpuint (g_strv_length (json_rows), ==, N + 1);
  first = leyden_json_parse (json_rows[0], -1, NULL, NULL);
  second = leyden_json_parse (json_rows[1], -1, NULL, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (first, "item", "z"), <, leyden_value_get_member_string (second, "item", ""));
  refused = server_expect (fixture->server, 422, "GET", "/leyden/v1/rollouts/export?query=%7B%22where%22%3A%22reward%20%3C%22%7D", NULL);
}

/* ---- Once more ---- */

static void
test_retry (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(LeydenValue) all = ask (fixture, "{\"sort\": [[\"item\", \"asc\"]]}");
  const char *rollout = value_text_at (all, "/rows/2/rollout");
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/retry", rollout);
  g_autoptr(LeydenValue) made = server_expect (fixture->server, 201, "POST", path, "{}"), ended = NULL, state = NULL, unknown = NULL;
  g_autofree char *state_path = NULL;

  ended = server_wait_run (fixture->server, value_text_at (made, "/run"));
  g_assert_cmpstr (value_text_at (ended, "/state"), ==, "succeeded");
  state_path = g_strdup_printf ("/leyden/v1/rollouts/%s/state", value_text_at (made, "/rollout"));
  state = server_expect (fixture->server, 200, "GET", state_path, NULL);
  g_assert_cmpstr (value_text_at (state, "/item"), ==, value_text_at (all, "/rows/2/item"));
  /* It was all done anew: nothing is from the other one. */
  g_assert_cmpint (int_at (state, "/usage/tokens_in"), ==, int_at (all, "/rows/2/tokens_in"));
  g_assert_cmpstr (value_text_at (state, "/fork/rollout"), ==, rollout);
  unknown = server_expect (fixture->server, 404, "POST", "/leyden/v1/rollouts/nobody/retry", "{}");
}

/* ---- Agents ---- */

static gboolean
has_agent (gpointer data)
{
  g_autoptr(LeydenValue) answer = ask (data, "{\"filter\": [[\"executor\", \"=\", \"agl\"]], \"count\": true}");

  return int_at (answer, "/n") == 1;
}

/* Those of a trainer are in it too; what is still waiting for its agent cannot be deleted. */
static void
test_agents (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(LeydenValue) made = server_expect (fixture->server, 201, "POST", "/api/rollouts",
                                               "[{\"rollout_id\": \"agent-1\", \"input\": {\"question\": \"1 + 1\", \"data_id\": \"q-1\"}}]");
  g_autoptr(LeydenValue) answer = NULL, refused = NULL;
  g_autofree char *path = NULL;

  wait_until (has_agent, fixture);
  answer = ask (fixture, "{\"filter\": [[\"executor\", \"=\", \"agl\"]]}");
  g_assert_cmpstr (value_text_at (answer, "/rows/0/state"), ==, "queued");
  path = g_strdup_printf ("/leyden/v1/rollouts/%s", value_text_at (answer, "/rows/0/rollout"));
  refused = server_expect (fixture->server, 409, "DELETE", path, NULL);
}

/* ---- On the command line ---- */

static void
check_listed (Fixture *fixture)
{
  g_autoptr(Outcome) lines = sandbox_run (&fixture->sandbox, "runs", fixture->run, "--database", fixture->database, "--json", NULL);
  g_autoptr(Outcome) few = sandbox_run (&fixture->sandbox, "runs", fixture->run, "--database", fixture->database, "--limit", "2", NULL);
  g_autoptr(Outcome) unknown = sandbox_run (&fixture->sandbox, "runs", "nobody", "--database", fixture->database, NULL);
  g_autoptr(GPtrArray) rollouts = outcome_lines (lines);
  g_auto(GStrv) rows = g_strsplit (few->out, "\n", -1);

  g_assert_cmpint (lines->status, ==, 0);
  g_assert_cmpuint (rollouts->len, ==, N);
  g_assert_cmpstr (value_text_at (rollouts->pdata[0], "/state"), ==, "succeeded");
  g_assert_cmpuint (g_strv_length (rows), ==, 3);
  g_assert_true (g_str_has_prefix (rows[0], value_text_at (rollouts->pdata[0], "/rollout")));
  g_assert_nonnull (strstr (rows[0], "succeeded"));
  g_assert_cmpint (unknown->status, !=, 0);
  g_assert_cmpstr (unknown->out, ==, "");
}

/* Of a database that a backend owns, and of one that nobody does. */
static void
test_command (Fixture      *fixture,
              gconstpointer data)
{
  check_listed (fixture);
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  check_listed (fixture);
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/rollout-table/pages", test_pages);
  ADD ("/rollout-table/lost-snapshot", test_lost_snapshot);
  ADD ("/rollout-table/refused", test_refused);
  ADD ("/rollout-table/delete", test_delete);
  ADD ("/rollout-table/delete-ranges", test_delete_ranges);
  ADD ("/rollout-table/export", test_export);
  ADD ("/rollout-table/retry", test_retry);
  ADD ("/rollout-table/agents", test_agents);
  ADD ("/rollout-table/command", test_command);
  return g_test_run ();
}
