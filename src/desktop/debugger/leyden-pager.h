/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LeydenPager: which part is shown of something that is too long to be shown whole: back, number, of how many, forward. Not visible where there is
 * one part only. Signal "changed" (): the person went to another part.
 */
#define LEYDEN_TYPE_PAGER (leyden_pager_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPager, leyden_pager, LEYDEN, PAGER, GtkWidget)

GtkWidget *leyden_pager_new     (void);
/* Back to the first of @n_parts. @note (nullable): how much it is in all. */
void       leyden_pager_set     (LeydenPager *self, guint n_parts, const char *note);
guint      leyden_pager_get     (LeydenPager *self);    /* from 0 */
/* Goes to a part, as the person does. */
void       leyden_pager_go      (LeydenPager *self, guint part);

G_END_DECLS
