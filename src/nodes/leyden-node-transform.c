/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-expression.h"

LEYDEN_DEFINE_NODE (LeydenNodeTransform, leyden_node_transform)

static LeydenExpressionType
get_result_type (LeydenNodeContext *context)
{
  const char *type = leyden_node_context_get_parameter_string (context, "type");

  if (g_str_equal (type, "text"))
    return LEYDEN_EXPRESSION_TEXT;
  if (g_str_equal (type, "number"))
    return LEYDEN_EXPRESSION_NUMBER;
  if (g_str_equal (type, "boolean"))
    return LEYDEN_EXPRESSION_BOOLEAN;
  if (g_str_equal (type, "json"))
    return LEYDEN_EXPRESSION_JSON;
  return LEYDEN_EXPRESSION_ANY;
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenValue *value = leyden_node_expression_evaluate (context, "expression", get_result_type, error);

  return value != NULL ? leyden_node_output_one ("result", value) : NULL;
}

static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  leyden_node_expression_async (context, "expression", get_result_type, executor, callback, data);
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  LeydenValue *value = leyden_node_expression_finish (result, error);

  return value != NULL ? leyden_node_output_one ("result", value) : NULL;
}

static void
leyden_node_transform_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}
