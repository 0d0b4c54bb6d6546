/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The grid of a dashboard, as numbers only: who draws it (the window, a report) gives it cells and gets cells.
 *
 * Panels fall up: none has room above it that is as wide as it is. So where a panel stands follows from its column and from the order in which
 * panels are placed, and every change below is a change of one of these two. */

#define LEYDEN_GRID_COLUMNS 12
#define LEYDEN_GRID_MAX_HEIGHT 24
#define LEYDEN_GRID_MAX_ROWS 10000

typedef struct
{
  int x;                        /* column, from 0 */
  int y;                        /* row, from 0 */
  int w;                        /* columns, at least 1 */
  int h;                        /* rows, at least 1 */
} LeydenGridCell;

typedef enum
{
  LEYDEN_GRID_LEFT,
  LEYDEN_GRID_RIGHT,
  LEYDEN_GRID_UP,
  LEYDEN_GRID_DOWN,
} LeydenGridStep;

gboolean leyden_grid_overlaps   (const LeydenGridCell *a, const LeydenGridCell *b);
/* Rows that are used. */
int      leyden_grid_get_height (const LeydenGridCell *cells, gsize n);
/* Indices in the order of reading: row, then column, then index. (transfer full): @n of them; g_free() */
gsize   *leyden_grid_order      (const LeydenGridCell *cells, gsize n);
/* All within the grid, and up. O(n²). */
void     leyden_grid_compact    (LeydenGridCell *cells, gsize n);
/* Puts the upper left corner of a panel there (clamped); others make way. A panel that is moved down goes behind those whose middle it passes with its
 * lower edge, one that is moved up goes before those whose middle it passes with its upper edge. */
void     leyden_grid_move       (LeydenGridCell *cells, gsize n, gsize index, int x, int y);
/* A key press: one column aside, or past the next panel above or below. FALSE: there is nothing in that direction. */
gboolean leyden_grid_step       (LeydenGridCell *cells, gsize n, gsize index, LeydenGridStep step);
/* Clamped; others make way. */
void     leyden_grid_resize     (LeydenGridCell *cells, gsize n, gsize index, int w, int h);
/* Where a new panel of that size (of @cell) goes: the first free place in the order of reading. */
void     leyden_grid_find_place (const LeydenGridCell *cells, gsize n, LeydenGridCell *cell);
/* The same panels in the same order on a narrower grid: 2 columns (what was wider than half takes both) or 1. @out: @n cells, may be @cells. */
void     leyden_grid_reflow     (const LeydenGridCell *cells, gsize n, int columns, LeydenGridCell *out);

G_END_DECLS
