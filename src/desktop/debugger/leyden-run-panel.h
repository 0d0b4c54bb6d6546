/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"
#include "leyden-selection.h"

G_BEGIN_DECLS

/* Properties: document (LeydenDocument, nullable). */
#define LEYDEN_TYPE_RUN_PANEL (leyden_run_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRunPanel, leyden_run_panel, LEYDEN, RUN_PANEL, GtkWidget)

GtkWidget *leyden_run_panel_new (void);

G_END_DECLS
