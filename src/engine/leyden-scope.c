/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include <string.h>

#include "leyden-rollout-debug-private.h"

/* The tokens of one plan: what is ready, where values stand, and how they reach the next node. */

LeydenScope *
leyden_scope_new (LeydenRollout *rollout,
                  LeydenPlan    *plan)
{
  guint n_words = (plan->n_nodes + 63) / 64;
  gsize size = sizeof (LeydenScope) + plan->n_outputs * sizeof (LeydenValue *) + n_words * sizeof (guint64)
               + plan->n_nodes * (sizeof (float) + 2 * sizeof (guint32) + 2 * sizeof (guint8)) + 1;
  LeydenScope *self = g_malloc0 (size);
  char *at = (char *) (self + 1);

  self->ref_count = 1;
  self->rollout = rollout;
  self->plan = plan;
  self->values = (LeydenValue **) (gpointer) at;
  at += plan->n_outputs * sizeof (LeydenValue *);
  self->ready = (guint64 *) (gpointer) at;
  at += n_words * sizeof (guint64);
  self->clocks = (float *) (gpointer) at;
  at += plan->n_nodes * sizeof (float);
  self->pending = (guint32 *) (gpointer) at;
  at += plan->n_nodes * sizeof (guint32);
  self->choice = (guint32 *) (gpointer) at;
  at += plan->n_nodes * sizeof (guint32);
  self->states = (guint8 *) at;
  self->tries = (guint8 *) at + plan->n_nodes;
  for (guint i = 0; i < plan->n_nodes; i++)
    self->pending[i] = plan->nodes[i].n_wires;
  return self;
}

LeydenScope *
leyden_scope_ref (LeydenScope *self)
{
  self->ref_count++;
  return self;
}

void
leyden_scope_unref (LeydenScope *self)
{
  if (--self->ref_count > 0)
    return;
  g_assert (!self->work.queued);
  for (guint i = 0; i < self->plan->n_outputs; i++)
    if (self->values[i] != NULL)
      leyden_value_unref (self->values[i]);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_clear_pointer (&self->result, leyden_value_unref);
  g_clear_pointer (&self->dropped, g_hash_table_unref);
  g_clear_object (&self->cancellable);
  g_free (self->path);
  g_free (self);
}

/* The stack */

void
leyden_work_push (LeydenRollout *rollout,
                  LeydenWork    *work)
{
  if (work->queued)
    return;
  work->queued = TRUE;
  work->above = NULL;
  work->below = rollout->work;
  if (rollout->work != NULL)
    rollout->work->above = work;
  rollout->work = work;
}

void
leyden_work_remove (LeydenRollout *rollout,
                    LeydenWork    *work)
{
  if (!work->queued)
    return;
  work->queued = FALSE;
  if (work->above != NULL)
    work->above->below = work->below;
  else
    rollout->work = work->below;
  if (work->below != NULL)
    work->below->above = work->above;
  work->above = work->below = NULL;
}

void
leyden_scope_touch (LeydenScope *self)
{
  if (!self->ended)
    leyden_work_push (self->rollout, &self->work);
}

/* Node states */

void
leyden_scope_set_node_state (LeydenScope     *self,
                             guint            node,
                             LeydenNodeState  state,
                             double           ms)
{
  guint8 before = self->states[node];
  const LeydenRolloutObserver *observer = &self->rollout->observer;

  self->states[node] = (guint8) state;
  if (self->rollout->debugger != NULL && state >= LEYDEN_NODE_SUCCEEDED)
    leyden_rollout_debug_ended (self, node);
  if (observer->node_changed != NULL)
    observer->node_changed (observer->data, self->plan->nodes[node].number, before, state, ms);
}

void
leyden_scope_mark_ready (LeydenScope *self,
                         guint        node)
{
  self->states[node] = LEYDEN_NODE_READY;
  self->ready[node / 64] |= G_GUINT64_CONSTANT (1) << (node % 64);
  self->low_ready = MIN (self->low_ready, node);
  leyden_scope_touch (self);
}

gboolean
leyden_scope_is_ready (LeydenScope *self,
                       guint        node)
{
  return (self->ready[node / 64] & (G_GUINT64_CONSTANT (1) << (node % 64))) != 0;
}

void
leyden_scope_take_ready (LeydenScope *self,
                         guint        node)
{
  self->ready[node / 64] &= ~(G_GUINT64_CONSTANT (1) << (node % 64));
}

guint
leyden_scope_pop_ready (LeydenScope *self)
{
  guint n_words = (self->plan->n_nodes + 63) / 64;

  for (guint i = self->low_ready / 64; i < n_words; i++)
    if (self->ready[i] != 0)
      {
        guint node = i * 64 + (guint) __builtin_ctzll (self->ready[i]);

        self->ready[i] &= self->ready[i] - 1;
        self->low_ready = node;
        return node;
      }
  self->low_ready = n_words * 64;
  return LEYDEN_PLAN_NONE;
}

void
leyden_scope_begin (LeydenScope *self)
{
  for (guint i = 0; i < self->plan->n_nodes; i++)
    if (self->states[i] == LEYDEN_NODE_PENDING && self->plan->nodes[i].n_wires == 0 && !self->plan->nodes[i].is_tool)
      leyden_scope_mark_ready (self, i);
  leyden_scope_touch (self);
}

/* Wires */

gboolean
leyden_scope_wire_is_alive (guint    wire,
                            gpointer scope)
{
  LeydenScope *self = scope;
  const LeydenPlanWire *w = &self->plan->wires[wire];

  if (self->plan->nodes[w->target].is_merge && self->choice[w->target] != wire + 1)
    return FALSE;
  return self->values[w->output] != NULL;
}

static void
log_dropped (LeydenScope *self,
             guint        wire)
{
  const LeydenPlanWire *w = &self->plan->wires[wire];
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (self->dropped != NULL && g_hash_table_contains (self->dropped, GUINT_TO_POINTER (wire)))
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "edge", w->id);
  leyden_value_builder_end (&b);
  leyden_scope_log (self, "merge.dropped", w->target, leyden_value_builder_end_value (&b));
}

/* A wire whose value an earlier log says the merge dropped, while what it took comes again: it is taken when nothing else came. */
static gboolean
is_second (LeydenScope *self,
           guint        wire)
{
  return self->dropped != NULL && g_hash_table_contains (self->dropped, GUINT_TO_POINTER (wire));
}

static guint
find_second (LeydenScope *self,
             guint        target)
{
  for (guint i = 0; self->dropped != NULL && i < self->plan->n_wires; i++)
    if (self->plan->wires[i].target == target && self->values[self->plan->wires[i].output] != NULL && is_second (self, i))
      return i;
  return LEYDEN_PLAN_NONE;
}

static void
deliver_to_merge (LeydenScope *self,
                  guint        wire,
                  gboolean     alive,
                  gboolean     is_last)
{
  guint target = self->plan->wires[wire].target;

  if (alive && self->choice[target] != 0 && self->choice[target] != wire + 1)
    {
      log_dropped (self, wire);
      return;
    }
  if (self->choice[target] == 0 && (!alive || is_second (self, wire)))
    {
      wire = is_last ? find_second (self, target) : LEYDEN_PLAN_NONE;
      alive = wire != LEYDEN_PLAN_NONE;
    }
  if (alive)
    {
      self->choice[target] = wire + 1;
      self->clocks[target] = MAX (self->clocks[target], self->clocks[self->plan->wires[wire].source]);
    }
  else if (!is_last || self->choice[target] != 0)
    return;
  if (self->states[target] == LEYDEN_NODE_PENDING)
    leyden_scope_mark_ready (self, target);
}

static void
deliver (LeydenScope *self,
         guint        wire,
         gboolean     alive)
{
  guint target = self->plan->wires[wire].target;
  guint left = --self->pending[target];
  float clock = self->clocks[self->plan->wires[wire].source];

  if (self->plan->nodes[target].is_merge)
    {
      deliver_to_merge (self, wire, alive, left == 0);
      return;
    }
  self->clocks[target] = MAX (self->clocks[target], clock);
  if (left > 0)
    return;
  if (self->states[target] == LEYDEN_NODE_PENDING)
    leyden_scope_mark_ready (self, target);
}

void
leyden_scope_propagate (LeydenScope *self,
                        guint        node)
{
  const LeydenPlanNode *plan_node = &self->plan->nodes[node];

  for (guint i = 0; i < plan_node->n_outputs; i++)
    {
      const LeydenPlanPort *output = &self->plan->outputs[plan_node->first_output + i];
      gboolean alive = self->values[plan_node->first_output + i] != NULL;

      for (guint j = 0; j < output->n_wires; j++)
        deliver (self, self->plan->wires_out[output->first + j], alive);
    }
}

static void
take_result (LeydenScope *self,
             LeydenValue *outputs)
{
  if (self->result == NULL)
    {
      self->result = leyden_value_ref (outputs);
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (outputs); i++)
    {
      LeydenValue *more = leyden_value_with_member (self->result, leyden_value_get_key (outputs, i),
                                                    leyden_value_get_item (outputs, i));

      leyden_value_unref (self->result);
      self->result = more;
    }
}

void
leyden_scope_take_outputs (LeydenScope *self,
                           guint        node,
                           LeydenValue *outputs)
{
  const LeydenPlanNode *plan_node = &self->plan->nodes[node];
  guint n = leyden_value_get_size (outputs);

  for (guint i = 0; i < n; i++)
    {
      const char *key = leyden_value_get_key (outputs, i);

      for (guint j = 0; j < plan_node->n_outputs; j++)
        {
          guint output = plan_node->first_output + j;

          if (!g_str_equal (self->plan->outputs[output].port->name, key))
            continue;
          g_clear_pointer (&self->values[output], leyden_value_unref);
          self->values[output] = leyden_value_ref (leyden_value_get_item (outputs, i));
        }
    }
  if (plan_node->is_output)
    take_result (self, outputs);
}

float
leyden_scope_get_clock (LeydenScope *self)
{
  float latest = 0;

  for (guint i = 0; i < self->plan->n_nodes; i++)
    latest = MAX (latest, self->clocks[i]);
  return latest;
}

/* The log */

const char *
leyden_scope_node_path (LeydenScope  *self,
                        guint         node,
                        char        **buffer)
{
  const char *id = self->plan->nodes[node].id;

  if (*self->path == '\0')
    return id;
  return *buffer = g_strconcat (self->path, id, NULL);
}

void
leyden_scope_log (LeydenScope *self,
                  const char  *type,
                  guint        node,
                  LeydenValue *payload)
{
  g_autofree char *buffer = NULL;

  leyden_rollout_log (self->rollout, type, leyden_scope_node_path (self, node, &buffer), payload);
}

/* The end */

GCancellable *
leyden_scope_get_cancellable (LeydenScope *self)
{
  if (self->cancellable == NULL)
    self->cancellable = g_cancellable_new ();
  return self->cancellable;
}

static LeydenBodies *
find_bodies (LeydenScope *self,
             guint        node)
{
  for (LeydenNodeContext *context = self->rollout->running; context != NULL; context = context->next)
    if (context->scope == self && context->node == node)
      return context->bodies;
  return NULL;
}

static void
cancel_node (LeydenScope *self,
             guint        node,
             const char  *state,
             LeydenValue *error)
{
  LeydenBodies *bodies = self->plan->nodes[node].body != NULL ? find_bodies (self, node) : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (bodies != NULL)
    leyden_bodies_cancel (bodies, state, error);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", state);
  if (error != NULL)
    leyden_value_builder_set (&b, "error", error);
  leyden_value_builder_end (&b);
  leyden_scope_log (self, "node.cancelled", node, leyden_value_builder_end_value (&b));
  leyden_scope_set_node_state (self, node, LEYDEN_NODE_CANCELLED, 0);
}

static void
detach_contexts (LeydenScope *self)
{
  LeydenNodeContext *next;

  for (LeydenNodeContext *context = self->rollout->running; context != NULL; context = next)
    {
      next = context->next;
      if (context->scope != self)
        continue;
      context->detached = TRUE;
      leyden_rollout_untrack (self->rollout, context);
      /* Whoever else holds it may; its rounds are over. */
      if (context->bodies != NULL)
        leyden_node_context_unref (context);
    }
}

void
leyden_scope_cancel (LeydenScope *self,
                     const char  *state,
                     LeydenValue *error)
{
  LeydenRollout *rollout = self->rollout;

  if (self->ended)
    return;
  self->ended = TRUE;
  for (guint i = 0; (self->n_open > 0 || self->resumed) && i < self->plan->n_nodes; i++)
    if (self->states[i] == LEYDEN_NODE_RUNNING || self->states[i] == LEYDEN_NODE_WAITING)
      cancel_node (self, i, state, error);
  detach_contexts (self);
  self->n_open = 0;
  memset (self->ready, 0, (self->plan->n_nodes + 63) / 64 * sizeof (guint64));
  leyden_work_remove (rollout, &self->work);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  leyden_rollout_drop_held_of (rollout, self);
  if (self->parent != NULL)
    {
      leyden_rollout_refuse_decisions_in (rollout, self->path);
      leyden_rollout_drop_questions (rollout, self->path);
    }
}
