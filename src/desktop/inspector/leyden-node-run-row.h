/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-document.h"

G_BEGIN_DECLS

/* One node by itself: run it, run from it on, pin what it gives; and what became of it in the rollout that is shown. Uses the window's action
 * win.node. */
#define LEYDEN_TYPE_NODE_RUN_ROW (leyden_node_run_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeRunRow, leyden_node_run_row, LEYDEN, NODE_RUN_ROW, GtkWidget)

GtkWidget *leyden_node_run_row_new     (LeydenDocument *document, const char *id);
/* @state: the rollout that is shown; nullable. */
void       leyden_node_run_row_refresh (LeydenNodeRunRow *self, LeydenValue *state);

G_END_DECLS
