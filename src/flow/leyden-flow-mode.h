/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/**
 * LeydenNodeMode: the node's key `mode`; absent in the file for %LEYDEN_NODE_MODE_ON. Another text there is kept, counts as ON and is
 * found by leyden_flow_check().
 * @LEYDEN_NODE_MODE_ON: runs
 * @LEYDEN_NODE_MODE_DISABLED: is skipped, its outputs are dead; what needs one of them is skipped with it
 * @LEYDEN_NODE_MODE_BYPASSED: does nothing itself; each output gives what came in, see leyden_node_find_bypass()
 */
typedef enum
{
  LEYDEN_NODE_MODE_ON,
  LEYDEN_NODE_MODE_DISABLED,
  LEYDEN_NODE_MODE_BYPASSED,
} LeydenNodeMode;

LeydenNodeMode  leyden_node_get_mode         (LeydenNode *self);
const char     *leyden_node_mode_to_string   (LeydenNodeMode mode);    /* "disabled"; NULL for ON */
gboolean        leyden_node_mode_from_string (const char *name, LeydenNodeMode *out);
void            leyden_edit_set_mode         (LeydenEdit *self, const char *id, LeydenNodeMode mode);

/* The input whose value a bypassed node gives at @output, as index among its inputs; −1 when none fits: of the inputs that something
 * is connected to and whose type becomes that of the output without loss, the one of the same name, else the first of the very same
 * type, else the first. An input of any type counts as what is connected to it. A tool cannot be passed through. */
int             leyden_node_find_bypass      (LeydenFlow *flow, LeydenNodeTypes *types, const char *node, const LeydenPort *output);
/* Whether bypassing the node leaves every connected output with a value; @output (out, nullable, transfer full): title of one that
 * it does not. FALSE with @output NULL for a node that has no output to pass anything to. */
gboolean        leyden_node_can_bypass       (LeydenFlow *flow, LeydenNodeTypes *types, const char *node, char **output);

/* Ids of nodes that cannot run because of disabled ones: what needs an output that is dead for sure, those themselves left out.
 * (transfer full) (element-type utf8 utf8): id → id of the disabled node behind it. */
GHashTable     *leyden_flow_list_dark        (LeydenFlow *flow, LeydenNodeTypes *types);

G_END_DECLS
