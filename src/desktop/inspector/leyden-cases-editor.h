/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rows-editor.h"

G_BEGIN_DECLS

/* A list of {name, title?, condition | value}: one row for each way out of a Switch. */
#define LEYDEN_TYPE_CASES_EDITOR (leyden_cases_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCasesEditor, leyden_cases_editor, LEYDEN, CASES_EDITOR, LeydenRowsEditor)

GtkWidget *leyden_cases_editor_new (void);

G_END_DECLS
