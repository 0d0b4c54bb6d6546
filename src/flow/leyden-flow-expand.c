/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-structure.h"

#include <glib/gi18n-lib.h>
#include "leyden-edge-points.h"
#include "leyden-flow-mode.h"
#include "leyden-flow-pins.h"
#include "leyden-flow-structure-private.h"
#include "leyden-text.h"

/* Expanding, the inverse of leyden-flow-collapse.c: a wire inside from the Input takes the source of the wire outside, a wire outside from
 * the container takes the source of the wire inside into the Output. */

typedef struct
{
  LeydenFlow      *flow;
  LeydenNodeTypes *types;
  LeydenNode      *container;
  LeydenFlow      *body;
  GPtrArray       *inner;       /* wires of the body */
  GHashTable      *fields;      /* name → LeydenValue, of the Inputs */
  GHashTable      *ids;         /* node inside → id outside */
  GHashTable      *constants;   /* field → id of the Constant that stands for its default */
  LeydenNewIds     new_ids;
  double           dx, dy;
  graphene_rect_t  bounds;      /* of what comes out, before it moves */
  LeydenEdit      *edit;
  GPtrArray       *made;
  GPtrArray       *notes;
} Expand;

/* Where a wire begins, once the container is gone. */
typedef struct
{
  const char *node;
  const char *port;
} Source;

static void
expand_clear (Expand *self)
{
  g_clear_pointer (&self->inner, g_ptr_array_unref);
  g_clear_pointer (&self->fields, g_hash_table_unref);
  g_clear_pointer (&self->ids, g_hash_table_unref);
  g_clear_pointer (&self->constants, g_hash_table_unref);
  g_clear_pointer (&self->edit, leyden_edit_unref);
  g_clear_pointer (&self->made, g_ptr_array_unref);
  g_clear_pointer (&self->notes, g_ptr_array_unref);
  leyden_new_ids_clear (&self->new_ids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Expand, expand_clear)

/* --- whether it can be --- */

/* What runs its flow once, with what comes in as it comes in. */
static gboolean
runs_once (const LeydenNodeType *type)
{
  return type->container != NULL && type->container->item_parameter == NULL && type->container->index_parameter == NULL
         && !type->container->gives_lists && type->parameters->len == 0;
}

static gboolean
is_error_wired (LeydenFlow           *flow,
                LeydenNode           *node,
                const LeydenNodeType *type)
{
  for (guint i = 0; i < type->outputs->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (type->outputs, i);
      g_autoptr(GPtrArray) edges = leyden_flow_list_edges_out (flow, node->element.id, port->name);

      if (port->is_error && edges->len > 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
leyden_flow_can_expand (LeydenFlow       *flow,
                        LeydenNodeTypes  *types,
                        const char       *id,
                        GError          **error)
{
  LeydenNode *node;
  const LeydenNodeType *type;
  g_autofree char *title = NULL;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), FALSE);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  node = leyden_flow_get_node (flow, id);
  type = node != NULL ? leyden_node_types_lookup (types, node->type) : NULL;
  if (type == NULL || type->container == NULL || leyden_flow_get_body (flow, id) == NULL)
    {
      g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("Select a group to expand"));
      return FALSE;
    }
  title = leyden_structure_dup_title (types, node);
  if (!runs_once (type))
    g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT,
                 _("“%s” runs what is inside more than once; only a group can be expanded"), title);
  else if (is_error_wired (flow, node, type))
    g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT,
                 _("A wire at the Error of “%s” answers for all that is inside. Remove it first."), title);
  else if (leyden_node_get_mode (node) == LEYDEN_NODE_MODE_DISABLED)
    g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("“%s” is disabled, and what is inside would run again. Enable it first."), title);
  else if (leyden_node_get_mode (node) == LEYDEN_NODE_MODE_BYPASSED)
    g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("“%s” is bypassed, and what is inside would run again. Switch it on first."), title);
  else if (leyden_node_get_pin (node) != NULL)
    g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("The output of “%s” is pinned, and what is inside would run again. Unpin it first."), title);
  else if (leyden_node_get_retry_max (node) > 0)
    g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT,
                 _("“%s” tries all that is inside again after an error. Switch that off first."), title);
  else
    return TRUE;
  return FALSE;
}

/* --- what is inside --- */

static gboolean
is_end (LeydenNode *node,
        const char *type)
{
  return node != NULL && g_str_equal (node->type, type);
}

static void
add_fields (Expand     *self,
            LeydenNode *input)
{
  LeydenValue *fields = leyden_node_types_get_parameter (self->types, input, "fields");

  for (guint i = 0; leyden_value_get_kind (fields) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");

      if (!g_hash_table_contains (self->fields, name))
        g_hash_table_insert (self->fields, (gpointer) name, field);
    }
}

static void
find_content (Expand *self)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (self->body);
  g_autoptr(GPtrArray) frames = leyden_flow_list_frames (self->body);
  g_autoptr(GPtrArray) notes = leyden_flow_list_notes (self->body);
  gboolean any = FALSE;

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      graphene_size_t size = leyden_node_types_measure (self->types, node);
      graphene_rect_t place = GRAPHENE_RECT_INIT (node->position.x, node->position.y, size.width, size.height);

      if (is_end (node, "input"))
        add_fields (self, node);
      if (is_end (node, "input") || is_end (node, "output"))
        continue;
      leyden_structure_grow (&self->bounds, &any, &place);
      g_hash_table_insert (self->ids, g_strdup (node->element.id), leyden_new_ids_claim (&self->new_ids, LEYDEN_ELEMENT_NODE, node->element.id));
    }
  for (guint i = 0; i < frames->len; i++)
    leyden_structure_grow (&self->bounds, &any, &((LeydenFrame *) g_ptr_array_index (frames, i))->bounds);
  for (guint i = 0; i < notes->len; i++)
    leyden_structure_grow (&self->bounds, &any, &((LeydenNote *) g_ptr_array_index (notes, i))->bounds);
}

static void
find_offset (Expand *self)
{
  graphene_point_t place = leyden_structure_get_place (&self->bounds, leyden_node_types_measure (self->types, self->container));

  self->dx = (double) (self->container->position.x - place.x);
  self->dy = (double) (self->container->position.y - place.y);
}

static void
put_part (Expand        *self,
          LeydenElement *element,
          const char    *id)
{
  LeydenValue *position = leyden_value_get_member (element->value, "position");
  g_autoptr(LeydenValue) named = leyden_structure_with_text (element->value, "id", id);
  g_autoptr(LeydenValue) value = leyden_structure_with_place (named, leyden_value_get_member_double (position, "x", 0) + self->dx,
                                                              leyden_value_get_member_double (position, "y", 0) + self->dy);

  leyden_edit_add (self->edit, element->kind, id, NULL, value);
  g_ptr_array_add (self->made, g_strdup (id));
}

static void
put_parts (Expand    *self,
           GPtrArray *elements)
{
  for (guint i = 0; i < elements->len; i++)
    {
      LeydenElement *element = g_ptr_array_index (elements, i);
      g_autofree char *id = NULL;

      if (element->kind == LEYDEN_ELEMENT_NODE)
        id = g_strdup (g_hash_table_lookup (self->ids, element->id));
      else
        id = leyden_new_ids_claim (&self->new_ids, element->kind, element->id);
      if (id != NULL)
        put_part (self, element, id);
    }
}

/* --- wires --- */

static void
note (Expand     *self,
      const char *format,
      const char *field)
{
  g_autofree char *shown = leyden_text_escape (field, -1, 60);
  g_auto(GStrv) parts = g_strsplit (format, "%s", 2);

  g_ptr_array_add (self->notes, g_strconcat (parts[0], shown, parts[1], NULL));
}

/* A field of a narrower type made something of the value on its way. */
static void
note_conversion (Expand         *self,
                 const char     *field,
                 LeydenPortType  from,
                 LeydenPortType  to)
{
  if (to != LEYDEN_PORT_ANY && to != from)
    note (self, _("The value of “%s” is no longer converted on its way"), field);
}

static const char *
make_constant (Expand      *self,
               const char  *name,
               LeydenValue *fallback)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) parameters = NULL;
  char *id = g_hash_table_lookup (self->constants, name);
  guint n = g_hash_table_size (self->constants);

  if (id != NULL)
    return id;
  id = leyden_new_ids_make (&self->new_ids);
  g_hash_table_insert (self->constants, g_strdup (name), id);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "type", "json");
  leyden_value_builder_set (&b, "json", fallback);
  leyden_value_builder_end (&b);
  parameters = leyden_value_builder_end_value (&b);
  leyden_edit_add_node (self->edit, id, "constant", leyden_value_get_member_string (g_hash_table_lookup (self->fields, name), "title", name),
                        (float) ((double) self->bounds.origin.x + self->dx - 240), (float) ((double) self->bounds.origin.y + self->dy + 100.0 * n),
                        parameters);
  g_ptr_array_add (self->made, g_strdup (id));
  return id;
}

/* What feeds a field of the Input from outside; FALSE: nothing does. */
static gboolean
find_field_source (Expand     *self,
                   const char *name,
                   Source     *source)
{
  g_autoptr(GPtrArray) wires = leyden_flow_list_edges_in (self->flow, self->container->element.id, name);
  LeydenValue *field = g_hash_table_lookup (self->fields, name);
  LeydenValue *fallback = field != NULL ? leyden_value_get_member (field, "default") : NULL;
  LeydenEdge *wire = wires->len > 0 ? g_ptr_array_index (wires, 0) : NULL;
  LeydenPortType type = LEYDEN_PORT_ANY;

  if (field != NULL)
    leyden_port_type_from_string (leyden_value_get_member_string (field, "type", "any"), &type);
  if (wire != NULL)
    {
      *source = (Source) { wire->source, wire->source_port };
      note_conversion (self, name, leyden_structure_get_type (self->types, leyden_flow_get_node (self->flow, wire->source), wire->source_port, TRUE), type);
      if (fallback != NULL)
        note (self, _("The default of “%s” is lost"), name);
      if (field != NULL && leyden_value_get_member_boolean (field, "required", FALSE))
        note (self, _("Without “%s” the whole group was left out; now only what needs it is"), name);
      return TRUE;
    }
  if (fallback == NULL)
    return FALSE;
  *source = (Source) { make_constant (self, name, fallback), "value" };
  return TRUE;
}

/* A wire inside that goes on. */
static void
put_inner_wire (Expand     *self,
                LeydenEdge *edge)
{
  LeydenNode *from = leyden_flow_get_node (self->body, edge->source);
  LeydenNode *to = leyden_flow_get_node (self->body, edge->target);
  Source source = { NULL, edge->source_port };
  const char *target = g_hash_table_lookup (self->ids, edge->target);
  g_autofree char *id = NULL;
  g_autoptr(LeydenValue) moved = NULL;
  g_autoptr(LeydenValue) named = NULL;
  g_autoptr(LeydenValue) value = NULL;

  if (is_end (to, "output"))
    return;
  source.node = g_hash_table_lookup (self->ids, edge->source);
  if (is_end (from, "input") && !find_field_source (self, edge->source_port, &source))
    {
      note (self, _("Nothing was wired to “%s”; what it fed inside is unwired now"), edge->source_port);
      return;
    }
  /* Wires to nowhere stay what they are. */
  if (source.node == NULL)
    source.node = edge->source;
  if (target == NULL)
    target = edge->target;
  id = leyden_new_ids_claim (&self->new_ids, LEYDEN_ELEMENT_EDGE, edge->element.id);
  moved = self->dx != 0 || self->dy != 0 ? leyden_edge_move_points (edge, (float) self->dx, (float) self->dy)
                                         : leyden_value_ref (edge->element.value);
  named = leyden_structure_with_text (moved, "id", id);
  value = leyden_structure_with_ends (named, source.node, source.port, target, edge->target_port);
  leyden_edit_add (self->edit, LEYDEN_ELEMENT_EDGE, id, NULL, value);
}

/* What gives a field of the Output inside. */
static LeydenEdge *
find_result_wire (Expand     *self,
                  const char *name)
{
  for (guint i = 0; i < self->inner->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (self->inner, i);

      if (g_str_equal (edge->target_port, name) && is_end (leyden_flow_get_node (self->body, edge->target), "output"))
        return edge;
    }
  return NULL;
}

static LeydenPortType
get_result_type (Expand     *self,
                 const char *name)
{
  g_autoptr(GPtrArray) ports = leyden_node_types_dup_outputs (self->types, self->container);
  LeydenPort *port = leyden_ports_find (ports, name);

  return port != NULL ? port->type : LEYDEN_PORT_ANY;
}

/* A wire outside that begins at the container. */
static void
put_outer_wire (Expand     *self,
                LeydenEdge *edge)
{
  LeydenEdge *inner = find_result_wire (self, edge->source_port);
  Source source = { NULL, NULL };
  g_autoptr(LeydenValue) node = NULL;
  g_autoptr(LeydenValue) port = NULL;

  if (inner != NULL && is_end (leyden_flow_get_node (self->body, inner->source), "input"))
    {
      if (!find_field_source (self, inner->source_port, &source))
        source = (Source) { NULL, NULL };
    }
  else if (inner != NULL)
    source = (Source) { g_hash_table_lookup (self->ids, inner->source), inner->source_port };
  if (source.node == NULL)
    {
      note (self, _("Nothing gave “%s”; what it fed outside is unwired now"), edge->source_port);
      leyden_edit_remove_edge (self->edit, edge->element.id);
      return;
    }
  note_conversion (self, edge->source_port, leyden_structure_get_type (self->types, leyden_flow_get_node (self->body, inner->source), inner->source_port, TRUE),
                   get_result_type (self, edge->source_port));
  node = leyden_value_new_string (source.node, -1);
  port = leyden_value_new_string (source.port, -1);
  leyden_edit_add (self->edit, LEYDEN_ELEMENT_EDGE, edge->element.id, (const char * const[]) { "source", NULL }, node);
  leyden_edit_add (self->edit, LEYDEN_ELEMENT_EDGE, edge->element.id, (const char * const[]) { "source_port", NULL }, port);
}

static void
put_wires (Expand *self)
{
  const char *container = self->container->element.id;
  g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (self->flow, container, NULL);
  g_autoptr(GPtrArray) out = leyden_flow_list_edges_out (self->flow, container, NULL);

  for (guint i = 0; i < in->len; i++)
    leyden_edit_remove_edge (self->edit, leyden_edge_get_id (g_ptr_array_index (in, i)));
  for (guint i = 0; i < self->inner->len; i++)
    put_inner_wire (self, g_ptr_array_index (self->inner, i));
  for (guint i = 0; i < out->len; i++)
    if (!g_str_equal (leyden_edge_get_target (g_ptr_array_index (out, i)), container))
      put_outer_wire (self, g_ptr_array_index (out, i));
}

/* --- the edit --- */

static void
put_content (Expand *self)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (self->body);
  g_autoptr(GPtrArray) frames = leyden_flow_list_frames (self->body);
  g_autoptr(GPtrArray) notes = leyden_flow_list_notes (self->body);

  put_parts (self, nodes);
  put_parts (self, frames);
  put_parts (self, notes);
}

/* The same said of several wires is said once. */
static GPtrArray *
take_notes (Expand *self)
{
  g_autoptr(GPtrArray) notes = g_steal_pointer (&self->notes);
  GPtrArray *once = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < notes->len; i++)
    if (!g_ptr_array_find_with_equal_func (once, g_ptr_array_index (notes, i), g_str_equal, NULL))
      g_ptr_array_add (once, g_strdup (g_ptr_array_index (notes, i)));
  if (once->len == 0)
    g_clear_pointer (&once, g_ptr_array_unref);
  return once;
}

LeydenEdit *
leyden_flow_expand (LeydenFlow       *flow,
                    LeydenNodeTypes  *types,
                    const char       *node,
                    char           ***ids,
                    GPtrArray       **notes,
                    GError          **error)
{
  g_auto(Expand) self = { 0 };

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);
  g_return_val_if_fail (node != NULL, NULL);

  if (!leyden_flow_can_expand (flow, types, node, error))
    return NULL;
  self.flow = flow;
  self.types = types;
  self.container = leyden_flow_get_node (flow, node);
  self.body = leyden_flow_get_body (flow, node);
  self.inner = leyden_flow_list_edges (self.body);
  self.fields = g_hash_table_new (g_str_hash, g_str_equal);
  self.ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self.constants = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self.made = g_ptr_array_new_with_free_func (g_free);
  self.notes = g_ptr_array_new_with_free_func (g_free);
  self.edit = leyden_edit_new (_("Expand Group"));
  leyden_new_ids_init (&self.new_ids, flow);

  find_content (&self);
  find_offset (&self);
  put_wires (&self);
  /* Wires may name what comes behind them; only the number of nodes at a time is limited. */
  leyden_edit_add (self.edit, LEYDEN_ELEMENT_NODE, self.container->element.id, NULL, NULL);
  put_content (&self);
  if (ids != NULL)
    {
      g_ptr_array_add (self.made, NULL);
      *ids = (char **) g_ptr_array_free (g_steal_pointer (&self.made), FALSE);
    }
  if (notes != NULL)
    *notes = take_notes (&self);
  return g_steal_pointer (&self.edit);
}
