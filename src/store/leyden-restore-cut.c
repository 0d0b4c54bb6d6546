/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last commit of a restoring may go on behind the position that is asked for: records after it are taken away, and the rows that they changed
 * are taken from the database as it was one commit before. What the commit wrote besides records stays. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-backup.h"

#include "leyden-segment.h"

#include <inttypes.h>

/* %1: the position. `cut` holds the rollouts that lose records. */
#define FIND \
  "CREATE TEMP TABLE cut AS SELECT o.id AS id, o.rollout AS rollout, EXISTS (SELECT 1 FROM before.rollouts b WHERE b.id = o.id) AS was_there, " \
  "0 AS kept FROM rollouts o WHERE o.id IN (SELECT rollout FROM segments WHERE position + n_records - 1 > %" PRIu64 ")"

static const char * const steps[] = {
  "DELETE FROM segments WHERE position > (SELECT last_position FROM store)",
  "UPDATE cut SET kept = coalesce ((SELECT max (s.sequence + s.n_records - 1) FROM segments s WHERE s.rollout = cut.id), 0)",
  "DELETE FROM checkpoints WHERE sequence > (SELECT kept FROM cut WHERE cut.id = checkpoints.rollout)",
  /* Agent Lightning's rows of these logs */
  "CREATE TEMP TABLE cut_agl AS SELECT a.id AS id, c.kept AS kept, EXISTS (SELECT 1 FROM before.agl_rollouts b WHERE b.id = a.id) AS was_there "
    "FROM agl_rollouts a JOIN cut c ON c.rollout = a.log",
  "DELETE FROM agl_attempts WHERE sequence > (SELECT kept FROM cut_agl c WHERE c.id = agl_attempts.rollout)",
  "DELETE FROM agl_attempts WHERE rollout IN (SELECT id FROM cut_agl WHERE NOT was_there AND kept = 0)",
  "DELETE FROM leases WHERE rollout IN (SELECT id FROM cut_agl WHERE NOT was_there AND kept = 0)",
  "DELETE FROM agl_bodies WHERE rollout IN (SELECT id FROM cut_agl WHERE NOT was_there AND kept = 0)",
  "DELETE FROM agl_rollouts WHERE id IN (SELECT id FROM cut_agl WHERE NOT was_there AND kept = 0)",
  "INSERT OR REPLACE INTO agl_rollouts SELECT * FROM before.agl_rollouts WHERE id IN (SELECT id FROM cut_agl WHERE was_there)",
  /* the rollouts themselves */
  "DELETE FROM rollouts WHERE id IN (SELECT id FROM cut WHERE NOT was_there AND kept = 0)",
  "INSERT OR REPLACE INTO rollouts SELECT * FROM before.rollouts WHERE id IN (SELECT id FROM cut WHERE was_there)",
  "UPDATE rollouts SET state = 'running', finished_ns = 0, reward = NULL, latency_ms = NULL, error = NULL, error_node = NULL "
    "WHERE id IN (SELECT id FROM cut WHERE NOT was_there)",
  "UPDATE rollouts SET last_sequence = (SELECT kept FROM cut WHERE cut.id = rollouts.id), "
    "last_position = coalesce ((SELECT max (s.position + s.n_records - 1) FROM segments s WHERE s.rollout = rollouts.id), 0) "
    "WHERE id IN (SELECT id FROM cut)",
};

/* The one segment that goes on behind @position, if there is one, keeps what is before. */
static gboolean
shorten_segment (LeydenSql *sql,
                 guint64    position,
                 GError   **error)
{
  g_autofree char *find = g_strdup_printf ("SELECT position, n_records, body FROM segments WHERE position <= %" PRIu64
                                           " AND position + n_records - 1 > %" PRIu64, position, position);
  sqlite3_stmt *statement = NULL;
  sqlite3_stmt *update = NULL;
  g_autoptr(GByteArray) body = NULL;
  gint64 first = 0, n = 0, keep = 0;
  int code = sqlite3_prepare_v2 (sql->db, find, -1, &statement, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    {
      first = sqlite3_column_int64 (statement, 0);
      n = sqlite3_column_int64 (statement, 1);
      keep = (gint64) position - first + 1;
      body = leyden_segment_cut (sqlite3_column_blob (statement, 2), (gsize) sqlite3_column_bytes (statement, 2), (guint64) n, (guint64) keep, error);
    }
  else if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_finalize (statement);
  if (code != SQLITE_ROW || body == NULL)
    return code == SQLITE_DONE;

  code = sqlite3_prepare_v2 (sql->db, "UPDATE segments SET n_records = ?2, body = ?3 WHERE position = ?1", -1, &update, NULL);
  if (code == SQLITE_OK)
    {
      sqlite3_bind_int64 (update, 1, first);
      sqlite3_bind_int64 (update, 2, keep);
      sqlite3_bind_blob (update, 3, body->data, (int) body->len, SQLITE_STATIC);
      code = sqlite3_step (update);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_finalize (update);
  return code == SQLITE_DONE;
}

static gboolean
attach (LeydenSql  *sql,
        const char *before,
        GError    **error)
{
  g_autofree char *uri = leyden_sql_uri (before, "immutable=1");
  char *text = sqlite3_mprintf ("PRAGMA foreign_keys = OFF; ATTACH %Q AS before", uri);
  gboolean ok;

  sqlite3_limit (sql->db, SQLITE_LIMIT_ATTACHED, 1);
  ok = leyden_sql_exec (sql, text, error);
  sqlite3_free (text);
  return ok;
}

/* Facts reach beyond the cut, and say of what was cut what was true then: they are made anew. A backup may be older than they. */
static gboolean
forget_facts (LeydenSql *sql,
              GError   **error)
{
  gint64 n;

  return leyden_sql_get_int (sql, "SELECT count (*) FROM sqlite_schema WHERE name = 'facts_cursor'", &n, error)
         && (n == 0 || leyden_sql_exec (sql, "UPDATE facts_cursor SET projection = 0", error));
}

gboolean
leyden_restore_cut (const char *path,
                    const char *before,
                    guint64     position,
                    gint64     *n_cut,
                    GError    **error)
{
  g_autofree char *uri = leyden_sql_uri (path, NULL);
  g_autoptr(LeydenSql) sql = leyden_sql_open (uri, SQLITE_OPEN_READWRITE, error);
  g_autofree char *find = g_strdup_printf (FIND, position);
  g_autofree char *set = g_strdup_printf ("UPDATE store SET last_position = %" PRIu64, position);
  gint64 last;

  if (sql == NULL || !leyden_sql_exec (sql, "PRAGMA journal_mode = DELETE", error) || !attach (sql, before, error)
      || !leyden_sql_exec (sql, "BEGIN", error) || !leyden_sql_get_int (sql, "SELECT last_position FROM store", &last, error)
      || !leyden_sql_exec (sql, find, error) || !leyden_sql_exec (sql, set, error) || !shorten_segment (sql, position, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (!leyden_sql_exec (sql, steps[i], error))
      return FALSE;
  if (!forget_facts (sql, error))
    return FALSE;
  *n_cut = last - (gint64) position;
  return leyden_sql_exec (sql, "COMMIT", error);
}
