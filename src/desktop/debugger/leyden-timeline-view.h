/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-rollout-view.h"
#include "leyden-span-rows.h"
#include "leyden-waterfall.h"

G_BEGIN_DECLS

/**
 * LeydenTimelineView: a scrubber that moves a rollout through time, and below it the waterfall of what happened when.
 *
 * In the waterfall: Left and Right fold and unfold; Enter moves to the start of the row; plus, minus and 0 zoom in time, as the wheel with Ctrl; Shift with
 * Left and Right moves what is shown.
 *
 * Signal: "show-node" (const char *path): the user asks to see that node.
 */
#define LEYDEN_TYPE_TIMELINE_VIEW (leyden_timeline_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTimelineView, leyden_timeline_view, LEYDEN, TIMELINE_VIEW, GtkWidget)

GtkWidget             *leyden_timeline_view_new           (void);
/* The rollout that is moved and asked for its spans; NULL: none. */
void                   leyden_timeline_view_set_view      (LeydenTimelineView *self, LeydenRolloutView *view);
/* What the backend said, as if it were asked for now. @tree nullable. */
void                   leyden_timeline_view_set_tree  (LeydenTimelineView *self, LeydenSpanTree *tree);
LeydenSpanRows    *leyden_timeline_view_get_rows      (LeydenTimelineView *self);
/* The row with the scrubber, for another place than above the waterfall: it moves the rollout from wherever it is. (transfer none) */
GtkWidget             *leyden_timeline_view_take_head     (LeydenTimelineView *self);
/* To where a node starts or ends; @direction 1: later, -1: before. */
void                   leyden_timeline_view_step          (LeydenTimelineView *self, int direction);
const LeydenWaterfall *leyden_timeline_view_get_waterfall (LeydenTimelineView *self);

G_END_DECLS
