/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <string.h>

/* The canvas measures itself in the window: here are its figures by number of nodes, each list of them with its median and 95th percentile. */

static const guint sizes[] = { 100, 1000, 10000 };

/* A member that is a list of numbers is a figure; its name ends in the unit. */
static void
take_figure (LeydenBench *bench,
             const char  *case_name,
             const char  *metric,
             LeydenValue *list)
{
  const char *unit = g_str_has_suffix (metric, "_mib") ? "MiB" : "ms";

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      double value;

      if (leyden_value_get_double (leyden_value_get_item (list, i), &value))
        leyden_bench_add (bench, case_name, g_intern_string (metric), unit, value);
    }
}

static gboolean
measure (LeydenBench *bench,
         const char  *window,
         guint        n)
{
  g_autofree char *nodes = g_strdup_printf ("%u", n);
  g_autofree char *case_name = g_strdup_printf ("nodes=%u", n);
  g_autoptr(LeydenValue) figures = leyden_bench_run_window (window, (const char *[]) { "canvas", "--nodes", nodes, NULL });

  for (guint i = 0; i < leyden_value_get_size (figures); i++)
    {
      LeydenValue *value = leyden_value_get_item (figures, i);

      if (leyden_value_get_kind (value) == LEYDEN_VALUE_LIST)
        take_figure (bench, case_name, leyden_value_get_key (figures, i), value);
    }
  return figures != NULL;
}

int
leyden_bench_canvas (LeydenBench *bench)
{
  g_autofree char *window = leyden_bench_find_window ();
  guint size = leyden_bench_get_size (bench, 0);

  if (window == NULL)
    return LEYDEN_EXIT_FILE;
  if (!leyden_bench_has_display ())
    return LEYDEN_EXIT_FAILED;
  for (guint i = 0; size == 0 && i < G_N_ELEMENTS (sizes); i++)
    if (!measure (bench, window, sizes[i]))
      return LEYDEN_EXIT_FAILED;
  return size == 0 || measure (bench, window, size) ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}
