/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-flow.h"

G_BEGIN_DECLS

/**
 * LeydenTryForm: a form made from the fields of a flow's `input` node; in chat mode a single message. What was typed stays when the fields
 * change around it.
 *
 * Signal "submit" (): Ctrl+Enter in a field, Enter in a chat message.
 */
#define LEYDEN_TYPE_TRY_FORM (leyden_try_form_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTryForm, leyden_try_form, LEYDEN, TRY_FORM, GtkWidget)

GtkWidget   *leyden_try_form_new       (void);
/* @fields: the node's parameter; @chat: its mode. */
void         leyden_try_form_set_fields (LeydenTryForm *self, LeydenValue *fields, gboolean chat);
gboolean     leyden_try_form_is_chat   (LeydenTryForm *self);
/* The input object. @history: list of messages so far (chat mode). NULL with @message (transfer full), translated, when a required
 * field is empty or a text is no value. */
LeydenValue *leyden_try_form_get_input (LeydenTryForm *self, LeydenValue *history, char **message);
/* The message of chat mode, "" else. */
const char  *leyden_try_form_get_message (LeydenTryForm *self);
void         leyden_try_form_set_message (LeydenTryForm *self, const char *text);
/* Fills one field, for samples and tests. */
void         leyden_try_form_set_value (LeydenTryForm *self, const char *field, LeydenValue *value);

G_END_DECLS
