/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What looking on and looking back cost: a long rollout moved through time, a crowd of rollouts with somebody attached. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "leyden-bench-load.h"
#include "leyden-bench-server.h"
#include "leyden-engine.h"
#include "leyden-json.h"
#include "leyden-random.h"

#define ROLLOUT      "long"
#define RECORDS      1000000
#define PER_ROUND    10
#define CHUNK        1000
#define POSITIONS    100
/* Rollouts under way at once, and of a run in all. */
#define CROWD        1000
#define ITEMS        6000
#define PAIRS        7

/* ---- A long log ---- */

typedef struct
{
  const char *type;
  const char *node;             /* of the round */
  const char *payload;
} Line;

/* A round of a map: a prompt, a model call in two turns with a tool, a check. */
static const Line round_lines[PER_ROUND] = {
  { "node.started", "ask", "{\"inputs\":{\"item\":[\"input\",\"item\"]}}" },
  { "node.finished", "ask", "{\"outputs\":{\"text\":\"Solve this problem: what is two plus two, and why does it matter to anybody who has to add up numbers?\"}}" },
  { "node.started", "solve", "{\"inputs\":{\"prompt\":[\"ask\",\"text\"]}}" },
  { "model.request", "solve#1", "{\"ordinal\":0,\"hash\":\"8a5edab282632443219e051e4ade2d1d5bbc671c781051bf1437897cbdfea0f1\",\"request\":{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Solve this problem\"}]}}" },
  { "model.response", "solve#1", "{\"ordinal\":0,\"answer\":{\"message\":{\"role\":\"assistant\",\"content\":\"four\"},\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":5},\"cost\":0.0001,\"latency_ms\":12}}" },
  { "tool.called", "solve#1/calc", "{\"ordinal\":0,\"request\":{\"expression\":\"2+2\"}}" },
  { "tool.returned", "solve#1/calc", "{\"ordinal\":0,\"answer\":{\"content\":\"4\"}}" },
  { "node.finished", "solve", "{\"outputs\":{\"text\":\"The answer is four, as every child knows that has two hands and five fingers on each of them.\"}}" },
  { "node.started", "check", "{\"inputs\":{\"value\":[\"solve\",\"text\"]}}" },
  { "node.finished", "check", "{\"outputs\":{\"score\":1}}" },
};

static LeydenRecord *
make_record (guint64      sequence,
             LeydenValue *payloads[PER_ROUND],
             LeydenValue *empty)
{
  guint64 at = sequence - 3;
  const Line *line = &round_lines[at % PER_ROUND];
  g_autofree char *node = NULL;
  gint64 time_ns = (gint64) sequence * 1000000;

  if (sequence <= 2)
    return leyden_record_new (ROLLOUT, "0", sequence, time_ns, "engine", sequence == 1 ? "rollout.started" : "node.started",
                              sequence == 1 ? "" : "map", empty);
  node = g_strdup_printf ("map[%" G_GUINT64_FORMAT "]/%s", at / PER_ROUND, line->node);
  return leyden_record_new (ROLLOUT, "0", sequence, time_ns, "engine", line->type, node, payloads[at % PER_ROUND]);
}

static gboolean
append (LeydenStore  *store,
        GPtrArray    *records,
        GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_append_async (store, records, NULL, leyden_cli_result_cb, &result);
  leyden_cli_wait (&result);
  return result != NULL && leyden_store_append_finish (store, result, error);
}

static gboolean
fill (const char  *database,
      gpointer     data,
      GError     **error)
{
  guint n_records = *(guint *) data;
  int status = LEYDEN_EXIT_OK;
  g_autoptr(LeydenSqliteStore) store = leyden_cli_open_store (database, LEYDEN_STORE_OPEN_RELAXED, &status);
  g_autoptr(LeydenValue) empty = leyden_json_parse ("{}", -1, NULL, NULL);
  LeydenValue *payloads[PER_ROUND];
  gboolean done = store != NULL;

  for (guint i = 0; i < PER_ROUND; i++)
    payloads[i] = leyden_json_parse (round_lines[i].payload, -1, NULL, NULL);
  for (guint64 next = 1; done && next <= n_records;)
    {
      g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

      for (guint i = 0; i < CHUNK && next <= n_records; i++)
        g_ptr_array_add (records, make_record (next++, payloads, empty));
      done = append (LEYDEN_STORE (store), records, error);
    }
  for (guint i = 0; i < PER_ROUND; i++)
    leyden_value_unref (payloads[i]);
  if (store != NULL)
    leyden_sqlite_store_close (store);
  if (!done && *error == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The database to be measured could not be made"));
  return done;
}

/* ---- Moving through it ---- */

/* Milliseconds of a GET; NaN after a message. */
static double
ask (LeydenBenchServer *server,
     const char        *path)
{
  g_autoptr(GString) request = g_string_new (NULL);
  double start = leyden_bench_now_s ();
  guint status;

  leyden_load_write (request, server->port, server->key, "GET", path, NULL, 0);
  status = leyden_load_ask (server->port, request, NULL);
  if (status == 200)
    return (leyden_bench_now_s () - start) * 1000;
  leyden_cli_say ("%s: %u", path, status);
  return NAN;
}

/* What the window asks for when the scrubber is somewhere: the flow as a whole, and the values of the round that is looked at. */
static double
scrub (LeydenBenchServer *server,
       guint64            until)
{
  g_autofree char *summary = g_strdup_printf ("/leyden/v1/rollouts/" ROLLOUT "/state?summary=true&until=%" PRIu64, until);
  g_autofree char *values = g_strdup_printf ("/leyden/v1/rollouts/" ROLLOUT "/state?until=%" PRIu64 "&nodes=map%%5B%" PRIu64 "%%5D/", until,
                                             until / PER_ROUND);

  return ask (server, summary) + ask (server, values);
}

static int
measure_scrub (LeydenBench *bench)
{
  guint n_records = leyden_bench_get_size (bench, RECORDS);
  g_autofree char *name = g_strdup_printf ("scrub-%u", n_records);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenBenchServer) server = leyden_bench_server_start_over (fill, &n_records, &error);
  LeydenRandom random;
  double ms;

  if (server == NULL)
    return leyden_cli_fail (error);
  leyden_random_init (&random, 42);
  ms = ask (server, "/leyden/v1/rollouts/" ROLLOUT "/state?summary=true");
  if (isnan (ms))
    return LEYDEN_EXIT_FAILED;
  leyden_bench_add (bench, name, "first_paint_ms", "ms", ms);
  for (guint i = 0; i < POSITIONS; i++)
    {
      ms = scrub (server, 1 + leyden_random_below (&random, n_records));
      if (isnan (ms))
        return LEYDEN_EXIT_FAILED;
      leyden_bench_add (bench, name, "scrub_ms", "ms", ms);
    }
  return LEYDEN_EXIT_OK;
}

/* ---- A crowd ---- */

/* Somebody who is attached: reads all that comes. */
typedef struct
{
  LeydenBenchServer *server;
  char              *path;
  GSocketConnection *connection;
  GThread           *thread;
} Client;

static gpointer
read_thread (gpointer data)
{
  Client *client = data;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (client->connection));
  g_autofree char *buffer = g_malloc (65536);

  while (g_input_stream_read (input, buffer, 65536, NULL, NULL) > 0)
    ;
  return NULL;
}

static gboolean
client_begin (Client             *client,
              LeydenBenchServer  *server,
              char               *path,
              GError            **error)
{
  g_autoptr(GSocketClient) sockets = g_socket_client_new ();
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n",
                                              path, server->port, server->key);

  *client = (Client) { .server = server, .path = path };
  g_socket_client_set_enable_proxy (sockets, FALSE);
  client->connection = g_socket_client_connect_to_host (sockets, "127.0.0.1", server->port, NULL, error);
  if (client->connection == NULL
      || !g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)), request, strlen (request), NULL, NULL, error))
    return FALSE;
  client->thread = g_thread_new ("attached", read_thread, client);
  return TRUE;
}

static void
client_end (Client *client)
{
  if (client->connection != NULL)
    g_socket_shutdown (g_socket_connection_get_socket (client->connection), TRUE, TRUE, NULL);
  g_clear_pointer (&client->thread, g_thread_join);
  g_clear_object (&client->connection);
  g_clear_pointer (&client->path, g_free);
}

static LeydenValue *
send (LeydenBenchServer *server,
      const char        *method,
      const char        *path,
      const char        *body)
{
  g_autoptr(GString) request = g_string_new (NULL);
  g_autoptr(GString) answer = g_string_new (NULL);
  guint status;

  leyden_load_write (request, server->port, server->key, method, path, body, body != NULL ? strlen (body) : 0);
  status = leyden_load_ask (server->port, request, answer);
  if (status < 300)
    return leyden_json_parse (answer->str, (gssize) answer->len, NULL, NULL);
  leyden_cli_say ("%s: %u", path, status);
  return NULL;
}

static char *
dup_flow (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/bench/ten.leyden", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  return bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : NULL;
}

/* The rows of the run as a blob of the server; its digest. */
static char *
put_rows (LeydenBenchServer *server)
{
  g_autoptr(GString) rows = g_string_new (NULL);
  g_autofree char *sha256 = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) answer = NULL;

  for (guint i = 0; i < ITEMS; i++)
    g_string_append_printf (rows, "{\"who\": \"Ada %u\"}\n", i);
  sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, rows->str, (gssize) rows->len);
  path = g_strdup_printf ("/leyden/v1/blobs/%s", sha256);
  answer = send (server, "PUT", path, rows->str);
  return answer != NULL ? g_steal_pointer (&sha256) : NULL;
}

/* CPU time of the backend for a run of all rows, with or without somebody attached: what bounds its throughput, and holds on a busy machine too.
 * NaN after a message. */
static double
run_crowd (LeydenBenchServer *server,
           const char        *flow,
           const char        *rows,
           gboolean           attached)
{
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"pace\": \"fast\", \"concurrency\": %d, \"cache\": \"off\","
                                           " \"dataset\": {\"sha256\": \"%s\", \"name\": \"rows.jsonl\", \"format\": \"jsonl\"}}", flow, CROWD, rows);
  double before_us = leyden_bench_server_cpu_us (server);
  g_autoptr(LeydenValue) made = send (server, "POST", "/leyden/v1/runs", body);
  const char *run = leyden_value_get_member_string (made, "run", NULL);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s", run);
  g_autofree char *list = g_strdup_printf ("/leyden/v1/runs/%s/rollouts?limit=1", run);
  g_autoptr(LeydenValue) rollouts = run != NULL ? send (server, "GET", list, NULL) : NULL;
  LeydenValue *first = leyden_value_lookup_pointer (rollouts, "/rollouts/0/rollout");
  Client clients[2] = { { 0 }, { 0 } };
  gint64 finished = 0;

  if (first == NULL)
    return NAN;
  if (attached
      && (!client_begin (&clients[0], server, g_strdup_printf ("%s/events?records=0", path), NULL)
          || !client_begin (&clients[1], server, g_strdup_printf ("/leyden/v1/rollouts/%s/events?deltas=1", leyden_value_get_string (first, NULL)), NULL)))
    return NAN;
  while (finished == 0)
    {
      g_autoptr(LeydenValue) now = NULL;

      g_usleep (200000);
      now = send (server, "GET", path, NULL);
      if (now == NULL)
        break;
      finished = leyden_value_get_member_int (now, "finished", 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    client_end (&clients[i]);
  return finished > 0 ? leyden_bench_server_cpu_us (server) - before_us : NAN;
}

/* In turn, so that what else the machine does meets both alike. */
static int
measure_overhead (LeydenBench *bench)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenBenchServer) server = leyden_bench_server_start (&error);
  g_autofree char *flow = dup_flow ();
  g_autofree char *rows = server != NULL ? put_rows (server) : NULL;

  if (server == NULL)
    return leyden_cli_fail (error);
  if (flow == NULL || rows == NULL || isnan (run_crowd (server, flow, rows, FALSE)))
    return LEYDEN_EXIT_FAILED;
  for (guint i = 0; i < PAIRS; i++)
    {
      double cpu_us[2];

      for (guint j = 0; j < 2; j++)
        cpu_us[(i + j) % 2] = run_crowd (server, flow, rows, (i + j) % 2 == 1);
      if (isnan (cpu_us[0]) || isnan (cpu_us[1]))
        return LEYDEN_EXIT_FAILED;
      leyden_bench_add (bench, "overhead-1000", "overhead_percent", "%", (cpu_us[1] / cpu_us[0] - 1) * 100);
    }
  return LEYDEN_EXIT_OK;
}

/* ---- The window ---- */

static void
take_list (LeydenBench *bench,
           const char  *case_name,
           LeydenValue *figures,
           const char  *metric,
           const char  *unit)
{
  LeydenValue *list = leyden_value_get_member (figures, metric);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      double value;

      if (leyden_value_get_double (leyden_value_get_item (list, i), &value))
        leyden_bench_add (bench, case_name, metric, unit, value);
    }
}

/* It follows a rollout that makes events as fast as the backend can, with one view after the other open. */
static int
measure_window (LeydenBench *bench)
{
  g_autofree char *window = leyden_bench_find_window ();
  g_autoptr(LeydenValue) figures = NULL;
  LeydenValue *cases;

  if (window == NULL)
    return LEYDEN_EXIT_FILE;
  if (!leyden_bench_has_display ())
    return LEYDEN_EXIT_FAILED;
  figures = leyden_bench_run_window (window, (const char *[]) { "debugger", NULL });
  cases = leyden_value_get_member (figures, "cases");
  for (guint i = 0; i < leyden_value_get_size (cases); i++)
    {
      LeydenValue *one = leyden_value_get_item (cases, i);
      const char *name = leyden_value_get_member_string (one, "case", "follow");

      take_list (bench, name, one, "first_paint_ms", "ms");
      take_list (bench, name, one, "scrub_ms", "ms");
      take_list (bench, name, one, "stall_ms", "ms");
      take_list (bench, name, one, "stall_wall_ms", "ms");
      take_list (bench, name, one, "stall_cpu_ms", "ms");
      take_list (bench, name, one, "events_per_s", "1/s");
    }
  return leyden_value_get_size (cases) > 0 ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

/* The window opens the long rollout that the backend was moved through, and moves through it itself. */
static int
measure_window_scrub (LeydenBench *bench)
{
  guint n_records = leyden_bench_get_size (bench, RECORDS);
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("leyden-bench-XXXXXX", &error);
  g_autofree char *database = folder != NULL ? g_build_filename (folder, "long.db", NULL) : NULL;
  int status;

  if (database == NULL || !fill (database, &n_records, &error))
    return leyden_cli_fail (error);
  g_setenv ("LEYDEN_BENCH_DATABASE", database, TRUE);
  status = measure_window (bench);
  g_unsetenv ("LEYDEN_BENCH_DATABASE");
  leyden_bench_remove_folder (folder);
  return status;
}

static gboolean
is_wanted (LeydenBench *bench,
           const char  *name)
{
  const char * const *cases = leyden_bench_get_cases (bench);

  return cases == NULL || cases[0] == NULL || g_strv_contains (cases, name);
}

/* Where there is no display, the window is measured only if that was asked for. */
static gboolean
can_show (LeydenBench *bench)
{
  const char * const *cases = leyden_bench_get_cases (bench);

  return (cases != NULL && cases[0] != NULL) || g_getenv ("DISPLAY") != NULL || g_getenv ("WAYLAND_DISPLAY") != NULL;
}

int
leyden_bench_debugger (LeydenBench *bench)
{
  int status = is_wanted (bench, "scrub") ? measure_scrub (bench) : LEYDEN_EXIT_OK;

  if (status == LEYDEN_EXIT_OK && is_wanted (bench, "overhead"))
    status = measure_overhead (bench);
  if (status == LEYDEN_EXIT_OK && is_wanted (bench, "follow") && can_show (bench))
    status = measure_window (bench);
  if (status == LEYDEN_EXIT_OK && is_wanted (bench, "window") && can_show (bench))
    status = measure_window_scrub (bench);
  return status;
}
