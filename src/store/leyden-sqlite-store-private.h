/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-readers.h"
#include "leyden-writer.h"

G_BEGIN_DECLS

struct _LeydenSqliteStore
{
  GObject               parent_instance;

  LeydenSqliteFile     *file;
  LeydenReaders        *readers;
  LeydenReaders        *selects;        /* of what other rooms ask: nobody else waits for them */
  GMutex                selecting;
  guint                 n_selecting;    /* threads that have one of them */
  GQueue                waiting;        /* GTask of questions for which there is none: no thread waits with them */
  LeydenWriter         *writer;         /* NULL: read-only, or closed */
  gboolean              read_only;
  gboolean              closed;         /* atomic */
  guint                 n_skipped;      /* atomic */
  LeydenStoreAuthorize  authorize;
  gpointer              authorize_data;
  GDestroyNotify        authorize_destroy;
  GMutex                upkeep;         /* held by the thread that makes a backup or removes what is old */
  GCancellable         *upkeep_cancellable;
};

GTask   *leyden_sqlite_store_new_task         (LeydenSqliteStore *self, GCancellable *cancellable, gpointer tag, GAsyncReadyCallback callback, gpointer data);
gboolean leyden_sqlite_store_finish_boolean   (LeydenStore *store, GAsyncResult *result, GError **error);
gpointer leyden_sqlite_store_finish_pointer   (LeydenStore *store, GAsyncResult *result, GError **error);
/* Whether a write may happen at all, and @actor may do it. */
gboolean leyden_sqlite_store_may_write        (LeydenSqliteStore *self, const char *actor, const char *what, const char *object, GError **error);
/* Takes @request, which the door let through. */
void     leyden_sqlite_store_push             (LeydenSqliteStore *self, LeydenRequest *request);
gboolean leyden_sqlite_store_begin_upkeep     (LeydenSqliteStore *self, GError **error);
void     leyden_sqlite_store_end_upkeep       (LeydenSqliteStore *self);
void     leyden_sqlite_store_init_writes      (LeydenStoreInterface *iface);
void     leyden_sqlite_store_init_reads       (LeydenStoreInterface *iface);

/* For tests. */
void     leyden_sqlite_store_set_migrations   (LeydenMigrations *migrations);        /* of the next openings; NULL: the real ones */
guint    leyden_sqlite_store_get_n_commits    (LeydenSqliteStore *self);
/* The database may grow by so many pages; −1: as it likes. Only while nothing is being written. */
void     leyden_sqlite_store_limit_pages      (LeydenSqliteStore *self, gint64 n_pages);

G_END_DECLS
