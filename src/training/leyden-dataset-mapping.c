/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-dataset.h"

#include <string.h>

/* Guesses which column feeds which field: by name, then by what such columns are usually called, then by what is left. */

static const char * const expected_names[] = { "expected", "answer", "target", "label", "output", "solution", "result", "completion", "gold", "reference",
                                               NULL };
static const char * const id_names[] = { "dataid", "id", "itemid", "uid", "key", NULL };
static const char * const input_names[] = { "question", "prompt", "input", "text", "problem", "query", "instruction", "message", "content", NULL };

typedef struct
{
  LeydenValue *columns;
  gboolean    *used;            /* per column */
  LeydenValue *fields;
  int         *found;           /* per field: index of its column, −1 */
} Guess;

static const char *
column_name (Guess *self,
             guint  index)
{
  return leyden_value_get_member_string (leyden_value_get_item (self->columns, index), "name", "");
}

/* Letters and digits only, in lower case: "Data-ID" and "data_id" are the same. */
static char *
simplify (const char *name)
{
  g_autofree char *folded = g_utf8_strdown (name, -1);
  GString *out = g_string_new (NULL);

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_isalnum (g_utf8_get_char (p)))
      g_string_append_unichar (out, g_utf8_get_char (p));
  return g_string_free (out, FALSE);
}

static void
give (Guess *self,
      guint  field,
      guint  column)
{
  self->found[field] = (int) column;
  self->used[column] = TRUE;
}

static void
match_exactly (Guess *self,
               guint  field)
{
  const char *name = leyden_value_get_member_string (leyden_value_get_item (self->fields, field), "name", "");

  for (guint i = 0; i < leyden_value_get_size (self->columns) && self->found[field] < 0; i++)
    if (!self->used[i] && g_str_equal (column_name (self, i), name))
      give (self, field, i);
}

static void
match_simplified (Guess      *self,
                  guint       field,
                  const char *text)
{
  g_autofree char *wanted = simplify (text);

  for (guint i = 0; *wanted != '\0' && i < leyden_value_get_size (self->columns) && self->found[field] < 0; i++)
    {
      g_autofree char *name = simplify (column_name (self, i));

      if (!self->used[i] && g_str_equal (name, wanted))
        give (self, field, i);
    }
}

static void
match_nearly (Guess *self,
              guint  field)
{
  LeydenValue *value = leyden_value_get_item (self->fields, field);

  match_simplified (self, field, leyden_value_get_member_string (value, "name", ""));
  match_simplified (self, field, leyden_value_get_member_string (value, "title", ""));
}

static void
match_usual (Guess *self,
             guint  field)
{
  const char *role = leyden_value_get_member_string (leyden_value_get_item (self->fields, field), "role", "input");
  const char * const *names = g_str_equal (role, "expected") ? expected_names : g_str_equal (role, "id") ? id_names : input_names;

  for (gsize i = 0; names[i] != NULL && self->found[field] < 0; i++)
    match_simplified (self, field, names[i]);
}

static gboolean
fits (const char *column_type,
      const char *field_type)
{
  return g_str_equal (field_type, "any") || g_str_equal (column_type, "any") || g_str_equal (field_type, column_type) ||
         (g_str_equal (field_type, "text") && g_str_equal (column_type, "number"));
}

/* Splits, ids and rewards are about a row, not in it. */
static gboolean
is_about_row (const char *name)
{
  static const char * const names[] = { "split", "data_id", "id", "reward", NULL };

  return g_strv_contains (names, name);
}

/* The one column of a fitting type that is left; two are too many to guess. */
static void
match_left_over (Guess *self,
                 guint  field)
{
  LeydenValue *value = leyden_value_get_item (self->fields, field);
  const char *type = leyden_value_get_member_string (value, "type", "any");
  int only = -1;
  guint n = 0;

  if (g_str_equal (leyden_value_get_member_string (value, "role", "input"), "id"))
    return;
  for (guint i = 0; i < leyden_value_get_size (self->columns); i++)
    if (!self->used[i] && !is_about_row (column_name (self, i)) &&
        fits (leyden_value_get_member_string (leyden_value_get_item (self->columns, i), "type", "any"), type))
      {
        only = (int) i;
        n++;
      }
  if (n == 1)
    give (self, field, (guint) only);
}

LeydenValue *
leyden_dataset_guess_mapping (LeydenDataset *self,
                              LeydenValue   *fields)
{
  static void (* const steps[]) (Guess *guess, guint field) = { match_exactly, match_nearly, match_usual, match_left_over };
  guint n_fields = leyden_value_get_size (fields);
  g_autofree int *found = g_new (int, n_fields + 1);
  g_autofree gboolean *used = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Guess guess = { .fields = fields, .found = found };

  g_return_val_if_fail (LEYDEN_IS_DATASET (self), NULL);

  guess.columns = leyden_dataset_get_columns (self);
  used = guess.used = g_new0 (gboolean, leyden_value_get_size (guess.columns) + 1);
  for (guint i = 0; i < n_fields; i++)
    found[i] = -1;
  for (gsize k = 0; k < G_N_ELEMENTS (steps); k++)
    for (guint i = 0; i < n_fields; i++)
      if (found[i] < 0)
        steps[k] (&guess, i);

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < n_fields; i++)
    {
      const char *name = leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL);

      if (found[i] >= 0 && name != NULL)
        leyden_value_builder_set_string (&b, name, column_name (&guess, (guint) found[i]));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
