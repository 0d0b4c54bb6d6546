/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What a window shows before a flow is open: new, open, samples, recent files. Its buttons name actions of the window. */
#define LEYDEN_TYPE_START_PAGE (leyden_start_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenStartPage, leyden_start_page, LEYDEN, START_PAGE, GtkWidget)

GtkWidget *leyden_start_page_new    (void);
/* Reads the recent files anew. */
void       leyden_start_page_reload (LeydenStartPage *self);

G_END_DECLS
