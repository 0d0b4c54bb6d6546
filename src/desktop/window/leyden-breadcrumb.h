/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LeydenBreadcrumb: the way from the whole flow to the body of a container that is shown: a button back and one for each level.
 *
 * Signal: "activated" (guint depth): go to that level, 0 is the whole flow.
 */
#define LEYDEN_TYPE_BREADCRUMB (leyden_breadcrumb_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBreadcrumb, leyden_breadcrumb, LEYDEN, BREADCRUMB, GtkWidget)

GtkWidget *leyden_breadcrumb_new      (void);
/* Titles from the outside in, at least one; the last is where one is. Hidden when there is only one. */
void       leyden_breadcrumb_set_path (LeydenBreadcrumb *self, const char * const *titles);

G_END_DECLS
