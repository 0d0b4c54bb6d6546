/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-private.h"

LEYDEN_DEFINE_NODE (LeydenNodeMerge, leyden_node_merge)

/* The engine chose: the list holds the one value that arrived first. */
static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenValue *values = leyden_node_context_get_input (context, "values");

  return leyden_node_output_one ("value", leyden_value_ref (leyden_value_get_item (values, 0)));
}

static void
leyden_node_merge_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
