/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-plot-private.h"

#include <math.h>

#include "leyden-chart-format.h"

#define PADDING 4
#define GAP 6
/* Of the width, at most, for titles of rows. */
#define ROW_TITLES 0.38
#define MAX_ROWS 2000
/* Points of a band that say how wide it is as a rule. */
#define MOST_WIDTHS 256

/* --- text --- */

PangoLayout *
leyden_chart_plot_make_text (const LeydenChartPlot *self,
                             const char            *text,
                             double                 room,
                             gboolean               bold,
                             double                 size)
{
  PangoLayout *layout = pango_layout_new (self->pango);
  PangoFontDescription *font = pango_font_description_new ();

  pango_font_description_set_family (font, self->font != NULL ? self->font : "sans");
  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_text (layout, text, -1);
  if (room > 0)
    {
      int width;

      pango_layout_get_pixel_size (layout, &width, NULL);
      if (width > room)
        {
          pango_layout_set_width (layout, (int) (MIN (room, 1e5) * PANGO_SCALE));
          pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
        }
    }
  return layout;
}

void
leyden_chart_plot_measure (const LeydenChartPlot *self,
                           const char            *text,
                           double                *width)
{
  g_autoptr(PangoLayout) layout = leyden_chart_plot_make_text (self, text, 0, FALSE, self->style.font_size);
  PangoRectangle extents;

  pango_layout_get_pixel_extents (layout, NULL, &extents);
  *width = extents.width;
}

void
leyden_chart_plot_show (const LeydenChartPlot *self,
                        cairo_t               *cr,
                        const char            *text,
                        double                 x,
                        double                 y,
                        double                 align,
                        double                 room,
                        double                 alpha)
{
  g_autoptr(PangoLayout) layout = leyden_chart_plot_make_text (self, text, room, FALSE, self->style.font_size);
  PangoRectangle extents;

  pango_layout_get_pixel_extents (layout, NULL, &extents);
  x = CLAMP (x - align * extents.width, 0, MAX (self->width - extents.width, 0));
  /* Right-to-left text with a width of its own stands at the far end of it. */
  cairo_move_to (cr, x - extents.x, y);
  leyden_chart_set_color (cr, self->style.foreground, alpha);
  pango_cairo_show_layout (cr, layout);
}

/* --- values --- */

/* The lowest number above 0, which a logarithmic axis begins at. */
static double
find_lowest_positive (const LeydenChartTrack *track,
                      guint                   from,
                      guint                   to)
{
  const double *values = leyden_chart_track_get_values (track);
  double found = INFINITY;

  for (guint i = from; i < MIN (to, leyden_chart_track_get_size (track)); i++)
    if (values[i] > 0 && values[i] < found)
      found = values[i];
  return found;
}

static void
widen (const LeydenChartTrack *track,
       guint                   from,
       guint                   to,
       gboolean                log_scale,
       double                 *low,
       double                 *high)
{
  guint lowest, highest;

  if (track == NULL || !leyden_chart_track_find_extremes (track, from, to, &lowest, &highest))
    return;
  *high = MAX (*high, leyden_chart_track_get_values (track)[highest]);
  if (log_scale && leyden_chart_track_get_values (track)[lowest] <= 0)
    *low = MIN (*low, find_lowest_positive (track, from, to));
  else
    *low = MIN (*low, leyden_chart_track_get_values (track)[lowest]);
}

gboolean
leyden_chart_get_value_extent (LeydenChart *chart,
                               double      *low,
                               double      *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  for (guint i = 0; i < chart->series->len; i++)
    if (!leyden_chart_get (chart, i)->hidden)
      widen (leyden_chart_get (chart, i)->y, 0, G_MAXUINT, FALSE, low, high);
  return *low <= *high;
}

/* Points of the series in the window of the x scale. */
static void
find_window (const LeydenChartPlot   *self,
             const LeydenChartSeries *series,
             guint                   *from,
             guint                   *to)
{
  double margin = series->x_end != NULL || self->chart->kind == LEYDEN_CHART_KIND_BAR ? 2 * leyden_chart_get_half_bar (self->chart) : 0;

  *from = leyden_chart_series_find (series, self->x.low - margin);
  *to = leyden_chart_series_find (series, nextafter (self->x.high + margin, INFINITY));
}

/* Sums of what stands on one another at each x, above and below 0. */
static void
widen_by_sums (const LeydenChartPlot *self,
               double                *low,
               double                *high)
{
  g_autoptr(GHashTable) sums = g_hash_table_new_full (g_double_hash, g_double_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < self->chart->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (self->chart, i);

      for (guint k = 0; k < series->x->len && !series->hidden; k++)
        {
          double x = g_array_index (series->x, double, k), y = leyden_chart_track_get_values (series->y)[k];
          double *sum = g_hash_table_lookup (sums, &x);

          if (sum == NULL)
            {
              sum = g_new0 (double, 2);
              g_hash_table_insert (sums, g_memdup2 (&x, sizeof x), sum);
            }
          if (isfinite (y))
            sum[y < 0 ? 0 : 1] += y;
        }
    }
  g_hash_table_iter_init (&iter, sums);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      *low = MIN (*low, ((double *) value)[0]);
      *high = MAX (*high, ((double *) value)[1]);
    }
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* How wide the band is as a rule: the median of some of its points. */
static double
find_usual_width (const LeydenChartSeries *series,
                  guint                    from,
                  guint                    to)
{
  const double *low = leyden_chart_track_get_values (series->low), *high = leyden_chart_track_get_values (series->high);
  double widths[MOST_WIDTHS];
  guint n = 0, step;

  to = MIN (to, MIN (leyden_chart_track_get_size (series->low), leyden_chart_track_get_size (series->high)));
  step = to > from ? (to - from - 1) / MOST_WIDTHS + 1 : 1;
  for (guint i = from; i < to; i += step)
    if (isfinite (low[i]) && isfinite (high[i]))
      widths[n++] = fabs (high[i] / 2 - low[i] / 2) * 2;
  if (n == 0)
    return 0;
  qsort (widths, n, sizeof *widths, compare_doubles);
  return widths[(n - 1) / 2];
}

/* By a band, which makes room for itself, but not so much for a few wild points that the line is no longer seen: there it is cut off. */
static void
widen_by_band (const LeydenChartSeries *series,
               guint                    from,
               guint                    to,
               gboolean                 log_scale,
               double                  *low,
               double                  *high)
{
  double line_low = INFINITY, line_high = -INFINITY, band_low = INFINITY, band_high = -INFINITY, reach;

  widen (series->y, from, to, log_scale, &line_low, &line_high);
  widen (series->low, from, to, log_scale, &band_low, &band_high);
  widen (series->high, from, to, log_scale, &band_low, &band_high);
  if (!(line_low <= line_high) || !(band_low <= band_high))
    return;
  reach = MAX (line_high / 2 - line_low / 2, find_usual_width (series, from, to));
  *low = MIN (*low, log_scale ? band_low : MAX (band_low, line_low - reach));
  *high = MAX (*high, MIN (band_high, line_high + reach));
}

static void
find_y_range (LeydenChartPlot *self,
              double          *low,
              double          *high)
{
  LeydenChart *chart = self->chart;
  gboolean bars = chart->kind == LEYDEN_CHART_KIND_BAR || chart->kind == LEYDEN_CHART_KIND_HISTOGRAM;

  *low = INFINITY;
  *high = -INFINITY;
  if (chart->kind == LEYDEN_CHART_KIND_AREA)
    {
      leyden_chart_ensure_stack (chart);
      for (guint i = 0; i < chart->stack->len; i++)
        widen (chart->stack->pdata[i], 0, G_MAXUINT, FALSE, low, high);
    }
  else if (chart->kind == LEYDEN_CHART_KIND_BAR && chart->stacked)
    widen_by_sums (self, low, high);
  else
    for (guint i = 0; i < chart->series->len; i++)
      {
        LeydenChartSeries *series = leyden_chart_get (chart, i);
        guint from = 0, to = G_MAXUINT;

        if (series->hidden)
          continue;
        if (!self->across && chart->x != LEYDEN_CHART_X_CATEGORY)
          find_window (self, series, &from, &to);
        widen (series->y, from, to, chart->log_y, low, high);
        if (chart->kind == LEYDEN_CHART_KIND_LINE && series->low != NULL)
          widen_by_band (series, from, to, chart->log_y, low, high);
        else
          {
            widen (series->low, from, to, chart->log_y, low, high);
            widen (series->high, from, to, chart->log_y, low, high);
          }
      }
  if ((bars || chart->kind == LEYDEN_CHART_KIND_AREA) && !chart->log_y && *low <= *high)
    {
      *low = MIN (*low, 0);
      *high = MAX (*high, 0);
    }
}

/* Whether numbers of [@low, @high] are well seen in the scale that there was. */
static gboolean
fits (const LeydenChartPlot *self,
      double                 low,
      double                 high)
{
  return self->y_low < self->y_high && low >= self->y_low && high <= self->y_high && high / 2 - low / 2 >= 0.5 * (self->y_high / 2 - self->y_low / 2)
         && (!self->chart->log_y || self->y_low > 0);
}

static LeydenChartScale
make_y_scale (LeydenChartPlot *self,
              guint            most)
{
  LeydenChart *chart = self->chart;
  double low, high;
  gboolean positive;
  LeydenChartScale scale;

  find_y_range (self, &low, &high);
  /* Shares are seen against the whole, if they are shares. */
  if ((strcmp (chart->unit, "share") == 0 || strcmp (chart->unit, "ratio") == 0) && !chart->log_y && low >= 0 && high <= 1 && high > 0.3)
    {
      low = 0;
      high = 1;
    }
  positive = low >= 0;
  self->blank = !(low <= high);
  low = isfinite (chart->min) ? chart->min : low;
  high = isfinite (chart->max) ? chart->max : high;
  if (fits (self, low, high) && !isfinite (chart->min) && !isfinite (chart->max))
    return (LeydenChartScale) { self->y_low, self->y_high, chart->log_y };
  scale = leyden_chart_scale_make (low, high, chart->log_y);
  if (chart->kind != LEYDEN_CHART_KIND_SPARKLINE)
    {
      LeydenChartScale rounded = scale;

      /* To parts of the distance of marks: a little below 0 does not need half of the room. */
      leyden_chart_scale_round (&rounded, chart->kind == LEYDEN_CHART_KIND_HISTOGRAM ? "" : chart->unit, 4 * most);
      /* Where nothing is below 0, no room is made for it. */
      if (!isfinite (chart->min))
        scale.low = positive ? MAX (rounded.low, 0) : rounded.low;
      if (!isfinite (chart->max))
        scale.high = rounded.high;
    }
  return scale;
}

double
leyden_chart_get_half_bar (LeydenChart *chart)
{
  double closest = INFINITY;

  if (chart->interval > 0)
    return chart->interval / 2;
  for (guint i = 0; i < chart->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (chart, i);
      const double *x = leyden_chart_series_get_x (series);

      for (guint k = 1; k < series->x->len; k++)
        if (x[k] > x[k - 1])
          closest = MIN (closest, x[k] - x[k - 1]);
    }
  return isfinite (closest) ? closest / 2 : chart->x == LEYDEN_CHART_X_TIME ? 30e9 : 0.5;
}

static LeydenChartScale
make_x_scale (LeydenChartPlot         *self,
              const LeydenChartWindow *window)
{
  LeydenChart *chart = self->chart;
  double low, high;

  if (window != NULL && isfinite (window->low) && isfinite (window->high) && window->low < window->high)
    return leyden_chart_scale_make (window->low, window->high, chart->log_x && chart->x == LEYDEN_CHART_X_NUMBER);
  if (!leyden_chart_get_extent (chart, &low, &high))
    low = high = NAN;
  if (chart->x == LEYDEN_CHART_X_CATEGORY)
    return (LeydenChartScale) { -0.5, MAX (chart->categories->len, 1) - 0.5, FALSE };
  if (isfinite (low) && (chart->kind == LEYDEN_CHART_KIND_BAR || chart->kind == LEYDEN_CHART_KIND_HEAT))
    {
      double half = leyden_chart_get_half_bar (chart);

      /* A bucket of time begins where it says; a bar of a number stands around it. */
      low -= chart->x == LEYDEN_CHART_X_TIME ? 0 : half;
      high += chart->x == LEYDEN_CHART_X_TIME ? 2 * half : half;
    }
  low = isfinite (chart->from) ? chart->from : low;
  high = isfinite (chart->to) ? chart->to : high;
  /* A moment is seen within a minute of it. */
  if (chart->x == LEYDEN_CHART_X_TIME && low == high)
    {
      low -= chart->interval > 0 ? chart->interval : 30e9;
      high += chart->interval > 0 ? chart->interval : 30e9;
    }
  if (chart->x == LEYDEN_CHART_X_TIME && !isfinite (low))
    {
      low = 0;
      high = 60e9;
    }
  return leyden_chart_scale_make (low, high, chart->log_x && chart->x == LEYDEN_CHART_X_NUMBER);
}

/* --- places --- */

static gboolean
has_rows (LeydenChart *chart)
{
  return chart->kind == LEYDEN_CHART_KIND_HEAT || chart->kind == LEYDEN_CHART_KIND_WATERFALL
         || (chart->kind == LEYDEN_CHART_KIND_BAR && chart->x == LEYDEN_CHART_X_CATEGORY);
}

static void
list_rows (LeydenChartPlot *self)
{
  guint n = self->chart->kind == LEYDEN_CHART_KIND_BAR ? self->chart->categories->len : self->chart->series->len;

  self->rows = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < n && self->rows->len < MAX_ROWS; i++)
    if (self->chart->kind == LEYDEN_CHART_KIND_BAR || !leyden_chart_get (self->chart, i)->hidden)
      g_array_append_val (self->rows, i);
}

const char *
leyden_chart_plot_get_row_title (const LeydenChartPlot *self,
                                 guint                  row)
{
  guint index = g_array_index (self->rows, guint, row);

  return self->chart->kind == LEYDEN_CHART_KIND_BAR ? self->chart->categories->pdata[index] : leyden_chart_get (self->chart, index)->title;
}

void
leyden_chart_plot_get_row (const LeydenChartPlot *self,
                           guint                  row,
                           double                *top,
                           double                *height)
{
  *height = (self->bottom - self->top) / MAX (self->rows->len, 1);
  /* Few bars need not be thick. */
  if (self->chart->kind != LEYDEN_CHART_KIND_HEAT)
    *height = MIN (*height, 3 * self->line);
  *top = self->top + row * *height;
}

static double
measure_widest (const LeydenChartPlot *self)
{
  double widest = 0, width;

  for (guint i = 0; self->rows != NULL && i < MIN (self->rows->len, 100); i++)
    {
      leyden_chart_plot_measure (self, leyden_chart_plot_get_row_title (self, i), &width);
      widest = MAX (widest, width);
    }
  for (guint i = 0; self->rows == NULL && self->y_ticks != NULL && i < self->y_ticks->len; i++)
    {
      leyden_chart_plot_measure (self, g_array_index (self->y_ticks, LeydenChartTick, i).text, &width);
      widest = MAX (widest, width);
    }
  return self->rows != NULL ? MIN (widest, self->width * ROW_TITLES) : MIN (widest, self->width / 2);
}

/* Height of the scale of colours under a heat map. */
static double
get_ramp_height (const LeydenChartPlot *self)
{
  return self->chart->kind == LEYDEN_CHART_KIND_HEAT ? self->line + GAP + 8 : 0;
}

static void
place_area (LeydenChartPlot *self)
{
  double side, legend = leyden_chart_legend_height (self);

  self->top = PADDING + (self->style.title && *self->chart->title != '\0' ? 1.6 * self->line : 0);
  if (self->chart->kind == LEYDEN_CHART_KIND_SPARKLINE)
    {
      self->left = PADDING;
      self->right = self->width - PADDING;
      self->bottom = self->height - PADDING;
      return;
    }
  self->top += self->rows == NULL ? self->line / 2 : 0;
  self->bottom = self->height - PADDING - self->line - 3 - legend - get_ramp_height (self);
  side = measure_widest (self) + GAP;
  self->left = PADDING + (self->style.mirrored ? self->line * 0.6 : side);
  self->right = self->width - PADDING - (self->style.mirrored ? side : self->line * 0.6);
  /* Whole pixels: lines of the grid are sharp, and columns are where strips have them. */
  self->left = round (self->left);
  self->right = round (self->right);
  self->top = round (self->top);
  self->bottom = round (self->bottom);
  if (self->right - self->left < 10 || self->bottom - self->top < 10)
    self->right = self->left = self->top = self->bottom = 0;
}

static guint
count_x_ticks (const LeydenChartPlot *self)
{
  double room = MAX (self->width * 0.85, 1), each = self->chart->x == LEYDEN_CHART_X_TIME ? 5.5 * self->style.font_size : 5 * self->style.font_size;

  return (guint) CLAMP (room / each, 2, 16);
}

static void
make_ticks (LeydenChartPlot *self)
{
  LeydenChart *chart = self->chart;
  guint most_y = (guint) CLAMP (self->height / (2.4 * self->line), 3, 8), most_x = count_x_ticks (self);
  const char *y_unit = chart->kind == LEYDEN_CHART_KIND_HISTOGRAM ? "" : chart->unit;

  if (self->rows == NULL || self->across)
    self->y = make_y_scale (self, self->across ? most_x : most_y);
  if (chart->kind == LEYDEN_CHART_KIND_SPARKLINE)
    return;
  if (self->across)
    {
      /* Numbers run along, names stand at the side. */
      self->x = self->y;
      self->x_ticks = leyden_chart_scale_list_ticks (&self->x, y_unit, most_x);
      return;
    }
  if (self->rows == NULL)
    self->y_ticks = leyden_chart_scale_list_ticks (&self->y, y_unit, most_y);
  if (chart->x == LEYDEN_CHART_X_TIME)
    self->x_ticks = leyden_chart_scale_list_time_ticks (&self->x, chart->zone, most_x);
  else if (chart->x == LEYDEN_CHART_X_NUMBER)
    self->x_ticks = leyden_chart_scale_list_ticks (&self->x, chart->kind == LEYDEN_CHART_KIND_HISTOGRAM || chart->kind == LEYDEN_CHART_KIND_WATERFALL ? chart->unit : "",
                                                   most_x);
}

LeydenChartPlot *
leyden_chart_plot_new (LeydenChart             *chart,
                       const LeydenChartStyle  *style,
                       const LeydenChartWindow *window,
                       double                   width,
                       double                   height)
{
  LeydenChartPlot *self;
  g_autoptr(PangoLayout) sample = NULL;
  int line;

  g_return_val_if_fail (LEYDEN_IS_CHART (chart) && style != NULL, NULL);

  self = g_new0 (LeydenChartPlot, 1);
  self->chart = g_object_ref (chart);
  self->style = *style;
  self->font = g_strdup (style->font);
  self->style.font = self->font;
  self->width = MAX (width, 1);
  self->height = MAX (height, 1);
  self->pango = pango_font_map_create_context (pango_cairo_font_map_get_default ());
  sample = leyden_chart_plot_make_text (self, "0", 0, FALSE, style->font_size);
  pango_layout_get_pixel_size (sample, NULL, &line);
  self->line = MAX (line, 1);
  self->across = chart->kind == LEYDEN_CHART_KIND_BAR && chart->x == LEYDEN_CHART_X_CATEGORY;
  if (chart->kind == LEYDEN_CHART_KIND_TABLE || chart->kind == LEYDEN_CHART_KIND_VALUE)
    return self;
  if (has_rows (chart))
    list_rows (self);
  if (window != NULL)
    {
      self->y_low = window->y_low;
      self->y_high = window->y_high;
    }
  self->x = make_x_scale (self, window);
  if (chart->kind == LEYDEN_CHART_KIND_SCATTER && chart->x == LEYDEN_CHART_X_NUMBER && (window == NULL || isnan (window->low)))
    leyden_chart_scale_round (&self->x, "", count_x_ticks (self));
  make_ticks (self);
  place_area (self);
  return self;
}

void
leyden_chart_plot_free (LeydenChartPlot *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->x_ticks, g_array_unref);
  g_clear_pointer (&self->y_ticks, g_array_unref);
  g_clear_pointer (&self->rows, g_array_unref);
  g_object_unref (self->pango);
  g_object_unref (self->chart);
  g_free (self->font);
  g_free (self);
}

LeydenChartBox
leyden_chart_plot_get_area (const LeydenChartPlot *self)
{
  return (LeydenChartBox) { self->left, self->top, self->right - self->left, self->bottom - self->top };
}

const LeydenChartStyle *
leyden_chart_plot_get_style (const LeydenChartPlot *self)
{
  return &self->style;
}

LeydenChartScale
leyden_chart_plot_get_x_scale (const LeydenChartPlot *self)
{
  return self->x;
}

LeydenChartScale
leyden_chart_plot_get_y_scale (const LeydenChartPlot *self)
{
  return self->y;
}

gboolean
leyden_chart_plot_can_zoom (const LeydenChartPlot *self)
{
  return self->right > self->left && !self->across && self->chart->x != LEYDEN_CHART_X_CATEGORY && self->chart->kind != LEYDEN_CHART_KIND_SPARKLINE;
}

double
leyden_chart_plot_get_value (const LeydenChartPlot *self,
                             double                 x)
{
  double share = self->right > self->left ? (x - self->left) / (self->right - self->left) : 0;

  return leyden_chart_scale_value (&self->x, self->style.mirrored ? 1 - share : share);
}

double
leyden_chart_plot_get_place (const LeydenChartPlot *self,
                             double                 value)
{
  double share = leyden_chart_scale_place (&self->x, value);

  return self->left + (self->style.mirrored ? 1 - share : share) * (self->right - self->left);
}

/* --- pens --- */

double
leyden_chart_pen_x (const LeydenChartPen *pen,
                    double                value)
{
  /* Cairo counts in 24 bits: what is far away is far away. */
  return CLAMP (pen->x0 + leyden_chart_scale_place (&pen->plot->x, value) * (pen->x1 - pen->x0), -1e6, 1e6);
}

double
leyden_chart_pen_y (const LeydenChartPen *pen,
                    double                value)
{
  return CLAMP (pen->y0 + leyden_chart_scale_place (&pen->plot->y, value) * (pen->y1 - pen->y0), -1e5, 1e5);
}

static double
get_pen_value (const LeydenChartPen *pen,
               double                x)
{
  return leyden_chart_scale_value (&pen->plot->x, (x - pen->x0) / (pen->x1 - pen->x0));
}

void
leyden_chart_pen_range (const LeydenChartPen    *pen,
                        const LeydenChartSeries *series,
                        guint                   *from,
                        guint                   *to)
{
  double a = get_pen_value (pen, pen->from - 4), b = get_pen_value (pen, pen->to + 4);

  *from = leyden_chart_series_find (series, MIN (a, b));
  *to = leyden_chart_series_find (series, nextafter (MAX (a, b), INFINITY));
  if (*from > 0)
    (*from)--;
  if (*to < series->x->len)
    (*to)++;
}

guint
leyden_chart_pen_next (const LeydenChartPen *pen,
                       const double         *x,
                       guint                 index,
                       guint                 to)
{
  double column = floor (leyden_chart_pen_x (pen, x[index]));
  guint step = 1, low = index, high;

  /* Steps that double until the column is left, then between the last two. */
  while (low + step < to && floor (leyden_chart_pen_x (pen, x[low + step])) == column)
    {
      low += step;
      step *= 2;
    }
  high = MIN (low + step, to);
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (floor (leyden_chart_pen_x (pen, x[middle])) == column)
        low = middle;
      else
        high = middle;
    }
  return high;
}
