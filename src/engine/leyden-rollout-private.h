/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine-private.h"
#include "leyden-plan-private.h"

G_BEGIN_DECLS

/*
 *  PENDING ──all wires decided──► READY ──► RUNNING ──► SUCCEEDED
 *                                   │        │ ▲ │
 *          a required input is dead │  retry ▼ │ ├────► FAILED
 *                                   ▼      WAITING └──► CANCELLED (the rollout ended)
 *                                SKIPPED
 */
typedef enum
{
  LEYDEN_NODE_PENDING,
  LEYDEN_NODE_READY,
  LEYDEN_NODE_RUNNING,
  LEYDEN_NODE_WAITING,          /* for a retry, a sync or a decision */
  LEYDEN_NODE_SUCCEEDED,
  LEYDEN_NODE_FAILED,
  LEYDEN_NODE_SKIPPED,
  LEYDEN_NODE_CANCELLED,
} LeydenNodeState;

/* One execution of a node, or one call of a tool. On the stack for a synchronous one, else counted. */
struct _LeydenNodeContext
{
  guint              ref_count;         /* 0: on the stack */
  LeydenRollout     *rollout;           /* a reference when counted */
  LeydenPlanNode    *plan_node;
  guint              node;
  const char        *path;              /* with turn: "agent#2" */
  char              *owned_path;
  guint              turn;              /* 0: none yet */
  guint              try;               /* from 1 */
  guint              n_calls;           /* calls of the present path */
  guint              n_performing;      /* calls under way */
  guint              n_held;            /* answers held back */
  GHashTable        *tool_calls;        /* tool path → number of calls; NULL before the first */
  LeydenValue      **inputs;
  LeydenValue       *few_inputs[8];
  LeydenValue       *inputs_object;
  GPtrArray         *tools;             /* LeydenTool */
  gpointer           prepared;          /* only where slots change the parameters */
  GDestroyNotify     prepared_destroy;
  gboolean           own_prepared;
  gboolean           detached;          /* the rollout goes on without it */
  gint64             start_us;
  double             latency_ms;        /* of its model calls, as told by them */
  LeydenNodeContext *previous, *next;   /* in rollout->running */
};

struct _LeydenRollout
{
  GObject            parent_instance;

  LeydenEngine      *engine;
  LeydenPlan        *plan;
  LeydenRolloutRow   row;
  char              *attempt;
  LeydenValue       *input;
  LeydenValue       *slots;
  LeydenValue       *result;
  guint64            seed;
  guint64            sample;
  double             time_scale;
  double             max_cost;
  guint              max_steps;
  guint              n_steps;
  guint              deadline_s;
  gint64             deadline_us;       /* monotonic; 0 before the first asynchronous node */
  gint64             started_us;
  LeydenRolloutObserver observer;

  /* The tokens, in one block. A wire is decided when its source has ended; it is alive when the output has a value. */
  gpointer           block;
  LeydenValue      **values;            /* by output of the plan */
  guint64           *ready;             /* bit set by node */
  float             *clocks;            /* by node: modelled time of its end in ms, the longest path to it */
  guint32           *pending;           /* by node: wires not yet decided */
  guint32           *choice;            /* by node: 1 + wire that a merge took */
  guint8            *states;
  guint8            *tries;             /* by node, from 0 */
  guint              low_ready;         /* no ready node below */
  guint              n_open;            /* running and waiting nodes */
  LeydenNodeContext *running;

  /* The log. */
  guint64            sequence;          /* of the last record made */
  guint64            durable;           /* of the last one on disk */
  GPtrArray         *records;           /* not yet given to the store */
  GSList            *waiters;           /* SyncWaiter */
  GPtrArray         *held;              /* GTask of calls whose answers are held back; NULL before the first */
  GHashTable        *memo;              /* call key → answer, after a resume */
  GHashTable        *doubt;             /* path, try and ordinal of calls without an answer, after a resume */
  GHashTable        *dropped;           /* wires that a merge has dropped already, after a resume */
  GHashTable        *decisions;         /* node path → LeydenDecision under way */
  char              *error_kind;        /* "not_simulated" */
  GError            *store_error;       /* why the log could not be written */

  GCancellable      *cancellable;
  guint              started : 1;
  guint              ended : 1;         /* the final state is known */
  guint              finished : 1;      /* and durable, and told */
  guint              scheduled : 1;
  guint              recording : 1;
  guint              appending : 1;
  guint              resumed : 1;
  guint              rerun_unsafe : 1;
  guint              ask_unsafe : 1;
  guint              again : 1;         /* begins anew where its log ends with a failure */
  guint              fresh : 1;
  guint              loading : 1;
};

static inline void
leyden_set_string (char       **place,
                   const char  *text)
{
  char *copy = g_strdup (text);

  g_free (*place);
  *place = copy;
}

/* leyden-rollout.c and leyden-rollout-nodes.c */
LeydenRollout *leyden_rollout_new            (LeydenEngine *engine, const LeydenRolloutSpec *spec, gboolean fresh,
                                              const LeydenRolloutObserver *observer);
/* Does what can be done until @until_us (monotonic); TRUE when something is left. */
gboolean       leyden_rollout_pump           (LeydenRollout *self, gint64 until_us);
void           leyden_rollout_check_deadline (LeydenRollout *self, gint64 now_us);
void           leyden_rollout_end            (LeydenRollout *self, const char *state, const GError *error, const char *node);
void           leyden_rollout_end_with       (LeydenRollout *self, const char *state, LeydenValue *error);
void           leyden_rollout_set_node_state (LeydenRollout *self, guint node, LeydenNodeState state, double ms);
void           leyden_rollout_mark_ready     (LeydenRollout *self, guint node);
/* Tells the wires of an ended node to their targets. */
void           leyden_rollout_propagate      (LeydenRollout *self, guint node);
void           leyden_rollout_node_done      (LeydenRollout *self, LeydenNodeContext *context, LeydenValue *outputs, GError *error);
void           leyden_rollout_take_outputs   (LeydenRollout *self, guint node, LeydenValue *outputs);
void           leyden_rollout_count_usage    (LeydenRollout *self, LeydenValue *answer);
void           leyden_rollout_set_reward     (LeydenRollout *self, LeydenValue *payload);
void           leyden_rollout_emit_record    (LeydenRollout *self, LeydenRecord *record);
void           leyden_rollout_emit_delta     (LeydenRollout *self, const char *node, const char *text);
void           leyden_rollout_emit_finished  (LeydenRollout *self);
GCancellable  *leyden_rollout_get_cancellable (LeydenRollout *self);
LeydenValue   *leyden_rollout_describe_error (const GError *error, const char *node);
gboolean       leyden_rollout_wire_is_alive  (guint wire, gpointer rollout);

void           leyden_rollout_untrack        (LeydenRollout *self, LeydenNodeContext *context);
/* The ready node of lowest (rank, id), or LEYDEN_PLAN_NONE. */
guint          leyden_rollout_pop_ready      (LeydenRollout *self);
void           leyden_rollout_start_node     (LeydenRollout *self, guint node);

/* leyden-rollout-log.c. Records cost nothing while nobody wants them: ask recording first when the payload is dear. */
void           leyden_rollout_log            (LeydenRollout *self, const char *type, const char *node, LeydenValue *payload);
void           leyden_rollout_log_as         (LeydenRollout *self, const char *actor, const char *type, const char *node,
                                              LeydenValue *payload);
void           leyden_rollout_flush          (LeydenRollout *self);
/* Calls back when every record made so far is on disk; at once without a store. */
typedef void (*LeydenSyncFunc) (LeydenRollout *self, gpointer data);
void           leyden_rollout_when_synced    (LeydenRollout *self, LeydenSyncFunc func, gpointer data);

/* leyden-rollout-resume.c: takes over what the log says; FALSE when it cannot be resumed. */
/* Writes the start and makes ready what needs nothing. */
void           leyden_rollout_begin          (LeydenRollout *self);
gboolean       leyden_rollout_resume         (LeydenRollout *self, GPtrArray *records, GError **error);

/* leyden-rollout-doubt.c: effects that may have happened. */
typedef void (*LeydenDecisionFunc) (LeydenRollout *self, gboolean rerun, gpointer data);
void           leyden_rollout_ask            (LeydenRollout *self, const char *path, LeydenDecisionFunc func, gpointer data,
                                              GDestroyNotify destroy);
void           leyden_rollout_refuse_decisions (LeydenRollout *self);

/* leyden-node-call.c: hands out the held answer that came first in modelled time; FALSE when none may be. */
gboolean       leyden_rollout_release_held   (LeydenRollout *self);
/* At the end: nobody waits for them any more. */
void           leyden_rollout_drop_held      (LeydenRollout *self);

/* leyden-node-context.c */
void               leyden_node_context_init  (LeydenNodeContext *self, LeydenRollout *rollout, guint node);
void               leyden_node_context_clear (LeydenNodeContext *self);
LeydenNodeContext *leyden_node_context_new   (LeydenRollout *rollout, guint node);
LeydenNodeContext *leyden_node_context_ref   (LeydenNodeContext *self);
void               leyden_node_context_unref (LeydenNodeContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenNodeContext, leyden_node_context_unref)

G_END_DECLS
