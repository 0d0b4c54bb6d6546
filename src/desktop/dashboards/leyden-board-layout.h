/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-grid.h"

G_BEGIN_DECLS

/**
 * LeydenBoardLayout: children in the cells of a dashboard's grid, in the order in which they are children. Where there is room for it the grid
 * has its twelve columns; on less it becomes two, and then one. In right-to-left languages the first column is on the right.
 */
#define LEYDEN_TYPE_BOARD_LAYOUT (leyden_board_layout_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBoardLayout, leyden_board_layout, LEYDEN, BOARD_LAYOUT, GtkLayoutManager)

#define LEYDEN_BOARD_GAP 12

GtkLayoutManager     *leyden_board_layout_new         (void);
/* @n as many as there are visible children; copied. */
void                  leyden_board_layout_set_cells   (LeydenBoardLayout    *self,
                                                       const LeydenGridCell *cells,
                                                       gsize                 n);
const LeydenGridCell *leyden_board_layout_get_cells   (LeydenBoardLayout    *self,
                                                       gsize                *n);
/* 12, 2 or 1, as allocated last. */
int                   leyden_board_layout_get_columns (LeydenBoardLayout    *self);
/* Width of a column and height of a row with the gap behind it, as allocated last. */
void                  leyden_board_layout_get_unit    (LeydenBoardLayout    *self,
                                                       double               *width,
                                                       double               *height);
/* A child that is held by the pointer is drawn so far from its cell; @index −1: none. */
void                  leyden_board_layout_set_held    (LeydenBoardLayout    *self,
                                                       int                   index,
                                                       double                dx,
                                                       double                dy);

G_END_DECLS
