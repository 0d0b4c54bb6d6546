/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A database full of facts, for benchmarks: rollouts of thirty days of eight flows, and points of one metric "bench" with a series for each flow. There is no log
 * to them, and the facts are said to be complete. */
#define LEYDEN_BENCH_FACTS_BEGIN_NS G_GINT64_CONSTANT (1790000000000000000)
#define LEYDEN_BENCH_FACTS_DAYS     30
/* The points lie closer: in the first days. */
#define LEYDEN_BENCH_FACTS_POINT_DAYS 3
#define LEYDEN_BENCH_FACTS_FLOWS    8

typedef struct
{
  guint n_rollouts;
  guint n_points;               /* for each of them */
} LeydenBenchFacts;

/* A LeydenBenchFill; @data: a LeydenBenchFacts. */
gboolean leyden_bench_facts_fill (const char *database, gpointer data, GError **error);

G_END_DECLS
