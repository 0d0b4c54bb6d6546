/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-dataset-reader.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-csv-parser.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define MAX_LINE ((gsize) 16 * 1024 * 1024)
/* Enough to see what is wrong with a file. */
#define MAX_ERRORS 1000

struct _LeydenDatasetReader
{
  LeydenDatasetFormat  format;
  char                *encoding;        /* NULL: UTF-8 */
  gboolean             skip_bad;
  guint                max_rows;
  GPtrArray           *rows;            /* (element-type LeydenValue) */
  LeydenValueBuilder   errors;
  guint                n_errors;
  GHashTable          *ids;             /* data_id, held by its row → row number */
  guint64              number;          /* of the current row: a line of JSONL, a row after the header of CSV */
  guint64              line;
  GError              *failure;         /* found inside a callback */
  gsize                n_bytes;
  guint8               start[3];        /* of the file, for marks of encodings */
  guint                n_start;
  GByteArray          *buffer;          /* JSONL: the line so far */
  gboolean             too_long;        /* the rest of the line is dropped */
  LeydenCsvParser     *csv;
  GPtrArray           *header;          /* (element-type utf8), NULL before it */
};

static gboolean take_csv_row (GPtrArray *cells, guint64 line, LeydenCsvProblem problem, gpointer data);

/* Encodings of one byte a letter that contain ASCII: the rows can be told apart before they are converted. */
static gboolean
is_known_encoding (const char *encoding)
{
  static const char * const known[] = { "windows-125", "cp125", "iso-8859-", "iso8859-", "latin", "koi8-", "macintosh" };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_ascii_strncasecmp (encoding, known[i], strlen (known[i])) == 0)
      {
        g_autofree char *probe = g_convert ("a", 1, "UTF-8", encoding, NULL, NULL, NULL);

        return probe != NULL;
      }
  return FALSE;
}

LeydenDatasetReader *
leyden_dataset_reader_new (LeydenDatasetFormat   format,
                           const char           *encoding,
                           gboolean              skip_bad,
                           guint                 max_rows,
                           GError              **error)
{
  g_autoptr(LeydenDatasetReader) self = NULL;

  if (encoding != NULL && (g_ascii_strcasecmp (encoding, "utf-8") == 0 || g_ascii_strcasecmp (encoding, "utf8") == 0))
    encoding = NULL;
  if (encoding != NULL && !is_known_encoding (encoding))
    {
      g_autofree char *shown = leyden_text_escape (encoding, -1, 40);

      g_set_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_ENCODING, _("The encoding “%s” is not known"), shown);
      return NULL;
    }
  self = g_new0 (LeydenDatasetReader, 1);
  self->format = format;
  self->encoding = g_strdup (encoding);
  self->skip_bad = skip_bad;
  self->max_rows = max_rows;
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  self->buffer = g_byte_array_new ();
  self->csv = leyden_csv_parser_new (take_csv_row, self);
  leyden_value_builder_begin_list (&self->errors);
  return g_steal_pointer (&self);
}

void
leyden_dataset_reader_free (LeydenDatasetReader *self)
{
  if (self == NULL)
    return;
  g_free (self->encoding);
  g_hash_table_unref (self->ids);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  leyden_value_builder_clear (&self->errors);
  g_clear_error (&self->failure);
  g_byte_array_unref (self->buffer);
  leyden_csv_parser_free (self->csv);
  g_clear_pointer (&self->header, g_ptr_array_unref);
  g_free (self);
}

gboolean
leyden_dataset_reader_is_full (LeydenDatasetReader *self)
{
  return self->max_rows > 0 && self->rows->len >= self->max_rows;
}

static char *
name_row (LeydenDatasetReader *self)
{
  if (self->format == LEYDEN_DATASET_CSV)
    return g_strdup_printf (_("row %u (line %u)"), (guint) self->number, (guint) self->line);
  return g_strdup_printf (_("row %u"), (guint) self->number);
}

/* A row that is left out, or the end. Takes @message. */
static gboolean
reject (LeydenDatasetReader *self,
        LeydenDatasetError   code,
        char                *message)
{
  g_autofree char *owned = message;
  g_autofree char *where = name_row (self);

  if (!self->skip_bad)
    {
      self->failure = g_error_new (LEYDEN_DATASET_ERROR, (int) code, "%s: %s", where, message);
      return FALSE;
    }
  if (self->n_errors++ < MAX_ERRORS)
    {
      leyden_value_builder_begin_object (&self->errors);
      leyden_value_builder_set_int (&self->errors, "row", (gint64) self->number);
      leyden_value_builder_set_string (&self->errors, "message", message);
      leyden_value_builder_end (&self->errors);
    }
  return TRUE;
}

/* Lives as long as the row. */
static const char *
id_of_row (LeydenValue *row)
{
  LeydenValue *id = leyden_value_get_member (row, "data_id");
  const char *text = leyden_value_get_string (id, NULL);

  return text != NULL ? text : leyden_value_get_number_text (id);
}

/* Takes @row. */
static gboolean
add_row (LeydenDatasetReader *self,
         LeydenValue         *row)
{
  g_autoptr(LeydenValue) owned = row;
  LeydenValue *reward = leyden_value_get_member (row, "reward");
  const char *id;
  guint before;
  double number;

  if (leyden_value_get_kind (row) != LEYDEN_VALUE_OBJECT)
    return reject (self, LEYDEN_DATASET_ERROR_ROW,
                   g_strdup_printf (_("expected an object, found %s"), leyden_value_kind_to_string (leyden_value_get_kind (row))));
  if (reward != NULL && !leyden_value_get_double (reward, &number))
    return reject (self, LEYDEN_DATASET_ERROR_ROW, g_strdup (_("“reward” must be a number")));
  id = id_of_row (row);
  before = id != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (self->ids, id)) : 0;
  if (before > 0)
    {
      g_autofree char *shown = leyden_text_escape (id, -1, 60);

      return reject (self, LEYDEN_DATASET_ERROR_ROW,
                     g_strdup_printf (_("the data_id “%s” is already that of row %u"), shown, before));
    }
  if (id != NULL)
    g_hash_table_insert (self->ids, (gpointer) id, GUINT_TO_POINTER ((guint) self->number));
  g_ptr_array_add (self->rows, g_steal_pointer (&owned));
  return TRUE;
}

static gboolean
is_blank (const guint8 *bytes,
          gsize         length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (bytes[i]))
      return FALSE;
  return TRUE;
}

static gboolean
reject_encoding (LeydenDatasetReader *self,
                 gsize                offset)
{
  if (self->format == LEYDEN_DATASET_CSV)
    return reject (self, LEYDEN_DATASET_ERROR_ENCODING,
                   g_strdup (_("not UTF-8. If the file comes from a spreadsheet, try the encoding windows-1252")));
  return reject (self, LEYDEN_DATASET_ERROR_ENCODING, g_strdup_printf (_("not UTF-8 at byte %u"), (guint) offset + 1));
}

/* The reader of JSON counts lines too; in one line only the column says something. */
static char *
describe_json (const char *message)
{
  return g_str_has_prefix (message, "1:") ? g_strdup_printf (_("column %s"), message + 2) : g_strdup (message);
}

/* A line of JSONL, without its end. */
static gboolean
take_json_line (LeydenDatasetReader *self)
{
  g_autoptr(GError) error = NULL;
  const char *text = (const char *) self->buffer->data;
  gsize length = self->buffer->len;
  const char *end = NULL;
  LeydenValue *row;

  self->number++;
  if (self->too_long)
    {
      self->too_long = FALSE;
      return reject (self, LEYDEN_DATASET_ERROR_LIMIT, g_strdup (_("the line is longer than 16 MiB")));
    }
  if (is_blank (self->buffer->data, length))
    return TRUE;
  if (memchr (text, '\0', length) != NULL)
    return reject (self, LEYDEN_DATASET_ERROR_ROW, g_strdup (_("there are NUL bytes in it")));
  if (!g_utf8_validate_len (text, length, &end))
    return reject_encoding (self, (gsize) (end - text));
  row = leyden_json_parse (text, (gssize) length, NULL, &error);
  if (row == NULL)
    return reject (self, LEYDEN_DATASET_ERROR_ROW, describe_json (error->message));
  return add_row (self, row);
}

static gboolean
push_json (LeydenDatasetReader *self,
           const char          *bytes,
           gsize                length)
{
  const char *end = bytes + length;

  while (bytes < end && !leyden_dataset_reader_is_full (self))
    {
      const char *newline = memchr (bytes, '\n', (gsize) (end - bytes));
      gsize n = (gsize) ((newline != NULL ? newline : end) - bytes);

      if (self->buffer->len + n > MAX_LINE)
        self->too_long = TRUE;
      if (self->too_long)
        g_byte_array_set_size (self->buffer, 0);
      else
        g_byte_array_append (self->buffer, (const guint8 *) bytes, (guint) n);
      bytes += n;
      if (self->too_long && !self->skip_bad)
        return take_json_line (self);
      if (newline == NULL)
        return TRUE;
      bytes++;
      if (!take_json_line (self))
        return FALSE;
      g_byte_array_set_size (self->buffer, 0);
    }
  return TRUE;
}

/* Text of a cell in UTF-8, NULL when it is not what the encoding says. (transfer full) */
static char *
convert_cell (LeydenDatasetReader *self,
              GString             *cell)
{
  if (self->encoding != NULL)
    return g_convert (cell->str, (gssize) cell->len, "UTF-8", self->encoding, NULL, NULL, NULL);
  return g_utf8_validate_len (cell->str, cell->len, NULL) ? g_strndup (cell->str, cell->len) : NULL;
}

static gboolean
fail_header (LeydenDatasetReader *self,
             LeydenDatasetError   code,
             char                *message)
{
  g_autofree char *owned = message;

  self->failure = g_error_new (LEYDEN_DATASET_ERROR, (int) code, _("header (line %u): %s"), (guint) self->line, message);
  return FALSE;
}

/* A header with a fault says nothing certain about any row, so it always ends the reading. */
static gboolean
take_header (LeydenDatasetReader *self,
             GPtrArray           *cells)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  self->header = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < cells->len; i++)
    {
      char *name = convert_cell (self, g_ptr_array_index (cells, i));

      if (name == NULL)
        return fail_header (self, LEYDEN_DATASET_ERROR_ENCODING, g_strdup (_("not UTF-8. Try the encoding windows-1252")));
      g_ptr_array_add (self->header, name);
      if (*name == '\0')
        return fail_header (self, LEYDEN_DATASET_ERROR_ROW, g_strdup_printf (_("column %u has no name"), i + 1));
      if (!g_hash_table_add (seen, name))
        {
          g_autofree char *shown = leyden_text_escape (name, -1, 60);

          return fail_header (self, LEYDEN_DATASET_ERROR_ROW, g_strdup_printf (_("two columns have the name “%s”"), shown));
        }
    }
  return TRUE;
}

static const char *
describe (LeydenCsvProblem problem)
{
  switch (problem)
    {
    case LEYDEN_CSV_TEXT_AFTER_QUOTE:
      return _("there is text between the closing quote and the next separator");
    case LEYDEN_CSV_UNCLOSED_QUOTE:
      return _("a quote that begins here is never closed");
    case LEYDEN_CSV_NUL:
      return _("there are NUL bytes in it");
    case LEYDEN_CSV_TOO_LONG:
      return _("the row is longer than 16 MiB");
    case LEYDEN_CSV_TOO_MANY_CELLS:
      return _("the row has more than 10 000 cells");
    case LEYDEN_CSV_GOOD:
    default:
      return NULL;
    }
}

/* Cells are text, whatever they look like; only “reward” is read as a number. */
static LeydenValue *
make_cell (const char *name,
           const char *text)
{
  if (g_str_equal (name, "reward"))
    {
      g_autoptr(LeydenValue) number = leyden_json_parse (text, -1, NULL, NULL);

      if (leyden_value_get_kind (number) == LEYDEN_VALUE_NUMBER)
        return g_steal_pointer (&number);
    }
  return leyden_value_new_string (text, -1);
}

static gboolean
take_csv_cells (LeydenDatasetReader *self,
                GPtrArray           *cells)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (cells->len != self->header->len)
    return reject (self, LEYDEN_DATASET_ERROR_ROW,
                   g_strdup_printf (_("it has %u cells, the header has %u"), cells->len, self->header->len));
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < cells->len; i++)
    {
      const char *name = g_ptr_array_index (self->header, i);
      g_autofree char *text = convert_cell (self, g_ptr_array_index (cells, i));

      if (text == NULL)
        return reject_encoding (self, 0);
      leyden_value_builder_set_take (&b, name, make_cell (name, text));
    }
  leyden_value_builder_end (&b);
  return add_row (self, leyden_value_builder_end_value (&b));
}

static gboolean
take_csv_row (GPtrArray        *cells,
              guint64           line,
              LeydenCsvProblem  problem,
              gpointer          data)
{
  LeydenDatasetReader *self = data;
  LeydenDatasetError code = problem == LEYDEN_CSV_TOO_LONG || problem == LEYDEN_CSV_TOO_MANY_CELLS ? LEYDEN_DATASET_ERROR_LIMIT
                                                                                                   : LEYDEN_DATASET_ERROR_ROW;

  self->line = line;
  if (self->header == NULL)
    return problem == LEYDEN_CSV_GOOD ? take_header (self, cells) : fail_header (self, code, g_strdup (describe (problem)));
  if (leyden_dataset_reader_is_full (self))
    return FALSE;
  self->number++;
  if (problem != LEYDEN_CSV_GOOD)
    return reject (self, code, g_strdup (describe (problem)));
  return take_csv_cells (self, cells);
}

/* Drops a UTF-8 mark; refuses one of UTF-16. */
static gboolean
take_start (LeydenDatasetReader  *self,
            const char          **bytes,
            gsize                *length)
{
  while (self->n_start < sizeof self->start && *length > 0)
    {
      self->start[self->n_start++] = (guint8) **bytes;
      (*bytes)++;
      (*length)--;
    }
  if (self->n_start >= 2 && (memcmp (self->start, "\xff\xfe", 2) == 0 || memcmp (self->start, "\xfe\xff", 2) == 0) && self->encoding == NULL)
    {
      self->failure = g_error_new_literal (LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_ENCODING,
                                           _("The file is not UTF-8 (it looks like UTF-16)"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
push_any (LeydenDatasetReader *self,
          const char          *bytes,
          gsize                length)
{
  if (length == 0)
    return TRUE;
  if (self->format == LEYDEN_DATASET_JSONL)
    return push_json (self, bytes, length);
  return leyden_csv_parser_push (self->csv, bytes, length);
}

/* Passes on what was held back at the start. */
static gboolean
flush_start (LeydenDatasetReader *self)
{
  gboolean marked = self->n_start == 3 && memcmp (self->start, "\xef\xbb\xbf", 3) == 0;
  guint n = self->n_start;

  self->n_start = sizeof self->start + 1;
  return n > sizeof self->start || marked || push_any (self, (const char *) self->start, n);
}

gboolean
leyden_dataset_reader_push (LeydenDatasetReader  *self,
                            const char           *bytes,
                            gsize                 length,
                            GError              **error)
{
  gboolean good = TRUE;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->n_start <= sizeof self->start)
    {
      good = take_start (self, &bytes, &length);
      if (good && self->n_start == sizeof self->start)
        good = flush_start (self);
    }
  good = good && push_any (self, bytes, length);
  if (self->failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->failure));
  return FALSE;
}

static gboolean
finish_rows (LeydenDatasetReader *self)
{
  if (self->n_start <= sizeof self->start && !flush_start (self))
    return FALSE;
  if (leyden_dataset_reader_is_full (self))
    return TRUE;
  if (self->format == LEYDEN_DATASET_CSV)
    {
      leyden_csv_parser_finish (self->csv);
      return self->failure == NULL;
    }
  return (self->buffer->len == 0 && !self->too_long) || take_json_line (self);
}

LeydenDataset *
leyden_dataset_reader_finish (LeydenDatasetReader  *self,
                              const char           *sha256,
                              GError              **error)
{
  g_autoptr(LeydenValue) errors = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (!finish_rows (self))
    {
      g_propagate_error (error, g_steal_pointer (&self->failure));
      return NULL;
    }
  if (self->rows->len == 0 && self->n_errors == 0)
    {
      g_set_error_literal (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_EMPTY,
                           self->header != NULL ? _("The data set has a header but no rows") : _("The data set is empty"));
      return NULL;
    }
  leyden_value_builder_end (&self->errors);
  errors = leyden_value_builder_end_value (&self->errors);
  return leyden_dataset_new (g_steal_pointer (&self->rows), errors, sha256);
}
