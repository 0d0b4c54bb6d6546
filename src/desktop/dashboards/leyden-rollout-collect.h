/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/* Adds what went into rollouts to a data set, with what came out where the flow has a field for it: asks for a JSON Lines file, then appends row after row.
 * @ids: of rollouts, in order. @create: the file is a new one. CANCELLED when the person changed their mind. */
void  leyden_rollout_collect_async  (GtkWidget           *parent,
                                     LeydenSession       *session,
                                     GPtrArray           *ids,
                                     gboolean             create,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             data);
/* What was done, to be said. (transfer full) */
char *leyden_rollout_collect_finish (GAsyncResult        *result,
                                     GError             **error);

/* The same into a file that is chosen already. */
void  leyden_rollout_collect_into_async (GFile               *file,
                                         LeydenSession       *session,
                                         GPtrArray           *ids,
                                         gboolean             create,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             data);

G_END_DECLS
