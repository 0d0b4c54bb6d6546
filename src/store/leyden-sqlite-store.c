/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions go to threads with a reader each, writes to the one writer (leyden-writer.h), blobs to threads without a connection. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-blobs.h"
#include "leyden-sqlite-store-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

static void leyden_sqlite_store_iface_init (LeydenStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenSqliteStore, leyden_sqlite_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_STORE, leyden_sqlite_store_iface_init))

static LeydenMigrations *test_migrations;

static void
leyden_sqlite_store_iface_init (LeydenStoreInterface *iface)
{
  leyden_sqlite_store_init_writes (iface);
  leyden_sqlite_store_init_reads (iface);
}

GTask *
leyden_sqlite_store_new_task (LeydenSqliteStore  *self,
                              GCancellable       *cancellable,
                              gpointer            tag,
                              GAsyncReadyCallback callback,
                              gpointer            data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, tag);
  return task;
}

gboolean
leyden_sqlite_store_finish_boolean (LeydenStore  *store,
                                    GAsyncResult *result,
                                    GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gpointer
leyden_sqlite_store_finish_pointer (LeydenStore  *store,
                                    GAsyncResult *result,
                                    GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- life --- */

static void
leyden_sqlite_store_finalize (GObject *object)
{
  LeydenSqliteStore *self = LEYDEN_SQLITE_STORE (object);

  leyden_sqlite_store_close (self);
  g_clear_pointer (&self->readers, leyden_readers_free);
  g_clear_pointer (&self->selects, leyden_readers_free);
  g_clear_pointer (&self->file, leyden_sqlite_file_close);
  leyden_sqlite_store_set_authorize (self, NULL, NULL, NULL);
  g_clear_object (&self->upkeep_cancellable);
  g_mutex_clear (&self->upkeep);
  g_mutex_clear (&self->selecting);
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
  g_mutex_init (&self->upkeep);
  g_mutex_init (&self->selecting);
  g_queue_init (&self->waiting);
  self->upkeep_cancellable = g_cancellable_new ();
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

/* What was archived before goes on to be; a database whose archive cannot be written can be used all the same. */
static void
resume_archive (LeydenSqliteStore *self)
{
  g_autofree char *folder = leyden_archive_find (self->file->path);
  g_autoptr(GError) error = NULL;

  if (folder == NULL || leyden_writer_set_archive (self->writer, folder, &error))
    return;
  {
    g_autofree char *text = g_strdup_printf (_("Its changes cannot be archived: %s."), error->message);
    leyden_sqlite_file_add_notice (self->file, text);
  }
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
  self->selects = leyden_readers_new (self->file);
  self->read_only = self->file->writer == NULL;
  if (!self->read_only)
    {
      self->writer = leyden_writer_new (self->file->writer, self->file->blobs, args->context, error);
      if (self->writer == NULL)
        return NULL;
      resume_archive (self);
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
leyden_sqlite_store_get_library (void)
{
  return sqlite3_libversion ();
}

const char *
leyden_sqlite_store_get_path (LeydenSqliteStore *self)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return self->file->path;
}

char *
leyden_sqlite_store_dup_template (LeydenSqliteStore  *self,
                                  GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  if (g_mkdir (self->file->blobs, 0700) != 0 && errno != EEXIST)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY, "%s: %s", self->file->blobs, g_strerror (errno));
      return NULL;
    }
  return leyden_blobs_dup_template (self->file->blobs);
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
                                LeydenStoreRedact  redact,
                                LeydenStoreRedact  settings,
                                gpointer           data,
                                GDestroyNotify     destroy)
{
  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  if (self->writer != NULL)
    leyden_writer_set_redact (self->writer, redact, settings != NULL ? settings : redact, data, destroy);
  else if (destroy != NULL)
    destroy (data);
}

void
leyden_sqlite_store_close (LeydenSqliteStore *self)
{
  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  if (self->closed)
    return;
  g_atomic_int_set (&self->closed, TRUE);
  /* What is under way ends soon, what was asked for finds it closed. */
  g_cancellable_cancel (self->upkeep_cancellable);
  g_mutex_lock (&self->upkeep);
  g_mutex_unlock (&self->upkeep);
  /* Readers first: they would hold the last checkpoint back. */
  if (self->readers != NULL)
    leyden_readers_end (self->readers);
  if (self->selects != NULL)
    leyden_readers_end (self->selects);
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
