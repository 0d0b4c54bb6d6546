/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-private.h"

#include <math.h>

/* Upper edges of areas that stand on one another: the series in their order, over all x that any of them has. A series that has nothing at an x
 * adds nothing there. */

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static GArray *
list_x (LeydenChart *self)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (double));
  guint n = 0;

  for (guint i = 0; i < self->series->len; i++)
    if (!leyden_chart_get (self, i)->hidden)
      g_array_append_vals (all, leyden_chart_get (self, i)->x->data, leyden_chart_get (self, i)->x->len);
  g_array_sort (all, compare_doubles);
  for (guint i = 0; i < all->len; i++)
    if (i == 0 || g_array_index (all, double, i) != g_array_index (all, double, n - 1))
      g_array_index (all, double, n++) = g_array_index (all, double, i);
  g_array_set_size (all, n);
  return all;
}

void
leyden_chart_ensure_stack (LeydenChart *self)
{
  g_autofree double *sums = NULL;

  if (self->stack != NULL)
    return;
  self->stack_x = list_x (self);
  self->stack = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_chart_track_free);
  sums = g_new0 (double, self->stack_x->len + 1);
  for (guint i = 0; i < self->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (self, i);
      LeydenChartTrack *edge = leyden_chart_track_new ();
      guint k = 0;

      for (guint j = 0; j < self->stack_x->len; j++)
        {
          double x = g_array_index (self->stack_x, double, j);

          for (; !series->hidden && k < series->x->len && g_array_index (series->x, double, k) <= x; k++)
            if (isfinite (leyden_chart_track_get_values (series->y)[k]))
              sums[j] += leyden_chart_track_get_values (series->y)[k];
          leyden_chart_track_append (edge, sums[j]);
        }
      g_ptr_array_add (self->stack, edge);
    }
}
