/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LeydenWrapBox: children in lines from start to end; a line that is full is followed by the next, and each line is filled. (The focus does
 * not get through a GtkFlowBox whose children take none.) Children are given in a template or by gtk_widget_set_parent().
 */
#define LEYDEN_TYPE_WRAP_BOX (leyden_wrap_box_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWrapBox, leyden_wrap_box, LEYDEN, WRAP_BOX, GtkWidget)

GtkWidget *leyden_wrap_box_new (void);
/* FALSE: children keep their natural width, and a line may end early. */
void       leyden_wrap_box_set_filled (LeydenWrapBox *self, gboolean filled);

G_END_DECLS
