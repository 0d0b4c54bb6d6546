/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenCondition: an SQL condition as rows of field, operator and value, in groups: what a person can put together without SQL. Reads the
 * subset of expressions (leyden-expression.h) that such rows say, and writes it back; what it reads and what it writes hold for the same rows.
 *
 * group:   group AND group …, group OR group …, NOT group, (group), rule
 * rule:    operand op value, operand op operand, operand IS [NOT] NULL, operand [NOT] IN (value, …), operand [NOT] LIKE text,
 *          operand [NOT] REGEXP text, operand [NOT] BETWEEN value AND value, instr(operand, text) > 0 or = 0,
 *          substr(operand, 1, n) = text and substr(operand, -n) = text with n the length of the text, operand
 * operand: name, name ->> '$.path', length(operand), json_array_length(operand)
 */
typedef enum
{
  LEYDEN_CONDITION_EQUAL,
  LEYDEN_CONDITION_NOT_EQUAL,
  LEYDEN_CONDITION_LESS,
  LEYDEN_CONDITION_LESS_EQUAL,
  LEYDEN_CONDITION_GREATER,
  LEYDEN_CONDITION_GREATER_EQUAL,
  LEYDEN_CONDITION_NULL,                /* without a value, as the next one */
  LEYDEN_CONDITION_NOT_NULL,
  LEYDEN_CONDITION_CONTAINS,            /* with a text, case counts; as the next three */
  LEYDEN_CONDITION_NOT_CONTAINS,
  LEYDEN_CONDITION_BEGINS,
  LEYDEN_CONDITION_ENDS,
  LEYDEN_CONDITION_LIKE,                /* with a pattern of % and _, case does not count */
  LEYDEN_CONDITION_NOT_LIKE,
  LEYDEN_CONDITION_MATCHES,             /* with a regular expression */
  LEYDEN_CONDITION_NOT_MATCHES,
  LEYDEN_CONDITION_ONE_OF,              /* with a list of values */
  LEYDEN_CONDITION_NOT_ONE_OF,
  LEYDEN_CONDITION_TRUE,                /* the operand itself holds; without a value */
  LEYDEN_CONDITION_NOT_TRUE,
  LEYDEN_CONDITION_N_OPERATORS
} LeydenConditionOperator;

typedef enum
{
  LEYDEN_CONDITION_ITSELF,
  LEYDEN_CONDITION_LENGTH,              /* characters of a text */
  LEYDEN_CONDITION_ITEMS,               /* items of a list */
} LeydenConditionMeasure;

typedef struct
{
  char                   *name;
  char                   *path;         /* what follows “$”: ".total"; "" for the whole value */
  LeydenConditionMeasure  measure;
} LeydenConditionOperand;

typedef struct _LeydenCondition LeydenCondition;

struct _LeydenCondition
{
  GPtrArray               *children;    /* of a group (LeydenCondition); NULL: a rule */
  gboolean                 any;         /* group: one of them is enough */
  gboolean                 negated;     /* group: it holds when they do not */
  LeydenConditionOperand   left;        /* rule */
  LeydenConditionOperator  op;
  LeydenConditionOperand  *right;       /* compared with; NULL: with the value */
  LeydenValue             *value;       /* text, number, or list of those; NULL where there is none */
};

/* Rules of one condition, and groups in groups: more is left to SQL. */
#define LEYDEN_CONDITION_MAX_RULES 100
#define LEYDEN_CONDITION_MAX_DEPTH 8

/**
 * leyden_condition_parse:
 * @text: an SQL expression
 * @names: (array zero-terminated=1): the inputs
 * @error: return location, or %NULL
 *
 * Errors: %LEYDEN_EXPRESSION_ERROR_SYNTAX as leyden_expression_new() has it, or that a part of the text, named in the message, cannot be
 * shown as rows.
 *
 * Returns: (transfer full) (nullable): a group, also of a single rule
 */
LeydenCondition *leyden_condition_parse       (const char                    *text,
                                               const char * const            *names,
                                               GError                       **error);
/* The expression; NULL when there is no rule in it. (transfer full) (nullable) */
char            *leyden_condition_write       (const LeydenCondition         *self);
LeydenCondition *leyden_condition_new_group   (gboolean                       any);
LeydenCondition *leyden_condition_new_rule    (const char                    *name,
                                               LeydenConditionOperator        op,
                                               LeydenValue                   *value);
/* (transfer full) */
LeydenCondition *leyden_condition_copy        (const LeydenCondition         *self);
void             leyden_condition_free        (LeydenCondition               *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenCondition, leyden_condition_free)
gboolean         leyden_condition_equal       (const LeydenCondition         *a,
                                               const LeydenCondition         *b);
/* Whether the operator takes a value. */
gboolean         leyden_condition_takes_value (LeydenConditionOperator        op);

G_END_DECLS
