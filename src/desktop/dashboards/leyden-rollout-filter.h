/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutFilter: which rollouts a table shows: words that they hold, lines of field, operator and value, and a condition in SQL.
 *
 * Signal "changed" (): another one is wanted; what is typed counts when the keys rest.
 */
#define LEYDEN_TYPE_ROLLOUT_FILTER (leyden_rollout_filter_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutFilter, leyden_rollout_filter, LEYDEN, ROLLOUT_FILTER, GtkWidget)

GtkWidget   *leyden_rollout_filter_new       (void);
/* {"text", "filter", "where"}, each only when it asks for something; a line whose value is not complete yet asks for nothing. (transfer full) */
LeydenValue *leyden_rollout_filter_dup_query (LeydenRolloutFilter *self);
/* The same set from outside; another line for each. */
void         leyden_rollout_filter_set_query (LeydenRolloutFilter *self, LeydenValue *query);
/* What the backend says against it; NULL: nothing. */
void         leyden_rollout_filter_set_error (LeydenRolloutFilter *self, const char *text);
/* At the end side of its first line. */
void         leyden_rollout_filter_add_tool  (LeydenRolloutFilter *self, GtkWidget *tool);
/* The keys go to the words. */
void         leyden_rollout_filter_focus     (LeydenRolloutFilter *self);

G_END_DECLS
