/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-list.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutSnapshot: a list of rollouts as it was when somebody asked for it: any place of it is read at once, and it stays as it is while it is scrolled.
 * Reference-counted, unchanging, any thread.
 */
typedef struct
{
  char   *id;
  char   *key;                          /* of its question */
  gint64  revision;                     /* of the facts */
  GArray *ids;                          /* gint64 */
} LeydenRolloutSnapshot;
LeydenRolloutSnapshot *leyden_rollout_snapshot_ref   (LeydenRolloutSnapshot *self);
void                   leyden_rollout_snapshot_unref (LeydenRolloutSnapshot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRolloutSnapshot, leyden_rollout_snapshot_unref)

/* LeydenRolloutSnapshots: the last of them; what nobody asks for any more goes. One thread. */
typedef struct _LeydenRolloutSnapshots LeydenRolloutSnapshots;
LeydenRolloutSnapshots *leyden_rollout_snapshots_new  (void);
void                    leyden_rollout_snapshots_free (LeydenRolloutSnapshots *self);
/* (nullable) (transfer none) */
LeydenRolloutSnapshot  *leyden_rollout_snapshots_find (LeydenRolloutSnapshots *self, const char *id);

/* What is read at once: the list, or what it was, and a page of it. */
typedef struct
{
  LeydenRolloutSnapshot *snapshot;      /* (transfer full) */
  LeydenValue           *changes;       /* since the one that was known; nullable */
  LeydenValue           *rows;
  guint                  offset;        /* of the first row */
} LeydenRolloutAnswer;
void leyden_rollout_answer_free (LeydenRolloutAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRolloutAnswer, leyden_rollout_answer_free)

/**
 * leyden_rollout_snapshots_read_async:
 * @question: (transfer full)
 * @known: (nullable): id of a snapshot that the client has
 * @renew: the list as it is now, and what changed since @known; else that of @known, when it is still there
 * @behind: (nullable): id of the rollout that the page begins behind, where @known is no more; else it begins at @offset
 *
 * Errors: of the store; %G_IO_ERROR_TIMED_OUT where it takes too long.
 */
void                 leyden_rollout_snapshots_read_async  (LeydenRolloutSnapshots *self,
                                                           LeydenSqliteStore      *store,
                                                           LeydenRolloutQuestion  *question,
                                                           const char             *known,
                                                           gboolean                renew,
                                                           const char             *behind,
                                                           guint                   offset,
                                                           guint                   limit,
                                                           GAsyncReadyCallback     callback,
                                                           gpointer                data);
/* (transfer full) */
LeydenRolloutAnswer *leyden_rollout_snapshots_read_finish (LeydenRolloutSnapshots *self,
                                                           LeydenSqliteStore      *store,
                                                           GAsyncResult           *result,
                                                           GError                **error);

G_END_DECLS
