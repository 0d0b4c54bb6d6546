/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenBottomPanel: the panel below the canvas: named pages, of which one is shown. The window adds "try", "run", "train" and
 * "problems".
 *
 * Property: page (string): name of the page that is shown.
 */
#define LEYDEN_TYPE_BOTTOM_PANEL (leyden_bottom_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBottomPanel, leyden_bottom_panel, LEYDEN, BOTTOM_PANEL, GtkWidget)

GtkWidget  *leyden_bottom_panel_new       (void);
/* @title is shown on the tab, translated. */
void        leyden_bottom_panel_add       (LeydenBottomPanel *self, const char *name, const char *title, GtkWidget *page);
void        leyden_bottom_panel_remove    (LeydenBottomPanel *self, const char *name);
/* (transfer none) (nullable) */
GtkWidget  *leyden_bottom_panel_get_child (LeydenBottomPanel *self, const char *name);
const char *leyden_bottom_panel_get_page  (LeydenBottomPanel *self);
void        leyden_bottom_panel_set_page  (LeydenBottomPanel *self, const char *name);
/* A number on the tab, 0: none. */
void        leyden_bottom_panel_set_badge (LeydenBottomPanel *self, const char *name, guint n);

G_END_DECLS
