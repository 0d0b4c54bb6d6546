/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-prompt-text.h"

G_BEGIN_DECLS

/* Colours and underlines in the text of a prompt, by tags: the same with GtkSourceView and without. Lives as long as its buffer. */
#define LEYDEN_TYPE_PROMPT_HIGHLIGHT (leyden_prompt_highlight_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPromptHighlight, leyden_prompt_highlight, LEYDEN, PROMPT_HIGHLIGHT, GObject)

/* @variables: it is a template. (transfer full) */
LeydenPromptHighlight *leyden_prompt_highlight_new          (GtkTextView           *view,
                                                             gboolean               variables);
/* Underlines them and tells why where the pointer is. @problems (element-type LeydenPromptProblem) */
void                   leyden_prompt_highlight_set_problems (LeydenPromptHighlight *self,
                                                             GPtrArray             *problems);

G_END_DECLS
