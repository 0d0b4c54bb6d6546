/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-view.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LeydenHeldCall: the call that waits to be let go while a rollout is paused: which tool or model, and what it is asked. Hidden where none waits.
 * Its button activates win.debug-edit-call.
 */
#define LEYDEN_TYPE_HELD_CALL (leyden_held_call_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHeldCall, leyden_held_call, LEYDEN, HELD_CALL, GtkWidget)

GtkWidget   *leyden_held_call_new      (void);
void         leyden_held_call_set_view (LeydenHeldCall *self, LeydenRolloutView *view);

/* What the backend says of the call, {"path", "kind", "ordinal", …}; NULL where none waits now. (transfer none) (nullable) */
LeydenValue *leyden_held_call_find     (LeydenRolloutView *view);
/* "arguments" or "request": the member that is asked, and can be changed. */
const char  *leyden_held_call_get_what (LeydenValue *held);
/* In a line, safe: “calculator” waits to be called with {expression: "6*7"}. (transfer full) */
char        *leyden_held_call_describe (LeydenValue *held, guint max_chars);

G_END_DECLS
