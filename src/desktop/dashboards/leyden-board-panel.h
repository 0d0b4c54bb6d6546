/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-chart-view.h"

G_BEGIN_DECLS

/**
 * LeydenBoardPanel: a panel of a dashboard: title, menu, and what its queries were answered; or a text, or why there is nothing to show. While
 * the dashboard is edited it takes the focus, and keys move and resize it.
 *
 * Signals:
 * "act" (const char *what): a command of its menu or a key: "edit", "duplicate", "remove", "full", "back", "data", "about", "retry", "left",
 *   "right", "up", "down", "wider", "narrower", "taller", "shorter";
 * "rollout-activated" (const char *run, const char *rollout): a row that has these was activated.
 */
#define LEYDEN_TYPE_BOARD_PANEL (leyden_board_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBoardPanel, leyden_board_panel, LEYDEN, BOARD_PANEL, GtkWidget)

GtkWidget       *leyden_board_panel_new         (void);
/* @panel: as in the document of a dashboard. */
void             leyden_board_panel_set_panel   (LeydenBoardPanel *self,
                                                 LeydenValue      *panel);
LeydenValue     *leyden_board_panel_get_panel   (LeydenBoardPanel *self);
const char      *leyden_board_panel_get_id      (LeydenBoardPanel *self);
/* Fit to be shown; never empty. */
const char      *leyden_board_panel_get_title   (LeydenBoardPanel *self);
/* @result: of leyden_dashboard_feed_get_result(), nullable: not known yet. @zone: of its times; @currency: of its money; @from_ns, @to_ns: the stretch that was asked for. */
void             leyden_board_panel_set_result  (LeydenBoardPanel *self,
                                                 LeydenValue      *result,
                                                 const char       *zone,
                                                 const char       *currency,
                                                 gint64            from_ns,
                                                 gint64            to_ns);
/* (transfer none) (nullable) */
LeydenValue     *leyden_board_panel_get_result  (LeydenBoardPanel *self);
/* Hover and zoom with others. @link: nullable. */
void             leyden_board_panel_set_link    (LeydenBoardPanel *self,
                                                 LeydenChartLink  *link);
void             leyden_board_panel_set_editing (LeydenBoardPanel *self,
                                                 gboolean          editing);
/* Whether its commands that change something may be used. */
void             leyden_board_panel_set_writable (LeydenBoardPanel *self,
                                                 gboolean          writable);
/* It is alone on the page: its menu leads back. */
void             leyden_board_panel_set_full    (LeydenBoardPanel *self,
                                                 gboolean          full);
/* What is dragged to move it, and to resize it. (transfer none) */
GtkWidget       *leyden_board_panel_get_header  (LeydenBoardPanel *self);
GtkWidget       *leyden_board_panel_get_handle  (LeydenBoardPanel *self);
/* What is shown: "chart", "text", "empty", "failed", "waiting". */
const char      *leyden_board_panel_get_state   (LeydenBoardPanel *self);
LeydenChartView *leyden_board_panel_get_chart   (LeydenBoardPanel *self);
/* Takes some of what is in it away, of one that goes. TRUE: there is more. */
gboolean         leyden_board_panel_dismantle   (LeydenBoardPanel *self);

G_END_DECLS
