/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-flow.h"

G_BEGIN_DECLS

/**
 * LeydenEngineError:
 * @LEYDEN_ENGINE_ERROR_FLOW: the flow has errors and cannot run
 * @LEYDEN_ENGINE_ERROR_NODE: a node failed (the message names it)
 * @LEYDEN_ENGINE_ERROR_INPUT: a required field of the input is missing or of the wrong type
 * @LEYDEN_ENGINE_ERROR_DEADLINE: the rollout's deadline, step or cost limit
 * @LEYDEN_ENGINE_ERROR_UNSAFE: an effect that must not run twice is in doubt after a resume
 * @LEYDEN_ENGINE_ERROR_CANCELLED: cancelled by the user or the end of the run
 * @LEYDEN_ENGINE_ERROR_STORE: the log could not be written
 * @LEYDEN_ENGINE_ERROR_SKIPPED: for executors: nothing to do without the inputs that are dead; the node is skipped, and this is no failure
 * @LEYDEN_ENGINE_ERROR_NO_VALUES: a part of a flow needs values of an earlier rollout, and there are none
 */
typedef enum
{
  LEYDEN_ENGINE_ERROR_FLOW,
  LEYDEN_ENGINE_ERROR_NODE,
  LEYDEN_ENGINE_ERROR_INPUT,
  LEYDEN_ENGINE_ERROR_DEADLINE,
  LEYDEN_ENGINE_ERROR_UNSAFE,
  LEYDEN_ENGINE_ERROR_CANCELLED,
  LEYDEN_ENGINE_ERROR_STORE,
  LEYDEN_ENGINE_ERROR_SKIPPED,
  LEYDEN_ENGINE_ERROR_NO_VALUES,
} LeydenEngineError;
#define LEYDEN_ENGINE_ERROR (leyden_engine_error_quark ())
GQuark leyden_engine_error_quark (void);

/* Short stable names of an error domain's codes ("rate-limit"), by which a node's `error` output and `retry.on` know them. @names
 * is indexed by code, NULL-terminated and static. */
void          leyden_node_error_register         (GQuark domain, const char * const *names);
/* What a model call's error carries besides its message: logged with the call, as the member "capture" of an answer is. The function may
 * give NULL: nothing. (transfer none) */
typedef LeydenValue *(*LeydenErrorCapture) (const GError *error);
void          leyden_node_error_register_capture (LeydenErrorCapture func);
LeydenValue  *leyden_node_error_get_capture      (const GError *error);
/* "rate-limit"; "failed" for what is not registered. (transfer none), static. */
const char   *leyden_node_error_get_code         (const GError *error);

/* What a node sees while it runs; owned by the engine, valid until it has answered. */
typedef struct _LeydenNodeContext LeydenNodeContext;
/* A tool that is wired to a node. */
typedef struct
{
  const char  *name;            /* as the model sees it, unique in the node */
  const char  *node;            /* id of the node that offers it */
  LeydenValue *definition;      /* {"name", "description", "parameters": JSON Schema} */
} LeydenTool;

LeydenNode   *leyden_node_context_get_node       (LeydenNodeContext *self);
const char   *leyden_node_context_get_path       (LeydenNodeContext *self);    /* node path */
const char   *leyden_node_context_get_rollout    (LeydenNodeContext *self);
const char   *leyden_node_context_get_attempt    (LeydenNodeContext *self);
const char   *leyden_node_context_get_split      (LeydenNodeContext *self);    /* of the rollout's row; nullable */
guint         leyden_node_context_get_try        (LeydenNodeContext *self);    /* from 1 */
guint64       leyden_node_context_get_seed       (LeydenNodeContext *self);    /* the run's */
/* Number of the sample that the next model call should ask for: the rollout's, changed by retries and by further calls of
 * one path. Depends on nothing but rollout, node and try, so that equal runs are equal at any concurrency. */
guint64       leyden_node_context_get_sample     (LeydenNodeContext *self);
double        leyden_node_context_get_time_scale (LeydenNodeContext *self);    /* 0 fast, 1 real pace (simulation) */
GCancellable *leyden_node_context_get_cancellable (LeydenNodeContext *self);
/* Parameter with slots applied, else the default of the type. (transfer none) */
LeydenValue  *leyden_node_context_get_parameter  (LeydenNodeContext *self, const char *name);
const char   *leyden_node_context_get_parameter_string (LeydenNodeContext *self, const char *name);    /* "" when no string */
double        leyden_node_context_get_parameter_double (LeydenNodeContext *self, const char *name);
gboolean      leyden_node_context_get_parameter_boolean (LeydenNodeContext *self, const char *name);
/* Value of an input; NULL when it is not connected or dead and has no default (JSON null is a value). A port with many wires
 * gives a list of what arrived. */
LeydenValue  *leyden_node_context_get_input      (LeydenNodeContext *self, const char *port);
LeydenValue  *leyden_node_context_get_inputs     (LeydenNodeContext *self);    /* object */
LeydenValue  *leyden_node_context_get_row        (LeydenNodeContext *self);    /* the rollout's input object */
GPtrArray    *leyden_node_context_get_outputs    (LeydenNodeContext *self);    /* LeydenPort */
/* Training rows of the plan: list of input objects, all of the split "train". NULL when it has none. (transfer none) */
LeydenValue  *leyden_node_context_get_training_rows (LeydenNodeContext *self);
const char   *leyden_node_context_get_training_hash (LeydenNodeContext *self);    /* SHA-256 of them; NULL without */
/* The field of the flow's `input` node that is wired straight to @port; NULL when something else is. */
const char   *leyden_node_context_get_input_field (LeydenNodeContext *self, const char *port);
/* The first field with role "expected"; NULL without one. */
const char   *leyden_node_context_get_expected_field (LeydenNodeContext *self);
GPtrArray    *leyden_node_context_get_input_ports (LeydenNodeContext *self);   /* LeydenPort */
/* {"message", "code", "node"} of an error of this node. (transfer full) */
LeydenValue  *leyden_node_context_describe_error (LeydenNodeContext *self, const GError *error);
/* What a kind made from its parameters (a compiled template), kept with the plan and shared by all rollouts of it in this
 * thread; kept with this one execution where slots change the node's parameters. NULL before set_prepared. */
gpointer      leyden_node_context_get_prepared   (LeydenNodeContext *self);
void          leyden_node_context_set_prepared   (LeydenNodeContext *self, gpointer prepared, GDestroyNotify destroy);
/* Provisional text; not logged. */
void          leyden_node_context_emit_delta     (LeydenNodeContext *self, const char *text);
/* A record of its own ("reward", "output.line"); payload an object. */
void          leyden_node_context_log            (LeydenNodeContext *self, const char *type, LeydenValue *payload);
/* node.waiting {"reason", "until_ms"}. */
void          leyden_node_context_waiting        (LeydenNodeContext *self, const char *reason, guint ms);
/* What the rollout remembers under a name: the fold of what its nodes changed so far, in the order of the log. NULL: nothing. (transfer
 * none), until the next change. */
LeydenValue  *leyden_node_context_recall         (LeydenNodeContext *self, const char *name);
typedef enum
{
  LEYDEN_MEMORY_SET,
  LEYDEN_MEMORY_APPEND,         /* to a list, of which the newest @keep stay (0: all) */
  LEYDEN_MEMORY_CLEAR,
  LEYDEN_MEMORY_EXTEND,         /* as append, with each item of a list */
} LeydenMemoryChange;
/* Logged as memory.changed; not made again when the node runs again after a crash. */
void          leyden_node_context_remember       (LeydenNodeContext *self, const char *name, LeydenMemoryChange change, LeydenValue *value,
                                                  guint keep);
/* Asks people and waits, over restarts if need be, for leyden_rollout_answer(). @question: object, for those who show it. @timeout_s 0: no limit;
 * when it is over, or where nobody may be asked, @fallback is the answer, and without one it is an error (DEADLINE, UNSAFE). @check gives the
 * answer as the node takes it (transfer full), or an error that says why it does not fit. One question at a time for a path.
 * finish: {"answer", "by", "timed_out"?} (transfer full). */
typedef LeydenValue *(*LeydenAskCheck) (LeydenNodeContext *context, LeydenValue *answer, GError **error);
void          leyden_node_context_ask_async      (LeydenNodeContext *self, LeydenValue *question, guint timeout_s, LeydenValue *fallback,
                                                  LeydenAskCheck check, GAsyncReadyCallback callback, gpointer data);
LeydenValue  *leyden_node_context_ask_finish     (LeydenNodeContext *self, GAsyncResult *result, GError **error);
/* Starts turn @n (from 1): calls that follow belong to path "ID#n". */
void          leyden_node_context_begin_turn     (LeydenNodeContext *self, guint n);

typedef enum
{
  LEYDEN_CALL_MODEL,            /* logged as model.request / model.response */
  LEYDEN_CALL_TOOL,             /* logged as tool.called / tool.returned */
} LeydenCallKind;

typedef void         (*LeydenCallPerform) (LeydenNodeContext *context, LeydenValue *request, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer callback_data, gpointer user_data);
typedef LeydenValue *(*LeydenCallFinish)  (GAsyncResult *result, GError **error, gpointer user_data);
/* A call to the outside with a key (node path, ordinal, request hash): its recorded answer comes back on a resume, else it is performed
 * and logged. @effects ONCE waits for the sync of the request first. For MODEL the answer carries usage, latency_ms, cost, simulated. */
void          leyden_node_context_call_async     (LeydenNodeContext *self, LeydenCallKind kind, LeydenEffects effects, LeydenValue *request,
                                                  LeydenCallPerform perform, LeydenCallFinish finish, gpointer user_data,
                                                  GAsyncReadyCallback callback, gpointer data);
LeydenValue  *leyden_node_context_call_finish    (LeydenNodeContext *self, GAsyncResult *result, GError **error);
/* Tools wired to the input @port: (element-type LeydenTool), (transfer none). */
GPtrArray    *leyden_node_context_get_tools      (LeydenNodeContext *self, const char *port);
/* Calls one of them; an unknown name or bad arguments give a result with "error", never a GError (that is for cancel only).
 * The answer: {"content": text or value} or {"error": text}. Logged and memoised like any call. */
void          leyden_node_context_call_tool_async (LeydenNodeContext *self, const char *name, LeydenValue *arguments, const char *call_id,
                                                  GAsyncReadyCallback callback, gpointer data);
LeydenValue  *leyden_node_context_call_tool_finish (LeydenNodeContext *self, GAsyncResult *result, GError **error);

/* For an answer that may come after the node has ended (which is nothing but told to nobody). */
LeydenNodeContext *leyden_node_context_ref       (LeydenNodeContext *self);
void          leyden_node_context_unref          (LeydenNodeContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenNodeContext, leyden_node_context_unref)
/* {"message", "code", "node"} of what failed inside a container, with @prefix ("Item 3") before the message. (transfer full) */
LeydenValue  *leyden_node_error_inside           (const char *prefix, LeydenValue *error);

/* What a container does next. */
typedef enum
{
  LEYDEN_BODY_START,            /* another round: @index (not under way), @input */
  LEYDEN_BODY_WAIT,             /* for rounds under way, or for leyden_node_context_go_on() */
  LEYDEN_BODY_DONE,             /* @outputs */
  LEYDEN_BODY_FAILED,           /* @error; no round may be under way */
} LeydenBodyStep;
typedef struct
{
  guint        index;
  LeydenValue *input;           /* object: fields of the body's `input` nodes (transfer full) */
  LeydenValue *outputs;         /* object output port → value (transfer full) */
  LeydenValue *error;           /* {"message", "code", "node"} (transfer full) */
} LeydenBodyNext;
/* Cancels the rounds under way from @index on; they do not end, they are gone. Returns how many there were. */
guint         leyden_node_context_cancel_rounds  (LeydenNodeContext *self, guint index);
/* Between the two the container waits for something of its own (an expression in a thread), and nothing is decided on a guess of
 * what comes first. go_on asks for the next step. */
void          leyden_node_context_wait           (LeydenNodeContext *self);
void          leyden_node_context_go_on          (LeydenNodeContext *self);

/* What a node kind does. One object serves all nodes of its type at once: no state in it. Implement execute (quick and pure), or
 * execute_async; tools implement describe_tools and call_tool (or its async form). A kind with both may refuse execute with
 * G_IO_ERROR_WOULD_BLOCK when it finds that this one takes longer: then execute_async does it. */
#define LEYDEN_TYPE_NODE_EXECUTOR (leyden_node_executor_get_type ())
G_DECLARE_INTERFACE (LeydenNodeExecutor, leyden_node_executor, LEYDEN, NODE_EXECUTOR, GObject)
struct _LeydenNodeExecutorInterface
{
  GTypeInterface parent_iface;

  /* (transfer full): object output port → value. A port that is missing in it is dead. NULL with @error: the node failed. */
  LeydenValue *(*execute)           (LeydenNodeExecutor *self, LeydenNodeContext *context, GError **error);
  void         (*execute_async)     (LeydenNodeExecutor *self, LeydenNodeContext *context, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*execute_finish)    (LeydenNodeExecutor *self, GAsyncResult *result, GError **error);
  /* List of definitions {"name", "description", "parameters"}. @context is of the tool node. */
  LeydenValue *(*describe_tools)    (LeydenNodeExecutor *self, LeydenNodeContext *context, GError **error);
  LeydenValue *(*call_tool)         (LeydenNodeExecutor *self, LeydenNodeContext *context, const char *name, LeydenValue *arguments, GError **error);
  void         (*call_tool_async)   (LeydenNodeExecutor *self, LeydenNodeContext *context, const char *name, LeydenValue *arguments,
                                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*call_tool_finish)  (LeydenNodeExecutor *self, GAsyncResult *result, GError **error);
  /* Effects of calling this very tool node, where they depend on its parameters; without it those of the type. */
  LeydenEffects (*get_tool_effects) (LeydenNodeExecutor *self, LeydenNodeContext *context);

  /* Containers implement these four and nothing else: how often the body runs, with what, and what comes of it. begin gives a state of
   * this execution and how many rounds may be open at once; a round gives the object that its `output` nodes took, or fails. */
  gpointer       (*begin_rounds)    (LeydenNodeExecutor *self, LeydenNodeContext *context, guint *n_slots, GError **error);
  LeydenBodyStep (*next_round)      (LeydenNodeExecutor *self, LeydenNodeContext *context, gpointer state, LeydenBodyNext *next);
  void           (*round_ended)     (LeydenNodeExecutor *self, LeydenNodeContext *context, gpointer state, guint index,
                                     LeydenValue *result, LeydenValue *error);
  void           (*end_rounds)      (gpointer state);
};

G_END_DECLS
