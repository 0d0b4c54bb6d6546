/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-debug.h"
#include "leyden-expression.h"
#include "leyden-rollout-private.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_BREAK_BEFORE,
  LEYDEN_BREAK_AFTER,
  LEYDEN_BREAK_WIRE,
  LEYDEN_BREAK_FAILURE,
  LEYDEN_BREAK_REWARD,
} LeydenBreakWhen;

/* Where a path of nodes leads in a plan: a node, and which rounds of the containers around it. */
typedef struct
{
  guint       number;           /* of the node; NONE: any */
  LeydenPlan *plan;             /* that it stands in, borrowed */
  guint       node;             /* its index there */
  GArray     *rounds;           /* int by container around, outermost first; −1: every round. NULL: none is named */
} LeydenDebugPlace;

typedef struct
{
  char             *id;
  LeydenBreakWhen   when;
  char             *node;       /* path; nullable */
  char             *edge;       /* nullable */
  char             *condition;  /* nullable */
  guint64           hits;
  gboolean          once;
  gboolean          enabled;
  guint64           n_hits;     /* times that the rest was true */

  gboolean          bound;      /* the plan has its place */
  LeydenDebugPlace  place;
  LeydenExpression *expression; /* nullable */
} LeydenBreakpoint;

struct _LeydenDebug
{
  guint       ref_count;
  GPtrArray  *breakpoints;      /* LeydenBreakpoint */
  GHashTable *by_node;          /* number of a node → GPtrArray of those that may be met there, in their order */
  GPtrArray  *anywhere;         /* those that may be met at the other nodes */
  guint       n_armed;          /* enabled and bound: 0 is what a run without a debugger asks for */
  gboolean    start_paused;
  GHashTable *paused;           /* ids of rollouts */
  GArray     *watchers;
};

/* leyden-debug.c */
void              leyden_breakpoint_free       (LeydenBreakpoint *self);
const char       *leyden_break_when_to_string  (LeydenBreakWhen when);
void              leyden_debug_count_armed     (LeydenDebug *self);
void              leyden_debug_changed         (LeydenDebug *self);
/* A log tells that the breakpoint of that id was met @n times at least: counts that were not kept in time. */
void              leyden_debug_count_hit       (LeydenDebug *self, const char *id, gint64 n);
void              leyden_debug_set_paused      (LeydenDebug *self, const char *rollout, gboolean paused);

/* leyden-debug-match.c */
void              leyden_debug_place_clear     (LeydenDebugPlace *self);
/* FALSE when the plan has no such node. @scope: where the plan itself lies ("solve[3]/"), of which @path tells too. */
gboolean          leyden_debug_place_find      (LeydenDebugPlace *self, LeydenPlan *plan, const char *scope, const char *path);
gboolean          leyden_debug_place_is        (const LeydenDebugPlace *self, LeydenScope *scope, guint node);
/* Finds the place in @plan and compiles the condition; FALSE with @error for the condition. */
gboolean          leyden_breakpoint_bind       (LeydenBreakpoint *self, LeydenPlan *plan, const char *scope, GError **error);
/* What a condition reads at a place beside what is always there; nullable. (transfer full) */
typedef LeydenValue *(*LeydenBreakRow) (gpointer data);
/* Gives @data itself, a value. */
LeydenValue      *leyden_break_row_give        (gpointer data);
/* The first breakpoint that wants to pause here, counted; NULL: none. @row is called with @data when there is one that may be met.
 * @why (out, nullable): what its condition said, when it could not be evaluated. */
LeydenBreakpoint *leyden_debug_match           (LeydenDebug *self, LeydenBreakWhen when, LeydenScope *scope, guint node, LeydenBreakRow row,
                                                gpointer data, char **why);

G_END_DECLS
