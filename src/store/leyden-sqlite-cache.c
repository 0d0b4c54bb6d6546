/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluations of nodes: the dispatchers of the interface, reading, and writing in the writer's thread. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-batch-private.h"

#include "leyden-json.h"
#include "leyden-redact.h"
#include "leyden-segment.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
leyden_cache_change_free (LeydenCacheChange *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->flow);
  g_free (self->node);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->last, leyden_value_unref);
  g_free (self);
}

/* --- the interface --- */

void
leyden_store_get_cached_async (LeydenStore        *self,
                               const char         *key,
                               const char         *flow,
                               const char         *node,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));

  LEYDEN_STORE_GET_IFACE (self)->get_cached_async (self, key, flow, node, cancellable, callback, data);
}

LeydenValue *
leyden_store_get_cached_finish (LeydenStore  *self,
                                GAsyncResult *result,
                                GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->get_cached_finish (self, result, error);
}

void
leyden_store_count_cache_async (LeydenStore        *self,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));

  LEYDEN_STORE_GET_IFACE (self)->count_cache_async (self, cancellable, callback, data);
}

LeydenValue *
leyden_store_count_cache_finish (LeydenStore  *self,
                                 GAsyncResult *result,
                                 GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->count_cache_finish (self, result, error);
}

void
leyden_store_change_cache_async (LeydenStore        *self,
                                 LeydenCacheChange  *change,
                                 GAsyncReadyCallback callback,
                                 gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (change != NULL);

  LEYDEN_STORE_GET_IFACE (self)->change_cache_async (self, change, callback, data);
}

gboolean
leyden_store_change_cache_finish (LeydenStore  *self,
                                  GAsyncResult *result,
                                  GError      **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), FALSE);

  return LEYDEN_STORE_GET_IFACE (self)->change_cache_finish (self, result, error);
}

/* --- reading --- */

/* NULL when it is not there, or damaged: then it is made again. */
static LeydenValue *
read_value (sqlite3_stmt *statement,
            int           column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? leyden_segment_parse_json (text, (gsize) sqlite3_column_bytes (statement, column), NULL) : NULL;
}

LeydenValue *
leyden_read_cached (LeydenSql            *sql,
                    LeydenReadContext    *context,
                    const LeydenReadArgs *args,
                    GCancellable         *cancellable,
                    GError              **error)
{
  sqlite3_stmt *value = leyden_sql_get (sql, LEYDEN_SQL_CACHE_GET, error);
  sqlite3_stmt *last = value != NULL ? leyden_sql_get (sql, LEYDEN_SQL_CACHE_GET_LAST, error) : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  int code;

  if (last == NULL)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_sql_bind_text (value, 1, args->name);
  code = sqlite3_step (value);
  if (code == SQLITE_ROW)
    leyden_value_builder_set_take (&b, "value", read_value (value, 0));
  sqlite3_reset (value);
  if (code == SQLITE_ROW || code == SQLITE_DONE)
    {
      leyden_sql_bind_text (last, 1, args->state);
      leyden_sql_bind_text (last, 2, args->node);
      code = sqlite3_step (last);
      if (code == SQLITE_ROW)
        {
          leyden_value_builder_set_take (&b, "last", read_value (last, 0));
          leyden_value_builder_set_boolean (&b, "cleared", sqlite3_column_int (last, 1) != 0);
        }
    }
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (last);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return NULL;
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_read_count_cache (LeydenSql            *sql,
                         LeydenReadContext    *context,
                         const LeydenReadArgs *args,
                         GCancellable         *cancellable,
                         GError              **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gint64 entries, bytes;

  if (!leyden_sql_get_int (sql, "SELECT count (*) FROM node_cache", &entries, error)
      || !leyden_sql_get_int (sql, "SELECT coalesce (sum (size), 0) FROM node_cache", &bytes, error))
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "entries", entries);
  leyden_value_builder_set_int (&b, "bytes", bytes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* --- writing --- */

/* As text, NULL when @redact would change something in it, or it is too long. */
static char *
write_unless (LeydenBatch  *self,
              LeydenValue  *value,
              LeydenRedact  redact)
{
  g_autoptr(LeydenValue) redacted = leyden_redact_value (value, redact, self->redact_data);
  g_autofree char *text = NULL;

  if (redacted != value)
    return NULL;
  text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  return strlen (text) <= LEYDEN_CACHE_MAX_VALUE ? g_steal_pointer (&text) : NULL;
}

static char *
write_value (LeydenBatch *self,
             LeydenValue *value)
{
  return write_unless (self, value, self->redact);
}

/* Hashes are no content: what masks texts that look like keys would take them for some. */
static char *
write_setting (LeydenBatch *self,
               LeydenValue *value)
{
  return write_unless (self, value, self->redact_settings);
}

/* Counts once; after that what is written is added. */
static gboolean
know_totals (LeydenBatch  *self,
             GError      **error)
{
  LeydenCacheTotals *totals = self->cache;

  totals->known = totals->known
                  || (leyden_sql_get_int (self->sql, "SELECT coalesce (sum (size), 0) FROM node_cache", &totals->bytes, error)
                      && leyden_sql_get_int (self->sql, "SELECT count (*) FROM node_cache_last", &totals->n_last, error));
  return totals->known;
}

/* The oldest go until a tenth of the room is free again, so that it is not done with every change. */
static gboolean
prune (LeydenBatch             *self,
       const LeydenCacheChange *change,
       GError                 **error)
{
  sqlite3_stmt *statement;

  if (change->limit <= 0 || self->cache->bytes <= change->limit)
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_CACHE_PRUNE, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->cache->bytes - change->limit + change->limit / 10);
  self->cache->known = FALSE;
  return leyden_sql_run (self->sql, statement, error);
}

/* A number of a row that is bound; 0 without one. */
static gboolean
look_up (LeydenBatch   *self,
         sqlite3_stmt  *statement,
         gint64        *out,
         GError       **error)
{
  int code = sqlite3_step (statement);

  *out = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

static gboolean
find_size (LeydenBatch  *self,
           const char   *key,
           gint64       *size,
           GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_CACHE_SIZE, error);

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, key);
  return look_up (self, statement, size, error);
}

static gboolean
put_value (LeydenBatch             *self,
           const LeydenCacheChange *change,
           GError                 **error)
{
  g_autofree char *text = write_value (self, change->value);
  gint64 size = text != NULL ? (gint64) strlen (text) : 0;
  gint64 before;
  sqlite3_stmt *statement;

  if (text == NULL)
    return TRUE;
  if (!know_totals (self, error) || !find_size (self, change->key, &before, error))
    return FALSE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_CACHE_PUT, error);
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, change->key);
  leyden_sql_bind_text (statement, 2, change->flow);
  leyden_sql_bind_text (statement, 3, text);
  sqlite3_bind_int64 (statement, 4, size);
  sqlite3_bind_int64 (statement, 5, change->time_ns);
  self->cache->bytes += size - before;
  return leyden_sql_run (self->sql, statement, error) && prune (self, change, error);
}

static gboolean
touch_value (LeydenBatch             *self,
             const LeydenCacheChange *change,
             GError                 **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_CACHE_TOUCH, error);

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, change->key);
  sqlite3_bind_int64 (statement, 2, change->time_ns);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
has_last (LeydenBatch             *self,
          const LeydenCacheChange *change,
          gint64                  *has,
          GError                 **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_CACHE_HAS_LAST, error);

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, change->flow);
  leyden_sql_bind_text (statement, 2, change->node);
  return look_up (self, statement, has, error);
}

static gboolean
put_last (LeydenBatch             *self,
          const LeydenCacheChange *change,
          GError                 **error)
{
  g_autofree char *text = write_setting (self, change->last);
  sqlite3_stmt *statement;
  gint64 has;

  if (text == NULL)
    return TRUE;
  if (!know_totals (self, error) || !has_last (self, change, &has, error))
    return FALSE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_CACHE_PUT_LAST, error);
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, change->flow);
  leyden_sql_bind_text (statement, 2, change->node);
  leyden_sql_bind_text (statement, 3, text);
  sqlite3_bind_int64 (statement, 4, change->time_ns);
  if (!leyden_sql_run (self->sql, statement, error))
    return FALSE;
  self->cache->n_last += 1 - has;
  if (self->cache->n_last <= LEYDEN_CACHE_MAX_LAST)
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_CACHE_PRUNE_LAST, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, LEYDEN_CACHE_MAX_LAST / 10);
  self->cache->known = FALSE;
  return leyden_sql_run (self->sql, statement, error);
}

/* What the nodes depended on stays known, and that it was cleared. */
static gboolean
clear (LeydenBatch             *self,
       const LeydenCacheChange *change,
       GError                 **error)
{
  static const LeydenSqlId steps[] = { LEYDEN_SQL_CACHE_CLEAR, LEYDEN_SQL_CACHE_CLEAR_LAST };

  self->cache->known = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      sqlite3_stmt *statement = leyden_sql_get (self->sql, steps[i], error);

      if (statement == NULL)
        return FALSE;
      leyden_sql_bind_text (statement, 1, change->flow);
      if (!leyden_sql_run (self->sql, statement, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
leyden_batch_change_cache (LeydenBatch   *self,
                           LeydenRequest *request,
                           GError       **error)
{
  const LeydenCacheChange *change = request->cache;

  if (change->clear)
    return clear (self, change, error);
  if (change->key != NULL && !(change->value != NULL ? put_value (self, change, error) : touch_value (self, change, error)))
    return FALSE;
  return change->last == NULL || put_last (self, change, error);
}
