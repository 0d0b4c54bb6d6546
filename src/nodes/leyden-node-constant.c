/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-private.h"

LEYDEN_DEFINE_NODE (LeydenNodeConstant, leyden_node_constant)

/* The parameter that has the name of the type; each keeps its value while another type is chosen. */
static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenValue *value = leyden_node_context_get_parameter (context, leyden_node_context_get_parameter_string (context, "type"));

  return leyden_node_output_one ("value", value != NULL ? leyden_value_ref (value) : leyden_value_new_null ());
}

static void
leyden_node_constant_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
