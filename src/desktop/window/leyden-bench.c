/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-bench.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "leyden-window.h"

#define SETTLE_S 3

typedef struct
{
  LeydenApplication *application;
  GtkWindow         *window;
  char              *name;
  double             cpu_start_ms;
  gint64             start_us;
} Bench;

static const char * const names[] = { "first-window", "smallest-adw-window", "idle-60s", "canvas", "debugger", "dashboards" };

gboolean
leyden_bench_is_known (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      return TRUE;
  return FALSE;
}

double
leyden_bench_get_cpu_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double) time.tv_sec * 1000 + (double) time.tv_nsec / 1e6;
}

/* Field 22 of /proc/self/stat: start in clock ticks since boot. Resolution 10 ms. */
static double
get_age_ms (void)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) fields = NULL;
  struct timespec now;
  const char *rest;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL) || (rest = strrchr (text, ')')) == NULL)
    return -1;
  fields = g_strsplit (rest + 2, " ", -1);
  if (g_strv_length (fields) < 20)
    return -1;
  clock_gettime (CLOCK_BOOTTIME, &now);
  return (double) now.tv_sec * 1000 + (double) now.tv_nsec / 1e6
         - (double) g_ascii_strtoull (fields[19], NULL, 10) * 1000 / (double) sysconf (_SC_CLK_TCK);
}

double
leyden_bench_get_pss_mib (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL) || (line = strstr (text, "\nPss:")) == NULL)
    return -1;
  return (double) g_ascii_strtoull (line + 5, NULL, 10) / 1024;
}

static void
finish (Bench  *bench,
        double  ms,
        double  cpu_ms)
{
  char buffers[3][G_ASCII_DTOSTR_BUF_SIZE];

  g_print ("{\"bench\": \"%s\", \"ms\": %s, \"cpu_ms\": %s, \"pss_mib\": %s}\n", bench->name,
           g_ascii_formatd (buffers[0], sizeof buffers[0], "%.1f", ms),
           g_ascii_formatd (buffers[1], sizeof buffers[1], "%.1f", cpu_ms),
           g_ascii_formatd (buffers[2], sizeof buffers[2], "%.1f", leyden_bench_get_pss_mib ()));
  if (LEYDEN_IS_WINDOW (bench->window))
    leyden_window_close_now (LEYDEN_WINDOW (bench->window));
  else
    gtk_window_destroy (bench->window);
  g_application_release (G_APPLICATION (bench->application));
  g_free (bench->name);
  g_free (bench);
}

static gboolean
idle_over_cb (gpointer data)
{
  Bench *bench = data;

  finish (bench, (double) (g_get_monotonic_time () - bench->start_us) / 1000, leyden_bench_get_cpu_ms () - bench->cpu_start_ms);
  return G_SOURCE_REMOVE;
}

static gboolean
idle_begin_cb (gpointer data)
{
  Bench *bench = data;
  const char *seconds = g_getenv ("LEYDEN_BENCH_SECONDS");

  bench->cpu_start_ms = leyden_bench_get_cpu_ms ();
  bench->start_us = g_get_monotonic_time ();
  g_timeout_add_seconds (seconds != NULL ? (guint) CLAMP (g_ascii_strtoll (seconds, NULL, 10), 1, 3600) : 60, idle_over_cb, bench);
  return G_SOURCE_REMOVE;
}

static void
painted_cb (GdkFrameClock *clock,
            Bench         *bench)
{
  g_signal_handlers_disconnect_by_func (clock, painted_cb, bench);
  if (g_str_equal (bench->name, "idle-60s"))
    {
      leyden_window_open_sample (LEYDEN_WINDOW (bench->window), "calculator-agent");
      g_timeout_add_seconds (SETTLE_S, idle_begin_cb, bench);
    }
  else
    finish (bench, get_age_ms (), leyden_bench_get_cpu_ms ());
}

static GtkWindow *
make_smallest (LeydenApplication *application)
{
  GtkWidget *window = adw_application_window_new (GTK_APPLICATION (application));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), gtk_label_new ("Hello"));
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), box);
  return GTK_WINDOW (window);
}

void
leyden_bench_run (LeydenApplication *application,
                  const char        *name,
                  guint              n_nodes)
{
  Bench *bench;
  GdkFrameClock *clock;

  if (g_str_equal (name, "canvas"))
    {
      leyden_bench_canvas_run (application, n_nodes);
      return;
    }
  if (g_str_equal (name, "debugger"))
    {
      leyden_bench_debugger_run (application, n_nodes);
      return;
    }
  if (g_str_equal (name, "dashboards"))
    {
      leyden_bench_dashboards_run (application, n_nodes);
      return;
    }
  bench = g_new0 (Bench, 1);
  bench->application = application;
  bench->name = g_strdup (name);
  g_application_hold (G_APPLICATION (application));
  bench->window = g_str_equal (name, "smallest-adw-window") ? make_smallest (application)
                                                            : GTK_WINDOW (leyden_window_new (application));
  gtk_widget_realize (GTK_WIDGET (bench->window));
  clock = gtk_widget_get_frame_clock (GTK_WIDGET (bench->window));
  g_signal_connect (clock, "after-paint", G_CALLBACK (painted_cb), bench);
  gtk_window_present (bench->window);
}
