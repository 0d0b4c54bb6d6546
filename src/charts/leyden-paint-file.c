/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-paint-file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static const struct
{
  const char *extension;
  const char *media_type;
} formats[LEYDEN_N_PAINT_FORMATS] = {
  [LEYDEN_PAINT_SVG] = { "svg", "image/svg+xml" },
  [LEYDEN_PAINT_PNG] = { "png", "image/png" },
  [LEYDEN_PAINT_PDF] = { "pdf", "application/pdf" },
};

gboolean
leyden_paint_format_from_name (const char        *name,
                               LeydenPaintFormat *format)
{
  const char *dot = strrchr (name, '.');

  for (guint i = 0; dot != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_ascii_strcasecmp (dot + 1, formats[i].extension) == 0)
      {
        *format = (LeydenPaintFormat) i;
        return TRUE;
      }
  return FALSE;
}

const char *
leyden_paint_format_get_extension (LeydenPaintFormat format)
{
  return formats[format].extension;
}

const char *
leyden_paint_format_get_media_type (LeydenPaintFormat format)
{
  return formats[format].media_type;
}

static cairo_status_t
write_cb (void                *closure,
          const unsigned char *data,
          unsigned int         length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
create_surface (LeydenPaintFormat  format,
                double             width,
                double             height,
                double             scale,
                const char        *title,
                GByteArray        *out)
{
  cairo_surface_t *surface;

  switch (format)
    {
    case LEYDEN_PAINT_SVG:
      surface = cairo_svg_surface_create_for_stream (write_cb, out, width, height);
      cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
      return surface;
    case LEYDEN_PAINT_PDF:
      surface = cairo_pdf_surface_create_for_stream (write_cb, out, width, height);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, title);
      return surface;
    case LEYDEN_PAINT_PNG:
    default:
      return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, MAX (1, (int) ceil (width * scale)), MAX (1, (int) ceil (height * scale)));
    }
}

/* What the picture is and says, for who does not see it; cairo writes neither. */
static void
add_words (GByteArray *svg,
           const char *title,
           const char *words)
{
  g_autofree char *name = g_markup_printf_escaped ("\n<title>%s</title>", title);
  g_autofree char *said = words != NULL ? g_markup_printf_escaped ("\n<desc>%s</desc>", words) : g_strdup ("");
  const char *text = (const char *) svg->data;
  const char *root = g_strstr_len (text, (gssize) svg->len, "<svg");
  const char *end = root != NULL ? memchr (root, '>', svg->len - (gsize) (root - text)) : NULL;
  g_autoptr(GByteArray) rest = g_byte_array_new ();
  guint at;

  if (end == NULL)
    return;
  at = (guint) (end + 1 - text);
  g_byte_array_append (rest, svg->data + at, svg->len - at);
  g_byte_array_set_size (svg, at);
  g_byte_array_append (svg, (const guint8 *) name, (guint) strlen (name));
  g_byte_array_append (svg, (const guint8 *) said, (guint) strlen (said));
  g_byte_array_append (svg, rest->data, rest->len);
}

GBytes *
leyden_paint_file (LeydenPaintFormat   format,
                   double              width,
                   double              height,
                   double              scale,
                   const char         *title,
                   const char         *words,
                   LeydenPaintFunc     paint,
                   gpointer            data,
                   GError            **error)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  cairo_surface_t *surface;
  cairo_status_t status;
  cairo_t *cr;

  g_return_val_if_fail ((guint) format < LEYDEN_N_PAINT_FORMATS && title != NULL && paint != NULL, NULL);

  surface = create_surface (format, width, height, scale, title, out);
  cr = cairo_create (surface);
  if (format == LEYDEN_PAINT_PNG)
    cairo_scale (cr, scale, scale);
  paint (cr, data);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && format == LEYDEN_PAINT_PNG)
    status = cairo_surface_write_to_png_stream (surface, write_cb, out);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("the picture could not be drawn: %s"), cairo_status_to_string (status));
      return NULL;
    }
  if (format == LEYDEN_PAINT_SVG)
    add_words (out, title, words);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
