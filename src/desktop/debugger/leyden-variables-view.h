/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-rollout-view.h"
#include "leyden-variable.h"

G_BEGIN_DECLS

/**
 * LeydenVariablesView: what the rollout holds at the position, as a tree that can be searched, and the value that is chosen, whole.
 *
 * Signals: "edit" (LeydenVariable *variable): another value is wanted for it; "watch" (const char *expression);
 * "chosen" (): a variable was chosen; "searched" (const char *text): another text is looked for, "" none.
 */
#define LEYDEN_TYPE_VARIABLES_VIEW (leyden_variables_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenVariablesView, leyden_variables_view, LEYDEN, VARIABLES_VIEW, GtkWidget)

GtkWidget      *leyden_variables_view_new          (void);
void            leyden_variables_view_set_view     (LeydenVariablesView *self,
                                                    LeydenRolloutView   *view);
/* The one that is chosen; NULL when none is. (transfer none) */
/* A value that is no variable, whole, where the chosen variable would be; until another one is chosen. @value nullable. */
void            leyden_variables_view_show_value   (LeydenVariablesView *self, const char *title, LeydenValue *value);
LeydenVariable *leyden_variables_view_get_selected (LeydenVariablesView *self);

G_END_DECLS
