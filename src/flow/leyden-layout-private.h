/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-layout.h"

G_BEGIN_DECLS

/* One connected part of the graph, while it is laid out. Edges go from lower to higher columns: what closed a circle is turned round. */
typedef struct
{
  guint tail;
  guint head;
  float tail_at;                /* share of the height at which the wire leaves, 0 to 1 */
  float head_at;
} LeydenLayoutEdge;

/* Columns of @n nodes, from 0, with the least total span of the edges. @rank is (out). */
void leyden_layout_rank (guint n, const LeydenLayoutEdge *edges, guint m, guint *rank);

/* A vertex is a node, or a bend of an edge that spans several columns. Ends of segments at the same height of a vertex share a slot. */
typedef struct
{
  guint layer;
  guint position;               /* within it */
  guint first_in, n_in;         /* segments from the layer before, by slot */
  guint first_out, n_out;       /* to the next, by slot */
  guint slots_in, slots_out;
  guint base_in, base_out;      /* number of its first slot within its layer */
} LeydenLayoutVertex;

/* One end of a segment, at a vertex; @vertex is the one at the other end. */
typedef struct
{
  guint vertex;
  guint slot;                   /* own */
  guint other_slot;
  float at;                     /* share of the own height */
  float other_at;
} LeydenLayoutSegment;

typedef struct
{
  guint                n_nodes;
  guint                n_vertices;
  guint                n_layers;
  LeydenLayoutVertex  *vertices;        /* the nodes first */
  LeydenLayoutSegment *in;
  LeydenLayoutSegment *out;
  guint               *order;           /* vertices, layer by layer */
  guint               *layer_start;     /* n_layers + 1 */
} LeydenLayoutLayers;

LeydenLayoutLayers *leyden_layout_layers_new  (guint n, const guint *rank, const LeydenLayoutEdge *edges, guint m);
void                leyden_layout_layers_free (LeydenLayoutLayers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenLayoutLayers, leyden_layout_layers_free)

/* Orders of all layers, and how many crossings each has between the layers. */
typedef struct
{
  guint64 crossings;
  guint   order[];
} LeydenLayoutChoice;

/* The best orders that were found, at most @n_choices, at least one. @before: heights of the nodes as they were, or NULL.
 * (element-type LeydenLayoutChoice) */
GPtrArray *leyden_layout_order  (LeydenLayoutLayers *layers, const double *before, guint n_choices, GCancellable *cancellable);
void       leyden_layout_choose (LeydenLayoutLayers *layers, const LeydenLayoutChoice *choice);

/* Tops of all vertices. @heights: of the nodes; @column_step: from one column to the next, on average. */
void leyden_layout_place (LeydenLayoutLayers *layers, const double *heights, double row_gap, double column_step, double *tops);

G_END_DECLS
