/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-structure.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include "leyden-flow-structure-private.h"

/*
 * Collapsing. A wire that comes in keeps its id inside, and one new wire outside feeds the field for all that came from the same output;
 * a wire that goes out keeps its id outside, and one new wire inside feeds the field:
 *
 *   a.x ─e1─► b.p                 a.x ─new─► group.p  │ input.p ─e1─► b.p
 *   a.x ─e2─► c.q      becomes                        │ input.p ─e2─► c.q
 *   c.r ─e3─► d.s                 group.r ─e3─► d.s   │ c.r ─new─► output.r
 */

#define GROUP_TYPE "subflow"
/* Of a container itself; a field of that name would take its place. */
#define ERROR_PORT "error"

/* One field of the Input or Output: an output that crosses the border. */
typedef struct
{
  char           *key;          /* node and port that it stands for */
  LeydenNode     *node;         /* nullable */
  const char     *source;
  const char     *source_port;
  const char     *target_port;  /* of all wires, else NULL */
  char           *name;
  char           *title;
  LeydenPortType  type;
} Field;

typedef struct
{
  LeydenFlow      *flow;
  LeydenNodeTypes *types;
  GHashTable      *nodes;       /* id → LeydenNode, those that go in */
  GHashTable      *frames;      /* LeydenFrame */
  GHashTable      *notes;
  GPtrArray       *inner;       /* wires inside, by id */
  GPtrArray       *in;          /* wires that come in */
  GPtrArray       *out;
  GPtrArray       *inputs;      /* Field */
  GPtrArray       *outputs;
  LeydenNewIds     ids;
  graphene_rect_t  bounds;      /* of what goes in */
} Collapse;

static void
field_free (Field *self)
{
  g_free (self->key);
  g_free (self->name);
  g_free (self->title);
  g_free (self);
}

static void
collapse_init (Collapse        *self,
               LeydenFlow      *flow,
               LeydenNodeTypes *types)
{
  self->flow = flow;
  self->types = types;
  self->nodes = g_hash_table_new (g_str_hash, g_str_equal);
  self->frames = g_hash_table_new (NULL, NULL);
  self->notes = g_hash_table_new (NULL, NULL);
  self->inner = g_ptr_array_new ();
  self->in = g_ptr_array_new ();
  self->out = g_ptr_array_new ();
  self->inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) field_free);
  self->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) field_free);
  leyden_new_ids_init (&self->ids, flow);
}

static void
collapse_clear (Collapse *self)
{
  g_hash_table_unref (self->nodes);
  g_hash_table_unref (self->frames);
  g_hash_table_unref (self->notes);
  g_ptr_array_unref (self->inner);
  g_ptr_array_unref (self->in);
  g_ptr_array_unref (self->out);
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->outputs);
  leyden_new_ids_clear (&self->ids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Collapse, collapse_clear)

static gboolean
refuse (GError     **error,
        const char  *format,
        ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError     **error,
        const char  *format,
        ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error, g_error_new_valist (LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, format, arguments));
  va_end (arguments);
  return FALSE;
}

/* --- what goes in --- */

static graphene_rect_t
get_node_bounds (Collapse   *self,
                 LeydenNode *node)
{
  graphene_size_t size = leyden_node_types_measure (self->types, node);

  return GRAPHENE_RECT_INIT (node->position.x, node->position.y, size.width, size.height);
}

static void
add_selected (Collapse           *self,
              const char * const *ids)
{
  for (guint i = 0; ids[i] != NULL; i++)
    {
      LeydenNode *node = leyden_flow_get_node (self->flow, ids[i]);
      LeydenFrame *frame = leyden_flow_get_frame (self->flow, ids[i]);
      LeydenNote *note = leyden_flow_get_note (self->flow, ids[i]);

      if (node != NULL)
        g_hash_table_insert (self->nodes, (gpointer) node->element.id, node);
      if (frame != NULL)
        g_hash_table_add (self->frames, frame);
      if (note != NULL)
        g_hash_table_add (self->notes, note);
    }
}

/* A frame carries what lies in it. */
static void
add_framed (Collapse              *self,
            const graphene_rect_t *bounds,
            GPtrArray             *nodes)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      graphene_rect_t place = get_node_bounds (self, node);

      if (graphene_rect_contains_rect (bounds, &place))
        g_hash_table_insert (self->nodes, (gpointer) node->element.id, node);
    }
}

/* Whether nodes that go in lie in the frame, and no others. */
static gboolean
frames_only_ours (Collapse              *self,
                  const graphene_rect_t *bounds,
                  GPtrArray             *nodes)
{
  gboolean any = FALSE;

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      graphene_rect_t place = get_node_bounds (self, node);

      if (!graphene_rect_contains_rect (bounds, &place))
        continue;
      if (!g_hash_table_contains (self->nodes, node->element.id))
        return FALSE;
      any = TRUE;
    }
  return any;
}

static void
add_around (Collapse  *self,
            GPtrArray *nodes)
{
  g_autoptr(GPtrArray) frames = leyden_flow_list_frames (self->flow);
  g_autoptr(GPtrArray) notes = leyden_flow_list_notes (self->flow);
  GHashTableIter iter;
  gpointer key;
  gboolean any = FALSE;

  for (guint i = 0; i < frames->len; i++)
    {
      LeydenFrame *frame = g_ptr_array_index (frames, i);

      if (frames_only_ours (self, &frame->bounds, nodes))
        g_hash_table_add (self->frames, frame);
    }
  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &key))
    {
      graphene_rect_t place = get_node_bounds (self, key);

      leyden_structure_grow (&self->bounds, &any, &place);
    }
  g_hash_table_iter_init (&iter, self->frames);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    leyden_structure_grow (&self->bounds, &any, &((LeydenFrame *) key)->bounds);
  for (guint i = 0; i < notes->len; i++)
    {
      LeydenNote *note = g_ptr_array_index (notes, i);

      if (any && graphene_rect_contains_rect (&self->bounds, &note->bounds))
        g_hash_table_add (self->notes, note);
    }
  g_hash_table_iter_init (&iter, self->notes);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    leyden_structure_grow (&self->bounds, &any, &((LeydenNote *) key)->bounds);
}

static void
add_wires (Collapse *self)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (self->flow);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);
      gboolean from = g_hash_table_contains (self->nodes, edge->source);
      gboolean to = g_hash_table_contains (self->nodes, edge->target);

      if (from && to)
        g_ptr_array_add (self->inner, edge);
      else if (to)
        g_ptr_array_add (self->in, edge);
      else if (from)
        g_ptr_array_add (self->out, edge);
    }
}

/* --- what cannot be --- */

static guint
get_depth (LeydenValue *body)
{
  LeydenValue *nodes = leyden_value_get_member (body, "nodes");
  guint deepest = 0;

  for (guint i = 0; body != NULL && i < leyden_value_get_size (nodes); i++)
    deepest = MAX (deepest, get_depth (leyden_value_get_member (leyden_value_get_item (nodes, i), "flow")));
  return body != NULL ? deepest + 1 : 0;
}

static gboolean
check_nodes (Collapse  *self,
             GError   **error)
{
  g_auto(GStrv) scope = leyden_flow_dup_scope (self->flow);
  guint around = g_strv_length (scope);
  GHashTableIter iter;
  gpointer value;

  if (g_hash_table_size (self->nodes) == 0)
    return refuse (error, _("Select the nodes that the group should hold"));
  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenNode *node = value;
      g_autofree char *title = NULL;

      if (!g_str_equal (node->type, "input") && !g_str_equal (node->type, "output") && !g_str_equal (node->type, "reward")
          && node->element.alias == NULL && around + 1 + get_depth (leyden_node_get_body (node)) <= LEYDEN_FLOW_MAX_DEPTH)
        continue;
      title = leyden_structure_dup_title (self->types, node);
      if (node->element.alias != NULL)
        return refuse (error, _("“%s” has the id of another node; repair that first"), title);
      if (g_str_equal (node->type, "reward"))
        return refuse (error, _("“%s” counts for the whole rollout and cannot go into a group"), title);
      if (g_str_equal (node->type, "input") || g_str_equal (node->type, "output"))
        return refuse (error, _("“%s” is where values enter or leave this flow and cannot go into a group"), title);
      return refuse (error, _("“%s” would stand inside too many containers; %d are possible"), title, LEYDEN_FLOW_MAX_DEPTH);
    }
  return TRUE;
}

static char *
dup_port_title (Collapse   *self,
                LeydenNode *node,
                const char *name)
{
  g_autoptr(GPtrArray) ports = node != NULL ? leyden_node_types_dup_outputs (self->types, node) : NULL;
  LeydenPort *port = ports != NULL ? leyden_ports_find (ports, name) : NULL;

  return g_strdup (port != NULL ? port->title : name);
}

/* Tools are called by the one they are wired to, which no field can pass on. */
static gboolean
check_tools (Collapse   *self,
             GPtrArray  *wires,
             GError    **error)
{
  for (guint i = 0; i < wires->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (wires, i);
      LeydenNode *source = leyden_flow_get_node (self->flow, edge->source);
      LeydenNode *target = leyden_flow_get_node (self->flow, edge->target);
      g_autofree char *from = NULL;
      g_autofree char *to = NULL;

      if (leyden_structure_get_type (self->types, source, edge->source_port, TRUE) != LEYDEN_PORT_TOOLS || target == NULL)
        continue;
      from = leyden_structure_dup_title (self->types, source);
      to = leyden_structure_dup_title (self->types, target);
      return refuse (error, _("“%s” is a tool of “%s”: select both or neither"), from, to);
    }
  return TRUE;
}

/* Goes on from what is fed by the selection, outside of it; who comes back closes a cycle around the group. */
static gboolean
check_cycle (Collapse  *self,
             GError   **error)
{
  g_autoptr(GHashTable) first = g_hash_table_new (g_str_hash, g_str_equal);       /* node → the wire that left for it */
  g_autoptr(GQueue) queue = g_queue_new ();
  const char *at;

  for (guint i = 0; i < self->out->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (self->out, i);

      if (g_hash_table_insert (first, (gpointer) edge->target, edge))
        g_queue_push_tail (queue, (gpointer) edge->target);
    }
  while ((at = g_queue_pop_head (queue)) != NULL)
    {
      LeydenEdge *start = g_hash_table_lookup (first, at);
      g_autoptr(GPtrArray) edges = leyden_flow_list_edges_out (self->flow, at, NULL);

      for (guint i = 0; i < edges->len; i++)
        {
          LeydenEdge *edge = g_ptr_array_index (edges, i);
          LeydenNode *back = g_hash_table_lookup (self->nodes, edge->target);
          LeydenNode *through = leyden_flow_get_node (self->flow, start->target);

          if (back != NULL && through != NULL)
            {
              g_autofree char *from = leyden_structure_dup_title (self->types, leyden_flow_get_node (self->flow, start->source));
              g_autofree char *by = leyden_structure_dup_title (self->types, through);
              g_autofree char *to = leyden_structure_dup_title (self->types, back);

              /* Translators: three nodes; the second one is not selected. */
              return refuse (error, _("The way from “%s” through “%s” to “%s” leaves the selection and comes back, which would make a cycle. "
                                      "Select “%s” too."), from, by, to, by);
            }
          if (!g_hash_table_contains (first, edge->target))
            {
              g_hash_table_insert (first, (gpointer) edge->target, start);
              g_queue_push_tail (queue, (gpointer) edge->target);
            }
        }
    }
  return TRUE;
}

/* --- fields --- */

static Field *
add_field (Collapse   *self,
           GPtrArray  *fields,
           GHashTable *by_key,
           LeydenEdge *edge)
{
  g_autofree char *key = g_strjoin ("\n", edge->source, edge->source_port, NULL);
  Field *field = g_hash_table_lookup (by_key, key);

  if (field != NULL)
    {
      if (g_strcmp0 (field->target_port, edge->target_port) != 0)
        field->target_port = NULL;
      return field;
    }
  field = g_new0 (Field, 1);
  field->key = g_steal_pointer (&key);
  field->node = leyden_flow_get_node (self->flow, edge->source);
  field->source = edge->source;
  field->source_port = edge->source_port;
  field->target_port = edge->target_port;
  field->type = leyden_structure_get_type (self->types, field->node, edge->source_port, TRUE);
  field->title = dup_port_title (self, field->node, edge->source_port);
  g_ptr_array_add (fields, field);
  g_hash_table_insert (by_key, field->key, field);
  return field;
}

/* Top to bottom as they stand on the canvas, so that wires do not cross. */
static int
compare_fields (gconstpointer a,
                gconstpointer b)
{
  const Field *first = *(Field * const *) a;
  const Field *second = *(Field * const *) b;
  float x = first->node != NULL ? first->node->position.y : 0;
  float y = second->node != NULL ? second->node->position.y : 0;

  return x < y ? -1 : x > y ? 1 : strcmp (first->key, second->key);
}

/* Only what may stand as a name in an expression, where fields come by name. */
static char *
make_name (const char *wanted)
{
  g_autoptr(GString) name = g_string_new (NULL);

  for (const char *at = wanted; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c < 128 && g_ascii_isalnum ((char) c))
        g_string_append_c (name, g_ascii_tolower ((char) c));
      else if (name->len > 0 && name->str[name->len - 1] != '_')
        g_string_append_c (name, '_');
    }
  while (name->len > 0 && name->str[name->len - 1] == '_')
    g_string_truncate (name, name->len - 1);
  if (name->len > 40)
    g_string_truncate (name, 40);
  return g_string_free (g_steal_pointer (&name), FALSE);
}

static gboolean
is_free (GHashTable *names,
         const char *name)
{
  return *name != '\0' && !g_str_equal (name, ERROR_PORT) && !g_hash_table_contains (names, name);
}

/* The port's name; where another has it, that of its node before it; else a number behind. */
static void
name_field (Collapse   *self,
            Field      *field,
            const char *port,
            GHashTable *names)
{
  g_autofree char *title = field->node != NULL ? leyden_structure_dup_title (self->types, field->node) : NULL;
  g_autofree char *node = make_name (title != NULL ? title : "");
  g_autofree char *name = g_strdup (port);
  g_autofree char *stem = NULL;

  if (!is_free (names, name) && *node != '\0')
    {
      g_free (name);
      name = g_strjoin ("_", node, port, NULL);
    }
  stem = g_strdup (*name != '\0' ? name : "value");
  for (guint i = 2; !is_free (names, name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s_%u", stem, i);
    }
  if (!g_str_equal (name, port) && title != NULL)
    {
      char *both = g_strdup_printf ("%s: %s", title, field->title);

      g_free (field->title);
      field->title = both;
    }
  field->name = g_steal_pointer (&name);
  g_hash_table_add (names, field->name);
}

static void
make_fields (Collapse   *self,
             GPtrArray  *wires,
             GPtrArray  *fields,
             GHashTable *by_key,
             gboolean    inputs)
{
  g_autoptr(GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < wires->len; i++)
    add_field (self, fields, by_key, g_ptr_array_index (wires, i));
  g_ptr_array_sort (fields, compare_fields);
  for (guint i = 0; i < fields->len; i++)
    {
      Field *field = g_ptr_array_index (fields, i);

      /* An input is named by what it is for, a result by what it is. */
      name_field (self, field, inputs && field->target_port != NULL ? field->target_port : field->source_port, names);
    }
}

static LeydenValue *
fields_to_value (GPtrArray *fields)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < fields->len; i++)
    {
      Field *field = g_ptr_array_index (fields, i);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", field->name);
      leyden_value_builder_set_string (&b, "type", leyden_port_type_to_string (field->type));
      leyden_value_builder_set_string (&b, "title", field->title);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* --- the body --- */

/* None without a field: an Input that gives nothing is an error. */
static void
add_end (Collapse           *self,
         LeydenValueBuilder *target,
         const char         *type,
         const char         *id,
         GPtrArray          *fields)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = fields_to_value (fields);
  g_autoptr(LeydenValue) bare = NULL;
  LeydenElement *element;
  graphene_size_t size;
  double x, y;

  if (fields->len == 0)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "id", id);
  leyden_value_builder_set_string (&b, "type", type);
  leyden_value_builder_key (&b, "parameters");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "fields", list);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  bare = leyden_value_builder_end_value (&b);
  element = leyden_element_new (LEYDEN_ELEMENT_NODE, bare, NULL, NULL, NULL);
  size = leyden_node_types_measure (self->types, (LeydenNode *) element);
  leyden_element_unref (element);
  x = g_str_equal (type, "input") ? (double) (self->bounds.origin.x - size.width) - LEYDEN_STRUCTURE_GAP
                                  : (double) (self->bounds.origin.x + self->bounds.size.width) + LEYDEN_STRUCTURE_GAP;
  y = (double) leyden_structure_get_place (&self->bounds, size).y;
  leyden_value_builder_take (target, leyden_structure_with_place (bare, x, y));
}

static void
add_set (LeydenValueBuilder *b,
         const char         *key,
         GHashTable         *set)
{
  GHashTableIter iter;
  gpointer element;

  if (g_hash_table_size (set) == 0)
    return;
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, NULL, &element))
    leyden_value_builder_add (b, ((LeydenElement *) element)->value);
  leyden_value_builder_end (b);
}

static const char *
get_field_name (GHashTable *by_key,
                LeydenEdge *edge)
{
  g_autofree char *key = g_strjoin ("\n", edge->source, edge->source_port, NULL);

  return ((Field *) g_hash_table_lookup (by_key, key))->name;
}

static void
add_inner_wires (Collapse           *self,
                 LeydenValueBuilder *b,
                 const char         *input,
                 const char         *output,
                 GHashTable         *in_by_key)
{
  leyden_value_builder_key (b, "edges");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->inner->len; i++)
    leyden_value_builder_add (b, ((LeydenElement *) g_ptr_array_index (self->inner, i))->value);
  for (guint i = 0; i < self->in->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (self->in, i);

      leyden_value_builder_take (b, leyden_structure_with_ends (edge->element.value, input, get_field_name (in_by_key, edge), edge->target,
                                                                edge->target_port));
    }
  for (guint i = 0; i < self->outputs->len; i++)
    {
      Field *field = g_ptr_array_index (self->outputs, i);
      g_autofree char *id = leyden_new_ids_make (&self->ids);

      leyden_value_builder_take (b, leyden_structure_new_edge (id, field->source, field->source_port, output, field->name));
    }
  leyden_value_builder_end (b);
}

static char *
claim_end_id (Collapse   *self,
              const char *wanted)
{
  return g_hash_table_contains (self->nodes, wanted) ? leyden_new_ids_make (&self->ids) : g_strdup (wanted);
}

static LeydenValue *
make_body (Collapse   *self,
           GHashTable *in_by_key)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *input_id = claim_end_id (self, "input");
  g_autofree char *output_id = claim_end_id (self, "output");
  GHashTableIter iter;
  gpointer node;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "nodes");
  leyden_value_builder_begin_list (&b);
  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &node))
    leyden_value_builder_add (&b, ((LeydenElement *) node)->value);
  add_end (self, &b, "input", input_id, self->inputs);
  add_end (self, &b, "output", output_id, self->outputs);
  leyden_value_builder_end (&b);
  add_inner_wires (self, &b, input_id, output_id, in_by_key);
  add_set (&b, "frames", self->frames);
  add_set (&b, "notes", self->notes);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  return leyden_body_canonical (body);
}

/* --- the edit --- */

/* The one frame around all of it names it. */
static const char *
get_group_title (Collapse *self)
{
  GHashTableIter iter;
  gpointer frame = NULL;

  if (g_hash_table_size (self->frames) != 1)
    return "";
  g_hash_table_iter_init (&iter, self->frames);
  g_hash_table_iter_next (&iter, &frame, NULL);
  return ((LeydenFrame *) frame)->title;
}

static LeydenValue *
make_group (Collapse    *self,
            const char  *id,
            LeydenValue *body)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *title = get_group_title (self);
  g_autoptr(LeydenValue) bare = NULL;
  LeydenElement *element;
  graphene_point_t place;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "id", id);
  leyden_value_builder_set_string (&b, "type", GROUP_TYPE);
  if (*title != '\0')
    leyden_value_builder_set_string (&b, "title", title);
  leyden_value_builder_set (&b, "flow", body);
  leyden_value_builder_end (&b);
  bare = leyden_value_builder_end_value (&b);
  element = leyden_element_new (LEYDEN_ELEMENT_NODE, bare, NULL, NULL, NULL);
  place = leyden_structure_get_place (&self->bounds, leyden_node_types_measure (self->types, (LeydenNode *) element));
  leyden_element_unref (element);
  return leyden_structure_with_place (bare, (double) place.x, (double) place.y);
}

static void
remove_all (LeydenEdit        *edit,
            LeydenElementKind  kind,
            GHashTable        *set)
{
  GHashTableIter iter;
  gpointer element;

  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, NULL, &element))
    leyden_edit_add (edit, kind, ((LeydenElement *) element)->id, NULL, NULL);
}

static LeydenEdit *
make_edit (Collapse   *self,
           const char *id,
           GHashTable *in_by_key,
           GHashTable *out_by_key)
{
  g_autoptr(LeydenValue) body = make_body (self, in_by_key);
  g_autoptr(LeydenValue) group = make_group (self, id, body);
  LeydenEdit *edit = leyden_edit_new (_("Collapse into Group"));

  for (guint i = 0; i < self->inner->len; i++)
    leyden_edit_remove_edge (edit, leyden_edge_get_id (g_ptr_array_index (self->inner, i)));
  for (guint i = 0; i < self->in->len; i++)
    leyden_edit_remove_edge (edit, leyden_edge_get_id (g_ptr_array_index (self->in, i)));
  remove_all (edit, LEYDEN_ELEMENT_NODE, self->nodes);
  remove_all (edit, LEYDEN_ELEMENT_FRAME, self->frames);
  remove_all (edit, LEYDEN_ELEMENT_NOTE, self->notes);
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, id, NULL, group);
  for (guint i = 0; i < self->inputs->len; i++)
    {
      Field *field = g_ptr_array_index (self->inputs, i);
      g_autofree char *wire = leyden_new_ids_make (&self->ids);

      leyden_edit_add_edge (edit, wire, field->source, field->source_port, id, field->name);
    }
  for (guint i = 0; i < self->out->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (self->out, i);
      g_autoptr(LeydenValue) source = leyden_value_new_string (id, -1);
      g_autoptr(LeydenValue) port = leyden_value_new_string (get_field_name (out_by_key, edge), -1);

      leyden_edit_add (edit, LEYDEN_ELEMENT_EDGE, edge->element.id, (const char * const[]) { "source", NULL }, source);
      leyden_edit_add (edit, LEYDEN_ELEMENT_EDGE, edge->element.id, (const char * const[]) { "source_port", NULL }, port);
    }
  return edit;
}

static void
find_content (Collapse           *self,
              const char * const *ids)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (self->flow);
  GHashTableIter iter;
  gpointer frame;

  add_selected (self, ids);
  g_hash_table_iter_init (&iter, self->frames);
  while (g_hash_table_iter_next (&iter, &frame, NULL))
    add_framed (self, &((LeydenFrame *) frame)->bounds, nodes);
  add_around (self, nodes);
  add_wires (self);
}

LeydenEdit *
leyden_flow_collapse (LeydenFlow          *flow,
                      LeydenNodeTypes     *types,
                      const char * const  *ids,
                      char               **group,
                      GError             **error)
{
  g_auto(Collapse) self = { 0 };
  g_autoptr(GHashTable) in_by_key = NULL;
  g_autoptr(GHashTable) out_by_key = NULL;
  g_autofree char *id = NULL;
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);
  g_return_val_if_fail (ids != NULL, NULL);

  collapse_init (&self, flow, types);
  find_content (&self, ids);
  if (!check_nodes (&self, error) || !check_tools (&self, self.in, error) || !check_tools (&self, self.out, error)
      || !check_cycle (&self, error))
    return NULL;
  in_by_key = g_hash_table_new (g_str_hash, g_str_equal);
  out_by_key = g_hash_table_new (g_str_hash, g_str_equal);
  make_fields (&self, self.in, self.inputs, in_by_key, TRUE);
  make_fields (&self, self.out, self.outputs, out_by_key, FALSE);
  /* One output is the container's own. */
  if (self.inputs->len > LEYDEN_MAX_PORTS || self.outputs->len >= LEYDEN_MAX_PORTS)
    {
      refuse (error, _("The group would have more than %d inputs or outputs"), LEYDEN_MAX_PORTS);
      return NULL;
    }
  id = leyden_new_ids_make (&self.ids);
  edit = make_edit (&self, id, in_by_key, out_by_key);
  if (group != NULL)
    *group = g_steal_pointer (&id);
  return edit;
}
