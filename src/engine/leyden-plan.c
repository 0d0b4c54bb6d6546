/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-check.h"
#include "leyden-flow-pins.h"
#include "leyden-plan-private.h"

#define MAX_PROBLEMS_NAMED 3

static void
node_clear (LeydenPlanNode *node)
{
  if (node->prepared_destroy != NULL)
    node->prepared_destroy (node->prepared);
  if (node->type != NULL && node->parameters != NULL)
    for (guint i = 0; i < node->type->parameters->len; i++)
      leyden_value_unref (node->parameters[i]);
  g_free (node->parameters);
  g_strfreev (node->retry_on);
  g_free (node->bypass);
  g_free (node->static_path);
  g_clear_pointer (&node->body, leyden_plan_unref);
  g_clear_pointer (&node->sources, leyden_value_unref);
  g_clear_pointer (&node->pinned, leyden_value_unref);
  g_clear_pointer (&node->tools, g_array_unref);
  g_clear_pointer (&node->input_ports, g_ptr_array_unref);
  g_clear_pointer (&node->output_ports, g_ptr_array_unref);
  g_clear_pointer (&node->node, leyden_node_unref);
}

static void
plan_free (LeydenPlan *self)
{
  for (guint i = 0; i < self->n_nodes; i++)
    {
      if (self->executors != NULL)
        g_clear_object (&self->executors[i]);
      node_clear (&self->nodes[i]);
    }
  for (guint i = 0; i < self->n_wires; i++)
    g_free (self->wires[i].id);
  g_free (self->executors);
  g_free (self->nodes);
  g_free (self->inputs);
  g_free (self->outputs);
  g_free (self->wires);
  g_free (self->wires_in);
  g_free (self->wires_out);
  g_free (self->hash);
  g_free (self->flow_id);
  g_clear_pointer (&self->index, g_hash_table_unref);
  g_clear_pointer (&self->input_fields, leyden_value_unref);
  g_clear_pointer (&self->training_rows, leyden_value_unref);
  g_free (self->training_hash);
  g_clear_object (&self->flow);
  g_free (self);
}

LeydenPlan *
leyden_plan_ref (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
leyden_plan_unref (LeydenPlan *self)
{
  g_return_if_fail (self != NULL);
  if (g_atomic_ref_count_dec (&self->ref_count))
    plan_free (self);
}

LeydenFlow *
leyden_plan_get_flow (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->flow;
}

const char *
leyden_plan_get_hash (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->hash;
}

const char *
leyden_plan_get_flow_id (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->flow_id;
}

LeydenValue *
leyden_plan_get_input_fields (LeydenPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->input_fields;
}

guint
leyden_plan_find_node (LeydenPlan *self,
                       const char *id)
{
  /* LEYDEN_PLAN_NONE is what comes before 0. */
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->index, id)) - 1;
}

/* Where "[3]/" behind the id of a container ends; NULL when it is not there. */
static const char *
skip_index (const char *text)
{
  const char *end = text + 1;

  if (*text != '[' || !g_ascii_isdigit (*end))
    return NULL;
  while (g_ascii_isdigit (*end))
    end++;
  return end[0] == ']' && end[1] == '/' ? end + 2 : NULL;
}

static guint
resolve_inside (LeydenPlan  *self,
                const char  *path,
                gboolean     exact,
                gsize       *scope,
                LeydenPlan **plan)
{
  for (guint i = 0; i < self->n_nodes; i++)
    {
      const LeydenPlanNode *node = &self->nodes[i];
      const char *rest = node->body != NULL && g_str_has_prefix (path, node->id) ? skip_index (path + strlen (node->id)) : NULL;
      guint found = rest != NULL ? leyden_plan_resolve_path (node->body, rest, exact, scope, plan) : LEYDEN_PLAN_NONE;

      if (found == LEYDEN_PLAN_NONE)
        continue;
      *scope += (gsize) (rest - path);
      return found;
    }
  return LEYDEN_PLAN_NONE;
}

/* Ids are any text: the whole path first, then bodies, then what stands before the turn, the tool or the index. */
guint
leyden_plan_resolve_path (LeydenPlan  *self,
                          const char  *path,
                          gboolean     exact,
                          gsize       *scope,
                          LeydenPlan **plan)
{
  guint node = leyden_plan_find_node (self, path);

  *scope = 0;
  if (node == LEYDEN_PLAN_NONE)
    {
      node = resolve_inside (self, path, exact, scope, plan);
      if (node != LEYDEN_PLAN_NONE)
        return node;
    }
  for (const char *end = path + strlen (path); node == LEYDEN_PLAN_NONE && !exact && end > path; end--)
    if (*end != '\0' && strchr ("#/[", *end) != NULL)
      {
        g_autofree char *id = g_strndup (path, (gsize) (end - path));

        node = leyden_plan_find_node (self, id);
      }
  *plan = self;
  return node;
}

gboolean
leyden_plan_holds (const LeydenPlan *self,
                   guint             number)
{
  if (number >= self->first_number && number < self->first_number + self->n_nodes)
    return TRUE;
  for (guint i = 0; i < self->n_nodes; i++)
    if (self->nodes[i].body != NULL && leyden_plan_holds (self->nodes[i].body, number))
      return TRUE;
  return FALSE;
}

void
leyden_plan_foreach_node (const LeydenPlan   *self,
                          LeydenPlanNodeFunc  func,
                          gpointer            data)
{
  for (guint i = 0; i < self->n_nodes; i++)
    func (&self->nodes[i], data);
  for (guint i = 0; i < self->n_nodes; i++)
    if (self->nodes[i].body != NULL)
      leyden_plan_foreach_node (self->nodes[i].body, func, data);
}

static gboolean
check_flow (LeydenFlow       *flow,
            LeydenNodeTypes  *types,
            GError          **error)
{
  g_autoptr(GPtrArray) problems = leyden_flow_check (flow, types);
  g_autoptr(GString) text = g_string_new (NULL);
  guint n_errors = 0;

  for (guint i = 0; i < problems->len; i++)
    {
      LeydenProblem *problem = g_ptr_array_index (problems, i);

      if (problem->severity != LEYDEN_PROBLEM_ERROR)
        continue;
      if (n_errors++ < MAX_PROBLEMS_NAMED)
        g_string_append_printf (text, "%s%s", text->len ? "; " : "", problem->message);
    }
  if (n_errors == 0)
    return TRUE;
  if (n_errors > MAX_PROBLEMS_NAMED)
    g_string_append_printf (text, ngettext ("; and %u more", "; and %u more", n_errors - MAX_PROBLEMS_NAMED),
                            n_errors - MAX_PROBLEMS_NAMED);
  g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW, text->str);
  return FALSE;
}

/* `retry.on` is a code, a list of codes, or absent (any failure). */
static char **
read_retry_on (LeydenNode *node)
{
  LeydenValue *on = leyden_value_get_member (leyden_value_get_member (leyden_node_get_value (node), "retry"), "on");
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  const char *one = leyden_value_get_string (on, NULL);

  if (one != NULL)
    g_strv_builder_add (builder, one);
  for (guint i = 0; leyden_value_get_kind (on) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (on); i++)
    if ((one = leyden_value_get_string (leyden_value_get_item (on, i), NULL)) != NULL)
      g_strv_builder_add (builder, one);
  {
    g_auto(GStrv) codes = g_strv_builder_end (builder);

    if (codes[0] == NULL || g_strv_contains ((const char * const *) codes, "any"))
      return NULL;
    return g_steal_pointer (&codes);
  }
}

/* A kind that is always a tool, or one that may be one and has no other wire. */
static gboolean
is_tool (LeydenFlow           *flow,
         const LeydenPlanNode *node)
{
  for (guint i = 0; i < node->n_outputs && !node->type->is_tool; i++)
    {
      LeydenPort *port = g_ptr_array_index (node->output_ports, i);

      if (port->type == LEYDEN_PORT_TOOLS)
        return leyden_flow_is_only_called (flow, node->id, port->name);
    }
  return node->type->is_tool;
}

/* A disabled node may be of a type that is not installed here: it stands in the plan only to be told of. */
static const LeydenNodeType *
get_missing_type (void)
{
  static LeydenNodeType *type;

  if (g_once_init_enter (&type))
    {
      LeydenNodeType *made = g_new0 (LeydenNodeType, 1);

      made->type = made->title = (char *) "";
      made->category = (char *) "flow";
      made->inputs = g_ptr_array_new ();
      made->outputs = g_ptr_array_new ();
      made->parameters = g_ptr_array_new ();
      g_once_init_leave (&type, made);
    }
  return type;
}

static void
init_bypass (LeydenPlanNode  *self,
             LeydenFlow      *flow,
             LeydenNodeTypes *types)
{
  self->bypass = g_new (int, self->n_outputs + 1);
  for (guint i = 0; i < self->n_outputs; i++)
    self->bypass[i] = leyden_node_find_bypass (flow, types, self->id, g_ptr_array_index (self->output_ports, i));
}

/* Large outputs lie in a blob, which whoever plans puts in their place before. */
static gboolean
init_pin (LeydenPlanNode  *self,
          GError         **error)
{
  LeydenValue *pin = leyden_node_get_pin (self->node);

  if (pin == NULL)
    return TRUE;
  if (leyden_pin_get_outputs (pin) == NULL)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
                   _("The values that “%s” is pinned to are not here. Unpin it, or run it where it was pinned"), self->id);
      return FALSE;
    }
  self->pinned = leyden_value_ref (leyden_pin_get_outputs (pin));
  return TRUE;
}

static gboolean
init_node (LeydenPlanNode   *self,
           LeydenFlow       *flow,
           LeydenNode       *node,
           LeydenNodeTypes  *types,
           GError          **error)
{
  self->node = leyden_node_ref (node);
  self->id = leyden_node_get_id (node);
  self->mode = leyden_node_get_mode (node);
  self->type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
  if (self->type == NULL && self->mode == LEYDEN_NODE_MODE_DISABLED)
    self->type = get_missing_type ();
  if (self->type == NULL)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
                   _("Node “%s”: the type “%s” is not installed"), self->id, leyden_node_get_type_name (node));
      return FALSE;
    }
  self->input_ports = leyden_node_types_dup_inputs (types, node);
  self->output_ports = leyden_node_types_dup_outputs (types, node);
  self->n_inputs = self->input_ports->len;
  self->n_outputs = self->output_ports->len;
  self->error_output = LEYDEN_PLAN_NONE;
  self->is_tool = is_tool (flow, self);
  /* A disabled one chooses nothing. */
  self->is_merge = g_str_equal (self->type->type, "merge") && self->mode != LEYDEN_NODE_MODE_DISABLED;
  self->is_output = g_str_equal (self->type->type, "output");
  self->retry_max = self->mode == LEYDEN_NODE_MODE_ON ? leyden_node_get_retry_max (node) : 0;
  if (self->mode == LEYDEN_NODE_MODE_ON && !init_pin (self, error))
    return FALSE;
  self->retry_on = read_retry_on (node);
  self->parameters = g_new0 (LeydenValue *, self->type->parameters->len + 1);
  for (guint i = 0; i < self->type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (self->type->parameters, i);

      self->parameters[i] = leyden_value_ref (leyden_node_types_get_parameter (types, node, parameter->name));
    }
  if (self->mode == LEYDEN_NODE_MODE_BYPASSED)
    init_bypass (self, flow, types);
  return TRUE;
}

static gboolean
init_nodes (LeydenPlan       *self,
            LeydenNodeTypes  *types,
            GError          **error)
{
  g_autoptr(LeydenFlowOrder) order = leyden_flow_order_new (self->flow, types);
  GPtrArray *nodes = leyden_flow_order_get_nodes (order);

  self->nodes = g_new0 (LeydenPlanNode, nodes->len + 1);
  for (guint i = 0; i < nodes->len; i++)
    {
      self->n_nodes = i + 1;
      if (!init_node (&self->nodes[i], self->flow, g_ptr_array_index (nodes, i), types, error))
        return FALSE;
      self->learns |= self->nodes[i].type->learns && self->nodes[i].mode == LEYDEN_NODE_MODE_ON;
      self->nodes[i].first_input = self->n_inputs;
      self->nodes[i].first_output = self->n_outputs;
      self->n_inputs += self->nodes[i].n_inputs;
      self->n_outputs += self->nodes[i].n_outputs;
      self->nodes[i].number = self->first_number + i;
      g_hash_table_insert (self->index, (gpointer) self->nodes[i].id, GUINT_TO_POINTER (i + 1));
    }
  return TRUE;
}

static void
init_ports (LeydenPlan *self)
{
  self->inputs = g_new0 (LeydenPlanPort, self->n_inputs + 1);
  self->outputs = g_new0 (LeydenPlanPort, self->n_outputs + 1);
  for (guint i = 0; i < self->n_nodes; i++)
    {
      LeydenPlanNode *node = &self->nodes[i];

      for (guint j = 0; j < node->n_inputs; j++)
        self->inputs[node->first_input + j].port = g_ptr_array_index (node->input_ports, j);
      for (guint j = 0; j < node->n_outputs; j++)
        {
          LeydenPort *port = g_ptr_array_index (node->output_ports, j);

          self->outputs[node->first_output + j].port = port;
          if (port->is_error)
            node->error_output = node->first_output + j;
        }
    }
}

static guint
find_port (GPtrArray  *ports,
           const char *name)
{
  for (guint i = 0; i < ports->len; i++)
    if (g_strcmp0 (((LeydenPort *) g_ptr_array_index (ports, i))->name, name) == 0)
      return i;
  return LEYDEN_PLAN_NONE;
}

static void
add_tool (LeydenPlanNode *node,
          guint           input,
          guint           tool)
{
  LeydenPlanTool entry = { input, tool };

  if (node->tools == NULL)
    node->tools = g_array_new (FALSE, FALSE, sizeof (LeydenPlanTool));
  g_array_append_val (node->tools, entry);
}

static gboolean
is_missing (LeydenPlan *self,
            guint       node)
{
  return node != LEYDEN_PLAN_NONE && self->nodes[node].type == get_missing_type ();
}

static gboolean
add_edge (LeydenPlan  *self,
          LeydenEdge  *edge,
          GError     **error)
{
  guint source = leyden_plan_find_node (self, leyden_edge_get_source (edge));
  guint target = leyden_plan_find_node (self, leyden_edge_get_target (edge));
  guint output = LEYDEN_PLAN_NONE, input = LEYDEN_PLAN_NONE;

  if (source != LEYDEN_PLAN_NONE)
    output = find_port (self->nodes[source].output_ports, leyden_edge_get_source_port (edge));
  if (target != LEYDEN_PLAN_NONE)
    input = find_port (self->nodes[target].input_ports, leyden_edge_get_target_port (edge));
  if ((output == LEYDEN_PLAN_NONE && is_missing (self, source)) || (input == LEYDEN_PLAN_NONE && is_missing (self, target)))
    return TRUE;
  if (output == LEYDEN_PLAN_NONE || input == LEYDEN_PLAN_NONE)
    {
      g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
                   _("Wire “%s” does not lead from an output to an input"), leyden_edge_get_id (edge));
      return FALSE;
    }
  {
    LeydenPlanNode *to = &self->nodes[target];
    LeydenPort *port = g_ptr_array_index (to->input_ports, input);

    if (port->type == LEYDEN_PORT_TOOLS)
      {
        if (self->nodes[source].mode == LEYDEN_NODE_MODE_ON)
          add_tool (to, input, source);
      }
    else
      self->wires[self->n_wires++] = (LeydenPlanWire) {
        .id = g_strdup (leyden_edge_get_id (edge)),
        .source = source, .output = self->nodes[source].first_output + output,
        .target = target, .input = to->first_input + input,
      };
  }
  return TRUE;
}

/* Fills the two lists of wires, by input and by output, each in the order of edge ids. */
static void
sort_wires (LeydenPlan *self)
{
  guint in = 0, out = 0;

  self->wires_in = g_new (guint, self->n_wires + 1);
  self->wires_out = g_new (guint, self->n_wires + 1);
  for (guint i = 0; i < self->n_wires; i++)
    {
      LeydenPlanWire *wire = &self->wires[i];

      self->inputs[wire->input].n_wires++;
      self->outputs[wire->output].n_wires++;
      self->nodes[wire->target].n_wires++;
      if (wire->output == self->nodes[wire->source].error_output)
        self->nodes[wire->source].error_wired = TRUE;
    }
  for (guint i = 0; i < self->n_inputs; i++)
    {
      self->inputs[i].first = in;
      in += self->inputs[i].n_wires;
      self->inputs[i].n_wires = 0;
    }
  for (guint i = 0; i < self->n_outputs; i++)
    {
      self->outputs[i].first = out;
      out += self->outputs[i].n_wires;
      self->outputs[i].n_wires = 0;
    }
  for (guint i = 0; i < self->n_wires; i++)
    {
      LeydenPlanPort *input = &self->inputs[self->wires[i].input];
      LeydenPlanPort *output = &self->outputs[self->wires[i].output];

      self->wires_in[input->first + input->n_wires++] = i;
      self->wires_out[output->first + output->n_wires++] = i;
    }
}

static gboolean
init_wires (LeydenPlan  *self,
            GError     **error)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (self->flow);

  self->wires = g_new0 (LeydenPlanWire, edges->len + 1);
  for (guint i = 0; i < edges->len; i++)
    if (!add_edge (self, g_ptr_array_index (edges, i), error))
      return FALSE;
  sort_wires (self);
  return TRUE;
}

static LeydenValue *
describe_wire (LeydenPlan *self,
               guint       wire)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, self->nodes[self->wires[wire].source].id);
  leyden_value_builder_add_string (&b, self->outputs[self->wires[wire].output].port->name);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_plan_describe_sources (LeydenPlan      *self,
                              guint            node,
                              LeydenPlanAlive  alive,
                              gpointer         data)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < self->nodes[node].n_inputs; i++)
    {
      LeydenPlanPort *input = &self->inputs[self->nodes[node].first_input + i];
      gboolean list = input->port->multiple;
      guint n = 0;

      for (guint j = 0; j < input->n_wires; j++)
        {
          guint wire = self->wires_in[input->first + j];

          if (alive != NULL && !alive (wire, data))
            continue;
          if (n++ == 0)
            {
              leyden_value_builder_key (&b, input->port->name);
              if (list)
                leyden_value_builder_begin_list (&b);
            }
          leyden_value_builder_take (&b, describe_wire (self, wire));
        }
      if (n > 0 && list)
        leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
find_input_fields (LeydenPlan *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  for (guint i = 0; i < self->n_nodes; i++)
    {
      LeydenPlanNode *node = &self->nodes[i];

      if (!g_str_equal (node->type->type, "input"))
        continue;
      for (guint j = 0; j < node->type->parameters->len; j++)
        {
          const LeydenParameter *parameter = g_ptr_array_index (node->type->parameters, j);

          if (g_str_equal (parameter->name, "fields") && leyden_value_get_kind (node->parameters[j]) == LEYDEN_VALUE_LIST)
            return leyden_value_ref (node->parameters[j]);
        }
    }
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Numbers of a body's nodes follow those of all nodes around it. */
static gboolean
init_bodies (LeydenPlan       *self,
             LeydenNodeTypes  *types,
             guint            *n_numbers,
             GError          **error)
{
  for (guint i = 0; i < self->n_nodes; i++)
    {
      LeydenPlanNode *node = &self->nodes[i];
      LeydenFlow *body;

      if (node->type->container == NULL || node->mode != LEYDEN_NODE_MODE_ON)
        continue;
      body = leyden_flow_get_body (self->flow, node->id);
      if (body == NULL || self->depth >= LEYDEN_FLOW_MAX_DEPTH)
        {
          g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW, _("“%s” has no flow inside that can run"), node->id);
          return FALSE;
        }
      node->body = leyden_plan_build (body, types, leyden_plan_node_get_path (node), self->depth + 1, n_numbers, error);
      if (node->body == NULL)
        return FALSE;
      self->learns |= node->body->learns;
    }
  return TRUE;
}

LeydenPlan *
leyden_plan_build (LeydenFlow       *flow,
                   LeydenNodeTypes  *types,
                   const char       *path,
                   guint             depth,
                   guint            *n_numbers,
                   GError          **error)
{
  g_autoptr(LeydenPlan) self = g_new0 (LeydenPlan, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->flow = g_object_ref (flow);
  self->depth = depth;
  self->first_number = *n_numbers;
  self->index = g_hash_table_new (g_str_hash, g_str_equal);
  self->prepared_thread = g_thread_self ();
  if (!init_nodes (self, types, error))
    return NULL;
  *n_numbers += self->n_nodes;
  for (guint i = 0; path != NULL && i < self->n_nodes; i++)
    self->nodes[i].static_path = g_strconcat (path, "/", self->nodes[i].id, NULL);
  init_ports (self);
  if (!init_wires (self, error) || !init_bodies (self, types, n_numbers, error))
    return NULL;
  for (guint i = 0; i < self->n_nodes; i++)
    self->nodes[i].sources = leyden_plan_describe_sources (self, i, NULL, NULL);
  return g_steal_pointer (&self);
}

/**
 * leyden_plan_new:
 * @flow: the flow; what runs is taken from it now, later edits do not change the plan
 * @types: the node types; must outlive the plan
 * @error: return location, or %NULL
 *
 * Errors: %LEYDEN_ENGINE_ERROR_FLOW when leyden_flow_check() finds errors; the message lists the first three.
 *
 * Returns: (transfer full): the plan, or %NULL with @error
 */
LeydenPlan *
leyden_plan_new (LeydenFlow       *flow,
                 LeydenNodeTypes  *types,
                 GError          **error)
{
  g_autoptr(LeydenPlan) self = NULL;
  guint n_numbers = 0;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  if (!check_flow (flow, types, error))
    return NULL;
  self = leyden_plan_build (flow, types, NULL, 0, &n_numbers, error);
  if (self == NULL)
    return NULL;
  self->n_numbers = n_numbers;
  self->hash = leyden_flow_hash (flow);
  self->flow_id = g_strdup (leyden_flow_get_id (flow));
  self->input_fields = find_input_fields (self);
  return g_steal_pointer (&self);
}
