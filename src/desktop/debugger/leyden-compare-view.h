/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-flow.h"
#include "leyden-rollout-view.h"
#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenCompareView: two rollouts beside each other, as GET …/compare tells it: what they cost and took, where they begin to differ, their nodes with a mark
 * for each, and the values that differ, as text word by word or as JSON by place. F8 and Shift+F8 go over the differences.
 */
#define LEYDEN_TYPE_COMPARE_VIEW (leyden_compare_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCompareView, leyden_compare_view, LEYDEN, COMPARE_VIEW, GtkWidget)

GtkWidget   *leyden_compare_view_new          (void);
/* Asks the backend. @flow (nullable): titles of the nodes. */
void         leyden_compare_view_ask          (LeydenCompareView *self,
                                               LeydenSession     *session,
                                               const char        *a,
                                               const char        *b,
                                               LeydenFlow        *flow);
/* The same for a rollout @b that may be under way: asks whenever it stands still or has ended. @b is borrowed no longer than it is looked at. */
void         leyden_compare_view_follow       (LeydenCompareView *self,
                                               const char        *a,
                                               LeydenRolloutView *b,
                                               LeydenFlow        *flow);
/* Shows an answer of the backend. */
void         leyden_compare_view_set          (LeydenCompareView *self,
                                               LeydenValue       *comparison,
                                               LeydenFlow        *flow);
/* Goes to the next (+1) or previous (−1) node that differs; FALSE: there is no other. */
gboolean     leyden_compare_view_step         (LeydenCompareView *self,
                                               int                direction);
/* The keys go to the list. */
void         leyden_compare_view_focus_list   (LeydenCompareView *self);
/* Path of the node that is looked at; NULL: none. (transfer none) */
const char  *leyden_compare_view_get_path     (LeydenCompareView *self);
/* Nodes that are not the same in both. */
guint        leyden_compare_view_get_n_differences (LeydenCompareView *self);

/* A window around it. (transfer none): owned by GTK until it is closed. */
GtkWidget   *leyden_compare_window_new        (GtkWindow         *parent,
                                               LeydenSession     *session,
                                               const char        *a,
                                               const char        *b,
                                               LeydenFlow        *flow);
GtkWidget   *leyden_compare_window_new_following (GtkWindow         *parent,
                                                  const char        *a,
                                                  LeydenRolloutView *b,
                                                  LeydenFlow        *flow);

G_END_DECLS
