/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_SPAN_NODE,
  LEYDEN_SPAN_TURN,
  LEYDEN_SPAN_MODEL,
  LEYDEN_SPAN_TOOL,
  LEYDEN_SPAN_RATE_LIMIT,
  LEYDEN_SPAN_RETRY,
  LEYDEN_SPAN_HUMAN,
  LEYDEN_SPAN_QUEUE,
  LEYDEN_SPAN_PAUSE,            /* of the rollout as a whole */
  LEYDEN_SPAN_WAIT,             /* for a reason that is not known here */
} LeydenSpanKind;
#define LEYDEN_N_SPAN_KINDS (LEYDEN_SPAN_WAIT + 1)

#define LEYDEN_NO_ROW G_MAXUINT

typedef struct
{
  LeydenSpanKind kind;
  gint64         start_ns;
  gint64         end_ns;        /* as of a row */
  double         paused_ms;     /* of it; 0: none */
} LeydenSpanWait;

/* A line of the waterfall: all that happens but waits, which stand in the line of what waits. The pauses of a rollout have one line together, where the
 * first of them began, and stand in it as waits. */
typedef struct
{
  const char               *path;
  const char               *state;              /* "running", "succeeded", …; "" when nothing is known */
  LeydenSpanKind            kind;
  gint64                    start_ns;           /* since the epoch */
  gint64                    end_ns;             /* 0: it goes on */
  guint64                   first;              /* sequences of the records that began and ended it */
  guint64                   last;
  guint                     parent;             /* row, or LEYDEN_NO_ROW */
  guint                     depth;
  guint                     n_below;            /* rows under this one, which follow it */
  const LeydenSpanWait *waits;
  guint                     n_waits;
  double                    cost;               /* USD; 0: none */
  gint64                    tokens;
  double                    self_ms;            /* without what is below, and without pauses; NaN: not known */
  double                    paused_ms;          /* of the time between start and end; 0: none */
  gboolean                  critical;
} LeydenSpanRow;

/**
 * LeydenSpanTree: what happened in a rollout when, as GET /leyden/v1/rollouts/{id}/timeline says it: spans as rows of a tree, parents before what is
 * below them, siblings by start. Immutable; may be made and used in any thread.
 */
typedef struct _LeydenSpanTree LeydenSpanTree;

/* @answer (nullable): of the backend; whatever it says, the tree is one. O(n log n). (transfer full) */
LeydenSpanTree          *leyden_span_tree_new          (LeydenValue    *answer);
LeydenSpanTree          *leyden_span_tree_ref          (LeydenSpanTree *self);
void                     leyden_span_tree_unref        (LeydenSpanTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSpanTree, leyden_span_tree_unref)

guint                    leyden_span_tree_get_n_rows   (LeydenSpanTree *self);
const LeydenSpanRow *leyden_span_tree_get_row      (LeydenSpanTree *self, guint row);
/* When the rollout was paused, by start; @n: how many. Valid as long as the tree. */
const LeydenSpanWait    *leyden_span_tree_get_pauses   (LeydenSpanTree *self, guint *n);
/* Sequences of the first and last record; 0: none. */
guint64                  leyden_span_tree_get_first    (LeydenSpanTree *self);
guint64                  leyden_span_tree_get_last     (LeydenSpanTree *self);
gint64                   leyden_span_tree_get_start_ns (LeydenSpanTree *self);
/* When it ended, or the newest time that is known of it. */
gint64                   leyden_span_tree_get_end_ns   (LeydenSpanTree *self);
gboolean                 leyden_span_tree_is_over      (LeydenSpanTree *self);
/* The backend left spans out. */
gboolean                 leyden_span_tree_is_truncated (LeydenSpanTree *self);

/* The row that is the same thing as @row of another tree of the rollout; LEYDEN_NO_ROW. */
guint                    leyden_span_tree_find         (LeydenSpanTree *self, const LeydenSpanRow *row);
gboolean                 leyden_span_row_equal    (const LeydenSpanRow *a, const LeydenSpanRow *b);
/* Time that the row waited, without pauses, in ms; up to @now_ns when it waits still. */
double                   leyden_span_row_wait_ms  (const LeydenSpanRow *row, gint64 now_ns);

/* The next record of interest after @sequence in a direction (1, -1): where something begins, ends or waits; @nodes: of nodes only. Where there is none, the
 * first or last record. */
guint64                  leyden_span_tree_step         (LeydenSpanTree *self, guint64 sequence, int direction, gboolean nodes);
/* When that record was written, as far as what is around it tells (ns). */
gint64                   leyden_span_tree_get_time     (LeydenSpanTree *self, guint64 sequence);

typedef enum
{
  LEYDEN_STOP_NONE,             /* nothing of interest is known to happen there */
  LEYDEN_STOP_STARTED,
  LEYDEN_STOP_ENDED,
  LEYDEN_STOP_WAITS,
  LEYDEN_STOP_GOES_ON,
} LeydenStop;
/* What happens at a record; @row: of what. */
LeydenStop               leyden_span_tree_get_stop     (LeydenSpanTree *self, guint64 sequence, guint *row);

G_END_DECLS
