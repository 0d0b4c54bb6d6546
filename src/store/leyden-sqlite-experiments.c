/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments, read in a thread. A row that cannot be is skipped and counted. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-read.h"

#include "leyden-segment.h"
#include "leyden-sqlite-rows.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenCandidateRow, leyden_candidate_row_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenProposalRow, leyden_proposal_row_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenCallRow, leyden_call_row_free)

/* JSON of one kind; NULL where the column is NULL and not @required. */
static LeydenValue *
take_value (LeydenRowReader *row,
            int              column,
            gboolean         required)
{
  g_autofree char *text = leyden_row_take_text (row, column, required);
  LeydenValue *value = text != NULL ? leyden_segment_parse_json (text, strlen (text), NULL) : NULL;

  if (text != NULL && value == NULL)
    row->ok = FALSE;
  return value;
}

static gpointer
read_experiment_row (sqlite3_stmt *statement)
{
  g_autoptr(LeydenExperimentRow) out = g_new0 (LeydenExperimentRow, 1);
  LeydenRowReader row = { statement, TRUE };

  out->experiment = leyden_row_take_text (&row, 0, TRUE);
  out->key = leyden_row_take_text (&row, 1, FALSE);
  out->state = leyden_row_take_text (&row, 2, TRUE);
  out->created_ns = leyden_row_take_int (&row, 3, 0);
  out->finished_ns = leyden_row_take_int (&row, 4, 0);
  out->definition = take_value (&row, 5, TRUE);
  out->snapshot = take_value (&row, 6, FALSE);
  return row.ok && leyden_value_get_kind (out->definition) == LEYDEN_VALUE_OBJECT ? g_steal_pointer (&out) : NULL;
}

static gpointer
read_candidate_row (sqlite3_stmt *statement)
{
  g_autoptr(LeydenCandidateRow) out = g_new0 (LeydenCandidateRow, 1);
  LeydenRowReader row = { statement, TRUE };

  out->candidate = leyden_row_take_text (&row, 0, TRUE);
  out->ordinal = leyden_row_take_int (&row, 1, 0);
  out->step = leyden_row_take_int (&row, 2, 0);
  out->origin = leyden_row_take_text (&row, 3, TRUE);
  out->parents = take_value (&row, 4, TRUE);
  out->slots = take_value (&row, 5, TRUE);
  return row.ok && leyden_value_get_kind (out->slots) == LEYDEN_VALUE_OBJECT ? g_steal_pointer (&out) : NULL;
}

static gpointer
read_evaluation_row (sqlite3_stmt *statement)
{
  g_autoptr(LeydenEvaluationRow) out = g_new0 (LeydenEvaluationRow, 1);
  LeydenRowReader row = { statement, TRUE };

  out->env = leyden_row_take_text (&row, 0, TRUE);
  out->candidate = leyden_row_take_text (&row, 1, TRUE);
  out->item = leyden_row_take_text (&row, 2, TRUE);
  out->sample = leyden_row_take_int (&row, 3, 0);
  out->rollout = leyden_row_take_text (&row, 4, TRUE);
  out->ok = leyden_row_take_int (&row, 5, 0) != 0;
  out->reward = leyden_row_take_double (&row, 6, FALSE);
  out->error_kind = leyden_row_take_text (&row, 7, FALSE);
  out->feedback = leyden_row_take_text (&row, 8, FALSE);
  out->answer = take_value (&row, 9, FALSE);
  out->tokens_in = leyden_row_take_int (&row, 10, 0);
  out->tokens_out = leyden_row_take_int (&row, 11, 0);
  out->cost = leyden_row_take_double (&row, 12, TRUE);
  out->latency_ms = leyden_row_take_double (&row, 13, FALSE);
  out->simulated = leyden_row_take_int (&row, 14, 0) != 0;
  out->finished_ns = leyden_row_take_int (&row, 15, 0);
  return row.ok ? g_steal_pointer (&out) : NULL;
}

static gpointer
read_proposal_row (sqlite3_stmt *statement)
{
  g_autoptr(LeydenProposalRow) out = g_new0 (LeydenProposalRow, 1);
  LeydenRowReader row = { statement, TRUE };

  out->step = leyden_row_take_int (&row, 0, 0);
  out->ordinal = leyden_row_take_int (&row, 1, 0);
  out->parent = leyden_row_take_text (&row, 2, TRUE);
  out->candidate = leyden_row_take_text (&row, 3, FALSE);
  out->slot = leyden_row_take_text (&row, 4, FALSE);
  out->critique = leyden_row_take_text (&row, 5, FALSE);
  out->value = take_value (&row, 6, FALSE);
  out->verdict = leyden_row_take_text (&row, 7, TRUE);
  out->why = leyden_row_take_text (&row, 8, FALSE);
  return row.ok ? g_steal_pointer (&out) : NULL;
}

static gpointer
read_call_row (sqlite3_stmt *statement)
{
  g_autoptr(LeydenCallRow) out = g_new0 (LeydenCallRow, 1);
  LeydenRowReader row = { statement, TRUE };

  out->key = leyden_row_take_text (&row, 0, TRUE);
  out->kind = leyden_row_take_text (&row, 1, TRUE);
  out->step = leyden_row_take_int (&row, 2, 0);
  out->ordinal = leyden_row_take_int (&row, 3, 0);
  out->request_hash = leyden_row_take_text (&row, 4, TRUE);
  out->response = take_value (&row, 5, TRUE);
  out->started_ns = leyden_row_take_int (&row, 6, 0);
  out->finished_ns = leyden_row_take_int (&row, 7, 0);
  return row.ok ? g_steal_pointer (&out) : NULL;
}

/* Steps through @statement (bound already) and adds what @read makes of its rows to @out. */
static gboolean
collect_rows (LeydenSql         *sql,
              sqlite3_stmt      *statement,
              gpointer         (*read) (sqlite3_stmt *statement),
              guint              limit,
              LeydenReadContext *context,
              GPtrArray         *out,
              GCancellable      *cancellable,
              GError           **error)
{
  int code = SQLITE_DONE;

  while ((limit == 0 || out->len < limit) && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gpointer row = read (statement);

      if (row != NULL)
        g_ptr_array_add (out, row);
      else if (context->n_skipped != NULL)
        g_atomic_int_inc (context->n_skipped);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        break;
      code = SQLITE_DONE;
    }
  if (code != SQLITE_DONE && code != SQLITE_ROW)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

GPtrArray *
leyden_read_list_experiments (LeydenSql            *sql,
                              LeydenReadContext    *context,
                              const LeydenReadArgs *args,
                              GCancellable         *cancellable,
                              GError              **error)
{
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_experiment_row_free);
  sqlite3_stmt *statement = leyden_sql_get (sql, args->name != NULL ? LEYDEN_SQL_LIST_EXPERIMENTS_BY_KEY : LEYDEN_SQL_LIST_EXPERIMENTS, error);

  if (statement == NULL)
    return NULL;
  if (args->name != NULL)
    leyden_sql_bind_text (statement, 1, args->name);
  return collect_rows (sql, statement, read_experiment_row, args->limit, context, rows, cancellable, error) ? g_steal_pointer (&rows) : NULL;
}

LeydenExperimentRow *
leyden_read_get_experiment (LeydenSql            *sql,
                            LeydenReadContext    *context,
                            const LeydenReadArgs *args,
                            GCancellable         *cancellable,
                            GError              **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_GET_EXPERIMENT, error);
  g_autofree char *shown = leyden_text_escape (args->name, -1, 100);
  LeydenExperimentRow *row = NULL;
  int code;

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, args->name);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW && (row = read_experiment_row (statement)) == NULL)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The row of experiment %s is damaged"), shown);
  else if (code == SQLITE_DONE)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no experiment %s"), shown);
  else if (code != SQLITE_ROW)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return row;
}

static gboolean
read_part (LeydenSql         *sql,
           LeydenSqlId        statement_id,
           gint64             experiment,
           gpointer         (*read) (sqlite3_stmt *statement),
           LeydenReadContext *context,
           GPtrArray         *out,
           GCancellable      *cancellable,
           GError           **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, statement_id, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, experiment);
  return collect_rows (sql, statement, read, 0, context, out, cancellable, error);
}

LeydenExperimentBatch *
leyden_read_experiment (LeydenSql            *sql,
                        LeydenReadContext    *context,
                        const LeydenReadArgs *args,
                        GCancellable         *cancellable,
                        GError              **error)
{
  g_autoptr(LeydenExperimentBatch) batch = leyden_experiment_batch_new (args->name);
  sqlite3_stmt *statement;
  gint64 id;

  batch->row = leyden_read_get_experiment (sql, context, args, cancellable, error);
  if (batch->row == NULL)
    return NULL;
  statement = leyden_sql_get (sql, LEYDEN_SQL_FIND_EXPERIMENT, error);
  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, args->name);
  id = sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  if (!read_part (sql, LEYDEN_SQL_LIST_CANDIDATES, id, read_candidate_row, context, batch->candidates, cancellable, error)
      || !read_part (sql, LEYDEN_SQL_LIST_PROPOSALS, id, read_proposal_row, context, batch->proposals, cancellable, error)
      || !read_part (sql, LEYDEN_SQL_LIST_CALLS, id, read_call_row, context, batch->calls, cancellable, error))
    return NULL;
  return g_steal_pointer (&batch);
}

GPtrArray *
leyden_read_list_evaluations (LeydenSql            *sql,
                              LeydenReadContext    *context,
                              const LeydenReadArgs *args,
                              GCancellable         *cancellable,
                              GError              **error)
{
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_evaluation_row_free);
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_LIST_EVALUATIONS, error);

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, args->name);
  return collect_rows (sql, statement, read_evaluation_row, 0, context, rows, cancellable, error) ? g_steal_pointer (&rows) : NULL;
}
