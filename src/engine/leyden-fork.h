/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"

G_BEGIN_DECLS

/**
 * LeydenForkSpec: a rollout that begins as another did, and goes on with something changed.
 *
 * The log of a fork: rollout.started with "fork": {"rollout", "until"}; of the records of the other rollout those that do not depend on
 * what changed; a value.edited for each changed value. What takes it up is the resume of the engine, which runs what is missing.
 *
 * A node depends on a change when it is another in the new flow (type, parameters, wires that end at it, mode, retry, pin, tools), when it was
 * given what such a node gave or a value that is changed, or when it remembers by a name what such a node has remembered. A merge was
 * given what it took. A container of which only the inside depends goes on with the rounds it has had: of a map, only what depends within
 * them is dropped; of a loop also all rounds after the first whose outputs depend.
 *
 * What somebody had set in the other rollout by then counts as a parameter of @before, and is not copied: it stands in @after, or does not count
 * any more.
 *
 * Copied ends of nodes and answers of calls say "from": {"rollout", "sequence"}; what these cost was spent there and is not counted again.
 * Copied records keep their distance in time, and the last of them happened when the fork was made.
 */
typedef struct
{
  const char  *rollout;         /* id of the fork */
  LeydenPlan  *before;          /* of the other rollout */
  LeydenPlan  *after;           /* of the fork */
  GPtrArray   *records;         /* LeydenRecord: the other rollout's log from its begin */
  guint64      until;           /* the last record that may be copied */
  LeydenValue *edits;           /* list of {"node": path, "port", "value"}; nullable */
  const char  *actor;           /* of the edits */
  gboolean     paused;          /* the fork does not go on by itself */
  gint64       now_ns;
} LeydenForkSpec;

/**
 * leyden_fork_make_log:
 * @spec: what is forked, and how; borrowed for the call
 * @error: return location, or %NULL
 *
 * Writes the log that the fork begins with; nothing runs, and nothing of @spec is changed. Any thread.
 *
 * Errors: %LEYDEN_ENGINE_ERROR_NO_VALUES when there is nothing to begin with, or a node whose value is changed has given none by then, or
 * runs again anyway; %LEYDEN_ENGINE_ERROR_INPUT for an edit of a port that is not there, or with a value that does not fit it.
 *
 * Returns: (transfer full) (element-type LeydenRecord): the log of the fork
 */
GPtrArray *leyden_fork_make_log (const LeydenForkSpec *spec, GError **error);

/**
 * leyden_fork_list_settings:
 * @plan: of the rollout
 * @records: (element-type LeydenRecord): its log from its begin
 * @until: the last record that counts
 *
 * What somebody set while the rollout was paused, as edits of its flow: with these the flow is what ran.
 *
 * Returns: (transfer full): list of {"node": path in the flow, "parameter", "value"}, the oldest first
 */
LeydenValue *leyden_fork_list_settings (LeydenPlan *plan, GPtrArray *records, guint64 until);

G_END_DECLS
