/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-record.h"

G_BEGIN_DECLS

/**
 * LeydenTimeline: what a rollout's log says of the course of things, without the values: made in one go through the log, it then answers
 * for any position in time that does not grow with the log. It takes about 100 bytes a record. Several threads may look at once; who adds is
 * alone with it.
 */
typedef struct _LeydenTimeline LeydenTimeline;

LeydenTimeline *leyden_timeline_new           (const char *rollout);
void            leyden_timeline_free          (LeydenTimeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenTimeline, leyden_timeline_free)
/* The next record of the rollout; gap-free from the first. */
void            leyden_timeline_add           (LeydenTimeline *self, LeydenRecord *record);
/* Sequence of the last record, 0 without one. */
guint64         leyden_timeline_get_last      (LeydenTimeline *self);
/* About so much memory it takes. */
gsize           leyden_timeline_get_bytes     (LeydenTimeline *self);

/**
 * leyden_timeline_summarise:
 * @self: the timeline
 * @until: sequence; the last record, or one before it
 * @prefix: nodes whose path begins so and goes through no further round: "" for those of the whole flow, "solve[3]/" for those of a round
 * @limit: at most so many nodes
 *
 * The fold at @until without its values (data/schema/state.json, “summary”).
 *
 * Returns: (transfer full): an object
 */
LeydenValue    *leyden_timeline_summarise     (LeydenTimeline *self, guint64 until, const char *prefix, guint limit);

/**
 * leyden_timeline_list_spans:
 * @self: the timeline
 * @until: as above
 * @prefix: "" for everything; "solve[3]" for what lies in that
 * @limit: at most so many spans; what lies deepest goes first
 *
 * What took time, in order of its begin: {"first", "last", "started", "finished", "spans": [{"path", "kind", "state", "start", "end",
 * "first", "last", "parent", "wait", "cost", "tokens", "self_ms", "paused_ms", "critical"}], "truncated"}.
 *
 * Kinds: a "node" from its first start to its end, retries included; a "turn" of an agent; a "model" call; a "tool" call; a "wait" that lies
 * in one of them and says for what: "rate-limit", "lease", "human", "decision", "breakpoint" as the log names it, "retry" between two tries,
 * "queue" between the end of the last input and the start where that took a millisecond or more.
 *
 * While a person held the rollout ("rollout.paused" until it went on or ended) is a "wait" for a "pause" with the path "" and no parent. With
 * @prefix "" these are listed. They never are on the critical path.
 *
 * self_ms: the time of a span in which none of its children was under way and the rollout was not paused; of a pause all its time.
 * paused_ms: how much of the time from start to end the rollout was paused, if it was. The span took the rest; start and end are as logged. What
 * was under way when the pause began may have gone on in it: that is not told apart. Of a queue only what was no pause makes it one.
 *
 * Critical path: what would have to get faster for the rollout to end sooner, were it never paused. It is found backwards. In each span, and in the rollout as a
 * whole, the child that ended last is critical. Before it came what it had waited for: of a node with inputs the source that ended last, of
 * others the sibling that had ended last before it began. So on to the begin, and in each critical span among its own children.
 *
 * Returns: (transfer full): an object
 */
LeydenValue    *leyden_timeline_list_spans    (LeydenTimeline *self, guint64 until, const char *prefix, guint limit);

/**
 * leyden_timeline_list_records:
 * @self: the timeline
 * @until: as above
 * @prefix: as for leyden_timeline_summarise()
 * @limit: at most so many records
 * @truncated: (out): see below
 *
 * Sequences, up to @until, of the records that make the state of the nodes that leyden_timeline_summarise() would list, ascending.
 * @truncated: whether there are more than @limit.
 *
 * Returns: (transfer full) (element-type guint64)
 */
GArray         *leyden_timeline_list_records  (LeydenTimeline *self, guint64 until, const char *prefix, guint limit, gboolean *truncated);

G_END_DECLS
