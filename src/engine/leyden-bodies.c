/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include "leyden-rollout-private.h"

/*
 * Containers. The executor says which round comes next; a round is a scope of its own that lives until its last node has ended.
 *
 *   begin ─► advance ─START─► round ─ ends or fails ─► round_ended ─┐
 *               ▲  │WAIT: a round ends, go_on                      │
 *               └──┴──────────────────────────────────────────────┘
 *               └─DONE, FAILED─► the container's own end
 *
 * Modelled time: a round begins when its slot became free, and the container ends with the last of its rounds.
 */

/* Steps of the sample number from one round to the next, above those of calls and tries; and of a container inside another. */
#define SAMPLE_PER_ROUND G_GUINT64_CONSTANT (10000000)
#define ROUNDS_PER_CONTAINER 4096
#define ROUND_MASK ((G_GUINT64_CONSTANT (1) << 29) - 1)
/* A node is tried at most 101 times. */
#define TRIES_PER_CONTAINER 101u

guint64
leyden_bodies_sample (guint64 outer,
                      guint   index)
{
  guint64 above = outer / SAMPLE_PER_ROUND;

  return ((above * ROUNDS_PER_CONTAINER + index) & ROUND_MASK) * SAMPLE_PER_ROUND;
}

/* The freed slot that became free first; one that was never taken is free from the start. */
static float
take_slot (LeydenBodies *self)
{
  float *times = (float *) (gpointer) self->freed->data;
  guint first = 0;
  float time;

  if (self->n_used < self->n_slots || self->freed->len == 0)
    {
      self->n_used++;
      return self->start_ms;
    }
  for (guint i = 1; i < self->freed->len; i++)
    if (times[i] < times[first])
      first = i;
  time = times[first];
  g_array_remove_index_fast (self->freed, first);
  return time;
}

static void
link_round (LeydenBodies *self,
            LeydenScope  *round)
{
  round->next = self->rounds;
  if (self->rounds != NULL)
    self->rounds->previous = round;
  self->rounds = round;
}

/* Drops the reference. */
static void
unlink_round (LeydenScope *round)
{
  LeydenBodies *self = round->owner;

  if (round->previous != NULL)
    round->previous->next = round->next;
  else
    self->rounds = round->next;
  if (round->next != NULL)
    round->next->previous = round->previous;
  round->previous = round->next = NULL;
  round->owner = NULL;
  leyden_scope_unref (round);
}

/* Takes @input. */
static void
start_round (LeydenBodies *self,
             guint         index,
             LeydenValue  *input)
{
  LeydenNodeContext *context = self->context;
  LeydenScope *outer = context->scope;
  LeydenScope *round = leyden_scope_new (context->rollout, self->plan);
  g_autoptr(LeydenScope) keep = leyden_scope_ref (round);
  float start = take_slot (self);

  round->parent = outer;
  round->owner = self;
  round->index = index;
  round->path = g_strdup_printf ("%s%s[%u]/", outer->path, context->plan_node->id, index);
  round->try_base = outer->try_base * TRIES_PER_CONTAINER + outer->tries[context->node];
  round->sample = leyden_bodies_sample (outer->sample, index);
  round->input = input;
  for (guint i = 0; i < self->plan->n_nodes; i++)
    round->clocks[i] = start;
  link_round (self, round);
  if (!leyden_scope_resume (round))
    leyden_scope_begin (round);
}

void
leyden_bodies_round_ended (LeydenScope *round,
                           LeydenValue *error)
{
  LeydenBodies *self = round->owner;
  LeydenNodeContext *context = self->context;
  float end = leyden_scope_get_clock (round);
  LeydenValue *result = NULL;

  round->ended = TRUE;
  leyden_work_remove (context->rollout, &round->work);
  self->end_ms = MAX (self->end_ms, end);
  g_array_append_val (self->freed, end);
  if (error == NULL)
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      result = round->result != NULL ? leyden_value_ref (round->result) : leyden_value_builder_end_value (&b);
    }
  LEYDEN_NODE_EXECUTOR_GET_IFACE (self->executor)->round_ended (self->executor, context, self->state, round->index, result, error);
  g_clear_pointer (&result, leyden_value_unref);
  unlink_round (round);
  leyden_work_push (context->rollout, &self->work);
  leyden_engine_schedule (context->rollout->engine, context->rollout);
}

/* The container has ended: the context goes on to what comes behind any node. Takes what is given. */
static void
finish (LeydenBodies *self,
        LeydenValue  *outputs,
        LeydenValue  *error)
{
  g_autoptr(LeydenNodeContext) context = self->context;

  g_assert (self->rounds == NULL);
  leyden_work_remove (context->rollout, &self->work);
  leyden_rollout_untrack (context->rollout, context);
  context->detached = TRUE;
  context->latency_ms = (double) MAX (0, self->end_ms - self->start_ms);
  if (error != NULL)
    leyden_rollout_container_failed (context, error);
  else
    leyden_rollout_node_done (context, outputs, NULL);
}

void
leyden_bodies_advance (LeydenBodies *self)
{
  LeydenNodeContext *context = self->context;
  LeydenBodyNext next = { 0 };

  switch (LEYDEN_NODE_EXECUTOR_GET_IFACE (self->executor)->next_round (self->executor, context, self->state, &next))
    {
    case LEYDEN_BODY_START:
      start_round (self, next.index, next.input);
      break;
    case LEYDEN_BODY_DONE:
      finish (self, next.outputs, NULL);
      break;
    case LEYDEN_BODY_FAILED:
      finish (self, NULL, next.error);
      break;
    case LEYDEN_BODY_WAIT:
    default:
      leyden_work_remove (context->rollout, &self->work);
      break;
    }
}

void
leyden_bodies_cancel (LeydenBodies *self,
                      const char   *state,
                      LeydenValue  *error)
{
  leyden_work_remove (self->context->rollout, &self->work);
  while (self->rounds != NULL)
    {
      LeydenScope *round = self->rounds;

      leyden_scope_cancel (round, state, error);
      unlink_round (round);
    }
}

void
leyden_bodies_free (LeydenBodies *self)
{
  g_assert (self->rounds == NULL && !self->work.queued);
  LEYDEN_NODE_EXECUTOR_GET_IFACE (self->executor)->end_rounds (self->state);
  g_array_unref (self->freed);
  g_free (self);
}

gboolean
leyden_bodies_begin (LeydenNodeContext   *context,
                     LeydenNodeExecutor  *executor,
                     GError             **error)
{
  guint n_slots = 1;
  gpointer state = LEYDEN_NODE_EXECUTOR_GET_IFACE (executor)->begin_rounds (executor, context, &n_slots, error);
  LeydenBodies *self;

  if (state == NULL)
    return FALSE;
  self = g_new0 (LeydenBodies, 1);
  self->work.bodies = self;
  self->context = leyden_node_context_ref (context);
  self->plan = context->plan_node->body;
  self->executor = executor;
  self->state = state;
  self->n_slots = MAX (1, n_slots);
  self->freed = g_array_new (FALSE, FALSE, sizeof (float));
  self->start_ms = self->end_ms = context->scope->clocks[context->node];
  context->bodies = self;
  leyden_rollout_track (context->rollout, context);
  leyden_work_push (context->rollout, &self->work);
  return TRUE;
}

guint
leyden_node_context_cancel_rounds (LeydenNodeContext *self,
                                   guint              index)
{
  LeydenScope *next;
  guint n = 0;

  g_return_val_if_fail (self->bodies != NULL, 0);

  for (LeydenScope *round = self->bodies->rounds; round != NULL; round = next)
    {
      next = round->next;
      if (round->index < index || round->ended)
        continue;
      leyden_scope_cancel (round, "cancelled", NULL);
      unlink_round (round);
      n++;
    }
  return n;
}

void
leyden_node_context_wait (LeydenNodeContext *self)
{
  self->n_performing++;
}

void
leyden_node_context_go_on (LeydenNodeContext *self)
{
  self->n_performing--;
  if (self->detached)
    return;
  leyden_work_push (self->rollout, &self->bodies->work);
  leyden_engine_schedule (self->rollout->engine, self->rollout);
}

LeydenValue *
leyden_node_error_inside (const char  *prefix,
                          LeydenValue *error)
{
  g_autofree char *message = g_strdup_printf ("%s: %s", prefix, leyden_value_get_member_string (error, "message", ""));
  g_autoptr(LeydenValue) text = leyden_value_new_string (message, -1);

  return leyden_value_with_member (error, "message", text);
}
