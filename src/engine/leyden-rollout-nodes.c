/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-rollout-cache-private.h"
#include "leyden-rollout-debug-private.h"
#include "leyden-text.h"

/* The firing rule: the execution of a node and its ends. */

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
log_typed (LeydenScope        *self,
           guint               node,
           LeydenValueBuilder *b)
{
  g_autofree char *buffer = NULL;
  LeydenValue *part = self->rollout->part;

  if (part != NULL && self == self->rollout->root && leyden_value_get_member (part, "typed") != NULL
      && g_str_equal (leyden_scope_node_path (self, node, &buffer), leyden_value_get_member_string (part, "node", "")))
    leyden_value_builder_set (b, "typed", leyden_value_get_member (part, "typed"));
}

static void
log_started (LeydenScope *self,
             guint        node)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) sources = NULL;
  const LeydenPlanNode *plan_node = &self->plan->nodes[node];
  gboolean all = !plan_node->is_merge;

  if (!self->rollout->recording)
    {
      self->rollout->sequence++;
      return;
    }
  for (guint i = 0; i < plan_node->n_inputs && all; i++)
    {
      const LeydenPlanPort *input = &self->plan->inputs[plan_node->first_input + i];

      for (guint j = 0; j < input->n_wires && all; j++)
        all = leyden_scope_wire_is_alive (self->plan->wires_in[input->first + j], self);
    }
  sources = all ? leyden_value_ref (plan_node->sources)
                : leyden_plan_describe_sources (self->plan, node, leyden_scope_wire_is_alive, self);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "inputs", sources);
  if (plan_node->is_merge)
    leyden_value_builder_set_string (&b, "edge", self->plan->wires[self->choice[node] - 1].id);
  if (plan_node->mode != LEYDEN_NODE_MODE_ON)
    leyden_value_builder_set_string (&b, "mode", leyden_node_mode_to_string (plan_node->mode));
  if (self->tries[node] > 0)
    leyden_value_builder_set_int (&b, "try", self->tries[node] + 1);
  log_typed (self, node, &b);
  leyden_value_builder_end (&b);
  leyden_scope_log (self, "node.started", node, leyden_value_builder_end_value (&b));
}

/* Of a container the modelled time stands in the log too: that of other nodes is in their calls. */
static void
log_one (LeydenScope *self,
         const char  *type,
         guint        node,
         const char  *key,
         LeydenValue *value,
         double       latency_ms)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!self->rollout->recording)
    {
      self->rollout->sequence++;
      return;
    }
  leyden_value_builder_begin_object (&b);
  if (key != NULL)
    leyden_value_builder_set (&b, key, value);
  if (self->plan->nodes[node].body != NULL && latency_ms > 0)
    leyden_value_builder_set_double (&b, "latency_ms", latency_ms);
  leyden_value_builder_end (&b);
  leyden_scope_log (self, type, node, leyden_value_builder_end_value (&b));
}

/* Ends of a node */

static double
elapsed_ms (LeydenNodeContext *context)
{
  if (context->start_us == 0)
    return 0;
  return MAX (context->latency_ms, (double) (g_get_monotonic_time () - context->start_us) / 1000);
}

static void
node_succeeded (LeydenNodeContext *context,
                LeydenValue       *outputs)
{
  LeydenScope *scope = context->scope;

  scope->clocks[context->node] += (float) context->latency_ms;
  leyden_scope_take_outputs (scope, context->node, outputs);
  leyden_rollout_cache_keep (context, outputs);
  log_one (scope, "node.finished", context->node, "outputs", outputs, context->latency_ms);
  if (scope->ended)             /* a listener to the record cancelled */
    return;
  leyden_scope_set_node_state (scope, context->node, LEYDEN_NODE_SUCCEEDED, elapsed_ms (context));
  leyden_scope_propagate (scope, context->node);
  if (leyden_rollout_is_debugged (scope->rollout))
    leyden_rollout_debug_after (scope, context->node, outputs);
}

static void
node_skipped (LeydenScope *self,
              guint        node)
{
  LeydenNodeMode mode = self->plan->nodes[node].mode;
  g_autoptr(LeydenValue) name = NULL;

  if (mode != LEYDEN_NODE_MODE_ON && self->rollout->recording)
    name = leyden_value_new_string (leyden_node_mode_to_string (mode), -1);
  log_one (self, "node.skipped", node, name != NULL ? "mode" : NULL, name, 0);
  if (self->ended)
    return;
  leyden_scope_set_node_state (self, node, LEYDEN_NODE_SKIPPED, 0);
  leyden_scope_propagate (self, node);
}

/* Inside a container it is the round that fails, and the container decides what that means. While a debugger pauses the rollout nothing
 * comes of it. */
void
leyden_rollout_scope_failed (LeydenScope *self,
                             const char  *state,
                             LeydenValue *error)
{
  if (leyden_rollout_debug_defer (self, state, error))
    return;
  if (self->owner == NULL)
    {
      leyden_rollout_end_with (self->rollout, state, error);
      return;
    }
  leyden_scope_cancel (self, state, error);
  if (self->owner != NULL)      /* a listener to the records may have cancelled all */
    leyden_bodies_round_ended (self, error);
}

static void
node_failed (LeydenNodeContext *context,
             LeydenValue       *described)
{
  LeydenScope *scope = context->scope;
  const LeydenPlanNode *plan_node = context->plan_node;

  scope->clocks[context->node] += (float) context->latency_ms;
  log_one (scope, "node.failed", context->node, "error", described, context->latency_ms);
  if (scope->ended)
    return;
  leyden_scope_set_node_state (scope, context->node, LEYDEN_NODE_FAILED, elapsed_ms (context));
  if (leyden_rollout_is_debugged (scope->rollout))
    leyden_rollout_debug_failed (scope, context->node, described);
  if (plan_node->error_wired)
    {
      g_clear_pointer (&scope->values[plan_node->error_output], leyden_value_unref);
      scope->values[plan_node->error_output] = leyden_value_ref (described);
      leyden_scope_propagate (scope, context->node);
    }
  else
    leyden_rollout_scope_failed (scope, "failed", described);
}

/* A node of a scope for later. */
typedef struct
{
  LeydenRollout *rollout;
  LeydenScope   *scope;
  guint          node;
} Later;

static Later *
later_new (LeydenScope *scope,
           guint        node)
{
  Later *later = g_new (Later, 1);

  *later = (Later) { g_object_ref (scope->rollout), leyden_scope_ref (scope), node };
  return later;
}

static void
later_free (gpointer data)
{
  Later *later = data;

  leyden_scope_unref (later->scope);
  g_object_unref (later->rollout);
  g_free (later);
}

static gboolean
retry_cb (gpointer data)
{
  Later *retry = data;
  LeydenScope *scope = retry->scope;

  if (!scope->ended && scope->states[retry->node] == LEYDEN_NODE_WAITING)
    {
      scope->n_open--;
      leyden_scope_mark_ready (scope, retry->node);
      leyden_engine_schedule (retry->rollout->engine, retry->rollout);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
takes_code (const LeydenPlanNode *plan_node,
            guint                 try,
            const char           *code)
{
  return try <= plan_node->retry_max
         && (plan_node->retry_on == NULL || g_strv_contains ((const char * const *) plan_node->retry_on, code));
}

static gboolean
may_retry (const LeydenPlanNode *plan_node,
           guint                 try,
           const GError         *error)
{
  /* Of the engine's own refusals the same would happen again. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || (error->domain == LEYDEN_ENGINE_ERROR && error->code != LEYDEN_ENGINE_ERROR_NODE))
    return FALSE;
  return takes_code (plan_node, try, leyden_node_error_get_code (error));
}

/* What failed inside is known by its code only. */
static gboolean
may_retry_container (LeydenNodeContext *context,
                     LeydenValue       *error)
{
  static const char * const refusals[] = { "flow", "deadline", "unsafe", "cancelled", "store", NULL };
  const char *code = leyden_value_get_member_string (error, "code", "");

  return !g_strv_contains (refusals, code) && takes_code (context->plan_node, context->try, code);
}

/* Full jitter below a bound that doubles from half a second to half a minute. Chance decides only the wait, never the outcome. */
static guint
backoff_ms (guint try)
{
  return (guint) g_random_int_range (1, (gint32) MIN (30000u, 250u << MIN (try, 8u)));
}

static void
retry_later (LeydenNodeContext *context,
             LeydenValue       *error)
{
  LeydenScope *scope = context->scope;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint wait = backoff_ms (context->try);
  GSource *source;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "try", context->try + 1);
  leyden_value_builder_set_int (&b, "wait_ms", wait);
  leyden_value_builder_set (&b, "error", error);
  if (context->plan_node->body != NULL && context->latency_ms > 0)
    leyden_value_builder_set_double (&b, "latency_ms", context->latency_ms);
  leyden_value_builder_end (&b);
  leyden_scope_log (scope, "node.retried", context->node, leyden_value_builder_end_value (&b));
  if (scope->ended)
    return;
  scope->tries[context->node] = (guint8) MIN (context->try, 255u);
  scope->clocks[context->node] += (float) (context->latency_ms + wait);
  leyden_scope_set_node_state (scope, context->node, LEYDEN_NODE_WAITING, 0);
  scope->n_open++;
  if (scope->rollout->debugger != NULL)
    leyden_rollout_debug_ended (scope, context->node);
  leyden_rollout_watch_deadline (scope->rollout);
  source = g_timeout_source_new (wait);
  g_source_set_callback (source, retry_cb, later_new (scope, context->node), later_free);
  g_source_attach (source, leyden_engine_get_context (scope->rollout->engine));
  g_source_unref (source);
}

/* Takes @outputs and @error. */
void
leyden_rollout_node_done (LeydenNodeContext *context,
                          LeydenValue       *outputs,
                          GError            *error)
{
  LeydenScope *scope = context->scope;
  g_autoptr(LeydenValue) owned = outputs;
  g_autoptr(LeydenValue) described = NULL;
  g_autoptr(GError) failure = error;
  g_autofree char *buffer = NULL;

  if (scope->ended)
    return;
  if (failure == NULL && leyden_value_get_kind (owned) != LEYDEN_VALUE_OBJECT)
    failure = g_error_new_literal (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NODE, _("The node gave no outputs"));
  if (failure == NULL)
    node_succeeded (context, owned);
  else if (g_error_matches (failure, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_SKIPPED))
    node_skipped (scope, context->node);
  else
    {
      described = leyden_rollout_describe_error (failure, leyden_scope_node_path (scope, context->node, &buffer));
      if (may_retry (context->plan_node, context->try, failure))
        retry_later (context, described);
      else
        node_failed (context, described);
    }
}

void
leyden_rollout_container_failed (LeydenNodeContext *context,
                                 LeydenValue       *error)
{
  g_autoptr(LeydenValue) owned = error;

  if (context->scope->ended)
    return;
  if (may_retry_container (context, owned))
    retry_later (context, owned);
  else
    node_failed (context, owned);
}

/* Running a node */

void
leyden_rollout_track (LeydenRollout     *self,
                      LeydenNodeContext *context)
{
  context->next = self->running;
  if (self->running != NULL)
    self->running->previous = context;
  self->running = context;
  context->scope->n_open++;
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
  context->scope->n_open--;
  leyden_scope_touch (context->scope);
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
  leyden_rollout_node_done (context, outputs, error);
  leyden_engine_schedule (context->rollout->engine, context->rollout);
}

void
leyden_rollout_execute_async (LeydenScope *self,
                              guint        node)
{
  LeydenNodeExecutor *executor = leyden_engine_bind (self->rollout->engine, self->plan)[node];
  g_autoptr(LeydenNodeContext) context = leyden_node_context_new (self, node);
  GError *error = NULL;

  if (!leyden_rollout_gather_inputs (context, &error))
    {
      leyden_rollout_node_done (context, NULL, error);
      return;
    }
  leyden_rollout_watch_deadline (self->rollout);
  leyden_rollout_track (self->rollout, context);
  LEYDEN_NODE_EXECUTOR_GET_IFACE (executor)->execute_async (executor, context, leyden_scope_get_cancellable (self),
                                                            executed_cb, leyden_node_context_ref (context));
}

static void
execute_async (LeydenScope *self,
               guint        node)
{
  if (!leyden_rollout_cache_begin (self, node))
    leyden_rollout_execute_async (self, node);
}

static void
execute_container (LeydenScope        *self,
                   LeydenNodeExecutor *executor,
                   guint               node)
{
  g_autoptr(LeydenNodeContext) context = leyden_node_context_new (self, node);
  GError *error = NULL;

  if (!leyden_rollout_gather_inputs (context, &error) || !leyden_bodies_begin (context, executor, &error))
    leyden_rollout_node_done (context, NULL, error);
}

static void
execute (LeydenScope        *self,
         LeydenNodeExecutor *executor,
         guint               node)
{
  LeydenNodeExecutorInterface *iface = LEYDEN_NODE_EXECUTOR_GET_IFACE (executor);
  LeydenNodeContext context;
  LeydenValue *outputs = NULL;
  GError *error = NULL;

  if (iface->begin_rounds != NULL)
    {
      execute_container (self, executor, node);
      return;
    }
  if (iface->execute == NULL)
    {
      execute_async (self, node);
      return;
    }
  leyden_node_context_init (&context, self, node);
  if (leyden_rollout_gather_inputs (&context, &error))
    outputs = iface->execute (executor, &context, &error);
  if (iface->execute_async != NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_clear_error (&error);
      execute_async (self, node);
    }
  else
    leyden_rollout_node_done (&context, outputs, error);
  leyden_node_context_clear (&context);
}

static void
run_node (LeydenScope *self,
          guint        node)
{
  LeydenNodeExecutor *executor = leyden_engine_bind (self->rollout->engine, self->plan)[node];
  LeydenNodeContext context;

  if (executor != NULL)
    {
      execute (self, executor, node);
      return;
    }
  leyden_node_context_init (&context, self, node);
  leyden_rollout_node_done (&context, NULL,
                            g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
                                         _("Nothing here can run the type “%s”"), self->plan->nodes[node].type->type));
  leyden_node_context_clear (&context);
}

/* Of a bypassed node. */
static LeydenValue *
pass_through (LeydenScope           *self,
              const LeydenPlanNode  *plan_node,
              GError               **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < plan_node->n_outputs; i++)
    {
      const LeydenPort *output = self->plan->outputs[plan_node->first_output + i].port;
      guint wire = leyden_rollout_find_bypassed_wire (self, plan_node, i);
      g_autoptr(LeydenValue) in = NULL;
      LeydenValue *out;

      if (wire == LEYDEN_PLAN_NONE)
        continue;
      in = leyden_rollout_coerce_input (self, &self->plan->inputs[self->plan->wires[wire].input], wire, error);
      out = in != NULL ? leyden_port_type_coerce (output->type, in, error) : NULL;
      if (out == NULL)
        {
          g_prefix_error (error, _("Passed to the output “%s”: "), output->name);
          return NULL;
        }
      leyden_value_builder_set_take (&b, output->name, out);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
bypass_node (LeydenScope *self,
             guint        node)
{
  LeydenNodeContext context;
  GError *error = NULL;
  LeydenValue *outputs = pass_through (self, &self->plan->nodes[node], &error);

  leyden_node_context_init (&context, self, node);
  leyden_rollout_node_done (&context, outputs, error);
  leyden_node_context_clear (&context);
}

static void
start_synced_cb (LeydenRollout *rollout,
                 gpointer       data)
{
  Later *start = data;
  LeydenScope *scope = start->scope;

  if (!scope->ended && scope->states[start->node] == LEYDEN_NODE_WAITING)
    {
      scope->n_open--;
      leyden_scope_set_node_state (scope, start->node, LEYDEN_NODE_RUNNING, 0);
      run_node (scope, start->node);
      leyden_scope_touch (scope);
      leyden_engine_schedule (rollout->engine, rollout);
    }
  later_free (start);
}

/* Its values are given on. Nothing of it runs. */
static void
give_pinned (LeydenScope *self,
             guint        node)
{
  LeydenValue *outputs = self->plan->nodes[node].pinned;

  leyden_scope_take_outputs (self, node, outputs);
  leyden_rollout_log_given (self, "node.finished", node, "outputs", outputs, TRUE);
  if (self->ended)
    return;
  leyden_scope_set_node_state (self, node, LEYDEN_NODE_SUCCEEDED, 0);
  leyden_scope_propagate (self, node);
  if (leyden_rollout_is_debugged (self->rollout))
    leyden_rollout_debug_after (self, node, outputs);
}

static void
end_at_step_limit (LeydenScope *self,
                   guint        node)
{
  g_autofree char *buffer = NULL;
  g_autoptr(GError) error = g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_DEADLINE,
                                         _("More than %u node starts"), self->rollout->max_steps);

  leyden_rollout_end (self->rollout, "failed", error, leyden_scope_node_path (self, node, &buffer));
}

gboolean
leyden_rollout_can_start (LeydenScope *self,
                          guint        node)
{
  const LeydenPlanNode *plan_node = &self->plan->nodes[node];

  return plan_node->mode != LEYDEN_NODE_MODE_DISABLED && leyden_rollout_has_what_it_needs (self, plan_node, node);
}

void
leyden_rollout_start_node (LeydenScope *self,
                           guint        node)
{
  if (!leyden_rollout_can_start (self, node))
    node_skipped (self, node);
  else if (!leyden_rollout_is_debugged (self->rollout) || !leyden_rollout_debug_before (self, node))
    leyden_rollout_go_node (self, node);
}

void
leyden_rollout_go_node (LeydenScope *self,
                        guint        node)
{
  const LeydenPlanNode *plan_node = &self->plan->nodes[node];

  if (self->rollout->n_steps++ >= self->rollout->max_steps)
    {
      end_at_step_limit (self, node);
      return;
    }
  log_started (self, node);
  if (self->ended)              /* a listener to the record cancelled */
    return;
  if (plan_node->pinned != NULL)
    {
      give_pinned (self, node);
      return;
    }
  leyden_scope_set_node_state (self, node, LEYDEN_NODE_RUNNING, 0);
  if (plan_node->mode == LEYDEN_NODE_MODE_BYPASSED)
    bypass_node (self, node);
  else if (plan_node->type->effects == LEYDEN_EFFECTS_ONCE && leyden_engine_get_store (self->rollout->engine) != NULL)
    {
      leyden_scope_set_node_state (self, node, LEYDEN_NODE_WAITING, 0);
      self->n_open++;
      leyden_rollout_when_synced (self->rollout, start_synced_cb, later_new (self, node));
    }
  else
    run_node (self, node);
}
