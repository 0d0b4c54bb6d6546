/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-expression.h"

G_BEGIN_DECLS

#define LEYDEN_EXPRESSION_MAX_TEXT   65536
#define LEYDEN_EXPRESSION_MAX_VALUE  (1 << 20)
#define LEYDEN_EXPRESSION_MAX_DEPTH  100
#define LEYDEN_EXPRESSION_MAX_MEMORY (G_GINT64_CONSTANT (128) << 20)

typedef enum
{
  LEYDEN_SQL_WORD,              /* a bare identifier or keyword */
  LEYDEN_SQL_QUOTED,            /* an identifier in quotes */
  LEYDEN_SQL_TEXT,
  LEYDEN_SQL_NUMBER,
  LEYDEN_SQL_OPERATOR,
} LeydenSqlKind;

typedef struct
{
  LeydenSqlKind kind;
  guint         start;          /* bytes in the text */
  guint         length;
  guint         depth;          /* of parentheses */
  gboolean      hidden;         /* an input that a column of json_each would hide */
} LeydenSqlToken;

/* Tokens of a balanced expression without parameters and “;”. What other languages write in place of SQL is an error
 * that says how SQL writes it. (element-type LeydenSqlToken) */
GArray     *leyden_expression_scan      (const char *text, const char * const *names, GError **error);
/* The identifier of a WORD or QUOTED token. (transfer full) */
char       *leyden_sql_token_identifier (const char *text, const LeydenSqlToken *token);
gboolean    leyden_sql_token_is         (const char *text, const LeydenSqlToken *token, const char *word);

/* One thread's in-memory connection under the authoriser. */
typedef struct _LeydenEvaluator LeydenEvaluator;

LeydenEvaluator *leyden_evaluator_get          (void);
/* The statement, from the cache of the thread. (transfer none): until the next call. */
sqlite3_stmt    *leyden_evaluator_prepare      (LeydenEvaluator *self, const char *sql, GError **error);
sqlite3         *leyden_evaluator_get_database (LeydenEvaluator *self);
/* Sets the deadline that the next steps must keep. */
void             leyden_evaluator_start        (LeydenEvaluator *self, guint time_limit_ms);
/* Why the last step failed. */
void             leyden_evaluator_set_error    (LeydenEvaluator *self, int result, GError **error);

G_END_DECLS
