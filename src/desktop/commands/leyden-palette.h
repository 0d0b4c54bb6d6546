/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-window.h"

G_BEGIN_DECLS

/**
 * LeydenPalette: every command by its name, with its key; what is not possible now says why.
 *
 * Without a query the commands that were used last stand first, then the rest in the order of the table. The keyboard stays in the
 * entry: arrows and Page keys choose, Enter does it, Escape closes.
 */
#define LEYDEN_TYPE_PALETTE (leyden_palette_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPalette, leyden_palette, LEYDEN, PALETTE, AdwWindow)

GtkWidget *leyden_palette_new (LeydenWindow *window);

G_END_DECLS
