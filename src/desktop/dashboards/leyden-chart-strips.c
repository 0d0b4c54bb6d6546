/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-strips.h"

#include <math.h>

#define WIDTH 256               /* px of a strip */
#define MARGIN 4                /* px left of a new point that its line and its marker reach */
#define SPARE 6                 /* strips that stay though they are out of sight */

typedef struct
{
  gint64           number;      /* covers px [number × WIDTH, + WIDTH) from the origin */
  cairo_surface_t *surface;
  GdkTexture      *texture;     /* of it, NULL: to be made */
  double           painted;     /* columns from the left (right, when mirrored) that are as the data is */
} Strip;

struct _LeydenChartStrips
{
  GPtrArray        *strips;     /* Strip */
  double            origin;     /* x at px 0 */
  double            density;    /* px a unit of the axis */
  LeydenChartScale  x, y;
  double            height;
  int               scale;
  LeydenChartStyle  style;      /* without its font */
  double            dirty;      /* x from which on points are others; +∞: none are */
  guint64           n_columns;
  guint64           n_points;
};

static void
strip_free (gpointer data)
{
  Strip *strip = data;

  cairo_surface_destroy (strip->surface);
  g_clear_object (&strip->texture);
  g_free (strip);
}

LeydenChartStrips *
leyden_chart_strips_new (void)
{
  LeydenChartStrips *self = g_new0 (LeydenChartStrips, 1);

  self->strips = g_ptr_array_new_with_free_func (strip_free);
  self->dirty = -INFINITY;
  return self;
}

void
leyden_chart_strips_free (LeydenChartStrips *self)
{
  g_ptr_array_unref (self->strips);
  g_free (self);
}

void
leyden_chart_strips_invalidate (LeydenChartStrips *self,
                                double             x)
{
  self->dirty = MIN (self->dirty, x);
}

guint64
leyden_chart_strips_get_columns (LeydenChartStrips *self)
{
  return self->n_columns;
}

guint64
leyden_chart_strips_get_points (LeydenChartStrips *self)
{
  return self->n_points;
}

/* --- what is still good --- */

static gboolean
is_near (double a,
         double b)
{
  return fabs (a - b) <= 1e-9 * MAX (fabs (a), fabs (b));
}

/* px a unit of the axis (of its logarithm). */
static double
get_density (const LeydenChartScale *scale,
             double                  width)
{
  return scale->log ? width / (log10 (scale->high) - log10 (scale->low)) : width / (scale->high / 2 - scale->low / 2);
}

static gboolean
is_same_style (const LeydenChartStyle *a,
               const LeydenChartStyle *b)
{
  return a->dark == b->dark && a->high_contrast == b->high_contrast && a->mirrored == b->mirrored && a->font_size == b->font_size
         && memcmp (&a->foreground, &b->foreground, sizeof a->foreground) == 0 && memcmp (&a->accent, &b->accent, sizeof a->accent) == 0;
}

static void
fit (LeydenChartStrips      *self,
     LeydenChartPlot        *plot,
     const LeydenChartStyle *style,
     int                     scale)
{
  LeydenChartScale x = leyden_chart_plot_get_x_scale (plot), y = leyden_chart_plot_get_y_scale (plot);
  LeydenChartBox area = leyden_chart_plot_get_area (plot);

  if (self->dirty > -INFINITY && self->scale == scale && self->height == area.height && self->x.log == x.log && self->y.log == y.log
      && self->y.low == y.low && self->y.high == y.high && is_near (self->density, get_density (&x, area.width)) && is_same_style (&self->style, style))
    return;
  g_ptr_array_set_size (self->strips, 0);
  self->x = x;
  self->y = y;
  self->origin = x.low;
  self->density = get_density (&x, area.width);
  self->height = area.height;
  self->scale = scale;
  self->style = *style;
  self->style.font = NULL;
  self->dirty = INFINITY;
}

/* px from the origin, growing to the right. */
static double
get_world (LeydenChartStrips *self,
           LeydenChartPlot   *plot,
           double             x)
{
  LeydenChartScale scale = leyden_chart_plot_get_x_scale (plot);
  double width = leyden_chart_plot_get_area (plot).width;
  double world = (leyden_chart_scale_place (&scale, x) - leyden_chart_scale_place (&scale, self->origin)) * width;

  return self->style.mirrored ? -world : world;
}

/* Strips forget the columns that new points are in. */
static void
forget (LeydenChartStrips *self,
        LeydenChartPlot   *plot)
{
  double world;

  if (self->dirty == INFINITY)
    return;
  world = get_world (self, plot, self->dirty);
  for (guint i = 0; i < self->strips->len; i++)
    {
      Strip *strip = self->strips->pdata[i];
      double left = (double) strip->number * WIDTH;
      double good = self->style.mirrored ? left + WIDTH - (world + MARGIN) : world - MARGIN - left;

      strip->painted = CLAMP (MIN (strip->painted, floor (good)), 0, WIDTH);
    }
  self->dirty = INFINITY;
}

/* --- painting --- */

static Strip *
take_strip (LeydenChartStrips *self,
            gint64             number)
{
  Strip *strip;

  for (guint i = 0; i < self->strips->len; i++)
    if (((Strip *) self->strips->pdata[i])->number == number)
      {
        /* The one used last stands last. */
        strip = g_ptr_array_steal_index (self->strips, i);
        g_ptr_array_add (self->strips, strip);
        return strip;
      }
  strip = g_new0 (Strip, 1);
  strip->number = number;
  strip->surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, WIDTH * self->scale, MAX (1, (int) ceil (self->height) * self->scale));
  cairo_surface_set_device_scale (strip->surface, self->scale, self->scale);
  g_ptr_array_add (self->strips, strip);
  return strip;
}

static void
paint (LeydenChartStrips *self,
       LeydenChartPlot   *plot,
       Strip             *strip)
{
  double from = self->style.mirrored ? 0 : strip->painted, to = self->style.mirrored ? WIDTH - strip->painted : WIDTH;
  cairo_t *cr;

  if (from >= to)
    return;
  cr = cairo_create (strip->surface);
  cairo_save (cr);
  cairo_rectangle (cr, from, 0, to - from, self->height);
  cairo_clip (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_CLEAR);
  cairo_paint (cr);
  cairo_restore (cr);
  self->n_points += leyden_chart_plot_paint_strip (plot, cr, self->origin, (double) strip->number * WIDTH, from, to);
  self->n_columns += (guint64) (to - from);
  cairo_destroy (cr);
  cairo_surface_flush (strip->surface);
  g_clear_object (&strip->texture);
  strip->painted = WIDTH;
}

static GdkTexture *
get_texture (Strip *strip)
{
  int width = cairo_image_surface_get_width (strip->surface), height = cairo_image_surface_get_height (strip->surface);
  int stride = cairo_image_surface_get_stride (strip->surface);
  g_autoptr(GBytes) bytes = NULL;

  if (strip->texture == NULL)
    {
      bytes = g_bytes_new (cairo_image_surface_get_data (strip->surface), (gsize) stride * (gsize) height);
      strip->texture = gdk_memory_texture_new (width, height, GDK_MEMORY_DEFAULT, bytes, (gsize) stride);
    }
  return strip->texture;
}

void
leyden_chart_strips_snapshot (LeydenChartStrips *self,
                              LeydenChartPlot   *plot,
                              GtkSnapshot       *snapshot,
                              int                scale)
{
  LeydenChartBox area = leyden_chart_plot_get_area (plot);
  double shift;
  gint64 first, last;

  g_return_if_fail (self != NULL && plot != NULL && scale > 0);

  if (area.width <= 0)
    return;
  fit (self, plot, leyden_chart_plot_get_style (plot), scale);
  forget (self, plot);
  /* Whole pixels: textures between pixels are blurred. */
  shift = round (leyden_chart_plot_get_place (plot, self->origin) - area.x);
  first = (gint64) floor (-shift / WIDTH);
  last = (gint64) floor ((area.width - 1 - shift) / WIDTH);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT ((float) area.x, (float) area.y, (float) area.width, (float) area.height));
  for (gint64 i = first; i <= last; i++)
    {
      Strip *strip = take_strip (self, i);

      paint (self, plot, strip);
      gtk_snapshot_append_texture (snapshot, get_texture (strip),
                                   &GRAPHENE_RECT_INIT ((float) (round (area.x) + shift + (double) i * WIDTH), (float) area.y, WIDTH,
                                                        (float) MAX (1, ceil (self->height))));
    }
  gtk_snapshot_pop (snapshot);
  while (self->strips->len > (guint) (last - first + 1) + SPARE)
    g_ptr_array_remove_index (self->strips, 0);
}
