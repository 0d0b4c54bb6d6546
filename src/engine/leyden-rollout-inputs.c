/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-rollout-debug-private.h"

/* What arrives at a node, and whether it is what the node needs. */

/* The first wire of an input on which something came; NONE without one. */
static guint
find_alive_wire (LeydenScope          *self,
                 const LeydenPlanPort *input)
{
  for (guint j = 0; j < input->n_wires; j++)
    if (leyden_scope_wire_is_alive (self->plan->wires_in[input->first + j], self))
      return self->plan->wires_in[input->first + j];
  return LEYDEN_PLAN_NONE;
}

/* The wire whose value a bypassed node gives at its output number @output; NONE when that is dead. */
guint
leyden_rollout_find_bypassed_wire (LeydenScope          *self,
                                   const LeydenPlanNode *plan_node,
                                   guint                 output)
{
  int input = plan_node->bypass[output];

  return input < 0 ? LEYDEN_PLAN_NONE
                   : find_alive_wire (self, &self->plan->inputs[plan_node->first_input + (guint) input]);
}

gboolean
leyden_rollout_has_what_it_needs (LeydenScope          *self,
                                  const LeydenPlanNode *plan_node,
                                  guint                 node)
{
  if (plan_node->is_merge)
    return self->choice[node] != 0;
  for (guint i = 0; plan_node->mode == LEYDEN_NODE_MODE_BYPASSED && i < plan_node->n_outputs; i++)
    if (leyden_rollout_find_bypassed_wire (self, plan_node, i) != LEYDEN_PLAN_NONE)
      return TRUE;
  if (plan_node->mode == LEYDEN_NODE_MODE_BYPASSED)
    return FALSE;
  for (guint i = 0; i < plan_node->n_inputs; i++)
    {
      const LeydenPlanPort *input = &self->plan->inputs[plan_node->first_input + i];

      if (!input->port->required || input->port->type == LEYDEN_PORT_TOOLS
          || leyden_rollout_get_typed (self, node, input->port->name) != NULL)
        continue;
      if (find_alive_wire (self, input) == LEYDEN_PLAN_NONE)
        return FALSE;
    }
  return TRUE;
}

LeydenValue *
leyden_rollout_coerce_input (LeydenScope           *self,
                             const LeydenPlanPort  *input,
                             guint                  wire,
                             GError               **error)
{
  LeydenValue *value = self->values[self->plan->wires[wire].output];
  LeydenValue *coerced;

  if (input->port->type == LEYDEN_PORT_ANY)
    return leyden_value_ref (value);
  coerced = leyden_port_type_coerce (input->port->type, value, error);
  if (coerced == NULL)
    g_prefix_error (error, _("Input “%s”: "), input->port->name);
  return coerced;
}

/* What arrived at an input: its value, a list for a port with many wires, NULL when nothing did (and there is no default). */
static gboolean
gather_input (LeydenScope           *self,
              const LeydenPlanPort  *input,
              LeydenValue          **out,
              GError               **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n_alive = 0;

  if (input->port->multiple && input->port->type != LEYDEN_PORT_TOOLS)
    leyden_value_builder_begin_list (&b);
  for (guint j = 0; j < input->n_wires; j++)
    {
      guint wire = self->plan->wires_in[input->first + j];
      LeydenValue *value;

      if (!leyden_scope_wire_is_alive (wire, self))
        continue;
      value = leyden_rollout_coerce_input (self, input, wire, error);
      if (value == NULL)
        return FALSE;
      n_alive++;
      if (!input->port->multiple)
        {
          *out = value;
          return TRUE;
        }
      leyden_value_builder_take (&b, value);
    }
  if (n_alive > 0)
    {
      leyden_value_builder_end (&b);
      *out = leyden_value_builder_end_value (&b);
    }
  else
    *out = input->port->fallback != NULL ? leyden_value_ref (input->port->fallback) : NULL;
  return TRUE;
}

/* Typed in place of what is wired. */
static gboolean
gather_typed (const LeydenPlanPort  *input,
              LeydenValue           *typed,
              LeydenValue          **out,
              GError               **error)
{
  *out = input->port->type == LEYDEN_PORT_ANY ? leyden_value_ref (typed) : leyden_port_type_coerce (input->port->type, typed, error);
  if (*out == NULL)
    g_prefix_error (error, _("Input “%s”: "), input->port->name);
  return *out != NULL;
}

gboolean
leyden_rollout_gather_inputs (LeydenNodeContext  *context,
                              GError            **error)
{
  const LeydenPlanNode *plan_node = context->plan_node;
  LeydenScope *self = context->scope;

  for (guint i = 0; i < plan_node->n_inputs; i++)
    {
      const LeydenPlanPort *input = &self->plan->inputs[plan_node->first_input + i];
      LeydenValue *typed = leyden_rollout_get_typed (self, context->node, input->port->name);

      if (typed != NULL ? !gather_typed (input, typed, &context->inputs[i], error)
                        : !gather_input (self, input, &context->inputs[i], error))
        return FALSE;
    }
  return TRUE;
}
