/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-writer.h"

G_BEGIN_DECLS

/* Requests done in one transaction, in the writer's thread. Appends of one rollout gather until the end (or until a run is
 * written), so that a commit holds one segment a rollout. */
typedef struct _LeydenBatch LeydenBatch;

/* A record as it is stored, and where. */
typedef struct
{
  LeydenRecord *record;
  guint64       position;
} LeydenPlacedRecord;

/* What the writer knows of rollouts without asking the database: name → LeydenKnownRollout. Emptied by a roll back. */
typedef struct
{
  gint64  id;
  guint64 last_sequence;
  char   *run;
  gint64  run_id;
} LeydenKnownRollout;
GHashTable  *leyden_batch_known_new   (void);

/* Agent Lightning's rollouts that events were posted to: name → LeydenKnownPost. Also emptied by a roll back. */
typedef struct
{
  char *log;
  char *attempt;                /* the last that stands in agl_attempts */
} LeydenKnownPost;
GHashTable  *leyden_batch_posts_new   (void);

/* What is kept of nodes, so that it need not be counted with every change. Not known after a roll back or a removal. */
typedef struct
{
  gboolean known;
  gint64   bytes;               /* of the values */
  gint64   n_last;
} LeydenCacheTotals;

LeydenBatch *leyden_batch_new         (LeydenSql *sql, const char *blobs, GHashTable *known, GHashTable *posts, LeydenCacheTotals *cache,
                                       LeydenRedact redact, LeydenRedact settings, gpointer redact_data);
void         leyden_batch_free        (LeydenBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenBatch, leyden_batch_free)
/* FALSE: the transaction must be rolled back. A refusal of the request alone is TRUE, with request->error set. */
gboolean     leyden_batch_apply       (LeydenBatch *self, LeydenRequest *request, GError **error);
/* Writes what has gathered. Before the commit. */
gboolean     leyden_batch_flush       (LeydenBatch *self, GError **error);
/* (element-type LeydenPlacedRecord), in position order. */
GArray      *leyden_batch_take_placed (LeydenBatch *self);

G_END_DECLS
