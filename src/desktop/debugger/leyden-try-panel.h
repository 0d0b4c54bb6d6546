/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"
#include "leyden-selection.h"

G_BEGIN_DECLS

/* Properties: document (LeydenDocument, nullable). */
#define LEYDEN_TYPE_TRY_PANEL (leyden_try_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTryPanel, leyden_try_panel, LEYDEN, TRY_PANEL, GtkWidget)

GtkWidget *leyden_try_panel_new (void);

G_END_DECLS
