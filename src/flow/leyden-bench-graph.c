/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-bench-graph.h"

#include <math.h>

#define EDGES_PER_NODE 1.5
#define NEXT_COLUMN 0.9         /* share of the wires that go to the next column */
#define FARTHEST 3              /* more columns that the others jump */
#define TRIES 40                /* for each wire */

static double
draw (guint32 *state)
{
  *state = *state * 1103515245u + 12345u;
  return (*state >> 8) / 16777216.0;
}

guint
leyden_bench_graph_get_rows (guint n)
{
  return MAX (2, (guint) floor (sqrt (n) + 0.5));
}

GArray *
leyden_bench_graph_new (guint   n,
                        guint32 seed)
{
  GArray *edges = g_array_new (FALSE, FALSE, sizeof (LeydenBenchEdge));
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  int rows = (int) leyden_bench_graph_get_rows (n), layers = ((int) n + rows - 1) / rows;
  int spread = MAX (2, (int) floor (rows / 10.0 + 0.5));
  guint wanted = (guint) floor (n * EDGES_PER_NODE + 0.5);
  guint32 state = seed;

  for (guint tries = 0; edges->len < wanted && tries < wanted * TRIES; tries++)
    {
      int source = (int) floor (draw (&state) * n), layer = source / rows, row, target;
      gint64 key;

      if (layer >= layers - 1)
        continue;
      layer += draw (&state) < NEXT_COLUMN ? 1 : 2 + (int) floor (draw (&state) * FARTHEST);
      layer = MIN (layer, layers - 1);
      row = source % rows + (int) floor ((draw (&state) * 2 - 1) * spread);
      target = layer * rows + CLAMP (row, 0, rows - 1);
      key = (gint64) source * n + target;
      if (target >= (int) n || target == source || g_hash_table_contains (seen, &key))
        continue;
      g_hash_table_add (seen, g_memdup2 (&key, sizeof key));
      {
        LeydenBenchEdge edge = { (guint) source, (guint) target };

        g_array_append_val (edges, edge);
      }
    }
  return edges;
}
