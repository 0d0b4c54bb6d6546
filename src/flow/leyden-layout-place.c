/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-layout-private.h"

#include <math.h>

/*
 * Heights with the least total length of the wires, their order in the columns given. A column at a time, the others fixed: the length of a
 * wire is taken as a parabola through what it is now (iteratively reweighted least squares), so that every vertex wants one height with
 * one weight, and the best heights in order, at least so far apart, are a weighted isotonic regression (pool adjacent violators).
 */

#define ROUNDS 40
#define SETTLED 0.02            /* of a row's height: stops when no vertex moves more in a round */

typedef struct
{
  LeydenLayoutLayers *layers;
  const double       *heights;
  double              row_gap;
  double              step;
  double             *tops;
  double             *wanted;           /* of a layer's places */
  double             *weight;
  double             *offset;
  guint              *pool_end;
} Placing;

static double
get_height (Placing *self,
            guint    vertex)
{
  return vertex < self->layers->n_nodes ? self->heights[vertex] : 0;
}

/* Bends of wires may be nearer to each other and to boxes than boxes are. */
static double
get_gap (Placing *self,
         guint    one,
         guint    two)
{
  guint n = self->layers->n_nodes;

  return one < n && two < n ? self->row_gap : one < n || two < n ? self->row_gap * 0.5 : self->row_gap * 0.25;
}

/* A wire that runs past columns is drawn straight: pieces between its bends hold it so, as in dot. */
static double
get_stiffness (Placing *self,
               guint    one,
               guint    two)
{
  guint n = self->layers->n_nodes;

  return one < n && two < n ? 1 : one < n || two < n ? 2 : 4;
}

static void
want (Placing                   *self,
      guint                      vertex,
      const LeydenLayoutSegment *segments,
      guint                      n,
      gboolean                   weighted,
      double                    *sum,
      double                    *weight)
{
  double height = get_height (self, vertex);

  for (guint i = 0; i < n; i++)
    {
      double target = self->tops[segments[i].vertex] + get_height (self, segments[i].vertex) * segments[i].other_at - height * segments[i].at;
      double distance = target - self->tops[vertex];
      double w = weighted ? 1 / sqrt (self->step * self->step + distance * distance) : 1 / self->step;

      w *= get_stiffness (self, vertex, segments[i].vertex);

      *sum += w * target;
      *weight += w;
    }
}

/* Sets self->wanted, in the order of the layer, to the nearest heights that are far enough apart. */
static void
regress (Placing *self,
         guint    size)
{
  guint n = 0;

  for (guint i = 0; i < size; i++)
    {
      double value = self->wanted[i] - self->offset[i], weight = self->weight[i];

      for (; n > 0 && self->wanted[n - 1] >= value; n--)
        {
          value = (value * weight + self->wanted[n - 1] * self->weight[n - 1]) / (weight + self->weight[n - 1]);
          weight += self->weight[n - 1];
        }
      self->wanted[n] = value;
      self->weight[n] = weight;
      self->pool_end[n++] = i + 1;
    }
  for (guint pool = n, end = size; pool-- > 0;)
    {
      double value = self->wanted[pool];
      guint start = pool > 0 ? self->pool_end[pool - 1] : 0;

      while (end > start)
        {
          end--;
          self->wanted[end] = value + self->offset[end];
        }
    }
}

/* Returns how far a vertex moved at most. */
static double
place_layer (Placing *self,
             guint    layer,
             gboolean in,
             gboolean out,
             gboolean weighted)
{
  LeydenLayoutLayers *layers = self->layers;
  const guint *order = layers->order + layers->layer_start[layer];
  guint size = layers->layer_start[layer + 1] - layers->layer_start[layer];
  double moved = 0;

  for (guint i = 0; i < size; i++)
    {
      const LeydenLayoutVertex *vertex = &layers->vertices[order[i]];
      double sum = 0, weight = 0;

      if (in)
        want (self, order[i], layers->in + vertex->first_in, vertex->n_in, weighted, &sum, &weight);
      if (out)
        want (self, order[i], layers->out + vertex->first_out, vertex->n_out, weighted, &sum, &weight);
      self->offset[i] = i == 0 ? 0 : self->offset[i - 1] + get_height (self, order[i - 1]) + get_gap (self, order[i - 1], order[i]);
      /* What has no wish stays, as long as nobody with one needs the room. */
      self->wanted[i] = weight > 0 ? sum / weight : self->tops[order[i]];
      self->weight[i] = weight > 0 ? weight : 1e-6 / self->step;
    }
  regress (self, size);
  for (guint i = 0; i < size; i++)
    {
      moved = MAX (moved, fabs (self->wanted[i] - self->tops[order[i]]));
      self->tops[order[i]] = self->wanted[i];
    }
  return moved;
}

/* All layers as one under the other, round the same middle. */
static void
begin (Placing *self)
{
  LeydenLayoutLayers *layers = self->layers;

  for (guint layer = 0; layer < layers->n_layers; layer++)
    {
      double at = 0;

      for (guint i = layers->layer_start[layer]; i < layers->layer_start[layer + 1]; i++)
        {
          if (i > layers->layer_start[layer])
            at += get_gap (self, layers->order[i - 1], layers->order[i]);
          self->tops[layers->order[i]] = at;
          at += get_height (self, layers->order[i]);
        }
      for (guint i = layers->layer_start[layer]; i < layers->layer_start[layer + 1]; i++)
        self->tops[layers->order[i]] -= at / 2;
    }
}

void
leyden_layout_place (LeydenLayoutLayers *layers,
                     const double       *heights,
                     double              row_gap,
                     double              column_step,
                     double             *tops)
{
  Placing self = { .layers = layers, .heights = heights, .row_gap = row_gap, .step = column_step, .tops = tops };
  guint n = layers->n_layers, widest = 0;

  for (guint i = 0; i < n; i++)
    widest = MAX (widest, layers->layer_start[i + 1] - layers->layer_start[i]);
  self.wanted = g_new (double, widest);
  self.weight = g_new (double, widest);
  self.offset = g_new (double, widest);
  self.pool_end = g_new (guint, widest);
  begin (&self);
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 1; i < n; i++)
        place_layer (&self, i, TRUE, FALSE, FALSE);
      for (guint i = n - 1; i-- > 0;)
        place_layer (&self, i, FALSE, TRUE, FALSE);
    }
  for (guint round = 0; round < ROUNDS; round++)
    {
      double moved = 0;

      for (guint i = 0; i < n; i++)
        moved = MAX (moved, place_layer (&self, round % 2 == 0 ? i : n - 1 - i, TRUE, TRUE, round >= 4));
      if (moved < SETTLED * row_gap)
        break;
    }
  g_free (self.wanted);
  g_free (self.weight);
  g_free (self.offset);
  g_free (self.pool_end);
}
