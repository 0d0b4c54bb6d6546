/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"
#include "leyden-pdf-attach.h"

#include <stdlib.h>
#include <string.h>

LeydenAttachedFile *
leyden_attached_file_new (const char *name,
                          const char *title,
                          const char *media_type,
                          GBytes     *bytes)
{
  LeydenAttachedFile *self = g_new0 (LeydenAttachedFile, 1);

  self->name = g_strdup (name);
  self->title = g_strdup (title);
  self->media_type = g_strdup (media_type);
  self->bytes = g_bytes_ref (bytes);
  return self;
}

void
leyden_attached_file_free (gpointer data)
{
  LeydenAttachedFile *self = data;

  g_free (self->name);
  g_free (self->title);
  g_free (self->media_type);
  g_bytes_unref (self->bytes);
  g_free (self);
}

/* --- reading what cairo wrote --- */

typedef struct
{
  gint64      xref;             /* where the table begins */
  guint       size;             /* one more than the largest object number */
  guint       root;
  guint       info;             /* 0: none */
  const char *catalog;          /* what stands between "<<" and the last ">>" of the catalogue */
  gsize       catalog_length;
} Layout;

/* The last place of @word in [@from, @from + @length); NULL: nowhere. */
static const char *
find_last (const char *from,
           gsize       length,
           const char *word)
{
  const char *found = NULL, *at = from;

  while ((at = memmem (at, length - (gsize) (at - from), word, strlen (word))) != NULL)
    found = at++;
  return found;
}

/* "/Root 12 0 R" in the trailer → 12; 0: not there. */
static guint
read_number (const char *trailer,
             const char *key)
{
  const char *at = strstr (trailer, key);

  return at != NULL ? (guint) strtoul (at + strlen (key), NULL, 10) : 0;
}

static gboolean
read_catalog (const char *data,
              gsize       length,
              Layout     *layout)
{
  g_autofree char *begin = g_strdup_printf ("\n%u 0 obj", layout->root);
  const char *object = find_last (data, length, begin), *end, *first, *last;

  if (object == NULL)
    return FALSE;
  end = memmem (object, length - (gsize) (object - data), "endobj", 6);
  first = end != NULL ? memmem (object, (gsize) (end - object), "<<", 2) : NULL;
  last = first != NULL ? find_last (first, (gsize) (end - first), ">>") : NULL;
  if (last == NULL || last < first + 2)
    return FALSE;
  layout->catalog = first + 2;
  layout->catalog_length = (gsize) (last - first - 2);
  return memmem (layout->catalog, layout->catalog_length, "/Names", 6) == NULL;
}

static gboolean
read_layout (const char *data,
             gsize       length,
             Layout     *layout)
{
  const char *start = find_last (data, length, "startxref"), *begin = find_last (data, length, "trailer");
  g_autofree char *trailer = NULL;
  g_autofree char *number = NULL;

  if (start == NULL || begin == NULL || begin > start)
    return FALSE;
  trailer = g_strndup (begin, (gsize) (start - begin));
  number = g_strndup (start + 9, MIN ((gsize) (data + length - start - 9), 24));
  layout->xref = g_ascii_strtoll (number, NULL, 10);
  layout->size = read_number (trailer, "/Size ");
  layout->root = read_number (trailer, "/Root ");
  layout->info = read_number (trailer, "/Info ");
  return layout->xref > 0 && layout->xref < (gint64) length && layout->size > 0 && layout->root > 0 && layout->root < layout->size
         && read_catalog (data, length, layout);
}

/* --- writing --- */

static GBytes *
compress (GBytes  *bytes,
          GError **error)
{
  g_autoptr(GConverter) zlib = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 6));
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr(GOutputStream) stream = g_converter_output_stream_new (memory, zlib);

  if (!g_output_stream_write_all (stream, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, NULL, error)
      || !g_output_stream_close (stream, NULL, error))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* A text of any characters: UTF-16 with its mark, in hexadecimal digits. */
static char *
make_text (const char *text)
{
  long n = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (text, -1, NULL, &n, NULL);
  GString *out = g_string_new ("<FEFF");

  for (long i = 0; units != NULL && i < n; i++)
    g_string_append_printf (out, "%04X", units[i]);
  g_string_append_c (out, '>');
  return g_string_free (out, FALSE);
}

/* Names of PDF have no slash of their own. */
static char *
make_name (const char *text)
{
  g_auto(GStrv) parts = g_strsplit (text, "/", -1);

  return g_strjoinv ("#2F", parts);
}

typedef struct
{
  GByteArray *out;
  GArray     *offsets;          /* gsize, of the new objects from @first on */
  guint       first;
} Writer;

static void
append (Writer     *self,
        const char *text)
{
  g_byte_array_append (self->out, (const guint8 *) text, (guint) strlen (text));
}

static void G_GNUC_PRINTF (2, 3)
append_format (Writer     *self,
               const char *format,
               ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  append (self, text);
}

static guint
begin_object (Writer *self)
{
  gsize offset = self->out->len;
  guint number = self->first + self->offsets->len;

  g_array_append_val (self->offsets, offset);
  append_format (self, "%u 0 obj\n", number);
  return number;
}

/* The file and what names it; the number of the latter, 0 on error. */
static guint
write_file (Writer                   *self,
            const LeydenAttachedFile *file,
            const char               *date,
            GError                  **error)
{
  g_autoptr(GBytes) packed = compress (file->bytes, error);
  g_autofree char *type = make_name (file->media_type);
  g_autofree char *name = make_text (file->name);
  g_autofree char *title = make_text (file->title);
  guint stream, spec;

  if (packed == NULL)
    return 0;
  stream = begin_object (self);
  append_format (self, "<< /Type /EmbeddedFile /Subtype /%s /Filter /FlateDecode /Length %" G_GSIZE_FORMAT " /Params << /Size %" G_GSIZE_FORMAT
                       " /ModDate (%s) >> >>\nstream\n", type, g_bytes_get_size (packed), g_bytes_get_size (file->bytes), date);
  g_byte_array_append (self->out, g_bytes_get_data (packed, NULL), (guint) g_bytes_get_size (packed));
  append (self, "\nendstream\nendobj\n");
  spec = begin_object (self);
  append_format (self, "<< /Type /Filespec /F (%s) /UF %s /Desc %s /AFRelationship /Data /EF << /F %u 0 R >> >>\nendobj\n", file->name, name, title, stream);
  return spec;
}

static int
compare_files (gconstpointer a,
               gconstpointer b)
{
  return strcmp ((*(LeydenAttachedFile * const *) a)->name, (*(LeydenAttachedFile * const *) b)->name);
}

/* The catalogue anew, under its number, with the names of files; those of a name tree are in order. */
static gsize
write_catalog (Writer       *self,
               const Layout *layout,
               GPtrArray    *files,
               const guint  *specs)
{
  gsize offset = self->out->len;

  append_format (self, "%u 0 obj\n<<", layout->root);
  g_byte_array_append (self->out, (const guint8 *) layout->catalog, (guint) layout->catalog_length);
  append (self, "\n/Names << /EmbeddedFiles << /Names [");
  for (guint i = 0; i < files->len; i++)
    append_format (self, " (%s) %u 0 R", ((LeydenAttachedFile *) files->pdata[i])->name, specs[i]);
  append (self, " ] >> >> >>\nendobj\n");
  return offset;
}

static void
write_table (Writer       *self,
             const Layout *layout,
             gsize         catalog)
{
  gsize table = self->out->len;

  append_format (self, "xref\n0 1\n0000000000 65535 f \n%u 1\n%010" G_GSIZE_FORMAT " 00000 n \n%u %u\n", layout->root, catalog, self->first, self->offsets->len);
  for (guint i = 0; i < self->offsets->len; i++)
    append_format (self, "%010" G_GSIZE_FORMAT " 00000 n \n", g_array_index (self->offsets, gsize, i));
  append_format (self, "trailer\n<< /Size %u /Root %u 0 R", self->first + self->offsets->len, layout->root);
  if (layout->info > 0)
    append_format (self, " /Info %u 0 R", layout->info);
  append_format (self, " /Prev %" G_GINT64_FORMAT " >>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", layout->xref, table);
}

GBytes *
leyden_pdf_attach (GBytes     *pdf,
                   GPtrArray  *files,
                   gint64      made_s,
                   GError    **error)
{
  gsize length;
  const char *data = g_bytes_get_data (pdf, &length);
  Layout layout;
  g_autoptr(GByteArray) out = NULL;
  g_autoptr(GArray) offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr(GPtrArray) sorted = NULL;
  g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc (made_s);
  g_autofree char *date = made != NULL ? g_date_time_format (made, "D:%Y%m%d%H%M%SZ") : g_strdup ("D:19700101000000Z");
  g_autofree guint *specs = NULL;
  Writer writer;

  g_return_val_if_fail (pdf != NULL && files != NULL, NULL);

  if (!read_layout (data, length, &layout))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Files cannot be attached to a PDF of this form");
      return NULL;
    }
  out = g_byte_array_sized_new ((guint) length + 65536);
  g_byte_array_append (out, (const guint8 *) data, (guint) length);
  if (length > 0 && data[length - 1] != '\n')
    g_byte_array_append (out, (const guint8 *) "\n", 1);
  sorted = g_ptr_array_copy (files, NULL, NULL);
  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, compare_files);
  specs = g_new0 (guint, sorted->len + 1);
  writer = (Writer) { out, offsets, layout.size };
  for (guint i = 0; i < sorted->len; i++)
    if ((specs[i] = write_file (&writer, sorted->pdata[i], date, error)) == 0)
      return NULL;
  write_table (&writer, &layout, write_catalog (&writer, &layout, sorted, specs));
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
