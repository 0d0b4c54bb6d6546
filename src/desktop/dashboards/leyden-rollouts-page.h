/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-rollout-filter.h"
#include "leyden-rollout-page.h"
#include "leyden-rollout-table.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutsPage: all rollouts that the backend knows, as a table that is filtered, sorted and followed live, and the page of one.
 *
 * Properties: "showing-list" (boolean, notify).
 * Signals: "try-requested" (): the empty page leads to a run; "deleted" (gint64 deletion, uint n): these can be restored; "said" (const char *text): what
 * an action did, or why not; "retried" (const char *rollout): one was started again, as this.
 */
#define LEYDEN_TYPE_ROLLOUTS_PAGE (leyden_rollouts_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutsPage, leyden_rollouts_page, LEYDEN, ROLLOUTS_PAGE, GtkWidget)

GtkWidget           *leyden_rollouts_page_new        (void);
/* Only those of one run; NULL: all. For an agl-server that the backend follows. */
void                 leyden_rollouts_page_set_run    (LeydenRolloutsPage *self, const char *run);
/* The page of one; NULL: the list. */
void                 leyden_rollouts_page_show       (LeydenRolloutsPage *self, const char *rollout);
gboolean             leyden_rollouts_page_is_list    (LeydenRolloutsPage *self);
/* Asks again, now. */
void                 leyden_rollouts_page_refresh    (LeydenRolloutsPage *self);
/* Over the rows, where it covers nothing that is done with them. Takes @toast. */
void                 leyden_rollouts_page_add_toast  (LeydenRolloutsPage *self, AdwToast *toast);
/* Shows those that pass @query, as leyden_rollout_filter_set_query() takes it. */
void                 leyden_rollouts_page_filter     (LeydenRolloutsPage *self, LeydenValue *query);
/* Parts of it. (transfer none) */
LeydenRolloutTable  *leyden_rollouts_page_get_table  (LeydenRolloutsPage *self);
LeydenRolloutModel  *leyden_rollouts_page_get_model  (LeydenRolloutsPage *self);
LeydenRolloutFilter *leyden_rollouts_page_get_filter (LeydenRolloutsPage *self);
/* NULL until one was shown. */
LeydenRolloutPage   *leyden_rollouts_page_get_page   (LeydenRolloutsPage *self);
/* "1,204 rollouts". */
const char          *leyden_rollouts_page_get_status (LeydenRolloutsPage *self);

G_END_DECLS
