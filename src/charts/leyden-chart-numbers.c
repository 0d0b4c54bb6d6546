/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-plot-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-chart-cell.h"
#include "leyden-chart-format.h"

/* Numbers by themselves, and tables. */

#define PADDING 6

static double
get_top (const LeydenChartPlot *self)
{
  return PADDING + (self->style.title && *self->chart->title != '\0' ? 1.6 * self->line : 0);
}

static void
show_at (const LeydenChartPlot *self,
         cairo_t               *cr,
         PangoLayout           *layout,
         double                 y)
{
  PangoRectangle extents;

  pango_layout_get_pixel_extents (layout, NULL, &extents);
  cairo_move_to (cr, (self->style.mirrored ? self->width - PADDING - extents.width : PADDING) - extents.x, y);
  pango_cairo_show_layout (cr, layout);
}

/* The last number that is one. */
gboolean
leyden_chart_get_last (LeydenChart *chart,
                       guint        series,
                       double      *value)
{
  LeydenChartSeries *source = leyden_chart_get (chart, series);

  for (guint i = source->x->len; i-- > 0;)
    if (isfinite (leyden_chart_track_get_values (source->y)[i]))
      {
        *value = leyden_chart_track_get_values (source->y)[i];
        return TRUE;
      }
  return FALSE;
}

/* As large as fits. */
static PangoLayout *
make_number (const LeydenChartPlot *self,
             const char            *text,
             double                 size)
{
  double room = self->width - 2 * PADDING;
  PangoLayout *layout = leyden_chart_plot_make_text (self, text, 0, TRUE, size);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  if (width <= room)
    return layout;
  g_object_unref (layout);
  return leyden_chart_plot_make_text (self, text, room, TRUE, MAX (self->style.font_size, floor (size * room / width)));
}

/* The first of several may be what the title already says. */
static gboolean
is_named (LeydenChart *chart,
          guint        series)
{
  return chart->series->len > 1 && (series > 0 || strcmp (leyden_chart_get (chart, series)->title, chart->title) != 0);
}

/* Returns: the height of both. */
static int
show_name (const LeydenChartPlot *self,
           cairo_t               *cr,
           guint                  series,
           PangoLayout           *number,
           double                 y,
           gboolean               below)
{
  const char *title = leyden_chart_get (self->chart, series)->title;
  int width, height;
  double side, room;

  pango_layout_get_pixel_size (number, &width, &height);
  side = below ? PADDING : 2 * PADDING + width;
  room = self->width - side - PADDING;
  if (room >= self->line)
    {
      g_autoptr(PangoLayout) name = leyden_chart_plot_make_text (self, title, room, FALSE, self->style.font_size);
      PangoRectangle extents;

      pango_layout_get_pixel_extents (name, NULL, &extents);
      leyden_chart_set_color (cr, self->style.foreground, 0.8);
      cairo_move_to (cr, (self->style.mirrored ? self->width - side - extents.width : side) - extents.x,
                     below ? y + height : y + (pango_layout_get_baseline (number) - pango_layout_get_baseline (name)) / (double) PANGO_SCALE);
      pango_cairo_show_layout (cr, name);
    }
  return below ? height + (int) self->line : height;
}

void
leyden_chart_paint_value (LeydenChartPlot *self,
                          cairo_t         *cr)
{
  LeydenChart *chart = self->chart;
  double y = get_top (self), each = (self->height - y - PADDING) / MAX (chart->series->len, 1);
  /* Where names have no room below their numbers they stand beside them. */
  gboolean below = chart->series->len < 2 || each >= 2 * self->line + PADDING;
  double size = CLAMP (each * (below ? 0.45 : 0.6), self->style.font_size, self->style.font_size * 3.2);

  for (guint i = 0; i < MAX (chart->series->len, 1) && y + self->line < self->height; i++)
    {
      double value = NAN;
      g_autofree char *text = NULL;
      g_autoptr(PangoLayout) number = NULL;
      const char *unit;
      int height;

      if (i < chart->series->len)
        leyden_chart_get_last (chart, i, &value);
      /* "0 tokens Tokens, before" would say it twice. */
      unit = is_named (chart, i) && strcmp (chart->unit, "tokens") == 0 ? "" : chart->unit;
      text = isfinite (value) ? leyden_chart_format_value (value, unit) : g_strdup (_("No data"));
      number = make_number (self, text, isfinite (value) ? size : self->style.font_size);
      leyden_chart_set_color (cr, self->style.foreground, isfinite (value) ? 1 : 0.75);
      show_at (self, cr, number, y);
      pango_layout_get_pixel_size (number, NULL, &height);
      if (is_named (chart, i))
        height = show_name (self, cr, i, number, y, below);
      y += below ? MAX (height + PADDING, MIN (each, height * 1.6)) : MAX (height, each);
    }
}

/* --- tables --- */

static void
show_cell (LeydenChartPlot *self,
           cairo_t         *cr,
           const char      *text,
           guint            column,
           guint            n_columns,
           double           y,
           gboolean         bold)
{
  double each = (self->width - 2 * PADDING) / n_columns;
  g_autoptr(PangoLayout) layout = leyden_chart_plot_make_text (self, text, each - PADDING, bold, self->style.font_size);
  PangoRectangle extents;
  double x = PADDING + column * each;

  pango_layout_get_pixel_extents (layout, NULL, &extents);
  cairo_move_to (cr, (self->style.mirrored ? self->width - x - extents.width : x) - extents.x, y);
  leyden_chart_set_color (cr, self->style.foreground, 1);
  pango_cairo_show_layout (cr, layout);
}

void
leyden_chart_paint_table (LeydenChartPlot *self,
                          cairo_t         *cr)
{
  LeydenChart *chart = self->chart;
  guint n_columns = leyden_value_get_size (chart->columns), n_rows = leyden_value_get_size (chart->rows);
  double y = get_top (self), step = self->line * 1.25;

  if (n_columns == 0)
    return;
  for (guint i = 0; i < n_columns; i++)
    {
      g_autofree char *title = leyden_chart_column_title (leyden_value_get_item (chart->columns, i));

      show_cell (self, cr, title, i, n_columns, y, TRUE);
    }
  y += step;
  for (guint row = 0; row < n_rows; row++, y += step)
    {
      if (y + 2 * step > self->height && row + 1 < n_rows)
        {
          g_autofree char *rest = g_strdup_printf (ngettext ("and %u more row", "and %u more rows", n_rows - row), n_rows - row);

          leyden_chart_plot_show (self, cr, rest, self->style.mirrored ? self->width - PADDING : PADDING, y, self->style.mirrored ? 1 : 0, 0, 0.8);
          return;
        }
      leyden_chart_set_color (cr, self->style.grid, 1);
      cairo_rectangle (cr, PADDING, floor (y) - 1, self->width - 2 * PADDING, 1);
      cairo_fill (cr);
      for (guint i = 0; i < n_columns; i++)
        {
          g_autofree char *text = leyden_chart_cell_to_text (leyden_value_get_item (leyden_value_get_item (chart->rows, row), i),
                                                             leyden_value_get_item (chart->columns, i), chart->zone);

          show_cell (self, cr, text, i, n_columns, y, FALSE);
        }
    }
}
