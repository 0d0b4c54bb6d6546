/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-flow.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenBreakpointDialog: when a breakpoint pauses: where at the node, under which condition (checked while it is typed), from which time on, only once.
 *
 * Signal "done" (LeydenValue *breakpoint): as it is to be; once.
 */
#define LEYDEN_TYPE_BREAKPOINT_DIALOG (leyden_breakpoint_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBreakpointDialog, leyden_breakpoint_dialog, LEYDEN, BREAKPOINT_DIALOG, AdwWindow)

/* @value: the breakpoint as it is, or is to begin with; @flow gives titles and the names that a condition may read. */
GtkWidget *leyden_breakpoint_dialog_new (GtkWindow *parent, LeydenValue *value, LeydenFlow *flow);

G_END_DECLS
