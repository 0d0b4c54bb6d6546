/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-insert-choices.h"

G_BEGIN_DECLS

/**
 * LeydenInsertPopover: a search over node types, best first. Down and Up go through the list, Enter takes the selected one, Escape
 * closes; whatever is typed goes into the search.
 *
 * Signal: "chosen" (const LeydenInsertChoice *), before it closes.
 */
#define LEYDEN_TYPE_INSERT_POPOVER (leyden_insert_popover_get_type ())
G_DECLARE_FINAL_TYPE (LeydenInsertPopover, leyden_insert_popover, LEYDEN, INSERT_POPOVER, GtkPopover)

/* @choices (transfer full) */
GtkWidget *leyden_insert_popover_new (LeydenInsertChoices *choices, const char *label);

G_END_DECLS
