/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-window.h"

G_BEGIN_DECLS

/**
 * LeydenHistoryWindow: the steps of the flow that its window shows, each with name and time. A click or Enter goes there, back or forward,
 * in one go; it stays open and follows what is done meanwhile.
 */
#define LEYDEN_TYPE_HISTORY_WINDOW (leyden_history_window_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHistoryWindow, leyden_history_window, LEYDEN, HISTORY_WINDOW, AdwWindow)

/* The one of @window, made if there is none. (transfer none), to be presented. */
GtkWidget *leyden_history_window_get (LeydenWindow *window);

G_END_DECLS
