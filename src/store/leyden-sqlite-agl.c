/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agent Lightning's API on the store: changes go to the writer, questions to a reader in a thread, which also writes the answer. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"

#include "leyden-agl-row.h"
#include "leyden-json.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Records of a rollout of ours that are looked through for its input. */
#define INPUT_RECORDS 64
/* A page of the completion log is looked up whole. */
#define MAX_PAGE 100000

typedef struct _Question Question;
typedef gpointer (*Answer) (LeydenSql *sql, LeydenReadContext *context, Question *question, GError **error);

struct _Question
{
  Answer            answer;
  GDestroyNotify    destroy;            /* of what it answers */
  LeydenAglQuestion asked;
  LeydenAglFormat   format;
  gpointer          format_data;
  GDestroyNotify    format_destroy;
};

static void
question_free (gpointer data)
{
  Question *self = data;

  g_free (self->asked.rollout);
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
  gpointer answer = NULL;

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
    g_task_return_pointer (task, answer, question->destroy);
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

  if (question->destroy == NULL)
    question->destroy = (GDestroyNotify) g_bytes_unref;
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, question_thread);
}

static gboolean
find (LeydenSql       *sql,
      const char      *rollout,
      LeydenAglTarget *target,
      GError         **error)
{
  g_autofree char *shown = NULL;

  if (!leyden_agl_target_find (sql, rollout, target, error))
    return FALSE;
  if (target->row != NULL || target->ours != NULL)
    return TRUE;
  shown = leyden_text_escape (rollout, -1, 500);
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no rollout %s"), shown);
  return FALSE;
}

/* --- one rollout --- */

/* What a rollout of ours was given: the first node that ends is its input. */
static LeydenValue *
find_input (LeydenSql         *sql,
            LeydenReadContext *context,
            const char        *rollout,
            GError           **error)
{
  LeydenReadArgs args = { .name = (char *) rollout, .limit = INPUT_RECORDS };
  g_autoptr(GPtrArray) records = leyden_read_rollout (sql, context, &args, NULL, error);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];
      LeydenValue *outputs = leyden_value_get_member (record->payload, "outputs");

      if (g_str_equal (record->type, "node.finished") && outputs != NULL)
        return leyden_value_ref (outputs);
    }
  return records != NULL ? leyden_value_new_null () : NULL;
}

static gboolean
write_attempts (LeydenSql  *sql,
                gint64      id,
                gboolean    ours,
                GString    *out,
                GError    **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_LIST_ATTEMPTS, error);
  gboolean first = !ours;
  int code;

  if (statement == NULL)
    return FALSE;
  g_string_append (out, ours ? "[\"0\"" : "[");
  sqlite3_bind_int64 (statement, 1, id);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *attempt = (const char *) sqlite3_column_text (statement, 0);

      if (attempt == NULL || (ours && g_str_equal (attempt, "0")))
        continue;
      if (!first)
        g_string_append_c (out, ',');
      first = FALSE;
      leyden_json_write_string (out, attempt, -1);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  g_string_append_c (out, ']');
  return code == SQLITE_DONE;
}

static LeydenAglRow *
load_row (LeydenSql  *sql,
          gint64      id,
          GError    **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_GET, error);
  LeydenAglRow *row = NULL;
  int code;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, id);
  code = sqlite3_step (statement);
  row = code == SQLITE_ROW ? leyden_agl_row_read (statement, TRUE) : NULL;
  if (row == NULL && code != SQLITE_ROW && code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  else if (row == NULL)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("A row of Agent Lightning’s rollouts is damaged"));
  sqlite3_reset (statement);
  return row;
}

static gpointer
answer_get (LeydenSql         *sql,
            LeydenReadContext *context,
            Question          *question,
            GError           **error)
{
  g_auto(LeydenAglTarget) target = { NULL, };
  g_autoptr(LeydenAglRow) row = NULL;
  g_autoptr(LeydenValue) input = NULL;
  g_autoptr(GString) out = g_string_new ("{\"rollout\":");

  if (!find (sql, question->asked.rollout, &target, error))
    return NULL;
  if (target.ours != NULL)
    {
      input = find_input (sql, context, question->asked.rollout, error);
      if (input == NULL)
        return NULL;
      leyden_agl_write_ours (out, target.ours, input);
    }
  else
    {
      row = load_row (sql, target.row->id, error);
      if (row == NULL)
        return NULL;
      leyden_agl_row_write (out, row);
    }
  g_string_append (out, ",\"attempts\":");
  if (!write_attempts (sql, target.row != NULL ? target.row->id : 0, target.ours != NULL, out, error))
    return NULL;
  g_string_append_c (out, '}');
  return g_string_free_to_bytes (g_steal_pointer (&out));
}

static gpointer
answer_find (LeydenSql         *sql,
             LeydenReadContext *context,
             Question          *question,
             GError           **error)
{
  g_auto(LeydenAglTarget) target = { NULL, };

  return find (sql, question->asked.rollout, &target, error) ? g_bytes_new_static ("true", 4) : NULL;
}

/* --- lists --- */

static gpointer
answer_list (LeydenSql         *sql,
             LeydenReadContext *context,
             Question          *question,
             GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_LIST, error);
  g_autoptr(GString) out = g_string_new ("[");
  int code;

  if (statement == NULL)
    return NULL;
  for (int i = 0; i < 4; i++)
    sqlite3_bind_int64 (statement, i + 1, question->asked.any_state[i]);
  sqlite3_bind_int64 (statement, 5, question->asked.limit);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr(LeydenAglRow) row = leyden_agl_row_read (statement, TRUE);

      /* One bad row never spoils a list. */
      if (row == NULL || row->body == NULL)
        {
          g_atomic_int_inc (context->n_skipped);
          continue;
        }
      if (out->len > 1)
        g_string_append_c (out, ',');
      leyden_agl_row_write (out, row);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  g_string_append_c (out, ']');
  return code == SQLITE_DONE ? g_string_free_to_bytes (g_steal_pointer (&out)) : NULL;
}

static gboolean
write_items (LeydenSql         *sql,
             LeydenReadContext *context,
             gint64             after,
             gint64             until,
             GString           *out,
             GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_TERMINAL, error);
  gboolean first = TRUE;
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, after);
  sqlite3_bind_int64 (statement, 2, until);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr(LeydenAglRow) row = leyden_agl_row_read (statement, FALSE);

      if (row == NULL)
        g_atomic_int_inc (context->n_skipped);
      if (row == NULL || row->hidden)
        continue;
      g_string_append (out, first ? "{\"rollout_id\":" : ",{\"rollout_id\":");
      first = FALSE;
      leyden_json_write_string (out, row->rollout, -1);
      g_string_append_printf (out, ",\"state\":\"%s\",\"data_id\":", row->state);
      g_string_append (out, row->data_id_json);
      g_string_append (out, row->is_train ? ",\"is_train\":true}" : ",\"is_train\":false}");
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

static gpointer
answer_terminal (LeydenSql         *sql,
                 LeydenReadContext *context,
                 Question          *question,
                 GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_GET_LENGTH, error);
  g_autoptr(GString) out = g_string_new ("{\"items\":[");
  gint64 after = question->asked.after;
  gint64 length, until = after;

  if (statement == NULL)
    return NULL;
  length = sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  if (after < length)
    until = after + MIN (MIN (question->asked.limit, MAX_PAGE), length - after);
  if (until > after && !write_items (sql, context, after, until, out, error))
    return NULL;
  g_string_append_printf (out, "],\"next_after\":%" G_GINT64_FORMAT ",\"total_terminal\":%" G_GINT64_FORMAT "}", until, length);
  return g_string_free_to_bytes (g_steal_pointer (&out));
}

/* --- events --- */

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

static gboolean
add_records (LeydenSql         *sql,
             LeydenReadContext *context,
             const char        *log,
             LeydenAglEvents   *events,
             GError           **error)
{
  LeydenReadArgs args = { .name = (char *) log };
  g_autoptr(GPtrArray) records = leyden_read_rollout (sql, context, &args, NULL, error);

  if (records == NULL)
    return FALSE;
  if (events->attempt == NULL)
    {
      LeydenRecord *last = records->len > 0 ? records->pdata[records->len - 1] : NULL;

      events->attempt = g_strdup (last != NULL ? last->attempt : "0");
    }
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];

      if (g_str_equal (record->attempt, events->attempt))
        g_ptr_array_add (events->records, leyden_record_ref (record));
    }
  return TRUE;
}

static gpointer
answer_events (LeydenSql         *sql,
               LeydenReadContext *context,
               Question          *question,
               GError           **error)
{
  g_auto(LeydenAglTarget) target = { NULL, };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  LeydenAglEvents events = { question->asked.rollout, "agl", NULL, records };
  g_autofree char *attempt = NULL;
  gboolean ok;

  if (!find (sql, question->asked.rollout, &target, error))
    return NULL;
  if (target.ours != NULL)
    {
      events.executor = "leyden";
      ok = add_records (sql, context, question->asked.rollout, &events, error)
           && (target.row == NULL || add_records (sql, context, target.row->log, &events, error));
      g_ptr_array_sort (records, compare_time);
    }
  else
    {
      events.attempt = leyden_agl_row_find_attempt (target.row);
      ok = add_records (sql, context, target.row->log, &events, error);
    }
  attempt = events.attempt;
  return ok ? question->format (&events, question->format_data) : NULL;
}

/* --- models --- */

static gpointer
answer_models (LeydenSql         *sql,
               LeydenReadContext *context,
               Question          *question,
               GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_AGL_LIST_MODELS, error);
  g_autoptr(GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_agl_model_free);
  int code;

  if (statement == NULL)
    return NULL;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      LeydenAglModel *model = g_new0 (LeydenAglModel, 1);

      model->model = g_strdup ((const char *) sqlite3_column_text (statement, 0));
      model->endpoint = g_strdup ((const char *) sqlite3_column_text (statement, 1));
      model->version = g_strdup ((const char *) sqlite3_column_text (statement, 2));
      g_ptr_array_add (models, model);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&models) : NULL;
}

/* --- leases --- */

static gpointer
answer_leases (LeydenSql         *sql,
               LeydenReadContext *context,
               Question          *question,
               GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_LEASE_LIST, error);
  g_autoptr(GString) out = g_string_new ("[");
  int code;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, MAX_PAGE);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_string_append (out, out->len > 1 ? ",{\"worker\":" : "{\"worker\":");
      leyden_json_write_string (out, (const char *) sqlite3_column_text (statement, 0), -1);
      g_string_append (out, ",\"rollout\":");
      leyden_json_write_string (out, (const char *) sqlite3_column_text (statement, 1), -1);
      g_string_append (out, ",\"attempt\":");
      leyden_json_write_string (out, (const char *) sqlite3_column_text (statement, 2), -1);
      g_string_append (out, ",\"since\":");
      leyden_agl_write_time (out, sqlite3_column_int64 (statement, 3));
      g_string_append (out, ",\"expires\":");
      leyden_agl_write_time (out, sqlite3_column_int64 (statement, 4));
      g_string_append_c (out, '}');
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  g_string_append_c (out, ']');
  return code == SQLITE_DONE ? g_string_free_to_bytes (g_steal_pointer (&out)) : NULL;
}

/* --- the door --- */

void
leyden_sqlite_store_agl_leases_async (LeydenSqliteStore   *self,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  question->answer = answer_leases;
  ask (self, question, leyden_sqlite_store_agl_leases_async, callback, data);
}

void
leyden_sqlite_store_agl_get_async (LeydenSqliteStore   *self,
                                   const char          *rollout,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && rollout != NULL);

  question->answer = answer_get;
  question->asked.rollout = g_strdup (rollout);
  ask (self, question, leyden_sqlite_store_agl_get_async, callback, data);
}

void
leyden_sqlite_store_agl_find_async (LeydenSqliteStore   *self,
                                    const char          *rollout,
                                    GAsyncReadyCallback  callback,
                                    gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && rollout != NULL);

  question->answer = answer_find;
  question->asked.rollout = g_strdup (rollout);
  ask (self, question, leyden_sqlite_store_agl_find_async, callback, data);
}

void
leyden_sqlite_store_agl_list_async (LeydenSqliteStore   *self,
                                    const gboolean       any_state[4],
                                    gint64               limit,
                                    GAsyncReadyCallback  callback,
                                    gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  question->answer = answer_list;
  memcpy (question->asked.any_state, any_state, sizeof question->asked.any_state);
  question->asked.limit = MAX (limit, 0);
  ask (self, question, leyden_sqlite_store_agl_list_async, callback, data);
}

void
leyden_sqlite_store_agl_terminal_async (LeydenSqliteStore   *self,
                                        gint64               after,
                                        gint64               limit,
                                        GAsyncReadyCallback  callback,
                                        gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  question->answer = answer_terminal;
  question->asked.after = MAX (after, 0);
  question->asked.limit = MAX (limit, 1);
  ask (self, question, leyden_sqlite_store_agl_terminal_async, callback, data);
}

void
leyden_sqlite_store_agl_events_async (LeydenSqliteStore   *self,
                                      const char          *rollout,
                                      LeydenAglFormat      format,
                                      gpointer             format_data,
                                      GDestroyNotify       format_destroy,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && rollout != NULL && format != NULL);

  question->answer = answer_events;
  question->asked.rollout = g_strdup (rollout);
  question->format = format;
  question->format_data = format_data;
  question->format_destroy = format_destroy;
  ask (self, question, leyden_sqlite_store_agl_events_async, callback, data);
}

GBytes *
leyden_sqlite_store_agl_answer_finish (LeydenSqliteStore  *self,
                                       GAsyncResult       *result,
                                       GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

/* By the index of the list, which holds nothing else. */
static gpointer
answer_count (LeydenSql         *sql,
              LeydenReadContext *context,
              Question          *question,
              GError           **error)
{
  g_autofree LeydenAglOpen *open = g_new0 (LeydenAglOpen, 1);

  if (!leyden_sql_get_int (sql, "SELECT count(*) FROM agl_rollouts WHERE hidden = 0 AND listed = 1 AND state = 'queuing'", &open->n_queuing, error)
      || !leyden_sql_get_int (sql, "SELECT count(*) FROM agl_rollouts WHERE hidden = 0 AND listed = 1 AND state = 'running'", &open->n_running, error))
    return NULL;
  return g_steal_pointer (&open);
}

void
leyden_sqlite_store_agl_count_async (LeydenSqliteStore   *self,
                                     GAsyncReadyCallback  callback,
                                     gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  question->answer = answer_count;
  question->destroy = g_free;
  ask (self, question, leyden_sqlite_store_agl_count_async, callback, data);
}

LeydenAglOpen *
leyden_sqlite_store_agl_count_finish (LeydenSqliteStore  *self,
                                      GAsyncResult       *result,
                                      GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

void
leyden_sqlite_store_agl_models_async (LeydenSqliteStore   *self,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data)
{
  Question *question = g_new0 (Question, 1);

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  question->answer = answer_models;
  question->destroy = (GDestroyNotify) g_ptr_array_unref;
  ask (self, question, leyden_sqlite_store_agl_models_async, callback, data);
}

GPtrArray *
leyden_sqlite_store_agl_models_finish (LeydenSqliteStore  *self,
                                       GAsyncResult       *result,
                                       GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

void
leyden_sqlite_store_agl_change_async (LeydenSqliteStore   *self,
                                      LeydenAglChange     *change,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data)
{
  g_autoptr(LeydenAglChange) owned = change;
  g_autoptr(GTask) task = NULL;
  LeydenRequest *request;
  GError *error = NULL;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && change != NULL);

  task = leyden_sqlite_store_new_task (self, NULL, leyden_sqlite_store_agl_change_async, callback, data);
  if (change->actor == NULL)
    change->actor = g_strdup ("agl");
  if (change->now_ns == 0)
    change->now_ns = g_get_real_time () * 1000;
  if (!leyden_sqlite_store_may_write (self, change->actor, change->kind == LEYDEN_AGL_DELETE ? "delete" : "append",
                                      change->rollout != NULL ? change->rollout : "", &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_AGL, g_steal_pointer (&task));
  request->agl = g_steal_pointer (&owned);
  leyden_sqlite_store_push (self, request);
}

LeydenAglChange *
leyden_sqlite_store_agl_change_finish (LeydenSqliteStore  *self,
                                       GAsyncResult       *result,
                                       GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}
