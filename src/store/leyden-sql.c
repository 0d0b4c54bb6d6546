/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sql.h"

#include "leyden-segment.h"
#include "leyden-text.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

/* How long a connection waits for another program's lock before it says so. */
#define BUSY_TIMEOUT_MS 5000

#define ROLLOUT_COLUMNS \
  "o.rollout, r.run, o.executor, o.item_index, o.item, o.split, o.state, o.reward, o.started_ns, o.finished_ns, o.latency_ms, " \
  "o.tokens_in, o.tokens_out, o.cost, o.simulated, o.error, o.error_node, o.last_sequence, o.last_position " \
  "FROM rollouts o LEFT JOIN runs r ON r.id = o.run "
#define RUN_COLUMNS "run, key, state, created_ns, finished_ns, definition, n_items, id FROM runs "
#define AGL_COLUMNS "a.id, a.rollout, a.log, a.listed, a.state, a.k8s_job_name, a.last_attempt_id, a.error_message, a.version, a.created_ns, " \
  "a.updated_ns, a.is_train, a.data_id, a.hidden "
/* Ids of one state, in order of creation; no more than the list can show. ?5: whether that state is asked for. */
#define AGL_STATE(state, asked) \
  "SELECT id FROM (SELECT id FROM agl_rollouts WHERE " asked " AND state = '" state "' AND hidden = 0 AND listed = 1 ORDER BY id LIMIT ?5) "
#define LEASE_COLUMNS "l.id, l.lease, l.rollout, l.attempt, l.worker, l.ttl_ns, l.since_ns, l.expires_ns, l.ended FROM leases l "
#define EXPERIMENT_COLUMNS "experiment, key, state, created_ns, finished_ns, definition, snapshot FROM experiments "
/* The run ?1; NULL: rollouts outside of any run; an unknown one: none. */
#define RUN_OR_NONE "(CASE WHEN ?1 IS NOT NULL THEN coalesce ((SELECT id FROM runs WHERE run = ?1), -1) END)"
/* A body that no segment of ours can have is not even loaded. */
#define SEGMENT_COLUMNS "s.position, s.sequence, s.n_records, length (s.body), " \
  "CASE WHEN length (s.body) <= 67108864 THEN s.body END"
G_STATIC_ASSERT (LEYDEN_SEGMENT_MAX_BODY == 67108864);

static const char * const texts[LEYDEN_SQL_N] = {
  [LEYDEN_SQL_BEGIN] = "BEGIN IMMEDIATE",
  [LEYDEN_SQL_COMMIT] = "COMMIT",
  [LEYDEN_SQL_ROLLBACK] = "ROLLBACK",
  [LEYDEN_SQL_GET_POSITION] = "SELECT last_position FROM store",
  [LEYDEN_SQL_SET_POSITION] = "UPDATE store SET last_position = ?1",
  [LEYDEN_SQL_STAMP] = "UPDATE store SET n_commits = n_commits + 1, committed_ns = max (?1, committed_ns + 1)",
  [LEYDEN_SQL_FIND_RUN] = "SELECT id FROM runs WHERE run = ?1",
  [LEYDEN_SQL_PUT_RUN] =
    "INSERT INTO runs (run, key, state, created_ns, finished_ns, n_items, definition) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
    "ON CONFLICT (run) DO UPDATE SET key = excluded.key, state = excluded.state, finished_ns = excluded.finished_ns, "
    "n_items = excluded.n_items, definition = excluded.definition",
  [LEYDEN_SQL_LIST_RUNS] = "SELECT " RUN_COLUMNS "ORDER BY created_ns DESC, id DESC",
  [LEYDEN_SQL_LIST_RUNS_BY_KEY] = "SELECT " RUN_COLUMNS "WHERE key = ?1 ORDER BY created_ns DESC, id DESC",
  [LEYDEN_SQL_GET_RUN] = "SELECT " RUN_COLUMNS "WHERE run = ?1",
  [LEYDEN_SQL_COUNT_RUN] = "SELECT state, count (*), count (reward), total (reward) FROM rollouts WHERE run = ?1 GROUP BY state",
  [LEYDEN_SQL_FIND_ROLLOUT] =
    "SELECT o.id, o.last_sequence, r.run, o.run FROM rollouts o LEFT JOIN runs r ON r.id = o.run WHERE o.rollout = ?1",
  [LEYDEN_SQL_INSERT_ROLLOUT] =
    "INSERT INTO rollouts (rollout, run, executor, item_index, item, split, state, reward, started_ns, finished_ns, latency_ms, "
    "tokens_in, tokens_out, cost, simulated, error, error_node, last_sequence, last_position) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
  [LEYDEN_SQL_UPDATE_ROLLOUT] =
    "UPDATE rollouts SET executor = ?3, item_index = ?4, item = ?5, split = ?6, state = ?7, reward = ?8, "
    "started_ns = ?9, finished_ns = ?10, latency_ms = ?11, tokens_in = ?12, tokens_out = ?13, cost = ?14, simulated = ?15, error = ?16, "
    "error_node = ?17, last_sequence = ?18, last_position = max (last_position, ?19) WHERE rollout = ?1",
  [LEYDEN_SQL_TOUCH_ROLLOUT] = "UPDATE rollouts SET last_sequence = ?2, last_position = ?3 WHERE id = ?1",
  [LEYDEN_SQL_SET_ROLLOUT_RUN] = "UPDATE rollouts SET run = ?2 WHERE id = ?1",
  [LEYDEN_SQL_GET_ROLLOUT] = "SELECT " ROLLOUT_COLUMNS "WHERE o.rollout = ?1",
  [LEYDEN_SQL_LIST_ROLLOUTS] =
    "SELECT " ROLLOUT_COLUMNS "WHERE o.run IS " RUN_OR_NONE " AND o.item_index > ?2 ORDER BY o.item_index, o.id",
  [LEYDEN_SQL_LIST_ROLLOUTS_BY_STATE] =
    "SELECT " ROLLOUT_COLUMNS "WHERE o.run IS " RUN_OR_NONE " AND o.item_index > ?2 AND o.state = ?3 "
    "ORDER BY o.item_index, o.id",
  [LEYDEN_SQL_INSERT_SEGMENT] = "INSERT INTO segments (position, rollout, run, sequence, n_records, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  [LEYDEN_SQL_SET_SEGMENT_RUN] = "UPDATE segments SET run = ?2 WHERE rollout = ?1",
  /* The segment that holds the record after ?2 is the last one that starts at or before it. */
  [LEYDEN_SQL_READ_ROLLOUT] =
    "SELECT " SEGMENT_COLUMNS ", NULL FROM segments s WHERE s.rollout = ?1 AND s.sequence >= "
    "coalesce ((SELECT max (sequence) FROM segments WHERE rollout = ?1 AND sequence <= ?2 + 1), 0) ORDER BY s.sequence",
  [LEYDEN_SQL_READ_RUN] =
    "SELECT " SEGMENT_COLUMNS ", o.rollout FROM segments s JOIN rollouts o ON o.id = s.rollout "
    "WHERE s.run = (SELECT id FROM runs WHERE run = ?1) AND s.position >= "
    "coalesce ((SELECT max (position) FROM segments WHERE run = (SELECT id FROM runs WHERE run = ?1) AND position <= ?2 + 1), 0) "
    "ORDER BY s.position",
  [LEYDEN_SQL_READ_ALL] =
    "SELECT " SEGMENT_COLUMNS ", o.rollout FROM segments s LEFT JOIN rollouts o ON o.id = s.rollout "
    "WHERE s.position >= coalesce ((SELECT max (position) FROM segments WHERE position <= ?2 + 1), 0) ORDER BY s.position",
  [LEYDEN_SQL_FIND_CHECKPOINT] =
    "SELECT sequence, state FROM checkpoints WHERE rollout = ?1 AND reducer = ?2 AND sequence <= ?3 ORDER BY sequence DESC LIMIT 1",
  [LEYDEN_SQL_PUT_CHECKPOINT] = "INSERT OR REPLACE INTO checkpoints (rollout, reducer, sequence, state) VALUES (?1, ?2, ?3, ?4)",
  [LEYDEN_SQL_PUT_DOCUMENT] =
    "INSERT INTO documents (kind, name, value) VALUES (?1, ?2, ?3) ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value",
  [LEYDEN_SQL_DELETE_DOCUMENT] = "DELETE FROM documents WHERE kind = ?1 AND name = ?2",
  [LEYDEN_SQL_LIST_DOCUMENTS] = "SELECT name, value FROM documents WHERE kind = ?1 ORDER BY name",
  [LEYDEN_SQL_GET_DOCUMENT] = "SELECT name, value FROM documents WHERE kind = ?1 AND name = ?2",
  [LEYDEN_SQL_FIND_EXPERIMENT] = "SELECT id FROM experiments WHERE experiment = ?1",
  [LEYDEN_SQL_PUT_EXPERIMENT] =
    "INSERT INTO experiments (experiment, key, state, created_ns, finished_ns, definition, snapshot) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
    "ON CONFLICT (experiment) DO UPDATE SET key = excluded.key, state = excluded.state, finished_ns = excluded.finished_ns, "
    "definition = excluded.definition, snapshot = excluded.snapshot",
  [LEYDEN_SQL_LIST_EXPERIMENTS] = "SELECT " EXPERIMENT_COLUMNS "ORDER BY created_ns DESC, id DESC",
  [LEYDEN_SQL_LIST_EXPERIMENTS_BY_KEY] = "SELECT " EXPERIMENT_COLUMNS "WHERE key = ?1 ORDER BY created_ns DESC, id DESC",
  [LEYDEN_SQL_GET_EXPERIMENT] = "SELECT " EXPERIMENT_COLUMNS "WHERE experiment = ?1",
  [LEYDEN_SQL_PUT_CANDIDATE] =
    "INSERT INTO candidates (experiment, candidate, ordinal, step, origin, parents, slots) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
    "ON CONFLICT DO NOTHING",
  [LEYDEN_SQL_LIST_CANDIDATES] =
    "SELECT candidate, ordinal, step, origin, parents, slots FROM candidates WHERE experiment = ?1 ORDER BY ordinal",
  [LEYDEN_SQL_PUT_EVALUATION] =
    "INSERT INTO evaluations (env, candidate, item, sample, rollout, ok, reward, error_kind, feedback, answer, tokens_in, tokens_out, cost, "
    "latency_ms, simulated, finished_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
    "ON CONFLICT (env, candidate, item, sample) DO UPDATE SET rollout = excluded.rollout, ok = excluded.ok, reward = excluded.reward, "
    "error_kind = excluded.error_kind, feedback = excluded.feedback, answer = excluded.answer, tokens_in = excluded.tokens_in, "
    "tokens_out = excluded.tokens_out, cost = excluded.cost, latency_ms = excluded.latency_ms, simulated = excluded.simulated, "
    "finished_ns = excluded.finished_ns WHERE ok = 0",
  [LEYDEN_SQL_LIST_EVALUATIONS] =
    "SELECT env, candidate, item, sample, rollout, ok, reward, error_kind, feedback, answer, tokens_in, tokens_out, cost, latency_ms, "
    "simulated, finished_ns FROM evaluations WHERE env = ?1 ORDER BY id",
  [LEYDEN_SQL_PUT_PROPOSAL] =
    "INSERT OR REPLACE INTO proposals (experiment, step, ordinal, parent, candidate, slot, critique, value, verdict, why) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
  [LEYDEN_SQL_LIST_PROPOSALS] =
    "SELECT step, ordinal, parent, candidate, slot, critique, value, verdict, why FROM proposals WHERE experiment = ?1 ORDER BY step, ordinal",
  [LEYDEN_SQL_PUT_CALL] =
    "INSERT OR REPLACE INTO call_log (experiment, call_key, kind, step, ordinal, request_hash, response, started_ns, finished_ns) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
  [LEYDEN_SQL_LIST_CALLS] =
    "SELECT call_key, kind, step, ordinal, request_hash, response, started_ns, finished_ns FROM call_log WHERE experiment = ?1 "
    "ORDER BY step, ordinal",
  [LEYDEN_SQL_AGL_FIND] = "SELECT " AGL_COLUMNS "FROM agl_rollouts a WHERE a.rollout = ?1 AND a.hidden = 0",
  [LEYDEN_SQL_AGL_FIND_HIDDEN] = "SELECT 1 FROM agl_rollouts WHERE rollout = ?1 AND listed = 0 AND hidden = 1",
  [LEYDEN_SQL_AGL_INSERT] =
    "INSERT INTO agl_rollouts (rollout, log, hidden, listed, state, version, created_ns, updated_ns, is_train, data_id, sample) "
    "VALUES (?1, ?2, ?3, ?4, 'queuing', 1, ?5, ?5, ?6, ?7, ?8)",
  [LEYDEN_SQL_AGL_INSERT_BODY] = "INSERT INTO agl_bodies (rollout, body) VALUES (?1, ?2)",
  [LEYDEN_SQL_AGL_SET_LOG] = "UPDATE agl_rollouts SET log = ?2 WHERE id = ?1",
  [LEYDEN_SQL_AGL_UPDATE] =
    "UPDATE agl_rollouts SET state = ?2, k8s_job_name = ?3, last_attempt_id = ?4, error_message = ?5, version = version + 1, "
    "updated_ns = ?6, terminal = coalesce (terminal, ?7) WHERE id = ?1",
  [LEYDEN_SQL_AGL_HIDE] = "UPDATE agl_rollouts SET hidden = 1 WHERE id = ?1",
  [LEYDEN_SQL_AGL_GET] =
    "SELECT " AGL_COLUMNS ", b.body FROM agl_rollouts a LEFT JOIN agl_bodies b ON b.rollout = a.id WHERE a.id = ?1",
  [LEYDEN_SQL_AGL_LIST] =
    "SELECT " AGL_COLUMNS ", b.body FROM (" AGL_STATE ("queuing", "?1") "UNION ALL " AGL_STATE ("running", "?2") "UNION ALL "
    AGL_STATE ("succeeded", "?3") "UNION ALL " AGL_STATE ("failed", "?4") "ORDER BY 1 LIMIT ?5) l "
    "JOIN agl_rollouts a ON a.id = l.id JOIN agl_bodies b ON b.rollout = a.id ORDER BY a.id",
  [LEYDEN_SQL_AGL_TERMINAL] =
    "SELECT " AGL_COLUMNS "FROM agl_rollouts a WHERE a.terminal > ?1 AND a.terminal <= ?2 AND a.terminal IS NOT NULL ORDER BY a.terminal",
  [LEYDEN_SQL_AGL_GET_LENGTH] = "SELECT n_terminal FROM agl_log",
  [LEYDEN_SQL_AGL_SET_LENGTH] = "UPDATE agl_log SET n_terminal = ?1",
  [LEYDEN_SQL_AGL_PUT_ATTEMPT] = "INSERT OR IGNORE INTO agl_attempts (rollout, attempt, sequence) VALUES (?1, ?2, ?3)",
  [LEYDEN_SQL_AGL_LIST_ATTEMPTS] = "SELECT attempt FROM agl_attempts WHERE rollout = ?1 ORDER BY sequence",
  [LEYDEN_SQL_AGL_SET_ROLLOUT_STATE] =
    "UPDATE rollouts SET state = ?2, started_ns = CASE WHEN started_ns = 0 THEN ?3 ELSE started_ns END, finished_ns = ?4, "
    "error = coalesce (?5, error), latency_ms = CASE WHEN ?4 > 0 AND started_ns > 0 THEN (?4 - started_ns) / 1e6 END WHERE rollout = ?1",
  [LEYDEN_SQL_AGL_SET_ROLLOUT_REWARD] = "UPDATE rollouts SET reward = ?2 WHERE rollout = ?1",
  [LEYDEN_SQL_AGL_PUT_MODEL] =
    "INSERT INTO agl_models (model, endpoint, version) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (model, endpoint) DO UPDATE SET version = excluded.version",
  [LEYDEN_SQL_AGL_CLEAR_MODELS] = "DELETE FROM agl_models",
  [LEYDEN_SQL_AGL_LIST_MODELS] = "SELECT model, endpoint, version FROM agl_models ORDER BY id",
  [LEYDEN_SQL_GET_AUDIT_HEAD] = "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1",
  [LEYDEN_SQL_INSERT_AUDIT] = "INSERT INTO audit (id, line, hash) VALUES (?1, ?2, ?3)",
  [LEYDEN_SQL_LIST_AUDIT] = "SELECT id, line, hash FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2",
  [LEYDEN_SQL_AGL_SET_ROLLOUT_SIMULATED] = "UPDATE rollouts SET simulated = 1 WHERE rollout = ?1 AND simulated = 0",
  [LEYDEN_SQL_AGL_RECENT] = "SELECT " AGL_COLUMNS "FROM agl_rollouts a WHERE a.id < ?1 ORDER BY a.id DESC LIMIT ?2",
  [LEYDEN_SQL_AGL_GET_SAMPLE] = "SELECT sample FROM agl_rollouts WHERE id = ?1",
  [LEYDEN_SQL_AGL_LIST_GROUP] = "SELECT log FROM agl_rollouts WHERE sample = ?1 ORDER BY id LIMIT ?2",
  [LEYDEN_SQL_LEASE_NEXT] = "SELECT id FROM agl_rollouts WHERE state = 'queuing' AND hidden = 0 AND listed = 1 ORDER BY id LIMIT ?1",
  [LEYDEN_SQL_LEASE_COUNT] = "SELECT count (*) FROM leases WHERE rollout = ?1",
  [LEYDEN_SQL_LEASE_INSERT] =
    "INSERT INTO leases (lease, rollout, attempt, worker, ttl_ns, since_ns, expires_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6 + ?5)",
  [LEYDEN_SQL_LEASE_FIND] = "SELECT " LEASE_COLUMNS "WHERE l.lease = ?1",
  [LEYDEN_SQL_LEASE_RENEW] = "UPDATE leases SET ttl_ns = ?2, expires_ns = max (expires_ns, ?3 + ?2) WHERE id = ?1",
  [LEYDEN_SQL_LEASE_END] = "UPDATE leases SET ended = ?2, expires_ns = ?3 WHERE id = ?1",
  [LEYDEN_SQL_LEASE_OF_WORKER] = "SELECT " LEASE_COLUMNS "WHERE l.worker = ?1 AND l.ended IS NULL ORDER BY l.id LIMIT ?2",
  [LEYDEN_SQL_LEASE_DUE] = "SELECT " LEASE_COLUMNS "WHERE l.ended IS NULL AND l.expires_ns <= ?1 ORDER BY l.expires_ns LIMIT ?2",
  [LEYDEN_SQL_LEASE_OF_ROLLOUT] = "SELECT " LEASE_COLUMNS "WHERE l.rollout = ?1 AND l.ended IS NULL",
  [LEYDEN_SQL_LEASE_KEEP] = "UPDATE leases SET expires_ns = max (expires_ns, ?1 + ttl_ns) WHERE ended IS NULL",
  [LEYDEN_SQL_LEASE_N_HELD] = "SELECT count (*) FROM leases WHERE ended IS NULL",
  [LEYDEN_SQL_LEASE_LIST] =
    "SELECT l.worker, a.rollout, l.attempt, l.since_ns, l.expires_ns FROM leases l JOIN agl_rollouts a ON a.id = l.rollout "
    "WHERE l.ended IS NULL ORDER BY l.id LIMIT ?1",
  [LEYDEN_SQL_CACHE_GET] = "SELECT value FROM node_cache WHERE key = ?1",
  [LEYDEN_SQL_CACHE_GET_LAST] = "SELECT value, cleared FROM node_cache_last WHERE flow = ?1 AND node = ?2",
  [LEYDEN_SQL_CACHE_SIZE] = "SELECT size FROM node_cache WHERE key = ?1",
  [LEYDEN_SQL_CACHE_HAS_LAST] = "SELECT 1 FROM node_cache_last WHERE flow = ?1 AND node = ?2",
  [LEYDEN_SQL_CACHE_PUT] =
    "INSERT INTO node_cache (key, flow, value, size, used_ns) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, size = excluded.size, used_ns = excluded.used_ns",
  [LEYDEN_SQL_CACHE_TOUCH] = "UPDATE node_cache SET used_ns = ?2 WHERE key = ?1",
  /* The oldest whose sizes together reach ?1. */
  [LEYDEN_SQL_CACHE_PRUNE] =
    "DELETE FROM node_cache WHERE id IN (SELECT id FROM (SELECT id, sum (size) OVER (ORDER BY used_ns, id) - size AS before FROM node_cache) "
    "WHERE before < ?1)",
  [LEYDEN_SQL_CACHE_PUT_LAST] =
    "INSERT INTO node_cache_last (flow, node, value, time_ns) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (flow, node) DO UPDATE SET value = excluded.value, time_ns = excluded.time_ns, cleared = 0",
  [LEYDEN_SQL_CACHE_PRUNE_LAST] =
    "DELETE FROM node_cache_last WHERE (flow, node) IN (SELECT flow, node FROM node_cache_last ORDER BY time_ns LIMIT ?1)",
  [LEYDEN_SQL_CACHE_CLEAR] = "DELETE FROM node_cache WHERE ?1 IS NULL OR flow = ?1",
  [LEYDEN_SQL_CACHE_CLEAR_LAST] = "UPDATE node_cache_last SET cleared = 1 WHERE ?1 IS NULL OR flow = ?1",
};

/* Why the system refused: a commit that fails says it only at the file, the log or the database. */
static int
find_errno (sqlite3 *db)
{
  sqlite3_file *files[2] = { NULL, NULL };
  int found = db != NULL ? sqlite3_system_errno (db) : 0;

  if (db == NULL || found != 0)
    return found;
  sqlite3_file_control (db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &files[0]);
  sqlite3_file_control (db, "main", SQLITE_FCNTL_FILE_POINTER, &files[1]);
  for (guint i = 0; found == 0 && i < G_N_ELEMENTS (files); i++)
    if (files[i] != NULL && files[i]->pMethods != NULL)
      files[i]->pMethods->xFileControl (files[i], SQLITE_FCNTL_LAST_ERRNO, &found);
  return found;
}

static LeydenStoreError
classify (sqlite3 *db,
          int      code)
{
  int kind = code & 0xff;
  int system = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN ? find_errno (db) : 0;

  switch (kind)
    {
    case SQLITE_NOTADB:
      return LEYDEN_STORE_ERROR_NOT_A_DATABASE;
    case SQLITE_CORRUPT:
      return LEYDEN_STORE_ERROR_CORRUPT;
    case SQLITE_FULL:
      return LEYDEN_STORE_ERROR_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return LEYDEN_STORE_ERROR_READ_ONLY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return LEYDEN_STORE_ERROR_LOCKED;
    case SQLITE_IOERR:
      return system == ENOSPC || system == EDQUOT ? LEYDEN_STORE_ERROR_FULL
             : system == EROFS || system == EACCES || system == EPERM ? LEYDEN_STORE_ERROR_READ_ONLY : LEYDEN_STORE_ERROR_FAILED;
    case SQLITE_CANTOPEN:
      return system == EACCES || system == EROFS ? LEYDEN_STORE_ERROR_READ_ONLY : LEYDEN_STORE_ERROR_FAILED;
    default:
      return LEYDEN_STORE_ERROR_FAILED;
    }
}

gboolean
leyden_sql_fail_db (sqlite3 *db,
                    int      code,
                    GError **error)
{
  int kind = code & 0xff;
  g_autofree char *message = NULL;

  if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED)
    {
      g_set_error_literal (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED, _("Another program holds the database locked"));
    }
  else
    {
      /* It may quote what stands in the file. */
      message = leyden_text_escape (db != NULL && (sqlite3_errcode (db) & 0xff) == kind ? sqlite3_errmsg (db) : sqlite3_errstr (code), -1, 300);
      g_set_error (error, LEYDEN_STORE_ERROR, classify (db, code), _("Database: %s"), message);
    }
  return FALSE;
}

gboolean
leyden_sql_fail (LeydenSql *self,
                 int        code,
                 GError   **error)
{
  return leyden_sql_fail_db (self != NULL ? self->db : NULL, code, error);
}

gboolean
leyden_sql_concerns_all (const GError *error)
{
  static const LeydenStoreError codes[] = {
    LEYDEN_STORE_ERROR_FULL, LEYDEN_STORE_ERROR_READ_ONLY, LEYDEN_STORE_ERROR_CORRUPT, LEYDEN_STORE_ERROR_LOCKED,
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, LEYDEN_STORE_ERROR, codes[i]))
      return TRUE;
  return FALSE;
}

char *
leyden_sql_uri (const char *path,
                const char *query)
{
  g_autofree char *escaped = g_uri_escape_string (path, "/", TRUE);

  return g_strconcat ("file:", escaped, query ? "?" : "", query, NULL);
}

static gboolean
configure (LeydenSql *self,
           GError   **error)
{
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  sqlite3_limit (self->db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_extended_result_codes (self->db, 1);
  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  return leyden_sql_exec (self, "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; "
                                "PRAGMA foreign_keys = ON;", error);
}

LeydenSql *
leyden_sql_open (const char *uri,
                 int         flags,
                 GError    **error)
{
  g_autoptr(LeydenSql) self = g_new0 (LeydenSql, 1);
  int code = sqlite3_open_v2 (uri, &self->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

  if (code != SQLITE_OK)
    {
      leyden_sql_fail (self, code, error);
      return NULL;
    }
  return configure (self, error) ? g_steal_pointer (&self) : NULL;
}

void
leyden_sql_close (LeydenSql *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < LEYDEN_SQL_N; i++)
    sqlite3_finalize (self->statements[i]);
  sqlite3_close_v2 (self->db);
  g_free (self);
}

gboolean
leyden_sql_exec (LeydenSql  *self,
                 const char *text,
                 GError    **error)
{
  int code = sqlite3_exec (self->db, text, NULL, NULL, NULL);

  return code == SQLITE_OK || leyden_sql_fail (self, code, error);
}

gboolean
leyden_sql_get_int (LeydenSql  *self,
                    const char *text,
                    gint64     *out,
                    GError    **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (self->db, text, -1, &statement, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    *out = sqlite3_column_int64 (statement, 0);
  if (code != SQLITE_ROW)
    leyden_sql_fail (self, code, error);
  sqlite3_finalize (statement);
  return code == SQLITE_ROW;
}

char *
leyden_sql_get_text (LeydenSql  *self,
                     const char *text,
                     GError    **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (self->db, text, -1, &statement, NULL);
  char *out = NULL;

  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    out = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    leyden_sql_fail (self, code, error);
  sqlite3_finalize (statement);
  return out;
}

sqlite3_stmt *
leyden_sql_get (LeydenSql  *self,
                LeydenSqlId id,
                GError    **error)
{
  sqlite3_stmt **statement = &self->statements[id];

  if (*statement == NULL)
    {
      int code = sqlite3_prepare_v3 (self->db, texts[id], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
      if (code != SQLITE_OK)
        {
          leyden_sql_fail (self, code, error);
          return NULL;
        }
    }
  sqlite3_reset (*statement);
  sqlite3_clear_bindings (*statement);
  return *statement;
}

gboolean
leyden_sql_run (LeydenSql    *self,
                sqlite3_stmt *statement,
                GError      **error)
{
  int code = sqlite3_step (statement);
  gboolean ok = code == SQLITE_DONE || code == SQLITE_ROW || leyden_sql_fail (self, code, error);

  sqlite3_reset (statement);
  return ok;
}

void
leyden_sql_bind_text (sqlite3_stmt *statement,
                      int           index,
                      const char   *text)
{
  if (text == NULL)
    sqlite3_bind_null (statement, index);
  else
    sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}
