/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-flow-layout.h"

/* A node that is dragged over a wire goes into it: source → node → target. Only a node that has no wires yet (the tools that it may call
 * do not count), so that moving things about never changes what they do. */

/* The nearest wire that passes through @rect and is not one of @node's; NULL when there is none. */
static LeydenCanvasEdge *
find_wire (LeydenCanvas          *self,
           const graphene_rect_t *rect,
           LeydenCanvasNode      *node)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);
  LeydenCanvasEdge *best = NULL;
  double best_distance = G_MAXDOUBLE;
  graphene_point_t middle;

  graphene_rect_get_center (rect, &middle);
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);
      double distance, t;

      if (edge->source == NULL || edge->target == NULL || edge->source_port < 0 || edge->target_port < 0 || edge->source == node
          || edge->target == node || edge->type == LEYDEN_PORT_TOOLS || !leyden_canvas_edge_touches (edge, rect))
        continue;
      distance = leyden_canvas_edge_get_distance (edge, middle, &t);
      if (distance < best_distance)
        {
          best = edge;
          best_distance = distance;
        }
    }
  return best;
}

static gboolean
has_wires (LeydenCanvasNode *node)
{
  for (guint i = 0; i < node->edges->len; i++)
    if (((LeydenCanvasEdge *) g_ptr_array_index (node->edges, i))->type != LEYDEN_PORT_TOOLS)
      return TRUE;
  return FALSE;
}

/* The port of the moved node that goes with one end of the wire; the same type before one that the engine converts. −1: none. */
static int
find_port (LeydenCanvas     *self,
           LeydenCanvasNode *node,
           LeydenCanvasEdge *edge,
           gboolean          output)
{
  GPtrArray *ports = output ? node->outputs : node->inputs;
  const LeydenPort *far = g_ptr_array_index (output ? edge->target->inputs : edge->source->outputs,
                                             (guint) (output ? edge->target_port : edge->source_port));
  int best = -1;

  for (guint i = 0; i < ports->len; i++)
    {
      const LeydenPort *port = g_ptr_array_index (ports, i);
      LeydenConnect verdict;

      if (port->is_error)
        continue;
      verdict = output ? leyden_canvas_model_can_connect (self->model, node, i, edge->target, (guint) edge->target_port, edge, NULL, NULL)
                       : leyden_canvas_model_can_connect (self->model, edge->source, (guint) edge->source_port, node, i, edge, NULL, NULL);
      if (verdict != LEYDEN_CONNECT_YES && !(verdict == LEYDEN_CONNECT_REPLACES && output))
        continue;
      if (port->type == far->type)
        return (int) i;
      if (best < 0)
        best = (int) i;
    }
  return best;
}

static void
mark (LeydenCanvas     *self,
      LeydenCanvasEdge *edge)
{
  if (self->splice == edge)
    return;
  self->splice = edge;
  leyden_canvas_show_hint (self, edge != NULL ? _("Goes into this wire") : NULL, self->pointer.x, self->pointer.y);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_canvas_splice_look (LeydenCanvas *self)
{
  const LeydenCanvasMove *move = self->moves->len == 1 ? &g_array_index (self->moves, LeydenCanvasMove, 0) : NULL;
  LeydenCanvasNode *node = move != NULL ? move->node : NULL;
  LeydenCanvasEdge *edge = node != NULL && !has_wires (node) ? find_wire (self, &node->item.bounds, node) : NULL;

  if (edge != NULL && (find_port (self, node, edge, FALSE) < 0 || find_port (self, node, edge, TRUE) < 0))
    edge = NULL;
  mark (self, edge);
}

LeydenCanvasEdge *
leyden_canvas_splice_look_for (LeydenCanvas     *self,
                               const char       *type_name,
                               graphene_point_t  at)
{
  const LeydenNodeType *type = leyden_node_types_lookup (self->types, type_name);
  LeydenCanvasEdge *edge = NULL;

  if (type != NULL)
    {
      graphene_rect_t rect = GRAPHENE_RECT_INIT (at.x - (float) type->width / 2, at.y - (float) LEYDEN_NODE_HEADER, (float) type->width,
                                                 (float) MAX (type->height, 2 * LEYDEN_NODE_HEADER));

      edge = find_wire (self, &rect, NULL);
    }
  if (edge != NULL && !leyden_canvas_fits_wire (self, type_name, edge))
    edge = NULL;
  mark (self, edge);
  return edge;
}

void
leyden_canvas_splice_forget (LeydenCanvas *self)
{
  mark (self, NULL);
}

void
leyden_canvas_splice_add (LeydenCanvas     *self,
                          LeydenEdit       *edit,
                          LeydenCanvasNode *node)
{
  LeydenCanvasEdge *edge = self->splice;
  LeydenFlow *flow = leyden_canvas_model_get_flow (self->model);
  int in = find_port (self, node, edge, FALSE), out = find_port (self, node, edge, TRUE);
  g_autofree char *first = leyden_flow_new_element_id (flow);
  g_autofree char *second = leyden_flow_new_element_id (flow);

  g_return_if_fail (in >= 0 && out >= 0);
  leyden_edit_remove_edge (edit, edge->id);
  leyden_edit_add_edge (edit, first, edge->source->id, leyden_edge_get_source_port (edge->edge), node->id,
                        ((LeydenPort *) g_ptr_array_index (node->inputs, (guint) in))->name);
  leyden_edit_add_edge (edit, second, node->id, ((LeydenPort *) g_ptr_array_index (node->outputs, (guint) out))->name, edge->target->id,
                        leyden_edge_get_target_port (edge->edge));
}

/* --- room --- */

#define ROOM 24.0f              /* world units between nodes that follow one another */

/* It lies on another node, or a wire of it runs backward. */
static gboolean
needs_room (LeydenCanvas     *self,
            LeydenCanvasNode *node)
{
  g_autoptr(GPtrArray) near = g_ptr_array_new ();
  float left = node->item.bounds.origin.x, right = left + node->item.bounds.size.width;

  leyden_canvas_model_query (self->model, &node->item.bounds, near);
  if (near->len > 1)
    return TRUE;
  for (guint i = 0; i < node->edges->len; i++)
    {
      const LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);

      if ((edge->source == node && edge->target != NULL && edge->target->item.bounds.origin.x < right + ROOM)
          || (edge->target == node && edge->source != NULL
              && edge->source->item.bounds.origin.x + edge->source->item.bounds.size.width > left - ROOM))
        return TRUE;
    }
  return FALSE;
}

void
leyden_canvas_splice_set_key (LeydenEdit *edit,
                              const char *id)
{
  g_autofree char *key = g_strdup_printf ("insert %s", id);

  leyden_edit_set_merge_key (edit, key);
}

void
leyden_canvas_splice_make_room (LeydenCanvas *self,
                                const char   *id,
                                const char   *label)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, id);
  g_autoptr(LeydenEdit) room = NULL;
  LeydenEdit *edit;

  if (node == NULL || !needs_room (self, node))
    return;
  room = leyden_flow_make_room (leyden_canvas_model_get_flow (self->model), self->types, id);
  if (leyden_edit_get_n_changes (room) == 0)
    return;
  edit = leyden_edit_new (label);
  for (guint i = 0; i < leyden_edit_get_n_changes (room); i++)
    {
      const LeydenChange *change = leyden_edit_get_change (room, i);

      leyden_edit_add (edit, change->kind, change->id, (const char * const *) change->path, change->after);
    }
  leyden_canvas_splice_set_key (edit, id);
  leyden_canvas_glide_prepare (self);
  leyden_canvas_apply (self, edit);
  leyden_canvas_glide_start (self);
}
