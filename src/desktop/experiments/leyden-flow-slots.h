/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"
#include "leyden-node-types.h"

G_BEGIN_DECLS

/* What of the open flow training may change, as the window shows it. (The backend decides by the same marks.) */
typedef struct
{
  char                  *slot;          /* "node/parameter" */
  char                  *title;         /* "Solver: Temperature", safe to show */
  const LeydenNode      *node;
  const LeydenParameter *parameter;
  gboolean               locked;
} LeydenFlowSlot;
void        leyden_flow_slot_free   (LeydenFlowSlot *self);

/* Marked parameters in the order of nodes and of their types. @flow must outlive the list. (element-type LeydenFlowSlot) (transfer full) */
GPtrArray  *leyden_flow_list_slots  (LeydenFlow *flow);
/* The same of what could be marked and is not. */
GPtrArray  *leyden_flow_list_unmarked_slots (LeydenFlow *flow);
/* An edit that marks all prompts, examples, models and temperatures that are not marked; NULL when there are none. (transfer full) */
LeydenEdit *leyden_flow_mark_slots  (LeydenFlow *flow);
/* The list "trainable" of a node with @entry (NULL: nothing) for a parameter, in the order of the catalogue; NULL when it would be empty.
 * (transfer full) */
LeydenValue *leyden_flow_make_marks (LeydenNode *node, const char *parameter, LeydenValue *entry);
/* "Use this version": sets the parameters of @slots (object "node/parameter" → value) that differ from the flow's. NULL when nothing differs.
 * @missing (out): how many slots name a node that is not in the flow. (transfer full) */
LeydenEdit *leyden_flow_adopt_slots (LeydenFlow *flow, LeydenValue *slots, guint *missing);

G_END_DECLS
