/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LeydenSplitBox: two children side by side where there is room, one above the other where there is not (libadwaita 1.2 has no
 * breakpoints). The first child takes @start_width side by side.
 */
#define LEYDEN_TYPE_SPLIT_BOX (leyden_split_box_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSplitBox, leyden_split_box, LEYDEN, SPLIT_BOX, GtkWidget)

/* @threshold: width from which the children stand side by side, in pixels. @start_width 0: what the first child likes. */
GtkWidget *leyden_split_box_new (GtkWidget *start, GtkWidget *end, int start_width, int threshold);
/* From @width on, the first child takes @start_width instead: it may stand its own children side by side then. */
void       leyden_split_box_set_wide (LeydenSplitBox *self, int width, int start_width);
/* A child that scrolls up and down by itself where it has less height than it wants. */
GtkWidget *leyden_split_box_scroll (GtkWidget *child);
/* The same of a form over its buttons: where it is cut, a bar and a line say that it goes on. */
GtkWidget *leyden_split_box_scroll_form (GtkWidget *child);

/* Where the children are stacked, scrolls what is around to the second one: what was asked for happens there. */
void       leyden_split_box_reveal_end (LeydenSplitBox *self);

G_END_DECLS
