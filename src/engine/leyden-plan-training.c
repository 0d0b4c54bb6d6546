/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-json.h"
#include "leyden-rollout-private.h"

gboolean
leyden_plan_learns (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->learns;
}

void
leyden_plan_set_training_rows (LeydenPlan  *self,
                               LeydenValue *rows)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (self->training_rows == NULL);
  g_return_if_fail (leyden_value_get_kind (rows) == LEYDEN_VALUE_LIST);

  self->training_rows = leyden_value_ref (rows);
  self->training_hash = leyden_json_hash (rows);
}

LeydenValue *
leyden_plan_get_training_rows (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->training_rows;
}

const char *
leyden_plan_get_training_hash (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->training_hash;
}

void
leyden_plan_learn_from_items (LeydenPlan          *self,
                              const LeydenRunItem *items,
                              guint                n_items)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) rows = NULL;

  g_return_if_fail (self != NULL);

  if (!self->learns || self->training_rows != NULL)
    return;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n_items; i++)
    if (g_strcmp0 (items[i].split, "train") == 0)
      leyden_value_builder_add (&b, items[i].input);
  leyden_value_builder_end (&b);
  rows = leyden_value_builder_end_value (&b);
  if (leyden_value_get_size (rows) > 0)
    leyden_plan_set_training_rows (self, rows);
}

LeydenValue *
leyden_node_context_get_training_rows (LeydenNodeContext *self)
{
  return self->rollout->plan->training_rows;
}

const char *
leyden_node_context_get_training_hash (LeydenNodeContext *self)
{
  return self->rollout->plan->training_hash;
}

const char *
leyden_node_context_get_input_field (LeydenNodeContext *self,
                                     const char        *port)
{
  LeydenPlan *plan = self->scope->plan;

  /* What enters a body comes from a port of its container. */
  if (self->scope->parent != NULL)
    return NULL;
  for (guint i = 0; i < self->plan_node->n_inputs; i++)
    {
      LeydenPlanPort *input = &plan->inputs[self->plan_node->first_input + i];
      LeydenPlanWire *wire;

      if (!g_str_equal (input->port->name, port) || input->n_wires == 0)
        continue;
      wire = &plan->wires[plan->wires_in[input->first]];
      if (g_str_equal (plan->nodes[wire->source].type->type, "input"))
        return plan->outputs[wire->output].port->name;
    }
  return NULL;
}

const char *
leyden_node_context_get_expected_field (LeydenNodeContext *self)
{
  LeydenValue *fields = self->rollout->plan->input_fields;

  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (fields, i), "role", NULL), "expected") == 0)
      return leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL);
  return NULL;
}
