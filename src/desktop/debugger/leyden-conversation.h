/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenConversation: messages of a model's call as people read them: who says what, which tools are called with what, what they gave, images. Of a
 * long conversation the last part is shown at first.
 */
#define LEYDEN_TYPE_CONVERSATION (leyden_conversation_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConversation, leyden_conversation, LEYDEN, CONVERSATION, GtkWidget)

GtkWidget *leyden_conversation_new          (void);
/* @messages (nullable): list, of the request; @answer (nullable): the message that came back. */
void       leyden_conversation_set          (LeydenConversation *self, LeydenValue *messages, LeydenValue *answer);
/* Below what is there: words of an answer that is still under way; NULL: none. */
void       leyden_conversation_set_stream   (LeydenConversation *self, const char *text);
/* Of what is shown now. */
guint      leyden_conversation_get_n_shown  (LeydenConversation *self);

/* A message on its own: heading and parts. @names (nullable): tool call id → name of the function. (transfer floating) */
GtkWidget *leyden_conversation_make_message (LeydenValue *message, GHashTable *names);

G_END_DECLS
