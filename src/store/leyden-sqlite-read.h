/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql.h"

G_BEGIN_DECLS

/* What a question to the database needs; not all of it every time. */
typedef struct
{
  char                *name;            /* rollout, run, key, kind; nullable */
  char                *state;           /* or the flow of a cached evaluation */
  char                *node;            /* or the name of a document; nullable */
  guint64              after;
  gint64               after_index;
  guint                limit;
  const LeydenReducer *reducer;
  LeydenStoreScan      scan;
  gpointer             scan_data;
} LeydenReadArgs;

/* Where a reader gets blobs and counts what it had to skip. @n_skipped: atomic. */
typedef struct
{
  const char *blobs;
  guint      *n_skipped;
} LeydenReadContext;

/* A fold's state at a sequence, worth keeping. */
typedef struct
{
  char       *rollout;
  const char *reducer;
  guint64     sequence;
  char       *state;
} LeydenCheckpoint;
void leyden_checkpoint_free (LeydenCheckpoint *self);

/* States are kept at multiples of this many records, large ones at fewer of them: a fold reads at most so many, or as much as the state. */
#define LEYDEN_CHECKPOINT_INTERVAL 256

/* All return (transfer full) and NULL with @error; lists are (element-type …) with a free function. */
GPtrArray        *leyden_read_rollout       (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
GPtrArray        *leyden_read_run           (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
GPtrArray        *leyden_read_list_runs     (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
LeydenRunRow     *leyden_read_get_run       (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
GPtrArray        *leyden_read_list_rollouts (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
LeydenRolloutRow *leyden_read_get_rollout   (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
LeydenValue      *leyden_read_documents     (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
/* @checkpoints: (element-type LeydenCheckpoint): where new ones are added; NULL: not wanted. */
LeydenValue      *leyden_read_fold          (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GPtrArray *checkpoints, GCancellable *cancellable, GError **error);
gboolean          leyden_read_scan          (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
/* Records of a rollout by its row id, in batches: @each gets them (borrowed) and returns whether to go on. Never a gap: CORRUPT. */
gboolean          leyden_read_records       (LeydenSql *sql, LeydenReadContext *context, gint64 id, const char *rollout, guint64 after, guint limit, LeydenStoreScan each, gpointer data, GCancellable *cancellable, GError **error);
void              leyden_read_set_cut       (const char *rollout, guint64 sequence, GError **error);
/* Row id, 0 when there is none. @run (nullable): transfer full. */
gboolean          leyden_read_find_rollout  (LeydenSql *sql, const char *rollout, gint64 *id, guint64 *last_sequence, char **run, gint64 *run_id, GError **error);
/* leyden-sqlite-experiments.c */
GPtrArray        *leyden_read_list_experiments (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
LeydenExperimentRow *leyden_read_get_experiment (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
LeydenExperimentBatch *leyden_read_experiment (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
GPtrArray        *leyden_read_list_evaluations (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
/* leyden-sqlite-cache.c */
LeydenValue      *leyden_read_cached        (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
LeydenValue      *leyden_read_count_cache   (LeydenSql *sql, LeydenReadContext *context, const LeydenReadArgs *args, GCancellable *cancellable, GError **error);
/* Integrity, counts, sizes, rows that cannot be, gaps. */
LeydenValue      *leyden_read_inspect       (LeydenSql *sql, LeydenReadContext *context, const char *path, const char *notice, GCancellable *cancellable, GError **error);

G_END_DECLS
