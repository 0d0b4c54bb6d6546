/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-candidate.h"
#include "leyden-random.h"

G_BEGIN_DECLS

/**
 * LeydenTrainer: what an optimiser sees of an experiment.
 *
 * An optimiser is a plain function, written from top to bottom, that asks the trainer. Calls that need the outside
 * (leyden_trainer_evaluate(), _ask(), _read_trace()) return when the answer is there; meanwhile the main loop turns. This
 * works because the function runs as a coroutine: a thread of its own that never runs at the same time as the main
 * context (it is resumed with an answer and runs until it asks for the next), so it needs no locks.
 *
 * The rules:
 *  - A call that returns %FALSE means “stop now”: free what is held and return %FALSE. The budget is spent, the user
 *    stopped, the window closed; that is a normal end and sets no error.
 *  - The function is pure: of the trainer's answers and leyden_trainer_random() alone. No time, no GRand, no address order,
 *    no static state. After a crash it is simply called again and every answer that was stored comes back at once.
 *  - Candidates, items, slots and evaluations that the trainer gives belong to the trainer and stay until the end.
 *
 * leyden-optimizer-halving.c is the example to read:
 *
 *   gboolean run (LeydenTrainer *trainer, GError **error)
 *   {
 *     … arms = leyden_trainer_add_candidate (…)
 *     for (round = 0; arms->len > 1; round++)
 *       {
 *         leyden_trainer_begin_step (trainer);
 *         if (!leyden_trainer_evaluate (trainer, arms->pdata, arms->len, items, n))
 *           return FALSE;
 *         … keep the better half by leyden_trainer_score ()
 *         leyden_trainer_set_best (trainer, best);
 *       }
 *     return TRUE;
 *   }
 */
typedef struct _LeydenTrainer LeydenTrainer;

/* One row of the data set. */
typedef struct
{
  guint        index;           /* place in the trainer's list of all items */
  char        *item;            /* data_id, or the row's index as text */
  const char  *split;           /* "train", "validation" or "test"; static */
  gint64       row;             /* of the data set, from 0 */
  LeydenValue *input;           /* input object of the flow */
  LeydenValue *expected;        /* values of the fields with role "expected": object; NULL when there are none */
  LeydenValue *question;        /* the other values, without that of the field with role "id": object */
} LeydenTrainItem;

/* What one rollout of a candidate on an item gave. */
typedef struct
{
  double       reward;          /* 0…1; failure_reward where it failed */
  gboolean     ok;              /* the rollout succeeded and gave a reward */
  gboolean     is_error;        /* no answer after all retries: the fault is not the candidate's */
  char        *error_kind;      /* nullable: "not_simulated", "deadline", "rate-limit", … */
  char        *feedback;        /* nullable: why it scored so, one or more lines */
  LeydenValue *answer;          /* the flow's result: object, nullable */
  char        *rollout;         /* its id, for leyden_trainer_read_trace() */
  gint64       tokens_in;
  gint64       tokens_out;
  double       cost;
  double       latency_ms;
  gboolean     simulated;
} LeydenEvaluation;

/* Whether a rollout that failed so (the code of its error, nullable) says nothing about the flow: the model could not be reached. */
gboolean leyden_error_kind_is_outside (const char *kind);

/* A candidate over items; those that were not evaluated do not count. */
typedef struct
{
  guint    n;                   /* evaluated ones, failures included */
  guint    n_errors;
  double   mean;                /* NaN when n is 0 */
  double   low, high;           /* always-valid 95 % interval of the mean; 0…1 when n is 0 */
  double   cost;
  gboolean withheld;            /* more than 10 % are errors: “not enough answers” */
} LeydenScore;

guint64                  leyden_trainer_get_seed     (LeydenTrainer *self);
/* (element-type LeydenSlot): all, also locked ones. */
GPtrArray               *leyden_trainer_get_slots    (LeydenTrainer *self);
LeydenCandidate         *leyden_trainer_get_baseline (LeydenTrainer *self);
/* Items of "train" or "validation" in the order of the data set. "test" is not given: it is scored at the end, by the experiment. */
const LeydenTrainItem * const *leyden_trainer_get_items (LeydenTrainer *self, const char *split, guint *n);
/* The generator of (seed, "train", @part, step, @ordinal): the only source of chance. */
void                     leyden_trainer_random       (LeydenTrainer *self, LeydenRandom *out, const char *part, guint ordinal);
/* (transfer container) of all items in an order shuffled by that generator. Plain pointers, no free function. */
GPtrArray               *leyden_trainer_shuffle      (LeydenTrainer *self, const LeydenTrainItem * const *items, guint n, const char *part, guint ordinal);
/* Starts the next step (the first is 1) and gives its number; what is kept (call keys, proposals, curve) goes by steps. */
guint                    leyden_trainer_begin_step   (LeydenTrainer *self);

/* Budget. Task calls that may still be spent on the search (the reserve of the final test is taken off already), and
 * calls of the optimiser's own model. */
guint64                  leyden_trainer_get_task_calls_left      (LeydenTrainer *self);
guint64                  leyden_trainer_get_optimizer_calls_left (LeydenTrainer *self);
/* What evaluating them would take; what is known already is free. */
guint64                  leyden_trainer_count_missing (LeydenTrainer *self, LeydenCandidate * const *candidates, guint n_candidates,
                                                      const LeydenTrainItem * const *items, guint n_items);

/* A candidate of these values: an existing one when they are the same (@is_new FALSE). @slots may leave slots out: they take the value of
 * the first parent, else of the baseline. Locked slots keep their value whatever is given. (transfer none) */
LeydenCandidate         *leyden_trainer_add_candidate (LeydenTrainer *self, LeydenValue *slots, LeydenCandidate * const *parents, guint n_parents,
                                                      const char *origin, gboolean *is_new);
/* Evaluates every candidate on every item: all or nothing of the budget. FALSE: stop now. */
gboolean                 leyden_trainer_evaluate     (LeydenTrainer *self, LeydenCandidate * const *candidates, guint n_candidates,
                                                      const LeydenTrainItem * const *items, guint n_items);
/* Of what was evaluated; NULL otherwise. */
const LeydenEvaluation  *leyden_trainer_get_evaluation (LeydenTrainer *self, const LeydenCandidate *candidate, const LeydenTrainItem *item);
void                     leyden_trainer_score        (LeydenTrainer *self, const LeydenCandidate *candidate, const LeydenTrainItem * const *items,
                                                      guint n_items, LeydenScore *out);
/* Racing (reference 1.3) over @items in an order shuffled once: the @width best, best first, ties to the earlier candidate. A
 * candidate whose score is withheld comes last. (transfer container) in @out. FALSE: stop now. */
gboolean                 leyden_trainer_race         (LeydenTrainer *self, LeydenCandidate * const *candidates, guint n_candidates,
                                                      const LeydenTrainItem * const *items, guint n_items, guint width, GPtrArray **out);
/* Dropped ones are shown so, until they are evaluated again. */
void                     leyden_trainer_drop         (LeydenTrainer *self, LeydenCandidate *candidate);
/* The best so far, by validation: a point of the curve, and what the final test compares with the baseline. A candidate whose score is
 * withheld is not taken. */
void                     leyden_trainer_set_best     (LeydenTrainer *self, LeydenCandidate *candidate);
LeydenCandidate         *leyden_trainer_get_best     (LeydenTrainer *self);

/* One call of the optimiser's model, counted and memoised. @kind: "critique", "edit", "reflect", "repair", "merge". @messages: list as in a
 * chat request. *@answer (transfer full): its text; NULL when it gave none (the reason in *@why, transfer full). FALSE: stop now. */
gboolean                 leyden_trainer_ask          (LeydenTrainer *self, const char *kind, LeydenValue *messages, double temperature,
                                                      char **answer, char **why);
/* One of several such calls. */
typedef struct
{
  const char  *kind;
  LeydenValue *messages;        /* borrowed */
  double       temperature;
  char        *answer;          /* filled in, as above */
  char        *why;
} LeydenAsk;
/* The same for @n that do not depend on each other: they are asked at the same time, and count in the order in which they stand here,
 * whichever answer comes first. All or nothing of the budget. FALSE: stop now. */
gboolean                 leyden_trainer_ask_all      (LeydenTrainer *self, LeydenAsk *asks, guint n);
/* The state of the evaluation's rollout (data/schema/state.json): messages, tool calls, outputs of nodes. NULL in *@state where the log is
 * gone. FALSE: stop now. */
gboolean                 leyden_trainer_read_trace   (LeydenTrainer *self, const LeydenEvaluation *evaluation, LeydenValue **state);

/* The lineage. One (step, ordinal) may be said again with what became of it. @verdict: "accepted", "rejected", "invalid", "duplicate".
 * @candidate, @critique, @value and @why nullable. */
void                     leyden_trainer_note_proposal (LeydenTrainer *self, guint ordinal, const LeydenCandidate *parent,
                                                      const LeydenCandidate *candidate, const char *slot, const char *critique,
                                                      LeydenValue *value, const char *verdict, const char *why);

/* What an optimiser is. */
typedef struct
{
  const char *name;             /* "halving" */
  const char *title;            /* translatable: "Best of N (halving)" */
  const char *description;      /* translatable, one sentence */
  gboolean    asks_model;       /* needs optimiser calls */
  /* Whether it finds something to do in these slots; NULL: always. LEYDEN_EXPERIMENT_ERROR_SLOTS with what to mark. */
  gboolean  (*check) (GPtrArray *slots, GError **error);
  /* TRUE: done. FALSE without @error: told to stop. FALSE with @error: failed. */
  gboolean  (*run)   (LeydenTrainer *trainer, GError **error);
} LeydenOptimizer;

const LeydenOptimizer         *leyden_optimizer_find (const char *name);      /* NULL when unknown */
/* All, the default first; NULL-terminated. */
const LeydenOptimizer * const *leyden_optimizer_list (void);

extern const LeydenOptimizer leyden_optimizer_reflect, leyden_optimizer_apo, leyden_optimizer_halving, leyden_optimizer_examples;

G_END_DECLS
