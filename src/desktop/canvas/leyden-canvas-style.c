/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-style.h"

#include "leyden-theme.h"

/* Width of the ring of the focus. */
#define RING 2

typedef enum
{
  SHAPE_RING,
  SHAPE_CIRCLE,
  SHAPE_SQUARE,
  SHAPE_DIAMOND,
  SHAPE_PILL,
} Shape;

/* Colour is never the only sign of a type. */
static const Shape shapes[LEYDEN_N_PORT_TYPES] = {
  [LEYDEN_PORT_ANY] = SHAPE_RING,
  [LEYDEN_PORT_TEXT] = SHAPE_CIRCLE,
  [LEYDEN_PORT_NUMBER] = SHAPE_DIAMOND,
  [LEYDEN_PORT_BOOLEAN] = SHAPE_DIAMOND,
  [LEYDEN_PORT_OBJECT] = SHAPE_SQUARE,
  [LEYDEN_PORT_LIST] = SHAPE_SQUARE,
  [LEYDEN_PORT_MESSAGES] = SHAPE_CIRCLE,
  [LEYDEN_PORT_IMAGE] = SHAPE_SQUARE,
  [LEYDEN_PORT_AUDIO] = SHAPE_SQUARE,
  [LEYDEN_PORT_VIDEO] = SHAPE_SQUARE,
  [LEYDEN_PORT_FILE] = SHAPE_SQUARE,
  [LEYDEN_PORT_TOOLS] = SHAPE_PILL,
  [LEYDEN_PORT_REWARD] = SHAPE_DIAMOND,
};

static const char * const categories[] = { "flow", "models", "tools", "data", "evaluation", "other" };

void
leyden_canvas_style_load (LeydenCanvasStyle *self,
                          GtkWidget         *widget)
{

  leyden_theme_look_up_color (widget, NULL, &self->foreground);
  leyden_theme_look_up_color (widget, "accent_color", &self->accent);
  leyden_theme_look_up_color (widget, "leyden_canvas_color", &self->ground);
  leyden_theme_look_up_color (widget, "leyden_card_color", &self->card);
  leyden_theme_look_up_color (widget, "leyden_grid_color", &self->grid);
  leyden_theme_look_up_color (widget, "success_color", &self->success);
  leyden_theme_look_up_color (widget, "warning_color", &self->warning);
  leyden_theme_look_up_color (widget, "error_color", &self->error);
  for (guint i = 0; i < LEYDEN_N_PORT_TYPES; i++)
    {
      g_autofree char *name = g_strdup_printf ("leyden_port_%s", leyden_port_type_to_string ((LeydenPortType) i));

      leyden_theme_look_up_color (widget, name, &self->port[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (categories); i++)
    {
      g_autofree char *name = g_strdup_printf ("leyden_category_%s", categories[i]);

      leyden_theme_look_up_color (widget, name, &self->category[i]);
    }
  self->dim = 0.72;
}

const GdkRGBA *
leyden_canvas_style_get_category (const LeydenCanvasStyle *self,
                                  const char              *category)
{
  for (guint i = 0; category != NULL && i < G_N_ELEMENTS (categories); i++)
    if (g_str_equal (category, categories[i]))
      return &self->category[i];
  return &self->category[G_N_ELEMENTS (categories) - 1];
}

/* Towards the colour of text, as far as small text on its own tint needs to be read. */
void
leyden_canvas_style_get_badge (const LeydenCanvasStyle *self,
                               const GdkRGBA           *state,
                               GdkRGBA                 *text,
                               GdkRGBA                 *fill)
{
  const GdkRGBA *to = &self->foreground;
  const float part = 0.4f * to->alpha;

  *text = (GdkRGBA) { state->red + (to->red - state->red) * part, state->green + (to->green - state->green) * part,
                      state->blue + (to->blue - state->blue) * part, state->alpha };
  *fill = leyden_canvas_style_fade (state, 0.16);
}

GdkRGBA
leyden_canvas_style_fade (const GdkRGBA *color,
                          double         alpha)
{
  GdkRGBA faded = *color;

  faded.alpha *= (float) alpha;
  return faded;
}

PangoLayout *
leyden_canvas_style_make_layout (GtkWidget  *widget,
                                 const char *text)
{
  PangoContext *context = gtk_widget_create_pango_context (widget);
  cairo_font_options_t *options = cairo_font_options_create ();
  PangoLayout *layout;

  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (context, options);
  pango_context_set_round_glyph_positions (context, FALSE);
  cairo_font_options_destroy (options);
  layout = pango_layout_new (context);
  g_object_unref (context);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

static void
fill (GtkSnapshot   *snapshot,
      const GdkRGBA *color,
      float          width,
      float          height,
      float          corner)
{
  graphene_rect_t rect = GRAPHENE_RECT_INIT (-width / 2, -height / 2, width, height);
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &rect, corner);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, color, &rect);
  gtk_snapshot_pop (snapshot);
}

static void
fill_shape (GtkSnapshot   *snapshot,
            Shape          shape,
            const GdkRGBA *color,
            float          radius)
{
  switch (shape)
    {
    case SHAPE_DIAMOND:
      gtk_snapshot_save (snapshot);
      gtk_snapshot_rotate (snapshot, 45);
      fill (snapshot, color, radius * 1.7f, radius * 1.7f, radius * 0.3f);
      gtk_snapshot_restore (snapshot);
      break;
    case SHAPE_SQUARE:
      fill (snapshot, color, radius * 1.8f, radius * 1.8f, radius * 0.35f);
      break;
    case SHAPE_PILL:
      fill (snapshot, color, radius * 1.5f, radius * 2.6f, radius * 0.75f);
      break;
    case SHAPE_RING:
    case SHAPE_CIRCLE:
    default:
      fill (snapshot, color, radius * 2, radius * 2, radius);
      break;
    }
}

void
leyden_canvas_style_paint_port (const LeydenCanvasStyle *self,
                                GtkSnapshot             *snapshot,
                                LeydenPortType           type,
                                gboolean                 connected,
                                float                    radius)
{
  Shape shape = shapes[type];

  fill_shape (snapshot, shape, &self->card, radius + 2);
  fill_shape (snapshot, shape, &self->port[type], radius);
  if (!connected)
    fill_shape (snapshot, shape, &self->card, radius - 2);
}

void
leyden_canvas_paint_layout (GtkSnapshot   *snapshot,
                            PangoLayout   *layout,
                            double         x,
                            double         y,
                            const GdkRGBA *color)
{
  PangoRectangle extents;

  pango_layout_get_extents (layout, NULL, &extents);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (x - (double) extents.x / PANGO_SCALE), (float) y));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

void
leyden_canvas_paint_rounded (GtkSnapshot     *snapshot,
                             const GdkRGBA   *color,
                             graphene_rect_t  rect,
                             float            corner)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &rect, corner);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, color, &rect);
  gtk_snapshot_pop (snapshot);
}

void
leyden_canvas_paint_ring (GtkSnapshot     *snapshot,
                          const GdkRGBA   *color,
                          graphene_size_t  size,
                          float            distance,
                          float            corner)
{
  float out = distance + RING;
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (-out, -out, size.width + 2 * out, size.height + 2 * out), corner + out);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]) { RING, RING, RING, RING }, (GdkRGBA[4]) { *color, *color, *color, *color });
}
