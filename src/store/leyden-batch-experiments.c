/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments, in the writer's thread. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-batch-private.h"

#include "leyden-json.h"
#include "leyden-redact.h"
#include "leyden-sqlite-rows.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static char *
write_with (LeydenBatch  *self,
            LeydenValue  *value,
            LeydenRedact  redact)
{
  g_autoptr(LeydenValue) redacted = NULL;

  if (value == NULL)
    return NULL;
  redacted = leyden_redact_value (value, redact, self->redact_data);
  return leyden_json_write (redacted, LEYDEN_JSON_COMPACT);
}

/* Known secrets go out of all that is text, and what is masked; NULL stays NULL. */
static char *
write_value (LeydenBatch *self,
             LeydenValue *value)
{
  return write_with (self, value, self->redact);
}

/* What an experiment is: it goes on with it after a restart. */
static char *
write_setting (LeydenBatch *self,
               LeydenValue *value)
{
  return write_with (self, value, self->redact_settings);
}

static char *
write_text (LeydenBatch *self,
            const char  *text)
{
  char *changed = text != NULL && self->redact != NULL ? self->redact (text, -1, self->redact_data) : NULL;

  return changed != NULL ? changed : g_strdup (text);
}

static gboolean
put_row (LeydenBatch               *self,
         const LeydenExperimentRow *row,
         GError                   **error)
{
  g_autofree char *definition = write_setting (self, row->definition);
  g_autofree char *snapshot = write_setting (self, row->snapshot);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_PUT_EXPERIMENT, error);

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, row->experiment);
  leyden_sql_bind_text (statement, 2, row->key);
  leyden_sql_bind_text (statement, 3, row->state);
  sqlite3_bind_int64 (statement, 4, MAX (row->created_ns, 0));
  sqlite3_bind_int64 (statement, 5, MAX (row->finished_ns, 0));
  leyden_sql_bind_text (statement, 6, definition != NULL ? definition : "{}");
  leyden_sql_bind_text (statement, 7, snapshot);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
put_candidate (LeydenBatch              *self,
               gint64                    id,
               const LeydenCandidateRow *row,
               GError                  **error)
{
  g_autofree char *parents = write_setting (self, row->parents);
  g_autofree char *slots = write_setting (self, row->slots);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_PUT_CANDIDATE, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  leyden_sql_bind_text (statement, 2, row->candidate);
  sqlite3_bind_int64 (statement, 3, row->ordinal);
  sqlite3_bind_int64 (statement, 4, row->step);
  leyden_sql_bind_text (statement, 5, row->origin);
  leyden_sql_bind_text (statement, 6, parents);
  leyden_sql_bind_text (statement, 7, slots);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
put_evaluation (LeydenBatch               *self,
                const LeydenEvaluationRow *row,
                GError                   **error)
{
  g_autofree char *feedback = write_text (self, row->feedback);
  g_autofree char *answer = write_value (self, row->answer);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_PUT_EVALUATION, error);

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, row->env);
  leyden_sql_bind_text (statement, 2, row->candidate);
  leyden_sql_bind_text (statement, 3, row->item);
  sqlite3_bind_int64 (statement, 4, row->sample);
  leyden_sql_bind_text (statement, 5, row->rollout);
  sqlite3_bind_int64 (statement, 6, row->ok != FALSE);
  leyden_row_bind_double (statement, 7, row->reward);
  leyden_sql_bind_text (statement, 8, row->error_kind);
  leyden_sql_bind_text (statement, 9, feedback);
  leyden_sql_bind_text (statement, 10, answer);
  sqlite3_bind_int64 (statement, 11, row->tokens_in);
  sqlite3_bind_int64 (statement, 12, row->tokens_out);
  sqlite3_bind_double (statement, 13, isfinite (row->cost) ? row->cost : 0);
  leyden_row_bind_double (statement, 14, row->latency_ms);
  sqlite3_bind_int64 (statement, 15, row->simulated != FALSE);
  sqlite3_bind_int64 (statement, 16, MAX (row->finished_ns, 0));
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
put_proposal (LeydenBatch             *self,
              gint64                   id,
              const LeydenProposalRow *row,
              GError                 **error)
{
  g_autofree char *critique = write_text (self, row->critique);
  g_autofree char *value = write_setting (self, row->value);
  g_autofree char *why = write_text (self, row->why);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_PUT_PROPOSAL, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int64 (statement, 2, row->step);
  sqlite3_bind_int64 (statement, 3, row->ordinal);
  leyden_sql_bind_text (statement, 4, row->parent);
  leyden_sql_bind_text (statement, 5, row->candidate);
  leyden_sql_bind_text (statement, 6, row->slot);
  leyden_sql_bind_text (statement, 7, critique);
  leyden_sql_bind_text (statement, 8, value);
  leyden_sql_bind_text (statement, 9, row->verdict);
  leyden_sql_bind_text (statement, 10, why);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
put_call (LeydenBatch         *self,
          gint64               id,
          const LeydenCallRow *row,
          GError             **error)
{
  g_autofree char *response = write_value (self, row->response);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_PUT_CALL, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  leyden_sql_bind_text (statement, 2, row->key);
  leyden_sql_bind_text (statement, 3, row->kind);
  sqlite3_bind_int64 (statement, 4, row->step);
  sqlite3_bind_int64 (statement, 5, row->ordinal);
  leyden_sql_bind_text (statement, 6, row->request_hash);
  leyden_sql_bind_text (statement, 7, response);
  sqlite3_bind_int64 (statement, 8, MAX (row->started_ns, 0));
  sqlite3_bind_int64 (statement, 9, MAX (row->finished_ns, 0));
  return leyden_sql_run (self->sql, statement, error);
}

/* Its row id; 0 when there is none. */
static gboolean
find_experiment (LeydenBatch  *self,
                 const char   *experiment,
                 gint64       *id,
                 GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_FIND_EXPERIMENT, error);
  int code;

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, experiment);
  code = sqlite3_step (statement);
  *id = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

gboolean
leyden_batch_put_experiment (LeydenBatch   *self,
                             LeydenRequest *request,
                             GError       **error)
{
  LeydenExperimentBatch *batch = request->experiment;
  gint64 id = 0;

  if ((batch->row != NULL && !put_row (self, batch->row, error)) || !find_experiment (self, batch->experiment, &id, error))
    return FALSE;
  if (id == 0)
    {
      g_autofree char *shown = leyden_text_escape (batch->experiment, -1, 100);

      g_clear_error (&request->error);
      request->error = g_error_new (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no experiment %s"), shown);
      return FALSE;
    }
  for (guint i = 0; i < batch->candidates->len; i++)
    if (!put_candidate (self, id, batch->candidates->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < batch->evaluations->len; i++)
    if (!put_evaluation (self, batch->evaluations->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < batch->proposals->len; i++)
    if (!put_proposal (self, id, batch->proposals->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < batch->calls->len; i++)
    if (!put_call (self, id, batch->calls->pdata[i], error))
      return FALSE;
  return TRUE;
}
