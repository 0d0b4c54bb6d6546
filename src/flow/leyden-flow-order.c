/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow.h"

#include <string.h>
#include "leyden-flow-private.h"

/* Kahn's algorithm with the longest path as rank. What is left over lies on a cycle or behind one. */
typedef struct
{
  LeydenNode *node;
  int         rank;
  guint       n_waiting;        /* fired edges whose source has no rank yet */
  gboolean    seen;             /* by the walk that looks for a cycle */
} LeydenStep;

struct _LeydenFlowOrder
{
  LeydenFlow *flow;
  GHashTable *steps;            /* id → LeydenStep */
  GPtrArray  *nodes;
  GPtrArray  *cycle;            /* ids of ours, NULL-terminated; NULL when there is none */
};

static void
step_free (LeydenStep *self)
{
  leyden_node_unref (self->node);
  g_free (self);
}

static gboolean
is_fired_edge (LeydenFlowOrder *self,
               LeydenNodeTypes *types,
               LeydenEdge      *edge)
{
  LeydenStep *source = g_hash_table_lookup (self->steps, edge->source);
  const LeydenNodeType *type;
  LeydenPort *port;

  if (source == NULL || !g_hash_table_contains (self->steps, edge->target))
    return FALSE;
  type = leyden_node_types_lookup (types, source->node->type);
  port = type != NULL ? leyden_ports_find (type->outputs, edge->source_port) : NULL;
  return port == NULL || port->type != LEYDEN_PORT_TOOLS;
}

/* The edges that carry tokens, by the node they leave (borrowed id → borrowed edges). */
static GHashTable *
collect_fired_edges (LeydenFlowOrder *self,
                     LeydenNodeTypes *types)
{
  GHashTable *fired = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (self->flow);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);
      GPtrArray *list;

      if (!is_fired_edge (self, types, edge))
        continue;
      list = g_hash_table_lookup (fired, edge->source);
      if (list == NULL)
        {
          list = g_ptr_array_new ();
          g_hash_table_insert (fired, (gpointer) edge->source, list);
        }
      g_ptr_array_add (list, edge);
      ((LeydenStep *) g_hash_table_lookup (self->steps, edge->target))->n_waiting++;
    }
  return fired;
}

static void
rank_nodes (LeydenFlowOrder *self,
            GHashTable      *fired,
            GPtrArray       *all)
{
  g_autoptr(GQueue) ready = g_queue_new ();
  LeydenStep *step;

  for (guint i = 0; i < all->len; i++)
    {
      step = g_hash_table_lookup (self->steps, ((LeydenNode *) g_ptr_array_index (all, i))->element.id);
      if (step->n_waiting == 0)
        {
          step->rank = 0;
          g_queue_push_tail (ready, step);
        }
    }
  while ((step = g_queue_pop_head (ready)) != NULL)
    {
      GPtrArray *list = g_hash_table_lookup (fired, step->node->element.id);

      g_ptr_array_add (self->nodes, step->node);
      for (guint i = 0; list != NULL && i < list->len; i++)
        {
          LeydenStep *next = g_hash_table_lookup (self->steps, ((LeydenEdge *) g_ptr_array_index (list, i))->target);

          next->rank = MAX (next->rank, step->rank + 1);
          if (--next->n_waiting == 0)
            g_queue_push_tail (ready, next);
        }
    }
}

static gint
compare_steps (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  const LeydenNode *first = *(LeydenNode * const *) a;
  const LeydenNode *second = *(LeydenNode * const *) b;
  const LeydenStep *x = g_hash_table_lookup (data, first->element.id);
  const LeydenStep *y = g_hash_table_lookup (data, second->element.id);

  return x->rank != y->rank ? x->rank - y->rank : strcmp (first->element.id, second->element.id);
}

/* Starts at the leftmost node, so that the edge which closes the cycle is the one that a reader would call the way back. */
static void
rotate_cycle (LeydenFlowOrder *self)
{
  guint n = self->cycle->len;
  guint best = 0;
  g_autoptr(GPtrArray) old = g_steal_pointer (&self->cycle);

  for (guint i = 1; i < n; i++)
    {
      LeydenNode *node = leyden_flow_get_node (self->flow, g_ptr_array_index (old, i));
      LeydenNode *first = leyden_flow_get_node (self->flow, g_ptr_array_index (old, best));

      if (node->position.x < first->position.x
          || (node->position.x == first->position.x && strcmp (node->element.id, first->element.id) < 0))
        best = i;
    }
  self->cycle = g_ptr_array_new_full (n + 1, g_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->cycle, g_strdup (g_ptr_array_index (old, (best + i) % n)));
  g_ptr_array_add (self->cycle, NULL);
}

/* Every unranked node has an unranked predecessor: walking back must come round. */
static void
find_cycle (LeydenFlowOrder *self,
            GHashTable      *fired,
            GPtrArray       *all)
{
  g_autoptr(GHashTable) before = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) path = g_ptr_array_new ();
  LeydenStep *step = NULL;
  guint start = 0;

  for (guint i = 0; i < all->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (all, i);
      LeydenStep *candidate = g_hash_table_lookup (self->steps, node->element.id);
      GPtrArray *list = g_hash_table_lookup (fired, node->element.id);

      if (candidate->n_waiting == 0)
        continue;
      step = step != NULL ? step : candidate;
      for (guint k = 0; list != NULL && k < list->len; k++)
        g_hash_table_insert (before, (gpointer) ((LeydenEdge *) g_ptr_array_index (list, k))->target,
                             (gpointer) node->element.id);
    }
  if (step == NULL)
    return;
  while (!step->seen)
    {
      step->seen = TRUE;
      g_ptr_array_add (path, (gpointer) step->node->element.id);
      step = g_hash_table_lookup (self->steps, g_hash_table_lookup (before, step->node->element.id));
    }
  while (!g_str_equal (g_ptr_array_index (path, start), step->node->element.id))
    start++;
  self->cycle = g_ptr_array_new ();
  for (guint i = path->len; i > start; i--)
    g_ptr_array_add (self->cycle, g_ptr_array_index (path, i - 1));
  rotate_cycle (self);
}

LeydenFlowOrder *
leyden_flow_order_new (LeydenFlow      *flow,
                       LeydenNodeTypes *types)
{
  LeydenFlowOrder *self;
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(GHashTable) fired = NULL;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  self = g_new0 (LeydenFlowOrder, 1);
  self->flow = g_object_ref (flow);
  self->nodes = g_ptr_array_new ();
  self->steps = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) step_free);
  all = leyden_flow_list_nodes (flow);
  for (guint i = 0; i < all->len; i++)
    {
      LeydenStep *step = g_new0 (LeydenStep, 1);

      step->node = leyden_node_ref (g_ptr_array_index (all, i));
      step->rank = -1;
      g_hash_table_insert (self->steps, (gpointer) step->node->element.id, step);
    }
  fired = collect_fired_edges (self, types);
  rank_nodes (self, fired, all);
  g_ptr_array_sort_with_data (self->nodes, compare_steps, self->steps);
  if (self->nodes->len < all->len)
    find_cycle (self, fired, all);
  return self;
}

void
leyden_flow_order_free (LeydenFlowOrder *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->cycle, g_ptr_array_unref);
  g_hash_table_unref (self->steps);
  g_ptr_array_unref (self->nodes);
  g_object_unref (self->flow);
  g_free (self);
}

GPtrArray *
leyden_flow_order_get_nodes (LeydenFlowOrder *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->nodes;
}

int
leyden_flow_order_get_rank (LeydenFlowOrder *self,
                            const char      *node)
{
  LeydenStep *step;

  g_return_val_if_fail (self != NULL, -1);
  g_return_val_if_fail (node != NULL, -1);

  step = g_hash_table_lookup (self->steps, node);
  return step != NULL && step->n_waiting == 0 ? step->rank : -1;
}

const char * const *
leyden_flow_order_get_cycle (LeydenFlowOrder *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->cycle != NULL ? (const char * const *) self->cycle->pdata : NULL;
}
