/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-document.h"

G_BEGIN_DECLS

/* Whether a node runs, is disabled or bypassed: a choice that makes its own edits and follows the flow by leyden_mode_row_refresh(). */
#define LEYDEN_TYPE_MODE_ROW (leyden_mode_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenModeRow, leyden_mode_row, LEYDEN, MODE_ROW, GtkWidget)

GtkWidget *leyden_mode_row_new     (LeydenDocument *document, const char *id);
void       leyden_mode_row_refresh (LeydenModeRow *self);

G_END_DECLS
