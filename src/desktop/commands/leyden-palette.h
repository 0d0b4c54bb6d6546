/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-window.h"

G_BEGIN_DECLS

/* The command palette: every command by its name, with its key; what is not possible now says why. Without a query the commands that were
 * used last stand first, then the rest in the order of the table. (transfer none): a LeydenChooser, to be presented */
GtkWidget *leyden_palette_new (LeydenWindow *window);

G_END_DECLS
