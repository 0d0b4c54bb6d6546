/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-check.h"
#include "leyden-document.h"

G_BEGIN_DECLS

/**
 * LeydenProblemsPanel: what leyden_flow_check() says of a document, as it is edited: checked in a thread, a moment after the last edit.
 *
 * Property: document (LeydenDocument, nullable).
 * Signals: "checked": a new list is there; "show-element" (int kind, char *id, GStrv scope): an element is to
 * be shown; "failed" (GError): a repair was refused.
 */
#define LEYDEN_TYPE_PROBLEMS_PANEL (leyden_problems_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenProblemsPanel, leyden_problems_panel, LEYDEN, PROBLEMS_PANEL, GtkWidget)

GtkWidget *leyden_problems_panel_new      (void);
/* (element-type LeydenProblem) (nullable): the last answer, NULL before the first. */
GPtrArray *leyden_problems_panel_get_list (LeydenProblemsPanel *self);
/* What its rows do, for who shows problems elsewhere: of a list that it gave. */
void       leyden_problems_panel_repair   (LeydenProblemsPanel *self, const LeydenProblem *problem);
void       leyden_problems_panel_show     (LeydenProblemsPanel *self, const LeydenProblem *problem);

G_END_DECLS
