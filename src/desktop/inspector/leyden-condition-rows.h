/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-condition-text.h"

G_BEGIN_DECLS

/**
 * LeydenConditionRows: a condition as rows of field, operator and value, in groups.
 *
 * Signals: "changed" (const char *text): the SQL of it; "invalid" (const char *message): a value that is none, or there is no row; NULL: all is
 * right again.
 */
#define LEYDEN_TYPE_CONDITION_ROWS (leyden_condition_rows_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConditionRows, leyden_condition_rows, LEYDEN, CONDITION_ROWS, GtkWidget)

GtkWidget *leyden_condition_rows_new         (void);
/* @condition: a group; copied. */
void       leyden_condition_rows_set         (LeydenConditionRows   *self,
                                              const LeydenCondition *condition);
/* Which fields there are. @context (nullable) */
void       leyden_condition_rows_set_context (LeydenConditionRows   *self,
                                              LeydenEditorContext   *context);

G_END_DECLS
