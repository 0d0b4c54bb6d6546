/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A window over another one, with a header bar and a content that is scrolled when it does not fit unless @scrolled is FALSE; Escape closes it. @title is
 * text from anywhere. @start, @end (nullable): buttons of the header, a pair of which takes the place of the one that closes. */
GtkWidget *leyden_dashboard_window_new (GtkWindow *parent, const char *title, GtkWidget *content, gboolean scrolled, GtkWidget *start, GtkWidget *end);

G_END_DECLS
