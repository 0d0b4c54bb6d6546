/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenVariablesBar: a choice for each variable of a dashboard: all, or one of the values that the facts have of its dimension.
 *
 * Signal: "changed" (): the person chose another value.
 */
#define LEYDEN_TYPE_VARIABLES_BAR (leyden_variables_bar_get_type ())
G_DECLARE_FINAL_TYPE (LeydenVariablesBar, leyden_variables_bar, LEYDEN, VARIABLES_BAR, GtkWidget)

GtkWidget   *leyden_variables_bar_new        (LeydenSession      *session);
/* @variables: the list of a document. Asks for the values that there are. */
void         leyden_variables_bar_set        (LeydenVariablesBar *self,
                                              LeydenValue        *variables);
/* @title (nullable): what the value is called until the facts say it. FALSE: there is no such variable. */
gboolean     leyden_variables_bar_choose     (LeydenVariablesBar *self,
                                              const char         *name,
                                              const char         *value,
                                              const char         *title);
/* Name → value, "" for all. (transfer full) */
LeydenValue *leyden_variables_bar_get_values (LeydenVariablesBar *self);

G_END_DECLS
