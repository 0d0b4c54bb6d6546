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

/* Runs in a thread, others at once: what it does with @timeline is to look. (transfer full) */
typedef LeydenValue *(*LeydenHistoryAsk) (LeydenTimeline *timeline, gpointer data);
/**
 * leyden_histories_ask_async:
 * @self: the histories
 * @row: of the rollout, as it is now
 * @until: up to there the timeline must reach
 * @func: asked with the timeline
 * @func_data: for @func; freed with @destroy (nullable) when the answer is there
 *
 * Reads what is missing of the timeline, O(records that are new), and asks it. Several that ask at once share the reading.
 *
 * Errors: LEYDEN_STORE_ERROR (NOT_FOUND for a log that is gone, CORRUPT for one that is cut off); G_IO_ERROR_CANCELLED when @self is freed
 * meanwhile.
 */
void             leyden_histories_ask_async   (LeydenHistories *self, const LeydenRolloutRow *row, guint64 until, LeydenHistoryAsk func,
                                               gpointer func_data, GDestroyNotify destroy, GAsyncReadyCallback callback, gpointer data);
LeydenValue     *leyden_histories_ask_finish  (GAsyncResult *result, GError **error);

/* How many records of the timeline of @rollout have been read, while that goes on (TRUE) or when nothing of it is (0). */
gboolean         leyden_histories_get_progress (LeydenHistories *self, const char *rollout, guint64 *n_read);

/**
 * leyden_histories_fold_async:
 * @self: the histories
 * @row: of the rollout, as it is now
 * @until: position
 * @prefixes: (array zero-terminated): as for leyden_timeline_summarise()
 * @limit: at most so many records are read for each of @prefixes
 *
 * The fold at @until of the nodes that leyden_timeline_summarise() lists for each of @prefixes, from the records of these nodes alone:
 * {"rollout", "sequence", "nodes", "truncated": more than @limit records would have to be read for a prefix}.
 *
 * Errors: as leyden_histories_ask_async().
 */
void             leyden_histories_fold_async  (LeydenHistories *self, const LeydenRolloutRow *row, guint64 until, const char * const *prefixes,
                                               guint limit, GAsyncReadyCallback callback, gpointer data);
LeydenValue     *leyden_histories_fold_finish (GAsyncResult *result, GError **error);

G_END_DECLS
