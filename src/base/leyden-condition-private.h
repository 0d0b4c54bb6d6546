/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-condition.h"

G_BEGIN_DECLS

/* How an operator between two sides is written; NULL for the ones that are no such. "NOT LIKE" and its kind are two words. */
const char *leyden_condition_get_sql        (LeydenConditionOperator       op);
void        leyden_condition_operand_clear  (LeydenConditionOperand       *self);

G_END_DECLS
