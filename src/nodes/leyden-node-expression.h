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

G_END_DECLS
