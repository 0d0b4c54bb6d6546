/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-reach.h"

/* All that wires lead to from @from, or (backward) that leads there; itself too. */
static GHashTable *
walk (LeydenCanvasNode *from,
      gboolean          backward,
      LeydenCanvasEdge *ignore)
{
  GHashTable *seen = g_hash_table_new (NULL, NULL);
  g_autoptr(GPtrArray) stack = g_ptr_array_new ();

  g_ptr_array_add (stack, from);
  g_hash_table_add (seen, from);
  while (stack->len > 0)
    {
      LeydenCanvasNode *node = g_ptr_array_steal_index_fast (stack, stack->len - 1);

      for (guint i = 0; i < node->edges->len; i++)
        {
          LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);
          LeydenCanvasNode *near = backward ? edge->target : edge->source, *far = backward ? edge->source : edge->target;

          if (edge != ignore && near == node && far != NULL && g_hash_table_add (seen, far))
            g_ptr_array_add (stack, far);
        }
    }
  return seen;
}

static void
learn (LeydenCanvasReach *self,
       LeydenCanvasNode  *fixed,
       gboolean           backward)
{
  g_clear_pointer (&self->known, g_hash_table_unref);
  self->known = walk (fixed, backward, self->ignore);
  self->fixed = fixed;
  self->backward = backward;
}

gboolean
leyden_canvas_reach_closes_loop (LeydenCanvasReach *self,
                                 LeydenCanvasNode  *source,
                                 LeydenCanvasNode  *target,
                                 LeydenCanvasEdge  *ignore)
{
  gboolean same_source = source == self->source && ignore == self->ignore;
  gboolean same_target = target == self->target && ignore == self->ignore;

  if (ignore != self->ignore)
    self->fixed = NULL;
  self->source = source;
  self->target = target;
  self->ignore = ignore;
  if (self->fixed != (self->backward ? source : target) || self->fixed == NULL)
    /* The end that stayed since the last question will stay for the next one. */
    learn (self, same_target && !same_source ? target : source, !(same_target && !same_source));
  return g_hash_table_contains (self->known, self->backward ? target : source);
}

void
leyden_canvas_reach_forget (LeydenCanvasReach *self)
{
  g_clear_pointer (&self->known, g_hash_table_unref);
  *self = (LeydenCanvasReach) { NULL, };
}
