/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-dataset.h"

#include "leyden-dataset-reader.h"
#include "leyden-id.h"
#include "leyden-json.h"

#define MAX_EXAMPLE 200

struct _LeydenDataset
{
  GObject      parent_instance;

  GPtrArray   *rows;            /* (element-type LeydenValue) */
  LeydenValue *errors;
  LeydenValue *columns;
  char        *sha256;
};

G_DEFINE_QUARK (leyden-dataset-error-quark, leyden_dataset_error)
G_DEFINE_FINAL_TYPE (LeydenDataset, leyden_dataset, G_TYPE_OBJECT)

/* What is known of one column while the rows are looked at. */
typedef struct
{
  const char  *name;
  const char  *type;            /* NULL: nothing but nulls so far */
  guint        n;
  LeydenValue *example;
} Column;

static void
leyden_dataset_finalize (GObject *object)
{
  LeydenDataset *self = LEYDEN_DATASET (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->errors, leyden_value_unref);
  g_clear_pointer (&self->columns, leyden_value_unref);
  g_clear_pointer (&self->sha256, g_free);
  G_OBJECT_CLASS (leyden_dataset_parent_class)->finalize (object);
}

static void
leyden_dataset_class_init (LeydenDatasetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_dataset_finalize;
}

static void
leyden_dataset_init (LeydenDataset *self)
{
}

/**
 * leyden_dataset_parse:
 * @bytes: the whole file
 * @format: JSONL or CSV
 * @encoding: (nullable): of the file, %NULL for UTF-8; others are taken when they have one byte a letter and contain ASCII
 * @skip_bad: leave rows out that cannot be read, and list them, instead of failing
 * @error: return location, or %NULL
 *
 * JSONL: a row is a line, ended by LF or CR LF; empty lines are skipped but counted, so that a row's number is what an editor shows.
 * CSV: the first row names the columns; rows after it are counted from 1, blank ones are none; every cell is text. A BOM is skipped.
 *
 * Errors: %LEYDEN_DATASET_ERROR; the message names the row.
 */
LeydenDataset *
leyden_dataset_parse (GBytes               *bytes,
                      LeydenDatasetFormat   format,
                      const char           *encoding,
                      gboolean              skip_bad,
                      GError              **error)
{
  g_autoptr(LeydenDatasetReader) reader = NULL;
  g_autofree char *sha256 = NULL;
  const char *data;
  gsize length;

  g_return_val_if_fail (bytes != NULL, NULL);

  data = g_bytes_get_data (bytes, &length);
  reader = leyden_dataset_reader_new (format, encoding, skip_bad, 0, error);
  if (reader == NULL || !leyden_dataset_reader_push (reader, data != NULL ? data : "", length, error))
    return NULL;
  sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  return leyden_dataset_reader_finish (reader, sha256, error);
}

guint
leyden_dataset_get_n_rows (LeydenDataset *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET (self), 0);

  return self->rows->len;
}

LeydenValue *
leyden_dataset_get_row (LeydenDataset *self,
                        guint          index)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);
  g_return_val_if_fail (index < self->rows->len, NULL);

  return g_ptr_array_index (self->rows, index);
}

/* The port type that holds a value. */
static const char *
type_of (LeydenValue *value)
{
  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_STRING:
      return "text";
    case LEYDEN_VALUE_NUMBER:
      return "number";
    case LEYDEN_VALUE_BOOLEAN:
      return "boolean";
    case LEYDEN_VALUE_LIST:
      return "list";
    case LEYDEN_VALUE_OBJECT:
      return "object";
    case LEYDEN_VALUE_NULL:
    default:
      return NULL;
    }
}

static void
look_at (Column      *column,
         LeydenValue *value)
{
  const char *type = type_of (value);

  column->n++;
  if (type == NULL)
    return;
  if (column->example == NULL)
    column->example = value;
  if (column->type == NULL)
    column->type = type;
  else if (!g_str_equal (column->type, type))
    column->type = "any";
}

/* Long texts are cut; the rest stays as it is. */
static LeydenValue *
make_example (LeydenValue *value)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);

  if (value == NULL)
    return leyden_value_new_null ();
  if (text == NULL || length <= MAX_EXAMPLE)
    return leyden_value_ref (value);
  length = MAX_EXAMPLE;
  while (length > 0 && ((guchar) text[length] & 0xC0) == 0x80)
    length--;
  return leyden_value_new_string (text, (gssize) length);
}

static LeydenValue *
make_columns (GPtrArray *rows)
{
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func (g_free);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  for (guint i = 0; i < rows->len; i++)
    {
      LeydenValue *row = g_ptr_array_index (rows, i);

      for (guint j = 0; j < leyden_value_get_size (row); j++)
        {
          const char *name = leyden_value_get_key (row, j);
          Column *column = g_hash_table_lookup (known, name);

          if (column == NULL)
            {
              column = g_new0 (Column, 1);
              column->name = name;
              g_hash_table_insert (known, (gpointer) name, column);
              g_ptr_array_add (columns, column);
            }
          look_at (column, leyden_value_get_item (row, j));
        }
    }
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < columns->len; i++)
    {
      Column *column = g_ptr_array_index (columns, i);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", column->name);
      leyden_value_builder_set_string (&b, "type", column->type != NULL ? column->type : "any");
      leyden_value_builder_set_int (&b, "n", column->n);
      leyden_value_builder_set_take (&b, "example", make_example (column->example));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenDataset *
leyden_dataset_new (GPtrArray   *rows,
                    LeydenValue *errors,
                    const char  *sha256)
{
  LeydenDataset *self = g_object_new (LEYDEN_TYPE_DATASET, NULL);

  self->rows = rows;
  self->errors = leyden_value_ref (errors);
  self->sha256 = g_strdup (sha256);
  self->columns = make_columns (rows);
  return self;
}

LeydenValue *
leyden_dataset_get_columns (LeydenDataset *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);

  return self->columns;
}

LeydenValue *
leyden_dataset_get_errors (LeydenDataset *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);

  return self->errors;
}

const char *
leyden_dataset_get_sha256 (LeydenDataset *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);

  return self->sha256;
}

/* Text of data_id, or NULL. (transfer full) */
static char *
dup_data_id (LeydenValue *row,
             gsize       *length)
{
  LeydenValue *id = leyden_value_get_member (row, "data_id");
  const char *text = leyden_value_get_string (id, length);

  if (text != NULL)
    return g_strndup (text, *length);
  text = leyden_value_get_number_text (id);
  *length = text != NULL ? strlen (text) : 0;
  return g_strdup (text);
}

char *
leyden_dataset_dup_item (LeydenDataset *self,
                         guint          index)
{
  gsize length;
  char *id;

  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);
  g_return_val_if_fail (index < self->rows->len, NULL);

  id = dup_data_id (g_ptr_array_index (self->rows, index), &length);
  return id != NULL ? id : g_strdup_printf ("%u", index);
}

/* The name of a split in any of its spellings, or NULL. */
static const char *
find_split (const char *text)
{
  static const struct { const char *name; const char *split; } names[] = {
    { "train", "train" }, { "validation", "validation" }, { "val", "validation" }, { "valid", "validation" },
    { "dev", "validation" }, { "test", "test" },
  };

  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (text, names[i].name) == 0)
      return names[i].split;
  return NULL;
}

/**
 * leyden_dataset_get_split:
 *
 * A field `split` that is no split's name counts as none: then FNV-1a-64 of the data_id as text (without one, of the row as canonical compact
 * JSON) modulo 100 decides: below 60 train, below 80 validation, else test.
 */
const char *
leyden_dataset_get_split (LeydenDataset *self,
                          guint          index)
{
  LeydenValue *row;
  const char *split;
  g_autofree char *text = NULL;
  gsize length;
  guint64 part;

  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);
  g_return_val_if_fail (index < self->rows->len, NULL);

  row = g_ptr_array_index (self->rows, index);
  split = find_split (leyden_value_get_member_string (row, "split", NULL));
  if (split != NULL)
    return split;
  text = dup_data_id (row, &length);
  if (text == NULL)
    {
      text = leyden_json_write (row, LEYDEN_JSON_CANONICAL);
      length = strlen (text);
    }
  part = leyden_fnv1a64 (text, length) % 100;
  return part < 60 ? "train" : part < 80 ? "validation" : "test";
}

LeydenValue *
leyden_dataset_map_row (LeydenDataset *self,
                        guint          index,
                        LeydenValue   *mapping)
{
  LeydenValue *row;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);
  g_return_val_if_fail (index < self->rows->len, NULL);

  row = g_ptr_array_index (self->rows, index);
  if (leyden_value_is_null (mapping))
    return leyden_value_ref (row);
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (mapping); i++)
    {
      const char *column = leyden_value_get_string (leyden_value_get_item (mapping, i), NULL);
      LeydenValue *value = column != NULL ? leyden_value_get_member (row, column) : NULL;

      if (value != NULL)
        leyden_value_builder_set (&b, leyden_value_get_key (mapping, i), value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
