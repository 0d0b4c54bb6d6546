/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-bench.h"

#include <glib/gstdio.h>

#include "leyden-bench-turns.h"
#include "leyden-debug-panel.h"
#include "leyden-json.h"
#include "leyden-session.h"
#include "leyden-window-private.h"

/*
 * The window that people use follows a rollout while its backend, a process of its own with a database of its own, runs it as fast as it can: a map over a
 * list, whose every item makes seven records; or it opens a long rollout that is in a database, and moves through it. What is timed is each turn of the main
 * loop, from the end of poll() to the next one; and of that what the kernel says the thread was ready to run but others had the processor. A window that
 * waits for the processor is as slow for who looks at it, but nothing in the window makes it faster: both are told.
 */

#define WIDTH 1280
#define HEIGHT 800
#define PATIENCE_US (120 * G_USEC_PER_SEC)
/* The rollout in the database that LEYDEN_BENCH_DATABASE names, and how often it is moved through. */
#define LONG_ROLLOUT "long"
#define N_MOVES 60

#define FLOW \
  "{\"leyden\":1,\"id\":\"benchdebugger\",\"title\":\"Benchmark\",\"nodes\":[" \
  "{\"id\":\"numbersx\",\"type\":\"input\",\"title\":\"Numbers\",\"position\":{\"x\":0,\"y\":0},\"parameters\":{\"fields\":[{\"name\":\"numbers\",\"type\":\"list\",\"required\":true}]}}," \
  "{\"id\":\"eachnumb\",\"type\":\"map\",\"title\":\"Each number\",\"position\":{\"x\":260,\"y\":0},\"parameters\":{\"concurrency\":16},\"flow\":{\"nodes\":[" \
  "{\"id\":\"onenumbr\",\"type\":\"input\",\"title\":\"Number\",\"position\":{\"x\":0,\"y\":0},\"parameters\":{\"fields\":[{\"name\":\"item\",\"type\":\"number\",\"required\":true}]}}," \
  "{\"id\":\"addsonex\",\"type\":\"transform\",\"title\":\"Add one\",\"position\":{\"x\":260,\"y\":0},\"parameters\":{\"inputs\":[{\"name\":\"x\",\"type\":\"number\"}],\"type\":\"number\",\"expression\":\"x + 1\"}}," \
  "{\"id\":\"givesone\",\"type\":\"output\",\"title\":\"Sum\",\"position\":{\"x\":520,\"y\":0},\"parameters\":{\"fields\":[{\"name\":\"sum\",\"type\":\"number\"}]}}]," \
  "\"edges\":[{\"id\":\"b1\",\"source\":\"onenumbr\",\"source_port\":\"item\",\"target\":\"addsonex\",\"target_port\":\"x\"},{\"id\":\"b2\",\"source\":\"addsonex\",\"source_port\":\"result\",\"target\":\"givesone\",\"target_port\":\"sum\"}]}}," \
  "{\"id\":\"allsums1\",\"type\":\"output\",\"title\":\"Sums\",\"position\":{\"x\":520,\"y\":0},\"parameters\":{\"fields\":[{\"name\":\"sums\",\"type\":\"list\"}]}}]," \
  "\"edges\":[{\"id\":\"e1\",\"source\":\"numbersx\",\"source_port\":\"numbers\",\"target\":\"eachnumb\",\"target_port\":\"item\"},{\"id\":\"e2\",\"source\":\"eachnumb\",\"source_port\":\"sum\",\"target\":\"allsums1\",\"target_port\":\"sums\"}]}"

typedef struct
{
  LeydenApplication *application;
  LeydenWindow      *window;
  LeydenBackend     *backend;
  char              *folder;
  const char        *database;          /* with a long rollout; NULL: rollouts are made */
  guint              n_items;
  GString           *out;
  LeydenBenchTurns  *turns;
  guint64            n_events;          /* that came one by one */
  guint64            newest;
} Bench;

/* --- asking --- */

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* (transfer full) (nullable) */
static LeydenValue *
ask (Bench       *bench,
     const char  *method,
     const char  *path,
     LeydenValue *body)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *answer;

  leyden_backend_request_async (bench->backend, method, path, body, NULL, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  answer = leyden_backend_request_finish (bench->backend, result, &error);
  if (answer == NULL)
    g_printerr ("leyden: %s\n", error->message);
  return answer;
}

static LeydenValue *
make_run (Bench *bench,
          guint  nth)
{
  g_autoptr(GString) json = g_string_new (NULL);

  g_string_append_printf (json, "{\"client_id\":\"bench-%u\",\"purpose\":\"try\",\"pace\":\"fast\",\"cache\":\"off\",\"flow\":%s,\"input\":{\"numbers\":[", nth, FLOW);
  for (guint i = 0; i < bench->n_items; i++)
    g_string_append_printf (json, "%s%u", i > 0 ? "," : "", i);
  g_string_append (json, "]}}");
  return leyden_json_parse (json->str, (gssize) json->len, NULL, NULL);
}

/* Starts a run and tells the id of its rollout. (transfer full) (nullable) */
static char *
start_run (Bench *bench,
           guint  nth)
{
  g_autoptr(LeydenValue) body = make_run (bench, nth);
  g_autoptr(LeydenValue) run = ask (bench, "POST", "/leyden/v1/runs", body);
  gint64 end = g_get_monotonic_time () + PATIENCE_US;
  g_autofree char *path = run != NULL ? g_strdup_printf ("/leyden/v1/runs/%s/rollouts?limit=1", leyden_value_get_member_string (run, "run", "")) : NULL;
  char *rollout = NULL;

  while (run != NULL && rollout == NULL && g_get_monotonic_time () < end)
    {
      g_autoptr(LeydenValue) answer = ask (bench, "GET", path, NULL);
      LeydenValue *row = leyden_value_get_item (leyden_value_get_member (answer, "rollouts"), 0);

      rollout = g_strdup (leyden_value_get_member_string (row, "rollout", NULL));
    }
  return rollout;
}

/* --- what is measured --- */

static void
record_cb (Bench       *bench,
           LeydenValue *record)
{
  bench->n_events++;
  bench->newest = (guint64) leyden_value_get_member_int (record, "sequence", 0);
}

static void
tell_stalls (Bench *bench)
{
  leyden_bench_tell (bench->out, "stall_ms", leyden_bench_turns_get_own (bench->turns));
  leyden_bench_tell (bench->out, "stall_wall_ms", leyden_bench_turns_get_wall (bench->turns));
  leyden_bench_tell (bench->out, "stall_cpu_ms", leyden_bench_turns_get_cpu (bench->turns));
}

/* The last state is there too: it may be the largest answer of all. */
static gboolean
shows_end (LeydenRolloutView *view)
{
  return (guint64) leyden_value_get_member_int (leyden_rollout_view_get_state (view), "sequence", 0) >= leyden_rollout_view_get_last (view);
}

static gboolean
follow (Bench      *bench,
        const char *page,
        guint       nth)
{
  LeydenDebugPanel *panel = LEYDEN_DEBUG_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (bench->window), "debug"));
  g_autofree char *rollout = start_run (bench, nth);
  gint64 start = g_get_monotonic_time (), end = start + PATIENCE_US;
  g_autoptr(LeydenRolloutView) view = NULL;
  double seconds, rate;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (rollout == NULL)
    return FALSE;
  leyden_window_show_panel (bench->window, "debug");
  leyden_debug_panel_show_page (panel, page);
  leyden_tab_debug (bench->window->tab, rollout);
  view = g_object_ref (leyden_debug_panel_get_view (panel));
  while (leyden_rollout_view_get_state (view) == NULL && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  bench->n_events = bench->newest = 0;
  g_signal_connect_swapped (view, "record", G_CALLBACK (record_cb), bench);
  start = g_get_monotonic_time ();
  leyden_bench_turns_begin (bench->turns);
  while ((!leyden_rollout_view_is_final (view) || bench->newest < leyden_rollout_view_get_last (view)) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  while (!shows_end (view) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  leyden_bench_turns_end (bench->turns);
  g_signal_handlers_disconnect_by_data (view, bench);
  rate = (double) bench->n_events / MAX (seconds, 0.001);
  g_string_append_printf (bench->out, "%s{\"case\": \"follow-%s\", \"events\": [%" G_GUINT64_FORMAT "], \"events_per_s\": [%s]", nth > 0 ? ", " : "", page, bench->n_events,
                          g_ascii_formatd (buffer, sizeof buffer, "%.0f", rate));
  tell_stalls (bench);
  g_string_append (bench->out, "}");
  leyden_tab_end_debug (bench->window->tab);
  return bench->n_events > 0;
}

/* --- a long rollout --- */

static gboolean
painted_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* What was changed has been drawn: drawing comes before what is idle. */
static void
wait_painted (void)
{
  gboolean painted = FALSE;

  g_idle_add_full (G_PRIORITY_LOW, painted_cb, &painted, NULL);
  while (!painted)
    g_main_context_iteration (NULL, TRUE);
}

/* Milliseconds until the window shows @position, drawn; below 0: it never does. */
static double
move_to (LeydenRolloutView *view,
         guint64            position)
{
  gint64 start = g_get_monotonic_time ();

  leyden_rollout_view_set_position (view, position);
  while (!leyden_rollout_view_is_current (view) && g_get_monotonic_time () < start + PATIENCE_US)
    g_main_context_iteration (NULL, TRUE);
  wait_painted ();
  return leyden_rollout_view_is_current (view) ? (double) (g_get_monotonic_time () - start) / 1000 : -1;
}

static void
progress_cb (LeydenRolloutView *view,
             GParamSpec        *pspec,
             guint             *n_told)
{
  *n_told += leyden_rollout_view_get_progress (view) >= 0;
}

static gboolean
scrub (Bench      *bench,
       const char *page,
       guint       nth)
{
  LeydenDebugPanel *panel = LEYDEN_DEBUG_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (bench->window), "debug"));
  g_autoptr(GArray) moves = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GRand) random = g_rand_new_with_seed (42);
  g_autoptr(LeydenRolloutView) view = NULL;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  guint n_told = 0;
  gint64 start;

  leyden_window_show_panel (bench->window, "debug");
  leyden_debug_panel_show_page (panel, page);
  wait_painted ();
  start = g_get_monotonic_time ();
  leyden_bench_turns_begin (bench->turns);
  leyden_tab_debug (bench->window->tab, LONG_ROLLOUT);
  view = g_object_ref (leyden_debug_panel_get_view (panel));
  g_signal_connect (view, "notify::progress", G_CALLBACK (progress_cb), &n_told);
  while (leyden_rollout_view_get_state (view) == NULL && g_get_monotonic_time () < start + PATIENCE_US)
    g_main_context_iteration (NULL, TRUE);
  wait_painted ();
  if (leyden_rollout_view_get_state (view) == NULL)
    return FALSE;
  g_string_append_printf (bench->out, "%s{\"case\": \"window-%s\", \"records\": [%" G_GUINT64_FORMAT "], \"progress_told\": [%u], \"first_paint_ms\": [%s]", nth > 0 ? ", " : "",
                          page, leyden_rollout_view_get_last (view), n_told, g_ascii_formatd (buffer, sizeof buffer, "%.1f", (double) (g_get_monotonic_time () - start) / 1000));
  for (guint i = 0; i < N_MOVES; i++)
    {
      double ms = move_to (view, 1 + (guint64) g_rand_double_range (random, 0, (double) leyden_rollout_view_get_last (view) - 1));

      if (ms < 0)
        return FALSE;
      g_array_append_val (moves, ms);
    }
  leyden_bench_turns_end (bench->turns);
  g_signal_handlers_disconnect_by_func (view, progress_cb, &n_told);
  leyden_bench_tell (bench->out, "scrub_ms", moves);
  tell_stalls (bench);
  g_string_append (bench->out, "}");
  leyden_tab_end_debug (bench->window->tab);
  return TRUE;
}

/* --- the backend and the window --- */

static void
remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) != 0)
        remove_folder (child);
    }
  g_rmdir (path);
}

static gboolean
connect_backend (Bench *bench)
{
  g_autofree char *database = bench->database != NULL ? g_strdup (bench->database) : g_build_filename (bench->folder, "bench.db", NULL);
  gint64 end = g_get_monotonic_time () + PATIENCE_US;

  leyden_backend_set_database (bench->backend, database);
  leyden_backend_set_folder (bench->backend, bench->folder);
  leyden_backend_set_idle_exit (bench->backend, 5);
  leyden_session_start (leyden_session_get_default ());
  while (leyden_backend_get_state (bench->backend) != LEYDEN_BACKEND_CONNECTED && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  return leyden_backend_get_state (bench->backend) == LEYDEN_BACKEND_CONNECTED;
}

static void
end_backend (Bench *bench)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_backend_shutdown_async (bench->backend, FALSE, NULL, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
open_flow (Bench *bench)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (FLOW, strlen (FLOW));
  g_autoptr(LeydenDocument) document = leyden_document_new_from_bytes (NULL, bytes, "benchmark", TRUE, NULL);

  leyden_window_build (bench->window);
  leyden_window_set_document (bench->window, document);
}

static gboolean
heartbeat_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
run_cb (gpointer data)
{
  static const char * const pages[] = { "timeline", "events", "console" };
  static const char * const scrubbed[] = { "state", "timeline" };
  guint n_cases = ((Bench *) data)->database != NULL ? G_N_ELEMENTS (scrubbed) : G_N_ELEMENTS (pages);
  Bench *bench = data;
  guint heartbeat = g_timeout_add (20, heartbeat_cb, NULL);
  gboolean done = connect_backend (bench);

  g_string_append_printf (bench->out, "{\"bench\": \"debugger\", \"items\": %u, \"cases\": [", bench->n_items);
  if (done)
    open_flow (bench);
  for (guint i = 0; i < n_cases && done; i++)
    done = bench->database != NULL ? scrub (bench, scrubbed[i], i) : follow (bench, pages[i], i);
  g_string_append (bench->out, "]}");
  if (done)
    g_print ("%s\n", bench->out->str);
  else
    g_printerr ("leyden: the debugger was not measured\n");
  g_source_remove (heartbeat);
  leyden_window_close_now (bench->window);
  end_backend (bench);
  remove_folder (bench->folder);
  g_application_release (G_APPLICATION (bench->application));
  leyden_bench_turns_free (bench->turns);
  g_string_free (bench->out, TRUE);
  g_free (bench->folder);
  g_free (bench);
  return G_SOURCE_REMOVE;
}

void
leyden_bench_debugger_run (LeydenApplication *application,
                           guint              n_items)
{
  Bench *bench = g_new0 (Bench, 1);

  bench->application = application;
  bench->n_items = n_items;
  bench->backend = leyden_session_get_backend (leyden_session_get_default ());
  bench->folder = g_dir_make_tmp ("leyden-bench-XXXXXX", NULL);
  bench->turns = leyden_bench_turns_new ();
  bench->database = g_getenv ("LEYDEN_BENCH_DATABASE");
  bench->out = g_string_new (NULL);
  g_application_hold (G_APPLICATION (application));
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  bench->window = LEYDEN_WINDOW (leyden_window_new (application));
  gtk_window_set_default_size (GTK_WINDOW (bench->window), WIDTH, HEIGHT);
  gtk_window_present (GTK_WINDOW (bench->window));
  g_timeout_add (300, run_cb, bench);
}
