/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/* A Python script: coloured and indented by GtkSourceView, checked for what can be known without running it, with what it gave last. It runs
 * only by its button, through the window's "win.node", which asks for approval as every run does. */
#define LEYDEN_TYPE_CODE_EDITOR (leyden_code_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCodeEditor, leyden_code_editor, LEYDEN, CODE_EDITOR, GtkWidget)

GtkWidget *leyden_code_editor_new (const char *language,
                                   gboolean    large);

G_END_DECLS
