/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-private.h"
#include "leyden-template.h"

LEYDEN_DEFINE_NODE (LeydenNodePrompt, leyden_node_prompt)

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenTemplate *template = leyden_node_context_get_prepared (context);
  g_autofree char *text = NULL;

  if (template == NULL)
    {
      template = leyden_template_new (leyden_node_context_get_parameter_string (context, "template"), error);
      if (template == NULL)
        return NULL;
      leyden_node_context_set_prepared (context, template, (GDestroyNotify) leyden_template_free);
    }
  text = leyden_template_render (template, leyden_node_context_get_inputs (context), error);
  if (text == NULL)
    return NULL;
  return leyden_node_output_one ("text", leyden_value_new_string (text, -1));
}

static void
leyden_node_prompt_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
