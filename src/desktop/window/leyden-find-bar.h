/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-document.h"
#include "leyden-find.h"

G_BEGIN_DECLS

/**
 * LeydenFindBar: find and replace in the whole flow, bodies of containers included: an entry, what counts as equal, a list of what was
 * found, and a second line for the replacement. It follows the flow.
 *
 * Property: document (LeydenDocument, nullable): the whole one.
 * Signals: "show-match" (LeydenFindPlace *place, gboolean edit): bring it into view; with @edit its field gets the focus. "closed".
 */
#define LEYDEN_TYPE_FIND_BAR (leyden_find_bar_get_type ())
G_DECLARE_FINAL_TYPE (LeydenFindBar, leyden_find_bar, LEYDEN, FIND_BAR, GtkWidget)

GtkWidget *leyden_find_bar_new     (void);
/* Opens it and takes the focus. */
void       leyden_find_bar_open    (LeydenFindBar *self, gboolean replace);
void       leyden_find_bar_close   (LeydenFindBar *self);
gboolean   leyden_find_bar_is_open (LeydenFindBar *self);
/* To the next match (@step 1) or the one before (−1), around the end. */
void       leyden_find_bar_step    (LeydenFindBar *self, int step);

G_END_DECLS
