/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql.h"

G_BEGIN_DECLS

/* What the writer removes in one commit, decided anew there: what has begun again meanwhile stays. Made by the thread that retains, which waits
 * for it (leyden_removal_wait). */
typedef struct
{
  /* asked */
  GArray  *rollouts;            /* LeydenEnded; */
  gint64   runs_before_ns;      /* runs and experiments that ended before and have no rollouts left; 0: none */
  /* what came of it */
  gint64   n_rollouts;
  gint64   n_by_trainer;
  gint64   n_records;
  gint64   n_runs;
  gint64   n_experiments;
  GError  *error;               /* nullable */
  /* */
  GMutex   mutex;
  GCond    cond;
  gboolean done;
} LeydenRemoval;

typedef struct
{
  gint64   rollout;             /* row of `rollouts` */
  gint64   agl;                 /* row of `agl_rollouts`, or 0 */
  gint64   ended_ns;
  gint64   deleted;             /* 1: it goes because somebody deleted it, unless it is restored meanwhile */
} LeydenEnded;

LeydenRemoval *leyden_removal_new   (void);
void           leyden_removal_free  (LeydenRemoval *self);
/* Until the writer is done with it. */
void           leyden_removal_wait  (LeydenRemoval *self);
/* In the writer's thread: it is committed, or @error (copied; nullable) says why not. */
void           leyden_removal_done  (LeydenRemoval *self, const GError *error);
/* In the writer's thread, in its transaction. */
gboolean       leyden_removal_apply (LeydenRemoval *self, LeydenSql *sql, GError **error);

/* All that has ended before @before_ns and may go, the oldest first: (element-type LeydenEnded). */
GArray        *leyden_retention_find (LeydenSql *sql, gint64 before_ns, GCancellable *cancellable, GError **error);
/* All that has ended and was deleted before @before_ns: the same. */
GArray        *leyden_retention_find_deleted (LeydenSql *sql, gint64 before_ns, GCancellable *cancellable, GError **error);
/* At an opening for writing: nothing is left of runs that are LEYDEN_STORE_UNFINISHED. */
gboolean       leyden_retention_remove_unfinished (LeydenSql *sql, GError **error);
/* Bytes of the pages that hold something. */
gboolean       leyden_retention_measure (LeydenSql *sql, gint64 *n_bytes, GError **error);

G_END_DECLS
