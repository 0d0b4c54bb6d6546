/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-batch.h"

#include "leyden-agl-row.h"

G_BEGIN_DECLS

/* What one rollout gathers in this transaction. */
typedef struct
{
  char             *rollout;
  gint64            id;                 /* 0: not in the database yet */
  guint64           last_sequence;      /* with what has gathered */
  char             *run;                /* nullable */
  gint64            run_id;
  gboolean          run_is_new;
  LeydenRolloutRow *row;                /* borrowed from the last request that had one; nullable */
  GPtrArray        *records;            /* as they will be stored */
  GPtrArray        *requests;           /* borrowed: who waits for positions */
} Gathered;

struct _LeydenBatch
{
  LeydenSql    *sql;
  const char   *blobs;
  GHashTable   *known;
  GHashTable   *posts;
  LeydenCacheTotals *cache;
  LeydenRedact  redact;
  LeydenRedact  redact_settings;        /* of what is not content */
  gpointer      redact_data;
  GPtrArray    *gathered;               /* in order of arrival */
  GHashTable   *by_rollout;             /* name (borrowed) → Gathered */
  GArray       *placed;
  guint64       last_position;          /* when known: of all that is written so far */
  gboolean      position_known;
};

gboolean leyden_batch_insert_rollout (LeydenBatch *self, const LeydenRolloutRow *row, gint64 run_id, guint64 last_sequence,
                                      guint64 last_position, gint64 *id, GError **error);
/* @id: SET_ROLLOUT_RUN or SET_SEGMENT_RUN */
gboolean leyden_batch_set_run        (LeydenBatch *self, LeydenSqlId id, gint64 rollout_id, gint64 run_id, GError **error);
/* FALSE with @error: roll back. FALSE without: request->error. */
gboolean leyden_batch_put_experiment (LeydenBatch *self, LeydenRequest *request, GError **error);
/* The next record of @log, whatever its number; gives it, or 0 with @error. */
guint64  leyden_batch_add_record     (LeydenBatch *self, LeydenRequest *request, const char *log,
                                      LeydenRecord *(*make) (const char *log, guint64 sequence, LeydenRequest *request), GError **error);
/* leyden-batch-agl.c; as put_experiment. */
gboolean leyden_batch_change_agl     (LeydenBatch *self, LeydenRequest *request, GError **error);
/* A row, without its body where that is not looked at: it may be large. (transfer full) */
LeydenAglRow *leyden_batch_load_agl  (LeydenBatch *self, gint64 id, gboolean with_body, GError **error);
/* Writes the status that request->agl says to @row and to our own lists; its attempt is set. */
gboolean leyden_batch_update_agl     (LeydenBatch *self, LeydenRequest *request, const LeydenAglRow *row, GError **error);
/* Appends the event that request->agl says. */
gboolean leyden_batch_add_agl_event  (LeydenBatch *self, LeydenRequest *request, const LeydenAglRow *row, GError **error);
/* leyden-sqlite-cache.c; FALSE: roll back. */
gboolean leyden_batch_change_cache   (LeydenBatch *self, LeydenRequest *request, GError **error);
/* leyden-batch-leases.c; as put_experiment. */
gboolean leyden_batch_change_leases  (LeydenBatch *self, LeydenRequest *request, GError **error);
/* The attempt as which a worker holds the rollout of row @id, NULL when none does. (transfer full) */
gboolean leyden_batch_find_lease     (LeydenBatch *self, gint64 id, char **attempt, GError **error);
/* leyden-batch-audit.c; FALSE: roll back. */
gboolean leyden_batch_add_audit      (LeydenBatch *self, LeydenRequest *request, GError **error);

G_END_DECLS
