/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The window of keyboard shortcuts, made of the table of actions. (transfer none): a toplevel, to be presented */
GtkWindow *leyden_shortcuts_new (void);

G_END_DECLS
