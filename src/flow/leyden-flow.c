/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow.h"

#include <string.h>
#include "leyden-flow-private.h"
#include "leyden-id.h"

#define N_KINDS (LEYDEN_ELEMENT_NOTE + 1)

/* The edges at one node, sorted by id; borrowed from the set of edges. */
typedef struct
{
  GPtrArray *in;
  GPtrArray *out;
} LeydenEnds;

struct _LeydenFlow
{
  GObject           parent_instance;

  LeydenValue      *properties;         /* the top level without the lists of elements, order as read */
  LeydenElementSet  sets[N_KINDS];      /* [LEYDEN_ELEMENT_FLOW] is unused */
  GHashTable       *ends;               /* node id → LeydenEnds; for ids without a node too */
  GRand            *random;             /* nullable: unpredictable ids */
  gboolean          format_key_first;
  guint             n_duplicates;       /* elements with an alias */

  /* Bodies are made when somebody asks for them. Of a body: whose it is. */
  GHashTable       *bodies;             /* node id → LeydenFlow; NULL before the first */
  LeydenFlow       *parent;             /* borrowed; NULL: a whole flow, or an orphan */
  char             *container;          /* NULL: a whole flow */
  LeydenValue      *synced;             /* the container's `flow` that this body was read from or written to last */
};

enum
{
  CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (LeydenFlow, leyden_flow, G_TYPE_OBJECT)
G_DEFINE_QUARK (leyden-flow-error-quark, leyden_flow_error)

static void
ends_free (LeydenEnds *self)
{
  g_ptr_array_unref (self->in);
  g_ptr_array_unref (self->out);
  g_free (self);
}

static LeydenEnds *
get_ends (LeydenFlow *self,
          const char *node)
{
  LeydenEnds *ends = g_hash_table_lookup (self->ends, node);

  if (ends == NULL)
    {
      ends = g_new0 (LeydenEnds, 1);
      ends->in = g_ptr_array_new ();
      ends->out = g_ptr_array_new ();
      g_hash_table_insert (self->ends, g_strdup (node), ends);
    }
  return ends;
}

/* Where @id stands or would stand. */
static guint
find_position (GPtrArray  *sorted,
               const char *id,
               gboolean   *found)
{
  guint low = 0;
  guint high = sorted->len;

  *found = FALSE;
  /* Loading brings them in order: look at the end first. */
  if (high > 0 && strcmp (((LeydenElement *) g_ptr_array_index (sorted, high - 1))->id, id) < 0)
    return high;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      int order = strcmp (((LeydenElement *) g_ptr_array_index (sorted, middle))->id, id);

      if (order == 0)
        {
          *found = TRUE;
          return middle;
        }
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
insert_sorted (GPtrArray     *sorted,
               LeydenElement *element)
{
  gboolean found;
  guint at = find_position (sorted, element->id, &found);

  g_assert (!found);
  g_ptr_array_insert (sorted, (int) at, element);
}

/* Removes a borrowed edge from a list of ends; an empty pair goes too. */
static void
unlink_end (LeydenFlow *self,
            const char *node,
            const char *edge,
            gboolean    outgoing)
{
  LeydenEnds *ends = g_hash_table_lookup (self->ends, node);
  GPtrArray *list = outgoing ? ends->out : ends->in;
  gboolean found;
  guint at = find_position (list, edge, &found);

  g_assert (found);
  g_ptr_array_remove_index (list, at);
  if (ends->in->len == 0 && ends->out->len == 0)
    g_hash_table_remove (self->ends, node);
}

static void
link_edge (LeydenFlow *self,
           LeydenEdge *edge)
{
  insert_sorted (get_ends (self, edge->source)->out, &edge->element);
  insert_sorted (get_ends (self, edge->target)->in, &edge->element);
}

static void
unlink_edge (LeydenFlow *self,
             LeydenEdge *edge)
{
  unlink_end (self, edge->source, edge->element.id, TRUE);
  unlink_end (self, edge->target, edge->element.id, FALSE);
}

LeydenElement *
leyden_flow_get_element (LeydenFlow        *self,
                         LeydenElementKind  kind,
                         const char        *id)
{
  g_assert (kind != LEYDEN_ELEMENT_FLOW);
  return g_hash_table_lookup (self->sets[kind].by_id, id);
}

void
leyden_flow_put_element (LeydenFlow        *self,
                         LeydenElementKind  kind,
                         const char        *id,
                         LeydenElement     *element)
{
  LeydenElementSet *set = &self->sets[kind];
  LeydenElement *old = g_hash_table_lookup (set->by_id, id);
  gboolean found;
  guint at;

  g_assert (kind != LEYDEN_ELEMENT_FLOW);
  g_assert (element == NULL || g_str_equal (element->id, id));

  if (old == NULL && element == NULL)
    return;
  at = find_position (set->sorted, id, &found);
  g_assert (found == (old != NULL));
  self->n_duplicates += element != NULL && element->alias != NULL;
  if (old != NULL)
    {
      self->n_duplicates -= old->alias != NULL;
      if (kind == LEYDEN_ELEMENT_EDGE)
        unlink_edge (self, (LeydenEdge *) old);
      g_hash_table_remove (set->by_id, id);
    }
  if (element != NULL)
    {
      leyden_element_ref (element);
      g_hash_table_insert (set->by_id, (gpointer) element->id, element);
      if (old != NULL)
        g_ptr_array_index (set->sorted, at) = element;
      else
        g_ptr_array_insert (set->sorted, (int) at, element);
      if (kind == LEYDEN_ELEMENT_EDGE)
        link_edge (self, (LeydenEdge *) element);
      if (kind == LEYDEN_ELEMENT_NODE)
        leyden_flow_check_body (self, id, leyden_value_get_member (element->value, "flow"));
      if (old != NULL)
        leyden_element_unref (old);
    }
  else
    {
      if (kind == LEYDEN_ELEMENT_NODE)
        leyden_flow_check_body (self, id, NULL);
      g_ptr_array_remove_index (set->sorted, at);
    }
}

GHashTable *
leyden_flow_get_bodies (LeydenFlow *self)
{
  return self->bodies;
}

void
leyden_flow_take_body (LeydenFlow *self,
                       const char *node,
                       LeydenFlow *body)
{
  if (self->bodies == NULL)
    self->bodies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->bodies, g_strdup (node), body);
}

LeydenValue *
leyden_flow_get_synced (LeydenFlow *self)
{
  return self->synced;
}

void
leyden_flow_set_synced (LeydenFlow  *self,
                        LeydenValue *body)
{
  LeydenValue *old = self->synced;

  self->synced = leyden_value_ref (body);
  g_clear_pointer (&old, leyden_value_unref);
}

/* @parent %NULL: an orphan from now on. */
void
leyden_flow_set_parent (LeydenFlow *self,
                        LeydenFlow *parent,
                        const char *container)
{
  self->parent = parent;
  if (container != NULL && self->container == NULL)
    self->container = g_strdup (container);
}

gboolean
leyden_flow_is_body (LeydenFlow *self)
{
  return self->container != NULL;
}

LeydenFlow *
leyden_flow_get_parent (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return self->parent;
}

const char *
leyden_flow_get_container (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return self->container;
}

LeydenValue *
leyden_flow_get_properties (LeydenFlow *self)
{
  return self->properties;
}

void
leyden_flow_take_properties (LeydenFlow  *self,
                             LeydenValue *properties)
{
  const char *first = leyden_value_get_key (properties, 0);

  /* The first value is the one of the file; from then on the canonical order rules. */
  self->format_key_first = self->properties != NULL || g_strcmp0 (first, "leyden") == 0;
  g_clear_pointer (&self->properties, leyden_value_unref);
  self->properties = properties;
}

void
leyden_flow_set_id (LeydenFlow *self,
                    const char *id)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string (id, -1);
  LeydenValue *changed = leyden_value_with_member (self->properties, "id", value);

  leyden_value_unref (self->properties);
  self->properties = changed;
}

gboolean
leyden_flow_is_format_key_first (LeydenFlow *self)
{
  return self->format_key_first;
}

void
leyden_flow_emit_own_changed (LeydenFlow *self,
                              LeydenEdit *edit)
{
  self->format_key_first = TRUE;
  g_signal_emit (self, signals[CHANGED], 0, edit);
}

GPtrArray *
leyden_flow_list_duplicates (LeydenFlow        *self,
                             LeydenElementKind  kind)
{
  GPtrArray *list = g_ptr_array_new ();
  GPtrArray *sorted = self->sets[kind].sorted;

  for (guint i = 0; i < sorted->len; i++)
    {
      LeydenElement *element = g_ptr_array_index (sorted, i);

      if (element->alias != NULL)
        g_ptr_array_add (list, element);
    }
  return list;
}

guint
leyden_flow_get_n_duplicates (LeydenFlow *self)
{
  return self->n_duplicates;
}

static void
leyden_flow_finalize (GObject *object)
{
  LeydenFlow *self = LEYDEN_FLOW (object);
  GHashTableIter iter;
  gpointer body;

  if (self->bodies != NULL)
    {
      /* Whoever still shows one may read it. */
      g_hash_table_iter_init (&iter, self->bodies);
      while (g_hash_table_iter_next (&iter, NULL, &body))
        {
          leyden_flow_set_parent (body, NULL, NULL);
          g_object_unref (body);
        }
      g_hash_table_unref (self->bodies);
    }
  g_free (self->container);
  g_clear_pointer (&self->synced, leyden_value_unref);
  g_clear_pointer (&self->ends, g_hash_table_unref);
  for (LeydenElementKind kind = LEYDEN_ELEMENT_NODE; kind < N_KINDS; kind++)
    {
      g_clear_pointer (&self->sets[kind].by_id, g_hash_table_unref);
      g_clear_pointer (&self->sets[kind].sorted, g_ptr_array_unref);
    }
  g_clear_pointer (&self->properties, leyden_value_unref);
  g_clear_pointer (&self->random, g_rand_free);

  G_OBJECT_CLASS (leyden_flow_parent_class)->finalize (object);
}

static void
leyden_flow_class_init (LeydenFlowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_flow_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, LEYDEN_TYPE_EDIT);
}

static void
leyden_flow_init (LeydenFlow *self)
{
  self->ends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ends_free);
  for (LeydenElementKind kind = LEYDEN_ELEMENT_NODE; kind < N_KINDS; kind++)
    {
      self->sets[kind].by_id = g_hash_table_new (g_str_hash, g_str_equal);
      self->sets[kind].sorted = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_element_unref);
    }
  self->format_key_first = TRUE;
}

LeydenFlow *
leyden_flow_new (void)
{
  LeydenFlow *self = g_object_new (LEYDEN_TYPE_FLOW, NULL);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *id = leyden_id_new_uuid7 ();

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_int (&builder, "leyden", LEYDEN_FLOW_FORMAT);
  leyden_value_builder_set_string (&builder, "id", id);
  leyden_value_builder_end (&builder);
  leyden_flow_take_properties (self, leyden_value_builder_end_value (&builder));
  return self;
}

const char *
leyden_flow_get_id (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return leyden_value_get_member_string (leyden_flow_get_root (self)->properties, "id", "");
}

const char *
leyden_flow_get_title (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return leyden_value_get_member_string (self->properties, "title", "");
}

gint64
leyden_flow_get_version (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), 0);
  if (self->container != NULL && self->parent == NULL)
    return LEYDEN_FLOW_FORMAT;
  return leyden_value_get_member_int (leyden_flow_get_root (self)->properties, "leyden", 0);
}

LeydenValue *
leyden_flow_get_property_value (LeydenFlow *self,
                                const char *key)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);
  return leyden_value_get_member (self->properties, key);
}

guint
leyden_flow_get_n_nodes (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), 0);
  return self->sets[LEYDEN_ELEMENT_NODE].sorted->len;
}

guint
leyden_flow_get_n_edges (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), 0);
  return self->sets[LEYDEN_ELEMENT_EDGE].sorted->len;
}

LeydenNode *
leyden_flow_get_node (LeydenFlow *self,
                      const char *id)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);
  return (LeydenNode *) leyden_flow_get_element (self, LEYDEN_ELEMENT_NODE, id);
}

LeydenEdge *
leyden_flow_get_edge (LeydenFlow *self,
                      const char *id)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);
  return (LeydenEdge *) leyden_flow_get_element (self, LEYDEN_ELEMENT_EDGE, id);
}

LeydenFrame *
leyden_flow_get_frame (LeydenFlow *self,
                       const char *id)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);
  return (LeydenFrame *) leyden_flow_get_element (self, LEYDEN_ELEMENT_FRAME, id);
}

LeydenNote *
leyden_flow_get_note (LeydenFlow *self,
                      const char *id)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);
  return (LeydenNote *) leyden_flow_get_element (self, LEYDEN_ELEMENT_NOTE, id);
}

static GPtrArray *
copy_list (GPtrArray *source)
{
  GPtrArray *list = g_ptr_array_sized_new (source->len);

  for (guint i = 0; i < source->len; i++)
    g_ptr_array_add (list, g_ptr_array_index (source, i));
  return list;
}

LeydenNode *
leyden_flow_find_node (LeydenFlow *self,
                       const char *type)
{
  GPtrArray *nodes;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (type != NULL, NULL);

  nodes = self->sets[LEYDEN_ELEMENT_NODE].sorted;
  for (guint i = 0; i < nodes->len; i++)
    if (g_str_equal (leyden_node_get_type_name (g_ptr_array_index (nodes, i)), type))
      return g_ptr_array_index (nodes, i);
  return NULL;
}

GPtrArray *
leyden_flow_list_nodes (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return copy_list (self->sets[LEYDEN_ELEMENT_NODE].sorted);
}

GPtrArray *
leyden_flow_list_edges (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return copy_list (self->sets[LEYDEN_ELEMENT_EDGE].sorted);
}

GPtrArray *
leyden_flow_list_frames (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return copy_list (self->sets[LEYDEN_ELEMENT_FRAME].sorted);
}

GPtrArray *
leyden_flow_list_notes (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  return copy_list (self->sets[LEYDEN_ELEMENT_NOTE].sorted);
}

static GPtrArray *
list_ends (LeydenFlow *self,
           const char *node,
           const char *port,
           gboolean    outgoing)
{
  LeydenEnds *ends = g_hash_table_lookup (self->ends, node);
  GPtrArray *list = g_ptr_array_new ();
  GPtrArray *source;

  if (ends == NULL)
    return list;
  source = outgoing ? ends->out : ends->in;
  for (guint i = 0; i < source->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (source, i);

      if (port == NULL || g_str_equal (outgoing ? edge->source_port : edge->target_port, port))
        g_ptr_array_add (list, edge);
    }
  return list;
}

GPtrArray *
leyden_flow_list_edges_in (LeydenFlow *self,
                           const char *node,
                           const char *port)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (node != NULL, NULL);
  return list_ends (self, node, port, FALSE);
}

GPtrArray *
leyden_flow_list_edges_out (LeydenFlow *self,
                            const char *node,
                            const char *port)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (node != NULL, NULL);
  return list_ends (self, node, port, TRUE);
}

gboolean
leyden_flow_is_only_called (LeydenFlow *self,
                            const char *node,
                            const char *tools_port)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_out (self, node, NULL);

  for (guint i = 0; i < edges->len; i++)
    if (g_strcmp0 (leyden_edge_get_source_port (g_ptr_array_index (edges, i)), tools_port) != 0)
      return FALSE;
  return edges->len > 0;
}

static gboolean
is_used (LeydenFlow *self,
         const char *id)
{
  for (LeydenElementKind kind = LEYDEN_ELEMENT_NODE; kind < N_KINDS; kind++)
    if (g_hash_table_contains (self->sets[kind].by_id, id))
      return TRUE;
  return FALSE;
}

char *
leyden_flow_new_element_id (LeydenFlow *self)
{
  GRand *random;
  char *id;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);

  random = leyden_flow_get_root (self)->random;
  id = leyden_id_new_node (random);
  while (is_used (self, id))
    {
      g_free (id);
      id = leyden_id_new_node (random);
    }
  return id;
}

void
leyden_flow_set_id_seed (LeydenFlow *self,
                         guint32     seed)
{
  g_return_if_fail (LEYDEN_IS_FLOW (self));

  g_clear_pointer (&self->random, g_rand_free);
  self->random = g_rand_new_with_seed (seed);
}
