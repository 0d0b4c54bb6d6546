/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-sql-functions.h"

#include <string.h>

/* Steps of a function that takes the product of two lengths. */
#define MAX_STEPS (64 * 1024 * 1024)

typedef struct
{
  const char *data;
  gsize       length;           /* bytes */
} Piece;

/* FALSE: NULL, or no memory. */
static gboolean
read_text (sqlite3_value *value,
           Piece         *piece)
{
  piece->data = (const char *)sqlite3_value_text (value);
  piece->length = (gsize)sqlite3_value_bytes (value);
  return piece->data != NULL;
}

static gboolean
read_blob (sqlite3_value *value,
           Piece         *piece)
{
  const char *data = sqlite3_value_blob (value);

  piece->data = data != NULL ? data : "";
  piece->length = (gsize)sqlite3_value_bytes (value);
  return sqlite3_value_type (value) != SQLITE_NULL;
}

static gboolean
is_bounded (sqlite3_context *context,
            const Piece     *a,
            const Piece     *b)
{
  if ((guint64)a->length * b->length <= MAX_STEPS)
    return TRUE;
  sqlite3_result_error_toobig (context);
  return FALSE;
}

/* Characters as SQLite counts them: bytes that continue none. */
static gint64
count_characters (const char *data,
                  gsize       length)
{
  gint64 n = 0;

  for (gsize i = 0; i < length; i++)
    n += (data[i] & 0xC0) != 0x80;
  return n;
}

/* One letter by memchr, which reads up to the place alone: under AddressSanitizer each memmem looks at all that follows. */
static const char *
find_piece (const Piece *text,
            const Piece *searched)
{
  if (searched->length == 1)
    return memchr (text->data, searched->data[0], text->length);
  return memmem (text->data, text->length, searched->data, searched->length);
}

/* instr (text, searched): bytes if both are blobs, else characters. */
static void
instr_cb (sqlite3_context  *context,
          int               n_values,
          sqlite3_value   **values)
{
  gboolean blobs = sqlite3_value_type (values[0]) == SQLITE_BLOB && sqlite3_value_type (values[1]) == SQLITE_BLOB;
  gboolean (*read) (sqlite3_value *, Piece *) = blobs ? read_blob : read_text;
  Piece text, searched;
  const char *found;

  if (!read (values[0], &text) || !read (values[1], &searched))
    return;
  found = find_piece (&text, &searched);
  if (found == NULL)
    sqlite3_result_int (context, 0);
  else if (blobs)
    sqlite3_result_int64 (context, found - text.data + 1);
  else
    sqlite3_result_int64 (context, count_characters (text.data, (gsize)(found - text.data)) + 1);
}

/* replace (text, searched, by) */
static void
replace_cb (sqlite3_context  *context,
            int               n_values,
            sqlite3_value   **values)
{
  gsize limit = (gsize)sqlite3_limit (sqlite3_context_db_handle (context), SQLITE_LIMIT_LENGTH, -1);
  g_autoptr(GString) made = NULL;
  Piece text, searched, by;
  const char *found;

  if (!read_text (values[0], &text) || !read_text (values[1], &searched))
    return;
  if (searched.length == 0)
    {
      sqlite3_result_value (context, values[0]);
      return;
    }
  if (!read_text (values[2], &by))
    return;
  made = g_string_sized_new (text.length);
  while (made->len <= limit && (found = find_piece (&text, &searched)) != NULL)
    {
      g_string_append_len (made, text.data, found - text.data);
      g_string_append_len (made, by.data, (gssize)by.length);
      text.length -= (gsize)(found - text.data) + searched.length;
      text.data = found + searched.length;
    }
  g_string_append_len (made, text.data, (gssize)text.length);
  if (made->len > limit)
    sqlite3_result_error_toobig (context);
  else
    sqlite3_result_text64 (context, made->str, made->len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* ---- Trim ---- */

typedef enum
{
  TRIM_LEFT = 1 << 0,
  TRIM_RIGHT = 1 << 1,
} TrimSides;

static gsize
character_length (const Piece *set,
                  gsize        at)
{
  gsize end = at + 1;

  while ((set->data[at] & 0xC0) == 0xC0 && end < set->length && (set->data[end] & 0xC0) == 0x80)
    end++;
  return end - at;
}

/* Bytes of the character of the set that stands at one end of the text; 0: none. */
static gsize
find_at_end (const Piece *text,
             const Piece *set,
             gboolean     right)
{
  gsize length;

  for (gsize at = 0; at < set->length; at += length)
    {
      length = character_length (set, at);
      if (length <= text->length && memcmp (right ? text->data + text->length - length : text->data, set->data + at, length) == 0)
        return length;
    }
  return 0;
}

/* trim (text[, characters]) and that of one side */
static void
trim_cb (sqlite3_context  *context,
         int               n_values,
         sqlite3_value   **values)
{
  TrimSides sides = GPOINTER_TO_UINT (sqlite3_user_data (context));
  Piece text, set = { " ", 1 };
  gsize length;

  if (!read_text (values[0], &text) || (n_values > 1 && !read_text (values[1], &set)) || !is_bounded (context, &text, &set))
    return;
  while ((sides & TRIM_LEFT) != 0 && (length = find_at_end (&text, &set, FALSE)) > 0)
    {
      text.data += length;
      text.length -= length;
    }
  while ((sides & TRIM_RIGHT) != 0 && (length = find_at_end (&text, &set, TRUE)) > 0)
    text.length -= length;
  sqlite3_result_text (context, text.data, (int)text.length, SQLITE_TRANSIENT);
}

/* ---- Patterns ---- */

/* FALSE: NULL, or an error has been set. */
static gboolean
read_pattern (sqlite3_context  *context,
              sqlite3_value   **values,
              Piece            *pattern,
              Piece            *text)
{
  int limit = sqlite3_limit (sqlite3_context_db_handle (context), SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1);

  if (sqlite3_value_bytes (values[0]) > limit)
    {
      sqlite3_result_error (context, "LIKE or GLOB pattern too complex", -1);
      return FALSE;
    }
  return read_text (values[0], pattern) && read_text (values[1], text) && is_bounded (context, pattern, text);
}

/* like (pattern, text[, escape]) */
static void
like_cb (sqlite3_context  *context,
         int               n_values,
         sqlite3_value   **values)
{
  Piece pattern, text, escape = { "", 0 };
  gunichar character = 0;

  if (!read_pattern (context, values, &pattern, &text) || (n_values > 2 && !read_text (values[2], &escape)))
    return;
  if (n_values > 2)
    {
      character = g_utf8_get_char_validated (escape.data, (gssize)escape.length);
      if (count_characters (escape.data, escape.length) != 1 || character >= 0x110000 || character == '%' || character == '_')
        {
          sqlite3_result_error (context, "ESCAPE expression must be a single character, neither % nor _", -1);
          return;
        }
    }
  sqlite3_result_int (context, sqlite3_strlike (pattern.data, text.data, character) == 0);
}

/* glob (pattern, text) */
static void
glob_cb (sqlite3_context  *context,
         int               n_values,
         sqlite3_value   **values)
{
  Piece pattern, text;

  if (read_pattern (context, values, &pattern, &text))
    sqlite3_result_int (context, sqlite3_strglob (pattern.data, text.data) == 0);
}

void
leyden_sql_bound_functions (sqlite3 *db)
{
  static const struct { const char *name; int n_values; TrimSides sides; void (*function) (sqlite3_context *, int, sqlite3_value **); } functions[] = {
    { "instr", 2, 0, instr_cb },
    { "replace", 3, 0, replace_cb },
    { "trim", 1, TRIM_LEFT | TRIM_RIGHT, trim_cb }, { "trim", 2, TRIM_LEFT | TRIM_RIGHT, trim_cb },
    { "ltrim", 1, TRIM_LEFT, trim_cb }, { "ltrim", 2, TRIM_LEFT, trim_cb },
    { "rtrim", 1, TRIM_RIGHT, trim_cb }, { "rtrim", 2, TRIM_RIGHT, trim_cb },
    { "like", 2, 0, like_cb }, { "like", 3, 0, like_cb },
    { "glob", 2, 0, glob_cb },
  };

  g_return_if_fail (db != NULL);

  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    sqlite3_create_function_v2 (db, functions[i].name, functions[i].n_values, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                GUINT_TO_POINTER (functions[i].sides), functions[i].function, NULL, NULL, NULL);
}
