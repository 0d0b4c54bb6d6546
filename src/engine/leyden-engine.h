/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-catalog.h"
#include "leyden-debug.h"
#include "leyden-node-cache.h"
#include "leyden-node-executor.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/* A flow made ready to run: checked, ordered, ports resolved. Immutable, reference-counted, shared by all rollouts (LeydenPlan). */
LeydenPlan   *leyden_plan_new         (LeydenFlow *flow, LeydenNodeTypes *types, GError **error);  /* FLOW lists the first problems */
LeydenPlan   *leyden_plan_ref         (LeydenPlan *self);
void          leyden_plan_unref       (LeydenPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenPlan, leyden_plan_unref)
LeydenFlow   *leyden_plan_get_flow    (LeydenPlan *self);
const char   *leyden_plan_get_hash    (LeydenPlan *self);
const char   *leyden_plan_get_flow_id (LeydenPlan *self);
/* Fields of the `input` node: list of {"name", "type", "required", "role", …}; empty when there is none. */
LeydenValue  *leyden_plan_get_input_fields (LeydenPlan *self);

/* Training rows: what kinds that learn (descriptor: "learns") may see. Only rows of the split "train" come in, whatever is run over, so that
 * no result on validation or test rows is one of rows that were learned from. */
gboolean      leyden_plan_learns      (LeydenPlan *self);
/* @rows: list of input objects of the flow, all of the split "train"; before the first rollout, at most once. */
void          leyden_plan_set_training_rows (LeydenPlan *self, LeydenValue *rows);
LeydenValue  *leyden_plan_get_training_rows (LeydenPlan *self);    /* (transfer none) (nullable) */
/* SHA-256 of the rows; part of what a result depends on. NULL without rows. */
const char   *leyden_plan_get_training_hash (LeydenPlan *self);

/* Runs plans. Belongs to the thread-default context of its making. */
#define LEYDEN_TYPE_ENGINE (leyden_engine_get_type ())
G_DECLARE_FINAL_TYPE (LeydenEngine, leyden_engine, LEYDEN, ENGINE, GObject)

/* @store NULL: nothing is kept (benchmarks). */
LeydenEngine *leyden_engine_new       (LeydenNodeTypes *types, LeydenStore *store);
void          leyden_engine_register  (LeydenEngine *self, const char *type, LeydenNodeExecutor *executor);
LeydenStore  *leyden_engine_get_store (LeydenEngine *self);
/* Where rollouts whose spec says so keep what their nodes gave; nullable. */
void          leyden_engine_set_cache (LeydenEngine *self, LeydenNodeCache *cache);
LeydenNodeCache *leyden_engine_get_cache (LeydenEngine *self);
/* What answers for the value of a model parameter: the same value may mean another server tomorrow. (transfer full) */
typedef LeydenValue *(*LeydenIdentifyModel) (LeydenValue *model, gpointer data);
void          leyden_engine_set_identify_model (LeydenEngine *self, LeydenIdentifyModel func, gpointer data);

typedef enum
{
  LEYDEN_CACHE_OFF,             /* nothing is looked up or kept: what counts as a result */
  LEYDEN_CACHE_USE,
  LEYDEN_CACHE_REFRESH,         /* everything runs; what it gives is kept */
} LeydenCacheMode;

/* What one rollout is asked to do. Plain; copied. */
typedef struct
{
  const char  *rollout;         /* NULL: a new id */
  const char  *attempt;         /* NULL: "0" */
  const char  *run;             /* nullable */
  gint64       index;
  const char  *item;            /* nullable */
  const char  *split;           /* nullable */
  LeydenPlan  *plan;
  LeydenValue *input;           /* object */
  LeydenValue *slots;           /* object "node/parameter" → value, nullable; for nodes in bodies "container/node/parameter" */
  LeydenValue *training;        /* what its log tells of whom it is for: {"experiment", "candidate", "step"}; nullable */
  guint64      seed;
  guint64      sample;          /* number of this sample of the item, from 0 (repeated rollouts of one item differ by it) */
  double       time_scale;
  guint        deadline_s;      /* 0: 3600 */
  guint        max_steps;       /* node starts, those in bodies too; 0: one of every node and 10 000 more, with containers 1 000 000 */
  double       max_cost;        /* 0: no limit */
  gboolean     rerun_unsafe;    /* --on-unsafe-resume rerun */
  gboolean     ask_unsafe;      /* an effect in doubt waits for leyden_rollout_decide() instead of failing */
  gboolean     ask_people;      /* a question to people waits for leyden_rollout_answer(); else it takes its fallback, or fails */
  LeydenCacheMode cache;
  LeydenValue *part;            /* what leyden_part_prepare() gave, for a plan of leyden_plan_new_part(); nullable */
  gboolean     again;           /* one whose log ends with a failure begins anew, as its next attempt */
  LeydenDebug *debug;           /* breakpoints of its run, nullable; a reference is taken */
  gboolean     paused;          /* a new one pauses before its first node */
} LeydenRolloutSpec;

/**
 * LeydenRollout: one rollout under way.
 *
 * Signals: "record" (LeydenRecord *record): after it is durable (at once without a store); "delta" (const char *node, const char *text);
 * "finished" (): state, result and row are final and durable.
 */
#define LEYDEN_TYPE_ROLLOUT (leyden_rollout_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRollout, leyden_rollout, LEYDEN, ROLLOUT, GObject)

/* Starts in the next turn of the main loop. When the store already holds records of @spec->rollout, it is resumed: they are folded, recorded
 * answers are used, what was under way starts again. (transfer full) */
LeydenRollout *leyden_engine_start_rollout (LeydenEngine *self, const LeydenRolloutSpec *spec);
const char    *leyden_rollout_get_id       (LeydenRollout *self);
const char    *leyden_rollout_get_state    (LeydenRollout *self);      /* running … cancelled */
gboolean       leyden_rollout_is_finished  (LeydenRollout *self);
LeydenValue   *leyden_rollout_get_result   (LeydenRollout *self);      /* inputs of the `output` node; NULL before */
const LeydenRolloutRow *leyden_rollout_get_row (LeydenRollout *self);
void           leyden_rollout_cancel       (LeydenRollout *self, const char *reason);
/* Answers a node.waiting with reason "decision" of @node (a node path): run the effect again, or fail. FALSE when none waits there. */
gboolean       leyden_rollout_decide       (LeydenRollout *self, const char *node, gboolean rerun, const char *actor);

/* Answers a node.waiting with reason "human"; see the source. @error is borrowed, NULL when the answer is on disk. */
typedef void (*LeydenRolloutAnswered) (LeydenRollout *self, const GError *error, gpointer data);
gboolean       leyden_rollout_answer       (LeydenRollout *self, const char *node, LeydenValue *answer, const char *actor,
                                            LeydenRolloutAnswered func, gpointer data, GError **error);
guint          leyden_rollout_get_n_questions (LeydenRollout *self);

typedef enum
{
  LEYDEN_DEBUG_PAUSE,
  LEYDEN_DEBUG_CONTINUE,
  LEYDEN_DEBUG_STEP,            /* what is ready first, and all that runs inside of it */
  LEYDEN_DEBUG_STEP_INTO,       /* the same, up to the first start inside of it */
  LEYDEN_DEBUG_STEP_OUT,        /* to the end of the container or agent around */
  LEYDEN_DEBUG_RUN_TO,          /* before a node or a call */
  LEYDEN_DEBUG_STOP,
} LeydenDebugCommand;
gboolean       leyden_debug_command_from_string (const char *name, LeydenDebugCommand *command);
/* See the sources: leyden-rollout-debug-commands.c, leyden-rollout-edit.c. */
gboolean       leyden_rollout_debug_command  (LeydenRollout *self, LeydenDebugCommand command, const char *node, const char *actor,
                                              LeydenRolloutAnswered func, gpointer data, GError **error);
/* {"paused", "reason", "breakpoint", "node", "sequence", "ready", "under_way", "error", "can"}. (transfer full) */
/* Whether a rollout in that state has ended. */
gboolean       leyden_rollout_state_is_end   (const char *state);
LeydenValue   *leyden_rollout_debug_describe (LeydenRollout *self);
void           leyden_rollout_debug_detach   (LeydenRollout *self, const char *actor);
/* Calls back when all that the log says now is on disk: what is shown was acknowledged. */
void           leyden_rollout_when_durable   (LeydenRollout *self, LeydenRolloutAnswered func, gpointer data);
/* Of the record that comes next. */
guint64        leyden_rollout_get_next_sequence (LeydenRollout *self);
guint64        leyden_rollout_edit_value     (LeydenRollout *self, const char *node, const char *port, LeydenValue *value, const char *actor,
                                              LeydenRolloutAnswered func, gpointer data, GError **error);
guint64        leyden_rollout_edit_parameter (LeydenRollout *self, const char *node, const char *parameter, LeydenValue *value,
                                              const char *actor, LeydenRolloutAnswered func, gpointer data, GError **error);
/* What a held call asks for: "arguments" of a tool, "request" of a model. */
guint64        leyden_rollout_edit_call      (LeydenRollout *self, const char *path, gint64 ordinal, const char *what, LeydenValue *value,
                                              const char *actor, LeydenRolloutAnswered func, gpointer data, GError **error);

/* The fold of the log: a canonical JSON document (data/schema/state.json). */
const LeydenReducer *leyden_rollout_reducer (void);

/**
 * LeydenRun: one press of Run: a plan over rows, @concurrency at once, in item order.
 *
 * Signals: "rollout-started" (LeydenRollout *), "rollout-finished" (LeydenRollout *), "progress" () at most ten a second and at the
 * end, "finished" ().
 */
#define LEYDEN_TYPE_RUN (leyden_run_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRun, leyden_run, LEYDEN, RUN, GObject)

/* One item. Strings and values are copied or referenced. */
typedef struct
{
  const char  *item;
  const char  *split;           /* nullable */
  gint64       index;
  LeydenValue *input;
} LeydenRunItem;

typedef struct
{
  const char  *run;             /* NULL: a new id */
  const char  *key;             /* see LeydenRunRow; nullable */
  LeydenPlan  *plan;
  LeydenValue *definition;      /* object kept with the run: enough to start it again after a crash */
  guint64      seed;
  guint        concurrency;     /* 0: 8 */
  double       time_scale;
  guint        deadline_s;
  gboolean     rerun_unsafe;
  gboolean     retry_failed;    /* of a run that is continued: what failed begins anew */
  gboolean     ask_people;      /* see LeydenRolloutSpec */
  LeydenCacheMode cache;
  LeydenValue *part;            /* see LeydenRolloutSpec */
  LeydenDebug *debug;           /* NULL: one of its own */
} LeydenRunSpec;

/* Takes the items of the split "train" as training rows of a plan that learns and has none yet; does nothing else otherwise. */
void           leyden_plan_learn_from_items (LeydenPlan *self, const LeydenRunItem *items, guint n_items);
/* Writes run and rollout rows, then starts. An existing run id is continued: what is finished stays. (transfer full) */
LeydenRun     *leyden_engine_start_run     (LeydenEngine *self, const LeydenRunSpec *spec, const LeydenRunItem *items, guint n_items);
const char    *leyden_run_get_id           (LeydenRun *self);
const char    *leyden_run_get_state        (LeydenRun *self);
gboolean       leyden_run_is_finished      (LeydenRun *self);
const GError  *leyden_run_get_error        (LeydenRun *self);          /* the store failed, … */
void           leyden_run_cancel           (LeydenRun *self, const char *reason);
guint          leyden_run_get_n_items      (LeydenRun *self);
/* (transfer none): row of item @index_in_run, also of those not yet started. */
const LeydenRolloutRow *leyden_run_get_row (LeydenRun *self, guint index_in_run);
/* {"run", "state", "n_items", "done", "succeeded", "failed", "cancelled", "running", "mean_reward": {"estimate", "low", "high", "n"} or null,
 *  "latency_ms": {"p50", "p95"}, "tokens", "cost", "unpriced" (rollouts of which no cost is known, when there are any), "simulated", "elapsed_s", "remaining_s" or null,
 *  "n_paused" (when there are any), "nodes": {id: {"running", "succeeded", "failed", "skipped", "mean_ms"}}}; nodes in bodies by "container/node", all rounds together */
LeydenValue   *leyden_run_summarize        (LeydenRun *self);
/* The same summary from rows alone (a finished run read from the store). @rows of LeydenRolloutRow; @nodes (nullable): what
 * leyden_run_count_nodes_finish() gave, NULL leaves "nodes" empty. */
LeydenValue   *leyden_run_summarize_rows   (const char *run, const char *state, GPtrArray *rows, gint64 n_items, GHashTable *nodes);
/* Counts what the nodes of a run did from its log, up to the record at position @until, a batch at a time: node path → figures. Of a rollout
 * that began again only the last attempt counts; those of @without (set of ids, nullable) do not. */
void           leyden_run_count_nodes_async  (LeydenStore *store, const char *run, guint64 until, GHashTable *without, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer data);
/* (transfer full) */
GHashTable    *leyden_run_count_nodes_finish (GAsyncResult *result, GError **error);

G_END_DECLS
