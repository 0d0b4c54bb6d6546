/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-structure.h"

#include <glib/gi18n-lib.h>
#include "leyden-flow-pins.h"
#include "leyden-flow-slots.h"
#include "leyden-flow-structure-private.h"
#include "leyden-text.h"

/* A node becomes one of another kind: first its settings, which make the ports that the wires are then put to. */

typedef struct
{
  LeydenFlow           *flow;
  LeydenNodeTypes      *types;
  LeydenNode           *node;
  const LeydenNodeType *from;           /* nullable: not installed */
  const LeydenNodeType *to;
  GHashTable           *names;          /* old parameter → new one, borrowed; those that stay */
  LeydenElement        *made;           /* the new node */
  LeydenEdit           *edit;
  GPtrArray            *lost;
} Replace;

static void
replace_clear (Replace *self)
{
  g_clear_pointer (&self->names, g_hash_table_unref);
  g_clear_pointer (&self->made, leyden_element_unref);
  g_clear_pointer (&self->edit, leyden_edit_unref);
  g_clear_pointer (&self->lost, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Replace, replace_clear)

/* --- settings --- */

static gboolean
is_text (LeydenParameterKind kind)
{
  return kind == LEYDEN_PARAMETER_TEXT || kind == LEYDEN_PARAMETER_MULTILINE || kind == LEYDEN_PARAMETER_TEMPLATE;
}

static gboolean
is_number (LeydenParameterKind kind)
{
  return kind == LEYDEN_PARAMETER_INTEGER || kind == LEYDEN_PARAMETER_NUMBER;
}

static gboolean
takes_number (const LeydenParameter *parameter,
              LeydenValue           *value)
{
  double number;
  gint64 whole;

  return leyden_value_get_double (value, &number) && number >= parameter->minimum && number <= parameter->maximum
         && (parameter->kind == LEYDEN_PARAMETER_NUMBER || leyden_value_get_int (value, &whole));
}

/* Whether a parameter can hold what another one held. */
static gboolean
takes (const LeydenParameter *parameter,
       const LeydenParameter *old,
       LeydenValue           *value)
{
  if (is_number (parameter->kind))
    return takes_number (parameter, value);
  if (parameter->kind == LEYDEN_PARAMETER_ENUM)
    return leyden_value_get_string (value, NULL) != NULL
           && g_strv_contains ((const char * const *) parameter->choices, leyden_value_get_string (value, NULL));
  if (old == NULL || (is_text (parameter->kind) && is_text (old->kind)))
    return !is_text (parameter->kind) || leyden_value_get_kind (value) == LEYDEN_VALUE_STRING;
  return parameter->kind == old->kind;
}

static gboolean
is_taken (Replace    *self,
          const char *name)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_str_equal (value, name))
      return TRUE;
  return FALSE;
}

/* Slots that say what a setting is for, not only of which type. */
static gboolean
is_telling (const LeydenParameter *parameter)
{
  static const char * const slots[] = { "prompt", "examples", "model", "temperature", NULL };

  return parameter != NULL && parameter->slot != NULL && g_strv_contains (slots, parameter->slot);
}

/* Names before slots, so that no slot takes the place of a name. */
static void
match_parameters (Replace     *self,
                  LeydenValue *values,
                  gboolean     by_slot)
{
  for (guint i = 0; i < leyden_value_get_size (values); i++)
    {
      const char *name = leyden_value_get_key (values, i);
      LeydenValue *value = leyden_value_get_item (values, i);
      const LeydenParameter *old = self->from != NULL ? leyden_node_type_find_parameter (self->from, name) : NULL;

      if (g_hash_table_contains (self->names, name) || (by_slot && !is_telling (old)))
        continue;
      for (guint k = 0; k < self->to->parameters->len; k++)
        {
          const LeydenParameter *parameter = g_ptr_array_index (self->to->parameters, k);

          if ((by_slot ? g_strcmp0 (parameter->slot, old->slot) != 0 : !g_str_equal (parameter->name, name))
              || is_taken (self, parameter->name) || !takes (parameter, old, value))
            continue;
          g_hash_table_insert (self->names, (gpointer) name, parameter->name);
          break;
        }
    }
}

static void
lose (Replace *self,
      char    *text)
{
  g_ptr_array_add (self->lost, text);
}

static LeydenValue *
make_parameters (Replace     *self,
                 LeydenValue *values)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (values); i++)
    {
      const char *name = leyden_value_get_key (values, i);
      const char *now = g_hash_table_lookup (self->names, name);
      const LeydenParameter *old = self->from != NULL ? leyden_node_type_find_parameter (self->from, name) : NULL;
      g_autofree char *shown = NULL;

      if (now != NULL)
        {
          leyden_value_builder_set (&b, now, leyden_value_get_item (values, i));
          continue;
        }
      /* What says the same as nothing is not missed. */
      if (old != NULL && leyden_value_equal (old->fallback, leyden_value_get_item (values, i)))
        continue;
      shown = leyden_text_escape (old != NULL ? old->title : name, -1, 60);
      lose (self, g_strdup_printf (_("Setting “%s”"), shown));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Marks of the settings that stay and may be trained there too; NULL without any. */
static LeydenValue *
make_marks (Replace *self)
{
  LeydenValue *list = leyden_value_get_member (self->node->element.value, "trainable");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = 0;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (list); i++)
    {
      LeydenValue *mark = leyden_value_get_item (list, i);
      const char *name = leyden_trainable_get_name (mark);
      const char *now = name != NULL ? g_hash_table_lookup (self->names, name) : NULL;
      const LeydenParameter *parameter = leyden_node_type_find_parameter (self->to, now != NULL ? now : name != NULL ? name : "");
      g_autofree char *shown = NULL;

      /* A setting that is not set itself has the default of its kind. */
      if (parameter != NULL && parameter->slot != NULL)
        {
          if (leyden_value_get_kind (mark) == LEYDEN_VALUE_OBJECT)
            leyden_value_builder_take (&b, leyden_structure_with_text (mark, "name", parameter->name));
          else
            leyden_value_builder_add_string (&b, parameter->name);
          n++;
          continue;
        }
      shown = leyden_text_escape (name != NULL ? name : "", -1, 60);
      lose (self, g_strdup_printf (_("That “%s” can be trained"), shown));
    }
  leyden_value_builder_end (&b);
  return n > 0 ? leyden_value_builder_end_value (&b) : NULL;
}

/* --- the node --- */

static LeydenValue *
with_body (Replace     *self,
           LeydenValue *value)
{
  gboolean had = leyden_node_get_body (self->node) != NULL;
  g_autoptr(LeydenValue) body = NULL;

  if (self->to->container == NULL)
    {
      if (had)
        lose (self, g_strdup (_("What is inside")));
      return leyden_value_with_member (value, "flow", NULL);
    }
  if (had)
    return leyden_value_ref (value);
  body = leyden_flow_new_body (self->to->container->fields, self->to->container->results);
  return leyden_value_with_member (value, "flow", body);
}

/* What it gave as another kind is not what it gives now. */
static LeydenValue *
without_pin (Replace     *self,
             LeydenValue *value)
{
  if (leyden_node_get_pin (self->node) != NULL)
    lose (self, g_strdup (_("The pinned output")));
  return leyden_value_with_member (value, "pin", NULL);
}

static void
make_node (Replace *self)
{
  LeydenValue *old = self->node->parameters;
  g_autoptr(LeydenValue) parameters = NULL;
  g_autoptr(LeydenValue) marks = NULL;
  g_autoptr(LeydenValue) typed = leyden_structure_with_text (self->node->element.value, "type", self->to->type);
  g_autoptr(LeydenValue) set = NULL;
  g_autoptr(LeydenValue) marked = NULL;
  g_autoptr(LeydenValue) filled = NULL;
  g_autoptr(LeydenValue) value = NULL;

  match_parameters (self, old, FALSE);
  match_parameters (self, old, TRUE);
  parameters = make_parameters (self, old);
  marks = make_marks (self);
  set = leyden_value_with_member (typed, "parameters", parameters);
  marked = leyden_value_with_member (set, "trainable", marks);
  filled = with_body (self, marked);
  value = without_pin (self, filled);
  self->made = leyden_element_new (LEYDEN_ELEMENT_NODE, value, self->node->element.id, NULL, NULL);
  leyden_edit_add (self->edit, LEYDEN_ELEMENT_NODE, self->node->element.id, NULL, self->made->value);
}

/* --- wires --- */

/* Ports of one side, and which have a wire. */
typedef struct
{
  GPtrArray *ports;
  GArray    *used;              /* gboolean */
  gboolean   outputs;
} Side;

/* How well a wire whose other end has @other would stand at a port: 0 not at all. */
static guint
get_fit (const Side     *side,
         LeydenPort     *port,
         LeydenPortType  other)
{
  LeydenConversion way = side->outputs ? leyden_port_type_convert (port->type, other, NULL, NULL)
                                       : leyden_port_type_convert (other, port->type, NULL, NULL);

  if (way != LEYDEN_CONVERSION_SAME && way != LEYDEN_CONVERSION_SILENT)
    return 0;
  return (way == LEYDEN_CONVERSION_SAME ? 2 : 1) + (port->required ? 2 : 0);
}

static gboolean
may_take (const Side *side,
          guint       index)
{
  LeydenPort *port = g_ptr_array_index (side->ports, index);

  return side->outputs || port->multiple || !g_array_index (side->used, gboolean, index);
}

static LeydenPort *
take (Side  *side,
      guint  index)
{
  g_array_index (side->used, gboolean, index) = TRUE;
  return g_ptr_array_index (side->ports, index);
}

static LeydenPort *
find_named (Side           *side,
            const char     *name,
            LeydenPortType  other)
{
  for (guint i = 0; i < side->ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (side->ports, i);

      if (g_str_equal (port->name, name) && may_take (side, i) && get_fit (side, port, other) > 0)
        return take (side, i);
    }
  return NULL;
}

/* An error goes to an error, all else elsewhere. What stands first in a kind is what it is about: @place is where the port stood before. */
static LeydenPort *
find_fitting (Side           *side,
              gboolean        is_error,
              guint           place,
              LeydenPortType  other)
{
  guint best = 0;
  guint found = 0;

  for (guint i = 0; i < side->ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (side->ports, i);
      guint fit = may_take (side, i) && port->is_error == is_error ? get_fit (side, port, other) : 0;

      if (fit > 0 && i == place)
        fit += 2;
      if (fit > best)
        {
          best = fit;
          found = i;
        }
    }
  return best > 0 ? take (side, found) : NULL;
}

static void
lose_wire (Replace    *self,
           LeydenEdge *edge,
           gboolean    output)
{
  LeydenNode *other = leyden_flow_get_node (self->flow, output ? edge->target : edge->source);
  g_autofree char *title = other != NULL ? leyden_structure_dup_title (self->types, other) : g_strdup ("?");
  g_autofree char *port = leyden_text_escape (output ? edge->source_port : edge->target_port, -1, 60);

  /* Translators: a port, and the node at the other end of its wire. */
  lose (self, output ? g_strdup_printf (_("Wire from “%s” to “%s”"), port, title) : g_strdup_printf (_("Wire into “%s” from “%s”"), port, title));
  leyden_edit_remove_edge (self->edit, edge->element.id);
}

/* Its place among the ports that the node had; G_MAXUINT: it had none of that name. */
static guint
find_place (GPtrArray  *ports,
            const char *name,
            gboolean   *is_error)
{
  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);

      *is_error = port->is_error;
      if (g_str_equal (port->name, name))
        return i;
    }
  *is_error = FALSE;
  return G_MAXUINT;
}

/* What stands at the other end of a wire. */
static LeydenPortType
get_other_type (Replace    *self,
                const Side *side,
                LeydenEdge *edge)
{
  LeydenNode *node = leyden_flow_get_node (self->flow, side->outputs ? edge->target : edge->source);

  return leyden_structure_get_type (self->types, node, side->outputs ? edge->target_port : edge->source_port, !side->outputs);
}

static void
move_wires (Replace   *self,
            Side      *side,
            GPtrArray *old,
            GPtrArray *wires)
{
  const char *end = side->outputs ? "source_port" : "target_port";
  g_autoptr(GPtrArray) left = g_ptr_array_new ();

  for (guint i = 0; i < wires->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (wires, i);
      LeydenPortType other = get_other_type (self, side, edge);

      if (find_named (side, side->outputs ? edge->source_port : edge->target_port, other) == NULL)
        g_ptr_array_add (left, edge);
    }
  for (guint i = 0; i < left->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (left, i);
      LeydenPortType other = get_other_type (self, side, edge);
      gboolean is_error;
      guint place = find_place (old, side->outputs ? edge->source_port : edge->target_port, &is_error);
      LeydenPort *port = find_fitting (side, is_error, place, other);
      g_autoptr(LeydenValue) name = port != NULL ? leyden_value_new_string (port->name, -1) : NULL;

      if (port == NULL)
        lose_wire (self, edge, side->outputs);
      else
        leyden_edit_add (self->edit, LEYDEN_ELEMENT_EDGE, edge->element.id, (const char * const[]) { end, NULL }, name);
    }
}

static void
move_side (Replace  *self,
           gboolean  outputs)
{
  const char *id = self->node->element.id;
  LeydenNode *made = (LeydenNode *) self->made;
  g_autoptr(GPtrArray) ports = outputs ? leyden_node_types_dup_outputs (self->types, made) : leyden_node_types_dup_inputs (self->types, made);
  g_autoptr(GPtrArray) old = outputs ? leyden_node_types_dup_outputs (self->types, self->node) : leyden_node_types_dup_inputs (self->types, self->node);
  g_autoptr(GPtrArray) wires = outputs ? leyden_flow_list_edges_out (self->flow, id, NULL) : leyden_flow_list_edges_in (self->flow, id, NULL);
  g_autoptr(GArray) used = g_array_new (FALSE, TRUE, sizeof (gboolean));
  Side side = { ports, used, outputs };

  g_array_set_size (used, ports->len);
  move_wires (self, &side, old, wires);
}

LeydenEdit *
leyden_flow_replace_node (LeydenFlow       *flow,
                          LeydenNodeTypes  *types,
                          const char       *node,
                          const char       *type,
                          GPtrArray       **lost,
                          GError          **error)
{
  g_auto(Replace) self = { 0 };

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);
  g_return_val_if_fail (node != NULL && type != NULL, NULL);

  self.flow = flow;
  self.types = types;
  self.node = leyden_flow_get_node (flow, node);
  self.to = leyden_node_types_lookup (types, type);
  if (self.node == NULL || self.to == NULL)
    {
      g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("The node or the kind that replaces it is not there"));
      return NULL;
    }
  self.from = leyden_node_types_lookup (types, self.node->type);
  self.names = g_hash_table_new (g_str_hash, g_str_equal);
  self.lost = g_ptr_array_new_with_free_func (g_free);
  self.edit = leyden_edit_new (_("Replace Node"));
  make_node (&self);
  move_side (&self, FALSE);
  move_side (&self, TRUE);
  if (lost != NULL)
    *lost = self.lost->len > 0 ? g_steal_pointer (&self.lost) : NULL;
  return g_steal_pointer (&self.edit);
}
