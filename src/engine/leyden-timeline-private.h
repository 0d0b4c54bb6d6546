/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-state-private.h"
#include "leyden-timeline.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_MARK_PENDING,
  LEYDEN_MARK_RUNNING,
  LEYDEN_MARK_WAITING,
  LEYDEN_MARK_SUCCEEDED,
  LEYDEN_MARK_FAILED,
  LEYDEN_MARK_SKIPPED,
  LEYDEN_MARK_CANCELLED,
  LEYDEN_N_MARKS,
} LeydenMarkState;

enum
{
  LEYDEN_MARK_PART = 1 << 0,            /* a turn or a tool call */
  LEYDEN_MARK_DISABLED = 1 << 1,
  LEYDEN_MARK_BYPASSED = 1 << 2,
  LEYDEN_MARK_FROM_PIN = 1 << 3,
  LEYDEN_MARK_FROM_ROLLOUT = 1 << 4,
  LEYDEN_MARK_CACHED = 1 << 5,
};

/* A node from a record on. */
typedef struct
{
  guint64 sequence;
  gint64  started_ns;
  gint64  finished_ns;
  guint32 attempts;
  guint32 n_calls;
  guint32 error;                /* index + 1 in errors */
  guint16 waiting;              /* index + 1 in words */
  guint8  state;                /* LeydenMarkState */
  guint8  flags;
} LeydenMark;

typedef struct
{
  guint64 first, last;          /* records; last 0: under way */
  gint64  start_ns, end_ns;
  gint64  tokens;
  double  cost;
  gint64  ordinal;
  guint32 try;
  guint    tool : 1;
  guint    failed : 1;
} LeydenCallMark;

/* A wait ends with the next record of the node or of its calls; a pause, when the rollout goes on or has ended. */
typedef struct
{
  guint64 first, last;
  gint64  start_ns, end_ns;
  guint16 reason;               /* index in words */
} LeydenWaitMark;

/* Of one node path. */
typedef struct
{
  char    *path;
  GArray  *marks;               /* LeydenMark, ascending */
  GArray  *records;             /* guint64: all of this path */
  GArray  *calls;               /* LeydenCallMark; NULL: none */
  GArray  *waits;               /* LeydenWaitMark; NULL: none */
  guint32 *sources;             /* indexes into nodes, of the last start; NULL: none */
  guint32  n_sources;
  char    *parent;              /* id of the span that it lies in, of another program; NULL: its path says */
  guint32  rounds;              /* index + 1 in rounds; 0: not in a round */
} LeydenNodeMarks;

/* All rounds of a node: how many are in which state. Changes are packed: sequence << 8 | before << 4 | after. */
#define LEYDEN_ROUNDS_STRIDE 64
#define LEYDEN_ROUNDS_NONE   15         /* before the first record of a node */
typedef struct
{
  char    *path;                /* without numbers: "solve/check" */
  GArray  *changes;             /* guint64 */
  GArray  *sums;                /* guint32[LEYDEN_N_MARKS] after every LEYDEN_ROUNDS_STRIDE changes */
  guint32  counts[LEYDEN_N_MARKS];
} LeydenRounds;

/* Nodes of a round, or of the whole flow. */
typedef struct
{
  GArray *nodes;                /* guint32 */
  guint   n_sorted;             /* all of them, or they must be sorted again; under sort_lock */
} LeydenScopeMarks;

/* The rollout as a whole, from a record on. Texts belong to the timeline, each once. */
typedef struct
{
  guint64     sequence;
  const char *attempt, *state, *breakpoint, *error_kind;
  const char *paused, *paused_at;       /* reason and node; NULL: it is not */
  guint32     error;            /* index + 1 in errors */
  guint32     n_unpriced;
  gint64      started_ns, finished_ns;
  gint64      tokens_in, tokens_out;
  double      cost, reward, latency_ms;
  gboolean    simulated;
} LeydenRolloutMark;

struct _LeydenTimeline
{
  LeydenRolloutState *state;            /* the fold, emptied of values as it goes */
  char               *rollout;
  guint64             last;
  gint64              first_ns, last_ns;
  GPtrArray          *nodes;            /* LeydenNodeMarks */
  GHashTable         *index;            /* path → index + 1 in nodes */
  GHashTable         *scopes;           /* "", "solve[3]/" → LeydenScopeMarks */
  GMutex              sort_lock;        /* several may look at once, and one of them sorts */
  GPtrArray          *rounds;           /* LeydenRounds */
  GHashTable         *rounds_index;     /* collapsed path → index + 1 */
  GArray             *marks;            /* LeydenRolloutMark */
  GArray             *epochs;           /* guint64: sequences at which all began anew */
  GHashTable         *spans;            /* id of a span → index + 1 in nodes; NULL: no other program tells of them */
  GArray             *pauses;           /* LeydenWaitMark of the rollout as a whole, without reasons */
  GPtrArray          *errors;           /* LeydenValue */
  GStringChunk       *texts;
  GPtrArray          *words;            /* reasons of waits, in texts */
  GHashTable         *words_index;      /* → index + 1 */
  gsize               bytes;
  _Atomic guint64     n_passed;         /* changes of rounds that summaries have gone through one by one; for tests */
};

/* Sequence from which on records count for a state at @until. */
guint64           leyden_timeline_get_epoch   (LeydenTimeline *self, guint64 until);
/* The state of a node at @until; NULL before its first record. */
const LeydenMark *leyden_timeline_find_mark   (LeydenTimeline *self, LeydenNodeMarks *node, guint64 until);
const LeydenRolloutMark *leyden_timeline_find_rollout (LeydenTimeline *self, guint64 until);
/* (transfer none) (element-type guint32): nodes of the scope of @prefix by path; NULL without any. */
GArray           *leyden_timeline_list_scope  (LeydenTimeline *self, const char *prefix);
const char       *leyden_mark_state_to_string (LeydenMarkState state);
/* Length of the part of a path that names its round: "solve[3]/" of "solve[3]/check". */
gsize             leyden_node_path_get_scope  (const char *path);

G_END_DECLS
