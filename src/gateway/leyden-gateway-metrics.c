/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /metrics: what was counted, and what is asked of the system when somebody looks. Labels come from tables of ours, never from outside. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-backups.h"
#include "leyden-gateway-ops.h"
#include "leyden-mirror.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-store-agl.h"

const LeydenMetricRow leyden_figures[LEYDEN_N_FIGURES] = {
  [LEYDEN_FIGURE_BUILD_INFO] = { LEYDEN_METRIC_GAUGE, "leyden_build_info", "Versions; always 1", { "version", "http_library", "store_library" }, NULL },
  [LEYDEN_FIGURE_HTTP_REQUESTS] = { LEYDEN_METRIC_COUNTER, "leyden_http_requests_total", "Requests that were answered; route \"none\": refused before one was found",
                                    { "method", "route", "code" }, NULL },
  [LEYDEN_FIGURE_HTTP_SECONDS] = { LEYDEN_METRIC_HISTOGRAM, "leyden_http_request_duration_seconds", "From the request line to the head of the answer",
                                   { "group" }, leyden_metric_seconds },
  [LEYDEN_FIGURE_HTTP_IN_FLIGHT] = { LEYDEN_METRIC_GAUGE, "leyden_http_requests_in_flight", "Requests that wait for their answer", { NULL }, NULL },
  [LEYDEN_FIGURE_HTTP_CONNECTIONS] = { LEYDEN_METRIC_GAUGE, "leyden_http_connections", "Open connections", { NULL }, NULL },
  [LEYDEN_FIGURE_EVENT_STREAMS] = { LEYDEN_METRIC_GAUGE, "leyden_event_streams", "Clients that follow events", { NULL }, NULL },
  [LEYDEN_FIGURE_PROXY_IN_FLIGHT] = { LEYDEN_METRIC_GAUGE, "leyden_proxy_calls_in_flight", "Model calls of agents under training that are under way", { NULL }, NULL },
  [LEYDEN_FIGURE_PROXY_PAUSED] = { LEYDEN_METRIC_GAUGE, "leyden_proxy_paused", "1 while the proxy is paused", { NULL }, NULL },
  [LEYDEN_FIGURE_PROXY_CALLS] = { LEYDEN_METRIC_COUNTER, "leyden_proxy_calls_total", "Model calls of agents that were recorded", { "outcome" }, NULL },
  [LEYDEN_FIGURE_PROXY_RETRIES] = { LEYDEN_METRIC_COUNTER, "leyden_proxy_retries_total", "Further tries of those calls", { NULL }, NULL },
  [LEYDEN_FIGURE_PROXY_SECONDS] = { LEYDEN_METRIC_HISTOGRAM, "leyden_proxy_call_duration_seconds", "Duration of those calls, all tries together",
                                    { NULL }, leyden_metric_seconds },
  [LEYDEN_FIGURE_PROXY_TOKENS] = { LEYDEN_METRIC_COUNTER, "leyden_proxy_tokens_total", "Tokens of those calls", { "direction" }, NULL },
  [LEYDEN_FIGURE_AGL_EVENTS] = { LEYDEN_METRIC_COUNTER, "leyden_agl_events_total", "Events of agents that are on disk", { "type" }, NULL },
  [LEYDEN_FIGURE_AGL_OPEN] = { LEYDEN_METRIC_GAUGE, "leyden_agl_rollouts", "Rollouts of agents that wait for a worker, and that are under way", { "state" }, NULL },
  [LEYDEN_FIGURE_RUNS_ACTIVE] = { LEYDEN_METRIC_GAUGE, "leyden_runs_active", "Runs under way", { NULL }, NULL },
  [LEYDEN_FIGURE_ROLLOUTS_ACTIVE] = { LEYDEN_METRIC_GAUGE, "leyden_rollouts_active", "Rollouts of those runs under way", { NULL }, NULL },
  [LEYDEN_FIGURE_EXPERIMENTS_ACTIVE] = { LEYDEN_METRIC_GAUGE, "leyden_experiments_active", "Trainings under way and not paused", { NULL }, NULL },
  [LEYDEN_FIGURE_LEASES] = { LEYDEN_METRIC_GAUGE, "leyden_leases_active", "Rollouts that workers hold", { NULL }, NULL },
  [LEYDEN_FIGURE_ROLLOUTS_STARTED] = { LEYDEN_METRIC_COUNTER, "leyden_rollouts_started_total", "Rollouts that began, of runs and of agents", { NULL }, NULL },
  [LEYDEN_FIGURE_ROLLOUTS_FINISHED] = { LEYDEN_METRIC_COUNTER, "leyden_rollouts_finished_total", "Rollouts that ended", { "state" }, NULL },
  [LEYDEN_FIGURE_NODES_FINISHED] = { LEYDEN_METRIC_COUNTER, "leyden_nodes_finished_total", "Nodes that ended", { "state" }, NULL },
  [LEYDEN_FIGURE_MODEL_CALLS] = { LEYDEN_METRIC_COUNTER, "leyden_model_calls_total", "Model calls of nodes", { "outcome", "simulated" }, NULL },
  [LEYDEN_FIGURE_MODEL_SECONDS] = { LEYDEN_METRIC_HISTOGRAM, "leyden_model_call_duration_seconds", "Duration of those that were answered and not simulated",
                                    { NULL }, leyden_metric_seconds },
  [LEYDEN_FIGURE_MODEL_TOKENS] = { LEYDEN_METRIC_COUNTER, "leyden_model_tokens_total", "Tokens of those calls", { "direction", "simulated" }, NULL },
  [LEYDEN_FIGURE_MODEL_COST] = { LEYDEN_METRIC_COUNTER, "leyden_model_cost_total", "What those calls cost by the list of prices, in its currency",
                                 { "simulated" }, NULL },
  [LEYDEN_FIGURE_TOOL_CALLS] = { LEYDEN_METRIC_COUNTER, "leyden_tool_calls_total", "Tool calls of nodes", { "outcome" }, NULL },
  [LEYDEN_FIGURE_NODE_RETRIES] = { LEYDEN_METRIC_COUNTER, "leyden_node_retries_total", "Further tries of nodes", { NULL }, NULL },
  [LEYDEN_FIGURE_NODE_WAITS] = { LEYDEN_METRIC_COUNTER, "leyden_node_waits_total", "How often nodes waited for something", { "reason" }, NULL },
  [LEYDEN_FIGURE_CACHE_HITS] = { LEYDEN_METRIC_COUNTER, "leyden_cache_hits_total", "Answers from the cache, of whole nodes and of model calls", { "of" }, NULL },
  [LEYDEN_FIGURE_REWARDS] = { LEYDEN_METRIC_COUNTER, "leyden_rewards_total", "Rewards that are numbers, of flows and of agents", { NULL }, NULL },
  [LEYDEN_FIGURE_REWARD_SUM] = { LEYDEN_METRIC_GAUGE, "leyden_reward_sum", "Their sum; falls where they are negative", { NULL }, NULL },
  [LEYDEN_FIGURE_FACTS_POSITION] = { LEYDEN_METRIC_GAUGE, "leyden_facts_position", "Position of the log up to which dashboards know it", { NULL }, NULL },
  [LEYDEN_FIGURE_FACTS_BEHIND] = { LEYDEN_METRIC_GAUGE, "leyden_facts_behind", "Records that dashboards do not know yet", { NULL }, NULL },
  [LEYDEN_FIGURE_MIRRORS] = { LEYDEN_METRIC_GAUGE, "leyden_mirrors", "Servers of others that are followed", { "state" }, NULL },
  [LEYDEN_FIGURE_MIRROR_LOAD] = { LEYDEN_METRIC_GAUGE, "leyden_mirror_load_ratio", "Share of its time that the busiest of them spends on our questions",
                                  { NULL }, NULL },
  [LEYDEN_FIGURE_STORE_COMMITS] = { LEYDEN_METRIC_COUNTER, "leyden_store_commits_total", "Transactions with records of rollouts", { NULL }, NULL },
  [LEYDEN_FIGURE_STORE_RECORDS] = { LEYDEN_METRIC_COUNTER, "leyden_store_records_total", "Records that are on disk", { NULL }, NULL },
  [LEYDEN_FIGURE_STORE_POSITION] = { LEYDEN_METRIC_GAUGE, "leyden_store_position", "Position of the last record that this process wrote", { NULL }, NULL },
  [LEYDEN_FIGURE_STORE_BYTES] = { LEYDEN_METRIC_GAUGE, "leyden_store_bytes", "Size of the database and of its write-ahead log", { "file" }, NULL },
  [LEYDEN_FIGURE_STORE_WRITE_SECONDS] = { LEYDEN_METRIC_GAUGE, "leyden_store_write_seconds", "How long the last trial write took, its sync included", { NULL }, NULL },
  [LEYDEN_FIGURE_BACKUP_TIME] = { LEYDEN_METRIC_GAUGE, "leyden_backup_last_timestamp_seconds", "End of the last backup, seconds since the epoch; 0: none", { NULL }, NULL },
  [LEYDEN_FIGURE_BACKUP_OK] = { LEYDEN_METRIC_GAUGE, "leyden_backup_last_sound", "1 when the last backup is whole and its drill, if there was one, passed", { NULL }, NULL },
  [LEYDEN_FIGURE_DISK_FREE] = { LEYDEN_METRIC_GAUGE, "leyden_disk_free_bytes", "Space where the database is", { NULL }, NULL },
  [LEYDEN_FIGURE_LOOP_LAG] = { LEYDEN_METRIC_GAUGE, "leyden_loop_lag_seconds", "The largest delay of the main loop in the last ten seconds", { NULL }, NULL },
  [LEYDEN_FIGURE_READY] = { LEYDEN_METRIC_GAUGE, "leyden_ready", "0 while it is about to end or the last trial write failed", { NULL }, NULL },
  [LEYDEN_FIGURE_TRACE_ROLLOUTS] = { LEYDEN_METRIC_COUNTER, "leyden_trace_rollouts_total", "Rollouts for the export of traces; \"dropped\": the queue was full, \"cut\": longer than goes out",
                                     { "outcome" }, NULL },
  [LEYDEN_FIGURE_TRACE_SPANS] = { LEYDEN_METRIC_COUNTER, "leyden_trace_spans_total", "Spans that the collector took, refused, or never got", { "outcome" }, NULL },
  [LEYDEN_FIGURE_TRACE_QUEUE] = { LEYDEN_METRIC_GAUGE, "leyden_trace_queue", "Rollouts that wait for their export", { NULL }, NULL },
  [LEYDEN_FIGURE_OTLP_REQUESTS] = { LEYDEN_METRIC_COUNTER, "leyden_otlp_requests_total", "Requests with spans of other programs", { "outcome" }, NULL },
  [LEYDEN_FIGURE_OTLP_SPANS] = { LEYDEN_METRIC_COUNTER, "leyden_otlp_spans_total", "Spans of other programs", { "outcome" }, NULL },
  [LEYDEN_FIGURE_PROCESS_CPU] = { LEYDEN_METRIC_COUNTER, "process_cpu_seconds_total", "Processor time of user and system", { NULL }, NULL },
  [LEYDEN_FIGURE_PROCESS_RESIDENT] = { LEYDEN_METRIC_GAUGE, "process_resident_memory_bytes", "Resident memory", { NULL }, NULL },
  [LEYDEN_FIGURE_PROCESS_OPEN_FDS] = { LEYDEN_METRIC_GAUGE, "process_open_fds", "Open file descriptors", { NULL }, NULL },
  [LEYDEN_FIGURE_PROCESS_MAX_FDS] = { LEYDEN_METRIC_GAUGE, "process_max_fds", "How many there may be", { NULL }, NULL },
  [LEYDEN_FIGURE_PROCESS_START] = { LEYDEN_METRIC_GAUGE, "process_start_time_seconds", "Start of the backend, seconds since the epoch", { NULL }, NULL },
};

/* ---- What the log says ---- */

static void
count_usage (LeydenOps    *self,
             LeydenFigure  figure,
             LeydenValue  *usage,
             const char   *simulated)
{
  double input = (double)leyden_value_get_member_int (usage, "prompt_tokens", 0);
  double output = (double)leyden_value_get_member_int (usage, "completion_tokens", 0);

  /* A counter never falls, whatever a server says that it used. */
  leyden_metrics_add (self->figures, figure, MAX (input, 0), "input", simulated, NULL);
  leyden_metrics_add (self->figures, figure, MAX (output, 0), "output", simulated, NULL);
}

/* What is no number, or none that there is, is no reward. */
static void
count_reward (LeydenOps   *self,
              LeydenValue *data)
{
  double value;

  if (!leyden_value_get_double (leyden_value_get_member (data, "value"), &value) || !isfinite (value))
    return;
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_REWARDS, 1, NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_REWARD_SUM, leyden_metrics_get (self->figures, LEYDEN_FIGURE_REWARD_SUM, NULL) + value, NULL);
}

static void
count_agl_event (LeydenOps    *self,
                 LeydenRecord *record)
{
  const char *type = leyden_value_get_member_string (record->payload, "event_type", "");
  LeydenValue *data = leyden_value_get_member (record->payload, "data");
  gboolean call = strcmp (type, "model_request") == 0;
  gboolean ok;

  leyden_metrics_add (self->figures, LEYDEN_FIGURE_AGL_EVENTS, 1, call ? "model_request" : strcmp (type, "reward") == 0 ? "reward" : "other", NULL);
  if (strcmp (type, "reward") == 0)
    count_reward (self, data);
  /* An agent may post an event of that type itself. */
  if (!call || strcmp (record->actor, "proxy") != 0)
    return;
  ok = strcmp (leyden_value_get_member_string (data, "status", ""), "ok") == 0;
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_PROXY_CALLS, 1, ok ? "ok" : "error", NULL);
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_PROXY_RETRIES, (double)MAX (leyden_value_get_member_int (data, "retry_count", 0), 0), NULL);
  leyden_metrics_observe (self->figures, LEYDEN_FIGURE_PROXY_SECONDS, leyden_value_get_member_double (data, "latency_ms", 0) / 1000, NULL);
  count_usage (self, LEYDEN_FIGURE_PROXY_TOKENS, leyden_value_get_member (data, "usage"), NULL);
}

static void
count_model_response (LeydenOps    *self,
                      LeydenRecord *record)
{
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  const char *simulated = leyden_value_get_member_boolean (answer, "simulated", FALSE) ? "true" : "false";
  double cost;

  leyden_metrics_add (self->figures, LEYDEN_FIGURE_MODEL_CALLS, 1, answer != NULL ? "ok" : "error", simulated, NULL);
  if (answer == NULL)
    return;
  count_usage (self, LEYDEN_FIGURE_MODEL_TOKENS, leyden_value_get_member (answer, "usage"), simulated);
  cost = leyden_value_get_member_double (answer, "cost", 0);
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_MODEL_COST, isfinite (cost) ? MAX (cost, 0) : 0, simulated, NULL);
  if (*simulated == 'f')
    leyden_metrics_observe (self->figures, LEYDEN_FIGURE_MODEL_SECONDS, leyden_value_get_member_double (answer, "latency_ms", 0) / 1000, NULL);
}

/* A label from a table of ours. */
static const char *
known_word (const char * const *words,
            const char         *word)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (strcmp (words[i], word) == 0)
      return words[i];
  return "other";
}

static const char *
known_state (const char *state)
{
  static const char * const states[] = { "succeeded", "failed", "cancelled", NULL };

  return known_word (states, state);
}

static const char *
known_reason (const char *reason)
{
  static const char * const reasons[] = { "rate-limit", "retry", "lease", "human", "decision", "breakpoint", "queue", NULL };

  return known_word (reasons, reason);
}

/* What happened elsewhere or before: the log of a rollout that came as a file, spans of other programs, calls that a fork has from another. */
static gboolean
is_of_before (LeydenOps    *self,
              LeydenRecord *record)
{
  return strcmp (record->type, "agl.event") != 0
         && (strcmp (record->actor, "otlp") == 0 || record->time_ns < self->gateway->started_ns
             || (strcmp (record->type, "model.response") == 0 && leyden_value_get_member (record->payload, "from") != NULL));
}

static gboolean
is_error (LeydenValue *payload)
{
  LeydenValue *error = leyden_value_get_member (payload, "error");

  return error != NULL && !leyden_value_is_null (error);
}

static void
count_record (LeydenOps    *self,
              LeydenRecord *record)
{
  const char *type = record->type;

  if (strcmp (type, "agl.event") == 0)
    count_agl_event (self, record);
  else if (strcmp (type, "model.response") == 0)
    count_model_response (self, record);
  else if (strcmp (type, "rollout.started") == 0)
    leyden_metrics_add (self->figures, LEYDEN_FIGURE_ROLLOUTS_STARTED, 1, NULL);
  else if (strcmp (type, "rollout.finished") == 0)
    leyden_metrics_add (self->figures, LEYDEN_FIGURE_ROLLOUTS_FINISHED, 1,
                        known_state (leyden_value_get_member_string (record->payload, "state", "")), NULL);
  else if (strcmp (type, "node.finished") == 0 || strcmp (type, "node.failed") == 0 || strcmp (type, "node.skipped") == 0
           || strcmp (type, "node.cancelled") == 0)
    leyden_metrics_add (self->figures, LEYDEN_FIGURE_NODES_FINISHED, 1, type + strlen ("node."), NULL);
  else if (strcmp (type, "node.retried") == 0)
    leyden_metrics_add (self->figures, LEYDEN_FIGURE_NODE_RETRIES, 1, NULL);
  else if (strcmp (type, "node.waiting") == 0)
    leyden_metrics_add (self->figures, LEYDEN_FIGURE_NODE_WAITS, 1,
                        known_reason (leyden_value_get_member_string (record->payload, "reason", "queue")), NULL);
  else if (strcmp (type, "tool.returned") == 0)
    leyden_metrics_add (self->figures, LEYDEN_FIGURE_TOOL_CALLS, 1, is_error (record->payload) ? "error" : "ok", NULL);
  else if (strcmp (type, "cache.hit") == 0)
    leyden_metrics_add (self->figures, LEYDEN_FIGURE_CACHE_HITS, 1,
                        leyden_value_get_member (record->payload, "cache") != NULL ? "node" : "call", NULL);
  else if (strcmp (type, "reward") == 0)
    count_reward (self, record->payload);
}

void
leyden_ops_count_records (LeydenOps *self,
                          GPtrArray *records)
{
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (is_of_before (self, record))
        continue;
      count_record (self, record);
      if (self->traces != NULL && strcmp (record->type, "rollout.finished") == 0)
        leyden_trace_export_add (self->traces, record->rollout);
    }
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_STORE_COMMITS, 1, NULL);
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_STORE_RECORDS, records->len, NULL);
  if (records->len > 0)
    leyden_metrics_set (self->figures, LEYDEN_FIGURE_STORE_POSITION,
                        (double)((LeydenRecord *)g_ptr_array_index (records, records->len - 1))->position, NULL);
}

/* ---- What is asked now ---- */

static double
count_descriptors (void)
{
  g_autoptr(GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;
  /* The folder's own is among them. */
  return n > 0 ? n - 1 : 0;
}

static double
resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long size, resident;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) || sscanf (text, "%lu %lu", &size, &resident) != 2)
    return 0;
  return (double)resident * (double)sysconf (_SC_PAGESIZE);
}

static void
set_process (LeydenOps *self)
{
  struct rusage usage = { 0 };
  struct rlimit limit = { 0 };
  double seconds, before;

  getrusage (RUSAGE_SELF, &usage);
  getrlimit (RLIMIT_NOFILE, &limit);
  seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  before = leyden_metrics_get (self->figures, LEYDEN_FIGURE_PROCESS_CPU, NULL);
  leyden_metrics_add (self->figures, LEYDEN_FIGURE_PROCESS_CPU, MAX (seconds - before, 0), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_PROCESS_RESIDENT, resident_bytes (), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_PROCESS_OPEN_FDS, count_descriptors (), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_PROCESS_MAX_FDS, (double)limit.rlim_cur, NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_PROCESS_START, (double)self->gateway->started_ns / 1e9, NULL);
}

static double
file_size (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 ? (double)status.st_size : 0;
}

static void
set_store (LeydenOps *self)
{
  g_autofree char *log = g_strconcat (self->gateway->database, "-wal", NULL);
  LeydenDiskCheck disk = leyden_ops_check_disk (self);

  leyden_metrics_set (self->figures, LEYDEN_FIGURE_STORE_BYTES, file_size (self->gateway->database), "database", NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_STORE_BYTES, file_size (log), "log", NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_STORE_WRITE_SECONDS, self->write_ms / 1000, NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_DISK_FREE, (double)disk.free_bytes, NULL);
}

static void
set_backups (LeydenOps *self)
{
  g_autoptr(LeydenValue) last = self->gateway->backups == NULL ? NULL : leyden_backups_describe_last (self->gateway->backups);
  LeydenValue *drill = leyden_value_get_member (last, "drill");
  gboolean done = strcmp (leyden_value_get_member_string (last, "state", ""), "done") == 0;
  gboolean sound = leyden_value_get_member_boolean (leyden_value_get_member (leyden_value_get_member (last, "manifest"), "check"), "sound", FALSE);

  /* One that is being made is none yet. */
  if (leyden_value_get_member_int (last, "finished", 0) == 0)
    return;
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_BACKUP_TIME, (double)leyden_value_get_member_int (last, "finished", 0) / 1e9, NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_BACKUP_OK,
                      done && sound && (leyden_value_is_null (drill) || leyden_value_get_member_boolean (drill, "passed", FALSE)), NULL);
}

/* No label says which server it is: whoever adds a mirror gives it its name. */
static void
set_mirrors (LeydenOps *self)
{
  guint n[LEYDEN_MIRROR_UNTRUSTED + 1] = { 0 };
  double load = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->gateway->mirrors);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenMirror *mirror = value;

      n[mirror->state]++;
      load = fmax (load, leyden_mirror_get_load (mirror));
    }
  for (guint i = 0; i < G_N_ELEMENTS (n); i++)
    leyden_metrics_set (self->figures, LEYDEN_FIGURE_MIRRORS, n[i], leyden_mirror_state_to_string (i), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_MIRROR_LOAD, load, NULL);
}

static void
set_facts (LeydenOps *self)
{
  LeydenFacts *facts = self->gateway->facts;
  guint64 position, last;

  if (facts == NULL)
    return;
  position = leyden_facts_get_position (facts);
  last = leyden_facts_get_last (facts);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_FACTS_POSITION, (double)position, NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_FACTS_BEHIND, last > position ? (double)(last - position) : 0, NULL);
}

static guint
count_rollouts (LeydenGateway *gateway)
{
  GHashTableIter iter;
  gpointer active;
  guint n = 0;

  g_hash_table_iter_init (&iter, gateway->active);
  while (g_hash_table_iter_next (&iter, NULL, &active))
    if (((LeydenActiveRun *)active)->rollouts != NULL)
      n += g_hash_table_size (((LeydenActiveRun *)active)->rollouts);
  return n;
}

void
leyden_ops_look (LeydenOps *self)
{
  LeydenGateway *gateway = self->gateway;

  leyden_metrics_set (self->figures, LEYDEN_FIGURE_BUILD_INFO, 1, PACKAGE_VERSION, leyden_http_server_get_library (),
                      leyden_sqlite_store_get_library (), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_HTTP_IN_FLIGHT, leyden_ops_count_handling (self), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_HTTP_CONNECTIONS,
                      leyden_http_server_get_n_connections (gateway->server)
                        + (gateway->local_server != NULL ? leyden_http_server_get_n_connections (gateway->local_server) : 0), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_EVENT_STREAMS, leyden_event_hub_get_n_clients (gateway->hub), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_PROXY_IN_FLIGHT, leyden_proxy_get_n_inflight (gateway->proxy), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_PROXY_PAUSED, leyden_proxy_is_paused (gateway->proxy), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_RUNS_ACTIVE, g_hash_table_size (gateway->active), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_ROLLOUTS_ACTIVE, count_rollouts (gateway), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_EXPERIMENTS_ACTIVE, leyden_gateway_count_experiments (gateway), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_LOOP_LAG, leyden_ops_lag_ms (self) / 1000, NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_READY, !gateway->stopping && (self->store_ok || self->tried_us == 0), NULL);
  leyden_metrics_set (self->figures, LEYDEN_FIGURE_LEASES, gateway->n_leases, NULL);
  set_facts (self);
  set_mirrors (self);
  set_store (self);
  set_backups (self);
  set_process (self);
}

typedef struct
{
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
} Ask;

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree Ask *ask = user_data;
  g_autoptr(LeydenGateway) gateway = ask->gateway;
  g_autoptr(LeydenHttpExchange) exchange = ask->exchange;
  g_autofree LeydenAglOpen *open = leyden_sqlite_store_agl_count_finish (LEYDEN_SQLITE_STORE (object), result, NULL);
  LeydenOps *self = gateway->ops;
  g_autoptr(GBytes) body = NULL;
  char *text;

  /* The end came between; whoever asked is told so by the server. */
  if (gateway->server == NULL)
    return;
  /* Without a count the last one stands: figures are asked for when something is wrong. */
  if (open != NULL)
    {
      leyden_metrics_set (self->figures, LEYDEN_FIGURE_AGL_OPEN, (double)open->n_queuing, "queuing", NULL);
      leyden_metrics_set (self->figures, LEYDEN_FIGURE_AGL_OPEN, (double)open->n_running, "running", NULL);
    }
  leyden_ops_look (self);
  text = leyden_metrics_write (self->figures);
  body = g_bytes_new_take (text, strlen (text));
  leyden_http_exchange_respond (exchange, 200, LEYDEN_METRICS_TYPE, body);
}

void
leyden_gateway_get_metrics (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  Ask *ask = g_new (Ask, 1);

  *ask = (Ask) { g_object_ref (self), leyden_http_exchange_ref (exchange) };
  leyden_sqlite_store_agl_count_async (self->store, counted_cb, ask);
}
