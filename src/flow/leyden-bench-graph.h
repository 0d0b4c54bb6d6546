/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The graph that every benchmark of canvas and layout draws: nodes in columns as high as there are columns, each wire to a later column, most to the
 * next and near by. Equal for equal seed. */

#define LEYDEN_BENCH_GRAPH_SEED 12345
#define LEYDEN_BENCH_NODE_WIDTH 150.0
#define LEYDEN_BENCH_NODE_HEIGHT 60.0
#define LEYDEN_BENCH_COLUMN_STEP 260.0  /* where node i stands: i / rows columns and i % rows rows from the origin */
#define LEYDEN_BENCH_ROW_STEP 110.0

typedef struct
{
  guint source;
  guint target;
} LeydenBenchEdge;

/* Nodes in a column. */
guint   leyden_bench_graph_get_rows (guint n);
/* Three wires for two nodes, in the order in which they are drawn. (element-type LeydenBenchEdge) (transfer full) */
GArray *leyden_bench_graph_new      (guint n, guint32 seed);

G_END_DECLS
