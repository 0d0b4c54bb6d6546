/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-expression.h"

#include <string.h>

/* What the main loop bears at once; the whole limit counts in the thread. */
#define QUICK_MS 20
#define LIMIT_MS 1000

char **
leyden_node_expression_list_inputs (LeydenNodeContext *context)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  LeydenValue *fields = leyden_node_context_get_parameter (context, "inputs");

  for (guint i = 0; leyden_value_get_kind (fields) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (fields); i++)
    {
      const char *name = leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL);

      if (name != NULL)
        g_strv_builder_add (builder, name);
    }
  return g_strv_builder_end (builder);
}

/* An expression ready to run, kept with the plan. */
typedef struct
{
  LeydenExpression     *expression;
  LeydenExpressionType  type;
  char                 *name;           /* the expression is nothing but this input; NULL otherwise */
} Prepared;

static void
prepared_free (gpointer data)
{
  Prepared *prepared = data;

  leyden_expression_free (prepared->expression);
  g_free (prepared->name);
  g_free (prepared);
}

static Prepared *
prepare (LeydenNodeContext     *context,
         const char            *parameter,
         LeydenExpressionType   type,
         GError               **error)
{
  const char *text = leyden_node_context_get_parameter_string (context, parameter);
  g_auto(GStrv) names = leyden_node_expression_list_inputs (context);
  LeydenExpression *expression = leyden_expression_new (text, (const char * const *) names, type, error);
  Prepared *prepared;

  if (expression == NULL)
    return NULL;
  prepared = g_new0 (Prepared, 1);
  prepared->expression = expression;
  prepared->type = type;
  if (g_strv_contains ((const char * const *) names, text))
    prepared->name = g_strdup (text);
  leyden_node_context_set_prepared (context, prepared, prepared_free);
  return prepared;
}

/* The value that SQL would give back unchanged, without asking SQL: short text as text, and null. */
static LeydenValue *
pass_on (const Prepared    *prepared,
         LeydenNodeContext *context)
{
  LeydenValue *value;
  const char *text;
  gsize length;

  if (prepared->name == NULL || (prepared->type != LEYDEN_EXPRESSION_ANY && prepared->type != LEYDEN_EXPRESSION_TEXT))
    return NULL;
  value = leyden_node_context_get_input (context, prepared->name);
  if (leyden_value_is_null (value))
    return leyden_value_new_null ();
  text = leyden_value_get_string (value, &length);
  if (text == NULL || length > 4096 || strlen (text) != length)
    return NULL;
  return leyden_value_ref (value);
}

LeydenValue *
leyden_node_expression_evaluate (LeydenNodeContext     *context,
                                 const char            *parameter,
                                 LeydenNodeResultType   get_type,
                                 GError               **error)
{
  Prepared *prepared = leyden_node_context_get_prepared (context);
  LeydenValue *value;

  if (prepared == NULL)
    prepared = prepare (context, parameter, get_type (context), error);
  if (prepared == NULL)
    return NULL;
  value = pass_on (prepared, context);
  if (value != NULL)
    return value;
  return leyden_node_expression_evaluate_quickly (prepared->expression, leyden_node_context_get_inputs (context), error);
}

LeydenValue *
leyden_node_expression_evaluate_quickly (LeydenExpression  *expression,
                                         LeydenValue       *row,
                                         GError           **error)
{
  GError *local_error = NULL;
  LeydenValue *value = leyden_expression_evaluate (expression, row, QUICK_MS, &local_error);

  if (g_error_matches (local_error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT))
    {
      g_clear_error (&local_error);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "The expression takes longer");
    }
  else if (local_error != NULL)
    g_propagate_error (error, local_error);
  return value;
}

typedef struct
{
  char                 *text;
  char                **names;
  LeydenExpressionType  type;
  LeydenValue          *row;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->text);
  g_strfreev (job->names);
  leyden_value_unref (job->row);
  g_free (job);
}

static void
evaluate_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  g_autoptr(LeydenExpression) expression = leyden_expression_new (job->text, (const char * const *) job->names, job->type, &error);
  LeydenValue *value = NULL;

  if (expression != NULL)
    value = leyden_expression_evaluate (expression, job->row, LIMIT_MS, &error);
  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_node_expression_async (LeydenNodeContext    *context,
                              const char           *parameter,
                              LeydenNodeResultType  get_type,
                              gpointer              source,
                              GAsyncReadyCallback   callback,
                              gpointer              data)
{
  g_auto(GStrv) names = leyden_node_expression_list_inputs (context);

  leyden_node_expression_evaluate_async (leyden_node_context_get_parameter_string (context, parameter),
                                         (const char * const *) names, get_type (context),
                                         leyden_node_context_get_inputs (context), source, callback, data);
}

void
leyden_node_expression_evaluate_async (const char           *text,
                                       const char * const   *names,
                                       LeydenExpressionType  type,
                                       LeydenValue          *row,
                                       gpointer              source,
                                       GAsyncReadyCallback   callback,
                                       gpointer              data)
{
  g_autoptr(GTask) task = g_task_new (source, NULL, callback, data);
  Job *job = g_new (Job, 1);

  job->text = g_strdup (text);
  job->names = g_strdupv ((char **) names);
  job->type = type;
  job->row = leyden_value_ref (row);
  g_task_set_source_tag (task, leyden_node_expression_async);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, evaluate_thread);
}

LeydenValue *
leyden_node_expression_finish (GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_node_expression_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
