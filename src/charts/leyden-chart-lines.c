/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-plot-private.h"

#include <math.h>

#include "leyden-chart-sample.h"

/* Lines with their bands, and stacked areas. Where a px column has more than four points, the first, the lowest, the highest and the last of it
 * are drawn: no extreme is lost, and no pixel differs from the line through all of them. */

/* Columns between two markers, and where the first series has them: never at the edge of a strip. */
#define MARKER_GAP 64
#define MARKER_START 10
#define MARKER_SHIFT 6

/* What stands by itself, @n being 1, is no line: a small ring, which the stroke fills. */
static void
add_dot (cairo_t *cr,
         guint    n,
         double   x,
         double   y)
{
  double back_x, back_y;

  if (n != 1)
    return;
  cairo_get_current_point (cr, &back_x, &back_y);
  cairo_new_sub_path (cr);
  cairo_arc (cr, x, y, 1.2, 0, 2 * G_PI);
  cairo_move_to (cr, back_x, back_y);
}

static void
add_run (LeydenChartPen         *pen,
         cairo_t                *cr,
         const double           *x,
         const LeydenChartTrack *track,
         guint                   from,
         guint                   to)
{
  const double *y = leyden_chart_track_get_values (track);
  gboolean open = FALSE;
  double start_x = 0, start_y = 0;
  guint kept[4], n_run = 0;

  for (guint i = from, next; i < to; i = next)
    {
      guint n;

      next = leyden_chart_pen_next (pen, x, i, to);
      n = leyden_chart_sample_column (track, i, next, kept);
      pen->n_seen += MIN (next - i, 4);
      if (n == 0 || isnan (y[i]))
        open = FALSE;
      for (guint k = 0; k < n; k++)
        {
          double at = leyden_chart_pen_y (pen, y[kept[k]]);

          /* 0 and less have no place on a logarithmic scale. */
          if (isnan (at))
            {
              open = FALSE;
              continue;
            }
          if (next - i <= 4 && k > 0 && kept[k] != kept[k - 1] + 1)
            open = FALSE;
          if (open)
            cairo_line_to (cr, leyden_chart_pen_x (pen, x[kept[k]]), at);
          else
            {
              add_dot (cr, n_run, start_x, start_y);
              start_x = leyden_chart_pen_x (pen, x[kept[k]]);
              start_y = at;
              n_run = 0;
              cairo_move_to (cr, start_x, start_y);
            }
          n_run++;
          open = TRUE;
        }
      if (isnan (y[next - 1]))
        open = FALSE;
    }
  add_dot (cr, n_run, start_x, start_y);
}

/* There are so many points that dashes between them say nothing. */
static gboolean
is_dense (const LeydenChartPen    *pen,
          const LeydenChartSeries *series)
{
  guint n = leyden_chart_series_find (series, pen->plot->x.high) - leyden_chart_series_find (series, pen->plot->x.low);

  return n > fabs (pen->x1 - pen->x0) / 2;
}

static void
draw_markers (LeydenChartPen          *pen,
              cairo_t                 *cr,
              const LeydenChartSeries *series,
              guint                    index,
              guint                    from,
              guint                    to)
{
  const double *x = leyden_chart_series_get_x (series), *y = leyden_chart_track_get_values (leyden_chart_series_get_main (series));
  guint n = leyden_chart_series_find (series, pen->plot->x.high) - leyden_chart_series_find (series, pen->plot->x.low);
  gboolean each = pen->plot->chart->points || n <= fabs (pen->x1 - pen->x0) / 14;
  double mine = MARKER_START + index % 8 * MARKER_SHIFT;

  if (!each && pen->plot->chart->series->len < 2)
    return;
  for (guint i = from, next; i < to; i = next)
    {
      double at = leyden_chart_pen_x (pen, x[i]), column = floor (at) - pen->world;

      next = leyden_chart_pen_next (pen, x, i, to);
      if (isnan (y[i]) || (!each && fmod (fmod (column - mine, MARKER_GAP) + MARKER_GAP, MARKER_GAP) != 0))
        continue;
      leyden_chart_draw_marker (cr, leyden_chart_style_get_marker (index), at, leyden_chart_pen_y (pen, y[i]), each ? 3 : 3.5);
    }
}

/* --- bands --- */

/* One stretch without gaps: along the upper edge, back along the lower one. Of a column the extremes. */
static void
fill_stretch (LeydenChartPen          *pen,
              cairo_t                 *cr,
              const LeydenChartSeries *series,
              guint                    from,
              guint                    to)
{
  const double *x = leyden_chart_series_get_x (series);
  const double *low = leyden_chart_track_get_values (series->low), *high = leyden_chart_track_get_values (series->high);
  g_autoptr(GArray) back = g_array_new (FALSE, FALSE, 2 * sizeof (double));

  cairo_new_path (cr);
  for (guint i = from, next; i < to; i = next)
    {
      guint lowest, highest, unused;
      double at = leyden_chart_pen_x (pen, x[i]), point[2];

      next = leyden_chart_pen_next (pen, x, i, to);
      leyden_chart_track_find_extremes (series->low, i, next, &lowest, &unused);
      leyden_chart_track_find_extremes (series->high, i, next, &unused, &highest);
      point[0] = at;
      point[1] = leyden_chart_pen_y (pen, low[lowest]);
      if (isnan (point[1]))
        point[1] = pen->y0;
      cairo_line_to (cr, at, leyden_chart_pen_y (pen, high[highest]));
      g_array_append_val (back, point);
      pen->n_seen += MIN (next - i, 2);
    }
  for (guint i = back->len; i-- > 0;)
    {
      const double *point = (const double *) (gpointer) back->data + 2 * i;

      cairo_line_to (cr, point[0], point[1]);
    }
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
draw_band (LeydenChartPen          *pen,
           cairo_t                 *cr,
           const LeydenChartSeries *series,
           guint                    index,
           guint                    from,
           guint                    to)
{
  const double *low, *high;

  if (series->low == NULL)
    return;
  low = leyden_chart_track_get_values (series->low);
  high = leyden_chart_track_get_values (series->high);
  leyden_chart_set_color (cr, leyden_chart_style_get_color (&pen->plot->style, index), 0.2);
  while (from < to)
    {
      guint end = from;

      while (end < to && !isnan (low[end]) && !isnan (high[end]))
        end++;
      if (end > from)
        fill_stretch (pen, cr, series, from, end);
      from = end + 1;
    }
}

/* --- lines --- */

static void
draw_line (LeydenChartPen *pen,
           cairo_t        *cr,
           guint           index)
{
  LeydenChart *chart = pen->plot->chart;
  LeydenChartSeries *series = leyden_chart_get (chart, index);
  LeydenChartColor color = leyden_chart_style_get_color (&pen->plot->style, index);
  double width = pen->plot->style.high_contrast ? 2.5 : 2;
  gboolean dense;
  int n_dashes;
  const double *dashes = leyden_chart_style_get_dashes (index, &n_dashes);
  guint from, to;

  leyden_chart_pen_range (pen, series, &from, &to);
  if (from >= to)
    return;
  draw_band (pen, cr, series, index, from, to);
  dense = is_dense (pen, series);
  cairo_set_line_join (cr, dense ? CAIRO_LINE_JOIN_BEVEL : CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  /* Many turns in each column cost by how finely their edges are drawn, which nobody sees. */
  cairo_set_antialias (cr, dense ? CAIRO_ANTIALIAS_FAST : CAIRO_ANTIALIAS_DEFAULT);
  leyden_chart_set_color (cr, color, 1);
  if (series->smooth != NULL)
    {
      cairo_new_path (cr);
      cairo_set_line_width (cr, 1);
      leyden_chart_set_color (cr, color, 0.35);
      add_run (pen, cr, leyden_chart_series_get_x (series), series->y, from, to);
      cairo_stroke (cr);
      leyden_chart_set_color (cr, color, 1);
    }
  cairo_new_path (cr);
  cairo_set_line_width (cr, width);
  if (dashes != NULL && !dense)
    {
      cairo_set_line_cap (cr, CAIRO_LINE_CAP_BUTT);
      cairo_set_dash (cr, dashes, n_dashes, leyden_chart_pen_x (pen, g_array_index (series->x, double, from)) - pen->world);
    }
  add_run (pen, cr, leyden_chart_series_get_x (series), leyden_chart_series_get_main (series), from, to);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_DEFAULT);
  if (chart->kind == LEYDEN_CHART_KIND_LINE)
    draw_markers (pen, cr, series, index, from, to);
}

void
leyden_chart_paint_lines (LeydenChartPen *pen,
                          cairo_t        *cr)
{
  for (guint i = 0; i < pen->plot->chart->series->len; i++)
    if (!leyden_chart_get (pen->plot->chart, i)->hidden)
      draw_line (pen, cr, i);
}

/* --- areas --- */

static guint
find_x (GArray *x,
        double  value)
{
  guint low = 0, high = x->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (x, double, middle) < value)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* From the upper edge down to 0; what stands below is painted over it. */
static void
draw_area (LeydenChartPen *pen,
           cairo_t        *cr,
           guint           index,
           guint           from,
           guint           to)
{
  LeydenChart *chart = pen->plot->chart;
  const double *x = (const double *) (gpointer) chart->stack_x->data, *y = leyden_chart_track_get_values (chart->stack->pdata[index]);
  double ground = leyden_chart_pen_y (pen, 0);
  guint kept[4];

  if (isnan (ground))
    ground = pen->y0;
  cairo_new_path (cr);
  cairo_move_to (cr, leyden_chart_pen_x (pen, x[from]), ground);
  for (guint i = from, next; i < to; i = next)
    {
      guint n;

      next = leyden_chart_pen_next (pen, x, i, to);
      n = leyden_chart_sample_column (chart->stack->pdata[index], i, next, kept);
      pen->n_seen += n;
      for (guint k = 0; k < n; k++)
        {
          double at = leyden_chart_pen_y (pen, y[kept[k]]);

          cairo_line_to (cr, leyden_chart_pen_x (pen, x[kept[k]]), isnan (at) ? ground : at);
        }
    }
  cairo_line_to (cr, leyden_chart_pen_x (pen, x[to - 1]), ground);
  cairo_close_path (cr);
  leyden_chart_fill_pattern (cr, &pen->plot->style, index, 1);
  /* Neighbours are told apart by a line of the ground. */
  cairo_set_line_width (cr, 1);
  leyden_chart_set_color (cr, pen->plot->style.dark ? (LeydenChartColor) { 0, 0, 0, 1 } : (LeydenChartColor) { 1, 1, 1, 1 }, 0.9);
  cairo_stroke (cr);
}

void
leyden_chart_paint_areas (LeydenChartPen *pen,
                          cairo_t        *cr)
{
  LeydenChart *chart = pen->plot->chart;
  double a = leyden_chart_scale_value (&pen->plot->x, (pen->from - 4 - pen->x0) / (pen->x1 - pen->x0));
  double b = leyden_chart_scale_value (&pen->plot->x, (pen->to + 4 - pen->x0) / (pen->x1 - pen->x0));
  guint from, to;

  leyden_chart_ensure_stack (chart);
  from = find_x (chart->stack_x, MIN (a, b));
  to = find_x (chart->stack_x, nextafter (MAX (a, b), INFINITY));
  from = from > 0 ? from - 1 : 0;
  to = MIN (to + 1, chart->stack_x->len);
  if (from >= to)
    return;
  /* Hatches are counted from the origin of the context, which is where strip 0 has it. */
  for (guint i = chart->series->len; i-- > 0;)
    if (!leyden_chart_get (chart, i)->hidden)
      draw_area (pen, cr, i, from, to);
}
