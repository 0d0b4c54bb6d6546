/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-plot-private.h"

#include <math.h>

#include "leyden-chart-format.h"

/* Bars along x (histograms, numbers of times), bars with names, heat maps, waterfalls, and scattered points. */

static guint
count_shown (LeydenChart *chart)
{
  guint n = 0;

  for (guint i = 0; i < chart->series->len; i++)
    n += !leyden_chart_get (chart, i)->hidden;
  return n;
}

/* Where 0 is, or the low end where 0 has no place. */
static double
get_ground (const LeydenChartPen *pen)
{
  double ground = leyden_chart_pen_y (pen, 0);

  return isnan (ground) ? pen->y0 : CLAMP (ground, MIN (pen->y0, pen->y1), MAX (pen->y0, pen->y1));
}

static void
draw_bar (LeydenChartPen *pen,
          cairo_t        *cr,
          guint           series,
          double          x1,
          double          x2,
          double          y1,
          double          y2,
          double          alpha)
{
  double left = MIN (x1, x2), width = fabs (x2 - x1);

  pen->n_seen++;
  /* A bar of next to nothing is seen still. */
  if (fabs (y2 - y1) < 1 && y1 != y2)
    y2 = y1 + (y2 < y1 ? -1 : 1);
  cairo_new_path (cr);
  cairo_rectangle (cr, left, MIN (y1, y2), MAX (width, 1), fabs (y2 - y1));
  leyden_chart_fill_pattern (cr, &pen->plot->style, series, alpha);
  cairo_new_path (cr);
}

/* --- along x --- */

/* From and to of the bar of a point, in units of x: its own share of the place where several series have bars side by side. */
static void
get_bar (LeydenChart             *chart,
         const LeydenChartSeries *series,
         guint                    index,
         guint                    place,
         guint                    n,
         double                  *from,
         double                  *to)
{
  double x = g_array_index (series->x, double, index), half = leyden_chart_get_half_bar (chart), width;

  if (series->x_end != NULL && isfinite (g_array_index (series->x_end, double, index)))
    {
      *from = x;
      *to = g_array_index (series->x_end, double, index);
    }
  else
    {
      *from = chart->x == LEYDEN_CHART_X_TIME ? x : x - half;
      *to = *from + 2 * half;
    }
  if (chart->kind == LEYDEN_CHART_KIND_HISTOGRAM)
    return;
  width = (*to - *from) * 0.84;
  *from += (*to - *from) * 0.08;
  if (!chart->stacked)
    {
      *from += width * place / n;
      width /= n;
    }
  *to = *from + width;
}

static void
paint_series (LeydenChartPen *pen,
              cairo_t        *cr,
              guint           index,
              guint           place,
              guint           n,
              GHashTable     *sums)
{
  LeydenChart *chart = pen->plot->chart;
  LeydenChartSeries *series = leyden_chart_get (chart, index);
  const double *y = leyden_chart_track_get_values (series->y);
  double ground = get_ground (pen), gap = chart->kind == LEYDEN_CHART_KIND_HISTOGRAM ? 0.5 : 0;

  for (guint i = 0; i < series->x->len; i++)
    {
      double from, to, base = 0, x1, x2, *sum;

      if (isnan (y[i]))
        continue;
      get_bar (chart, series, i, place, n, &from, &to);
      x1 = leyden_chart_pen_x (pen, from);
      x2 = leyden_chart_pen_x (pen, to);
      if (sums != NULL)
        {
          sum = g_hash_table_lookup (sums, &g_array_index (series->x, double, i));
          if (sum == NULL)
            {
              sum = g_new0 (double, 2);
              g_hash_table_insert (sums, g_memdup2 (&g_array_index (series->x, double, i), sizeof (double)), sum);
            }
          base = sum[y[i] < 0 ? 0 : 1];
          sum[y[i] < 0 ? 0 : 1] += y[i];
        }
      if (isnan (x1) || isnan (x2) || MAX (x1, x2) < pen->from || MIN (x1, x2) > pen->to)
        continue;
      if (fabs (x2 - x1) > 3)
        {
          x1 += x1 < x2 ? gap : -gap;
          x2 -= x1 < x2 ? gap : -gap;
        }
      draw_bar (pen, cr, index, x1, x2, base == 0 ? ground : leyden_chart_pen_y (pen, base), isnan (leyden_chart_pen_y (pen, base + y[i])) ? ground : leyden_chart_pen_y (pen, base + y[i]),
                chart->kind == LEYDEN_CHART_KIND_HISTOGRAM && n > 1 ? 0.6 : 1);
    }
}

void
leyden_chart_paint_bars (LeydenChartPen *pen,
                         cairo_t        *cr)
{
  LeydenChart *chart = pen->plot->chart;
  g_autoptr(GHashTable) sums = chart->stacked && chart->kind == LEYDEN_CHART_KIND_BAR ? g_hash_table_new_full (g_double_hash, g_double_equal, g_free, g_free) : NULL;
  guint n = count_shown (chart), place = 0;

  for (guint i = 0; i < chart->series->len; i++)
    if (!leyden_chart_get (chart, i)->hidden)
      paint_series (pen, cr, i, place++, n, sums);
}

/* --- with names --- */

void
leyden_chart_paint_rows (LeydenChartPen *pen,
                         cairo_t        *cr)
{
  LeydenChart *chart = pen->plot->chart;
  guint n = count_shown (chart), place = 0;
  g_autofree double *sums = g_new0 (double, 2 * (chart->categories->len + 1));
  double zero = leyden_chart_scale_place (&pen->plot->x, 0);
  double ground = isnan (zero) ? pen->x0 : pen->x0 + CLAMP (zero, 0, 1) * (pen->x1 - pen->x0);

  for (guint i = 0; i < chart->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (chart, i);
      const double *y = leyden_chart_track_get_values (series->y);

      if (series->hidden)
        continue;
      for (guint k = 0; k < series->x->len; k++)
        {
          guint row = (guint) g_array_index (series->x, double, k);
          double top, height, base = 0, *sum, thick, from, to;

          if (isnan (y[k]) || row >= pen->plot->rows->len)
            continue;
          leyden_chart_plot_get_row (pen->plot, row, &top, &height);
          sum = &sums[2 * row + (y[k] < 0 ? 0 : 1)];
          if (chart->stacked)
            base = *sum;
          *sum += y[k];
          thick = height * (height > 6 ? 0.76 : 1);
          top += (height - thick) / 2 - pen->plot->top + MIN (pen->y0, pen->y1);
          if (!chart->stacked)
            {
              thick /= n;
              top += place * thick;
            }
          from = base == 0 ? ground : leyden_chart_pen_x (pen, base);
          to = leyden_chart_pen_x (pen, base + y[k]);
          if (isnan (from) || isnan (to))
            continue;
          if (fabs (to - from) < 1 && y[k] != 0)
            to = from + (pen->x1 > pen->x0 ? 1 : -1);
          if (to != from)
            draw_bar (pen, cr, i, from, to, top, top + thick, 1);
        }
      place++;
    }
}

/* --- heat --- */

void
leyden_chart_paint_heat (LeydenChartPen *pen,
                         cairo_t        *cr)
{
  LeydenChart *chart = pen->plot->chart;
  double low, high, half = chart->x == LEYDEN_CHART_X_CATEGORY ? 0.5 : leyden_chart_get_half_bar (chart);
  LeydenChartScale scale;

  if (!leyden_chart_get_value_extent (chart, &low, &high))
    return;
  scale = low < high ? leyden_chart_scale_make (low, high, FALSE) : (LeydenChartScale) { low - 1, high, FALSE };
  for (guint row = 0; row < pen->plot->rows->len; row++)
    {
      LeydenChartSeries *series = leyden_chart_get (chart, g_array_index (pen->plot->rows, guint, row));
      const double *y = leyden_chart_track_get_values (series->y);
      double top, height;

      leyden_chart_plot_get_row (pen->plot, row, &top, &height);
      top -= pen->plot->top;
      top += MIN (pen->y0, pen->y1);
      for (guint i = 0; i < series->x->len; i++)
        {
          double x = g_array_index (series->x, double, i), from = chart->x == LEYDEN_CHART_X_TIME || series->x_end != NULL ? x : x - half, to = from + 2 * half;
          double x1, x2;

          if (series->x_end != NULL && isfinite (g_array_index (series->x_end, double, i)))
            to = g_array_index (series->x_end, double, i);
          x1 = leyden_chart_pen_x (pen, from);
          x2 = leyden_chart_pen_x (pen, to);
          if (isnan (y[i]) || isnan (x1) || isnan (x2))
            continue;
          pen->n_seen++;
          leyden_chart_set_color (cr, leyden_chart_style_get_heat (&pen->plot->style, leyden_chart_scale_place (&scale, y[i])), 1);
          cairo_rectangle (cr, MIN (x1, x2), top, MAX (fabs (x2 - x1) - (fabs (x2 - x1) > 4 ? 1 : 0), 1), MAX (height - (height > 4 ? 1 : 0), 0.5));
          cairo_fill (cr);
        }
    }
}

/* --- waterfall --- */

void
leyden_chart_paint_spans (LeydenChartPen *pen,
                          cairo_t        *cr)
{
  LeydenChart *chart = pen->plot->chart;

  for (guint row = 0; row < pen->plot->rows->len; row++)
    {
      guint index = g_array_index (pen->plot->rows, guint, row);
      LeydenChartSeries *series = leyden_chart_get (chart, index);
      double top, height, thick;

      leyden_chart_plot_get_row (pen->plot, row, &top, &height);
      thick = height * (height > 6 ? 0.7 : 1);
      top += (height - thick) / 2 - pen->plot->top + MIN (pen->y0, pen->y1);
      for (guint i = 0; i < series->x->len; i++)
        {
          double x = g_array_index (series->x, double, i), end = series->x_end != NULL ? g_array_index (series->x_end, double, i) : x;
          double x1 = leyden_chart_pen_x (pen, x), x2 = leyden_chart_pen_x (pen, isfinite (end) ? end : x);

          if (!isnan (x1) && !isnan (x2) && MAX (x1, x2) >= pen->from && MIN (x1, x2) <= pen->to)
            draw_bar (pen, cr, index, x1, x2 == x1 ? x1 + 1.5 : x2, top, top + thick, 1);
        }
    }
}

/* --- points --- */

/* Thousands of points on one pixel are one: which pixels of a series are taken is kept, so that a million costs a look each, and no lone point is
 * lost. */
void
leyden_chart_paint_points (LeydenChartPen *pen,
                           cairo_t        *cr)
{
  LeydenChart *chart = pen->plot->chart;
  double top = MIN (pen->y0, pen->y1);
  int width = (int) ceil (pen->to - pen->from) + 16, height = (int) ceil (fabs (pen->y0 - pen->y1)) + 16;
  gsize size = (gsize) width * (gsize) height;
  g_autofree guint8 *taken = g_malloc0 (size);

  for (guint i = 0; i < chart->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (chart, i);
      const double *x = leyden_chart_series_get_x (series), *y = leyden_chart_track_get_values (series->y);
      double radius = series->x->len > 2000 ? 2 : 3.5;
      guint from, to;

      if (series->hidden)
        continue;
      leyden_chart_pen_range (pen, series, &from, &to);
      memset (taken, 0, size);
      leyden_chart_set_color (cr, leyden_chart_style_get_color (&pen->plot->style, i), series->x->len > 500 ? 0.6 : 0.9);
      for (guint k = from; k < to; k++)
        {
          double px = leyden_chart_pen_x (pen, x[k]), py = leyden_chart_pen_y (pen, y[k]);
          int column = (int) floor (px - pen->from) + 8, row = (int) floor (py - top) + 8;

          pen->n_seen++;
          if (isnan (px) || isnan (py) || column < 0 || row < 0 || column >= width || row >= height || taken[(gsize) row * (gsize) width + (gsize) column])
            continue;
          taken[(gsize) row * (gsize) width + (gsize) column] = 1;
          leyden_chart_draw_marker (cr, leyden_chart_style_get_marker (i), px, py, radius);
        }
    }
}
