/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <malloc.h>
#include <sys/stat.h>

#include "leyden-bench-executors.h"
#include "leyden-catalog.h"
#include "leyden-engine.h"
#include "leyden-facts.h"
#include "leyden-json.h"
#include "leyden-models.h"
#include "leyden-nodes.h"
#include "leyden-secrets.h"

#define FLOW "/io/github/leyden/Leyden/bench/ten.leyden"
#define REPETITIONS 7
#define SECONDS 0.7
/* In flight while runs are counted; durable ones need enough to fill a group commit. */
#define IN_FLIGHT 64
#define IN_FLIGHT_DURABLE 512
#define IN_FLIGHT_MEMORY 1000
/* Nodes between input and output of the flow that only copies: ten in all. */
#define PASS_NODES 8

/* An engine with what it needs, over a store or without one. */
typedef struct
{
  LeydenSecrets *secrets;
  LeydenModels  *models;
  LeydenEngine  *engine;
  LeydenPlan    *plan;
  LeydenValue   *input;
  guint          in_flight;             /* aim */
  guint          n_open;
  guint64        n_done;
  guint64        n_failed;
  gboolean       stopping;
} Rig;

static void
rig_clear (Rig *rig)
{
  g_clear_pointer (&rig->plan, leyden_plan_unref);
  g_clear_pointer (&rig->input, leyden_value_unref);
  g_clear_object (&rig->engine);
  g_clear_object (&rig->models);
  g_clear_object (&rig->secrets);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rig, rig_clear)

static gboolean
rig_init (Rig          *rig,
          LeydenStore  *store,
          LeydenFlow   *flow,
          GError      **error)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());

  rig->secrets = leyden_secrets_new ();
  rig->models = leyden_models_new (rig->secrets);
  rig->engine = leyden_engine_new (types, store);
  leyden_nodes_register (rig->engine, rig->models, LEYDEN_MODEL_TRANSPORT (rig->models));
  rig->input = leyden_json_parse ("{\"who\":\"Ada\"}", -1, NULL, NULL);
  rig->in_flight = store == NULL ? IN_FLIGHT : IN_FLIGHT_DURABLE;
  rig->plan = leyden_plan_new (flow, types, error);
  return rig->plan != NULL;
}

static void rig_start (Rig *rig);

static void
finished_cb (LeydenRollout *rollout,
             Rig           *rig)
{
  g_signal_handlers_disconnect_by_data (rollout, rig);
  rig->n_open--;
  rig->n_done++;
  rig->n_failed += g_strcmp0 (leyden_rollout_get_state (rollout), "succeeded") != 0;
  if (!rig->stopping)
    rig_start (rig);
}

static void
rig_start (Rig *rig)
{
  LeydenRolloutSpec spec = { .plan = rig->plan, .input = rig->input, .seed = 42 };
  g_autoptr(LeydenRollout) rollout = leyden_engine_start_rollout (rig->engine, &spec);

  rig->n_open++;
  g_signal_connect (rollout, "finished", G_CALLBACK (finished_cb), rig);
}

static void
rig_fill (Rig *rig)
{
  rig->stopping = FALSE;
  while (rig->n_open < rig->in_flight)
    rig_start (rig);
}

static void
rig_drain (Rig *rig)
{
  rig->stopping = TRUE;
  while (rig->n_open > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* One repetition: so many seconds of runs, in flight all the time. */
static gboolean
measure_rate (LeydenBench *bench,
              const char  *case_name,
              Rig         *rig,
              double       seconds)
{
  double begin_s, begin_ms;
  guint64 before;

  rig_fill (rig);
  before = rig->n_done;
  begin_s = leyden_bench_now_s ();
  begin_ms = leyden_bench_cpu_ms ();
  while (leyden_bench_now_s () - begin_s < seconds)
    g_main_context_iteration (NULL, TRUE);
  leyden_bench_add (bench, case_name, "runs_per_s", "1/s", (double)(rig->n_done - before) / (leyden_bench_now_s () - begin_s));
  leyden_bench_add (bench, case_name, "cpu_us", "µs",
                    (leyden_bench_cpu_ms () - begin_ms) * 1000 / (double)MAX (rig->n_done - before, 1));
  rig_drain (rig);
  if (rig->n_failed == 0)
    return TRUE;
  leyden_cli_say (_("%s: %" PRIu64 " runs failed"), case_name, rig->n_failed);
  return FALSE;
}

/* What a run takes while it is half way through: its `if` node is held. */
static void
measure_memory (LeydenBench *bench,
                const char  *case_name,
                Rig         *rig)
{
  g_autoptr(LeydenBenchHolder) holder = g_object_new (LEYDEN_TYPE_BENCH_HOLDER, NULL);
  struct mallinfo2 before, after;

  leyden_engine_register (rig->engine, "if", LEYDEN_NODE_EXECUTOR (holder));
  rig->stopping = TRUE;
  before = mallinfo2 ();
  for (guint i = 0; i < IN_FLIGHT_MEMORY; i++)
    rig_start (rig);
  while (leyden_bench_holder_get_n_held (holder) < IN_FLIGHT_MEMORY && rig->n_open == IN_FLIGHT_MEMORY)
    g_main_context_iteration (NULL, TRUE);
  after = mallinfo2 ();
  leyden_bench_add (bench, case_name, "bytes_per_run", "B",
                    ((double)after.uordblks + (double)after.hblkhd - (double)before.uordblks - (double)before.hblkhd) / IN_FLIGHT_MEMORY);
  leyden_bench_holder_release (holder);
  rig_drain (rig);
}

static LeydenFlow *
load_ten (GError **error)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data (FLOW, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  return bytes == NULL ? NULL : leyden_flow_parse (bytes, "ten.leyden", error);
}

static gboolean
bench_in_process (LeydenBench *bench,
                  double       seconds,
                  GError     **error)
{
  g_autoptr(LeydenFlow) flow = load_ten (error);
  gboolean done = TRUE;

  for (guint i = 0; i < REPETITIONS && done && flow != NULL; i++)
    {
      g_auto(Rig) rig = { NULL, };

      if (!rig_init (&rig, NULL, flow, error))
        return FALSE;
      done = measure_rate (bench, "in-process", &rig, seconds);
      measure_memory (bench, "in-process", &rig);
    }
  return flow != NULL && done;
}

/* Size of the database with its log, as it is on disk. */
static double
disk_size (LeydenSqliteStore *store)
{
  static const char * const suffixes[] = { "", "-wal" };
  double size = 0;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (leyden_sqlite_store_get_path (store), suffixes[i], NULL);
      struct stat status;

      if (g_stat (path, &status) == 0)
        size += (double)status.st_size;
    }
  return size;
}

/* Until what dashboards ask about has caught up with the log. */
static void
measure_behind (LeydenBench *bench,
                const char  *case_name,
                LeydenFacts *facts)
{
  double begin_s = leyden_bench_now_s ();

  while (!leyden_facts_is_following (facts) || leyden_facts_get_position (facts) < leyden_facts_get_last (facts))
    g_main_context_iteration (NULL, TRUE);
  leyden_bench_add (bench, case_name, "behind_ms", "ms", (leyden_bench_now_s () - begin_s) * 1000);
}

/* @with_facts: while facts are kept up, as they are in a backend. */
static gboolean
measure_durable (LeydenBench *bench,
                 LeydenFlow  *flow,
                 gboolean     with_facts,
                 double       seconds,
                 GError     **error)
{
  const char *case_name = with_facts ? "durable-facts" : "durable";
  g_auto(Rig) rig = { NULL, };
  g_autoptr(LeydenSqliteStore) store = NULL;
  g_autoptr(LeydenFacts) facts = NULL;
  gboolean done;
  double before;
  int status;

  store = leyden_cli_open_store (NULL, LEYDEN_STORE_OPEN_DEFAULT, &status);
  if (store == NULL)
    return FALSE;
  if (with_facts)
    {
      facts = leyden_facts_new (store);
      leyden_facts_start (facts);
    }
  before = disk_size (store);
  done = rig_init (&rig, LEYDEN_STORE (store), flow, error) && measure_rate (bench, case_name, &rig, seconds);
  if (done && with_facts)
    measure_behind (bench, case_name, facts);
  if (done)
    leyden_bench_add (bench, case_name, "disk_bytes_per_run", "B", (disk_size (store) - before) / (double)MAX (rig.n_done, 1));
  rig_clear (&rig);
  if (facts != NULL)
    leyden_facts_stop (facts);
  leyden_sqlite_store_close (store);
  return done;
}

/* In pairs, each first in turn, so that what else the machine does meets both. */
static gboolean
bench_durable (LeydenBench *bench,
               double       seconds,
               GError     **error)
{
  g_autoptr(LeydenFlow) flow = load_ten (error);
  gboolean done = TRUE;

  for (guint i = 0; i < REPETITIONS && done && flow != NULL; i++)
    done = measure_durable (bench, flow, i % 2 == 1, seconds, error) && measure_durable (bench, flow, i % 2 == 0, seconds, error);
  return flow != NULL && done;
}

/* input → eight nodes → output, each copying what it gets. */
static LeydenFlow *
make_pass_through (GError **error)
{
  GString *text = g_string_new ("{\"leyden\":1,\"id\":\"pass\",\"nodes\":[{\"id\":\"n0\",\"type\":\"input\",\"parameters\":{\"fields\":"
                                "[{\"name\":\"who\",\"type\":\"text\"}]}}");
  g_autoptr(GString) edges = g_string_new (NULL);
  g_autoptr(GBytes) bytes = NULL;

  for (guint i = 1; i <= PASS_NODES; i++)
    {
      g_string_append_printf (text, ",{\"id\":\"n%u\",\"type\":\"transform\"}", i);
      g_string_append_printf (edges, "{\"id\":\"e%u\",\"source\":\"n%u\",\"source_port\":\"%s\",\"target\":\"n%u\",\"target_port\":\"value\"},",
                              i, i - 1, i == 1 ? "who" : "result", i);
    }
  g_string_append_printf (text, ",{\"id\":\"n%u\",\"type\":\"output\"}],\"edges\":[%s{\"id\":\"last\",\"source\":\"n%u\",\"source_port\":"
                                "\"result\",\"target\":\"n%u\",\"target_port\":\"result\"}]}",
                          PASS_NODES + 1, edges->str, PASS_NODES, PASS_NODES + 1);
  bytes = g_string_free_to_bytes (text);
  return leyden_flow_parse (bytes, "pass-through", error);
}

static gboolean
bench_pass_through (LeydenBench *bench,
                    double       seconds,
                    GError     **error)
{
  g_autoptr(LeydenFlow) flow = make_pass_through (error);
  g_autoptr(LeydenBenchCopier) copier = g_object_new (LEYDEN_TYPE_BENCH_COPIER, NULL);
  gboolean done = TRUE;

  for (guint i = 0; i < REPETITIONS && done && flow != NULL; i++)
    {
      g_auto(Rig) rig = { NULL, };

      if (!rig_init (&rig, NULL, flow, error))
        return FALSE;
      leyden_engine_register (rig.engine, "transform", LEYDEN_NODE_EXECUTOR (copier));
      done = measure_rate (bench, "pass-through", &rig, seconds);
    }
  return flow != NULL && done;
}

int
leyden_bench_engine (LeydenBench *bench)
{
  double seconds = leyden_bench_get_seconds (bench, SECONDS * REPETITIONS) / REPETITIONS;
  g_autoptr(GError) error = NULL;

  if (bench_in_process (bench, seconds, &error) && bench_durable (bench, seconds, &error)
      && bench_pass_through (bench, seconds, &error))
    return LEYDEN_EXIT_OK;
  return error == NULL ? LEYDEN_EXIT_FAILED : leyden_cli_fail (error);
}
