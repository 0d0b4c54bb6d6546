/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* SQL expressions over one row, evaluated by an in-memory SQLite under an authoriser (design §4). */
typedef enum
{
  LEYDEN_EXPRESSION_ERROR_SYNTAX,       /* with position, and a hint for &&, ===, .length, != null … */
  LEYDEN_EXPRESSION_ERROR_UNKNOWN,      /* a name that is no input, or a function that is not allowed */
  LEYDEN_EXPRESSION_ERROR_EVALUATION,   /* the evaluation failed (bad JSON, bad pattern, overflow) */
  LEYDEN_EXPRESSION_ERROR_LIMIT,        /* time, length or depth */
  LEYDEN_EXPRESSION_ERROR_TYPE,         /* the result does not fit the declared type */
} LeydenExpressionError;
#define LEYDEN_EXPRESSION_ERROR (leyden_expression_error_quark ())
GQuark leyden_expression_error_quark (void);

typedef enum
{
  LEYDEN_EXPRESSION_ANY,
  LEYDEN_EXPRESSION_BOOLEAN,
  LEYDEN_EXPRESSION_NUMBER,
  LEYDEN_EXPRESSION_TEXT,
  LEYDEN_EXPRESSION_JSON,               /* object or list, read from JSON text */
} LeydenExpressionType;

/* A compiled expression. Not thread-safe; one thread at a time. Compiled ones are cached per thread by text + names. */
typedef struct _LeydenExpression LeydenExpression;

/* @names: the columns (inputs) it may use, NULL-terminated. */
LeydenExpression *leyden_expression_new      (const char *text, const char * const *names,
                                              LeydenExpressionType type, GError **error);
/* The same for a condition over the rows of a table: what is wrong is told of columns, not of inputs. */
LeydenExpression *leyden_expression_new_for_table (const char *text, const char * const *columns,
                                                   LeydenExpressionType type, GError **error);
void              leyden_expression_free     (LeydenExpression *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenExpression, leyden_expression_free)
/* @row: object with a member per name (absent is null). @time_limit_ms 0: 1000. (transfer full) */
LeydenValue      *leyden_expression_evaluate (LeydenExpression *self, LeydenValue *row,
                                              guint time_limit_ms, GError **error);
/* Columns that the text reads, sorted. (transfer none) */
const char * const *leyden_expression_get_names (LeydenExpression *self);

/* The statement that gives the value as its one column; parameter ?N is the N-th of get_names. For generated programs.
 * (transfer none) */
const char         *leyden_expression_get_sql   (LeydenExpression *self);

/* Regular expressions: the subset common to PCRE and Python's re, with a match limit. */
gboolean          leyden_regex_check         (const char *pattern, GError **error);
/* First match: list of groups (0 = whole; null for one that took no part), or NULL with no error when none. */
LeydenValue      *leyden_regex_match         (const char *pattern, const char *subject, GError **error);
/* The last of the matches that follow one another from the start without overlap. */
LeydenValue      *leyden_regex_match_last    (const char *pattern, const char *subject, GError **error);
/* Value at SQLite's JSON path ($.a[0], $[#-1]) of @value; NULL with no error when nothing is there. (transfer full) */
LeydenValue      *leyden_json_path_extract   (LeydenValue *value, const char *path, GError **error);

G_END_DECLS
