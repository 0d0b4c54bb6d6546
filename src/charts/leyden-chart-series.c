/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-private.h"

#include <math.h>

#include "leyden-chart-format.h"
#include "leyden-text.h"

/* Points of one series: their order, their smoothing. */

LeydenChartSeries *
leyden_chart_series_new (const char *name)
{
  LeydenChartSeries *self = g_new0 (LeydenChartSeries, 1);

  self->name = g_strdup (name);
  self->title = leyden_text_display (name, -1, LEYDEN_CHART_NAME_CHARS, FALSE);
  self->x = g_array_new (FALSE, FALSE, sizeof (double));
  self->y = leyden_chart_track_new ();
  return self;
}

void
leyden_chart_series_free (gpointer data)
{
  LeydenChartSeries *self = data;

  g_free (self->name);
  g_free (self->title);
  g_array_unref (self->x);
  g_clear_pointer (&self->x_end, g_array_unref);
  g_clear_pointer (&self->n, g_array_unref);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  leyden_chart_track_free (self->y);
  leyden_chart_track_free (self->low);
  leyden_chart_track_free (self->high);
  leyden_chart_track_free (self->smooth);
  g_free (self);
}

static GArray *
copy_array (GArray *array)
{
  return array != NULL ? g_array_copy (array) : NULL;
}

static gpointer
copy_key (gconstpointer key,
          gpointer      data)
{
  return g_strdup (key);
}

LeydenChartSeries *
leyden_chart_series_copy (const LeydenChartSeries *self)
{
  LeydenChartSeries *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->title = g_strdup (self->title);
  copy->x = g_array_copy (self->x);
  copy->x_end = copy_array (self->x_end);
  copy->n = copy_array (self->n);
  copy->y = leyden_chart_track_copy (self->y);
  copy->low = leyden_chart_track_copy (self->low);
  copy->high = leyden_chart_track_copy (self->high);
  copy->smooth = leyden_chart_track_copy (self->smooth);
  if (self->keys != NULL)
    {
      /* Copies of a list have its way of freeing. */
      copy->keys = g_ptr_array_copy (self->keys, copy_key, NULL);
    }
  return copy;
}

const double *
leyden_chart_series_get_x (const LeydenChartSeries *self)
{
  return (const double *) (gpointer) self->x->data;
}

LeydenChartTrack *
leyden_chart_series_get_main (const LeydenChartSeries *self)
{
  return self->smooth != NULL ? self->smooth : self->y;
}

guint
leyden_chart_series_find (const LeydenChartSeries *self,
                          double                   x)
{
  const double *values = leyden_chart_series_get_x (self);
  guint low = 0, high = self->x->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (values[middle] < x)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
leyden_chart_series_add (LeydenChartSeries *self,
                         double             x,
                         double             y)
{
  if (!isfinite (x))
    {
      self->n_invalid++;
      return;
    }
  if (isinf (y))
    self->n_invalid++;
  g_array_append_val (self->x, x);
  leyden_chart_track_append (self->y, y);
}

/* --- order --- */

static int
compare_x (gconstpointer a,
           gconstpointer b,
           gpointer      data)
{
  const double *x = data;
  guint i = *(const guint *) a, j = *(const guint *) b;

  return x[i] < x[j] ? -1 : x[i] > x[j] ? 1 : i < j ? -1 : i > j;
}

static void
permute (GArray      **array,
         const guint  *order,
         guint         n)
{
  GArray *sorted;

  if (*array == NULL || (*array)->len != n)
    return;
  sorted = g_array_sized_new (FALSE, FALSE, sizeof (double), n);
  for (guint i = 0; i < n; i++)
    g_array_append_val (sorted, g_array_index (*array, double, order[i]));
  g_array_unref (*array);
  *array = sorted;
}

static void
permute_track (LeydenChartTrack **track,
               const guint       *order,
               guint              n)
{
  LeydenChartTrack *sorted;

  if (*track == NULL || leyden_chart_track_get_size (*track) != n)
    return;
  sorted = leyden_chart_track_new ();
  for (guint i = 0; i < n; i++)
    leyden_chart_track_append (sorted, leyden_chart_track_get_values (*track)[order[i]]);
  leyden_chart_track_free (*track);
  *track = sorted;
}

/* Looks at what came since the last time only. */
static gboolean
is_in_order (LeydenChartSeries *self)
{
  const double *x = leyden_chart_series_get_x (self);

  for (guint i = MAX (self->n_settled, 1); i < self->x->len; i++)
    if (x[i] < x[i - 1])
      return FALSE;
  return TRUE;
}

static void
sort (LeydenChartSeries *self)
{
  guint n = self->x->len;
  g_autofree guint *order = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) n, sizeof (guint), compare_x, (gpointer) leyden_chart_series_get_x (self));
  permute (&self->x_end, order, n);
  permute (&self->n, order, n);
  if (self->keys != NULL && self->keys->len == n)
    {
      GPtrArray *keys = g_ptr_array_new_full (n, g_free);

      for (guint i = 0; i < n; i++)
        g_ptr_array_add (keys, g_steal_pointer (&self->keys->pdata[order[i]]));
      g_ptr_array_unref (self->keys);
      self->keys = keys;
    }
  permute_track (&self->y, order, n);
  permute_track (&self->low, order, n);
  permute_track (&self->high, order, n);
  permute (&self->x, order, n);
}

/* --- smoothing --- */

/* An exponential mean with the weight of what is there: without it the first values would be drawn towards 0. A gap stays one and changes nothing. */
static void
smooth (LeydenChartSeries *self,
        double             share)
{
  guint from = self->smooth != NULL ? leyden_chart_track_get_size (self->smooth) : 0;

  if (self->smooth == NULL)
    {
      self->smooth = leyden_chart_track_new ();
      self->carried = self->weight = 0;
    }
  for (guint i = from; i < self->x->len; i++)
    {
      double y = leyden_chart_track_get_values (self->y)[i];

      if (isnan (y))
        {
          leyden_chart_track_append (self->smooth, NAN);
          continue;
        }
      self->carried = share * self->carried + (1 - share) * y;
      self->weight = share * self->weight + (1 - share);
      leyden_chart_track_append (self->smooth, self->carried / self->weight);
    }
}

void
leyden_chart_series_settle (LeydenChart       *chart,
                            LeydenChartSeries *self)
{
  if (!is_in_order (self))
    {
      sort (self);
      g_clear_pointer (&self->smooth, leyden_chart_track_free);
    }
  if (chart->smoothing > 0 && (chart->kind == LEYDEN_CHART_KIND_LINE || chart->kind == LEYDEN_CHART_KIND_SPARKLINE))
    smooth (self, chart->smoothing);
  else
    g_clear_pointer (&self->smooth, leyden_chart_track_free);
  self->n_settled = self->x->len;
}

/* --- ends --- */

gboolean
leyden_chart_get_extent (LeydenChart *self,
                         double      *low,
                         double      *high)
{
  double from = INFINITY, to = -INFINITY;

  for (guint i = 0; i < self->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (self, i);
      const double *x = leyden_chart_series_get_x (series);

      if (series->hidden || series->x->len == 0)
        continue;
      from = MIN (from, x[0]);
      to = MAX (to, x[series->x->len - 1]);
      for (guint k = 0; series->x_end != NULL && k < series->x_end->len; k++)
        if (isfinite (g_array_index (series->x_end, double, k)))
          to = MAX (to, g_array_index (series->x_end, double, k));
    }
  *low = from;
  *high = to;
  return from <= to;
}

gboolean
leyden_chart_get_shown (LeydenChart *self,
                        double      *low,
                        double      *high)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self) && low != NULL && high != NULL, FALSE);

  if (!leyden_chart_get_extent (self, low, high))
    return FALSE;
  *low = isfinite (self->from) ? self->from : *low;
  *high = isfinite (self->to) ? self->to : *high;
  return *low < *high;
}

char *
leyden_chart_format_x (LeydenChart *self,
                       double       x)
{
  if (self->x == LEYDEN_CHART_X_CATEGORY)
    return g_strdup (x >= 0 && x < self->categories->len ? self->categories->pdata[(guint) x] : "–");
  if (self->x == LEYDEN_CHART_X_TIME)
    return leyden_chart_format_time (x, self->zone, self->interval > 0 ? self->interval : 1e9);
  return leyden_chart_format_value (x, self->kind == LEYDEN_CHART_KIND_HISTOGRAM ? self->unit : "");
}
