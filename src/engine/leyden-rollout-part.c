/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-rollout-private.h"

#include <string.h>

/* A part of a flow under way (leyden-part.h): the scope that it lies in, and what it is given. */

/* The number of samples of a round inside rounds, as its containers would have counted. */
static guint64
sample_of_path (const char *path)
{
  guint64 sample = 0;

  for (const char *at = strchr (path, '['); at != NULL; at = strchr (at + 1, '['))
    if (g_ascii_isdigit (at[1]))
      sample = leyden_bodies_sample (sample, (guint) g_ascii_strtoull (at + 1, NULL, 10));
  return sample;
}

void
leyden_rollout_init_scope (LeydenRollout *self)
{
  const char *path = leyden_value_get_member_string (self->part, "scope", "");

  self->root = leyden_scope_new (self, self->plan);
  self->root->path = g_strdup (path);
  self->root->sample = sample_of_path (path);
  self->root->input = leyden_value_ref (self->input);
}

LeydenValue *
leyden_rollout_get_typed (LeydenScope *scope,
                          guint        node,
                          const char  *port)
{
  LeydenValue *part = scope->rollout->part;
  LeydenValue *typed = part != NULL ? leyden_value_get_member (part, "typed") : NULL;
  g_autofree char *buffer = NULL;

  if (typed == NULL || scope != scope->rollout->root
      || strcmp (leyden_scope_node_path (scope, node, &buffer), leyden_value_get_member_string (part, "node", "")) != 0)
    return NULL;
  return leyden_value_get_member (typed, port);
}

void
leyden_rollout_log_given (LeydenScope *scope,
                          const char  *type,
                          guint        node,
                          const char  *key,
                          LeydenValue *value,
                          gboolean     pin)
{
  LeydenRollout *rollout = scope->rollout;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (key != NULL)
    leyden_value_builder_set (&b, key, value);
  leyden_value_builder_key (&b, "from");
  leyden_value_builder_begin_object (&b);
  if (pin)
    leyden_value_builder_set_boolean (&b, "pin", TRUE);
  else
    leyden_value_builder_set (&b, "rollout", leyden_value_get_member (rollout->part, "rollout"));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_scope_log (scope, type, node, leyden_value_builder_end_value (&b));
}

static LeydenValue *
wrap_error (LeydenPlan  *plan,
            guint        node,
            LeydenValue *error)
{
  const LeydenPlanNode *plan_node = &plan->nodes[node];
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (plan_node->error_output != LEYDEN_PLAN_NONE)
    leyden_value_builder_set (&b, plan->outputs[plan_node->error_output].port->name, error);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
give_one (LeydenScope *scope,
          guint        node,
          LeydenValue *given)
{
  LeydenValue *outputs = leyden_value_get_member (given, "outputs");
  LeydenValue *error = leyden_value_get_member (given, "error");
  gboolean pin = leyden_value_get_member_boolean (given, "pin", FALSE);

  if (outputs != NULL)
    {
      leyden_scope_take_outputs (scope, node, outputs);
      leyden_rollout_log_given (scope, "node.finished", node, "outputs", outputs, pin);
      leyden_scope_set_node_state (scope, node, LEYDEN_NODE_SUCCEEDED, 0);
    }
  else if (error != NULL)
    {
      g_autoptr(LeydenValue) wrapped = wrap_error (scope->plan, node, error);

      leyden_scope_take_outputs (scope, node, wrapped);
      leyden_rollout_log_given (scope, "node.failed", node, "error", error, pin);
      leyden_scope_set_node_state (scope, node, LEYDEN_NODE_FAILED, 0);
    }
  else
    {
      leyden_rollout_log_given (scope, "node.skipped", node, NULL, NULL, pin);
      leyden_scope_set_node_state (scope, node, LEYDEN_NODE_SKIPPED, 0);
    }
}

void
leyden_rollout_give (LeydenRollout *self)
{
  LeydenScope *scope = self->root;
  LeydenValue *given = leyden_value_get_member (self->part, "given");

  /* All stand before the first token is told on: what is given does not run, whatever is wired to it. */
  for (guint i = 0; i < scope->plan->n_nodes && !scope->ended; i++)
    if (leyden_value_get_member (given, scope->plan->nodes[i].id) != NULL)
      give_one (scope, i, leyden_value_get_member (given, scope->plan->nodes[i].id));
  for (guint i = 0; i < scope->plan->n_nodes && !scope->ended; i++)
    if (leyden_value_get_member (given, scope->plan->nodes[i].id) != NULL)
      leyden_scope_propagate (scope, i);
}
