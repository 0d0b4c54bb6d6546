/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-raster.h"

#include <math.h>
#include <time.h>

#include "leyden-canvas-shadow.h"

#define SAME_PLACE 0.02         /* of a pixel */

typedef struct
{
  GskRenderNode   *node;                /* what it is a picture of */
  cairo_surface_t *image;
  double           scale;
  double           part_x;              /* where the child began within its pixel */
  double           part_y;
  int              x;                   /* of the image, from that pixel */
  int              y;
} Raster;

struct _LeydenRasters
{
  GHashTable    *by_child;              /* GtkWidget → Raster */
  LeydenShadows *shadows;
};

static void
raster_free (gpointer data)
{
  Raster *raster = data;

  gsk_render_node_unref (raster->node);
  cairo_surface_destroy (raster->image);
  g_free (raster);
}

LeydenRasters *
leyden_rasters_new (void)
{
  LeydenRasters *self = g_new0 (LeydenRasters, 1);

  self->by_child = g_hash_table_new_full (NULL, NULL, NULL, raster_free);
  self->shadows = leyden_shadows_new ();
  return self;
}

void
leyden_rasters_free (LeydenRasters *self)
{
  g_hash_table_unref (self->by_child);
  leyden_shadows_free (self->shadows);
  g_free (self);
}

void
leyden_rasters_forget (LeydenRasters *self,
                       GtkWidget     *child)
{
  g_hash_table_remove (self->by_child, child);
}

static Raster *
make (LeydenRasters         *self,
      const LeydenWorldItem *item,
      double                 scale,
      double                 x,
      double                 y)
{
  Raster *raster = g_new0 (Raster, 1);
  graphene_rect_t bounds;
  cairo_t *cr;

  gsk_render_node_get_bounds (item->node, &bounds);
  raster->node = gsk_render_node_ref (item->node);
  raster->scale = scale;
  raster->part_x = x - floor (x);
  raster->part_y = y - floor (y);
  raster->x = (int) floor (raster->part_x + bounds.origin.x * scale);
  raster->y = (int) floor (raster->part_y + bounds.origin.y * scale);
  raster->image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32,
                                              (int) ceil (raster->part_x + (bounds.origin.x + bounds.size.width) * scale) - raster->x,
                                              (int) ceil (raster->part_y + (bounds.origin.y + bounds.size.height) * scale) - raster->y);
  cr = cairo_create (raster->image);
  cairo_translate (cr, raster->part_x - raster->x, raster->part_y - raster->y);
  cairo_scale (cr, scale, scale);
  leyden_shadows_draw (self->shadows, item->node, cr, scale);
  cairo_destroy (cr);
  g_hash_table_replace (self->by_child, item->child, raster);
  return raster;
}

static gboolean
is_exact (const Raster *raster,
          double        scale,
          double        x,
          double        y)
{
  return raster->scale == scale && fabs (raster->part_x - (x - floor (x))) < SAME_PLACE && fabs (raster->part_y - (y - floor (y))) < SAME_PLACE;
}

static void
copy (const Raster *raster,
      cairo_t      *cr,
      double        x,
      double        y)
{
  cairo_set_source_surface (cr, raster->image, floor (x) + raster->x, floor (y) + raster->y);
  cairo_paint (cr);
}

/* A picture made for another scale. */
static void
stretch (const Raster *raster,
         cairo_t      *cr,
         double        scale,
         double        x,
         double        y)
{
  double factor = scale / raster->scale;
  double left = x + (raster->x - raster->part_x) * factor, top = y + (raster->y - raster->part_y) * factor;
  double right = left + cairo_image_surface_get_width (raster->image) * factor;
  double bottom = top + cairo_image_surface_get_height (raster->image) * factor;

  cairo_save (cr);
  cairo_rectangle (cr, floor (left), floor (top), ceil (right) - floor (left), ceil (bottom) - floor (top));
  cairo_translate (cr, left, top);
  cairo_scale (cr, factor, factor);
  cairo_set_source_surface (cr, raster->image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_BILINEAR);
  cairo_fill (cr);
  cairo_restore (cr);
}

static void
draw_placeholder (cairo_t               *cr,
                  const LeydenWorldItem *item,
                  double                 scale,
                  double                 x,
                  double                 y,
                  const GdkRGBA         *color)
{
  gdk_cairo_set_source_rgba (cr, color);
  cairo_rectangle (cr, floor (x), floor (y), ceil (item->bounds.size.width * scale), ceil (item->bounds.size.height * scale));
  cairo_fill (cr);
}

/* Not the time of day: on a busy machine that would leave less and less for each frame. */
static gint64
get_cpu_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

guint
leyden_rasters_draw (LeydenRasters          *self,
                     cairo_surface_t        *target,
                     GArray                 *items,
                     const LeydenCanvasView *view,
                     gboolean                moving,
                     gint64                  budget_us,
                     const GdkRGBA          *placeholder)
{
  int width = cairo_image_surface_get_width (target), height = cairo_image_surface_get_height (target);
  gint64 end = get_cpu_us () + budget_us;
  cairo_t *cr = cairo_create (target);
  guint n_left = 0;

  for (guint i = 0; i < items->len; i++)
    {
      const LeydenWorldItem *item = &g_array_index (items, LeydenWorldItem, i);
      Raster *raster = g_hash_table_lookup (self->by_child, item->child);
      double x = item->bounds.origin.x * view->scale + view->x, y = item->bounds.origin.y * view->scale + view->y;
      graphene_rect_t bounds;
      gboolean wrong, exact;

      gsk_render_node_get_bounds (item->node, &bounds);
      if (x + (bounds.origin.x + bounds.size.width) * view->scale < 0 || x + bounds.origin.x * view->scale > width
          || y + (bounds.origin.y + bounds.size.height) * view->scale < 0 || y + bounds.origin.y * view->scale > height)
        continue;
      wrong = raster == NULL || raster->node != item->node;
      exact = !wrong && is_exact (raster, view->scale, x, y);
      if (!exact && (wrong || !moving))
        {
          if (get_cpu_us () < end)
            {
              raster = make (self, item, view->scale, x, y);
              exact = TRUE;
            }
          else
            n_left++;
        }
      if (exact)
        copy (raster, cr, x, y);
      else if (raster != NULL)
        stretch (raster, cr, view->scale, x, y);
      else
        draw_placeholder (cr, item, view->scale, x, y, placeholder);
    }
  cairo_destroy (cr);
  return n_left;
}
