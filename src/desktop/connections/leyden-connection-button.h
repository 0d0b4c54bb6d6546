/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenConnectionButton: how it stands with the backend, for a header bar: a dot and a word; its popover says more, connects again, and switches
 * to another one.
 */
#define LEYDEN_TYPE_CONNECTION_BUTTON (leyden_connection_button_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConnectionButton, leyden_connection_button, LEYDEN, CONNECTION_BUTTON, GtkWidget)

GtkWidget *leyden_connection_button_new  (void);
void       leyden_connection_button_open (LeydenConnectionButton *self);

G_END_DECLS
