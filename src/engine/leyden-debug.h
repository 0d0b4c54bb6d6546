/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

typedef struct _LeydenPlan LeydenPlan;

/**
 * LeydenDebug: the breakpoints of one run, shared by its rollouts, and which of them are paused. Reference-counted; belongs to the thread
 * of its engine. An empty one costs a rollout one test for each start of a node.
 *
 * A breakpoint: {"id", "when": "before"|"after"|"wire"|"failure"|"reward", "node": path, "edge": id of a wire, "condition", "hits", "once",
 * "enabled"}. The path is one of nodes ("solve/check", "solve[*]/check": every round; "solve[3]/check": that one); it may be left out with
 * "failure" (any failure), "reward" and "wire" (the wire of that id, wherever it is). The node may be a tool: "before" is then before it is
 * called, "after" when it has answered. The condition is an SQL expression over
 *
 *   before          inputs by port name; of a tool "name" and "arguments"
 *   after, wire     outputs by port name, and "value" of the wire; of a tool "content" and "error"
 *   failure         "code", "message"
 *   reward          "reward", "source"
 *   always          "round" (null outside of containers), "item", "attempt" (of the rollout), "try" (of the node, from 1)
 *
 * "hits": pauses from the n-th time that the rest is true. "once": the first rollout that meets it disables it.
 */
typedef struct _LeydenDebug LeydenDebug;

/* Without breakpoints. (transfer full) */
LeydenDebug *leyden_debug_new             (void);
LeydenDebug *leyden_debug_ref             (LeydenDebug *self);
void         leyden_debug_unref           (LeydenDebug *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenDebug, leyden_debug_unref)

/* What is wrong with @breakpoints (a list, or null) by itself; the message names index and member. */
gboolean     leyden_debug_check           (LeydenValue *breakpoints, GError **error);
/* Replaces all of them; see the source. */
gboolean     leyden_debug_set_breakpoints (LeydenDebug *self, LeydenPlan *plan, const char *scope, LeydenValue *breakpoints, GError **error);
/* As they stand, with "hits_so_far", and "bound": false where the flow has no such node. (transfer full) */
LeydenValue *leyden_debug_get_breakpoints (LeydenDebug *self);
/* Whether rollouts that begin from now on pause before their first node. */
void         leyden_debug_set_start_paused (LeydenDebug *self, gboolean paused);
gboolean     leyden_debug_get_start_paused (LeydenDebug *self);

/* How many of its rollouts are paused now. */
guint        leyden_debug_get_n_paused    (LeydenDebug *self);
/* At most @max ids of paused rollouts, in order. (transfer full) (element-type utf8) */
GPtrArray   *leyden_debug_list_paused     (LeydenDebug *self, guint max);

/* Called after what the functions above tell has changed, and with every hit; in the thread of the engine, in the middle of what a rollout does: it
 * must neither give commands to rollouts nor watch or unwatch. */
typedef void (*LeydenDebugChanged) (LeydenDebug *self, gpointer data);
/* @data tells watchers apart; it must live until leyden_debug_unwatch(), or as long as @self. */
void         leyden_debug_watch           (LeydenDebug *self, LeydenDebugChanged func, gpointer data);
void         leyden_debug_unwatch         (LeydenDebug *self, gpointer data);

G_END_DECLS
