/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-session.h"

G_BEGIN_DECLS

/* Rollouts that a rollout may be compared with. Both give a list, and end with the errors of leyden_backend_request_finish(). */

/* Those of the same item in the latest runs of the same flow, forks among them; of a try, the other tries too: {"rollout": row, "run": its run}, newest first. */
void         leyden_rollout_peers_async  (LeydenSession       *session,
                                          const char          *rollout,
                                          GCancellable        *cancellable,
                                          GAsyncReadyCallback  callback,
                                          gpointer             data);
/* What two runs have in common: {"item", "a": row, "b": row} in the order of the first. */
void         leyden_rollout_pairs_async  (LeydenSession       *session,
                                          const char          *run_a,
                                          const char          *run_b,
                                          GCancellable        *cancellable,
                                          GAsyncReadyCallback  callback,
                                          gpointer             data);
/* Of either. (transfer full) */
LeydenValue *leyden_rollout_peers_finish (GAsyncResult        *result,
                                          GError             **error);

G_END_DECLS
