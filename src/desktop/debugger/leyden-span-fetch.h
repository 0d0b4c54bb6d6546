/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-view.h"
#include "leyden-span-tree.h"

G_BEGIN_DECLS

/* Asks for the timeline of a rollout; its tree is made in a thread too. */
void            leyden_span_fetch_async  (LeydenRolloutView *view, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* (transfer full) (nullable) */
LeydenSpanTree *leyden_span_fetch_finish (GAsyncResult *result, GError **error);

G_END_DECLS
