/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-editor-context.h"

G_BEGIN_DECLS

/* What an SQL expression gives for the values that were last on the wires: evaluated on a thread, with the limits that a run has. */
#define LEYDEN_TYPE_EXPRESSION_RESULT (leyden_expression_result_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExpressionResult, leyden_expression_result, LEYDEN, EXPRESSION_RESULT, GtkWidget)

/* @condition: it holds or does not. */
GtkWidget *leyden_expression_result_new (gboolean                condition);
/* @text NULL: nothing to evaluate. @context (nullable) */
void       leyden_expression_result_set (LeydenExpressionResult *self,
                                         const char             *text,
                                         LeydenEditorContext    *context);

G_END_DECLS
