/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-arithmetic.h"
#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-number-text.h"

LEYDEN_DEFINE_NODE (LeydenNodeCalculator, leyden_node_calculator)

static const char schema[] =
  "{\"type\":\"object\",\"properties\":{\"expression\":{\"type\":\"string\",\"description\":"
  "\"An arithmetic expression such as (12.5 + 3) * 4, 15% of 80 or sqrt(2)\"}},\"required\":[\"expression\"]}";

static LeydenValue *
describe_tools (LeydenNodeExecutor  *executor,
                LeydenNodeContext   *context,
                GError             **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *parameters = leyden_json_parse (schema, -1, NULL, error);

  if (parameters == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", leyden_node_context_get_parameter_string (context, "name"));
  leyden_value_builder_set_string (&b, "description", leyden_node_context_get_parameter_string (context, "description"));
  leyden_value_builder_set_take (&b, "parameters", parameters);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
call_tool (LeydenNodeExecutor  *executor,
           LeydenNodeContext   *context,
           const char          *name,
           LeydenValue         *arguments,
           GError             **error)
{
  LeydenValue *given = leyden_value_get_member (arguments, "expression");
  double digits = leyden_node_context_get_parameter_double (context, "digits");
  g_autofree char *expression = leyden_node_text_of (given);
  g_autofree char *text = NULL;
  double value;

  if (leyden_value_is_null (given))
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The argument “expression” is missing"));
  if (!leyden_arithmetic_evaluate (expression, &value, error))
    return NULL;
  text = leyden_number_to_text (value, (guint) CLAMP (digits, 1, 15));
  return leyden_value_new_string (text, -1);
}

static void
leyden_node_calculator_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->describe_tools = describe_tools;
  iface->call_tool = call_tool;
}
