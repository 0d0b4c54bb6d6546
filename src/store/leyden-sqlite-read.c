/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-read.h"

#include "leyden-blobs.h"
#include "leyden-segment.h"
#include "leyden-sqlite-rows.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static GBytes *
read_blob (const char *sha256,
           gpointer    data,
           GError    **error)
{
  LeydenReadContext *context = data;

  return leyden_blobs_read (context->blobs, sha256, error);
}

static void
skip_row (LeydenReadContext *context)
{
  if (context->n_skipped != NULL)
    g_atomic_int_inc (context->n_skipped);
}

static void
set_not_found (const char *what,
               const char *name,
               GError    **error)
{
  g_autofree char *shown = leyden_text_escape (name, -1, 100);

  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, "%s: %s", what, shown);
}

gboolean
leyden_read_find_rollout (LeydenSql  *sql,
                          const char *rollout,
                          gint64     *id,
                          guint64    *last_sequence,
                          char      **run,
                          gint64     *run_id,
                          GError    **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_FIND_ROLLOUT, error);
  int code;

  *id = 0;
  *last_sequence = 0;
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, rollout);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    {
      *id = sqlite3_column_int64 (statement, 0);
      *last_sequence = (guint64) MAX (sqlite3_column_int64 (statement, 1), 0);
      if (run != NULL)
        *run = g_strdup ((const char *) sqlite3_column_text (statement, 2));
      if (run_id != NULL)
        *run_id = sqlite3_column_int64 (statement, 3);
    }
  else if (code != SQLITE_DONE)
    {
      leyden_sql_fail (sql, code, error);
    }
  sqlite3_reset (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* A row of SEGMENT_COLUMNS; the rollout's name in column 5 unless @rollout is given. @want: sequence or position of the first record wanted. */
static gboolean
read_segment (sqlite3_stmt      *statement,
              LeydenReadContext *context,
              const char        *rollout,
              gboolean           by_position,
              guint64            want,
              guint              limit,
              GPtrArray         *records,
              GError           **error)
{
  guint64 position = (guint64) sqlite3_column_int64 (statement, 0);
  guint64 sequence = (guint64) sqlite3_column_int64 (statement, 1);
  guint64 n_records = (guint64) sqlite3_column_int64 (statement, 2);
  guint64 first = by_position ? position : sequence;
  const char *name = rollout ? rollout : (const char *) sqlite3_column_text (statement, 5);
  const guint8 *body = sqlite3_column_blob (statement, 4);

  for (int i = 0; i < 3; i++)
    if (sqlite3_column_type (statement, i) != SQLITE_INTEGER || sqlite3_column_int64 (statement, i) < 1)
      body = NULL;
  if (body == NULL || name == NULL || sqlite3_column_type (statement, 4) != SQLITE_BLOB)
    {
      g_autofree char *shown = leyden_text_escape (name ? name : "?", -1, 100);

      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT,
                   _("The log of rollout %s is damaged: the segment at position %" PRIu64 " cannot be"), shown, position);
      return FALSE;
    }
  return leyden_segment_read (body, (gsize) sqlite3_column_bytes (statement, 4), name, sequence, position, n_records,
                              want > first ? want - first : 0, limit, read_blob, context, records, error);
}

gboolean
leyden_read_records (LeydenSql         *sql,
                     LeydenReadContext *context,
                     gint64             id,
                     const char        *rollout,
                     guint64            after,
                     guint              limit,
                     LeydenStoreScan    each,
                     gpointer           data,
                     GCancellable      *cancellable,
                     GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_READ_ROLLOUT, error);
  gboolean go_on = TRUE;
  guint64 next = after + 1;
  guint n = 0;
  int code = SQLITE_DONE;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int64 (statement, 2, (gint64) MIN (after, G_MAXINT64 - 1));
  while (go_on && (limit == 0 || n < limit) && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

      go_on = !g_cancellable_set_error_if_cancelled (cancellable, error)
              && read_segment (statement, context, rollout, FALSE, next, limit ? limit - n : 0, records, error);
      if (!go_on)
        {
          sqlite3_reset (statement);
          return FALSE;
        }
      if (records->len == 0)
        continue;
      if (((LeydenRecord *) records->pdata[0])->sequence != next)
        {
          g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT,
                       _("The log of rollout %s has a gap before record %" PRIu64), rollout,
                       ((LeydenRecord *) records->pdata[0])->sequence);
          sqlite3_reset (statement);
          return FALSE;
        }
      next += records->len;
      n += records->len;
      go_on = each (records, data);
      code = SQLITE_DONE;
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

void
leyden_read_set_cut (const char *rollout,
                     guint64     sequence,
                     GError    **error)
{
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT,
               _("The log of rollout %s is cut off after record %" PRIu64), rollout, sequence);
}

static gboolean
collect (GPtrArray *records,
         gpointer   data)
{
  GPtrArray *all = data;

  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (all, leyden_record_ref (records->pdata[i]));
  return TRUE;
}

GPtrArray *
leyden_read_rollout (LeydenSql            *sql,
                     LeydenReadContext    *context,
                     const LeydenReadArgs *args,
                     GCancellable         *cancellable,
                     GError              **error)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  guint64 last;
  gint64 id;

  if (!leyden_read_find_rollout (sql, args->name, &id, &last, NULL, NULL, error))
    return NULL;
  if (id == 0 || args->after >= last)
    return g_steal_pointer (&records);
  if (!leyden_read_records (sql, context, id, args->name, args->after, args->limit, collect, records, cancellable, error))
    return NULL;
  if ((args->limit == 0 || records->len < args->limit) && args->after + records->len < last)
    {
      leyden_read_set_cut (args->name, args->after + records->len, error);
      return NULL;
    }
  return g_steal_pointer (&records);
}

gboolean
leyden_read_scan (LeydenSql            *sql,
                  LeydenReadContext    *context,
                  const LeydenReadArgs *args,
                  GCancellable         *cancellable,
                  GError              **error)
{
  guint64 last;
  gint64 id;

  if (!leyden_read_find_rollout (sql, args->name, &id, &last, NULL, NULL, error))
    return FALSE;
  if (id == 0)
    {
      set_not_found (_("There is no such rollout"), args->name, error);
      return FALSE;
    }
  return args->after >= last
         || leyden_read_records (sql, context, id, args->name, args->after, 0, args->scan, args->scan_data, cancellable, error);
}

GPtrArray *
leyden_read_run (LeydenSql            *sql,
                 LeydenReadContext    *context,
                 const LeydenReadArgs *args,
                 GCancellable         *cancellable,
                 GError              **error)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  sqlite3_stmt *statement = leyden_sql_get (sql, args->name ? LEYDEN_SQL_READ_RUN : LEYDEN_SQL_READ_ALL, error);
  int code = SQLITE_DONE;

  if (statement == NULL)
    return NULL;
  if (args->name != NULL)
    leyden_sql_bind_text (statement, 1, args->name);
  sqlite3_bind_int64 (statement, 2, (gint64) MIN (args->after, G_MAXINT64 - 1));
  while ((args->limit == 0 || records->len < args->limit) && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        break;
      /* One damaged segment does not take the whole view. */
      if (!read_segment (statement, context, NULL, TRUE, args->after + 1, args->limit ? args->limit - records->len : 0, records, NULL))
        skip_row (context);
      code = SQLITE_DONE;
    }
  sqlite3_reset (statement);
  if (code == SQLITE_DONE)
    return g_steal_pointer (&records);
  if (code != SQLITE_ROW)
    leyden_sql_fail (sql, code, error);
  return NULL;
}

static gboolean
count_run (LeydenSql    *sql,
           gint64        id,
           LeydenRunRow *run,
           GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_COUNT_RUN, error);
  gint64 n_rewards = 0;
  double sum = 0;
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *state = (const char *) sqlite3_column_text (statement, 0);
      gint64 n = sqlite3_column_int64 (statement, 1);

      n_rewards += sqlite3_column_int64 (statement, 2);
      sum += sqlite3_column_double (statement, 3);
      if (g_strcmp0 (state, "succeeded") == 0)
        run->n_succeeded = n;
      else if (g_strcmp0 (state, "failed") == 0)
        run->n_failed = n;
      else if (g_strcmp0 (state, "cancelled") == 0)
        run->n_cancelled = n;
      else if (g_strcmp0 (state, "queued") != 0)
        run->n_running += n;
    }
  run->n_done = run->n_succeeded + run->n_failed + run->n_cancelled;
  run->mean_reward = n_rewards > 0 ? sum / (double) n_rewards : NAN;
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

GPtrArray *
leyden_read_list_runs (LeydenSql            *sql,
                       LeydenReadContext    *context,
                       const LeydenReadArgs *args,
                       GCancellable         *cancellable,
                       GError              **error)
{
  g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_run_row_free);
  sqlite3_stmt *statement = leyden_sql_get (sql, args->name ? LEYDEN_SQL_LIST_RUNS_BY_KEY : LEYDEN_SQL_LIST_RUNS, error);
  int code = SQLITE_DONE;

  if (statement == NULL)
    return NULL;
  if (args->name != NULL)
    leyden_sql_bind_text (statement, 1, args->name);
  while ((args->limit == 0 || runs->len < args->limit) && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id;
      LeydenRunRow *run = leyden_sqlite_read_run_row (statement, &id);

      if (run == NULL)
        skip_row (context);
      else
        g_ptr_array_add (runs, run);
      if (g_cancellable_set_error_if_cancelled (cancellable, error) || (run != NULL && !count_run (sql, id, run, error)))
        {
          sqlite3_reset (statement);
          return NULL;
        }
      code = SQLITE_DONE;
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&runs) : NULL;
}

LeydenRunRow *
leyden_read_get_run (LeydenSql            *sql,
                     LeydenReadContext    *context,
                     const LeydenReadArgs *args,
                     GCancellable         *cancellable,
                     GError              **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_GET_RUN, error);
  g_autoptr(LeydenRunRow) run = NULL;
  gint64 id = 0;
  int code;

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, args->name);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW && (run = leyden_sqlite_read_run_row (statement, &id)) == NULL)
    {
      skip_row (context);
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The row of run %s is damaged"), args->name);
    }
  else if (code == SQLITE_DONE)
    {
      set_not_found (_("There is no such run"), args->name, error);
    }
  else if (code != SQLITE_ROW)
    {
      leyden_sql_fail (sql, code, error);
    }
  sqlite3_reset (statement);
  return run != NULL && count_run (sql, id, run, error) ? g_steal_pointer (&run) : NULL;
}

GPtrArray *
leyden_read_list_rollouts (LeydenSql            *sql,
                           LeydenReadContext    *context,
                           const LeydenReadArgs *args,
                           GCancellable         *cancellable,
                           GError              **error)
{
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  sqlite3_stmt *statement = leyden_sql_get (sql, args->state ? LEYDEN_SQL_LIST_ROLLOUTS_BY_STATE : LEYDEN_SQL_LIST_ROLLOUTS, error);
  int code = SQLITE_DONE;

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, args->name);
  sqlite3_bind_int64 (statement, 2, args->after_index);
  if (args->state != NULL)
    leyden_sql_bind_text (statement, 3, args->state);
  while ((args->limit == 0 || rows->len < args->limit) && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      LeydenRolloutRow *row = leyden_sqlite_read_rollout_row (statement);

      if (row == NULL)
        skip_row (context);
      else
        g_ptr_array_add (rows, row);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        break;
      code = SQLITE_DONE;
    }
  if (code != SQLITE_DONE && code != SQLITE_ROW)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

LeydenRolloutRow *
leyden_read_get_rollout (LeydenSql            *sql,
                         LeydenReadContext    *context,
                         const LeydenReadArgs *args,
                         GCancellable         *cancellable,
                         GError              **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_GET_ROLLOUT, error);
  LeydenRolloutRow *row = NULL;
  int code;

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, args->name);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW && (row = leyden_sqlite_read_rollout_row (statement)) == NULL)
    {
      skip_row (context);
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The row of rollout %s is damaged"), args->name);
    }
  else if (code == SQLITE_DONE)
    {
      set_not_found (_("There is no such rollout"), args->name, error);
    }
  else if (code != SQLITE_ROW)
    {
      leyden_sql_fail (sql, code, error);
    }
  sqlite3_reset (statement);
  return row;
}

LeydenValue *
leyden_read_documents (LeydenSql            *sql,
                       LeydenReadContext    *context,
                       const LeydenReadArgs *args,
                       GCancellable         *cancellable,
                       GError              **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, args->node != NULL ? LEYDEN_SQL_GET_DOCUMENT : LEYDEN_SQL_LIST_DOCUMENTS, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  int code;

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, args->name);
  if (args->node != NULL)
    leyden_sql_bind_text (statement, 2, args->node);
  leyden_value_builder_begin_object (&b);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *name = (const char *) sqlite3_column_text (statement, 0);
      const char *text = (const char *) sqlite3_column_text (statement, 1);
      g_autoptr(LeydenValue) value = NULL;

      if (name != NULL && text != NULL && g_utf8_validate (name, -1, NULL))
        value = leyden_segment_parse_json (text, (gsize) sqlite3_column_bytes (statement, 1), NULL);
      if (value != NULL)
        leyden_value_builder_set (&b, name, value);
      else
        skip_row (context);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  if (code != SQLITE_DONE)
    return NULL;
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
