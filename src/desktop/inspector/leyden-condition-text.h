/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-condition.h"
#include "leyden-editor-context.h"

G_BEGIN_DECLS

/* How a condition is said to a person; no widget. */

/* What a side of a comparison is, as far as is known. */
typedef enum
{
  LEYDEN_FIELD_ANY,
  LEYDEN_FIELD_TEXT,
  LEYDEN_FIELD_NUMBER,
  LEYDEN_FIELD_BOOLEAN,
  LEYDEN_FIELD_OBJECT,          /* objects and lists */
} LeydenFieldKind;

/* By the type of its port, else by the last value. */
LeydenFieldKind leyden_condition_guess_kind      (LeydenEditorContext           *context,
                                                  const LeydenConditionOperand  *operand);
/* All sides that the node offers: its inputs, members of the last values, lengths. (element-type LeydenConditionOperand) (transfer full) */
GPtrArray      *leyden_condition_list_operands   (LeydenEditorContext           *context);
gboolean        leyden_condition_same_operand    (const LeydenConditionOperand  *a,
                                                  const LeydenConditionOperand  *b);
LeydenConditionOperand *leyden_condition_copy_operand (const LeydenConditionOperand *operand);
void            leyden_condition_free_operand    (LeydenConditionOperand        *operand);
/* "order.total", "length of name". (transfer full) */
char           *leyden_condition_operand_title   (const LeydenConditionOperand  *operand);
/* Translated. */
const char     *leyden_condition_operator_title  (LeydenConditionOperator        op,
                                                  LeydenFieldKind                kind);
/* The operators that make sense for it, with @current even if it does not. (element-type LeydenConditionOperator) (transfer full) */
GArray         *leyden_condition_list_operators  (LeydenFieldKind                kind,
                                                  LeydenConditionOperator        current);
/* Whether its value is a list, of which the text has commas between; or always a text. */
gboolean        leyden_condition_is_list         (LeydenConditionOperator        op);
gboolean        leyden_condition_is_text         (LeydenConditionOperator        op);

/* A value as it is typed: numbers bare, texts bare where that says the same, else in double quotes. (transfer full) */
char           *leyden_condition_show_value      (LeydenValue                   *value,
                                                  LeydenFieldKind                kind,
                                                  LeydenConditionOperator        op);
/* And back. NULL with @problem (translated, transfer full) where it is none. (transfer full) (nullable) */
LeydenValue    *leyden_condition_read_value      (const char                    *text,
                                                  LeydenFieldKind                kind,
                                                  LeydenConditionOperator        op,
                                                  char                         **problem);

G_END_DECLS
