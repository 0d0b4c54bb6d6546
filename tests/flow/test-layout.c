/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layout: nothing overlaps, wires go forward, equal graphs look equal, known pictures stay, and an edit moves little. */
#include "leyden-bench-graph.h"
#include "leyden-layout.h"
#include "leyden-random.h"

#include <math.h>
#include <string.h>

static const LeydenLayoutOptions gaps = LEYDEN_LAYOUT_OPTIONS_DEFAULT;

typedef struct
{
  GArray            *boxes;
  GArray            *wires;
  LeydenLayoutPoint *points;
} Graph;

static Graph *
graph_new (guint n)
{
  Graph *self = g_new0 (Graph, 1);

  self->boxes = g_array_new (FALSE, FALSE, sizeof (LeydenLayoutBox));
  self->wires = g_array_new (FALSE, FALSE, sizeof (LeydenLayoutWire));
  for (guint i = 0; i < n; i++)
    {
      LeydenLayoutBox box = { 150, 60 };

      g_array_append_val (self->boxes, box);
    }
  self->points = g_new0 (LeydenLayoutPoint, n + 1);
  return self;
}

static void
graph_free (Graph *self)
{
  g_array_unref (self->boxes);
  g_array_unref (self->wires);
  g_free (self->points);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Graph, graph_free)

static void
join (Graph *self,
      guint  source,
      guint  target)
{
  LeydenLayoutWire wire = { source, target, 30, 30 };

  g_array_append_val (self->wires, wire);
}

static Graph *
graph_random (guint   n,
              guint32 seed)
{
  Graph *self = graph_new (n);
  g_autoptr(GArray) edges = leyden_bench_graph_new (n, seed);

  for (guint i = 0; i < edges->len; i++)
    join (self, g_array_index (edges, LeydenBenchEdge, i).source, g_array_index (edges, LeydenBenchEdge, i).target);
  return self;
}

static LeydenLayoutQuality
run_from (Graph                   *self,
          const LeydenLayoutPoint *before)
{
  LeydenLayoutQuality quality;
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_layout_run ((const LeydenLayoutBox *) self->boxes->data, self->boxes->len, (const LeydenLayoutWire *) self->wires->data,
                                    self->wires->len, before, &gaps, NULL, self->points, &error));
  g_assert_no_error (error);
  leyden_layout_measure ((const LeydenLayoutBox *) self->boxes->data, self->boxes->len, (const LeydenLayoutWire *) self->wires->data, self->wires->len,
                         self->points, &quality);
  return quality;
}

static LeydenLayoutQuality
adjust (Graph                   *self,
        const LeydenLayoutPoint *before,
        guint                    pinned)
{
  LeydenLayoutQuality quality;

  leyden_layout_adjust ((const LeydenLayoutBox *) self->boxes->data, self->boxes->len, (const LeydenLayoutWire *) self->wires->data,
                        self->wires->len, before, pinned, &gaps, self->points);
  leyden_layout_measure ((const LeydenLayoutBox *) self->boxes->data, self->boxes->len, (const LeydenLayoutWire *) self->wires->data, self->wires->len,
                         self->points, &quality);
  return quality;
}

static void
test_chain (void)
{
  g_autoptr(Graph) graph = graph_new (4);
  LeydenLayoutQuality quality;

  join (graph, 2, 0);
  join (graph, 0, 3);
  join (graph, 3, 1);
  quality = run_from (graph, NULL);
  g_assert_cmpfloat (graph->points[2].x, ==, 0);
  g_assert_cmpfloat (graph->points[0].x, ==, 150 + gaps.column_gap);
  g_assert_cmpfloat (graph->points[1].x, ==, 3 * (150 + gaps.column_gap));
  for (guint i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon (graph->points[i].y, 0, 1e-6);
  g_assert_cmpfloat_with_epsilon (quality.length, 3 * gaps.column_gap, 1e-6);
}

/* A source stands beside what it feeds, not at the far left. */
static void
test_late_source (void)
{
  g_autoptr(Graph) graph = graph_new (5);

  join (graph, 0, 1);
  join (graph, 1, 2);
  join (graph, 2, 3);
  join (graph, 4, 3);
  run_from (graph, NULL);
  g_assert_cmpfloat (graph->points[4].x, ==, graph->points[2].x);
}

/* Wires from several ports of a node do not cross for nothing. */
static void
test_ports (void)
{
  g_autoptr(Graph) graph = graph_new (4);
  LeydenLayoutWire wires[] = { { 0, 1, 50, 30 }, { 0, 2, 10, 30 }, { 1, 3, 30, 50 }, { 2, 3, 30, 10 } };

  g_array_append_vals (graph->wires, wires, G_N_ELEMENTS (wires));
  g_assert_cmpuint (run_from (graph, NULL).crossings, ==, 0);
  g_assert_cmpfloat (graph->points[2].y, <, graph->points[1].y);
}

static void
test_random (void)
{
  static const guint sizes[] = { 2, 3, 10, 50, 200, 700 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint seed = 1; seed <= 4; seed++)
      {
        g_autoptr(Graph) graph = graph_random (sizes[i], seed);
        LeydenLayoutQuality quality = run_from (graph, NULL);

        g_assert_cmpuint (quality.overlaps, ==, 0);
        g_assert_cmpuint (quality.backward, ==, 0);
      }
}

static void
test_equal (void)
{
  g_autoptr(Graph) one = graph_random (300, 7);
  g_autoptr(Graph) two = graph_random (300, 7);

  run_from (one, NULL);
  run_from (two, NULL);
  g_assert_cmpmem (one->points, 300 * sizeof (LeydenLayoutPoint), two->points, 300 * sizeof (LeydenLayoutPoint));
}

/* A layout of a layout is the same layout. */
static void
test_settled (void)
{
  g_autoptr(Graph) graph = graph_random (120, 3);
  g_autofree LeydenLayoutPoint *first = NULL;
  double moved = 0;

  run_from (graph, NULL);
  first = g_memdup2 (graph->points, 120 * sizeof (LeydenLayoutPoint));
  run_from (graph, first);
  for (guint i = 0; i < 120; i++)
    moved = MAX (moved, hypot (graph->points[i].x - first[i].x, graph->points[i].y - first[i].y));
  g_test_message ("the farthest moved %.1f", moved);
  g_assert_cmpfloat (moved, <, 60);
}

/* Circles, loops, double wires, no wires, sizes of all kinds. */
static void
test_odd_graphs (void)
{
  LeydenRandom random;

  leyden_random_init (&random, 5);
  for (guint round = 0; round < 200; round++)
    {
      guint n = 1 + (guint) leyden_random_below (&random, 30), m = (guint) leyden_random_below (&random, 60);
      g_autoptr(Graph) graph = graph_new (n);
      LeydenLayoutQuality quality;

      for (guint i = 0; i < n; i++)
        g_array_index (graph->boxes, LeydenLayoutBox, i) = (LeydenLayoutBox) { 1 + (double) leyden_random_below (&random, 400),
                                                                               (double) leyden_random_below (&random, 300) };
      for (guint i = 0; i < m; i++)
        join (graph, (guint) leyden_random_below (&random, n), (guint) leyden_random_below (&random, n));
      quality = run_from (graph, NULL);
      g_assert_cmpuint (quality.overlaps, ==, 0);
      for (guint i = 0; i < n; i++)
        g_assert_true (isfinite (graph->points[i].x) && isfinite (graph->points[i].y));
    }
}

static void
test_nothing (void)
{
  g_autoptr(Graph) graph = graph_new (0);

  g_assert_cmpuint (run_from (graph, NULL).overlaps, ==, 0);
  adjust (graph, graph->points, G_MAXUINT);
}

/* A hub of thousands, and a chain of them. */
static void
test_large (void)
{
  g_autoptr(Graph) hub = graph_new (3000);
  g_autoptr(Graph) chain = graph_new (3000);

  for (guint i = 1; i < 3000; i++)
    {
      join (hub, i % 2 == 0 ? 0 : i, i % 2 == 0 ? i : 0);
      join (chain, i - 1, i);
    }
  g_assert_cmpuint (run_from (hub, NULL).backward, ==, 0);
  g_assert_cmpuint (run_from (chain, NULL).backward, ==, 0);
  g_assert_cmpfloat (hub->points[1].x, <, hub->points[0].x);
}

static void
test_cancel (void)
{
  g_autoptr(Graph) graph = graph_random (100, 1);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (leyden_layout_run ((const LeydenLayoutBox *) graph->boxes->data, 100, (const LeydenLayoutWire *) graph->wires->data,
                                     graph->wires->len, NULL, &gaps, cancellable, graph->points, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- after an edit --- */

static guint
count_moved (const LeydenLayoutPoint *before,
             const LeydenLayoutPoint *after,
             guint                    n)
{
  guint moved = 0;

  for (guint i = 0; i < n; i++)
    moved += hypot (before[i].x - after[i].x, before[i].y - after[i].y) > 1e-6;
  return moved;
}

/* Nothing to do: nothing moves, not even what stands nearer than a layout would put it. */
static void
test_adjust_nothing (void)
{
  g_autoptr(Graph) graph = graph_random (200, 2);
  g_autofree LeydenLayoutPoint *before = NULL;

  run_from (graph, NULL);
  before = g_memdup2 (graph->points, 200 * sizeof (LeydenLayoutPoint));
  adjust (graph, before, G_MAXUINT);
  g_assert_cmpuint (count_moved (before, graph->points, 200), ==, 0);
}

static void
test_adjust_new (void)
{
  for (guint seed = 1; seed <= 10; seed++)
    {
      g_autoptr(Graph) graph = graph_random (200, seed);
      LeydenLayoutBox box = { 150, 60 };
      g_autofree LeydenLayoutPoint *before = g_new (LeydenLayoutPoint, 201);
      LeydenLayoutWire *split = &g_array_index (graph->wires, LeydenLayoutWire, 100);
      guint target = split->target, moved;
      LeydenLayoutQuality quality;

      run_from (graph, NULL);
      memcpy (before, graph->points, 200 * sizeof (LeydenLayoutPoint));
      before[200] = (LeydenLayoutPoint) { NAN, NAN };
      g_array_append_val (graph->boxes, box);
      split->target = 200;
      join (graph, 200, target);
      quality = adjust (graph, before, G_MAXUINT);
      g_assert_cmpuint (quality.overlaps, ==, 0);
      g_assert_cmpuint (quality.backward, ==, 0);
      moved = count_moved (before, graph->points, 200);
      g_test_message ("%u of 200 moved", moved);
      g_assert_cmpuint (moved, <, 150);
    }
}

/* What was dropped stays under the pointer; the others make room. */
/* What nobody changed, and yet lies upon another. */
static void
test_adjust_part (void)
{
  g_autoptr(Graph) graph = graph_new (3);
  const LeydenLayoutPoint before[] = { { 0, 0 }, { 300, 0 }, { 320, 10 } };
  LeydenLayoutOptions options = gaps;
  LeydenLayoutQuality quality;

  join (graph, 0, 1);
  join (graph, 0, 2);
  options.part = TRUE;
  leyden_layout_adjust ((const LeydenLayoutBox *) graph->boxes->data, 3, (const LeydenLayoutWire *) graph->wires->data, graph->wires->len, before, 1, &options,
                        graph->points);
  leyden_layout_measure ((const LeydenLayoutBox *) graph->boxes->data, 3, (const LeydenLayoutWire *) graph->wires->data, graph->wires->len, graph->points, &quality);
  g_assert_cmpuint (quality.overlaps, ==, 0);
  g_assert_cmpfloat (graph->points[0].y, ==, 0);
  g_assert_cmpfloat (graph->points[1].y, ==, 0);
  g_assert_cmpfloat (graph->points[2].x, ==, 320);
}

static void
test_adjust_pinned (void)
{
  g_autoptr(Graph) graph = graph_new (4);
  LeydenLayoutPoint before[] = { { 0, 0 }, { 300, 0 }, { 300, 96 }, { 310, 40 } };

  join (graph, 0, 1);
  join (graph, 0, 2);
  join (graph, 0, 3);
  g_assert_cmpuint (adjust (graph, before, 3).overlaps, >, 0);
  before[3].y = NAN;
  g_assert_cmpuint (adjust (graph, before, G_MAXUINT).overlaps, ==, 0);
  g_assert_cmpfloat (graph->points[0].x, ==, 0);
}

/* A wire that would go back pushes what follows to the right. */
static void
test_adjust_forward (void)
{
  g_autoptr(Graph) graph = graph_new (4);
  LeydenLayoutPoint before[] = { { 500, 0 }, { 300, 0 }, { 700, 0 }, { 0, 300 } };

  join (graph, 0, 1);
  join (graph, 1, 2);
  g_assert_cmpuint (adjust (graph, before, G_MAXUINT).backward, ==, 0);
  g_assert_cmpfloat (graph->points[0].x, ==, 500);
  g_assert_cmpfloat (graph->points[1].x, >, 650);
  g_assert_cmpfloat (graph->points[3].y, ==, 300);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layout/chain", test_chain);
  g_test_add_func ("/layout/late-source", test_late_source);
  g_test_add_func ("/layout/ports", test_ports);
  g_test_add_func ("/layout/random", test_random);
  g_test_add_func ("/layout/equal", test_equal);
  g_test_add_func ("/layout/settled", test_settled);
  g_test_add_func ("/layout/odd", test_odd_graphs);
  g_test_add_func ("/layout/nothing", test_nothing);
  g_test_add_func ("/layout/large", test_large);
  g_test_add_func ("/layout/cancel", test_cancel);
  g_test_add_func ("/layout/adjust/nothing", test_adjust_nothing);
  g_test_add_func ("/layout/adjust/new", test_adjust_new);
  g_test_add_func ("/layout/adjust/part", test_adjust_part);
  g_test_add_func ("/layout/adjust/pinned", test_adjust_pinned);
  g_test_add_func ("/layout/adjust/forward", test_adjust_forward);
  return g_test_run ();
}
