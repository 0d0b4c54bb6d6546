/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-store.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* What is asked of facts, and the answer: JSON as help/metrics.md describes it.
 *
 * {"metric", "aggregation", "shape": "time" | "step" | "histogram" | "groups" | "heat" | "value" | "points" | "table", "split": [dimension, …],
 *  "filter": [rule, …], "where", "from", "to", "zone", "interval", "buckets", "bins", "limit", "order", "compare": "previous",
 *  "band": "ci" | "quantiles"}, or {"sql", "from", "to"} */

/* A question that takes longer is given up, and one in SQL earlier. */
#define LEYDEN_QUERY_LIMIT_MS   20000
#define LEYDEN_SQL_LIMIT_MS     5000
#define LEYDEN_SQL_MAX_ROWS     10000
#define LEYDEN_SQL_MAX_TEXT     20000
/* More rows of facts are not held in memory for one question. */
#define LEYDEN_QUERY_MAX_ROWS   20000000

/**
 * leyden_query_check:
 *
 * Whether @query can be asked: everything but what only the database knows (the columns of SQL).
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT, with what is wrong.
 */
gboolean     leyden_query_check      (LeydenValue         *query,
                                      GError             **error);
/**
 * leyden_query_run:
 * @db: a connection that reads in a transaction
 * @now_ns: the present; “to” when none is given, and nothing is expected after it
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT: not a question. Others: as leyden_sqlite_store_select_async() has them.
 *
 * Returns: (transfer full) (nullable): the answer
 */
LeydenValue *leyden_query_run        (sqlite3             *db,
                                      LeydenValue         *query,
                                      gint64               now_ns,
                                      GError             **error);
/* What is held in memory of the facts of a store since others asked for it; NULL: nothing. In the thread of the store's owner. (transfer full) */
typedef struct _LeydenColumnCache LeydenColumnCache;
LeydenColumnCache *leyden_query_dup_held (LeydenSqliteStore *store);
/* leyden_query_run() for rules, with it, if it suffices: nothing more is read into memory for it, and money is real money alone. @held: nullable. */
LeydenValue *leyden_query_run_held   (sqlite3             *db,
                                      LeydenColumnCache   *held,
                                      LeydenValue         *query,
                                      gint64               now_ns,
                                      GError             **error);
void         leyden_column_cache_unref (LeydenColumnCache *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenColumnCache, leyden_column_cache_unref)
/* leyden_query_run() in a thread of the store, with what is held in memory of its facts. */
void         leyden_query_run_async  (LeydenSqliteStore   *store,
                                      LeydenValue         *query,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data);
LeydenValue *leyden_query_run_finish (LeydenSqliteStore   *store,
                                      GAsyncResult        *result,
                                      GError             **error);

G_END_DECLS
