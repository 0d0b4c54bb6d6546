/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"
#include "leyden-timeline.h"

G_BEGIN_DECLS

/**
 * LeydenHistories: timelines of the rollouts that somebody looks at. One is read from the store when it is first asked for, and read on when
 * the log has grown; then every position is answered from memory, or with the few records of the nodes that are asked for. Those that were
 * not asked for longest go when all take more than LEYDEN_HISTORIES_BYTES. Belongs to the thread-default context of its making.
 */
typedef struct _LeydenHistories LeydenHistories;

#define LEYDEN_HISTORIES_BYTES (512 * 1024 * 1024)

LeydenHistories *leyden_histories_new         (LeydenStore *store);
void             leyden_histories_free        (LeydenHistories *self);
/* For tests: as if LEYDEN_HISTORIES_BYTES were @bytes. */
void             leyden_histories_set_limit   (LeydenHistories *self, gsize bytes);

/* Runs in a thread, alone with @timeline. (transfer full) */
typedef LeydenValue *(*LeydenHistoryAsk) (LeydenTimeline *timeline, gpointer data);
/* @row: of the rollout, as it is now. @until: up to there the timeline must reach. Errors of the store. */
void             leyden_histories_ask_async   (LeydenHistories *self, const LeydenRolloutRow *row, guint64 until, LeydenHistoryAsk func,
                                               gpointer func_data, GDestroyNotify destroy, GAsyncReadyCallback callback, gpointer data);
LeydenValue     *leyden_histories_ask_finish  (GAsyncResult *result, GError **error);

/* The fold at @until of the nodes that leyden_timeline_summarise() lists for each of @prefixes, from the records of these nodes alone:
 * {"rollout", "sequence", "nodes", "truncated": more than @limit records would have to be read for a prefix}. */
void             leyden_histories_fold_async  (LeydenHistories *self, const LeydenRolloutRow *row, guint64 until, const char * const *prefixes,
                                               guint limit, GAsyncReadyCallback callback, gpointer data);
LeydenValue     *leyden_histories_fold_finish (GAsyncResult *result, GError **error);

G_END_DECLS
