/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* What is painted on cairo as the bytes of a file. */
typedef enum
{
  LEYDEN_PAINT_SVG,
  LEYDEN_PAINT_PNG,
  LEYDEN_PAINT_PDF,
} LeydenPaintFormat;
#define LEYDEN_N_PAINT_FORMATS 3

/* "picture.SVG" → LEYDEN_PAINT_SVG, by the end of the name. FALSE: no format has that. */
gboolean    leyden_paint_format_from_name      (const char *name, LeydenPaintFormat *format);
/* "svg"; and "image/svg+xml". */
const char *leyden_paint_format_get_extension  (LeydenPaintFormat format);
const char *leyden_paint_format_get_media_type (LeydenPaintFormat format);

typedef void (*LeydenPaintFunc) (cairo_t *cr, gpointer data);

/**
 * leyden_paint_file:
 * @width: in units of @paint, as @height
 * @scale: pixels of a PNG to a unit; of the others nothing
 * @title: of an SVG and a PDF; shown to who reads the screen
 * @words: (nullable): what an SVG shows, for who does not see it
 *
 * Any thread.
 *
 * Errors: %G_IO_ERROR_FAILED if cairo could not draw it.
 *
 * Returns: (transfer full): the file
 */
GBytes     *leyden_paint_file                  (LeydenPaintFormat   format,
                                                double              width,
                                                double              height,
                                                double              scale,
                                                const char         *title,
                                                const char         *words,
                                                LeydenPaintFunc     paint,
                                                gpointer            data,
                                                GError            **error);

G_END_DECLS
