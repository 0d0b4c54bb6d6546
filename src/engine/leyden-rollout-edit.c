/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-check.h"
#include "leyden-rollout-debug-private.h"
#include "leyden-text.h"

/*
 * Values and parameters that somebody changes in a paused rollout. What has started has read what it needed: there only a fork helps. The
 * log says what was changed, and a resume takes it over in its place.
 */

/* Finding */

guint64
leyden_rollout_get_next_sequence (LeydenRollout *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), 0);

  return self->sequence + 1;
}

static LeydenScope *
find_round (LeydenRollout *self,
            const char    *path,
            gsize          length)
{
  for (LeydenNodeContext *context = self->running; context != NULL; context = context->next)
    for (LeydenScope *round = context->bodies != NULL ? context->bodies->rounds : NULL; round != NULL; round = round->next)
      if (!round->ended && strlen (round->path) == length && strncmp (round->path, path, length) == 0)
        return round;
  return NULL;
}

LeydenScope *
leyden_rollout_find_scope (LeydenRollout *self,
                           const char    *path,
                           guint         *node)
{
  const char *root = self->root != NULL ? self->root->path : NULL;
  LeydenPlan *plan = NULL;
  gsize length = 0;

  if (root == NULL || !g_str_has_prefix (path, root))
    return NULL;
  *node = leyden_plan_resolve_path (self->plan, path + strlen (root), FALSE, &length, &plan);
  if (*node == LEYDEN_PLAN_NONE)
    return NULL;
  return length == 0 ? self->root : find_round (self, path, strlen (root) + length);
}

gboolean
leyden_rollout_edit_refuse (GError     **error,
                            int          code,
                            const char  *format,
                            ...)
{
  va_list arguments;
  g_autofree char *message = NULL;
  g_autofree char *shown = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  shown = leyden_text_escape (message, -1, 500);
  g_set_error_literal (error, G_IO_ERROR, code, shown);
  return FALSE;
}

gboolean
leyden_rollout_edit_check_paused (LeydenRollout  *self,
                                  GError        **error)
{
  if (leyden_rollout_is_paused (self) && !self->ended)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, _("Only a paused rollout can be changed"));
  return FALSE;
}

/* Records */

static LeydenValue *
describe (const char  *kind,
          const char  *name,
          LeydenValue *value,
          LeydenValue *before)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, kind, name);
  leyden_value_builder_set (&b, "value", value);
  if (before != NULL)
    leyden_value_builder_set (&b, "before", before);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

guint64
leyden_rollout_edit_written (LeydenRollout         *self,
                             LeydenRolloutAnswered  func,
                             gpointer               data)
{
  guint64 sequence = self->sequence;

  leyden_engine_schedule (self->engine, self);
  if (func != NULL)
    leyden_rollout_when_durable (self, func, data);
  return sequence;
}

/* Values */

static guint
find_output (LeydenScope *scope,
             guint        node,
             const char  *port)
{
  const LeydenPlanNode *plan_node = &scope->plan->nodes[node];

  for (guint i = plan_node->first_output; i < plan_node->first_output + plan_node->n_outputs; i++)
    if (g_str_equal (scope->plan->outputs[i].port->name, port))
      return i;
  return LEYDEN_PLAN_NONE;
}

static gboolean
check_targets (LeydenScope  *scope,
               guint         output,
               GError      **error)
{
  const LeydenPlanPort *port = &scope->plan->outputs[output];

  for (guint i = 0; i < port->n_wires; i++)
    {
      guint target = scope->plan->wires[scope->plan->wires_out[port->first + i]].target;

      if (scope->states[target] > LEYDEN_NODE_READY)
        return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("“%s” has started with the value already; fork the rollout instead"),
                                           scope->plan->nodes[target].id);
    }
  return TRUE;
}

static void
set_output (LeydenScope *scope,
            guint        output,
            LeydenValue *value)
{
  g_clear_pointer (&scope->values[output], leyden_value_unref);
  scope->values[output] = leyden_value_ref (value);
}

/**
 * leyden_rollout_edit_value:
 * @self: a paused rollout
 * @node: path of a node that has ended
 * @port: one of its outputs on which a value stands
 * @value: that takes its place; of the port's type
 * @actor: who changes it, for the log
 * @func: (nullable): called once, when the record of it is on disk, or with the error of the store
 * @data: for @func
 * @error: return location, or %NULL
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT for a node or port that the flow does not have and a value that does not fit; %G_IO_ERROR_BUSY
 * when it cannot be changed any more, or not yet; the message says why. @func is not called after an error.
 *
 * Returns: the sequence of the record; 0 on error
 */
guint64
leyden_rollout_edit_value (LeydenRollout          *self,
                           const char             *node,
                           const char             *port,
                           LeydenValue            *value,
                           const char             *actor,
                           LeydenRolloutAnswered   func,
                           gpointer                data,
                           GError                **error)
{
  g_autoptr(LeydenValue) before = NULL;
  g_autoptr(LeydenValue) coerced = NULL;
  g_autoptr(GError) local_error = NULL;
  g_autofree char *buffer = NULL;
  LeydenDebugPlace place = { 0 };
  LeydenScope *scope = NULL;
  guint index = 0, output;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), 0);

  if (!leyden_rollout_edit_check_paused (self, error))
    return 0;
  if (leyden_debug_place_find (&place, self->plan, self->root->path, node))
    scope = leyden_rollout_find_scope (self, node, &index);
  /* A value stands in one round, not in all. */
  if (scope != NULL && strcmp (leyden_scope_node_path (scope, index, &buffer), node) != 0)
    scope = NULL;
  leyden_debug_place_clear (&place);
  if (place.plan == NULL)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, _("The flow has no node “%s”"), node);
  if (scope == NULL)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("“%s” is in no round that is under way"), node);
  output = find_output (scope, index, port);
  if (output == LEYDEN_PLAN_NONE)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, _("The node has no output “%s”"), port);
  if (scope->states[index] != LEYDEN_NODE_SUCCEEDED && scope->states[index] != LEYDEN_NODE_FAILED)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("“%s” has not ended"), node);
  if (scope->values[output] == NULL)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("Nothing came out of “%s”: there is no value to change"), port);
  coerced = leyden_port_type_coerce (scope->plan->outputs[output].port->type, value, &local_error);
  if (coerced == NULL)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, "\"value\": %s", local_error->message);
  if (!check_targets (scope, output, error))
    return 0;
  before = leyden_value_ref (scope->values[output]);
  set_output (scope, output, coerced);
  leyden_rollout_log_as (self, actor, "value.edited", node, describe ("port", port, coerced, before));
  return leyden_rollout_edit_written (self, func, data);
}

void
leyden_rollout_read_edited_value (LeydenScope  *scope,
                                  guint         node,
                                  LeydenRecord *record)
{
  guint output = find_output (scope, node, leyden_value_get_member_string (record->payload, "port", ""));
  LeydenValue *value = leyden_value_get_member (record->payload, "value");

  if (output != LEYDEN_PLAN_NONE && value != NULL)
    set_output (scope, output, value);
}

/* Parameters */

static LeydenValue *
get_parameter (LeydenRollout        *self,
               const LeydenPlanNode *node,
               const char           *key,
               guint                 index)
{
  LeydenValue *slot = self->slots != NULL ? leyden_value_get_member (self->slots, key) : NULL;

  return slot != NULL ? slot : node->parameters[index];
}

static guint
find_parameter (const LeydenPlanNode *node,
                const char           *name)
{
  GPtrArray *parameters = node->type->parameters;

  for (guint i = 0; i < parameters->len; i++)
    if (g_str_equal (((LeydenParameter *) g_ptr_array_index (parameters, i))->name, name))
      return i;
  return LEYDEN_PLAN_NONE;
}

static void
set_slot (LeydenRollout *self,
          const char    *key,
          LeydenValue   *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *slots;

  if (self->slots == NULL)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      self->slots = leyden_value_builder_end_value (&b);
    }
  slots = leyden_value_with_member (self->slots, key, value);
  leyden_value_unref (self->slots);
  self->slots = slots;
}

static char *
make_key (const LeydenPlanNode *node,
          const char           *parameter)
{
  return g_strconcat (leyden_plan_node_get_path (node), "/", parameter, NULL);
}

/* Of the node itself, or in a round that is open: what runs has read its parameters. Rounds that come later read the new ones. */
static gboolean
node_has_started (LeydenRollout *self,
                  LeydenPlan    *plan,
                  guint          node)
{
  if (plan == self->root->plan)
    return self->root->states[node] > LEYDEN_NODE_READY;
  for (LeydenNodeContext *context = self->running; context != NULL; context = context->next)
    for (LeydenScope *round = context->bodies != NULL ? context->bodies->rounds : NULL; round != NULL; round = round->next)
      if (round->plan == plan && (round->states[node] == LEYDEN_NODE_RUNNING || round->states[node] == LEYDEN_NODE_WAITING))
        return TRUE;
  return FALSE;
}

static gboolean
has_tool (const LeydenPlanNode *holder,
          guint                 tool)
{
  for (guint i = 0; holder->tools != NULL && i < holder->tools->len; i++)
    if (g_array_index (holder->tools, LeydenPlanTool, i).node == tool)
      return TRUE;
  return FALSE;
}

/* A tool has begun with the first node that may call it: what it says of itself is in the requests. */
static gboolean
has_started (LeydenRollout *self,
             LeydenPlan    *plan,
             guint          node)
{
  if (node_has_started (self, plan, node))
    return TRUE;
  for (guint i = 0; i < plan->n_nodes; i++)
    if (i != node && has_tool (&plan->nodes[i], node) && has_started (self, plan, i))
      return TRUE;
  return FALSE;
}

/* The container of the whole flow that the node is in has ended: no round comes later. */
static gboolean
is_over (LeydenRollout          *self,
         const LeydenDebugPlace *place)
{
  const LeydenPlan *root = self->root->plan;

  for (guint i = 0; i < root->n_nodes && place->plan != root; i++)
    {
      const LeydenPlan *body = root->nodes[i].body;

      if (body != NULL && self->root->states[i] > LEYDEN_NODE_WAITING
          && leyden_plan_holds (body, place->number))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_error_of (const LeydenProblem *problem,
             const char          *id,
             const char          *parameter)
{
  return problem->severity == LEYDEN_PROBLEM_ERROR && problem->scope[0] == NULL && strcmp (problem->id, id) == 0
         && g_strcmp0 (problem->port, parameter) == 0;
}

static gboolean
has_same_ports (GPtrArray *a,
                GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const LeydenPort *x = g_ptr_array_index (a, i), *y = g_ptr_array_index (b, i);

      if (strcmp (x->name, y->name) != 0 || x->type != y->type || x->required != y->required || x->multiple != y->multiple)
        return FALSE;
    }
  return TRUE;
}

/* The plan of a rollout under way has the ports that it has: values wait at them. */
static gboolean
check_ports (LeydenRollout         *self,
             const LeydenPlanNode  *plan_node,
             LeydenNode            *changed,
             const char            *parameter,
             GError               **error)
{
  LeydenNodeTypes *types = leyden_engine_get_types (self->engine);
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types, changed);
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (types, changed);

  if (has_same_ports (inputs, plan_node->input_ports) && has_same_ports (outputs, plan_node->output_ports))
    return TRUE;
  return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("With that “%s” the node has other inputs or outputs; fork the rollout instead"), parameter);
}

/* What the check of a flow says of it with the new value: errors of the parameter, and ports. */
static gboolean
check_value (LeydenRollout           *self,
             const LeydenDebugPlace  *place,
             const char              *parameter,
             LeydenValue             *value,
             GError                 **error)
{
  g_autoptr(LeydenValue) document = leyden_flow_to_value (place->plan->flow);
  g_autoptr(LeydenFlow) flow = leyden_flow_from_value (document, NULL);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("");
  g_autoptr(GPtrArray) problems = NULL;
  const LeydenPlanNode *plan_node = &place->plan->nodes[place->node];

  if (flow == NULL)
    return TRUE;
  leyden_edit_set_parameter (edit, plan_node->id, parameter, value);
  if (!leyden_flow_apply (flow, edit, NULL))
    return TRUE;
  problems = leyden_flow_check (flow, leyden_engine_get_types (self->engine));
  for (guint i = 0; i < problems->len; i++)
    {
      const LeydenProblem *problem = g_ptr_array_index (problems, i);

      if (is_error_of (problem, plan_node->id, parameter))
        return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, "\"value\": %s", problem->message);
    }
  return check_ports (self, plan_node, leyden_flow_get_node (flow, plan_node->id), parameter, error);
}

/**
 * leyden_rollout_edit_parameter:
 * @self: a paused rollout
 * @node: path of a node; in the body of a container of any round, and then it holds for all that have not started it
 * @parameter: one of its parameters
 * @value: that it takes
 * @actor: who changes it, for the log
 * @func: (nullable): called once, when the record of it is on disk, or with the error of the store
 * @data: for @func
 * @error: return location, or %NULL
 *
 * Errors: as leyden_rollout_edit_value().
 *
 * Returns: the sequence of the record; 0 on error
 */
guint64
leyden_rollout_edit_parameter (LeydenRollout          *self,
                               const char             *node,
                               const char             *parameter,
                               LeydenValue            *value,
                               const char             *actor,
                               LeydenRolloutAnswered   func,
                               gpointer                data,
                               GError                **error)
{
  LeydenDebugPlace place = { 0 };
  const LeydenPlanNode *plan_node;
  g_autofree char *key = NULL;
  g_autoptr(LeydenValue) record = NULL;
  guint index;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), 0);

  if (!leyden_rollout_edit_check_paused (self, error))
    return 0;
  if (!leyden_debug_place_find (&place, self->plan, self->root->path, node))
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, _("The flow has no node “%s”"), node);
  leyden_debug_place_clear (&place);
  plan_node = &place.plan->nodes[place.node];
  index = find_parameter (plan_node, parameter);
  if (index == LEYDEN_PLAN_NONE)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, _("The node has no parameter “%s”"), parameter);
  if (has_started (self, place.plan, place.node) || is_over (self, &place))
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("“%s” has started already; fork the rollout instead"), node);
  if (!check_value (self, &place, parameter, value, error))
    return 0;
  key = make_key (plan_node, parameter);
  record = describe ("parameter", parameter, value, get_parameter (self, plan_node, key, index));
  set_slot (self, key, value);
  leyden_rollout_log_as (self, actor, "parameter.edited", node, g_steal_pointer (&record));
  return leyden_rollout_edit_written (self, func, data);
}

void
leyden_rollout_read_edited_parameter (LeydenRollout *self,
                                      LeydenRecord  *record)
{
  const char *parameter = leyden_value_get_member_string (record->payload, "parameter", NULL);
  LeydenValue *value = leyden_value_get_member (record->payload, "value");
  LeydenDebugPlace place = { 0 };
  g_autofree char *key = NULL;

  if (parameter == NULL || value == NULL || !leyden_debug_place_find (&place, self->plan, self->root->path, record->node))
    return;
  key = make_key (&place.plan->nodes[place.node], parameter);
  leyden_debug_place_clear (&place);
  set_slot (self, key, value);
}
