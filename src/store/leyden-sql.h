/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

#include "leyden-store.h"

G_BEGIN_DECLS

/* 'LeyS' */
#define LEYDEN_SQL_APPLICATION_ID 0x4c657953

typedef enum
{
  LEYDEN_SQL_BEGIN,
  LEYDEN_SQL_COMMIT,
  LEYDEN_SQL_ROLLBACK,
  LEYDEN_SQL_GET_POSITION,
  LEYDEN_SQL_SET_POSITION,
  LEYDEN_SQL_STAMP,
  LEYDEN_SQL_FIND_RUN,
  LEYDEN_SQL_PUT_RUN,
  LEYDEN_SQL_LIST_RUNS,
  LEYDEN_SQL_LIST_RUNS_BY_KEY,
  LEYDEN_SQL_GET_RUN,
  LEYDEN_SQL_COUNT_RUN,
  LEYDEN_SQL_FIND_ROLLOUT,
  LEYDEN_SQL_INSERT_ROLLOUT,
  LEYDEN_SQL_UPDATE_ROLLOUT,
  LEYDEN_SQL_TOUCH_ROLLOUT,
  LEYDEN_SQL_SET_ROLLOUT_RUN,
  LEYDEN_SQL_GET_ROLLOUT,
  LEYDEN_SQL_LIST_ROLLOUTS,
  LEYDEN_SQL_LIST_ROLLOUTS_BY_STATE,
  LEYDEN_SQL_INSERT_SEGMENT,
  LEYDEN_SQL_SET_SEGMENT_RUN,
  LEYDEN_SQL_READ_ROLLOUT,
  LEYDEN_SQL_READ_RUN,
  LEYDEN_SQL_READ_ALL,
  LEYDEN_SQL_FIND_CHECKPOINT,
  LEYDEN_SQL_PUT_CHECKPOINT,
  LEYDEN_SQL_PUT_DOCUMENT,
  LEYDEN_SQL_DELETE_DOCUMENT,
  LEYDEN_SQL_LIST_DOCUMENTS,
  LEYDEN_SQL_GET_DOCUMENT,
  LEYDEN_SQL_FIND_EXPERIMENT,
  LEYDEN_SQL_PUT_EXPERIMENT,
  LEYDEN_SQL_LIST_EXPERIMENTS,
  LEYDEN_SQL_LIST_EXPERIMENTS_BY_KEY,
  LEYDEN_SQL_GET_EXPERIMENT,
  LEYDEN_SQL_PUT_CANDIDATE,
  LEYDEN_SQL_LIST_CANDIDATES,
  LEYDEN_SQL_PUT_EVALUATION,
  LEYDEN_SQL_LIST_EVALUATIONS,
  LEYDEN_SQL_PUT_PROPOSAL,
  LEYDEN_SQL_LIST_PROPOSALS,
  LEYDEN_SQL_PUT_CALL,
  LEYDEN_SQL_LIST_CALLS,
  LEYDEN_SQL_AGL_FIND,
  LEYDEN_SQL_AGL_FIND_HIDDEN,
  LEYDEN_SQL_AGL_INSERT,
  LEYDEN_SQL_AGL_INSERT_BODY,
  LEYDEN_SQL_AGL_SET_LOG,
  LEYDEN_SQL_AGL_UPDATE,
  LEYDEN_SQL_AGL_HIDE,
  LEYDEN_SQL_AGL_GET,
  LEYDEN_SQL_AGL_LIST,
  LEYDEN_SQL_AGL_TERMINAL,
  LEYDEN_SQL_AGL_GET_LENGTH,
  LEYDEN_SQL_AGL_SET_LENGTH,
  LEYDEN_SQL_AGL_PUT_ATTEMPT,
  LEYDEN_SQL_AGL_LIST_ATTEMPTS,
  LEYDEN_SQL_AGL_SET_ROLLOUT_STATE,
  LEYDEN_SQL_AGL_SET_ROLLOUT_REWARD,
  LEYDEN_SQL_AGL_PUT_MODEL,
  LEYDEN_SQL_AGL_CLEAR_MODELS,
  LEYDEN_SQL_AGL_LIST_MODELS,
  LEYDEN_SQL_GET_AUDIT_HEAD,
  LEYDEN_SQL_INSERT_AUDIT,
  LEYDEN_SQL_LIST_AUDIT,
  LEYDEN_SQL_AGL_SET_ROLLOUT_SIMULATED,
  LEYDEN_SQL_AGL_RECENT,
  LEYDEN_SQL_AGL_GET_SAMPLE,
  LEYDEN_SQL_AGL_LIST_GROUP,
  LEYDEN_SQL_LEASE_NEXT,
  LEYDEN_SQL_LEASE_COUNT,
  LEYDEN_SQL_LEASE_INSERT,
  LEYDEN_SQL_LEASE_FIND,
  LEYDEN_SQL_LEASE_RENEW,
  LEYDEN_SQL_LEASE_END,
  LEYDEN_SQL_LEASE_OF_WORKER,
  LEYDEN_SQL_LEASE_DUE,
  LEYDEN_SQL_LEASE_OF_ROLLOUT,
  LEYDEN_SQL_LEASE_KEEP,
  LEYDEN_SQL_LEASE_N_HELD,
  LEYDEN_SQL_LEASE_LIST,
  LEYDEN_SQL_CACHE_GET,
  LEYDEN_SQL_CACHE_GET_LAST,
  LEYDEN_SQL_CACHE_SIZE,
  LEYDEN_SQL_CACHE_HAS_LAST,
  LEYDEN_SQL_CACHE_PUT,
  LEYDEN_SQL_CACHE_TOUCH,
  LEYDEN_SQL_CACHE_PRUNE,
  LEYDEN_SQL_CACHE_PUT_LAST,
  LEYDEN_SQL_CACHE_PRUNE_LAST,
  LEYDEN_SQL_CACHE_CLEAR,
  LEYDEN_SQL_CACHE_CLEAR_LAST,
  LEYDEN_SQL_N,
} LeydenSqlId;

/* A connection and its prepared statements. One thread at a time. */
typedef struct
{
  sqlite3      *db;
  sqlite3_stmt *statements[LEYDEN_SQL_N];
} LeydenSql;

/* @uri: a file: URI or a path. Sets what every connection of ours has: defensive, no trusted schema, no triggers, no views, no mmap. */
LeydenSql    *leyden_sql_open       (const char *uri, int flags, GError **error);
void          leyden_sql_close      (LeydenSql *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSql, leyden_sql_close)
/* A file: URI of a path, with @query ("immutable=1") or NULL. */
char         *leyden_sql_uri        (const char *path, const char *query);
/* Runs @text to its end. */
gboolean      leyden_sql_exec       (LeydenSql *self, const char *text, GError **error);
/* First column of the first row. */
gboolean      leyden_sql_get_int    (LeydenSql *self, const char *text, gint64 *out, GError **error);
char         *leyden_sql_get_text   (LeydenSql *self, const char *text, GError **error);
/* A cached statement, reset and without bindings; NULL with @error. */
sqlite3_stmt *leyden_sql_get        (LeydenSql *self, LeydenSqlId id, GError **error);
/* One step of a statement that gives no rows, then reset. */
gboolean      leyden_sql_run        (LeydenSql *self, sqlite3_stmt *statement, GError **error);
/* @code of the last call as our error. Always %FALSE. */
gboolean      leyden_sql_fail       (LeydenSql *self, int code, GError **error);
gboolean      leyden_sql_fail_db    (sqlite3 *db, int code, GError **error);      /* @db nullable */
/* Whether @error is of the disk or the file: trying something else would not help. */
gboolean      leyden_sql_concerns_all (const GError *error);
void          leyden_sql_bind_text  (sqlite3_stmt *statement, int index, const char *text);      /* NULL: null; the text must live until the step */

G_END_DECLS
