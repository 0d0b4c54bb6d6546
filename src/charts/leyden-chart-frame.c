/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-plot-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-chart-format.h"

/* What stands around the data: ground, grid, marks, titles, legend; and which painter paints the data. */

#define TICK_GAP 6
#define LEGEND_ROWS 3
#define SWATCH 22

/* --- marks --- */

static double
place_tick (const LeydenChartPlot *self,
            double                 value)
{
  return leyden_chart_plot_get_place (self, value);
}

static void
draw_across (const LeydenChartPlot *self,
             cairo_t               *cr)
{
  double side = self->style.mirrored ? self->right + TICK_GAP : self->left - TICK_GAP, align = self->style.mirrored ? 0 : 1;
  double room = self->style.mirrored ? self->width - side : side;

  for (guint i = 0; self->y_ticks != NULL && i < self->y_ticks->len; i++)
    {
      LeydenChartTick *tick = &g_array_index (self->y_ticks, LeydenChartTick, i);
      double y = self->bottom - leyden_chart_scale_place (&self->y, tick->value) * (self->bottom - self->top);

      if (!(y >= self->top - 1 && y <= self->bottom + 1))
        continue;
      leyden_chart_set_color (cr, self->style.grid, 1);
      cairo_rectangle (cr, self->left, floor (y), self->right - self->left, 1);
      cairo_fill (cr);
      leyden_chart_plot_show (self, cr, tick->text, side, y - self->line / 2, align, room, 1);
    }
  for (guint i = 0; self->rows != NULL && i < self->rows->len; i++)
    {
      double top, height;
      guint every;

      leyden_chart_plot_get_row (self, i, &top, &height);
      /* Where rows are thin, each so many has its title. */
      every = (guint) ceil (self->line / MAX (height, 0.01));
      if (i % MAX (every, 1) == 0)
        leyden_chart_plot_show (self, cr, leyden_chart_plot_get_row_title (self, i), side, top + (height - self->line) / 2, align, room, 1);
    }
}

/* Marks along x, each with its words where they do not touch those before. */
static void
draw_along (const LeydenChartPlot *self,
            cairo_t               *cr)
{
  double end = self->style.mirrored ? INFINITY : -INFINITY, least = 0, most = self->width;

  /* Below the words along y, of which the lowest stands as high as these. */
  if (self->y_ticks != NULL && self->style.mirrored)
    most = self->right + TICK_GAP;
  else if (self->y_ticks != NULL)
    least = self->left - TICK_GAP;
  for (guint i = 0; self->x_ticks != NULL && i < self->x_ticks->len; i++)
    {
      LeydenChartTick *tick = &g_array_index (self->x_ticks, LeydenChartTick, i);
      double x = place_tick (self, tick->value), width, from;

      if (!(x >= self->left - 1 && x <= self->right + 1))
        continue;
      leyden_chart_set_color (cr, self->style.grid, 1);
      cairo_rectangle (cr, floor (x), self->top, 1, self->bottom - self->top);
      cairo_fill (cr);
      leyden_chart_plot_measure (self, tick->text, &width);
      from = CLAMP (x - width / 2, least, MAX (most - width, least));
      if (self->style.mirrored ? from + width > end - TICK_GAP : from < end + TICK_GAP)
        continue;
      end = self->style.mirrored ? from : from + width;
      leyden_chart_plot_show (self, cr, tick->text, from, self->bottom + 3, 0, 0, 1);
    }
}

/* Columns with names: each in the middle of its place. */
static void
draw_names (const LeydenChartPlot *self,
            cairo_t               *cr)
{
  LeydenChart *chart = self->chart;
  double each = (self->right - self->left) / MAX (chart->categories->len, 1);
  guint every = (guint) MAX (1, ceil (3 * self->style.font_size / MAX (each, 0.01)));

  for (guint i = 0; i < chart->categories->len; i += every)
    leyden_chart_plot_show (self, cr, chart->categories->pdata[i], place_tick (self, i), self->bottom + 3, 0.5, each * every - 4, 1);
}

/* Which colour of a heat map is which number. */
static void
draw_ramp (const LeydenChartPlot *self,
           cairo_t               *cr)
{
  double low, high, y = self->bottom + self->line + TICK_GAP, width = MIN (160, (self->right - self->left) / 3), x, text_width;
  g_autofree char *least = NULL;
  g_autofree char *most = NULL;

  if (!leyden_chart_get_value_extent (self->chart, &low, &high))
    return;
  least = leyden_chart_format_value (low, self->chart->unit);
  most = leyden_chart_format_value (high, self->chart->unit);
  leyden_chart_plot_measure (self, least, &text_width);
  x = self->left + text_width + TICK_GAP;
  leyden_chart_plot_show (self, cr, least, self->left, y, 0, 0, 1);
  for (double i = 0; i < width; i++)
    {
      leyden_chart_set_color (cr, leyden_chart_style_get_heat (&self->style, i / MAX (width - 1, 1)), 1);
      cairo_rectangle (cr, x + i, y + self->line * 0.15, 1, self->line * 0.7);
      cairo_fill (cr);
    }
  leyden_chart_plot_show (self, cr, most, x + width + TICK_GAP, y, 0, 0, 1);
}

/* --- legend --- */

static gboolean
has_legend (const LeydenChartPlot *self)
{
  LeydenChartKind kind = self->chart->kind;

  return self->style.legend && self->chart->series->len > 1 && kind != LEYDEN_CHART_KIND_HEAT && kind != LEYDEN_CHART_KIND_WATERFALL
         && kind != LEYDEN_CHART_KIND_SPARKLINE && kind != LEYDEN_CHART_KIND_VALUE && kind != LEYDEN_CHART_KIND_TABLE;
}

static void
draw_swatch (const LeydenChartPlot *self,
             cairo_t               *cr,
             guint                  series,
             double                 x,
             double                 y)
{
  leyden_chart_draw_swatch (cr, &self->style, self->chart->kind, series, x, y, SWATCH - 6, self->line);
}

void
leyden_chart_draw_swatch (cairo_t                *cr,
                          const LeydenChartStyle *style,
                          LeydenChartKind         kind,
                          guint                   series,
                          double                  x,
                          double                  y,
                          double                  width,
                          double                  height)
{
  LeydenChartColor color = leyden_chart_style_get_color (style, series);
  int n;
  const double *dashes = leyden_chart_style_get_dashes (series, &n);

  if (kind == LEYDEN_CHART_KIND_AREA || kind == LEYDEN_CHART_KIND_BAR || kind == LEYDEN_CHART_KIND_HISTOGRAM)
    {
      cairo_rectangle (cr, x, y + height * 0.2, width, height * 0.6);
      leyden_chart_fill_pattern (cr, style, series, 1);
      cairo_new_path (cr);
      return;
    }
  leyden_chart_set_color (cr, color, 1);
  if (kind == LEYDEN_CHART_KIND_LINE)
    {
      cairo_set_line_width (cr, 2);
      cairo_set_dash (cr, dashes, n, 0);
      cairo_move_to (cr, x, y + height / 2);
      cairo_line_to (cr, x + width, y + height / 2);
      cairo_stroke (cr);
    }
  leyden_chart_draw_marker (cr, leyden_chart_style_get_marker (series), x + width / 2, y + height / 2, 3.5);
}

/* Places entries in lines; paints them when @cr. Height that they take. */
static double
lay_legend (const LeydenChartPlot *self,
            cairo_t               *cr,
            double                 top)
{
  double x = 0, width = self->width - 2 * TICK_GAP, y = top;
  guint row = 1, n = self->chart->series->len;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *rest = NULL;
      const char *text = leyden_chart_get (self->chart, i)->title;
      double needed;

      leyden_chart_plot_measure (self, text, &needed);
      needed = MIN (needed, width - SWATCH);
      if (x > 0 && x + SWATCH + needed > width)
        {
          if (row == LEGEND_ROWS)
            {
              rest = g_strdup_printf (ngettext ("and %u more", "and %u more", n - i), n - i);
              if (cr != NULL)
                leyden_chart_plot_show (self, cr, rest, self->style.mirrored ? TICK_GAP : self->width - TICK_GAP, y + self->line, self->style.mirrored ? 0 : 1, 0, 1);
              return y + 2 * self->line - top;
            }
          row++;
          x = 0;
          y += self->line;
        }
      if (cr != NULL)
        {
          double at = self->style.mirrored ? self->width - TICK_GAP - x - SWATCH + 6 : TICK_GAP + x;

          draw_swatch (self, cr, i, at, y);
          leyden_chart_plot_show (self, cr, text, self->style.mirrored ? at - 6 : at + SWATCH, y, self->style.mirrored ? 1 : 0, needed,
                                  leyden_chart_get (self->chart, i)->hidden ? 0.5 : 1);
        }
      x += SWATCH + needed + 2 * TICK_GAP;
    }
  return y + self->line - top;
}

double
leyden_chart_legend_height (const LeydenChartPlot *self)
{
  return has_legend (self) ? lay_legend (self, NULL, 0) + TICK_GAP : 0;
}

/* --- frame --- */

static void
draw_title (const LeydenChartPlot *self,
            cairo_t               *cr)
{
  g_autoptr(PangoLayout) layout = NULL;
  PangoRectangle extents;

  if (!self->style.title || *self->chart->title == '\0')
    return;
  layout = leyden_chart_plot_make_text (self, self->chart->title, self->width - 2 * TICK_GAP, TRUE, self->style.font_size * 1.1);
  pango_layout_get_pixel_extents (layout, NULL, &extents);
  cairo_move_to (cr, (self->style.mirrored ? self->width - TICK_GAP - extents.width : TICK_GAP) - extents.x, 2);
  leyden_chart_set_color (cr, self->style.foreground, 1);
  pango_cairo_show_layout (cr, layout);
}

static void
draw_nothing (const LeydenChartPlot *self,
              cairo_t               *cr)
{
  leyden_chart_plot_show (self, cr, _("No data"), (self->left + self->right) / 2, (self->top + self->bottom - self->line) / 2, 0.5, 0, 0.75);
}

void
leyden_chart_plot_paint_frame (LeydenChartPlot *self,
                               cairo_t         *cr)
{
  g_return_if_fail (self != NULL && cr != NULL);

  if (self->style.background.alpha > 0)
    {
      leyden_chart_set_color (cr, self->style.background, 1);
      cairo_rectangle (cr, 0, 0, self->width, self->height);
      cairo_fill (cr);
    }
  draw_title (self, cr);
  if (self->right <= self->left)
    return;
  if (self->chart->kind != LEYDEN_CHART_KIND_SPARKLINE)
    {
      draw_along (self, cr);
      if (self->chart->x == LEYDEN_CHART_X_CATEGORY && !self->across)
        draw_names (self, cr);
      draw_across (self, cr);
      if (self->chart->kind == LEYDEN_CHART_KIND_HEAT)
        draw_ramp (self, cr);
      if (has_legend (self))
        lay_legend (self, cr, self->height - leyden_chart_legend_height (self));
    }
  if (self->blank || leyden_chart_is_empty (self->chart))
    draw_nothing (self, cr);
}

/* --- data --- */

static void
paint (LeydenChartPen *pen,
       cairo_t        *cr)
{
  switch (pen->plot->chart->kind)
    {
    case LEYDEN_CHART_KIND_LINE:
    case LEYDEN_CHART_KIND_SPARKLINE:
      leyden_chart_paint_lines (pen, cr);
      break;
    case LEYDEN_CHART_KIND_AREA:
      leyden_chart_paint_areas (pen, cr);
      break;
    case LEYDEN_CHART_KIND_SCATTER:
      leyden_chart_paint_points (pen, cr);
      break;
    case LEYDEN_CHART_KIND_BAR:
      if (pen->plot->across)
        leyden_chart_paint_rows (pen, cr);
      else
        leyden_chart_paint_bars (pen, cr);
      break;
    case LEYDEN_CHART_KIND_HISTOGRAM:
      leyden_chart_paint_bars (pen, cr);
      break;
    case LEYDEN_CHART_KIND_HEAT:
      leyden_chart_paint_heat (pen, cr);
      break;
    case LEYDEN_CHART_KIND_WATERFALL:
      leyden_chart_paint_spans (pen, cr);
      break;
    case LEYDEN_CHART_KIND_TABLE:
    case LEYDEN_CHART_KIND_VALUE:
    default:
      break;
    }
}

void
leyden_chart_plot_paint_data (LeydenChartPlot *self,
                              cairo_t         *cr)
{
  LeydenChartPen pen = { self, self->left, self->right, self->bottom, self->top, self->left, self->right, self->left, 0 };

  g_return_if_fail (self != NULL && cr != NULL);

  if (self->chart->kind == LEYDEN_CHART_KIND_VALUE)
    leyden_chart_paint_value (self, cr);
  if (self->chart->kind == LEYDEN_CHART_KIND_TABLE)
    leyden_chart_paint_table (self, cr);
  if (self->right <= self->left || leyden_chart_is_empty (self->chart))
    return;
  if (self->style.mirrored)
    {
      pen.x0 = self->right;
      pen.x1 = self->left;
    }
  cairo_save (cr);
  /* Round ends at the edges are seen whole, above and below too. */
  cairo_rectangle (cr, self->left - 1, self->top - 2, self->right - self->left + 2, self->bottom - self->top + 4);
  cairo_clip (cr);
  paint (&pen, cr);
  cairo_restore (cr);
}

guint
leyden_chart_plot_paint_strip (LeydenChartPlot *self,
                               cairo_t         *cr,
                               double           origin,
                               double           first,
                               double           from,
                               double           to)
{
  double width = self->right - self->left, zero;
  LeydenChartPen pen = { self, 0, 0, self->bottom - self->top, 0, from, to, -first, 0 };

  g_return_val_if_fail (self != NULL && cr != NULL, 0);

  if (width <= 0 || leyden_chart_is_empty (self->chart))
    return 0;
  zero = leyden_chart_scale_place (&self->x, origin) * width;
  pen.x0 = (self->style.mirrored ? zero : -zero) - first;
  pen.x1 = pen.x0 + (self->style.mirrored ? -width : width);
  cairo_save (cr);
  cairo_rectangle (cr, from, 0, to - from, self->bottom - self->top);
  cairo_clip (cr);
  paint (&pen, cr);
  cairo_restore (cr);
  return pen.n_seen;
}

void
leyden_chart_paint (LeydenChart            *chart,
                    cairo_t                *cr,
                    double                  width,
                    double                  height,
                    const LeydenChartStyle *style)
{
  g_autoptr(LeydenChartPlot) plot = leyden_chart_plot_new (chart, style, NULL, width, height);

  g_return_if_fail (plot != NULL && cr != NULL);

  leyden_chart_plot_paint_frame (plot, cr);
  leyden_chart_plot_paint_data (plot, cr);
}
