/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups of an open store, in threads. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-backup.h"
#include "leyden-sqlite-store-private.h"

#include <glib/gi18n-lib.h>

/* One at a time: a backup would see half of what a sweep of blobs does, and the other way. FALSE: the store is closed. To be ended in
 * any case. */
gboolean
leyden_sqlite_store_begin_upkeep (LeydenSqliteStore *self,
                                  GError           **error)
{
  g_mutex_lock (&self->upkeep);
  if (!self->closed)
    return TRUE;
  g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("The database is closed"));
  return FALSE;
}

void
leyden_sqlite_store_end_upkeep (LeydenSqliteStore *self)
{
  g_mutex_unlock (&self->upkeep);
}

typedef struct
{
  char *path;
  char *archive;
  char *like;
} BackupArgs;

static void
backup_args_free (gpointer data)
{
  BackupArgs *self = data;

  g_free (self->path);
  g_free (self->archive);
  g_free (self->like);
  g_free (self);
}

static void
back_up_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  BackupArgs *args = data;
  LeydenBackupOptions options = { args->path, args->archive, args->like };
  GError *error = NULL;
  LeydenValue *manifest = NULL;

  if (leyden_sqlite_store_begin_upkeep (self, &error))
    manifest = leyden_backup_make (self->file, self->writer, &options, self->upkeep_cancellable, &error);
  leyden_sqlite_store_end_upkeep (self);
  if (manifest != NULL)
    g_task_return_pointer (task, manifest, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_sqlite_store_back_up_async (LeydenSqliteStore         *self,
                                   const LeydenBackupOptions *options,
                                   GAsyncReadyCallback        callback,
                                   gpointer                   data)
{
  g_autoptr(GTask) task = NULL;
  BackupArgs *args;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));
  g_return_if_fail (options != NULL && options->path != NULL);

  task = leyden_sqlite_store_new_task (self, NULL, leyden_sqlite_store_back_up_async, callback, data);
  args = g_new0 (BackupArgs, 1);
  args->path = g_strdup (options->path);
  args->archive = g_strdup (options->archive);
  args->like = g_strdup (options->like);
  g_task_set_task_data (task, args, backup_args_free);
  g_task_run_in_thread (task, back_up_thread);
}

LeydenValue *
leyden_sqlite_store_back_up_finish (LeydenSqliteStore *self,
                                    GAsyncResult      *result,
                                    GError           **error)
{
  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

typedef struct
{
  guint64 number;
  gint64  time_ns;
} PruneArgs;

static void
prune (LeydenSqliteStore *self,
       const PruneArgs   *args)
{
  g_autofree char *folder = leyden_archive_find (self->file->path);
  g_autofree char *problem = NULL;
  LeydenStamp last;

  if (folder == NULL || self->writer == NULL)
    return;
  last = leyden_writer_get_archived (self->writer, &problem);
  if (last.id[0] != '\0')
    leyden_archive_prune (folder, last.id, args->number, args->time_ns);
}

static void
prune_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;

  /* What is closed is pruned after the next backup. */
  if (leyden_sqlite_store_begin_upkeep (self, NULL))
    prune (self, data);
  leyden_sqlite_store_end_upkeep (self);
  g_task_return_boolean (task, TRUE);
}

void
leyden_sqlite_store_prune_archive (LeydenSqliteStore *self,
                                   guint64            number,
                                   gint64             time_ns)
{
  g_autoptr(GTask) task = NULL;
  PruneArgs *args;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  task = leyden_sqlite_store_new_task (self, NULL, leyden_sqlite_store_prune_archive, NULL, NULL);
  args = g_new (PruneArgs, 1);
  *args = (PruneArgs) { number, time_ns };
  g_task_set_task_data (task, args, g_free);
  g_task_run_in_thread (task, prune_thread);
}

LeydenValue *
leyden_sqlite_store_describe_archive (LeydenSqliteStore *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *folder = NULL;
  g_autofree char *problem = NULL;
  LeydenStamp last = { .number = 0 };
  guint64 n_files = 0, n_bytes = 0;

  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  folder = leyden_archive_find (self->file->path);
  if (self->writer != NULL)
    last = leyden_writer_get_archived (self->writer, &problem);
  if (folder != NULL && last.id[0] != '\0')
    leyden_archive_count (folder, last.id, &n_files, &n_bytes);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "folder", folder);
  leyden_value_builder_set_int (&b, "commit", (gint64) last.number);
  leyden_value_builder_set_int (&b, "time", last.time_ns);
  leyden_value_builder_set_int (&b, "position", (gint64) last.position);
  leyden_value_builder_set_int (&b, "files", (gint64) n_files);
  leyden_value_builder_set_int (&b, "size", (gint64) n_bytes);
  leyden_value_builder_set_string (&b, "problem", problem);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
