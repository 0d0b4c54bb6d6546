/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-expression.h"

LEYDEN_DEFINE_NODE (LeydenNodeIf, leyden_node_if)

/* The first input, unchanged; null when nothing came. */
static LeydenValue *
get_first_input (LeydenNodeContext *context)
{
  LeydenValue *fields = leyden_node_context_get_parameter (context, "inputs");
  const char *name = leyden_value_get_member_string (leyden_value_get_item (fields, 0), "name", "");
  LeydenValue *value = leyden_node_context_get_input (context, name);

  return value != NULL ? leyden_value_ref (value) : leyden_value_new_null ();
}

static LeydenValue *
make_outputs (LeydenValue *first,
              LeydenValue *holds)
{
  return leyden_node_output_one (leyden_value_get_boolean (holds) ? "then" : "else", leyden_value_ref (first));
}

static LeydenExpressionType
get_condition_type (LeydenNodeContext *context)
{
  return LEYDEN_EXPRESSION_BOOLEAN;
}

/* A condition that is null does not hold, as in SQL. */
static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  g_autoptr(LeydenValue) first = get_first_input (context);
  g_autoptr(LeydenValue) holds = leyden_node_expression_evaluate (context, "condition", get_condition_type, error);

  return holds != NULL ? make_outputs (first, holds) : NULL;
}

static void
evaluated_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) holds = leyden_node_expression_finish (result, &error);

  if (holds != NULL)
    g_task_return_pointer (task, make_outputs (g_task_get_task_data (task), holds), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  GTask *task = g_task_new (executor, NULL, callback, data);

  g_task_set_task_data (task, get_first_input (context), (GDestroyNotify) leyden_value_unref);
  leyden_node_expression_async (context, "condition", get_condition_type, executor, evaluated_cb, task);
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_node_if_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}
