/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-application.h"
#include "leyden-bottom-panel.h"
#include "leyden-document.h"
#include "leyden-selection.h"

G_BEGIN_DECLS

/**
 * LeydenWindow: a flow with canvas, library, inspector and bottom panel, and the runs made of it.
 *
 * Properties: document (LeydenDocument, nullable: the start page shows), selection (LeydenSelection).
 */
#define LEYDEN_TYPE_WINDOW (leyden_window_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWindow, leyden_window, LEYDEN, WINDOW, AdwApplicationWindow)

LeydenWindow      *leyden_window_new           (LeydenApplication *application);
LeydenSelection   *leyden_window_get_selection (LeydenWindow *self);
LeydenBottomPanel *leyden_window_get_panel     (LeydenWindow *self);

G_END_DECLS
