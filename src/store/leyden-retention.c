/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-retention.h"

#include <inttypes.h>

#include "leyden-store.h"

/* A rollout of a run ends with the run. A hidden one was removed by its trainer, whatever its state. What an experiment that goes on may still count
 * on stays, and what a worker holds. */
#define FIND(deleted, which) \
  "SELECT o.id, coalesce (a.id, 0), max (o.finished_ns, coalesce (r.finished_ns, 0), coalesce (a.updated_ns, 0)) AS ended, " deleted " " \
  "FROM rollouts o LEFT JOIN runs r ON r.id = o.run LEFT JOIN agl_rollouts a ON a.log = o.rollout " \
  "WHERE (o.state IN ('succeeded', 'failed', 'cancelled') OR a.hidden = 1) " \
  "AND (r.id IS NULL OR r.finished_ns > 0) " \
  "AND (a.id IS NULL OR a.hidden = 1 OR a.state IN ('succeeded', 'failed')) " \
  "AND ended > 0 AND " which " " \
  "AND o.rollout NOT IN (SELECT rollout FROM evaluations WHERE EXISTS (SELECT 1 FROM experiments WHERE finished_ns = 0)) " \
  "AND coalesce (a.id, 0) NOT IN (SELECT rollout FROM leases WHERE ended IS NULL) " \
  "ORDER BY ended, o.id"

/* Times are put in. */
#define FIND_OLD     FIND ("0", "ended < %" PRId64)
#define FIND_DELETED FIND ("1", "o.id IN (SELECT rollout FROM deleted_rollouts WHERE deleted_ns < %" PRId64 ")")

/* ?1: the rollout, ?2: Agent Lightning's row, ?3: it goes because it was deleted. */
#define STILL_ENDED \
  "SELECT o.last_sequence, coalesce (a.hidden, 0) FROM rollouts o LEFT JOIN runs r ON r.id = o.run LEFT JOIN agl_rollouts a ON a.id = ?2 " \
  "WHERE o.id = ?1 AND (o.state IN ('succeeded', 'failed', 'cancelled') OR a.hidden = 1) AND (r.id IS NULL OR r.finished_ns > 0) " \
  "AND NOT EXISTS (SELECT 1 FROM leases WHERE rollout = ?2 AND ended IS NULL) " \
  "AND (?3 = 0 OR EXISTS (SELECT 1 FROM deleted_rollouts WHERE rollout = ?1))"

static const char * const removals[] = {
  "DELETE FROM checkpoints WHERE rollout = ?1",
  "DELETE FROM node_ends WHERE position IN (SELECT n.position FROM segments s JOIN node_ends n ON n.position BETWEEN s.position AND s.position + s.n_records - 1 "
  "WHERE s.rollout = ?1)",
  "DELETE FROM segments WHERE rollout = ?1",
  "DELETE FROM leases WHERE rollout = ?2",
  "DELETE FROM agl_attempts WHERE rollout = ?2",
  "DELETE FROM agl_bodies WHERE rollout = ?2",
  "DELETE FROM agl_rollouts WHERE id = ?2",
  "INSERT OR IGNORE INTO rollups_stale (series, bucket) SELECT series, time_ns / 1000000000 FROM points WHERE rollout = ?1",
  "DELETE FROM points WHERE rollout = ?1",
  "DELETE FROM waits WHERE rollout = ?1",
  "DELETE FROM calls WHERE rollout = ?1",
  "UPDATE facts_cursor SET removed = removed + (SELECT count (*) FROM rollout_facts WHERE rollout = ?1)",
  "DELETE FROM rollout_facts WHERE rollout = ?1",
  "DELETE FROM deleted_rollouts WHERE rollout = ?1",
  "DELETE FROM rollouts WHERE id = ?1",
};

/* What has ended before ?1. Evaluations are shared, so they go only when no experiment is under way. The last two are counted. */
static const char * const late_removals[] = {
  "DELETE FROM documents WHERE kind = 'breakpoints' AND name IN (SELECT run FROM runs WHERE finished_ns > 0 AND finished_ns < ?1"
  " AND NOT EXISTS (SELECT 1 FROM rollouts WHERE run = runs.id))",
  "DELETE FROM candidates WHERE experiment IN (SELECT id FROM experiments WHERE finished_ns > 0 AND finished_ns < ?1)",
  "DELETE FROM proposals WHERE experiment IN (SELECT id FROM experiments WHERE finished_ns > 0 AND finished_ns < ?1)",
  "DELETE FROM call_log WHERE experiment IN (SELECT id FROM experiments WHERE finished_ns > 0 AND finished_ns < ?1)",
  "DELETE FROM node_cache WHERE used_ns < ?1",
  "DELETE FROM node_cache_last WHERE time_ns < ?1",
  "DELETE FROM evaluations WHERE finished_ns < ?1 AND NOT EXISTS (SELECT 1 FROM experiments WHERE finished_ns = 0)",
  "DELETE FROM experiments WHERE finished_ns > 0 AND finished_ns < ?1",
  "DELETE FROM runs WHERE finished_ns > 0 AND finished_ns < ?1 AND NOT EXISTS (SELECT 1 FROM rollouts WHERE run = runs.id)",
};

LeydenRemoval *
leyden_removal_new (void)
{
  LeydenRemoval *self = g_new0 (LeydenRemoval, 1);

  self->rollouts = g_array_new (FALSE, FALSE, sizeof (LeydenEnded));
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return self;
}

void
leyden_removal_free (LeydenRemoval *self)
{
  g_array_unref (self->rollouts);
  g_clear_error (&self->error);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}

void
leyden_removal_wait (LeydenRemoval *self)
{
  g_mutex_lock (&self->mutex);
  while (!self->done)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

void
leyden_removal_done (LeydenRemoval *self,
                     const GError  *error)
{
  g_mutex_lock (&self->mutex);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  self->done = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* --- in the writer --- */

typedef struct
{
  sqlite3_stmt *still;
  sqlite3_stmt *steps[G_N_ELEMENTS (removals)];
} Statements;

static void
statements_clear (Statements *self)
{
  sqlite3_finalize (self->still);
  for (guint i = 0; i < G_N_ELEMENTS (removals); i++)
    sqlite3_finalize (self->steps[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Statements, statements_clear)

static gboolean
prepare (Statements *self,
         LeydenSql  *sql,
         GError    **error)
{
  int code = sqlite3_prepare_v2 (sql->db, STILL_ENDED, -1, &self->still, NULL);

  for (guint i = 0; code == SQLITE_OK && i < G_N_ELEMENTS (removals); i++)
    code = sqlite3_prepare_v2 (sql->db, removals[i], -1, &self->steps[i], NULL);
  return code == SQLITE_OK || leyden_sql_fail (sql, code, error);
}

static gboolean
remove_all_of (LeydenSql         *sql,
               Statements        *statements,
               const LeydenEnded *ended,
               GError           **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (removals); i++)
    {
      sqlite3_stmt *statement = statements->steps[i];

      if (sqlite3_bind_parameter_count (statement) == 1)
        sqlite3_bind_int64 (statement, 1, ended->rollout);
      else
        sqlite3_bind_int64 (statement, 2, ended->agl);
      if (!leyden_sql_run (sql, statement, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
remove_rollout (LeydenRemoval     *self,
                LeydenSql         *sql,
                Statements        *statements,
                const LeydenEnded *ended,
                GError           **error)
{
  int code;

  sqlite3_bind_int64 (statements->still, 1, ended->rollout);
  sqlite3_bind_int64 (statements->still, 2, ended->agl);
  sqlite3_bind_int64 (statements->still, 3, ended->deleted);
  code = sqlite3_step (statements->still);
  if (code == SQLITE_ROW)
    {
      self->n_records += sqlite3_column_int64 (statements->still, 0);
      self->n_by_trainer += sqlite3_column_int64 (statements->still, 1);
      self->n_rollouts++;
    }
  sqlite3_reset (statements->still);
  if (code != SQLITE_ROW)
    return code == SQLITE_DONE || leyden_sql_fail (sql, code, error);
  return remove_all_of (sql, statements, ended, error);
}

static gboolean
remove_before (LeydenSql  *sql,
               const char *text,
               gint64      before_ns,
               GError    **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (sql->db, text, -1, &statement, NULL);

  if (code == SQLITE_OK)
    {
      sqlite3_bind_int64 (statement, 1, before_ns);
      code = sqlite3_step (statement);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE;
}

static gboolean
remove_rest (LeydenRemoval *self,
             LeydenSql     *sql,
             GError       **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (late_removals); i++)
    {
      if (!remove_before (sql, late_removals[i], self->runs_before_ns, error))
        return FALSE;
      self->n_experiments = self->n_runs;
      self->n_runs = sqlite3_changes (sql->db);
    }
  return TRUE;
}

gboolean
leyden_removal_apply (LeydenRemoval *self,
                      LeydenSql     *sql,
                      GError       **error)
{
  g_auto(Statements) statements = { NULL, };

  self->n_rollouts = self->n_by_trainer = self->n_records = self->n_runs = self->n_experiments = 0;
  if (self->rollouts->len > 0 && !prepare (&statements, sql, error))
    return FALSE;
  for (guint i = 0; i < self->rollouts->len; i++)
    if (!remove_rollout (self, sql, &statements, &g_array_index (self->rollouts, LeydenEnded, i), error))
      return FALSE;
  return self->runs_before_ns == 0 || remove_rest (self, sql, error);
}

/* --- at the opening --- */

static GArray *
find (LeydenSql    *sql,
      const char   *text,
      GCancellable *cancellable,
      GError      **error)
{
  g_autoptr(GArray) found = g_array_new (FALSE, FALSE, sizeof (LeydenEnded));
  sqlite3_stmt *statement = NULL;
  gboolean cancelled = FALSE;
  int code = sqlite3_prepare_v2 (sql->db, text, -1, &statement, NULL);

  while (code == SQLITE_OK && !cancelled && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      LeydenEnded ended = { sqlite3_column_int64 (statement, 0), sqlite3_column_int64 (statement, 1), sqlite3_column_int64 (statement, 2),
                            sqlite3_column_int64 (statement, 3) };

      g_array_append_val (found, ended);
      cancelled = g_cancellable_set_error_if_cancelled (cancellable, error);
      code = SQLITE_OK;
    }
  if (!cancelled && code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&found) : NULL;
}

#define OF_UNFINISHED "(SELECT id FROM runs WHERE run IN (SELECT name FROM documents WHERE kind = '" LEYDEN_STORE_UNFINISHED "'))"

static gboolean
remove_unfinished (LeydenSql *sql,
                   GArray    *rollouts,
                   GError   **error)
{
  g_auto(Statements) statements = { NULL, };

  if (!prepare (&statements, sql, error))
    return FALSE;
  for (guint i = 0; i < rollouts->len; i++)
    if (!remove_all_of (sql, &statements, &g_array_index (rollouts, LeydenEnded, i), error))
      return FALSE;
  return leyden_sql_exec (sql, "DELETE FROM runs WHERE id IN " OF_UNFINISHED, error)
         && leyden_sql_exec (sql, "DELETE FROM documents WHERE kind = '" LEYDEN_STORE_UNFINISHED "'", error);
}

gboolean
leyden_retention_remove_unfinished (LeydenSql  *sql,
                                    GError    **error)
{
  g_autoptr(GArray) rollouts = NULL;
  gint64 n;

  if (!leyden_sql_get_int (sql, "SELECT count (*) FROM documents WHERE kind = '" LEYDEN_STORE_UNFINISHED "'", &n, error))
    return FALSE;
  if (n == 0)
    return TRUE;
  rollouts = find (sql, "SELECT id, 0, 0, 0 FROM rollouts WHERE run IN " OF_UNFINISHED, NULL, error);
  if (rollouts == NULL || !leyden_sql_exec (sql, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (remove_unfinished (sql, rollouts, error) && leyden_sql_exec (sql, "COMMIT", error))
    return TRUE;
  leyden_sql_exec (sql, "ROLLBACK", NULL);
  return FALSE;
}

/* --- in the thread that retains --- */

GArray *
leyden_retention_find (LeydenSql    *sql,
                       gint64        before_ns,
                       GCancellable *cancellable,
                       GError      **error)
{
  g_autofree char *text = g_strdup_printf (FIND_OLD, before_ns);

  return find (sql, text, cancellable, error);
}

GArray *
leyden_retention_find_deleted (LeydenSql    *sql,
                               gint64        before_ns,
                               GCancellable *cancellable,
                               GError      **error)
{
  g_autofree char *text = g_strdup_printf (FIND_DELETED, before_ns);

  return find (sql, text, cancellable, error);
}

gboolean
leyden_retention_measure (LeydenSql *sql,
                          gint64    *n_bytes,
                          GError   **error)
{
  gint64 n_pages, n_free, page_size;

  if (!leyden_sql_get_int (sql, "PRAGMA page_count", &n_pages, error) || !leyden_sql_get_int (sql, "PRAGMA freelist_count", &n_free, error)
      || !leyden_sql_get_int (sql, "PRAGMA page_size", &page_size, error))
    return FALSE;
  *n_bytes = (n_pages - n_free) * page_size;
  return TRUE;
}
