/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-expression-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-text.h"

#define DEFAULT_TIME_LIMIT_MS 1000

struct _LeydenExpression
{
  LeydenExpressionType  type;
  char                 *text;
  char                 *sql;
  guint                 text_offset;    /* of the text in the SQL, in bytes */
  GStrv                 names;          /* that the text reads, sorted; parameter i + 1 is name i */
};

G_DEFINE_QUARK (leyden-expression-error-quark, leyden_expression_error)

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* The names that stand in the text. One that is only an alias there counts too; reading it costs nothing. */
static GStrv
find_names (const char         *text,
            GArray             *tokens,
            const char * const *names)
{
  g_autoptr(GPtrArray) found = g_ptr_array_new ();

  for (guint i = 0; names[i] != NULL; i++)
    for (guint t = 0; t < tokens->len; t++)
      {
        const LeydenSqlToken *token = &g_array_index (tokens, LeydenSqlToken, t);
        g_autofree char *identifier = NULL;

        if (token->kind != LEYDEN_SQL_WORD && token->kind != LEYDEN_SQL_QUOTED)
          continue;
        identifier = leyden_sql_token_identifier (text, token);
        if (g_ascii_strcasecmp (identifier, names[i]) == 0)
          {
            g_ptr_array_add (found, g_strdup (names[i]));
            break;
          }
      }
  g_ptr_array_sort (found, compare_strings);
  g_ptr_array_add (found, NULL);
  return (GStrv) g_ptr_array_steal (found, NULL);
}

static gboolean
check_ambiguous (const char * const  *names,
                 GError             **error)
{
  for (guint i = 0; names[i] != NULL && names[i + 1] != NULL; i++)
    for (guint j = i + 1; names[j] != NULL; j++)
      if (g_ascii_strcasecmp (names[i], names[j]) == 0)
        {
          g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN,
                       _("“%s” and “%s” are one name in an expression, where case does not count"), names[i], names[j]);
          return FALSE;
        }
  return TRUE;
}

/* The text with each hidden input as its parameter, in as many bytes where it can, so that positions stay. */
static void
append_text (GString          *sql,
             LeydenExpression *self,
             GArray           *tokens)
{
  guint done = 0;

  for (guint t = 0; t < tokens->len; t++)
    {
      const LeydenSqlToken *token = &g_array_index (tokens, LeydenSqlToken, t);
      g_autofree char *name = NULL;
      g_autofree char *parameter = NULL;

      if (!token->hidden)
        continue;
      name = leyden_sql_token_identifier (self->text, token);
      for (guint i = 0; self->names[i] != NULL && parameter == NULL; i++)
        if (g_ascii_strcasecmp (self->names[i], name) == 0)
          parameter = g_strdup_printf ("?%-*u", (int) token->length - 1, i + 1);
      g_string_append_len (sql, self->text + done, token->start - done);
      g_string_append (sql, parameter);
      done = token->start + token->length;
    }
  g_string_append (sql, self->text + done);
}

/* SELECT (text) FROM (SELECT ?1 AS "a", ?2 AS "b") */
static void
make_sql (LeydenExpression *self,
          GArray           *tokens)
{
  g_autoptr(GString) sql = g_string_new ("SELECT (");

  self->text_offset = (guint) sql->len;
  append_text (sql, self, tokens);
  g_string_append (sql, "\n)");
  for (guint i = 0; self->names[i] != NULL; i++)
    {
      g_autoptr(GString) name = g_string_new (self->names[i]);

      g_string_replace (name, "\"", "\"\"", 0);
      g_string_append_printf (sql, "%s?%u AS \"%s\"", i == 0 ? " FROM (SELECT " : ", ", i + 1, name->str);
    }
  if (self->names[0] != NULL)
    g_string_append_c (sql, ')');
  self->sql = g_string_free (g_steal_pointer (&sql), FALSE);
}

static char *
join_names (const char * const *names,
            int                 most)
{
  g_autofree char *joined = names[0] != NULL ? g_strjoinv (", ", (char **) names) : g_strdup (_("none"));

  return leyden_text_escape (joined, -1, most);
}

static void
explain_unknown_column (const char          *column,
                        const char * const  *names,
                        gboolean             of_table,
                        GError             **error)
{
  g_autofree char *shown = leyden_text_escape (column, -1, 60);
  g_autofree char *given = join_names (names, of_table ? 600 : 200);

  if (of_table)
    g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN,
                 _("there is no column “%s”; a text stands in single quotes: '%s'. Columns: %s"), shown, shown, given);
  else
    g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN,
                 _("there is no input “%s” (inputs: %s); a text stands in single quotes: '%s'"), shown, given, shown);
}

/* An input named like a word of SQL, such as order, must be quoted. */
static const char *
find_keyword_name (LeydenExpression   *self,
                   const char * const *names,
                   int                 offset)
{
  for (guint i = 0; names[i] != NULL && offset >= 0; i++)
    {
      gsize length = strlen (names[i]);

      if (g_ascii_strncasecmp (self->sql + offset, names[i], length) == 0
          && sqlite3_keyword_check (names[i], (int) length))
        return names[i];
    }
  return NULL;
}

/* Says in our words what SQLite says about the text. */
static void
explain_error (LeydenExpression    *self,
               const char * const  *names,
               gboolean             of_table,
               GError             **error)
{
  sqlite3 *db = leyden_evaluator_get_database (leyden_evaluator_get ());
  const char *message = sqlite3_errmsg (db);
  int offset = sqlite3_error_offset (db);
  int place = offset - (int) self->text_offset;
  int length = (int) strlen (self->text);
  /* What SQLite dislikes may be the “)” that we put behind the text. */
  const char *at = place >= 0 && offset >= 0 ? self->text + MIN (place, length) : NULL;
  const char *keyword = find_keyword_name (self, names, offset);
  g_autofree char *shown = leyden_text_escape (message, -1, 200);
  glong character = at != NULL ? g_utf8_pointer_to_offset (self->text, at) + 1 : 0;

  if (g_str_has_prefix (message, "no such column: "))
    explain_unknown_column (message + strlen ("no such column: "), names, of_table, error);
  else if (g_str_has_prefix (message, "no such function: "))
    g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN, _("there is no function “%s”"),
                 shown + strlen ("no such function: "));
  else if (g_str_has_prefix (message, "not authorized to use function: "))
    g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN,
                 _("the function “%s” is not available in expressions"), shown + strlen ("not authorized to use function: "));
  else if (sqlite3_errcode (db) == SQLITE_AUTH || g_str_equal (message, "not authorized")
           || g_str_has_prefix (message, "no such table: "))
    g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_UNKNOWN,
                         of_table ? _("a condition reads the columns of its row, json_each and json_tree, and no other table")
                                  : _("an expression reads its inputs, json_each and json_tree, and no other table"));
  else if (strstr (message, "maximum depth") != NULL)
    g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                 _("the expression is nested deeper than %d"), LEYDEN_EXPRESSION_MAX_DEPTH);
  else if (g_str_has_prefix (message, "sub-select returns") || g_str_has_prefix (message, "row value misused"))
    g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX,
                         _("an expression is one value, not several"));
  else if (keyword != NULL)
    g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX,
                 _("character %ld: “%s” is also a word of SQL; write \"%s\""), character, keyword, keyword);
  else if (at != NULL && *at == '\0')
    g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX,
                         _("the expression ends where something is still missing"));
  else if (at != NULL)
    g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, _("character %ld: %s"), character, shown);
  else
    g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, shown);
}

static gboolean
check_text (const char  *text,
            GError     **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, _("the expression is not UTF-8"));
      return FALSE;
    }
  if (strlen (text) > LEYDEN_EXPRESSION_MAX_TEXT)
    {
      g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                   _("the expression is longer than %d bytes"), LEYDEN_EXPRESSION_MAX_TEXT);
      return FALSE;
    }
  return TRUE;
}

static LeydenExpression *
compile (const char           *text,
         const char * const   *names,
         LeydenExpressionType  type,
         gboolean              of_table,
         GError              **error)
{
  static const char * const none[] = { NULL };
  g_autoptr(LeydenExpression) self = NULL;
  g_autoptr(GArray) tokens = NULL;
  g_autoptr(GError) local_error = NULL;

  if (names == NULL)
    names = none;
  if (!check_text (text, error))
    return NULL;
  tokens = leyden_expression_scan (text, names, error);
  if (tokens == NULL)
    return NULL;

  self = g_new0 (LeydenExpression, 1);
  self->type = type;
  self->text = g_strdup (text);
  self->names = find_names (text, tokens, names);
  if (!check_ambiguous ((const char * const *) self->names, error))
    return NULL;
  make_sql (self, tokens);
  if (leyden_evaluator_prepare (leyden_evaluator_get (), self->sql, &local_error) == NULL)
    {
      if (local_error->code == LEYDEN_EXPRESSION_ERROR_LIMIT)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        explain_error (self, names, of_table, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

LeydenExpression *
leyden_expression_new (const char           *text,
                       const char * const   *names,
                       LeydenExpressionType  type,
                       GError              **error)
{
  g_return_val_if_fail (text != NULL, NULL);

  return compile (text, names, type, FALSE, error);
}

LeydenExpression *
leyden_expression_new_for_table (const char           *text,
                                 const char * const   *columns,
                                 LeydenExpressionType  type,
                                 GError              **error)
{
  g_return_val_if_fail (text != NULL && columns != NULL, NULL);

  return compile (text, columns, type, TRUE, error);
}

void
leyden_expression_free (LeydenExpression *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->sql);
  g_strfreev (self->names);
  g_free (self);
}

const char * const *
leyden_expression_get_names (LeydenExpression *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char * const *) self->names;
}

const char *
leyden_expression_get_sql (LeydenExpression *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->sql;
}

static int
bind_value (sqlite3_stmt *statement,
            int           parameter,
            LeydenValue  *value)
{
  g_autofree char *json = NULL;
  const char *text;
  gsize length;
  gint64 integer;
  double number;

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_BOOLEAN:
      return sqlite3_bind_int (statement, parameter, leyden_value_get_boolean (value));
    case LEYDEN_VALUE_NUMBER:
      text = leyden_value_get_number_text (value);
      if (strpbrk (text, ".eE") == NULL && leyden_value_get_int (value, &integer))
        return sqlite3_bind_int64 (statement, parameter, integer);
      if (leyden_value_get_double (value, &number))
        return sqlite3_bind_double (statement, parameter, number);
      return sqlite3_bind_double (statement, parameter, text[0] == '-' ? -INFINITY : INFINITY);
    case LEYDEN_VALUE_STRING:
      text = leyden_value_get_string (value, &length);
      return sqlite3_bind_text64 (statement, parameter, text, length, SQLITE_STATIC, SQLITE_UTF8);
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
      json = leyden_json_write (value, LEYDEN_JSON_CANONICAL);
      length = strlen (json);
      return sqlite3_bind_text64 (statement, parameter, g_steal_pointer (&json), length, g_free, SQLITE_UTF8);
    case LEYDEN_VALUE_NULL:
    default:
      return sqlite3_bind_null (statement, parameter);
    }
}

static gboolean
bind_row (LeydenExpression  *self,
          sqlite3_stmt      *statement,
          LeydenValue       *row,
          GError           **error)
{
  for (guint i = 0; self->names[i] != NULL; i++)
    {
      int result = bind_value (statement, (int) i + 1, leyden_value_get_member (row, self->names[i]));

      if (result == SQLITE_OK)
        continue;
      g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                   _("the input “%s” is longer than 1 MiB, which is too long for an expression"), self->names[i]);
      return FALSE;
    }
  return TRUE;
}

static LeydenValue *
fail_type (GError     **error,
           const char  *wanted,
           const char  *found)
{
  g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_TYPE, _("the result should be %s, but is %s"),
               wanted, found);
  return NULL;
}

static LeydenValue *
fail_text (GError        **error,
           const char     *wanted,
           sqlite3_value  *value)
{
  g_autofree char *shown = leyden_text_escape ((const char *) sqlite3_value_text (value), -1, 60);
  g_autofree char *found = g_strdup_printf (_("the text “%s”"), shown);

  return fail_type (error, wanted, found);
}

static LeydenValue *
number_of (sqlite3_value  *value,
           GError        **error)
{
  double number;

  if (sqlite3_value_type (value) == SQLITE_INTEGER)
    return leyden_value_new_int (sqlite3_value_int64 (value));
  number = sqlite3_value_double (value);
  if (isfinite (number))
    return leyden_value_new_double (number);
  g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_EVALUATION,
                       _("the result is a number that is too large"));
  return NULL;
}

static LeydenValue *
text_of (sqlite3_value *value)
{
  const char *text = (const char *) sqlite3_value_text (value);
  gsize length = (gsize) sqlite3_value_bytes (value);
  g_autofree char *valid = NULL;

  /* char(0xD800) and substr of a blob can make what is no UTF-8. */
  if (g_utf8_validate_len (text, length, NULL))
    return leyden_value_new_string (text, (gssize) length);
  valid = g_utf8_make_valid (text, (gssize) length);
  return leyden_value_new_string (valid, -1);
}

static LeydenValue *
json_of (sqlite3_value  *value,
         GError        **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autoptr(LeydenValue) parsed = NULL;
  const char *wanted = _("an object or a list");

  if (sqlite3_value_type (value) != SQLITE_TEXT)
    return fail_type (error, wanted, _("a number"));
  parsed = leyden_json_parse ((const char *) sqlite3_value_text (value), sqlite3_value_bytes (value), NULL, &local_error);
  if (parsed == NULL || leyden_value_get_kind (parsed) < LEYDEN_VALUE_LIST)
    return fail_text (error, wanted, value);
  return g_steal_pointer (&parsed);
}

static LeydenValue *
boolean_of (sqlite3_value  *value,
            GError        **error)
{
  if (sqlite3_value_type (value) == SQLITE_TEXT)
    {
      const char *text = (const char *) sqlite3_value_text (value);

      if (g_ascii_strcasecmp (text, "true") == 0 || g_ascii_strcasecmp (text, "false") == 0)
        return fail_type (error, _("true or false"), _("a text; write TRUE or FALSE without quotes"));
      return fail_text (error, _("true or false (1 or 0)"), value);
    }
  return leyden_value_new_boolean (sqlite3_value_double (value) != 0);
}

/* The result takes the declared type; NULL is null in each of them. */
static LeydenValue *
convert_result (LeydenExpression  *self,
                sqlite3_value     *value,
                GError           **error)
{
  int type = sqlite3_value_type (value);

  if (type == SQLITE_NULL)
    return leyden_value_new_null ();
  if (type == SQLITE_BLOB)
    return fail_type (error, _("a value"), _("a BLOB; CAST it AS TEXT"));

  switch (self->type)
    {
    case LEYDEN_EXPRESSION_BOOLEAN:
      return boolean_of (value, error);
    case LEYDEN_EXPRESSION_NUMBER:
      if (type == SQLITE_TEXT)
        return fail_text (error, _("a number"), value);
      return number_of (value, error);
    case LEYDEN_EXPRESSION_TEXT:
      return text_of (value);
    case LEYDEN_EXPRESSION_JSON:
      return json_of (value, error);
    case LEYDEN_EXPRESSION_ANY:
    default:
      return type == SQLITE_TEXT ? text_of (value) : number_of (value, error);
    }
}

LeydenValue *
leyden_expression_evaluate (LeydenExpression  *self,
                            LeydenValue       *row,
                            guint              time_limit_ms,
                            GError           **error)
{
  LeydenEvaluator *sql;
  sqlite3_stmt *statement;
  LeydenValue *value = NULL;
  int result;

  g_return_val_if_fail (self != NULL, NULL);

  sql = leyden_evaluator_get ();
  statement = leyden_evaluator_prepare (sql, self->sql, error);
  if (statement == NULL)
    return NULL;
  if (bind_row (self, statement, row, error))
    {
      leyden_evaluator_start (sql, time_limit_ms != 0 ? time_limit_ms : DEFAULT_TIME_LIMIT_MS);
      result = sqlite3_step (statement);
      if (result == SQLITE_ROW)
        value = convert_result (self, sqlite3_column_value (statement, 0), error);
      else
        leyden_evaluator_set_error (sql, result, error);
    }
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return value;
}
