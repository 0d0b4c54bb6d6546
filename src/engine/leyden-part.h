/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"

G_BEGIN_DECLS

/*
 * A part of a flow that runs by itself: one node with the inputs of its last run, or a node and all that depends on it. What comes before is
 * not run: its outputs are taken from the log of an earlier rollout (or from pins, or were typed), and stand in the new log as taken over:
 * node.finished, node.skipped and node.failed with "from" {"rollout": id} or {"pin": true}. So what the new log shows is what happened.
 *
 * A part is a plain value, made once and kept with the run, so that a resume after a crash means the same whatever was run since:
 *
 *   {"mode": "node" | "from", "node": "solve[3]/check", "scope": "solve[3]/", "rollout": id, "input": {…}, "typed": {port: value},
 *    "run": [ids], "given": {id: {"outputs": {…}} | {"skipped": true} | {"error": {…}}, each with "pin": true when from a pin},
 *    "dropped": [ids of wires whose tokens a merge did not take]}
 *
 * "scope" is the round of a container that the ids belong to, "" for the whole flow: inside a container it is that one round which is run
 * again, or what is left of it.
 */

/* What was wanted. */
typedef struct
{
  const char  *mode;            /* "node" or "from" */
  const char  *node;            /* path: "check", "solve/check" (its last round), "solve[3]/check" */
  LeydenValue *typed;           /* object input port → value, in place of what is wired to it; nullable */
  const char  *rollout;         /* where @state is from; nullable */
  LeydenValue *state;           /* the fold of an earlier rollout; nullable */
} LeydenPartRequest;

/**
 * leyden_part_prepare:
 *
 * Finds out what runs, and what it is given. Quick, changes nothing.
 *
 * Errors: %LEYDEN_ENGINE_ERROR_FLOW (no such node, or one that is only called), %LEYDEN_ENGINE_ERROR_INPUT (a typed value for no input),
 * %LEYDEN_ENGINE_ERROR_NO_VALUES (something before the node has no values in @state; the message names it and says what to do).
 *
 * Returns: (transfer full): the part, or %NULL with @error
 */
LeydenValue *leyden_part_prepare     (LeydenFlow *flow, LeydenNodeTypes *types, const LeydenPartRequest *request, GError **error);

/**
 * leyden_plan_new_part:
 * @flow: the whole flow, which nobody else holds: what does not belong to the part is removed from it
 * @part: what leyden_part_prepare() gave for an equal flow
 *
 * As leyden_plan_new(), but only what belongs to the part must be without errors. The plan has the hash of the whole flow.
 *
 * Returns: (transfer full): the plan, or %NULL with @error
 */
LeydenPlan  *leyden_plan_new_part    (LeydenFlow *flow, LeydenNodeTypes *types, LeydenValue *part, GError **error);

G_END_DECLS
