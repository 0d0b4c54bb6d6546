/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"
#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenDebugPanel: one rollout of the open flow, as it stands or stood: the commands of the debugger, where it stands and why, and pages that
 * look at it from different sides.
 *
 * Properties (notify): document (LeydenDocument, nullable), view (LeydenRolloutView, nullable: nothing is looked at).
 * Signals: "show-node" (const char *path): the user asks to see that node on the canvas; "edit-value" (const char *node, const char *member, gboolean
 * parameter, LeydenValue *value): another value is wanted for that output, or parameter, which has this one.
 */
#define LEYDEN_TYPE_DEBUG_PANEL (leyden_debug_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDebugPanel, leyden_debug_panel, LEYDEN, DEBUG_PANEL, GtkWidget)

/* Tells a page which rollout is looked at; NULL: none. */
typedef void (*LeydenDebugSetView) (GtkWidget *page, LeydenRolloutView *view);

GtkWidget         *leyden_debug_panel_new       (void);
/* A page of its own, which scrolls by itself. @set_view (nullable) is called now and whenever the view is another one. */
void               leyden_debug_panel_add_page  (LeydenDebugPanel   *self,
                                                 const char         *name,
                                                 const char         *title,
                                                 GtkWidget          *page,
                                                 LeydenDebugSetView  set_view);
/* A row between the commands and the pages, while a rollout is looked at: it counts for all of them. */
void               leyden_debug_panel_set_head  (LeydenDebugPanel   *self,
                                                 GtkWidget          *head);
void               leyden_debug_panel_show_page (LeydenDebugPanel   *self,
                                                 const char         *name);
GtkWidget         *leyden_debug_panel_get_page  (LeydenDebugPanel   *self,
                                                 const char         *name);
LeydenRolloutView *leyden_debug_panel_get_view  (LeydenDebugPanel   *self);
/* The flow that the view's rollout ran with, in place of the document as it is now: its parameters are shown. FALSE: it is the same. */
gboolean           leyden_debug_panel_set_flow  (LeydenDebugPanel   *self,
                                                 LeydenFlow         *flow);
/* The one before is let go, but not closed: who made it closes it. */
void               leyden_debug_panel_set_view  (LeydenDebugPanel   *self,
                                                 LeydenRolloutView  *view);
G_END_DECLS
