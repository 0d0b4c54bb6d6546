/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dashboard-view.h"

G_BEGIN_DECLS

/**
 * LeydenDashboardsPage: the place Dashboards: the list of the ready ones and those of the people here, and one of them. New ones are made here, from
 * nothing, from a template, from a file or from the clipboard. Alert rules and webhooks stand here, too.
 *
 * Signals: "run-requested" (): there is nothing to show yet, and a run would change that; "undo-changed" (): what could be taken back is another thing.
 */
#define LEYDEN_TYPE_DASHBOARDS_PAGE (leyden_dashboards_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDashboardsPage, leyden_dashboards_page, LEYDEN, DASHBOARDS_PAGE, GtkWidget)

GtkWidget           *leyden_dashboards_page_new       (void);
/* @variable, @value, @title (nullable): what it is shown for, "experiment" and its id and title. */
void                 leyden_dashboards_page_show      (LeydenDashboardsPage *self,
                                                       const char           *id,
                                                       const char           *variable,
                                                       const char           *value,
                                                       const char           *title);
void                 leyden_dashboards_page_show_list (LeydenDashboardsPage *self);
/* Alert rules; one of them where @id (nullable) names it. */
void                 leyden_dashboards_page_show_alerts (LeydenDashboardsPage *self,
                                                       const char           *id);
/* Takes some of what is in it away, before it goes itself. TRUE: there is more. */
gboolean             leyden_dashboards_page_dismantle (LeydenDashboardsPage *self);
/* Makes one of a document, and shows it. */
void                 leyden_dashboards_page_add       (LeydenDashboardsPage *self,
                                                       LeydenValue          *document,
                                                       gboolean              edit);
/* Of a file's bytes, or the clipboard's; what is wrong with it is said. */
void                 leyden_dashboards_page_import    (LeydenDashboardsPage *self,
                                                       GBytes               *bytes);
/* The one that is shown; NULL while the list is. (transfer none) */
LeydenDashboardView *leyden_dashboards_page_get_view  (LeydenDashboardsPage *self);

G_END_DECLS
