/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-shadow.h"

#include <math.h>
#include <string.h>

#define STEPS 4.0               /* places within a pixel that are told apart; of a shadow that is blurred no eye sees more */
#define MAX_SHADOWS 64          /* an image each of one byte a pixel */

/* What the picture of a shadow depends on; compared as bytes, hence only floats. */
typedef struct
{
  float outline[12];
  float color[4];
  float dx;
  float dy;
  float spread;
  float blur;
  float scale;
  float part_x;
  float part_y;
} Key;

typedef struct
{
  Key              key;
  cairo_surface_t *image;               /* A8 */
  int              x;                   /* of the image, from the pixel of the origin */
  int              y;
} Shadow;

struct _LeydenShadows
{
  GHashTable *shadows;                  /* Key → Shadow, which holds it */
};

static guint
key_hash (gconstpointer data)
{
  const guint32 *words = data;
  guint32 hash = 2166136261u;

  for (guint i = 0; i < sizeof (Key) / sizeof *words; i++)
    hash = (hash ^ words[i]) * 16777619u;
  return hash ^ (hash >> 15);
}

static gboolean
key_equal (gconstpointer a,
           gconstpointer b)
{
  return memcmp (a, b, sizeof (Key)) == 0;
}

static void
shadow_free (gpointer data)
{
  Shadow *shadow = data;

  cairo_surface_destroy (shadow->image);
  g_free (shadow);
}

LeydenShadows *
leyden_shadows_new (void)
{
  LeydenShadows *self = g_new0 (LeydenShadows, 1);

  self->shadows = g_hash_table_new_full (key_hash, key_equal, NULL, shadow_free);
  return self;
}

void
leyden_shadows_free (LeydenShadows *self)
{
  g_hash_table_unref (self->shadows);
  g_free (self);
}

static Key
make_key (GskRenderNode *node,
          double         scale,
          double         part_x,
          double         part_y)
{
  const GskRoundedRect *outline = gsk_outset_shadow_node_get_outline (node);
  const GdkRGBA *color = gsk_outset_shadow_node_get_color (node);
  Key key = { .dx = gsk_outset_shadow_node_get_dx (node), .dy = gsk_outset_shadow_node_get_dy (node),
              .spread = gsk_outset_shadow_node_get_spread (node), .blur = gsk_outset_shadow_node_get_blur_radius (node),
              .scale = (float) scale, .part_x = (float) part_x, .part_y = (float) part_y,
              .color = { color->red, color->green, color->blue, color->alpha },
              .outline = { outline->bounds.origin.x, outline->bounds.origin.y, outline->bounds.size.width, outline->bounds.size.height } };

  for (guint i = 0; i < 4; i++)
    {
      key.outline[4 + 2 * i] = outline->corner[i].width;
      key.outline[5 + 2 * i] = outline->corner[i].height;
    }
  return key;
}

static Shadow *
make (LeydenShadows *self,
      GskRenderNode *node,
      const Key     *key,
      double         scale)
{
  Shadow *shadow = g_new0 (Shadow, 1);
  graphene_rect_t bounds;
  cairo_t *cr;

  gsk_render_node_get_bounds (node, &bounds);
  shadow->key = *key;
  shadow->x = (int) floor (key->part_x + bounds.origin.x * scale);
  shadow->y = (int) floor (key->part_y + bounds.origin.y * scale);
  shadow->image = cairo_image_surface_create (CAIRO_FORMAT_A8,
                                              (int) ceil (key->part_x + (bounds.origin.x + bounds.size.width) * scale) - shadow->x,
                                              (int) ceil (key->part_y + (bounds.origin.y + bounds.size.height) * scale) - shadow->y);
  cr = cairo_create (shadow->image);
  cairo_translate (cr, key->part_x - shadow->x, key->part_y - shadow->y);
  cairo_scale (cr, scale, scale);
  gsk_render_node_draw (node, cr);
  cairo_destroy (cr);
  if (g_hash_table_size (self->shadows) >= MAX_SHADOWS)
    g_hash_table_remove_all (self->shadows);
  g_hash_table_replace (self->shadows, &shadow->key, shadow);
  return shadow;
}

static void
draw_shadow (LeydenShadows *self,
             GskRenderNode *node,
             cairo_t       *cr,
             double         scale)
{
  const GdkRGBA *color = gsk_outset_shadow_node_get_color (node);
  double x = 0, y = 0;
  Shadow *shadow;
  Key key;

  cairo_user_to_device (cr, &x, &y);
  x = round (x * STEPS) / STEPS;
  y = round (y * STEPS) / STEPS;
  key = make_key (node, scale, x - floor (x), y - floor (y));
  shadow = g_hash_table_lookup (self->shadows, &key);
  if (shadow == NULL)
    shadow = make (self, node, &key, scale);
  cairo_save (cr);
  cairo_identity_matrix (cr);
  /* How much of it there is stands in the image. */
  cairo_set_source_rgb (cr, color->red, color->green, color->blue);
  cairo_mask_surface (cr, shadow->image, floor (x) + shadow->x, floor (y) + shadow->y);
  cairo_restore (cr);
}

void
leyden_shadows_draw (LeydenShadows *self,
                     GskRenderNode *node,
                     cairo_t       *cr,
                     double         scale)
{
  switch ((int) gsk_render_node_get_node_type (node))
    {
    case GSK_CONTAINER_NODE:
      for (guint i = 0; i < gsk_container_node_get_n_children (node); i++)
        leyden_shadows_draw (self, gsk_container_node_get_child (node, i), cr, scale);
      break;
    case GSK_OUTSET_SHADOW_NODE:
      if (gsk_outset_shadow_node_get_blur_radius (node) > 0)
        draw_shadow (self, node, cr, scale);
      else
        gsk_render_node_draw (node, cr);
      break;
    default:
      gsk_render_node_draw (node, cr);
    }
}
