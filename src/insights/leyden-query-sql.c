/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQL of people, over the views and nothing else. An authoriser refuses whatever is no reading of them, whichever way it is written. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-query-private.h"
#include "leyden-sql-copies.h"
#include "leyden-text.h"
#include "leyden-views.h"

/* Of a text or blob; of all texts of an answer together. */
#define MAX_LENGTH  (1024 * 1024)
#define MAX_ANSWER  (16 * 1024 * 1024)
/* e^(18 ÷ e) is 750: copies of tables that a statement makes itself. */
#define MAX_COPIES 18

typedef struct
{
  sqlite3    *db;
  const char *inside;           /* within it tables are read */
  const char *refused;          /* why; NULL: as SQLite has it */
} Guard;

/* Functions that neither change anything, nor read files or the program's insides, nor make much out of little. No printf: one call of it with a
 * precision of billions computes for many seconds, and nothing interrupts a function. */
static gboolean
is_function (const char *name)
{
  static const char * const functions[] = {
    "->", "->>", "abs", "avg", "ceil", "ceiling", "char", "coalesce", "count", "cume_dist", "date", "datetime", "dense_rank", "exp", "first_value",
    "floor", "glob", "group_concat", "hex", "ifnull", "iif", "instr", "json", "json_array", "json_array_length", "json_each", "json_extract",
    "json_group_array", "json_group_object", "json_object", "json_quote", "json_type", "json_valid", "julianday", "lag", "last_value", "lead",
    "length", "like", "ln", "log", "log10", "log2", "lower", "ltrim", "max", "min", "mod", "nth_value", "ntile", "nullif", "percent_rank", "pow",
    "power", "rank", "regexp", "replace", "round", "row_number", "rtrim", "sign", "sqrt", "strftime", "substr", "substring", "sum",
    "time", "total", "trim", "trunc", "typeof", "unicode", "unixepoch", "upper",
  };

  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    if (g_ascii_strcasecmp (functions[i], name) == 0)
      return TRUE;
  return FALSE;
}

/* A view, or what a statement makes itself: no table of the database has that name. */
static gboolean
is_made (const Guard *guard,
         const char  *name)
{
  return leyden_views_has (name) || strcmp (name, guard->inside) == 0
         || sqlite3_table_column_metadata (guard->db, NULL, name, NULL, NULL, NULL, NULL, NULL, NULL) != SQLITE_OK;
}

static int
authorize_cb (gpointer    user_data,
              int         action,
              const char *first,
              const char *second,
              const char *database,
              const char *context)
{
  Guard *guard = user_data;

  switch (action)
    {
    case SQLITE_SELECT:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return is_function (second != NULL ? second : "") ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_READ:
      if (g_strcmp0 (first, "json_each") == 0)
        return SQLITE_OK;
      /* Only rows are counted (count (*)). With a database before it, "runs" is the table, and not the view. */
      if ((second == NULL || *second == '\0') && database == NULL && is_made (guard, first))
        return SQLITE_OK;
      /* Only a view of ours may read a table: the context is what stands inside of it, whatever names a statement makes. */
      if (g_strcmp0 (context, guard->inside) == 0 && leyden_views_reads (first, second != NULL ? second : ""))
        return SQLITE_OK;
      guard->refused = N_("only the views can be read");
      return SQLITE_DENY;
    case SQLITE_RECURSIVE:
      guard->refused = N_("nothing recursive");
      return SQLITE_DENY;
    default:
      guard->refused = N_("only SELECT");
      return SQLITE_DENY;
    }
}

/* ---- Limits of the connection while the statement is run ---- */

static const struct { int limit, value; } limits[] = {
  { SQLITE_LIMIT_LENGTH, MAX_LENGTH },
  { SQLITE_LIMIT_EXPR_DEPTH, 200 },
  { SQLITE_LIMIT_COMPOUND_SELECT, 50 },
  { SQLITE_LIMIT_VDBE_OP, 200000 },
  { SQLITE_LIMIT_COLUMN, 200 },
  { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 },
};

static void
set_limits (sqlite3 *db,
            int     *kept)
{
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    kept[i] = sqlite3_limit (db, limits[i].limit, limits[i].value);
}

static void
reset_limits (sqlite3   *db,
              const int *kept)
{
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    sqlite3_limit (db, limits[i].limit, kept[i]);
}

/* ---- The statement ---- */

/* In SQLite's words, with the place counted in the text of the user. */
static void
explain (sqlite3     *db,
         const Guard *guard,
         const char  *text,
         gsize        prefix,
         GError     **error)
{
  g_autofree char *shown = leyden_text_escape (sqlite3_errmsg (db), -1, 200);
  int offset = sqlite3_error_offset (db) - (int)prefix;

  if (sqlite3_errcode (db) == SQLITE_AUTH || strstr (shown, "not authorized") != NULL || strstr (shown, "is prohibited") != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("SQL: not allowed here: %s (%s)"),
                 guard->refused != NULL ? _(guard->refused) : _("this function"), shown);
  else if (offset >= 0 && offset < (int)strlen (text))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("SQL: %s (at character %ld)"), shown,
                 g_utf8_pointer_to_offset (text, text + offset) + 1);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("SQL: %s"), shown);
}

static sqlite3_stmt *
prepare (sqlite3     *db,
         Guard       *guard,
         const char  *text,
         GError     **error)
{
  g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("");
  g_autoptr(LeydenStatement) statement = NULL;
  const char *tail = NULL;
  gsize prefix, length = strlen (text);

  if (leyden_sql_count_copies (text) > MAX_COPIES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("SQL: tables made by WITH are named more than %d times"), MAX_COPIES);
      return NULL;
    }
  leyden_views_add_with (sql, guard->inside);
  leyden_sql_text_add (sql, "SELECT * FROM (");
  prefix = sql->text->len;
  /* Many end a statement with “;” by habit. */
  while (length > 0 && (g_ascii_isspace (text[length - 1]) || text[length - 1] == ';'))
    length--;
  g_string_append_len (sql->text, text, (gssize)length);
  /* The text may end with a comment. */
  leyden_sql_text_add (sql, "\n)");
  if (sqlite3_prepare_v2 (db, sql->text->str, (int)sql->text->len + 1, &statement, &tail) != SQLITE_OK)
    {
      explain (db, guard, text, prefix, error);
      return NULL;
    }
  if (tail != NULL && *tail != '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("SQL: one statement, and nothing behind it"));
      return NULL;
    }
  return g_steal_pointer (&statement);
}

static gboolean
bind (sqlite3_stmt *statement,
      gint64        from,
      gint64        to,
      GError      **error)
{
  for (int i = 1; i <= sqlite3_bind_parameter_count (statement); i++)
    {
      const char *name = sqlite3_bind_parameter_name (statement, i);

      if (g_strcmp0 (name, ":from") == 0)
        sqlite3_bind_int64 (statement, i, from);
      else if (g_strcmp0 (name, ":to") == 0)
        sqlite3_bind_int64 (statement, i, to);
      else
        {
          g_autofree char *shown = leyden_text_escape (name != NULL ? name : "?", -1, 60);

          /* Dashboards have put in theirs by now. */
          if (*shown == '$')
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         _("SQL: there is no variable “%s”; a dashboard gets variables in its Settings, under Variables"), shown);
          else
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("SQL: there are the parameters :from and :to, and no “%s”"), shown);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- The answer ---- */

static void
add_cell (LeydenValueBuilder *b,
          sqlite3_stmt       *statement,
          int                 column)
{
  const char *text;
  g_autofree char *valid = NULL;

  switch (sqlite3_column_type (statement, column))
    {
    case SQLITE_INTEGER:
      /* What has not happened yet has no time. */
      if (sqlite3_column_int64 (statement, column) == 0 && g_str_has_suffix (sqlite3_column_name (statement, column), "_ns"))
        leyden_value_builder_add (b, NULL);
      else
        leyden_value_builder_add_int (b, sqlite3_column_int64 (statement, column));
      break;
    case SQLITE_FLOAT:
      leyden_value_builder_add_double (b, sqlite3_column_double (statement, column));
      break;
    case SQLITE_NULL:
      leyden_value_builder_add (b, NULL);
      break;
    case SQLITE_BLOB:
    case SQLITE_TEXT:
    default:
      text = (const char *)sqlite3_column_text (statement, column);
      valid = g_utf8_make_valid (text != NULL ? text : "", text != NULL ? sqlite3_column_bytes (statement, column) : 0);
      leyden_value_builder_add_string (b, valid);
      break;
    }
}

/* What stands in a column. */
typedef struct
{
  gboolean has_number;
  gboolean has_text;
} Held;

static void
note_type (Held *held,
           int   type)
{
  held->has_number |= type == SQLITE_INTEGER || type == SQLITE_FLOAT;
  held->has_text |= type == SQLITE_TEXT || type == SQLITE_BLOB;
}

/* Columns by what stands in all of their rows: numbers and nothing else but NULL, texts; times by their name. */
static void
add_columns (LeydenValueBuilder *b,
             sqlite3_stmt       *statement,
             const Held         *held)
{
  leyden_value_builder_key (b, "columns");
  leyden_value_builder_begin_list (b);
  for (int c = 0; c < sqlite3_column_count (statement); c++)
    {
      const char *name = sqlite3_column_name (statement, c);
      gboolean is_time = g_str_has_suffix (name, "_ns");

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", name);
      leyden_value_builder_set_string (b, "title", name);
      leyden_value_builder_set_string (b, "type", is_time ? "time" : held[c].has_number && !held[c].has_text ? "number" : "text");
      if (is_time)
        leyden_value_builder_set_string (b, "unit", "ns");
      else if (g_str_has_suffix (name, "_ms"))
        leyden_value_builder_set_string (b, "unit", "ms");
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

/* FALSE: interrupted or failed. */
static gboolean
add_rows (LeydenValueBuilder *b,
          sqlite3            *db,
          sqlite3_stmt       *statement,
          gboolean           *truncated,
          GError            **error)
{
  g_autofree Held *held = g_new0 (Held, (gsize)sqlite3_column_count (statement));
  int code = sqlite3_step (statement);
  gsize bytes = 0;
  guint n = 0;

  leyden_value_builder_key (b, "rows");
  leyden_value_builder_begin_list (b);
  for (; code == SQLITE_ROW; code = sqlite3_step (statement))
    {
      *truncated = n++ >= LEYDEN_SQL_MAX_ROWS || bytes > MAX_ANSWER;
      if (*truncated)
        break;
      leyden_value_builder_begin_list (b);
      for (int c = 0; c < sqlite3_column_count (statement); c++)
        {
          note_type (&held[c], sqlite3_column_type (statement, c));
          add_cell (b, statement, c);
          bytes += 16 + (gsize)(sqlite3_column_type (statement, c) == SQLITE_TEXT ? sqlite3_column_bytes (statement, c) : 0);
        }
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
  add_columns (b, statement, held);
  return code == SQLITE_DONE || code == SQLITE_ROW;
}

static LeydenValue *
run (sqlite3      *db,
     const char   *text,
     gint64        from,
     gint64        to,
     Guard        *guard,
     GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenStatement) statement = prepare (db, guard, text, error);
  gboolean truncated = FALSE;

  if (statement == NULL || !bind (statement, from, to, error))
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "shape", "table");
  if (!add_rows (&b, db, statement, &truncated, error))
    {
      if (sqlite3_errcode (db) == SQLITE_INTERRUPT)
        leyden_sql_text_fail (db, error);
      else
        explain (db, guard, text, G_MAXINT, error);
      return NULL;
    }
  leyden_value_builder_set_boolean (&b, "truncated", truncated);
  leyden_value_builder_set_boolean (&b, "exact", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_query_run_sql (sqlite3      *db,
                      LeydenValue  *query,
                      gint64        from,
                      gint64        to,
                      GError      **error)
{
  g_autofree char *inside = g_uuid_string_random ();
  Guard guard = { db, inside, NULL };
  int kept[G_N_ELEMENTS (limits)];
  LeydenValue *answer;

  leyden_filter_prepare (db);
  /* The authoriser would refuse the declaration by which this table comes to life. */
  sqlite3_exec (db, "SELECT 1 FROM json_each ('[]')", NULL, NULL, NULL);
  set_limits (db, kept);
  sqlite3_set_authorizer (db, authorize_cb, &guard);
  answer = run (db, leyden_value_get_member_string (query, "sql", ""), from, to, &guard, error);
  sqlite3_set_authorizer (db, NULL, NULL);
  reset_limits (db, kept);
  return answer;
}
