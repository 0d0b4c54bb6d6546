/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-bench.h"

#include <glib/gstdio.h>
#include <math.h>

#include "leyden-bench-graph.h"
#include "leyden-id.h"
#include "leyden-window-private.h"

/*
 * The canvas in the window that people use, 1600 × 900 of it, with the graph that all benchmarks of canvas and layout share: opened, moved, zoomed, fitted,
 * and a node of it dragged. A frame is timed from the frame clock's "before-paint" to the moment at which the display has drawn it; its processor time is
 * that of the whole process since the frame before. Animations are off: what is timed is the work, not a length that somebody chose.
 */

#define WIDTH 1600
#define HEIGHT 900
#define FRAMES 90
#define FITS 7
#define OPENS 7
#define DRAGS 60
#define PATIENCE_US (20 * G_USEC_PER_SEC)

typedef struct
{
  LeydenApplication *application;
  LeydenWindow      *window;
  LeydenCanvas      *canvas;
  guint              n_nodes;
  gint64             frame_us;          /* when the frame under way began */
  double             cpu_ms;            /* at the end of the last one */
  guint              n_frames;
  gboolean           recording;
  GArray            *wall;              /* double, ms a frame */
  GArray            *cpu;
  void             (*step) (LeydenCanvas *canvas, guint i);
  guint              done;
  GString           *out;
} Bench;

/* --- the flow --- */

static void
append_node (GString      *out,
             guint         index,
             guint         rows,
             guint         n_inputs)
{
  g_string_append_printf (out, "%s{\"id\":\"n%07u\",\"type\":\"transform\",\"title\":\"Agent step %u\",\"position\":{\"x\":%u,\"y\":%u},"
                               "\"parameters\":{\"inputs\":[", index == 0 ? "" : ",", index, index,
                          index / rows * (guint) LEYDEN_BENCH_COLUMN_STEP, index % rows * (guint) LEYDEN_BENCH_ROW_STEP);
  for (guint i = 0; i < MAX (n_inputs, 1); i++)
    g_string_append_printf (out, "%s{\"name\":\"in%u\",\"type\":\"any\"}", i == 0 ? "" : ",", i);
  g_string_append (out, "],\"type\":\"any\",\"expression\":\"in0\"}}");
}

/* Each wire ends at an input of its own. The id is new: journals of other flows are not looked through. */
static GString *
make_flow (guint n)
{
  g_autofree char *id = leyden_id_new_uuid7 ();
  g_autoptr(GArray) edges = leyden_bench_graph_new (n, LEYDEN_BENCH_GRAPH_SEED);
  g_autofree guint *n_inputs = g_new0 (guint, n);
  g_autofree guint *input = g_new (guint, edges->len);
  guint rows = leyden_bench_graph_get_rows (n);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < edges->len; i++)
    input[i] = n_inputs[g_array_index (edges, LeydenBenchEdge, i).target]++;
  g_string_append_printf (out, "{\"leyden\":1,\"id\":\"%s\",\"title\":\"Benchmark\",\"nodes\":[", id);
  for (guint i = 0; i < n; i++)
    append_node (out, i, rows, n_inputs[i]);
  g_string_append (out, "],\"edges\":[");
  for (guint i = 0; i < edges->len; i++)
    {
      const LeydenBenchEdge *edge = &g_array_index (edges, LeydenBenchEdge, i);

      g_string_append_printf (out, "%s{\"id\":\"e%07u\",\"source\":\"n%07u\",\"source_port\":\"result\",\"target\":\"n%07u\",\"target_port\":\"in%u\"}",
                              i == 0 ? "" : ",", i, edge->source, edge->target, input[i]);
    }
  g_string_append (out, "]}");
  return out;
}

/* --- frames --- */

/* So that whoever waits for the main loop can see that it is too long. */
static gboolean
heartbeat_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
before_paint_cb (GdkFrameClock *clock,
                 Bench         *bench)
{
  bench->frame_us = g_get_monotonic_time ();
}

static void
after_paint_cb (GdkFrameClock *clock,
                Bench         *bench)
{
  double cpu_ms = leyden_bench_get_cpu_ms ();

  gdk_display_sync (gtk_widget_get_display (GTK_WIDGET (bench->window)));
  if (bench->recording)
    {
      double wall = (double) (g_get_monotonic_time () - bench->frame_us) / 1000, cpu = cpu_ms - bench->cpu_ms;

      g_array_append_val (bench->wall, wall);
      g_array_append_val (bench->cpu, cpu);
    }
  bench->cpu_ms = cpu_ms;
  bench->n_frames++;
}

static void
run_frames (Bench *bench,
            guint  n)
{
  guint until = bench->n_frames + n;
  gint64 end = g_get_monotonic_time () + PATIENCE_US;

  while (bench->n_frames < until && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_ms (guint ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
}

/* Until all of the canvas is there and sharp. FALSE: it did not come. */
static gboolean
settle (Bench *bench)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_US;

  while (!leyden_canvas_is_settled (bench->canvas))
    {
      if (g_get_monotonic_time () > end)
        return FALSE;
      g_main_context_iteration (NULL, TRUE);
    }
  return TRUE;
}

static gboolean
step_cb (GtkWidget     *widget,
         GdkFrameClock *clock,
         gpointer       data)
{
  Bench *bench = data;

  bench->step (bench->canvas, bench->done++);
  return G_SOURCE_CONTINUE;
}

/* One step a frame; what each cost is in wall and cpu. */
static void
sweep (Bench *bench,
       void (*step) (LeydenCanvas *canvas, guint i),
       guint  n)
{
  guint tick;

  bench->step = step;
  bench->done = 0;
  tick = gtk_widget_add_tick_callback (GTK_WIDGET (bench->canvas), step_cb, bench, NULL);
  run_frames (bench, 2);
  g_array_set_size (bench->wall, 0);
  g_array_set_size (bench->cpu, 0);
  bench->recording = TRUE;
  run_frames (bench, n);
  bench->recording = FALSE;
  gtk_widget_remove_tick_callback (GTK_WIDGET (bench->canvas), tick);
}

static void
pan_step (LeydenCanvas *canvas,
          guint         i)
{
  leyden_canvas_look (canvas, 1, i * 12.0, i * 7.0);
}

static void
zoom_step (LeydenCanvas *canvas,
           guint         i)
{
  double zoom = 0.6 + 0.4 * cos (i / 12.0);

  leyden_canvas_look (canvas, zoom, 400 - 400 / zoom, 300 - 300 / zoom);
}

static double overview;                 /* zoom at which everything is in view */

static void
overview_step (LeydenCanvas *canvas,
               guint         i)
{
  double zoom = overview * (1 + i / 5000.0);

  leyden_canvas_look (canvas, zoom, -(i * 2.0) / zoom, -(double) i / zoom);
}

/* --- figures --- */

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
get_quantile (GArray *values,
              double  p)
{
  g_autoptr(GArray) sorted = g_array_copy (values);

  if (sorted->len == 0)
    return -1;
  g_array_sort (sorted, compare_doubles);
  return g_array_index (sorted, double, MIN ((guint) (p * sorted->len), sorted->len - 1));
}

static void
tell (Bench      *bench,
      const char *metric,
      GArray     *values)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (bench->out, ", \"%s\": [", metric);
  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (bench->out, "%s%s", i == 0 ? "" : ", ",
                            g_ascii_formatd (buffer, sizeof buffer, "%.2f", g_array_index (values, double, i)));
  g_string_append (bench->out, "]");
  g_debug ("%s: median %.2f", metric, get_quantile (values, 0.5));
}

static void
tell_one (Bench      *bench,
          const char *metric,
          double      value)
{
  g_autoptr(GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  g_array_append_val (values, value);
  tell (bench, metric, values);
}

/* --- what is measured --- */

static void
close_document (Bench *bench)
{
  leyden_window_set_document (bench->window, NULL);
  run_frames (bench, 1);
}

static gboolean
measure_opening (Bench *bench,
                 GFile *file)
{
  g_autoptr(GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GArray) cpu = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < OPENS; i++)
    {
      gint64 start, end;
      double ms, cpu_ms;

      if (i > 0)
        close_document (bench);
      wait_ms (100);
      cpu_ms = leyden_bench_get_cpu_ms ();
      start = g_get_monotonic_time ();
      end = start + PATIENCE_US;
      leyden_window_open_file (bench->window, file);
      while (leyden_canvas_get_model (bench->canvas) == NULL && g_get_monotonic_time () < end)
        g_main_context_iteration (NULL, TRUE);
      run_frames (bench, 1);
      if (leyden_canvas_get_model (bench->canvas) == NULL || !settle (bench))
        return FALSE;
      ms = (double) (g_get_monotonic_time () - start) / 1000;
      cpu_ms = leyden_bench_get_cpu_ms () - cpu_ms;
      g_array_append_val (times, ms);
      g_array_append_val (cpu, cpu_ms);
      g_debug ("opened, %.0f MiB", leyden_bench_get_pss_mib ());
    }
  tell (bench, "first_frame_ms", times);
  tell (bench, "first_frame_cpu_ms", cpu);
  /* Checks and all that come after are over, as when a person has begun to look. */
  wait_ms (1500);
  tell_one (bench, "pss_mib", leyden_bench_get_pss_mib ());
  return TRUE;
}

static void
measure_fit (Bench *bench)
{
  g_autoptr(GArray) times = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < FITS; i++)
    {
      gint64 start;
      double ms;

      leyden_canvas_look (bench->canvas, 1, 0, 0);
      run_frames (bench, 1);
      settle (bench);
      wait_ms (200);
      start = g_get_monotonic_time ();
      leyden_canvas_fit (bench->canvas);
      run_frames (bench, 1);
      settle (bench);
      ms = (double) (g_get_monotonic_time () - start) / 1000;
      g_array_append_val (times, ms);
    }
  overview = leyden_canvas_get_zoom (bench->canvas);
  tell (bench, "fit_ms", times);
}

static GtkEventController *
find_drag (LeydenCanvas *canvas)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (canvas));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_GESTURE_DRAG (controller) && gtk_gesture_single_get_button (GTK_GESTURE_SINGLE (controller)) == GDK_BUTTON_PRIMARY)
        return controller;
    }
  g_assert_not_reached ();
}

/* From the event to the frame that shows it; each begins when the one before is long on the screen. */
static void
measure_drag (Bench *bench)
{
  g_autoptr(GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GArray) cpu = g_array_new (FALSE, FALSE, sizeof (double));
  LeydenCanvasNode *node = leyden_canvas_model_get_node (leyden_canvas_get_model (bench->canvas), "n0000001");
  GtkEventController *drag = find_drag (bench->canvas);
  graphene_point_t at;

  leyden_canvas_look (bench->canvas, 1, -20, -20);
  run_frames (bench, 1);
  settle (bench);
  at = GRAPHENE_POINT_INIT (node->item.bounds.origin.x + 20 + 60, node->item.bounds.origin.y + 20 + 12);
  g_signal_emit_by_name (drag, "drag-begin", (double) at.x, (double) at.y);
  for (guint i = 1; i <= DRAGS; i++)
    {
      double before, ms;
      gint64 start;

      wait_ms (25);
      before = leyden_bench_get_cpu_ms ();
      start = g_get_monotonic_time ();
      g_signal_emit_by_name (drag, "drag-update", i * 5.0, i * 3.0);
      run_frames (bench, 1);
      ms = (double) (g_get_monotonic_time () - start) / 1000;
      before = leyden_bench_get_cpu_ms () - before;
      g_array_append_val (times, ms);
      g_array_append_val (cpu, before);
    }
  leyden_canvas_cancel (bench->canvas);
  tell_one (bench, "drag_p95_ms", get_quantile (times, 0.95));
  tell_one (bench, "drag_p95_cpu_ms", get_quantile (cpu, 0.95));
}

static void
measure (Bench *bench)
{
  sweep (bench, pan_step, FRAMES);
  tell (bench, "pan_cpu_ms", bench->cpu);
  tell (bench, "pan_ms", bench->wall);
  sweep (bench, zoom_step, FRAMES);
  tell_one (bench, "zoom_p95_ms", get_quantile (bench->wall, 0.95));
  tell_one (bench, "zoom_p95_cpu_ms", get_quantile (bench->cpu, 0.95));
  measure_fit (bench);
  sweep (bench, overview_step, FRAMES);
  tell (bench, "overview_cpu_ms", bench->cpu);
  tell (bench, "overview_ms", bench->wall);
  measure_drag (bench);
  tell_one (bench, "pss_after_mib", leyden_bench_get_pss_mib ());
}

/* --- the window --- */

/* What is beside the canvas goes; the window grows until the canvas has its size. */
static void
make_room (Bench *bench)
{
  LeydenWindow *window = bench->window;

  leyden_window_build (window);
  adw_flap_set_reveal_flap (window->tab->library_flap, FALSE);
  adw_flap_set_reveal_flap (window->tab->inspector_flap, FALSE);
  window->inspector_closed = TRUE;
}

static gboolean
has_size (Bench *bench)
{
  return gtk_widget_get_width (GTK_WIDGET (bench->canvas)) == WIDTH && gtk_widget_get_height (GTK_WIDGET (bench->canvas)) == HEIGHT;
}

static void
grow (Bench *bench)
{
  for (guint i = 0; i < 20 && !has_size (bench); i++)
    {
      int width, height;

      gtk_window_get_default_size (GTK_WINDOW (bench->window), &width, &height);
      gtk_window_set_default_size (GTK_WINDOW (bench->window), width + WIDTH - gtk_widget_get_width (GTK_WIDGET (bench->canvas)),
                                   height + HEIGHT - gtk_widget_get_height (GTK_WIDGET (bench->canvas)));
      wait_ms (300);
    }
}

static gboolean
run_cb (gpointer data)
{
  Bench *bench = data;
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (bench->window));
  g_autoptr(GString) flow = make_flow (bench->n_nodes);
  g_autoptr(GString) small = make_flow (4);
  g_autofree char *folder = g_dir_make_tmp ("leyden-bench-XXXXXX", NULL);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, "canvas.leyden", NULL) : NULL;
  g_autoptr(GFile) file = path != NULL ? g_file_new_for_path (path) : NULL;
  g_autoptr(GBytes) bytes = g_bytes_new (small->str, small->len);
  g_autoptr(LeydenDocument) document = leyden_document_new_from_bytes (NULL, bytes, "small", TRUE, NULL);
  guint heartbeat = g_timeout_add (100, heartbeat_cb, NULL);
  gboolean done = FALSE;

  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), bench);
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), bench);
  make_room (bench);
  bench->canvas = bench->window->tab->canvas;
  leyden_window_set_document (bench->window, document);
  wait_ms (400);
  grow (bench);
  close_document (bench);
  g_string_append_printf (bench->out, "{\"bench\": \"canvas\", \"nodes\": %u, \"width\": %d, \"height\": %d", bench->n_nodes,
                          gtk_widget_get_width (GTK_WIDGET (bench->canvas)), gtk_widget_get_height (GTK_WIDGET (bench->canvas)));
  if (path != NULL && g_file_set_contents (path, flow->str, (gssize) flow->len, NULL))
    {
      g_string_set_size (flow, 0);
      done = measure_opening (bench, file);
    }
  if (done)
    measure (bench);
  g_string_append (bench->out, "}");
  if (done)
    g_print ("%s\n", bench->out->str);
  else
    g_printerr ("leyden: the canvas did not come to rest\n");
  if (path != NULL)
    g_unlink (path);
  if (folder != NULL)
    g_rmdir (folder);
  g_source_remove (heartbeat);
  g_signal_handlers_disconnect_by_data (clock, bench);
  leyden_window_close_now (bench->window);
  g_application_release (G_APPLICATION (bench->application));
  g_array_unref (bench->wall);
  g_array_unref (bench->cpu);
  g_string_free (bench->out, TRUE);
  g_free (bench);
  return G_SOURCE_REMOVE;
}

void
leyden_bench_canvas_run (LeydenApplication *application,
                         guint              n_nodes)
{
  Bench *bench = g_new0 (Bench, 1);

  bench->application = application;
  bench->n_nodes = n_nodes;
  bench->wall = g_array_new (FALSE, FALSE, sizeof (double));
  bench->cpu = g_array_new (FALSE, FALSE, sizeof (double));
  bench->out = g_string_new (NULL);
  g_application_hold (G_APPLICATION (application));
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  bench->window = LEYDEN_WINDOW (leyden_window_new (application));
  gtk_window_present (GTK_WINDOW (bench->window));
  g_timeout_add (300, run_cb, bench);
}
