/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/* One of a few values: a switch for BOOLEAN, a drop-down for ENUM. */
#define LEYDEN_TYPE_CHOICE_EDITOR (leyden_choice_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChoiceEditor, leyden_choice_editor, LEYDEN, CHOICE_EDITOR, GtkWidget)

GtkWidget *leyden_choice_editor_new (const LeydenParameter *parameter);

G_END_DECLS
