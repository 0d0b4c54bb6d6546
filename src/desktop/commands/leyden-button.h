/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * leyden_button_new_with_mnemonic:
 * @label: with an underscore before the letter
 *
 * As gtk_button_new_with_mnemonic(), with the name that one reads. GTK takes the label as it is written for the name, too, beside that of the text
 * within: "_Edit Edit" was read.
 */
GtkWidget *leyden_button_new_with_mnemonic (const char *label);
/* The same for another label of such a button. */
void       leyden_button_set_mnemonic      (GtkButton *button, const char *label);

G_END_DECLS
