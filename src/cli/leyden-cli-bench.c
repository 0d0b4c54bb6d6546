/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "leyden-json.h"
#include "leyden-stats.h"
#include "leyden-text.h"

typedef struct
{
  char       *case_name;
  const char *metric;
  const char *unit;
  GArray     *values;           /* double */
} Figure;

struct _LeydenBench
{
  LeydenArguments *arguments;
  GPtrArray       *figures;
};

static void
figure_free (gpointer data)
{
  Figure *figure = data;

  g_array_unref (figure->values);
  g_free (figure->case_name);
  g_free (figure);
}

guint
leyden_bench_get_size (LeydenBench *self,
                       guint        fallback)
{
  return (guint)leyden_arguments_get_integer (self->arguments, "size", fallback);
}

double
leyden_bench_get_seconds (LeydenBench *self,
                          double       fallback)
{
  return (double)leyden_arguments_get_integer (self->arguments, "seconds", 0) > 0
           ? (double)leyden_arguments_get_integer (self->arguments, "seconds", 0)
           : fallback;
}

const char * const *
leyden_bench_get_cases (LeydenBench *self)
{
  return leyden_arguments_get_texts (self->arguments, "case");
}

const char *
leyden_bench_get_text (LeydenBench *self,
                       const char  *option)
{
  return leyden_arguments_get_text (self->arguments, option, NULL);
}

gint64
leyden_bench_get_integer (LeydenBench *self,
                          const char  *option)
{
  return leyden_arguments_get_integer (self->arguments, option, 0);
}

void
leyden_bench_add (LeydenBench *self,
                  const char  *case_name,
                  const char  *metric,
                  const char  *unit,
                  double       value)
{
  Figure *figure = NULL;

  for (guint i = 0; i < self->figures->len && figure == NULL; i++)
    {
      Figure *other = g_ptr_array_index (self->figures, i);

      if (strcmp (other->case_name, case_name) == 0 && strcmp (other->metric, metric) == 0)
        figure = other;
    }
  if (figure == NULL)
    {
      figure = g_new0 (Figure, 1);
      figure->case_name = g_strdup (case_name);
      figure->metric = metric;
      figure->unit = unit;
      figure->values = g_array_new (FALSE, FALSE, sizeof (double));
      g_ptr_array_add (self->figures, figure);
    }
  g_array_append_val (figure->values, value);
}

double
leyden_bench_cpu_ms (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3
         + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

double
leyden_bench_now_s (void)
{
  return (double)g_get_monotonic_time () / 1e6;
}

/* ---- Results ---- */

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static char *
dup_cpu (void)
{
  g_autofree char *text = NULL;
  char *line, *end;

  if (!g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    return g_strdup ("unknown");
  line = strstr (text, "model name");
  line = line == NULL ? NULL : strchr (line, ':');
  if (line == NULL)
    return g_strdup ("unknown");
  end = strchr (line, '\n');
  if (end != NULL)
    *end = '\0';
  return g_strdup_printf ("%s, %u cores", g_strstrip (line + 1), g_get_num_processors ());
}

static LeydenValue *
figure_to_value (Figure *figure)
{
  const double *x = (const double *)(gpointer)figure->values->data;
  guint n = figure->values->len;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "case", figure->case_name);
  leyden_value_builder_set_string (&b, "metric", figure->metric);
  leyden_value_builder_set_string (&b, "unit", figure->unit);
  leyden_value_builder_set_int (&b, "n", n);
  leyden_value_builder_set_double (&b, "median", leyden_stats_quantile (x, n, 0.5));
  leyden_value_builder_set_double (&b, "p95", leyden_stats_quantile (x, n, 0.95));
  leyden_value_builder_set_double (&b, "min", x[0]);
  leyden_value_builder_set_double (&b, "max", x[n - 1]);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
print_json (LeydenBench *self,
            const char  *name)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *cpu = dup_cpu ();

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "bench", name);
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  leyden_value_builder_set_string (&b, "cpu", cpu);
  leyden_value_builder_key (&b, "results");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->figures->len; i++)
    leyden_value_builder_take (&b, figure_to_value (g_ptr_array_index (self->figures, i)));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

static void
print_table (LeydenBench *self)
{
  leyden_cli_print ("%-22s %-20s %12s %12s  %s\n", _("case"), _("metric"), _("median"), "p95", _("unit"));
  for (guint i = 0; i < self->figures->len; i++)
    {
      Figure *figure = g_ptr_array_index (self->figures, i);
      const double *x = (const double *)(gpointer)figure->values->data;

      leyden_cli_print ("%-22s %-20s %12.4g %12.4g  %s\n", figure->case_name, figure->metric,
                        leyden_stats_quantile (x, figure->values->len, 0.5), leyden_stats_quantile (x, figure->values->len, 0.95),
                        figure->unit);
    }
}

static int
run (LeydenArguments *arguments)
{
  static const struct
  {
    const char *name;
    int       (*measure) (LeydenBench *bench);
  } benches[] = {
    { "engine", leyden_bench_engine }, { "file", leyden_bench_file }, { "store", leyden_bench_store }, { "layout", leyden_bench_layout },
    { "gateway", leyden_bench_gateway }, { "desktop", leyden_bench_desktop }, { "canvas", leyden_bench_canvas },
    { "debugger", leyden_bench_debugger }, { "dashboards", leyden_bench_dashboards },
  };
  const char *name = leyden_arguments_get_operand (arguments, 0);
  g_autoptr(GPtrArray) figures = g_ptr_array_new_with_free_func (figure_free);
  LeydenBench self = { arguments, figures };
  g_autofree char *shown = leyden_text_escape (name, -1, 40);

  for (guint i = 0; i < G_N_ELEMENTS (benches); i++)
    {
      int status;

      if (strcmp (benches[i].name, name) != 0)
        continue;
      status = benches[i].measure (&self);
      if (status != LEYDEN_EXIT_OK)
        return status;
      for (guint j = 0; j < figures->len; j++)
        g_array_sort (((Figure *)g_ptr_array_index (figures, j))->values, compare_doubles);
      if (leyden_arguments_has (arguments, "json"))
        print_json (&self, name);
      else
        print_table (&self);
      return LEYDEN_EXIT_OK;
    }
  return leyden_arguments_refuse (arguments, _("there is no benchmark “%s”: engine, file, store, layout, gateway, desktop, canvas, debugger or dashboards"), shown);
}

static const LeydenOption options[] = {
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One JSON object: {bench, version, cpu, results}") },
  { "size", LEYDEN_OPTION_INTEGER, 1, 10000000, FALSE, "N", N_ ("Nodes, events, runs in flight or rows of the longest list, by benchmark") },
  { "seconds", LEYDEN_OPTION_INTEGER, 1, 3600, FALSE, "S", N_ ("How long a case is measured") },
  { "case", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "NAME", N_ ("gateway, debugger, dashboards: only this case, with or without its number: post-event, post-event/256, scrub, ask") },
  { "beside", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "URL", N_ ("gateway: measure in turn with another server on this machine (its key: LEYDEN_BENCH_BESIDE_KEY)") },
  { "beside-pid", LEYDEN_OPTION_INTEGER, 1, G_MAXINT, FALSE, "PID", N_ ("gateway: its process, for CPU time and memory") },
  { "peer", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "PYTHON", N_ ("dashboards: measure in turn with MLflow, which this Python has") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_bench = {
  "bench", "NAME", 1, 1, options, N_ ("Measure this machine: engine, file, store, layout, gateway, desktop, canvas, debugger or dashboards"),
  N_ ("CPU times hold on a busy machine too; others want it quiet. Nothing is read or written but temporary files."), run,
};
