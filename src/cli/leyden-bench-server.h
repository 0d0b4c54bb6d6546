/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* A server under measurement: a `leydenctl serve` of our own over a temporary database, or one that runs already. */
typedef struct
{
  const char  *prefix;                  /* of its cases: "" or "beside/" */
  guint16      port;
  char        *key;                     /* nullable */
  gint64       pid;                     /* 0: unknown */
  GSubprocess *process;                 /* ours; NULL for one that runs already */
  char        *folder;
} LeydenBenchServer;

/* NULL with @error, when it does not start. */
LeydenBenchServer *leyden_bench_server_start   (GError **error);
/* Over a database that @fill made before. */
typedef gboolean (*LeydenBenchFill) (const char *database, gpointer data, GError **error);
LeydenBenchServer *leyden_bench_server_start_over (LeydenBenchFill fill, gpointer data, GError **error);
/* @uri: http://127.0.0.1:PORT. NULL when it is none. */
LeydenBenchServer *leyden_bench_server_beside  (const char *uri, gint64 pid, const char *key);
/* One of ours is ended and its folder removed. */
void               leyden_bench_server_free    (LeydenBenchServer *self);
/* What it answers to @body (NULL: to a GET), and after how long; NULL after a message: no answer, another status than 200, no JSON. (transfer full) */
LeydenValue       *leyden_bench_server_ask     (LeydenBenchServer *self, const char *path, const char *body, double *ms);
/* CPU time of all its threads so far, in microseconds; 0: unknown. */
double             leyden_bench_server_cpu_us  (LeydenBenchServer *self);
/* Its memory now; 0: unknown. */
double             leyden_bench_server_rss_mib (LeydenBenchServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenBenchServer, leyden_bench_server_free)

/* A model server for measuring a proxy: a thread that answers every request with the same completion, after @delay_ms. */
typedef struct _LeydenBenchUpstream LeydenBenchUpstream;
LeydenBenchUpstream *leyden_bench_upstream_start    (guint delay_ms, GError **error);
void                 leyden_bench_upstream_free     (LeydenBenchUpstream *self);
guint16              leyden_bench_upstream_get_port (LeydenBenchUpstream *self);
/* The most requests that ever waited for their answer at once. */
guint                leyden_bench_upstream_get_most (LeydenBenchUpstream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenBenchUpstream, leyden_bench_upstream_free)

/* With all that is in it. */
void               leyden_bench_remove_folder     (const char *path);

G_END_DECLS
