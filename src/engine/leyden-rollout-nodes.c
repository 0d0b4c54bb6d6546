/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-rollout-private.h"
#include "leyden-text.h"

/* The firing rule: tokens on wires, what a node needs, its execution and its ends. */

/* Node states */

void
leyden_rollout_set_node_state (LeydenRollout   *self,
                               guint            node,
                               LeydenNodeState  state,
                               double           ms)
{
  guint8 before = self->states[node];

  self->states[node] = (guint8) state;
  if (self->observer.node_changed != NULL)
    self->observer.node_changed (self->observer.data, node, before, state, ms);
}

void
leyden_rollout_mark_ready (LeydenRollout *self,
                           guint          node)
{
  self->states[node] = LEYDEN_NODE_READY;
  self->ready[node / 64] |= G_GUINT64_CONSTANT (1) << (node % 64);
  self->low_ready = MIN (self->low_ready, node);
}

/* The ready node of lowest (rank, id), or NONE. */
guint
leyden_rollout_pop_ready (LeydenRollout *self)
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

gboolean
leyden_rollout_wire_is_alive (guint    wire,
                              gpointer rollout)
{
  LeydenRollout *self = rollout;
  const LeydenPlanWire *w = &self->plan->wires[wire];

  if (self->plan->nodes[w->target].is_merge && self->choice[w->target] != wire + 1)
    return FALSE;
  return self->values[w->output] != NULL;
}

static void
log_dropped (LeydenRollout *self,
             guint          wire)
{
  const LeydenPlanWire *w = &self->plan->wires[wire];
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (self->dropped != NULL && g_hash_table_contains (self->dropped, GUINT_TO_POINTER (wire)))
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "edge", w->id);
  leyden_value_builder_end (&b);
  leyden_rollout_log (self, "merge.dropped", self->plan->nodes[w->target].id, leyden_value_builder_end_value (&b));
}

static void
deliver (LeydenRollout *self,
         guint          wire,
         gboolean       alive)
{
  guint target = self->plan->wires[wire].target;
  guint left = --self->pending[target];
  float clock = self->clocks[self->plan->wires[wire].source];

  if (self->plan->nodes[target].is_merge)
    {
      if (alive && self->choice[target] != 0 && self->choice[target] != wire + 1)
        {
          log_dropped (self, wire);
          return;
        }
      if (alive)
        {
          self->choice[target] = wire + 1;
          self->clocks[target] += clock;
        }
      else if (left > 0 || self->choice[target] != 0)
        return;
    }
  else
    {
      self->clocks[target] = MAX (self->clocks[target], clock);
      if (left > 0)
        return;
    }
  if (self->states[target] == LEYDEN_NODE_PENDING)
    leyden_rollout_mark_ready (self, target);
}

void
leyden_rollout_propagate (LeydenRollout *self,
                          guint          node)
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

/* Inputs */

static gboolean
has_what_it_needs (LeydenRollout        *self,
                   const LeydenPlanNode *plan_node,
                   guint                 node)
{
  if (plan_node->is_merge)
    return self->choice[node] != 0;
  for (guint i = 0; i < plan_node->n_inputs; i++)
    {
      const LeydenPlanPort *input = &self->plan->inputs[plan_node->first_input + i];
      gboolean alive = FALSE;

      if (!input->port->required || input->port->type == LEYDEN_PORT_TOOLS)
        continue;
      for (guint j = 0; j < input->n_wires && !alive; j++)
        alive = leyden_rollout_wire_is_alive (self->plan->wires_in[input->first + j], self);
      if (!alive)
        return FALSE;
    }
  return TRUE;
}

static LeydenValue *
coerce_input (LeydenRollout         *self,
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
gather_input (LeydenRollout         *self,
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

      if (!leyden_rollout_wire_is_alive (wire, self))
        continue;
      value = coerce_input (self, input, wire, error);
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

static gboolean
gather_inputs (LeydenRollout      *self,
               LeydenNodeContext  *context,
               GError            **error)
{
  const LeydenPlanNode *plan_node = context->plan_node;

  for (guint i = 0; i < plan_node->n_inputs; i++)
    if (!gather_input (self, &self->plan->inputs[plan_node->first_input + i], &context->inputs[i], error))
      return FALSE;
  return TRUE;
}

/* Records of a node */

LeydenValue *
leyden_rollout_describe_error (const GError *error,
                               const char   *node)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *message = leyden_text_escape (error->message, -1, 0);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "message", message);
  leyden_value_builder_set_string (&b, "code", leyden_node_error_get_code (error));
  leyden_value_builder_set_string (&b, "node", node);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
log_started (LeydenRollout *self,
             guint          node)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) sources = NULL;
  const LeydenPlanNode *plan_node = &self->plan->nodes[node];
  gboolean all = !plan_node->is_merge;

  if (!self->recording)
    {
      self->sequence++;
      return;
    }
  for (guint i = 0; i < plan_node->n_inputs && all; i++)
    {
      const LeydenPlanPort *input = &self->plan->inputs[plan_node->first_input + i];

      for (guint j = 0; j < input->n_wires && all; j++)
        all = leyden_rollout_wire_is_alive (self->plan->wires_in[input->first + j], self);
    }
  sources = all ? leyden_value_ref (plan_node->sources)
                : leyden_plan_describe_sources (self->plan, node, leyden_rollout_wire_is_alive, self);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "inputs", sources);
  if (plan_node->is_merge)
    leyden_value_builder_set_string (&b, "edge", self->plan->wires[self->choice[node] - 1].id);
  if (self->tries[node] > 0)
    leyden_value_builder_set_int (&b, "try", self->tries[node] + 1);
  leyden_value_builder_end (&b);
  leyden_rollout_log (self, "node.started", plan_node->id, leyden_value_builder_end_value (&b));
}

static void
log_one (LeydenRollout *self,
         const char    *type,
         guint          node,
         const char    *key,
         LeydenValue   *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!self->recording)
    {
      self->sequence++;
      return;
    }
  leyden_value_builder_begin_object (&b);
  if (key != NULL)
    leyden_value_builder_set (&b, key, value);
  leyden_value_builder_end (&b);
  leyden_rollout_log (self, type, self->plan->nodes[node].id, leyden_value_builder_end_value (&b));
}

/* Ends of a node */

void
leyden_rollout_take_outputs (LeydenRollout *self,
                             guint          node,
                             LeydenValue   *outputs)
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
    {
      if (self->result == NULL)
        self->result = leyden_value_ref (outputs);
      else
        for (guint i = 0; i < n; i++)
          {
            LeydenValue *more = leyden_value_with_member (self->result, leyden_value_get_key (outputs, i),
                                                          leyden_value_get_item (outputs, i));

            leyden_value_unref (self->result);
            self->result = more;
          }
    }
}

static double
elapsed_ms (LeydenNodeContext *context)
{
  if (context->start_us == 0)
    return 0;
  return MAX (context->latency_ms, (double) (g_get_monotonic_time () - context->start_us) / 1000);
}

static void
node_succeeded (LeydenRollout     *self,
                LeydenNodeContext *context,
                LeydenValue       *outputs)
{
  self->clocks[context->node] += (float) context->latency_ms;
  leyden_rollout_take_outputs (self, context->node, outputs);
  log_one (self, "node.finished", context->node, "outputs", outputs);
  leyden_rollout_set_node_state (self, context->node, LEYDEN_NODE_SUCCEEDED, elapsed_ms (context));
  leyden_rollout_propagate (self, context->node);
}

static void
node_skipped (LeydenRollout *self,
              guint          node)
{
  log_one (self, "node.skipped", node, NULL, NULL);
  leyden_rollout_set_node_state (self, node, LEYDEN_NODE_SKIPPED, 0);
  leyden_rollout_propagate (self, node);
}

static void
node_failed (LeydenRollout     *self,
             LeydenNodeContext *context,
             const GError      *error)
{
  const LeydenPlanNode *plan_node = context->plan_node;
  g_autoptr(LeydenValue) described = leyden_rollout_describe_error (error, plan_node->id);

  self->clocks[context->node] += (float) context->latency_ms;
  log_one (self, "node.failed", context->node, "error", described);
  leyden_rollout_set_node_state (self, context->node, LEYDEN_NODE_FAILED, elapsed_ms (context));
  if (plan_node->error_wired)
    {
      self->values[plan_node->error_output] = g_steal_pointer (&described);
      leyden_rollout_propagate (self, context->node);
    }
  else
    leyden_rollout_end (self, "failed", error, plan_node->id);
}

typedef struct
{
  LeydenRollout *rollout;
  guint          node;
} Retry;

static void
retry_free (gpointer data)
{
  Retry *retry = data;

  g_object_unref (retry->rollout);
  g_free (retry);
}

static gboolean
retry_cb (gpointer data)
{
  Retry *retry = data;
  LeydenRollout *self = retry->rollout;

  if (!self->ended && self->states[retry->node] == LEYDEN_NODE_WAITING)
    {
      self->n_open--;
      leyden_rollout_mark_ready (self, retry->node);
      leyden_engine_schedule (self->engine, self);
    }
  return G_SOURCE_REMOVE;
}

/* Only what waits for something needs somebody to look at its deadline. */
static void
watch_deadline (LeydenRollout *self)
{
  if (self->deadline_us != 0)
    return;
  self->deadline_us = self->started_us + (gint64) self->deadline_s * G_USEC_PER_SEC;
  leyden_engine_watch_deadline (self->engine, self->deadline_us);
}

static gboolean
may_retry (const LeydenPlanNode *plan_node,
           guint                 try,
           const GError         *error)
{
  if (try > plan_node->retry_max || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  /* Of the engine's own refusals the same would happen again. */
  if (error->domain == LEYDEN_ENGINE_ERROR && error->code != LEYDEN_ENGINE_ERROR_NODE)
    return FALSE;
  return plan_node->retry_on == NULL
         || g_strv_contains ((const char * const *) plan_node->retry_on, leyden_node_error_get_code (error));
}

/* Full jitter below a bound that doubles from half a second to half a minute. Chance decides only the wait, never the outcome. */
static guint
backoff_ms (guint try)
{
  return (guint) g_random_int_range (1, (gint32) MIN (30000u, 250u << MIN (try, 8u)));
}

static void
retry_later (LeydenRollout     *self,
             LeydenNodeContext *context,
             const GError      *error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint wait = backoff_ms (context->try);
  Retry *retry = g_new (Retry, 1);
  GSource *source = g_timeout_source_new (wait);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "try", context->try + 1);
  leyden_value_builder_set_int (&b, "wait_ms", wait);
  leyden_value_builder_set_take (&b, "error", leyden_rollout_describe_error (error, context->plan_node->id));
  leyden_value_builder_end (&b);
  leyden_rollout_log (self, "node.retried", context->plan_node->id, leyden_value_builder_end_value (&b));
  self->tries[context->node] = (guint8) MIN (context->try, 255u);
  self->clocks[context->node] += (float) (context->latency_ms + wait);
  leyden_rollout_set_node_state (self, context->node, LEYDEN_NODE_WAITING, 0);
  self->n_open++;
  watch_deadline (self);
  *retry = (Retry) { g_object_ref (self), context->node };
  g_source_set_callback (source, retry_cb, retry, retry_free);
  g_source_attach (source, leyden_engine_get_context (self->engine));
  g_source_unref (source);
}

/* Takes @outputs and @error. */
void
leyden_rollout_node_done (LeydenRollout     *self,
                          LeydenNodeContext *context,
                          LeydenValue       *outputs,
                          GError            *error)
{
  g_autoptr(LeydenValue) owned = outputs;
  g_autoptr(GError) failure = error;

  if (self->ended)
    return;
  if (failure == NULL && leyden_value_get_kind (owned) != LEYDEN_VALUE_OBJECT)
    failure = g_error_new_literal (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NODE, _("The node gave no outputs"));
  if (failure == NULL)
    node_succeeded (self, context, owned);
  else if (g_error_matches (failure, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_SKIPPED))
    node_skipped (self, context->node);
  else if (may_retry (context->plan_node, context->try, failure))
    retry_later (self, context, failure);
  else
    node_failed (self, context, failure);
}

/* Running a node */

static void
track (LeydenRollout     *self,
       LeydenNodeContext *context)
{
  context->next = self->running;
  if (self->running != NULL)
    self->running->previous = context;
  self->running = context;
  self->n_open++;
}

void
leyden_rollout_untrack (LeydenRollout     *self,
                        LeydenNodeContext *context)
{
  if (context->previous != NULL)
    context->previous->next = context->next;
  else
    self->running = context->next;
  if (context->next != NULL)
    context->next->previous = context->previous;
  context->previous = context->next = NULL;
  self->n_open--;
}

static void
executed_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenNodeContext) context = data;
  LeydenNodeExecutor *executor = LEYDEN_NODE_EXECUTOR (object);
  GError *error = NULL;
  LeydenValue *outputs = LEYDEN_NODE_EXECUTOR_GET_IFACE (executor)->execute_finish (executor, result, &error);

  if (context->detached)
    {
      g_clear_pointer (&outputs, leyden_value_unref);
      g_clear_error (&error);
      return;
    }
  leyden_rollout_untrack (context->rollout, context);
  context->detached = TRUE;
  leyden_rollout_node_done (context->rollout, context, outputs, error);
  leyden_engine_schedule (context->rollout->engine, context->rollout);
}

GCancellable *
leyden_rollout_get_cancellable (LeydenRollout *self)
{
  if (self->cancellable == NULL)
    self->cancellable = g_cancellable_new ();
  return self->cancellable;
}

static void
execute_async (LeydenRollout      *self,
               LeydenNodeExecutor *executor,
               guint               node)
{
  g_autoptr(LeydenNodeContext) context = leyden_node_context_new (self, node);
  GError *error = NULL;

  if (!gather_inputs (self, context, &error))
    {
      leyden_rollout_node_done (self, context, NULL, error);
      return;
    }
  watch_deadline (self);
  track (self, context);
  LEYDEN_NODE_EXECUTOR_GET_IFACE (executor)->execute_async (executor, context, leyden_rollout_get_cancellable (self),
                                                            executed_cb, leyden_node_context_ref (context));
}

static void
execute (LeydenRollout      *self,
         LeydenNodeExecutor *executor,
         guint               node)
{
  LeydenNodeExecutorInterface *iface = LEYDEN_NODE_EXECUTOR_GET_IFACE (executor);
  LeydenNodeContext context;
  LeydenValue *outputs = NULL;
  GError *error = NULL;

  if (iface->execute == NULL)
    {
      execute_async (self, executor, node);
      return;
    }
  leyden_node_context_init (&context, self, node);
  if (gather_inputs (self, &context, &error))
    outputs = iface->execute (executor, &context, &error);
  if (iface->execute_async != NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_clear_error (&error);
      execute_async (self, executor, node);
    }
  else
    leyden_rollout_node_done (self, &context, outputs, error);
  leyden_node_context_clear (&context);
}

static void
run_node (LeydenRollout *self,
          guint          node)
{
  LeydenNodeExecutor *executor = leyden_engine_bind (self->engine, self->plan)[node];
  LeydenNodeContext context;

  if (executor != NULL)
    {
      execute (self, executor, node);
      return;
    }
  leyden_node_context_init (&context, self, node);
  leyden_rollout_node_done (self, &context, NULL,
                            g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
                                         _("Nothing here can run the type “%s”"), self->plan->nodes[node].type->type));
  leyden_node_context_clear (&context);
}

static void
start_synced_cb (LeydenRollout *self,
                 gpointer       data)
{
  guint node = GPOINTER_TO_UINT (data);

  if (self->ended || self->states[node] != LEYDEN_NODE_WAITING)
    return;
  self->n_open--;
  leyden_rollout_set_node_state (self, node, LEYDEN_NODE_RUNNING, 0);
  run_node (self, node);
  leyden_engine_schedule (self->engine, self);
}

void
leyden_rollout_start_node (LeydenRollout *self,
                           guint          node)
{
  const LeydenPlanNode *plan_node = &self->plan->nodes[node];

  if (!has_what_it_needs (self, plan_node, node))
    {
      node_skipped (self, node);
      return;
    }
  if (self->n_steps++ >= self->max_steps)
    {
      g_autoptr(GError) error = g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_DEADLINE,
                                             _("More than %u node starts"), self->max_steps);

      leyden_rollout_end (self, "failed", error, plan_node->id);
      return;
    }
  log_started (self, node);
  if (self->ended)              /* a listener to the record cancelled */
    return;
  leyden_rollout_set_node_state (self, node, LEYDEN_NODE_RUNNING, 0);
  if (plan_node->type->effects == LEYDEN_EFFECTS_ONCE && leyden_engine_get_store (self->engine) != NULL)
    {
      leyden_rollout_set_node_state (self, node, LEYDEN_NODE_WAITING, 0);
      self->n_open++;
      leyden_rollout_when_synced (self, start_synced_cb, GUINT_TO_POINTER (node));
    }
  else
    run_node (self, node);
}

