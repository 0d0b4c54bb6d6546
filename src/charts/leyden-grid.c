/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-grid.h"

typedef struct
{
  gsize  index;
  double key;                   /* row, in which it is placed */
  int    x;
} Place;

static int
compare_places (const void *a,
                const void *b)
{
  const Place *p = a;
  const Place *q = b;

  if (p->key < q->key || p->key > q->key)
    return p->key < q->key ? -1 : 1;
  if (p->x != q->x)
    return p->x < q->x ? -1 : 1;
  return p->index < q->index ? -1 : p->index > q->index;
}

static void
clamp (LeydenGridCell *cell)
{
  cell->w = CLAMP (cell->w, 1, LEYDEN_GRID_COLUMNS);
  cell->h = CLAMP (cell->h, 1, LEYDEN_GRID_MAX_HEIGHT);
  cell->x = CLAMP (cell->x, 0, LEYDEN_GRID_COLUMNS - cell->w);
  cell->y = CLAMP (cell->y, 0, LEYDEN_GRID_MAX_ROWS);
}

gboolean
leyden_grid_overlaps (const LeydenGridCell *a,
                      const LeydenGridCell *b)
{
  return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

int
leyden_grid_get_height (const LeydenGridCell *cells,
                        gsize                 n)
{
  int height = 0;

  for (gsize i = 0; i < n; i++)
    height = MAX (height, cells[i].y + cells[i].h);
  return height;
}

static Place *
new_places (const LeydenGridCell *cells,
            gsize                 n)
{
  Place *places = g_new (Place, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    places[i] = (Place) { i, cells[i].y, cells[i].x };
  return places;
}

/* One after the other, each as high as those before it in its columns allow. */
static void
drop (LeydenGridCell *cells,
      gsize           n,
      Place          *places,
      int             columns)
{
  int skyline[LEYDEN_GRID_COLUMNS] = { 0 };

  g_assert (columns <= LEYDEN_GRID_COLUMNS);
  qsort (places, n, sizeof *places, compare_places);
  for (gsize i = 0; i < n; i++)
    {
      LeydenGridCell *cell = &cells[places[i].index];

      cell->y = 0;
      for (int x = cell->x; x < cell->x + cell->w; x++)
        cell->y = MAX (cell->y, skyline[x]);
      for (int x = cell->x; x < cell->x + cell->w; x++)
        skyline[x] = cell->y + cell->h;
    }
}

gsize *
leyden_grid_order (const LeydenGridCell *cells,
                   gsize                 n)
{
  g_autofree Place *places = new_places (cells, n);
  gsize *order = g_new (gsize, MAX (n, 1));

  qsort (places, n, sizeof *places, compare_places);
  for (gsize i = 0; i < n; i++)
    order[i] = places[i].index;
  return order;
}

void
leyden_grid_compact (LeydenGridCell *cells,
                     gsize           n)
{
  g_autofree Place *places = NULL;

  for (gsize i = 0; i < n; i++)
    clamp (&cells[i]);
  places = new_places (cells, n);
  drop (cells, n, places, LEYDEN_GRID_COLUMNS);
}

void
leyden_grid_move (LeydenGridCell *cells,
                  gsize           n,
                  gsize           index,
                  int             x,
                  int             y)
{
  g_autofree Place *places = NULL;
  gboolean down;
  double edge;

  g_return_if_fail (index < n);

  down = y > cells[index].y;
  cells[index].x = x;
  cells[index].y = y;
  clamp (&cells[index]);
  edge = cells[index].y + (down ? cells[index].h : 0);
  places = new_places (cells, n);
  /* Rows of those behind it are raised by more than there are rows: order is all that counts. */
  for (gsize i = 0; i < n; i++)
    {
      double middle = cells[i].y + cells[i].h / 2.0;

      if (i == index)
        places[i].key = LEYDEN_GRID_MAX_ROWS * 2.0;
      else if (down ? middle >= edge : middle > edge)
        places[i].key += LEYDEN_GRID_MAX_ROWS * 4.0;
    }
  drop (cells, n, places, LEYDEN_GRID_COLUMNS);
}

static gboolean
shares_columns (const LeydenGridCell *a,
                const LeydenGridCell *b)
{
  return a->x < b->x + b->w && b->x < a->x + a->w;
}

/* The nearest panel above or below; -1: none. */
static int
find_neighbour (const LeydenGridCell *cells,
                gsize                 n,
                gsize                 index,
                gboolean              below)
{
  int found = -1;

  for (gsize i = 0; i < n; i++)
    {
      gboolean there = below ? cells[i].y >= cells[index].y + cells[index].h : cells[i].y + cells[i].h <= cells[index].y;

      if (i == index || !there || !shares_columns (&cells[i], &cells[index]))
        continue;
      if (found < 0 || (below ? cells[i].y < cells[found].y : cells[i].y + cells[i].h > cells[found].y + cells[found].h))
        found = (int) i;
    }
  return found;
}

gboolean
leyden_grid_step (LeydenGridCell *cells,
                  gsize           n,
                  gsize           index,
                  LeydenGridStep  step)
{
  LeydenGridCell *cell;
  int neighbour;

  g_return_val_if_fail (index < n, FALSE);

  cell = &cells[index];
  if (step == LEYDEN_GRID_LEFT || step == LEYDEN_GRID_RIGHT)
    {
      int x = cell->x + (step == LEYDEN_GRID_LEFT ? -1 : 1);

      if (x < 0 || x + cell->w > LEYDEN_GRID_COLUMNS)
        return FALSE;
      leyden_grid_move (cells, n, index, x, cell->y);
      return TRUE;
    }
  neighbour = find_neighbour (cells, n, index, step == LEYDEN_GRID_DOWN);
  if (neighbour < 0)
    return FALSE;
  leyden_grid_move (cells, n, index, cell->x, cells[neighbour].y + (step == LEYDEN_GRID_DOWN ? cells[neighbour].h : 0));
  return TRUE;
}

void
leyden_grid_resize (LeydenGridCell *cells,
                    gsize           n,
                    gsize           index,
                    int             w,
                    int             h)
{
  g_return_if_fail (index < n);

  /* The corner that is dragged is the lower right one: the panel keeps its column. */
  cells[index].w = CLAMP (w, 1, LEYDEN_GRID_COLUMNS - cells[index].x);
  cells[index].h = CLAMP (h, 1, LEYDEN_GRID_MAX_HEIGHT);
  leyden_grid_compact (cells, n);
}

static gboolean
is_free (const LeydenGridCell *cells,
         gsize                 n,
         const LeydenGridCell *cell)
{
  for (gsize i = 0; i < n; i++)
    if (leyden_grid_overlaps (&cells[i], cell))
      return FALSE;
  return TRUE;
}

void
leyden_grid_find_place (const LeydenGridCell *cells,
                        gsize                 n,
                        LeydenGridCell       *cell)
{
  int height = leyden_grid_get_height (cells, n);

  clamp (cell);
  for (cell->y = 0; cell->y < height; cell->y++)
    for (cell->x = 0; cell->x + cell->w <= LEYDEN_GRID_COLUMNS; cell->x++)
      if (is_free (cells, n, cell))
        return;
  cell->x = 0;
  cell->y = height;
}

void
leyden_grid_reflow (const LeydenGridCell *cells,
                    gsize                 n,
                    int                   columns,
                    LeydenGridCell       *out)
{
  g_autofree gsize *order = NULL;
  g_autofree Place *places = NULL;
  gboolean narrow;
  int x = 0;

  g_return_if_fail (columns == 1 || columns == 2);

  order = leyden_grid_order (cells, n);
  places = g_new (Place, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    {
      const LeydenGridCell *next = i + 1 < n ? &cells[order[i + 1]] : NULL;

      narrow = columns == 2 && cells[order[i]].w * 2 <= LEYDEN_GRID_COLUMNS;
      /* Nobody is going to stand beside it. */
      if (narrow && x == 0 && (next == NULL || next->w * 2 > LEYDEN_GRID_COLUMNS))
        narrow = FALSE;
      places[i] = (Place) { order[i], (double) i, 0 };
      out[order[i]] = (LeydenGridCell) { narrow ? x : 0, 0, narrow ? 1 : columns, cells[order[i]].h };
      x = narrow ? 1 - x : 0;
    }
  drop (out, n, places, columns);
}
