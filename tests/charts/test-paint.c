/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Painting: strips against the whole, gaps, down-sampling by pixels, colours, files. */
#include <math.h>
#include <string.h>

#include "leyden-chart-plot.h"
#include "leyden-chart-write.h"
#include "leyden-json.h"

#define WIDTH 600
#define HEIGHT 240

static LeydenChart *
make_line (guint n,
           guint series)
{
  LeydenChart *chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);

  leyden_chart_set_axes (chart, LEYDEN_CHART_X_TIME, "");
  leyden_chart_set_limits (chart, 0, 100);
  for (guint s = 0; s < series; s++)
    {
      leyden_chart_add_series (chart, s == 0 ? "a" : "b");
      for (guint i = 0; i < n; i++)
        {
          double x = 1774656000e9 + i * 1e9, y = 50 + 45 * sin (i * 0.013 * (s + 1)) + i % 5;

          leyden_chart_append (chart, s, &x, &y, NULL, NULL, 1);
        }
    }
  return chart;
}

static cairo_surface_t *
new_surface (double width,
             double height)
{
  return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) width, (int) height);
}

static void
plain_style (LeydenChartStyle *style,
             gboolean          mirrored)
{
  leyden_chart_style_init (style, FALSE);
  style->background.alpha = 0;
  style->mirrored = mirrored;
  style->title = style->legend = FALSE;
}

static double
compare (cairo_surface_t *a,
         cairo_surface_t *b)
{
  int width = cairo_image_surface_get_width (a), height = cairo_image_surface_get_height (a), stride = cairo_image_surface_get_stride (a);
  double sum = 0;

  cairo_surface_flush (a);
  cairo_surface_flush (b);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width * 4; x++)
      sum += abs (cairo_image_surface_get_data (a)[y * stride + x] - cairo_image_surface_get_data (b)[y * stride + x]);
  return sum / ((double) width * height * 4);
}

/* What a widget puts together of strips is what is painted at once: columns apart, in any order, again from the middle on; both ways round. */
static void
test_strips (gconstpointer data)
{
  gboolean mirrored = GPOINTER_TO_INT (data);
  g_autoptr(LeydenChart) chart = make_line (5000, 1);
  LeydenChartStyle style;
  g_autoptr(LeydenChartPlot) plot = NULL;
  LeydenChartBox area;
  cairo_surface_t *whole, *strips;
  cairo_t *cr;
  double origin, left;

  plain_style (&style, mirrored);
  plot = leyden_chart_plot_new (chart, &style, NULL, WIDTH, HEIGHT);
  area = leyden_chart_plot_get_area (plot);
  whole = new_surface (area.width, area.height);
  cr = cairo_create (whole);
  cairo_translate (cr, -area.x, -area.y);
  leyden_chart_plot_paint_data (plot, cr);
  cairo_destroy (cr);
  strips = new_surface (area.width, area.height);
  cr = cairo_create (strips);
  origin = leyden_chart_plot_get_x_scale (plot).low;
  left = mirrored ? -area.width : 0;
  for (int i = 6; i >= 0; i--)
    leyden_chart_plot_paint_strip (plot, cr, origin, left, i * 96, (i + 1) * 96);
  cairo_destroy (cr);
  g_test_message ("difference %g", compare (whole, strips));
  g_assert_cmpfloat (compare (whole, strips), <, 1);

  /* From a column on, over what was wiped. */
  cr = cairo_create (strips);
  cairo_rectangle (cr, 200, 0, 1000, HEIGHT);
  cairo_set_operator (cr, CAIRO_OPERATOR_CLEAR);
  cairo_fill (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_OVER);
  leyden_chart_plot_paint_strip (plot, cr, origin, left, 200, 1000);
  cairo_destroy (cr);
  g_assert_cmpfloat (compare (whole, strips), <, 1);
  cairo_surface_destroy (whole);
  cairo_surface_destroy (strips);
}

/* Lowest and highest painted pixel of a column. */
static gboolean
find_ink (cairo_surface_t *surface,
          int              column,
          int             *top,
          int             *bottom)
{
  int height = cairo_image_surface_get_height (surface), stride = cairo_image_surface_get_stride (surface);

  *top = -1;
  for (int y = 0; y < height; y++)
    if (cairo_image_surface_get_data (surface)[y * stride + column * 4 + 3] > 100)
      {
        if (*top < 0)
          *top = y;
        *bottom = y;
      }
  return *top >= 0;
}

/* A million points, some of them alone in their height: each stands where it is, though few points are looked at. */
static void
test_million (void)
{
  const guint n = 1000000;
  const guint spikes[] = { 1, 77777, 333333, 654321, 999990 };
  g_autofree double *x = g_new (double, n);
  g_autofree double *y = g_new (double, n);
  g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  LeydenChartStyle style;
  g_autoptr(LeydenChartPlot) plot = NULL;
  LeydenChartBox area;
  cairo_surface_t *surface;
  cairo_t *cr;
  guint seen;

  for (guint i = 0; i < n; i++)
    {
      x[i] = i;
      y[i] = 50 + i % 3;
    }
  for (guint i = 0; i < G_N_ELEMENTS (spikes); i++)
    y[spikes[i]] = i % 2 == 0 ? 95 : 5;
  leyden_chart_add_series (chart, "m");
  leyden_chart_set_limits (chart, 0, 100);
  leyden_chart_append (chart, 0, x, y, NULL, NULL, n);
  plain_style (&style, FALSE);
  plot = leyden_chart_plot_new (chart, &style, NULL, WIDTH, HEIGHT);
  area = leyden_chart_plot_get_area (plot);
  surface = new_surface (area.width, area.height);
  cr = cairo_create (surface);
  seen = leyden_chart_plot_paint_strip (plot, cr, 0, 0, 0, area.width);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  g_test_message ("%u points", seen);
  g_assert_cmpuint (seen, <=, 4 * (guint) (area.width + 10));
  for (guint i = 0; i < G_N_ELEMENTS (spikes); i++)
    {
      int top = HEIGHT, bottom = 0, column = (int) floor (spikes[i] / (double) (n - 1) * area.width);

      /* A line is two pixels wide. */
      for (int k = MAX (column - 1, 0); k <= MIN (column + 1, (int) area.width - 1); k++)
        {
          int highest, lowest;

          if (find_ink (surface, k, &highest, &lowest))
            {
              top = MIN (top, highest);
              bottom = MAX (bottom, lowest);
            }
        }
      if (i % 2 == 0)
        g_assert_cmpint (top, <=, (int) (0.05 * area.height) + 3);
      else
        g_assert_cmpint (bottom, >=, (int) (0.95 * area.height) - 3);
    }
  cairo_surface_destroy (surface);
}

/* A gap is left white, a lone point is seen. */
static void
test_gaps (void)
{
  g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  const double x[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 }, y[] = { 5, 5, NAN, NAN, 5, NAN, NAN, 5, 5 };
  LeydenChartStyle style;
  g_autoptr(LeydenChartPlot) plot = NULL;
  LeydenChartBox area;
  cairo_surface_t *surface;
  cairo_t *cr;
  int top, bottom;

  leyden_chart_add_series (chart, "g");
  leyden_chart_append (chart, 0, x, y, NULL, NULL, 9);
  plain_style (&style, FALSE);
  plot = leyden_chart_plot_new (chart, &style, NULL, WIDTH, HEIGHT);
  area = leyden_chart_plot_get_area (plot);
  surface = new_surface (area.width, area.height);
  cr = cairo_create (surface);
  leyden_chart_plot_paint_strip (plot, cr, 0, 0, 0, area.width);
  cairo_destroy (cr);
  g_assert_true (find_ink (surface, (int) (area.width * 0.5 / 8), &top, &bottom));
  g_assert_false (find_ink (surface, (int) (area.width * 2.5 / 8), &top, &bottom));
  g_assert_true (find_ink (surface, (int) (area.width * 4 / 8), &top, &bottom));
  g_assert_false (find_ink (surface, (int) (area.width * 6 / 8), &top, &bottom));
  g_assert_true (find_ink (surface, (int) (area.width * 7.5 / 8), &top, &bottom));
  cairo_surface_destroy (surface);
}

/* A window in which nothing stands says so: the frame of it has more ink than that of one in which something does, beside its marks. */
static void
test_blank (void)
{
  g_autoptr(LeydenChart) chart = make_line (100, 1);
  LeydenChartStyle style;
  const LeydenChartWindow windows[2] = { { 1774656000e9, 1774656099e9, 0, 0 }, { 1774656200e9, 1774656299e9, 0, 0 } };
  guint ink[2] = { 0, 0 };

  plain_style (&style, FALSE);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LeydenChartPlot) plot = leyden_chart_plot_new (chart, &style, &windows[i], WIDTH, HEIGHT);
      LeydenChartBox area = leyden_chart_plot_get_area (plot);
      cairo_surface_t *surface = new_surface (WIDTH, HEIGHT);
      cairo_t *cr = cairo_create (surface);
      int stride = cairo_image_surface_get_stride (surface);

      leyden_chart_plot_paint_frame (plot, cr);
      cairo_destroy (cr);
      cairo_surface_flush (surface);
      /* Where the words would be; the grid is fainter. */
      for (int y = (int) (area.y + area.height / 2) - 12; y < (int) (area.y + area.height / 2) + 12; y++)
        for (int x = (int) (area.x + area.width / 2) - 40; x < (int) (area.x + area.width / 2) + 40; x++)
          ink[i] += cairo_image_surface_get_data (surface)[y * stride + x * 4 + 3] > 120;
      cairo_surface_destroy (surface);
    }
  g_assert_cmpuint (ink[0], ==, 0);
  g_assert_cmpuint (ink[1], >, 20);
}

/* The words of the first mark along x, which stands at the edge, do not run into those of the lowest mark of y: below half a line of these nothing is
 * written beside the area. */
static void
test_corner (void)
{
  for (guint mirrored = 0; mirrored < 2; mirrored++)
    {
      g_autoptr(LeydenChart) chart = make_line (100, 1);
      LeydenChartStyle style;
      const LeydenChartWindow window = { 1774656000e9, 1774656099e9, 0, 0 };
      g_autoptr(LeydenChartPlot) plot = NULL;
      LeydenChartBox area;
      cairo_surface_t *surface = new_surface (WIDTH, HEIGHT);
      cairo_t *cr = cairo_create (surface);
      int stride = cairo_image_surface_get_stride (surface), from, to;
      guint below = 0, beside = 0;

      plain_style (&style, mirrored);
      plot = leyden_chart_plot_new (chart, &style, &window, WIDTH, HEIGHT);
      area = leyden_chart_plot_get_area (plot);
      leyden_chart_plot_paint_frame (plot, cr);
      cairo_destroy (cr);
      cairo_surface_flush (surface);
      from = mirrored ? (int) ceil (area.x + area.width) + 8 : 0;
      to = mirrored ? WIDTH : (int) area.x - 8;
      for (int y = (int) (area.y + area.height + style.font_size * 0.8); y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
          {
            gboolean ink = cairo_image_surface_get_data (surface)[y * stride + x * 4 + 3] > 120;

            below += ink;
            beside += ink && x >= from && x < to;
          }
      cairo_surface_destroy (surface);
      g_assert_cmpuint (below, >, 20);
      g_assert_cmpuint (beside, ==, 0);
    }
}

static guint
count_ink (LeydenChart            *chart,
           const LeydenChartStyle *style,
           int                     height)
{
  cairo_surface_t *surface = new_surface (WIDTH, height);
  cairo_t *cr = cairo_create (surface);
  int stride = cairo_image_surface_get_stride (surface);
  guint n = 0;

  leyden_chart_paint (chart, cr, WIDTH, height, style);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < WIDTH; x++)
      n += cairo_image_surface_get_data (surface)[y * stride + x * 4 + 3] > 100;
  cairo_surface_destroy (surface);
  return n;
}

/* A number is not called what its chart is called already; the second one is. */
static void
test_values (void)
{
  const char * const titles[] = { "Cost", "Cost, p90", "Spent" };
  guint ink[3];

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_VALUE);
      const double x = 0, y = 4;
      LeydenChartStyle style;

      leyden_chart_set_title (chart, titles[i]);
      leyden_chart_add_series (chart, "Cost");
      leyden_chart_add_series (chart, "Cost, p90");
      leyden_chart_append (chart, 0, &x, &y, NULL, NULL, 1);
      leyden_chart_append (chart, 1, &x, &y, NULL, NULL, 1);
      plain_style (&style, FALSE);
      ink[i] = count_ink (chart, &style, HEIGHT);
    }
  g_assert_cmpuint (ink[0], <, ink[2]);
  g_assert_cmpuint (ink[1], ==, ink[2]);
}

/* Two numbers in a panel that has room for two lines: both are there, each with its name beside it; in either direction of writing. */
static void
test_values_low (void)
{
  for (guint mirrored = 0; mirrored < 2; mirrored++)
    {
      guint ink[3];

      for (guint n = 0; n < G_N_ELEMENTS (ink); n++)
        {
          g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_VALUE);
          const double x = 0, y = 4;
          LeydenChartStyle style;

          plain_style (&style, FALSE);
          style.title = FALSE;
          style.mirrored = mirrored;
          leyden_chart_add_series (chart, "");
          leyden_chart_append (chart, 0, &x, &y, NULL, NULL, 1);
          if (n > 0)
            leyden_chart_append (chart, leyden_chart_add_series (chart, n == 1 ? "1" : "All of before"), &x, &y, NULL, NULL, 1);
          ink[n] = count_ink (chart, &style, (int) (3.2 * style.font_size));
        }
      g_assert_cmpuint (ink[0], >, 0);
      g_assert_cmpuint (ink[1], >, ink[0]);
      g_assert_cmpuint (ink[2], >, ink[1]);
    }
}

/* --- points --- */

static void
test_find (void)
{
  g_autoptr(LeydenChart) chart = make_line (1000, 2);
  LeydenChartStyle style;

  for (guint mirrored = 0; mirrored < 2; mirrored++)
    {
      g_autoptr(LeydenChartPlot) plot = NULL;

      plain_style (&style, mirrored);
      plot = leyden_chart_plot_new (chart, &style, NULL, WIDTH, HEIGHT);
      for (guint i = 0; i < 1000; i += 37)
        for (guint s = 0; s < 2; s++)
          {
            guint series, index;
            double x, y, other_x, other_y;

            g_assert_true (leyden_chart_plot_locate (plot, s, i, &x, &y));
            g_assert_true (leyden_chart_plot_locate (plot, 1 - s, i, &other_x, &other_y));
            g_assert_true (leyden_chart_plot_find (plot, x, y, &series, &index));
            g_assert_cmpuint (index, ==, i);
            /* Where lines cross either is right. */
            if (fabs (other_y - y) > 0.1)
              g_assert_cmpuint (series, ==, s);
            g_assert_cmpfloat_with_epsilon (leyden_chart_plot_get_place (plot, leyden_chart_plot_get_value (plot, x)), x, 0.01);
          }
    }
}

/* --- bands --- */

static LeydenChartScale
scale_of (const char *json)
{
  g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  g_autoptr(LeydenValue) result = leyden_json_parse (json, -1, NULL, NULL);
  g_autoptr(LeydenChartPlot) plot = NULL;
  LeydenChartStyle style;

  g_assert_nonnull (result);
  leyden_chart_set_result (chart, LEYDEN_CHART_KIND_LINE, result, NULL);
  plain_style (&style, FALSE);
  plot = leyden_chart_plot_new (chart, &style, NULL, WIDTH, HEIGHT);
  return leyden_chart_plot_get_y_scale (plot);
}

/* A band makes room for itself, a few wild points of it do not. */
static void
test_bands (void)
{
  LeydenChartScale wild = scale_of ("{\"series\":[{\"x\":[1,2,3,4,5,6],\"y\":[0.7,0.6,0.8,0.7,0.6,0],\"low\":[0.6,0.5,0.7,0.6,0.5,-6],"
                                    "\"high\":[0.8,0.7,0.9,0.8,0.7,6]}]}");
  LeydenChartScale plain = scale_of ("{\"series\":[{\"x\":[1,2,3,4],\"y\":[0.5,0.5,0.5,0.5],\"low\":[0.1,0.1,0.1,0.1],\"high\":[0.9,0.9,0.9,0.9]}]}");
  LeydenChartScale few = scale_of ("{\"series\":[{\"x\":[1,2,3],\"y\":[0.5,0.6,0.5],\"low\":[0.4,0.5,-6],\"high\":[0.6,0.7,7],\"n\":[9,9,2]}]}");
  LeydenChartScale huge = scale_of ("{\"series\":[{\"x\":[1,2],\"y\":[-1e308,1e308],\"low\":[-1.5e308,1e308],\"high\":[-1e308,1.5e308]}]}");

  g_assert_cmpfloat (wild.low, <, 0);
  g_assert_cmpfloat (wild.low, >, -1);
  g_assert_cmpfloat (wild.high, <, 2);
  g_assert_cmpfloat (plain.low, <=, 0.1);
  g_assert_cmpfloat (plain.high, >=, 0.9);
  g_assert_cmpfloat (few.low, >, 0.3);
  g_assert_cmpfloat (few.high, <, 0.8);
  g_assert_true (isfinite (huge.low) && isfinite (huge.high) && huge.low < huge.high);
}

/* --- colours --- */

static double
linear (double channel)
{
  return channel <= 0.04045 ? channel / 12.92 : pow ((channel + 0.055) / 1.055, 2.4);
}

static double
get_luminance (LeydenChartColor color)
{
  return 0.2126 * linear (color.red) + 0.7152 * linear (color.green) + 0.0722 * linear (color.blue);
}

static double
get_contrast (LeydenChartColor a,
              LeydenChartColor b)
{
  double x = get_luminance (a), y = get_luminance (b);

  return (MAX (x, y) + 0.05) / (MIN (x, y) + 0.05);
}

/* Machado, Oliveira, Fernandes (2009), severity 1, on linear light: normal, without red, green, blue. */
static const double sights[4][3][3] = {
  { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
  { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
  { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
  { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
};

static double
cube (double t)
{
  return t > 0.008856 ? cbrt (t) : 7.787 * t + 16 / 116.;
}

static void
see (LeydenChartColor color,
     guint            sight,
     double           lab[3])
{
  double light[3] = { linear (color.red), linear (color.green), linear (color.blue) }, seen[3], x, y, z;

  for (guint i = 0; i < 3; i++)
    seen[i] = CLAMP (sights[sight][i][0] * light[0] + sights[sight][i][1] * light[1] + sights[sight][i][2] * light[2], 0, 1);
  x = cube ((0.4124564 * seen[0] + 0.3575761 * seen[1] + 0.1804375 * seen[2]) / 0.95047);
  y = cube (0.2126729 * seen[0] + 0.7151522 * seen[1] + 0.0721750 * seen[2]);
  z = cube ((0.0193339 * seen[0] + 0.1191920 * seen[1] + 0.9503041 * seen[2]) / 1.08883);
  lab[0] = 116 * y - 16;
  lab[1] = 500 * (x - y);
  lab[2] = 200 * (y - z);
}

static double
get_distance (LeydenChartColor a,
              LeydenChartColor b,
              guint            sight)
{
  double p[3], q[3];

  see (a, sight, p);
  see (b, sight, q);
  return sqrt ((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
}

static void
test_colors (void)
{
  static const LeydenChartColor grounds[2][2] = {
    { { 1, 1, 1, 1 }, { 0xf3 / 255., 0xf3 / 255., 0xf5 / 255., 1 } },
    { { 0x1b / 255., 0x1b / 255., 0x1d / 255., 1 }, { 0x36 / 255., 0x36 / 255., 0x39 / 255., 1 } },
  };

  for (guint dark = 0; dark < 2; dark++)
    for (guint high = 0; high < 2; high++)
      {
        LeydenChartStyle style;
        double closest = INFINITY, weakest = INFINITY;

        leyden_chart_style_init (&style, dark);
        style.high_contrast = high;
        for (guint i = 0; i < LEYDEN_CHART_N_COLORS; i++)
          {
            LeydenChartColor color = leyden_chart_style_get_color (&style, i);

            for (guint g = 0; g < 2; g++)
              weakest = MIN (weakest, get_contrast (color, grounds[dark][g]));
            for (guint k = 0; k < i; k++)
              for (guint sight = 0; sight < 4; sight++)
                closest = MIN (closest, get_distance (color, leyden_chart_style_get_color (&style, k), sight));
          }
        g_test_message ("dark %u, high %u: closest %.1f, weakest %.2f", dark, high, closest, weakest);
        g_assert_cmpfloat (closest, >=, 15.5);
        g_assert_cmpfloat (weakest, >=, high ? 4.5 : 3);
        g_assert_cmpfloat (get_contrast (style.foreground, grounds[dark][1]), >=, 4.5);
        /* A heat map goes one way in lightness, for every sight. */
        for (guint i = 1; i <= 20; i++)
          for (guint sight = 0; sight < 4; sight++)
            {
              double before[3], now[3];

              see (leyden_chart_style_get_heat (&style, (i - 1) / 20.), sight, before);
              see (leyden_chart_style_get_heat (&style, i / 20.), sight, now);
              g_assert_cmpfloat (dark ? now[0] - before[0] : before[0] - now[0], >, 0.5);
            }
      }
}

/* What colours tell, dashes, markers and hatches tell as well: no two of the first forty have all three alike. */
static void
test_patterns (void)
{
  for (guint i = 0; i < 40; i++)
    for (guint k = 0; k < i; k++)
      {
        int n, m;
        const double *a = leyden_chart_style_get_dashes (i, &n), *b = leyden_chart_style_get_dashes (k, &m);
        gboolean same = a == b && leyden_chart_style_get_marker (i) == leyden_chart_style_get_marker (k) && i % LEYDEN_CHART_N_COLORS == k % LEYDEN_CHART_N_COLORS;

        g_assert_false (same);
        if (i < 7)
          g_assert_true (a != b);
      }
}

/* --- files --- */

static void
test_files (void)
{
  g_autoptr(LeydenChart) chart = make_line (200, 2);
  static const struct { const char *name; LeydenChartFormat format; const char *begins; } formats[] = {
    { "a.PNG", LEYDEN_CHART_PNG, "\x89PNG" }, { "b.svg", LEYDEN_CHART_SVG, "<?xml" }, { "c.pdf", LEYDEN_CHART_PDF, "%PDF" }, { "d.csv", LEYDEN_CHART_CSV, "series," },
  };
  LeydenChartFormat format;

  leyden_chart_set_title (chart, "</svg><script>alert(1)</script>");
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      LeydenChartStyle style;
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = NULL;

      leyden_chart_style_init (&style, FALSE);
      g_assert_true (leyden_chart_format_from_name (formats[i].name, &format));
      g_assert_cmpint (format, ==, formats[i].format);
      bytes = leyden_chart_write (chart, format, &style, 640, 320, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), strlen (formats[i].begins), formats[i].begins, strlen (formats[i].begins));
      if (format == LEYDEN_CHART_SVG)
        {
          g_autofree char *svg = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

          g_assert_null (strstr (svg, "<script"));
          g_assert_nonnull (strstr (svg, "<title>&lt;/svg&gt;"));
          g_assert_nonnull (strstr (svg, "<desc>Line chart: 2 series"));
        }
    }
  g_assert_false (leyden_chart_format_from_name ("chart", &format));
  g_assert_false (leyden_chart_format_from_name ("chart.doc", &format));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/paint/strips", GINT_TO_POINTER (FALSE), test_strips);
  g_test_add_data_func ("/paint/strips-mirrored", GINT_TO_POINTER (TRUE), test_strips);
  g_test_add_func ("/paint/million", test_million);
  g_test_add_func ("/paint/gaps", test_gaps);
  g_test_add_func ("/paint/blank", test_blank);
  g_test_add_func ("/paint/corner", test_corner);
  g_test_add_func ("/paint/values", test_values);
  g_test_add_func ("/paint/values-low", test_values_low);
  g_test_add_func ("/paint/find", test_find);
  g_test_add_func ("/paint/bands", test_bands);
  g_test_add_func ("/paint/colors", test_colors);
  g_test_add_func ("/paint/patterns", test_patterns);
  g_test_add_func ("/paint/files", test_files);
  return g_test_run ();
}
