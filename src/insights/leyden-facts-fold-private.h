/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-facts-fold.h"

G_BEGIN_DECLS

#define NO_STEP     G_MININT64

/* A node that has begun or waits. */
typedef struct
{
  gint64      started_ns;       /* 0: not begun */
  double      latency_ms;       /* modelled, of its calls */
  guint       tries;
  gint64      waiting_ns;       /* 0: it does not */
  LeydenName *reason;
} OpenNode;

typedef struct
{
  gint64      started_ns;
  LeydenName *model, *endpoint;
  gboolean    cached;
} OpenCall;

struct _LeydenFactsFold
{
  gatomicrefcount   refs;
  char             *rollout;
  gint64            id;
  guint64           sequence;
  guint             touched;            /* serial of the batch that has it already */
  LeydenFactsTotals totals;
  GHashTable       *nodes;              /* path → OpenNode; NULL: none */
  GHashTable       *calls;              /* key → OpenCall; NULL: none */
  GHashTable       *models;             /* LeydenName → number of calls; NULL: none */
  gint64            paused_ns;          /* 0: it is not */
  gboolean          started;
  gboolean          by_batch;           /* its server does not count steps: batches of rollouts are counted */
};

/* NULL for nothing and for "". */
LeydenName *leyden_facts_name_new         (const char *text);
/* Of a text that anybody may have sent: shortened. */
LeydenName *leyden_facts_name_new_foreign (const char *text);
LeydenName *leyden_facts_name_ref         (LeydenName *name);
/* Takes @name; both nullable. */
void        leyden_facts_name_set         (LeydenName **place, LeydenName *name);
/* The code of an error as the log has it: of the engine, of an agent, of a span. */
LeydenName *leyden_facts_read_error_kind  (LeydenValue *error);
/* The node that a call is of: "agent" of "agent#2" and of "agent#2/tool". (nullable) */
OpenNode   *leyden_facts_fold_find_caller (LeydenFactsFold *self, const char *path);

/* leyden-facts-calls.c; @batch NULL: facts were made of it before. */
void leyden_facts_fold_begin_call (LeydenFactsFold *self, const LeydenRecord *record, gboolean tool);
void leyden_facts_fold_end_call   (LeydenFactsFold *self, const LeydenRecord *record, gboolean tool, LeydenFactsBatch *batch);
void leyden_facts_fold_cache_hit  (LeydenFactsFold *self, const LeydenRecord *record);
/* @member of @data is the reward. */
void leyden_facts_fold_reward     (LeydenFactsFold *self, const LeydenRecord *record, LeydenValue *data, const char *member, LeydenFactsBatch *batch);
void leyden_facts_fold_agl_event  (LeydenFactsFold *self, const LeydenRecord *record, LeydenFactsBatch *batch);

G_END_DECLS
