/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenMessageRows: messages that can be changed, one below the other: role and content of each, new ones, fewer. What a message has besides
 * (calls of tools, names) is kept. Signal "changed" ().
 */
#define LEYDEN_TYPE_MESSAGE_ROWS (leyden_message_rows_get_type ())
G_DECLARE_FINAL_TYPE (LeydenMessageRows, leyden_message_rows, LEYDEN, MESSAGE_ROWS, GtkWidget)

GtkWidget   *leyden_message_rows_new  (void);
void         leyden_message_rows_set  (LeydenMessageRows *self, LeydenValue *messages);
/* A list; NULL while a content is no JSON that should be. (transfer full) */
LeydenValue *leyden_message_rows_make (LeydenMessageRows *self);

G_END_DECLS
