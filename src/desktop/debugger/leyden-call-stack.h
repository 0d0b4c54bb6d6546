/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenCallStack: where the rollout stands, from the innermost call outwards through turns, rounds and containers, then what comes next and what is under
 * way beside it.
 *
 * Signal: "activated" (const char *path): the user asks to see that node.
 */
#define LEYDEN_TYPE_CALL_STACK (leyden_call_stack_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallStack, leyden_call_stack, LEYDEN, CALL_STACK, GtkWidget)

GtkWidget *leyden_call_stack_new      (void);
void       leyden_call_stack_set_view (LeydenCallStack   *self,
                                       LeydenRolloutView *view);

G_END_DECLS
