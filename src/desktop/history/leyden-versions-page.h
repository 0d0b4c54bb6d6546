/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-window.h"

G_BEGIN_DECLS

/**
 * LeydenVersionsPage: the versions of the flow that a window shows, newest first, each with its time and what changed. A click or Enter says
 * how it differs from the flow as it is, and offers to go back to it: one edit, that can be undone.
 */
#define LEYDEN_TYPE_VERSIONS_PAGE (leyden_versions_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenVersionsPage, leyden_versions_page, LEYDEN, VERSIONS_PAGE, GtkWidget)

/* @window outlives it. */
GtkWidget *leyden_versions_page_new    (LeydenWindow *window);
void       leyden_versions_page_reload (LeydenVersionsPage *self);

G_END_DECLS
