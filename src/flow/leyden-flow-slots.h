/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"
#include "leyden-node-types.h"

G_BEGIN_DECLS

/* What of a flow training may change, in the bodies of containers too. The window and the trainer go by the same list. */
typedef struct
{
  char                  *slot;          /* "node/parameter", in a body "container/node/parameter" */
  char                  *path;          /* of the node: "node", "container/node" */
  char                  *title;         /* "Solver: Temperature", translated, safe to show */
  LeydenNode            *node;
  const LeydenNodeType  *type;
  const LeydenParameter *parameter;
  gboolean               locked;
} LeydenFlowSlot;
void         leyden_flow_slot_free           (LeydenFlowSlot *self);

/* Marked parameters in (node id, order of its type); a container's own come before those of its body. A mark on what cannot be trained
 * is left out (checking the flow tells of it). @flow, unchanged, and @types must outlive the list. (element-type LeydenFlowSlot)
 * (transfer full) */
GPtrArray   *leyden_flow_list_slots          (LeydenFlow *flow, LeydenNodeTypes *types);
/* The same of what could be marked and is not. */
GPtrArray   *leyden_flow_list_unmarked_slots (LeydenFlow *flow, LeydenNodeTypes *types);
/* An edit that marks all prompts, examples, models and temperatures that are not marked; NULL when there are none. (transfer full) */
LeydenEdit  *leyden_flow_mark_slots          (LeydenFlow *flow, LeydenNodeTypes *types);
/* The list "trainable" of a node of a known type with @entry (NULL: nothing) for a parameter, in the order of its type, then the marks
 * that the type does not know; NULL when it would be empty. (transfer full) */
LeydenValue *leyden_flow_make_marks          (LeydenNode *node, LeydenNodeTypes *types, const char *parameter, LeydenValue *entry);

LeydenEdit  *leyden_slots_to_edit            (LeydenFlow *flow, LeydenNodeTypes *types, LeydenValue *slots, const char *label,
                                              char ***missing);

G_END_DECLS
