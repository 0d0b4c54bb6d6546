/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file that goes along with a PDF. */
typedef struct
{
  char   *name;                 /* ASCII, as a file may be called everywhere */
  char   *title;                /* for people */
  char   *media_type;           /* "text/csv" */
  GBytes *bytes;
} LeydenAttachedFile;

LeydenAttachedFile *leyden_attached_file_new  (const char *name, const char *title, const char *media_type, GBytes *bytes);
void                leyden_attached_file_free (gpointer self);

/**
 * leyden_pdf_attach:
 * @pdf: as cairo writes it: with a table of objects ("xref"), not a stream of them
 * @files: (element-type LeydenAttachedFile)
 * @made_s: when, in s since the epoch
 *
 * Appends the files, compressed, and a new catalogue that names them: an incremental update, the pages are not touched.
 *
 * Errors: %G_IO_ERROR_INVALID_DATA when @pdf is none of that form, or has files already.
 *
 * Source: ISO 32000-1, 7.5.6 (incremental updates), 7.11.3 and 7.11.4 (file specifications, embedded file streams), 7.7.4 (name dictionary).
 *
 * Returns: (transfer full) (nullable)
 */
GBytes             *leyden_pdf_attach         (GBytes *pdf, GPtrArray *files, gint64 made_s, GError **error);

G_END_DECLS
