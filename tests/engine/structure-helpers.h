/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/* For the tests of what changes the structure of a flow. */

/* A field of an input or output, as JSON. */
#define STRUCTURE_ANY(name) "{\"name\": \"" name "\", \"type\": \"any\"}"

/* The flow as in a file. (transfer full) */
char       *structure_dup_bytes    (LeydenFlow *flow);
void        structure_apply        (LeydenFlow *flow, LeydenEdit *edit);
/* What @edit did is taken back. */
void        structure_undo         (LeydenFlow *flow, LeydenEdit *edit);
/* An agent with its prompt and tool, transforms in a row and a map. (transfer full) */
LeydenFlow *structure_agent_flow   (void);
/* A key of a node, as JSON. (transfer full) */
LeydenEdit *structure_make_setting (const char *id, const char *key, const char *json);

G_END_DECLS
