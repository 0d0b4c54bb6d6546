/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-board-panel.h"
#include "leyden-dashboard.h"

G_BEGIN_DECLS

/**
 * LeydenBoardGrid: the panels of a dashboard in their places. While it is edited, panels are moved by their title and resized by their corner with
 * the pointer, where there is room for all columns; others make way while that is done.
 *
 * Signals:
 * "arranged" (gpointer cells, guint n, int index, gboolean resized): a panel was put down elsewhere; LeydenGridCell of all;
 * "act" (LeydenBoardPanel *panel, const char *what), "rollout-activated" (const char *run, const char *rollout): as of a panel.
 */
#define LEYDEN_TYPE_BOARD_GRID (leyden_board_grid_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBoardGrid, leyden_board_grid, LEYDEN, BOARD_GRID, GtkWidget)

GtkWidget        *leyden_board_grid_new          (void);
/* Panels that stay keep their widget, and so what is zoomed and where the focus is. */
void              leyden_board_grid_set_document (LeydenBoardGrid *self,
                                                  LeydenValue     *document);
void              leyden_board_grid_set_editing  (LeydenBoardGrid *self,
                                                  gboolean         editing);
void              leyden_board_grid_set_writable (LeydenBoardGrid *self,
                                                  gboolean         writable);
guint             leyden_board_grid_get_n_panels (LeydenBoardGrid *self);
/* In the order of the document. (transfer none) */
LeydenBoardPanel *leyden_board_grid_get_panel    (LeydenBoardGrid *self,
                                                  guint            index);
/* (transfer none) (nullable) */
LeydenBoardPanel *leyden_board_grid_find_panel   (LeydenBoardGrid *self,
                                                  const char      *id);
/* Takes some of what is in it away, of one that goes: all at once would hold up the main loop. TRUE: there is more. */
gboolean          leyden_board_grid_dismantle    (LeydenBoardGrid *self);
/* 12, 2 or 1. */
int               leyden_board_grid_get_columns  (LeydenBoardGrid *self);

G_END_DECLS
