/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-layout-private.h"

#include <math.h>

/* The least that has to move after an edit, and how good a layout is. */

#define ROUNDS 12               /* of making room, before what is left is accepted */

typedef struct
{
  const LeydenLayoutBox     *boxes;
  guint                      n;
  const LeydenLayoutWire    *wires;
  guint                      m;
  guint                      pinned;
  const LeydenLayoutOptions *options;
  LeydenLayoutPoint         *points;
  guint                     *start;     /* n + 1, into incident */
  guint                     *incident;  /* wires at a box */
  gboolean                  *changed;
  guint                     *by_x;      /* boxes from left to right */
  double                     widest;
  double                     tallest;
} Adjusting;

static gboolean
is_placed (Adjusting *self,
           guint      box)
{
  return isfinite (self->points[box].x) && isfinite (self->points[box].y);
}

static void
index_wires (Adjusting *self)
{
  g_autofree guint *fill = g_new (guint, self->n + 1);

  self->start = g_new0 (guint, self->n + 1);
  self->incident = g_new (guint, 2 * self->m);
  for (guint i = 0; i < self->m; i++)
    {
      self->start[self->wires[i].source + 1]++;
      self->start[self->wires[i].target + 1]++;
    }
  for (guint i = 0; i < self->n; i++)
    self->start[i + 1] += self->start[i];
  for (guint i = 0; i <= self->n; i++)
    fill[i] = self->start[i];
  for (guint i = 0; i < self->m; i++)
    {
      self->incident[fill[self->wires[i].source]++] = i;
      self->incident[fill[self->wires[i].target]++] = i;
    }
}

/* In the order of the wires; boxes on a circle are left out. Returns how many are in @order. */
static guint
sort_along_wires (Adjusting *self,
                  guint     *order)
{
  g_autofree guint *waiting = g_new0 (guint, self->n);
  guint head = 0, tail = 0;

  for (guint i = 0; i < self->m; i++)
    waiting[self->wires[i].target]++;
  for (guint i = 0; i < self->n; i++)
    if (waiting[i] == 0)
      order[tail++] = i;
  for (; head < tail; head++)
    for (guint k = self->start[order[head]]; k < self->start[order[head] + 1]; k++)
      {
        const LeydenLayoutWire *wire = &self->wires[self->incident[k]];

        if (wire->source == order[head] && --waiting[wire->target] == 0)
          order[tail++] = wire->target;
      }
  return tail;
}

static double
get_end (Adjusting *self,
         guint      box)
{
  return self->points[box].x + self->boxes[box].width;
}

/* The left side of a box that stands there already and would do for one that begins at @x or little later. */
static double
snap_to_column (Adjusting *self,
                double     x)
{
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < self->n; i++)
    if (is_placed (self, i) && self->points[i].x >= x && self->points[i].x < MIN (best, x + self->options->column_gap))
      best = self->points[i].x;
  return best == G_MAXDOUBLE ? x : best;
}

static void
place_new (Adjusting *self,
           guint      box)
{
  double after = -G_MAXDOUBLE, before = G_MAXDOUBLE, y = 0, left = G_MAXDOUBLE, bottom = -G_MAXDOUBLE;
  guint n = 0;

  for (guint k = self->start[box]; k < self->start[box + 1]; k++)
    {
      const LeydenLayoutWire *wire = &self->wires[self->incident[k]];
      gboolean comes_in = wire->target == box;
      guint other = comes_in ? wire->source : wire->target;

      if (other == box || !is_placed (self, other))
        continue;
      if (comes_in)
        after = MAX (after, get_end (self, other));
      else
        before = MIN (before, self->points[other].x);
      y += self->points[other].y + (comes_in ? wire->source_y - wire->target_y : wire->target_y - wire->source_y);
      n++;
    }
  self->changed[box] = TRUE;
  if (n == 0)
    {
      for (guint i = 0; i < self->n; i++)
        if (is_placed (self, i))
          {
            left = MIN (left, self->points[i].x);
            bottom = MAX (bottom, self->points[i].y + self->boxes[i].height);
          }
      self->points[box] = left == G_MAXDOUBLE ? (LeydenLayoutPoint) { 0, 0 } : (LeydenLayoutPoint) { left, bottom + self->options->row_gap };
      return;
    }
  self->points[box].y = y / n;
  self->points[box].x = after > -G_MAXDOUBLE ? snap_to_column (self, after + self->options->column_gap)
                                             : before - self->options->column_gap - self->boxes[box].width;
}

/* A box that a wire reaches from behind moves right, and what it pushes. */
static void
push_forward (Adjusting   *self,
              const guint *order,
              guint        n)
{
  for (guint i = 0; i < n; i++)
    for (guint k = self->start[order[i]]; k < self->start[order[i] + 1]; k++)
      {
        const LeydenLayoutWire *wire = &self->wires[self->incident[k]];

        if (wire->source != order[i] || wire->target == self->pinned || self->points[wire->target].x >= get_end (self, wire->source))
          continue;
        self->points[wire->target].x = get_end (self, wire->source) + self->options->column_gap;
        self->changed[wire->target] = TRUE;
      }
}

/* --- room --- */

/* From left to right, those of one width together, from top to bottom. */
static int
compare_x (gconstpointer a,
           gconstpointer b,
           gpointer      data)
{
  const Adjusting *self = data;
  guint i = *(const guint *) a, k = *(const guint *) b;
  double one = self->points[i].x, two = self->points[k].x;

  if (one == two)
    {
      one = self->boxes[i].width;
      two = self->boxes[k].width;
    }
  if (one == two)
    {
      one = self->points[i].y;
      two = self->points[k].y;
    }
  return one < two ? -1 : one > two;
}

static int
compare_y (gconstpointer a,
           gconstpointer b,
           gpointer      data)
{
  const LeydenLayoutPoint *points = data;
  double one = points[*(const guint *) a].y, two = points[*(const guint *) b].y;

  return one < two ? -1 : one > two;
}

/* The first in @by_x that may reach as far right as @box begins. */
static guint
find_first (Adjusting *self,
            guint      box)
{
  double from = self->points[box].x - self->widest;
  guint low = 0, high = self->n;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (self->points[self->by_x[middle]].x <= from)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Gives the boxes that stand over or under @box, from top to bottom. */
static void
list_column (Adjusting *self,
             guint      box,
             GArray    *column)
{
  double to = get_end (self, box), y = -G_MAXDOUBLE;
  gboolean sorted = TRUE;

  g_array_set_size (column, 0);
  for (guint i = find_first (self, box); i < self->n && self->points[self->by_x[i]].x < to; i++)
    if (get_end (self, self->by_x[i]) > self->points[box].x)
      {
        g_array_append_val (column, self->by_x[i]);
        sorted = sorted && self->points[self->by_x[i]].y >= y;
        y = self->points[self->by_x[i]].y;
      }
  /* Boxes that begin at one place are sorted, and stay so when they make room. */
  if (!sorted)
    g_qsort_with_data (column->data, (int) column->len, sizeof (guint), compare_y, self->points);
}

/* How far @two must begin below the beginning of @one; what stood nearer and did not change may go on so. */
static double
get_distance (Adjusting *self,
              guint      one,
              guint      two)
{
  double wanted = self->boxes[one].height + self->options->row_gap;
  double has = self->points[two].y - self->points[one].y;

  return self->changed[one] || self->changed[two] ? wanted : MAX (MIN (wanted, has), self->boxes[one].height);
}

static gboolean
has_room (Adjusting *self,
          GArray    *column)
{
  for (guint i = 0; i + 1 < column->len; i++)
    {
      guint one = g_array_index (column, guint, i), two = g_array_index (column, guint, i + 1);

      if (self->points[two].y < self->points[one].y + get_distance (self, one, two) - 1e-6)
        return FALSE;
    }
  return TRUE;
}

/* The first in @column, which goes from top to bottom, that may reach as far down as @y, with a gap. */
static guint
find_first_above (Adjusting *self,
                  GArray    *column,
                  double     y)
{
  double from = y - self->tallest - self->options->row_gap;
  guint low = 0, high = column->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (self->points[g_array_index (column, guint, middle)].y < from)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Whether @box stands too near to another of its column: that others do is no reason to move anything. */
static gboolean
is_crowded (Adjusting *self,
            GArray    *column,
            guint      box)
{
  double y = self->points[box].y, to = y + self->boxes[box].height + self->options->row_gap;

  for (guint i = find_first_above (self, column, y); i < column->len; i++)
    {
      guint other = g_array_index (column, guint, i);

      if (self->points[other].y >= to)
        break;
      if (other == box)
        continue;
      if (self->points[other].y <= y ? y < self->points[other].y + get_distance (self, other, box) - 1e-6
                                     : self->points[other].y < y + get_distance (self, box, other) - 1e-6)
        return TRUE;
    }
  return FALSE;
}

/* Boxes that lie upon one another count as changed. */
static void
mark_overlaps (Adjusting *self)
{
  for (guint i = 0; i < self->n; i++)
    for (guint k = i + 1; k < self->n; k++)
      {
        guint one = self->by_x[i], two = self->by_x[k];

        if (self->points[two].x >= get_end (self, one))
          break;
        if (self->points[one].y < self->points[two].y + self->boxes[two].height && self->points[two].y < self->points[one].y + self->boxes[one].height)
          self->changed[one] = self->changed[two] = TRUE;
      }
}

/* The nearest heights that are far enough apart; a pinned box outweighs all others. Marks in @next what moved. */
static void
make_room (Adjusting *self,
           GArray    *column,
           gboolean  *next)
{
  guint size = column->len, n = 0;
  g_autofree double *value = g_new (double, size);
  g_autofree double *weight = g_new (double, size);
  g_autofree double *offset = g_new (double, size);
  g_autofree guint *end = g_new (guint, size);

  for (guint i = 0; i < size; i++)
    {
      guint box = g_array_index (column, guint, i);
      double v, w = box == self->pinned ? 1e9 : 1;

      offset[i] = i == 0 ? 0 : offset[i - 1] + get_distance (self, g_array_index (column, guint, i - 1), box);
      v = self->points[box].y - offset[i];
      for (; n > 0 && value[n - 1] >= v; n--)
        {
          v = (v * w + value[n - 1] * weight[n - 1]) / (w + weight[n - 1]);
          w += weight[n - 1];
        }
      value[n] = v;
      weight[n] = w;
      end[n++] = i + 1;
    }
  for (guint pool = 0, i = 0; pool < n; pool++)
    for (; i < end[pool]; i++)
      {
        guint box = g_array_index (column, guint, i);
        double y = value[pool] + offset[i];

        if (fabs (y - self->points[box].y) < 1e-6 || box == self->pinned)
          continue;
        self->points[box].y = y;
        next[box] = TRUE;
      }
}

static void
make_all_room (Adjusting *self)
{
  g_autoptr(GArray) column = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree gboolean *now = g_memdup2 (self->changed, self->n * sizeof (gboolean));
  gboolean again = TRUE;

  for (guint round = 0; round < ROUNDS && again; round++)
    {
      g_autofree gboolean *next = g_new0 (gboolean, self->n);
      double x = NAN, width = NAN;
      gboolean settled = FALSE;

      again = FALSE;
      for (guint i = 0; i < self->n; i++)
        {
          guint box = self->by_x[i];

          if (!now[box])
            continue;
          /* One that begins and ends where the last did has the same column. */
          if (self->points[box].x != x || self->boxes[box].width != width)
            {
              x = self->points[box].x;
              width = self->boxes[box].width;
              list_column (self, box, column);
              settled = has_room (self, column);
            }
          if (settled || !is_crowded (self, column, box))
            continue;
          make_room (self, column, next);
          settled = again = TRUE;
        }
      for (guint i = 0; i < self->n; i++)
        {
          self->changed[i] |= next[i];
          now[i] = next[i];
        }
    }
}

void
leyden_layout_adjust (const LeydenLayoutBox     *boxes,
                      guint                      n_boxes,
                      const LeydenLayoutWire    *wires,
                      guint                      n_wires,
                      const LeydenLayoutPoint   *before,
                      guint                      pinned,
                      const LeydenLayoutOptions *options,
                      LeydenLayoutPoint         *points)
{
  Adjusting self = { .boxes = boxes, .n = n_boxes, .wires = wires, .m = n_wires, .pinned = pinned, .options = options, .points = points };
  g_autofree guint *order = g_new (guint, n_boxes);
  guint n_sorted;

  self.changed = g_new0 (gboolean, n_boxes);
  self.by_x = g_new (guint, n_boxes);
  index_wires (&self);
  n_sorted = sort_along_wires (&self, order);
  for (guint i = 0; i < n_boxes; i++)
    {
      points[i] = before[i];
      self.by_x[i] = i;
      self.widest = MAX (self.widest, boxes[i].width);
      self.tallest = MAX (self.tallest, boxes[i].height);
    }
  for (guint i = 0; i < n_sorted; i++)
    if (!is_placed (&self, order[i]))
      place_new (&self, order[i]);
  /* What is left is on a circle. */
  for (guint i = 0; i < n_boxes; i++)
    if (!is_placed (&self, i))
      place_new (&self, i);
  push_forward (&self, order, n_sorted);
  g_qsort_with_data (self.by_x, (int) n_boxes, sizeof (guint), compare_x, &self);
  if (options->part)
    mark_overlaps (&self);
  make_all_room (&self);
  g_free (self.changed);
  g_free (self.by_x);
  g_free (self.start);
  g_free (self.incident);
}

/* --- quality --- */

typedef struct
{
  double x1, y1, x2, y2;
} Line;

static Line
get_line (const LeydenLayoutBox   *boxes,
          const LeydenLayoutWire  *wire,
          const LeydenLayoutPoint *points)
{
  return (Line) { points[wire->source].x + boxes[wire->source].width, points[wire->source].y + wire->source_y, points[wire->target].x,
                  points[wire->target].y + wire->target_y };
}

static double
get_side (const Line *line,
          double      x,
          double      y)
{
  return (line->x2 - line->x1) * (y - line->y1) - (line->y2 - line->y1) * (x - line->x1);
}

static gboolean
do_cross (const Line *a,
          const Line *b)
{
  if (MAX (a->x1, a->x2) <= MIN (b->x1, b->x2) || MAX (b->x1, b->x2) <= MIN (a->x1, a->x2)
      || MAX (a->y1, a->y2) <= MIN (b->y1, b->y2) || MAX (b->y1, b->y2) <= MIN (a->y1, a->y2))
    return FALSE;
  return get_side (a, b->x1, b->y1) * get_side (a, b->x2, b->y2) < 0 && get_side (b, a->x1, a->y1) * get_side (b, a->x2, a->y2) < 0;
}

static gboolean
do_overlap (const LeydenLayoutBox   *boxes,
            const LeydenLayoutPoint *points,
            guint                    a,
            guint                    b)
{
  return points[a].x < points[b].x + boxes[b].width - 1e-6 && points[b].x < points[a].x + boxes[a].width - 1e-6
         && points[a].y < points[b].y + boxes[b].height - 1e-6 && points[b].y < points[a].y + boxes[a].height - 1e-6;
}

void
leyden_layout_measure (const LeydenLayoutBox   *boxes,
                       guint                    n_boxes,
                       const LeydenLayoutWire  *wires,
                       guint                    n_wires,
                       const LeydenLayoutPoint *points,
                       LeydenLayoutQuality     *quality)
{
  g_autofree Line *lines = g_new (Line, n_wires);

  *quality = (LeydenLayoutQuality) { 0, 0, 0, 0 };
  for (guint i = 0; i < n_wires; i++)
    {
      lines[i] = get_line (boxes, &wires[i], points);
      quality->length += hypot (lines[i].x2 - lines[i].x1, lines[i].y2 - lines[i].y1);
      quality->backward += lines[i].x2 <= lines[i].x1;
      for (guint k = 0; k < i; k++)
        quality->crossings += wires[i].source != wires[k].source && wires[i].target != wires[k].target && do_cross (&lines[i], &lines[k]);
    }
  for (guint i = 0; i < n_boxes; i++)
    for (guint k = 0; k < i; k++)
      quality->overlaps += do_overlap (boxes, points, i, k);
}
