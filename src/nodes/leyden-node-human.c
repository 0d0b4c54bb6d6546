/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-private.h"
#include "leyden-template.h"

/* Kind `human`: a question, rendered from the inputs, and a form of fields for the answer. The engine does the waiting. */

LEYDEN_DEFINE_NODE (LeydenNodeHuman, leyden_node_human)

static LeydenValue *
get_fields (LeydenNodeContext *context)
{
  return leyden_node_context_get_parameter (context, "fields");
}

static gboolean
is_field (LeydenValue *fields,
          const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL), name) == 0)
      return TRUE;
  return FALSE;
}

/* A form with one field takes its bare value too. */
static LeydenValue *
as_object (LeydenValue *fields,
           LeydenValue *answer)
{
  const char *name = leyden_value_get_member_string (leyden_value_get_item (fields, 0), "name", NULL);

  if (leyden_value_get_kind (answer) == LEYDEN_VALUE_OBJECT || leyden_value_get_size (fields) != 1 || name == NULL)
    return leyden_value_ref (answer);
  return leyden_node_output_one (name, leyden_value_ref (answer));
}

static LeydenValue *
check_answer (LeydenNodeContext  *context,
              LeydenValue        *answer,
              GError            **error)
{
  LeydenValue *fields = get_fields (context);
  g_autoptr(LeydenValue) object = as_object (fields, answer);

  if (leyden_value_get_kind (object) != LEYDEN_VALUE_OBJECT)
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The answer must be an object: field to value"));
  for (guint i = 0; i < leyden_value_get_size (object); i++)
    if (!is_field (fields, leyden_value_get_key (object, i)))
      return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The form has no field “%s”"), leyden_value_get_key (object, i));
  return leyden_node_read_fields (leyden_node_context_get_outputs (context), fields, object, error);
}

static LeydenValue *
make_question (LeydenNodeContext  *context,
               GError            **error)
{
  g_autoptr(LeydenTemplate) template = leyden_template_new (leyden_node_context_get_parameter_string (context, "question"), error);
  g_autofree char *text = template != NULL ? leyden_template_render (template, leyden_node_context_get_inputs (context), error) : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (text == NULL)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", leyden_node_get_title (leyden_node_context_get_node (context)));
  leyden_value_builder_set_string (&b, "text", text);
  leyden_value_builder_set (&b, "fields", get_fields (context));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The answer for when nobody gives one; NULL without @error: there is none. */
static LeydenValue *
read_fallback (LeydenNodeContext  *context,
               GError            **error)
{
  g_autoptr(GError) local_error = NULL;
  LeydenValue *fallback;

  if (!g_str_equal (leyden_node_context_get_parameter_string (context, "on_timeout"), "default"))
    return NULL;
  fallback = check_answer (context, leyden_node_context_get_parameter (context, "default"), &local_error);
  if (fallback == NULL)
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The answer for when nobody answers does not fit: %s"), local_error->message);
  return fallback;
}

static LeydenValue *
make_outputs (LeydenValue *decision)
{
  LeydenValue *answer = leyden_value_get_member (decision, "answer");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "reply", answer);
  leyden_value_builder_set (&b, "by", leyden_value_get_member (decision, "by"));
  leyden_value_builder_set_boolean (&b, "timed_out", leyden_value_get_member_boolean (decision, "timed_out", FALSE));
  for (guint i = 0; i < leyden_value_get_size (answer); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (answer, i), leyden_value_get_item (answer, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) decision = leyden_node_context_ask_finish (g_task_get_task_data (task), result, &error);

  if (decision != NULL)
    g_task_return_pointer (task, make_outputs (decision), (GDestroyNotify) leyden_value_unref);
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
  g_autoptr(GTask) task = g_task_new (executor, NULL, callback, data);
  GError *error = NULL;
  g_autoptr(LeydenValue) question = make_question (context, &error);
  g_autoptr(LeydenValue) fallback = question != NULL ? read_fallback (context, &error) : NULL;

  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, context, NULL);
  leyden_node_context_ask_async (context, question, (guint) MAX (0, leyden_node_context_get_parameter_double (context, "timeout_s")), fallback,
                                 check_answer, answered_cb, g_steal_pointer (&task));
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_node_human_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}
