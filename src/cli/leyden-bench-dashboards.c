/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a dashboard asks of a backend that holds a million rollouts and twenty million points: pages of the table, charts of all of them, points that keep
 * coming. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "leyden-bench-boards.h"
#include "leyden-bench-facts.h"
#include "leyden-bench-server.h"
#include "leyden-facts.h"
#include "leyden-json.h"
#include "leyden-random.h"

#define ROLLOUTS         1000000
/* Points for each rollout. */
#define POINTS           20
#define REPETITIONS      15
#define PAGE             200
/* Live points: so many a second, of so many rollouts, in so many appends a second. */
#define LIVE_RATE        10000
#define LIVE_ROLLOUTS    10
#define LIVE_TICKS       20
#define LIVE_SECONDS     5

/* ---- The table ---- */

/* A page at @offset of the list that @list asks for: what is asked first makes the list, what follows walks in it. FALSE after a message. */
static gboolean
page (LeydenBench       *bench,
      LeydenBenchServer *server,
      const char        *case_name,
      const char        *list,
      const char        *snapshot,
      guint              offset)
{
  g_autofree char *body = g_strdup_printf ("{%s,\"limit\":%d,\"offset\":%u%s%s%s}", list, PAGE, offset, snapshot != NULL ? ",\"snapshot\":\"" : "",
                                           snapshot != NULL ? snapshot : "", snapshot != NULL ? "\"" : "");
  double ms;
  g_autoptr(LeydenValue) answer = leyden_bench_server_ask (server, "/leyden/v1/rollouts/query", body, &ms);

  if (answer == NULL)
    return FALSE;
  if (leyden_value_get_size (leyden_value_get_member (answer, "rows")) == 0)
    {
      leyden_cli_say (_("%s: the page is empty"), case_name);
      return FALSE;
    }
  leyden_bench_add (bench, case_name, "page_ms", "ms", ms);
  return TRUE;
}

/* Where one is in a list that was made before: as one who scrolls. */
static gboolean
scroll (LeydenBench       *bench,
        LeydenBenchServer *server,
        guint              n)
{
  static const struct { const char *name; double place; } places[] = { { "table-start", 0 }, { "table-middle", 0.5 }, { "table-end", 1 } };
  const char *list = "\"sort\":[[\"started\",\"desc\"]]";
  g_autofree char *body = g_strdup_printf ("{%s,\"limit\":%d}", list, PAGE);
  double ms;
  g_autoptr(LeydenValue) first = leyden_bench_server_ask (server, "/leyden/v1/rollouts/query", body, &ms);
  g_autofree char *snapshot = g_strdup (leyden_value_get_member_string (first, "snapshot", NULL));

  if (first == NULL)
    return FALSE;
  leyden_bench_add (bench, "table-first", "page_ms", "ms", ms);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint j = 0; j < REPETITIONS; j++)
      {
        guint offset = (guint) (places[i].place * (double) (n - PAGE));
        guint back = MIN (offset, j * PAGE);

        if (!page (bench, server, places[i].name, list, snapshot, offset - back))
          return FALSE;
      }
  return TRUE;
}

/* Another order or another choice: a list of its own each time. */
static gboolean
choose (LeydenBench       *bench,
        LeydenBenchServer *server)
{
  static const struct { const char *name, *list; } lists[] = {
    { "table-sort", "\"sort\":[[\"cost\",\"desc\"]]" },
    { "table-sort", "\"sort\":[[\"latency_ms\",\"asc\"]]" },
    { "table-filter", "\"sort\":[[\"started\",\"desc\"]],\"filter\":[[\"state\",\"=\",\"failed\"]]" },
    { "table-filter", "\"sort\":[[\"reward\",\"asc\"]],\"filter\":[[\"reward\",\">\",0.9]]" },
    { "table-text", "\"sort\":[[\"started\",\"desc\"]],\"text\":\"item-4242\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; j < 3; j++)
      if (!page (bench, server, lists[i].name, lists[i].list, NULL, 0))
        return FALSE;
  return TRUE;
}

/* ---- Charts ---- */

#define QUERY "/leyden/v1/insights/query"

static gboolean
chart (LeydenBench       *bench,
       LeydenBenchServer *server,
       const char        *case_name,
       const char        *metric,
       const char        *query)
{
  g_autofree char *body = g_strdup_printf ("{\"queries\":[%s]}", query);
  double ms;
  g_autoptr(LeydenValue) answer = leyden_bench_server_ask (server, QUERY, body, &ms);
  LeydenValue *result = leyden_value_get_item (leyden_value_get_member (answer, "results"), 0);

  if (answer == NULL)
    return FALSE;
  if (leyden_value_get_size (leyden_value_get_member (result, "series")) == 0)
    {
      leyden_cli_say ("%s: %s", case_name, leyden_value_get_member_string (result, "error", _("there is nothing to draw")));
      return FALSE;
    }
  leyden_bench_add (bench, case_name, metric, "ms", ms);
  return TRUE;
}

static gboolean
charts (LeydenBench       *bench,
        LeydenBenchServer *server)
{
  static const struct { const char *name, *query; } queries[] = {
    { "points-mean", "{\"metric\":\"point:bench\",\"aggregation\":\"mean\",\"shape\":\"time\",\"from\":0,\"buckets\":300}" },
    { "points-p95", "{\"metric\":\"point:bench\",\"aggregation\":\"p95\",\"shape\":\"time\",\"from\":0,\"buckets\":300}" },
    { "points-split", "{\"metric\":\"point:bench\",\"aggregation\":\"mean\",\"shape\":\"time\",\"from\":0,\"buckets\":300,\"split\":[\"flow\"]}" },
    { "rollouts-reward", "{\"metric\":\"reward\",\"aggregation\":\"mean\",\"shape\":\"time\",\"from\":0,\"buckets\":300}" },
    { "rollouts-latency", "{\"metric\":\"latency\",\"aggregation\":\"p95\",\"shape\":\"time\",\"from\":0,\"buckets\":300,\"split\":[\"flow\"]}" },
    { "rollouts-errors", "{\"metric\":\"errors\",\"aggregation\":\"count\",\"shape\":\"groups\",\"from\":0,\"split\":[\"error\"]}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      if (!chart (bench, server, queries[i].name, "cold_ms", queries[i].query))
        return FALSE;
      for (guint j = 0; j < REPETITIONS; j++)
        if (!chart (bench, server, queries[i].name, "first_paint_ms", queries[i].query))
          return FALSE;
    }
  return TRUE;
}

/* What the window asks for when one pans: the same chart of another stretch of time. */
static gboolean
pan (LeydenBench       *bench,
     LeydenBenchServer *server)
{
  const gint64 hour = G_GINT64_CONSTANT (3600000000000);

  for (guint i = 0; i < REPETITIONS; i++)
    {
      gint64 from = LEYDEN_BENCH_FACTS_BEGIN_NS + (1 + i) * 3 * hour;
      g_autofree char *query = g_strdup_printf ("{\"metric\":\"point:bench\",\"aggregation\":\"mean\",\"shape\":\"time\",\"from\":%" PRId64 ",\"to\":%" PRId64
                                                ",\"buckets\":300}", from, from + 12 * hour);

      if (!chart (bench, server, "points-pan", "first_paint_ms", query))
        return FALSE;
    }
  return TRUE;
}

static int
measure_asking (LeydenBench *bench)
{
  LeydenBenchFacts facts = { leyden_bench_get_size (bench, ROLLOUTS), POINTS };
  g_autoptr(GError) error = NULL;
  double start = leyden_bench_now_s ();
  g_autoptr(LeydenBenchServer) server = leyden_bench_server_start_over (leyden_bench_facts_fill, &facts, &error);

  if (server == NULL)
    return leyden_cli_fail (error);
  leyden_bench_add (bench, "database", "made_s", "s", leyden_bench_now_s () - start);
  if (!charts (bench, server) || !pan (bench, server) || !leyden_bench_boards (bench, server) || !scroll (bench, server, facts.n_rollouts) || !choose (bench, server))
    return LEYDEN_EXIT_FAILED;
  leyden_bench_add (bench, "database", "rss_mib", "MiB", leyden_bench_server_rss_mib (server));
  return LEYDEN_EXIT_OK;
}

/* ---- Points that keep coming ---- */

typedef struct
{
  LeydenBench  *bench;
  LeydenStore  *store;
  LeydenFacts  *facts;
  guint64       sequences[LIVE_ROLLOUTS];
  guint         n_open;
  gboolean      failed;
  GQueue        committed;      /* Committed, until facts are there */
  guint64       n_points;
} Live;

typedef struct
{
  guint64 position;
  double  at_s;
} Committed;

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Live *live = data;

  live->n_open--;
  live->failed |= !leyden_store_append_finish (LEYDEN_STORE (object), result, NULL);
}

static void
committed_cb (LeydenStore *store,
              GPtrArray   *records,
              Live        *live)
{
  Committed *committed = g_new (Committed, 1);

  *committed = (Committed) { ((LeydenRecord *) records->pdata[records->len - 1])->position, leyden_bench_now_s () };
  g_queue_push_tail (&live->committed, committed);
}

/* From the commit of a point until it is among the facts. */
static void
advanced_cb (LeydenFacts *facts,
             guint64      position,
             Live        *live)
{
  Committed *committed;

  while ((committed = g_queue_peek_head (&live->committed)) != NULL && committed->position <= position)
    {
      leyden_bench_add (live->bench, "append-10000", "behind_ms", "ms", (leyden_bench_now_s () - committed->at_s) * 1000);
      g_free (g_queue_pop_head (&live->committed));
    }
}

static void
append (Live *live,
        guint rollout)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  char name[16];

  g_snprintf (name, sizeof name, "live-%u", rollout);
  for (guint i = 0; i < LIVE_RATE / LIVE_TICKS / LIVE_ROLLOUTS; i++)
    {
      guint64 sequence = ++live->sequences[rollout];
      g_autofree char *text = g_strdup_printf ("{\"event_type\":\"metric\",\"data\":{\"name\":\"loss\",\"value\":%.4f,\"step\":%" PRIu64 "}}",
                                               1 / (1 + (double) sequence / 1000), sequence);
      g_autoptr(LeydenValue) payload = leyden_json_parse (text, -1, NULL, NULL);

      g_ptr_array_add (records, leyden_record_new (name, "0", sequence, g_get_real_time () * 1000, "agent", "agl.event", "", payload));
      live->n_points++;
    }
  live->n_open++;
  leyden_store_append_async (live->store, records, NULL, appended_cb, live);
}

static gboolean
tick_cb (gpointer data)
{
  for (guint i = 0; i < LIVE_ROLLOUTS; i++)
    append (data, i);
  return G_SOURCE_CONTINUE;
}

static int
measure_live (LeydenBench *bench)
{
  double seconds = leyden_bench_get_seconds (bench, LIVE_SECONDS);
  int status = LEYDEN_EXIT_OK;
  g_autoptr(LeydenSqliteStore) store = leyden_cli_open_store (NULL, LEYDEN_STORE_OPEN_DEFAULT, &status);
  Live live = { .bench = bench, .store = LEYDEN_STORE (store) };
  double begin_s, begin_ms;
  gulong committed;
  guint clock;

  if (store == NULL)
    return status;
  live.facts = leyden_facts_new (store);
  leyden_facts_start (live.facts);
  committed = g_signal_connect (store, "committed", G_CALLBACK (committed_cb), &live);
  g_signal_connect (live.facts, "advanced", G_CALLBACK (advanced_cb), &live);
  begin_s = leyden_bench_now_s ();
  begin_ms = leyden_bench_cpu_ms ();
  clock = g_timeout_add (1000 / LIVE_TICKS, tick_cb, &live);
  while (leyden_bench_now_s () - begin_s < seconds)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (clock);
  leyden_bench_add (bench, "append-10000", "points_per_s", "1/s", (double) live.n_points / (leyden_bench_now_s () - begin_s));
  while (live.n_open > 0 || live.committed.length > 0)
    g_main_context_iteration (NULL, TRUE);
  leyden_bench_add (bench, "append-10000", "cpu_us", "µs", (leyden_bench_cpu_ms () - begin_ms) * 1000 / (double) MAX (live.n_points, 1));
  g_signal_handler_disconnect (store, committed);
  leyden_facts_stop (live.facts);
  g_object_unref (live.facts);
  leyden_sqlite_store_close (store);
  return live.failed ? LEYDEN_EXIT_FILE : LEYDEN_EXIT_OK;
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

/* A chart of as many points as there are rollouts: its first frame, frames while one pans, points that keep coming. */
static int
measure_window (LeydenBench *bench)
{
  g_autofree char *window = leyden_bench_find_window ();
  g_autofree char *n_points = g_strdup_printf ("%u", leyden_bench_get_size (bench, ROLLOUTS));
  g_autoptr(LeydenValue) figures = NULL;
  LeydenValue *cases;

  if (window == NULL)
    return LEYDEN_EXIT_FILE;
  if (!leyden_bench_has_display ())
    return LEYDEN_EXIT_FAILED;
  figures = leyden_bench_run_window (window, (const char *[]) { "dashboards", "--nodes", n_points, NULL });
  cases = leyden_value_get_member (figures, "cases");
  for (guint i = 0; i < leyden_value_get_size (cases); i++)
    {
      LeydenValue *one = leyden_value_get_item (cases, i);
      const char *name = leyden_value_get_member_string (one, "case", "chart");

      take_list (bench, name, one, "first_paint_ms", "ms");
      take_list (bench, name, one, "frame_ms", "ms");
      take_list (bench, name, one, "points_per_s", "1/s");
      take_list (bench, name, one, "stall_ms", "ms");
      take_list (bench, name, one, "stall_own_ms", "ms");
      take_list (bench, name, one, "stall_cpu_ms", "ms");
    }
  return leyden_value_get_size (cases) > 0 ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

static gboolean
has_cases (LeydenBench *bench)
{
  const char * const *cases = leyden_bench_get_cases (bench);

  return cases != NULL && cases[0] != NULL;
}

/* Where there is no display, the window is measured only if that was asked for. */
static gboolean
can_show (LeydenBench *bench)
{
  return has_cases (bench) || g_getenv ("DISPLAY") != NULL || g_getenv ("WAYLAND_DISPLAY") != NULL;
}

static gboolean
is_wanted (LeydenBench *bench,
           const char  *name)
{
  return !has_cases (bench) || g_strv_contains (leyden_bench_get_cases (bench), name);
}

int
leyden_bench_dashboards (LeydenBench *bench)
{
  int status = is_wanted (bench, "append") ? measure_live (bench) : LEYDEN_EXIT_OK;

  if (status == LEYDEN_EXIT_OK && is_wanted (bench, "ask"))
    status = measure_asking (bench);
  if (status == LEYDEN_EXIT_OK && is_wanted (bench, "window") && can_show (bench))
    status = measure_window (bench);
  /* In a run of all cases only where it is named. */
  if (status == LEYDEN_EXIT_OK && is_wanted (bench, "peer") && (has_cases (bench) || leyden_bench_get_text (bench, "peer") != NULL))
    status = leyden_bench_peer (bench);
  return status;
}
