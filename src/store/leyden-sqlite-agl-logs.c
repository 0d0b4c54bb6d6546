/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollouts of agents as our own lists and the trainer's view show them. What a trainer removed is hidden from its API, not from these. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"

#include "leyden-agl-row.h"
#include "leyden-json.h"
#include "leyden-sqlite-rows.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Larger groups are cut off: trainers make 4 to 64 rollouts of a sample. */
#define MAX_GROUP 1024
/* Items of a run that are looked through for those of the same item. */
#define MAX_RUN 20000

typedef struct _Question Question;
typedef GBytes *(*Answer) (LeydenSql *sql, LeydenReadContext *context, Question *question, GError **error);

struct _Question
{
  Answer             answer;
  char              *rollout;
  gint64             before;
  gint64             limit;
  LeydenAglLogFormat format;
  gpointer           format_data;
  GDestroyNotify     format_destroy;
};

static void
question_free (gpointer data)
{
  Question *self = data;

  g_free (self->rollout);
  if (self->format_destroy != NULL)
    self->format_destroy (self->format_data);
  g_free (self);
}

static void
question_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  Question *question = data;
  LeydenReadContext context = { self->file->blobs, &self->n_skipped };
  GError *error = NULL;
  LeydenSql *sql = leyden_readers_acquire (self->readers, &error);
  GBytes *answer = NULL;

  if (sql != NULL)
    {
      /* What one answer tells comes from one state of the database. */
      if (leyden_sql_exec (sql, "BEGIN", &error))
        {
          answer = question->answer (sql, &context, question, &error);
          leyden_sql_exec (sql, "ROLLBACK", NULL);
        }
      leyden_readers_release (self->readers, sql);
    }
  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static void
ask (LeydenSqliteStore   *self,
     Question            *question,
     gpointer             tag,
     GAsyncReadyCallback  callback,
     gpointer             data)
{
  g_autoptr(GTask) task = leyden_sqlite_store_new_task (self, NULL, tag, callback, data);

  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, question_thread);
}

/* NULL without @error: there is none, or its row is damaged. */
static LeydenRolloutRow *
find_log (LeydenSql   *sql,
          const char  *log,
          GError     **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_GET_ROLLOUT, error);
  LeydenRolloutRow *row = NULL;
  int code;

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, log);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    row = leyden_sqlite_read_rollout_row (statement);
  else if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return row;
}

/* The row of Agent Lightning's rollouts that @log belongs to: its index there. NULL as above. */
static LeydenAglRow *
find_row (LeydenSql              *sql,
          const LeydenRolloutRow *log,
          GError                **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_GET, error);
  LeydenAglRow *row = NULL;
  int code;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, log->index);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    row = leyden_agl_row_read (statement, FALSE);
  else if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return row;
}

/* ---- The trainer's view ---- */

static int
compare_time (gconstpointer a,
              gconstpointer b)
{
  const LeydenRecord *one = *(LeydenRecord * const *) a;
  const LeydenRecord *two = *(LeydenRecord * const *) b;

  if (one->time_ns != two->time_ns)
    return one->time_ns < two->time_ns ? -1 : 1;
  return one->position < two->position ? -1 : one->position > two->position;
}

/* After which record the last ones begin. 0: all are read. */
static gboolean
find_start (LeydenSql   *sql,
            const char  *name,
            guint64     *after,
            GError     **error)
{
  guint64 last;
  gint64 id;

  *after = 0;
  if (!leyden_read_find_rollout (sql, name, &id, &last, NULL, NULL, error))
    return FALSE;
  if (id != 0 && last > LEYDEN_AGL_LOG_RECORDS)
    *after = last - LEYDEN_AGL_LOG_RECORDS;
  return TRUE;
}

/* Records of the attempt that is shown; with no attempt yet, of the last one that wrote. */
static gboolean
add_records (LeydenSql         *sql,
             LeydenReadContext *context,
             const char        *name,
             LeydenAglLog      *log,
             GError           **error)
{
  LeydenReadArgs args = { .name = (char *) name };
  g_autoptr(GPtrArray) records = NULL;

  if (!find_start (sql, name, &args.after, error) || !(records = leyden_read_rollout (sql, context, &args, NULL, error)))
    return FALSE;
  log->cut = log->cut || args.after > 0;
  if (log->attempt == NULL)
    {
      LeydenRecord *last = records->len > 0 ? records->pdata[records->len - 1] : NULL;

      log->attempt = g_strdup (last != NULL ? last->attempt : "0");
    }
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];

      if (g_str_equal (record->attempt, log->attempt))
        g_ptr_array_add (log->records, leyden_record_ref (record));
    }
  return TRUE;
}

/* (element-type utf8): the logs of the same sample. */
static GPtrArray *
list_sample (LeydenSql *sql,
             gint64     sample,
             GError   **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_LIST_GROUP, error);
  g_autoptr(GPtrArray) logs = g_ptr_array_new_with_free_func (g_free);
  int code;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, sample);
  sqlite3_bind_int64 (statement, 2, MAX_GROUP);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (logs, g_strdup ((const char *) sqlite3_column_text (statement, 0)));
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&logs) : NULL;
}

static gboolean
add_group (LeydenSql    *sql,
           gint64        id,
           LeydenAglLog *log,
           GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_GET_SAMPLE, error);
  g_autoptr(GPtrArray) logs = NULL;
  gint64 sample = 0;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  if (sqlite3_step (statement) == SQLITE_ROW)
    sample = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  if (sample == 0)
    return TRUE;
  logs = list_sample (sql, sample, error);
  if (logs == NULL)
    return FALSE;
  for (guint i = 0; i < logs->len; i++)
    {
      g_autoptr(GError) local = NULL;
      LeydenRolloutRow *row = find_log (sql, logs->pdata[i], &local);

      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (row != NULL)
        g_ptr_array_add (log->group, row);
    }
  return TRUE;
}

/* Of a run: the rollouts of the same item. An item of a mirror is one rollout; what the other server groups is not known. */
static gboolean
add_items (LeydenSql         *sql,
           LeydenReadContext *context,
           LeydenAglLog      *log,
           GError           **error)
{
  LeydenReadArgs args = { .name = log->row->run, .after_index = -1, .limit = MAX_RUN };
  g_autoptr(GPtrArray) rows = NULL;

  if (log->row->run == NULL || g_str_equal (log->row->executor, "mirror"))
    return TRUE;
  rows = leyden_read_list_rollouts (sql, context, &args, NULL, error);
  if (rows == NULL)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenRolloutRow *row = rows->pdata[i];

      if (g_strcmp0 (row->item, log->row->item) == 0)
        g_ptr_array_add (log->group, leyden_rollout_row_copy (row));
    }
  return TRUE;
}

static gboolean
read_ours (LeydenSql         *sql,
           LeydenReadContext *context,
           LeydenAglLog      *log,
           GError           **error)
{
  g_autofree char *beside = g_strconcat (log->row->rollout, "/events", NULL);

  if (!add_records (sql, context, log->row->rollout, log, error) || !add_records (sql, context, beside, log, error))
    return FALSE;
  g_ptr_array_sort (log->records, compare_time);
  return add_items (sql, context, log, error);
}

static gboolean
read_theirs (LeydenSql         *sql,
             LeydenReadContext *context,
             LeydenAglLog      *log,
             GError           **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(LeydenAglRow) row = find_row (sql, log->row, &local);

  if (row == NULL && local == NULL)
    g_set_error (&local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("A row of Agent Lightning’s rollouts is damaged"));
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  log->attached = !row->listed;
  log->removed = row->hidden;
  log->attempt = leyden_agl_row_find_attempt (row);
  return add_records (sql, context, log->row->rollout, log, error) && add_group (sql, row->id, log, error);
}

static GBytes *
answer_log (LeydenSql         *sql,
            LeydenReadContext *context,
            Question          *question,
            GError           **error)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GPtrArray) group = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_rollout_row_free);
  g_autoptr(GError) local = NULL;
  g_autoptr(LeydenRolloutRow) row = find_log (sql, question->rollout, &local);
  g_autofree char *attempt = NULL;
  LeydenAglLog log = { .row = row, .records = records, .group = group };
  gboolean ok;

  if (row == NULL)
    {
      g_autofree char *shown = leyden_text_escape (question->rollout, -1, 500);

      if (local == NULL)
        g_set_error (&local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no rollout %s"), shown);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (g_str_equal (row->executor, "agl"))
    ok = read_theirs (sql, context, &log, error);
  else
    ok = read_ours (sql, context, &log, error);
  attempt = log.attempt;
  return ok ? question->format (&log, question->format_data) : NULL;
}

void
leyden_sqlite_store_agl_log_async (LeydenSqliteStore   *self,
                                   const char          *rollout,
                                   LeydenAglLogFormat   format,
                                   gpointer             format_data,
                                   GDestroyNotify       format_destroy,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && rollout != NULL && format != NULL);

  question->answer = answer_log;
  question->rollout = g_strdup (rollout);
  question->format = format;
  question->format_data = format_data;
  question->format_destroy = format_destroy;
  ask (self, question, leyden_sqlite_store_agl_log_async, callback, data);
}

/* ---- The list ---- */

static void
write_agent (LeydenValueBuilder     *b,
             const LeydenAglRow     *row,
             const LeydenRolloutRow *log)
{
  g_autoptr(LeydenValue) value = leyden_rollout_row_to_value (log);

  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    leyden_value_builder_set (b, leyden_value_get_key (value, i), leyden_value_get_item (value, i));
  leyden_value_builder_set_string (b, "name", row->rollout);
  leyden_value_builder_set_boolean (b, "attached", !row->listed);
  leyden_value_builder_set_boolean (b, "removed", row->hidden);
  leyden_value_builder_set_boolean (b, "is_train", row->is_train);
  leyden_value_builder_set_int (b, "created", row->created_ns);
  leyden_value_builder_end (b);
}

/* A log beside a rollout of ours, or the mark that hides one, is no agent's. */
static gboolean
is_agent (const LeydenAglRow     *row,
          const LeydenRolloutRow *log)
{
  return g_str_equal (log->executor, "agl") && (row->listed || g_str_equal (row->log, row->rollout));
}

/* (element-type LeydenAglRow) */
static GPtrArray *
read_page (LeydenSql         *sql,
           LeydenReadContext *context,
           gint64             before,
           gint64             limit,
           gint64            *last,
           GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_RECENT, error);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_agl_row_free);
  gint64 n = 0;
  int code;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, before > 0 ? before : G_MAXINT64);
  sqlite3_bind_int64 (statement, 2, limit);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      LeydenAglRow *row = leyden_agl_row_read (statement, FALSE);

      n++;
      *last = sqlite3_column_int64 (statement, 0);
      /* One bad row never spoils a list. */
      if (row != NULL)
        g_ptr_array_add (rows, row);
      else
        g_atomic_int_inc (context->n_skipped);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  if (n < limit)
    *last = 0;
  return code == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

static GBytes *
answer_recent (LeydenSql         *sql,
               LeydenReadContext *context,
               Question          *question,
               GError           **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(LeydenValue) value = NULL;
  gint64 last = 0;

  rows = read_page (sql, context, question->before, question->limit, &last, error);
  if (rows == NULL)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "rollouts");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenAglRow *row = rows->pdata[i];
      g_autoptr(LeydenRolloutRow) log = find_log (sql, row->log, NULL);

      if (log == NULL)
        g_atomic_int_inc (context->n_skipped);
      else if (is_agent (row, log))
        write_agent (&b, row, log);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "next_before");
  if (last > 0)
    leyden_value_builder_add_int (&b, last);
  else
    leyden_value_builder_add (&b, NULL);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_write_bytes (value, LEYDEN_JSON_COMPACT);
}

void
leyden_sqlite_store_agl_recent_async (LeydenSqliteStore   *self,
                                      gint64               before,
                                      gint64               limit,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  question->answer = answer_recent;
  question->before = before;
  question->limit = MAX (limit, 1);
  ask (self, question, leyden_sqlite_store_agl_recent_async, callback, data);
}
