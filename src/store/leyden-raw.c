/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-raw.h"

#include "leyden-sql.h"

#define GROUP    100
#define ROW_SIZE 1024

static gboolean
insert_group (LeydenSql    *sql,
              sqlite3_stmt *insert,
              const char   *row,
              guint         n,
              GError      **error)
{
  if (!leyden_sql_exec (sql, "BEGIN IMMEDIATE", error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      sqlite3_bind_blob (insert, 1, row, ROW_SIZE, SQLITE_STATIC);
      if (!leyden_sql_run (sql, insert, error))
        return FALSE;
    }
  return leyden_sql_exec (sql, "COMMIT", error);
}

gboolean
leyden_raw_insert (const char *path,
                   guint       rows,
                   GError    **error)
{
  g_autofree char *uri = leyden_sql_uri (path, NULL);
  g_autoptr(LeydenSql) sql = leyden_sql_open (uri, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  g_autofree char *row = g_strnfill (ROW_SIZE, 'x');
  sqlite3_stmt *insert = NULL;
  gboolean ok;
  int code;

  if (sql == NULL || !leyden_sql_exec (sql, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                                       "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, body BLOB)", error))
    return FALSE;
  code = sqlite3_prepare_v2 (sql->db, "INSERT INTO events (body) VALUES (?1)", -1, &insert, NULL);
  ok = code == SQLITE_OK || leyden_sql_fail (sql, code, error);
  for (guint done = 0; ok && done < rows; done += GROUP)
    ok = insert_group (sql, insert, row, MIN (GROUP, rows - done), error);
  sqlite3_finalize (insert);
  return ok;
}
