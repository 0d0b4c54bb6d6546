/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rows-editor.h"

G_BEGIN_DECLS

/* FIELDS: rows of name, type and "required", which become ports; for the fields of an input also their role. What else a field says
 * (title, default) is kept. */
#define LEYDEN_TYPE_FIELDS_EDITOR (leyden_fields_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenFieldsEditor, leyden_fields_editor, LEYDEN, FIELDS_EDITOR, LeydenRowsEditor)

GtkWidget *leyden_fields_editor_new       (void);
/* Whether a field has a role (input, expected answer, row id); before the first value. */
void       leyden_fields_editor_set_roles (LeydenFieldsEditor *self, gboolean roles);

G_END_DECLS
