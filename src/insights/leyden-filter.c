/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-filter.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-sql-functions.h"
#include "leyden-text.h"
#include "leyden-views.h"

typedef enum
{
  OP_EQUAL,
  OP_NOT_EQUAL,
  OP_LESS,
  OP_LESS_EQUAL,
  OP_GREATER,
  OP_GREATER_EQUAL,
  OP_BETWEEN,
  OP_IN,
  OP_NOT_IN,
  OP_CONTAINS,
  OP_NOT_CONTAINS,
  OP_BEGINS,
  OP_NULL,
  OP_NOT_NULL,
} Operator;

static const char * const operators[] = {
  "=", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "contains", "not contains", "begins", "null", "not null",
};

typedef struct
{
  const LeydenDimension *dimension;
  Operator               op;
  LeydenValue           *value;         /* nullable */
} Rule;

struct _LeydenFilter
{
  GArray *rules;                /* Rule */
  char   *where;                /* nullable */
};

static void
clear_rule (gpointer data)
{
  Rule *rule = data;

  g_clear_pointer (&rule->value, leyden_value_unref);
}

void
leyden_filter_free (LeydenFilter *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->rules);
  g_free (self->where);
  g_free (self);
}

static gboolean G_GNUC_PRINTF (3, 4)
refuse (GError     **error,
        guint        number,
        const char  *format,
        ...)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  shown = leyden_text_escape (text, -1, 200);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("filter, rule %u: %s"), number, shown);
  return FALSE;
}

/* Whether a single value can be compared with the dimension. */
static gboolean
check_value (const LeydenDimension *dimension,
             LeydenValue           *value,
             guint                  number,
             GError               **error)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  gint64 integer;
  double real;
  gboolean ok;

  switch (dimension->type)
    {
    case LEYDEN_DIMENSION_TEXT:
      ok = kind == LEYDEN_VALUE_STRING;
      break;
    case LEYDEN_DIMENSION_FLAG:
      ok = kind == LEYDEN_VALUE_BOOLEAN || (leyden_value_get_int (value, &integer) && (integer == 0 || integer == 1));
      break;
    case LEYDEN_DIMENSION_NUMBER:
    case LEYDEN_DIMENSION_TIME:
    default:
      ok = leyden_value_get_double (value, &real);
      break;
    }
  return ok || refuse (error, number, _("“%s” is compared with values of its own type"), dimension->name);
}

static gboolean
check_list (const Rule *rule,
            guint       number,
            GError    **error)
{
  guint n = leyden_value_get_size (rule->value);

  if (leyden_value_get_kind (rule->value) != LEYDEN_VALUE_LIST || n > LEYDEN_FILTER_MAX_VALUES
      || (rule->op == OP_BETWEEN && n != 2))
    return refuse (error, number, rule->op == OP_BETWEEN ? _("“%s” needs a list of two values") : _("“%s” needs a list of values"),
                   operators[rule->op]);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *item = leyden_value_get_item (rule->value, i);

      if (!leyden_value_is_null (item) && !check_value (rule->dimension, item, number, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_rule (const Rule *rule,
            guint       number,
            GError    **error)
{
  gboolean is_text = rule->dimension->type == LEYDEN_DIMENSION_TEXT;

  if (rule->dimension->column == NULL && rule->op != OP_CONTAINS)
    return refuse (error, number, _("“%s” knows only “contains”"), rule->dimension->name);
  switch (rule->op)
    {
    case OP_NULL: case OP_NOT_NULL:
      return TRUE;
    case OP_EQUAL: case OP_NOT_EQUAL:
      return leyden_value_is_null (rule->value) || check_value (rule->dimension, rule->value, number, error);
    case OP_LESS: case OP_LESS_EQUAL: case OP_GREATER: case OP_GREATER_EQUAL:
      if (is_text)
        return refuse (error, number, _("“%s” is a text, which has no order"), rule->dimension->name);
      return check_value (rule->dimension, rule->value, number, error);
    case OP_BETWEEN:
      if (is_text)
        return refuse (error, number, _("“%s” is a text, which has no order"), rule->dimension->name);
      return check_list (rule, number, error);
    case OP_IN: case OP_NOT_IN:
      return check_list (rule, number, error);
    case OP_CONTAINS: case OP_NOT_CONTAINS: case OP_BEGINS:
    default:
      if (!is_text)
        return refuse (error, number, _("“%s” is no text"), rule->dimension->name);
      return check_value (rule->dimension, rule->value, number, error);
    }
}

static gboolean
parse_rule (LeydenFilter *self,
            LeydenFactTable facts,
            LeydenValue  *value,
            guint         number,
            GError      **error)
{
  const char *name = leyden_value_get_string (leyden_value_get_item (value, 0), NULL);
  const char *op = leyden_value_get_string (leyden_value_get_item (value, 1), NULL);
  guint n = leyden_value_get_size (value);
  LeydenValue *operand;
  Rule rule = { NULL };
  guint i = 0;

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_LIST || n < 2 || n > 3 || name == NULL || op == NULL)
    return refuse (error, number, _("a rule is [dimension, operator, value]"));
  rule.dimension = leyden_dimension_find (name, facts);
  if (rule.dimension == NULL)
    return refuse (error, number, _("there is no dimension “%s”"), name);
  while (i < G_N_ELEMENTS (operators) && !g_str_equal (operators[i], op))
    i++;
  if (i == G_N_ELEMENTS (operators))
    return refuse (error, number, _("there is no operator “%s”"), op);
  rule.op = i;
  operand = leyden_value_get_item (value, 2);
  rule.value = n == 3 && operand != NULL ? leyden_value_ref (operand) : NULL;
  if (!check_rule (&rule, number, error))
    {
      clear_rule (&rule);
      return FALSE;
    }
  g_array_append_val (self->rules, rule);
  return TRUE;
}

static gboolean
parse_where (LeydenFilter *self,
             const char   *where,
             GError      **error)
{
  g_autofree const char **names = leyden_views_list_columns ("rollouts");
  g_autoptr(GError) local = NULL;
  g_autoptr(LeydenExpression) expression = leyden_expression_new_for_table (where, names, LEYDEN_EXPRESSION_BOOLEAN, &local);

  if (expression == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("condition: %s"), local->message);
      return FALSE;
    }
  self->where = g_strdup (where);
  return TRUE;
}

LeydenFilter *
leyden_filter_parse (LeydenValue  *rules,
                     const char   *where,
                     GError      **error)
{
  return leyden_filter_parse_for (LEYDEN_FACTS_ROLLOUTS, rules, where, error);
}

LeydenFilter *
leyden_filter_parse_for (LeydenFactTable facts,
                         LeydenValue   *rules,
                         const char    *where,
                         GError       **error)
{
  g_autoptr(LeydenFilter) self = g_new0 (LeydenFilter, 1);
  guint n = leyden_value_get_size (rules);

  self->rules = g_array_new (FALSE, FALSE, sizeof (Rule));
  g_array_set_clear_func (self->rules, clear_rule);
  if (!leyden_value_is_null (rules) && leyden_value_get_kind (rules) != LEYDEN_VALUE_LIST)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("a filter is a list of rules"));
      return NULL;
    }
  if (n > LEYDEN_FILTER_MAX_RULES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("a filter has at most %d rules"), LEYDEN_FILTER_MAX_RULES);
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    if (!parse_rule (self, facts, leyden_value_get_item (rules, i), i + 1, error))
      return NULL;
  if (where != NULL && *where != '\0' && !parse_where (self, where, error))
    return NULL;
  return g_steal_pointer (&self);
}

guint
leyden_filter_get_facts (const LeydenFilter *self)
{
  guint facts = self->where != NULL ? LEYDEN_FACTS_ROLLOUTS : 0;

  for (guint i = 0; i < self->rules->len; i++)
    facts |= g_array_index (self->rules, Rule, i).dimension->facts;
  return facts;
}

/* ---- SQL ---- */

/* A value as what the column holds: itself, or the id of its words (NULL where nobody ever said them). */
static void
add_operand (LeydenSqlText         *sql,
             const LeydenDimension *dimension,
             LeydenValue           *value)
{
  if (dimension->table == NULL)
    {
      leyden_sql_text_add_value (sql, value);
      return;
    }
  leyden_sql_text_printf (sql, "(SELECT id FROM main.%s WHERE %s = ", dimension->table, dimension->words);
  leyden_sql_text_add_value (sql, value);
  leyden_sql_text_add (sql, ")");
}

static void
add_equal (LeydenSqlText *sql,
           const Rule    *rule)
{
  if (leyden_value_is_null (rule->value))
    {
      leyden_sql_text_printf (sql, "%s IS NULL", rule->dimension->column);
      return;
    }
  leyden_sql_text_printf (sql, "%s = ", rule->dimension->column);
  add_operand (sql, rule->dimension, rule->value);
}

static void
add_in (LeydenSqlText *sql,
        const Rule    *rule)
{
  gboolean with_null = FALSE;
  guint n = 0;

  leyden_sql_text_printf (sql, "(%s IN (", rule->dimension->column);
  for (guint i = 0; i < leyden_value_get_size (rule->value); i++)
    {
      LeydenValue *item = leyden_value_get_item (rule->value, i);

      if (leyden_value_is_null (item))
        {
          with_null = TRUE;
          continue;
        }
      leyden_sql_text_add (sql, n++ > 0 ? ", " : "");
      add_operand (sql, rule->dimension, item);
    }
  leyden_sql_text_add (sql, ")");
  if (with_null)
    leyden_sql_text_printf (sql, " OR %s IS NULL", rule->dimension->column);
  leyden_sql_text_add (sql, ")");
}

static void
add_between (LeydenSqlText *sql,
             const Rule    *rule)
{
  LeydenValue *low = leyden_value_get_item (rule->value, 0);
  LeydenValue *high = leyden_value_get_item (rule->value, 1);

  leyden_sql_text_printf (sql, "(%s IS NOT NULL", rule->dimension->column);
  if (!leyden_value_is_null (low))
    {
      leyden_sql_text_printf (sql, " AND %s >= ", rule->dimension->column);
      leyden_sql_text_add_value (sql, low);
    }
  if (!leyden_value_is_null (high))
    {
      leyden_sql_text_printf (sql, " AND %s <= ", rule->dimension->column);
      leyden_sql_text_add_value (sql, high);
    }
  leyden_sql_text_add (sql, ")");
}

/* “words” is an SQL text. */
static void
add_piece (LeydenSqlText *sql,
           const char    *words,
           const Rule    *rule)
{
  if (rule->op == OP_BEGINS)
    {
      leyden_sql_text_printf (sql, "instr (%s, ", words);
      leyden_sql_text_add_value (sql, rule->value);
      leyden_sql_text_add (sql, ") = 1");
      return;
    }
  leyden_sql_text_printf (sql, "instr (lower (%s), lower (", words);
  leyden_sql_text_add_value (sql, rule->value);
  leyden_sql_text_add (sql, ")) > 0");
}

static void
add_contains (LeydenSqlText *sql,
              const Rule    *rule)
{
  const LeydenDimension *dimension = rule->dimension;

  if (dimension->table == NULL)
    {
      add_piece (sql, dimension->column, rule);
      return;
    }
  leyden_sql_text_printf (sql, "%s IN (SELECT id FROM main.%s WHERE ", dimension->column, dimension->table);
  add_piece (sql, dimension->words, rule);
  leyden_sql_text_add (sql, ")");
}

static void
add_any_text (LeydenSqlText *sql,
              const Rule    *rule)
{
  static const char * const names[] = { "item", "error", "flow_title", "dataset_name", "rollout", "flow", "model", "error_kind" };

  leyden_sql_text_add (sql, "(");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      Rule one = { leyden_dimension_find (names[i], LEYDEN_FACTS_ROLLOUTS), OP_CONTAINS, rule->value };

      if (i > 0)
        leyden_sql_text_add (sql, " OR ");
      add_contains (sql, &one);
    }
  leyden_sql_text_add (sql, ")");
}

/* What holds, without regard to null. */
static void
add_positive (LeydenSqlText *sql,
              const Rule    *rule)
{
  static const char * const comparisons[] = { [OP_LESS] = "<", [OP_LESS_EQUAL] = "<=", [OP_GREATER] = ">", [OP_GREATER_EQUAL] = ">=" };

  if (rule->dimension->column == NULL)
    {
      add_any_text (sql, rule);
      return;
    }
  switch (rule->op)
    {
    case OP_EQUAL: case OP_NOT_EQUAL:
      add_equal (sql, rule);
      break;
    case OP_LESS: case OP_LESS_EQUAL: case OP_GREATER: case OP_GREATER_EQUAL:
      leyden_sql_text_printf (sql, "%s %s ", rule->dimension->column, comparisons[rule->op]);
      leyden_sql_text_add_value (sql, rule->value);
      break;
    case OP_BETWEEN:
      add_between (sql, rule);
      break;
    case OP_IN: case OP_NOT_IN:
      add_in (sql, rule);
      break;
    case OP_CONTAINS: case OP_NOT_CONTAINS: case OP_BEGINS:
      add_contains (sql, rule);
      break;
    case OP_NULL: case OP_NOT_NULL:
    default:
      leyden_sql_text_printf (sql, "%s IS %sNULL", rule->dimension->column, rule->op == OP_NULL ? "" : "NOT ");
      break;
    }
}

static void
add_rule (LeydenSqlText *sql,
          const Rule    *rule)
{
  gboolean negative = rule->op == OP_NOT_EQUAL || rule->op == OP_NOT_IN || rule->op == OP_NOT_CONTAINS;

  /* Null and what nobody ever said make a comparison NULL, which is not true: its opposite is “not true”. */
  leyden_sql_text_add (sql, negative ? " AND (" : " AND ");
  add_positive (sql, rule);
  leyden_sql_text_add (sql, negative ? ") IS NOT TRUE" : "");
}

void
leyden_filter_add_sql_of (const LeydenFilter *self,
                          LeydenFactTable     facts,
                          LeydenSqlText      *sql)
{
  for (guint i = 0; i < self->rules->len; i++)
    if (g_array_index (self->rules, Rule, i).dimension->facts == facts)
      add_rule (sql, &g_array_index (self->rules, Rule, i));
  if (self->where == NULL || facts != LEYDEN_FACTS_ROLLOUTS)
    return;
  leyden_sql_text_add (sql, " AND ");
  leyden_views_add_exists (sql, "r.rollout", self->where);
}

void
leyden_filter_add_sql (const LeydenFilter *self,
                       LeydenSqlText      *sql)
{
  static const LeydenFactTable facts[] = { LEYDEN_FACTS_ROLLOUTS, LEYDEN_FACTS_CALLS, LEYDEN_FACTS_NODES, LEYDEN_FACTS_WAITS };

  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    leyden_filter_add_sql_of (self, facts[i], sql);
}

/* ---- Functions of conditions ---- */

static void
regexp_cb (sqlite3_context  *context,
           int               n_values,
           sqlite3_value   **values)
{
  const char *pattern = (const char *)sqlite3_value_text (values[0]);
  const char *subject = (const char *)sqlite3_value_text (values[1]);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) found = NULL;

  if (pattern == NULL || subject == NULL)
    return;
  found = leyden_regex_match (pattern, subject, &error);
  if (error != NULL)
    sqlite3_result_error (context, error->message, -1);
  else
    sqlite3_result_int (context, found != NULL);
}

void
leyden_filter_prepare (sqlite3 *db)
{
  g_autoptr(LeydenStatement) statement = NULL;

  /* Making a function again would spoil statements that are prepared. */
  if (sqlite3_prepare_v2 (db, "SELECT regexp ('a', 'a')", -1, &statement, NULL) == SQLITE_OK)
    return;
  leyden_sql_bound_functions (db);
  sqlite3_create_function_v2 (db, "regexp", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, regexp_cb, NULL, NULL, NULL);
}
