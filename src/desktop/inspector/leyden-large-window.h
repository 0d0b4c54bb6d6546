/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A modal window over the one of @beside that @editor fills: for texts that are too long for the inspector. Escape closes it; undo and redo are
 * those of the window behind. @message (out) (transfer none): a label below, for what is wrong. Not presented yet. (transfer none) */
GtkWidget *leyden_large_window_new (GtkWidget   *beside,
                                    const char  *title,
                                    GtkWidget   *editor,
                                    GtkWidget  **message);

G_END_DECLS
