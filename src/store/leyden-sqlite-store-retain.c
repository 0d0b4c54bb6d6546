/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Retention of an open store: what may go is found in a thread with a reader, removed by the writer in small commits, so that nobody waits long;
 * then blobs that nothing names are swept. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-archive.h"
#include "leyden-blob-marks.h"
#include "leyden-blobs.h"
#include "leyden-retention.h"
#include "leyden-sqlite-store-private.h"
#include "leyden-store-backup.h"

#include <glib/gi18n-lib.h>

/* Rollouts a commit. */
#define CHUNK 100
/* Whoever uploads a file has so long to name it. */
#define BLOB_AGE_S (24 * 60 * 60)

typedef struct
{
  LeydenRetention retention;
  gint64 n_rollouts, n_by_trainer, n_records, n_runs, n_experiments;
  guint64 n_blobs, n_bytes;
} Retain;

/* Takes @removal to the writer and waits. */
static gboolean
remove_some (LeydenSqliteStore *self,
             LeydenRemoval     *removal,
             Retain            *retain,
             GError           **error)
{
  LeydenRequest *request = leyden_request_new (LEYDEN_REQUEST_REMOVE, NULL);

  request->removal = removal;
  if (!leyden_writer_push (self->writer, request))
    {
      leyden_request_free (request);
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("The database is closed"));
      return FALSE;
    }
  leyden_removal_wait (removal);
  if (removal->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&removal->error));
      return FALSE;
    }
  retain->n_rollouts += removal->n_rollouts;
  retain->n_by_trainer += removal->n_by_trainer;
  retain->n_records += removal->n_records;
  retain->n_runs += removal->n_runs;
  retain->n_experiments += removal->n_experiments;
  return TRUE;
}

static gboolean
is_too_large (LeydenSql *sql,
              gint64     max_bytes,
              gboolean  *too_large,
              GError   **error)
{
  gint64 n_bytes;

  if (!leyden_retention_measure (sql, &n_bytes, error))
    return FALSE;
  *too_large = n_bytes > max_bytes;
  return TRUE;
}

/* Removes of @ended in order, as long as the database is too large (@max_bytes 0: all). @last_ns: when the last that went had ended. */
static gboolean
remove_ended (LeydenSqliteStore *self,
              LeydenSql         *sql,
              GArray            *ended,
              gint64             max_bytes,
              gint64            *last_ns,
              Retain            *retain,
              GError           **error)
{
  gboolean go_on = TRUE;

  for (guint at = 0; at < ended->len; at += CHUNK)
    {
      LeydenRemoval *removal = leyden_removal_new ();
      guint n = MIN (CHUNK, ended->len - at);
      gboolean ok = max_bytes == 0 || is_too_large (sql, max_bytes, &go_on, error);

      if (ok && go_on)
        {
          g_array_append_vals (removal->rollouts, &g_array_index (ended, LeydenEnded, at), n);
          *last_ns = g_array_index (ended, LeydenEnded, at + n - 1).ended_ns;
          ok = remove_some (self, removal, retain, error)
               && !g_cancellable_set_error_if_cancelled (self->upkeep_cancellable, error);
        }
      leyden_removal_free (removal);
      if (!ok || !go_on)
        return ok;
    }
  return TRUE;
}

static gboolean
remove_runs (LeydenSqliteStore *self,
             gint64             before_ns,
             Retain            *retain,
             GError           **error)
{
  LeydenRemoval *removal = leyden_removal_new ();
  gboolean ok;

  removal->runs_before_ns = before_ns;
  ok = remove_some (self, removal, retain, error);
  leyden_removal_free (removal);
  return ok;
}

/* While there is an archive they may still be needed to go back. */
static gboolean
sweep (LeydenSqliteStore *self,
       LeydenSql         *sql,
       Retain            *retain,
       GError           **error)
{
  g_autoptr(GHashTable) marks = leyden_blob_marks (sql, self->file->blobs, self->upkeep_cancellable, error);
  g_autoptr(GPtrArray) digests = NULL;
  g_autofree char *folder = leyden_archive_find (self->file->path);
  g_autofree char *id = NULL;
  g_autofree char *aside = NULL;

  if (marks == NULL || !(id = leyden_sql_get_text (sql, "SELECT id FROM store", error)))
    return FALSE;
  aside = folder ? leyden_archive_blobs (folder, id) : NULL;
  if (aside != NULL && g_mkdir_with_parents (aside, 0700) != 0)
    return TRUE;
  digests = leyden_blobs_list (self->file->blobs);
  for (guint i = 0; i < digests->len; i++)
    if (!g_hash_table_contains (marks, digests->pdata[i]))
      retain->n_blobs += leyden_blobs_sweep (self->file->blobs, digests->pdata[i], BLOB_AGE_S, aside, &retain->n_bytes);
  return TRUE;
}

static gboolean
retain_all (LeydenSqliteStore *self,
            Retain            *retain,
            GError           **error)
{
  const LeydenRetention *retention = &retain->retention;
  g_autoptr(LeydenSql) sql = leyden_sqlite_file_open_reader (self->file, error);
  g_autoptr(GArray) deleted = NULL;
  g_autoptr(GArray) old = NULL;
  g_autoptr(GArray) rest = NULL;
  gint64 last_ns = 0;
  gboolean too_large = FALSE;

  if (sql == NULL)
    return FALSE;
  if (retention->deleted_before_ns > 0)
    {
      deleted = leyden_retention_find_deleted (sql, retention->deleted_before_ns, self->upkeep_cancellable, error);
      if (deleted == NULL || !remove_ended (self, sql, deleted, 0, &last_ns, retain, error))
        return FALSE;
      last_ns = 0;
    }
  if (retention->before_ns > 0)
    {
      old = leyden_retention_find (sql, retention->before_ns, self->upkeep_cancellable, error);
      if (old == NULL || !remove_ended (self, sql, old, 0, &last_ns, retain, error) || !remove_runs (self, retention->before_ns, retain, error))
        return FALSE;
    }
  if (retention->max_bytes > 0 && !is_too_large (sql, retention->max_bytes, &too_large, error))
    return FALSE;
  if (too_large)
    {
      last_ns = 0;
      rest = leyden_retention_find (sql, G_MAXINT64, self->upkeep_cancellable, error);
      if (rest == NULL || !remove_ended (self, sql, rest, retention->max_bytes, &last_ns, retain, error)
          || (last_ns > 0 && !remove_runs (self, last_ns + 1, retain, error)))
        return FALSE;
    }
  /* Where only what was deleted goes, and nothing was, there is nothing to look for. */
  if (retention->before_ns == 0 && retention->max_bytes == 0 && retain->n_rollouts == 0)
    return TRUE;
  return sweep (self, sql, retain, error);
}

static LeydenValue *
describe (const Retain *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "rollouts", self->n_rollouts);
  leyden_value_builder_set_int (&b, "removed_by_trainer", self->n_by_trainer);
  leyden_value_builder_set_int (&b, "records", self->n_records);
  leyden_value_builder_set_int (&b, "runs", self->n_runs);
  leyden_value_builder_set_int (&b, "experiments", self->n_experiments);
  leyden_value_builder_set_int (&b, "blobs", (gint64) self->n_blobs);
  leyden_value_builder_set_int (&b, "bytes", (gint64) self->n_bytes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
retain_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  Retain *retain = data;
  GError *error = NULL;
  gboolean ok = leyden_sqlite_store_begin_upkeep (self, &error) && retain_all (self, retain, &error);

  leyden_sqlite_store_end_upkeep (self);
  if (ok)
    g_task_return_pointer (task, describe (retain), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_sqlite_store_retain_async (LeydenSqliteStore     *self,
                                  const LeydenRetention *retention,
                                  GAsyncReadyCallback    callback,
                                  gpointer               data)
{
  g_autoptr(GTask) task = NULL;
  Retain *retain;
  GError *error = NULL;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));
  g_return_if_fail (retention != NULL);

  task = leyden_sqlite_store_new_task (self, NULL, leyden_sqlite_store_retain_async, callback, data);
  if (!leyden_sqlite_store_may_write (self, "engine", "delete", "", &error))
    {
      g_task_return_error (task, error);
      return;
    }
  retain = g_new0 (Retain, 1);
  retain->retention = *retention;
  g_task_set_task_data (task, retain, g_free);
  g_task_run_in_thread (task, retain_thread);
}

LeydenValue *
leyden_sqlite_store_retain_finish (LeydenSqliteStore *self,
                                   GAsyncResult      *result,
                                   GError           **error)
{
  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}
