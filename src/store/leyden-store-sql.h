/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-store.h"

G_BEGIN_DECLS

/* The door for questions of the rooms that keep tables of their own in the database (leyden-store-change.h: the one for changes). */

/**
 * LeydenStoreSelect:
 * @db: reads only, in one transaction: what is read agrees
 *
 * Runs in a thread. Authorisers and temporary views that it makes stay its own affair: connections of this door are used by it
 * alone, and an authoriser is taken off after it. A progress handler is set (see leyden_sqlite_store_select_async()) and must stay.
 *
 * Returns: (transfer full): the answer; %NULL with @error
 */
typedef gpointer (*LeydenStoreSelect) (sqlite3 *db, gpointer data, GCancellable *cancellable, GError **error);

void      leyden_sqlite_store_select_async  (LeydenSqliteStore *self, LeydenStoreSelect func, gpointer func_data, GDestroyNotify func_destroy,
                                             GDestroyNotify answer_destroy, guint limit_ms, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer data);
gpointer  leyden_sqlite_store_select_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);

/* Small help for such functions, and for changes. Errors are of the store's domain, from SQLite's code and message. */
sqlite3_stmt *leyden_sqlite_prepare (sqlite3 *db, const char *text, GError **error);
/* TRUE: there is a row. FALSE with @error unset: the end. */
gboolean      leyden_sqlite_next    (sqlite3_stmt *statement, GError **error);
/* Steps to the end, whatever rows come, and resets. */
gboolean      leyden_sqlite_finish  (sqlite3_stmt *statement, GError **error);
gboolean      leyden_sqlite_exec    (sqlite3 *db, const char *text, GError **error);

G_END_DECLS
