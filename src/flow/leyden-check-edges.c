/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-check.h"

#include <glib/gi18n-lib.h>
#include "leyden-check-private.h"
#include "leyden-conversion.h"
#include "leyden-text.h"

typedef struct
{
  LeydenEdge      *edge;
  guint            index;
  LeydenCheckNode *source;
  LeydenCheckNode *target;
  LeydenPort      *output;
  LeydenPort      *input;
} LeydenWire;

static void
offer_removal (LeydenProblem *problem,
               const char    *edge)
{
  LeydenEdit *edit = leyden_edit_new (_("Remove the wire"));

  leyden_edit_remove_edge (edit, edge);
  leyden_problem_set_repair (problem, edit);
}

static void
check_ends (LeydenChecker *self,
            LeydenWire    *wire)
{
  LeydenEdge *edge = wire->edge;

  for (int end = 0; end < 2; end++)
    {
      gboolean is_source = end == 0;
      LeydenCheckNode *node = is_source ? wire->source : wire->target;
      LeydenCheckNode *other = is_source ? wire->target : wire->source;
      g_autofree char *id = NULL;
      g_autofree char *missing = NULL;
      LeydenProblem *problem;

      if (node != NULL)
        continue;
      id = leyden_text_escape (edge->element.id, -1, 60);
      missing = leyden_text_escape (is_source ? edge->source : edge->target, -1, 60);
      problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, is_source ? "edge-source-missing" : "edge-target-missing",
                                    LEYDEN_ELEMENT_EDGE, edge->element.id, is_source ? edge->source_port : edge->target_port,
                                    g_strdup_printf ("/edges/%u/%s", wire->index, is_source ? "source" : "target"),
                                    is_source
                                      /* Translators: id of a wire, title of a node or "?", id of a node. */
                                      ? _("The wire “%s” to “%s” comes from a node “%s” that does not exist.")
                                      : _("The wire “%s” from “%s” leads to a node “%s” that does not exist."),
                                    id, other != NULL ? other->name : "?", missing);
      offer_removal (problem, edge->element.id);
    }
}

static void
check_ports (LeydenChecker *self,
             LeydenWire    *wire)
{
  LeydenEdge *edge = wire->edge;

  for (int end = 0; end < 2; end++)
    {
      gboolean is_source = end == 0;
      LeydenCheckNode *node = is_source ? wire->source : wire->target;
      LeydenPort *port = is_source ? wire->output : wire->input;
      const char *name = is_source ? edge->source_port : edge->target_port;
      g_autofree char *shown = NULL;
      LeydenProblem *problem;

      if (node == NULL || node->type == NULL || port != NULL)
        continue;
      shown = leyden_text_escape (name, -1, 60);
      problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, is_source ? "edge-source-port-unknown" : "edge-target-port-unknown",
                                    LEYDEN_ELEMENT_EDGE, edge->element.id, name,
                                    g_strdup_printf ("/edges/%u/%s", wire->index, is_source ? "source_port" : "target_port"),
                                    is_source ? _("A wire comes from the output “%s” of “%s”, which has no such output.")
                                              : _("A wire leads to the input “%s” of “%s”, which has no such input."),
                                    shown, node->name);
      offer_removal (problem, edge->element.id);
    }
}

LeydenEdit *
leyden_edit_new_conversion (LeydenFlow     *flow,
                            LeydenEdge     *edge,
                            LeydenPortType  from,
                            LeydenPortType  to,
                            const char     *node_id,
                            const char     *first_id,
                            const char     *second_id)
{
  g_autoptr(GPtrArray) ways = NULL;
  const LeydenConversionWay *way;
  LeydenNode *source;
  LeydenNode *target;
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (edge != NULL, NULL);

  source = leyden_flow_get_node (flow, edge->source);
  target = leyden_flow_get_node (flow, edge->target);
  ways = leyden_conversion_list_ways (from, to);
  if (source == NULL || target == NULL || ways->len == 0)
    return NULL;
  way = g_ptr_array_index (ways, 0);
  edit = leyden_edit_new (way->extracts ? _("Put an Extract node between them") : _("Put a Transform node between them"));
  leyden_edit_remove_edge (edit, edge->element.id);
  leyden_conversion_add_node (way, edit, node_id, (source->position.x + target->position.x) / 2,
                              (source->position.y + target->position.y) / 2 + 60);
  leyden_edit_add_edge (edit, first_id, edge->source, edge->source_port, node_id, leyden_conversion_get_input (way));
  leyden_edit_add_edge (edit, second_id, node_id, leyden_conversion_get_output (way), edge->target, edge->target_port);
  return edit;
}

static void
offer_conversion (LeydenChecker *self,
                  LeydenWire    *wire,
                  LeydenProblem *problem)
{
  const char *id = wire->edge->element.id;
  g_autofree char *node_seed = g_strconcat (id, "/node", NULL);
  g_autofree char *first_seed = g_strconcat (id, "/in", NULL);
  g_autofree char *second_seed = g_strconcat (id, "/out", NULL);
  g_autofree char *node = leyden_checker_new_id (self, node_seed);
  g_autofree char *first = leyden_checker_new_id (self, first_seed);
  g_autofree char *second = leyden_checker_new_id (self, second_seed);
  LeydenEdit *edit = leyden_edit_new_conversion (self->flow, wire->edge, wire->output->type, wire->input->type, node, first, second);

  if (edit != NULL)
    leyden_problem_set_repair (problem, edit);
}

static void
check_types (LeydenChecker *self,
             LeydenWire    *wire)
{
  g_autofree char *reason = NULL;
  g_autofree char *output = NULL;
  g_autofree char *input = NULL;
  LeydenConversion conversion;
  LeydenProblem *problem;
  gboolean offered;

  if (wire->output == NULL || wire->input == NULL)
    return;
  conversion = leyden_port_type_convert (wire->output->type, wire->input->type, &reason, NULL);
  offered = conversion == LEYDEN_CONVERSION_OFFERED;
  if (!offered && conversion != LEYDEN_CONVERSION_REFUSED)
    return;
  output = leyden_text_escape (wire->output->title, -1, 60);
  input = leyden_text_escape (wire->input->title, -1, 60);
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, offered ? "edge-type-convertible" : "edge-type-refused",
                                LEYDEN_ELEMENT_EDGE, wire->edge->element.id, wire->edge->target_port,
                                g_strdup_printf ("/edges/%u", wire->index),
                                /* Translators: output and its node, input and its node, the reason. */
                                _("The output “%s” of “%s” does not fit the input “%s” of “%s”. %s"), output, wire->source->name,
                                input, wire->target->name, reason);
  if (offered)
    offer_conversion (self, wire, problem);
  else
    offer_removal (problem, wire->edge->element.id);
}

/* An output that its node's settings keep silent. */
static void
check_alive (LeydenChecker *self,
             LeydenWire    *wire)
{
  LeydenPort *output = wire->output;
  const LeydenParameter *parameter;
  LeydenValue *value;
  g_autofree char *name = NULL;
  g_autofree char *setting = NULL;
  LeydenProblem *problem;
  LeydenEdit *edit;

  if (output == NULL || output->alive_parameter == NULL || wire->source->node->mode != LEYDEN_NODE_MODE_ON)
    return;
  value = leyden_node_types_get_parameter (self->types, wire->source->node, output->alive_parameter);
  for (guint i = 0; i < leyden_value_get_size (output->alive_values); i++)
    if (leyden_value_equal (value, leyden_value_get_item (output->alive_values, i)))
      return;
  parameter = leyden_node_type_find_parameter (wire->source->type, output->alive_parameter);
  name = leyden_text_escape (output->title, -1, 60);
  setting = leyden_text_escape (parameter != NULL ? parameter->title : output->alive_parameter, -1, 60);
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "output-silent", LEYDEN_ELEMENT_EDGE, wire->edge->element.id,
                                wire->edge->source_port, g_strdup_printf ("/edges/%u", wire->index),
                                /* Translators: an output, its node, one of the node's settings. */
                                _("The output “%s” of “%s” gives nothing as long as “%s” is set as it is."), name,
                                wire->source->name, setting);
  edit = leyden_edit_new (_("Change the setting"));
  leyden_edit_set_parameter (edit, wire->edge->source, output->alive_parameter, leyden_value_get_item (output->alive_values, 0));
  leyden_problem_set_repair (problem, edit);
}

/* Wires come in the order of their ids; the first one into an input is the good one. */
static void
check_only_wire (LeydenChecker *self,
                 LeydenWire    *wire,
                 GHashTable    *seen)
{
  LeydenEdge *edge = wire->edge;
  g_autofree char *key = NULL;
  g_autofree char *input = NULL;
  LeydenProblem *problem;

  if (wire->input == NULL)
    return;
  key = wire->input->multiple
          ? g_strjoin ("\n", edge->target, edge->target_port, edge->source, edge->source_port, NULL)
          : g_strjoin ("\n", edge->target, edge->target_port, NULL);
  if (g_hash_table_add (seen, g_steal_pointer (&key)))
    return;
  input = leyden_text_escape (wire->input->title, -1, 60);
  problem = wire->input->multiple
              ? leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "edge-duplicate", LEYDEN_ELEMENT_EDGE, edge->element.id,
                                    edge->target_port, g_strdup_printf ("/edges/%u", wire->index),
                                    _("The same output is connected twice to the input “%s” of “%s”."), input,
                                    wire->target->name)
              : leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "input-two-wires", LEYDEN_ELEMENT_EDGE, edge->element.id,
                                    edge->target_port, g_strdup_printf ("/edges/%u", wire->index),
                                    _("The input “%s” of “%s” takes one wire, and has more. Several values meet in a Merge."),
                                    input, wire->target->name);
  offer_removal (problem, edge->element.id);
}

/* Looks: nothing that keeps the flow from running. */
static void
check_points (LeydenChecker *self,
              LeydenWire    *wire)
{
  static const char * const path[] = { "points", NULL };
  const char *id = wire->edge->element.id;
  g_autofree graphene_point_t *points = NULL;
  g_autofree char *shown = NULL;
  LeydenProblem *problem;
  LeydenEdit *edit;
  guint n;

  if (leyden_edge_read_points (wire->edge->element.value, &points, &n))
    return;
  shown = leyden_text_escape (id, -1, 60);
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "edge-points-invalid", LEYDEN_ELEMENT_EDGE, id, NULL,
                                g_strdup_printf ("/edges/%u/points", wire->index),
                                _("The points that the wire “%s” is led through cannot be read; it is drawn without them."), shown);
  edit = leyden_edit_new (_("Remove the points"));
  leyden_edit_add (edit, LEYDEN_ELEMENT_EDGE, id, path, NULL);
  leyden_problem_set_repair (problem, edit);
}

void
leyden_check_edges (LeydenChecker *self)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (self->flow);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenWire wire = { .edge = g_ptr_array_index (edges, i), .index = i };

      wire.source = g_hash_table_lookup (self->by_id, wire.edge->source);
      wire.target = g_hash_table_lookup (self->by_id, wire.edge->target);
      wire.output = wire.source != NULL ? leyden_ports_find (wire.source->outputs, wire.edge->source_port) : NULL;
      wire.input = wire.target != NULL ? leyden_ports_find (wire.target->inputs, wire.edge->target_port) : NULL;
      check_ends (self, &wire);
      check_ports (self, &wire);
      check_types (self, &wire);
      check_alive (self, &wire);
      check_only_wire (self, &wire, seen);
      check_points (self, &wire);
    }
}
