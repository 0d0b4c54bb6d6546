/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-action-table.h"

G_BEGIN_DECLS

/* A command in the palette: title, where it belongs or why it cannot be done now, key. Its action "command.run" activates the row. */
#define LEYDEN_TYPE_PALETTE_ROW (leyden_palette_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPaletteRow, leyden_palette_row, LEYDEN, PALETTE_ROW, GtkListBoxRow)

/* @reason (nullable): why it cannot be done. */
GtkWidget          *leyden_palette_row_new        (const LeydenAction *action, const char *reason);
const LeydenAction *leyden_palette_row_get_action (LeydenPaletteRow *self);
gboolean            leyden_palette_row_is_possible (LeydenPaletteRow *self);
/* How well it answers to what was typed; 0: not at all. @query as leyden_fuzzy_fold() gives it. */
guint               leyden_palette_row_score      (LeydenPaletteRow *self, const char *query);
/* "Undo, Ctrl+Z, Nothing to take back": what a screen reader says when it is chosen. (transfer full) */
char               *leyden_palette_row_dup_spoken (LeydenPaletteRow *self);

G_END_DECLS
