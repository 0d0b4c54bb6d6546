/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"
#include "leyden-model.h"
#include "leyden-optimizer.h"

G_BEGIN_DECLS

/**
 * LeydenExperimentError:
 * @LEYDEN_EXPERIMENT_ERROR_SLOTS: the flow has nothing that this optimiser could change
 * @LEYDEN_EXPERIMENT_ERROR_ITEMS: no rows to train, to choose or to test on
 * @LEYDEN_EXPERIMENT_ERROR_OPTIMIZER: no optimiser of that name
 * @LEYDEN_EXPERIMENT_ERROR_MODEL: the optimiser's model gave no answers
 * @LEYDEN_EXPERIMENT_ERROR_DEFINITION: a stored experiment does not fit what it is started with
 * @LEYDEN_EXPERIMENT_ERROR_REWARD: the flow says nowhere how good an answer is
 */
typedef enum
{
  LEYDEN_EXPERIMENT_ERROR_SLOTS,
  LEYDEN_EXPERIMENT_ERROR_ITEMS,
  LEYDEN_EXPERIMENT_ERROR_OPTIMIZER,
  LEYDEN_EXPERIMENT_ERROR_MODEL,
  LEYDEN_EXPERIMENT_ERROR_DEFINITION,
  LEYDEN_EXPERIMENT_ERROR_REWARD,
} LeydenExperimentError;
#define LEYDEN_EXPERIMENT_ERROR (leyden_experiment_error_quark ())
GQuark leyden_experiment_error_quark (void);

/* All limits; reaching one is a normal end ("stop_reason"), never an error. */
typedef struct
{
  guint64 task_calls;           /* rollouts of one candidate on one item; 0: 600 */
  gint64  optimizer_calls;      /* −1: a quarter of task_calls */
  guint64 tokens;               /* 0: no limit */
  double  cost;                 /* 0: no limit */
  guint   wall_s;               /* 0: no limit */
} LeydenBudget;

/* Plain; copied or referenced. */
typedef struct
{
  const char          *experiment;      /* NULL: a new id; one that the store knows is continued, a finished one only shown */
  const char          *key;             /* equal for equal experiments on the command line; nullable */
  LeydenPlan          *plan;
  LeydenNodeTypes     *types;
  LeydenValue         *definition;      /* object kept with it: enough to start it again ("title", "dataset": {"name", "sha256"}, …), and
                                           "models" for the slots (leyden_slots_from_flow()) */
  const LeydenRunItem *items;
  guint                n_items;
  const char          *optimizer;
  LeydenBudget         budget;
  guint64              seed;
  guint                concurrency;     /* 0: 8 */
  double               time_scale;
  double               failure_reward;
  guint                deadline_s;      /* of a rollout */
  gboolean             fresh;           /* takes no evaluation over from other experiments */
  gboolean             rerun_unsafe;    /* an effect in doubt after an interruption happens again; else that rollout is an error */
  const char          *outside;         /* equal as long as the servers and programs that the flow reaches are the same; NULL: none */
  const char          *endpoint;        /* of the optimiser's model; NULL: of the first node that names one, else "simulated" */
  const char          *model;           /* NULL: leyden-sim-critic for the simulation, else the node's */
} LeydenExperimentSpec;

/**
 * LeydenExperiment: trains a flow over a data set, stores all it learns, and can be taken up again.
 *
 *   queued ─start─► running ◄─resume/pause─► paused          running ─► finished | failed
 *                      └────────── stop ─────────► stopped (with the verdict over what there is, when the baseline was tested)
 *
 * Everything asynchronous, in the thread-default context of its making. Signals: "changed" () at most four a second and at the end;
 * "finished" () once: finished, stopped or failed, all of it stored. It keeps itself alive from start to that.
 */
#define LEYDEN_TYPE_EXPERIMENT (leyden_experiment_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExperiment, leyden_experiment, LEYDEN, EXPERIMENT, GObject)

/* @engine must have a store. Checks the spec; nothing is written before start. (transfer full) */
LeydenExperiment *leyden_experiment_new          (LeydenEngine *engine, LeydenModelTransport *transport, const LeydenExperimentSpec *spec,
                                                  GError **error);
void              leyden_experiment_start        (LeydenExperiment *self);
/* Nothing new is started; what is under way ends. */
void              leyden_experiment_pause        (LeydenExperiment *self);
void              leyden_experiment_resume       (LeydenExperiment *self);
/* Ends the search and goes to the final test (@with_test), or ends at once. */
void              leyden_experiment_stop         (LeydenExperiment *self, gboolean with_test);
/* Lets go without an end: stays "running" in the store, and a later start with its id continues it. "finished" is not emitted. */
void              leyden_experiment_suspend      (LeydenExperiment *self);
const char       *leyden_experiment_get_id       (LeydenExperiment *self);
const char       *leyden_experiment_get_state    (LeydenExperiment *self);
gboolean          leyden_experiment_is_finished  (LeydenExperiment *self);
const GError     *leyden_experiment_get_error    (LeydenExperiment *self);
/* What everybody shows of it; see help/leyden-api.md. (transfer full) */
LeydenValue      *leyden_experiment_snapshot     (LeydenExperiment *self);
/* Item by item: {"items": [{"item", "split", "a": {"reward", "rollout", "answer"} or null, "b": …, "outcome": "won|lost|changed|same"}]}; @split
 * NULL: all. NULL when a candidate is unknown. (transfer full) */
LeydenValue      *leyden_experiment_grid         (LeydenExperiment *self, const char *a, const char *b, const char *split);
/* The best candidate's slots that differ from the baseline's: for leyden_slots_to_edit(). (transfer full), empty object when none. */
LeydenValue      *leyden_experiment_dup_best_slots (LeydenExperiment *self);

G_END_DECLS
