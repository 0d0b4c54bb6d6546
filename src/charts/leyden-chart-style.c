/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-style.h"

#include <math.h>

#define RGB(x) { ((x) >> 16 & 255) / 255.0, ((x) >> 8 & 255) / 255.0, ((x) & 255) / 255.0, 1 }

/* Found by search: near the colours of the style sheets, any two at least 16 apart in CIELAB under normal sight (0.7 of it), protanopia,
 * deuteranopia and tritanopia (Machado 2009, severity 1). */
static const LeydenChartColor palettes[4][LEYDEN_CHART_N_COLORS] = {
  { RGB (0x1184f7), RGB (0xb02003), RGB (0xa58820), RGB (0x8e3894), RGB (0x004cb3), RGB (0xcc3369), RGB (0x232667), RGB (0x602647) },
  { RGB (0x367ef3), RGB (0xf7943c), RGB (0x19fcba), RGB (0xbc7be0), RGB (0xfbf06b), RGB (0xeb4d60), RGB (0x01ccd1), RGB (0xb8c687) },
  { RGB (0x0578a0), RGB (0xc2125b), RGB (0xb25503), RGB (0x002d9b), RGB (0x6c5ab9), RGB (0x732e03), RGB (0x7c2e6b), RGB (0x371e68) },
  { RGB (0x8da9f4), RGB (0xed9632), RGB (0x7df597), RGB (0xeebdf3), RGB (0x00b1b7), RGB (0xbad767), RGB (0xc29768), RGB (0xceffcc) },
};

static const struct
{
  double dashes[6];
  int    n;
} patterns[] = {
  { { 0 }, 0 }, { { 9, 4 }, 2 }, { { 2.5, 3.5 }, 2 }, { { 10, 3.5, 2.5, 3.5 }, 4 }, { { 16, 5 }, 2 }, { { 10, 3, 2, 3, 2, 3 }, 6 }, { { 5, 5 }, 2 },
};

void
leyden_chart_style_init (LeydenChartStyle *self,
                         gboolean          dark)
{
  static const LeydenChartColor white = RGB (0xffffff), black = RGB (0x2e3436), night = RGB (0x242426), blue = RGB (0x1c71d8), sky = RGB (0x78aeed);

  g_return_if_fail (self != NULL);

  *self = (LeydenChartStyle) { NULL };
  self->font_size = 13;
  self->dark = dark;
  self->foreground = dark ? white : black;
  self->background = dark ? night : white;
  self->grid = self->foreground;
  self->grid.alpha = 0.13;
  self->accent = dark ? sky : blue;
  self->title = self->legend = TRUE;
}

LeydenChartColor
leyden_chart_style_get_color (const LeydenChartStyle *self,
                              guint                   series)
{
  return palettes[(self->high_contrast ? 2 : 0) + (self->dark ? 1 : 0)][series % LEYDEN_CHART_N_COLORS];
}

/* Seven patterns beside eight colours: the pairs begin again after 56. */
const double *
leyden_chart_style_get_dashes (guint  series,
                               int   *n)
{
  *n = patterns[series % G_N_ELEMENTS (patterns)].n;
  return *n > 0 ? patterns[series % G_N_ELEMENTS (patterns)].dashes : NULL;
}

LeydenChartMarker
leyden_chart_style_get_marker (guint series)
{
  return (LeydenChartMarker) ((series + series / LEYDEN_CHART_N_COLORS) % 8);
}

LeydenChartColor
leyden_chart_style_get_heat (const LeydenChartStyle *self,
                             double                  share)
{
  static const LeydenChartColor light[] = { RGB (0xe9f1fb), RGB (0x9cc3ee), RGB (0x3f85cf), RGB (0x123f86), RGB (0x0a1637) };
  static const LeydenChartColor dark[] = { RGB (0x25303f), RGB (0x24538c), RGB (0x4a8fd6), RGB (0xa9d0f5), RGB (0xf6faff) };
  const LeydenChartColor *stops = self->dark ? dark : light;
  double at = CLAMP (isfinite (share) ? share : 0, 0, 1) * 4, part;
  guint i = MIN ((guint) at, 3);

  part = at - i;
  return (LeydenChartColor) { stops[i].red + part * (stops[i + 1].red - stops[i].red), stops[i].green + part * (stops[i + 1].green - stops[i].green),
                              stops[i].blue + part * (stops[i + 1].blue - stops[i].blue), 1 };
}

void
leyden_chart_set_color (cairo_t          *cr,
                        LeydenChartColor  color,
                        double            alpha)
{
  cairo_set_source_rgba (cr, color.red, color.green, color.blue, color.alpha * alpha);
}

static void
add_polygon (cairo_t *cr,
             double   x,
             double   y,
             double   radius,
             guint    corners,
             double   turn)
{
  cairo_new_sub_path (cr);
  for (guint i = 0; i < corners; i++)
    cairo_line_to (cr, x + radius * sin (turn + 2 * G_PI * i / corners), y - radius * cos (turn + 2 * G_PI * i / corners));
  cairo_close_path (cr);
}

void
leyden_chart_draw_marker (cairo_t           *cr,
                          LeydenChartMarker  marker,
                          double             x,
                          double             y,
                          double             radius)
{
  cairo_new_path (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  switch (marker)
    {
    case LEYDEN_CHART_MARKER_SQUARE:
      add_polygon (cr, x, y, radius * 1.25, 4, G_PI / 4);
      break;
    case LEYDEN_CHART_MARKER_TRIANGLE:
      add_polygon (cr, x, y, radius * 1.35, 3, 0);
      break;
    case LEYDEN_CHART_MARKER_DOWN:
      add_polygon (cr, x, y, radius * 1.35, 3, G_PI);
      break;
    case LEYDEN_CHART_MARKER_DIAMOND:
      add_polygon (cr, x, y, radius * 1.3, 4, 0);
      break;
    case LEYDEN_CHART_MARKER_CROSS:
    case LEYDEN_CHART_MARKER_PLUS:
      {
        double turn = marker == LEYDEN_CHART_MARKER_PLUS ? 0 : G_PI / 4, a = radius * 1.2 * cos (turn), b = radius * 1.2 * sin (turn);

        cairo_move_to (cr, x - a, y - b);
        cairo_line_to (cr, x + a, y + b);
        cairo_move_to (cr, x + b, y - a);
        cairo_line_to (cr, x - b, y + a);
        cairo_set_line_width (cr, MAX (1.5, radius * 0.55));
        cairo_stroke (cr);
        return;
      }
    case LEYDEN_CHART_MARKER_RING:
      cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
      cairo_set_line_width (cr, MAX (1.5, radius * 0.5));
      cairo_stroke (cr);
      return;
    case LEYDEN_CHART_MARKER_CIRCLE:
    default:
      cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
      break;
    }
  cairo_fill (cr);
}

/* --- hatches --- */

static void
add_strokes (cairo_t *cr,
             double   gap,
             int      direction,
             double   x1,
             double   y1,
             double   x2,
             double   y2)
{
  /* Counted from the origin, not from the shape: hatches of neighbours, and of strips side by side, meet. */
  if (direction == 0)
    for (double y = ceil (y1 / gap) * gap; y <= y2; y += gap)
      {
        cairo_move_to (cr, x1, y);
        cairo_line_to (cr, x2, y);
      }
  else
    {
      double least = direction > 0 ? x1 + y1 : x1 - y2, most = direction > 0 ? x2 + y2 : x2 - y1;

      for (double sum = ceil (least / gap) * gap; sum <= most; sum += gap)
        {
          cairo_move_to (cr, direction > 0 ? sum - y1 : sum + y1, y1);
          cairo_line_to (cr, direction > 0 ? sum - y2 : sum + y2, y2);
        }
    }
}

void
leyden_chart_fill_pattern (cairo_t                *cr,
                           const LeydenChartStyle *self,
                           guint                   series,
                           double                  alpha)
{
  LeydenChartColor color = leyden_chart_style_get_color (self, series);
  guint hatch = series % 5;
  double x1, y1, x2, y2;
  cairo_path_t *path;

  leyden_chart_set_color (cr, color, alpha);
  cairo_fill_preserve (cr);
  if (hatch == 0)
    return;
  cairo_fill_extents (cr, &x1, &y1, &x2, &y2);
  /* What is too small for a stroke is told by its place. */
  if (x2 - x1 < 3 || y2 - y1 < 3 || x2 - x1 > 20000 || y2 - y1 > 20000)
    return;
  path = cairo_copy_path (cr);
  cairo_save (cr);
  cairo_clip (cr);
  add_strokes (cr, hatch == 4 ? 16 : 8, hatch == 3 ? 0 : hatch == 2 ? -1 : 1, x1, y1, x2, y2);
  if (hatch == 4)
    add_strokes (cr, 16, -1, x1, y1, x2, y2);
  cairo_set_dash (cr, NULL, 0, 0);
  cairo_set_line_width (cr, 1);
  leyden_chart_set_color (cr, self->dark ? (LeydenChartColor) { 0, 0, 0, 1 } : (LeydenChartColor) { 1, 1, 1, 1 }, 0.55);
  cairo_stroke (cr);
  cairo_restore (cr);
  cairo_new_path (cr);
  cairo_append_path (cr, path);
  cairo_path_destroy (path);
}
