/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "leyden-bench-graph.h"
#include "leyden-layout.h"

/*
 * Layout of the graph that all benchmarks of canvas and layout share, and its quality beside Graphviz dot's on ten graphs of each size: both with
 * the same boxes and gaps, both counted by leyden_layout_measure() from where the boxes are. The layouts that are counted are made by the very
 * call that is timed.
 */

#define GRAPHS 10
#define REPETITIONS 7
#define POINTS 72.0             /* an inch */

static const LeydenLayoutOptions gaps = LEYDEN_LAYOUT_OPTIONS_DEFAULT;

typedef struct
{
  LeydenLayoutBox   *boxes;
  guint              n;
  GArray            *wires;
  LeydenLayoutPoint *points;
} Drawing;

static void
drawing_clear (Drawing *self)
{
  g_free (self->boxes);
  g_free (self->points);
  g_array_unref (self->wires);
}

static void
drawing_init (Drawing *self,
              guint    n,
              guint32  seed)
{
  self->n = n;
  self->boxes = g_new (LeydenLayoutBox, n);
  self->points = g_new (LeydenLayoutPoint, n);
  self->wires = g_array_new (FALSE, FALSE, sizeof (LeydenLayoutWire));
  for (guint i = 0; i < n; i++)
    self->boxes[i] = (LeydenLayoutBox) { LEYDEN_BENCH_NODE_WIDTH, LEYDEN_BENCH_NODE_HEIGHT };
  {
    g_autoptr(GArray) edges = leyden_bench_graph_new (n, seed);

    for (guint i = 0; i < edges->len; i++)
      {
        const LeydenBenchEdge *edge = &g_array_index (edges, LeydenBenchEdge, i);
        LeydenLayoutWire wire = { edge->source, edge->target, LEYDEN_BENCH_NODE_HEIGHT / 2, LEYDEN_BENCH_NODE_HEIGHT / 2 };

        g_array_append_val (self->wires, wire);
      }
  }
}

static void
drawing_run (Drawing *self)
{
  leyden_layout_run (self->boxes, self->n, (const LeydenLayoutWire *) self->wires->data, self->wires->len, NULL, &gaps, NULL, self->points,
                     NULL);
}

static void
drawing_measure (Drawing             *self,
                 LeydenLayoutQuality *quality)
{
  leyden_layout_measure (self->boxes, self->n, (const LeydenLayoutWire *) self->wires->data, self->wires->len, self->points, quality);
}

/* --- time --- */

static void
time_layout (LeydenBench *bench,
             guint        n)
{
  g_autofree char *name = g_strdup_printf ("nodes=%u", n);
  Drawing drawing;

  drawing_init (&drawing, n, LEYDEN_BENCH_GRAPH_SEED);
  for (guint i = 0; i < REPETITIONS; i++)
    {
      double begin = leyden_bench_cpu_ms ();

      drawing_run (&drawing);
      leyden_bench_add (bench, name, "cpu_ms", "ms", leyden_bench_cpu_ms () - begin);
    }
  drawing_clear (&drawing);
}

/* One node is put on a wire in the middle of the graph, and everything makes room for it. */
static void
time_relayout (LeydenBench *bench,
               guint        n)
{
  g_autofree char *name = g_strdup_printf ("relayout=%u", n);
  g_autofree LeydenLayoutPoint *after = g_new (LeydenLayoutPoint, n + 1);
  g_autofree LeydenLayoutPoint *before = g_new (LeydenLayoutPoint, n + 1);
  g_autofree LeydenLayoutBox *boxes = g_new (LeydenLayoutBox, n + 1);
  LeydenLayoutWire *split, added;
  Drawing drawing;

  drawing_init (&drawing, n, LEYDEN_BENCH_GRAPH_SEED);
  drawing_run (&drawing);
  memcpy (before, drawing.points, n * sizeof (LeydenLayoutPoint));
  memcpy (boxes, drawing.boxes, n * sizeof (LeydenLayoutBox));
  before[n] = (LeydenLayoutPoint) { NAN, NAN };
  boxes[n] = boxes[0];
  split = &g_array_index (drawing.wires, LeydenLayoutWire, drawing.wires->len / 2);
  added = (LeydenLayoutWire) { n, split->target, LEYDEN_BENCH_NODE_HEIGHT / 2, split->target_y };
  split->target = n;
  g_array_append_val (drawing.wires, added);
  for (guint i = 0; i < REPETITIONS; i++)
    {
      double begin = leyden_bench_cpu_ms ();

      leyden_layout_adjust (boxes, n + 1, (const LeydenLayoutWire *) drawing.wires->data, drawing.wires->len, before, G_MAXUINT, &gaps, after);
      leyden_bench_add (bench, name, "cpu_ms", "ms", leyden_bench_cpu_ms () - begin);
    }
  drawing_clear (&drawing);
}

/* --- beside dot --- */

static char *
write_dot (Drawing *drawing)
{
  GString *out = g_string_new (NULL);
  char ranksep[G_ASCII_DTOSTR_BUF_SIZE], nodesep[G_ASCII_DTOSTR_BUF_SIZE], width[G_ASCII_DTOSTR_BUF_SIZE], height[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, "digraph g { rankdir=LR; ranksep=%s; nodesep=%s; node [shape=box fixedsize=true width=%s height=%s];\n",
                          g_ascii_dtostr (ranksep, sizeof ranksep, gaps.column_gap / POINTS),
                          g_ascii_dtostr (nodesep, sizeof nodesep, gaps.row_gap / POINTS),
                          g_ascii_dtostr (width, sizeof width, LEYDEN_BENCH_NODE_WIDTH / POINTS),
                          g_ascii_dtostr (height, sizeof height, LEYDEN_BENCH_NODE_HEIGHT / POINTS));
  for (guint i = 0; i < drawing->n; i++)
    g_string_append_printf (out, "n%u;", i);
  for (guint i = 0; i < drawing->wires->len; i++)
    {
      const LeydenLayoutWire *wire = &g_array_index (drawing->wires, LeydenLayoutWire, i);

      g_string_append_printf (out, "n%u->n%u;", wire->source, wire->target);
    }
  g_string_append (out, "}\n");
  return g_string_free (out, FALSE);
}

/* Lines "node NAME X Y …" in inches, y upwards, of the middles. */
static guint
read_plain (Drawing    *drawing,
            const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto(GStrv) words = g_str_has_prefix (lines[i], "node ") ? g_strsplit (lines[i], " ", 5) : NULL;
      guint64 node;

      if (words == NULL || g_strv_length (words) < 5 || !g_ascii_string_to_unsigned (words[1] + 1, 10, 0, drawing->n - 1, &node, NULL))
        continue;
      drawing->points[node].x = g_ascii_strtod (words[2], NULL) * POINTS - LEYDEN_BENCH_NODE_WIDTH / 2;
      drawing->points[node].y = -g_ascii_strtod (words[3], NULL) * POINTS - LEYDEN_BENCH_NODE_HEIGHT / 2;
      n++;
    }
  return n;
}

/* Of programs that have ended. */
static double
get_children_cpu_ms (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static gboolean
run_dot (Drawing *drawing)
{
  g_autofree char *input = write_dot (drawing);
  g_autofree char *output = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "dot", "-Tplain", NULL);

  if (process == NULL || !g_subprocess_communicate_utf8 (process, input, NULL, &output, NULL, &error))
    {
      leyden_cli_say ("dot: %s", error->message);
      return FALSE;
    }
  if (g_subprocess_get_successful (process) && read_plain (drawing, output) == drawing->n)
    return TRUE;
  leyden_cli_say (_("dot: it did not place every node"));
  return FALSE;
}

static gboolean
compare (LeydenBench *bench,
         guint        n,
         guint32      seed)
{
  g_autofree char *name = g_strdup_printf ("nodes=%u", n);
  LeydenLayoutQuality ours, theirs;
  double begin, cpu_ms, dot_ms;
  Drawing drawing;
  gboolean done;

  drawing_init (&drawing, n, seed);
  begin = leyden_bench_cpu_ms ();
  drawing_run (&drawing);
  cpu_ms = leyden_bench_cpu_ms () - begin;
  drawing_measure (&drawing, &ours);
  begin = get_children_cpu_ms ();
  done = run_dot (&drawing);
  dot_ms = get_children_cpu_ms () - begin;
  if (done)
    {
      leyden_bench_add (bench, name, "dot_cpu_ms", "ms", dot_ms);
      leyden_bench_add (bench, name, "faster_than_dot", "times", dot_ms / MAX (cpu_ms, 0.001));
      drawing_measure (&drawing, &theirs);
      leyden_bench_add (bench, name, "crossings_vs_dot", "ratio", (double) ours.crossings / MAX ((double) theirs.crossings, 1));
      leyden_bench_add (bench, name, "length_vs_dot", "ratio", ours.length / theirs.length);
      leyden_bench_add (bench, name, "overlaps", "count", ours.overlaps);
      leyden_bench_add (bench, name, "backward", "count", ours.backward);
    }
  drawing_clear (&drawing);
  return done;
}

int
leyden_bench_layout (LeydenBench *bench)
{
  static const guint timed[] = { 100, 1000, 10000 }, compared[] = { 50, 100, 200, 500, 1000 };
  g_autofree char *dot = g_find_program_in_path ("dot");
  guint only = leyden_bench_get_size (bench, 0);

  for (guint i = 0; i < (only > 0 ? 1 : G_N_ELEMENTS (timed)); i++)
    {
      time_layout (bench, only > 0 ? only : timed[i]);
      time_relayout (bench, only > 0 ? only : timed[i]);
    }
  if (dot == NULL)
    {
      leyden_cli_say (_("Graphviz is not installed: nothing to compare with"));
      return LEYDEN_EXIT_OK;
    }
  for (guint i = 0; i < (only > 0 ? 1 : G_N_ELEMENTS (compared)); i++)
    for (guint k = 0; k < GRAPHS && (only == 0 || only <= 1000); k++)
      if (!compare (bench, only > 0 ? only : compared[i], LEYDEN_BENCH_GRAPH_SEED + k))
        return LEYDEN_EXIT_FAILED;
  return LEYDEN_EXIT_OK;
}
