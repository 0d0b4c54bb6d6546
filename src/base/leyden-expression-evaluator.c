/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-expression-private.h"

#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-regex-private.h"
#include "leyden-sql-functions.h"
#include "leyden-text.h"

#define FUNCTIONS_RESOURCE "/io/github/leyden/Leyden/expression-functions.json"
#define MAX_STATEMENTS     256
#define OPCODES_A_CHECK    200

struct _LeydenEvaluator
{
  sqlite3    *db;
  GHashTable *statements;       /* SQL -> sqlite3_stmt */
  gint64      deadline_us;
  gint64      memory_at_start;
  const char *limit;            /* which limit stopped the statement */
  GError     *error;            /* of a function */
};

/* Names of functions, and of tables with a “.” before. */
static GHashTable *
allowed_names (void)
{
  static GHashTable *allowed;

  if (g_once_init_enter (&allowed))
    {
      GHashTable *names = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr(GBytes) bytes = g_resources_lookup_data (FUNCTIONS_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      g_autoptr(LeydenValue) data = bytes != NULL ? leyden_json_parse_bytes (bytes, NULL, NULL) : NULL;
      LeydenValue *functions = leyden_value_get_member (data, "functions");

      g_assert (leyden_value_get_size (functions) > 0);
      for (guint i = 0; i < leyden_value_get_size (functions); i++)
        {
          LeydenValue *function = leyden_value_get_item (functions, i);
          const char *name = leyden_value_get_member_string (function, "name", "");
          gboolean table = g_str_equal (leyden_value_get_member_string (function, "kind", ""), "table");

          g_hash_table_add (names, g_strconcat (table ? "." : "", name, NULL));
        }
      g_once_init_leave (&allowed, names);
    }
  return allowed;
}

static int
authorize_cb (gpointer    user_data,
              int         action,
              const char *first,
              const char *second,
              const char *database,
              const char *trigger)
{
  g_autofree char *name = NULL;

  switch (action)
    {
    case SQLITE_SELECT:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      name = g_ascii_strdown (second != NULL ? second : "", -1);
      return g_hash_table_contains (allowed_names (), name) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_READ:
      name = g_strconcat (".", first, NULL);
      return g_hash_table_contains (allowed_names (), name) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
    }
}

static int
progress_cb (gpointer user_data)
{
  LeydenEvaluator *self = user_data;

  if (self->deadline_us != 0 && g_get_monotonic_time () > self->deadline_us)
    self->limit = N_("the expression takes too long");
  else if (sqlite3_memory_used () - self->memory_at_start > LEYDEN_EXPRESSION_MAX_MEMORY)
    self->limit = N_("the expression needs too much memory");
  return self->limit != NULL;
}

/* regexp (pattern, text) */
static void
regexp_cb (sqlite3_context  *context,
           int               n_values,
           sqlite3_value   **values)
{
  LeydenEvaluator *self = sqlite3_user_data (context);
  const char *pattern = (const char *) sqlite3_value_text (values[0]);
  const char *subject = (const char *) sqlite3_value_text (values[1]);
  GRegex *regex;
  int found = -1;

  if (pattern == NULL || subject == NULL)
    return;
  g_clear_error (&self->error);
  regex = leyden_regex_compile (pattern, &self->error);
  if (regex != NULL)
    found = leyden_regex_run (regex, subject, sqlite3_value_bytes (values[1]), NULL, &self->error);
  if (found < 0)
    sqlite3_result_error (context, self->error->message, -1);
  else
    sqlite3_result_int (context, found);
}

typedef double (*MathFunction) (double);

/* Functions of one number. SQLite may be built without them, and NULL for what is not finite is ours. */
static void
math_cb (sqlite3_context  *context,
         int               n_values,
         sqlite3_value   **values)
{
  const MathFunction *function = sqlite3_user_data (context);
  int type = sqlite3_value_numeric_type (values[0]);
  double result;

  if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
    return;
  if (type == SQLITE_INTEGER && (*function == ceil || *function == floor || *function == trunc))
    {
      sqlite3_result_value (context, values[0]);
      return;
    }
  result = (*function) (sqlite3_value_double (values[0]));
  if (isfinite (result))
    sqlite3_result_double (context, result);
}

static void
math2_cb (sqlite3_context  *context,
          int               n_values,
          sqlite3_value   **values)
{
  double (**function) (double, double) = sqlite3_user_data (context);
  double result;

  for (int i = 0; i < 2; i++)
    {
      int type = sqlite3_value_numeric_type (values[i]);

      if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
        return;
    }
  result = (*function) (sqlite3_value_double (values[0]), sqlite3_value_double (values[1]));
  if (isfinite (result))
    sqlite3_result_double (context, result);
}

static void
add_functions (LeydenEvaluator *self)
{
  static const struct { const char *name; MathFunction function; } one[] = {
    { "ceil", ceil }, { "exp", exp }, { "floor", floor }, { "ln", log }, { "log10", log10 }, { "log2", log2 },
    { "sqrt", sqrt }, { "trunc", trunc },
  };
  static const struct { const char *name; double (*function) (double, double); } two[] = { { "mod", fmod }, { "pow", pow } };
  int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

  leyden_sql_bound_functions (self->db);
  sqlite3_create_function_v2 (self->db, "regexp", 2, flags, self, regexp_cb, NULL, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (one); i++)
    sqlite3_create_function_v2 (self->db, one[i].name, 1, flags, (gpointer) &one[i].function, math_cb, NULL, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (two); i++)
    sqlite3_create_function_v2 (self->db, two[i].name, 2, flags, (gpointer) &two[i].function, math2_cb, NULL, NULL, NULL);
}

static void
set_limits (sqlite3 *db)
{
  static const struct { int limit; int value; } limits[] = {
    { SQLITE_LIMIT_LENGTH, LEYDEN_EXPRESSION_MAX_VALUE },
    { SQLITE_LIMIT_SQL_LENGTH, 4 * LEYDEN_EXPRESSION_MAX_TEXT },
    { SQLITE_LIMIT_EXPR_DEPTH, LEYDEN_EXPRESSION_MAX_DEPTH },
    { SQLITE_LIMIT_COMPOUND_SELECT, 20 },
    { SQLITE_LIMIT_VDBE_OP, 100000 },
    { SQLITE_LIMIT_FUNCTION_ARG, 100 },
    { SQLITE_LIMIT_ATTACHED, 0 },
    { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 },
    { SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
    { SQLITE_LIMIT_WORKER_THREADS, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    sqlite3_limit (db, limits[i].limit, limits[i].value);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
  /* "word" is a name and never, as a fallback, a text. */
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
}

static void
finalize_cb (gpointer statement)
{
  sqlite3_finalize (statement);
}

static void
leyden_evaluator_free (LeydenEvaluator *self)
{
  g_hash_table_unref (self->statements);
  sqlite3_close (self->db);
  g_clear_error (&self->error);
  g_free (self);
}

static LeydenEvaluator *
leyden_evaluator_new (void)
{
  LeydenEvaluator *self = g_new0 (LeydenEvaluator, 1);
  int result = sqlite3_open_v2 (":memory:", &self->db,
                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL);

  if (result != SQLITE_OK)
    g_error ("no memory for an SQLite connection");
  sqlite3_exec (self->db, "PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
  /* The authoriser would refuse the declarations by which these tables come to life. */
  sqlite3_exec (self->db, "SELECT 1 FROM json_each('[]'), json_tree('[]')", NULL, NULL, NULL);
  set_limits (self->db);
  add_functions (self);
  sqlite3_progress_handler (self->db, OPCODES_A_CHECK, progress_cb, self);
  sqlite3_set_authorizer (self->db, authorize_cb, self);
  self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, finalize_cb);
  return self;
}

LeydenEvaluator *
leyden_evaluator_get (void)
{
  static GPrivate connection = G_PRIVATE_INIT ((GDestroyNotify) leyden_evaluator_free);
  LeydenEvaluator *self = g_private_get (&connection);

  if (self == NULL)
    {
      self = leyden_evaluator_new ();
      g_private_set (&connection, self);
    }
  return self;
}

sqlite3 *
leyden_evaluator_get_database (LeydenEvaluator *self)
{
  return self->db;
}

void
leyden_evaluator_start (LeydenEvaluator *self,
                        guint            time_limit_ms)
{
  self->limit = NULL;
  g_clear_error (&self->error);
  self->deadline_us = g_get_monotonic_time () + (gint64) time_limit_ms * 1000;
  self->memory_at_start = sqlite3_memory_used ();
}

void
leyden_evaluator_set_error (LeydenEvaluator  *self,
                            int               result,
                            GError          **error)
{
  const char *message = sqlite3_errmsg (self->db);
  g_autofree char *shown = leyden_text_escape (message, -1, 300);

  switch (result & 0xFF)
    {
    case SQLITE_INTERRUPT:
      g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                           _(self->limit != NULL ? self->limit : N_("the expression was stopped")));
      break;
    case SQLITE_TOOBIG:
      g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                           _("a text of the expression is longer than 1 MiB"));
      break;
    case SQLITE_NOMEM:
      g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                           _("the expression needs too much memory"));
      break;
    default:
      if (self->error != NULL && self->error->code == LEYDEN_EXPRESSION_ERROR_LIMIT)
        g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT, self->error->message);
      else
        g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_EVALUATION, shown);
      break;
    }
}

sqlite3_stmt *
leyden_evaluator_prepare (LeydenEvaluator  *self,
                          const char       *sql,
                          GError          **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  int result;

  if (statement != NULL)
    return statement;

  leyden_evaluator_start (self, 1000);
  result = sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (result != SQLITE_OK)
    {
      leyden_evaluator_set_error (self, result, error);
      return NULL;
    }
  if (g_hash_table_size (self->statements) >= MAX_STATEMENTS)
    g_hash_table_remove_all (self->statements);
  g_hash_table_insert (self->statements, g_strdup (sql), statement);
  return statement;
}
