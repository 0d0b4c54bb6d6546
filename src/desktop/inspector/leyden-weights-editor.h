/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rows-editor.h"

G_BEGIN_DECLS

/* WEIGHTS: an object of input name to weight, as rows; each becomes an input port. */
#define LEYDEN_TYPE_WEIGHTS_EDITOR (leyden_weights_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWeightsEditor, leyden_weights_editor, LEYDEN, WEIGHTS_EDITOR, LeydenRowsEditor)

GtkWidget *leyden_weights_editor_new (void);

G_END_DECLS
