/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-breakpoints.h"

G_BEGIN_DECLS

/**
 * LeydenBreakpointList: the breakpoints of a document: switched on and off, edited, removed, and those that belong to no node added.
 *
 * Signal: "show-node" (const char *path).
 */
#define LEYDEN_TYPE_BREAKPOINT_LIST (leyden_breakpoint_list_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBreakpointList, leyden_breakpoint_list, LEYDEN, BREAKPOINT_LIST, GtkWidget)

GtkWidget *leyden_breakpoint_list_new (void);
/* @store (nullable); @flow (nullable) gives titles. */
void       leyden_breakpoint_list_set (LeydenBreakpointList *self,
                                       LeydenBreakpoints    *store,
                                       LeydenFlow           *flow);
/* Asks how @value (a breakpoint that is there, or is to be) shall be, and sets it. */
void       leyden_breakpoint_edit     (GtkWindow            *parent,
                                       LeydenBreakpoints    *store,
                                       LeydenValue          *value,
                                       LeydenFlow           *flow);

G_END_DECLS
