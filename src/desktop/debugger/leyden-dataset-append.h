/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-flow.h"

G_BEGIN_DECLS

/* A row of a data set made from a rollout: its input; where the flow has an expected field that was not given, the result stands there.
 * (transfer full) */
LeydenValue *leyden_dataset_append_make_row      (LeydenFlow          *flow,
                                                  LeydenValue         *input,
                                                  LeydenValue         *result);
/* The JSON Lines file that rows of this flow go to: chosen for a run, or for an earlier row, in this session. (transfer none) (nullable) */
GFile       *leyden_dataset_append_get_file      (LeydenFlow          *flow);
/* Nothing but JSON Lines is taken; others are forgotten as NULL is. */
void         leyden_dataset_append_set_file      (LeydenFlow          *flow,
                                                  GFile               *file);
/* Adds the row as the last line of @file, in a thread. @create: it is made anew (the person agreed to replace what was there). Errors: of the
 * file, and INVALID_DATA when it is no JSON Lines file. */
void         leyden_dataset_append_async         (GFile               *file,
                                                  LeydenValue         *row,
                                                  gboolean             create,
                                                  GCancellable        *cancellable,
                                                  GAsyncReadyCallback  callback,
                                                  gpointer             data);
gboolean     leyden_dataset_append_finish        (GAsyncResult        *result,
                                                  GError             **error);
/* Asks for a file: a name for a new one, or one that exists. The source object of @callback is @parent. */
void         leyden_dataset_append_choose_async  (GtkWidget           *parent,
                                                  gboolean             create,
                                                  GAsyncReadyCallback  callback,
                                                  gpointer             data);
/* (transfer full); CANCELLED when the person changed their mind. */
GFile       *leyden_dataset_append_choose_finish (GAsyncResult        *result,
                                                  GError             **error);

G_END_DECLS
