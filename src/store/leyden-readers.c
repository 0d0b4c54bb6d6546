/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-readers.h"

#include <glib/gi18n-lib.h>

struct _LeydenReaders
{
  LeydenSqliteFile *file;
  GMutex            mutex;
  GCond             cond;
  GQueue            idle;
  GPtrArray        *busy;               /* LeydenSql, of the threads that took them */
  guint             n_open;
  gboolean          ended;
};

LeydenReaders *
leyden_readers_new (LeydenSqliteFile *file)
{
  LeydenReaders *self = g_new0 (LeydenReaders, 1);

  self->file = file;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->idle);
  self->busy = g_ptr_array_new ();
  return self;
}

LeydenSql *
leyden_readers_acquire (LeydenReaders *self,
                        GError       **error)
{
  LeydenSql *sql;

  g_mutex_lock (&self->mutex);
  while (!self->ended && self->idle.length == 0 && self->n_open == LEYDEN_READERS_MAX)
    g_cond_wait (&self->cond, &self->mutex);
  if (self->ended)
    {
      g_mutex_unlock (&self->mutex);
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, _("The database is closed"));
      return NULL;
    }
  sql = g_queue_pop_tail (&self->idle);
  if (sql == NULL)
    self->n_open++;
  else
    g_ptr_array_add (self->busy, sql);
  g_mutex_unlock (&self->mutex);
  if (sql != NULL)
    return sql;

  sql = leyden_sqlite_file_open_reader (self->file, error);
  g_mutex_lock (&self->mutex);
  if (sql != NULL)
    {
      g_ptr_array_add (self->busy, sql);
    }
  else
    {
      self->n_open--;
      g_cond_broadcast (&self->cond);
    }
  g_mutex_unlock (&self->mutex);
  return sql;
}

void
leyden_readers_release (LeydenReaders *self,
                        LeydenSql     *sql)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_ptr_array_remove_fast (self->busy, sql);
  g_queue_push_tail (&self->idle, sql);
  g_cond_broadcast (&self->cond);
}

void
leyden_readers_end (LeydenReaders *self)
{
  LeydenSql *sql;

  g_mutex_lock (&self->mutex);
  self->ended = TRUE;
  g_cond_broadcast (&self->cond);
  for (guint i = 0; i < self->busy->len; i++)
    sqlite3_interrupt (((LeydenSql *) self->busy->pdata[i])->db);
  while (self->idle.length < self->n_open)
    g_cond_wait (&self->cond, &self->mutex);
  while ((sql = g_queue_pop_head (&self->idle)) != NULL)
    leyden_sql_close (sql);
  self->n_open = 0;
  g_mutex_unlock (&self->mutex);
}

void
leyden_readers_free (LeydenReaders *self)
{
  leyden_readers_end (self);
  g_ptr_array_unref (self->busy);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}
