/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/* A number: a spin button where a default stands, an entry that may be empty (null) where the default is null. */
#define LEYDEN_TYPE_NUMBER_EDITOR (leyden_number_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNumberEditor, leyden_number_editor, LEYDEN, NUMBER_EDITOR, GtkWidget)

GtkWidget *leyden_number_editor_new (const LeydenParameter *parameter);

G_END_DECLS
