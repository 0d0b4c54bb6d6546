/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions of rooms that keep tables of their own (leyden-store-sql.h). */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"
#include "leyden-store-sql.h"

#include <glib/gi18n-lib.h>

/* Steps of SQLite's machine between two looks at the clock and at the memory: well below a millisecond, unless each makes a long text. */
#define STEPS_A_LOOK 500
/* Of all connections of the process. What is sorted stands in memory, and a question with a limit may sort as much as it makes until then. */
#define MAX_MEMORY (G_GINT64_CONSTANT (1) << 30)

typedef struct
{
  LeydenStoreSelect func;
  gpointer          data;
  GDestroyNotify    destroy;
  GDestroyNotify    answer_destroy;
  guint             limit_ms;
  gint64            deadline_us;        /* 0: none */
  GCancellable     *cancellable;        /* borrowed */
  LeydenSqliteStore *store;             /* borrowed */
  gboolean          late;
  gboolean          large;
} Select;

static void
select_free (gpointer data)
{
  Select *self = data;

  if (self->destroy != NULL)
    self->destroy (self->data);
  g_free (self);
}

/* The end interrupts what runs; what is about to begin then finds out here. */
static int
look_cb (gpointer data)
{
  Select *self = data;

  self->late = self->deadline_us > 0 && g_get_monotonic_time () >= self->deadline_us;
  self->large = self->deadline_us > 0 && sqlite3_memory_used () > MAX_MEMORY;
  return self->late || self->large || g_cancellable_is_cancelled (self->cancellable) || g_atomic_int_get (&self->store->closed);
}

/* Why it was interrupted is more than SQLite knows. */
static void
explain (Select  *self,
         GError **error)
{
  if (self->late)
    {
      g_clear_error (error);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   ngettext ("The question takes longer than %u second", "The question takes longer than %u seconds", self->limit_ms / 1000),
                   self->limit_ms / 1000);
    }
  else if (self->large)
    {
      g_clear_error (error);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, _("The question needs too much memory"));
    }
  else if (g_cancellable_is_cancelled (self->cancellable))
    {
      g_clear_error (error);
      g_cancellable_set_error_if_cancelled (self->cancellable, error);
    }
}

static gpointer
select_in (Select    *self,
           LeydenSql *sql,
           GError   **error)
{
  gpointer answer = NULL;

  if (self->limit_ms > 0)
    self->deadline_us = g_get_monotonic_time () + self->limit_ms * (gint64) 1000;
  if (!leyden_sql_exec (sql, "BEGIN", error))
    return NULL;
  sqlite3_progress_handler (sql->db, STEPS_A_LOOK, look_cb, self);
  answer = self->func (sql->db, self->data, self->cancellable, error);
  sqlite3_progress_handler (sql->db, 0, NULL, NULL);
  sqlite3_set_authorizer (sql->db, NULL, NULL);
  if (!sqlite3_get_autocommit (sql->db))
    leyden_sql_exec (sql, "ROLLBACK", NULL);
  if (answer == NULL)
    explain (self, error);
  return answer;
}

static void select_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable);

/* Threads are shared with all that is done in one: no more are taken than questions can run. */
static void
run_or_wait (LeydenSqliteStore *self,
             GTask             *task)
{
  gboolean wait;

  g_mutex_lock (&self->selecting);
  wait = self->n_selecting == LEYDEN_READERS_MAX;
  if (wait)
    g_queue_push_tail (&self->waiting, g_object_ref (task));
  else
    self->n_selecting++;
  g_mutex_unlock (&self->selecting);
  if (!wait)
    g_task_run_in_thread (task, select_thread);
}

static void
run_next (LeydenSqliteStore *self)
{
  g_autoptr(GTask) next = NULL;

  g_mutex_lock (&self->selecting);
  next = g_queue_pop_head (&self->waiting);
  if (next == NULL)
    self->n_selecting--;
  g_mutex_unlock (&self->selecting);
  if (next != NULL)
    g_task_run_in_thread (next, select_thread);
}

static void
select_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  Select *select = data;
  GError *error = NULL;
  LeydenSql *sql = leyden_readers_acquire (self->selects, &error);
  gpointer answer = NULL;

  if (sql != NULL)
    {
      answer = select_in (select, sql, &error);
      leyden_readers_release (self->selects, sql);
    }
  run_next (self);
  if (answer != NULL)
    g_task_return_pointer (task, answer, select->answer_destroy);
  else
    g_task_return_error (task, error);
}

/**
 * leyden_sqlite_store_select_async:
 * @func: called once, in a thread
 * @func_destroy: (nullable): frees @func_data
 * @answer_destroy: (nullable): frees an answer that nobody takes
 * @limit_ms: after so long it is interrupted; 0: never
 *
 * Asks the database something. It works on a store that is open read-only, too. At most %LEYDEN_READERS_MAX questions run at once, the others wait.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT, %G_IO_ERROR_NO_SPACE with a limit, when SQLite has more than 1 GiB of memory, %G_IO_ERROR_CANCELLED, those of @func, and the store's.
 */
void
leyden_sqlite_store_select_async (LeydenSqliteStore  *self,
                                  LeydenStoreSelect   func,
                                  gpointer            func_data,
                                  GDestroyNotify      func_destroy,
                                  GDestroyNotify      answer_destroy,
                                  guint               limit_ms,
                                  GCancellable       *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer            data)
{
  g_autoptr(GTask) task = NULL;
  Select *select;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));
  g_return_if_fail (func != NULL);

  task = leyden_sqlite_store_new_task (self, cancellable, leyden_sqlite_store_select_async, callback, data);
  select = g_new0 (Select, 1);
  *select = (Select) {
    .func = func, .data = func_data, .destroy = func_destroy, .answer_destroy = answer_destroy, .limit_ms = limit_ms, .cancellable = cancellable,
    .store = self,
  };
  g_task_set_task_data (task, select, select_free);
  run_or_wait (self, task);
}

gpointer
leyden_sqlite_store_select_finish (LeydenSqliteStore *self,
                                   GAsyncResult      *result,
                                   GError           **error)
{
  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

/* --- help --- */

sqlite3_stmt *
leyden_sqlite_prepare (sqlite3    *db,
                       const char *text,
                       GError    **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (db, text, -1, &statement, NULL);

  if (code != SQLITE_OK)
    leyden_sql_fail_db (db, code, error);
  return statement;
}

gboolean
leyden_sqlite_finish (sqlite3_stmt *statement,
                      GError      **error)
{
  int code;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    ;
  if (code != SQLITE_DONE)
    leyden_sql_fail_db (sqlite3_db_handle (statement), code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

gboolean
leyden_sqlite_next (sqlite3_stmt *statement,
                    GError      **error)
{
  int code = sqlite3_step (statement);

  if (code != SQLITE_ROW && code != SQLITE_DONE)
    leyden_sql_fail_db (sqlite3_db_handle (statement), code, error);
  return code == SQLITE_ROW;
}

gboolean
leyden_sqlite_exec (sqlite3    *db,
                    const char *text,
                    GError    **error)
{
  int code = sqlite3_exec (db, text, NULL, NULL, NULL);

  return code == SQLITE_OK || leyden_sql_fail_db (db, code, error);
}
