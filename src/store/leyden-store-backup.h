/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"

/* Backups and retention are done one after the other; closing the store ends them with G_IO_ERROR_CANCELLED. */

G_BEGIN_DECLS

/* Backups (help: “Backups”). A backup is three things side by side: BACKUP, a database that needs no log; BACKUP-blobs, its blobs; and
 * BACKUP.json, the manifest:
 *
 *   {"leyden_backup": 1, "id", "version", "database": where it came from, "archive": folder of frames (nullable), "made" (ns), "commit",
 *    "committed" (ns), "position", "size", "sha256", "blobs", "counts": {…}, "check": {"sound", "problems", "took_ms", …}}
 */

typedef struct
{
  const char *path;             /* of BACKUP: nothing of it may exist */
  const char *archive;          /* where commits are archived from here on; NULL: where they are already, else DATABASE-archive */
  const char *like;             /* an earlier backup, of which equal blobs are linked; nullable */
} LeydenBackupOptions;

/* Copies the database while it is used, then opens the copy, checks it whole and counts: the manifest says whether it is sound. What is damaged in
 * the database is so in the copy, which is kept for the rest. Errors: CONFLICT (something is there), FULL, READ_ONLY. */
void         leyden_sqlite_store_back_up_async  (LeydenSqliteStore *self, const LeydenBackupOptions *options, GAsyncReadyCallback callback,
                                                 gpointer data);
LeydenValue *leyden_sqlite_store_back_up_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);

/* {"folder" (null: not archived), "commit", "time" (ns), "position", "files", "size", "problem" (nullable)} */
LeydenValue *leyden_sqlite_store_describe_archive (LeydenSqliteStore *self);

/* Removes, in a thread, what was archived before commit @number, and blobs that were laid aside before @time_ns: no backup that is kept needs
 * them. */
void         leyden_sqlite_store_prune_archive (LeydenSqliteStore *self, guint64 number, gint64 time_ns);

/* The manifest of @backup, or NULL: NOT_FOUND, CORRUPT, NEWER. */
LeydenValue *leyden_backup_read_manifest (const char *backup, GError **error);
/* Removes the three. */
void         leyden_backup_remove        (const char *backup);

typedef enum
{
  LEYDEN_RESTORE_AS_IT_IS,
  LEYDEN_RESTORE_LATEST,        /* all that was archived */
  LEYDEN_RESTORE_TIME,          /* ns: the last commit at or before it */
  LEYDEN_RESTORE_POSITION,      /* the record with this position is the last */
  LEYDEN_RESTORE_COMMIT,        /* the commit with this number is the last */
} LeydenRestorePoint;

typedef struct
{
  const char        *backup;
  const char        *out;       /* a new database; nothing of it may exist */
  LeydenRestorePoint point;
  gint64             value;
  const char        *archive;   /* NULL: where the manifest says */
} LeydenRestoreOptions;

/**
 * leyden_backup_restore:
 *
 * Makes a database of a backup and, where it is asked for, the commits that were archived after it (and those that are still in the log beside
 * the original). Blocks; any thread. @out appears whole or not at all, under a new id: what was archived of the original is not its future.
 *
 * Errors: CONFLICT (@out exists), NOT_FOUND (no such point: before the backup, behind the archive, after a gap), CORRUPT, FULL.
 *
 * Returns: (transfer full): {"database", "commit", "time" (ns), "position", "commits": how many were applied, "records_cut", "blobs",
 *   "names_without_blob", "runs", "rollouts", "records", "sound", "problems", "notice" (nullable)}
 */
LeydenValue *leyden_backup_restore       (const LeydenRestoreOptions *options, GCancellable *cancellable, GError **error);

/* A new database of all that can still be read of a damaged one, which nobody may use meanwhile: rows that cannot be are left out, a log keeps what
 * stands before its first gap. Blocks; any thread. {"database", "damaged", "rows", "records_cut", "runs", "rollouts", "records", "documents", "sound",
 * "problems"}. Errors: NOT_A_DATABASE, CORRUPT (not even its schema), CONFLICT, FULL. */
LeydenValue *leyden_backup_salvage       (const char *damaged, const char *out, GCancellable *cancellable, GError **error);

/* What retention may remove. */
typedef struct
{
  gint64 before_ns;             /* what ended before; 0: nothing for its age */
  gint64 max_bytes;             /* the oldest go until the database is no larger; 0: no limit */
  gint64 deleted_before_ns;     /* what somebody deleted before; 0: nothing for that */
} LeydenRetention;

/* Removes ended rollouts (their logs, Agent Lightning's rows), runs and experiments, the oldest first, and then blobs that nothing names and that
 * are a day old; never what has not ended. Blobs go to the archive when there is one. {"rollouts", "runs", "experiments", "records",
 * "removed_by_trainer", "blobs", "bytes"} */
void         leyden_sqlite_store_retain_async  (LeydenSqliteStore *self, const LeydenRetention *retention, GAsyncReadyCallback callback,
                                                gpointer data);
LeydenValue *leyden_sqlite_store_retain_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
