/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-board-grid.h"
#include "leyden-dashboard-feed.h"

G_BEGIN_DECLS

/**
 * LeydenDashboardView: one dashboard: its bars, its panels, and what changes them. What is changed is kept by the backend after each change; it can be
 * taken back. Ready dashboards are not changed: "copy-requested" asks for a copy, on which the change is made.
 *
 * Signals:
 * "copy-requested" (LeydenValue *document, const char *panel, const char *what): a copy is wanted, nullable @panel and @what: what is then done with it;
 * "remove-requested" (): the whole dashboard; "run-requested" (): there is nothing to see, and a run would change that;
 * "show-requested" (const char *id): another one;
 * "listed-changed" (): its title, or another thing that the list says, is another one.
 * Properties: "can-undo", "can-redo" (booleans, notify).
 */
#define LEYDEN_TYPE_DASHBOARD_VIEW (leyden_dashboard_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDashboardView, leyden_dashboard_view, LEYDEN, DASHBOARD_VIEW, GtkWidget)

GtkWidget           *leyden_dashboard_view_new         (LeydenSession       *session);
/* @answer: of GET /leyden/v1/dashboards/{id}. What was edited before is kept first. */
void                 leyden_dashboard_view_show        (LeydenDashboardView *self,
                                                        LeydenValue         *answer);
/* Nothing is shown and asked any more. */
void                 leyden_dashboard_view_clear       (LeydenDashboardView *self);
/* (transfer none): of the dashboard that is shown; NULL: none is */
LeydenValue         *leyden_dashboard_view_get_document (LeydenDashboardView *self);
gboolean             leyden_dashboard_view_is_ready    (LeydenDashboardView *self);
gint64               leyden_dashboard_view_get_revision (LeydenDashboardView *self);
/* A value of a variable, for as long as it is shown. */
void                 leyden_dashboard_view_choose      (LeydenDashboardView *self,
                                                        const char          *variable,
                                                        const char          *value,
                                                        const char          *title);
void                 leyden_dashboard_view_set_editing (LeydenDashboardView *self,
                                                        gboolean             editing);
gboolean             leyden_dashboard_view_get_editing (LeydenDashboardView *self);
/* As a panel's "act"; @panel "" for what needs none ("add"). */
void                 leyden_dashboard_view_act         (LeydenDashboardView *self,
                                                        const char          *panel,
                                                        const char          *what);
/* Whether there was something. */
gboolean             leyden_dashboard_view_undo        (LeydenDashboardView *self);
gboolean             leyden_dashboard_view_redo        (LeydenDashboardView *self);
/* (nullable): what would be taken back, or done again */
const char          *leyden_dashboard_view_get_undo_label (LeydenDashboardView *self);
const char          *leyden_dashboard_view_get_redo_label (LeydenDashboardView *self);
/* FALSE: nothing was open over the dashboard. */
gboolean             leyden_dashboard_view_go_back     (LeydenDashboardView *self);
LeydenBoardGrid     *leyden_dashboard_view_get_grid    (LeydenDashboardView *self);
LeydenDashboardFeed *leyden_dashboard_view_get_feed    (LeydenDashboardView *self);
/* Everything is with the backend. */
gboolean             leyden_dashboard_view_is_saved    (LeydenDashboardView *self);

G_END_DECLS
