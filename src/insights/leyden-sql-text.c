/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-sql-text.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-text.h"

LeydenSqlText *
leyden_sql_text_new (const char *text)
{
  LeydenSqlText *self = g_new0 (LeydenSqlText, 1);

  self->text = g_string_new (text);
  self->values = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  return self;
}

void
leyden_sql_text_free (LeydenSqlText *self)
{
  if (self == NULL)
    return;
  g_string_free (self->text, TRUE);
  g_ptr_array_unref (self->values);
  g_free (self);
}

void
leyden_sql_text_add (LeydenSqlText *self,
                     const char    *text)
{
  g_string_append (self->text, text);
}

void
leyden_sql_text_printf (LeydenSqlText *self,
                        const char    *format,
                        ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (self->text, format, args);
  va_end (args);
}

void
leyden_sql_text_add_value (LeydenSqlText *self,
                           LeydenValue   *value)
{
  g_string_append_c (self->text, '?');
  g_ptr_array_add (self->values, value != NULL ? leyden_value_ref (value) : leyden_value_new_null ());
}

void
leyden_sql_text_add_int (LeydenSqlText *self,
                         gint64         value)
{
  g_autoptr(LeydenValue) boxed = leyden_value_new_int (value);

  leyden_sql_text_add_value (self, boxed);
}

void
leyden_sql_text_append (LeydenSqlText       *self,
                        const LeydenSqlText *other)
{
  g_string_append_len (self->text, other->text->str, other->text->len);
  for (guint i = 0; i < other->values->len; i++)
    g_ptr_array_add (self->values, leyden_value_ref (other->values->pdata[i]));
}

gboolean
leyden_sql_text_fail (sqlite3  *db,
                      GError  **error)
{
  g_autofree char *shown = leyden_text_escape (sqlite3_errmsg (db), -1, 300);

  g_set_error_literal (error, G_IO_ERROR, sqlite3_errcode (db) == SQLITE_INTERRUPT ? G_IO_ERROR_CANCELLED : G_IO_ERROR_FAILED, shown);
  return FALSE;
}

static int
bind_value (sqlite3_stmt      *statement,
            int                index,
            const LeydenValue *value)
{
  const char *text;
  char *json;
  gsize length;
  gint64 integer;
  double number;

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_NULL:
      return sqlite3_bind_null (statement, index);
    case LEYDEN_VALUE_BOOLEAN:
      return sqlite3_bind_int (statement, index, leyden_value_get_boolean (value));
    case LEYDEN_VALUE_NUMBER:
      if (leyden_value_get_int (value, &integer))
        return sqlite3_bind_int64 (statement, index, integer);
      return leyden_value_get_double (value, &number) ? sqlite3_bind_double (statement, index, number)
                                                      : sqlite3_bind_null (statement, index);
    case LEYDEN_VALUE_STRING:
      text = leyden_value_get_string (value, &length);
      return sqlite3_bind_text64 (statement, index, text, length, SQLITE_STATIC, SQLITE_UTF8);
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
    default:
      json = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      return sqlite3_bind_text (statement, index, json, -1, g_free);
    }
}

sqlite3_stmt *
leyden_sql_text_prepare (LeydenSqlText  *self,
                         sqlite3        *db,
                         GError        **error)
{
  g_autoptr(LeydenStatement) statement = NULL;

  if (sqlite3_prepare_v2 (db, self->text->str, self->text->len, &statement, NULL) != SQLITE_OK)
    {
      leyden_sql_text_fail (db, error);
      return NULL;
    }
  g_assert (sqlite3_bind_parameter_count (statement) == (int)self->values->len);
  for (guint i = 0; i < self->values->len; i++)
    if (bind_value (statement, i + 1, self->values->pdata[i]) != SQLITE_OK)
      {
        leyden_sql_text_fail (db, error);
        return NULL;
      }
  return g_steal_pointer (&statement);
}
