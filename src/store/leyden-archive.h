/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-frames.h"
#include "leyden-sql.h"

G_BEGIN_DECLS

/* Where the commits of a database are kept from its first backup on, so that a backup can be brought forward to any of them:
 * FOLDER/ID/frames-NUMBER with the number of its first commit in 20 digits, and FOLDER/ID/blobs with what retention took from the database's
 * own. A file is whole: written to another name, synced, renamed. DATABASE.archive says which folder it is; without it nothing is kept.
 *
 * It never grows beyond four times the database, or 1 GiB if that is more: then its oldest files go, and with them the way from backups that are
 * older than they.
 *
 * The writer takes the log's commits before each checkpoint, and what is left of them from time to time. Numbers count without a gap; a
 * commit that is missing (kept by no archive, because the disk of the archive was full) is found when it is read. */
typedef struct _LeydenArchive LeydenArchive;

/* The folder that DATABASE.archive names; NULL: nothing is archived. (transfer full) */
char          *leyden_archive_find  (const char *database);
/* From here on @database is archived to @folder, which is made. */
gboolean       leyden_archive_mark  (const char *database, const char *folder, GError **error);
/* FOLDER/ID. (transfer full) */
char          *leyden_archive_path  (const char *folder, const char *id);

/* For the thread that has @sql. Reads what the archive already has of this database. */
LeydenArchive *leyden_archive_open  (const char *folder, LeydenSql *sql, GError **error);
void           leyden_archive_free  (LeydenArchive *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenArchive, leyden_archive_free)
/* All commits of the log that are not in it yet; they are on its disk when this returns. */
gboolean       leyden_archive_take  (LeydenArchive *self, LeydenSql *sql, GError **error);
/* The last commit that it has; number 0: none. */
LeydenStamp    leyden_archive_get_last (LeydenArchive *self);

/**
 * leyden_archive_read:
 * @after: commits up to this number are not wanted (@each may get them all the same)
 *
 * All commits of an archive in order. Stops where one is missing or damaged: @error says so, after @each got what stands before. @each may
 * end it by %FALSE without an error.
 *
 * Returns: %TRUE, also when @each ended it
 */
gboolean       leyden_archive_read  (const char *folder, const char *id, guint64 after, LeydenCommitEach each, gpointer data, GError **error);
/* Removes files all of whose commits are before @number, and blobs that came before @time_ns. */
void           leyden_archive_prune (const char *folder, const char *id, guint64 number, gint64 time_ns);
/* FOLDER/ID/blobs. (transfer full) */
char          *leyden_archive_blobs (const char *folder, const char *id);
/* Number of files and their bytes. */
void           leyden_archive_count (const char *folder, const char *id, guint64 *n_files, guint64 *n_bytes);

G_END_DECLS
