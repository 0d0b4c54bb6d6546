/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-model.h"
#include "leyden-canvas-reach.h"

#include <glib/gi18n-lib.h>

#include "leyden-port-lists.h"
#include "leyden-text.h"

#define MAX_TITLE 200
#define MAX_SIZE 8192.0f

struct _LeydenCanvasModel
{
  LeydenFlow        *flow;
  LeydenNodeTypes   *types;
  GHashTable        *nodes_by_id;       /* id of the node → LeydenCanvasNode (owned by nodes) */
  GHashTable        *edges_by_id;
  GHashTable        *ports;             /* lists of ports that nodes share */
  GPtrArray         *nodes;
  GPtrArray         *edges;
  GPtrArray         *boxes;
  LeydenCanvasIndex *index;
  GHashTable        *statuses;          /* id of a node → Status, also of nodes that are away */
  guint              z;
  LeydenCanvasReach  reach;
};

typedef struct
{
  LeydenNodeState state;
  guint64         count;
  double          mean_ms;
} Status;

/* --- nodes --- */

static void
node_free (LeydenCanvasNode *node)
{
  g_ptr_array_unref (node->inputs);
  g_ptr_array_unref (node->outputs);
  g_ptr_array_unref (node->edges);
  leyden_node_unref (node->node);
  g_free (node);
}

static void
edge_free (LeydenCanvasEdge *edge)
{
  leyden_edge_unref (edge->edge);
  g_free (edge->points);
  g_free (edge->led);
  g_free (edge);
}

static void
box_free (LeydenCanvasBox *box)
{
  g_free (box->id);
  g_free (box->text);
  g_free (box->color);
  g_free (box);
}

static graphene_rect_t
measure_node (const LeydenCanvasNode *item)
{
  graphene_point_t position = leyden_node_get_position (item->node);
  graphene_size_t size = leyden_node_type_measure (item->type, item->inputs->len, item->outputs->len);

  return GRAPHENE_RECT_INIT (position.x, position.y, CLAMP (size.width, 80.f, MAX_SIZE), CLAMP (size.height, 40.f, MAX_SIZE));
}

static guint
count_trainable (LeydenNode *node)
{
  LeydenValue *list = leyden_value_get_member (leyden_node_get_value (node), "trainable");
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    n += leyden_value_get_member_boolean (leyden_value_get_item (list, i), "locked", FALSE) ? 0 : 1;
  return n;
}

static LeydenCanvasNode *
node_new (LeydenCanvasModel *self,
          LeydenNode        *node)
{
  LeydenCanvasNode *item = g_new0 (LeydenCanvasNode, 1);
  const Status *status = g_hash_table_lookup (self->statuses, leyden_node_get_id (node));

  item->node = leyden_node_ref (node);
  item->id = leyden_node_get_id (node);
  item->type = leyden_node_types_lookup (self->types, leyden_node_get_type_name (node));
  item->inputs = leyden_ports_share (self->ports, leyden_node_types_dup_inputs (self->types, node));
  item->outputs = leyden_ports_share (self->ports, leyden_node_types_dup_outputs (self->types, node));
  item->n_trainable = count_trainable (node);
  item->mode = leyden_node_get_mode (node);
  item->edges = g_ptr_array_new ();
  item->mean_ms = -1;
  if (status != NULL)
    {
      item->state = status->state;
      item->count = status->count;
      item->mean_ms = status->mean_ms;
    }
  item->z = ++self->z;
  return item;
}

static LeydenCanvasNode *
add_node (LeydenCanvasModel *self,
          LeydenNode        *node)
{
  LeydenCanvasNode *item = node_new (self, node);
  graphene_rect_t bounds = measure_node (item);

  g_ptr_array_add (self->nodes, item);
  if (!g_hash_table_contains (self->nodes_by_id, item->id))
    g_hash_table_insert (self->nodes_by_id, (gpointer) item->id, item);
  leyden_canvas_index_insert (self->index, &item->item, &bounds);
  return item;
}

static void
replace_node (LeydenCanvasModel *self,
              LeydenCanvasNode  *item,
              LeydenNode        *node)
{
  graphene_rect_t bounds;

  g_hash_table_steal (self->nodes_by_id, item->id);
  leyden_node_ref (node);
  leyden_node_unref (item->node);
  item->node = node;
  item->id = leyden_node_get_id (node);
  g_hash_table_insert (self->nodes_by_id, (gpointer) item->id, item);
  item->type = leyden_node_types_lookup (self->types, leyden_node_get_type_name (node));
  g_ptr_array_unref (item->inputs);
  g_ptr_array_unref (item->outputs);
  item->inputs = leyden_ports_share (self->ports, leyden_node_types_dup_inputs (self->types, node));
  item->outputs = leyden_ports_share (self->ports, leyden_node_types_dup_outputs (self->types, node));
  item->n_trainable = count_trainable (node);
  item->mode = leyden_node_get_mode (node);
  bounds = measure_node (item);
  leyden_canvas_index_move (self->index, &item->item, &bounds);
}

graphene_point_t
leyden_canvas_node_get_port_point (LeydenCanvasNode *node,
                                   gboolean          output,
                                   guint             port)
{
  const graphene_rect_t *bounds = &node->item.bounds;

  return GRAPHENE_POINT_INIT (bounds->origin.x + (output ? bounds->size.width : 0),
                              bounds->origin.y + (float) leyden_node_types_get_port_y (port, bounds->size.height));
}

/* --- edges --- */

static int
find_port (GPtrArray  *ports,
           const char *name)
{
  for (guint i = 0; i < ports->len; i++)
    if (g_str_equal (((LeydenPort *) g_ptr_array_index (ports, i))->name, name))
      return (int) i;
  return -1;
}

static void
resolve_edge (LeydenCanvasModel *self,
              LeydenCanvasEdge  *edge)
{
  LeydenPortType target_type = LEYDEN_PORT_ANY;

  edge->source = g_hash_table_lookup (self->nodes_by_id, leyden_edge_get_source (edge->edge));
  edge->target = g_hash_table_lookup (self->nodes_by_id, leyden_edge_get_target (edge->edge));
  edge->source_port = edge->target_port = -1;
  edge->type = LEYDEN_PORT_ANY;
  if (edge->source != NULL)
    {
      g_ptr_array_add (edge->source->edges, edge);
      edge->source_port = find_port (edge->source->outputs, leyden_edge_get_source_port (edge->edge));
      if (edge->source_port >= 0)
        edge->type = ((LeydenPort *) g_ptr_array_index (edge->source->outputs, edge->source_port))->type;
    }
  if (edge->target != NULL)
    {
      if (edge->target != edge->source)
        g_ptr_array_add (edge->target->edges, edge);
      edge->target_port = find_port (edge->target->inputs, leyden_edge_get_target_port (edge->edge));
      if (edge->target_port >= 0)
        target_type = ((LeydenPort *) g_ptr_array_index (edge->target->inputs, edge->target_port))->type;
    }
  edge->broken = edge->source_port < 0 || edge->target_port < 0
                 || leyden_port_type_convert (edge->type, target_type, NULL, NULL) >= LEYDEN_CONVERSION_OFFERED;
  leyden_canvas_edge_place_points (edge, NULL, 0);
}

static void
detach_edge (LeydenCanvasEdge *edge)
{
  if (edge->source != NULL)
    g_ptr_array_remove (edge->source->edges, edge);
  if (edge->target != NULL && edge->target != edge->source)
    g_ptr_array_remove (edge->target->edges, edge);
  edge->source = edge->target = NULL;
}

static void
add_edge (LeydenCanvasModel *self,
          LeydenEdge        *edge)
{
  LeydenCanvasEdge *item = g_new0 (LeydenCanvasEdge, 1);

  item->edge = leyden_edge_ref (edge);
  item->id = leyden_edge_get_id (edge);
  g_ptr_array_add (self->edges, item);
  if (!g_hash_table_contains (self->edges_by_id, item->id))
    g_hash_table_insert (self->edges_by_id, (gpointer) item->id, item);
  resolve_edge (self, item);
}

static void
remove_edge (LeydenCanvasModel *self,
             LeydenCanvasEdge  *edge)
{
  detach_edge (edge);
  if (g_hash_table_lookup (self->edges_by_id, edge->id) == edge)
    g_hash_table_remove (self->edges_by_id, edge->id);
  g_ptr_array_remove (self->edges, edge);
}

/* --- frames and notes --- */

static LeydenCanvasBox *
box_new (LeydenElementKind  kind,
         const char        *id)
{
  LeydenCanvasBox *box = g_new0 (LeydenCanvasBox, 1);

  box->kind = kind;
  box->id = g_strdup (id);
  return box;
}

static void
fill_box (LeydenCanvasBox *box,
          const char      *text,
          const char      *color,
          graphene_rect_t  bounds)
{
  g_free (box->text);
  g_free (box->color);
  box->text = g_strdup (text);
  box->color = g_strdup (color);
  box->bounds = bounds;
  box->bounds.size.width = MAX (bounds.size.width, 48);
  box->bounds.size.height = MAX (bounds.size.height, 40);
}

static void
fill_frame (LeydenCanvasBox *box,
            LeydenFrame     *frame)
{
  fill_box (box, leyden_frame_get_title (frame), leyden_frame_get_color (frame), leyden_frame_get_bounds (frame));
}

static void
fill_note (LeydenCanvasBox *box,
           LeydenNote      *note)
{
  fill_box (box, leyden_note_get_text (note), leyden_note_get_color (note), leyden_note_get_bounds (note));
}

/* Frames below notes, large frames below small ones: the same at once as when the flow is opened again. */
static int
compare_boxes (gconstpointer a,
               gconstpointer b)
{
  const LeydenCanvasBox *one = *(LeydenCanvasBox * const *) a, *other = *(LeydenCanvasBox * const *) b;
  float one_area = one->bounds.size.width * one->bounds.size.height, other_area = other->bounds.size.width * other->bounds.size.height;

  if (one->kind != other->kind)
    return one->kind == LEYDEN_ELEMENT_FRAME ? -1 : 1;
  if (one->kind == LEYDEN_ELEMENT_FRAME && one_area != other_area)
    return one_area > other_area ? -1 : 1;
  return strcmp (one->id, other->id);
}

/* --- the whole --- */

static void
load (LeydenCanvasModel *self)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (self->flow);
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (self->flow);
  g_autoptr(GPtrArray) frames = leyden_flow_list_frames (self->flow);
  g_autoptr(GPtrArray) notes = leyden_flow_list_notes (self->flow);

  for (guint i = 0; i < frames->len; i++)
    {
      LeydenFrame *frame = g_ptr_array_index (frames, i);
      LeydenCanvasBox *box = box_new (LEYDEN_ELEMENT_FRAME, leyden_frame_get_id (frame));

      fill_frame (box, frame);
      g_ptr_array_add (self->boxes, box);
    }
  for (guint i = 0; i < notes->len; i++)
    {
      LeydenNote *note = g_ptr_array_index (notes, i);
      LeydenCanvasBox *box = box_new (LEYDEN_ELEMENT_NOTE, leyden_note_get_id (note));

      fill_note (box, note);
      g_ptr_array_add (self->boxes, box);
    }
  g_ptr_array_sort (self->boxes, compare_boxes);
  for (guint i = 0; i < nodes->len; i++)
    add_node (self, g_ptr_array_index (nodes, i));
  for (guint i = 0; i < edges->len; i++)
    add_edge (self, g_ptr_array_index (edges, i));
}

LeydenCanvasModel *
leyden_canvas_model_new (LeydenFlow      *flow,
                         LeydenNodeTypes *types)
{
  LeydenCanvasModel *self;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  self = g_new0 (LeydenCanvasModel, 1);
  self->flow = g_object_ref (flow);
  self->types = g_object_ref (types);
  self->nodes_by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->ports = leyden_ports_shared_new ();
  self->edges_by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->statuses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  self->edges = g_ptr_array_new_with_free_func ((GDestroyNotify) edge_free);
  self->boxes = g_ptr_array_new_with_free_func ((GDestroyNotify) box_free);
  self->index = leyden_canvas_index_new ();
  load (self);
  return self;
}

void
leyden_canvas_model_free (LeydenCanvasModel *self)
{
  if (self == NULL)
    return;
  leyden_canvas_reach_forget (&self->reach);
  leyden_canvas_index_free (self->index);
  g_hash_table_unref (self->nodes_by_id);
  g_hash_table_unref (self->edges_by_id);
  g_hash_table_unref (self->statuses);
  g_ptr_array_unref (self->edges);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->boxes);
  g_hash_table_unref (self->ports);
  g_object_unref (self->types);
  g_object_unref (self->flow);
  g_free (self);
}

LeydenCanvasReach *
leyden_canvas_model_get_reach (LeydenCanvasModel *self)
{
  return &self->reach;
}

LeydenFlow *
leyden_canvas_model_get_flow (LeydenCanvasModel *self)
{
  return self->flow;
}

/* --- following edits --- */

static void
remove_node (LeydenCanvasModel   *self,
             LeydenCanvasNode    *node,
             LeydenCanvasRemoved  removed,
             gpointer             data)
{
  for (guint i = 0; i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);

      if (edge->source == node)
        edge->source = NULL;
      if (edge->target == node)
        edge->target = NULL;
      edge->broken = TRUE;
      leyden_canvas_edge_route (edge);
    }
  if (node->view != NULL && removed != NULL)
    removed (node->view, data);
  leyden_canvas_index_remove (self->index, &node->item);
  if (g_hash_table_lookup (self->nodes_by_id, node->id) == node)
    g_hash_table_remove (self->nodes_by_id, node->id);
  g_ptr_array_remove (self->nodes, node);
}

static void
refresh_edge (LeydenCanvasModel *self,
              const char        *id)
{
  LeydenEdge *edge = leyden_flow_get_edge (self->flow, id);
  LeydenCanvasEdge *item = g_hash_table_lookup (self->edges_by_id, id);

  if (edge == NULL)
    {
      if (item != NULL)
        remove_edge (self, item);
    }
  else if (item == NULL)
    add_edge (self, edge);
  else
    {
      detach_edge (item);
      g_hash_table_steal (self->edges_by_id, item->id);
      leyden_edge_ref (edge);
      leyden_edge_unref (item->edge);
      item->edge = edge;
      item->id = leyden_edge_get_id (edge);
      g_hash_table_insert (self->edges_by_id, (gpointer) item->id, item);
      resolve_edge (self, item);
    }
}

static void
refresh_edges_of (LeydenCanvasModel *self,
                  const char        *node)
{
  g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (self->flow, node, NULL);
  g_autoptr(GPtrArray) out = leyden_flow_list_edges_out (self->flow, node, NULL);

  for (guint i = 0; i < in->len; i++)
    refresh_edge (self, leyden_edge_get_id (g_ptr_array_index (in, i)));
  for (guint i = 0; i < out->len; i++)
    refresh_edge (self, leyden_edge_get_id (g_ptr_array_index (out, i)));
}

static void
refresh_node (LeydenCanvasModel   *self,
              const LeydenChange  *change,
              LeydenCanvasRemoved  removed,
              gpointer             data)
{
  LeydenNode *node = leyden_flow_get_node (self->flow, change->id);
  LeydenCanvasNode *item = g_hash_table_lookup (self->nodes_by_id, change->id);

  if (node == NULL)
    {
      if (item != NULL)
        remove_node (self, item, removed, data);
      return;
    }
  if (item == NULL)
    add_node (self, node);
  else
    replace_node (self, item, node);
  refresh_edges_of (self, change->id);
}

static void
refresh_box (LeydenCanvasModel   *self,
             const LeydenChange  *change,
             LeydenCanvasRemoved  removed,
             gpointer             data)
{
  LeydenCanvasBox *box = leyden_canvas_model_get_box (self, change->kind, change->id);
  LeydenFrame *frame = change->kind == LEYDEN_ELEMENT_FRAME ? leyden_flow_get_frame (self->flow, change->id) : NULL;
  LeydenNote *note = change->kind == LEYDEN_ELEMENT_NOTE ? leyden_flow_get_note (self->flow, change->id) : NULL;

  if (frame == NULL && note == NULL)
    {
      if (box == NULL)
        return;
      if (box->view != NULL && removed != NULL)
        removed (box->view, data);
      g_ptr_array_remove (self->boxes, box);
      return;
    }
  if (box == NULL)
    {
      box = box_new (change->kind, change->id);
      g_ptr_array_add (self->boxes, box);
    }
  if (frame != NULL)
    fill_frame (box, frame);
  else
    fill_note (box, note);
}

void
leyden_canvas_model_follow (LeydenCanvasModel   *self,
                            LeydenEdit          *edit,
                            LeydenCanvasRemoved  removed,
                            gpointer             data)
{
  guint n_changes = leyden_edit_get_n_changes (edit);
  gboolean boxes = FALSE;

  leyden_canvas_reach_forget (&self->reach);
  for (guint i = 0; i < n_changes; i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);

      if (change->kind == LEYDEN_ELEMENT_NODE)
        refresh_node (self, change, removed, data);
      else if (change->kind == LEYDEN_ELEMENT_FRAME || change->kind == LEYDEN_ELEMENT_NOTE)
        {
          refresh_box (self, change, removed, data);
          boxes = TRUE;
        }
    }
  if (boxes)
    g_ptr_array_sort (self->boxes, compare_boxes);
  for (guint i = 0; i < n_changes; i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);

      if (change->kind == LEYDEN_ELEMENT_EDGE)
        refresh_edge (self, change->id);
    }
}

/* --- asking --- */

LeydenCanvasNode *
leyden_canvas_model_get_node (LeydenCanvasModel *self,
                              const char        *id)
{
  return g_hash_table_lookup (self->nodes_by_id, id);
}

LeydenCanvasNode *
leyden_canvas_model_set_status (LeydenCanvasModel *self,
                                const char        *id,
                                LeydenNodeState    state,
                                guint64            count,
                                double             mean_ms)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (self, id);
  Status *status;

  if (node != NULL && node->state == state && node->count == count && node->mean_ms == mean_ms)
    return NULL;
  status = g_new0 (Status, 1);
  status->state = state;
  status->count = count;
  status->mean_ms = mean_ms;
  g_hash_table_replace (self->statuses, g_strdup (id), status);
  if (node == NULL)
    return NULL;
  node->state = state;
  node->count = count;
  node->mean_ms = mean_ms;
  return node;
}

void
leyden_canvas_model_forget_statuses (LeydenCanvasModel *self)
{
  g_hash_table_remove_all (self->statuses);
}

LeydenCanvasEdge *
leyden_canvas_model_get_edge (LeydenCanvasModel *self,
                              const char        *id)
{
  return g_hash_table_lookup (self->edges_by_id, id);
}

LeydenCanvasBox *
leyden_canvas_model_get_box (LeydenCanvasModel *self,
                             LeydenElementKind  kind,
                             const char        *id)
{
  for (guint i = 0; i < self->boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (self->boxes, i);

      if (box->kind == kind && g_str_equal (box->id, id))
        return box;
    }
  return NULL;
}

GPtrArray *
leyden_canvas_model_get_nodes (LeydenCanvasModel *self)
{
  return self->nodes;
}

GPtrArray *
leyden_canvas_model_get_edges (LeydenCanvasModel *self)
{
  return self->edges;
}

GPtrArray *
leyden_canvas_model_get_boxes (LeydenCanvasModel *self)
{
  return self->boxes;
}

void
leyden_canvas_model_query (LeydenCanvasModel     *self,
                           const graphene_rect_t *rect,
                           GPtrArray             *nodes)
{
  leyden_canvas_index_query (self->index, rect, nodes);
}

gboolean
leyden_canvas_model_get_extent (LeydenCanvasModel *self,
                                graphene_rect_t   *extent)
{
  gboolean any = FALSE;

  for (guint i = 0; i < self->nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (self->nodes, i);

      if (any)
        graphene_rect_union (extent, &node->item.bounds, extent);
      else
        *extent = node->item.bounds;
      any = TRUE;
    }
  for (guint i = 0; i < self->boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (self->boxes, i);

      if (any)
        graphene_rect_union (extent, &box->bounds, extent);
      else
        *extent = box->bounds;
      any = TRUE;
    }
  return any;
}

void
leyden_canvas_model_raise (LeydenCanvasModel *self,
                           LeydenCanvasNode  *node)
{
  node->z = ++self->z;
}

void
leyden_canvas_model_place_node (LeydenCanvasModel *self,
                                LeydenCanvasNode  *node,
                                float              x,
                                float              y)
{
  graphene_rect_t bounds = node->item.bounds;

  bounds.origin = GRAPHENE_POINT_INIT (x, y);
  leyden_canvas_index_move (self->index, &node->item, &bounds);
  for (guint i = 0; i < node->edges->len; i++)
    leyden_canvas_edge_route (g_ptr_array_index (node->edges, i));
}

void
leyden_canvas_model_place_box (LeydenCanvasModel     *self,
                               LeydenCanvasBox       *box,
                               const graphene_rect_t *bounds)
{
  box->bounds = *bounds;
  box->bounds.size.width = MAX (bounds->size.width, 48);
  box->bounds.size.height = MAX (bounds->size.height, 40);
}

GPtrArray *
leyden_canvas_node_list_edges (LeydenCanvasNode *node,
                               gboolean          output,
                               guint             port)
{
  GPtrArray *edges = g_ptr_array_new ();

  for (guint i = 0; i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);

      if ((output && edge->source == node && edge->source_port == (int) port)
          || (!output && edge->target == node && edge->target_port == (int) port))
        g_ptr_array_add (edges, edge);
    }
  return edges;
}

char *
leyden_canvas_node_dup_type_title (LeydenCanvasNode *node)
{
  if (node->type != NULL)
    return g_strdup (node->type->title);
  return leyden_text_display (leyden_node_get_type_name (node->node), -1, MAX_TITLE, FALSE);
}

gboolean
leyden_canvas_node_is_policy (LeydenCanvasNode *node)
{
  LeydenValue *policy = leyden_node_get_parameter (node->node, "policy");

  return node->type != NULL && leyden_value_get_kind (policy) == LEYDEN_VALUE_BOOLEAN && leyden_value_get_boolean (policy);
}

char *
leyden_canvas_node_dup_kind (LeydenCanvasNode *node)
{
  g_autofree char *type = leyden_canvas_node_dup_type_title (node);

  return leyden_canvas_node_is_policy (node) ? g_strdup_printf (_("%s, trained by the cluster"), type) : g_steal_pointer (&type);
}

char *
leyden_canvas_node_dup_title (LeydenCanvasNode *node)
{
  const char *title = leyden_node_get_title (node->node);

  if (*title != '\0')
    return leyden_text_display (title, -1, MAX_TITLE, FALSE);
  return leyden_canvas_node_dup_type_title (node);
}
