/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-call-list.h"
#include "leyden-call-view.h"
#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/* Page “Calls” of the debugger: the calls of the rollout that is looked at, and one of them. */
#define LEYDEN_TYPE_CALLS_PAGE (leyden_calls_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallsPage, leyden_calls_page, LEYDEN, CALLS_PAGE, GtkWidget)

GtkWidget      *leyden_calls_page_new       (LeydenSession     *session);
/* @view (nullable): whose calls are shown, at its position. A LeydenDebugSetView. */
void            leyden_calls_page_set_view  (GtkWidget         *page,
                                             LeydenRolloutView *view);
/* For what has a state and no view: scenes, and tests. */
void            leyden_calls_page_set_state (LeydenCallsPage   *self,
                                             LeydenFlow        *flow,
                                             LeydenValue       *state);
/* Shows the last call of a node, now or as soon as there is one. */
void            leyden_calls_page_show_path (LeydenCallsPage   *self,
                                             const char        *path);
LeydenCallList *leyden_calls_page_get_list  (LeydenCallsPage   *self);
LeydenCallView *leyden_calls_page_get_call  (LeydenCallsPage   *self);

G_END_DECLS
