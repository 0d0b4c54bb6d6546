/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/* Text: one line (TEXT, REGEX, JSON_PATH, SECRET) or many (MULTILINE, TEMPLATE, EXPRESSION, JSON, SCHEMA). JSON is edited as text and emitted
 * as the value it says; a secret as {"secret": name}. */
#define LEYDEN_TYPE_TEXT_EDITOR (leyden_text_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTextEditor, leyden_text_editor, LEYDEN, TEXT_EDITOR, GtkWidget)

GtkWidget *leyden_text_editor_new                  (LeydenParameterKind  kind);
/* Whether it has a history of its own; off, for values that stand in a document's history. */
void       leyden_text_editor_set_enable_undo      (LeydenTextEditor    *self,
                                                    gboolean             enable);
/* The view of a text of many lines; NULL for one line. (transfer none) */
GtkTextView *leyden_text_editor_get_view           (LeydenTextEditor    *self);
/* What stands in it, value or not. (transfer full) */
char      *leyden_text_editor_dup_text             (LeydenTextEditor    *self);
/* As high as there is room, in a window of its own. */
void       leyden_text_editor_set_large            (LeydenTextEditor    *self);
/* So high at least that @n_lines can be seen. */
void       leyden_text_editor_set_min_lines        (LeydenTextEditor    *self,
                                                    guint                n_lines);
/* Colours of a language of GtkSourceView, "python", from when the text is first seen; without it, and for NULL, none. */
void       leyden_text_editor_set_language         (LeydenTextEditor    *self,
                                                    const char          *language);
/* Names the part that takes the focus. */
void       leyden_text_editor_set_accessible_label (LeydenTextEditor    *self,
                                                    const char          *label);

G_END_DECLS
