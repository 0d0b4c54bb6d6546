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

typedef struct _LeydenScope LeydenScope;
typedef struct _LeydenDebugger LeydenDebugger;
typedef struct _LeydenBodies LeydenBodies;

/*
 * What has something to do, as a stack: the tokens of a flow or body in which nodes are ready, or a container that may start another
 * round. The top goes first, so that a container whose nodes all answer at once is done in one go, as any other node, and never
 * has more rounds open than it must.
 */
typedef struct _LeydenWork LeydenWork;
struct _LeydenWork
{
  LeydenWork   *above, *below;
  LeydenBodies *bodies;                 /* NULL: a scope */
  gboolean      queued;
};

/* The tokens of one plan: of the whole flow, or of one round of a body. */
struct _LeydenScope
{
  LeydenWork         work;
  guint              ref_count;
  LeydenRollout     *rollout;           /* borrowed; whoever keeps a scope longer keeps the rollout */
  LeydenPlan        *plan;              /* borrowed from the rollout's */
  LeydenScope       *parent;            /* NULL: the whole flow. Borrowed, a round ends before what is around it */
  LeydenBodies      *owner;             /* NULL: the whole flow */
  LeydenScope       *previous, *next;   /* in owner->rounds */
  guint              index;             /* of the round */
  char              *path;              /* "solve[3]/"; "" for the whole flow */
  guint32            try_base;          /* tries of the containers around, as one number */
  guint64            sample;            /* of the round, added to the rollout's */
  LeydenValue       *input;             /* what `input` nodes read */
  LeydenValue       *result;            /* what `output` nodes took */
  GCancellable      *cancellable;
  gboolean           ended;
  gboolean           resumed;           /* its nodes stand as the log says */

  /* In one block. A wire is decided when its source has ended; it is alive when the output has a value. */
  LeydenValue      **values;            /* by output of the plan */
  guint64           *ready;             /* bit set by node */
  float             *clocks;            /* by node: modelled time of its end in ms, the longest path to it */
  guint32           *pending;           /* by node: wires not yet decided */
  guint32           *choice;            /* by node: 1 + wire that a merge took */
  guint8            *states;
  guint8            *tries;             /* by node, from 0 */
  guint              low_ready;         /* no ready node below */
  guint              n_open;            /* running and waiting nodes */
  GHashTable        *dropped;           /* wires that a merge has dropped already, after a resume */
};

/* The rounds of one execution of a container. */
struct _LeydenBodies
{
  LeydenWork         work;
  LeydenNodeContext *context;           /* borrowed: it owns this */
  LeydenPlan        *plan;
  LeydenNodeExecutor *executor;         /* borrowed from the engine */
  gpointer           state;             /* the executor's */
  LeydenScope       *rounds;            /* under way, a reference each */
  guint              n_slots;           /* rounds that may be open at once */
  guint              n_used;            /* of them, that were taken once */
  GArray            *freed;             /* float: modelled times at which slots became free again */
  float              start_ms;
  float              end_ms;
};

/* One execution of a node, or one call of a tool. On the stack for a synchronous one, else counted. */
struct _LeydenNodeContext
{
  guint              ref_count;         /* 0: on the stack */
  LeydenRollout     *rollout;           /* a reference when counted */
  LeydenScope       *scope;             /* a reference when counted */
  LeydenBodies      *bodies;            /* of a container under way */
  LeydenPlanNode    *plan_node;
  guint              node;
  const char        *path;              /* with turn: "agent#2" */
  char              *owned_path;
  guint              turn;              /* 0: none yet */
  guint              try;               /* from 1 */
  guint              call_try;          /* the same with the tries of containers around, for the keys of calls */
  guint              n_calls;           /* calls of the present path */
  guint              n_performing;      /* calls under way */
  guint              n_held;            /* answers held back */
  guint              n_gated;           /* calls that a debugger holds */
  guint              n_memories;        /* changes of what the rollout remembers */
  GHashTable        *tool_calls;        /* tool path → number of calls; NULL before the first */
  LeydenValue      **inputs;
  LeydenValue       *few_inputs[8];
  LeydenValue       *inputs_object;
  GPtrArray         *tools;             /* LeydenTool */
  gpointer           prepared;          /* only where slots change the parameters */
  GDestroyNotify     prepared_destroy;
  gboolean           own_prepared;
  gboolean           detached;          /* the rollout goes on without it */
  gint64             tokens;            /* of its model calls, for what is kept of it */
  double             cost;
  gboolean           simulated;
  gboolean           asks;              /* waits for people */
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
  LeydenValue       *training;          /* nullable */
  LeydenValue       *part;              /* nullable */
  LeydenCacheMode    cache;
  GHashTable        *cache_pending;     /* node path → what is kept of it when it succeeds; NULL before the first */
  guint64            seed;
  guint64            sample;
  double             time_scale;
  double             max_cost;
  guint              max_steps;
  guint              n_steps;
  guint              deadline_s;
  gint64             deadline_us;       /* monotonic; 0 before the first asynchronous node */
  gint64             started_us;
  gint64             stopped_us;        /* of it, paused */
  LeydenRolloutObserver observer;
  LeydenDebug       *debug;             /* of the run; nullable */
  LeydenDebugger    *debugger;          /* NULL until somebody debugs this very rollout */

  LeydenScope       *root;              /* the whole flow; NULL before the start */
  LeydenWork        *work;              /* top of the stack of what has something to do */
  LeydenNodeContext *running;

  /* The log. */
  guint64            sequence;          /* of the last record made */
  guint64            durable;           /* of the last one on disk */
  GPtrArray         *records;           /* not yet given to the store */
  GSList            *waiters;           /* SyncWaiter */
  GPtrArray         *held;              /* GTask of calls whose answers are held back; NULL before the first */
  GHashTable        *memo;              /* call key → answer, after a resume */
  GHashTable        *doubt;             /* path, try and ordinal of calls without an answer, after a resume */
  GHashTable        *edited_calls;      /* call key → what is asked instead, after a resume; NULL: none */
  GHashTable        *unread;            /* path of a scope → records of its nodes that no round has taken over yet, after a resume */
  GHashTable        *decisions;         /* node path → LeydenDecision under way */
  GHashTable        *memory;            /* name → what the nodes remember; NULL before the first */
  GHashTable        *questions;         /* node path → question to people; NULL before the first */
  GHashTable        *asked;             /* question → gint64: when its time is over, after a resume */
  guint              n_questions;
  guint              n_stops;           /* questions, and the pause: the clock of the deadline stands still */
  gint64             deadline_left_us;  /* while the clock stands still; 0: it runs */
  char              *detached_by;       /* who detached the debugger while the log was read; nullable */
  char              *error_kind;        /* "not_simulated" */
  GError            *store_error;       /* why the log could not be written */

  guint              started : 1;
  guint              ended : 1;         /* the final state is known */
  guint              finished : 1;      /* and durable, and told */
  guint              scheduled : 1;
  guint              recording : 1;
  guint              appending : 1;
  guint              resumed : 1;
  guint              rerun_unsafe : 1;
  guint              ask_unsafe : 1;
  guint              ask_people : 1;
  guint              again : 1;         /* begins anew where its log ends with a failure */
  guint              fresh : 1;
  guint              loading : 1;
  guint              start_paused : 1;
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
void           leyden_rollout_node_done      (LeydenNodeContext *context, LeydenValue *outputs, GError *error);
/* Takes @error, {message, code, node}: what failed inside. */
void           leyden_rollout_container_failed (LeydenNodeContext *context, LeydenValue *error);
/* A node that nobody catches failed: the end of the rollout, or of the round. */
void           leyden_rollout_scope_failed   (LeydenScope *scope, const char *state, LeydenValue *error);
void           leyden_rollout_count_usage    (LeydenRollout *self, LeydenValue *answer, gboolean copied);
void           leyden_rollout_set_reward     (LeydenRollout *self, LeydenValue *payload);
void           leyden_rollout_emit_record    (LeydenRollout *self, LeydenRecord *record);
void           leyden_rollout_emit_delta     (LeydenRollout *self, const char *node, const char *text);
void           leyden_rollout_emit_finished  (LeydenRollout *self);
LeydenValue   *leyden_rollout_describe_error (const GError *error, const char *node);
void           leyden_rollout_track          (LeydenRollout *self, LeydenNodeContext *context);
void           leyden_rollout_untrack        (LeydenRollout *self, LeydenNodeContext *context);
void           leyden_rollout_start_node     (LeydenScope *scope, guint node);
/* Whether a ready node would start, and not be skipped. */
gboolean       leyden_rollout_can_start      (LeydenScope *scope, guint node);
/* Starts what can start, without another look at breakpoints. */
void           leyden_rollout_go_node        (LeydenScope *scope, guint node);
/* Runs a node in its asynchronous form, without a look into the cache. */
void           leyden_rollout_execute_async  (LeydenScope *scope, guint node);
/* Only what waits for something needs somebody to look at its deadline. */
void           leyden_rollout_watch_deadline (LeydenRollout *self);
/* Its own time stands still, as often as it was stopped. */
void           leyden_rollout_stop_clock     (LeydenRollout *self);
void           leyden_rollout_start_clock    (LeydenRollout *self);

/* leyden-rollout-inputs.c */
gboolean       leyden_rollout_gather_inputs  (LeydenNodeContext *context, GError **error);
gboolean       leyden_rollout_has_what_it_needs  (LeydenScope *self, const LeydenPlanNode *plan_node, guint node);
/* The wire whose value a bypassed node gives at its output number @output; LEYDEN_PLAN_NONE when that is dead. */
guint          leyden_rollout_find_bypassed_wire (LeydenScope *self, const LeydenPlanNode *plan_node, guint output);
/* What @wire brings, as the input takes it. (transfer full) */
LeydenValue   *leyden_rollout_coerce_input       (LeydenScope *self, const LeydenPlanPort *input, guint wire, GError **error);

/* leyden-rollout-memory.c */
void           leyden_rollout_read_memory    (LeydenRollout *self, LeydenRecord *record);

/* leyden-rollout-part.c */
/* The root scope of a part: where it lies, and what is given. */
void           leyden_rollout_init_scope     (LeydenRollout *self);
/* Logs and takes over what is given. */
void           leyden_rollout_give           (LeydenRollout *self);
/* What was typed for an input of the node that a part is about; NULL: nothing. (transfer none) */
LeydenValue   *leyden_rollout_get_typed      (LeydenScope *scope, guint node, const char *port);
/* node.finished of a node that did not run: with where its outputs are from. */
void           leyden_rollout_log_given      (LeydenScope *scope, const char *type, guint node, const char *key, LeydenValue *value, gboolean pin);

/* leyden-rollout-people.c */
/* Takes over a node.waiting or a decision.made. */
void           leyden_rollout_read_question  (LeydenRollout *self, LeydenRecord *record);
/* Their own time stands still while all is paused; release tells them again. */
void           leyden_rollout_hold_questions (LeydenRollout *self);
void           leyden_rollout_release_questions (LeydenRollout *self);
/* Those of nodes whose path begins so; "": all. */
void           leyden_rollout_drop_questions (LeydenRollout *self, const char *prefix);

/* leyden-scope.c */
LeydenScope   *leyden_scope_new              (LeydenRollout *rollout, LeydenPlan *plan);
LeydenScope   *leyden_scope_ref              (LeydenScope *self);
void           leyden_scope_unref            (LeydenScope *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenScope, leyden_scope_unref)
/* Makes ready what waits for nothing. */
void           leyden_scope_begin            (LeydenScope *self);
/* There is something to look at: a ready node, or the end. */
void           leyden_scope_touch            (LeydenScope *self);
void           leyden_scope_set_node_state   (LeydenScope *self, guint node, LeydenNodeState state, double ms);
void           leyden_scope_mark_ready       (LeydenScope *self, guint node);
gboolean       leyden_scope_is_ready         (LeydenScope *self, guint node);
/* It is about to start, whatever its rank. */
void           leyden_scope_take_ready       (LeydenScope *self, guint node);
/* The ready node of lowest (rank, id), or LEYDEN_PLAN_NONE. */
guint          leyden_scope_pop_ready        (LeydenScope *self);
gboolean       leyden_scope_wire_is_alive    (guint wire, gpointer scope);
/* Tells the wires of an ended node to their targets. */
void           leyden_scope_propagate        (LeydenScope *self, guint node);
void           leyden_scope_take_outputs     (LeydenScope *self, guint node, LeydenValue *outputs);
/* Modelled time at which its last node ended. */
float          leyden_scope_get_clock        (LeydenScope *self);
/* The node's path: borrowed for the whole flow, else in @buffer (transfer full). */
const char    *leyden_scope_node_path        (LeydenScope *self, guint node, char **buffer);
void           leyden_scope_log              (LeydenScope *self, const char *type, guint node, LeydenValue *payload);
GCancellable  *leyden_scope_get_cancellable  (LeydenScope *self);
/* Stops all that runs in it, inside first, and records that. */
void           leyden_scope_cancel           (LeydenScope *self, const char *state, LeydenValue *error);
void           leyden_work_push              (LeydenRollout *rollout, LeydenWork *work);
void           leyden_work_remove            (LeydenRollout *rollout, LeydenWork *work);

/* leyden-bodies.c */
/* The sample number of round @index of a container that stands in a scope with @outer. */
guint64        leyden_bodies_sample          (guint64 outer, guint index);
/* FALSE with @error when the container cannot begin; else @context, a counted one, goes on by itself. */
gboolean       leyden_bodies_begin           (LeydenNodeContext *context, LeydenNodeExecutor *executor, GError **error);
/* Starts another round, or ends the container. */
void           leyden_bodies_advance         (LeydenBodies *self);
/* A round came to its end; @error (nullable) tells why it failed. */
void           leyden_bodies_round_ended     (LeydenScope *round, LeydenValue *error);
void           leyden_bodies_cancel          (LeydenBodies *self, const char *state, LeydenValue *error);
void           leyden_bodies_free            (LeydenBodies *self);

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
/* What the log says of a round that begins; FALSE when it says nothing. */
gboolean       leyden_scope_resume           (LeydenScope *self);
/* At the end: nodes of rounds that were under way before the resume, and were not taken up again. */
void           leyden_rollout_cancel_unread  (LeydenRollout *self, const char *state, LeydenValue *error);

/* leyden-rollout-doubt.c: effects that may have happened. */
typedef void (*LeydenDecisionFunc) (LeydenRollout *self, gboolean rerun, gpointer data);
void           leyden_rollout_ask            (LeydenRollout *self, const char *path, LeydenDecisionFunc func, gpointer data,
                                              GDestroyNotify destroy);
void           leyden_rollout_refuse_decisions (LeydenRollout *self);
/* Only those at paths that begin with @prefix. */
void           leyden_rollout_refuse_decisions_in (LeydenRollout *self, const char *prefix);

/* leyden-node-call.c: hands out the held answer that came first in modelled time; FALSE when none may be. */
gboolean       leyden_rollout_release_held   (LeydenRollout *self);
/* At the end: nobody waits for them any more. */
void           leyden_rollout_drop_held      (LeydenRollout *self);
void           leyden_rollout_drop_held_of   (LeydenRollout *self, LeydenScope *scope);

/* leyden-node-context.c */
void               leyden_node_context_init  (LeydenNodeContext *self, LeydenScope *scope, guint node);
void               leyden_node_context_clear (LeydenNodeContext *self);
LeydenNodeContext *leyden_node_context_new   (LeydenScope *scope, guint node);

G_END_DECLS
