/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenBudgetDialog: what may be spent in a month, in all and on each flow, and what one success of a flow is worth: without these the dashboard of
 * cost can say what was spent, and not whether that was much.
 *
 * Signal: "kept" (): the backend has them.
 */
#define LEYDEN_TYPE_BUDGET_DIALOG (leyden_budget_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBudgetDialog, leyden_budget_dialog, LEYDEN, BUDGET_DIALOG, AdwWindow)

GtkWidget *leyden_budget_dialog_new  (GtkWindow          *parent,
                                      LeydenSession      *session);
/* As its button does. */
void       leyden_budget_dialog_keep (LeydenBudgetDialog *self);

/* "", "12", "12.50", "12,50": an amount, NAN where there is none. FALSE: no amount. */
gboolean   leyden_budget_parse       (const char *text, double *amount);

G_END_DECLS
