/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-agents-page.h"
#include "leyden-rollouts-page.h"
#include "leyden-runs-page.h"

G_BEGIN_DECLS

/**
 * LeydenRunsPlace: what runs and ran: runs of flows, agents that run outside of Leyden, and the rollouts of all of them.
 *
 * Signals "attach-requested" (), "lines-requested" (const char *rollout), and "rollouts-made" (LeydenRolloutsPage *page): when somebody looks there first.
 */
#define LEYDEN_TYPE_RUNS_PLACE (leyden_runs_place_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRunsPlace, leyden_runs_place, LEYDEN, RUNS_PLACE, GtkWidget)

GtkWidget        *leyden_runs_place_new         (void);
/* Of an agl-server that the backend follows: @page, and its rollouts. */
GtkWidget        *leyden_runs_place_new_for_server (const char *mirror, GtkWidget *page);
LeydenRunsPage   *leyden_runs_place_get_runs    (LeydenRunsPlace *self);
/* Made when it is asked for. (transfer none) */
LeydenAgentsPage *leyden_runs_place_get_agents  (LeydenRunsPlace *self);
/* @rollout NULL: the list. */
void              leyden_runs_place_show_agents (LeydenRunsPlace *self, const char *rollout);
/* Made when it is asked for. (transfer none) */
LeydenRolloutsPage *leyden_runs_place_get_rollouts (LeydenRunsPlace *self);
void              leyden_runs_place_show_rollouts (LeydenRunsPlace *self, const char *rollout);
/* Over the rows of the table of rollouts. FALSE: they are not shown; else takes @toast. */
gboolean          leyden_runs_place_add_toast   (LeydenRunsPlace *self, AdwToast *toast);
/* To the search of what is shown. FALSE: it has none. */
gboolean          leyden_runs_place_search      (LeydenRunsPlace *self);

G_END_DECLS
