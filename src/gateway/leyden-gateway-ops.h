/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"
#include "leyden-metrics.h"

G_BEGIN_DECLS

/* What the backend tells those who operate it: figures, whether it is ready, a line for a request, traces. */

/* Rows of the table in leyden-gateway-metrics.c. */
typedef enum
{
  LEYDEN_FIGURE_BUILD_INFO,
  LEYDEN_FIGURE_HTTP_REQUESTS,          /* method, route, code */
  LEYDEN_FIGURE_HTTP_SECONDS,           /* group */
  LEYDEN_FIGURE_HTTP_IN_FLIGHT,
  LEYDEN_FIGURE_HTTP_CONNECTIONS,
  LEYDEN_FIGURE_EVENT_STREAMS,
  LEYDEN_FIGURE_PROXY_IN_FLIGHT,
  LEYDEN_FIGURE_PROXY_PAUSED,
  LEYDEN_FIGURE_PROXY_CALLS,            /* outcome */
  LEYDEN_FIGURE_PROXY_RETRIES,
  LEYDEN_FIGURE_PROXY_SECONDS,
  LEYDEN_FIGURE_PROXY_TOKENS,           /* direction */
  LEYDEN_FIGURE_AGL_EVENTS,             /* type */
  LEYDEN_FIGURE_AGL_OPEN,               /* state */
  LEYDEN_FIGURE_RUNS_ACTIVE,
  LEYDEN_FIGURE_ROLLOUTS_ACTIVE,
  LEYDEN_FIGURE_EXPERIMENTS_ACTIVE,
  LEYDEN_FIGURE_LEASES,
  LEYDEN_FIGURE_ROLLOUTS_STARTED,
  LEYDEN_FIGURE_ROLLOUTS_FINISHED,      /* state */
  LEYDEN_FIGURE_NODES_FINISHED,         /* state */
  LEYDEN_FIGURE_MODEL_CALLS,            /* outcome, simulated */
  LEYDEN_FIGURE_MODEL_SECONDS,
  LEYDEN_FIGURE_MODEL_TOKENS,           /* direction, simulated */
  LEYDEN_FIGURE_MODEL_COST,             /* simulated */
  LEYDEN_FIGURE_TOOL_CALLS,             /* outcome */
  LEYDEN_FIGURE_NODE_RETRIES,
  LEYDEN_FIGURE_NODE_WAITS,             /* reason */
  LEYDEN_FIGURE_CACHE_HITS,             /* of */
  LEYDEN_FIGURE_REWARDS,
  LEYDEN_FIGURE_REWARD_SUM,
  LEYDEN_FIGURE_FACTS_POSITION,
  LEYDEN_FIGURE_FACTS_BEHIND,
  LEYDEN_FIGURE_MIRRORS,                /* state */
  LEYDEN_FIGURE_MIRROR_LOAD,
  LEYDEN_FIGURE_STORE_COMMITS,
  LEYDEN_FIGURE_STORE_RECORDS,
  LEYDEN_FIGURE_STORE_POSITION,
  LEYDEN_FIGURE_STORE_BYTES,            /* file */
  LEYDEN_FIGURE_STORE_WRITE_SECONDS,
  LEYDEN_FIGURE_BACKUP_TIME,
  LEYDEN_FIGURE_BACKUP_OK,
  LEYDEN_FIGURE_DISK_FREE,
  LEYDEN_FIGURE_LOOP_LAG,
  LEYDEN_FIGURE_READY,
  LEYDEN_FIGURE_TRACE_ROLLOUTS,         /* outcome */
  LEYDEN_FIGURE_TRACE_SPANS,            /* outcome */
  LEYDEN_FIGURE_TRACE_QUEUE,
  LEYDEN_FIGURE_OTLP_REQUESTS,          /* outcome */
  LEYDEN_FIGURE_OTLP_SPANS,             /* outcome */
  LEYDEN_FIGURE_PROCESS_CPU,
  LEYDEN_FIGURE_PROCESS_RESIDENT,
  LEYDEN_FIGURE_PROCESS_OPEN_FDS,
  LEYDEN_FIGURE_PROCESS_MAX_FDS,
  LEYDEN_FIGURE_PROCESS_START,
  LEYDEN_N_FIGURES,
} LeydenFigure;
extern const LeydenMetricRow leyden_figures[LEYDEN_N_FIGURES];

typedef enum
{
  LEYDEN_LOG_REQUESTS_NONE,
  LEYDEN_LOG_REQUESTS_ERRORS,           /* answered with 500 or more */
  LEYDEN_LOG_REQUESTS_ALL,
} LeydenLogRequests;

typedef struct _LeydenTraceExport LeydenTraceExport;

struct _LeydenOps
{
  LeydenGateway     *gateway;           /* borrowed */
  LeydenMetrics     *figures;
  LeydenLogRequests  log_requests;
  guint64            min_free_bytes;
  gulong             committed;
  GSource           *clock;             /* of the loop's lag */
  gint64             clock_due_us;
  gint64             lag_us[10];        /* of the last turns of the clock */
  guint              n_lags;
  LeydenTraceExport *traces;            /* nullable */

  /* Whether the store takes writes, as last tried. */
  GPtrArray         *asking;            /* LeydenHttpExchange that wait for the answer */
  GSource           *ask_limit;
  gboolean           trying;
  gboolean           store_ok;
  gint64             tried_us;          /* when the last try ended; 0: never */
  gint64             try_began_us;
  double             write_ms;
  char              *store_problem;
};

LeydenOps *leyden_ops_new      (LeydenGateway *gateway, const LeydenGatewayOptions *options);
/* Reads what @options name: FALSE with LEYDEN_GATEWAY_ERROR. */
gboolean   leyden_ops_prepare  (LeydenOps *self, const LeydenGatewayOptions *options, GError **error);
void       leyden_ops_free     (LeydenOps *self);
/* The store is open: from here on figures are counted. */
void       leyden_ops_begin    (LeydenOps *self);
/* The store is about to be closed. */
void       leyden_ops_end      (LeydenOps *self);
/* A LeydenHttpObserver; @data: the LeydenOps. Server thread. */
void       leyden_ops_observe  (LeydenHttpExchange *exchange, guint status, gint64 duration_us, gpointer data);
/* The largest lag of the last turns of the clock. */
double     leyden_ops_lag_ms   (LeydenOps *self);

/* leyden-gateway-metrics.c */
/* Records that are on disk. */
void       leyden_ops_count_records (LeydenOps *self, GPtrArray *records);

/* Sets the figures that are asked of the system. */
void       leyden_ops_look      (LeydenOps *self);

/* leyden-gateway-ready.c */
typedef struct
{
  gboolean ok;
  guint64  free_bytes;
} LeydenDiskCheck;
LeydenDiskCheck leyden_ops_check_disk (LeydenOps *self);
/* Requests that wait for their answer, at all doors. */
guint           leyden_ops_count_handling (LeydenOps *self);
void            leyden_ops_drop_asking (LeydenOps *self);

/* leyden-trace-export.c */
/* "Name: value" a line, as name, value, …; NULL-terminated. (transfer full) */
char             **leyden_trace_export_read_headers (const char *path, GError **error);
/* @endpoint: http://host:4318, or the whole address. Takes @headers (nullable). @service NULL: "leyden". */
LeydenTraceExport *leyden_trace_export_new   (LeydenOps *ops, const char *endpoint, char **headers, const char *service);
void               leyden_trace_export_free  (LeydenTraceExport *self);
/* A rollout has ended: its records are read and sent when there is time. */
void               leyden_trace_export_add   (LeydenTraceExport *self, const char *rollout);
/* Sends what waits, for at most @limit_ms; turns the loop. */
void               leyden_trace_export_flush (LeydenTraceExport *self, guint limit_ms);

G_END_DECLS
