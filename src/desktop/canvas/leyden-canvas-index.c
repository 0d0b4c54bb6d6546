/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-index.h"

#include <math.h>

#define CELL 512.0
/* A query that covers more cells than this looks at every filled cell instead. */
#define MAX_QUERY_CELLS 4096

struct _LeydenCanvasIndex
{
  GHashTable *cells;            /* gint64 key → GPtrArray of LeydenIndexItem */
  guint       stamp;
};

static gint64
cell_key (int x,
          int y)
{
  return (gint64) (((guint64) (guint32) x << 32) | (guint32) y);
}

static void
find_cells (const graphene_rect_t *bounds,
            int                   *cell)
{
  cell[0] = (int) floor (bounds->origin.x / CELL);
  cell[1] = (int) floor (bounds->origin.y / CELL);
  cell[2] = (int) floor ((bounds->origin.x + bounds->size.width) / CELL);
  cell[3] = (int) floor ((bounds->origin.y + bounds->size.height) / CELL);
}

LeydenCanvasIndex *
leyden_canvas_index_new (void)
{
  LeydenCanvasIndex *self = g_new0 (LeydenCanvasIndex, 1);

  self->cells = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  return self;
}

void
leyden_canvas_index_free (LeydenCanvasIndex *self)
{
  g_hash_table_unref (self->cells);
  g_free (self);
}

void
leyden_canvas_index_insert (LeydenCanvasIndex     *self,
                            LeydenIndexItem       *item,
                            const graphene_rect_t *bounds)
{
  item->bounds = *bounds;
  item->stamp = 0;
  find_cells (bounds, item->cell);
  for (int y = item->cell[1]; y <= item->cell[3]; y++)
    for (int x = item->cell[0]; x <= item->cell[2]; x++)
      {
        gint64 key = cell_key (x, y);
        GPtrArray *cell = g_hash_table_lookup (self->cells, &key);

        if (cell == NULL)
          {
            cell = g_ptr_array_new ();
            g_hash_table_insert (self->cells, g_memdup2 (&key, sizeof key), cell);
          }
        g_ptr_array_add (cell, item);
      }
}

void
leyden_canvas_index_remove (LeydenCanvasIndex *self,
                            LeydenIndexItem   *item)
{
  for (int y = item->cell[1]; y <= item->cell[3]; y++)
    for (int x = item->cell[0]; x <= item->cell[2]; x++)
      {
        gint64 key = cell_key (x, y);
        GPtrArray *cell = g_hash_table_lookup (self->cells, &key);

        g_assert (cell != NULL);
        g_ptr_array_remove_fast (cell, item);
        if (cell->len == 0)
          g_hash_table_remove (self->cells, &key);
      }
}

void
leyden_canvas_index_move (LeydenCanvasIndex     *self,
                          LeydenIndexItem       *item,
                          const graphene_rect_t *bounds)
{
  int cell[4];

  find_cells (bounds, cell);
  if (memcmp (cell, item->cell, sizeof cell) == 0)
    {
      item->bounds = *bounds;
      return;
    }
  leyden_canvas_index_remove (self, item);
  leyden_canvas_index_insert (self, item, bounds);
}

static void
query_cell (LeydenCanvasIndex     *self,
            GPtrArray             *cell,
            const graphene_rect_t *rect,
            GPtrArray             *items)
{
  for (guint i = 0; i < cell->len; i++)
    {
      LeydenIndexItem *item = g_ptr_array_index (cell, i);

      if (item->stamp == self->stamp)
        continue;
      item->stamp = self->stamp;
      if (graphene_rect_intersection (&item->bounds, rect, NULL))
        g_ptr_array_add (items, item);
    }
}

void
leyden_canvas_index_query (LeydenCanvasIndex     *self,
                           const graphene_rect_t *rect,
                           GPtrArray             *items)
{
  int range[4];
  GHashTableIter iter;
  gpointer cell;

  if (++self->stamp == 0)
    self->stamp = 1;
  find_cells (rect, range);
  if (((gint64) range[2] - range[0] + 1) * ((gint64) range[3] - range[1] + 1) <= MAX_QUERY_CELLS)
    {
      for (int y = range[1]; y <= range[3]; y++)
        for (int x = range[0]; x <= range[2]; x++)
          {
            gint64 key = cell_key (x, y);

            cell = g_hash_table_lookup (self->cells, &key);
            if (cell != NULL)
              query_cell (self, cell, rect, items);
          }
      return;
    }
  g_hash_table_iter_init (&iter, self->cells);
  while (g_hash_table_iter_next (&iter, NULL, &cell))
    query_cell (self, cell, rect, items);
}
