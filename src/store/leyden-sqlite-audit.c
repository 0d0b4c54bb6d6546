/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit log on the store: lines go to the writer; lists and the check of the chain are read in a thread. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-store-private.h"
#include "leyden-store-audit.h"

#include "leyden-audit-chain.h"
#include "leyden-json.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

char *
leyden_audit_chain (const char *before,
                    const char *line)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) before, -1);
  g_checksum_update (checksum, (const guchar *) "\n", 1);
  g_checksum_update (checksum, (const guchar *) line, -1);
  return g_strdup (g_checksum_get_string (checksum));
}

typedef struct
{
  guint64  after;
  guint    limit;
  gboolean verify;
  guint64  head_n;
  char    *head;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_free (self->head);
  g_free (self);
}

/* One row as it stands in the file: columns that are not text give NULL. */
typedef struct
{
  gint64      n;
  const char *line;
  const char *hash;
} Row;

static gboolean
next_row (sqlite3_stmt *statement,
          Row          *row,
          int          *code)
{
  *code = sqlite3_step (statement);
  if (*code != SQLITE_ROW)
    return FALSE;
  row->n = sqlite3_column_int64 (statement, 0);
  row->line = (const char *) sqlite3_column_text (statement, 1);
  row->hash = (const char *) sqlite3_column_text (statement, 2);
  return TRUE;
}

static sqlite3_stmt *
start (LeydenSql *sql,
       guint64    after,
       guint      limit,
       GError   **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_LIST_AUDIT, error);

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, (gint64) MIN (after, (guint64) G_MAXINT64));
  sqlite3_bind_int64 (statement, 2, limit > 0 ? (gint64) limit : -1);
  return statement;
}

/* --- the list --- */

/* A line that was spoilt is shown by its number alone. */
static LeydenValue *
make_item (const Row *row)
{
  g_autoptr(LeydenValue) line = row->line != NULL ? leyden_json_parse (row->line, -1, NULL, NULL) : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "n", row->n);
  for (guint i = 0; leyden_value_get_kind (line) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (line); i++)
    if (strcmp (leyden_value_get_key (line, i), "n") != 0 && strcmp (leyden_value_get_key (line, i), "hash") != 0)
      leyden_value_builder_set (&b, leyden_value_get_key (line, i), leyden_value_get_item (line, i));
  leyden_value_builder_set_string (&b, "hash", row->hash != NULL ? row->hash : "");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
list (LeydenSql *sql,
      Question  *question,
      GError   **error)
{
  sqlite3_stmt *statement = start (sql, question->after, question->limit, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Row row;
  int code;

  if (statement == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  while (next_row (statement, &row, &code))
    leyden_value_builder_take (&b, make_item (&row));
  leyden_value_builder_end (&b);
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE ? leyden_value_builder_end_value (&b) : NULL;
}

/* --- the check --- */

typedef struct
{
  guint64 n;                    /* lines that are sound */
  char   *hash;                 /* of the last of them */
  guint64 bad;                  /* 0: none */
  char   *problem;
} Verdict;

G_GNUC_PRINTF (3, 4)
static void
blame (Verdict    *verdict,
       guint64     n,
       const char *format,
       ...)
{
  va_list args;

  va_start (args, format);
  verdict->bad = n;
  verdict->problem = g_strdup_vprintf (format, args);
  va_end (args);
}

static gboolean
says_number (const char *line,
             gint64      n)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (line, -1, NULL, NULL);

  return leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT && leyden_value_get_member_int (value, "n", 0) == n;
}

static void
check_row (Verdict    *verdict,
           const Row  *row,
           Question   *question)
{
  guint64 n = verdict->n + 1;
  g_autofree char *hash = NULL;

  if (row->n < 1 || (guint64) row->n != n)
    {
      blame (verdict, n, _("line %" PRIu64 " is missing"), n);
      return;
    }
  if (row->line == NULL || row->hash == NULL || !says_number (row->line, row->n))
    {
      blame (verdict, n, _("line %" PRIu64 " is not a line of this log"), n);
      return;
    }
  hash = leyden_audit_chain (verdict->hash, row->line);
  if (strcmp (hash, row->hash) != 0)
    {
      blame (verdict, n, _("line %" PRIu64 " was changed: its hash does not follow from the line and the one before"), n);
      return;
    }
  if (n == question->head_n && g_strcmp0 (hash, question->head) != 0)
    {
      blame (verdict, n, _("line %" PRIu64 " is not the one that was noted: the log was written anew"), n);
      return;
    }
  verdict->n = n;
  g_free (verdict->hash);
  verdict->hash = g_steal_pointer (&hash);
}

static LeydenValue *
verdict_to_value (const Verdict *verdict)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "lines", (gint64) verdict->n);
  leyden_value_builder_set_string (&b, "head", verdict->hash);
  leyden_value_builder_set_boolean (&b, "sound", verdict->bad == 0);
  if (verdict->bad != 0)
    {
      leyden_value_builder_set_int (&b, "line", (gint64) verdict->bad);
      leyden_value_builder_set_string (&b, "problem", verdict->problem);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
verify (LeydenSql    *sql,
        Question     *question,
        GCancellable *cancellable,
        GError      **error)
{
  sqlite3_stmt *statement = start (sql, 0, 0, error);
  Verdict verdict = { 0, g_strdup (""), 0, NULL };
  LeydenValue *out = NULL;
  Row row;
  int code = SQLITE_DONE;

  while (statement != NULL && verdict.bad == 0 && !g_cancellable_is_cancelled (cancellable) && next_row (statement, &row, &code))
    check_row (&verdict, &row, question);
  if (statement != NULL && code != SQLITE_DONE && code != SQLITE_ROW)
    leyden_sql_fail (sql, code, error);
  else if (statement != NULL && !g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      if (verdict.bad == 0 && question->head_n > verdict.n)
        blame (&verdict, verdict.n + 1, _("the log ends at line %" PRIu64 ", before the one that was noted"), verdict.n);
      out = verdict_to_value (&verdict);
    }
  if (statement != NULL)
    sqlite3_reset (statement);
  g_free (verdict.hash);
  g_free (verdict.problem);
  return out;
}

/* --- the door --- */

static void
question_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  LeydenSqliteStore *self = source;
  Question *question = data;
  GError *error = NULL;
  LeydenSql *sql = leyden_readers_acquire (self->readers, &error);
  LeydenValue *answer = NULL;

  if (sql != NULL)
    {
      answer = question->verify ? verify (sql, question, cancellable, &error) : list (sql, question, &error);
      leyden_readers_release (self->readers, sql);
    }
  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_sqlite_store_list_audit_async (LeydenSqliteStore   *self,
                                      guint64              after,
                                      guint                limit,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  Question *question;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self));

  task = leyden_sqlite_store_new_task (self, cancellable, leyden_sqlite_store_list_audit_async, callback, data);
  question = g_new0 (Question, 1);
  question->after = after;
  question->limit = limit;
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, question_thread);
}

LeydenValue *
leyden_sqlite_store_list_audit_finish (LeydenSqliteStore  *self,
                                       GAsyncResult       *result,
                                       GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

void
leyden_sqlite_store_verify_audit_async (LeydenSqliteStore   *self,
                                        guint64              head_n,
                                        const char          *head,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  Question *question;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && (head_n == 0 || head != NULL));

  task = leyden_sqlite_store_new_task (self, cancellable, leyden_sqlite_store_verify_audit_async, callback, data);
  question = g_new0 (Question, 1);
  question->verify = TRUE;
  question->head_n = head_n;
  question->head = g_strdup (head);
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, question_thread);
}

LeydenValue *
leyden_sqlite_store_verify_audit_finish (LeydenSqliteStore  *self,
                                         GAsyncResult       *result,
                                         GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), NULL);

  return leyden_sqlite_store_finish_pointer (LEYDEN_STORE (self), result, error);
}

void
leyden_sqlite_store_add_audit_async (LeydenSqliteStore   *self,
                                     LeydenValue         *line,
                                     GAsyncReadyCallback  callback,
                                     gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  LeydenRequest *request;
  GError *error = NULL;

  g_return_if_fail (LEYDEN_IS_SQLITE_STORE (self) && leyden_value_get_kind (line) == LEYDEN_VALUE_OBJECT);

  task = leyden_sqlite_store_new_task (self, NULL, leyden_sqlite_store_add_audit_async, callback, data);
  if (!leyden_sqlite_store_may_write (self, "engine", "audit", leyden_value_get_member_string (line, "action", ""), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  request = leyden_request_new (LEYDEN_REQUEST_AUDIT, g_steal_pointer (&task));
  request->value = leyden_value_ref (line);
  leyden_sqlite_store_push (self, request);
}

gboolean
leyden_sqlite_store_add_audit_finish (LeydenSqliteStore  *self,
                                      GAsyncResult       *result,
                                      GError            **error)
{
  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (self), FALSE);

  return leyden_sqlite_store_finish_boolean (LEYDEN_STORE (self), result, error);
}
