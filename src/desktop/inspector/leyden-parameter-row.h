/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/**
 * LeydenParameterRow: a parameter with its title, editor, help and what is wrong with the value; with a switch "Trainable" where it
 * may be a slot.
 *
 * Signals: "edited" (LeydenValue *value); "mark-changed" (LeydenValue *mark): the entry of "trainable" that the person wants, NULL: none;
 * "connect-input" and "add-input" as LeydenValueEditor has them.
 */
#define LEYDEN_TYPE_PARAMETER_ROW (leyden_parameter_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenParameterRow, leyden_parameter_row, LEYDEN, PARAMETER_ROW, GtkWidget)

/* @parameter must outlive the row (it belongs to the catalogue). */
GtkWidget             *leyden_parameter_row_new           (const LeydenParameter *parameter);
const LeydenParameter *leyden_parameter_row_get_parameter (LeydenParameterRow    *self);
/* Shows without emitting. */
void                   leyden_parameter_row_set_value     (LeydenParameterRow    *self,
                                                           LeydenValue           *value);
/* The node's entry of "trainable" for it; NULL: it is not marked. After the value. */
void                   leyden_parameter_row_set_mark      (LeydenParameterRow    *self,
                                                           LeydenValue           *mark);
/* What is known of the node: its inputs, which an expression may read, and their last values. @context (nullable) */
void                   leyden_parameter_row_set_context   (LeydenParameterRow    *self,
                                                           LeydenEditorContext   *context);
/* The value in a window of its own, where its editor has one. */
void                   leyden_parameter_row_expand        (LeydenParameterRow    *self);
/* The editor inside. (transfer none) */
GtkWidget             *leyden_parameter_row_get_editor    (LeydenParameterRow    *self);

G_END_DECLS
