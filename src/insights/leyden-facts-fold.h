/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-record.h"

G_BEGIN_DECLS

/**
 * LeydenFactsFold:
 *
 * What must be known of a rollout to make facts of its next record: sums, and what is under way. It is fed with all records of the rollout in their
 * order; a fresh one makes the same facts of the same log. Reference-counted, one thread at a time.
 */
typedef struct _LeydenFactsFold LeydenFactsFold;

/* Of a text that occurs in many rows. */
typedef GRefString LeydenName;

typedef struct
{
  LeydenFactsFold *fold;        /* the batch holds it */
  guint64          position;
  gint64           time_ns;
  LeydenName      *node, *model, *endpoint, *error_kind;        /* all nullable */
  double           latency_ms, first_token_ms;                  /* NaN: not known */
  double           cost;
  gint64           tokens_in, tokens_out;
  guint            tool : 1, simulated : 1, cached : 1;
} LeydenFactsCall;

typedef struct
{
  LeydenFactsFold *fold;
  guint64          position;
  gint64           time_ns;
  LeydenName      *node, *error_kind;
  double           ms;          /* NaN: it had not begun */
  guint            state, tries;
} LeydenFactsNodeEnd;

typedef struct
{
  LeydenFactsFold *fold;
  guint64          position;
  guint            n;
  gint64           time_ns;
  LeydenName      *node;        /* nullable */
  LeydenName      *reason;
  double           ms;
} LeydenFactsWait;

typedef struct
{
  LeydenFactsFold *fold;        /* nullable: a sample */
  guint64          position;    /* 0: a sample */
  gint64           time_ns;
  LeydenName      *metric;
  LeydenName      *part;        /* nullable: the label "part" */
  LeydenName      *labels;      /* nullable: all labels, of a sample */
  LeydenName      *unit;        /* nullable */
  double           value;
  gint64           step;        /* G_MININT64: none */
} LeydenFactsPoint;

/* Facts of consecutive records, and the rollouts whose rows they change. */
typedef struct
{
  guint      serial;            /* of its own, from 1 */
  GPtrArray *folds;             /* LeydenFactsFold, each once, in the order of their first record */
  GArray    *calls;             /* LeydenFactsCall */
  GArray    *node_ends;         /* LeydenFactsNodeEnd */
  GArray    *waits;             /* LeydenFactsWait */
  GArray    *points;            /* LeydenFactsPoint */
  guint64    position;          /* of the last record */
  gboolean   more;              /* set when it is written: there is more to do, without records */
} LeydenFactsBatch;

LeydenFactsBatch *leyden_facts_batch_new  (void);
void              leyden_facts_batch_free (LeydenFactsBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFactsBatch, leyden_facts_batch_free)
/* (element-type LeydenFactsPoint) */
GArray           *leyden_facts_points_new (void);

/* What the row of a rollout says besides what stands in `rollouts`. */
typedef struct
{
  LeydenName *version;          /* hash of the flow; nullable */
  LeydenName *model;            /* of most calls; nullable */
  LeydenName *candidate;        /* nullable */
  LeydenName *error_kind;       /* nullable */
  char       *experiment;       /* nullable */
  gint64      step, finished_step;      /* G_MININT64: none */
  gint64      created_ns;       /* as another server has it; 0: the log does not say */
  LeydenName *item;             /* what it works on, where the row has another name for it; nullable */
  int         is_train;         /* −1: the log does not say */
  gboolean    is_try;           /* a part of a flow alone */
  gboolean    ended;
  gint64      first_ns;         /* of the first record */
  guint       invalid;          /* rewards that are no finite number */
  guint       n_model_calls, n_tool_calls, n_retries, n_cache_hits;
  double      wait_ms, model_ms, tool_ms;
  double      cost;
  gint64      tokens_in, tokens_out;
} LeydenFactsTotals;

LeydenFactsFold         *leyden_facts_fold_new          (const char *rollout);
LeydenFactsFold         *leyden_facts_fold_ref          (LeydenFactsFold *self);
void                     leyden_facts_fold_unref        (LeydenFactsFold *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFactsFold, leyden_facts_fold_unref)
const char              *leyden_facts_fold_get_rollout  (const LeydenFactsFold *self);
guint64                  leyden_facts_fold_get_sequence (const LeydenFactsFold *self);
const LeydenFactsTotals *leyden_facts_fold_get_totals   (LeydenFactsFold *self);
/* Its row number in `rollouts`, kept for whoever asks the database: 0 not asked yet. */
gint64                   leyden_facts_fold_get_id       (const LeydenFactsFold *self);
void                     leyden_facts_fold_set_id       (LeydenFactsFold *self, gint64 id);
/* Up to there nothing more will come: it was damaged, or read before. */
void                     leyden_facts_fold_skip_to      (LeydenFactsFold *self, guint64 sequence);
/* Takes the next record. Facts go to @batch; %NULL: they were made of it before. */
void                     leyden_facts_fold_apply        (LeydenFactsFold *self, const LeydenRecord *record, LeydenFactsBatch *batch);
/* @path with numbers of rounds as [*] and without those of turns and of spans of one name: "solve[3]/agent#2/tool" gives "solve[*]/agent/tool",
 * "chat[2]" gives "chat". */
LeydenName              *leyden_facts_collapse_path     (const char *path);

G_END_DECLS
