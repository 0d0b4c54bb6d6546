/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-plot-private.h"

#include <math.h>

/* Which point is where, for pointer and keys. */

/* px beside a place within which a point of a cloud is looked for. */
#define NEAR 40

static double
get_y (const LeydenChartPlot *self,
       guint                  series,
       guint                  index)
{
  LeydenChart *chart = self->chart;
  LeydenChartSeries *source = leyden_chart_get (chart, series);

  if (chart->kind == LEYDEN_CHART_KIND_AREA)
    {
      double x = g_array_index (source->x, double, index);

      leyden_chart_ensure_stack (chart);
      for (guint low = 0, high = chart->stack_x->len; low < high;)
        {
          guint middle = low + (high - low) / 2;

          if (g_array_index (chart->stack_x, double, middle) < x)
            low = middle + 1;
          else
            high = middle;
          if (low == high)
            return leyden_chart_track_get_values (chart->stack->pdata[series])[low];
        }
    }
  return leyden_chart_track_get_values (leyden_chart_series_get_main (source))[index];
}

static double
place_y (const LeydenChartPlot *self,
         double                 value)
{
  return self->bottom - leyden_chart_scale_place (&self->y, value) * (self->bottom - self->top);
}

static guint
find_row (const LeydenChartPlot *self,
          guint                  index)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (g_array_index (self->rows, guint, i) == index)
      return i;
  return LEYDEN_CHART_NONE;
}

static gboolean
locate_in_row (const LeydenChartPlot *self,
               guint                  series,
               guint                  index,
               double                *x,
               double                *y)
{
  LeydenChartSeries *source = leyden_chart_get (self->chart, series);
  double value = g_array_index (source->x, double, index), top, height;
  guint row = self->across ? (guint) value : find_row (self, series);

  if (row >= self->rows->len)
    return FALSE;
  leyden_chart_plot_get_row (self, row, &top, &height);
  *y = top + height / 2;
  if (self->across)
    value = leyden_chart_track_get_values (source->y)[index];
  *x = leyden_chart_plot_get_place (self, value);
  return !isnan (*x) && *x >= self->left - 1 && *x <= self->right + 1;
}

gboolean
leyden_chart_plot_locate (const LeydenChartPlot *self,
                          guint                  series,
                          guint                  index,
                          double                *x,
                          double                *y)
{
  LeydenChartSeries *source;
  double value;

  g_return_val_if_fail (self != NULL && x != NULL && y != NULL, FALSE);

  if (series >= self->chart->series->len || index >= leyden_chart_get (self->chart, series)->x->len || self->right <= self->left)
    return FALSE;
  source = leyden_chart_get (self->chart, series);
  if (source->hidden)
    return FALSE;
  if (self->rows != NULL)
    return locate_in_row (self, series, index, x, y);
  value = g_array_index (source->x, double, index);
  if (source->x_end != NULL && isfinite (g_array_index (source->x_end, double, index)))
    value += (g_array_index (source->x_end, double, index) - value) / 2;
  *x = leyden_chart_plot_get_place (self, value);
  *y = place_y (self, get_y (self, series, index));
  return !isnan (*x) && !isnan (*y) && *x >= self->left - 1 && *x <= self->right + 1;
}

static gboolean
is_function (const LeydenChartPlot *self)
{
  return self->chart->kind != LEYDEN_CHART_KIND_SCATTER && self->rows == NULL;
}

/* Of a series in order: the points on both sides of a place. */
static void
take_near (const LeydenChartPlot *self,
           guint                  series,
           double                 x,
           double                 y,
           double                *nearest,
           guint                 *found_series,
           guint                 *found)
{
  LeydenChartSeries *source = leyden_chart_get (self->chart, series);
  guint at = leyden_chart_series_find (source, leyden_chart_plot_get_value (self, x));

  for (guint i = at > 2 ? at - 2 : 0; i < MIN (at + 2, source->x->len); i++)
    {
      double px, py, distance;

      if (!leyden_chart_plot_locate (self, series, i, &px, &py))
        continue;
      /* x decides; y between series that have a point there. */
      distance = fabs (px - x) * 1000 + fabs (py - y);
      if (distance < *nearest)
        {
          *nearest = distance;
          *found_series = series;
          *found = i;
        }
    }
}

static void
take_any (const LeydenChartPlot *self,
          guint                  series,
          double                 x,
          double                 y,
          double                *nearest,
          guint                 *found_series,
          guint                 *found)
{
  LeydenChartSeries *source = leyden_chart_get (self->chart, series);
  guint from = 0, to = source->x->len;

  /* Of a cloud what is near along x: of a million points most are far. */
  if (self->rows == NULL)
    {
      double a = leyden_chart_plot_get_value (self, x - NEAR), b = leyden_chart_plot_get_value (self, x + NEAR);

      from = leyden_chart_series_find (source, MIN (a, b));
      to = leyden_chart_series_find (source, nextafter (MAX (a, b), INFINITY));
    }
  for (guint i = from; i < to; i++)
    {
      double px, py, distance;

      if (!leyden_chart_plot_locate (self, series, i, &px, &py))
        continue;
      /* Rows are as long as they are: the one under the pointer counts. */
      distance = self->rows != NULL ? fabs (py - y) * 1000 + fabs (px - x) : hypot (px - x, py - y);
      if (distance < *nearest)
        {
          *nearest = distance;
          *found_series = series;
          *found = i;
        }
    }
}

static void
take (const LeydenChartPlot *self,
      guint                  series,
      double                 x,
      double                 y,
      double                *nearest,
      guint                 *found_series,
      guint                 *found)
{
  if (leyden_chart_get (self->chart, series)->hidden || self->right <= self->left)
    return;
  if (is_function (self))
    take_near (self, series, x, y, nearest, found_series, found);
  else
    take_any (self, series, x, y, nearest, found_series, found);
}

gboolean
leyden_chart_plot_find (const LeydenChartPlot *self,
                        double                 x,
                        double                 y,
                        guint                 *series,
                        guint                 *index)
{
  double nearest = INFINITY;

  g_return_val_if_fail (self != NULL && series != NULL && index != NULL, FALSE);

  for (guint i = 0; i < self->chart->series->len; i++)
    take (self, i, x, y, &nearest, series, index);
  return isfinite (nearest);
}

gboolean
leyden_chart_plot_find_in (const LeydenChartPlot *self,
                           guint                  series,
                           double                 x,
                           double                 y,
                           guint                 *index)
{
  double nearest = INFINITY;
  guint found;

  g_return_val_if_fail (self != NULL && index != NULL && series < self->chart->series->len, FALSE);

  take (self, series, x, y, &nearest, &found, index);
  return isfinite (nearest);
}

gboolean
leyden_chart_plot_step (const LeydenChartPlot *self,
                        guint                  series,
                        guint                 *index,
                        int                    step)
{
  LeydenChartSeries *source;
  guint i = *index;
  double x, y;

  g_return_val_if_fail (self != NULL && index != NULL && (step == 1 || step == -1), FALSE);

  if (series >= self->chart->series->len || self->right <= self->left)
    return FALSE;
  source = leyden_chart_get (self->chart, series);
  /* Out of a window: to its edge at once, however many points there are. */
  if (i == LEYDEN_CHART_NONE && self->rows == NULL && self->chart->x != LEYDEN_CHART_X_CATEGORY)
    i = step > 0 ? leyden_chart_series_find (source, self->x.low) - 1 : leyden_chart_series_find (source, nextafter (self->x.high, INFINITY));
  else if (i == LEYDEN_CHART_NONE)
    i = step > 0 ? LEYDEN_CHART_NONE : source->x->len;
  while ((i += (guint) step) < source->x->len)
    if (leyden_chart_plot_locate (self, series, i, &x, &y))
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}
