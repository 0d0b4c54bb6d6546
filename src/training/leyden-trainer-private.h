/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-coroutine.h"
#include "leyden-experiment.h"
#include "leyden-store-experiments.h"

G_BEGIN_DECLS

/* The pure half of an experiment: what the optimiser knows, as a function of the answers alone. It belongs to whoever has the turn of
 * the coroutine. The experiment (leyden-experiment.c) does what @request asks for. */

/* A candidate and what is known of it. Its place in the list is its ordinal. */
typedef struct
{
  LeydenCandidate         *candidate;
  const LeydenEvaluation **evaluations;         /* by item; NULL: the optimiser has not asked for it */
  gboolean                 dropped;
} LeydenTrainerCandidate;

/* One rollout that is wanted. */
typedef struct
{
  LeydenTrainerCandidate  *candidate;
  const LeydenTrainItem   *item;
  char                    *call_key;    /* 64 hex digits */
  guint                    step;
  guint                    ordinal;
  gboolean                 reuse;       /* known from another experiment: only the call is noted */
} LeydenTrainerJob;

/* One question to the optimiser's model. */
typedef struct
{
  char        *kind;
  char        *call_key;
  guint        step;
  guint        ordinal;
  guint64      sample;
  LeydenValue *messages;
  double       temperature;
  LeydenValue *answer;          /* filled in: {"text", "why", "tokens_in", "tokens_out", "cost", "simulated"} */
} LeydenTrainerAsk;

typedef enum
{
  LEYDEN_TRAINER_NOTHING,
  LEYDEN_TRAINER_EVALUATE,
  LEYDEN_TRAINER_ASK,
  LEYDEN_TRAINER_TRACE,
} LeydenTrainerRequestKind;

typedef struct
{
  LeydenTrainerRequestKind kind;
  GPtrArray   *jobs;            /* EVALUATE: LeydenTrainerJob */
  GPtrArray   *asks;            /* ASK: LeydenTrainerAsk that the log does not answer; they outlive the request */
  /* TRACE */
  char        *rollout;
  LeydenValue *state;           /* filled in, or NULL */
} LeydenTrainerRequest;

/* The most that one call of a sort took so far. */
typedef struct
{
  guint64 n;                    /* calls that were answered */
  double  tokens;
  double  cost;
} LeydenTrainerDearest;

/* A point of the best-so-far curve. */
typedef struct
{
  guint64                task_calls;
  double                 best, low, high;
  const LeydenCandidate *candidate;
} LeydenTrainerPoint;

struct _LeydenTrainer
{
  char                  *experiment;
  guint64                seed;
  double                 failure_reward;
  const LeydenOptimizer *optimizer;
  GPtrArray             *slots;         /* LeydenSlot */
  GPtrArray             *items;         /* LeydenTrainItem */
  GPtrArray             *item_keys;     /* char *, by item: unique in the data set */
  GPtrArray             *splits[3];     /* LeydenTrainItem, borrowed: train, validation, test */
  GPtrArray             *tests;         /* LeydenTrainItem, borrowed: those of test that the budget allows */
  GPtrArray             *candidates;    /* LeydenTrainerCandidate */
  GHashTable            *by_id;         /* id (borrowed) → LeydenTrainerCandidate */
  LeydenTrainerCandidate *best;
  guint                  step;
  guint                  n_evaluations; /* in this step, for the call keys */
  guint                  n_asks;
  guint                  n_races;

  /* Budget and what of it is spent, counted when the optimiser asks: equal whatever was known before. */
  LeydenBudget           budget;
  guint64                reserve;       /* task calls of the final test */
  gboolean               testing;       /* the reserve may be used */
  guint64                task_calls;
  guint64                cached;        /* asked again, free */
  guint64                reused;        /* task calls answered by an earlier experiment */
  guint64                optimizer_calls;
  guint64                tokens;
  double                 cost;
  LeydenTrainerDearest   dearest_task;
  LeydenTrainerDearest   dearest_ask;
  gboolean               reaches_out;   /* the flow asks a model or another thing of the outside */
  gboolean               simulated;     /* some answer was */
  gboolean               real;          /* some answer was not: another time it may be another */

  GHashTable            *known;         /* "candidate/item key" → LeydenEvaluation */
  GHashTable            *calls;         /* call key → LeydenCallRow of this experiment, from the store */
  GPtrArray             *proposals;     /* LeydenProposalRow, in order of (step, ordinal) */
  GArray                *curve;         /* LeydenTrainerPoint */
  LeydenExperimentBatch *unsaved;       /* candidates and proposals to be written with the next answer; NULL: none */

  LeydenCoroutine       *coroutine;
  LeydenTrainerRequest   request;
  gboolean               stopping;      /* every call answers “stop now” */
  gboolean               halted;        /* and no final test either */
  gboolean               replay_only;   /* the search had ended before: the first unknown answer stops it */
  const char            *stop_reason;   /* static: why the search ended */
  gboolean               search_ended;
  gboolean               tested;        /* the final test is complete */
  GError                *error;
};

LeydenTrainer *leyden_trainer_new       (const LeydenExperimentSpec *spec, const char *experiment, const LeydenOptimizer *optimizer, GPtrArray *slots);
void           leyden_trainer_free      (LeydenTrainer *self);
/* The whole training: baseline, optimiser, final test. The coroutine's function. */
void           leyden_trainer_main      (gpointer data);
/* Ends the search with @reason (static); @halt: also without a test. Takes hold at the next call of the optimiser. */
void           leyden_trainer_stop      (LeydenTrainer *self, const char *reason, gboolean halt);
/* LEYDEN_EXPERIMENT_ERROR_MODEL: the flow's model is not there; @why of the last rollout. Every call answers “stop now” from here on. */
void           leyden_trainer_fail      (LeydenTrainer *self, const char *why);
char          *leyden_trainer_call_key  (LeydenTrainer *self, guint step, const char *kind, guint ordinal);
/* What is asked, for the call log. (transfer full) */
char          *leyden_trainer_hash_ask  (const char *kind, LeydenValue *messages, double temperature);
void           leyden_trainer_clear_request (LeydenTrainer *self);
/* Takes @evaluation; the first one of a key stays unless it was for want of an answer. Gives the one that counts. */
const LeydenEvaluation *leyden_trainer_learn (LeydenTrainer *self, const char *candidate, const char *item_key, LeydenEvaluation *evaluation);
LeydenEvaluation *leyden_trainer_read_row (LeydenTrainer *self, const LeydenEvaluationRow *row);
void           leyden_evaluation_free   (LeydenEvaluation *self);
const LeydenEvaluation *leyden_trainer_find_known (LeydenTrainer *self, const LeydenCandidate *candidate, const LeydenTrainItem *item);
LeydenTrainerCandidate *leyden_trainer_find (LeydenTrainer *self, const char *candidate);
/* Whether the rollout ended so for want of an answer, and not by the candidate's fault. */
/* Candidates and proposals since the last time. (transfer full) (nullable) */
LeydenExperimentBatch *leyden_trainer_take_unsaved (LeydenTrainer *self);
void           leyden_trainer_score_all (LeydenTrainer *self, const LeydenTrainerCandidate *candidate, const LeydenTrainItem * const *items,
                                         guint n_items, LeydenScore *out);
int            leyden_trainer_compare   (const LeydenScore *a, const LeydenCandidate *x, const LeydenScore *b, const LeydenCandidate *y);

G_END_DECLS
