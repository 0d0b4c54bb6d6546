/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-interchange"

#include "config.h"
#include "leyden-markdown.h"
#include "leyden-picture-private.h"

#include <librsvg/rsvg.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#define FONT "Cantarell, Sans"
#define MAX_NOTE 4000
#define DIM 0.7                 /* of what stands below a title */
#define OFF 0.55                /* of a node that does not run */

typedef struct
{
  cairo_t                   *cr;
  const LeydenPictureColors *colors;
  gboolean                   dark;
} Painter;

static void
set_color (Painter            *self,
           LeydenPictureColor  color,
           double              alpha)
{
  cairo_set_source_rgba (self->cr, color.red, color.green, color.blue, color.alpha * alpha);
}

static void
add_rounded (Painter *self,
             double   x,
             double   y,
             double   width,
             double   height,
             double   corner)
{
  double radius = MIN (corner, MIN (width, height) / 2);

  cairo_new_sub_path (self->cr);
  cairo_arc (self->cr, x + width - radius, y + radius, radius, -G_PI_2, 0);
  cairo_arc (self->cr, x + width - radius, y + height - radius, radius, 0, G_PI_2);
  cairo_arc (self->cr, x + radius, y + height - radius, radius, G_PI_2, G_PI);
  cairo_arc (self->cr, x + radius, y + radius, radius, G_PI, 3 * G_PI_2);
  cairo_close_path (self->cr);
}

/* --- texts --- */

typedef struct
{
  double      size;             /* pixels */
  gboolean    bold;
  double      width;            /* ellipsised beyond; the side it begins at follows the text's direction */
  double      height;           /* 0: one line */
} TextStyle;

static PangoLayout *
make_layout (Painter         *self,
             const char      *text,
             const TextStyle *style)
{
  PangoLayout *layout = pango_cairo_create_layout (self->cr);
  PangoFontDescription *font = pango_font_description_from_string (FONT);

  pango_font_description_set_absolute_size (font, style->size * PANGO_SCALE);
  pango_font_description_set_weight (font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_set_width (layout, (int) (MAX (style->width, 8) * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  if (style->height > 0)
    {
      pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
      pango_layout_set_height (layout, (int) (style->height * PANGO_SCALE));
    }
  else
    pango_layout_set_single_paragraph_mode (layout, TRUE);
  return layout;
}

static void
paint_text (Painter         *self,
            const char      *text,
            const TextStyle *style,
            double           x,
            double           y)
{
  g_autoptr(PangoLayout) layout = make_layout (self, text, style);

  cairo_move_to (self->cr, x, y);
  pango_cairo_show_layout (self->cr, layout);
}

/* As on the canvas: a note is written in a part of Markdown. */
static void
paint_note (Painter         *self,
            const char      *source,
            const TextStyle *style,
            double           x,
            double           y)
{
  g_autoptr(LeydenMarkdown) note = leyden_markdown_new (source, MAX_NOTE);
  g_autoptr(PangoLayout) layout = make_layout (self, note->text, style);

  pango_layout_set_attributes (layout, note->attributes);
  cairo_move_to (self->cr, x, y);
  pango_cairo_show_layout (self->cr, layout);
}

/* --- what lies behind: frames and notes --- */

static void
paint_box (Painter                *self,
           const LeydenPictureBox *box)
{
  double x = box->bounds.origin.x, y = box->bounds.origin.y, width = box->bounds.size.width, height = box->bounds.size.height;
  LeydenPictureColor fill, line;

  if (box->is_frame)
    leyden_picture_frame_colors (box->color, &fill, &line);
  else
    fill = line = leyden_picture_note_color (box->color, self->dark);
  add_rounded (self, x, y, width, height, box->is_frame ? 12 : 6);
  set_color (self, fill, 1);
  cairo_fill_preserve (self->cr);
  set_color (self, box->is_frame ? line : self->colors->foreground, box->is_frame ? 1 : 0.15);
  cairo_set_line_width (self->cr, box->is_frame ? 1.5 : 1);
  cairo_stroke (self->cr);
  set_color (self, box->is_frame ? self->colors->foreground : self->colors->note_text, 1);
  if (box->is_frame)
    paint_text (self, box->text, &(TextStyle) { 14, TRUE, width - 24, 0 }, x + 12, y + 9);
  else
    paint_note (self, box->text, &(TextStyle) { 13, FALSE, width - 24, height - 20 }, x + 12, y + 9);
}

/* --- wires --- */

static void
paint_wire (Painter                 *self,
            const LeydenPictureWire *wire)
{
  cairo_move_to (self->cr, wire->curves[0].p[0].x, wire->curves[0].p[0].y);
  for (guint i = 0; i < wire->n_curves; i++)
    {
      const graphene_point_t *p = wire->curves[i].p;

      cairo_curve_to (self->cr, p[1].x, p[1].y, p[2].x, p[2].y, p[3].x, p[3].y);
    }
  set_color (self, self->colors->port[wire->type], wire->off ? 0.4 : 1);
  cairo_set_line_width (self->cr, 2);
  cairo_stroke (self->cr);
}

/* --- nodes --- */

static void
add_port_shape (Painter        *self,
                LeydenPortType  type,
                double          x,
                double          y,
                double          radius)
{
  switch (type)
    {
    case LEYDEN_PORT_NUMBER:
    case LEYDEN_PORT_BOOLEAN:
    case LEYDEN_PORT_REWARD:
      cairo_move_to (self->cr, x - radius * 1.2, y);
      cairo_line_to (self->cr, x, y - radius * 1.2);
      cairo_line_to (self->cr, x + radius * 1.2, y);
      cairo_line_to (self->cr, x, y + radius * 1.2);
      cairo_close_path (self->cr);
      break;
    case LEYDEN_PORT_OBJECT:
    case LEYDEN_PORT_LIST:
    case LEYDEN_PORT_IMAGE:
    case LEYDEN_PORT_AUDIO:
    case LEYDEN_PORT_VIDEO:
    case LEYDEN_PORT_FILE:
      add_rounded (self, x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8, radius * 0.35);
      break;
    case LEYDEN_PORT_TOOLS:
      add_rounded (self, x - radius * 0.75, y - radius * 1.3, radius * 1.5, radius * 2.6, radius * 0.75);
      break;
    case LEYDEN_PORT_ANY:
    case LEYDEN_PORT_TEXT:
    case LEYDEN_PORT_MESSAGES:
    case LEYDEN_N_PORT_TYPES:
    default:
      add_rounded (self, x - radius, y - radius, radius * 2, radius * 2, radius);
      break;
    }
}

static void
paint_port (Painter                 *self,
            const LeydenPicturePort *port,
            double                   x,
            double                   y)
{
  add_port_shape (self, port->type, x, y, 7.5);
  set_color (self, self->colors->card, 1);
  cairo_fill (self->cr);
  add_port_shape (self, port->type, x, y, 5.5);
  set_color (self, self->colors->port[port->type], 1);
  cairo_fill (self->cr);
  if (port->connected)
    return;
  add_port_shape (self, port->type, x, y, 3.5);
  set_color (self, self->colors->card, 1);
  cairo_fill (self->cr);
}

static void
paint_ports (Painter                 *self,
             const LeydenPictureNode *node)
{
  double width = node->bounds.size.width;

  for (guint output = 0; output < 2; output++)
    for (guint i = 0; i < node->ports[output]->len; i++)
      {
        LeydenPicturePort *port = &g_array_index (node->ports[output], LeydenPicturePort, i);
        double x = node->bounds.origin.x, y = node->bounds.origin.y + port->y;
        double room = i < node->ports[!output]->len ? width / 2 - 18 : width - 28;
        g_autoptr(PangoLayout) label = make_layout (self, port->title, &(TextStyle) { 11.5, FALSE, room, 0 });
        PangoRectangle extents;

        paint_port (self, port, x + (output ? width : 0), y);
        pango_layout_get_pixel_extents (label, NULL, &extents);
        /* The label is as wide as its text, so that it may stand at either side. */
        cairo_move_to (self->cr, (output ? x + width - 14 - extents.width : x + 14) - extents.x, y - extents.height / 2.0);
        set_color (self, self->colors->foreground, DIM);
        pango_cairo_show_layout (self->cr, label);
      }
}

/* Symbolic icons come in one colour: in that of the category. */
static void
paint_icon (Painter            *self,
            GBytes             *icon,
            LeydenPictureColor  color,
            double              x,
            double              y)
{
  g_autofree char *style = g_strdup_printf ("path,rect,circle{fill:#%02x%02x%02x!important}", (guint) lround (color.red * 255),
                                            (guint) lround (color.green * 255), (guint) lround (color.blue * 255));
  g_autoptr(GError) error = NULL;
  RsvgHandle *handle = rsvg_handle_new_from_data (g_bytes_get_data (icon, NULL), g_bytes_get_size (icon), &error);

  if (handle == NULL
      || !rsvg_handle_set_stylesheet (handle, (const guint8 *) style, strlen (style), &error)
      || !rsvg_handle_render_document (handle, self->cr, &(RsvgRectangle) { x, y, 16, 16 }, &error))
    g_warning ("Icon of a picture: %s", error->message);
  g_clear_object (&handle);
}

static void
paint_header (Painter                 *self,
              const LeydenPictureNode *node)
{
  double x = node->bounds.origin.x, y = node->bounds.origin.y, width = node->bounds.size.width - 56;
  LeydenPictureColor color = leyden_picture_category_color (self->colors, node->category);

  add_rounded (self, x + 9, y + 8, 28, 28, 8);
  set_color (self, color, 0.18);
  cairo_fill (self->cr);
  if (node->icon != NULL)
    paint_icon (self, node->icon, color, x + 15, y + 14);
  set_color (self, self->colors->foreground, 1);
  paint_text (self, node->title, &(TextStyle) { 13.5, TRUE, width, 0 }, x + 46, y + (node->subtitle != NULL ? 5 : 13));
  if (node->subtitle == NULL)
    return;
  set_color (self, self->colors->foreground, DIM);
  paint_text (self, node->subtitle, &(TextStyle) { 11.5, FALSE, width, 0 }, x + 46, y + 23);
}

static void
paint_node (Painter                 *self,
            const LeydenPictureNode *node)
{
  double x = node->bounds.origin.x, y = node->bounds.origin.y, width = node->bounds.size.width;

  add_rounded (self, x, y, width, node->bounds.size.height, 12);
  set_color (self, self->colors->card, 1);
  cairo_fill_preserve (self->cr);
  set_color (self, self->colors->foreground, 0.22);
  cairo_set_line_width (self->cr, 1);
  cairo_stroke (self->cr);
  paint_header (self, node);
  if (node->ports[0]->len + node->ports[1]->len == 0)
    return;
  cairo_rectangle (self->cr, x, y + LEYDEN_NODE_HEADER - 1, width, 1);
  set_color (self, self->colors->foreground, 0.1);
  cairo_fill (self->cr);
  paint_ports (self, node);
}

void
leyden_picture_draw (const LeydenPictureScene *scene,
                     cairo_t                  *cr,
                     gboolean                  dark,
                     gboolean                  transparent)
{
  Painter self = { cr, leyden_picture_colors_get (dark), dark };

  cairo_translate (cr, -scene->extent.origin.x, -scene->extent.origin.y);
  if (!transparent)
    {
      set_color (&self, self.colors->canvas, 1);
      cairo_paint (cr);
    }
  for (guint i = 0; i < scene->boxes->len; i++)
    paint_box (&self, &g_array_index (scene->boxes, LeydenPictureBox, i));
  for (guint i = 0; i < scene->wires->len; i++)
    paint_wire (&self, &g_array_index (scene->wires, LeydenPictureWire, i));
  for (guint i = 0; i < scene->nodes->len; i++)
    {
      const LeydenPictureNode *node = &g_array_index (scene->nodes, LeydenPictureNode, i);

      if (node->off)
        cairo_push_group (cr);
      paint_node (&self, node);
      if (!node->off)
        continue;
      cairo_pop_group_to_source (cr);
      cairo_paint_with_alpha (cr, OFF);
    }
}
