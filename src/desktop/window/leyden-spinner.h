/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The one way to turn a spinner: it turns while it is @active and on the screen. GTK goes on animating one that is in a hidden page of a
 * stack, at every frame, for as long as the window lives. */
void       leyden_spinner_set_active     (GtkSpinner *spinner, gboolean active);
/* What a place shows until the backend answers. (transfer floating) */
GtkWidget *leyden_spinner_new_connecting (void);

G_END_DECLS
