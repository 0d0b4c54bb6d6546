/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/*
 * A pinned node does not run: what it gives is kept with it, in its key "pin":
 *
 *   {"outputs": {port: value}}                 small
 *   {"sha256": 64 hex digits, "size": bytes}   large: a blob that holds the outputs as canonical compact JSON
 *
 * and "time" (ns), "rollout" (where the values are from) and "edited" (true: typed by hand), which only tell.
 */

/* Outputs whose canonical compact text is longer than this are kept as a blob. */
#define LEYDEN_PIN_INLINE_MAX 16384

/* One pinned node. */
typedef struct
{
  char        *path;            /* "node", in a body "container/node" */
  char        *title;           /* of the node, else its type; as in the file */
  char       **scope;           /* ids of the containers */
  LeydenNode  *node;            /* a reference */
} LeydenPin;
void         leyden_pin_free               (LeydenPin *self);

/* The object "pin"; NULL when the node is not pinned. (transfer none) */
LeydenValue *leyden_node_get_pin           (LeydenNode *node);
/* Its outputs; NULL for one that is kept as a blob. (transfer none) */
LeydenValue *leyden_pin_get_outputs        (LeydenValue *pin);
/* SHA-256 of its blob; NULL for one in the document. (transfer none) */
const char  *leyden_pin_get_digest         (LeydenValue *pin);
/* The pinned nodes of the flow and its bodies, by path. (element-type LeydenPin) (transfer full) */
GPtrArray   *leyden_flow_list_pins         (LeydenFlow *flow);
/* Their titles, for messages: “A”, “B”; NULL when nothing is pinned. (transfer full) */
char        *leyden_flow_name_pins         (LeydenFlow *flow);
/* The edit that pins a node (@pin) or unpins it (NULL), undoable like any other. (transfer full) */
LeydenEdit  *leyden_edit_new_pin           (LeydenFlow *flow, const char *node, LeydenValue *pin);
/* The object "pin" for outputs: in the document, or by @sha256 and @size. @rollout nullable. (transfer full) */
LeydenValue *leyden_pin_new                (LeydenValue *outputs, const char *sha256, gsize size, const char *rollout, gint64 time_ns,
                                            gboolean edited);
/* Whether something in it looks like a key: that is never pinned. @outputs: any value. */
gboolean     leyden_pin_holds_secret       (LeydenValue *outputs);
/* The edit that takes all pins away; NULL when there are none. (transfer full) */
LeydenEdit  *leyden_edit_new_unpin_all     (LeydenFlow *flow);

G_END_DECLS
