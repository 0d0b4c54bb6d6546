/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-layout-private.h"

#include <string.h>

/* From nodes with columns to vertices in layers: an edge that spans several columns gets a bend in each of those between. */

typedef struct
{
  guint upper;
  guint lower;
  float upper_at;
  float lower_at;
  guint upper_slot;
  guint lower_slot;
} Piece;

static guint
add_pieces (Piece                  *pieces,
            guint                   n_vertices,
            const LeydenLayoutEdge *edge,
            LeydenLayoutVertex     *vertices,
            const guint            *rank,
            guint                  *n_pieces)
{
  guint upper = edge->tail;
  float at = edge->tail_at;

  for (guint layer = rank[edge->tail] + 1; layer <= rank[edge->head]; layer++)
    {
      gboolean last = layer == rank[edge->head];
      guint lower = last ? edge->head : n_vertices;

      if (!last)
        vertices[n_vertices++].layer = layer;
      pieces[(*n_pieces)++] = (Piece) { upper, lower, at, last ? edge->head_at : 0.5f, 0, 0 };
      upper = lower;
      at = 0.5f;
    }
  return n_vertices;
}

typedef struct
{
  const Piece *pieces;
  gboolean     out;
} Sorting;

static int
compare_pieces (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  const Sorting *sorting = data;
  const Piece *one = &sorting->pieces[*(const guint *) a], *two = &sorting->pieces[*(const guint *) b];
  guint v1 = sorting->out ? one->upper : one->lower, v2 = sorting->out ? two->upper : two->lower;
  float at1 = sorting->out ? one->upper_at : one->lower_at, at2 = sorting->out ? two->upper_at : two->lower_at;

  if (v1 != v2)
    return v1 < v2 ? -1 : 1;
  if (at1 != at2)
    return at1 < at2 ? -1 : 1;
  return *(const guint *) a < *(const guint *) b ? -1 : 1;
}

/* Numbers the slots of one side of every vertex; @index gets the pieces by vertex and slot. */
static void
make_slots (LeydenLayoutVertex *vertices,
            Piece              *pieces,
            guint               n_pieces,
            gboolean            out,
            guint              *index)
{
  Sorting sorting = { pieces, out };

  for (guint i = 0; i < n_pieces; i++)
    index[i] = i;
  g_qsort_with_data (index, (int) n_pieces, sizeof (guint), compare_pieces, &sorting);
  for (guint i = 0; i < n_pieces; i++)
    {
      Piece *piece = &pieces[index[i]];
      LeydenLayoutVertex *vertex = &vertices[out ? piece->upper : piece->lower];
      const Piece *before = i > 0 ? &pieces[index[i - 1]] : NULL;
      guint *n = out ? &vertex->n_out : &vertex->n_in, *slots = out ? &vertex->slots_out : &vertex->slots_in;

      if (*n == 0)
        *(out ? &vertex->first_out : &vertex->first_in) = i;
      if (*n == 0 || (out ? before->upper_at != piece->upper_at : before->lower_at != piece->lower_at))
        (*slots)++;
      (*n)++;
      *(out ? &piece->upper_slot : &piece->lower_slot) = *slots - 1;
    }
}

/* The layers in the order of the vertices, for a start. */
static void
fill_layers (LeydenLayoutLayers *self)
{
  self->layer_start = g_new0 (guint, self->n_layers + 1);
  self->order = g_new (guint, self->n_vertices);
  for (guint i = 0; i < self->n_vertices; i++)
    self->layer_start[self->vertices[i].layer + 1]++;
  for (guint i = 0; i < self->n_layers; i++)
    self->layer_start[i + 1] += self->layer_start[i];
  for (guint i = 0; i < self->n_vertices; i++)
    {
      LeydenLayoutVertex *vertex = &self->vertices[i];

      /* The beginning of the layer serves as its end while it fills. */
      vertex->position = self->layer_start[vertex->layer]++;
      self->order[vertex->position] = i;
    }
  memmove (self->layer_start + 1, self->layer_start, self->n_layers * sizeof (guint));
  self->layer_start[0] = 0;
  for (guint i = 0; i < self->n_vertices; i++)
    self->vertices[i].position -= self->layer_start[self->vertices[i].layer];
}

LeydenLayoutLayers *
leyden_layout_layers_new (guint                   n,
                          const guint            *rank,
                          const LeydenLayoutEdge *edges,
                          guint                   m)
{
  LeydenLayoutLayers *self = g_new0 (LeydenLayoutLayers, 1);
  guint n_segments = 0, n_pieces = 0;
  g_autofree Piece *pieces = NULL;
  g_autofree guint *index = NULL;

  self->n_nodes = n;
  self->n_vertices = n;
  for (guint i = 0; i < m; i++)
    {
      n_segments += rank[edges[i].head] - rank[edges[i].tail];
      self->n_vertices += rank[edges[i].head] - rank[edges[i].tail] - 1;
    }
  self->vertices = g_new0 (LeydenLayoutVertex, self->n_vertices);
  for (guint i = 0; i < n; i++)
    {
      self->vertices[i].layer = rank[i];
      self->n_layers = MAX (self->n_layers, rank[i] + 1);
    }
  pieces = g_new (Piece, n_segments);
  for (guint i = 0, next = n; i < m; i++)
    next = add_pieces (pieces, next, &edges[i], self->vertices, rank, &n_pieces);

  index = g_new (guint, n_segments);
  self->in = g_new (LeydenLayoutSegment, n_segments);
  self->out = g_new (LeydenLayoutSegment, n_segments);
  make_slots (self->vertices, pieces, n_segments, TRUE, index);
  make_slots (self->vertices, pieces, n_segments, FALSE, index);
  for (guint i = 0; i < n_segments; i++)
    {
      const Piece *piece = &pieces[index[i]];

      self->in[i] = (LeydenLayoutSegment) { piece->upper, piece->lower_slot, piece->upper_slot, piece->lower_at, piece->upper_at };
    }
  {
    Sorting sorting = { pieces, TRUE };

    g_qsort_with_data (index, (int) n_segments, sizeof (guint), compare_pieces, &sorting);
  }
  for (guint i = 0; i < n_segments; i++)
    {
      const Piece *piece = &pieces[index[i]];

      self->out[i] = (LeydenLayoutSegment) { piece->lower, piece->upper_slot, piece->lower_slot, piece->upper_at, piece->lower_at };
    }
  fill_layers (self);
  return self;
}

void
leyden_layout_layers_free (LeydenLayoutLayers *self)
{
  g_free (self->vertices);
  g_free (self->in);
  g_free (self->out);
  g_free (self->order);
  g_free (self->layer_start);
  g_free (self);
}
