/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-expression.h"

LEYDEN_DEFINE_NODE (LeydenNodeSwitch, leyden_node_switch)

/* What the main loop bears at once for all cases together; in a thread each may take its time. */
#define LIMIT_MS 1000

typedef struct
{
  char             *name;
  LeydenExpression *condition;  /* NULL: compared with the value */
  char             *value;      /* as text */
} Case;

/* The cases, ready to be asked; kept with the plan. */
typedef struct
{
  GArray           *cases;      /* Case */
  LeydenExpression *compared;   /* NULL when no case has a value */
} Cases;

static void
case_clear (gpointer data)
{
  Case *one = data;

  g_free (one->name);
  g_free (one->value);
  g_clear_pointer (&one->condition, leyden_expression_free);
}

static void
cases_free (gpointer data)
{
  Cases *self = data;

  g_array_unref (self->cases);
  g_clear_pointer (&self->compared, leyden_expression_free);
  g_free (self);
}

static gboolean
add_case (Cases               *self,
          LeydenValue         *value,
          const char * const  *names,
          const char          *compared,
          GError             **error)
{
  const char *condition = leyden_value_get_member_string (value, "condition", NULL);
  Case one = { .name = g_strdup (leyden_value_get_member_string (value, "name", "")) };

  if (condition != NULL)
    one.condition = leyden_expression_new (condition, names, LEYDEN_EXPRESSION_BOOLEAN, error);
  else
    one.value = leyden_node_text_of (leyden_value_get_member (value, "value"));
  g_array_append_val (self->cases, one);
  if (condition != NULL)
    return one.condition != NULL;
  if (self->compared == NULL)
    self->compared = leyden_expression_new (compared, names, LEYDEN_EXPRESSION_ANY, error);
  return self->compared != NULL;
}

static Cases *
cases_new (LeydenValue         *list,
           const char * const  *names,
           const char          *compared,
           GError             **error)
{
  Cases *self = g_new0 (Cases, 1);

  self->cases = g_array_new (FALSE, TRUE, sizeof (Case));
  g_array_set_clear_func (self->cases, case_clear);
  for (guint i = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (list); i++)
    if (!add_case (self, leyden_value_get_item (list, i), names, compared, error))
      {
        cases_free (self);
        return NULL;
      }
  return self;
}

typedef LeydenValue *(*Evaluate) (LeydenExpression *expression, LeydenValue *row, GError **error);

static LeydenValue *
evaluate_slowly (LeydenExpression  *expression,
                 LeydenValue       *row,
                 GError           **error)
{
  return leyden_expression_evaluate (expression, row, LIMIT_MS, error);
}

/* 1: it holds, 0: it does not, −1: @error. */
static int
case_holds (Cases        *self,
            Case         *one,
            LeydenValue  *row,
            Evaluate      evaluate,
            char        **compared,
            GError      **error)
{
  if (one->condition != NULL)
    {
      g_autoptr(LeydenValue) holds = evaluate (one->condition, row, error);

      return holds != NULL ? leyden_value_get_boolean (holds) : -1;
    }
  if (*compared == NULL)
    {
      g_autoptr(LeydenValue) value = evaluate (self->compared, row, error);

      if (value == NULL)
        return -1;
      *compared = leyden_node_text_of (value);
    }
  return g_str_equal (*compared, one->value);
}

/* Name of the first case that holds, "else" when none does; NULL with @error. (transfer none) */
static const char *
choose (Cases        *self,
        LeydenValue  *row,
        Evaluate      evaluate,
        GError      **error)
{
  g_autofree char *compared = NULL;

  for (guint i = 0; i < self->cases->len; i++)
    {
      Case *one = &g_array_index (self->cases, Case, i);
      int holds = case_holds (self, one, row, evaluate, &compared, error);

      if (holds != 0)
        return holds > 0 ? one->name : NULL;
    }
  return "else";
}

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
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  Cases *cases = leyden_node_context_get_prepared (context);
  const char *name;

  if (cases == NULL)
    {
      g_auto(GStrv) names = leyden_node_expression_list_inputs (context);

      cases = cases_new (leyden_node_context_get_parameter (context, "cases"), (const char * const *) names,
                         leyden_node_context_get_parameter_string (context, "expression"), error);
      if (cases == NULL)
        return NULL;
      leyden_node_context_set_prepared (context, cases, cases_free);
    }
  name = choose (cases, leyden_node_context_get_inputs (context), leyden_node_expression_evaluate_quickly, error);
  return name != NULL ? leyden_node_output_one (name, get_first_input (context)) : NULL;
}

/* All of it once more, in a thread. */
typedef struct
{
  LeydenValue  *cases;
  LeydenValue  *row;
  LeydenValue  *first;
  char        **names;
  char         *compared;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  leyden_value_unref (job->cases);
  leyden_value_unref (job->row);
  leyden_value_unref (job->first);
  g_strfreev (job->names);
  g_free (job->compared);
  g_free (job);
}

static void
choose_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  Cases *cases = cases_new (job->cases, (const char * const *) job->names, job->compared, &error);
  const char *name = cases != NULL ? choose (cases, job->row, evaluate_slowly, &error) : NULL;

  if (name != NULL)
    g_task_return_pointer (task, leyden_node_output_one (name, leyden_value_ref (job->first)), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
  g_clear_pointer (&cases, cases_free);
}

static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (executor, NULL, callback, data);
  Job *job = g_new (Job, 1);

  *job = (Job) {
    .cases = leyden_value_ref (leyden_node_context_get_parameter (context, "cases")),
    .row = leyden_value_ref (leyden_node_context_get_inputs (context)), .first = get_first_input (context),
    .names = leyden_node_expression_list_inputs (context),
    .compared = g_strdup (leyden_node_context_get_parameter_string (context, "expression")),
  };
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, choose_thread);
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_node_switch_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}
