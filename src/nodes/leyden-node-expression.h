/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-expression.h"
#include "leyden-node-private.h"

G_BEGIN_DECLS

/* Value of the expression in @parameter over the node's inputs (those that are dead are null). Here and now when that is quick,
 * else with G_IO_ERROR_WOULD_BLOCK: the thread of leyden_node_expression_async() may take its time. */
typedef LeydenExpressionType (*LeydenNodeResultType) (LeydenNodeContext *context);
LeydenValue *leyden_node_expression_evaluate (LeydenNodeContext *context, const char *parameter, LeydenNodeResultType get_type,
                                              GError **error);
void         leyden_node_expression_async    (LeydenNodeContext *context, const char *parameter, LeydenNodeResultType get_type,
                                              gpointer source, GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_node_expression_finish   (GAsyncResult *result, GError **error);
/* The same over any row: here and now, or in a thread (which compiles @text itself). leyden_node_expression_finish() ends it. */
LeydenValue *leyden_node_expression_evaluate_quickly (LeydenExpression *expression, LeydenValue *row, GError **error);
void         leyden_node_expression_evaluate_async   (const char *text, const char * const *names, LeydenExpressionType type,
                                                      LeydenValue *row, gpointer source, GAsyncReadyCallback callback,
                                                      gpointer data);
/* Names of the fields in the parameter `inputs`. (transfer full) */
char       **leyden_node_expression_list_inputs      (LeydenNodeContext *context);

G_END_DECLS
