/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Rows of experiments (data/migrations/002-experiments.sql). Plain; NULL strings are absent. */

typedef struct
{
  char        *experiment;
  char        *key;             /* equal for equal experiments on the command line; nullable */
  char        *state;           /* queued, running, paused, stopped, finished, failed */
  gint64       created_ns;
  gint64       finished_ns;     /* 0: not yet */
  LeydenValue *definition;      /* object: enough to start it again */
  LeydenValue *snapshot;        /* object: what was last shown of it; nullable */
} LeydenExperimentRow;
LeydenExperimentRow *leyden_experiment_row_new  (void);
LeydenExperimentRow *leyden_experiment_row_copy (const LeydenExperimentRow *self);
void                 leyden_experiment_row_free (LeydenExperimentRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenExperimentRow, leyden_experiment_row_free)

/* An assignment of slots in an experiment. */
typedef struct
{
  char        *candidate;       /* 16 hex digits */
  gint64       ordinal;         /* in order of making */
  gint64       step;
  char        *origin;
  LeydenValue *parents;         /* list of ids */
  LeydenValue *slots;           /* object */
} LeydenCandidateRow;
void                 leyden_candidate_row_free  (LeydenCandidateRow *self);

/* One rollout of a candidate on an item: the cache that all experiments share, by (candidate, item, sample, env). */
typedef struct
{
  char        *candidate;
  char        *item;
  gint64       sample;
  char        *env;             /* hash of all else that the answer depends on */
  char        *rollout;
  gboolean     ok;
  double       reward;          /* NaN: none */
  char        *error_kind;      /* nullable */
  char        *feedback;        /* nullable */
  LeydenValue *answer;          /* nullable */
  gint64       tokens_in;
  gint64       tokens_out;
  double       cost;
  double       latency_ms;
  gboolean     simulated;
  gint64       finished_ns;
} LeydenEvaluationRow;
LeydenEvaluationRow *leyden_evaluation_row_new  (void);
LeydenEvaluationRow *leyden_evaluation_row_copy (const LeydenEvaluationRow *self);
void                 leyden_evaluation_row_free (LeydenEvaluationRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenEvaluationRow, leyden_evaluation_row_free)

typedef struct
{
  gint64       step;
  gint64       ordinal;
  char        *parent;          /* candidate */
  char        *candidate;       /* nullable */
  char        *slot;            /* nullable */
  char        *critique;        /* nullable */
  LeydenValue *value;           /* nullable */
  char        *verdict;         /* accepted, rejected, invalid, duplicate */
  char        *why;             /* nullable */
} LeydenProposalRow;
void                 leyden_proposal_row_free   (LeydenProposalRow *self);

/* One call to the outside, by its key; its answer stands here or in an evaluation. */
typedef struct
{
  char        *key;             /* 64 hex digits */
  char        *kind;            /* "evaluate" or the kind of an optimiser call */
  gint64       step;
  gint64       ordinal;
  char        *request_hash;    /* 64 hex digits */
  LeydenValue *response;        /* evaluate: {"candidate", "item", "sample", "reused"}; else the answer; never NULL */
  gint64       started_ns;
  gint64       finished_ns;
} LeydenCallRow;
void                 leyden_call_row_free       (LeydenCallRow *self);

/* What one transaction writes, and what reading a whole experiment gives. Arrays may be NULL (nothing of it). */
typedef struct
{
  char                *experiment;      /* whose they are */
  LeydenExperimentRow *row;             /* nullable when only parts are written; the experiment must exist then */
  GPtrArray           *candidates;      /* LeydenCandidateRow: one that is there stays */
  GPtrArray           *evaluations;     /* LeydenEvaluationRow: one that is there and ok stays */
  GPtrArray           *proposals;       /* LeydenProposalRow: one that is there is replaced */
  GPtrArray           *calls;           /* LeydenCallRow: one that is there is replaced */
} LeydenExperimentBatch;
LeydenExperimentBatch *leyden_experiment_batch_new  (const char *experiment);           /* with empty arrays, row NULL */
void                   leyden_experiment_batch_free (LeydenExperimentBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenExperimentBatch, leyden_experiment_batch_free)

G_END_DECLS
