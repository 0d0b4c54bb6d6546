/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"

G_BEGIN_DECLS

/* A model or tool call of a node. */
typedef struct
{
  const char  *kind;            /* "model", "tool"; static */
  gint64       ordinal;
  gint64       try;
  char        *hash;
  LeydenValue *request;
  LeydenValue *answer;
  LeydenValue *error;
  LeydenValue *from;            /* a fork has it from there */
  gint64       started_ns;
  gint64       finished_ns;     /* 0: under way */
  gboolean     cached;
} LeydenCallState;

/* What the log says of one node path. */
typedef struct
{
  char        *state;           /* NULL: only calls are known of it (turns, tools) */
  LeydenValue *inputs;          /* port → [node, port] */
  LeydenValue *outputs;
  LeydenValue *error;
  LeydenValue *waiting;
  LeydenValue *parameters;      /* edited ones */
  char        *mode;            /* "disabled", "bypassed"; NULL: it is on */
  LeydenValue *typed;           /* input port → value that was typed for it */
  LeydenValue *from;            /* it did not run: where its values are from */
  LeydenValue *cache;           /* what the evaluation cache said of it */
  char        *edge;            /* that a merge took */
  GPtrArray   *dropped;         /* edges that it dropped */
  gint64       attempts;
  gint64       started_ns;
  gint64       finished_ns;
  GPtrArray   *calls;
} LeydenNodeFold;

typedef struct
{
  char        *rollout;
  char        *attempt;
  char        *state;
  guint64      sequence;
  char        *flow;
  char        *input;
  char        *item;
  char        *executor;
  LeydenValue *seed;
  LeydenValue *part;            /* of the flow that ran; NULL: all of it */
  LeydenValue *fork;            /* what it began as; NULL: it began anew */
  gint64       started_ns;
  gint64       finished_ns;
  double       latency_ms;
  GHashTable  *nodes;           /* path → LeydenNodeFold */
  LeydenValue *result;
  LeydenValue *error;
  char        *error_kind;
  char        *breakpoint;
  LeydenValue *paused;          /* {"reason", "node"}; NULL: it is not */
  double       reward;
  GPtrArray   *rewards;
  GPtrArray   *console;
  GPtrArray   *foreign;
  gint64       tokens_in;
  gint64       tokens_out;
  double       cost;
  guint        n_unpriced;      /* calls of which no cost is known */
  gboolean     simulated;
} LeydenRolloutState;

gpointer        leyden_rollout_state_init      (void);
void            leyden_rollout_state_apply     (gpointer state, LeydenRecord *record);
LeydenValue    *leyden_rollout_state_serialise (gpointer state);
gpointer        leyden_rollout_state_restore   (LeydenValue *serialised);
void            leyden_rollout_state_free      (gpointer state);
LeydenNodeFold *leyden_rollout_state_get_node  (LeydenRolloutState *self, const char *path);
/* Of a turn or a tool only its calls tell. */
const char     *leyden_node_fold_get_state     (LeydenNodeFold *self);
/* Adds the member "nodes". */
void            leyden_rollout_state_write_nodes (LeydenRolloutState *self, LeydenValueBuilder *b);

/* Members of a state that are left out where there is nothing to say. */
static inline void
leyden_state_set_text (LeydenValueBuilder *b,
                       const char         *key,
                       const char         *text)
{
  if (text != NULL)
    leyden_value_builder_set_string (b, key, text);
}

static inline void
leyden_state_set_int (LeydenValueBuilder *b,
                      const char         *key,
                      gint64              value)
{
  if (value != 0)
    leyden_value_builder_set_int (b, key, value);
}

G_END_DECLS
