/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-frames.h"
#include "leyden-sqlite-open.h"
#include "leyden-store-backup.h"
#include "leyden-writer.h"

G_BEGIN_DECLS

/* What makes a backup, blocking. @writer: NULL for one that is open read-only. */
LeydenValue *leyden_backup_make        (LeydenSqliteFile *file, LeydenWriter *writer, const LeydenBackupOptions *options,
                                        GCancellable *cancellable, GError **error);
/* The row `store`. */
gboolean     leyden_backup_read_stamp  (LeydenSql *sql, LeydenStamp *out, GError **error);
/* Opens a database read-only as anybody would, and checks all of it: see leyden_sqlite_store_inspect_async(). @blobs: NULL: beside it. */
LeydenValue *leyden_backup_inspect     (const char *path, const char *blobs, GCancellable *cancellable, GError **error);
/* CONFLICT when something of a backup or database of that name exists. */
gboolean     leyden_backup_check_free  (const char *path, GError **error);
/* Takes records after @position away from the database @path, and all that came of them; @before is the same database one commit earlier. */
gboolean     leyden_restore_cut        (const char *path, const char *before, guint64 position, gint64 *n_cut, GError **error);

G_END_DECLS
