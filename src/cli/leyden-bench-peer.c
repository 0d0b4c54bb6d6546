/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same rollouts and points in MLflow's tracking server, and the same questions to both, in turn. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-bench-facts.h"
#include "leyden-bench-server.h"
#include "leyden-json.h"

#define SCRIPT "/io/github/leyden/Leyden/bench/mlflow-server.py"
/* MLflow sorts this many runs in seconds; the points are as many whatever the rollouts. */
#define ROLLOUTS 5000
#define POINTS   1000000
#define REPETITIONS 5
/* No repetition of a question begins later. */
#define CASE_S   60

typedef struct
{
  LeydenBench       *bench;
  LeydenBenchServer *ours;
  GSubprocess       *process;
  LeydenBenchServer *theirs;
  LeydenValue       *told;              /* by the script, once it serves */
} Peer;

static void
peer_clear (Peer *self)
{
  if (self->process != NULL)
    {
      /* The script ends its server when its input does. */
      g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
      g_subprocess_wait (self->process, NULL, NULL);
    }
  g_clear_object (&self->process);
  g_clear_pointer (&self->theirs, leyden_bench_server_free);
  g_clear_pointer (&self->ours, leyden_bench_server_free);
  g_clear_pointer (&self->told, leyden_value_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Peer, peer_clear)

/* ---- Its server ---- */

/* FALSE with @error: this Python has no MLflow. */
static gboolean
has_mlflow (const char *python,
            GError    **error)
{
  g_autoptr(GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error, python, "-B", "-c",
                                                     "import importlib.util, sys; sys.exit(importlib.util.find_spec('mlflow') is None)", NULL);

  if (process == NULL)
    return FALSE;
  if (g_subprocess_wait (process, NULL, error) && g_subprocess_get_successful (process))
    return TRUE;
  if (error != NULL && *error == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("%s has no MLflow"), python);
  return FALSE;
}

static gboolean
put_script (const char *path,
            GError    **error)
{
  g_autoptr(GBytes) text = g_resources_lookup_data (SCRIPT, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  return text != NULL && g_file_set_contents (path, g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text), error);
}

/* What the script says in its one line; NULL: nothing. */
static LeydenValue *
read_told (GSubprocess *process)
{
  g_autoptr(GDataInputStream) lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree char *line = g_data_input_stream_read_line_utf8 (lines, NULL, NULL, NULL);

  return line != NULL ? leyden_json_parse (line, -1, NULL, NULL) : NULL;
}

/* FALSE with @error: it cannot be measured here. */
static gboolean
start (Peer       *self,
       const char *python,
       GError    **error)
{
  g_autofree char *database = g_build_filename (self->ours->folder, "bench.db", NULL);
  g_autofree char *folder = g_build_filename (self->ours->folder, "peer", NULL);
  g_autofree char *script = g_build_filename (self->ours->folder, "mlflow-server.py", NULL);
  g_autofree char *uri = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0 || !put_script (script, error))
    return FALSE;
  self->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error, python, "-B",
                                    script, database, folder, NULL);
  if (self->process == NULL)
    return FALSE;
  self->told = read_told (self->process);
  uri = g_strdup_printf ("http://127.0.0.1:%" PRId64, leyden_value_get_member_int (self->told, "port", 0));
  self->theirs = leyden_bench_server_beside (uri, leyden_value_get_member_int (self->told, "pid", 0), NULL);
  if (self->theirs == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", leyden_value_get_member_string (self->told, "skipped", _("MLflow’s server did not start")));
  return self->theirs != NULL;
}

/* ---- Questions ---- */

/* The time until the answer is there, whose list @list has @n items or, with 0, some; a negative one after a message. */
static double
ask (LeydenBenchServer *server,
     const char        *path,
     const char        *body,
     const char        *list,
     gsize              n)
{
  double ms;
  g_autoptr(LeydenValue) answer = leyden_bench_server_ask (server, path, body, &ms);
  gsize size = leyden_value_get_size (leyden_value_lookup_pointer (answer, list));

  if (answer == NULL)
    return -1;
  if (n > 0 ? size == n : size > 0)
    return ms;
  leyden_cli_say ("%s: %" G_GSIZE_FORMAT " × %s", path, size, list);
  return -1;
}

/* One question to both of them, in turn. @n: of the items that both give; 0: each gives what it thinks right. FALSE after a message. */
static gboolean
compare (Peer       *self,
         const char *name,
         const char *our_path,
         const char *our_body,
         const char *our_list,
         const char *their_path,
         const char *their_body,
         const char *their_list,
         gsize       n)
{
  g_autofree char *their_name = g_strconcat ("mlflow/", name, NULL);
  g_autofree char *our_name = g_strconcat ("peer/", name, NULL);
  double end_s = leyden_bench_now_s () + CASE_S;

  for (guint i = 0; i < REPETITIONS && (i == 0 || leyden_bench_now_s () < end_s); i++)
    {
      double ours = ask (self->ours, our_path, our_body, our_list, n);
      double theirs = ours < 0 ? -1 : ask (self->theirs, their_path, their_body, their_list, n);

      if (theirs < 0)
        return FALSE;
      leyden_bench_add (self->bench, our_name, "answer_ms", "ms", ours);
      leyden_bench_add (self->bench, their_name, "answer_ms", "ms", theirs);
      leyden_bench_add (self->bench, their_name, "times_ours", "×", theirs / ours);
    }
  return TRUE;
}

/* A page of the table of rollouts, or of runs. */
static gboolean
compare_tables (Peer  *self,
                guint  n_rollouts)
{
  static const struct { const char *name, *ours, *order, *filter; } cases[] = {
    { "table-first", "\"sort\":[[\"started\",\"desc\"]]", "attributes.start_time DESC", "" },
    { "table-filter", "\"sort\":[[\"started\",\"desc\"]],\"filter\":[[\"state\",\"=\",\"failed\"]]", "attributes.start_time DESC",
      "attributes.status = 'FAILED'" },
    { "table-filter-reward", "\"sort\":[[\"reward\",\"asc\"]],\"filter\":[[\"reward\",\">\",0.9]]", "metrics.reward ASC", "metrics.reward > 0.9" },
    { "table-sort", "\"sort\":[[\"cost\",\"desc\"]]", "metrics.cost DESC", "" },
  };
  const char *experiment = leyden_value_get_member_string (self->told, "experiment", "");
  gsize page = CLAMP (n_rollouts / 25, 1, 200);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *ours = g_strdup_printf ("{%s,\"limit\":%" G_GSIZE_FORMAT "}", cases[i].ours, page);
      g_autofree char *theirs = g_strdup_printf ("{\"experiment_ids\":[\"%s\"],\"max_results\":%" G_GSIZE_FORMAT ",\"order_by\":[\"%s\"],\"filter\":\"%s\"}", experiment,
                                                 page, cases[i].order, cases[i].filter);

      if (!compare (self, cases[i].name, "/leyden/v1/rollouts/query", ours, "/rows", "/api/2.0/mlflow/runs/search", theirs, "/runs", page))
        return FALSE;
    }
  return TRUE;
}

/* The chart of all points: 300 stretches of time of each of eight series, and what MLflow's own page asks for. */
static gboolean
compare_chart (Peer *self)
{
  g_autoptr(GString) path = g_string_new ("/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?metric_key=bench&max_results=300");
  LeydenValue *series = leyden_value_get_member (self->told, "series");

  for (guint i = 0; i < leyden_value_get_size (series); i++)
    g_string_append_printf (path, "&run_ids=%s", leyden_value_get_string (leyden_value_get_item (series, i), NULL));
  return compare (self, "chart-points", "/leyden/v1/insights/query",
                  "{\"queries\":[{\"metric\":\"point:bench\",\"aggregation\":\"mean\",\"shape\":\"time\",\"from\":0,\"buckets\":300,\"split\":[\"flow\"]}]}",
                  "/results/0/series", path->str, NULL, "/metrics", 0);
}

int
leyden_bench_peer (LeydenBench *bench)
{
  const char *python = leyden_bench_get_text (bench, "peer");
  guint n_rollouts = leyden_bench_get_size (bench, ROLLOUTS);
  LeydenBenchFacts facts = { n_rollouts, MAX (POINTS / n_rollouts, 1) };
  g_auto(Peer) self = { .bench = bench };
  g_autoptr(GError) error = NULL;

  if (python == NULL)
    {
      leyden_cli_say (_("MLflow is not measured: --peer names a Python that has it."));
      return LEYDEN_EXIT_OK;
    }
  if (!has_mlflow (python, &error))
    {
      leyden_cli_say (_("MLflow is not measured: %s"), error->message);
      return LEYDEN_EXIT_OK;
    }
  self.ours = leyden_bench_server_start_over (leyden_bench_facts_fill, &facts, &error);
  if (self.ours == NULL)
    return leyden_cli_fail (error);
  if (!start (&self, python, &error))
    {
      leyden_cli_say (_("MLflow is not measured: %s"), error->message);
      return LEYDEN_EXIT_OK;
    }
  leyden_cli_say (_("MLflow %s holds the same %u rollouts and %u points."), leyden_value_get_member_string (self.told, "version", "?"), n_rollouts,
                  (guint) leyden_value_get_member_int (self.told, "points", 0));
  if (!compare_tables (&self, n_rollouts) || !compare_chart (&self))
    return LEYDEN_EXIT_FAILED;
  leyden_bench_add (bench, "peer/database", "rss_mib", "MiB", leyden_bench_server_rss_mib (self.ours));
  leyden_bench_add (bench, "mlflow/database", "rss_mib", "MiB", leyden_bench_server_rss_mib (self.theirs));
  return LEYDEN_EXIT_OK;
}
