/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/* MODEL: which endpoint and which of its models; "The run's model" is null. */
#define LEYDEN_TYPE_MODEL_EDITOR (leyden_model_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenModelEditor, leyden_model_editor, LEYDEN, MODEL_EDITOR, GtkWidget)

GtkWidget *leyden_model_editor_new (void);

G_END_DECLS
