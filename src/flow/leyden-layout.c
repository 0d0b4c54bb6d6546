/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-layout-private.h"

#include <math.h>

#define PART_GAP 2.0            /* row gaps between parts that no wire connects */
#define N_CHOICES 16            /* orders that are drawn, of which the one with the fewest crossings stays */
#define MAX_CHOSEN 300          /* boxes of a part for which that is done */
#define ASPECT 1.6              /* of the shelves that such parts are put on */

typedef struct
{
  const LeydenLayoutBox     *boxes;
  guint                      n;
  const LeydenLayoutWire    *wires;
  guint                      m;
  const LeydenLayoutPoint   *before;
  const LeydenLayoutOptions *options;
  GCancellable              *cancellable;
  LeydenLayoutPoint         *points;
  gboolean                  *turned;    /* wires that close a circle */
  guint                     *part;      /* of a box */
  guint                     *local;     /* its number within its part */
} Layout;

/* A part that no wire connects with another; its boxes and wires stand one after the other. */
typedef struct
{
  guint *boxes;
  guint  n;
  guint *wires;
  guint  m;
  double width;
  double height;
} Part;

/* --- circles --- */

typedef struct
{
  guint node;
  guint next;           /* wire to look at */
} Step;

/* Finds the wires that lead back to a box that the walk is still in. */
static void
turn_circles (Layout *self)
{
  g_autofree guint *start = g_new0 (guint, self->n + 1);
  g_autofree guint *wires = g_new (guint, self->m);
  g_autofree guint *fill = g_new (guint, self->n);
  g_autofree guint8 *state = g_new0 (guint8, self->n);
  g_autofree Step *stack = g_new (Step, self->n);

  for (guint i = 0; i < self->m; i++)
    start[self->wires[i].source + 1]++;
  for (guint i = 0; i < self->n; i++)
    start[i + 1] += start[i];
  for (guint i = 0; i < self->n; i++)
    fill[i] = start[i];
  for (guint i = 0; i < self->m; i++)
    wires[fill[self->wires[i].source]++] = i;
  for (guint i = 0; i < self->n; i++)
    {
      guint depth = 0;

      if (state[i] != 0)
        continue;
      stack[depth++] = (Step) { i, start[i] };
      state[i] = 1;
      while (depth > 0)
        {
          Step *step = &stack[depth - 1];
          guint wire, target;

          if (step->next == start[step->node + 1])
            {
              state[step->node] = 2;
              depth--;
              continue;
            }
          wire = wires[step->next++];
          target = self->wires[wire].target;
          self->turned[wire] = state[target] == 1;
          if (state[target] != 0)
            continue;
          state[target] = 1;
          stack[depth++] = (Step) { target, start[target] };
        }
    }
}

/* --- parts --- */

static guint
find_root (guint *root,
           guint  node)
{
  while (root[node] != node)
    node = root[node] = root[root[node]];
  return node;
}

static GArray *
find_parts (Layout *self)
{
  g_autofree guint *root = g_new (guint, self->n);
  GArray *parts = g_array_new (FALSE, TRUE, sizeof (Part));
  guint *boxes = g_new (guint, self->n + self->m), *wires = boxes + self->n;

  for (guint i = 0; i < self->n; i++)
    root[i] = i;
  for (guint i = 0; i < self->m; i++)
    root[find_root (root, self->wires[i].source)] = find_root (root, self->wires[i].target);
  for (guint i = 0; i < self->n; i++)
    self->part[i] = G_MAXUINT;
  for (guint i = 0; i < self->n; i++)
    {
      guint top = find_root (root, i);

      if (self->part[top] == G_MAXUINT)
        {
          self->part[top] = parts->len;
          g_array_set_size (parts, parts->len + 1);
        }
      self->part[i] = self->part[top];
      g_array_index (parts, Part, self->part[i]).n++;
    }
  for (guint i = 0; i < self->m; i++)
    g_array_index (parts, Part, self->part[self->wires[i].source]).m += self->wires[i].source != self->wires[i].target;
  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = &g_array_index (parts, Part, i);

      part->boxes = boxes;
      part->wires = wires;
      boxes += part->n;
      wires += part->m;
      part->n = part->m = 0;
    }
  for (guint i = 0; i < self->n; i++)
    {
      Part *part = &g_array_index (parts, Part, self->part[i]);

      self->local[i] = part->n;
      part->boxes[part->n++] = i;
    }
  for (guint i = 0; i < self->m; i++)
    {
      Part *part = &g_array_index (parts, Part, self->part[self->wires[i].source]);

      if (self->wires[i].source != self->wires[i].target)
        part->wires[part->m++] = i;
    }
  return parts;
}

static float
share (double at,
       double height)
{
  return height > 0 ? (float) CLAMP (at / height, 0, 1) : 0.5f;
}

static LeydenLayoutEdge *
make_edges (Layout     *self,
            const Part *part)
{
  LeydenLayoutEdge *edges = g_new (LeydenLayoutEdge, part->m);

  for (guint i = 0; i < part->m; i++)
    {
      const LeydenLayoutWire *wire = &self->wires[part->wires[i]];
      LeydenLayoutEdge edge = { self->local[wire->source], self->local[wire->target], share (wire->source_y, self->boxes[wire->source].height),
                                share (wire->target_y, self->boxes[wire->target].height) };

      edges[i] = self->turned[part->wires[i]] ? (LeydenLayoutEdge) { edge.head, edge.tail, edge.head_at, edge.tail_at } : edge;
    }
  return edges;
}

/* Left sides of the columns, each as wide as its widest box, which stand in their middle. Returns the width of all. */
static double
place_columns (Layout      *self,
               const Part  *part,
               const guint *rank,
               guint        n_columns)
{
  g_autofree double *width = g_new0 (double, n_columns);
  g_autofree double *left = g_new0 (double, n_columns);

  for (guint i = 0; i < part->n; i++)
    width[rank[i]] = MAX (width[rank[i]], self->boxes[part->boxes[i]].width);
  for (guint i = 1; i < n_columns; i++)
    left[i] = left[i - 1] + width[i - 1] + self->options->column_gap;
  for (guint i = 0; i < part->n; i++)
    self->points[part->boxes[i]].x = left[rank[i]] + (width[rank[i]] - self->boxes[part->boxes[i]].width) / 2;
  return left[n_columns - 1] + width[n_columns - 1];
}

static double *
get_heights (Layout     *self,
             const Part *part,
             gboolean    before)
{
  double *heights = g_new (double, part->n);

  for (guint i = 0; i < part->n; i++)
    {
      double height = self->boxes[part->boxes[i]].height;

      heights[i] = before ? self->before[part->boxes[i]].y + height / 2 : height;
      if (before && !isfinite (heights[i]))
        {
          g_free (heights);
          return NULL;
        }
    }
  return heights;
}

/* Crossings as drawn: wires are straight, whatever bends they have room for. */
static guint64
count_crossings (Layout     *self,
                 const Part *part)
{
  g_autofree LeydenLayoutWire *wires = g_new (LeydenLayoutWire, part->m);
  LeydenLayoutQuality quality;

  for (guint i = 0; i < part->m; i++)
    wires[i] = self->wires[part->wires[i]];
  leyden_layout_measure (self->boxes, 0, wires, part->m, self->points, &quality);
  return quality.crossings;
}

/* Sets the heights of the boxes of @part, from 0. Returns that of all. */
static double
place_rows (Layout             *self,
            const Part         *part,
            LeydenLayoutLayers *layers,
            const double       *heights,
            double             *tops)
{
  double top = G_MAXDOUBLE, bottom = -G_MAXDOUBLE;

  leyden_layout_place (layers, heights, self->options->row_gap, MAX (part->width / layers->n_layers, 1), tops);
  for (guint i = 0; i < part->n; i++)
    {
      top = MIN (top, tops[i]);
      bottom = MAX (bottom, tops[i] + heights[i]);
    }
  for (guint i = 0; i < part->n; i++)
    self->points[part->boxes[i]].y = tops[i] - top;
  return bottom - top;
}

static void
lay_part (Layout *self,
          Part   *part)
{
  g_autofree LeydenLayoutEdge *edges = make_edges (self, part);
  g_autofree guint *rank = g_new (guint, part->n);
  g_autofree double *heights = get_heights (self, part, FALSE);
  g_autofree double *before = self->before != NULL ? get_heights (self, part, TRUE) : NULL;
  g_autofree double *tops = NULL;
  g_autoptr(LeydenLayoutLayers) layers = NULL;
  g_autoptr(GPtrArray) choices = NULL;
  guint64 least = G_MAXUINT64;
  guint best = 0;

  leyden_layout_rank (part->n, edges, part->m, rank);
  layers = leyden_layout_layers_new (part->n, rank, edges, part->m);
  tops = g_new (double, layers->n_vertices);
  part->width = place_columns (self, part, rank, layers->n_layers);
  choices = leyden_layout_order (layers, before, part->n <= MAX_CHOSEN ? N_CHOICES : 1, self->cancellable);
  for (guint i = 0; i < choices->len && choices->len > 1; i++)
    {
      guint64 crossings;

      leyden_layout_choose (layers, g_ptr_array_index (choices, i));
      place_rows (self, part, layers, heights, tops);
      crossings = count_crossings (self, part);
      if (crossings >= least)
        continue;
      least = crossings;
      best = i;
    }
  leyden_layout_choose (layers, g_ptr_array_index (choices, best));
  part->height = place_rows (self, part, layers, heights, tops);
}

/* --- parts beside each other --- */

static int
compare_parts (gconstpointer a,
               gconstpointer b)
{
  const Part *one = a, *two = b;

  if (one->height != two->height)
    return one->height > two->height ? -1 : 1;
  return one->boxes[0] < two->boxes[0] ? -1 : 1;
}

/* On shelves, high ones first. */
static void
pack (Layout *self,
      GArray *parts)
{
  double gap = self->options->row_gap * PART_GAP, area = 0, width = 0, x = 0, y = 0, shelf = 0;

  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);

      area += (part->width + gap) * (part->height + gap);
      width = MAX (width, part->width);
    }
  width = MAX (width, sqrt (area * ASPECT));
  g_array_sort (parts, compare_parts);
  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);

      if (x > 0 && x + part->width > width)
        {
          y += shelf + gap;
          x = shelf = 0;
        }
      for (guint k = 0; k < part->n; k++)
        {
          self->points[part->boxes[k]].x += x;
          self->points[part->boxes[k]].y += y;
        }
      shelf = MAX (shelf, part->height);
      x += part->width + gap;
    }
}

/* Moves all so that the middle of the boxes is where it was. */
static void
stay (Layout *self)
{
  double dx = 0, dy = 0;
  guint n = 0;

  for (guint i = 0; i < self->n; i++)
    if (isfinite (self->before[i].x) && isfinite (self->before[i].y))
      {
        dx += self->before[i].x - self->points[i].x;
        dy += self->before[i].y - self->points[i].y;
        n++;
      }
  for (guint i = 0; i < self->n && n > 0; i++)
    {
      self->points[i].x += dx / n;
      self->points[i].y += dy / n;
    }
}

gboolean
leyden_layout_run (const LeydenLayoutBox     *boxes,
                   guint                      n_boxes,
                   const LeydenLayoutWire    *wires,
                   guint                      n_wires,
                   const LeydenLayoutPoint   *before,
                   const LeydenLayoutOptions *options,
                   GCancellable              *cancellable,
                   LeydenLayoutPoint         *points,
                   GError                   **error)
{
  Layout self = { boxes, n_boxes, wires, n_wires, before, options, cancellable, points, NULL, NULL, NULL };
  g_autoptr(GArray) parts = NULL;

  g_return_val_if_fail (options != NULL && points != NULL, FALSE);

  self.turned = g_new0 (gboolean, n_wires);
  self.part = g_new (guint, n_boxes);
  self.local = g_new (guint, n_boxes);
  turn_circles (&self);
  parts = find_parts (&self);
  for (guint i = 0; i < parts->len && !g_cancellable_is_cancelled (cancellable); i++)
    lay_part (&self, &g_array_index (parts, Part, i));
  if (!g_cancellable_is_cancelled (cancellable))
    {
      guint *all = parts->len > 0 ? g_array_index (parts, Part, 0).boxes : NULL;

      pack (&self, parts);
      if (before != NULL)
        stay (&self);
      g_free (all);
    }
  else if (parts->len > 0)
    g_free (g_array_index (parts, Part, 0).boxes);
  g_free (self.turned);
  g_free (self.part);
  g_free (self.local);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}
