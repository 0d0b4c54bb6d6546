/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/* A text that a model reads: coloured, with completion of the variables of a template, what is wrong with them and the repair, an estimate of
 * its tokens, and how it reads with the values of the last run. */
#define LEYDEN_TYPE_PROMPT_EDITOR (leyden_prompt_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPromptEditor, leyden_prompt_editor, LEYDEN, PROMPT_EDITOR, GtkWidget)

/* @parameter must outlive it. @large: it fills a window of its own. */
GtkWidget *leyden_prompt_editor_new          (const LeydenParameter *parameter,
                                              gboolean               large);
/* Shows the text with the last values, or not. */
void       leyden_prompt_editor_set_preview  (LeydenPromptEditor    *self,
                                              gboolean               preview);

G_END_DECLS
