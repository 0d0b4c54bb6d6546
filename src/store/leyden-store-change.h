/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-store.h"

G_BEGIN_DECLS

/* What other rooms keep in tables of their own (their migrations stand beside the others), in the writer's transactions: beside
 * what else is committed with it, never in the tables of the store. */

/* Called in the writer's thread, in a transaction; again when that had to be rolled back, so it changes nothing but @db and sets what it
 * gives back anew each time. FALSE with @error: nothing of it is written. */
typedef gboolean (*LeydenSqliteChange) (sqlite3 *db, gpointer data, GError **error);

/* @what names it to the door ("outbox"). Takes @data, which is freed with @destroy in the caller's context, after @callback. */
void     leyden_sqlite_store_change_async  (LeydenSqliteStore *self, const char *what, LeydenSqliteChange change, gpointer data,
                                            GDestroyNotify destroy, GAsyncReadyCallback callback, gpointer user_data);
/* The same for what is merely derived: everything else goes first, for at most a second. Quick all the same: the writer does nothing else. */
void     leyden_sqlite_store_change_later_async (LeydenSqliteStore *self, const char *what, LeydenSqliteChange change, gpointer data,
                                                 GDestroyNotify destroy, GAsyncReadyCallback callback, gpointer user_data);
/* The synced end of either; @data is there until this returns: see leyden_sqlite_store_change_get_data(). */
gboolean leyden_sqlite_store_change_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);
/* The @data of a change that ends. (transfer none) */
gpointer leyden_sqlite_store_change_get_data (GAsyncResult *result);

/* Runs @text with @... bound as @types says, one letter each: 's' text (nullable), 'i' gint64, 'd' double (NaN: null); gives one step of it
 * to @row (nullable) for every row. FALSE with @error (LEYDEN_STORE_ERROR), also when @row says FALSE without one. */
typedef gboolean (*LeydenSqliteRow) (sqlite3_stmt *statement, gpointer data, GError **error);
gboolean leyden_sqlite_run (sqlite3 *db, const char *text, LeydenSqliteRow row, gpointer data, GError **error, const char *types, ...);

G_END_DECLS
