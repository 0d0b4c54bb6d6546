/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"
#include "leyden-flow-mode.h"

G_BEGIN_DECLS

#define LEYDEN_PLAN_NONE G_MAXUINT

/* A wire that carries tokens (tools wires are in LeydenPlanNode.tools). */
typedef struct
{
  char       *id;               /* of the edge */
  guint       source;           /* node */
  guint       output;           /* index into plan->outputs */
  guint       target;           /* node */
  guint       input;            /* index into plan->inputs */
} LeydenPlanWire;

/* A port with its wires: those that end at an input, those that begin at an output. */
typedef struct
{
  const LeydenPort *port;       /* borrowed from the node's array */
  guint             n_wires;
  guint             first;      /* in plan->wires_in or plan->wires_out: indexes into plan->wires */
} LeydenPlanPort;

typedef struct
{
  guint input;                  /* index among the node's inputs */
  guint node;                   /* the tool node */
} LeydenPlanTool;

typedef struct
{
  LeydenNode           *node;
  const LeydenNodeType *type;
  const char           *id;
  char                 *static_path;    /* "solve/check"; NULL for a node of the whole flow, whose path is its id */
  guint                 number;         /* unique in the plan and its bodies: index into figures of nodes */
  LeydenPlan           *body;           /* of a container, owned; NULL else */
  GPtrArray            *input_ports;
  GPtrArray            *output_ports;
  guint                 first_input, n_inputs;
  guint                 first_output, n_outputs;
  guint                 n_wires;        /* token wires that end here */
  guint                 error_output;   /* index into plan->outputs, NONE without one */
  gboolean              error_wired;
  LeydenNodeMode        mode;           /* DISABLED and BYPASSED ones have no body */
  int                  *bypass;         /* of a bypassed one, by output: index among the inputs that it passes on, −1: none */
  gboolean              is_tool;        /* is called, never fires */
  gboolean              is_merge;
  gboolean              is_output;
  guint                 retry_max;
  char                **retry_on;       /* codes; NULL: any */
  LeydenValue         **parameters;     /* in the order of type->parameters */
  LeydenValue          *sources;        /* where the inputs come from when all are alive, for node.started */
  LeydenValue          *pinned;         /* outputs that it gives without running; NULL: it runs */
  GArray               *tools;          /* LeydenPlanTool; NULL without */
  gpointer              prepared;
  GDestroyNotify        prepared_destroy;
} LeydenPlanNode;

struct _LeydenPlan
{
  gatomicrefcount  ref_count;
  LeydenFlow      *flow;
  char            *hash;
  char            *flow_id;             /* of the document; NULL in bodies */
  LeydenValue     *input_fields;
  gboolean         learns;              /* a node reads training rows */
  LeydenValue     *training_rows;       /* list of input objects; NULL: none */
  char            *training_hash;

  /* Nodes stand in (rank, id) order, so that the lowest index among the ready ones is the next to start. */
  guint            n_nodes;
  LeydenPlanNode  *nodes;
  guint            n_inputs, n_outputs, n_wires;
  LeydenPlanPort  *inputs, *outputs;
  LeydenPlanWire  *wires;
  guint           *wires_in, *wires_out;

  guint            first_number;        /* number of nodes[0] */
  guint            n_numbers;           /* nodes here and in the bodies; only of the whole plan */
  guint            depth;               /* 0: the whole plan */
  GHashTable      *index;               /* borrowed id → node + 1 */
  GThread         *prepared_thread;     /* the one whose prepared things the nodes hold */
  /* Executors of the engine that used the plan last. */
  gpointer         bound_engine;
  guint            bound_generation;
  LeydenNodeExecutor **executors;
};

/* Without the check. @path: of the container whose body it is; NULL: the whole flow. @n_numbers counts on. */
LeydenPlan *leyden_plan_build (LeydenFlow *flow, LeydenNodeTypes *types, const char *path, guint depth, guint *n_numbers, GError **error);
/* Index of a node by id, or NONE. */
guint leyden_plan_find_node (LeydenPlan *self, const char *id);
/* Where an executed node path leads: "solve[3]/agent#2/tool" to the node "agent" of the body of "solve". @scope gets the length of
 * the part that names the body ("solve[3]/"), 0 for the whole flow. @exact: without turns and tools behind the node. NONE when the
 * path fits nothing. */
guint leyden_plan_resolve_path (LeydenPlan *self, const char *path, gboolean exact, gsize *scope, LeydenPlan **plan);
/* Whether the node of that number stands in it or in a body of it. */
gboolean leyden_plan_holds (const LeydenPlan *self, guint number);
static inline const char *
leyden_plan_node_get_path (const LeydenPlanNode *node)
{
  return node->static_path != NULL ? node->static_path : node->id;
}
/* Calls @func for each node of the plan and its bodies, in the order of their numbers. */
typedef void (*LeydenPlanNodeFunc) (const LeydenPlanNode *node, gpointer data);
void leyden_plan_foreach_node (const LeydenPlan *self, LeydenPlanNodeFunc func, gpointer data);
/* Where the tokens of a node come from: object input → [node, port], or a list of such; dead inputs are left out. @alive says
 * whether a wire's token lives. (transfer full) */
typedef gboolean (*LeydenPlanAlive) (guint wire, gpointer data);
LeydenValue *leyden_plan_describe_sources (LeydenPlan *self, guint node, LeydenPlanAlive alive, gpointer data);

G_END_DECLS
