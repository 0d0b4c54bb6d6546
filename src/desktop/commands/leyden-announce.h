/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Words for who does not see what changes: a label of role STATUS whose name changes is read out when nothing else is (GTK has an
 * announcement of its own only from 4.14 on). */

/* From now on @label speaks for the window that it is in. */
void     leyden_announce_by (GtkWindow *window, GtkLabel *label);
/* Says it in the window of @widget, after what is said already: what comes within a fifth of a second is one announcement, the latest few of
 * it, each once. FALSE: nobody speaks for this window. */
gboolean leyden_announce    (GtkWidget *widget, const char *text);

G_END_DECLS
