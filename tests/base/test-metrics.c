/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "leyden-metrics.h"

enum
{
  REQUESTS,
  TEMPERATURE,
  SECONDS,
  PLAIN,
};

static const double bounds[] = { 0.1, 1, 0 };
static const LeydenMetricRow rows[] = {
  [REQUESTS] = { LEYDEN_METRIC_COUNTER, "x_requests_total", "Requests\nby \\ \"code\"", { "method", "code" }, NULL },
  [TEMPERATURE] = { LEYDEN_METRIC_GAUGE, "x_temperature_celsius", "Warmth", { NULL }, NULL },
  [SECONDS] = { LEYDEN_METRIC_HISTOGRAM, "x_seconds", "How long", { "group" }, bounds },
  [PLAIN] = { LEYDEN_METRIC_HISTOGRAM, "x_plain_seconds", "Without labels", { NULL }, bounds },
};

static void
test_write (void)
{
  g_autoptr(LeydenMetrics) metrics = leyden_metrics_new (rows, G_N_ELEMENTS (rows));
  g_autofree char *text = NULL;

  leyden_metrics_add (metrics, REQUESTS, 2, "GET", "200", NULL);
  leyden_metrics_add (metrics, REQUESTS, 1, "GET", "2\"0\\0\n", NULL);
  leyden_metrics_add (metrics, REQUESTS, 1, "GET", "200", NULL);
  leyden_metrics_set (metrics, TEMPERATURE, -1.5, NULL);
  leyden_metrics_observe (metrics, SECONDS, 0.1, "api", NULL);
  leyden_metrics_observe (metrics, SECONDS, 0.5, "api", NULL);
  leyden_metrics_observe (metrics, SECONDS, 7, "api", NULL);
  leyden_metrics_observe (metrics, SECONDS, NAN, "api", NULL);
  text = leyden_metrics_write (metrics);
  g_assert_cmpstr (text, ==,
                   "# HELP x_requests_total Requests\\nby \\\\ \"code\"\n"
                   "# TYPE x_requests_total counter\n"
                   "x_requests_total{method=\"GET\",code=\"2\\\"0\\\\0\\n\"} 1\n"
                   "x_requests_total{method=\"GET\",code=\"200\"} 3\n"
                   "# HELP x_temperature_celsius Warmth\n"
                   "# TYPE x_temperature_celsius gauge\n"
                   "x_temperature_celsius -1.5\n"
                   "# HELP x_seconds How long\n"
                   "# TYPE x_seconds histogram\n"
                   "x_seconds_bucket{group=\"api\",le=\"0.1\"} 1\n"
                   "x_seconds_bucket{group=\"api\",le=\"1\"} 2\n"
                   "x_seconds_bucket{group=\"api\",le=\"+Inf\"} 3\n"
                   "x_seconds_sum{group=\"api\"} 7.6\n"
                   "x_seconds_count{group=\"api\"} 3\n"
                   "# HELP x_plain_seconds Without labels\n"
                   "# TYPE x_plain_seconds histogram\n"
                   "x_plain_seconds_bucket{le=\"0.1\"} 0\n"
                   "x_plain_seconds_bucket{le=\"1\"} 0\n"
                   "x_plain_seconds_bucket{le=\"+Inf\"} 0\n"
                   "x_plain_seconds_sum 0\n"
                   "x_plain_seconds_count 0\n");
  g_assert_cmpfloat (leyden_metrics_get (metrics, REQUESTS, "GET", "200", NULL), ==, 3);
  g_assert_cmpfloat (leyden_metrics_get (metrics, REQUESTS, "PUT", "200", NULL), ==, 0);
}

/* A label that somebody outside chose would else be a way to fill the memory. */
static void
test_bound (void)
{
  g_autoptr(LeydenMetrics) metrics = leyden_metrics_new (rows, G_N_ELEMENTS (rows));

  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *code = g_strdup_printf ("%u", i);

      leyden_metrics_add (metrics, REQUESTS, 1, "GET", code, NULL);
    }
  g_assert_cmpfloat (leyden_metrics_get (metrics, REQUESTS, "GET", "1999", NULL), ==, 1);
  g_assert_cmpfloat (leyden_metrics_get (metrics, REQUESTS, "GET", "2000", NULL), ==, 0);
  g_assert_cmpfloat (leyden_metrics_get (metrics, REQUESTS, "other", "other", NULL), ==, 3000);
}

static gpointer
count_thread (gpointer data)
{
  for (guint i = 0; i < 10000; i++)
    {
      leyden_metrics_add (data, REQUESTS, 1, "GET", "200", NULL);
      leyden_metrics_observe (data, PLAIN, 1, NULL);
    }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr(LeydenMetrics) metrics = leyden_metrics_new (rows, G_N_ELEMENTS (rows));
  GThread *threads[4];
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("count", count_thread, metrics);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpfloat (leyden_metrics_get (metrics, REQUESTS, "GET", "200", NULL), ==, 40000);
  text = leyden_metrics_write (metrics);
  g_assert_nonnull (strstr (text, "x_plain_seconds_bucket{le=\"1\"} 40000\n"));
}

static void
note_cb (const LeydenMetricRow *row,
         const char            *suffix,
         const char * const    *values,
         double                 value,
         gpointer               data)
{
  g_autofree char *labels = row->labels[0] != NULL ? g_strjoinv (",", (char **)values) : g_strdup ("");

  g_ptr_array_add (data, g_strdup_printf ("%s%s(%s)=%g", row->name, suffix, labels, value));
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *)a, *(const char * const *)b);
}

static void
test_each (void)
{
  g_autoptr(LeydenMetrics) metrics = leyden_metrics_new (rows, G_N_ELEMENTS (rows));
  g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *all = NULL;

  leyden_metrics_add (metrics, REQUESTS, 2, "GET", "200", NULL);
  leyden_metrics_set (metrics, TEMPERATURE, -1.5, NULL);
  leyden_metrics_observe (metrics, SECONDS, 0.5, "api", NULL);
  leyden_metrics_observe (metrics, SECONDS, 7, "api", NULL);
  leyden_metrics_each (metrics, note_cb, seen);
  g_ptr_array_sort (seen, compare_texts);
  g_ptr_array_add (seen, NULL);
  all = g_strjoinv (" ", (char **)seen->pdata);
  g_assert_cmpstr (all, ==, "x_plain_seconds_count()=0 x_plain_seconds_sum()=0 x_requests_total(GET,200)=2 x_seconds_count(api)=2 x_seconds_sum(api)=7.5 "
                            "x_temperature_celsius()=-1.5");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/write", test_write);
  g_test_add_func ("/metrics/each", test_each);
  g_test_add_func ("/metrics/bound", test_bound);
  g_test_add_func ("/metrics/threads", test_threads);
  return g_test_run ();
}
