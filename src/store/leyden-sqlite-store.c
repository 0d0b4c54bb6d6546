/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions go to threads with a reader each, writes to the one writer (leyden-writer.h), blobs to threads without a connection. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"

#include "leyden-blobs.h"
#include "leyden-readers.h"
#include "leyden-text.h"
#include "leyden-writer.h"

#include <glib/gi18n-lib.h>

struct _LeydenSqliteStore
{
  GObject               parent_instance;

  LeydenSqliteFile     *file;
  LeydenReaders        *readers;
  LeydenWriter         *writer;         /* NULL: read-only, or closed */
  gboolean              read_only;
  gboolean              closed;
  guint                 n_skipped;      /* atomic */
  LeydenStoreAuthorize  authorize;
  gpointer              authorize_data;
  GDestroyNotify        authorize_destroy;
};

static void leyden_sqlite_store_iface_init (LeydenStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenSqliteStore, leyden_sqlite_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_STORE, leyden_sqlite_store_iface_init))

static LeydenMigrations *test_migrations;

/* --- the one door of every write --- */

/* Whether a write may happen at all, and @actor may do it. */
static gboolean
may_write (LeydenSqliteStore *self,
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
static void
push (LeydenSqliteStore *self,
      LeydenRequest     *request)
{
  if (leyden_writer_push (self->writer, request))
    return;
  g_task_return_new_error (request->task, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("The database is closed"));
  leyden_request_free (request);
}

static GTask *
new_task (LeydenSqliteStore  *self,
          GCancellable       *cancellable,
          gpointer            tag,
          GAsyncReadyCallback callback,
          gpointer            data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, tag);
  return task;
}

static gboolean
finish_boolean (LeydenStore  *store,
                GAsyncResult *result,
                GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static gpointer
finish_pointer (LeydenStore  *store,
                GAsyncResult *result,
                GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
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
      if (!may_write (self, record->actor, "append", record->rollout, error))
        return FALSE;
    }
  return last != NULL || may_write (self, "engine", "append", row->rollout, error);
}

static void
sqlite_append_async (LeydenStore            *store,
                     GPtrArray              *records,
                     const LeydenRolloutRow *row,
                     GAsyncReadyCallback     callback,
                     gpointer                data)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (store);
  g_autoptr(GTask) task = new_task (self, NULL, sqlite_append_async, callback, data);
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
  push (self, request);
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
  g_autoptr(GTask) task = new_task (self, NULL, sqlite_put_run_async, callback, data);
  const char *actor = leyden_value_get_member_string (run->definition, "actor", "engine");
  LeydenRequest *request;
  GError *error = NULL;

  if (!may_write (self, actor, "run", run->run, &error))
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
  push (self, request);
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
  g_autoptr(GTask) task = new_task (self, NULL, sqlite_put_document_async, callback, data);
  g_autofree char *object = g_strconcat (kind, "/", name, NULL);
  LeydenRequest *request;
  GError *error = NULL;

  if (!may_write (self, "engine", value ? "document" : "delete", object, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_DOCUMENT, g_steal_pointer (&task));
  request->document_kind = g_strdup (kind);
  request->name = g_strdup (name);
  request->value = value ? leyden_value_ref (value) : NULL;
  push (self, request);
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
  g_autoptr(GTask) task = new_task (self, NULL, sqlite_put_blob_async, callback, data);
  BlobArgs *args = g_new0 (BlobArgs, 1);
  GError *error = NULL;

  args->bytes = g_bytes_ref (bytes);
  g_task_set_task_data (task, args, blob_args_free);
  if (may_write (self, "engine", "blob", "", &error))
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
  g_autoptr(GTask) task = new_task (self, NULL, sqlite_adopt_blob_async, callback, data);
  BlobArgs *args = g_new0 (BlobArgs, 1);
  GError *error = NULL;

  args->path = g_strdup (path);
  args->sha256 = g_strdup (sha256);
  g_task_set_task_data (task, args, blob_args_free);
  if (may_write (self, "engine", "blob", sha256, &error))
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
  g_autoptr(GTask) task = new_task (self, cancellable, sqlite_open_blob_async, callback, data);
  BlobArgs *args = g_new0 (BlobArgs, 1);

  args->sha256 = g_strdup (sha256);
  g_task_set_task_data (task, args, blob_args_free);
  g_task_run_in_thread (task, open_blob_thread);
}

/* --- reads --- */

typedef enum
{
  READ_ROLLOUT,
  READ_RUN,
  READ_FOLD,
  READ_LIST_RUNS,
  READ_GET_RUN,
  READ_LIST_ROLLOUTS,
  READ_GET_ROLLOUT,
  READ_DOCUMENTS,
  READ_INSPECT,
} ReadKind;

typedef struct
{
  ReadKind       kind;
  LeydenReadArgs args;
} Read;

static void
read_free (gpointer data)
{
  Read *self = data;

  g_free (self->args.name);
  g_free (self->args.state);
  g_free (self);
}

/* A checkpoint that cannot be kept is no loss. */
static void
keep_checkpoints (LeydenSqliteStore *self,
                  GPtrArray         *checkpoints)
{
  for (guint i = 0; i < checkpoints->len; i++)
    {
      LeydenRequest *request = leyden_request_new (LEYDEN_REQUEST_CHECKPOINT, NULL);

      request->checkpoint = checkpoints->pdata[i];
      if (!leyden_writer_push (self->writer, request))
        leyden_request_free (request);
    }
}

static LeydenValue *
read_fold (LeydenSqliteStore *self,
           LeydenSql         *sql,
           LeydenReadContext *context,
           LeydenReadArgs    *args,
           GCancellable      *cancellable,
           GError           **error)
{
  g_autoptr(GPtrArray) checkpoints = g_ptr_array_new ();
  LeydenValue *value = leyden_read_fold (sql, context, args, self->read_only ? NULL : checkpoints, cancellable, error);

  keep_checkpoints (self, checkpoints);
  return value;
}

static gpointer
do_read (LeydenSqliteStore *self,
         Read              *read,
         LeydenSql         *sql,
         GDestroyNotify    *destroy,
         GCancellable      *cancellable,
         GError           **error)
{
  LeydenReadContext context = { self->file->blobs, &self->n_skipped };
  LeydenReadArgs *args = &read->args;

  switch (read->kind)
    {
    case READ_ROLLOUT:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_rollout (sql, &context, args, cancellable, error);
    case READ_RUN:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_run (sql, &context, args, cancellable, error);
    case READ_FOLD:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return read_fold (self, sql, &context, args, cancellable, error);
    case READ_LIST_RUNS:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_list_runs (sql, &context, args, cancellable, error);
    case READ_GET_RUN:
      *destroy = (GDestroyNotify) leyden_run_row_free;
      return leyden_read_get_run (sql, &context, args, cancellable, error);
    case READ_LIST_ROLLOUTS:
      *destroy = (GDestroyNotify) g_ptr_array_unref;
      return leyden_read_list_rollouts (sql, &context, args, cancellable, error);
    case READ_GET_ROLLOUT:
      *destroy = (GDestroyNotify) leyden_rollout_row_free;
      return leyden_read_get_rollout (sql, &context, args, cancellable, error);
    case READ_DOCUMENTS:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return leyden_read_documents (sql, &context, args, cancellable, error);
    case READ_INSPECT:
      *destroy = (GDestroyNotify) leyden_value_unref;
      return leyden_read_inspect (sql, &context, self->file->path, self->file->notice, cancellable, error);
    default:
      g_assert_not_reached ();
    }
}

static void
read_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  GDestroyNotify destroy = NULL;
  GError *error = NULL;
  LeydenSql *sql = leyden_readers_acquire (self->readers, &error);
  gpointer answer = NULL;

  if (sql != NULL)
    {
      answer = do_read (self, data, sql, &destroy, cancellable, &error);
      leyden_readers_release (self->readers, sql);
    }
  if (answer != NULL)
    g_task_return_pointer (task, answer, destroy);
  else
    g_task_return_error (task, error);
}

static void
start_read (LeydenSqliteStore   *self,
            ReadKind             kind,
            const LeydenReadArgs *args,
            GCancellable        *cancellable,
            gpointer             tag,
            GAsyncReadyCallback  callback,
            gpointer             data)
{
  g_autoptr(GTask) task = new_task (self, cancellable, tag, callback, data);
  Read *read = g_new0 (Read, 1);

  read->kind = kind;
  read->args = *args;
  read->args.name = g_strdup (args->name);
  read->args.state = g_strdup (args->state);
  g_task_set_task_data (task, read, read_free);
  g_task_run_in_thread (task, read_thread);
}

static void
sqlite_read_rollout_async (LeydenStore        *store,
                           const char         *rollout,
                           guint64             after_sequence,
                           guint               limit,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) rollout, .after = after_sequence, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_ROLLOUT, &args, cancellable, sqlite_read_rollout_async, callback, data);
}

static void
sqlite_read_run_async (LeydenStore        *store,
                       const char         *run,
                       guint64             after_position,
                       guint               limit,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) run, .after = after_position, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_RUN, &args, cancellable, sqlite_read_run_async, callback, data);
}

static void
sqlite_fold_async (LeydenStore         *store,
                   const char          *rollout,
                   guint64              until_sequence,
                   const LeydenReducer *reducer,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             data)
{
  LeydenReadArgs args = { .name = (char *) rollout, .after = until_sequence, .reducer = reducer };

  start_read (LEYDEN_SQLITE_STORE (store), READ_FOLD, &args, cancellable, sqlite_fold_async, callback, data);
}

static void
sqlite_list_runs_async (LeydenStore        *store,
                        const char         *key,
                        guint               limit,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) key, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_LIST_RUNS, &args, cancellable, sqlite_list_runs_async, callback, data);
}

static void
sqlite_get_run_async (LeydenStore        *store,
                      const char         *run,
                      GCancellable       *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) run };

  start_read (LEYDEN_SQLITE_STORE (store), READ_GET_RUN, &args, cancellable, sqlite_get_run_async, callback, data);
}

static void
sqlite_list_rollouts_async (LeydenStore        *store,
                            const char         *run,
                            const char         *state,
                            gint64              after_index,
                            guint               limit,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) run, .state = (char *) state, .after_index = after_index, .limit = limit };

  start_read (LEYDEN_SQLITE_STORE (store), READ_LIST_ROLLOUTS, &args, cancellable, sqlite_list_rollouts_async, callback, data);
}

static void
sqlite_get_rollout_async (LeydenStore        *store,
                          const char         *rollout,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) rollout };

  start_read (LEYDEN_SQLITE_STORE (store), READ_GET_ROLLOUT, &args, cancellable, sqlite_get_rollout_async, callback, data);
}

static void
sqlite_list_documents_async (LeydenStore        *store,
                             const char         *kind,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            data)
{
  LeydenReadArgs args = { .name = (char *) kind };

  start_read (LEYDEN_SQLITE_STORE (store), READ_DOCUMENTS, &args, cancellable, sqlite_list_documents_async, callback, data);
}

static void
leyden_sqlite_store_iface_init (LeydenStoreInterface *iface)
{
  iface->append_async = sqlite_append_async;
  iface->append_finish = finish_boolean;
  iface->put_run_async = sqlite_put_run_async;
  iface->put_run_finish = finish_boolean;
  iface->read_rollout_async = sqlite_read_rollout_async;
  iface->read_rollout_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->read_run_async = sqlite_read_run_async;
  iface->read_run_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->fold_async = sqlite_fold_async;
  iface->fold_finish = (LeydenValue *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->list_runs_async = sqlite_list_runs_async;
  iface->list_runs_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->get_run_async = sqlite_get_run_async;
  iface->get_run_finish = (LeydenRunRow *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->list_rollouts_async = sqlite_list_rollouts_async;
  iface->list_rollouts_finish = (GPtrArray *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->get_rollout_async = sqlite_get_rollout_async;
  iface->get_rollout_finish = (LeydenRolloutRow *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->put_blob_async = sqlite_put_blob_async;
  iface->put_blob_finish = (char *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->adopt_blob_async = sqlite_adopt_blob_async;
  iface->adopt_blob_finish = finish_boolean;
  iface->open_blob_async = sqlite_open_blob_async;
  iface->open_blob_finish = (char *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
  iface->put_document_async = sqlite_put_document_async;
  iface->put_document_finish = finish_boolean;
  iface->list_documents_async = sqlite_list_documents_async;
  iface->list_documents_finish = (LeydenValue *(*) (LeydenStore *, GAsyncResult *, GError **)) finish_pointer;
}

/* --- life --- */

static void
leyden_sqlite_store_finalize (GObject *object)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (object);

  leyden_sqlite_store_close (self);
  g_clear_pointer (&self->readers, leyden_readers_free);
  g_clear_pointer (&self->file, leyden_sqlite_file_close);
  leyden_sqlite_store_set_authorize (self, NULL, NULL, NULL);
  G_OBJECT_CLASS (leyden_sqlite_store_parent_class)->finalize (object);
}

static void
leyden_sqlite_store_class_init (LeydenSqliteStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_sqlite_store_finalize;
}

static void
leyden_sqlite_store_init (LeydenSqliteStore *self)
{
}

typedef struct
{
  char                *path;
  LeydenStoreOpenFlags flags;
  GMainContext        *context;
} OpenArgs;

static void
open_args_free (gpointer data)
{
  OpenArgs *self = data;

  g_free (self->path);
  g_main_context_unref (self->context);
  g_free (self);
}

static LeydenSqliteStore *
open_store (OpenArgs *args,
            GError  **error)
{
  g_autoptr(LeydenMigrations) migrations = test_migrations ? NULL : leyden_migrations_load (error);
  g_autoptr(LeydenSqliteFile) file = NULL;
  g_autoptr(LeydenSqliteStore) self = NULL;

  if (test_migrations == NULL && migrations == NULL)
    return NULL;
  file = leyden_sqlite_file_open (args->path, args->flags, migrations ? migrations : test_migrations, error);
  if (file == NULL)
    return NULL;
  self = g_object_new (LEYDEN_TYPE_SQLITE_STORE, NULL);
  self->file = g_steal_pointer (&file);
  self->readers = leyden_readers_new (self->file);
  self->read_only = self->file->writer == NULL;
  if (!self->read_only)
    {
      self->writer = leyden_writer_new (self->file->writer, self->file->blobs, args->context, error);
      if (self->writer == NULL)
        return NULL;
    }
  return g_steal_pointer (&self);
}

static void
open_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  GError *error = NULL;
  LeydenSqliteStore *self = open_store (data, &error);

  if (self != NULL)
    g_task_return_pointer (task, self, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_sqlite_store_open_async (const char          *path,
                                LeydenStoreOpenFlags flags,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  OpenArgs *args = g_new0 (OpenArgs, 1);

  args->path = g_strdup (path);
  args->flags = flags;
  args->context = g_main_context_ref_thread_default ();
  g_task_set_source_tag (task, leyden_sqlite_store_open_async);
  g_task_set_task_data (task, args, open_args_free);
  g_task_run_in_thread (task, open_thread);
}

LeydenSqliteStore *
leyden_sqlite_store_open_finish (GAsyncResult *result,
                                 GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

const char *
leyden_sqlite_store_get_path (LeydenSqliteStore *self)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return self->file->path;
}

const char *
leyden_sqlite_store_get_notice (LeydenSqliteStore *self)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return self->file->notice;
}

guint
leyden_sqlite_store_get_n_skipped (LeydenSqliteStore *self)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), 0);

  return (guint) g_atomic_int_get (&self->n_skipped);
}

void
leyden_sqlite_store_set_owner (LeydenSqliteStore *self,
                               const char        *owner)
{
  g_autoptr(GError) error = NULL;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  /* Only others' messages get poorer by a failure. */
  if (self->file->lock != NULL && !leyden_lock_set_owner (self->file->lock, owner, &error))
    g_debug ("%s", error->message);
}

char *
leyden_sqlite_store_find_owner (const char *path)
{
  g_autofree char *real = NULL;
  char *resolved;

  g_return_val_if_fail (path != NULL, NULL);

  resolved = realpath (path, NULL);
  real = g_strdup (resolved ? resolved : path);
  free (resolved);
  return leyden_lock_find_owner (real);
}

void
leyden_sqlite_store_set_authorize (LeydenSqliteStore   *self,
                                   LeydenStoreAuthorize authorize,
                                   gpointer             data,
                                   GDestroyNotify       destroy)
{
  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  if (self->authorize_destroy != NULL)
    self->authorize_destroy (self->authorize_data);
  self->authorize = authorize;
  self->authorize_data = data;
  self->authorize_destroy = destroy;
}

void
leyden_sqlite_store_set_redact (LeydenSqliteStore *self,
                                char            *(*redact) (const char *text, gssize length, gpointer data),
                                gpointer           data,
                                GDestroyNotify     destroy)
{
  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  if (self->writer != NULL)
    leyden_writer_set_redact (self->writer, redact, data, destroy);
  else if (destroy != NULL)
    destroy (data);
}

void
leyden_sqlite_store_inspect_async (LeydenSqliteStore  *self,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            data)
{
  LeydenReadArgs args = { 0 };

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  start_read (self, READ_INSPECT, &args, cancellable, leyden_sqlite_store_inspect_async, callback, data);
}

LeydenValue *
leyden_sqlite_store_inspect_finish (LeydenSqliteStore *self,
                                    GAsyncResult      *result,
                                    GError           **error)
{
  return finish_pointer (LEYDEN_STORE (self), result, error);
}

void
leyden_sqlite_store_close (LeydenSqliteStore *self)
{
  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  if (self->closed)
    return;
  self->closed = TRUE;
  /* Readers first: they would hold the last checkpoint back. */
  if (self->readers != NULL)
    leyden_readers_end (self->readers);
  g_clear_pointer (&self->writer, leyden_writer_end);
  if (self->file != NULL)
    leyden_sqlite_file_end (self->file);
}

/* --- for tests --- */

void
leyden_sqlite_store_set_migrations (LeydenMigrations *migrations)
{
  test_migrations = migrations;
}

guint
leyden_sqlite_store_get_n_commits (LeydenSqliteStore *self)
{
  return leyden_writer_get_n_commits (self->writer);
}

void
leyden_sqlite_store_limit_pages (LeydenSqliteStore *self,
                                 gint64             n_pages)
{
  gint64 now = 0;
  g_autofree char *pragma = NULL;

  leyden_sql_get_int (self->file->writer, "PRAGMA page_count", &now, NULL);
  pragma = g_strdup_printf ("PRAGMA max_page_count = %" G_GINT64_FORMAT, n_pages < 0 ? 1073741823 : now + n_pages);
  leyden_sql_exec (self->file->writer, pragma, NULL);
}
