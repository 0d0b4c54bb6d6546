/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-catalog.h"

G_BEGIN_DECLS

/**
 * LeydenLibrary: the node types to choose from: by category, or what fits the words in the search entry, best first. A row is
 * dragged to the canvas, or added by Enter, double click or its button.
 *
 * Signal: "insert" (char *type).
 */
#define LEYDEN_TYPE_LIBRARY (leyden_library_get_type ())
G_DECLARE_FINAL_TYPE (LeydenLibrary, leyden_library, LEYDEN, LIBRARY, GtkWidget)

GtkWidget *leyden_library_new          (void);
void       leyden_library_focus_search (LeydenLibrary *self);
void       leyden_library_search       (LeydenLibrary *self, const char *text);

G_END_DECLS
