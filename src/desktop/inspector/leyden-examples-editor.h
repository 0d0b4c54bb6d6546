/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rows-editor.h"

G_BEGIN_DECLS

/* EXAMPLES: pairs of input and output that go before the prompt as earlier turns. */
#define LEYDEN_TYPE_EXAMPLES_EDITOR (leyden_examples_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExamplesEditor, leyden_examples_editor, LEYDEN, EXAMPLES_EDITOR, LeydenRowsEditor)

GtkWidget *leyden_examples_editor_new (void);

G_END_DECLS
