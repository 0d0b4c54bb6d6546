/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-prompt-text.h"

G_BEGIN_DECLS

/* What could stand at @cursor, as leyden_prompt_text_complete() says it. */
typedef GPtrArray *(*LeydenCompletionFunc) (const char *text, guint cursor, gboolean asked, guint *start, gpointer data);

/**
 * LeydenCompletion: a list under the cursor of a text view while something is typed for which @find knows words; Ctrl+Space asks for it.
 * Arrows choose, Return or Tab takes, Escape closes; the focus stays in the text. Lives as long as its view.
 *
 * Signal "accepted" (LeydenProposal *proposal): it was inserted.
 */
#define LEYDEN_TYPE_COMPLETION (leyden_completion_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCompletion, leyden_completion, LEYDEN, COMPLETION, GObject)

/* @parent: a widget around @view that the list hangs on. (transfer full) */
LeydenCompletion *leyden_completion_new        (GtkTextView          *view,
                                                GtkWidget            *parent,
                                                LeydenCompletionFunc  find,
                                                gpointer              data);
/* As Ctrl+Space does. */
void              leyden_completion_ask        (LeydenCompletion     *self);
void              leyden_completion_hide       (LeydenCompletion     *self);
/* Proposals that are shown; 0 while closed. */
guint             leyden_completion_get_size   (LeydenCompletion     *self);
/* Takes the one at @index. */
void              leyden_completion_accept     (LeydenCompletion     *self,
                                                guint                 index);

G_END_DECLS
