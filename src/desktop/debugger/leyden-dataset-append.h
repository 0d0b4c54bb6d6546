/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-flow.h"

G_BEGIN_DECLS

/* A row of a data set made from a rollout: its input; where the flow has an expected field that was not given, the result stands there.
 * (transfer full) */
LeydenValue *leyden_dataset_append_make_row (LeydenFlow          *flow,
                                             LeydenValue         *input,
                                             LeydenValue         *result);
/* Asks for a JSONL file (a new one or one that exists) and adds the row as its last line. The source object of @callback is @parent. */
void         leyden_dataset_append_async    (GtkWidget           *parent,
                                             LeydenValue         *row,
                                             GAsyncReadyCallback  callback,
                                             gpointer             data);
/* (transfer full): the file's name for a message; CANCELLED when the person changed their mind. */
char        *leyden_dataset_append_finish   (GAsyncResult        *result,
                                             GError             **error);

G_END_DECLS
