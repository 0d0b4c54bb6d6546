/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-view.h"
#include "leyden-span-tree.h"

G_BEGIN_DECLS

/* Asks for the tree of a rollout. It is read in a thread: it may have a hundred thousand spans. */
void            leyden_rollout_fetch_spans_async  (LeydenRolloutView *view, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenSpanTree *leyden_rollout_fetch_spans_finish (GAsyncResult *result, GError **error);

/* The same for any GET below /leyden/v1/rollouts/{rollout}, @tail "/records?after=0": the answer as a value. (transfer full) */
void            leyden_rollout_fetch_async  (LeydenRolloutView *view, const char *tail, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue    *leyden_rollout_fetch_finish (GAsyncResult *result, GError **error);

G_END_DECLS
