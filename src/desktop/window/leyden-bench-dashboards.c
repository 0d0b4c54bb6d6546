/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-bench.h"

#include <math.h>

#include "leyden-bench-rollouts.h"
#include "leyden-bench-turns.h"
#include "leyden-chart-link.h"
#include "leyden-chart-view.h"

/*
 * The chart that people see, in a window of its own, with as many points as there may be: how long it takes until it stands, what a frame takes while one pans,
 * and whether the main loop stays free while points keep coming.
 */

#define WIDTH        1280
#define HEIGHT       800
#define REPETITIONS  7
#define PAN_FRAMES   120
#define APPEND_TICKS 20
#define APPEND_RATE  10000
#define APPEND_US    (5 * G_USEC_PER_SEC)
#define PATIENCE_US  (60 * G_USEC_PER_SEC)
#define BEGIN_NS     1.79e18
#define STEP_NS      1e8

typedef struct
{
  LeydenApplication *application;
  GtkWindow         *window;
  LeydenChartView   *view;
  LeydenChartLink   *link;
  LeydenBenchTurns  *turns;
  GString           *out;
  guint              n_points;
  guint              n_painted;         /* frames so far */
  gint64             frame_us;          /* when the frame under way began */
  GArray            *frames;            /* double: ms of each */
  guint              n_appended;
} Bench;

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
  double ms = (double) (g_get_monotonic_time () - bench->frame_us) / 1000;

  bench->n_painted++;
  g_array_append_val (bench->frames, ms);
}

/* A chart of @n points of one series: a wave with what looks like noise. */
static LeydenChart *
make_chart (guint n)
{
  LeydenChart *chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  g_autofree double *x = g_new (double, MAX (n, 1));
  g_autofree double *y = g_new (double, MAX (n, 1));
  guint series;

  leyden_chart_set_axes (chart, LEYDEN_CHART_X_TIME, "");
  series = leyden_chart_add_series (chart, "bench");
  for (guint i = 0; i < n; i++)
    {
      x[i] = BEGIN_NS + i * STEP_NS;
      y[i] = sin (i * 40.0 / n) + (double) (i * 2654435761u % 1000) / 3000;
    }
  leyden_chart_append (chart, series, x, y, NULL, NULL, n);
  return chart;
}

/* Until the next frame is painted, and what was asked for stands in it. */
static gboolean
wait_for_frames (Bench *bench,
                 guint  n)
{
  guint until = bench->n_painted + n;
  gint64 end = g_get_monotonic_time () + PATIENCE_US;

  while (bench->n_painted < until && g_get_monotonic_time () < end)
    {
      gtk_widget_queue_draw (GTK_WIDGET (bench->view));
      g_main_context_iteration (NULL, TRUE);
    }
  return bench->n_painted >= until;
}

static void
begin_case (Bench      *bench,
            const char *name)
{
  g_string_append_printf (bench->out, "%s{\"case\": \"%s-%u\"", g_str_has_suffix (bench->out->str, "}") ? ", " : "", name, bench->n_points);
}

static void
tell_turns (Bench *bench)
{
  leyden_bench_tell (bench->out, "stall_ms", leyden_bench_turns_get_wall (bench->turns));
  leyden_bench_tell (bench->out, "stall_own_ms", leyden_bench_turns_get_own (bench->turns));
  leyden_bench_tell (bench->out, "stall_cpu_ms", leyden_bench_turns_get_cpu (bench->turns));
}

/* From a finished chart to its first frame. */
static gboolean
first_paint (Bench *bench)
{
  g_autoptr(GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  begin_case (bench, "chart");
  for (guint i = 0; i < REPETITIONS; i++)
    {
      g_autoptr(LeydenChart) chart = make_chart (bench->n_points);
      gint64 start = g_get_monotonic_time ();
      double ms;

      leyden_chart_view_set_chart (bench->view, chart);
      if (!wait_for_frames (bench, 1))
        return FALSE;
      ms = (double) (g_get_monotonic_time () - start) / 1000;
      g_array_append_val (values, ms);
    }
  leyden_bench_tell (bench->out, "first_paint_ms", values);
  g_string_append (bench->out, "}");
  return TRUE;
}

/* A tenth of all is shown and moves on with every frame. */
static gboolean
pan (Bench *bench)
{
  double all = bench->n_points * STEP_NS, shown = all / 10;
  gboolean done = TRUE;

  begin_case (bench, "pan");
  leyden_chart_link_set_zoom (bench->link, BEGIN_NS, BEGIN_NS + shown);
  if (!wait_for_frames (bench, 5))
    return FALSE;
  g_array_set_size (bench->frames, 0);
  leyden_bench_turns_begin (bench->turns);
  for (guint i = 0; i < PAN_FRAMES && done; i++)
    {
      double low = BEGIN_NS + (all - shown) * i / PAN_FRAMES;

      leyden_chart_link_set_zoom (bench->link, low, low + shown);
      done = wait_for_frames (bench, 1);
    }
  leyden_bench_turns_end (bench->turns);
  leyden_bench_tell (bench->out, "frame_ms", bench->frames);
  tell_turns (bench);
  g_string_append (bench->out, "}");
  leyden_chart_link_set_zoom (bench->link, NAN, NAN);
  return done;
}

static gboolean
append_cb (gpointer data)
{
  Bench *bench = data;
  LeydenChart *chart = leyden_chart_view_get_chart (bench->view);
  double x[APPEND_RATE / APPEND_TICKS], y[APPEND_RATE / APPEND_TICKS];

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    {
      x[i] = BEGIN_NS + (bench->n_points + bench->n_appended) * STEP_NS;
      y[i] = sin (bench->n_appended / 5000.0);
      bench->n_appended++;
    }
  leyden_chart_append (chart, 0, x, y, NULL, NULL, G_N_ELEMENTS (x));
  return G_SOURCE_CONTINUE;
}

static gboolean
append (Bench *bench)
{
  gint64 end;
  guint clock;

  begin_case (bench, "live");
  g_array_set_size (bench->frames, 0);
  clock = g_timeout_add (1000 / APPEND_TICKS, append_cb, bench);
  leyden_bench_turns_begin (bench->turns);
  end = g_get_monotonic_time () + APPEND_US;
  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  leyden_bench_turns_end (bench->turns);
  g_source_remove (clock);
  g_string_append_printf (bench->out, ", \"points_per_s\": [%u]", bench->n_appended / (guint) (APPEND_US / G_USEC_PER_SEC));
  leyden_bench_tell (bench->out, "frame_ms", bench->frames);
  tell_turns (bench);
  g_string_append (bench->out, "}");
  return bench->n_appended > 0;
}

static gboolean
run_cb (gpointer data)
{
  Bench *bench = data;
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (bench->window));
  gboolean done;

  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), bench);
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), bench);
  g_string_append_printf (bench->out, "{\"bench\": \"dashboards\", \"points\": %u, \"cases\": [", bench->n_points);
  done = first_paint (bench) && pan (bench) && append (bench)
         && leyden_bench_rollouts (ADW_APPLICATION_WINDOW (bench->window), bench->turns, bench->n_points, bench->out);
  g_string_append (bench->out, "]}");
  if (done)
    g_print ("%s\n", bench->out->str);
  else
    g_printerr ("leyden: dashboards were not measured\n");
  g_signal_handlers_disconnect_by_data (clock, bench);
  leyden_bench_turns_free (bench->turns);
  gtk_window_destroy (bench->window);
  g_application_release (G_APPLICATION (bench->application));
  g_object_unref (bench->link);
  g_array_unref (bench->frames);
  g_string_free (bench->out, TRUE);
  g_free (bench);
  return G_SOURCE_REMOVE;
}

void
leyden_bench_dashboards_run (LeydenApplication *application,
                             guint              n_points)
{
  Bench *bench = g_new0 (Bench, 1);

  bench->application = application;
  bench->n_points = n_points;
  bench->turns = leyden_bench_turns_new ();
  bench->frames = g_array_new (FALSE, FALSE, sizeof (double));
  bench->out = g_string_new (NULL);
  bench->link = leyden_chart_link_new ();
  bench->window = GTK_WINDOW (adw_application_window_new (GTK_APPLICATION (application)));
  bench->view = LEYDEN_CHART_VIEW (leyden_chart_view_new ());
  leyden_chart_view_set_link (bench->view, bench->link);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (bench->window), GTK_WIDGET (bench->view));
  g_application_hold (G_APPLICATION (application));
  gtk_window_set_default_size (bench->window, WIDTH, HEIGHT);
  gtk_window_present (bench->window);
  g_timeout_add (300, run_cb, bench);
}
