/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-private.h"

LEYDEN_DEFINE_NODE (LeydenNodeSubflow, leyden_node_subflow)

/* One round, and what it gives. */
typedef struct
{
  gboolean     started;
  LeydenValue *result;
  LeydenValue *error;
} Subflow;

LeydenValue *
leyden_node_round_outputs (LeydenNodeContext *context,
                           LeydenValue       *result)
{
  GPtrArray *ports = leyden_node_context_get_outputs (context);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);
      LeydenValue *value = leyden_value_get_member (result, port->name);

      if (!port->is_error && value != NULL)
        leyden_value_builder_set (&b, port->name, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gpointer
begin_rounds (LeydenNodeExecutor  *executor,
              LeydenNodeContext   *context,
              guint               *n_slots,
              GError             **error)
{
  return g_new0 (Subflow, 1);
}

static LeydenBodyStep
next_round (LeydenNodeExecutor *executor,
            LeydenNodeContext  *context,
            gpointer            state,
            LeydenBodyNext     *next)
{
  Subflow *self = state;

  if (!self->started)
    {
      self->started = TRUE;
      next->input = leyden_value_ref (leyden_node_context_get_inputs (context));
      return LEYDEN_BODY_START;
    }
  if (self->error != NULL)
    {
      next->error = g_steal_pointer (&self->error);
      return LEYDEN_BODY_FAILED;
    }
  if (self->result == NULL)
    return LEYDEN_BODY_WAIT;
  next->outputs = leyden_node_round_outputs (context, self->result);
  return LEYDEN_BODY_DONE;
}

static void
round_ended (LeydenNodeExecutor *executor,
             LeydenNodeContext  *context,
             gpointer            state,
             guint               index,
             LeydenValue        *result,
             LeydenValue        *error)
{
  Subflow *self = state;

  if (result != NULL)
    self->result = leyden_value_ref (result);
  else
    self->error = leyden_value_ref (error);
}

static void
end_rounds (gpointer state)
{
  Subflow *self = state;

  g_clear_pointer (&self->result, leyden_value_unref);
  g_clear_pointer (&self->error, leyden_value_unref);
  g_free (self);
}

static void
leyden_node_subflow_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->begin_rounds = begin_rounds;
  iface->next_round = next_round;
  iface->round_ended = round_ended;
  iface->end_rounds = end_rounds;
}
