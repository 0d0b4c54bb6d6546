/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-nodes.h"

G_BEGIN_DECLS

/*
 * Node type "probe" for the tests: inputs `a`, `b` (optional), `need` (required when wired), outputs `x`, `y`, `error`; what it does is
 * its parameter `does`:
 *   pass      x = a, else b, else need, else true (y is dead)
 *   async     the same after `ms`, or after as many as its input `b` says
 *   fail      fails; "fail:2" fails in the first two tries, then passes; "fail-async" after `ms`; "fail-now" while probe_counts.failing is set
 *   dead      succeeds without outputs
 *   hang      waits until it is cancelled
 *   call      one model-like call that answers {"value": number of the call in this process}
 *   block     refuses to be quick, then passes in its asynchronous form
 *   junk      gives something that is no object
 * "once" is the same kind with effects `once`; with "call" the call is of effects once. "copy" is a required `value` passed on as `value`.
 */
typedef struct
{
  guint n_executed;             /* executions of probes */
  guint n_calls;                /* calls performed by them */
  guint n_cancelled;
  guint n_open;                 /* asynchronous executions under way */
  guint max_open;
  gboolean failing;             /* what "fail-now" does */
} ProbeCounts;
extern ProbeCounts probe_counts;

/* The built-in types and those above. (transfer none) */
LeydenNodeTypes *test_types       (void);
/* {"nodes": {id: {"type", …parameters, "retry", "node_mode" (its key `mode`), and "flow": the same for the body…}}, "edges": ["a.x > b.y", …]} */
LeydenFlow      *test_flow        (LeydenValue *compact);
LeydenValue     *test_json        (const char *text);
LeydenPlan      *test_plan        (const char *compact);

/* A transport that answers by a function. */
#define TEST_TYPE_TRANSPORT (test_transport_get_type ())
G_DECLARE_FINAL_TYPE (TestTransport, test_transport, TEST, TRANSPORT, GObject)
typedef LeydenValue *(*TestAnswer) (const LeydenModelCall *call, GError **error);
struct _TestTransport
{
  GObject     parent_instance;
  TestAnswer  answer;
  guint       delay_ms;
  guint       n_calls;
  guint       n_open;
  guint       max_open;
};
TestTransport   *test_transport_new (TestAnswer answer);
/* {"message": {"role": "assistant", "content": text}, "usage": 10/5, "latency_ms": 100, "cost": 0.5, "simulated": true} */
LeydenValue     *test_answer_text   (const char *text);
/* The same with tool_calls: pairs of name and arguments text, NULL-terminated. */
LeydenValue     *test_answer_tools  (const char *name, ...) G_GNUC_NULL_TERMINATED;

/* With every built-in kind and the probes. @transport nullable. */
LeydenEngine    *test_engine        (LeydenStore *store, TestTransport *transport);

/* A rollout and what it told. */
typedef struct
{
  LeydenRollout *rollout;
  GPtrArray     *records;       /* LeydenRecord */
  GString       *deltas;
  gboolean       finished;
  gboolean       finished_before_record;        /* a record came after "finished" */
} Watch;
Watch           *watch_new          (LeydenRollout *rollout);          /* takes @rollout */
void             watch_wait         (Watch *self);
void             watch_free         (Watch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Watch, watch_free)
/* Starts one over @plan with @input (JSON text) and waits for its end. */
Watch           *run_once           (LeydenEngine *engine, LeydenPlan *plan, const char *input);
/* Fold of its records. */
LeydenValue     *watch_fold         (Watch *self);
/* Folded state of a node, "pending" when the log does not know it. */
char            *node_state         (LeydenValue *state, const char *path);
const LeydenRecord *watch_find      (Watch *self, const char *type, const char *node);
guint            watch_count        (Watch *self, const char *type, const char *node);
/* Runs the main loop until @done or ten seconds are over, which fails the test. */
void             wait_for           (gboolean *done);

/* A temporary store, and its end. */
LeydenStore     *test_store         (void);
void             test_store_done    (LeydenStore *store);

/* All records of @rollout as the store has them. (transfer full) */
GPtrArray       *test_read_log      (LeydenStore *store, const char *rollout);
/* Writes the first @n of @records as the log of another @rollout that is under way. */
void             test_put_prefix    (LeydenStore *store, GPtrArray *records, guint n, const char *rollout);

G_END_DECLS
