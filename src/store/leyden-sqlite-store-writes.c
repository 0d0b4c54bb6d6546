/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writing half of the store: the one door, requests to the writer, blobs. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"

#include "leyden-blobs.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>

/* --- the one door of every write --- */

/* Whether a write may happen at all, and @actor may do it. */
gboolean
leyden_sqlite_store_may_write (LeydenSqliteStore *self,
                               const char        *actor,
                               const char        *what,
                               const char        *object,
                               GError           **error)
{
  g_autofree char *shown = NULL;

  if (self->closed)
    {
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("The database is closed"));
      return FALSE;
    }
  if (self->read_only)
    {
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY, _("The database is open read-only"));
      return FALSE;
    }
  if (self->authorize == NULL || self->authorize (actor, what, object, self->authorize_data))
    return TRUE;
  shown = leyden_text_escape (actor, -1, 100);
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_REFUSED, _("%s may not do this (%s)"), shown, what);
  return FALSE;
}

/* --- writes --- */

/* @task is taken; pushes @request when the door let it through. */
void
leyden_sqlite_store_push (LeydenSqliteStore *self,
                          LeydenRequest     *request)
{
  if (leyden_writer_push (self->writer, request))
    return;
  g_task_return_new_error (request->task, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("The database is closed"));
  leyden_request_free (request);
}

/* Each actor that stands in the records is asked for. */
static gboolean
may_append (LeydenSqliteStore      *self,
            GPtrArray              *records,
            const LeydenRolloutRow *row,
            GError                **error)
{
  const char *last = NULL;

  if ((records == NULL || records->len == 0) && (row == NULL || row->rollout == NULL))
    {
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("Nothing to append"));
      return FALSE;
    }
  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];

      if (last != NULL && g_str_equal (last, record->actor))
        continue;
      last = record->actor;
      if (!leyden_sqlite_store_may_write (self, record->actor, "append", record->rollout, error))
        return FALSE;
    }
  return last != NULL || leyden_sqlite_store_may_write (self, "engine", "append", row->rollout, error);
}

static void
sqlite_append_async (LeydenStore            *store,
                     GPtrArray              *records,
                     const LeydenRolloutRow *row,
                     GAsyncReadyCallback     callback,
                     gpointer                data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, sqlite_append_async, callback, data);
  LeydenRequest *request;
  GError *error = NULL;

  if (!may_append (self, records, row, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_APPEND, g_steal_pointer (&task));
  request->records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  for (guint i = 0; records != NULL && i < records->len; i++)
    g_ptr_array_add (request->records, leyden_record_ref (records->pdata[i]));
  request->row = leyden_rollout_row_copy (row);
  if (request->row != NULL && request->row->rollout == NULL)
    request->row->rollout = g_strdup (((LeydenRecord *) records->pdata[0])->rollout);
  leyden_sqlite_store_push (self, request);
}

static gpointer
copy_row (gconstpointer row,
          gpointer      data)
{
  return leyden_rollout_row_copy (row);
}

static void
sqlite_put_run_async (LeydenStore        *store,
                      const LeydenRunRow *run,
                      GPtrArray          *rows,
                      GAsyncReadyCallback callback,
                      gpointer            data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, sqlite_put_run_async, callback, data);
  const char *actor = leyden_value_get_member_string (run->definition, "actor", "engine");
  LeydenRequest *request;
  GError *error = NULL;

  if (!leyden_sqlite_store_may_write (self, actor, "run", run->run, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_RUN, g_steal_pointer (&task));
  request->run = leyden_run_row_copy (run);
  if (rows != NULL)
    {
      request->rows = g_ptr_array_copy (rows, copy_row, NULL);
      g_ptr_array_set_free_func (request->rows, (GDestroyNotify) leyden_rollout_row_free);
    }
  leyden_sqlite_store_push (self, request);
}

static void
sqlite_put_document_async (LeydenStore        *store,
                           const char         *kind,
                           const char         *name,
                           LeydenValue        *value,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, sqlite_put_document_async, callback, data);
  g_autofree char *object = g_strconcat (kind, "/", name, NULL);
  LeydenRequest *request;
  GError *error = NULL;

  if (!leyden_sqlite_store_may_write (self, "engine", value ? "document" : "delete", object, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_DOCUMENT, g_steal_pointer (&task));
  request->document_kind = g_strdup (kind);
  request->name = g_strdup (name);
  request->value = value ? leyden_value_ref (value) : NULL;
  leyden_sqlite_store_push (self, request);
}

static void
sqlite_put_experiment_async (LeydenStore           *store,
                             LeydenExperimentBatch *batch,
                             GAsyncReadyCallback    callback,
                             gpointer               data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, sqlite_put_experiment_async, callback, data);
  g_autoptr(LeydenExperimentBatch) owned = batch;
  const char *actor = batch->row != NULL ? leyden_value_get_member_string (batch->row->definition, "actor", "engine") : "engine";
  LeydenRequest *request;
  GError *error = NULL;

  if (!leyden_sqlite_store_may_write (self, actor, "experiment", batch->experiment, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_EXPERIMENT, g_steal_pointer (&task));
  request->experiment = g_steal_pointer (&owned);
  leyden_sqlite_store_push (self, request);
}

static void
sqlite_change_cache_async (LeydenStore        *store,
                           LeydenCacheChange  *change,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, sqlite_change_cache_async, callback, data);
  g_autoptr(LeydenCacheChange) owned = change;
  LeydenRequest *request;
  GError *error = NULL;

  if (!leyden_sqlite_store_may_write (self, "engine", change->clear ? "delete" : "document", "cache", &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_CACHE, g_steal_pointer (&task));
  request->cache = g_steal_pointer (&owned);
  leyden_sqlite_store_push (self, request);
}

/* --- blobs --- */

typedef struct
{
  GBytes *bytes;
  char   *path;
  char   *sha256;
} BlobArgs;

static void
blob_args_free (gpointer data)
{
  BlobArgs *self = data;

  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->path);
  g_free (self->sha256);
  g_free (self);
}

static void
put_blob_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  BlobArgs *args = data;
  GError *error = NULL;
  char *sha256 = leyden_blobs_put (self->file->blobs, g_bytes_get_data (args->bytes, NULL), g_bytes_get_size (args->bytes), &error);

  if (sha256 != NULL)
    g_task_return_pointer (task, sha256, g_free);
  else
    g_task_return_error (task, error);
}

static void
adopt_blob_thread (GTask        *task,
                   gpointer      source,
                   gpointer      data,
                   GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  BlobArgs *args = data;
  GError *error = NULL;

  if (leyden_blobs_adopt (self->file->blobs, args->path, args->sha256, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
open_blob_thread (GTask        *task,
                  gpointer      source,
                  gpointer      data,
                  GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  BlobArgs *args = data;
  GError *error = NULL;
  char *path = leyden_blobs_find (self->file->blobs, args->sha256, &error);

  if (path != NULL)
    g_task_return_pointer (task, path, g_free);
  else
    g_task_return_error (task, error);
}

static void
sqlite_put_blob_async (LeydenStore        *store,
                       GBytes             *bytes,
                       GAsyncReadyCallback callback,
                       gpointer            data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, sqlite_put_blob_async, callback, data);
  BlobArgs *args = g_new0 (BlobArgs, 1);
  GError *error = NULL;

  args->bytes = g_bytes_ref (bytes);
  g_task_set_task_data (task, args, blob_args_free);
  if (leyden_sqlite_store_may_write (self, "engine", "blob", "", &error))
    g_task_run_in_thread (task, put_blob_thread);
  else
    g_task_return_error (task, error);
}

static void
sqlite_adopt_blob_async (LeydenStore        *store,
                         const char         *path,
                         const char         *sha256,
                         GAsyncReadyCallback callback,
                         gpointer            data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, sqlite_adopt_blob_async, callback, data);
  BlobArgs *args = g_new0 (BlobArgs, 1);
  GError *error = NULL;

  args->path = g_strdup (path);
  args->sha256 = g_strdup (sha256);
  g_task_set_task_data (task, args, blob_args_free);
  if (leyden_sqlite_store_may_write (self, "engine", "blob", sha256, &error))
    g_task_run_in_thread (task, adopt_blob_thread);
  else
    g_task_return_error (task, error);
}

static void
sqlite_open_blob_async (LeydenStore        *store,
                        const char         *sha256,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, cancellable, sqlite_open_blob_async, callback, data);
  BlobArgs *args = g_new0 (BlobArgs, 1);

  args->sha256 = g_strdup (sha256);
  g_task_set_task_data (task, args, blob_args_free);
  g_task_run_in_thread (task, open_blob_thread);
}

void
leyden_sqlite_store_init_writes (LeydenStoreInterface *iface)
{
  iface->append_async = sqlite_append_async;
  iface->append_finish = leyden_sqlite_store_finish_boolean;
  iface->put_run_async = sqlite_put_run_async;
  iface->put_run_finish = leyden_sqlite_store_finish_boolean;
  iface->put_blob_async = sqlite_put_blob_async;
  iface->put_blob_finish = (char *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->adopt_blob_async = sqlite_adopt_blob_async;
  iface->adopt_blob_finish = leyden_sqlite_store_finish_boolean;
  iface->open_blob_async = sqlite_open_blob_async;
  iface->open_blob_finish = (char *(*) (LeydenStore *, GAsyncResult *, GError **)) leyden_sqlite_store_finish_pointer;
  iface->put_document_async = sqlite_put_document_async;
  iface->put_document_finish = leyden_sqlite_store_finish_boolean;
  iface->change_cache_async = sqlite_change_cache_async;
  iface->change_cache_finish = leyden_sqlite_store_finish_boolean;
  iface->put_experiment_async = sqlite_put_experiment_async;
  iface->put_experiment_finish = leyden_sqlite_store_finish_boolean;
}
