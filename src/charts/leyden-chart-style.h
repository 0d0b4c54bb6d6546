/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double red, green, blue, alpha;
} LeydenChartColor;

/* How a chart looks. */
typedef struct
{
  const char       *font;       /* family; NULL: sans. Borrowed */
  double            font_size;  /* px of an em */
  LeydenChartColor  foreground;
  LeydenChartColor  background; /* alpha 0: none is painted */
  LeydenChartColor  grid;
  LeydenChartColor  accent;
  gboolean          dark;
  gboolean          high_contrast;
  gboolean          mirrored;   /* right to left: axes begin at the right */
  gboolean          title;      /* painted above */
  gboolean          legend;     /* painted below when there is more than one series */
} LeydenChartStyle;

typedef enum
{
  LEYDEN_CHART_MARKER_CIRCLE,
  LEYDEN_CHART_MARKER_SQUARE,
  LEYDEN_CHART_MARKER_TRIANGLE,
  LEYDEN_CHART_MARKER_DIAMOND,
  LEYDEN_CHART_MARKER_CROSS,
  LEYDEN_CHART_MARKER_PLUS,
  LEYDEN_CHART_MARKER_DOWN,
  LEYDEN_CHART_MARKER_RING,
} LeydenChartMarker;

/* Series beyond it take the same colours again, with other patterns. */
#define LEYDEN_CHART_N_COLORS 8

/* For paper or a file: white or dark ground, title and legend. */
void              leyden_chart_style_init       (LeydenChartStyle *self, gboolean dark);
/* Eight colours of which any two differ for who sees no red, no green or no blue, too, and that stand out from the ground (3 to 1, with high
 * contrast 4.5 to 1); tests hold them to it. */
LeydenChartColor  leyden_chart_style_get_color  (const LeydenChartStyle *self, guint series);
/* What tells series apart without colours. Dashes for a line of @width; NULL and 0: solid. */
const double     *leyden_chart_style_get_dashes (guint series, int *n);
LeydenChartMarker leyden_chart_style_get_marker (guint series);
/* From the ground to @share of the way to the strongest colour, 0 to 1: lightness alone tells it. */
LeydenChartColor  leyden_chart_style_get_heat   (const LeydenChartStyle *self, double share);

void              leyden_chart_set_color        (cairo_t *cr, LeydenChartColor color, double alpha);
/* A marker around a point, filled or stroked as it is. */
void              leyden_chart_draw_marker      (cairo_t *cr, LeydenChartMarker marker, double x, double y, double radius);
/* Fills the path in the manner of a series: colour, and a hatch of it where it is not the first. Keeps the path. */
void              leyden_chart_fill_pattern     (cairo_t *cr, const LeydenChartStyle *self, guint series, double alpha);

G_END_DECLS
