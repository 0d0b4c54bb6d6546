/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/* A GET below /leyden/v1/rollouts/{rollout}, @tail "/records?after=0", whose answer is read in a thread: it may be the state of a hundred thousand
 * nodes. */
void         leyden_rollout_fetch_async  (LeydenRolloutView *view, const char *tail, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* (transfer full) (nullable) */
LeydenValue *leyden_rollout_fetch_finish (GAsyncResult *result, GError **error);

G_END_DECLS
