/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * leyden_tooltip_set_text:
 * @widget: without a tooltip-text of its own
 * @text: (nullable): plain; %NULL or "": none
 *
 * For what changes while one looks, and for rows of lists. gtk_widget_set_tooltip_text() asks the display each time where the pointer is, and waits
 * for several answers; here the text is looked up when the pointer rests. No name for screen readers comes of it.
 */
void leyden_tooltip_set_text (GtkWidget *widget, const char *text);

G_END_DECLS
