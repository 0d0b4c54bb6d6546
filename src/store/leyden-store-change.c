/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes that other rooms make to tables of their own, in the writer's thread. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"
#include "leyden-store-change.h"

#include <math.h>

typedef struct
{
  gpointer       data;
  GDestroyNotify destroy;
} Owned;

static void
owned_free (gpointer data)
{
  Owned *self = data;

  if (self->destroy != NULL)
    self->destroy (self->data);
  g_free (self);
}

static void
push (LeydenSqliteStore  *self,
      const char         *what,
      gboolean            later,
      LeydenSqliteChange  change,
      gpointer            data,
      GDestroyNotify      destroy,
      GAsyncReadyCallback callback,
      gpointer            user_data)
{
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, leyden_sqlite_store_change_async, callback, user_data);
  LeydenRequest *request;
  Owned *owned;
  GError *error = NULL;

  owned = g_new (Owned, 1);
  *owned = (Owned) { data, destroy };
  g_task_set_task_data (task, owned, owned_free);
  if (!leyden_sqlite_store_may_write (self, "engine", "change", what, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_CHANGE, g_steal_pointer (&task));
  request->change = change;
  request->change_data = data;
  request->later_us = later ? g_get_monotonic_time () : 0;
  leyden_sqlite_store_push (self, request);
}

void
leyden_sqlite_store_change_async (LeydenSqliteStore   *self,
                                  const char          *what,
                                  LeydenSqliteChange   change,
                                  gpointer             data,
                                  GDestroyNotify       destroy,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && what != NULL && change != NULL);

  push (self, what, FALSE, change, data, destroy, callback, user_data);
}

void
leyden_sqlite_store_change_later_async (LeydenSqliteStore   *self,
                                        const char          *what,
                                        LeydenSqliteChange   change,
                                        gpointer             data,
                                        GDestroyNotify       destroy,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && what != NULL && change != NULL);

  push (self, what, TRUE, change, data, destroy, callback, user_data);
}

gboolean
leyden_sqlite_store_change_finish (LeydenSqliteStore  *self,
                                   GAsyncResult       *result,
                                   GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gpointer
leyden_sqlite_store_change_get_data (GAsyncResult *result)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);

  return ((Owned *) g_task_get_task_data (G_TASK (result)))->data;
}

static void
bind (sqlite3_stmt *statement,
      const char   *types,
      va_list       values)
{
  for (int i = 0; types[i] != '\0'; i++)
    switch (types[i])
      {
      case 's':
        leyden_sql_bind_text (statement, i + 1, va_arg (values, const char *));
        break;
      case 'i':
        sqlite3_bind_int64 (statement, i + 1, va_arg (values, gint64));
        break;
      case 'd':
        /* SQLite makes NULL of NaN. */
        sqlite3_bind_double (statement, i + 1, va_arg (values, double));
        break;
      default:
        g_assert_not_reached ();
      }
}

gboolean
leyden_sqlite_run (sqlite3         *db,
                   const char      *text,
                   LeydenSqliteRow  row,
                   gpointer         data,
                   GError         **error,
                   const char      *types,
                   ...)
{
  sqlite3_stmt *statement = NULL;
  gboolean ok = TRUE;
  va_list values;
  int code = sqlite3_prepare_v2 (db, text, -1, &statement, NULL);

  if (code != SQLITE_OK)
    return leyden_sql_fail_db (db, code, error);
  va_start (values, types);
  bind (statement, types, values);
  va_end (values);
  while (ok && (code = sqlite3_step (statement)) == SQLITE_ROW)
    ok = row == NULL || row (statement, data, error);
  if (ok && code != SQLITE_DONE)
    ok = leyden_sql_fail_db (db, code, error);
  sqlite3_finalize (statement);
  return ok;
}
