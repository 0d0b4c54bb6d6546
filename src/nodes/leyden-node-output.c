/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-private.h"

LEYDEN_DEFINE_NODE (LeydenNodeOutput, leyden_node_output)

/* It has no output ports: the engine takes what it gives as the rollout's result. */
static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  return leyden_value_ref (leyden_node_context_get_inputs (context));
}

static void
leyden_node_output_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
